//! `/oauth/userinfo` (OpenID Connect Core §5.3): what the ID token said about the person, for the
//! holder of an access token with `openid`.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use smart::introspection::Introspection;
use smart::scope::{PlainScope, ScopeSet};

use super::form::Query;
use super::problem::Problem;
use super::{Answer, Here, bearer};
use crate::oauth::error::ErrorCode;
use crate::store::users;

const REALM: &str = "userinfo";

#[derive(Serialize)]
struct UserInfo {
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "fhirUser", skip_serializing_if = "Option::is_none")]
    fhir_user: Option<String>,
}

/// `GET` and `POST`; the token comes in the header.
pub async fn userinfo(here: Here, request: HttpRequest, Query(query): Query) -> Answer {
    if query.first("access_token").is_some() {
        return Err(Problem::token(
            ErrorCode::InvalidRequest
                .because("the access token belongs into the Authorization header"),
        ));
    }
    let known = bearer::access(&here, &request, REALM)?.known;
    let sub = known.sub.clone().ok_or(bearer::invalid(REALM))?;
    let scopes = ScopeSet::parse(known.scope.as_deref().unwrap_or_default()).known;
    if !scopes.contains(PlainScope::OpenId) {
        return Err(bearer::insufficient(REALM, "openid"));
    }
    Ok(HttpResponse::Ok().json(UserInfo {
        name: name(&here, &sub, &scopes)?,
        fhir_user: fhir_user(known, &scopes),
        sub,
    }))
}

fn name(here: &Here, subject: &str, scopes: &ScopeSet) -> Result<Option<String>, Problem> {
    if !scopes.contains(PlainScope::Profile) {
        return Ok(None);
    }
    let person = here
        .server
        .store
        .read(|connection| users::find_by_subject(connection, subject))?;
    Ok(person.map(|person| person.name))
}

fn fhir_user(known: Introspection, scopes: &ScopeSet) -> Option<String> {
    known
        .fhir_user
        .filter(|_| scopes.contains(PlainScope::FhirUser))
}
