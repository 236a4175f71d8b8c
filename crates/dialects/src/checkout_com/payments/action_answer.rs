//! What the answers about what was done with a payment look like.

use domain::idempotency::Reply;
use domain::payments::{Action, ActionKind, ActionStatus, Payment};
use domain::{App, Error};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::address;
use super::body::ESTIMATED;
use super::kept::Kept;
use crate::checkout_com::answer::{Link, time};
use crate::checkout_com::{id, units};
use crate::json::{Object, field, listed as listed_object, reply};

/// What an authorization is where the payment did not say.
const FINAL: &str = "Final";
/// The decline for a security code that does not match.
pub(super) const WRONG_CODE: &str = "200N7";

/// What nobody else says.
const OF_PROCESSING: [&str; 2] = ["retrieval_reference_number", "acquirer_transaction_id"];

#[derive(Serialize, ToSchema)]
pub(super) struct Processing {
    #[schema(extensions(("x-fidelity" = json!("documented – ours is made from the action's id"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    retrieval_reference_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acquirer_transaction_id: Option<String>,
    // What the request said, as it was sent.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    said: Object,
}

/// One thing that was done with a payment.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentAction)]
pub(super) struct ActionObject<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    processed_on: String,
    amount: i64,
    approved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_summary: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    processing: Option<Processing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Box<RawValue>>,
    // What the request said, as it was sent.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    shown: Object,
}

/// One thing that was done with a payment, in short.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentActionSummary)]
pub(super) struct ActionSummary {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    response_code: String,
    response_summary: &'static str,
}

/// The answer to a capture, a refund or a void.
#[derive(Serialize, ToSchema)]
#[schema(as = Accepted)]
pub(super) struct AcceptedObject<'a> {
    action_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(rename = "_links")]
    links: PaymentLink,
}

#[derive(Serialize, ToSchema)]
struct PaymentLink {
    payment: Link,
}

/// Of some of a payment's actions, those that are settled, as they stand in a list.
pub(super) fn listed(payment: &Payment, actions: &[Action]) -> Result<Vec<Box<RawValue>>, Error> {
    let settled = actions.iter().filter(|action| action.status != ActionStatus::Pending);
    let kept = Kept::of(payment);
    settled.map(|action| listed_object(&action_object(payment, &kept, action))).collect()
}

/// What was done with a payment, newest first.
pub(super) fn list(listed: &[Box<RawValue>]) -> Reply {
    reply(200, &listed)
}

pub(super) fn accepted(app: &App, payment: &Payment, action: &Action) -> Reply {
    let links = PaymentLink { payment: Link { href: address(app, payment) } };
    let action_id = id::write(id::ACTION, action.id);
    reply(202, &AcceptedObject { action_id, reference: action.reference.as_deref(), links })
}

/// Of some of a payment's actions, those that are settled, in short.
pub(super) fn summaries(payment: &Payment, actions: &[Action]) -> Vec<ActionSummary> {
    let settled = actions.iter().filter(|action| action.status != ActionStatus::Pending);
    let in_short = |action: &Action| ActionSummary {
        id: id::write(id::ACTION, action.id),
        kind: kind(payment, action),
        response_code: code(action).to_owned(),
        response_summary: summary(code(action)),
    };
    settled.map(in_short).collect()
}

/// The vendor's word for what was done.
const fn kind(payment: &Payment, action: &Action) -> &'static str {
    match action.kind {
        ActionKind::Authorize if payment.money.minor == 0 => "Card Verification",
        ActionKind::Authorize | ActionKind::Raise => "Authorization",
        ActionKind::Capture => "Capture",
        ActionKind::Void => "Void",
        ActionKind::Refund => "Refund",
    }
}

fn action_object<'a>(payment: &'a Payment, kept: &Kept, action: &'a Action) -> ActionObject<'a> {
    let is_approved = action.status == ActionStatus::Succeeded;
    let is_authorization = matches!(action.kind, ActionKind::Authorize | ActionKind::Raise);
    let is_first = action.kind == ActionKind::Authorize;
    // An authorization is asked for with the payment.
    let of_payment = Some(payment.metadata.json()).filter(|json| is_first && *json != "{}");
    let metadata = action.metadata.as_deref().or(of_payment.as_deref());
    let said = action.extras.as_deref().filter(|_| !payment.is_forgotten);
    let mut shown: Object = said.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let of_processing = field(&shown, "processing");
    shown.0.retain(|(name, _)| name != "processing");
    ActionObject {
        id: id::write(id::ACTION, action.id),
        kind: kind(payment, action),
        processed_on: time(action.settled_at.unwrap_or(action.created_at)),
        amount: units::shown(action.amount, payment.money.currency),
        approved: is_approved,
        auth_code: (is_approved && is_authorization).then(|| auth_code(action)),
        response_code: Some(code(action)),
        response_summary: Some(summary(code(action))),
        authorization_type: is_authorization.then(|| authorization_type(payment, kept)),
        reference: action.reference.as_deref().or(payment.reference.as_deref().filter(|_| is_first)),
        processing: processing(Some(action).filter(|_| is_approved), of_processing.unwrap_or_default()),
        shown,
        metadata: metadata.and_then(|json| RawValue::from_string(json.to_owned()).ok()),
    }
}

fn authorization_type(payment: &Payment, kept: &Kept) -> String {
    let said = kept.text("authorization_type").filter(|_| !payment.may_grow);
    said.unwrap_or_else(|| if payment.may_grow { ESTIMATED } else { FINAL }.to_owned())
}

/// How an approved action was processed, and what was said of that; nothing where there is neither.
pub(super) fn processing(approved: Option<&Action>, mut said: Object) -> Option<Processing> {
    said.0.retain(|(name, _)| !OF_PROCESSING.contains(&name.as_str()));
    (approved.is_some() || !said.0.is_empty()).then(|| Processing {
        retrieval_reference_number: approved.map(|action| digits(action, "retrieval", 12)),
        acquirer_transaction_id: approved.map(|action| action.acquirer_reference.clone().unwrap_or_default()),
        said,
    })
}

pub(super) fn auth_code(action: &Action) -> String {
    digits(action, "code", 6)
}

/// So many digits that belong to an action, others for each purpose.
pub(super) fn digits(action: &Action, purpose: &str, count: usize) -> String {
    let digest = Sha256::new().chain_update(purpose).chain_update(action.id.bytes()).finalize();
    digest.iter().take(count).map(|byte| char::from(b'0' + byte % 10)).collect()
}

/// The acquirer's code; what never reached it failed on the way.
pub(super) fn code(action: &Action) -> &str {
    action.response_code.as_deref().unwrap_or("20096")
}

pub(super) fn summary(code: &str) -> &'static str {
    match code {
        "10000" => "Approved",
        "20001" => "Refer to Card Issuer",
        "20005" => "Declined - Do Not Honour",
        "20012" => "Invalid Transaction",
        "20014" => "Invalid Card Number",
        "20051" => "Insufficient Funds",
        "20054" => "Expired Card",
        "20057" => "Transaction Not Permitted to Cardholder",
        "20059" => "Suspected Fraud",
        "20061" => "Activity Amount Limit Exceeded",
        "20062" => "Restricted Card",
        "20063" => "Security Violation",
        "20068" => "Response Received Too Late",
        "20078" => "Blocked at First Use",
        "20096" => "System Malfunction",
        "20151" | "20152" => "Cardholder Failed 3DS Authentication",
        "200R3" => "Revocation of All Authorizations",
        WRONG_CODE => "Decline for CVV2 Failure",
        _ => "Declined",
    }
}
