//! Proof Key for Code Exchange, `S256` only (RFC 7636; SMART App Launch forbids `plain`).

use subtle::ConstantTimeEq;

use crate::secret::Digest;

/// A legal `code_challenge`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge(String);

impl Challenge {
    /// Reads a challenge: the base64url of 32 bytes (RFC 7636 §4.2), which is 43 characters.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 43 && text.bytes().all(is_base64url)).then(|| Self(text.to_owned()))
    }

    /// The text, to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `verifier` is legal (RFC 7636 §4.1) and the one this challenge was made from.
    pub fn is_answered_by(&self, verifier: &str) -> bool {
        let legal = (43..=128).contains(&verifier.len())
            && verifier
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        let answer = Digest::of(verifier).to_base64url();
        legal && bool::from(answer.as_bytes().ct_eq(self.0.as_bytes()))
    }
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_rfc_7636_appendix_b_holds() {
        assert!(
            Challenge::parse(CHALLENGE)
                .unwrap()
                .is_answered_by(VERIFIER)
        );
    }

    #[test]
    fn other_verifiers_fail() {
        let challenge = Challenge::parse(CHALLENGE).unwrap();
        let short = &VERIFIER[..42];
        let long = "a".repeat(129);
        for verifier in [
            "",
            CHALLENGE,
            short,
            long.as_str(),
            "a b",
            &VERIFIER.to_lowercase(),
        ] {
            assert!(!challenge.is_answered_by(verifier), "{verifier}");
        }
    }

    #[test]
    fn a_challenge_is_43_characters_of_base64url() {
        for bad in [
            &CHALLENGE[..42],
            &"a".repeat(129),
            &CHALLENGE.replace('-', "+"),
            &CHALLENGE.replace('M', "="),
        ] {
            assert_eq!(Challenge::parse(bad), None, "{bad}");
        }
    }
}
