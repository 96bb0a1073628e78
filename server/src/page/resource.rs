//! A resource, a Bundle or an outcome as a page.

use askama::Template;
use serde_json::Value;

use super::highlight::{address, highlight};
use super::row::{status, what, when};

/// Lines of JSON on a page: what is longer is read as JSON.
const LINES: usize = 4000;

/// Where a page stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Public base URL of the API that answers, or of the one there is.
    pub base: &'a str,
    /// What stands before the path that was asked: the base, or nothing outside of the API.
    pub root: &'a str,
    /// Path below it, and query, as asked.
    pub asked: &'a str,
    /// Whether the API needs a token.
    pub secured: bool,
    /// Public base URL of the open mirror, where there is one.
    pub mirror: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "resource.html")]
struct Page {
    base: String,
    title: String,
    lead: String,
    path: String,
    resource_type: String,
    secured: bool,
    mirror: Option<String>,
    issues: Vec<Issue>,
    rows: Vec<Row>,
    links: Vec<Link>,
    as_json: String,
    as_xml: String,
    json: String,
    hidden_lines: usize,
}

struct Issue {
    severity: String,
    code: String,
    text: String,
    expression: String,
}

struct Row {
    address: String,
    href: String,
    mode: String,
    what: String,
    when: String,
    status: String,
}

struct Link {
    relation: String,
    href: String,
}

/// The page of a resource.
pub fn resource(resource: &Value, place: &Place<'_>) -> Result<String, askama::Error> {
    let text = |name: &str| resource[name].as_str().unwrap_or_default().to_owned();
    let resource_type = text("resourceType");
    let (json, hidden_lines) = highlight(resource, place.base, LINES);
    Page {
        base: place.base.to_owned(),
        title: title(resource, place.asked),
        lead: lead(resource),
        path: format!("GET {}/{}", place.root, without_format(place.asked)),
        secured: place.secured,
        mirror: place
            .mirror
            .map(|mirror| format!("{mirror}/{}", without_format(place.asked))),
        issues: issues(resource),
        rows: rows(resource, place.base),
        links: links(resource, place.base),
        as_json: in_format(place, "json"),
        as_xml: in_format(place, "xml"),
        json,
        hidden_lines,
        resource_type,
    }
    .render()
}

fn title(resource: &Value, asked: &str) -> String {
    let ty = resource["resourceType"].as_str().unwrap_or_default();
    match (ty, resource["id"].as_str()) {
        ("OperationOutcome", _) => "What the server says".into(),
        ("Bundle", None) => {
            let path = asked.split('?').next().unwrap_or_default();
            match resource["type"].as_str() {
                Some("searchset") => format!("Search of {path}"),
                Some("history") => "History".into(),
                _ => "Bundle".into(),
            }
        }
        ("CapabilityStatement", _) => "What this server can do".into(),
        (_, Some(id)) => format!("{ty}/{id}"),
        (_, None) => ty.to_owned(),
    }
}

fn lead(resource: &Value) -> String {
    if resource["resourceType"] != "Bundle" {
        return what(resource);
    }
    let shown = resource["entry"].as_array().map_or(0, Vec::len);
    match resource["total"].as_u64() {
        Some(total) => format!("{total} found, {shown} entries on this page."),
        None => format!("{shown} entries on this page."),
    }
}

fn issues(resource: &Value) -> Vec<Issue> {
    let listed = resource["issue"].as_array().into_iter().flatten();
    listed
        .filter(|_| resource["resourceType"] == "OperationOutcome")
        .map(|issue| {
            let text = |place: &str| {
                let found = issue.pointer(place).and_then(Value::as_str);
                found.unwrap_or_default().to_owned()
            };
            let details = text("/details/text");
            Issue {
                severity: text("/severity"),
                code: text("/code"),
                text: if details.is_empty() {
                    text("/diagnostics")
                } else {
                    details
                },
                expression: text("/expression/0"),
            }
        })
        .collect()
}

fn rows(resource: &Value, base: &str) -> Vec<Row> {
    let entries = resource["entry"].as_array().into_iter().flatten();
    entries
        .map(|entry| {
            let inside = &entry["resource"];
            let url = entry["fullUrl"].as_str().unwrap_or_default();
            let of_history = entry.pointer("/response/etag").and_then(Value::as_str);
            let mode = entry
                .pointer("/search/mode")
                .or(entry.pointer("/request/method"));
            let mut href = address(url, base).unwrap_or_default();
            if let Some(etag) = of_history.filter(|_| !href.is_empty()) {
                let version = etag.trim_start_matches("W/").trim_matches('"');
                href = format!("{href}/_history/{version}");
            }
            Row {
                address: href
                    .strip_prefix(&format!("{base}/"))
                    .unwrap_or(url)
                    .to_owned(),
                href,
                mode: mode
                    .and_then(Value::as_str)
                    .filter(|mode| *mode != "match")
                    .unwrap_or_default()
                    .to_owned(),
                what: what(inside),
                when: when(inside),
                status: status(inside),
            }
        })
        .collect()
}

fn links(resource: &Value, base: &str) -> Vec<Link> {
    let links = resource["link"].as_array().into_iter().flatten();
    links
        .filter(|_| resource["resourceType"] == "Bundle")
        .filter_map(|link| {
            Some(Link {
                relation: link["relation"].as_str()?.to_owned(),
                href: address(link["url"].as_str()?, base)?,
            })
        })
        .filter(|link| link.relation != "self")
        .collect()
}

/// What was asked, without the format.
fn without_format(asked: &str) -> String {
    let (path, query) = asked.split_once('?').unwrap_or((asked, ""));
    let kept: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("_format="))
        .collect();
    if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", kept.join("&"))
    }
}

fn in_format(place: &Place<'_>, format: &str) -> String {
    let asked = without_format(place.asked);
    let mark = if asked.contains('?') { '&' } else { '?' };
    format!("{}/{asked}{mark}_format={format}&_pretty=true", place.root)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn page(resource: &Value, asked: &str) -> String {
        let place = Place {
            base: "http://x/fhir",
            root: "http://x/fhir",
            asked,
            secured: true,
            mirror: Some("http://x/open"),
        };
        super::resource(resource, &place).unwrap()
    }

    #[test]
    fn a_bundle_lists_its_entries_and_leads_on() {
        let bundle = json!({
            "resourceType": "Bundle", "type": "searchset", "total": 2,
            "link": [
                { "relation": "self", "url": "http://x/fhir/Patient?name=a" },
                { "relation": "next", "url": "http://x/fhir/Patient?name=a&_cursor=c" },
                { "relation": "next", "url": "http://elsewhere/" }
            ],
            "entry": [{ "fullUrl": "http://x/fhir/Patient/a", "search": { "mode": "match" },
                "resource": { "resourceType": "Patient", "id": "a", "name": [{ "family": "<Doe>", "given": ["Jo"] }] } }]
        });
        let html = page(&bundle, "Patient?name=a&_format=html");
        for part in [
            "href=\"http://x/fhir/Patient/a\"",
            "Jo &#60;Doe&#62;",
            "rel=\"next\" href=\"http://x/fhir/Patient?name=a&#38;_cursor=c\"",
            "http://x/open/Patient?name=a",
            "http://x/fhir/Patient?name=a&#38;_format=xml",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("href=\"http://elsewhere"));
    }

    #[test]
    fn what_was_asked_cannot_write_into_the_page() {
        let html = page(
            &json!({ "resourceType": "Patient" }),
            "Patient?x=\"><script>1</script>",
        );
        assert!(!html.contains("<script>1"), "{html}");
    }
}
