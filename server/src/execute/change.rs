//! One write inside a transaction, in two steps: find what it is about, carry it out. A write of
//! its own takes both at once; a Bundle finds all its targets before it changes anything.

use std::collections::BTreeMap;

use super::bounds::Bounds;
use super::{Means, Outcome, Written};
use crate::access::decide::Authorized;
use crate::access::restriction::Restriction;
use crate::interaction::body::Body;
use crate::interaction::precondition::Precondition;
use crate::interaction::{Address, Instance, Interaction};
use crate::problem::Problem;
use crate::search::query::Query;
use crate::search::{date, index};
use crate::store::{Incoming, Occupied, Stored, Transaction};

/// A write that was decided on.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) act: Act,
    pub(super) bounds: Bounds,
    /// What criteria may find.
    pub(super) searchable: Option<Restriction>,
    /// The id of a resource that this write makes.
    pub(super) fresh: String,
    /// When it happens.
    now: i64,
}

#[derive(Debug, Clone)]
pub(super) enum Act {
    Create {
        body: Body,
        unless: Option<Query>,
    },
    Update {
        address: Address,
        body: Body,
        precondition: Precondition,
    },
    /// An update whose body a patch made from this version.
    Patched {
        address: Address,
        body: Body,
        precondition: Precondition,
        from: Origin,
    },
    Delete {
        address: Address,
        precondition: Precondition,
    },
}

/// The version that a patch was applied to.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) instance: Instance,
    pub(super) version: u32,
}

impl Change {
    /// A write; any other interaction is a defect.
    /// `fresh` is the id of a resource that it makes.
    pub(super) fn new(
        means: Means<'_>,
        authorized: Authorized,
        fresh: String,
    ) -> Result<Self, Problem> {
        let bounds = Bounds::new(&authorized);
        let searchable = authorized.searchable().cloned();
        let act = match authorized.into_interaction() {
            Interaction::Create { body, unless } => Act::Create {
                body: *body,
                unless: unless.map(|query| *query),
            },
            Interaction::Update {
                address,
                body,
                precondition,
            } => Act::Update {
                address,
                body: *body,
                precondition,
            },
            Interaction::Delete {
                address,
                precondition,
            } => Act::Delete {
                address,
                precondition,
            },
            _ => return Err(Problem::internal(&"a read among the writes")),
        };
        Ok(Self {
            fresh,
            ..Self::with(means, act, bounds, searchable)
        })
    }

    /// The update that a patch comes to.
    pub(super) fn patched(
        means: Means<'_>,
        authorized: &Authorized,
        body: Body,
        from: Origin,
    ) -> Result<Self, Problem> {
        let Interaction::Patch {
            address,
            precondition,
            ..
        } = authorized.interaction()
        else {
            return Err(Problem::internal(&"no patch among the patches"));
        };
        let act = Act::Patched {
            address: address.clone(),
            body,
            precondition: precondition.clone(),
            from,
        };
        let searchable = authorized.searchable().cloned();
        Ok(Self::with(means, act, Bounds::new(authorized), searchable))
    }

    /// The update that the edit of an operation comes to.
    pub(super) fn amended(
        means: Means<'_>,
        body: Body,
        from: Origin,
        writable: &Restriction,
    ) -> Self {
        let act = Act::Patched {
            address: Address::Instance(from.instance.clone()),
            body,
            precondition: Precondition::default(),
            from,
        };
        Self::with(means, act, Bounds::unshown(writable), None)
    }

    fn with(means: Means<'_>, act: Act, bounds: Bounds, searchable: Option<Restriction>) -> Self {
        Self {
            act,
            bounds,
            searchable,
            fresh: means.ids.next(),
            now: means.now.timestamp_millis(),
        }
    }

    /// Puts what was found in the place of what stood for it.
    pub(super) fn settle(&mut self, found: &BTreeMap<String, String>) {
        match &mut self.act {
            Act::Create { body, .. } | Act::Update { body, .. } | Act::Patched { body, .. } => {
                body.settle(found);
            }
            Act::Delete { .. } => {}
        }
    }

    /// The criteria it has, as a name: two writes with the same are about the same.
    pub(super) fn criteria(&self) -> Option<String> {
        let query = match &self.act {
            Act::Create { unless, .. } => unless.as_ref(),
            Act::Update { address, .. }
            | Act::Patched { address, .. }
            | Act::Delete { address, .. } => match address {
                Address::Instance(_) => None,
                Address::Matching(query) => Some(query.as_ref()),
            },
        }?;
        Some(format!("{}?{:?}", query.resource_type, query.applied))
    }

    /// What it may touch and show.
    pub(super) fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Adds the version. Whether the caller may write such content is asked afterwards, by
    /// [`Bounds::admit`]: it may depend on what else the transaction writes.
    pub(super) fn carry_out(
        self,
        transaction: &Transaction<'_>,
        instance: &Instance,
        occupied: &Occupied,
    ) -> Result<Outcome, Problem> {
        let (version, is_new) = match occupied {
            Occupied::Free => (1, true),
            Occupied::Deleted(version) => (version + 1, true),
            Occupied::Current(version) => (version + 1, false),
        };
        let is_shown = self.bounds.shows();
        match self.act {
            Act::Delete { .. } => {
                transaction.delete(instance.resource_type, &instance.id, version, self.now)?;
                Ok(Outcome::Deleted(Some(version)))
            }
            Act::Create { body, .. } | Act::Update { body, .. } | Act::Patched { body, .. } => {
                let stored = put(transaction, instance, body, version, self.now)?;
                Ok(Outcome::Written(if is_new {
                    Written::created(stored, is_shown)
                } else {
                    Written::updated(stored, is_shown)
                }))
            }
        }
    }
}

fn put(
    transaction: &Transaction<'_>,
    instance: &Instance,
    body: Body,
    version: u32,
    now: i64,
) -> Result<Stored, Problem> {
    let incoming = stamped(instance, body, version, now)?;
    let stored = Stored {
        key: 0,
        resource_type: instance.resource_type,
        id: instance.id.clone(),
        version,
        updated: incoming.updated,
        body: incoming.body.clone(),
    };
    transaction.put(incoming, version)?;
    Ok(stored)
}

fn stamped(instance: &Instance, body: Body, version: u32, now: i64) -> Result<Incoming, Problem> {
    let updated = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default();
    let json = body.stamp(&instance.id, version, &date::print(updated));
    let rows =
        index::extract(instance.resource_type, &json).map_err(|error| Problem::internal(&error))?;
    Ok(Incoming {
        resource_type: instance.resource_type,
        id: instance.id.clone(),
        updated,
        body: json.to_string().into_bytes(),
        rows,
        earlier: Vec::new(),
    })
}
