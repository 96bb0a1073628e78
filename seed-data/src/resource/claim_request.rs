//! Claim and `ClaimResponse`: what a practice asks of an insurer for a visit, and what it is told.

use crate::chart::{Chart, Lag};
use crate::element::{money, named_reference, period, reference, term};
use crate::json::Object;
use crate::resource::adjudication::Amounts;
use crate::resource::claimed::Service;
use crate::resource::coverage::Insurance;
use crate::table::care::ClaimCode;

/// The addresses of a claim and of its answer.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) claim: String,
    pub(crate) response: String,
}

impl Chart {
    /// Writes the claim for `service` as it was sent, and the answer of the insurer.
    pub(crate) fn write_claim_request(
        &mut self,
        service: &Service,
        insurance: &Insurance,
        amounts: Amounts,
    ) -> Asked {
        let (start, end) = service.span();
        let key = service.key().replacen("eob-", "claim-", 1);
        let sent = self.draft("Claim", &key, end, Lag::Note);
        let focal = Object::new()
            .with("sequence", 1)
            .with("focal", true)
            .with("coverage", reference(&insurance.link));
        let item = Object::new()
            .with("sequence", 1)
            .with("careTeamSequence", service.care_team().map(|_| [1]))
            .with("diagnosisSequence", service.diagnoses().map(|_| [1]))
            .with("productOrService", service.product())
            .with("servicedDate", start.date())
            .with("locationCodeableConcept", service.place())
            .with("quantity", Object::new().with("value", service.quantity()))
            .with("net", amounts.submitted())
            .with("encounter", service.encounter());
        let created = sent.recorded();
        let sent = sent
            .with("status", "active")
            .with("type", kind(service))
            .with("use", "claim")
            .with("patient", self.subject())
            .with("billablePeriod", period(start.date(), Some(end.date())))
            .with("created", created)
            .with("insurer", insurance.payer())
            .with("provider", service.provider())
            .with("priority", term("processpriority", "normal"))
            .with("careTeam", service.care_team())
            .with("diagnosis", service.diagnoses())
            .with("insurance", [focal])
            .with("item", [item])
            .with("total", amounts.submitted());
        let claim = self.file(sent);
        let response = self.write_claim_response(service, insurance, amounts, &claim);
        Asked { claim, response }
    }

    fn write_claim_response(
        &mut self,
        service: &Service,
        insurance: &Insurance,
        amounts: Amounts,
        claim: &str,
    ) -> String {
        let (_, end) = service.span();
        let key = service.key().replacen("eob-", "claimresponse-", 1);
        let told = self.draft("ClaimResponse", &key, end, Lag::Claim);
        let created = told.recorded();
        let item = Object::new()
            .with("itemSequence", 1)
            .with("adjudication", amounts.categorized());
        let payment = Object::new()
            .with(
                "type",
                ClaimCode::named("payment.type", amounts.status()).concept(),
            )
            .with("date", created.date_naive())
            .with("amount", money(amounts.paid()));
        let told = told
            .with("status", "active")
            .with("type", kind(service))
            .with("use", "claim")
            .with("patient", self.subject())
            .with("created", created)
            .with("insurer", insurance.payer())
            .with("requestor", service.provider())
            .with("request", named_reference(claim, "Claim of the visit"))
            .with("outcome", "complete")
            .with("item", [item])
            .with("total", amounts.categorized())
            .with("payment", payment);
        self.file(told)
    }
}

fn kind(service: &Service) -> Object {
    ClaimCode::named("type", service.kind()).concept()
}
