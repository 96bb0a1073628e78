//! USC: records against the profiles of US Core, and what of the profiles is seen in them.

use serde_json::Value;

use crate::context::Context;
use crate::outcome::{Faults, Verdict, skip};
use crate::resource::name_of;
use crate::us_core::{Kind, judges, lacks, profiles, unseen};

pub(super) async fn conforming(context: &Context, kind: &'static Kind) -> Verdict {
    let of_type = profiles(kind.resource_type, context.release().await?);
    let records = context.records(kind).await?;
    let (mut faults, mut tried) = (Faults::default(), false);
    for record in records.iter() {
        for profile in judges(record, &of_type) {
            tried = true;
            for fault in lacks(record, profile) {
                faults.add(format!("{}: {fault}", name_of(record)));
            }
        }
    }
    if !tried {
        return skip(format!(
            "no {} claims a profile of US Core",
            kind.resource_type
        ));
    }
    faults.verdict()
}

pub(super) async fn supported(context: &Context, kind: &'static Kind) -> Verdict {
    let of_type = profiles(kind.resource_type, context.release().await?);
    let records = context.records(kind).await?;
    let (mut faults, mut tried) = (Faults::default(), false);
    for profile in &of_type {
        let is_judged = |record: &&Value| {
            let mut judges = judges(record, &of_type).into_iter();
            judges.any(|judge| judge.url == profile.url)
        };
        let own: Vec<_> = records.iter().filter(is_judged).collect();
        if own.is_empty() {
            continue;
        }
        tried = true;
        let unseen = unseen(profile, &own);
        faults.unless(unseen.is_empty(), || {
            format!("{}: {}", profile.name, unseen.join(", "))
        });
    }
    if !tried {
        return skip(format!(
            "no {} claims a profile of US Core",
            kind.resource_type
        ));
    }
    faults.verdict()
}
