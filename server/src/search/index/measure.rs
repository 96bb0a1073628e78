//! Numbers, quantities and places as they are compared.

use fhir::json::at;
use fhir::path::Node;
use fhir::ucum;
use serde_json::Value as Json;

use super::Value;
use crate::search::number::{Range as Numbers, UCUM};
use crate::search::position::Point;

fn numeral(value: &Json) -> Option<Numbers> {
    value
        .as_number()
        .and_then(|number| Numbers::exactly(number.as_str()))
}

pub(super) fn number(node: &Node<'_>, push: &mut dyn FnMut(Value)) {
    if let Some(range) = node.value().and_then(numeral) {
        push(Value::Number(range));
    }
}

pub(super) fn quantity(node: &Node<'_>, push: &mut dyn FnMut(Value)) {
    let Some(value) = node.value() else { return };
    match node.type_name() {
        "Range" => span(value, push),
        "Money" => {
            if let Some(range) = numeral(at(value, "value")) {
                push(Value::Quantity {
                    range,
                    system: "urn:iso:std:iso:4217".into(),
                    unit: at(value, "currency").as_str().unwrap_or_default().into(),
                });
            }
        }
        _ => {
            if let Some(range) = numeral(at(value, "value")) {
                measured(range, value, push);
            }
        }
    }
}

/// A Range: from the lower to the upper limit, open where one is missing.
fn span(value: &Json, push: &mut dyn FnMut(Value)) {
    let (low, high) = (
        numeral(at(at(value, "low"), "value")),
        numeral(at(at(value, "high"), "value")),
    );
    let unit = match low {
        Some(_) => at(value, "low"),
        None => at(value, "high"),
    };
    if low.is_some() || high.is_some() {
        let range = Numbers {
            low: low.map_or(f64::MIN, |range| range.low),
            high: high.map_or(f64::MAX, |range| range.high),
        };
        measured(range, unit, push);
    }
}

/// An amount in the unit given, in the words for the unit, and in canonical units.
fn measured(range: Numbers, value: &Json, push: &mut dyn FnMut(Value)) {
    let (system, code) = (at(value, "system").as_str(), at(value, "code").as_str());
    let text = at(value, "unit").as_str();
    push(Value::Quantity {
        range,
        system: system.unwrap_or_default().to_owned(),
        unit: code.or(text).unwrap_or_default().to_owned(),
    });
    // `||unit` matches the code or the text of the unit.
    if let Some(text) = text.filter(|text| code.is_some_and(|code| code != *text)) {
        push(Value::Quantity {
            range,
            system: String::new(),
            unit: text.to_owned(),
        });
    }
    let canonical = code
        .filter(|_| system == Some(UCUM))
        .and_then(ucum::canonical);
    if let Some(canonical) = canonical {
        let low = canonical.convert(range.low);
        let is_one = range.low.to_bits() == range.high.to_bits();
        push(Value::Canonical {
            range: Numbers {
                low,
                high: if is_one {
                    low
                } else {
                    canonical.convert(range.high)
                },
            },
            unit: canonical.unit,
        });
    }
}

pub(super) fn place(node: &Node<'_>, push: &mut dyn FnMut(Value)) {
    let degrees = |name: &str| numeral(at(node.value()?, name)).map(|range| range.low);
    let (latitude, longitude) = (degrees("latitude"), degrees("longitude"));
    let point = latitude
        .zip(longitude)
        .and_then(|(north, east)| Point::at(north, east));
    if let Some(point) = point {
        push(Value::Place(point));
    }
}
