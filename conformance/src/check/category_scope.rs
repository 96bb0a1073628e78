//! CON-12, ACC-12, ACC-13 and ACC-17: scopes for one type or category, and categories that were
//! unticked.

use serde_json::Value;

use super::scope::{at, is_kept_out};
use crate::catalogue::Check;
use crate::catalogue::Level::Required;
use crate::category::Category;
use crate::collection::{entries, searchset};
use crate::context::Context;
use crate::http::Answer;
use crate::login::Session;
use crate::outcome::{Faults, Finding, Verdict, ensure, fail, skip};
use crate::requirement::place::{CONSENT, SMART_SCOPES};
use crate::resource::name_of;

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("CON-12", Required, "A category that was unticked is in neither the granted scope nor the answers.", CONSENT, |c| Box::pin(unticked(c, false))),
    Check::new("ACC-12", Required, "A scope for one type allows that type and no other.", SMART_SCOPES, |c| Box::pin(one_type(c))),
    Check::new("ACC-13", Required, "A scope for one category allows the records of that category only, in searches and reads.", SMART_SCOPES, |c| Box::pin(one_category(c))),
    Check::new("ACC-17", Required, "A category that was unticked is kept out of searches, reads, versions, includes and $everything.", CONSENT, |c| Box::pin(unticked(c, true))),
];

/// A login with this scope; a skip when it is not granted as asked.
async fn scoped(context: &Context, scope: &str) -> Result<Session, Finding> {
    let client = match context.public_client().await {
        Ok(client) => client,
        Err(_) => context.confidential_client().await?,
    };
    let mut wish = context.wish(client).await?;
    wish.scope = format!("launch/patient {scope}");
    context.grant(&wish).await
}

async fn one_type(context: &Context) -> Verdict {
    let session = scoped(context, "patient/Observation.rs").await?;
    let patient = &session.patient;
    let allowed = at(
        context,
        &format!("Observation?patient={patient}"),
        &session.token,
    )
    .await?;
    allowed.expect_status(200)?;
    let mut faults = Faults::default();
    for path in [
        format!("Condition?patient={patient}"),
        format!("Immunization?patient={patient}"),
    ] {
        let answer = at(context, &path, &session.token).await?;
        faults.part(&path, no_matches(&answer))?;
    }
    faults.verdict()
}

/// 403, or an empty Bundle.
fn no_matches(answer: &Answer) -> Verdict {
    if answer.status == 403 {
        return Ok(());
    }
    let bundle = searchset(answer)?;
    let mut found = entries(&bundle).filter(|entry| entry["search"]["mode"] != "outcome");
    ensure(found.next().is_none(), || "there are matches".into())
}

const LABORATORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory";

fn is_laboratory(record: &Value) -> bool {
    is_categorised(record, "laboratory")
}

/// Whether a record belongs to the laboratory and not to genomics as well, which a person decides
/// on by itself.
fn is_laboratory_alone(record: &Value) -> bool {
    is_laboratory(record) && !is_categorised(record, "GE")
}

fn is_categorised(record: &Value, code: &str) -> bool {
    let categories = record["category"].as_array().into_iter().flatten();
    let codings = categories
        .filter_map(|category| category["coding"].as_array())
        .flatten();
    codings.into_iter().any(|coding| coding["code"] == code)
}

/// The id of a record of a category, as the first login sees it.
async fn sample(context: &Context, code: &str) -> Result<String, Finding> {
    let Some(category) = Category::find(code) else {
        return skip(format!("there is no category {code}"));
    };
    let collection = context.collection(category).await?;
    match collection.resources.iter().find(|record| match code {
        "VIT" => !is_laboratory(record),
        _ => is_laboratory_alone(record),
    }) {
        Some(record) => Ok(name_of(record)),
        None => skip(format!("there are no {}", category.title)),
    }
}

async fn one_category(context: &Context) -> Verdict {
    let (laboratory, vital) = (sample(context, "LAB").await?, sample(context, "VIT").await?);
    let session = scoped(
        context,
        &format!("patient/Observation.rs?category={LABORATORY}"),
    )
    .await?;
    if !session.scope().contains("laboratory") {
        return skip("scopes for one category are not granted");
    }
    let path = format!("Observation?patient={}", session.patient);
    let bundle = searchset(&at(context, &path, &session.token).await?)?;
    let mut faults = Faults::default();
    for record in entries(&bundle).map(|entry| &entry["resource"]) {
        let is_odd = record["resourceType"] == "Observation" && !is_laboratory(record);
        faults.unless(!is_odd, || format!("{} came back", name_of(record)));
    }
    let own = at(context, &laboratory, &session.token).await?;
    faults.part(&laboratory, own.expect_status(200))?;
    faults.part(
        &vital,
        is_kept_out(&at(context, &vital, &session.token).await?),
    )?;
    faults.verdict()
}

async fn unticked(context: &Context, everywhere: bool) -> Verdict {
    let laboratory = sample(context, "LAB").await?;
    let client = context.public_client().await?;
    let mut wish = context.wish(client).await?;
    wish.without = Some("laboratory".to_owned());
    let session = context.grant(&wish).await?;
    let searched = format!(
        "Observation?patient={}&category=laboratory",
        session.patient
    );
    let mut faults = Faults::default();
    faults.part(
        "the search",
        no_laboratory(&at(context, &searched, &session.token).await?),
    )?;
    if everywhere {
        for path in [laboratory.clone(), format!("{laboratory}/_history/1")] {
            faults.part(
                &path,
                is_kept_out(&at(context, &path, &session.token).await?),
            )?;
        }
        for path in [
            format!(
                "Patient?_id={}&_revinclude=Observation:patient",
                session.patient
            ),
            format!("Patient/{}/$everything", session.patient),
        ] {
            faults.part(
                &path,
                no_laboratory(&at(context, &path, &session.token).await?),
            )?;
        }
    } else {
        let is_whole = session.scope().split_whitespace().any(|scope| {
            scope.contains("laboratory")
                || matches!(scope, "patient/*.rs" | "patient/Observation.rs")
        });
        faults.unless(!is_whole, || "the granted scope still covers it".to_owned());
    }
    faults.verdict()
}

fn no_laboratory(answer: &Answer) -> Verdict {
    if (400..500).contains(&answer.status) {
        return Ok(());
    }
    let bundle = answer.resource("Bundle")?;
    let mut records = entries(&bundle).map(|entry| &entry["resource"]);
    match records
        .find(|record| record["resourceType"] == "Observation" && is_laboratory_alone(record))
    {
        Some(record) => fail(format!("{} came back", name_of(record))),
        None => Ok(()),
    }
}
