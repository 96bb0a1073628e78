//! References. <http://hl7.org/fhir/R4/references.html#Reference>

use serde_json::Value;

use super::containment::contained;
use super::issue::{Code, Issue};
use super::place::Place;
use super::primitive::is_id;
use super::walk::{Frame, Scope, Walk};
use super::wording::{listed, quoted};
use crate::definition::{self, Element};
use crate::path::Node;
use crate::resource_type::ResourceType;

const FORMS: &str = "accepted are Type/id, Type/id/_history/version, an absolute URL, urn:uuid: or urn:oid:, and #id for a contained resource";

/// Where a reference leads, as far as its text tells.
#[derive(Debug, PartialEq, Eq)]
enum Target<'v> {
    /// A resource of this type on this server or, for an absolute URL, another one.
    Resource(ResourceType),
    /// The contained resource with this id; the container if it is empty.
    Contained(&'v str),
    /// Anything that a URI names.
    Elsewhere,
}

/// Why a text is not a reference.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    /// It has none of the forms.
    Form,
    /// It has the form of a relative reference, but to no type of R4.
    Type,
}

impl<'v> Walk<'v> {
    /// Notes a reference to a contained resource, checks the form of any Reference, and that it leads to a type the element allows.
    pub(super) fn reference(&mut self, element: &'static Element, frame: &Frame<'_, 'v>) {
        let text = frame.object.get("reference").and_then(Value::as_str);
        if let Some(text) = text {
            self.fragment(text, frame.scope);
        }
        if !self.options.references {
            return;
        }
        let stated = self.stated_type(frame);
        let place = frame.place.member("reference");
        let found = text.and_then(|text| self.target(text, &place, frame.scope));
        if let Some((found, stated)) = found.zip(stated).filter(|(found, stated)| found != stated) {
            let what = format!("The type is {stated}, but the reference leads to {found}.");
            let place = frame.place.member("type");
            self.issues.push(Issue::rule(Code::Invalid, &place, what));
        }
        if let Some(ty) = found.or(stated).filter(|ty| !is_allowed(element, *ty)) {
            let allowed = listed(element.targets.iter().copied());
            let what =
                format!("The reference leads to {ty}, but only these are allowed here: {allowed}.");
            self.issues
                .push(Issue::rule(Code::Invalid, frame.place, what));
        }
    }

    /// The type that `Reference.type` states; one that is no R4 type, and no URL of another
    /// model, is an issue.
    fn stated_type(&mut self, frame: &Frame<'_, 'v>) -> Option<ResourceType> {
        let stated = frame.object.get("type").and_then(Value::as_str)?;
        let name = stated.strip_prefix("http://hl7.org/fhir/StructureDefinition/");
        let ty = ResourceType::parse(name.unwrap_or(stated));
        if ty.is_none() && (name.is_some() || !stated.contains(':')) {
            let what = format!("{} is not a resource type of R4.", quoted(stated));
            let place = frame.place.member("type");
            self.issues.push(Issue::grammar(Code::Value, &place, what));
        }
        ty
    }

    /// The type that the text of a reference leads to, if it tells.
    fn target(
        &mut self,
        text: &'v str,
        place: &Place<'_>,
        scope: &Scope<'v>,
    ) -> Option<ResourceType> {
        match parse(text, scope.is_entry) {
            Ok(Target::Resource(ty)) => Some(ty),
            Ok(Target::Elsewhere) => None,
            Ok(Target::Contained("")) if scope.contained.is_some() => type_of(scope.root.value()?),
            Ok(Target::Contained(id)) => self.contained_type(id, place, scope),
            Err(fault) => {
                let text = quoted(text);
                let what = match fault {
                    Fault::Form => format!("{text} is not a reference; {FORMS}."),
                    Fault::Type => {
                        format!("{text} does not begin with a resource type of R4; {FORMS}.")
                    }
                };
                self.issues.push(Issue::grammar(Code::Value, place, what));
                None
            }
        }
    }

    fn contained_type(
        &mut self,
        id: &str,
        place: &Place<'_>,
        scope: &Scope<'v>,
    ) -> Option<ResourceType> {
        let has_id = |resource: &&Value| resource.get("id").and_then(Value::as_str) == Some(id);
        let found = contained(&scope.root).iter().find(has_id);
        if found.is_none() {
            let what = format!("No contained resource has the id {} (ref-1).", quoted(id));
            self.issues.push(Issue::rule(Code::Invariant, place, what));
        }
        type_of(found?)
    }
}

/// The type that a Reference leads to or states, if it can be told.
pub(super) fn leads_to(reference: &Node<'_>, scope: &Scope<'_>) -> Option<ResourceType> {
    let member = |name: &str| reference.value()?.get(name)?.as_str();
    let found = member("reference").and_then(|text| match parse(text, scope.is_entry) {
        Ok(Target::Resource(ty)) => Some(ty),
        Ok(Target::Contained("")) => type_of(scope.root.value()?),
        Ok(Target::Contained(id)) => {
            let has_id = |resource: &&Value| resource.get("id").and_then(Value::as_str) == Some(id);
            contained(&scope.root).iter().find(has_id).and_then(type_of)
        }
        Ok(Target::Elsewhere) | Err(_) => None,
    });
    found.or_else(|| {
        let stated = member("type")?;
        let name = stated.strip_prefix("http://hl7.org/fhir/StructureDefinition/");
        ResourceType::parse(name.unwrap_or(stated))
    })
}

