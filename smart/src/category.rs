//! The kinds of data a person can share or hold back, in plain words, and what each means as
//! scopes. One table drives the consent page, the narrowing of a grant and the tests.

use crate::scope::{
    Actions, Constraint, GENETIC, LABEL, Level, ResourceScope, Scope, ScopeSet, WITHOUT_LABEL,
};

/// A kind of data a person decides on.
#[derive(Debug, PartialEq, Eq)]
pub struct Category {
    /// Stable code, as in the consent form and the record of consent.
    pub code: &'static str,
    /// What a person calls it.
    pub title: &'static str,
    /// One sentence that says what is in it.
    pub description: &'static str,
    /// The resources that belong to it.
    pub parts: &'static [Part],
}

/// Resources of one type, all of them or those that satisfy a criterion.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// The resource type.
    pub resource_type: &'static str,
    /// A search parameter and its value.
    pub criterion: Option<(&'static str, &'static str)>,
}

const fn all(resource_type: &'static str) -> Part {
    Part {
        resource_type,
        criterion: None,
    }
}

const fn observations(value: &'static str) -> Part {
    Part {
        resource_type: "Observation",
        criterion: Some(("category", value)),
    }
}

/// Values of `category` beside which genetic results stand.
const BESIDE_GENETIC: &[&str] = &["laboratory", "LAB", "GE", "LP7839-6"];

const fn genetic(resource_type: &'static str) -> Part {
    Part {
        resource_type,
        criterion: Some((LABEL, GENETIC)),
    }
}

