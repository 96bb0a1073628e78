//! The rows of `cases.tsv`.

use std::collections::BTreeMap;

use super::outcome;
use fhir::validate::Breach;

struct Case {
    rule: &'static str,
    /// The code of the only issue, or `valid`.
    code: &'static str,
    breach: &'static str,
    expression: &'static str,
    resource: &'static str,
}

fn cases() -> impl Iterator<Item = Case> {
    let rows = include_str!("cases.tsv").lines().skip(1);
    rows.map(|row| {
        let mut cells = row.splitn(5, '\t');
        let mut cell = || cells.next().unwrap();
        Case {
            rule: cell(),
            code: cell(),
            breach: cell(),
            expression: cell(),
            resource: cell(),
        }
    })
}

#[test]
fn each_fault_is_the_only_issue_reported() {
    for case in cases().filter(|case| case.code != "valid") {
        let issues = outcome(case.resource).issues;
        let found: Vec<_> = issues.iter().map(ToString::to_string).collect();
        assert_eq!(
            issues.len(),
            1,
            "{}: {}: {found:#?}",
            case.rule,
            case.resource
        );
        let breach = match issues[0].breach {
            Breach::Grammar => "grammar",
            Breach::Rule => "rule",
        };
        let expression = issues[0].expression.as_deref().unwrap_or_default();
        let issue = (issues[0].code.as_str(), breach, expression);
        let expected = (case.code, case.breach, case.expression);
        assert_eq!(issue, expected, "{}: {}", case.rule, case.resource);
    }
}

#[test]
fn what_keeps_the_rule_is_valid() {
    for case in cases().filter(|case| case.code == "valid") {
        let issues = outcome(case.resource).issues;
        assert!(
            issues.is_empty(),
            "{}: {}: {issues:#?}",
            case.rule,
            case.resource
        );
    }
}

#[test]
fn every_rule_has_a_fault_and_a_valid_neighbour() {
    let mut rules: BTreeMap<_, (usize, usize)> = BTreeMap::new();
    for case in cases() {
        let (faults, valid) = rules.entry(case.rule).or_default();
        *(if case.code == "valid" { valid } else { faults }) += 1;
    }
    for (rule, (faults, valid)) in rules {
        assert!(faults > 0 && valid > 0, "{rule}");
    }
}
