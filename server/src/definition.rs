//! What the `CapabilityStatement` names, as resources: a `SearchParameter` for each parameter that
//! searches can use, an `OperationDefinition` for each operation. They are kept in the store like
//! any other resource, so reading and searching them needs nothing of its own.

pub mod compartment;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fhir::resource_type::ResourceType;
use fhir::search_parameter::{self, Kind, SearchParameter};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::load::Source;
use crate::operation;
use crate::problem::Problem;
use crate::search::index::Row;
use crate::search::modifier;
use crate::search::query::is_offered;
use crate::search::{date, index};
use crate::store::{Incoming, Occupied, Store, StoreError, Transaction};

/// Under this name a database records which definitions it holds.
pub const EDITION: &str = "definitions";

/// Stores every definition, as a new version where there is one. Does nothing when the database
/// holds this edition already. Returns how many were stored.
pub fn publish(store: &Store, now: DateTime<Utc>) -> Result<u64, Problem> {
    let definitions: Vec<Value> = all().collect();
    let edition = edition(&definitions);
    if store.property(EDITION)?.as_deref() == Some(&edition) {
        return Ok(0);
    }
    let indexed = indexed(&definitions)?;
    store.change(move |transaction| {
        let count = indexed.len() as u64;
        let incoming = indexed
            .into_iter()
            .map(|one| versioned(transaction, one, now));
        let incoming = incoming.collect::<Result<Vec<_>, StoreError>>()?;
        transaction.put_all(incoming.into_iter())?;
        transaction.set_property(EDITION, &edition)?;
        Ok(count)
    })
}

/// A definition with its index rows.
struct Indexed {
    resource_type: ResourceType,
    id: String,
    json: Value,
    rows: Vec<Row>,
}

/// Threads that index definitions: the first start waits for them.
const THREADS: usize = 2;

fn indexed(definitions: &[Value]) -> Result<Vec<Indexed>, Problem> {
    let share = definitions.len().div_ceil(THREADS).max(1);
    std::thread::scope(|scope| {
        let index = |share: &[Value]| share.iter().map(index_one).collect::<Result<Vec<_>, _>>();
        let at_work: Vec<_> = definitions
            .chunks(share)
            .map(|share| scope.spawn(move || index(share)))
            .collect();
        let mut all = Vec::new();
        for thread in at_work {
            let done = thread.join();
            all.extend(done.map_err(|_| Problem::internal(&"a thread of definitions"))??);
        }
        Ok(all)
    })
}

fn index_one(json: &Value) -> Result<Indexed, Problem> {
    let name = json["resourceType"].as_str().unwrap_or_default();
    let resource_type = ResourceType::parse(name).ok_or_else(|| Problem::unknown_type(name))?;
    let rows = index::extract(resource_type, json).map_err(|error| Problem::internal(&error))?;
    Ok(Indexed {
        resource_type,
        id: json["id"].as_str().unwrap_or_default().to_owned(),
        json: json.clone(),
        rows,
    })
}

/// The edition that [`publish`] would store, and its definitions as the content of a new database.
pub fn sources(now: DateTime<Utc>) -> (String, impl Iterator<Item = Source> + Send) {
    let definitions: Vec<Value> = all().collect();
    let edition = edition(&definitions);
    let sources = definitions.into_iter().map(move |definition| {
        let text = |name: &str| definition[name].as_str().unwrap_or_default().to_owned();
        let (resource_type, id) = (text("resourceType"), text("id"));
        Source {
            resource_type,
            id,
            updated: now,
            json: stamped(definition, 1, now).to_string(),
            earlier: Vec::new(),
        }
    });
    (edition, sources)
}

/// Every definition.
pub fn all() -> impl Iterator<Item = Value> {
    parameters()
        .into_values()
        .map(|rows| parameter(&rows))
        .chain(operation::definitions())
        .chain(compartment::definitions())
}

fn edition(definitions: &[Value]) -> String {
    let mut digest = Sha256::new();
    for definition in definitions {
        digest.update(definition.to_string());
    }
    let digest: [u8; 32] = digest.finalize().into();
    digest.map(|byte| format!("{byte:02x}")).concat()
}

/// The definition as its next version.
fn versioned(
    transaction: &Transaction<'_>,
    indexed: Indexed,
    now: DateTime<Utc>,
) -> Result<(Incoming, u32), StoreError> {
    let version = match transaction.occupied(indexed.resource_type, &indexed.id)? {
        Occupied::Free => 1,
        Occupied::Deleted(version) | Occupied::Current(version) => version + 1,
    };
    let incoming = Incoming {
        resource_type: indexed.resource_type,
        id: indexed.id,
        updated: now,
        body: stamped(indexed.json, version, now).to_string().into_bytes(),
        earlier: Vec::new(),
        rows: indexed.rows,
    };
    Ok((incoming, version))
}

