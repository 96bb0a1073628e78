//! What a path yields.

use std::borrow::Cow;

use super::decimal::Decimal;
use super::node::Node;
use super::quantity::Quantity;
use super::temporal::{Date, DateTime, Time};
use crate::definition::{self, Type};

/// An item of a collection: an element of the resource, or a value of `FHIRPath`'s own types.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Item<'a> {
    /// An element or resource.
    Node(Node<'a>),
    /// `System.Boolean`
    Boolean(bool),
    /// `System.String`
    String(Cow<'a, str>),
    /// `System.Integer`
    Integer(i32),
    /// `System.Decimal`
    Decimal(Decimal),
    /// `System.Date`
    Date(Date),
    /// `System.DateTime`
    DateTime(DateTime),
    /// `System.Time`
    Time(Time),
    /// `System.Quantity`
    Quantity(Box<Quantity<'a>>),
    /// The target of a reference of which only the type is known.
    Unresolved(&'static Type),
    /// What `type()` yields.
    TypeName(TypeName),
}

/// A type by namespace and name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeName {
    /// `FHIR` or `System`.
    pub namespace: &'static str,
    /// For instance `Patient` or `Boolean`.
    pub name: &'static str,
}

impl<'a> Item<'a> {
    /// A string borrowed from the resource or the path.
    pub(super) fn text(text: &'a str) -> Self {
        Self::String(Cow::Borrowed(text))
    }

    pub(super) fn owned_text(text: String) -> Self {
        Self::String(Cow::Owned(text))
    }

    /// The node, if it is one.
    pub fn node(&self) -> Option<&Node<'a>> {
        match self {
            Self::Node(node) => Some(node),
            _ => None,
        }
    }

    /// The namespace and name of the type.
    pub fn type_name(&self) -> TypeName {
        let system = |name| TypeName {
            namespace: "System",
            name,
        };
        match self {
            Self::Node(node) => TypeName {
                namespace: "FHIR",
                name: node.type_name(),
            },
            Self::Unresolved(ty) => TypeName {
                namespace: "FHIR",
                name: ty.name,
            },
            Self::Boolean(_) => system("Boolean"),
            Self::String(_) => system("String"),
            Self::Integer(_) => system("Integer"),
            Self::Decimal(_) => system("Decimal"),
            Self::Date(_) => system("Date"),
            Self::DateTime(_) => system("DateTime"),
            Self::Time(_) => system("Time"),
            Self::Quantity(_) => system("Quantity"),
            Self::TypeName(_) => system("TypeInfo"),
        }
    }

    /// A field of what is no node.
    pub(super) fn field(&self, name: &str) -> Option<Item<'a>> {
        match (self, name) {
            (Self::TypeName(ty), "name") => Some(Self::text(ty.name)),
            (Self::TypeName(ty), "namespace") => Some(Self::text(ty.namespace)),
            _ => None,
        }
    }

    /// The FHIR type of a node or of an unresolved reference's target.
    pub(super) fn fhir_type(&self) -> Option<&'static Type> {
        match self {
            Self::Node(node) => Some(node.definition()),
            Self::Unresolved(ty) => Some(ty),
            _ => None,
        }
    }

    /// The value in `FHIRPath`'s own types: converts primitive nodes and quantities, leaves the rest.
    #[must_use]
    pub fn value(&self) -> Item<'a> {
        match self {
            Self::Node(node) => node.system().unwrap_or(Self::Node(*node)),
            other => other.clone(),
        }
    }

    /// The boolean, if it is one.
    pub fn as_boolean(&self) -> Option<bool> {
        match self.value() {
            Self::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// The string, if it is one.
    pub fn as_text(&self) -> Option<Cow<'a, str>> {
        match self.value() {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, whole or not.
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self.value() {
            Self::Integer(value) => Some(value.into()),
            Self::Decimal(value) => Some(value),
            _ => None,
        }
    }
}

impl<'a> Item<'a> {
    /// A date or moment as a moment; not for nodes.
    pub(super) fn as_moment(&self) -> Option<DateTime> {
        match self {
            Self::Date(date) => Some((*date).into()),
            Self::DateTime(date_time) => Some(*date_time),
            _ => None,
        }
    }

    /// A quantity, or a number as a quantity of unit `1`; not for nodes.
    pub(super) fn as_quantity(&self) -> Option<Quantity<'a>> {
        match self {
            Self::Quantity(quantity) => Some((**quantity).clone()),
            Self::Integer(value) => Some(Quantity::ucum((*value).into(), "1")),
            Self::Decimal(value) => Some(Quantity::ucum(*value, "1")),
            _ => None,
        }
    }
}

/// The type an `is`, `as` or `ofType` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TypeSpecifier {
    pub(super) namespace: Option<Namespace>,
    pub(super) name: String,
    fhir: Option<&'static Type>,
    /// The FHIR primitive whose name differs only in the case of the first letter.
    lenient: Option<&'static Type>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Namespace {
    Fhir,
    System,
}

impl TypeSpecifier {
    pub(super) fn new(namespace: Option<Namespace>, name: String) -> Self {
        let mut uncapitalized = name.clone();
        if let Some(first) = uncapitalized.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        let named = |name: &str| definition::find(name).filter(|ty| ty.path == ty.name);
        let fhir = named(&name).filter(|_| namespace != Some(Namespace::System));
        let lenient = named(&uncapitalized).filter(|_| namespace.is_none() && fhir.is_none());
        Self {
            namespace,
            name,
            fhir,
            lenient,
        }
    }

    /// Whether the item has the type or a specialisation of it.
    pub(super) fn accepts(&self, item: &Item<'_>) -> bool {
        match (item.fhir_type(), self.fhir) {
            (Some(ty), Some(expected)) => ty.is_a(expected),
            (Some(_), None) => false,
            (None, _) => {
                self.namespace != Some(Namespace::Fhir) && item.type_name().name == self.name
            }
        }
    }

    /// Like [`TypeSpecifier::accepts`], but a FHIR `dateTime` also is a `DateTime`: published
    /// search parameters write `value.as(DateTime)`.
    pub(super) fn selects(&self, item: &Item<'_>) -> bool {
        match item.fhir_type() {
            Some(ty) => self.covers(ty),
            None => self.accepts(item),
        }
    }

    /// Whether elements of a type are selected.
    pub(super) fn covers(&self, ty: &Type) -> bool {
        let mut named = self.fhir.into_iter().chain(self.lenient);
        named.any(|named| ty.is_a(named))
    }
}
