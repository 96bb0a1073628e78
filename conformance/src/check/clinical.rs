//! The template: what holds for every category of records.

use std::collections::BTreeSet;

use chrono::{SecondsFormat, TimeDelta};
use serde_json::Value;

use super::periodic::split;
use super::search::{meta_faults, names_at, same_set};
use super::{narrative, particular, reference};
use crate::catalogue::Level::{Required, Warning};
use crate::catalogue::Template;
use crate::category::{CATEGORIES, Category};
use crate::context::{Context, find_claim};
use crate::outcome::{Faults, Finding, Verdict, ensure, fail, skip};
use crate::requirement::place::{
    BUNDLE_SEARCH, CAPABILITY_STATEMENT, CLINICAL_S4S, CODES, FHIR_JSON, LAST_UPDATED, META,
    NARRATIVE, PATIENT_COMPARTMENT, READ, REFERENCES,
};
use crate::resource::{codings, id_of, is_about, is_id, name_of};
use crate::{code, validity};

#[rustfmt::skip]
pub(crate) const TEMPLATE: &[Template] = &[
    Template { number: "01", level: Required, claim: "The type of {} is claimed in the CapabilityStatement.", requirement: CAPABILITY_STATEMENT, applies: |_| true, run: |c, k| Box::pin(claimed(c, k)) },
    Template { number: "02", level: Required, claim: "The first query for {} succeeds.", requirement: CLINICAL_S4S, applies: |_| true, run: |c, k| Box::pin(first_query(c, k)) },
    Template { number: "03", level: Required, claim: "There are {} of the patient.", requirement: CLINICAL_S4S, applies: Category::is_list, run: |c, k| Box::pin(exist(c, k)) },
    Template { number: "04", level: Required, claim: "All {} are the patient's own.", requirement: PATIENT_COMPARTMENT, applies: |_| true, run: |c, k| Box::pin(own(c, k)) },
    Template { number: "05", level: Required, claim: "All {} have an id, a version and a time of their last change.", requirement: META, applies: |_| true, run: |c, k| Box::pin(meta(c, k)) },
    Template { number: "06", level: Required, claim: "All {} are valid R4: elements, cardinalities, types, codes of required bindings and constraints.", requirement: FHIR_JSON, applies: |_| true, run: |c, k| Box::pin(sound(c, k)) },
    Template { number: "08", level: Required, claim: "References in {} lead to resources that can be read.", requirement: REFERENCES, applies: |_| true, run: |c, k| Box::pin(resolved(c, k)) },
    Template { number: "09", level: Required, claim: "Codes in {} have the form and the check digit of their code system.", requirement: CODES, applies: |_| true, run: |c, k| Box::pin(coded(c, k)) },
    Template { number: "10", level: Required, claim: "Reading one of the {} by id yields what the search yielded.", requirement: READ, applies: |_| true, run: |c, k| Box::pin(read_again(c, k)) },
    Template { number: "11", level: Required, claim: "The periodic query for {} yields exactly those changed since.", requirement: LAST_UPDATED, applies: Category::is_searched, run: |c, k| Box::pin(periodic(c, k)) },
    Template { number: "12", level: Required, claim: "The periodic query for {} since a time to come is empty.", requirement: BUNDLE_SEARCH, applies: Category::is_searched, run: |c, k| Box::pin(periodic_future(c, k)) },
    Template { number: "14", level: Warning, claim: "The {} have a narrative that is safe to show.", requirement: NARRATIVE, applies: |_| true, run: |c, k| Box::pin(narrative::narrated(c, k)) },
    Template { number: "15", level: Warning, claim: "The {} carry what apps of Sync for Science read from them.", requirement: CLINICAL_S4S, applies: particular::has_rules, run: |c, k| Box::pin(particular::carried(c, k)) },
];

/// The category's records: its search, or the one patient.
pub(super) async fn records(
    context: &Context,
    category: &'static Category,
) -> Result<Vec<Value>, Finding> {
    let records = if category.is_list() {
        context.collection(category).await?.resources.clone()
    } else {
        let answer = context.patient().await?;
        vec![
            answer
                .resource(category.resource_type)
                .or_else(|_| skip(format!("the first query failed ({}-02)", category.code)))?,
        ]
    };
    if records.is_empty() {
        return skip(format!("there are no {}", category.title));
    }
    Ok(records)
}

async fn claimed(context: &Context, category: &'static Category) -> Verdict {
    let statement = context.capabilities().await?;
    let is_claimed = |category: &Category| find_claim(statement, category.resource_type).is_some();
    if is_claimed(category) {
        return Ok(());
    }
    let relative = family(category).find(|other| is_claimed(other));
    match relative {
        Some(other) => skip(format!("not claimed, but {} are", other.title)),
        None => fail(format!("{} is not claimed", category.resource_type)),
    }
}

