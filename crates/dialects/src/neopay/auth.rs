//! `Authorization: <token>`, bare as the documents print it or after `Bearer`, with `x-app-key`. The two must be a pair.

use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use domain::merchants::credentials::Secret;
use domain::{App, Caller};

use super::NAME;
use super::error::Failure;
use crate::client::authenticate;
use crate::headers::{after_bearer, one};

/// The header of the pair's other half.
pub(super) const APP_KEY: &str = "x-app-key";

pub(super) async fn caller(app: &Arc<App>, parts: &Parts) -> Result<Caller, Failure> {
    let token = one(&parts.headers, AUTHORIZATION).ok_or_else(Failure::unauthorized)?;
    let app_key = one(&parts.headers, APP_KEY).ok_or_else(Failure::unauthorized)?;
    // What has another word before it is no token; it is looked for like any other.
    let pair = Secret::pair(&app_key.to_ascii_lowercase(), after_bearer(token).unwrap_or(token));
    Ok(authenticate(app, NAME, &pair, &parts.extensions).await?)
}
