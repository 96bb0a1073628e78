//! USC: the searches of US Core, type by type, with values taken from the records themselves.

use fhir::resource_type::ResourceType;
use fhir::search_parameter;
use fhir::us_core::UsCore;
use serde_json::Value;

use super::reference::resolvable;
use super::us_core_profile as profile;
use crate::catalogue::KindTemplate;
use crate::catalogue::Level::{Required, Warning};
use crate::collection::gather;
use crate::context::Context;
use crate::outcome::{Faults, Finding, Verdict, ensure, skip};
use crate::requirement::place::{
    REFERENCES, SEARCH_DATE, US_CORE_MUST_SUPPORT, US_CORE_PROFILES, US_CORE_SEARCH,
};
use crate::resource::name_of;
use crate::us_core::{Kind, Search, Source, asked, searches, span};

#[rustfmt::skip]
pub(crate) const TEMPLATE: &[KindTemplate] = &[
    KindTemplate { number: "01", level: Required, claim: "Every search for {} that US Core requires finds the records it is for, and no others.", requirement: US_CORE_SEARCH, applies: |k| has(k, true), run: |c, k| Box::pin(all(c, k, true)) },
    KindTemplate { number: "02", level: Warning, claim: "Every search for {} that US Core recommends finds the records it is for, and no others.", requirement: US_CORE_SEARCH, applies: |k| has(k, false), run: |c, k| Box::pin(all(c, k, false)) },
    KindTemplate { number: "03", level: Required, claim: "Searches for {} by date understand gt, ge, lt and le.", requirement: SEARCH_DATE, applies: has_dates, run: |c, k| Box::pin(compared(c, k)) },
    KindTemplate { number: "04", level: Required, claim: "Every {} conforms to the US Core profiles it claims or, when it claims none, to one of its type.", requirement: US_CORE_PROFILES, applies: |_| true, run: |c, k| Box::pin(profile::conforming(c, k)) },
    KindTemplate { number: "05", level: Warning, claim: "Every element that the profiles of {} want supported is seen at least once.", requirement: US_CORE_MUST_SUPPORT, applies: |_| true, run: |c, k| Box::pin(profile::supported(c, k)) },
    KindTemplate { number: "06", level: Required, claim: "References in {} lead to resources that can be read.", requirement: REFERENCES, applies: |_| true, run: |c, k| Box::pin(resolved(c, k)) },
];

/// Whether some release has such a search.
fn has(kind: &Kind, is_required: bool) -> bool {
    every(kind).any(|search| search.is_required == is_required)
}

fn every(kind: &Kind) -> impl Iterator<Item = Search> {
    UsCore::all().flat_map(|release| searches(kind.resource_type, release))
}

fn has_dates(kind: &Kind) -> bool {
    every(kind).any(|search| compared_parameter(kind, &search).is_some())
}

fn is_of(kind: search_parameter::Kind, resource_type: &str, parameter: &str) -> bool {
    let ty = ResourceType::parse(resource_type);
    let row = ty.and_then(|ty| search_parameter::find(ty, parameter));
    row.is_some_and(|row| row.kind == kind)
}

/// The date parameter of a search whose prefixes US Core requires: all but those of the person
/// and of the last change.
fn compared_parameter(kind: &Kind, search: &Search) -> Option<&'static str> {
    let mut parameters = search.parameters.iter().copied();
    let is_date = |name: &&str| {
        *name != "_lastUpdated" && is_of(search_parameter::Kind::Date, kind.resource_type, name)
    };
    parameters
        .find(is_date)
        .filter(|_| kind.resource_type != "Patient")
}

type Query = Vec<(&'static str, String)>;

/// The query of a search that has `record` among its matches; nothing when the record lacks a
/// value for it.
fn query(search: &Search, record: &Value, patient: &str) -> Option<Query> {
    let value = |parameter: &'static str| match parameter {
        "patient" => Some((parameter, patient.to_owned())),
        _ => Some((parameter, asked(record, parameter).into_iter().next()?)),
    };
    search.parameters.iter().copied().map(value).collect()
}

