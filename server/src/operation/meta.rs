//! `$meta`, `$meta-add`, `$meta-delete`: profiles, security labels and tags (R4, operations
//! `Resource-meta`, `Resource-meta-add`, `Resource-meta-delete`).
//!
//! R4 leaves it open whether a change of these makes a new version; here it does, so that an `ETag`
//! and the history always tell the truth. Nothing is written when nothing changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use fhir::resource_type::ResourceType;
use serde_json::{Map, Value, json};
use smart::scope::Action;

use super::{Call, Level, Needs, Operation, Request, Target, input, output};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome, amend};
use crate::interaction::Instance;
use crate::problem::{Kind, Problem};
use crate::search::plan::Plan;

/// The row of `$meta`.
pub const META: Operation = Operation {
    code: "meta",
    id: "Resource-meta",
    definition: "http://hl7.org/fhir/OperationDefinition/Resource-meta",
    title: "Profiles, security labels and tags in use",
    description: "On a resource its meta; on a type or the server all profiles, security labels and tags of the resources that the caller may read.",
    levels: &[Level::System, Level::Type, Level::Instance],
    types: &[],
    affects_state: false,
    is_mirrored: true,
    parameters: &[output("return", 1, "1", "Meta", "What is in use.")],
    searches: false,
    read: |call| {
        call.arguments()?;
        Ok(Arc::new(Used(call.target.clone())))
    },
};

/// The row of `$meta-add`.
pub const ADD: Operation = Operation {
    code: "meta-add",
    id: "Resource-meta-add",
    definition: "http://hl7.org/fhir/OperationDefinition/Resource-meta-add",
    title: "Add profiles, security labels and tags",
    description: "Adds to the meta of a resource what is not there yet, as a new version.",
    read: |call| change(call, add),
    ..CHANGE
};

/// The row of `$meta-delete`.
pub const DELETE: Operation = Operation {
    code: "meta-delete",
    id: "Resource-meta-delete",
    definition: "http://hl7.org/fhir/OperationDefinition/Resource-meta-delete",
    title: "Remove profiles, security labels and tags",
    description: "Removes from the meta of a resource what is given, as a new version; what is not there is passed over.",
    read: |call| change(call, remove),
    ..CHANGE
};

const CHANGE: Operation = Operation {
    levels: &[Level::Instance],
    affects_state: true,
    is_mirrored: false,
    parameters: &[
        input(
            "meta",
            1,
            "1",
            "Meta",
            "Profiles, security labels and tags.",
        ),
        output("return", 1, "1", "Meta", "The meta as it is now."),
    ],
    ..META
};

/// The lists of `Meta` that these operations are about.
const LISTS: [&str; 3] = ["profile", "security", "tag"];

/// `$meta`.
#[derive(Debug)]
struct Used(Target);

impl Request for Used {
    fn needs(&self) -> Needs {
        match &self.0 {
            Target::System => Needs {
                reads: ResourceType::all().collect(),
                ..Needs::default()
            },
            Target::Type(ty) => Needs {
                reads: vec![*ty],
                ..Needs::default()
            },
            Target::Instance(instance) => Needs::action(instance.resource_type, Action::Read),
        }
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        if let Target::Instance(instance) = &self.0 {
            let plan = Plan::read(
                instance.resource_type,
                &instance.id,
                authorized.restriction(),
            );
            let stored = means.store.read(&plan)?.ok_or_else(Problem::not_found)?;
            return Ok(returned(meta_of(&stored.body)?));
        }
        let mut found = Collected::default();
        for (ty, restriction) in authorized.all_included() {
            let plan = Plan::all(*ty, restriction);
            means.store.each(&plan, |stored| found.add(stored.body))?;
        }
        Ok(returned(found.into_meta()))
    }
}

/// The union of many metas; an entry by its list, system and code.
#[derive(Debug, Default)]
struct Collected(BTreeMap<(usize, String), Value>);

impl Collected {
    fn add(&mut self, body: &[u8]) {
        let Ok(meta) = meta_of(body) else { return };
        for (at, list) in LISTS.iter().enumerate() {
            for entry in meta[*list].as_array().into_iter().flatten() {
                self.0
                    .entry((at, mark(entry)))
                    .or_insert_with(|| entry.clone());
            }
        }
    }

    fn into_meta(self) -> Value {
        let mut meta = Map::new();
        for ((at, _), entry) in self.0 {
            let list = meta
                .entry(LISTS[at])
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = list {
                list.push(entry);
            }
        }
        Value::Object(meta)
    }
}

/// What makes an entry the same as another: the URL of a profile, system and code of a Coding.
fn mark(entry: &Value) -> String {
    match entry {
        Value::String(url) => url.clone(),
        coding => format!(
            "{}|{}",
            coding["system"].as_str().unwrap_or_default(),
            coding["code"].as_str().unwrap_or_default()
        ),
    }
}

/// The `meta` of a stored resource; reads no more of it than that.
fn meta_of(body: &[u8]) -> Result<Value, Problem> {
    #[derive(serde::Deserialize)]
    struct Head {
        #[serde(default)]
        meta: Value,
    }
    serde_json::from_slice::<Head>(body)
        .map(|head| head.meta)
        .map_err(|error| Problem::internal(&error))
}

fn returned(meta: Value) -> Outcome {
    let mut parameter = json!({ "name": "return" });
    if meta.as_object().is_some_and(|meta| !meta.is_empty()) {
        parameter["valueMeta"] = meta;
        return Outcome::Answer(json!({ "resourceType": "Parameters", "parameter": [parameter] }));
    }
    Outcome::Answer(json!({ "resourceType": "Parameters" }))
}

type Edit = fn(&mut Vec<Value>, &Value);

fn add(list: &mut Vec<Value>, entry: &Value) {
    if !list.iter().any(|known| mark(known) == mark(entry)) {
        list.push(entry.clone());
    }
}

fn remove(list: &mut Vec<Value>, entry: &Value) {
    list.retain(|known| mark(known) != mark(entry));
}

/// `$meta-add` and `$meta-delete`.
#[derive(Debug, Clone)]
struct Change {
    instance: Instance,
    meta: Value,
    edit: Edit,
}

fn change(call: &Call<'_>, edit: Edit) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let meta = arguments.complex("meta").next().ok_or_else(|| {
        Problem::new(Kind::Value, "The parameter 'meta' takes a valueMeta.").at_parameter("meta")
    })?;
    let instance = call.target.instance().ok_or_else(Problem::not_found)?;
    Ok(Arc::new(Change {
        instance: instance.clone(),
        meta: meta.clone(),
        edit,
    }))
}

impl Request for Change {
    fn needs(&self) -> Needs {
        Needs {
            reads: vec![self.instance.resource_type],
            reads_all: true,
            ..Needs::action(self.instance.resource_type, Action::Update)
        }
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        let change = self.clone();
        let mut resource = amend(means, authorized, &self.instance, move |resource| {
            change.edit(&mut resource["meta"]);
        })?;
        Ok(returned(resource["meta"].take()))
    }
}

impl Change {
    fn edit(&self, meta: &mut Value) {
        if !meta.is_object() {
            *meta = json!({});
        }
        for list in LISTS {
            let mut entries = meta[list].as_array().cloned().unwrap_or_default();
            for entry in self.meta[list].as_array().into_iter().flatten() {
                (self.edit)(&mut entries, entry);
            }
            if let Some(members) = meta.as_object_mut() {
                if entries.is_empty() {
                    members.shift_remove(list);
                } else {
                    members.insert(list.to_owned(), Value::Array(entries));
                }
            }
        }
    }
}
