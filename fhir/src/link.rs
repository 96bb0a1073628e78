//! The places of a resource that name other resources, and changing what they say: references,
//! URIs and the links of narratives (<http://hl7.org/fhir/R4/http.html#trules>).

use serde_json::Value;

use crate::definition::{self, Element, Kind, Type};

/// What kind of place names a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// `Reference.reference`.
    Reference,
    /// An element of type `uri`, `url`, `oid` or `uuid`; canonical URLs are never changed.
    Uri,
    /// `href` or `src` in a narrative.
    Narrative,
}

/// Asks `replace` about each link of a resource, contained ones included, and puts what it returns
/// in its place.
pub fn rewrite(resource: &mut Value, replace: &mut dyn FnMut(Link, &str) -> Option<String>) {
    walk(resource, definition::resource(), replace);
}

fn walk(
    value: &mut Value,
    ty: &'static Type,
    replace: &mut dyn FnMut(Link, &str) -> Option<String>,
) {
    let Value::Object(members) = value else {
        return;
    };
    let named = members.get("resourceType").and_then(Value::as_str);
    let ty = match (ty.kind, named.and_then(definition::find)) {
        (Kind::Resource, Some(named)) => named,
        _ => ty,
    };
    for (key, child) in members {
        let plain = key.strip_prefix('_').unwrap_or(key);
        let Some((element, ty)) = ty.json_element(plain) else {
            continue;
        };
        let link = Some((element, ty)).filter(|_| !key.starts_with('_'));
        match child {
            Value::Array(items) => items
                .iter_mut()
                .for_each(|item| visit(item, link, ty, replace)),
            single => visit(single, link, ty, replace),
        }
    }
}

fn visit(
    value: &mut Value,
    link: Option<(&'static Element, &'static Type)>,
    ty: &'static Type,
    replace: &mut dyn FnMut(Link, &str) -> Option<String>,
) {
    match value {
        Value::String(text) => {
            let replaced = match link.and_then(|(element, ty)| kind(element, ty)) {
                Some(Link::Narrative) => narrative(text, replace),
                Some(link) => replace(link, text),
                None => None,
            };
            if let Some(replaced) = replaced {
                *text = replaced;
            }
        }
        value => walk(value, ty, replace),
    }
}

fn kind(element: &Element, ty: &Type) -> Option<Link> {
    match ty.name {
        "uri" | "url" | "oid" | "uuid" => Some(Link::Uri),
        "xhtml" => Some(Link::Narrative),
        _ if element.path == "Reference.reference" => Some(Link::Reference),
        _ => None,
    }
}

/// The narrative with other links; nothing if none changes. Its markup was checked before, so
/// that a quote behind `href=` or `src=` begins an attribute's value.
fn narrative(text: &str, replace: &mut dyn FnMut(Link, &str) -> Option<String>) -> Option<String> {
    let mut changed = String::with_capacity(text.len());
    let mut is_changed = false;
    let mut rest = text;
    while let Some(start) = value_start(rest) {
        let (before, after) = rest.split_at(start);
        let quote = before.chars().next_back().unwrap_or('"');
        let end = after.find(quote).unwrap_or(after.len());
        let (value, tail) = after.split_at(end);
        let replaced = replace(Link::Narrative, value);
        is_changed |= replaced.is_some();
        changed.push_str(before);
        changed.push_str(replaced.as_deref().unwrap_or(value));
        rest = tail;
    }
    changed.push_str(rest);
    is_changed.then_some(changed)
}

/// Where the value of the next `href` or `src` begins, behind its quote.
fn value_start(text: &str) -> Option<usize> {
    ["href=\"", "href='", "src=\"", "src='"]
        .iter()
        .filter_map(|name| text.find(name).map(|at| at + name.len()))
        .min()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_uris_and_narratives_are_rewritten_and_nothing_else_is() {
        let id = "urn:uuid:1";
        let mut resource = json!({
            "resourceType": "DocumentReference",
            "text": { "status": "generated", "div": format!("<div><a href=\"{id}\">x</a><img src='{id}'/> {id}</div>") },
            "contained": [{ "resourceType": "Patient", "managingOrganization": { "reference": id } }],
            "identifier": [{ "system": id, "value": id }],
            "description": id,
            "subject": { "reference": id, "display": id },
            "extension": [{ "url": id, "valueReference": { "reference": id } }, { "url": "x", "valueCanonical": id }],
            "content": [{ "attachment": { "url": id, "title": id } }]
        });
        let mut seen = Vec::new();
        rewrite(&mut resource, &mut |link, text| {
            seen.push(link);
            (text == id).then(|| "Patient/2".to_owned())
        });
        assert_eq!(
            resource["text"]["div"],
            format!("<div><a href=\"Patient/2\">x</a><img src='Patient/2'/> {id}</div>")
        );
        for (pointer, want) in [
            ("/contained/0/managingOrganization/reference", "Patient/2"),
            ("/identifier/0/system", "Patient/2"),
            ("/identifier/0/value", id),
            ("/description", id),
            ("/subject/reference", "Patient/2"),
            ("/subject/display", id),
            ("/extension/0/valueReference/reference", "Patient/2"),
            ("/extension/1/valueCanonical", id),
            ("/content/0/attachment/url", "Patient/2"),
            ("/content/0/attachment/title", id),
        ] {
            assert_eq!(
                resource.pointer(pointer).and_then(Value::as_str),
                Some(want),
                "{pointer}"
            );
        }
        assert!(seen.contains(&Link::Narrative));
    }
}
