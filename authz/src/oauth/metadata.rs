//! A client metadata document (RFC 7591 §2), bounded in depth and size.

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error::{ErrorCode, OAuthError};

/// Deepest nesting of a metadata document.
const DEEPEST: usize = 8;
/// Most members of a metadata document.
const MOST_MEMBERS: usize = 64;

/// A metadata document; a member given twice is an error, not a choice.
pub struct Metadata(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MetadataVisitor)
    }
}

struct MetadataVisitor;

impl<'de> Visitor<'de> for MetadataVisitor {
    type Value = Metadata;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
        let mut members: Vec<(String, Value)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if members.len() == MOST_MEMBERS || members.iter().any(|(known, _)| *known == name) {
                return Err(serde::de::Error::custom("too many members, or one twice"));
            }
            members.push((name, value));
        }
        Ok(Metadata(members))
    }
}

impl Metadata {
    /// Reads the body of a request.
    pub fn read(body: &[u8]) -> Result<Self, OAuthError> {
        let invalid = |why| ErrorCode::InvalidClientMetadata.because(why);
        let document: Self = serde_json::from_slice(body)
            .map_err(|_| invalid("the body must be a JSON object with each member once"))?;
        let deep = document.0.iter().any(|(_, value)| depth(value) >= DEEPEST);
        if deep {
            return Err(invalid("the metadata are nested too deeply"));
        }
        Ok(document)
    }

    /// The value of a member; `null` counts as absent (RFC 7591 §2).
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    }

    /// The value of a member that must be a string.
    pub fn text(&self, name: &str, otherwise: &'static str) -> Result<Option<&str>, OAuthError> {
        self.value(name)
            .map(|value| {
                value
                    .as_str()
                    .ok_or(ErrorCode::InvalidClientMetadata.because(otherwise))
            })
            .transpose()
    }

    /// The value of a member that must be a boolean; absent means false.
    pub fn flag(&self, name: &str) -> Result<bool, OAuthError> {
        let why = "a member that must be true or false is something else";
        self.value(name).map_or(Ok(false), |value| {
            value
                .as_bool()
                .ok_or(ErrorCode::InvalidClientMetadata.because(why))
        })
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 1,
    }
}
