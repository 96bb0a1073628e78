//! The walk over a resource and what it keeps on its way.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::issue::{Code, Issue, Issues};
use super::json::Document;
use super::place::Place;
use super::wording::{kind, nearest, quoted};
use super::{MAX_DEPTH, Options};
use crate::definition::{self, Kind, Type};
use crate::path::Node;
use crate::resource_type::ResourceType;

/// One validation: its options and what it has found so far.
pub(super) struct Walk<'v> {
    pub(super) options: Options<'v>,
    pub(super) issues: Issues,
    /// The references to contained resources in the resource that is being walked.
    pub(super) fragments: Vec<Fragment<'v>>,
    /// Whether a constraint took so many steps that no further one is evaluated.
    pub(super) has_given_up: bool,
    /// Value sets of profiles whose codes are not known.
    pub(super) unchecked: BTreeSet<&'static str>,
}

/// A reference within a resource: `#id`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fragment<'v> {
    /// The contained resource that has the reference, if it is not in the container itself.
    pub(super) from: Option<usize>,
    /// The id; empty if the reference is `#`, the container.
    pub(super) id: &'v str,
}

/// The resource that elements belong to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'v> {
    /// `%resource`
    pub(super) resource: Node<'v>,
    /// `%rootResource`: the container, if the resource is contained.
    pub(super) root: Node<'v>,
    /// The place among the container's resources, if it is contained.
    pub(super) contained: Option<usize>,
    /// Whether it stands within another resource, such as a Bundle, without being contained.
    pub(super) is_entry: bool,
}

/// An object whose members are walked.
pub(super) struct Frame<'x, 'v> {
    pub(super) ty: &'static Type,
    pub(super) object: &'v Map<String, Value>,
    pub(super) place: &'x Place<'x>,
    pub(super) scope: &'x Scope<'v>,
}

impl<'v> Walk<'v> {
    pub(super) fn new(options: Options<'v>) -> Self {
        Self {
            options,
            issues: Issues::default(),
            fragments: Vec::new(),
            has_given_up: false,
            unchecked: BTreeSet::new(),
        }
    }

    pub(super) fn finish(mut self) -> Vec<Issue> {
        self.report_unchecked();
        self.issues.finish()
    }

    /// Reports the keys that an object has twice.
    pub(super) fn duplicates(&mut self, document: &Document) {
        let root = document.value.get("resourceType").and_then(Value::as_str);
        let root = root
            .and_then(ResourceType::parse)
            .map_or("Resource", ResourceType::as_str);
        for duplicate in &document.duplicates {
            let place = Place::root(root);
            let what = "This name occurs twice in its object; names must be unique.";
            self.issues.push(Issue {
                expression: Some(format!("{root}{duplicate}")),
                ..Issue::grammar(Code::Structure, &place, what)
            });
        }
    }

    /// Walks a whole document.
    pub(super) fn root(&mut self, value: &'v Value, expected: Option<ResourceType>) {
        let unnamed = Place::root(expected.map_or("Resource", ResourceType::as_str));
        let Some((ty, object)) = self.resource_type(value, &unnamed) else {
            return;
        };
        let place = Place::root(ty.name);
        if let Some(expected) = expected.filter(|expected| expected.as_str() != ty.name) {
            let what = format!(
                "The resource is of type {}, but {expected} is asked for.",
                ty.name
            );
            self.issues
                .push(Issue::grammar(Code::Invalid, &place, what));
            return;
        }
        self.independent(ty, object, value, &place, false);
    }

    /// The type that `resourceType` names, and the members.
    pub(super) fn resource_type(
        &mut self,
        value: &'v Value,
        place: &Place<'_>,
    ) -> Option<(&'static Type, &'v Map<String, Value>)> {
        let Some(object) = value.as_object() else {
            let what = format!("A resource is an object, but {} was found.", kind(value));
            self.issues
                .push(Issue::grammar(Code::Structure, place, what));
            return None;
        };
        let name = object.get("resourceType").and_then(Value::as_str);
        let ty = name
            .filter(|name| ResourceType::parse(name).is_some())
            .and_then(definition::find);
        if ty.is_none() {
            let what = unknown_type(object.get("resourceType"));
            self.issues
                .push(Issue::grammar(Code::Structure, place, what));
        }
        ty.map(|ty| (ty, object))
    }

    /// Walks a resource that is contained in no other one.
    pub(super) fn independent(
        &mut self,
        ty: &'static Type,
        object: &'v Map<String, Value>,
        value: &'v Value,
        place: &Place<'_>,
        is_entry: bool,
    ) {
        let node = Node::resource(value);
        let scope = Scope {
            resource: node,
            root: node,
            contained: None,
            is_entry,
        };
        let around = std::mem::take(&mut self.fragments);
        let frame = Frame {
            ty,
            object,
            place,
            scope: &scope,
        };
        let before = self.issues.grammar_breaches();
        self.element(&frame, node);
        let is_read = self.issues.grammar_breaches() == before;
        self.containment(&frame, is_read);
        if is_read {
            self.conformance(&frame, node);
        }
        self.fragments = around;
    }

    /// Walks an object: its members, what is missing, and its constraints.
    pub(super) fn element(&mut self, frame: &Frame<'_, 'v>, node: Node<'v>) {
        if frame.place.depth() > MAX_DEPTH {
            let what =
                format!("Elements are nested deeper than the {MAX_DEPTH} levels that are read.");
            return self
                .issues
                .push(Issue::grammar(Code::TooCostly, frame.place, what));
        }
        let before = self.issues.grammar_breaches();
        self.members(frame);
        if self.options.invariants && self.issues.grammar_breaches() == before {
            self.constraints(frame, node);
        }
    }
}

fn unknown_type(found: Option<&Value>) -> String {
    match found {
        None => {
            "The property resourceType is missing; it names the type of the resource.".to_owned()
        }
        Some(Value::String(name)) => {
            let names = ResourceType::all().map(ResourceType::as_str);
            let hint = nearest(name, names).map(|name| format!(" Did you mean {name}?"));
            let hint = hint.unwrap_or_default();
            format!("{} is not a resource type of R4.{hint}", quoted(name))
        }
        Some(other) => format!(
            "resourceType must be a string, but {} was found.",
            kind(other)
        ),
    }
}

/// Whether the type is one whose instances stand under `contained` or in an entry.
pub(super) fn is_resource(ty: &Type) -> bool {
    ty.kind == Kind::Resource
}
