//! The world that all patients share: organizations, places, people who care, drugs.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::config::Config;
use crate::draft::Draft;
use crate::identifier;
use crate::moment::{self, Moment};
use crate::record::{Record, Seed};
use crate::stream::Stream;
use crate::table::care::{Organization, Practitioner};

mod endpoint;
pub(crate) mod group;
mod healthcare_service;
mod location;
mod medication;
mod organization;
mod practitioner;
pub(crate) mod questionnaire;
mod schedule;
pub(crate) mod site;

/// The address of an organization of `organizations.tsv`.
pub(crate) fn organization(key: &str) -> String {
    format!("Organization/org-{key}")
}

/// The address of a location of `locations.tsv`.
pub(crate) fn location(key: &str) -> String {
    format!("Location/loc-{key}")
}

/// The address of a person of `practitioners.tsv`.
pub(crate) fn practitioner(key: &str) -> String {
    format!("Practitioner/prac-{key}")
}

/// The address of that person's role.
pub(crate) fn role(key: &str) -> String {
    format!("PractitionerRole/role-{key}")
}

/// The address of a drug of `medications.tsv`.
pub(crate) fn medication(rxnorm: &str) -> String {
    format!("Medication/med-{rxnorm}")
}

/// The address of an endpoint of `endpoints.tsv`.
fn endpoint(key: &str) -> String {
    format!("Endpoint/end-{key}")
}

/// The address of the endpoint that serves images.
pub(crate) fn image_endpoint() -> String {
    endpoint(endpoint::IMAGES)
}

/// The system of record numbers of the health system.
pub(crate) const RECORD_NUMBERS: &str = "https://example.org/cedar-ridge/record-number";

/// A person of `practitioners.tsv` as in the world of a population.
pub(crate) fn person(as_of: NaiveDate, row: &Practitioner) -> Seed {
    let base = String::new();
    Builder { as_of, base }.practitioner(row)
}

/// An organization of `organizations.tsv` as in the world of a population.
pub(crate) fn house(as_of: NaiveDate, key: &str) -> Seed {
    let base = String::new();
    Builder { as_of, base }.organization(Organization::of(key))
}

/// The world is the same for every run seed: patients of any run may point to it.
const WORLD_SEED: u64 = 0;

/// The maker of the world's resources.
struct Builder {
    as_of: NaiveDate,
    base: String,
}

impl Builder {
    fn new(config: &Config) -> Self {
        Self {
            as_of: config.as_of,
            base: config.base().to_owned(),
        }
    }

    fn stream(id: &str) -> Stream {
        Stream::open(WORLD_SEED, "world", id)
    }

    /// Begins a resource recorded some time in the three years before the present.
    fn draft(&self, kind: &'static str, id: String) -> Draft {
        let recorded = self.recorded(&id);
        Draft::new(kind, id, recorded)
    }

    fn recorded(&self, id: &str) -> DateTime<Utc> {
        let mut stream = Self::stream(id);
        let day = moment::days(self.as_of, -stream.between(100, 1_095));
        Moment::midnight_utc(day) + TimeDelta::milliseconds(stream.between(0, 86_399_999))
    }

    /// The provider number of an organization or person.
    fn npi(id: &str) -> String {
        identifier::npi(Stream::open(WORLD_SEED, id, "npi").below(100_000_000))
    }
}

/// The world's resources for a population.
pub(crate) fn record(config: &Config) -> Record {
    let builder = Builder::new(config);
    let mut seeds = Vec::new();
    seeds.extend(builder.organizations());
    seeds.extend(builder.endpoints());
    seeds.extend(builder.locations());
    seeds.extend(builder.services());
    seeds.extend(builder.practitioners());
    seeds.extend(builder.medications());
    seeds.extend(builder.questionnaires());
    seeds.extend(builder.schedules());
    Record {
        patient: None,
        seeds,
    }
}
