//! What operations that search have in common: a query under the caller's restriction, walked
//! resource by resource.

use std::collections::HashMap;

use fhir::resource_type::ResourceType;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::Call;
use crate::access::decide::Authorized;
use crate::execute::{Means, Pages, Searchset};
use crate::problem::{Kind, Problem};
use crate::search::date;
use crate::search::page::Position;
use crate::search::plan::{Condition, Plan, SearchView};
use crate::search::query::{Handling, Query};
use crate::store::{Stored, Window};

/// Ids in one statement.
const CHUNK: usize = 500;

/// A match with its JSON.
pub(super) struct Matched<'a> {
    pub(super) id: &'a str,
    pub(super) resource: Value,
}

/// The search of a call on a type: it selects, and neither sorts nor includes.
pub(super) fn query(call: &Call<'_>, pairs: &[(String, String)]) -> Result<Query, Problem> {
    let ty = call.target.resource_type().ok_or_else(Problem::not_found)?;
    let handling = call.preference.handling.unwrap_or(Handling::Strict);
    let query = Query::parse(ty, pairs, handling, &call.context)?;
    if query.includes.is_empty() && query.sort.is_empty() && query.cursor.is_none() {
        return Ok(query);
    }
    Err(Problem::new(
        Kind::UnsupportedParameter,
        format!(
            "${} takes parameters that select, but none that sort, page or include.",
            call.operation.code
        ),
    ))
}

fn plan(query: &Query, authorized: &Authorized) -> Plan {
    let chained = |ty| authorized.chained(ty);
    let view = SearchView {
        searched: authorized.restriction(),
        chained: &chained,
    };
    Plan::search(query, &view)
}

/// Shows every match.
pub(super) fn each(
    means: Means<'_>,
    authorized: &Authorized,
    query: &Query,
    mut visit: impl FnMut(&Matched<'_>),
) -> Result<(), Problem> {
    means.store.each(&plan(query, authorized), |found| {
        if let Ok(resource) = serde_json::from_slice(found.body) {
            visit(&Matched {
                id: found.id,
                resource,
            });
        }
    })?;
    Ok(())
}

/// The resources with these ids, in their order, inside the restriction.
pub(super) fn fetch(
    means: Means<'_>,
    authorized: &Authorized,
    ty: ResourceType,
    ids: &[String],
) -> Result<Vec<Stored>, Problem> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let conditions = vec![Condition::Id(chunk.to_vec())];
        let plan = Plan::within(ty, authorized.restriction(), conditions);
        let window = Window {
            from: Position::start(i64::MAX),
            limit: u32::try_from(chunk.len()).unwrap_or(u32::MAX),
        };
        found.extend(means.store.search(&plan, &window)?);
    }
    let place: HashMap<&str, usize> = ids
        .iter()
        .enumerate()
        .map(|(at, id)| (id.as_str(), at))
        .collect();
    let mut found: Vec<Stored> = found.into_iter().map(|found| found.stored).collect();
    found.sort_by_key(|stored| place.get(stored.id.as_str()).copied());
    Ok(found)
}

/// All of a result on one page.
pub(super) fn searchset(
    means: Means<'_>,
    matches: Vec<Stored>,
    query: String,
    ignored: Vec<Problem>,
) -> Searchset {
    Searchset {
        total: Some(matches.len() as u64),
        matches,
        included: Vec::new(),
        query,
        pages: Pages::default(),
        ignored,
        at: means.now,
    }
}

/// A text as a part of a search value: what separates is escaped (R4, "Escaping Search
/// Parameters").
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, ',' | '|' | '$' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// A call as links repeat it.
pub(super) fn text(path: &str, pairs: &[(String, String)]) -> String {
    let mut text = format!("{path}?");
    let start = text.len();
    let mut out = Serializer::for_suffix(&mut text, start);
    for (name, value) in pairs {
        out.append_pair(name, value);
    }
    out.finish();
    text.trim_end_matches('?').to_owned()
}

/// When an observation was true: the end of a period; when it was issued if nothing else is known.
pub(super) fn instant(observation: &Value) -> Option<i64> {
    let period = &observation["effectivePeriod"];
    let texts = [
        &observation["effectiveDateTime"],
        &observation["effectiveInstant"],
        &period["end"],
        &period["start"],
        &observation["issued"],
    ];
    let text = texts.into_iter().find_map(Value::as_str)?;
    date::Range::parse(text).map(|range| range.high)
}
