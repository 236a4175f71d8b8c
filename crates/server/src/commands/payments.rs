//! `kassa payments list|show|capture|refund|void`: the same calls of the domain as the APIs'.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::bail;
use domain::merchants::Merchant;
use domain::money::Money;
use domain::payments::settle::{self, Comment, Settled};
use domain::payments::{self, Action, Amount, Begun, Open, Payment, capture, refund, void};
use domain::{App, Error, Id, Scope, Tx};
use serde_json::{Value, json};

use super::find::{self, Found};
use super::{Usage, table_of};
use crate::cli::{self, Whose};
use crate::open;
use crate::options::Config;
use crate::terminal;

/// Payments that are read at a time.
const PAGE: i64 = 100;
const AT: &str = "%Y-%m-%dT%H:%M:%SZ";

pub(super) async fn run(command: &cli::Payments, config: &Config, as_json: bool) -> anyhow::Result<()> {
    let (id, whose) = match command {
        cli::Payments::List { whose, limit } => {
            let app = open::installation(config).await?.app;
            return list(&app, whose, usize::from(*limit), as_json).await;
        }
        cli::Payments::Show { id, whose }
        | cli::Payments::Void { id, whose }
        | cli::Payments::Capture { id, whose, .. }
        | cli::Payments::Refund { id, whose, .. } => (id, whose),
    };
    let named: Id<Payment> =
        find::id(id, "pay_").ok_or_else(|| Usage(format!("`{id}` is no payment's id in any API")))?;
    let app = open::installation(config).await?.app;
    let what = format!("payment {id}");
    let found = find::one(&app, whose, &what, move |tx, scope| payments::get(tx, scope, named)).await?;
    let change = match command {
        cli::Payments::List { .. } | cli::Payments::Show { .. } => None,
        cli::Payments::Capture { amount, .. } => Some(Change::Capture(part(*amount))),
        cli::Payments::Refund { amount, .. } => Some(Change::Refund(part(*amount))),
        cli::Payments::Void { .. } => Some(Change::Void),
    };
    if let Some(change) = change {
        carry_out(&app, found.scope, named, change).await?;
    }
    let scope = found.scope;
    let payment = app.read(move |tx| payments::get(tx, scope, named)).await?;
    show(&app, &Found { object: payment, ..found }, as_json).await
}

/// What is to be done with a payment.
#[derive(Clone, Copy)]
enum Change {
    Capture(Amount),
    Refund(Amount),
    Void,
}

fn part(amount: Option<i64>) -> Amount {
    amount.map_or(Amount::Rest, Amount::Minor)
}

impl Change {
    /// What is left open stays so, because nobody said that it is to be released.
    fn begin(self, tx: &mut Tx<'_>, payment: Payment, drawn: &domain::time::Drawn) -> Result<Begun, Error> {
        let comment = Comment::default();
        match self {
            Self::Capture(amount) => capture::begin(tx, payment, amount, Open::Stays, comment, drawn),
            Self::Refund(amount) => refund::begin(tx, payment, amount, Open::Stays, comment, drawn),
            Self::Void => void::begin(tx, payment, comment, drawn),
        }
    }
}

async fn carry_out(app: &Arc<App>, scope: Scope, id: Id<Payment>, change: Change) -> anyhow::Result<()> {
    let drawn = app.draw();
    let begun = app.write(move |tx| {
        let payment = payments::get(tx, scope, id)?;
        change.begin(tx, payment, &drawn)
    });
    match settle::carry_out(app, begun.await?, |_, _, settled, _| Ok(settled)).await? {
        Settled::Done => Ok(()),
        Settled::Declined(decline) => Err(Error::Declined(decline).into()),
        Settled::NeverArrived => bail!("the acquirer could not be reached; nothing was done"),
        Settled::Challenged | Settled::Unknown => bail!(
            "the acquirer has not said what became of it; a running server asks, and kassa payments show {} tells it",
            id.hex()
        ),
    }
}

