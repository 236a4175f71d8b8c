//! Tokens: cards that were handed in for one use. A browser gets one with a public key; a server pays with it or saves
//! its card, once and soon.
//!
//! The security code that came with a token is kept in memory alone, by the server that made the token: it never
//! reaches a disk, so elsewhere, or after a restart, the token goes without it.

mod codes;
mod rate;

use std::time::Duration;

use db::{Row, Tx, Value, statements};
use vault::{CardNumber, Place, SecurityCode};

pub use codes::{Codes, SHARE, SHARE_OF_ADDRESS};
pub use rate::{A_MINUTE, Rate};

use crate::App;
use crate::kernel::caller::{ClientAddress, Scope};
use crate::kernel::card::{CardFace, Expiry};
use crate::kernel::error::{Error, Missing, TokenIs, WrongState};
use crate::kernel::id::Id;
use crate::kernel::opening;
use crate::kernel::time::{Drawn, Time};
use crate::records::keys::MerchantKeys;

/// How long a token can be used.
pub const LIFE: Duration = Duration::from_secs(15 * 60);
/// How long after it was made it is known what became of a token. Whoever has a public key can make tokens, so they do
/// not stay long.
const MEMORY: Duration = Duration::from_secs(24 * 60 * 60);
/// Tokens emptied and tokens forgotten in one commit, so that a sweep never holds others up.
const SWEEP_MAX: i64 = 500;

macro_rules! columns {
    () => {
        "id, public_id, sealed, holder, wallet, brand, first_six, last_four, expiry_year, expiry_month, used_at,
         expires_at from tokens"
    };
}

statements! {
    INSERT = "insert into tokens
        (merchant, mode, public_id, sealed, holder, wallet, brand, first_six, last_four, expiry_year, expiry_month,
         expires_at, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    BY_ID = concat!("select ", columns!(), " where merchant = $1 and mode = $2 and public_id = $3");
    SPEND = "update tokens set sealed = null, holder = null, used_at = $2 where id = $1 and sealed is not null";
    TO_EMPTY = "select id from tokens where sealed is not null and expires_at <= $1 order by expires_at limit 1";
    EMPTY = "update tokens set sealed = null, holder = null where id in
        (select id from tokens where sealed is not null and expires_at <= $1 order by expires_at limit $2)";
    TO_FORGET = "select id from tokens where created_at <= $1 order by created_at limit 1";
    FORGET = "delete from tokens where id in
        (select id from tokens where created_at <= $1 order by created_at limit $2)";
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

/// A card on its way into a token, sealed already.
#[derive(Clone)]
pub struct Card {
    id: Id<Token>,
    sealed: Vec<u8>,
    face: CardFace,
    first_six: String,
    expiry: Expiry,
    holder: Option<String>,
    wallet: Option<String>,
}

impl Card {
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
    card: &Card,
    code: Option<&SecurityCode>,
    from: Option<ClientAddress>,
    drawn: &Drawn,
) -> Result<Token, Error> {
    app.acquirer(scope.mode)?;
    if let Some(code) = code {
        app.codes().keep(scope, card.id, code.clone(), from, drawn.now)?;
    }
    let expires_at = drawn.now.after(LIFE);
    tx.execute(
        &INSERT,
        &[
            scope.merchant.into(),
            scope.mode.as_str().into(),
            card.id.bytes().into(),
            (&card.sealed).into(),
            Value::from(card.holder.as_ref()),
            Value::from(card.wallet.as_ref()),
            (&card.face.brand).into(),
            (&card.first_six).into(),
            (&card.face.last_four).into(),
            i64::from(card.expiry.year).into(),
            i64::from(card.expiry.month).into(),
            expires_at.0.into(),
            drawn.now.0.into(),
        ],
    )?;
    get(tx, scope, card.id)
}

/// Reads a token, used or not.
pub fn get(tx: &mut Tx<'_>, scope: Scope, id: Id<Token>) -> Result<Token, Error> {
    let values = [scope.merchant.into(), scope.mode.as_str().into(), id.bytes().into()];
    tx.optional(&BY_ID, &values, read)?.ok_or(Error::NotFound(Missing::Token))
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
    let number = opening::open_card(&keys.cards, &place(scope, id.bytes()), sealed)?;
    if tx.execute(&SPEND, &[token.key.into(), now.0.into()])? == 0 {
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
    let past = now.before(MEMORY);
    let over = tx.optional(&TO_EMPTY, &[now.0.into()], |row| row.int(0))?.is_some();
    Ok(over || tx.optional(&TO_FORGET, &[past.0.into()], |row| row.int(0))?.is_some())
}

/// Empties the tokens whose time is over, and forgets those that nobody asks about any more, oldest first, a batch at a
/// time.
pub fn sweep(tx: &mut Tx<'_>, now: Time) -> Result<(), Error> {
    tx.execute(&EMPTY, &[now.0.into(), SWEEP_MAX.into()])?;
    tx.execute(&FORGET, &[now.before(MEMORY).0.into(), SWEEP_MAX.into()])?;
    tx.erased();
    Ok(())
}

impl App {
    /// The security codes of the tokens that this server made.
    pub const fn codes(&self) -> &Codes {
        &self.codes
    }

    /// How many tokens are asked for.
    pub const fn token_rate(&self) -> &Rate {
        &self.token_rate
    }
}

fn place(scope: Scope, row: &[u8]) -> Place<'_> {
    Place { column: "tokens.sealed", merchant: scope.merchant, mode: scope.mode.as_str(), row }
}

fn read(row: &Row<'_>) -> Result<Token, Error> {
    let wrong = |_| Error::Internal("a stored token has no such date".to_owned());
    Ok(Token {
        key: row.int(0)?,
        id: Id::from_bytes(row.array(1)?),
        sealed: row.opt_bytes(2)?,
        holder: row.opt_text(3)?,
        wallet: row.opt_text(4)?,
        face: CardFace { brand: row.text(5)?, last_four: row.text(7)? },
        first_six: row.text(6)?,
        expiry: Expiry {
            year: i16::try_from(row.int(8)?).map_err(wrong)?,
            month: i8::try_from(row.int(9)?).map_err(wrong)?,
        },
        used_at: row.opt_int(10)?.map(Time),
        expires_at: Time(row.int(11)?),
    })
}
