//! The data types of FHIR R4 that the resources share.

use crate::decimal::Decimal;
use crate::json::{Json, Object};
use crate::table::clinical::{BodySite, Route};
use crate::table::term;

/// A code with its system (short name of `codesystems.tsv`) and display.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Coding {
    pub(crate) system: &'static str,
    pub(crate) code: &'static str,
    pub(crate) display: &'static str,
}

impl Coding {
    pub(crate) fn new(system: &'static str, code: &'static str, display: &'static str) -> Self {
        Self {
            system,
            code,
            display,
        }
    }

    /// A code of `terms.tsv`.
    pub(crate) fn term(system: &'static str, code: &'static str) -> Self {
        Self {
            system,
            code,
            display: term::display(system, code),
        }
    }

    pub(crate) fn loinc(code: &'static str, display: &'static str) -> Self {
        Self::new("loinc", code, display)
    }

    pub(crate) fn snomed(code: &'static str, display: &'static str) -> Self {
        Self::new("snomed", code, display)
    }
}

impl Json for Coding {
    fn write(&self, out: &mut String) {
        Object::new()
            .with("system", term::system(self.system))
            .with("code", self.code)
            .with("display", self.display)
            .write(out);
    }
}

/// A `CodeableConcept` with one code; its text is the display.
pub(crate) fn concept(coding: Coding) -> Object {
    Object::new()
        .with("coding", [coding])
        .with("text", coding.display)
}

/// A `CodeableConcept` with several codes of one meaning and a text.
pub(crate) fn concept_of(codings: &[Coding], text: &str) -> Object {
    Object::new().with("coding", codings).with("text", text)
}

/// A `CodeableConcept` with a code of `terms.tsv` and no text.
pub(crate) fn term(system: &'static str, code: &'static str) -> Object {
    Object::new().with("coding", [Coding::term(system, code)])
}

/// A `CodeableConcept` without a code.
pub(crate) fn text_only(text: &str) -> Object {
    Object::new().with("text", text)
}

/// In place of a primitive value that is not known: the extension that says why.
pub(crate) fn absent(reason: &'static str) -> Object {
    let extension = Object::new()
        .with(
            "url",
            "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
        )
        .with("valueCode", Coding::term("dar", reason).code);
    Object::new().with("extension", [extension])
}

/// A `Reference` to a resource such as `Patient/x`.
pub(crate) fn reference(target: &str) -> Object {
    Object::new().with("reference", target)
}

/// A `Reference` with a name for people.
pub(crate) fn named_reference(target: &str, display: &str) -> Object {
    reference(target).with("display", display)
}

/// A `Period`; an open end is left out.
pub(crate) fn period(start: impl Json, end: Option<impl Json>) -> Object {
    Object::new().with("start", start).with("end", end)
}

/// A `Quantity` in UCUM.
pub(crate) fn quantity(value: impl Json, unit: &str, code: &str) -> Object {
    Object::new()
        .with("value", value)
        .with("unit", unit)
        .with("system", term::system("ucum"))
        .with("code", code)
}

/// A number of days as a `Quantity` or `Duration`.
pub(crate) fn days(count: i64) -> Object {
    quantity(Decimal::whole(count), "days", "d")
}

/// The unit of a table as people read it: `{tablet}` becomes `tablet`.
pub(crate) fn plain_unit(code: &str) -> &str {
    code.trim_matches(['{', '}', '[', ']'])
}

/// US dollars.
pub(crate) fn money(cents: i64) -> Object {
    Object::new()
        .with("value", Decimal::cents(cents))
        .with("currency", "USD")
}

/// An `Identifier` without a type.
pub(crate) fn identifier(system: &str, value: &str) -> Object {
    Object::new().with("system", system).with("value", value)
}

/// An `Identifier` with a type of `v2-0203`.
pub(crate) fn typed_identifier(kind: &'static str, system: &str, value: &str) -> Object {
    Object::new()
        .with("type", term("v2-0203", kind))
        .with("system", system)
        .with("value", value)
}

/// A `ContactPoint`.
pub(crate) fn contact(system: &str, value: &str, r#use: &str) -> Object {
    Object::new()
        .with("system", system)
        .with("value", value)
        .with("use", r#use)
}

/// An address in the United States.
pub(crate) fn address(line: &str, city: &str, state: &str, zip: &str) -> Object {
    Object::new()
        .with("line", [line])
        .with("city", city)
        .with("state", state)
        .with("postalCode", zip)
        .with("country", "US")
}

/// A generated `Narrative` of one plain sentence.
pub(crate) fn narrative(sentence: &str) -> Object {
    let escaped = sentence
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{escaped}</p></div>");
    Object::new().with("status", "generated").with("div", div)
}

/// A route of `routes.tsv`; absent when `key` is empty.
pub(crate) fn route(key: &str) -> Option<Object> {
    (!key.is_empty()).then(|| {
        let row = Route::of(key);
        concept(Coding::snomed(row.snomed, row.display))
    })
}

/// A body site of `body-sites.tsv`; absent when `key` is empty.
pub(crate) fn body_site(key: &str) -> Option<Object> {
    (!key.is_empty()).then(|| {
        let row = BodySite::of(key);
        concept(Coding::snomed(row.snomed, row.display))
    })
}
