//! Faults of genomics and imaging, and of what is open to everybody.

use conformance::Configuration;
use conformance::configuration::{Credentials, Secret};
use serde_json::{Value, json};

use super::consent::tick_all;
use super::fault::{Fault, fault};
use super::message::{Ask, Reply};

/// The account that reaches a record with everything: genomics, and every type of US Core.
pub const EVERYTHING: (&str, &str, &str) = ("elena-tsosie", "demo-password", "elena-tsosie");

/// Signs in with [`EVERYTHING`].
pub fn with_everything(configuration: &mut Configuration) {
    let (username, password, patient) = EVERYTHING;
    configuration.credentials = Credentials::Form {
        username: username.into(),
        password: Secret::from(password.to_owned()),
    };
    configuration.patient = Some(patient.into());
}

fn of_type(reply: &mut Reply, name: &str, change: fn(&mut Value)) {
    reply.each_record(|record| {
        if record["resourceType"] == name {
            change(record);
        }
    });
}

fn is_mirror(ask: &Ask) -> bool {
    ask.path.starts_with(super::message::MIRROR)
}

pub static FAULTS: &[Fault] = &[
    fault(
        "uncoded-report",
        "genomic reports have another code",
        &["GEN-01"],
    )
    .reply(|_, reply, _| {
        of_type(reply, "DiagnosticReport", |v| {
            v["code"] = json!({"text": "report"});
        });
    })
    .setting(with_everything),
    fault(
        "unplaced-variant",
        "variants are laboratory results only",
        &["GEN-02"],
    )
    .reply(|_, reply, _| {
        of_type(reply, "Observation", |v| {
            v["category"] = json!([{"coding": [{"code": "laboratory"}]}]);
        });
    })
    .setting(with_everything),
    fault(
        "valued-implication",
        "implications have a value",
        &["GEN-04"],
    )
    .reply(|_, reply, _| {
        of_type(reply, "Observation", |v| {
            v["valueString"] = json!("carrier");
        });
    })
    .setting(with_everything),
    fault(
        "shares-genomics",
        "genomics are shared although they were unticked",
        &["GEN-08"],
    )
    .ask(|ask, memory| {
        if ask.is_post("/consent") {
            tick_all(ask, memory);
        }
        None
    })
    .setting(with_everything),
    fault(
        "no-wado",
        "endpoints of images are of another type",
        &["IMG-01", "IMG-04"],
    )
    .reply(|_, reply, _| {
        of_type(reply, "Endpoint", |v| {
            v["connectionType"]["code"] = json!("hl7-fhir-rest");
        });
    }),
    fault(
        "busy",
        "imaging studies are not ready, and nobody says until when",
        &["IMG-02", "IMG-03"],
    )
    .ask(|ask, _| (ask.place() == Some("ImagingStudy")).then(|| Reply::new(503, "text/plain", ""))),
    fault(
        "no-endpoints",
        "imaging studies come without their endpoints",
        &["IMG-05"],
    )
    .reply(|ask, reply, _| {
        if ask.has_parameter("_include") {
            reply.keep_entries(|entry| entry["search"]["mode"] == "match");
        }
    }),
    fault(
        "ended-refresh",
        "a refresh token outlives its consent",
        &["RFR-11"],
    )
    .ask(|ask, _| {
        (ask.field("refresh_token").as_deref() == Some("a-refresh-token-of-last-year")).then(|| {
            Reply::json(
                200,
                &json!({"access_token": "x", "token_type": "Bearer", "expires_in": 300}),
            )
        })
    })
    .setting(|configuration| {
        configuration.ended_refresh_token = Some("a-refresh-token-of-last-year".to_owned().into());
    }),
    fault(
        "writable-mirror",
        "the open mirror can be written to",
        &["ACC-21"],
    )
    .ask(|ask, _| (is_mirror(ask) && ask.method == "POST").then(|| Reply::json(201, &json!({}))))
    .setting(|configuration| {
        let base = configuration
            .base
            .as_str()
            .replace(super::message::API, super::message::MIRROR);
        configuration.open_base = base.parse().ok();
    }),
    fault(
        "no-activity",
        "nobody sees who used their record",
        &["OPS-05"],
    )
    .reply(|_, reply, _| reply.replace("/activity", "/nothing")),
    fault(
        "talkative-health",
        "the health page tells a secret",
        &["OPS-08"],
    )
    .ask(|ask, _| {
        (ask.path == "/healthz").then(|| Reply::new(200, "text/plain", "database password=hunter2"))
    }),
];
