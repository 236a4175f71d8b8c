//! The way into every handler: who asks, the body within its limit, the fields, the idempotency key.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use domain::{App, Caller, idempotency};

use super::auth;
use super::error::Failure;
use super::fields::Fields;
use crate::json::Object;
use crate::{body, headers};

/// A request that was let in.
pub(super) struct ApiRequest {
    pub(super) app: Arc<App>,
    pub(super) caller: Caller,
    pub(super) fields: Fields,
    pub(super) request: idempotency::Request,
}

impl FromRequest<Arc<App>> for ApiRequest {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let caller = auth::caller(app, &parts).await?;
        let body = body::read(&parts.headers, body).await?;
        let key = headers::idempotency_key(&parts.headers, "idempotency-key", u8::is_ascii_graphic)?;
        let fields = Fields::of(Object::parse(&body)?);
        // Without a key nobody will compare the body.
        let body_mac = if key.is_some() { caller.body_mac(&body) } else { [0; 32] };
        let path = parts.uri.path().to_owned();
        let request = idempotency::Request { method: "POST", path, key, body_mac, is_about_customer: false };
        Ok(Self { app: Arc::clone(app), caller, fields, request })
    }
}
