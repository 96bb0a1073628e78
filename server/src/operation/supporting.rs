//! What a record refers to outside of it: practitioners, organizations, places, medications.

use std::collections::{BTreeMap, BTreeSet};

use fhir::resource_type::ResourceType;
use memchr::memmem;

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
    /// The supporting types among the readable ones.
    wanted: BTreeSet<ResourceType>,
    base: &'a str,
    seen: BTreeSet<(ResourceType, String)>,
    fresh: BTreeMap<ResourceType, BTreeSet<String>>,
}

impl<'a> Supporting<'a> {
    /// Nothing yet. References below `base` are the server's own.
    pub(crate) fn new(readable: &'a Readable, base: &'a str) -> Self {
        Self {
            readable,
            wanted: readable
                .keys()
                .copied()
                .filter(|ty| part(*ty) == Part::Supporting)
                .collect(),
            base,
            seen: BTreeSet::new(),
            fresh: BTreeMap::new(),
        }
    }

    /// Whether the caller may read any supporting type at all.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// Notes what a resource refers to.
    pub(crate) fn gather(&mut self, body: &[u8]) {
        if !self.is_wanted() {
            return;
        }
        for reference in references(body) {
            let reference = reference
                .strip_prefix(self.base)
                .and_then(|rest| rest.strip_prefix('/'))
                .unwrap_or(reference);
            if !self.is_of_wanted_type(reference) {
                continue;
            }
            if let Some(Target::Local(ty, id)) = Target::relative(reference)
                && self.seen.insert((ty, id.clone()))
            {
                self.fresh.entry(ty).or_default().insert(id);
            }
        }
    }

    /// Most references are not: they are told apart before anything is kept of them.
    fn is_of_wanted_type(&self, reference: &str) -> bool {
        reference
            .split_once('/')
            .and_then(|(name, _)| ResourceType::parse(name))
            .is_some_and(|ty| self.wanted.contains(&ty))
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
            if self.fresh.is_empty() {
                break;
            }
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
    const MEMBER: &[u8] = b"\"reference\"";
    memmem::find_iter(body, MEMBER).filter_map(|at| {
        let rest = body[at + MEMBER.len()..].trim_ascii_start();
        let value = rest.strip_prefix(b":")?.trim_ascii_start();
        let value = value.strip_prefix(b"\"")?;
        let end = memchr::memchr(b'"', value)?;
        std::str::from_utf8(&value[..end]).ok()
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
