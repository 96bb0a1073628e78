//! The records of each type of US Core, collected once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use fhir::us_core::UsCore;
use serde_json::Value;
use tokio::sync::Mutex;

use super::Context;
use crate::category::Category;
use crate::collection::{Collection, gather};
use crate::outcome::{Finding, Verdict, skip};
use crate::resource::{id_of, local_reference, name_of, references, type_of};
use crate::us_core::{Kind, Source, TYPES, claimed};

type Collected = Result<Arc<Vec<Value>>, Finding>;

/// What was collected so far, by type.
#[derive(Default)]
pub(super) struct Records {
    of_type: Mutex<HashMap<&'static str, Collected>>,
    /// What was read by name, and how that went.
    read: Mutex<HashMap<String, Verdict>>,
}

/// References of one type that are followed.
const MOST_REFERRED: usize = 10;

impl Context {
    /// The release of US Core to check; a skip when none is configured or claimed.
    pub(crate) async fn release(&self) -> Result<UsCore, Finding> {
        let configured = self.configuration.us_core;
        match configured.or(claimed(self.capabilities().await?)) {
            Some(release) => Ok(release),
            None => skip("the server claims no US Core; give --us-core to check this all the same"),
        }
    }

    /// The records of a type that the session reaches; a skip when there are none.
    pub(crate) async fn records(&self, kind: &'static Kind) -> Collected {
        self.claimed(kind.resource_type).await?;
        let found = Box::pin(self.collected(kind)).await?;
        if found.is_empty() {
            return skip(format!("there is no {}", kind.resource_type));
        }
        Ok(found)
    }

    /// Whether the session reads the resource of this `Type/id`; asked once in a run.
    pub(crate) async fn readable(&self, name: &str) -> Verdict {
        let mut read = self.records.read.lock().await;
        if let Some(verdict) = read.get(name) {
            return verdict.clone();
        }
        let answer = self.authorized(self.url(name)?).await?;
        let verdict = answer.expect_status(200);
        read.insert(name.to_owned(), verdict.clone());
        verdict
    }

    async fn collected(&self, kind: &'static Kind) -> Collected {
        let known = self
            .records
            .of_type
            .lock()
            .await
            .get(kind.resource_type)
            .cloned();
        if let Some(known) = known {
            return known;
        }
        let collected = self.collect(kind).await.map(Arc::new);
        let mut records = self.records.of_type.lock().await;
        records.insert(kind.resource_type, collected.clone());
        collected
    }

    async fn collect(&self, kind: &'static Kind) -> Result<Vec<Value>, Finding> {
        let patient = self.session().await?.patient.as_str();
        match kind.source {
            Source::Own => self.searched(kind, &[("_id", patient)]).await,
            Source::Searched(additions) => {
                let mut found = BTreeMap::new();
                for addition in additions {
                    let mut query = vec![("patient", patient)];
                    query.extend(addition);
                    for record in self.searched(kind, &query).await.unwrap_or_default() {
                        found.insert(name_of(&record), record);
                    }
                }
                Ok(found.into_values().collect())
            }
            Source::Referred => self.read_referred(kind.resource_type).await,
            Source::Through(parameter, target) => self.through(kind, parameter, target).await,
            Source::Origin => match Category::find("PRV") {
                Some(category) => Ok(self.collection(category).await?.resources.clone()),
                None => Ok(Vec::new()),
            },
        }
    }

    async fn searched(&self, kind: &Kind, query: &[(&str, &str)]) -> Result<Vec<Value>, Finding> {
        let url = self.search_url(kind.resource_type, query)?;
        let collection: Collection = gather(self, url, kind.resource_type).await?;
        Ok(collection.resources)
    }

    async fn through(
        &self,
        kind: &Kind,
        parameter: &str,
        target: &str,
    ) -> Result<Vec<Value>, Finding> {
        let mut found = Vec::new();
        for name in self.referred(target).await {
            found.extend(self.searched(kind, &[(parameter, &name)]).await?);
        }
        Ok(found)
    }

    /// References to this type in the records that are searched for.
    async fn referred(&self, resource_type: &str) -> BTreeSet<String> {
        let prefix = format!("{resource_type}/");
        let base = &self.configuration.base;
        let mut names = BTreeSet::new();
        for kind in TYPES.iter().filter(|kind| is_searched(kind)) {
            let Ok(records) = Box::pin(self.records(kind)).await else {
                continue;
            };
            let references = records.iter().flat_map(references);
            names.extend(
                references
                    .filter_map(|reference| local_reference(reference, base))
                    .filter(|name| name.starts_with(&prefix)),
            );
        }
        names.into_iter().take(MOST_REFERRED).collect()
    }

    async fn read_referred(&self, resource_type: &str) -> Result<Vec<Value>, Finding> {
        let mut found = Vec::new();
        for name in self.referred(resource_type).await {
            let answer = self.authorized(self.url(&name)?).await?;
            found.extend(answer.resource(resource_type).ok());
        }
        found.retain(|record| type_of(record) == Some(resource_type) && id_of(record).is_some());
        Ok(found)
    }
}

fn is_searched(kind: &Kind) -> bool {
    matches!(kind.source, Source::Searched(_) | Source::Own)
}
