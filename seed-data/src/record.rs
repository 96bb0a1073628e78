//! What a population is made of: resources as the bytes that a client sees, grouped by patient.

use chrono::{DateTime, Utc};

use crate::element::Coding;
use crate::json::{Json, Object};

/// One resource in its first version, or in its second when time has moved on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// Its type, e.g. `Observation`.
    pub resource_type: &'static str,
    /// Its id: `[a-z0-9-]{1,64}`, the same in every run.
    pub id: String,
    /// Canonical compact JSON with `meta.versionId` and `meta.lastUpdated` inside.
    pub json: String,
    /// When it was recorded; equal to `meta.lastUpdated`, to the millisecond, never after the as-of date.
    pub last_updated: DateTime<Utc>,
}

/// The resources of one patient, or of the world that all patients share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The id of the Patient; `None` for the world.
    pub patient: Option<String>,
    /// The resources, those that are pointed to before those that point (as far as FHIR allows).
    pub seeds: Vec<Seed>,
}

impl Record {
    /// Resources that belong to no patient.
    pub(crate) fn of_world(seeds: Vec<Seed>) -> Self {
        Self {
            patient: None,
            seeds,
        }
    }
}

impl Seed {
    /// The text after `meta`: what the resource says.
    pub(crate) fn content(&self) -> &str {
        self.json
            .split_once("}]},")
            .map_or(self.json.as_str(), |(_, content)| content)
    }

    /// Writes `meta.profile`, which follows `meta.lastUpdated`.
    pub(crate) fn claim(&mut self, profiles: &[String]) {
        let list = profiles
            .iter()
            .map(|profile| format!("\"{profile}\""))
            .collect::<Vec<_>>()
            .join(",");
        let updated = r#""lastUpdated":""#;
        let end = self.json.find(updated).and_then(|start| {
            let start = start + updated.len();
            self.json[start..]
                .find('"')
                .map(|length| start + length + 1)
        });
        if let Some(end) = end {
            self.json.insert_str(end, &format!(",\"profile\":[{list}]"));
        }
    }

    /// The same resource as a change of one that is on record.
    pub(crate) fn second_version(self) -> Self {
        let json = self
            .json
            .replacen(r#""versionId":"1""#, r#""versionId":"2""#, 1);
        Self { json, ..self }
    }
}

/// A resource while it is written: members are added in the order of the R4 definition.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    resource_type: &'static str,
    id: String,
    recorded: DateTime<Utc>,
    body: Object,
}

/// The tag of all resources: synthetic data can never pass for real.
fn test_data() -> Coding {
    Coding::term("v3-ActReason", "HTEST")
}

impl Draft {
    /// Begins a resource with its id and `meta`.
    pub(crate) fn new(resource_type: &'static str, id: String, recorded: DateTime<Utc>) -> Self {
        Self::labelled(resource_type, id, recorded, (&[], &[test_data()]))
    }

    /// The same resource with one more tag; nothing else may have been added yet.
    pub(crate) fn tagged(self, tag: Coding) -> Self {
        let tags = [test_data(), tag];
        Self::labelled(self.resource_type, self.id, self.recorded, (&[], &tags))
    }

    /// The same resource marked as restricted for the reason `sensitivity`; nothing else may have been added yet.
    pub(crate) fn restricted(self, sensitivity: Coding) -> Self {
        let security = [Coding::term("v3-Confidentiality", "R"), sensitivity];
        let labels: (&[Coding], &[Coding]) = (&security, &[test_data()]);
        Self::labelled(self.resource_type, self.id, self.recorded, labels)
    }

    fn labelled(
        resource_type: &'static str,
        id: String,
        recorded: DateTime<Utc>,
        (security, tags): (&[Coding], &[Coding]),
    ) -> Self {
        let meta = Object::new()
            .with("versionId", "1")
            .with("lastUpdated", recorded)
            .with("security", security)
            .with("tag", tags);
        let body = Object::new()
            .with("resourceType", resource_type)
            .with("id", &id)
            .with("meta", meta);
        Self {
            resource_type,
            id,
            recorded,
            body,
        }
    }

    /// Adds a member, unless `value` is absent.
    pub(crate) fn with(mut self, name: &str, value: impl Json) -> Self {
        self.body = self.body.with(name, value);
        self
    }

    /// When the resource is recorded.
    pub(crate) fn recorded(&self) -> DateTime<Utc> {
        self.recorded
    }

    /// The reference to the resource, e.g. `Condition/x`.
    pub(crate) fn link(&self) -> String {
        format!("{}/{}", self.resource_type, self.id)
    }

    /// The id alone.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Whether a Provenance names who wrote it; contents of files are covered by their documents.
    pub(crate) fn is_signed_for(&self) -> bool {
        !matches!(self.resource_type, "Provenance" | "Binary")
    }

    /// Whether the resource is about payment, which organizations write, not people.
    pub(crate) fn is_claim(&self) -> bool {
        matches!(self.resource_type, "ExplanationOfBenefit" | "Coverage")
    }

    /// The finished resource.
    pub(crate) fn seed(self) -> Seed {
        Seed {
            resource_type: self.resource_type,
            id: self.id,
            json: self.body.finish(),
            last_updated: self.recorded,
        }
    }
}
