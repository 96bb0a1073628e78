//! REG-08 and TOK-20: clients that authenticate with a key.

use serde_json::{Value, json};

use crate::catalogue::Check;
use crate::catalogue::Level::Required;
use crate::configuration::Secret;
use crate::context::Context;
use crate::http::{Answer, Parameters};
use crate::login::key::{SigningKey, asserted, claims};
use crate::login::token::{ClientProof, endpoint, send};
use crate::outcome::{Faults, Finding, Verdict, ensure};
use crate::requirement::place::{ASYMMETRIC, REGISTRATION};

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("REG-08", Required, "A client with a key set gets an id and no secret.", REGISTRATION, |c| Box::pin(registered(c))),
    Check::new("TOK-20", Required, "A signed assertion proves a client once, and only with its own key, for this endpoint, and before it expires.", ASYMMETRIC, |c| Box::pin(proven(c))),
];

async fn registered(context: &Context) -> Verdict {
    let client = context.registered_key_client().await?;
    let response = &client.response;
    let mut faults = Faults::default();
    let has_secret = response["client_secret"].is_string();
    faults.unless(!has_secret, || "it gets a client_secret".to_owned());
    let method = &response["token_endpoint_auth_method"];
    faults.unless(*method == "private_key_jwt", || {
        format!("token_endpoint_auth_method is {method}")
    });
    faults.verdict()
}

/// A way to spoil the claims of an assertion.
type Spoil = fn(&mut Value);

const SPOILT: &[(&str, Spoil)] = &[
    ("for another endpoint", |claims| {
        claims["aud"] = json!("https://elsewhere.example/token");
    }),
    ("expired", |claims| {
        let hour = claims["iat"].as_i64().unwrap_or_default() - 3600;
        claims["exp"] = json!(hour);
    }),
    ("of another issuer", |claims| {
        claims["iss"] = json!("somebody-else");
    }),
    ("about another client", |claims| {
        claims["sub"] = json!("somebody-else");
    }),
];

async fn proven(context: &Context) -> Verdict {
    let client = context.key_client().await?;
    let url = endpoint(context, "token_endpoint").await?;
    let right = || claims(context, &client.id, url.as_str());
    let good = client.key.sign(&right())?;
    ensure(is_accepted(&present(context, &good).await?), || {
        "a right assertion is refused".into()
    })?;
    let mut faults = Faults::default();
    faults.part("a second time", refused(&present(context, &good).await?))?;
    for (name, spoil) in SPOILT {
        let mut spoilt = right();
        spoil(&mut spoilt);
        let assertion = client.key.sign(&spoilt)?;
        faults.part(name, refused(&present(context, &assertion).await?))?;
    }
    let stranger = SigningKey::generate("check")?.sign(&right())?;
    faults.part(
        "of another key",
        refused(&present(context, &stranger).await?),
    )?;
    faults.verdict()
}

/// Sends an assertion with a code that nobody issued: a client that is believed is told that the
/// code is wrong, another one that it is not believed.
async fn present(context: &Context, assertion: &Secret) -> Result<Answer, Finding> {
    let code = context.random_text();
    let fields = match &context.configuration.backend {
        Some(backend) => Parameters::of(&[
            ("grant_type", "client_credentials"),
            ("scope", backend.scope.as_str()),
        ]),
        None => Parameters::of(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", context.configuration.redirect_uri.as_str()),
            ("code_verifier", &code),
        ]),
    };
    let fields = asserted(fields, assertion);
    send(context, "token_endpoint", fields, ClientProof::Nothing).await
}

fn error_of(answer: &Answer) -> Value {
    answer
        .json()
        .map(|body| body["error"].clone())
        .unwrap_or_default()
}

fn is_accepted(answer: &Answer) -> bool {
    answer.status == 200 || error_of(answer) == "invalid_grant"
}

fn refused(answer: &Answer) -> Verdict {
    answer.expect_one_of(&[400, 401])?;
    let error = error_of(answer);
    ensure(error == "invalid_client", || {
        format!("error is {error} instead of invalid_client")
    })
}
