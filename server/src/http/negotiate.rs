//! Which format the caller wants (R4, "Content Types and encodings").

use actix_web::HttpRequest;
use actix_web::http::header::ACCEPT;

use crate::problem::{Kind, Problem};

/// Names of FHIR JSON and FHIR XML, in `Accept`, `Content-Type` and `_format`. `json+fhir` and
/// `xml+fhir` are what DSTU2 clients send.
const NAMES: &[(&str, Media)] = &[
    ("application/fhir+json", Media::Json),
    ("application/json", Media::Json),
    ("application/json+fhir", Media::Json),
    ("json", Media::Json),
    ("text/json", Media::Json),
    ("application/fhir+xml", Media::Xml),
    ("application/xml", Media::Xml),
    ("application/xml+fhir", Media::Xml),
    ("text/xml", Media::Xml),
    ("xml", Media::Xml),
    ("html", Media::Html),
    ("text/html", Media::Html),
];

/// What such a range may be answered with.
const RANGES: &[&str] = &["*/*", "application/*"];

/// What only browsers name besides `text/html`: programs that merely copy their library's default
/// (`text/html, image/gif, …`) want JSON.
const ONLY_BROWSERS: &str = "application/xhtml+xml";

/// Content type of FHIR JSON.
pub(super) const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";
/// Content type of FHIR XML.
pub(super) const FHIR_XML: &str = "application/fhir+xml; charset=utf-8";

/// A format of FHIR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Media {
    /// `application/fhir+json`
    #[default]
    Json,
    /// `application/fhir+xml`
    Xml,
    /// A page for people.
    Html,
}

/// How the body is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Format {
    pub(super) media: Media,
    /// Indented.
    pub(super) pretty: bool,
}

/// A media range with its quality in thousandths.
struct Range<'a> {
    name: &'a str,
    quality: u16,
    is_of_another_version: bool,
}

/// Whether content should come in its own media type: no FHIR format was asked for by name.
/// Ranges such as `*/*` name none (R4, "Binary"), and a browser's `text/html` is not one.
pub(super) fn wants_content(request: &HttpRequest, pairs: &[(String, String)]) -> bool {
    let by_parameter = pairs.iter().any(|(name, _)| name == "_format");
    !by_parameter
        && !ranges(request).any(|range| {
            range.quality > 0
                && matches!(media(range.name), Some(Media::Json | Media::Xml))
                && !range.name.starts_with("text/")
                && range.name != "application/xml"
        })
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
    let media = match parameter("_format") {
        // A plus that was not percent-encoded arrives as a space.
        Some(format) => named(&format.replace(' ', "+")),
        None => accepted(request),
    };
    Ok(Format {
        media: media.ok_or_else(not_acceptable)?,
        pretty: parameter("_pretty") == Some("true"),
    })
}

fn not_acceptable() -> Problem {
    Problem::new(
        Kind::NotAcceptable,
        "FHIR R4 is offered as application/fhir+json and application/fhir+xml, and as text/html for people.",
    )
}

/// The format that a media type or `_format` value means, if it is of this version of FHIR.
pub(super) fn named(media_type: &str) -> Option<Media> {
    let range = range(media_type)?;
    media(range.name).filter(|_| !range.is_of_another_version)
}

fn media(name: &str) -> Option<Media> {
    NAMES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, media)| *media)
}

/// Reads `type/subtype;q=0.5;fhirVersion=4.0`.
fn range(text: &str) -> Option<Range<'_>> {
    let mut parts = text.split(';').map(str::trim);
    let mut range = Range {
        name: parts.next().filter(|name| !name.is_empty())?,
        quality: 1000,
        is_of_another_version: false,
    };
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        if name.trim() == "q" {
            range.quality = quality(value.trim());
        }
        // R4, "FHIR version parameter"
        if name.trim().eq_ignore_ascii_case("fhirVersion") {
            range.is_of_another_version = value.trim_matches('"') != "4.0";
        }
    }
    Some(range)
}

/// Thousandths; what cannot be read is 1 (RFC 9110 §12.4.2).
fn quality(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole != "0" {
        return 1000;
    }
    format!("{fraction:0<3}")
        .get(..3)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(1000)
}

/// The media ranges of `Accept`, without those that cannot be read.
fn ranges(request: &HttpRequest) -> impl Iterator<Item = Range<'_>> {
    request
        .headers()
        .get_all(ACCEPT)
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(','))
        .filter_map(|text| range(text.trim()))
        .filter(|range| range.name.contains('/'))
}

