//! What a phone's or a browser's wallet hands in. In test mode the simulator's token data stands for a card; no acquirer
//! that opens the real ones is there yet.

use domain::card::{CardNumber, Expiry};
use domain::time::Time;

use crate::checkout_com::fields::{Fields, Kind};
use crate::checkout_com::shown::{OBJECT, TEXT};
use crate::declare::{Shape, declare};
use crate::json::{Object, field};

/// The card that token data stands for, where it names none.
const TEST_CARD: &str = "4242424242424242";
/// How long that card is valid from now.
const YEARS: i16 = 3;

/// The kinds of wallet, as the API writes them.
pub(in crate::checkout_com) const WALLETS: [&str; 2] = ["applepay", "googlepay"];

const WRONG: &str = "token_data_invalid";
const WORDS: Kind<String> = TEXT.coded(WRONG, WRONG);

declare! {
    /// What a wallet hands in. Of all this the simulator reads `data` or `signedMessage`.
    pub(super) checked TokenData from Fields {
        /// Of Apple Pay.
        "version": optional WORDS,
        /// Of Apple Pay.
        "data": optional WORDS,
        /// Of both.
        "signature": optional WORDS,
        /// Of Apple Pay.
        "header": optional Header::KIND,
        /// Of Google Pay.
        "protocolVersion": optional WORDS,
        /// Of Google Pay.
        "signedMessage": optional WORDS,
        /// Of Google Pay.
        "intermediateSigningKey": optional OBJECT.coded(WRONG, WRONG),
    }
}

declare! {
    /// Of Apple Pay.
    checked Header from Fields {
        "ephemeralPublicKey": optional WORDS,
        "publicKeyHash": optional WORDS,
        "transactionId": optional WORDS,
        "applicationData": optional WORDS,
        "wrappedKey": optional WORDS,
    }
}

impl Header {
    const KIND: Kind<Self> = Kind::new(Shape::named::<Self>(), WRONG, |sent| sent.first(Self::read));
}

/// The token data of a wallet. The simulator's is shaped like the vendor's; its payload (Apple's `data`, Google's
/// `signedMessage`) may be the JSON text of a `number`, an `expiry_month` and an `expiry_year`.
pub(super) const TOKEN_DATA: Kind<(CardNumber, Expiry)> =
    Kind::new(Shape::named::<TokenData>(), WRONG, |sent| {
        sent.first(TokenData::read)?;
        let data = sent.object()?;
        let payload = if sent.fields.kind() == "applepay" { "data" } else { "signedMessage" };
        let payload: String = field(&data, payload).unwrap_or_default();
        sent.right(read(&payload, sent.fields.now))
    });

fn read(payload: &str, now: Time) -> Option<(CardNumber, Expiry)> {
    let (year, month) = now.year_and_month();
    // What is no object, as Apple's data in base64, names no card.
    let is_object = payload.trim_start().starts_with('{');
    let named = if is_object { Object::parse(payload.as_bytes()).ok()? } else { Object::default() };
    let Some(number) = field::<String>(&named, "number") else {
        return Some((CardNumber::parse(TEST_CARD).ok()?, Expiry { year: year + YEARS, month }));
    };
    let part = |name: &str| field::<i64>(&named, name);
    let expiry = Expiry {
        year: part("expiry_year").map_or(Ok(year + YEARS), i16::try_from).ok()?,
        month: part("expiry_month").map_or(Ok(month), i8::try_from).ok()?,
    };
    let fits = (1..=12).contains(&expiry.month) && (2000..2100).contains(&expiry.year);
    CardNumber::parse(&number).ok().filter(|_| fits).map(|number| (number, expiry))
}
