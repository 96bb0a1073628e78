//! Which parameters a resource can have values for: most of a type's read elements that a resource
//! does not have, and need not be evaluated.

use std::collections::{BTreeSet, HashMap};

use fhir::path::Needs;
use serde_json::Value as Json;

/// What must be seen in a resource before an expression is evaluated: a bit for each set of keys of
/// which the resource must have one. Nothing is asked for by the default.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gate(u128);

impl Gate {
    /// Whether a resource in which `seen` was found may pass.
    pub(super) fn is_open(self, seen: Self) -> bool {
        self.0 & !seen.0 == 0
    }

    /// The gate that both stand behind.
    #[must_use]
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The gates of a type.
#[derive(Debug, Default)]
pub(super) struct Gates {
    sets: HashMap<BTreeSet<String>, Gate>,
    /// What each key of the JSON form opens.
    keys: HashMap<String, Gate>,
}

impl Gates {
    /// The gate for what an expression needs; an open one when there are no bits left.
    pub(super) fn of(&mut self, needs: Needs) -> Gate {
        if !needs.is_a_key() {
            return Gate::default();
        }
        if let Some(known) = self.sets.get(&needs.keys) {
            return *known;
        }
        let bit = u32::try_from(self.sets.len()).ok();
        let gate = Gate(bit.and_then(|bit| 1_u128.checked_shl(bit)).unwrap_or(0));
        for key in &needs.keys {
            let opened = self.keys.entry(key.clone()).or_default();
            *opened = opened.and(gate);
        }
        self.sets.insert(needs.keys, gate);
        gate
    }

    /// What is seen in a resource. Extensions of a primitive stand for it.
    pub(super) fn seen(&self, resource: &Json) -> Gate {
        let keys = resource.as_object().into_iter().flatten();
        keys.filter_map(|(key, _)| self.keys.get(key.strip_prefix('_').unwrap_or(key)))
            .fold(Gate::default(), |seen, opened| seen.and(*opened))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn needs(keys: &[&str]) -> Needs {
        Needs {
            nothing: keys.is_empty(),
            itself: false,
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        }
    }

    #[test]
    fn a_gate_opens_for_one_of_its_keys() {
        let mut gates = Gates::default();
        let code = gates.of(needs(&["code", "component"]));
        let value = gates.of(needs(&["valueQuantity"]));
        assert_eq!(gates.of(needs(&["valueQuantity"])), value);
        let seen = gates.seen(&json!({ "_component": [], "status": "final" }));
        assert!(code.is_open(seen) && gates.of(needs(&[])).is_open(seen));
        assert!(!value.is_open(seen) && !code.and(value).is_open(seen));
    }

    #[test]
    fn without_bits_left_a_gate_is_open() {
        let mut gates = Gates::default();
        let key = |at: usize| format!("key{at}");
        let all: Vec<Gate> = (0..130).map(|at| gates.of(needs(&[&key(at)]))).collect();
        let seen = gates.seen(&json!({ "key7": 1 }));
        let open: Vec<usize> = (0..130).filter(|at| all[*at].is_open(seen)).collect();
        assert_eq!(open, [7, 128, 129]);
    }
}
