//! Search, as pure functions: text to [`query::Query`], resource to index rows
//! ([`index::extract`]), query and restriction to [`plan::Plan`].
//!
//! Nothing here knows a database; `store` renders a plan to its own dialect.

pub mod chain;
pub mod clause;
pub mod contained;
pub mod date;
pub mod document;
pub mod filter;
pub mod fold;
pub mod history;
pub mod include;
pub mod index;
pub mod matches;
pub mod modifier;
pub mod number;
pub mod page;
pub mod plan;
pub mod position;
pub mod query;
pub mod record;
pub mod reference;
pub(crate) mod refusal;
pub mod several;
pub mod sort;
pub mod terminology;
pub mod token;
mod value;
