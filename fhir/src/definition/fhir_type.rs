//! One type of FHIR: its place in the hierarchy and its elements.

use super::table::definitions;
use super::{Element, Symbol};

/// What sort of type it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A resource, including the abstract `Resource` and `DomainResource`.
    Resource,
    /// A datatype with elements, such as `Period`.
    Complex,
    /// A datatype with a value, such as `date`.
    Primitive,
    /// The anonymous type of an element that has elements of its own.
    Backbone,
}

/// A type definition: a row of `data/types.tsv`, or an element with elements of its own.
#[derive(Debug)]
pub struct Type {
    /// `Patient`, `code`, or the path of a backbone element (`Patient.contact`).
    pub path: &'static str,
    /// The name in FHIR's type system: `Patient`, `code`, `BackboneElement`.
    pub name: &'static str,
    /// What sort of type it is.
    pub kind: Kind,
    /// Whether no instance can have exactly this type.
    pub is_abstract: bool,
    /// Whether it is a profile on another type (`SimpleQuantity`), not a type of its own.
    pub is_constraint: bool,
    /// The regular expression of a primitive's text, as published.
    pub pattern: Option<&'static str>,
    pub(super) number: u16,
    pub(super) parent: Option<u16>,
    /// Element numbers in the order of the definition, inherited ones first.
    pub(super) order: Box<[u16]>,
    /// Element numbers by symbol, sorted.
    pub(super) by_symbol: Box<[(Symbol, u16)]>,
    /// Numbers of the choice elements.
    pub(super) choices: Box<[u16]>,
}

impl Type {
    /// The type this one specialises or, for a backbone element, `BackboneElement` or `Element`.
    pub fn parent(&self) -> Option<&'static Type> {
        self.parent.map(|number| definitions().numbered(number))
    }

    /// Whether this is `ancestor` or a specialisation of it.
    pub fn is_a(&self, ancestor: &Type) -> bool {
        self.number == ancestor.number || self.parent().is_some_and(|parent| parent.is_a(ancestor))
    }

    /// The position of the type among all types.
    pub(crate) fn index(&self) -> usize {
        usize::from(self.number)
    }

    /// The elements in the order of the definition, inherited ones first.
    pub fn elements(&self) -> impl Iterator<Item = &'static Element> {
        self.order
            .iter()
            .map(|number| definitions().element(*number))
    }

    /// The element of this name (`value` for a choice `value[x]`).
    pub fn element(&self, name: &str) -> Option<&'static Element> {
        self.element_by_symbol(Symbol::of(name)?)
    }

    pub(crate) fn element_by_symbol(&self, symbol: Symbol) -> Option<&'static Element> {
        let at = self
            .by_symbol
            .binary_search_by_key(&symbol, |entry| entry.0)
            .ok()?;
        self.by_symbol
            .get(at)
            .map(|entry| definitions().element(entry.1))
    }

    /// The element and type that a key of the JSON form stands for (`valueQuantity` is
    /// `value[x]` as a `Quantity`). A key with a leading underscore is not accepted here.
    pub fn json_element(&self, key: &str) -> Option<(&'static Element, &'static Type)> {
        if let Some(element) = self.element(key) {
            return element.member_type().map(|ty| (element, ty));
        }
        self.choices.iter().find_map(|number| {
            let element = definitions().element(*number);
            element.choice_of(key).map(|ty| (element, ty))
        })
    }
}

impl PartialEq for Type {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Type {}
