//! Turns a view into a response with its security headers, and a failure into its page.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use domain::time::whole_seconds;
use domain::{Channel, Error, Mode};

use crate::headers::{self, Framing};
use crate::messages::NoPage;
use crate::views::ErrorPage;

impl IntoResponse for NoPage {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the page of a failure into its answer. `base` is what every address on this host begins with.
pub(crate) async fn write_failure(State(base): State<&'static str>, mut response: Response) -> Response {
    let Some(why) = response.extensions_mut().remove::<NoPage>() else { return response };
    let mut response = page(why.status(), &ErrorPage::new(why, base), &Framing::Refused);
    if why == NoPage::Busy {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

impl From<Error> for NoPage {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(_) | Error::Unauthorized | Error::Forbidden(_) => Self::NotFound,
            Error::Busy(why) => {
                tracing::warn!(why, "answered 503");
                Self::Busy
            }
            Error::Invalid { .. } | Error::Unsupported(_) => Self::Unreadable,
            Error::State(_)
            | Error::Conflict(_)
            | Error::Declined(_)
            | Error::KeyReused
            | Error::KeySpent
            | Error::InFlight
            | Error::Internal(_) => {
                tracing::error!(%error, "answered 500");
                Self::Internal
            }
        }
    }
}

/// The link in a page's address, and the way that it came here.
pub(crate) struct Link {
    pub(crate) text: String,
    pub(crate) channel: Channel,
}

impl Link {
    /// Refuses a page of live mode where somebody on the way could read it, and the card that is typed into it.
    pub(crate) fn may_show(&self, mode: Mode) -> Result<(), NoPage> {
        match (mode, self.channel) {
            (Mode::Live, Channel::Open) => Err(NoPage::NotPrivate),
            (Mode::Live, Channel::Private) | (Mode::Test, _) => Ok(()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Link {
    type Rejection = NoPage;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NoPage> {
        // What nobody vouches for is open.
        let channel = parts.extensions.get().copied().unwrap_or(Channel::Open);
        // One that cannot even be read is one that nobody has.
        let values = RawPathParams::from_request_parts(parts, state).await;
        let values = values.map_err(|_| NoPage::NotFound)?;
        let link = values.iter().find(|(name, _)| *name == "link");
        let text = link.map(|(_, text)| text.to_owned()).ok_or(NoPage::NotFound)?;
        Ok(Self { text, channel })
    }
}

/// There is no page: a browser gets one that says so, and a program the line that is for it. Where links of buyers lead,
/// everybody gets the same.
pub(crate) async fn not_found(uri: Uri, headers: HeaderMap, for_programs: Arc<str>) -> Response {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_of_buyers = ["/c/", "/customer/"].iter().any(|begin| uri.path().starts_with(begin));
    if is_of_buyers || accepts.to_ascii_lowercase().contains("text/html") {
        return NoPage::NotFound.into_response();
    }
    let mut security = headers::security(&Framing::Refused);
    security.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    (StatusCode::NOT_FOUND, security, for_programs.to_string()).into_response()
}

pub(crate) async fn wrong_method() -> NoPage {
    NoPage::Method
}

pub(crate) fn page(status: StatusCode, view: &impl Template, framing: &Framing) -> Response {
    let mut headers = headers::security(framing);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    match view.render() {
        Ok(html) => (status, headers, html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page did not render");
            (StatusCode::INTERNAL_SERVER_ERROR, headers).into_response()
        }
    }
}

/// The answer with the time after which it is worth trying again.
pub(crate) fn wait_for(wait: Duration, mut response: Response) -> Response {
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
    response
}

/// Has the browser ask for `address` with GET, so that a reload repeats nothing.
pub(crate) fn see_other(address: &str) -> Response {
    let mut headers = headers::security(&Framing::Refused);
    if let Ok(address) = HeaderValue::from_str(address) {
        headers.insert(LOCATION, address);
    }
    (StatusCode::SEE_OTHER, headers).into_response()
}
