//! The Bundle that answers a batch or transaction: one entry for each, in the order of the
//! request (R4, "batch/transaction").

use actix_web::http::StatusCode;
use fhir::subset::Subset;
use serde_json::{Map, Value, json};

use super::prefer::Return;
use crate::execute::batch::Reply;
use crate::execute::{Outcome, Written};
use crate::interaction::bundle::Processing;
use crate::interaction::unmodified::Unmodified;
use crate::problem::Problem;
use crate::render::{self, Rendered};
use crate::search::date;
use crate::store::Stored;

/// What came of a Bundle.
pub(super) struct Answered {
    pub(super) processing: Processing,
    /// What came of each entry, and how it is to be shown.
    pub(super) replies: Vec<(Reply, Shown)>,
}

/// How the answer to a read is to be shown.
pub(super) struct Shown {
    pub(super) unmodified: Unmodified,
    pub(super) is_head: bool,
    pub(super) subset: Subset,
}

/// An entry of the answer.
#[derive(Default)]
struct Entry {
    status: StatusCode,
    full_url: Option<String>,
    resource: Option<Vec<u8>>,
    /// Members of `response` besides the status.
    response: Map<String, Value>,
}

/// The Bundle. `wanted` is what writes should show; without a preference nothing.
pub(super) fn response(answered: Answered, wanted: Option<Return>, base: &str) -> Rendered {
    let ty = match answered.processing {
        Processing::Batch => "batch-response",
        Processing::Transaction => "transaction-response",
    };
    let mut out = format!("{{\"resourceType\":\"Bundle\",\"type\":\"{ty}\"").into_bytes();
    for (at, (reply, shown)) in answered.replies.into_iter().enumerate() {
        out.extend(if at == 0 { ",\"entry\":[" } else { "," }.as_bytes());
        let entry = match reply {
            Ok(outcome) => performed(outcome, &shown, wanted, base),
            Err(problem) => refused(&problem),
        };
        entry.print(&mut out);
    }
    out.extend(if out.ends_with(b"}") { "]}" } else { "}" }.as_bytes());
    Rendered {
        body: out,
        ..Rendered::default()
    }
}

fn performed(outcome: Outcome, shown: &Shown, wanted: Option<Return>, base: &str) -> Entry {
    let made = |rendered: Rendered| Entry {
        resource: Some(rendered.body).filter(|_| !shown.is_head),
        ..Entry::default()
    };
    match outcome {
        Outcome::Written(written) => written_entry(written, wanted, base),
        Outcome::Deleted(version) => Entry {
            status: StatusCode::NO_CONTENT,
            response: version
                .map(|version| ("etag".to_owned(), etag(version)))
                .into_iter()
                .collect(),
            ..Entry::default()
        },
        Outcome::Resource(stored) => found(stored, shown, base),
        Outcome::Searchset(searchset) => made(render::searchset(&searchset, base, &shown.subset)),
        Outcome::History(history) => made(render::history(&history, base, &shown.subset)),
        Outcome::Accepted(location) => Entry {
            status: StatusCode::ACCEPTED,
            response: [("location".to_owned(), json!(location))]
                .into_iter()
                .collect(),
            ..Entry::default()
        },
        Outcome::Answer(resource) => made(render::made(&resource)),
        // No entry of a Bundle names them.
        Outcome::Images(_) => Entry::default(),
    }
}

fn found(stored: Stored, shown: &Shown, base: &str) -> Entry {
    let unmodified = shown.unmodified.holds(stored.version, stored.updated);
    Entry {
        status: if unmodified {
            StatusCode::NOT_MODIFIED
        } else {
            StatusCode::OK
        },
        full_url: Some(full_url(&stored, base)),
        response: version(&stored),
        resource: Some(render::resource(stored, &shown.subset).body)
            .filter(|_| !unmodified && !shown.is_head),
    }
}

fn written_entry(written: Written, wanted: Option<Return>, base: &str) -> Entry {
    let stored = written.stored;
    let mut response = version(&stored);
    let location = format!("{}/_history/{}", full_url(&stored, base), stored.version);
    response.insert("location".into(), json!(location));
    if wanted == Some(Return::OperationOutcome) {
        response.insert("outcome".into(), render::stored_outcome());
    }
    let is_shown = wanted == Some(Return::Representation) && written.is_shown;
    Entry {
        status: if written.is_new {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        },
        full_url: Some(full_url(&stored, base)),
        response,
        resource: is_shown.then_some(stored.body),
    }
}

fn refused(problem: &Problem) -> Entry {
    let status = StatusCode::from_u16(problem.kind.status());
    Entry {
        status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        response: [("outcome".to_owned(), problem.outcome())]
            .into_iter()
            .collect(),
        ..Entry::default()
    }
}

fn full_url(stored: &Stored, base: &str) -> String {
    format!("{base}/{}/{}", stored.resource_type, stored.id)
}

fn version(stored: &Stored) -> Map<String, Value> {
    let members = [
        ("etag", etag(stored.version)),
        ("lastModified", json!(date::print(stored.updated))),
    ];
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn etag(version: u32) -> Value {
    json!(format!("W/\"{version}\""))
}

impl Entry {
    fn print(self, out: &mut Vec<u8>) {
        let reason = self.status.canonical_reason().unwrap_or_default();
        let mut response = Map::new();
        let status = format!("{} {reason}", self.status.as_u16());
        response.insert("status".into(), json!(status));
        response.extend(self.response);
        out.push(b'{');
        if let Some(url) = self.full_url {
            out.extend(format!("\"fullUrl\":{},", json!(url)).as_bytes());
        }
        if let Some(resource) = self.resource {
            out.extend(b"\"resource\":");
            out.extend(resource);
            out.push(b',');
        }
        out.extend(format!("\"response\":{}}}", Value::Object(response)).as_bytes());
    }
}
