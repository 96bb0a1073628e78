//! Every row of the table of search parameters: a resource with a value at the expression is found
//! by that value and missed by another.

use fhir::definition::{self, Type};
use fhir::search_parameter::{self, Kind, SearchParameter};
use serde_json::{Map, Value, json};
use server::search::query::is_offered;

use crate::shelf::Shelf;

/// A value of a type for a kind of parameter, what finds it and what misses it.
struct Sample {
    value: Value,
    hit: String,
    miss: String,
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the makers yield it among nothing"
)]
fn sample(value: Value, hit: impl Into<String>, miss: impl Into<String>) -> Option<Sample> {
    let (hit, miss) = (hit.into(), miss.into());
    Some(Sample { value, hit, miss })
}

/// The makers of values: one row for each kind and type that a parameter can meet.
fn make(kind: Kind, ty: &str, target: &str) -> Option<Sample> {
    match kind {
        Kind::Token => token(ty),
        Kind::String => text(ty),
        Kind::Date => date(ty),
        Kind::Number => match ty {
            "integer" | "positiveInt" | "unsignedInt" => sample(json!(5), "5", "6"),
            "decimal" => sample(json!(0.25), "0.25", "0.5"),
            _ => None,
        },
        Kind::Quantity => quantity(ty),
        Kind::Reference => match ty {
            "Reference" => {
                let text = format!("{target}/hit");
                sample(json!({ "reference": text }), text, format!("{target}/miss"))
            }
            "canonical" | "uri" => sample(
                json!("http://x.org/hit|1"),
                "http://x.org/hit",
                "http://x.org/miss",
            ),
            _ => None,
        },
        Kind::Uri => match ty {
            "uri" | "url" | "canonical" | "oid" => sample(
                json!("http://x.org/hit"),
                "http://x.org/hit",
                "http://x.org/miss",
            ),
            _ => None,
        },
        Kind::Special => match ty {
            "BackboneElement" => sample(
                json!({ "latitude": 42.36, "longitude": -71.06 }),
                "42.36|-71.06|1|km",
                "0|0|1|km",
            ),
            _ => None,
        },
        Kind::Composite => None,
    }
}

fn token(ty: &str) -> Option<Sample> {
    let coding = json!({ "system": "http://s.org", "code": "hit" });
    let (hit, miss) = ("http://s.org|hit", "http://s.org|miss");
    match ty {
        "CodeableConcept" => sample(json!({ "coding": [coding] }), hit, miss),
        "Coding" => sample(coding, hit, miss),
        "Identifier" => sample(
            json!({ "system": "http://s.org", "value": "hit" }),
            hit,
            miss,
        ),
        "ContactPoint" => sample(json!({ "value": "hit" }), "hit", "miss"),
        "boolean" => sample(json!(true), "true", "false"),
        "code" | "id" | "string" | "uri" => sample(json!("hit"), "hit", "miss"),
        _ => None,
    }
}

fn text(ty: &str) -> Option<Sample> {
    let value = match ty {
        "string" | "markdown" => json!("Hit this"),
        "HumanName" => json!({ "family": "Hit this" }),
        "Address" => json!({ "city": "Hit this" }),
        _ => return None,
    };
    sample(value, "hit", "this")
}

fn date(ty: &str) -> Option<Sample> {
    let value = match ty {
        "date" | "dateTime" => json!("2020-03-04"),
        "instant" => json!("2020-03-04T10:00:00Z"),
        "Period" => json!({ "start": "2020-03-04T01:00:00Z", "end": "2020-03-04T02:00:00Z" }),
        "Timing" => json!({ "event": ["2020-03-04T01:00:00Z"] }),
        _ => return None,
    };
    sample(value, "2020-03-04", "2019-03-04")
}

