//! The tables: groups by outcome, code systems by category, calls.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{OUTCOMES, escape};
use crate::catalogue::group_title;
use crate::report::{CheckResult, Profile, Report};

/// Skipped checks that are named one by one; of more the groups are named.
const MOST_IDS: usize = 6;

/// Errors of the runner have a column only when there are some.
fn is_needed(report: &Report, word: &str) -> bool {
    let mut results = report.results.iter();
    word != "error" || results.any(|result| result.outcome.word() == word)
}

/// Groups by outcome.
pub(super) fn matrix(page: &mut String, report: &Report) {
    page.push_str("<h2>By group</h2><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Results by group\"><table class=\"matrix\"><thead><tr><th scope=\"col\">Group</th>");
    let columns: Vec<_> = OUTCOMES
        .iter()
        .filter(|(word, _)| is_needed(report, word))
        .collect();
    for (_, title) in &columns {
        let _ = write!(page, "<th scope=\"col\" class=\"number\">{title}</th>");
    }
    page.push_str("</tr></thead><tbody>");
    for group in report.results.chunk_by(|a, b| a.group() == b.group()) {
        let code = group.first().map_or("", CheckResult::group);
        let title = escape(group_title(code));
        let _ = write!(
            page,
            "<tr><th scope=\"row\"><a href=\"#g-{code}\">{code}</a> {title}</th>"
        );
        for (word, _) in &columns {
            let count = group
                .iter()
                .filter(|result| result.outcome.word() == *word)
                .count();
            let (class, text) = match count {
                0 => ("none", String::new()),
                count => (*word, count.to_string()),
            };
            let _ = write!(page, "<td class=\"number {class}\">{text}</td>");
        }
        page.push_str("</tr>");
    }
    page.push_str("</tbody></table></div>");
}

/// Why checks could not be decided.
pub(super) fn undecided(page: &mut String, report: &Report) {
    let reasons = report.undecided();
    if reasons.is_empty() {
        return;
    }
    page.push_str("<h2>Not decided, and why</h2><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Reasons of skipped checks\"><table class=\"reasons\"><thead><tr><th scope=\"col\">Reason</th><th scope=\"col\">Checks</th><th scope=\"col\" class=\"number\">Number</th></tr></thead><tbody>");
    for (reason, ids) in reasons {
        let mut groups: Vec<_> = ids.iter().filter_map(|id| id.split('-').next()).collect();
        groups.dedup();
        let which = if ids.len() > MOST_IDS {
            groups
        } else {
            ids.clone()
        };
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"number\">{}</td></tr>",
            escape(reason),
            escape(&which.join(", ")),
            ids.len(),
        );
    }
    page.push_str("</tbody></table></div>");
}

/// Which code systems are used, in which categories, with how many different codes.
pub(super) fn code_systems(page: &mut String, profile: &Profile) {
    let mut systems: BTreeMap<&str, Vec<(&str, usize, usize)>> = BTreeMap::new();
    for call in &profile.calls {
        for (system, codes) in &call.codes {
            let uses = codes.values().sum();
            systems
                .entry(system)
                .or_default()
                .push((&call.name, codes.len(), uses));
        }
    }
    if systems.is_empty() {
        return;
    }
    page.push_str(
        "<h2>Code systems in use</h2><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Code systems\"><table><thead><tr><th scope=\"col\">Code system</th>\
         <th scope=\"col\">Categories</th><th scope=\"col\" class=\"number\">Uses</th></tr></thead><tbody>",
    );
    for (system, rows) in systems {
        let uses: usize = rows.iter().map(|(_, _, uses)| uses).sum();
        let names: Vec<_> = rows
            .iter()
            .map(|(name, codes, _)| format!("{name} ({codes})"))
            .collect();
        let _ = write!(
            page,
            "<tr><th scope=\"row\"><code>{}</code></th><td>{}</td><td class=\"number\">{uses}</td></tr>",
            escape(system),
            escape(&names.join(", ")),
        );
    }
    page.push_str(
        "</tbody></table></div><p class=\"soft\">In brackets: how many different codes.</p>",
    );
}

/// The calls of the categories and how their records are populated.
pub(super) fn calls(page: &mut String, profile: &Profile) {
    if profile.calls.is_empty() {
        return;
    }
    page.push_str("<h2>Calls</h2>");
    for call in &profile.calls {
        let status = call
            .status
            .map_or_else(|| "no status".to_owned(), |status| status.to_string());
        let class = if call.status == Some(200) {
            "pass"
        } else {
            "fail"
        };
        let records = if call.count == 1 { "record" } else { "records" };
        let _ = write!(
            page,
            "<details class=\"card\"><summary><span class=\"word {class}\">{status}</span><span class=\"id\">{}</span>\
             <span><code>{}</code> · {} {records}</span></summary><div><p>Elements, and in how many records they are populated:</p><pre>",
            escape(&call.name),
            escape(&call.request),
            call.count,
        );
        for (path, count) in &call.elements {
            let _ = writeln!(page, "{count:>6}  {}", escape(path));
        }
        page.push_str("</pre></div></details>");
    }
}
