//! Ids as the vendor writes them: UUIDs in their hyphenated form.

use domain::merchants::Merchant;
use domain::{Id, Mode};

/// Where the hyphens stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
/// What tells an application's key from the merchant's own id, in test and in live mode. The bits that make a UUID
/// of version 4 are zero, so that they stay.
const TEST: u128 = 0x5a1e_c09d_7b34_0e62_11f8_93a6_4dc7_20eb;
const LIVE: u128 = 0xc386_2f71_e05d_09a4_2b67_d81c_fe39_5490;

pub(super) fn write<K>(id: Id<K>) -> String {
    let hex = id.hex();
    let [one, two, three, four] = HYPHENS;
    let (two, three, four) = (two - 1, three - 2, four - 3);
    format!("{}-{}-{}-{}-{}", &hex[..one], &hex[one..two], &hex[two..three], &hex[three..four], &hex[four..])
}

/// Reads an id in either case. Another spelling is none.
pub(super) fn read<K>(text: &str) -> Option<Id<K>> {
    let fits = text.len() == 36 && HYPHENS.iter().all(|place| text.as_bytes()[*place] == b'-');
    // A hyphen elsewhere leaves too few digits.
    fits.then(|| Id::from_hex(&text.replace('-', ""))).flatten()
}

/// The key of the application that a merchant is in a mode: always the same one, and nothing secret.
pub(super) fn app_key(merchant: &Merchant, mode: Mode) -> String {
    let mask = match mode {
        Mode::Test => TEST,
        Mode::Live => LIVE,
    };
    let bytes = u128::from_be_bytes(*merchant.id.bytes()) ^ mask;
    write(Id::<Merchant>::from_bytes(bytes.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing;

    const SAMPLE: &str = "98fa8d80-bb04-4a39-a5c0-b69ca5708664";

    #[test]
    fn the_documents_id_is_read_and_written() {
        let id = read::<Thing>(SAMPLE).unwrap();
        assert_eq!(id.hex(), "98fa8d80bb044a39a5c0b69ca5708664");
        assert_eq!(write(id), SAMPLE);
        assert_eq!(read(&SAMPLE.to_uppercase()), Some(id));
    }

    #[test]
    fn other_spellings_are_no_ids() {
        let bare = SAMPLE.replace('-', "");
        let braced = format!("{{{SAMPLE}}}");
        let moved = "98fa8d80b-b04-4a39-a5c0-b69ca5708664";
        let fifth = "98fa8d80-bb04-4a39-a5c0-b69ca570866-";
        for text in ["", "1", &bare, &braced, &SAMPLE[1..], moved, fifth, "é".repeat(18).as_str()] {
            assert_eq!(read::<Thing>(text), None, "{text}");
        }
    }

    #[test]
    fn the_masks_leave_a_uuid_a_uuid() {
        for mask in [TEST, LIVE] {
            let bytes = mask.to_be_bytes();
            assert_eq!((bytes[6] & 0xf0, bytes[8] & 0xc0), (0, 0));
        }
    }
}
