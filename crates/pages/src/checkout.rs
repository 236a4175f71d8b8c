//! The hosted checkout: shown, paid, given up. Every POST ends in a redirect to the page itself, which shows what
//! became of it, so a reload or Back repeats nothing.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderName, HeaderValue};
use axum::response::Response;
use domain::card::CardFace;
use domain::merchants::{self, Merchant};
use domain::payments::authorize::{self, Attempt};
use domain::payments::{Payment, checkout, settle};
use domain::text;
use domain::{App, Error, Id};

use crate::form::CardForm;
use crate::headers::Framing;
use crate::respond::{NoPage, page, see_other};
use crate::views::{
    CardErrors, CheckoutPage, ErrorKind, Notice, Order, Outcome, ProcessingPage, ResultPage, ReturnLink,
    Shell,
};
use crate::{Pages, outcome};

/// Asks the browser to go on by itself: seconds and an address.
const REFRESH: HeaderName = HeaderName::from_static("refresh");
/// How long after its outcome a page still leaves for the shop by itself; later it is a receipt.
const LEAVES_FOR: Duration = Duration::from_secs(60);

/// GET /c/{link}
pub(crate) async fn show(State(pages): State<Pages>, Path(link): Path<String>) -> Result<Response, NoPage> {
    let opened = Opened::read(&pages, link).await?;
    Ok(opened.show())
}

