//! One document of a record, shown as far as that is safe.

use askama::Template;

use super::Chrome;
use crate::account::person::Patient;
use crate::record::attachment::Kind;
use crate::record::clinical_document::{self, Block};
use crate::record::entry::Entry;

/// One document.
#[derive(Template)]
#[template(path = "document.html")]
pub struct DocumentPage<'a> {
    /// The frame.
    pub chrome: Chrome,
    /// Whose record.
    pub patient: &'a Patient,
    /// The entry it belongs to.
    pub entry: Entry,
    /// What is attached, as far as it can be shown.
    pub parts: Vec<Part>,
}

/// A part of a document.
pub struct Part {
    /// What it is called.
    pub title: Option<String>,
    /// What it says it is.
    pub content_type: String,
    /// The language of its words, if it says which.
    pub language: Option<String>,
    /// Where it can be had.
    pub path: String,
    /// What is shown here.
    pub shown: Shown,
}

/// What is shown of a part.
pub enum Shown {
    /// Text.
    Text(String),
    /// A picture.
    Picture,
    /// A clinical document.
    ClinicalDocument(String, Vec<Block>),
    /// Nothing; it can be downloaded.
    Nothing,
    /// It is not there.
    Missing,
}

impl Shown {
    /// How bytes of this type are shown.
    pub fn of(content_type: &str, bytes: &[u8]) -> Self {
        let text = || String::from_utf8_lossy(bytes).into_owned();
        match Kind::of(content_type) {
            Kind::Text => Self::Text(text()),
            Kind::Picture => Self::Picture,
            Kind::ClinicalDocument => clinical_document::read(&text())
                .map_or(Self::Nothing, |(title, blocks)| {
                    Self::ClinicalDocument(title, blocks)
                }),
            Kind::Download => Self::Nothing,
        }
    }
}
