//! The body of a token's request, declared once: it is read so, and the OpenAPI document says so.

use domain::Mode;
use domain::card::{CardNumber, Expiry, SecurityCode};
use domain::time::Time;

use super::wallets::{TOKEN_DATA, WALLETS};
use crate::checkout_com::card_body::CardBody;
use crate::checkout_com::error::Failure;
use crate::checkout_com::fields::{Fields, Kind, words};
use crate::checkout_com::holder::Holder;
use crate::checkout_com::unused::OfToken;
use crate::declare::declare;

const WRONG_TYPE: &str = "token_type_invalid";
const TYPE: Kind<&str> = words(&["card", "applepay", "googlepay"], WRONG_TYPE).or("token_type_required");

declare! {
    pub(super) struct TokenRequest from Fields {
        /// Where a card comes from: the buyer, or the buyer's wallet.
        kind as "type": &'static str = required TYPE
            => documented "card and the two wallets, these in test mode; Kassa does not accept the others",
        source: TokenSource = all,
        _unused: OfToken = all,
    }
    example {
        "type": "card", "number": "4242424242424242", "expiry_month": 12, "expiry_year": 2030, "cvv": "100",
        "name": "Bruce Wayne",
    }
}

declare! {
    pub(super) enum TokenSource from Fields by kind {
        "card" => Card(CardBody),
        "applepay" | "googlepay" => Wallet(WalletBody),
    }
}

declare! {
    pub(super) struct WalletBody from Fields {
        /// For a wallet, in test mode.
        token_data: (CardNumber, Expiry) = required TOKEN_DATA => seen "the simulator reads it in its own way",
    }
}

/// What a token is made of. No `Debug`, for the card's number.
pub(super) struct Card {
    pub(super) number: CardNumber,
    pub(super) expiry: Expiry,
    pub(super) code: Option<SecurityCode>,
    pub(super) holder: Holder,
    /// The wallet that it comes out of, if it does.
    pub(super) wallet: Option<String>,
}

pub(super) fn read(body: &[u8], mode: Mode, now: Time) -> Result<Card, Failure> {
    let fields = Fields::parse(body, now)?;
    // No acquirer is there that could open what a real wallet sends.
    if mode == Mode::Live && WALLETS.contains(&fields.kind().as_str()) {
        return Err(Failure::invalid(vec![WRONG_TYPE]));
    }
    let TokenRequest { kind, source, .. } = fields.read(TokenRequest::read)?;
    Ok(match source {
        TokenSource::Card(card) => {
            let expiry = card.expiry();
            Card { number: card.number, expiry, code: card.cvv, holder: card.holder.into(), wallet: None }
        }
        TokenSource::Wallet(WalletBody { token_data: (number, expiry) }) => {
            Card { number, expiry, code: None, holder: Holder::default(), wallet: Some(kind.to_owned()) }
        }
    })
}
