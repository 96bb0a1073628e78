//! `$export`: the kick-off of a bulk export (Bulk Data Access 2.0.0; clients of 1.0.1 are served
//! alike).
//!
//! Only `system/` scopes count. Types that are asked for by name must all be granted; otherwise
//! the export is narrowed to what is. What a type yields is inside its restriction, its filters and,
//! for the records of patients, their compartments.

mod filter;
mod parameters;
mod scope;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;

use fhir::resource_type::ResourceType;
use smart::scope::{Action, Level as ScopeLevel, ScopeSet};

use super::{Arguments, Call, Level, Needs, Operation, Request};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::export::{Elements, Order};
use crate::problem::{Kind, Problem, printable};
use crate::search::date;
use crate::search::query::Query;
use crate::search::record::{Part, part};
use parameters::PARAMETERS;
use scope::Scope;

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
    /// Whether files hold the record of one patient after the other.
    is_by_patient: bool,
    /// Whether the manifest comes in parts.
    is_partial: bool,
    ignored: Vec<Problem>,
    url: String,
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
        scope: Scope::read(call, &arguments)?,
        is_by_patient: is_by_patient(call, &arguments, &mut ignored)?,
        is_partial: arguments.boolean("allowPartialManifests")?.unwrap_or(false),
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

/// Whether `organizeOutputBy` asks for the records of one patient after the other.
fn is_by_patient(
    call: &Call<'_>,
    arguments: &Arguments,
    ignored: &mut Vec<Problem>,
) -> Result<bool, Problem> {
    let problem = match arguments.text("organizeOutputBy") {
        None => return Ok(false),
        Some("Patient") => return Ok(true),
        Some(text) => Problem::new(
            Kind::UnsupportedValue,
            format!(
                "'{}' is not a value of the parameter 'organizeOutputBy'; accepted: Patient.",
                printable(text)
            ),
        )
        .at_parameter("organizeOutputBy"),
    };
    if !call.is_lenient() {
        return Err(problem);
    }
    ignored.push(problem);
    Ok(false)
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

impl Request for Export {
    fn needs(&self) -> Needs {
        let of_records = self.is_by_patient || !matches!(self.scope, Scope::System);
        let can_be_had = |ty: &ResourceType| !of_records || part(*ty) != Part::None;
        let types = if self.types.is_empty() {
            ResourceType::all().filter(can_be_had).collect()
        } else {
            // Who is told apart by patients must be told who they are.
            let patient = ResourceType::parse("Patient").filter(|_| self.is_by_patient);
            let mut types = self.types.clone();
            types.extend(patient.filter(|patient| !self.types.contains(patient)));
            types
        };
        Needs {
            subject: match &self.scope {
                Scope::Group(group, _) => Some((group.resource_type, Action::Read)),
                _ => None,
            },
            reads: types,
            reads_all: !self.types.is_empty(),
            level: Some(ScopeLevel::System),
            reads_none: false,
        }
    }

    fn queries(&self) -> Vec<&Query> {
        self.filters.values().flatten().collect()
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        let patients = self.scope.patients(means, authorized)?;
        let work = self.work(means, authorized, patients.as_ref());
        let order = Order {
            owner: authorized.owner().to_owned(),
            scopes: self.scopes(authorized).to_string(),
            request: self.url.clone(),
            organized_by: self.is_by_patient.then(|| "Patient".to_owned()),
            is_partial: self.is_partial,
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
}
