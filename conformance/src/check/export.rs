//! BLK: starting, watching and ending a bulk export by a client without a user (Bulk Data Access
//! 2.0).

use serde_json::Value;
use url::Url;

use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::context::{Context, Export, find_claim};
use crate::http::{Answer, Body, Method, Request};
use crate::outcome::{Faults, Finding, Verdict, ensure, skip};
use crate::requirement::place::{
    BULK_DELETE, BULK_KICK_OFF, BULK_MANIFEST, BULK_STATUS, SMART_BACKEND, SMART_SCOPES,
};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("BLK-01", Required, "A backend client gets a bearer token with its life and its scope by a signed assertion.", SMART_BACKEND, |c| Box::pin(token(c))),
    Check::new("BLK-02", Warning, "The CapabilityStatement names the export of groups as the Bulk Data guide defines it.", BULK_KICK_OFF, |c| Box::pin(claimed(c))),
    Check::new("BLK-03", Required, "An export without a token is refused.", BULK_KICK_OFF, |c| Box::pin(without_token(c))),
    Check::new("BLK-04", Required, "A token of a patient starts no export.", SMART_SCOPES, |c| Box::pin(by_patient(c))),
    Check::new("BLK-05", Required, "An export is accepted with 202 and the absolute address of its status.", BULK_KICK_OFF, |c| Box::pin(accepted(c))),
    Check::new("BLK-06", Required, "The status is 202 until the export is done, then 200 with JSON.", BULK_STATUS, |c| Box::pin(done(c))),
    Check::new("BLK-07", Required, "The manifest has its time, its request, its need of a token, its files and its errors.", BULK_MANIFEST, |c| Box::pin(manifest(c))),
    Check::new("BLK-13", Required, "An export that is deleted is answered with 202 and is gone.", BULK_DELETE, |c| Box::pin(deleted(c))),
    Check::new("BLK-14", Required, "The status of an export needs its token.", BULK_STATUS, |c| Box::pin(closed_status(c))),
];

async fn token(context: &Context) -> Verdict {
    let answer = context.system_answer().await?;
    let response = answer.object()?;
    let mut faults = Faults::default();
    let kind = response["token_type"].as_str().unwrap_or_default();
    faults.unless(kind.eq_ignore_ascii_case("bearer"), || {
        "token_type is not bearer".to_owned()
    });
    faults.unless(response["expires_in"].is_u64(), || {
        "expires_in is no number".to_owned()
    });
    for name in ["access_token", "scope"] {
        faults.unless(response[name].is_string(), || format!("{name} is missing"));
    }
    faults.unless(response["refresh_token"].is_null(), || {
        "there is a refresh token".to_owned()
    });
    faults.verdict()
}

const DEFINITION: &str = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export";
const GUIDE: &str = "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data";

async fn claimed(context: &Context) -> Verdict {
    let statement = context.capabilities().await?;
    let Some(group) = find_claim(statement, "Group") else {
        return skip("Group is not claimed");
    };
    let operations = group["operation"].as_array().into_iter().flatten();
    let mut exports = operations.filter(|row| row["name"] == "export");
    let is_defined = |row: &Value| {
        let text = row["definition"].as_str().unwrap_or_default();
        text.starts_with(DEFINITION)
    };
    ensure(exports.any(is_defined), || {
        format!("Group has no operation export defined by {DEFINITION}")
    })?;
    let guides = statement["instantiates"].as_array().into_iter().flatten();
    let mut guides = guides.filter_map(Value::as_str);
    ensure(guides.any(|url| url.starts_with(GUIDE)), || {
        format!("instantiates lacks {GUIDE}")
    })
}

pub(super) fn refused(answer: &Answer) -> Verdict {
    answer.expect_one_of(&[400, 401, 403])
}

async fn without_token(context: &Context) -> Verdict {
    let url = context.export_url(&[]).await?;
    let request = Request::get(url).fhir().header("prefer", "respond-async");
    refused(&context.client.send(&request).await?)
}

