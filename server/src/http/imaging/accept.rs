//! Which media type, transfer syntax and shape a caller accepts (PS3.18 §8.7). The query parameter
//! `accept` goes before the header (§8.3.3).

use actix_web::HttpRequest;
use actix_web::http::header::ACCEPT;

use crate::dicom::{EXPLICIT_LITTLE_ENDIAN, Instance, MEDIA_TYPE, frame, picture};
use crate::problem::{Kind, Problem};

/// A media range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    /// In small letters.
    name: String,
    /// Names in small letters, values without quotes.
    parameters: Vec<(String, String)>,
    /// In thousandths.
    quality: u32,
}

/// One body, or several parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Single,
    Multipart,
}

/// The syntax that files are sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    AsStored,
    /// Files that are not compressed become explicit VR little endian, which every reader has.
    Readable,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = outside_quotes(text, ';');
        let name = parts.next()?.trim().to_ascii_lowercase();
        if !name.contains('/') {
            return None;
        }
        let parameters: Vec<(String, String)> = parts
            .filter_map(|part| {
                let (name, value) = part.split_once('=')?;
                let value = value.trim().trim_matches('"').to_owned();
                Some((name.trim().to_ascii_lowercase(), value))
            })
            .collect();
        let quality = parameters.iter().find(|(name, _)| name == "q");
        let quality = quality.map_or(1000, |(_, value)| thousandths(value));
        Some(Self {
            name,
            parameters,
            quality,
        })
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        let mut all = self.parameters.iter();
        all.find_map(|(own, value)| (own == name).then_some(value.as_str()))
    }

    /// The shape it means when parts are of `media_type`, if it admits that.
    fn shape(&self, media_type: &str, is_alone: bool) -> Option<Shape> {
        let part = self.parameter("type").map(str::to_ascii_lowercase);
        match self.name.as_str() {
            "multipart/related" => part
                .is_none_or(|part| admits(&part, media_type))
                .then_some(Shape::Multipart),
            "*/*" | "multipart/*" => Some(Shape::Multipart),
            name => (is_alone && admits(name, media_type)).then_some(Shape::Single),
        }
    }

    /// The syntax for files, if all of them can be had in one that it admits.
    fn syntax(&self, stored: &[&str]) -> Option<Syntax> {
        match self.parameter("transfer-syntax") {
            Some("*") => Some(Syntax::AsStored),
            // Compressed pixels are not decompressed here: they come as they are (§8.7.3.5.2).
            None => Some(Syntax::Readable),
            Some(wanted) if stored.iter().all(|stored| *stored == wanted) => Some(Syntax::AsStored),
            Some(wanted) => (wanted == EXPLICIT_LITTLE_ENDIAN
                && stored
                    .iter()
                    .all(|stored| frame::media_type(stored) == Some(frame::OCTETS)))
            .then_some(Syntax::Readable),
        }
    }
}

/// Whether a media range admits a media type.
fn admits(range: &str, media_type: &str) -> bool {
    let family = range.strip_suffix("/*");
    range == media_type
        || range == "*/*"
        || family.is_some_and(|family| media_type.split('/').next() == Some(family))
}

fn thousandths(text: &str) -> u32 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole != "0" {
        return 1000;
    }
    let digits = format!("{fraction:0<3}");
    digits
        .get(..3)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(1000)
}

/// What stands between separators that are not inside quotes.
fn outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    text.split(move |letter| {
        is_quoted ^= letter == '"';
        letter == separator && !is_quoted
    })
}

/// The ranges that a caller accepts, the most wanted first; anything when none is named.
pub(super) fn ranges(request: &HttpRequest, pairs: &[(String, String)]) -> Vec<Range> {
    let by_parameter = pairs.iter().find(|(name, _)| name == "accept");
    let texts: Vec<&str> = match by_parameter {
        Some((_, value)) => vec![value],
        None => request
            .headers()
            .get_all(ACCEPT)
            .filter_map(|header| header.to_str().ok())
            .collect(),
    };
    let mut ranges: Vec<_> = texts
        .into_iter()
        .flat_map(|text| outside_quotes(text, ','))
        .filter_map(Range::parse)
        .collect();
    if ranges.is_empty() {
        ranges.extend(Range::parse("*/*"));
    }
    ranges.retain(|range| range.quality > 0);
    ranges.sort_by_key(|range| std::cmp::Reverse(range.quality));
    ranges
}

