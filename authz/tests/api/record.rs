//! A person's record in the portal, read through the FHIR API.

use reqwest::Method;
use serde_json::Value;

use crate::fhir::*;
use crate::helpers::*;

#[tokio::test]
async fn a_record_is_read_with_a_token_that_reaches_that_record_and_only_reads() {
    let (server, ehr) = spawn_with_ehr().await;
    fill(&ehr);
    let mut browser = Browser::of(&server, "daniel-adams").await;
    for patient in [DANIEL, AMY] {
        let before = ehr.asked().len();
        for page in ["", "/laboratory", "/documents", "/download/ndjson"] {
            let path = format!("/record/{patient}{page}");
            assert_eq!(browser.get(&server, &path).await.status, 200, "{path}");
        }
        let asked = ehr.asked();
        assert!(asked.len() > before);
        for (path, token) in &asked[before..] {
            assert_eq!(token.patient.as_deref(), Some(patient), "{path}");
            assert_eq!(token.scope.as_deref(), Some("patient/*.rs"), "{path}");
            assert_eq!(token.client_id.as_deref(), Some("patient-portal"));
        }
    }
}

#[tokio::test]
async fn nobody_opens_the_record_of_somebody_else() {
    let (server, ehr) = spawn_with_ehr().await;
    fill(&ehr);
    let mut joseph = Browser::of(&server, "joseph-ross").await;
    for page in [
        "",
        "/laboratory",
        "/download",
        "/download/bundle",
        "/document/DocumentReference/d",
        "/file/DocumentReference/d/0",
    ] {
        let path = format!("/record/{DANIEL}{page}");
        assert_eq!(joseph.get(&server, &path).await.status, 404, "{path}");
        let anonymous = Browser::default().get(&server, &path).await;
        assert_eq!(anonymous.path(), "/login", "{path}");
    }
    assert!(ehr.asked().is_empty());
}

#[tokio::test]
async fn my_record_leads_to_one_s_own_or_to_the_choice() {
    let server = spawn().await;
    let mut daniel = Browser::of(&server, "daniel-adams").await;
    let page = daniel.get(&server, "/record").await;
    assert_eq!(page.location(), format!("/record/{DANIEL}"));
    let mut anna = Browser::of(&server, "anna-bennett").await;
    assert_eq!(anna.get(&server, "/record").await.location(), "/people");
}

#[tokio::test]
async fn what_a_record_says_is_text_and_never_markup() {
    let (server, ehr) = spawn_with_ehr().await;
    fill(&ehr);
    let mut browser = Browser::of(&server, "daniel-adams").await;
    let mut text = String::new();
    for page in [
        "",
        "/problems",
        "/documents",
        "/document/DocumentReference/d",
    ] {
        let page = browser
            .get(&server, &format!("/record/{DANIEL}{page}"))
            .await;
        assert!(!page.text.contains("<script"), "{}", page.text);
        text.push_str(&page.text);
    }
    assert!(text.contains("alert(1)") && text.contains("Doing &#60;well&#62;."));
}

#[tokio::test]
async fn measurements_are_drawn_with_words_and_a_table_beside_them() {
    let (server, ehr) = spawn_with_ehr().await;
    fill(&ehr);
    let mut browser = Browser::of(&server, "daniel-adams").await;
    let page = browser
        .get(&server, &format!("/record/{DANIEL}/laboratory"))
        .await;
    let chart = &page.select("svg[role=img]")[0];
    let ids: Vec<&str> = chart["aria-labelledby"].split(' ').collect();
    for id in ids {
        assert_eq!(page.select(&format!("#{id}")).len(), 1, "{id}");
    }
    assert_eq!(page.select("svg circle").len(), 2);
    assert_eq!(page.select("details table tbody tr").len(), 2);
    for words in ["143 mg/dL", "70 – 99 mg/dL", "4 March 2021"] {
        assert!(page.text.contains(words), "{words}");
    }
}

