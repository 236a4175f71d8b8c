//! `Authorization: Bearer <API key>`. The key alone says whose data and which mode.

use std::sync::Arc;

use axum::http::request::Parts;
use domain::{App, Caller};

use super::NAME;
use super::error::Failure;
use crate::client::authenticate;
use crate::headers::bearer;

pub(super) async fn caller(app: &Arc<App>, parts: &Parts) -> Result<Caller, Failure> {
    let key = bearer(&parts.headers).ok_or_else(Failure::unauthorized)?;
    Ok(authenticate(app, NAME, key, &parts.extensions).await?)
}
