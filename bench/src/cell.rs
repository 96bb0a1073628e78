//! The cells: what is measured, in what unit, and what it should reach.

use std::pin::Pin;
use std::rc::Rc;

use rand_chacha::ChaCha8Rng;

use crate::cells;
use crate::connection::Failure;
use crate::world::{Session, World};

/// The answer of a flow: how many units of work it did.
pub(crate) type Flowing<'a> = Pin<Box<dyn Future<Output = Result<u64, Failure>> + 'a>>;

/// One step of a workload: sends, checks the answers against the dataset, and counts.
pub(crate) type Flow = for<'a> fn(&'a mut Session, &'a World, &'a mut ChaCha8Rng) -> Flowing<'a>;

/// What must be there before the time runs, and is not measured.
pub(crate) type Prepare = fn(Rc<World>) -> Pin<Box<dyn Future<Output = Result<(), Failure>>>>;

/// A figure with the value to hold and the value to be remembered for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// Server CPU per flow in microseconds, at most.
    Cpu(f64, f64),
    /// Units per second, at least.
    Units(f64, f64),
    /// Median latency in milliseconds, at most.
    Median(f64, f64),
    /// Nothing is promised.
    None,
}

/// What a cell needs besides the dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// A FHIR server.
    Fhir,
    /// A FHIR server that may be written to.
    Write,
    /// Our own authorization server too.
    Own,
    /// The same, holding so many live tokens; its size is their number.
    Tokens,
}

/// A cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    /// Short name, for instance `R1`.
    pub(crate) id: &'static str,
    /// What is asked.
    pub(crate) title: &'static str,
    /// What is counted.
    pub(crate) unit: &'static str,
    /// Concurrent connections.
    pub(crate) connections: u64,
    /// What it should reach.
    pub(crate) goal: Goal,
    /// What it needs.
    pub(crate) needs: Needs,
    /// What it does.
    pub(crate) flow: Flow,
    /// What is made ready before each repetition.
    pub(crate) prepare: Option<Prepare>,
}

macro_rules! cells {
    ($($id:literal $title:literal $unit:literal $connections:literal $goal:expr, $needs:ident, $flow:path $(, after $prepare:path)?;)*) => {
        /// Every cell, in the order in which they run: those that write come last.
        pub(crate) const CELLS: &[Cell] = &[$(Cell {
            id: $id,
            title: $title,
            unit: $unit,
            connections: $connections,
            goal: $goal,
            needs: Needs::$needs,
            flow: |session, world, random| Box::pin($flow(session, world, random)),
            prepare: preparation!($($prepare)?),
        }),*];
    };
}

macro_rules! preparation {
    () => {
        None
    };
    ($prepare:path) => {
        Some(|world| Box::pin($prepare(world)))
    };
}

