//! Idempotency keys: claimed in the transaction of the effect, answered in the same commit.
//!
//! A key belongs to a merchant, a mode, an API, a method and a path. Only a reply that tells of an effect is kept;
//! an error rolls the claim back, or [`Ticket::release`]s it. A reply goes with the customer it speaks of, and leaves its
//! key behind: the effect is not had a second time.

use std::time::Duration;

use data_encoding::HEXLOWER;
use db::{Tx, Value};
use vault::Place;

use crate::checked::Kind;
use crate::kernel::caller::{Caller, Scope};
use crate::kernel::error::Error;
use crate::kernel::id::{ActionId, CustomerKey, InstrumentKey};
use crate::kernel::time::{Drawn, Time};
use crate::kernel::unseal;
use crate::records::overdue;

/// How long a key is remembered.
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// Keys whose time is over.
const OVERDUE: &str = "select id from idempotency_keys where expires_at <= $1 order by expires_at limit";

const EMPTY_REPLY: &str = "update idempotency_keys set reply = null, customer = null, instrument = null";

statements! {
    CLAIM = "insert into idempotency_keys (merchant, mode, api, method, path, key, body_mac, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (merchant, mode, api, method, path, key) do update
        set body_mac = excluded.body_mac, action = null, customer = null, instrument = null, reply = null,
            created_at = excluded.created_at, expires_at = excluded.expires_at
        where idempotency_keys.expires_at <= excluded.created_at
            or (cast($10 as bigint) = 1 and idempotency_keys.action is null
                and (idempotency_keys.reply is null
                    or (select deleted_at from customers c where c.id = idempotency_keys.customer) is not null))
        returning id";
    // A reply goes with the customer whom it speaks of, and who has the card that it speaks of.
    FIND = "select i.id, i.body_mac, case when c.deleted_at is not null or o.deleted_at is not null
            or (n.deleted_at is not null and i.customer <> n.customer) then null else i.reply end, a.public_id,
        cast(case when a.status = 'pending' and a.challenge is null then 1 else 0 end as bigint)
        from idempotency_keys i left join actions a on a.id = i.action left join customers c on c.id = i.customer
        left join instruments n on n.id = i.instrument left join customers o on o.id = n.customer
        where i.merchant = $1 and i.mode = $2 and i.api = $3 and i.method = $4 and i.path = $5 and i.key = $6";
    TAKEN = "select body_mac from idempotency_keys
        where merchant = $1 and mode = $2 and api = $3 and method = $4 and path = $5 and key = $6 and expires_at > $7
            and (cast($8 as bigint) = 0 or action is not null or (reply is not null
                and (select deleted_at from customers c where c.id = idempotency_keys.customer) is null))";
    BIND = "update idempotency_keys set action = (select id from actions where public_id = $2) where id = $1";
    ANSWER = "update idempotency_keys set reply = $2, customer = $3, instrument = $4 where id = $1";
    CARD = "select id from instruments where merchant = $1 and mode = $2 and public_id = $3
        and deleted_at is null";
    EMPTY = EMPTY_REPLY, "where customer = $1 and id <= $2";
    // The card was another customer's when it was spoken of, and is this one's now.
    EMPTY_OTHERS = EMPTY_REPLY, "where instrument = $1 and customer <> $2 and id <= $3";
    // What was said of it while it was nobody's goes with its customer.
    LET_GO = "update idempotency_keys set customer = coalesce(customer, $2), instrument = null
        where instrument = $1 and id <= $3";
    RELEASE = "delete from idempotency_keys where id = $1";
    OVER = OVERDUE, "1";
    FORGET = "delete from idempotency_keys where id in (", OVERDUE, "$2)";
    KEYS = "select id from idempotency_keys where id >= $1 order by id limit 500";
    ONE = "select merchant, mode, api, method, path, key, body_mac, reply, created_at, expires_at from idempotency_keys
        where id = $1";
}

/// A key's row: what tells it from all others, and what is kept of it. A reply opens only with the key as the client sends it.
type Stored = (Scope, (String, String, String, String), [u8; 32], Option<Vec<u8>>, Time, Time);

pub(crate) const CHECKED: Kind = Kind {
    name: "idempotency key",
    keys: &KEYS,
    look: |tx, _, key, found| found.read(tx.optional::<Stored>(&ONE, &[key.into()])).map(|_| ()),
};

/// A request that a key may stand for.
#[derive(Clone)]
pub struct Request {
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the API's base.
    pub path: String,
    /// The key that the client sent, 1 to 255 visible ASCII characters, with whatever else the API makes part of it; none
    /// is a request that stands alone.
    pub key: Option<String>,
    /// [`Caller::body_mac`] of the body.
    pub body_mac: [u8; 32],
    /// Whether the key is free again once the customer is deleted whom its reply speaks of.
    pub is_about_customer: bool,
}

