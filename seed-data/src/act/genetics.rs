//! A genetic test: order, specimen, variants and what they imply, report and file (HL7 Genomics Reporting, R4).

use crate::chart::{Chart, Lag};
use crate::decimal::Decimal;
use crate::document::text::Note;
use crate::document::{pdf, vcf};
use crate::element::{Coding, concept, quantity, reference, term, text_only};
use crate::json::{Json, Object};
use crate::resource::diagnostic_report::Report;
use crate::resource::document_reference::Document;
use crate::resource::encounter::Visit;
use crate::resource::observation::{Observed, Performer, category};
use crate::resource::service_request::Order;
use crate::table::clinical::{Condition, Genomic};

/// A value of an element of `genomics.tsv`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value {
    /// A code of the table.
    Code(&'static str),
    /// Thousandths.
    Amount(i64),
    Text(&'static str),
    /// A concept without a code.
    Words(&'static str),
}

/// One Observation: its role in `genomics.tsv`, its value and components.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finding {
    pub(crate) role: &'static str,
    pub(crate) element: &'static str,
    pub(crate) value: Option<Value>,
    pub(crate) components: &'static [(&'static str, Value)],
}

/// A test with its result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Genetics {
    /// A word for ids: `somatic`.
    pub(crate) name: &'static str,
    /// A key of `specimens.tsv`.
    pub(crate) specimen: &'static str,
    /// The variants and genotypes; an implication follows from the last one before it.
    pub(crate) findings: &'static [Finding],
    pub(crate) conclusion: &'static str,
    /// What the file of variants holds, in the order of the genome.
    pub(crate) calls: &'static [vcf::Call],
}

impl Genomic {
    fn coding(&self) -> Coding {
        Coding::new(self.code_system, self.code, self.display)
    }

    fn value(&self) -> Object {
        concept(Coding::new(
            self.value_system,
            self.value,
            self.value_display,
        ))
    }
}

/// The member `value[x]` of an element in a role.
fn value(role: &str, element: &str, value: Value) -> (&'static str, Box<dyn Json>) {
    match value {
        Value::Code(code) => {
            let row = Genomic::with_value(role, element, code);
            ("valueCodeableConcept", Box::new(row.value()))
        }
        Value::Amount(thousandths) => {
            let row = Genomic::named(role, element);
            let amount = Decimal::thousandths(thousandths);
            (
                "valueQuantity",
                Box::new(quantity(amount, row.ucum, row.ucum)),
            )
        }
        Value::Text(text) => ("valueString", Box::new(text.to_owned())),
        Value::Words(text) => ("valueCodeableConcept", Box::new(text_only(text))),
    }
}

impl Chart {
    /// Orders, makes and reports a genetic test in `visit`.
    pub(crate) fn run_genetics(
        &mut self,
        visit: &Visit,
        test: &Genetics,
        reason: Option<&'static Condition>,
    ) {
        let code = Genomic::named("report", "code").coding();
        let stem = format!("{}-{}", visit.start.date().format("%Y%m%d"), test.name);
        let request = self.write_service_request(Order {
            key: format!("sr-{stem}"),
            category: "laboratory",
            code: concept(code),
            when: visit.start.plus_minutes(8),
            visit: Some(visit),
            reason,
            open: None,
        });
        let taken = visit.start.plus_minutes(16);
        let collector = visit.practitioner;
        let specimen = self.write_specimen((&stem, test.specimen), taken, &request, collector);
        let mut results: Vec<String> = Vec::new();
        let mut source: Option<String> = None;
        for finding in test.findings {
            let implied = finding.role.ends_with("implication");
            let link = self.write_genetic(
                visit,
                finding,
                &specimen,
                source.as_deref().filter(|_| implied),
            );
            if !implied {
                source = Some(link.clone());
            }
            results.push(link);
        }
        let form = self.write_genetic_document(visit, test);
        self.write_variant_file(visit, test);
        let pathologist = Performer::Practitioner(self.site.practitioner("pathology"));
        self.write_diagnostic_report(Report {
            key: format!("dr-{stem}"),
            categories: vec![term("v2-0074", "GE"), term("v2-0074", "LAB")],
            code,
            when: taken,
            visit: Some(visit),
            performers: vec![Performer::Laboratory, pathologist],
            based_on: Some(&request),
            specimens: std::slice::from_ref(&specimen),
            results: &results,
            imaging_study: None,
            media: &[],
            conclusion: Some(test.conclusion),
            presented_form: Some(form),
        });
    }

    /// Writes a variant, or what it implies when `source` names it.
    fn write_genetic(
        &mut self,
        visit: &Visit,
        finding: &Finding,
        specimen: &str,
        source: Option<&str>,
    ) -> String {
        let row = Genomic::named(finding.role, finding.element);
        let mut categories = category("laboratory");
        categories.push(term("v2-0074", "GE"));
        let observed = Observed {
            lag: Lag::Result,
            performers: vec![Performer::Laboratory],
            ..Observed::in_visit(visit, finding.role, categories, concept(row.coding()))
        };
        let components: Vec<Object> = finding
            .components
            .iter()
            .map(|(element, own)| {
                let (member, content) = value(finding.role, element, *own);
                Object::new()
                    .with(
                        "code",
                        concept(Genomic::named(finding.role, element).coding()),
                    )
                    .with(member, content.as_ref())
            })
            .collect();
        let own = finding
            .value
            .map(|own| value(finding.role, finding.element, own));
        self.write_observation(observed, |draft| {
            let draft = match &own {
                Some((member, content)) => draft.with(member, content.as_ref()),
                None => draft,
            };
            draft
                .with("specimen", reference(specimen))
                .with("derivedFrom", source.map(|link| [reference(link)]))
                .with("component", components)
        })
    }

    /// The variants as the laboratory's programs write them.
    fn write_variant_file(&mut self, visit: &Visit, test: &Genetics) {
        let content = vcf::file(&self.identity.record_number, visit.start.date(), test.calls);
        self.write_document(&Document {
            kind: "genetic-variants",
            title: format!("{}.vcf", test.name),
            content,
            visit,
            author: self.site.practitioner("pathology"),
            created: visit.start.plus_minutes(85),
        });
    }

    fn write_genetic_document(&mut self, visit: &Visit, test: &Genetics) -> Object {
        let note = Note {
            title: "Genetic analysis report",
            history: "Report of a genetic test.".to_owned(),
            findings: Vec::new(),
            assessment: vec![test.conclusion.to_owned()],
            plan: Vec::new(),
        };
        let content = pdf::page(&note.lines(self, visit));
        self.write_document(&Document {
            kind: "genetic-report",
            title: "Genetic analysis report".to_owned(),
            content,
            visit,
            author: self.site.practitioner("pathology"),
            created: visit.start.plus_minutes(90),
        })
    }
}
