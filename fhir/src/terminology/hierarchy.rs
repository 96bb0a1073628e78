//! Which codes include which. <http://hl7.org/fhir/R4/codesystem.html#hierarchy>

use super::code_system::CodeSystem;

/// How one code stands to another (R4, value set `concept-subsumption-outcome`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// They are the same.
    Equivalent,
    /// The first includes the second.
    Subsumes,
    /// The second includes the first.
    SubsumedBy,
    /// Neither includes the other.
    NotSubsumed,
}

impl Relation {
    /// The code on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equivalent => "equivalent",
            Self::Subsumes => "subsumes",
            Self::SubsumedBy => "subsumed-by",
            Self::NotSubsumed => "not-subsumed",
        }
    }
}

impl CodeSystem {
    /// How two codes of the system stand to each other; nothing if one of them is not known, or
    /// if they differ and only a part of the system is.
    pub fn relation(&self, left: &str, right: &str) -> Option<Relation> {
        let (left, right) = (self.concept(left)?.code, self.concept(right)?.code);
        if left == right {
            return Some(Relation::Equivalent);
        }
        Some(if self.above(right)?.contains(&left) {
            Relation::Subsumes
        } else if self.above(left)?.contains(&right) {
            Relation::SubsumedBy
        } else {
            Relation::NotSubsumed
        })
    }

    /// A code and every code that includes it; nothing if it is not known, or only a part of the
    /// system is.
    pub fn above(&self, code: &str) -> Option<Vec<&'static str>> {
        let mut found = vec![self.concept(code).filter(|_| self.is_complete)?.code];
        let mut at = 0;
        while let Some(code) = found.get(at) {
            let parents = self.concept(code).map(|concept| concept.parents.as_slice());
            for parent in parents.unwrap_or_default() {
                if !found.contains(parent) {
                    found.push(parent);
                }
            }
            at += 1;
        }
        Some(found)
    }

    /// A code and every code that it includes, in the order of the definition; nothing if it is
    /// not known, or only a part of the system is.
    pub fn below(&self, code: &str) -> Option<Vec<&'static str>> {
        let code = self.concept(code).filter(|_| self.is_complete)?.code;
        let is_below = |other: &&str| self.above(other).is_some_and(|above| above.contains(&code));
        Some(self.codes().filter(is_below).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminology::code_system;

    #[test]
    fn a_code_includes_those_below_it() {
        let system =
            code_system("http://terminology.hl7.org/CodeSystem/condition-clinical").unwrap();
        for (left, right, relation) in [
            ("active", "active", Relation::Equivalent),
            ("active", "recurrence", Relation::Subsumes),
            ("relapse", "active", Relation::SubsumedBy),
            ("active", "inactive", Relation::NotSubsumed),
        ] {
            assert_eq!(system.relation(left, right), Some(relation));
        }
        assert_eq!(system.relation("active", "acute"), None);
        assert_eq!(
            system.below("inactive"),
            Some(vec!["inactive", "remission", "resolved"])
        );
        assert_eq!(system.above("resolved"), Some(vec!["resolved", "inactive"]));
    }

    #[test]
    fn a_hierarchy_has_no_circles_and_several_levels() {
        let system = code_system("http://terminology.hl7.org/CodeSystem/v3-ActCode").unwrap();
        for code in system.codes() {
            for parent in &system.concept(code).unwrap().parents {
                assert_ne!(system.relation(parent, code), Some(Relation::SubsumedBy));
            }
        }
        let above = system.above("ACUTE").unwrap();
        assert!(above.len() > 2, "{above:?}");
    }

    #[test]
    fn nothing_is_said_about_a_system_of_which_only_a_part_is_known() {
        let loinc = code_system("http://loinc.org").unwrap();
        assert_eq!(
            loinc.relation("72166-2", "72166-2"),
            Some(Relation::Equivalent)
        );
        assert_eq!(loinc.relation("72166-2", "8302-2"), None);
        assert_eq!(loinc.below("72166-2"), None);
    }
}
