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
