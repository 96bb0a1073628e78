//! What a cell came to.

use std::time::Duration;

use serde::Serialize;

use crate::cell::{Cell, Goal};
use crate::connection::Failure;
use crate::drive::Tally;
use crate::process::Usage;

/// How a cell ended.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE", tag = "state", content = "reason")]
pub(crate) enum State {
    /// Every answer was right.
    Ok,
    /// An answer was not what the dataset says.
    Wrong(String),
    /// A request was refused or not answered.
    Error(String),
    /// The server under measurement cannot be asked this.
    Skipped(String),
}

/// The figures of one cell at one size.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Measurement {
    /// Name of the cell.
    pub(crate) cell: &'static str,
    /// What is asked.
    pub(crate) title: &'static str,
    /// What is counted.
    pub(crate) unit: &'static str,
    /// Resources in the dataset.
    pub(crate) resources: u64,
    /// Connections.
    pub(crate) connections: u64,
    /// How it ended.
    #[serde(flatten)]
    pub(crate) state: State,
    /// Units per second.
    pub(crate) units_per_second: f64,
    /// Median latency in milliseconds.
    pub(crate) p50: f64,
    /// 99th percentile in milliseconds.
    pub(crate) p99: f64,
    /// The 99th percentile when flows arrive at half of the closed rate.
    pub(crate) p99_at_half: Option<f64>,
    /// Server CPU per flow, in microseconds; `None` when the server is elsewhere.
    pub(crate) cpu: Option<f64>,
    /// CPU of this program per flow, in microseconds.
    pub(crate) client_cpu: Option<f64>,
    /// Bytes of bodies per flow.
    pub(crate) bytes: f64,
    /// Largest anonymous memory seen, in bytes.
    pub(crate) anonymous: Option<u64>,
    /// Bytes on disk per resource, after the load.
    pub(crate) stored: Option<f64>,
    /// Whether the gate holds; `None` when there is none, or nothing to compare.
    pub(crate) gate: Option<bool>,
    /// How often the moonshot fits into the figure: 1 is reached, 2 is half way.
    pub(crate) moonshot: Option<f64>,
}

/// One repetition.
#[derive(Debug)]
pub(crate) struct Repetition {
    pub(crate) tally: Tally,
    pub(crate) server: Option<Usage>,
    pub(crate) client: Option<Usage>,
}

impl Measurement {
    /// A cell that was not run.
    pub(crate) fn skipped(cell: &'static Cell, resources: u64, reason: &str) -> Self {
        Self {
            connections: cell.connections,
            state: State::Skipped(reason.to_owned()),
            ..Self::blank(cell.id, cell.title, cell.unit, resources)
        }
    }

    fn blank(cell: &'static str, title: &'static str, unit: &'static str, resources: u64) -> Self {
        Self {
            cell,
            title,
            unit,
            resources,
            connections: 1,
            state: State::Skipped(String::new()),
            units_per_second: 0.0,
            p50: 0.0,
            p99: 0.0,
            p99_at_half: None,
            cpu: None,
            client_cpu: None,
            bytes: 0.0,
            anonymous: None,
            stored: None,
            gate: None,
            moonshot: None,
        }
    }

    /// One figure that no cell drives; less is better.
    pub(crate) fn of_figure(
        cell: &'static str,
        title: &'static str,
        unit: &'static str,
        resources: u64,
        figure: f64,
        (gate, moonshot): (f64, f64),
    ) -> Self {
        Self {
            p50: figure,
            state: State::Ok,
            gate: Some(figure <= gate),
            moonshot: Some(figure / moonshot),
            ..Self::blank(cell, title, unit, resources)
        }
    }

    /// How much more CPU `dear` takes than `cheap`.
    pub(crate) fn of_difference(cheap: &Self, dear: &Self) -> Option<Self> {
        let title = "what authorization adds to a read";
        let mut measured = Self {
            state: State::Ok,
            cpu: Some(dear.cpu? - cheap.cpu?),
            ..Self::blank("A6", title, dear.unit, dear.resources)
        };
        measured.compare(Goal::Cpu(25.0, 10.0));
        Some(measured)
    }

