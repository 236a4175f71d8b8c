//! The query of a list: the four names that mean something, read as the framework reads them, and written for links.

use std::fmt::Write;

use domain::Error;
use domain::text::NAME_MAX;

use super::error::{Failure, Problems};
use super::fields::plain;
use crate::declare::{Kind, Read, Shape, declare};

/// Customers of a page.
pub(super) const PER_PAGE_MAX: usize = 100;
const PER_PAGE: usize = 15;
/// The last page that can be asked for, so that no place in a list is too large a number.
const PAGE_MAX: usize = 1_000_000_000;

/// What a list is asked for.
pub(super) struct Query {
    pub(super) filter: Filter,
    /// The page and the customers on each; none when the client asked for no pages.
    pub(super) pages: Option<(usize, usize)>,
}

declare! {
    pub(super) query Filter from Pairs<'_> {
        /// The whole e-mail address, in any case.
        email: Option<String> = optional TEXT => ours,
        /// What the name contains, in any case. A plus sign is a space, or one in the name.
        name: Option<String> = optional TEXT => ours "a part of the name",
    }
}

declare! {
    pub(super) query Pages from Pairs<'_> {
        /// 15 where left out.
        per_page: Option<usize> = optional PER_PAGES => ours "1 to 100, 15 where it is absent",
        page: Option<usize> = optional PAGES => ours,
    }
}

const TEXT: Kind<String> = Kind::text(Shape::text(NAME_MAX), plain);
const PER_PAGES: Kind<usize> =
    Kind::text(Shape { format: Some("int32"), ..Shape::integer(1, PER_PAGE_MAX as i64) }, |name, text, _| {
        number(name, text, PER_PAGE_MAX)
    });
const PAGES: Kind<usize> =
    Kind::text(Shape { format: Some("int32"), ..Shape::integer(1, PAGE_MAX as i64) }, |name, text, _| {
        number(name, text, PAGE_MAX)
    });

/// A query's names and values, and what was found wrong with them.
pub(super) struct Pairs<'a> {
    query: &'a str,
    problems: Problems,
}

impl Pairs<'_> {
    fn optional<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<Option<T>> {
        let value = value(self.query, name).and_then(|text| {
            let Some(text) = text else { return Ok(None) };
            match kind.read {
                Read::Text(read) => read(name, &text, kind.shape.most()),
                Read::Json(read) => read(name, &text),
            }
            .map(Some)
        });
        self.problems.check(name, value)
    }
}

impl Query {
    /// Reads a query. Names that mean nothing here are told, as everywhere.
    pub(super) fn parse(query: &str) -> Result<Self, Failure> {
        let mut pairs = Pairs { query, problems: Problems::default() };
        let read = Filter::read(&mut pairs).zip(Pages::read(&mut pairs));
        let (filter, Pages { per_page, page }) = pairs.problems.result(read)?;
        let is_paged = page.is_some() || per_page.is_some();
        let pages = is_paged.then(|| (page.unwrap_or(1), per_page.unwrap_or(PER_PAGE)));
        Ok(Self { filter, pages })
    }
}

impl Filter {
    /// The query that asks for a page of these customers.
    pub(super) fn page(&self, per_page: usize, page: usize) -> String {
        let mut query = String::new();
        for (name, value) in [("email", &self.email), ("name", &self.name)] {
            if let Some(value) = value {
                query.push_str(name);
                query.push('=');
                query.push_str(&encoded(value));
                query.push('&');
            }
        }
        query.push_str(&format!("per_page={per_page}&page={page}"));
        query
    }
}

fn number(name: &'static str, text: &str, most: usize) -> Result<usize, Error> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::invalid(name, "must be an integer"));
    }
    match text.parse::<usize>() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        Ok(0) => Err(Error::invalid(name, "must be at least 1")),
        Err(_) if text.starts_with('-') => Err(Error::invalid(name, "must be at least 1")),
        // More than there can be, or more than a number holds.
        Ok(_) | Err(_) => Err(Error::invalid(name, format!("must not be greater than {most}"))),
    }
}

