//! An imaging examination: `ServiceRequest`, `ImagingStudy`, report as PDF, `DiagnosticReport`.

use crate::act::clinical_test::Found;
use crate::chart::Chart;
use crate::document::pdf;
use crate::document::text::Note;
use crate::element::{Coding, concept, term};
use crate::resource::diagnostic_report::Report;
use crate::resource::document_reference::Document;
use crate::resource::encounter::Visit;
use crate::resource::observation::Performer;
use crate::resource::service_request::Order;
use crate::table::clinical::{Condition, Imaging};

impl Chart {
    /// Orders, makes and reports an examination of a key of `imaging.tsv`, with what was found.
    pub(crate) fn run_imaging(
        &mut self,
        visit: &Visit,
        key: &str,
        reason: Option<&'static Condition>,
        (conclusion, findings): (&str, &[Found]),
    ) {
        let row = Imaging::of(key);
        let stem = format!("{}-{key}", visit.start.date().format("%Y%m%d"));
        let request = self.write_service_request(Order {
            key: format!("sr-{stem}"),
            category: "imaging",
            code: concept(Coding::snomed(row.procedure_snomed, row.procedure_display)),
            when: visit.start.plus_minutes(10),
            visit: Some(visit),
            reason,
            open: None,
        });
        let study = self.write_imaging_study(row, visit, &request, reason);
        let results: Vec<String> = findings
            .iter()
            .map(|found| self.record_finding(visit, *found, "radiology"))
            .collect();
        let form = self.write_imaging_report(row, visit, conclusion);
        self.write_diagnostic_report(Report {
            key: format!("dr-{stem}"),
            categories: vec![term("loinc", "LP29684-5"), term("v2-0074", "RAD")],
            code: Coding::loinc(row.report_loinc, row.report_display),
            when: visit.start.plus_minutes(15),
            visit: Some(visit),
            performers: vec![Performer::Practitioner(self.site.practitioner("radiology"))],
            based_on: Some(&request),
            specimens: &[],
            results: &results,
            imaging_study: Some(&study),
            media: &[],
            conclusion: Some(conclusion),
            presented_form: Some(form),
        });
    }

    fn write_imaging_report(
        &mut self,
        row: &Imaging,
        visit: &Visit,
        conclusion: &str,
    ) -> crate::json::Object {
        let note = Note {
            title: "Diagnostic imaging report",
            history: format!("{}.", row.report_display),
            findings: vec![format!(
                "{} images in {} series, modality {}.",
                row.instances * row.series,
                row.series,
                row.modality_display
            )],
            assessment: vec![conclusion.to_owned()],
            plan: Vec::new(),
        };
        let content = pdf::page(&note.lines(self, visit));
        let author = self.site.practitioner("radiology");
        self.write_document(&Document {
            kind: "imaging-report",
            title: row.report_display.to_owned(),
            content,
            visit,
            author,
            created: visit.start.plus_minutes(60),
        })
    }
}
