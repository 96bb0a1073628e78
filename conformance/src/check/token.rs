//! TOK: token requests that are wrong before any code matters.

use super::cors::{allowed, preflight};
use super::login::granted_life;
use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::configuration::Secret;
use crate::context::Context;
use crate::http::{Answer, Body, Parameters, Request};
use crate::login::token::{ClientProof, endpoint, request, send};
use crate::outcome::{Faults, Finding, Verdict, ensure, fail, skip};
use crate::requirement::place::{
    CLIENT_AUTHENTICATION, CODE_EXCHANGE, CORS, TOKEN_ENTROPY, TOKEN_ERROR,
};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("TOK-04", Required, "The token endpoint answers GET with an error and no token.", CODE_EXCHANGE, |c| Box::pin(by_get(c))),
    Check::new("TOK-05", Required, "A token request without grant_type is refused with invalid_request.", TOKEN_ERROR, |c| Box::pin(wrong(c, &[("code", "x")], "invalid_request"))),
    Check::new("TOK-06", Required, "A token request with an unknown grant_type is refused with unsupported_grant_type.", TOKEN_ERROR, |c| Box::pin(wrong(c, &[("grant_type", "nonsense")], "unsupported_grant_type"))),
    Check::new("TOK-07", Required, "A token request without a code is refused with invalid_request.", TOKEN_ERROR, |c| Box::pin(without_code(c))),
    Check::new("TOK-08", Required, "An unknown code is refused with invalid_grant.", TOKEN_ERROR, |c| Box::pin(unknown_code(c))),
    Check::new("TOK-13", Required, "A wrong client secret is refused with invalid_client, and 401 with WWW-Authenticate when it came in the header.", CLIENT_AUTHENTICATION, |c| Box::pin(wrong_secret(c))),
    Check::new("TOK-23", Required, "A token request of another content type is refused with 400 or 415.", CODE_EXCHANGE, |c| Box::pin(content_type(c))),
    Check::new("TOK-25", Warning, "Apps in a browser may use the token endpoint (CORS).", CORS, |c| Box::pin(cors(c))),
    Check::new("TOK-26", Warning, "Access tokens are long and do not resemble each other.", TOKEN_ENTROPY, |c| Box::pin(strength(c))),
];

/// An error of the token endpoint: 400 with this code. A server error is never right.
pub(super) fn token_error(answer: &Answer, errors: &[&str]) -> Verdict {
    answer.expect_one_of(&[400, 401])?;
    let body = answer.json()?;
    let error = body["error"].as_str().unwrap_or_default();
    ensure(errors.contains(&error), || {
        format!("the error is {error:?}")
    })
}

async fn by_get(context: &Context) -> Verdict {
    let mut url = endpoint(context, "token_endpoint").await?;
    url.query_pairs_mut()
        .extend_pairs([("grant_type", "authorization_code"), ("code", "x")]);
    let answer = context.client.send(&Request::get(url)).await?;
    answer.expect_one_of(&[400, 404, 405])
}

/// Sends these fields as a public client that is known.
async fn post(context: &Context, fields: Parameters) -> Result<Answer, Finding> {
    let client = context.public_client().await?;
    send(context, "token_endpoint", fields, ClientProof::of(client)).await
}

async fn wrong(context: &Context, fields: &[(&str, &str)], error: &str) -> Verdict {
    let answer = post(context, Parameters::of(fields)).await?;
    token_error(&answer, &[error])
}

fn exchange_fields(context: &Context, code: &str) -> Parameters {
    Parameters::of(&[
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", context.configuration.redirect_uri.as_str()),
        ("code_verifier", &context.random_text()),
    ])
}

async fn without_code(context: &Context) -> Verdict {
    let fields = exchange_fields(context, "").without("code");
    token_error(&post(context, fields).await?, &["invalid_request"])
}

async fn unknown_code(context: &Context) -> Verdict {
    let fields = exchange_fields(context, &context.random_text());
    token_error(&post(context, fields).await?, &["invalid_grant"])
}

async fn wrong_secret(context: &Context) -> Verdict {
    let client = context.confidential_client().await?;
    let wrong = Secret::from(context.random_text());
    let mut faults = Faults::default();
    for proof in [
        ClientProof::Basic(&client.id, &wrong),
        ClientProof::Post(&client.id, &wrong),
    ] {
        let in_header = matches!(proof, ClientProof::Basic(..));
        let fields = exchange_fields(context, &context.random_text());
        let answer = send(context, "token_endpoint", fields, proof).await?;
        let name = if in_header {
            "in the header"
        } else {
            "in the body"
        };
        faults.part(name, token_error(&answer, &["invalid_client"]))?;
        let is_challenged = answer.status == 401 && answer.header("www-authenticate").is_some();
        faults.unless(!in_header || is_challenged, || {
            "in the header: it is not 401 with WWW-Authenticate".to_owned()
        });
    }
    faults.verdict()
}

async fn content_type(context: &Context) -> Verdict {
    let url = endpoint(context, "token_endpoint").await?;
    let text = "{\"grant_type\":\"authorization_code\",\"code\":\"x\"}".to_owned();
    let body = Body::Raw("application/json", text);
    let answer = context.client.send(&Request::post(url, body)).await?;
    answer.expect_one_of(&[400, 401, 415])
}

async fn cors(context: &Context) -> Verdict {
    let url = endpoint(context, "token_endpoint").await?;
    let origin = context.configuration.redirect_uri.origin();
    let origin = &origin.ascii_serialization();
    let mut faults = Faults::default();
    let asked = ("POST", "content-type");
    let answer = preflight(context, url.clone(), origin, asked).await?;
    faults.part("the preflight", allowed(&answer, origin))?;
    let fields = exchange_fields(context, "x");
    let client = context.public_client().await?;
    let post = request(url, fields, ClientProof::of(client)).header("origin", origin);
    faults.part(
        "the request",
        allowed(&context.client.send(&post).await?, origin),
    )?;
    faults.verdict()
}

/// 128 bits in base64url.
const SHORTEST: usize = 22;
/// A tag such as `at_` and a version may be the same in all tokens.
const LONGEST_TAG: usize = 8;

async fn strength(context: &Context) -> Verdict {
    let (first, second) = (context.session().await?, context.fresh().await?);
    let (one, other) = (first.token.reveal(), second.token.reveal());
    if one.split('.').count() == 3 {
        return skip("the access tokens are signed, not random");
    }
    ensure(one.len().min(other.len()) >= SHORTEST, || {
        "they have less than 128 bits".into()
    })?;
    let alike = one
        .chars()
        .zip(other.chars())
        .take_while(|(a, b)| a == b)
        .count();
    ensure(alike <= LONGEST_TAG, || {
        format!("their first {alike} characters are the same")
    })
}

/// Fails when an answer grants a token.
pub(super) fn grants_nothing(answer: &Answer) -> Verdict {
    match granted_life(answer) {
        Some(_) => fail("a token was granted"),
        None => ensure(answer.status < 500, || format!("status {}", answer.status)),
    }
}
