//! Whether each customer can be read. It changes nothing.

use db::Tx;

use super::Customer;
use crate::kernel::error::Error;

statements! {
    KEYS = "select id from customers where id > $1 order by id limit 500";
    ONE = Customer::SELECT, "where id = $1";
}

/// Reads 500 customers after a row key: one line for each that cannot be read, and the row key to go on from; none at the
/// end. A search of a merchant fails at such a customer.
pub fn check(tx: &mut Tx<'_>, after: i64) -> Result<(Vec<String>, Option<i64>), Error> {
    let keys: Vec<i64> = tx.all(&KEYS, &[after.into()])?;
    let mut found = Vec::new();
    for key in &keys {
        match tx.optional::<Customer>(&ONE, &[(*key).into()]) {
            Ok(_) => {}
            Err(db::Error::Defect(why)) => {
                found.push(format!("customer with the integer {key}: cannot be read: {why}"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok((found, keys.last().copied()))
}
