//! Reads and searches within the token's patient.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::{Value, json};

use super::grant::{FULL, allows};
use super::{ADA, World, fhir, header, outcome, parameter};

type Query = Vec<(String, String)>;

const KNOWN: &[&str] = &[
    "authoredon",
    "patient",
    "subject",
    "beneficiary",
    "_id",
    "category",
    "code",
    "status",
    "_lastUpdated",
    "_count",
    "_offset",
    "_include",
    "_revinclude",
    "_sort",
    "_elements",
    "_summary",
    "clinical-status",
    "class",
    "date",
    "description",
    "family",
    "gender",
    "birthdate",
    "identifier",
    "intent",
    "lifecycle-status",
    "name",
    "type",
];

/// Who asks.
struct Caller {
    patient: String,
    scope: String,
}

pub fn answer(request: &HttpRequest, body: &[u8], world: &World, path: &str) -> HttpResponse {
    if request.method() == Method::OPTIONS {
        return HttpResponse::NoContent().finish();
    }
    let Some(caller) = caller(request, world) else {
        return refused(world);
    };
    let (name, id) = path.split_once('/').unwrap_or((path, ""));
    if let Some(response) = written(request, world, id) {
        return response;
    }
    let is_stored = |record: &Value| record["resourceType"] == name;
    if !world.records.iter().any(is_stored) && name != "Binary" {
        return if world.has("unknown-type-200") {
            bundle(&[], None, "x")
        } else {
            outcome(404)
        };
    }
    let form = String::from_utf8_lossy(body);
    match id {
        "" => search(request, request.query_string(), world, name, &caller),
        "$docref" if !world.has("no-docref") => {
            search(request, request.query_string(), world, name, &caller)
        }
        "_search" if request.method() == Method::POST => {
            search(request, &form, world, name, &caller)
        }
        id => instance(request, world, name, id, &caller),
    }
}

/// What a write is answered; `None` when it is none.
fn written(request: &HttpRequest, world: &World, id: &str) -> Option<HttpResponse> {
    let is_read = [Method::GET, Method::HEAD].contains(request.method()) || id == "_search";
    if is_read && !(*request.method() == Method::HEAD && world.has("no-head")) {
        return None;
    }
    Some(match id {
        "$validate" => {
            let severity = if world.has("invalid") {
                "error"
            } else {
                "information"
            };
            fhir(
                200,
                &json!({"resourceType": "OperationOutcome",
                "issue": [{"severity": severity, "code": "informational"}]}),
            )
        }
        _ if world.has("writable") => outcome(201),
        _ if *request.method() == Method::HEAD => outcome(405),
        _ => outcome(403),
    })
}

/// A read, a version, the history or everything.
fn instance(
    request: &HttpRequest,
    world: &World,
    name: &str,
    path: &str,
    caller: &Caller,
) -> HttpResponse {
    let (id, rest) = path.split_once('/').unwrap_or((path, ""));
    let leaks = world.has("leaky-history") && rest.starts_with("_history");
    match rest {
        _ if leaks && id != caller.patient => fhir(200, &json!({"resourceType": "Bundle"})),
        "_history" if world.has("no-history") => outcome(404),
        "_history" => {
            let response = read(request, world, name, id, caller);
            if response.status() != 200 {
                return response;
            }
            let found = world.records.iter().find(|record| record["id"] == id);
            fhir(
                200,
                &json!({"resourceType": "Bundle", "type": "history", "entry": [{"resource": found}]}),
            )
        }
        "$everything" => everything(world, id, caller),
        _ => read(request, world, name, id, caller),
    }
}

fn everything(world: &World, id: &str, caller: &Caller) -> HttpResponse {
    let leaks = world.has("leaky-everything");
    if id != caller.patient && !leaks {
        return outcome(404);
    }
    let narrow = !world.has("ignores-scope-everywhere");
    let mine = |record: &&Value| {
        is_of(record, id)
            && (!narrow || allows(&caller.scope, record) || record["resourceType"] == "Patient")
    };
    let entries: Vec<_> = world
        .records
        .iter()
        .filter(mine)
        .map(|record| entry(world, record, "match"))
        .collect();
    bundle(&entries, None, "x")
}

