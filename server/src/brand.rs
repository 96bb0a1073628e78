//! User-access brands (SMART 2.2, "User-access Brands and Endpoints"): who is behind this server, in
//! words that patients know, made from the server's own organizations and endpoints. Pure.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Where one brand is told from another: the address of its web presence.
const URI: &str = "urn:ietf:rfc:3986";
const CATEGORY: &str = "http://hl7.org/fhir/smart-app-launch/CodeSystem/user-access-category";
const PORTAL: &str = "http://hl7.org/fhir/StructureDefinition/organization-portal";
const VERSION: &str = "http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version";
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// Members of an organization that a brand has as they are.
const KEPT: &[&str] = &[
    "resourceType",
    "id",
    "meta",
    "identifier",
    "active",
    "name",
    "alias",
    "address",
];

/// The brands of a server.
#[derive(Debug, Clone, PartialEq)]
pub struct Brands {
    /// The Bundle.
    pub bundle: Value,
    /// The identifier of the brand that speaks for the server.
    pub primary: Value,
}

/// Where patients and developers go.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// Public base URL of this server.
    pub base: &'a str,
    /// The portal; `None` when it is not known now.
    pub portal: Option<&'a str>,
}

/// The brands that organizations and endpoints of the server make; `None` when no organization
/// with an identifier says that the server is its endpoint.
pub fn brands(organizations: &[Value], endpoints: &[Value], places: &Places<'_>) -> Option<Brands> {
    let own: Vec<&Value> = endpoints
        .iter()
        .filter(|endpoint| is_own(endpoint, places.base))
        .collect();
    let addresses: Vec<String> = own.iter().map(|endpoint| address(endpoint)).collect();
    let heads: Vec<&Value> = organizations
        .iter()
        .filter(|organization| is_shown(organization) && has_one_of(organization, &addresses))
        .collect();
    let primary = primary(heads.first()?)?;
    let mut entries: Vec<Value> = heads
        .iter()
        .map(|head| with_portal(brand(head), head, &addresses, places))
        .collect();
    for head in &heads {
        let parts = parts_of(head, organizations);
        let affiliates = parts.into_iter().filter(|part| !heads.contains(part));
        entries.extend(affiliates.map(|part| affiliate(brand(part), head)));
    }
    entries.extend(own.iter().map(|endpoint| published(endpoint, places)));
    Some(Brands {
        bundle: bundle(entries, places.base),
        primary,
    })
}

/// Whether an endpoint is this server's API.
fn is_own(endpoint: &Value, base: &str) -> bool {
    endpoint["status"] == "active"
        && endpoint["connectionType"]["code"] == "hl7-fhir-rest"
        && endpoint["address"] == base
}

fn is_shown(organization: &Value) -> bool {
    organization["active"] != false && organization["name"].is_string()
}

fn address(resource: &Value) -> String {
    let part = |name: &str| resource[name].as_str().unwrap_or_default();
    format!("{}/{}", part("resourceType"), part("id"))
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn has_one_of(organization: &Value, addresses: &[String]) -> bool {
    items(&organization["endpoint"]).any(|endpoint| {
        let named = endpoint["reference"].as_str().unwrap_or_default();
        addresses.iter().any(|address| address == named)
    })
}

/// Everything that is part of an organization, at whatever depth.
fn parts_of<'a>(head: &Value, organizations: &'a [Value]) -> Vec<&'a Value> {
    let mut whole = BTreeSet::from([address(head)]);
    let mut parts: Vec<&Value> = Vec::new();
    loop {
        let next: Vec<&Value> = organizations
            .iter()
            .filter(|organization| {
                is_shown(organization) && !whole.contains(&address(organization))
            })
            .filter(|organization| {
                let of = organization["partOf"]["reference"].as_str();
                of.is_some_and(|of| whole.contains(of))
            })
            .collect();
        if next.is_empty() {
            return parts;
        }
        whole.extend(next.iter().map(|part| address(part)));
        parts.extend(next);
    }
}

/// The identifier by which the brand is told from all others.
fn primary(organization: &Value) -> Option<Value> {
    let all: Vec<&Value> = items(&organization["identifier"])
        .filter(|identifier| identifier["value"].is_string())
        .collect();
    let best = all.iter().find(|identifier| identifier["system"] == URI);
    let chosen = best.or(all.first())?;
    let members = ["system", "value"].into_iter();
    let named = members.filter_map(|name| Some((name.to_owned(), chosen.get(name)?.clone())));
    Some(Value::Object(named.collect()))
}

/// An organization as patients know it. Its website is where its `telecom` says; a brand that was
/// never asked for one says so.
fn brand(organization: &Value) -> Map<String, Value> {
    let mut brand: Map<String, Value> = KEPT
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), organization.get(*name)?.clone())))
        .collect();
    let coding = json!({ "system": CATEGORY, "code": "clinical", "display": "Clinical" });
    brand.insert("type".into(), json!([{ "coding": [coding] }]));
    let mut websites: Vec<Value> = items(&organization["telecom"])
        .filter(|contact| contact["system"] == "url")
        .cloned()
        .collect();
    if websites.is_empty() {
        let absent = json!({ "extension": [{ "url": ABSENT, "valueCode": "asked-unknown" }] });
        websites.push(json!({ "system": "url", "_value": absent }));
    }
    brand.insert("telecom".into(), Value::Array(websites));
    brand
}

