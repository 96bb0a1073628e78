//! The table for people: one line per check, by group, then the totals. Of a server that is not
//! reachable only the preflight is shown, everything else being skipped.

use std::fmt::Write;

use super::{CheckResult, Comparison, Difference, Report};
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
        compared(&mut text, comparison, color);
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

fn compared(text: &mut String, comparison: &Comparison, color: bool) {
    let title = format!("compared with {}", comparison.there);
    let _ = writeln!(text, "\n{}", paint(color, BOLD, &title));
    let (one_sided, both): (Vec<_>, Vec<_>) = comparison
        .checks
        .iter()
        .partition(|check| check.is_one_sided());
    for check in both {
        let ((here, why), (there, why_there)) = (&check.here, &check.there);
        let _ = writeln!(
            text,
            "  {}  here {here}, there {there}  {}",
            check.id, check.claim
        );
        for reason in [why, why_there]
            .into_iter()
            .filter(|reason| !reason.is_empty())
        {
            let _ = writeln!(text, "               {}", paint(color, GREY, reason));
        }
    }
    for ends in one_sided.chunk_by(|a, b| a.here.0 == b.here.0 && a.there.0 == b.there.0) {
        let [first, ..] = ends else { continue };
        let ids: Vec<_> = ends.iter().map(|check| check.id.as_str()).collect();
        let _ = writeln!(
            text,
            "  here {}, there {}: {}",
            first.here.0,
            first.there.0,
            ids.join(" ")
        );
    }
    if !comparison.claims.is_empty() {
        let _ = writeln!(text, "  claimed differently");
    }
    for claim in &comparison.claims {
        told(text, claim);
    }
    for call in &comparison.calls {
        let _ = writeln!(text, "  {}  {}", call.name, call.request);
        call.differences
            .iter()
            .for_each(|difference| told(text, difference));
    }
    let (alike, apart) = (comparison.alike, comparison.checks.len());
    let _ = writeln!(text, "{alike} checks ended alike, {apart} differently");
}

fn told(text: &mut String, difference: &Difference) {
    let Difference { what, here, there } = difference;
    let _ = writeln!(text, "       {what}: here {here}; there {there}");
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

fn totals(text: &mut String, report: &Report, color: bool) {
    let totals = report.totals();
    let counts = [
        (totals.pass, "passed"),
        (totals.fail, "failed"),
        (totals.warn, "warnings"),
        (totals.skip, "skipped"),
        (totals.error, "errors"),
    ];
    let words: Vec<_> = counts
        .iter()
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let (verdict, style) = match report.exit_code() {
        0 => ("no required check failed", "32;1"),
        3 => ("the server is not reachable", "31;1"),
        _ => ("some required checks failed", "31;1"),
    };
    let seconds = std::time::Duration::from_millis(report.milliseconds).as_secs_f32();
    let _ = writeln!(
        text,
        "\n{}: {}\n{} requests in {seconds:.1} s; {}",
        report.base,
        words.join(", "),
        report.exchanges.len(),
        paint(color, style, verdict),
    );
}
