//! Evaluates the expressions of a type's parameters over one resource.

use std::sync::{LazyLock, OnceLock};

use fhir::path::PathError;
use fhir::resource_type::ResourceType;
use fhir::search_parameter::SearchParameter;
use serde_json::Value as Json;

use super::chart::Chart;
use super::compile::Extractor;
use super::found::Found;
use super::label::{GENETIC, is_genetic};
use super::{Key, Row, Value, contained};
use crate::search::document;
use crate::search::reference::Target;
use crate::search::token::fold_code;

/// A resource that cannot be indexed: its expressions cannot be evaluated over it.
#[derive(Debug, thiserror::Error)]
#[error("{resource_type}: parameter '{code}' cannot be evaluated: {reason}")]
pub struct Unreadable {
    resource_type: ResourceType,
    code: String,
    reason: String,
}

static EXTRACTORS: LazyLock<Vec<OnceLock<Result<Extractor, String>>>> =
    LazyLock::new(|| ResourceType::all().map(|_| OnceLock::new()).collect());

/// Every index row of a resource, almost without repetition.
pub fn extract(resource_type: ResourceType, resource: &Json) -> Result<Vec<Row>, Unreadable> {
    let mut rows = values(resource_type, resource)?;
    add_lines(resource_type, &mut rows);
    extractor(resource_type)?.add_documents(resource, &mut rows);
    contained::add(resource, &mut rows)?;
    Ok(rows)
}

/// The keys under which the values of a parameter of a type are kept: its own, or those of other
/// parameters that have all its values between them.
pub fn kept(resource_type: ResourceType, parameter: &SearchParameter) -> &'static [Key] {
    extractor(resource_type).map_or(&[], |known| known.kept(Key::parameter(parameter)))
}

fn extractor(resource_type: ResourceType) -> Result<&'static Extractor, Unreadable> {
    let failed = |reason: &str| unreadable(resource_type, "", &reason);
    EXTRACTORS
        .get(usize::from(resource_type.number()))
        .map(|cell| cell.get_or_init(|| Extractor::compile(resource_type)))
        .ok_or_else(|| failed("unknown type"))?
        .as_ref()
        .map_err(|reason| failed(reason))
}

fn unreadable(resource_type: ResourceType, code: &str, reason: &dyn ToString) -> Unreadable {
    Unreadable {
        resource_type,
        code: code.to_owned(),
        reason: reason.to_string(),
    }
}

/// The values of the parameters, and the patients that the resource belongs to.
pub(super) fn values(resource_type: ResourceType, resource: &Json) -> Result<Vec<Row>, Unreadable> {
    let failed = |code: &str, error: PathError| unreadable(resource_type, code, &error);
    let extractor = extractor(resource_type)?;
    let mut found = Found::of(extractor, resource);
    for parameter in &extractor.parameters {
        found
            .add(parameter)
            .map_err(|error| failed(parameter.code, error))?;
    }
    if let Some(key) = extractor.labels.filter(|_| is_genetic(resource)) {
        let (system, code) = (GENETIC.0.to_owned(), fold_code(GENETIC.1));
        let value = Value::Token { system, code };
        push_new(&mut found.rows, Row { key, value });
    }
    for composite in &extractor.composites {
        found
            .add_composite(composite)
            .map_err(|error| failed(composite.code, error))?;
    }
    let mut rows = found.rows;
    extractor.add_compartments(resource_type, resource, &mut rows);
    Ok(rows)
}

/// How far a repetition is looked for. What repeats farther apart is kept once by the database; to
/// look through all values for each would take the square of their number, and a resource may have
/// a hundred thousand.
const NEAR: usize = 64;

/// Adds a row and says so, unless it is there.
pub(super) fn push_new(rows: &mut Vec<Row>, row: Row) -> bool {
    let near = rows.iter().rev().take(NEAR);
    let mut same_key = near.take_while(|other| other.key == row.key);
    let is_new = !same_key.any(|other| *other == row);
    if is_new {
        rows.push(row);
    }
    is_new
}

impl Extractor {
    /// Adds the words that `_text` and `_content` look at.
    fn add_documents(&self, resource: &Json, rows: &mut Vec<Row>) {
        let narrative = self.narrative.map(|key| {
            (
                key,
                document::narrative(resource),
                Value::Narrative as fn(_) -> _,
            )
        });
        let content = self.content.map(|key| {
            (
                key,
                document::content(resource),
                Value::Content as fn(_) -> _,
            )
        });
        for (key, words, value) in narrative.into_iter().chain(content) {
            if !words.is_empty() {
                let value = value(words);
                rows.push(Row { key, value });
            }
        }
    }

    /// Adds a row for each patient the resource belongs to.
    fn add_compartments(&self, resource_type: ResourceType, resource: &Json, rows: &mut Vec<Row>) {
        let key = Key::compartment(resource_type);
        let mut patients: Vec<Target> = rows
            .iter()
            .filter(|row| self.membership.contains(&row.key))
            .filter_map(|row| match &row.value {
                Value::Reference(target @ Target::Local(ty, _)) if ty.as_str() == "Patient" => {
                    Some(target.clone())
                }
                _ => None,
            })
            .collect();
        if let Some(id) = resource["id"].as_str().filter(|_| self.is_patient) {
            patients.push(Target::Local(resource_type, id.to_owned()));
        }
        for target in patients {
            let row = Row {
                key,
                value: Value::Reference(target),
            };
            push_new(rows, row);
        }
    }
}

