//! The ledger: what was asked of the acquirer for a payment, and what became of it.

use db::Tx;

use crate::acquiring::questions;
use crate::checked::Kind;
use crate::kernel::decline::Decline;
use crate::kernel::error::{Error, Field, Missing, PaymentIs, PaymentWanted};
use crate::kernel::id::ActionId;
use crate::kernel::time::{Drawn, Time};
use crate::payments::{Action, ActionKind, ActionStatus, Payment};

/// The card trade's code for what was done.
pub(crate) const APPROVED: &str = "10000";

/// Actions of one payment, after which no part is captured or refunded any more, but all the rest is: what is shown of a
/// payment has an end.
pub(crate) const PARTS_MAX: i64 = 1_000;
/// Bytes of what clients say of one payment's operations, all of them together: whoever reads them gets no more than this
/// in one answer, and an answer that shows them all is stored again with each operation.
const WORDS_MAX: usize = 64 * 1024;

statements! {
    INSERT_ACTION = "insert into actions
        (payment, public_id, kind, status, amount, attempt, reason, details, acquirer_reference, ask_at, asked,
         created_at, settled_at, reference, metadata, is_final, response_code, merchant)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, $13, $14, $15, $16, $17)";
    INSERT_EXTRAS = "insert into action_extras (action, payment, extras)
        select id, payment, $2 from actions where public_id = $1";
    SETTLE_ACTION = "update actions set status = $2, response_code = $3, acquirer_reference = $4, ask_at = null,
        settled_at = $5, decline = $6, counted_card = null where id = $1 and status = 'pending'";
    CHALLENGE = "update actions set challenge = $2, ask_at = $3 where id = $1 and status = 'pending'";
    CHALLENGED = "select public_id, challenge from actions
        where payment = $1 and kind = 'authorize' and status = 'pending' and challenge is not null";
    // What is due sooner is not written; and no index is to find what is due later.
    ASK_BY = "update actions set ask_at = $2
        where public_id = $1 and status = 'pending' and coalesce(ask_at, 0) > $2";
    ASK_LATER = "update actions set ask_at = $2, asked = asked + 1 where id = $1 and status = 'pending'";
    ACTIONS = Action::SELECT, "where payment = $1 order by payment, id";
    BEFORE = Action::SELECT, "where payment = $1 and id < $2 order by payment desc, id desc limit $3";
    LAST_AUTHORIZATION = Action::SELECT, "where payment = $1 and kind = 'authorize' order by id desc limit 1";
    ACTION = Action::SELECT, "where public_id = $1";
    ATTEMPT = Action::SELECT, "where payment = $1 and attempt = $2";
    // What never reached the acquirer was no attempt of the buyer's.
    TRIED = "select cast(count(*) as bigint) from actions where payment = $1 and kind = 'authorize'
        and not (status = 'declined' and response_code is null)";
    SO_FAR = "select cast(count(*) as bigint), cast(coalesce(sum(octet_length(coalesce(reason, ''))
        + octet_length(coalesce(details, '')) + octet_length(coalesce(reference, ''))
        + octet_length(coalesce(metadata, ''))
        + coalesce((select octet_length(extras) from action_extras where action = actions.id), 0)), 0) as bigint)
        from actions where payment = $1";
    NOTE_CARD = "update actions set counted_card = $2 where public_id = $1";
    RELEASED_BY = "select acquirer_reference from actions
        where payment = $1 and kind in ('capture', 'refund') and status = 'succeeded' and is_final = 1 limit 1";
    KEYS = "select id from actions where id >= $1 order by id limit 500";
    ONE = Action::SELECT, "where id = $1";
    AUTHORIZATION = "select acquirer_reference from actions
        where payment = $1 and kind = 'authorize' and status = 'succeeded'";
}

db::row! {
    Action from "actions" {
        key: "id", payment, id: "public_id", kind, status, amount, reason, details, reference, metadata,
        extras: "(select extras from action_extras where action = actions.id)", is_final, response_code, decline, acquirer_reference,
        was_challenged: "cast(case when challenge is null then 0 else 1 end as bigint)", settled_at, inquiries: "asked", created_at,
    }
}

pub(crate) const CHECKED: Kind = Kind {
    name: "action",
    keys: &KEYS,
    look: |tx, _, key, found| found.read(tx.optional::<Action>(&ONE, &[key.into()])).map(|_| ()),
};

