//! ACC-10 to ACC-20 and DOC-22: other paths to the records of another patient, and writing.

use serde_json::json;
use url::Url;

use super::access::nothing_of;
use super::document::linked;
use crate::catalogue::Check;
use crate::catalogue::Level::Required;
use crate::category::CATEGORIES;
use crate::collection::{entries, link, searchset};
use crate::configuration::Secret;
use crate::context::Context;
use crate::http::{Answer, Body, Method, Request};
use crate::outcome::{Faults, Finding, Verdict, ensure, skip};
use crate::requirement::place::{
    BINARY, HISTORY, INCLUDE, PAGING, PATIENT_COMPARTMENT, SMART_SCOPES,
};
use crate::resource::{local_reference, references};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("ACC-10", Required, "Includes and $everything yield nothing of another patient.", INCLUDE, |c| Box::pin(included(c))),
    Check::new("ACC-11", Required, "Versions and history of another patient cannot be read.", HISTORY, |c| Box::pin(history(c))),
    Check::new("ACC-14", Required, "A scope for reading allows no writing.", SMART_SCOPES, |c| Box::pin(writes(c))),
    Check::new("ACC-15", Required, "Another patient's attachments cannot be fetched.", BINARY, |c| Box::pin(foreign_attachments(c))),
    Check::new("ACC-16", Required, "A page link of one patient yields nothing to a token of another.", PAGING, |c| Box::pin(foreign_page(c))),
    Check::new("ACC-18", Required, "Practitioners, organizations, locations and medications that records refer to can be read.", PATIENT_COMPARTMENT, |c| Box::pin(shared(c))),
    Check::new("ACC-19", Required, "The filters _security, _tag and _profile do not widen a search.", PATIENT_COMPARTMENT, |c| Box::pin(filters(c))),
    Check::new("ACC-20", Required, "Forwarding headers of a client do not change the links of an answer.", PAGING, |c| Box::pin(forwarded(c))),
    Check::new("DOC-22", Required, "The URL of another patient's document yields nothing.", BINARY, |c| Box::pin(foreign_attachments(c))),
];

/// GET a path below the base with a token.
pub(super) async fn at(context: &Context, path: &str, token: &Secret) -> Result<Answer, Finding> {
    context.with_token(context.url(path)?, token).await
}

async fn included(context: &Context) -> Verdict {
    let other = context.other_patient().await?;
    let session = context.session().await?;
    let mine = &session.patient;
    let mut faults = Faults::default();
    for path in [
        format!("Patient?_id={mine}&_revinclude=Observation:patient"),
        format!("Patient?_id={other}&_revinclude=Observation:patient"),
        format!("Observation?patient={mine}&_include=Observation:patient"),
        format!("Observation?patient={other}&_include=*"),
        format!("Patient/{mine}/$everything"),
        format!("Patient/{other}/$everything"),
    ] {
        let answer = at(context, &path, &session.token).await?;
        faults.part(&path, nothing_of(context, &answer, &other))?;
    }
    faults.verdict()
}

pub(super) fn is_kept_out(answer: &Answer) -> Verdict {
    ensure(
        (400..500).contains(&answer.status) && answer.status != 401,
        || format!("status {} instead of 403 or 404", answer.status),
    )
}

async fn history(context: &Context) -> Verdict {
    let other = context.other_patient().await?;
    let token = &context.session().await?.token;
    let mut faults = Faults::default();
    for path in [
        format!("Patient/{other}/_history"),
        format!("Patient/{other}/_history/1"),
    ] {
        faults.part(&path, is_kept_out(&at(context, &path, token).await?))?;
    }
    faults.verdict()
}

async fn writes(context: &Context) -> Verdict {
    let session = context.session().await?;
    if session.scope().contains("cruds") || session.scope().contains(".write") {
        return skip("the session may write");
    }
    let nowhere = "Observation/s4s-check-no-such-record";
    let body = json!({"resourceType": "Observation", "id": "s4s-check-no-such-record", "status": "final",
        "code": {"text": "conformance check"}, "subject": {"reference": format!("Patient/{}", session.patient)}});
    let mut faults = Faults::default();
    for (method, path) in [
        (Method::Post, "Observation"),
        (Method::Put, nowhere),
        (Method::Patch, nowhere),
        (Method::Delete, nowhere),
    ] {
        let body = match method {
            Method::Delete => Body::None,
            Method::Patch => Body::Raw("application/json-patch+json", "[]".into()),
            _ => Body::Raw("application/fhir+json", body.to_string()),
        };
        let request = Request::with(method, context.url(path)?, body)
            .fhir()
            .bearer(&session.token);
        let answer = context.client.send(&request).await?;
        faults.part(method.as_str(), answer.expect_one_of(&[401, 403, 405]))?;
    }
    faults.verdict()
}