fn quantity(ty: &str) -> Option<Sample> {
    let ucum = |value: u32| json!({ "value": value, "unit": "g", "system": "http://unitsofmeasure.org", "code": "g" });
    let unit = "http://unitsofmeasure.org|mg";
    let (hit, miss) = (format!("5000|{unit}"), format!("5|{unit}"));
    match ty {
        "Quantity" | "Age" | "Duration" | "SimpleQuantity" | "Count" | "Distance" => {
            sample(ucum(5), hit, miss)
        }
        "Range" => sample(json!({ "low": ucum(5), "high": ucum(5) }), hit, miss),
        "Money" => sample(
            json!({ "value": 5, "currency": "EUR" }),
            "5|urn:iso:std:iso:4217|EUR",
            "5|urn:iso:std:iso:4217|USD",
        ),
        _ => None,
    }
}

/// A step of an expression.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    /// An element, of one type of its choice.
    Element(String, Option<String>),
    /// Members that the element must have besides.
    Having(String, String),
}

struct Expression {
    root: String,
    steps: Vec<Step>,
    target: Option<String>,
}

/// Reads `A.b.c`, `(A.b as T).c`, `A.b.as(T)`, `A.b.where(c='d')`, `A.b.where(resolve() is T)`.
fn read(text: &str) -> Expression {
    let plain = match text.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((inner, rest)) => {
            let (path, ty) = inner.split_once(" as ").unwrap();
            format!("{path}.as({ty}){rest}")
        }
        None => text.to_owned(),
    };
    let mut expression = Expression {
        root: String::new(),
        steps: Vec::new(),
        target: None,
    };
    for part in split_outside(&plain) {
        read_step(&part, &mut expression);
    }
    expression
}

fn read_step(part: &str, expression: &mut Expression) {
    let argument = |name: &str| {
        part.strip_prefix(name)?
            .strip_suffix(')')
            .map(str::to_owned)
    };
    if let Some(ty) = argument("as(") {
        let ty = ty.replace("DateTime", "dateTime");
        if let Some(Step::Element(_, chosen)) = expression.steps.last_mut() {
            *chosen = Some(ty);
        }
    } else if let Some(test) = argument("where(") {
        if let Some(ty) = test.strip_prefix("resolve() is ") {
            expression.target = Some(ty.to_owned());
        } else {
            let (name, value) = test.split_once('=').unwrap();
            let value = value.trim().trim_matches('\'');
            expression
                .steps
                .push(Step::Having(name.trim().to_owned(), value.to_owned()));
        }
    } else if expression.root.is_empty() && part.starts_with(char::is_uppercase) {
        part.clone_into(&mut expression.root);
    } else {
        expression.steps.push(Step::Element(part.to_owned(), None));
    }
}

/// Splits at dots outside parentheses and quotation marks.
fn split_outside(text: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for letter in text.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            '.' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(letter);
    }
    parts
}

/// An object of the type in which the steps lead to the sample that `leaf` makes.
fn build(
    ty: &'static Type,
    steps: &[Step],
    leaf: &dyn Fn(&str) -> Option<Sample>,
) -> Option<Sample> {
    let (Step::Element(name, chosen), rest) = steps.split_first()? else {
        return None;
    };
    let having = rest
        .iter()
        .take_while(|step| matches!(step, Step::Having(..)))
        .count();
    let (having, rest) = rest.split_at(having);
    let element = ty.element(name)?;
    let wanted = |ty: &&'static Type| chosen.as_deref().is_none_or(|chosen| chosen == ty.name);
    let (found, mut sample) = element.member_types().filter(wanted).find_map(|ty| {
        let sample = if rest.is_empty() {
            leaf(ty.name)
        } else {
            build(ty, rest, leaf)
        };
        sample.map(|sample| (ty, sample))
    })?;
    for step in having {
        if let (Step::Having(name, value), Some(object)) = (step, sample.value.as_object_mut()) {
            object.insert(name.clone(), json!(value));
        }
    }
    let mut key = element.name.to_owned();
    if element.is_choice() {
        key.push_str(&found.name[..1].to_uppercase());
        key.push_str(&found.name[1..]);
    } else if element.repeats() {
        sample.value = json!([sample.value]);
    }
    sample.value = json!({ key: sample.value });
    Some(sample)
}

