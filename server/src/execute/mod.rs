//! From an authorized interaction to an outcome. The only module that asks the store.

mod include;
mod read;
mod search;

use chrono::{DateTime, Utc};

use crate::access::decide::Authorized;
use crate::interaction::Interaction;
use crate::problem::{Kind, Problem};
use crate::search::page::CursorKey;
use crate::store::{Store, StoreError, Stored};

/// What an interaction yields, free of HTTP.
#[derive(Debug)]
pub enum Outcome {
    /// One resource.
    Resource(Stored),
    /// A page of matches.
    Searchset(Searchset),
}

/// A page of matches.
#[derive(Debug)]
pub struct Searchset {
    /// The matches, in order.
    pub matches: Vec<Stored>,
    /// What comes along.
    pub included: Vec<Stored>,
    /// How many there are in all, when known or asked for.
    pub total: Option<u64>,
    /// `Type?name=value…` of what was applied.
    pub query: String,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// What was left out, to be said in an outcome entry.
    pub ignored: Vec<Problem>,
    /// When the search ran.
    pub at: DateTime<Utc>,
}

/// What executing needs.
#[derive(Debug, Clone, Copy)]
pub struct Means<'a> {
    /// The resources.
    pub store: &'a Store,
    /// Signs page links.
    pub cursors: &'a CursorKey,
    /// The present.
    pub now: DateTime<Utc>,
}

/// Performs an interaction.
pub fn execute(means: Means<'_>, authorized: &Authorized) -> Result<Outcome, Problem> {
    match authorized.interaction() {
        Interaction::Read { resource_type, id } => {
            read::read(means, *resource_type, id, authorized.restriction()).map(Outcome::Resource)
        }
        Interaction::Search(query) => {
            search::search(means, query, authorized).map(Outcome::Searchset)
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Timeout => Self::new(
                Kind::QueryTimeout,
                "The search took longer than it may; narrow it, for instance with a patient or a date.",
            ),
            StoreError::Busy => Self::new(
                Kind::Unavailable,
                "The database is busy; try again in a moment.",
            ),
            other => Self::internal(&other),
        }
    }
}
