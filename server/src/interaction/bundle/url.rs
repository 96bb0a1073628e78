//! `Bundle.entry.request.url`: relative to the base URL, taken apart once.

use crate::interaction::pairs;
use crate::problem::{Kind, Problem};

/// Longest URL that is looked at, as for requests of their own.
const MAX_URL: usize = 8 * 1024;

/// A URL below the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    /// What the slashes divide.
    pub(super) segments: Vec<String>,
    /// The query.
    pub(super) pairs: Vec<(String, String)>,
}

impl Url {
    /// Reads a URL: relative, or absolute below `base`.
    pub(super) fn parse(text: &str, base: &str) -> Result<Self, Problem> {
        if text.len() > MAX_URL {
            return Err(Problem::new(
                Kind::UrlTooLong,
                "The URL of an entry is at most 8 KiB.",
            ));
        }
        let own = text.strip_prefix(base).filter(|rest| rest.starts_with('/'));
        let relative = own.unwrap_or(text);
        let relative = relative.strip_prefix('/').unwrap_or(relative);
        let (path, query) = relative.split_once('?').unwrap_or((relative, ""));
        let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
        let is_plain = |segment: &String| {
            let legal = |letter: u8| letter.is_ascii_alphanumeric() || b"-._$*".contains(&letter);
            !segment.is_empty() && segment.bytes().all(legal) && segment != ".."
        };
        if !segments.iter().all(is_plain) || query.contains('#') {
            return Err(Problem::new(
                Kind::Value,
                "The URL of an entry is relative to the base URL, such as Patient/1 or Patient?name=a.",
            ));
        }
        Ok(Self {
            segments,
            pairs: pairs::decode(query.as_bytes())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "http://x/api/fhir";

    #[test]
    fn urls_are_relative_or_below_the_base() {
        for text in [
            "Patient/1",
            "/Patient/1",
            "http://x/api/fhir/Patient/1",
            "Patient/1?",
        ] {
            let url = Url::parse(text, BASE).unwrap();
            assert_eq!(url.segments, ["Patient", "1"], "{text}");
            assert!(url.pairs.is_empty());
        }
        let url = Url::parse("Patient?name=a%20b&x=", BASE).unwrap();
        assert_eq!(url.pairs[0], ("name".to_owned(), "a b".to_owned()));
    }

    #[test]
    fn other_urls_are_refused() {
        for text in [
            "",
            "http://evil/api/fhir/Patient/1",
            "http://x/api/fhirPatient/1",
            "../Patient/1",
            "Patient/1/../2",
            "Patient/1#x",
            "Patient?name=a#x",
            "Patient%2F1",
            "Patient//1",
            "urn:uuid:1",
            "Patient?name=%zz",
        ] {
            assert!(Url::parse(text, BASE).is_err(), "{text}");
        }
    }
}
