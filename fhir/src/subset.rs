//! Parts of resources: `_summary` and `_elements`.
//! <http://hl7.org/fhir/R4/search.html#summary>, <http://hl7.org/fhir/R4/search.html#elements>
//!
//! Elements that must be there, and those that can change the meaning of others, are always kept.
//! What was cut is marked with the tag `SUBSETTED`, so that nobody writes it back by mistake.

use serde_json::{Map, Value, json};

use crate::definition::{self, Element, Kind, Type};

/// The code system of the tag that marks a part of a resource.
pub const SUBSETTED_SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";
/// The code of that tag.
pub const SUBSETTED: &str = "SUBSETTED";

/// Which part of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Subset {
    /// All of it.
    #[default]
    Whole,
    /// The elements that the definitions call its summary (`_summary=true`).
    Summary,
    /// The narrative, `id`, `meta` and what must be there (`_summary=text`).
    Text,
    /// All but the narrative (`_summary=data`).
    Data,
    /// These elements (`_elements`).
    Elements(Vec<Wanted>),
}

/// An element that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Only of this type; `None` for what is read or found.
    pub resource_type: Option<String>,
    /// The name of the element, such as `value` or `valueQuantity`.
    pub name: String,
}

impl Wanted {
    /// Reads `name`, `Type.name` or `name[x]`.
    pub fn parse(text: &str) -> Self {
        let (resource_type, name) = match text.split_once('.') {
            Some((first, rest)) if definition::find(first).is_some() => {
                (Some(first.to_owned()), rest)
            }
            _ => (None, text),
        };
        let name = name.split('.').next().unwrap_or_default();
        Self {
            resource_type,
            name: name.trim_end_matches("[x]").to_owned(),
        }
    }
}

impl Subset {
    /// Whether nothing is cut from a resource: one of `resource_type` that is what was asked for
    /// (a match) or came along with it.
    pub fn is_whole(&self, resource_type: &str, is_match: bool) -> bool {
        match self {
            Self::Whole => true,
            Self::Elements(wanted) => wanted.iter().all(|wanted| match &wanted.resource_type {
                Some(of) => of != resource_type,
                None => !is_match,
            }),
            Self::Summary | Self::Text | Self::Data => false,
        }
    }

    /// The part of a resource. What is no resource of R4 is left as it is.
    pub fn of(&self, resource: &Value, is_match: bool) -> Value {
        let ty = resource["resourceType"].as_str().and_then(definition::find);
        let (Some(ty), Value::Object(members)) = (ty, resource) else {
            return resource.clone();
        };
        if self.is_whole(ty.path, is_match) {
            return resource.clone();
        }
        let mut kept = Map::new();
        for (key, value) in members {
            let name = key.strip_prefix('_').unwrap_or(key);
            let Some((element, member)) = ty.json_element(name) else {
                kept.insert(key.clone(), value.clone());
                continue;
            };
            if !self.keeps(ty, element, name, is_match) {
                continue;
            }
            let value = match self {
                Self::Summary => summary(member, value),
                _ => value.clone(),
            };
            kept.insert(key.clone(), value);
        }
        mark(&mut kept);
        Value::Object(kept)
    }

    fn keeps(&self, ty: &Type, element: &Element, key: &str, is_match: bool) -> bool {
        if matches!(element.name, "id" | "meta") || is_needed(element) {
            return true;
        }
        match self {
            Self::Whole => true,
            Self::Summary => element.is_summary,
            Self::Text => element.name == "text",
            Self::Data => element.name != "text",
            Self::Elements(wanted) => wanted.iter().any(|wanted| {
                let is_of = match &wanted.resource_type {
                    Some(of) => of == ty.path,
                    None => is_match,
                };
                is_of && (wanted.name == element.name || wanted.name == key)
            }),
        }
    }
}

/// Whether an element is kept whatever is asked for.
fn is_needed(element: &Element) -> bool {
    element.min > 0 || element.is_modifier
}

