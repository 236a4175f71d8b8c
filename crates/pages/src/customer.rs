//! The customer page: a customer's own cards, shown, added, chosen and removed.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::attempts::Refused;
use domain::card::Brand;
use domain::customers::{self, Customer};
use domain::instruments::{self, Instrument, Saved};
use domain::merchants::{self, Merchant};
use domain::payments::typed::{self, Checked};
use domain::{ClientAddress, Error, Id, Missing, Mode, Scope, Tx};
use serde::Deserialize;

use crate::form::CardForm;
use crate::headers::Framing;
use crate::messages::{CustomerNotice, NoPage, Notice};
use crate::respond::{Link, page, see_other, wait_for};
use crate::views::{
    AddCardPage, AfterRemoval, CardErrors, CustomerCard, CustomerPage, RemoveCardPage, Shell,
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
    link: Link,
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
pub(crate) async fn ask(State(pages): State<Pages>, link: Link) -> Result<Response, NoPage> {
    let home = Home::read(&pages, link).await?;
    Ok(home.ask_for_card(StatusCode::OK, String::new(), CardErrors::default(), None))
}

/// POST /customer/{link}/add
pub(crate) async fn add(
    State(pages): State<Pages>,
    link: Link,
    Extension(address): Extension<ClientAddress>,
    request: Request,
) -> Result<Response, NoPage> {
    let home = Home::read(&pages, link).await?;
    let form = CardForm::read(request).await?;
    let again = |status, errors, notice| Ok(home.ask_for_card(status, form.expiry_again(), errors, notice));
    let refused = |notice| again(StatusCode::UNPROCESSABLE_ENTITY, CardErrors::default(), Some(notice));
    let card = match form.card(pages.app.now()) {
        Ok(card) => card,
        Err(errors) => return again(StatusCode::UNPROCESSABLE_ENTITY, errors, None),
    };
    // A form that no page of ours made is one that nobody has sent before.
    let form_id = form.id().unwrap_or_else(|| pages.draw_form());
    match typed::check_and_save(&pages.app, home.link.clone(), *form_id.bytes(), card, address).await {
        Ok(Checked::Saved(Saved::Added)) => Ok(home.done("added")),
        Ok(Checked::Saved(Saved::Updated)) => Ok(home.done("updated")),
        Ok(Checked::Full) => refused(Notice::Full),
        Ok(Checked::Declined(decline)) => refused(Notice::Declined(decline)),
        Err(Refused::TooMany { limit, wait }) => {
            pages.app.refused().note(limit.why(), address.0);
            let notice = Some(Notice::TooMany(limit));
            let page = again(StatusCode::TOO_MANY_REQUESTS, CardErrors::default(), notice)?;
            Ok(wait_for(wait, page))
        }
        Err(Refused::Error(error)) => Err(error.into()),
    }
}

/// POST /customer/{link}/cards/{card}/default
pub(crate) async fn set_default(
    State(pages): State<Pages>,
    link: Link,
    Path((_, card)): Path<(String, String)>,
) -> Result<Response, NoPage> {
    let home = Home::read(&pages, link).await?;
    home.change(&card, "default", instruments::set_default).await
}

/// GET /customer/{link}/cards/{card}/remove
pub(crate) async fn ask_to_remove(
    State(pages): State<Pages>,
    link: Link,
    Path((_, card)): Path<(String, String)>,
) -> Result<Response, NoPage> {
    let home = Home::read(&pages, link).await?;
    let id = card_id(&card)?;
    // A card that is gone already needs no question.
    let Some(card) = home.cards.iter().find(|card| card.id == id) else { return Ok(home.again()) };
    let others = home.cards.iter().rev().filter(|other| other.id != id);
    let follows = others.clone().find(|other| other.may_follow());
    let view = RemoveCardPage {
        shell: home.shell(),
        merchant: home.merchant.name.clone(),
        card: outcome::card_in_words(&card.face),
        after: match follows {
            _ if others.count() == 0 => AfterRemoval::NoneLeft,
            Some(follows) if card.is_default => {
                AfterRemoval::NewDefault(outcome::card_in_words(&follows.face))
            }
            Some(_) | None => AfterRemoval::Unchanged,
        },
        remove_to: format!("{}/cards/{}/remove", home.address(), card.id.hex()),
        back_to: home.address(),
    };
    Ok(page(StatusCode::OK, &view, &Framing::Refused))
}

/// POST /customer/{link}/cards/{card}/remove
pub(crate) async fn remove(
    State(pages): State<Pages>,
    link: Link,
    Path((_, card)): Path<(String, String)>,
) -> Result<Response, NoPage> {
    let home = Home::read(&pages, link).await?;
    let drawn = pages.app.draw();
    home.change(&card, "removed", move |tx, card| instruments::remove_number(tx, card, &drawn)).await
}

pub(crate) struct Home<'a> {
    pages: &'a Pages,
    pub(crate) link: String,
    pub(crate) scope: Scope,
    pub(crate) customer: Customer,
    pub(crate) merchant: Merchant,
    pub(crate) cards: Vec<Instrument>,
}

impl<'a> Home<'a> {
    pub(crate) async fn read(pages: &'a Pages, link: Link) -> Result<Self, NoPage> {
        link.may_show(customers::check_link(&pages.app, &link.text)?)?;
        let link = link.text;
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
        let view = AddCardPage {
            shell: self.shell(),
            merchant: self.merchant.name.clone(),
            form_id: self.pages.draw_form().hex(),
            add_to: format!("{}/add", self.address()),
            back_to: self.address(),
            expiry,
            errors,
            notice,
            test_cards: Arc::clone(&self.pages.test_cards),
        };
        page(status, &view, &Framing::Refused)
    }

    /// Changes a card of the customer's.
    async fn change<F>(&self, card: &str, done: &str, change: F) -> Result<Response, NoPage>
    where
        F: Fn(&mut Tx<'_>, &Instrument) -> Result<(), Error> + Send + 'static,
    {
        let (link, inside, card) = (self.link.clone(), Arc::clone(&self.pages.app), card_id(card)?);
        let changed = self.pages.app.write(move |tx| {
            let (scope, customer) = customers::of_link(tx, &inside, &link)?;
            let card = instruments::get(tx, scope, &customer, card)?;
            change(tx, &card)
        });
        match changed.await {
            Ok(()) => Ok(self.done(done)),
            // It is gone meanwhile, and shows as gone.
            Err(Error::NotFound(Missing::Instrument)) => Ok(self.again()),
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
        format!("{}/customer/{}", self.pages.base, self.link)
    }

    fn shell(&self) -> Shell {
        Shell { test_mode: self.scope.mode == Mode::Test, framed: false, base: self.pages.base }
    }
}

fn card_id(text: &str) -> Result<Id<Instrument>, NoPage> {
    Id::from_hex(text).ok_or(NoPage::NotFound)
}
