//! The server over real HTTP: own listener, own database, movable clock, tokens of our choosing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod access;
mod agree;
mod body;
mod brands;
mod bundle;
mod catalogue;
mod conditional;
mod contention;
mod discovery;
mod dpop;
mod every_parameter;
mod everything;
mod export;
mod filters;
mod financial;
mod format;
mod genomics;
mod helpers;
mod history;
mod images;
mod includes;
mod member;
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
