//! Access tokens: issued for a credential, for a while and for some of what it may do. They are stored nowhere: a code
//! under the link key vouches for them, so every server of an installation knows them.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;

use crate::app::App;
use crate::kernel::caller::{Caller, Channel, Permits};
use crate::kernel::error::Error;
use crate::kernel::time::Time;
use crate::records::merchants::credentials;

/// What the code vouches for, so that nothing else under the same key can be taken for a token.
const PURPOSE: &[u8] = b"access token";
const CODE_BYTES: usize = 32;

/// Issues a token for the credential of a caller.
pub fn issue(app: &App, caller: &Caller, words: &[String], life: Duration) -> String {
    let mut bytes = Vec::with_capacity(16 + CODE_BYTES + 64);
    bytes.extend_from_slice(&caller.credential.to_be_bytes());
    bytes.extend_from_slice(&app.now().after(life).0.to_be_bytes());
    bytes.extend_from_slice(words.join(" ").as_bytes());
    let code = vault::mac(app.keys().link(), &[PURPOSE, caller.api.as_bytes(), &bytes]);
    bytes.extend_from_slice(&code);
    BASE64URL_NOPAD.encode(&bytes)
}

/// Who presents a token. Its credential must still be good.
///
/// # Errors
/// [`Error::Unauthorized`] for what is no token or has run out.
pub async fn authenticate(
    app: &Arc<App>,
    api: &'static str,
    token: &str,
    channel: Channel,
) -> Result<Caller, Error> {
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).map_err(|_| Error::Unauthorized)?;
    let split = bytes.len().checked_sub(CODE_BYTES).ok_or(Error::Unauthorized)?;
    let (said, code) = bytes.split_at(split);
    if !vault::verify(app.keys().link(), &[PURPOSE, api.as_bytes(), said], code) {
        return Err(Error::Unauthorized);
    }
    let (credential, rest) = said.split_first_chunk::<8>().ok_or(Error::Unauthorized)?;
    let (until, words) = rest.split_first_chunk::<8>().ok_or(Error::Unauthorized)?;
    if Time(i64::from_be_bytes(*until)) <= app.now() {
        return Err(Error::Unauthorized);
    }
    let words = String::from_utf8_lossy(words).split_whitespace().map(str::to_owned).collect();
    let credential = i64::from_be_bytes(*credential);
    credentials::of_credential(app, api, credential, Permits::OauthScopes(words), channel).await
}
