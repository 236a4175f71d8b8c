//! How a golden shows a body: JSON is indented in the file and compact on the wire, and every other body stands there
//! as it is.
//!
//! It moves the spaces between the signs of JSON and touches nothing else: the order of keys, the spelling of a number
//! and what is inside a string stay as they are, byte for byte. For every body `read(shown(body))` is that body.

use serde_json::value::RawValue;

/// The line in front of a body that is JSON and not compact on the wire: what follows is sent as it stands.
const EXACTLY: &str = "exactly:\n";

/// JSON in JSON in JSON, as hostile clients send it, is easier to read in one line.
const DEEPEST: usize = 8;

/// The placeholder that the text begins with, without its braces.
pub fn hole(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('{')?.split_once('}')?.0;
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | ':');
    (!inside.is_empty() && inside.chars().all(is_word)).then_some(inside)
}

/// A body as a golden shows it.
pub fn shown(body: &str) -> String {
    if body.starts_with(EXACTLY) || (is_json(body) && compact(body) != body) {
        return format!("{EXACTLY}{body}");
    }
    if is_json(body) { indented(body) } else { body.to_owned() }
}

/// The body that a golden shows.
///
/// # Errors
/// It is JSON with other spaces than [`shown`] writes, and does not say that they matter.
pub fn read(text: &str) -> Result<String, String> {
    if let Some(body) = text.strip_prefix(EXACTLY) {
        return Ok(body.to_owned());
    }
    if !is_json(text) {
        return Ok(text.to_owned());
    }
    let body = compact(text);
    if text == body || text == indented(&body) {
        return Ok(body);
    }
    Err(format!(
        "JSON is compact or indented in a golden; if its spaces matter, {EXACTLY:?} stands above it:\n{text}"
    ))
}

/// A piece of JSON: a sign, a space, or a whole string, number, word or placeholder.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let length = match rest.chars().next()? {
            '"' => string(rest),
            '{' => hole(rest).map_or(1, |inside| inside.len() + 2),
            '}' | '[' | ']' | ',' | ':' | ' ' | '\n' | '\r' | '\t' => 1,
            _ => rest.find(['"', '{', '}', '[', ']', ',', ':', ' ', '\n', '\r', '\t']).unwrap_or(rest.len()),
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        Some(piece)
    })
}

/// How long the string is that the text begins with; one that never ends goes to the end.
fn string(text: &str) -> usize {
    let mut is_escaped = true;
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return place + 1,
            _ => {}
        }
    }
    text.len()
}

fn is_space(piece: &str) -> bool {
    matches!(piece, " " | "\n" | "\r" | "\t")
}

fn is_json(text: &str) -> bool {
    // Outside of a string a placeholder stands for a number.
    let filled: String = pieces(text).map(|piece| hole(piece).map_or(piece, |_| "0")).collect();
    serde_json::from_str::<&RawValue>(&filled).is_ok()
}

/// JSON without a space between its pieces.
fn compact(text: &str) -> String {
    pieces(text).filter(|piece| !is_space(piece)).collect()
}

/// Compact JSON with each member on a line of its own, unless it is too deep for that.
fn indented(body: &str) -> String {
    let mut text = String::new();
    let (mut depth, mut deepest) = (0, 0);
    let line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    };
    for piece in pieces(body) {
        match piece {
            "{" | "[" => {
                text.push_str(piece);
                depth += 1;
                deepest = deepest.max(depth);
                line(&mut text, depth);
            }
            "}" | "]" => {
                depth -= 1;
                // An empty one stays together.
                text.truncate(text.trim_end().len());
                if !text.ends_with(['{', '[']) {
                    line(&mut text, depth);
                }
                text.push_str(piece);
            }
            "," => {
                text.push(',');
                line(&mut text, depth);
            }
            ":" => text.push_str(": "),
            _ => text.push_str(piece),
        }
    }
    if deepest > DEEPEST { body.to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn json_is_indented_and_nothing_in_it_changes() {
        let body =
            r#"{"b":1.50,"a":[1e2,{"{x}":"{ \"y\" , [1:2]\\"}],"id":{number:id},"e":{},"l":[],"b":-0}"#;
        let text = "{\n  \"b\": 1.50,\n  \"a\": [\n    1e2,\n    {\n      \"{x}\": \"{ \\\"y\\\" , [1:2]\\\\\"\n    }\n  ],\n  \
                    \"id\": {number:id},\n  \"e\": {},\n  \"l\": [],\n  \"b\": -0\n}";
        assert_eq!(shown(body), text);
        assert_eq!(read(text).as_deref(), Ok(body));
        assert_eq!(read(body).as_deref(), Ok(body));
    }

    #[test]
    fn what_is_no_json_stands_as_it_is() {
        for body in
            ["", "a=b&c={d}", "{\"a\":", "{\"a\": 1", "{\"a\":1,}", "{\"a\":1}x", "\"a", "{", "hello: {you}"]
        {
            assert_eq!(shown(body), body);
            assert_eq!(read(body).as_deref(), Ok(body));
        }
    }

    #[test]
    fn spaces_that_matter_are_marked() {
        for body in ["{\"a\": 1}", "{\n  \"a\": 1\n}", " {}", "[ ]", "exactly:\nx"] {
            assert_eq!(shown(body), format!("exactly:\n{body}"));
            assert_eq!(read(&shown(body)).as_deref(), Ok(body));
        }
        assert!(read("{\"a\": 1}").is_err());
        assert!(read("{\n    \"a\": 1\n}").is_err());
    }

    #[test]
    fn what_is_deep_stays_on_its_line() {
        let body = format!("{}1{}", "[".repeat(9), "]".repeat(9));
        assert_eq!(shown(&body), body);
        assert_eq!(read(&body), Ok(body));
    }

    /// Whatever a server answers, its golden reads as those bytes.
    #[test]
    fn every_text_reads_as_itself() {
        let parts = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            " ",
            "\n",
            "\"",
            "\\",
            "\"a\"",
            "1",
            "{id}",
            "ä",
            "{}",
            "exactly:\n",
        ];
        let mut random = Random::new();
        for _ in 0..200_000 {
            let body: String = (0..random.below(9)).map(|_| parts[random.below(parts.len())]).collect();
            assert_eq!(read(&shown(&body)).as_deref(), Ok(body.as_str()), "{body:?}");
        }
    }
}
