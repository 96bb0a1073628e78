//! `/logout`: ends the session and what `online_access` tied to it.

use actix_web::http::header::{HeaderName, HeaderValue};

use super::browser::{Browser, Posted, clear_cookie};
use super::{Answer, Here, end_session, next, render};
use crate::oauth::client::Client;
use crate::oauth::redirect::{self, RedirectTarget};
use crate::store::audit::{Entry, Event};
use crate::store::{StoreError, sessions};

/// Where a person goes after signing out: an address that a client registered for this.
#[derive(Debug)]
pub struct Farewell {
    /// The client.
    pub client_id: String,
    /// Its address.
    pub target: RedirectTarget,
    /// Returned as it came.
    pub state: Option<String>,
}

impl Farewell {
    /// The farewell at `uri`, if the client registered it.
    pub fn of(client: &Client, uri: &str, state: Option<String>) -> Option<Self> {
        redirect::admit_farewell(client, uri).map(|target| Self {
            client_id: client.id.clone(),
            target,
            state,
        })
    }

    /// The URL to go to.
    pub fn location(&self) -> String {
        match &self.state {
            Some(state) => self.target.with(&[("state", state)]),
            None => self.target.as_str().to_owned(),
        }
    }
}

/// `POST`: from the portal, or from the page that asked whether to sign out.
pub async fn post(posted: Posted) -> Answer {
    let client_id = posted.form.first("client_id");
    let farewell = end_session::farewell(&posted.here, client_id, &posted.form)?;
    let next = posted.form.first("next").and_then(next::admit);
    let to = farewell
        .map(|farewell: Farewell| farewell.location())
        .or_else(|| next.map(|next| next::login(Some(&next))));
    sign_out(&posted.here, &posted.browser, to).await
}

/// Ends the session of this browser; leads to `to`, or home.
pub async fn sign_out(here: &Here, browser: &Browser, to: Option<String>) -> Answer {
    let (now, digest) = (here.now, browser.digest());
    let mut entry = Entry::new(Event::SignOut, "success", now);
    if let Some(signed_in) = &browser.signed_in {
        entry = entry.by_user(signed_in.person.id);
    }
    here.server
        .store
        .write::<_, StoreError>(move |tx| {
            sessions::end(tx, digest, now)?;
            Ok(entry.append(tx)?)
        })
        .await?;
    let mut response = render::see_other(to.as_deref().unwrap_or("/"));
    clear_cookie(&here.server, &mut response);
    response.headers_mut().insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cookies\", \"storage\""),
    );
    Ok(response)
}
