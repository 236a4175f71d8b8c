//! Instruments: create from a token or a card, get, update, delete, revoke.

mod answer;
mod body;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::routing::any;
use domain::card::Expiry;
use domain::customers::{self, Customer};
use domain::idempotency::About;
use domain::instruments::{self, Instrument, SealedCard};
use domain::time::Drawn;
use domain::{App, Caller, Error, Field, Id, Missing, Scope, Tx, Why, tokens};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use self::body::{Change, CreateInstrument, InstrumentSource, TokenBody, UpdateInstrument, holder};
use super::answer::nothing;
use super::auth::Access;
use super::error::Failure;
use super::fields::Fields;
use super::holder::Holder;
use super::named_customer::NamedCustomer;
use super::refusal::Refusal;
use super::request::ApiRequest;
use super::{id, openapi, takes};
use crate::idempotency::{Answered, once, try_once};
use crate::unchanged::of_nobody;
use crate::warnings;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(create).map(takes("POST")))
        .routes(routes!(retrieve, update, delete).map(|_| any(one)))
        .routes(routes!(revoke).map(|_| any(one_to_revoke)))
}

/// Saves a card, for a customer or for nobody yet.
#[utoipa::path(
    post,
    path = "/instruments",
    operation_id = "createInstrument",
    tag = "Instruments",
    params(openapi::IdempotencyKey),
    request_body = CreateInstrument,
    responses((status = 201, description = "The instrument", body = answer::InstrumentObject), openapi::Errors),
    security(("secret_key" = []), ("oauth" = ["vault:instruments"]))
)]
async fn create(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = ApiRequest::to_write(request, app, Access::Instruments).await?;
    let request = entered.keyed("POST", "/instruments".to_owned());
    let drawn = entered.app.draw();
    let fields = Fields::parse(&entered.body, drawn.now);
    let sent = match fields.and_then(|fields| fields.read(CreateInstrument::read)) {
        Ok(sent) => sent,
        Err(failure) => return entered.refuse(request, failure).await,
    };
    let (owner, holder) = (sent.customer, holder(sent.holder, sent.account_holder));
    let ApiRequest { app, caller, .. } = entered;
    let scope = caller.scope;
    // A number is sealed here, so that the unit of work holds none; whose it is turns out there.
    let card = match sent.source {
        InstrumentSource::Token(TokenBody { token }) => Err(token),
        InstrumentSource::Card(card) => {
            let sealed =
                SealedCard::seal(caller.keys(), caller.scope, None, &card.number, card.expiry(), &drawn);
            Ok(sealed.with(holder.stored(), None))
        }
    };
    let token = card.as_ref().err().copied().flatten();
    let answered = once(&app, caller, request, drawn, move |tx, caller, drawn| {
        // Here the address is the merchant's own word.
        let customer = owner.as_ref().map(|owner| owner.find_or_create(tx, scope, drawn)).transpose()?;
        let customer = customer.map(|(customer, _)| customer);
        let card = match &card {
            Ok(sealed) => sealed.clone(),
            Err(token) => of_token(tx, caller, *token, &holder, customer.as_ref(), drawn)?,
        };
        let first = owner.as_ref().map_or(instruments::MakeDefault::IfNone, NamedCustomer::first);
        let (made, _) = instruments::save(tx, caller.keys(), customer.as_ref(), &card, first, drawn)?;
        Ok((answer::created(&made, customer.as_ref()), made.about()))
    });
    let answered = answered.await.map_err(Failure::in_body)?;
    forget_code(&app, scope, token, &answered);
    Ok(answered)
}

/// Reads an instrument.
#[utoipa::path(
    get,
    path = "/instruments/{id}",
    operation_id = "getInstrument",
    tag = "Instruments",
    params(("id" = String, Path, pattern = "^src_[a-z2-7]{26}$")),
    responses((status = 200, description = "The instrument", body = answer::InstrumentObject), openapi::Errors),
    security(("secret_key" = []), ("oauth" = ["vault:instruments"]))
)]
async fn retrieve(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = ApiRequest::to_read(request, app, Access::Instruments).await?;
    let (id, scope) = (named(&entered)?, entered.caller.scope);
    let read = entered.app.read(move |tx| {
        let card = instruments::find(tx, scope, id)?;
        let customer = card.owner().map(|key| customers::by_key(tx, scope, key)).transpose()?;
        Ok(answer::instrument(&card, customer.as_ref()))
    });
    Ok(Answered::first(read.await?))
}

