//! The types of FHIR R4 and their elements, as published in the `StructureDefinitions`.
//!
//! `data/types.tsv` and `data/elements.tsv` hold the facts; they are read once, when first asked
//! for, into tables that borrow the embedded text. An element that a type merely inherits is
//! written only at the ancestor that introduces it.
//!
//! A backbone element such as `Patient.contact` is an anonymous [`Type`] of its own: its
//! [`Type::path`] is the element's path, its [`Type::name`] is `BackboneElement`.
//!
//! ```
//! use fhir::definition;
//!
//! let value = definition::child("Observation", "valueQuantity").unwrap();
//! assert_eq!(value.path, "Observation.value[x]");
//! assert_eq!(definition::child("Patient.contact", "gender").unwrap().types, ["code"]);
//! assert!(definition::is_a("Patient", "DomainResource"));
//! ```

mod element;
mod fhir_type;
mod symbol;
mod table;

pub use element::{Binding, Element, Strength};
pub use fhir_type::{Kind, Type};
pub(crate) use symbol::Symbol;

/// The type with this name (`Patient`, `Quantity`, `code`) or backbone path (`Patient.contact`).
pub fn find(name: &str) -> Option<&'static Type> {
    table::definitions().find(name)
}

/// The type `Resource`, which every resource is.
pub fn resource() -> &'static Type {
    let definitions = table::definitions();
    definitions
        .find("Resource")
        .unwrap_or_else(|| definitions.numbered(0))
}

/// Every named type in the order of the table; backbone elements are not among them.
pub fn all() -> impl Iterator<Item = &'static Type> {
    table::definitions()
        .types
        .iter()
        .filter(|ty| ty.kind != Kind::Backbone)
}

/// Every type, those of backbone elements included; [`Type::index`] counts them from 0.
pub(crate) fn every() -> impl Iterator<Item = &'static Type> {
    table::definitions().types.iter()
}

/// The element `name` of a type, where `name` is either the element's name (`value` for
/// `value[x]`) or a key of the JSON form (`valueQuantity`).
///
/// Inherited elements are found, and a content reference is followed by [`Element::member_type`].
pub fn child(type_name: &str, name: &str) -> Option<&'static Element> {
    let ty = find(type_name)?;
    ty.element(name)
        .or_else(|| ty.json_element(name).map(|(element, _)| element))
}

/// Whether the first type is the second or a specialisation of it (`Age` is a `Quantity`).
pub fn is_a(type_name: &str, ancestor: &str) -> bool {
    match (find(type_name), find(ancestor)) {
        (Some(ty), Some(ancestor)) => ty.is_a(ancestor),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
