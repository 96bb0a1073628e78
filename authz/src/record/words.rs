//! FHIR data types in a few words (FHIR R4 "Data Types"), and finding elements by path.

use serde_json::Value;

/// Every value at a path such as `dosageInstruction.text`; lists on the way are walked through.
pub fn all<'a>(resource: &'a Value, path: &str) -> Vec<&'a Value> {
    path.split('.').fold(vec![resource], |found, name| {
        found
            .into_iter()
            .flat_map(|value| match &value[name] {
                Value::Array(items) => items.iter().collect(),
                Value::Null => Vec::new(),
                one => vec![one],
            })
            .collect()
    })
}

/// What stands at a path, in words.
pub fn at(resource: &Value, path: &str) -> Option<String> {
    let mut found: Vec<String> = Vec::new();
    for words in all(resource, path).into_iter().filter_map(words) {
        if !found.contains(&words) {
            found.push(words);
        }
    }
    (!found.is_empty()).then(|| found.join(", "))
}

/// What the first of several paths holds.
pub fn first(resource: &Value, paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| at(resource, path))
}

/// A value in words; `None` when it has none.
pub fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().filter_map(words).collect();
            (!parts.is_empty()).then(|| parts.join(", "))
        }
        Value::Object(_) => object(value),
        Value::Bool(_) | Value::Null => None,
    }
}

/// Data types tell themselves apart by their members; the first reading that fits counts.
const READINGS: &[fn(&Value) -> Option<String>] = &[
    |value| text(value, "text"),
    |value| value["coding"].as_array()?.iter().find_map(words),
    |value| text(value, "display"),
    human_name,
    address,
    money,
    quantity,
    range,
    ratio,
    |value| text(value, "value"),
    |value| text(value, "code"),
    |value| text(value, "name"),
];

fn object(value: &Value) -> Option<String> {
    READINGS.iter().find_map(|read| read(value))
}

fn text(value: &Value, name: &str) -> Option<String> {
    let found = value[name].as_str().and_then(|_| words(&value[name]))?;
    Some(without_tag(&found).to_owned())
}

/// Endings with which SNOMED CT tells apart what its names are names of (SNOMED CT Editorial Guide
/// "Fully Specified Name"). They tell a person nothing.
const TAGS: &[&str] = &[
    "disorder",
    "environment",
    "event",
    "finding",
    "medicinal product",
    "observable entity",
    "occupation",
    "person",
    "physical object",
    "procedure",
    "product",
    "qualifier value",
    "regime/therapy",
    "situation",
    "specimen",
    "substance",
];

/// The text without such an ending.
fn without_tag(text: &str) -> &str {
    let inner = text
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once(" ("));
    inner
        .filter(|(_, tag)| TAGS.contains(tag))
        .map_or(text, |(name, _)| name)
}

fn human_name(value: &Value) -> Option<String> {
    value.get("family").or(value.get("given"))?;
    let parts = ["prefix", "given", "family", "suffix"];
    let parts: Vec<String> = parts
        .iter()
        .flat_map(|name| all(value, name))
        .filter_map(words)
        .collect();
    Some(parts.join(" "))
}

fn address(value: &Value) -> Option<String> {
    value.get("city").or(value.get("line"))?;
    let parts = ["line", "city", "state", "postalCode", "country"];
    let parts: Vec<String> = parts.iter().filter_map(|name| at(value, name)).collect();
    Some(parts.join(", "))
}

/// A quantity with its unit; also the bare number of one without.
pub fn quantity(value: &Value) -> Option<String> {
    let number = value["value"].as_number()?;
    let comparator = value["comparator"].as_str().unwrap_or_default();
    let unit = value["unit"].as_str().or(value["code"].as_str());
    let unit = unit.filter(|unit| !matches!(*unit, "1" | "{score}"));
    Some(match unit {
        Some(unit) => format!("{comparator}{number} {}", written(unit)),
        None => format!("{comparator}{number}"),
    })
}

