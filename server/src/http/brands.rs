//! `GET [base]/user-access-brands`: who is behind this server, for anyone to read (SMART 2.2,
//! "User-access Brands and Endpoints"). CORS is that of the API.

use std::sync::Arc;

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::state::{State, Surface};
use super::{answer, spine};
use crate::access::authority::Authority;
use crate::access::decide::decide;
use crate::brand::{Brands, Places, brands};
use crate::execute::Outcome;
use crate::interaction::parse;
use crate::problem::{Kind, Problem};
use crate::render::Rendered;
use crate::search::query::Handling;

/// Path below the base.
pub(super) const PATH: &str = "/user-access-brands";
/// How long brands are kept before they are made anew.
const KEPT: TimeDelta = TimeDelta::seconds(10);

/// The brands that were made last, and when.
pub(crate) type Kept = Option<(DateTime<Utc>, Option<Arc<Brands>>)>;

pub(super) async fn bundle(state: Data<State>, request: HttpRequest) -> HttpResponse {
    match of(&state).await {
        Ok(Some(brands)) => {
            let body = brands.bundle.to_string().into_bytes();
            answer::found(&request, rendered(body))
        }
        Ok(None) => answer::refused(&Problem::new(
            Kind::NotFound,
            "No organization of this server says that the server is its endpoint.",
        )),
        Err(problem) => answer::refused(&problem),
    }
}

fn rendered(body: Vec<u8>) -> Rendered {
    let digest: [u8; 32] = Sha256::digest(&body).into();
    let mark = digest.map(|byte| format!("{byte:02x}")).concat();
    Rendered {
        body,
        etag: Some(format!("W/\"{mark}\"")),
        ..Rendered::default()
    }
}

/// The brands, made anew now and then.
pub(super) async fn of(state: &Data<State>) -> Result<Option<Arc<Brands>>, Problem> {
    let now = state.clock.now();
    let lock = || {
        state
            .brands
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    };
    if let Some((made, brands)) = &*lock()
        && (TimeDelta::zero()..KEPT).contains(&(now - *made))
    {
        return Ok(brands.clone());
    }
    let portal = state.authorization.configuration().await.ok();
    let inside = state.clone();
    let made = web::block(move || {
        let portal = portal
            .as_ref()
            .map(|configuration| configuration.issuer.as_str());
        let places = Places {
            base: &inside.base,
            portal,
        };
        let all = |name, criteria: &[(&str, &str)]| published(&inside, name, criteria);
        let endpoints = all("Endpoint", &[("connection-type", "hl7-fhir-rest")])?;
        let organizations = all("Organization", &[])?;
        Ok::<_, Problem>(brands(&organizations, &endpoints, &places).map(Arc::new))
    });
    let brands = made.await.map_err(|error| Problem::internal(&error))??;
    *lock() = Some((now, brands.clone()));
    Ok(brands)
}

/// Resources of a type that describes the health system and no person.
fn published(state: &State, name: &str, criteria: &[(&str, &str)]) -> Result<Vec<Value>, Problem> {
    let context = state.context(Surface::Secured);
    let mut pairs = vec![("_count".to_owned(), "1000".to_owned())];
    pairs.extend(
        criteria
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let search = parse::search(name, &pairs, Handling::Strict, &context)?;
    let authorized = decide(&Authority::open_mirror(), search, &context)?;
    let Outcome::Searchset(found) = spine::perform_here(state, Surface::Secured, authorized)?
    else {
        return Ok(Vec::new());
    };
    let read =
        |body: &[u8]| serde_json::from_slice(body).map_err(|error| Problem::internal(&error));
    found
        .matches
        .iter()
        .map(|stored| read(&stored.body))
        .collect()
}
