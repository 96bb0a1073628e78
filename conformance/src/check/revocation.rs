//! RVK-04, RVK-05 and RVK-10: the revocation endpoint.

use super::code::{is_alive, refreshes};
use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::configuration::{RegisteredClient, Secret};
use crate::context::Context;
use crate::http::{Answer, Parameters};
use crate::login::Session;
use crate::login::token::{ClientProof, send};
use crate::outcome::{Finding, Verdict, ensure, skip};
use crate::requirement::place::REVOCATION;

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("RVK-04", Required, "A client ends its own tokens; an unknown token is answered with 200 as well.", REVOCATION, |c| Box::pin(own(c))),
    Check::new("RVK-05", Required, "A client cannot end another client's tokens.", REVOCATION, |c| Box::pin(foreign(c))),
    Check::new("RVK-10", Warning, "Ending a refresh token ends its access tokens.", REVOCATION, |c| Box::pin(family(c))),
];

/// Sends a token to the revocation endpoint as this client.
pub(super) async fn revoke(
    context: &Context,
    client: &RegisteredClient,
    token: &Secret,
) -> Result<Answer, Finding> {
    let fields = Parameters::of(&[("token", token.reveal())]);
    send(
        context,
        "revocation_endpoint",
        fields,
        ClientProof::of(client),
    )
    .await
}

/// A new session with its client and refresh token.
async fn refreshable(context: &Context) -> Result<(Session, RegisteredClient, Secret), Finding> {
    let session = context.fresh().await?;
    let client = session.login.as_ref().map(|login| login.client.clone());
    match (client, session.refresh_token()) {
        (Some(client), Some(token)) => Ok((session, client, token)),
        _ => skip("no refresh token was issued (TOK-03)"),
    }
}

async fn own(context: &Context) -> Verdict {
    let (session, client, token) = refreshable(context).await?;
    revoke(context, &client, &session.token)
        .await?
        .expect_status(200)?;
    ensure(!is_alive(context, &session).await?, || {
        "the access token still works".into()
    })?;
    revoke(context, &client, &token).await?.expect_status(200)?;
    ensure(!refreshes(context, &session).await?, || {
        "the refresh token still works".into()
    })?;
    let unknown = Secret::from(context.random_text());
    revoke(context, &client, &unknown).await?.expect_status(200)
}

async fn foreign(context: &Context) -> Verdict {
    let (session, client, token) = refreshable(context).await?;
    let other = context.confidential_client().await?;
    if other.id == client.id {
        return skip("there is no second client");
    }
    for token in [&session.token, &token] {
        revoke(context, other, token).await?;
    }
    ensure(is_alive(context, &session).await?, || {
        "another client ended the access token".into()
    })?;
    ensure(refreshes(context, &session).await?, || {
        "another client ended the refresh token".into()
    })
}

async fn family(context: &Context) -> Verdict {
    let (session, client, token) = refreshable(context).await?;
    revoke(context, &client, &token).await?.expect_status(200)?;
    ensure(!is_alive(context, &session).await?, || {
        "the access token still works".into()
    })
}
