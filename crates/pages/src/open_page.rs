//! A checkout whose link was opened: what is read of it, and the page that shows where it is.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{HeaderName, HeaderValue};
use axum::response::Response;
use domain::attempts::{self, Limit};
use domain::card::Brand;
use domain::customers::{self, Customer};
use domain::decline::Decline;
use domain::instruments::{self, Instrument};
use domain::merchants::{self, Merchant};
use domain::money::Money;
use domain::payments::{self, Payment, authorize, checkout};
use domain::{ActionId, App, Channel, Id, text};

use crate::form::{CardForm, Choice};
use crate::headers::Framing;
use crate::messages::{ChoiceError, CodeError, NoPage, Notice, Outcome};
use crate::respond::{Link, page, see_other, wait_for};
use crate::views::{
    CardErrors, ChallengePage, CheckoutPage, Order, ProcessingPage, ResultPage, ReturnLink, SavedCard,
    Saving, Shell,
};
use crate::{ComesBackWith, Pages, outcome};

/// Asks the browser to go on by itself: seconds and an address.
const REFRESH: HeaderName = HeaderName::from_static("refresh");
/// How long after its outcome a page still leaves for the shop by itself; later it is a receipt.
const LEAVES_FOR: Duration = Duration::from_secs(60);

/// A checkout whose link was opened.
pub(crate) struct OpenPage<'a> {
    pages: &'a Pages,
    pub(crate) link: String,
    channel: Channel,
    pub(crate) payment: Payment,
    merchant: Merchant,
    /// The customer whom the merchant named by the id, with the cards that the customer has saved. A customer who was found
    /// by an e-mail address is none here.
    pub(crate) customer: Option<(Customer, Vec<Instrument>)>,
    /// The attempt that waits for the buyer's bank, and where that is.
    pub(crate) challenge: Option<(ActionId, String)>,
    /// The last attempt.
    attempt: Option<ActionId>,
    /// Whether as many attempts were made as may be.
    used_up: bool,
    /// Whether its amount stands in other units than it says, so that nobody may be asked for it.
    in_other_units: bool,
}

/// Where a page leads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// To where the buyer goes who has paid.
    Paid,
    /// To where the buyer goes who has given up.
    GivenUp,
    /// To where the buyer goes who has no try left.
    Failed,
}

/// What was sent with a form that asks for a card once more.
#[derive(Default)]
pub(crate) struct Sent {
    /// What the buyer wrote as expiry date.
    pub(crate) expiry: String,
    pub(crate) errors: CardErrors,
    pub(crate) choice_error: Option<ChoiceError>,
    /// The saved card that was chosen, and what is wrong with its security code.
    pub(crate) chosen: Option<Id<Instrument>>,
    pub(crate) saved_code_error: Option<CodeError>,
    /// Whether the fields of a new card were what the form was about.
    pub(crate) typed: bool,
    pub(crate) saves: bool,
    /// The buyer went away from the bank to pay with another card, and is not told that the bank said no.
    pub(crate) gave_up: bool,
    /// The limit that is reached.
    pub(crate) too_many: Option<Limit>,
}

impl<'a> OpenPage<'a> {
    pub(crate) async fn read(pages: &'a Pages, link: Link) -> Result<Self, NoPage> {
        link.may_show(checkout::check_link(&pages.app, &link.text)?)?;
        let Link { text: link, channel } = link;
        let (text, inside) = (link.clone(), Arc::clone(&pages.app));
        let read = pages.app.read(move |tx| {
            let payment = checkout::of_link(tx, &inside, &text)?;
            let merchant = merchants::of_scope(tx, payment.scope)?;
            let in_other_units = payments::is_in_other_units(tx, &payment)?;
            let challenge =
                if authorize::is_under_way(&payment) { payments::challenged(tx, &payment)? } else { None };
            let customer =
                payment.wallet().map(|key| customers::if_there(tx, payment.scope, key)).transpose()?;
            let with_cards =
                |customer: Customer| instruments::of_customer(tx, &customer).map(|cards| (customer, cards));
            let customer = customer.flatten().map(with_cards).transpose()?;
            let attempt = payments::actions::last_authorization(tx, &payment)?.map(|action| action.id);
            let used_up = attempts::is_used_up(tx, &inside, &payment)?;
            Ok((payment, merchant, customer, challenge, (attempt, used_up, in_other_units)))
        });
        let (payment, merchant, customer, challenge, (attempt, used_up, in_other_units)) = read.await?;
        Ok(Self {
            pages,
            link,
            channel,
            payment,
            merchant,
            customer,
            challenge,
            attempt,
            used_up,
            in_other_units,
        })
    }

    pub(crate) async fn anew(self) -> Result<Self, NoPage> {
        Self::read(self.pages, Link { text: self.link, channel: self.channel }).await
    }

    pub(crate) fn app(&self) -> &App {
        &self.pages.app
    }

