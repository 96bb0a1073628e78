//! A strict reader of JSON (RFC 8259), because FHIR is stricter than most readers are: duplicate
//! keys are noticed, nesting and lengths are bounded, numbers keep their text, keys their order.
//!
//! The reader keeps the open containers on a stack of its own; no input makes it recurse.

mod fault;
mod scalar;

use serde_json::{Map, Value};

use super::issue::Code;
use crate::definition::Symbol;
pub(super) use fault::Fault;
use scalar::Scanner;

/// How many arrays and objects may be open at once.
pub const MAX_DEPTH: usize = 64;

/// The most members an object may have; R4 defines no type with even a tenth of that.
pub const MAX_MEMBERS: usize = 1024;

/// The most items an array may have.
pub const MAX_ITEMS: usize = 250_000;

/// The most repeated keys that are noted.
const MAX_DUPLICATES: usize = 10;

/// A JSON text that has been read.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) value: Value,
    /// Keys that occur twice in an object, as paths below the root: `.name[0].family`.
    pub(super) duplicates: Vec<String>,
}

/// A container whose end has not been reached.
enum Open {
    /// The members read so far, and the key of the one being read.
    Object(Map<String, Value>, String),
    Array(Vec<Value>),
}

struct Reader<'t> {
    scanner: Scanner<'t>,
    open: Vec<Open>,
    duplicates: Vec<String>,
}

/// Reads one JSON text that fills `bytes`; a byte order mark in front is skipped, as RFC 8259
/// section 8.1 allows.
pub(super) fn parse(bytes: &[u8]) -> Result<Document, Fault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| Fault::encoding(bytes, &error))?;
    let mut reader = Reader {
        scanner: Scanner::new(text),
        open: Vec::new(),
        duplicates: Vec::new(),
    };
    let value = reader.document()?;
    Ok(Document {
        value,
        duplicates: reader.duplicates,
    })
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Value, Fault> {
        loop {
            let value = self.begin()?;
            let Some(value) = value else { continue };
            if let Some(root) = self.place(value)? {
                self.scanner.end()?;
                return Ok(root);
            }
        }
    }

    /// Reads a scalar or an empty container, or opens a container and yields nothing.
    fn begin(&mut self) -> Result<Option<Value>, Fault> {
        match self.scanner.peek() {
            Some(b'{') => {
                self.deepen()?;
                if self.scanner.skip(b'}') {
                    return Ok(Some(Value::Object(Map::new())));
                }
                let key = self.scanner.key()?;
                self.open.push(Open::Object(Map::new(), key));
                Ok(None)
            }
            Some(b'[') => {
                self.deepen()?;
                if self.scanner.skip(b']') {
                    return Ok(Some(Value::Array(Vec::new())));
                }
                self.open.push(Open::Array(Vec::new()));
                Ok(None)
            }
            _ => self.scanner.scalar().map(Some),
        }
    }

    /// Consumes the bracket, if one more container may be open.
    fn deepen(&mut self) -> Result<(), Fault> {
        if self.open.len() < MAX_DEPTH {
            self.scanner.bump();
            return Ok(());
        }
        let code = if self.is_in_elements() {
            Code::Structure
        } else {
            Code::TooCostly
        };
        let what = format!("Nesting is deeper than the {MAX_DEPTH} levels that are read.");
        Err(self.scanner.fault(code, what))
    }

    /// Whether what is nested are FHIR elements, and not brackets for their own sake.
    fn is_in_elements(&self) -> bool {
        let last = self.open.iter().rev().take(2);
        last.into_iter()
            .any(|open| matches!(open, Open::Object(_, key) if Symbol::of(key).is_some()))
    }

    /// Puts a value into the container that waits for it and closes what ends after it; yields
    /// the value if there is no such container.
    fn place(&mut self, mut value: Value) -> Result<Option<Value>, Fault> {
        while let Some(open) = self.open.pop() {
            let closed = match open {
                Open::Object(members, key) => self.place_member(members, key, value)?,
                Open::Array(items) => self.place_item(items, value)?,
            };
            match closed {
                Some(closed) => value = closed,
                None => return Ok(None),
            }
        }
        Ok(Some(value))
    }

    fn place_member(
        &mut self,
        mut members: Map<String, Value>,
        key: String,
        value: Value,
    ) -> Result<Option<Value>, Fault> {
        if members.len() >= MAX_MEMBERS {
            let what = format!("An object has more than the {MAX_MEMBERS} members that are read.");
            return Err(self.scanner.fault(Code::TooLong, what));
        }
        if members.contains_key(&key) {
            self.note_duplicate(&key);
        }
        members.insert(key, value);
        if !self.scanner.goes_on(b'}')? {
            return Ok(Some(Value::Object(members)));
        }
        let key = self.scanner.key()?;
        self.open.push(Open::Object(members, key));
        Ok(None)
    }

    fn place_item(&mut self, mut items: Vec<Value>, value: Value) -> Result<Option<Value>, Fault> {
        if items.len() >= MAX_ITEMS {
            let what = format!("An array has more than the {MAX_ITEMS} items that are read.");
            return Err(self.scanner.fault(Code::TooLong, what));
        }
        items.push(value);
        if !self.scanner.goes_on(b']')? {
            return Ok(Some(Value::Array(items)));
        }
        self.open.push(Open::Array(items));
        Ok(None)
    }

    fn note_duplicate(&mut self, key: &str) {
        if self.duplicates.len() == MAX_DUPLICATES {
            return;
        }
        let step = |open: &Open| match open {
            Open::Object(_, key) => format!(".{}", fault::step(key)),
            Open::Array(items) => format!("[{}]", items.len()),
        };
        let above: String = self.open.iter().map(step).collect();
        self.duplicates
            .push(format!("{above}.{}", fault::step(key)));
    }
}

#[cfg(test)]
mod tests;
