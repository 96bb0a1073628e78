//! ACC: nothing without a token, nothing of another patient.

use serde_json::Value;
use url::Url;

use super::capability::claimed_types;
use crate::catalogue::Check;
use crate::catalogue::Level::Required;
use crate::category::CATEGORIES;
use crate::collection::entries;
use crate::configuration::Secret;
use crate::context::Context;
use crate::http::{Answer, Request};
use crate::outcome::{Faults, Finding, Verdict, ensure, fail, skip};
use crate::requirement::place::{
    PATIENT_COMPARTMENT, SMART_SCOPES, TOKEN_IN_QUERY, WWW_AUTHENTICATE,
};
use crate::resource::{id_of, is_about, mentions_patient, name_of, type_of};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("ACC-01", Required, "Without a token, reading and searching of every type is refused with 401, WWW-Authenticate and an OperationOutcome.", WWW_AUTHENTICATE, |c| Box::pin(no_token(c))),
    Check::new("ACC-02", Required, "A made-up, a shortened and a refresh token are refused with 401.", WWW_AUTHENTICATE, |c| Box::pin(wrong_tokens(c))),
    Check::new("ACC-03", Required, "An expired token is refused with 401.", WWW_AUTHENTICATE, |c| Box::pin(expired_token(c))),
    Check::new("ACC-04", Required, "A token in the query is refused with 401.", TOKEN_IN_QUERY, |c| Box::pin(token_in_query(c))),
    Check::new("ACC-05", Required, "Another patient cannot be read.", PATIENT_COMPARTMENT, |c| Box::pin(other_patient(c))),
    Check::new("ACC-06", Required, "Another patient's records cannot be read by id.", PATIENT_COMPARTMENT, |c| Box::pin(other_records(c))),
    Check::new("ACC-07", Required, "A search for another patient is refused or empty.", PATIENT_COMPARTMENT, |c| Box::pin(other_search(c))),
    Check::new("ACC-08", Required, "A search that names no patient yields the token's patient only.", SMART_SCOPES, |c| Box::pin(unnamed_search(c))),
    Check::new("ACC-09", Required, "No other way of naming another patient in a search yields records of that patient.", PATIENT_COMPARTMENT, |c| Box::pin(detours(c))),
];

async fn no_token(context: &Context) -> Verdict {
    let statement = context.capabilities().await?;
    let mut faults = Faults::default();
    for name in claimed_types(statement)? {
        for path in [format!("{name}/1"), format!("{name}?patient=1")] {
            let answer = context.open(context.url(&path)?).await?;
            faults.part(&path, challenged(&answer))?;
        }
    }
    faults.verdict()
}

fn challenged(answer: &Answer) -> Verdict {
    answer.expect_status(401)?;
    let mut challenges = answer.headers("www-authenticate");
    let bearer = challenges.any(|value| value.to_ascii_lowercase().starts_with("bearer"));
    ensure(bearer, || "there is no WWW-Authenticate: Bearer".into())?;
    answer.expect_operation_outcome()
}

/// A read of the patient, or of any patient when there is no session.
async fn patient_url(context: &Context) -> Result<Url, Finding> {
    let session = context.session().await;
    let patient = session.map_or("1", |session| session.patient.as_str());
    context.url(&format!("Patient/{patient}"))
}

async fn wrong_tokens(context: &Context) -> Verdict {
    let url = patient_url(context).await?;
    let mut tokens = vec![("a made-up token", Secret::from(context.random_text()))];
    if let Ok(session) = context.session().await {
        let whole = session.token.reveal();
        let half: String = whole.chars().take(whole.chars().count() / 2).collect();
        tokens.push(("a shortened token", Secret::from(half)));
        tokens.extend(
            session
                .refresh_token()
                .map(|token| ("a refresh token", token)),
        );
    }
    let mut faults = Faults::default();
    for (name, token) in tokens {
        let answer = context.with_token(url.clone(), &token).await?;
        faults.part(name, answer.expect_status(401))?;
    }
    faults.verdict()
}

async fn expired_token(context: &Context) -> Verdict {
    let Some(token) = &context.configuration.expired_token else {
        return skip("give --expired-token-file to check this");
    };
    let url = patient_url(context).await?;
    context.with_token(url, token).await?.expect_status(401)
}

async fn token_in_query(context: &Context) -> Verdict {
    let session = context.session().await?;
    let mut url = context.url(&format!("Patient/{}", session.patient))?;
    url.query_pairs_mut()
        .append_pair("access_token", session.token.reveal());
    context.open(url).await?.expect_status(401)
}

async fn other_patient(context: &Context) -> Verdict {
    let other = context.other_patient().await?;
    let answer = context
        .authorized(context.url(&format!("Patient/{other}"))?)
        .await?;
    answer.expect_one_of(&[403, 404])
}

