//! Handlers of the resource routes: authenticate, parse, decide, execute, render.

use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::web::{self, Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::authenticate::authenticate;
use super::negotiate::{Format, negotiate, wants_content};
use super::state::{State, Surface};
use super::{answer, pairs};
use crate::access::decide::decide;
use crate::execute::{Means, Outcome, execute};
use crate::interaction::{Interaction, parse};
use crate::problem::{Kind, Problem};
use crate::render;
use crate::search::query::Handling;

/// `GET [base]/[type]/[id]`
pub(super) async fn read(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> HttpResponse {
    let (type_name, id) = path.into_inner();
    let parse = |_: &[(String, String)]| parse::read(&type_name, &id);
    respond(state, *surface, &request, &[], parse).await
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
    body: Result<Bytes, actix_web::Error>,
) -> HttpResponse {
    if !is_form(request.headers()) {
        return answer::refused(&Problem::new(
            Kind::UnsupportedMediaType,
            "Send the search as application/x-www-form-urlencoded.",
        ));
    }
    match body {
        Ok(body) => search_with(state, *surface, &request, &type_name, &body).await,
        Err(_) => answer::refused(&Problem::new(
            Kind::BodyTooLong,
            "The body of a search is at most 64 KiB.",
        )),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| {
            value
                .trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
}

async fn search_with(
    state: Data<State>,
    surface: Surface,
    request: &HttpRequest,
    type_name: &str,
    form: &[u8],
) -> HttpResponse {
    let context = state.clone();
    let parse = |pairs: &[(String, String)]| {
        parse::search(
            type_name,
            pairs,
            handling(request.headers()),
            &context.context(),
        )
    };
    respond(state, surface, request, form, parse).await
}

/// `Prefer: handling=strict` (RFC 7240; R4, "Search", errors).
fn handling(headers: &HeaderMap) -> Handling {
    let strict = headers
        .get_all("prefer")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .any(|preference| preference.trim().eq_ignore_ascii_case("handling=strict"));
    if strict {
        Handling::Strict
    } else {
        Handling::Lenient
    }
}

/// The spine of every request.
async fn respond(
    state: Data<State>,
    surface: Surface,
    request: &HttpRequest,
    form: &[u8],
    parse: impl FnOnce(&[(String, String)]) -> Result<Interaction, Problem>,
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
    parse: impl FnOnce(&[(String, String)]) -> Result<Interaction, Problem>,
) -> Result<HttpResponse, Problem> {
    let authority = authenticate(&state, surface, request).await?;
    let mut pairs = pairs::decode(request.query_string().as_bytes())?;
    pairs.extend(pairs::decode(form)?);
    let interaction = parse(&pairs)?;
    let native = interaction.yields_content() && wants_content(request, &pairs);
    let format = if native {
        Format { pretty: false }
    } else {
        negotiate(request, &pairs)?
    };
    let authorized = decide(&authority, interaction, &state.context())?;
    let outcome = match authorized.interaction() {
        // A point lookup is shorter than the hop to another thread.
        Interaction::Read { .. } => perform(&state, &authorized)?,
        Interaction::Search(_) => {
            let state = state.clone();
            web::block(move || perform(&state, &authorized))
                .await
                .map_err(|error| Problem::internal(&error))??
        }
    };
    let rendered = match outcome {
        Outcome::Resource(stored) if native => render::content(&stored)?,
        outcome => render::outcome(outcome, state.base_of(surface)),
    };
    Ok(answer::found(request, format, rendered))
}

fn perform(
    state: &State,
    authorized: &crate::access::decide::Authorized,
) -> Result<Outcome, Problem> {
    let means = Means {
        store: &state.store,
        cursors: &state.cursors,
        now: state.clock.now(),
    };
    execute(means, authorized)
}
