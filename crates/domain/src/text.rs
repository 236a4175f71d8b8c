//! Texts that people give: names, e-mail addresses, messages, addresses of pages. Parsed once, at the border.

use crate::card::holds_card_number;
use crate::error::Error;

/// Characters of a name or an e-mail address.
pub const NAME_MAX: usize = 255;
/// Characters of a message that a buyer reads, or of a comment.
pub const MESSAGE_MAX: usize = 1_000;
/// Characters of an address of a page.
pub const URL_MAX: usize = 2_048;
/// Characters of a merchant's own reference.
pub const REFERENCE_MAX: usize = 255;

/// A text within its length that the database can store. An identifier; card numbers are not looked for.
pub fn plain(field: &'static str, text: &str, max: usize) -> Result<String, Error> {
    if text.chars().count() > max {
        return Err(Error::invalid(field, format!("must have at most {max} characters")));
    }
    if text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t')) {
        return Err(Error::invalid(field, "must not hold control characters"));
    }
    Ok(text.to_owned())
}

/// A text that people write freely. A card number in it is refused, because it would be stored in the clear.
pub fn free(field: &'static str, text: &str, max: usize) -> Result<String, Error> {
    let text = plain(field, text, max)?;
    if holds_card_number(&text) {
        return Err(Error::invalid(field, "must not hold a card number"));
    }
    Ok(text)
}

/// A free text that says something.
pub fn required(field: &'static str, text: &str, max: usize) -> Result<String, Error> {
    if text.trim().is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    free(field, text, max)
}

/// An absolute http or https address.
pub fn web_address(field: &'static str, text: &str) -> Result<String, Error> {
    let wrong = || Error::invalid(field, "must be an absolute http or https URL");
    let text = plain(field, text, URL_MAX)?;
    let url = url::Url::parse(&text).map_err(|_| wrong())?;
    let fits = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        // A browser drops these and reads a backslash as a slash, so that the address would not be what was checked.
        && !text.contains(['\\', '\n', '\r', '\t', ' ']);
    if fits { Ok(text) } else { Err(wrong()) }
}

/// The host of an address that [`web_address`] accepted, as it is shown to people.
pub fn host_of(address: &str) -> String {
    let url = url::Url::parse(address).ok();
    url.as_ref().and_then(url::Url::host_str).unwrap_or(address).to_owned()
}

/// An address that [`web_address`] accepted, in the letters that a header may hold.
pub fn in_ascii(address: &str) -> String {
    if address.is_ascii() {
        return address.to_owned();
    }
    url::Url::parse(address).map_or_else(|_| address.to_owned(), String::from)
}

/// A customer's name, whole and in two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    whole: String,
    /// The parts as they were sent; none when the name came as a whole.
    parts: Option<(String, String)>,
}

impl Name {
    /// Two parts, joined by one space to the whole.
    pub fn from_parts(first: String, last: String) -> Self {
        Self { whole: format!("{first} {last}").trim().to_owned(), parts: Some((first, last)) }
    }

    /// A name that came as a whole.
    pub fn from_whole(whole: String) -> Self {
        Self { whole, parts: None }
    }

    pub(crate) fn stored(whole: String, parts: Option<(String, String)>) -> Self {
        Self { whole, parts }
    }

    /// The whole name.
    pub fn whole(&self) -> &str {
        &self.whole
    }

    pub(crate) fn sent_parts(&self) -> Option<(&str, &str)> {
        self.parts.as_ref().map(|(first, last)| (first.as_str(), last.as_str()))
    }

    /// Whether this is the known name told whole, which is no new one: the parts as they were sent stay.
    pub(crate) fn repeats(&self, known: &Self) -> bool {
        self.parts.is_none() && self.whole == known.whole
    }

    /// First and last name. A name that came as a whole splits at its last space; a single word is a first name.
    pub fn parts(&self) -> (&str, &str) {
        self.sent_parts().unwrap_or_else(|| self.whole.rsplit_once(' ').unwrap_or((&self.whole, "")))
    }
}

/// An e-mail address: one `@` with text on both sides. Compared without regard to case, kept as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    sent: String,
}

impl Email {
    /// Checks the form.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Error> {
        let text = free(field, text, NAME_MAX)?;
        let sides: Vec<&str> = text.split('@').collect();
        let fits = sides.len() == 2
            && sides.iter().all(|side| !side.is_empty())
            && !text.chars().any(|character| character.is_whitespace() || character.is_control());
        if fits { Ok(Self { sent: text }) } else { Err(Error::invalid(field, "must be an e-mail address")) }
    }

    pub(crate) fn stored(sent: String) -> Self {
        Self { sent }
    }

    /// As it was sent.
    pub fn as_str(&self) -> &str {
        &self.sent
    }

    /// For comparison.
    pub(crate) fn folded(&self) -> String {
        self.sent.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_name_splits_at_its_last_space() {
        let parts = |whole: &str| {
            let name = Name::stored(whole.to_owned(), None);
            let (first, last) = name.parts();
            (first.to_owned(), last.to_owned())
        };
        assert_eq!(parts("Ada King Lovelace"), ("Ada King".to_owned(), "Lovelace".to_owned()));
        assert_eq!(parts("Ada"), ("Ada".to_owned(), String::new()));
        assert_eq!(Name::from_parts("Ada".to_owned(), "Lovelace".to_owned()).whole(), "Ada Lovelace");
    }

    #[test]
    fn addresses_that_a_browser_would_read_otherwise_are_refused() {
        for good in ["https://shop.example/ok", "http://localhost:3000/?a=b#c", "https://exämple.se/å"] {
            assert!(web_address("u", good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "shop.example",
            "//shop.example",
            "javascript:alert(1)",
            "ftp://shop.example",
            "https://",
            "https://user@shop.example",
            "https:\\\\shop.example",
            "https://shop.example/\n",
            "data:text/html,x",
        ] {
            assert!(web_address("u", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_e_mail_address_has_one_at_with_text_on_both_sides() {
        for good in ["ada@example.com", "å@exempel.se", "a@b"] {
            assert!(Email::parse("email", good).is_ok(), "{good}");
        }
        for bad in ["", "ada", "@b", "a@", "a@b@c", "a b@c", "a@b\u{0}"] {
            assert!(Email::parse("email", bad).is_err(), "{bad}");
        }
    }
}
