//! DSC-13, DSC-15, DSC-16: how the discovery documents are served.

use serde_json::Value;

use super::cors::{ORIGIN, allowed};
use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::context::Context;
use crate::http::{Answer, Request};
use crate::outcome::{Faults, Finding, Verdict, ensure};
use crate::requirement::place::{BASE_URL, CONTENT_TYPES, CORS};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("DSC-13", Required, "The CapabilityStatement comes as JSON for every common way of asking for it.", CONTENT_TYPES, |c| Box::pin(media_types(c))),
    Check::new("DSC-15", Warning, "A base URL written with a slash at its end leads to the same discovery documents or to none.", BASE_URL, |c| Box::pin(trailing_slash(c))),
    Check::new("DSC-16", Warning, "Apps in a browser may read the discovery documents (CORS).", CORS, |c| Box::pin(cors(c))),
];

/// `Accept` and query of each way of asking.
const WAYS: &[(&str, &str)] = &[
    ("application/fhir+json", ""),
    ("application/json", ""),
    ("application/json+fhir", ""),
    ("*/*", "?_format=json"),
];
async fn media_types(context: &Context) -> Verdict {
    context.capabilities().await?;
    let mut faults = Faults::default();
    for (accept, query) in WAYS {
        let url = context.url(&format!("metadata{query}"))?;
        let answer = context
            .client
            .send(&Request::get(url).header("accept", *accept))
            .await?;
        faults.part(&format!("{accept}{query}"), json_statement(&answer))?;
    }
    faults.verdict()
}

fn json_statement(answer: &Answer) -> Verdict {
    answer.resource("CapabilityStatement")?;
    ensure(answer.claims_json(), || {
        format!("the media type is {:?}", answer.media_type())
    })
}

/// A base has no slash at its end, and a path with an empty segment is another path (RFC 3986,
/// 3.3): a server may serve it all the same or refuse it. What must not be is another document, or
/// a page of success that is none.
async fn trailing_slash(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    let documents = [
        ("/metadata", context.capabilities().await?),
        ("/.well-known/smart-configuration", context.smart().await?),
    ];
    for (path, plain) in documents {
        let answer = context.open(context.url(path)?).await?;
        if matches!(answer.status, 400 | 404 | 410) {
            continue;
        }
        let slashed = answer.object().map(without_date);
        let verdict = same(slashed, &without_date(plain.clone()));
        faults.part(&format!("/{path}"), verdict)?;
    }
    faults.verdict()
}

/// A statement may say when it was made; that moment may move.
fn without_date(mut statement: Value) -> Value {
    if let Some(members) = statement.as_object_mut() {
        members.remove("date");
    }
    statement
}

fn same(found: Result<Value, Finding>, wanted: &Value) -> Verdict {
    let found = found?;
    ensure(found == *wanted, || "the document differs".into())
}

async fn cors(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for path in [".well-known/smart-configuration", "metadata"] {
        let request = Request::get(context.url(path)?).header("origin", ORIGIN);
        let answer = context.client.send(&request).await?;
        faults.part(path, allowed(&answer, ORIGIN))?;
    }
    faults.verdict()
}
