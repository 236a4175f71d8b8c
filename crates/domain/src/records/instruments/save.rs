//! Saving cards: at once, with the payment that they are used in, and for a customer who comes later.

use db::{Tx, Value};
use vault::CardNumber;

use super::{
    ACTIVATE, FIND_FINGERPRINT, FINGERPRINT, HAS_DEFAULT, IN_WALLET, INSERT, Instrument, LAST_UNLISTED, LINK,
    MAKE_DEFAULT, MAKE_OWN, NO_NUMBER, PUBLIC_FINGERPRINT, REPLACE, SAME_NUMBER, SET_EXPIRY, SET_FACTS,
    SealedCard, Standing, TAKE_OFF, UNLISTED_SAME_NUMBER, WAITING, delete, find, forget_fingerprint, lock,
    place, put_first, row_of, take_turn,
};
use crate::kernel::card::Expiry;
use crate::kernel::error::{Error, Field, Missing, Why};
use crate::kernel::id::{ActionId, Id};
use crate::kernel::time::Drawn;
use crate::keys::MerchantKeys;
use crate::records::customers::Customer;
use crate::records::event::{self, Event};

/// Cards of one customer: more are nobody's wallet.
const CARDS_MAX: i64 = 50;
/// Cards of one customer in no list. Those of one number go in one piece when their holder removes it.
const UNLISTED_MAX: i64 = 1_000;

/// What saving came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It is a new card.
    Added,
    /// The customer had it; its date is the new one now.
    Updated,
}

/// Whether a card becomes its customer's first choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MakeDefault {
    /// Where the customer has none yet.
    IfNone,
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// Saves a card at once, for a customer or for nobody yet. The same card of one customer is recognised and updated
/// instead of doubled.
pub fn save(
    tx: &mut Tx<'_>,
    keys: &MerchantKeys,
    customer: Option<&Customer>,
    card: &SealedCard,
    first: MakeDefault,
    drawn: &Drawn,
) -> Result<(Instrument, Saved), Error> {
    let owner = customer.map(|customer| customer.key);
    let card = card.owned_by(keys, owner, drawn)?;
    if let Some(owner) = owner {
        take_turn(tx, owner)?;
    }
    let fingerprint = fingerprint(tx, &card, drawn)?;
    if let Some(same_number) = same_number(tx, owner, fingerprint)? {
        let holder = card.holder.clone().or_else(|| same_number.holder.clone());
        let wallet = card.wallet.clone().or_else(|| same_number.wallet.clone());
        write_facts(tx, &same_number, card.expiry, holder.as_deref(), wallet.as_deref())?;
        tx.send(&MAKE_OWN, &[same_number.key.into()])?;
        choose(tx, &same_number, first)?;
        return Ok((find(tx, card.scope, same_number.id)?, Saved::Updated));
    }
    if let Some(owner) = owner
        && !has_room(tx, owner)?
    {
        return Err(full(CARDS_MAX));
    }
    insert(tx, &card, fingerprint, None, drawn)?;
    let saved = find(tx, card.scope, card.id)?;
    choose(tx, &saved, first)?;
    event::append(tx, card.scope, Event::CardSaved, card.id, 1, drawn)?;
    Ok((find(tx, card.scope, card.id)?, Saved::Added))
}

/// Keeps a card until the payment that it is saved with is settled. Answers its fingerprint.
pub(crate) fn wait(
    tx: &mut Tx<'_>,
    card: &SealedCard,
    action: ActionId,
    drawn: &Drawn,
) -> Result<Id<CardNumber>, Error> {
    let fingerprint = fingerprint(tx, card, drawn)?;
    insert(tx, card, fingerprint, Some(action), drawn)?;
    Ok(tx.one(&PUBLIC_FINGERPRINT, &[fingerprint.into()])?)
}

