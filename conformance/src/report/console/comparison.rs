//! This run beside another, for people: what differs, and at the end how much.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{BOLD, GREY, paint, told};
use crate::report::comparison::NOTHING_MORE;
use crate::report::{CheckDifference, Comparison, Difference};

/// Ids of checks in one line.
const IDS_IN_LINE: usize = 6;

/// The comparison, below everything else.
pub(super) fn append(text: &mut String, comparison: &Comparison, color: bool) {
    let title = |text: &mut String, words: &str| {
        let _ = writeln!(text, "\n{}", paint(color, BOLD, words));
    };
    title(text, "Compared");
    let _ = writeln!(text, "  here   {}", comparison.here);
    let _ = writeln!(text, "  there  {}", comparison.there);
    let (one_sided, both): (Vec<_>, Vec<_>) = comparison
        .checks
        .iter()
        .partition(|check| check.is_one_sided());
    if !both.is_empty() {
        title(text, "Checks that ended differently");
    }
    for check in both {
        decided(text, check, color);
    }
    if !one_sided.is_empty() {
        title(text, "Checks that only one of the two runs decided");
        undecided(text, &one_sided, color);
    }
    if !comparison.claims.is_empty() {
        title(text, "Claimed differently");
        comparison
            .claims
            .iter()
            .for_each(|claim| line(text, 2, claim));
    }
    if !comparison.calls.is_empty() {
        title(text, "Answered differently");
    }
    for call in &comparison.calls {
        let _ = writeln!(text, "  {}  {}", call.name, call.request);
        let differences = call.differences.iter();
        differences.for_each(|difference| line(text, 7, difference));
    }
    sum(text, comparison, color);
}

/// How much differs, last, where people look first.
fn sum(text: &mut String, comparison: &Comparison, color: bool) {
    let _ = writeln!(text, "\n{}", paint(color, BOLD, "All in all"));
    let _ = writeln!(text, "  here   {}", told(comparison.here_totals));
    let _ = writeln!(text, "  there  {}", told(comparison.there_totals));
    let counts = [
        (
            "checks ended alike",
            comparison.alike,
            comparison.checks.len(),
        ),
        (
            "calls were answered alike",
            comparison.calls_alike,
            comparison.calls.len(),
        ),
    ];
    for (words, alike, apart) in counts {
        let _ = writeln!(text, "  {alike} {words}, {apart} differently");
    }
    if comparison.claims.is_empty() {
        text.push_str("  both claim the same\n");
    }
}

fn decided(text: &mut String, check: &CheckDifference, color: bool) {
    let ((here, why), (there, why_there)) = (&check.here, &check.there);
    let _ = writeln!(
        text,
        "  {}  here {here}, there {there}  {}",
        check.id, check.claim
    );
    for (side, reason) in [("here", why), ("there", why_there)] {
        if !reason.is_empty() {
            let reason = format!("{side}: {reason}");
            let _ = writeln!(text, "               {}", paint(color, GREY, &reason));
        }
    }
}

/// Checks by how they ended, so that a reason that many share is told once.
fn undecided(text: &mut String, checks: &[&CheckDifference], color: bool) {
    let mut alike: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for check in checks {
        let ends = (&check.here, &check.there);
        alike.entry(ends).or_default().push(&check.id);
    }
    for ((here, there), ids) in alike {
        let side = |(word, reason): &(String, String)| match reason.as_str() {
            "" => word.clone(),
            reason => format!("{word} ({reason})"),
        };
        let _ = writeln!(text, "  here {}, there {}", side(here), side(there));
        for some in ids.chunks(IDS_IN_LINE) {
            let _ = writeln!(text, "       {}", paint(color, GREY, &some.join(" ")));
        }
    }
}

/// One difference; a side that has nothing the other has not is not told.
fn line(text: &mut String, indent: usize, difference: &Difference) {
    let Difference { what, here, there } = difference;
    let sides: Vec<_> = [("here", here), ("there", there)]
        .into_iter()
        .filter(|(_, value)| *value != NOTHING_MORE)
        .map(|(side, value)| format!("{side} {value}"))
        .collect();
    let _ = writeln!(text, "{:indent$}{what}: {}", "", sides.join("; "));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_with_nothing_more_is_not_told() {
        let mut text = String::new();
        let difference = Difference {
            what: "Patient".into(),
            here: NOTHING_MORE.into(),
            there: "also ?name".into(),
        };
        line(&mut text, 2, &difference);
        assert_eq!(text, "  Patient: there also ?name\n");
    }

    #[test]
    fn a_reason_that_many_checks_share_is_told_once() {
        let check = |id: &str| CheckDifference {
            id: id.into(),
            claim: String::new(),
            here: ("skip".into(), "Goal is not claimed".into()),
            there: ("pass".into(), String::new()),
        };
        let checks = [check("GOL-02"), check("GOL-03")];
        let mut text = String::new();
        undecided(&mut text, &checks.iter().collect::<Vec<_>>(), false);
        let wanted = "  here skip (Goal is not claimed), there pass\n       GOL-02 GOL-03\n";
        assert_eq!(text, wanted);
    }
}
