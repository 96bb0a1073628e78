//! Who may do what: a token becomes an [`authority::Authority`], and [`decide`](decide::decide)
//! is a function from it and an interaction to a [`restriction::Restriction`] or a refusal.

pub mod authority;
pub mod decide;
pub mod restriction;
