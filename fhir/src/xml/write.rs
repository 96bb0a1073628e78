//! From JSON to XML.

use serde_json::{Map, Value};

use super::entity::{push_narrative, push_value};
use super::fault::{Fault, shown};
use super::{MAX_DEPTH, NAMESPACE, is_attribute};
use crate::definition::{self, Element, Kind, Type};

/// How the XML is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Without space between elements.
    Compact,
    /// One element on a line, indented by two spaces.
    Indented,
}

/// Writes a resource, its elements in the order of their definitions. Fails when the value has
/// members that R4 does not define, or values of the wrong kind.
pub fn write(resource: &Value, layout: Layout) -> Result<String, Fault> {
    let mut writer = Writer {
        out: String::with_capacity(4096),
        layout,
        depth: 0,
    };
    writer.resource(resource)?;
    if layout == Layout::Indented {
        writer.out.push('\n');
    }
    Ok(writer.out)
}

struct Writer {
    out: String,
    layout: Layout,
    depth: usize,
}

impl Writer {
    fn resource(&mut self, resource: &Value) -> Result<(), Fault> {
        let members = object(resource)?;
        let name = members
            .get("resourceType")
            .and_then(Value::as_str)
            .ok_or_else(|| Fault::structure("A resource has no resourceType."))?;
        let ty = definition::find(name)
            .filter(|ty| ty.kind == Kind::Resource && !ty.is_abstract)
            .ok_or_else(|| {
                Fault::structure(format!("{} is not a resource type of R4.", shown(name)))
            })?;
        let namespace = if self.depth == 0 {
            format!(" xmlns=\"{NAMESPACE}\"")
        } else {
            String::new()
        };
        self.element(ty.path, &namespace, ty, members)
            .map_err(|fault| fault.inside(ty.path))
    }

    /// An element with elements inside. `attributes` are ready to be written.
    fn element(
        &mut self,
        name: &str,
        attributes: &str,
        ty: &Type,
        members: &Map<String, Value>,
    ) -> Result<(), Fault> {
        self.start(name, attributes)?;
        let children = children(ty, members)?;
        if children.is_empty() {
            self.out.push_str("/>");
            self.depth -= 1;
            return Ok(());
        }
        self.out.push('>');
        for child in children {
            self.member(&child)
                .map_err(|fault| fault.inside(child.key))?;
        }
        self.end(name);
        Ok(())
    }

    /// A start tag without its closing bracket.
    fn start(&mut self, name: &str, attributes: &str) -> Result<(), Fault> {
        if self.depth == MAX_DEPTH * 2 {
            return Err(Fault::structure("The resource is nested too deeply."));
        }
        self.line();
        self.depth += 1;
        self.out.push('<');
        self.out.push_str(name);
        self.out.push_str(attributes);
        Ok(())
    }

