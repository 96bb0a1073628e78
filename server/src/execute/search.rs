//! `search-type`, `search-system` and compartment searches (R4, "Search").

use url::form_urlencoded::Serializer;

use super::include::Included;
use super::{Means, Pages, Searchset, include, merge};
use crate::access::decide::Authorized;
use crate::problem::{Kind, Problem};
use crate::search::include::{MAX_INCLUDED, MAX_ROUNDS};
use crate::search::page::Position;
use crate::search::plan::{Plan, SearchView};
use crate::search::query::Query;
use crate::store::{Match, Stored, Window};

pub(super) fn search(means: Means<'_>, authorized: &Authorized) -> Result<Searchset, Problem> {
    let plans = plans(authorized);
    let Some((query, _)) = authorized.searched().next() else {
        return Err(Problem::internal(&"a search of no type"));
    };
    let text = applied(query);
    let mut start = position(means, query, authorized.owner(), &text)?;
    let page = page(means, &plans, query, &start)?;
    if query.cursor.is_none() && page.more {
        // From the first page on, what is added does not enter the walk.
        start.until = match query.inside {
            Some(_) => means.store.latest_place()?,
            None => means.store.latest_key()?,
        };
    }
    let seal = |position: &Position| means.cursors.seal(position, authorized.owner(), &text);
    let pages = pages(&page, &start, &seal);
    let total = total(means, &plans, query, &page)?;
    let matches: Vec<Stored> = page.matches.into_iter().map(|found| found.stored).collect();
    let found = include::include(means, authorized, &matches)?;
    let mut ignored = query.ignored.clone();
    ignored.extend(shortened(&found));
    let mut included = found.resources;
    included.truncate(MAX_INCLUDED);
    Ok(Searchset {
        total,
        included,
        matches,
        query: text,
        pages,
        ignored,
        at: means.now,
    })
}

/// What is said when not everything came along.
fn shortened(found: &Included) -> Option<Problem> {
    let said = if found.resources.len() > MAX_INCLUDED {
        format!("Only the first {MAX_INCLUDED} included resources are on this page.")
    } else if found.is_cut {
        format!("':iterate' went on {MAX_ROUNDS} times; there may be more to include.")
    } else {
        return None;
    };
    Some(Problem::new(Kind::TooCostly, said))
}

/// One plan for each type, each inside the view of its type.
fn plans(authorized: &Authorized) -> Vec<Plan> {
    let chained = |ty| authorized.chained(ty);
    authorized
        .searched()
        .map(|(query, restriction)| {
            let view = SearchView {
                searched: restriction,
                chained: &chained,
            };
            Plan::search(query, &view)
        })
        .collect()
}

/// The normalized text of a query: what is applied, and nothing else.
fn applied(query: &Query) -> String {
    let mut text = format!("{}?", query.path);
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
        None => Ok(Position::start(i64::MAX)),
    }
}

/// A page of matches in the order of the search, whichever way it was walked.
struct Page {
    matches: Vec<Match>,
    /// Whether the walk goes on behind its end: after the page, or before it when walking back.
    more: bool,
    /// Whether it is the whole result.
    whole: bool,
}

fn page(
    means: Means<'_>,
    plans: &[Plan],
    query: &Query,
    start: &Position,
) -> Result<Page, Problem> {
    let size = query.count as usize;
    if size == 0 {
        return Ok(Page {
            matches: Vec::new(),
            more: false,
            whole: false,
        });
    }
    // One more than the page holds, to know whether there is another one.
    let window = Window {
        from: start.clone(),
        limit: query.count + 1,
    };
    let mut matches = match plans {
        [one] => means.store.search(one, &window)?,
        several => merge::search(means.store, several, &window)?,
    };
    let more = matches.len() > size;
    matches.truncate(size);
    if start.back {
        matches.reverse();
    }
    Ok(Page {
        matches,
        more,
        whole: start.is_first() && !more,
    })
}

/// Links to other pages: each is a position in the same walk, which later additions do not enter.
fn pages(page: &Page, start: &Position, seal: &dyn Fn(&Position) -> String) -> Pages {
    if page.whole || (start.is_first() && !page.more) {
        return Pages::default();
    }
    let at = |found: &Match, back: bool| {
        seal(&Position {
            after: found.stored.key,
            until: start.until,
            values: found.values.clone(),
            back,
        })
    };
    let before = if start.back {
        page.more
    } else {
        !start.is_first()
    };
    let after = if start.back {
        !start.is_last()
    } else {
        page.more
    };
    let first = page.matches.first().filter(|_| before);
    let last = page.matches.last().filter(|_| after);
    Pages {
        first: Some(seal(&Position::start(start.until))),
        previous: first.map(|found| at(found, true)),
        next: last.map(|found| at(found, false)),
        last: Some(seal(&Position::end(start.until))),
    }
}

/// The total when it costs nothing (the first page holds everything) or was asked for.
fn total(
    means: Means<'_>,
    plans: &[Plan],
    query: &Query,
    page: &Page,
) -> Result<Option<u64>, Problem> {
    if query.count == 0 || query.total {
        let mut total = 0;
        for plan in plans {
            total += means.store.count(plan)?;
        }
        return Ok(Some(total));
    }
    Ok(page.whole.then_some(page.matches.len() as u64))
}
