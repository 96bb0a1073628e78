//! Who read a record: people in the portal, apps of others; and signing in on the way to a page.

use serde_json::json;
use smart::introspection::{DISCLOSURES, Disclosure};

use crate::fhir::*;
use crate::helpers::*;

const VISIT: &str = "visit-of-daniel";

#[tokio::test]
async fn a_person_sees_who_opened_their_record_and_what_of_it() {
    let (server, ehr) = spawn_with_ehr().await;
    fill(&ehr);
    let mut anna = Browser::of(&server, "anna-bennett").await;
    for page in ["", "/laboratory", "/laboratory"] {
        anna.get(&server, &format!("/record/{DANIEL}{page}")).await;
    }
    let mut daniel = Browser::of(&server, "daniel-adams").await;
    let page = daniel.get(&server, "/activity").await;
    assert_eq!(page.select("#reading tbody tr").len(), 1);
    for words in [
        "Dr. Anna Bennett, in this portal",
        "Laboratory results (2), Overview of the record (1)",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    // She sees what she did, and not who else read the record of her patient.
    daniel.get(&server, &format!("/record/{DANIEL}")).await;
    let page = anna.get(&server, "/activity").await;
    assert_eq!(page.select("#reading tbody tr").len(), 1);
    assert!(page.text.contains("You, in this portal"));
    let mut joseph = Browser::of(&server, "joseph-ross").await;
    let page = joseph.get(&server, "/activity").await;
    assert!(page.select("#reading").is_empty() && page.text.contains("Nobody has read anything."));
}

#[tokio::test]
async fn whoever_must_sign_in_first_comes_to_the_page_they_asked_for() {
    let server = spawn().await;
    let mut browser = Browser::default();
    let wanted = "/launch?app=demo-app&user=anna-bennett&intent=a%26b";
    let page = browser.get(&server, wanted).await;
    let login = page.location().to_owned();
    let form = browser.get(&server, &login).await;
    assert_eq!(form.select("#username")[0]["value"], "anna-bennett");
    let wrong = browser
        .sign_in(&server, &login, "anna-bennett", "wrong")
        .await;
    assert_eq!(wrong.select("#login")[0]["action"], login);
    let page = browser
        .sign_in(&server, &login, "anna-bennett", "demo-password")
        .await;
    assert_eq!(page.location(), wanted);
    // Signing in as somebody else keeps the settings.
    let csrf = browser.get(&server, wanted).await.csrf();
    let fields = [("csrf_token", csrf.as_str()), ("next", wanted)];
    let page = browser.post(&server, "/logout", &fields).await;
    assert_eq!(page.location(), login);
    let mut other = Browser::of(&server, "daniel-adams").await;
    let csrf = other.get(&server, "/launch").await.csrf();
    let fields = [("csrf_token", csrf.as_str()), ("next", "//evil.example")];
    assert_eq!(
        other.post(&server, "/logout", &fields).await.location(),
        "/"
    );
}

#[tokio::test]
async fn a_launch_offers_the_visits_of_its_patient_and_no_others() {
    let (server, ehr) = spawn_with_ehr().await;
    fill(&ehr);
    ehr.hold(
        json!({"of": DANIEL, "resource": {"resourceType": "Encounter", "id": VISIT,
        "type": [{"text": "Follow-up"}], "period": {"start": "2024-03-04"}}}),
    );
    let mut anna = Browser::of(&server, "anna-bennett").await;
    let visits = |page: &Page| -> Vec<String> {
        let options = page.select("#encounter option");
        options
            .iter()
            .map(|option| option["value"].clone())
            .collect()
    };
    let path = format!("/launch?app=demo-app&patient={DANIEL}&encounter={VISIT}");
    let page = anna.get(&server, &path).await;
    assert_eq!(visits(&page), ["", "(none)", VISIT]);
    assert!(page.text.contains("4 March 2024 · Follow-up"));
    let page = anna
        .get(&server, &format!("/launch?app=demo-app&patient={AMY}"))
        .await;
    assert_eq!(visits(&page), ["", "(none)"]);
    let csrf = page.csrf();
    for (patient, visit, status) in [
        (DANIEL, VISIT, 303),
        (AMY, VISIT, 400),
        (AMY, "(none)", 303),
    ] {
        let fields = [
            ("csrf_token", csrf.as_str()),
            ("app", "demo-app"),
            ("patient", patient),
            ("encounter", visit),
        ];
        let answer = anna.post(&server, "/launch", &fields).await;
        assert_eq!(answer.status, status, "{patient} {visit}");
    }
    let fields = [
        ("csrf_token", csrf.as_str()),
        ("app", "demo-app"),
        ("patient", DANIEL),
        ("encounter", "of-somebody-else"),
        ("do", "visits"),
    ];
    let page = anna.post(&server, "/launch", &fields).await;
    let want = format!("/launch?app=demo-app&user=anna-bennett&patient={DANIEL}");
    assert_eq!(page.location(), want);
}

/// An app of Dr. Anna Bennett that may read her patients; it began with Amy.
async fn professional_token(server: &TestServer) -> String {
    let pairs = request(&[("scope", Some("launch/patient user/*.rs"))]);
    let mut anna = Browser::default();
    let path = anna
        .reach_consent_as(server, "anna-bennett", &pairs, AMY)
        .await;
    let location = anna.agree(server, &path).await;
    let code = query_of(&location).remove("code").unwrap();
    let (status, tokens) = server.token(None, &exchange(&code)).await;
    assert_eq!(status, 200, "{tokens}");
    tokens["access_token"].as_str().unwrap().to_owned()
}

async fn readings(server: &TestServer, user: &str) -> String {
    let page = Browser::of(server, user)
        .await
        .get(server, "/activity")
        .await;
    page.text
        .split("id=\"activity\"")
        .next()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn what_a_professional_s_app_read_is_told_by_whose_data_it_was_with_the_app_and_the_person() {
    let server = spawn().await;
    let token = professional_token(&server).await;
    let purpose = "Observation?category=laboratory";
    let patients = [DANIEL.to_owned()];
    for _ in 0..2 {
        server
            .in_process
            .introspect_for(&token, purpose)
            .await
            .unwrap();
        let disclosure = Disclosure {
            token: &token,
            purpose,
            patients: &patients,
        };
        server.in_process.disclosed(disclosure).await.unwrap();
    }
    let daniel = readings(&server, "daniel-adams").await;
    for words in [
        "for Dr. Anna Bennett",
        "Daniel Adams",
        "Laboratory results (2)",
    ] {
        assert!(daniel.contains(words), "{words}: {daniel}");
    }
    // Amy's record was where it began, and was not read; Joseph's neither.
    assert!(!daniel.contains("Amy Shaw"), "{daniel}");
    let joseph = readings(&server, "joseph-ross").await;
    assert!(joseph.contains("Nobody has read anything."));
    let anna = readings(&server, "anna-bennett").await;
    assert!(
        anna.contains("Daniel Adams") && !anna.contains("Amy Shaw"),
        "{anna}"
    );
}

#[tokio::test]
async fn only_a_resource_server_tells_of_disclosures_and_what_it_tells_is_checked() {
    let server = spawn().await;
    let token = professional_token(&server).await;
    let many = vec!["p"; 1001].join(" ");
    for (basic, patients, status) in [
        (None, DANIEL, 401),
        (Some("rs:wrong"), DANIEL, 401),
        (Some(BASIC), DANIEL, 400),
        (Some(RESOURCE_SERVER), "", 400),
        (Some(RESOURCE_SERVER), "a/b", 400),
        (Some(RESOURCE_SERVER), "<script>", 400),
        (Some(RESOURCE_SERVER), many.as_str(), 400),
        (Some(RESOURCE_SERVER), DANIEL, 204),
    ] {
        let form = [
            ("token", token.as_str()),
            ("purpose", "Condition"),
            ("patients", patients),
        ];
        let response = server.form(DISCLOSURES, basic, &form).await;
        assert_eq!(response.status(), status, "{basic:?} {patients}");
    }
    let unknown = [("token", "unknown"), ("patients", DANIEL)];
    let response = server
        .form(DISCLOSURES, Some(RESOURCE_SERVER), &unknown)
        .await;
    assert_eq!(response.status(), 204);
    let daniel = readings(&server, "daniel-adams").await;
    assert!(
        daniel.contains("Problems (1)") || daniel.contains("for Dr. Anna Bennett"),
        "{daniel}"
    );
}
