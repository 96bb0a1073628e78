//! Searching.

use serde_json::Value;

use crate::helpers::{SYSTEM, Server, answer, ids};

#[actix_web::test]
async fn each_kind_of_value_is_found_and_missed() {
    let server = Server::start();
    for (path, found) in [
        ("Observation?category=laboratory", "a-o0 a-o1"),
        (
            "Observation?category=laboratory,social-history",
            "a-o0 a-o1 a-o3",
        ),
        ("Observation?category:not=laboratory", "a-o2 a-o3"),
        ("Observation?category=http://nobody|laboratory", ""),
        ("Observation?category=http://nobody|", ""),
        ("Observation?category=|laboratory", ""),
        ("Observation?code=1000-0", "a-o0"),
        ("Observation?code=http://loinc.org|1000-0", "a-o0"),
        (
            "Observation?code=http://loinc.org|&category=vital-signs",
            "a-o2",
        ),
        ("Observation?date=2024-02-15", "a-o1"),
        ("Observation?date=2024", "a-o0 a-o1 a-o2 a-o3"),
        ("Observation?date=gt2024-02-15", "a-o2 a-o3"),
        (
            "Observation?date=ge2024-02-15&date=lt2024-04-15",
            "a-o1 a-o2",
        ),
        ("Observation?date=sa2024-03-15", "a-o3"),
        ("Observation?date=eb2024-02-15", "a-o0"),
        ("Observation?date=ne2024-02-15", "a-o0 a-o2 a-o3"),
        ("Observation?date=ap2024-02-15", "a-o0 a-o1 a-o2 a-o3"),
        ("Observation?date=ap2025-12-15", ""),
        ("Observation?value-quantity=2", "a-o1"),
        (
            "Observation?value-quantity=gt2|http://unitsofmeasure.org|mg",
            "a-o2 a-o3",
        ),
        ("Observation?value-quantity=le2||mg", "a-o0 a-o1"),
        ("Observation?value-quantity=2||g", ""),
        ("Observation?value-quantity=2||milligram", "a-o1"),
        ("Observation?performer:missing=true", "a-o0 a-o1 a-o2 a-o3"),
        ("Observation?performer:missing=false", ""),
        ("Patient?name=nunez", "a"),
        ("Patient?name=NÚÑ", "a"),
        ("Patient?family:exact=Núñez-Smith", "a"),
        ("Patient?family:exact=Nunez-Smith", ""),
        ("Patient?family:contains=smi", "a"),
        ("Patient?given=na", ""),
        ("Patient?birthdate=1980-05", "a"),
        ("Patient?gender=female", "a"),
        ("Patient?gender=male", ""),
        ("Condition?onset-date=2015", "a-c"),
        ("MedicationRequest?authoredon=2020-02-03T15:00:00Z", "a-m"),
        ("MedicationRequest?status=active&intent=order", "a-m"),
        ("Observation?_id=a-o1", "a-o1"),
        ("Observation?_id=A-O1", ""),
    ] {
        let want: Vec<_> = found.split_whitespace().collect();
        assert_eq!(server.ids(path, "all-a").await, want, "{path}");
    }
}

#[actix_web::test]
async fn a_code_with_its_system_finds_what_the_code_finds() {
    let server = Server::start();
    let with_system = server
        .ids(
            &format!("Observation?category={SYSTEM}%7Claboratory"),
            "all-a",
        )
        .await;
    assert_eq!(
        with_system,
        server.ids("Observation?category=laboratory", "all-a").await
    );
}

#[actix_web::test]
async fn a_walk_over_pages_of_one_meets_everything_once() {
    let server = Server::start();
    let mut url = format!("{}/Observation?patient=a&_count=1", server.base);
    let mut seen = Vec::new();
    loop {
        let (status, bundle) = answer(server.request("GET", &url).bearer_auth("all-a")).await;
        assert_eq!(status, 200, "{url}");
        seen.extend(ids(&bundle));
        let next = bundle["link"]
            .as_array()
            .unwrap()
            .iter()
            .find(|link| link["relation"] == "next");
        let Some(next) = next else { break };
        url = next["url"].as_str().unwrap().to_owned();
        assert!(
            url.starts_with(&server.base) && url.contains("patient=a") && url.contains("_count=1")
        );
    }
    assert_eq!(seen, ["a-o0", "a-o1", "a-o2", "a-o3"]);
}

