//! Faults of the authorization endpoint.

use super::fault::{Fault, fault};
use super::memory::Memory;
use super::message::{Ask, Reply, Side, put, value};

const AUTHORIZE: &str = "/oauth/authorize";
const CALLBACK: &str = "http://127.0.0.1:8765/callback";
/// The example of RFC 7636: the relay's own challenge and verifier.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// Puts a parameter of the authorization request right.
fn right(ask: &mut Ask, name: &str, text: &str) {
    if ask.is_authz(AUTHORIZE) {
        let mut pairs = ask.asked();
        put(&mut pairs, name, text);
        ask.set_asked(&pairs);
    }
}

fn absent(ask: &Ask, name: &str) -> bool {
    ask.is_authz(AUTHORIZE) && value(&ask.asked(), name).is_none()
}

/// The relay's own challenge and verifier in the place of the client's, whatever they are.
pub fn own_proof(ask: &mut Ask) {
    right(ask, "code_challenge", CHALLENGE);
    right(ask, "code_challenge_method", "S256");
    if ask.is_post("/oauth/token")
        && ask.field("grant_type").as_deref() == Some("authorization_code")
    {
        ask.set_field("code_verifier", VERIFIER);
    }
}

fn any_redirect(ask: &mut Ask, memory: &mut Memory) -> Option<Reply> {
    if ask.is_authz(AUTHORIZE) {
        if let Some(uri) = value(&ask.asked(), "redirect_uri") {
            memory.notes.insert("redirect", uri.to_owned());
        }
        right(ask, "redirect_uri", CALLBACK);
    }
    None
}

fn to_any_redirect(_: &Ask, reply: &mut Reply, memory: &mut Memory) {
    let location = reply.header("location").to_owned();
    if let (Some(uri), Some(rest)) = (
        memory.notes.get("redirect"),
        location.strip_prefix(CALLBACK),
    ) {
        reply.set_header("location", &format!("{uri}{rest}"));
    }
}

fn is_page(ask: &Ask, reply: &Reply) -> bool {
    ask.side == Side::Authz && reply.header("content-type").starts_with("text/html")
}

pub static FAULTS: &[Fault] = &[
    fault(
        "straight-to-callback",
        "a code is given without a login",
        &["AUT-01"],
    )
    .ask(|ask, _| {
        ask.is_authz(AUTHORIZE).then(|| {
            let state = value(&ask.asked(), "state").unwrap_or_default().to_owned();
            Reply::to(&format!("{CALLBACK}?code=free-for-all&state={state}"))
        })
    }),
    fault(
        "any-response-type",
        "response_type is ignored",
        &["AUT-02", "AUT-03"],
    )
    .ask(|ask, _| {
        right(ask, "response_type", "code");
        None
    }),
    fault(
        "any-client",
        "a client that is missing or unknown is taken for another",
        &["AUT-04", "AUT-05"],
    )
    .ask(|ask, _| {
        right(ask, "client_id", "demo-app");
        None
    }),
    fault(
        "no-redirect-needed",
        "a missing redirect_uri is guessed",
        &["AUT-06"],
    )
    .ask(|ask, _| {
        if absent(ask, "redirect_uri") {
            right(ask, "redirect_uri", CALLBACK);
        }
        None
    }),
    fault(
        "any-redirect",
        "any redirect URI is accepted and used",
        &["AUT-07", "AUT-08"],
    )
    .ask(any_redirect)
    .reply(to_any_redirect),
    fault("no-scope-needed", "a missing scope is guessed", &["AUT-09"]).ask(|ask, _| {
        if absent(ask, "scope") {
            right(ask, "scope", "patient/*.rs");
        }
        None
    }),
    fault("no-state-needed", "a missing state is ignored", &["AUT-11"]).ask(|ask, _| {
        if absent(ask, "state") {
            right(ask, "state", "made-up-by-the-server");
        }
        None
    }),
    fault("any-aud", "aud is ignored", &["AUT-12", "AUT-13"]).ask(|ask, memory| {
        right(ask, "aud", &memory.base.clone());
        None
    }),
    fault(
        "pkce-ignored",
        "the challenge and the verifier are ignored",
        &["AUT-14", "AUT-15", "TOK-15", "TOK-16", "TOK-17", "TOK-18"],
    )
    .ask(|ask, _| {
        own_proof(ask);
        None
    }),
    fault(
        "repeats",
        "of a repeated parameter the last one counts",
        &["AUT-16"],
    )
    .ask(|ask, _| {
        if ask.is_authz(AUTHORIZE) {
            let pairs = ask.asked();
            for (name, text) in &pairs {
                right(ask, name, text);
            }
        }
        None
    }),
    fault(
        "framed",
        "pages may be framed, stored and leak their address",
        &["AUT-18"],
    )
    .reply(|ask, reply, _| {
        if is_page(ask, reply) {
            for name in [
                "content-security-policy",
                "x-frame-options",
                "referrer-policy",
                "cache-control",
            ] {
                reply.drop_header(name);
            }
        }
    }),
    fault(
        "unescaped",
        "parameters become markup of the page",
        &["AUT-19"],
    )
    .reply(|ask, reply, _| {
        if is_page(ask, reply) {
            for (_, text) in ask.query() {
                reply.body.extend_from_slice(text.as_bytes());
            }
        }
    }),
    fault("no-iss", "the answer does not name its issuer", &["AUT-20"]).reply(|_, reply, _| {
        super::consent::answer(reply, |pairs| pairs.retain(|(name, _)| name != "iss"));
    }),
];