/// Saves the card that waited for an action, or forgets it. Answers the saved one.
pub(crate) fn settle_waiting(
    tx: &mut Tx<'_>,
    action: i64,
    approved: bool,
    drawn: &Drawn,
) -> Result<Option<Instrument>, Error> {
    let Some(waiting) = tx.optional::<Instrument>(&WAITING, &[action.into()])? else { return Ok(None) };
    if !approved {
        delete(tx, &waiting, drawn.now)?;
        return Ok(None);
    }
    if let Some(owner) = waiting.customer {
        match take_turn(tx, owner) {
            // The customer went just now, and the card with it. The payment stands.
            Err(Error::NotFound(_)) => return Ok(None),
            turn => turn?,
        }
        let same_number = match waiting.standing {
            Standing::Own | Standing::Beside => same_number(tx, Some(owner), waiting.fingerprint_key)?,
            // The card in the wallet is not touched: an unlisted one is another, whose number it has.
            Standing::Unlisted => {
                tx.optional(&UNLISTED_SAME_NUMBER, &[owner.into(), waiting.fingerprint_key.into()])?
            }
        };
        if let Some(same_number) = same_number {
            let Expiry { year, month } = waiting.expiry;
            tx.send(&SET_EXPIRY, &[same_number.key.into(), year.into(), month.into()])?;
            delete(tx, &waiting, drawn.now)?;
            if waiting.standing == Standing::Own && same_number.standing != Standing::Own {
                // It is saved as the customer's own now.
                tx.send(&MAKE_OWN, &[same_number.key.into()])?;
                choose(tx, &same_number, MakeDefault::IfNone)?;
            }
            return Ok(Some(same_number));
        }
        let has_room =
            if waiting.standing.is_listed() { has_room(tx, owner)? } else { has_room_beside(tx, owner)? };
        if !has_room {
            // The payment stands; a wallet this full takes no more.
            delete(tx, &waiting, drawn.now)?;
            return Ok(None);
        }
    }
    tx.send(&ACTIVATE, &[waiting.key.into()])?;
    let first = if waiting.may_follow() { MakeDefault::IfNone } else { MakeDefault::No };
    choose(tx, &waiting, first)?;
    event::append(tx, waiting.scope, Event::CardSaved, waiting.id, 1, drawn)?;
    Ok(Some(waiting))
}

/// Gives a card that stands in no wallet to a customer, or says that it is theirs already. Where the customer has the same
/// card under another id, this one takes its place in the wallet; the other id goes on being charged, and is in no list.
///
/// # Errors
/// [`Error::NotFound`] for a card of somebody else, or one that was put out of use.
pub fn link(
    tx: &mut Tx<'_>,
    keys: &MerchantKeys,
    card: &Instrument,
    customer: &Customer,
    first: MakeDefault,
    drawn: &Drawn,
) -> Result<(), Error> {
    let card = &lock(tx, card, Some(customer))?;
    if card.is_revoked {
        return Err(Error::NotFound(Missing::Instrument));
    }
    match card.owner() {
        Some(owner) if owner == customer.row_key() => return choose(tx, card, first),
        Some(_) => return Err(Error::NotFound(Missing::Instrument)),
        None => {}
    }
    let number = card.number(keys)?;
    let mut first = first;
    if let Some(same_number) = same_number(tx, Some(customer.key), card.fingerprint_key)? {
        // Where the card was in no list of the customer's, the two change places.
        if card.customer != Some(customer.key) && !has_room_beside(tx, customer.key)? {
            return Err(full(UNLISTED_MAX));
        }
        tx.send(&TAKE_OFF, &[same_number.key.into()])?;
        if same_number.is_default {
            first = MakeDefault::Yes;
        }
    } else if !has_room(tx, customer.key)? {
        return Err(full(CARDS_MAX));
    }
    give(tx, keys, card, customer, (&number, Standing::Own), drawn)?;
    let linked = find(tx, card.scope, card.id)?;
    choose(tx, &linked, first)
}

/// Has a card of nobody's go with the customer whom it pays for, and stand in no wallet: so where the customer was named
/// by an e-mail address.
///
/// # Errors
/// [`Error::Invalid`] where the customer has as many such cards as one may have. The card does not pay then: it would be
/// nobody's, and what it says of a person would outlive that person's deletion.
pub fn note_payer(
    tx: &mut Tx<'_>,
    keys: &MerchantKeys,
    card: &Instrument,
    customer: &Customer,
    drawn: &Drawn,
) -> Result<(), Error> {
    let card = &lock(tx, card, Some(customer))?;
    if !has_room_beside(tx, customer.key)? {
        return Err(full(UNLISTED_MAX));
    }
    let number = card.number(keys)?;
    give(tx, keys, card, customer, (&number, Standing::Unlisted), drawn)
}

fn give(
    tx: &mut Tx<'_>,
    keys: &MerchantKeys,
    card: &Instrument,
    customer: &Customer,
    (number, standing): (&CardNumber, Standing),
    drawn: &Drawn,
) -> Result<(), Error> {
    let row = row_of(card.id, Some(customer.key));
    let sealed = vault::seal_card(&keys.cards, &place(card.scope, &row), drawn.nonce, number);
    let values = [card.key.into(), customer.key.into(), (&sealed).into(), standing.into()];
    Ok(tx.change(&LINK, &values)?)
}

