//! Terminology operations: what is known is told, what is not is said to be unknown.

use serde_json::{Value, json};

use crate::helpers::{Server, answer};

const CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
const GENDER: &str = "http://hl7.org/fhir/administrative-gender";
const GENDERS: &str = "http://hl7.org/fhir/ValueSet/administrative-gender";

/// The value of a parameter of the answer.
fn value<'a>(parameters: &'a Value, name: &str) -> Option<&'a Value> {
    let members = parameters["parameter"].as_array()?;
    let member = members.iter().find(|member| member["name"] == name)?;
    let values = member.as_object()?.iter();
    values
        .filter(|(key, _)| key.starts_with("value"))
        .map(|(_, value)| value)
        .next()
}

/// Asks with a token that sees no resource but its patient's.
async fn ask(server: &Server, path: &str) -> Value {
    let (status, body) = server.json(path, "all-a").await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

async fn refusal(server: &Server, path: &str) -> (u16, String) {
    let (status, body) = server.json(path, "all-a").await;
    assert_eq!(body["resourceType"], "OperationOutcome", "{path}");
    (
        status,
        body["issue"][0]["diagnostics"].as_str().unwrap().to_owned(),
    )
}

#[actix_web::test]
async fn a_code_is_looked_up() {
    let server = Server::start();
    let path = format!("CodeSystem/$lookup?system={CLINICAL}&code=active");
    let found = ask(&server, &path).await;
    assert_eq!(value(&found, "display"), Some(&json!("Active")));
    let children: Vec<_> = found["parameter"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|member| member["part"][0]["valueCode"] == "child")
        .map(|member| member["part"][1]["valueCode"].as_str().unwrap())
        .collect();
    assert_eq!(children, ["recurrence", "relapse"]);
    let coding = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "coding", "valueCoding": { "system": "http://loinc.org", "code": "85354-9" } }
    ]});
    let (status, found) = answer(server.post("CodeSystem/$lookup", "all-a", &coding)).await;
    assert_eq!(status, 200, "{found}");
    assert!(value(&found, "display").is_some());
}

#[actix_web::test]
async fn what_is_not_known_is_not_looked_up() {
    let server = Server::start();
    for (path, status, said) in [
        (
            format!("CodeSystem/$lookup?system={GENDER}&code=x"),
            404,
            "is not a code of",
        ),
        (
            "CodeSystem/$lookup?system=http://loinc.org&code=0-0".to_owned(),
            404,
            "Only a part of",
        ),
        (
            "CodeSystem/$lookup?system=http://www.ama-assn.org/go/cpt&code=99213".to_owned(),
            404,
            "is not known here",
        ),
        ("CodeSystem/$lookup?code=x".to_owned(), 400, "'system'"),
        (
            format!("CodeSystem/$lookup?system={GENDER}"),
            400,
            "Send a code",
        ),
    ] {
        let (found, diagnostics) = refusal(&server, &path).await;
        assert_eq!(found, status, "{path}");
        assert!(diagnostics.contains(said), "{diagnostics}");
    }
}

#[actix_web::test]
async fn a_version_that_is_not_known_is_not_answered_from_another() {
    let server = Server::start();
    for (path, known) in [
        (
            format!("CodeSystem/$lookup?system={GENDER}&code=male&version=4.0.1"),
            true,
        ),
        (
            format!("CodeSystem/$lookup?system={GENDER}&code=male&version=3.0.2"),
            false,
        ),
        (
            format!("CodeSystem/$lookup?system={GENDER}|3.0.2&code=male"),
            false,
        ),
        (
            format!("CodeSystem/$validate-code?url={GENDER}|4.0.1&code=male"),
            true,
        ),
        (
            format!("CodeSystem/$validate-code?url={GENDER}|3.0.2&code=male"),
            false,
        ),
        (
            format!("CodeSystem/$validate-code?url={GENDER}&version=3.0.2&code=male"),
            false,
        ),
        (
            format!("CodeSystem/$subsumes?system={GENDER}&codeA=male&codeB=male&version=4.0.1"),
            true,
        ),
        (
            format!("CodeSystem/$subsumes?system={GENDER}&codeA=male&codeB=male&version=5"),
            false,
        ),
        (
            "CodeSystem/$lookup?system=http://loinc.org&code=85354-9&version=2.80".to_owned(),
            false,
        ),
    ] {
        if known {
            ask(&server, &path).await;
        } else {
            let (status, said) = refusal(&server, &path).await;
            assert_eq!(status, 404, "{path}");
            assert!(said.contains("Version '"), "{said}");
        }
    }
}

