//! What can happen to a patient: conditions, drugs, tests, vaccines, procedures.

use super::table;
use crate::decimal::Decimal;

table!(
    /// A problem or diagnosis with its course (`kind`), ages and lifetime share (`weight`).
    Condition, CONDITIONS, "conditions.tsv", key: &'static str, snomed: &'static str,
    snomed_display: &'static str, icd10cm: &'static str, icd10cm_display: &'static str,
    kind: &'static str, sex: &'static str, age_min: f64, age_max: f64, weight: f64, text: &'static str
);

table!(
    /// Which latent trait drives a condition, and the group of conditions that exclude each other.
    Driver, DRIVERS, "drivers.tsv", condition: &'static str, r#trait: &'static str, strength: f64,
    group: &'static str
);

table!(
    /// A line of drug treatment: one of `medications` (comma-separated keys) in a `share` of patients.
    Treatment, TREATMENTS, "treatments.tsv", condition: &'static str, medications: &'static str, share: f64
);

table!(
    /// A drug as ordered: `RxNorm` clinical drug, dose, schedule and supply.
    Medication, MEDICATIONS, "medications.tsv", key: &'static str, rxnorm: &'static str,
    display: &'static str, ingredient_rxnorm: &'static str, form: &'static str, route: &'static str,
    dose_value: Decimal, dose_unit: &'static str, freq_per: i64, period: i64, period_unit: &'static str,
    prn: &'static str, quantity: Decimal, quantity_unit: &'static str, days_supply: i64, refills: i64,
    setting: &'static str, ndc: &'static str
);

table!(
    /// A laboratory test or panel: LOINC, UCUM, reference and critical ranges, healthy mean and spread.
    Laboratory, LABORATORY, "labs.tsv", key: &'static str, panel: &'static str, loinc: &'static str,
    display: &'static str, ucum: &'static str, unit: &'static str, low: Option<f64>, high: Option<f64>,
    low_f: Option<f64>, high_f: Option<f64>, crit_low: Option<f64>, crit_high: Option<f64>, mean: f64, sd: f64,
    decimals: u8, value_type: &'static str, specimen: &'static str, text: &'static str
);

table!(
    /// A coded answer of a laboratory test.
    CodedResult, CODED_RESULTS, "lab-coded-values.tsv", lab: &'static str, snomed: &'static str,
    snomed_display: &'static str, interpretation_code: &'static str, default_share: f64
);

table!(
    /// A vital sign: LOINC, UCUM, range and ages.
    VitalSign, VITAL_SIGNS, "vitals.tsv", key: &'static str, loinc: &'static str, display: &'static str,
    ucum: &'static str, unit: &'static str, low: Option<f64>, high: Option<f64>, mean: f64, sd: f64, decimals: u8
);

table!(
    /// A vaccine product.
    Vaccine, VACCINES, "immunizations.tsv", key: &'static str, cvx: &'static str, display: &'static str,
    manufacturer: &'static str, route: &'static str, site: &'static str, age_min_days: i64, age_max_days: i64,
    dose_value: Decimal, dose_unit: &'static str
);

table!(
    /// A dose of the immunization schedule: due age, least interval, first year of use.
    Dose, SCHEDULE, "immunization-schedule.tsv", group: &'static str, number: &'static str, age_days_due: i64,
    min_interval_days: i64, product: &'static str, repeat_years: i64, since_year: i64
);

table!(
    /// A procedure.
    Procedure, PROCEDURES, "procedures.tsv", key: &'static str, snomed: &'static str, display: &'static str,
    reason: &'static str
);

table!(
    /// Something a patient may be allergic to, with the usual reaction (comma-separated keys).
    Allergen, ALLERGENS, "allergies.tsv", key: &'static str, category: &'static str, system: &'static str,
    code: &'static str, display: &'static str, r#type: &'static str, criticality: &'static str, share: f64,
    reaction: &'static str, severity: &'static str, exposure_route: &'static str
);

table!(
    /// A reaction to a substance.
    Reaction, REACTIONS, "reactions.tsv", key: &'static str, snomed: &'static str, display: &'static str
);

table!(
    /// A way into the body.
    Route, ROUTES, "routes.tsv", key: &'static str, snomed: &'static str, display: &'static str
);

table!(
    /// A place on the body.
    BodySite, BODY_SITES, "body-sites.tsv", key: &'static str, snomed: &'static str, display: &'static str
);

table!(
    /// A kind of specimen.
    SpecimenType, SPECIMEN_TYPES, "specimens.tsv", key: &'static str, snomed: &'static str,
    display: &'static str, body_site: &'static str
);

table!(
    /// An observation of social history: one row per answer.
    SocialHistory, SOCIAL_HISTORY, "social.tsv", concept: &'static str, category: &'static str, code_system: &'static str,
    code: &'static str, display: &'static str, value_system: &'static str, value: &'static str,
    value_display: &'static str, ucum: &'static str, weight: f64
);

table!(
    /// An imaging study: modality, codes of procedure and report, DICOM class and size.
    Imaging, IMAGING, "imaging.tsv", key: &'static str, modality: &'static str, modality_display: &'static str,
    procedure_snomed: &'static str, procedure_display: &'static str, report_loinc: &'static str,
    report_display: &'static str, body_site_snomed: &'static str, body_site_display: &'static str,
    body_part: &'static str, sop_class_uid: &'static str, series: i64, instances: i64
);

table!(
    /// A device.
    DeviceType, DEVICE_TYPES, "devices.tsv", key: &'static str, snomed: &'static str, display: &'static str,
    device_identifier: &'static str, expiry_years: i64, manufacturer: &'static str, model: &'static str
);

table!(
    /// What a condition or a drug does to a measure: sets its level, shifts it or multiplies it.
    Effect, EFFECTS, "effects.tsv", cause: &'static str, measure: &'static str, level: Option<f64>,
    shift: f64, factor: Option<f64>
);

table!(
    /// A finding of a clinical test or of an image, with its usual value when it is coded.
    Finding, FINDINGS, "findings.tsv", key: &'static str, category: &'static str, loinc: &'static str,
    display: &'static str, ucum: &'static str, snomed: &'static str, value: &'static str
);

table!(
    /// An element of a genetic report with one of its values.
    Genomic, GENOMICS, "genomics.tsv", role: &'static str, element: &'static str, code_system: &'static str,
    code: &'static str, display: &'static str, value_system: &'static str, value: &'static str,
    value_display: &'static str, ucum: &'static str
);

impl Genomic {
    /// The first row of an element in a role.
    pub(crate) fn named(role: &str, element: &str) -> &'static Self {
        super::row(&GENOMICS, "genomics.tsv", element, |row| {
            row.role == role && row.element == element
        })
    }

    /// The row of an element in a role with this value.
    pub(crate) fn with_value(role: &str, element: &str, value: &str) -> &'static Self {
        super::row(&GENOMICS, "genomics.tsv", value, |row| {
            row.role == role && row.element == element && row.value == value
        })
    }
}
