//! What the vendors' OpenAPI documents share.

/// The examples in documents are ours, and no client's.
pub(crate) use serde_json::{Value as Json, json};
use utoipa::IntoParams;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{OpenApi, RefOr, Response};

/// The header that makes a write safe to send again.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "the type is read by the documents' macros only")]
pub(crate) struct IdempotencyKey {
    /// An addition of Kassa: a request that is sent again with its key gets the first answer, and is not carried out twice.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$",
        required = false
    )]
    idempotency_key: Option<String>,
}

/// The extension that holds the lines of a script, which a client runs before each request.
pub(crate) const PRE_REQUEST: &str = "x-pre-request-script";

/// The extension that says what an endpoint or a field rests on, unless it is just documented.
pub(crate) const FIDELITY: &str = "x-fidelity";

/// Every answer of every operation, with its name such as `POST /payments 201`.
pub(crate) fn answers(document: &mut OpenApi) -> impl Iterator<Item = (String, &mut Response)> {
    document.paths.paths.iter_mut().flat_map(|(path, item)| {
        operations(item).flat_map(move |(method, operation)| {
            let answers = operation.responses.responses.iter_mut();
            answers.filter_map(move |(status, answer)| match answer {
                RefOr::T(answer) => Some((format!("{method} {path} {status}"), answer)),
                RefOr::Ref(_) => None,
            })
        })
    })
}

/// The operations, each with its method.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    let all = [("GET", get), ("POST", post), ("PUT", put), ("PATCH", patch), ("DELETE", delete)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}
