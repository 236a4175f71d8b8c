//! The only way to make a query text, so that each one can be listed and prepared on both engines by a test.

/// A query text, written once for both engines with `$n` parameters.
pub struct Sql {
    name: &'static str,
    text: &'static str,
    /// The same with `?n`, which SQLite numbers itself: `$n` would be a name there, to be looked up with each value.
    numbered: &'static str,
}

impl Sql {
    /// Used by [`statements!`](crate::statements) alone.
    #[doc(hidden)]
    pub const fn new(name: &'static str, text: &'static [u8], numbered: &'static [u8]) -> Self {
        match (str::from_utf8(text), str::from_utf8(numbered)) {
            (Ok(text), Ok(numbered)) => Self { name, text, numbered },
            (Err(_), _) | (_, Err(_)) => panic!("texts joined are a text"),
        }
    }

    /// Its module and its constant.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The text as it is sent.
    pub const fn text(&self) -> &'static str {
        self.text
    }

    pub(crate) const fn numbered(&self) -> &'static str {
        self.numbered
    }
}

/// How many bytes [`join`] makes.
#[doc(hidden)]
pub const fn joined_bytes(parts: &[&str]) -> usize {
    let (mut bytes, mut part) = (parts.len() - 1, 0);
    while part < parts.len() {
        bytes += parts[part].len();
        part += 1;
    }
    bytes
}

/// Joins parts of a text with a space between them, which the standard library cannot do in a constant.
#[doc(hidden)]
pub const fn join<const N: usize>(parts: &[&str]) -> [u8; N] {
    let mut joined = [b' '; N];
    let (mut end, mut part) = (0, 0);
    while part < parts.len() {
        let bytes = parts[part].as_bytes();
        joined.split_at_mut(end).1.split_at_mut(bytes.len()).0.copy_from_slice(bytes);
        end += bytes.len() + 1;
        part += 1;
    }
    joined
}

/// Writes `$n` as `?n`.
#[doc(hidden)]
pub const fn numbered<const N: usize>(text: &[u8; N]) -> [u8; N] {
    let (mut numbered, mut place) = (*text, 0);
    while place + 1 < N {
        if text[place] == b'$' && text[place + 1].is_ascii_digit() {
            numbered[place] = b'?';
        }
        place += 1;
    }
    numbered
}

/// Declares query texts as constants beside the functions that run them, and lists them in `TEXTS`. What several
/// texts have in common is a constant of its own: a text may have parts.
#[macro_export]
macro_rules! statements {
    ($($(#[$attribute:meta])* $name:ident = $($part:expr),+;)+) => {
        $($(#[$attribute])* const $name: $crate::Sql = {
            const PARTS: &[&str] = &[$($part),+];
            const TEXT: [u8; $crate::joined_bytes(PARTS)] = $crate::join(PARTS);
            const NUMBERED: [u8; TEXT.len()] = $crate::numbered(&TEXT);
            $crate::Sql::new(concat!(module_path!(), "::", stringify!($name)), &TEXT, &NUMBERED)
        };)+
        /// All of them.
        const TEXTS: &[&$crate::Sql] = &[$(&$name),+];
    };
}