/// Every category, in the order a person sees them.
pub const CATEGORIES: &[Category] = &[
    Category {
        code: "patient",
        title: "About you",
        description: "Name, birth date, address, contact details and the people related to you.",
        parts: &[all("Patient"), all("RelatedPerson"), all("Person")],
    },
    Category {
        code: "problems",
        title: "Health problems",
        description: "Diagnoses, health concerns and symptoms.",
        parts: &[
            all("Condition"),
            all("FamilyMemberHistory"),
            all("ClinicalImpression"),
        ],
    },
    Category {
        code: "medications",
        title: "Medicines",
        description: "Prescriptions, pharmacy fills, medicines given and medicines you told us about.",
        parts: &[
            all("MedicationRequest"),
            all("MedicationDispense"),
            all("MedicationStatement"),
            all("MedicationAdministration"),
        ],
    },
    Category {
        code: "allergies",
        title: "Allergies",
        description: "Allergies and intolerances, and the reactions they caused.",
        parts: &[all("AllergyIntolerance"), all("AdverseEvent")],
    },
    Category {
        code: "immunizations",
        title: "Vaccinations",
        description: "Vaccines given or declined.",
        parts: &[all("Immunization"), all("ImmunizationRecommendation")],
    },
    Category {
        code: "laboratory",
        title: "Laboratory results",
        description: "Blood, urine and other tests, with the reports and samples they belong to.",
        parts: &[
            observations("http://terminology.hl7.org/CodeSystem/observation-category|laboratory"),
            Part {
                resource_type: "DiagnosticReport",
                criterion: Some((
                    "category",
                    "http://terminology.hl7.org/CodeSystem/v2-0074|LAB",
                )),
            },
            all("Specimen"),
        ],
    },
    Category {
        code: "genomics",
        title: "Genetics",
        description: "Genetic tests and what they mean for your health, with their reports and files.",
        parts: &[
            genetic("Observation"),
            genetic("DiagnosticReport"),
            genetic("DocumentReference"),
            genetic("Composition"),
            genetic("Media"),
            genetic("Procedure"),
            genetic("RiskAssessment"),
            genetic("ServiceRequest"),
            genetic("Task"),
            all("MolecularSequence"),
        ],
    },
    Category {
        code: "vital-signs",
        title: "Vital signs",
        description: "Blood pressure, heart rate, weight, height, temperature and similar.",
        parts: &[observations(
            "http://terminology.hl7.org/CodeSystem/observation-category|vital-signs",
        )],
    },
    Category {
        code: "smoking",
        title: "Smoking and social history",
        description: "Tobacco use, occupation and other facts about how you live.",
        parts: &[observations(
            "http://terminology.hl7.org/CodeSystem/observation-category|social-history",
        )],
    },
    Category {
        code: "assessments",
        title: "Questionnaires and assessments",
        description: "Answers to questionnaires, screenings, examinations and functional status.",
        parts: &[
            observations("http://terminology.hl7.org/CodeSystem/observation-category|survey"),
            observations("http://terminology.hl7.org/CodeSystem/observation-category|exam"),
            observations("http://terminology.hl7.org/CodeSystem/observation-category|activity"),
            observations("http://terminology.hl7.org/CodeSystem/observation-category|therapy"),
            observations("http://terminology.hl7.org/CodeSystem/observation-category|procedure"),
            observations("http://hl7.org/fhir/us/core/CodeSystem/us-core-category|sdoh"),
            all("QuestionnaireResponse"),
            all("RiskAssessment"),
        ],
    },
    Category {
        code: "procedures",
        title: "Procedures",
        description: "Operations, treatments and other procedures, and what was ordered.",
        parts: &[all("Procedure"), all("ServiceRequest")],
    },
    Category {
        code: "documents",
        title: "Documents and notes",
        description: "Visit notes, summaries and the reports that are not laboratory results.",
        parts: &[
            all("DocumentReference"),
            all("Binary"),
            all("Composition"),
            Part {
                resource_type: "DiagnosticReport",
                criterion: Some(("category", "http://loinc.org|LP29708-2")),
            },
            Part {
                resource_type: "DiagnosticReport",
                criterion: Some(("category", "http://loinc.org|LP7839-6")),
            },
            Part {
                resource_type: "DiagnosticReport",
                criterion: Some(("category", "http://loinc.org|LP29684-5")),
            },
        ],
    },
    Category {
        code: "imaging",
        title: "Images",
        description: "X-rays, scans and other images.",
        parts: &[
            all("ImagingStudy"),
            all("Media"),
            all("Endpoint"),
            observations("http://terminology.hl7.org/CodeSystem/observation-category|imaging"),
        ],
    },
    Category {
        code: "care",
        title: "Care plans and team",
        description: "Plans, goals, the people who care for you and the devices you use.",
        parts: &[
            all("CarePlan"),
            all("CareTeam"),
            all("Goal"),
            all("Device"),
            all("DeviceUseStatement"),
            all("NutritionOrder"),
            all("Task"),
        ],
    },
    Category {
        code: "encounters",
        title: "Visits",
        description: "When and where you were seen, and appointments.",
        parts: &[all("Encounter"), all("Appointment"), all("EpisodeOfCare")],
    },
    Category {
        code: "coverage",
        title: "Insurance",
        description: "The health plans that cover you.",
        parts: &[all("Coverage"), all("Account")],
    },
    Category {
        code: "explanation-of-benefit",
        title: "Claims and payments",
        description: "What was billed for your care and what was paid.",
        parts: &[
            all("ExplanationOfBenefit"),
            all("Claim"),
            all("ClaimResponse"),
        ],
    },
    Category {
        code: "provenance",
        title: "Origin of the data",
        description: "Who recorded each entry, when and for whom.",
        parts: &[all("Provenance")],
    },
];

/// Types that describe the health system rather than a person; they come along with whatever is
/// shared, because a record without the names of its doctors and medicines cannot be read.
pub const SHARED_TYPES: &[&str] = &[
    "HealthcareService",
    "Location",
    "Medication",
    "Organization",
    "Practitioner",
    "PractitionerRole",
];