/// `meta` stands after `id`.
fn stamped(definition: Value, version: u32, now: DateTime<Utc>) -> Value {
    let mut stamped = Map::new();
    let Value::Object(members) = definition else {
        return definition;
    };
    for (name, value) in members {
        let is_id = name == "id";
        stamped.insert(name, value);
        if is_id {
            let meta = json!({ "versionId": version.to_string(), "lastUpdated": date::print(now) });
            stamped.insert("meta".into(), meta);
        }
    }
    Value::Object(stamped)
}

/// The rows of each definition: one for each type it is for.
fn parameters() -> BTreeMap<&'static str, Vec<&'static SearchParameter>> {
    let mut parameters: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in search_parameter::all().filter(|row| is_offered(row)) {
        parameters.entry(row.url).or_default().push(row);
    }
    parameters
}

fn parameter(rows: &[&SearchParameter]) -> Value {
    let [first, ..] = rows else {
        return Value::Null;
    };
    let id = first.url.rsplit('/').next().unwrap_or_default();
    let bases: Vec<_> = rows.iter().map(|row| row.base).collect();
    let mut expressions: Vec<_> = rows.iter().map(|row| row.expression).collect();
    expressions.dedup();
    let expression = expressions.join(" | ");
    let mut definition = json!({
        "resourceType": "SearchParameter",
        "id": id,
        "url": first.url,
        "name": name(id),
        "status": "active",
        "description": described(first, &bases, &expression),
        "code": first.code,
        "base": bases,
        "type": first.kind.as_str(),
    });
    if !expression.is_empty() {
        definition["expression"] = json!(expression);
    }
    if first.kind == Kind::Reference && !first.targets.is_empty() {
        definition["target"] = json!(first.targets);
    }
    let modifiers = modifiers(first);
    if !modifiers.is_empty() {
        definition["modifier"] = json!(modifiers);
    }
    definition["multipleOr"] = json!(true);
    definition["multipleAnd"] = json!(true);
    let components: Vec<_> = first
        .components
        .iter()
        .filter_map(|part| {
            let of = part.parameter()?;
            Some(json!({ "definition": of.url, "expression": part.expression }))
        })
        .collect();
    if !components.is_empty() {
        definition["component"] = Value::Array(components);
    }
    definition
}

fn described(parameter: &SearchParameter, bases: &[&str], expression: &str) -> String {
    let (code, kind) = (parameter.code, parameter.kind.as_str());
    let of = bases.join(", ");
    if expression.is_empty() {
        return format!("`{code}` of {of}: looks for words in the text.");
    }
    format!("`{code}` of {of}: compares, as {kind}, the values of {expression}.")
}

/// The modifiers in the words of R4's value set.
fn modifiers(parameter: &SearchParameter) -> Vec<&'static str> {
    let by_type = (parameter.kind == Kind::Reference).then_some("type");
    modifier::of(parameter)
        .iter()
        .map(|code| if *code == "of-type" { "ofType" } else { code })
        .chain(by_type)
        .collect()
}

/// A name that programs can use: `Patient-name` is `PatientName`.
fn name(id: &str) -> String {
    id.split(['-', '.'])
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or(String::new(), |first| {
                first.to_ascii_uppercase().to_string() + letters.as_str()
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fhir::validate::{Issue, Options, validate};

    use super::*;
    use crate::search::reference::is_id;

    #[test]
    fn every_definition_is_a_valid_resource_with_an_id_of_its_own() {
        let mut addresses = BTreeSet::new();
        for definition in all() {
            let issues = validate(&definition, &Options::default());
            let errors: Vec<&Issue> = issues.iter().filter(|issue| issue.is_error()).collect();
            assert!(errors.is_empty(), "{definition}: {errors:?}");
            let id = definition["id"].as_str().unwrap().to_owned();
            assert!(is_id(&id), "{id}");
            assert!(addresses.insert((definition["resourceType"].to_string(), id)));
        }
        assert!(addresses.len() > 1000, "{}", addresses.len());
    }

    #[test]
    fn one_definition_speaks_for_all_its_types() {
        let patient = all()
            .find(|definition| definition["id"] == "clinical-patient")
            .unwrap();
        assert!(patient["base"].as_array().unwrap().len() > 10);
        assert_eq!(patient["target"][0], "Patient");
    }
}
