//! Customers: one record for every API, whom payments and saved cards belong to.

mod check;
mod details;
pub mod search;

use db::{FromRow, Row, Tx, Value};

use crate::app::App;
use crate::kernel::caller::{Mode, Scope};
use crate::kernel::error::{Error, Missing, Taken};
use crate::kernel::id::{CustomerKey, Id};
use crate::kernel::link;
use crate::kernel::phone::Phone;
use crate::kernel::text::{Email, Name, fold};
use crate::kernel::time::{Drawn, Time};
use crate::records::event::{self, Event};
use crate::records::idempotency::About;

pub(crate) use check::{CHECKED, STATEMENTS as CHECK_STATEMENTS};
pub use details::{Change, Details, Patch};

/// Customers of one page of a list.
pub const PAGE_MAX: i64 = 100;

// `created_at >= 0` holds for all rows, and is how a list says that it is one: PostgreSQL has its index for no other text.
statements! {
    INSERT = "insert into customers
        (merchant, mode, public_id, sequence, created_at, changed_at, name, first_name, last_name, email,
         email_folded, phone, phone_country_code, phone_number, street, house_number, city, state, zip_code, country,
         currency, tax_number, company_number, metadata)
        values ($1, $2, $3, 1, $4, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
         $22) returning id";
    UPDATE = "update customers set sequence = $3, changed_at = $4, name = $5, first_name = $6, last_name = $7,
        email = $8, email_folded = $9, phone = $10, phone_country_code = $11, phone_number = $12, street = $13,
        house_number = $14, city = $15, state = $16, zip_code = $17, country = $18, currency = $19, tax_number = $20,
        company_number = $21, metadata = $22 where id = $1 and sequence = $2";
    BY_ID = Customer::SELECT, "where merchant = $1 and mode = $2 and public_id = $3
        and deleted_at is null";
    BY_KEY = Customer::SELECT, "where merchant = $1 and mode = $2 and id = $3 and deleted_at is null";
    BY_EMAIL = Customer::SELECT, "where merchant = $1 and mode = $2 and email_folded = $3
        order by id limit 1";
    WITH_EMAIL = Customer::SELECT, "where merchant = $1 and mode = $2 and email_folded = $3
        order by id desc limit $4 offset $5";
    NEWEST = Customer::SELECT, "where merchant = $1 and mode = $2 and id < $3
        and created_at >= 0 and deleted_at is null order by id desc limit $4 offset $5";
    LOCK_EMAIL = "insert into email_locks (merchant, mode, email_folded) values ($1, $2, $3)
        on conflict (merchant, mode, email_folded) do update set email_folded = excluded.email_folded";
    UNLOCK_EMAIL = "delete from email_locks where merchant = $1 and mode = $2 and email_folded = $3";
    TAKEN = "select id from customers where merchant = $1 and mode = $2 and email_folded = $3 and id <> $4
        order by id limit 1";
    DELETE = "update customers set deleted_at = $3, sequence = sequence + 1, name = null, first_name = null,
        last_name = null, email = null, email_folded = null, phone = null, phone_country_code = null,
        phone_number = null, street = null, house_number = null, city = null, state = null, zip_code = null,
        country = null, currency = null, tax_number = null, company_number = null, metadata = '{}'
        where id = $1 and sequence = $2 and deleted_at is null";
    RENEW_LINK = "update customers set link_generation = link_generation + 1 where id = $1";
}

/// A person or company that pays.
#[derive(Debug, Clone)]
pub struct Customer {
    pub(crate) key: i64,
    /// Its public id.
    pub id: Id<Customer>,
    sequence: i64,
    /// How often the link of its page was renewed.
    link_generation: u32,
    /// What is known of it.
    pub details: Details,
    /// When it was made.
    pub created_at: Time,
    /// When it was changed last.
    pub changed_at: Time,
}

db::row! {
    Customer from "customers" {
        key: "id", id: "public_id", sequence, link_generation,
        details: "name, first_name, last_name, email, phone, phone_country_code, phone_number, street, house_number,
            city, state, zip_code, country, currency, tax_number, company_number, metadata",
        created_at, changed_at,
    }
}