impl Category {
    /// The category with this code.
    pub fn find(code: &str) -> Option<&'static Self> {
        CATEGORIES.iter().find(|category| category.code == code)
    }

    /// The category that a search is about, by its type and, if it has one, the code of its
    /// `category` parameter; `None` when it may be about several.
    pub fn asked_for(resource_type: &str, code: Option<&str>) -> Option<&'static Self> {
        if code == Some("GE") {
            return Self::find("genomics");
        }
        // What is asked for in other words is genetic by chance.
        let plain =
            |category: &&Self| category.label().is_none() || resource_type == "MolecularSequence";
        let mut holding = CATEGORIES.iter().filter(plain).filter(|category| {
            let mut parts = category.parts.iter();
            parts.any(|part| part.resource_type == resource_type && part.may_be_meant(code))
        });
        let first = holding.next();
        first.filter(|_| holding.next().is_none())
    }

    /// The label of what is in a sensitive category. It is shared with this category alone, whatever
    /// others it belongs to as well.
    pub fn label(&self) -> Option<&'static str> {
        self.parts.iter().find_map(|part| match part.criterion {
            Some((LABEL, label)) => Some(label),
            _ => None,
        })
    }

    /// Everything in this category, as scopes of `level`.
    pub fn scopes(&self, level: Level) -> ScopeSet {
        self.parts.iter().map(|part| part.scope(level)).collect()
    }

    /// Whether any of `scopes` reaches into this category.
    pub fn touches(&self, scopes: &ScopeSet) -> bool {
        !self.within(scopes).is_empty()
    }

    /// The share of `scopes` that lies in this category.
    ///
    /// A scope constrained to another value of the same parameter has no share in it: a resource
    /// may carry both values, but nobody who reads either word expects the other. Only what is
    /// labelled lies in a sensitive category, and none of that in another one.
    pub fn within(&self, scopes: &ScopeSet) -> ScopeSet {
        let mine = self.scopes(Level::Patient).join(&self.scopes(Level::User));
        let is_sensitive = self.label().is_some();
        let reached = scopes.filter(|scope| match scope {
            Scope::Plain(_) => false,
            Scope::Resource(scope) if is_sensitive => may_be_genetic(&scope.constraint),
            Scope::Resource(scope) => !scope.constraint.names(LABEL),
        });
        reached.meet(&mine).filter(|scope| match scope {
            Scope::Plain(_) => false,
            Scope::Resource(scope) => !scope.constraint.names_a_parameter_twice(),
        })
    }

    /// `scopes` without what is in this sensitive category.
    fn kept_out_of(&self, scopes: &ScopeSet) -> ScopeSet {
        let Some(label) = self.label() else {
            return scopes.clone();
        };
        let without = Constraint::one(WITHOUT_LABEL, label);
        let rest = scopes.iter().filter_map(|scope| match scope {
            Scope::Resource(scope) if !scope.constraint.names(LABEL) => {
                let part = self
                    .parts
                    .iter()
                    .find(|part| scope.resource.is(part.resource_type));
                let without = match part {
                    None => Constraint::default(),
                    // All of the type is sensitive.
                    Some(Part {
                        criterion: None, ..
                    }) => return None,
                    Some(_) => without.clone(),
                };
                let constraint = scope.constraint.and(&without);
                Some(Scope::Resource(ResourceScope {
                    constraint,
                    ..scope.clone()
                }))
            }
            Scope::Resource(_) => None,
            Scope::Plain(_) => Some(scope.clone()),
        });
        rest.collect()
    }
}

/// Whether the records of a scope with this constraint may be genetic.
fn may_be_genetic(constraint: &Constraint) -> bool {
    constraint.iter().all(|(parameter, value)| match parameter {
        WITHOUT_LABEL => false,
        "category" => value
            .rsplit('|')
            .next()
            .is_some_and(|code| BESIDE_GENETIC.contains(&code)),
        _ => true,
    })
}

impl Part {
    /// Whether a search with this code of `category`, or with none, may find some of it.
    fn may_be_meant(&self, code: Option<&str>) -> bool {
        let (Some(code), Some((_, value))) = (code, self.criterion) else {
            return true;
        };
        value.rsplit('|').next() == Some(code)
    }

    /// The search that finds these resources, such as `Observation?category=…`.
    pub fn query(&self) -> String {
        match self.criterion {
            Some((parameter, value)) => {
                format!(
                    "{}?{parameter}={}",
                    self.resource_type,
                    value.replace('|', "%7C")
                )
            }
            None => self.resource_type.to_owned(),
        }
    }

