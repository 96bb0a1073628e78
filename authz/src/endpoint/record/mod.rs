//! `/record`: a person's record, read through the FHIR API.

mod category;
mod document;
mod download;
mod overview;

use actix_web::http::StatusCode;

pub use category::get as category;
pub use document::{file, get as document};
pub use download::{download, get as choose_download};
pub use overview::{counts, get as overview};

use super::browser::{Browser, SignedIn};
use super::problem::Problem;
use super::{Answer, Here, render};
use crate::account::person::{Patient, Person};
use crate::portal::{FhirApi, Unreadable};
use crate::secret::Secret;
use crate::store::audit::{Entry, Event};

/// `GET /record`: one's own record, or the choice whose to open.
pub async fn get(browser: Browser) -> Answer {
    let person = &browser.require(None)?.person;
    let first = person.patients.first();
    let location = match first.filter(|_| !person.is_professional()) {
        Some(patient) => format!("/record/{}", patient.id),
        None => "/people".to_owned(),
    };
    Ok(render::see_other(&location))
}

/// A record that the person who is signed in may open.
pub struct Opened<'a> {
    here: &'a Here,
    person: &'a Person,
    /// Whose record.
    pub patient: &'a Patient,
}

impl<'a> Opened<'a> {
    /// Opens this kind of data of the patient with this id, which is written to the trail; a record
    /// that is not theirs looks like none.
    pub fn of(
        here: &'a Here,
        browser: &'a Browser,
        id: &str,
        kind: &'static str,
    ) -> Result<Self, Problem> {
        let SignedIn { person, .. } = browser.require(None)?;
        let patient = person.patient(id).ok_or(Problem::not_found())?;
        let entry = Entry::new(Event::RecordView, "success", here.now)
            .by_user(person.id)
            .patient(Some(&patient.id))
            .kind(kind);
        here.server.store.write_later(move |tx| entry.append(tx));
        Ok(Self {
            here,
            person,
            patient,
        })
    }

    /// The FHIR server.
    pub fn api(&self) -> &'a FhirApi {
        &self.here.server.fhir_api
    }

    /// A new token that reads this record.
    pub fn token(&self) -> Secret {
        let server = &self.here.server;
        let now = server.clock.now();
        server
            .portal_tokens
            .mint(self.person, self.patient, &server.random, now)
    }
}

impl From<Unreadable> for Problem {
    fn from(why: Unreadable) -> Self {
        if matches!(why, Unreadable::Missing) {
            return Self::not_found();
        }
        tracing::warn!(%why, "a record cannot be read");
        Self::page(
            StatusCode::SERVICE_UNAVAILABLE,
            "The record cannot be reached at the moment",
            "The server that keeps it does not answer. Nothing is lost; please try again in a moment.",
        )
    }
}
