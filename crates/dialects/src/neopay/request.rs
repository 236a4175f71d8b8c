//! The way into every handler: who asks, the body within its limit, the fields, the idempotency key.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use axum::http::{Method, Uri};
use domain::{App, Caller, Scope, idempotency};

use super::error::Failure;
use super::fields::{Fields, Named};
use super::{auth, id};
use crate::json::Object;
use crate::{body, headers};

/// What stands before an id in a path.
const CUSTOMERS: &str = "/api/customers/";

/// A request to read, which was let in.
pub(super) struct ReadRequest {
    pub(super) app: Arc<App>,
    pub(super) scope: Scope,
    pub(super) uri: Uri,
    /// Whom the path names.
    pub(super) named: Named,
}

/// A request to write, which was let in.
pub(super) struct WriteRequest {
    pub(super) app: Arc<App>,
    pub(super) caller: Caller,
    pub(super) fields: Fields,
    /// Whom the path names; none where it names nobody.
    pub(super) path: Option<Named>,
    pub(super) request: idempotency::Request,
}

impl FromRequest<Arc<App>> for ReadRequest {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let (caller, _) = enter(app, &parts, body).await?;
        let named = named(parts.uri.path()).flatten();
        Ok(Self { app: Arc::clone(app), scope: caller.scope, uri: parts.uri, named })
    }
}

impl FromRequest<Arc<App>> for WriteRequest {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let (caller, body) = enter(app, &parts, body).await?;
        let key = headers::idempotency_key(&parts.headers, "idempotency-key", u8::is_ascii_graphic)?;
        let fields = Fields::new(Object::parse(&body)?);
        // Without a key nobody will compare the body.
        let body_mac = if key.is_some() { caller.body_mac(&body) } else { [0; 32] };
        let method = match parts.method {
            Method::PUT => "PUT",
            Method::PATCH => "PATCH",
            _ => "POST",
        };
        let sent = parts.uri.path();
        let named = named(sent);
        // What a key belongs to: the customer's one spelling, however the path spelled it.
        let one = named.flatten().map(|id| format!("{CUSTOMERS}{}", id::write(id)));
        let path = one.unwrap_or_else(|| sent.to_owned());
        // This API writes nothing else.
        let request = idempotency::Request { method, path, key, body_mac, is_about_customer: true };
        Ok(Self { app: Arc::clone(app), caller, fields, path: named, request })
    }
}

async fn enter(app: &Arc<App>, parts: &Parts, body: Body) -> Result<(Caller, Bytes), Failure> {
    let caller = auth::caller(app, parts).await?;
    let body = body::read(&parts.headers, body).await?;
    Ok((caller, body))
}

/// What the path names below `/customers`: nothing, an id, or what is no id. It is read as it was sent, because axum's `Path`
/// is decoded, and an id has one spelling.
fn named(path: &str) -> Option<Named> {
    path.strip_prefix(CUSTOMERS).map(id::read)
}
