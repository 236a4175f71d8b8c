//! Who asks, in the header or in the form, and the form's fields.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use data_encoding::BASE64;

use super::answer::Refused;
use crate::body::{BodyError, read_at_most};
use crate::checkout_com::percent;

/// Bytes of the form.
const FORM_BYTES_MAX: usize = 4 * 1024;
/// How long the form may take.
const FORM_WITHIN: Duration = Duration::from_secs(2);

/// The fields of the form.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads the form.
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Refused> {
        let read = read_at_most(FORM_BYTES_MAX, headers, body);
        let read = tokio::time::timeout(FORM_WITHIN, read).await.unwrap_or(Err(BodyError::Torn))?;
        percent::form(&read).map(Self).ok_or(Refused::because("invalid_request"))
    }

    /// A field; one that stands there twice is refused, as the RFC wants it.
    pub(super) fn get(&self, name: &str) -> Result<Option<&str>, Refused> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            (_, Some(_)) => Err(Refused::because("invalid_request")),
        }
    }

    /// The client that the form names.
    pub(super) fn client(&self) -> Result<Option<Client>, Refused> {
        // fidelity: documented – or in HTTP Basic
        let client = self.get("client_id")?;
        // fidelity: documented – or in HTTP Basic
        let secret = self.get("client_secret")?;
        Ok(client.zip(secret).map(|(client, secret)| (client.to_owned(), secret.to_owned())))
    }
}

/// A client's id and its secret. No `Debug`.
pub(super) type Client = (String, String);

/// The client that HTTP Basic names, which is asked for before the body is read.
pub(super) fn in_header(headers: &HeaderMap) -> Result<Option<Client>, Refused> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => basic(value.as_bytes()).map(Some).ok_or(Refused::UNKNOWN),
        (Some(_), Some(_)) => Err(Refused::because("invalid_request")),
    }
}

fn basic(value: &[u8]) -> Option<Client> {
    let (scheme, code) = std::str::from_utf8(value).ok()?.split_once(' ')?;
    let text = BASE64.decode(code.trim().as_bytes()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (client, secret) = std::str::from_utf8(&text).ok()?.split_once(':')?;
    Some((client.to_owned(), secret.to_owned()))
}
