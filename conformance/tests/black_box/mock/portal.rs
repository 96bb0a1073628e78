//! Registration, login, choice of patient, consent, token. Nothing is remembered: the pages carry
//! the authorization request along, and the code carries its challenge.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{ADA, BOB, PASSWORD, World, header, parameter};

pub fn answer(request: &HttpRequest, body: &[u8], world: &World) -> HttpResponse {
    let form = String::from_utf8_lossy(body);
    let query = request.query_string();
    let is_post = request.method() == Method::POST;
    match (request.path(), is_post) {
        ("/register", true) => register(world),
        ("/authorize", false) => authorize(query, world),
        ("/login", false) => page(&login_form(query)),
        ("/login", true) => login(&form, world),
        ("/patient", false) => page(&patient_form(query)),
        ("/patient", true) => see(&format!("/consent?{form}")),
        ("/consent", false) => page(&consent_form(query)),
        ("/consent", true) => consent(request, &form, world),
        ("/token", true) => token(&form, world),
        _ => HttpResponse::NotFound().finish(),
    }
}

fn see(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header(("location", location))
        .finish()
}

fn page(form: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(format!(
            "<!doctype html><html lang=en><title>Portal</title><body>{form}</body></html>"
        ))
}

fn hidden(name: &str, text: &str) -> String {
    let value = parameter(text, name)
        .unwrap_or_default()
        .replace('&', "&amp;");
    format!("<input type=hidden name={name} value=\"{value}\">")
}

fn register(world: &World) -> HttpResponse {
    let mut response = if world.has("registers-with-200") {
        HttpResponse::Ok()
    } else {
        HttpResponse::Created()
    };
    response.json(json!({"client_id": "client-1", "redirect_uris": []}))
}

fn authorize(query: &str, world: &World) -> HttpResponse {
    let right = parameter(query, "aud") == Some(world.base())
        && parameter(query, "response_type").as_deref() == Some("code")
        && parameter(query, "code_challenge_method").as_deref() == Some("S256");
    if !right {
        return HttpResponse::BadRequest().finish();
    }
    if world.has("straight-to-callback") {
        return callback(query, ADA, world);
    }
    let carried: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    HttpResponse::Found()
        .insert_header(("location", format!("/login?request={carried}")))
        .insert_header(("set-cookie", "session=s1; Path=/; HttpOnly"))
        .finish()
}

fn login_form(query: &str) -> String {
    format!(
        "<form method=post action=/login>{}<input name=username><input name=password type=password><button id=sign-in>Sign in</button></form>",
        hidden("request", query)
    )
}

fn login(form: &str, world: &World) -> HttpResponse {
    let right = parameter(form, "password").as_deref() == Some(PASSWORD);
    if !right || world.has("refuses-password") {
        return page(&login_form(form));
    }
    let request = parameter(form, "request").unwrap_or_default();
    let carried: String = url::form_urlencoded::byte_serialize(request.as_bytes()).collect();
    see(&format!("/patient?request={carried}"))
}

fn patient_form(query: &str) -> String {
    let button = |id: &str| {
        format!("<button type=submit name=patient value={id} data-patient-id={id}>{id}</button>")
    };
    format!(
        "<form method=post action=/patient>{}{}{}</form>",
        hidden("request", query),
        button(ADA),
        button(BOB)
    )
}

fn consent_form(query: &str) -> String {
    format!("<form id=consent method=post action=/consent>{}{}<input type=checkbox name=category value=laboratory checked>
        <input type=date name=share_until value=2030-01-01>
        <button id=authorize name=decision value=approve>Approve</button>
        <button id=deny name=decision value=deny>Deny</button></form>", hidden("request", query), hidden("patient", query))
}

fn consent(request: &HttpRequest, form: &str, world: &World) -> HttpResponse {
    let right = parameter(form, "decision").as_deref() == Some("approve")
        && parameter(form, "share_until").is_some()
        && header(request, "cookie") == "session=s1";
    let original = parameter(form, "request").unwrap_or_default();
    if right {
        callback(
            &original,
            &parameter(form, "patient").unwrap_or_default(),
            world,
        )
    } else {
        HttpResponse::Forbidden().finish()
    }
}

fn callback(query: &str, patient: &str, world: &World) -> HttpResponse {
    let challenge = parameter(query, "code_challenge").unwrap_or_default();
    let state = parameter(query, "state").filter(|_| !world.has("loses-state"));
    let mut target =
        url::Url::parse(&parameter(query, "redirect_uri").unwrap_or_default()).unwrap();
    target
        .query_pairs_mut()
        .append_pair("code", &format!("{patient}~{challenge}"))
        .append_pair("state", &state.unwrap_or_default());
    see(target.as_str())
}

fn token(form: &str, world: &World) -> HttpResponse {
    let code = parameter(form, "code").unwrap_or_default();
    let verifier = parameter(form, "code_verifier").unwrap_or_default();
    let (patient, challenge) = code.split_once('~').unwrap_or_default();
    if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) != challenge
        || world.has("refuses-code")
    {
        return HttpResponse::BadRequest().json(json!({"error": "invalid_grant"}));
    }
    let mut response = json!({
        "access_token": format!("access-token-of-{patient}"), "token_type": "Bearer",
        "expires_in": 300, "patient": patient, "refresh_token": format!("refresh-token-of-{patient}"),
        "scope": "launch/patient openid fhirUser offline_access patient/*.rs",
    });
    match world.fault {
        "no-life" => response["expires_in"] = json!("300"),
        "no-refresh-token" => response["refresh_token"] = serde_json::Value::Null,
        "excess-scope" => response["scope"] = json!("patient/*.rs offline_access user/*.cruds"),
        _ => {}
    }
    let cache = if world.has("cacheable-token") {
        "max-age=60"
    } else {
        "no-store"
    };
    HttpResponse::Ok()
        .insert_header(("cache-control", cache))
        .json(response)
}
