//! What a list is asked for: the part of the address after the question mark.

use std::str::FromStr;

use super::fields::Flaws;

/// Rows of a page.
const LIMIT_MAX: i64 = 100;
const LIMIT_DEFAULT: i64 = 50;

/// Names and values in their order, decoded. A name that stands more than once counts the last time, as on the vendor's
/// platform.
pub(super) struct Query(Vec<(String, String)>);

/// Which rows of a list are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) limit: i64,
    pub(super) skip: i64,
}

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(decode_pair).collect())
    }

    /// A value; an empty one is none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().rev().find(|(known, _)| known == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// `limit` and `page`.
    pub(super) fn page(&self, flaws: &mut Flaws) -> Page {
        // fidelity: seen – with 1 and 100; 50 where it is absent by our choice
        let limit = self.number("limit").unwrap_or(Ok(LIMIT_DEFAULT));
        let limit = limit.ok().filter(|limit| (1..=LIMIT_MAX).contains(limit)).unwrap_or_else(|| {
            flaws.note("limit", "must be an integer between 1 and 100");
            LIMIT_DEFAULT
        });
        // fidelity: ours
        let page = self.number("page").unwrap_or(Ok(1));
        let page = page.ok().filter(|page| *page >= 1).unwrap_or_else(|| {
            flaws.note("page", "must be an integer of at least 1");
            1
        });
        Page { limit, skip: (page - 1).saturating_mul(limit) }
    }

    /// A truth value as 0 or 1, or as a word.
    pub(super) fn boolean(&self, name: &'static str, flaws: &mut Flaws) -> Option<bool> {
        match self.get(name)? {
            "1" | "true" => Some(true),
            "0" | "false" => Some(false),
            _ => {
                flaws.note(name, "must be true or false");
                None
            }
        }
    }

    fn number(&self, name: &str) -> Option<Result<i64, <i64 as FromStr>::Err>> {
        self.get(name).map(str::parse)
    }
}

fn decode_pair((name, value): (&str, &str)) -> (String, String) {
    (decode(name), decode(value))
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
        assert_eq!(get("limit"), "7");
        assert_eq!([get("x"), get("y"), get("z"), get("n")], ["%", "%4", "%zz", "\u{fffd}"]);
    }

    #[test]
    fn a_page_is_fifty_rows_unless_told() {
        let page = |text: &str| {
            let mut flaws = Flaws::default();
            let page = Query::parse(text).page(&mut flaws);
            flaws.check().is_ok().then_some((page.limit, page.skip))
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
