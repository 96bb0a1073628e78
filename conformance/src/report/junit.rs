//! `JUnit` XML: a suite per group. Warnings are told in `system-out`, so that they do not fail a
//! build.

use std::fmt::Write;

use super::{CheckResult, Report};
use crate::catalogue::group_title;
use crate::outcome::Outcome;

/// The whole document.
pub(super) fn render(report: &Report) -> String {
    let totals = report.totals();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        text,
        "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\">",
        escape(&report.base),
        report.results.len(),
        totals.fail,
        totals.error,
        totals.skip,
        seconds(report.milliseconds),
    );
    for suite in report.results.chunk_by(|a, b| a.group() == b.group()) {
        let group = suite.first().map_or("", CheckResult::group);
        let name = escape(&format!("{group} {}", group_title(group)));
        let _ = writeln!(
            text,
            "  <testsuite name=\"{name}\" tests=\"{}\">",
            suite.len()
        );
        for result in suite {
            case(&mut text, result);
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn case(text: &mut String, result: &CheckResult) {
    let _ = write!(
        text,
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{}\">",
        result.group(),
        escape(&format!("{} {}", result.id, result.claim)),
        seconds(result.milliseconds),
    );
    let reason = escape(result.outcome.reason().unwrap_or_default());
    let _ = match result.outcome {
        Outcome::Pass => Ok(()),
        Outcome::Fail { .. } => write!(text, "<failure message=\"{reason}\"/>"),
        Outcome::Error { .. } => write!(text, "<error message=\"{reason}\"/>"),
        Outcome::Skip { .. } => write!(text, "<skipped message=\"{reason}\"/>"),
        Outcome::Warn { .. } => write!(text, "<system-out>warning: {reason}</system-out>"),
    };
    text.push_str("</testcase>\n");
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

/// Text for an attribute or element; characters XML 1.0 cannot hold become spaces.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push(' '),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_are_harmless() {
        assert_eq!(escape("a<b>&\"\u{0}\u{1b}"), "a&lt;b&gt;&amp;&quot;  ");
    }
}
