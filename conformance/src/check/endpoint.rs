//! IMG-01, IMG-03 to IMG-05 and IMG-12: where the images of studies are.

use serde_json::Value;
use url::Url;

use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::collection::{entries, gather, searchset};
use crate::context::Context;
use crate::outcome::{Faults, Finding, Verdict, ensure, skip};
use crate::requirement::place::{ENDPOINT, IMAGING_STUDY, INCLUDE, RETRY_AFTER};
use crate::resource::{name_of, references};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("IMG-01", Required, "Imaging studies lead to an endpoint of DICOMweb.", IMAGING_STUDY, |c| Box::pin(discovered(c))),
    Check::new("IMG-03", Required, "A server that is not ready says with Retry-After when it will be.", RETRY_AFTER, |c| Box::pin(std::future::ready(retries(c)))),
    Check::new("IMG-04", Required, "Endpoints are of type dicom-wado-rs and have an absolute address.", ENDPOINT, |c| Box::pin(endpoints(c))),
    Check::new("IMG-05", Required, "Studies come with their endpoints, by their change and by their identifier.", INCLUDE, |c| Box::pin(searches(c))),
    Check::new("IMG-12", Warning, "A diagnostic report leads to a study.", IMAGING_STUDY, |c| Box::pin(reported(c))),
];

pub(super) async fn studies(context: &Context) -> Result<Vec<Value>, Finding> {
    context.claimed("ImagingStudy").await?;
    let patient = &context.session().await?.patient;
    let url = context.search_url("ImagingStudy", &[("patient", patient)])?;
    let found = gather(context, url, "ImagingStudy").await?.resources;
    if found.is_empty() {
        return skip("the patient has no imaging studies");
    }
    Ok(found)
}

/// The endpoints of a study: contained or readable.
pub(super) async fn endpoints_of(context: &Context, study: &Value) -> Result<Vec<Value>, Finding> {
    let mut found = Vec::new();
    for reference in references(&study["endpoint"]) {
        if let Some(id) = reference.strip_prefix('#') {
            let contained = study["contained"].as_array().into_iter().flatten();
            found.extend(contained.filter(|inner| inner["id"] == id).cloned());
            continue;
        }
        let base = &context.configuration.base;
        if let Some(name) = crate::resource::local_reference(reference, base) {
            let answer = context.authorized(context.url(&name)?).await?;
            found.push(answer.resource("Endpoint")?);
        }
    }
    Ok(found)
}

pub(super) fn is_wado(endpoint: &Value) -> bool {
    endpoint["connectionType"]["code"] == "dicom-wado-rs"
}

pub(super) fn address(endpoint: &Value) -> Option<Url> {
    let url = Url::parse(endpoint["address"].as_str()?).ok()?;
    url.has_host().then_some(url)
}

async fn discovered(context: &Context) -> Verdict {
    for study in studies(context).await? {
        if endpoints_of(context, &study).await?.iter().any(is_wado) {
            return Ok(());
        }
    }
    crate::outcome::fail("no study has an endpoint of type dicom-wado-rs")
}

fn retries(context: &Context) -> Verdict {
    let exchanges = context.client.log.exchanges();
    let busy: Vec<_> = exchanges
        .iter()
        .filter(|exchange| exchange.status == Some(503))
        .collect();
    if busy.is_empty() {
        return skip("no answer of this run was 503");
    }
    let mut faults = Faults::default();
    for exchange in busy {
        let headers = exchange.answer_headers.iter();
        let mut told = headers
            .filter(|(name, _)| name == "retry-after")
            .map(|(_, value)| value.trim());
        let is_time = |text: &str| {
            text.parse::<u32>().is_ok() || chrono::DateTime::parse_from_rfc2822(text).is_ok()
        };
        faults.unless(told.any(is_time), || {
            format!("{} has no Retry-After", exchange.url)
        });
    }
    faults.verdict()
}

async fn endpoints(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for study in studies(context).await? {
        let found = endpoints_of(context, &study).await?;
        faults.unless(!found.is_empty(), || {
            format!("{} has no endpoint", name_of(&study))
        });
        for endpoint in found {
            faults.unless(is_wado(&endpoint), || {
                format!("{} is of another type", name_of(&endpoint))
            });
            faults.unless(address(&endpoint).is_some(), || {
                format!("{} has no absolute address", name_of(&endpoint))
            });
        }
    }
    faults.verdict()
}

/// The DICOM id of a study, as `DICOMweb` writes it.
pub(super) fn uid(study: &Value) -> Option<&str> {
    let identifiers = study["identifier"].as_array()?;
    let own = identifiers
        .iter()
        .find(|identifier| identifier["system"] == "urn:dicom:uid")?;
    own["value"].as_str()?.strip_prefix("urn:oid:")
}

async fn searches(context: &Context) -> Verdict {
    let studies = studies(context).await?;
    let patient = &context.session().await?.patient;
    let study = &studies[0];
    let mut faults = Faults::default();
    let included = context.search_url(
        "ImagingStudy",
        &[
            ("patient", patient.as_str()),
            ("_include", "ImagingStudy:endpoint"),
        ],
    )?;
    let bundle = searchset(&context.authorized(included).await?)?;
    let mut kinds = entries(&bundle).map(|entry| &entry["resource"]["resourceType"]);
    // A contained endpoint comes along by itself.
    let mut referred = references(&study["endpoint"]).into_iter();
    let is_contained = referred.all(|reference| reference.starts_with('#'));
    faults.unless(
        is_contained || kinds.any(|kind| *kind == "Endpoint"),
        || "_include adds no endpoint".to_owned(),
    );
    let identifier = format!("urn:dicom:uid|urn:oid:{}", uid(study).unwrap_or_default());
    for (name, value) in [
        ("identifier", identifier.as_str()),
        ("_lastUpdated", "gt1990-01-01"),
    ] {
        let url = context.search_url(
            "ImagingStudy",
            &[("patient", patient.as_str()), (name, value)],
        )?;
        let found = gather(context, url, "ImagingStudy").await?;
        let is_there = found.names().contains(&name_of(study));
        faults.unless(is_there, || {
            format!("{} is not found by {name}", name_of(study))
        });
    }
    faults.verdict()
}

async fn reported(context: &Context) -> Verdict {
    studies(context).await?;
    context.claimed("DiagnosticReport").await?;
    let patient = &context.session().await?.patient;
    let url = context.search_url("DiagnosticReport", &[("patient", patient)])?;
    let reports = gather(context, url, "DiagnosticReport").await?.resources;
    let leads = |report: &Value| !references(&report["imagingStudy"]).is_empty();
    ensure(reports.iter().any(leads), || {
        "no diagnostic report refers to a study".into()
    })
}
