//! The `CapabilityStatement`, computed from the tables that the server works by.

mod us_core;

use fhir::resource_type::ResourceType;
use fhir::search_parameter::{self, Kind, SearchParameter};
use fhir::us_core::UsCore;
use serde_json::{Value, json};
use smart::configuration::SmartConfiguration;

use crate::definition::compartment;
use crate::interaction::patch::JSON_PATCH;
use crate::operation::{self, Level, Operation};
use crate::search::modifier;
use crate::search::query::is_offered;

/// Where a client finds the authorization server in SMART 1 (legacy, still read by many).
const OAUTH_URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";

/// The statement of the Bulk Data guide, whose demands are met.
const BULK_DATA: &str = "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data";

/// What a statement says about the server besides its tables.
#[derive(Debug)]
pub struct Surface<'a> {
    /// Public base URL.
    pub base: &'a str,
    /// When the server started, as a FHIR dateTime.
    pub date: &'a str,
    /// Whether this is the mirror that needs no token.
    pub open: bool,
    /// The release of US Core that is supported.
    pub us_core: UsCore,
    /// The authorization server; `None` when it is not known now, or not needed.
    pub authorization: Option<&'a SmartConfiguration>,
}

/// The statement (R4, "CapabilityStatement").
pub fn statement(surface: &Surface<'_>) -> Value {
    let description = if surface.open {
        "Open mirror: the same synthetic data, read only and without a token, for learning. It exists in the demo profile only."
    } else {
        "FHIR R4 server of s4s. Every request but this one and the SMART configuration needs an access token."
    };
    let mut rest = json!({
        "mode": "server",
        "documentation": description,
        "resource": ResourceType::all()
            .filter(|ty| !INERT.contains(&ty.as_str()))
            .map(|ty| resource(ty, surface))
            .collect::<Vec<_>>(),
        "interaction": system_interactions(surface.open),
        "searchParam": system_parameters(),
        "compartment": compartment::urls(),
    });
    let on_system = |operation: &&Operation| operation.levels.contains(&Level::System);
    set_operations(&mut rest, operations(surface.open, on_system));
    if !surface.open {
        rest["security"] = security(surface.authorization);
    }
    let mut statement = json!({
        "resourceType": "CapabilityStatement",
        "url": format!("{}/metadata", surface.base),
        "version": env!("CARGO_PKG_VERSION"),
        "name": "S4sServer",
        "title": "s4s FHIR R4 server",
        "status": "active",
        "date": surface.date,
        "publisher": "s4s",
        "description": description,
        "kind": "instance",
        "instantiates": [us_core::capability_statement(surface.us_core)],
        "implementationGuide": [us_core::implementation_guide(surface.us_core)],
        "software": { "name": "s4s", "version": env!("CARGO_PKG_VERSION") },
        "implementation": { "description": "s4s, synthetic data only", "url": surface.base },
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json", "xml", "application/fhir+xml"],
        "rest": [rest],
    });
    if !surface.open {
        statement["patchFormat"] = json!(PATCH_FORMATS);
        statement["instantiates"] =
            json!([us_core::capability_statement(surface.us_core), BULK_DATA]);
    }
    statement
}

/// Types that are stored like any other but do not act: naming them would promise that they do.
const INERT: &[&str] = &["Subscription"];

/// How a patch may be written; the second and third are FHIRPath Patches.
const PATCH_FORMATS: &[&str] = &[JSON_PATCH, "application/fhir+json", "application/fhir+xml"];

/// What can be done with every type; the mirror only reads.
const READING: &[&str] = &[
    "read",
    "vread",
    "history-instance",
    "history-type",
    "search-type",
];
const WRITING: &[&str] = &["create", "update", "patch", "delete"];

fn system_interactions(open: bool) -> Value {
    let writing: &[&str] = if open { &[] } else { &["batch", "transaction"] };
    let codes = ["history-system", "search-system"].iter().chain(writing);
    codes.map(|code| json!({ "code": code })).collect()
}

/// What searches of every type take besides the parameters of the type.
const EVERYWHERE: &[(&str, &str, &str)] = &[
    (
        "_type",
        "special",
        "Of a search of the whole server or of a compartment: names of types.",
    ),
    (
        "_filter",
        "special",
        "Tests joined by and, or, not and parentheses.",
    ),
    (
        "_has",
        "special",
        "_has:Type:reference:parameter; may be nested.",
    ),
    (
        "_list",
        "special",
        "Ids of List resources that the matches are items of.",
    ),
];

fn system_parameters() -> Value {
    EVERYWHERE
        .iter()
        .map(|(name, kind, said)| json!({ "name": name, "type": kind, "documentation": said }))
        .collect()
}

fn resource(ty: ResourceType, surface: &Surface<'_>) -> Value {
    let open = surface.open;
    let writing = if open { &[] } else { WRITING };
    let interactions = READING.iter().chain(writing);
    let mut resource = json!({
        "type": ty.as_str(),
        "profile": format!("http://hl7.org/fhir/StructureDefinition/{ty}"),
        "interaction": interactions.map(|code| json!({ "code": code })).collect::<Vec<_>>(),
        "versioning": "versioned",
        "readHistory": true,
        "updateCreate": !open,
        "conditionalCreate": !open,
        "conditionalRead": "full-support",
        "conditionalUpdate": !open,
        "conditionalDelete": if open { "not-supported" } else { "single" },
        "searchInclude": includes(ty),
        "searchRevInclude": revincludes(ty),
        "searchParam": search_parameter::of(ty)
            .filter(|parameter| is_offered(parameter))
            .map(parameter)
            .chain(std::iter::once(count()))
            .collect::<Vec<_>>(),
    });
    let on_type = |operation: &&Operation| {
        operation.takes(ty)
            && [Level::Type, Level::Instance]
                .iter()
                .any(|level| operation.levels.contains(level))
    };
    set_operations(&mut resource, operations(open, on_type));
    if let Some(members) = resource.as_object_mut() {
        // FHIR has no empty arrays.
        members.retain(|_, value| value.as_array().is_none_or(|items| !items.is_empty()));
    }
    us_core::support(&mut resource, ty, surface.us_core);
    resource
}

