//! `kassa payments list|show|capture|refund|void`: the same calls of the domain as the APIs'. It shows the domain's own
//! words for where a payment is, and says in them why it cannot be changed.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use domain::acquiring::Instruction;
use domain::merchants::Merchant;
use domain::money::Money;
use domain::payments::settle::{self, Comment, Settled};
use domain::payments::{self, Action, Amount, Begun, Open, Payment, Status, capture, refund, void};
use domain::task::AskedBy;
use domain::text::{self, REFERENCE_MAX};
use domain::{App, Error, Field, PaymentIs, Scope, Tx, WrongState};
use serde_json::{Value, json};

use super::find::{self, Found};
use super::table_of;
use crate::cli::{self, Whose};
use crate::open;
use crate::options::Config;
use crate::terminal;

/// Payments that are read at a time.
const PAGE: i64 = 100;
const AT: &str = "%Y-%m-%dT%H:%M:%SZ";

pub(super) async fn run(command: &cli::Payments, config: &Config, as_json: bool) -> anyhow::Result<()> {
    let (id, whose) = match command {
        cli::Payments::List { whose, limit, status, reference } => {
            let app = open::installation(config).await?.app;
            let is_wanted = |payment: &Payment| {
                status.as_ref().is_none_or(|status| status.0.contains(&payment.status()))
                    && reference.as_ref().is_none_or(|wanted| payment.reference.as_ref() == Some(wanted))
            };
            return list(&app, whose, usize::from(*limit), is_wanted, as_json).await;
        }
        cli::Payments::Show { id, whose }
        | cli::Payments::Void { id, whose, .. }
        | cli::Payments::Capture { id, whose, .. }
        | cli::Payments::Refund { id, whose, .. } => (id, whose),
    };
    let named = find::Named::read(id)?;
    let change = match command {
        cli::Payments::List { .. } | cli::Payments::Show { .. } => None,
        cli::Payments::Capture { amount, reference, .. } => Some((Change::Capture(part(*amount)), reference)),
        cli::Payments::Refund { amount, reference, .. } => Some((Change::Refund(part(*amount)), reference)),
        cli::Payments::Void { reference, .. } => Some((Change::Void, reference)),
    };
    let app = open::installation(config).await?.app;
    let found = named.find(&app, id, whose).await?;
    let (scope, id) = (found.scope, found.object.id);
    let mut moved = None;
    if let Some((change, reference)) = change {
        let reference = reference.as_ref().map(|text| text::free("reference", text, REFERENCE_MAX));
        // The log has no request to name, so it says that somebody did this by hand.
        let done = AskedBy::Command.has(carry_out(&app, &found.object, change, reference.transpose()?));
        moved = Some((change, done.await?));
    }
    let payment = app.read(move |tx| payments::get(tx, scope, id)).await?;
    if let (Some((change, minor)), false) = (moved, as_json) {
        terminal::print(format_args!("{}\n", change.told(&payment, minor)));
    }
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
    fn begin(
        self,
        tx: &mut Tx<'_>,
        payment: Payment,
        comment: Comment<'_>,
        drawn: &domain::time::Drawn,
    ) -> Result<Begun, Error> {
        match self {
            Self::Capture(amount) => capture::begin(tx, payment, amount, Open::Stays, comment, drawn),
            Self::Refund(amount) => refund::begin(tx, payment, amount, Open::Stays, comment, drawn),
            Self::Void => void::begin(tx, payment, comment, drawn),
        }
    }
}

/// Does it, and answers how much it was about.
async fn carry_out(
    app: &Arc<App>,
    payment: &Payment,
    change: Change,
    reference: Option<String>,
) -> anyhow::Result<i64> {
    let (scope, id, drawn) = (payment.scope, payment.id, app.draw());
    let begun = app.write(move |tx| {
        let payment = payments::get(tx, scope, id)?;
        let reference = reference.as_deref().filter(|reference| !reference.is_empty());
        change.begin(tx, payment, Comment { reference, ..Comment::default() }, &drawn)
    });
    let begun = begun.await.map_err(|error| refusal(change, payment, error))?;
    let minor = minor_of(&begun.operation.instruction);
    match settle::carry_out(app, begun, |_, _, settled, _| Ok(settled)).await? {
        Settled::Done => Ok(minor),
        Settled::Declined(decline) => Err(Error::Declined(decline).into()),
        Settled::NeverArrived => bail!("the acquirer could not be reached; nothing was done"),
        Settled::Challenged | Settled::Unknown => bail!(
            "the acquirer has not said what became of it; a running server asks, and kassa payments show {} has the answer",
            id.hex()
        ),
    }
}

const fn minor_of(instruction: &Instruction) -> i64 {
    match instruction {
        Instruction::Capture { money, .. }
        | Instruction::Void { money, .. }
        | Instruction::Refund { money, .. }
        | Instruction::Authorize { money, .. }
        | Instruction::Raise { money, .. } => money.minor,
        Instruction::Verify { .. } => 0,
    }
}

