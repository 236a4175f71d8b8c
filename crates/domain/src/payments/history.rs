//! A customer's payments as the customer is told of them: without what the merchant keeps for itself.

use db::{Row, Tx, statements};

use crate::kernel::error::Error;
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::Time;
use crate::records::customers::Customer;

statements! {
    OF_CUSTOMER = "select p.id, p.currency, p.amount, p.state, p.description, p.reference, p.card_brand,
        p.card_last_four, p.created_at from payments p where p.customer = $1 and p.id > $2 order by p.id limit 100";
}

/// One payment.
pub struct Entry {
    key: i64,
    /// How much was to be paid.
    pub money: Money,
    /// The word for where it is.
    pub status: String,
    /// What it is for.
    pub description: String,
    /// The merchant's reference, which stands on the receipt too.
    pub reference: Option<String>,
    /// The brand of the card that authorized it.
    pub card_brand: Option<String>,
    /// That card's last four digits.
    pub card_last_four: Option<String>,
    /// When it was made.
    pub created_at: Time,
}

/// A customer's payments, oldest first, in pages of 100 after an entry.
pub fn of_customer(tx: &mut Tx<'_>, customer: &Customer, after: Option<&Entry>) -> Result<Vec<Entry>, Error> {
    tx.all(&OF_CUSTOMER, &[customer.key.into(), after.map_or(0, |entry| entry.key).into()], read)
}

fn read(row: &Row<'_>) -> Result<Entry, Error> {
    let currency = row.text(1)?;
    let currency = Currency::parse(&currency)
        .ok_or_else(|| Error::Internal(format!("a stored currency is {currency}")))?;
    Ok(Entry {
        key: row.int(0)?,
        money: Money::new(row.int(2)?, currency)?,
        status: row.text(3)?,
        description: row.text(4)?,
        reference: row.opt_text(5)?,
        card_brand: row.opt_text(6)?,
        card_last_four: row.opt_text(7)?,
        created_at: Time(row.int(8)?),
    })
}
