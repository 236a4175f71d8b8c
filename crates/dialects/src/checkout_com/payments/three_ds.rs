//! What a payment's answer says of 3-D Secure: the bank asks, has asked, or somebody else did.

use domain::payments::{Action, ActionStatus};
use serde::Serialize;
use utoipa::ToSchema;

use super::kept::Kept;
use crate::json::Object;

/// By which version of the protocol the bank asks.
const VERSION: &str = "2.2.0";
/// By which version somebody else did who did not say it.
const VERSION_ELSEWHERE: &str = "1.0.0";

#[derive(Serialize, ToSchema)]
pub(super) struct ThreeDs {
    #[serde(skip_serializing_if = "Option::is_none")]
    downgraded: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enrolled: Option<&'static str>,
    #[schema(extensions(("x-fidelity" = json!("documented – Y, N, A or U, once it is known"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    authentication_response: Option<String>,
    #[schema(extensions(("x-fidelity" = json!("documented – where it was sent"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    cryptogram: Option<String>,
    #[schema(extensions(("x-fidelity" = json!("documented – where it was sent"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    xid: Option<String>,
    #[schema(extensions(("x-fidelity" = json!("documented – when the payment is read, or was authenticated elsewhere"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[schema(extensions(("x-fidelity" = json!("documented – once the buyer was at the card's bank"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    challenged: Option<bool>,
    // When the payment is read: what the request said, as it was sent.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    said: Object,
}

impl ThreeDs {
    /// The bank asks, or is to be asked.
    pub(super) const ASKED: Self = Self {
        downgraded: Some(false),
        enrolled: Some("Y"),
        authentication_response: None,
        cryptogram: None,
        xid: None,
        version: None,
        challenged: None,
        said: Object(Vec::new()),
    };

    /// What there is to say of a payment that is read; none where it has nothing to do with 3-D Secure.
    pub(super) fn of(challenged: Option<&Action>, kept: &Kept) -> Option<Self> {
        let known = challenged
            .map(Self::at_the_bank)
            .or_else(|| kept.was_authenticated().then(|| Self::elsewhere(kept)));
        let said = kept.of_three_ds();
        if known.is_none() && said.0.is_empty() {
            return None;
        }
        let unknown = Self { downgraded: None, enrolled: None, ..Self::ASKED };
        Some(Self { said, ..known.unwrap_or(unknown) })
    }

    /// In the answer to who makes the payment.
    pub(super) fn made(self) -> Option<Self> {
        self.enrolled.is_some().then(|| Self { said: Object::default(), ..self })
    }

    /// The buyer was sent to the card's bank.
    fn at_the_bank(action: &Action) -> Self {
        let answer = match action.status {
            ActionStatus::Pending => None,
            ActionStatus::Succeeded => Some("Y"),
            ActionStatus::Declined => Some("N"),
        };
        Self {
            authentication_response: answer.map(str::to_owned),
            version: Some(VERSION.to_owned()),
            challenged: answer.map(|_| true),
            ..Self::ASKED
        }
    }

    /// Somebody else authenticated the buyer, as the request says.
    fn elsewhere(kept: &Kept) -> Self {
        let said = |name| kept.of_authentication(name);
        Self {
            authentication_response: said("status")
                .filter(|word| matches!(word.as_str(), "Y" | "N" | "A" | "U")),
            cryptogram: said("cryptogram"),
            xid: said("xid"),
            version: Some(said("version").unwrap_or_else(|| VERSION_ELSEWHERE.to_owned())),
            ..Self::ASKED
        }
    }
}
