//! The money of a claim: amounts by category of adjudication, which add up.

use crate::element::money;
use crate::json::Object;
use crate::stream::Stream;
use crate::table::care::ClaimCode;

/// The amounts of a claim in cents: submitted = eligible + discount; eligible = the patient's share + paid to the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amounts {
    pub(crate) submitted: i64,
    discount: i64,
    deductible: i64,
    copay: i64,
    coinsurance: i64,
}

impl Amounts {
    /// Amounts drawn for a submitted price.
    pub(crate) fn draw(submitted: i64, stream: &mut Stream) -> Self {
        let discount = submitted * stream.between(15, 45) / 100;
        let eligible = submitted - discount;
        let deductible = if stream.chance(0.2) {
            eligible * stream.between(10, 30) / 100
        } else {
            0
        };
        let copay = (eligible - deductible).min(stream.between(0, 4) * 500);
        let coinsurance = (eligible - deductible - copay) * stream.between(0, 4) * 5 / 100;
        Self {
            submitted,
            discount,
            deductible,
            copay,
            coinsurance,
        }
    }

    fn eligible(self) -> i64 {
        self.submitted - self.discount
    }

    /// What the payer pays to the provider.
    pub(crate) fn paid(self) -> i64 {
        self.eligible() - self.deductible - self.copay - self.coinsurance
    }

    /// Categories of adjudication with their amounts.
    fn lines(self) -> [(&'static str, i64); 8] {
        [
            ("submitted", self.submitted),
            ("eligible", self.eligible()),
            ("discount", self.discount),
            ("noncovered", 0),
            ("deductible", self.deductible),
            ("copay", self.copay),
            ("coinsurance", self.coinsurance),
            ("paidtoprovider", self.paid()),
        ]
    }

    /// The amounts as `adjudication` or `total` of a claim.
    pub(crate) fn categorized(self) -> Vec<Object> {
        let line = |(code, cents): (&str, i64)| {
            let category = ClaimCode::named("adjudication.category", code).concept();
            Object::new()
                .with("category", category)
                .with("amount", money(cents))
        };
        self.lines().into_iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_money_of_a_claim_adds_up() {
        let mut stream = Stream::open(1, "t", "claim");
        for submitted in 100..2_000 {
            let amounts = Amounts::draw(submitted, &mut stream);
            let share = amounts.deductible + amounts.copay + amounts.coinsurance;
            assert_eq!(amounts.submitted, amounts.eligible() + amounts.discount);
            assert_eq!(amounts.eligible(), amounts.paid() + share);
            assert!(amounts.paid() >= 0 && share >= 0);
        }
    }
}
