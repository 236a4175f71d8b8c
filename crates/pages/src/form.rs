//! Forms as buyers send them: read within a limit once it is known that their page is there, decoded, and read into
//! parsed types or into words beside their fields.
//!
//! What was sent may hold a card number, so it stands only in memory of our own that is wiped. What the connection
//! read ahead, and TLS decrypted, stays in the buffers of those libraries until they use them again.

use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use domain::Id;
use domain::acquiring::Card;
use domain::card::{Brand, CardNumber, Expiry, SecurityCode, Zeroizing, typed};
use domain::instruments::Instrument;
use domain::time::Time;
use http_body_util::BodyExt;

use crate::messages::{CodeError, NoPage};
use crate::views::CardErrors;

/// Bytes of a form.
const BODY_BYTES_MAX: usize = 64 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";
/// The length of the date's field.
const EXPIRY_CHARACTERS_MAX: usize = 9;

/// Reads a form and answers these fields of it, empty where they were not sent. Whoever calls this has found the page
/// already: of a form for a page that is not there, not a byte is read.
pub(crate) async fn read<const N: usize>(
    request: Request,
    names: [&str; N],
) -> Result<[Zeroizing<String>; N], NoPage> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|text| text.split(';').next()).unwrap_or_default();
    if !essence.trim().eq_ignore_ascii_case(FORM) {
        return Err(NoPage::Unreadable);
    }
    let body = whole(request).await?;
    take(&body, names).ok_or(NoPage::Unreadable)
}

async fn whole(request: Request) -> Result<Zeroizing<Vec<u8>>, NoPage> {
    let mut body = request.into_body();
    let expected = body.size_hint();
    let fits = |bytes: u64| usize::try_from(bytes).is_ok_and(|bytes| bytes <= BODY_BYTES_MAX);
    if !fits(expected.lower()) {
        return Err(NoPage::TooLarge);
    }
    // Room for all of it at the start, so that growing leaves no copies behind.
    let room = expected.upper().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(BODY_BYTES_MAX);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room.min(BODY_BYTES_MAX)));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| NoPage::Unreadable)?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > BODY_BYTES_MAX {
            return Err(NoPage::TooLarge);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// The fields of these names; none if one of them was sent twice.
fn take<const N: usize>(body: &[u8], names: [&str; N]) -> Option<[Zeroizing<String>; N]> {
    let mut found: [Option<Zeroizing<String>>; N] = [const { None }; N];
    for pair in body.split(|byte| *byte == b'&') {
        let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
            Some(place) => (&pair[..place], &pair[place + 1..]),
            None => (pair, &[][..]),
        };
        let name = decode(name);
        if let Some(place) = names.iter().position(|known| *known == name.as_str())
            && found[place].replace(decode(value)).is_some()
        {
            return None;
        }
    }
    Some(found.map(Option::unwrap_or_default))
}

/// Undoes what browsers do to the text of a field. What is no escape stands for itself, and what is no UTF-8 becomes
/// the sign for that, which is no part of a card.
fn decode(text: &[u8]) -> Zeroizing<String> {
    // Nothing becomes longer, so this never grows.
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.split_at_checked(2).filter(|_| *first == b'%');
        let escaped = escaped.and_then(|(digits, after)| Some((in_hex(digits)?, after)));
        let plain = (if *first == b'+' { b' ' } else { *first }, after);
        let (byte, after) = escaped.unwrap_or(plain);
        bytes.push(byte);
        rest = after;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Zeroizing::new(text),
        Err(error) => {
            let bytes = Zeroizing::new(error.into_bytes());
            Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())
        }
    }
}

fn in_hex(digits: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let [high, low] = digits else { return None };
    Some(digit(high)? << 4 | digit(low)?)
}

/// The fields of the form. What names a card is wiped when the request is over.
pub(crate) struct CardForm {
    /// The one-time id that the page gave out, 32 hex digits.
    form: Zeroizing<String>,
    number: Zeroizing<String>,
    expiry: Zeroizing<String>,
    code: Zeroizing<String>,
    /// Which saved card is chosen: its id, `new` for the fields above, or nothing where none was offered.
    card: Zeroizing<String>,
    /// The security code of the saved card that is chosen.
    pub(crate) saved_code: Zeroizing<String>,
    /// `yes` to save the typed card.
    save: Zeroizing<String>,
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
    /// Reads the form of a page that is there.
    pub(crate) async fn read(request: Request) -> Result<Self, NoPage> {
        let names = ["form", "number", "expiry", "code", "card", "saved_code", "save"];
        let [form, number, expiry, code, card, saved_code, save] = read(request, names).await?;
        Ok(Self { form, number, expiry, code, card, saved_code, save })
    }

    /// The one-time id; none if the page did not make this form.
    pub(crate) fn id(&self) -> Option<Id<Self>> {
        Id::from_hex(&self.form)
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

    pub(crate) fn choice(&self) -> Choice {
        match self.card.as_str() {
            "" | "new" => Choice::Typed,
            id => Id::from_hex(id).map_or(Choice::Nothing, Choice::Saved),
        }
    }

    pub(crate) fn saves(&self) -> bool {
        self.save.as_str() == "yes"
    }

    /// The card, or what is wrong with each field.
    pub(crate) fn card(&self, now: Time) -> Result<Card, CardErrors> {
        let number = CardNumber::parse(&typed(&self.number));
        let expiry = Expiry::parse(&typed(&self.expiry), now);
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
    match SecurityCode::parse(&typed(text)) {
        Some(code) if code.expose().len() == digits => Ok(code),
        None if typed(text).trim().is_empty() => Err(CodeError::Missing),
        Some(_) | None => Err(CodeError::Length { digits }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(body: &str) -> Option<[String; 2]> {
        take(body.as_bytes(), ["number", "code"]).map(|fields| fields.map(|field| field.to_string()))
    }

    #[test]
    fn fields_are_read_as_browsers_write_them() {
        for (body, number, code) in [
            ("number=4242+4242&code=123", "4242 4242", "123"),
            ("code=123&other=1&number=4242%204242", "4242 4242", "123"),
            ("n%75mber=1%3d%26&code", "1=&", ""),
            ("number=a=b&&", "a=b", ""),
            ("", "", ""),
            ("number=%&code=%2", "%", "%2"),
            ("number=%zz%4&code=%e4%BD%a0", "%zz%4", "你"),
            ("number=%ff1&code=%00", "\u{fffd}1", "\0"),
        ] {
            assert_eq!(taken(body), Some([number.to_owned(), code.to_owned()]), "{body}");
        }
        assert_eq!(taken("number=1&number=1"), None);
        assert_eq!(taken("number=1&n%75mber=1"), None);
        assert!(taken("other=1&other=2").is_some());
    }
}
