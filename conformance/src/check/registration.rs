//! REG: dynamic registration, right and wrong.

use serde_json::{Value, json};

use super::login::not_stored;
use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::context::Context;
use crate::http::{Answer, Body};
use crate::login::Stage;
use crate::login::registration::{LIMITED, metadata, send};
use crate::outcome::{Faults, Finding, Verdict, ensure, fail, skip};
use crate::requirement::place::{GUESSING, REGISTRATION, REGISTRATION_ERROR};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("REG-01", Required, "A confidential client gets an id and a secret with its end, and its metadata back, in an answer that may not be stored.", REGISTRATION, |c| Box::pin(confidential(c))),
    Check::new("REG-03", Required, "A client without redirect URIs is refused with invalid_redirect_uri or invalid_client_metadata.", REGISTRATION_ERROR, |c| Box::pin(without_uris(c))),
    Check::new("REG-04", Required, "A redirect URI with a fragment, without a scheme or of a scheme that runs code is refused.", REGISTRATION_ERROR, |c| Box::pin(bad_uris(c, BAD_URIS))),
    Check::new("REG-05", Warning, "A redirect URI of plain http that is not a loopback address is refused.", REGISTRATION_ERROR, |c| Box::pin(bad_uris(c, &["http://app.example/callback"]))),
    Check::new("REG-06", Required, "A body that is not JSON, or JSON of a wrong shape, is refused with 400 or 415.", REGISTRATION_ERROR, |c| Box::pin(malformed(c))),
    Check::new("REG-07", Required, "A client cannot choose its own id.", REGISTRATION, |c| Box::pin(own_id(c))),
    Check::new("REG-09", Warning, "Many registrations in a row are slowed down.", GUESSING, |c| Box::pin(many(c))),
];

const BAD_URIS: &[&str] = &[
    "https://app.example/callback#fragment",
    "app.example/callback",
    "javascript:alert(1)",
    "data:text/html,x",
];

/// Sends a registration; a skip when the server admits no more of them for now.
async fn register(context: &Context, body: Body) -> Result<Answer, Finding> {
    let answer = attempt(context, body).await?;
    match answer.status {
        429 => skip(LIMITED),
        _ => Ok(answer),
    }
}

/// Sends a registration, after the clients of the run itself: a limit must not cost it those.
async fn attempt(context: &Context, body: Body) -> Result<Answer, Finding> {
    if context.public_client().await.is_ok() {
        let _ = context.confidential_client().await;
    }
    let smart = context.smart().await?;
    let sent = send(context, smart, body).await;
    sent.or_else(|problem| match problem.stage {
        Stage::Preparation => skip("no registration_endpoint is advertised"),
        _ => Err(problem.finding()),
    })
}

fn with(mut metadata: Value, name: &str, value: Value) -> Body {
    metadata[name] = value;
    Body::Json(metadata)
}

async fn confidential(context: &Context) -> Verdict {
    let wanted = metadata(context, "client_secret_basic");
    let answer = register(context, Body::Json(wanted.clone())).await?;
    answer.expect_status(201)?;
    not_stored(&answer)?;
    let response = answer.json()?;
    let mut faults = Faults::default();
    for name in ["client_id", "client_secret"] {
        faults.unless(response[name].is_string(), || format!("{name} is missing"));
    }
    faults.unless(response["client_secret_expires_at"].is_u64(), || {
        "client_secret_expires_at is missing".to_owned()
    });
    faults.unless(response["redirect_uris"] == wanted["redirect_uris"], || {
        "redirect_uris are not those that were sent".to_owned()
    });
    faults.unless(response["scope"].is_string(), || {
        "scope is missing".to_owned()
    });
    faults.verdict()
}

fn refused(answer: &Answer, errors: &[&str]) -> Verdict {
    answer.expect_status(400)?;
    let body = answer.json()?;
    let error = body["error"].as_str().unwrap_or_default();
    ensure(errors.contains(&error), || {
        format!("the error is {error:?}")
    })
}

const URI_ERRORS: &[&str] = &["invalid_redirect_uri", "invalid_client_metadata"];

async fn without_uris(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for (name, uris) in [("none", Value::Null), ("an empty list", json!([]))] {
        let body = with(metadata(context, "none"), "redirect_uris", uris);
        let answer = register(context, body).await?;
        faults.part(name, refused(&answer, URI_ERRORS))?;
    }
    faults.verdict()
}

async fn bad_uris(context: &Context, uris: &[&str]) -> Verdict {
    let mut faults = Faults::default();
    for uri in uris {
        let body = with(metadata(context, "none"), "redirect_uris", json!([uri]));
        let answer = register(context, body).await?;
        faults.part(uri, refused(&answer, URI_ERRORS))?;
    }
    faults.verdict()
}

async fn malformed(context: &Context) -> Verdict {
    let raw = |text: &str| Body::Raw("application/json", text.to_owned());
    let mut faults = Faults::default();
    for (name, body) in [
        ("no JSON", raw("{\"redirect_uris\": [")),
        ("a list", raw("[]")),
        ("wrong types", raw("{\"redirect_uris\": 5, \"scope\": []}")),
    ] {
        let answer = register(context, body).await?;
        faults.part(name, answer.expect_one_of(&[400, 415]))?;
    }
    faults.verdict()?;
    let text = metadata(context, "none").to_string();
    let answer = register(context, Body::Raw("text/plain", text)).await?;
    answer.expect_one_of(&[400, 415]).map_err(|_| {
        let reason = "JSON that calls itself text/plain is accepted, which any web page may send";
        Finding::Warn(reason.into())
    })
}

async fn own_id(context: &Context) -> Verdict {
    let wanted = "chosen-by-the-client";
    let body = with(metadata(context, "none"), "client_id", json!(wanted));
    let answer = register(context, body).await?;
    if answer.status == 400 {
        return Ok(());
    }
    let response = answer.json()?;
    ensure(response["client_id"] != wanted, || {
        "the client chose its id".into()
    })
}

const MANY: usize = 60;

async fn many(context: &Context) -> Verdict {
    if !context.configuration.bursts {
        return skip("give --bursts to check this");
    }
    for _ in 0..MANY {
        let body = Body::Json(metadata(context, "none"));
        if matches!(attempt(context, body).await?.status, 401 | 403 | 429) {
            return Ok(());
        }
    }
    fail(format!("{MANY} registrations in a row were admitted"))
}
