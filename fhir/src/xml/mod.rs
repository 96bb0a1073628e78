//! The XML form of resources, both ways. <http://hl7.org/fhir/R4/xml.html>
//!
//! JSON is the form in which resources are stored and worked with; XML is translated at the edge,
//! by the tables in [`crate::definition`]. Nothing is lost on the way: decimals keep their text,
//! extensions of primitives, contained resources and narratives survive.
//!
//! ```
//! use fhir::xml;
//!
//! let text = r#"<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>"#;
//! let json = xml::read(text.as_bytes()).unwrap();
//! assert_eq!(json.to_string(), r#"{"resourceType":"Patient","active":true}"#);
//! assert_eq!(xml::write(&json, xml::Layout::Compact).unwrap(), text);
//! ```
//!
//! Comments are dropped. Document types, entities of their own, processing instructions and other
//! encodings than UTF-8 are refused, so no text can make the reader fetch or grow anything.

mod attribute;
pub(crate) mod entity;
mod fault;
mod field;
mod read;
mod write;

pub use fault::{Breach, Fault};
pub use read::read;
pub use write::{Layout, write};

/// The namespace of every element but those of a narrative.
pub const NAMESPACE: &str = "http://hl7.org/fhir";
/// The namespace of a narrative.
const XHTML: &str = "http://www.w3.org/1999/xhtml";
/// How many elements may be open at once; what is deeper is no resource that would be stored.
pub const MAX_DEPTH: usize = crate::validate::MAX_DEPTH;

/// Whether an element of a type is written as an attribute: `id` of everything but resources, and
/// `url` of an extension.
fn is_attribute(element: &crate::definition::Element) -> bool {
    matches!(element.path, "Element.id" | "Extension.url")
}

#[cfg(test)]
mod tests;