fn with_portal(
    mut brand: Map<String, Value>,
    organization: &Value,
    endpoints: &[String],
    places: &Places<'_>,
) -> Value {
    let name = organization["name"].as_str().unwrap_or_default();
    let mut portal = vec![
        json!({ "url": "portalName", "valueString": format!("{name} patient portal") }),
        json!({ "url": "portalDescription", "valueMarkdown": "Where patients and those who represent them see their record and decide which apps may." }),
    ];
    portal.extend(
        places
            .portal
            .map(|url| json!({ "url": "portalUrl", "valueUrl": url })),
    );
    let references: Vec<Value> = endpoints
        .iter()
        .map(|address| json!({ "reference": address }))
        .collect();
    portal.extend(
        references
            .iter()
            .map(|reference| json!({ "url": "portalEndpoint", "valueReference": reference })),
    );
    brand.insert(
        "extension".into(),
        json!([{ "url": PORTAL, "extension": portal }]),
    );
    brand.insert("endpoint".into(), Value::Array(references));
    Value::Object(brand)
}

/// A part refers to the brand with the portal directly: the hierarchy has two levels.
fn affiliate(mut brand: Map<String, Value>, head: &Value) -> Value {
    brand.insert(
        "partOf".into(),
        json!({ "reference": address(head), "display": head["name"] }),
    );
    Value::Object(brand)
}

/// The endpoint with its version of FHIR and the place where developers turn to.
fn published(endpoint: &Value, places: &Places<'_>) -> Value {
    let mut published = endpoint.clone();
    if let Some(members) = published.as_object_mut() {
        members.remove("text");
        members.insert(
            "extension".into(),
            json!([{ "url": VERSION, "valueCode": "4.0.1" }]),
        );
        let contact = places.portal.unwrap_or(places.base);
        members.insert(
            "contact".into(),
            json!([{ "system": "url", "value": contact }]),
        );
    }
    published
}

fn bundle(resources: Vec<Value>, base: &str) -> Value {
    let changed = resources
        .iter()
        .filter_map(|resource| resource["meta"]["lastUpdated"].as_str())
        .max()
        .unwrap_or_default()
        .to_owned();
    let entries: Vec<Value> = resources
        .into_iter()
        .map(|resource| json!({ "fullUrl": format!("{base}/{}", address(&resource)), "resource": resource }))
        .collect();
    json!({
        "resourceType": "Bundle",
        "id": "user-access-brands",
        "type": "collection",
        "timestamp": changed,
        "entry": entries,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "http://x/fhir";

    fn organization(id: &str, part_of: Option<&str>) -> Value {
        let mut organization = json!({
            "resourceType": "Organization", "id": id, "active": true, "name": id,
            "meta": { "lastUpdated": "2026-01-01T00:00:00.000Z" },
            "identifier": [{ "system": "http://hl7.org/fhir/sid/us-npi", "value": id }, { "system": URI, "value": format!("https://{id}.example.org") }],
            "telecom": [{ "system": "phone", "value": "1" }, { "system": "url", "value": format!("https://{id}.example.org") }],
        });
        if let Some(whole) = part_of {
            organization["partOf"] = json!({ "reference": format!("Organization/{whole}") });
        }
        organization
    }

    fn endpoint(id: &str, address: &str) -> Value {
        json!({
            "resourceType": "Endpoint", "id": id, "status": "active", "address": address,
            "meta": { "lastUpdated": "2026-02-01T00:00:00.000Z" },
            "connectionType": { "system": "http://terminology.hl7.org/CodeSystem/endpoint-connection-type", "code": "hl7-fhir-rest" },
            "payloadType": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/endpoint-payload-type", "code": "any" }] }],
        })
    }

    fn world() -> (Vec<Value>, Vec<Value>) {
        let mut head = organization("system", None);
        head["endpoint"] = json!([{ "reference": "Endpoint/own" }]);
        let organizations = vec![
            organization("ward", Some("clinic")),
            organization("clinic", Some("system")),
            head,
            organization("payer", None),
        ];
        (
            organizations,
            vec![
                endpoint("own", BASE),
                endpoint("other", "http://elsewhere/fhir"),
            ],
        )
    }

    #[test]
    fn the_brand_with_the_endpoint_speaks_for_its_parts() {
        let (organizations, endpoints) = world();
        let places = Places {
            base: BASE,
            portal: Some("http://portal"),
        };
        let brands = brands(&organizations, &endpoints, &places).unwrap();
        assert_eq!(
            brands.primary,
            json!({ "system": URI, "value": "https://system.example.org" })
        );
        let entries = brands.bundle["entry"].as_array().unwrap();
        let ids: Vec<_> = entries
            .iter()
            .map(|entry| entry["resource"]["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, ["system", "clinic", "ward", "own"]);
        assert_eq!(brands.bundle["timestamp"], "2026-02-01T00:00:00.000Z");
        // Not deeper than two: the ward refers to the brand with the portal.
        assert_eq!(
            entries[2]["resource"]["partOf"]["reference"],
            "Organization/system"
        );
        let bearers = entries.iter().filter(|entry| {
            items(&entry["resource"]["identifier"]).any(|own| *own == brands.primary)
        });
        assert_eq!(bearers.count(), 1);
        let options = fhir::validate::Options::default();
        let issues = fhir::validate::validate(&brands.bundle, &options);
        let errors: Vec<_> = issues.iter().filter(|issue| issue.is_error()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }

    #[test]
    fn a_server_that_no_organization_names_has_no_brands() {
        let (organizations, endpoints) = world();
        let places = Places {
            base: "http://y/fhir",
            portal: None,
        };
        assert_eq!(brands(&organizations, &endpoints, &places), None);
        assert_eq!(
            brands(
                &[],
                &endpoints,
                &Places {
                    base: BASE,
                    portal: None
                }
            ),
            None
        );
    }
}