/// Changes an instrument: its date, its holder, whose it is, or the card behind it.
#[utoipa::path(
    patch,
    extensions(("x-fidelity" = json!("documented – also with the method in lower case"))),
    path = "/instruments/{id}",
    operation_id = "updateInstrument",
    tag = "Instruments",
    params(("id" = String, Path, pattern = "^src_[a-z2-7]{26}$"), openapi::IdempotencyKey),
    request_body = UpdateInstrument,
    responses((status = 200, description = "Its kind and fingerprint", body = answer::Updated), openapi::Errors),
    security(("secret_key" = []), ("oauth" = ["vault:instruments"]))
)]
async fn update(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = ApiRequest::to_write(request, app, Access::Instruments).await?;
    let (id, scope) = (named(&entered), entered.caller.scope);
    let drawn = entered.app.draw();
    let fields = Fields::parse(&entered.body, drawn.now).and_then(|fields| {
        // Here its names are told of and what is misspelt is refused. What is wrong with values, the card decides.
        let _ = body::change(fields.clone(), None);
        warnings::refused()?;
        Ok(fields)
    });
    let Ok(id) = id else {
        let change = fields.and_then(|fields| body::change(fields, None));
        return Err(change.err().unwrap_or_else(Failure::not_found));
    };
    let request = entered.keyed("PATCH", path(id));
    let fields = match fields {
        Ok(fields) => fields,
        Err(failure) => return entered.refuse(request, failure).await,
    };
    let token = body::token_of(&fields);
    let ApiRequest { app, caller, .. } = entered;
    let answered = try_once(&app, caller, request, drawn, move |tx, caller, drawn| {
        let found = instruments::find(tx, scope, id);
        let card = found.map_err(|error| of_nobody(error, body::change(fields.clone(), None)))?;
        let owner = card.owner().map(|key| customers::by_key(tx, scope, key)).transpose()?;
        // What a month or a year alone means depends on the card.
        let new = fields.clone().unlike(&answer::object(&card, owner.as_ref()));
        let change = body::change(new, Some(card.expiry))?;
        apply(tx, caller, &card, &change, drawn).map_err(Refusal::in_body)?;
        let changed = instruments::find(tx, scope, id)?;
        Ok::<_, Failure>((answer::updated(&changed), changed.about()))
    });
    let answered = answered.await?;
    forget_code(&app, scope, token, &answered);
    Ok(answered)
}

/// Deletes an instrument.
#[utoipa::path(
    delete,
    path = "/instruments/{id}",
    operation_id = "deleteInstrument",
    tag = "Instruments",
    params(("id" = String, Path, pattern = "^src_[a-z2-7]{26}$"), openapi::IdempotencyKey),
    responses((status = 204, description = "It is gone"), openapi::Errors),
    security(("secret_key" = []), ("oauth" = ["vault:instruments"]))
)]
async fn delete(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = ApiRequest::to_write(request, app, Access::Instruments).await?;
    let id = named(&entered)?;
    let request = entered.keyed("DELETE", path(id));
    let ApiRequest { app, caller, .. } = entered;
    let answered = once(&app, caller, request, app.draw(), move |tx, caller, drawn| {
        let card = instruments::find(tx, caller.scope, id)?;
        instruments::remove(tx, &card, drawn)?;
        Ok((nothing(), About::NOBODY))
    });
    Ok(answered.await?)
}

/// Puts an instrument out of use.
#[utoipa::path(
    patch,
    extensions(("x-fidelity" = json!("seen – the path; the answer is ours"))),
    path = "/instruments/{id}/revoke",
    operation_id = "revokeInstrument",
    tag = "Instruments",
    params(("id" = String, Path, pattern = "^src_[a-z2-7]{26}$"), openapi::IdempotencyKey),
    responses((status = 200, description = "It is out of use", body = answer::Revoked), openapi::Errors),
    security(("secret_key" = []), ("oauth" = ["vault:instruments"]))
)]
async fn revoke(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    let entered = ApiRequest::to_write(request, app, Access::Instruments).await?;
    let id = named(&entered)?;
    let request = entered.keyed("PATCH", format!("{}/revoke", path(id)));
    let ApiRequest { app, caller, .. } = entered;
    let answered = once(&app, caller, request, app.draw(), move |tx, caller, drawn| {
        let card = instruments::find(tx, caller.scope, id)?;
        instruments::revoke(tx, &card, drawn)?;
        Ok((answer::revoked(&card), card.about()))
    });
    Ok(answered.await?)
}

/// Any method of /instruments/{id}; the vendor's Node client sends `patch` in lower case.
async fn one(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    match request.method().as_str() {
        "GET" | "HEAD" => retrieve(State(app), request).await,
        "PATCH" | "patch" => update(State(app), request).await,
        "DELETE" => delete(State(app), request).await,
        _ => Err(Failure::method_not_allowed("GET, HEAD, PATCH, DELETE")),
    }
}

