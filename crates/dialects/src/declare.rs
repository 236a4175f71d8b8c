//! One declaration a request: the struct that a body is read into is also what the OpenAPI document says of the body, so
//! that a field's name, whether it must be there, its limits and what it rests on stand once.
//!
//! How a field is read, and in which words it is refused, is each vendor's own: its kinds of values, and its `Fields`,
//! whose functions are the words `required`, `optional` and so on of a declaration. Nothing here may know a vendor.

use domain::Error;

pub(crate) use crate::describe::{
    Base, Declared, Effect, Need, Property, Schemas, Shape, object, parameters,
};

/// A kind of values: what the document says of them, and how one is read. The vendor puts an error into its own words.
pub(crate) struct Kind<T> {
    pub(crate) shape: Shape,
    pub(crate) read: Read<T>,
}

/// How the value of a field with this name is read.
pub(crate) enum Read<T> {
    /// From a text, which may have so many characters.
    Text(fn(&'static str, &str, usize) -> Result<T, Error>),
    /// From JSON as it was sent.
    Json(fn(&'static str, &str) -> Result<T, Error>),
}

impl<T> Kind<T> {
    pub(crate) const fn text(shape: Shape, read: fn(&'static str, &str, usize) -> Result<T, Error>) -> Self {
        Self { shape, read: Read::Text(read) }
    }

    pub(crate) const fn json(shape: Shape, read: fn(&'static str, &str) -> Result<T, Error>) -> Self {
        Self { shape, read: Read::Json(read) }
    }
}

/// Makes of a declaration the struct, the function that reads it, and what the OpenAPI document says of it.
///
/// ```text
/// declare! {
///     /// What the document says of the whole.
///     pub(super) struct Refund from Fields {
///         checkout_id: Id<Payment> = required ID,
///         /// What it says of the field.
///         details as "refundDetails": Option<String> = optional DETAILS => documented "its length is ours",
///         reason: Reason = all,
///         ..shared: Details,
///     }
///     check amounts_fit
///     example { "checkout_id": "…" }
/// }
/// ```
///
/// A field has its name, the name that clients send where that is another one, its type, the function of `Fields` that
/// reads it, its kind, and what it rests on: `documented`, `seen` or `ours`, as docs/fidelity.md has it, and nothing where a
/// document of the vendor says it all. `read` looks at every field, so that all that is missing is told at once, and then
/// has the function behind `check` look at what only several fields together can get wrong. `all` in place of a kind stands
/// for all fields of another declaration, which clients send beside the others. With the word `query` in place of `struct` it
/// is the query of an address, and no body.
///
/// With the word `ignored` it is names alone: of fields that the vendor's documents or clients know and that do nothing here.
/// They are no unknown fields, the document says what they do, and the answer to who sends one tells of it. The function
/// `shown` of `Fields` is that of one field which is kept and shown and does nothing else.
///
/// With `checked` it is names with their kinds, of an object that is kept as it was sent: its fields are looked at and become
/// no part of a struct.
///
/// With `enum` it is one declaration or another, by the word that a function of `Fields` gives:
///
/// ```text
/// declare! {
///     pub(super) enum Source from Fields by kind {
///         "card" => Card(CardBody),
///         "applepay" | "googlepay" => Wallet(WalletBody),
///     }
/// }
/// ```
macro_rules! declare {
    (
        $(#[doc = $line:literal])*
        $(#[derive($($derive:path),*)])?
        $visible:vis struct $name:ident from $fields:ty {
            $(
                $(#[doc = $words:literal])*
                $(#[serde $serde:tt])?
                $field:ident $(as $wire:literal)?: $type:ty = $need:ident $($kind:expr)?
                    $(=> $standing:ident $($note:literal)?)?,
            )*
            $(..$shared:ident: $details:ty,)?
        }
        $(check $check:ident)?
        $(example $example:tt)?
    ) => {
        $crate::declare::declare!(@read $(#[derive($($derive),*)])? $visible $name $fields {
            $(
                $(#[doc = $words])* $(#[serde $serde])?
                $field $(as $wire)?: $type = $need $($kind)? $(=> $standing $($note)?)?,
            )*
            $(..$shared: $details,)?
        } $($check)?);
        $crate::declare::declare!(@document $name [$($line),*] [$($details)?] [$($example)?]);
    };
    (
        $(#[doc = $line:literal])*
        $visible:vis checked $name:ident from $fields:ty {
            $(
                $(#[doc = $words:literal])*
                $wire:literal: $need:ident $kind:expr $(=> $standing:ident $($note:literal)?)?,
            )*
        }
        $(check $check:ident)?
    ) => {
        $(#[doc = $line])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        $visible struct $name;

        impl $name {
            $visible const PROPERTIES: [$crate::declare::Property; [$($wire),*].len()] =
                [$($crate::declare::Property {
                    name: $wire,
                    need: $crate::declare::declare!(@need $need),
                    effect: $crate::declare::declare!(@effect $need),
                    shape: $kind.shape,
                    words: &[$($words),*],
                    fidelity: $crate::declare::declare!(@fidelity $($standing $($note)?)?),
                }),*];

            /// Looks at every field. None where something is missing or wrong, which the fields know then.
            $visible fn read(fields: &mut $fields) -> Option<Self> {
                let right = [$(fields.$need($wire, &$kind).is_some()),*];
                $($check(fields);)?
                right.iter().all(|is_right| *is_right).then_some(Self)
            }
        }

        $crate::declare::declare!(@document $name [$($line),*] [] []);
    };
    (
        $visible:vis query $name:ident from $fields:ty { $($declared:tt)* }
    ) => {
        $crate::declare::declare!(@read $visible $name $fields { $($declared)* });

        impl utoipa::IntoParams for $name {
            fn into_params(
                _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
            ) -> Vec<utoipa::openapi::path::Parameter> {
                $crate::declare::parameters(&Self::PROPERTIES)
            }
        }
    };
    (
        $(#[derive($($derive:path),*)])?
        $visible:vis enum $name:ident from $fields:ident by $choose:ident {
            $($($word:literal)|+ => $case:ident($body:ty),)*
        }
    ) => {
        $(#[derive($($derive),*)])?
        $visible enum $name {
            $($case($body),)*
        }

        impl $name {
            $visible const PROPERTIES: [$crate::declare::Property; 1] = [$crate::declare::Property::group(
                $crate::declare::Shape::of($crate::declare::Base::Groups(&[$(&<$body>::PROPERTIES),*])),
            )];

            /// Reads the fields of the case that there is. None where there is none, or something is wrong.
            $visible fn read(fields: &mut $fields) -> Option<Self> {
                let word = fields.$choose();
                match AsRef::<str>::as_ref(&word) {
                    $($($word)|+ => <$body>::read(fields).map(Self::$case),)*
                    _ => None,
                }
            }
        }
    };
    (
        $(#[doc = $line:literal])*
        $visible:vis ignored $name:ident from $fields:ty { $($wire:literal),* $(,)? }
    ) => {
        $(#[doc = $line])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        $visible struct $name;

        impl $name {
            $visible const PROPERTIES: [$crate::declare::Property; [$($wire),*].len()] =
                $crate::declare::Property::without_effect($crate::declare::Effect::Nothing, [$($wire),*]);

            /// There is nothing to read.
            $visible const fn read(_: &mut $fields) -> Option<Self> {
                Some(Self)
            }
        }
    };
    (@read $(#[derive($($derive:path),*)])? $visible:vis $name:ident $fields:ty {
        $(
            $(#[doc = $words:literal])*
            $(#[serde $serde:tt])?
            $field:ident $(as $wire:literal)?: $type:ty = $need:ident $($kind:expr)?
                $(=> $standing:ident $($note:literal)?)?,
        )*
        $(..$shared:ident: $details:ty,)?
    } $($check:ident)?) => {
        $(#[derive($($derive),*)])?
        $visible struct $name {
            $($(#[doc = $words])* $(#[serde $serde])? $visible $field: $type,)*
            $($visible $shared: $details,)?
        }

        impl $name {
            $visible const PROPERTIES: [$crate::declare::Property; [$(stringify!($field)),*].len()] =
                [$($crate::declare::Property {
                    name: $crate::declare::declare!(@wire $field $($wire)?),
                    need: $crate::declare::declare!(@need $need),
                    effect: $crate::declare::declare!(@effect $need),
                    shape: $crate::declare::declare!(@shape $type, $($kind)?),
                    words: &[$($words),*],
                    fidelity: $crate::declare::declare!(@fidelity $($standing $($note)?)?),
                }),*];

            /// Reads every field. None where something is missing or wrong, which the fields know then.
            $visible fn read(fields: &mut $fields) -> Option<Self> {
                $(let $field = $crate::declare::declare!(@field fields, $field $($wire)?, $type, $need $($kind)?);)*
                $(let $shared = <$details>::read(fields);)?
                $($check(fields);)?
                Some(Self { $($field: $field?,)* $($shared: $shared?,)? })
            }
        }
    };
    (@document $name:ident [$($line:literal),*] [$($details:ty)?] [$($example:tt)?]) => {
        impl $crate::declare::Declared for $name {
            const FIELDS: &'static [&'static [$crate::declare::Property]] =
                &[&Self::PROPERTIES $(, &<$details>::PROPERTIES)?];
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let shared = $crate::declare::declare!(@shared $($details)?);
                let example = $crate::declare::declare!(@example $($example)?);
                $crate::declare::object(&[$($line),*], shared, &Self::PROPERTIES, example)
            }
        }

        impl utoipa::ToSchema for $name {
            fn schemas(schemas: &mut $crate::declare::Schemas) {
                Self::PROPERTIES.iter().for_each(|property| property.shape.add_to(schemas));
                $(
                    schemas.push((<$details>::name().into_owned(), <$details as utoipa::PartialSchema>::schema()));
                    <$details>::schemas(schemas);
                )?
            }
        }
    };
    (@field $fields:ident, $field:ident $($wire:literal)?, $type:ty, all) => { <$type>::read($fields) };
    (@field $fields:ident, $field:ident $($wire:literal)?, $type:ty, $need:ident $kind:expr) => {
        $fields.$need($crate::declare::declare!(@wire $field $($wire)?), &$kind)
    };
    (@shape $type:ty,) => {
        $crate::declare::Shape::of($crate::declare::Base::Groups(&[&<$type>::PROPERTIES]))
    };
    (@shape $type:ty, $kind:expr) => { $kind.shape };
    (@wire $field:ident) => { stringify!($field) };
    (@wire $field:ident $wire:literal) => { $wire };
    (@need required) => { $crate::declare::Need::Required };
    (@need required_echoed) => { $crate::declare::Need::Required };
    (@need kept) => { $crate::declare::Need::NotNull };
    (@need all) => { $crate::declare::Need::NotNull };
    (@need $need:ident) => { $crate::declare::Need::Nullable };
    (@effect shown) => { $crate::declare::Effect::Shown };
    (@effect $need:ident) => { $crate::declare::Effect::Works };
    (@fidelity) => { "" };
    (@fidelity documented $note:literal) => { concat!("documented – ", $note) };
    (@fidelity seen $($note:literal)?) => { concat!("seen" $(, " – ", $note)?) };
    (@fidelity ours $($note:literal)?) => { concat!("ours" $(, " – ", $note)?) };
    (@shared) => { None };
    (@shared $details:ty) => {
        Some(utoipa::openapi::Ref::from_schema_name(<$details as utoipa::ToSchema>::name()).into())
    };
    (@example) => { None };
    (@example $example:tt) => { Some($crate::openapi::json!($example)) };
}

pub(crate) use declare;

#[cfg(test)]
mod tests {
    use utoipa::{PartialSchema, ToSchema};

    use super::*;

    const TEXT: Kind<String> = Kind::text(Shape::text(9), |_, text, _| Ok(text.to_owned()));

    /// Fields that were sent, and the names that were looked for.
    struct Fields(&'static [(&'static str, &'static str)], Vec<&'static str>);

    impl Fields {
        fn required(&mut self, name: &'static str, kind: &Kind<String>) -> Option<String> {
            self.optional(name, kind)?
        }

        fn optional(&mut self, name: &'static str, _: &Kind<String>) -> Option<Option<String>> {
            self.1.push(name);
            Some(self.0.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned()))
        }
    }

    declare! {
        struct Shared from Fields {
            city: Option<String> = optional TEXT => seen,
        }
    }

    declare! {
        /// The whole,
        /// in two lines.
        struct Request from Fields {
            /// Who.
            name as "fullName": String = required TEXT => documented "its length is ours",
            note: Option<String> = optional TEXT,
            ..shared: Shared,
        }
        example { "fullName": "Ada" }
    }

    #[test]
    fn a_declaration_is_read_and_described() {
        let read = |sent| {
            let mut fields = Fields(sent, Vec::new());
            let request = Request::read(&mut fields);
            (request.map(|it| (it.name, it.note, it.shared.city)), fields.1)
        };
        // Whatever is missing, every field is looked at.
        assert_eq!(read(&[]), (None, vec!["fullName", "note", "city"]));
        let (request, _) = read(&[("fullName", "Ada"), ("city", "London")]);
        assert_eq!(request, Some(("Ada".to_owned(), None, Some("London".to_owned()))));

        let said = serde_json::to_string(&Request::schema()).unwrap();
        let own = r#"{"type":"object","required":["fullName"],"properties":{"fullName":{"type":"string","#
            .to_owned()
            + r#""description":"Who.","maxLength":9,"x-fidelity":"documented – its length is ours"},"#
            + r#""note":{"type":["string","null"],"maxLength":9}}}"#;
        let shared = r##"{"$ref":"#/components/schemas/Shared"}"##;
        let about = r#""description":"The whole,\nin two lines.","example":{"fullName":"Ada"}"#;
        assert_eq!(said, format!(r#"{{"allOf":[{shared},{own}],{about}}}"#));
        let mut schemas = Schemas::new();
        <Request as ToSchema>::schemas(&mut schemas);
        assert_eq!(schemas.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Shared"]);
    }
}
