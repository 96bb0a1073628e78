//! What a reference says about its target. <http://hl7.org/fhir/R4/references.html#literal>

use serde_json::Value;

use crate::definition::{self, Kind, Type};
use crate::path::node::Node;

/// The contained resource with this id; `#` alone is the container itself.
pub(super) fn contained<'a>(root: &Node<'a>, id: &str) -> Option<Node<'a>> {
    if id.is_empty() {
        return Some(*root);
    }
    let has_id = |resource: &&Value| resource.get("id").and_then(Value::as_str) == Some(id);
    let contained = root.value()?.get("contained")?.as_array()?;
    contained.iter().find(has_id).map(Node::resource)
}

/// The type in `Patient/1`, `https://example.org/fhir/Patient/1` or `Patient/1/_history/2`.
pub(super) fn target_type(reference: &str) -> Option<&'static Type> {
    let path = reference.split(['?', '#', '|']).next()?;
    let mut parts = path.rsplit('/');
    let (mut id, mut name) = (parts.next()?, parts.next()?);
    if name == "_history" {
        (id, name) = (parts.next()?, parts.next()?);
    }
    resource_type(name).filter(|_| !id.is_empty())
}

/// The type that the element `Reference.type` states.
pub(super) fn stated_type(reference: &Node<'_>) -> Option<&'static Type> {
    let stated = reference.value()?.get("type")?.as_str()?;
    resource_type(
        stated
            .strip_prefix("http://hl7.org/fhir/StructureDefinition/")
            .unwrap_or(stated),
    )
}

fn resource_type(name: &str) -> Option<&'static Type> {
    definition::find(name).filter(|ty| ty.kind == Kind::Resource && !ty.is_abstract)
}
