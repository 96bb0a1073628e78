//! Files, streamed from disk in pieces: whole or a range (RFC 9110 §14).

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use actix_web::body::SizedStream;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE, RANGE,
};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;

use super::answer;
use super::range::Range;
use crate::problem::Problem;

/// Bytes that are in memory at a time.
const PIECE: u64 = 512 * 1024;

/// A file as an answer; nothing of it is in memory but the piece on its way.
pub(super) async fn stream(request: &HttpRequest, path: PathBuf, media_type: &str) -> HttpResponse {
    let opened = web::block(move || {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok::<_, io::Error>((file, length))
    });
    let (file, length) = match opened.await {
        Ok(Ok(opened)) => opened,
        // It was deleted a moment ago.
        Ok(Err(_)) => return answer::refused(&Problem::not_found()),
        Err(error) => return answer::refused(&Problem::internal(&error)),
    };
    let header = request.headers().get(RANGE);
    let mut response = HttpResponse::Ok();
    let part = match Range::parse(header.and_then(|value| value.to_str().ok()), length) {
        Range::Whole => (0, length),
        Range::Part { first, last } => {
            response = HttpResponse::PartialContent();
            // A range is of the bytes as they are: it must not be compressed on its way.
            response
                .insert_header((CONTENT_RANGE, format!("bytes {first}-{last}/{length}")))
                .insert_header((CONTENT_ENCODING, "identity"));
            (first, last - first + 1)
        }
        Range::Beyond => return answer::beyond(length),
    };
    response
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((ACCEPT_RANGES, "bytes"))
        .content_type(media_type)
        .body(SizedStream::new(part.1, pieces(file, part)))
}

/// A part of a file: where it starts and how long it is.
fn pieces(
    file: File,
    (start, length): (u64, u64),
) -> impl futures_util::Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((file, start, length), |(file, start, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let read = web::block(move || piece(file, start, left.min(PIECE))).await;
        let (file, bytes) = read.map_err(io::Error::other)??;
        let got = bytes.len() as u64;
        Ok(Some((bytes, (file, start + got, left - got))))
    })
}

fn piece(mut file: File, start: u64, length: u64) -> io::Result<(File, Bytes)> {
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.seek(SeekFrom::Start(start))?;
    let got = file.by_ref().take(length).read_to_end(&mut bytes)?;
    if got as u64 == length {
        Ok((file, Bytes::from(bytes)))
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}
