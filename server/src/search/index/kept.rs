//! Under which keys the values of a parameter are kept. Some parameters are no more than others
//! together, `combo-code` for instance `code` and `component-code`: they have no rows of their own.

use super::Key;

/// The keys of each parameter.
pub(super) type Kept = Vec<(Key, Vec<Key>)>;

/// A parameter as a set of what its values come from.
pub(super) type Parts<'a, T> = (Key, &'a [T]);

/// Where the values of parameters are kept, given what each consists of.
pub(super) fn kept<T: PartialEq>(parameters: &[Parts<'_, T>]) -> Kept {
    let mut smallest_first: Vec<&Parts<'_, T>> = parameters.iter().collect();
    smallest_first.sort_by_key(|(_, parts)| parts.len());
    let mut with_rows: Vec<&Parts<'_, T>> = Vec::new();
    let mut kept = Kept::new();
    for parameter in smallest_first {
        let (key, whole) = parameter;
        if let Some(others) = others(whole, &with_rows) {
            kept.push((*key, others));
        } else {
            with_rows.push(parameter);
            kept.push((*key, vec![*key]));
        }
    }
    kept
}

/// Smaller parameters that together are exactly this.
fn others<T: PartialEq>(whole: &[T], smaller: &[&Parts<'_, T>]) -> Option<Vec<Key>> {
    let mut missing: Vec<&T> = whole.iter().collect();
    let mut others = Vec::new();
    for (key, parts) in smaller {
        let is_inside = parts.len() < whole.len() && parts.iter().all(|part| whole.contains(part));
        let before = missing.len();
        if is_inside {
            missing.retain(|part| !parts.contains(part));
        }
        if missing.len() < before {
            others.push(*key);
        }
    }
    (missing.is_empty() && others.len() > 1).then_some(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_others_together_has_no_rows() {
        let all: [(u16, &[u8]); 5] = [
            (1, &[1, 2, 3]),
            (2, &[1]),
            (3, &[2, 3]),
            (4, &[4, 1]),
            (5, &[]),
        ];
        let all = all.map(|(number, parts)| (Key(number), parts));
        let mut kept = kept(&all);
        kept.sort_unstable();
        let numbers = kept.iter().map(|(key, others)| {
            let others = others.iter().map(|other| other.0);
            (key.0, others.collect::<Vec<_>>())
        });
        assert_eq!(
            numbers.collect::<Vec<_>>(),
            [
                (1, vec![2, 3]),
                (2, vec![2]),
                (3, vec![3]),
                (4, vec![4]),
                (5, vec![5])
            ]
        );
    }
}
