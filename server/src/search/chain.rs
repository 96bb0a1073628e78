//! Chained parameters (`subject:Patient.name`) and reverse chaining (`_has:Observation:patient:code`)
//! (R4, "Chained parameters", "Reverse Chaining").

use fhir::resource_type::ResourceType;
use fhir::search_parameter::{self, Kind, SearchParameter};

use super::clause::{Clause, Leaf, Test};
use super::query::is_offered;
use super::refusal::unknown;
use super::value::may_target;
use crate::problem::{self, Problem, printable};

/// Most references followed by one parameter.
const MAX_HOPS: usize = 3;

/// `reference[:Type].rest=value`
pub(super) fn parse_chain(
    resource_type: ResourceType,
    reference: &str,
    rest: &str,
    leaf: Leaf<'_>,
    hops: usize,
) -> Result<Clause, Problem> {
    within_limit(hops)?;
    let (code, narrowed) = match reference.split_once(':') {
        Some((code, name)) => (code, Some(named(name)?)),
        None => (reference, None),
    };
    let parameter = reference_parameter(resource_type, code)?;
    let mut refusal = None;
    let mut targets = Vec::new();
    for ty in ResourceType::all()
        .filter(|ty| narrowed.map_or(may_target(parameter, *ty), |only| only == *ty))
    {
        match Clause::parse_hop(ty, rest, leaf, hops + 1) {
            Ok(clause) => targets.push((ty, clause)),
            Err(problem) => {
                // An illegal value says more than a type that lacks the parameter.
                if problem.kind != problem::Kind::UnsupportedParameter || refusal.is_none() {
                    refusal = Some(problem);
                }
            }
        }
    }
    match (targets.is_empty(), refusal) {
        (true, Some(problem)) => Err(problem),
        (true, None) => Err(unknown(resource_type, &format!("{reference}.{rest}"))),
        (false, _) => Ok(Clause {
            parameter,
            test: Test::Chain(targets),
        }),
    }
}

/// `Type:reference:rest=value`, what stands after `_has:`.
pub(super) fn parse_has(
    resource_type: ResourceType,
    text: &str,
    leaf: Leaf<'_>,
    hops: usize,
) -> Result<Clause, Problem> {
    within_limit(hops)?;
    let mut parts = text.splitn(3, ':');
    let (Some(source), Some(code), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(illegal(text));
    };
    let source = named(source)?;
    let parameter = reference_parameter(source, code)?;
    if !may_target(parameter, resource_type) {
        return Err(illegal(text));
    }
    let clause = Clause::parse_hop(source, rest, leaf, hops + 1)?;
    Ok(Clause {
        parameter,
        test: Test::Has(source, parameter, Box::new(clause)),
    })
}

fn within_limit(hops: usize) -> Result<(), Problem> {
    if hops < MAX_HOPS {
        return Ok(());
    }
    Err(Problem::new(
        problem::Kind::TooCostly,
        format!("A parameter follows at most {MAX_HOPS} references."),
    ))
}

fn named(name: &str) -> Result<ResourceType, Problem> {
    ResourceType::parse(name).ok_or_else(|| illegal(name))
}

fn reference_parameter(
    resource_type: ResourceType,
    code: &str,
) -> Result<&'static SearchParameter, Problem> {
    search_parameter::find(resource_type, code)
        .filter(|parameter| parameter.kind == Kind::Reference && is_offered(parameter))
        .ok_or_else(|| unknown(resource_type, code))
}

fn illegal(text: &str) -> Problem {
    Problem::new(
        problem::Kind::Value,
        format!(
            "'{}' is not a chain; accepted: reference.parameter, reference:Type.parameter, _has:Type:reference:parameter.",
            printable(text)
        ),
    )
}
