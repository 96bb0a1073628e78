//! `Patient/$summary`: a patient's record as a document (International Patient Summary, operation
//! `summary`): a Composition with sections, and everything it speaks of.
//!
//! It is made of what the token may read, and stored nowhere. A required section that has nothing
//! to show says so instead of being left out.

mod narrative;
mod section;

use std::sync::Arc;

use fhir::resource_type::ResourceType;
use serde_json::{Value, json};
use smart::scope::Action;

use narrative::{LOINC, div, name, rendered};
use section::{SECTIONS, Section, when};

use super::supporting::Supporting;
use super::{Call, Level, Needs, Operation, Request, input, output};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::interaction::Instance;
use crate::problem::{Kind, Problem, printable};
use crate::search::date;
use crate::search::plan::{Condition, Plan};
use crate::search::record::{Part, Patients, care_within, part};
use crate::store::{Patience, Snapshot};

/// The row.
pub const OPERATION: Operation = Operation {
    code: "summary",
    id: "summary",
    definition: "http://hl7.org/fhir/uv/ips/OperationDefinition/summary",
    title: "Make a summary of a patient's record",
    description: "A document Bundle: problems, allergies, medications, immunizations, procedures, results, vital signs, social history, devices, plans and goals, as far as the token may read them.",
    levels: &[Level::Instance],
    types: &["Patient"],
    affects_state: false,
    is_mirrored: true,
    parameters: &[
        input(
            "profile",
            0,
            "1",
            "canonical",
            "The profile of the summary; the one of the International Patient Summary.",
        ),
        input(
            "start",
            0,
            "1",
            "date",
            "Only care that touches this date or later; what has no date is kept.",
        ),
        input(
            "end",
            0,
            "1",
            "date",
            "Only care that touches this date or earlier; what has no date is kept.",
        ),
        output("return", 1, "1", "Bundle", "A document."),
    ],
    searches: false,
    read,
};

pub(super) const BUNDLE: &str = "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips";
const COMPOSITION: &str = "http://hl7.org/fhir/uv/ips/StructureDefinition/Composition-uv-ips";
/// Resources in one section: a summary is for reading.
const MAX_ENTRIES: usize = 100;

#[derive(Debug)]
struct Summary {
    instance: Instance,
    care: Option<date::Range>,
}

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let profile = arguments
        .text("profile")
        .filter(|profile| *profile != BUNDLE && *profile != COMPOSITION);
    if let Some(profile) = profile {
        return Err(Problem::new(
            Kind::UnsupportedValue,
            format!(
                "'{}' is not a profile of summaries made here; accepted: {BUNDLE}.",
                printable(profile)
            ),
        )
        .at_parameter("profile"));
    }
    let instance = call.target.instance().ok_or_else(Problem::not_found)?;
    let (start, end) = (arguments.period("start")?, arguments.period("end")?);
    Ok(Arc::new(Summary {
        instance: instance.clone(),
        care: (start.is_some() || end.is_some()).then(|| date::Range::between(start, end)),
    }))
}

fn section_types() -> impl Iterator<Item = ResourceType> {
    SECTIONS
        .iter()
        .flat_map(|section| section.types)
        .filter_map(|name| ResourceType::parse(name))
}

impl Request for Summary {
    fn needs(&self) -> Needs {
        let mut reads: Vec<ResourceType> = section_types().collect();
        reads.extend(ResourceType::all().filter(|ty| part(*ty) == Part::Supporting));
        reads.push(self.instance.resource_type);
        reads.sort_unstable();
        reads.dedup();
        Needs {
            reads,
            ..Needs::action(self.instance.resource_type, Action::Read)
        }
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        let mut document = Document::new(means, &self.instance, self.care);
        means.store.snapshot(Patience::OfASearch, |snapshot| {
            document.patient(authorized, snapshot)?;
            for section in SECTIONS {
                document.section(section, authorized, snapshot)?;
            }
            document.supporting(authorized, snapshot)
        })?;
        Ok(Outcome::Answer(document.into_bundle()))
    }
}

fn parsed(body: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::internal(&error))
}

/// A document on its way.
struct Document<'a> {
    means: Means<'a>,
    patient: &'a Instance,
    care: Option<date::Range>,
    sections: Vec<Value>,
    resources: Vec<Value>,
}

