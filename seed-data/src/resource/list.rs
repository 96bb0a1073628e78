//! List: the problems of a patient on one page.

use crate::chart::{Chart, Lag};
use crate::element::reference;
use crate::json::Object;
use crate::resource::encounter::Visit;
use crate::table::care::Care;

impl Chart {
    /// Writes the list of the Conditions at `problems` as it was looked through in `visit`.
    pub(crate) fn write_problem_list(&mut self, visit: &Visit, problems: &[String]) {
        let when = visit.start.plus_minutes(13);
        let entries: Vec<Object> = problems
            .iter()
            .map(|link| Object::new().with("item", reference(link)))
            .collect();
        let draft = self.draft("List", "list-problems", when, Lag::Visit);
        let draft = draft
            .with("status", "current")
            .with("mode", "snapshot")
            .with("title", "Problem list")
            .with("code", Care::named("list", "problems").concept())
            .with("subject", self.subject())
            .with("encounter", reference(&visit.link))
            .with("date", when)
            .with("source", visit.practitioner.reference())
            .with("entry", entries);
        self.file(draft);
    }
}
