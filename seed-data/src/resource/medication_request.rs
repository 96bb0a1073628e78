//! `MedicationRequest`: a prescription; and the parts that all medication resources share.

use crate::chart::{Chart, Lag};
use crate::decimal::Decimal;
use crate::draft::Draft;
use crate::element::{
    Coding, concept, days, named_reference, period, plain_unit, quantity, reference, route,
};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::table::care::{Care, Practitioner, Provider};
use crate::table::clinical::{Condition, Medication};
use crate::world;

const ADHERENCE: &str =
    "http://hl7.org/fhir/us/core/StructureDefinition/us-core-medication-adherence";

/// A prescription.
#[derive(Debug, Clone)]
pub(crate) struct Prescription<'a> {
    pub(crate) medication: &'static Medication,
    pub(crate) status: &'static str,
    pub(crate) authored: Moment,
    pub(crate) visit: Option<&'a Visit>,
    /// The address of the Condition that is treated.
    pub(crate) reason: Option<&'a str>,
    /// The condition that is treated, as a code.
    pub(crate) indication: Option<&'static Condition>,
    /// Point to the shared Medication instead of writing the code.
    pub(crate) by_reference: bool,
    /// When the supply ran out or the drug was stopped, for one that was active until then.
    pub(crate) ended: Option<Moment>,
    /// Who told of a drug that was not ordered here.
    pub(crate) told_by: Option<&'static Practitioner>,
}

impl Prescription<'_> {
    /// A drug with its status, for whatever reason.
    pub(crate) fn of(
        medication: &'static Medication,
        status: &'static str,
        authored: Moment,
    ) -> Self {
        Self {
            medication,
            status,
            authored,
            visit: None,
            reason: None,
            indication: None,
            by_reference: false,
            ended: None,
            told_by: None,
        }
    }

    /// Whether the patient is known to take the drug.
    fn adherence(&self, informant: &Object) -> Option<[Object; 1]> {
        let part = |name: &str| Object::new().with("url", name);
        let taken = Care::named("adherence", "taking").concept();
        (self.status == "active").then(|| {
            let parts = [
                part("medicationAdherence").with("valueCodeableConcept", taken),
                part("dateAsserted").with("valueDateTime", self.authored),
                part("informationSource").with("valueCodeableConcept", informant),
            ];
            [Object::new()
                .with("extension", parts)
                .with("url", ADHERENCE)]
        })
    }
}

impl Chart {
    /// Writes a `MedicationRequest`; one that has ended has a version from before.
    pub(crate) fn write_medication_request(&mut self, prescription: &Prescription) -> String {
        let row = prescription.medication;
        let key = format!(
            "rx-{}-{}",
            row.key,
            prescription.authored.date().format("%Y%m%d")
        );
        let blank = self.draft("MedicationRequest", &key, prescription.authored, Lag::Visit);
        let now = self.with_order(blank.clone(), prescription);
        let draft = match prescription.ended {
            Some(end) if prescription.status != "active" => {
                let active = Prescription {
                    status: "active",
                    ..prescription.clone()
                };
                let before = self.with_order(blank, &active);
                self.changed(before, now, end)
            }
            _ => now,
        };
        self.file(draft)
    }

    fn with_order(&self, draft: Draft, prescription: &Prescription) -> Draft {
        let row = prescription.medication;
        let requester = prescription
            .visit
            .map_or(self.site.primary, |visit| visit.practitioner);
        let category = if row.setting == "inpatient" {
            "inpatient"
        } else {
            "community"
        };
        let patient = Coding::snomed("116154003", Provider::of("patient").care_team_display);
        let told_by = prescription.told_by.map(Practitioner::reference);
        let intent = if told_by.is_some() { "plan" } else { "order" };
        let draft = draft
            .with("extension", prescription.adherence(&concept(patient)))
            .with("status", prescription.status)
            .with("intent", intent)
            .with(
                "category",
                [Care::named("medrequest-category", category).concept()],
            )
            .with("reportedBoolean", told_by.is_none().then_some(false))
            .with("reportedReference", told_by);
        with_medication(draft, row, prescription.by_reference)
            .with("subject", self.subject())
            .with(
                "encounter",
                prescription.visit.map(|visit| reference(&visit.link)),
            )
            .with("authoredOn", prescription.authored)
            .with("requester", requester.reference())
            .with(
                "reasonCode",
                prescription.indication.map(|row| [row.concept()]),
            )
            .with(
                "reasonReference",
                prescription.reason.map(|link| [reference(link)]),
            )
            .with("dosageInstruction", [dosage(row)])
            .with(
                "dispenseRequest",
                dispense_request(row, prescription.authored),
            )
    }
}

/// `medication[x]`: the code, or a reference to the shared Medication.
pub(crate) fn with_medication(draft: Draft, row: &'static Medication, by_reference: bool) -> Draft {
    if by_reference {
        let link = world::medication(row.rxnorm);
        draft.with("medicationReference", named_reference(&link, row.display))
    } else {
        draft.with(
            "medicationCodeableConcept",
            concept(Coding::new("rxnorm", row.rxnorm, row.display)),
        )
    }
}

/// The dose as a `Quantity`.
pub(crate) fn dose(row: &Medication) -> Object {
    quantity(row.dose_value, plain_unit(row.dose_unit), row.dose_unit)
}

/// How the drug is taken, in words and structured.
pub(crate) fn dosage(row: &Medication) -> Object {
    let repeat = Object::new()
        .with("frequency", u32::try_from(row.freq_per).unwrap_or(1))
        .with("period", Decimal::whole(row.period))
        .with("periodUnit", row.period_unit);
    Object::new()
        .with("text", directions(row))
        .with("timing", Object::new().with("repeat", repeat))
        .with("asNeededBoolean", row.prn == "yes")
        .with("route", route(row.route))
        .with(
            "doseAndRate",
            [Object::new().with("doseQuantity", dose(row))],
        )
}

/// The directions in words, e.g. `2 tablet by mouth, 3 times a day, as needed`.
pub(crate) fn directions(row: &Medication) -> String {
    let unit = match row.period_unit {
        "wk" => "week",
        "mo" => "month",
        _ => "day",
    };
    let times = match row.freq_per {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    };
    let every = if row.period == 1 {
        format!("{times} a {unit}")
    } else {
        format!("{times} every {} {unit}s", row.period)
    };
    let way = if row.route == "oral" {
        "by mouth".to_owned()
    } else {
        format!("by {} route", row.route)
    };
    let needed = if row.prn == "yes" { ", as needed" } else { "" };
    format!(
        "{} {} {way}, {every}{needed}",
        row.dose_value,
        plain_unit(row.dose_unit)
    )
}

fn dispense_request(row: &Medication, authored: Moment) -> Option<Object> {
    (row.setting != "inpatient").then(|| {
        let last = authored.plus_minutes(row.days_supply * (row.refills + 1) * 1_440);
        Object::new()
            .with("validityPeriod", period(authored.date(), Some(last.date())))
            .with(
                "numberOfRepeatsAllowed",
                u32::try_from(row.refills).unwrap_or(0),
            )
            .with("quantity", supply(row))
            .with("expectedSupplyDuration", days(row.days_supply))
    })
}

/// The quantity handed out at once.
pub(crate) fn supply(row: &Medication) -> Object {
    quantity(
        row.quantity,
        plain_unit(row.quantity_unit),
        row.quantity_unit,
    )
}
