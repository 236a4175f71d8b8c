//! The forms in which a secret could have been written down, and a search for all of them at once.

use aho_corasick::AhoCorasick;
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, Encoding, HEXLOWER, HEXUPPER};

/// The letters of base64 that `text` alone decides when `before` bytes stand before it.
fn base64(before: usize, text: &[u8], encoding: &Encoding) -> Vec<u8> {
    let mut letters = encoding.encode(&[&vec![0; before], text].concat()).into_bytes();
    letters.truncate((before + text.len()) * 8 / 6);
    letters.split_off((before * 8).div_ceil(6))
}

/// Every form in which a secret could have been written down.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let bytes = secret.as_bytes();
    let mut forms = vec![
        bytes.to_vec(),
        secret.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        secret.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        HEXLOWER.encode(bytes).into_bytes(),
        HEXUPPER.encode(bytes).into_bytes(),
    ];
    for before in 0..3 {
        forms.extend([base64(before, bytes, &BASE64_NOPAD), base64(before, bytes, &BASE64URL_NOPAD)]);
    }
    if bytes.iter().all(u8::is_ascii_digit) {
        // Two digits a byte; an odd number is filled up on one side. And as people group them.
        let filled = [format!("0{secret}"), format!("{secret}0"), format!("{secret}f")];
        let filled = filled.iter().map(String::as_str).chain([secret]).filter(|digits| digits.len() % 2 == 0);
        forms.extend(
            filled.map(|digits| HEXLOWER.decode(digits.as_bytes()).expect("an even number of digits")),
        );
        for between in [" ", "-", "\u{a0}"] {
            let groups: Vec<&str> =
                (0..secret.len()).step_by(4).map(|at| &secret[at..secret.len().min(at + 4)]).collect();
            forms.push(groups.join(between).into_bytes());
        }
    }
    forms
}

/// Looks for many secrets in one go.
pub struct Search {
    secrets: Vec<String>,
    /// Each form with the place of its secret.
    forms: Vec<(usize, Vec<u8>)>,
    automaton: AhoCorasick,
}

/// A secret that is somewhere.
pub struct Hit<'a> {
    /// The secret.
    pub secret: &'a str,
    /// How it is written there.
    pub form: &'a [u8],
    /// Where it begins.
    pub at: usize,
}

impl Search {
    /// A search for these.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a String>) -> Self {
        let secrets: Vec<String> = secrets.into_iter().cloned().collect();
        let all = secrets.iter().enumerate();
        let forms: Vec<(usize, Vec<u8>)> = all
            .flat_map(|(place, secret)| forms(secret).into_iter().map(move |form| (place, form)))
            .collect();
        let automaton = AhoCorasick::new(forms.iter().map(|(_, form)| form)).expect("few and short patterns");
        Self { secrets, forms, automaton }
    }

    /// The first that is there.
    pub fn find(&self, bytes: &[u8]) -> Option<Hit<'_>> {
        let found = self.automaton.find(bytes)?;
        let (place, form) = &self.forms[found.pattern().as_usize()];
        Some(Hit { secret: &self.secrets[*place], form, at: found.start() })
    }
}

/// Whether a text of its own stands in a log or a body: digits that are part of a longer word or number do not count.
pub(crate) fn stands_in(text: &[u8], word: &str) -> bool {
    let is_part = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let places = text.windows(word.len()).enumerate().filter(|(_, part)| *part == word.as_bytes());
    places.into_iter().any(|(place, _)| {
        let before = place.checked_sub(1).and_then(|before| text.get(before));
        !is_part(before) && !is_part(text.get(place + word.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_finds_a_number_in_every_form() {
        let number = "4929371250038816".to_owned();
        assert_eq!(base64(0, b"Man", &BASE64_NOPAD), b"TWFu");
        assert_eq!(base64(1, b"any", &BASE64_NOPAD), b"FueQ"[..3]);
        let search = Search::new([&"something else".to_owned(), &number]);
        for written in [
            "x4929371250038816x".as_bytes(),
            "4929 3712 5003 8816".as_bytes(),
            b"{\"a\":\"NDkyOTM3MTI1MDAzODgxNg==\"}",
            b"eDQ5MjkzNzEyNTAwMzg4MTY=",
            b"eHg0OTI5MzcxMjUwMDM4ODE2eA==",
            b"34393239333731323530303338383136",
            b"4\x009\x002\x009\x003\x007\x001\x002\x005\x000\x000\x003\x008\x008\x001\x006\0",
            b"\x01\x49\x29\x37\x12\x50\x03\x88\x16\x02",
        ] {
            let found = search.find(written).map(|hit| hit.secret.to_owned());
            assert_eq!(found.as_ref(), Some(&number), "{}", String::from_utf8_lossy(written));
        }
        assert!(search.find(b"4929371250038817 49293712").is_none());
    }

    #[test]
    fn a_code_stands_in_a_text_only_by_itself() {
        for text in ["7391", "code=7391&x", "{\"code\":\"7391\"}", "code: 7391,", "73910 7391"] {
            assert!(stands_in(text.as_bytes(), "7391"), "{text}");
        }
        for text in ["73910", "17391", "a7391", "abc-7391", "0.7391", "7391.5", ""] {
            assert!(!stands_in(text.as_bytes(), "7391"), "{text}");
        }
    }
}
