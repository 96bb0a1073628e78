//! `/oauth/disclosures`: a resource server tells whose data it answered a request with, where the token
//! does not tell. For resource servers only; what they tell shows up in those people's activity.

use actix_web::{HttpRequest, HttpResponse};
use smart::introspection::PURPOSE;

use super::form::Form;
use super::problem::Problem;
use super::{Answer, Here, client};
use crate::oauth::error::ErrorCode;
use crate::oauth::token_request;

/// Patients that are told of at once.
const MOST: usize = 1000;
/// Longest logical id (FHIR R4, "id").
const LONGEST_ID: usize = 64;

/// `POST`, with `token`, `purpose` and `patients`: logical ids, parted by spaces.
pub async fn post(here: Here, request: HttpRequest, Form(form): Form) -> Answer {
    token_request::refuse_repetition(&form).map_err(Problem::token)?;
    let client = client::authenticate(&here, &request, &form).await?;
    let invalid = |why| Problem::token(ErrorCode::InvalidRequest.because(why));
    if !client.introspects_all {
        let why = "only a resource server tells of disclosures";
        return Err(Problem::token(ErrorCode::UnauthorizedClient.because(why)));
    }
    let token = form.first("token").ok_or(invalid("token is missing"))?;
    let patients: Vec<&str> = form
        .first("patients")
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    if !(1..=MOST).contains(&patients.len()) || !patients.iter().all(|id| is_id(id)) {
        return Err(invalid("patients must hold 1 to 1000 logical ids"));
    }
    let told = here
        .server
        .disclose(token, form.first(PURPOSE), patients.into_iter());
    told.await?;
    Ok(HttpResponse::NoContent().finish())
}

fn is_id(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    text.len() <= LONGEST_ID && text.bytes().all(legal)
}