/// The last value of a name, trimmed; none where it is empty.
fn value(query: &str, name: &'static str) -> Result<Option<String>, Error> {
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let Some((_, value)) = pairs.rfind(|(known, _)| decoded(known).as_deref() == Some(name)) else {
        return Ok(None);
    };
    let text = match name {
        // No address has a space in it, and many a plus sign, which people forget to encode.
        "email" => decoded(&value.trim_matches('+').replace('+', "%2B")),
        _ => decoded(value),
    };
    let text = text.ok_or_else(|| Error::invalid(name, "must be a string"))?;
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// A piece of a query as text; none when it is not UTF-8. A percent sign that begins no byte stands for itself.
fn decoded(piece: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(piece.len());
    let mut rest = piece.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let (byte, length) = match (first, after) {
            (b'+', _) => (b' ', 0),
            (b'%', [high, low, ..]) => escaped(*high, *low).map_or((b'%', 0), |byte| (byte, 2)),
            (other, _) => (*other, 0),
        };
        bytes.push(byte);
        rest = &after[length..];
    }
    String::from_utf8(bytes).ok()
}

/// The byte that two hex digits stand for.
fn escaped(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

/// A text as it stands in a query.
fn encoded(text: &str) -> String {
    let mut query = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            query.push(char::from(byte));
        } else {
            write!(query, "%{byte:02X}").expect("a string takes what is written");
        }
    }
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_as_forms() {
        let read = |query: &str| Query::parse(query).unwrap().filter.name;
        assert_eq!(read("name=a+b%20%C3%A5%2b").as_deref(), Some("a b å+"));
        assert_eq!(read("name=one&name=two").as_deref(), Some("two"));
        assert_eq!(read("n%61me=100%").as_deref(), Some("100%"));
        assert_eq!(read("name=%+1%zz%é").as_deref(), Some("% 1%zz%é"));
        for nothing in ["", "name", "name=", "name=%20", "other=1", "&&=&=x", "name[]=x"] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_plus_within_an_address_is_one() {
        let read = |query: &str| Query::parse(query).unwrap().filter.email;
        for query in ["email=a+b@x", "email=a%2Bb%40x", "email=+a+b@x+", "%65mail=a%2bb@x"] {
            assert_eq!(read(query).as_deref(), Some("a+b@x"), "{query}");
        }
        assert_eq!(read("email=a%20b@x").as_deref(), Some("a b@x"));
        assert_eq!(read("email=+"), None);
    }

    #[test]
    fn a_link_says_the_same() {
        let text = "å & b=c%2/?#\"";
        let filter = Filter { email: Some("a+b@c".to_owned()), name: Some(text.to_owned()) };
        let query = filter.page(2, 3);
        assert!(query.is_ascii() && !query.contains(' '), "{query}");
        let read = Query::parse(&query).unwrap();
        assert_eq!(read.filter.name.as_deref(), Some(text));
        assert_eq!(read.filter.email.as_deref(), Some("a+b@c"));
        assert_eq!(read.pages, Some((3, 2)));
    }

    #[test]
    fn numbers_are_whole_and_within_their_limits() {
        let pages = |query: &str| Query::parse(query).ok().map(|query| query.pages);
        assert_eq!(pages("page=2"), Some(Some((2, 15))));
        assert_eq!(pages("per_page=100"), Some(Some((1, 100))));
        assert_eq!(pages("page=&per_page="), Some(None));
        for wrong in ["page=0", "page=-1", "page=a", "page=1.5", "page=-", "per_page=101", "page=%ff"] {
            assert_eq!(pages(wrong), None, "{wrong}");
        }
        assert_eq!(pages(&format!("page={}", "9".repeat(40))), None);
    }
}
