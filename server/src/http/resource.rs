//! Handlers of the resource routes: authenticate, parse, decide, execute, render.

use std::panic::{AssertUnwindSafe, catch_unwind};

use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::web::{self, Data, Path, Payload};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};

use super::answer;
use super::authenticate::authenticate;
use super::body::Content;
use super::negotiate::{Format, negotiate, wants_content};
use super::prefer::{handling, wanted_return};
use super::state::{State, Surface};
use super::trace::Trace;
use crate::access::authority::Authority;
use crate::access::decide::{Authorized, decide};
use crate::execute::{Means, Outcome, execute, look};
use crate::interaction::pairs;
use crate::interaction::precondition::Precondition;
use crate::interaction::{Interaction, parse, subset};
use crate::problem::{Kind, Problem};
use crate::render;
use crate::search::query::Context;

/// Longest URL that is looked at.
const MAX_URL: usize = 8 * 1024;
/// Matches on a page that may be brief.
const BRIEF_PAGE: u32 = 100;

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

/// What a request asks, for parsing.
pub(super) struct Asked<'a> {
    /// Name–value pairs of URL and form.
    pub(super) pairs: &'a [(String, String)],
    /// The resource that was sent; empty for a form.
    pub(super) body: &'a [u8],
    pub(super) context: Context<'a>,
}

/// The spine of every request.
pub(super) async fn respond(
    state: Data<State>,
    surface: Surface,
    request: &HttpRequest,
    content: Content,
    parse: impl FnOnce(&Asked<'_>) -> Result<Interaction, Problem>,
) -> HttpResponse {
    match answer_to(state, surface, request, content, parse).await {
        Ok(response) => response,
        Err(problem) => answer::refused(&problem),
    }
}

async fn answer_to(
    state: Data<State>,
    surface: Surface,
    request: &HttpRequest,
    sent: Content,
    parse: impl FnOnce(&Asked<'_>) -> Result<Interaction, Problem>,
) -> Result<HttpResponse, Problem> {
    let authority = authenticate(&state, surface, request).await?;
    let mut trace = Trace::begin(&state, request, &authority);
    answer_caller(
        &state,
        (surface, &authority),
        request,
        sent,
        parse,
        &mut trace,
    )
    .await
    .map_err(|problem| match trace {
        Some(trace) => trace.explain(problem),
        None => problem,
    })
}

async fn answer_caller(
    state: &Data<State>,
    (surface, authority): (Surface, &Authority),
    request: &HttpRequest,
    sent: Content,
    parse: impl FnOnce(&Asked<'_>) -> Result<Interaction, Problem>,
    trace: &mut Option<Trace>,
) -> Result<HttpResponse, Problem> {
    let (pairs, body) = receive(request, sent).await?;
    let context = state.context(surface);
    let interaction = parse(&Asked {
        pairs: &pairs,
        body: &body,
        context,
    })?;
    if let Some(trace) = trace {
        trace.needs(&interaction);
    }
    let native = interaction.yields_content() && wants_content(request, &pairs);
    let format = if native {
        Format::default()
    } else {
        negotiate(request, &pairs)?
    };
    request.extensions_mut().insert(format);
    let subset = subset::parse(&pairs, interaction.counts())?;
    let authorized = decide(authority, interaction, &context)?;
    let base = state.base_of(surface);
    let rendered = match perform(state, surface, authorized).await? {
        Outcome::Written(written) => {
            let wanted = wanted_return(request.headers());
            return Ok(answer::written(written, wanted, base));
        }
        Outcome::Deleted(version) => return Ok(answer::deleted(version)),
        Outcome::Accepted(status) => return Ok(answer::begun(&status)),
        Outcome::Resource(stored) if native => render::content(&stored)?,
        Outcome::Resource(stored) => render::resource(stored, &subset),
        Outcome::Searchset(searchset) => render::searchset(&searchset, base, &subset),
        Outcome::History(history) => render::history(&history, base, &subset),
        Outcome::Answer(resource) => render::made(&resource),
        Outcome::Images(_) => return Err(Problem::internal(&"images outside of their routes")),
    };
    Ok(answer::found(request, rendered))
}

/// The pairs of URL and form, and the body that is no form.
pub(super) async fn receive(
    request: &HttpRequest,
    content: Content,
) -> Result<(Vec<(String, String)>, Vec<u8>), Problem> {
    if request
        .uri()
        .path_and_query()
        .is_some_and(|url| url.as_str().len() > MAX_URL)
    {
        return Err(Problem::new(
            Kind::UrlTooLong,
            "The URL is longer than 8 KiB; send the search by POST.",
        ));
    }
    let is_form = content.is_form();
    let mut pairs = pairs::decode(request.query_string().as_bytes())?;
    let body = content.read(request.headers()).await?;
    if is_form {
        pairs.extend(pairs::decode(&body)?);
        return Ok((pairs, Vec::new()));
    }
    Ok((pairs, body))
}

/// What is brief is done here, which is shorter than the hop to another thread; everything else
/// hops. Whether a search is brief only the data know, so it is tried with a bound on its steps.
async fn perform(
    state: &Data<State>,
    surface: Surface,
    authorized: Authorized,
) -> Result<Outcome, Problem> {
    if may_be_brief(authorized.interaction()) {
        let means = Means {
            store: &state.brief,
            ..means(state, surface)
        };
        // A defect costs this request its answer, as it does on the other threads.
        match catch_unwind(AssertUnwindSafe(|| look(means, &authorized))) {
            Ok(Some(Err(problem))) if problem.kind == Kind::QueryTimeout => {}
            Ok(Some(outcome)) => return outcome,
            Ok(None) => {}
            Err(_) => return Err(Problem::internal(&"a read that panicked")),
        }
    }
    let state = state.clone();
    web::block(move || perform_here(&state, surface, authorized))
        .await
        .map_err(|error| Problem::internal(&error))?
}

/// Lookups by id, and pages of a size that a reader asks for. Words are looked up in long lists
/// within one step of the engine.
fn may_be_brief(interaction: &Interaction) -> bool {
    match interaction {
        Interaction::Read(_) | Interaction::VersionRead(..) => true,
        Interaction::Search(query) => query.count <= BRIEF_PAGE && !query.asks_for_words(),
        _ => false,
    }
}

pub(super) fn perform_here(
    state: &State,
    surface: Surface,
    authorized: Authorized,
) -> Result<Outcome, Problem> {
    execute(means(state, surface), authorized)
}

/// What executing a request needs.
pub(super) fn means(state: &State, surface: Surface) -> Means<'_> {
    Means {
        store: &state.store,
        cursors: &state.cursors,
        ids: &state.ids,
        now: state.clock.now(),
        exports: Some(&state.exports),
        base: state.base_of(surface),
    }
}
