//! Ids that come from who and what a resource is about, and identifiers with their check digits.

use sha2::{Digest, Sha256};

use crate::stream::Stream;

/// The longest id that FHIR allows.
const LONGEST: usize = 64;
/// Characters kept of an id that is too long; a hyphen and ten characters of its hash follow.
const KEPT: usize = 53;

/// The id of `key` within the record of `owner`, e.g. `pop-000041` and `o-20230411-sbp`.
pub(crate) fn owned(owner: &str, key: &str) -> String {
    let id = format!("{owner}-{key}").replace('.', "-");
    if id.len() <= LONGEST {
        id
    } else {
        format!("{}-{}", &id[..KEPT], tail(&id))
    }
}

/// Ten base-32 characters of the hash of `id`.
fn tail(id: &str) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let hash = Sha256::digest(id.as_bytes());
    hash.iter()
        .take(10)
        .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
        .collect()
}

/// A National Provider Identifier: `9`, eight digits of `number`, a Luhn digit over the prefix 80840.
/// Issued numbers begin with 1 or 2, so none of these can belong to anybody.
pub(crate) fn npi(number: u32) -> String {
    let stem = format!("9{:08}", number % 100_000_000);
    let check = luhn(&format!("80840{stem}"));
    format!("{stem}{check}")
}

/// The Luhn check digit that follows `digits`.
fn luhn(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte.saturating_sub(b'0'));
            let doubled = if place % 2 == 0 { digit * 2 } else { digit };
            doubled / 10 + doubled % 10
        })
        .sum();
    (10 - sum % 10) % 10
}

/// A DICOM unique identifier made of a random UUID (version 4), below the root 2.25.
pub(crate) fn dicom_uid(stream: &mut Stream) -> String {
    let version = !(0xf_u128 << 76);
    let variant = !(0x3_u128 << 62);
    let uuid = stream.bits() & version & variant | 0x4 << 76 | 0x2 << 62;
    format!("2.25.{uuid}")
}

/// A telephone number that cannot be dialled: 555-0100 to 555-0199.
pub(crate) fn phone(area: &str, stream: &mut Stream) -> String {
    format!("{area}-555-01{:02}", stream.below(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npi_check_digits_satisfy_luhn() {
        // The worked example of the NPI standard: 1234567893.
        assert_eq!(luhn("80840123456789"), 3);
        let npi = npi(7);
        assert_eq!(npi.len(), 10);
        assert!(npi.starts_with('9'));
    }

    #[test]
    fn long_ids_keep_a_hash_of_what_is_cut() {
        let owner = "pop-000041";
        let long = "o-20230411-a-very-long-name-of-a-thing-that-does-not-fit-in-an-id";
        let first = owned(owner, &format!("{long}-1"));
        let second = owned(owner, &format!("{long}-2"));
        assert_eq!(first.len(), 64);
        assert_ne!(first, second);
        assert_eq!(owned(owner, "rx-hctz-12.5"), "pop-000041-rx-hctz-12-5");
    }
}
