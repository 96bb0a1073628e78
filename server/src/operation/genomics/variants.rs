//! `$find-subject-variants` (Genomics Reporting 3.0.0): whether simple variants overlap ranges.

use std::sync::Arc;

use serde_json::{Value, json};

use super::region::{Region, Relation};
use super::{
    CLASS, DATES, LOINC, SPECIMENS, SUBJECT, Subject, TESTS, answer, has_code, items, observations,
    part,
};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::operation::argument::illegal;
use crate::operation::{Call, Level, Needs, Operation, Request, input, output};
use crate::problem::{Kind, Problem};
use crate::search::query::Query;

/// The row.
pub const OPERATION: Operation = Operation {
    code: "find-subject-variants",
    id: "find-subject-variants",
    definition: "http://hl7.org/fhir/uv/genomics-reporting/OperationDefinition/find-subject-variants",
    title: "Find a person's variants",
    description: "Says for each range whether the person has a simple variant that overlaps it. Places are not converted between versions of a reference sequence: when that would be needed, the answer is 422.",
    levels: &[Level::System, Level::Type],
    types: &["Observation"],
    affects_state: false,
    is_mirrored: true,
    parameters: &[
        SUBJECT,
        input(
            "ranges",
            1,
            "*",
            "string",
            "Sequence and range counted from 0, as NC_000007.14:55174721-55174820.",
        ),
        TESTS,
        DATES,
        SPECIMENS,
        CLASS,
        input(
            "includeVariants",
            0,
            "1",
            "boolean",
            "Whether the variants come along.",
        ),
        input(
            "includePhasing",
            0,
            "1",
            "boolean",
            "Whether the variants and what is known of their phase come along.",
        ),
        output(
            "variants",
            1,
            "*",
            "BackboneElement",
            "One for each range: rangeItem, presence, variant, sequencePhaseRelationship.",
        ),
    ],
    searches: false,
    read,
};

/// Genetic variant assessment.
const VARIANT: &str = "69548-6";
/// Its answer: the variant was found.
const PRESENT: &str = "LA9633-4";
/// Allelic phase.
const PHASE: &str = "82120-7";
/// Most ranges of one call.
const RANGES: usize = 100;

#[derive(Debug)]
struct Lookup {
    subject: Subject,
    ranges: Vec<(String, Region)>,
    variants: Query,
    phases: Query,
    includes_variants: bool,
    includes_phases: bool,
}

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let subject = Subject::parse(&arguments)?;
    let accepted = "at most 100 ranges such as NC_000007.14:55174721-55174820";
    let ranges: Vec<_> = arguments
        .items("ranges")
        .map(|text| {
            Region::parse(text)
                .map(|region| (text.to_owned(), region))
                .ok_or_else(|| illegal("ranges", text, accepted))
        })
        .collect::<Result<_, _>>()?;
    if ranges.is_empty() || ranges.len() > RANGES {
        return Err(illegal("ranges", "", accepted));
    }
    let includes_phases = arguments.boolean("includePhasing")?.unwrap_or(false);
    let present = [
        ("code", format!("{LOINC}|{VARIANT}")),
        ("value-concept", format!("{LOINC}|{PRESENT}")),
    ];
    Ok(Arc::new(Lookup {
        variants: subject.query(call, &present)?,
        phases: subject.query(call, &[("code", format!("{LOINC}|{PHASE}"))])?,
        subject,
        ranges,
        includes_variants: includes_phases
            || arguments.boolean("includeVariants")?.unwrap_or(false),
        includes_phases,
    }))
}

impl Request for Lookup {
    fn needs(&self) -> Needs {
        self.subject.needs()
    }

    fn queries(&self) -> Vec<&Query> {
        vec![&self.variants, &self.phases]
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        self.subject.check(means, authorized)?;
        let variants: Vec<(Region, Value)> = observations(means, authorized, &self.variants)?
            .into_iter()
            .filter_map(|variant| Some((Region::of(&variant)?, variant)))
            .collect();
        let phases = if self.includes_phases {
            observations(means, authorized, &self.phases)?
        } else {
            Vec::new()
        };
        let groups: Result<Vec<_>, Problem> = self
            .ranges
            .iter()
            .map(|(text, range)| Ok(self.parts(text, &inside(range, &variants)?, &phases)))
            .collect();
        Ok(answer("variants", groups?))
    }
}

/// The variants that overlap a range; refused when one cannot be compared.
fn inside<'a>(range: &Region, variants: &'a [(Region, Value)]) -> Result<Vec<&'a Value>, Problem> {
    let mut found = Vec::new();
    for (region, variant) in variants {
        match range.relation(region) {
            Relation::Overlaps => found.push(variant),
            Relation::Apart => {}
            Relation::OfAnotherVersion => {
                return Err(Problem::new(
                    Kind::Invalidity,
                    format!("The person's variants are on {}, and this server does not convert places; ask for ranges on that sequence.", region.sequence),
                )
                .at_parameter("ranges"));
            }
        }
    }
    Ok(found)
}

impl Lookup {
    fn parts(&self, range: &str, variants: &[&Value], phases: &[Value]) -> Vec<Value> {
        let mut parts = vec![
            json!({ "name": "rangeItem", "valueString": range }),
            json!({ "name": "presence", "valueBoolean": !variants.is_empty() }),
        ];
        if self.includes_variants {
            parts.extend(variants.iter().map(|variant| part("variant", variant)));
        }
        let related = phases.iter().filter(|phase| is_between(phase, variants));
        parts.extend(related.map(|phase| part("sequencePhaseRelationship", phase)));
        parts
    }
}

/// Whether a phase is that of two of the variants.
fn is_between(phase: &Value, variants: &[&Value]) -> bool {
    let is_one = |reference: &Value| {
        variants.iter().any(|variant| {
            let id = variant["id"].as_str().unwrap_or_default();
            reference["reference"] == format!("Observation/{id}")
        })
    };
    has_code(&phase["code"], PHASE)
        && items(&phase["derivedFrom"]).filter(|of| is_one(of)).count() >= 2
}
