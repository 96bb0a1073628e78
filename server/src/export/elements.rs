//! `_elements` of an export: what is kept of each resource (Bulk Data Access 2.0.0, "Kick-off").

use std::borrow::Cow;

use fhir::definition;
use fhir::resource_type::ResourceType;
use serde_json::{Map, Value, json};

use crate::problem::{Kind, Problem, printable};

/// Members that every resource keeps.
const ALWAYS: [&str; 3] = ["resourceType", "id", "meta"];

/// The elements asked for; none asks for all.
#[derive(Debug, Clone, Default)]
pub struct Elements(Vec<(Option<ResourceType>, String)>);

impl Elements {
    /// Reads `element` and `Type.element`.
    pub fn parse<'a>(items: impl Iterator<Item = &'a str>) -> Result<Self, Problem> {
        items.map(element).collect::<Result<_, _>>().map(Self)
    }

    /// What is kept of a resource: what was asked for and what the type cannot be without, marked
    /// as a part of the whole.
    pub fn keep<'a>(&self, ty: ResourceType, body: &'a [u8]) -> Result<Cow<'a, [u8]>, Problem> {
        let asked: Vec<&str> = self
            .0
            .iter()
            .filter(|(of, _)| of.is_none_or(|of| of == ty))
            .map(|(_, name)| name.as_str())
            .collect();
        if asked.is_empty() {
            return Ok(Cow::Borrowed(body));
        }
        let whole: Map<String, Value> =
            serde_json::from_slice(body).map_err(|error| Problem::internal(&error))?;
        let mut part: Map<String, Value> = whole
            .into_iter()
            .filter(|(member, _)| is_kept(ty, member, &asked))
            .collect();
        mark(&mut part);
        Ok(Cow::Owned(Value::Object(part).to_string().into_bytes()))
    }
}

fn element(item: &str) -> Result<(Option<ResourceType>, String), Problem> {
    let (ty, name) = match item.split_once('.') {
        Some((ty, name)) => (Some(ResourceType::parse(ty)), name),
        None => (None, item),
    };
    let legal = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match (ty, legal) {
        (Some(None), _) | (_, false) => Err(Problem::new(
            Kind::Value,
            format!(
                "'{}' is not a value of the parameter '_elements'; accepted: names of top-level elements such as name or Patient.name.",
                printable(item)
            ),
        )
        .at_parameter("_elements")),
        (ty, true) => Ok((ty.flatten(), name.to_owned())),
    }
}

/// `member` is a key of the JSON: `_birthDate` belongs to `birthDate`, `valueQuantity` to `value`.
fn is_kept(ty: ResourceType, member: &str, asked: &[&str]) -> bool {
    if ALWAYS.contains(&member) {
        return true;
    }
    let key = member.trim_start_matches('_');
    let element = definition::find(ty.as_str()).and_then(|found| found.json_element(key));
    match element {
        Some((element, _)) => {
            element.min > 0 || asked.contains(&element.name.trim_end_matches("[x]"))
        }
        None => asked.contains(&key),
    }
}

/// `SUBSETTED`: whoever stores it must not take it for the whole (R4, "Resource Meta Data").
fn mark(resource: &mut Map<String, Value>) {
    let meta = resource.entry("meta").or_insert_with(|| json!({}));
    let tag = json!({
        "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
        "code": "SUBSETTED"
    });
    match &mut meta["tag"] {
        Value::Array(tags) => tags.push(tag),
        none => *none = json!([tag]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(elements: &str, body: &str) -> String {
        let ty = ResourceType::parse("Observation").unwrap();
        let elements = Elements::parse(elements.split(',')).unwrap();
        String::from_utf8(elements.keep(ty, body.as_bytes()).unwrap().into_owned()).unwrap()
    }

    #[test]
    fn what_was_asked_for_and_what_is_mandatory_stay() {
        let body = r#"{"resourceType":"Observation","id":"a","status":"final","code":{"text":"x"},"valueString":"1","note":[]}"#;
        let part = kept("value", body);
        for name in [
            "\"id\"",
            "\"status\"",
            "\"code\"",
            "valueString",
            "SUBSETTED",
        ] {
            assert!(part.contains(name), "{name} {part}");
        }
        assert!(!part.contains("note"));
        assert_eq!(kept("Patient.name", body), body);
    }

    #[test]
    fn elements_that_cannot_be_are_refused() {
        for text in ["", "Foo.name", "a.b.c", "na me"] {
            assert!(Elements::parse([text].into_iter()).is_err(), "{text}");
        }
    }
}
