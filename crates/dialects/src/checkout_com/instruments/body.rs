//! The fields of an instrument as this API sends them, read into parsed types.

use domain::Id;
use domain::card::Expiry;
use domain::customers::Customer;
use domain::instruments::First;
use domain::time::Time;
use domain::tokens::Token;

use crate::checkout_com::card_body::{self, Card, NewExpiry};
use crate::checkout_com::codes::Code;
use crate::checkout_com::error::Failure;
use crate::checkout_com::fields::{self, Fields, string};
use crate::checkout_com::holder::{self, Holder};
use crate::checkout_com::id;
use crate::checkout_com::named_customer::{self, NamedCustomer, customer_id, first};

/// What a new instrument is made of. No `Debug`, for the card's number.
pub(super) struct New {
    pub(super) source: Source,
    pub(super) holder: Holder,
    pub(super) owner: Option<NamedCustomer>,
}

/// Where the card comes from. No token has the id `None`.
pub(super) enum Source {
    Token(Option<Id<Token>>),
    Card(Card),
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
    let owner = fields.optional("customer", named_customer::read);
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
    let holder = fields.optional("account_holder", holder::holder).unwrap_or_default();
    holder::top_level_holder(fields).changed_by(holder)
}

fn token(raw: &str) -> Result<Option<Id<Token>>, Code> {
    fields::id(raw, id::TOKEN, "token_invalid")
}
