//! Finding what a write is about, in the state that its transaction sees, and whether it may go on.

use super::change::{Act, Change, Origin};
use super::{Outcome, Written};
use crate::interaction::body::Body;
use crate::interaction::precondition::Precondition;
use crate::interaction::{Address, Instance};
use crate::problem::{Kind, Problem};
use crate::search::plan::{Plan, SearchView, unchained};
use crate::search::query::Query;
use crate::store::{Occupied, Stored, Transaction};

/// What a write is about.
#[derive(Debug)]
pub(super) enum Target {
    /// There is nothing to do; this is the answer.
    Settled(Outcome),
    /// A version is to be added to what is there.
    Open(Instance, Occupied),
}

impl Change {
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
