//! Faults of access enforcement. What leaks comes from the open mirror, which serves the same
//! records without asking for a token, or is read with the wider token of another login.

use serde_json::json;

use super::fault::{Fault, fault};
use super::memory::Memory;
use super::message::{Ask, Reply};

fn has_token(ask: &Ask) -> bool {
    ask.bearer().is_some()
}

fn is_refused(reply: &Reply) -> bool {
    matches!(reply.status, 403 | 404)
}

/// The rule is not applied to these requests.
fn mirror(ask: &mut Ask, is_leaky: bool) -> Option<Reply> {
    if is_leaky && ask.place().is_some() && has_token(ask) {
        *ask = ask.clone().mirrored();
    }
    None
}

/// The token is good for everything of its patient.
fn widen(ask: &mut Ask, memory: &Memory, is_leaky: bool) -> Option<Reply> {
    let token = ask.bearer().and_then(|text| memory.token(text));
    let wide = token.and_then(|token| memory.widest(&token.patient));
    if let Some(access) = wide.map(|token| token.access.clone()).filter(|_| is_leaky) {
        ask.set_bearer(&access);
    }
    None
}

fn is_place(ask: &Ask, part: &str) -> bool {
    ask.place().is_some_and(|place| place.contains(part))
}

fn unknown_token(ask: &mut Ask, memory: &mut Memory) -> Option<Reply> {
    let is_known = ask
        .bearer()
        .is_some_and(|text| memory.tokens.iter().any(|token| token.access == text));
    if has_token(ask) && !is_known && ask.place().is_some() {
        *ask = ask.clone().mirrored();
    }
    None
}

fn query_token(ask: &mut Ask, _: &mut Memory) -> Option<Reply> {
    let pairs = ask.query();
    if let Some(token) = super::message::value(&pairs, "access_token") {
        ask.set_bearer(token);
        ask.each_parameter(|name, value| {
            (name != "access_token").then(|| (name.into(), value.into()))
        });
    }
    None
}

/// A page link is good for whoever has it.
fn any_page(ask: &mut Ask, memory: &mut Memory) -> Option<Reply> {
    if ask.has_parameter("_cursor")
        && let Some(owner) = memory.tokens.first().map(|token| token.access.clone())
    {
        ask.set_bearer(&owner);
    }
    None
}

const SHARED: &[&str] = &["Practitioner/", "Organization/", "Location/", "Medication/"];
const FILTERS: &[&str] = &["_security", "_tag", "_profile"];

pub static FAULTS: &[Fault] = &[
    fault("open-reads", "no token is needed", &["ACC-01", "SRC-05"]).again(|ask, reply, _| {
        (reply.status == 401 && ask.place().is_some() && !has_token(ask))
            .then(|| ask.clone().mirrored())
    }),
    fault(
        "no-challenge",
        "a refusal does not say that a token is needed",
        &["ACC-01"],
    )
    .reply(|_, reply, _| reply.drop_header("www-authenticate")),
    fault(
        "any-token",
        "any text is taken for a token",
        &["ACC-02", "ACC-03"],
    )
    .ask(unknown_token)
    .setting(|configuration| {
        configuration.expired_token = Some("a-token-that-was-good-once".to_owned().into());
    }),
    fault(
        "query-token",
        "a token in the query is accepted",
        &["ACC-04"],
    )
    .ask(query_token),
    fault(
        "leak-by-id",
        "an id is enough to read anything",
        &["ACC-05", "ACC-06"],
    )
    .again(|ask, reply, _| (ask.is_read() && is_refused(reply)).then(|| ask.clone().mirrored())),
    fault(
        "leak-by-search",
        "searches are not limited to the token's patient",
        &["ACC-07", "ACC-08", "ACC-09", "FIN-08"],
    )
    .ask(|ask, _| {
        let is_leaky = ask.is_search();
        mirror(ask, is_leaky)
    }),
    fault(
        "leak-by-include",
        "includes and $everything are not limited",
        &["ACC-10"],
    )
    .ask(|ask, _| {
        let is_leaky = is_place(ask, "$everything")
            || ask.has_parameter("_include")
            || ask.has_parameter("_revinclude");
        mirror(ask, is_leaky)
    }),
    fault(
        "leak-by-history",
        "versions and histories are not limited",
        &["ACC-11"],
    )
    .ask(|ask, _| {
        let is_leaky = is_place(ask, "/_history");
        mirror(ask, is_leaky)
    }),
    fault(
        "ignores-scope",
        "scopes are not looked at",
        &["ACC-12", "ACC-13", "ACC-17"],
    )
    .ask(|ask, memory| widen(ask, memory, true)),
    fault(
        "ignores-scope-in-reads",
        "scopes limit searches only",
        &["ACC-13", "ACC-17"],
    )
    .ask(|ask, memory| {
        let is_leaky = ask.is_read();
        widen(ask, memory, is_leaky)
    }),
    fault(
        "ignores-scope-in-versions",
        "scopes do not limit versions, includes and $everything",
        &["ACC-17"],
    )
    .ask(|ask, memory| {
        let is_leaky = is_place(ask, "/_history")
            || is_place(ask, "$everything")
            || ask.has_parameter("_revinclude");
        widen(ask, memory, is_leaky)
    }),
    fault("writable", "who may read may write", &["ACC-14"]).reply(|ask, reply, _| {
        if matches!(ask.method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE")
            && ask.place().is_some()
            && reply.status == 403
        {
            *reply = Reply::new(200, "application/fhir+json", "");
        }
    }),
    fault(
        "open-binaries",
        "attachments are not limited",
        &["ACC-15", "DOC-22"],
    )
    .again(|ask, reply, _| {
        (is_place(ask, "Binary/") && is_refused(reply)).then(|| ask.clone().mirrored())
    }),
    fault(
        "open-pages",
        "a page link works with anybody's token",
        &["ACC-16"],
    )
    .ask(any_page),
    fault(
        "no-practitioners",
        "what records refer to cannot be read",
        &["ACC-18"],
    )
    .ask(|ask, _| {
        SHARED
            .iter()
            .any(|kind| ask.place().is_some_and(|place| place.starts_with(kind)))
            .then(|| Reply::new(403, "application/fhir+json", "{}"))
    }),
    fault(
        "leaky-filters",
        "a filter takes the place of the limits",
        &["ACC-19"],
    )
    .ask(|ask, _| {
        if FILTERS.iter().any(|name| ask.has_parameter(name)) {
            ask.each_parameter(|name, value| {
                (!FILTERS.contains(&name)).then(|| (name.into(), value.into()))
            });
            mirror(ask, true);
        }
        None
    }),
    fault(
        "trusts-forwarded",
        "links follow the request's headers",
        &["ACC-20"],
    )
    .reply(|ask, reply, memory| {
        if !ask.header("x-forwarded-host").is_empty() {
            let host = format!("https://{}", ask.header("x-forwarded-host"));
            reply.replace(&memory.base, &host);
        }
    }),
    fault(
        "unlinked-subject",
        "subjects are not relative references",
        &["QLT-09"],
    )
    .reply(|_, reply, memory| {
        let base = memory.base.clone();
        reply.each_record(|record| {
            for name in ["subject", "patient"] {
                if let Some(text) = record[name]["reference"].as_str().map(str::to_owned) {
                    record[name]["reference"] = json!(format!("{base}/{text}"));
                }
            }
        });
    }),
];
