//! The members of an object while its elements are being read.

use serde_json::{Map, Value};

use super::fault::{Fault, shown};
use crate::definition::Element;

/// What one element came to.
pub(super) enum Content {
    /// A complex value, a resource or a narrative.
    Value(Value),
    /// A primitive: its value, and its `id` and extensions.
    Primitive(Option<Value>, Option<Value>),
}

struct Field {
    key: String,
    position: usize,
    repeats: bool,
    contents: Vec<Content>,
}

/// The elements of an object, by their names.
#[derive(Default)]
pub(super) struct Fields(Vec<Field>);

impl Fields {
    /// Adds one occurrence of an element that stands at `position` in the definition.
    pub(super) fn add(
        &mut self,
        key: &str,
        element: &Element,
        position: usize,
        content: Content,
    ) -> Result<(), Fault> {
        if let Some(field) = self.0.iter_mut().find(|field| field.key == key) {
            if !field.repeats {
                return Err(Fault::structure(format!(
                    "The element {} is there twice.",
                    shown(key)
                )));
            }
            field.contents.push(content);
            return Ok(());
        }
        self.0.push(Field {
            key: key.to_owned(),
            position,
            repeats: element.repeats(),
            contents: vec![content],
        });
        Ok(())
    }

    /// The members in the order of the definition.
    pub(super) fn into_members(mut self, members: &mut Map<String, Value>) {
        self.0.sort_by_key(|field| field.position);
        for field in self.0 {
            field.put(members);
        }
    }
}

impl Field {
    fn put(self, members: &mut Map<String, Value>) {
        let (values, besides): (Vec<_>, Vec<_>) = self
            .contents
            .into_iter()
            .map(|content| match content {
                Content::Value(value) => (Some(value), None),
                Content::Primitive(value, beside) => (value, beside),
            })
            .unzip();
        let beside = format!("_{}", self.key);
        place(members, self.key, values, self.repeats);
        place(members, beside, besides, self.repeats);
    }
}

/// An array keeps the places of what is missing (R4, "JSON", "primitive elements").
fn place(
    members: &mut Map<String, Value>,
    key: String,
    mut items: Vec<Option<Value>>,
    repeats: bool,
) {
    if items.iter().all(Option::is_none) {
        return;
    }
    let value = if repeats {
        Value::Array(items.into_iter().map(Option::unwrap_or_default).collect())
    } else {
        items.swap_remove(0).unwrap_or_default()
    };
    members.insert(key, value);
}
