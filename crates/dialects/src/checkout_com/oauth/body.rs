//! Who asks, in the header or in the form, and the form's fields.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use data_encoding::BASE64;

use super::answer::Refused;
use crate::body::{BodyError, read_at_most};
use crate::declare::{Declared, Shape, declare};
use crate::headers::{Twice, one_if_any};
use crate::{form, warnings};

/// Bytes of the form.
const FORM_BYTES_MAX: usize = 4 * 1024;
/// How long the form may take.
const FORM_WITHIN: Duration = Duration::from_secs(2);

/// The fields of the form, which are looked at once it is known who asks.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) async fn wanted(headers: &HeaderMap, body: Body) -> Result<(TokenWanted, Self), Refused> {
        let read = read_at_most(FORM_BYTES_MAX, headers, body);
        let read = tokio::time::timeout(FORM_WITHIN, read).await.unwrap_or(Err(BodyError::Torn))?;
        let form = form::fields(&read).map(Self);
        let read = form.and_then(|mut form| Some((TokenWanted::read(&mut form)?, form)));
        read.ok_or(Refused::because("invalid_request"))
    }

    /// Looks at the names of its fields.
    ///
    /// # Errors
    /// One of them is refused.
    pub(super) fn look(&self) -> Result<(), Refused> {
        warnings::look(TokenWanted::FIELDS, self.0.iter().map(|(name, _)| (name.as_str(), false)));
        warnings::refused().map_err(|_| Refused::because("invalid_request"))
    }

    /// A field; one that stands there twice is refused, as the RFC wants it.
    pub(super) fn optional(&self, name: &str, _: &Kind) -> Option<Said> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone());
        Some(match (values.next(), values.next()) {
            (value, None) => Ok(value),
            (_, Some(_)) => Err(Refused::because("invalid_request")),
        })
    }

    /// The same of one that must be there; when that is told is another matter.
    pub(super) fn required(&self, name: &str, kind: &Kind) -> Option<Said> {
        self.optional(name, kind)
    }
}

/// What is said in a field.
type Said = Result<Option<String>, Refused>;

/// A kind of values; all are texts.
pub(super) struct Kind {
    shape: Shape,
}

const TEXT: Kind = Kind { shape: Shape::TEXT };
const GRANT_TYPE: Kind = Kind { shape: Shape::words(&["client_credentials"]) };

declare! {
    pub(super) struct TokenWanted from Form {
        grant_type: Said = required GRANT_TYPE,
        /// Here, or in HTTP Basic.
        client_id: Said = optional TEXT,
        client_secret: Said = optional TEXT,
        /// Words with spaces between them; all that the client may do where it is left out. The vendor's scopes for what is
        /// not here are granted and allow nothing.
        scope: Said = optional TEXT => seen "all that the client may do where it is absent",
    }
    example {
        "grant_type": "client_credentials", "client_id": "ack_…", "client_secret": "…", "scope": "vault:customers",
    }
}

/// A client's id and its secret. No `Debug`.
pub(super) type Client = (String, String);

/// The client that HTTP Basic names, which is asked for before the body is read.
pub(super) fn in_header(headers: &HeaderMap) -> Result<Option<Client>, Refused> {
    match one_if_any(headers, AUTHORIZATION) {
        Ok(None) => Ok(None),
        Ok(Some(value)) => basic(value.as_bytes()).map(Some).ok_or(Refused::UNKNOWN),
        Err(Twice) => Err(Refused::because("invalid_request")),
    }
}

fn basic(value: &[u8]) -> Option<Client> {
    let (scheme, code) = std::str::from_utf8(value).ok()?.split_once(' ')?;
    let text = BASE64.decode(code.trim().as_bytes()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (client, secret) = std::str::from_utf8(&text).ok()?.split_once(':')?;
    Some((client.to_owned(), secret.to_owned()))
}
