//! Status, deletion and files of bulk exports (Bulk Data Access 2.0.0, "Bulk Data Status Request",
//! "Bulk Data Delete Request", "Bulk Data Output File Request").
//!
//! The caller is authorized anew each time. A job of another client, or one that holds more than
//! the token's scopes allow now, is answered like one that never was.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, EXPIRES, HeaderName, RETRY_AFTER};
use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono::DateTime;
use serde_json::{Value, json};
use smart::scope::Level;

use super::authenticate::authenticate;
use super::conditional::http_date;
use super::state::{State, Surface};
use super::{answer, file};
use crate::access::authority::Grant;
use crate::export::{File, Job, List, State as Progress};
use crate::problem::{Kind, Problem};
use crate::search::date;

/// Seconds to wait before asking again.
const RETRY: &str = "1";
const NDJSON: &str = "application/fhir+ndjson";

/// `GET [base]/$export/[job]`
pub(super) async fn status(
    state: Data<State>,
    surface: web::ReqData<Surface>,
    request: HttpRequest,
    id: Path<String>,
) -> HttpResponse {
    match job(&state, *surface, &request, &id).await {
        Ok(job) => shown(&state, &job),
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

fn shown(state: &State, job: &Job) -> HttpResponse {
    match job.state() {
        Progress::Running => HttpResponse::Accepted()
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((RETRY_AFTER, RETRY))
            .insert_header((
                HeaderName::from_static("x-progress"),
                format!("{} resources written", job.resources()),
            ))
            .finish(),
        Progress::Failed { diagnostics } => {
            answer::refused(&Problem::new(Kind::Internal, diagnostics))
        }
        Progress::Complete { at, files } => {
            let mut response = HttpResponse::Ok();
            if let Some(expires) = job.expires() {
                response.insert_header((EXPIRES, http_date(expires)));
            }
            let manifest = json!({
                "transactionTime": DateTime::from_timestamp_millis(at).map(date::print),
                "request": job.order.request,
                "requiresAccessToken": true,
                "output": listed(state, job, &files, List::Output),
                "deleted": listed(state, job, &files, List::Deleted),
                "error": listed(state, job, &files, List::Error),
            });
            response
                .insert_header((CACHE_CONTROL, "no-store"))
                .content_type("application/json")
                .body(manifest.to_string())
        }
    }
}

fn listed(state: &State, job: &Job, files: &[File], list: List) -> Vec<Value> {
    files
        .iter()
        .filter(|file| file.list == list)
        .map(|file| {
            json!({
                "type": file.resource_type,
                "url": format!("{}/$export/{}/{}", state.base, job.id, file.name),
                "count": file.count,
            })
        })
        .collect()
}
