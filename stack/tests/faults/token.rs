//! Faults of the token endpoint: codes, client authentication, refresh.

use std::time::Duration;

use serde_json::{Value, json};

use super::authorization::own_proof;
use super::fault::{Fault, fault};
use super::memory::{Memory, basic, basic_user};
use super::message::{Ask, Reply, value};

const TOKEN: &str = "/oauth/token";
const SECRET: &str = "demo-confidential-secret";

fn is_grant(ask: &Ask, kind: &str) -> bool {
    ask.is_post(TOKEN) && ask.field("grant_type").as_deref() == Some(kind)
}

fn is_exchange(ask: &Ask) -> bool {
    is_grant(ask, "authorization_code")
}

fn is_refresh(ask: &Ask) -> bool {
    is_grant(ask, "refresh_token")
}

/// Changes a token response.
fn granted(ask: &Ask, reply: &mut Reply, change: fn(&mut Value)) {
    if ask.is_post(TOKEN) && reply.status == 200 {
        reply.change(change);
    }
}

fn error(ask: &Ask, reply: &mut Reply, status: u16, code: &str) {
    if ask.is_post(TOKEN) && reply.status >= 400 {
        *reply = Reply::json(status, &json!({"error": code}));
    }
}

/// The client proves what it is, whatever it sent.
pub fn believe(ask: &mut Ask, client: &str) {
    let mut form = ask.form();
    form.retain(|(name, _)| name != "client_id" && name != "client_secret");
    ask.headers.retain(|(name, _)| name != "authorization");
    if client == "demo-confidential" {
        ask.set_header("authorization", &basic(client, SECRET));
    } else {
        form.push(("client_id".into(), client.into()));
    }
    ask.set_form(&form);
}

fn named(ask: &Ask) -> String {
    ask.field("client_id").unwrap_or_else(|| basic_user(ask))
}

/// Whoever presents a code or a refresh token is taken for the client it was issued to.
fn any_holder(ask: &mut Ask, memory: &mut Memory) -> Option<Reply> {
    if ask.is_post(TOKEN) {
        let code = ask.field("code").unwrap_or_default();
        let asked = memory.request_of(&code);
        let of_code = asked
            .and_then(|asked| value(asked, "client_id"))
            .map(str::to_owned);
        let refresh = ask.field("refresh_token").unwrap_or_default();
        let of_token = memory.token(&refresh).map(|token| token.client.clone());
        if let Some(client) = of_code.or(of_token) {
            believe(ask, &client);
        }
    }
    None
}

/// The code of another login that waits for its exchange is taken instead.
fn mix(ask: &mut Ask, memory: &mut Memory) -> Option<Reply> {
    own_proof(ask);
    if is_exchange(ask) {
        let own = ask.field("code").unwrap_or_default();
        let used = memory.notes.entry("used").or_default();
        let mut waiting = memory.codes.iter().map(|(code, _)| code);
        let other = waiting.find(|code| **code != own && !used.contains(code.as_str()));
        let taken = other.unwrap_or(&own).clone();
        if other.is_some() {
            memory.notes.insert("swapped", own.clone());
        }
        let taken = match memory.notes.get("swapped") {
            Some(first) if *first != own => first.clone(),
            _ => taken,
        };
        memory.notes.entry("used").or_default().push_str(&taken);
        ask.set_field("code", &taken);
    }
    None
}

/// The same request is answered the same way.
fn replay(ask: &mut Ask, memory: &mut Memory) -> Option<Reply> {
    let code = ask.field("code").filter(|_| is_exchange(ask))?;
    memory.replies.get(&code).cloned()
}

fn record(ask: &Ask, reply: &mut Reply, memory: &mut Memory) {
    if let Some(code) = ask
        .field("code")
        .filter(|_| is_exchange(ask) && reply.status == 200)
    {
        memory.replies.insert(code, reply.clone());
    }
}

fn made_up() -> Reply {
    Reply::json(
        200,
        &json!({"access_token": "made-up-for-anybody", "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs"}),
    )
}