/// Whether two customers may have one e-mail address. The APIs differ in this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailRule {
    /// They may.
    Shared,
    /// They may not, in any spelling of upper and lower case.
    Unique,
}

impl Customer {
    /// A reply that tells of this customer.
    pub const fn about(&self) -> About {
        About { customer: Some(self.row_key()), card: None }
    }

    /// The customer's row.
    pub const fn row_key(&self) -> CustomerKey {
        CustomerKey(self.key)
    }

    /// The integer that one API shows as its id.
    pub const fn number(&self) -> i64 {
        self.key
    }

    /// The address of the customer's own page.
    pub fn page(&self, app: &App, scope: Scope) -> String {
        let (key, generation) = (app.keys().link(), self.link_generation);
        let link = link::write(key, link::Kind::Customer, scope, self.id, generation);
        format!("{}/customer/{link}", app.public_url())
    }
}

/// Makes a customer.
///
/// # Errors
/// [`Error::Invalid`] when parts of the details make a card number together, or the e-mail address looks like another.
/// [`Error::Conflict`] when the rule is [`EmailRule::Unique`] and somebody has the e-mail address.
pub fn create(
    tx: &mut Tx<'_>,
    scope: Scope,
    details: &Details,
    rule: EmailRule,
    drawn: &Drawn,
) -> Result<Customer, Error> {
    details.check(None)?;
    check_email(tx, scope, details.email.as_ref(), rule, 0)?;
    let id = Id::new(drawn.now, drawn.object);
    let stored = Stored::of(details);
    let mut values = vec![scope.merchant.into(), scope.mode.into(), (&id).into(), drawn.now.into()];
    values.extend(stored.values(details));
    let key = tx.insert(&INSERT, &values)?;
    event::append(tx, scope, Event::CustomerCreated, id, 1, drawn)?;
    let details = details.clone();
    Ok(Customer {
        key,
        id,
        sequence: 1,
        link_generation: 0,
        details,
        created_at: drawn.now,
        changed_at: drawn.now,
    })
}

/// Finds the oldest customer with the e-mail address of these details, or makes one. Answers whether it is new.
pub fn find_or_create(
    tx: &mut Tx<'_>,
    scope: Scope,
    email: &Email,
    details: &Details,
    drawn: &Drawn,
) -> Result<(Customer, bool), Error> {
    match of_email(tx, scope, email) {
        Err(Error::NotFound(_)) => {}
        found => return Ok((found?, false)),
    }
    match create(tx, scope, details, EmailRule::Unique, drawn) {
        // Somebody else made it in between.
        Err(Error::Conflict(_)) => Ok((of_email(tx, scope, email)?, false)),
        made => Ok((made?, true)),
    }
}

/// Changes a customer; what the change does not name stays, and where nothing differs nothing happened.
///
/// # Errors
/// [`Error::Invalid`] as for [`create`], of what is new.
/// [`Error::Conflict`] when the rule is [`EmailRule::Unique`] and somebody else has the new e-mail address.
pub fn change(
    tx: &mut Tx<'_>,
    scope: Scope,
    customer: &Customer,
    change: &Change,
    rule: EmailRule,
    drawn: &Drawn,
) -> Result<Customer, Error> {
    let mut changed = customer.clone();
    change.apply(&mut changed.details);
    if changed.details == customer.details {
        return Ok(changed);
    }
    changed.details.check(Some(&customer.details))?;
    let folded = |details: &Details| details.email.as_ref().map(Email::folded);
    if folded(&changed.details) != folded(&customer.details) {
        check_email(tx, scope, changed.details.email.as_ref(), rule, customer.key)?;
    }
    changed.sequence += 1;
    changed.changed_at = drawn.now;
    let stored = Stored::of(&changed.details);
    let mut values =
        vec![customer.key.into(), customer.sequence.into(), changed.sequence.into(), drawn.now.into()];
    values.extend(stored.values(&changed.details));
    tx.change(&UPDATE, &values)?;
    if search::differ(&customer.details, &changed.details) {
        search::note(tx, scope, changed.key, changed.sequence, search::Happened::Changed, drawn)?;
    }
    // What the old values left behind goes with the erased ones.
    tx.erased();
    event::append(tx, scope, Event::CustomerUpdated, changed.id, changed.sequence, drawn)?;
    Ok(changed)
}

