//! From an authorized interaction to an outcome. The only module that asks the store.

mod allowance;
mod amend;
pub mod batch;
mod bounds;
mod change;
mod history;
pub mod ids;
pub mod imaging;
mod include;
mod inside;
mod merge;
mod patch;
mod phase;
mod read;
mod search;
mod target;
pub mod transaction;
mod write;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::access::decide::Authorized;
use crate::export::Exports;
use crate::interaction::Interaction;
use crate::problem::{Kind, Problem};
use crate::search::page::CursorKey;
use crate::store::{Store, StoreError, Stored, Version};
use ids::Ids;

pub(crate) use amend::amend;

/// What an interaction yields, free of HTTP.
#[derive(Debug)]
pub enum Outcome {
    /// One resource.
    Resource(Stored),
    /// A page of matches.
    Searchset(Searchset),
    /// A page of versions.
    History(History),
    /// A resource that was written, or found by the criteria of a conditional create.
    Written(Written),
    /// Nothing is there (any more); the version that says so, if this request made it.
    Deleted(Option<u32>),
    /// A job was begun; its status is at this URL.
    Accepted(String),
    /// A resource made for this answer.
    Answer(Value),
    /// Images, for `imaging::content`.
    Images(Vec<imaging::Held>),
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
    /// Cursors of the first page, the one before, the next one and the last one.
    pub pages: Pages,
    /// What was left out, to be said in an outcome entry.
    pub ignored: Vec<Problem>,
    /// When the search ran.
    pub at: DateTime<Utc>,
}

/// Cursors of other pages of a result; all empty when there is one page only.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pages {
    /// Of the first page.
    pub first: Option<String>,
    /// Of the page before this one.
    pub previous: Option<String>,
    /// Of the page after this one.
    pub next: Option<String>,
    /// Of the last page, counted from the end.
    pub last: Option<String>,
}

/// A page of versions, newest first.
#[derive(Debug)]
pub struct History {
    /// The versions.
    pub versions: Vec<Version>,
    /// How many there are in all, when known or asked for.
    pub total: Option<u64>,
    /// What was applied, below the base URL.
    pub query: String,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// When they were read.
    pub at: DateTime<Utc>,
}

/// What a write came to.
#[derive(Debug)]
pub struct Written {
    /// The resource as it is now.
    pub stored: Stored,
    /// Whether there was none before.
    pub is_new: bool,
    /// Whether the caller may see it.
    pub is_shown: bool,
}

impl Written {
    fn created(stored: Stored, is_shown: bool) -> Self {
        Self {
            stored,
            is_new: true,
            is_shown,
        }
    }

    fn updated(stored: Stored, is_shown: bool) -> Self {
        Self {
            stored,
            is_new: false,
            is_shown,
        }
    }

    /// Found by a search that the caller may make.
    fn unchanged(stored: Stored) -> Self {
        Self::updated(stored, true)
    }
}

/// What executing needs.
#[derive(Debug, Clone, Copy)]
pub struct Means<'a> {
    /// The resources.
    pub store: &'a Store,
    /// Seals page links.
    pub cursors: &'a CursorKey,
    /// Makes logical ids.
    pub ids: &'a Ids,
    /// The present.
    pub now: DateTime<Utc>,
    /// Bulk exports; `None` inside a Bundle, where none is begun.
    pub exports: Option<&'a Exports>,
    /// The public base URL that links begin with.
    pub base: &'a str,
}

/// Performs an interaction.
pub fn execute(means: Means<'_>, authorized: Authorized) -> Result<Outcome, Problem> {
    if let Some(outcome) = look(means, &authorized) {
        return outcome;
    }
    match authorized.interaction() {
        Interaction::Operation(invocation) => {
            return invocation.request.perform(means, &authorized);
        }
        Interaction::Patch { .. } => return patch::patch(means, &authorized),
        _ => {}
    }
    write::write(means, authorized)
}

/// Performs an interaction that only looks; `None` for one that may change something.
pub fn look(means: Means<'_>, authorized: &Authorized) -> Option<Result<Outcome, Problem>> {
    let restriction = authorized.restriction();
    Some(match authorized.interaction() {
        Interaction::Read(instance) => {
            read::read(means, instance, restriction).map(Outcome::Resource)
        }
        Interaction::VersionRead(instance, version) => {
            history::version_read(means, instance, *version, restriction).map(Outcome::Resource)
        }
        Interaction::History(query) => {
            history::history(means, query, authorized).map(Outcome::History)
        }
        Interaction::Search(_) | Interaction::SearchSeveral(_) => {
            search::search(means, authorized).map(Outcome::Searchset)
        }
        Interaction::Imaging(imaging) => {
            imaging::find(means, imaging, authorized).map(Outcome::Images)
        }
        Interaction::Operation(_)
        | Interaction::Patch { .. }
        | Interaction::Create { .. }
        | Interaction::Update { .. }
        | Interaction::Delete { .. } => return None,
    })
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Timeout => Self::new(
                Kind::QueryTimeout,
                "The search took longer than it may; narrow it, for instance with a patient or a date.",
            ),
            StoreError::Full => Self::new(
                Kind::StoreFull,
                "There is no room for more at the moment; reading goes on.",
            ),
            StoreError::Busy => Self::new(
                Kind::Unavailable,
                "The database is busy; try again in a moment.",
            ),
            other => Self::internal(&other),
        }
    }
}
