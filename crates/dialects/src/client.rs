//! What every API does about who asks, before and after it knows: by which channel a request came, and what becomes of
//! clients that go on without a good credential. It must not know how a vendor spells a credential or an error.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use axum::http::{Extensions, HeaderName, HeaderValue};
use axum::response::Response;
use domain::merchants::credentials;
use domain::time::whole_seconds;
use domain::{App, Caller, Channel, ClientAddress, Error};

use crate::{DIALECTS, Dialect, Presented, warnings};

/// In the extensions of an answer that says that the credential is missing or wrong: what is answered instead to a client
/// that has had too many of them.
#[derive(Clone, Copy)]
pub(crate) struct Unrecognised(pub(crate) fn() -> Response);

/// Finds out whose a secret is, or a pair of them, that was presented through an API.
pub(crate) async fn authenticate(
    app: &Arc<App>,
    api: &'static str,
    secret: &str,
    extensions: &Extensions,
) -> Result<Caller, Error> {
    let caller = credentials::authenticate(app, api, secret, channel(extensions)).await?;
    warnings::is_asked_by(&caller);
    Ok(caller)
}

/// Why a credential may not be known, for the log alone: the answer never says it.
fn why_unrecognised(asked: &Asked, api: &str) -> &'static str {
    const LACKS_BEARER: &str = "an Authorization header without Bearer";
    let Some(value) = &asked.credential else { return "no Authorization header" };
    let presented = DIALECTS.iter().find(|dialect| dialect.name == api).map(|dialect| &dialect.presented);
    let text = value.to_str().unwrap_or_default();
    let secret = match text.split_once(' ') {
        Some((scheme, secret)) if scheme.eq_ignore_ascii_case("bearer") => secret.trim(),
        Some(_) => return LACKS_BEARER,
        // A key that was set to nothing leaves the word alone.
        None if text.is_empty() || text.eq_ignore_ascii_case("bearer") => {
            return "an Authorization header without a key";
        }
        None => match presented {
            Some(Presented::AfterBearer) => return LACKS_BEARER,
            Some(Presented::Bare | Presented::PairedWith(_)) | None => text,
        },
    };
    let is_of = |dialect: &Dialect| dialect.secrets_begin.iter().any(|begin| secret.starts_with(begin));
    match DIALECTS.iter().find(|dialect| is_of(dialect)) {
        Some(dialect) if dialect.name != api => "a key of another API",
        Some(_) | None => match presented {
            Some(Presented::PairedWith(_)) if !asked.has_other_half => {
                "a key without the other half of its pair"
            }
            Some(Presented::PairedWith(_)) => "no pair of keys in this server's database",
            Some(Presented::AfterBearer | Presented::Bare) | None => "no key in this server's database",
        },
    }
}

/// How a request came here. What nobody vouches for is open.
pub(crate) fn channel(extensions: &Extensions) -> Channel {
    extensions.get().copied().unwrap_or(Channel::Open)
}

/// What is remembered of a request until it is answered.
pub(crate) struct Asked {
    address: Option<ClientAddress>,
    credential: Option<HeaderValue>,
    /// What is presented beside the credential, where the API has pairs.
    has_other_half: bool,
}

impl Asked {
    pub(crate) fn of(request: &Request, presented: &Presented) -> Self {
        let has_other_half = match presented {
            Presented::AfterBearer | Presented::Bare => false,
            Presented::PairedWith(other) => request.headers().contains_key(*other),
        };
        Self {
            address: request.extensions().get().copied(),
            credential: request.headers().get(AUTHORIZATION).cloned(),
            has_other_half,
        }
    }
}

/// Counts what is [`Unrecognised`]. It acts on the answer, so that a good credential never meets it.
pub(crate) fn slow_down(app: &App, api: &'static str, asked: &Asked, response: Response) -> Response {
    let Some(Unrecognised(too_many)) = response.extensions().get().copied() else { return response };
    let Some(address) = asked.address else { return response };
    app.refused().note(why_unrecognised(asked, api), address.network());
    match app.failures().note(address, Instant::now()) {
        None => response,
        Some(wait) => {
            let mut limited = too_many();
            let headers = limited.headers_mut();
            // Who may read an answer does not depend on what it says.
            let for_pages = |(name, _): &(&HeaderName, _)| name.as_str().starts_with("access-control-");
            headers.extend(
                response
                    .headers()
                    .iter()
                    .filter(for_pages)
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
            limited
        }
    }
}

/// Answers hold what is nobody else's business, so no cache keeps them, and no browser takes one for a page.
pub(crate) fn fence(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}