/// Reads a customer.
pub fn get(tx: &mut Tx<'_>, scope: Scope, id: Id<Customer>) -> Result<Customer, Error> {
    let values = [scope.merchant.into(), scope.mode.into(), (&id).into()];
    tx.optional(&BY_ID, &values)?.ok_or(Error::NotFound(Missing::Customer))
}

/// Reads a customer by its integer.
pub fn by_number(tx: &mut Tx<'_>, scope: Scope, number: i64) -> Result<Customer, Error> {
    let values = [scope.merchant.into(), scope.mode.into(), number.into()];
    tx.optional(&BY_KEY, &values)?.ok_or(Error::NotFound(Missing::Customer))
}

/// Reads the customer of a row.
pub fn by_key(tx: &mut Tx<'_>, scope: Scope, key: CustomerKey) -> Result<Customer, Error> {
    by_number(tx, scope, key.0)
}

/// Reads the customer of a row, or that it is gone: one may be deleted between the reading of a payment and this.
pub fn if_there(tx: &mut Tx<'_>, scope: Scope, key: CustomerKey) -> Result<Option<Customer>, Error> {
    match by_key(tx, scope, key) {
        Err(Error::NotFound(_)) => Ok(None),
        found => found.map(Some),
    }
}

/// Reads the oldest customer with the e-mail address that a write names.
///
/// # Errors
/// [`Error::Invalid`] when the address looks like another one, unless the customer has it in this very spelling.
pub fn of_email(tx: &mut Tx<'_>, scope: Scope, email: &Email) -> Result<Customer, Error> {
    let found = by_email(tx, scope, email.as_str());
    let is_known = found.as_ref().is_ok_and(|customer| customer.details.email.as_ref() == Some(email));
    if !is_known {
        email.check_new()?;
    }
    found
}

/// Reads the oldest customer with an e-mail address.
pub fn by_email(tx: &mut Tx<'_>, scope: Scope, email: &str) -> Result<Customer, Error> {
    let folded = fold(email);
    let values = [scope.merchant.into(), scope.mode.into(), (&folded).into()];
    tx.optional(&BY_EMAIL, &values)?.ok_or(Error::NotFound(Missing::Customer))
}

/// Customers newest first: those older than the integer `before`, `skip` of them left out, at most [`PAGE_MAX`].
pub fn newest(
    tx: &mut Tx<'_>,
    scope: Scope,
    before: Option<i64>,
    limit: i64,
    skip: i64,
) -> Result<Vec<Customer>, Error> {
    let values = [
        scope.merchant.into(),
        scope.mode.into(),
        before.unwrap_or(i64::MAX).into(),
        limit.min(PAGE_MAX).into(),
        skip.into(),
    ];
    Ok(tx.all(&NEWEST, &values)?)
}

/// Customers with one e-mail address, newest first.
pub fn with_email(
    tx: &mut Tx<'_>,
    scope: Scope,
    email: &str,
    limit: i64,
    skip: i64,
) -> Result<Vec<Customer>, Error> {
    let folded = fold(email);
    let mode = scope.mode.into();
    let values = [scope.merchant.into(), mode, (&folded).into(), limit.min(PAGE_MAX).into(), skip.into()];
    Ok(tx.all(&WITH_EMAIL, &values)?)
}

/// Reads the customer that a page's link opens.
pub fn of_link(tx: &mut Tx<'_>, app: &App, text: &str) -> Result<(Scope, Customer), Error> {
    let (scope, id, generation) = read_link(app, text)?;
    let customer = get(tx, scope, id)?;
    // One that was renewed since opens nothing.
    if customer.link_generation == generation {
        Ok((scope, customer))
    } else {
        Err(Error::NotFound(Missing::Page))
    }
}

/// Finds out whether a page's link was ever given out, and in which mode, without the database.
pub fn check_link(app: &App, text: &str) -> Result<Mode, Error> {
    read_link(app, text).map(|(scope, ..)| scope.mode)
}

fn read_link(app: &App, text: &str) -> Result<(Scope, Id<Customer>, u32), Error> {
    link::read(app.keys().link(), link::Kind::Customer, text).ok_or(Error::NotFound(Missing::Page))
}

