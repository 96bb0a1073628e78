//! Public keys of clients (RFC 7517, RFC 7518 §6): RSA for RS384 and P-384 for ES384, the two
//! algorithms that SMART App Launch 2.2 ("Client Authentication: Asymmetric") asks for.

use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA384, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// Most keys of one set that are looked at.
const MOST_KEYS: usize = 100;
/// Longest key id, in bytes.
const LONGEST_KID: usize = 256;
/// Sizes of an RSA modulus, in bytes.
const RSA_MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;
/// Bytes of a P-384 coordinate.
const COORDINATE: usize = 48;
/// Members that only private and symmetric keys have.
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A signature algorithm (RFC 7518 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// `RS384`
    Rs384,
    /// `ES384`
    Es384,
}

/// The algorithms on offer, as spelled on the wire.
pub const ALGORITHMS: &[&str] = &["RS384", "ES384"];

impl Algorithm {
    /// The spelling on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs384 => "RS384",
            Self::Es384 => "ES384",
        }
    }
}

/// Why a key or a set of keys is of no use. The text is for the developer of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Defect(pub &'static str);

/// A key that can check signatures.
#[derive(Debug, Clone)]
pub struct PublicKey {
    /// `kid`
    pub kid: String,
    material: Material,
}

#[derive(Debug, Clone)]
enum Material {
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
    P384(Vec<u8>),
}

/// The usable keys of a JSON Web Key Set.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<PublicKey>,
}

impl KeySet {
    /// Reads the set a client registers: every key must be usable and its `kid` unique.
    pub fn register(set: &Value) -> Result<Self, Defect> {
        let keys = members(set)?
            .iter()
            .map(PublicKey::read)
            .collect::<Result<Vec<_>, _>>()?;
        let unique = |(at, key): (usize, &PublicKey)| {
            keys[..at].iter().all(|earlier| earlier.kid != key.kid)
        };
        if keys.is_empty() {
            return Err(Defect("jwks holds no key"));
        }
        if !keys.iter().enumerate().all(unique) {
            return Err(Defect("two keys of jwks have the same kid"));
        }
        Ok(Self { keys })
    }

    /// Reads a set somebody else publishes: keys for other purposes are passed over.
    pub fn publish(set: &Value) -> Result<Self, Defect> {
        let keys = members(set)?
            .iter()
            .filter_map(|key| PublicKey::read(key).ok())
            .collect();
        Ok(Self { keys })
    }

    /// The key with this id; none when two keys have it.
    pub fn find(&self, kid: &str) -> Option<&PublicKey> {
        let mut found = self.keys.iter().filter(|key| key.kid == kid);
        let key = found.next()?;
        found.next().is_none().then_some(key)
    }
}

fn members(set: &Value) -> Result<&[Value], Defect> {
    set.get("keys")
        .and_then(Value::as_array)
        .filter(|keys| keys.len() <= MOST_KEYS)
        .map(Vec::as_slice)
        .ok_or(Defect(
            "jwks must be an object with keys, an array of at most 100 keys",
        ))
}

impl PublicKey {
    fn read(key: &Value) -> Result<Self, Defect> {
        let key = key.as_object().ok_or(Defect("a key is not an object"))?;
        if PRIVATE.iter().any(|name| key.contains_key(*name)) {
            return Err(Defect(
                "a key is private or symmetric; register the public half",
            ));
        }
        let kid = text(key, "kid").filter(|kid| (1..=LONGEST_KID).contains(&kid.len()));
        let kid = kid.ok_or(Defect("a key has no kid"))?.to_owned();
        let material = match text(key, "kty") {
            Some("RSA") => Material::rsa(key)?,
            Some("EC") => Material::p384(key)?,
            _ => return Err(Defect("kty must be RSA or EC")),
        };
        let key_of = Self { kid, material };
        key_of.check_purpose(key)?;
        Ok(key_of)
    }

    fn check_purpose(&self, key: &Map<String, Value>) -> Result<(), Defect> {
        let is = |name: &str, word: &str| key.get(name).is_none_or(|value| value == word);
        let verifies = key.get("key_ops").is_none_or(|operations| {
            operations
                .as_array()
                .is_some_and(|operations| operations.iter().any(|word| word == "verify"))
        });
        (is("use", "sig") && verifies && is("alg", self.algorithm().as_str()))
            .then_some(())
            .ok_or(Defect(
                "a key must be for signatures, an RSA key for RS384 and an EC key for ES384",
            ))
    }

