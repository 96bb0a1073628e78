//! OID: OpenID Connect, when `sso-openid-connect` is claimed.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use url::Url;

use crate::catalogue::Check;
use crate::catalogue::Level::{Required, Warning};
use crate::context::Context;
use crate::http::Request;
use crate::login::Session;
use crate::login::token::endpoint;
use crate::outcome::{Faults, Finding, Verdict, ensure, fail, skip};
use crate::requirement::place::{ID_TOKEN, OPENID_CONFIGURATION, SMART_FHIR_USER};
use crate::resource::lists;

#[rustfmt::skip]
pub(crate) const CHECKS: &[Check] = &[
    Check::new("OID-01", Required, "A login with openid yields an id_token signed with RS256 or ES256 by a named key.", ID_TOKEN, |c| Box::pin(shape(c))),
    Check::new("OID-02", Required, "The issuer of the id_token is that of the SMART configuration.", ID_TOKEN, |c| Box::pin(issuer(c))),
    Check::new("OID-03", Required, "The provider configuration is complete and names the same issuer.", OPENID_CONFIGURATION, |c| Box::pin(provider(c))),
    Check::new("OID-04", Required, "A published key verifies the id_token.", ID_TOKEN, |c| Box::pin(signature(c))),
    Check::new("OID-05", Required, "The id_token is for this client, was issued now, ends later and repeats the nonce.", ID_TOKEN, |c| Box::pin(claims(c))),
    Check::new("OID-06", Required, "The claim fhirUser is a URL below the base that can be read.", SMART_FHIR_USER, |c| Box::pin(fhir_user(c))),
    Check::new("OID-07", Warning, "The published keys hold nothing private.", ID_TOKEN, |c| Box::pin(keys(c))),
];

/// A login with openid and a nonce, and its `id_token`.
struct Identity {
    session: Session,
    token: String,
    header: jsonwebtoken::Header,
    claims: Value,
    nonce: String,
    client: String,
}

async fn identity(context: &Context) -> Result<Identity, Finding> {
    if !lists(context.smart().await?, "capabilities", "sso-openid-connect") {
        return skip("sso-openid-connect is not claimed");
    }
    let client = context.public_client().await?;
    let mut wish = context.wish(client).await?;
    let nonce = context.random_text();
    wish.scope = String::from("launch/patient openid fhirUser patient/*.rs");
    wish.nonce = Some(nonce.clone());
    let session = context.grant(&wish).await?;
    let response = session.login.as_ref().map(|login| &login.response);
    let token = response.and_then(|response| response["id_token"].as_str());
    let Some(token) = token.map(str::to_owned) else {
        return fail("the token response has no id_token");
    };
    let header = jsonwebtoken::decode_header(&token);
    let header = header.or_else(|error| fail(format!("the id_token is no JWT: {error}")))?;
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(&token);
    let claims = claims
        .or_else(|error| fail(format!("the id_token is no JWT: {error}")))?
        .claims;
    Ok(Identity {
        session,
        token,
        header,
        claims,
        nonce,
        client: client.id.clone(),
    })
}

async fn shape(context: &Context) -> Verdict {
    let header = identity(context).await?.header;
    ensure(
        matches!(header.alg, Algorithm::RS256 | Algorithm::ES256),
        || format!("alg is {:?}", header.alg),
    )?;
    ensure(header.kid.is_some(), || "there is no kid".into())
}

async fn issuer(context: &Context) -> Verdict {
    let claims = identity(context).await?.claims;
    let wanted = &context.smart().await?["issuer"];
    ensure(claims["iss"] == *wanted, || {
        format!("iss is {}, issuer is {wanted}", claims["iss"])
    })
}

const REQUIRED_MEMBERS: &[&str] = &[
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
];

