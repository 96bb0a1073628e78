//! The spine of every request: authenticate, parse, decide, execute, render.

use std::panic::{AssertUnwindSafe, catch_unwind};

use actix_web::web::{self, Data};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};

use super::answer;
use super::authenticate::authenticate;
use super::body::Content;
use super::disclose::{disclose, shown};
use super::negotiate::{Format, negotiate, wants_content};
use super::prefer::wanted_return;
use super::state::{State, Surface};
use super::trace::Trace;
use crate::access::authority::Authority;
use crate::access::decide::{Authorized, decide};
use crate::execute::{Means, Outcome, execute, look};
use crate::interaction::{Interaction, pairs, subset};
use crate::problem::{Kind, Problem};
use crate::render;
use crate::search::query::Context;

/// Matches on a page that may be brief.
const BRIEF_PAGE: u32 = 100;

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
    let subset = subset::parse(&pairs, interaction.counts(), interaction.shows())?;
    let authorized = decide(authority, interaction, &context)?;
    let base = state.base_of(surface);
    let outcome = perform(state, surface, authorized).await?;
    disclose(state, request, authority, shown(&outcome)).await?;
    let rendered = match outcome {
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
