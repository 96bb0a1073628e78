//! An element of a resource in its JSON form: value, sibling and type.

use serde_json::Value;

use super::ast::Member;
use super::decimal::Decimal;
use super::item::Item;
use super::quantity::Quantity;
use super::temporal::{Date, DateTime, Time};
use crate::definition::{self, Element, Kind, Type};
use crate::json;

/// An element: its type, its JSON value and, for a primitive, the object under `_name` that holds
/// its id and extensions. Borrowed from the resource; copying copies references only.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    ty: &'static Type,
    value: Option<&'a Value>,
    sibling: Option<&'a Value>,
}

impl<'a> Node<'a> {
    /// A resource. Its type is what `resourceType` names, or `Resource` if that is no known type.
    pub fn resource(value: &'a Value) -> Self {
        let name = json::at(value, "resourceType").as_str();
        let name = name.unwrap_or("Resource");
        let ty = definition::find(name).filter(|ty| ty.kind == Kind::Resource);
        Self {
            ty: ty.unwrap_or_else(definition::resource),
            value: Some(value),
            sibling: None,
        }
    }

    /// An element of a known type: `value` is its JSON value, `sibling` what stands under the
    /// same name with an underscore. A JSON `null` is no value.
    pub fn new(ty: &'static Type, value: Option<&'a Value>, sibling: Option<&'a Value>) -> Self {
        let value = value.filter(|value| !value.is_null());
        match value {
            Some(value) if ty.kind == Kind::Resource => Self::resource(value),
            _ => Self {
                ty,
                value,
                sibling: sibling.filter(|sibling| sibling.is_object()),
            },
        }
    }

    /// The type; for a backbone element its anonymous type, whose path is the element's.
    pub fn definition(&self) -> &'static Type {
        self.ty
    }

    /// The FHIR type name: `Observation`, `CodeableConcept`, `code`, `BackboneElement`.
    pub fn type_name(&self) -> &'static str {
        self.ty.name
    }

    /// The JSON value; a primitive that only has extensions has none.
    pub fn value(&self) -> Option<&'a Value> {
        self.value
    }

    /// The object with the id and extensions of a primitive.
    pub fn sibling(&self) -> Option<&'a Value> {
        self.sibling
    }

    /// The value if it is a JSON string.
    pub fn text(&self) -> Option<&'a str> {
        self.value.and_then(Value::as_str)
    }

    /// The elements with this name (`value` for `value[x]`), none if there are none.
    pub fn members(&self, name: &str) -> Vec<Node<'a>> {
        let mut nodes = Vec::new();
        self.each_member(&Member::new(name), &mut |node| nodes.push(node));
        nodes
    }

    /// The first element with this name.
    pub fn member(&self, name: &str) -> Option<Node<'a>> {
        self.members(name).into_iter().next()
    }

    /// All direct elements in the order of the JSON form, with their names.
    pub fn children(&self) -> Vec<(&'static str, Node<'a>)> {
        let mut children = Vec::new();
        for (key, value) in self.object().into_iter().flatten() {
            let plain = key.strip_prefix('_');
            if plain.is_some_and(|plain| self.field(plain).is_some()) {
                continue;
            }
            let Some((element, ty)) = self.ty.json_element(plain.unwrap_or(key)) else {
                continue;
            };
            let (value, sibling) = match plain {
                Some(_) => (None, Some(value)),
                None => (Some(value), self.sibling_field(ty, key)),
            };
            each_occurrence(ty, value, sibling, &mut |node| {
                children.push((element.name, node));
            });
        }
        children
    }

    fn object(&self) -> Option<&'a serde_json::Map<String, Value>> {
        let holder = if self.ty.kind == Kind::Primitive {
            self.sibling
        } else {
            self.value
        };
        holder.and_then(Value::as_object)
    }

    fn field(&self, key: &str) -> Option<&'a Value> {
        self.object().and_then(|object| json::member(object, key))
    }

    fn sibling_field(&self, ty: &Type, key: &str) -> Option<&'a Value> {
        (ty.kind == Kind::Primitive)
            .then(|| self.field(&format!("_{key}")))
            .flatten()
    }

    /// Calls `push` for each element that a step of a path leads to.
    pub(super) fn each_member(&self, member: &Member, push: &mut impl FnMut(Node<'a>)) {
        let Some(object) = self.object() else { return };
        let Some(element) = member
            .symbol
            .and_then(|symbol| self.ty.element_by_symbol(symbol))
        else {
            return;
        };
        let Some(ty) = element.member_type() else {
            return self.each_choice(element, push);
        };
        let value = json::member(object, member.name());
        let sibling = match ty.kind {
            Kind::Primitive => json::member(object, member.sibling_name()),
            _ => None,
        };
        each_occurrence(ty, value, sibling, push);
    }

    /// A choice has its type in the key, so the keys are looked through.
    fn each_choice(&self, element: &'static Element, push: &mut impl FnMut(Node<'a>)) {
        for (key, value) in self.object().into_iter().flatten() {
            let plain = key.strip_prefix('_');
            let Some(ty) = element.choice_of(plain.unwrap_or(key)) else {
                continue;
            };
            match plain {
                None => each_occurrence(ty, Some(value), self.sibling_field(ty, key), push),
                Some(plain) if self.field(plain).is_none() => {
                    each_occurrence(ty, None, Some(value), push);
                }
                Some(_) => {}
            }
        }
    }

    /// The value in `FHIRPath`'s own types, for primitives and quantities.
    /// <http://hl7.org/fhir/R4/fhirpath.html#types>
    pub(super) fn system(&self) -> Option<Item<'a>> {
        let value = self.value?;
        match self.ty.name {
            "boolean" => value.as_bool().map(Item::Boolean),
            "integer" | "positiveInt" | "unsignedInt" => integer(value),
            "decimal" => decimal(value).map(Item::Decimal),
            "date" => Date::parse(value.as_str()?).map(Item::Date),
            "dateTime" | "instant" => DateTime::parse(value.as_str()?).map(Item::DateTime),
            "time" => Time::parse(value.as_str()?).map(Item::Time),
            _ if self.ty.kind == Kind::Primitive => value.as_str().map(Item::text),
            "Quantity" | "Age" | "Count" | "Distance" | "Duration" => {
                Quantity::of_node(value).map(|quantity| Item::Quantity(Box::new(quantity)))
            }
            _ => None,
        }
    }

    /// Whether both are the same place of the same resource.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        same(self.value, other.value) && same(self.sibling, other.sibling)
    }
}

fn same(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => std::ptr::eq(left, right),
        _ => false,
    }
}

fn integer<'a>(value: &Value) -> Option<Item<'a>> {
    value
        .as_i64()
        .and_then(|value| i32::try_from(value).ok())
        .map(Item::Integer)
}

pub(super) fn decimal(value: &Value) -> Option<Decimal> {
    value
        .as_number()
        .and_then(|number| Decimal::parse(number.as_str()))
}

/// Pairs the items of an array with those of its sibling array; anything else occurs once.
fn each_occurrence<'a>(
    ty: &'static Type,
    value: Option<&'a Value>,
    sibling: Option<&'a Value>,
    push: &mut impl FnMut(Node<'a>),
) {
    let (values, siblings) = (occurrences(value), occurrences(sibling));
    for at in 0..values.len().max(siblings.len()) {
        let node = Node::new(ty, values.get(at), siblings.get(at));
        if node.value.is_some() || node.sibling.is_some() {
            push(node);
        }
    }
}

fn occurrences(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(items)) => items,
        Some(single) => std::slice::from_ref(single),
        None => &[],
    }
}
