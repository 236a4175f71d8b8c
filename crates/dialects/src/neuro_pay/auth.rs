//! `Authorization: Bearer <API key>`. The key alone says whose data and which mode.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use domain::merchants::credentials;
use domain::{App, Caller};

use super::NAME;
use super::error::Failure;

/// Finds out who asks.
pub(super) async fn caller(app: &Arc<App>, headers: &HeaderMap) -> Result<Caller, Failure> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(Failure::unauthorized()) };
    let (scheme, key) =
        value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or_else(Failure::unauthorized)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Failure::unauthorized());
    }
    Ok(credentials::authenticate(app, NAME, key.trim()).await?)
}
