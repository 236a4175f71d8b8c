//! Who asks: a merchant, in one mode, through one API.

use std::net::IpAddr;
use std::sync::Arc;

use crate::kernel::error::Error;
use crate::kernel::id::MerchantId;
use crate::kernel::merchant_keys::MerchantKeys;
use crate::kernel::time::Time;

/// Test and live data never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The built-in simulator, and no money.
    Test,
    /// Real acquirers.
    Live,
}

db::words! {
    pub Mode {
        Test = "test",
        Live = "live",
    }
}

/// What becomes of a request that has a field which no operation has, and whose name looks like a typing error of one that
/// it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownFields {
    /// It is refused.
    Refuse,
    /// It is taken, and the answer tells of the field.
    Warn,
}

db::words! {
    pub UnknownFields {
        Refuse = "refuse",
        Warn = "warn",
    }
}

impl UnknownFields {
    /// What is done where the merchant has set nothing: who tries something out is stopped at once, and what runs goes on.
    pub const fn of_mode(mode: Mode) -> Self {
        match mode {
            Mode::Test => Self::Refuse,
            Mode::Live => Self::Warn,
        }
    }
}

/// Where a request came from: the client's own address, also behind a proxy that the operator trusts. It stands in
/// the extensions of each request, and is for limits alone; it is never stored as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What limits count by: the address itself, of IPv6 the first 64 bits, because whoever has one address there has
    /// all that begin with these.
    pub fn network(self) -> IpAddr {
        match self.0.to_canonical() {
            address @ IpAddr::V4(_) => address,
            address if address.is_loopback() => address,
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            }
        }
    }

    /// What many addresses together are counted by: of IPv6 the first 48 bits, which is what a provider gives one
    /// customer, and of IPv4 the first 24.
    pub fn wider_network(self) -> IpAddr {
        match self.network() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                IpAddr::from([a, b, c, 0])
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                IpAddr::from([a, b, c, 0, 0, 0, 0, 0])
            }
        }
    }
}

/// Whose list an answer is, in its extensions: large ones are shared out among merchants, and nothing else asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListOf(pub Scope);

/// How a request came here. It stands in the extensions of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Somebody on the way could read it. Live credentials are refused here.
    Open,
    /// Over https, or within this machine.
    Private,
}

/// Whose data a command may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The merchant's row key.
    pub merchant: i64,
    /// The mode of the credential or link.
    pub mode: Mode,
}

/// What a client may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permits {
    /// All that its credential is for.
    Everything,
    /// What these words stand for, which only the API knows.
    OauthScopes(Vec<String>),
}

/// An authenticated client.
#[derive(Clone)]
pub struct Caller {
    /// Whose data it may touch.
    pub scope: Scope,
    /// The API it speaks; opaque here.
    pub api: &'static str,
    /// The merchant's public id.
    pub merchant: MerchantId,
    /// The kind of credential it presents, within its API.
    pub kind: String,
    /// What it may do.
    pub permits: Permits,
    /// What becomes of its typing errors.
    pub unknown_fields: UnknownFields,
    pub(crate) credential: i64,
    pub(crate) keys: Arc<MerchantKeys>,
}

impl Caller {
    /// The merchant's keys.
    pub fn keys(&self) -> &MerchantKeys {
        &self.keys
    }

    /// The MAC of a request's body, for comparison with a later one under the same idempotency key. An
    /// unkeyed hash of a body that holds a card number could be searched for the number.
    pub fn body_mac(&self, body: &[u8]) -> [u8; 32] {
        vault::mac(&self.keys.bodies, &[body])
    }
}

/// How a credential is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum CredentialKey {
    /// By the digest of its secret.
    Digest([u8; 32]),
    /// By its row.
    Row(i64),
}

/// A credential that there is, and who presents it.
pub(crate) struct KnownCredential {
    pub(crate) caller: Caller,
    pub(crate) expires_at: Option<Time>,
    pub(crate) revoked_at: Option<Time>,
}

impl KnownCredential {
    /// Lets the client in: for all that its credential may do, or for what was said when an access token was issued for it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the credential was revoked or has expired, or is a live one and came over an open channel.
    pub(crate) fn admit(
        &self,
        of_token: Option<Permits>,
        channel: Channel,
        now: Time,
    ) -> Result<Caller, Error> {
        if self.revoked_at.is_some() || self.expires_at.is_some_and(|at| at <= now) {
            return Err(Error::Forbidden("the API key has expired or was revoked"));
        }
        if (self.caller.scope.mode, channel) == (Mode::Live, Channel::Open) {
            return Err(Error::Forbidden("live credentials need https"));
        }
        let caller = self.caller.clone();
        Ok(match of_token {
            Some(permits) => Caller { permits, ..caller },
            None => caller,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_party_is_one_address_however_it_is_written() {
        let of = |text: &str| ClientAddress(text.parse().unwrap()).network();
        assert_eq!(of("192.0.2.7"), of("::ffff:192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}
