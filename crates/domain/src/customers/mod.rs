//! Customers: whom payments and saved cards belong to.

use db::{Row, Tx, Value, statements};

use crate::App;
use crate::caller::Scope;
use crate::error::Error;
use crate::event::{self, Event};
use crate::id::Id;
use crate::instruments;
use crate::link;
use crate::metadata::Metadata;
use crate::text::{Email, Name};
use crate::time::{Drawn, Time};

statements! {
    INSERT = "insert into customers
        (merchant, mode, public_id, sequence, name, first_name, last_name, email, email_folded, metadata, created_at,
         changed_at)
        values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $10) returning id";
    BY_ID = "select id, public_id, sequence, name, first_name, last_name, email, metadata, created_at
        from customers where merchant = $1 and mode = $2 and public_id = $3";
    DELETE = "delete from customers where id = $1";
}

/// A person or company that pays.
#[derive(Debug, Clone)]
pub struct Customer {
    pub(crate) key: i64,
    /// Its public id.
    pub id: Id<Customer>,
    sequence: i64,
    /// Its name.
    pub name: Name,
    /// Its e-mail address; not every API asks for one.
    pub email: Option<Email>,
    /// The merchant's own keys.
    pub metadata: Metadata,
    /// When it was made.
    pub created_at: Time,
}

/// A customer's row, for what is kept as long as the customer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerKey(pub(crate) i64);

impl Customer {
    /// The customer's row.
    pub const fn row_key(&self) -> CustomerKey {
        CustomerKey(self.key)
    }

    /// The address of the customer's own page.
    pub fn page(&self, app: &App, scope: Scope) -> String {
        let link = link::write(app.keys().link(), link::Kind::Customer, scope, self.id);
        format!("{}/customer/{link}", app.public_url())
    }
}

/// Reads the customer that a page's link opens.
pub fn of_link(tx: &mut Tx<'_>, app: &App, text: &str) -> Result<(Scope, Customer), Error> {
    let (scope, id) =
        link::read(app.keys().link(), link::Kind::Customer, text).ok_or(Error::NotFound("page"))?;
    Ok((scope, get(tx, scope, id)?))
}

/// What a customer is made of.
#[derive(Debug, Clone)]
pub struct Create {
    /// Its name.
    pub name: Name,
    /// Its e-mail address.
    pub email: Option<Email>,
    /// The merchant's own keys.
    pub metadata: Metadata,
}

/// Makes a customer.
pub fn create(tx: &mut Tx<'_>, scope: Scope, new: &Create, drawn: &Drawn) -> Result<Customer, Error> {
    let id = Id::new(drawn.now, drawn.object);
    let parts = new.name.sent_parts();
    let folded = new.email.as_ref().map(Email::folded);
    let metadata = new.metadata.json();
    let key = tx.one(
        &INSERT,
        &[
            scope.merchant.into(),
            scope.mode.as_str().into(),
            id.bytes().into(),
            new.name.whole().into(),
            Value::from(parts.map(|(first, _)| first)),
            Value::from(parts.map(|(_, last)| last)),
            Value::from(new.email.as_ref().map(Email::as_str)),
            Value::from(folded.as_deref()),
            (&metadata).into(),
            drawn.now.0.into(),
        ],
        |row| row.int(0),
    )?;
    event::append(tx, scope, Event::CustomerCreated, id, 1, drawn)?;
    let Create { name, email, metadata } = new.clone();
    Ok(Customer { key, id, sequence: 1, name, email, metadata, created_at: drawn.now })
}

/// Reads a customer.
pub fn get(tx: &mut Tx<'_>, scope: Scope, id: Id<Customer>) -> Result<Customer, Error> {
    let values = [scope.merchant.into(), scope.mode.as_str().into(), id.bytes().into()];
    tx.optional(&BY_ID, &values, decode)?.ok_or(Error::NotFound("customer"))
}

/// Deletes a customer and its cards. Its payments stay and forget it; what speaks of it in stored replies goes.
pub fn delete(tx: &mut Tx<'_>, scope: Scope, id: Id<Customer>, drawn: &Drawn) -> Result<(), Error> {
    let customer = get(tx, scope, id)?;
    let fingerprints = instruments::fingerprints_of(tx, &customer)?;
    if tx.execute(&DELETE, &[customer.key.into()])? == 0 {
        return Err(tx.lost_race().into());
    }
    instruments::forget_fingerprints(tx, &fingerprints)?;
    tx.erased();
    event::append(tx, scope, Event::CustomerDeleted, id, customer.sequence + 1, drawn)
}

fn decode(row: &Row<'_>) -> Result<Customer, Error> {
    let parts = row.opt_text(4)?.zip(row.opt_text(5)?);
    Ok(Customer {
        key: row.int(0)?,
        id: Id::from_bytes(row.array(1)?),
        sequence: row.int(2)?,
        name: Name::stored(row.text(3)?, parts),
        email: row.opt_text(6)?.map(Email::stored),
        metadata: Metadata::stored(&row.text(7)?)?,
        created_at: Time(row.int(8)?),
    })
}