/// Why a payment cannot be changed, in the words that the other commands show, and what can be done instead.
fn refusal(change: Change, payment: &Payment, error: Error) -> anyhow::Error {
    let id = payment.id;
    if error == Error::InFlight {
        let id = id.hex();
        return anyhow!(
            "cannot {}: another operation of this payment is under way; see kassa payments show {id}",
            change.verb()
        );
    }
    if let Error::Invalid { field: Field::Amount, .. } = error {
        let (what, left) = change.left(payment);
        return anyhow!(
            "cannot {}: at most {left} ({}) {what}, in the currency's smallest unit",
            change.verb(),
            money(payment, left)
        );
    }
    let Error::State(WrongState::Payment { is, .. }) = error else { return error.into() };
    let PaymentIs::Status(status) = is else {
        return anyhow!("cannot {}: the payment is {is}", change.verb());
    };
    let (why, instead) = change.refused(status);
    let word = status.as_str();
    let instead =
        instead.map(|(to, command)| format!(". {to}: kassa {command} {}", id.hex())).unwrap_or_default();
    anyhow!("cannot {}: the payment is {word}, {why}{instead}", change.verb())
}

/// What somebody may have wanted, and the command for it.
type Instead = (&'static str, &'static str);

const WITHDRAW: Instead = ("To withdraw it", "checkout revoke");
const RELEASE: Instead = ("To release what is reserved", "payments void");
const GIVE_BACK: Instead = ("To give money back", "payments refund");

impl Change {
    const fn verb(self) -> &'static str {
        match self {
            Self::Capture(_) => "capture",
            Self::Refund(_) => "refund",
            Self::Void => "void",
        }
    }

    /// What can be changed so, and how much of it there is.
    fn left(self, payment: &Payment) -> (&'static str, i64) {
        let sums = payment.state.balances();
        match self {
            Self::Capture(_) | Self::Void => ("is reserved and can be captured", sums.open()),
            Self::Refund(_) => ("can still be refunded", sums.refundable()),
        }
    }

    /// What was done, and what is left of it.
    fn told(self, payment: &Payment, minor: i64) -> String {
        let (moved, left) = (money(payment, minor), money(payment, self.left(payment).1));
        match self {
            Self::Capture(_) => format!("captured {moved}; {left} is still reserved"),
            Self::Refund(_) => format!("refunded {moved}; {left} is left"),
            Self::Void => format!("released {moved}"),
        }
    }

    /// Why a payment in this status cannot be changed so.
    const fn refused(self, status: Status) -> (&'static str, Option<Instead>) {
        match (self, status) {
            (_, Status::Pending | Status::Retryable) => ("and nobody has paid yet", Some(WITHDRAW)),
            (_, Status::Declined | Status::Canceled | Status::Expired | Status::Verified) => {
                ("and no money was reserved", None)
            }
            (_, Status::Voided | Status::Refunded) => ("and nothing is left", None),
            (Self::Refund(_), Status::Authorized) => ("not captured", Some(RELEASE)),
            (Self::Refund(_), Status::PartiallyCaptured | Status::PartiallyRefunded) => {
                ("and everything captured was given back", Some(RELEASE))
            }
            (Self::Capture(_) | Self::Void, Status::Captured | Status::PartiallyRefunded) => {
                ("and nothing is reserved any more", Some(GIVE_BACK))
            }
            (Self::Refund(_), Status::Captured)
            | (Self::Capture(_) | Self::Void, Status::Authorized | Status::PartiallyCaptured) => {
                ("which does not allow it now", None)
            }
        }
    }
}

async fn list(
    app: &App,
    whose: &Whose,
    limit: usize,
    is_wanted: impl Fn(&Payment) -> bool,
    as_json: bool,
) -> anyhow::Result<()> {
    let places: HashMap<Scope, Merchant> =
        find::places(app, whose).await?.into_iter().map(|(merchant, scope)| (scope, merchant)).collect();
    let mut shown: Vec<Payment> = Vec::new();
    let mut behind = None;
    while shown.len() < limit && !places.is_empty() {
        let page = app.read(move |tx| payments::newest(tx, behind, PAGE)).await?;
        let Some(last) = page.last() else { break };
        behind = Some(last.place());
        shown.extend(
            page.into_iter().filter(|payment| places.contains_key(&payment.scope) && is_wanted(payment)),
        );
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
            payment.reference.clone().unwrap_or_default(),
            payment.description.clone(),
        ]
    };
    let heads = ["PAYMENT", "MADE (UTC)", "STATUS", "AMOUNT", "MODE", "MERCHANT", "REFERENCE", "DESCRIPTION"];
    terminal::list("payments", &heads, &named.map(row).collect::<Vec<_>>());
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
            action.reference.clone().unwrap_or_default(),
            action.reason.clone().or_else(|| declined(action)).unwrap_or_default(),
        ]
    };
    if actions.is_empty() {
        return Ok(());
    }
    terminal::print("");
    terminal::table(
        &["AT (UTC)", "ACTION", "OUTCOME", "AMOUNT", "REFERENCE", "WHY"],
        &actions.iter().map(row).collect::<Vec<_>>(),
    );
    Ok(())
}

/// Why an action was declined.
fn declined(action: &Action) -> Option<String> {
    action.decline.map(|decline| decline.as_str().to_owned())
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
        "last_decline": payment.decline().map(|decline| decline.as_str()),
        "created_at": payment.created_at.format(AT), "changed_at": payment.changed_at.format(AT),
    })
}

fn action_in_json(action: &Action) -> Value {
    json!({
        "action_id": action.id.hex(), "kind": action.kind.as_str(), "status": action.status.as_str(),
        "amount": action.amount, "reason": action.reason, "reference": action.reference,
        "response_code": action.response_code, "decline": declined(action), "created_at": action.created_at.format(AT),
    })
}