/// What is written of a new action.
pub(crate) struct NewAction<'a> {
    pub(crate) id: ActionId,
    pub(crate) kind: ActionKind,
    pub(crate) amount: i64,
    /// The buyer's one-time form.
    pub(crate) attempt: Option<&'a [u8; 16]>,
    pub(crate) reason: Option<&'a str>,
    pub(crate) details: Option<&'a str>,
    /// The client's own reference and keys of the operation.
    pub(crate) reference: Option<&'a str>,
    pub(crate) metadata: Option<&'a str>,
    /// JSON that only the API that sent it reads.
    pub(crate) extras: Option<&'a str>,
    /// Whether a capture or a refund releases what it leaves open.
    pub(crate) is_final: bool,
    /// Set for an action that another one's operation carried out with it.
    pub(crate) done_with: Option<&'a str>,
}

impl NewAction<'_> {
    /// An action of which nobody says anything.
    pub(crate) const fn plain(id: ActionId, kind: ActionKind, amount: i64) -> Self {
        Self {
            id,
            kind,
            amount,
            attempt: None,
            reason: None,
            details: None,
            reference: None,
            metadata: None,
            extras: None,
            is_final: true,
            done_with: None,
        }
    }

    /// How many bytes the client says, and which field has the most of them.
    fn words(&self) -> (usize, Field) {
        let said = [
            (Field::Details, self.details),
            (Field::Extras, self.extras),
            (Field::Metadata, self.metadata),
            (Field::Reason, self.reason),
            (Field::Reference, self.reference),
        ];
        let said = said.map(|(field, text)| (text.map_or(0, str::len), field));
        let longest = said.into_iter().max_by_key(|(bytes, _)| *bytes);
        (said.iter().map(|(bytes, _)| bytes).sum(), longest.map_or(Field::Reference, |(_, field)| field))
    }
}

/// Writes what is to be done with an authorized payment, of which so much is left. The acquirer's reference of the
/// authorization.
///
/// # Errors
/// [`Error::State`] for a part of a payment with 1,000 actions, [`Error::Invalid`] where more would be said of the
/// payment's operations than there is room for.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    payment: &Payment,
    new: &NewAction<'_>,
    left: i64,
    drawn: &Drawn,
) -> Result<String, Error> {
    let (words, longest) = new.words();
    if new.amount < left || words > 0 {
        let (count, said) = tx.one::<(i64, i64)>(&SO_FAR, &[payment.key.into()])?;
        if new.amount < left && count >= PARTS_MAX {
            return Err(Error::payment(PaymentIs::ChangedTooOften, PaymentWanted::FinishedWithTheRest));
        }
        if words > room_beside(said) {
            let why = "is more than there is room for beside what was said of the payment's other operations";
            return Err(Error::invalid(longest, why));
        }
    }
    let authorization = tx.optional(&AUTHORIZATION, &[payment.key.into()])?;
    insert(tx, payment, new, drawn)?;
    authorization.ok_or_else(|| Error::Internal("an approved payment has no authorization".to_owned()))
}

/// Bytes that can still be said of a payment's operations.
pub(crate) fn room(tx: &mut Tx<'_>, payment: &Payment) -> Result<usize, Error> {
    let (_, said) = tx.one::<(i64, i64)>(&SO_FAR, &[payment.key.into()])?;
    Ok(room_beside(said))
}

fn room_beside(said: i64) -> usize {
    WORDS_MAX.saturating_sub(usize::try_from(said).unwrap_or_default())
}

pub(crate) fn insert(
    tx: &mut Tx<'_>,
    payment: &Payment,
    new: &NewAction<'_>,
    drawn: &Drawn,
) -> Result<(), Error> {
    let status = if new.done_with.is_some() { ActionStatus::Succeeded } else { ActionStatus::Pending };
    let ask_at = new.done_with.is_none().then(|| drawn.now.after(questions::FIRST));
    let settled_at = new.done_with.map(|_| drawn.now);
    tx.send(
        &INSERT_ACTION,
        &[
            payment.key.into(),
            (&new.id).into(),
            new.kind.into(),
            status.into(),
            new.amount.into(),
            new.attempt.into(),
            new.reason.into(),
            new.details.into(),
            new.done_with.into(),
            ask_at.into(),
            drawn.now.into(),
            settled_at.into(),
            new.reference.into(),
            new.metadata.into(),
            new.is_final.into(),
            new.done_with.map(|_| APPROVED).into(),
            payment.scope.merchant.into(),
        ],
    )?;
    if new.extras.is_some() {
        tx.send(&INSERT_EXTRAS, &[(&new.id).into(), new.extras.into()])?;
    }
    Ok(())
}

