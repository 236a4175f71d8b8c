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
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{Header, OpenApi, RefOr, Response as Described};

use super::error::Problem;

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
    for answer in document.paths.paths.values_mut().flat_map(operations).flat_map(answers) {
        answer.headers.extend(SHOWN.map(|name| (name.to_owned(), Header::default().into())));
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, post, patch, delete, .. } = item;
    [get, post, patch, delete].into_iter().flatten()
}

fn answers(operation: &mut Operation) -> impl Iterator<Item = &mut Described> {
    operation.responses.responses.values_mut().filter_map(|answer| match answer {
        RefOr::T(answer) => Some(answer),
        RefOr::Ref(_) => None,
    })
}
