//! What stands around the resources of a Bundle: a member that is not understood is refused, for a
//! precondition that is misspelt or no text would otherwise not be kept.

use fhir::definition::{self, Type};
use serde_json::Value;

use crate::problem::{Kind, Problem, printable};

/// The members of a request that say what is to be done, and when.
const TEXTS: [&str; 6] = [
    "method",
    "url",
    "ifNoneMatch",
    "ifModifiedSince",
    "ifMatch",
    "ifNoneExist",
];

/// Checks the members of the Bundle itself.
pub(super) fn check_bundle(bundle: &Value) -> Result<(), Problem> {
    known(bundle, definition::find("Bundle"), "Bundle")
}

/// Checks the members of an entry and of its request.
pub(super) fn check_entry(entry: &Value) -> Result<(), Problem> {
    let of_entry = backbone("Bundle", "entry");
    known(entry, of_entry, "Bundle.entry")?;
    let request = &entry["request"];
    let of_request = of_entry.and_then(|ty| ty.element("request")?.member_type());
    known(request, of_request, "Bundle.entry.request")?;
    let wrong = TEXTS
        .into_iter()
        .find(|name| request.get(*name).is_some_and(|value| !value.is_string()));
    wrong.map_or(Ok(()), |name| {
        let what = format!("Bundle.entry.request.{name} is a string.");
        Err(Problem::new(Kind::Structure, what))
    })
}

fn backbone(ty: &str, name: &str) -> Option<&'static Type> {
    definition::child(ty, name)?.member_type()
}

fn known(value: &Value, ty: Option<&'static Type>, what: &str) -> Result<(), Problem> {
    let members = value.as_object().into_iter().flatten();
    let unknown = members.map(|(name, _)| name.as_str()).find(|name| {
        let plain = name.strip_prefix('_').unwrap_or(name);
        let is_element = ty.is_some_and(|ty| ty.element(plain).is_some());
        !is_element && *name != "resourceType"
    });
    unknown.map_or(Ok(()), |name| {
        let what = format!("'{}' is not an element of {what}.", printable(name));
        Err(Problem::new(Kind::Structure, what))
    })
}
