//! What CARIN Blue Button asks of Coverage and `ExplanationOfBenefit`.

use serde_json::{Value, json};

use crate::helpers::{Server, records, shared_records, sources};

fn claims(patient: &str) -> Vec<Value> {
    let claim = |name: &str, kind: &str, number: &str| {
        json!({
            "resourceType": "ExplanationOfBenefit", "id": format!("{patient}-{name}"), "status": "active", "use": "claim",
            "type": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": kind }] },
            "identifier": [{ "system": "http://claims", "value": number }],
            "patient": { "reference": format!("Patient/{patient}") }, "created": "2025-02-01", "outcome": "complete",
            "insurer": { "reference": "Organization/payer" }, "provider": { "reference": "Organization/o" },
            "payee": { "party": { "reference": "Practitioner/p" } },
            "careTeam": [{ "sequence": 1, "provider": { "reference": "Practitioner/p" } }],
            "insurance": [{ "focal": true, "coverage": { "reference": format!("Coverage/{patient}-cov") } }],
        })
    };
    let mut institutional = claim("inst", "institutional", "1");
    institutional["billablePeriod"] = json!({ "start": "2025-01-10", "end": "2025-01-14" });
    let mut pharmacy = claim("pharm", "pharmacy", "2");
    pharmacy["item"] = json!([{ "sequence": 1, "productOrService": { "text": "x" }, "servicedDate": "2025-03-05" }]);
    let mut professional = claim("prof", "professional", "3");
    professional["item"] = json!([{ "sequence": 1, "productOrService": { "text": "x" },
        "servicedPeriod": { "start": "2025-05-01", "end": "2025-05-09" } }]);
    vec![
        json!({ "resourceType": "Coverage", "id": format!("{patient}-cov"), "status": "active",
            "beneficiary": { "reference": format!("Patient/{patient}") }, "payor": [{ "reference": "Organization/payer" }] }),
        institutional,
        pharmacy,
        professional,
    ]
}

fn world() -> Vec<server::load::Source> {
    let mut resources = shared_records();
    resources.push(json!({ "resourceType": "Organization", "id": "payer", "name": "Payer" }));
    for patient in ["a", "b"] {
        resources.extend(records(patient));
        resources.extend(claims(patient));
    }
    sources(resources)
}

#[actix_web::test]
async fn claims_are_found_by_every_carin_parameter() {
    let server = Server::start_in(world());
    for (criteria, wanted) in [
        ("", &["a-inst", "a-pharm", "a-prof"][..]),
        ("&type=pharmacy", &["a-pharm"]),
        (
            "&type=http://terminology.hl7.org/CodeSystem/claim-type|institutional",
            &["a-inst"],
        ),
        ("&identifier=http://claims|3", &["a-prof"]),
        ("&service-date=2025-01-12", &[]),
        (
            "&service-date=ge2025-01-12&service-date=le2025-03-31",
            &["a-inst", "a-pharm"],
        ),
        ("&service-date=2025-03-05", &["a-pharm"]),
        ("&service-date=ge2025-05-05", &["a-prof"]),
        ("&service-start-date=2025-01-10", &["a-inst"]),
        ("&service-start-date=2025-03-05", &["a-pharm"]),
        ("&service-start-date=2025-05-01", &["a-prof"]),
        ("&service-start-date=ge2025-05-05", &[]),
        ("&billable-period-start=2025-01-10", &["a-inst"]),
        ("&insurer=Organization/payer&type=professional", &["a-prof"]),
    ] {
        let mut ids = server
            .ids(
                &format!("ExplanationOfBenefit?patient=a{criteria}"),
                "all-a",
            )
            .await;
        ids.sort();
        assert_eq!(ids, wanted, "{criteria}");
    }
    assert_eq!(
        server.ids("ExplanationOfBenefit?patient=b", "all-a").await,
        [""; 0]
    );
    for parameter in ["beneficiary", "patient"] {
        assert_eq!(
            server
                .ids(&format!("Coverage?{parameter}=Patient/a"), "all-a")
                .await,
            ["a-cov"]
        );
    }
}

#[actix_web::test]
async fn what_a_claim_names_comes_along() {
    let server = Server::start_in(world());
    for (include, wanted) in [
        ("patient", &["Patient/a"][..]),
        ("provider", &["Organization/o"]),
        ("care-team", &["Practitioner/p"]),
        ("coverage", &["Coverage/a-cov"]),
        ("insurer", &["Organization/payer"]),
        ("payee", &["Practitioner/p"]),
        (
            "*",
            &[
                "Coverage/a-cov",
                "Organization/o",
                "Organization/payer",
                "Patient/a",
                "Practitioner/p",
            ],
        ),
    ] {
        let path = format!(
            "ExplanationOfBenefit?patient=a&type=pharmacy&_include=ExplanationOfBenefit:{include}"
        );
        let (status, bundle) = server.json(&path, "all-a").await;
        assert_eq!(status, 200, "{bundle}");
        let mut included: Vec<String> = bundle["entry"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| entry["search"]["mode"] == "include")
            .map(|entry| {
                format!(
                    "{}/{}",
                    entry["resource"]["resourceType"].as_str().unwrap(),
                    entry["resource"]["id"].as_str().unwrap()
                )
            })
            .collect();
        included.sort();
        assert_eq!(included, wanted, "{include}");
    }
    let (_, bundle) = server
        .json("Coverage?patient=a&_include=Coverage:payor", "all-a")
        .await;
    assert_eq!(bundle["entry"][1]["resource"]["id"], "payer");
}

#[actix_web::test]
async fn the_statement_names_the_parameters_of_carin() {
    let server = Server::start();
    let (_, statement) = server.json("metadata", "all-a").await;
    let of = statement["rest"][0]["resource"]
        .as_array()
        .unwrap()
        .iter()
        .find(|resource| resource["type"] == "ExplanationOfBenefit")
        .unwrap();
    for name in [
        "type",
        "service-date",
        "service-start-date",
        "billable-period-start",
        "insurer",
    ] {
        let row = of["searchParam"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["name"] == name)
            .unwrap();
        assert_eq!(
            row["definition"],
            format!("http://hl7.org/fhir/us/carin-bb/SearchParameter/explanationofbenefit-{name}")
        );
    }
}
