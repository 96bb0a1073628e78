//! Noting what apps try, in the demo profile.

use actix_web::HttpRequest;
use actix_web::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::problem::Problem;
use super::{Answer, Here};
use crate::attempts::{Attempt, Step};
use crate::configuration::Profile;
use crate::oauth::parameters::Parameters;
use crate::store::clients;

/// Notes an attempt, if a registered app made it.
pub fn note(here: &Here, step: Step, client: Option<&str>, sent: &Parameters, answer: &Answer) {
    let server = &here.server;
    let Some(client) = client.filter(|_| server.profile == Profile::Demo) else {
        return;
    };
    let known = server
        .store
        .read(|connection| clients::find(connection, client));
    if matches!(known, Ok(Some(_))) {
        let failure = answer.as_ref().err().map(failure);
        server
            .attempts
            .note(client, Attempt::new(here.now, step, sent, failure));
    }
}

/// The error code and the exact reason.
fn failure(problem: &Problem) -> (String, String) {
    let oauth = match problem {
        Problem::Redirect(redirect) => Some(&redirect.error),
        Problem::Token(token) => Some(&token.error),
        _ => None,
    };
    match (oauth, problem) {
        (Some(error), _) => (error.code.as_str().to_owned(), error.description.to_owned()),
        (None, Problem::Page(page)) => ("page".to_owned(), page.text.clone()),
        (None, other) => ("server_error".to_owned(), other.to_string()),
    }
}

/// The app that names itself in a request to the token endpoint.
pub fn named(request: &HttpRequest, form: &Parameters) -> Option<String> {
    let basic = || {
        let header = request
            .headers()
            .get(header::AUTHORIZATION)?
            .to_str()
            .ok()?;
        let text = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
        let text = String::from_utf8(text).ok()?;
        crate::oauth::parameters::decode(text.split(':').next()?)
    };
    form.first("client_id").map(str::to_owned).or_else(basic)
}
