//! The answers to requests for images.

use std::sync::Arc;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, HeaderName, VARY,
};
use actix_web::web::{self, Data};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::Value;

use super::accept::{self, Range, Shape, Syntax};
use super::multipart::{self, Maker, Part};
use super::wanted::Wanted;
use crate::access::decide::Authorized;
use crate::dicom::frame::{self, OCTETS};
use crate::dicom::{EXPLICIT_LITTLE_ENDIAN, File, Instance, MEDIA_TYPE, Search};
use crate::execute::imaging::{self, Held};
use crate::http::spine::means;
use crate::http::state::{State, Surface};
use crate::problem::{Kind, Problem, printable};

const DICOM_JSON: &str = "application/dicom+json";

/// Where files come from, and for whom.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) state: Data<State>,
    pub(super) surface: Surface,
    pub(super) authorized: Arc<Authorized>,
    /// Public base URL of images.
    pub(super) base: String,
}

impl Source {
    fn bytes(&self, held: &Held) -> Result<Vec<u8>, Problem> {
        imaging::content(means(&self.state, self.surface), &self.authorized, held)
    }

    fn file(&self, held: &Held) -> Result<File, Problem> {
        File::read(&self.bytes(held)?).ok_or_else(Problem::not_found)
    }

    /// The file as a part, in the syntax that was agreed on.
    fn part(&self, held: &Held, syntax: Syntax) -> Result<Part, Problem> {
        let instance = &held.instance;
        let mut body = self.bytes(held)?;
        let mut stored = instance.syntax.as_str();
        if syntax == Syntax::Readable && instance.is_native() && stored != EXPLICIT_LITTLE_ENDIAN {
            stored = EXPLICIT_LITTLE_ENDIAN;
            body = File::read(&body)
                .and_then(File::in_explicit_little_endian)
                .ok_or_else(|| Problem::internal(&"a file that cannot be written anew"))?;
        }
        Ok(Part {
            media_type: format!("{MEDIA_TYPE}; transfer-syntax={stored}"),
            location: format!("{}/{}", self.base, instance.path()),
            body,
        })
    }

    /// Runs `work` where it may take its time.
    async fn block<T: Send + 'static>(
        self,
        work: impl FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        web::block(move || work(&self))
            .await
            .map_err(|error| Problem::internal(&error))?
    }
}

fn ok() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((VARY, "Authorization, Accept, Origin"))
        // A file must not act in this server's name when a browser opens it.
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"));
    response
}

/// What a search found; an empty result has no body (PS3.18 Table 10.6.3-1).
pub(super) fn matches(search: &Search, seen: &[Instance], base: &str) -> HttpResponse {
    let (results, is_cut) = search.results(seen, base);
    let mut response = if results.is_empty() {
        HttpResponse::NoContent()
    } else {
        ok()
    };
    let warning = HeaderName::from_static("warning");
    if is_cut {
        let said = "299 s4s: There are more results; ask for them with offset.";
        response.append_header((warning.clone(), said));
    }
    if search.is_fuzzy {
        let said = "299 s4s: The fuzzymatching parameter is not supported. Only literal matching has been performed.";
        response.append_header((warning, said));
    }
    if results.is_empty() {
        return response.finish();
    }
    response
        .content_type(DICOM_JSON)
        .body(Value::Array(results).to_string())
}

/// The attributes of every instance.
pub(super) fn metadata(
    source: &Source,
    held: &[Held],
    ranges: &[Range],
) -> Result<HttpResponse, Problem> {
    accept::json(ranges)?;
    let all: Vec<_> = held
        .iter()
        .map(|held| held.instance.metadata(&source.base))
        .collect();
    Ok(ok()
        .content_type(DICOM_JSON)
        .body(Value::Array(all).to_string()))
}

/// The files.
pub(super) async fn files(
    source: Source,
    mut held: Vec<Held>,
    ranges: &[Range],
) -> Result<HttpResponse, Problem> {
    let instances: Vec<_> = held.iter().map(|held| &held.instance).collect();
    let (shape, syntax) = accept::files(ranges, &instances)?;
    if shape == Shape::Single
        && let Some(only) = held.pop()
    {
        let part = source
            .block(move |source| source.part(&only, syntax))
            .await?;
        return Ok(single(part));
    }
    let boundary = source.state.ids.next();
    let makers = held.into_iter().map(|held| {
        let source = source.clone();
        Box::new(move || source.part(&held, syntax)) as Maker
    });
    Ok(multipart::answer(
        ok(),
        MEDIA_TYPE,
        boundary,
        makers.collect(),
    ))
}

