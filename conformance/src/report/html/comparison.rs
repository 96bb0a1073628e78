//! This run beside another.

use std::fmt::Write;

use super::escape;
use crate::report::comparison::NOTHING_MORE;
use crate::report::{CallDifference, CheckDifference, Comparison, Difference};

/// The section of differences.
pub(super) fn section(page: &mut String, comparison: &Comparison) {
    page.push_str("<h2 id=\"comparison\">Compared</h2>");
    sum(page, comparison);
    let (one_sided, both): (Vec<_>, Vec<_>) = comparison
        .checks
        .iter()
        .partition(|check| check.is_one_sided());
    checks(page, &both);
    if !one_sided.is_empty() {
        let _ = write!(
            page,
            "<details class=\"card\"><summary><span class=\"word skip\">{}</span><span class=\"id\">Checks</span>\
             <span>that only one of the two runs decided</span></summary><div>",
            one_sided.len(),
        );
        checks(page, &one_sided);
        page.push_str("</div></details>");
    }
    if !comparison.claims.is_empty() {
        page.push_str("<h3>Claimed differently</h3>");
        differences(page, "Claimed", "Claimed", &comparison.claims);
    }
    if !comparison.calls.is_empty() {
        page.push_str("<h3>Answered differently</h3>");
    }
    for call in &comparison.calls {
        one_call(page, call);
    }
}

/// Who is compared and how much differs.
fn sum(page: &mut String, comparison: &Comparison) {
    page.push_str("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Totals of the two runs\"><table class=\"sum\"><thead><tr><td></td>");
    for (_, word) in comparison.here_totals.named() {
        let _ = write!(page, "<th scope=\"col\" class=\"number\">{word}</th>");
    }
    page.push_str("</tr></thead><tbody>");
    let rows = [
        ("Here", &comparison.here, comparison.here_totals),
        ("There", &comparison.there, comparison.there_totals),
    ];
    for (side, base, totals) in rows {
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{side} <span class=\"soft\">{}</span></th>",
            escape(base)
        );
        for (count, word) in totals.named() {
            let _ = write!(
                page,
                "<td class=\"number\" data-label=\"{word}\">{count}</td>"
            );
        }
        page.push_str("</tr>");
    }
    page.push_str("</tbody></table></div>");
    let claims = match comparison.claims.len() {
        0 => "Both claim the same.".to_owned(),
        count => format!("Of what they claim, {count} rows differ."),
    };
    let _ = write!(
        page,
        "<p>{} checks ended alike, {} differently. {} calls were answered alike, {} differently. {claims}</p>",
        comparison.alike,
        comparison.checks.len(),
        comparison.calls_alike,
        comparison.calls.len(),
    );
}

fn checks(page: &mut String, checks: &[&CheckDifference]) {
    if checks.is_empty() {
        return;
    }
    page.push_str(&opening("Checks that ended differently", "Check"));
    for check in checks {
        let cell = |side: &str, (word, reason): &(String, String)| {
            format!(
                "<td data-label=\"{side}\"><span class=\"word {0}\">{0}</span> {1}</td>",
                escape(word),
                escape(reason)
            )
        };
        let _ = write!(
            page,
            "<tr><th scope=\"row\"><a href=\"#{0}\">{0}</a> {1}</th>{2}{3}</tr>",
            escape(&check.id),
            escape(&check.claim),
            cell("Here", &check.here),
            cell("There", &check.there),
        );
    }
    page.push_str("</tbody></table></div>");
}

fn opening(label: &str, first: &str) -> String {
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><table class=\"compare\"><thead><tr><th scope=\"col\">{first}</th>\
         <th scope=\"col\">Here</th><th scope=\"col\">There</th></tr></thead><tbody>"
    )
}

fn one_call(page: &mut String, call: &CallDifference) {
    let _ = write!(
        page,
        "<details class=\"card\" open><summary><span class=\"word warn\">{}</span><span class=\"id\">{}</span><code>{}</code></summary><div>",
        call.differences.len(),
        escape(&call.name),
        escape(&call.request),
    );
    let label = format!("Answers to {}", escape(&call.name));
    differences(page, &label, "Of the answer", &call.differences);
    page.push_str("</div></details>");
}

fn differences(page: &mut String, label: &str, first: &str, differences: &[Difference]) {
    page.push_str(&opening(label, first));
    for difference in differences {
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td data-label=\"Here\">{}</td><td data-label=\"There\">{}</td></tr>",
            escape(&difference.what),
            value(&difference.here),
            value(&difference.there),
        );
    }
    page.push_str("</tbody></table></div>");
}

/// One side of a difference; nothing more is told softly.
fn value(text: &str) -> String {
    match text {
        NOTHING_MORE => format!("<span class=\"soft\">{NOTHING_MORE}</span>"),
        text => escape(text),
    }
}
