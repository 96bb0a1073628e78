//! What a run found, and how it is written down.

mod call;
mod comparison;
mod console;
mod html;
mod junit;
mod profile;
mod saved;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::catalogue::Level;
use crate::http::Exchange;
use crate::outcome::Outcome;
use crate::requirement::Requirement;

pub use call::Call;
pub use comparison::{CallDifference, CheckDifference, Comparison, Difference};
pub use profile::Profile;
pub(crate) use profile::describe;
pub use saved::{Saved, SavedResult};

/// The result of one check.
#[derive(Debug, Clone, Serialize)]
pub struct CheckResult {
    /// Its id.
    pub id: String,
    /// Its level.
    pub level: Level,
    /// Its claim.
    pub claim: String,
    /// What it verifies.
    pub requirement: Requirement,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// How long it took.
    pub milliseconds: u64,
    /// The exchanges it rests on, as places in `Report::exchanges`.
    pub exchanges: Vec<usize>,
}

impl CheckResult {
    /// The group of its id.
    pub fn group(&self) -> &str {
        self.id.split('-').next().unwrap_or_default()
    }
}

/// How many checks ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Passed.
    pub pass: usize,
    /// Required and failed.
    pub fail: usize,
    /// Recommended and failed.
    pub warn: usize,
    /// Not decided.
    pub skip: usize,
    /// The runner's own faults.
    pub error: usize,
}

impl Totals {
    fn add(&mut self, word: &str) {
        let total = match word {
            "pass" => &mut self.pass,
            "fail" => &mut self.fail,
            "warn" => &mut self.warn,
            "skip" => &mut self.skip,
            _ => &mut self.error,
        };
        *total += 1;
    }

    /// Each number with its name, in the order in which they are told.
    fn named(self) -> [(usize, &'static str); 5] {
        [
            (self.pass, "passed"),
            (self.fail, "failed"),
            (self.warn, "warnings"),
            (self.skip, "skipped"),
            (self.error, "errors"),
        ]
    }
}

/// One run.
#[derive(Debug, Clone)]
pub struct Report {
    /// Base URL of the server.
    pub base: String,
    /// When it began.
    pub started: DateTime<Utc>,
    /// How long it took.
    pub milliseconds: u64,
    /// Whether the server answered at all.
    pub reachable: bool,
    /// Why the run ended early, when it did: its budget or its time was spent.
    pub cut_short: Option<String>,
    /// One result per check, in the catalogue's order.
    pub results: Vec<CheckResult>,
    /// Everything that was asked.
    pub exchanges: Vec<Exchange>,
    /// What the answers looked like.
    pub profile: Profile,
    /// The difference to another run, when one was asked for.
    pub comparison: Option<Comparison>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// A table for people.
    #[default]
    Console,
    /// Everything, with the exchanges.
    Json,
    /// For continuous integration.
    Junit,
    /// One self-contained page.
    Html,
}

#[derive(Serialize)]
struct Document<'a> {
    base: &'a str,
    started: String,
    milliseconds: u64,
    reachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cut_short: Option<&'a str>,
    exit_code: u8,
    totals: Totals,
    results: &'a [CheckResult],
    exchanges: &'a [Exchange],
    profile: &'a Profile,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<&'a Comparison>,
}

impl Report {
    /// How many checks ended how.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for result in &self.results {
            totals.add(result.outcome.word());
        }
        totals
    }

    /// The reasons of skipped checks with the ids of those checks, the most frequent first. What
    /// stands before a colon tells only how far a login came, so that it does not count.
    pub fn undecided(&self) -> Vec<(&str, Vec<&str>)> {
        let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
        for result in &self.results {
            let Outcome::Skip { reason } = &result.outcome else {
                continue;
            };
            let reason = reason
                .split_once(": ")
                .map_or(reason.as_str(), |(_, why)| why);
            match found.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, ids)) => ids.push(&result.id),
                None => found.push((reason, vec![result.id.as_str()])),
            }
        }
        found.sort_by_key(|(_, ids)| std::cmp::Reverse(ids.len()));
        found
    }

    /// The result of a check.
    pub fn result(&self, id: &str) -> Option<&CheckResult> {
        self.results.iter().find(|result| result.id == id)
    }

    /// 0: no required check failed; 1: some did (or the runner could not decide for a fault of its
    /// own); 3: the server is not reachable.
    pub fn exit_code(&self) -> u8 {
        if !self.reachable {
            return 3;
        }
        let is_bad = |result: &CheckResult| {
            result.level == Level::Required
                && matches!(result.outcome, Outcome::Fail { .. } | Outcome::Error { .. })
        };
        u8::from(self.results.iter().any(is_bad))
    }

    /// The result in words. A run that was cut short says so, since what it did not ask is not
    /// known to be right.
    pub(crate) fn verdict(&self) -> String {
        let verdict = match self.exit_code() {
            0 => "no required check failed",
            3 => "the server is not reachable",
            _ => "some required checks failed",
        };
        match &self.cut_short {
            Some(why) => format!("{verdict}, but the run was cut short: {why}"),
            None => verdict.to_owned(),
        }
    }

    /// The report in a format; `color` matters for the console only.
    pub fn render(&self, format: Format, color: bool) -> String {
        match format {
            Format::Console => console::render(self, color),
            Format::Json => self.json(),
            Format::Junit => junit::render(self),
            Format::Html => html::render(self),
        }
    }

    fn json(&self) -> String {
        let document = Document {
            base: &self.base,
            started: self.started.to_rfc3339(),
            milliseconds: self.milliseconds,
            reachable: self.reachable,
            cut_short: self.cut_short.as_deref(),
            exit_code: self.exit_code(),
            totals: self.totals(),
            results: &self.results,
            exchanges: &self.exchanges,
            profile: &self.profile,
            comparison: self.comparison.as_ref(),
        };
        let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
        text.push('\n');
        text
    }
}
