//! Placeholders: put into requests, checked and captured in responses.
//!
//! In a response `{hex32:name}` is an id of 32 hex digits, `{uuid:name}` one in the form of a UUID, `{number:name}`
//! an integer, `{time}` a date and time, `{utc}` one in the form of ISO 8601, `{page_link:name}` the address of a
//! checkout's page and `{client_page:name}` that of a customer's, `{cus:name}`, `{src:name}`, `{tok:name}`,
//! `{pay:name}`, `{act:name}` and `{fingerprint:name}` ids in base32, `{hpp:name}` and `{pl:name}` those of hosted
//! payments and payment links, `{hex64:name}` a payment's fingerprint of a card, `{sim:name}` the simulator's name of an operation, `{digits6:name}` so many digits in a string,
//! `{request:name}` the id of a request and `{token:name}` an access token; with a name they can be used later as
//! `{name}`. `{address}` is the server's. In a request there are also `{letters:count}`, `{byte:hex}`, and
//! `{hex_of_name}` and `{pay_of_name}`, an id that was captured as the other API spells it.

use std::collections::BTreeMap;

use data_encoding::BASE32_NOPAD;
use kassa_tests::drivers::shop::{base32, hex};
use kassa_tests::layout;

/// What was captured, and what the run gave: keys, ids, addresses.
#[derive(Clone)]
pub(crate) struct Known {
    /// The server's address, with which links begin.
    pub(crate) address: String,
    pub(crate) values: BTreeMap<String, String>,
}

enum Piece<'a> {
    Text(&'a str),
    /// A kind and a name, either of which may be empty.
    Hole(&'a str, &'a str),
}

