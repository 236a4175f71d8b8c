//! A customer's payments as the customer is told of them: without what the merchant keeps for itself.

use db::Tx;

use crate::kernel::error::Error;
use crate::kernel::money::Money;
use crate::kernel::time::Time;
use crate::records::customers::Customer;

statements! {
    OF_CUSTOMER = Entry::SELECT, "where customer = $1 and id > $2 order by id limit 100";
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

db::row! {
    Entry from "payments" {
        key: "id", money: "amount, currency", status: "state", description, reference, card_brand, card_last_four,
        created_at,
    }
}

/// A customer's payments, oldest first, in pages of 100 after an entry.
pub fn of_customer(tx: &mut Tx<'_>, customer: &Customer, after: Option<&Entry>) -> Result<Vec<Entry>, Error> {
    Ok(tx.all(&OF_CUSTOMER, &[customer.key.into(), after.map_or(0, |entry| entry.key).into()])?)
}
