//! A resource while it is written.

use chrono::{DateTime, Utc};

use crate::element::{Coding, narrative};
use crate::json::{Json, Object};
use crate::record::Seed;
use crate::summary::Summary;

/// A resource while it is written: members are added in the order of the R4 definition.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    resource_type: &'static str,
    id: String,
    recorded: DateTime<Utc>,
    security: Vec<Coding>,
    tags: Vec<Coding>,
    /// The members after `meta` and `text`.
    body: Object,
    summary: Summary,
    /// A narrative in other words than those of the summary.
    text: Option<Object>,
    earlier: Vec<Seed>,
}

impl Draft {
    /// Begins a resource with its id and `meta`. All are tagged as test data: they can never pass for real.
    pub(crate) fn new(resource_type: &'static str, id: String, recorded: DateTime<Utc>) -> Self {
        Self {
            resource_type,
            id,
            recorded,
            security: Vec::new(),
            tags: vec![Coding::term("v3-ActReason", "HTEST")],
            body: Object::new(),
            summary: Summary::default(),
            text: None,
            earlier: Vec::new(),
        }
    }

    /// The same resource with one more tag.
    pub(crate) fn tagged(mut self, tag: Coding) -> Self {
        self.tags.push(tag);
        self
    }

    /// The same resource marked as restricted for the reason `sensitivity`.
    pub(crate) fn restricted(mut self, sensitivity: Coding) -> Self {
        self.security = vec![Coding::term("v3-Confidentiality", "R"), sensitivity];
        self
    }

    /// The same resource with a narrative of its own.
    pub(crate) fn told(mut self, sentence: &str) -> Self {
        self.text = Some(narrative(sentence));
        self
    }

    /// Adds a member, unless `value` is absent.
    pub(crate) fn with(mut self, name: &str, value: impl Json) -> Self {
        let start = self.body.written().len();
        self.body = self.body.with(name, value);
        self.summary.hear(name, &self.body.written()[start..]);
        self
    }

    /// The same resource as a change, at a later time, of `before`. An earlier or equal time leaves no earlier version.
    pub(crate) fn after(mut self, before: Self, changed: DateTime<Utc>) -> Self {
        if changed > before.recorded {
            self.earlier = vec![before.seed()];
            self.recorded = changed;
        }
        self
    }

    /// A final result that was preliminary until now; it is final at the time `changed`.
    pub(crate) fn first_preliminary(self, changed: DateTime<Utc>) -> Self {
        let mut before = self.clone();
        before.body = before
            .body
            .replaced(r#""status":"final""#, r#""status":"preliminary""#);
        self.after(before, changed)
    }

    /// When this version of the resource is recorded.
    pub(crate) fn recorded(&self) -> DateTime<Utc> {
        self.recorded
    }

    /// When its first version was recorded.
    pub(crate) fn created(&self) -> DateTime<Utc> {
        self.earlier
            .first()
            .map_or(self.recorded, |seed| seed.last_updated)
    }

    /// The reference to the resource, e.g. `Condition/x`.
    pub(crate) fn link(&self) -> String {
        format!("{}/{}", self.resource_type, self.id)
    }

    /// The id alone.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Whether a Provenance names who wrote it; files and documents tell by themselves.
    pub(crate) fn is_signed_for(&self) -> bool {
        !matches!(self.resource_type, "Provenance" | "Binary" | "Bundle")
    }

    /// Whether the resource is about payment, which organizations write, not people.
    pub(crate) fn is_claim(&self) -> bool {
        matches!(
            self.resource_type,
            "ExplanationOfBenefit" | "Claim" | "ClaimResponse" | "Coverage"
        )
    }

    /// The finished resource.
    pub(crate) fn seed(self) -> Seed {
        let version = u32::try_from(self.earlier.len()).unwrap_or(0) + 1;
        let meta = Object::new()
            .with("versionId", version.to_string())
            .with("lastUpdated", self.recorded)
            .with("security", self.security)
            .with("tag", self.tags);
        let is_file = matches!(self.resource_type, "Binary" | "Bundle");
        let summed_up = || self.summary.sentence().map(|sentence| narrative(&sentence));
        let text = self.text.or_else(summed_up).filter(|_| !is_file);
        let json = Object::new()
            .with("resourceType", self.resource_type)
            .with("id", &self.id)
            .with("meta", meta)
            .with("text", text)
            .with_all(self.body)
            .finish();
        Seed {
            resource_type: self.resource_type,
            id: self.id,
            json,
            last_updated: self.recorded,
            version,
            earlier: self.earlier,
        }
    }
}
