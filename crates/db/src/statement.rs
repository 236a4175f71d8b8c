//! The only way to make a query text, so that each one can be listed and prepared on both engines by a test.

/// A query text, written once for both engines with `$n` parameters.
pub struct Sql(&'static str);

impl Sql {
    /// Used by [`statements!`](crate::statements) alone.
    #[doc(hidden)]
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// The text as it is sent.
    pub const fn text(&self) -> &'static str {
        self.0
    }
}

/// Declares query texts as constants beside the functions that run them, and lists them in `STATEMENTS`.
#[macro_export]
macro_rules! statements {
    ($($(#[$attribute:meta])* $name:ident = $text:expr;)+) => {
        $($(#[$attribute])* const $name: $crate::Sql = $crate::Sql::new($text);)+
        /// Every query text of this module.
        pub(crate) const STATEMENTS: &[(&str, &$crate::Sql)] =
            &[$((concat!(module_path!(), "::", stringify!($name)), &$name)),+];
    };
}
