//! What a payment says of 3-D Secure: the bank asks, has asked, or somebody else did. What proves that goes to the acquirer.

use domain::acquiring::{Authentication, Proof};
use domain::card::Zeroizing;
use domain::payments::{Action, ActionStatus};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::ThreeDsBody;
use super::kept::{Kept, is_let_in};
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
    #[schema(extensions(("x-fidelity" = json!("documented – `cryptogram` and `xid`: where they were sent"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    cryptogram: Option<String>,
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

impl ThreeDsBody {
    /// Who finds out whether it is the card's holder who pays.
    pub(super) fn authentication(self) -> Authentication {
        let Self { enabled, eci, cryptogram, xid, version, status, _wishes: _ } = self;
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (eci, cryptogram, id) = (said(eci), said(cryptogram).map(Zeroizing::new), said(xid));
        let is_said = eci.is_some() || cryptogram.is_some() || id.is_some();
        match (is_said && is_let_in(status.as_deref()), enabled) {
            (true, _) => Authentication::DoneElsewhere(Proof { eci, cryptogram, id, version: said(version) }),
            (false, Some(true)) => Authentication::AtTheBank,
            (false, Some(false) | None) => Authentication::AsTheBankWishes,
        }
    }
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
            .or_else(|| kept.tells_of_the_bank().then(|| Self::elsewhere(kept)));
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

#[cfg(test)]
mod tests {
    use domain::time::Time;

    use super::super::body;
    use super::*;

    /// Who finds out, by a payment that says so.
    fn authentication(three_ds: &str) -> Authentication {
        let source = r#"{"type":"id","id":"src_aaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
        let body = format!(r#"{{"source":{source},"currency":"EUR","3ds":{three_ds}}}"#);
        let read = body::new(body.as_bytes(), Time(0), |_, _, _| panic!("no card is sent"));
        read.map_or_else(|_| panic!("{three_ds} is refused"), |new| new.authentication)
    }

    #[test]
    fn what_proves_an_authentication_reaches_the_acquirer() {
        let sent = r#"{"enabled":true,"eci":"05","cryptogram":"AgAAAA==","xid":"MDAw","version":"2.0.1","status":"Y"}"#;
        let Authentication::DoneElsewhere(proof) = authentication(sent) else { panic!("it was done") };
        let Proof { eci, cryptogram, id, version } = proof;
        let said = [eci, cryptogram.map(|word| word.to_string()), id, version];
        assert_eq!(said, ["05", "AgAAAA==", "MDAw", "2.0.1"].map(|text| Some(text.to_owned())));
        let sent = r#"{"eci":"06","cryptogram":"","xid":null}"#;
        let Authentication::DoneElsewhere(proof) = authentication(sent) else { panic!("it was done") };
        assert!(proof.cryptogram.is_none() && proof.id.is_none() && proof.version.is_none());
        for (sent, asks) in
            [(r#"{"enabled":true,"eci":"05","status":"N"}"#, true), (r#"{"eci":"05","status":"R"}"#, false)]
        {
            let is_asked = matches!(authentication(sent), Authentication::AtTheBank);
            assert!(is_asked == asks && !matches!(authentication(sent), Authentication::DoneElsewhere(_)));
        }
    }
}
