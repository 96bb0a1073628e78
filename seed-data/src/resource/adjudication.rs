//! The money of a claim: amounts by category of adjudication, which add up.

use crate::element::money;
use crate::json::Object;
use crate::stream::Stream;
use crate::table::care::ClaimCode;

/// The share of claims that are refused, and of services by somebody outside the network.
const DENIED: f64 = 0.04;
const OUTSIDE: f64 = 0.06;

/// The amounts of a claim in cents: submitted = eligible + discount + not covered; eligible = the patient's share +
/// paid to the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amounts {
    submitted: i64,
    discount: i64,
    noncovered: i64,
    deductible: i64,
    copay: i64,
    coinsurance: i64,
    outside: bool,
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
        let amounts = Self {
            submitted,
            discount,
            noncovered: 0,
            deductible,
            copay,
            coinsurance,
            outside: stream.chance(OUTSIDE),
        };
        if stream.chance(DENIED) {
            amounts.denied()
        } else {
            amounts
        }
    }

    /// Nothing of it is covered.
    fn denied(self) -> Self {
        Self {
            discount: 0,
            noncovered: self.submitted,
            deductible: 0,
            copay: 0,
            coinsurance: 0,
            ..self
        }
    }

    fn eligible(self) -> i64 {
        self.submitted - self.discount - self.noncovered
    }

    /// What the payer pays to the provider.
    pub(crate) fn paid(self) -> i64 {
        self.eligible() - self.deductible - self.copay - self.coinsurance
    }

    /// What is submitted, as the price of the item.
    pub(crate) fn submitted(self) -> Object {
        money(self.submitted)
    }

    /// Whether it was paid, as a code of `payment.type`.
    pub(crate) fn status(self) -> &'static str {
        if self.noncovered > 0 {
            "denied"
        } else if self.paid() < self.eligible() {
            "partiallypaid"
        } else {
            "paid"
        }
    }

    /// Categories of adjudication with their amounts.
    fn lines(self) -> [(&'static str, i64); 8] {
        [
            ("submitted", self.submitted),
            ("eligible", self.eligible()),
            ("discount", self.discount),
            ("noncovered", self.noncovered),
            ("deductible", self.deductible),
            ("copay", self.copay),
            ("coinsurance", self.coinsurance),
            ("paidtoprovider", self.paid()),
        ]
    }

    /// The amounts as `total` of a claim.
    pub(crate) fn categorized(self) -> Vec<Object> {
        let line = |(code, cents): (&str, i64)| {
            let category = ClaimCode::named("adjudication.category", code).concept();
            Object::new()
                .with("category", category)
                .with("amount", money(cents))
        };
        self.lines().into_iter().map(line).collect()
    }

    /// Whether the service was in the network, as an adjudication without an amount.
    pub(crate) fn network(self, category: &str) -> Object {
        let code = if self.outside {
            "outofnetwork"
        } else {
            "innetwork"
        };
        Object::new()
            .with(
                "category",
                ClaimCode::named("adjudication.category", category).concept(),
            )
            .with(
                "reason",
                ClaimCode::named("adjudication.reason", code).concept(),
            )
    }

    /// Network status and amounts, as the adjudication of what was claimed.
    pub(crate) fn judged(self) -> Vec<Object> {
        std::iter::once(self.network("benefitpaymentstatus"))
            .chain(self.categorized())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_money_of_a_claim_adds_up() {
        let mut stream = Stream::open(1, "t", "claim");
        let mut seen = std::collections::BTreeSet::new();
        for submitted in 100..2_000 {
            let amounts = Amounts::draw(submitted, &mut stream);
            let share = amounts.deductible + amounts.copay + amounts.coinsurance;
            assert_eq!(
                amounts.submitted,
                amounts.eligible() + amounts.discount + amounts.noncovered
            );
            assert_eq!(amounts.eligible(), amounts.paid() + share);
            assert!(amounts.paid() >= 0 && share >= 0);
            assert_eq!(amounts.status() == "denied", amounts.eligible() == 0);
            seen.insert(amounts.status());
        }
        assert_eq!(seen.len(), 3, "{seen:?}");
    }
}
