//! The kinds of data a person can share or hold back, in plain words, and what each means as
//! scopes. One table drives the consent page, the narrowing of a grant and the tests.

use crate::scope::{Actions, Constraint, Level, ResourceScope, Scope, ScopeSet};

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
        let mut holding = CATEGORIES.iter().filter(|category| {
            let mut parts = category.parts.iter();
            parts.any(|part| part.resource_type == resource_type && part.may_be_meant(code))
        });
        let first = holding.next();
        first.filter(|_| holding.next().is_none())
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
    /// may carry both values, but nobody who reads either word expects the other.
    pub fn within(&self, scopes: &ScopeSet) -> ScopeSet {
        let mine = self.scopes(Level::Patient).join(&self.scopes(Level::User));
        scopes.meet(&mine).filter(|scope| match scope {
            Scope::Plain(_) => false,
            Scope::Resource(scope) => !scope.constraint.names_a_parameter_twice(),
        })
    }
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
/// otherwise only the chosen categories and [`SHARED_TYPES`] remain.
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
    let kept = chosen
        .iter()
        .map(|category| category.within(scopes))
        .fold(scopes.meet(&shared), |kept, more| kept.join(&more));
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
                if let Some((parameter, _)) = part.criterion {
                    assert!(Constraint::parameters(part.resource_type).contains(&parameter));
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
        assert_eq!(codes, ["laboratory"]);
    }
}
