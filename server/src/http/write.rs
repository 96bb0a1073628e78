//! Handlers of patches, and of writes whose target is named by criteria (R4, "conditional update",
//! "conditional patch", "conditional delete").

use actix_web::web::{Data, Path, Payload, ReqData};
use actix_web::{HttpRequest, HttpResponse};

use super::body::{Content, is_json_patch, media_type};
use super::resource::precondition;
use super::spine::{Asked, respond};
use super::state::{State, Surface};
use crate::interaction::parse;
use crate::interaction::patch::Patch;
use crate::problem::Problem;

/// `PUT [base]/[type]?…`
pub(super) async fn conditional_update(
    state: Data<State>,
    surface: ReqData<Surface>,
    request: HttpRequest,
    type_name: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let parse = |asked: &Asked<'_>| {
        let precondition = precondition(request.headers())?;
        parse::conditional_update(
            &type_name,
            asked.pairs,
            asked.body,
            precondition,
            &asked.context,
        )
    };
    respond(state, *surface, &request, Content::Resource(payload), parse).await
}

/// `PATCH [base]/[type]/[id]`
pub(super) async fn patch(
    state: Data<State>,
    surface: ReqData<Surface>,
    request: HttpRequest,
    path: Path<(String, String)>,
    payload: Payload,
) -> HttpResponse {
    let (type_name, id) = path.into_inner();
    let content = Content::Patch(payload);
    let parse = |asked: &Asked<'_>| {
        let precondition = precondition(request.headers())?;
        parse::patch(&type_name, &id, sent(&request, asked.body)?, precondition)
    };
    respond(state, *surface, &request, content, parse).await
}

/// `PATCH [base]/[type]?…`
pub(super) async fn conditional_patch(
    state: Data<State>,
    surface: ReqData<Surface>,
    request: HttpRequest,
    type_name: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let content = Content::Patch(payload);
    let parse = |asked: &Asked<'_>| {
        let precondition = precondition(request.headers())?;
        let patch = sent(&request, asked.body)?;
        parse::conditional_patch(&type_name, asked.pairs, patch, precondition, &asked.context)
    };
    respond(state, *surface, &request, content, parse).await
}

/// The patch in a body, read as its media type says.
fn sent(request: &HttpRequest, body: &[u8]) -> Result<Patch, Problem> {
    if is_json_patch(media_type(request.headers()).as_str()) {
        Patch::json(body)
    } else {
        Patch::parameters(body)
    }
}

/// `DELETE [base]/[type]?…`
pub(super) async fn conditional_delete(
    state: Data<State>,
    surface: ReqData<Surface>,
    request: HttpRequest,
    type_name: Path<String>,
) -> HttpResponse {
    let parse = |asked: &Asked<'_>| {
        let precondition = precondition(request.headers())?;
        parse::conditional_delete(&type_name, asked.pairs, precondition, &asked.context)
    };
    respond(state, *surface, &request, Content::Nothing, parse).await
}
