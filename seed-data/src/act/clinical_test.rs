//! Clinical tests and what images show, with the report of a specialty.

use crate::chart::{Chart, Lag};
use crate::decimal::Decimal;
use crate::document::pdf;
use crate::document::text::{self, Note};
use crate::element::{Coding, concept, quantity, term};
use crate::json::{Json, Object};
use crate::resource::diagnostic_report::Report;
use crate::resource::document_reference::Document;
use crate::resource::encounter::Visit;
use crate::resource::observation::{Observed, Performer, category};
use crate::table::care::DocumentType;
use crate::table::clinical::Finding;

/// A finding of `findings.tsv` with its value; a coded one has the value of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Found {
    Coded(&'static str),
    Amount(&'static str, i64),
    Words(&'static str, &'static str),
}

/// A report of a specialty about findings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// A key of `documents.tsv` with a category of report.
    pub(crate) kind: &'static str,
    /// A profession of `providers.tsv`.
    pub(crate) reader: &'static str,
    pub(crate) findings: &'static [Found],
    pub(crate) conclusion: &'static str,
}

impl Found {
    fn row(self) -> &'static Finding {
        let (Self::Coded(key) | Self::Amount(key, _) | Self::Words(key, _)) = self;
        Finding::of(key)
    }
}

impl Chart {
    /// Writes a finding made in `visit`.
    pub(crate) fn record_finding(&mut self, visit: &Visit, found: Found, reader: &str) -> String {
        let row = found.row();
        let mut categories = category(row.category);
        if row.category != "imaging" {
            categories.push(term("us-core-observation-category", "clinical-test"));
        }
        let code = concept(Coding::loinc(row.loinc, row.display));
        let observed = Observed {
            when: visit.start.plus_minutes(25),
            lag: Lag::Result,
            performers: vec![Performer::Practitioner(self.site.practitioner(reader))],
            ..Observed::in_visit(visit, row.key, categories, code)
        };
        let (member, value): (&str, Box<dyn Json>) = match found {
            Found::Coded(_) => (
                "valueCodeableConcept",
                Box::new(concept(Coding::snomed(row.snomed, row.value))),
            ),
            Found::Amount(_, amount) => {
                let amount = quantity(Decimal::whole(amount), row.ucum, row.ucum);
                ("valueQuantity", Box::new(amount))
            }
            Found::Words(_, words) => ("valueString", Box::new(words.to_owned())),
        };
        self.write_observation(observed, |draft| draft.with(member, value.as_ref()))
    }

    /// Writes the findings, the document and the report of a specialty; `also` are results the report rests on.
    pub(crate) fn write_reading(
        &mut self,
        visit: &Visit,
        reading: &Reading,
        also: &[String],
        media: &[String],
    ) {
        let row = DocumentType::of(reading.kind);
        let reader = self.site.practitioner(reading.reader);
        let mut results: Vec<String> = reading
            .findings
            .iter()
            .map(|found| self.record_finding(visit, *found, reading.reader))
            .collect();
        results.extend_from_slice(also);
        let form = self.write_reading_document(visit, row, reading);
        let key = format!("dr-{}-{}", visit.start.date().format("%Y%m%d"), row.key);
        self.write_diagnostic_report(Report {
            key,
            categories: vec![category_of(row)],
            code: Coding::loinc(row.loinc, row.display),
            when: visit.start.plus_minutes(25),
            visit: Some(visit),
            performers: vec![Performer::Practitioner(reader), Performer::Laboratory]
                .into_iter()
                .take(if reading.kind == "pathology-report" {
                    2
                } else {
                    1
                })
                .collect(),
            based_on: None,
            specimens: &[],
            results: &results,
            imaging_study: None,
            media,
            conclusion: Some(reading.conclusion),
            presented_form: Some(form),
        });
    }

    fn write_reading_document(
        &mut self,
        visit: &Visit,
        row: &'static DocumentType,
        reading: &Reading,
    ) -> Object {
        let note = Note {
            title: row.display,
            history: "Report of the findings.".to_owned(),
            findings: reading
                .findings
                .iter()
                .map(|found| found.sentence())
                .collect(),
            assessment: vec![reading.conclusion.to_owned()],
            plan: Vec::new(),
        };
        let lines = note.lines(self, visit);
        let content = if row.mime == "application/pdf" {
            pdf::page(&lines)
        } else {
            text::file(&lines)
        };
        self.write_document(&Document {
            kind: row.key,
            title: row.display.to_owned(),
            content,
            visit,
            author: self.site.practitioner(reading.reader),
            created: visit.start.plus_minutes(60),
        })
    }
}

impl Found {
    /// The finding in words.
    fn sentence(self) -> String {
        let row = self.row();
        match self {
            Self::Coded(_) => format!("{}: {}.", row.display, row.value),
            Self::Amount(_, amount) => format!("{}: {amount} {}.", row.display, row.ucum),
            Self::Words(_, words) => words.to_owned(),
        }
    }
}

/// The category of the report that a type of document belongs to.
fn category_of(row: &DocumentType) -> Object {
    match row.diagnostic_report_category {
        "LAB" | "GE" => term("v2-0074", row.diagnostic_report_category),
        category => term("loinc", category),
    }
}
