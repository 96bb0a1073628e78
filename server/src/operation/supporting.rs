//! What a record refers to outside of it: practitioners, organizations, places, medications.

use std::collections::{BTreeMap, BTreeSet};

use fhir::resource_type::ResourceType;

use crate::access::restriction::Restriction;
use crate::search::plan::{Condition, Plan};
use crate::search::record::{Part, part};
use crate::search::reference::Target;

/// How far references among supporting resources are followed.
const MAX_ROUNDS: usize = 4;
/// Ids in one statement.
const CHUNK: usize = 500;

/// What may be read of each type.
pub(crate) type Readable = BTreeMap<ResourceType, Restriction>;

/// The ids that were referred to, as far as the caller may read their types.
#[derive(Debug)]
pub(crate) struct Supporting<'a> {
    readable: &'a Readable,
    base: &'a str,
    seen: BTreeSet<(ResourceType, String)>,
    fresh: BTreeMap<ResourceType, BTreeSet<String>>,
}

impl<'a> Supporting<'a> {
    /// Nothing yet. References below `base` are the server's own.
    pub(crate) fn new(readable: &'a Readable, base: &'a str) -> Self {
        Self {
            readable,
            base,
            seen: BTreeSet::new(),
            fresh: BTreeMap::new(),
        }
    }

    /// Whether the caller may read any supporting type at all.
    pub(crate) fn is_wanted(readable: &Readable) -> bool {
        readable.keys().any(|ty| part(*ty) == Part::Supporting)
    }

    /// Notes what a resource refers to.
    pub(crate) fn gather(&mut self, body: &[u8]) {
        for reference in references(body) {
            let reference = reference
                .strip_prefix(self.base)
                .and_then(|rest| rest.strip_prefix('/'))
                .unwrap_or(reference);
            let Some(Target::Local(ty, id)) = Target::relative(reference) else {
                continue;
            };
            let is_readable = part(ty) == Part::Supporting && self.readable.contains_key(&ty);
            if is_readable && self.seen.insert((ty, id.clone())) {
                self.fresh.entry(ty).or_default().insert(id);
            }
        }
    }

    /// Plans for what was noted since the last call: each inside what may be read of its type and
    /// inside `narrow`, which may say more about it.
    fn plans(&mut self, narrow: impl Fn(ResourceType) -> Vec<Condition>) -> Vec<Plan> {
        let mut plans = Vec::new();
        for (ty, ids) in std::mem::take(&mut self.fresh) {
            let Some(restriction) = self.readable.get(&ty) else {
                continue;
            };
            let ids: Vec<String> = ids.into_iter().collect();
            for chunk in ids.chunks(CHUNK) {
                let mut conditions = narrow(ty);
                conditions.push(Condition::Id(chunk.to_vec()));
                plans.push(Plan::within(ty, restriction, conditions));
            }
        }
        plans
    }

    /// Walks what was noted, and what that refers to in turn.
    pub(crate) fn follow<E>(
        &mut self,
        narrow: impl Fn(ResourceType) -> Vec<Condition>,
        mut walk: impl FnMut(&Plan, &mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        for _ in 0..MAX_ROUNDS {
            for plan in self.plans(&narrow) {
                walk(&plan, self)?;
            }
        }
        Ok(())
    }
}

/// Every `Reference.reference` in the JSON of a resource, without reading the rest of it. The
/// member's name cannot stand inside a string: its quotes would be escaped there.
fn references(body: &[u8]) -> impl Iterator<Item = &str> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    text.split("\"reference\"").skip(1).filter_map(|rest| {
        let value = rest.trim_start().strip_prefix(':')?.trim_start();
        let (value, _) = value.strip_prefix('"')?.split_once('"')?;
        Some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_and_texts_that_look_like_them_are_not() {
        let body = br#"{"a":{"reference":"Practitioner/p"},"b":[{"reference" : "Organization/o"}],
            "text":"\"reference\":\"Location/l\"","reference":{"reference":"Medication/m"}}"#;
        let found: Vec<_> = references(body).collect();
        assert_eq!(found, ["Practitioner/p", "Organization/o", "Medication/m"]);
        assert_eq!(references(b"\xff").count(), 0);
    }
}
