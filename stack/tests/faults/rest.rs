//! Faults of the FHIR API and of the running servers.

use serde_json::json;

use super::fault::{Fault, fault};
use super::message::{Ask, Reply, Side};

fn is_fhir_error(ask: &Ask, reply: &Reply) -> bool {
    ask.place().is_some() && reply.status >= 400
}

pub static FAULTS: &[Fault] = &[
    fault("no-etag", "a read has no ETag", &["API-01"])
        .reply(|_, reply, _| reply.drop_header("etag")),
    fault(
        "bare-404",
        "an unknown id is answered without an outcome",
        &["API-02"],
    )
    .reply(|_, reply, _| {
        if reply.status == 404 {
            reply.body.clear();
        }
    }),
    fault(
        "unknown-type-200",
        "an unknown type is an empty search",
        &["API-03"],
    )
    .reply(|ask, reply, _| {
        if reply.status == 404 && ask.is_search() {
            *reply = Reply::new(
                200,
                "application/fhir+json",
                "{\"resourceType\":\"Bundle\",\"type\":\"searchset\"}",
            );
        }
    }),
    fault(
        "lenient-values",
        "bad search values are ignored",
        &["API-04"],
    )
    .again(|ask, reply, _| {
        (ask.is_search() && reply.status == 400).then(|| {
            let mut second = ask.clone();
            second.each_parameter(|name, value| {
                (name == "patient").then(|| (name.into(), value.into()))
            });
            second
        })
    }),
    fault(
        "unknown-in-self",
        "an unknown parameter is repeated in the self link",
        &["API-05"],
    )
    .reply(|ask, reply, _| {
        if ask.is_search() {
            let query = ask.query.clone();
            reply.each_link(|relation, url| {
                Some(if relation == "self" {
                    format!("{url}&{query}")
                } else {
                    url.into()
                })
            });
        }
    }),
    fault(
        "never-304",
        "a conditional read is answered in full",
        &["API-06"],
    )
    .ask(|ask, _| {
        ask.headers.retain(|(name, _)| name != "if-none-match");
        None
    }),
    fault(
        "json-for-xml",
        "JSON is sent to who asks for XML",
        &["API-07"],
    )
    .ask(|ask, _| {
        if ask.header("accept").contains("xml") {
            ask.set_header("accept", "application/fhir+json");
        }
        None
    }),
    fault(
        "talkative-errors",
        "errors tell of the database",
        &["API-09"],
    )
    .reply(|ask, reply, _| {
        if is_fhir_error(ask, reply) {
            reply.replace(
                "\"diagnostics\":\"",
                "\"diagnostics\":\"sqlite: SELECT * FROM resource: ",
            );
        }
    }),
    fault(
        "endless-answers",
        "answers are longer than 7.5 MB",
        &["API-12"],
    )
    .reply(|ask, reply, _| {
        if ask.place() == Some("metadata") {
            reply.body.resize(8_000_000, b' ');
        }
    }),
    fault(
        "breaks-on-long",
        "long input is a server error",
        &["OPS-01"],
    )
    .ask(|ask, _| {
        (ask.query.len() + ask.body.len() > 5000).then(|| Reply::new(500, "text/plain", ""))
    }),
    fault("banner", "headers tell product and version", &["OPS-03"])
        .reply(|_, reply, _| reply.set_header("server", "Apache/2.4.1")),
    fault("sniffable", "answers lack nosniff", &["OPS-04"])
        .reply(|_, reply, _| reply.drop_header("x-content-type-options")),
    fault(
        "cacheable-records",
        "health records may be stored",
        &["OPS-07"],
    )
    .reply(|ask, reply, _| {
        if ask.side == Side::Fhir {
            reply.set_header("cache-control", "public, max-age=600");
        }
    }),
    fault("traces", "TRACE is answered", &["OPS-09"])
        .ask(|ask, _| (ask.method == "TRACE").then(|| Reply::json(200, &json!({})))),
    fault(
        "raw-binaries",
        "Binary is never sent as a resource",
        &["DOC-21"],
    )
    .ask(|ask, _| {
        if ask
            .place()
            .is_some_and(|place| place.starts_with("Binary/"))
        {
            ask.set_header("accept", "*/*");
        }
        None
    }),
    fault(
        "wrong-size",
        "attachments are longer than stated",
        &["DOC-20"],
    )
    .reply(|ask, reply, _| {
        if ask
            .place()
            .is_some_and(|place| place.starts_with("Binary/"))
        {
            reply.body.extend_from_slice(b"\n\n");
        }
    }),
];
