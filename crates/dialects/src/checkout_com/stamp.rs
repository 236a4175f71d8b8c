//! What every answer of this API carries: the id of its request, and a version. An error's body repeats the id, so it
//! is written here.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderName, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE32HEX_NOPAD;
use domain::App;
use utoipa::openapi::{Header, OpenApi};

use super::error::Problem;
use crate::openapi::answers;

/// The headers as the document writes them.
const SHOWN: [&str; 2] = ["Cko-Request-Id", "Cko-Version"];
const REQUEST_ID: HeaderName = HeaderName::from_static("cko-request-id");
const VERSION: HeaderName = HeaderName::from_static("cko-version");
/// The vendor numbers its own releases here; clients only show it.
const VERSION_SHOWN: HeaderValue = HeaderValue::from_static("1.0.0");

pub(super) async fn stamp(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    // 13 characters of this alphabet are what the vendor's own sample shows.
    let mut bytes = [0; 8];
    app.random(&mut bytes);
    let id = BASE32HEX_NOPAD.encode(&bytes);
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        *response.body_mut() = Body::from(problem.body(&id));
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let Ok(id) = HeaderValue::try_from(id) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    response.headers_mut().insert(REQUEST_ID, id);
    response.headers_mut().insert(VERSION, VERSION_SHOWN);
    response
}

/// Says in the document that every answer carries the headers.
pub(super) fn describe(document: &mut OpenApi) {
    for (_, answer) in answers(document) {
        answer.headers.extend(SHOWN.map(|name| (name.to_owned(), Header::default().into())));
    }
}