pub static FAULTS: &[Fault] = &[
    fault(
        "no-life",
        "tokens do not say how long they live",
        &["TOK-01"],
    )
    .reply(|ask, reply, _| {
        granted(ask, reply, |v| {
            v.as_object_mut().unwrap().remove("expires_in");
        });
    }),
    fault(
        "cacheable-token",
        "token responses may be stored",
        &["TOK-02", "RFR-13"],
    )
    .reply(|ask, reply, _| {
        if ask.is_post(TOKEN) {
            reply.drop_header("cache-control");
        }
    }),
    fault(
        "no-refresh-token",
        "offline access comes without a refresh token",
        &["TOK-03"],
    )
    .reply(|ask, reply, _| {
        granted(ask, reply, |v| {
            v.as_object_mut().unwrap().remove("refresh_token");
        });
    }),
    fault(
        "token-by-get",
        "the token endpoint answers GET",
        &["TOK-04"],
    )
    .ask(|ask, _| (ask.is_authz(TOKEN) && ask.method == "GET").then(made_up)),
    fault(
        "token-errors-500",
        "wrong token requests are server errors",
        &["TOK-05", "TOK-08", "RFR-05"],
    )
    .reply(|ask, reply, _| error(ask, reply, 500, "server_error")),
    fault(
        "one-error",
        "every token error is invalid_scope",
        &["TOK-06", "TOK-07", "RFR-04"],
    )
    .reply(|ask, reply, _| error(ask, reply, 400, "invalid_scope")),
    fault(
        "any-uri",
        "the redirect URI of a token request is ignored",
        &["TOK-09", "TOK-10"],
    )
    .ask(|ask, memory| {
        if is_exchange(ask) {
            let code = ask.field("code").unwrap_or_default();
            let uri = memory
                .request_of(&code)
                .and_then(|asked| value(asked, "redirect_uri"))
                .map(str::to_owned);
            ask.set_field("redirect_uri", &uri.unwrap_or_default());
        }
        None
    }),
    fault("reusable-code", "a code works again and again", &["TOK-11"])
        .ask(replay)
        .reply(record),
    fault(
        "any-holder",
        "codes and refresh tokens work for whoever has them",
        &["TOK-12", "RFR-06"],
    )
    .ask(any_holder),
    fault(
        "any-secret",
        "client secrets are not looked at",
        &["TOK-13", "TOK-14", "RFR-07"],
    )
    .ask(|ask, _| {
        if ask.is_post(TOKEN) && named(ask) == "demo-confidential" {
            believe(ask, "demo-confidential");
        }
        None
    }),
    fault(
        "eternal-code",
        "a code outlives the time that was promised",
        &["TOK-19"],
    )
    .setting(|configuration| configuration.code_lifetime = Some(Duration::ZERO)),
    fault("any-assertion", "assertions are not verified", &["TOK-20"]).ask(|ask, memory| {
        let is_repeated =
            is_grant(ask, "client_credentials") && memory.count("credentials".into()) > 0;
        is_repeated.then(made_up)
    }),
    fault(
        "mixes-logins",
        "two logins at once get each other's token",
        &["TOK-21"],
    )
    .ask(mix),
    fault(
        "excess-scope",
        "more is granted than was asked for",
        &["TOK-22"],
    )
    .reply(|ask, reply, _| {
        granted(ask, reply, |v| {
            let more = format!("{} user/*.cruds", v["scope"].as_str().unwrap_or_default());
            v["scope"] = json!(more);
        });
    }),
    fault(
        "json-token-request",
        "a token request of JSON is granted",
        &["TOK-23"],
    )
    .ask(|ask, _| {
        (ask.is_post(TOKEN) && ask.header("content-type") == "application/json").then(made_up)
    }),
    fault(
        "secret-in-query",
        "a client secret in the query is accepted",
        &["TOK-24"],
    )
    .ask(|ask, _| {
        if ask.is_post(TOKEN) && ask.has_parameter("client_secret") {
            believe(ask, "demo-confidential");
            ask.query.clear();
        }
        None
    }),
    fault("weak-tokens", "access tokens are numbered", &["TOK-26"])
        .ask(|ask, memory| {
            let number = ask.bearer().and_then(|text| {
                text.strip_prefix("access-token-number-")?
                    .parse::<usize>()
                    .ok()
            });
            if let Some(token) = number.and_then(|number| memory.tokens.get(number)) {
                let access = token.access.clone();
                ask.set_bearer(&access);
            }
            None
        })
        .reply(|ask, reply, memory| {
            if ask.is_post(TOKEN) && reply.status == 200 {
                let number = memory.tokens.len() - 1;
                reply
                    .change(|v| v["access_token"] = json!(format!("access-token-number-{number}")));
            }
        }),
    fault("refresh-fails", "refreshing is a server error", &["RFR-01"])
        .ask(|ask, _| is_refresh(ask).then(|| Reply::json(500, &json!({"error": "server_error"})))),
    fault(
        "dead-refresh",
        "a refreshed token opens nothing",
        &["RFR-02"],
    )
    .reply(|ask, reply, _| {
        if is_refresh(ask) {
            granted(ask, reply, |v| {
                v["access_token"] = json!("not-a-token-of-anybody");
            });
        }
    }),
    fault(
        "no-grant-type-needed",
        "a missing grant_type is guessed",
        &["RFR-03"],
    )
    .ask(|ask, _| {
        if ask.is_post(TOKEN) && ask.field("grant_type").is_none() {
            ask.set_field("grant_type", "refresh_token");
        }
        None
    }),
    fault(
        "ignores-refresh-scope",
        "the scope of a refresh is ignored",
        &["RFR-08", "RFR-09"],
    )
    .ask(|ask, _| {
        if is_refresh(ask) {
            let mut form = ask.form();
            form.retain(|(name, _)| name != "scope");
            ask.set_form(&form);
        }
        None
    }),
    fault(
        "no-rotation",
        "a refresh token works again and again",
        &["RFR-10"],
    )
    .ask(|ask, memory| {
        memory
            .replies
            .get(&ask.field("refresh_token").unwrap_or_default())
            .filter(|_| is_refresh(ask))
            .cloned()
    })
    .reply(|ask, reply, memory| {
        if is_refresh(ask) && reply.status == 200 {
            memory.replies.insert(
                ask.field("refresh_token").unwrap_or_default(),
                reply.clone(),
            );
        }
    }),
    fault(
        "other-patient-on-refresh",
        "a refreshed token is for somebody else",
        &["RFR-12"],
    )
    .reply(|ask, reply, _| {
        if is_refresh(ask) {
            granted(ask, reply, |v| v["patient"] = json!("smart-1081332"));
        }
    }),
];
