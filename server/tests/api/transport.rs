//! Browsers and compression.

use crate::helpers::Server;

#[actix_web::test]
async fn browser_apps_of_any_origin_may_call_without_credentials() {
    let server = Server::start();
    let url = format!("{}/Patient/a", server.base);
    let preflight = server
        .request("OPTIONS", &url)
        .header("Origin", "https://app.example")
        .header("Access-Control-Request-Method", "GET")
        .header("Access-Control-Request-Headers", "authorization")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), 200);
    assert_eq!(preflight.headers()["access-control-allow-origin"], "*");
    assert!(
        !preflight
            .headers()
            .contains_key("access-control-allow-credentials")
    );
    let read = server
        .get("Patient/a", "all-a")
        .header("Origin", "https://app.example")
        .send()
        .await
        .unwrap();
    assert_eq!(read.headers()["access-control-allow-origin"], "*");
    let exposed = read.headers()["access-control-expose-headers"]
        .to_str()
        .unwrap()
        .to_lowercase();
    assert!(
        exposed.contains("etag") && exposed.contains("retry-after"),
        "{exposed}"
    );
    let refused = server
        .request("GET", &url)
        .header("Origin", "https://app.example")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.headers()["access-control-allow-origin"], "*");
}

#[actix_web::test]
async fn answers_are_compressed_when_asked() {
    let server = Server::start();
    let url = format!("{}/metadata", server.base);
    let response = server
        .request("GET", &url)
        .header("Accept-Encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
}

#[actix_web::test]
async fn a_body_is_not_looked_at_before_the_caller_is_known() {
    let server = Server::start();
    let url = format!("{}/Observation/_search", server.base);
    let long = "x".repeat(100_000);
    let anonymous = server
        .request("POST", &url)
        .header("Content-Type", "text/plain")
        .body(long);
    assert_eq!(anonymous.send().await.unwrap().status(), 401);
}

#[actix_web::test]
async fn encodings_and_charsets_that_are_not_read_are_415() {
    let server = Server::start();
    let url = format!("{}/Observation/_search", server.base);
    let post = |name: &'static str, value: &'static str| {
        let form = "application/x-www-form-urlencoded";
        let content_type = if name == "Content-Type" { value } else { form };
        let request = server
            .request("POST", &url)
            .bearer_auth("all-a")
            .header("Content-Type", content_type);
        let request = if name == "Content-Type" {
            request
        } else {
            request.header(name, value)
        };
        request.body("patient=a").send()
    };
    for (name, value, status) in [
        (
            "Content-Type",
            "application/x-www-form-urlencoded; charset=utf-16",
            415,
        ),
        (
            "Content-Type",
            "application/x-www-form-urlencoded; charset=UTF-8",
            200,
        ),
        ("Content-Encoding", "zz", 415),
        ("Content-Encoding", "gzip", 400),
    ] {
        assert_eq!(
            post(name, value).await.unwrap().status(),
            status,
            "{name}: {value}"
        );
    }
}

#[actix_web::test]
async fn a_url_beyond_the_limit_is_414() {
    let server = Server::start();
    let path = format!("Observation?code={}", "x".repeat(9000));
    assert_eq!(server.json(&path, "all-a").await.0, 414);
}
