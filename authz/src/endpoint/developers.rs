//! `/developers`: the developers' corner of the demo profile. Nothing is here in production.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde_json::{Value, json};

use super::browser::{Browser, Posted};
use super::problem::Problem;
use super::{Answer, Here, register as registration, render};
use crate::configuration::Profile;
use crate::oauth::client::Client;
use crate::oauth::error::OAuthError;
use crate::oauth::parameters::Parameters;
use crate::page::decode::{DecodePage, Decoded};
use crate::page::developers::{AppPage, DevelopersPage, RegisterPage, RegisteredPage};
use crate::store::clients;

/// Nothing is here outside the demo profile.
fn admit(here: &Here) -> Result<(), Problem> {
    (here.server.profile == Profile::Demo)
        .then_some(())
        .ok_or(Problem::not_found())
}

/// `GET /developers`: what there is.
pub async fn get(here: Here, browser: Browser) -> Answer {
    admit(&here)?;
    let clients = match &browser.signed_in {
        Some(signed_in) => own_clients(&here, signed_in.person.id)?,
        None => Vec::new(),
    };
    let page = DevelopersPage {
        chrome: browser.chrome(&here),
        issuer: here.server.issuer(),
        fhir_base: &here.server.policy.fhir_base,
        demo_clients: &here.server.demo.clients,
        clients,
    };
    Ok(browser.remember(&here.server, render::page(&page)?.finish()))
}

fn own_clients(here: &Here, user: i64) -> Result<Vec<Client>, Problem> {
    Ok(here
        .server
        .store
        .read(|connection| clients::owned(connection, user))?)
}

/// `GET /developers/register`: the form.
pub async fn form(here: Here, browser: Browser) -> Answer {
    admit(&here)?;
    browser.require(None)?;
    show_form(&here, &browser, &Parameters::default(), None)
}

fn show_form(
    here: &Here,
    browser: &Browser,
    sent: &Parameters,
    error: Option<OAuthError>,
) -> Answer {
    let page = RegisterPage {
        chrome: browser.chrome(here),
        error,
        sent,
    };
    let status = error.map_or(StatusCode::OK, |_| StatusCode::BAD_REQUEST);
    Ok(render::page(&page)?.status(status).finish())
}

/// `POST /developers/register`: the same as dynamic registration, by form.
pub async fn register(posted: Posted) -> Answer {
    let here = &posted.here;
    admit(here)?;
    let person = &posted.browser.require(None)?.person;
    let body = metadata(&posted.form).to_string();
    let registered = match registration::enrol(here, body.as_bytes(), Some(person.id)).await {
        Ok(registered) => registered,
        Err(Problem::Token(refused)) => {
            return show_form(here, &posted.browser, &posted.form, Some(refused.error));
        }
        Err(other) => return Err(other),
    };
    let registered = serde_json::to_value(registered).map_err(|_| Problem::failed())?;
    let page = RegisteredPage::of(
        posted.browser.chrome(here),
        &registered,
        here.server.issuer(),
        &here.server.policy.fhir_base,
    );
    Ok(render::page(&page)?.finish())
}

/// The metadata document that the form means (RFC 7591 §2).
fn metadata(form: &Parameters) -> Value {
    let text = |name| form.first(name).unwrap_or_default().trim();
    let uris: Vec<&str> = text("redirect_uris").split_whitespace().collect();
    let mut metadata = json!({
        "client_name": text("client_name"),
        "redirect_uris": uris,
        "token_endpoint_auth_method": text("method"),
    });
    for name in ["launch_url", "scope"] {
        if !text(name).is_empty() {
            metadata[name] = json!(text(name));
        }
    }
    metadata
}

/// `GET /developers/app/{client_id}`: what an app tried lately. A demonstration app is everybody's.
pub async fn app(here: Here, browser: Browser, id: Path<String>) -> Answer {
    admit(&here)?;
    let person = &browser.require(None)?.person;
    let public = here.server.demo.clients.iter();
    let is_public = public.into_iter().any(|client| client.client_id == *id);
    let client = if is_public {
        here.server
            .store
            .read(|connection| clients::find(connection, &id))?
    } else {
        let own = own_clients(&here, person.id)?;
        own.into_iter().find(|client| client.id == *id)
    };
    let page = AppPage {
        chrome: browser.chrome(&here),
        attempts: here.server.attempts.of(&id),
        client: client.ok_or(Problem::not_found())?,
    };
    Ok(render::page(&page)?.finish())
}

/// `GET /developers/decode`: the form.
pub async fn decoder(here: Here, browser: Browser) -> Answer {
    admit(&here)?;
    let page = DecodePage {
        chrome: browser.chrome(&here),
        decoded: None,
    };
    Ok(browser.remember(&here.server, render::page(&page)?.finish()))
}

/// `POST /developers/decode`: what a token response says. Nothing of it is kept.
pub async fn decode(posted: Posted) -> Answer {
    admit(&posted.here)?;
    let text = posted.form.first("response").unwrap_or_default();
    let server = &posted.here.server;
    let decoded = Decoded::read(text, |token| server.read_hint(token).is_some());
    let page = DecodePage {
        chrome: posted.browser.chrome(&posted.here),
        decoded: Some(decoded),
    };
    Ok(render::page(&page)?.finish())
}
