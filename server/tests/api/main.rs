//! The server over real HTTP: own listener, own database, movable clock, tokens of our choosing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![expect(
    clippy::print_stdout,
    reason = "random input says how many cases it tried"
)]

mod access;
mod agree;
mod body;
mod brands;
mod bundle;
mod catalogue;
mod compartment;
mod conditional;
mod contained;
mod contention;
mod convert;
mod credential;
mod disclosures;
mod discovery;
mod dpop;
mod each_operation;
mod every_parameter;
mod everything;
mod export;
mod export_parts;
mod filters;
mod financial;
mod format;
mod fuzz;
mod genomics;
mod helpers;
mod history;
mod images;
mod includes;
mod member;
mod member_match;
mod meta;
mod modifiers;
#[path = "../../../fhir/tests/fuzz/mutate.rs"]
mod mutate;
mod operation;
mod outcome;
mod page;
mod patch;
mod path;
mod plan;
mod read;
mod record;
mod refusals;
mod reindex;
mod remote;
mod search;
mod sensitive;
mod several;
mod shelf;
mod terminology;
mod trace;
mod transport;
mod two_worlds;
mod us_core;
mod values;
mod view;
mod wire;
mod write;
mod xml_body;
