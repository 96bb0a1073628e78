//! How care is given and paid for: encounters, people's roles, places, documents, plans, claims.

use super::table;
use crate::decimal::Decimal;

table!(
    /// A kind of encounter.
    EncounterType, ENCOUNTER_TYPES, "encounters.tsv", key: &'static str, class: &'static str,
    class_display: &'static str, r#type: &'static str, type_display: &'static str, cpt: &'static str,
    location_type: &'static str, discharge: &'static str, minutes: i64
);

table!(
    /// A procedure that check-ups bring to a `share` of the people of a sex and age in years.
    Screened, PREVENTION, "prevention.tsv", procedure: &'static str, sex: &'static str, age_min: i64,
    age_max: i64, share: f64
);

table!(
    /// A condition that is followed at visits of its own, with tests and, in a `share` of them, a procedure; by a
    /// profession, if not by the patient's own practitioner. Chemotherapy comes in `cycles`.
    Followed, FOLLOWED, "followed.tsv", condition: &'static str, tests: &'static str,
    procedure: &'static str, share: f64, provider: &'static str, cycles: i64
);

table!(
    /// The vital signs (keys of `vitals.tsv`) that a condition asks for at every visit, beyond the usual ones.
    Examined, EXAMINED, "examined.tsv", condition: &'static str, signs: &'static str
);

table!(
    /// For how many months after a laboratory order was `done` a kind of `visit` does without another `order`.
    Interval, INTERVALS, "intervals.tsv", visit: &'static str, order: &'static str, done: &'static str, months: i64
);

table!(
    /// What is submitted for an encounter, in US cents: by the practitioner, and by the house for the whole of it or
    /// for each day.
    Price, PRICES, "prices.tsv", encounter: &'static str, cents: i64, facility: i64, daily: i64
);

table!(
    /// The group (MS-DRG) that a stay for a condition is paid by.
    Drg, DRGS, "drg.tsv", condition: &'static str, group: &'static str, since: &'static str
);

table!(
    /// A profession: NUCC specialty and the role in a care team.
    Provider, PROVIDERS, "providers.tsv", key: &'static str, specialty_nucc: &'static str,
    specialty_display: &'static str, care_team_snomed: &'static str, care_team_display: &'static str
);

table!(
    /// An organization of the world.
    Organization, ORGANIZATIONS, "organizations.tsv", key: &'static str, name: &'static str,
    r#type: &'static str, part_of: &'static str, street: &'static str, city: &'static str,
    state: &'static str, zip: &'static str, phone: &'static str
);

table!(
    /// Where an organization's records or images are fetched: the address is the base URL and a path.
    Endpoint, ENDPOINTS, "endpoints.tsv", key: &'static str, organization: &'static str, kind: &'static str,
    name: &'static str, path: &'static str, mime: &'static str
);

table!(
    /// What an organization offers at a place, with the days and hours it is open.
    Service, SERVICES, "services.tsv", key: &'static str, name: &'static str, organization: &'static str,
    location: &'static str, provider: &'static str, days: &'static str, opens: &'static str, closes: &'static str
);

table!(
    /// A place where care is given.
    Location, LOCATIONS, "locations.tsv", key: &'static str, name: &'static str, organization: &'static str,
    role: &'static str, latitude: Decimal, longitude: Decimal
);

table!(
    /// A person who gives care.
    Practitioner, PRACTITIONERS, "practitioners.tsv", key: &'static str, provider: &'static str,
    given: &'static str, family: &'static str, gender: &'static str, prefix: &'static str,
    suffix: &'static str, organization: &'static str, location: &'static str
);

table!(
    /// A type of document: LOINC, category of the report it may belong to, form.
    DocumentType, DOCUMENT_TYPES, "documents.tsv", key: &'static str, loinc: &'static str,
    display: &'static str, us_core_category: &'static str,
    diagnostic_report_category: &'static str, mime: &'static str, format_system: &'static str, format: &'static str
);

table!(
    /// Codes of plans, goals, orders and provenance, by kind and key.
    Care, CARE, "care.tsv", kind: &'static str, key: &'static str, system: &'static str, code: &'static str,
    display: &'static str, detail: &'static str
);

impl Care {
    /// The row of a kind with this key.
    pub(crate) fn named(kind: &str, key: &str) -> &'static Self {
        super::row(&CARE, "care.tsv", key, |row| {
            row.kind == kind && row.key == key
        })
    }
}

table!(
    /// A code of a claim or coverage, by the element it belongs to.
    ClaimCode, CLAIM_CODES, "claims.tsv", element: &'static str, system: &'static str, code: &'static str,
    display: &'static str
);

impl ClaimCode {
    /// The row of an element with this code.
    pub(crate) fn named(element: &str, code: &str) -> &'static Self {
        super::row(&CLAIM_CODES, "claims.tsv", code, |row| {
            row.element == element && row.code == code
        })
    }

    /// The row of a system with this code.
    pub(crate) fn of_system(system: &str, code: &str) -> &'static Self {
        super::row(&CLAIM_CODES, "claims.tsv", code, |row| {
            row.system == system && row.code == code
        })
    }
}
