//! Whether each customer can be read. It changes nothing.

use super::Customer;
use crate::checked::Kind;

statements! {
    KEYS = "select id from customers where id >= $1 order by id limit 500";
    ONE = Customer::SELECT, "where id = $1";
}

pub(crate) const CHECKED: Kind = Kind {
    name: "customer",
    keys: &KEYS,
    look: |tx, _, key, found| found.read(tx.optional::<Customer>(&ONE, &[key.into()])).map(|_| ()),
};
