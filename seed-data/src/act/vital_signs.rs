//! Vital signs as Observations of US Core.

use crate::body::vital_signs::VitalSigns;
use crate::chart::{Chart, Lag};
use crate::decimal::Decimal;
use crate::element::{Coding, concept, concept_of, quantity};
use crate::json::Object;
use crate::resource::encounter::Visit;
use crate::resource::observation::{Observed, Performer, category, component, interpretation};
use crate::table::clinical::VitalSign;

impl VitalSign {
    /// The code of the sign.
    pub(crate) fn coding(&self) -> Coding {
        Coding::loinc(self.loinc, self.display)
    }

    fn quantity(&self, value: Decimal) -> Object {
        quantity(value, self.unit, self.ucum)
    }

    /// Low, normal or high against the range of the table.
    pub(crate) fn interpretation(&self, value: Decimal) -> &'static str {
        let value = value.value();
        match (self.low, self.high) {
            (Some(low), _) if value < low => "L",
            (_, Some(high)) if value > high => "H",
            (Some(_), _) | (_, Some(_)) => "N",
            _ => "",
        }
    }

    /// Some signs carry two codes: saturation by pulse oximetry, and length as a kind of height.
    pub(crate) fn code(&self) -> Object {
        match self.key {
            "spo2" => concept_of(
                &[self.coding(), VitalSign::of("o2sat").coding()],
                self.display,
            ),
            "length" => concept_of(
                &[VitalSign::of("height").coding(), self.coding()],
                self.display,
            ),
            _ => concept(self.coding()),
        }
    }
}

impl Chart {
    /// Writes the vital signs of a visit; returns their addresses.
    pub(crate) fn record_vital_signs(&mut self, visit: &Visit, signs: &VitalSigns) -> Vec<String> {
        let mut links = Vec::new();
        if let Some((systolic, diastolic)) = signs.blood_pressure {
            links.push(self.record_blood_pressure(visit, systolic, diastolic));
        }
        for (key, value) in &signs.values {
            links.push(self.record_sign(visit, VitalSign::of(key), *value));
        }
        links
    }

    fn record_blood_pressure(
        &mut self,
        visit: &Visit,
        systolic: Decimal,
        diastolic: Decimal,
    ) -> String {
        let panel = VitalSign::of("bp");
        let part = |key: &str, value: Decimal| {
            let row = VitalSign::of(key);
            component(row.coding(), row.quantity(value))
                .with("interpretation", interpretation(row.interpretation(value)))
        };
        let components = [part("sbp", systolic), part("dbp", diastolic)];
        let observed = self.observed_sign(visit, panel);
        self.write_observation(observed, |draft| draft.with("component", components))
    }

    fn record_sign(&mut self, visit: &Visit, row: &'static VitalSign, value: Decimal) -> String {
        let observed = self.observed_sign(visit, row);
        self.write_observation(observed, |draft| {
            draft
                .with("valueQuantity", row.quantity(value))
                .with("interpretation", interpretation(row.interpretation(value)))
        })
    }

    fn observed_sign<'v>(&self, visit: &'v Visit, row: &VitalSign) -> Observed<'v> {
        let stem = row
            .key
            .trim_end_matches("-infant")
            .trim_end_matches("-child");
        let nurse = self.site.practitioner("registered-nurse");
        let in_hospital = visit.kind.class != "AMB";
        Observed {
            key: format!("o-{}-{stem}", visit.start.date().format("%Y%m%d")),
            categories: category("vital-signs"),
            code: row.code(),
            when: visit.start.plus_minutes(4),
            since: None,
            extension: None,
            lag: Lag::Visit,
            visit: Some(visit),
            based_on: None,
            performers: vec![Performer::Practitioner(if in_hospital {
                nurse
            } else {
                visit.practitioner
            })],
        }
    }
}
