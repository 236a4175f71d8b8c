//! What a customer is made of, and how a change of some of it leaves the rest as it was.

use crate::kernel::card::make_card_number;
use crate::kernel::error::{Error, Field};
use crate::kernel::metadata::Metadata;
use crate::kernel::phone::Phone;
use crate::kernel::text::{Email, NAME_MAX, Name};

/// Everything that can be said of a customer. Each API expresses a part of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Details {
    pub name: Option<Name>,
    pub email: Option<Email>,
    pub phone: Option<Phone>,
    /// Its street, with the house number unless that stands by itself.
    pub street: Option<String>,
    pub house_number: Option<String>,
    pub city: Option<String>,
    /// Its state or region.
    pub state: Option<String>,
    pub zip_code: Option<String>,
    pub country: Option<String>,
    /// The currency it pays in.
    pub currency: Option<String>,
    pub tax_number: Option<String>,
    pub company_number: Option<String>,
    /// The merchant's own keys.
    pub metadata: Metadata,
}

impl Details {
    /// Street and house number in one line.
    pub fn address_line(&self) -> Option<String> {
        match (&self.street, &self.house_number) {
            (Some(street), Some(number)) => Some(format!("{street} {number}")),
            (Some(part), None) | (None, Some(part)) => Some(part.clone()),
            (None, None) => None,
        }
    }

    /// Checks what no field by itself shows: that the parts of a name are no longer together than a name may be, that they and
    /// the two of an address line make no card number together, and that an e-mail address is what it looks like. What is
    /// `known` already stays as it is.
    pub(super) fn check(&self, known: Option<&Self>) -> Result<(), Error> {
        let whole = |details: &Self| details.name.as_ref().map(|name| name.whole().to_owned());
        let is_new = |of: fn(&Self) -> Option<String>| {
            of(self).filter(|text| known.and_then(of).as_ref() != Some(text))
        };
        let name = is_new(whole);
        if name.as_ref().is_some_and(|name| name.chars().count() > NAME_MAX) {
            let why = format!("must have at most {NAME_MAX} characters together with first_name");
            return Err(Error::invalid(Field::LastName, why));
        }
        let parts = self.name.as_ref().filter(|_| name.is_some()).map(Name::parts);
        if parts.is_some_and(|(first, last)| make_card_number(first, last)) {
            let why = "must not make what looks like a card number together with first_name";
            return Err(Error::invalid(Field::LastName, why));
        }
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        let makes_one = make_card_number(&part(&self.street), &part(&self.house_number));
        if makes_one && is_new(Self::address_line).is_some() {
            let why = "must not make what looks like a card number together with the street";
            return Err(Error::invalid(Field::HouseNumber, why));
        }
        match &self.email {
            Some(email) if known.and_then(|known| known.email.as_ref()) != Some(email) => email.check_new(),
            Some(_) | None => Ok(()),
        }
    }
}

/// What a new customer is made of that an API tells of as it tells of a change.
impl From<&Change> for Details {
    fn from(change: &Change) -> Self {
        let mut details = Self::default();
        change.apply(&mut details);
        details
    }
}

/// What a change does to one field.
#[derive(Debug, Clone, Default)]
pub enum Patch<T> {
    /// The field stays.
    #[default]
    Unchanged,
    /// The field goes.
    Clear,
    /// The field takes a value.
    Set(T),
}

impl<T: Clone> Patch<T> {
    fn apply(&self, field: &mut Option<T>) {
        match self {
            Self::Unchanged => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value.clone()),
        }
    }

    /// The same, but that a value which only repeats the known one in another spelling leaves it as it was sent.
    fn apply_anew(&self, field: &mut Option<T>, repeats: impl Fn(&T, &T) -> bool) {
        if let (Self::Set(value), Some(known)) = (self, field.as_ref())
            && repeats(value, known)
        {
            return;
        }
        self.apply(field);
    }
}

/// A change of some of a customer's details.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub name: Patch<Name>,
    pub email: Patch<Email>,
    pub phone: Patch<Phone>,
    pub street: Patch<String>,
    pub house_number: Patch<String>,
    pub city: Patch<String>,
    pub state: Patch<String>,
    pub zip_code: Patch<String>,
    pub country: Patch<String>,
    pub currency: Patch<String>,
    pub tax_number: Patch<String>,
    pub company_number: Patch<String>,
    /// The merchant's own keys, as a whole.
    pub metadata: Patch<Metadata>,
}

impl Change {
    pub(crate) fn apply(&self, details: &mut Details) {
        self.name.apply_anew(&mut details.name, Name::repeats);
        self.email.apply(&mut details.email);
        self.phone.apply_anew(&mut details.phone, Phone::repeats);
        self.street.apply(&mut details.street);
        self.house_number.apply(&mut details.house_number);
        self.city.apply(&mut details.city);
        self.state.apply(&mut details.state);
        self.zip_code.apply(&mut details.zip_code);
        self.country.apply(&mut details.country);
        self.currency.apply(&mut details.currency);
        self.tax_number.apply(&mut details.tax_number);
        self.company_number.apply(&mut details.company_number);
        match &self.metadata {
            Patch::Unchanged => {}
            Patch::Clear => details.metadata = Metadata::default(),
            Patch::Set(metadata) => details.metadata = metadata.clone(),
        }
    }
}
