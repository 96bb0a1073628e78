//! The vital signs of every hour of a stay in intensive care: far from normal at first, then back to it.

use crate::chart::Chart;
use crate::decimal::Decimal;
use crate::element::quantity;
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::resource::observation::{Observed, Performer, category, component, interpretation};
use crate::stream::Stream;
use crate::table::clinical::VitalSign;

/// Hours until the illness has lost two thirds of its force.
const RECOVERY: f64 = 52.0;
/// The temperature is taken every so many hours.
const TEMPERATURE_EVERY: i64 = 4;

/// A vital sign in health, what the illness at its worst adds, how much it varies from hour to hour.
struct Course {
    sign: &'static str,
    healthy: f64,
    worst: f64,
    spread: f64,
}

const PRESSURES: [Course; 2] = [
    course("sbp", 122.0, -32.0, 4.0),
    course("dbp", 74.0, -22.0, 3.0),
];
const HOURLY: [Course; 3] = [
    course("heart-rate", 76.0, 44.0, 3.0),
    course("resp-rate", 15.0, 15.0, 1.0),
    course("spo2", 97.0, -8.0, 0.6),
];
const TEMPERATURE: Course = course("temperature", 36.8, 2.3, 0.15);

const fn course(sign: &'static str, healthy: f64, worst: f64, spread: f64) -> Course {
    Course {
        sign,
        healthy,
        worst,
        spread,
    }
}

impl Course {
    /// The value when so much of the illness is left.
    fn value(&self, left: f64, stream: &mut Stream) -> Decimal {
        let row = VitalSign::of(self.sign);
        let value = stream.normal(self.healthy + self.worst * left, self.spread);
        let value = if self.sign == "spo2" {
            value.min(100.0)
        } else {
            value
        };
        Decimal::round(value, row.decimals)
    }
}

impl Chart {
    /// Writes heart rate, breathing, saturation and pressure of every hour of a stay, the temperature now and then.
    pub(crate) fn monitor(&mut self, visit: &Visit) {
        let mut stream = self.stream(&format!("monitor:{}", visit.key));
        let hours = (visit.end.utc() - visit.start.utc()).num_hours();
        for hour in 1..hours {
            let when = visit.start.plus_minutes(60 * hour);
            let left = (-f64::from(i32::try_from(hour).unwrap_or(0)) / RECOVERY).exp();
            let pressures = PRESSURES.map(|course| (course.sign, course.value(left, &mut stream)));
            self.record_pressures(visit, when, pressures);
            for course in &HOURLY {
                self.record_hourly(visit, when, (course.sign, course.value(left, &mut stream)));
            }
            if hour % TEMPERATURE_EVERY == 0 {
                let value = TEMPERATURE.value(left, &mut stream);
                self.record_hourly(visit, when, (TEMPERATURE.sign, value));
            }
        }
    }

    fn record_pressures(
        &mut self,
        visit: &Visit,
        when: Moment,
        pressures: [(&'static str, Decimal); 2],
    ) {
        let parts = pressures.map(|(key, value)| {
            let row = VitalSign::of(key);
            component(row.coding(), quantity(value, row.unit, row.ucum))
                .with("interpretation", interpretation(row.interpretation(value)))
        });
        let observed = self.hourly(visit, when, VitalSign::of("bp"));
        self.write_observation(observed, |draft| draft.with("component", parts));
    }

    fn record_hourly(&mut self, visit: &Visit, when: Moment, (key, value): (&str, Decimal)) {
        let row = VitalSign::of(key);
        let observed = self.hourly(visit, when, row);
        self.write_observation(observed, |draft| {
            draft
                .with("valueQuantity", quantity(value, row.unit, row.ucum))
                .with("interpretation", interpretation(row.interpretation(value)))
        });
    }

    fn hourly<'v>(&self, visit: &'v Visit, when: Moment, row: &VitalSign) -> Observed<'v> {
        let nurse = Performer::Practitioner(self.site.practitioner("registered-nurse"));
        Observed {
            key: format!("o-{}-{}", when.utc().format("%Y%m%d%H"), row.key),
            when,
            performers: vec![nurse],
            ..Observed::in_visit(visit, row.key, category("vital-signs"), row.code())
        }
    }
}
