//! The way into every handler: who asks, the body within its limit, the idempotency key.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use data_encoding::HEXLOWER;
use domain::idempotency::{self, Claim};
use domain::{App, Caller};

use super::auth::{self, Access};
use super::error::Failure;
use crate::idempotency::Answered;
use crate::{body, headers};

pub(super) struct ApiRequest {
    pub(super) app: Arc<App>,
    pub(super) caller: Caller,
    pub(super) body: Bytes,
    /// What the path names, decoded; empty where it names nothing, or is not UTF-8.
    pub(super) named: String,
    key: Option<String>,
}

impl ApiRequest {
    pub(super) async fn to_read(request: Request, app: Arc<App>, access: Access) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let caller = auth::caller(&app, &parts, access).await?;
        let body = body::read(&parts.headers, body).await?;
        let named = named(&mut parts).await;
        Ok(Self { app, caller, body, named, key: None })
    }

    pub(super) async fn to_write(request: Request, app: Arc<App>, access: Access) -> Result<Self, Failure> {
        Self::to_write_if(request, app, access, |_, _| Ok(())).await
    }

    /// The same where more is asked of a caller, before the body is read.
    pub(super) async fn to_write_if(
        request: Request,
        app: Arc<App>,
        access: Access,
        admit: impl FnOnce(&App, &Caller) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let caller = auth::caller(&app, &parts, access).await?;
        admit(&app, &caller)?;
        let body = body::read(&parts.headers, body).await?;
        let may_stand = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
        let key = headers::idempotency_key(&parts.headers, "cko-idempotency-key", may_stand)?;
        let named = named(&mut parts).await;
        Ok(Self { app, caller, body, named, key })
    }

    /// What the key stands for. The vendor gives the first answer to any later body under the same key, so all bodies
    /// count as one.
    pub(super) fn keyed(&self, method: &'static str, path: String) -> idempotency::Request {
        let key = self.key.clone();
        idempotency::Request { method, path, key, body_mac: [0; 32], is_about_customer: false }
    }

    /// What the key stands for where a public key is enough to ask. Everybody has it who has seen the page, so whoever
    /// guesses another buyer's key would be given that buyer's answer: there the body is part of what the key stands
    /// for, and another body is a request of its own. It is so whoever asks, because a shop's credentials share its keys.
    pub(super) fn keyed_with_body(&self, method: &'static str, path: String) -> idempotency::Request {
        let body_mac = self.caller.body_mac(&self.body);
        // A client's own key holds no line break, so no other request has this one.
        let key = self.key.as_ref().map(|key| format!("{key}\n{}", HEXLOWER.encode(&body_mac)));
        idempotency::Request { method, path, key, body_mac, is_about_customer: false }
    }

    /// The answer to a request that cannot be worked with: the first one of its key, if there was one.
    pub(super) async fn refuse(
        &self,
        request: idempotency::Request,
        failure: Failure,
    ) -> Result<Answered, Failure> {
        if request.key.is_none() {
            return Err(failure);
        }
        let (caller, now) = (self.caller.clone(), self.app.now());
        let first = self.app.write(move |tx| match idempotency::claim(tx, &caller, &request, now)? {
            Claim::Replay(reply) => Ok(Some(Answered::again(reply))),
            Claim::First(ticket) => ticket.release(tx).map(|()| None),
            Claim::Settled(..) => Ok(None),
        });
        first.await?.ok_or(failure)
    }
}

/// The first piece of the path that has a name in the route.
async fn named(parts: &mut Parts) -> String {
    let params = RawPathParams::from_request_parts(parts, &()).await;
    let first = params.ok().and_then(|params| params.iter().next().map(|(_, piece)| piece.to_owned()));
    first.unwrap_or_default()
}