/// Units of UCUM that people write otherwise.
const WRITTEN: &[(&str, &str)] = &[
    ("Cel", "°C"),
    ("[degF]", "°F"),
    ("[in_i]", "in"),
    ("[lb_av]", "lb"),
    ("mm[Hg]", "mmHg"),
    ("10*3/uL", "× 10³/µL"),
    ("10*6/uL", "× 10⁶/µL"),
    ("kg/m2", "kg/m²"),
    ("mL/min/1.73m2", "mL/min/1.73 m²"),
    ("mL/min/{1.73_m2}", "mL/min/1.73 m²"),
    ("{INR}", "INR"),
];

fn written(unit: &str) -> &str {
    WRITTEN
        .iter()
        .find(|(code, _)| *code == unit)
        .map_or(unit, |(_, written)| written)
}

fn money(value: &Value) -> Option<String> {
    let currency = value["currency"].as_str()?;
    Some(format!("{} {currency}", value["value"].as_number()?))
}

/// `low` to `high`, either of which may be missing.
pub fn range(value: &Value) -> Option<String> {
    let end = |name| quantity(&value[name]);
    match (end("low"), end("high")) {
        (Some(low), Some(high)) => Some(format!("{} – {high}", bare(&low, &high))),
        (Some(low), None) => Some(format!("≥ {low}")),
        (None, Some(high)) => Some(format!("≤ {high}")),
        (None, None) => None,
    }
}

/// `low` without the unit it shares with `high`.
fn bare<'a>(low: &'a str, high: &str) -> &'a str {
    match (low.split_once(' '), high.split_once(' ')) {
        (Some((number, unit)), Some((_, other))) if unit == other => number,
        _ => low,
    }
}

fn ratio(value: &Value) -> Option<String> {
    let part = |name| quantity(&value[name]);
    Some(format!("{} / {}", part("numerator")?, part("denominator")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_the_endings_that_only_a_terminologist_reads() {
        for (name, shown) in [
            ("Follow-up encounter (procedure)", "Follow-up encounter"),
            ("Therapy (regime/therapy)", "Therapy"),
            ("Glucose (fasting)", "Glucose (fasting)"),
            ("(procedure)", "(procedure)"),
        ] {
            let coded = serde_json::json!({"coding": [{"display": name}]});
            assert_eq!(words(&coded).as_deref(), Some(shown));
        }
    }
    use serde_json::json;

    #[test]
    fn data_types_have_words() {
        for (value, expected) in [
            (
                json!({"text": "Asthma", "coding": [{"code": "1"}]}),
                "Asthma",
            ),
            (json!({"coding": [{"code": "1"}, {"display": "x"}]}), "1"),
            (
                json!({"coding": [{"display": "Gout", "code": "1"}]}),
                "Gout",
            ),
            (json!({"value": 5.10, "unit": "mg"}), "5.1 mg"),
            (json!({"value": 7, "comparator": "<", "unit": "%"}), "<7 %"),
            (json!({"value": 36.8, "unit": "Cel"}), "36.8 °C"),
            (json!({"value": 12.5, "currency": "USD"}), "12.5 USD"),
            (
                json!({"low": {"value": 1, "unit": "g"}, "high": {"value": 2, "unit": "g"}}),
                "1 – 2 g",
            ),
            (json!({"high": {"value": 2, "unit": "g"}}), "≤ 2 g"),
            (
                json!({"family": "Shaw", "given": ["Amy", "V."]}),
                "Amy V. Shaw",
            ),
            (
                json!({"line": ["1 Hill"], "city": "Tulsa", "state": "OK"}),
                "1 Hill, Tulsa, OK",
            ),
            (
                json!({"reference": "Practitioner/1", "display": "Dr. B"}),
                "Dr. B",
            ),
            (json!({"system": "phone", "value": "555"}), "555"),
            (json!(["a", "b"]), "a, b"),
        ] {
            assert_eq!(words(&value).as_deref(), Some(expected), "{value}");
        }
        for nothing in [
            json!(null),
            json!({}),
            json!([]),
            json!(" "),
            json!({"reference": "A/1"}),
        ] {
            assert_eq!(words(&nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_path_walks_through_lists_and_says_a_thing_once() {
        let resource = json!({"a": [{"b": "x"}, {"b": ["y", "x"]}, {"c": 1}]});
        assert_eq!(at(&resource, "a.b").as_deref(), Some("x, y"));
        assert_eq!(at(&resource, "a.d"), None);
    }
}