async fn other_records(context: &Context) -> Verdict {
    let other = context.other_session().await?;
    let statement = context.capabilities().await?;
    let mut faults = Faults::default();
    let mut tried = 0;
    let types = claimed_types(statement)?;
    for name in types.into_iter().filter(|name| *name != "Patient") {
        let url = context.search_url(
            name,
            &[("patient", other.patient.as_str()), ("_count", "1")],
        )?;
        let bundle = context
            .with_token(url, &other.token)
            .await?
            .json()
            .unwrap_or_default();
        let Some(id) = first_id(&bundle, name) else {
            continue;
        };
        tried += 1;
        let answer = context
            .authorized(context.url(&format!("{name}/{id}"))?)
            .await?;
        faults.part(name, answer.expect_one_of(&[403, 404]))?;
    }
    if tried == 0 {
        return skip("the other patient has no records");
    }
    faults.verdict()
}

pub(super) fn first_id(bundle: &Value, resource_type: &str) -> Option<String> {
    entries(bundle)
        .map(|entry| &entry["resource"])
        .find(|resource| type_of(resource) == Some(resource_type))
        .and_then(id_of)
        .map(str::to_owned)
}

/// Fails when a Bundle holds anything of `other`. A refusal is as good as an empty Bundle.
pub(super) fn nothing_of(context: &Context, answer: &Answer, other: &str) -> Verdict {
    if (400..500).contains(&answer.status) && answer.status != 401 {
        return Ok(());
    }
    let bundle = answer.resource("Bundle")?;
    let base = &context.configuration.base;
    let leaked = entries(&bundle)
        .map(|entry| &entry["resource"])
        .find(|resource| mentions_patient(resource, other, base));
    leaked.map_or(Ok(()), |resource| {
        fail(format!("{} came back", name_of(resource)))
    })
}

async fn other_search(context: &Context) -> Verdict {
    let other = context.other_patient().await?;
    let statement = context.capabilities().await?;
    let mut faults = Faults::default();
    for name in claimed_types(statement)? {
        let parameter = if name == "Patient" { "_id" } else { "patient" };
        let url = context.search_url(name, &[(parameter, other.as_str())])?;
        let answer = context.authorized(url).await?;
        faults.part(name, empty_or_refused(&answer))?;
    }
    faults.verdict()
}

fn empty_or_refused(answer: &Answer) -> Verdict {
    if answer.status == 403 {
        return Ok(());
    }
    let bundle = answer.resource("Bundle")?;
    let mut matches = entries(&bundle).filter(|entry| entry["search"]["mode"] != "outcome");
    ensure(matches.next().is_none(), || {
        "the Bundle is not empty".into()
    })
}

async fn unnamed_search(context: &Context) -> Verdict {
    let patient = &context.session().await?.patient;
    let statement = context.capabilities().await?;
    let mut faults = Faults::default();
    for name in claimed_types(statement)? {
        let Some(category) = CATEGORIES
            .iter()
            .find(|category| category.resource_type == name)
        else {
            continue;
        };
        let answer = context.authorized(context.url(name)?).await?;
        if matches!(answer.status, 400 | 403) {
            continue;
        }
        let bundle = answer.resource("Bundle")?;
        let records = entries(&bundle).map(|entry| &entry["resource"]);
        for record in records.filter(|record| type_of(record) == Some(name)) {
            let base = &context.configuration.base;
            let mine = is_about(record, category.subject, patient, base);
            faults.unless(mine, || format!("{} is not the patient's", name_of(record)));
        }
    }
    faults.verdict()
}

/// Ways around: type, parameter and value, where `{}` is the other patient's id.
const DETOURS: &[(&str, &str, &str)] = &[
    ("Observation", "subject", "Patient/{}"),
    ("Observation", "subject", "{}"),
    ("Observation", "patient:Patient", "{}"),
    ("Observation", "subject:Patient", "{}"),
    ("Observation", "patient._id", "{}"),
    ("Observation", "subject:Patient._id", "{}"),
    ("Observation", "patient", "1,Patient/{}"),
    ("Patient", "_id", "{}"),
    ("Patient", "_has:Observation:patient:_id", "1"),
    ("Patient", "_list", "$all"),
    ("Condition", "_filter", "patient eq Patient/{}"),
    ("Condition", "_query", "all"),
];

async fn detours(context: &Context) -> Verdict {
    let other = context.other_patient().await?;
    let session = context.session().await?;
    let mut faults = Faults::default();
    for (name, parameter, value) in DETOURS {
        let value = value.replace("{}", &other);
        let url = context.search_url(name, &[(parameter, &value)])?;
        let answer = context.authorized(url).await?;
        faults.part(
            &format!("{name}?{parameter}"),
            nothing_of(context, &answer, &other),
        )?;
    }
    let fields = vec![("patient".to_owned(), other.clone())];
    let url = context.url("Observation/_search")?;
    let request = Request::post(url, crate::http::Body::Form(fields))
        .fhir()
        .bearer(&session.token);
    let answer = context.client.send(&request).await?;
    faults.part(
        "POST Observation/_search",
        nothing_of(context, &answer, &other),
    )?;
    faults.verdict()
}
