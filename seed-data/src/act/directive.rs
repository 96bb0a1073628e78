//! An advance directive: the signed document, and the observation that it exists.

use crate::chart::Chart;
use crate::document::pdf;
use crate::document::text::Note;
use crate::element::{Coding, concept, reference};
use crate::json::Object;
use crate::resource::document_reference::Document;
use crate::resource::encounter::Visit;
use crate::resource::observation::{Observed, topical};
use crate::table::care::DocumentType;
use crate::table::clinical::SocialHistory;

/// Points from the observation to the document.
const SUPPORTING: &str = "http://hl7.org/fhir/StructureDefinition/workflow-supportingInfo";

impl Chart {
    /// Writes the directives of these types of `documents.tsv` with their wishes, and that they exist.
    pub(crate) fn write_directives(&mut self, visit: &Visit, kinds: &[&'static str], wish: &str) {
        for kind in kinds {
            let row = DocumentType::of(kind);
            let note = Note {
                title: row.display,
                history: "Has decided in full possession of their faculties.".to_owned(),
                findings: Vec::new(),
                assessment: vec![wish.to_owned()],
                plan: vec!["This document is valid until it is revoked.".to_owned()],
            };
            let content = pdf::page(&note.lines(self, visit));
            self.write_document(&Document {
                kind,
                title: row.display.to_owned(),
                content,
                visit,
                author: visit.practitioner,
                created: visit.end.plus_minutes(10),
            });
            let key = format!("doc-{kind}-{}", visit.start.date().format("%Y%m%d"));
            let id = crate::identifier::owned(&self.identity.id, &key);
            self.record_directive(visit, &format!("DocumentReference/{id}"));
        }
    }

    fn record_directive(&mut self, visit: &Visit, document: &str) {
        let row = SocialHistory::of("adi-documentation");
        let supporting = Object::new()
            .with("url", SUPPORTING)
            .with("valueReference", reference(document));
        let categories = topical("social-history", row.category);
        let code = concept(Coding::new(row.code_system, row.code, row.display));
        let observed = Observed {
            extension: Some(supporting),
            ..Observed::in_visit(visit, row.concept, categories, code)
        };
        let value = concept(Coding::new(row.value_system, row.value, row.value_display));
        self.write_observation(observed, |draft| draft.with("valueCodeableConcept", value));
    }
}