/// Any method of /instruments/{id}/revoke, likewise.
async fn one_to_revoke(State(app): State<Arc<App>>, request: Request) -> Result<Answered, Failure> {
    match request.method().as_str() {
        "PATCH" | "patch" => revoke(State(app), request).await,
        _ => Err(Failure::method_not_allowed("PATCH")),
    }
}

fn named(entered: &ApiRequest) -> Result<Id<Instrument>, Failure> {
    id::read(id::INSTRUMENT, &entered.named).ok_or_else(Failure::not_found)
}

fn path(id: Id<Instrument>) -> String {
    format!("/instruments/{}", id::write(id::INSTRUMENT, id))
}

/// What the path names is missing in another way than what the body names.
fn of_path(error: Error) -> Refusal {
    if error == Error::NotFound(Missing::Instrument) { Refusal::NoInstrument } else { error.into() }
}

/// The security code of a token that was used up here is for nothing any more: no code is kept with a card.
fn forget_code(app: &App, scope: Scope, token: Option<Id<tokens::Token>>, answered: &Answered) {
    if let Some(token) = token.filter(|_| !answered.replayed) {
        app.codes().forget(scope, token);
    }
}

/// Uses a token up, and seals its card for the customer. What the request says of the holder wins over the token.
fn of_token(
    tx: &mut Tx<'_>,
    caller: &Caller,
    token: Option<Id<tokens::Token>>,
    holder: &Holder,
    customer: Option<&Customer>,
    drawn: &Drawn,
) -> Result<SealedCard, Error> {
    let id = token.ok_or(Error::NotFound(Missing::Token))?;
    let (token, number) = tokens::spend(tx, caller.keys(), caller.scope, id, drawn.now)?;
    let holder = Holder::read(token.holder.as_deref()).changed_by(holder.clone());
    let expiry = not_over(token.expiry, drawn)?;
    let sealed = SealedCard::seal(caller.keys(), caller.scope, customer, &number, expiry, drawn);
    Ok(sealed.with(holder.stored(), token.wallet))
}

/// The date of a card that is to be kept. A token's may be over.
fn not_over(expiry: Expiry, drawn: &Drawn) -> Result<Expiry, Error> {
    let over = Error::Invalid { field: Field::Card, why: Why::Expired };
    if expiry.is_over(drawn.now) { Err(over) } else { Ok(expiry) }
}

fn apply(
    tx: &mut Tx<'_>,
    caller: &Caller,
    card: &Instrument,
    change: &Change,
    drawn: &Drawn,
) -> Result<(), Refusal> {
    let (scope, keys) = (caller.scope, caller.keys());
    // A customer who is missing is found missing after what is wrong with the rest.
    let giving_to = change.customer.flatten().map(|id| customers::get(tx, scope, id)).transpose();
    let giving_to = match giving_to {
        Err(Error::NotFound(_)) => None,
        found => found?,
    };
    // What the request does not name stays as the changes before this one left it.
    let card = &instruments::lock(tx, card, giving_to.as_ref()).map_err(of_path)?;
    // Once more: a date that is half the old one is another where that was changed meanwhile.
    let expiry = change.expiry.map(|new| not_over(new.of(card.expiry), drawn)).transpose()?;
    let known = Holder::read(card.holder.as_deref());
    if let Some(token) = change.token {
        let id = token.ok_or(Error::NotFound(Missing::Token))?;
        let (token, number) = tokens::spend(tx, keys, scope, id, drawn.now)?;
        let expiry = expiry.map_or_else(|| not_over(token.expiry, drawn), Ok)?;
        let holder = Holder::read(token.holder.as_deref()).changed_by(change.holder.clone());
        let sealed = SealedCard::instead_of(keys, card, &number, expiry, drawn);
        instruments::replace(tx, card, &sealed.with(holder.stored(), token.wallet), drawn)?;
    } else if expiry.is_some() || change.holder != Holder::default() {
        let holder = known.clone().changed_by(change.holder.clone());
        holder.check(&known)?;
        let holder = holder.stored();
        let expiry = expiry.unwrap_or(card.expiry);
        instruments::set_facts(tx, card, expiry, holder.as_deref(), card.wallet.as_deref())?;
    }
    // The card as it is now: its number may be another one.
    let card = instruments::find(tx, scope, card.id)?;
    let owner = match change.customer {
        Some(id) => Some(customers::get(tx, scope, id.ok_or(Error::NotFound(Missing::Customer))?)?),
        None => card.owner().map(|key| customers::by_key(tx, scope, key)).transpose()?,
    };
    let Some(owner) = owner else { return Ok(()) };
    if card.owner().is_some_and(|known| known != owner.row_key()) {
        return Err(Refusal::OtherCustomer);
    }
    if change.customer.is_some() || change.first != instruments::MakeDefault::IfNone {
        instruments::link(tx, keys, &card, &owner, change.first, drawn)?;
    }
    Ok(())
}
