//! Just enough of Rust's grammar for `tidy`: which characters are code, which code is for tests only, and where
//! paths begin. It works on the text and may be wrong about macros, never about comments and strings.

/// The text with comments and the contents of strings blanked out; line breaks and positions stay.
pub(crate) fn code_only(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => line_end(bytes, at),
            b'/' if bytes[at..].starts_with(b"/*") => block_comment_end(bytes, at),
            b'"' => string_end(bytes, at + 1),
            b'r' if begins_word(bytes, at) && raw_string_end(bytes, at).is_some() => {
                raw_string_end(bytes, at).unwrap_or(at)
            }
            b'\'' => char_end(bytes, at),
            _ => at,
        };
        blank(&mut code[at..end]);
        at = end.max(at + 1);
    }
    String::from_utf8_lossy(&code).into_owned()
}

/// The code with every item under `#[cfg(test)]` blanked out.
pub(crate) fn without_tests(code: &str) -> String {
    let mut rest = code.as_bytes().to_vec();
    for (start, end) in test_items(code) {
        blank(&mut rest[start..end]);
    }
    String::from_utf8_lossy(&rest).into_owned()
}

/// The names of modules in files of their own that exist for tests only: `#[cfg(test)] mod tests;`.
pub(crate) fn test_modules(code: &str) -> Vec<String> {
    let items = test_items(code).into_iter().map(|(start, end)| &code[start..end]);
    items.filter_map(|item| item.strip_suffix(';').and_then(declared_module)).map(str::to_owned).collect()
}

/// The name in an item that ends in `mod name`.
fn declared_module(item: &str) -> Option<&str> {
    let mut words = item.split_whitespace().rev();
    let name = words.next()?;
    (words.next()? == "mod").then_some(name)
}

/// Whether the code declares a module of that name, which then hides a crate of the same name.
pub(crate) fn declares_module(code: &str, name: &str) -> bool {
    let words: Vec<&str> = code.split(|c: char| !is_word(c)).filter(|word| !word.is_empty()).collect();
    words.windows(2).any(|pair| pair == ["mod", name])
}

/// The first segment of every path in the code, with its line: `db` for `use db::Tx;`, `use {db::Tx}` and `db::open()`.
pub(crate) fn path_heads(code: &str) -> Vec<(usize, &str)> {
    let mut heads = Vec::new();
    let mut at = 0;
    while let Some((start, word)) = next_word(code, at) {
        at = start + word.len();
        if word == "use" {
            let end = code[at..].find(';').map_or(code.len(), |length| at + length);
            heads.extend(use_heads(code, at, end));
            at = end;
        } else if code[at..].starts_with("::") && !code[..start].trim_end().ends_with("::") {
            heads.push((line_of(code, start), word));
        }
    }
    heads
}

/// The heads of one `use` tree: one word, or one for each member of the outermost braces.
fn use_heads(code: &str, from: usize, to: usize) -> Vec<(usize, &str)> {
    let mut heads = Vec::new();
    let mut at = from;
    while let Some((start, word)) = next_word(code, at).filter(|(start, _)| *start < to) {
        heads.push((line_of(code, start), word));
        // The rest of this member, with the groups inside it, says nothing about the crate.
        let mut depth = 0;
        let rest = code[start..to].find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && depth == 0
        });
        match rest {
            Some(length) => at = start + length,
            None => break,
        }
    }
    heads
}

/// The lines on which a piece of code stands that begins at the start of a word, or with a sign.
pub(crate) fn lines_with(code: &str, piece: &str) -> Vec<usize> {
    let is_free = |at: usize| !piece.starts_with(is_word) || !code[..at].ends_with(is_word);
    code.match_indices(piece).filter(|(at, _)| is_free(*at)).map(|(at, _)| line_of(code, at)).collect()
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn next_word(code: &str, from: usize) -> Option<(usize, &str)> {
    let start = from + code[from..].find(is_word)?;
    let length = code[start..].find(|c| !is_word(c)).unwrap_or(code.len() - start);
    Some((start, &code[start..start + length]))
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text[..at].matches('\n').count()
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| from + length)
}