    /// Whether a form for a card may be shown and sent.
    pub(crate) fn can_be_paid(&self) -> bool {
        self.outcome().is_none() && !authorize::is_under_way(&self.payment) && !self.payment.automatic
    }

    /// What became of it; none while it can still be paid.
    fn outcome(&self) -> Option<Outcome> {
        let is_out_of_date =
            self.in_other_units && (self.challenge.is_some() || !authorize::is_under_way(&self.payment));
        outcome::of(&self.payment, self.app().now()).or(is_out_of_date.then_some(Outcome::OutOfDate))
    }

    /// The attempt that the buyer may confirm at the bank, and where that is.
    pub(crate) fn at_the_bank(&self) -> Option<&(ActionId, String)> {
        self.challenge.as_ref().filter(|_| !self.in_other_units)
    }

    /// Whether the buyer whom the bank asks can pay with another card instead.
    pub(crate) fn takes_another_card(&self) -> bool {
        !self.payment.automatic && !self.used_up
    }

    /// Whether the buyer may have the typed card saved.
    pub(crate) fn offers_saving(&self) -> bool {
        self.customer.is_some()
            && self.merchant.settings.saves_cards
            && self.payment.page.as_ref().is_some_and(|page| page.offers_saving)
    }

    /// The page as it is now. `gave_up` says that the last attempt ended because the buyer wants to pay with another card.
    pub(crate) fn show(&self, gave_up: bool) -> Response {
        match self.outcome() {
            Some(outcome) => self.result(outcome),
            None if self.challenge.is_some() => self.challenge(),
            None if self.can_be_paid() => {
                self.ask_for_card(StatusCode::OK, Sent { gave_up, ..Sent::default() })
            }
            None => self.processing(),
        }
    }

    /// Says that there were too many attempts, and what can be done about it.
    pub(crate) fn too_many(&self, limit: Limit, wait: Duration, form: &CardForm) -> Response {
        let typed = matches!(form.choice(), Choice::Typed);
        let (expiry, saves, too_many) = (form.expiry_again(), form.saves(), Some(limit));
        let sent = Sent { expiry, typed, saves, too_many, ..Sent::default() };
        wait_for(wait, self.ask_for_card(StatusCode::TOO_MANY_REQUESTS, sent))
    }

    /// Asks for a card, after an error with the words beside what was sent.
    pub(crate) fn ask_for_card(&self, status: StatusCode, sent: Sent) -> Response {
        let saved = self.saved_cards(sent.typed || sent.choice_error.is_some(), sent.chosen);
        let too_many = sent.too_many.or(self.used_up.then_some(Limit::Checkout));
        let closed = too_many == Some(Limit::Checkout);
        let back = self.back_to(if closed { Way::Failed } else { Way::Paid });
        let has_way = self.payment.page.as_ref().is_some_and(|page| page.failure_url.is_some());
        // A page of an older Kassa has no such address, and leaves for where a buyer goes who gives up.
        let leaving = closed && (has_way || self.tells().is_some()) && self.leaves(back.as_ref());
        let is_news = |decline: &Decline| !(sent.gave_up && *decline == Decline::NotAuthenticated);
        let declined = self.payment.last_decline.filter(is_news).map(Notice::Declined);
        let view = CheckoutPage {
            shell: self.shell(),
            order: self.order(),
            back: back.clone(),
            closed,
            leaving,
            verifies: self.payment.money.minor == 0,
            form_id: self.pages.draw_form().hex(),
            pay_to: self.address(),
            cancel_to: format!("{}/cancel", self.address()),
            another_chosen: sent.typed || !saved.iter().any(|card| card.chosen),
            saved,
            choice_error: sent.choice_error,
            asks_code: self.payment.asks_code(&self.merchant),
            saved_code_error: sent.saved_code_error,
            saving: self
                .offers_saving()
                .then(|| Saving { ticked: sent.saves, shop: self.merchant.name.clone() }),
            expiry: sent.expiry,
            errors: sent.errors,
            notice: too_many.map(Notice::TooMany).or(declined),
            test_cards: Arc::clone(&self.pages.test_cards),
        };
        self.leave(page(status, &view, &self.framing()), back.filter(|_| leaving))
    }

    /// The customer's cards, the default first and chosen unless the buyer chose otherwise.
    fn saved_cards(&self, chosen_otherwise: bool, chosen: Option<Id<Instrument>>) -> Vec<SavedCard> {
        let now = self.app().now();
        let mut cards: Vec<&Instrument> = self.customer.iter().flat_map(|(_, cards)| cards).collect();
        cards.sort_by_key(|card| !card.is_default);
        cards
            .into_iter()
            .map(|card| SavedCard {
                id: card.id.hex(),
                brand: Brand::name_of_code(&card.face.brand).to_owned(),
                last_four: card.face.last_four.clone(),
                expiry: outcome::expiry(card.expiry),
                expired: card.has_expired(now),
                chosen: chosen.map_or(card.is_default, |chosen| card.id == chosen)
                    && !card.has_expired(now)
                    && !chosen_otherwise,
            })
            .collect()
    }