async fn foreign_attachments(context: &Context) -> Verdict {
    let other = context.other_session().await?;
    let path = format!("DocumentReference?patient={}", other.patient);
    let bundle = searchset(&at(context, &path, &other.token).await?)?;
    let documents: Vec<_> = entries(&bundle)
        .map(|entry| entry["resource"].clone())
        .collect();
    let linked = linked(&documents);
    if linked.is_empty() {
        return skip("the other patient's documents have no attachments with a URL");
    }
    let token = &context.session().await?.token;
    let mut faults = Faults::default();
    for (name, attachment) in linked {
        let text = attachment["url"].as_str().unwrap_or_default();
        let url = Url::parse(text).or_else(|_| context.url(text))?;
        if context.is_own(&url) {
            faults.part(&name, is_kept_out(&context.with_token(url, token).await?))?;
        }
    }
    faults.verdict()
}

async fn foreign_page(context: &Context) -> Verdict {
    let session = context.session().await?;
    let path = format!("Observation?patient={}&_count=1", session.patient);
    let bundle = searchset(&at(context, &path, &session.token).await?)?;
    let next = link(&bundle, "next").and_then(|text| Url::parse(text).ok());
    let Some(next) = next else {
        return skip("the search has one page only");
    };
    let other = context.other_session().await?;
    let answer = context.with_token(next, &other.token).await?;
    nothing_of(context, &answer, &session.patient)
}

const SHARED: &[&str] = &["Practitioner/", "Organization/", "Location/", "Medication/"];
const MOST_SHARED: usize = 8;

async fn shared(context: &Context) -> Verdict {
    let mut names = std::collections::BTreeSet::new();
    let base = &context.configuration.base;
    for category in CATEGORIES.iter().filter(|category| category.is_list()) {
        if let Ok(collection) = context.collection(category).await {
            let found = collection.resources.iter().flat_map(references);
            let local = found.filter_map(|reference| local_reference(reference, base));
            names.extend(local.filter(|name| SHARED.iter().any(|kind| name.starts_with(kind))));
        }
    }
    if names.is_empty() {
        return skip("no record refers to a shared resource");
    }
    let token = &context.session().await?.token;
    let mut faults = Faults::default();
    for name in names.iter().take(MOST_SHARED) {
        faults.part(name, at(context, name, token).await?.expect_status(200))?;
    }
    faults.verdict()
}

async fn filters(context: &Context) -> Verdict {
    let other = context.other_patient().await?;
    let other_name = format!("Patient/{other}");
    let token = &context.session().await?.token;
    let mut faults = Faults::default();
    for parameter in ["_security", "_tag", "_profile"] {
        for (name, subject) in [("Observation", "subject"), ("Patient", "_id")] {
            let value = if subject == "_id" {
                &other
            } else {
                &other_name
            };
            let pairs = [
                (subject, value.as_str()),
                (parameter, "http://example.org/any"),
            ];
            let url = context.search_url(name, &pairs)?;
            let answer = context.with_token(url, token).await?;
            faults.part(
                &format!("{name}?{parameter}"),
                nothing_of(context, &answer, &other),
            )?;
        }
    }
    faults.verdict()
}

async fn forwarded(context: &Context) -> Verdict {
    let session = context.session().await?;
    let url = context.url(&format!("Observation?patient={}&_count=1", session.patient))?;
    let request = Request::get(url)
        .fhir()
        .bearer(&session.token)
        .header("x-forwarded-host", "attacker.example")
        .header("x-forwarded-proto", "https")
        .header("forwarded", "host=attacker.example;proto=https");
    let answer = context.client.send(&request).await?;
    let text = searchset(&answer)?.to_string();
    ensure(!text.contains("attacker.example"), || {
        "a link names the forwarded host".into()
    })
}
