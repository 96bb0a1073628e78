//! From an element to the values a parameter kind makes of it (R4, the table in each section of
//! "Search Parameter Types").

use fhir::definition::Kind as TypeKind;
use fhir::json::at;
use fhir::path::{Item, Node};
use fhir::resource_type::ResourceType;
use fhir::search_parameter::Kind;
use serde_json::Value as Json;

use super::{Value, measure};
use crate::search::date::Range as Dates;
use crate::search::fold::fold;
use crate::search::reference::{Target, is_id};
use crate::search::token::{TypedIdentifier, fold_code, typed};

/// Calls `push` with every value of `item`.
pub(super) fn of(kind: Kind, item: &Item<'_>, push: &mut dyn FnMut(Value)) {
    match (item, kind) {
        (Item::Node(node), Kind::Token) => token(node, push),
        (Item::Node(node), Kind::String) => text(node, push),
        (Item::Node(node), Kind::Date) => date(node, push),
        (Item::Node(node), Kind::Number) => measure::number(node, push),
        (Item::Node(node), Kind::Quantity) => measure::quantity(node, push),
        (Item::Node(node), Kind::Reference) => reference(node, push),
        (Item::Node(node), Kind::Uri) => uri(node, push),
        (Item::Node(node), Kind::Special) => measure::place(node, push),
        // A computed value, such as `deceased.exists()`.
        (Item::Boolean(value), Kind::Token) => push(code(None, &value.to_string())),
        (Item::String(value), Kind::Token) => push(code(None, value)),
        (Item::String(value), Kind::String) => push(words(value)),
        _ => {}
    }
}

fn code(system: Option<&str>, code: &str) -> Value {
    Value::Token {
        system: system.unwrap_or_default().to_owned(),
        code: fold_code(code),
    }
}

fn words(text: &str) -> Value {
    Value::Text {
        folded: fold(text),
        exact: text.to_owned(),
    }
}

fn member<'a>(node: &Node<'a>, name: &str) -> Option<&'a str> {
    at(node.value()?, name).as_str()
}

fn token(node: &Node<'_>, push: &mut dyn FnMut(Value)) {
    match node.type_name() {
        "CodeableConcept" => {
            let codings = node.value().and_then(|value| value.get("coding"));
            let codings = codings
                .and_then(Json::as_array)
                .map_or(&[][..], Vec::as_slice);
            for coding in codings {
                coded(
                    at(coding, "system").as_str(),
                    at(coding, "code").as_str(),
                    push,
                );
                label(at(coding, "display"), push);
            }
            label(
                node.value().map_or(&Json::Null, |value| at(value, "text")),
                push,
            );
            // Text alone is a value too: `:missing` must not say there is none.
            if codings.iter().all(|coding| at(coding, "code").is_null()) {
                push(code(None, ""));
            }
        }
        "Coding" => {
            coded(member(node, "system"), member(node, "code"), push);
            label(
                node.value()
                    .map_or(&Json::Null, |value| at(value, "display")),
                push,
            );
        }
        "Identifier" => identifier(node.value().unwrap_or(&Json::Null), push),
        "ContactPoint" => coded(None, member(node, "value"), push),
        _ => match node.value() {
            Some(Json::String(text)) => push(code(None, text)),
            Some(Json::Bool(value)) => push(code(None, &value.to_string())),
            Some(Json::Number(value)) => push(code(None, &value.to_string())),
            _ => {}
        },
    }
}

fn identifier(identifier: &Json, push: &mut dyn FnMut(Value)) {
    let Some(value) = at(identifier, "value").as_str() else {
        return;
    };
    push(code(at(identifier, "system").as_str(), value));
    let ty = at(identifier, "type");
    label(at(ty, "text"), push);
    for coding in at(ty, "coding").as_array().into_iter().flatten() {
        let part = |name: &str| at(coding, name).as_str().filter(|text| !text.is_empty());
        if let (Some(system), Some(of_type)) = (part("system"), part("code")) {
            push(Value::OfType(TypedIdentifier {
                of_type: typed(system, of_type),
                value: fold_code(value),
            }));
        }
    }
}

fn coded(system: Option<&str>, value: Option<&str>, push: &mut dyn FnMut(Value)) {
    if let Some(value) = value {
        push(code(system, value));
    }
}