fn type_of(resource: &Value) -> Option<ResourceType> {
    resource
        .get("resourceType")
        .and_then(Value::as_str)
        .and_then(ResourceType::parse)
}

/// Whether an element may refer to the type; an element without targets may refer to any.
fn is_allowed(element: &Element, ty: ResourceType) -> bool {
    let is_a = |target: &&str| *target == ty.as_str() || definition::is_a(ty.as_str(), target);
    element.targets.is_empty() || element.targets.iter().any(is_a)
}

/// Reads the text of a reference. Within a Bundle it may be a search, which a transaction
/// resolves (<http://hl7.org/fhir/R4/http.html#trules>).
fn parse(text: &str, may_search: bool) -> Result<Target<'_>, Fault> {
    if let Some(id) = text.strip_prefix('#') {
        let is_local = id.is_empty() || is_id(id);
        return if is_local {
            Ok(Target::Contained(id))
        } else {
            Err(Fault::Form)
        };
    }
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err(Fault::Form);
    }
    if is_absolute(text) {
        return if is_sound_urn(text) {
            Ok(absolute(text))
        } else {
            Err(Fault::Form)
        };
    }
    if let Some((ty, _)) = text.split_once('?').filter(|_| may_search) {
        return ResourceType::parse(ty)
            .map(Target::Resource)
            .ok_or(Fault::Type);
    }
    relative(text).map(Target::Resource)
}

/// Whether the text begins with the scheme of a URI (RFC 3986 section 3.1).
fn is_absolute(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        !rest.is_empty()
            && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(is_letter)
    })
}

/// Whether a `urn:uuid:` holds a UUID; other URIs are not looked into.
fn is_sound_urn(text: &str) -> bool {
    text.strip_prefix("urn:uuid:").is_none_or(|uuid| {
        let is_digit = |(at, byte): (usize, u8)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        };
        uuid.len() == 36 && uuid.bytes().enumerate().all(is_digit)
    })
}

/// An absolute URL may be that of a resource on a FHIR server.
fn absolute(text: &str) -> Target<'_> {
    let is_web = text.starts_with("http://") || text.starts_with("https://");
    let parts: Vec<_> = text.rsplitn(5, '/').collect();
    let found = match parts.as_slice() {
        [version, "_history", id, ty, _] if is_id(version) => Some((ty, id)),
        [id, ty, _, ..] => Some((ty, id)),
        _ => None,
    };
    found
        .filter(|(_, id)| is_web && is_id(id))
        .and_then(|(ty, _)| ResourceType::parse(ty))
        .map_or(Target::Elsewhere, Target::Resource)
}

/// `Type/id` or `Type/id/_history/version`.
fn relative(text: &str) -> Result<ResourceType, Fault> {
    let parts: Vec<_> = text.splitn(5, '/').collect();
    let (ty, id) = match parts.as_slice() {
        [ty, id] => (ty, id),
        [ty, id, "_history", version] if is_id(version) => (ty, id),
        _ => return Err(Fault::Form),
    };
    if !is_id(id) {
        return Err(Fault::Form);
    }
    ResourceType::parse(ty).ok_or(Fault::Type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_have_known_forms() {
        let patient = || Ok(Target::Resource(ResourceType::parse("Patient").unwrap()));
        for text in [
            "Patient/1",
            "Patient/1/_history/2",
            "https://example.org/fhir/Patient/a.b-C",
            "http://example.org/Patient/1/_history/3",
        ] {
            assert_eq!(parse(text, false), patient(), "{text}");
        }
        for text in [
            "urn:uuid:C757873D-ec9a-4326-a141-556f43239520",
            "urn:oid:1.2.3",
            "https://example.org/patients?id=1",
            "http://example.org/Patient/a_b",
        ] {
            assert_eq!(parse(text, false), Ok(Target::Elsewhere), "{text}");
        }
        assert_eq!(parse("#a", false), Ok(Target::Contained("a")));
        assert_eq!(parse("Patient?identifier=a|b", true), patient());
    }

    #[test]
    fn other_texts_are_no_references() {
        for text in [
            "Patient",
            "Patient/",
            "Patient/1/extra",
            "Patient/1/_history",
            "Patient/a b",
            "/Patient/1",
            "Patient/a_b",
            "#a b",
            "urn:uuid:1",
            "Patient?name=a",
            "Patient/1/_history/2/x",
            ":x",
        ] {
            assert_eq!(parse(text, false), Err(Fault::Form), "{text}");
        }
        assert_eq!(parse("Patients/1", false), Err(Fault::Type));
        assert_eq!(parse("Patients?name=a", true), Err(Fault::Type));
    }
}
