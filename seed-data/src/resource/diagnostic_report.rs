//! `DiagnosticReport`: laboratory panels and reports of imaging.

use crate::chart::{Chart, Lag};
use crate::element::{Coding, concept, reference};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::resource::observation::Performer;

/// A report about what was found.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) key: String,
    pub(crate) categories: Vec<Object>,
    pub(crate) code: Coding,
    pub(crate) when: Moment,
    pub(crate) visit: Option<&'a Visit>,
    pub(crate) performers: Vec<Performer>,
    /// The order behind it; none for a report that was not ordered.
    pub(crate) based_on: Option<&'a str>,
    pub(crate) specimens: &'a [String],
    pub(crate) results: &'a [String],
    pub(crate) imaging_study: Option<&'a str>,
    /// Addresses of Media shown in the report.
    pub(crate) media: &'a [String],
    pub(crate) conclusion: Option<&'a str>,
    /// A whole report as a file.
    pub(crate) presented_form: Option<Object>,
}

impl Chart {
    /// Writes a `DiagnosticReport`.
    pub(crate) fn write_diagnostic_report(&mut self, report: Report) -> String {
        let links = |targets: &[String]| {
            targets
                .iter()
                .map(|link| reference(link))
                .collect::<Vec<_>>()
        };
        let draft = self.draft("DiagnosticReport", &report.key, report.when, Lag::Result);
        let issued = draft.recorded();
        let performers: Vec<Object> = report
            .performers
            .iter()
            .map(|performer| self.performer(*performer))
            .collect();
        let interpreters: Vec<Object> = report
            .performers
            .iter()
            .filter(|performer| matches!(performer, Performer::Practitioner(_)))
            .map(|performer| self.performer(*performer))
            .collect();
        let media: Vec<Object> = report
            .media
            .iter()
            .map(|link| Object::new().with("link", reference(link)))
            .collect();
        let draft = draft
            .with("basedOn", report.based_on.map(|link| [reference(link)]))
            .with("status", "final")
            .with("category", report.categories)
            .with("code", concept(report.code))
            .with("subject", self.subject())
            .with(
                "encounter",
                report.visit.map(|visit| reference(&visit.link)),
            )
            .with("effectiveDateTime", report.when)
            .with("issued", issued)
            .with("performer", &performers)
            .with("resultsInterpreter", interpreters)
            .with("specimen", links(report.specimens))
            .with("result", links(report.results))
            .with(
                "imagingStudy",
                report.imaging_study.map(|link| [reference(link)]),
            )
            .with("media", media)
            .with("conclusion", report.conclusion)
            .with("presentedForm", report.presented_form.map(|form| [form]));
        self.file(draft)
    }
}
