//! `GET /`: what this is and where things are, for people and for programs.

use actix_web::http::header::{CACHE_CONTROL, VARY};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use super::negotiate::{Media, negotiate};
use super::state::{State, Surface};
use super::{answer, spine};
use crate::access::authority::Authority;
use crate::access::decide::decide;
use crate::configuration::Profile;
use crate::execute::Outcome;
use crate::interaction::parse;
use crate::page;
use crate::problem::Problem;
use crate::search::query::Handling;

/// Patients that the page names.
const PATIENTS: &str = "12";

/// `GET /`
pub(super) async fn landing(state: Data<State>, request: HttpRequest) -> HttpResponse {
    let is_for_people = negotiate(&request, &[]).is_ok_and(|format| format.media == Media::Html);
    let mut response = HttpResponse::Ok();
    response
        .insert_header((VARY, "Accept"))
        .insert_header((CACHE_CONTROL, "no-cache"));
    if !is_for_people {
        return response
            .content_type("text/plain; charset=utf-8")
            .body(plain(&state));
    }
    match page(&state).await {
        Ok(html) => {
            let mut response = response.body(html);
            answer::mark_as_page(response.headers_mut());
            response
        }
        Err(problem) => answer::refused(&problem),
    }
}

fn mirror(state: &State) -> Option<&str> {
    (state.profile == Profile::Demo).then_some(state.open_base.as_str())
}

fn plain(state: &State) -> String {
    let open = mirror(state).map_or(String::new(), |mirror| {
        format!("Open mirror, no token, read only: {mirror}\n")
    });
    format!(
        "s4s FHIR R4 server. Synthetic data only.\n\nBase URL: {base}\nCapabilities: {base}/metadata\nSMART configuration: {base}/.well-known/smart-configuration\n{open}",
        base = state.base,
    )
}

async fn page(state: &Data<State>) -> Result<String, Problem> {
    let issuer = state.authorization.configuration().await.ok();
    let inside = state.clone();
    let (ready, patients) = web::block(move || {
        let ready = inside.store.is_seeded().unwrap_or(false);
        (ready, patients(&inside).unwrap_or_default())
    })
    .await
    .map_err(|error| Problem::internal(&error))?;
    page::landing(page::Landing {
        base: &state.base,
        mirror: mirror(state),
        issuer: issuer.map(|configuration| configuration.issuer),
        ready,
        patients,
    })
    .map_err(|error| Problem::internal(&error))
}

/// The first patients that anyone may see; none where there is no open mirror.
fn patients(state: &State) -> Result<Vec<Value>, Problem> {
    if state.profile != Profile::Demo {
        return Ok(Vec::new());
    }
    let context = state.context(Surface::OpenMirror);
    let pairs = [("_count".to_owned(), PATIENTS.to_owned())];
    let search = parse::search("Patient", &pairs, Handling::Strict, &context)?;
    let authorized = decide(&Authority::open_mirror(), search, &context)?;
    let Outcome::Searchset(found) = spine::perform_here(state, Surface::OpenMirror, authorized)?
    else {
        return Ok(Vec::new());
    };
    let read = |body: &[u8]| serde_json::from_slice(body).map_err(|e| Problem::internal(&e));
    found
        .matches
        .iter()
        .map(|stored| read(&stored.body))
        .collect()
}
