//! What the answers about tokens look like. What is not known is left out.

use domain::idempotency::Reply;
use domain::tokens::Token;
use serde::Serialize;
use utoipa::ToSchema;

use crate::checkout_com::answer::time;
use crate::checkout_com::card_answer::{CARD, CardFacts, Spelling, facts};
use crate::checkout_com::contact::{Address, Phone};
use crate::checkout_com::holder::Holder;
use crate::checkout_com::id;
use crate::json::reply;

/// A card for one use.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub(super) struct TokenObject<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    token: String,
    expires_on: String,
    // What is known of the card.
    #[serde(flatten)]
    facts: CardFacts<'a>,
    #[schema(extensions(("x-fidelity" = json!("documented – until it is used"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Until it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_address: Option<Address>,
    /// Until it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<Phone>,
    #[schema(extensions(("x-fidelity" = json!("ours – as with an instrument"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    card_wallet_type: Option<&'a str>,
}

pub(super) fn token(token: &Token, status: u16) -> Reply {
    let Holder { name, billing_address, phone, .. } = Holder::read(token.holder.as_deref());
    reply(
        status,
        &TokenObject {
            kind: token.wallet.as_deref().unwrap_or(CARD),
            token: id::write(id::TOKEN, token.id),
            expires_on: time(token.expires_at),
            facts: facts(&token.face, &token.first_six, token.expiry, Spelling::Capitals)
                .with_bin(token.first_eight.as_deref().unwrap_or(&token.first_six)),
            name,
            billing_address,
            phone,
            card_wallet_type: token.wallet.as_deref(),
        },
    )
}
