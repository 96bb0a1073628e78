//! One self-contained page: totals, matrix, checks, code systems, calls, exchanges. It needs no
//! script; with script it can be filtered and searched.

mod comparison;
mod exchange;
mod table;

use std::fmt::Write;

use super::{CheckResult, Report};
use crate::catalogue::group_title;

const STYLE: &str = include_str!("../page.css");
const SCRIPT: &str = include_str!("../page.js");

/// The words of outcomes and the titles of their totals.
pub(super) const OUTCOMES: &[(&str, &str)] = &[
    ("pass", "passed"),
    ("fail", "failed"),
    ("warn", "warnings"),
    ("skip", "skipped"),
    ("error", "errors"),
];

/// The whole page.
pub(super) fn render(report: &Report) -> String {
    let mut page = String::with_capacity(1 << 20);
    head(&mut page, report);
    if let Some(comparison) = &report.comparison {
        comparison::section(&mut page, comparison);
    }
    findings(&mut page, report);
    table::matrix(&mut page, report);
    table::undecided(&mut page, report);
    checks(&mut page, report);
    table::code_systems(&mut page, &report.profile);
    table::calls(&mut page, &report.profile);
    exchange::section(&mut page, report);
    let _ = writeln!(
        page,
        "<footer><p>Made by the s4s conformance runner {}. Tokens, codes, passwords and cookies are replaced by ***; \
         bodies of answers are not kept.</p></footer></main><script>{SCRIPT}</script></body></html>",
        env!("CARGO_PKG_VERSION"),
    );
    page
}

fn head(page: &mut String, report: &Report) {
    let base = escape(&report.base);
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\
         <title>Conformance of {base}</title><style>{STYLE}</style></head><body>\
         <a class=\"skip-link\" href=\"#checks\">Skip to the checks</a>\
         <header class=\"top\"><h1>FHIR and SMART conformance</h1><p class=\"soft\">{base}<br>{}, {} requests in {:.1} s</p>",
        report.started.format("%Y-%m-%d %H:%M UTC"),
        report.exchanges.len(),
        std::time::Duration::from_millis(report.milliseconds).as_secs_f32(),
    );
    let class = match (report.exit_code(), &report.cut_short) {
        (0, None) => "pass",
        (0, Some(_)) => "warn",
        (3, _) => "error",
        _ => "fail",
    };
    let verdict = capitalized(&escape(&report.verdict()));
    let _ = write!(
        page,
        "<p class=\"verdict {class}\">{verdict}</p></header><main>"
    );
    tiles(page, report);
}

/// With a capital, as a sentence begins.
fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(rest).collect()
}

fn tiles(page: &mut String, report: &Report) {
    page.push_str("<ul class=\"tiles\">");
    for (word, title) in OUTCOMES {
        let count = report
            .results
            .iter()
            .filter(|result| result.outcome.word() == *word)
            .count();
        let _ = write!(
            page,
            "<li><strong>{count}</strong><span class=\"word {word}\">{title}</span></li>"
        );
    }
    page.push_str("</ul>");
}

/// What did not hold, before everything else.
fn findings(page: &mut String, report: &Report) {
    let of = |word: &str| -> Vec<_> {
        let results = report.results.iter();
        results
            .filter(|result| result.outcome.word() == word)
            .collect()
    };
    let found: Vec<_> = ["fail", "error", "warn"].map(of).concat();
    if found.is_empty() {
        return;
    }
    page.push_str("<h2>What to look at</h2><ul class=\"findings\">");
    for result in found {
        let word = result.outcome.word();
        let _ = write!(
            page,
            "<li><span class=\"word {word}\">{word}</span><div><a class=\"id\" href=\"#{id}\">{id}</a> \
             {}<br><span class=\"reason\">{}</span></div></li>",
            escape(&result.claim),
            escape(result.outcome.reason().unwrap_or_default()),
            id = escape(&result.id),
        );
    }
    page.push_str("</ul>");
}

fn checks(page: &mut String, report: &Report) {
    page.push_str("<h2 id=\"checks\">Checks</h2>");
    filter(page);
    for group in report.results.chunk_by(|a, b| a.group() == b.group()) {
        let code = group.first().map_or("", CheckResult::group);
        let title = escape(group_title(code));
        let _ = write!(
            page,
            "<section class=\"group\" aria-labelledby=\"g-{code}\"><h3 id=\"g-{code}\">{code} · {title}</h3>"
        );
        for result in group {
            check(page, result);
        }
        page.push_str("</section>");
    }
}

fn filter(page: &mut String) {
    page.push_str(
        "<div id=\"filter\" class=\"filter\" role=\"search\" hidden><input id=\"words\" type=\"search\" \
         aria-label=\"Search in checks\" placeholder=\"Search ( / )\">",
    );
    for (word, title) in OUTCOMES {
        let _ = write!(
            page,
            "<button type=\"button\" value=\"{word}\" aria-pressed=\"false\">{title}</button>"
        );
    }
    page.push_str("<span id=\"told\" class=\"soft\" role=\"status\"></span></div>");
}

fn check(page: &mut String, result: &CheckResult) {
    let word = result.outcome.word();
    let _ = write!(
        page,
        "<details class=\"check card\" id=\"{id}\" data-outcome=\"{word}\"><summary><span class=\"word {word}\">{word}</span>\
         <span class=\"id\">{id}</span><span class=\"claim\">{} <span class=\"level\">{}</span></span>",
        escape(&result.claim),
        result.level.word(),
        id = escape(&result.id),
    );
    if let Some(reason) = result.outcome.reason() {
        let _ = write!(page, "<span class=\"reason\">{}</span>", escape(reason));
    }
    let requirement = result.requirement;
    let _ = write!(
        page,
        "</summary><div><p>Required by <a href=\"{}\">{}, {}</a>. Took {} ms.</p>",
        escape(requirement.link),
        escape(requirement.specification),
        escape(requirement.section),
        result.milliseconds,
    );
    exchange::links(page, &result.exchanges);
    page.push_str("</div></details>");
}

/// Text for an element or a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push('\n'),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_become_markup() {
        assert_eq!(
            escape("<a b='\"'>&\u{0}"),
            "&lt;a b=&#39;&quot;&#39;&gt;&amp;\u{fffd}"
        );
    }
}
