//! What stands in the escapes of a text: those of JSON, as they are also in a text within a text, and those of HTML. It must
//! not say what a card number is.

/// How many times a text may be written in escapes: JSON within a text of JSON, and so on.
const LEVELS_MAX: usize = 8;
/// Characters of a number in an escape of HTML, its zeros in front included.
const NUMBER_MAX: usize = 8;

/// The names of HTML that stand for what may be between digits, and for the sign that begins an escape.
const NAMES: &[(&str, char)] = &[
    ("amp", '&'),
    ("nbsp", '\u{a0}'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("emsp13", '\u{2004}'),
    ("emsp14", '\u{2005}'),
    ("numsp", '\u{2007}'),
    ("puncsp", '\u{2008}'),
    ("thinsp", '\u{2009}'),
    ("ThinSpace", '\u{2009}'),
    ("hairsp", '\u{200a}'),
    ("ZeroWidthSpace", '\u{200b}'),
    ("NoBreak", '\u{2060}'),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
    ("lrm", '\u{200e}'),
    ("rlm", '\u{200f}'),
    ("shy", '\u{ad}'),
    ("hyphen", '\u{2010}'),
    ("dash", '\u{2010}'),
    ("ndash", '\u{2013}'),
    ("mdash", '\u{2014}'),
    ("horbar", '\u{2015}'),
    ("minus", '\u{2212}'),
    ("middot", '\u{b7}'),
    ("centerdot", '\u{b7}'),
    ("bull", '\u{2022}'),
    ("bullet", '\u{2022}'),
    ("sdot", '\u{22c5}'),
    ("Tab", '\t'),
    ("NewLine", '\n'),
];

/// The text with its escapes read once, and read until none is left. What one reading shows the later ones show too, unless
/// somebody takes pains; so two of them are enough, and a long text that is nested deeply costs no more than one that is not.
pub(super) fn readings(text: &str) -> impl Iterator<Item = String> {
    let once = unescaped(text);
    let mut deepest = once.as_deref().and_then(unescaped);
    for _ in 2..LEVELS_MAX {
        let Some(deeper) = deepest.as_deref().and_then(unescaped) else { break };
        deepest = Some(deeper);
    }
    once.into_iter().chain(deepest)
}

/// The text with its escapes read; none where it has none.
fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut rest = text;
    let mut is_other = false;
    while let Some(at) = rest.find(['\\', '&']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = if rest.starts_with('&') { of_html(rest) } else { of_json(rest) };
        is_other |= found.is_some();
        let (character, length) = found.unwrap_or((char::from(rest.as_bytes()[0]), 1));
        plain.push(character);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    is_other.then_some(plain)
}

/// The character that an escape stands for, and how long the escape is.
fn of_json(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let hex = text.get(at..at + 6)?.strip_prefix("\\u")?;
        if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            u16::from_str_radix(hex, 16).ok()
        } else {
            None
        }
    };
    match text.as_bytes().get(1)? {
        b'u' => {
            let units = [unit(0)?, unit(6).unwrap_or_default()];
            let first = char::decode_utf16(units).next()?;
            Some(first.map_or((char::REPLACEMENT_CHARACTER, 6), |first| (first, 6 * first.len_utf16())))
        }
        b'n' => Some(('\n', 2)),
        b'r' => Some(('\r', 2)),
        b't' | b'b' | b'f' => Some((' ', 2)),
        sign @ (b'"' | b'\\' | b'/') => Some((char::from(*sign), 2)),
        _ => None,
    }
}

/// The same for HTML, where browsers read a number also without its semicolon.
fn of_html(text: &str) -> Option<(char, usize)> {
    let Some(number) = text.strip_prefix("&#") else {
        let begins = |(name, _): &&(&str, char)| {
            text[1..].strip_prefix(name).is_some_and(|behind| behind.starts_with(';'))
        };
        return NAMES.iter().find(begins).map(|(name, character)| (*character, name.len() + 2));
    };
    let (digits, radix) = number.strip_prefix(['x', 'X']).map_or((number, 10), |digits| (digits, 16));
    let length = digits.bytes().take(NUMBER_MAX).take_while(|byte| char::from(*byte).is_digit(radix)).count();
    let character = char::from_u32(u32::from_str_radix(&digits[..length], radix).ok()?)?;
    let ends = usize::from(digits[length..].starts_with(';'));
    Some((character, text.len() - digits.len() + length + ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_two_more_readings_at_most() {
        let read = |text: &str| readings(text).collect::<Vec<_>>();
        assert_eq!(read("plain & simple"), Vec::<String>::new());
        assert_eq!(read(r"a\nb"), ["a\nb"]);
        assert_eq!(read(r"\\n&amp;#52;"), [r"\n&#52;", "\n4"]);
        let deep = format!("{}n", r"\".repeat(1 << 7));
        let readings = read(&deep);
        assert_eq!(readings.len(), 2);
        assert_eq!(readings[1], "\n");
        // Deeper than anybody nests anything.
        let deeper = format!("{}n", r"\".repeat(1 << 10));
        assert_eq!(read(&deeper)[1].len(), (1 << 2) + 1);
    }
}
