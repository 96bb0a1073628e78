//! `ExplanationOfBenefit` after CARIN Blue Button: professional and pharmacy claims whose money adds up.

use crate::chart::{Chart, Lag};
use crate::decimal::Decimal;
use crate::element::{
    Coding, concept, concept_of, days, identifier, money, named_reference, period, reference, term,
};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::adjudication::Amounts;
use crate::resource::coverage::Insurance;
use crate::resource::encounter::Visit;
use crate::table::care::{ClaimCode, Organization, Practitioner};
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
    /// A fill of the prescription at `request`; `number` 0 is the first.
    Pharmacy {
        medication: &'static Medication,
        request: &'a str,
        number: i64,
        filled: Moment,
        prescriber: &'static Practitioner,
    },
}

impl Service<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Professional { .. } => "professional",
            Self::Pharmacy { .. } => "pharmacy",
        }
    }

    fn span(&self) -> (Moment, Moment) {
        match self {
            Self::Professional { visit, .. } => (visit.start, visit.end),
            Self::Pharmacy { filled, .. } => (*filled, *filled),
        }
    }

    fn key(&self) -> String {
        match self {
            Self::Professional { visit, .. } => format!("eob-{}", visit.key),
            Self::Pharmacy {
                medication, filled, ..
            } => {
                format!("eob-{}-{}", medication.key, filled.date().format("%Y%m%d"))
            }
        }
    }

    fn provider(&self) -> Object {
        let key = match self {
            Self::Professional { visit, .. } => visit.practitioner.organization,
            Self::Pharmacy { .. } => super::medication_dispense::PHARMACY,
        };
        named_reference(&world::organization(key), Organization::of(key).name)
    }

    fn care_team(&self) -> Object {
        let (practitioner, role) = match self {
            Self::Professional { visit, .. } => (visit.practitioner, "rendering"),
            Self::Pharmacy { prescriber, .. } => (*prescriber, "prescribing"),
        };
        Object::new()
            .with("sequence", 1)
            .with("provider", practitioner.reference())
            .with("role", ClaimCode::named("careTeam.role", role).concept())
    }

    fn product(&self) -> Object {
        match self {
            Self::Professional { visit, .. } if visit.kind.cpt.is_empty() => {
                term("dar", "not-applicable")
            }
            Self::Professional { visit, .. } => concept(Coding::new("cpt", visit.kind.cpt, "")),
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

    fn diagnosis(&self) -> Option<[Object; 1]> {
        let Self::Professional {
            diagnosis: Some(row),
            ..
        } = self
        else {
            return None;
        };
        let principal = ClaimCode::named("diagnosis.type", "principal").concept();
        Some([Object::new()
            .with("sequence", 1)
            .with("diagnosisCodeableConcept", concept(row.icd10()))
            .with("type", [principal])])
    }

    /// Supporting facts after the date of receipt, which is number 1.
    fn facts(&self) -> Vec<Object> {
        let Self::Pharmacy {
            medication, number, ..
        } = self
        else {
            return Vec::new();
        };
        vec![
            fact(2, "dayssupply").with("valueQuantity", days(medication.days_supply)),
            fact(3, "dawcode").with(
                "code",
                ClaimCode::named("supportingInfo.code", "0").concept(),
            ),
            fact(4, "refillnum").with(
                "valueQuantity",
                Object::new().with("value", Decimal::whole(*number)),
            ),
        ]
    }
}

fn fact(sequence: u32, category: &str) -> Object {
    Object::new().with("sequence", sequence).with(
        "category",
        ClaimCode::named("supportingInfo.category", category).concept(),
    )
}

/// The place of service of a visit; none for a call or a pharmacy.
fn place(service: &Service) -> Option<Object> {
    let Service::Professional { visit, .. } = service else {
        return None;
    };
    let code = match visit.kind.class {
        "AMB" => "11",
        "IMP" => "21",
        "EMER" => "23",
        _ => return None,
    };
    Some(ClaimCode::named("item.location", code).concept())
}

fn item(service: &Service, amounts: Amounts) -> Object {
    let (start, _) = service.span();
    let encounter = match service {
        Service::Professional { visit, .. } => Some([reference(&visit.link)]),
        Service::Pharmacy { .. } => None,
    };
    Object::new()
        .with("sequence", 1)
        .with("careTeamSequence", [1])
        .with("diagnosisSequence", service.diagnosis().map(|_| [1]))
        .with("productOrService", service.product())
        .with("servicedDate", start.date())
        .with("locationCodeableConcept", place(service))
        .with("quantity", Object::new().with("value", Decimal::whole(1)))
        .with("net", money(amounts.submitted))
        .with("encounter", encounter)
        .with("adjudication", amounts.categorized())
}

impl Chart {
    /// Writes the claim for a service of `submitted` cents, once it has been decided; nothing when nobody pays.
    pub(crate) fn write_claim(&mut self, service: &Service, submitted: i64) {
        let (start, end) = service.span();
        let covered = self
            .insurance
            .clone()
            .filter(|insurance| insurance.since <= start.date());
        let Some(insurance) = covered else { return };
        if (self.as_of - start.date()).num_days() > 46 {
            self.write_benefit(service, &insurance, submitted, end);
        }
    }

    fn write_benefit(
        &mut self,
        service: &Service,
        insurance: &Insurance,
        submitted: i64,
        end: Moment,
    ) {
        let amounts = Amounts::draw(submitted, &mut self.stream(&service.key()));
        let (start, _) = service.span();
        let draft = self.draft("ExplanationOfBenefit", &service.key(), end, Lag::Claim);
        let number = draft.id().to_owned();
        let created = draft.recorded();
        let received = fact(1, "clmrecvddate").with("timingDate", end.plus_minutes(4_320).date());
        let facts: Vec<Object> = std::iter::once(received).chain(service.facts()).collect();
        let kind = ClaimCode::named("identifier.type", "uc").concept();
        let claim_number = identifier("https://example.org/claim", &number);
        let paid = Object::new()
            .with("type", ClaimCode::named("payment.type", "paid").concept())
            .with("date", created.date_naive())
            .with("amount", money(amounts.paid()));
        let draft = draft
            .with(
                "identifier",
                [Object::new().with("type", kind).with_all(claim_number)],
            )
            .with("status", "active")
            .with("type", ClaimCode::named("type", service.kind()).concept())
            .with("use", "claim")
            .with("patient", self.subject())
            .with("billablePeriod", period(start.date(), Some(end.date())))
            .with("created", created)
            .with("insurer", insurance.payer())
            .with("provider", service.provider())
            .with("priority", term("processpriority", "normal"))
            .with("prescription", prescription(service))
            .with("payee", payee(service))
            .with("outcome", "complete")
            .with("careTeam", [service.care_team()])
            .with("supportingInfo", facts)
            .with("diagnosis", service.diagnosis())
            .with(
                "insurance",
                [Object::new()
                    .with("focal", true)
                    .with("coverage", reference(&insurance.link))],
            )
            .with("item", [item(service, amounts)])
            .with("total", amounts.categorized())
            .with("payment", paid);
        self.file(draft);
    }
}

fn prescription(service: &Service) -> Option<Object> {
    match service {
        Service::Pharmacy { request, .. } => Some(reference(request)),
        Service::Professional { .. } => None,
    }
}

fn payee(service: &Service) -> Object {
    Object::new()
        .with("type", ClaimCode::named("payee.type", "provider").concept())
        .with("party", service.provider())
}
