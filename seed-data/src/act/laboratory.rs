//! A laboratory order: `ServiceRequest`, Specimen, results, `DiagnosticReport`.

use crate::body::bench::{Finding, Outcome};
use crate::chart::{Chart, Lag};
use crate::decimal::Decimal;
use crate::draft::Draft;
use crate::element::{Coding, concept, concept_of, quantity, reference, term};
use crate::json::Object;
use crate::moment::Moment;
use crate::person::Sex;
use crate::resource::diagnostic_report::Report;
use crate::resource::encounter::Visit;
use crate::resource::observation::{Observed, Performer, category, interpretation};
use crate::resource::service_request::Order;
use crate::table::clinical::{Condition, Laboratory};

impl Laboratory {
    fn coding(&self) -> Coding {
        Coding::loinc(self.loinc, self.display)
    }

    /// The code with the table's short name as text, if it has one.
    fn code(&self) -> Object {
        if self.text.is_empty() {
            concept(self.coding())
        } else {
            concept_of(&[self.coding()], self.text)
        }
    }

    /// The reference range for a sex.
    fn range(&self, sex: Sex) -> (Option<f64>, Option<f64>) {
        match sex {
            Sex::Female => (self.low_f.or(self.low), self.high_f.or(self.high)),
            Sex::Male => (self.low, self.high),
        }
    }

    fn interpretation(&self, value: f64, sex: Sex) -> &'static str {
        let (low, high) = self.range(sex);
        let below = |bound: Option<f64>| bound.is_some_and(|bound| value < bound);
        let above = |bound: Option<f64>| bound.is_some_and(|bound| value > bound);
        match () {
            () if below(self.crit_low) => "LL",
            () if above(self.crit_high) => "HH",
            () if below(low) => "L",
            () if above(high) => "H",
            () => "N",
        }
    }

    fn quantity(&self, value: Decimal) -> Object {
        quantity(
            value,
            if self.unit.is_empty() { "1" } else { self.unit },
            self.ucum,
        )
    }

    fn reference_range(&self, sex: Sex) -> Option<[Object; 1]> {
        let (low, high) = self.range(sex);
        let bound = |bound: Option<f64>| {
            bound.map(|value| self.quantity(Decimal::round(value, self.range_digits(value))))
        };
        let range = Object::new()
            .with("low", bound(low))
            .with("high", bound(high));
        let text = match (low, high) {
            (Some(low), Some(high)) => format!("{low} to {high} {}", self.unit),
            (Some(low), None) => format!("{low} {} or more", self.unit),
            (None, Some(high)) => format!("{high} {} or less", self.unit),
            (None, None) => return None,
        };
        Some([range.with("text", text.trim_end())])
    }

    /// A range may need more digits than a result (0.04 of a test that shows hundredths needs two).
    fn range_digits(&self, bound: f64) -> u8 {
        (self.decimals..6)
            .find(|digits| (Decimal::round(bound, *digits).value() - bound).abs() < 1e-9)
            .unwrap_or(6)
    }
}

impl Chart {
    /// Orders, draws and reports the tests of `order` (a key of `labs.tsv`); returns the addresses of the results.
    pub(crate) fn run_laboratory(
        &mut self,
        visit: &Visit,
        order: &'static str,
        outcomes: &[Outcome],
        reason: Option<&'static Condition>,
    ) -> Vec<String> {
        let row = Laboratory::of(order);
        let stem = format!("{}-{order}", visit.start.date().format("%Y%m%d"));
        let request = self.write_service_request(Order {
            key: format!("sr-{stem}"),
            category: "laboratory",
            code: row.code(),
            when: visit.start.plus_minutes(8),
            visit: Some(visit),
            reason,
            open: None,
        });
        let taken = visit.start.plus_minutes(12);
        let nurse = self.site.practitioner("registered-nurse");
        let specimen = self.write_specimen((&stem, row.specimen), taken, &request, nurse);
        let sample = Sample {
            visit,
            request: &request,
            specimen: &specimen,
            taken,
        };
        let results: Vec<String> = outcomes
            .iter()
            .map(|outcome| self.write_result(&sample, outcome))
            .collect();
        self.write_diagnostic_report(Report {
            key: format!("dr-{stem}"),
            categories: vec![term("v2-0074", "LAB")],
            code: row.coding(),
            when: taken,
            visit: Some(visit),
            performers: self.analysts(visit),
            based_on: Some(&request),
            specimens: std::slice::from_ref(&specimen),
            results: &results,
            imaging_study: None,
            media: &[],
            conclusion: None,
            presented_form: None,
        });
        results
    }

    /// The laboratory; in hospital its pathologist signs as well.
    fn analysts(&self, visit: &Visit) -> Vec<Performer> {
        let pathologist = Performer::Practitioner(self.site.practitioner("pathology"));
        let in_hospital = visit.kind.class != "AMB";
        std::iter::once(Performer::Laboratory)
            .chain(in_hospital.then_some(pathologist))
            .collect()
    }

    fn write_result(&mut self, sample: &Sample, (row, finding): &Outcome) -> String {
        let sex = self.identity.sex;
        let observed = Observed {
            key: format!("o-{}-{}", sample.taken.date().format("%Y%m%d"), row.key),
            categories: category("laboratory"),
            code: row.code(),
            when: sample.taken,
            since: None,
            extension: None,
            lag: Lag::Result,
            visit: Some(sample.visit),
            based_on: Some(sample.request),
            performers: self.analysts(sample.visit),
        };
        let specimen = reference(sample.specimen);
        self.write_observation(observed, |draft| {
            with_finding(draft, row, finding, specimen, sex)
        })
    }
}

/// What the results of one specimen share.
struct Sample<'a> {
    visit: &'a Visit,
    request: &'a str,
    specimen: &'a str,
    taken: Moment,
}

fn with_finding(
    draft: Draft,
    row: &Laboratory,
    finding: &Finding,
    specimen: Object,
    sex: Sex,
) -> Draft {
    match finding {
        Finding::Number(value) => draft
            .with("valueQuantity", row.quantity(*value))
            .with(
                "interpretation",
                interpretation(row.interpretation(value.value(), sex)),
            )
            .with("specimen", specimen)
            .with("referenceRange", row.reference_range(sex)),
        Finding::Coded(answer) => draft
            .with(
                "valueCodeableConcept",
                concept(Coding::snomed(answer.snomed, answer.snomed_display)),
            )
            .with("interpretation", interpretation(answer.interpretation_code))
            .with("specimen", specimen),
        Finding::Text(text) => draft.with("valueString", *text).with("specimen", specimen),
    }
}
