//! The only module that knows HTTP: routes, authentication, negotiation, error bodies.

mod answer;
mod asset;
mod authenticate;
mod body;
mod brands;
mod bundle;
mod compress;
mod conditional;
mod decompress;
mod disclose;
mod discovery;
mod export;
mod file;
mod head;
mod imaging;
mod label;
mod landing;
mod negotiate;
mod operation;
mod prefer;
mod present;
mod range;
mod refuse;
mod resource;
mod response;
mod routes;
mod spine;
mod state;
mod trace;
mod write;

pub(crate) use compress::{finish, spare_small};
pub(crate) use imaging::archive::Archive;
pub(crate) use routes::routes;
pub(crate) use state::State;