/// The members of both, arrays element by element.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                match into.get_mut(&name) {
                    Some(known) => merge(known, value),
                    None => {
                        into.insert(name, value);
                    }
                }
            }
        }
        (Value::Array(into), Value::Array(from)) => {
            for (at, value) in from.into_iter().enumerate() {
                match into.get_mut(at) {
                    Some(known) => merge(known, value),
                    None => into.push(value),
                }
            }
        }
        (into, from) => *into = from,
    }
}

fn simple(parameter: &SearchParameter, part: &str) -> Option<Sample> {
    let expression = read(part);
    let target = expression
        .target
        .as_deref()
        .or(parameter.targets.first().copied())
        .unwrap_or("Patient");
    let root = definition::find(&expression.root)?;
    build(root, &expression.steps, &|ty| {
        make(parameter.kind, ty, target)
    })
}

/// The element that a composite is about.
fn element_type(expression: &Expression) -> Option<&'static Type> {
    let root = definition::find(&expression.root)?;
    expression
        .steps
        .iter()
        .try_fold(root, |ty, step| match step {
            Step::Element(name, _) => ty.element(name)?.member_type(),
            Step::Having(..) => Some(ty),
        })
}

fn composite(parameter: &SearchParameter, part: &str) -> Option<Sample> {
    let expression = read(part);
    let ty = element_type(&expression)?;
    let mut element = json!({});
    let mut resource = json!({});
    let (mut hit, mut miss) = (Vec::new(), Vec::new());
    for component in &parameter.components {
        let definition = component.parameter()?;
        let target = definition.targets.first().copied().unwrap_or("Patient");
        let leaf = |ty: &str| make(definition.kind, ty, target);
        let path = component.expression.split(" | ").next()?;
        let sample = if let Some(path) = path.strip_prefix("%resource.") {
            let root = definition::find(&expression.root)?;
            let sample = build(root, &read(&format!("X.{path}")).steps, &leaf)?;
            merge(&mut resource, sample.value.clone());
            sample
        } else {
            let sample = build(ty, &read(&format!("X.{path}")).steps, &leaf)?;
            merge(&mut element, sample.value.clone());
            sample
        };
        hit.push(sample.hit);
        miss.push(sample.miss);
    }
    let root = definition::find(&expression.root)?;
    let around = if expression.steps.is_empty() {
        element
    } else {
        build(root, &expression.steps, &|_| {
            sample(element.clone(), "", "")
        })?
        .value
    };
    merge(&mut resource, around);
    sample(resource, hit.join("$"), miss.join("$"))
}

/// Rows whose expression is no path: a resource, what finds it and what misses it.
fn by_hand(base: &str, code: &str) -> Option<Sample> {
    let race = |kind: &str| {
        json!({ "extension": [{ "url": format!("http://hl7.org/fhir/us/core/StructureDefinition/us-core-{kind}"),
            "extension": [{ "url": "ombCategory", "valueCoding": { "code": "hit" } }] }] })
    };
    let entry =
        |ty: &str| json!({ "entry": [{ "resource": { "resourceType": ty, "id": "hit" } }] });
    let (value, hit, miss) = match (base, code) {
        ("Bundle", "composition") => (entry("Composition"), "Composition/hit", "Composition/miss"),
        ("Bundle", "message") => (
            entry("MessageHeader"),
            "MessageHeader/hit",
            "MessageHeader/miss",
        ),
        ("Patient", "deceased") => (json!({ "deceasedDateTime": "2020" }), "true", "false"),
        ("Patient", "race" | "ethnicity") => (race(code), "hit", "miss"),
        ("Patient", "gender-identity") => (
            json!({ "extension": [{ "url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-genderIdentity",
                "valueCodeableConcept": { "coding": [{ "code": "hit" }] } }] }),
            "hit",
            "miss",
        ),
        ("Condition", "asserted-date") => (
            json!({ "extension": [{ "url": "http://hl7.org/fhir/StructureDefinition/condition-assertedDate",
                "valueDateTime": "2020-03-04" }] }),
            "2020",
            "2019",
        ),
        ("Resource", "_content") => (json!({ "language": "hit" }), "hit", "miss"),
        ("DomainResource", "_text") => (
            json!({ "text": { "status": "generated", "div": "<div>Hit</div>" } }),
            "hit",
            "miss",
        ),
        // Every resource was last updated, and has an id.
        ("Resource", "_lastUpdated") => (json!({}), "1970-01-01", "2020"),
        _ => return None,
    };
    sample(value, hit, miss)
}

