//! Phones, which some APIs write as text and others as a calling code with a number. What one API sent, the same API
//! reads back unchanged.

/// A phone, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phone {
    /// One text.
    Text(String),
    /// Two parts; an API may send either alone.
    Parts {
        /// With its plus, as sent.
        country_code: Option<String>,
        /// As sent.
        number: Option<String>,
    },
}

impl Phone {
    /// As one text: code, space, number.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Parts { country_code, number } => {
                let parts: Vec<&str> =
                    [country_code, number].into_iter().flatten().map(String::as_str).collect();
                parts.join(" ")
            }
        }
    }

    /// As a calling code and a number. A text that begins with a plus and an assigned calling code splits behind it.
    pub fn parts(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Parts { country_code, number } => (country_code.as_deref(), number.as_deref()),
            Self::Text(text) => match calling_code_bytes(text) {
                Some(length) => (Some(&text[..length]), Some(text[length..].trim_start())),
                None => (None, Some(text)),
            },
        }
    }

    /// Whether this is the known phone as its API reads it, which is no new one: it stays as it was sent.
    pub(crate) fn repeats(&self, known: &Self) -> bool {
        let said = |part: Option<&'_ str>| part.filter(|text| !text.is_empty()).map(str::to_owned);
        match self {
            Self::Text(text) => known.text() == *text,
            Self::Parts { country_code, number } => {
                let (known_code, known_number) = known.parts();
                said(country_code.as_deref()) == said(known_code)
                    && said(number.as_deref()) == said(known_number)
            }
        }
    }
}

/// How many bytes of the text are a plus and an assigned calling code.
fn calling_code_bytes(text: &str) -> Option<usize> {
    let digits = text.strip_prefix('+')?;
    // No assigned code is the beginning of another one.
    (1..=3).find(|length| digits.get(..*length).is_some_and(is_assigned)).map(|length| length + 1)
}

/// The calling codes that the ITU has assigned to countries, regions and worldwide services (E.164), by how many digits they
/// have.
fn is_assigned(code: &str) -> bool {
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let number = code.parse::<u16>().unwrap_or(0);
    match code.len() {
        1 => matches!(number, 1 | 7),
        2 => matches!(
            number,
            20 | 27 | 30..=34 | 36 | 39..=41 | 43..=49 | 51..=58 | 60..=66 | 81 | 82 | 84 | 86 | 90..=95 | 98
        ),
        _ => matches!(
            number,
            211..=213 | 216 | 218 | 220..=258 | 260..=269 | 290 | 291 | 297..=299 | 350..=359 | 370..=383 | 385..=387
                | 389 | 420 | 421 | 423 | 500..=509 | 590..=599 | 670 | 672..=683 | 685..=692 | 800 | 808 | 850 | 852
                | 853 | 855 | 856 | 870 | 878 | 880..=883 | 886 | 888 | 960..=968 | 970..=977 | 979 | 992..=996 | 998
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_split_behind_an_assigned_code() {
        let parts = |text: &str| {
            let phone = Phone::Text(text.to_owned());
            let (code, number) = phone.parts();
            (code.map(str::to_owned), number.unwrap_or_default().to_owned())
        };
        let with = |code: &str, number: &str| (Some(code.to_owned()), number.to_owned());
        assert_eq!(parts("+1 415 555 2671"), with("+1", "415 555 2671"));
        assert_eq!(parts("+33 1 23 45 67 89"), with("+33", "1 23 45 67 89"));
        assert_eq!(parts("+46701234567"), with("+46", "701234567"));
        assert_eq!(parts("+358 9 123"), with("+358", "9 123"));
        assert_eq!(parts("+01 23 45"), (None, "+01 23 45".to_owned()));
        assert_eq!(parts("070-123 45 67"), (None, "070-123 45 67".to_owned()));
        assert_eq!(parts("+999 1"), (None, "+999 1".to_owned()));
    }

    #[test]
    fn parts_read_as_text_with_a_space() {
        let phone =
            Phone::Parts { country_code: Some("+1".to_owned()), number: Some("415 555 2671".to_owned()) };
        assert_eq!(phone.text(), "+1 415 555 2671");
        assert_eq!(phone.parts(), (Some("+1"), Some("415 555 2671")));
    }
}