/// The patient and the scope of the request's token.
fn caller(request: &HttpRequest, world: &World) -> Option<Caller> {
    let query =
        parameter(request.query_string(), "access_token").filter(|_| world.has("query-token"));
    let token = header(request, "authorization")
        .strip_prefix("Bearer ")
        .map(str::to_owned)
        .or(query);
    let state = world.state();
    let stored = token.as_deref().and_then(|text| {
        let found = match state.tokens.get(text) {
            Some(found) if world.has("deaf-to-revocation") => {
                Some((found, &state.families[found.family]))
            }
            _ => state.live(text),
        };
        found.filter(|(found, _)| !found.is_refresh)
    });
    let anybody = || Caller {
        patient: ADA.to_owned(),
        scope: FULL.to_owned(),
    };
    match (stored, token) {
        (Some((token, family)), _) => Some(Caller {
            patient: family.patient.clone(),
            scope: if world.has("ignores-scope") {
                FULL.to_owned()
            } else {
                token.scope.clone()
            },
        }),
        (None, Some(_)) if world.has("any-token") => Some(anybody()),
        (None, None) if world.has("open-reads") => Some(anybody()),
        _ => None,
    }
}

fn refused(world: &World) -> HttpResponse {
    let mut response = outcome(401);
    if !world.has("no-challenge") {
        let name = "www-authenticate".parse().unwrap();
        response
            .headers_mut()
            .insert(name, "Bearer realm=\"fhir\"".parse().unwrap());
    }
    response
}

/// Whether a record is shared or of `patient`.
fn is_of(record: &Value, patient: &str) -> bool {
    let wanted = format!("Patient/{patient}");
    let references = ["subject", "patient", "beneficiary"].map(|name| &record[name]["reference"]);
    record["id"]
        .as_str()
        .is_some_and(|id| id.ends_with(patient))
        || references.into_iter().any(|reference| *reference == wanted)
}

fn read(
    request: &HttpRequest,
    world: &World,
    name: &str,
    id: &str,
    caller: &Caller,
) -> HttpResponse {
    if name == "Binary" {
        let as_resource = header(request, "accept").contains("fhir+json");
        if as_resource && id.ends_with(&caller.patient) && !world.has("raw-binaries") {
            return fhir(
                200,
                &json!({"resourceType": "Binary", "contentType": "text/plain", "data": "aGVsbG8="}),
            );
        }
        return if id.ends_with(&caller.patient) || world.has("open-binaries") {
            HttpResponse::Ok().content_type("text/plain").body("hello")
        } else {
            outcome(404)
        };
    }
    if name == "Practitioner" && world.has("no-practitioners") {
        return outcome(403);
    }
    let found = world.records.iter().find(|record| {
        record["resourceType"] == name
            && record["id"] == id
            && (is_of(record, &caller.patient) || world.has("leak-by-id"))
            && (allows(&caller.scope, record) || world.has("ignores-scope-in-reads"))
    });
    let Some(record) = found else {
        return if world.has("bare-404") {
            HttpResponse::NotFound().finish()
        } else {
            outcome(404)
        };
    };
    if header(request, "accept").contains("xml") && !world.has("json-for-xml") {
        return outcome(406);
    }
    if header(request, "if-none-match") == "W/\"1\"" && !world.has("never-304") {
        return HttpResponse::NotModified().finish();
    }
    let mut record = record.clone();
    if world.has("read-differs") {
        record["language"] = json!("en");
    }
    let mut response = fhir(200, &record);
    if !world.has("cacheable-records") {
        let headers = response.headers_mut();
        headers.insert(
            "cache-control".parse().unwrap(),
            "no-store".parse().unwrap(),
        );
    }
    if !world.has("no-etag") {
        let headers = response.headers_mut();
        headers.insert("etag".parse().unwrap(), "W/\"1\"".parse().unwrap());
        headers.insert(
            "last-modified".parse().unwrap(),
            "Fri, 01 Mar 2024 08:00:00 GMT".parse().unwrap(),
        );
    }
    response
}