/// Puts another card behind an id. Where the customer has that card under another id, this one takes its place. A card that
/// is out of use stays so, and keeps no number.
pub fn replace(tx: &mut Tx<'_>, card: &Instrument, new: &SealedCard, drawn: &Drawn) -> Result<(), Error> {
    let card = &lock(tx, card, None)?;
    if !new.is_for(card.payer()) {
        // It was sealed for a row that is another one by now, where it would not open.
        return Err(tx.lost_race().into());
    }
    let fingerprint = fingerprint(tx, new, drawn)?;
    // A card that is out of use or in no wallet takes nobody's place.
    let owner = card.owner().filter(|_| !card.is_revoked).map(|owner| owner.0);
    let same_number = same_number(tx, owner, fingerprint)?.filter(|same_number| same_number.key != card.key);
    if let Some(same_number) = &same_number {
        delete(tx, same_number, drawn.now)?;
    }
    let number = if card.is_revoked { NO_NUMBER } else { new.sealed.as_slice() };
    let mut values = vec![card.key.into(), fingerprint.into(), number.into()];
    values.extend(shown(new));
    tx.send(&REPLACE, &values)?;
    if same_number.is_some_and(|same_number| same_number.is_default) {
        choose(tx, card, MakeDefault::Yes)?;
    }
    forget_fingerprint(tx, card.fingerprint_key)
}

/// Changes a card's date and what is known of its holder. What is to stay comes from a reading under [`lock`].
pub fn set_facts(
    tx: &mut Tx<'_>,
    card: &Instrument,
    expiry: Expiry,
    holder: Option<&str>,
    wallet: Option<&str>,
) -> Result<(), Error> {
    let card = lock(tx, card, None)?;
    write_facts(tx, &card, expiry, holder, wallet)
}

fn write_facts(
    tx: &mut Tx<'_>,
    card: &Instrument,
    expiry: Expiry,
    holder: Option<&str>,
    wallet: Option<&str>,
) -> Result<(), Error> {
    tx.send(
        &SET_FACTS,
        &[card.key.into(), expiry.year.into(), expiry.month.into(), holder.into(), wallet.into()],
    )?;
    // What stood there before goes with the erased.
    tx.erased();
    Ok(())
}

/// In the turn of the card's customer.
fn choose(tx: &mut Tx<'_>, card: &Instrument, first: MakeDefault) -> Result<(), Error> {
    let Some(owner) = card.owner() else { return Ok(()) };
    match first {
        MakeDefault::Yes => put_first(tx, owner, card),
        MakeDefault::No => Ok(()),
        MakeDefault::IfNone => {
            if !tx.exists(&HAS_DEFAULT, &[owner.into()])? {
                tx.send(&MAKE_DEFAULT, &[card.key.into()])?;
            }
            Ok(())
        }
    }
}

fn same_number(tx: &mut Tx<'_>, owner: Option<i64>, fingerprint: i64) -> Result<Option<Instrument>, Error> {
    let Some(owner) = owner else { return Ok(None) };
    Ok(tx.optional(&SAME_NUMBER, &[owner.into(), fingerprint.into()])?)
}

fn has_room(tx: &mut Tx<'_>, owner: i64) -> Result<bool, Error> {
    Ok(tx.one::<i64>(&IN_WALLET, &[owner.into()])? < CARDS_MAX)
}

fn has_room_beside(tx: &mut Tx<'_>, owner: i64) -> Result<bool, Error> {
    Ok(!tx.exists(&LAST_UNLISTED, &[owner.into(), (UNLISTED_MAX - 1).into()])?)
}

const fn full(most: i64) -> Error {
    Error::Invalid { field: Field::Card, why: Why::NoRoom(most) }
}

fn fingerprint(tx: &mut Tx<'_>, card: &SealedCard, drawn: &Drawn) -> Result<i64, Error> {
    let named = [card.scope.merchant.into(), card.scope.mode.into(), (&card.code).into()];
    let [merchant, mode, code] = named;
    let public_id = Id::<SealedCard>::new(drawn.now, drawn.fingerprint);
    tx.send(&FINGERPRINT, &[merchant, mode, code, (&public_id).into()])?;
    let found = tx.optional(&FIND_FINGERPRINT, &named)?;
    // Its last card may have been erased in between.
    Ok(found.ok_or_else(|| tx.lost_race())?)
}

fn insert(
    tx: &mut Tx<'_>,
    card: &SealedCard,
    fingerprint: i64,
    waits_for: Option<ActionId>,
    drawn: &Drawn,
) -> Result<(), Error> {
    let status = if waits_for.is_some() { "waiting" } else { "active" };
    let mut values = vec![
        card.scope.merchant.into(),
        card.scope.mode.into(),
        (&card.id).into(),
        card.owner.into(),
        fingerprint.into(),
        status.into(),
        waits_for.as_ref().into(),
        (&card.sealed).into(),
    ];
    values.extend(shown(card));
    values.push(drawn.now.into());
    values.push(card.standing.into());
    tx.send(&INSERT, &values)?;
    Ok(())
}

/// What may be shown of a card, from its brand to its wallet.
fn shown(card: &SealedCard) -> [Value<'_>; 7] {
    [
        (&card.face.brand).into(),
        (&card.first_six).into(),
        (&card.face.last_four).into(),
        card.expiry.year.into(),
        card.expiry.month.into(),
        card.holder.as_ref().into(),
        card.wallet.as_ref().into(),
    ]
}