impl Request {
    /// A request whose whole effect is a customer, and is gone when the customer is. Any other effect stays, and so does its
    /// key.
    #[must_use]
    pub fn about_customer(self) -> Self {
        Self { is_about_customer: true, ..self }
    }

    /// The key as it is stored: under a code, because a client may put anything into it, a card number too.
    fn key_code(&self, caller: &Caller) -> Option<String> {
        let code = vault::mac(&caller.keys.bodies, &[b"idempotency key", self.key.as_ref()?.as_bytes()]);
        Some(HEXLOWER.encode(&code))
    }
}

/// A reply as it goes out, and comes again byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The content type; empty where there is no body.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Whom a reply speaks of, and goes with: a customer, and whoever has a card when it is erased.
#[derive(Clone, Copy)]
pub struct About {
    pub(crate) customer: Option<CustomerKey>,
    /// The card's public id.
    pub(crate) card: Option<[u8; 16]>,
}

impl About {
    /// A reply that tells of no person.
    pub const NOBODY: Self = Self { customer: None, card: None };
}

/// What a request's key says.
pub enum Claim {
    /// Nobody used it: go on, and answer through the ticket.
    First(Ticket),
    /// It was answered: say the same again.
    Replay(Reply),
    /// Its operation was settled by somebody who could not write the reply: encode it now.
    Settled(Ticket, ActionId),
}

/// The right to answer a key.
#[derive(Clone)]
pub struct Ticket {
    /// None when the request has no key.
    row: Option<i64>,
    caller: Caller,
    request: Request,
}

/// Claims the key of a request within the transaction of its effect.
///
/// # Errors
/// [`Error::KeyReused`] when the key came with another body, [`Error::KeySpent`] when its reply went with a customer,
/// [`Error::InFlight`] when its operation is under way.
pub fn claim(tx: &mut Tx<'_>, caller: &Caller, request: &Request, now: Time) -> Result<Claim, Error> {
    let ticket = |row| Ticket { row, caller: caller.clone(), request: request.clone() };
    let Some(key) = request.key_code(caller) else { return Ok(Claim::First(ticket(None))) };
    let named = named(caller, request, &key);
    let mut values = named.to_vec();
    let is_about_customer = request.is_about_customer.into();
    values.extend::<[Value<'_>; 4]>([
        (&request.body_mac).into(),
        now.into(),
        now.after(LIFE).into(),
        is_about_customer,
    ]);
    if let Some(row) = tx.optional(&CLAIM, &values)? {
        return Ok(Claim::First(ticket(Some(row))));
    }
    type Known = (i64, [u8; 32], Option<Vec<u8>>, Option<ActionId>, bool);
    let found: Option<Known> = tx.optional(&FIND, &named)?;
    // The row that stood in the way may be gone by now; then the request starts over.
    let Some((row, body_mac, reply, action, is_under_way)) = found else { return Err(tx.lost_race().into()) };
    if body_mac != request.body_mac {
        return Err(Error::KeyReused);
    }
    let ticket = ticket(Some(row));
    match (reply, action) {
        (Some(sealed), _) => ticket.open(&sealed).map(Claim::Replay),
        (None, Some(_)) if is_under_way => Err(Error::InFlight),
        (None, Some(action)) => Ok(Claim::Settled(ticket, action)),
        // A key and its reply are one commit, so the reply was erased.
        (None, None) => Err(Error::KeySpent),
    }
}

/// Looks at the key of a request without claiming it, for an API that speaks of a used key before it speaks of what is
/// wrong with the request.
///
/// # Errors
/// [`Error::KeyReused`] when the key came with another body.
pub fn check(tx: &mut Tx<'_>, caller: &Caller, request: &Request, now: Time) -> Result<(), Error> {
    let Some(key) = request.key_code(caller) else { return Ok(()) };
    let mut values = named(caller, request, &key).to_vec();
    values.extend::<[Value<'_>; 2]>([now.into(), request.is_about_customer.into()]);
    match tx.optional::<[u8; 32]>(&TAKEN, &values)? {
        Some(body_mac) if body_mac != request.body_mac => Err(Error::KeyReused),
        Some(_) | None => Ok(()),
    }
}

/// What tells a key from all others.
fn named<'a>(caller: &'a Caller, request: &'a Request, key: &'a str) -> [Value<'a>; 6] {
    [
        caller.scope.merchant.into(),
        caller.scope.mode.into(),
        caller.api.into(),
        request.method.into(),
        (&request.path).into(),
        key.into(),
    ]
}

