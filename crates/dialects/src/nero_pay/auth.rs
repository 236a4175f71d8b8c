//! `Authorization: Bearer <secret key>`, and the account that a request names. The key alone says whose data and which
//! mode.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use domain::{App, Caller, MerchantId};

use super::NAME;
use super::error::Failure;
use crate::client::authenticate;
use crate::headers::{Twice, bearer, one_if_any};

const ACCOUNT: &str = "neropay-account";

/// Finds out who asks. The key comes along, because requests are signed with it.
pub(super) async fn caller<'a>(app: &Arc<App>, parts: &'a Parts) -> Result<(Caller, &'a str), Failure> {
    let key = bearer(&parts.headers).ok_or_else(Failure::unauthorized)?;
    let caller = authenticate(app, NAME, key, &parts.extensions).await?;
    check_account(&caller, &parts.headers)?;
    Ok((caller, key))
}

/// A key works for its own merchant only, so the header is absent or names that one. The vendor's own plugin sends it
/// with every request.
fn check_account(caller: &Caller, headers: &HeaderMap) -> Result<(), Failure> {
    let own = account_id(caller.merchant, caller.scope.merchant);
    match one_if_any(headers, ACCOUNT) {
        Ok(None) => Ok(()),
        Ok(Some(value)) if value.as_bytes().eq_ignore_ascii_case(own.as_bytes()) => Ok(()),
        Ok(Some(_)) | Err(Twice) => Err(Failure::account_not_found()),
    }
}

/// A merchant's account id, the same in both modes. Its hex digits are the end of the public id, because the beginning
/// is a time that merchants made together share.
pub(super) fn account_id(merchant: MerchantId, key: i64) -> String {
    let hex = merchant.hex().to_ascii_uppercase();
    format!("NP{}_{key}", &hex[hex.len() - 8..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_is_eight_hex_digits_and_a_number() {
        let id = MerchantId::from_hex("0123456789ab4cde8f0123456789abcd").unwrap();
        assert_eq!(account_id(id, 6165), "NP6789ABCD_6165");
    }
}