/// The parts of a name or address that a string search looks at.
const TEXT_PARTS: &[(&str, &[&str])] = &[
    (
        "HumanName",
        &["text", "family", "given", "prefix", "suffix"],
    ),
    (
        "Address",
        &[
            "text",
            "line",
            "city",
            "district",
            "state",
            "postalCode",
            "country",
        ],
    ),
];

fn text(node: &Node<'_>, push: &mut dyn FnMut(Value)) {
    let parts = TEXT_PARTS
        .iter()
        .find(|(name, _)| *name == node.type_name());
    match (parts, node.value()) {
        (Some((_, parts)), Some(value)) => {
            for part in *parts {
                each_text(at(value, part), push);
            }
        }
        (None, Some(value)) => each_text(value, push),
        (_, None) => {}
    }
}

fn each_text(value: &Json, push: &mut dyn FnMut(Value)) {
    match value {
        Json::String(text) => push(words(text)),
        Json::Array(all) => all.iter().for_each(|one| each_text(one, push)),
        _ => {}
    }
}

/// What a code, an identifier or a reference is called: nobody can ask how exactly it is written.
fn label(value: &Json, push: &mut dyn FnMut(Value)) {
    if let Json::String(text) = value {
        push(Value::Text {
            folded: fold(text),
            exact: String::new(),
        });
    }
}

fn date(node: &Node<'_>, push: &mut dyn FnMut(Value)) {
    let range = match node.type_name() {
        "Period" => period(node.value()),
        "Timing" => timing(node.value()),
        _ => node.text().and_then(Dates::parse),
    };
    if let Some(range) = range {
        push(Value::Date(range));
    }
}

fn moment(value: &Json) -> Option<Dates> {
    value.as_str().and_then(Dates::parse)
}

fn period(value: Option<&Json>) -> Option<Dates> {
    let value = value?;
    let (start, end) = (moment(at(value, "start")), moment(at(value, "end")));
    (start.is_some() || end.is_some()).then(|| Dates::between(start, end))
}

/// The outer limits of a schedule: its events and the period of its repetition.
fn timing(value: Option<&Json>) -> Option<Dates> {
    let value = value?;
    let events = at(value, "event").as_array().into_iter().flatten();
    events
        .filter_map(moment)
        .chain(period(at(value, "repeat").get("boundsPeriod")))
        .reduce(Dates::hull)
}

fn reference(node: &Node<'_>, push: &mut dyn FnMut(Value)) {
    if node.definition().kind == TypeKind::Resource {
        return embedded(node, push);
    }
    if node.type_name() != "Reference" {
        // canonical and uri; a canonical is found with and without its version.
        let text = node.text().unwrap_or_default();
        for part in [Some(text), text.split_once('|').map(|(url, _)| url)] {
            target(part, push);
        }
        return;
    }
    target(member(node, "reference"), push);
    if let Some(value) = node.value() {
        label(at(value, "display"), push);
        if let Some(known) = at(at(value, "identifier"), "value").as_str() {
            push(Value::Identifier {
                system: at(at(value, "identifier"), "system")
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                value: fold_code(known),
            });
        }
    }
}

/// A resource inside a Bundle stands for a reference to it (R4, `Bundle.composition`).
fn embedded(node: &Node<'_>, push: &mut dyn FnMut(Value)) {
    let id = member(node, "id").filter(|id| is_id(id));
    if let Some((ty, id)) = ResourceType::parse(node.type_name()).zip(id) {
        push(Value::Reference(Target::Local(ty, id.to_owned())));
    }
}

fn target(text: Option<&str>, push: &mut dyn FnMut(Value)) {
    match text {
        // A contained resource cannot be named from outside, but `:missing` must not say that
        // there is nothing.
        Some(text) if text.starts_with('#') => push(words("")),
        Some(text) => {
            if let Some(target) = Target::parse(text) {
                push(Value::Reference(target));
            }
        }
        None => {}
    }
}

/// A canonical is found with and without its version.
fn uri(node: &Node<'_>, push: &mut dyn FnMut(Value)) {
    let Some(text) = node.text() else { return };
    push(Value::Uri(text.to_owned()));
    if let Some((url, _)) = text
        .split_once('|')
        .filter(|_| node.type_name() == "canonical")
    {
        push(Value::Uri(url.to_owned()));
    }
}
