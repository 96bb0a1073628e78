//! `$export`: the kick-off of a bulk export (Bulk Data Access 2.0.0; clients of 1.0.1 are served
//! alike).
//!
//! Only `system/` scopes count. Types that are asked for by name must all be granted; otherwise
//! the export is narrowed to what is. What a type yields is inside its restriction, its filters and,
//! for the records of patients, their compartments.

mod filter;

use std::collections::BTreeMap;
use std::sync::Arc;

use fhir::resource_type::ResourceType;
use serde_json::Value;
use smart::scope::{Action, Level as ScopeLevel, ScopeSet};

use super::{Arguments, Call, Level, Needs, Operation, Parameter, Request, Target, input};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::export::{Deletions, Elements, Order, Work};
use crate::interaction::Instance;
use crate::problem::{Kind, Problem, printable};
use crate::search::date;
use crate::search::plan::{Condition, Plan, SearchView};
use crate::search::query::{Prefix, Query};
use crate::search::record::{Part, Patients, part};
use crate::search::reference::Target as Reference;

/// The row of the export of a group's patients.
pub const GROUP: Operation = Operation {
    id: "group-export",
    definition: "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export",
    title: "Export the records of a group",
    description: "Writes the records of the members of a group, and what they refer to, as NDJSON files.",
    levels: &[Level::Instance],
    types: &["Group"],
    ..SYSTEM
};

/// The row of the export of all patients.
pub const PATIENT: Operation = Operation {
    id: "patient-export",
    definition: "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export",
    title: "Export the records of all patients",
    description: "Writes the records of all patients, and what they refer to, as NDJSON files.",
    levels: &[Level::Type],
    types: &["Patient"],
    ..SYSTEM
};

/// The row of the export of everything.
pub const SYSTEM: Operation = Operation {
    code: "export",
    id: "export",
    definition: "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export",
    title: "Export all resources",
    description: "Writes all resources, or those of some types, as NDJSON files.",
    levels: &[Level::System],
    types: &[],
    affects_state: false,
    is_mirrored: false,
    parameters: PARAMETERS,
    searches: false,
    read,
};

const PARAMETERS: &[Parameter] = &[
    input(
        "_outputFormat",
        0,
        "1",
        "string",
        "application/fhir+ndjson, application/ndjson or ndjson.",
    ),
    input(
        "_since",
        0,
        "1",
        "instant",
        "Only what was updated at this instant or later.",
    ),
    input(
        "_until",
        0,
        "1",
        "instant",
        "Only what was updated before or at this instant.",
    ),
    input(
        "_type",
        0,
        "*",
        "string",
        "Only these types, separated by commas.",
    ),
    input(
        "_elements",
        0,
        "*",
        "string",
        "Only these top-level elements, as name or Type.name, besides the mandatory ones.",
    ),
    input(
        "patient",
        0,
        "*",
        "Reference",
        "Only the records of these patients; by POST, not for the whole server.",
    ),
    input(
        "includeAssociatedData",
        0,
        "*",
        "code",
        "RelevantProvenanceResources: Provenance comes along even if _type leaves it out.",
    ),
    input(
        "_typeFilter",
        0,
        "*",
        "string",
        "A search, Type?name=value, that the resources of its type must match; those of one type are alternatives.",
    ),
];

/// What `_outputFormat` may say; a plus that was not percent-encoded arrives as a space.
const FORMATS: &[&str] = &["application/fhir+ndjson", "application/ndjson", "ndjson"];
const PROVENANCE: &str = "RelevantProvenanceResources";

#[derive(Debug)]
struct Export {
    scope: Scope,
    /// The types asked for; none asks for all.
    types: Vec<ResourceType>,
    filters: BTreeMap<ResourceType, Vec<Query>>,
    window: Option<date::Range>,
    elements: Elements,
    ignored: Vec<Problem>,
    url: String,
}

