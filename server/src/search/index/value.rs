//! From an element to the values a parameter kind makes of it (R4, the table in each section of
//! "Search Parameter Types").

use fhir::path::{Item, Node};
use fhir::search_parameter::Kind;
use serde_json::Value as Json;

use super::Value;
use crate::search::date::Range as Dates;
use crate::search::fold::fold;
use crate::search::number::Range as Numbers;
use crate::search::reference::Target;
use crate::search::token::fold_code;

/// Calls `push` with every value of `item`.
pub(super) fn of(kind: Kind, item: &Item<'_>, push: &mut dyn FnMut(Value)) {
    match (item, kind) {
        (Item::Node(node), Kind::Token) => token(node, push),
        (Item::Node(node), Kind::String) => text(node, push),
        (Item::Node(node), Kind::Date) => date(node, push),
        (Item::Node(node), Kind::Number) => number(node, push),
        (Item::Node(node), Kind::Quantity) => quantity(node, push),
        (Item::Node(node), Kind::Reference) => reference(node, push),
        (Item::Node(node), Kind::Uri) => uri(node, push),
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
    node.value()?.get(name)?.as_str()
}

fn token(node: &Node<'_>, push: &mut dyn FnMut(Value)) {
    match node.type_name() {
        "CodeableConcept" => {
            let codings = node.value().and_then(|value| value.get("coding"));
            let codings = codings
                .and_then(Json::as_array)
                .map_or(&[][..], Vec::as_slice);
            for coding in codings {
                coded(coding["system"].as_str(), coding["code"].as_str(), push);
            }
            // Text alone is a value too: `:missing` must not say there is none.
            if codings.iter().all(|coding| coding["code"].is_null()) {
                push(code(None, ""));
            }
        }
        "Coding" => coded(member(node, "system"), member(node, "code"), push),
        "Identifier" => coded(member(node, "system"), member(node, "value"), push),
        "ContactPoint" => coded(None, member(node, "value"), push),
        _ => match node.value() {
            Some(Json::String(text)) => push(code(None, text)),
            Some(Json::Bool(value)) => push(code(None, &value.to_string())),
            Some(Json::Number(value)) => push(code(None, &value.to_string())),
            _ => {}
        },
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
                each_text(&value[*part], push);
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
    let (start, end) = (moment(&value["start"]), moment(&value["end"]));
    (start.is_some() || end.is_some()).then(|| Dates::between(start, end))
}

/// The outer limits of a schedule: its events and the period of its repetition.
fn timing(value: Option<&Json>) -> Option<Dates> {
    let value = value?;
    let events = value["event"].as_array().into_iter().flatten();
    events
        .filter_map(moment)
        .chain(period(value["repeat"].get("boundsPeriod")))
        .reduce(Dates::hull)
}

fn numeral(value: &Json) -> Option<Numbers> {
    value
        .as_number()
        .and_then(|number| Numbers::exactly(number.as_str()))
}

fn number(node: &Node<'_>, push: &mut dyn FnMut(Value)) {
    if let Some(range) = node.value().and_then(numeral) {
        push(Value::Number(range));
    }
}

fn quantity(node: &Node<'_>, push: &mut dyn FnMut(Value)) {
    let Some(value) = node.value() else { return };
    match node.type_name() {
        "Range" => {
            let (low, high) = (
                numeral(&value["low"]["value"]),
                numeral(&value["high"]["value"]),
            );
            let unit = if low.is_some() {
                &value["low"]
            } else {
                &value["high"]
            };
            if low.is_some() || high.is_some() {
                push(measured(
                    Numbers {
                        low: low.map_or(f64::MIN, |range| range.low),
                        high: high.map_or(f64::MAX, |range| range.high),
                    },
                    unit,
                ));
            }
        }
        "Money" => {
            if let Some(range) = numeral(&value["value"]) {
                push(Value::Quantity {
                    range,
                    system: "urn:iso:std:iso:4217".into(),
                    unit: value["currency"].as_str().unwrap_or_default().into(),
                });
            }
        }
        _ => {
            if let Some(range) = numeral(&value["value"]) {
                push(measured(range, value));
                // `||unit` matches the code or the text of the unit.
                let text = value["unit"]
                    .as_str()
                    .filter(|text| value["code"] != **text);
                if let (Some(_), Some(unit)) = (value["code"].as_str(), text) {
                    push(Value::Quantity {
                        range,
                        system: String::new(),
                        unit: unit.to_owned(),
                    });
                }
            }
        }
    }
}

fn measured(range: Numbers, value: &Json) -> Value {
    Value::Quantity {
        range,
        system: value["system"].as_str().unwrap_or_default().to_owned(),
        unit: value["code"]
            .as_str()
            .or(value["unit"].as_str())
            .unwrap_or_default()
            .to_owned(),
    }
}

fn reference(node: &Node<'_>, push: &mut dyn FnMut(Value)) {
    let text = match node.type_name() {
        "Reference" => member(node, "reference"),
        // canonical and uri
        _ => node.text(),
    };
    if let Some(target) = text.and_then(Target::parse) {
        push(Value::Reference(target));
    }
}

fn uri(node: &Node<'_>, push: &mut dyn FnMut(Value)) {
    if let Some(text) = node.text() {
        push(Value::Uri(text.to_owned()));
    }
}
