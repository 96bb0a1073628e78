//! The endpoints for programs: token, introspection, revocation, keys.

use std::sync::LazyLock;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use smart::clock::{Clock, SystemClock};

use super::grant::Family;
use super::{World, header, parameter};

static KEYS: LazyLock<[EncodingKey; 2]> = LazyLock::new(|| [key(), key()]);

fn key() -> EncodingKey {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref())
}

fn error(status: u16, code: &str, world: &World) -> HttpResponse {
    let status = if world.has("token-errors-500") {
        500
    } else {
        status
    };
    let mut response = HttpResponse::build(status.try_into().unwrap());
    if status == 401 {
        response.insert_header(("www-authenticate", "Basic realm=\"oauth\""));
    }
    response.json(json!({"error": code}))
}

fn invalid(world: &World) -> HttpResponse {
    error(400, "invalid_grant", world)
}

pub fn answer(request: &HttpRequest, form: &str, world: &World) -> HttpResponse {
    let is_post = request.method() == Method::POST;
    match (request.path(), is_post) {
        ("/token", true) => token(request, form, world),
        ("/token", false) if request.method() == Method::OPTIONS => {
            HttpResponse::NoContent().finish()
        }
        ("/token", false) if world.has("token-by-get") => HttpResponse::Ok().json(json!({})),
        ("/introspect", true) => introspect(request, form, world),
        ("/introspect", false) if world.has("introspects-get") => {
            HttpResponse::Ok().json(json!({"active": false}))
        }
        ("/revoke", true) => revoke(request, form, world),
        ("/jwks", false) => jwks(world),
        ("/.well-known/openid-configuration", false) => configuration(world),
        ("/token" | "/introspect" | "/revoke", _) => HttpResponse::MethodNotAllowed().finish(),
        _ => HttpResponse::NotFound().finish(),
    }
}

/// The client of a request; an answer when it is not who it says.
fn client(request: &HttpRequest, form: &str, world: &World) -> Result<String, Box<HttpResponse>> {
    let refused = || Box::new(error(401, "invalid_client", world));
    if let Some(assertion) = parameter(form, "client_assertion") {
        return asserted(&assertion, world).ok_or_else(refused);
    }
    let basic = header(request, "authorization")
        .strip_prefix("Basic ")
        .and_then(|text| STANDARD.decode(text).ok());
    let basic = basic.and_then(|bytes| String::from_utf8(bytes).ok());
    let in_query =
        |name| parameter(request.query_string(), name).filter(|_| world.has("secret-in-query"));
    let (id, secret) = match basic.as_deref().and_then(|pair| pair.split_once(':')) {
        Some((id, secret)) => (Some(id.to_owned()), Some(secret.to_owned())),
        None => (
            parameter(form, "client_id").or(in_query("client_id")),
            parameter(form, "client_secret").or(in_query("client_secret")),
        ),
    };
    let id = id.ok_or_else(refused)?;
    let state = world.state();
    let wanted = state.clients.get(&id).cloned();
    match wanted {
        _ if world.has("any-secret") => Ok(id),
        Some(wanted) if wanted == secret => Ok(id),
        _ => Err(refused()),
    }
}

/// The client that an assertion proves.
fn asserted(assertion: &str, world: &World) -> Option<String> {
    let claims = assertion.split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let id = claims["sub"].as_str()?;
    if world.has("any-assertion") {
        return Some(id.to_owned());
    }
    let mut state = world.state();
    let key: Jwk = serde_json::from_value(state.keys.get(id)?.clone()).ok()?;
    let mut validation = Validation::new(Algorithm::ES384);
    validation.set_audience(&[format!("{}/token", world.origin)]);
    validation.set_issuer(&[id]);
    validation.validate_exp = !world.has("eternal-assertion");
    let key = DecodingKey::from_jwk(&key).ok()?;
    jsonwebtoken::decode::<Value>(assertion, &key, &validation).ok()?;
    let is_new = state.assertions.insert(claims["jti"].to_string());
    (is_new || world.has("replayed-assertion")).then(|| id.to_owned())
}

