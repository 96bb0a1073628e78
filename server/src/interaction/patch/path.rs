//! FHIRPath Patch (<http://hl7.org/fhir/R4/fhirpatch.html>).

use fhir::definition::Kind as TypeKind;
use fhir::path::{Environment, Item, Node, Path};
use serde_json::{Map, Value};

use super::occurrence::{put_back, take, underscored};
use super::place::{Place, Step, locate, object};
use super::supplied::{Supplied, attach, element, type_of};
use super::{MAX_PATHS, Room, failed, too_many};
use crate::problem::Problem;

/// What evaluating one path may cost, so that a hundred of them stay bearable.
const BUDGET: u32 = 500_000;

/// A FHIRPath Patch.
#[derive(Debug, Clone)]
pub struct PathPatch(Vec<Operation>);

#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) act: Act,
    pub(super) path: Path,
}

#[derive(Debug, Clone)]
pub(super) enum Act {
    Add(String, Supplied),
    Insert(Supplied, usize),
    Delete,
    Replace(Supplied),
    Move(usize, usize),
}

impl PathPatch {
    pub(super) fn parse(parameters: &Map<String, Value>) -> Result<Self, Problem> {
        let operations = parameters.get("parameter").and_then(Value::as_array);
        let operations = operations.map(Vec::as_slice).unwrap_or_default();
        if operations.len() > MAX_PATHS {
            return Err(too_many(MAX_PATHS));
        }
        operations
            .iter()
            .enumerate()
            .map(|(at, parameter)| Operation::parse(at, parameter))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(super) fn apply(&self, mut resource: Value) -> Result<Value, Problem> {
        let mut room = Room::new();
        for (at, operation) in self.0.iter().enumerate() {
            if let Some(supplied) = operation.act.supplied() {
                room.take(&Value::Object(supplied.clone()))?;
            }
            operation
                .apply(&mut resource)
                .map_err(|why| failed(at, &format!("{why}.")))?;
        }
        Ok(resource)
    }
}

impl Operation {
    fn apply(&self, resource: &mut Value) -> Result<(), String> {
        match &self.act {
            Act::Add(name, supplied) => self.add(resource, name, supplied),
            Act::Insert(supplied, index) => self.insert(resource, supplied, *index),
            Act::Delete => self.delete(resource),
            Act::Replace(supplied) => self.replace(resource, supplied),
            Act::Move(source, destination) => self.reorder(resource, *source, *destination),
        }
    }

    /// The elements that the path leads to.
    fn elements<'a>(&'a self, resource: &'a Value) -> Result<Vec<Node<'a>>, String> {
        let environment = Environment {
            budget: Some(BUDGET),
            ..Environment::default()
        };
        let items = self
            .path
            .evaluate(&Node::resource(resource), &environment)
            .map_err(|error| error.to_string())?;
        items
            .iter()
            .map(|item| match item {
                Item::Node(node) => Ok(*node),
                _ => Err("its path leads to what is no element".to_owned()),
            })
            .collect()
    }

    /// The place of the only element that the path leads to.
    fn single(&self, resource: &Value) -> Result<Place, String> {
        match self.elements(resource)?.as_slice() {
            [node] => locate(resource, node).ok_or_else(|| "it is the whole resource".to_owned()),
            found => Err(not_single(found.len())),
        }
    }

    fn add(&self, resource: &mut Value, name: &str, supplied: &Supplied) -> Result<(), String> {
        let (steps, ty) = match self.elements(resource)?.as_slice() {
            [node]
                if node
                    .value()
                    .is_some_and(|value| std::ptr::eq(value, resource)) =>
            {
                (Vec::new(), node.definition())
            }
            [node] => {
                let place = locate(resource, node).ok_or("its path leads out of the resource")?;
                (place.steps(), node.definition())
            }
            found => return Err(not_single(found.len())),
        };
        let element = element(ty, name)?;
        if ty.kind == TypeKind::Primitive {
            return Err("elements of a primitive value are changed with the value".into());
        }
        let holder = object(resource, &steps).ok_or("its path leads to no object")?;
        attach(holder, element, supplied)
    }