fn search(
    request: &HttpRequest,
    text: &str,
    world: &World,
    name: &str,
    caller: &Caller,
) -> HttpResponse {
    let patient = caller.patient.as_str();
    let mut query: Query = url::form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect();
    let has_code = query.iter().any(|(key, _)| key == "code");
    if world.has("searches-fail") || (has_code && world.has("searches-by-code-fail")) {
        return outcome(500);
    }
    let strict = header(request, "prefer") == "handling=strict";
    if strict && query.iter().any(|(key, _)| !KNOWN.contains(&key.as_str())) {
        return outcome(400);
    }
    let bad = |(key, value): &(String, String)| {
        (key == "_lastUpdated" && moment(&value[value.len().min(2)..]).is_none())
            || (key == "_count" && value.parse::<usize>().is_err())
            || (world.has("no-offset") && key == "_lastUpdated" && value.contains('+'))
    };
    if query.iter().any(bad) && !world.has("lenient-values") {
        return outcome(400);
    }
    if !world.has("unknown-in-self") {
        query.retain(|(key, _)| KNOWN.contains(&key.as_str()));
    }
    if text.contains("%27") && world.has("talkative-errors") {
        return outcome(400)
            .map_body(|_, _| actix_web::body::BoxBody::new("{\"a\": \"SQLSTATE 42601\"}"));
    }
    let forwarded = header(request, "x-forwarded-host");
    if world.has("trusts-forwarded") && !forwarded.is_empty() {
        return bundle(&[], None, &format!("https://{forwarded}/{name}"));
    }
    if text.contains('?') && world.has("breaks-on-stray") {
        return outcome(500);
    }
    let is_filter = ["_tag", "_security", "_profile"]
        .iter()
        .any(|name| text.contains(name));
    let whole = world.has("leaky-filters") && is_filter;
    let mut found: Vec<_> = world
        .records
        .iter()
        .filter(|record| record["resourceType"] == name)
        .filter(|record| {
            whole || (allows(&caller.scope, record) && admits(world, &query, record, patient))
        })
        .cloned()
        .collect();
    if value(&query, "_sort").is_some() && !world.has("ignores-results") {
        found.reverse();
    }
    if value(&query, "_elements").is_some() && !world.has("ignores-results") {
        for record in &mut found {
            record.as_object_mut().unwrap().remove("text");
        }
    }
    if value(&query, "_summary").is_some() {
        return fhir(
            200,
            &json!({"resourceType": "Bundle", "type": "searchset", "total": found.len(),
            "link": [{"relation": "self", "url": world.base()}]}),
        );
    }
    if found.is_empty() && world.has("empty-is-404") {
        return outcome(404);
    }
    paged(world, name, &query, found, caller)
}

fn value<'a>(query: &'a Query, name: &str) -> Option<&'a str> {
    query
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

/// Whether the query and the token admit a record.
fn admits(world: &World, query: &Query, record: &Value, patient: &str) -> bool {
    let named = ["patient", "subject", "beneficiary"]
        .into_iter()
        .find_map(|name| value(query, name));
    let leaks = match world.fault {
        "leak-by-search" => value(query, "patient").is_some_and(|id| is_of(record, id)),
        "leak-unnamed" => named.is_none(),
        "leak-by-subject" => value(query, "subject")
            .is_some_and(|id| is_of(record, id.trim_start_matches("Patient/"))),
        _ => false,
    };
    let is_named = |text: &str| {
        text.split(',')
            .any(|one| one.trim_start_matches("Patient/") == patient)
    };
    let mine = is_of(record, patient) && named.is_none_or(is_named);
    let unheard = world.has("no-subject") && value(query, "subject").is_some();
    (mine || leaks)
        && !unheard
        && query
            .iter()
            .all(|(key, text)| criterion(world, record, key, text, query))
}

fn criterion(world: &World, record: &Value, key: &str, text: &str, query: &Query) -> bool {
    match key {
        "_id" => record["id"] == text,
        "status" => record["status"] == text,
        "category" => text
            .split(',')
            .any(|one| token(world, &record["category"][0], one)),
        "code" => world.has("deaf-codes") || token(world, &record["code"], text),
        "beneficiary" => !world.has("no-beneficiary"),
        "_lastUpdated" => {
            let is_first = value(query, "_lastUpdated") == Some(text);
            (world.has("first-bound-only") && !is_first) || changed(world, record, text)
        }
        "clinical-status" => token(world, &record["clinicalStatus"], text),
        "class" => coded(&record["class"], text),
        "date" | "authoredon" => {
            let day = [
                "authoredOn",
                "effectiveDateTime",
                "occurrenceDateTime",
                "performedDateTime",
            ]
            .map(|name| record[name].as_str());
            dated(world, day.into_iter().flatten().next(), text)
        }
        "description" => token(world, &record["description"], text),
        "family" | "name" => {
            let name = record["name"][0]["family"]
                .as_str()
                .or(record["name"].as_str());
            name == Some(text)
        }
        "gender" => record["gender"] == text,
        "birthdate" => record["birthDate"] == text,
        "identifier" => {
            let identifier = &record["identifier"][0];
            text.split_once('|').is_some_and(|(system, value)| {
                identifier["system"] == system && identifier["value"] == value
            })
        }
        "intent" => text.split(',').any(|one| record["intent"] == one),
        "lifecycle-status" => record["lifecycleStatus"] == text,
        "type" => {
            let concept = if record["type"].is_array() {
                &record["type"][0]
            } else {
                &record["type"]
            };
            token(world, concept, text)
        }
        _ => true,
    }
}

fn coded(coding: &Value, text: &str) -> bool {
    let parts = [&coding["system"], &coding["code"]].map(|part| part.as_str().unwrap_or_default());
    parts.join("|") == text
}

