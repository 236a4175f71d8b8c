//! What all answers are made with.

use domain::idempotency::Reply;
use domain::time::Time;
use serde::Serialize;
use utoipa::ToSchema;

/// The address of something else.
#[derive(Serialize, ToSchema)]
pub(super) struct Link {
    pub(super) href: String,
}

/// Times are UTC.
pub(super) fn time(time: Time) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ")
}

/// 204, with no body.
pub(super) const fn nothing() -> Reply {
    Reply { status: 204, content_type: String::new(), body: Vec::new() }
}
