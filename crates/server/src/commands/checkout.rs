//! `kassa checkout create|revoke`.

use std::sync::Arc;

use anyhow::Context;
use dialects::DIALECTS;
use domain::customers::Customer;
use domain::merchants::credentials;
use domain::metadata::Metadata;
use domain::money::{Currency, Money};
use domain::payments::{self, Payment, checkout};
use domain::text::{self, MESSAGE_MAX};
use domain::{App, Error, Mode};
use serde_json::json;

use super::find::{self, Found};
use super::{Usage, table_of};
use crate::cli;
use crate::open;
use crate::options::Config;
use crate::terminal;

pub(super) async fn run(command: &cli::Checkout, config: &Config, as_json: bool) -> anyhow::Result<()> {
    match command {
        cli::Checkout::Create(new) => {
            let app = open::installation(config).await?.app;
            let payment = create(&app, new).await?;
            let shown = json!({
                "checkout_id": payment.id.hex(), "merchant": new.merchant, "mode": payment.scope.mode.as_str(),
                "status": payment.status().as_str(), "url": payment.page_address(&app),
            });
            if as_json {
                terminal::json(&shown);
            } else {
                table_of(&shown);
            }
            Ok(())
        }
        cli::Checkout::Revoke { id, whose } => {
            let id = find::id::<Payment>(id, "pay_").context("a checkout's id has 32 hex digits")?;
            let app = open::installation(config).await?.app;
            let what = format!("checkout {}", id.hex());
            let found = find::one(&app, whose, &what, move |tx, scope| payments::get(tx, scope, id)).await?;
            let Found { scope, .. } = found;
            let drawn = app.draw();
            let revoked = app.write(move |tx| {
                let mut payment = payments::get(tx, scope, id)?;
                checkout::revoke(tx, &mut payment, &drawn)
            });
            revoked.await?;
            if as_json {
                terminal::json(&json!({ "checkout_id": id.hex(), "status": "revoked" }));
            } else {
                terminal::print(format_args!("revoked {}", id.hex()));
            }
            Ok(())
        }
    }
}

async fn create(app: &Arc<App>, new: &cli::NewCheckout) -> anyhow::Result<Payment> {
    let currency = Currency::parse(&new.currency);
    let currency = currency.ok_or_else(|| Usage(format!("`{}` is no currency such as SEK", new.currency)))?;
    let wrong = |id: &String| Usage(format!("`{id}` is no customer's id in any API"));
    let customer = new.customer.as_ref().map(|id| find::id::<Customer>(id, "cus_").ok_or_else(|| wrong(id)));
    let customer = customer.transpose()?;
    let address = |field, url: &Option<String>| match url {
        Some(url) => text::web_address(field, url),
        None => Ok(String::new()),
    };
    let return_url = address("return_url", &new.return_url)?;
    let new_checkout = checkout::NewCheckout {
        money: Money::new(new.amount, currency)?,
        description: text::required("message", &new.message, MESSAGE_MAX)?,
        reference: None,
        captures_itself: !new.no_capture,
        capture_at: None,
        may_grow: false,
        cancel_url: if new.cancel_url.is_some() {
            address("cancel_url", &new.cancel_url)?
        } else {
            return_url.clone()
        },
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
    };
    make(app, &new.merchant, new.mode.into(), new_checkout).await
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
