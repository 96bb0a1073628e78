//! `/oauth/logout`: an app asks to sign the person out (OpenID Connect RP-Initiated Logout 1.0).
//! Only a genuine hint about whoever is signed in ends the session at once; everything else is a
//! question to the person, so that no page can sign anybody out behind their back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::browser::Browser;
use super::form::{Form, Query};
use super::logout::{Farewell, sign_out};
use super::problem::Problem;
use super::{Answer, Here, render};
use crate::oauth::client::Client;
use crate::oauth::id_token_hint::Hint;
use crate::oauth::parameters::Parameters;
use crate::page::logout::LogoutPage;
use crate::store::clients;

/// What an app may say.
const PARAMETERS: &[&str] = &[
    "id_token_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
];

/// `POST`, perhaps from a page of another site: no cookie arrives with it, so it becomes a `GET`.
pub async fn post(Form(form): Form) -> HttpResponse {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in PARAMETERS {
        query.extend_pairs(form.first(name).map(|value| (name, value)));
    }
    render::see_other(&format!("/oauth/logout?{}", query.finish()))
}

/// `GET`
pub async fn get(here: Here, browser: Browser, Query(query): Query) -> Answer {
    let hint = query
        .first("id_token_hint")
        .and_then(|text| here.server.read_hint(text));
    check_client(&query, hint.as_ref())?;
    let client_id = match &hint {
        Some(hint) => Some(hint.aud.as_str()),
        None => query.first("client_id"),
    };
    let farewell = farewell(&here, client_id, &query)?;
    let named = hint.as_ref().map(|hint| hint.sub.as_str());
    let signed_in = browser.signed_in.as_ref();
    let is_named = signed_in.is_some_and(|who| named == Some(who.person.subject.as_str()));
    match signed_in {
        Some(_) if is_named => {
            sign_out(
                &here,
                &browser,
                farewell.map(|farewell| farewell.location()),
            )
            .await
        }
        Some(_) => ask(&here, &browser, farewell.as_ref()),
        None if hint.is_some() && farewell.is_some() => {
            let location = farewell.map_or("/".to_owned(), |farewell| farewell.location());
            Ok(render::see_other(&location))
        }
        None => Ok(render::see_other("/")),
    }
}

/// A hint that was issued to another client than the one that is named (RP-Initiated Logout §2).
fn check_client(query: &Parameters, hint: Option<&Hint>) -> Result<(), Problem> {
    let named = query.first("client_id");
    let fits = named.zip(hint).is_none_or(|(id, hint)| id == hint.aud);
    fits.then_some(()).ok_or(Problem::page(
        StatusCode::BAD_REQUEST,
        "This app made a mistake",
        "It asked to sign you out in the name of another app.",
    ))
}

/// Where the client may send the person, if it registered that address.
pub fn farewell(
    here: &Here,
    client_id: Option<&str>,
    parameters: &Parameters,
) -> Result<Option<Farewell>, Problem> {
    let (Some(id), Some(uri)) = (client_id, parameters.first("post_logout_redirect_uri")) else {
        return Ok(None);
    };
    let client = here
        .server
        .store
        .read(|connection| clients::find(connection, id))?
        .filter(|client| !client.disabled);
    let state = parameters.first("state").map(str::to_owned);
    Ok(client.and_then(|client: Client| Farewell::of(&client, uri, state)))
}

fn ask(here: &Here, browser: &Browser, farewell: Option<&Farewell>) -> Answer {
    let page = LogoutPage {
        chrome: browser.chrome(here),
        client_id: farewell.map(|farewell| farewell.client_id.as_str()),
        uri: farewell.map(|farewell| farewell.target.as_str()),
        state: farewell.and_then(|farewell| farewell.state.as_deref()),
    };
    let rendered = render::page(&page)?;
    Ok(match farewell {
        Some(farewell) => rendered.leading_to(farewell.target.csp_source()),
        None => rendered.finish(),
    })
}
