//! `/oauth/token`: codes and refresh tokens become access tokens (RFC 6749 §4.1.3, §5, §6), and
//! backend services get theirs (§4.4).

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse};
use rusqlite::Connection;
use serde::Serialize;
use serde_json::Value;
use smart::scope::ScopeSet;

use super::form::Form;
use super::problem::Problem;
use super::{Answer, Here, attempt, client, dpop};
use crate::attempts::Step;
use crate::issue::{self, Issued, Mint, Outcome, Refreshing};
use crate::oauth::claims::Subject;
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::grant::Redemption;
use crate::oauth::launch::Setting;
use crate::oauth::negotiate;
use crate::oauth::parameters::Parameters;
use crate::oauth::token_request::{self, PresentedCode, TokenRequest};
use crate::secret::Secret;
use crate::store::StoreError;

/// The token response (RFC 6749 §5.1; SMART App Launch 2.2, "Access token response").
#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: i64,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encounter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    need_patient_banner: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    smart_style_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    #[serde(rename = "fhirContext", skip_serializing_if = "Option::is_none")]
    fhir_context: Option<Value>,
}

/// `POST`
pub async fn post(here: Here, request: HttpRequest, Form(form): Form) -> Answer {
    let answer = serve(&here, &request, &form).await;
    let client = attempt::named(&request, &form);
    attempt::note(&here, Step::Token, client.as_deref(), &form, &answer);
    answer
}

async fn serve(here: &Here, request: &HttpRequest, form: &Parameters) -> Answer {
    token_request::refuse_repetition(form).map_err(Problem::token)?;
    let wanted = TokenRequest::read(form).map_err(Problem::token)?;
    let proven = match &wanted {
        TokenRequest::RefreshToken { token, .. } if !client::is_named(request, form) => {
            client::holder_of(here, token).await?
        }
        _ => client::prove(here, request, form).await?,
    };
    let work = match admit(here, request, wanted, proven.claimed()) {
        Ok(work) => work,
        Err(problem) => return Err(client::refuse(here, proven, problem).await),
    };
    let (client, outcome) =
        client::accept_with(here, proven, |tx, client| Ok(work(tx, client)?)).await?;
    respond(here, &client, &outcome.map_err(Problem::token)?).await
}

/// What a request that may be served comes to, in the transaction that uses its proof up.
type Work = Box<dyn FnOnce(&Connection, &Client) -> Result<Outcome, StoreError> + Send>;

/// What is to be done, unless the request can be refused without looking at what it presents.
fn admit(
    here: &Here,
    request: &HttpRequest,
    wanted: TokenRequest,
    client: &Client,
) -> Result<Work, Problem> {
    if !client.may_use(wanted.kind()) {
        return Err(Problem::token(
            ErrorCode::UnauthorizedClient.because("this client may not use this grant type"),
        ));
    }
    let jkt = dpop::thumbprint(here, request)?;
    if client.rules.dpop_bound && jkt.is_none() {
        return Err(Problem::token(
            ErrorCode::InvalidDpopProof.because("this client must send a DPoP proof"),
        ));
    }
    match wanted {
        TokenRequest::AuthorizationCode(presented) => Ok(exchange(here, presented, jkt)),
        TokenRequest::RefreshToken {
            token,
            scope,
            resource,
        } => {
            check_resource(here, resource.as_deref())?;
            let token = token.digest();
            Ok(refresh(here, Refreshing { token, scope, jkt }))
        }
        TokenRequest::ClientCredentials { scope, resource } => {
            check_resource(here, resource.as_deref())?;
            serve_backend(here, client, scope.as_deref(), jkt).map_err(Problem::token)
        }
    }
}

fn exchange(here: &Here, presented: PresentedCode, jkt: Option<String>) -> Work {
    let mint = Mint::draw(&here.server.random, jkt.clone());
    let fhir_base = here.server.policy.fhir_base.clone();
    let now = here.now;
    Box::new(move |tx, client| {
        let redemption = Redemption {
            client_id: &client.id,
            redirect_uri: &presented.redirect_uri,
            code_verifier: presented.code_verifier.as_ref().map(Secret::expose),
            jkt: jkt.as_deref(),
        };
        let code = presented.code.digest();
        issue::exchange(tx, code, &redemption, &fhir_base, mint, now)
    })
}

