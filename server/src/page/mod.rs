//! Pages for people: the same answers, readable in a browser. A value reaches a page only through
//! its context and is escaped there. Pages work without script and load nothing from elsewhere.

mod highlight;
mod landing;
mod resource;
mod row;

pub use landing::{Landing, landing};
pub use resource::{Place, resource};
