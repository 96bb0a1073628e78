//! A procedure; in hospital it is ordered first.

use crate::chart::Chart;
use crate::element::{Coding, concept};
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::resource::procedure::Done;
use crate::resource::service_request::Order;
use crate::table::clinical::{Condition, Procedure};

impl Chart {
    /// Writes a procedure of a key of `procedures.tsv`; the reason is the address of a Condition and its row.
    pub(crate) fn perform(
        &mut self,
        key: &str,
        visit: &Visit,
        when: Moment,
        (problem, reason): (Option<&str>, Option<&'static Condition>),
    ) {
        let row = Procedure::of(key);
        let ordered = (visit.kind.class == "IMP").then(|| {
            self.write_service_request(Order {
                key: format!("sr-{}-{key}", when.date().format("%Y%m%d")),
                category: "surgical",
                code: concept(Coding::snomed(row.snomed, row.display)),
                when: visit.start.plus_minutes(15),
                visit: Some(visit),
                reason,
                open: None,
            })
        });
        self.write_procedure(&Done {
            procedure: row,
            visit,
            when,
            based_on: ordered.as_deref(),
            problem,
            reason: reason.filter(|_| ordered.is_some()),
        });
    }
}