/// How files are sent.
pub(super) fn files(ranges: &[Range], instances: &[&Instance]) -> Result<(Shape, Syntax), Problem> {
    let stored: Vec<_> = instances
        .iter()
        .map(|instance| instance.syntax.as_str())
        .collect();
    let fits = |range: &Range| {
        Some((
            range.shape(MEDIA_TYPE, stored.len() == 1)?,
            range.syntax(&stored)?,
        ))
    };
    ranges.iter().find_map(fits).ok_or_else(|| {
        let mut syntaxes = stored.clone();
        syntaxes.sort_unstable();
        syntaxes.dedup();
        refused(&format!(
            "multipart/related; type=\"application/dicom\", also with transfer-syntax=*, and application/dicom for a single instance; stored are the transfer syntaxes {}",
            syntaxes.join(", ")
        ))
    })
}

/// How values of `media_type` are sent, when they are stored in `syntax`.
pub(super) fn values(
    ranges: &[Range],
    (media_type, syntax): (&str, &str),
    is_alone: bool,
) -> Result<Shape, Problem> {
    let fits = |range: &Range| {
        range.syntax(&[syntax])?;
        range.shape(media_type, is_alone)
    };
    ranges.iter().find_map(fits).ok_or_else(|| {
        refused(&format!(
            "multipart/related; type=\"{media_type}\" in transfer syntax {syntax}"
        ))
    })
}

/// That DICOM JSON is accepted.
pub(super) fn json(ranges: &[Range]) -> Result<(), Problem> {
    let names = ["application/dicom+json", "application/json"];
    let fits = |range: &Range| names.iter().any(|name| admits(&range.name, name));
    ranges
        .iter()
        .any(fits)
        .then_some(())
        .ok_or_else(|| refused("application/dicom+json"))
}

/// The format of a picture.
pub(super) fn picture(ranges: &[Range]) -> Result<picture::Format, Problem> {
    let formats = [picture::Format::Jpeg, picture::Format::Png];
    let fits = |range: &Range| {
        let mut all = formats.into_iter();
        all.find(|format| admits(&range.name, format.media_type()))
    };
    ranges
        .iter()
        .find_map(fits)
        .ok_or_else(|| refused("image/jpeg, image/png"))
}

fn refused(accepted: &str) -> Problem {
    Problem::new(
        Kind::NotAcceptable,
        format!("This is offered as {accepted}."),
    )
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const JPEG: &str = frame::JPEG_BASELINE;

    fn asked(accept: &str) -> Vec<Range> {
        let request = TestRequest::default().insert_header((ACCEPT, accept));
        ranges(&request.to_http_request(), &[])
    }

    fn stored(syntax: &str) -> Instance {
        Instance {
            study: "1".into(),
            series: "2".into(),
            uid: "3".into(),
            syntax: syntax.into(),
            attributes: serde_json::Map::new(),
        }
    }

    #[test]
    fn files_come_in_the_shape_and_syntax_asked_for() {
        use {
            Shape::{Multipart, Single},
            Syntax::{AsStored, Readable},
        };
        let explicit = EXPLICIT_LITTLE_ENDIAN;
        for (accept, syntax, wanted) in [
            ("*/*", explicit, Some((Multipart, Readable))),
            (
                r#"multipart/related; type="application/dicom""#,
                explicit,
                Some((Multipart, Readable)),
            ),
            (
                r#"multipart/related; type="application/dicom"; transfer-syntax=*"#,
                JPEG,
                Some((Multipart, AsStored)),
            ),
            (
                "multipart/related; type=application/dicom; transfer-syntax=1.2.840.10008.1.2.1",
                "1.2.840.10008.1.2",
                Some((Multipart, Readable)),
            ),
            (
                "multipart/related; type=application/dicom; transfer-syntax=1.2.840.10008.1.2.1",
                JPEG,
                None,
            ),
            ("application/dicom", explicit, Some((Single, Readable))),
            (
                r#"multipart/related; type="image/jpeg", application/dicom;q=0.5"#,
                explicit,
                Some((Single, Readable)),
            ),
            ("application/dicom;q=0", explicit, None),
            ("application/fhir+json", explicit, None),
        ] {
            let instance = stored(syntax);
            assert_eq!(files(&asked(accept), &[&instance]).ok(), wanted, "{accept}");
        }
        let two = [&stored(explicit), &stored(explicit)];
        assert!(files(&asked("application/dicom"), &two).is_err());
    }

    #[test]
    fn pictures_and_metadata_are_had_by_name_and_by_range() {
        assert_eq!(
            picture(&asked("image/png")).ok(),
            Some(picture::Format::Png)
        );
        assert_eq!(picture(&asked("image/*")).ok(), Some(picture::Format::Jpeg));
        assert_eq!(
            picture(&asked("image/png;q=0.1, image/jpeg")).ok(),
            Some(picture::Format::Jpeg)
        );
        assert!(picture(&asked("image/gif")).is_err());
        assert!(json(&asked("application/json")).is_ok());
        assert!(json(&asked("application/dicom+xml")).is_err());
    }
}
