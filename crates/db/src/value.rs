//! The four kinds of value that both engines store alike, on their way into a query and out of a row.

use crate::Error;

/// A parameter of a query, or what stands in a column.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// SQL null.
    Null,
    /// A 64-bit integer: amounts in minor units, times in milliseconds, flags as 0 and 1.
    Int(i64),
    /// UTF-8 text.
    Text(&'a str),
    /// Raw bytes.
    Bytes(&'a [u8]),
}

/// A value that is kept until it is sent.
pub(crate) enum Owned {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<Value<'_>> for Owned {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Int(value) => Self::Int(value),
            Value::Text(value) => Self::Text(value.to_owned()),
            Value::Bytes(value) => Self::Bytes(value.to_vec()),
        }
    }
}

impl Owned {
    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(value) => Value::Int(*value),
            Self::Text(value) => Value::Text(value),
            Self::Bytes(value) => Value::Bytes(value),
        }
    }
}

/// What stands in one column.
pub trait FromColumn: Sized {
    /// Takes it from the column's value.
    fn from_column(value: Value<'_>) -> Result<Self, Error>;
}

/// The driver asks for it; values may be personal, so it names the kind alone.
impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Null => "null",
            Self::Int(_) => "an integer",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
        })
    }
}

impl<'a> Value<'a> {
    /// What is text.
    pub fn text(self) -> Result<&'a str, Error> {
        if let Self::Text(text) = self { Ok(text) } else { Err(self.is_not("text")) }
    }

    fn int(self) -> Result<i64, Error> {
        if let Self::Int(number) = self { Ok(number) } else { Err(self.is_not("an integer")) }
    }

    fn bytes(self) -> Result<&'a [u8], Error> {
        if let Self::Bytes(bytes) = self { Ok(bytes) } else { Err(self.is_not("bytes")) }
    }

    fn is_not(self, wanted: &str) -> Error {
        Error::Defect(format!("{self:?} and not {wanted}"))
    }
}

/// Integers that are narrower than the database's.
macro_rules! integers {
    ($($type:ty)+) => {
        $(impl From<$type> for Value<'_> {
            fn from(value: $type) -> Self {
                Self::Int(value.into())
            }
        }

        impl FromColumn for $type {
            fn from_column(value: Value<'_>) -> Result<Self, Error> {
                value.int()?.try_into().map_err(|_| Error::Defect(concat!("a number that is no ", stringify!($type)).to_owned()))
            }
        })+
    };
}

integers! { i8 i16 u32 i64 }

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

impl FromColumn for bool {
    fn from_column(value: Value<'_>) -> Result<Self, Error> {
        Ok(value.int()? != 0)
    }
}

/// What a query borrows.
macro_rules! borrowed {
    ($($type:ty, $kind:ident;)+) => {
        $(impl<'a> From<&'a $type> for Value<'a> {
            fn from(value: &'a $type) -> Self {
                Self::$kind(value)
            }
        })+
    };
}

borrowed! { str, Text; String, Text; [u8], Bytes; Vec<u8>, Bytes; }

impl FromColumn for String {
    fn from_column(value: Value<'_>) -> Result<Self, Error> {
        value.text().map(str::to_owned)
    }
}

impl FromColumn for Vec<u8> {
    fn from_column(value: Value<'_>) -> Result<Self, Error> {
        value.bytes().map(<[u8]>::to_vec)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Self::Bytes(value)
    }
}

impl<const N: usize> FromColumn for [u8; N] {
    fn from_column(value: Value<'_>) -> Result<Self, Error> {
        let bytes = value.bytes()?;
        bytes.try_into().map_err(|_| Error::Defect(format!("{} bytes and not {N}", bytes.len())))
    }
}

impl<'a, T> From<Option<T>> for Value<'a>
where
    T: Into<Value<'a>>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(value: Value<'_>) -> Result<Self, Error> {
        if let Value::Null = value { Ok(None) } else { T::from_column(value).map(Some) }
    }
}

/// Says once which word each variant of an enum is stored as: `as_str` and `parse`, a [`Value`] of it and a column.
#[macro_export]
macro_rules! words {
    ($visibility:vis $type:ident { $($variant:ident = $word:literal,)+ }) => {
        impl $type {
            /// The word for it, as it is stored.
            $visibility const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Reads a word.
            $visibility fn parse(text: &str) -> Option<Self> {
                match text {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        $crate::stored_as_text! { $type, as_str }
    };
}

/// Has a type stored as the text that a function of its own gives and its `parse` reads.
#[macro_export]
macro_rules! stored_as_text {
    ($type:ident, $text:ident) => {
        impl From<$type> for $crate::Value<'_> {
            fn from(value: $type) -> Self {
                Self::Text(value.$text())
            }
        }

        impl $crate::FromColumn for $type {
            fn from_column(value: $crate::Value<'_>) -> Result<Self, $crate::Error> {
                let wrong = concat!("a text that is no ", stringify!($type));
                $type::parse(value.text()?).ok_or_else(|| $crate::Error::Defect(wrong.to_owned()))
            }
        }
    };
}
