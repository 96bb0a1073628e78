//! One entry of a record, as a person reads it.

use serde_json::Value;

use super::attachment::{self, Attachment};
use super::moment::Moment;
use super::view::View;
use super::words;

/// An entry.
#[derive(Debug)]
pub struct Entry {
    /// The resource type.
    pub resource_type: String,
    /// The logical id.
    pub id: String,
    /// The language of its words, if it says which (FHIR R4 `Resource.language`).
    pub language: Option<String>,
    /// What it is; empty when the record does not say.
    pub title: String,
    /// What was found.
    pub value: Option<String>,
    /// Whether the value is out of the ordinary, in the record's own words.
    pub flag: Option<String>,
    /// What is ordinary.
    pub range: Option<String>,
    /// When.
    pub date: Option<Moment>,
    /// How it stands.
    pub status: Option<String>,
    /// What else is worth reading: key of the name, words.
    pub facts: Vec<(&'static str, String)>,
    /// What is attached.
    pub attachments: Vec<Attachment>,
}

impl Entry {
    /// Reads a resource; `None` for a type that is not shown.
    pub fn read(resource: &Value) -> Option<Self> {
        let view = View::of(resource["resourceType"].as_str()?)?;
        let title = words::first(resource, view.title);
        let facts = view.facts.iter().filter_map(|(key, path)| {
            let words = words::at(resource, path)?;
            (Some(&words) != title.as_ref()).then_some((*key, words))
        });
        Some(Self {
            resource_type: view.resource_type.to_owned(),
            id: resource["id"].as_str().unwrap_or_default().to_owned(),
            language: resource["language"].as_str().map(str::to_owned),
            value: value(resource),
            flag: flag(resource),
            range: resource["referenceRange"].as_array().and_then(|ranges| {
                ranges
                    .iter()
                    .find_map(|range| words::words(&range["text"]).or_else(|| words::range(range)))
            }),
            date: Moment::first(resource, view.date),
            status: words::first(resource, view.status),
            facts: facts.collect(),
            attachments: attachment::of(resource, view),
            title: title.unwrap_or_default(),
        })
    }
}

/// Newest first; what has no date comes last.
pub fn sort(entries: &mut [Entry]) {
    entries.sort_by(|one, other| other.date.cmp(&one.date));
}

/// The resources of the types that are shown, the newest first. Only those that are on a page need be
/// read in full.
pub fn newest_first(resources: &[Value]) -> Vec<&Value> {
    let dated = resources.iter().filter_map(|resource| {
        let view = View::of(resource["resourceType"].as_str()?)?;
        Some((Moment::first(resource, view.date), resource))
    });
    let mut dated: Vec<_> = dated.collect();
    dated.sort_by(|(one, _), (other, _)| other.cmp(one));
    dated.into_iter().map(|(_, resource)| resource).collect()
}

/// The `value[x]` of an observation, or what its components say.
fn value(resource: &Value) -> Option<String> {
    own_value(resource).or_else(|| {
        let components = resource["component"].as_array()?;
        pressure(components).or_else(|| listed(components))
    })
}

fn own_value(element: &Value) -> Option<String> {
    let members = element.as_object()?;
    members
        .iter()
        .find(|(name, _)| {
            name.strip_prefix("value")
                .is_some_and(|rest| rest.starts_with(char::is_uppercase))
        })
        .and_then(|(_, value)| words::words(value))
}

/// Two quantities of one unit are said as one: `120/80 mmHg`.
fn pressure(components: &[Value]) -> Option<String> {
    let [first, second] = components else {
        return None;
    };
    let (first, second) = (&first["valueQuantity"], &second["valueQuantity"]);
    (first["unit"] == second["unit"]).then_some(())?;
    Some(format!(
        "{}/{}",
        first["value"].as_number()?,
        words::quantity(second)?
    ))
}

fn listed(components: &[Value]) -> Option<String> {
    let parts: Vec<String> = components
        .iter()
        .filter_map(|component| {
            let name = words::words(&component["code"])?;
            Some(format!("{name}: {}", own_value(component)?))
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Interpretations that mean nothing out of the ordinary (v3 `ObservationInterpretation`).
const ORDINARY: &[&str] = &["N", "NEG", "ND", "S", "NR"];

fn flag(resource: &Value) -> Option<String> {
    let own = words::all(resource, "interpretation");
    let parts = words::all(resource, "component.interpretation");
    own.into_iter().chain(parts).find_map(|concept| {
        let codes = words::all(concept, "coding.code");
        let ordinary = codes
            .iter()
            .filter_map(|code| code.as_str())
            .any(|code| ORDINARY.contains(&code));
        (!ordinary).then(|| words::words(concept)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_result_has_value_range_and_flag() {
        let entry = Entry::read(&json!({
            "resourceType": "Observation", "id": "o", "code": {"text": "Glucose"},
            "effectiveDateTime": "2020-01-02", "valueQuantity": {"value": 200, "unit": "mg/dL"},
            "referenceRange": [{"low": {"value": 70, "unit": "mg/dL"}, "high": {"value": 99, "unit": "mg/dL"}}],
            "interpretation": [{"coding": [{"code": "H", "display": "High"}]}],
        }))
        .unwrap();
        assert_eq!(entry.title, "Glucose");
        assert_eq!(entry.value.as_deref(), Some("200 mg/dL"));
        assert_eq!(entry.range.as_deref(), Some("70 – 99 mg/dL"));
        assert_eq!(entry.flag.as_deref(), Some("High"));
        assert_eq!(entry.date.unwrap().as_str(), "2020-01-02");
    }

    #[test]
    fn blood_pressure_is_said_as_people_say_it() {
        let part = |value: i32| json!({"code": {"text": "x"}, "valueQuantity": {"value": value, "unit": "mmHg"}});
        let entry = Entry::read(&json!({
            "resourceType": "Observation", "component": [part(120), part(80)],
            "interpretation": [{"coding": [{"code": "N", "display": "Normal"}]}],
        }))
        .unwrap();
        assert_eq!(entry.value.as_deref(), Some("120/80 mmHg"));
        assert_eq!(entry.flag, None);
    }

    #[test]
    fn what_is_not_shown_or_makes_no_sense_is_left_out() {
        assert!(Entry::read(&json!({"resourceType": "Basic"})).is_none());
        assert!(Entry::read(&json!(7)).is_none());
        let bare =
            Entry::read(&json!({"resourceType": "Condition", "code": 5, "component": 1})).unwrap();
        assert_eq!((bare.title.as_str(), bare.value), ("5", None));
    }

    #[test]
    fn the_newest_comes_first_and_the_undated_last() {
        let read = |date: Option<&str>| {
            Entry::read(&json!({"resourceType": "Condition", "onsetDateTime": date})).unwrap()
        };
        let mut entries = vec![read(None), read(Some("2019")), read(Some("2020-05"))];
        sort(&mut entries);
        let dates: Vec<_> = entries.iter().map(|entry| entry.date.is_some()).collect();
        assert_eq!(dates, [true, true, false]);
    }
}
