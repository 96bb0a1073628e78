//! Text that only the holder of a secret can read. The key is made from the secret (HKDF, RFC 5869),
//! of which this server keeps the digest alone; what is stored under that digest is of no use to
//! whoever reads the database.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};

use crate::secret::Secret;

/// Keeps keys for this purpose apart from any other use of a secret.
const PURPOSE: &[u8] = b"s4s authz: text behind a reference, version 1";

/// The text cannot be sealed; AES-GCM refuses only what is absurdly long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text cannot be sealed")]
pub struct SealError;

/// Seals `text` for whoever holds `secret` and names the same `owner`. A secret seals one text only:
/// its key is used once, which is why the nonce may be constant.
pub fn seal(secret: &Secret, owner: &str, text: &str) -> Result<Vec<u8>, SealError> {
    let mut bytes = text.as_bytes().to_vec();
    key(secret)?
        .seal_in_place_append_tag(nonce(), Aad::from(owner.as_bytes()), &mut bytes)
        .map_err(|_| SealError)?;
    Ok(bytes)
}

/// The text that was sealed; `None` when secret, owner or bytes are others.
pub fn open(secret: &Secret, owner: &str, mut sealed: Vec<u8>) -> Option<String> {
    let text = key(secret)
        .ok()?
        .open_in_place(nonce(), Aad::from(owner.as_bytes()), &mut sealed)
        .ok()?;
    String::from_utf8(text.to_vec()).ok()
}

fn key(secret: &Secret) -> Result<LessSafeKey, SealError> {
    Salt::new(HKDF_SHA256, &[])
        .extract(secret.expose().as_bytes())
        .expand(&[PURPOSE], &AES_256_GCM)
        .map(|derived| LessSafeKey::new(UnboundKey::from(derived)))
        .map_err(|_| SealError)
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_and_the_owner_open_what_was_sealed() {
        let secret = Secret::new("reference");
        let sealed = seal(&secret, "app", "launch=handle").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"handle"));
        assert_eq!(
            open(&secret, "app", sealed.clone()).as_deref(),
            Some("launch=handle")
        );
        assert_eq!(open(&secret, "other", sealed.clone()), None);
        assert_eq!(open(&Secret::new("guess"), "app", sealed.clone()), None);
        // The digest under which it is stored does not open it.
        let digest = Secret::new(secret.digest().to_base64url());
        assert_eq!(open(&digest, "app", sealed.clone()), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&secret, "app", changed), None, "{at}");
        }
        assert_eq!(open(&secret, "app", vec![]), None);
    }
}