cells! {
    "B3" "metadata" "requests" 8 Goal::None, Fhir, cells::read::metadata;
    "R1" "read by id" "requests" 8 Goal::Cpu(60.0, 35.0), Fhir, cells::read::read;
    "R2a" "read of version 1" "requests" 8 Goal::None, Fhir, cells::read::version;
    "R2b" "conditional read, 304" "requests" 8 Goal::None, Fhir, cells::read::unmodified;
    "R3" "unknown id" "requests" 8 Goal::None, Fhir, cells::read::miss;
    "S1" "laboratory page of a patient" "requests" 8 Goal::Cpu(300.0, 130.0), Fhir, cells::search::page;
    "S2" "one code of a patient" "requests" 8 Goal::Cpu(80.0, 40.0), Fhir, cells::search::code;
    "S3" "count of a code" "requests" 1 Goal::Median(50.0, 1.0), Fhir, cells::search::count;
    "S4" "page walk over a code" "resources" 1 Goal::Units(60_000.0, 300_000.0), Fhir, cells::search::walk;
    "S5" "nothing new for a patient" "requests" 8 Goal::Cpu(80.0, 40.0), Fhir, cells::search::nothing_new;
    "S6a" "patient by identifier" "requests" 8 Goal::None, Fhir, cells::search::identifier;
    "S6b" "patients by name and birth date" "requests" 8 Goal::None, Fhir, cells::search::name;
    "S7a" "medications with their encounters" "requests" 8 Goal::None, Fhir, cells::search::include;
    "S7b" "patient with conditions and allergies" "requests" 8 Goal::None, Fhir, cells::search::revinclude;
    "S8a" "observations by patient.identifier" "requests" 8 Goal::None, Fhir, cells::search::chain;
    "S8b" "patients that have an observation" "requests" 1 Goal::None, Fhir, cells::search::has;
    "E1" "$everything of a patient" "patients" 1 Goal::Cpu(1000.0, 250.0), Fhir, cells::sync::everything;
    "Y1" "first connection: 13 requests" "syncs" 8 Goal::Cpu(4000.0, 1200.0), Fhir, cells::sync::first;
    "Y2" "periodic sync, nothing new" "syncs" 8 Goal::Cpu(1500.0, 500.0), Fhir, cells::sync::periodic;
    "Y3a" "10 apps: first and periodic syncs, a writer" "syncs" 10 Goal::None, Own, cells::sync::many;
    "Y3b" "100 apps: first and periodic syncs, a writer" "syncs" 100 Goal::None, Own, cells::sync::many;
    "Y3c" "1000 apps: first and periodic syncs, a writer" "syncs" 1000 Goal::None, Own, cells::sync::many;
    "X1" "bulk export of everything" "resources" 1 Goal::Units(100_000.0, 400_000.0), Own, cells::export::export;
    "A1" "discovery" "requests" 8 Goal::None, Own, cells::oauth::discovery;
    "A2" "code exchange, the token call alone" "tokens" 32 Goal::Units(500.0, 3000.0), Own, cells::oauth::exchange, after cells::stock::codes;
    "A3" "refresh" "tokens" 8 Goal::Units(500.0, 3000.0), Own, cells::oauth::refresh;
    "A4a" "backend token, ES384" "tokens" 32 Goal::Units(800.0, 3000.0), Own, cells::oauth::backend, after cells::stock::es384;
    "A4b" "backend token, RS384" "tokens" 32 Goal::Units(800.0, 3000.0), Own, cells::oauth::backend, after cells::stock::rs384;
    "A5" "introspection, one in ten unknown" "requests" 8 Goal::Cpu(66.7, 25.0), Tokens, cells::oauth::introspect, after cells::stock::tokens;
    "A6o" "read at the open mirror" "requests" 8 Goal::None, Own, cells::oauth::open_read;
    "A6a" "the same with a patient's token" "requests" 8 Goal::Cpu(85.0, 45.0), Own, cells::oauth::authorized_read;
    "A6b" "laboratory page with a patient's token" "requests" 8 Goal::Cpu(325.0, 140.0), Own, cells::oauth::authorized_page;
    "A8" "revocation and the refusal after it" "tokens" 1 Goal::Median(1000.0, 10.0), Own, cells::oauth::revocation;
    "I2a" "create, one connection" "resources" 1 Goal::Median(2.0, 0.7), Write, cells::write::create;
    "I2c" "create of 4.4 KB, 8 connections" "resources" 8 Goal::None, Write, cells::write::create_large;
    "I2b" "create, 32 connections" "resources" 32 Goal::Units(1500.0, 4000.0), Write, cells::write::create;
    "I3a" "update" "resources" 8 Goal::None, Write, cells::write::update;
    "I3c" "update with If-Match" "resources" 8 Goal::None, Write, cells::write::guarded_update;
    "I3b" "conditional create that finds" "requests" 8 Goal::None, Write, cells::write::conditional_create;
    "I4" "the same transaction again" "resources" 4 Goal::None, Write, cells::write::again;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let ids: BTreeSet<_> = CELLS.iter().map(|cell| cell.id).collect();
        assert_eq!(ids.len(), CELLS.len());
    }
}
