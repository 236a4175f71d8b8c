//! `Authorization: Bearer <key or access token>`, or the same without `Bearer`: one of the vendor's clients leaves it
//! out for public keys, and the old platform for all of them.

use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use domain::caller::Permits;
use domain::merchants::access;
use domain::{App, Caller};

use super::error::Failure;
use super::{NAME, OAUTH_SECRET, PUBLIC_KEY, SECRET_KEY};
use crate::client::{authenticate, channel};
use crate::headers::{after_bearer, one};
use crate::warnings;

/// Finds out who asks, and whether they may do it.
pub(super) async fn caller(app: &Arc<App>, parts: &Parts, access: Access) -> Result<Caller, Failure> {
    let value = one(&parts.headers, AUTHORIZATION).ok_or_else(Failure::unauthorized)?;
    let bare = (!value.contains(' ')).then_some(value);
    let secret = bare.or_else(|| after_bearer(value)).ok_or_else(Failure::unauthorized)?;
    let is_key = ["sk_", "pk_"].iter().any(|prefix| secret.starts_with(prefix));
    let caller = if is_key {
        authenticate(app, NAME, secret, &parts.extensions).await?
    } else {
        let caller = access::authenticate(app, NAME, secret, channel(&parts.extensions)).await?;
        warnings::is_asked_by(&caller);
        caller
    };
    may(&caller, access)?;
    Ok(caller)
}

/// What a request wants to work with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Customers,
    Instruments,
    Tokenization,
    TokensMetadata,
    Payments,
    PaymentDetails,
    Authorizations,
    Captures,
    Refunds,
    Voids,
    Pages,
}

impl Access {
    /// The words of a token that are worth this; none where no token is.
    const fn scopes(self) -> Option<[&'static str; 2]> {
        Some(match self {
            Self::Customers => ["vault", "vault:customers"],
            Self::Instruments => ["vault", "vault:instruments"],
            Self::Tokenization => ["vault", "vault:tokenization"],
            Self::TokensMetadata => ["vault", "vault:tokens-metadata"],
            Self::Payments => ["gateway", "gateway:payment"],
            Self::PaymentDetails => ["gateway", "gateway:payment-details"],
            Self::Authorizations => ["gateway", "gateway:payment-authorizations"],
            Self::Captures => ["gateway", "gateway:payment-captures"],
            Self::Refunds => ["gateway", "gateway:payment-refunds"],
            Self::Voids => ["gateway", "gateway:payment-voids"],
            Self::Pages => return None,
        })
    }
}

/// The public key makes tokens and nothing else, because a page shows it; the secret key does everything else.
fn may(caller: &Caller, access: Access) -> Result<(), Failure> {
    match (caller.kind.as_str(), &caller.permits) {
        (OAUTH_SECRET, Permits::OauthScopes(scopes)) => {
            let Some(enough) = access.scopes() else { return Err(Failure::forbidden("secret_key_required")) };
            let fits = scopes.iter().any(|scope| enough.contains(&scope.as_str()));
            if fits { Ok(()) } else { Err(Failure::forbidden("insufficient_scope")) }
        }
        (PUBLIC_KEY, Permits::Everything) if access == Access::Tokenization => Ok(()),
        (SECRET_KEY, Permits::Everything) if access != Access::Tokenization => Ok(()),
        (SECRET_KEY, Permits::Everything) => Err(Failure::forbidden("public_key_required")),
        (_, Permits::Everything | Permits::OauthScopes(_)) => {
            Err(Failure::forbidden("server_api_not_allowed"))
        }
    }
}
