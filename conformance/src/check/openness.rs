//! ACC-21, OPS-05 and OPS-08: what is open to everybody, and what a person can see of its use.

use serde_json::{Value, json};
use url::Url;

use crate::catalogue::Check;
use crate::catalogue::Level::{Information, Warning};
use crate::collection::{entries, searchset};
use crate::context::Context;
use crate::http::{Body, Request};
use crate::login::browser::{Arrival, Browser};
use crate::login::token::endpoint;
use crate::outcome::{Faults, Verdict, ensure, fail, skip};
use crate::requirement::place::{AUDIT, INPUT_VALIDATION, OPEN_MIRROR};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("ACC-21", Warning, "A mirror that anybody may read only reads, and holds nothing but test data.", OPEN_MIRROR, |c| Box::pin(mirror(c))),
    Check::new("OPS-05", Warning, "A person can see which app used their record.", AUDIT, |c| Box::pin(audit(c))),
    Check::new("OPS-08", Information, "Pages for operators tell nothing of patients or secrets.", INPUT_VALIDATION, |c| Box::pin(operators(c))),
];

fn below(base: &Url, path: &str) -> Option<Url> {
    Url::parse(&format!("{}/{path}", base.as_str().trim_end_matches('/'))).ok()
}

/// Marks of test data (FHIR R4, "Security labels").
const TEST_MARKS: &[&str] = &["HTEST"];

fn is_test(record: &Value) -> bool {
    let meta = &record["meta"];
    let lists = [&meta["tag"], &meta["security"]];
    let codings = lists
        .into_iter()
        .filter_map(|list| list.as_array())
        .flatten();
    codings
        .into_iter()
        .any(|coding| TEST_MARKS.iter().any(|mark| coding["code"] == *mark))
}

async fn mirror(context: &Context) -> Verdict {
    let Some(base) = &context.configuration.open_base else {
        return skip("give --open-base to check this");
    };
    let (Some(metadata), Some(patients)) = (below(base, "metadata"), below(base, "Patient")) else {
        return fail("it is no base URL");
    };
    let statement = context
        .open(metadata)
        .await?
        .resource("CapabilityStatement")?;
    let text = statement.to_string();
    let mut faults = Faults::default();
    for code in ["create", "update", "patch", "delete", "transaction"] {
        let claim = format!("\"code\":\"{code}\"");
        faults.unless(!text.contains(&claim), || format!("{code} is claimed"));
    }
    let body = Body::Raw(
        "application/fhir+json",
        json!({"resourceType": "Patient"}).to_string(),
    );
    let written = context
        .client
        .send(&Request::post(patients.clone(), body).fhir())
        .await?;
    faults.part("a write", written.expect_one_of(&[400, 401, 403, 404, 405]))?;
    let bundle = searchset(&context.open(patients).await?)?;
    let mut records = entries(&bundle).map(|entry| &entry["resource"]);
    let untagged = records.find(|record| record["resourceType"] == "Patient" && !is_test(record));
    faults.unless(untagged.is_none(), || {
        "a patient is not tagged as test data".to_owned()
    });
    faults.verdict()
}

/// Words in the address of a page that tells who looked at a record.
const ACTIVITY: &[&str] = &["activity", "audit", "access-log", "accesslog", "disclosure"];

async fn audit(context: &Context) -> Verdict {
    let jar = context.session().await?.portal()?;
    let place = endpoint(context, "management_endpoint").await?;
    let mut browser = Browser::with(context, jar);
    let Arrival::Page(shown) = browser.open(place).await? else {
        return skip("the management page leads away");
    };
    let is_activity = |link: &&String| ACTIVITY.iter().any(|word| link.contains(word));
    let Some(link) = shown.page.links.iter().find(is_activity) else {
        return fail("the page of what is shared leads to no page of its use");
    };
    let Ok(url) = shown.answer.url.join(link) else {
        return fail("the link to the page of use is no URL");
    };
    let Arrival::Page(shown) = browser.open(url).await? else {
        return fail("the page of use leads away");
    };
    ensure(shown.answer.status == 200, || {
        format!("the page of use is {}", shown.answer.status)
    })?;
    let text = shown.page.text.to_lowercase();
    let is_told = ["read", "search", "request", "app"]
        .iter()
        .any(|word| text.contains(word));
    ensure(is_told, || "the page of use tells of no use".into())
}

const PAGES: &[&str] = &[
    "health",
    "healthz",
    "readyz",
    "livez",
    "status",
    "metrics",
    "actuator/health",
    "actuator/env",
    "server-status",
    "debug/vars",
];

async fn operators(context: &Context) -> Verdict {
    let patient = context
        .session()
        .await
        .map(|session| session.patient.clone())
        .unwrap_or_default();
    let mut faults = Faults::default();
    for path in PAGES {
        let mut url = context.configuration.base.clone();
        url.set_path(path);
        let answer = context.client.send(&Request::get(url)).await?;
        if answer.status != 200 {
            continue;
        }
        let body = String::from_utf8_lossy(&answer.body).to_lowercase();
        let is_telling = ["password", "secret=", "\"secret\"", "access_token"]
            .iter()
            .any(|word| body.contains(word));
        let has_patient = !patient.is_empty() && body.contains(&patient.to_lowercase());
        faults.unless(!is_telling && !has_patient, || {
            format!("/{path} tells too much")
        });
    }
    faults.verdict()
}
