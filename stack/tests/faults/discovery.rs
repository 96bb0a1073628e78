//! Faults of the discovery documents.

use std::time::Duration;

use serde_json::{Value, json};

use super::fault::{Fault, fault};
use super::message::{Ask, Reply};

fn is_well_known(ask: &Ask) -> bool {
    ask.place() == Some(".well-known/smart-configuration")
}

fn smart(ask: &Ask, reply: &mut Reply, change: fn(&mut Value)) {
    if is_well_known(ask) {
        reply.change(change);
    }
}

fn statement(ask: &Ask, reply: &mut Reply, change: fn(&mut Value)) {
    if ask.place() == Some("metadata") {
        reply.change(change);
    }
}

fn resources(statement: &mut Value) -> &mut Vec<Value> {
    statement["rest"][0]["resource"].as_array_mut().unwrap()
}

fn lose(list: &mut Value, word: &str) {
    list.as_array_mut().unwrap().retain(|found| found != word);
}

pub static FAULTS: &[Fault] = &[
    fault("no-configuration", "the base is no base", &["PRE-01"])
        .setting(|configuration| configuration.base.set_query(Some("_format=json"))),
    fault("never-answers", "no request is answered", &["PRE-02"])
        .ask(|_, _| Some(Reply::new(0, "text/plain", "")))
        .setting(|configuration| configuration.limits.timeout = Duration::from_secs(2)),
    fault("old-date", "the clock is 25 years behind", &["PRE-03"])
        .reply(|_, reply, _| reply.set_header("date", "Mon, 01 Jan 2001 00:00:00 GMT")),
    fault(
        "well-known-as-text",
        "the SMART configuration calls itself text",
        &["DSC-01"],
    )
    .reply(|ask, reply, _| {
        if is_well_known(ask) {
            reply.set_header("content-type", "text/plain");
        }
    }),
    fault("pkce-plain", "plain challenges are advertised", &["DSC-02"]).reply(|ask, reply, _| {
        smart(ask, reply, |v| {
            v["code_challenge_methods_supported"] = json!(["S256", "plain"]);
        });
    }),
    fault("no-offline", "offline access is not claimed", &["DSC-03"]).reply(|ask, reply, _| {
        smart(ask, reply, |v| {
            lose(&mut v["capabilities"], "permission-offline");
        });
    }),
    fault(
        "relative-endpoint",
        "an endpoint is advertised without its host",
        &["DSC-04"],
    )
    .reply(|ask, reply, _| smart(ask, reply, |v| v["token_endpoint"] = json!("/oauth/token"))),
    fault(
        "no-management",
        "the page of shared apps is not advertised",
        &["DSC-05"],
    )
    .reply(|ask, reply, _| {
        smart(ask, reply, |v| {
            v.as_object_mut().unwrap().remove("management_endpoint");
        });
    }),
    fault(
        "fhir-3",
        "the CapabilityStatement is one of FHIR 3",
        &["DSC-06"],
    )
    .reply(|ask, reply, _| statement(ask, reply, |v| v["fhirVersion"] = json!("3.0.2"))),
    fault(
        "claims-little",
        "only Organization is claimed",
        &["DSC-07", "DSC-08", "each-01"],
    )
    .reply(|ask, reply, _| {
        statement(ask, reply, |v| {
            resources(v).retain(|row| row["type"] == "Organization");
        });
    }),
    fault(
        "no-searches-claimed",
        "no type claims to be searchable",
        &["DSC-09"],
    )
    .reply(|ask, reply, _| {
        statement(ask, reply, |v| {
            for row in resources(v) {
                row["interaction"]
                    .as_array_mut()
                    .unwrap()
                    .retain(|row| row["code"] != "search-type");
            }
        });
    }),
    fault(
        "no-parameters-claimed",
        "no search parameter is claimed",
        &["USC-03"],
    )
    .reply(|ask, reply, _| {
        statement(ask, reply, |v| {
            for row in resources(v) {
                row["searchParam"] = json!([]);
            }
        });
    }),
    fault(
        "no-security-service",
        "the CapabilityStatement does not name SMART",
        &["DSC-10"],
    )
    .reply(|ask, reply, _| {
        statement(ask, reply, |v| {
            v["rest"][0]["security"]["service"] = json!([]);
        });
    }),
    fault(
        "no-oauth-uris",
        "the older extension is missing",
        &["DSC-11"],
    )
    .reply(|ask, reply, _| {
        statement(ask, reply, |v| {
            v["rest"][0]["security"]["extension"] = json!([]);
        });
    }),
    fault(
        "two-token-endpoints",
        "the two documents name different token endpoints",
        &["DSC-12"],
    )
    .reply(|ask, reply, _| {
        if ask.place() == Some("metadata") {
            reply.replace("/oauth/token\"", "/oauth/other\"");
        }
    }),
    fault(
        "picky-accept",
        "metadata is served for one spelling of Accept only",
        &["DSC-13"],
    )
    .ask(|ask, _| {
        (ask.place() == Some("metadata") && ask.header("accept") != "application/fhir+json")
            .then(|| Reply::new(406, "text/plain", ""))
    }),
    fault(
        "no-cors",
        "no answer is for apps in a browser",
        &["DSC-16", "TOK-25", "API-11", "IMG-11"],
    )
    .reply(|_, reply, _| {
        reply
            .headers
            .retain(|(name, _)| !name.starts_with("access-control-"));
    }),
];
