//! What resources inside a resource are found by (R4, "Searching for contained resources").

use fhir::resource_type::ResourceType;
use serde_json::Value as Json;

use super::extract::{Unreadable, values};
use super::{Key, Row, Value};

/// A resource inside another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Contained {
    /// Its place in `contained`.
    pub place: u32,
    /// Its type.
    pub resource_type: ResourceType,
    /// Its id, by which only its container refers to it; empty when it has none.
    pub id: String,
    /// What it is found by. It has no chart and no words: those of its container are its own.
    pub rows: Vec<Row>,
}

/// Adds a row for each contained resource.
pub(super) fn add(resource: &Json, rows: &mut Vec<Row>) -> Result<(), Unreadable> {
    let Some(inside) = resource["contained"].as_array() else {
        return Ok(());
    };
    for (place, one) in (0..).zip(inside) {
        let Some(resource_type) = one["resourceType"].as_str().and_then(ResourceType::parse) else {
            continue;
        };
        let contained = Contained {
            place,
            resource_type,
            id: one["id"].as_str().unwrap_or_default().to_owned(),
            rows: values(resource_type, one)?,
        };
        rows.push(Row {
            key: Key::contained(),
            value: Value::Contained(contained),
        });
    }
    Ok(())
}
