//! `Authorization: Bearer <API key>`. The key alone says whose data and which mode.

use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use domain::{App, Caller};

use super::NAME;
use super::error::Failure;
use crate::client::authenticate;

/// Finds out who asks.
pub(super) async fn caller(app: &Arc<App>, parts: &Parts) -> Result<Caller, Failure> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(Failure::unauthorized()) };
    let (scheme, key) =
        value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or_else(Failure::unauthorized)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Failure::unauthorized());
    }
    Ok(authenticate(app, NAME, key.trim(), &parts.extensions).await?)
}
