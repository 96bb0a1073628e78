//! The attributes of a start tag.

use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;

use super::fault::{Fault, shown};

/// More than any element of FHIR has, namespace declarations included.
const MAX_ATTRIBUTES: usize = 32;

/// Attributes without those that speak to XML itself.
pub(super) type Attributes = Vec<(String, String)>;

/// Reads them. Declarations of namespaces and attributes of `XMLSchema-instance` are left out.
pub(super) fn attributes(tag: &BytesStart<'_>) -> Result<Attributes, Fault> {
    let mut found: Attributes = Vec::new();
    for (at, attribute) in tag.attributes().with_checks(false).enumerate() {
        if at == MAX_ATTRIBUTES {
            return Err(Fault::structure(format!(
                "An element has more than {MAX_ATTRIBUTES} attributes."
            )));
        }
        let attribute = attribute
            .map_err(|_| Fault::structure("The attributes of an element are malformed."))?;
        let name: &str = attribute.key.as_ref();
        if name == "xmlns" || name.starts_with("xmlns:") || name.starts_with("xsi:") {
            continue;
        }
        if found.iter().any(|(other, _)| other == name) {
            return Err(Fault::structure(format!(
                "The attribute {} is there twice.",
                shown(name)
            )));
        }
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|_| {
                Fault::structure(format!(
                    "The value of attribute {} refers to an entity that XML does not define.",
                    shown(name)
                ))
            })?;
        found.push((name.to_owned(), value.into_owned()));
    }
    Ok(found)
}

/// Takes one attribute out.
pub(super) fn take(attributes: &mut Attributes, name: &str) -> Option<String> {
    let at = attributes.iter().position(|(other, _)| other == name)?;
    Some(attributes.swap_remove(at).1)
}

/// Refuses what is left over.
pub(super) fn none_left(attributes: &Attributes) -> Result<(), Fault> {
    match attributes.first() {
        None => Ok(()),
        Some((name, _)) => Err(Fault::structure(format!(
            "The attribute {} has no meaning here.",
            shown(name)
        ))),
    }
}
