//! `Authorization: Bearer <key or access token>`, or the same without `Bearer`: one of the vendor's clients leaves it
//! out for public keys, and the old platform for all of them.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use domain::caller::Permits;
use domain::merchants::{access, credentials};
use domain::{App, Caller};

use super::error::Failure;
use super::{NAME, OAUTH_SECRET, SECRET_KEY};

/// Finds out who asks, and whether they may work with customers.
pub(super) async fn caller(app: &Arc<App>, headers: &HeaderMap) -> Result<Caller, Failure> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(Failure::unauthorized()) };
    let value = value.to_str().map_err(|_| Failure::unauthorized())?;
    let secret = match value.split_once(' ') {
        None => value,
        Some((scheme, secret)) if scheme.eq_ignore_ascii_case("bearer") => secret.trim(),
        Some(_) => return Err(Failure::unauthorized()),
    };
    let is_key = ["sk_", "pk_"].iter().any(|prefix| secret.starts_with(prefix));
    let caller = if is_key {
        credentials::authenticate(app, NAME, secret).await?
    } else {
        access::authenticate(app, NAME, secret).await?
    };
    may(&caller)?;
    Ok(caller)
}

/// Customers are for servers: with the secret key, or with a token that was issued for them.
fn may(caller: &Caller) -> Result<(), Failure> {
    match (caller.kind.as_str(), &caller.permits) {
        (SECRET_KEY, Permits::Everything) => Ok(()),
        (OAUTH_SECRET, Permits::Words(scopes)) => {
            let fits = scopes.iter().any(|scope| matches!(scope.as_str(), "vault" | "vault:customers"));
            if fits { Ok(()) } else { Err(Failure::forbidden("insufficient_scope")) }
        }
        (_, Permits::Everything | Permits::Words(_)) => Err(Failure::forbidden("server_api_not_allowed")),
    }
}
