//! `Observation/$lastn`: the latest observations of each kind (R4, operation `Observation-lastn`).

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use smart::scope::Action;

use super::found::{self, Matched};
use super::{Call, Level, Needs, Operation, Request, input, output};
use crate::access::decide::Authorized;
use crate::execute::{Means, Outcome};
use crate::problem::Problem;
use crate::search::query::Query;

/// The row.
pub const OPERATION: Operation = Operation {
    code: "lastn",
    id: "Observation-lastn",
    definition: "http://hl7.org/fhir/OperationDefinition/Observation-lastn",
    title: "Latest observations of each kind",
    description: "Of the observations that a search finds, the latest of each code. Takes the search parameters of Observation besides, usually patient and category or code.",
    levels: &[Level::Type],
    types: &["Observation"],
    affects_state: false,
    is_mirrored: true,
    parameters: &[
        input(
            "max",
            0,
            "1",
            "positiveInt",
            "How many of each code; one when left out.",
        ),
        output(
            "return",
            1,
            "1",
            "Bundle",
            "A searchset: code by code, the latest first.",
        ),
    ],
    searches: true,
    read,
};

/// Most observations of one code.
const MAX: u32 = 100;

#[derive(Debug)]
struct LastN {
    query: Query,
    max: usize,
    text: String,
}

fn read(call: &Call<'_>) -> Result<Arc<dyn Request>, Problem> {
    let arguments = call.arguments()?;
    let max = arguments.number("max", 1)?.unwrap_or(1).min(MAX);
    let query = found::query(call, &arguments.search)?;
    let mut pairs = query.applied.clone();
    pairs.push(("max".into(), max.to_string()));
    Ok(Arc::new(LastN {
        text: found::text("Observation/$lastn", &pairs),
        max: max as usize,
        query,
    }))
}

impl Request for LastN {
    fn needs(&self) -> Needs {
        Needs::action(self.query.resource_type, Action::Search)
    }

    fn queries(&self) -> Vec<&Query> {
        vec![&self.query]
    }

    fn perform(&self, means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
        let mut kinds = Kinds::default();
        found::each(means, authorized, &self.query, |matched| {
            kinds.add(matched, self.max);
        })?;
        let ty = self.query.resource_type;
        let stored = found::fetch(means, authorized, ty, &kinds.into_ids())?;
        Ok(Outcome::Searchset(found::searchset(
            means,
            stored,
            self.text.clone(),
            self.query.ignored.clone(),
        )))
    }
}

/// The latest observations of each kind: those that share a coding are of one kind.
#[derive(Default)]
struct Kinds {
    by_coding: HashMap<String, usize>,
    kinds: Vec<Vec<(i64, String)>>,
}

impl Kinds {
    fn add(&mut self, matched: &Matched<'_>, max: usize) {
        let marks = marks(&matched.resource["code"]);
        let known = marks
            .iter()
            .find_map(|mark| self.by_coding.get(mark).copied());
        let kind = known.unwrap_or_else(|| {
            self.kinds.push(Vec::new());
            self.kinds.len() - 1
        });
        for mark in marks {
            self.by_coding.entry(mark).or_insert(kind);
        }
        let latest = &mut self.kinds[kind];
        let at = found::instant(&matched.resource).unwrap_or(i64::MIN);
        let place = latest.partition_point(|(other, _)| *other >= at);
        latest.insert(place, (at, matched.id.to_owned()));
        latest.truncate(max);
    }

    fn into_ids(self) -> Vec<String> {
        self.kinds.into_iter().flatten().map(|(_, id)| id).collect()
    }
}

/// What makes two codes the same: a coding they share, or the text of codes without one.
fn marks(code: &Value) -> Vec<String> {
    let coded: Vec<String> = code["coding"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|coding| {
            let code = coding["code"].as_str()?;
            Some(format!(
                "{}|{code}",
                coding["system"].as_str().unwrap_or_default()
            ))
        })
        .collect();
    if coded.is_empty() {
        return vec![code["text"].as_str().unwrap_or_default().to_owned()];
    }
    coded
}
