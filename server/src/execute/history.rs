//! `vread` and the histories of an instance, a type and the system (R4, "RESTful API").
//!
//! A version is shown when the restriction admits the current version and the version's own
//! content: what was another patient's once stays out of sight, and so does what has become it.
//! A deletion has no content: the version before it is judged in its place. A resource that is
//! deleted now is seen only by a caller who sees everything of its type.

use super::{History, Means};
use crate::access::decide::Authorized;
use crate::access::restriction::Restriction;
use crate::interaction::Instance;
use crate::interaction::history::{HistoryQuery, Of};
use crate::problem::{Kind, Problem};
use crate::search::history::{HistoryPlan, Seen, is_open};
use crate::search::index;
use crate::search::matches::{Candidate, Surroundings};
use crate::search::page::{Position, SortValue};
use crate::search::plan::{Condition, Plan};
use crate::search::reference::Target;
use crate::store::{Occupied, Store, Stored, Version};

/// Versions that are judged for one page, so that one request stays bounded. A page that ends
/// here is short, and its link goes on.
const MAX_JUDGED: usize = 5_000;

/// One version.
pub(super) fn version_read(
    means: Means<'_>,
    instance: &Instance,
    version: u32,
    restriction: &Restriction,
) -> Result<Stored, Problem> {
    see(means, instance, restriction)?;
    let plan = Plan::read(instance.resource_type, &instance.id, restriction);
    let judge = Judge::of(means.store);
    let found = means
        .store
        .version(instance, version)?
        .ok_or_else(Problem::not_found)?;
    if !judge.admits(&found, &Condition::All(plan.conditions))? {
        return Err(Problem::not_found());
    }
    found.stored.ok_or_else(|| {
        Problem::new(
            Kind::Gone,
            "This version records that the resource was deleted.",
        )
    })
}

/// A page of versions, newest first.
pub(super) fn history(
    means: Means<'_>,
    query: &HistoryQuery,
    authorized: &Authorized,
) -> Result<History, Problem> {
    if let Of::Instance(instance) = &query.of {
        see(means, instance, authorized.restriction())?;
    }
    let (text, plan) = (query.text(), plan(query, authorized));
    let start = match &query.cursor {
        Some(cursor) => Some(seen(&means.cursors.open(
            cursor,
            authorized.owner(),
            &text,
        )?)?),
        None => None,
    };
    let page = if query.count == 0 {
        Page::default()
    } else {
        page(means, &plan, start, query.count as usize)?
    };
    let next = page.next.map(|seen| {
        means
            .cursors
            .seal(&position(seen), authorized.owner(), &text)
    });
    Ok(History {
        total: total(means, &plan, query, &page.versions, next.is_some())?,
        versions: page.versions,
        query: text,
        next,
        at: means.now,
    })
}

/// Whether the caller may know of the resource at all: it is in view now, or it is deleted and
/// the caller sees everything of the type.
fn see(means: Means<'_>, instance: &Instance, restriction: &Restriction) -> Result<(), Problem> {
    let known = if *restriction == Restriction::none() {
        means.store.occupied(instance)? != Occupied::Free
    } else {
        let plan = Plan::read(instance.resource_type, &instance.id, restriction);
        means.store.read(&plan)?.is_some()
    };
    known.then_some(()).ok_or_else(Problem::not_found)
}

fn plan(query: &HistoryQuery, authorized: &Authorized) -> HistoryPlan {
    let (id, of) = match &query.of {
        Of::Instance(instance) => (Some(instance.id.clone()), Some(instance.resource_type)),
        Of::Type(resource_type) => (None, Some(*resource_type)),
        Of::System => (None, None),
    };
    let admitted = match of {
        Some(ty) => vec![(ty, Condition::restricted(ty, authorized.restriction()))],
        None => authorized
            .everywhere()
            .map(|(ty, restriction)| (ty, Condition::restricted(ty, restriction)))
            .collect(),
    };
    HistoryPlan {
        id,
        admitted,
        since: query.since,
        at: query.at,
    }
}

#[derive(Default)]
struct Page {
    versions: Vec<Version>,
    /// The last version looked at, when there may be more.
    next: Option<Seen>,
}