#[actix_web::test]
async fn codes_are_compared_by_the_hierarchy() {
    let server = Server::start();
    for (left, right, outcome) in [
        ("active", "relapse", "subsumes"),
        ("relapse", "active", "subsumed-by"),
        ("active", "active", "equivalent"),
        ("active", "inactive", "not-subsumed"),
    ] {
        let path = format!("CodeSystem/$subsumes?system={CLINICAL}&codeA={left}&codeB={right}");
        let found = ask(&server, &path).await;
        assert_eq!(value(&found, "outcome"), Some(&json!(outcome)));
    }
    let loinc = "CodeSystem/$subsumes?system=http://loinc.org&codeA=85354-9&codeB=8480-6";
    let (status, said) = refusal(&server, loinc).await;
    assert!(
        status == 404 && said.contains("without its hierarchy"),
        "{said}"
    );
    let half = format!("CodeSystem/$subsumes?system={CLINICAL}&codeA=active");
    assert_eq!(refusal(&server, &half).await.0, 400);
}

#[actix_web::test]
async fn a_code_of_a_system_is_checked() {
    let server = Server::start();
    for (query, result) in [
        ("code=male", true),
        ("code=Male", false),
        ("code=male&display=MALE", true),
        ("code=male&display=Man", false),
    ] {
        let path = format!("CodeSystem/$validate-code?url={GENDER}&{query}");
        let found = ask(&server, &path).await;
        assert_eq!(value(&found, "result"), Some(&json!(result)), "{query}");
        assert_eq!(value(&found, "message").is_some(), !result, "{query}");
    }
    let loinc = "CodeSystem/$validate-code?url=http://loinc.org&code=0-0";
    assert_eq!(refusal(&server, loinc).await.0, 404);
}

#[actix_web::test]
async fn a_code_of_a_value_set_is_checked() {
    let server = Server::start();
    for (system, result) in [(GENDER, true), ("http://example.org", false)] {
        let path = format!("ValueSet/$validate-code?url={GENDERS}|4.0.1&system={system}&code=male");
        let found = ask(&server, &path).await;
        assert_eq!(value(&found, "result"), Some(&json!(result)));
    }
    let several = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "url", "valueUri": GENDERS },
        { "name": "codeableConcept", "valueCodeableConcept": { "coding": [
            { "system": "http://example.org", "code": "m" },
            { "system": GENDER, "code": "male" }
        ]}}
    ]});
    let (status, found) = answer(server.post("ValueSet/$validate-code", "all-a", &several)).await;
    assert_eq!((status, value(&found, "result")), (200, Some(&json!(true))));
    for (path, status) in [
        (
            "ValueSet/$validate-code?url=http://example.org/vs&system=a&code=b".to_owned(),
            404,
        ),
        (
            format!("ValueSet/$validate-code?system={GENDER}&code=male"),
            400,
        ),
        (
            format!("ValueSet/$validate-code?url={GENDERS}&code=male"),
            400,
        ),
    ] {
        assert_eq!(refusal(&server, &path).await.0, status, "{path}");
    }
}

fn codes(value_set: &Value) -> Vec<&str> {
    let contains = value_set["expansion"]["contains"].as_array();
    contains
        .into_iter()
        .flatten()
        .map(|contained| contained["code"].as_str().unwrap())
        .collect()
}

