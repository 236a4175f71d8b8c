//! What a merchant can set for one API: names and values that only its dialect reads.

use db::Tx;

use crate::kernel::caller::Caller;
use crate::kernel::error::Error;
use crate::records::merchants::Merchant;

statements! {
    GET = "select value from api_settings where merchant = $1 and api = $2 and name = $3";
    SET = "insert into api_settings (merchant, api, name, value) values ($1, $2, $3, $4)
        on conflict (merchant, api, name) do update set value = excluded.value";
}

/// What was set for the caller's API; none where nothing was.
pub fn of_caller(tx: &mut Tx<'_>, caller: &Caller, name: &str) -> Result<Option<String>, Error> {
    read(tx, caller.scope.merchant, caller.api, name)
}

/// What was set for a merchant's API; none where nothing was.
pub fn of_merchant(
    tx: &mut Tx<'_>,
    merchant: &Merchant,
    api: &str,
    name: &str,
) -> Result<Option<String>, Error> {
    read(tx, merchant.key, api, name)
}

/// Sets a value.
pub fn set(tx: &mut Tx<'_>, merchant: &Merchant, api: &str, name: &str, value: &str) -> Result<(), Error> {
    tx.send(&SET, &[merchant.key.into(), api.into(), name.into(), value.into()])?;
    Ok(())
}

fn read(tx: &mut Tx<'_>, merchant: i64, api: &str, name: &str) -> Result<Option<String>, Error> {
    Ok(tx.optional(&GET, &[merchant.into(), api.into(), name.into()])?)
}
