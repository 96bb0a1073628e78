//! Encounter: a visit, a stay, a call.

use chrono::NaiveDate;

use crate::chart::{Chart, Lag};
use crate::element::{
    Coding, concept, concept_of, identifier, named_reference, period, reference, term,
};
use crate::json::Object;
use crate::moment::Moment;
use crate::table::care::{EncounterType, Location, Organization, Practitioner};
use crate::table::clinical::Condition;
use crate::world;

/// A visit that took place.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// `Encounter/…`.
    pub(crate) link: String,
    /// Date and kind, for the keys of what the visit yields: `20230411-follow-up`.
    pub(crate) key: String,
    pub(crate) kind: &'static EncounterType,
    pub(crate) start: Moment,
    pub(crate) end: Moment,
    pub(crate) practitioner: &'static Practitioner,
}

impl Visit {
    /// The days it took, one at least.
    pub(crate) fn days(&self) -> i64 {
        ((self.end.utc() - self.start.utc()).num_hours() + 23)
            .div_euclid(24)
            .max(1)
    }
}

/// A visit to be written down.
#[derive(Debug, Clone, Default)]
pub(crate) struct Call<'a> {
    /// A key of `encounters.tsv`.
    pub(crate) kind: &'a str,
    pub(crate) date: NaiveDate,
    pub(crate) reason: Option<&'static Condition>,
    /// The address of the Condition behind the reason, when it is already on record.
    pub(crate) problem: Option<String>,
    /// A profession of `providers.tsv`; the patient's own practitioner when empty.
    pub(crate) provider: &'a str,
    /// How long it took, instead of the usual minutes of the kind.
    pub(crate) minutes: Option<i64>,
    /// The patient died during the encounter.
    pub(crate) died: bool,
}

impl Chart {
    /// Writes an Encounter and returns the visit, for everything that happens in it.
    pub(crate) fn write_encounter(&mut self, call: &Call) -> Visit {
        let kind = EncounterType::of(call.kind);
        let key = format!("{}-{}", call.date.format("%Y%m%d"), kind.key);
        let start = self.start_of(kind, call.date, &key);
        let end = start.plus_minutes(call.minutes.unwrap_or(kind.minutes));
        let practitioner = match call.provider {
            "" if kind.class == "EMER" => self.site.practitioner("emergency"),
            "" => self.site.primary,
            provider => self.site.practitioner(provider),
        };
        let draft = self.draft("Encounter", &format!("e-{key}"), end, Lag::Visit);
        let place = self.place_of(kind);
        let number = draft.id().to_owned();
        let draft = draft
            .with(
                "identifier",
                [identifier("https://example.org/cedar-ridge/visit", &number)],
            )
            .with("status", "finished")
            .with(
                "class",
                Coding::new("v3-ActCode", kind.class, kind.class_display),
            )
            .with("type", [concept_of(&type_codings(kind), kind.type_display)])
            .with("subject", self.subject())
            .with("participant", [participant(practitioner, start, end)])
            .with("period", period(start, Some(end)))
            .with("reasonCode", call.reason.map(|row| [row.concept()]))
            .with(
                "reasonReference",
                call.problem.as_deref().map(|link| [reference(link)]),
            )
            .with("hospitalization", disposition(kind, call.died))
            .with("location", place.map(|row| [at(row)]))
            .with("serviceProvider", provider_of(practitioner));
        let link = self.file(draft);
        Visit {
            link,
            key,
            kind,
            start,
            end,
            practitioner,
        }
    }

    /// Clinics keep office hours; emergencies come at any time.
    fn start_of(&self, kind: &EncounterType, date: NaiveDate, key: &str) -> Moment {
        let mut stream = self.stream(&format!("visit:{key}"));
        let minutes = match kind.class {
            "EMER" | "IMP" | "OBSENC" => stream.between(0, 1_200),
            _ => 480 + 10 * stream.between(0, 50),
        };
        Moment::at(date, minutes, self.zone())
    }

    /// Where a kind of encounter takes place; nowhere when the patient stays at home.
    fn place_of(&self, kind: &EncounterType) -> Option<&'static Location> {
        match kind.location_type {
            "PTRES" => None,
            "ER" => Some(self.site.emergency),
            "HOSP" | "NCCF" => Some(self.site.ward),
            _ => Some(self.site.clinic),
        }
    }
}

fn type_codings(kind: &EncounterType) -> Vec<Coding> {
    let cpt = (!kind.cpt.is_empty()).then(|| Coding::new("cpt", kind.cpt, ""));
    let codings = std::iter::once(Coding::snomed(kind.r#type, kind.type_display));
    codings.chain(cpt).collect()
}

fn participant(practitioner: &'static Practitioner, start: Moment, end: Moment) -> Object {
    Object::new()
        .with("type", [term("v3-ParticipationType", "PPRF")])
        .with("period", period(start, Some(end)))
        .with("individual", practitioner.reference())
}

fn disposition(kind: &EncounterType, died: bool) -> Option<Object> {
    let code = if died { "exp" } else { kind.discharge };
    let coding = Coding::term("discharge-disposition", code);
    (!coding.display.is_empty())
        .then(|| Object::new().with("dischargeDisposition", concept(coding)))
}

fn at(row: &Location) -> Object {
    Object::new().with(
        "location",
        named_reference(&world::location(row.key), row.name),
    )
}

/// The organization a practitioner works for.
pub(crate) fn provider_of(practitioner: &Practitioner) -> Object {
    let row = Organization::of(practitioner.organization);
    named_reference(&world::organization(row.key), row.name)
}
