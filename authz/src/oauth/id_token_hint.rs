//! `id_token_hint`: an ID token that this server issued earlier, shown again to say who is meant
//! (OpenID Connect Core §3.1.2.1, RP-Initiated Logout 1.0 §2). It may have expired.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// Longest hint, in bytes.
const LONGEST: usize = 8 * 1024;

/// Whom a genuine hint names, and for which client.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Hint {
    iss: String,
    /// The person.
    pub sub: String,
    /// The client it was issued to.
    pub aud: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
}

/// Reads a hint; `is_genuine` checks key id, algorithm, signed text and signature.
pub fn read(
    text: &str,
    issuer: &str,
    is_genuine: impl Fn(&str, &str, &[u8], &[u8]) -> bool,
) -> Option<Hint> {
    (text.len() <= LONGEST).then_some(())?;
    let (signed, signature) = text.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    let header: Header = serde_json::from_slice(&part(header)?).ok()?;
    let hint: Hint = serde_json::from_slice(&part(claims)?).ok()?;
    let genuine = is_genuine(
        &header.kid,
        &header.alg,
        signed.as_bytes(),
        &part(signature)?,
    );
    (genuine && hint.iss == issuer).then_some(hint)
}
