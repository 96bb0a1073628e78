//! One page out of the searches of several types.

use std::cmp::Ordering;

use crate::search::page::SortValue;
use crate::search::plan::Plan;
use crate::search::sort::Sort;
use crate::store::{Match, Store, StoreError, Window};

/// The first matches of all plans together, in the order of the window's direction. Each plan
/// walks its own index; what can no longer come onto the page is not looked at.
pub(super) fn search(
    store: &Store,
    plans: &[Plan],
    window: &Window,
) -> Result<Vec<Match>, StoreError> {
    let limit = window.limit as usize;
    let mut window = window.clone();
    let mut page: Vec<Match> = Vec::new();
    for plan in plans {
        page.extend(store.search(plan, &window)?);
        page.sort_by(|left, right| order(&plan.sort, window.from.back, left, right));
        page.truncate(limit);
        let is_full = page.len() == limit;
        if let Some(last) = page
            .last()
            .filter(|_| is_full && plan.sort.is_empty() && !window.from.back)
        {
            window.from.until = window.from.until.min(last.stored.key);
        }
    }
    Ok(page)
}

fn order(sort: &[Sort], back: bool, left: &Match, right: &Match) -> Ordering {
    let values = left.values.iter().zip(&right.values);
    let by_values = sort
        .iter()
        .zip(values)
        .map(|(key, (left, right))| compare(key.descending, left, right))
        .find(|order| order.is_ne());
    let forward = by_values.unwrap_or_else(|| left.stored.key.cmp(&right.stored.key));
    if back { forward.reverse() } else { forward }
}

/// As the store orders: missing values last in either direction, numbers before texts.
fn compare(descending: bool, left: &SortValue, right: &SortValue) -> Ordering {
    let missing = |value: &SortValue| *value == SortValue::Nothing;
    match (missing(left), missing(right)) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let ascending = present(left, right);
    if descending {
        ascending.reverse()
    } else {
        ascending
    }
}

fn present(left: &SortValue, right: &SortValue) -> Ordering {
    match (left, right) {
        (SortValue::Integer(left), SortValue::Integer(right)) => left.cmp(right),
        (SortValue::Text(left), SortValue::Text(right)) => left.cmp(right),
        (SortValue::Text(_), _) => Ordering::Greater,
        (_, SortValue::Text(_)) => Ordering::Less,
        (left, right) => number(left).total_cmp(&number(right)),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "whole numbers are compared with decimals only when one parameter holds both"
)]
fn number(value: &SortValue) -> f64 {
    match value {
        SortValue::Integer(value) => *value as f64,
        SortValue::Real(value) => *value,
        SortValue::Nothing | SortValue::Text(_) => f64::NAN,
    }
}