    fn end(&mut self, name: &str) {
        self.depth -= 1;
        self.line();
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn line(&mut self) {
        if self.layout == Layout::Indented && !self.out.is_empty() {
            self.out.push('\n');
            for _ in 0..self.depth {
                self.out.push_str("  ");
            }
        }
    }

    fn member(&mut self, child: &Child<'_>) -> Result<(), Fault> {
        if !child.element.repeats() {
            return self.value(child, child.value, child.beside);
        }
        let (values, beside) = (list(child.value)?, list(child.beside)?);
        for at in 0..values.len().max(beside.len()) {
            let present = |list: &'_ [Value]| list.get(at).filter(|item| !item.is_null()).cloned();
            let (value, beside) = (present(values), present(beside));
            self.value(child, value.as_ref(), beside.as_ref())?;
        }
        Ok(())
    }

    fn value(
        &mut self,
        child: &Child<'_>,
        value: Option<&Value>,
        beside: Option<&Value>,
    ) -> Result<(), Fault> {
        match child.ty.kind {
            Kind::Primitive if child.ty.name == "xhtml" => self.narrative(value),
            Kind::Primitive => self.primitive(child.key, value, beside),
            Kind::Resource => {
                self.start(child.key, "")?;
                self.out.push('>');
                self.resource(value.unwrap_or(&Value::Null))?;
                self.end(child.key);
                Ok(())
            }
            Kind::Complex | Kind::Backbone => {
                let members = object(value.unwrap_or(&Value::Null))?;
                let attributes = attributes(child.ty, members)?;
                self.element(child.key, &attributes, child.ty, members)
            }
        }
    }

    fn narrative(&mut self, value: Option<&Value>) -> Result<(), Fault> {
        let text = value
            .and_then(Value::as_str)
            .ok_or_else(|| Fault::structure("A narrative is a string."))?;
        self.line();
        push_narrative(&mut self.out, text.trim());
        Ok(())
    }

    fn primitive(
        &mut self,
        name: &str,
        value: Option<&Value>,
        beside: Option<&Value>,
    ) -> Result<(), Fault> {
        let empty = Map::new();
        let members = beside.map_or(Ok(&empty), object)?;
        let ty = definition::find("Element")
            .ok_or_else(|| Fault::structure("The tables have no Element."))?;
        let mut attributes = attributes(ty, members)?;
        if let Some(value) = value {
            attributes.push_str(" value=\"");
            push_value(&mut attributes, &scalar(value)?);
            attributes.push('"');
        }
        self.element(name, &attributes, ty, members)
    }
}

/// A member that is written as an element.
struct Child<'a> {
    /// The name on the wire, such as `valueQuantity`.
    key: &'a str,
    element: &'static Element,
    ty: &'static Type,
    value: Option<&'a Value>,
    /// `id` and extensions of a primitive, from the member with an underscore.
    beside: Option<&'a Value>,
}

/// The members that are elements, in the order of the definition.
fn children<'a>(ty: &Type, members: &'a Map<String, Value>) -> Result<Vec<Child<'a>>, Fault> {
    let mut children: Vec<(usize, Child<'a>)> = Vec::with_capacity(members.len());
    for (member, value) in members {
        if member == "resourceType" && ty.kind == Kind::Resource {
            continue;
        }
        let key = member.strip_prefix('_').unwrap_or(member);
        let (element, member_type) = ty.json_element(key).ok_or_else(|| unknown(member))?;
        if is_attribute(element) {
            continue;
        }
        let is_beside = key.len() < member.len();
        if is_beside && member_type.kind != Kind::Primitive {
            return Err(unknown(member));
        }
        let known = children.iter().position(|(_, child)| child.key == key);
        let at = known.unwrap_or(children.len());
        if at == children.len() {
            let child = Child {
                key,
                element,
                ty: member_type,
                value: None,
                beside: None,
            };
            children.push((position(ty, element), child));
        }
        let child = &mut children[at].1;
        let place = if is_beside {
            &mut child.beside
        } else {
            &mut child.value
        };
        *place = Some(value);
    }
    children.sort_by_key(|(position, _)| *position);
    Ok(children.into_iter().map(|(_, child)| child).collect())
}

/// Where an element stands among those of its type.
pub(super) fn position(ty: &Type, element: &Element) -> usize {
    ty.elements()
        .position(|other| std::ptr::eq(other, element))
        .unwrap_or(usize::MAX)
}

fn attributes(ty: &Type, members: &Map<String, Value>) -> Result<String, Fault> {
    let mut attributes = String::new();
    for element in ty.elements().filter(|element| is_attribute(element)) {
        let Some(value) = members.get(element.name) else {
            continue;
        };
        attributes.push(' ');
        attributes.push_str(element.name);
        attributes.push_str("=\"");
        push_value(&mut attributes, &scalar(value)?);
        attributes.push('"');
    }
    Ok(attributes)
}

fn unknown(member: &str) -> Fault {
    Fault::structure(format!("R4 does not define the element {}.", shown(member)))
}

fn object(value: &Value) -> Result<&Map<String, Value>, Fault> {
    value
        .as_object()
        .ok_or_else(|| Fault::structure("An element with elements is a JSON object."))
}

fn list(value: Option<&Value>) -> Result<&[Value], Fault> {
    match value {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Fault::structure("An element that repeats is a JSON array.")),
    }
}

/// The text of a primitive; numbers as they are written.
fn scalar(value: &Value) -> Result<String, Fault> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(is) => Ok(is.to_string()),
        _ => Err(Fault::structure(
            "A primitive is a string, number or boolean.",
        )),
    }
}
