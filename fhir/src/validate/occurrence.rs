//! The value of a member: one or many, paired with its extensions, and of the type of the element.

use serde_json::Value;

use super::issue::{Code, Issue};
use super::place::Place;
use super::primitive;
use super::walk::{Fragment, Frame, Scope, Walk};
use super::wording::{kind, quoted};
use crate::definition::{self, Element, Kind, Type};
use crate::narrative;
use crate::path::Node;

/// A member of an object with its definition.
pub(super) struct Field<'v> {
    pub(super) element: &'static Element,
    /// The type of the element or, for a choice, of this value.
    pub(super) ty: &'static Type,
    value: Option<&'v Value>,
    /// What stands under the same name with an underscore.
    sibling: Option<&'v Value>,
}

impl<'v> Field<'v> {
    pub(super) fn new(
        element: &'static Element,
        ty: &'static Type,
        value: Option<&'v Value>,
        sibling: Option<&'v Value>,
    ) -> Self {
        // A profile on a type, such as SimpleQuantity, has elements and constraints of its own.
        let profile = element
            .profiles
            .iter()
            .find_map(|name| definition::find(name));
        let profile = profile.filter(|profile| profile.is_constraint && profile.is_a(ty));
        Self {
            element,
            ty: profile.unwrap_or(ty),
            value,
            sibling,
        }
    }

    /// One occurrence of a repeating element.
    fn occurrence(&self, value: Option<&'v Value>, sibling: Option<&'v Value>) -> Self {
        Self {
            value,
            sibling,
            ..*self
        }
    }
}

impl<'v> Walk<'v> {
    /// Checks a member: that it is a list exactly if it may repeat, and each of its values.
    pub(super) fn field(&mut self, frame: &Frame<'_, 'v>, field: &Field<'v>) {
        let place = frame.place.member(field.element.name);
        if field.element.max == Some(0) {
            let what = format!("The element {} is not allowed here.", field.element.name);
            return self.issues.push(Issue::rule(Code::Structure, &place, what));
        }
        if field.element.repeats() {
            return self.list(field, &place, frame.scope);
        }
        let mut lists = [field.value, field.sibling].into_iter().flatten();
        match lists.find_map(Value::as_array) {
            Some(items) => self.issues.push(list_of_one(field.element, items, &place)),
            None => self.occurrence(field, &place, frame.scope),
        }
    }

    fn list(&mut self, field: &Field<'v>, place: &Place<'_>, scope: &Scope<'v>) {
        let (Some(values), Some(siblings)) = (
            self.items(field.value, place),
            self.items(field.sibling, place),
        ) else {
            return;
        };
        if !siblings.is_empty() && !values.is_empty() && siblings.len() != values.len() {
            let what = format!(
                "There are {} values and {} entries with the underscore; null must fill the gaps.",
                values.len(),
                siblings.len()
            );
            return self
                .issues
                .push(Issue::grammar(Code::Structure, place, what));
        }
        let is_paired = field.ty.kind == Kind::Primitive;
        let given = |value: &&Value| !(is_paired && value.is_null());
        for at in 0..values.len().max(siblings.len()) {
            let value = values.get(at).filter(given);
            let sibling = siblings.get(at).filter(given);
            self.occurrence(&field.occurrence(value, sibling), &place.index(at), scope);
        }
    }