#[tokio::test]
async fn a_file_is_passed_on_as_nothing_that_a_browser_would_run() {
    let (server, ehr) = spawn_with_ehr().await;
    fill(&ehr);
    let browser = Browser::of(&server, "daniel-adams").await;
    for (number, content_type, status) in [
        (0, "text/plain; charset=utf-8", 200),
        (1, "application/octet-stream", 200),
        (2, "text/html; charset=utf-8", 404),
        (9, "text/html; charset=utf-8", 404),
    ] {
        let path = format!("/record/{DANIEL}/file/DocumentReference/d/{number}");
        let request = server.request(Method::GET, &path);
        let request = request.header("cookie", browser.cookie.clone().unwrap());
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{number}");
        let headers = response.headers();
        assert_eq!(headers["content-type"], content_type);
        assert_eq!(headers["x-content-type-options"], "nosniff");
        if status == 200 {
            let disposition = headers["content-disposition"].to_str().unwrap();
            assert!(disposition.starts_with("attachment;"), "{disposition}");
        }
    }
}

#[tokio::test]
async fn the_whole_record_can_be_taken_along() {
    let (server, ehr) = spawn_with_ehr().await;
    fill(&ehr);
    let mut browser = Browser::of(&server, "daniel-adams").await;
    let bundle = browser
        .get(&server, &format!("/record/{DANIEL}/download/bundle"))
        .await;
    let bundle: Value = serde_json::from_str(&bundle.text).unwrap();
    assert_eq!(bundle["resourceType"], "Bundle");
    let names: Vec<&str> = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["resource"]["resourceType"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 6);
    assert!(names.contains(&"Binary") && names.contains(&"Patient"));
    let lines = browser
        .get(&server, &format!("/record/{DANIEL}/download/ndjson"))
        .await;
    assert_eq!(lines.text.lines().count(), 6);
    for line in lines.text.lines() {
        assert!(serde_json::from_str::<Value>(line).unwrap().is_object());
    }
}

#[tokio::test]
async fn an_unreachable_fhir_server_is_a_clear_page() {
    // Nothing listens on the discard port.
    let server = spawn_with(authz::Configuration {
        fhir_address: Some("http://127.0.0.1:9/fhir".into()),
        ..configuration()
    })
    .await;
    let mut browser = Browser::of(&server, "daniel-adams").await;
    for page in ["", "/laboratory", "/download/bundle"] {
        let page = browser
            .get(&server, &format!("/record/{DANIEL}{page}"))
            .await;
        assert_eq!(page.status, 503);
        assert!(page.text.contains("cannot be reached at the moment"));
    }
}

#[tokio::test]
async fn an_empty_kind_and_an_unknown_one_say_so() {
    let (server, ehr) = spawn_with_ehr().await;
    fill(&ehr);
    let mut browser = Browser::of(&server, "daniel-adams").await;
    let empty = browser
        .get(&server, &format!("/record/{DANIEL}/coverage"))
        .await;
    assert!(empty.status == 200 && empty.text.contains("Nothing of this kind"));
    for nothing in [
        "/nonsense",
        "/document/Patient/x",
        "/document/DocumentReference/..%2fx",
    ] {
        let page = browser
            .get(&server, &format!("/record/{DANIEL}{nothing}"))
            .await;
        assert_eq!(page.status, 404, "{nothing}");
    }
}

#[tokio::test]
async fn the_consent_page_counts_the_person_s_own_record() {
    let (server, ehr) = spawn_with_ehr().await;
    fill(&ehr);
    let mut browser = Browser::default();
    let path = browser.reach_consent(&server, &request(&[]), DANIEL).await;
    let page = browser.get(&server, &path).await;
    assert!(page.text.contains("1 in the record"), "{}", page.text);
    assert!(page.text.contains("0 in the record"));
    for (path, token) in ehr.asked() {
        assert_eq!(token.patient.as_deref(), Some(DANIEL), "{path}");
        assert!(path.contains("_summary=count"), "{path}");
    }
}
