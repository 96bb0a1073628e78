//! Pages for people.

use crate::helpers::{Server, answer};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn page(
    server: &Server,
    url: &str,
    token: Option<&str>,
) -> (u16, reqwest::header::HeaderMap, String) {
    let mut request = server.request("GET", url).header("Accept", BROWSER);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.text().await.unwrap())
}

#[actix_web::test]
async fn a_browser_gets_a_page_of_every_answer_and_nothing_foreign_runs_in_it() {
    let server = Server::start();
    let open = format!("{}/api/open-fhir", server.origin);
    for (url, token, status, part) in [
        (format!("{open}/Patient/a"), None, 200, "Núñez-Smith"),
        (
            format!("{open}/Observation?_count=2"),
            None,
            200,
            "rel=\"next\"",
        ),
        (
            format!("{open}/Patient/a/_history"),
            None,
            200,
            "/_history/1\"",
        ),
        (
            format!("{open}/metadata"),
            None,
            200,
            "What this server can do",
        ),
        (
            format!("{open}/Patient/nobody"),
            None,
            404,
            "What the server says",
        ),
        (
            format!("{open}/Patient/a?_format=html"),
            None,
            200,
            "Núñez-Smith",
        ),
        (
            format!("{}/Patient/a", server.base),
            None,
            401,
            "id=\"token\"",
        ),
        (
            format!("{}/Patient/a", server.base),
            Some("all-a"),
            200,
            "id=\"token\"",
        ),
        (
            format!("{}/Patient/b", server.base),
            Some("all-a"),
            404,
            "What the server says",
        ),
    ] {
        let (got, headers, html) = page(&server, &url, token).await;
        assert_eq!(got, status, "{url}");
        assert_eq!(headers["content-type"], "text/html; charset=utf-8", "{url}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(html.contains(part), "{url}: {html}");
        assert!(!html.contains("<style") && !html.contains("style=") && !html.contains("onclick"));
        assert_eq!(html.matches("<script").count(), 1, "{url}");
    }
}

#[actix_web::test]
async fn a_binary_is_never_a_page() {
    let server = Server::start();
    let url = format!("{}/Binary/a-bin", server.base);
    let (status, headers, text) = page(&server, &url, Some("all-a")).await;
    assert_eq!((status, text.as_str()), (200, "hi"));
    assert!(
        headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
}

#[actix_web::test]
async fn programs_are_never_answered_with_a_page() {
    let server = Server::start();
    let url = format!("{}/api/open-fhir/Patient/a", server.origin);
    for accept in [
        "*/*",
        "application/json, text/plain, */*",
        "application/json",
        "application/fhir+json;q=1.0, application/json+fhir;q=0.9",
        "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
    ] {
        let (status, json) = answer(server.request("GET", &url).header("Accept", accept)).await;
        assert_eq!((status, json["id"].as_str()), (200, Some("a")), "{accept}");
    }
}

#[actix_web::test]
async fn the_landing_page_says_where_things_are() {
    let server = Server::start();
    let (status, headers, html) = page(&server, &server.origin, None).await;
    assert_eq!(status, 200);
    assert!(headers.contains_key("content-security-policy"));
    for part in [
        "synthetic",
        "/metadata",
        "/api/open-fhir/Patient/a\"",
        "Núñez-Smith",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    let text = server.request("GET", &server.origin).send().await.unwrap();
    assert!(
        text.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/plain")
    );
    let production = Server::start_as(server::Profile::Production);
    let (_, _, html) = page(&production, &production.origin, None).await;
    assert!(!html.contains("open-fhir") && !html.contains("Núñez-Smith"));
}

#[actix_web::test]
async fn the_files_of_the_pages_are_served_once() {
    let server = Server::start();
    for (path, media_type) in [
        ("fhir.css", "text/css; charset=utf-8"),
        ("fhir.js", "text/javascript; charset=utf-8"),
    ] {
        let url = format!("{}/assets/{path}", server.origin);
        let first = server.request("GET", &url).send().await.unwrap();
        assert_eq!(
            (first.status().as_u16(), &first.headers()["content-type"]),
            (200, &media_type.parse().unwrap())
        );
        let etag = first.headers()["etag"].clone();
        let again = server.request("GET", &url).header("If-None-Match", etag);
        assert_eq!(again.send().await.unwrap().status(), 304);
    }
}

#[actix_web::test]
async fn a_browser_at_an_unknown_path_gets_a_page_and_a_program_an_outcome() {
    let server = Server::start();
    for path in ["/nothing", "/assets/other.css", "/api", "/nothing/\"><b>"] {
        let url = format!("{}{path}", server.origin);
        let (status, headers, html) = page(&server, &url, None).await;
        assert_eq!(status, 404, "{path}");
        assert_eq!(
            headers["content-type"], "text/html; charset=utf-8",
            "{path}"
        );
        assert!(headers.contains_key("content-security-policy"));
        assert!(html.contains("What the server says") && html.contains("GET /"));
        assert!(!html.contains("id=\"token\"") && !html.contains("<b>"));
        let (status, json) = answer(server.request("GET", &url)).await;
        assert_eq!(
            (status, &json["resourceType"]),
            (404, &"OperationOutcome".into())
        );
    }
}
