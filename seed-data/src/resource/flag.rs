//! Flag: what everybody who opens the record should know.

use crate::chart::{Chart, Lag};
use crate::element::{Coding, concept_of, period, reference, term};
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::table::care::Care;

impl Chart {
    /// Writes a warning that holds from the visit on; `what` is a key of the kind `flag` of `care.tsv`.
    pub(crate) fn write_flag(&mut self, visit: &Visit, what: &str, words: &str) {
        let row = Care::named("flag", what);
        let key = format!("flag-{what}-{}", visit.start.date().format("%Y%m%d"));
        let when = visit.start.plus_minutes(15);
        let draft = self.draft("Flag", &key, when, Lag::Visit);
        let code = concept_of(&[Coding::new(row.system, row.code, row.display)], words);
        let draft = draft
            .with("status", "active")
            .with("category", [term("flag-category", "clinical")])
            .with("code", code)
            .with("subject", self.subject())
            .with("period", period(when, None::<Moment>))
            .with("encounter", reference(&visit.link))
            .with("author", visit.practitioner.reference());
        self.file(draft);
    }
}