fn check_resource(here: &Here, resource: Option<&str>) -> Result<(), Problem> {
    let ours = resource.is_none_or(|resource| {
        resource.strip_suffix('/').unwrap_or(resource) == here.server.policy.fhir_base
    });
    ours.then_some(()).ok_or(Problem::token(
        ErrorCode::InvalidTarget.because("resource is not the one that was granted"),
    ))
}

fn refresh(here: &Here, refreshing: Refreshing) -> Work {
    let mint = Mint::draw(&here.server.random, refreshing.jkt.clone());
    let uses = Arc::clone(&here.server.first_uses);
    let now = here.now;
    Box::new(move |tx, client| issue::refresh(tx, client, &refreshing, &uses, mint, now))
}

/// A token for what the operator authorized beforehand (SMART Backend Services).
fn serve_backend(
    here: &Here,
    client: &Client,
    scope: Option<&str>,
    jkt: Option<String>,
) -> Result<Work, OAuthError> {
    let requested = ScopeSet::parse(scope.unwrap_or_default()).known;
    let why = "scope must name system scopes that this client was authorized for";
    let scopes = negotiate::authorize_backend(&requested, client)
        .ok_or(ErrorCode::InvalidScope.because(why))?;
    let (mint, now) = (Mint::draw(&here.server.random, jkt), here.now);
    Ok(Box::new(move |tx, client| {
        issue::serve_backend(tx, client, scopes, mint, now).map(Ok)
    }))
}

async fn respond(here: &Here, client: &Client, issued: &Issued) -> Answer {
    let setting = issued.setting.as_ref();
    Ok(HttpResponse::Ok().json(TokenResponse {
        access_token: issued.access_token.expose(),
        token_type: if issued.bound { "DPoP" } else { "Bearer" },
        expires_in: issued.expires_in,
        scope: issued.scopes.to_string(),
        refresh_token: issued.refresh_token.as_ref().map(Secret::expose),
        id_token: id_token(here, client, issued).await?,
        patient: issued.patient.as_deref(),
        encounter: setting.and_then(|setting| setting.encounter.as_deref()),
        // An app that stands alone has no frame around it that says whose record is shown.
        need_patient_banner: match setting {
            Some(setting) => Some(setting.need_patient_banner),
            None => issued.patient.is_some().then_some(true),
        },
        smart_style_url: setting.map(|_| here.server.features.smart_style_url()),
        intent: setting.and_then(|setting| setting.intent.as_deref()),
        tenant: setting.and(here.server.tenant.as_deref()),
        fhir_context: setting.and_then(|setting| fhir_context(client, setting)),
    }))
}

/// Only for clients that were registered for it: what one version of SMART wants here breaks the
/// apps of another.
fn fhir_context(client: &Client, setting: &Setting) -> Option<Value> {
    let references = &setting.fhir_context;
    let format = client.fhir_context.filter(|_| !references.is_empty())?;
    Some(format.render(references))
}

async fn id_token(
    here: &Here,
    client: &Client,
    issued: &Issued,
) -> Result<Option<String>, Problem> {
    let Some(identity) = &issued.identity else {
        return Ok(None);
    };
    let subject = Subject {
        issuer: here.server.issuer(),
        fhir_base: &here.server.policy.fhir_base,
        client_id: &client.id,
        subject: &identity.person.subject,
        name: &identity.person.name,
        fhir_user: identity.person.fhir_user_for(issued.patient.as_deref()),
        auth_time: identity.auth_time,
        nonce: identity.nonce.as_deref(),
    };
    let Some(claims) = subject.claims(&issued.scopes, here.now) else {
        return Ok(None);
    };
    let failed = |_| Problem::failed();
    let keys = here.server.keys.complete().await.map_err(failed)?;
    let signed = keys.sign(client.id_token_algorithm, &claims);
    signed.map(Some).map_err(failed)
}