fn page(
    means: Means<'_>,
    plan: &HistoryPlan,
    start: Option<Seen>,
    count: usize,
) -> Result<Page, Problem> {
    let judge = Judge::of(means.store);
    let mut page = Page {
        versions: Vec::new(),
        next: start,
    };
    let limit = u32::try_from(count + 1).unwrap_or(u32::MAX);
    for _ in 0..=MAX_JUDGED / count {
        let batch = means.store.history(plan, page.next, limit)?;
        let is_last = batch.len() <= count;
        for version in batch {
            let is_shown = match plan.condition(version.instance.resource_type) {
                Some(condition) => judge.admits(&version, condition)?,
                None => false,
            };
            if is_shown && page.versions.len() == count {
                return Ok(page);
            }
            page.next = Some(mark(&version));
            if is_shown {
                page.versions.push(version);
            }
        }
        if is_last {
            page.next = None;
            return Ok(page);
        }
    }
    Ok(page)
}

/// The total when it costs nothing (the first page holds everything) or was asked for. It is left
/// out when too many versions would have to be judged for it.
fn total(
    means: Means<'_>,
    plan: &HistoryPlan,
    query: &HistoryQuery,
    versions: &[Version],
    more: bool,
) -> Result<Option<u64>, Problem> {
    if query.count == 0 && plan.is_open() {
        return Ok(Some(means.store.count_history(plan)?));
    }
    if query.count == 0 {
        let all = page(means, plan, None, MAX_JUDGED)?;
        return Ok(all.next.is_none().then_some(all.versions.len() as u64));
    }
    let whole = query.cursor.is_none() && !more;
    Ok(whole.then_some(versions.len() as u64))
}

fn mark(version: &Version) -> Seen {
    Seen {
        updated: version.updated.timestamp_millis(),
        key: version.key,
        version: version.version,
    }
}

fn position(seen: Seen) -> Position {
    Position {
        after: seen.key,
        until: i64::from(seen.version),
        values: vec![SortValue::Integer(seen.updated)],
        back: false,
    }
}

fn seen(position: &Position) -> Result<Seen, Problem> {
    let [SortValue::Integer(updated)] = position.values.as_slice() else {
        return Err(Problem::internal(&"a sealed position of another kind"));
    };
    Ok(Seen {
        updated: *updated,
        key: position.after,
        version: u32::try_from(position.until).unwrap_or_default(),
    })
}

/// Decides about versions that have no index rows.
struct Judge<'a> {
    around: InStore<'a>,
}

impl<'a> Judge<'a> {
    fn of(store: &'a Store) -> Self {
        Self {
            around: InStore(store),
        }
    }

    /// Whether a version of a resource that is in view now may be shown itself.
    fn admits(&self, version: &Version, condition: &Condition) -> Result<bool, Problem> {
        if is_open(condition) || (version.is_current && version.stored.is_some()) {
            return Ok(true);
        }
        if let Some(stored) = &version.stored {
            return Ok(self.admits_content(stored, condition));
        }
        let before = self
            .around
            .0
            .version(&version.instance, version.version.saturating_sub(1))?;
        Ok(before
            .and_then(|before| before.stored)
            .is_some_and(|stored| self.admits_content(&stored, condition)))
    }

    fn admits_content(&self, stored: &Stored, condition: &Condition) -> bool {
        let Ok(json) = serde_json::from_slice(&stored.body) else {
            return false;
        };
        let Ok(rows) = index::extract(stored.resource_type, &json) else {
            return false;
        };
        condition.admits(
            Candidate {
                id: &stored.id,
                updated: stored.updated,
                rows: &rows,
            },
            &self.around,
        )
    }
}

/// Asks the store about the resources around a version; what it cannot answer is a no.
struct InStore<'a>(&'a Store);

impl Surroundings for InStore<'_> {
    /// A version is judged by a restriction, and restrictions never ask this.
    fn is_referred_to(
        &self,
        _: &str,
        _: fhir::resource_type::ResourceType,
        _: index::Key,
        _: &Condition,
    ) -> bool {
        false
    }

    fn is_seen(
        &self,
        target: &Target,
        contexts: &[(fhir::resource_type::ResourceType, Condition)],
    ) -> bool {
        let Target::Local(ty, id) = target else {
            return false;
        };
        contexts
            .iter()
            .filter(|(context, _)| context == ty)
            .any(|(_, condition)| {
                let plan = Plan {
                    conditions: vec![Condition::Id(vec![id.clone()]), condition.clone()],
                    ..Plan::read(*ty, id, &Restriction::none())
                };
                matches!(self.0.read(&plan), Ok(Some(_)))
            })
    }
}
