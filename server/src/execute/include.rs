//! What comes along with a page of matches.

use std::collections::BTreeSet;

use super::Means;
use crate::access::decide::Authorized;
use crate::problem::Problem;
use crate::search::include::{Include, MAX_INCLUDED, MAX_ROUNDS};
use crate::search::plan::IncludePlan;
use crate::store::Stored;

/// What comes along with a page.
pub(super) struct Included {
    pub(super) resources: Vec<Stored>,
    /// Whether `:iterate` stopped at [`MAX_ROUNDS`] and might have gone on.
    pub(super) is_cut: bool,
}

/// Every included resource once, and no match again; more than [`MAX_INCLUDED`] means that there
/// are more than that. Includes without `:iterate` start from the
/// matches only; the others go on from what was found, at most [`MAX_ROUNDS`] times.
pub(super) fn include(
    means: Means<'_>,
    authorized: &Authorized,
    matches: &[Stored],
) -> Result<Included, Problem> {
    let mut wanted: Vec<&Include> = Vec::new();
    for include in authorized.searched().flat_map(|(query, _)| &query.includes) {
        if !wanted.contains(&include) {
            wanted.push(include);
        }
    }
    let plans: Vec<(bool, IncludePlan)> = wanted
        .into_iter()
        .map(|include| {
            let plan = IncludePlan::new(include, |ty| authorized.included(ty));
            (include.iterate, plan)
        })
        .collect();
    let mut seen: BTreeSet<i64> = matches.iter().map(|stored| stored.key).collect();
    let mut start: Vec<i64> = seen.iter().copied().collect();
    let mut included = Vec::new();
    for round in 0..=MAX_ROUNDS {
        let before = included.len();
        for (iterate, plan) in &plans {
            if start.is_empty() || (round > 0 && !iterate) {
                continue;
            }
            // What is on the page already may be found again, so it does not count.
            let room = MAX_INCLUDED + 1 + seen.len();
            let found = means.store.include(plan, &start, room)?;
            included.extend(found.into_iter().filter(|stored| seen.insert(stored.key)));
            if included.len() > MAX_INCLUDED {
                return Ok(Included {
                    resources: included,
                    is_cut: false,
                });
            }
        }
        start = included
            .iter()
            .skip(before)
            .map(|stored: &Stored| stored.key)
            .collect();
    }
    Ok(Included {
        // What the last round found was not gone on from.
        is_cut: !start.is_empty() && plans.iter().any(|(iterate, _)| *iterate),
        resources: included,
    })
}
