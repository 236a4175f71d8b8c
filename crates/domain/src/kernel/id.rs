//! Public ids: 16 bytes, a kind each, so that mixing two kinds does not compile.

use std::marker::PhantomData;

use data_encoding::HEXLOWER;

use crate::kernel::time::Time;

/// What has an id that is spoken of below where the thing itself is known.
pub mod of {
    /// What is done with a payment at the acquirer.
    pub enum Action {}
    /// A company that uses this installation.
    pub enum Merchant {}
}

/// The id of an action, which is also what the acquirer is told.
pub type ActionId = Id<of::Action>;
/// The id of a merchant.
pub type MerchantId = Id<of::Merchant>;

/// A customer's row, for what is kept as long as the customer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerKey(pub(crate) i64);

/// A card's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstrumentKey(pub(crate) i64);

/// The public id of a `K`. Each dialect spells it in its own way.
pub struct Id<K> {
    bytes: [u8; 16],
    kind: PhantomData<fn() -> K>,
}

impl<K> Id<K> {
    /// An id as it is stored or was read from a request.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self { bytes, kind: PhantomData }
    }

    /// A new id: a UUID of version 4 in form, with the milliseconds since 1970 in its first 48 bits, so that new
    /// ones sort together.
    pub(crate) fn new(now: Time, random: [u8; 16]) -> Self {
        let mut bytes = random;
        bytes[..6].copy_from_slice(&now.0.to_be_bytes()[2..]);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self::from_bytes(bytes)
    }

    /// The stored bytes.
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.bytes
    }

    /// 32 lowercase hex digits.
    pub fn hex(&self) -> String {
        HEXLOWER.encode(&self.bytes)
    }

    /// Reads 32 hex digits of either case.
    pub fn from_hex(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self::from_bytes)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<K> Eq for Id<K> {}

impl<K> std::fmt::Debug for Id<K> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing;

    #[test]
    fn new_ids_are_uuids_in_form_and_sort_by_time() {
        let earlier = Id::<Thing>::new(Time(1_700_000_000_000), [0xff; 16]);
        let later = Id::<Thing>::new(Time(1_700_000_000_001), [0x00; 16]);
        assert_eq!(earlier.hex(), "018bcfe568004fffbfffffffffffffff".to_owned());
        assert!(earlier.bytes() < later.bytes());
        assert_eq!(Id::<Thing>::from_hex(&earlier.hex().to_uppercase()), Some(earlier));
    }

    #[test]
    fn other_spellings_are_no_ids() {
        for text in ["", "0", &"0".repeat(31), &"0".repeat(33), &"g".repeat(32), "0 ", &"é".repeat(16)] {
            assert_eq!(Id::<Thing>::from_hex(text), None, "{text}");
        }
    }
}
