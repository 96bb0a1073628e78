//! From an outcome to the bytes and header values that carry it. Pure: knows no sockets.

mod part;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use fhir::subset::Subset;
use fhir::xml;
use serde_json::{Value, json};

use crate::execute::{History, Pages, Searchset};
use crate::interaction::Instance;
use crate::problem::Problem;
use crate::search::date;
use crate::store::{Stored, Version};
pub use part::cut;
use part::part;

/// A body with the headers that belong to it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// JSON, or content of `media_type`.
    pub body: Vec<u8>,
    /// `ETag`
    pub etag: Option<String>,
    /// `Last-Modified`
    pub last_modified: Option<DateTime<Utc>>,
    /// Its own media type; `None` for FHIR JSON.
    pub media_type: Option<String>,
}

/// The content of a `Binary` in its own media type (R4, "Binary").
pub fn content(stored: &Stored) -> Result<Rendered, Problem> {
    let resource: Value =
        serde_json::from_slice(&stored.body).map_err(|error| Problem::internal(&error))?;
    let data = resource["data"].as_str().unwrap_or_default();
    Ok(Rendered {
        body: STANDARD
            .decode(data)
            .map_err(|error| Problem::internal(&error))?,
        media_type: resource["contentType"].as_str().map(str::to_owned),
        ..headers(stored)
    })
}

fn headers(stored: &Stored) -> Rendered {
    Rendered {
        etag: Some(format!("W/\"{}\"", stored.version)),
        last_modified: Some(stored.updated),
        ..Rendered::default()
    }
}

/// A resource as it is stored, or a part of it.
pub fn resource(stored: Stored, subset: &Subset) -> Rendered {
    let headers = headers(&stored);
    let body = if *subset == Subset::Whole {
        stored.body
    } else {
        part(&stored, subset, true).into_owned()
    };
    Rendered { body, ..headers }
}

/// A resource that was made for this answer.
pub fn made(resource: &Value) -> Rendered {
    Rendered {
        body: resource.to_string().into_bytes(),
        ..Rendered::default()
    }
}

/// A page of matches; `base` is the public base URL of links.
pub fn searchset(searchset: &Searchset, base: &str, subset: &Subset) -> Rendered {
    Rendered {
        body: bundle(searchset, base, subset),
        ..Rendered::default()
    }
}

/// A page of versions as a `Bundle` of type `history` (R4, "history").
pub fn history(history: &History, base: &str, subset: &Subset) -> Rendered {
    let mut out = Vec::new();
    out.extend(b"{\"resourceType\":\"Bundle\",\"meta\":{\"lastUpdated\":\"");
    out.extend(date::print(history.at).as_bytes());
    out.extend(b"\"},\"type\":\"history\"");
    if let Some(total) = history.total {
        out.extend(format!(",\"total\":{total}").as_bytes());
    }
    let pages = Pages {
        next: history.next.clone(),
        ..Pages::default()
    };
    let links = links(&history.query, &pages, base);
    out.extend(format!(",\"link\":{links}").as_bytes());
    for (at, version) in history.versions.iter().enumerate() {
        out.extend(if at == 0 {
            ",\"entry\":[".as_bytes()
        } else {
            b","
        });
        version_entry(&mut out, version, base, subset);
    }
    out.extend(if history.versions.is_empty() {
        "}".as_bytes()
    } else {
        b"]}"
    });
    Rendered {
        body: out,
        ..Rendered::default()
    }
}

fn version_entry(out: &mut Vec<u8>, version: &Version, base: &str, subset: &Subset) {
    let Instance { resource_type, id } = &version.instance;
    let address = format!("{resource_type}/{id}");
    out.extend(format!("{{\"fullUrl\":\"{base}/{address}\"").as_bytes());
    if let Some(stored) = &version.stored {
        out.extend(b",\"resource\":");
        out.extend(part(stored, subset, true).as_ref());
    }
    let url = match version.method() {
        "POST" => resource_type.as_str(),
        _ => &address,
    };
    let rest = json!({
        "request": { "method": version.method(), "url": url },
        "response": {
            "status": version.status(),
            "etag": format!("W/\"{}\"", version.version),
            "lastModified": date::print(version.updated),
        }
    });
    let rest = rest.to_string();
    out.push(b',');
    out.extend(rest.trim_start_matches('{').as_bytes());
}

/// A `Bundle` of type `searchset`, assembled around the stored bytes (R4, "Bundle").
fn bundle(searchset: &Searchset, base: &str, subset: &Subset) -> Vec<u8> {
    let bytes: usize = searchset
        .matches
        .iter()
        .chain(&searchset.included)
        .map(|stored| stored.body.len() + base.len() + 128)
        .sum();
    let mut out = Vec::with_capacity(bytes + 1024);
    out.extend(b"{\"resourceType\":\"Bundle\",\"meta\":{\"lastUpdated\":\"");
    out.extend(date::print(searchset.at).as_bytes());
    out.extend(b"\"},\"type\":\"searchset\"");
    if let Some(total) = searchset.total {
        out.extend(format!(",\"total\":{total}").as_bytes());
    }
    out.extend(b",\"link\":");
    let links = links(&searchset.query, &searchset.pages, base);
    out.extend(links.to_string().as_bytes());
    entries(&mut out, searchset, base, subset);
    out.push(b'}');
    out
}

