//! RFC 7591.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::{World, header};

fn refuse(error: &str) -> HttpResponse {
    HttpResponse::BadRequest().json(json!({"error": error}))
}

fn is_uri(text: &str) -> bool {
    let is_secure = text.starts_with("https://") || text.starts_with("http://127.0.0.1");
    is_secure && !text.contains('#')
}

pub fn register(request: &HttpRequest, body: &[u8], world: &World) -> HttpResponse {
    let lax = world.has("registers-anything");
    if header(request, "content-type") != "application/json" {
        return refuse("invalid_client_metadata");
    }
    let wanted: Value = match serde_json::from_slice(body) {
        Ok(wanted @ Value::Object(_)) => wanted,
        _ if lax => json!({}),
        _ => return refuse("invalid_client_metadata"),
    };
    let uris: Vec<_> = wanted["redirect_uris"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !lax && (uris.is_empty() || !uris.iter().all(|uri| is_uri(uri))) {
        return refuse("invalid_redirect_uri");
    }
    let mut state = world.state();
    if state.clients.len() > 40 && !world.has("unlimited") {
        return HttpResponse::TooManyRequests().json(json!({"error": "slow_down"}));
    }
    let id = match wanted["client_id"].as_str() {
        Some(id) if world.has("chosen-id") => id.to_owned(),
        _ => state.random("id"),
    };
    let is_keyed = wanted["token_endpoint_auth_method"] == "private_key_jwt";
    if is_keyed {
        state
            .keys
            .insert(id.clone(), wanted["jwks"]["keys"][0].clone());
    }
    if is_keyed && !world.has("secret-for-keys") {
        return HttpResponse::Created()
            .insert_header(("cache-control", "no-store"))
            .json(json!({"client_id": id, "token_endpoint_auth_method": "private_key_jwt"}));
    }
    let secret =
        (wanted["token_endpoint_auth_method"] != "none").then(|| state.random("client-secret"));
    state.clients.insert(id.clone(), secret.clone());
    let mut response = json!({"client_id": id, "redirect_uris": wanted["redirect_uris"], "scope": wanted["scope"]});
    if let Some(secret) = secret {
        response["client_secret"] = json!(secret);
        if !world.has("no-secret-end") {
            response["client_secret_expires_at"] = json!(0);
        }
    }
    let status = if world.has("registers-with-200") {
        200
    } else {
        201
    };
    HttpResponse::build(u16::try_into(status).unwrap())
        .insert_header(("cache-control", "no-store"))
        .json(response)
}
