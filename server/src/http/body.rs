//! Reading a body: after the caller was authenticated, within a limit and a deadline.

use std::time::Duration;

use actix_web::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName,
};
use actix_web::web::{BytesMut, Payload};
use fhir::xml;
use futures_util::StreamExt as _;

use super::decompress::{decompress, is_known};
use super::negotiate::{Media, named};
use crate::interaction::patch::JSON_PATCH;
use crate::problem::{Kind, Problem};

/// How long a body may take to arrive.
const DEADLINE: Duration = Duration::from_secs(20);

/// What a route takes as its body.
pub(super) enum Content {
    /// None.
    Nothing,
    /// Name–value pairs.
    Form(Payload),
    /// A resource.
    Resource(Payload),
    /// A patch.
    Patch(Payload),
    /// A batch or transaction.
    Bundle(Payload),
}

struct Rule {
    accepts: fn(&str) -> bool,
    accepted: &'static str,
    limit: usize,
    shown_limit: &'static str,
}

const FORM: Rule = Rule {
    accepts: |content_type| plain(content_type) == "application/x-www-form-urlencoded",
    accepted: "application/x-www-form-urlencoded in UTF-8",
    limit: 64 * 1024,
    shown_limit: "64 KiB",
};

const RESOURCE: Rule = Rule {
    accepts: is_fhir,
    accepted: "application/fhir+json or application/fhir+xml in UTF-8",
    limit: 10 * 1024 * 1024,
    shown_limit: "10 MiB",
};

const PATCH: Rule = Rule {
    accepts: |content_type| is_json_patch(plain(content_type)) || is_fhir(content_type),
    accepted: "application/json-patch+json, or a FHIRPath Patch as application/fhir+json or application/fhir+xml, in UTF-8",
    limit: 1024 * 1024,
    shown_limit: "1 MiB",
};

const BUNDLE: Rule = Rule {
    limit: 50 * 1024 * 1024,
    shown_limit: "50 MiB",
    ..RESOURCE
};

/// Whether a media type means a JSON Patch.
pub(super) fn is_json_patch(media_type: &str) -> bool {
    media_type == JSON_PATCH
}

/// The media type of a body, in lower case and without its parameters.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    plain(&text(headers, CONTENT_TYPE)).to_owned()
}

/// A media type without its parameters.
fn plain(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

fn is_fhir(content_type: &str) -> bool {
    matches!(named(content_type), Some(Media::Json | Media::Xml))
}

impl Content {
    /// The whole body, decompressed; a resource as JSON, whatever it was sent as.
    pub(super) async fn read(self, headers: &HeaderMap) -> Result<Vec<u8>, Problem> {
        self.read_within(headers, DEADLINE).await
    }

    async fn read_within(
        self,
        headers: &HeaderMap,
        deadline: Duration,
    ) -> Result<Vec<u8>, Problem> {
        let (payload, rule) = match self {
            Self::Nothing => return Ok(Vec::new()),
            Self::Form(payload) => (payload, FORM),
            Self::Resource(payload) => (payload, RESOURCE),
            Self::Patch(payload) => (payload, PATCH),
            Self::Bundle(payload) => (payload, BUNDLE),
        };
        check_type(headers, &rule)?;
        let sent = tokio::time::timeout(deadline, collect(payload, headers, &rule))
            .await
            .map_err(|_| {
                Problem::new(
                    Kind::RequestTimeout,
                    "The body took too long to arrive; send it again.",
                )
            })??;
        let coding = text(headers, CONTENT_ENCODING);
        let plain = decompress(sent, &coding, rule.limit)?.ok_or_else(|| too_long(&rule))?;
        match named(&text(headers, CONTENT_TYPE)) {
            Some(Media::Xml) => from_xml(&plain),
            _ => Ok(plain),
        }
    }

    /// Whether it holds name–value pairs.
    pub(super) fn is_form(&self) -> bool {
        matches!(self, Self::Form(_))
    }
}

/// A header in lower case; empty when it is not there.
fn text(headers: &HeaderMap, name: HeaderName) -> String {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase()
}

fn check_type(headers: &HeaderMap, rule: &Rule) -> Result<(), Problem> {
    let content_type = text(headers, CONTENT_TYPE);
    let in_utf8 = content_type
        .split(';')
        .map(str::trim)
        .filter_map(|part| part.strip_prefix("charset="))
        .all(|charset| ["utf-8", "\"utf-8\"", "us-ascii"].contains(&charset));
    if !(rule.accepts)(&content_type) || !in_utf8 {
        return Err(Problem::new(
            Kind::UnsupportedMediaType,
            format!("Send the body as {}.", rule.accepted),
        ));
    }
    if !is_known(&text(headers, CONTENT_ENCODING)) {
        return Err(Problem::new(
            Kind::UnsupportedMediaType,
            "The body may be compressed with gzip, deflate, br or zstd, once.",
        ));
    }
    Ok(())
}

/// The bytes as sent. A length that is too great is refused before anything is read.
async fn collect(
    mut payload: Payload,
    headers: &HeaderMap,
    rule: &Rule,
) -> Result<Vec<u8>, Problem> {
    let announced = text(headers, CONTENT_LENGTH).parse::<usize>();
    if announced.is_ok_and(|length| length > rule.limit) {
        return Err(too_long(rule));
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk
            .map_err(|_| Problem::new(Kind::Invalid, "The body cannot be read to its end."))?;
        if body.len() + chunk.len() > rule.limit {
            return Err(too_long(rule));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.to_vec())
}

fn too_long(rule: &Rule) -> Problem {
    Problem::new(
        Kind::BodyTooLong,
        format!("The body of this request is at most {}.", rule.shown_limit),
    )
}

fn from_xml(bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    let refused = |fault: xml::Fault| {
        let kind = match fault.breach {
            xml::Breach::Structure => Kind::Structure,
            xml::Breach::Security => Kind::Dangerous,
            xml::Breach::Encoding => Kind::UnsupportedMediaType,
            xml::Breach::Cost => Kind::TooCostly,
        };
        let mut problem = Problem::new(kind, fault.text);
        if !fault.path.is_empty() {
            problem.expression.push(fault.path);
        }
        problem
    };
    let resource = xml::read(bytes).map_err(refused)?;
    Ok(resource.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use actix_web::FromRequest as _;
    use actix_web::dev;
    use actix_web::error::PayloadError;
    use actix_web::test::TestRequest;
    use actix_web::web::Bytes;
    use futures_util::stream;

    use super::*;

    #[actix_web::test]
    async fn a_body_that_does_not_arrive_is_given_up() {
        let request = TestRequest::post()
            .insert_header((CONTENT_TYPE, "application/fhir+json"))
            .insert_header((CONTENT_LENGTH, "1000000"))
            .to_http_request();
        let begun = stream::iter([Ok::<_, PayloadError>(Bytes::from_static(b"{"))]);
        let arriving: Pin<Box<dyn stream::Stream<Item = _>>> =
            Box::pin(begun.chain(stream::pending()));
        let mut payload = dev::Payload::Stream { payload: arriving };
        let payload = Payload::from_request(&request, &mut payload).await.unwrap();
        let read = Content::Resource(payload)
            .read_within(request.headers(), Duration::from_millis(1))
            .await;
        let problem = read.unwrap_err();
        assert_eq!(problem.kind, Kind::RequestTimeout);
        assert_eq!(
            (problem.kind.status(), problem.kind.code()),
            (408, "timeout")
        );
        assert!(DEADLINE < Duration::from_secs(30));
    }
}
