//! The server over real HTTP: own listener, own database, movable clock, tokens of our choosing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod access;
mod agree;
mod body;
mod bundle;
mod catalogue;
mod conditional;
mod contention;
mod convert;
mod discovery;
mod dpop;
mod each_operation;
mod every_parameter;
mod everything;
mod export;
mod export_parts;
mod filters;
mod format;
mod helpers;
mod history;
mod includes;
mod member;
mod member_match;
mod meta;
mod modifiers;
mod operation;
mod page;
mod patch;
mod plan;
mod read;
mod record;
mod refusals;
mod reindex;
mod search;
mod several;
mod shelf;
mod terminology;
mod trace;
mod transport;
mod two_worlds;
mod us_core;
mod values;
mod write;