/// POST /c/{link}
pub(crate) async fn pay(
    State(pages): State<Pages>,
    Path(link): Path<String>,
    form: Result<Form<CardForm>, FormRejection>,
) -> Result<Response, NoPage> {
    let opened = Opened::read(&pages, link).await?;
    let Form(form) = form.map_err(|rejection| {
        NoPage::new(match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ErrorKind::TooLarge,
            _ => ErrorKind::Unreadable,
        })
    })?;
    let Some(form_id) = form.id() else { return Err(NoPage::new(ErrorKind::Unreadable)) };
    let app = &pages.app;
    if !opened.can_be_paid() {
        return Ok(opened.again());
    }
    let card = match form.card(app.now()) {
        Ok(card) => card,
        Err(errors) => {
            return Ok(opened.ask_for_card(StatusCode::UNPROCESSABLE_ENTITY, form.expiry.clone(), errors));
        }
    };
    let face = CardFace::of(&card.number);
    let drawn = app.draw();
    let (link, inside) = (opened.link.clone(), Arc::clone(app));
    let attempt = app.write(move |tx| {
        let payment = checkout::of_link(tx, &inside, &link)?;
        authorize::begin(tx, payment, &face, &form_id, &drawn)
    });
    match attempt.await {
        Ok(Attempt::Begun(payment, id)) => {
            let begun = authorize::with_card(*payment, id, card);
            settle::carry_out(app, begun, |_, _, _, _| Ok(())).await?;
        }
        // Another form was faster; the page shows what became of it.
        Ok(Attempt::Repeated) | Err(Error::InFlight | Error::State { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(opened.again())
}

/// POST /c/{link}/cancel
pub(crate) async fn cancel(State(pages): State<Pages>, Path(link): Path<String>) -> Result<Response, NoPage> {
    let opened = Opened::read(&pages, link).await?;
    let drawn = pages.app.draw();
    let (link, inside) = (opened.link.clone(), Arc::clone(&pages.app));
    let canceled = pages.app.write(move |tx| {
        let mut payment = checkout::of_link(tx, &inside, &link)?;
        checkout::cancel(tx, &mut payment, &drawn)
    });
    match canceled.await {
        // What cannot be given up any more is shown as it is.
        Ok(()) | Err(Error::InFlight | Error::State { .. }) => Ok(opened.again()),
        Err(error) => Err(error.into()),
    }
}

/// A checkout whose link was opened.
struct Opened<'a> {
    pages: &'a Pages,
    link: String,
    payment: Payment,
    merchant: Merchant,
}

impl<'a> Opened<'a> {
    async fn read(pages: &'a Pages, link: String) -> Result<Self, Error> {
        let (text, inside) = (link.clone(), Arc::clone(&pages.app));
        let read = pages.app.read(move |tx| {
            let payment = checkout::of_link(tx, &inside, &text)?;
            let merchant = merchants::of_scope(tx, payment.scope)?;
            Ok((payment, merchant))
        });
        let (payment, merchant) = read.await?;
        Ok(Self { pages, link, payment, merchant })
    }

    fn app(&self) -> &App {
        &self.pages.app
    }

    fn can_be_paid(&self) -> bool {
        outcome::of(&self.payment, self.app().now()).is_none() && !authorize::is_under_way(&self.payment)
    }

    fn show(&self) -> Response {
        let now = self.app().now();
        match outcome::of(&self.payment, now) {
            Some(outcome) => self.result(outcome),
            None if authorize::is_under_way(&self.payment) => self.processing(),
            None => self.ask_for_card(StatusCode::OK, String::new(), CardErrors::default()),
        }
    }

    fn ask_for_card(&self, status: StatusCode, expiry: String, errors: CardErrors) -> Response {
        let mut form_id = [0; 16];
        self.app().random(&mut form_id);
        let test_cards = if self.payment.is_test() { self.pages.test_cards.to_vec() } else { Vec::new() };
        let view = CheckoutPage {
            shell: self.shell(),
            order: self.order(),
            back: self.back_to(|page| &page.return_url),
            form_id: Id::<CardForm>::from_bytes(form_id).hex(),
            pay_to: self.address(),
            cancel_to: format!("{}/cancel", self.address()),
            brands: Vec::new(),
            expiry,
            errors,
            notice: self.payment.last_decline.map(outcome::decline).map(Notice::Declined),
            test_cards,
        };
        page(status, &view, &self.framing())
    }

    fn processing(&self) -> Response {
        let view = ProcessingPage { shell: self.shell(), order: self.order(), again: self.address() };
        let mut response = page(StatusCode::OK, &view, &self.framing());
        response.headers_mut().insert(REFRESH, HeaderValue::from_static("2"));
        response
    }

    fn result(&self, outcome: Outcome) -> Response {
        let since = self.payment.changed_at.until(self.app().now());
        let (back, leaves) = match outcome {
            Outcome::Canceled => (self.back_to(|page| &page.cancel_url), true),
            Outcome::Paid | Outcome::Reserved => (self.back_to(|page| &page.return_url), true),
            Outcome::Revoked | Outcome::Declined => (self.back_to(|page| &page.cancel_url), false),
            Outcome::PartlyPaid { .. }
            | Outcome::Refunded
            | Outcome::PartlyRefunded { .. }
            | Outcome::Released => (self.back_to(|page| &page.return_url), false),
        };
        let leaving = leaves && since < LEAVES_FOR && back.is_some();
        let framed = self.shell().framed;
        // In a frame the header would turn the frame alone; there the script turns the top window.
        let refresh = back
            .as_ref()
            .filter(|_| leaving && !framed)
            .and_then(|back| HeaderValue::from_str(&format!("4; url={}", text::in_ascii(back.url()))).ok());
        let view = ResultPage {
            shell: self.shell(),
            order: self.order(),
            outcome,
            receipt: outcome::receipt(&self.payment),
            back,
            leaving,
        };
        let mut response = page(StatusCode::OK, &view, &self.framing());
        if let Some(refresh) = refresh {
            response.headers_mut().insert(REFRESH, refresh);
        }
        response
    }

    /// Has the browser come back to this page with GET.
    fn again(&self) -> Response {
        see_other(&self.address())
    }

    /// The page's own address on this host; it works behind every proxy.
    fn address(&self) -> String {
        format!("/c/{}", self.link)
    }

    fn shell(&self) -> Shell {
        let framed = self.payment.page.as_ref().is_some_and(|page| page.framed);
        Shell { test_mode: self.payment.is_test(), framed }
    }

    fn order(&self) -> Order {
        Order {
            merchant: self.merchant.name.clone(),
            message: self.payment.description.clone(),
            amount: self.payment.money.display(),
        }
    }

    fn back_to(&self, which: impl Fn(&domain::payments::Page) -> &String) -> Option<ReturnLink> {
        let address = which(self.payment.page.as_ref()?);
        ReturnLink::new(address.clone(), text::host_of(address))
    }

    /// Who may show the page in a frame: nobody unless it was made for one; in live mode only whom the merchant named.
    fn framing(&self) -> Framing {
        match (self.shell().framed, self.payment.is_test()) {
            (false, _) => Framing::Refused,
            (true, true) => Framing::Any,
            (true, false) => Framing::Only(self.merchant.settings.frame_origins.clone()),
        }
    }
}
