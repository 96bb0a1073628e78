//! Changing parts of a resource (R4, "patch"): JSON Patch (RFC 6902) and FHIRPath Patch.

mod json;
mod occurrence;
mod parts;
mod path;
mod place;
mod pointer;
mod supplied;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::interaction::body::Body;
use crate::problem::{Kind, Problem};
pub use json::JsonPatch;
pub use path::PathPatch;

/// Media type of a JSON Patch.
pub const JSON_PATCH: &str = "application/json-patch+json";
/// Most operations of one JSON Patch.
pub const MAX_OPERATIONS: usize = 1000;
/// Most operations of one FHIRPath Patch; each may search the whole resource.
pub const MAX_PATHS: usize = 100;
/// Most that the operations of one patch may put together, in bytes of JSON.
const MAX_GROWTH: usize = 10 * 1024 * 1024;

/// A patch, read and not yet applied.
#[derive(Debug, Clone)]
pub enum Patch {
    /// RFC 6902.
    Json(JsonPatch),
    /// R4, "FHIRPath Patch".
    Path(PathPatch),
}

impl Patch {
    /// Reads a JSON Patch.
    pub fn json(bytes: &[u8]) -> Result<Self, Problem> {
        JsonPatch::parse(bytes).map(Self::Json)
    }

    /// Reads a FHIRPath Patch from the text of a `Parameters`.
    pub fn parameters(bytes: &[u8]) -> Result<Self, Problem> {
        let parameters = fhir::resource_type::ResourceType::parse("Parameters")
            .ok_or_else(|| Problem::internal(&"no type Parameters"))?;
        let body = Body::parse(parameters, bytes)?;
        PathPatch::parse(body.members()).map(Self::Path)
    }

    /// Reads a patch from the resource of an entry: a `Binary` that holds a JSON Patch, or a
    /// `Parameters` (R4, "patch").
    pub fn of_resource(resource: Value) -> Result<Self, Problem> {
        match resource["resourceType"].as_str() {
            Some("Binary") if resource["contentType"] == JSON_PATCH => {
                let data = resource["data"].as_str().unwrap_or_default();
                let text = STANDARD.decode(data).map_err(|_| {
                    Problem::new(Kind::Structure, "The Binary's data is not Base64.")
                })?;
                Self::json(&text)
            }
            Some("Parameters") => {
                PathPatch::parse(Body::from_value(resource)?.members()).map(Self::Path)
            }
            _ => Err(Problem::new(
                Kind::Invalid,
                "The resource of a PATCH is a Parameters, or a Binary of application/json-patch+json.",
            )),
        }
    }

    /// Whether its success tells what the resource holds. Such a patch needs the right to read.
    pub fn looks(&self) -> bool {
        match self {
            Self::Json(patch) => patch.tests(),
            Self::Path(_) => true,
        }
    }

    /// The patched resource. What identifies it stays as it is.
    pub fn apply(&self, resource: Value) -> Result<Value, Problem> {
        let before = identity(&resource);
        let patched = match self {
            Self::Json(patch) => patch.apply(resource),
            Self::Path(patch) => patch.apply(resource),
        }?;
        let after = identity(&patched);
        for ((name, before), (_, after)) in before.iter().zip(&after) {
            let is_dropped = name.starts_with("meta.") && after.is_null();
            if before != after && !is_dropped {
                return Err(Problem::new(
                    Kind::Immutable,
                    format!("A patch cannot change '{name}'."),
                ));
            }
        }
        Ok(patched)
    }
}

/// What a patch leaves alone; version and instant are the server's and may be left out.
fn identity(resource: &Value) -> [(&'static str, Value); 4] {
    [
        ("resourceType", resource["resourceType"].clone()),
        ("id", resource["id"].clone()),
        ("meta.versionId", resource["meta"]["versionId"].clone()),
        ("meta.lastUpdated", resource["meta"]["lastUpdated"].clone()),
    ]
}

/// The room that a patch has left.
struct Room(usize);

impl Room {
    fn new() -> Self {
        Self(MAX_GROWTH)
    }

    /// Takes what a value fills.
    fn take(&mut self, value: &Value) -> Result<(), Problem> {
        self.0 = self.0.checked_sub(weight(value)).ok_or_else(|| {
            Problem::new(Kind::TooMuch, "The patch puts more than 10 MiB together.")
        })?;
        Ok(())
    }
}

/// About the bytes of the value's JSON.
fn weight(value: &Value) -> usize {
    match value {
        Value::Array(items) => 2 + items.iter().map(weight).sum::<usize>(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| name.len() + 4 + weight(value))
            .sum(),
        Value::String(text) => text.len() + 3,
        _ => 8,
    }
}

fn too_many(limit: usize) -> Problem {
    Problem::new(
        Kind::TooMuch,
        format!("A patch has at most {limit} operations."),
    )
}

/// An operation that cannot be carried out on this resource; operations are counted from 0.
fn failed(at: usize, why: &str) -> Problem {
    Problem::new(Kind::PatchFailed, format!("Operation {at}: {why}"))
}

#[cfg(test)]
mod tests;
