//! Tokens: cards that were handed in for one use. A browser gets one with a public key; a server pays with it or saves
//! its card, once and soon.
//!
//! The security code that came with a token is kept in memory alone, by the server that made the token: it never
//! reaches a disk, so elsewhere, or after a restart, the token goes without it.

use std::time::Duration;

use db::Tx;
use vault::{CardNumber, Place, SecurityCode};

pub use crate::kernel::codes::{LIFE, SHARE, SHARE_OF_ADDRESS};
pub use crate::kernel::rate::A_MINUTE;

use crate::app::App;
use crate::checked::{Found, Kind};
use crate::kernel::caller::{ClientAddress, Scope};
use crate::kernel::card::{CardFace, Expiry};
use crate::kernel::error::{Error, Missing, TokenIs, WrongState};
use crate::kernel::id::Id;
use crate::kernel::time::{Drawn, Time};
use crate::kernel::unseal;
use crate::keys::MerchantKeys;
use crate::records::overdue;

/// How long after it was made it is known what became of a token. Whoever has a public key can make tokens, so they do
/// not stay long.
const MEMORY: Duration = Duration::from_secs(24 * 60 * 60);
/// Digits of a number of which the card brands let the first eight be shown, and not six.
const LONG: usize = 16;
const TO_EMPTY: &str =
    "select id from tokens where sealed is not null and expires_at <= $1 order by expires_at limit";
const TO_FORGET: &str = "select id from tokens where created_at <= $1 order by created_at limit";

statements! {
    INSERT = "insert into tokens
        (merchant, mode, public_id, sealed, holder, wallet, brand, first_six, last_four, expiry_year, expiry_month,
         expires_at, created_at, first_eight)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    BY_ID = Token::SELECT, "where merchant = $1 and mode = $2 and public_id = $3";
    SPEND = "update tokens set sealed = null, holder = null, used_at = $2 where id = $1 and sealed is not null";
    FIRST_TO_EMPTY = TO_EMPTY, "1";
    EMPTY = "update tokens set sealed = null, holder = null where id in (", TO_EMPTY, "$2)";
    FIRST_TO_FORGET = TO_FORGET, "1";
    FORGET = "delete from tokens where id in (", TO_FORGET, "$2)";
    KEYS = "select id from tokens where id >= $1 order by id limit 500";
    ONE = Token::SELECT, "where id = $1";
    SCOPE_OF = "select merchant, mode from tokens where id = $1";
}

/// A token. No `Debug`, for its sealed number.
#[derive(Clone)]
pub struct Token {
    key: i64,
    sealed: Option<Vec<u8>>,
    /// Its public id.
    pub id: Id<Token>,
    /// The card's brand and last four digits.
    pub face: CardFace,
    /// The card's first six digits.
    pub first_six: String,
    /// Its first eight, where the number is so long that they may be shown beside the last four.
    pub first_eight: Option<String>,
    /// The card's last month.
    pub expiry: Expiry,
    /// What the API that made it knows of the card's holder: JSON that nobody else reads.
    pub holder: Option<String>,
    /// The wallet that the card came out of.
    pub wallet: Option<String>,
    /// When it was used.
    pub used_at: Option<Time>,
    /// When it can be used no more.
    pub expires_at: Time,
}

db::row! {
    Token from "tokens" {
        key: "id", sealed, id: "public_id", face: "brand, last_four", first_six, first_eight,
        expiry: "expiry_year, expiry_month", holder, wallet, used_at, expires_at,
    }
}

pub(crate) const CHECKED: Kind = Kind { name: "token", keys: &KEYS, look };

fn look(tx: &mut Tx<'_>, app: &App, key: i64, found: &mut Found) -> Result<(), Error> {
    let token = found.read(tx.optional::<Token>(&ONE, &[key.into()]))?;
    let scope = found.read(tx.optional::<Scope>(&SCOPE_OF, &[key.into()]))?;
    let (Some(token), Some(scope)) = (token, scope) else { return Ok(()) };
    if let Some(sealed) = &token.sealed
        && let Some(keys) = found.keys(tx, app, scope.merchant)?
        && unseal::open_card(&keys.cards, &place(scope, token.id.bytes()), sealed).is_err()
    {
        found.say("its sealed number was altered");
    }
    Ok(())
}

/// A card on its way into a token, sealed already.
#[derive(Clone)]
pub struct NewToken {
    id: Id<Token>,
    sealed: Vec<u8>,
    face: CardFace,
    first_six: String,
    first_eight: Option<String>,
    expiry: Expiry,
    holder: Option<String>,
    wallet: Option<String>,
}

