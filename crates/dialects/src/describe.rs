//! What an OpenAPI document says of the requests that `declare.rs` declares: of a value, of a field, of the whole.

use std::borrow::Cow;

use utoipa::ToSchema;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{AllOfBuilder, OneOfBuilder, SchemaType, Type};
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, Ref, RefOr, Required, Schema, SchemaFormat};

use crate::openapi::{FIDELITY, Json};

/// Schemas that stand by their names in a document.
pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;

/// What the document says of a value.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) base: Base,
    pub(crate) format: Option<&'static str>,
    pub(crate) pattern: Option<&'static str>,
    pub(crate) example: Option<&'static str>,
    /// The only texts that there are; none where it may be any.
    pub(crate) values: &'static [&'static str],
    /// Characters of a text, or values of a list.
    pub(crate) min: Option<usize>,
    pub(crate) max: Option<usize>,
}

#[derive(Clone, Copy)]
pub(crate) enum Base {
    Text,
    Integer(i64, i64),
    /// With or without a fraction.
    Number(i64, i64),
    Boolean,
    Anything,
    Object,
    /// Of values of this shape.
    List(&'static Shape),
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

    pub(crate) const fn words(values: &'static [&'static str]) -> Self {
        Self { values, ..Self::TEXT }
    }

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

    /// So many values of a shape.
    pub(crate) const fn list(of: &'static Self, min: usize, max: usize) -> Self {
        Self { min: Some(min), max: Some(max), ..Self::of(Base::List(of)) }
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
        } else if let Base::List(of) = self.base {
            of.add_to(schemas);
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

/// What a field does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// What it is for.
    Works,
    /// It is kept as it was sent and shown, and does nothing else.
    Shown,
    /// Nothing. The vendor's documents or clients know it.
    Nothing,
}

impl Effect {
    /// What the document says of it.
    const fn words(self) -> Option<&'static str> {
        match self {
            Self::Works => None,
            Self::Shown => Some(
                " Kept as it is sent and shown, without any other effect, which `Kassa-Warning` reports.",
            ),
            Self::Nothing => Some(" Accepted without effect, which `Kassa-Warning` reports."),
        }
    }
}

/// What a declaration says of a whole request, for who has the names as they were sent.
pub(crate) trait Declared {
    /// Its properties, and those that it shares.
    const FIELDS: &'static [&'static [Property]];
}

/// What the document says of a field.
#[derive(Clone, Copy)]
pub(crate) struct Property {
    pub(crate) name: &'static str,
    pub(crate) need: Need,
    pub(crate) effect: Effect,
    pub(crate) shape: Shape,
    /// Its comment, a line a piece.
    pub(crate) words: &'static [&'static str],
    /// What the field rests on; empty where a document of the vendor has it and there is nothing to say.
    pub(crate) fidelity: &'static str,
}

impl Property {
    /// A group of properties, which has no name of its own.
    pub(crate) const fn group(shape: Shape) -> Self {
        Self { name: "", need: Need::NotNull, effect: Effect::Works, shape, words: &[], fidelity: "" }
    }

    /// Properties of any value that do not do what they are for.
    pub(crate) const fn without_effect<const N: usize>(
        effect: Effect,
        names: [&'static str; N],
    ) -> [Self; N] {
        let mut properties = [Self { effect, need: Need::Nullable, ..Self::group(Shape::ANYTHING) }; N];
        let mut at = 0;
        while at < N {
            properties[at].name = names[at];
            at += 1;
        }
        properties
    }

    /// The property of a name; of two with one name the first.
    pub(crate) fn find<'a>(among: &'a [Self], name: &str) -> Option<&'a Self> {
        among.iter().find_map(|property| {
            if let Base::Groups(groups) = property.shape.base {
                groups.iter().find_map(|group| Self::find(group, name))
            } else {
                (property.name == name).then_some(property)
            }
        })
    }

    /// Visits each property that has a name.
    pub(crate) fn each(among: &[Self], visit: &mut impl FnMut(&Self)) {
        for property in among {
            if let Base::Groups(groups) = property.shape.base {
                groups.iter().for_each(|group| Self::each(group, visit));
            } else {
                visit(property);
            }
        }
    }

    #[expect(deprecated, reason = "readers of documents know `example`, and utoipa's own macros write it")]
    fn schema(&self) -> RefOr<Schema> {
        let Shape { base, format, pattern, example, values, min, max } = self.shape;
        let object = ObjectBuilder::new();
        let object = match base {
            Base::Text => object.schema_type(self.or_null(Type::String)).min_length(min).max_length(max),
            Base::Integer(min, max) | Base::Number(min, max) => {
                let is_whole = matches!(base, Base::Integer(..));
                let known = if is_whole { Type::Integer } else { Type::Number };
                let most = (max < i64::MAX).then_some(max);
                object.schema_type(self.or_null(known)).minimum(Some(min)).maximum(most)
            }
            Base::Boolean => object.schema_type(self.or_null(Type::Boolean)),
            Base::Anything => object.schema_type(SchemaType::AnyValue),
            Base::Object | Base::Groups(_) => object.schema_type(self.or_null(Type::Object)),
            Base::Named(name, ..) => return self.around(Ref::from_schema_name(name()).into()),
            Base::List(of) => {
                let list = ArrayBuilder::new().items(Self::group(*of).schema());
                return self.around(Schema::Array(list.min_items(min).max_items(max).build()).into());
            }
            Base::Written(schema) => return self.around(schema()),
        };
        let object = object
            .format(format.map(|format| SchemaFormat::Custom(format.to_owned())))
            .pattern(pattern)
            .enum_values(self.values(values))
            .example(example.map(Into::into));
        Schema::Object(object.description(self.description()).extensions(self.extensions()).build()).into()
    }

    /// A query has no null.
    fn parameter(&self) -> Parameter {
        let alone = Self { need: Need::NotNull, effect: Effect::Works, words: &[], fidelity: "", ..*self };
        let required = if self.need == Need::Required { Required::True } else { Required::False };
        let parameter =
            ParameterBuilder::new().name(self.name).parameter_in(ParameterIn::Query).required(required);
        let parameter = parameter.description(self.description()).schema(Some(alone.schema()));
        parameter.extensions(self.extensions()).build()
    }

    /// Its comment, and what is to be said of its effect.
    fn description(&self) -> Option<String> {
        let lines: Vec<&str> = self.words.iter().copied().chain(self.effect.words()).collect();
        words(&lines)
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
        let (words, extensions) = (self.description(), self.extensions());
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

pub(crate) fn parameters(properties: &[Property]) -> Vec<Parameter> {
    properties.iter().map(Property::parameter).collect()
}

/// The lines of a comment as one text; none where there are none.
fn words(lines: &[&str]) -> Option<String> {
    let lines: Vec<&str> = lines.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
