//! Who read a record: people in the portal, apps of others; and signing in on the way to a page.

use serde_json::json;

use crate::fhir::*;
use crate::helpers::*;

const VISIT: &str = "visit-of-daniel";

async fn signed_in(server: &TestServer, user: &str) -> Browser {
    let mut browser = Browser::default();
    browser
        .sign_in(server, "/login", user, "demo-password")
        .await;
    browser
}

#[tokio::test]
async fn a_person_sees_who_opened_their_record_and_what_of_it() {
    let (server, ehr) = spawn_with_ehr().await;
    fill(&ehr);
    let mut anna = signed_in(&server, "anna-bennett").await;
    for page in ["", "/laboratory", "/laboratory"] {
        anna.get(&server, &format!("/record/{DANIEL}{page}")).await;
    }
    let mut daniel = signed_in(&server, "daniel-adams").await;
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
    let mut joseph = signed_in(&server, "joseph-ross").await;
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
    let mut other = signed_in(&server, "daniel-adams").await;
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
    let mut anna = signed_in(&server, "anna-bennett").await;
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
