//! SRC-06 to SRC-10: the periodic update, `_lastUpdated`.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use super::search::{Anchor, anchor, same_set};
use crate::catalogue::Check;
use crate::catalogue::Level::Required;
use crate::context::Context;
use crate::outcome::{Faults, Finding, Verdict, skip};
use crate::requirement::place::{LAST_UPDATED, SEARCH_DATE};
use crate::resource::{last_updated, last_updated_text, name_of};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("SRC-06", Required, "Nothing is newer than the newest record.", LAST_UPDATED, |c| Box::pin(after_newest(c))),
    Check::new("SRC-07", Required, "Everything is newer than a moment before the oldest record.", LAST_UPDATED, |c| Box::pin(before_oldest(c))),
    Check::new("SRC-08", Required, "A periodic query from the middle yields exactly the records changed later.", LAST_UPDATED, |c| Box::pin(middle(c))),
    Check::new("SRC-09", Required, "A date, a date-time without zone, an instant and one with an offset all work for _lastUpdated.", SEARCH_DATE, |c| Box::pin(precisions(c))),
    Check::new("SRC-10", Required, "Two bounds on _lastUpdated and the category are all applied together.", SEARCH_DATE, |c| Box::pin(two_bounds(c))),
];

/// Records with the instants of their last change, oldest first.
type Dated<'a> = Vec<(DateTime<FixedOffset>, &'a Value)>;

/// The records in order of change; a skip when one has no instant.
pub(super) fn dated(resources: &[Value]) -> Result<Dated<'_>, Finding> {
    if resources.is_empty() {
        return skip("there are no records");
    }
    let dated: Option<Dated<'_>> = resources
        .iter()
        .map(|resource| last_updated(resource).map(|instant| (instant, resource)))
        .collect();
    match dated {
        Some(mut dated) => {
            dated.sort_by_key(|(instant, _)| *instant);
            Ok(dated)
        }
        None => skip("not every record has meta.lastUpdated"),
    }
}

fn written(resource: &Value) -> &str {
    last_updated_text(resource).unwrap_or_default()
}

/// The record in the middle, as written and as the set of what was changed later.
pub(super) fn split(resources: &[Value]) -> Result<(&str, BTreeSet<String>), Finding> {
    let dated = dated(resources)?;
    let (moment, pivot) = dated[(dated.len() - 1) / 2];
    let later = dated.iter().filter(|(instant, _)| *instant > moment);
    Ok((
        written(pivot),
        later.map(|(_, resource)| name_of(resource)).collect(),
    ))
}

async fn since(
    context: &Context,
    anchor: &Anchor,
    bound: &str,
) -> Result<BTreeSet<String>, Finding> {
    anchor
        .names(context, &[("_lastUpdated", &format!("gt{bound}"))])
        .await
}

async fn after_newest(context: &Context) -> Verdict {
    let anchor = anchor(context).await?;
    let dated = dated(&anchor.collection.resources)?;
    let (_, newest) = dated[dated.len() - 1];
    same_set(
        &since(context, &anchor, written(newest)).await?,
        &BTreeSet::new(),
    )
}

async fn before_oldest(context: &Context) -> Verdict {
    let anchor = anchor(context).await?;
    let (oldest, _) = dated(&anchor.collection.resources)?[0];
    let bound = instant(oldest - TimeDelta::milliseconds(1));
    same_set(
        &since(context, &anchor, &bound).await?,
        &anchor.collection.names(),
    )
}

fn instant(moment: DateTime<FixedOffset>) -> String {
    moment
        .with_timezone(&Utc)
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

async fn middle(context: &Context) -> Verdict {
    let anchor = anchor(context).await?;
    let (bound, later) = split(&anchor.collection.resources)?;
    same_set(&since(context, &anchor, bound).await?, &later)
}

async fn precisions(context: &Context) -> Verdict {
    let anchor = anchor(context).await?;
    let (oldest, _) = dated(&anchor.collection.resources)?[0];
    let day_before = (oldest - TimeDelta::days(2)).with_timezone(&Utc);
    let east = FixedOffset::east_opt(2 * 3600).map(|zone| day_before.with_timezone(&zone));
    let bounds = [
        day_before.format("%Y-%m-%d").to_string(),
        day_before.format("%Y-%m-%dT%H:%M:%S").to_string(),
        day_before.to_rfc3339_opts(SecondsFormat::Millis, true),
        east.map(|moment| moment.to_rfc3339_opts(SecondsFormat::Millis, false))
            .unwrap_or_default(),
    ];
    let wanted = anchor.collection.names();
    let mut faults = Faults::default();
    for bound in bounds {
        let verdict = since(context, &anchor, &bound).await;
        faults.part(&bound, verdict.and_then(|found| same_set(&found, &wanted)))?;
    }
    faults.verdict()
}

async fn two_bounds(context: &Context) -> Verdict {
    let anchor = anchor(context).await?;
    let dated = dated(&anchor.collection.resources)?;
    let ((oldest, first), (newest, last)) = (dated[0], dated[dated.len() - 1]);
    if oldest == newest {
        return skip("all records were changed at the same instant");
    }
    let (from, to) = (
        format!("gt{}", written(first)),
        format!("lt{}", written(last)),
    );
    let found = anchor
        .names(context, &[("_lastUpdated", &from), ("_lastUpdated", &to)])
        .await?;
    let between = dated
        .iter()
        .filter(|(instant, _)| *instant > oldest && *instant < newest);
    same_set(
        &found,
        &between.map(|(_, resource)| name_of(resource)).collect(),
    )
}
