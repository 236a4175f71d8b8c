//! `POST /connect/token`: client credentials for an access token (RFC 6749, section 4.4).

mod answer;
mod body;
mod scopes;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::Extensions;
use axum::response::Response;
use domain::merchants::access;
use domain::merchants::credentials::Secret;
use domain::places::Places;
use domain::{App, Caller, ClientAddress};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use self::answer::{Refused, RefusedObject, Token};
use self::body::{Client, Form, TokenWanted};
pub(super) use self::scopes::SCOPES;
use super::NAME;
use crate::client;

const LIFE: Duration = Duration::from_secs(3600);
/// Bodies that one address may have under way where the credential stands in the body, so that it has to be read before
/// anybody knows whose it is.
const STRANGERS_AT_ONCE: usize = 8;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    let token = routes!(token).map(|route| {
        let route = route.fallback(|| async { Refused::METHOD });
        route.layer(Extension(<Places>::new(STRANGERS_AT_ONCE)))
    });
    OpenApiRouter::new().routes(token)
}

/// Issues an access token to an OAuth client.
#[utoipa::path(
    post,
    extensions(("x-fidelity" = json!("documented – the vendor has another host for it; here it is the same one"))),
    path = "/connect/token",
    operation_id = "requestAccessToken",
    tag = "Access tokens",
    request_body(content = TokenWanted, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token", body = Token),
        (status = 400, description = "The request or the client is wrong", body = RefusedObject),
        (status = 408, description = "The body did not arrive whole within 2 seconds", body = RefusedObject),
        (status = 413, description = "The body is larger than 4 KiB", body = RefusedObject),
        (
            status = 429,
            description = "Too many bodies of one address are under way, or too many wrong secrets came from it",
            body = RefusedObject,
            headers(("Retry-After" = String))
        ),
        (status = 500, description = "A fault of the server", body = RefusedObject),
        (status = 503, description = "Try again", body = RefusedObject, headers(("Retry-After" = String)))
    ),
    security(())
)]
async fn token(
    State(app): State<Arc<App>>,
    Extension(strangers): Extension<Places>,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let shown = body::in_header(&parts.headers)?;
    let known = match &shown {
        Some(client) => Some(authenticate(&app, client, &parts.extensions).await?),
        None => None,
    };
    let (TokenWanted { grant_type, client_id, client_secret, scope }, form) = {
        // Requests of no known address count as one's.
        let from = parts.extensions.get::<ClientAddress>().copied();
        let network = from.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), ClientAddress::network);
        let _place = match known {
            Some(_) => None,
            None => Some(strangers.enter(network).ok_or(Refused::TOO_MANY)?),
        };
        Form::wanted(&parts.headers, body).await?
    };
    match grant_type?.as_deref() {
        None => return Err(Refused::because("invalid_request")),
        Some("client_credentials") => {}
        Some(_) => return Err(Refused::because("unsupported_grant_type")),
    }
    // The vendor's Python client says who asks in both places.
    let caller = match (known, client_id?.zip(client_secret?)) {
        (Some(_), in_form @ Some(_)) if in_form != shown => return Err(Refused::UNKNOWN),
        (Some(caller), _) => caller,
        (None, Some(client)) => authenticate(&app, &client, &parts.extensions).await?,
        (None, None) => return Err(Refused::UNKNOWN),
    };
    form.look()?;
    let scopes = scopes::granted(&scope?.unwrap_or_default(), &caller.permits)?;
    Ok(answer::token(access::issue(&app, &caller, &scopes, LIFE), LIFE, &scopes))
}

async fn authenticate(
    app: &Arc<App>,
    (client_id, secret): &Client,
    extensions: &Extensions,
) -> Result<Caller, Refused> {
    Ok(client::authenticate(app, NAME, &Secret::pair(client_id, secret), extensions).await?)
}