/// Of what.
#[derive(Debug)]
enum Scope {
    System,
    /// The records of all patients, or of these.
    Patients(Vec<String>),
    /// The records of the members of a group, or of these among them.
    Group(Instance, Vec<String>),
}

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    if !call.preference.respond_async {
        return Err(Problem::new(
            Kind::Invalid,
            "An export runs in the background: send the header 'Prefer: respond-async'.",
        ));
    }
    let arguments = call.arguments()?;
    check_format(&arguments)?;
    let mut ignored = arguments.ignored.clone();
    let mut types = arguments.types("_type")?;
    associated(call, &arguments, &mut types, &mut ignored)?;
    let since = arguments.past("_since", call.context.now)?;
    let until = arguments.period("_until")?;
    let filters = filter::parse(call, &arguments, &types, &mut ignored)?;
    Ok(Arc::new(Export {
        scope: scope(call, &arguments)?,
        window: (since.is_some() || until.is_some()).then(|| date::Range {
            low: since.unwrap_or(i64::MIN),
            high: until.map_or(i64::MAX, |until| until.high),
        }),
        elements: Elements::parse(arguments.items("_elements"))?,
        types,
        filters,
        ignored,
        url: call.url.to_owned(),
    }))
}

fn check_format(arguments: &Arguments) -> Result<(), Problem> {
    match arguments.text("_outputFormat") {
        Some(text) if !FORMATS.contains(&text.replace(' ', "+").as_str()) => Err(Problem::new(
            Kind::UnsupportedValue,
            format!(
                "'{}' is not a value of the parameter '_outputFormat'; accepted: {}.",
                printable(text),
                FORMATS.join(", ")
            ),
        )
        .at_parameter("_outputFormat")),
        _ => Ok(()),
    }
}

fn associated(
    call: &Call<'_>,
    arguments: &Arguments,
    types: &mut Vec<ResourceType>,
    ignored: &mut Vec<Problem>,
) -> Result<(), Problem> {
    for item in arguments.items("includeAssociatedData") {
        if item == PROVENANCE {
            let provenance = ResourceType::parse("Provenance");
            types.extend(provenance.filter(|ty| !types.is_empty() && !types.contains(ty)));
            continue;
        }
        let problem = Problem::new(
            Kind::UnsupportedValue,
            format!(
                "'{}' is not a value of the parameter 'includeAssociatedData'; accepted: {PROVENANCE}.",
                printable(item)
            ),
        )
        .at_parameter("includeAssociatedData");
        if !call.is_lenient() {
            return Err(problem);
        }
        ignored.push(problem);
    }
    Ok(())
}

fn scope(call: &Call<'_>, arguments: &Arguments) -> Result<Scope, Problem> {
    let patients = patients(arguments)?;
    match &call.target {
        Target::System if patients.is_empty() => Ok(Scope::System),
        Target::System => Err(Problem::new(
            Kind::Invalid,
            "The parameter 'patient' is for [base]/Patient/$export and [base]/Group/[id]/$export.",
        )
        .at_parameter("patient")),
        Target::Type(_) => Ok(Scope::Patients(patients)),
        Target::Instance(group) => Ok(Scope::Group(group.clone(), patients)),
    }
}

/// The ids of the patients asked for.
fn patients(arguments: &Arguments) -> Result<Vec<String>, Problem> {
    let refused = || {
        Problem::new(
            Kind::Value,
            "The parameter 'patient' takes a valueReference to a Patient, in a Parameters sent by POST.",
        )
        .at_parameter("patient")
    };
    if arguments.text("patient").is_some() {
        return Err(refused());
    }
    arguments
        .complex("patient")
        .map(|reference| {
            let text = reference["reference"].as_str().unwrap_or_default();
            patient_id(text).ok_or_else(refused)
        })
        .collect()
}

fn patient_id(reference: &str) -> Option<String> {
    match Reference::relative(reference) {
        Some(Reference::Local(ty, id)) if ty.as_str() == "Patient" => Some(id),
        _ => None,
    }
}

impl Request for Export {
    fn needs(&self) -> Needs {
        let of_records = !matches!(self.scope, Scope::System);
        let can_be_had = |ty: &ResourceType| !of_records || part(*ty) != Part::None;
        let types = if self.types.is_empty() {
            ResourceType::all().filter(can_be_had).collect()
        } else {
            self.types.clone()
        };
        Needs {
            subject: match &self.scope {
                Scope::Group(group, _) => Some((group.resource_type, Action::Read)),
                _ => None,
            },
            reads: types,
            reads_all: !self.types.is_empty(),
            level: Some(ScopeLevel::System),
        }
    }

