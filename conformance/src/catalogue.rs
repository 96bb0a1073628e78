//! Every check, as data.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;

use serde::Serialize;

use crate::category::{CATEGORIES, Category};
use crate::check;
use crate::context::Context;
use crate::outcome::Verdict;
use crate::requirement::Requirement;
use crate::us_core::{Kind, TYPES};

/// How much a check matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A failure fails the run.
    Required,
    /// A failure is a warning.
    Warning,
    /// Told for information.
    Information,
}

impl Level {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }
}

pub(crate) type Pending<'a> = Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;
pub(crate) type RunPlain = for<'a> fn(&'a Context) -> Pending<'a>;
pub(crate) type RunKind = for<'a> fn(&'a Context, &'static Kind) -> Pending<'a>;
pub(crate) type RunCategory = for<'a> fn(&'a Context, &'static Category) -> Pending<'a>;

/// What a check does.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    Plain(RunPlain),
    OfCategory(RunCategory, &'static Category),
    OfKind(RunKind, &'static Kind),
}

/// One check.
#[derive(Clone)]
pub struct Check {
    /// Stable id: group and number, as in `DSC-01`.
    pub id: Cow<'static, str>,
    /// How much it matters.
    pub level: Level,
    /// What holds when it passes, one sentence.
    pub claim: Cow<'static, str>,
    /// Where that is required.
    pub requirement: Requirement,
    run: Run,
}

impl fmt::Debug for Check {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({}): {}", self.id, self.level.word(), self.claim)
    }
}

impl Check {
    pub(crate) const fn new(
        id: &'static str,
        level: Level,
        claim: &'static str,
        requirement: Requirement,
        run: RunPlain,
    ) -> Self {
        Self {
            id: Cow::Borrowed(id),
            level,
            claim: Cow::Borrowed(claim),
            requirement,
            run: Run::Plain(run),
        }
    }

    /// The group of its id, as in `DSC`.
    pub fn group(&self) -> &str {
        self.id.split('-').next().unwrap_or_default()
    }

    /// Whether what comes after it may suffer from it, so that it comes last.
    pub(crate) fn is_disruptive(&self) -> bool {
        DISRUPTIVE.contains(&self.id.as_ref())
    }

    /// Whether `name` is its id or its group.
    pub fn is_named(&self, name: &str) -> bool {
        self.id.eq_ignore_ascii_case(name) || self.group().eq_ignore_ascii_case(name)
    }

    pub(crate) fn start<'a>(&self, context: &'a Context) -> Pending<'a> {
        match self.run {
            Run::Plain(run) => run(context),
            Run::OfCategory(run, category) => run(context, category),
            Run::OfKind(run, kind) => run(context, kind),
        }
    }
}

/// One line of the template that every category of records goes through.
pub(crate) struct Template {
    pub(crate) number: &'static str,
    pub(crate) level: Level,
    /// `{}` stands for the category's title.
    pub(crate) claim: &'static str,
    pub(crate) requirement: Requirement,
    pub(crate) applies: fn(&Category) -> bool,
    pub(crate) run: RunCategory,
}

impl Template {
    fn check(&self, category: &'static Category) -> Check {
        Check {
            id: Cow::Owned(format!("{}-{}", category.code, self.number)),
            level: self.level.max(category.level),
            claim: Cow::Owned(self.claim.replace("{}", category.title)),
            requirement: self.requirement,
            run: Run::OfCategory(self.run, category),
        }
    }
}

/// One line of the template that every type of US Core goes through.
pub(crate) struct KindTemplate {
    pub(crate) number: &'static str,
    pub(crate) level: Level,
    /// `{}` stands for the type.
    pub(crate) claim: &'static str,
    pub(crate) requirement: Requirement,
    pub(crate) applies: fn(&Kind) -> bool,
    pub(crate) run: RunKind,
}

impl KindTemplate {
    fn check(&self, kind: &'static Kind) -> Check {
        Check {
            id: Cow::Owned(format!("USC-{}-{}", kind.resource_type, self.number)),
            level: self.level,
            claim: Cow::Owned(self.claim.replace("{}", kind.resource_type)),
            requirement: self.requirement,
            run: Run::OfKind(self.run, kind),
        }
    }
}

/// Checks that send bursts, after which the server may refuse for a while.
const DISRUPTIVE: &[&str] = &["REG-09", "CON-17", "OPS-02"];

/// Groups in order: prefix of the ids and title.
pub const GROUPS: &[(&str, &str)] = &[
    ("PRE", "Preflight"),
    ("TLS", "Transport"),
    ("DSC", "Discovery"),
    ("REG", "Client registration"),
    ("AUT", "Authorization request"),
    ("CON", "Login and consent"),
    ("TOK", "Token exchange"),
    ("RFR", "Refresh tokens"),
    ("RVK", "Revocation"),
    ("INT", "Introspection"),
    ("ACC", "Access enforcement"),
    ("API", "FHIR over HTTP"),
    ("SRC", "Search"),
    ("PAT", "Patient demographics"),
    ("SMK", "Smoking status"),
    ("PRB", "Problems"),
    ("MRQ", "Medication requests"),
    ("MST", "Medication statements"),
    ("MDS", "Medication dispenses"),
    ("MAD", "Medication administrations"),
    ("ALG", "Allergies"),
    ("LAB", "Laboratory results"),
    ("VIT", "Vital signs"),
    ("PRC", "Procedures"),
    ("IMM", "Immunizations"),
    ("DOC", "Documents"),
    ("DXR", "Diagnostic reports"),
    ("ENC", "Encounters"),
    ("CPL", "Care plans"),
    ("CTM", "Care teams"),
    ("GOL", "Goals"),
    ("DEV", "Devices"),
    ("PRV", "Provenance"),
    ("FIN", "Financial"),
    ("IMG", "Imaging"),
    ("GEN", "Genomics"),
    ("BLK", "Bulk export"),
    ("USC", "US Core"),
    ("QLT", "Quality of the records"),
    ("OID", "OpenID Connect"),
    ("EHL", "Launch from the portal"),
    ("OPS", "Operations and privacy"),
];

