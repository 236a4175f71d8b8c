//! `kassa checkout create|revoke`.

use std::sync::Arc;

use acquirers::simulator::CHALLENGE_LIFE;
use anyhow::{Context, anyhow};
use dialects::DIALECTS;
use domain::customers::Customer;
use domain::merchants::credentials;
use domain::metadata::Metadata;
use domain::money::{Currency, Money};
use domain::payments::{self, Payment, checkout};
use domain::text::{self, MESSAGE_MAX, REFERENCE_MAX};
use domain::{App, Error, Id, Mode, Scope, WrongState};
use serde_json::json;

use super::find::{self, Found};
use super::{Usage, print};
use crate::cli;
use crate::open;
use crate::options::Config;
use crate::served;
use crate::terminal;

pub(super) async fn run(command: &cli::Checkout, config: &Config, as_json: bool) -> anyhow::Result<()> {
    match command {
        cli::Checkout::Create(new) => {
            let opened = open::installation(config).await?;
            let app = &opened.app;
            let payment = create(app, new).await?;
            let shown = json!({
                "checkout_id": payment.id.hex(), "merchant": new.merchant, "mode": payment.scope.mode.as_str(),
                "status": payment.status().as_str(), "url": payment.page_address(app),
            });
            print(&shown, as_json);
            served::tell(&opened, config).await;
            Ok(())
        }
        cli::Checkout::Revoke { id, whose } => {
            let named = find::Named::read(id)?;
            let app = open::installation(config).await?.app;
            let Found { scope, object, .. } = named.find(&app, id, whose).await?;
            let id = object.id;
            let drawn = app.draw();
            let revoked = app.write(move |tx| {
                let mut payment = payments::get(tx, scope, id)?;
                checkout::revoke(tx, &mut payment, &drawn)
            });
            if let Err(error) = revoked.await {
                return Err(refusal(&app, scope, id, error).await);
            }
            if as_json {
                terminal::json(&json!({ "checkout_id": id.hex(), "status": "revoked" }));
            } else {
                terminal::print(format_args!("revoked {}", id.hex()));
            }
            Ok(())
        }
    }
}

/// Why a checkout cannot be withdrawn, and what can be done instead.
async fn refusal(app: &App, scope: Scope, id: Id<Payment>, error: Error) -> anyhow::Error {
    let hex = id.hex();
    if error == Error::InFlight {
        return match at_the_bank(app, scope, id).await {
            Ok(true) => anyhow!(
                "cannot revoke: the buyer is confirming the payment at the bank, for {} minutes at most; try again then",
                CHALLENGE_LIFE.as_secs() / 60
            ),
            Ok(false) => anyhow!(
                "cannot revoke: a payment is under way, and its outcome is not known yet; a running server asks for it \
                 within a minute (kassa payments show {hex})"
            ),
            Err(error) => error.into(),
        };
    }
    let Error::State(WrongState::Payment { is, .. }) = error else { return error.into() };
    let sums = match app.read(move |tx| payments::get(tx, scope, id)).await {
        Ok(payment) => payment.state.balances(),
        Err(error) => return error.into(),
    };
    let mut instead = String::new();
    if sums.open() > 0 {
        instead = format!("; kassa payments void {hex} releases what is reserved");
    }
    if sums.refundable() > 0 {
        instead = format!("{instead}; kassa payments refund {hex} gives back what was captured");
    }
    anyhow!("cannot revoke: the payment is {is}, and only an unpaid checkout can be withdrawn{instead}")
}

async fn at_the_bank(app: &App, scope: Scope, id: Id<Payment>) -> Result<bool, Error> {
    app.read(move |tx| {
        let payment = payments::get(tx, scope, id)?;
        Ok(payments::challenged(tx, &payment)?.is_some())
    })
    .await
}

async fn create(app: &Arc<App>, new: &cli::NewCheckout) -> anyhow::Result<Payment> {
    let currency = Currency::parse(&new.currency);
    let currency =
        currency.ok_or_else(|| Usage(format!("`{}` is not a currency such as SEK", new.currency)))?;
    let wrong = |id: &String| Usage(format!("`{id}` is not a customer id of any API"));
    let customer = new.customer.as_ref().map(|id| find::id::<Customer>(id, "cus_").ok_or_else(|| wrong(id)));
    let customer = customer.transpose()?;
    let address = |field, url: &Option<String>| match url {
        Some(url) => text::web_address(field, url),
        None => Ok(String::new()),
    };
    let return_url = address("return_url", &new.return_url)?;
    let reference = new.reference.as_ref().map(|text| text::free("reference", text, REFERENCE_MAX));
    let money = Money::new(new.amount, currency)?;
    let description = text::required("message", &new.message, MESSAGE_MAX)?;
    let reference = reference.transpose()?.filter(|reference| !reference.is_empty());
    let plain = plain(money, description, return_url, customer);
    let mut new_checkout = checkout::NewCheckout { reference, captures_itself: !new.no_capture, ..plain };
    if new.cancel_url.is_some() {
        new_checkout.cancel_url = address("cancel_url", &new.cancel_url)?;
    }
    make(app, &new.merchant, new.mode, new_checkout).await
}

/// A checkout of which nobody says more than this.
pub(super) fn plain(
    money: Money,
    description: String,
    return_url: String,
    customer: Option<Id<Customer>>,
) -> checkout::NewCheckout {
    checkout::NewCheckout {
        money,
        description,
        reference: None,
        captures_itself: true,
        capture_at: None,
        may_grow: false,
        cancel_url: return_url.clone(),
        return_url,
        failure_url: None,
        framed: false,
        offers_saving: true,
        customer,
        customer_named: customer.is_some(),
        asks_code: false,
        authenticates: false,
        metadata: Metadata::default(),
        extras: None,
        life: None,
        card: None,
    }
}

/// Makes a checkout of a merchant, as the first API would.
pub(super) async fn make(
    app: &Arc<App>,
    merchant: &str,
    mode: Mode,
    new: checkout::NewCheckout,
) -> anyhow::Result<Payment> {
    let api = DIALECTS.first().context("there is no API")?.name;
    let merchant = find::merchant(app, merchant).await?;
    let (drawn, inside) = (app.draw(), Arc::clone(app));
    let made = app.write(move |tx| {
        let operator = credentials::of_operator(tx, &inside, &merchant, mode, api)?;
        Ok::<_, Error>(checkout::create(tx, &inside, &operator, &new, &drawn)?.0)
    });
    Ok(made.await?)
}