/// The frames that numbers separated by commas name.
pub(super) async fn frames(
    source: Source,
    held: Vec<Held>,
    numbers: &str,
    ranges: &[Range],
) -> Result<HttpResponse, Problem> {
    let numbers = frame_numbers(numbers)?;
    let only = only(held)?;
    let syntax = only.instance.syntax.clone();
    let media_type = frame::media_type(&syntax).unwrap_or(OCTETS);
    let shape = accept::values(ranges, (media_type, &syntax), numbers.len() == 1)?;
    let boundary = source.state.ids.next();
    let parts = source
        .block(move |source| {
            let file = source.file(&only)?;
            let address = format!("{}/{}/frames", source.base, only.instance.path());
            let part = |number: usize| {
                Ok(Part {
                    media_type: format!("{media_type}; transfer-syntax={syntax}"),
                    location: format!("{address}/{number}"),
                    body: file.frame(number).ok_or_else(Problem::not_found)?,
                })
            };
            numbers.into_iter().map(part).collect()
        })
        .await?;
    Ok(sent(shape, media_type, boundary, parts))
}

/// The bytes of one value.
pub(super) async fn bulk(
    source: Source,
    held: Vec<Held>,
    tag: &str,
    ranges: &[Range],
) -> Result<HttpResponse, Problem> {
    let only = only(held)?;
    let syntax = only.instance.syntax.clone();
    let shape = accept::values(ranges, (OCTETS, &syntax), true)?;
    let boundary = source.state.ids.next();
    let tag = tag.to_owned();
    let part = source
        .block(move |source| {
            Ok(Part {
                media_type: format!("{OCTETS}; transfer-syntax={syntax}"),
                location: format!("{}/{}/bulkdata/{tag}", source.base, only.instance.path()),
                body: source
                    .file(&only)?
                    .bulk(&tag)
                    .ok_or_else(Problem::not_found)?,
            })
        })
        .await?;
    Ok(sent(shape, OCTETS, boundary, vec![part]))
}

/// A picture of a frame; of the only frame when none is named.
pub(super) async fn rendered(
    source: Source,
    held: Vec<Held>,
    frame: Option<&str>,
    (wanted, ranges): (&Wanted, &[Range]),
) -> Result<HttpResponse, Problem> {
    let wish = wanted.wish(accept::picture(ranges)?);
    let number = match frame.map(frame_numbers).transpose()?.as_deref() {
        None => None,
        Some([number]) => Some(*number),
        Some(_) => return Err(not_drawn("Several frames are drawn one by one")),
    };
    let only = only(held)?;
    let picture = source
        .block(move |source| {
            let file = source.file(&only)?;
            match (file.frames(), number) {
                (0, _) => Err(not_drawn("This instance has no pixels")),
                (1, None) => Ok(file.picture(1, &wish)),
                (_, None) => Err(not_drawn(
                    "This instance has several frames; ask for frames/{number}/rendered",
                )),
                (frames, Some(number)) if number > frames => Err(Problem::not_found()),
                (_, Some(number)) => Ok(file.picture(number, &wish)),
            }
        })
        .await?;
    let body =
        picture.ok_or_else(|| not_drawn("Pixels of this kind are not drawn by this server"))?;
    Ok(ok().content_type(wish.format.media_type()).body(body))
}

fn not_drawn(said: &str) -> Problem {
    Problem::new(
        Kind::NotAcceptable,
        format!(
            "{said}. Drawn are MONOCHROME1, MONOCHROME2 and RGB of 8 or 16 bits, and JPEG baseline."
        ),
    )
}

fn only(held: Vec<Held>) -> Result<Held, Problem> {
    held.into_iter().next().ok_or_else(Problem::not_found)
}

fn sent(shape: Shape, media_type: &str, boundary: String, mut parts: Vec<Part>) -> HttpResponse {
    if shape == Shape::Single
        && let Some(only) = parts.pop()
    {
        return single(only);
    }
    let makers = parts
        .into_iter()
        .map(|part| Box::new(move || Ok(part)) as Maker);
    multipart::answer(ok(), media_type, boundary, makers.collect())
}

fn single(part: Part) -> HttpResponse {
    ok().insert_header((CONTENT_DISPOSITION, "attachment"))
        .content_type(part.media_type)
        .body(part.body)
}

fn frame_numbers(text: &str) -> Result<Vec<usize>, Problem> {
    let numbers: Option<Vec<usize>> = text
        .split(',')
        .map(|number| number.parse().ok().filter(|number| *number > 0))
        .collect();
    numbers.filter(|numbers| numbers.len() <= 1000).ok_or_else(|| {
        Problem::new(
            Kind::Value,
            format!("'{}' is no list of frames; accepted: at most 1000 numbers from 1 on, separated by commas.", printable(text)),
        )
    })
}
