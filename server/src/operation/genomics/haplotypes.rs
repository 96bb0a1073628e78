//! `$find-subject-haplotypes` (Genomics Reporting 3.0.0): haplotypes and genotypes of genes.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    CLASS, DATES, LOINC, SPECIMENS, SUBJECT, Subject, TESTS, answer, component, has_code, items,
    observations, part,
};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::operation::argument::illegal;
use crate::operation::{Call, Level, Needs, Operation, Request, input, output};
use crate::problem::Problem;
use crate::search::query::Query;

/// The row.
pub const OPERATION: Operation = Operation {
    code: "find-subject-haplotypes",
    id: "find-subject-haplotypes",
    definition: "http://hl7.org/fhir/uv/genomics-reporting/OperationDefinition/find-subject-haplotypes",
    title: "Find a person's haplotypes",
    description: "The haplotypes and genotypes that were found of genes.",
    levels: &[Level::System, Level::Type],
    types: &["Observation"],
    affects_state: false,
    is_mirrored: true,
    parameters: &[
        SUBJECT,
        input(
            "genes",
            1,
            "*",
            "string",
            "Genes as [system]|[code] or [code], such as http://www.genenames.org|HGNC:2621.",
        ),
        TESTS,
        DATES,
        SPECIMENS,
        CLASS,
        output(
            "haplotypes",
            1,
            "*",
            "BackboneElement",
            "One for each gene: geneItem, haplotype, genotype.",
        ),
    ],
    searches: false,
    read,
};

/// What is looked for, by the name it has in the answer.
const KINDS: &[(&str, &str)] = &[("haplotype", "84414-2"), ("genotype", "84413-4")];
/// Component: the gene studied.
const GENE: &str = "48018-6";
/// Most genes of one call.
const GENES: usize = 100;

/// A gene as asked for.
#[derive(Debug)]
struct Gene {
    text: String,
    system: Option<String>,
    code: String,
}

#[derive(Debug)]
struct Haplotypes {
    subject: Subject,
    genes: Vec<Gene>,
    query: Query,
}

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let subject = Subject::parse(&arguments)?;
    let accepted = "at most 100 genes such as http://www.genenames.org|HGNC:2621";
    let genes: Vec<_> = arguments
        .items("genes")
        .map(|text| Gene::parse(text).ok_or_else(|| illegal("genes", text, accepted)))
        .collect::<Result<_, _>>()?;
    if genes.is_empty() || genes.len() > GENES {
        return Err(illegal("genes", "", accepted));
    }
    let codes: Vec<_> = KINDS
        .iter()
        .map(|(_, code)| format!("{LOINC}|{code}"))
        .collect();
    Ok(Arc::new(Haplotypes {
        query: subject.query(call, &[("code", codes.join(","))])?,
        subject,
        genes,
    }))
}

impl Request for Haplotypes {
    fn needs(&self) -> Needs {
        self.subject.needs()
    }

    fn queries(&self) -> Vec<&Query> {
        vec![&self.query]
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        self.subject.check(means, authorized)?;
        let found = observations(means, authorized, &self.query)?;
        let groups = self.genes.iter().map(|gene| gene.parts(&found)).collect();
        Ok(answer("haplotypes", groups))
    }
}

impl Gene {
    fn parse(text: &str) -> Option<Self> {
        let (system, code) = match text.split_once('|') {
            Some((system, code)) => (Some(folded(system)), code),
            None => (None, text),
        };
        (!code.is_empty() && !code.contains('|')).then(|| Self {
            text: text.to_owned(),
            system,
            code: code.to_owned(),
        })
    }

    fn parts(&self, found: &[Value]) -> Vec<Value> {
        let mut parts = vec![json!({ "name": "geneItem", "valueString": self.text })];
        for (name, code) in KINDS {
            let own = found.iter().filter(|observation| {
                has_code(&observation["code"], code) && self.is_of(observation)
            });
            parts.extend(own.map(|observation| part(name, observation)));
        }
        parts
    }

    fn is_of(&self, observation: &Value) -> bool {
        let gene = component(observation, GENE)
            .map(|component| &component["valueCodeableConcept"]["coding"]);
        gene.into_iter().flat_map(items).any(|coding| {
            let system = coding["system"].as_str().map(folded);
            coding["code"] == self.code && (self.system.is_none() || self.system == system)
        })
    }
}

/// The guide writes the system of genes with and without its last part.
fn folded(system: &str) -> String {
    system.strip_suffix("/geneId").unwrap_or(system).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gene_is_found_by_both_spellings_of_its_system() {
        let genotype = json!({ "component": [{
            "code": { "coding": [{ "system": LOINC, "code": GENE }] },
            "valueCodeableConcept": { "coding": [{ "system": "http://www.genenames.org/geneId", "code": "HGNC:2621" }] }
        }] });
        for (text, wanted) in [
            ("HGNC:2621", true),
            ("http://www.genenames.org|HGNC:2621", true),
            ("http://www.genenames.org/geneId|HGNC:2621", true),
            ("http://elsewhere|HGNC:2621", false),
            ("HGNC:1", false),
        ] {
            assert_eq!(
                Gene::parse(text).unwrap().is_of(&genotype),
                wanted,
                "{text}"
            );
        }
        assert!(Gene::parse("a|").is_none() && Gene::parse("a|b|c").is_none());
    }
}
