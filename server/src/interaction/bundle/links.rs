//! How the entries of a transaction name each other's resources, and what stands for a resource
//! until its id is known (R4, "Transaction Processing Rules").
//!
//! Every name becomes a reference `Type/id` with an id that was never used, before anything is
//! validated. Where an entry then finds a resource that is there already, its id takes the place.

use fhir::subset::Subset;
use std::collections::BTreeMap;

use fhir::link::{Link, rewrite};
use fhir::resource_type::ResourceType;
use serde_json::Value;

use super::entry::{Entry as Sent, Method, Request};
use super::{Entry, Processing, Search, local};
use crate::interaction::{Interaction, criteria, pairs, subset};
use crate::problem::{Kind, Problem, printable};
use crate::search::query::{Context, Handling};
use crate::search::reference::is_id;

pub(super) struct Links<'a> {
    context: &'a Context<'a>,
    fresh: &'a mut dyn FnMut() -> String,
    /// What a `fullUrl` becomes.
    by_url: BTreeMap<String, String>,
    /// The fresh ids of the entries so far.
    entries: Vec<(String, Option<String>)>,
    by_criteria: BTreeMap<String, String>,
    searches: Vec<Search>,
}

impl<'a> Links<'a> {
    pub(super) fn new(context: &'a Context<'a>, fresh: &'a mut dyn FnMut() -> String) -> Self {
        Self {
            context,
            fresh,
            by_url: BTreeMap::new(),
            entries: Vec::new(),
            by_criteria: BTreeMap::new(),
            searches: Vec::new(),
        }
    }

    pub(super) fn into_searches(self) -> Vec<Search> {
        self.searches
    }

    /// Takes note of what the next entry calls its resource.
    pub(super) fn add(&mut self, request: &Request) {
        let fresh = (self.fresh)();
        let provisional = request
            .as_ref()
            .ok()
            .and_then(|sent| provisional(sent, &fresh));
        if let (Ok(sent), Some(provisional)) = (request, &provisional)
            && let Some(url) = &sent.full_url
        {
            self.by_url.insert(url.clone(), provisional.clone());
        }
        self.entries.push((fresh, provisional));
    }

    /// The entry, its names resolved as far as they are known.
    pub(super) fn resolve(
        &mut self,
        at: usize,
        request: Request,
        processing: Processing,
        handling: Handling,
    ) -> Result<Entry, Problem> {
        let (fresh, provisional) = std::mem::take(&mut self.entries[at]);
        let mut sent = match request {
            Ok(sent) => sent,
            Err(problem) => return Ok(unread(problem, fresh)),
        };
        if processing == Processing::Transaction {
            self.rewrite(at, &mut sent)
                .map_err(|problem| problem.at_entry(at))?;
        }
        let (unmodified, is_head) = (sent.unmodified.clone(), sent.method == Method::Head);
        let pairs = sent.url.pairs.clone();
        let read = sent
            .interaction(handling, self.context)
            .and_then(|interaction| Ok((shown(&interaction, &pairs)?, interaction)));
        let (subset, interaction) = match read {
            Ok((subset, interaction)) => (subset, Ok(interaction)),
            Err(problem) => (Subset::Whole, Err(problem)),
        };
        Ok(Entry {
            interaction,
            fresh,
            provisional,
            unmodified,
            is_head,
            subset,
        })
    }

    fn rewrite(&mut self, at: usize, sent: &mut Sent) -> Result<(), Problem> {
        let root = sent.full_url.as_deref().and_then(root).map(str::to_owned);
        let Some(resource) = &mut sent.resource else {
            return Ok(());
        };
        let mut fault = None;
        rewrite(
            resource,
            &mut |link, text| match self.target(at, link, text, root.as_deref()) {
                Ok(target) => target,
                Err(problem) => {
                    fault.get_or_insert(problem);
                    None
                }
            },
        );
        fault.map_or(Ok(()), Err)
    }

    /// What takes the place of a link; `None` to leave it.
    fn target(
        &mut self,
        at: usize,
        link: Link,
        text: &str,
        root: Option<&str>,
    ) -> Result<Option<String>, Problem> {
        if let Some(known) = self.by_url.get(text) {
            return Ok(Some(known.clone()));
        }
        if link != Link::Reference {
            return Ok(None);
        }
        if text.starts_with("urn:uuid:") || text.starts_with("urn:oid:") {
            return Err(Problem::new(
                Kind::Unresolved,
                format!(
                    "No entry has the fullUrl '{}' that a reference names.",
                    printable(text)
                ),
            ));
        }
        let searched = text
            .split_once('?')
            .and_then(|(ty, query)| Some((ResourceType::parse(ty)?, query)));
        if let Some((resource_type, query)) = searched {
            return self.search(at, resource_type, text, query).map(Some);
        }
        // A relative reference is meant to begin where the entry's own URL does (R4, "Resolving
        // references in Bundles").
        Ok(root.and_then(|root| self.by_url.get(&format!("{root}/{text}")).cloned()))
    }

    fn search(
        &mut self,
        at: usize,
        resource_type: ResourceType,
        text: &str,
        query: &str,
    ) -> Result<String, Problem> {
        if let Some(known) = self.by_criteria.get(text) {
            return Ok(known.clone());
        }
        let pairs = pairs::decode(query.as_bytes())?;
        let query = criteria::parse(resource_type, &pairs, self.context)?;
        let provisional = local(resource_type, &(self.fresh)());
        self.by_criteria
            .insert(text.to_owned(), provisional.clone());
        self.searches.push(Search {
            entry: at,
            provisional: provisional.clone(),
            query,
        });
        Ok(provisional)
    }
}

/// The part of resources that a read or search shows.
fn shown(interaction: &Interaction, pairs: &[(String, String)]) -> Result<Subset, Problem> {
    if interaction.writes() {
        return Ok(Subset::Whole);
    }
    subset::parse(pairs, interaction.counts(), interaction.shows())
}

fn unread(problem: Problem, fresh: String) -> Entry {
    Entry {
        interaction: Err(problem),
        fresh,
        provisional: None,
        unmodified: crate::interaction::unmodified::Unmodified::default(),
        is_head: false,
        subset: Subset::Whole,
    }
}

/// What stands for the resource of an entry.
fn provisional(sent: &Sent, fresh: &str) -> Option<String> {
    let named = || {
        let name = sent.resource.as_ref()?.get("resourceType")?;
        name.as_str().and_then(ResourceType::parse)
    };
    match (sent.method, sent.url.segments.as_slice()) {
        (Method::Post | Method::Put, [_]) => Some(local(named()?, fresh)),
        (Method::Patch, [ty]) => Some(local(ResourceType::parse(ty)?, fresh)),
        (Method::Put | Method::Patch, [ty, id]) => Some(local(
            ResourceType::parse(ty)?,
            Some(id).filter(|id| is_id(id))?,
        )),
        _ => None,
    }
}

/// What stands before `Type/id` in the URL of a resource.
fn root(full_url: &str) -> Option<&str> {
    let mut parts = full_url.rsplitn(3, '/');
    let (id, ty, root) = (parts.next()?, parts.next()?, parts.next()?);
    let is_web = root.starts_with("http://") || root.starts_with("https://");
    (is_web && is_id(id) && ResourceType::parse(ty).is_some()).then_some(root)
}

/// Puts what was found in the place of what stood for it.
pub fn settle(resource: &mut Value, found: &BTreeMap<String, String>) {
    rewrite(resource, &mut |_, text| found.get(text).cloned());
}
