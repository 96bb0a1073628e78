//! The members of an object: which element each of them is, and which are missing.

use serde_json::Value;

use super::issue::{Code, Issue};
use super::occurrence::Field;
use super::rules::Rules;
use super::walk::{Frame, Walk, is_resource};
use super::wording::{listed, nearest};
use crate::definition::{self, Element, Kind, Type};

/// The choices that an object has made: which element, and in which type.
type Chosen = Vec<(&'static Element, &'static Type)>;

impl<'v> Walk<'v> {
    /// Checks every member of an object and that none is missing.
    pub(super) fn members(&mut self, frame: &Frame<'_, 'v>) {
        let has_siblings = frame.object.keys().any(|key| key.starts_with('_'));
        let mut chosen = Chosen::new();
        for (key, value) in frame.object {
            if key == "resourceType" && is_resource(frame.ty) {
                continue;
            }
            match key.strip_prefix('_') {
                Some(plain) => self.sibling(frame, key, plain, value, &mut chosen),
                None => self.member(frame, key, value, has_siblings, &mut chosen),
            }
        }
        for element in &Rules::of(frame.ty).required {
            self.required(frame, element, &chosen);
        }
    }

    fn member(
        &mut self,
        frame: &Frame<'_, 'v>,
        key: &'v str,
        value: &'v Value,
        has_siblings: bool,
        chosen: &mut Chosen,
    ) {
        let Some((element, ty)) = frame.ty.json_element(key) else {
            return self.unknown(frame, key);
        };
        let is_primitive = has_siblings && ty.kind == Kind::Primitive;
        let sibling = is_primitive
            .then(|| frame.object.get(&format!("_{key}")))
            .flatten();
        self.choose(frame, element, ty, chosen);
        self.field(frame, &Field::new(element, ty, Some(value), sibling));
    }

    /// A key with an underscore: the extensions of a primitive, whose value may stand beside it.
    fn sibling(
        &mut self,
        frame: &Frame<'_, 'v>,
        key: &str,
        plain: &str,
        value: &'v Value,
        chosen: &mut Chosen,
    ) {
        let found = frame.ty.json_element(plain);
        let Some((element, ty)) = found.filter(|(_, ty)| ty.kind == Kind::Primitive) else {
            return self.unknown(frame, key);
        };
        if !frame.object.contains_key(plain) {
            self.choose(frame, element, ty, chosen);
            self.field(frame, &Field::new(element, ty, None, Some(value)));
        }
    }

    /// Notes the type of a choice; a second one is too many.
    fn choose(
        &mut self,
        frame: &Frame<'_, 'v>,
        element: &'static Element,
        ty: &'static Type,
        chosen: &mut Chosen,
    ) {
        if !element.is_choice() {
            return;
        }
        let before = chosen
            .iter()
            .find(|(other, _)| std::ptr::eq(*other, element));
        if let Some((_, before)) = before {
            let what = format!(
                "{}[x] is given as {} and as {}; one type must be chosen.",
                element.name, before.name, ty.name
            );
            let place = frame.place.member(element.name);
            self.issues
                .push(Issue::grammar(Code::Structure, &place, what));
        }
        chosen.push((element, ty));
    }

    fn required(&mut self, frame: &Frame<'_, 'v>, element: &'static Element, chosen: &Chosen) {
        let has = |key: &str| frame.object.contains_key(key);
        let is_there = if element.is_choice() {
            chosen
                .iter()
                .any(|(other, _)| std::ptr::eq(*other, element))
        } else {
            has(element.name) || has(&format!("_{}", element.name))
        };
        if !is_there {
            let what = format!(
                "The element {} is missing; it is required here.",
                element.name
            );
            let place = frame.place.member(element.name);
            self.issues.push(Issue::rule(Code::Required, &place, what));
        }
    }

    /// A key that is no element of the type.
    fn unknown(&mut self, frame: &Frame<'_, 'v>, key: &str) {
        let what = disallowed_choice(frame.ty, key).unwrap_or_else(|| unknown_name(frame.ty, key));
        let is_name = !key.is_empty()
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let member = frame.place.member(key);
        let place = if is_name && key.len() <= 64 {
            &member
        } else {
            frame.place
        };
        self.issues
            .push(Issue::grammar(Code::Structure, place, what));
    }
}

fn unknown_name(ty: &Type, key: &str) -> String {
    let plain = key.strip_prefix('_').unwrap_or(key);
    let hint = match nearest(plain, ty.elements().map(|element| element.name)) {
        Some(name) if name == plain => ", or not with an underscore.".to_owned(),
        Some(name) => format!(". Did you mean {name}?"),
        None => format!(
            "; its elements are {}.",
            listed(ty.elements().map(|element| element.name))
        ),
    };
    format!(
        "{} is not an element of {}{hint}",
        super::wording::quoted(key),
        ty.path
    )
}

/// A sentence about a choice element in a type it does not have.
fn disallowed_choice(ty: &Type, key: &str) -> Option<String> {
    let plain = key.strip_prefix('_').unwrap_or(key);
    let is_choice = |element: &&'static Element| {
        let suffix = plain
            .strip_prefix(element.name)
            .filter(|_| element.is_choice());
        suffix.is_some_and(|suffix| suffix.is_empty() || names_type(suffix))
    };
    let element = ty.elements().find(is_choice)?;
    Some(format!(
        "{}[x] of {} is a choice and must be one of these types: {}.",
        element.name,
        ty.path,
        listed(element.types.iter().copied())
    ))
}

/// Whether the text is the name of a type with its first letter in upper case.
fn names_type(suffix: &str) -> bool {
    let mut uncapitalized = suffix.to_owned();
    if let Some(first) = uncapitalized.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    definition::find(suffix).is_some() || definition::find(&uncapitalized).is_some()
}
