//! Hosted payments and payment links: a payment's page under an id of its own.

mod answer;
mod body;

use std::sync::Arc;

use axum::extract::{Request, State};
use domain::payments::checkout;
use domain::payments::hosted::{self, Hosted};
use domain::{App, Error};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use self::body::{CreateHostedPayment, CreatePaymentLink, NewPage};
use super::auth::Access;
use super::error::Failure;
use super::fields::Fields;
use super::named_customer::NamedCustomer;
use super::request::ApiRequest;
use super::{id, openapi, takes, units};
use crate::NamedPage;
use crate::idempotency::{Answered, once};

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(create_page).map(takes("POST")))
        .routes(routes!(retrieve_page).map(takes("GET, HEAD")))
        .routes(routes!(create_link).map(takes("POST")))
        .routes(routes!(retrieve_link).map(takes("GET, HEAD")))
}

/// The two kinds of page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PageKind {
    Page,
    Link,
}

impl PageKind {
    const fn path(self) -> &'static str {
        match self {
            Self::Page => "/hosted-payments",
            Self::Link => "/payment-links",
        }
    }

    /// What its ids begin with.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Page => "hpp_",
            Self::Link => "pl_",
        }
    }

    /// How it is stored.
    const fn word(self) -> &'static str {
        match self {
            Self::Page => "hosted_payment",
            Self::Link => "payment_link",
        }
    }
}

/// Reads the id of a page or of a link, with the word that its kind is stored by.
pub(super) fn page(text: &str) -> Option<NamedPage> {
    let read = |kind: PageKind| Some((id::read_page(kind.prefix(), text)?, kind.word()));
    [PageKind::Page, PageKind::Link].into_iter().find_map(read)
}

/// Makes a page that a buyer is sent to.
#[utoipa::path(
    post,
    path = "/hosted-payments",
    operation_id = "createHostedPayment",
    tag = "Hosted pages",
    params(openapi::IdempotencyKey),
    request_body = CreateHostedPayment,
    responses((status = 201, description = "The page", body = answer::CreatedObject), openapi::Errors),
    security(("secret_key" = []))
)]
async fn create_page(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    create(app, request, PageKind::Page).await
}

/// Makes a link that a buyer is given.
#[utoipa::path(
    post,
    path = "/payment-links",
    operation_id = "createPaymentLink",
    tag = "Hosted pages",
    params(openapi::IdempotencyKey),
    request_body = CreatePaymentLink,
    responses((status = 201, description = "The link", body = answer::CreatedObject), openapi::Errors),
    security(("secret_key" = []))
)]
async fn create_link(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    create(app, request, PageKind::Link).await
}

/// Reads a page, and whether it was paid.
#[utoipa::path(
    get,
    path = "/hosted-payments/{id}",
    operation_id = "getHostedPayment",
    tag = "Hosted pages",
    params(("id" = String, Path, pattern = "^hpp_[A-Za-z0-9_-]{12}$")),
    responses((status = 200, description = "The page", body = answer::HostedObject), openapi::Errors),
    security(("secret_key" = []))
)]
async fn retrieve_page(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    retrieve(app, request, PageKind::Page).await
}

/// Reads a link, and whether it was paid.
#[utoipa::path(
    get,
    path = "/payment-links/{id}",
    operation_id = "getPaymentLink",
    tag = "Hosted pages",
    params(("id" = String, Path, pattern = "^pl_[A-Za-z0-9_-]{12}$")),
    responses((status = 200, description = "The link", body = answer::HostedObject), openapi::Errors),
    security(("secret_key" = []))
)]
async fn retrieve_link(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    retrieve(app, request, PageKind::Link).await
}

async fn create(app: Arc<App>, request: Request, kind: PageKind) -> Result<Answered, Failure> {
    let entered = ApiRequest::to_write(request, app, Access::Pages).await?;
    let request = entered.keyed("POST", kind.path().to_owned());
    let fields = Fields::parse(&entered.body, entered.app.now());
    let NewPage { page, customer, request: said } = match fields.and_then(|fields| body::new(fields, kind)) {
        Ok(new) => new,
        Err(failure) => return entered.refuse(request, failure).await,
    };
    let ApiRequest { app, caller, .. } = entered;
    let (drawn, of_customer, inside) = (app.draw(), app.draw(), Arc::clone(&app));
    let answered = once(&app, caller, request, drawn, move |tx, caller, drawn| {
        let find = |named: &NamedCustomer| named.find_or_create(tx, caller.scope, &of_customer);
        let customer = customer.as_ref().map(find).transpose()?.map(|(customer, _)| customer.id);
        let page = checkout::NewCheckout { customer, ..page.clone() };
        let made = hosted::create(tx, &inside, caller, &page, (kind.word(), &said), drawn)?;
        Ok((answer::created(&inside, kind, &made), made.payment.about()))
    });
    answered.await.map_err(Failure::in_body)
}

async fn retrieve(app: Arc<App>, request: Request, kind: PageKind) -> Result<Answered, Failure> {
    let entered = ApiRequest::to_read(request, app, Access::Pages).await?;
    let id = id::read_page(kind.prefix(), &entered.named).ok_or_else(Failure::not_found)?;
    let (scope, inside) = (entered.caller.scope, Arc::clone(&entered.app));
    let read = entered.app.read(move |tx| {
        let found: Hosted = hosted::get(tx, scope, id, kind.word())?;
        Ok::<_, Error>((answer::hosted(&inside, kind, &found), units::rounds(&found.payment)))
    });
    let (reply, rounded) = read.await?;
    units::tell(rounded);
    Ok(Answered::first(reply))
}
