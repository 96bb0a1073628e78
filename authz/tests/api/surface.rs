//! Headers, and what pages of other origins may do.

use reqwest::Method;
use reqwest::header::HeaderMap;

use crate::helpers::*;

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let server = spawn().await;
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/login"),
        (Method::GET, "/nothing"),
        (Method::GET, "/oauth/authorize"),
        (Method::PUT, "/oauth/authorize"),
        (Method::GET, "/oauth/token"),
        (Method::GET, "/apps"),
        (Method::GET, "/oauth/jwks"),
    ] {
        let response = server.request(method, path).send().await.unwrap();
        let headers = response.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self';"),
            "{path}"
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(headers.contains_key("referrer-policy") && headers.contains_key("x-request-id"));
        assert!(
            headers.contains_key("permissions-policy")
                && headers.contains_key("cross-origin-opener-policy")
        );
        if path != "/oauth/jwks" {
            assert_eq!(headers["cache-control"], "no-store", "{path}");
        }
    }
}

#[tokio::test]
async fn pages_hold_nothing_of_another_host() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let path = browser.reach_consent(&server, &request(&[]), DANIEL).await;
    for path in [path.as_str(), "/login", "/", "/apps"] {
        let page = browser.get(&server, path).await;
        for element in page.select("link, script, img, iframe, source") {
            let target = element.get("href").or(element.get("src")).unwrap();
            assert!(target.starts_with('/'), "{path} {target}");
        }
        assert!(!page.text.contains("<script") && !page.text.contains("style="));
    }
}

#[tokio::test]
async fn the_consent_form_may_lead_to_the_app() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let path = browser.reach_consent(&server, &request(&[]), DANIEL).await;
    let response = server
        .request(Method::GET, &path)
        .header("cookie", browser.cookie.unwrap())
        .send()
        .await
        .unwrap();
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(
        policy.ends_with("form-action 'self' http://127.0.0.1:9"),
        "{policy}"
    );
}

async fn cors(server: &TestServer, method: Method, path: &str, origin: &str) -> HeaderMap {
    let request = server
        .request(method, path)
        .header("origin", origin)
        .header("access-control-request-method", "POST");
    let headers = request.send().await.unwrap().headers().clone();
    assert!(!headers.contains_key("access-control-allow-credentials"));
    headers
}

#[tokio::test]
async fn only_pages_of_registered_public_clients_may_call_the_token_endpoint() {
    let server = spawn().await;
    for path in ["/oauth/token", "/oauth/revoke"] {
        for method in [Method::OPTIONS, Method::POST] {
            let headers = cors(&server, method.clone(), path, "http://localhost:3000").await;
            assert_eq!(
                headers["access-control-allow-origin"],
                "http://localhost:3000"
            );
            assert!(
                headers
                    .get_all("vary")
                    .iter()
                    .any(|value| value == "Origin")
            );
            for origin in [
                "null",
                "https://evil.example",
                "http://localhost.evil.example",
                "http://localhost:3000.evil.example",
                "https://localhost:3000",
            ] {
                let headers = cors(&server, method.clone(), path, origin).await;
                assert!(
                    !headers.contains_key("access-control-allow-origin"),
                    "{origin}"
                );
            }
        }
    }
}

#[tokio::test]
async fn pages_of_other_origins_read_nothing_else() {
    let server = spawn().await;
    for path in [
        "/oauth/authorize",
        "/oauth/introspect",
        "/oauth/register",
        "/login",
        "/apps",
    ] {
        for method in [Method::OPTIONS, Method::GET, Method::POST] {
            let headers = cors(&server, method, path, "http://localhost:3000").await;
            assert!(
                !headers.contains_key("access-control-allow-origin"),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_preflight_for_another_method_grants_nothing() {
    let server = spawn().await;
    let response = server
        .request(Method::OPTIONS, "/oauth/token")
        .header("origin", "http://localhost:3000")
        .header("access-control-request-method", "DELETE")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 204);
    assert!(
        !response
            .headers()
            .contains_key("access-control-allow-methods")
    );
}

#[tokio::test]
async fn no_program_is_led_from_http_to_https() {
    let server = spawn_with(authz::Configuration {
        issuer: Some("https://auth.example".into()),
        ..configuration()
    })
    .await;
    for (method, path) in [
        (Method::POST, "/oauth/token"),
        (Method::POST, "/oauth/par"),
        (Method::POST, "/oauth/introspect"),
        (Method::POST, "/oauth/revoke"),
        (Method::POST, "/oauth/register"),
        (Method::GET, "/oauth/userinfo"),
        (Method::GET, "/api/me"),
    ] {
        let response = server.request(method, path).send().await.unwrap();
        assert!(response.status().is_client_error(), "{path}");
        assert!(!response.headers().contains_key("location"), "{path}");
    }
}
