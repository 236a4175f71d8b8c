//! Texts that people give: names, e-mail addresses, messages, addresses of pages. Parsed once, at the border.

use unicode_normalization::UnicodeNormalization;

use crate::kernel::detector::{holds_card_number, is_ignorable};
use crate::kernel::error::{Error, Field};

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
        return Err(Error::card_number(field));
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
        && url.host_str().is_some_and(is_host)
        && says_its_host(&text, &url)
        // A browser drops these and reads a backslash as a slash, so that the address would not be what was checked.
        && !text.contains(['\\', '\n', '\r', '\t', ' ']);
    if fits { Ok(text) } else { Err(wrong()) }
}

/// Whether a host has the characters of a name or an address and no others: the parser lets stars, quotes and semicolons
/// through, which have a meaning where an address is written into a policy or a page.
fn is_host(host: &str) -> bool {
    if host.starts_with('[') {
        return true;
    }
    let is_label = |label: &str| {
        let fits = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        fits && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    // A name may end at the root.
    host.strip_suffix('.').unwrap_or(host).split('.').all(is_label)
}

/// Whether the text of an address has the host that the parser made of it. The parser repairs addresses as a browser does:
/// `https:evil.example` and `https:///evil.example` become `https://evil.example`, full-width letters become others, and
/// `127.1` becomes `127.0.0.1`. Who reads the text otherwise than that would be led astray, so it says it all itself.
fn says_its_host(text: &str, url: &url::Url) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let made = url.host_str().unwrap_or_default();
    if !scheme.eq_ignore_ascii_case(url.scheme()) || authority.contains('@') {
        return false;
    }
    if made.starts_with('[') {
        return authority.starts_with('[');
    }
    let said = authority.split(':').next().unwrap_or_default();
    // A name of other letters than English ones stands in its own or in the parser's spelling.
    said.eq_ignore_ascii_case(made)
        || (!said.is_ascii() && fold(said) == fold(&url::quirks::domain_to_unicode(made)))
}

/// A text as it is compared, without regard to case and to how its letters are composed.
pub(crate) fn fold(text: &str) -> String {
    // What is lower case may compose where its capital does not. A sigma has two small letters.
    text.to_lowercase().replace('ς', "σ").nfc().collect()
}

/// Whether a text has another one in it, which is in lower case.
pub fn contains(text: &str, wanted: &str) -> bool {
    spellings(text).any(|text| text.contains(wanted))
}

/// What a text is searched in: its lower case, and the same with a space for each plus sign. Queries write a space so, and
/// people forget to write a plus sign otherwise.
pub(crate) fn spellings(text: &str) -> impl Iterator<Item = String> {
    let text = text.to_lowercase();
    let spaced = text.contains('+').then(|| text.replace('+', " "));
    [Some(text), spaced].into_iter().flatten()
}

/// The host of an address that [`web_address`] accepted, as it is shown to people.
pub fn host_of(address: &str) -> String {
    let url = url::Url::parse(address).ok();
    url.as_ref().and_then(url::Url::host_str).unwrap_or(address).to_owned()
}

