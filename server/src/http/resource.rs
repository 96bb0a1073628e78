//! Handlers of the resource routes: each says what its request is, and the spine answers it.

use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::web::{self, Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::body::Content;
use super::prefer::handling;
use super::spine::{Asked, respond};
use super::state::{State, Surface};
use crate::interaction::precondition::Precondition;
use crate::interaction::{pairs, parse};
use crate::problem::Problem;

/// `GET [base]/[type]/[id]`
pub(super) async fn read(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> HttpResponse {
    let (type_name, id) = path.into_inner();
    let parse = |_: &Asked<'_>| parse::read(&type_name, &id);
    respond(state, *surface, &request, Content::Nothing, parse).await
}

/// `GET [base]/[type]/[id]/_history/[vid]`
pub(super) async fn version_read(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    path: Path<(String, String, String)>,
) -> HttpResponse {
    let (type_name, id, version) = path.into_inner();
    let parse = |_: &Asked<'_>| parse::version_read(&type_name, &id, &version);
    respond(state, *surface, &request, Content::Nothing, parse).await
}

/// `GET [base]/[type]/[id]/_history`
pub(super) async fn history(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> HttpResponse {
    let (type_name, id) = path.into_inner();
    history_of(state, *surface, &request, Some(&type_name), Some(&id)).await
}

/// `GET [base]/[type]/_history`
pub(super) async fn type_history(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    type_name: Path<String>,
) -> HttpResponse {
    history_of(state, *surface, &request, Some(&type_name), None).await
}

/// `GET [base]/_history`
pub(super) async fn system_history(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
) -> HttpResponse {
    history_of(state, *surface, &request, None, None).await
}

async fn history_of(
    state: Data<State>,
    surface: Surface,
    request: &HttpRequest,
    type_name: Option<&str>,
    id: Option<&str>,
) -> HttpResponse {
    let handling = handling(request.headers());
    let parse = |asked: &Asked<'_>| parse::history(type_name, id, asked.pairs, handling);
    respond(state, surface, request, Content::Nothing, parse).await
}

/// `GET [base]/[type]?…`
pub(super) async fn search(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    type_name: Path<String>,
) -> HttpResponse {
    search_with(state, *surface, &request, &type_name, Content::Nothing).await
}

/// `POST [base]/[type]/_search`
pub(super) async fn search_by_post(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    type_name: Path<String>,
    payload: Payload,
) -> HttpResponse {
    search_with(
        state,
        *surface,
        &request,
        &type_name,
        Content::Form(payload),
    )
    .await
}

async fn search_with(
    state: Data<State>,
    surface: Surface,
    request: &HttpRequest,
    type_name: &str,
    content: Content,
) -> HttpResponse {
    let handling = handling(request.headers());
    let parse = |asked: &Asked<'_>| parse::search(type_name, asked.pairs, handling, &asked.context);
    respond(state, surface, request, content, parse).await
}

/// `GET [base]?…`
pub(super) async fn search_system(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
) -> HttpResponse {
    system_with(state, *surface, &request, Content::Nothing).await
}

/// `POST [base]/_search`
pub(super) async fn search_system_by_post(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    system_with(state, *surface, &request, Content::Form(payload)).await
}

async fn system_with(
    state: Data<State>,
    surface: Surface,
    request: &HttpRequest,
    content: Content,
) -> HttpResponse {
    let handling = handling(request.headers());
    let parse = |asked: &Asked<'_>| parse::search_system(asked.pairs, handling, &asked.context);
    respond(state, surface, request, content, parse).await
}

/// `GET [base]/[compartment]/[id]/[type]?…`, with `*` for all types
pub(super) async fn search_compartment(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
) -> HttpResponse {
    compartment_with(state, *surface, &request, Content::Nothing).await
}

/// `POST [base]/[compartment]/[id]/[type]/_search`, without a type for all types
pub(super) async fn search_compartment_by_post(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    compartment_with(state, *surface, &request, Content::Form(payload)).await
}

async fn compartment_with(
    state: Data<State>,
    surface: Surface,
    request: &HttpRequest,
    content: Content,
) -> HttpResponse {
    let handling = handling(request.headers());
    let part = |name| request.match_info().get(name);
    let within = (
        part("type").unwrap_or_default(),
        part("id").unwrap_or_default(),
    );
    let searched = part("searched").unwrap_or("*");
    let parse = |asked: &Asked<'_>| {
        parse::search_compartment(within, searched, asked.pairs, handling, &asked.context)
    };
    respond(state, surface, request, content, parse).await
}

/// `POST [base]/[type]`
pub(super) async fn create(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    type_name: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let parse = |asked: &Asked<'_>| {
        let criteria = header(request.headers(), HeaderName::from_static("if-none-exist"))
            .map(|text| pairs::decode(text.trim_start_matches('?').as_bytes()))
            .transpose()?;
        parse::create(&type_name, asked.body, criteria.as_deref(), &asked.context)
    };
    respond(state, *surface, &request, Content::Resource(payload), parse).await
}

/// `PUT [base]/[type]/[id]`
pub(super) async fn update(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    path: Path<(String, String)>,
    payload: Payload,
) -> HttpResponse {
    let (type_name, id) = path.into_inner();
    let parse = |asked: &Asked<'_>| {
        parse::update(
            &type_name,
            &id,
            asked.body,
            precondition(request.headers())?,
        )
    };
    respond(state, *surface, &request, Content::Resource(payload), parse).await
}

/// `DELETE [base]/[type]/[id]`
pub(super) async fn delete(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> HttpResponse {
    let (type_name, id) = path.into_inner();
    let parse = |_: &Asked<'_>| parse::delete(&type_name, &id, precondition(request.headers())?);
    respond(state, *surface, &request, Content::Nothing, parse).await
}

pub(super) fn precondition(headers: &HeaderMap) -> Result<Precondition, Problem> {
    Precondition::parse(header(headers, IF_MATCH), header(headers, IF_NONE_MATCH))
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers
        .get(name)
        .map(|value| value.to_str().unwrap_or_default())
}
