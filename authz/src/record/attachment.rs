//! Documents and pictures (FHIR R4 "Attachment"), and which of them may be shown on a page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::view::View;
use super::words;

/// What is attached to an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What it is called.
    pub title: Option<String>,
    /// What it says it is.
    pub content_type: String,
    /// The language of its words, if it says which.
    pub language: Option<String>,
    /// Where its bytes are.
    pub content: Content,
}

/// Where the bytes of an attachment are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Here.
    Data(Vec<u8>),
    /// At this reference or URL.
    At(String),
    /// Nowhere.
    Missing,
}

/// How a document is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As text.
    Text,
    /// As a picture.
    Picture,
    /// As a clinical document (HL7 CDA).
    ClinicalDocument,
    /// Not here; it can be downloaded.
    Download,
}

/// What is attached to a resource.
pub fn of(resource: &Value, view: &View) -> Vec<Attachment> {
    let Some(path) = view.attachments else {
        return Vec::new();
    };
    let found = words::all(resource, path).into_iter();
    let usual = resource["language"].as_str();
    found.map(|attachment| read(attachment, usual)).collect()
}

fn read(attachment: &Value, usual: Option<&str>) -> Attachment {
    let data = attachment["data"]
        .as_str()
        .and_then(|data| STANDARD.decode(data).ok());
    let content = match (data, attachment["url"].as_str()) {
        (Some(data), _) => Content::Data(data),
        (None, Some(url)) => Content::At(url.to_owned()),
        (None, None) => Content::Missing,
    };
    Attachment {
        title: words::at(attachment, "title"),
        content_type: essence(attachment["contentType"].as_str().unwrap_or_default()),
        language: attachment["language"].as_str().or(usual).map(str::to_owned),
        content,
    }
}

/// The bytes of a `Binary`, with what it says they are.
pub fn binary(resource: &Value) -> Option<(String, Vec<u8>)> {
    let data = STANDARD.decode(resource["data"].as_str()?).ok()?;
    let content_type = resource["contentType"].as_str().unwrap_or_default();
    Some((essence(content_type), data))
}

/// A media type without parameters, in small letters.
fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Types that are passed on as they are, with how they are shown and the ending of a file. Anything
/// else is passed on as bytes of no type, so that no browser runs it.
const KNOWN: &[(&str, &str, Kind, &str)] = &[
    ("text/plain", "text/plain; charset=utf-8", Kind::Text, "txt"),
    ("application/pdf", "application/pdf", Kind::Download, "pdf"),
    ("image/png", "image/png", Kind::Picture, "png"),
    ("image/jpeg", "image/jpeg", Kind::Picture, "jpg"),
    ("image/gif", "image/gif", Kind::Picture, "gif"),
    (
        "application/dicom",
        "application/dicom",
        Kind::Download,
        "dcm",
    ),
    (
        "text/xml",
        "text/plain; charset=utf-8",
        Kind::ClinicalDocument,
        "xml",
    ),
    (
        "application/xml",
        "text/plain; charset=utf-8",
        Kind::ClinicalDocument,
        "xml",
    ),
    (
        "application/cda+xml",
        "text/plain; charset=utf-8",
        Kind::ClinicalDocument,
        "xml",
    ),
];

fn known(content_type: &str) -> Option<&'static (&'static str, &'static str, Kind, &'static str)> {
    KNOWN.iter().find(|(name, ..)| *name == content_type)
}

impl Kind {
    /// How a document of this type is shown.
    pub fn of(content_type: &str) -> Self {
        known(content_type).map_or(Self::Download, |(_, _, kind, _)| *kind)
    }
}

/// The media type under which it is passed on.
pub fn passed_on_as(content_type: &str) -> &'static str {
    known(content_type).map_or("application/octet-stream", |(_, name, ..)| name)
}

/// The ending of a file of this type.
pub fn ending(content_type: &str) -> &'static str {
    known(content_type).map_or("bin", |(.., ending)| ending)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_attachment_is_here_or_elsewhere() {
        let view = View::of("DocumentReference").unwrap();
        let found = of(
            &json!({"content": [
                {"attachment": {"contentType": "Text/Plain; charset=utf-8", "data": "aGk="}},
                {"attachment": {"contentType": "application/pdf", "url": "Binary/1", "title": "x"}},
                {"attachment": {"data": "not base64"}},
            ]}),
            view,
        );
        assert_eq!(found[0].content_type, "text/plain");
        assert_eq!(found[0].content, Content::Data(b"hi".to_vec()));
        assert_eq!(found[1].content, Content::At("Binary/1".into()));
        assert_eq!(found[2].content, Content::Missing);
    }

    #[test]
    fn nothing_that_a_browser_would_run_is_passed_on_as_what_it_is() {
        for active in [
            "text/html",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/javascript",
            "",
        ] {
            assert_eq!(passed_on_as(active), "application/octet-stream");
            assert_eq!(Kind::of(active), Kind::Download);
        }
        assert!(passed_on_as("text/xml").starts_with("text/plain"));
    }
}
