//! The hosted checkout: shown, paid, given up. Every POST ends in a redirect to the page itself, which shows what
//! became of it, so a reload or Back repeats nothing.

use std::sync::Arc;

use axum::extract::{Extension, RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::acquiring::Card;
use domain::attempts::{self, Counted, Refused};
use domain::card::{Brand, CardFace, Zeroizing};
use domain::customers;
use domain::instruments::{self, Instrument, SealedCard};
use domain::payments::authorize::{self, Attempt, CardSource};
use domain::payments::{Begun, checkout, settle};
use domain::{ClientAddress, Error, Field, Id, Missing, Why, merchants};

use crate::Pages;
use crate::form::{CardForm, Choice, code_of};
use crate::messages::{ChoiceError, CodeError, NoPage};
use crate::open_page::{OpenPage, Sent};
use crate::respond::{Link, see_other};

/// What a buyer who goes away from the bank without an answer sends to the acquirer.
const ABANDONED: &str = "abandon";

/// What stands in the query of a page whose buyer has just given an attempt up.
const GAVE_UP: &str = "another";

/// GET /c/{link}
pub(crate) async fn show(
    State(pages): State<Pages>,
    link: Link,
    RawQuery(query): RawQuery,
) -> Result<Response, NoPage> {
    Ok(OpenPage::read(&pages, link).await?.show(query.as_deref() == Some(GAVE_UP)))
}

/// POST /c/{link}
pub(crate) async fn pay(
    State(pages): State<Pages>,
    link: Link,
    Extension(address): Extension<ClientAddress>,
    request: Request,
) -> Result<Response, NoPage> {
    let opened = OpenPage::read(&pages, link).await?;
    let form = CardForm::read(request).await?;
    let Some(form_id) = form.id() else { return Err(NoPage::Unreadable) };
    if !opened.can_be_paid() {
        return Ok(opened.again());
    }
    let begun = match form.choice() {
        Choice::Typed => match form.card(pages.app.now()) {
            Ok(card) => with_typed_card(&pages, &opened, address, card, form.saves(), form_id).await,
            Err(errors) => {
                let sent = Sent {
                    expiry: form.expiry_again(),
                    errors,
                    typed: true,
                    saves: form.saves(),
                    ..Sent::default()
                };
                return Ok(opened.ask_for_card(StatusCode::UNPROCESSABLE_ENTITY, sent));
            }
        },
        Choice::Saved(id) => {
            match with_saved_card(&pages, &opened, address, id, &form.saved_code, form_id).await {
                Ok(Err(error)) => {
                    let sent = Sent { chosen: Some(id), saved_code_error: Some(error), ..Sent::default() };
                    return Ok(opened.ask_for_card(StatusCode::UNPROCESSABLE_ENTITY, sent));
                }
                Ok(Ok(begun)) => Ok(begun),
                Err(error) => Err(error),
            }
        }
        Choice::Nothing => Err(Error::NotFound(Missing::Instrument).into()),
    };
    match begun {
        Ok(Some(begun)) => {
            settle::carry_out(&pages.app, begun, |_, _, _, _| Ok(())).await?;
            Ok(opened.again())
        }
        // Another form was faster; the page shows what became of it.
        Ok(None) | Err(Refused::Error(Error::InFlight | Error::State(_))) => Ok(opened.again()),
        Err(Refused::TooMany { limit, wait }) => {
            pages.app.refused().note(limit.why(), address.0);
            Ok(opened.too_many(limit, wait, &form))
        }
        Err(Refused::Error(Error::NotFound(Missing::Instrument))) => {
            choose_again(opened, ChoiceError::Gone).await
        }
        Err(Refused::Error(Error::Invalid { why: Why::Expired, .. })) => {
            choose_again(opened, ChoiceError::Expired).await
        }
        Err(Refused::Error(error)) => Err(error.into()),
    }
}

/// Asks for a card once more. The page is read anew: the card that was chosen cannot be used any more.
async fn choose_again(opened: OpenPage<'_>, why: ChoiceError) -> Result<Response, NoPage> {
    let opened = opened.anew().await?;
    let sent = Sent { choice_error: Some(why), ..Sent::default() };
    Ok(opened.ask_for_card(StatusCode::UNPROCESSABLE_ENTITY, sent))
}

/// POST /c/{link}/another: the buyer leaves the bank, to pay with another card.
pub(crate) async fn another(State(pages): State<Pages>, link: Link) -> Result<Response, NoPage> {
    let opened = OpenPage::read(&pages, link).await?;
    if let Some((action, _)) = opened.challenge.as_ref().filter(|_| opened.takes_another_card()) {
        settle::resume(&pages.app, opened.payment.scope.mode, *action, ABANDONED).await?;
        return Ok(see_other(&format!("{}?{GAVE_UP}", opened.address())));
    }
    Ok(opened.again())
}

/// POST /c/{link}/cancel
pub(crate) async fn cancel(State(pages): State<Pages>, link: Link) -> Result<Response, NoPage> {
    let opened = OpenPage::read(&pages, link).await?;
    if let Some((action, _)) = opened.challenge {
        // What waits for the bank is called off first.
        settle::resume(&pages.app, opened.payment.scope.mode, action, ABANDONED).await?;
    }
    let drawn = pages.app.draw();
    let (link, inside) = (opened.link.clone(), Arc::clone(&pages.app));
    let canceled = pages.app.write(move |tx| {
        let mut payment = checkout::of_link(tx, &inside, &link)?;
        checkout::cancel(tx, &mut payment, &drawn)
    });
    match canceled.await {
        // What cannot be given up any more is shown as it is.
        Ok(()) | Err(Error::InFlight | Error::State(_)) => Ok(opened.again()),
        Err(error) => Err(error.into()),
    }
}

/// Begins an attempt with a card that the buyer typed, to be saved if told so.
async fn with_typed_card(
    pages: &Pages,
    opened: &OpenPage<'_>,
    address: ClientAddress,
    card: Card,
    saves: bool,
    form_id: Id<CardForm>,
) -> Result<Option<Begun>, Refused> {
    let app = &pages.app;
    let drawn = app.draw();
    let face = CardFace::of(&card.number);
    let scope = opened.payment.scope;
    let sealed = match &opened.customer {
        Some((customer, _)) if saves && opened.offers_saving() => {
            let keys = app.merchant_keys(scope).await?;
            Some(SealedCard::seal(&keys, scope, Some(customer), &card.number, card.expiry, &drawn))
        }
        Some(_) | None => None,
    };
    let counted = Counted::of_typed(app, scope, address, &card.number).await?;
    let (link, inside) = (opened.link.clone(), Arc::clone(app));
    let attempt = app.try_write(move |tx| {
        let payment = checkout::of_link(tx, &inside, &link)?;
        let source = CardSource::Typed(&face, sealed.as_ref());
        let attempt = authorize::begin(tx, payment, &source, Some(form_id.bytes()), &drawn)?;
        if let (Attempt::Begun(payment, id, _), Some(counted)) = (&attempt, &counted) {
            attempts::count(tx, payment, *id, counted, drawn.now)?;
        }
        Ok::<_, Refused>(attempt)
    });
    Ok(match attempt.await? {
        Attempt::Begun(payment, id, _) => Some(authorize::with_card(*payment, id, card)),
        Attempt::Repeated => None,
    })
}

/// Begins an attempt with a card that the customer has saved. Whose cards may be used, and whether one needs its security
/// code, is decided here, where the attempt is written, and not by what the page had shown.
async fn with_saved_card(
    pages: &Pages,
    opened: &OpenPage<'_>,
    address: ClientAddress,
    id: Id<Instrument>,
    typed_code: &Zeroizing<String>,
    form_id: Id<CardForm>,
) -> Result<Result<Option<Begun>, CodeError>, Refused> {
    let app = &pages.app;
    let drawn = app.draw();
    let keys = app.merchant_keys(opened.payment.scope).await?;
    let (link, inside, typed_code) = (opened.link.clone(), Arc::clone(app), typed_code.clone());
    app.try_write(move |tx| {
        let payment = checkout::of_link(tx, &inside, &link)?;
        let scope = payment.scope;
        let owner = payment.wallet().ok_or(Error::NotFound(Missing::Instrument))?;
        let owner = customers::if_there(tx, scope, owner)?.ok_or(Error::NotFound(Missing::Instrument))?;
        let instrument = instruments::get(tx, scope, &owner, id)?;
        if instrument.has_expired(drawn.now) {
            return Err(Error::Invalid { field: Field::Card, why: Why::Expired }.into());
        }
        let number = instrument.number(&keys)?;
        let code = if payment.asks_code(&merchants::of_scope(tx, scope)?) {
            match code_of(&typed_code, Brand::of_number(&number)) {
                Ok(code) => Some(code),
                Err(error) => return Ok(Err(error)),
            }
        } else {
            None
        };
        let card = Card { number, expiry: instrument.expiry, code };
        let counted = Counted::of(&inside, scope, &keys, address, &card.number);
        match authorize::begin(tx, payment, &CardSource::Saved(&instrument), Some(form_id.bytes()), &drawn)? {
            Attempt::Begun(payment, id, _) => {
                if let Some(counted) = &counted {
                    attempts::count(tx, &payment, id, counted, drawn.now)?;
                }
                Ok(Ok(Some(authorize::with_card(*payment, id, card))))
            }
            Attempt::Repeated => Ok(Ok(None)),
        }
    })
    .await
}
