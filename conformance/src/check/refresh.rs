//! RFR: refresh tokens.

use smart::scope::ScopeSet;

use super::code::{exchange, is_alive, refresh};
use super::login::not_stored;
use super::token::token_error;
use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::configuration::Secret;
use crate::context::Context;
use crate::http::{Answer, Parameters};
use crate::login::Session;
use crate::login::token::{ClientProof, send};
use crate::outcome::{Faults, Finding, Verdict, ensure, fail, skip};
use crate::requirement::place::{
    CLIENT_AUTHENTICATION, REFRESH, ROTATION, SMART_SCOPES, TOKEN_ERROR, TOKEN_RESPONSE,
};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("RFR-01", Required, "A refresh token yields a bearer token with its life and its scope.", REFRESH, |c| Box::pin(refreshed(c))),
    Check::new("RFR-02", Required, "The refreshed token reads the patient.", REFRESH, |c| Box::pin(works(c))),
    Check::new("RFR-03", Required, "A refresh without grant_type is refused.", TOKEN_ERROR, |c| Box::pin(spoilt(c, |p| p.without("grant_type"), &["invalid_request", "unsupported_grant_type"]))),
    Check::new("RFR-04", Required, "A refresh without refresh_token is refused with invalid_request.", TOKEN_ERROR, |c| Box::pin(spoilt(c, |p| p.without("refresh_token"), &["invalid_request"]))),
    Check::new("RFR-05", Required, "An unknown refresh token is refused with invalid_grant.", TOKEN_ERROR, |c| Box::pin(spoilt(c, |p| p.with("refresh_token", "no-such-token-no-such-token"), &["invalid_grant"]))),
    Check::new("RFR-06", Required, "A refresh token of another client is refused with invalid_grant.", REFRESH, |c| Box::pin(foreign(c))),
    Check::new("RFR-07", Required, "A refresh with a wrong client secret is refused with invalid_client.", CLIENT_AUTHENTICATION, |c| Box::pin(wrong_secret(c))),
    Check::new("RFR-08", Required, "A refresh for a narrower scope grants no more than that.", SMART_SCOPES, |c| Box::pin(narrower(c))),
    Check::new("RFR-09", Required, "A refresh for a wider scope is refused with invalid_scope.", SMART_SCOPES, |c| Box::pin(wider(c))),
    Check::new("RFR-10", Warning, "A refresh token that was used is refused the second time, and its successors end.", ROTATION, |c| Box::pin(reused(c))),
    Check::new("RFR-11", Required, "A refresh after the consent has ended is refused with invalid_grant.", REFRESH, |c| Box::pin(ended(c))),
    Check::new("RFR-12", Warning, "A refreshed token is for the same patient.", SMART_SCOPES, |c| Box::pin(same_patient(c))),
    Check::new("RFR-13", Required, "The answer to a refresh may not be stored.", TOKEN_RESPONSE, |c| Box::pin(unstored(c))),
];

async fn fresh_answer(context: &Context) -> Result<(Session, Answer), Finding> {
    let session = context.fresh().await?;
    let answer = refresh(context, &session).await?;
    Ok((session, answer))
}

async fn refreshed(context: &Context) -> Verdict {
    let (_, answer) = fresh_answer(context).await?;
    let response = answer.object()?;
    let mut faults = Faults::default();
    let kind = response["token_type"].as_str().unwrap_or_default();
    faults.unless(kind.eq_ignore_ascii_case("bearer"), || {
        "token_type is not bearer".to_owned()
    });
    let life = response["expires_in"].as_u64();
    faults.unless(life.is_some_and(|life| life > 0), || {
        "expires_in is no positive number".to_owned()
    });
    for name in ["access_token", "scope"] {
        faults.unless(response[name].is_string(), || format!("{name} is missing"));
    }
    faults.verdict()
}