    /// The list that the path leads to: all occurrences of one element.
    fn list(&self, resource: &Value) -> Result<(Place, usize), String> {
        let nodes = self.elements(resource)?;
        let places: Vec<_> = nodes
            .iter()
            .filter_map(|node| locate(resource, node))
            .collect();
        let Some(first) = places.first().filter(|first| first.element.repeats()) else {
            return Err("its path leads to no list".into());
        };
        let is_next = |(at, place): (usize, &Place)| {
            place.at == at && place.key == first.key && place.holder == first.holder
        };
        if places.len() != nodes.len() || !places.iter().enumerate().all(is_next) {
            return Err("its path leads to more or less than one list".into());
        }
        Ok((first.clone(), places.len()))
    }

    fn insert(&self, resource: &mut Value, supplied: &Supplied, at: usize) -> Result<(), String> {
        let (place, count) = self.list(resource)?;
        let occurrence = supplied.occurrence(place.ty)?;
        let holder = object(resource, &place.holder).ok_or("its path leads to no object")?;
        let mut all = take(holder, &place.key);
        let fits = at <= count && all.len() == count;
        if fits {
            all.insert(at, occurrence);
        }
        put_back(holder, &place.key, all, true);
        if fits { Ok(()) } else { Err(outside(count)) }
    }

    fn reorder(&self, resource: &mut Value, from: usize, to: usize) -> Result<(), String> {
        let (place, count) = self.list(resource)?;
        let holder = object(resource, &place.holder).ok_or("its path leads to no object")?;
        let mut all = take(holder, &place.key);
        let fits = from < count && to < count && all.len() == count;
        if fits {
            let moved = all.remove(from);
            all.insert(to, moved);
        }
        put_back(holder, &place.key, all, true);
        if fits { Ok(()) } else { Err(outside(count)) }
    }

    /// Deleting what is not there is no fault.
    fn delete(&self, resource: &mut Value) -> Result<(), String> {
        if self.elements(resource)?.is_empty() {
            return Ok(());
        }
        let place = self.single(resource)?;
        let holder = object(resource, &place.holder).ok_or("its path leads to no object")?;
        let mut all = take(holder, &place.key);
        if place.at < all.len() {
            all.remove(place.at);
        }
        put_back(holder, &place.key, all, place.element.repeats());
        Ok(())
    }

    fn replace(&self, resource: &mut Value, supplied: &Supplied) -> Result<(), String> {
        let place = self.single(resource)?;
        let key = supplied
            .key(place.element)
            .ok_or("a choice needs a value[x]")?;
        let occurrence = supplied.occurrence(type_of(place.element, &key)?)?;
        let holder = object(resource, &place.holder).ok_or("its path leads to no object")?;
        let mut all = take(holder, &place.key);
        if let Some(replaced) = all.get_mut(place.at) {
            *replaced = occurrence;
        }
        if key != place.key {
            holder.shift_remove(&place.key);
            holder.shift_remove(&underscored(&place.key));
        }
        put_back(holder, &key, all, place.element.repeats());
        Ok(())
    }
}

impl Place {
    /// The steps to the element itself.
    fn steps(&self) -> Vec<Step> {
        let mut steps = self.holder.clone();
        steps.push(Step::Member(self.key.clone()));
        if self.element.repeats() {
            steps.push(Step::Item(self.at));
        }
        steps
    }
}

impl Act {
    fn supplied(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Add(_, supplied) | Self::Insert(supplied, _) | Self::Replace(supplied) => {
                Some(supplied.members())
            }
            Self::Delete | Self::Move(..) => None,
        }
    }
}

fn not_single(found: usize) -> String {
    match found {
        0 => "its path leads to nothing".into(),
        _ => format!("its path leads to {found} elements; one is needed"),
    }
}

fn outside(count: usize) -> String {
    format!("its index is outside the list of {count}")
}
