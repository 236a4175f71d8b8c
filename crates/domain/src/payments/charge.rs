//! A payment that a client charges by itself: no buyer is at a page, so there is one try. It has a page only for the
//! challenge of the card's bank.

use db::Tx;

use crate::acquiring::Card;
use crate::app::App;
use crate::kernel::caller::Caller;
use crate::kernel::card::{CardFace, CardNumber, Expiry, SecurityCode};
use crate::kernel::error::Error;
use crate::kernel::id::ActionId;
use crate::kernel::metadata::Metadata;
use crate::kernel::money::Money;
use crate::kernel::time::{Drawn, Time};
use crate::payments::authorize::{self, Attempt, CardSource};
use crate::payments::{ChargedCard, Page, Payment, store};
use crate::records::customers::Customer;
use crate::records::instruments::{Instrument, SealedCard};

/// What a charge is made of. What a field is that the payment has too, [`Payment`] says. No `Debug`, for the security code.
#[derive(Clone)]
pub struct NewCharge {
    /// How much; zero checks the card.
    pub money: Money,
    pub description: String,
    pub reference: Option<String>,
    pub captures_itself: bool,
    pub capture_at: Option<Time>,
    pub may_grow: bool,
    pub metadata: Metadata,
    pub extras: Option<String>,
    pub customer_named: bool,
    /// The security code, for the one acquirer call.
    pub code: Option<SecurityCode>,
    /// Where the buyer goes from the card's bank: after confirming, and after not.
    pub addresses: (String, String),
}

/// Which card is charged, and what may be shown of it.
pub enum CardToCharge<'a> {
    /// A number of which nothing is kept, or the card that is saved if it is approved.
    Number {
        number: CardNumber,
        expiry: Expiry,
        /// What the API knows of the holder.
        holder: Option<String>,
        /// The card, sealed for its place.
        sealed: Option<&'a SealedCard>,
    },
    /// A saved card.
    Saved(&'a Instrument),
}

/// Makes a payment and begins its one attempt. The card is handed back, to be put to the attempt.
///
/// # Errors
/// [`Error::Unsupported`] in a mode without an acquirer.
pub fn begin(
    tx: &mut Tx<'_>,
    app: &App,
    caller: &Caller,
    new: &NewCharge,
    customer: Option<&Customer>,
    charge: CardToCharge<'_>,
    drawn: &Drawn,
) -> Result<(Payment, ActionId, Card), Error> {
    app.acquirer(caller.scope.mode)?;
    let (return_url, cancel_url) = new.addresses.clone();
    let payment = Payment {
        captures_itself: new.captures_itself,
        may_grow: new.may_grow,
        capture_at: new.capture_at,
        description: new.description.clone(),
        reference: new.reference.clone(),
        metadata: new.metadata.clone(),
        extras: new.extras.clone(),
        page: Some(Page {
            return_url,
            cancel_url,
            failure_url: None,
            framed: false,
            offers_saving: false,
            asks_code: false,
            authenticates: false,
            expires_at: None,
        }),
        automatic: true,
        customer_named: new.customer_named,
        ..Payment::new(caller, customer, new.money, drawn)
    };
    let payment = store::insert(tx, payment, customer, drawn)?;
    let (code, code_sent) = (new.code.clone(), new.code.is_some());
    let face;
    let (card, source, charged) = match charge {
        CardToCharge::Number { number, expiry, holder, sealed } => {
            let first_six = number.expose()[..6].to_owned();
            face = CardFace::of(&number);
            let charged = ChargedCard { first_six, expiry, fingerprint: None, code_sent, holder };
            (Card { number, expiry, code }, CardSource::Typed(&face, sealed), charged)
        }
        CardToCharge::Saved(instrument) => {
            let number = instrument.number(caller.keys())?;
            let expiry = instrument.expiry;
            let charged = ChargedCard {
                first_six: instrument.first_six.clone(),
                expiry,
                fingerprint: Some(instrument.fingerprint),
                code_sent,
                holder: instrument.holder.clone(),
            };
            (Card { number, expiry, code }, CardSource::Saved(instrument), charged)
        }
    };
    match authorize::begin(tx, payment, &source, None, drawn)? {
        Attempt::Begun(payment, id, kept) => {
            let mut payment = *payment;
            let fingerprint = charged.fingerprint.or(kept);
            store::set_charged(tx, &mut payment, ChargedCard { fingerprint, ..charged })?;
            Ok((payment, id, card))
        }
        // A new payment was never tried.
        Attempt::Repeated => Err(Error::InFlight),
    }
}
