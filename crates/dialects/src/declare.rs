//! One declaration a request: the struct that a body is read into is also what the OpenAPI document says of the body, so
//! that a field's name, whether it must be there, its limits and what it rests on stand once.
//!
//! How a field is read, and in which words it is refused, is each vendor's own: its kinds of values, and its `Fields`,
//! whose functions are the words `required`, `optional` and so on of a declaration. Nothing here may know a vendor.

use std::borrow::Cow;

use domain::Error;
use utoipa::ToSchema;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{AllOfBuilder, OneOfBuilder, SchemaType, Type};
use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Required, Schema, SchemaFormat};

use crate::openapi::{FIDELITY, Json};

/// Schemas that stand by their names in a document.
pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;

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

/// What the document says of a value.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) base: Base,
    pub(crate) format: Option<&'static str>,
    pub(crate) pattern: Option<&'static str>,
    pub(crate) example: Option<&'static str>,
    /// The only texts that there are; none where it may be any.
    pub(crate) values: &'static [&'static str],
    /// Characters of a text.
    pub(crate) min: Option<usize>,
    pub(crate) max: Option<usize>,
}

#[derive(Clone, Copy)]
pub(crate) enum Base {
    Text,
    Integer(i64, i64),
    Boolean,
    Anything,
    Object,
    /// A type that the document calls by its name, and those that it is made of.
    Named(fn() -> Cow<'static, str>, fn() -> RefOr<Schema>, fn(&mut Schemas)),
    /// Properties that stand in the object beside the others. Of several groups a request has one.
    Groups(&'static [&'static [Property]]),
    /// What none of the others can say.
    Written(fn() -> RefOr<Schema>),
}

impl Shape {
    pub(crate) const TEXT: Self = Self::of(Base::Text);
    pub(crate) const BOOLEAN: Self = Self::of(Base::Boolean);
    pub(crate) const INT32: Self =
        Self { format: Some("int32"), ..Self::integer(-2_147_483_648, 2_147_483_647) };
    pub(crate) const ANYTHING: Self = Self::of(Base::Anything);
    pub(crate) const OBJECT: Self = Self::of(Base::Object);

    pub(crate) const fn of(base: Base) -> Self {
        Self { base, format: None, pattern: None, example: None, values: &[], min: None, max: None }
    }

    /// One of these words.
    pub(crate) const fn words(values: &'static [&'static str]) -> Self {
        Self { values, ..Self::TEXT }
    }

    /// A text of at most so many characters.
    pub(crate) const fn text(max: usize) -> Self {
        Self { max: Some(max), ..Self::TEXT }
    }

    /// An integer within these; the largest there is counts as no limit.
    pub(crate) const fn integer(min: i64, max: i64) -> Self {
        Self { format: Some("int64"), ..Self::of(Base::Integer(min, max)) }
    }

    pub(crate) const fn named<T: ToSchema>() -> Self {
        Self::of(Base::Named(T::name, T::schema, T::schemas))
    }

    pub(crate) const fn written(schema: fn() -> RefOr<Schema>) -> Self {
        Self::of(Base::Written(schema))
    }

    /// The most characters that a text may have.
    pub(crate) fn most(&self) -> usize {
        self.max.unwrap_or(usize::MAX)
    }

    /// Adds the types that stand by their names.
    pub(crate) fn add_to(&self, schemas: &mut Schemas) {
        if let Base::Named(name, schema, inner) = self.base {
            schemas.push((name().into_owned(), schema()));
            inner(schemas);
        } else if let Base::Groups(groups) = self.base {
            groups.iter().copied().flatten().for_each(|property| property.shape.add_to(schemas));
        }
    }
}

/// Whether a field must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    /// It may be left out, or be null.
    Nullable,
    /// It may be left out, and not be null.
    NotNull,
}

/// What the document says of a field.
#[derive(Clone, Copy)]
pub(crate) struct Property {
    pub(crate) name: &'static str,
    pub(crate) need: Need,
    pub(crate) shape: Shape,
    /// Its comment, a line a piece.
    pub(crate) words: &'static [&'static str],
    /// What the field rests on; empty where a document of the vendor has it and there is nothing to say.
    pub(crate) fidelity: &'static str,
}

impl Property {
    /// A group of properties, which has no name of its own.
    pub(crate) const fn group(shape: Shape) -> Self {
        Self { name: "", need: Need::NotNull, shape, words: &[], fidelity: "" }
    }

