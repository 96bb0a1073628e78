//! `search-type` (R4, "Search").

use url::form_urlencoded::Serializer;

use super::{Means, Searchset, include};
use crate::access::decide::Authorized;
use crate::problem::{Kind, Problem};
use crate::search::include::MAX_INCLUDED;
use crate::search::page::Position;
use crate::search::plan::{Plan, SearchView};
use crate::search::query::Query;
use crate::store::{Match, Stored, Window};

pub(super) fn search(
    means: Means<'_>,
    query: &Query,
    authorized: &Authorized,
) -> Result<Searchset, Problem> {
    let chained = |ty| authorized.chained(ty);
    let view = SearchView {
        searched: authorized.restriction(),
        chained: &chained,
    };
    let plan = Plan::search(query, &view);
    let text = applied(query);
    let start = position(means, query, authorized.owner(), &text)?;
    let mut matches = page(means, &plan, query, &start)?;
    let more = matches.len() > query.count as usize;
    matches.truncate(query.count as usize);
    let next = matches.last().filter(|_| more).map(|last| {
        let position = Position {
            after: last.stored.key,
            until: start.until,
            values: last.values.clone(),
        };
        means.cursors.seal(&position, authorized.owner(), &text)
    });
    let total = total(means, &plan, query, matches.len(), more)?;
    let matches: Vec<Stored> = matches.into_iter().map(|found| found.stored).collect();
    let mut included = include::include(means, query, authorized, &matches)?;
    let mut ignored = query.ignored.clone();
    if included.len() > MAX_INCLUDED {
        included.truncate(MAX_INCLUDED);
        ignored.push(Problem::new(
            Kind::TooCostly,
            format!("Only the first {MAX_INCLUDED} included resources are on this page."),
        ));
    }
    Ok(Searchset {
        total,
        included,
        matches,
        query: text,
        next,
        ignored,
        at: means.now,
    })
}

/// The normalized text of a query: what is applied, and nothing else.
fn applied(query: &Query) -> String {
    let mut text = format!("{}?", query.resource_type);
    let start = text.len();
    let mut pairs = Serializer::for_suffix(&mut text, start);
    for (name, value) in &query.applied {
        pairs.append_pair(name, value);
    }
    pairs.finish();
    text.trim_end_matches('?').to_owned()
}

fn position(means: Means<'_>, query: &Query, owner: &str, text: &str) -> Result<Position, Problem> {
    match &query.cursor {
        Some(cursor) => means.cursors.open(cursor, owner, text),
        None => Ok(Position::start(means.store.latest_key()?)),
    }
}

/// One more than the page holds, to know whether there is a next one.
fn page(
    means: Means<'_>,
    plan: &Plan,
    query: &Query,
    start: &Position,
) -> Result<Vec<Match>, Problem> {
    if query.count == 0 {
        return Ok(Vec::new());
    }
    let window = Window {
        from: start.clone(),
        limit: query.count + 1,
    };
    Ok(means.store.search(plan, &window)?)
}

/// The total when it costs nothing (the first page holds everything) or was asked for.
fn total(
    means: Means<'_>,
    plan: &Plan,
    query: &Query,
    matches: usize,
    more: bool,
) -> Result<Option<u64>, Problem> {
    if query.count == 0 || query.total {
        return Ok(Some(means.store.count(plan)?));
    }
    let whole = query.cursor.is_none() && !more;
    Ok(whole.then_some(matches as u64))
}
