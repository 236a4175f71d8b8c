//! The documentation that the server serves of itself: a reader of the OpenAPI documents at `/docs`, the documents,
//! a Postman collection of each, and `/llms.txt`, which lists them. No page asks a foreign host for anything.

mod postman;

use std::fmt::Write;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dialects::Dialect;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi, Url};

/// The reader's own script and styles stand in its page, so this page alone allows such.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The documentation of these APIs.
pub(crate) fn router(public_url: &str, path: &str, documents: &[(&'static Dialect, OpenApi)]) -> Router {
    // The reader takes only texts that live as long as the process, which is how long it serves them.
    let urls = documents.iter().map(|(dialect, document)| {
        Url::new(document.info.title.clone().leak(), format!("{path}/openapi/{}.json", dialect.name).leak())
    });
    let config = Config::new(urls).validator_url("none").persist_authorization(false).deep_linking(true);
    let reader: Router = SwaggerUi::new("/docs").config(config).into();
    let mut router = reader
        .layer(map_response(fence))
        .route("/llms.txt", served("text/plain; charset=utf-8", llms(public_url, documents)));
    for (dialect, document) in documents {
        let collection = postman::collection(document).to_string();
        let document = document.to_json().expect("an OpenAPI document has string keys and finite numbers");
        router = router
            .route(&format!("/openapi/{}.json", dialect.name), served("application/json", document))
            .route(&format!("/postman/{}.json", dialect.name), served("application/json", collection));
    }
    router
}

/// The page that the reader stands in: its own says nothing of how wide a phone is.
const PAGE: &str = include_str!("docs/reader.html");

async fn fence(mut response: Response) -> Response {
    if response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        response = response.map(|_| Body::from(PAGE));
    } else if response.status() == StatusCode::NOT_FOUND {
        response =
            (StatusCode::NOT_FOUND, "There is nothing at this address. The reference begins at /docs/.\n")
                .into_response();
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn served(content_type: &'static str, text: String) -> axum::routing::MethodRouter {
    let bytes = Bytes::from(text);
    get(move || async move {
        ([(CONTENT_TYPE, content_type), (X_CONTENT_TYPE_OPTIONS, "nosniff")], bytes).into_response()
    })
}

/// What a program that reads wants to know first.
fn llms(public_url: &str, documents: &[(&'static Dialect, OpenApi)]) -> String {
    let mut text = "# Kassa\n\n\
        > A payments server that holds one record of a company's customers, saved cards and checkouts, and speaks the\n\
        > wire formats of several payment vendors over it. A customer made through one API is the same in the others.\n\n\
        Errors, idempotency and limits are each vendor's own. With test keys nothing is charged; 4242424242424242 is\n\
        approved.\n\n\
        ## APIs\n\n"
        .to_owned();
    for (dialect, document) in documents {
        let (title, name) = (&document.info.title, dialect.name);
        let base_url = dialect.base_url(public_url);
        let _ = writeln!(
            text,
            "- [{title}, OpenAPI 3.1]({public_url}/openapi/{name}.json): base URL {base_url}; \
             [Postman collection]({public_url}/postman/{name}.json)",
        );
    }
    let _ = write!(text, "\n## For people\n\n- [Reference]({public_url}/docs)\n");
    text
}
