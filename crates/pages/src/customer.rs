//! The customer page: a customer's own cards, shown, added, chosen and removed, and the stored data to download.

use std::sync::Arc;

use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use domain::card::Brand;
use domain::customers::{self, Customer};
use domain::instruments::{self, First, Instrument, Saved, SealedCard};
use domain::merchants::{self, Merchant};
use domain::payments::{self, Payment, settle};
use domain::{Error, Id, Mode, Scope};
use serde::Deserialize;
use serde_json::json;

use crate::checkout::sent_form;
use crate::form::CardForm;
use crate::headers::{self, Framing};
use crate::respond::{Link, NoPage, page, see_other};
use crate::views::{
    AddCardPage, AfterRemoval, CardErrors, CustomerCard, CustomerNotice, CustomerPage, ErrorKind, Notice,
    RemoveCardPage, Shell,
};
use crate::{Pages, outcome};

/// What was just done, in the address that a POST leads to.
#[derive(Deserialize)]
pub(crate) struct Done {
    done: Option<String>,
}

/// GET /customer/{link}
pub(crate) async fn show(
    State(pages): State<Pages>,
    Link(link): Link,
    done: Result<Query<Done>, QueryRejection>,
) -> Result<Response, NoPage> {
    let home = Home::read(&pages, link).await?;
    let notice = done.ok().and_then(|Query(done)| match done.done.as_deref() {
        Some("added") => Some(CustomerNotice::Added),
        Some("updated") => Some(CustomerNotice::Updated),
        Some("removed") => Some(CustomerNotice::Removed),
        Some("default") => Some(CustomerNotice::DefaultSet),
        _ => None,
    });
    Ok(home.show(notice))
}

/// GET /customer/{link}/add
pub(crate) async fn ask(State(pages): State<Pages>, Link(link): Link) -> Result<Response, NoPage> {
    let home = Home::read(&pages, link).await?;
    Ok(home.ask_for_card(StatusCode::OK, String::new(), CardErrors::default(), None))
}

/// POST /customer/{link}/add
pub(crate) async fn add(
    State(pages): State<Pages>,
    Link(link): Link,
    form: Result<Form<CardForm>, FormRejection>,
) -> Result<Response, NoPage> {
    let home = Home::read(&pages, link).await?;
    let form = sent_form(form)?;
    let card = match form.card(pages.app.now()) {
        Ok(card) => card,
        Err(errors) => {
            return Ok(home.ask_for_card(
                StatusCode::UNPROCESSABLE_ENTITY,
                form.expiry_again(),
                errors,
                None,
            ));
        }
    };
    let drawn = pages.app.draw();
    let keys = pages.app.merchant_keys(home.scope).await?;
    let sealed = SealedCard::seal(&keys, home.scope, Some(&home.customer), &card.number, card.expiry, &drawn);
    match settle::verify(&pages.app, home.scope.mode, card).await {
        Ok(()) => {}
        Err(Error::Declined(decline)) => {
            let notice = Some(Notice::Declined(outcome::decline(decline)));
            let (status, errors) = (StatusCode::UNPROCESSABLE_ENTITY, CardErrors::default());
            return Ok(home.ask_for_card(status, form.expiry_again(), errors, notice));
        }
        Err(error) => return Err(error.into()),
    }
    let (scope, id) = (home.scope, home.customer.id);
    let saved = pages.app.write(move |tx| {
        let customer = customers::get(tx, scope, id)?;
        instruments::save(tx, &keys, Some(&customer), &sealed, First::IfNone, &drawn)
    });
    match saved.await {
        Ok((_, Saved::Added)) => Ok(home.done("added")),
        Ok((_, Saved::Updated)) => Ok(home.done("updated")),
        // There are as many cards as there may be.
        Err(Error::Invalid { .. }) => {
            let (status, errors) = (StatusCode::UNPROCESSABLE_ENTITY, CardErrors::default());
            Ok(home.ask_for_card(status, form.expiry_again(), errors, Some(Notice::Unavailable)))
        }
        Err(error) => Err(error.into()),
    }
}