    /// The one algorithm this key is for.
    pub fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::Rsa(_) => Algorithm::Rs384,
            Material::P384(_) => Algorithm::Es384,
        }
    }

    /// Whether `signature` is this key's over `message` (RFC 7518 §3.3, §3.4).
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Rsa(components) => components
                .verify(&RSA_PKCS1_2048_8192_SHA384, message, signature)
                .is_ok(),
            Material::P384(point) => ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point)
                .is_ok_and(|key| key.verify_sig(message, signature).is_ok()),
        }
    }
}

impl Material {
    fn rsa(key: &Map<String, Value>) -> Result<Self, Defect> {
        let number = |name| bytes(key, name).map(|bytes| without_leading_zeros(&bytes));
        let (n, e) = number("n")
            .zip(number("e"))
            .ok_or(Defect("an RSA key needs n and e"))?;
        let strong = RSA_MODULUS.contains(&n.len()) && (n.len() > 256 || n[0] & 0x80 != 0);
        let odd = e.last().is_some_and(|last| last & 1 == 1);
        if !strong || !odd || e == [1] || e.len() > 4 {
            return Err(Defect(
                "an RSA key must have 2048 to 8192 bits and a usual exponent",
            ));
        }
        Ok(Self::Rsa(RsaPublicKeyComponents { n, e }))
    }

    fn p384(key: &Map<String, Value>) -> Result<Self, Defect> {
        let coordinate = |name| bytes(key, name).filter(|bytes| bytes.len() == COORDINATE);
        let refused = Defect("an EC key must be a point of P-384");
        if text(key, "crv") != Some("P-384") {
            return Err(refused);
        }
        let (x, y) = coordinate("x").zip(coordinate("y")).ok_or(refused)?;
        let point = [&[4], x.as_slice(), &y].concat();
        match ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, &point) {
            Ok(_) => Ok(Self::P384(point)),
            Err(_) => Err(refused),
        }
    }
}

fn text<'a>(key: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    key.get(name).and_then(Value::as_str)
}

fn bytes(key: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text(key, name)?).ok()
}

fn without_leading_zeros(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|byte| *byte != 0);
    number[start.unwrap_or(number.len())..].to_vec()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The base point of P-384 (FIPS 186-4, D.1.2.4).
    fn p384() -> Value {
        json!({"kty": "EC", "crv": "P-384", "kid": "ec",
            "x": "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3",
            "y": "NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f"})
    }

    fn rsa(bytes: usize) -> Value {
        json!({"kty": "RSA", "kid": "rsa", "e": "AQAB",
            "n": URL_SAFE_NO_PAD.encode(vec![0xff; bytes])})
    }

    fn changed(mut key: Value, name: &str, value: Value) -> Value {
        key[name] = value;
        key
    }

    fn register(keys: &[Value]) -> Result<KeySet, Defect> {
        KeySet::register(&json!({ "keys": keys }))
    }

    #[test]
    fn a_sound_set_is_read_and_found_by_kid() {
        let set = register(&[p384(), rsa(256)]).unwrap();
        assert_eq!(set.find("ec").unwrap().algorithm(), Algorithm::Es384);
        assert_eq!(set.find("rsa").unwrap().algorithm(), Algorithm::Rs384);
        assert!(set.find("other").is_none());
    }

    #[test]
    fn every_unsound_key_is_refused_at_registration_and_passed_over_later() {
        let cases = [
            changed(p384(), "d", json!("AQ")),
            changed(p384(), "kid", Value::Null),
            changed(p384(), "kid", json!("")),
            changed(p384(), "crv", json!("P-256")),
            changed(p384(), "x", json!("AQ")),
            changed(p384(), "y", p384()["x"].clone()),
            changed(p384(), "use", json!("enc")),
            changed(p384(), "alg", json!("RS384")),
            changed(p384(), "key_ops", json!(["sign"])),
            rsa(255),
            rsa(1025),
            changed(rsa(256), "e", json!("AQ")),
            changed(rsa(256), "e", json!("Ag")),
            changed(rsa(256), "alg", json!("RS256")),
            json!({"kty": "oct", "kid": "x", "k": "AQ"}),
            json!(4),
        ];
        for key in cases {
            let set = json!({"keys": [key]});
            assert!(KeySet::register(&set).is_err(), "{set}");
            assert!(KeySet::publish(&set).unwrap().keys.is_empty(), "{set}");
        }
        for set in [
            json!([]),
            json!({}),
            json!({"keys": 4}),
            json!({"keys": []}),
        ] {
            assert!(KeySet::register(&set).is_err(), "{set}");
        }
    }

    #[test]
    fn a_kid_that_two_keys_have_names_neither() {
        let same = [p384(), changed(rsa(256), "kid", json!("ec"))];
        assert!(register(&same).is_err());
        let set = KeySet::publish(&json!({ "keys": same })).unwrap();
        assert!(set.find("ec").is_none());
    }
}