async fn list(app: &App, whose: &Whose, limit: usize, as_json: bool) -> anyhow::Result<()> {
    let places: HashMap<Scope, Merchant> =
        find::places(app, whose).await?.into_iter().map(|(merchant, scope)| (scope, merchant)).collect();
    let mut shown: Vec<Payment> = Vec::new();
    let mut behind = None;
    while shown.len() < limit && !places.is_empty() {
        let page = app.read(move |tx| payments::newest(tx, behind, PAGE)).await?;
        let Some(last) = page.last() else { break };
        behind = Some(last.place());
        shown.extend(page.into_iter().filter(|payment| places.contains_key(&payment.scope)));
    }
    shown.truncate(limit);
    let named = shown.iter().filter_map(|payment| Some((places.get(&payment.scope)?, payment)));
    if as_json {
        named.for_each(|(merchant, payment)| terminal::json(&in_json(merchant, payment)));
        return Ok(());
    }
    let row = |(merchant, payment): (&Merchant, &Payment)| {
        vec![
            payment.id.hex(),
            payment.created_at.format("%Y-%m-%d %H:%M"),
            payment.status().as_str().to_owned(),
            payment.money.display(),
            payment.scope.mode.as_str().to_owned(),
            merchant.name.clone(),
            payment.reference.clone().unwrap_or_else(|| payment.description.clone()),
        ]
    };
    let heads = ["PAYMENT", "MADE (UTC)", "STATUS", "AMOUNT", "MODE", "MERCHANT", "REFERENCE"];
    terminal::table(&heads, &named.map(row).collect::<Vec<_>>());
    Ok(())
}

async fn show(app: &App, found: &Found<Payment>, as_json: bool) -> anyhow::Result<()> {
    let Found { merchant, object: payment, .. } = found;
    let inside = payment.clone();
    let actions = app.read(move |tx| payments::actions::of_payment(tx, &inside)).await?;
    let mut shown = in_json(merchant, payment);
    if as_json {
        shown["actions"] = actions.iter().map(action_in_json).collect();
        terminal::json(&shown);
        return Ok(());
    }
    for name in ["amount", "authorized", "captured", "refunded", "voided"] {
        let minor = shown[name].as_i64().unwrap_or_default();
        shown[name] = money(payment, minor).into();
    }
    table_of(&shown);
    let row = |action: &Action| {
        vec![
            action.created_at.format("%Y-%m-%d %H:%M"),
            action.kind.as_str().to_owned(),
            action.status.as_str().to_owned(),
            money(payment, action.amount),
            action.reference.clone().or_else(|| action.reason.clone()).unwrap_or_default(),
        ]
    };
    if actions.is_empty() {
        return Ok(());
    }
    terminal::print("");
    terminal::table(
        &["AT (UTC)", "ACTION", "OUTCOME", "AMOUNT", "WHY"],
        &actions.iter().map(row).collect::<Vec<_>>(),
    );
    Ok(())
}

/// An amount of the payment's currency, for people.
fn money(payment: &Payment, minor: i64) -> String {
    Money { minor, ..payment.money }.display()
}

fn in_json(merchant: &Merchant, payment: &Payment) -> Value {
    let sums = payment.state.balances();
    let face = payment.card.as_ref();
    json!({
        "payment_id": payment.id.hex(), "merchant": merchant.name, "mode": payment.scope.mode.as_str(),
        "api": payment.api, "status": payment.status().as_str(), "currency": payment.money.currency.code(),
        "amount": payment.money.minor, "authorized": sums.authorized(), "captured": sums.captured(),
        "refunded": sums.refunded(), "voided": sums.voided(), "description": payment.description,
        "reference": payment.reference, "customer_id": payment.customer.map(|id| id.hex()),
        "card": face.map(|face| format!("{} …{}", face.brand, face.last_four)),
        "last_decline": payment.last_decline.map(|decline| decline.as_str()),
        "created_at": payment.created_at.format(AT), "changed_at": payment.changed_at.format(AT),
    })
}

fn action_in_json(action: &Action) -> Value {
    json!({
        "action_id": action.id.hex(), "kind": action.kind.as_str(), "status": action.status.as_str(),
        "amount": action.amount, "reason": action.reason, "reference": action.reference,
        "response_code": action.response_code, "created_at": action.created_at.format(AT),
    })
}
