//! INT: introspection, asked by a confidential client about its own tokens.

use std::collections::BTreeSet;

use serde_json::Value;

use super::login::not_stored;
use super::revocation::revoke;
use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::configuration::Secret;
use crate::context::Context;
use crate::http::{Answer, Parameters, Request};
use crate::login::token::{ClientProof, endpoint, send};
use crate::outcome::{Faults, Finding, Verdict, ensure, skip};
use crate::requirement::place::INTROSPECTION;

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("INT-01", Required, "An active token is reported with its scope, client, end, patient and, after an OpenID login, issuer and subject.", INTROSPECTION, |c| Box::pin(active(c))),
    Check::new("INT-02", Required, "A caller that does not authenticate is refused with 401.", INTROSPECTION, |c| Box::pin(unauthenticated(c))),
    Check::new("INT-03", Required, "An unknown token is reported as not active, and nothing more.", INTROSPECTION, |c| Box::pin(unknown(c))),
    Check::new("INT-04", Required, "A revoked token is reported as not active.", INTROSPECTION, |c| Box::pin(revoked(c))),
    Check::new("INT-05", Required, "The introspection endpoint answers GET with an error.", INTROSPECTION, |c| Box::pin(by_get(c))),
    Check::new("INT-06", Required, "Introspection agrees with the token response in scope and life.", INTROSPECTION, |c| Box::pin(agrees(c))),
    Check::new("INT-07", Warning, "A refresh token is reported as a token of its own or as not active.", INTROSPECTION, |c| Box::pin(refresh_token(c))),
    Check::new("INT-08", Required, "The answer may not be stored.", INTROSPECTION, |c| Box::pin(unstored(c))),
    Check::new("INT-09", Required, "The reported patient is the token's, whatever else is asked.", INTROSPECTION, |c| Box::pin(bound(c))),
];

async fn introspect(
    context: &Context,
    token: &Secret,
    more: &[(&str, &str)],
) -> Result<Answer, Finding> {
    let client = context.confidential_client().await?;
    let mut fields = Parameters::of(&[("token", token.reveal())]);
    for (name, value) in more {
        fields = fields.and(name, value);
    }
    send(
        context,
        "introspection_endpoint",
        fields,
        ClientProof::of(client),
    )
    .await
}

/// What is reported about the confidential client's own token.
async fn report(context: &Context) -> Result<Value, Finding> {
    let session = context.confidential_session().await?;
    introspect(context, &session.token, &[]).await?.object()
}

async fn active(context: &Context) -> Verdict {
    let session = context.confidential_session().await?;
    let report = report(context).await?;
    let client = context.confidential_client().await?;
    ensure(report["active"] == true, || {
        "the token is not active".into()
    })?;
    let mut faults = Faults::default();
    faults.unless(report["scope"].is_string(), || {
        "scope is missing".to_owned()
    });
    faults.unless(report["client_id"] == client.id.as_str(), || {
        "client_id is not the client".to_owned()
    });
    faults.unless(report["exp"].is_u64(), || "exp is missing".to_owned());
    faults.unless(report["patient"] == session.patient.as_str(), || {
        "patient is not the token's".to_owned()
    });
    let is_openid = session
        .scope()
        .split_whitespace()
        .any(|scope| scope == "openid");
    for name in ["iss", "sub"] {
        faults.unless(!is_openid || report[name].is_string(), || {
            format!("{name} is missing")
        });
    }
    faults.verdict()
}

async fn unauthenticated(context: &Context) -> Verdict {
    let session = context.confidential_session().await?;
    let fields = Parameters::of(&[("token", session.token.reveal())]);
    let answer = send(
        context,
        "introspection_endpoint",
        fields,
        ClientProof::Nothing,
    )
    .await?;
    answer.expect_status(401)
}

async fn unknown(context: &Context) -> Verdict {
    let token = Secret::from(context.random_text());
    let report = introspect(context, &token, &[]).await?.object()?;
    ensure(report["active"] == false, || "active is not false".into())?;
    let members = report.as_object().map_or(0, serde_json::Map::len);
    ensure(members == 1, || "there is more than active".into())
}

async fn revoked(context: &Context) -> Verdict {
    let client = context.confidential_client().await?;
    let session = context.grant(&context.wish(client).await?).await?;
    revoke(context, client, &session.token)
        .await?
        .expect_status(200)?;
    let report = introspect(context, &session.token, &[]).await?.object()?;
    ensure(report["active"] == false, || {
        "the token is still active".into()
    })
}

async fn by_get(context: &Context) -> Verdict {
    let mut url = endpoint(context, "introspection_endpoint").await?;
    url.query_pairs_mut().append_pair("token", "x");
    let answer = context.client.send(&Request::get(url)).await?;
    answer.expect_one_of(&[400, 404, 405])
}

async fn agrees(context: &Context) -> Verdict {
    let session = context.confidential_session().await?;
    let Some(login) = &session.login else {
        return skip("the token was given, there was no login");
    };
    let report = report(context).await?;
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<BTreeSet<_>>()
    };
    let scope = report["scope"].as_str().unwrap_or_default();
    ensure(words(scope) == words(session.scope()), || {
        "the scopes differ".into()
    })?;
    let life = login.response["expires_in"].as_i64().unwrap_or_default();
    let left = report["exp"].as_i64().unwrap_or_default() - context.clock.now().timestamp();
    // The token was issued some time ago in this run.
    let most = context.configuration.limits.total_time.as_secs();
    let is_near = left <= life + 60 && left + i64::try_from(most).unwrap_or(0) >= life;
    ensure(is_near, || {
        format!("exp is {left} s from now, expires_in was {life}")
    })
}

async fn refresh_token(context: &Context) -> Verdict {
    let session = context.confidential_session().await?;
    let Some(token) = session.refresh_token() else {
        return skip("no refresh token was issued (TOK-03)");
    };
    let report = introspect(context, &token, &[]).await?.object()?;
    ensure(report["active"].is_boolean(), || {
        "active is no boolean".into()
    })?;
    let kind = report["token_type"].as_str().unwrap_or_default();
    let poses = report["active"] == true && kind.eq_ignore_ascii_case("bearer");
    ensure(!poses, || "it is reported as an access token".into())
}

async fn unstored(context: &Context) -> Verdict {
    let session = context.confidential_session().await?;
    not_stored(&introspect(context, &session.token, &[]).await?)
}

async fn bound(context: &Context) -> Verdict {
    let session = context.confidential_session().await?;
    let other = context.other_patient().await?;
    let more = [("patient", other.as_str()), ("launch", other.as_str())];
    let answer = introspect(context, &session.token, &more).await?;
    if answer.status == 400 {
        return Ok(());
    }
    let report = answer.object()?;
    ensure(report["patient"] == session.patient.as_str(), || {
        "the patient is another".into()
    })
}