fn token(request: &HttpRequest, form: &str, world: &World) -> HttpResponse {
    if !header(request, "content-type").starts_with("application/x-www-form-urlencoded")
        && !world.has("any-content")
    {
        return error(400, "invalid_request", world);
    }
    if world.has("any-content") && form.starts_with('{') {
        return HttpResponse::Ok().json(json!({}));
    }
    let mut state = world.state();
    if parameter(form, "client_id").as_deref() == Some("no-such-client") {
        state.misses += 1;
        if state.misses > 100 && !world.has("unlimited") {
            return HttpResponse::TooManyRequests().finish();
        }
    }
    drop(state);
    let kind = match parameter(form, "grant_type") {
        Some(kind) => kind,
        None if world.has("no-grant-type-needed") && parameter(form, "refresh_token").is_some() => {
            "refresh_token".into()
        }
        None => return error(400, "invalid_request", world),
    };
    let client = match client(request, form, world) {
        Ok(client) => client,
        Err(refusal) => return *refusal,
    };
    match kind.as_str() {
        "authorization_code" => exchange(form, &client, world),
        "refresh_token" => refresh(form, &client, world),
        _ => error(
            400,
            if world.has("one-error") {
                "invalid_request"
            } else {
                "unsupported_grant_type"
            },
            world,
        ),
    }
}

fn exchange(form: &str, client: &str, world: &World) -> HttpResponse {
    let Some(text) = parameter(form, "code") else {
        return error(
            400,
            if world.has("one-error") {
                "server_error"
            } else {
                "invalid_request"
            },
            world,
        );
    };
    let mut state = world.state();
    let Some(code) = state.codes.get(&text).cloned() else {
        return invalid(world);
    };
    let verifier = parameter(form, "code_verifier").unwrap_or_default();
    let is_proven = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == code.challenge
        || (world.has("plain-verifier") && verifier == code.challenge)
        || world.has("no-verifier-needed");
    let is_own = state.families[code.family].client == client
        || world.has("any-secret")
        || world.has("any-holder");
    let is_there = parameter(form, "redirect_uri").as_deref() == Some(&code.redirect_uri)
        || world.has("any-uri");
    let is_over = world.brief && code.family > 1 && !world.has("eternal-code");
    if !is_proven || !is_own || !is_there || is_over || world.has("refuses-code") {
        return invalid(world);
    }
    if code.used && !world.has("reusable-code") {
        state.families[code.family].ended = !world.has("spares-tokens");
        return invalid(world);
    }
    state.codes.get_mut(&text).unwrap().used = true;
    if world.has("mixes-patients") {
        let last = state.families.last().unwrap().patient.clone();
        state.families[code.family].patient = last;
    }
    let scope = state.families[code.family].scope.clone();
    drop(state);
    respond(code.family, &scope, world, false)
}

fn refresh(form: &str, client: &str, world: &World) -> HttpResponse {
    let Some(text) = parameter(form, "refresh_token") else {
        return error(
            400,
            if world.has("one-error") {
                "server_error"
            } else {
                "invalid_request"
            },
            world,
        );
    };
    if world.has("refresh-fails") {
        return invalid(world);
    }
    let mut state = world.state();
    let Some(found) = state
        .tokens
        .get(&text)
        .cloned()
        .filter(|found| found.is_refresh)
    else {
        return invalid(world);
    };
    let family = &mut state.families[found.family];
    if found.over && !world.has("no-rotation") {
        family.ended = true;
    }
    if family.ended || (family.client != client && !world.has("any-holder")) {
        return invalid(world);
    }
    let scope = parameter(form, "scope").unwrap_or(found.scope.clone());
    let is_within = |word: &str| {
        found.scope.split(' ').any(|own| own == word)
            || (word.starts_with("patient/") && found.scope.contains("patient/*.rs"))
    };
    if !scope.split(' ').all(is_within) && !world.has("wider-refresh") {
        return error(400, "invalid_scope", world);
    }
    state.tokens.get_mut(&text).unwrap().over = !world.has("no-rotation");
    drop(state);
    let scope = if world.has("ignores-refresh-scope") {
        found.scope
    } else {
        scope
    };
    respond(found.family, &scope, world, true)
}

fn respond(family: usize, scope: &str, world: &World, is_refresh: bool) -> HttpResponse {
    let mut state = world.state();
    let access = state.random("opaque-access");
    let access = if world.has("weak-tokens") {
        format!("same-prefix-for-all-{access}")
    } else {
        access
    };
    state.keep(access.clone(), family, scope, false);
    let refresh = state.random("opaque-refresh");
    state.keep(refresh.clone(), family, scope, true);
    let owner = state.families[family].clone();
    drop(state);
    let mut response = json!({
        "access_token": access, "token_type": "Bearer", "expires_in": 300, "patient": owner.patient, "scope": scope,
    });
    if scope.contains("offline_access") {
        response["refresh_token"] = json!(refresh);
    }
    if scope.contains("openid") && !is_refresh {
        response["id_token"] = json!(id_token(&owner, world));
    }
    match world.fault {
        "no-life" => response["expires_in"] = json!("300"),
        "no-refresh-token" => response["refresh_token"] = Value::Null,
        "no-id-token" => response["id_token"] = Value::Null,
        "excess-scope" => response["scope"] = json!("patient/*.rs offline_access user/*.cruds"),
        "other-patient-on-refresh" if is_refresh => response["patient"] = json!("somebody"),
        "dead-refresh" if is_refresh => response["access_token"] = json!("dead"),
        "bare-refresh" if is_refresh => response["expires_in"] = Value::Null,
        _ => {}
    }
    let is_cacheable =
        world.has("cacheable-token") || (is_refresh && world.has("cacheable-refresh"));
    let cache = if is_cacheable {
        "max-age=60"
    } else {
        "no-store"
    };
    HttpResponse::Ok()
        .insert_header(("cache-control", cache))
        .json(response)
}