    /// The items of an array; none if it is absent, nothing if it is something else or empty.
    fn items(&mut self, value: Option<&'v Value>, place: &Place<'_>) -> Option<&'v [Value]> {
        let what = match value {
            None => return Some(&[]),
            Some(Value::Array(items)) if !items.is_empty() => return Some(items),
            Some(Value::Array(_)) => {
                "An array must not be empty; leave the element out.".to_owned()
            }
            Some(other) => {
                format!(
                    "The element may repeat and must be an array, but {} was found.",
                    kind(other)
                )
            }
        };
        self.issues
            .push(Issue::grammar(Code::Structure, place, what));
        None
    }

    fn occurrence(&mut self, field: &Field<'v>, place: &Place<'_>, scope: &Scope<'v>) {
        match (field.ty.kind, field.value) {
            (Kind::Primitive, _) => self.primitive(field, place, scope),
            (Kind::Resource, Some(value)) => self.nested(field.element, value, place, scope),
            (_, Some(value)) => self.complex(field, value, place, scope),
            (_, None) => {}
        }
    }

    /// A value with elements of its own.
    fn complex(
        &mut self,
        field: &Field<'v>,
        value: &'v Value,
        place: &Place<'_>,
        scope: &Scope<'v>,
    ) {
        let what = match value {
            Value::Object(object) if !object.is_empty() => {
                let frame = Frame {
                    ty: field.ty,
                    object,
                    place,
                    scope,
                };
                return self.object(field, &frame, value);
            }
            Value::Object(_) => "An object must not be empty; leave the element out.".to_owned(),
            other => format!(
                "{} must be an object, but {} was found.",
                field.ty.path,
                kind(other)
            ),
        };
        self.issues
            .push(Issue::grammar(Code::Structure, place, what));
    }

    fn object(&mut self, field: &Field<'v>, frame: &Frame<'_, 'v>, value: &'v Value) {
        let is_primitive = field.ty.kind == Kind::Primitive;
        if !is_primitive && frame.object.keys().all(|key| key == "id" || key == "_id") {
            let what = "An element with an id must have a value or an element besides (ele-1).";
            self.issues
                .push(Issue::rule(Code::Invariant, frame.place, what));
        }
        self.element(frame, Node::new(field.ty, Some(value), None));
        match field.ty.name {
            "Extension" => self.extension(frame),
            "Reference" => self.reference(field.element, frame),
            "CodeableConcept" => self.concept(field.element, frame),
            "Coding" => self.coding(field.element, frame),
            _ => {}
        }
    }

    fn primitive(&mut self, field: &Field<'v>, place: &Place<'_>, scope: &Scope<'v>) {
        if let Some(sibling) = field.sibling {
            self.complex(field, sibling, place, scope);
        }
        let has_id_alone = |sibling: &Value| {
            let members = sibling.as_object();
            members.is_some_and(|members| members.len() == 1 && members.contains_key("id"))
        };
        match field.value {
            Some(value) => self.value(field, value, place, scope),
            None if field.sibling.is_some_and(|sibling| !has_id_alone(sibling)) => {}
            None => {
                let what = "There is neither a value nor an extension in place of one.";
                self.issues
                    .push(Issue::grammar(Code::Structure, place, what));
            }
        }
    }

    /// The value of a primitive.
    fn value(&mut self, field: &Field<'v>, value: &'v Value, place: &Place<'_>, scope: &Scope<'v>) {
        // R4 types the id of a resource as a string and restricts it in words.
        let is_id = field.element.path == "Resource.id";
        let type_name = if is_id { "id" } else { field.ty.name };
        if let Err(fault) = primitive::check(type_name, value) {
            let shown = value
                .as_str()
                .map_or_else(|| quoted(&value.to_string()), quoted);
            let what = format!(
                "{shown} is not of type {type_name}: {} is needed.",
                fault.accepted
            );
            return self.issues.push(Issue::grammar(fault.code, place, what));
        }
        match (type_name, value.as_str()) {
            ("xhtml", text) => self.narrative(text, place),
            ("code", Some(code)) => self.code(field.element, code, place),
            ("canonical" | "uri" | "url", Some(uri)) => self.fragment(uri, scope),
            _ => {}
        }
    }

    fn narrative(&mut self, text: Option<&str>, place: &Place<'_>) {
        let Some(text) = text else {
            let what = "A narrative must be a JSON string.";
            return self
                .issues
                .push(Issue::grammar(Code::Structure, place, what));
        };
        let Err(fault) = narrative::check(text) else {
            return;
        };
        let key = if fault == narrative::Fault::Empty {
            "txt-2"
        } else {
            "txt-1"
        };
        let what = format!("The narrative is not acceptable ({key}): {fault}.");
        self.issues.push(Issue::rule(Code::Invariant, place, what));
    }

    /// Notes a reference to a contained resource.
    pub(super) fn fragment(&mut self, uri: &'v str, scope: &Scope<'v>) {
        if let Some(id) = uri.strip_prefix('#') {
            let from = scope.contained;
            self.fragments.push(Fragment { from, id });
        }
    }
}

/// An array in place of a single value: one value too many, or only written as if there were.
fn list_of_one(element: &Element, items: &[Value], place: &Place<'_>) -> Issue {
    let what = format!("{} occurs once and must not be an array.", element.name);
    match items.len() {
        0 | 1 => Issue::grammar(Code::Structure, place, what),
        count => Issue::rule(
            Code::Structure,
            place,
            format!("{count} values are given; {what}"),
        ),
    }
}
