//! The fields of an instrument as this API sends them, read into parsed types.

use domain::Id;
use domain::card::Expiry;
use domain::customers::{Customer, Details};
use domain::instruments::First;
use domain::text::{Email, NAME_MAX, Name};
use domain::time::Time;
use domain::tokens::Token;

use super::card_body::{self, Card, NewExpiry};
use super::codes::{Code, code_of};
use super::error::Failure;
use super::fields::{self, Fields, string};
use super::holder::Holder;
use super::id;

/// What a new instrument is made of. No `Debug`, for the card's number.
pub(super) struct New {
    pub(super) source: Source,
    pub(super) holder: Holder,
    pub(super) owner: Option<Owner>,
}

/// Where the card comes from. No token has the id `None`.
pub(super) enum Source {
    Token(Option<Id<Token>>),
    Card(Card),
}

/// Whose a card shall be.
#[derive(Clone)]
pub(super) struct Owner {
    pub(super) named: Named,
    pub(super) first: First,
}

impl Owner {
    /// The customer of an id.
    pub(super) const fn named(id: Option<Id<Customer>>) -> Self {
        Self { named: Named::Id(id), first: First::IfNone }
    }

    /// Whether the merchant named the customer by its id, and not by an address that somebody typed.
    pub(super) const fn is_by_id(&self) -> bool {
        matches!(self.named, Named::Id(_))
    }
}

/// How a customer is named. No customer has the id `None`.
#[derive(Clone)]
pub(super) enum Named {
    Id(Option<Id<Customer>>),
    /// With what a new customer is told to be.
    Email(Email, Box<Details>),
}

/// What a request changes of an instrument.
pub(super) struct Change {
    /// The card to put behind the id.
    pub(super) token: Option<Option<Id<Token>>>,
    pub(super) expiry: Option<NewExpiry>,
    pub(super) holder: Holder,
    /// The customer to give it to.
    pub(super) customer: Option<Option<Id<Customer>>>,
    pub(super) first: First,
}

/// Reads the body of a create.
pub(super) fn new(body: &[u8], now: Time) -> Result<New, Failure> {
    let mut fields = Fields::parse(body)?;
    // fidelity: documented – token, and card in the clients; other kinds are not taken
    let kind = fields.required("type", "source_type_required", |raw| string(raw).ok_or("source_invalid"));
    let source = match kind.as_deref() {
        // fidelity: documented
        Some("token") => fields.required("token", "token_required", token).map(Source::Token),
        Some("card") => card_body::card(&mut fields, now).map(Source::Card),
        Some(_) => {
            fields.wrong("source_invalid");
            None
        }
        None => None,
    };
    let holder = holder(&mut fields);
    // fidelity: documented
    let owner = fields.optional("customer", owner);
    fields.finish(source.map(|source| New { source, holder, owner }))
}

/// Reads the body of an update of a card, whose date is `known` where there is such a card.
pub(super) fn change(body: &[u8], known: Option<Expiry>, now: Time) -> Result<Change, Failure> {
    let mut fields = Fields::parse(body)?;
    // fidelity: seen – optional
    let kind = fields.optional("type", |raw| string(raw).ok_or("source_invalid"));
    if !matches!(kind.as_deref(), None | Some("card" | "token")) {
        fields.wrong("source_invalid");
    }
    // fidelity: seen – the card behind the id is replaced
    let token = fields.optional("token", token);
    if kind.as_deref() == Some("token") && matches!(fields.raw("token"), None | Some("null")) {
        fields.wrong("token_required");
    }
    let expiry = card_body::new_expiry(&mut fields, known, now);
    let holder = holder(&mut fields);
    // fidelity: documented
    let owner = fields.optional("customer", |raw| {
        let object = fields::object(raw, "customer_id_invalid")?;
        let id = object.get("id").map(|raw| customer_id(raw.get())).transpose()?;
        Ok((id, first(&object)?))
    });
    let (customer, first) = owner.unwrap_or((None, None));
    fields.finish(Some(Change { token, expiry, holder, customer, first: first.unwrap_or(First::IfNone) }))
}

/// The account holder with the name that stands beside it.
fn holder(fields: &mut Fields) -> Holder {
    // fidelity: documented
    let holder = fields.optional("account_holder", fields::holder).unwrap_or_default();
    card_body::top_level_holder(fields).changed_by(holder)
}

pub(super) fn owner(raw: &str) -> Result<Owner, Code> {
    let object = fields::object(raw, "customer_id_invalid")?;
    let first = first(&object)?;
    let is_empty =
        |raw: &str| string(raw).is_some_and(|text| text.is_empty()) && object.get("email").is_some();
    // fidelity: documented – an empty one with an address beside it is none, by our choice
    if let Some(raw) = object.get("id").filter(|raw| !is_empty(raw.get())) {
        let named = Named::Id(customer_id(raw.get())?);
        return Ok(Owner { named, first: first.unwrap_or(First::IfNone) });
    }
    let raw = object.get("email").ok_or("source_id_or_email_required")?;
    let text = string(raw.get()).ok_or("customer_email_invalid")?;
    let email =
        Email::parse("email", &text).map_err(|error| code_of(&error, "email", "customer_email_invalid"))?;
    let name =
        object.get("name").map(|raw| fields::free(raw.get(), "name", NAME_MAX, "customer_name_invalid"));
    let phone = object.get("phone").map(|raw| fields::phone(raw.get())).transpose()?;
    let details = Details {
        name: name.transpose()?.filter(|name| !name.is_empty()).map(Name::from_whole),
        email: Some(email.clone()),
        phone: phone.flatten(),
        ..Details::default()
    };
    let named = Named::Email(email, Box::new(details));
    Ok(Owner { named, first: first.unwrap_or(First::IfNone) })
}

/// `default`: true makes it the first choice, false leaves that as it is.
fn first(customer: &crate::json::Object) -> Result<Option<First>, Code> {
    let said = customer.get("default").map(|raw| fields::boolean(raw.get())).transpose()?;
    Ok(said.map(|said| if said { First::Yes } else { First::No }))
}

pub(super) fn token(raw: &str) -> Result<Option<Id<Token>>, Code> {
    Ok(id::read(id::TOKEN, &string(raw).ok_or("token_invalid")?))
}

pub(super) fn customer_id(raw: &str) -> Result<Option<Id<Customer>>, Code> {
    Ok(id::read(id::CUSTOMER, &string(raw).ok_or("customer_id_invalid")?))
}