fn id_token(owner: &Family, world: &World) -> String {
    let now = SystemClock.now().timestamp();
    let issuer = if world.has("other-issuer") {
        "https://other.example"
    } else {
        &world.origin
    };
    let user = if world.has("relative-user") {
        format!("Patient/{}", owner.patient)
    } else {
        format!("{}/Patient/{}", world.base(), owner.patient)
    };
    let claims = json!({
        "iss": issuer, "sub": owner.user, "aud": owner.client, "iat": now, "exp": now + 300,
        "nonce": if world.has("no-nonce") { "" } else { &owner.nonce }, "fhirUser": user,
    });
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some("k1".to_owned());
    jsonwebtoken::encode(&header, &claims, &KEYS[0]).unwrap()
}

fn jwks(world: &World) -> HttpResponse {
    let key = &KEYS[usize::from(world.has("other-key"))];
    let mut jwk = json!(Jwk::from_encoding_key(key, Algorithm::ES256).unwrap());
    jwk["kid"] = json!("k1");
    if world.has("private-key") {
        jwk["d"] = json!("AAAA");
    }
    HttpResponse::Ok().json(json!({"keys": [jwk]}))
}

fn configuration(world: &World) -> HttpResponse {
    let at = |path: &str| format!("{}/{path}", world.origin);
    let mut document = json!({
        "issuer": world.origin, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
        "jwks_uri": at("jwks"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    });
    if world.has("no-openid-keys") {
        document["jwks_uri"] = Value::Null;
    }
    HttpResponse::Ok().json(document)
}

fn introspect(request: &HttpRequest, form: &str, world: &World) -> HttpResponse {
    let caller = client(request, form, world);
    if let Err(refusal) = caller
        && !world.has("open-introspection")
    {
        return *refusal;
    }
    let text = parameter(form, "token").unwrap_or_default();
    let state = world.state();
    let stored = state
        .tokens
        .get(&text)
        .map(|token| (token, &state.families[token.family]));
    let found = if world.has("stale-introspection") {
        stored
    } else {
        state.live(&text)
    };
    let mut report = match found {
        Some((token, _)) if token.is_refresh && !world.has("introspects-refresh") => {
            json!({"active": false})
        }
        Some((token, family)) => json!({
            "active": true, "scope": token.scope, "client_id": family.client, "token_type": "Bearer",
            "exp": SystemClock.now().timestamp() + 300, "patient": family.patient,
            "iss": world.origin, "sub": family.user,
        }),
        None => json!({"active": false}),
    };
    match world.fault {
        "talkative-introspection" if found.is_none() => report["scope"] = json!(""),
        "introspects-less" => report["scope"] = json!("patient/*.rs"),
        "introspects-asked" => {
            if let Some(patient) = parameter(form, "patient") {
                report["patient"] = json!(patient);
            }
        }
        "introspects-no-patient" => report["patient"] = Value::Null,
        _ => {}
    }
    let cache = if world.has("cacheable-introspection") {
        "max-age=9"
    } else {
        "no-store"
    };
    HttpResponse::Ok()
        .insert_header(("cache-control", cache))
        .json(report)
}

fn revoke(request: &HttpRequest, form: &str, world: &World) -> HttpResponse {
    let caller = match client(request, form, world) {
        Ok(caller) => caller,
        Err(refusal) => return *refusal,
    };
    let text = parameter(form, "token").unwrap_or_default();
    let mut state = world.state();
    if let Some(found) = state.tokens.get(&text).cloned() {
        let own = state.families[found.family].client == caller || world.has("revokes-foreign");
        if own && !world.has("revokes-nothing") {
            state.tokens.get_mut(&text).unwrap().over = true;
            if found.is_refresh && !world.has("revokes-one") {
                state.families[found.family].ended = true;
            }
        }
    }
    HttpResponse::Ok().finish()
}