/// Gives the customer's page another link. What was given out before opens nothing from then on.
pub fn renew_link(tx: &mut Tx<'_>, scope: Scope, customer: &Customer) -> Result<Customer, Error> {
    tx.send(&RENEW_LINK, &[customer.key.into()])?;
    get(tx, scope, customer.id)
}

/// Deletes a customer, and says so. Its row stays without what was said of it, for those who still name it.
pub(crate) fn delete(tx: &mut Tx<'_>, scope: Scope, customer: &Customer, drawn: &Drawn) -> Result<(), Error> {
    let values = [customer.key.into(), customer.sequence.into(), drawn.now.into()];
    tx.change(&DELETE, &values)?;
    search::note(tx, scope, customer.key, customer.sequence + 1, search::Happened::Deleted, drawn)?;
    tx.erased();
    event::append(tx, scope, Event::CustomerDeleted, customer.id, customer.sequence + 1, drawn)
}

/// Holds the address for this unit of work, then looks: of two concurrent ones the second sees the first's customer.
fn check_email(
    tx: &mut Tx<'_>,
    scope: Scope,
    email: Option<&Email>,
    rule: EmailRule,
    but: i64,
) -> Result<(), Error> {
    let Some(email) = email.filter(|_| rule == EmailRule::Unique) else { return Ok(()) };
    let folded = email.folded();
    let [merchant, mode, folded] = [scope.merchant.into(), scope.mode.into(), (&folded).into()];
    tx.send(&LOCK_EMAIL, &[merchant, mode, folded])?;
    let taken = tx.exists(&TAKEN, &[merchant, mode, folded, but.into()])?;
    tx.send(&UNLOCK_EMAIL, &[merchant, mode, folded])?;
    if taken { Err(Error::Conflict(Taken::Email)) } else { Ok(()) }
}

/// The details that are stored in other words than they have.
struct Stored {
    email_folded: Option<String>,
    phone: Option<String>,
    metadata: String,
}

impl Stored {
    fn of(details: &Details) -> Self {
        Self {
            email_folded: details.email.as_ref().map(Email::folded),
            phone: details.phone.as_ref().map(Phone::text),
            metadata: details.metadata.json(),
        }
    }

    fn values<'a>(&'a self, details: &'a Details) -> [Value<'a>; 18] {
        let parts = details.name.as_ref().and_then(Name::sent_parts);
        let (code, number) = match &details.phone {
            Some(Phone::Parts { country_code, number }) => (country_code.as_ref(), number.as_ref()),
            Some(Phone::Text(_)) | None => (None, None),
        };
        [
            details.name.as_ref().map(Name::whole).into(),
            parts.map(|(first, _)| first).into(),
            parts.map(|(_, last)| last).into(),
            details.email.as_ref().into(),
            self.email_folded.as_ref().into(),
            self.phone.as_ref().into(),
            code.into(),
            number.into(),
            details.street.as_ref().into(),
            details.house_number.as_ref().into(),
            details.city.as_ref().into(),
            details.state.as_ref().into(),
            details.zip_code.as_ref().into(),
            details.country.as_ref().into(),
            details.currency.as_ref().into(),
            details.tax_number.as_ref().into(),
            details.company_number.as_ref().into(),
            (&self.metadata).into(),
        ]
    }
}

impl FromRow for Details {
    fn from_row(row: &mut Row<'_>) -> Result<Self, db::Error> {
        let name: Option<String> = row.read()?;
        let (first, last): (Option<String>, Option<String>) = row.read()?;
        Ok(Self {
            name: name.map(|whole| Name::stored(whole, first.zip(last))),
            email: row.read()?,
            phone: match row.read()? {
                (None, _, _) => None,
                (Some(text), None, None) => Some(Phone::Text(text)),
                (Some(_), country_code, number) => Some(Phone::Parts { country_code, number }),
            },
            street: row.read()?,
            house_number: row.read()?,
            city: row.read()?,
            state: row.read()?,
            zip_code: row.read()?,
            country: row.read()?,
            currency: row.read()?,
            tax_number: row.read()?,
            company_number: row.read()?,
            metadata: row.read()?,
        })
    }
}
