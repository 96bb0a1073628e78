//! One write inside a transaction, in two steps: find what it is about, carry it out. A write of
//! its own takes both at once; a Bundle finds all its targets before it changes anything.

use super::bounds::Bounds;
use super::{Means, Outcome, Written};
use crate::access::decide::Authorized;
use crate::access::restriction::Restriction;
use crate::interaction::body::Body;
use crate::interaction::precondition::Precondition;
use crate::interaction::{Address, Instance, Interaction};
use crate::problem::{Kind, Problem};
use crate::search::plan::{Plan, SearchView, unchained};
use crate::search::query::Query;
use crate::search::{date, index};
use crate::store::{Incoming, Occupied, Stored, Transaction};

/// A write that was decided on.
#[derive(Debug, Clone)]
pub(super) struct Change {
    act: Act,
    bounds: Bounds,
    /// What criteria may find.
    searchable: Option<Restriction>,
    /// The id of a resource that this write makes.
    fresh: String,
    /// When it happens.
    now: i64,
}

#[derive(Debug, Clone)]
enum Act {
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

/// What a write is about.
#[derive(Debug)]
pub(super) enum Target {
    /// There is nothing to do; this is the answer.
    Settled(Outcome),
    /// A version is to be added to what is there.
    Open(Instance, Occupied),
}

impl Change {
    /// A write; any other interaction is a defect.
    pub(super) fn new(means: Means<'_>, authorized: Authorized) -> Result<Self, Problem> {
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
        Ok(Self::with(means, act, bounds, searchable))
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

    /// An update that an operation makes.
    pub(super) fn replacing(
        means: Means<'_>,
        instance: Instance,
        body: Body,
        precondition: Precondition,
        writable: &Restriction,
    ) -> Self {
        let act = Act::Update {
            address: Address::Instance(instance),
            body,
            precondition,
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

    /// What it may touch and show.
    pub(super) fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// What it is about, in the state that the transaction sees, and whether it may go on.
    pub(super) fn target(&self, transaction: &Transaction<'_>) -> Result<Target, Problem> {
        match &self.act {
            Act::Create { body, unless } => self.created(transaction, body, unless.as_ref()),
            Act::Update {
                address,
                body,
                precondition,
            } => {
                let (instance, occupied) = match address {
                    Address::Instance(instance) => self.addressed(transaction, instance)?,
                    Address::Matching(query) => self.matching(transaction, query, body)?,
                };
                precondition.check(&occupied)?;
                Ok(Target::Open(instance, occupied))
            }
            Act::Patched {
                address,
                precondition,
                from,
                ..
            } => {
                let occupied = self.unchanged(transaction, address, from)?;
                precondition.check(&occupied)?;
                Ok(Target::Open(from.instance.clone(), occupied))
            }
            Act::Delete {
                address,
                precondition,
            } => self.deleted(transaction, address, precondition),
        }
    }

    /// Unless criteria find a resource: then that one is the answer.
    fn created(
        &self,
        transaction: &Transaction<'_>,
        body: &Body,
        unless: Option<&Query>,
    ) -> Result<Target, Problem> {
        if let Some(query) = unless
            && let Some(found) = self.find(transaction, query)?
        {
            return Ok(Target::Settled(Outcome::Written(Written::unchanged(found))));
        }
        Ok(Target::Open(self.made(body), Occupied::Free))
    }

    /// The resource with this id. One that may not be touched is answered like one that was never
    /// there.
    fn addressed(
        &self,
        transaction: &Transaction<'_>,
        instance: &Instance,
    ) -> Result<(Instance, Occupied), Problem> {
        match self.bounds.occupied(transaction, instance)? {
            Some(occupied @ Occupied::Current(_)) => Ok((instance.clone(), occupied)),
            Some(occupied) if self.bounds.may_choose_ids() => Ok((instance.clone(), occupied)),
            _ => Err(no_choice_of_id()),
        }
    }

    /// The resource that criteria find (R4, "conditional update").
    fn matching(
        &self,
        transaction: &Transaction<'_>,
        query: &Query,
        body: &Body,
    ) -> Result<(Instance, Occupied), Problem> {
        let instance = |id: &str| Instance {
            resource_type: query.resource_type,
            id: id.to_owned(),
        };
        match (self.find(transaction, query)?, body.id()) {
            (Some(found), Some(id)) if id != found.id => Err(Problem::new(
                Kind::Invalid,
                "The body has another id than the resource that the criteria find.",
            )),
            (Some(found), _) => self.addressed(transaction, &instance(&found.id)),
            (None, None) => Ok((self.made(body), Occupied::Free)),
            (None, Some(id)) => match self.addressed(transaction, &instance(id))? {
                (_, Occupied::Current(_)) => Err(Problem::new(
                    Kind::AlreadyThere,
                    "The resource with the id of the body is not one that the criteria find.",
                )),
                free => Ok(free),
            },
        }
    }

    /// The resource that a patch was applied to, if nothing happened to it meanwhile.
    fn unchanged(
        &self,
        transaction: &Transaction<'_>,
        address: &Address,
        from: &Origin,
    ) -> Result<Occupied, Problem> {
        if let Address::Matching(query) = address {
            let found = self.find(transaction, query)?;
            if found.is_none_or(|found| found.id != from.instance.id) {
                return Err(contention());
            }
        }
        match self.bounds.occupied(transaction, &from.instance)? {
            Some(occupied) if occupied == Occupied::Current(from.version) => Ok(occupied),
            _ => Err(contention()),
        }
    }

    /// What is not there, was deleted before or may not be touched is answered alike.
    fn deleted(
        &self,
        transaction: &Transaction<'_>,
        address: &Address,
        precondition: &Precondition,
    ) -> Result<Target, Problem> {
        let instance = match address {
            Address::Instance(instance) => Some(instance.clone()),
            Address::Matching(query) => self.find(transaction, query)?.map(|found| Instance {
                resource_type: found.resource_type,
                id: found.id,
            }),
        };
        let Some(instance) = instance else {
            return Ok(Target::Settled(Outcome::Deleted(None)));
        };
        match self.bounds.occupied(transaction, &instance)? {
            Some(occupied @ Occupied::Current(_)) => {
                precondition.check(&occupied)?;
                Ok(Target::Open(instance, occupied))
            }
            _ => Ok(Target::Settled(Outcome::Deleted(None))),
        }
    }

    /// The one resource that criteria find.
    fn find(
        &self,
        transaction: &Transaction<'_>,
        query: &Query,
    ) -> Result<Option<Stored>, Problem> {
        let Some(searched) = &self.searchable else {
            return Err(Problem::internal(&"criteria nobody decided on"));
        };
        let view = SearchView {
            searched,
            chained: &unchained,
        };
        let mut found = transaction.find(&Plan::search(query, &view), 2)?;
        if found.len() > 1 {
            return Err(multiple());
        }
        Ok(found.pop())
    }

    fn made(&self, body: &Body) -> Instance {
        Instance {
            resource_type: body.resource_type,
            id: self.fresh.clone(),
        }
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

impl Precondition {
    pub(super) fn check(&self, occupied: &Occupied) -> Result<(), Problem> {
        let current = match occupied {
            Occupied::Current(version) => Some(*version),
            Occupied::Free | Occupied::Deleted(_) => None,
        };
        if self.absent && current.is_some() {
            return Err(Problem::new(
                Kind::AlreadyThere,
                "There is a resource with this id already (If-None-Match: *).",
            ));
        }
        match &self.versions {
            Some(versions) if !current.is_some_and(|version| versions.contains(&version)) => {
                Err(Problem::new(
                    Kind::VersionConflict,
                    "The stored version is not the one that If-Match names; read it again.",
                ))
            }
            _ => Ok(()),
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

/// The same whether the id is in use out of sight, was so once, or never.
fn no_choice_of_id() -> Problem {
    Problem {
        allow: Some("GET, HEAD, PUT, PATCH, DELETE"),
        ..Problem::new(
            Kind::MethodNotAllowed,
            "There is no such resource that this token may write, and it may not choose the id of a new one; create it with POST.",
        )
    }
}

fn contention() -> Problem {
    Problem::new(
        Kind::Contention,
        "The resource is being changed by others; try again.",
    )
}

pub(super) fn multiple() -> Problem {
    Problem::new(
        Kind::MultipleMatches,
        "More than one resource matches the criteria; nothing was written.",
    )
}
