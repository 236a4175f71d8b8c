//! The download of the customer page: what the customer gave, and what became of the payments. What the merchant keeps
//! for itself, its metadata above all, is not in it.
//!
//! It is written a page of payments at a time, so that it takes the same memory however many there are. Where the
//! database fails in the middle, or the link is renewed, the connection breaks: what looks whole is whole.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use domain::customers::{self, Customer};
use domain::payments::history::{self, Entry};
use domain::time::Time;
use domain::{ClientAddress, Error, Id, Scope, json as read};
use futures_util::stream;
use serde_json::json;

use crate::customer::Home;
use crate::headers::{self, Framing};
use crate::messages::NoPage;
use crate::respond::Link;
use crate::{Pages, outcome};

/// Downloads at once for one merchant's customers, and for one customer.
const AT_ONCE: usize = 8;
const AT_ONCE_FOR_ONE: usize = 2;
/// How long one may take: a slow reader does not keep others waiting for longer.
const WITHIN: Duration = Duration::from_secs(120);
const TIME: &str = "%Y-%m-%dT%H:%M:%SZ";

/// The downloads under way.
#[derive(Default)]
pub(crate) struct Downloads(Mutex<Vec<Slot>>);

/// One of them.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Slot {
    scope: Scope,
    customer: Id<Customer>,
    until: Time,
}

/// The right to one download; given back when it is dropped.
struct Permit {
    downloads: Arc<Downloads>,
    slot: Slot,
}

impl Downloads {
    fn begin(self: &Arc<Self>, scope: Scope, customer: Id<Customer>, now: Time) -> Option<Permit> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|slot| slot.until > now);
        let of_shop = slots.iter().filter(|slot| slot.scope == scope);
        let of_one = of_shop.clone().filter(|slot| slot.customer == customer).count();
        if of_one >= AT_ONCE_FOR_ONE || of_shop.count() >= AT_ONCE {
            return None;
        }
        let slot = Slot { scope, customer, until: now.after(WITHIN) };
        slots.push(slot);
        Some(Permit { downloads: Arc::clone(self), slot })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut slots = self.downloads.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that are equal stand for each other.
        if let Some(ours) = slots.iter().position(|slot| *slot == self.slot) {
            slots.swap_remove(ours);
        }
    }
}

/// GET /customer/{link}/data
pub(crate) async fn data(
    State(pages): State<Pages>,
    link: Link,
    Extension(address): Extension<ClientAddress>,
) -> Result<Response, NoPage> {
    let home = Home::read(&pages, link).await?;
    let permit = pages.downloads.begin(home.scope, home.customer.id, pages.app.now());
    let permit = permit.ok_or_else(|| {
        pages.app.refused().note("a download more than its share", address.network());
        NoPage::Busy
    })?;
    let head = head(&home)?;
    let document = Document { link: home.link.clone(), pages: pages.clone(), permit, next: Next::Head(head) };
    let mut headers = headers::security(&Framing::Refused);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"my-data.json\""));
    let pieces = stream::try_unfold(document, |document| async move {
        let piece = document.piece().await;
        piece.inspect_err(|error| tracing::warn!(%error, "a download broke off"))
    });
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// A document that is being written.
struct Document {
    pages: Pages,
    link: String,
    permit: Permit,
    next: Next,
}

enum Next {
    /// Everything before the payments.
    Head(String),
    /// The payments after this one.
    Payments(Option<Entry>),
    Nothing,
}

impl Document {
    /// The next piece, and what is left.
    async fn piece(self) -> Result<Option<(Bytes, Self)>, Error> {
        let app = &self.pages.app;
        if app.now() >= self.permit.slot.until {
            return Err(Error::Busy("the download takes too long".to_owned()));
        }
        let (piece, next) = match self.next {
            Next::Head(head) => (head, Next::Payments(None)),
            Next::Payments(after) => {
                let (link, inside) = (self.link.clone(), Arc::clone(app));
                let is_first = after.is_none();
                let page = app.read(move |tx| {
                    let (_, customer) = customers::of_link(tx, &inside, &link)?;
                    history::of_customer(tx, &customer, after.as_ref())
                });
                let page = page.await?;
                let mut text = String::new();
                for (place, entry) in page.iter().enumerate() {
                    text.push_str(if is_first && place == 0 { "\n    " } else { ",\n    " });
                    text.push_str(&payment(entry).to_string());
                }
                match page.into_iter().next_back() {
                    Some(last) => (text, Next::Payments(Some(last))),
                    None => ("\n  ]\n}\n".to_owned(), Next::Nothing),
                }
            }
            Next::Nothing => return Ok(None),
        };
        Ok(Some((Bytes::from(piece), Self { next, ..self })))
    }
}

/// The document up to the first payment.
fn head(home: &Home<'_>) -> Result<String, Error> {
    let cards = home.cards.iter().map(|card| {
        json!({
            "brand": card.face.brand, "last_four": card.face.last_four, "expiry": outcome::expiry(card.expiry),
            "default": card.is_default, "saved_at": card.created_at.format(TIME),
        })
    });
    let details = &home.customer.details;
    let head = json!({
        "shop": home.merchant.name,
        "name": details.name.as_ref().map(|name| name.whole()),
        "email": details.email.as_ref().map(|email| email.as_str()),
        "phone": details.phone.as_ref().map(|phone| phone.text()),
        "street": details.street, "house_number": details.house_number, "city": details.city,
        "state": details.state, "zip_code": details.zip_code, "country": details.country,
        "currency": details.currency, "tax_number": details.tax_number, "company_number": details.company_number,
        "created_at": home.customer.created_at.format(TIME),
        "cards": cards.collect::<Vec<_>>(),
    });
    let head = serde_json::to_string_pretty(&head)
        .map_err(|error| Error::Internal(format!("a download: {}", read::fault(&error))))?;
    // The payments come in pieces, before the last brace.
    let open = head.strip_suffix("\n}").unwrap_or(&head);
    Ok(format!("{open},\n  \"payments\": ["))
}

fn payment(entry: &Entry) -> serde_json::Value {
    json!({
        "amount_minor": entry.money.minor, "currency": entry.money.currency.code(),
        "status": entry.status, "description": entry.description, "reference": entry.reference,
        "card_brand": entry.card_brand, "card_last_four": entry.card_last_four,
        "created_at": entry.created_at.format(TIME),
    })
}

#[cfg(test)]
mod tests {
    use domain::Mode;

    use super::*;

    #[test]
    fn downloads_at_once_are_shared_out_and_a_slow_one_loses_its_place() {
        let downloads = Arc::new(Downloads::default());
        let shop = |merchant| Scope { merchant, mode: Mode::Test };
        let customer = |number| Id::from_bytes([number; 16]);
        let now = Time(1_000_000);
        let begin = |merchant, number, now| downloads.begin(shop(merchant), customer(number), now);
        let mut held: Vec<_> = (0..8).map(|place| begin(1, place / 2, now)).collect();
        assert!(held.iter().all(Option::is_some));
        assert!(begin(1, 0, now).is_none(), "one customer has two");
        assert!(begin(1, 9, now).is_none(), "a shop's customers have eight");
        assert!(begin(2, 0, now).is_some(), "another shop's have their own");
        held.pop();
        let again = begin(1, 9, now);
        assert!(again.is_some() && begin(1, 8, now).is_none());
        assert!(begin(1, 8, now.after(WITHIN)).is_some(), "a slow one keeps nobody out for ever");
        drop((held, again));
        assert!(downloads.0.lock().unwrap().len() <= 1);
    }
}