/// Cuts a text at its placeholders. Braces that hold anything else are text.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut searched = 0;
    while let Some(open) = rest[searched..].find('{').map(|place| place + searched) {
        let Some(inside) = layout::hole(&rest[open..]) else {
            searched = open + 1;
            continue;
        };
        pieces.push(Piece::Text(&rest[..open]));
        let (kind, name) = inside.split_once(':').unwrap_or((inside, ""));
        pieces.push(Piece::Hole(kind, name));
        rest = &rest[open + inside.len() + 2..];
        searched = 0;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

impl Known {
    /// A request's text with every placeholder filled in. `find` gives what was not captured.
    pub(crate) fn fill(
        &mut self,
        text: &str,
        find: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<u8>, String> {
        let mut filled = Vec::new();
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => filled.extend_from_slice(text.as_bytes()),
                Piece::Hole("letters", count) => {
                    let count: usize =
                        count.parse().map_err(|_| format!("letters: {count:?} is no count"))?;
                    filled.resize(filled.len() + count, b'a');
                }
                Piece::Hole("byte", hex) => {
                    let byte = u8::from_str_radix(hex, 16).map_err(|_| format!("byte: {hex:?} is no hex"))?;
                    filled.push(byte);
                }
                Piece::Hole(name, _) => {
                    if !self.values.contains_key(name) {
                        let value = self.respelled(name).or_else(|| find(name));
                        let value = value.ok_or_else(|| format!("nothing is known as {{{name}}}"))?;
                        self.values.insert(name.to_owned(), value);
                    }
                    filled.extend_from_slice(self.values[name].as_bytes());
                }
            }
        }
        Ok(filled)
    }

    /// `hex_of_` and `pay_of_` with the name of an id: the same id as the other API spells it.
    fn respelled(&self, name: &str) -> Option<String> {
        if let Some(name) = name.strip_prefix("pay_of_") {
            return self.values.get(name).map(|hex| base32("pay_", hex));
        }
        self.values.get(name.strip_prefix("hex_of_")?).map(|id| hex(id))
    }

    /// Whether this is what was expected, byte for byte; captures what is named.
    pub(crate) fn fits(&mut self, expected: &str, actual: &str) -> bool {
        let mut rest = actual;
        for piece in pieces(expected) {
            let after = match piece {
                Piece::Text(text) => rest.strip_prefix(text),
                Piece::Hole(kind, "") if self.values.contains_key(kind) => {
                    rest.strip_prefix(self.values[kind].as_str())
                }
                Piece::Hole(kind, name) => self.length(kind, rest).map(|length| {
                    let (value, after) = rest.split_at(length);
                    if !name.is_empty() {
                        self.values.insert(name.to_owned(), value.to_owned());
                    }
                    after
                }),
            };
            let Some(after) = after else { return false };
            rest = after;
        }
        rest.is_empty()
    }

    /// How much of the text is of this kind.
    fn length(&self, kind: &str, text: &str) -> Option<usize> {
        match kind {
            "hex32" => is_id(text.get(..32)?).then_some(32),
            "uuid" => is_uuid(text.get(..36)?).then_some(36),
            "time" => is_time(text.get(..19)?).then_some(19),
            // The same in the form of ISO 8601, as in `2026-04-22T10:00:00Z`.
            "utc" => is_time(&text.get(..20)?.strip_suffix('Z')?.replacen('T', " ", 1)).then_some(20),
            "number" => Some(digits(text)).filter(|length| *length > 0),
            "cus" | "src" | "tok" | "pay" | "act" => {
                let letters = text.strip_prefix(kind)?.strip_prefix('_')?;
                is_base32(letters.get(..26)?).then_some(kind.len() + 27)
            }
            "hpp" | "pl" => {
                let letters = text.strip_prefix(kind)?.strip_prefix('_')?;
                letters.get(..12)?.chars().all(|letter| is_safe(&letter)).then_some(kind.len() + 13)
            }
            "fingerprint" => is_base32(text.get(..26)?).then_some(26),
            "sim" => is_id(text.strip_prefix("sim_")?.get(..32)?).then_some(36),
            "hex64" => is_upper_hex(text.get(..64)?).then_some(64),
            "digits6" => (digits(text) == 6).then_some(6),
            "digits12" => (digits(text) == 12).then_some(12),
            "digits15" => (digits(text) == 15).then_some(15),
            "request" => text.get(..13)?.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(13),
            // It begins with the number of its credential, in eight bytes.
            "token" => text.starts_with("AAAAAA").then(|| text.chars().take_while(is_safe).count()),
            "page_link" => self.link(text, "/c/"),
            "client_page" => self.link(text, "/customer/"),
            _ => None,
        }
    }

    fn link(&self, text: &str, folder: &str) -> Option<usize> {
        let secret = text.strip_prefix(&self.address)?.strip_prefix(folder)?;
        let length = secret.chars().take_while(is_safe).count();
        // An object and a code of at least 16 bytes; never the id alone.
        (length > 40).then_some(self.address.len() + folder.len() + length)
    }

    /// A response's text as a golden has it: what changes from run to run becomes a placeholder.
    pub(crate) fn generalise(&mut self, text: &str) -> String {
        let text = &self.request_named(text);
        let mut general = String::new();
        let mut key = String::new();
        let mut parts = text.split('"').peekable();
        general.push_str(parts.next().unwrap_or_default());
        let mut inside = true;
        while let Some(part) = parts.next() {
            general.push('"');
            if inside {
                if parts.peek().is_some_and(|next| next.starts_with(':')) {
                    part.clone_into(&mut key);
                    general.push_str(part);
                } else {
                    general.push_str(&self.placeholder(&key, part));
                }
            } else {
                general.push_str(&self.numbered(&key, part));
            }
            // An escaped quote ends nothing.
            if !part.ends_with('\\') {
                inside = !inside;
            }
        }
        general
    }

    /// One vendor names the request in a header, and the body of an error names it again.
    fn request_named(&mut self, text: &str) -> String {
        const HEADER: &str = "\ncko-request-id: ";
        let Some((before, rest)) = text.split_once(HEADER) else { return text.to_owned() };
        let (id, rest) = rest.split_at(rest.find('\n').unwrap_or(rest.len()));
        self.values.insert("request_id".to_owned(), id.to_owned());
        format!("{before}{HEADER}{{request:request_id}}{rest}")
    }

    /// What stands behind a key and is no string: an integer id changes from run to run.
    fn numbered(&mut self, key: &str, part: &str) -> String {
        let rest = part.strip_prefix(':').unwrap_or_default();
        let (number, rest) = rest.split_at(digits(rest));
        if key != "id" || number.is_empty() {
            return part.to_owned();
        }
        if let Some((name, _)) = self.values.iter().find(|(_, known)| *known == number) {
            return format!(":{{{name}}}{rest}");
        }
        let mut names = std::iter::once("id".to_owned()).chain((2..).map(|count| format!("id_{count}")));
        let name = names.find(|name| !self.values.contains_key(name)).unwrap_or_default();
        self.values.insert(name.clone(), number.to_owned());
        format!(":{{number:{name}}}{rest}")
    }

    /// A text with the server's address and the ids of payments and their pages in it.
    fn linked(&self, text: &str) -> String {
        let is_linked = |id: &str| ["pay_", "hpp_", "pl_"].iter().any(|prefix| id.starts_with(prefix));
        let linked = self.values.iter().filter(|(_, value)| is_linked(value));
        let text = text.replace(&self.address, "{address}");
        linked.fold(text, |text, (name, id)| text.replace(id, &format!("{{{name}}}")))
    }

    fn placeholder(&mut self, key: &str, value: &str) -> String {
        if let Some((name, _)) = self.values.iter().find(|(_, known)| *known == value) {
            return format!("{{{name}}}");
        }
        let kinds = [
            "hex32",
            "uuid",
            "utc",
            "time",
            "cus",
            "src",
            "tok",
            "pay",
            "act",
            "hpp",
            "pl",
            "fingerprint",
            "hex64",
            "sim",
            "token",
            "page_link",
            "client_page",
        ];
        let drawn = match key {
            "auth_code" => Some("digits6"),
            "retrieval_reference_number" => Some("digits12"),
            "scheme_id" => Some("digits15"),
            _ => None,
        };
        let mut kinds = kinds.into_iter().chain(drawn);
        match kinds.find(|kind| self.length(kind, value) == Some(value.len())) {
            None => self.linked(value),
            Some(kind @ ("time" | "utc")) => format!("{{{kind}}}"),
            Some(kind) => {
                let key = match kind {
                    "pay" => "payment",
                    "act" => "action",
                    "hpp" => "page",
                    "pl" => "link",
                    _ => key,
                };
                let taken = (2..).map(|number| format!("{key}_{number}"));
                let mut names = std::iter::once(key.to_owned()).chain(taken);
                let name = names.find(|name| !self.values.contains_key(name)).unwrap_or_default();
                let placeholder = format!("{{{kind}:{name}}}");
                self.values.insert(name, value.to_owned());
                placeholder
            }
        }
    }
}

