//! The two servers as they are when they are not in one process: they meet over HTTP.

use reqwest::Method;

use crate::helpers::*;
use crate::record::Record;

#[actix_web::test]
async fn a_revoked_token_is_refused_by_the_next_request_and_without_the_other_server_nothing_opens()
{
    let folder = tempfile::tempdir().unwrap();
    let server = spawn_with(on_disk(&folder)).await;
    let record = Record::open_apart(&server, &folder.path().join("data"));
    let path = format!("/Patient/{DANIEL}");
    let mut browser = Browser::default();
    let by_app = server.tokens_in(&mut browser, SCOPE).await;
    let by_person = server.tokens_in(&mut browser, SCOPE).await;
    let token = |tokens: &serde_json::Value| tokens["access_token"].as_str().unwrap().to_owned();
    let (by_app, by_person) = (token(&by_app), token(&by_person));
    for token in [&by_app, &by_person] {
        assert_eq!(record.read(token, &path).await.0, 200);
    }
    let form = [("token", by_app.as_str()), ("client_id", "demo-app")];
    let revoked = server.form("/oauth/revoke", None, &form).await;
    assert_eq!(revoked.status(), 200);
    assert_eq!(record.read(&by_app, &path).await.0, 401);
    assert_eq!(record.read(&by_person, &path).await.0, 200);
    let page = browser.get(&server, "/apps").await;
    for app in page.select("button[name=app]") {
        let pairs = [("csrf_token", page.csrf()), ("app", app["value"].clone())];
        browser.post(&server, "/apps/revoke", &pairs).await;
    }
    assert_eq!(record.read(&by_person, &path).await.0, 401);

    let last = server.tokens_in(&mut browser, SCOPE).await;
    assert_eq!(record.read(&token(&last), &path).await.0, 200);
    server.stopped().await;
    let request = record.request(Method::GET, &path).bearer_auth(token(&last));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
}

#[actix_web::test]
async fn a_person_sees_which_app_read_their_record_for_which_professional() {
    let folder = tempfile::tempdir().unwrap();
    let server = spawn_with(on_disk(&folder)).await;
    let record = Record::open_apart(&server, &folder.path().join("data"));
    let mut anna = Browser::default();
    let pairs = request(&[("scope", Some("user/*.rs"))]);
    let path = anna
        .reach_consent_as(&server, "anna-bennett", &pairs, DANIEL)
        .await;
    let code = query_of(&anna.agree(&server, &path).await)
        .remove("code")
        .unwrap();
    let (_, tokens) = server.token(None, &exchange(&code)).await;
    let token = tokens["access_token"].as_str().unwrap();
    let lab = format!("/Observation?patient={DANIEL}&category=laboratory&_count=5");
    let (status, bundle) = record.read(token, &lab).await;
    assert_eq!(
        (status, bundle["entry"].as_array().unwrap().len()),
        (200, 5)
    );
    let mut daniel = Browser::of(&server, "daniel-adams").await;
    let page = daniel.get(&server, "/activity").await;
    for words in ["for Dr. Anna Bennett", "Laboratory results (1)"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let mut joseph = Browser::of(&server, "joseph-ross").await;
    let page = joseph.get(&server, "/activity").await;
    assert!(page.text.contains("Nobody has read anything."));
}
