//! What answers say of a card, wherever one is shown. What is not known is left out.

use domain::bins::{self, Category, Funding};
use domain::card::{Brand, CardFace, Expiry};
use serde::Serialize;
use utoipa::ToSchema;

use super::holder::{AccountHolder, Holder};

/// The kind of every instrument here.
pub(super) const CARD: &str = "card";

/// What may be shown of a card. What the table of numbers does not know is left out.
#[derive(Serialize, ToSchema)]
pub(super) struct CardFacts<'a> {
    expiry_month: i8,
    expiry_year: i16,
    #[schema(extensions(("x-fidelity" = json!("documented – the brand, in capitals but in payments"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme: Option<String>,
    last4: &'a str,
    #[schema(extensions(("x-fidelity" = json!("documented – six digits, of a token eight where the number has 16 or more"))))]
    bin: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_country: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_type: Option<&'static str>,
}

/// How the vendor writes brands and kinds of card.
#[derive(Debug, Clone, Copy)]
pub(super) enum Spelling {
    /// In tokens and instruments.
    Capitals,
    /// In payments.
    Words,
}

impl Spelling {
    fn of(self, word: &str) -> String {
        match self {
            Self::Capitals => word.to_uppercase(),
            Self::Words => word.to_owned(),
        }
    }
}

pub(super) fn facts<'a>(
    face: &'a CardFace,
    first_six: &'a str,
    expiry: Expiry,
    spelling: Spelling,
) -> CardFacts<'a> {
    let bin = bins::of(first_six);
    let funding = |funding: &Funding| match funding {
        Funding::Credit => "Credit",
        Funding::Debit => "Debit",
        Funding::Prepaid => "Prepaid",
        Funding::Charge => "Charge",
    };
    let category = |category: &Category| match category {
        Category::Consumer => "Consumer",
        Category::Commercial => "Commercial",
    };
    CardFacts {
        expiry_month: expiry.month,
        expiry_year: expiry.year,
        scheme: scheme(face, spelling),
        last4: &face.last_four,
        bin: first_six,
        card_type: bin.map(|bin| spelling.of(funding(&bin.funding))),
        card_category: bin.map(|bin| spelling.of(category(&bin.category))),
        issuer: bin.map(|bin| &*bin.issuer),
        issuer_country: bin.map(|bin| &*bin.country),
        product_id: bin.map(|bin| &*bin.product),
        product_type: bin.map(|bin| &*bin.product_name),
    }
}

impl<'a> CardFacts<'a> {
    pub(super) fn with_bin(self, bin: &'a str) -> Self {
        Self { bin, ..self }
    }
}

/// The brand.
pub(super) fn scheme(face: &CardFace, spelling: Spelling) -> Option<String> {
    // The word for a card of no known brand is none of this API's.
    let brand = Some(&face.brand).filter(|brand| *brand != "card");
    brand.map(|brand| spelling.of(Brand::name_of_code(brand)))
}

/// Nothing where nothing is known.
pub(super) fn account_holder(holder: &Holder) -> Option<AccountHolder> {
    let known = Holder { name: None, ..holder.clone() };
    let is_known = known != Holder::default();
    let Holder { name: _, first_name, last_name, billing_address, phone, more } = known;
    is_known.then(|| AccountHolder {
        first_name,
        last_name,
        billing_address,
        phone,
        more,
        ..AccountHolder::default()
    })
}
