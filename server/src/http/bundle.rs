//! `POST [base]`: a batch or a transaction (R4, "batch/transaction").

use actix_web::web::{self, Data, Payload, ReqData};
use actix_web::{HttpRequest, HttpResponse};

use super::answer;
use super::authenticate::authenticate;
use super::body::Content;
use super::disclose::{disclose, shown};
use super::negotiate::negotiate;
use super::prefer::{handling, preferred_return};
use super::response::{Answered, Shown, response};
use super::spine::receive;
use super::state::{State, Surface};
use crate::access::authority::Authority;
use crate::access::decide::{Authorized, decide};
use crate::execute::Means;
use crate::execute::batch::{Job, batch};
use crate::execute::transaction::{Reference, transaction};
use crate::interaction::Interaction;
use crate::interaction::bundle::{self, Bundle, Processing, Search};
use crate::problem::Problem;
use crate::search::query::{Context, Handling};

pub(super) async fn bundle(
    state: Data<State>,
    surface: ReqData<Surface>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    match answer_to(state, *surface, &request, payload).await {
        Ok(response) => response,
        Err(problem) => answer::refused(&problem),
    }
}

async fn answer_to(
    state: Data<State>,
    surface: Surface,
    request: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let authority = authenticate(&state, surface, request).await?;
    let (pairs, body) = receive(request, Content::Bundle(payload)).await?;
    negotiate(request, &pairs)?;
    let handling = handling(request.headers());
    let shared = state.clone();
    let caller = authority.clone();
    let answered = web::block(move || perform(&shared, surface, &caller, &body, handling))
        .await
        .map_err(|error| Problem::internal(&error))??;
    let outcomes = answered
        .replies
        .iter()
        .filter_map(|(reply, _)| reply.as_ref().ok());
    let shown = outcomes.flat_map(shown).collect();
    disclose(&state, request, &authority, shown).await?;
    let wanted = preferred_return(request.headers());
    let rendered = response(answered, wanted, state.base_of(surface));
    Ok(answer::found(request, rendered))
}

fn perform(
    state: &State,
    surface: Surface,
    authority: &Authority,
    body: &[u8],
    handling: Handling,
) -> Result<Answered, Problem> {
    let context = state.context(surface);
    let Bundle {
        processing,
        entries,
        searches,
    } = bundle::parse(body, handling, &context, &mut || state.ids.next())?;
    let mut jobs = Vec::with_capacity(entries.len());
    let mut shown = Vec::with_capacity(entries.len());
    for entry in entries {
        let decided = entry
            .interaction
            .and_then(|interaction| decide(authority, interaction, &context));
        jobs.push(decided.map(|authorized| Job {
            authorized,
            fresh: entry.fresh,
            provisional: entry.provisional,
        }));
        shown.push(Shown {
            unmodified: entry.unmodified,
            is_head: entry.is_head,
            subset: entry.subset,
        });
    }
    let means = Means {
        store: &state.store,
        cursors: &state.cursors,
        ids: &state.ids,
        now: state.clock.now(),
        base: state.base_of(surface),
        exports: None,
    };
    let replies = match processing {
        Processing::Batch => batch(means, jobs)?,
        Processing::Transaction => {
            let jobs = all(jobs)?;
            let references = references(authority, searches, &context)?;
            let outcomes = transaction(means, jobs, references)?;
            outcomes.into_iter().map(Ok).collect()
        }
    };
    Ok(Answered {
        processing,
        replies: replies.into_iter().zip(shown).collect(),
    })
}

/// All entries, unless one is refused: then nothing is done.
fn all(jobs: Vec<Result<Job, Problem>>) -> Result<Vec<Job>, Problem> {
    jobs.into_iter()
        .enumerate()
        .map(|(at, job)| job.map_err(|problem| problem.at_entry(at)))
        .collect()
}

/// A reference by criteria is a search, and needs the right to one.
fn references(
    authority: &Authority,
    searches: Vec<Search>,
    context: &Context<'_>,
) -> Result<Vec<Reference>, Problem> {
    let decided = |search: Search| {
        let authorized: Result<Authorized, Problem> = decide(
            authority,
            Interaction::Search(Box::new(search.query)),
            context,
        );
        authorized
            .map(|authorized| Reference {
                entry: search.entry,
                provisional: search.provisional,
                authorized,
            })
            .map_err(|problem| problem.at_entry(search.entry))
    };
    searches.into_iter().map(decided).collect()
}
