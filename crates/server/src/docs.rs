//! The documentation that the server serves of itself: a reader of the OpenAPI documents at `/docs`, the documents,
//! a Postman collection of each, and `/llms.txt`, which lists them. No page asks a foreign host for anything.

mod postman;

use std::fmt::Write;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dialects::Dialect;
use utoipa_swagger_ui::{Config, SwaggerUi, Url};

/// The reader's own script and styles stand in its page, so this page alone allows such.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The documentation of these APIs, with their titles. A document is made when it is first asked for.
pub(crate) fn router(public_url: &str, path: &str, apis: &[(&'static Dialect, String)]) -> Router {
    // The reader takes only texts that live as long as the process, which is how long it serves them.
    let urls = apis.iter().map(|(dialect, title)| {
        Url::new(title.clone().leak(), format!("{path}/openapi/{}.json", dialect.name).leak())
    });
    let config = Config::new(urls).validator_url("none").persist_authorization(false).deep_linking(true);
    let reader: Router = SwaggerUi::new("/docs").config(config).into();
    let llms_txt = llms(public_url, apis);
    let mut router = reader
        .layer(map_response(fence))
        .route("/llms.txt", served("text/plain; charset=utf-8", move || llms_txt));
    for &(dialect, _) in apis {
        let public_url: Arc<str> = public_url.into();
        let of_postman = Arc::clone(&public_url);
        let document = move || {
            let document = dialect.served_document(&public_url).to_json();
            document.expect("an OpenAPI document has string keys and finite numbers")
        };
        let collection = move || postman::collection(&dialect.served_document(&of_postman)).to_string();
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

fn served(
    content_type: &'static str,
    text: impl FnOnce() -> String + Send + Sync + 'static,
) -> axum::routing::MethodRouter {
    let text = Arc::new(LazyLock::new(|| Bytes::from(text())));
    get(move || {
        let text = Arc::clone(&text);
        async move {
            let text = LazyLock::force(&text).clone();
            ([(CONTENT_TYPE, content_type), (X_CONTENT_TYPE_OPTIONS, "nosniff")], text).into_response()
        }
    })
}

/// What a program that reads wants to know first.
fn llms(public_url: &str, apis: &[(&'static Dialect, String)]) -> String {
    let mut text = "# Kassa\n\n\
        > A payments server that holds one record of a company's customers, saved cards and checkouts, and speaks the\n\
        > wire formats of several payment vendors over it. A customer made through one API is the same in the others.\n\n\
        Errors, idempotency and limits are each vendor's own. With test keys nothing is charged; 4242424242424242 is\n\
        approved.\n\n\
        ## APIs\n\n"
        .to_owned();
    for (dialect, title) in apis {
        let name = dialect.name;
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
