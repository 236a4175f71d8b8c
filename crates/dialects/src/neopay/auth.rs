//! `Authorization: <token>`, bare as the documents print it or after `Bearer`, with `x-app-key`. The two must be a pair.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use domain::merchants::credentials::Secret;
use domain::{App, Caller};

use super::NAME;
use super::error::Failure;
use crate::client::authenticate;

/// Finds out who asks.
pub(super) async fn caller(app: &Arc<App>, parts: &Parts) -> Result<Caller, Failure> {
    let token = only(&parts.headers, "authorization").ok_or_else(Failure::unauthorized)?;
    let app_key = only(&parts.headers, "x-app-key").ok_or_else(Failure::unauthorized)?;
    let token = match token.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        // A token holds no space, so this is none; it is looked for like any other.
        Some(_) | None => token,
    };
    let pair = Secret::pair(&app_key.to_ascii_lowercase(), token);
    Ok(authenticate(app, NAME, &pair, &parts.extensions).await?)
}

/// The value of a header that stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    value.to_str().ok().map(str::trim)
}
