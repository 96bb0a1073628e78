//! Faults of launches from the portal.

use serde_json::json;

use super::fault::{Fault, fault};
use super::message::{Ask, Reply, parse, put, value, write};

/// Changes the URL that the app is called with.
fn call(ask: &Ask, reply: &mut Reply, change: fn(&mut Vec<(String, String)>)) {
    let location = reply.header("location").to_owned();
    if let Some((uri, query)) = location.split_once('?')
        && ask.is_authz("/launch")
    {
        let mut pairs = parse(query);
        change(&mut pairs);
        reply.set_header("location", &format!("{uri}?{}", write(&pairs)));
    }
}

/// A launch is not looked at: the request goes on as one without.
fn ignore(ask: &mut Ask) {
    let mut pairs = ask.asked();
    if ask.is_authz("/oauth/authorize") && value(&pairs, "launch").is_some() {
        pairs.retain(|(name, _)| name != "launch");
        let scope =
            value(&pairs, "scope")
                .unwrap_or_default()
                .replacen("launch ", "launch/patient ", 1);
        put(&mut pairs, "scope", &scope);
        ask.set_asked(&pairs);
    }
}

pub static FAULTS: &[Fault] = &[
    fault(
        "launches-nothing",
        "an app is called without launch",
        &["EHL-01"],
    )
    .reply(|ask, reply, _| {
        call(ask, reply, |pairs| {
            pairs.retain(|(name, _)| name != "launch");
        });
    }),
    fault(
        "launches-elsewhere",
        "an app is called for another server",
        &["EHL-02"],
    )
    .reply(|ask, reply, _| {
        call(ask, reply, |pairs| {
            put(pairs, "iss", "https://elsewhere.example/fhir");
        });
    }),
    fault(
        "any-launch",
        "any launch of any client is accepted",
        &["EHL-03", "EHL-04"],
    )
    .ask(|ask, _| {
        ignore(ask);
        None
    }),
    fault(
        "launches-another",
        "the token is for another patient than the launch",
        &["EHL-05"],
    )
    .reply(|ask, reply, memory| {
        let is_launch = value(&memory.asked, "launch").is_some();
        if ask.is_post("/oauth/token") && is_launch {
            reply.change(|v| v["patient"] = json!("smart-1081332"));
        }
    }),
];
