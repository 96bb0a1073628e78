//! Evaluates the expressions of a type's parameters over one resource.

use std::sync::{LazyLock, OnceLock};

use fhir::compartment::{Membership, patient_membership};
use fhir::path::{Environment, Item, Node, Path, PathError};
use fhir::resource_type::ResourceType;
use fhir::search_parameter::{self, Component, Kind, SearchParameter};
use serde_json::Value as Json;

use super::chart::Chart;
use super::label::{GENETIC, is_genetic};
use super::{Key, Row, Value, contained, value};
use crate::search::document;
use crate::search::query::is_offered;
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

struct Compiled {
    key: Key,
    code: &'static str,
    kind: Kind,
    path: Path,
}

struct Composite {
    key: Key,
    code: &'static str,
    path: Path,
    components: Vec<(Kind, Path)>,
}

struct Extractor {
    narrative: Option<Key>,
    content: Option<Key>,
    parameters: Vec<Compiled>,
    composites: Vec<Composite>,
    membership: Vec<Key>,
    is_patient: bool,
    labels: Option<Key>,
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
    let node = Node::resource(resource);
    let environment = Environment::default();
    let mut rows = Vec::with_capacity(32);
    for parameter in &extractor.parameters {
        let items = parameter
            .path
            .evaluate(&node, &environment)
            .map_err(|error| failed(parameter.code, error))?;
        for item in &items {
            value::of(parameter.kind, item, &mut |value| {
                push_new(
                    &mut rows,
                    Row {
                        key: parameter.key,
                        value,
                    },
                );
            });
        }
    }
    if let Some(key) = extractor.labels.filter(|_| is_genetic(resource)) {
        let (system, code) = (GENETIC.0.to_owned(), fold_code(GENETIC.1));
        let value = Value::Token { system, code };
        push_new(&mut rows, Row { key, value });
    }
    let around = Environment {
        resource: Some(node),
        ..Environment::default()
    };
    for composite in &extractor.composites {
        composite
            .extract(&node, &around, &mut rows)
            .map_err(|error| failed(composite.code, error))?;
    }
    extractor.add_compartments(resource_type, resource, &mut rows);
    Ok(rows)
}

impl Composite {
    /// One row for each element that has a value for every component.
    fn extract<'a>(
        &'a self,
        node: &Node<'a>,
        environment: &Environment<'a>,
        rows: &mut Vec<Row>,
    ) -> Result<(), PathError> {
        for (item, instance) in self.path.evaluate(node, environment)?.iter().zip(0..) {
            let Item::Node(element) = item else { continue };
            let parts = self
                .components
                .iter()
                .map(|(kind, path)| part(*kind, path, element, environment))
                .collect::<Result<Vec<_>, _>>()?;
            if parts.iter().all(|values| !values.is_empty()) {
                let value = Value::Composite { instance, parts };
                let key = self.key;
                rows.push(Row { key, value });
            }
        }
        Ok(())
    }
}

/// The values of one component below an element.
fn part<'a>(
    kind: Kind,
    path: &'a Path,
    element: &Node<'a>,
    environment: &Environment<'a>,
) -> Result<Vec<Value>, PathError> {
    let mut values = Vec::new();
    for item in &path.evaluate(element, environment)? {
        value::of(kind, item, &mut |value| {
            // What modifiers ask for: a composite takes none.
            let plain = match value {
                Value::Text { .. } => kind == Kind::String,
                Value::OfType(_) | Value::Identifier { .. } => false,
                _ => true,
            };
            if plain {
                values.push(value);
            }
        });
    }
    Ok(values)
}

/// How far a repetition is looked for. What repeats farther apart is kept once by the database; to
/// look through all values for each would take the square of their number, and a resource may have
/// a hundred thousand.
const NEAR: usize = 64;

fn push_new(rows: &mut Vec<Row>, row: Row) {
    let near = rows.iter().rev().take(NEAR);
    let mut same_key = near.take_while(|other| other.key == row.key);
    if !same_key.any(|other| *other == row) {
        rows.push(row);
    }
}

impl Extractor {
    fn compile(resource_type: ResourceType) -> Result<Self, String> {
        let mut parameters = search_parameter::of(resource_type)
            // Columns of the resource itself, not rows.
            .filter(|parameter| !["_id", "_lastUpdated"].contains(&parameter.code))
            .filter(|parameter| {
                is_offered(parameter)
                    && !parameter.expression.is_empty()
                    && parameter.kind != Kind::Composite
            })
            .map(|parameter| {
                compile(Key::parameter(parameter), parameter.code, parameter.kind, parameter.expression)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let membership = patient_membership(resource_type);
        if let Membership::Context(path) = membership {
            parameters.push(compile(
                Key::context(resource_type),
                "context",
                Kind::Reference,
                path,
            )?);
        }
        let references = match membership {
            Membership::References(references) | Membership::Itself(references) => {
                references.as_slice()
            }
            _ => &[],
        };
        let composites = search_parameter::of(resource_type)
            .filter(|parameter| parameter.kind == Kind::Composite)
            .map(compile_composite)
            .collect::<Result<_, _>>()?;
        let common = |code| search_parameter::find(resource_type, code).map(Key::parameter);
        Ok(Self {
            narrative: common("_text"),
            content: common("_content"),
            parameters,
            composites,
            membership: references.iter().map(|row| Key::parameter(row)).collect(),
            is_patient: matches!(membership, Membership::Itself(_)),
            labels: common("_security"),
        })
    }

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

fn compile(key: Key, code: &'static str, kind: Kind, text: &str) -> Result<Compiled, String> {
    let path = Path::parse(text).map_err(|error| format!("{code}: {error}"))?;
    Ok(Compiled {
        key,
        code,
        kind,
        path,
    })
}

fn compile_composite(parameter: &'static SearchParameter) -> Result<Composite, String> {
    let code = parameter.code;
    let parse = |text| Path::parse(text).map_err(|error| format!("{code}: {error}"));
    let component = |component: &Component| {
        let definition = component
            .parameter()
            .ok_or_else(|| format!("{code}: {} is not defined", component.definition))?;
        Ok::<_, String>((definition.kind, parse(component.expression)?))
    };
    Ok(Composite {
        key: Key::parameter(parameter),
        code,
        path: parse(parameter.expression)?,
        components: parameter
            .components
            .iter()
            .map(component)
            .collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
    fn every_expression_compiles() {
        for ty in ResourceType::all() {
            if let Err(reason) = Extractor::compile(ty) {
                panic!("{ty}: {reason}");
            }
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
