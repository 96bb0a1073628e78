//! Why a text is not JSON.

use std::str::Utf8Error;

use crate::validate::issue::{Breach, Code, Issue, Severity};

/// The first fault of a text; nothing after it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::validate) struct Fault {
    pub(super) code: Code,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) what: String,
}

impl Fault {
    /// A fault at a byte offset of the text read so far.
    pub(super) fn at(read: &[u8], code: Code, what: String) -> Self {
        let start = read.iter().rposition(|byte| *byte == b'\n');
        let line = read.split(|byte| *byte == b'\n').count();
        let is_start = |byte: &&u8| **byte & 0b1100_0000 != 0b1000_0000;
        let before = read[start.map_or(0, |at| at + 1)..].iter();
        Self {
            code,
            line,
            column: before.filter(is_start).count() + 1,
            what,
        }
    }

    pub(super) fn encoding(bytes: &[u8], error: &Utf8Error) -> Self {
        let what = "The text is not UTF-8 here.".to_owned();
        Self::at(&bytes[..error.valid_up_to()], Code::Structure, what)
    }

    /// The fault as an issue; it concerns no element, because none could be read.
    pub(in crate::validate) fn into_issue(self) -> Issue {
        Issue {
            severity: Severity::Fatal,
            code: self.code,
            breach: Breach::Grammar,
            expression: None,
            diagnostics: format!("Line {}, column {}: {}", self.line, self.column, self.what),
            profile: None,
        }
    }
}

/// A key as a step of a path, or `?` if it cannot be one.
pub(super) fn step(key: &str) -> &str {
    let is_name = key.len() <= 64
        && key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name { key } else { "?" }
}
