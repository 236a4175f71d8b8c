//! Whether there is room for what is written. A small write may fit where others are refused, so only one that needs as
//! much as they do shows that there is room again. This must not know how an engine says that it is full.

use std::sync::atomic::{AtomicU64, Ordering};

/// What was refused for want of room, and whether there was some later.
#[derive(Default)]
pub(crate) struct Room {
    refusals: AtomicU64,
    /// How many there had been when a trial began that was taken.
    over: AtomicU64,
}

impl Room {
    pub(crate) fn note_refusal(&self) {
        self.refusals.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::Acquire)
    }

    /// Says that a trial was taken that began after so many refusals. What was refused meanwhile is not over.
    pub(crate) fn was_found_after(&self, refusals: u64) {
        self.over.fetch_max(refusals, Ordering::AcqRel);
    }

    pub(crate) fn is_short(&self) -> bool {
        self.refusals() != self.over.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_while_room_is_tried_for_needs_another_trial() {
        let room = Room::default();
        assert!(!room.is_short());
        room.note_refusal();
        let before = room.refusals();
        room.note_refusal();
        room.was_found_after(before);
        assert!(room.is_short());
        room.was_found_after(room.refusals());
        assert!(!room.is_short());
        // One that began before is late.
        room.was_found_after(before);
        assert!(!room.is_short());
    }
}
