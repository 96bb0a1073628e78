//! Codes and the sets they are taken from, as far as they may be shipped: R4's own, US Core's and
//! those that the value sets of either draw from larger systems.

mod value_set;

pub use value_set::{Part, ValueSet, every as value_sets, find as value_set};
