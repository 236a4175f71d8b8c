//! The card form as the buyer sent it, read into parsed types or into words beside its fields.

use domain::Id;
use domain::acquirer::Card;
use domain::card::{Brand, CardNumber, CardNumberError, Expiry, SecurityCode, Zeroizing};
use domain::instruments::Instrument;
use domain::time::Time;
use serde::Deserialize;

use crate::views::{CardErrors, CodeError, ExpiryError, NumberError};

/// The length of the date's field.
const EXPIRY_CHARACTERS_MAX: usize = 9;

/// The fields of the form. What names a card is wiped when the request is over.
#[derive(Deserialize)]
pub(crate) struct CardForm {
    /// The one-time id that the page gave out, 32 hex digits.
    #[serde(default)]
    form: String,
    #[serde(default)]
    number: Zeroizing<String>,
    #[serde(default)]
    expiry: Zeroizing<String>,
    #[serde(default)]
    code: Zeroizing<String>,
    /// Which saved card is chosen: its id, `new` for the fields above, or nothing where none was offered.
    #[serde(default)]
    card: String,
    /// The security code of the saved card that is chosen.
    #[serde(default)]
    saved_code: Zeroizing<String>,
    /// `yes` to save the typed card.
    #[serde(default)]
    save: String,
}

/// What the buyer wants to pay with.
pub(crate) enum Choice {
    /// The card that is typed into the fields.
    Typed,
    /// A saved card.
    Saved(Id<Instrument>),
    /// Something that is no card of anybody's.
    Nothing,
}

impl CardForm {
    /// The one-time id; none if the page did not make this form.
    pub(crate) fn id(&self) -> Option<[u8; 16]> {
        Id::<Self>::from_hex(&self.form).map(|id| *id.bytes())
    }

    /// What the buyer wrote as date, to be repeated after an error; nothing if it is too long to be one, for then it may
    /// be a card number.
    pub(crate) fn expiry_again(&self) -> String {
        if self.expiry.chars().count() <= EXPIRY_CHARACTERS_MAX {
            (*self.expiry).clone()
        } else {
            String::new()
        }
    }

    /// What the buyer wants to pay with.
    pub(crate) fn choice(&self) -> Choice {
        match self.card.as_str() {
            "" | "new" => Choice::Typed,
            id => Id::from_hex(id).map_or(Choice::Nothing, Choice::Saved),
        }
    }

    /// What was typed as the security code of the chosen saved card.
    pub(crate) const fn saved_code(&self) -> &Zeroizing<String> {
        &self.saved_code
    }

    /// Whether the typed card is to be saved.
    pub(crate) fn saves(&self) -> bool {
        self.save == "yes"
    }

    /// The card, or what is wrong with each field.
    pub(crate) fn card(&self, now: Time) -> Result<Card, CardErrors> {
        let number = CardNumber::parse(&self.number).map_err(|error| match error {
            CardNumberError::Missing => NumberError::Missing,
            CardNumberError::Characters => NumberError::NotDigits,
            CardNumberError::Short => NumberError::TooShort,
            CardNumberError::Long | CardNumberError::CheckDigit => NumberError::Typo,
        });
        let expiry = Expiry::parse(&self.expiry, now).map_err(|error| match error {
            domain::card::ExpiryError::Missing => ExpiryError::Missing,
            domain::card::ExpiryError::Form => ExpiryError::Format,
            domain::card::ExpiryError::Past => ExpiryError::Past,
        });
        let code = code_of(&self.code, number.as_ref().ok().and_then(Brand::of_number));
        match (number, expiry, code) {
            (Ok(number), Ok(expiry), Ok(code)) => Ok(Card { number, expiry, code: Some(code) }),
            (number, expiry, code) => {
                Err(CardErrors { number: number.err(), expiry: expiry.err(), code: code.err() })
            }
        }
    }
}

/// The security code of a card of a brand, or what is wrong with it.
pub(crate) fn code_of(text: &str, brand: Option<Brand>) -> Result<SecurityCode, CodeError> {
    let digits = Brand::security_code_digits(brand);
    match SecurityCode::parse(text) {
        Some(code) if code.expose().len() == digits => Ok(code),
        None if text.trim().is_empty() => Err(CodeError::Missing),
        Some(_) | None => Err(CodeError::Length { digits: if digits == 4 { 4 } else { 3 } }),
    }
}
