//! The only module that knows HTTP: routes, authentication, negotiation, error bodies.

mod answer;
mod authenticate;
mod body;
mod conditional;
mod discovery;
mod negotiate;
mod operation;
mod pairs;
mod prefer;
mod resource;
mod routes;
mod state;
mod write;

pub(crate) use routes::routes;
pub(crate) use state::State;