async fn works(context: &Context) -> Verdict {
    let (session, answer) = fresh_answer(context).await?;
    let response = answer.object()?;
    let token = Secret::from(
        response["access_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    );
    let url = context.url(&format!("Patient/{}", session.patient))?;
    context.with_token(url, &token).await?.expect_status(200)
}

fn fields(token: &Secret) -> Parameters {
    Parameters::of(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", token.reveal()),
    ])
}

/// A new session with its refresh token.
async fn refreshable(context: &Context) -> Result<(Session, Secret), Finding> {
    let session = context.fresh().await?;
    match session.refresh_token() {
        Some(token) => Ok((session, token)),
        None => skip("no refresh token was issued (TOK-03)"),
    }
}

/// Sends fields as the session's own client.
async fn own(context: &Context, session: &Session, fields: Parameters) -> Result<Answer, Finding> {
    match &session.login {
        Some(login) => exchange(context, &login.client, fields).await,
        None => skip("the token was given, there was no login"),
    }
}

async fn spoilt(
    context: &Context,
    spoil: fn(Parameters) -> Parameters,
    errors: &[&str],
) -> Verdict {
    let (session, token) = refreshable(context).await?;
    token_error(
        &own(context, &session, spoil(fields(&token))).await?,
        errors,
    )
}

async fn ended(context: &Context) -> Verdict {
    let Some(token) = &context.configuration.ended_refresh_token else {
        return skip("give --ended-refresh-token-file to check this");
    };
    let ready = context.first_client().await;
    let ready = ready.or_else(|problem| skip(problem.reason))?;
    let answer = exchange(context, &ready.client, fields(token)).await?;
    token_error(&answer, &["invalid_grant"])
}

async fn foreign(context: &Context) -> Verdict {
    let (session, token) = refreshable(context).await?;
    let other = context.confidential_client().await?;
    let own = session.login.as_ref().map(|login| &login.client.id);
    if own == Some(&other.id) {
        return skip("there is no second client");
    }
    let answer = exchange(context, other, fields(&token)).await?;
    token_error(&answer, &["invalid_grant"])
}

async fn wrong_secret(context: &Context) -> Verdict {
    let session = context.confidential_session().await?;
    let Some(token) = session.refresh_token() else {
        return skip("no refresh token was issued (TOK-03)");
    };
    let client = context.confidential_client().await?;
    let wrong = Secret::from(context.random_text());
    let proof = ClientProof::Basic(&client.id, &wrong);
    let answer = send(context, "token_endpoint", fields(&token), proof).await?;
    token_error(&answer, &["invalid_client"])
}

async fn narrower(context: &Context) -> Verdict {
    let (session, token) = refreshable(context).await?;
    let scope = "patient/Patient.rs";
    if !ScopeSet::parse(session.scope())
        .known
        .covers(&ScopeSet::parse(scope).known)
    {
        return skip(format!("{scope} was not granted"));
    }
    let answer = own(context, &session, fields(&token).with("scope", scope)).await?;
    let response = answer.object()?;
    let granted = ScopeSet::parse(response["scope"].as_str().unwrap_or_default()).known;
    let asked = ScopeSet::parse(scope).known;
    ensure(!granted.is_empty() && asked.covers(&granted), || {
        format!("{} was granted", response["scope"])
    })
}

async fn wider(context: &Context) -> Verdict {
    let (session, token) = refreshable(context).await?;
    let scope = format!("{} user/*.cruds system/*.cruds", session.scope());
    let answer = own(context, &session, fields(&token).with("scope", &scope)).await?;
    token_error(&answer, &["invalid_scope"])
}

async fn reused(context: &Context) -> Verdict {
    let (session, answer) = fresh_answer(context).await?;
    let response = answer.object()?;
    if response["refresh_token"].as_str().is_none_or(|new| {
        session
            .refresh_token()
            .is_some_and(|old| old.reveal() == new)
    }) {
        return fail("the refresh token is not replaced when it is used");
    }
    let token = Secret::from(
        response["access_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    );
    let successor = Session {
        token,
        patient: session.patient.clone(),
        login: None,
    };
    // A server may forgive an app whose answer was lost; this one was received.
    ensure(is_alive(context, &successor).await?, || {
        "its successor does not work".into()
    })?;
    token_error(&refresh(context, &session).await?, &["invalid_grant"])?;
    ensure(!is_alive(context, &successor).await?, || {
        "its successor still works".into()
    })
}

async fn same_patient(context: &Context) -> Verdict {
    let (session, answer) = fresh_answer(context).await?;
    let response = answer.object()?;
    let same = response["patient"].is_null() || response["patient"] == session.patient.as_str();
    ensure(same, || "the patient is another".into())
}

async fn unstored(context: &Context) -> Verdict {
    let (_, answer) = fresh_answer(context).await?;
    answer.expect_status(200)?;
    not_stored(&answer)
}