/// How an action ends.
pub(crate) enum End<'a> {
    /// It was done, and has the acquirer's reference.
    Succeeded { reference: &'a str },
    /// It was refused, with the acquirer's code.
    Declined { decline: Decline, code: &'a str },
    /// The acquirer never got it.
    NeverArrived,
}

/// Settles a pending action. Where somebody else did just now, the unit of work starts over.
pub(crate) fn settle(tx: &mut Tx<'_>, action: &Action, end: &End<'_>, now: Time) -> Result<(), Error> {
    let (status, code, reference, decline) = match *end {
        End::Succeeded { reference } => (ActionStatus::Succeeded, Some(APPROVED), Some(reference), None),
        End::Declined { decline, code } => (ActionStatus::Declined, Some(code), None, Some(decline)),
        End::NeverArrived => (ActionStatus::Declined, None, None, None),
    };
    let values =
        [action.key.into(), status.into(), code.into(), reference.into(), now.into(), decline.into()];
    Ok(tx.change(&SETTLE_ACTION, &values)?)
}

/// Notes where the buyer has to go before the operation goes on.
pub(crate) fn challenge(tx: &mut Tx<'_>, action: &Action, address: &str, ask_at: Time) -> Result<(), Error> {
    tx.send(&CHALLENGE, &[action.key.into(), address.into(), ask_at.into()])?;
    Ok(())
}

/// The attempt that waits for the buyer's bank, and where that is.
pub fn challenged(tx: &mut Tx<'_>, payment: &Payment) -> Result<Option<(ActionId, String)>, Error> {
    Ok(tx.optional(&CHALLENGED, &[payment.key.into()])?)
}

pub(crate) fn ask_later(tx: &mut Tx<'_>, action: &Action, at: Time) -> Result<(), Error> {
    tx.send(&ASK_LATER, &[action.key.into(), at.into()])?;
    Ok(())
}

/// Has a pending operation be asked about by then, if that is not due sooner.
pub(crate) fn ask_by(tx: &mut Tx<'_>, id: ActionId, at: Time) -> Result<(), Error> {
    tx.send(&ASK_BY, &[(&id).into(), at.into()])?;
    Ok(())
}

/// The last attempt to authorize a payment.
pub fn last_authorization(tx: &mut Tx<'_>, payment: &Payment) -> Result<Option<Action>, Error> {
    Ok(tx.optional(&LAST_AUTHORIZATION, &[payment.key.into()])?)
}

/// So many of a payment's ledger, newest first: the newest, or those before another one.
pub fn before(
    tx: &mut Tx<'_>,
    payment: &Payment,
    than: Option<&Action>,
    most: i64,
) -> Result<Vec<Action>, Error> {
    let than = than.map_or(i64::MAX, |action| action.key);
    Ok(tx.all(&BEFORE, &[payment.key.into(), than.into(), most.into()])?)
}

/// A payment's ledger, oldest first.
pub fn of_payment(tx: &mut Tx<'_>, payment: &Payment) -> Result<Vec<Action>, Error> {
    Ok(tx.all(&ACTIONS, &[payment.key.into()])?)
}

/// Reads an action.
pub fn get(tx: &mut Tx<'_>, id: ActionId) -> Result<Action, Error> {
    tx.optional(&ACTION, &[(&id).into()])?.ok_or(Error::NotFound(Missing::Action))
}

pub(crate) fn attempt(
    tx: &mut Tx<'_>,
    payment: &Payment,
    attempt: &[u8; 16],
) -> Result<Option<Action>, Error> {
    Ok(tx.optional(&ATTEMPT, &[payment.key.into(), attempt.into()])?)
}

/// How often somebody tried to pay a payment.
pub(crate) fn tried(tx: &mut Tx<'_>, payment: &Payment) -> Result<i64, Error> {
    Ok(tx.one(&TRIED, &[payment.key.into()])?)
}

/// Notes the code under which the card of a pending attempt is counted.
pub(crate) fn note_card(tx: &mut Tx<'_>, id: ActionId, code: &[u8; 32]) -> Result<(), Error> {
    tx.send(&NOTE_CARD, &[(&id).into(), code.into()])?;
    Ok(())
}

/// The acquirer's reference of a capture or refund that was done and released what was open. Whatever comes open after it,
/// because a capture beside it was refused, is released as well.
pub(crate) fn released_by(tx: &mut Tx<'_>, payment: &Payment) -> Result<Option<String>, Error> {
    Ok(tx.optional(&RELEASED_BY, &[payment.key.into()])?)
}