/// The format of highest quality, the one named first among equals. JSON stands for ranges.
fn accepted(request: &HttpRequest) -> Option<Media> {
    let is_browser = is_browser(request);
    let mut best: Option<(u16, Media)> = None;
    let mut is_empty = true;
    for range in ranges(request) {
        is_empty = false;
        let media = match media(range.name) {
            Some(Media::Html) if !is_browser => None,
            None if RANGES.contains(&range.name) => Some(Media::Json),
            media => media,
        };
        let Some(media) = media.filter(|_| !range.is_of_another_version && range.quality > 0)
        else {
            continue;
        };
        if best.is_none_or(|(quality, _)| range.quality > quality) {
            best = Some((range.quality, media));
        }
    }
    if is_empty {
        return Some(Media::Json);
    }
    best.map(|(_, media)| media)
}

/// Whether the caller shows pages to people: it says so as browsers do, or asks for pages only.
fn is_browser(request: &HttpRequest) -> bool {
    let is = |range: &Range<'_>, name: &str| range.name.eq_ignore_ascii_case(name);
    ranges(request).any(|range| is(&range, ONLY_BROWSERS))
        || ranges(request).all(|range| is(&range, "text/html"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn asked(accept: &str, format: Option<&str>) -> Option<Media> {
        let request = TestRequest::default()
            .insert_header((ACCEPT, accept))
            .to_http_request();
        let pairs: Vec<_> = format
            .map(|format| ("_format".to_owned(), format.to_owned()))
            .into_iter()
            .collect();
        negotiate(&request, &pairs).ok().map(|format| format.media)
    }

    #[test]
    fn programs_are_answered_in_json_and_browsers_with_a_page() {
        for (who, accept, want) in [
            ("curl", "*/*", Media::Json),
            ("fetch", "*/*", Media::Json),
            ("axios", "application/json, text/plain, */*", Media::Json),
            ("requests", "*/*", Media::Json),
            (
                "jQuery",
                "application/json, text/javascript, */*; q=0.01",
                Media::Json,
            ),
            ("SMART client-js", "application/json", Media::Json),
            ("fhir-kit-client", "application/fhir+json", Media::Json),
            (
                "HAPI client",
                "application/fhir+xml;q=1.0, application/fhir+json;q=1.0, application/xml+fhir;q=0.9, application/json+fhir;q=0.9",
                Media::Xml,
            ),
            (
                "HAPI client, JSON",
                "application/fhir+json;q=1.0, application/json+fhir;q=0.9",
                Media::Json,
            ),
            (
                "java.net",
                "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
                Media::Json,
            ),
            (
                "Chrome",
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
                Media::Html,
            ),
            (
                "Firefox",
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                Media::Html,
            ),
            (
                "Safari",
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                Media::Html,
            ),
        ] {
            assert_eq!(asked(accept, None), Some(want), "{who}: {accept}");
        }
    }

    #[test]
    fn every_spelling_of_a_format_is_understood() {
        for (media, names) in [
            (
                Media::Json,
                &[
                    "application/fhir+json",
                    "application/json+fhir",
                    "application/json",
                    "text/json",
                    "application/*",
                    "application/fhir+json; fhirVersion=4.0",
                    "APPLICATION/FHIR+JSON",
                    ";;",
                    "application/fhir+xml;q=0.5, application/fhir+json",
                ][..],
            ),
            (
                Media::Xml,
                &[
                    "application/fhir+xml",
                    "application/xml+fhir",
                    "application/xml",
                    "text/xml",
                    "application/fhir+xml;q=0.9, */*;q=0.1",
                    "application/fhir+json;q=0, application/fhir+xml",
                ],
            ),
        ] {
            for name in names {
                assert_eq!(asked(name, None), Some(media), "{name}");
            }
        }
        for (format, media) in [
            ("json", Media::Json),
            ("application/fhir json", Media::Json),
            ("application/fhir+json;fhirVersion=4.0", Media::Json),
            ("xml", Media::Xml),
            ("text/xml", Media::Xml),
            ("application/xml+fhir", Media::Xml),
            ("html", Media::Html),
            ("text/html", Media::Html),
        ] {
            assert_eq!(asked("text/csv", Some(format)), Some(media), "{format}");
        }
    }

    #[test]
    fn formats_that_are_not_there_are_refused() {
        for accept in [
            "text/csv",
            "application/pdf",
            "application/fhir+turtle",
            "application/fhir+json; fhirVersion=3.0",
            "application/fhir+xml; fhirVersion=9.9",
            "application/json;q=0",
            "application/json;q=0.000",
        ] {
            assert_eq!(asked(accept, None), None, "{accept}");
        }
        for format in ["foo", "", "ttl", "application/fhir+json;fhirVersion=3.0"] {
            assert_eq!(asked("*/*", Some(format)), None, "{format}");
        }
    }
}
