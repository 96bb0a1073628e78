//! `/login`: a person signs in, for a request of an app (`?grant=…`) or for the portal itself.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::browser::{Browser, Posted, grant_url, set_cookie};
use super::form::Query;
use super::problem::Problem;
use super::{Answer, Here, grant, next, render};
use crate::account::guess::{self, Guess, Recognised};
use crate::account::password;
use crate::account::person::Person;
use crate::account::throttle::{self, Limit};
use crate::oauth::grant::Stage;
use crate::page::login::LoginPage;
use crate::secret::{Digest, Secret};
use crate::store::audit::{Entry, Event};
use crate::store::grants::{self, StoredGrant};
use crate::store::sessions::{self, Session};
use crate::store::users;

/// `GET`: the form; or straight on, when the person is signed in already.
pub async fn get(here: Here, browser: Browser, Query(query): Query) -> Answer {
    let response = if let Some(handle) = query.first("grant") {
        for_grant(&here, &browser, handle).await?
    } else {
        let next = query.first("next").and_then(next::admit);
        if browser.signed_in.is_some() {
            render::see_other(next.as_deref().unwrap_or(next::HOME))
        } else {
            let action = next::login(next.as_deref());
            form(&here, &browser, action, next.as_deref(), None)?.finish()
        }
    };
    Ok(browser.remember(&here.server, response))
}

async fn for_grant(here: &Here, browser: &Browser, handle: &str) -> Answer {
    let stored = grant::find_for_browser(here, browser, handle)?;
    grant::next_page(&stored.grant, handle)?;
    let moved = join(here, browser, stored).await?;
    match moved.grant.stage {
        Stage::Requested => {
            let source = moved.grant.terms.target.csp_source();
            let action = grant_url("/login", handle);
            Ok(form(here, browser, action, None, None)?.leading_to(source))
        }
        Stage::Denied => {
            let client = grant::client(here, &moved)?;
            Err(grant::back(&client, &moved.grant, grant::denied()))
        }
        _ if browser.signed_in.is_none() => {
            let source = moved.grant.terms.target.csp_source();
            let action = grant_url("/login", handle);
            Ok(form(here, browser, action, None, None)?.leading_to(source))
        }
        _ => Ok(render::see_other(&grant::next_page(&moved.grant, handle)?)),
    }
}

/// Binds the grant to the browser and, if a good enough sign-in is there, to the person.
async fn join(here: &Here, browser: &Browser, stored: StoredGrant) -> Result<StoredGrant, Problem> {
    let now = here.now;
    let digest = browser.digest();
    let signed_in = browser
        .signed_in
        .as_ref()
        .filter(|signed_in| {
            stored
                .grant
                .terms
                .accepts_sign_in(signed_in.session.auth_time, now)
        })
        .filter(|_| matches!(stored.grant.stage, Stage::Requested))
        .map(|signed_in| (signed_in.person.clone(), signed_in.session.auth_time));
    if stored.session.is_some() && signed_in.is_none() {
        return Ok(stored);
    }
    let handle = stored.handle;
    here.server
        .store
        .write(move |tx| {
            let mut stored = grant::find(tx, handle)?;
            stored.session = Some(digest);
            if let Some((person, auth_time)) = signed_in {
                stored.grant = grant::identify(stored.grant, &person, auth_time, now)?;
            }
            grants::save(tx, &stored)?;
            Ok(stored)
        })
        .await
}

fn form(
    here: &Here,
    browser: &Browser,
    action: String,
    next: Option<&str>,
    error: Option<&str>,
) -> Result<render::Rendered, Problem> {
    render::page(&LoginPage {
        chrome: browser.chrome(here),
        action,
        username: next::user(next).unwrap_or_default(),
        error,
        demo_users: &here.server.demo.users,
    })
}