    fn queries(&self) -> Vec<&Query> {
        self.filters.values().flatten().collect()
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        let patients = self.patients(means, authorized)?;
        let work = self.work(means, authorized, patients.as_ref());
        let order = Order {
            owner: authorized.owner().to_owned(),
            scopes: self.scopes(authorized).to_string(),
            request: self.url.clone(),
        };
        let exports = means.exports.ok_or_else(|| {
            Problem::new(
                Kind::UnsupportedValue,
                "An export is begun by a request of its own, not inside a Bundle.",
            )
        })?;
        let id = exports.begin(order, work)?;
        Ok(Outcome::Accepted(format!("{}/$export/{id}", means.base)))
    }
}

impl Export {
    /// What whoever asks for the files must be allowed: to read what they may hold.
    fn scopes(&self, authorized: &Authorized) -> ScopeSet {
        let needed = if self.types.is_empty() {
            "system/*.r".to_owned()
        } else {
            let of = |ty: &ResourceType| format!("system/{ty}.r");
            self.types.iter().map(of).collect::<Vec<_>>().join(" ")
        };
        authorized.scopes().meet(&ScopeSet::parse(&needed).known)
    }

    /// Whose records; `None` for the whole server.
    fn patients(
        &self,
        means: Means<'_>,
        authorized: &Authorized,
    ) -> Result<Option<Patients>, Problem> {
        match &self.scope {
            Scope::System => Ok(None),
            Scope::Patients(ids) if ids.is_empty() => Ok(Some(Patients::All)),
            Scope::Patients(ids) => Ok(Some(Patients::These(ids.clone()))),
            Scope::Group(group, wanted) => {
                let members = members(means, authorized, group)?;
                let stranger = wanted.iter().find(|id| !members.contains(id));
                match stranger {
                    Some(_) => Err(Problem::new(
                        Kind::Value,
                        "The parameter 'patient' names somebody who is not a member of the group.",
                    )
                    .at_parameter("patient")),
                    None if wanted.is_empty() => Ok(Some(Patients::These(members))),
                    None => Ok(Some(Patients::These(wanted.clone()))),
                }
            }
        }
    }

    fn work(&self, means: Means<'_>, authorized: &Authorized, patients: Option<&Patients>) -> Work {
        let mut work = Work {
            elements: self.elements.clone(),
            base: means.base.to_owned(),
            ignored: self.ignored.clone(),
            deletions: Deletions::of(self.window),
            ..Work::default()
        };
        for (ty, restriction) in authorized.all_included() {
            let narrowed = self.narrowed(*ty, authorized);
            let record = match patients {
                None => Some(Vec::new()),
                Some(patients) => patients.record(*ty).map(|record| vec![record]),
            };
            if let Some(mut conditions) = record {
                work.deletions.tell(*ty, &conditions, restriction);
                conditions.extend(narrowed);
                work.plans.push(Plan::within(*ty, restriction, conditions));
            } else if part(*ty) == Part::Supporting {
                work.supporting.insert(*ty, restriction.clone());
                work.narrow.insert(*ty, narrowed);
            }
        }
        work
    }

    /// What filters and instants ask of a type.
    fn narrowed(&self, ty: ResourceType, authorized: &Authorized) -> Vec<Condition> {
        let mut conditions: Vec<Condition> = self
            .window
            .map(|window| Condition::Updated(Prefix::Eq, window))
            .into_iter()
            .collect();
        if let (Some(filters), Some(restriction)) = (self.filters.get(&ty), authorized.included(ty))
        {
            let chained = |ty| authorized.chained(ty);
            let view = SearchView {
                searched: restriction,
                chained: &chained,
            };
            let alternatives = filters
                .iter()
                .map(|query| Condition::All(Plan::search_conditions(query, &view)));
            conditions.push(Condition::Any(alternatives.collect()));
        }
        conditions
    }
}

/// The patients of a group who have not left it.
fn members(
    means: Means<'_>,
    authorized: &Authorized,
    group: &Instance,
) -> Result<Vec<String>, Problem> {
    let plan = Plan::read(group.resource_type, &group.id, authorized.restriction());
    let stored = means.store.read(&plan)?.ok_or_else(Problem::not_found)?;
    let group: Value =
        serde_json::from_slice(&stored.body).map_err(|error| Problem::internal(&error))?;
    let members = group["member"].as_array().into_iter().flatten();
    Ok(members
        .filter(|member| member["inactive"] != true)
        .filter_map(|member| patient_id(member["entity"]["reference"].as_str()?))
        .collect())
}
