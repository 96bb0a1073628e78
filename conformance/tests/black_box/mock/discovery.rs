//! The documents anyone may read.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::{World, fhir, header};

pub const TYPES: &[&str] = &[
    "AllergyIntolerance",
    "CarePlan",
    "CareTeam",
    "Condition",
    "Coverage",
    "Device",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "ExplanationOfBenefit",
    "Goal",
    "ImagingStudy",
    "Immunization",
    "Medication",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Organization",
    "Patient",
    "Practitioner",
    "Procedure",
    "Provenance",
];

/// Search parameters besides `patient`.
const PARAMETERS: &[(&str, &str)] = &[
    ("CarePlan", "category"),
    ("CareTeam", "status"),
    ("Condition", "category code"),
    ("DiagnosticReport", "category code date status"),
    ("DocumentReference", "_id category date type status"),
    ("Encounter", "_id date class status"),
    ("MedicationRequest", "intent status"),
    ("Observation", "category code date status"),
    ("Organization", "address name"),
    ("Patient", "_id birthdate gender identifier name family"),
    ("Practitioner", "identifier name"),
    ("Procedure", "date code status"),
];

fn is_claimed(name: &str, world: &World) -> bool {
    match world.fault {
        "no-immunization-claim" => name != "Immunization",
        "no-observation-claim" => name != "Observation",
        "no-medication-claim" => !name.starts_with("Medication"),
        _ => true,
    }
}

fn claim(name: &str, world: &World) -> Value {
    let interactions = if world.has("no-search-claim") {
        json!([{"code": "read"}])
    } else {
        json!([{"code": "read"}, {"code": "vread"}, {"code": "history-instance"}, {"code": "search-type"}])
    };
    let operations = if name == "DocumentReference" {
        json!([{"name": "docref"}])
    } else {
        json!([])
    };
    let parameters: Vec<_> = PARAMETERS
        .iter()
        .filter(|(kind, _)| *kind == name)
        .flat_map(|(_, names)| names.split(' '))
        .chain(["patient"])
        .filter(|parameter| *parameter != "category" || !world.has("no-category-claim"))
        .map(|parameter| json!({"name": parameter, "type": "token"}))
        .collect();
    let profiles = if world.has("no-type-profiles") || world.has("no-profiles") {
        json!([])
    } else {
        json!([format!(
            "http://hl7.org/fhir/us/core/StructureDefinition/us-core-{name}"
        )])
    };
    json!({"type": name, "interaction": interactions, "operation": operations,
        "supportedProfile": profiles, "searchParam": parameters})
}

fn security(world: &World) -> Value {
    let token = if world.has("other-token-uri") {
        "/elsewhere"
    } else {
        "/token"
    };
    let mut security = json!({
        "service": [{"coding": [{"code": "SMART-on-FHIR"}]}],
        "extension": [{"url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
            "extension": [
                {"url": "authorize", "valueUri": format!("{}/authorize", world.origin)},
                {"url": "token", "valueUri": format!("{}{token}", world.origin)}]}],
    });
    let members = security.as_object_mut().unwrap();
    if world.has("no-security-service") {
        members.remove("service");
    }
    if world.has("no-oauth-uris") {
        members.remove("extension");
    }
    security
}

pub fn metadata(request: &HttpRequest, world: &World) -> HttpResponse {
    if world.has("picky-accept") && header(request, "accept").contains("json+fhir") {
        return HttpResponse::NotAcceptable().finish();
    }
    let resources: Vec<_> = TYPES
        .iter()
        .filter(|name| is_claimed(name, world))
        .map(|name| claim(name, world))
        .collect();
    let guides = if world.has("no-profiles") || world.has("no-guides") {
        json!([])
    } else {
        json!(["http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server|6.1.0"])
    };
    fhir(
        200,
        &json!({
            "resourceType": "CapabilityStatement", "status": "active", "kind": "instance",
            "fhirVersion": if world.has("fhir-3") { "3.0.1" } else { "4.0.1" },
            "format": ["application/fhir+json"], "instantiates": guides,
            "rest": [{"mode": "server", "resource": resources, "security": security(world)}],
        }),
    )
}

pub fn smart_configuration(world: &World) -> HttpResponse {
    let at = |path: &str| format!("{}/{path}", world.origin);
    let methods = if world.has("pkce-plain") {
        json!(["S256", "plain"])
    } else {
        json!(["S256"])
    };
    let mut document = json!({
        "issuer": world.origin, "jwks_uri": at("jwks"),
        "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
        "registration_endpoint": at("register"), "introspection_endpoint": at("introspect"),
        "revocation_endpoint": at("revoke"), "management_endpoint": at("apps"),
        "user_access_brand_bundle": at("fhir/brands"),
        "grant_types_supported": ["authorization_code"],
        "code_challenge_methods_supported": methods,
        "capabilities": ["launch-standalone", "authorize-post", "sso-openid-connect", "client-public", "client-confidential-symmetric",
            "context-standalone-patient", "permission-offline", "permission-patient"],
    });
    match world.fault {
        "no-offline" => document["capabilities"] = json!(["launch-standalone"]),
        "relative-endpoint" => document["management_endpoint"] = json!("/apps"),
        "no-introspection" => document["introspection_endpoint"] = Value::Null,
        "plain-endpoint" => {
            document["introspection_endpoint"] = json!("http://localhost/introspect");
        }
        "endpoint-elsewhere" => {
            let text = format!("https://localhost:{}/introspect", world.elsewhere);
            document["introspection_endpoint"] = json!(text);
        }
        _ => {}
    }
    let media_type = if world.has("well-known-as-text") {
        "text/plain"
    } else {
        "application/json"
    };
    HttpResponse::Ok()
        .content_type(media_type)
        .body(document.to_string())
}

pub fn brands(world: &World) -> HttpResponse {
    let address = if world.has("foreign-brands") {
        "https://other.example"
    } else {
        &world.base()
    };
    fhir(
        200,
        &json!({"resourceType": "Bundle", "type": "collection", "entry": [
        {"resource": {"resourceType": "Organization", "name": "Example"}},
        {"resource": {"resourceType": "Endpoint", "address": address}}]}),
    )
}