/// POST /customer/{link}/cards/{card}/default
pub(crate) async fn set_default(
    State(pages): State<Pages>,
    Path((link, card)): Path<(String, String)>,
) -> Result<Response, NoPage> {
    let home = Home::read(&pages, link).await?;
    let (scope, id, card) = (home.scope, home.customer.id, card_id(&card)?);
    let set = pages.app.write(move |tx| {
        let customer = customers::get(tx, scope, id)?;
        let card = instruments::get(tx, scope, &customer, card)?;
        instruments::set_default(tx, &card)
    });
    home.after(set.await, "default")
}

/// GET /customer/{link}/cards/{card}/remove
pub(crate) async fn ask_to_remove(
    State(pages): State<Pages>,
    Path((link, card)): Path<(String, String)>,
) -> Result<Response, NoPage> {
    let home = Home::read(&pages, link).await?;
    let id = card_id(&card)?;
    // A card that is gone already needs no question.
    let Some(card) = home.cards.iter().find(|card| card.id == id) else { return Ok(home.again()) };
    let newest = home.cards.iter().rev().find(|other| other.id != id);
    let view = RemoveCardPage {
        shell: home.shell(),
        merchant: home.merchant.name.clone(),
        card: outcome::card_in_words(&card.face),
        after: match newest {
            None => AfterRemoval::NoneLeft,
            Some(newest) if card.is_default => AfterRemoval::NewDefault(outcome::card_in_words(&newest.face)),
            Some(_) => AfterRemoval::Unchanged,
        },
        remove_to: format!("{}/cards/{}/remove", home.address(), card.id.hex()),
        back_to: home.address(),
    };
    Ok(page(StatusCode::OK, &view, &Framing::Refused))
}

/// POST /customer/{link}/cards/{card}/remove
pub(crate) async fn remove(
    State(pages): State<Pages>,
    Path((link, card)): Path<(String, String)>,
) -> Result<Response, NoPage> {
    let home = Home::read(&pages, link).await?;
    let (scope, id, card, drawn) = (home.scope, home.customer.id, card_id(&card)?, pages.app.draw());
    let removed = pages.app.write(move |tx| {
        let customer = customers::get(tx, scope, id)?;
        let card = instruments::get(tx, scope, &customer, card)?;
        instruments::remove(tx, &card, &drawn)
    });
    home.after(removed.await, "removed")
}

/// GET /customer/{link}/data
pub(crate) async fn data(State(pages): State<Pages>, Link(link): Link) -> Result<Response, NoPage> {
    let home = Home::read(&pages, link).await?;
    let customer = home.customer.clone();
    let payments = pages.app.read(move |tx| {
        let mut all: Vec<Payment> = Vec::new();
        loop {
            let page = payments::of_customer(tx, &customer, all.last())?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    });
    let stored = stored_data(&home, &payments.await?);
    let mut headers = headers::security(&Framing::Refused);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"my-data.json\""));
    let text = serde_json::to_vec_pretty(&stored).map_err(|error| Error::Internal(error.to_string()))?;
    Ok((headers, text).into_response())
}

fn stored_data(home: &Home<'_>, payments: &[Payment]) -> serde_json::Value {
    const TIME: &str = "%Y-%m-%dT%H:%M:%SZ";
    let cards = home.cards.iter().map(|card| {
        json!({
            "brand": card.face.brand, "last_four": card.face.last_four, "expiry": outcome::expiry(card.expiry),
            "default": card.is_default, "saved_at": card.created_at.format(TIME),
        })
    });
    let payments = payments.iter().map(|payment| {
        json!({
            "amount_minor": payment.money.minor, "currency": payment.money.currency.code(),
            "status": payment.status().as_str(), "description": payment.description,
            "reference": payment.reference,
            "card_brand": payment.card.as_ref().map(|card| &card.brand),
            "card_last_four": payment.card.as_ref().map(|card| &card.last_four),
            "created_at": payment.created_at.format(TIME),
        })
    });
    let details = &home.customer.details;
    json!({
        "shop": home.merchant.name,
        "name": details.name.as_ref().map(|name| name.whole()),
        "email": details.email.as_ref().map(|email| email.as_str()),
        "phone": details.phone.as_ref().map(|phone| phone.text()),
        "street": details.street, "house_number": details.house_number, "city": details.city,
        "state": details.state, "zip_code": details.zip_code, "country": details.country,
        "currency": details.currency, "tax_number": details.tax_number, "company_number": details.company_number,
        "created_at": home.customer.created_at.format(TIME),
        "cards": cards.collect::<Vec<_>>(),
        "payments": payments.collect::<Vec<_>>(),
    })
}

