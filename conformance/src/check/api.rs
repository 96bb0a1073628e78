//! API: reads, errors and negotiation.

use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::collection::link;
use crate::context::Context;
use crate::http::{Answer, Request};
use crate::outcome::{Faults, Verdict, ensure, fail, skip};
use crate::requirement::place::{
    CONDITIONAL_READ, CONTENT_TYPES, HANDLING, OPERATION_OUTCOME, READ, STATUS_CODES,
};
use crate::resource::id_of;

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("API-01", Required, "A read yields the resource as FHIR JSON with ETag and Last-Modified.", READ, |c| Box::pin(read(c))),
    Check::new("API-02", Required, "An unknown id is answered with 404 and an OperationOutcome.", OPERATION_OUTCOME, |c| Box::pin(unknown_id(c))),
    Check::new("API-03", Required, "An unknown type and a type of older FHIR versions are answered with 404 and an OperationOutcome.", STATUS_CODES, |c| Box::pin(unknown_type(c))),
    Check::new("API-04", Required, "A bad search value is answered with 400 and an OperationOutcome.", HANDLING, |c| Box::pin(bad_value(c))),
    Check::new("API-05", Required, "An unknown search parameter is ignored and left out of the self link, and refused when the client asks for strict handling.", HANDLING, |c| Box::pin(unknown_parameter(c))),
    Check::new("API-06", Warning, "A conditional read of an unchanged resource is answered with 304.", CONDITIONAL_READ, |c| Box::pin(conditional_read(c))),
    Check::new("API-07", Required, "XML is either served or refused with 406 when asked for.", CONTENT_TYPES, |c| Box::pin(xml(c))),
];

async fn read(context: &Context) -> Verdict {
    let answer = context.patient().await?;
    let patient = answer.resource("Patient")?;
    let mut faults = Faults::default();
    let wanted = context.session().await?.patient.as_str();
    faults.unless(id_of(&patient) == Some(wanted), || {
        "the id is another".to_owned()
    });
    let media_type = answer.media_type();
    faults.unless(media_type == "application/fhir+json", || {
        format!("the media type is {media_type:?}")
    });
    for name in ["etag", "last-modified"] {
        faults.unless(answer.header(name).is_some(), || {
            format!("there is no {name} header")
        });
    }
    faults.verdict()
}

fn refusal(answer: &Answer, status: u16) -> Verdict {
    answer.expect_status(status)?;
    answer.expect_operation_outcome()
}

async fn unknown_id(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    let mut tried = false;
    for name in ["Observation", "Condition"] {
        if context.claimed(name).await.is_err() {
            continue;
        }
        let id: String = context
            .random_text()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        let answer = context
            .authorized(context.url(&format!("{name}/{id}"))?)
            .await?;
        faults.part(name, refusal(&answer, 404))?;
        tried = true;
    }
    if !tried {
        return skip("neither Observation nor Condition is claimed");
    }
    faults.verdict()
}

async fn unknown_type(context: &Context) -> Verdict {
    let mut faults = Faults::default();
    for path in ["Nonsense", "Nonsense/1", "MedicationOrder"] {
        let answer = context.authorized(context.url(path)?).await?;
        faults.part(path, refusal(&answer, 404))?;
    }
    faults.verdict()
}

async fn bad_value(context: &Context) -> Verdict {
    let patient = &context.session().await?.patient;
    let mut faults = Faults::default();
    for (name, value) in [("_lastUpdated", "gtx"), ("_count", "-1")] {
        let url = context.search_url(
            "Observation",
            &[("patient", patient.as_str()), (name, value)],
        )?;
        let answer = context.authorized(url).await?;
        faults.part(&format!("{name}={value}"), refusal(&answer, 400))?;
    }
    faults.verdict()
}

const UNKNOWN: &str = "no-such-parameter";

async fn unknown_parameter(context: &Context) -> Verdict {
    let session = context.session().await?;
    let url = context.search_url(
        "Patient",
        &[("_id", session.patient.as_str()), (UNKNOWN, "x")],
    )?;
    let mut faults = Faults::default();
    let answer = context.authorized(url.clone()).await?;
    faults.part("by default", ignored(&answer))?;
    let request = Request::get(url).fhir().bearer(&session.token);
    let answer = context
        .client
        .send(&request.header("prefer", "handling=strict"))
        .await?;
    faults.part("Prefer: handling=strict", refusal(&answer, 400))?;
    faults.verdict()
}

fn ignored(answer: &Answer) -> Verdict {
    let bundle = answer.resource("Bundle")?;
    let Some(own) = link(&bundle, "self") else {
        return fail("the Bundle has no self link");
    };
    ensure(!own.contains(UNKNOWN), || {
        "the self link repeats the ignored parameter".into()
    })
}

async fn conditional_read(context: &Context) -> Verdict {
    let answer = context.patient().await?;
    let Some(tag) = answer.header("etag") else {
        return skip("there is no ETag to send back");
    };
    let token = &context.session().await?.token;
    let request = Request::get(answer.url.clone()).fhir().bearer(token);
    let again = context
        .client
        .send(&request.header("if-none-match", tag))
        .await?;
    again.expect_status(304)
}

async fn xml(context: &Context) -> Verdict {
    let session = context.session().await?;
    let url = context.url(&format!("Patient/{}", session.patient))?;
    let request = Request::get(url)
        .header("accept", "application/fhir+xml")
        .bearer(&session.token);
    let answer = context.client.send(&request).await?;
    if answer.status == 406 {
        return Ok(());
    }
    answer.expect_one_of(&[200, 406])?;
    let is_xml = answer.media_type().ends_with("xml") && answer.body.starts_with(b"<");
    ensure(is_xml, || "the answer is neither 406 nor XML".into())
}
