//! USC: records against the profiles of US Core, and what of the profiles is seen in them.

use fhir::profile::Profile;
use serde_json::Value;

use crate::context::Context;
use crate::outcome::{Faults, Finding, Verdict, skip};
use crate::resource::name_of;
use crate::us_core::{Kind, closest, fitting, is_about, judges, lacks, profiles, unseen};

/// Records without a claim that are held against every profile of their type.
const MOST_GUESSED: usize = 400;

/// A record that claims no profile, and those that are about such records.
type Guess<'a> = (&'a Value, Vec<&'static Profile>);

/// Records of a type where none claims a profile of several, spread over all of them. Where some
/// claim one, those that do not are no slip: they may follow another guide.
fn unclaimed<'a>(records: &'a [Value], of_type: &[&'static Profile]) -> Vec<Guess<'a>> {
    let claims = |record: &Value| !judges(record, of_type).is_empty();
    if records.iter().any(claims) {
        return Vec::new();
    }
    let about = |record: &Value| -> Vec<_> {
        let all = of_type.iter().copied();
        all.filter(|profile| is_about(record, profile)).collect()
    };
    let step = records.len().div_ceil(MOST_GUESSED).max(1);
    let spread = records.iter().step_by(step);
    spread.map(|record| (record, about(record))).collect()
}

fn no_profile<T>(kind: &Kind) -> Result<T, Finding> {
    skip(format!(
        "no {} claims or fits a profile of US Core",
        kind.resource_type
    ))
}

pub(super) async fn conforming(context: &Context, kind: &'static Kind) -> Verdict {
    let of_type = profiles(kind.resource_type, context.release().await?);
    let records = context.records(kind).await?;
    let (mut faults, mut strays) = (Faults::default(), Faults::default());
    if of_type.is_empty() {
        return no_profile(kind);
    }
    for record in records.iter() {
        for profile in judges(record, &of_type) {
            for fault in lacks(record, profile) {
                faults.add(format!("{}: {fault}", name_of(record)));
            }
        }
    }
    for (record, about) in unclaimed(&records, &of_type) {
        if let Some(fault) = closest(record, &about) {
            strays.add(format!("{}: {fault}", name_of(record)));
        }
    }
    faults.verdict()?;
    strays.verdict().map_err(|finding| match finding {
        Finding::Fail(reason) => Finding::Warn(format!(
            "these claim no profile, and even the closest one does not fit: {reason}"
        )),
        other => other,
    })
}

pub(super) async fn supported(context: &Context, kind: &'static Kind) -> Verdict {
    let of_type = profiles(kind.resource_type, context.release().await?);
    let records = context.records(kind).await?;
    let guessed: Vec<_> = unclaimed(&records, &of_type)
        .into_iter()
        .map(|(record, about)| (record, fitting(record, &about)))
        .collect();
    let claimed = records
        .iter()
        .map(|record| (record, judges(record, &of_type)));
    let judged: Vec<_> = claimed.chain(guessed).collect();
    let (mut faults, mut tried) = (Faults::default(), false);
    for profile in &of_type {
        let own: Vec<_> = judged
            .iter()
            .filter(|(_, judges)| judges.iter().any(|judge| judge.url == profile.url))
            .map(|(record, _)| *record)
            .collect();
        if own.is_empty() {
            continue;
        }
        tried = true;
        let unseen = unseen(profile, &own);
        faults.unless(unseen.is_empty(), || {
            format!("{}: {}", profile.name, unseen.join(", "))
        });
    }
    if tried {
        return faults.verdict();
    }
    no_profile(kind)
}
