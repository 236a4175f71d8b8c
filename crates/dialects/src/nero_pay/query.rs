//! What a list is asked for: the part of the address after the question mark, declared as bodies are.

use domain::Error;
use domain::text::{self, NAME_MAX};

use super::error::Failure;
use super::fields::Flaws;
use crate::declare::{Kind, Read, Shape, declare};

/// Rows of a page.
const LIMIT_MAX: i64 = 100;
const LIMIT_DEFAULT: i64 = 50;

declare! {
    pub(super) query PageWanted from Query {
        /// 50 where left out.
        limit: Option<i64> = optional LIMIT => seen "with 1 and 100; 50 where it is absent by our choice",
        page: Option<i64> = optional PAGE => ours,
    }
}

declare! {
    pub(super) query CustomersWanted from Query {
        /// The whole e-mail address, in any case.
        email: Option<String> = optional TEXT => ours,
        /// What name, e-mail address or phone contains, in any case. A plus sign is a space, or one that stands there.
        q: Option<String> = optional TEXT
            => seen "for another list of the vendor; over name, email and phone by our choice",
    }
}

declare! {
    pub(super) query CategoriesWanted from Query {
        is_active: Option<bool> = optional BOOLEAN => ours,
    }
}

const LIMIT: Kind<i64> = Kind::text(Shape::integer(1, LIMIT_MAX), |name, text, _| {
    let limit = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
    limit.ok_or_else(|| Error::invalid(name, "must be an integer between 1 and 100"))
});

const PAGE: Kind<i64> = Kind::text(Shape::integer(1, i64::MAX), |name, text, _| {
    let page = text.parse().ok().filter(|page| *page >= 1);
    page.ok_or_else(|| Error::invalid(name, "must be an integer of at least 1"))
});

const TEXT: Kind<String> = Kind::text(Shape::text(NAME_MAX), |name, text, most| {
    let wrong = |_| Error::invalid(name, "must be a text of at most 255 characters");
    text::plain(name, text, most).map_err(wrong)
});

/// A truth value as 0 or 1, or as a word.
const BOOLEAN: Kind<bool> = Kind::text(Shape::BOOLEAN, |name, text, _| match text {
    "1" | "true" => Ok(true),
    "0" | "false" => Ok(false),
    _ => Err(Error::invalid(name, "must be true or false")),
});

/// Names and values in their order, decoded, and what was found wrong with them. A name that stands more than once counts
/// the last time, as on the vendor's platform.
pub(super) struct Query {
    pairs: Vec<(String, String)>,
    flaws: Flaws,
}

/// Which rows of a list are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) limit: i64,
    pub(super) skip: i64,
}

impl PageWanted {
    fn page(&self) -> Page {
        let limit = self.limit.unwrap_or(LIMIT_DEFAULT);
        Page { limit, skip: (self.page.unwrap_or(1) - 1).saturating_mul(limit) }
    }
}

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(decode_pair).collect();
        Self { pairs, flaws: Flaws::default() }
    }

    /// Reads which page is wanted, and of what.
    pub(super) fn read<T>(mut self, wanted: fn(&mut Self) -> Option<T>) -> Result<(Page, T), Failure> {
        let page = PageWanted::read(&mut self);
        let wanted = wanted(&mut self);
        self.flaws.finish(page.as_ref().map(PageWanted::page).zip(wanted))
    }

    fn optional<T>(&mut self, name: &'static str, kind: &Kind<T>) -> Option<Option<T>> {
        let Some(text) = self.get(name) else { return Some(None) };
        let value = match kind.read {
            Read::Text(read) => read(name, text, kind.shape.most()),
            Read::Json(read) => read(name, text),
        };
        self.flaws.check(name, value).map(Some)
    }

    /// A value; an empty one is none.
    fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.pairs.iter().rev().find(|(known, _)| known == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }
}

fn decode_pair((name, value): (&str, &str)) -> (String, String) {
    let name = decode(name);
    // No address has a space in it, and many a plus sign, which people forget to encode.
    let value = if name == "email" { decode(&value.replace('+', "%2B")) } else { decode(value) };
    (name, value)
}

/// Percent signs and pluses; what is not UTF-8 then becomes replacement characters, which no record holds.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let escaped = match (first, behind) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = &behind[2..];
            }
            None => {
                bytes.push(if first == b'+' { b' ' } else { first });
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_the_last_counts() {
        let query = Query::parse("q=Ada+L%C3%B6&&email=a%2Bb%40c&q2&limit=5&limit=7&x=%&y=%4&z=%zz&n=%FF");
        let get = |name: &str| query.get(name).unwrap_or("-").to_owned();
        assert_eq!(get("q"), "Ada Lö");
        assert_eq!(get("email"), "a+b@c");
        assert_eq!(get("q2"), "-");
        assert_eq!(Query::parse("email=a+b@c").get("email"), Some("a+b@c"));
        assert_eq!(get("limit"), "7");
        assert_eq!([get("x"), get("y"), get("z"), get("n")], ["%", "%4", "%zz", "\u{fffd}"]);
    }

    #[test]
    fn a_page_is_fifty_rows_unless_told() {
        let page = |text: &str| {
            let (page, _) = Query::parse(text).read(CategoriesWanted::read).ok()?;
            Some((page.limit, page.skip))
        };
        assert_eq!(page(""), Some((50, 0)));
        assert_eq!(page("limit=100&page=3"), Some((100, 200)));
        assert_eq!(page("page=9223372036854775807"), Some((50, i64::MAX)));
        for wrong in
            ["limit=0", "limit=101", "limit=x", "limit=1.5", "limit=-1", "page=0", "page=-1", "page=x"]
        {
            assert_eq!(page(wrong), None, "{wrong}");
        }
    }
}
