//! Faults of revocation, the page of shared apps, and introspection.

use serde_json::json;

use super::consent::forgive;
use super::fault::{Fault, fault};
use super::memory::Memory;
use super::message::{Ask, Reply};
use super::token::believe;

const END: &str = "/apps/revoke";
const REVOKE: &str = "/oauth/revoke";
const INTROSPECT: &str = "/oauth/introspect";

fn report(ask: &Ask, reply: &mut Reply, change: impl FnOnce(&mut serde_json::Value)) {
    if ask.is_post(INTROSPECT) && reply.status == 200 {
        reply.change(change);
    }
}

/// Whoever asks to end a consent is taken for the person whose consent it is.
fn ends_for_anyone(ask: &mut Ask, memory: &mut Memory) -> Option<Reply> {
    if ask.is_post(END) {
        let handle = ask.field("app").unwrap_or_default();
        if let Some(page) = memory.page_with(&format!("value=\"{handle}\"")).cloned() {
            ask.set_header("cookie", &page.cookie);
            ask.set_field("csrf_token", &page.csrf());
        }
    }
    None
}

fn ends_by_get(ask: &mut Ask, memory: &mut Memory) -> Option<Reply> {
    if ask.is_authz(END) && ask.method == "GET" {
        ask.method = "POST".into();
        ask.body = std::mem::take(&mut ask.query).into_bytes();
        ask.set_header("content-type", "application/x-www-form-urlencoded");
        forgive(ask, memory);
    }
    None
}

/// One ending ends every token there is.
fn ends_all(ask: &mut Ask, memory: &mut Memory) -> Option<Reply> {
    if ask.is_post(END) {
        memory.notes.insert("dead", String::new());
    }
    if memory.notes.contains_key("dead") && ask.bearer().is_some() {
        ask.set_bearer("ended-with-all-the-others");
    }
    None
}

fn never_again(ask: &mut Ask, memory: &mut Memory) -> Option<Reply> {
    if ask.is_post(END) {
        memory.notes.insert("ended", String::new());
    }
    let is_ended = memory.notes.contains_key("ended") && ask.is_authz("/oauth/authorize");
    is_ended.then(|| Reply::new(403, "text/html", "<title>No</title>"))
}

pub static FAULTS: &[Fault] = &[
    fault(
        "no-endings",
        "the page of shared apps has nothing to end them with",
        &["RVK-01"],
    )
    .reply(|ask, reply, _| {
        if ask.is_authz("/apps") {
            reply.replace("action=\"/apps/revoke\"", "action=\"/apps\"");
        }
    }),
    fault(
        "ends-nothing",
        "ending a consent only looks like it",
        &["RVK-02", "RVK-03"],
    )
    .ask(|ask, _| ask.is_post(END).then(|| Reply::to("/apps"))),
    fault(
        "revokes-nothing",
        "the revocation endpoint does nothing",
        &["RVK-04", "RVK-10", "INT-04"],
    )
    .ask(|ask, _| ask.is_post(REVOKE).then(|| Reply::json(200, &json!({})))),
    fault(
        "revokes-foreign",
        "a client may end another client's tokens",
        &["RVK-05"],
    )
    .ask(|ask, memory| {
        let text = ask.field("token").unwrap_or_default();
        if let Some(token) = memory.token(&text).cloned().filter(|_| ask.is_post(REVOKE)) {
            believe(ask, &token.client);
        }
        None
    }),
    fault(
        "ends-for-anyone",
        "anybody may end anybody's consent",
        &["RVK-06"],
    )
    .ask(ends_for_anyone),
    fault("ends-by-get", "a link ends a consent", &["RVK-07"]).ask(ends_by_get),
    fault("ends-all", "ending one consent ends all", &["RVK-08"]).ask(ends_all),
    fault(
        "never-again",
        "after an end nothing can be agreed to again",
        &["RVK-09"],
    )
    .ask(never_again),
    fault(
        "introspects-no-patient",
        "introspection names no patient",
        &["INT-01"],
    )
    .reply(|ask, reply, _| {
        report(ask, reply, |v| {
            v.as_object_mut().unwrap().remove("patient");
        });
    }),
    fault("open-introspection", "anybody may introspect", &["INT-02"]).ask(|ask, _| {
        if ask.is_post(INTROSPECT) {
            believe(ask, "demo-confidential");
        }
        None
    }),
    fault(
        "talkative-introspection",
        "introspection says why a token is not active",
        &["INT-03"],
    )
    .reply(|ask, reply, _| {
        report(ask, reply, |v| {
            if v["active"] == false {
                v["reason"] = json!("unknown");
            }
        });
    }),
    fault(
        "stale-introspection",
        "introspection does not notice a revocation",
        &["INT-04"],
    )
    .reply(|ask, reply, memory| {
        let known = memory
            .token(&ask.field("token").unwrap_or_default())
            .is_some();
        report(ask, reply, |v| {
            if known {
                v["active"] = json!(true);
            }
        });
    }),
    fault("introspects-get", "introspection answers GET", &["INT-05"]).ask(|ask, _| {
        (ask.is_authz(INTROSPECT) && ask.method == "GET")
            .then(|| Reply::json(200, &json!({"active": false})))
    }),
    fault(
        "introspects-less",
        "introspection reports other scopes",
        &["INT-06"],
    )
    .reply(|ask, reply, _| report(ask, reply, |v| v["scope"] = json!("launch/patient"))),
    fault(
        "poses-refresh-tokens",
        "a refresh token is reported as an access token",
        &["INT-07"],
    )
    .reply(|ask, reply, _| {
        report(ask, reply, |v| {
            v["active"] = json!(true);
            v["token_type"] = json!("Bearer");
        });
    }),
    fault(
        "cacheable-introspection",
        "introspection may be stored",
        &["INT-08"],
    )
    .reply(|ask, reply, _| {
        if ask.is_post(INTROSPECT) {
            reply.drop_header("cache-control");
        }
    }),
    fault(
        "introspects-asked",
        "introspection reports the patient it is asked about",
        &["INT-09"],
    )
    .reply(|ask, reply, _| {
        if let Some(patient) = ask.field("patient") {
            report(ask, reply, |v| v["patient"] = json!(patient));
        }
    }),
];
