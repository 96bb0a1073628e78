//! `/record/{patient}`: what is in a record.

use actix_web::web::Path;
use futures_util::future::{join_all, try_join3};
use smart::category::{CATEGORIES, Category};

use super::super::browser::Browser;
use super::super::{Answer, Here, render};
use super::Opened;
use crate::page::record::RecordPage;
use crate::portal::{FhirApi, Unreadable};
use crate::record::entry::{self, Entry};
use crate::record::view::View;
use crate::secret::Secret;

/// Types whose newest resources are told on the first page.
const NEWS: &[&str] = &[
    "Encounter",
    "DiagnosticReport",
    "DocumentReference",
    "Immunization",
    "Procedure",
    "Condition",
];
/// Newest resources asked for of each type.
const OF_EACH: usize = 6;
/// Newest entries shown.
const SHOWN: usize = 12;

/// `GET`
pub async fn get(here: Here, browser: Browser, path: Path<String>) -> Answer {
    let opened = Opened::of(&here, &browser, &path, "overview")?;
    let (api, token) = (opened.api(), opened.token());
    let (about, categories, newest) = try_join3(
        about(api, &token, &opened.patient.id),
        counts(api, &token, CATEGORIES.iter()),
        newest(api, &token),
    )
    .await?;
    let page = RecordPage {
        chrome: browser.chrome(&here),
        patient: opened.patient,
        about,
        categories,
        newest,
    };
    Ok(render::page(&page)?.finish())
}

/// The patient's own resource.
async fn about(api: &FhirApi, token: &Secret, id: &str) -> Result<Option<Entry>, Unreadable> {
    match api.read(token, "Patient", id).await {
        Ok(resource) => Ok(Entry::read(&resource)),
        Err(Unreadable::Missing) => Ok(None),
        Err(other) => Err(other),
    }
}

/// How much there is of each of these kinds of data. Types that the FHIR server refuses count as
/// nothing; a server that does not answer is an error.
pub async fn counts<'c>(
    api: &FhirApi,
    token: &Secret,
    categories: impl Iterator<Item = &'c Category>,
) -> Result<Vec<(&'c Category, u64)>, Unreadable> {
    let counts = categories.map(|category| async move {
        let parts = category
            .parts
            .iter()
            .filter(|part| View::of(part.resource_type).is_some());
        let parts =
            parts.map(|part| async { refused_is(0, api.count(token, &part.query()).await) });
        let counts: Result<Vec<u64>, Unreadable> = join_all(parts).await.into_iter().collect();
        Ok((category, counts?.into_iter().sum()))
    });
    join_all(counts).await.into_iter().collect()
}

/// A type that the FHIR server does not offer is not an error.
pub fn refused_is<T>(instead: T, answer: Result<T, Unreadable>) -> Result<T, Unreadable> {
    match answer {
        Err(why) if why.is_about_the_question() => Ok(instead),
        other => other,
    }
}

async fn newest(api: &FhirApi, token: &Secret) -> Result<Vec<Entry>, Unreadable> {
    let searches = NEWS
        .iter()
        .filter_map(|name| View::of(name))
        .map(|view| async move {
            let sort = view.sort.unwrap_or("_lastUpdated");
            let query = format!("{}?_sort=-{sort}&_count={OF_EACH}", view.resource_type);
            refused_is(Vec::new(), api.search(token, &query, OF_EACH).await)
        });
    let mut entries = Vec::new();
    for found in join_all(searches).await {
        entries.extend(found?.iter().filter_map(Entry::read));
    }
    entries.retain(|entry| entry.date.is_some() && !entry.title.is_empty());
    entry::sort(&mut entries);
    entries.truncate(SHOWN);
    Ok(entries)
}