    fn challenge(&self) -> Response {
        let view = ChallengePage {
            shell: self.shell(),
            order: self.order(),
            bank_to: format!("{}/bank", self.address()),
            another_to: self.takes_another_card().then(|| format!("{}/another", self.address())),
            cancel_to: format!("{}/cancel", self.address()),
        };
        page(StatusCode::OK, &view, &self.framing())
    }

    fn processing(&self) -> Response {
        let view = ProcessingPage { shell: self.shell(), order: self.order(), again: self.address() };
        let mut response = page(StatusCode::OK, &view, &self.framing());
        response.headers_mut().insert(REFRESH, HeaderValue::from_static("2"));
        response
    }

    fn result(&self, outcome: Outcome) -> Response {
        let (way, leaves) = match outcome {
            Outcome::Canceled => (Way::GivenUp, true),
            Outcome::Paid | Outcome::Reserved | Outcome::Verified => (Way::Paid, true),
            Outcome::Declined => (Way::Failed, true),
            Outcome::Revoked | Outcome::OutOfDate => (Way::GivenUp, false),
            Outcome::PartlyPaid { .. }
            | Outcome::Refunded
            | Outcome::PartlyRefunded { .. }
            | Outcome::Released => (Way::Paid, false),
        };
        let back = self.back_to(way);
        let leaving = leaves && self.leaves(back.as_ref());
        let view = ResultPage {
            shell: self.shell(),
            order: self.order(),
            outcome,
            receipt: outcome::receipt(&self.payment),
            back: back.clone(),
            leaving,
        };
        self.leave(page(StatusCode::OK, &view, &self.framing()), back.filter(|_| leaving))
    }

    /// Whether the outcome is so fresh that the page leaves for the shop by itself.
    fn leaves(&self, back: Option<&ReturnLink>) -> bool {
        // What the merchant does later with a payment does not send a buyer who comes for the receipt away.
        let ended_at = self.payment.authorized_at.unwrap_or(self.payment.changed_at);
        back.is_some() && ended_at.until(self.app().now()) < LEAVES_FOR
    }

    /// Has the browser go on to the shop. In a frame the header would turn the frame alone; there the script turns the top
    /// window.
    fn leave(&self, mut response: Response, back: Option<ReturnLink>) -> Response {
        let refresh = back
            .filter(|_| !self.shell().framed)
            .and_then(|back| HeaderValue::from_str(&format!("4; url={}", text::in_ascii(back.url()))).ok());
        if let Some(refresh) = refresh {
            response.headers_mut().insert(REFRESH, refresh);
        }
        response
    }

    /// Has the browser come back to this page with GET.
    pub(crate) fn again(&self) -> Response {
        see_other(&self.address())
    }

    /// The page's own address on the host of the public URL.
    pub(crate) fn address(&self) -> String {
        format!("{}/c/{}", self.pages.base, self.link)
    }

    pub(crate) fn shell(&self) -> Shell {
        let framed = self.payment.page.as_ref().is_some_and(|page| page.framed);
        Shell { test_mode: self.payment.is_test(), framed, base: self.pages.base }
    }

    pub(crate) fn order(&self) -> Order {
        // More may have been authorized than was to be paid at first.
        let minor = self.payment.money.minor.max(self.payment.state.balances().authorized());
        Order {
            merchant: self.merchant.name.clone(),
            message: self.payment.description.clone(),
            amount: Money { minor, ..self.payment.money }.display(),
        }
    }

    fn back_to(&self, way: Way) -> Option<ReturnLink> {
        let page = self.payment.page.as_ref()?;
        let address = match way {
            Way::Paid => &page.return_url,
            Way::GivenUp => &page.cancel_url,
            Way::Failed => page.failure_url.as_ref().unwrap_or(&page.cancel_url),
        };
        let address = Some(address).filter(|address| !address.is_empty())?;
        let host = text::host_of(address);
        match (self.tells(), self.attempt) {
            (Some(tells), Some(attempt)) if way != Way::GivenUp => {
                ReturnLink::new(text::with_query(address, &tells(attempt)), host)
            }
            (Some(_), _) => ReturnLink::new(address.clone(), host),
            // Where the API says nothing by itself, the shop says where the payment's id belongs.
            (None, _) => ReturnLink::new(self.payment.fill_in(address), host),
        }
    }

    /// What the payment's API tells the shop with a buyer who comes back.
    fn tells(&self) -> Option<ComesBackWith> {
        let known = self.pages.comes_back_with.iter().find(|(api, _)| *api == self.payment.api);
        known.map(|(_, tells)| *tells)
    }

    /// Who may show the page in a frame: nobody unless it was made for one; in live mode only whom the merchant named.
    pub(crate) fn framing(&self) -> Framing {
        match (self.shell().framed, self.payment.is_test()) {
            (false, _) => Framing::Refused,
            (true, true) => Framing::Any,
            (true, false) => Framing::Only(self.merchant.settings.frame_origins.clone()),
        }
    }
}