#[actix_web::test]
async fn a_periodic_update_yields_what_is_newer_to_the_millisecond() {
    let server = Server::start();
    let (_, bundle) = server.json("Observation", "all-a").await;
    let times: Vec<_> = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            entry["resource"]["meta"]["lastUpdated"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let after = |time: &str| format!("Observation?_lastUpdated=gt{time}");
    assert_eq!(
        server.ids(&after(&times[3]), "all-a").await,
        Vec::<String>::new()
    );
    assert_eq!(
        server.ids(&after(&times[1]), "all-a").await,
        ["a-o2", "a-o3"]
    );
    assert_eq!(server.ids(&after("2016-04-16"), "all-a").await.len(), 4);
    assert_eq!(
        server
            .ids(&after("2016-04-17T04:00:00"), "all-a")
            .await
            .len(),
        4
    );
    assert_eq!(
        server
            .ids(&after("2016-04-17T04:00:00%2B02:00"), "all-a")
            .await
            .len(),
        4
    );
    let both = format!("{}&_lastUpdated=lt{}", after(&times[0]), times[2]);
    assert_eq!(server.ids(&both, "all-a").await, ["a-o1"]);
}

#[actix_web::test]
async fn an_unknown_parameter_is_reported_and_absent_from_self() {
    let server = Server::start();
    let (status, bundle) = server
        .json("Observation?categry=laboratory&status=final", "all-a")
        .await;
    assert_eq!(status, 200);
    assert_eq!(ids(&bundle).len(), 4);
    let outcome = bundle["entry"].as_array().unwrap().last().unwrap();
    assert_eq!(outcome["search"]["mode"], "outcome");
    let text = outcome["resource"]["issue"][0]["diagnostics"]
        .as_str()
        .unwrap();
    assert!(text.contains("Did you mean 'category'?"), "{text}");
    let own = bundle["link"][0]["url"].as_str().unwrap();
    assert_eq!(own, format!("{}/Observation?status=final", server.base));
    let strict = server
        .get("Observation?categry=laboratory", "all-a")
        .header("Prefer", "handling=strict");
    let (status, body) = answer(strict).await;
    assert_eq!(status, 400);
    assert_eq!(body["issue"][0]["code"], "not-supported");
    assert_eq!(body["issue"][0]["expression"][0], "http.categry");
}

#[actix_web::test]
async fn illegal_values_are_400_even_under_lenient_handling() {
    let server = Server::start();
    for query in [
        "_lastUpdated=gtx",
        "date=2023-13",
        "date=zz2020",
        "_count=-1",
        "_count=abc",
        "code=a|b|c",
        "value-quantity=abc||mg",
        "patient=Patient/",
        "_cursor=abc",
        "status=%zz",
    ] {
        let request = server
            .get(&format!("Observation?{query}"), "all-a")
            .header("Prefer", "handling=lenient");
        let (status, body) = answer(request).await;
        assert_eq!(status, 400, "{query}");
        assert_eq!(body["resourceType"], "OperationOutcome", "{query}");
    }
}

#[actix_web::test]
async fn a_stray_question_mark_widens_nothing() {
    let server = Server::start();
    let ids = server
        .ids("Observation?category=laboratory?patient=b", "all-a")
        .await;
    assert!(ids.iter().all(|id| id.starts_with("a-")));
}

#[actix_web::test]
async fn a_search_by_post_is_the_same_search() {
    let server = Server::start();
    let url = format!("{}/Observation/_search?patient=a", server.base);
    let post = || server.request("POST", &url).bearer_auth("all-a");
    let (status, bundle) = answer(post().form(&[("category", "laboratory")])).await;
    assert_eq!(status, 200);
    assert_eq!(ids(&bundle), ["a-o0", "a-o1"]);
    let (status, _) = answer(post().json(&Value::Null)).await;
    assert_eq!(status, 415);
    let long = "x".repeat(100_000);
    let (status, _) = answer(post().form(&[("category", long.as_str())])).await;
    assert_eq!(status, 413);
    let url = format!("{}/Observation/_search", server.base);
    assert_eq!(
        answer(server.request("GET", &url).bearer_auth("all-a"))
            .await
            .0,
        405
    );
}

#[actix_web::test]
async fn the_database_is_not_a_language() {
    let server = Server::start();
    for value in [
        "' OR 1=1 --",
        "\" OR \"\"=\"",
        "a'); DROP TABLE resource; --",
        "%25",
        "*",
        "_",
        "NULL",
    ] {
        for name in ["code", "category", "patient.x", "status"] {
            let request = server.get("Observation", "all-a").query(&[(name, value)]);
            let (status, _) = answer(request).await;
            assert!(status == 200 || status == 400, "{name}={value}: {status}");
        }
    }
    assert_eq!(server.ids("Observation", "all-a").await.len(), 4);
}

#[actix_web::test]
async fn matches_are_sorted_and_pages_follow_the_order() {
    let server = Server::start();
    for (path, order) in [
        ("Observation?_sort=date", "a-o0 a-o1 a-o2 a-o3"),
        ("Observation?_sort=-date", "a-o3 a-o2 a-o1 a-o0"),
        ("Observation?_sort=category,-_id", "a-o1 a-o0 a-o3 a-o2"),
        ("Observation?_sort=-value-quantity", "a-o3 a-o2 a-o1 a-o0"),
        ("Observation?_sort=-_lastUpdated", "a-o3 a-o2 a-o1 a-o0"),
        ("Observation?_sort=performer,-date", "a-o3 a-o2 a-o1 a-o0"),
    ] {
        let want: Vec<_> = order.split(' ').collect();
        assert_eq!(server.ids(path, "all-a").await, want, "{path}");
        let mut url = format!("{}/{path}&_count=1", server.base);
        let mut walked = Vec::new();
        loop {
            let (_, bundle) = answer(server.request("GET", &url).bearer_auth("all-a")).await;
            walked.extend(ids(&bundle));
            let Some(next) = bundle["link"]
                .as_array()
                .unwrap()
                .iter()
                .find(|link| link["relation"] == "next")
            else {
                break;
            };
            url = next["url"].as_str().unwrap().to_owned();
        }
        assert_eq!(walked, want, "{path}, page by page");
    }
    for path in [
        "Observation?_sort=foo",
        "Observation?_sort=-",
        "Observation?_include=Foo:bar",
        "Observation?_include=Patient",
    ] {
        assert_eq!(server.json(path, "all-a").await.0, 400, "{path}");
    }
}

async fn with_included(server: &Server, path: &str, token: &str) -> Vec<String> {
    let (status, bundle) = server.json(path, token).await;
    assert_eq!(status, 200, "{path}: {bundle}");
    let mut ids: Vec<_> = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["search"]["mode"] == "include")
        .map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

#[actix_web::test]
async fn references_are_followed_both_ways_inside_the_callers_view() {
    let server = Server::start();
    for (path, included) in [
        ("Condition?_include=Condition:subject", "a"),
        ("Condition?_include=Condition:subject:Group", ""),
        ("Condition?_include=Condition:*", "a"),
        ("Condition?_include=*", "a"),
        ("Condition?_revinclude=Provenance:target", "a-prov"),
        (
            "Condition?_revinclude=Provenance:target&_include:iterate=Provenance:agent",
            "a-prov p",
        ),
        (
            "Condition?_revinclude=Provenance:target&_include=Provenance:agent",
            "a-prov",
        ),
        (
            "Patient?_revinclude=Observation:subject",
            "a-o0 a-o1 a-o2 a-o3",
        ),
        ("Patient?_revinclude=Group:member", ""),
        ("Patient?_revinclude=Observation:subject:Group", ""),
    ] {
        let want: Vec<_> = included.split_whitespace().collect();
        assert_eq!(with_included(&server, path, "all-a").await, want, "{path}");
    }
    server
        .tokens
        .issue("conditions", "patient/Condition.rs", Some("a"));
    let path = "Condition?_include=Condition:subject&_revinclude=Provenance:target";
    assert_eq!(
        with_included(&server, path, "conditions").await,
        Vec::<String>::new()
    );
    let scope = format!("patient/Patient.rs patient/Observation.rs?category={SYSTEM}|vital-signs");
    server.tokens.issue("vitals", &scope, Some("a"));
    let path = "Patient?_revinclude=Observation:subject";
    assert_eq!(with_included(&server, path, "vitals").await, ["a-o2"]);
}

#[actix_web::test]
async fn chains_look_through_references_inside_the_callers_view() {
    let server = Server::start();
    for (path, found) in [
        ("Condition?subject:Patient.name=nunez", "a-c"),
        ("Condition?patient.family=nunez", "a-c"),
        ("Condition?subject.name=nobody", ""),
        ("Condition?subject:Patient._id=b", ""),
        (
            "Provenance?target:Condition.subject:Patient.gender=female",
            "a-prov",
        ),
        ("Patient?_has:Condition:subject:onset-date=2015", "a"),
        ("Patient?_has:Condition:subject:onset-date=2016", ""),
        (
            "Patient?_has:Observation:subject:_has:Provenance:target:agent=p",
            "",
        ),
        ("Patient?_has:Group:member:type=person", ""),
    ] {
        let want: Vec<_> = found.split_whitespace().collect();
        let (status, bundle) = server.json(path, "all-a").await;
        if path.contains("Group") {
            assert_eq!(status, 403, "{path}");
            continue;
        }
        assert_eq!(status, 200, "{path}: {bundle}");
        assert_eq!(ids(&bundle), want, "{path}");
    }
    server
        .tokens
        .issue("conditions", "patient/Condition.rs", Some("a"));
    assert_eq!(
        server
            .json("Condition?subject:Patient.name=nunez", "conditions")
            .await
            .0,
        403
    );
    server
        .tokens
        .issue("patient", "patient/Patient.rs", Some("a"));
    assert_eq!(
        server
            .json("Patient?_has:Condition:subject:code=59621000", "patient")
            .await
            .0,
        403
    );
    for path in [
        "Condition?subject:Foo.name=x",
        "Patient?_has:Condition:subject",
        "Condition?a.b.c.d.e=1",
        "Provenance?target:Provenance.target:Provenance.target:Provenance.target:Provenance.target=x",
    ] {
        let request = server
            .get(path, "all-a")
            .header("Prefer", "handling=strict");
        assert_eq!(answer(request).await.0, 400, "{path}");
    }
}

#[actix_web::test]
async fn a_modifier_that_is_not_offered_never_widens_a_search() {
    let server = Server::start();
    for query in [
        "patient:foo=a",
        "patient:Practitioner=x",
        "code:foo=x",
        "date:exact=2020",
        "status:exact:contains=a",
        "_filter=x",
        "_query=x",
        "_summary=maybe",
    ] {
        let (status, _) = server.json(&format!("Observation?{query}"), "all-a").await;
        assert_eq!(status, 400, "{query}");
    }
    for query in ["_summary=count&_count=2", "_count=2&_summary=count"] {
        let (_, bundle) = server.json(&format!("Observation?{query}"), "all-a").await;
        assert_eq!(
            (bundle["total"].as_u64(), bundle.get("entry")),
            (Some(4), None),
            "{query}"
        );
    }
    let (status, bundle) = server.json("Observation?_count=&_total=", "all-a").await;
    assert_eq!((status, ids(&bundle).len()), (200, 4));
}

#[actix_web::test]
async fn the_mirror_understands_the_urls_it_prints() {
    let server = Server::start();
    let open = format!("{}/api/open-fhir", server.origin);
    let url = format!("{open}/Observation?patient={open}/Patient/a");
    let (_, bundle) = answer(server.request("GET", &url)).await;
    assert_eq!(ids(&bundle).len(), 4);
}