impl NewToken {
    /// Seals a number for the token that `drawn` gives an id.
    pub fn seal(
        keys: &MerchantKeys,
        scope: Scope,
        number: &CardNumber,
        expiry: Expiry,
        drawn: &Drawn,
    ) -> Self {
        let id = Id::new(drawn.now, drawn.object);
        Self {
            id,
            sealed: vault::seal_card(&keys.cards, &place(scope, id.bytes()), drawn.nonce, number),
            face: CardFace::of(number),
            first_six: number.expose()[..6].to_owned(),
            first_eight: (number.expose().len() >= LONG).then(|| number.expose()[..8].to_owned()),
            expiry,
            holder: None,
            wallet: None,
        }
    }

    /// The id that its token will have.
    pub const fn id(&self) -> Id<Token> {
        self.id
    }

    /// The same card with what is known of its holder, and of the wallet that it came out of.
    pub fn with(self, holder: Option<String>, wallet: Option<String>) -> Self {
        Self { holder, wallet, ..self }
    }
}

/// Makes a token. Its security code takes its place in memory before the token is written; where the token is not made
/// after all, the caller has the code forgotten. `from` is whoever handed the card in, where anybody can.
///
/// # Errors
/// [`Error::Unsupported`] in a mode without an acquirer, [`Error::Busy`] where there is no place for the code.
pub fn create(
    tx: &mut Tx<'_>,
    app: &App,
    scope: Scope,
    card: &NewToken,
    code: Option<&SecurityCode>,
    from: Option<ClientAddress>,
    drawn: &Drawn,
) -> Result<Token, Error> {
    app.acquirer(scope.mode)?;
    if let Some(code) = code {
        app.codes().keep(scope, card.id, code.clone(), from, drawn.now)?;
    }
    let expires_at = drawn.now.after(LIFE);
    tx.send(
        &INSERT,
        &[
            scope.merchant.into(),
            scope.mode.into(),
            (&card.id).into(),
            (&card.sealed).into(),
            card.holder.as_ref().into(),
            card.wallet.as_ref().into(),
            (&card.face.brand).into(),
            (&card.first_six).into(),
            (&card.face.last_four).into(),
            card.expiry.year.into(),
            card.expiry.month.into(),
            expires_at.into(),
            drawn.now.into(),
            card.first_eight.as_ref().into(),
        ],
    )?;
    get(tx, scope, card.id)
}

/// Reads a token, used or not.
pub fn get(tx: &mut Tx<'_>, scope: Scope, id: Id<Token>) -> Result<Token, Error> {
    let values = [scope.merchant.into(), scope.mode.into(), (&id).into()];
    tx.optional(&BY_ID, &values)?.ok_or(Error::NotFound(Missing::Token))
}

/// Uses a token up, and opens its number.
///
/// # Errors
/// [`Error::NotFound`] for no token, [`Error::State`] for one that was used or whose time is over.
pub fn spend(
    tx: &mut Tx<'_>,
    keys: &MerchantKeys,
    scope: Scope,
    id: Id<Token>,
    now: Time,
) -> Result<(Token, CardNumber), Error> {
    let token = get(tx, scope, id)?;
    if token.used_at.is_some() {
        return Err(cannot(TokenIs::Used));
    }
    let sealed =
        token.sealed.as_ref().filter(|_| token.expires_at > now).ok_or_else(|| cannot(TokenIs::Expired))?;
    let number = unseal::open_card(&keys.cards, &place(scope, id.bytes()), sealed)?;
    if tx.execute(&SPEND, &[token.key.into(), now.into()])? == 0 {
        // Somebody used it in between.
        return Err(cannot(TokenIs::Used));
    }
    tx.erased();
    Ok((token, number))
}

const fn cannot(is: TokenIs) -> Error {
    Error::State(WrongState::Token(is))
}

/// Whether [`sweep`] would find anything.
pub fn is_anything_over(tx: &mut Tx<'_>, now: Time) -> Result<bool, Error> {
    Ok(overdue::is_any(tx, &FIRST_TO_EMPTY, now)?
        || overdue::is_any(tx, &FIRST_TO_FORGET, now.before(MEMORY))?)
}

/// Empties the tokens whose time is over, and forgets those that nobody asks about any more, oldest first, a batch at a
/// time.
pub fn sweep(tx: &mut Tx<'_>, now: Time) -> Result<(), Error> {
    overdue::end(tx, &EMPTY, now)?;
    overdue::end(tx, &FORGET, now.before(MEMORY))?;
    tx.erased();
    Ok(())
}

fn place(scope: Scope, row: &[u8]) -> Place<'_> {
    Place { column: "tokens.sealed", merchant: scope.merchant, mode: scope.mode.as_str(), row }
}
