//! The measurements as a table for people and as JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

use crate::measurement::{Measurement, State};

/// What CPU may grow by from 10,000 to a million resources, and what it should.
const GATE: f64 = 2.0;
const MOONSHOT: f64 = 1.3;
/// Cells whose answer is about all of the data.
const WALKS: [&str; 5] = ["S3", "S4", "X1", "B1", "B2"];

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Version of this program.
    version: &'static str,
    /// Cores of this machine.
    cores: usize,
    measurements: Vec<Measurement>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            measurements: Vec::new(),
        }
    }

    /// Adds a measurement and shows its line.
    pub(crate) fn add(&mut self, measurement: Measurement) {
        if self.measurements.is_empty() {
            show(&head());
        }
        show(&line(&measurement));
        self.measurements.push(measurement);
    }

    /// What the last measurement of one cell takes more than that of another.
    pub(crate) fn overhead(&self, cheap: &str, dear: &str) -> Option<Measurement> {
        let last = |id: &str| self.measurements.iter().rev().find(|m| m.cell == id);
        Measurement::of_difference(last(cheap)?, last(dear)?)
    }

    /// Whether a cell answered wrongly or not at all.
    pub fn has_failed(&self) -> bool {
        let failed = |m: &Measurement| matches!(m.state, State::Wrong(_) | State::Error(_));
        self.measurements.iter().any(failed)
    }

    /// Whether a gate was missed.
    pub fn missed_a_gate(&self) -> bool {
        self.measurements.iter().any(|m| m.gate == Some(false))
    }

    /// The most anonymous memory that was seen at one size, in bytes.
    pub(crate) fn largest(&self, resources: u64) -> Option<u64> {
        let of_size = self
            .measurements
            .iter()
            .filter(|m| m.resources == resources);
        of_size.filter_map(|m| m.anonymous).max()
    }

    /// How CPU grows with the size of the data, where a cell ran at several sizes.
    pub fn growth(&self) -> String {
        let mut text = String::new();
        for last in &self.measurements {
            let first = self
                .measurements
                .iter()
                .find(|first| first.cell == last.cell);
            let (Some(first), Some(now)) = (first, last.cpu) else {
                continue;
            };
            let Some(then) = first
                .cpu
                .filter(|then| *then > 0.0 && first.resources < last.resources)
            else {
                continue;
            };
            let growth = now / then;
            let _ = writeln!(
                text,
                "growth {:<4} {} -> {} resources: CPU x {growth:.2} {}",
                last.cell,
                first.resources,
                last.resources,
                // The cells that are one walk per answer grow with the answer.
                match growth {
                    _ if WALKS.contains(&last.cell) => "(grows with the answer)",
                    ..MOONSHOT => "moonshot",
                    ..GATE => "holds",
                    _ => "MISS",
                }
            );
        }
        text
    }
}

fn head() -> String {
    format!(
        "{:<4} {:<38} {:>9} {:>4} {:>10} {:<9} {:>9} {:>9} {:>9} {:>9} {:>8}  {:<5} moonshot x\n",
        "cell",
        "what",
        "size",
        "conn",
        "per second",
        "unit",
        "p50 ms",
        "p99 ms",
        "p99 half",
        "CPU us",
        "bytes",
        "gate"
    )
}

fn line(measured: &Measurement) -> String {
    let start = format!(
        "{:<4} {:<38} {:>9} {:>4} ",
        measured.cell, measured.title, measured.resources, measured.connections
    );
    match &measured.state {
        State::Ok => start + &figures(measured),
        State::Wrong(reason) => format!("{start}WRONG {reason}\n"),
        State::Error(reason) => format!("{start}ERROR {reason}\n"),
        State::Skipped(reason) => format!("{start}skipped: {reason}\n"),
    }
}

fn figures(measured: &Measurement) -> String {
    let or_dash = |figure: Option<f64>, digits: usize| {
        figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.digits$}"))
    };
    let gate = match measured.gate {
        Some(true) => "holds",
        Some(false) => "MISS",
        None => "-",
    };
    let stored = measured
        .stored
        .map(|bytes| format!("  {bytes:.0} bytes on disk a resource"));
    format!(
        "{:>10.0} {:<9} {:>9.2} {:>9.2} {:>9} {:>9} {:>8.0}  {:<5} {}{}\n",
        measured.units_per_second,
        measured.unit,
        measured.p50,
        measured.p99,
        or_dash(measured.p99_at_half, 2),
        or_dash(measured.cpu, 0),
        measured.bytes,
        gate,
        or_dash(measured.moonshot, 2),
        stored.unwrap_or_default()
    )
}

/// Shows text on standard output; a reader who has gone away is no error.
pub(crate) fn show(text: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
