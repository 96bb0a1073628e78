//! Reads and searches within the token's patient.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::{Value, json};

use super::{ADA, BOB, World, fhir, header, outcome, parameter};

type Query = Vec<(String, String)>;

const KNOWN: &[&str] = &[
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
    "_revinclude",
];

pub fn answer(request: &HttpRequest, body: &[u8], world: &World, path: &str) -> HttpResponse {
    let Some(patient) = patient_of(request, world) else {
        return refused(world);
    };
    let (name, id) = path.split_once('/').unwrap_or((path, ""));
    if !world
        .records
        .iter()
        .any(|record| record["resourceType"] == name)
        && name != "Binary"
    {
        return if world.has("unknown-type-200") {
            bundle(&[], None, "x")
        } else {
            outcome(404)
        };
    }
    match id {
        "" => search(request, request.query_string(), world, name, patient),
        "_search" if request.method() == Method::POST => search(
            request,
            &String::from_utf8_lossy(body),
            world,
            name,
            patient,
        ),
        id => read(request, world, name, id, patient),
    }
}

/// The patient of the request's token.
fn patient_of(request: &HttpRequest, world: &World) -> Option<&'static str> {
    let query =
        parameter(request.query_string(), "access_token").filter(|_| world.has("query-token"));
    let token = header(request, "authorization")
        .strip_prefix("Bearer ")
        .map(str::to_owned)
        .or(query);
    match token.as_deref() {
        Some("access-token-of-ada-1") => Some(ADA),
        Some("access-token-of-bob-2") => Some(BOB),
        Some(_) if world.has("any-token") => Some(ADA),
        None if world.has("open-reads") => Some(ADA),
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

fn read(request: &HttpRequest, world: &World, name: &str, id: &str, patient: &str) -> HttpResponse {
    if name == "Binary" {
        return HttpResponse::Ok().content_type("text/plain").body("hello");
    }
    let found = world.records.iter().find(|record| {
        record["resourceType"] == name
            && record["id"] == id
            && (is_of(record, patient) || world.has("leak-by-id"))
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
    patient: &str,
) -> HttpResponse {
    let mut query: Query = url::form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect();
    if world.has("searches-fail") {
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
    let found: Vec<_> = world
        .records
        .iter()
        .filter(|record| record["resourceType"] == name && admits(world, &query, record, patient))
        .cloned()
        .collect();
    if found.is_empty() && world.has("empty-is-404") {
        return outcome(404);
    }
    paged(world, name, &query, found)
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
        "code" => token(world, &record["code"], text),
        "beneficiary" => !world.has("no-beneficiary"),
        "_lastUpdated" => {
            let is_first = value(query, "_lastUpdated") == Some(text);
            (world.has("first-bound-only") && !is_first) || changed(world, record, text)
        }
        _ => true,
    }
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

fn paged(world: &World, name: &str, query: &Query, found: Vec<Value>) -> HttpResponse {
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
    if value(query, "_revinclude").is_some() {
        let origins = world
            .records
            .iter()
            .filter(|record| record["resourceType"] == "Provenance" && is_of(record, ADA));
        entries.extend(origins.map(|record| entry(world, record, "include")));
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
