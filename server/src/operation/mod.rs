//! Operations (R4, "Extended Operations"), one file each.

pub mod validate;