    fn scope(&self, level: Level) -> Scope {
        let constraint = match self.criterion {
            Some((parameter, value)) => Constraint::one(parameter, value),
            None => Constraint::default(),
        };
        Scope::Resource(ResourceScope::on(
            level,
            self.resource_type,
            Actions::ALL,
            constraint,
        ))
    }
}

/// The categories that `scopes` reach into.
pub fn offered(scopes: &ScopeSet) -> Vec<&'static Category> {
    CATEGORIES
        .iter()
        .filter(|category| category.touches(scopes))
        .collect()
}

/// What is left of `scopes` when only `chosen` categories are shared. Choosing every offered
/// category leaves the scopes as they are, so that types outside all categories stay with them;
/// otherwise only the chosen categories and [`SHARED_TYPES`] remain, and a sensitive category that
/// was not chosen is kept out of the others.
#[must_use]
pub fn narrow(scopes: &ScopeSet, chosen: &[&Category]) -> ScopeSet {
    if offered(scopes)
        .iter()
        .all(|category| chosen.contains(category))
    {
        return scopes.clone();
    }
    let plain = scopes.filter(|scope| matches!(scope, Scope::Plain(_)));
    let shared: ScopeSet = SHARED_TYPES
        .iter()
        .flat_map(|name| {
            [Level::Patient, Level::User].map(|level| {
                Scope::Resource(ResourceScope::on(
                    level,
                    name,
                    Actions::ALL,
                    Constraint::default(),
                ))
            })
        })
        .collect();
    let share = |category: &&Category| category.within(scopes);
    let (sensitive, others): (Vec<&Category>, Vec<&Category>) = chosen
        .iter()
        .partition(|category| category.label().is_some());
    let others = others
        .iter()
        .map(share)
        .fold(scopes.meet(&shared), |kept, more| kept.join(&more));
    let others = CATEGORIES
        .iter()
        .filter(|category| category.label().is_some() && !chosen.contains(category))
        .fold(others, |kept, sensitive| sensitive.kept_out_of(&kept));
    let kept = sensitive
        .iter()
        .map(share)
        .fold(others, |kept, more| kept.join(&more));
    plain.join(&kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> ScopeSet {
        ScopeSet::parse(text).known
    }

    #[test]
    fn codes_are_unique_and_criteria_may_constrain_scopes() {
        for (at, category) in CATEGORIES.iter().enumerate() {
            assert!(
                CATEGORIES[..at]
                    .iter()
                    .all(|other| other.code != category.code)
            );
            for part in category.parts {
                if let Some((parameter, value)) = part.criterion {
                    assert!(Constraint::allows(part.resource_type, parameter, value));
                }
            }
        }
    }

    #[test]
    fn choosing_everything_changes_nothing() {
        let scopes = set("launch/patient openid patient/*.read offline_access");
        let narrowed = narrow(&scopes, &offered(&scopes));
        assert_eq!(narrowed.to_string(), scopes.to_string());
    }

    #[test]
    fn an_unticked_category_is_gone_and_the_others_stay() {
        let scopes = set("launch/patient patient/*.rs offline_access");
        let chosen: Vec<_> = offered(&scopes)
            .into_iter()
            .filter(|category| category.code != "laboratory")
            .collect();
        let narrowed = narrow(&scopes, &chosen);
        assert!(narrowed.covers(&set("launch/patient offline_access patient/Condition.rs")));
        assert!(narrowed.covers(&Category::find("vital-signs").unwrap().within(&scopes)));
        assert!(!narrowed.covers(&Category::find("laboratory").unwrap().within(&scopes)));
        assert!(!narrowed.covers(&set("patient/Specimen.r")));
        assert!(scopes.covers(&narrowed));
    }

    #[test]
    fn only_categories_that_were_asked_for_are_offered() {
        let codes: Vec<_> = offered(&set("patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory"))
            .iter()
            .map(|category| category.code)
            .collect();
        // Results about genes are laboratory results as well.
        assert_eq!(codes, ["laboratory", "genomics"]);
        for (scopes, offered_codes) in [
            (
                "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs",
                &["vital-signs"][..],
            ),
            ("patient/Condition.rs", &["problems"]),
            ("patient/MolecularSequence.rs", &["genomics"]),
            (
                "patient/DiagnosticReport.rs?category=http://terminology.hl7.org/CodeSystem/v2-0074|GE",
                &["genomics"],
            ),
            ("patient/DocumentReference.rs", &["genomics", "documents"]),
        ] {
            let codes: Vec<_> = offered(&set(scopes)).iter().map(|one| one.code).collect();
            assert_eq!(codes, offered_codes, "{scopes}");
        }
    }

    fn chosen(scopes: &ScopeSet, codes: &[&str]) -> ScopeSet {
        let categories = codes.iter().map(|code| Category::find(code).unwrap());
        narrow(scopes, &categories.collect::<Vec<_>>())
    }

    #[test]
    fn genetics_that_are_held_back_are_kept_out_of_every_other_category() {
        for asked in [
            "patient/*.rs",
            "patient/*.read user/*.rs",
            "patient/Observation.rs patient/DiagnosticReport.rs patient/DocumentReference.rs patient/MolecularSequence.rs",
            "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
        ] {
            let scopes = set(asked);
            let all_but = offered(&scopes)
                .into_iter()
                .filter(|one| one.code != "genomics");
            let narrowed = narrow(&scopes, &all_but.collect::<Vec<_>>());
            assert!(scopes.covers(&narrowed) && !narrowed.is_empty(), "{asked}");
            assert!(
                !offered(&narrowed).iter().any(|one| one.code == "genomics"),
                "{narrowed}"
            );
            let genomics = Category::find("genomics").unwrap();
            for scope in narrowed.resources() {
                let carries = genomics
                    .parts
                    .iter()
                    .any(|part| scope.resource.admits(part.resource_type));
                let kept_out = scope
                    .constraint
                    .iter()
                    .any(|one| one == (WITHOUT_LABEL, GENETIC));
                assert_eq!(carries, kept_out, "{scope}");
            }
            // What was narrowed can be narrowed again, and read as it was printed.
            assert_eq!(set(&narrowed.to_string()), narrowed);
            let labels = offered(&narrowed);
            assert_eq!(narrow(&narrowed, &labels), narrowed);
        }
    }

    #[test]
    fn genetics_alone_open_nothing_else() {
        let narrowed = chosen(&set("patient/*.rs"), &["genomics"]);
        let codes: Vec<_> = offered(&narrowed).iter().map(|one| one.code).collect();
        assert_eq!(codes, ["genomics"]);
        assert!(narrowed.covers(&set("patient/MolecularSequence.rs")));
        assert!(
            narrowed.covers(
                &Category::find("genomics")
                    .unwrap()
                    .within(&set("patient/*.rs"))
            )
        );
        assert!(!narrowed.covers(&set("patient/Observation.rs")));
    }

    #[test]
    fn with_genetics_nothing_genetic_is_kept_out() {
        let scopes = set("patient/*.rs");
        let narrowed = chosen(&scopes, &["laboratory", "genomics"]);
        assert!(narrowed.covers(&Category::find("genomics").unwrap().within(&scopes)));
        let codes: Vec<_> = offered(&narrowed).iter().map(|one| one.code).collect();
        assert_eq!(codes, ["laboratory", "genomics"]);
    }

    #[test]
    fn a_search_is_about_one_category() {
        for (ty, code, category) in [
            ("Observation", Some("laboratory"), Some("laboratory")),
            ("Observation", Some("GE"), Some("genomics")),
            ("MolecularSequence", None, Some("genomics")),
            ("Procedure", None, Some("procedures")),
            ("Observation", None, None),
        ] {
            let found = Category::asked_for(ty, code).map(|one| one.code);
            assert_eq!(found, category, "{ty} {code:?}");
        }
    }
}