/// The summary of a value inside a resource.
fn summary(ty: &Type, value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| summary(ty, item)).collect(),
        Value::Object(members) if !matches!(ty.kind, Kind::Primitive | Kind::Resource) => {
            let kept = members.iter().filter(|(key, _)| {
                let name = key.strip_prefix('_').unwrap_or(key);
                ty.json_element(name)
                    .is_none_or(|(element, _)| element.is_summary || is_needed(element))
            });
            let cut = |(key, value): (&String, &Value)| {
                let member = ty.json_element(key).map(|(_, member)| member);
                let value = member.map_or_else(|| value.clone(), |member| summary(member, value));
                (key.clone(), value)
            };
            let kept: Map<_, _> = kept.map(cut).collect();
            // A value of which nothing belongs to the summary is better whole than empty.
            if kept.is_empty() {
                value.clone()
            } else {
                Value::Object(kept)
            }
        }
        _ => value.clone(),
    }
}

/// Puts the tag into `meta`, after `id`.
fn mark(members: &mut Map<String, Value>) {
    let tag = json!({ "system": SUBSETTED_SYSTEM, "code": SUBSETTED, "display": "subsetted" });
    if !members.get("meta").is_some_and(Value::is_object) {
        let at = usize::from(members.contains_key("resourceType"))
            + usize::from(members.contains_key("id"));
        members.shift_insert(at.min(members.len()), "meta".into(), json!({}));
    }
    if is_marked(members) {
        return;
    }
    match members["meta"].get_mut("tag").and_then(Value::as_array_mut) {
        Some(tags) => tags.push(tag),
        None => members["meta"]["tag"] = json!([tag]),
    }
}

/// Whether a resource says of itself that it is only a part.
pub fn is_marked(members: &Map<String, Value>) -> bool {
    members
        .get("meta")
        .and_then(|meta| meta["tag"].as_array())
        .into_iter()
        .flatten()
        .any(|tag| tag["system"] == SUBSETTED_SYSTEM && tag["code"] == SUBSETTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observation() -> Value {
        json!({
            "resourceType": "Observation",
            "id": "a",
            "meta": { "versionId": "1" },
            "text": { "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">a</div>" },
            "modifierExtension": [{ "url": "http://x/m", "valueBoolean": true }],
            "status": "final",
            "code": { "text": "c" },
            "subject": { "reference": "Patient/a", "extension": [{ "url": "u", "valueCode": "x" }] },
            "note": [{ "text": "n" }],
            "valueQuantity": { "value": 1, "unit": "mg" }
        })
    }

    fn kept(subset: &Subset) -> Vec<String> {
        let part = subset.of(&observation(), true);
        assert_eq!(part["meta"]["tag"][0]["code"], "SUBSETTED");
        let members = part.as_object().unwrap();
        members
            .keys()
            .skip(3)
            .map(|key| key.as_str().to_owned())
            .collect()
    }

    fn elements(text: &str) -> Subset {
        Subset::Elements(text.split(',').map(Wanted::parse).collect())
    }

    #[test]
    fn each_subset_keeps_what_it_names_and_what_must_be_there() {
        assert_eq!(
            kept(&Subset::Summary),
            [
                "modifierExtension",
                "status",
                "code",
                "subject",
                "valueQuantity"
            ]
        );
        assert_eq!(
            kept(&Subset::Text),
            ["text", "modifierExtension", "status", "code"]
        );
        assert_eq!(
            kept(&Subset::Data),
            [
                "modifierExtension",
                "status",
                "code",
                "subject",
                "note",
                "valueQuantity"
            ]
        );
        for value in [
            "value,note",
            "value[x],Observation.note",
            "valueQuantity,note.text",
        ] {
            assert_eq!(
                kept(&elements(value)),
                [
                    "modifierExtension",
                    "status",
                    "code",
                    "note",
                    "valueQuantity"
                ],
                "{value}"
            );
        }
    }

    #[test]
    fn a_summary_cuts_inside_of_elements_too() {
        let part = Subset::Summary.of(&observation(), true);
        assert_eq!(part["subject"], json!({ "reference": "Patient/a" }));
    }

    #[test]
    fn what_came_along_is_cut_only_by_its_own_type() {
        let whole = observation();
        assert_eq!(elements("status").of(&whole, false), whole);
        assert_eq!(elements("Patient.name").of(&whole, true), whole);
        let part = elements("Observation.status").of(&whole, false);
        assert_eq!(part.get("note"), None);
    }

    #[test]
    fn a_part_is_marked_once() {
        let once = Subset::Text.of(&observation(), true);
        let twice = Subset::Text.of(&once, true);
        assert_eq!(once, twice);
        assert!(is_marked(twice.as_object().unwrap()));
        assert!(!is_marked(observation().as_object().unwrap()));
    }
}
