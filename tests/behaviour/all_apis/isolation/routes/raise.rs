//! The ways of authorizing more.

use serde_json::json;

use super::{Names, Way, bare, named, send};

pub(super) const RAISE: &[Way] = &[
    named(Names::Estimated, 404, |id, _| bare(format!("/payments/{id}/authorizations"))),
    named(Names::Estimated, 404, |id, _| {
        send(format!("/payments/{id}/authorizations"), json!({ "amount": 100 }))
    }),
];
