//! This run beside another.

use std::fmt::Write;

use super::escape;
use crate::report::{CallDifference, CheckDifference, Comparison, Difference};

/// The section of differences.
pub(super) fn section(page: &mut String, comparison: &Comparison) {
    let _ = write!(
        page,
        "<h2 id=\"comparison\">Compared with another run</h2><p>Here: <strong>{}</strong><br>There: <strong>{}</strong></p>\
         <p>{} checks ended alike, {} differently.</p>",
        escape(&comparison.here),
        escape(&comparison.there),
        comparison.alike,
        comparison.checks.len(),
    );
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
        differences(page, "Claimed", &comparison.claims);
    }
    if !comparison.calls.is_empty() {
        page.push_str("<h3>Answered differently</h3>");
    }
    for call in &comparison.calls {
        one_call(page, call);
    }
}

fn checks(page: &mut String, checks: &[&CheckDifference]) {
    if checks.is_empty() {
        return;
    }
    page.push_str(&opening("Checks that ended differently", "Check"));
    for check in checks {
        let cell = |(word, reason): &(String, String)| {
            format!(
                "<td><span class=\"word {0}\">{0}</span> {1}</td>",
                escape(word),
                escape(reason)
            )
        };
        let _ = write!(
            page,
            "<tr><th scope=\"row\"><a href=\"#{0}\">{0}</a> {1}</th>{2}{3}</tr>",
            escape(&check.id),
            escape(&check.claim),
            cell(&check.here),
            cell(&check.there),
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
        "<details class=\"card\"><summary><span class=\"word warn\">{}</span><span class=\"id\">{}</span><code>{}</code></summary><div>",
        call.differences.len(),
        escape(&call.name),
        escape(&call.request),
    );
    differences(page, "Of the answer", &call.differences);
    page.push_str("</div></details>");
}

fn differences(page: &mut String, first: &str, differences: &[Difference]) {
    page.push_str(&opening(first, first));
    for difference in differences {
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>",
            escape(&difference.what),
            escape(&difference.here),
            escape(&difference.there),
        );
    }
    page.push_str("</tbody></table></div>");
}
