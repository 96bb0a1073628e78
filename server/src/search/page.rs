//! Page links: opaque, tied to their query and their owner, and of no use when tampered with.
//!
//! A cursor holds only a position. Whoever follows it passes through the same authentication and
//! the same plan as the first page, so a cursor opens nothing by itself. It is encrypted, because
//! a position counts resources that the caller may not see.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::problem::{Kind, Problem};

/// Seals cursors.
#[derive(Clone)]
pub struct CursorKey([u8; 32]);

/// A position in a result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// The last key seen; 0 at the start, the greatest there is at the end.
    #[serde(rename = "k")]
    pub after: i64,
    /// The greatest key of the walk.
    #[serde(rename = "u")]
    pub until: i64,
    /// The sort values of the last match seen; as many as there are sort keys, none at the start.
    #[serde(rename = "v", default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<SortValue>,
    /// Whether the walk goes backwards from there.
    #[serde(rename = "b", default, skip_serializing_if = "std::ops::Not::not")]
    pub back: bool,
}

impl Position {
    /// Before everything of a walk that stops at the key `until`.
    pub fn start(until: i64) -> Self {
        Self {
            after: 0,
            until,
            values: Vec::new(),
            back: false,
        }
    }

    /// Behind everything of that walk, looking back.
    pub fn end(until: i64) -> Self {
        Self {
            after: i64::MAX,
            back: true,
            ..Self::start(until)
        }
    }

    /// Whether nothing comes before it.
    pub fn is_first(&self) -> bool {
        !self.back && self.after == 0
    }

    /// Whether nothing comes behind it.
    pub fn is_last(&self) -> bool {
        self.back && self.after == i64::MAX
    }

    /// Whether it is behind a match, and not at either end of the walk.
    pub fn is_inside(&self) -> bool {
        self.after != 0 && self.after != i64::MAX
    }
}

/// A value that matches are sorted by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SortValue {
    /// There is none.
    #[serde(rename = "n")]
    Nothing,
    /// An instant or a whole number.
    #[serde(rename = "i")]
    Integer(i64),
    /// A number.
    #[serde(rename = "r")]
    Real(f64),
    /// Text.
    #[serde(rename = "t")]
    Text(String),
}

const OWNER: usize = 8;

impl CursorKey {
    /// A key from 256 random bits.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The text of a cursor for the walk of `query` (its normalized text) by `owner`.
    pub fn seal(&self, position: &Position, owner: &str, query: &str) -> String {
        let query = &walk(query);
        let mut plain = owner_mark(owner).to_vec();
        plain.extend(serde_json::to_vec(position).unwrap_or_default());
        let nonce = self.nonce(&plain, query);
        let mut sealed = nonce.to_vec();
        let associated = Aad::from(query.as_bytes());
        if self.cipher().is_some_and(|cipher| {
            cipher
                .seal_in_place_append_tag(
                    Nonce::assume_unique_for_key(nonce),
                    associated,
                    &mut plain,
                )
                .is_ok()
        }) {
            sealed.extend(plain);
        }
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Reads a cursor back. Damaged, or of another query: 400. Of another owner: 404.
    pub fn open(&self, text: &str, owner: &str, query: &str) -> Result<Position, Problem> {
        let query = &walk(query);
        let damaged = || {
            Problem::new(
                Kind::Value,
                "This page link is damaged or belongs to another search; start the search again.",
            )
            .at_parameter("_cursor")
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| damaged())?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(damaged)?;
        let mut sealed = sealed.to_vec();
        let associated = Aad::from(query.as_bytes());
        let plain = self
            .cipher()
            .and_then(|cipher| {
                cipher
                    .open_in_place(
                        Nonce::assume_unique_for_key(*nonce),
                        associated,
                        &mut sealed,
                    )
                    .ok()
            })
            .ok_or_else(damaged)?;
        let (mark, position) = plain.split_first_chunk::<OWNER>().ok_or_else(damaged)?;
        if *mark != owner_mark(owner) {
            return Err(Problem::new(
                Kind::PageUnknown,
                "There is no such page for this token; start the search again.",
            ));
        }
        serde_json::from_slice(position).map_err(|_| damaged())
    }

    /// AES-256-GCM; `None` never happens with a key of the right length.
    fn cipher(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM, &self.part("cipher"))
            .ok()
            .map(LessSafeKey::new)
    }

    /// A nonce that is a keyed digest of what is sealed: it repeats only for the very same cursor.
    fn nonce(&self, plain: &[u8], query: &str) -> [u8; NONCE_LEN] {
        let digest = Sha256::new()
            .chain_update(self.part("nonce"))
            .chain_update(Sha256::digest(query))
            .chain_update(plain)
            .finalize();
        std::array::from_fn(|at| digest[at])
    }

    /// Independent keys from the one that is kept.
    fn part(&self, purpose: &str) -> [u8; 32] {
        Sha256::new()
            .chain_update(self.0)
            .chain_update(purpose)
            .finalize()
            .into()
    }
}

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("CursorKey(***)")
    }
}

/// A query without what only says how its answer is written: clients add that to page links.
fn walk(query: &str) -> String {
    let (path, pairs) = query.split_once('?').unwrap_or((query, ""));
    let is_written = |pair: &&str| pair.starts_with("_format=") || pair.starts_with("_pretty=");
    let pairs: Vec<_> = pairs.split('&').filter(|pair| !is_written(pair)).collect();
    format!("{path}?{}", pairs.join("&"))
}

fn owner_mark(owner: &str) -> [u8; OWNER] {
    let digest = Sha256::digest(owner);
    std::array::from_fn(|at| digest[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> CursorKey {
        CursorKey::new([7; 32])
    }

    fn at() -> Position {
        Position {
            after: 41,
            until: 1 << 40,
            values: vec![
                SortValue::Text("é".into()),
                SortValue::Nothing,
                SortValue::Integer(-7),
                SortValue::Real(0.1),
            ],
            back: true,
        }
    }

    #[test]
    fn a_cursor_opens_for_its_owner_and_query() {
        let text = key().seal(&at(), "me", "Observation?code=x");
        assert_eq!(key().open(&text, "me", "Observation?code=x"), Ok(at()));
    }

    #[test]
    fn another_owner_or_query_or_any_damage_is_refused() {
        let text = key().seal(&at(), "me", "q");
        let kind = |text: &str, owner, query| key().open(text, owner, query).unwrap_err().kind;
        assert_eq!(kind(&text, "you", "q"), Kind::PageUnknown);
        assert_eq!(kind(&text, "me", "p"), Kind::Value);
        for at in 0..text.len() {
            let mut damaged = text.clone().into_bytes();
            damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
            let damaged = String::from_utf8(damaged).unwrap();
            if damaged != text {
                assert_eq!(kind(&damaged, "me", "q"), Kind::Value, "{at}");
            }
        }
        assert_eq!(kind(&text[1..], "me", "q"), Kind::Value);
        assert_eq!(kind("", "me", "q"), Kind::Value);
    }
}
