//! The last step of every answer of the API: the FHIR JSON that a handler made becomes what the
//! caller reads. Refusals, operations and searches pass here alike, so that all formats are
//! offered everywhere.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage as _, HttpRequest};
use futures_util::FutureExt as _;

use super::answer;
use super::negotiate::{FHIR_JSON, FHIR_XML, Format, Media, negotiate};
use crate::interaction::pairs;
use crate::problem::Problem;
use crate::render;

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
    let (mut response, body) = response.into_parts();
    let response = match body.try_into_bytes().map(|body| written(&body, format)) {
        // What is streamed is sent as it is.
        Err(body) => response.set_body(body),
        Ok(Ok((media_type, body))) => {
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
            response.set_body(BoxBody::new(body))
        }
        Ok(Err(problem)) => answer::refused(&problem),
    };
    ServiceResponse::new(request, response)
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

fn written(json: &Bytes, format: Format) -> Result<(&'static str, Bytes), Problem> {
    Ok(match format.media {
        Media::Xml => (FHIR_XML, render::xml(json, format.pretty)?.into()),
        Media::Json | Media::Html => (FHIR_JSON, render::pretty(json.to_vec()).into()),
    })
}