async fn by_patient(context: &Context) -> Verdict {
    let url = context.export_url(&[]).await?;
    let token = &context.session().await?.token;
    let request = Request::get(url).fhir().header("prefer", "respond-async");
    let answer = context.client.send(&request.bearer(token)).await?;
    answer.expect_one_of(&[400, 401, 403, 404])
}

async fn accepted(context: &Context) -> Verdict {
    let export = context.export().await?;
    export.kick_off.expect_status(202)?;
    let place = export.kick_off.header("content-location");
    let is_absolute = place.is_some_and(|text| Url::parse(text).is_ok_and(|url| url.has_host()));
    ensure(is_absolute, || format!("Content-Location is {place:?}"))
}

/// The export of the run, when it was accepted.
pub(super) async fn running(context: &Context) -> Result<&Export, Finding> {
    let export = context.export().await?;
    if export.statuses.is_empty() {
        return skip("no export was accepted (BLK-05)");
    }
    Ok(export)
}

async fn done(context: &Context) -> Verdict {
    let export = running(context).await?;
    let mut faults = Faults::default();
    let Some((last, before)) = export.statuses.split_last() else {
        return skip("no status was asked for");
    };
    for answer in before {
        faults.part("while it runs", answer.expect_status(202))?;
    }
    faults.part("at its end", last.expect_status(200))?;
    faults.unless(last.claims_json(), || {
        format!("the manifest's media type is {:?}", last.media_type())
    });
    faults.verdict()
}

/// The manifest of the run's export.
pub(super) async fn finished(context: &Context) -> Result<(&Export, Value), Finding> {
    let export = running(context).await?;
    match export.manifest() {
        Some(manifest) => Ok((export, manifest)),
        None => skip("the export did not come to its end (BLK-06)"),
    }
}

async fn manifest(context: &Context) -> Verdict {
    let (_, manifest) = finished(context).await?;
    let mut faults = Faults::default();
    let time = manifest["transactionTime"].as_str().unwrap_or_default();
    let is_instant = chrono::DateTime::parse_from_rfc3339(time).is_ok();
    faults.unless(is_instant, || format!("transactionTime is {time:?}"));
    faults.unless(manifest["request"].is_string(), || {
        "request is missing".to_owned()
    });
    faults.unless(manifest["requiresAccessToken"].is_boolean(), || {
        "requiresAccessToken is no boolean".to_owned()
    });
    for name in ["output", "error"] {
        faults.unless(manifest[name].is_array(), || format!("{name} is no list"));
    }
    for row in rows(&manifest) {
        let is_absolute = url_of(row).is_some();
        faults.unless(row["type"].is_string() && is_absolute, || {
            "a file has no type or no absolute address".to_owned()
        });
    }
    faults.verdict()
}

pub(super) fn rows(manifest: &Value) -> &[Value] {
    manifest["output"].as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn url_of(row: &Value) -> Option<Url> {
    let url = Url::parse(row["url"].as_str()?).ok()?;
    url.has_host().then_some(url)
}

pub(super) async fn delete(context: &Context, url: &Url) -> Result<Answer, Finding> {
    let token = context.system_token().await?;
    let request = Request::with(Method::Delete, url.clone(), Body::None);
    Ok(context.client.send(&request.fhir().bearer(token)).await?)
}

async fn deleted(context: &Context) -> Verdict {
    running(context).await?;
    let answer = context.kick_off(&[]).await?;
    let Some(url) = Export::status_url(&answer) else {
        return skip("no export was accepted (BLK-05)");
    };
    delete(context, &url).await?.expect_status(202)?;
    let gone = context
        .with_token(url, context.system_token().await?)
        .await?;
    gone.expect_status(404)?;
    gone.expect_operation_outcome()
}

async fn closed_status(context: &Context) -> Verdict {
    let export = running(context).await?;
    let Some(url) = Export::status_url(&export.kick_off) else {
        return skip("no export was accepted (BLK-05)");
    };
    context
        .open(url)
        .await?
        .expect_one_of(&[400, 401, 403, 404])
}