async fn provider(context: &Context) -> Verdict {
    if !lists(context.smart().await?, "capabilities", "sso-openid-connect") {
        return skip("sso-openid-connect is not claimed");
    }
    let issuer = endpoint(context, "issuer").await?;
    let text = format!(
        "{}/.well-known/openid-configuration",
        issuer.as_str().trim_end_matches('/')
    );
    let url = Url::parse(&text).or_else(|error| fail(format!("{text}: {error}")))?;
    let document = context.client.send(&Request::get(url)).await?.object()?;
    let mut faults = Faults::default();
    for name in REQUIRED_MEMBERS {
        faults.unless(!document[*name].is_null(), || format!("{name} is missing"));
    }
    let same = document["issuer"] == context.smart().await?["issuer"];
    faults.unless(same, || "the issuer is another".to_owned());
    faults.verdict()
}

async fn published(context: &Context) -> Result<Value, Finding> {
    let url = endpoint(context, "jwks_uri").await?;
    context.client.send(&Request::get(url)).await?.object()
}

async fn signature(context: &Context) -> Verdict {
    let identity = identity(context).await?;
    let keys = published(context).await?;
    let set: JwkSet = serde_json::from_value(keys)
        .or_else(|error| fail(format!("jwks_uri is no key set: {error}")))?;
    let kid = identity.header.kid.as_deref().unwrap_or_default();
    let Some(key) = set.find(kid) else {
        return fail("no published key has the id_token's kid");
    };
    let key = DecodingKey::from_jwk(key)
        .or_else(|error| fail(format!("the key is unusable: {error}")))?;
    let mut validation = Validation::new(identity.header.alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let decoded = jsonwebtoken::decode::<Value>(&identity.token, &key, &validation);
    decoded
        .map(|_| ())
        .or_else(|error| fail(format!("the signature is wrong: {error}")))
}

async fn claims(context: &Context) -> Verdict {
    let identity = identity(context).await?;
    let claims = &identity.claims;
    let now = context.clock.now().timestamp();
    let mut faults = Faults::default();
    let audiences = claims["aud"].as_array();
    let is_ours = claims["aud"] == identity.client.as_str()
        || audiences.is_some_and(|list| list.iter().any(|one| one == identity.client.as_str()));
    faults.unless(is_ours, || "aud is not the client".to_owned());
    let time = |name: &str| claims[name].as_i64().unwrap_or_default();
    faults.unless(time("exp") > now, || "exp is not in the future".to_owned());
    faults.unless((time("iat") - now).abs() <= 120, || {
        "iat is not now".to_owned()
    });
    faults.unless(claims["nonce"] == identity.nonce.as_str(), || {
        "nonce is not repeated".to_owned()
    });
    faults.unless(claims["sub"].is_string(), || "sub is missing".to_owned());
    faults.verdict()
}

async fn fhir_user(context: &Context) -> Verdict {
    let identity = identity(context).await?;
    let Some(text) = identity.claims["fhirUser"].as_str() else {
        return fail("the id_token has no fhirUser");
    };
    let base = context.configuration.base.as_str();
    ensure(text.starts_with(&format!("{base}/")), || {
        format!("{text} is not below the base")
    })?;
    let url = Url::parse(text).or_else(|error| fail(format!("{text}: {error}")))?;
    let user = context
        .with_token(url, &identity.session.token)
        .await?
        .object()?;
    let kind = user["resourceType"].as_str().unwrap_or_default();
    let people = [
        "Patient",
        "RelatedPerson",
        "Practitioner",
        "PractitionerRole",
        "Person",
    ];
    ensure(people.contains(&kind), || format!("it is a {kind}"))
}

async fn keys(context: &Context) -> Verdict {
    let document = published(context).await?;
    let keys = document["keys"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    ensure(!keys.is_empty(), || "there are none".into())?;
    let is_private = |key: &Value| {
        ["d", "p", "q", "k"]
            .iter()
            .any(|name| !key[*name].is_null())
    };
    ensure(!keys.iter().any(is_private), || {
        "a private member is published".into()
    })
}
