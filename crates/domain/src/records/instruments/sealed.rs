//! Sealing a card for the row that it will stand in.

use vault::CardNumber;

use super::{Instrument, Standing, place, row_of};
use crate::kernel::caller::Scope;
use crate::kernel::card::{CardFace, Expiry};
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerKey, Id};
use crate::kernel::time::Drawn;
use crate::kernel::unseal;
use crate::keys::MerchantKeys;
use crate::records::customers::Customer;

/// A card that was sealed before the unit of work that saves it, so that the work holds no number.
#[derive(Clone)]
pub struct SealedCard {
    pub(super) scope: Scope,
    pub(super) id: Id<Instrument>,
    /// Whose row it was sealed for.
    pub(super) owner: Option<i64>,
    pub(super) standing: Standing,
    pub(super) code: [u8; 32],
    pub(super) sealed: Vec<u8>,
    pub(super) face: CardFace,
    pub(super) first_six: String,
    pub(super) expiry: Expiry,
    pub(super) holder: Option<String>,
    pub(super) wallet: Option<String>,
}

impl SealedCard {
    /// Seals a number for a new row, whose id `drawn` gives.
    pub fn seal(
        keys: &MerchantKeys,
        scope: Scope,
        customer: Option<&Customer>,
        number: &CardNumber,
        expiry: Expiry,
        drawn: &Drawn,
    ) -> Self {
        let id = Id::new(drawn.now, drawn.instrument);
        Self::at(keys, scope, (id, customer.map(|customer| customer.key)), number, expiry, drawn.nonce)
    }

    /// Seals a number for the row of a card that is there already.
    pub fn instead_of(
        keys: &MerchantKeys,
        card: &Instrument,
        number: &CardNumber,
        expiry: Expiry,
        drawn: &Drawn,
    ) -> Self {
        Self::at(keys, card.scope, (card.id, card.customer), number, expiry, drawn.nonce)
    }

    /// The same card with what is known of its holder, and of the wallet that it came out of.
    pub fn with(self, holder: Option<String>, wallet: Option<String>) -> Self {
        Self { holder, wallet, ..self }
    }

    /// The same card, to stand so in its customer's wallet.
    pub fn standing(self, standing: Standing) -> Self {
        Self { standing, ..self }
    }

    /// Whether it was sealed for this customer, or for nobody.
    pub(crate) fn is_for(&self, customer: Option<CustomerKey>) -> bool {
        self.owner == customer.map(|customer| customer.0)
    }

    /// Opens the number, for one acquirer call.
    pub fn number(&self, keys: &MerchantKeys) -> Result<CardNumber, Error> {
        let row = row_of(self.id, self.owner);
        unseal::open_card(&keys.cards, &place(self.scope, &row), &self.sealed)
    }

    /// The last month.
    pub const fn expiry(&self) -> Expiry {
        self.expiry
    }

    /// The same card, sealed for the row of a customer, or of nobody.
    pub fn of_customer(
        &self,
        keys: &MerchantKeys,
        customer: Option<&Customer>,
        drawn: &Drawn,
    ) -> Result<Self, Error> {
        self.owned_by(keys, customer.map(|customer| customer.key), drawn)
    }

    /// The same card, sealed for the row of a customer.
    pub(super) fn owned_by(
        &self,
        keys: &MerchantKeys,
        owner: Option<i64>,
        drawn: &Drawn,
    ) -> Result<Self, Error> {
        if owner == self.owner {
            return Ok(self.clone());
        }
        let number = self.number(keys)?;
        let row = row_of(self.id, owner);
        let sealed = vault::seal_card(&keys.cards, &place(self.scope, &row), drawn.nonce, &number);
        Ok(Self { owner, sealed, ..self.clone() })
    }

    fn at(
        keys: &MerchantKeys,
        scope: Scope,
        (id, owner): (Id<Instrument>, Option<i64>),
        number: &CardNumber,
        expiry: Expiry,
        random: [u8; 12],
    ) -> Self {
        let row = row_of(id, owner);
        Self {
            scope,
            id,
            owner,
            standing: Standing::Own,
            code: vault::card_code(&keys.fingerprints, number),
            sealed: vault::seal_card(&keys.cards, &place(scope, &row), random, number),
            face: CardFace::of(number),
            first_six: number.expose()[..6].to_owned(),
            expiry,
            holder: None,
            wallet: None,
        }
    }
}
