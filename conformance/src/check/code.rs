//! TOK: codes that are presented wrongly. Every part takes a new code.

use super::login::granted_life;
use super::token::{grants_nothing, token_error};
use crate::catalogue::Check;
use crate::catalogue::Level::Required;
use crate::configuration::RegisteredClient;
use crate::context::Context;
use crate::http::{Answer, Parameters};
use crate::login::token::{ClientProof, endpoint, request, send};
use crate::login::{Approval, Session, Wish, authorize};
use crate::outcome::{Faults, Finding, Verdict, ensure, skip};
use crate::requirement::place::{
    CLIENT_AUTHENTICATION, CODE, CODE_EXCHANGE, PATIENT_COMPARTMENT, PKCE,
};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("TOK-09", Required, "A code without its redirect URI is refused.", CODE_EXCHANGE, |c| Box::pin(refused(c, |p| p.without("redirect_uri"), &["invalid_request", "invalid_grant"]))),
    Check::new("TOK-10", Required, "A code with another redirect URI is refused with invalid_grant.", CODE_EXCHANGE, |c| Box::pin(refused(c, |p| p.with("redirect_uri", "http://127.0.0.1:8765/other"), &["invalid_grant"]))),
    Check::new("TOK-11", Required, "A code is good once; presented again it ends the tokens it gave.", CODE, |c| Box::pin(twice(c))),
    Check::new("TOK-12", Required, "A code of another client is refused with invalid_grant.", CODE_EXCHANGE, |c| Box::pin(foreign(c))),
    Check::new("TOK-14", Required, "A confidential client that does not authenticate is refused.", CLIENT_AUTHENTICATION, |c| Box::pin(unauthenticated(c))),
    Check::new("TOK-15", Required, "A code with a challenge is refused without its verifier.", PKCE, |c| Box::pin(refused(c, |p| p.without("code_verifier"), &["invalid_grant", "invalid_request"]))),
    Check::new("TOK-16", Required, "A code with a wrong verifier is refused with invalid_grant.", PKCE, |c| Box::pin(refused(c, |p| p.with("code_verifier", WRONG_VERIFIER), &["invalid_grant"]))),
    Check::new("TOK-17", Required, "A code with an empty verifier is refused.", PKCE, |c| Box::pin(refused(c, |p| p.with("code_verifier", ""), &["invalid_grant", "invalid_request"]))),
    Check::new("TOK-18", Required, "The challenge does not do as verifier.", PKCE, |c| Box::pin(challenge_as_verifier(c))),
    Check::new("TOK-19", Required, "A code that has expired is refused with invalid_grant.", CODE, |c| Box::pin(expired(c))),
    Check::new("TOK-21", Required, "Two people who authorize the same client at once each get a token for their own patient.", PATIENT_COMPARTMENT, |c| Box::pin(isolated(c))),
    Check::new("TOK-24", Required, "A client secret in the query is refused.", CLIENT_AUTHENTICATION, |c| Box::pin(secret_in_query(c))),
];

const WRONG_VERIFIER: &str = "wrong-verifier-wrong-verifier-wrong-verifier-0";

/// A new code for this client.
pub(super) async fn approval(
    context: &Context,
    client: &RegisteredClient,
) -> Result<Approval, Finding> {
    let wish = context.wish(client).await?;
    let approval = authorize(context, &wish).await;
    approval.or_else(|problem| skip(format!("no code for this: {}", problem.reason)))
}

/// Sends fields to the token endpoint as this client.
pub(super) async fn exchange(
    context: &Context,
    client: &RegisteredClient,
    fields: Parameters,
) -> Result<Answer, Finding> {
    send(context, "token_endpoint", fields, ClientProof::of(client)).await
}

async fn refused(
    context: &Context,
    spoil: fn(Parameters) -> Parameters,
    errors: &[&str],
) -> Verdict {
    let client = context.public_client().await?;
    let approval = approval(context, client).await?;
    let answer = exchange(context, client, spoil(approval.fields())).await?;
    token_error(&answer, errors)
}

async fn twice(context: &Context) -> Verdict {
    let client = context.public_client().await?;
    let approval = approval(context, client).await?;
    let first = approval.exchange(context).await?;
    let Some(token) = first.json()?["access_token"].as_str().map(str::to_owned) else {
        return skip("the code was not exchanged (TOK-01)");
    };
    let second = approval.exchange(context).await?;
    token_error(&second, &["invalid_grant"])?;
    let patient = &context.session().await?.patient;
    let url = context.url(&format!("Patient/{patient}"))?;
    let read = context.with_token(url, &token.into()).await?;
    match read.status {
        401 => Ok(()),
        _ => Err(Finding::Warn(
            "the tokens of the first use still work".into(),
        )),
    }
}