/// `POST`: checks the password, starts a session with a new cookie and goes on.
pub async fn post(posted: Posted) -> Answer {
    let here = &posted.here;
    let username = posted.form.first("username").unwrap_or_default().to_owned();
    let secret = Secret::new(posted.form.first("password").unwrap_or_default());
    let handle = posted.handle.as_deref();
    let stored = handle
        .map(|handle| grant::find_for_browser(here, &posted.browser, handle))
        .transpose()?;
    if secret.expose().len() > password::LONGEST {
        return Err(Problem::page(
            StatusCode::BAD_REQUEST,
            "This password is too long",
            "Passwords have at most 1024 bytes.",
        ));
    }
    let limits = limits(&username, &here.address);
    for (key, limit) in &limits {
        here.server.throttle.admit(key, *limit, here.now)?;
    }
    let server = &here.server;
    let guess = (username.as_str(), secret);
    let found =
        guess::recognise::<Problem>(&server.store, &server.passwords, &server.random, guess);
    let recognised = match found.await? {
        Guess::Right(recognised) => recognised,
        Guess::Wrong(user) => {
            let counted =
                limits.map(|(key, limit)| server.throttle.count_within(&key, limit, here.now));
            counted.into_iter().collect::<Result<(), _>>()?;
            return refuse(&posted, stored.as_ref(), user);
        }
    };
    // Many may have failed while this password was checked.
    for (key, limit) in &limits {
        server.throttle.admit(key, *limit, here.now)?;
    }
    server.throttle.clear(&limits[0].0);
    sign_in(&posted, recognised, stored.map(|stored| stored.handle)).await
}

/// What is counted when a sign-in fails.
fn limits(username: &str, address: &str) -> [(String, Limit); 3] {
    let account = Digest::of(username).to_base64url();
    [
        (
            format!("both {account} {address}"),
            throttle::ACCOUNT_FROM_ADDRESS,
        ),
        (format!("account {account}"), throttle::ACCOUNT),
        (format!("address {address}"), throttle::ADDRESS),
    ]
}

/// One text for every reason. Whoever has the name can read in their activity that it was tried.
fn refuse(posted: &Posted, stored: Option<&StoredGrant>, user: Option<i64>) -> Answer {
    let here = &posted.here;
    let mut entry = Entry::new(Event::SignIn, "refused", here.now);
    if let Some(user) = user {
        entry = entry.by_user(user);
    }
    here.server.store.write_later(move |tx| entry.append(tx));
    let error = Some("User name and password do not match. Please try again.");
    let next = posted.next.as_deref();
    let action = match posted.handle.as_deref() {
        Some(handle) => grant_url("/login", handle),
        None => next::login(next),
    };
    let page = form(here, &posted.browser, action, next, error)?.status(StatusCode::UNAUTHORIZED);
    Ok(match stored {
        Some(stored) => page.leading_to(stored.grant.terms.target.csp_source()),
        None => page.finish(),
    })
}

async fn sign_in(posted: &Posted, recognised: Recognised, handle: Option<Digest>) -> Answer {
    let Recognised { person, renewed } = recognised;
    let here = &posted.here;
    let cookie = Secret::generate(&here.server.random);
    let session = Session {
        digest: cookie.digest(),
        user: person.id,
        auth_time: here.now,
        seen_at: here.now,
    };
    let before = posted.browser.digest();
    let now = here.now;
    let moved = here
        .server
        .store
        .write(move |tx| {
            if let Some(hash) = &renewed {
                users::rehash(tx, person.id, hash)?;
            }
            start_session(tx, &session, before, &person, handle, now)
        })
        .await?;
    let location = match (&moved, posted.handle.as_deref()) {
        (Some(moved), Some(_)) if matches!(moved.grant.stage, Stage::Denied) => {
            let client = grant::client(here, moved)?;
            return Err(grant::back(&client, &moved.grant, grant::denied()));
        }
        (Some(moved), Some(handle)) => grant::next_page(&moved.grant, handle)?,
        _ => posted.next.clone().unwrap_or(next::HOME.to_owned()),
    };
    let mut response: HttpResponse = render::see_other(&location);
    set_cookie(&here.server, &mut response, &cookie);
    Ok(response)
}

fn start_session(
    tx: &Connection,
    session: &Session,
    before: Digest,
    person: &Person,
    handle: Option<Digest>,
    now: DateTime<Utc>,
) -> Result<Option<StoredGrant>, Problem> {
    sessions::start(tx, session, Some(before))?;
    Entry::new(Event::SignIn, "success", now)
        .by_user(person.id)
        .append(tx)?;
    let Some(handle) = handle else {
        return Ok(None);
    };
    let mut stored = grant::find(tx, handle)?;
    if stored.session.is_some_and(|bound| bound != before) {
        return Err(Problem::start_again());
    }
    stored.session = Some(session.digest);
    match stored.grant.who() {
        None => stored.grant = grant::identify(stored.grant, person, session.auth_time, now)?,
        Some(who) if who.user == person.id => {}
        Some(_) => return Err(Problem::start_again()),
    }
    grants::save(tx, &stored)?;
    Ok(Some(stored))
}
