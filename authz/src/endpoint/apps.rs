//! `/apps`: what a person shares with which app, until when, how it is used, and the end of it.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::browser::{Browser, Posted};
use super::consent;
use super::problem::Problem;
use super::{Answer, Here, render};
use crate::account::person::Relationship;
use crate::oauth::negotiate;
use crate::page::apps::{AppPage, AppsPage, ReceiptPage, SharedApp};
use crate::store::audit::{self, Entry, Event};
use crate::store::families::{self, Shared};
use crate::store::{clients, grants, uses};
use crate::usage::day;

/// Days over which requests are counted.
pub const COUNTED_DAYS: i64 = 30;

/// `GET`: the list.
pub async fn get(here: Here, browser: Browser) -> Answer {
    let signed_in = browser.require(None)?;
    let (user, now) = (signed_in.person.id, here.now);
    here.server.write_usage().await?;
    let apps = here.server.store.read(|connection| {
        let shared = families::of_user(connection, user, now)?;
        let apps = shared
            .iter()
            .map(|shared| describe(connection, shared, now));
        apps.collect::<rusqlite::Result<Vec<_>>>()
    })?;
    let page = AppsPage {
        chrome: browser.chrome(&here),
        apps,
    };
    Ok(render::page(&page)?.finish())
}

fn describe(
    connection: &Connection,
    shared: &Shared,
    now: DateTime<Utc>,
) -> rusqlite::Result<SharedApp> {
    let family = &shared.family;
    let used = uses::of(connection, family.id, day(now) - COUNTED_DAYS)?;
    let client = clients::find(connection, &family.client_id)?;
    Ok(SharedApp::of(shared, used, client))
}

/// The consent of this person with this opaque name; anybody else's looks like none.
fn find(here: &Here, browser: &Browser, handle: &str) -> Result<Shared, Problem> {
    let (user, now) = (browser.require(None)?.person.id, here.now);
    let shared = here
        .server
        .store
        .read(|connection| families::of_user(connection, user, now))?;
    let mut shared = shared.into_iter();
    shared
        .find(|shared| shared.handle == handle)
        .ok_or(Problem::not_found())
}

/// `GET /apps/{handle}`: one app.
pub async fn one(here: Here, browser: Browser, handle: Path<String>) -> Answer {
    here.server.write_usage().await?;
    let shared = find(&here, &browser, &handle)?;
    show(&here, &browser, &shared, None)
}

fn show(here: &Here, browser: &Browser, shared: &Shared, error: Option<&str>) -> Answer {
    let (app, decisions) = here.server.store.read(|connection| {
        let family = &shared.family;
        let decisions = audit::decisions(connection, family.user, &family.client_id)?;
        Ok((describe(connection, shared, here.now)?, decisions))
    })?;
    let choices = SharedApp::choices(shared);
    let page = AppPage {
        chrome: browser.chrome(here),
        error,
        app,
        categories: choices.categories,
        optional: choices.optional,
        changes: choices.changes,
        dates: consent::dates(here),
        decisions,
    };
    let status = error.map_or(StatusCode::OK, |_| StatusCode::BAD_REQUEST);
    Ok(render::page(&page)?.status(status).finish())
}

/// `GET /apps/{handle}/receipt`: what was decided, to print.
pub async fn receipt(here: Here, browser: Browser, handle: Path<String>) -> Answer {
    let shared = find(&here, &browser, &handle)?;
    let app = here
        .server
        .store
        .read(|connection| describe(connection, &shared, here.now))?;
    let person = &browser.require(None)?.person;
    let patient = shared.family.patient.as_deref();
    let represented = patient
        .and_then(|id| person.patient(id))
        .filter(|patient| patient.relationship == Relationship::Represented);
    let choices = SharedApp::choices(&shared);
    let page = ReceiptPage {
        chrome: browser.chrome(&here),
        app,
        person_name: &person.name,
        represented: represented.map(|patient| patient.name.as_str()),
        optional: choices.optional,
        changes: choices.changes,
        issuer: here.server.issuer(),
    };
    Ok(render::page(&page)?.finish())
}

/// `POST /apps/change`: other kinds of data or another end, within what the app once asked for.
/// What is taken away is gone from its tokens at once.
pub async fn change(posted: Posted) -> Answer {
    let here = &posted.here;
    let handle = posted.form.first("app").unwrap_or_default();
    let shared = find(here, &posted.browser, handle)?;
    let refuse = |why| show(here, &posted.browser, &shared, Some(why));
    let choices = consent::choices(&posted.form);
    let Some(scopes) = negotiate::settle(&shared.family.offered, &choices) else {
        return refuse(
            "That would leave nothing to share. To share nothing, stop sharing with this app.",
        );
    };
    let Some(share_until) = consent::share_until(here, &posted.form) else {
        return refuse("Please choose an end date between the earliest and the latest one.");
    };
    let (user, now, handle) = (shared.family.user, here.now, shared.handle.clone());
    here.server
        .store
        .write(move |tx| {
            let family = families::owned(tx, user, &handle, now)?.ok_or(Problem::not_found())?;
            families::change(tx, family.id, &scopes, share_until)?;
            Entry::new(Event::ConsentChange, "success", now)
                .by_user(user)
                .client(&family.client_id)
                .patient(family.patient.as_deref())
                .append(tx)
                .map_err(Problem::from)
        })
        .await?;
    Ok(render::see_other(&format!("/apps/{}", shared.handle)))
}

/// `POST /apps/revoke`: ends one consent of this person; anybody else's looks like none.
pub async fn revoke(posted: Posted) -> Answer {
    let signed_in = posted.browser.require(None)?;
    let handle = posted.form.first("app").unwrap_or_default().to_owned();
    let (user, now) = (signed_in.person.id, posted.here.now);
    posted
        .here
        .server
        .store
        .write(move |tx| {
            let family = families::owned(tx, user, &handle, now)?.ok_or(Problem::not_found())?;
            families::revoke(tx, family.id, now)?;
            grants::forget(tx, user, &family.client_id)?;
            Entry::new(Event::Revocation, "success", now)
                .by_user(user)
                .client(&family.client_id)
                .patient(family.patient.as_deref())
                .append(tx)
                .map_err(Problem::from)
        })
        .await?;
    Ok(render::see_other("/apps"))
}