async fn foreign(context: &Context) -> Verdict {
    let public = context.public_client().await?;
    let other = context.confidential_client().await?;
    let approval = approval(context, public).await?;
    let answer = exchange(context, other, approval.fields()).await?;
    token_error(&answer, &["invalid_grant"])
}

async fn unauthenticated(context: &Context) -> Verdict {
    let client = context.confidential_client().await?;
    let approval = approval(context, client).await?;
    let proof = ClientProof::Name(&client.id);
    let answer = send(context, "token_endpoint", approval.fields(), proof).await?;
    token_error(&answer, &["invalid_client"])
}

async fn challenge_as_verifier(context: &Context) -> Verdict {
    let client = context.public_client().await?;
    let approval = approval(context, client).await?;
    let challenge = approval.request.parameters.value("code_challenge");
    let fields = approval
        .fields()
        .with("code_verifier", challenge.unwrap_or_default());
    token_error(
        &exchange(context, client, fields).await?,
        &["invalid_grant"],
    )
}

async fn expired(context: &Context) -> Verdict {
    let Some(life) = context.configuration.code_lifetime else {
        return skip("give --code-lifetime to wait for it");
    };
    let client = context.public_client().await?;
    let approval = approval(context, client).await?;
    context.client.wait(life).await?;
    let answer = exchange(context, client, approval.fields()).await?;
    token_error(&answer, &["invalid_grant"])
}

/// Two wishes for different patients, of two people when a second is known.
async fn two_wishes(context: &Context) -> Result<(Wish, Wish), Finding> {
    let client = context.public_client().await?;
    let first = context.wish(client).await?;
    let other = context.other_session().await?;
    let mut second = first.clone();
    if let Ok(person) = context.second_person()
        && !context.session().await?.others().contains(&other.patient)
    {
        second.person = person.clone();
    }
    second.patient = Some(other.patient.clone());
    Ok((first, second))
}

async fn isolated(context: &Context) -> Verdict {
    let (first, second) = two_wishes(context).await?;
    let stuck = |problem: crate::login::LoginProblem| Finding::Skip(problem.reason);
    let approvals = [
        authorize(context, &first).await.map_err(stuck)?,
        authorize(context, &second).await.map_err(stuck)?,
    ];
    let patients = [&first.patient, &second.patient];
    let mut tokens = Vec::new();
    let mut faults = Faults::default();
    for place in [1, 0] {
        let response = approvals[place].exchange(context).await?.object()?;
        let own = response["patient"].as_str() == patients[place].as_deref();
        faults.unless(own, || "a token is for the other's patient".to_owned());
        tokens.push((
            place,
            response["access_token"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        ));
    }
    for (place, token) in tokens {
        let patient = patients[place].clone().unwrap_or_default();
        let url = context.url(&format!("Patient/{patient}"))?;
        let read = context.with_token(url, &token.into()).await?;
        faults.part("the token's own patient", read.expect_status(200))?;
    }
    faults.verdict()
}

async fn secret_in_query(context: &Context) -> Verdict {
    let client = context.confidential_client().await?;
    let approval = approval(context, client).await?;
    let mut url = endpoint(context, "token_endpoint").await?;
    let secret = client.secret.as_ref().map_or("", |secret| secret.reveal());
    url.query_pairs_mut()
        .extend_pairs([("client_id", client.id.as_str()), ("client_secret", secret)]);
    let answer = context
        .client
        .send(&request(url, approval.fields(), ClientProof::Nothing))
        .await?;
    grants_nothing(&answer)
}

/// Whether a session's token still reads its patient.
pub(super) async fn is_alive(context: &Context, session: &Session) -> Result<bool, Finding> {
    let url = context.url(&format!("Patient/{}", session.patient))?;
    let answer = context.with_token(url, &session.token).await?;
    ensure(matches!(answer.status, 200 | 401 | 403), || {
        format!("status {}", answer.status)
    })?;
    Ok(answer.status == 200)
}

/// Refreshes a session's token.
pub(super) async fn refresh(context: &Context, session: &Session) -> Result<Answer, Finding> {
    let (Some(token), Some(login)) = (session.refresh_token(), &session.login) else {
        return skip("no refresh token was issued (TOK-03)");
    };
    let fields = Parameters::of(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", token.reveal()),
    ]);
    exchange(context, &login.client, fields).await
}

/// Whether a refresh of a session is granted.
pub(super) async fn refreshes(context: &Context, session: &Session) -> Result<bool, Finding> {
    Ok(granted_life(&refresh(context, session).await?).is_some())
}