/// Adds the lines of the charts of the patients that a resource belongs to.
fn add_lines(resource_type: ResourceType, rows: &mut Vec<Row>) {
    let belongs = Key::compartment(resource_type);
    let known: &[Row] = rows;
    let patients = known.iter().filter(|row| row.key == belongs);
    let lines: Vec<Row> = patients
        .filter_map(|row| match &row.value {
            Value::Reference(Target::Local(_, patient)) => Some(patient),
            _ => None,
        })
        .flat_map(|patient| Chart::of(resource_type).lines(belongs, patient, known))
        .collect();
    rows.extend(lines);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use fhir::search_parameter;

    use super::*;
    use crate::search::date;

    fn rows(resource: &Json) -> Vec<Row> {
        let ty = ResourceType::parse(resource["resourceType"].as_str().unwrap()).unwrap();
        extract(ty, resource).unwrap()
    }

    fn values(resource: &Json, code: &str) -> Vec<Value> {
        let ty = ResourceType::parse(resource["resourceType"].as_str().unwrap()).unwrap();
        let key = Key::parameter(search_parameter::find(ty, code).unwrap());
        rows(resource)
            .into_iter()
            .filter(|row| row.key == key && !matches!(row.value, Value::Line(_)))
            .map(|row| row.value)
            .collect()
    }

    fn token(system: &str, code: &str) -> Value {
        Value::Token {
            system: system.into(),
            code: code.into(),
        }
    }

    #[test]
    fn an_observation_is_found_by_category_code_date_patient_and_value() {
        let observation = json!({
            "resourceType": "Observation", "id": "o", "status": "final",
            "category": [{ "coding": [{ "system": "http://c", "code": "laboratory" }] }],
            "code": { "coding": [{ "system": "http://loinc.org", "code": "2345-7" }], "text": "Glucose" },
            "subject": { "reference": "Patient/a" },
            "performer": [{ "reference": "Practitioner/p" }],
            "effectiveDateTime": "2024-03-01",
            "valueQuantity": { "value": 95, "unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL" }
        });
        assert_eq!(
            values(&observation, "category"),
            [token("http://c", "laboratory")]
        );
        assert_eq!(
            values(&observation, "code"),
            [
                token("http://loinc.org", "2345-7"),
                Value::Text {
                    folded: "glucose".into(),
                    exact: String::new()
                }
            ]
        );
        assert_eq!(values(&observation, "status"), [token("", "final")]);
        assert_eq!(
            values(&observation, "date"),
            [Value::Date(date::Range::parse("2024-03-01").unwrap())]
        );
        assert_eq!(values(&observation, "patient").len(), 1);
        assert!(matches!(&values(&observation, "value-quantity")[..],
            [Value::Quantity { unit, .. }, Value::Canonical { unit: canonical, .. }]
                if unit == "mg/dL" && canonical == "g.m-3"));
        assert!(matches!(&values(&observation, "code-value-quantity")[..],
            [Value::Composite { instance: 0, parts }] if parts.len() == 2));
        let patient = ResourceType::parse("Patient").unwrap();
        let key = Key::compartment(ResourceType::parse("Observation").unwrap());
        let mine: Vec<_> = rows(&observation)
            .into_iter()
            .filter(|row| row.key == key && !matches!(row.value, Value::Line(_)))
            .collect();
        assert_eq!(
            mine,
            [Row {
                key,
                value: Value::Reference(Target::Local(patient, "a".into()))
            }]
        );
    }

    #[test]
    fn a_patient_belongs_to_itself_and_to_the_one_it_links_to() {
        let patient = json!({
            "resourceType": "Patient", "id": "old",
            "link": [{ "other": { "reference": "Patient/new" }, "type": "replaced-by" }]
        });
        let key = Key::compartment(ResourceType::parse("Patient").unwrap());
        let mine = rows(&patient).into_iter().filter(|row| row.key == key);
        let (lines, references): (Vec<_>, Vec<_>) =
            mine.partition(|row| matches!(row.value, Value::Line(_)));
        assert_eq!((lines.len(), references.len()), (2, 2));
    }

    #[test]
    fn names_are_indexed_part_by_part() {
        let patient = json!({
            "resourceType": "Patient", "id": "x",
            "name": [{ "family": "Núñez", "given": ["Ana", "Lía"], "prefix": ["Dr."] }]
        });
        let folded: Vec<_> = values(&patient, "name")
            .into_iter()
            .map(|value| match value {
                Value::Text { folded, .. } => folded,
                other => panic!("{other:?}"),
            })
            .collect();
        for part in ["nunez", "ana", "lia", "dr."] {
            assert!(folded.contains(&part.to_owned()), "{folded:?}");
        }
    }

    #[test]
    fn a_binary_hangs_on_its_security_context() {
        let binary = json!({
            "resourceType": "Binary", "id": "b", "contentType": "text/plain",
            "securityContext": { "reference": "DocumentReference/d" }
        });
        let key = Key::context(ResourceType::parse("Binary").unwrap());
        assert!(rows(&binary).iter().any(|row| row.key == key));
    }

    #[test]
    fn many_values_of_one_parameter_do_not_take_the_square_of_their_number() {
        let identifiers: Vec<_> = (0..40_000)
            .map(|at| json!({ "system": "http://x", "value": at.to_string() }))
            .collect();
        let patient = json!({ "resourceType": "Patient", "id": "a", "identifier": identifiers });
        let started = std::time::Instant::now();
        let rows = extract(ResourceType::parse("Patient").unwrap(), &patient).unwrap();
        assert!(rows.len() > 40_000);
        assert!(started.elapsed() < std::time::Duration::from_secs(20));
    }
}
