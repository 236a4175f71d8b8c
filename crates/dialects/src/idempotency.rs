//! The reply to a request, which may be the first one of its idempotency key again.

use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::idempotency::{self, About, Claim, Reply, Request};
use domain::time::Drawn;
use domain::{App, Caller, Error, ListOf, Scope, Tx};

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A reply, and whether it was given before.
pub(crate) struct Answered {
    pub(crate) reply: Reply,
    pub(crate) replayed: bool,
    /// Whose list it is, where it is one.
    list_of: Option<ListOf>,
}

impl Answered {
    pub(crate) const fn first(reply: Reply) -> Self {
        Self { reply, replayed: false, list_of: None }
    }

    /// A list, which may be large.
    pub(crate) const fn list(scope: Scope, reply: Reply) -> Self {
        Self { reply, replayed: false, list_of: Some(ListOf(scope)) }
    }

    pub(crate) const fn again(reply: Reply) -> Self {
        Self { reply, replayed: true, list_of: None }
    }
}

/// Does something once for its key: the key, the effect, its event and the stored answer are one commit. The effect
/// answers its reply, and whom the reply speaks of.
pub(crate) async fn once<F>(
    app: &App,
    caller: Caller,
    request: Request,
    drawn: Drawn,
    effect: F,
) -> Result<Answered, Error>
where
    F: Fn(&mut Tx<'_>, &Caller, &Drawn) -> Result<(Reply, About), Error> + Send + 'static,
{
    try_once(app, caller, request, drawn, effect).await
}

/// The same for an effect that can be refused with more than an error.
pub(crate) async fn try_once<F, E>(
    app: &App,
    caller: Caller,
    request: Request,
    drawn: Drawn,
    effect: F,
) -> Result<Answered, E>
where
    F: Fn(&mut Tx<'_>, &Caller, &Drawn) -> Result<(Reply, About), E> + Send + 'static,
    E: From<Error> + Send + 'static,
{
    app.try_write(move |tx| match idempotency::claim(tx, &caller, &request, drawn.now)? {
        Claim::Replay(reply) => Ok(Answered::again(reply)),
        // No operation at the acquirer stands behind a request of this kind.
        Claim::First(ticket) | Claim::Settled(ticket, _) => {
            let (reply, about) = effect(tx, &caller, &drawn)?;
            Ok(Answered::first(ticket.answer(tx, reply, about, &drawn)?))
        }
    })
    .await
}

impl IntoResponse for Answered {
    fn into_response(self) -> Response {
        let Reply { status, content_type, body } = self.reply;
        let mut response = body.into_response();
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match HeaderValue::from_str(&content_type) {
            Ok(value) if !content_type.is_empty() => response.headers_mut().insert(CONTENT_TYPE, value),
            _ => response.headers_mut().remove(CONTENT_TYPE),
        };
        if let Some(list_of) = self.list_of {
            response.extensions_mut().insert(list_of);
        }
        if self.replayed {
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}
