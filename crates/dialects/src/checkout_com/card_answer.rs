//! What answers say of a card, wherever one is shown. What is not known is left out.

use domain::bins::{self, Category, Funding};
use domain::card::{Brand, CardFace, Expiry};
use serde::Serialize;
use utoipa::ToSchema;

use super::holder::{AccountHolder, Holder};

/// The kind of every instrument here.
pub(super) const CARD: &str = "card";

/// What may be told of a card. What the table of numbers does not know is left out.
#[derive(Serialize, ToSchema)]
pub(super) struct CardFacts<'a> {
    expiry_month: i8,
    expiry_year: i16,
    #[schema(extensions(("x-fidelity" = json!("documented – the brand in capitals"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme: Option<String>,
    last4: &'a str,
    #[schema(extensions(("x-fidelity" = json!("documented – six digits"))))]
    bin: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_category: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_country: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_type: Option<&'static str>,
}

/// What is known of a card with this face, these first digits and this last month.
pub(super) fn facts<'a>(face: &'a CardFace, first_six: &'a str, expiry: Expiry) -> CardFacts<'a> {
    let bin = bins::of(first_six);
    CardFacts {
        expiry_month: expiry.month,
        expiry_year: expiry.year,
        scheme: scheme(face),
        last4: &face.last_four,
        bin: first_six,
        card_type: bin.map(|bin| match bin.funding {
            Funding::Credit => "CREDIT",
            Funding::Debit => "DEBIT",
            Funding::Prepaid => "PREPAID",
            Funding::Charge => "CHARGE",
        }),
        card_category: bin.map(|bin| match bin.category {
            Category::Consumer => "CONSUMER",
            Category::Commercial => "COMMERCIAL",
        }),
        issuer: bin.map(|bin| &*bin.issuer),
        issuer_country: bin.map(|bin| &*bin.country),
        product_id: bin.map(|bin| &*bin.product),
        product_type: bin.map(|bin| &*bin.product_name),
    }
}

/// The brand in capitals.
pub(super) fn scheme(face: &CardFace) -> Option<String> {
    // The word for a card of no known brand is none of this API's.
    let brand = Some(&face.brand).filter(|brand| *brand != "card");
    brand.map(|brand| Brand::name_of_code(brand).to_uppercase())
}

/// Nothing where nothing is known.
pub(super) fn account_holder(holder: &Holder) -> Option<AccountHolder> {
    let Holder { name: _, first_name, last_name, billing_address, phone } = holder.clone();
    let is_known =
        first_name.is_some() || last_name.is_some() || billing_address.is_some() || phone.is_some();
    is_known.then_some(AccountHolder {
        first_name,
        last_name,
        billing_address,
        phone,
        ..AccountHolder::default()
    })
}
