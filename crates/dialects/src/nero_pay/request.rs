//! The way into every handler, in the order that this API looks at things: who asks, for which account, the body within
//! its limit, the signature, the idempotency key. What the body says comes after those, in the handler.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::Method;
use axum::http::request::Parts;
use domain::{App, Caller, idempotency};

use super::error::Failure;
use super::query::Query;
use super::{auth, signature};
use crate::{body, headers};

/// A request to read that was let in.
pub(super) struct ReadRequest {
    pub(super) app: Arc<App>,
    pub(super) caller: Caller,
    pub(super) query: Query,
    /// What the path ends with.
    pub(super) id: Option<i64>,
}

/// A request to write that was let in.
pub(super) struct WriteRequest {
    pub(super) app: Arc<App>,
    pub(super) caller: Caller,
    pub(super) request: idempotency::Request,
    /// What the path ends with.
    pub(super) id: Option<i64>,
    pub(super) body: Bytes,
}

impl FromRequestParts<Arc<App>> for ReadRequest {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let (caller, _) = auth::caller(app, parts).await?;
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        Ok(Self { app: Arc::clone(app), caller, query, id: id(parts.uri.path()) })
    }
}

impl FromRequest<Arc<App>> for WriteRequest {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let (caller, key) = auth::caller(app, &parts).await?;
        let mode = caller.scope.mode;
        let unsigned = |why| Failure::invalid_signature(mode, why);
        let body = body::read(&parts.headers, body).await?;
        let method = if parts.method == Method::DELETE {
            // The vendor's own samples of deletions are not signed.
            signature::check(&parts.headers, key, &body, app.now()).map_err(unsigned)?;
            "DELETE"
        } else {
            signature::require(&parts.headers, key, &body, app.now()).map_err(unsigned)?;
            if parts.method == Method::PATCH { "PATCH" } else { "POST" }
        };
        let key = headers::idempotency_key(&parts.headers, "idempotency-key", u8::is_ascii_graphic)?;
        // Without a key nobody will compare the body.
        let body_mac = if key.is_some() { caller.body_mac(&body) } else { [0; 32] };
        let (id, path) = (id(parts.uri.path()), parts.uri.path().to_owned());
        // Categories speak of nobody.
        let request = idempotency::Request { method, path, key, body_mac, is_about_customer: true };
        Ok(Self { app: Arc::clone(app), caller, request, id, body })
    }
}

/// An id as this API writes it. Another spelling of the number is an id that nobody has: so it is read as it was sent, and
/// not from axum's `Path`, which is decoded.
fn id(path: &str) -> Option<i64> {
    let text = path.rsplit('/').next()?;
    text.parse::<i64>().ok().filter(|number| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::id;

    #[test]
    fn an_id_has_one_spelling() {
        assert_eq!(id("/v2/customers/1042"), Some(1042));
        assert_eq!(id("/v2/customers/9223372036854775807"), Some(i64::MAX));
        for path in
            ["/v2/customers/", "/a/01042", "/a/+1", "/a/1.0", "/a/%31", "/a/9223372036854775808", "/a/x"]
        {
            assert_eq!(id(path), None, "{path}");
        }
    }
}
