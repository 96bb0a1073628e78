//! Faults of OpenID Connect.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::fault::{Fault, fault};
use super::message::{Ask, Reply};

/// Changes the claims of the `id_token`; its signature is then of something else.
fn claims(ask: &Ask, reply: &mut Reply, change: impl FnOnce(&mut Value)) {
    if !ask.is_post("/oauth/token") {
        return;
    }
    reply.change(|response| {
        let Some(token) = response["id_token"].as_str() else {
            return;
        };
        let parts: Vec<_> = token.split('.').collect();
        let mut claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        change(&mut claims);
        let changed = URL_SAFE_NO_PAD.encode(claims.to_string());
        response["id_token"] = json!(format!("{}.{changed}.{}", parts[0], parts[2]));
    });
}

pub static FAULTS: &[Fault] = &[
    fault("no-id-token", "openid yields no id_token", &["OID-01"]).reply(|ask, reply, _| {
        if ask.is_post("/oauth/token") {
            reply.change(|v| {
                v.as_object_mut().unwrap().remove("id_token");
            });
        }
    }),
    fault(
        "other-issuer",
        "the id_token names another issuer",
        &["OID-02"],
    )
    .reply(|ask, reply, _| {
        claims(ask, reply, |v| {
            v["iss"] = json!("https://elsewhere.example");
        });
    }),
    fault(
        "no-openid-keys",
        "the provider configuration names no keys",
        &["OID-03"],
    )
    .reply(|ask, reply, _| {
        if ask.is_authz("/.well-known/openid-configuration") {
            reply.change(|v| {
                v.as_object_mut().unwrap().remove("jwks_uri");
            });
        }
    }),
    fault(
        "forged-id-token",
        "no published key verifies the id_token",
        &["OID-04"],
    )
    .reply(|ask, reply, _| claims(ask, reply, |v| v["sub"] = json!("somebody-else"))),
    fault("no-nonce", "the nonce is not repeated", &["OID-05"]).reply(|ask, reply, _| {
        claims(ask, reply, |v| {
            v.as_object_mut().unwrap().remove("nonce");
        });
    }),
    fault("relative-user", "fhirUser is no URL", &["OID-06"]).reply(|ask, reply, _| {
        claims(ask, reply, |v| {
            v["fhirUser"] = json!("Patient/smart-1288992");
        });
    }),
    fault("private-key", "a private key is published", &["OID-07"]).reply(|ask, reply, _| {
        if ask.is_authz("/oauth/jwks") {
            reply.change(|v| v["keys"][0]["d"] = json!("AAAA"));
        }
    }),
];
