//! Status, deletion and files of bulk exports (Bulk Data Access 2.0.0, "Bulk Data Status Request",
//! "Bulk Data Delete Request", "Bulk Data Output File Request").
//!
//! The caller is authorized anew each time. A job of another client, or one that holds more than
//! the token's scopes allow now, is answered like one that never was.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, EXPIRES, HeaderName, RETRY_AFTER};
use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use chrono::DateTime;
use serde_json::{Value, json};
use smart::scope::Level;
use url::form_urlencoded;

use super::authenticate::authenticate;
use super::conditional::http_date;
use super::state::{State, Surface};
use super::{answer, file};
use crate::access::authority::Grant;
use crate::export::{Job, List, Page, State as Progress};
use crate::problem::{Kind, Problem};
use crate::search::date;

/// Seconds to wait before asking again.
const RETRY: &str = "1";
/// The parameter that names a part of a manifest.
const PAGE: &str = "page";
const NDJSON: &str = "application/fhir+ndjson";

/// `GET [base]/$export/[job]`
pub(super) async fn status(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    id: Path<String>,
) -> HttpResponse {
    match job(&state, *surface, &request, &id).await {
        Ok(job) => match page(&request) {
            Some(number) => shown(&state, &job, number),
            None => answer::refused(&Problem::not_found()),
        },
        Err(problem) => answer::refused(&problem),
    }
}

/// `DELETE [base]/$export/[job]`
pub(super) async fn delete(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    id: Path<String>,
) -> HttpResponse {
    match job(&state, *surface, &request, &id).await {
        Ok(job) => {
            state.exports.delete(&job);
            answer::accepted("The export is deleted.")
        }
        Err(problem) => answer::refused(&problem),
    }
}

/// `GET [base]/$export/[job]/[file]`
pub(super) async fn download(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> HttpResponse {
    let (id, name) = path.into_inner();
    let found = job(&state, *surface, &request, &id).await;
    match found.and_then(|job| state.exports.path(&job, &name)) {
        Ok(path) => file::stream(&request, path, NDJSON).await,
        Err(problem) => answer::refused(&problem),
    }
}

async fn job(
    state: &State,
    surface: Surface,
    request: &HttpRequest,
    id: &str,
) -> Result<Arc<Job>, Problem> {
    let authority = authenticate(state, surface, request).await?;
    let authority = authority.with_level(Level::System);
    match authority.grant() {
        Grant::Token {
            scopes,
            person: false,
            ..
        } => state.exports.find(id, authority.owner(), scopes),
        _ => Err(Problem::new(
            Kind::Forbidden,
            "Exports are for backend services: the token needs system scopes.",
        )),
    }
}

/// The part of the manifest that was asked for; the first one if none was. `None`: that is no
/// number of a part.
fn page(request: &HttpRequest) -> Option<usize> {
    form_urlencoded::parse(request.query_string().as_bytes())
        .find(|(name, _)| name == PAGE)
        .map_or(Some(1), |(_, number)| number.parse().ok())
}

fn shown(state: &State, job: &Job, number: usize) -> HttpResponse {
    let progress = job.state();
    match (job.page(number), progress) {
        (_, Progress::Failed { diagnostics }) => {
            answer::refused(&Problem::new(Kind::Internal, diagnostics))
        }
        (None, Progress::Running) => running(job).finish(),
        (None, Progress::Complete { .. }) => answer::refused(&Problem::not_found()),
        (Some(page), progress) => {
            let mut response = match progress {
                Progress::Running => running(job),
                _ => HttpResponse::Ok(),
            };
            if let Some(expires) = job.expires() {
                response.insert_header((EXPIRES, http_date(expires)));
            }
            response
                .insert_header((CACHE_CONTROL, "no-store"))
                .content_type("application/json")
                .body(manifest(state, job, &page, number).to_string())
        }
    }
}

fn running(job: &Job) -> HttpResponseBuilder {
    let mut response = HttpResponse::Accepted();
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((RETRY_AFTER, RETRY))
        .insert_header((
            HeaderName::from_static("x-progress"),
            format!("{} resources written", job.resources()),
        ));
    response
}

fn manifest(state: &State, job: &Job, page: &Page, number: usize) -> Value {
    let mut manifest = json!({
        "transactionTime": DateTime::from_timestamp_millis(page.at).map(date::print),
        "request": job.order.request,
        "requiresAccessToken": true,
        "output": listed(state, job, page, List::Output),
        "deleted": listed(state, job, page, List::Deleted),
        "error": listed(state, job, page, List::Error),
    });
    if let Some(by) = &job.order.organized_by {
        manifest["outputOrganizedBy"] = json!(by);
    }
    if page.has_next {
        let next = format!("{}/$export/{}?{PAGE}={}", state.base, job.id, number + 1);
        manifest["link"] = json!([{ "relation": "next", "url": next }]);
    }
    manifest
}

fn listed(state: &State, job: &Job, page: &Page, list: List) -> Vec<Value> {
    page.files
        .iter()
        .filter(|file| file.list == list)
        .map(|file| {
            let mut listed = json!({
                "url": format!("{}/$export/{}/{}", state.base, job.id, file.name),
                "count": file.count,
            });
            if let Some(ty) = &file.resource_type {
                listed["type"] = json!(ty);
            }
            listed
        })
        .collect()
}