/// A customer page whose link was opened.
struct Home<'a> {
    pages: &'a Pages,
    link: String,
    scope: Scope,
    customer: Customer,
    merchant: Merchant,
    cards: Vec<Instrument>,
}

impl<'a> Home<'a> {
    async fn read(pages: &'a Pages, link: String) -> Result<Self, Error> {
        let (text, inside) = (link.clone(), Arc::clone(&pages.app));
        let read = pages.app.read(move |tx| {
            let (scope, customer) = customers::of_link(tx, &inside, &text)?;
            let merchant = merchants::of_scope(tx, scope)?;
            let cards = instruments::of_customer(tx, &customer)?;
            Ok((scope, customer, merchant, cards))
        });
        let (scope, customer, merchant, cards) = read.await?;
        Ok(Self { pages, link, scope, customer, merchant, cards })
    }

    fn show(&self, notice: Option<CustomerNotice>) -> Response {
        let mut cards: Vec<&Instrument> = self.cards.iter().collect();
        cards.sort_by_key(|card| !card.is_default);
        let view = CustomerPage {
            shell: self.shell(),
            merchant: self.merchant.name.clone(),
            cards: cards.into_iter().map(|card| self.card(card)).collect(),
            notice,
            add_to: format!("{}/add", self.address()),
            data_url: format!("{}/data", self.address()),
        };
        page(StatusCode::OK, &view, &Framing::Refused)
    }

    fn card(&self, card: &Instrument) -> CustomerCard {
        let address = format!("{}/cards/{}", self.address(), card.id.hex());
        CustomerCard {
            brand: Brand::name_of_code(&card.face.brand).to_owned(),
            last_four: card.face.last_four.clone(),
            expiry: outcome::expiry(card.expiry),
            expired: card.has_expired(self.pages.app.now()),
            is_default: card.is_default,
            default_to: format!("{address}/default"),
            remove_to: format!("{address}/remove"),
        }
    }

    fn ask_for_card(
        &self,
        status: StatusCode,
        expiry: String,
        errors: CardErrors,
        notice: Option<Notice>,
    ) -> Response {
        let mut form_id = [0; 16];
        self.pages.app.random(&mut form_id);
        let view = AddCardPage {
            shell: self.shell(),
            merchant: self.merchant.name.clone(),
            form_id: Id::<CardForm>::from_bytes(form_id).hex(),
            add_to: format!("{}/add", self.address()),
            back_to: self.address(),
            brands: Vec::new(),
            expiry,
            errors,
            notice,
            test_cards: if self.shell().test_mode { self.pages.test_cards.to_vec() } else { Vec::new() },
        };
        page(status, &view, &Framing::Refused)
    }

    /// After a change: a card that is gone meanwhile shows as gone.
    fn after(&self, changed: Result<(), Error>, done: &str) -> Result<Response, NoPage> {
        match changed {
            Ok(()) => Ok(self.done(done)),
            Err(Error::NotFound("card")) => Ok(self.again()),
            Err(error) => Err(error.into()),
        }
    }

    fn done(&self, what: &str) -> Response {
        see_other(&format!("{}?done={what}", self.address()))
    }

    fn again(&self) -> Response {
        see_other(&self.address())
    }

    fn address(&self) -> String {
        format!("/customer/{}", self.link)
    }

    fn shell(&self) -> Shell {
        Shell { test_mode: self.scope.mode == Mode::Test, framed: false }
    }
}

fn card_id(text: &str) -> Result<Id<Instrument>, NoPage> {
    Id::from_hex(text).ok_or(NoPage::new(ErrorKind::NotFound))
}
