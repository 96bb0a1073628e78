//! `/select-patient`: a person who may act for several patients says whose record it is about.

use actix_web::http::StatusCode;

use super::browser::{Browser, Posted, grant_url};
use super::form::Query;
use super::problem::Problem;
use super::{Answer, Here, grant, render};
use crate::oauth::grant::Stage;
use crate::page::select_patient::{Choice, SelectPatientPage};
use crate::store::grants;

/// `GET`: the patients.
pub async fn get(here: Here, browser: Browser, Query(query): Query) -> Answer {
    let handle = query.first("grant");
    let signed_in = browser.require(handle)?;
    let stored = grant::find_for_person(&here, &browser, &signed_in.person, handle)?;
    let handle = handle.unwrap_or_default();
    if !matches!(stored.grant.stage, Stage::Identified(_)) {
        return Ok(render::see_other(&grant::next_page(&stored.grant, handle)?));
    }
    let client = grant::client(&here, &stored)?;
    let page = SelectPatientPage {
        chrome: browser.chrome(&here),
        action: grant_url("/select-patient", handle),
        handle,
        client_name: &client.name,
        patients: Choice::of(
            &signed_in.person.patients,
            query.first("name"),
            query.first("page"),
        ),
    };
    Ok(render::page(&page)?.leading_to(stored.grant.terms.target.csp_source()))
}

/// `POST`: the choice. Naming anybody else ends the request.
pub async fn post(posted: Posted) -> Answer {
    let (here, handle) = (&posted.here, posted.handle.as_deref());
    let signed_in = posted.browser.require(handle)?;
    let person = &signed_in.person;
    let stored = grant::find_for_person(here, &posted.browser, person, handle)?;
    let chosen = posted.form.first("patient").unwrap_or_default();
    let (digest, now) = (stored.handle, here.now);
    let Some(patient) = person.patient(chosen).map(|patient| patient.id.clone()) else {
        return end(here, stored).await;
    };
    here.server
        .store
        .write::<_, Problem>(move |tx| {
            let mut stored = grant::find(tx, digest)?;
            stored.grant = stored.grant.choose(Some(patient), now)?;
            Ok(grants::save(tx, &stored)?)
        })
        .await?;
    Ok(render::see_other(&grant_url(
        "/consent",
        handle.unwrap_or_default(),
    )))
}

/// Ends a request in which somebody reached for a record that is not theirs.
pub async fn end(here: &Here, stored: grants::StoredGrant) -> Answer {
    let (digest, now) = (stored.handle, here.now);
    here.server
        .store
        .write(move |tx| grant::deny(tx, grant::find(tx, digest)?, now))
        .await?;
    Err(Problem::page(
        StatusCode::FORBIDDEN,
        "You may not share this record",
        "The request was ended and nothing was shared.",
    ))
}
