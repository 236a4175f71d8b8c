//! A text with its escapes read, one level at a time. Each family of escapes has its own file. It must not say what a card
//! number is.
//!
//! A level is all escapes of all families that stand in the text, each read once, from left to right. The first levels are
//! readings of their own, because a deeper one may eat digits that are plain here: `%4539` is also an `E` and `39`.

mod backslash;
mod html;
mod names;
mod percent;

/// How many times a text may be written in escapes: JSON within a text of JSON, and so on. What is nested more deeply is
/// not read on.
const LEVELS_MAX: usize = 8;
/// Levels that are readings of their own. Of those below them the deepest is one too, so that no text, however it is nested,
/// costs more than so many readings and one.
const READ_EACH: usize = 3;

/// The text with its escapes read once, with those of the result read, and so on.
pub(super) fn readings(text: &str) -> impl Iterator<Item = String> {
    let deeper = |plain: &String| unescaped(plain);
    let mut levels = std::iter::successors(unescaped(text), deeper).take(LEVELS_MAX).fuse();
    (0..=READ_EACH)
        .map_while(move |level| if level < READ_EACH { levels.next() } else { levels.by_ref().last() })
}

/// The text with its escapes read once; none where it has none.
fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut rest = text;
    let mut is_other = false;
    while let Some(at) = rest.find(['\\', '&', '%']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = match rest.as_bytes()[0] {
            b'&' => html::read(rest),
            b'%' => percent::read(rest),
            _ => backslash::read(rest),
        };
        is_other |= found.is_some();
        let (character, length) = found.unwrap_or((char::from(rest.as_bytes()[0]), 1));
        plain.push(character);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    is_other.then_some(plain)
}

/// The number of at most `most` characters that the text begins with, which are digits of that base, and how long it is.
/// Zeros in front do not count; none where there is no digit at all.
fn number(text: &str, radix: u32, most: usize) -> Option<(u32, usize)> {
    let is_digit = |byte: &u8| char::from(*byte).is_digit(radix);
    let length = text.bytes().take_while(is_digit).count();
    let digits = text[..length].trim_start_matches('0');
    if length == 0 || digits.len() > most {
        return None;
    }
    let number = if digits.is_empty() { 0 } else { u32::from_str_radix(digits, radix).ok()? };
    Some((number, length))
}

/// The number of exactly so many digits of base 16 that stands at a place of the text.
fn hexadecimal(text: &str, from: usize, count: usize) -> Option<u32> {
    let digits = text.get(from..from + count)?;
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if are_digits { u32::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        readings(text).collect()
    }

    #[test]
    fn three_levels_are_read_and_the_deepest_of_eight() {
        assert_eq!(read("plain & simple, 5 % more"), Vec::<String>::new());
        assert_eq!(read(r"a\nb"), ["a\nb"]);
        assert_eq!(read(r"\\n&amp;#52;"), [r"\n&#52;", "\n4"]);
        assert_eq!(read(r"%\\u0034539"), [r"%\u0034539", "%4539", "E39"]);
        let deep = format!("{}n", r"\".repeat(1 << 7));
        assert_eq!(read(&deep).len(), 4);
        assert_eq!(read(&deep)[2].len(), (1 << 4) + 1);
        assert_eq!(read(&deep)[3], "\n");
        // Deeper than anybody nests anything.
        let deeper = format!("{}n", r"\".repeat(1 << 10));
        assert_eq!(read(&deeper)[3].len(), (1 << 2) + 1);
    }

    #[test]
    fn each_family_is_read() {
        for (text, plain) in [
            // JSON, JavaScript, and the languages that write likewise.
            (r#"\u0034\"\/\\\t"#, r#"4"/\ "#),
            (r"\ud835\udfdc\ud835", "\u{1d7dc}\u{fffd}"),
            (r"\x34\X34\u{34}\u{0000034}\U00000034\064", "4\\X344444"),
            (r"4539\-5787\ 6362\_1486", "4539-5787 6362_1486"),
            // HTML.
            ("&#0000000052;&#x000000034;&#52&#X34 ", "4444 "),
            (
                "&nbsp;&nbsp5&shy5&middot5&NonBreakingSpace;&ThickSpace;",
                "\u{a0}\u{a0}5\u{ad}5\u{b7}5\u{a0}\u{205f}",
            ),
            ("&amp;&amp&AMP;&num;&semi;&bsol;&percnt;&sup1;&sup2", "&&&#;\\%\u{b9}\u{b2}"),
            ("&boxh;&CenterDot;&MediumSpace;&InvisibleComma;", "\u{2500}\u{b7}\u{205f}\u{2063}"),
            // What another escape may end is read on the next level.
            ("&#5%32;&#5\\x32;", "&#52;&#52;"),
            // Addresses.
            ("%34%2D%20%C2%A0%e2%80%93%A0%u0034%u2013", "4- \u{a0}\u{2013}\u{a0}4\u{2013}"),
        ] {
            assert_eq!(unescaped(text).as_deref(), Some(plain), "{text}");
        }
        for text in [
            r"\u00zz\xz4\u{}\u{110000}\4\18\q\é\",
            "&#99999999;&#;&#x;&ndash &emsp5&lt;&unknown;&",
            "%%3%zz%u003",
        ] {
            assert_eq!(unescaped(text), None, "{text}");
        }
    }

    #[test]
    fn names_are_sorted_and_stand_for_what_may_be_in_a_number_or_an_escape() {
        use super::super::characters::{Kind, kind_of};
        assert!(names::NAMES.is_sorted_by(|one, other| one.0 < other.0));
        for (name, character) in names::NAMES {
            let is_in_a_number =
                !matches!(kind_of(*character), Kind::Other | Kind::Letter | Kind::Underscore);
            assert!(
                is_in_a_number || matches!(character, '&' | '\\' | '%' | '#' | ';' | '{' | '}'),
                "{name}"
            );
            assert_eq!(
                unescaped(&format!("a&{name};5")).map(|plain| plain.chars().nth(1)),
                Some(Some(*character))
            );
        }
        for name in names::WITHOUT_SEMICOLON {
            assert!(names::NAMES.iter().any(|(known, _)| known == name), "{name}");
        }
    }
}