fn family(category: &Category) -> impl Iterator<Item = &'static Category> {
    let family = category.family;
    CATEGORIES
        .iter()
        .filter(move |other| family.is_some() && other.family == family)
}

async fn first_query(context: &Context, category: &'static Category) -> Verdict {
    context.claimed(category.resource_type).await?;
    if !category.is_list() {
        return context
            .patient()
            .await?
            .resource(category.resource_type)
            .map(|_| ());
    }
    let collection = context.gather(category).await?;
    match &collection.stray {
        Some(link) => fail(format!("a next link cannot be followed: {link}")),
        None => Ok(()),
    }
}

async fn exist(context: &Context, category: &'static Category) -> Verdict {
    let collection = context.collection(category).await?;
    if !collection.resources.is_empty() {
        return Ok(());
    }
    for other in family(category) {
        if let Ok(found) = context.collection(other).await
            && !found.resources.is_empty()
        {
            return skip(format!("there are none, but there are {}", other.title));
        }
    }
    fail(format!("the search has no {}", category.resource_type))
}

async fn own(context: &Context, category: &'static Category) -> Verdict {
    let patient = &context.session().await?.patient;
    let mut faults = Faults::default();
    for record in records(context, category).await? {
        let mine = is_about(
            &record,
            category.subject,
            patient,
            &context.configuration.base,
        );
        faults.unless(mine, || {
            format!("{} is not the patient's", name_of(&record))
        });
    }
    faults.verdict()
}

async fn meta(context: &Context, category: &'static Category) -> Verdict {
    let mut faults = Faults::default();
    for fault in records(context, category)
        .await?
        .iter()
        .filter_map(meta_faults)
    {
        faults.add(fault);
    }
    faults.verdict()
}

async fn sound(context: &Context, category: &'static Category) -> Verdict {
    let mut faults = Faults::default();
    for record in records(context, category).await? {
        for fault in validity::faults(&record) {
            faults.add(format!("{}: {fault}", name_of(&record)));
        }
    }
    faults.verdict()
}

async fn resolved(context: &Context, category: &'static Category) -> Verdict {
    let records = records(context, category).await?;
    reference::resolvable(context, &records, category.is_list()).await
}

async fn coded(context: &Context, category: &'static Category) -> Verdict {
    let records = records(context, category).await?;
    let pairs: BTreeSet<_> = records.iter().flat_map(codings).collect();
    if pairs.is_empty() {
        return skip("there are no codes");
    }
    let mut faults = Faults::default();
    for fault in pairs
        .into_iter()
        .filter_map(|(system, code)| code::fault(system, code))
    {
        faults.add(fault);
    }
    faults.verdict()
}

async fn read_again(context: &Context, category: &'static Category) -> Verdict {
    let records = records(context, category).await?;
    let first = &records[0];
    let Some(id) = id_of(first).filter(|id| is_id(id)) else {
        return skip("the first record has no legal id");
    };
    let (name, found) = if category.is_list() {
        let answer = context.authorized(context.url(&name_of(first))?).await?;
        (name_of(first), answer.resource(category.resource_type)?)
    } else {
        let url = context.search_url(category.resource_type, &[("_id", id)])?;
        let bundle = crate::collection::searchset(&context.authorized(url).await?)?;
        (
            format!("Patient?_id={id}"),
            bundle["entry"][0]["resource"].clone(),
        )
    };
    ensure(found == *first, || {
        format!("{name} differs between read and search")
    })
}

async fn periodic_names(
    context: &Context,
    category: &'static Category,
    bound: &str,
) -> Result<BTreeSet<String>, Finding> {
    let mut query = category.query_for(&context.session().await?.patient);
    query.push(("_lastUpdated".to_owned(), format!("gt{bound}")));
    let url = context.search_url(category.searched, &query)?;
    names_at(context, url, category.resource_type).await
}

async fn periodic(context: &Context, category: &'static Category) -> Verdict {
    let records = records(context, category).await?;
    context
        .collection(category)
        .await?
        .expect_complete()
        .or_else(|_| skip("not every page was read"))?;
    let (bound, later) = split(&records)?;
    same_set(&periodic_names(context, category, bound).await?, &later)
}

async fn periodic_future(context: &Context, category: &'static Category) -> Verdict {
    context.claimed(category.resource_type).await?;
    let tomorrow = context.clock.now() + TimeDelta::days(1);
    let bound = tomorrow.to_rfc3339_opts(SecondsFormat::Millis, true);
    same_set(
        &periodic_names(context, category, &bound).await?,
        &BTreeSet::new(),
    )
}
