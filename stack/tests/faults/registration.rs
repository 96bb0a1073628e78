//! Faults of dynamic registration.

use serde_json::json;

use super::fault::{Fault, fault};
use super::message::{Ask, Reply};

const REGISTER: &str = "/oauth/register";

/// Runs with clients that are registered on the way.
fn register(configuration: &mut conformance::Configuration) {
    configuration.client = None;
    configuration.confidential_client = None;
    configuration.backend = None;
}

fn made(ask: &Ask, reply: &Reply) -> bool {
    ask.is_post(REGISTER) && reply.status == 201
}

fn put_right(ask: &Ask, reply: &Reply, _: &mut super::memory::Memory) -> Option<Ask> {
    let is_refused = ask.is_post(REGISTER) && matches!(reply.status, 400 | 415);
    is_refused.then(|| {
        let mut right = ask.clone();
        right.set_header("content-type", "application/json");
        right.body = json!({"client_name": "x", "redirect_uris": ["http://127.0.0.1/callback"],
            "token_endpoint_auth_method": "none"})
        .to_string()
        .into_bytes();
        right
    })
}

pub static FAULTS: &[Fault] = &[
    fault(
        "no-secret-end",
        "a new client is not told when its secret ends",
        &["REG-01"],
    )
    .reply(|ask, reply, _| {
        if made(ask, reply) {
            reply.change(|v| {
                v.as_object_mut()
                    .unwrap()
                    .remove("client_secret_expires_at");
            });
        }
    })
    .setting(register),
    fault(
        "registers-with-200",
        "a registration is answered 200",
        &["REG-02"],
    )
    .reply(|ask, reply, _| {
        if made(ask, reply) {
            reply.status = 200;
        }
    })
    .setting(register),
    fault(
        "registers-any-uri",
        "a registration with wrong redirect URIs is put right and admitted",
        &["REG-03", "REG-04", "REG-05"],
    )
    .again(put_right)
    .setting(register),
    fault(
        "registers-any-body",
        "a registration that is no JSON is put right and admitted",
        &["REG-06"],
    )
    .again(put_right)
    .setting(register),
    fault("chosen-id", "a client may choose its id", &["REG-07"])
        .reply(|ask, reply, _| {
            if made(ask, reply) {
                let asked: serde_json::Value =
                    serde_json::from_slice(&ask.body).unwrap_or_default();
                if asked["client_id"].is_string() {
                    reply.change(|v| v["client_id"] = asked["client_id"].clone());
                }
            }
        })
        .setting(register),
    fault(
        "secret-for-keys",
        "a client with a key is given a secret as well",
        &["REG-08"],
    )
    .reply(|ask, reply, _| {
        if made(ask, reply) {
            reply.change(|v| v["client_secret"] = json!("one-more-secret"));
        }
    })
    .setting(register),
];