    /// A7: the 99th percentile of reads in a storm of sign-ins, and how often the one in peace fits
    /// into it.
    pub(crate) fn of_storm(
        peace: &Tally,
        storm: &Tally,
        arrived: u64,
        (gate, moonshot): (f64, f64),
    ) -> Self {
        let title = "reads in a storm of sign-ins";
        let ratio = millis(storm, 0.99) / millis(peace, 0.99);
        let failure = peace.failure.as_ref().or(storm.failure.as_ref());
        // Where nobody signed in there was no storm.
        let calm = (arrived == 0).then(|| "nobody signed in during the storm".to_owned());
        let wrong = failure.map(ToString::to_string).or(calm);
        Self {
            state: wrong.map_or(State::Ok, State::Wrong),
            units_per_second: count(arrived) / storm.elapsed.as_secs_f64(),
            p50: millis(storm, 0.5),
            p99: millis(storm, 0.99),
            // In the storm reads arrive at a fixed rate; this is the one in peace.
            p99_at_half: Some(millis(peace, 0.99)),
            gate: Some(ratio <= gate),
            moonshot: Some(ratio / moonshot),
            ..Self::blank("A7", title, "logins", 0)
        }
    }

    /// I1: what writing the dataset came to.
    pub(crate) fn of_load(
        resources: u64,
        outcome: Result<Duration, Failure>,
        used: Option<Usage>,
        stored: Option<u64>,
    ) -> Self {
        let title = "ingest: one transaction a patient";
        let mut measured = Self {
            connections: crate::load::CONNECTIONS,
            cpu: used.map(|used| micros(used.cpu) / count(resources)),
            anonymous: used.map(|used| used.anonymous),
            stored: stored.map(|bytes| count(bytes) / count(resources)),
            ..Self::blank("I1", title, "resources", resources)
        };
        match outcome {
            Ok(took) => {
                measured.state = State::Ok;
                measured.units_per_second = count(resources) / took.as_secs_f64();
            }
            Err(failure) => measured.state = State::Error(failure.to_string()),
        }
        measured.compare(Goal::Units(5000.0, 20_000.0));
        measured
    }

    /// Medians over the repetitions.
    pub(crate) fn of(cell: &'static Cell, resources: u64, repetitions: &[Repetition]) -> Self {
        let median =
            |figure: &dyn Fn(&Repetition) -> f64| median(repetitions.iter().map(figure).collect());
        let cpu = |usage: Option<Usage>, tally: &Tally| {
            usage.map_or(0.0, |usage| micros(usage.cpu) / count(tally.flows))
        };
        let is_local = repetitions
            .iter()
            .all(|repetition| repetition.server.is_some());
        let mut measured = Self {
            state: state(repetitions),
            units_per_second: median(&|r| count(r.tally.units) / r.tally.elapsed.as_secs_f64()),
            p50: median(&|r| millis(&r.tally, 0.5)),
            p99: median(&|r| millis(&r.tally, 0.99)),
            cpu: is_local.then(|| median(&|r| cpu(r.server, &r.tally))),
            client_cpu: Some(median(&|r| cpu(r.client, &r.tally))),
            bytes: median(&|r| count(r.tally.bytes) / count(r.tally.flows)),
            anonymous: repetitions
                .iter()
                .filter_map(|r| Some(r.server?.anonymous))
                .max(),
            ..Self::skipped(cell, resources, "")
        };
        measured.compare(cell.goal);
        measured
    }

    fn compare(&mut self, goal: Goal) {
        let (figure, gate, moonshot) = match goal {
            Goal::Cpu(gate, moonshot) => (self.cpu, gate, moonshot),
            Goal::Median(gate, moonshot) => (Some(self.p50), gate, moonshot),
            // A rate is turned round, so that less is better everywhere.
            Goal::Units(gate, moonshot) => (
                Some(1.0 / self.units_per_second.max(f64::MIN_POSITIVE)),
                1.0 / gate,
                1.0 / moonshot,
            ),
            Goal::None => return,
        };
        if self.state == State::Ok {
            self.gate = figure.map(|figure| figure <= gate);
            self.moonshot = figure.map(|figure| figure / moonshot);
        }
    }
}

fn state(repetitions: &[Repetition]) -> State {
    let failure = repetitions.iter().find_map(|r| r.tally.failure.as_ref());
    match failure {
        None => State::Ok,
        Some(Failure::Wrong(reason)) => State::Wrong(reason.clone()),
        Some(other) => State::Error(other.to_string()),
    }
}

/// The middle of some figures; the lower of two middles.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len().saturating_sub(1) / 2;
    figures.get(middle).copied().unwrap_or_default()
}

fn millis(tally: &Tally, quantile: f64) -> f64 {
    count(tally.latencies.value_at_quantile(quantile)) / 1000.0
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few minutes")]
fn count(number: u64) -> f64 {
    number.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_one_of_the_figures() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(vec![2.0, 1.0]) - 1.0).abs() < f64::EPSILON);
    }
}
