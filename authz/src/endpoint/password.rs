//! `/password`: a person changes their password. Every session ends and every consent with it, as
//! somebody who changes it may fear that another knew the old one.

use actix_web::http::StatusCode;

use super::browser::{Browser, Posted, clear_cookie};
use super::problem::Problem;
use super::{Answer, Here, render};
use crate::account::password;
use crate::account::throttle::ACCOUNT_FROM_ADDRESS;
use crate::page::password::PasswordPage;
use crate::secret::Secret;
use crate::store::audit::{Entry, Event};
use crate::store::{StoreError, users};

/// `GET`: the form.
pub async fn get(here: Here, browser: Browser) -> Answer {
    browser.require(None)?;
    show(&here, &browser, None)
}

fn show(here: &Here, browser: &Browser, error: Option<&str>) -> Answer {
    let page = PasswordPage {
        chrome: browser.chrome(here),
        error,
        shortest: password::SHORTEST,
    };
    let status = error.map_or(StatusCode::OK, |_| StatusCode::BAD_REQUEST);
    Ok(render::page(&page)?.status(status).finish())
}

/// `POST`
pub async fn post(posted: Posted) -> Answer {
    let here = &posted.here;
    let person = &posted.browser.require(None)?.person;
    let field = |name| Secret::new(posted.form.first(name).unwrap_or_default());
    let (current, new) = (field("current"), field("new"));
    if !password::is_acceptable(&new) || current.expose().len() > password::LONGEST {
        let error = "The new password must have at least 12 characters and at most 1024 bytes.";
        return show(here, &posted.browser, Some(error));
    }
    if !is_current(here, person.id, &person.username, current).await? {
        return show(
            here,
            &posted.browser,
            Some("The current password is not right."),
        );
    }
    let hash = here
        .server
        .passwords
        .hash(new, here.server.random.clone())
        .await?;
    change(here, person.id, hash).await?;
    let mut response = render::see_other("/login");
    clear_cookie(&here.server, &mut response);
    Ok(response)
}

/// Whether the password is right; wrong ones count as failed sign-ins do.
async fn is_current(
    here: &Here,
    user: i64,
    username: &str,
    current: Secret,
) -> Result<bool, Problem> {
    let key = format!("password {user}");
    here.server
        .throttle
        .admit(&key, ACCOUNT_FROM_ADDRESS, here.now)?;
    let hash = here
        .server
        .store
        .read(|connection| users::password_hash(connection, username))?;
    let right = here.server.passwords.check(current, hash).await?;
    let throttle = &here.server.throttle;
    if right {
        throttle.admit(&key, ACCOUNT_FROM_ADDRESS, here.now)?;
    } else {
        throttle.count_within(&key, ACCOUNT_FROM_ADDRESS, here.now)?;
    }
    Ok(right)
}

async fn change(here: &Here, user: i64, hash: String) -> Result<(), StoreError> {
    let now = here.now;
    here.server
        .store
        .write::<_, StoreError>(move |tx| {
            users::change_password(tx, user, &hash, now)?;
            Ok(Entry::new(Event::PasswordChange, "success", now)
                .by_user(user)
                .append(tx)?)
        })
        .await
}
