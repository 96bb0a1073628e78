//! API-08 to API-13, SRC-15 and SRC-16: further interactions.

use serde_json::Value;

use super::access::first_id;
use super::capability::has_row;
use super::cors::{ORIGIN, allowed, preflight};
use crate::catalogue::Check;
use crate::catalogue::Level::{Information, Required, Warning};
use crate::collection::{entries, searchset};
use crate::context::Context;
use crate::http::{Answer, Body, Method, Request};
use crate::outcome::{Faults, Finding, Verdict, ensure, skip};
use crate::requirement::place::{
    CORS, HISTORY, INPUT_VALIDATION, OPERATION_OUTCOME, PAGING, SUMMARY, VALIDATE,
};
use crate::resource::{last_updated, mentions_patient, name_of};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("API-08", Warning, "A version can be read and the history lists versions, newest first.", HISTORY, |c| Box::pin(history(c))),
    Check::new("API-09", Required, "Errors tell nothing of the server's inside.", OPERATION_OUTCOME, |c| Box::pin(errors(c))),
    Check::new("API-10", Warning, "HEAD and search by POST work.", HISTORY, |c| Box::pin(methods(c))),
    Check::new("API-11", Warning, "Apps in a browser may use the API with a token (CORS).", CORS, |c| Box::pin(cors(c))),
    Check::new("API-12", Required, "No answer of this run was longer than 7.5 MB.", PAGING, |c| Box::pin(std::future::ready(sizes(c)))),
    Check::new("API-13", Information, "The operation $validate accepts the patient as the server sends it.", VALIDATE, |c| Box::pin(validate(c))),
    Check::new("SRC-15", Warning, "The parameters _sort, _summary=count, _elements and _revinclude=Provenance:target are honoured.", SUMMARY, |c| Box::pin(results(c))),
    Check::new("SRC-16", Warning, "A stray question mark in the query leads neither to a server error nor to anybody else's records.", INPUT_VALIDATION, |c| Box::pin(stray(c))),
];

async fn get(context: &Context, path: &str) -> Result<Answer, Finding> {
    context.authorized(context.url(path)?).await
}

async fn history(context: &Context) -> Verdict {
    let claim = context.claimed("Patient").await?;
    let offers = |code: &str| has_row(claim, "interaction", "code", code);
    if !offers("vread") || !offers("history-instance") {
        return skip("vread and history-instance are not claimed");
    }
    let patient = context.patient().await?.resource("Patient")?;
    let name = name_of(&patient);
    let version = patient["meta"]["versionId"].as_str().unwrap_or_default();
    let mut faults = Faults::default();
    let read = get(context, &format!("{name}/_history/{version}")).await?;
    faults.part("the version", read.resource("Patient").map(|_| ()))?;
    let bundle = get(context, &format!("{name}/_history"))
        .await?
        .resource("Bundle");
    match bundle {
        Ok(bundle) => faults.part("the history", newest_first(&bundle))?,
        Err(finding) => faults.part("the history", Err(finding))?,
    }
    faults.verdict()
}

fn newest_first(bundle: &Value) -> Verdict {
    ensure(bundle["type"] == "history", || {
        "the Bundle is not a history".into()
    })?;
    let times: Vec<_> = entries(bundle)
        .filter_map(|entry| last_updated(&entry["resource"]))
        .collect();
    ensure(!times.is_empty(), || "it is empty".into())?;
    ensure(times.windows(2).all(|pair| pair[0] >= pair[1]), || {
        "it is not in order".into()
    })
}

/// Words of stack traces, databases and file systems.
const INSIDE: &[&str] = &[
    "stack trace",
    "stacktrace",
    "panicked at",
    "exception in",
    "at java.",
    "sqlite",
    "postgres",
    "select *",
    "sqlstate",
    "/usr/",
    "/home/",
    "\\src\\",
    ".rs:",
    ".java:",
    "traceback (most",
];

async fn errors(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for path in [
        "Observation?_lastUpdated=gtx",
        "Observation?code=%00%ff",
        "Observation?date=%27%20OR%201=1--",
        "Patient/..%2f..%2fetc%2fpasswd",
        "Nonsense/1",
        "Observation?_count=99999999999999999999",
    ] {
        let answer = get(context, path).await?;
        let body = String::from_utf8_lossy(&answer.body).to_lowercase();
        let word = INSIDE.iter().find(|word| body.contains(**word));
        faults.unless(word.is_none(), || {
            format!("{path}: {}", word.unwrap_or(&""))
        });
        faults.unless(answer.status < 500, || {
            format!("{path}: status {}", answer.status)
        });
    }
    faults.verdict()
}

