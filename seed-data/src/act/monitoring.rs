//! Vital signs beyond the usual: pressure that could be taken only in part, its average, oxygen therapy.

use crate::chart::Chart;
use crate::decimal::Decimal;
use crate::element::{Coding, concept, concept_of, quantity, term};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::resource::observation::{Observed, absent_component, category, component};
use crate::table::clinical::VitalSign;

/// Two pressures in mm[Hg]; one that is not known has a reason instead.
pub(crate) type Pressures = [Result<Decimal, &'static str>; 2];

impl Chart {
    /// Writes a blood pressure of which a part is not known.
    pub(crate) fn record_partial_pressure(&mut self, visit: &Visit, pressures: Pressures) {
        let components = components(["sbp", "dbp"], pressures);
        let observed = observed(visit, "bp-repeated", VitalSign::of("bp"));
        self.write_observation(observed, |draft| draft.with("component", components));
    }

    /// Writes the average of the pressures measured since `since`.
    pub(crate) fn record_average_pressure(
        &mut self,
        visit: &Visit,
        since: Moment,
        pressures: Pressures,
    ) {
        let components = components(["sbp-mean", "dbp-mean"], pressures);
        let observed = Observed {
            since: Some(since),
            ..observed(visit, "bp-average", VitalSign::of("bp-average"))
        };
        self.write_observation(observed, |draft| draft.with("component", components));
    }

    /// Writes that a vital sign was to be measured and could not be.
    pub(crate) fn record_unmeasured(&mut self, visit: &Visit, sign: &str, reason: &'static str) {
        let name = format!("{sign}-absent");
        let observed = observed(visit, &name, VitalSign::of(sign));
        self.write_observation(observed, |draft| {
            draft.with("dataAbsentReason", term("dar", reason))
        });
    }

    /// Writes the saturation under inhaled oxygen: flow in L/min, concentration in percent.
    pub(crate) fn record_oxygen(
        &mut self,
        visit: &Visit,
        saturation: i64,
        flow: f64,
        percent: i64,
    ) {
        let row = VitalSign::of("spo2");
        let code = concept_of(&[coding(row), coding(VitalSign::of("o2sat"))], row.display);
        let value = |row: &VitalSign, value: Decimal| quantity(value, row.unit, row.ucum);
        let part = |key: &str, amount: Decimal| {
            let row = VitalSign::of(key);
            component(coding(row), value(row, amount))
        };
        let components = [
            part("o2-flow", Decimal::round(flow, 1)),
            part("o2-conc", Decimal::whole(percent)),
        ];
        let observed = Observed {
            code,
            ..observed(visit, "spo2-oxygen", row)
        };
        self.write_observation(observed, |draft| {
            draft
                .with("valueQuantity", value(row, Decimal::whole(saturation)))
                .with("component", components)
        });
    }
}

fn coding(row: &VitalSign) -> Coding {
    Coding::loinc(row.loinc, row.display)
}

fn observed<'v>(visit: &'v Visit, name: &str, row: &VitalSign) -> Observed<'v> {
    Observed::in_visit(visit, name, category("vital-signs"), concept(coding(row)))
}

fn components(keys: [&str; 2], pressures: Pressures) -> Vec<Object> {
    keys.iter()
        .zip(pressures)
        .map(|(key, pressure)| {
            let row = VitalSign::of(key);
            match pressure {
                Ok(value) => component(coding(row), quantity(value, row.unit, row.ucum)),
                Err(reason) => absent_component(coding(row), reason),
            }
        })
        .collect()
}