/// The operations that `wanted` picks, as far as the surface offers them.
fn operations(open: bool, wanted: impl Fn(&&Operation) -> bool) -> Vec<Value> {
    operation::TABLE
        .iter()
        .copied()
        .filter(|operation| !open || operation.is_mirrored)
        .filter(wanted)
        .map(|operation| json!({ "name": operation.code, "definition": operation.definition }))
        .collect()
}

fn set_operations(place: &mut Value, operations: Vec<Value>) {
    if !operations.is_empty() {
        place["operation"] = Value::Array(operations);
    }
}

/// The references of a type, as `_include` names them.
fn includes(ty: ResourceType) -> Vec<String> {
    references(ty)
        .map(|parameter| format!("{ty}:{}", parameter.code))
        .collect()
}

/// The references of other types that may point to a type. Those that may point to anything are
/// left out: they would be most of the statement.
fn revincludes(ty: ResourceType) -> Vec<String> {
    ResourceType::all()
        .flat_map(|source| references(source).map(move |parameter| (source, parameter)))
        .filter(|(_, parameter)| parameter.targets.contains(&ty.as_str()))
        .map(|(source, parameter)| format!("{source}:{}", parameter.code))
        .chain(std::iter::once("Provenance:target".to_owned()))
        .collect()
}

fn references(ty: ResourceType) -> impl Iterator<Item = &'static SearchParameter> {
    search_parameter::of(ty)
        .filter(|parameter| parameter.kind == Kind::Reference && is_offered(parameter))
}

fn parameter(parameter: &SearchParameter) -> Value {
    json!({
        "name": parameter.code,
        "definition": parameter.url,
        "type": parameter.kind.as_str(),
        "documentation": modifiers(parameter),
    })
}

/// What stands after the name and a colon.
fn modifiers(parameter: &SearchParameter) -> String {
    match modifier::of(parameter) {
        [] => "Takes no modifiers.".to_owned(),
        taken if parameter.kind == Kind::Reference => {
            format!("Modifiers: :{}, a type of its targets.", taken.join(", :"))
        }
        taken => format!("Modifiers: :{}.", taken.join(", :")),
    }
}

/// `_count` has no definition of its own in R4 but clients look for it.
fn count() -> Value {
    json!({ "name": "_count", "type": "number" })
}

fn security(authorization: Option<&SmartConfiguration>) -> Value {
    let mut security = json!({
        "cors": true,
        "service": [{
            "coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                "code": "SMART-on-FHIR",
                "display": "SMART-on-FHIR"
            }],
            "text": "OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org)"
        }],
        "description": "SMART App Launch; see .well-known/smart-configuration below the base URL.",
    });
    if let Some(configuration) = authorization {
        security["extension"] = json!([{
            "url": OAUTH_URIS,
            "extension": oauth_uris(configuration),
        }]);
    }
    security
}

fn oauth_uris(configuration: &SmartConfiguration) -> Vec<Value> {
    let uris = [
        ("authorize", Some(&configuration.authorization_endpoint)),
        ("token", Some(&configuration.token_endpoint)),
        ("register", configuration.registration_endpoint.as_ref()),
        ("manage", configuration.management_endpoint.as_ref()),
        ("introspect", configuration.introspection_endpoint.as_ref()),
        ("revoke", configuration.revocation_endpoint.as_ref()),
    ];
    uris.into_iter()
        .filter_map(|(name, uri)| uri.map(|uri| json!({ "url": name, "valueUri": uri })))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_surface(open: bool) -> Value {
        statement(&Surface {
            base: "http://x/fhir",
            date: "2026-01-01",
            open,
            us_core: UsCore::default(),
            authorization: None,
        })
    }

    #[test]
    fn only_parameters_that_searches_can_use_are_listed() {
        let statement = of_surface(false);
        let observation = statement["rest"][0]["resource"]
            .as_array()
            .unwrap()
            .iter()
            .find(|resource| resource["type"] == "Observation")
            .unwrap()
            .clone();
        let names: Vec<_> = observation["searchParam"]
            .as_array()
            .unwrap()
            .iter()
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect();
        for name in ["category", "code", "patient", "date", "_id", "_lastUpdated"] {
            assert!(names.contains(&name.to_owned()), "{name}");
        }
        assert!(!names.contains(&"_query".to_owned()));
    }

    #[test]
    fn the_statement_is_a_valid_resource() {
        for open in [false, true] {
            let options = fhir::validate::Options::default();
            let issues = fhir::validate::validate(&of_surface(open), &options);
            let errors: Vec<_> = issues.iter().filter(|issue| issue.is_error()).collect();
            assert!(errors.is_empty(), "{errors:?}");
        }
    }

    #[test]
    fn the_open_mirror_says_what_it_is_and_asks_for_no_token() {
        let statement = of_surface(true);
        assert!(
            statement["description"]
                .as_str()
                .unwrap()
                .contains("Open mirror")
        );
        assert_eq!(statement["rest"][0].get("security"), None);
    }
}
