//! Who holds a card. It is kept with the card as JSON, and shown as it was sent.

use domain::card::make_card_number;
use domain::text::{Email, NAME_MAX};
use domain::{Error, Field};
use serde::{Deserialize, Serialize};

use super::codes::{Code, code_of};
use super::contact::{ADDRESS, Address, PHONE, Phone};
use super::fields::{DATE, Fields, Kind, free};
use super::unused::OfAccountHolder;
use crate::declare::{Shape, declare};

/// A card's holder. `name` stands beside the others in the API, and with them in what is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holder {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) billing_address: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) phone: Option<Phone>,
    #[serde(flatten)]
    pub(super) more: More,
}

impl Holder {
    /// What is kept; nothing where nothing is known.
    pub(super) fn stored(&self) -> Option<String> {
        let json = serde_json::to_string(self).expect("a holder has string keys");
        (json != "{}").then_some(json)
    }

    /// What was kept.
    pub(super) fn read(stored: Option<&str>) -> Self {
        stored.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    /// Checks that first and last name make no card number together, unless both are known.
    pub(super) fn check(&self, known: &Self) -> Result<(), Error> {
        let parts = |holder: &Self| holder.first_name.clone().zip(holder.last_name.clone());
        let is_new = parts(self) != parts(known);
        if parts(self).is_some_and(|(first, last)| is_new && make_card_number(&first, &last)) {
            return Err(Error::card_number(Field::LastName));
        }
        Ok(())
    }

    /// This, with what the other says in its place.
    pub(super) fn changed_by(self, other: Self) -> Self {
        Self {
            name: other.name.or(self.name),
            first_name: other.first_name.or(self.first_name),
            last_name: other.last_name.or(self.last_name),
            billing_address: other.billing_address.or(self.billing_address),
            phone: other.phone.or(self.phone),
            more: self.more.changed_by(other.more),
        }
    }
}

const WRONG: Code = "card_holder_invalid";
const NAME: Kind<String> = free(NAME_MAX, WRONG);
/// The e-mail address and the date of birth, as they were sent.
const EMAIL: Kind<String> =
    Kind::new(Shape { format: Some("email"), ..Shape::text(NAME_MAX) }, WRONG, |sent| {
        sent.by_domain(Email::parse("email", &sent.text()?)).map(|email| email.as_str().to_owned())
    });
const DATE_OF_BIRTH: Kind<String> =
    Kind::new(DATE.shape, WRONG, |sent| DATE.read(sent).and_then(|()| sent.text()));
const KIND: Kind<String> =
    Kind::new(Shape::words(&["individual", "corporate", "government"]), WRONG, |sent| {
        let kind = sent.text()?;
        sent.right(sent.shape.values.contains(&kind.as_str()).then_some(kind))
    });

declare! {
    /// What else is said of a holder, and kept and shown with the rest.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct More from Fields {
        #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
        kind as "type": Option<String> = optional KIND,
        #[serde(skip_serializing_if = "Option::is_none")]
        full_name: Option<String> = optional NAME,
        #[serde(skip_serializing_if = "Option::is_none")]
        middle_name: Option<String> = optional NAME,
        #[serde(skip_serializing_if = "Option::is_none")]
        company_name: Option<String> = optional NAME,
        #[serde(skip_serializing_if = "Option::is_none")]
        email: Option<String> = optional EMAIL,
        #[serde(skip_serializing_if = "Option::is_none")]
        date_of_birth: Option<String> = optional DATE_OF_BIRTH,
    }
}

impl More {
    /// This, with what the other says in its place.
    fn changed_by(self, other: Self) -> Self {
        Self {
            kind: other.kind.or(self.kind),
            full_name: other.full_name.or(self.full_name),
            middle_name: other.middle_name.or(self.middle_name),
            company_name: other.company_name.or(self.company_name),
            email: other.email.or(self.email),
            date_of_birth: other.date_of_birth.or(self.date_of_birth),
        }
    }
}

declare! {
    #[derive(Default, Serialize)]
    pub(super) struct AccountHolder from Fields {
        #[serde(skip_serializing_if = "Option::is_none")]
        first_name: Option<String> = optional NAME,
        #[serde(skip_serializing_if = "Option::is_none")]
        last_name: Option<String> = optional NAME,
        #[serde(skip_serializing_if = "Option::is_none")]
        billing_address: Option<Address> = optional ADDRESS,
        #[serde(skip_serializing_if = "Option::is_none")]
        phone: Option<Phone> = optional PHONE,
        #[serde(flatten)]
        more: More = all,
        #[serde(skip)]
        _unused: OfAccountHolder = all,
    }
}

/// Who holds a card: names, address and phone.
pub(super) const ACCOUNT_HOLDER: Kind<Holder> =
    Kind::new(Shape::named::<AccountHolder>(), "card_holder_invalid", |sent| {
        let AccountHolder { first_name, last_name, billing_address, phone, more, .. } =
            sent.first(AccountHolder::read)?;
        let holder = Holder { name: None, first_name, last_name, billing_address, phone, more };
        let checked = holder.check(&Holder::default());
        checked.map_err(|error| vec![code_of(&error, "last_name", "card_holder_invalid")])?;
        Ok(holder)
    });

declare! {
    /// Name, address and phone of a holder, where they stand beside the card's own fields.
    #[derive(Default)]
    pub(super) struct HolderBody from Fields {
        name: Option<String> = optional NAME,
        billing_address: Option<Address> = optional ADDRESS,
        phone: Option<Phone> = optional PHONE,
    }
}

impl From<HolderBody> for Holder {
    fn from(HolderBody { name, billing_address, phone }: HolderBody) -> Self {
        Self { name, billing_address, phone, ..Self::default() }
    }
}
