//! Faults of bulk export.

use serde_json::{Value, json};

use super::fault::{Fault, fault};
use super::memory::Memory;
use super::message::{Ask, Reply};

fn place(ask: &Ask) -> &str {
    ask.place().unwrap_or_default()
}

fn is_kick_off(ask: &Ask) -> bool {
    place(ask).ends_with("$export")
}

fn is_status(ask: &Ask) -> bool {
    place(ask).starts_with("$export/") && !is_file(ask)
}

fn is_file(ask: &Ask) -> bool {
    place(ask).ends_with(".ndjson")
}

/// The request is made as the backend client, whoever makes it.
fn as_backend(ask: &mut Ask, memory: &Memory, is_open: bool) -> Option<Reply> {
    let system = memory.tokens.iter().find(|token| token.patient.is_empty());
    if let Some(access) = system.map(|token| token.access.clone()).filter(|_| is_open) {
        ask.set_bearer(&access);
    }
    None
}

fn without(ask: &mut Ask, wanted: &str) -> Option<Reply> {
    if is_kick_off(ask) {
        ask.each_parameter(|name, value| (name != wanted).then(|| (name.into(), value.into())));
    }
    None
}

fn manifest(ask: &Ask, reply: &mut Reply, change: fn(&mut Value)) {
    if is_status(ask) && reply.status == 200 {
        reply.change(change);
    }
}

pub static FAULTS: &[Fault] = &[
    fault(
        "no-system-scope",
        "a backend client is not told its scope",
        &["BLK-01"],
    )
    .reply(|ask, reply, _| {
        if ask.field("grant_type").as_deref() == Some("client_credentials") {
            reply.change(|v| {
                v.as_object_mut().unwrap().remove("scope");
            });
        }
    }),
    fault("export-not-claimed", "no operation is claimed", &["BLK-02"]).reply(|ask, reply, _| {
        if ask.place() == Some("metadata") {
            reply.replace("\"name\":\"export\"", "\"name\":\"other\"");
        }
    }),
    fault(
        "open-exports",
        "exports, their status and their files need no token",
        &["BLK-03", "BLK-09", "BLK-14"],
    )
    .ask(|ask, memory| {
        let is_open = place(ask).contains("$export") && ask.bearer().is_none();
        as_backend(ask, memory, is_open)
    }),
    fault(
        "exports-for-patients",
        "a patient's token exports everything",
        &["BLK-04"],
    )
    .ask(|ask, memory| {
        let is_open = is_kick_off(ask);
        as_backend(ask, memory, is_open)
    }),
    fault(
        "accepts-with-200",
        "an export is accepted with 200",
        &["BLK-05"],
    )
    .reply(|ask, reply, _| {
        if is_kick_off(ask) && reply.status == 202 {
            reply.status = 200;
        }
    }),
    fault(
        "manifest-as-text",
        "the manifest calls itself text",
        &["BLK-06"],
    )
    .reply(|ask, reply, _| {
        if is_status(ask) && reply.status == 200 {
            reply.set_header("content-type", "text/plain");
        }
    }),
    fault(
        "bare-manifest",
        "the manifest does not say whether its files need a token",
        &["BLK-07"],
    )
    .reply(|ask, reply, _| {
        manifest(ask, reply, |v| {
            v.as_object_mut().unwrap().remove("requiresAccessToken");
        });
    }),
    fault(
        "mixed-files",
        "a file has a line of another type",
        &["BLK-08"],
    )
    .reply(|ask, reply, _| {
        if is_file(ask) {
            reply
                .body
                .extend_from_slice(b"\n{\"resourceType\":\"Basic\",\"id\":\"x\"}\n");
        }
    }),
    fault("exports-all-types", "_type is ignored", &["BLK-10"]).ask(|ask, _| without(ask, "_type")),
    fault("exports-all-times", "_since is ignored", &["BLK-11"])
        .ask(|ask, _| without(ask, "_since")),
    fault(
        "picky-format",
        "only one spelling of NDJSON is accepted",
        &["BLK-12"],
    )
    .ask(|ask, _| {
        ask.query()
            .iter()
            .any(|(name, value)| name == "_outputFormat" && value == "ndjson")
            .then(|| Reply::new(400, "application/fhir+json", "{}"))
    }),
    fault(
        "keeps-exports",
        "deleting an export only looks like it",
        &["BLK-13"],
    )
    .ask(|ask, _| (ask.method == "DELETE" && is_status(ask)).then(|| Reply::json(202, &json!({})))),
    fault(
        "wrong-counts",
        "the manifest states other counts",
        &["BLK-15"],
    )
    .reply(|ask, reply, _| {
        manifest(ask, reply, |v| {
            for row in v["output"].as_array_mut().unwrap() {
                row["count"] = json!(7777);
            }
        });
    }),
];
