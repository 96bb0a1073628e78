//! SRC-01 to SRC-05 and SRC-13: Bundles and pages.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use url::Url;

use crate::catalogue::Check;
use crate::catalogue::Level::Required;
use crate::category::Category;
use crate::collection::{Collection, entries, gather, link, searchset};
use crate::context::Context;
use crate::outcome::{Faults, Finding, Verdict, ensure, fail, skip};
use crate::requirement::place::{BUNDLE_SEARCH, META, PAGING};
use crate::resource::{id_of, last_updated, name_of};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("SRC-01", Required, "A search yields a searchset with a self link, whose entries have a fullUrl below the base and a search mode.", BUNDLE_SEARCH, |c| Box::pin(bundle(c))),
    Check::new("SRC-02", Required, "A search without matches yields an empty searchset.", BUNDLE_SEARCH, |c| Box::pin(empty(c))),
    Check::new("SRC-03", Required, "A page of one has one match and leads to the next.", PAGING, |c| Box::pin(page_of_one(c))),
    Check::new("SRC-04", Required, "The pages together hold every match of the unpaged search exactly once.", PAGING, |c| Box::pin(all_pages(c))),
    Check::new("SRC-05", Required, "Page links lie on the public base and need the token.", PAGING, |c| Box::pin(links(c))),
    Check::new("SRC-13", Required, "Every match has an id, a version and a time of its last change.", META, |c| Box::pin(meta(c))),
];

/// Categories whose records the search checks may use; the first with three records is taken.
const ANCHORS: &[&str] = &["LAB", "VIT", "PRB", "MRQ", "PRC"];
const ENOUGH: usize = 3;

/// A category with several records, all of them read.
pub(super) struct Anchor {
    pub(super) category: &'static Category,
    pub(super) collection: Arc<Collection>,
}

