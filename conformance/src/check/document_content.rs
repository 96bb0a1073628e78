//! DOC-21, DOC-23 to DOC-25: documents beyond the bytes of their attachments.

use serde_json::Value;

use super::capability::has_row;
use super::document::linked;
use crate::catalogue::Check;
use crate::catalogue::Level::Warning;
use crate::category::Category;
use crate::collection::gather;
use crate::context::Context;
use crate::outcome::{Faults, Finding, Verdict, ensure, fail, skip};
use crate::quality::codes_of;
use crate::requirement::place::{BINARY, DOCREF, DOCUMENT_REFERENCE};
use crate::resource::{is_about, name_of};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("DOC-21", Warning, "A Binary comes as a resource when FHIR JSON is asked for.", BINARY, |c| Box::pin(binary(c))),
    Check::new("DOC-23", Warning, "The operation $docref yields the patient's documents.", DOCREF, |c| Box::pin(docref(c))),
    Check::new("DOC-24", Warning, "Documents have a LOINC type and a US Core category.", DOCUMENT_REFERENCE, |c| Box::pin(kinds(c))),
    Check::new("DOC-25", Warning, "No document carries more than 1 MB inline.", BINARY, |c| Box::pin(inline(c))),
];

async fn documents(context: &Context) -> Result<Vec<Value>, Finding> {
    let Some(category) = Category::find("DOC") else {
        return skip("there is no category of documents");
    };
    let collection = context.collection(category).await?;
    if collection.resources.is_empty() {
        return skip("there are no documents");
    }
    Ok(collection.resources.clone())
}

async fn binary(context: &Context) -> Verdict {
    let documents = documents(context).await?;
    let base = context.configuration.base.as_str();
    let url = linked(&documents).into_iter().find_map(|(_, attachment)| {
        let text = attachment["url"].as_str()?;
        let path = text
            .strip_prefix(base)
            .unwrap_or(text)
            .trim_start_matches('/');
        path.starts_with("Binary/").then(|| path.to_owned())
    });
    let Some(path) = url else {
        return skip("no attachment is a Binary of this server");
    };
    let binary = context
        .authorized(context.url(&path)?)
        .await?
        .resource("Binary")?;
    ensure(
        binary["contentType"].is_string() && binary["data"].is_string(),
        || "the Binary has no contentType or no data".into(),
    )
}

async fn docref(context: &Context) -> Verdict {
    let claim = context.claimed("DocumentReference").await?;
    if !has_row(claim, "operation", "name", "docref") {
        return skip("$docref is not claimed");
    }
    documents(context).await?;
    let patient = &context.session().await?.patient;
    let url = context.search_url("DocumentReference/$docref", &[("patient", patient)])?;
    // Which of them come without a period of time, and whether one is made on the fly, is up to
    // the server.
    let found = gather(context, url, "DocumentReference").await?.resources;
    ensure(!found.is_empty(), || "there are none".into())?;
    let base = &context.configuration.base;
    let mut foreign = found
        .iter()
        .filter(|document| !is_about(document, "subject", patient, base));
    match foreign.next() {
        Some(document) => fail(format!("{} is not the patient's", name_of(document))),
        None => Ok(()),
    }
}

const CATEGORY: &str = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category";

async fn kinds(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for document in documents(context).await? {
        let has_type = !codes_of(&document["type"], "http://loinc.org").is_empty();
        faults.unless(has_type, || {
            format!("{} has no LOINC type", name_of(&document))
        });
        let mut categories = document["category"].as_array().into_iter().flatten();
        let has_category = categories.any(|category| !codes_of(category, CATEGORY).is_empty());
        faults.unless(has_category, || {
            format!("{} has no US Core category", name_of(&document))
        });
    }
    faults.verdict()
}

/// 1 MB in base64.
const LONGEST: usize = 1_400_000;

async fn inline(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for document in documents(context).await? {
        let contents = document["content"].as_array().into_iter().flatten();
        let mut inline = contents.filter_map(|content| content["attachment"]["data"].as_str());
        faults.unless(inline.all(|data| data.len() <= LONGEST), || {
            format!("{} has too much inline", name_of(&document))
        });
    }
    faults.verdict()
}