async fn methods(context: &Context) -> Verdict {
    let session = context.session().await?;
    let url = context.url(&format!("Patient/{}", session.patient))?;
    let head = Request::with(Method::Head, url, Body::None)
        .fhir()
        .bearer(&session.token);
    let mut faults = Faults::default();
    let answer = context.client.send(&head).await?;
    faults.part("HEAD", answer.expect_status(200))?;
    let fields = vec![("_id".to_owned(), session.patient.clone())];
    let post = Request::post(context.url("Patient/_search")?, Body::Form(fields));
    let answer = context
        .client
        .send(&post.fhir().bearer(&session.token))
        .await?;
    let found = searchset(&answer).map(|bundle| first_name(&bundle, "Patient"));
    let is_found = found.map(|name| name == Some(format!("Patient/{}", session.patient)));
    faults.part(
        "POST _search",
        is_found.and_then(|found| ensure(found, || "it does not find the patient".into())),
    )?;
    faults.verdict()
}

async fn cors(context: &Context) -> Verdict {
    let url = context.url("Patient/1")?;
    let answer = preflight(context, url, ORIGIN, ("GET", "authorization")).await?;
    allowed(&answer, ORIGIN)?;
    let headers = answer
        .header("access-control-allow-headers")
        .unwrap_or_default()
        .to_ascii_lowercase();
    ensure(headers.contains("authorization"), || {
        "the preflight does not allow Authorization".into()
    })
}

const LONGEST: usize = 7_500_000;

fn sizes(context: &Context) -> Verdict {
    let exchanges = context.client.log.exchanges();
    let mut faults = Faults::default();
    for exchange in &exchanges {
        let too_long = exchange.bytes > LONGEST
            || exchange
                .error
                .as_deref()
                .is_some_and(|error| error.contains("longer than"));
        faults.unless(!too_long, || format!("{} was too long", exchange.url));
    }
    faults.verdict()
}

async fn validate(context: &Context) -> Verdict {
    let patient = context.patient().await?.resource("Patient")?;
    let token = &context.session().await?.token;
    let body = Body::Raw("application/fhir+json", patient.to_string());
    let request = Request::post(context.url("Patient/$validate")?, body)
        .fhir()
        .bearer(token);
    let answer = context.client.send(&request).await?;
    if matches!(answer.status, 403 | 404 | 405 | 501) {
        return skip("$validate is not offered");
    }
    let outcome = answer.resource("OperationOutcome")?;
    let issues = outcome["issue"].as_array().into_iter().flatten();
    let worst = issues.filter(|issue| issue["severity"] == "error" || issue["severity"] == "fatal");
    ensure(worst.count() == 0, || "it has errors".into())
}

async fn results(context: &Context) -> Verdict {
    let patient = &context.session().await?.patient;
    let search = async |more: &str| -> Result<Value, Finding> {
        searchset(&get(context, &format!("Observation?patient={patient}&{more}")).await?)
    };
    let mut faults = Faults::default();
    let sorted = search("_sort=-_lastUpdated").await?;
    let times: Vec<_> = entries(&sorted)
        .filter_map(|entry| last_updated(&entry["resource"]))
        .collect();
    faults.unless(times.windows(2).all(|pair| pair[0] >= pair[1]), || {
        "_sort=-_lastUpdated is not in order".to_owned()
    });
    let counted = search("_summary=count").await?;
    let is_count = counted["total"].is_u64() && entries(&counted).next().is_none();
    faults.unless(is_count, || {
        "_summary=count has no total or has entries".to_owned()
    });
    let narrow = search("_elements=status").await?;
    let mut records = entries(&narrow).map(|entry| &entry["resource"]);
    faults.unless(records.all(|record| record["text"].is_null()), || {
        "_elements=status still yields the narrative".to_owned()
    });
    if context.claimed("Provenance").await.is_ok() {
        let origins = search("_revinclude=Provenance:target").await?;
        faults.unless(first_name(&origins, "Provenance").is_some(), || {
            "_revinclude=Provenance:target yields no Provenance".to_owned()
        });
    }
    faults.verdict()
}

async fn stray(context: &Context) -> Verdict {
    let patient = &context.session().await?.patient;
    let answer = get(
        context,
        &format!("Observation?category=laboratory?patient={patient}"),
    )
    .await?;
    ensure(answer.status < 500, || format!("status {}", answer.status))?;
    let (Ok(other), Ok(bundle)) = (context.other_patient().await, answer.json()) else {
        return Ok(());
    };
    let base = &context.configuration.base;
    let mut records = entries(&bundle).map(|entry| &entry["resource"]);
    ensure(
        !records.any(|record| mentions_patient(record, &other, base)),
        || "another patient's records came back".into(),
    )
}

fn first_name(bundle: &Value, resource_type: &str) -> Option<String> {
    first_id(bundle, resource_type).map(|id| format!("{resource_type}/{id}"))
}