impl Anchor {
    /// The category's search, with more parameters.
    pub(super) async fn url(
        &self,
        context: &Context,
        more: &[(&str, &str)],
    ) -> Result<Url, Finding> {
        let patient = &context.session().await?.patient;
        let mut query = self.category.query_for(patient);
        query.extend(
            more.iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        context.search_url(self.category.searched, &query)
    }

    /// The names found by the search with more parameters.
    pub(super) async fn names(
        &self,
        context: &Context,
        more: &[(&str, &str)],
    ) -> Result<BTreeSet<String>, Finding> {
        let url = self.url(context, more).await?;
        names_at(context, url, self.category.resource_type).await
    }
}

/// The names found at a search URL, on all its pages.
pub(super) async fn names_at(
    context: &Context,
    url: Url,
    resource_type: &str,
) -> Result<BTreeSet<String>, Finding> {
    let collection = gather(context, url, resource_type).await?;
    collection.expect_complete()?;
    Ok(collection.names())
}

/// The category the search checks rest on.
pub(super) async fn anchor(context: &Context) -> Result<Anchor, Finding> {
    context.session().await?;
    for category in ANCHORS.iter().filter_map(|code| Category::find(code)) {
        if let Ok(collection) = context.collection(category).await
            && collection.complete
            && collection.names().len() >= ENOUGH
        {
            return Ok(Anchor {
                category,
                collection,
            });
        }
    }
    skip("no category has three readable records to search among")
}

/// Fails with the difference of two sets of names.
pub(super) fn same_set(found: &BTreeSet<String>, wanted: &BTreeSet<String>) -> Verdict {
    let list = |names: Vec<&String>| {
        let shown: Vec<_> = names.iter().take(3).map(|name| name.as_str()).collect();
        format!("{} ({})", names.len(), shown.join(", "))
    };
    let missing: Vec<_> = wanted.difference(found).collect();
    let excess: Vec<_> = found.difference(wanted).collect();
    let mut faults = Faults::default();
    faults.unless(missing.is_empty(), || {
        format!("missing {}", list(missing.clone()))
    });
    faults.unless(excess.is_empty(), || {
        format!("in excess {}", list(excess.clone()))
    });
    faults.verdict()
}

async fn bundle(context: &Context) -> Verdict {
    let anchor = anchor(context).await?;
    let bundle = &anchor.collection.first;
    let mut faults = Faults::default();
    faults.unless(link(bundle, "self").is_some(), || {
        "there is no self link".to_owned()
    });
    let base = context.configuration.base.as_str();
    for entry in entries(bundle) {
        let name = name_of(&entry["resource"]);
        let full_url = entry["fullUrl"].as_str().unwrap_or_default();
        let is_outcome = entry["search"]["mode"] == "outcome";
        faults.unless(is_outcome || full_url == format!("{base}/{name}"), || {
            format!("fullUrl of {name} is {full_url:?}")
        });
        let mode = entry["search"]["mode"].as_str();
        faults.unless(
            matches!(mode, Some("match" | "include" | "outcome")),
            || format!("{name} has no search mode"),
        );
    }
    faults.verdict()
}

async fn empty(context: &Context) -> Verdict {
    let patient = &context.session().await?.patient;
    let code = format!("http://loinc.org|{}", context.random_text());
    let url = context.search_url("Observation", &[("patient", patient), ("code", &code)])?;
    let bundle = searchset(&context.authorized(url).await?)?;
    let mut matches = entries(&bundle).filter(|entry| entry["search"]["mode"] != "outcome");
    ensure(matches.next().is_none(), || {
        "a search for an unknown code has matches".into()
    })
}

/// The entries of a page that are matches.
fn matches(bundle: &Value) -> usize {
    entries(bundle)
        .filter(|entry| entry["search"]["mode"] == "match")
        .count()
}

async fn page_of_one(context: &Context) -> Verdict {
    let anchor = anchor(context).await?;
    let url = anchor.url(context, &[("_count", "1")]).await?;
    let bundle = searchset(&context.authorized(url).await?)?;
    let found = matches(&bundle);
    ensure(found == 1, || format!("the page has {found} matches"))?;
    ensure(link(&bundle, "next").is_some(), || {
        "there is no next link although there is more".into()
    })
}

async fn all_pages(context: &Context) -> Verdict {
    let anchor = anchor(context).await?;
    let wanted = anchor.collection.names();
    let most = context.configuration.limits.pages.clamp(1, 8);
    let size = wanted.len().div_ceil(most).max(1).to_string();
    let url = anchor.url(context, &[("_count", &size)]).await?;
    let paged = gather(context, url, anchor.category.resource_type).await?;
    paged.expect_complete()?;
    let names = paged.names();
    ensure(names.len() == paged.resources.len(), || {
        "a match is on more than one page".into()
    })?;
    same_set(&names, &wanted)
}

async fn links(context: &Context) -> Verdict {
    let anchor = anchor(context).await?;
    let url = anchor.url(context, &[("_count", "1")]).await?;
    let answer = context.authorized(url).await?;
    let bundle = searchset(&answer)?;
    let base = context.configuration.base.as_str();
    let mut faults = Faults::default();
    for relation in ["self", "next"] {
        let text = link(&bundle, relation).unwrap_or_default();
        faults.unless(text.starts_with(base), || {
            format!("the {relation} link is {text:?}")
        });
    }
    let next = link(&bundle, "next").and_then(|text| Url::parse(text).ok());
    let Some(next) = next.filter(|next| context.is_own(next)) else {
        return faults.verdict();
    };
    let open = context.open(next).await?;
    faults.part("the next link without a token", open.expect_status(401))?;
    faults.verdict()
}

/// What is missing of the metadata every stored resource has.
pub(super) fn meta_faults(resource: &Value) -> Option<String> {
    let name = name_of(resource);
    if id_of(resource).is_none() {
        return Some(format!("{name} has no id"));
    }
    if !resource["meta"]["versionId"].is_string() {
        return Some(format!("{name} has no meta.versionId"));
    }
    last_updated(resource)
        .is_none()
        .then(|| format!("{name} has no meta.lastUpdated"))
}

async fn meta(context: &Context) -> Verdict {
    let anchor = anchor(context).await?;
    let faults: Vec<_> = anchor
        .collection
        .resources
        .iter()
        .filter_map(meta_faults)
        .collect();
    match faults.first() {
        Some(fault) => fail(format!(
            "{fault} ({} of {})",
            faults.len(),
            anchor.collection.resources.len()
        )),
        None => Ok(()),
    }
}