/// What is not checked although it is written down somewhere as a check, and why.
pub const ABSENT: &[(&str, &str)] = &[
    (
        "OPS-10",
        "whether tokens reach the logs of a client can be seen in that client only; the pages' Referrer-Policy is AUT-18",
    ),
    (
        "QLT-12",
        "the counts by type, code system and element are tables of every report, not a claim that can fail",
    ),
    (
        "SRC-14",
        "nothing is ever written to a server under test, so no record is changed to be found again",
    ),
    ("TOK-27", "the id_token has a group of its own, OID"),
    (
        "PAT-03",
        "the patient is read and not searched for; PAT-02 fails when there is none",
    ),
    ("PAT-11", "the patient is read as a whole every time"),
    ("PAT-12", "the patient is read as a whole every time"),
    (
        "PRV-11",
        "provenance comes along with what it is about, whose periodic queries are checked",
    ),
    (
        "PRV-12",
        "provenance comes along with what it is about, whose periodic queries are checked",
    ),
    (
        "(category)-07",
        "profiles are judged by type in USC-(type)-04",
    ),
    (
        "(category)-13",
        "elements that must be supported are looked for by type in USC-(type)-05",
    ),
];

/// Every check, in the order of [`GROUPS`] and of their numbers.
pub fn catalogue() -> Vec<Check> {
    let mut checks: Vec<Check> = check::TABLES.iter().copied().flatten().cloned().collect();
    for category in CATEGORIES {
        checks.extend(
            check::TEMPLATE
                .iter()
                .filter(|template| (template.applies)(category))
                .map(|template| template.check(category)),
        );
    }
    for kind in TYPES {
        checks.extend(
            check::KINDS
                .iter()
                .filter(|template| (template.applies)(kind))
                .map(|template| template.check(kind)),
        );
    }
    checks.sort_by_key(|check| (place_of(check.group()), check.id.clone()));
    checks
}

/// The title of a group.
pub fn group_title(group: &str) -> &'static str {
    GROUPS
        .get(place_of(group))
        .map_or("Other", |(_, title)| title)
}

fn place_of(group: &str) -> usize {
    GROUPS
        .iter()
        .position(|(code, _)| *code == group)
        .unwrap_or(GROUPS.len())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_sorted_within_their_group() {
        let checks = catalogue();
        let ids: BTreeSet<_> = checks.iter().map(|check| &check.id).collect();
        assert_eq!(ids.len(), checks.len());
        for table in check::TABLES {
            assert!(
                table
                    .windows(2)
                    .all(|pair| pair[0].group() != pair[1].group() || pair[0].id < pair[1].id)
            );
        }
    }

    #[test]
    fn every_group_of_an_id_is_listed() {
        for check in catalogue() {
            assert!(place_of(check.group()) < GROUPS.len(), "{check:?}");
        }
    }

    #[test]
    fn claims_are_sentences_and_requirements_have_links() {
        for check in catalogue() {
            assert!(check.claim.ends_with('.'), "{check:?}");
            assert!(
                check
                    .claim
                    .starts_with(|c: char| c.is_uppercase() || c == '`'),
                "{check:?}"
            );
            assert!(check.requirement.link.starts_with("https://"), "{check:?}");
            assert!(!check.claim.contains("{}"), "{check:?}");
        }
    }

    /// How many checks each group was designed with, numbered from 1.
    const DESIGN: &[(&str, usize)] = &[
        ("PRE", 4),
        ("TLS", 7),
        ("DSC", 17),
        ("REG", 9),
        ("AUT", 20),
        ("CON", 20),
        ("TOK", 27),
        ("RFR", 13),
        ("RVK", 10),
        ("INT", 9),
        ("ACC", 21),
        ("API", 13),
        ("SRC", 16),
        ("FIN", 8),
        ("IMG", 12),
        ("GEN", 10),
        ("QLT", 12),
        ("OID", 7),
        ("EHL", 5),
        ("OPS", 10),
    ];

    #[test]
    fn every_check_of_the_design_is_there_or_says_why_not() {
        let numbered =
            |group: &str, numbers: std::ops::RangeInclusive<usize>| -> Vec<(String, String)> {
                let ids = numbers.map(|number| (group.to_owned(), format!("{number:02}")));
                ids.collect()
            };
        let mut design: Vec<_> = DESIGN
            .iter()
            .flat_map(|(group, count)| numbered(group, 1..=*count))
            .collect();
        design.extend(numbered("DOC", 20..=25));
        assert_eq!(design.len(), 256);
        design.extend(
            CATEGORIES
                .iter()
                .flat_map(|category| numbered(category.code, 1..=14)),
        );
        let there: BTreeSet<_> = catalogue()
            .iter()
            .map(|check| check.id.to_string())
            .collect();
        for (group, number) in design {
            let (id, template) = (format!("{group}-{number}"), format!("(category)-{number}"));
            let is_of_template = Category::find(&group).is_some();
            let says_why = ABSENT
                .iter()
                .any(|(absent, _)| *absent == id || (is_of_template && *absent == template));
            assert!(there.contains(&id) != says_why, "{id}");
        }
    }

    #[test]
    fn categories_beyond_sync_for_science_only_warn() {
        let device = catalogue()
            .into_iter()
            .find(|check| check.id == "DEV-02")
            .unwrap();
        assert_eq!(device.level, Level::Warning);
    }
}