/// What a payment names a card with.
fn is_upper_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
}

/// Lower-case base32 of 16 bytes, whose two spare bits are zero.
fn is_base32(text: &str) -> bool {
    let is_lower = |byte: u8| matches!(byte, b'a'..=b'z' | b'2'..=b'7');
    text.bytes().all(is_lower) && BASE32_NOPAD.decode(text.to_uppercase().as_bytes()).is_ok()
}

/// What a link or a token is written in.
const fn is_safe(letter: &char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')
}

/// How many digits the text begins with.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// A UUID of version 4 in form, as 32 lower-case hex digits.
fn is_id(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && text.as_bytes()[12] == b'4'
        && matches!(text.as_bytes()[16], b'8' | b'9' | b'a' | b'b')
}

/// The same with its hyphens.
fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && is_id(&parts.concat())
}

/// `YYYY-MM-DD HH:MM:SS`, and such a time exists.
fn is_time(text: &str) -> bool {
    let number = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<u32>().ok());
    let separators = [(4, "-"), (7, "-"), (10, " "), (13, ":"), (16, ":")];
    separators.iter().all(|(place, character)| text.get(*place..place + 1) == Some(character))
        && number(0, 4).is_some_and(|year| year >= 2026)
        && number(5, 7).is_some_and(|month| (1..=12).contains(&month))
        && number(8, 10).is_some_and(|day| (1..=31).contains(&day))
        && number(11, 13).is_some_and(|hour| hour < 24)
        && number(14, 16).is_some_and(|minute| minute < 60)
        && number(17, 19).is_some_and(|second| second < 60)
}