    #[expect(deprecated, reason = "readers of documents know `example`, and utoipa's own macros write it")]
    fn schema(&self) -> RefOr<Schema> {
        let Shape { base, format, pattern, example, values, min, max } = self.shape;
        let object = ObjectBuilder::new();
        let object = match base {
            Base::Text => object.schema_type(self.or_null(Type::String)).min_length(min).max_length(max),
            Base::Integer(min, max) => {
                let most = (max < i64::MAX).then_some(max);
                object.schema_type(self.or_null(Type::Integer)).minimum(Some(min)).maximum(most)
            }
            Base::Boolean => object.schema_type(self.or_null(Type::Boolean)),
            Base::Anything => object.schema_type(SchemaType::AnyValue),
            Base::Object | Base::Groups(_) => object.schema_type(self.or_null(Type::Object)),
            Base::Named(name, ..) => return self.around(Ref::from_schema_name(name()).into()),
            Base::Written(schema) => return self.around(schema()),
        };
        let object = object
            .format(format.map(|format| SchemaFormat::Custom(format.to_owned())))
            .pattern(pattern)
            .enum_values(self.values(values))
            .example(example.map(Into::into));
        Schema::Object(object.description(words(self.words)).extensions(self.extensions()).build()).into()
    }

    /// A query has no null.
    fn parameter(&self) -> Parameter {
        let alone = Self { need: Need::NotNull, words: &[], fidelity: "", ..*self };
        let required = if self.need == Need::Required { Required::True } else { Required::False };
        let parameter =
            ParameterBuilder::new().name(self.name).parameter_in(ParameterIn::Query).required(required);
        let parameter = parameter.description(words(self.words)).schema(Some(alone.schema()));
        parameter.extensions(self.extensions()).build()
    }

    fn or_null(&self, known: Type) -> SchemaType {
        match self.need {
            Need::Nullable => SchemaType::Array(vec![known, Type::Null]),
            Need::Required | Need::NotNull => SchemaType::Type(known),
        }
    }

    fn values(&self, words: &[&str]) -> Option<Vec<Json>> {
        let null = (self.need == Need::Nullable).then_some(Json::Null);
        (!words.is_empty()).then(|| words.iter().map(|word| Json::from(*word)).chain(null).collect())
    }

    /// What the document says of the field beside what it says of its type.
    fn around(&self, schema: RefOr<Schema>) -> RefOr<Schema> {
        let (words, extensions) = (words(self.words), self.extensions());
        let schema = match self.need {
            Need::Nullable => {
                let either =
                    OneOfBuilder::new().item(schema).item(ObjectBuilder::new().schema_type(Type::Null));
                Schema::OneOf(either.description(words).extensions(extensions).build())
            }
            Need::Required | Need::NotNull => {
                let only = AllOfBuilder::new().item(schema);
                Schema::AllOf(only.description(words).extensions(extensions).build())
            }
        };
        schema.into()
    }

    fn extensions(&self) -> Option<Extensions> {
        (!self.fidelity.is_empty()).then(|| Extensions::builder().add(FIDELITY, self.fidelity).build())
    }
}

/// What the document says of a request: an object with these properties, beside those of a type that it shares.
#[expect(deprecated, reason = "readers of documents know `example`, and utoipa's own macros write it")]
pub(crate) fn object(
    lines: &[&str],
    shared: Option<RefOr<Schema>>,
    properties: &[Property],
    example: Option<Json>,
) -> RefOr<Schema> {
    let mut own = ObjectBuilder::new();
    for property in flat(properties) {
        own = own.property(property.name, property.schema());
        if property.need == Need::Required {
            own = own.required(property.name);
        }
    }
    let words = words(lines);
    let schema = match shared {
        None => Schema::Object(own.description(words).example(example).build()),
        Some(shared) => {
            let both = AllOfBuilder::new().item(shared).item(own);
            Schema::AllOf(both.description(words).example(example).build())
        }
    };
    schema.into()
}

/// The properties with those of groups among them, each name once. What one of several groups requires, the document cannot
/// require.
fn flat(properties: &[Property]) -> Vec<Property> {
    let mut all: Vec<Property> = Vec::new();
    for property in properties {
        let Base::Groups(groups) = property.shape.base else {
            all.push(*property);
            continue;
        };
        let is_one = groups.len() == 1;
        let free = |need| if need == Need::Required && !is_one { Need::Nullable } else { need };
        for inner in groups.iter().flat_map(|group| flat(group)) {
            if all.iter().all(|known| known.name != inner.name) {
                all.push(Property { need: free(inner.need), ..inner });
            }
        }
    }
    all
}

/// What the document says of a query.
pub(crate) fn parameters(properties: &[Property]) -> Vec<Parameter> {
    properties.iter().map(Property::parameter).collect()
}

/// The lines of a comment as one text; none where there are none.
fn words(lines: &[&str]) -> Option<String> {
    let lines: Vec<&str> = lines.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
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
    (@need optional) => { $crate::declare::Need::Nullable };
    (@need patch) => { $crate::declare::Need::Nullable };
    (@need repeated) => { $crate::declare::Need::Nullable };
    (@need kept) => { $crate::declare::Need::NotNull };
    (@need all) => { $crate::declare::Need::NotNull };
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
    use utoipa::PartialSchema;

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