/// An address that [`web_address`] accepted, with more in its query.
pub fn with_query(address: &str, more: &str) -> String {
    let (before, fragment) = address.find('#').map_or((address, ""), |place| address.split_at(place));
    let sign = match before.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{before}{sign}{more}{fragment}")
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

/// An e-mail address: one `@` with text on both sides. Kept as sent; compared without regard to case and to how its
/// letters are composed.
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
        fold(&self.sent)
    }

    /// Checks what [`parse`](Self::parse) leaves: that it is no link and no name with an address in it, that its domain has
    /// no empty part, and that nobody may take it for another address: no character has another one that it stands for, as the
    /// Kelvin sign stands for a K, and full-width letters for the others, and none is invisible. Accents may be composed or
    /// not.
    ///
    /// It is for what is written anew. An address that is known stays, because who sends it back changes nothing.
    pub(crate) fn check_new(&self) -> Result<(), Error> {
        let (local, domain) = self.sent.split_once('@').unwrap_or_default();
        if local.contains(['<', '>', '(', ')', ',', ';', ':']) || domain.split('.').any(str::is_empty) {
            return Err(Error::invalid(Field::Email, "must be an e-mail address"));
        }
        let stands_for_itself =
            |character: char| !is_ignorable(character) && std::iter::once(character).nfkc().eq([character]);
        if self.sent.is_ascii() || self.sent.chars().all(stands_for_itself) {
            return Ok(());
        }
        Err(Error::invalid(
            Field::Email,
            "must not hold letters that stand for other ones, such as full-width letters, or invisible ones",
        ))
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
    fn a_query_grows_before_the_fragment() {
        for (address, grown) in [
            ("https://shop.example", "https://shop.example?a=b"),
            ("https://shop.example/?", "https://shop.example/?a=b"),
            ("https://shop.example/?x=1", "https://shop.example/?x=1&a=b"),
            ("https://shop.example/?x=1&#top?", "https://shop.example/?x=1&a=b#top?"),
            ("https://shop.example/#/paid?x=1", "https://shop.example/?a=b#/paid?x=1"),
        ] {
            assert_eq!(with_query(address, "a=b"), grown);
        }
    }

    #[test]
    fn addresses_that_a_browser_would_read_otherwise_are_refused() {
        for good in [
            "https://shop.example/ok",
            "http://localhost:3000/?a=b#c",
            "https://exämple.se/å",
            "HTTPS://A.b:1/@",
            "https://EXA\u{308}MPLE.se",
            "https://xn--exmple-cua.se",
            "https://ΑΣ.gr",
            "https://日本.example:8443/?x",
            "https://shop.example.",
            "https://127.0.0.1:3000",
            "http://[::1]:3000",
            "http://[0:0::1]/",
        ] {
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
            "https:evil.example",
            "http:evil.example/x",
            "https:/evil.example",
            "https:///evil.example",
            "https://@evil.example",
            "https://:@evil.example",
            "https://?evil.example",
            "\u{b}https://evil.example",
            "https://*",
            "https://*.shop.example/",
            "https://a\"b/",
            "https://a;b",
            "https://a'b",
            "https://a,b",
            "https://a_b",
            "https://a%2eb",
            "https://./",
            "https://../",
            "https://a..b/",
            "https://.a",
            "https://-/",
            "https://127.1/",
            "https://0x7f000001/",
            "https://ｅvil.example/",
            "https://evil．example/",
            "https://evil。example/",
            "https://\u{ad}evil.example/",
            "https://e\u{200b}vil.example/",
            "data:text/html,x",
        ] {
            assert!(web_address("u", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_e_mail_address_has_one_at_with_text_on_both_sides() {
        for good in ["ada@example.com", "a..da+shop@example.com", "å@exempel.se", "a@b"] {
            assert!(Email::parse("email", good).is_ok(), "{good}");
        }
        for bad in ["", "ada", "@b", "a@", "a@b@c", "a b@c", "a@b\u{0}"] {
            assert!(Email::parse("email", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_are_compared_without_case_and_composition() {
        let folded = |text: &str| Email::parse("email", text).unwrap().folded();
        assert_eq!(folded("\u{c9}va@EXAMPLE.com"), folded("e\u{301}va@example.com"));
        // Composed in lower case only.
        assert_eq!(folded("J\u{30c}@b"), folded("\u{1f0}@b"));
        assert_ne!(folded("eva@example.com"), folded("e\u{301}va@example.com"));
    }

    #[test]
    fn letters_that_stand_for_others_and_what_is_no_bare_address_are_known() {
        let check = |text: &str| Email::parse("email", text).unwrap().check_new();
        for good in ["ada@example.com", "\u{e9}@b", "e\u{301}@b", "\u{1112}\u{1161}\u{11ab}@b", "\u{434}@b"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "<ada@b.com>",
            "mailto:ada@b.com",
            "ada@b..com",
            "ada@.com",
            "ada@b.",
            "\u{212a}im@b",
            "\u{ff21}da@b",
            "a@b\u{ff0e}com",
            "\u{212b}@b",
            "\u{fb01}x@b",
            "\u{17f}@b",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
