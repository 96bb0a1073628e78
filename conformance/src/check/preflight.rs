//! PRE: before anything else.

use std::future::ready;

use chrono::{DateTime, Utc};

use crate::catalogue::Check;
use crate::catalogue::Level::{Information, Required, Warning};
use crate::context::Context;
use crate::outcome::{Finding, Verdict, ensure, fail};
use crate::requirement::place::{CAPABILITIES, CLOCK, CONFIGURATION, PATIENT_COMPARTMENT};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("PRE-01", Required, "The configuration is complete and its URLs are absolute.", CONFIGURATION, |c| Box::pin(ready(configuration(c)))),
    Check::new("PRE-02", Required, "The server answers within the time limit.", CAPABILITIES, |c| Box::pin(reachable(c))),
    Check::new("PRE-03", Warning, "The server's clock is within 60 seconds of this machine's.", CLOCK, |c| Box::pin(clock(c))),
    Check::new("PRE-04", Information, "Another patient is known, so that negative checks are possible.", PATIENT_COMPARTMENT, |c| Box::pin(other_patient(c))),
];

fn configuration(context: &Context) -> Verdict {
    context
        .configuration
        .validate()
        .map_err(|error| Finding::Fail(error.to_string()))
}

async fn reachable(context: &Context) -> Verdict {
    context.reach().await
}

async fn clock(context: &Context) -> Verdict {
    let answer = context.open(context.url("metadata")?).await?;
    let Some(text) = answer.header("date") else {
        return fail("the answer has no Date header");
    };
    let Ok(theirs) = DateTime::parse_from_rfc2822(text) else {
        return fail("the Date header is not an HTTP date");
    };
    let apart = context
        .clock
        .now()
        .signed_duration_since(theirs.with_timezone(&Utc));
    ensure(apart.num_seconds().abs() <= 60, || {
        format!("the clocks are {} s apart", apart.num_seconds())
    })
}

async fn other_patient(context: &Context) -> Verdict {
    context.other_patient().await.map(|_| ())
}
