//! DICOM files (PS3.10) as they are kept in Binaries: whose they are, their attributes as JSON
//! (PS3.18 Annex F), their frames, their picture. Pure: knows neither sockets nor the database.

pub mod attribute;
mod file;
pub mod frame;
mod matching;
pub mod picture;
mod search;
mod survey;

pub use file::{File, Instance};
pub use search::{Level, Search};

/// Explicit VR little endian, the syntax that every reader has (PS3.5 Annex A.2).
pub const EXPLICIT_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2.1";
/// Implicit VR little endian (PS3.5 Annex A.1).
pub const IMPLICIT_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2";

/// Media type of a file.
pub const MEDIA_TYPE: &str = "application/dicom";

/// A unique identifier (PS3.5 §9.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uid(String);

impl Uid {
    /// Numbers joined by dots, at most 64 characters; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let legal = text.len() <= 64
            && text
                .split('.')
                .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        legal.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_joined_by_dots_are_identifiers() {
        for text in ["1", "2.25.333", "1.2.840.10008.1.2"] {
            assert!(Uid::parse(text).is_some(), "{text}");
        }
        let long = "1.".repeat(33) + "1";
        for text in ["", ".", "1.", "..", "1..2", "1.2a", "*", " 1", &long] {
            assert!(Uid::parse(text).is_none(), "{text}");
        }
    }
}
