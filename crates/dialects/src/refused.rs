//! Which requests were refused, and by which rule, for the log of the one who runs the server. It must not know how a vendor
//! spells an error.

use axum::extract::MatchedPath;
use axum::response::Response;
use domain::MerchantId;

/// What a credential is called that every visitor of a page can read.
pub(crate) const PUBLIC_KEY: &str = "public_key";

/// In the extensions of an answer that refuses: why, for the log. It never says what was sent.
#[derive(Clone)]
pub(crate) struct Rule(pub(crate) String);

/// Tells the log that a request was refused. Who has no good credential, or one that everybody can read, could fill the
/// log, and is told where somebody looks closer.
pub(crate) fn log(
    caller: Option<(MerchantId, bool)>,
    api: &str,
    route: Option<&MatchedPath>,
    fields: &[String],
    answer: &Response,
) {
    let status = answer.status();
    if !status.is_client_error() {
        return;
    }
    let (status, route) = (status.as_u16(), route.map_or("…", MatchedPath::as_str));
    let rule = answer.extensions().get::<Rule>().map_or("", |Rule(rule)| rule);
    // Some vendors' words do not say which field was wrong.
    let rule = if fields.is_empty() { rule.to_owned() } else { format!("{rule} ({})", fields.join(", ")) };
    let merchant = caller.map(|(merchant, _)| merchant.hex());
    if let Some((_, false)) = caller {
        tracing::info!(merchant, api, route, status, rule, "refused");
    } else {
        tracing::debug!(merchant, api, route, status, rule, "refused");
    }
}
