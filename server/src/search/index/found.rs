//! The values found in one resource. What several parameters look at is looked at once.

use std::ops::Range;

use fhir::path::{Environment, Item, Node, Path, PathError};
use fhir::search_parameter::Kind;
use serde_json::Value as Json;

use super::compile::{Compiled, Composite, Elements, Extractor, Places, Source};
use super::extract::push_new;
use super::gate::Gate;
use super::{Key, Row, Value, value};

/// Rows that most resources have room in.
const USUAL: usize = 48;

/// The rows of a resource, as they are being found.
pub(super) struct Found<'a> {
    extractor: &'a Extractor,
    node: Node<'a>,
    environment: Environment<'a>,
    seen: Gate,
    pub(super) rows: Vec<Row>,
    /// The rows that hold all the values of a source, once there are such.
    of_source: Vec<Option<Range<usize>>>,
}

impl<'a> Found<'a> {
    pub(super) fn of(extractor: &'a Extractor, resource: &'a Json) -> Self {
        let node = Node::resource(resource);
        Self {
            extractor,
            node,
            environment: Environment {
                resource: Some(node),
                ..Environment::default()
            },
            seen: extractor.gates.seen(resource),
            rows: Vec::with_capacity(USUAL),
            of_source: vec![None; extractor.sources.len()],
        }
    }

    /// Adds the values of a parameter.
    pub(super) fn add(&mut self, parameter: &Compiled) -> Result<(), PathError> {
        let places = parameter.sources.iter();
        places
            .copied()
            .try_for_each(|at| self.add_source(parameter.key, at))
    }

    fn add_source(&mut self, key: Key, at: usize) -> Result<(), PathError> {
        let Some(source) = self.open(at) else {
            return Ok(());
        };
        if let Some(known) = self.of_source.get(at).cloned().flatten() {
            for row in known {
                if let Some(value) = self.rows.get(row).map(|row| row.value.clone()) {
                    push_new(&mut self.rows, Row { key, value });
                }
            }
            return Ok(());
        }
        let (start, mut all_are_new) = (self.rows.len(), true);
        for item in &source.path.evaluate(&self.node, &self.environment)? {
            value::of(source.kind, item, &mut |value| {
                all_are_new &= push_new(&mut self.rows, Row { key, value });
            });
        }
        if let Some(known) = self.of_source.get_mut(at).filter(|_| all_are_new) {
            *known = Some(start..self.rows.len());
        }
        Ok(())
    }

    /// A source of which the resource may have values.
    fn open(&self, at: usize) -> Option<&'a Source> {
        let source = self.extractor.sources.get(at)?;
        source.gate.is_open(self.seen).then_some(source)
    }

    /// Adds one row for each element that has a value for every component.
    pub(super) fn add_composite(&mut self, composite: &'a Composite) -> Result<(), PathError> {
        let mut instances = Vec::new();
        for elements in &composite.elements {
            instances.extend(self.instances(elements)?);
        }
        let key = composite.key;
        let rows = instances.into_iter().zip(0..).map(|(parts, instance)| {
            let value = Value::Composite { instance, parts };
            Row { key, value }
        });
        self.rows.extend(rows);
        Ok(())
    }

    /// The values of each component, for each element that has some of all.
    fn instances(&self, elements: &'a Elements) -> Result<Vec<Vec<Vec<Value>>>, PathError> {
        match elements {
            Elements::Itself(components) => {
                let own = |(kind, places): &(Kind, Places)| self.own(*kind, places);
                all(components, own).map(|parts| parts.into_iter().collect())
            }
            Elements::Below { gate, .. } if !gate.is_open(self.seen) => Ok(Vec::new()),
            Elements::Below {
                path, components, ..
            } => {
                let items = path.evaluate(&self.node, &self.environment)?;
                let nodes = items.iter().filter_map(Item::node);
                let parts = nodes.map(|element| {
                    all(components, |(kind, path)| {
                        part(*kind, path, element, &self.environment)
                    })
                });
                parts.filter_map(Result::transpose).collect()
            }
        }
    }

    /// The values that the resource itself has for a component.
    fn own(&self, kind: Kind, places: &Places) -> Result<Vec<Value>, PathError> {
        let mut values = Vec::new();
        for at in places {
            let Some(source) = self.open(*at) else {
                continue;
            };
            match self.of_source.get(*at).cloned().flatten() {
                Some(known) => {
                    let rows = self.rows.get(known).unwrap_or_default().iter();
                    let plain = rows.filter(|row| is_plain(kind, &row.value));
                    values.extend(plain.map(|row| row.value.clone()));
                }
                None => values.extend(part(kind, &source.path, &self.node, &self.environment)?),
            }
        }
        Ok(values)
    }
}

/// The values of each component, if all have some.
fn all<'c, C>(
    components: &'c [C],
    values: impl Fn(&'c C) -> Result<Vec<Value>, PathError>,
) -> Result<Option<Vec<Vec<Value>>>, PathError> {
    let mut parts = Vec::with_capacity(components.len());
    for component in components {
        let values = values(component)?;
        if values.is_empty() {
            return Ok(None);
        }
        parts.push(values);
    }
    Ok(Some(parts))
}

/// The values of one component below an element.
fn part<'a>(
    kind: Kind,
    path: &'a Path,
    element: &Node<'a>,
    environment: &Environment<'a>,
) -> Result<Vec<Value>, PathError> {
    let mut values = Vec::new();
    for item in &path.evaluate(element, environment)? {
        value::of(kind, item, &mut |value| {
            if is_plain(kind, &value) {
                values.push(value);
            }
        });
    }
    Ok(values)
}

/// Whether a value is not there for the sake of modifiers: a composite takes none.
fn is_plain(kind: Kind, value: &Value) -> bool {
    match value {
        Value::Text { .. } => kind == Kind::String,
        Value::OfType(_) | Value::Identifier { .. } => false,
        _ => true,
    }
}