#[actix_web::test]
async fn a_value_set_is_expanded_filtered_and_paged() {
    let server = Server::start();
    let all = ask(&server, &format!("ValueSet/$expand?url={GENDERS}")).await;
    assert_eq!(codes(&all), ["male", "female", "other", "unknown"]);
    assert_eq!(all["expansion"]["total"], 4);
    assert_eq!(all["expansion"]["contains"][1]["display"], "Female");
    let male = ask(
        &server,
        &format!("ValueSet/$expand?url={GENDERS}&filter=MALE"),
    )
    .await;
    assert_eq!(codes(&male), ["male", "female"]);
    let page = ask(
        &server,
        &format!("ValueSet/$expand?url={GENDERS}&offset=1&count=2"),
    )
    .await;
    assert_eq!(codes(&page), ["female", "other"]);
    assert_eq!(
        (&page["expansion"]["total"], &page["expansion"]["offset"]),
        (&json!(4), &json!(1))
    );
    let race = ask(
        &server,
        "ValueSet/$expand?url=http://hl7.org/fhir/us/core/ValueSet/detailed-race&count=1",
    )
    .await;
    assert_eq!(race["expansion"]["total"], 917);
    let version_3 = ask(
        &server,
        "ValueSet/$expand?url=http://terminology.hl7.org/ValueSet/v3-AddressUse",
    )
    .await;
    assert!(codes(&version_3).len() > 10);
}

#[actix_web::test]
async fn an_expansion_is_never_invented() {
    let server = Server::start();
    for (path, status) in [
        ("ValueSet/$expand".to_owned(), 400),
        ("ValueSet/$expand?url=http://example.org/vs".to_owned(), 404),
        (
            "ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/condition-code".to_owned(),
            404,
        ),
        (format!("ValueSet/$expand?url={GENDERS}&count=-1"), 400),
        (
            format!("ValueSet/$expand?url={GENDERS}&context=Patient.gender"),
            400,
        ),
    ] {
        assert_eq!(refusal(&server, &path).await.0, status, "{path}");
    }
    assert_eq!(server.json("ValueSet/$expand", "garbage").await.0, 401);
}

#[actix_web::test]
async fn a_code_is_translated_both_ways() {
    let server = Server::start();
    let there = format!(
        "ConceptMap/$translate?system={GENDER}&code=male&targetsystem=http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender"
    );
    let found = ask(&server, &there).await;
    assert_eq!(value(&found, "result"), Some(&json!(true)));
    let translation = &found["parameter"].as_array().unwrap()[1];
    assert_eq!(translation["part"][1]["valueCoding"]["code"], "M");
    let back = "ConceptMap/$translate?url=http://hl7.org/fhir/ConceptMap/cm-administrative-gender-v3&system=http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender&code=F&reverse=true";
    let found = ask(&server, back).await;
    assert_eq!(
        found["parameter"][1]["part"][1]["valueCoding"]["code"],
        "female"
    );
    let none = ask(
        &server,
        "ConceptMap/$translate?system=http://loinc.org&code=85354-9",
    )
    .await;
    assert_eq!(value(&none, "result"), Some(&json!(false)));
    let unknown =
        format!("ConceptMap/$translate?url=http://example.org/map&system={GENDER}&code=male");
    assert_eq!(refusal(&server, &unknown).await.0, 404);
}

#[actix_web::test]
async fn searches_follow_value_sets_and_hierarchies() {
    let server = Server::start();
    let in_set = server
        .json(
            "Condition?clinical-status:in=http://hl7.org/fhir/ValueSet/condition-clinical",
            "all-a",
        )
        .await;
    assert_eq!(in_set.0, 200, "{}", in_set.1);
    let below = server
        .json(
            &format!("Condition?clinical-status:below={CLINICAL}|active"),
            "all-a",
        )
        .await;
    assert_eq!(below.0, 200, "{}", below.1);
    let partly_known = server
        .json("Observation?code:below=http://loinc.org|85354-9", "all-a")
        .await;
    assert_eq!(partly_known.0, 400, "{}", partly_known.1);
}
