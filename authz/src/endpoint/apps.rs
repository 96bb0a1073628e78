//! `/apps`: what a person shares with which app, until when, and the end of it.

use super::browser::{Browser, Posted};
use super::problem::Problem;
use super::{Answer, Here, render};
use crate::page::apps::{AppsPage, SharedApp};
use crate::store::audit::{Entry, Event};
use crate::store::{families, grants};

/// `GET`: the list.
pub async fn get(here: Here, browser: Browser) -> Answer {
    let signed_in = browser.require(None)?;
    let (user, now) = (signed_in.person.id, here.now);
    let shared = here
        .server
        .store
        .read(|connection| families::of_user(connection, user, now))?;
    let page = AppsPage {
        chrome: browser.chrome(&here),
        apps: shared.iter().map(SharedApp::of).collect(),
    };
    Ok(render::page(&page)?.finish())
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