/// Whether a day fits a bound.
fn dated(world: &World, day: Option<&str>, text: &str) -> bool {
    let (prefix, bound) = text.split_at(text.len().min(2));
    day.is_some_and(|day| match prefix {
        "gt" | "ge" if world.has("swaps-bounds") => day < bound,
        "gt" | "ge" => day > bound,
        "lt" | "le" => day < bound,
        _ => day == text,
    })
}

fn token(world: &World, concept: &Value, text: &str) -> bool {
    let coding = &concept["coding"][0];
    match text.split_once('|') {
        Some((system, code)) => {
            coding["code"] == code && (coding["system"] == system || world.has("ignores-system"))
        }
        None => coding["code"] == text,
    }
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.with_timezone(&Utc));
    }
    let moment = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").ok();
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .and_then(|day| day.and_hms_opt(0, 0, 0));
    moment.or(day).map(|moment| moment.and_utc())
}

fn changed(world: &World, record: &Value, text: &str) -> bool {
    let (prefix, bound) = text.split_at(text.len().min(2));
    let bound = moment(bound).unwrap_or_default();
    let at = moment(record["meta"]["lastUpdated"].as_str().unwrap()).unwrap();
    let is_first = record["id"]
        .as_str()
        .is_some_and(|id| id.starts_with("lab-1"));
    match prefix {
        _ if world.has("ignores-last-updated") => true,
        "gt" if world.has("ge-for-gt") => at >= bound,
        "gt" if world.has("loses-oldest") && is_first => false,
        "gt" => at > bound,
        "lt" => at < bound,
        _ => false,
    }
}

fn paged(
    world: &World,
    name: &str,
    query: &Query,
    found: Vec<Value>,
    caller: &Caller,
) -> HttpResponse {
    let number = |name| value(query, name).and_then(|text| text.parse::<usize>().ok());
    let (count, offset) = (
        number("_count").unwrap_or(50),
        number("_offset").unwrap_or(0),
    );
    let rest: Vec<_> = query.iter().filter(|(key, _)| key != "_offset").collect();
    let origin = if world.has("internal-links") {
        "http://internal.invalid:1"
    } else {
        &world.origin
    };
    let link = |offset: usize| {
        let mut url = url::Url::parse(&format!("{origin}/fhir/{name}")).unwrap();
        url.query_pairs_mut()
            .extend_pairs(rest.iter().copied())
            .append_pair("_offset", &offset.to_string());
        url.to_string()
    };
    let step = if world.has("lost-records") {
        count + 1
    } else {
        count
    };
    let has_more = offset + count < found.len() && !world.has("no-next");
    let next = has_more.then(|| link(offset + step));
    let mut entries: Vec<_> = found
        .into_iter()
        .skip(offset)
        .take(count)
        .map(|record| entry(world, &record, "match"))
        .collect();
    let kind = value(query, "_revinclude").and_then(|text| text.split(':').next());
    if let Some(kind) = kind {
        let leaks = world.has("leaky-include");
        let narrow = !world.has("ignores-scope-everywhere");
        let names: Vec<_> = entries
            .iter()
            .map(|entry| format!("\"{name}/{}\"", entry["resource"]["id"].as_str().unwrap()))
            .collect();
        let refers = |record: &Value| {
            let text = record.to_string();
            names.iter().any(|name| text.contains(name))
        };
        let added = world.records.iter().filter(|record| {
            record["resourceType"] == kind
                && (leaks || refers(record))
                && (leaks || is_of(record, &caller.patient))
                && (!narrow || allows(&caller.scope, record))
        });
        entries.extend(added.map(|record| entry(world, record, "include")));
    }
    let is_asked = value(query, "_include") == Some("MedicationRequest:medication");
    if is_asked && !world.has("no-medications") {
        let medicines = world.records.iter().filter(|record| {
            record["resourceType"] == "Medication" && is_of(record, &caller.patient)
        });
        entries.extend(medicines.map(|record| entry(world, record, "include")));
    }
    bundle(&entries, next, &link(offset))
}

fn entry(world: &World, record: &Value, mode: &str) -> Value {
    let name = format!(
        "{}/{}",
        record["resourceType"].as_str().unwrap(),
        record["id"].as_str().unwrap()
    );
    let full_url = if world.has("relative-full-url") {
        name
    } else {
        format!("{}/{name}", world.base())
    };
    json!({"fullUrl": full_url, "resource": record, "search": {"mode": mode}})
}

fn bundle(entries: &[Value], next: Option<String>, own: &str) -> HttpResponse {
    let mut links = vec![json!({"relation": "self", "url": own})];
    links.extend(next.map(|url| json!({"relation": "next", "url": url})));
    let mut bundle = json!({"resourceType": "Bundle", "type": "searchset", "link": links});
    if !entries.is_empty() {
        bundle["entry"] = json!(entries);
    }
    fhir(200, &bundle)
}
