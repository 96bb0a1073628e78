//! The table for people: one line per check, by group, then the totals. Of a server that is not
//! reachable only the preflight is shown, everything else being skipped.

mod comparison;

use std::fmt::Write;

use super::{CheckResult, Report, Totals};
use crate::catalogue::{Level, group_title};
use crate::outcome::Outcome;

const BOLD: &str = "1";
const GREY: &str = "90";
/// Reasons told after the table.
const MOST_REASONS: usize = 8;

fn paint(color: bool, style: &str, text: &str) -> String {
    if color {
        format!("\u{1b}[{style}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

fn style(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "32",
        Outcome::Fail { .. } => "31;1",
        Outcome::Warn { .. } => "33",
        Outcome::Skip { .. } => GREY,
        Outcome::Error { .. } => "35;1",
    }
}

/// The whole table.
pub(super) fn render(report: &Report, color: bool) -> String {
    let mut text = String::new();
    let mut group = "";
    let is_shown = |result: &&CheckResult| report.reachable || result.group() == "PRE";
    let mut shown = Vec::new();
    for result in report.results.iter().filter(is_shown) {
        shown.push(result);
    }
    for alike in shown.chunk_by(|one, other| is_alike(one, other)) {
        let [first, ..] = alike else { continue };
        if first.group() != group {
            group = first.group();
            let title = format!("{group}  {}", group_title(group));
            let _ = writeln!(text, "\n{}", paint(color, BOLD, &title));
        }
        match alike {
            [one] => line(&mut text, one, color),
            many => folded(&mut text, many, color),
        }
    }
    undecided(&mut text, report, color);
    totals(&mut text, report, color);
    if let Some(comparison) = &report.comparison {
        comparison::append(&mut text, comparison, color);
    }
    text
}

/// Whether two checks that follow one another were skipped for the same reason.
fn is_alike(one: &CheckResult, other: &CheckResult) -> bool {
    let is_skip = matches!(one.outcome, Outcome::Skip { .. });
    is_skip && one.group() == other.group() && one.outcome == other.outcome
}

/// Checks that were skipped for one reason, in one line.
fn folded(text: &mut String, alike: &[&CheckResult], color: bool) {
    let [first, .., last] = alike else { return };
    let word = paint(color, style(&first.outcome), "skip ");
    let reason = first.outcome.reason().unwrap_or_default();
    let _ = writeln!(
        text,
        "  {word} {} to {}, {} checks\n               {}",
        first.id,
        last.id,
        alike.len(),
        paint(color, GREY, reason)
    );
}

/// Why checks could not be decided, the most frequent reason first.
fn undecided(text: &mut String, report: &Report, color: bool) {
    let reasons = report.undecided();
    if !report.reachable || reasons.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", paint(color, BOLD, "Not decided, and why"));
    for (reason, ids) in reasons.iter().take(MOST_REASONS) {
        let _ = writeln!(text, "  {:>5}  {reason}", ids.len());
    }
    if let Some(more) = reasons
        .len()
        .checked_sub(MOST_REASONS)
        .filter(|more| *more > 0)
    {
        let _ = writeln!(text, "         and {more} more reasons");
    }
}

fn line(text: &mut String, result: &CheckResult, color: bool) {
    let word = format!("{:<5}", result.outcome.word());
    let mark = match result.level {
        Level::Required => ' ',
        Level::Warning => 'w',
        Level::Information => 'i',
    };
    let word = paint(color, style(&result.outcome), &word);
    let _ = writeln!(text, "  {word} {} {mark} {}", result.id, result.claim);
    if let Some(reason) = result.outcome.reason() {
        let _ = writeln!(text, "               {}", paint(color, GREY, reason));
    }
}

/// How many checks ended how, in one line.
fn told(totals: Totals) -> String {
    totals
        .named()
        .map(|(count, word)| format!("{count} {word}"))
        .join(", ")
}

fn totals(text: &mut String, report: &Report, color: bool) {
    let style = match (report.exit_code(), &report.cut_short) {
        (0, None) => "32;1",
        (0, Some(_)) => "33;1",
        _ => "31;1",
    };
    let requests = match report.exchanges.len() {
        1 => "1 request".to_owned(),
        count => format!("{count} requests"),
    };
    let seconds = std::time::Duration::from_millis(report.milliseconds).as_secs_f32();
    let _ = writeln!(
        text,
        "\n{}: {}\n{requests} in {seconds:.1} s; {}",
        report.base,
        told(report.totals()),
        paint(color, style, &report.verdict()),
    );
}
