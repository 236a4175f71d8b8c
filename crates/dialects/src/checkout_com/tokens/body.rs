//! The fields of a token's request, read into parsed types.

use domain::Mode;
use domain::time::Time;

use super::wallets::{self, WALLETS};
use crate::checkout_com::card_body::{self, Card};
use crate::checkout_com::error::Failure;
use crate::checkout_com::fields::{Fields, string};

/// Reads what a token is made of: the wallet that the card comes out of, if it does, and the card.
pub(super) fn read(body: &[u8], mode: Mode, now: Time) -> Result<(Option<String>, Card), Failure> {
    let mut fields = Fields::parse(body)?;
    // fidelity: documented – card and the two wallets; the others are not taken
    let kind = fields.required("type", "token_type_required", |raw| string(raw).ok_or("token_type_invalid"));
    let card = match kind.as_deref() {
        Some("card") => card_body::card(&mut fields, now),
        // No acquirer is there that could open what a real wallet sends.
        Some(wallet) if WALLETS.contains(&wallet) && mode == Mode::Test => {
            wallets::card(&mut fields, wallet, now)
        }
        Some(_) => {
            fields.wrong("token_type_invalid");
            None
        }
        None => None,
    };
    let wallet = kind.filter(|kind| WALLETS.contains(&kind.as_str()));
    fields.finish(card.map(|card| (wallet, card)))
}
