//! The last step of every answer of the API: the FHIR JSON that a handler made becomes what the
//! caller reads. Refusals, operations and searches pass here alike, so that all formats are
//! offered everywhere.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::Value;

use super::answer;
use super::negotiate::{FHIR_JSON, FHIR_XML, Format, Media, negotiate};
use super::state::{State, Surface};
use crate::configuration::{API, OPEN_MIRROR, Profile};
use crate::interaction::pairs;
use crate::problem::Problem;
use crate::{page, render};

/// Presents the answer of the service behind it.
pub(super) fn present<S, B>(
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    service
        .call(request)
        .map(|result| result.map(|response| presented(response.map_into_boxed_body())))
}

fn presented(response: ServiceResponse) -> ServiceResponse {
    let is_fhir = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|media_type| media_type == FHIR_JSON);
    let format = wanted(response.request());
    if !is_fhir || format == Format::default() {
        return response;
    }
    let (request, response) = response.into_parts();
    let response = in_format(&request, response, format);
    ServiceResponse::new(request, response)
}

/// Presents an answer that stands outside of the API, where nothing else does.
pub(super) fn present_outside(request: &HttpRequest, response: HttpResponse) -> HttpResponse {
    match wanted(request) {
        format if format == Format::default() => response,
        format => in_format(request, response, format),
    }
}

fn in_format(request: &HttpRequest, response: HttpResponse, format: Format) -> HttpResponse {
    let (mut response, body) = response.into_parts();
    let written = body
        .try_into_bytes()
        .map(|json| written(&json, format, request));
    match written {
        // What is streamed is sent as it is.
        Err(body) => response.set_body(body),
        Ok(Ok(body)) => {
            mark(response.headers_mut(), format.media);
            response.set_body(BoxBody::new(body))
        }
        Ok(Err(problem)) => answer::refused(&problem),
    }
}

/// What the handler settled on, or what the URL and `Accept` say. What cannot be had is answered
/// in JSON.
fn wanted(request: &HttpRequest) -> Format {
    let settled = request.extensions().get::<Format>().copied();
    settled.unwrap_or_else(|| {
        pairs::decode(request.query_string().as_bytes())
            .and_then(|pairs| negotiate(request, &pairs))
            .unwrap_or_default()
    })
}

fn written(json: &Bytes, format: Format, request: &HttpRequest) -> Result<Bytes, Problem> {
    Ok(match format.media {
        Media::Json => render::pretty(json.to_vec()).into(),
        Media::Xml => render::xml(json, format.pretty)?.into(),
        Media::Html => page(json, request)?.into(),
    })
}

fn mark(headers: &mut HeaderMap, media: Media) {
    match media {
        Media::Json => {}
        Media::Xml => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(FHIR_XML));
        }
        Media::Html => answer::mark_as_page(headers),
    }
}

fn page(json: &[u8], request: &HttpRequest) -> Result<String, Problem> {
    let resource: Value =
        serde_json::from_slice(json).map_err(|error| Problem::internal(&error))?;
    let state = request
        .app_data::<Data<State>>()
        .ok_or_else(|| Problem::internal(&"a page without a server"))?;
    let surface = request.extensions().get::<Surface>().copied();
    let asked = request
        .uri()
        .path_and_query()
        .map_or("", |url| url.as_str());
    let place = place(state, surface, asked);
    page::resource(&resource, &place).map_err(|error| Problem::internal(&error))
}

/// Where a page stands: in one of the APIs, or elsewhere on this host.
fn place<'a>(state: &'a State, surface: Option<Surface>, asked: &'a str) -> page::Place<'a> {
    let root = match surface {
        Some(Surface::Secured) => API,
        Some(Surface::OpenMirror) => OPEN_MIRROR,
        None => "",
    };
    let asked = asked.strip_prefix(root).unwrap_or(asked);
    let is_secured = surface == Some(Surface::Secured);
    page::Place {
        base: state.base_of(surface.unwrap_or(Surface::Secured)),
        root: surface.map_or("", |surface| state.base_of(surface)),
        asked: asked.trim_start_matches('/'),
        secured: is_secured,
        mirror: (is_secured && state.profile == Profile::Demo).then_some(state.open_base.as_str()),
    }
}