impl<'a> Document<'a> {
    fn new(means: Means<'a>, patient: &'a Instance, care: Option<date::Range>) -> Self {
        Self {
            means,
            patient,
            care,
            sections: Vec::new(),
            resources: Vec::new(),
        }
    }

    fn add(&mut self, resource: Value) {
        let same = |other: &Value| {
            other["id"] == resource["id"] && other["resourceType"] == resource["resourceType"]
        };
        if !self.resources.iter().any(same) {
            self.resources.push(resource);
        }
    }

    /// Adds the patient. One out of sight is answered like one that never was.
    fn patient(&mut self, authorized: &Authorized, snapshot: &Snapshot<'_>) -> Result<(), Problem> {
        let Instance { resource_type, id } = self.patient;
        let plan = Plan::read(*resource_type, id, authorized.restriction());
        snapshot.each(&plan, |found| {
            self.resources.push(parsed(found.body)?);
            Ok::<(), Problem>(())
        })?;
        if self.resources.is_empty() {
            return Err(Problem::not_found());
        }
        Ok(())
    }

    /// Adds a section and what it shows, the latest first.
    fn section(
        &mut self,
        section: &Section,
        authorized: &Authorized,
        snapshot: &Snapshot<'_>,
    ) -> Result<(), Problem> {
        let patients = Patients::one(&self.patient.id);
        let mut kept: Vec<(i64, Value)> = Vec::new();
        for ty in section
            .types
            .iter()
            .filter_map(|name| ResourceType::parse(name))
        {
            let Some(restriction) = authorized.included(ty) else {
                continue;
            };
            let mut conditions: Vec<Condition> = patients.record(ty).into_iter().collect();
            conditions.extend(self.care.and_then(|period| care_within(ty, period)));
            let plan = Plan::within(ty, restriction, conditions);
            snapshot.each(&plan, |found| {
                let resource = parsed(found.body)?;
                if (section.keeps)(&resource) {
                    kept.push((when(&resource).unwrap_or(i64::MIN), resource));
                }
                Ok::<(), Problem>(())
            })?;
        }
        kept.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        kept.truncate(MAX_ENTRIES);
        if section.is_required || !kept.is_empty() {
            let shown: Vec<&Value> = kept.iter().map(|(_, resource)| resource).collect();
            self.sections.push(rendered(section, &shown));
        }
        for (_, resource) in kept {
            self.add(resource);
        }
        Ok(())
    }

    /// Adds what the resources refer to outside of the record.
    fn supporting(
        &mut self,
        authorized: &Authorized,
        snapshot: &Snapshot<'_>,
    ) -> Result<(), Problem> {
        let mut supporting = Supporting::new(authorized.all_included(), self.means.base);
        for resource in &self.resources {
            supporting.gather(resource.to_string().as_bytes());
        }
        supporting.follow(
            |_| Vec::new(),
            |plan, supporting| {
                snapshot.each(plan, |found| {
                    supporting.gather(found.body);
                    self.add(parsed(found.body)?);
                    Ok::<(), Problem>(())
                })
            },
        )
    }

    fn into_bundle(self) -> Value {
        let (id, base) = (self.means.ids.next(), self.means.base);
        let now = date::print(self.means.now);
        let composition = json!({
            "resourceType": "Composition",
            "id": self.means.ids.next(),
            "text": div(&format!("Summary of the record of {}.", self.resources.first().map_or_else(String::new, name))),
            "status": "final",
            "type": { "coding": [{ "system": LOINC, "code": "60591-5", "display": "Patient summary Document" }] },
            "subject": { "reference": format!("Patient/{}", self.patient.id) },
            "date": now,
            "author": [{ "display": "s4s, made from the record on request" }],
            "title": "Patient summary",
            "section": self.sections,
        });
        let entry = |resource: &Value| {
            let part = |member: &str| resource[member].as_str().unwrap_or_default().to_owned();
            json!({ "fullUrl": format!("{base}/{}/{}", part("resourceType"), part("id")), "resource": resource })
        };
        let mut entries = vec![entry(&composition)];
        entries.extend(self.resources.iter().map(entry));
        json!({
            "resourceType": "Bundle",
            "id": id,
            "meta": { "lastUpdated": now },
            "identifier": { "system": "urn:ietf:rfc:3986", "value": format!("urn:uuid:{id}") },
            "type": "document",
            "timestamp": now,
            "entry": entries,
        })
    }
}
