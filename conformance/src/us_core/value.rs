//! The values that a search parameter has in a record, as they are asked for.

use chrono::{Days, NaiveDate};
use fhir::path::{Environment, Item, Node, Path};
use fhir::resource_type::ResourceType;
use fhir::search_parameter;
use serde_json::Value;

/// The days that a value lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    first: Option<NaiveDate>,
    last: Option<NaiveDate>,
}

impl Span {
    /// Two days before it, which no time zone moves into it.
    pub(crate) fn before(self) -> Option<NaiveDate> {
        self.first?.checked_sub_days(Days::new(2))
    }

    /// Two days after it; nothing for a period without an end.
    pub(crate) fn after(self) -> Option<NaiveDate> {
        self.last?.checked_add_days(Days::new(2))
    }
}

/// What can be asked of a parameter so that `record` is among the matches.
pub(crate) fn asked(record: &Value, parameter: &str) -> Vec<String> {
    evaluated(record, parameter, texts)
}

/// The days that a date parameter has in `record`.
pub(crate) fn span(record: &Value, parameter: &str) -> Option<Span> {
    evaluated(record, parameter, |item| days(item).into_iter().collect())
        .into_iter()
        .next()
}

fn evaluated<T>(record: &Value, parameter: &str, read: fn(&Item<'_>) -> Vec<T>) -> Vec<T> {
    let ty = record["resourceType"]
        .as_str()
        .and_then(ResourceType::parse);
    let row = ty.and_then(|ty| search_parameter::find(ty, parameter));
    let Some(path) = row.and_then(|row| Path::parse(row.expression).ok()) else {
        return Vec::new();
    };
    let environment = Environment::default();
    let items = path.evaluate(&Node::resource(record), &environment);
    items.unwrap_or_default().iter().flat_map(read).collect()
}

fn texts(item: &Item<'_>) -> Vec<String> {
    let Some(node) = item.node() else {
        return item
            .as_text()
            .map(|text| escaped(&text))
            .into_iter()
            .collect();
    };
    let value = node.value().unwrap_or(&Value::Null);
    match node.type_name() {
        "CodeableConcept" => codings(value)
            .filter_map(|coding| token(coding, "code"))
            .collect(),
        "Coding" => token(value, "code").into_iter().collect(),
        "Identifier" => token(value, "value").into_iter().collect(),
        "HumanName" => first_text(value, &["family", "text"]),
        "Address" => first_text(value, &["city", "state", "postalCode", "text"]),
        "Reference" => first_text(value, &["reference"]),
        "dateTime" | "instant" | "Period" => days(item)
            .and_then(Span::before)
            .map(|day| format!("ge{day}"))
            .into_iter()
            .collect(),
        _ => node.text().map(escaped).into_iter().collect(),
    }
}

fn codings(concept: &Value) -> impl Iterator<Item = &Value> {
    concept["coding"].as_array().into_iter().flatten()
}

/// `system|code`, or `code` where there is no system.
fn token(value: &Value, code: &str) -> Option<String> {
    let code = escaped(value[code].as_str()?);
    Some(match value["system"].as_str() {
        Some(system) => format!("{}|{code}", escaped(system)),
        None => code,
    })
}

fn first_text(value: &Value, names: &[&str]) -> Vec<String> {
    let text = names.iter().find_map(|name| value[*name].as_str());
    text.map(escaped).into_iter().collect()
}

/// R4, "Escaping Search Parameters".
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '\\' | ',' | '$' | '|') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

fn days(item: &Item<'_>) -> Option<Span> {
    let node = item.node()?;
    if node.type_name() == "Period" {
        let bound = |name: &str| node.value()?[name].as_str();
        let span = Span {
            first: bound("start").and_then(first_day),
            last: bound("end").and_then(last_day),
        };
        return (span.first.is_some() || span.last.is_some()).then_some(span);
    }
    let text = node.text()?;
    Some(Span {
        first: Some(first_day(text)?),
        last: Some(last_day(text)?),
    })
}

/// The first day of a date or date-time of any precision.
fn first_day(text: &str) -> Option<NaiveDate> {
    let date = text.get(..10).unwrap_or(text);
    let whole = match date.len() {
        4 => format!("{date}-01-01"),
        7 => format!("{date}-01"),
        _ => date.to_owned(),
    };
    whole.parse().ok()
}

/// The last day of it.
fn last_day(text: &str) -> Option<NaiveDate> {
    let first = first_day(text)?;
    let next = match text.len() {
        4 => first.checked_add_months(chrono::Months::new(12))?,
        7 => first.checked_add_months(chrono::Months::new(1))?,
        _ => return Some(first),
    };
    next.pred_opt()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_asked_for_as_they_stand_in_the_record() {
        let record = json!({"resourceType": "Condition", "id": "c",
            "clinicalStatus": {"coding": [{"system": "http://s", "code": "active"}, {"code": "a,b"}]},
            "subject": {"reference": "Patient/p"}, "onsetDateTime": "2020-02",
            "recordedDate": "2021-05-06T07:08:09+02:00"});
        assert_eq!(
            asked(&record, "clinical-status"),
            ["http://s|active", "a\\,b"]
        );
        assert_eq!(asked(&record, "onset-date"), ["ge2020-01-30"]);
        assert_eq!(asked(&record, "recorded-date"), ["ge2021-05-04"]);
        assert_eq!(asked(&record, "_id"), ["c"]);
        assert_eq!(asked(&record, "category"), Vec::<String>::new());
        assert_eq!(
            asked(&json!({"resourceType": 5}), "code"),
            Vec::<String>::new()
        );
        let span = span(&record, "onset-date").unwrap();
        assert_eq!(span.after().unwrap().to_string(), "2020-03-02");
    }

    #[test]
    fn a_period_without_an_end_has_nothing_after_it() {
        let record =
            json!({"resourceType": "Encounter", "period": {"start": "2020-02-01T10:00:00Z"}});
        let span = span(&record, "date").unwrap();
        assert_eq!(span.before().unwrap().to_string(), "2020-01-30");
        assert_eq!(span.after(), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_of_a_date_makes_it_panic(text in "\\PC{0,12}|[0-9-]{4,10}") {
            first_day(&text);
            last_day(&text);
        }
    }
}