fn block_comment_end(bytes: &[u8], from: usize) -> usize {
    let mut depth = 0;
    let mut at = from;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// Past the quote that closes a string whose contents begin at `at`.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Past the end of `r"…"` or `r#"…"#`, if that is what begins here; `r#name` is none.
fn raw_string_end(bytes: &[u8], from: usize) -> Option<usize> {
    let hashes = bytes[from + 1..].iter().take_while(|byte| **byte == b'#').count();
    let open = from + 1 + hashes;
    if bytes.get(open) != Some(&b'"') {
        return None;
    }
    let close = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
    let length = bytes[open + 1..].windows(close.len()).position(|window| window == close);
    Some(length.map_or(bytes.len(), |length| open + 1 + length + close.len()))
}

/// A `b` or `c` before a raw string belongs to it; any other letter makes the `r` the end of a name.
fn begins_word(bytes: &[u8], at: usize) -> bool {
    let is_name = |at: usize| bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_' || bytes[at] >= 0x80;
    match at.checked_sub(1) {
        None => true,
        Some(before) if matches!(bytes[before], b'b' | b'c') => before == 0 || !is_name(before - 1),
        Some(before) => !is_name(before),
    }
}

/// Past the end of a character; a quote that begins a lifetime is code and stays.
fn char_end(bytes: &[u8], from: usize) -> usize {
    let length = match bytes.get(from + 1) {
        Some(b'\\') => bytes[from + 3..].iter().position(|byte| *byte == b'\'').map(|length| length + 4),
        Some(first) => {
            let width = match first {
                0xf0.. => 4,
                0xe0.. => 3,
                0xc0.. => 2,
                _ => 1,
            };
            (bytes.get(from + 1 + width) == Some(&b'\'')).then_some(width + 2)
        }
        None => None,
    };
    length.map_or(from, |length| from + length)
}

/// Where the items under `#[cfg(test)]` stand, attribute included; under `#![cfg(test)]` it is the whole file.
fn test_items(code: &str) -> Vec<(usize, usize)> {
    if code.contains("#![cfg(test)]") {
        return vec![(0, code.len())];
    }
    let mut items = Vec::new();
    let mut at = 0;
    while let Some(found) = code[at..].find("#[cfg(test)]") {
        let start = at + found;
        at = item_end(code, start + "#[cfg(test)]".len());
        items.push((start, at));
    }
    items
}

/// Past the `;` or the closing brace of the item that begins here.
fn item_end(code: &str, from: usize) -> usize {
    let mut brackets = 0;
    let mut braces = 0;
    for (at, c) in code[from..].char_indices() {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets -= 1,
            '{' => braces += 1,
            '}' => braces -= 1,
            _ => {}
        }
        let is_over = match c {
            '}' => braces <= 0,
            ';' => braces == 0 && brackets == 0,
            _ => false,
        };
        if is_over {
            return from + at + 1;
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_blanked_and_lines_stay() {
        let code =
            code_only("a(); // b()\n/* c /* d */\n e */ f(\"g() \\\" h\", 'i', '\\'', r#\"j\"k\"#) 'l: loop");
        assert_eq!(code.lines().count(), 3);
        for gone in ["b()", "c", "d", " e ", "g()", "h", "'i'", "j", "k"] {
            assert!(!code.contains(gone), "{gone} in {code}");
        }
        for kept in ["a();", "f(", "'l: loop"] {
            assert!(code.contains(kept), "{kept} not in {code}");
        }
    }

    #[test]
    fn lifetimes_and_names_that_end_in_r_are_code() {
        assert_eq!(code_only("fn f<'a>(x: &'a str) {}"), "fn f<'a>(x: &'a str) {}");
        assert!(code_only("for\"x\" y br\"\\\" z").ends_with('z'));
        assert!(code_only("('é', '→') end").ends_with("end"));
    }

    #[test]
    fn test_items_are_left_out() {
        let code = "fn a() { x }\n#[cfg(test)]\nmod tests { fn b() { y } }\nfn c() {}\n#[cfg(test)]\nuse q::{r, s};\nfn d() {}";
        let rest = without_tests(code);
        assert!(
            rest.contains("fn a() { x }") && rest.contains("fn c()") && rest.contains("fn d()"),
            "{rest}"
        );
        assert!(!rest.contains("fn b") && !rest.contains('q'), "{rest}");
        assert_eq!(rest.lines().count(), code.lines().count());
    }

    #[test]
    fn a_semicolon_in_brackets_ends_no_item() {
        let rest = without_tests("#[cfg(test)]\nfn a() -> [u8; 2] { [0; 2] }\nfn b() {}");
        assert_eq!(rest.trim(), "fn b() {}");
    }

    #[test]
    fn test_modules_in_files_of_their_own_are_named() {
        assert_eq!(
            test_modules("mod a;\n#[cfg(test)]\npub(crate) mod tests;\n#[cfg(test)]\nmod c {}"),
            ["tests"]
        );
    }

    #[test]
    fn paths_begin_where_a_crate_can_stand() {
        let code = "use db::{Tx, http::y};\nuse {vault::Key, crate::axum::X};\nfn f() { serde::g(); self::postgres::h(); }";
        let heads = path_heads(code);
        assert_eq!(heads, [(1, "db"), (2, "vault"), (2, "crate"), (3, "serde"), (3, "self")]);
    }

    #[test]
    fn a_plain_use_is_a_path_too() {
        assert_eq!(path_heads("pub use ::db as storage;"), [(1, "db")]);
    }

    #[test]
    fn a_piece_begins_a_word() {
        assert_eq!(lines_with("todo!()\nmy_todo!()\nx.unwrap()", "todo!"), [1]);
        assert_eq!(lines_with("x\n  .unwrap()", ".unwrap()"), [2]);
    }

    #[test]
    fn module_declarations_are_seen() {
        assert!(declares_module("pub(crate) mod http;", "http"));
        assert!(!declares_module("use http::x; mod other;", "http"));
    }
}