async fn all(context: &Context, kind: &'static Kind, is_required: bool) -> Verdict {
    let release = context.release().await?;
    let rows = searches(kind.resource_type, release).filter(|row| row.is_required == is_required);
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return skip(format!("US Core {release} has no such search"));
    }
    let records = context.records(kind).await?;
    let patient = &context.session().await?.patient;
    let (mut faults, mut tried) = (Faults::default(), false);
    for row in &rows {
        let mut known = records.iter();
        let Some((record, query)) =
            known.find_map(|record| Some((record, query(row, record, patient)?)))
        else {
            continue;
        };
        tried = true;
        let verdict = finds(context, kind, record, &query).await;
        faults.part(&row.parameters.join(" and "), verdict)?;
    }
    decided(tried, faults)
}

fn decided(tried: bool, faults: Faults) -> Verdict {
    if tried {
        faults.verdict()
    } else {
        skip("no record has values to search for")
    }
}

/// Whether a query finds the record that it was made for, and every match has what was asked.
async fn finds(context: &Context, kind: &Kind, record: &Value, query: &Query) -> Verdict {
    let url = context.search_url(kind.resource_type, query)?;
    let collection = gather(context, url, kind.resource_type).await?;
    let name = name_of(record);
    let is_there = collection.names().contains(&name);
    ensure(is_there || !collection.complete, || {
        format!("{name} is not found")
    })?;
    let tokens: Vec<_> = query
        .iter()
        .filter(|(name, _)| is_of(search_parameter::Kind::Token, kind.resource_type, name))
        .collect();
    for found in &collection.resources {
        for (parameter, text) in &tokens {
            ensure(asked(found, parameter).contains(text), || {
                format!("{} has another {parameter}", name_of(found))
            })?;
        }
    }
    Ok(())
}

async fn compared(context: &Context, kind: &'static Kind) -> Verdict {
    let release = context.release().await?;
    let records = context.records(kind).await?;
    let patient = &context.session().await?.patient;
    let (mut faults, mut tried) = (Faults::default(), false);
    for search in searches(kind.resource_type, release) {
        let Some(parameter) = compared_parameter(kind, &search) else {
            continue;
        };
        let mut known = records.iter();
        let Some((record, query)) =
            known.find_map(|record| Some((record, query(&search, record, patient)?)))
        else {
            continue;
        };
        tried = true;
        let verdict = prefixes(context, kind, record, (&query, parameter)).await;
        faults.part(&search.parameters.join(" and "), verdict)?;
    }
    decided(tried, faults)
}

/// Every prefix with a day before and one after the record's own.
async fn prefixes(
    context: &Context,
    kind: &Kind,
    record: &Value,
    (query, parameter): (&Query, &str),
) -> Verdict {
    let Some(span) = span(record, parameter) else {
        return Ok(());
    };
    let mut faults = Faults::default();
    for (day, after) in [(span.before(), false), (span.after(), true)] {
        let Some(day) = day else { continue };
        for (prefix, is_wanted) in [("gt", !after), ("ge", !after), ("lt", after), ("le", after)] {
            let bound = format!("{prefix}{day}");
            let found = is_found(context, kind, record, &with(query, parameter, &bound)).await?;
            faults.unless(found.is_none_or(|found| found == is_wanted), || {
                let word = if is_wanted {
                    "is not found"
                } else {
                    "is found"
                };
                format!("{} {word} with {bound}", name_of(record))
            });
        }
    }
    faults.verdict()
}

fn with(query: &Query, parameter: &str, text: &str) -> Query {
    let replaced = |(name, old): &(&'static str, String)| {
        (
            *name,
            if *name == parameter {
                text.to_owned()
            } else {
                old.clone()
            },
        )
    };
    query.iter().map(replaced).collect()
}

/// Whether a record is among the matches; nothing when not every page was read.
async fn is_found(
    context: &Context,
    kind: &Kind,
    record: &Value,
    query: &Query,
) -> Result<Option<bool>, Finding> {
    let url = context.search_url(kind.resource_type, query)?;
    let collection = gather(context, url, kind.resource_type).await?;
    let is_there = collection.names().contains(&name_of(record));
    Ok((is_there || collection.complete).then_some(is_there))
}

async fn resolved(context: &Context, kind: &'static Kind) -> Verdict {
    context.release().await?;
    let records = context.records(kind).await?;
    resolvable(context, &records, kind.source != Source::Own).await
}
