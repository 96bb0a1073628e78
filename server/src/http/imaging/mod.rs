//! `[base]/dicomweb`: the images of imaging studies (PS3.18: WADO-RS §10.4, QIDO-RS §10.6), for the
//! same tokens as the API and under the same restriction as `ImagingStudy`.

mod accept;
mod answer;
pub(crate) mod archive;
mod multipart;
mod wanted;

use std::sync::Arc;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::authenticate::authenticate;
use super::body::Content;
use super::disclose::{disclose, files};
use super::spine::{perform_here, receive};
use super::state::{State, Surface};
use super::trace::Trace;
use super::{answer as fhir, refuse, routes};
use crate::access::authority::Authority;
use crate::access::decide::{Authorized, decide};
use crate::configuration::IMAGES;
use crate::dicom::{Level, Search};
use crate::execute::Outcome;
use crate::execute::imaging::Held;
use crate::interaction::Interaction;
use crate::interaction::imaging::{Imaging, Scope};
use crate::problem::Problem;
use accept::Range;
use wanted::Wanted;

/// What a route yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Search(Level),
    Files,
    Metadata,
    Rendered,
    Frames,
    RenderedFrame,
    Bulk,
}

const ROUTES: &[(&str, Route)] = &[
    ("/studies", Route::Search(Level::Study)),
    ("/series", Route::Search(Level::Series)),
    ("/instances", Route::Search(Level::Instance)),
    ("/studies/{study}", Route::Files),
    ("/studies/{study}/metadata", Route::Metadata),
    ("/studies/{study}/series", Route::Search(Level::Series)),
    ("/studies/{study}/instances", Route::Search(Level::Instance)),
    ("/studies/{study}/series/{series}", Route::Files),
    ("/studies/{study}/series/{series}/metadata", Route::Metadata),
    (
        "/studies/{study}/series/{series}/instances",
        Route::Search(Level::Instance),
    ),
    (
        "/studies/{study}/series/{series}/instances/{instance}",
        Route::Files,
    ),
    (
        "/studies/{study}/series/{series}/instances/{instance}/metadata",
        Route::Metadata,
    ),
    (
        "/studies/{study}/series/{series}/instances/{instance}/rendered",
        Route::Rendered,
    ),
    (
        "/studies/{study}/series/{series}/instances/{instance}/frames/{frames}",
        Route::Frames,
    ),
    (
        "/studies/{study}/series/{series}/instances/{instance}/frames/{frames}/rendered",
        Route::RenderedFrame,
    ),
    (
        "/studies/{study}/series/{series}/instances/{instance}/bulkdata/{tag}",
        Route::Bulk,
    ),
];

/// The routes of images.
pub(super) fn images(config: &mut ServiceConfig) {
    let mut scope = web::scope(IMAGES);
    for (path, route) in ROUTES {
        let handler = move |state, surface, request| handle(state, surface, request, *route);
        scope = scope.service(
            web::resource(*path)
                .route(routes::readable().to(handler))
                .default_service(web::to(refuse::only_get)),
        );
    }
    config.service(scope.default_service(web::to(refuse::unknown_api_route)));
}

/// Who asks for what.
struct Asked {
    state: Data<State>,
    surface: Surface,
    request: HttpRequest,
    route: Route,
}

async fn handle(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    route: Route,
) -> HttpResponse {
    let asked = Asked {
        state,
        surface: *surface,
        request,
        route,
    };
    asked
        .answer()
        .await
        .unwrap_or_else(|problem| fhir::refused(&problem))
}

impl Asked {
    async fn answer(&self) -> Result<HttpResponse, Problem> {
        let authority = authenticate(&self.state, self.surface, &self.request).await?;
        let mut trace = Trace::begin(&self.state, &self.request, &authority);
        let answered = self.answer_caller(&authority, &mut trace).await;
        answered.map_err(|problem| match trace {
            Some(trace) => trace.explain(problem),
            None => problem,
        })
    }

    async fn answer_caller(
        &self,
        authority: &Authority,
        trace: &mut Option<Trace>,
    ) -> Result<HttpResponse, Problem> {
        let (pairs, _) = receive(&self.request, Content::Nothing).await?;
        let imaging = self.parse(&pairs)?;
        let search = imaging.search.clone();
        let interaction = Interaction::Imaging(Box::new(imaging));
        if let Some(trace) = trace {
            trace.needs(&interaction);
        }
        let context = self.state.context(self.surface);
        let authorized = Arc::new(decide(authority, interaction, &context)?);
        let held = self.find(&authorized).await?;
        disclose(&self.state, &self.request, authority, files(&held)).await?;
        let ranges = accept::ranges(&self.request, &pairs);
        if let Some(search) = search {
            return self.matches(&search, &held, &ranges);
        }
        if let Some(seconds) = held.first().and_then(|first| {
            let now = self.state.clock.now();
            self.state.archive.wait(&first.instance.study, now)
        }) {
            return Ok(archive::retrieving(seconds));
        }
        self.retrieved(authorized, held, &Wanted::parse(&pairs)?, &ranges)
            .await
    }

    fn parse(&self, pairs: &[(String, String)]) -> Result<Imaging, Problem> {
        let part = |name| self.request.match_info().get(name);
        let scope = Scope::parse(part("study"), part("series"), part("instance"))?;
        let search = match self.route {
            Route::Search(level) => Some(Search::parse(level, pairs)?),
            _ => None,
        };
        Imaging::new(scope, search, &self.state.context(self.surface))
    }

    async fn find(&self, authorized: &Arc<Authorized>) -> Result<Vec<Held>, Problem> {
        let (state, surface) = (self.state.clone(), self.surface);
        let authorized = Authorized::clone(authorized);
        let found = web::block(move || perform_here(&state, surface, authorized));
        match found.await.map_err(|error| Problem::internal(&error))?? {
            Outcome::Images(held) => Ok(held),
            _ => Err(Problem::internal(&"a request for images that found none")),
        }
    }

    /// The public base URL of images.
    fn base(&self) -> String {
        format!("{}{IMAGES}", self.state.base_of(self.surface))
    }

    fn matches(
        &self,
        search: &Search,
        held: &[Held],
        ranges: &[Range],
    ) -> Result<HttpResponse, Problem> {
        accept::json(ranges)?;
        let seen: Vec<_> = held.iter().map(|held| held.instance.clone()).collect();
        Ok(answer::matches(search, &seen, &self.base()))
    }

    async fn retrieved(
        &self,
        authorized: Arc<Authorized>,
        held: Vec<Held>,
        wanted: &Wanted,
        ranges: &[Range],
    ) -> Result<HttpResponse, Problem> {
        let base = self.base();
        let source = answer::Source {
            state: self.state.clone(),
            surface: self.surface,
            authorized,
            base,
        };
        let part = |name| self.request.match_info().get(name).unwrap_or_default();
        match self.route {
            Route::Metadata => answer::metadata(&source, &held, ranges),
            Route::Files => answer::files(source, held, ranges).await,
            Route::Rendered => answer::rendered(source, held, None, (wanted, ranges)).await,
            Route::RenderedFrame => {
                let frame = Some(part("frames"));
                answer::rendered(source, held, frame, (wanted, ranges)).await
            }
            Route::Frames => answer::frames(source, held, part("frames"), ranges).await,
            Route::Bulk => answer::bulk(source, held, part("tag"), ranges).await,
            Route::Search(_) => Err(Problem::not_found()),
        }
    }
}
