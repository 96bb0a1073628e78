//! DocumentReference with its Binary.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use crate::chart::{Chart, Lag};
use crate::element::{Coding, concept, identifier, period, reference, term};
use crate::identifier as ids;
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::{Visit, provider_of};
use crate::table::care::{DocumentType, Practitioner};

const AUTHENTICATION_TIME: &str =
    "http://hl7.org/fhir/us/core/StructureDefinition/us-core-authentication-time";

/// A file about the patient.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    /// A key of `documents.tsv`.
    pub(crate) kind: &'static str,
    pub(crate) title: String,
    pub(crate) content: Vec<u8>,
    pub(crate) visit: &'a Visit,
    pub(crate) author: &'static Practitioner,
    pub(crate) created: Moment,
}

impl Chart {
    /// Writes a DocumentReference and its Binary; returns the attachment, which a report may share.
    pub(crate) fn write_document(&mut self, document: &Document) -> Object {
        let row = DocumentType::of(document.kind);
        let key = format!(
            "doc-{}-{}",
            row.key,
            document.visit.start.date().format("%Y%m%d")
        );
        let draft = self.draft("DocumentReference", &key, document.created, Lag::Note);
        let binary = ids::owned(draft.id(), "file");
        let inline = document.inline();
        let attachment = attachment(row, document, &binary);
        let content = Object::new()
            .with("attachment", &attachment)
            .with("format", format(row));
        let circumstances = Object::new()
            .with("encounter", [reference(&document.visit.link)])
            .with(
                "period",
                period(document.visit.start, Some(document.visit.end)),
            );
        let identity = identifier("https://example.org/cedar-ridge/document", draft.id());
        let recorded = draft.recorded();
        let directive = row.us_core_category.is_empty();
        let signed = directive.then(|| [authenticated(document)]);
        let draft = draft
            .with("extension", signed)
            .with("identifier", [identity])
            .with("status", "current")
            .with("docStatus", "final")
            .with("type", concept(Coding::loinc(row.loinc, row.display)))
            .with("category", categories(row))
            .with("subject", self.subject())
            .with("date", recorded)
            .with("author", [document.author.reference()])
            .with(
                "authenticator",
                directive.then(|| document.author.reference()),
            )
            .with("custodian", provider_of(document.author))
            .with("description", &document.title)
            .with("content", [content])
            .with("context", circumstances);
        let link = self.file(draft);
        if !inline {
            self.write_binary(binary, recorded, (row.mime, &document.content), &link);
        }
        attachment
    }
}

impl Document<'_> {
    /// Notes of the emergency room are short: they are sent inside the resource instead of as a file.
    fn inline(&self) -> bool {
        self.kind == "emergency-note" || self.kind == "dnr"
    }
}

/// A clinical note; an advance directive is one, too.
fn categories(row: &DocumentType) -> Vec<Object> {
    let note = term("us-core-documentreference-category", "clinical-note");
    if row.us_core_category.is_empty() {
        vec![term("loinc", "42348-3"), note]
    } else {
        vec![note]
    }
}

/// When a directive was signed.
fn authenticated(document: &Document) -> Object {
    Object::new()
        .with("url", AUTHENTICATION_TIME)
        .with("valueDateTime", document.created)
}

fn attachment(row: &DocumentType, document: &Document, binary: &str) -> Object {
    let size = u32::try_from(document.content.len()).unwrap_or(u32::MAX);
    let data = document
        .inline()
        .then(|| STANDARD.encode(&document.content));
    let url = data.is_none().then(|| format!("Binary/{binary}"));
    Object::new()
        .with("contentType", row.mime)
        .with("language", Coding::term("bcp47", "en-US").code)
        .with("data", data)
        .with("url", url)
        .with("size", size)
        .with("hash", STANDARD.encode(Sha1::digest(&document.content)))
        .with("title", &document.title)
        .with("creation", document.created)
}

fn format(row: &DocumentType) -> Option<Coding> {
    (!row.format.is_empty()).then(|| Coding::new(row.format_system, row.format, ""))
}
