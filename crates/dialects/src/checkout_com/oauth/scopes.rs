//! What a token may be asked for, and which of it a client gets.

use domain::caller::Permits;

use super::answer::Refused;

/// What a token may be asked for. Some are for endpoints to come.
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

/// The scopes asked for, each once; all that the client may have where none is.
pub(super) fn granted(text: &str, permits: &Permits) -> Result<Vec<String>, Refused> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split_whitespace() {
        let may = match permits {
            Permits::Everything => true,
            Permits::Words(words) => words.iter().any(|word| word == scope || is_part(scope, word)),
        };
        if !may || !SCOPES.contains(&scope) {
            return Err(Refused::because("invalid_scope"));
        }
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Ok(match permits {
        _ if !scopes.is_empty() => scopes,
        Permits::Words(words) => words.clone(),
        Permits::Everything => {
            let is_whole = |scope: &&str| !SCOPES.iter().any(|other| is_part(scope, other));
            SCOPES.into_iter().filter(is_whole).map(str::to_owned).collect()
        }
    })
}

/// Whether a scope is a part of another one, as `vault:customers` is of `vault`.
fn is_part(scope: &str, of: &str) -> bool {
    scope.strip_prefix(of).is_some_and(|rest| rest.starts_with(':'))
}
