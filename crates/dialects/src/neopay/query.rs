//! The query of a list: the four names that mean something, read as the framework reads them, and written for links.

use std::fmt::Write;

use domain::text::{self, NAME_MAX};

use super::error::{Failure, Problems};

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

/// Which customers are in the list.
pub(super) struct Filter {
    /// The whole address, in any spelling of upper and lower case.
    pub(super) email: Option<String>,
    /// What the name contains, likewise.
    pub(super) name: Option<String>,
}

impl Query {
    /// Reads a query. Names that mean nothing here are ignored.
    pub(super) fn parse(query: &str) -> Result<Self, Failure> {
        let mut problems = Problems::default();
        let filter = Filter {
            // fidelity: ours
            email: filter_of(query, "email", &mut problems),
            // fidelity: ours – a part of the name
            name: filter_of(query, "name", &mut problems),
        };
        // fidelity: ours – 1 to 100, 15 where it is absent
        let per_page = number(query, "per_page", PER_PAGE_MAX, &mut problems);
        // fidelity: ours
        let page = number(query, "page", PAGE_MAX, &mut problems);
        problems.result()?;
        let is_paged = page.is_some() || per_page.is_some();
        Ok(Self { filter, pages: is_paged.then(|| (page.unwrap_or(1), per_page.unwrap_or(PER_PAGE))) })
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

fn filter_of(query: &str, name: &'static str, problems: &mut Problems) -> Option<String> {
    let text = value(query, name, problems)?;
    if text.chars().count() > NAME_MAX {
        problems.wrong(name, &format!("must not be greater than {NAME_MAX} characters"));
    } else if text::plain(name, &text, NAME_MAX).is_err() {
        problems.wrong(name, "must not hold control characters");
    }
    Some(text)
}

fn number(query: &str, name: &'static str, most: usize, problems: &mut Problems) -> Option<usize> {
    let text = value(query, name, problems)?;
    let digits = text.strip_prefix('-').unwrap_or(&text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        problems.wrong(name, "must be an integer");
        return None;
    }
    match text.parse::<usize>() {
        Ok(number) if (1..=most).contains(&number) => return Some(number),
        Ok(0) => problems.wrong(name, "must be at least 1"),
        Err(_) if text.starts_with('-') => problems.wrong(name, "must be at least 1"),
        // More than there can be, or more than a number holds.
        Ok(_) | Err(_) => problems.wrong(name, &format!("must not be greater than {most}")),
    }
    None
}

/// The last value of a name, trimmed; none where it is empty.
fn value(query: &str, name: &'static str, problems: &mut Problems) -> Option<String> {
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (_, value) = pairs.rfind(|(known, _)| decoded(known).as_deref() == Some(name))?;
    let Some(text) = decoded(value) else {
        problems.wrong(name, "must be a string");
        return None;
    };
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
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
