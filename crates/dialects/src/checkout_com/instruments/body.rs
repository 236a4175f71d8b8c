//! The bodies of instruments, each declared once: it is read so, and the OpenAPI document says so.

use domain::Id;
use domain::card::Expiry;
use domain::customers::Customer;
use domain::instruments::MakeDefault;
use domain::tokens::Token;

use crate::checkout_com::card_body::{CardBody, NewExpiry, is_not_over};
use crate::checkout_com::error::Failure;
use crate::checkout_com::fields::{CUSTOMER_ID, Fields, Kind, TOKEN_ID, boolean, words};
use crate::checkout_com::holder::{ACCOUNT_HOLDER, Holder, HolderBody};
use crate::checkout_com::named_customer::{NAMED_CUSTOMER, NamedCustomer, first};
use crate::checkout_com::unused::OfInstrument;
use crate::declare::{Shape, declare};

const TOKEN_REQUIRED: &str = "token_required";
const TOKEN: Kind<Option<Id<Token>>> = TOKEN_ID.or(TOKEN_REQUIRED);
const TYPE: Kind<&str> = words(&["token", "card"], "source_invalid").or("source_type_required");
const NEW_OWNER: Kind<NewOwner> =
    Kind::new(Shape::named::<NewOwner>(), "customer_id_invalid", |sent| sent.first(NewOwner::read));

declare! {
    pub(super) struct CreateInstrument from Fields {
        _type as "type": &'static str = required TYPE
            => documented "token, and card in the clients; Kassa does not accept other kinds",
        source: InstrumentSource = all,
        account_holder: Option<Holder> = optional ACCOUNT_HOLDER,
        holder: HolderBody = all,
        customer: Option<NamedCustomer> = optional NAMED_CUSTOMER,
        _unused: OfInstrument = all,
    }
    check has_a_valid_card
    example {
        "type": "card", "number": "4242424242424242", "expiry_month": 12, "expiry_year": 2030,
        "account_holder": { "first_name": "Bruce", "last_name": "Wayne" },
        "customer": { "email": "brucewayne@gmail.com", "default": true },
    }
}

declare! {
    pub(super) enum InstrumentSource from Fields by kind {
        "token" => Token(TokenBody),
        "card" => Card(CardBody),
    }
}

declare! {
    pub(super) struct TokenBody from Fields {
        /// For a token.
        token: Option<Id<Token>> = required TOKEN,
    }
}

declare! {
    /// What is left out stays as it is.
    pub(super) struct UpdateInstrument from Fields {
        card: NewCard = all,
        expiry: NewExpiry = all,
        account_holder: Option<Holder> = optional ACCOUNT_HOLDER,
        holder: HolderBody = all,
        customer: Option<NewOwner> = optional NEW_OWNER,
        _unused: OfInstrument = all,
    }
    example { "expiry_month": 10, "expiry_year": 2031, "name": "Bruce Wayne" }
}

declare! {
    pub(super) struct NewCard from Fields {
        _type as "type": Option<&'static str> = optional TYPE => seen "optional",
        /// Puts this card behind the id.
        token: Option<Option<Id<Token>>> = optional TOKEN => seen,
    }
    check has_its_token
}

declare! {
    /// The customer to give it to.
    pub(super) struct NewOwner from Fields {
        id: Option<Option<Id<Customer>>> = optional CUSTOMER_ID,
        default: Option<bool> = optional boolean("default_invalid"),
    }
}

fn has_a_valid_card(fields: &mut Fields) {
    if fields.kind() == "card" {
        is_not_over(fields);
    }
}

fn has_its_token(fields: &mut Fields) {
    if fields.kind() == "token" && !fields.has("token") {
        fields.wrong(TOKEN_REQUIRED);
    }
}

/// What a request changes of an instrument.
pub(super) struct Change {
    /// The card to put behind the id. No token has the id `None`.
    pub(super) token: Option<Option<Id<Token>>>,
    pub(super) expiry: Option<NewExpiry>,
    pub(super) holder: Holder,
    /// The customer to give it to.
    pub(super) customer: Option<Option<Id<Customer>>>,
    pub(super) first: MakeDefault,
}

/// Reads the body of an update of a card, whose date is `known` where there is such a card.
pub(super) fn change(mut fields: Fields, known: Option<Expiry>) -> Result<Change, Failure> {
    fields.known = known;
    let sent = fields.read(UpdateInstrument::read)?;
    let (customer, default) = sent.customer.map_or((None, None), |owner| (owner.id, owner.default));
    Ok(Change {
        token: sent.card.token,
        expiry: Some(sent.expiry).filter(|new| new.is_there()),
        holder: holder(sent.holder, sent.account_holder),
        customer,
        first: first(default),
    })
}

pub(super) fn token_of(fields: &Fields) -> Option<Id<Token>> {
    fields.peek("token", &TOKEN).flatten()
}

/// The account holder with the name that stands beside it.
pub(super) fn holder(beside: HolderBody, account_holder: Option<Holder>) -> Holder {
    Holder::from(beside).changed_by(account_holder.unwrap_or_default())
}
