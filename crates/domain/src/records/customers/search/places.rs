//! Which customers of a segment have something, and how that is stored: the places as numbers of two bytes while these
//! are few, and a bit for each place otherwise.

/// Customers of one segment.
pub(super) const SEGMENT: usize = 2_048;
/// Bytes with a bit for each place. Numbers that take as many bytes are never stored, so that the length tells which it is.
const BYTES: usize = SEGMENT / 8;

/// Bits are stored with this over them: few bits among zeros can be the very bytes of a card number, packed, and whoever
/// searches a disk for those is not to find any. One half of it is no digit.
const OVER: u8 = 0x5a;

/// Some of the places of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Places([u64; SEGMENT / 64]);

impl Places {
    pub(super) const NONE: Self = Self([0; SEGMENT / 64]);
    pub(super) const ALL: Self = Self([u64::MAX; SEGMENT / 64]);

    /// One alone.
    pub(super) fn of(place: usize) -> Self {
        let mut places = Self::NONE;
        places.add(place);
        places
    }

    /// So many from the first on.
    pub(super) fn first(count: usize) -> Self {
        let mut places = Self::NONE;
        (0..count).for_each(|place| places.add(place));
        places
    }

    /// Reads what [`Places::bytes`] wrote. A place that no segment has is none.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut places = Self::NONE;
        if bytes.len() == BYTES {
            let words = places.0.iter_mut().zip(bytes.as_chunks::<8>().0);
            words.for_each(|(word, bytes)| *word = u64::from_le_bytes(bytes.map(|byte| byte ^ OVER)));
        } else {
            for number in bytes.as_chunks::<2>().0 {
                places.add(usize::from(u16::from_le_bytes(*number)));
            }
        }
        places
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let count: u32 = self.0.iter().map(|word| word.count_ones()).sum();
        if count as usize * 2 < BYTES {
            let mut bytes = Vec::with_capacity(count as usize * 2);
            let numbers = self.iter().filter_map(|place| u16::try_from(place).ok());
            numbers.for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
            bytes
        } else {
            self.0.iter().flat_map(|word| word.to_le_bytes()).map(|byte| byte ^ OVER).collect()
        }
    }

    pub(super) fn add(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    /// The places of both.
    pub(super) fn both(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & other.0[word]))
    }

    /// The places of either.
    pub(super) fn either(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    /// The places without those of another.
    pub(super) fn without(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & !other.0[word]))
    }

    /// The places in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(number, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                // None is set any more where there is nothing to take one from.
                left &= left.checked_sub(1)?;
                Some(number * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_were_written() {
        for every in [1, 2, 15, 16, 17, 700, SEGMENT, SEGMENT + 1] {
            let mut places = Places::NONE;
            (0..SEGMENT).filter(|place| (place + 1) % every == 0).for_each(|place| places.add(place));
            let bytes = places.bytes();
            assert!(bytes.len() <= BYTES);
            assert_eq!(Places::read(&bytes), places, "each {every}th");
            assert_eq!(places.iter().count(), SEGMENT / every);
        }
    }

    #[test]
    fn bytes_that_nobody_wrote_are_no_places_of_others() {
        assert!(Places::read(&[0xff; 3]).is_empty());
        assert!(Places::read(&[]).is_empty());
    }
}
