//! The way from an app's question to its data's key, and back.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use crate::helpers::*;

#[tokio::test]
async fn a_person_signs_in_chooses_consents_and_the_app_gets_tokens() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let login = browser.authorize(&server, &request(&[])).await;
    assert_eq!(login.status, 303);
    let login = login.location().to_owned();

    let form = browser.get(&server, &login).await;
    assert_eq!(form.status, 200);
    assert_eq!(form.select("button#sign-in").len(), 1);
    let before = browser.cookie.clone();
    let signed_in = browser
        .sign_in(&server, &login, "daniel-adams", "demo-password")
        .await;
    assert_ne!(browser.cookie, before);

    let picker = browser.get(&server, signed_in.location()).await;
    let ids: Vec<_> = picker
        .select("button[type=submit][name=patient]")
        .into_iter()
        .map(|button| (button["value"].clone(), button["data-patient-id"].clone()))
        .collect();
    assert_eq!(
        ids,
        [(DANIEL.into(), DANIEL.into()), (AMY.into(), AMY.into())]
    );
    let choice = [("csrf_token", picker.csrf()), ("patient", DANIEL.into())];
    let consent = browser.post(&server, signed_in.location(), &choice).await;

    let path = consent.location().to_owned();
    let page = browser.get(&server, &path).await;
    assert_eq!(
        page.select("button#authorize[name=decision][value=approve]")
            .len(),
        1
    );
    assert_eq!(
        page.select("button#deny[name=decision][value=deny]").len(),
        1
    );
    assert!(page.select("input[name=category]").len() > 10);
    assert_eq!(
        page.select("input[name=scope]")[0]["value"],
        "offline_access"
    );
    let mut fields = page.fields("#consent");
    fields.push(("decision".into(), "approve".into()));
    let done = browser.post(&server, &path, &fields).await;
    assert_eq!(done.status, 303);
    assert!(done.location().starts_with(REDIRECT));
    let mut answer = query_of(done.location());
    assert_eq!(answer["state"], STATE);
    assert_eq!(answer["iss"], server.issuer());

    let code = answer.remove("code").unwrap();
    let (status, tokens) = server.token(None, &exchange(&code)).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], SCOPE);
    assert_eq!(tokens["patient"], DANIEL);
    assert_eq!(tokens["need_patient_banner"], true);
    assert!(tokens["refresh_token"].is_string() && tokens["id_token"].is_string());
}

async fn verified_claims(server: &TestServer, token: &str) -> Value {
    let jwks: Value = server
        .request(reqwest::Method::GET, "/oauth/jwks")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let header = decode_header(token).unwrap();
    let jwk = &jwks["keys"][0];
    assert_eq!(header.kid.as_deref(), jwk["kid"].as_str());
    let key =
        DecodingKey::from_rsa_components(jwk["n"].as_str().unwrap(), jwk["e"].as_str().unwrap())
            .unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["demo-app"]);
    validation.set_issuer(&[server.issuer()]);
    // The server's clock is the test's, not the machine's.
    validation.validate_exp = false;
    decode::<Value>(token, &key, &validation).unwrap().claims
}

#[tokio::test]
async fn the_id_token_verifies_against_the_published_keys() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let nonce = "n".repeat(384);
    let scope = "openid fhirUser profile patient/*.rs";
    let pairs = request(&[("nonce", Some(&nonce)), ("scope", Some(scope))]);
    let code = server.code(&mut browser, &pairs).await;
    let (_, tokens) = server.token(None, &exchange(&code)).await;
    let claims = verified_claims(&server, tokens["id_token"].as_str().unwrap()).await;
    assert_eq!(claims["nonce"], nonce);
    assert_eq!(claims["fhirUser"], format!("{FHIR_BASE}/Patient/{DANIEL}"));
    assert_eq!(claims["name"], "Daniel Adams");
    assert_eq!(claims["auth_time"], start_of_time().timestamp());
    assert_eq!(claims["exp"], start_of_time().timestamp() + 3600);
    let answer = server
        .introspect(tokens["access_token"].as_str().unwrap())
        .await;
    assert_eq!(answer["sub"], claims["sub"]);
    assert_eq!(answer["iss"], claims["iss"]);
    assert_eq!(answer["fhirUser"], claims["fhirUser"]);
}

#[tokio::test]
async fn a_confidential_client_authenticates_by_basic_or_post() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let pairs = request(&[("client_id", Some("demo-confidential"))]);
    for basic in [Some(BASIC), None] {
        let code = server.code(&mut browser, &pairs).await;
        let mut body = exchange(&code);
        body.retain(|(name, _)| *name != "client_id");
        if basic.is_none() {
            body.push(("client_id", "demo-confidential"));
            body.push(("client_secret", "demo-confidential-secret"));
        }
        let (status, tokens) = server.token(basic, &body).await;
        assert_eq!(status, 200, "{tokens}");
    }
}

#[tokio::test]
async fn a_smart_1_client_may_leave_pkce_out() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let pairs = request(&[
        ("client_id", Some("s4s-test-suite")),
        ("code_challenge", None),
        ("code_challenge_method", None),
        (
            "scope",
            Some("launch/patient patient/*.read offline_access"),
        ),
    ]);
    let code = server.code(&mut browser, &pairs).await;
    let body = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
    ];
    let (status, tokens) = server
        .token(Some("s4s-test-suite:s4s-test-suite-secret"), &body)
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        tokens["scope"],
        "launch/patient patient/*.read offline_access"
    );
}

#[tokio::test]
async fn a_cross_site_post_starts_the_flow_without_disturbing_the_session() {
    let server = spawn().await;
    let mut browser = Browser::default();
    server.tokens_in(&mut browser, SCOPE).await;
    let cookie = browser.cookie.clone();
    // A SameSite=Lax cookie is not sent along with a form of another site.
    let mut cookieless = Browser::default();
    let post = server
        .request(reqwest::Method::POST, "/oauth/authorize")
        .header("origin", "https://app.example")
        .header("sec-fetch-site", "cross-site")
        .form(&request(&[]));
    let answer = cookieless.send(post).await;
    assert_eq!(answer.status, 303);
    assert_eq!(cookieless.cookie, None);
    let next = browser.get(&server, answer.location()).await;
    assert!(next.location().starts_with("/select-patient?"));
    assert_eq!(browser.cookie, cookie);
}

#[tokio::test]
async fn a_person_with_one_patient_is_not_asked_which() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let login = browser
        .authorize(&server, &request(&[]))
        .await
        .location()
        .to_owned();
    let next = browser
        .sign_in(&server, &login, "joseph-ross", "demo-password")
        .await;
    assert!(next.location().starts_with("/consent?"));
}

#[tokio::test]
async fn a_request_for_identity_alone_needs_no_patient() {
    let server = spawn().await;
    let tokens = server.tokens("openid fhirUser").await;
    assert_eq!(tokens.get("patient"), None);
    assert_eq!(tokens.get("refresh_token"), None);
    assert!(tokens["id_token"].is_string());
}

#[tokio::test]
async fn the_chosen_patient_is_the_token_s() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let location = browser.approve(&server, &request(&[]), AMY).await;
    let code = query_of(&location).remove("code").unwrap();
    let (_, tokens) = server.token(None, &exchange(&code)).await;
    assert_eq!(tokens["patient"], AMY);
    let answer = server
        .introspect(tokens["access_token"].as_str().unwrap())
        .await;
    assert_eq!(answer["patient"], AMY);
}
