//! Pages in Spanish: what is not Spanish in them says so, and errors are Spanish too.

use scraper::{ElementRef, Html, Selector};
use serde_json::{Value, json};

use crate::fhir::*;
use crate::helpers::*;

/// In every word of the record of these tests.
const MARK: &str = "Zq";

fn in_spanish() -> Browser {
    Browser {
        language: Some("s4s-language=es".into()),
        ..Browser::default()
    }
}

async fn daniel(server: &TestServer) -> Browser {
    let mut browser = in_spanish();
    browser
        .sign_in(server, "/login", "daniel-adams", "demo-password")
        .await;
    browser
}

/// Each text of the body that holds `mark`, with the language it is in.
fn spoken(page: &Page, mark: &str) -> Vec<(String, String)> {
    let html = Html::parse_document(&page.text);
    let body = Selector::parse("body").unwrap();
    let body = html.select(&body).next().unwrap();
    let mut found = Vec::new();
    for node in body.descendants() {
        let text = node.value().as_text().map(|text| text.to_string());
        let attributes = node.value().as_element().map(|element| {
            let read = ["alt", "aria-label"]
                .into_iter()
                .filter_map(|name| element.attr(name));
            read.collect::<Vec<_>>().join(" ")
        });
        let Some(text) = text.or(attributes).filter(|text| text.contains(mark)) else {
            continue;
        };
        let own = std::iter::once(node).chain(node.ancestors());
        let language = own
            .filter_map(ElementRef::wrap)
            .find_map(|element| element.attr("lang").map(str::to_owned));
        found.push((text, language.unwrap_or_default()));
    }
    found
}

fn hold(ehr: &Ehr, language: Option<&str>) {
    let resources = [
        json!({"resourceType": "Patient", "id": DANIEL, "birthDate": "1943-12-23", "maritalStatus": {"text": "Zq married"}}),
        json!({"resourceType": "Condition", "id": "c", "code": {"text": "Zq gout"}, "severity": {"text": "Zq severe"}, "recordedDate": "2020-01-01"}),
        json!({"resourceType": "DocumentReference", "id": "d", "type": {"text": "Zq note"}, "date": "2022-02-02",
        "content": [
            {"attachment": {"contentType": "text/plain", "title": "Zq file", "data": "WnEgdGV4dA=="}},
            {"attachment": {"contentType": "image/png", "title": "Zq picture", "data": "iVBORw0KGgo="}},
        ]}),
    ];
    let measured = [("2020-01-02", 91), ("2021-03-04", 143)].map(|(day, value)| {
        json!({"resourceType": "Observation", "id": day, "code": {"text": "Zq glucose"},
            "effectiveDateTime": day, "valueQuantity": {"value": value, "unit": "mg/dL"},
            "interpretation": [{"coding": [{"code": "HX", "display": "Zq high"}]}],
            "referenceRange": [{"text": "Zq below 99"}]})
    });
    for mut resource in resources.into_iter().chain(measured) {
        if let Some(language) = language {
            resource["language"] = json!(language);
        }
        ehr.hold(json!({"of": DANIEL, "resource": resource}));
    }
}

async fn marked(language: Option<&str>, want: &str) {
    let (server, ehr) = spawn_with_ehr().await;
    hold(&ehr, language);
    let mut browser = daniel(&server).await;
    for (path, least) in [
        ("", 2),
        ("/patient", 1),
        ("/problems", 2),
        ("/laboratory", 5),
        ("/documents", 1),
        ("/document/DocumentReference/d", 4),
    ] {
        let page = browser
            .get(&server, &format!("/record/{DANIEL}{path}"))
            .await;
        assert_eq!(page.status, 200, "{path}");
        let found = spoken(&page, MARK);
        assert!(found.len() >= least, "{path}: {found:?}");
        for (text, language) in found {
            // The text alternative of a drawing is one text; its title is marked.
            if !text.contains("mediciones") {
                assert_eq!(language, want, "{path}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn words_of_a_record_are_read_out_as_english_on_a_spanish_page() {
    marked(None, "en").await;
}

#[tokio::test]
async fn words_of_a_record_that_are_spanish_are_read_out_as_such() {
    marked(Some("es-US"), "es").await;
}

#[tokio::test]
async fn what_an_app_says_is_in_no_language_that_is_known_and_scopes_are_english() {
    let server = spawn().await;
    let mut browser = in_spanish();
    let path = browser.reach_consent(&server, &request(&[]), DANIEL).await;
    let page = browser.get(&server, &path).await;
    for (mark, want) in [("demo@app.example", ""), ("patient/Condition.rs", "en")] {
        let found = spoken(&page, mark);
        assert!(!found.is_empty(), "{mark}");
        assert!(
            found.iter().all(|(_, language)| language == want),
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn the_registration_form_says_in_spanish_which_field_is_wrong() {
    let server = spawn().await;
    let mut browser = daniel(&server).await;
    for (field, value, words) in [
        (
            "redirect_uris",
            "http://elsewhere.example/",
            "URI de redirección debe ser https",
        ),
        ("method", "nonsense", "token_endpoint_auth_method debe ser"),
        ("launch_url", "javascript:1", "launch_url debe ser https"),
    ] {
        let form = browser.get(&server, "/developers/register").await;
        let mut pairs = vec![
            ("csrf_token", form.csrf()),
            ("client_name", "x".into()),
            ("redirect_uris", REDIRECT.into()),
            ("method", "none".into()),
        ];
        pairs.retain(|(name, _)| *name != field);
        pairs.push((field, value.into()));
        let page = browser.post(&server, "/developers/register", &pairs).await;
        assert_eq!(page.status, 400, "{field}");
        let found = spoken(&page, words);
        assert_eq!(found.len(), 1, "{field}: {}", page.text);
        assert_eq!(found[0].1, "es");
        let blamed = page.select("[aria-invalid=true][aria-describedby=error]");
        assert_eq!(blamed.len(), 1, "{field}");
        assert_eq!(blamed[0]["name"], field);
    }
}

#[tokio::test]
async fn the_mistake_of_an_app_is_told_in_spanish_and_whoever_is_signed_in_stays_so() {
    let server = spawn().await;
    let client: Value = server
        .register(&json!({"redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none"}))
        .await;
    let mut browser = daniel(&server).await;
    let wrong = request(&[
        ("client_id", client["client_id"].as_str()),
        ("redirect_uri", Some("https://app.example/cb")),
        ("code_challenge", None),
    ]);
    let page = browser.authorize(&server, &wrong).await;
    assert_eq!(page.status, 400);
    assert!(
        page.text
            .contains("<code>invalid_request</code>: falta code_challenge"),
        "{}",
        page.text
    );
    assert!(page.text.contains("Daniel Adams"));
    let nowhere = browser.get(&server, "/nothing").await;
    assert_eq!(nowhere.status, 404);
    assert!(nowhere.text.contains("Daniel Adams") && nowhere.text.contains("Aquí no hay nada"));
    let stranger = Browser::default().get(&server, "/nothing").await;
    assert!(
        stranger.select("form").is_empty(),
        "no form without a cookie"
    );
}
