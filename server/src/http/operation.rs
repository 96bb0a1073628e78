//! The handler of every operation: the table says what it is called with.

use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::body::Content;
use super::prefer::preference;
use super::spine::{Asked, respond};
use super::state::{State, Surface};
use super::{answer, authenticate};
use crate::operation::{Call, Operation, Target, route};
use crate::problem::{Kind, Problem};

/// `[base]/$code`, `[base]/[type]/$code`, `[base]/[type]/[id]/$code`, any method.
pub(super) async fn call(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let (operation, target) = match called(*surface, &request) {
        Ok(called) => called,
        // Only callers with a token are told what there is.
        Err(problem) => {
            return match authenticate::authenticate(&state, *surface, &request).await {
                Ok(_) => answer::refused(&problem),
                Err(problem) => answer::refused(&problem),
            };
        }
    };
    let content = if has_body(&request) {
        Content::Resource(payload)
    } else {
        Content::Nothing
    };
    let url = url(state.base_of(*surface), &request);
    let us_core = state.us_core;
    let parse = |asked: &Asked<'_>| {
        Call {
            operation,
            target,
            pairs: asked.pairs,
            body: asked.body,
            context: asked.context,
            preference: preference(request.headers()),
            us_core,
            url: &url,
        }
        .invoke()
    };
    respond(state, *surface, &request, content, parse).await
}

fn called(
    surface: Surface,
    request: &HttpRequest,
) -> Result<(&'static Operation, Target), Problem> {
    let part = |name| request.match_info().get(name);
    let code = part("operation").unwrap_or_default();
    let code = code.strip_prefix('$').unwrap_or(code);
    let (operation, target) = route(code, part("type"), part("id"))?;
    if surface == Surface::OpenMirror && !operation.is_mirrored {
        return Err(Problem::new(
            Kind::UnknownOperation,
            format!("The open mirror does not offer '${}'.", operation.code),
        ));
    }
    let allowed = operation.methods();
    let method = request.method().as_str();
    if allowed.split(", ").any(|allowed| allowed == method) {
        Ok((operation, target))
    } else {
        Err(Problem::method_not_allowed(allowed))
    }
}

/// A POST may come without a body when all parameters are in the URL.
fn has_body(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let empty = headers
        .get(CONTENT_LENGTH)
        .is_none_or(|length| length == "0");
    request.method() == Method::POST
        && (!empty || headers.contains_key(TRANSFER_ENCODING) || headers.contains_key(CONTENT_TYPE))
}

/// The URL as the caller wrote it, below the public base.
fn url(base: &str, request: &HttpRequest) -> String {
    let names = ["type", "id", "operation"];
    let segments: Vec<_> = names
        .iter()
        .filter_map(|name| request.match_info().get(name))
        .collect();
    let mark = if request.query_string().is_empty() {
        ""
    } else {
        "?"
    };
    format!(
        "{base}/{}{mark}{}",
        segments.join("/"),
        request.query_string()
    )
}
