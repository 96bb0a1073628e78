//! `multipart/related` (RFC 2387), part by part: only the part on its way is in memory.

use std::collections::VecDeque;
use std::fmt::Write as _;

use actix_web::web::{self, Bytes};
use actix_web::{HttpResponse, HttpResponseBuilder};
use futures_util::stream;

use crate::problem::Problem;

/// A part with what its head says.
pub(super) struct Part {
    /// Media type with parameters.
    pub(super) media_type: String,
    /// Where it can be had by itself; empty for nowhere.
    pub(super) location: String,
    pub(super) body: Vec<u8>,
}

/// Makes a part when its turn comes.
pub(super) type Maker = Box<dyn FnOnce() -> Result<Part, Problem> + Send>;

/// An answer of several parts of `media_type`. The boundary is one that no file holds by chance,
/// nor by its writer's will.
pub(super) fn answer(
    mut response: HttpResponseBuilder,
    media_type: &str,
    boundary: String,
    makers: VecDeque<Maker>,
) -> HttpResponse {
    let content_type = format!(r#"multipart/related; type="{media_type}"; boundary="{boundary}""#);
    let body = stream::try_unfold(Some((makers, boundary)), |rest| async move {
        let Some((mut makers, boundary)) = rest else {
            return Ok::<_, actix_web::Error>(None);
        };
        let Some(next) = makers.pop_front() else {
            let end = Bytes::from(format!("--{boundary}--\r\n"));
            return Ok(Some((end, None)));
        };
        let made = web::block(next).await?;
        // The head of the answer is gone: the connection is cut, which no reader takes for an end.
        let part = made.map_err(actix_web::error::ErrorInternalServerError)?;
        let bytes = Bytes::from(part.written(&boundary));
        Ok(Some((bytes, Some((makers, boundary)))))
    });
    response.content_type(content_type).streaming(body)
}

impl Part {
    fn written(self, boundary: &str) -> Vec<u8> {
        let mut head = format!("--{boundary}\r\nContent-Type: {}\r\n", self.media_type);
        if !self.location.is_empty() {
            let _ = write!(head, "Content-Location: {}\r\n", self.location);
        }
        let mut bytes = head.into_bytes();
        bytes.extend(b"\r\n");
        bytes.extend(self.body);
        bytes.extend(b"\r\n");
        bytes
    }
}
