//! What a claim is for, as the parts of an `ExplanationOfBenefit` after CARIN Blue Button: a visit, a stay in a
//! house, a fill, a dentist's service.

use crate::decimal::Decimal;
use crate::element::{Coding, concept, concept_of, days, named_reference, reference, term};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::table::care::{ClaimCode, DRGS, Organization, Practitioner, Provider};
use crate::table::clinical::{Condition, Medication};
use crate::world;

/// What is paid for.
#[derive(Debug)]
pub(crate) enum Service<'a> {
    /// A visit, billed by its CPT number.
    Professional {
        visit: &'a Visit,
        diagnosis: Option<&'static Condition>,
    },
    /// The house in which a visit or stay took place.
    Institutional {
        visit: &'a Visit,
        diagnosis: Option<&'static Condition>,
        died: bool,
    },
    /// A fill of the prescription at `request`; `number` 0 is the first.
    Pharmacy {
        medication: &'static Medication,
        request: &'a str,
        number: i64,
        filled: Moment,
        prescriber: &'static Practitioner,
    },
    /// Cleaning of the teeth, by a dentist whose records are elsewhere.
    Oral { on: Moment, dentist: &'static str },
}

impl Service<'_> {
    /// The code of the claim's type.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Professional { .. } => "professional",
            Self::Institutional { .. } => "institutional",
            Self::Pharmacy { .. } => "pharmacy",
            Self::Oral { .. } => "oral",
        }
    }

    /// Whether the patient stayed overnight; only a house asks.
    fn stay(&self) -> Option<bool> {
        match self {
            Self::Institutional { visit, .. } => Some(visit.kind.class == "IMP"),
            _ => None,
        }
    }

    /// Inpatient or outpatient.
    pub(crate) fn subtype(&self) -> Option<Object> {
        let code = if self.stay()? {
            "inpatient"
        } else {
            "outpatient"
        };
        Some(ClaimCode::named("subType", code).concept())
    }

    /// Whether money and payment status stand at the head of the claim, not at its items.
    pub(crate) fn is_judged_as_a_whole(&self) -> bool {
        self.stay() == Some(true)
    }

    /// From when to when.
    pub(crate) fn span(&self) -> (Moment, Moment) {
        match self {
            Self::Professional { visit, .. } | Self::Institutional { visit, .. } => {
                (visit.start, visit.end)
            }
            Self::Pharmacy { filled, .. } => (*filled, *filled),
            Self::Oral { on, .. } => (*on, *on),
        }
    }

    /// The key of the claim within the patient.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Professional { visit, .. } => format!("eob-{}", visit.key),
            Self::Institutional { visit, .. } => format!("eob-{}-facility", visit.key),
            Self::Pharmacy {
                medication, filled, ..
            } => {
                format!("eob-{}-{}", medication.key, filled.date().format("%Y%m%d"))
            }
            Self::Oral { on, .. } => format!("eob-{}-dental", on.date().format("%Y%m%d")),
        }
    }

    /// Who is paid.
    pub(crate) fn provider(&self) -> Object {
        let key = match self {
            Self::Professional { visit, .. } | Self::Institutional { visit, .. } => {
                visit.practitioner.organization
            }
            Self::Pharmacy { .. } => super::medication_dispense::PHARMACY,
            Self::Oral { dentist, .. } => *dentist,
        };
        named_reference(&world::organization(key), Organization::of(key).name)
    }

    /// The prescription that was filled.
    pub(crate) fn prescription(&self) -> Option<Object> {
        match self {
            Self::Pharmacy { request, .. } => Some(reference(request)),
            _ => None,
        }
    }

    /// The person who gave the service; nobody by name at the dentist's.
    pub(crate) fn care_team(&self) -> Option<[Object; 1]> {
        let (practitioner, role) = match self {
            Self::Professional { visit, .. } => (visit.practitioner, "rendering"),
            Self::Institutional { visit, .. } => (visit.practitioner, "attending"),
            Self::Pharmacy { prescriber, .. } => (*prescriber, "prescribing"),
            Self::Oral { .. } => return None,
        };
        let provider = Provider::of(practitioner.provider);
        let specialty = Coding::new("nucc", provider.specialty_nucc, provider.specialty_display);
        let qualified = matches!(self, Self::Professional { .. });
        Some([Object::new()
            .with("sequence", 1)
            .with("provider", practitioner.reference())
            .with("role", ClaimCode::named("careTeam.role", role).concept())
            .with("qualification", qualified.then(|| concept(specialty)))])
    }

    fn reason(&self) -> Option<&'static Condition> {
        match self {
            Self::Professional { diagnosis, .. } | Self::Institutional { diagnosis, .. } => {
                *diagnosis
            }
            _ => None,
        }
    }

    /// The principal diagnosis; a stay had the same one when it began.
    pub(crate) fn diagnoses(&self) -> Option<Vec<Object>> {
        let row = self.reason()?;
        let kinds: &[&str] = match self.stay() {
            Some(true) => &["principal", "admitting"],
            _ => &["principal"],
        };
        let line = |(sequence, kind): (u32, &&str)| {
            Object::new()
                .with("sequence", sequence)
                .with("diagnosisCodeableConcept", concept(row.icd10()))
                .with("type", [ClaimCode::named("diagnosis.type", kind).concept()])
        };
        Some((1..).zip(kinds).map(line).collect())
    }

    /// Supporting facts after the date of receipt, which is number 1.
    pub(crate) fn facts(&self) -> Vec<Object> {
        match self {
            Self::Professional { .. } | Self::Oral { .. } => Vec::new(),
            Self::Institutional { visit, died, .. } => self.house_facts(visit, *died),
            Self::Pharmacy {
                medication, number, ..
            } => vec![
                fact(2, "dayssupply").with("valueQuantity", days(medication.days_supply)),
                coded(3, "dawcode", "0"),
                fact(4, "refillnum").with(
                    "valueQuantity",
                    Object::new().with("value", Decimal::whole(*number)),
                ),
            ],
        }
    }

    fn house_facts(&self, visit: &Visit, died: bool) -> Vec<Object> {
        let stay = self.stay() == Some(true);
        let nursing = visit.kind.key == "snf-stay";
        let planned = matches!(visit.kind.key, "delivery" | "surgery" | "snf-stay");
        let bill = match (stay, nursing) {
            (true, true) => "0211",
            (true, false) => "0111",
            (false, _) => "0131",
        };
        let mut facts = vec![
            coded(2, "typeofbill", bill),
            coded_as(3, "pointoforigin", ("nubc-origin", "1")),
            coded_as(
                4,
                "admtype",
                ("nubc-admit", if planned { "3" } else { "1" }),
            ),
        ];
        if stay {
            let discharge = match (died, nursing) {
                (true, _) => "20",
                (false, true) => "03",
                (false, false) => "01",
            };
            let admitted = crate::element::period(visit.start, Some(visit.end));
            facts.push(fact(5, "admissionperiod").with("timingPeriod", admitted));
            facts.push(coded(6, "discharge-status", discharge));
            // The groups of a heart attack tell those who survive it from those who do not.
            let group = self
                .reason()
                .filter(|row| !(died && row.key == "mi"))
                .and_then(|row| DRGS.iter().find(|drg| drg.condition == row.key))
                .filter(|drg| visit.end.date().to_string().as_str() >= drg.since);
            facts.extend(group.map(|row| {
                fact(7, "drg").with("code", concept(Coding::new("ms-drg", row.group, "")))
            }));
        }
        facts
    }

    /// What was done or sold.
    pub(crate) fn product(&self) -> Object {
        match self {
            Self::Professional { visit, .. } if !visit.kind.cpt.is_empty() => {
                concept(Coding::new("cpt", visit.kind.cpt, ""))
            }
            Self::Professional { .. } | Self::Institutional { .. } => term("dar", "not-applicable"),
            Self::Oral { .. } => ClaimCode::named("item.productOrService", "D1110").concept(),
            Self::Pharmacy {
                medication: row, ..
            } => concept_of(
                &[
                    Coding::new("ndc", row.ndc, ""),
                    Coding::new("rxnorm", row.rxnorm, row.display),
                ],
                row.display,
            ),
        }
    }

    /// How much of it: units of a drug, days of a stay, else once.
    pub(crate) fn quantity(&self) -> Decimal {
        match self {
            Self::Pharmacy { medication, .. } => medication.quantity,
            Self::Institutional { visit, .. } => Decimal::whole(visit.days()),
            _ => Decimal::whole(1),
        }
    }

    /// The department of the house.
    pub(crate) fn revenue(&self) -> Option<Object> {
        let Self::Institutional { visit, .. } = self else {
            return None;
        };
        let code = match (visit.kind.key, visit.kind.class) {
            ("icu", _) => "0200",
            (_, "IMP") => "0120",
            (_, "EMER") => "0450",
            (_, "OBSENC") => "0762",
            _ => "0510",
        };
        Some(ClaimCode::named("item.revenue", code).concept())
    }

    /// The place of service; houses and pharmacies name none.
    pub(crate) fn place(&self) -> Option<Object> {
        let code = match self {
            Self::Professional { visit, .. } => match visit.kind.class {
                "AMB" => "11",
                "IMP" => "21",
                "EMER" => "23",
                _ => return None,
            },
            Self::Oral { .. } => "11",
            _ => return None,
        };
        Some(ClaimCode::named("item.location", code).concept())
    }

    /// The encounter behind it.
    pub(crate) fn encounter(&self) -> Option<[Object; 1]> {
        match self {
            Self::Professional { visit, .. } | Self::Institutional { visit, .. } => {
                Some([reference(&visit.link)])
            }
            _ => None,
        }
    }
}

/// A supporting fact of a category.
pub(crate) fn fact(sequence: u32, category: &str) -> Object {
    Object::new().with("sequence", sequence).with(
        "category",
        ClaimCode::named("supportingInfo.category", category).concept(),
    )
}

fn coded(sequence: u32, category: &str, code: &str) -> Object {
    fact(sequence, category).with(
        "code",
        ClaimCode::named("supportingInfo.code", code).concept(),
    )
}

/// A fact with a code that several systems have.
fn coded_as(sequence: u32, category: &str, (system, code): (&str, &str)) -> Object {
    fact(sequence, category).with("code", ClaimCode::of_system(system, code).concept())
}
