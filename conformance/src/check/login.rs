//! REG, AUT, CON, TOK: what one complete login shows.

use serde_json::Value;
use smart::scope::ScopeSet;

use crate::catalogue::Check;
use crate::catalogue::Level::Required;
use crate::context::Context;
use crate::login::{Login, Stage};
use crate::outcome::{Faults, Verdict, ensure, skip};
use crate::requirement::place::{
    REGISTRATION, SMART_AUTHORIZATION, SMART_SCOPES, SMART_TOKEN, TOKEN_RESPONSE,
};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("REG-02", Required, "A public client can be registered and gets an id but no secret.", REGISTRATION, |c| Box::pin(register_public(c))),
    Check::new("AUT-01", Required, "A good authorization request without a session leads to a login page.", SMART_AUTHORIZATION, |c| Box::pin(login_page(c))),
    Check::new("CON-02", Required, "The login leads to the choice of a patient or to the consent page.", SMART_AUTHORIZATION, |c| Box::pin(signed_in(c))),
    Check::new("CON-07", Required, "Approving sends exactly one code and the unchanged state to the redirect URI.", SMART_AUTHORIZATION, |c| Box::pin(approved(c))),
    Check::new("TOK-01", Required, "The code is exchanged for a bearer token with its life, its scope and the patient.", SMART_TOKEN, |c| Box::pin(exchanged(c))),
    Check::new("TOK-02", Required, "The token response is JSON that may not be stored.", TOKEN_RESPONSE, |c| Box::pin(headers(c))),
    Check::new("TOK-03", Required, "A refresh token comes only with a granted offline_access or online_access.", SMART_SCOPES, |c| Box::pin(refresh_token(c))),
    Check::new("TOK-22", Required, "The granted scopes lie within the requested ones.", SMART_SCOPES, |c| Box::pin(scopes(c))),
];

/// The login, when it came past `stage`.
async fn past(context: &Context, stage: Stage) -> Result<Option<&Login>, crate::outcome::Finding> {
    match context.sign_in().await {
        Ok(session) => match &session.login {
            Some(login) => Ok(Some(login)),
            None => skip("the token was given, there was no login"),
        },
        Err(problem) if problem.stage > stage => Ok(None),
        Err(problem) if problem.stage == stage => Err(problem.finding()),
        Err(problem) => skip(format!(
            "the login did not come this far: {}",
            problem.reason
        )),
    }
}

async fn register_public(context: &Context) -> Verdict {
    if context.configuration.client.is_some() {
        return skip("a client was configured, none was registered");
    }
    let Some(login) = past(context, Stage::Registration).await? else {
        return Ok(());
    };
    let Some(answer) = &login.registration else {
        return skip("none was registered");
    };
    answer.expect_status(201)?;
    let response = answer.json()?;
    ensure(response["client_secret"].is_null(), || {
        "a public client was given a secret".into()
    })
}

async fn login_page(context: &Context) -> Verdict {
    past(context, Stage::Authorization).await.map(|_| ())
}

async fn signed_in(context: &Context) -> Verdict {
    past(context, Stage::Login).await.map(|_| ())
}

async fn approved(context: &Context) -> Verdict {
    past(context, Stage::Consent).await.map(|_| ())
}

/// The login, when it came to its end.
async fn finished(context: &Context) -> Result<&Login, crate::outcome::Finding> {
    match past(context, Stage::Token).await? {
        Some(login) => Ok(login),
        None => skip("the login did not come to its end"),
    }
}

async fn exchanged(context: &Context) -> Verdict {
    let response = &finished(context).await?.response;
    let mut faults = Faults::default();
    let bearer = response["token_type"]
        .as_str()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
    faults.unless(bearer, || "token_type is not bearer".to_owned());
    let life = response["expires_in"].as_u64();
    faults.unless(life.is_some_and(|life| life > 0), || {
        "expires_in is no positive number".to_owned()
    });
    for name in ["scope", "patient"] {
        faults.unless(response[name].is_string(), || {
            format!("{name} is missing or no text")
        });
    }
    let wanted = context.configuration.patient.as_deref();
    let right = wanted.is_none_or(|wanted| response["patient"] == wanted);
    faults.unless(right, || {
        "patient is not the one that was chosen".to_owned()
    });
    faults.verdict()
}

/// The life of a granted access token; nothing when none was granted.
pub(super) fn granted_life(answer: &crate::http::Answer) -> Option<u64> {
    let response = answer.object().ok()?;
    let life = response["expires_in"].as_u64().unwrap_or_default();
    response["access_token"].is_string().then_some(life)
}

/// Fails unless an answer may not be stored.
pub(super) fn not_stored(answer: &crate::http::Answer) -> Verdict {
    let cache = answer.header("cache-control").unwrap_or_default();
    ensure(cache.to_ascii_lowercase().contains("no-store"), || {
        "Cache-Control lacks no-store".into()
    })
}

async fn headers(context: &Context) -> Verdict {
    let answer = &finished(context).await?.answer;
    let mut faults = Faults::default();
    let cache = answer
        .header("cache-control")
        .unwrap_or_default()
        .to_ascii_lowercase();
    faults.unless(cache.contains("no-store"), || {
        "Cache-Control lacks no-store".to_owned()
    });
    faults.unless(answer.claims_json(), || {
        format!("the media type is {:?}", answer.media_type())
    });
    faults.verdict()
}

fn granted(response: &Value) -> Vec<&str> {
    response["scope"]
        .as_str()
        .unwrap_or_default()
        .split_whitespace()
        .collect()
}

async fn refresh_token(context: &Context) -> Verdict {
    let response = &finished(context).await?.response;
    let scopes = granted(response);
    let may = scopes.contains(&"offline_access") || scopes.contains(&"online_access");
    let has = response["refresh_token"].is_string();
    ensure(may || !has, || {
        "there is a refresh token without such a scope".into()
    })?;
    ensure(has || !may, || {
        "the scope was granted but there is no refresh token".into()
    })
}

async fn scopes(context: &Context) -> Verdict {
    let response = &finished(context).await?.response;
    let asked = &context.configuration.scope;
    let requested = ScopeSet::parse(asked).known;
    let mut faults = Faults::default();
    for scope in granted(response) {
        let is_asked = asked.split_whitespace().any(|word| word == scope);
        let parsed = ScopeSet::parse(scope).known;
        let within = !parsed.is_empty() && requested.covers(&parsed);
        faults.unless(is_asked || within, || {
            format!("{scope} was granted but not requested")
        });
    }
    faults.verdict()
}
