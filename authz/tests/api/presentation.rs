//! What an app says about itself, its picture, and where people are shown them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::helpers::*;

/// The smallest thing that begins like a PNG file.
const PNG: &str = "iVBORw0KGgoAAAAA";

fn metadata(changes: &[(&str, Value)]) -> Value {
    let mut metadata = json!({
        "redirect_uris": ["https://garden.example/callback"],
        "client_name": "Garden of Numbers",
        "contacts": ["help@garden.example"],
        "client_uri": "https://garden.example/",
        "policy_uri": "https://policy.example/privacy",
        "tos_uri": "https://garden.example/terms",
        "logo_uri": format!("data:image/png;base64,{PNG}"),
        "token_endpoint_auth_method": "none",
    });
    for (name, value) in changes {
        metadata[name] = value.clone();
    }
    metadata
}

async fn picture(server: &TestServer, client: &str) -> reqwest::Response {
    let path = format!("/logos/{client}");
    server.request(Method::GET, &path).send().await.unwrap()
}

#[tokio::test]
async fn people_see_what_an_app_says_about_itself_and_that_nobody_checked_it() {
    let server = spawn().await;
    let said = metadata(&[]);
    let client = server.register(&said).await;
    for name in [
        "contacts",
        "client_uri",
        "policy_uri",
        "tos_uri",
        "logo_uri",
    ] {
        assert_eq!(client[name], said[name], "{name}");
    }
    let id = client["client_id"].as_str().unwrap();
    let changes = [
        ("client_id", Some(id)),
        ("redirect_uri", Some("https://garden.example/callback")),
    ];
    let mut browser = Browser::default();
    let path = browser
        .reach_consent(&server, &request(&changes), DANIEL)
        .await;
    let page = browser.get(&server, &path).await;
    for words in ["help@garden.example", "policy.example", "Not verified"] {
        assert!(page.text.contains(words), "{words}");
    }
    // A stranger's words are told; a stranger's links and pictures are not put in anybody's way.
    assert!(page.select("main a, main img").is_empty());
    assert_eq!(picture(&server, id).await.status(), 404);
}

#[tokio::test]
async fn an_app_that_somebody_vouches_for_is_shown_with_its_picture_and_links() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let path = browser.reach_consent(&server, &request(&[]), DANIEL).await;
    let page = browser.get(&server, &path).await;
    assert_eq!(page.select("img.logo")[0]["src"], "/logos/demo-app");
    let links = page.select("main a[target=_blank]");
    assert_eq!(links[0]["rel"], "noopener noreferrer nofollow");
    let answer = picture(&server, "demo-app").await;
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert!(answer.bytes().await.unwrap().starts_with(b"\x89PNG"));
    for nobody in ["demo-confidential", "nobody", "x%2F..%2Fy"] {
        assert_eq!(picture(&server, nobody).await.status(), 404, "{nobody}");
    }
}

#[tokio::test]
async fn words_and_addresses_that_could_mislead_are_refused() {
    let server = spawn().await;
    for (name, value) in [
        ("contacts", json!("help@garden.example")),
        ("contacts", json!(["a\nb"])),
        ("contacts", json!(["\u{202e}moc"])),
        ("policy_uri", json!("javascript:alert(1)")),
        ("policy_uri", json!("http://garden.example/privacy")),
        ("tos_uri", json!("data:text/html;base64,AAAA")),
        ("client_uri", json!(1)),
        ("logo_uri", json!("data:text/html;base64,AAAA")),
        ("logo_uri", json!("ftp://garden.example/logo.png")),
    ] {
        let request = server.request(Method::POST, "/oauth/register");
        let body = metadata(&[(name, value.clone())]);
        let answer = request.json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{name} {value}");
        let error: Value = answer.json().await.unwrap();
        assert_eq!(error["error"], "invalid_client_metadata", "{name} {value}");
    }
}
