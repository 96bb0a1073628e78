//! A search, walked page by page.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use crate::context::Context;
use crate::http::Answer;
use crate::outcome::{Finding, ensure, fail};
use crate::resource::{name_of, type_of};

/// What a search yielded.
#[derive(Debug, Clone)]
pub(crate) struct Collection {
    /// The first page.
    pub(crate) first: Value,
    /// Entries of the wanted type on all pages, in order.
    pub(crate) resources: Vec<Value>,
    /// Whether the last page was reached.
    pub(crate) complete: bool,
    /// Number of pages.
    pub(crate) pages: usize,
    /// The exchanges it took.
    pub(crate) exchanges: Vec<usize>,
    /// A `next` link that was not followed because it leaves the server, or repeats.
    pub(crate) stray: Option<String>,
}

impl Collection {
    /// `Type/id` of every resource.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.resources.iter().map(name_of).collect()
    }

    /// Skips when not every page was read.
    pub(crate) fn expect_complete(&self) -> Result<(), Finding> {
        match (self.complete, &self.stray) {
            (true, _) => Ok(()),
            (false, Some(link)) => fail(format!("a next link cannot be followed: {link}")),
            (false, None) => Err(Finding::Skip(format!(
                "more than {} pages; raise --pages to decide this",
                self.pages
            ))),
        }
    }
}

/// Reads `url` and the pages after it, keeping resources of `resource_type`.
pub(crate) async fn gather(
    context: &Context,
    url: Url,
    resource_type: &str,
) -> Result<Collection, Finding> {
    let answer = context.authorized(url).await?;
    let first = searchset(&answer)?;
    let mut collection = Collection {
        resources: entries_of(&first, resource_type),
        complete: false,
        pages: 1,
        exchanges: vec![answer.exchange],
        stray: None,
        first,
    };
    let mut seen = BTreeSet::from([answer.url.to_string()]);
    let mut next = next_link(&collection.first, &answer.url);
    while let Some(link) = next.take() {
        if !context.is_own(&link) || !seen.insert(link.to_string()) {
            collection.stray = Some(link.to_string());
            return Ok(collection);
        }
        if collection.pages == context.configuration.limits.pages {
            return Ok(collection);
        }
        next = collection.turn(context, link, resource_type).await?;
    }
    collection.complete = true;
    Ok(collection)
}

impl Collection {
    async fn turn(
        &mut self,
        context: &Context,
        link: Url,
        resource_type: &str,
    ) -> Result<Option<Url>, Finding> {
        let answer = context.authorized(link).await?;
        let page = searchset(&answer)?;
        self.resources.extend(entries_of(&page, resource_type));
        self.exchanges.push(answer.exchange);
        self.pages += 1;
        Ok(next_link(&page, &answer.url))
    }
}

/// The answer as a Bundle of type `searchset`.
pub(crate) fn searchset(answer: &Answer) -> Result<Value, Finding> {
    let bundle = answer.resource("Bundle")?;
    ensure(bundle["type"] == "searchset", || {
        "the Bundle is not a searchset".into()
    })?;
    let entries = &bundle["entry"];
    ensure(entries.is_null() || entries.is_array(), || {
        "Bundle.entry is not a list".into()
    })?;
    Ok(bundle)
}

/// The entries of a Bundle.
pub(crate) fn entries(bundle: &Value) -> impl Iterator<Item = &Value> {
    bundle["entry"].as_array().into_iter().flatten()
}

fn entries_of(bundle: &Value, resource_type: &str) -> Vec<Value> {
    entries(bundle)
        .map(|entry| &entry["resource"])
        .filter(|resource| type_of(resource) == Some(resource_type))
        .cloned()
        .collect()
}

/// The link of a Bundle with this relation.
pub(crate) fn link<'a>(bundle: &'a Value, relation: &str) -> Option<&'a str> {
    bundle["link"]
        .as_array()?
        .iter()
        .find(|link| link["relation"] == relation)?["url"]
        .as_str()
}

fn next_link(bundle: &Value, page: &Url) -> Option<Url> {
    page.join(link(bundle, "next")?).ok()
}
