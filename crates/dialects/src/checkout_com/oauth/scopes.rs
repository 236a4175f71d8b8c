//! What a token may be asked for, and which of it a client gets.

use domain::caller::Permits;

use super::answer::Refused;

/// The scopes that mean something here, some for endpoints to come.
pub(in crate::checkout_com) const SCOPES: [&str; 14] = [
    "vault",
    "vault:customers",
    "vault:instruments",
    "vault:tokenization",
    "vault:tokens-metadata",
    "gateway",
    "gateway:payment",
    "gateway:payment-details",
    "gateway:payment-captures",
    "gateway:payment-refunds",
    "gateway:payment-voids",
    "gateway:payment-authorizations",
    "gateway:payment-cancellations",
    "payments:search",
];

/// The vendor's other scopes, as its clients list them. They are for what is not here, so whoever asks may have them: a
/// client that works with the vendor names what it needs there, and gets a token.
const IDLE: [&str; 62] = [
    "accounts",
    "agentic:inventory",
    "balances",
    "balances:top-up-instructions",
    "balances:view",
    "card-management",
    "compliance-requests",
    "compliance-requests:read",
    "compliance-requests:respond",
    "disputes",
    "disputes:accept",
    "disputes:provide-evidence",
    "disputes:scheme-files",
    "disputes:view",
    "files",
    "files:download",
    "files:retrieve",
    "files:upload",
    "financial-actions",
    "financial-actions:view",
    "flow",
    "flow:events",
    "flow:reflow",
    "flow:workflows",
    "forward",
    "forward:secrets",
    "fx",
    "gateway:payment-contexts",
    "identity-verification",
    "issuing:card-management-read",
    "issuing:card-management-write",
    "issuing:card-mgmt",
    "issuing:client",
    "issuing:controls-read",
    "issuing:controls-write",
    "issuing-disputes",
    "issuing:disputes-read",
    "issuing:disputes-write",
    "issuing:transactions-read",
    "issuing:transactions-write",
    "marketplace",
    "middleware",
    "middleware:gateway",
    "middleware:merchants-public",
    "middleware:merchants-secret",
    "middleware:payment-context",
    "Payment Context",
    "payment-sessions",
    "payouts:bank-details",
    "reports",
    "reports:view",
    "sessions:app",
    "sessions:browser",
    "transactions",
    "transfers",
    "transfers:create",
    "transfers:view",
    "vault:apme-enrollment",
    "vault:card-metadata",
    "vault:gpayme-enrollment",
    "vault:network-tokens",
    "vault:real-time-account-updater",
];

/// The scopes asked for, each once; all that the client may have where none is.
pub(super) fn granted(text: &str, permits: &Permits) -> Result<Vec<String>, Refused> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in asked_for(text) {
        let may = match permits {
            _ if IDLE.contains(&scope) => true,
            Permits::Everything => SCOPES.contains(&scope),
            Permits::OauthScopes(words) => {
                words.iter().any(|word| word == scope || is_part(scope, word)) && SCOPES.contains(&scope)
            }
        };
        if !may {
            return Err(Refused::because("invalid_scope"));
        }
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Ok(match permits {
        _ if !scopes.is_empty() => scopes,
        Permits::OauthScopes(words) => words.clone(),
        Permits::Everything => {
            let is_whole = |scope: &&str| !SCOPES.iter().any(|other| is_part(scope, other));
            SCOPES.into_iter().filter(is_whole).map(str::to_owned).collect()
        }
    })
}

/// The scopes that a text names, with spaces between them. One of the vendor's has a space in itself.
fn asked_for(text: &str) -> Vec<&str> {
    let mut scopes = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let ends = |end: &usize| rest[*end..].chars().next().is_none_or(char::is_whitespace);
        let spaced = IDLE.into_iter().filter(|scope| scope.contains(' ') && rest.starts_with(scope));
        let end = spaced.map(str::len).find(ends).or_else(|| rest.find(char::is_whitespace));
        let (scope, after) = rest.split_at(end.unwrap_or(rest.len()));
        scopes.push(scope);
        rest = after.trim_start();
    }
    scopes
}

/// Whether a scope is a part of another one, as `vault:customers` is of `vault`.
fn is_part(scope: &str, of: &str) -> bool {
    scope.strip_prefix(of).is_some_and(|rest| rest.starts_with(':'))
}
