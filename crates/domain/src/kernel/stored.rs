//! How values of the kernel stand in the database: as what, and in how many columns. The words of an enum stand beside it.

use db::{Error, FromColumn, FromRow, Row, Value, row, stored_as_text};

use crate::kernel::caller::{Permits, Scope};
use crate::kernel::card::{CardFace, Expiry};
use crate::kernel::id::{CustomerKey, Id, InstrumentKey};
use crate::kernel::metadata::Metadata;
use crate::kernel::money::{Currency, Money};
use crate::kernel::text::Email;
use crate::kernel::time::Time;

stored_as_text! { Currency, code }

row! { Scope { merchant, mode } }
row! { CardFace { brand, last_four } }
row! { Expiry { year, month } }

/// What is a number by another name.
macro_rules! stored_as_number {
    ($($type:ident)+) => {
        $(impl From<$type> for Value<'_> {
            fn from($type(number): $type) -> Self {
                number.into()
            }
        }

        impl FromColumn for $type {
            fn from_column(value: Value<'_>) -> Result<Self, Error> {
                i64::from_column(value).map(Self)
            }
        })+
    };
}

stored_as_number! { Time CustomerKey InstrumentKey }

impl<'a, K> From<&'a Id<K>> for Value<'a> {
    fn from(id: &'a Id<K>) -> Self {
        id.bytes().into()
    }
}

impl<K> FromColumn for Id<K> {
    fn from_column(value: Value<'_>) -> Result<Self, Error> {
        FromColumn::from_column(value).map(Self::from_bytes)
    }
}

impl<'a> From<&'a Email> for Value<'a> {
    fn from(email: &'a Email) -> Self {
        email.as_str().into()
    }
}

impl FromColumn for Email {
    fn from_column(value: Value<'_>) -> Result<Self, Error> {
        String::from_column(value).map(Self::stored)
    }
}

impl FromColumn for Metadata {
    fn from_column(value: Value<'_>) -> Result<Self, Error> {
        Self::stored(value.text()?)
    }
}

/// None stored are all.
impl FromColumn for Permits {
    fn from_column(value: Value<'_>) -> Result<Self, Error> {
        let words = Option::<String>::from_column(value)?;
        Ok(words.map_or(Self::Everything, |words| {
            Self::OauthScopes(words.split(' ').map(str::to_owned).collect())
        }))
    }
}

impl FromRow for Money {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        let (minor, currency) = row.read()?;
        Self::new(minor, currency).map_err(|error| Error::Defect(error.to_string()))
    }
}
