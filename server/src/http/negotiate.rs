//! Which format the caller wants (R4, "Content Types and encodings"). JSON is what there is.

use actix_web::HttpRequest;
use actix_web::http::header::ACCEPT;

use crate::problem::{Kind, Problem};

/// Media types, and short names in `_format`, that mean FHIR JSON. The last two are what DSTU2
/// clients send.
const JSON: &[&str] = &[
    "application/fhir+json",
    "application/json",
    "json",
    "*/*",
    "application/*",
    "text/json",
    "application/json+fhir",
];

/// Content type of every FHIR answer.
pub(super) const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";

/// How the body is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    /// Indented.
    pub(super) pretty: bool,
}

/// Whether content should come in its own media type: no FHIR format was asked for by name.
/// Ranges such as `*/*` name none (R4, "Binary").
pub(super) fn wants_content(request: &HttpRequest, pairs: &[(String, String)]) -> bool {
    let by_parameter = pairs.iter().any(|(name, _)| name == "_format");
    !by_parameter
        && !ranges(request)
            .iter()
            .any(|range| is_json(range) && !range.contains('*') && !is_refused(range))
}

/// `_format` goes before `Accept`. An `Accept` that cannot be read counts as absent.
pub(super) fn negotiate(
    request: &HttpRequest,
    pairs: &[(String, String)],
) -> Result<Format, Problem> {
    let parameter = |wanted| {
        pairs
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    };
    let offered = match parameter("_format") {
        // A plus that was not percent-encoded arrives as a space.
        Some(format) => is_json(&format.replace(' ', "+")),
        None => accepts(request),
    };
    if !offered {
        return Err(Problem::new(
            Kind::NotAcceptable,
            "Only JSON is offered: ask for application/fhir+json.",
        ));
    }
    Ok(Format {
        pretty: parameter("_pretty") == Some("true"),
    })
}

/// Whether a media type or `_format` value means FHIR JSON.
pub(super) fn is_json(media_type: &str) -> bool {
    let mut parts = media_type.split(';').map(str::trim);
    let plain = parts.next().unwrap_or_default();
    // R4, "FHIR version parameter"
    let of_another_version = parts
        .filter_map(|part| part.strip_prefix("fhirVersion="))
        .any(|version| version.trim_matches('"') != "4.0");
    !of_another_version && JSON.iter().any(|known| known.eq_ignore_ascii_case(plain))
}

/// The media ranges of `Accept`, without those that cannot be read.
fn ranges(request: &HttpRequest) -> Vec<&str> {
    request
        .headers()
        .get_all(ACCEPT)
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(','))
        .map(str::trim)
        .filter(|range| range.contains('/'))
        .collect()
}

fn accepts(request: &HttpRequest) -> bool {
    let ranges = ranges(request);
    ranges.is_empty()
        || ranges
            .iter()
            .any(|range| is_json(range) && !is_refused(range))
}

/// `q=0` means "not this one".
fn is_refused(range: &str) -> bool {
    range
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.trim().strip_prefix("q="))
        .any(|quality| quality.parse() == Ok(0.0))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn accepted(accept: &str, format: Option<&str>) -> bool {
        let request = TestRequest::default()
            .insert_header((ACCEPT, accept))
            .to_http_request();
        let pairs: Vec<_> = format
            .map(|format| ("_format".to_owned(), format.to_owned()))
            .into_iter()
            .collect();
        negotiate(&request, &pairs).is_ok()
    }

    #[test]
    fn every_spelling_of_json_is_accepted() {
        for accept in [
            "application/fhir+json",
            "application/json+fhir",
            "application/json",
            "text/json",
            "*/*",
            "text/html,application/xhtml+xml,*/*;q=0.8",
            "application/fhir+json; fhirVersion=4.0",
            ";;",
        ] {
            assert!(accepted(accept, None), "{accept}");
        }
        assert!(accepted("text/csv", Some("application/fhir json")));
    }

    #[test]
    fn formats_that_are_not_there_are_refused() {
        for accept in [
            "text/csv",
            "application/fhir+json; fhirVersion=3.0",
            "application/fhir+xml",
            "application/json;q=0",
        ] {
            assert!(!accepted(accept, None), "{accept}");
        }
        assert!(!accepted("*/*", Some("xml")));
    }
}
