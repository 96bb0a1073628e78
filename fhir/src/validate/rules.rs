//! What a type asks of its instances beyond the form of each element: which elements must be
//! there, and which constraints hold. Gathered from the tables when a type is first met.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use super::issue::Severity;
use crate::definition::{self, Element, Type};
use crate::path::{Path, PathError};

static TABLE: &str = include_str!("../../data/constraints.tsv");

/// Constraints that the walk itself checks, because it can say more about them or because R4's
/// expression is slow (`ele-1`, for every element) or wrong (`ref-1` refuses `#` alone), or because
/// a cardinality says the same (`sqty-1`).
const WALKED: [&str; 8] = [
    "dom-2", "dom-3", "ele-1", "ext-1", "ref-1", "sqty-1", "txt-1", "txt-2",
];

/// Constraints whose expression R4 has wrong, as a later version of the specification has it.
/// `que-7` asks whether a FHIR `boolean` is `FHIRPath`'s own `Boolean`, which it never is.
const CORRECTED: [(&str, &str); 1] = [("que-7", "operator = 'exists' implies (answer is boolean)")];

/// Recommendations in the form of constraints.
const BEST_PRACTICES: [&str; 1] = ["dom-6"];

/// A constraint (`ElementDefinition.constraint`).
#[derive(Debug)]
pub(super) struct Constraint {
    pub(super) key: &'static str,
    pub(super) severity: Severity,
    pub(super) expression: &'static str,
    path: OnceLock<Result<Path, PathError>>,
}

impl Constraint {
    /// The compiled expression.
    pub(super) fn path(&self) -> Result<&Path, &PathError> {
        self.path
            .get_or_init(|| Path::parse(self.expression))
            .as_ref()
    }

    /// Whether the constraint merely recommends.
    pub(super) fn is_best_practice(&self) -> bool {
        BEST_PRACTICES.contains(&self.key)
    }
}

/// The rules of one type.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// Elements that must be there.
    pub(super) required: Vec<&'static Element>,
    /// Constraints on an instance of the type.
    pub(super) constraints: Vec<Constraint>,
    /// Constraints on the values of single elements, such as `Organization.telecom`.
    pub(super) of_members: Vec<(&'static Element, Vec<Constraint>)>,
}

impl Rules {
    /// The rules of a type, gathered at the first call.
    pub(super) fn of(ty: &'static Type) -> &'static Self {
        static RULES: LazyLock<Vec<OnceLock<Rules>>> =
            LazyLock::new(|| definition::every().map(|_| OnceLock::new()).collect());
        static NONE: Rules = Rules {
            required: Vec::new(),
            constraints: Vec::new(),
            of_members: Vec::new(),
        };
        match RULES.get(ty.index()) {
            Some(rules) => rules.get_or_init(|| Self::gather(ty)),
            None => &NONE,
        }
    }

    fn gather(ty: &'static Type) -> Self {
        let is_type = |path: &str| definition::find(path).is_some();
        Self {
            required: ty.elements().filter(|element| element.min > 0).collect(),
            constraints: inherited(ty),
            of_members: ty
                .elements()
                .filter(|element| !is_type(element.path))
                .map(|element| (element, at(element.path)))
                .filter(|(_, constraints)| !constraints.is_empty())
                .collect(),
        }
    }
}

/// The constraints of a type and its ancestors; R4 repeats some, which count once.
fn inherited(ty: &'static Type) -> Vec<Constraint> {
    let mut constraints = at(ty.path);
    for constraint in ty.parent().map(inherited).into_iter().flatten() {
        if constraints.iter().all(|own| own.key != constraint.key) {
            constraints.push(constraint);
        }
    }
    constraints
}

/// The constraints that the table has for a path.
fn at(path: &str) -> Vec<Constraint> {
    static ROWS: LazyLock<HashMap<&'static str, Vec<[&'static str; 3]>>> = LazyLock::new(rows);
    let rows = ROWS.get(path).into_iter().flatten();
    rows.filter(|[key, ..]| !WALKED.contains(key))
        .map(|[key, severity, expression]| Constraint {
            key,
            severity: match *severity {
                "error" => Severity::Error,
                _ => Severity::Warning,
            },
            expression: corrected(key).unwrap_or(expression),
            path: OnceLock::new(),
        })
        .collect()
}

fn corrected(key: &str) -> Option<&'static str> {
    let row = CORRECTED.iter().find(|(corrected, _)| *corrected == key);
    row.map(|(_, expression)| *expression)
}

fn rows() -> HashMap<&'static str, Vec<[&'static str; 3]>> {
    let mut rows: HashMap<_, Vec<_>> = HashMap::new();
    for row in TABLE.lines().skip(1) {
        let mut cells = row.splitn(4, '\t');
        let mut cell = || cells.next().unwrap_or_default();
        rows.entry(cell())
            .or_default()
            .push([cell(), cell(), cell()]);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(ty: &str) -> Vec<&'static str> {
        let rules = Rules::of(definition::find(ty).unwrap());
        rules
            .constraints
            .iter()
            .map(|constraint| constraint.key)
            .collect()
    }

    #[test]
    fn every_constraint_compiles_and_belongs_to_a_type_or_element() {
        let mut seen = std::collections::HashSet::new();
        for ty in definition::every() {
            let rules = Rules::of(ty);
            let members = rules
                .of_members
                .iter()
                .flat_map(|(_, constraints)| constraints);
            for constraint in rules.constraints.iter().chain(members) {
                assert!(constraint.path().is_ok(), "{}", constraint.key);
                seen.insert(constraint.key);
            }
        }
        let all = rows();
        let all = all.values().flatten().map(|[key, ..]| *key);
        let missing: Vec<_> = all
            .filter(|key| !seen.contains(key) && !WALKED.contains(key))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn constraints_are_inherited_once() {
        assert_eq!(keys("Age"), ["age-1", "qty-3"]);
        assert_eq!(
            keys("Observation")
                .iter()
                .filter(|key| **key == "dom-4")
                .count(),
            1
        );
        assert_eq!(keys("Patient.contact"), ["pat-1"]);
    }

    #[test]
    fn required_elements_are_known() {
        let observation = Rules::of(definition::find("Observation").unwrap());
        let names: Vec<_> = observation
            .required
            .iter()
            .map(|element| element.name)
            .collect();
        assert_eq!(names, ["status", "code"]);
        let organization = Rules::of(definition::find("Organization").unwrap());
        assert_eq!(organization.of_members.len(), 2);
    }
}