impl Ticket {
    /// Remembers the operation that the request began, for when the reply cannot be written.
    pub fn bind(&self, tx: &mut Tx<'_>, action: ActionId) -> Result<(), Error> {
        if let Some(row) = self.row {
            tx.send(&BIND, &[row.into(), (&action).into()])?;
        }
        Ok(())
    }

    /// Stores the reply and hands it on. It goes with whom it speaks of; its key stays.
    pub fn answer(&self, tx: &mut Tx<'_>, reply: Reply, about: About, drawn: &Drawn) -> Result<Reply, Error> {
        if let Some(row) = self.row {
            let mut plain = Vec::with_capacity(reply.body.len() + reply.content_type.len() + 3);
            plain.extend_from_slice(&reply.status.to_be_bytes());
            plain.push(u8::try_from(reply.content_type.len()).expect("content types are short"));
            plain.extend_from_slice(reply.content_type.as_bytes());
            plain.extend_from_slice(&reply.body);
            let name = self.name();
            let sealed = vault::seal(&self.caller.keys.replies, &self.place(&name), drawn.nonce, &plain);
            let card = about.card.map(|id| self.row_of_card(tx, id)).transpose()?;
            tx.send(&ANSWER, &[row.into(), (&sealed).into(), about.customer.into(), card.into()])?;
        }
        Ok(reply)
    }

    /// The card may be erased with its customer by now. The reply was made before that and must not be kept, so the unit of
    /// work begins anew.
    fn row_of_card(&self, tx: &mut Tx<'_>, id: [u8; 16]) -> Result<i64, Error> {
        let scope = self.caller.scope;
        let named = [scope.merchant.into(), scope.mode.into(), (&id).into()];
        let row = tx.optional(&CARD, &named)?;
        Ok(row.ok_or_else(|| tx.lost_race())?)
    }

    /// Gives the key back: the request had no effect.
    pub fn release(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        if let Some(row) = self.row {
            tx.send(&RELEASE, &[row.into()])?;
        }
        Ok(())
    }

    fn open(&self, sealed: &[u8]) -> Result<Reply, Error> {
        let torn = || Error::Internal("a stored reply is torn".to_owned());
        let name = self.name();
        let plain = unseal::open(&self.caller.keys.replies, &self.place(&name), sealed)?;
        let (status, rest) = plain.split_first_chunk::<2>().ok_or_else(torn)?;
        let (&length, rest) = rest.split_first().ok_or_else(torn)?;
        let (content_type, body) = rest.split_at_checked(usize::from(length)).ok_or_else(torn)?;
        Ok(Reply {
            status: u16::from_be_bytes(*status),
            content_type: String::from_utf8_lossy(content_type).into_owned(),
            body: body.to_vec(),
        })
    }

    /// What names the row for good, for the seal.
    fn name(&self) -> Vec<u8> {
        let Request { method, path, key, .. } = &self.request;
        [self.caller.api, method, path, key.as_deref().unwrap_or_default()].join("\n").into_bytes()
    }

    fn place<'a>(&self, name: &'a [u8]) -> Place<'a> {
        let scope = self.caller.scope;
        Place {
            column: "idempotency_keys.reply",
            merchant: scope.merchant,
            mode: scope.mode.as_str(),
            row: name,
        }
    }
}

/// Erases the replies up to a row key that go with a deleted customer, and keeps their keys. Asked again, the key of an operation
/// that moved money tells of it as it is then, and any other says that it was used; nothing is done a second time.
pub(crate) fn erase_replies(tx: &mut Tx<'_>, customer: CustomerKey, last: i64) -> Result<(), Error> {
    tx.send(&EMPTY, &[customer.into(), last.into()])?;
    Ok(())
}

/// Has the replies up to a row key that speak of a deleted card go with its customer.
pub(crate) fn forget_card(
    tx: &mut Tx<'_>,
    card: InstrumentKey,
    customer: Option<CustomerKey>,
    last: i64,
) -> Result<(), Error> {
    let named = [card.into(), customer.into(), last.into()];
    tx.send(&EMPTY_OTHERS, &named)?;
    tx.send(&LET_GO, &named)?;
    Ok(())
}

/// Whether [`forget`] would find anything.
pub fn is_anything_over(tx: &mut Tx<'_>, now: Time) -> Result<bool, Error> {
    overdue::is_any(tx, &OVER, now)
}

/// Forgets keys whose time is over, oldest first, a batch at a time.
pub fn forget(tx: &mut Tx<'_>, now: Time) -> Result<(), Error> {
    overdue::end(tx, &FORGET, now)
}
