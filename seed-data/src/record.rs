//! What a population is made of: resources as the bytes that a client sees, grouped by patient.

use chrono::{DateTime, Utc};

/// One resource with the versions it had before.
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
    /// Its version, 1 for the first; equal to `meta.versionId`.
    pub version: u32,
    /// The versions before it, the oldest first. Files hold the current version only.
    pub earlier: Vec<Seed>,
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

    /// The same resource as a change of `old`, which is on record.
    pub(crate) fn changed_from(self, old: &Self) -> Self {
        let version = old.version + 1;
        let written = |number: u32| format!(r#""versionId":"{number}""#);
        let json = self
            .json
            .replacen(&written(self.version), &written(version), 1);
        Self {
            json,
            version,
            earlier: Vec::new(),
            ..self
        }
    }
}