/// Rows that are not tried, each with the reason.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    (
        "Resource",
        "_id",
        "the id is what tells the samples of this test apart",
    ),
    (
        "Resource",
        "_query",
        "not offered: no named query is defined",
    ),
];

/// The alternatives of an expression. Within parentheses no alternative begins.
fn alternatives(parameter: &SearchParameter) -> Vec<Option<Sample>> {
    if let Some(sample) = by_hand(parameter.base, parameter.code) {
        return vec![Some(sample)];
    }
    let make = |part: &str| match parameter.kind {
        Kind::Composite => composite(parameter, part),
        _ => simple(parameter, part),
    };
    parameter
        .expression
        .split(" | ")
        // A series of samples has no one value to find it by.
        .filter(|part| !part.ends_with("as SampledData)"))
        // One expression is published without its root.
        .map(|part| {
            if part.starts_with(char::is_lowercase) {
                make(&format!("{}.{part}", parameter.base))
            } else {
                make(part)
            }
        })
        .collect()
}

/// Members of a resource by which this parameter leads to `Type/id`.
pub fn leading_to(parameter: &SearchParameter, reference: &str) -> Option<Value> {
    let expression = read(parameter.expression.split(" | ").next()?);
    let root = definition::find(&expression.root)?;
    let made = build(root, &expression.steps, &|ty| {
        let is_reference = ty == "Reference";
        is_reference.then(|| Sample {
            value: json!({ "reference": reference }),
            hit: String::new(),
            miss: String::new(),
        })
    })?;
    Some(made.value)
}

struct Case {
    ty: &'static str,
    code: &'static str,
    id: String,
    hit: String,
    miss: String,
}

fn concrete(base: &'static str) -> &'static str {
    match base {
        "Resource" | "DomainResource" => "Patient",
        ty => ty,
    }
}

#[test]
fn every_row_finds_its_value_and_misses_another() {
    let (mut resources, mut cases, mut unmade) = (Vec::new(), Vec::new(), Vec::new());
    for parameter in search_parameter::all() {
        if LEFT_OUT
            .iter()
            .any(|(base, code, _)| (*base, *code) == (parameter.base, parameter.code))
        {
            continue;
        }
        assert!(is_offered(parameter), "{}", parameter.url);
        for (at, sample) in alternatives(parameter).into_iter().enumerate() {
            let Some(sample) = sample else {
                unmade.push(format!("{} {} {at}", parameter.base, parameter.code));
                continue;
            };
            let (ty, id) = (
                concrete(parameter.base),
                format!("r{}-{at}", parameter.number),
            );
            let mut resource = Map::new();
            resource.insert("resourceType".into(), json!(ty));
            resource.insert("id".into(), json!(id));
            let mut resource = Value::Object(resource);
            merge(&mut resource, sample.value);
            resources.push(resource);
            let (hit, miss) = (sample.hit, sample.miss);
            cases.push(Case {
                ty,
                code: parameter.code,
                id,
                hit,
                miss,
            });
        }
    }
    assert_eq!(unmade, [""; 0]);
    let shelf = Shelf::of(&resources);
    for Case {
        ty,
        code,
        id,
        hit,
        miss,
    } in &cases
    {
        let found = shelf.find(&format!("{ty}?{code}={hit}&_id={id}"));
        assert_eq!(
            found.as_deref(),
            Ok(id.as_str()),
            "{ty}?{code}={hit}: {:?}",
            resources.iter().find(|r| r["id"] == **id)
        );
        let found = shelf.find(&format!("{ty}?{code}={miss}&_id={id}"));
        assert_eq!(found.as_deref(), Ok(""), "{ty}?{code}={miss}");
    }
    assert!(cases.len() > 1700, "{}", cases.len());
}
