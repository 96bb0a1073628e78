//! Handlers of the resource routes: authenticate, parse, decide, execute, render.

use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::web::{self, Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::authenticate::authenticate;
use super::negotiate::{Format, is_json, negotiate, wants_content};
use super::prefer::{handling, wanted_return};
use super::state::{State, Surface};
use super::{answer, pairs};
use crate::access::decide::{Authorized, decide};
use crate::execute::{Means, Outcome, execute};
use crate::interaction::precondition::Precondition;
use crate::interaction::{Interaction, parse};
use crate::operation;
use crate::problem::{Kind, Problem};
use crate::render;
use crate::search::query::Context;

/// Name–value pairs of URL and form.
type Pairs = [(String, String)];
/// A body, or why there is none.
type Received = Result<Bytes, actix_web::Error>;

/// `GET [base]/[type]/[id]`
pub(super) async fn read(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> HttpResponse {
    let (type_name, id) = path.into_inner();
    respond(state, *surface, &request, &[], |_, _| {
        parse::read(&type_name, &id)
    })
    .await
}

/// `GET [base]/[type]/[id]/_history/[vid]`
pub(super) async fn version_read(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    path: Path<(String, String, String)>,
) -> HttpResponse {
    let (type_name, id, version) = path.into_inner();
    let parse = |_: &Pairs, _: &Context<'_>| parse::version_read(&type_name, &id, &version);
    respond(state, *surface, &request, &[], parse).await
}

/// `GET [base]/[type]/[id]/_history`
pub(super) async fn history(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> HttpResponse {
    let (type_name, id) = path.into_inner();
    respond(state, *surface, &request, &[], |_, _| {
        parse::history(&type_name, &id)
    })
    .await
}

/// `GET [base]/[type]?…`
pub(super) async fn search(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    type_name: Path<String>,
) -> HttpResponse {
    search_with(state, *surface, &request, &type_name, &[]).await
}

/// `POST [base]/[type]/_search`
pub(super) async fn search_by_post(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    type_name: Path<String>,
    body: Received,
) -> HttpResponse {
    if media_type(request.headers()) != "application/x-www-form-urlencoded" {
        return answer::refused(&Problem::new(
            Kind::UnsupportedMediaType,
            "Send the search as application/x-www-form-urlencoded.",
        ));
    }
    match body {
        Ok(body) => search_with(state, *surface, &request, &type_name, &body).await,
        Err(_) => answer::refused(&too_long("64 KiB")),
    }
}

async fn search_with(
    state: Data<State>,
    surface: Surface,
    request: &HttpRequest,
    type_name: &str,
    form: &[u8],
) -> HttpResponse {
    let handling = handling(request.headers());
    let parse =
        |pairs: &Pairs, context: &Context<'_>| parse::search(type_name, pairs, handling, context);
    respond(state, surface, request, form, parse).await
}

/// `POST [base]/[type]`
pub(super) async fn create(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    type_name: Path<String>,
    body: Received,
) -> HttpResponse {
    let parse = |_: &Pairs, context: &Context<'_>| {
        let body = fhir_body(request.headers(), body)?;
        let criteria = header(request.headers(), HeaderName::from_static("if-none-exist"))
            .map(|text| pairs::decode(text.trim_start_matches('?').as_bytes()))
            .transpose()?;
        parse::create(&type_name, &body, criteria.as_deref(), context)
    };
    respond(state, *surface, &request, &[], parse).await
}

/// `POST [base]/[type]/$validate`: stores nothing, so any token will do.
pub(super) async fn validate(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    type_name: Path<String>,
    body: Received,
) -> HttpResponse {
    let validated = async {
        authenticate(&state, *surface, &request).await?;
        let resource_type = parse::resource_type(&type_name)?;
        let body = fhir_body(request.headers(), body)?;
        operation::validate::outcome(resource_type, &body)
    };
    match validated.await {
        Ok(outcome) => answer::outcome(&outcome),
        Err(problem) => answer::refused(&problem),
    }
}

/// `PUT [base]/[type]/[id]`
pub(super) async fn update(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    path: Path<(String, String)>,
    body: Received,
) -> HttpResponse {
    let (type_name, id) = path.into_inner();
    let parse = |_: &Pairs, _: &Context<'_>| {
        let body = fhir_body(request.headers(), body)?;
        parse::update(&type_name, &id, &body, precondition(request.headers())?)
    };
    respond(state, *surface, &request, &[], parse).await
}

/// `DELETE [base]/[type]/[id]`
pub(super) async fn delete(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> HttpResponse {
    let (type_name, id) = path.into_inner();
    let parse = |_: &Pairs, _: &Context<'_>| {
        parse::delete(&type_name, &id, precondition(request.headers())?)
    };
    respond(state, *surface, &request, &[], parse).await
}

fn precondition(headers: &HeaderMap) -> Result<Precondition, Problem> {
    Precondition::parse(header(headers, IF_MATCH), header(headers, IF_NONE_MATCH))
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers
        .get(name)
        .map(|value| value.to_str().unwrap_or_default())
}

fn media_type(headers: &HeaderMap) -> String {
    header(headers, CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

fn fhir_body(headers: &HeaderMap, body: Received) -> Result<Bytes, Problem> {
    if !is_json(&media_type(headers)) {
        return Err(Problem::new(
            Kind::UnsupportedMediaType,
            "Send the resource as application/fhir+json.",
        ));
    }
    body.map_err(|_| too_long("10 MiB"))
}

fn too_long(limit: &str) -> Problem {
    Problem::new(
        Kind::BodyTooLong,
        format!("The body of this request is at most {limit}."),
    )
}

/// The spine of every request.
async fn respond(
    state: Data<State>,
    surface: Surface,
    request: &HttpRequest,
    form: &[u8],
    parse: impl FnOnce(&Pairs, &Context<'_>) -> Result<Interaction, Problem>,
) -> HttpResponse {
    match answer_to(state, surface, request, form, parse).await {
        Ok(response) => response,
        Err(problem) => answer::refused(&problem),
    }
}

async fn answer_to(
    state: Data<State>,
    surface: Surface,
    request: &HttpRequest,
    form: &[u8],
    parse: impl FnOnce(&Pairs, &Context<'_>) -> Result<Interaction, Problem>,
) -> Result<HttpResponse, Problem> {
    let authority = authenticate(&state, surface, request).await?;
    let mut pairs = pairs::decode(request.query_string().as_bytes())?;
    pairs.extend(pairs::decode(form)?);
    let interaction = parse(&pairs, &state.context())?;
    let native = interaction.yields_content() && wants_content(request, &pairs);
    let format = if native {
        Format { pretty: false }
    } else {
        negotiate(request, &pairs)?
    };
    let authorized = decide(&authority, interaction, &state.context())?;
    let base = state.base_of(surface);
    let rendered = match perform(&state, authorized).await? {
        Outcome::Written(written) => {
            return Ok(answer::written(
                written,
                wanted_return(request.headers()),
                format,
                base,
            ));
        }
        Outcome::Deleted(version) => return Ok(answer::deleted(version)),
        Outcome::Resource(stored) if native => render::content(&stored)?,
        Outcome::Resource(stored) => render::resource(stored),
        Outcome::Searchset(searchset) => render::searchset(&searchset, base),
        Outcome::History(history) => render::history(&history, base),
    };
    Ok(answer::found(request, format, rendered))
}

/// A point lookup is shorter than the hop to another thread; everything else hops.
async fn perform(state: &Data<State>, authorized: Authorized) -> Result<Outcome, Problem> {
    if matches!(authorized.interaction(), Interaction::Read(_)) {
        return perform_here(state, authorized);
    }
    let state = state.clone();
    web::block(move || perform_here(&state, authorized))
        .await
        .map_err(|error| Problem::internal(&error))?
}

fn perform_here(state: &State, authorized: Authorized) -> Result<Outcome, Problem> {
    let means = Means {
        store: &state.store,
        cursors: &state.cursors,
        ids: &state.ids,
        now: state.clock.now(),
    };
    execute(means, authorized)
}
