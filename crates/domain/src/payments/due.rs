//! What is due without a request: pages that close, authorizations that lapse, captures whose time has come, and outcomes
//! to be asked for. Merchants take turns, and of each the longest due comes first. What is done with it, this must not know.

use std::collections::HashMap;
use std::fmt::Debug;

use db::{FromRow, Judged, Sql, Tx};

use crate::app::App;
use crate::kernel::caller::{Mode, Scope};
use crate::kernel::error::Error;
use crate::kernel::id::{ActionId, Id};
use crate::kernel::rounds;
use crate::kernel::time::Time;
use crate::payments::Payment;
use crate::turns::{self, ALL_THAT_WAIT, FIRST_IN, NEXT_IN};

/// Things that are worked on at the same time.
const AT_ONCE: usize = 100;
/// Rounds that follow one another at once while there is more to do. Then others have their turn.
const ROUNDS_MAX: usize = 20;

// Each of these is word for word the condition of an index, whose columns are the merchant, the time and the key.
const OPEN_PAGES: &str = "payments where page_expires_at is not null and state in ('pending', 'retryable')
    and authorizing = 0";
const RESERVED: &str = "payments where lapses_at is not null
    and state in ('authorized', 'partially_captured', 'partially_refunded') and authorized > captured + voided
    and raises = 0 and capturing = 0 and voiding = 0";
const TO_BE_CAPTURED: &str = "payments where capture_at is not null
    and state in ('authorized', 'partially_captured', 'partially_refunded') and authorized > captured + voided
    and raises = 0 and capturing = 0 and voiding = 0";
const UNSETTLED: &str = "actions where ask_at is not null and status = 'pending'";

statements! {
    PAGES_WAIT = FIRST_IN, OPEN_PAGES, NEXT_IN, OPEN_PAGES, ALL_THAT_WAIT,
        "and (select min(page_expires_at) from", OPEN_PAGES, "and merchant = w.merchant) <= $1";
    CLOSED_PAGES = "select page_expires_at, id, merchant, mode, public_id from", OPEN_PAGES,
        "and merchant = $1 and page_expires_at <= $2 and (page_expires_at, id) > ($3, $4)
        order by page_expires_at, id limit $5";
    RESERVED_WAIT = FIRST_IN, RESERVED, NEXT_IN, RESERVED, ALL_THAT_WAIT,
        "and (select min(lapses_at) from", RESERVED, "and merchant = w.merchant) <= $1";
    LAPSED = "select lapses_at, id, merchant, mode, public_id from", RESERVED,
        "and merchant = $1 and lapses_at <= $2 and (lapses_at, id) > ($3, $4) order by lapses_at, id limit $5";
    CAPTURES_WAIT = FIRST_IN, TO_BE_CAPTURED, NEXT_IN, TO_BE_CAPTURED, ALL_THAT_WAIT,
        "and (select min(capture_at) from", TO_BE_CAPTURED, "and merchant = w.merchant) <= $1";
    DUE_CAPTURES = "select capture_at, id, merchant, mode, public_id from", TO_BE_CAPTURED,
        "and merchant = $1 and capture_at <= $2 and (capture_at, id) > ($3, $4) order by capture_at, id limit $5";
    UNSETTLED_WAIT = FIRST_IN, UNSETTLED, NEXT_IN, UNSETTLED, ALL_THAT_WAIT,
        "and (select min(ask_at) from", UNSETTLED, "and merchant = w.merchant) <= $1";
    DUE_QUESTIONS = "select ask_at, id, public_id, (select mode from payments where id = payment) from", UNSETTLED,
        "and merchant = $1 and ask_at <= $2 and (ask_at, id) > ($3, $4) order by ask_at, id limit $5";
}

/// What is due of one kind.
pub(crate) struct Queue {
    /// The job that does it, for the log.
    job: &'static str,
    /// The merchants for whom something is due by a time.
    merchants: &'static Sql,
    /// What is due for one of them: since when it is due, its key, and what is read of it.
    of_merchant: &'static Sql,
}

/// A payment without what only a whole row tells: one that cannot be read holds up no other.
pub(crate) type Named = (Scope, Id<Payment>);

/// Unpaid payments whose page has closed: each [`Named`].
pub(crate) const CLOSED: Queue =
    Queue { job: "ending what is overdue", merchants: &PAGES_WAIT, of_merchant: &CLOSED_PAGES };
/// Payments whose authorization lapsed: each [`Named`].
pub(crate) const TO_LAPSE: Queue =
    Queue { job: "ending what is overdue", merchants: &RESERVED_WAIT, of_merchant: &LAPSED };
/// Payments that are to be captured by now: each [`Named`].
pub(crate) const TO_CAPTURE: Queue =
    Queue { job: "capturing what is due", merchants: &CAPTURES_WAIT, of_merchant: &DUE_CAPTURES };

/// An operation that the acquirer is to be asked about, and the mode that tells which acquirer.
pub(crate) type Open = (ActionId, Mode);

/// Operations whose outcome is to be asked for: each [`Open`].
pub(crate) const TO_ASK: Queue =
    Queue { job: "asking for outcomes", merchants: &UNSETTLED_WAIT, of_merchant: &DUE_QUESTIONS };

/// Where a merchant's queue goes on: behind the last thing that was taken up.
type Place = (Time, i64);

/// What is taken up at the same time.
struct Round<T> {
    things: Vec<T>,
    /// The last one of each merchant.
    ends: Vec<(i64, Place)>,
    /// Whether somebody's share was used up, so that there may be more.
    is_full: bool,
}

/// Does what is due: a round, and the next one at once while there is more to do and the server is not busy. What fails is
/// told to the log, passed, and taken up again the next time.
pub(crate) async fn each<T, F>(app: &App, queue: &'static Queue, work: impl Fn(T) -> F) -> Result<(), Error>
where
    T: FromRow + Debug + Copy + Send + 'static,
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    let mut passed = HashMap::new();
    for _ in 0..ROUNDS_MAX {
        let (now, behind) = (app.now(), passed.clone());
        let Round { things, ends, is_full } =
            app.read_to_write(move |tx| take_up(tx, queue, now, &behind)).await?;
        passed.extend(ends);
        let all_were_tried = rounds::each(queue.job, things, &work).await;
        if !is_full || !all_were_tried {
            break;
        }
    }
    Ok(())
}

fn take_up<T: FromRow>(
    tx: &mut Tx<'_>,
    queue: &Queue,
    now: Time,
    passed: &HashMap<i64, Place>,
) -> Result<Round<T>, Error> {
    let (merchants, each) = turns::share_out(tx.all(queue.merchants, &[now.into()])?, AT_ONCE, now);
    let mut round = Round { things: Vec::new(), ends: Vec::new(), is_full: false };
    for merchant in merchants {
        let (at, key) = passed.get(&merchant).copied().unwrap_or((Time(i64::MIN), i64::MIN));
        let most = each as i64;
        let due: Vec<(Time, i64, Judged<T>)> =
            tx.all(queue.of_merchant, &[merchant.into(), now.into(), at.into(), key.into(), most.into()])?;
        round.is_full |= due.len() == each;
        round.ends.extend(due.last().map(|(at, key, _)| (merchant, (*at, *key))));
        for (_, row, Judged(thing)) in due {
            match thing {
                Ok(thing) => round.things.push(thing),
                Err(error) => {
                    let job = queue.job;
                    tracing::error!(job, merchant, row, %error, "a job goes on without a row that is damaged");
                }
            }
        }
    }
    Ok(round)
}
