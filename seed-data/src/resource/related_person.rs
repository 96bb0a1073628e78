//! `RelatedPerson`: someone who acts for the patient.

use crate::chart::{Chart, Lag};
use crate::element::{Coding, concept, contact};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::patient::home;
use crate::table::people::Demographic;

/// A relative of the patient.
#[derive(Debug, Clone)]
pub(crate) struct Relative {
    pub(crate) key: &'static str,
    pub(crate) given: &'static str,
    pub(crate) family: String,
    pub(crate) gender: &'static str,
    /// Codes of the kind `relationship` of `demographics.tsv`.
    pub(crate) relationships: &'static [&'static str],
    pub(crate) phone: String,
}

impl Chart {
    /// Writes a `RelatedPerson` known since `since`, at the patient's address.
    pub(crate) fn write_related_person(&mut self, relative: &Relative, since: Moment) -> String {
        let relationships: Vec<Object> = relative
            .relationships
            .iter()
            .map(|code| {
                let row = Demographic::named("relationship", code);
                concept(Coding::new(row.system, row.code, row.display))
            })
            .collect();
        let name = Object::new()
            .with("use", "official")
            .with("family", &relative.family)
            .with("given", [relative.given]);
        let draft = self.draft(
            "RelatedPerson",
            &format!("rel-{}", relative.key),
            since,
            Lag::Visit,
        );
        let draft = draft
            .with("active", true)
            .with("patient", self.subject())
            .with("relationship", relationships)
            .with("name", [name])
            .with("telecom", [contact("phone", &relative.phone, "home")])
            .with("gender", relative.gender)
            .with("address", home(&self.identity).map(|address| [address]));
        self.file(draft)
    }
}
