//! `/logout`: ends the session and what `online_access` tied to it.

use actix_web::http::header::{HeaderName, HeaderValue};

use super::browser::{Posted, clear_cookie};
use super::{Answer, render};
use crate::store::audit::{Entry, Event};
use crate::store::{StoreError, sessions};

/// `POST`
pub async fn post(posted: Posted) -> Answer {
    let (now, digest) = (posted.here.now, posted.browser.digest());
    let mut entry = Entry::new(Event::SignOut, "success", now);
    if let Some(signed_in) = &posted.browser.signed_in {
        entry = entry.by_user(signed_in.person.id);
    }
    posted
        .here
        .server
        .store
        .write::<_, StoreError>(move |tx| {
            sessions::end(tx, digest, now)?;
            Ok(entry.append(tx)?)
        })
        .await?;
    let mut response = render::see_other("/");
    clear_cookie(&posted.here.server, &mut response);
    response.headers_mut().insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cookies\", \"storage\""),
    );
    Ok(response)
}
