//! `ExplanationOfBenefit` after CARIN Blue Button: claims whose money adds up. Some are refused, some are decided
//! again and replaced.

use crate::chart::{Chart, Lag};
use crate::draft::Draft;
use crate::element::{identifier, period, reference, term};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::adjudication::Amounts;
use crate::resource::claim_request::Asked;
use crate::resource::claimed::{Service, fact};
use crate::resource::coverage::Insurance;
use crate::table::care::ClaimCode;

/// The system of claim numbers.
const NUMBERS: &str = "https://example.org/claim";
/// The share of claims that are decided again.
const ADJUSTED: f64 = 0.03;
/// Days after the end of a service by which its claim is decided, twice if need be.
const DECIDED: i64 = 46;

/// A decision about a claim: the first, one that was replaced, or the one in its place.
enum Edition {
    /// The only one, with what was sent and answered if that is shown.
    Only(Option<Asked>),
    /// With the id of the claim that replaces it.
    Replaced(String),
    /// With the id of the claim before it.
    Replacing(String),
}

impl Edition {
    fn status(&self) -> &'static str {
        match self {
            Self::Replaced(_) => "cancelled",
            Self::Only(_) | Self::Replacing(_) => "active",
        }
    }

    fn related(&self) -> Option<[Object; 1]> {
        let (number, relationship) = match self {
            Self::Only(_) => return None,
            Self::Replaced(by) => (by, "replacedby"),
            Self::Replacing(prior) => (prior, "prior"),
        };
        let relationship = ClaimCode::named("related.relationship", relationship).concept();
        Some([Object::new()
            .with("relationship", relationship)
            .with("reference", identifier(NUMBERS, number))])
    }
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
        if (self.as_of - end.date()).num_days() <= DECIDED {
            return;
        }
        let key = service.key();
        let amounts = Amounts::draw(submitted, &mut self.stream(&key));
        let again = self.stream(&format!("{key}:adjusted")).chance(ADJUSTED)
            && (self.as_of - end.date()).num_days() > 2 * DECIDED;
        let draft = self.draft("ExplanationOfBenefit", &key, end, Lag::Claim);
        if !again {
            let shown = self.shows_claim && service.kind() == "professional";
            let asked = shown.then(|| self.write_claim_request(service, &insurance, amounts));
            self.shows_claim &= !shown;
            self.write_decision(draft, service, &insurance, (amounts, &Edition::Only(asked)));
            return;
        }
        let later = end.plus_minutes(DECIDED * 1_440);
        let corrected = Amounts::draw(submitted, &mut self.stream(&format!("{key}:corrected")));
        let second = self.draft(
            "ExplanationOfBenefit",
            &format!("{key}-corrected"),
            later,
            Lag::Claim,
        );
        let replaced = Edition::Replaced(second.id().to_owned());
        let replacing = Edition::Replacing(draft.id().to_owned());
        self.write_decision(draft, service, &insurance, (amounts, &replaced));
        self.write_decision(second, service, &insurance, (corrected, &replacing));
    }

    fn write_decision(
        &mut self,
        draft: Draft,
        service: &Service,
        insurance: &Insurance,
        (amounts, edition): (Amounts, &Edition),
    ) {
        let (start, end) = service.span();
        let number = draft.id().to_owned();
        let asked = match edition {
            Edition::Only(asked) => asked.as_ref(),
            _ => None,
        };
        let created = draft.recorded();
        let kind = ClaimCode::named("identifier.type", "uc").concept();
        let payment = ClaimCode::named("payment.type", amounts.status());
        let paid = Object::new()
            .with("type", payment.concept())
            .with("date", created.date_naive())
            .with("amount", crate::element::money(amounts.paid()));
        let focal = Object::new()
            .with("focal", true)
            .with("coverage", reference(&insurance.link));
        let draft = draft
            .with(
                "identifier",
                [Object::new()
                    .with("type", kind)
                    .with_all(identifier(NUMBERS, &number))],
            )
            .with("status", edition.status())
            .with("type", ClaimCode::named("type", service.kind()).concept())
            .with("subType", service.subtype())
            .with("use", "claim")
            .with("patient", self.subject())
            .with("billablePeriod", period(start.date(), Some(end.date())))
            .with("created", created)
            .with("insurer", insurance.payer())
            .with("provider", service.provider())
            .with("priority", term("processpriority", "normal"))
            .with("related", edition.related())
            .with("prescription", service.prescription())
            .with("payee", payee(service))
            .with("claim", asked.map(|asked| reference(&asked.claim)))
            .with(
                "claimResponse",
                asked.map(|asked| reference(&asked.response)),
            )
            .with("outcome", "complete")
            .with("careTeam", service.care_team())
            .with("supportingInfo", facts(service, end))
            .with("diagnosis", service.diagnoses())
            .with("insurance", [focal])
            .with("item", [item(service, amounts)])
            .with("adjudication", head(service, amounts))
            .with("total", amounts.categorized())
            .with("payment", paid);
        self.file(draft);
    }
}

/// The date of receipt comes first.
fn facts(service: &Service, end: Moment) -> Vec<Object> {
    let received = fact(1, "clmrecvddate").with("timingDate", end.plus_minutes(4_320).date());
    std::iter::once(received).chain(service.facts()).collect()
}

/// What is decided about the claim as a whole.
fn head(service: &Service, amounts: Amounts) -> Vec<Object> {
    let network = amounts.network("billingnetworkstatus");
    if service.is_judged_as_a_whole() {
        std::iter::once(network).chain(amounts.judged()).collect()
    } else if service.kind() == "professional" {
        vec![network]
    } else {
        vec![network, amounts.network("benefitpaymentstatus")]
    }
}

fn item(service: &Service, amounts: Amounts) -> Object {
    let (start, _) = service.span();
    let judged = match service.kind() {
        _ if service.is_judged_as_a_whole() => Vec::new(),
        "professional" => amounts.judged(),
        _ => amounts.categorized(),
    };
    Object::new()
        .with("sequence", 1)
        .with("careTeamSequence", service.care_team().map(|_| [1]))
        .with("diagnosisSequence", service.diagnoses().map(|_| [1]))
        .with("revenue", service.revenue())
        .with("productOrService", service.product())
        .with("servicedDate", start.date())
        .with("locationCodeableConcept", service.place())
        .with("quantity", Object::new().with("value", service.quantity()))
        .with("net", amounts.submitted())
        .with("encounter", service.encounter())
        .with("adjudication", judged)
}

fn payee(service: &Service) -> Object {
    Object::new()
        .with("type", ClaimCode::named("payee.type", "provider").concept())
        .with("party", service.provider())
}
