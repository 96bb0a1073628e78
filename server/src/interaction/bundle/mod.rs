//! A batch or a transaction (R4, "batch/transaction"): one interaction for each entry, by the same
//! rules as requests of their own.

mod entry;
mod envelope;
mod links;
mod url;

use fhir::subset::Subset;
use std::collections::BTreeSet;

use fhir::resource_type::ResourceType;
use serde_json::Value;

use super::Interaction;
use super::body::refused;
use super::unmodified::Unmodified;
use crate::problem::{Kind, Problem, printable};
use crate::search::query::{Context, Handling, Query};
use links::Links;
pub use links::settle;

/// Most entries of one Bundle.
pub const MAX_ENTRIES: usize = 1000;

/// What a Bundle asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processing {
    /// Each entry by itself.
    Batch,
    /// All entries or none.
    Transaction,
}

/// A batch or a transaction.
#[derive(Debug)]
pub struct Bundle {
    /// Which of them.
    pub processing: Processing,
    /// Its entries, in their order.
    pub entries: Vec<Entry>,
    /// What the references of a transaction search for.
    pub searches: Vec<Search>,
}

/// One entry.
#[derive(Debug)]
pub struct Entry {
    /// What it asks for, or why it cannot be read.
    pub interaction: Result<Interaction, Problem>,
    /// The id of a resource that it makes.
    pub fresh: String,
    /// What other entries call its resource until its id is known.
    pub provisional: Option<String>,
    /// When the answer to a read says no more than that nothing changed.
    pub unmodified: Unmodified,
    /// Whether a read answers without the resource.
    pub is_head: bool,
    /// The part of resources that a read or search shows.
    pub subset: Subset,
}

/// A reference that names its target by criteria (R4, "conditional references").
#[derive(Debug)]
pub struct Search {
    /// The first entry that holds it.
    pub entry: usize,
    /// What stands in its place until the target is known.
    pub provisional: String,
    /// What finds the target.
    pub query: Query,
}

/// Reads a Bundle. `fresh` makes ids that were never used.
pub fn parse(
    text: &[u8],
    handling: Handling,
    context: &Context<'_>,
    fresh: &mut dyn FnMut() -> String,
) -> Result<Bundle, Problem> {
    let mut bundle = fhir::validate::read(text).map_err(|issues| refused(&issues))?;
    let processing = processing(&bundle)?;
    envelope::check_bundle(&bundle)?;
    let sent = entries(&mut bundle)?;
    let mut links = Links::new(context, fresh);
    let mut requests = Vec::with_capacity(sent.len());
    for entry in sent {
        let request = entry::Entry::parse(entry, context);
        links.add(&request);
        requests.push(request);
    }
    let mut entries = Vec::with_capacity(requests.len());
    for (at, request) in requests.into_iter().enumerate() {
        entries.push(links.resolve(at, request, processing, handling)?);
    }
    Ok(Bundle {
        processing,
        entries,
        searches: links.into_searches(),
    })
}

fn processing(bundle: &Value) -> Result<Processing, Problem> {
    if bundle["resourceType"] != "Bundle" {
        return Err(Problem::new(
            Kind::Invalid,
            "The base URL takes a Bundle of type batch or transaction.",
        ));
    }
    match bundle["type"].as_str() {
        Some("batch") => Ok(Processing::Batch),
        Some("transaction") => Ok(Processing::Transaction),
        None => Err(Problem {
            expression: vec!["Bundle.type".into()],
            ..Problem::new(
                Kind::Required,
                "The type of the Bundle is missing: batch or transaction.",
            )
        }),
        Some(other) => Err(Problem {
            expression: vec!["Bundle.type".into()],
            ..Problem::new(
                Kind::Invalid,
                format!(
                    "A Bundle of type '{}' asks for nothing; send a batch or transaction.",
                    printable(other)
                ),
            )
        }),
    }
}

fn entries(bundle: &mut Value) -> Result<Vec<Value>, Problem> {
    let entries = match bundle["entry"].take() {
        Value::Null => Vec::new(),
        Value::Array(entries) => entries,
        _ => {
            return Err(Problem::new(
                Kind::Structure,
                "Bundle.entry is an array of entries.",
            ));
        }
    };
    if entries.len() > MAX_ENTRIES {
        return Err(Problem::new(
            Kind::TooMuch,
            format!("A Bundle has at most {MAX_ENTRIES} entries; send several."),
        ));
    }
    let mut seen = BTreeSet::new();
    for (at, entry) in entries.iter().enumerate() {
        let url = entry["fullUrl"].as_str();
        if url.is_some_and(|url| !seen.insert(url)) {
            let twice = Problem::new(Kind::Duplicate, "Two entries have the same fullUrl.");
            return Err(twice.at_entry(at));
        }
    }
    Ok(entries)
}

/// `Type/id`.
fn local(resource_type: ResourceType, id: &str) -> String {
    format!("{resource_type}/{id}")
}