fn links(query: &str, pages: &Pages, base: &str) -> Value {
    // A search of the whole server has a query and no path.
    let slash = if query.is_empty() || query.starts_with('?') {
        ""
    } else {
        "/"
    };
    let url = format!("{base}{slash}{query}");
    let mut links = vec![json!({ "relation": "self", "url": url })];
    let mark = if url.contains('?') { '&' } else { '?' };
    for (relation, cursor) in [
        ("first", &pages.first),
        ("previous", &pages.previous),
        ("next", &pages.next),
        ("last", &pages.last),
    ] {
        if let Some(cursor) = cursor {
            let url = format!("{url}{mark}_cursor={cursor}");
            links.push(json!({ "relation": relation, "url": url }));
        }
    }
    Value::Array(links)
}

fn entries(out: &mut Vec<u8>, searchset: &Searchset, base: &str, subset: &Subset) {
    let is_empty = searchset.matches.is_empty() && searchset.included.is_empty();
    if is_empty && searchset.ignored.is_empty() {
        return;
    }
    out.extend(b",\"entry\":[");
    let found = searchset.matches.iter().map(|stored| (stored, "match"));
    let included = searchset.included.iter().map(|stored| (stored, "include"));
    for (at, (stored, mode)) in found.chain(included).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        entry(out, stored, mode, base, subset);
    }
    if !searchset.ignored.is_empty() {
        if !is_empty {
            out.push(b',');
        }
        let outcome = json!({
            "resource": warnings(&searchset.ignored),
            "search": { "mode": "outcome" }
        });
        out.extend(outcome.to_string().as_bytes());
    }
    out.push(b']');
}

fn entry(out: &mut Vec<u8>, stored: &Stored, mode: &str, base: &str, subset: &Subset) {
    // Base, type and id hold no character that JSON escapes.
    out.extend(b"{\"fullUrl\":\"");
    out.extend(base.as_bytes());
    out.push(b'/');
    out.extend(stored.resource_type.as_str().as_bytes());
    out.push(b'/');
    out.extend(stored.id.as_bytes());
    out.extend(b"\",\"resource\":");
    out.extend(part(stored, subset, mode == "match").as_ref());
    out.extend(b",\"search\":{\"mode\":\"");
    out.extend(mode.as_bytes());
    out.extend(b"\"}}");
}

/// What was left out of a search, as warnings.
fn warnings(ignored: &[Problem]) -> Value {
    let issues: Vec<Value> = ignored
        .iter()
        .map(|problem| {
            let mut issue = problem.outcome()["issue"][0].take();
            issue["severity"] = json!("warning");
            issue
        })
        .collect();
    json!({ "resourceType": "OperationOutcome", "issue": issues })
}

/// Says that a write was done (`Prefer: return=OperationOutcome`).
pub fn stored_outcome() -> Value {
    json!({
        "resourceType": "OperationOutcome",
        "issue": [{
            "severity": "information",
            "code": "informational",
            "details": { "text": "The resource is stored." }
        }]
    })
}

/// FHIR JSON as FHIR XML.
pub fn xml(json: &[u8], pretty: bool) -> Result<String, Problem> {
    let layout = if pretty {
        xml::Layout::Indented
    } else {
        xml::Layout::Compact
    };
    let value: Value = serde_json::from_slice(json).map_err(|error| Problem::internal(&error))?;
    xml::write(&value, layout)
        .map_err(|fault| Problem::internal(&format!("{fault} at {}", fault.path)))
}

/// The same JSON, indented (`_pretty=true`). What is not JSON is left as it is.
pub fn pretty(body: Vec<u8>) -> Vec<u8> {
    serde_json::from_slice::<Value>(&body)
        .and_then(|value| serde_json::to_vec_pretty(&value))
        .unwrap_or(body)
}

#[cfg(test)]
mod tests {
    use fhir::resource_type::ResourceType;

    use super::*;
    use crate::problem::Kind;

    fn assembled(matches: Vec<Stored>, ignored: Vec<Problem>) -> Value {
        let searchset = Searchset {
            total: Some(matches.len() as u64),
            matches,
            included: Vec::new(),
            query: "Patient?name=a".into(),
            pages: Pages {
                next: Some("c".into()),
                ..Pages::default()
            },
            ignored,
            at: DateTime::UNIX_EPOCH,
        };
        serde_json::from_slice(&bundle(&searchset, "http://x/fhir", &Subset::Whole)).unwrap()
    }

    #[test]
    fn a_bundle_holds_the_stored_bytes() {
        let stored = Stored {
            key: 1,
            resource_type: ResourceType::parse("Patient").unwrap(),
            id: "a".into(),
            version: 1,
            updated: DateTime::UNIX_EPOCH,
            body: br#"{"resourceType":"Patient","id":"a","x":1.00}"#.to_vec(),
        };
        let bundle = assembled(vec![stored], vec![Problem::new(Kind::Value, "no value")]);
        assert_eq!(bundle["entry"][0]["fullUrl"], "http://x/fhir/Patient/a");
        assert_eq!(bundle["entry"][0]["resource"]["x"].to_string(), "1.00");
        assert_eq!(bundle["entry"][1]["search"]["mode"], "outcome");
        assert_eq!(
            bundle["entry"][1]["resource"]["issue"][0]["severity"],
            "warning"
        );
        assert_eq!(
            bundle["link"][1]["url"],
            "http://x/fhir/Patient?name=a&_cursor=c"
        );
    }

    #[test]
    fn an_empty_result_has_no_entry_member() {
        let bundle = assembled(Vec::new(), Vec::new());
        assert_eq!(bundle.get("entry"), None);
        assert_eq!(bundle["total"], 0);
    }
}
