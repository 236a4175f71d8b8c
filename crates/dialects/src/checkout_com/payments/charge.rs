//! A payment's first unit of work: the customer, the card, and the attempt that is begun with it.

use domain::acquiring::Card;
use domain::card::Expiry;
use domain::customers::{self, Customer};
use domain::instruments::{self, Instrument, MakeDefault, SealedCard, Standing};
use domain::payments::Payment;
use domain::payments::charge::{self, CardToCharge};
use domain::time::Drawn;
use domain::{ActionId, App, Caller, Error, Missing, Tx, WrongState, tokens};

use super::body::{NewPayment, PaymentSource, SaveCard};
use super::kept::with_wallet;
use crate::checkout_com::holder::Holder;
use crate::checkout_com::named_customer::{How, NamedCustomer};
use crate::checkout_com::refusal::Refusal;

/// What the first unit of work of a payment needs. It holds no number: a card that was sent is sealed, and opened again
/// where it is charged.
pub(super) struct FirstUnit {
    pub(super) new: NewPayment,
    /// For a customer that is made with the payment: each event has an id of its own.
    pub(super) of_customer: Drawn,
    /// What the card was sealed with.
    pub(super) sealing: Drawn,
}

impl FirstUnit {
    /// Makes the payment and begins its attempt.
    pub(super) fn begin(
        &self,
        tx: &mut Tx<'_>,
        app: &App,
        caller: &Caller,
        drawn: &Drawn,
    ) -> Result<(Payment, ActionId, Card), Refusal> {
        let (scope, keys) = (caller.scope, caller.keys());
        let find = |named: &NamedCustomer| named.find_or_create(tx, scope, &self.of_customer);
        let named = self.new.customer.as_ref().map(find).transpose()?;
        let (customer, how) = named.map_or((None, How::ById), |(customer, how)| (Some(customer), how));
        let begin =
            |tx: &mut Tx<'_>, customer: Option<&Customer>, charge: CardToCharge<'_>, wallet: Option<&str>| {
                let extras = with_wallet(self.new.charge.extras.as_deref(), wallet);
                let new = charge::NewCharge { extras, ..self.new.charge.clone() };
                charge::begin(tx, app, caller, &new, customer, charge, drawn).map_err(Refusal::from)
            };
        match &self.new.source {
            PaymentSource::Token { id, holder, save } => {
                let id = id.ok_or(Error::NotFound(Missing::Token))?;
                let (token, number) = tokens::spend(tx, keys, scope, id, drawn.now)?;
                let holder = Holder::read(token.holder.as_deref()).changed_by(holder.clone()).stored();
                let expiry = not_over(token.expiry, drawn)?;
                let sealed = standing(how, *save).map(|standing| {
                    SealedCard::seal(keys, scope, customer.as_ref(), &number, expiry, drawn)
                        .with(holder.clone(), token.wallet.clone())
                        .standing(standing)
                });
                begin(
                    tx,
                    customer.as_ref(),
                    CardToCharge::Number { number, expiry, holder, sealed: sealed.as_ref() },
                    token.wallet.as_deref(),
                )
            }
            PaymentSource::Card { sealed, holder, save, wallet } => {
                let expiry = not_over(sealed.expiry(), drawn)?;
                let number = sealed.number(keys)?;
                let owned = sealed.of_customer(keys, customer.as_ref(), &self.sealing)?;
                let owned = standing(how, *save).map(|standing| owned.standing(standing));
                let charge =
                    CardToCharge::Number { number, expiry, holder: holder.stored(), sealed: owned.as_ref() };
                begin(tx, customer.as_ref(), charge, *wallet)
            }
            PaymentSource::Instrument(id) => {
                let card = instruments::find(tx, scope, id.ok_or(Error::NotFound(Missing::Instrument))?)?;
                let customer = payer_of(tx, caller, &card, customer.map(|named| (named, how)), drawn)?;
                // It may have become the customer's just now, and was sealed again for that.
                let card = instruments::find(tx, scope, card.id)?;
                begin(tx, customer.as_ref(), CardToCharge::Saved(&card), card.wallet.as_deref())
            }
            PaymentSource::Customer(id) => {
                let payer = customers::get(tx, scope, id.ok_or(Error::NotFound(Missing::Customer))?)?;
                if customer.is_some_and(|named| named.id != payer.id) {
                    return Err(Refusal::OtherCustomer);
                }
                let cards = instruments::of_customer(tx, &payer)?;
                let card = cards.iter().find(|card| card.is_default).ok_or(Refusal::NoDefaultCard)?;
                begin(tx, Some(&payer), CardToCharge::Saved(card), card.wallet.as_deref())
            }
        }
    }
}

/// The date of a card that was handed in for this payment. Whether a saved one is over, the acquirer says.
fn not_over(expiry: Expiry, drawn: &Drawn) -> Result<Expiry, Refusal> {
    if expiry.is_over(drawn.now) { Err(Refusal::CardExpired) } else { Ok(expiry) }
}

/// How a new card is to stand in its customer's wallet; none where it is not kept. An address is what somebody typed: it
/// puts a card into the wallet of a customer that it makes, and into another one only where that was said.
const fn standing(how: How, save: SaveCard) -> Option<Standing> {
    match (save, how) {
        (SaveCard::No, _) => None,
        (SaveCard::Yes | SaveCard::NotSaid, How::ById | How::Made) => Some(Standing::Own),
        (SaveCard::Yes, How::Found) => Some(Standing::Beside),
        (SaveCard::NotSaid, How::Found) => Some(Standing::Unlisted),
    }
}

/// Whose payment it is that a saved card pays: that of the customer whom it goes with. A card of nobody's becomes the
/// named customer's, and is in no wallet where an address found the customer.
fn payer_of(
    tx: &mut Tx<'_>,
    caller: &Caller,
    card: &Instrument,
    named: Option<(Customer, How)>,
    drawn: &Drawn,
) -> Result<Option<Customer>, Refusal> {
    if card.is_revoked {
        return Err(Error::State(WrongState::CardRevoked).into());
    }
    match (card.payer(), named) {
        (None, None) => Ok(None),
        (None, Some((customer, How::Found))) => {
            instruments::note_payer(tx, caller.keys(), card, &customer, drawn)?;
            Ok(Some(customer))
        }
        (None, Some((customer, How::ById | How::Made))) => {
            instruments::link(tx, caller.keys(), card, &customer, MakeDefault::IfNone, drawn)?;
            Ok(Some(customer))
        }
        (Some(payer), Some((named, _))) if payer != named.row_key() => Err(Refusal::OtherCustomer),
        // It stays listed or unlisted, however the customer is named now: the id may come from an answer that an address
        // opened.
        (Some(payer), _) => Ok(Some(customers::by_key(tx, caller.scope, payer)?)),
    }
}
