//! Searches over several types: of the whole server and of compartments.

use serde_json::Value;

use crate::helpers::{SYSTEM, Server, answer, ids};

/// `Type/id` of all matches, in order.
async fn found(server: &Server, path: &str, token: &str) -> Vec<String> {
    let (status, bundle) = server.json(path, token).await;
    assert_eq!(status, 200, "{path}: {bundle}");
    addresses(&bundle)
}

fn addresses(bundle: &Value) -> Vec<String> {
    bundle["entry"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| entry["search"]["mode"] == "match")
        .map(|entry| {
            let resource = &entry["resource"];
            format!(
                "{}/{}",
                resource["resourceType"].as_str().unwrap(),
                resource["id"].as_str().unwrap()
            )
        })
        .collect()
}

/// Everything a walk along `next` meets, and along `previous` back again.
async fn walk(server: &Server, path: &str, token: &str) -> (Vec<String>, Vec<String>) {
    let mut url = format!("{}/{path}", server.base);
    let (mut forward, mut back) = (Vec::new(), Vec::new());
    for (relation, seen) in [("next", &mut forward), ("previous", &mut back)] {
        loop {
            let (status, bundle) = answer(server.request("GET", &url).bearer_auth(token)).await;
            assert_eq!(status, 200, "{url}: {bundle}");
            seen.push(addresses(&bundle));
            match link(&bundle, relation) {
                Some(next) => url = next,
                None => break,
            }
        }
    }
    back.reverse();
    (forward.concat(), back.concat())
}

fn link(bundle: &Value, relation: &str) -> Option<String> {
    bundle["link"]
        .as_array()
        .unwrap()
        .iter()
        .find(|link| link["relation"] == relation)
        .map(|link| link["url"].as_str().unwrap().to_owned())
}

#[actix_web::test]
async fn the_whole_server_is_searched_inside_the_callers_view() {
    let server = Server::start();
    assert_eq!(
        found(&server, "?_type=Patient,Condition", "all-a").await,
        ["Patient/a", "Condition/a-c"]
    );
    assert_eq!(
        found(
            &server,
            "?_type=Patient,Observation&_id=a,a-o1,b-o1",
            "all-a"
        )
        .await,
        ["Patient/a", "Observation/a-o1"]
    );
    let all = found(&server, "?_count=100", "all-a").await;
    assert!(all.len() > 8 && all.iter().all(|address| !address.contains("/b")));
    assert!(!all.iter().any(|address| address.starts_with("Group/")));
    let (_, bundle) = server
        .json("?_type=Condition&_summary=count", "all-a")
        .await;
    assert_eq!(bundle["total"], 1);
}

#[actix_web::test]
async fn a_type_out_of_reach_is_refused_when_named_and_left_out_otherwise() {
    let server = Server::start();
    server
        .tokens
        .issue("conditions", "patient/Condition.rs", Some("a"));
    assert_eq!(
        found(&server, "?_id=a-c,a-o1", "conditions").await,
        ["Condition/a-c"]
    );
    assert_eq!(
        server
            .json("?_type=Condition,Observation", "conditions")
            .await
            .0,
        403
    );
    server.tokens.issue("nothing", "openid", Some("a"));
    assert_eq!(server.json("?_id=a", "nothing").await.0, 403);
    let scope = format!("patient/Observation.rs?category={SYSTEM}|vital-signs");
    server.tokens.issue("vitals", &scope, Some("a"));
    assert_eq!(found(&server, "", "vitals").await, ["Observation/a-o2"]);
    assert_eq!(
        found(&server, "Patient/a/*", "vitals").await,
        ["Observation/a-o2"]
    );
    assert_eq!(found(&server, "Patient/b/*", "vitals").await, [""; 0]);
}

#[actix_web::test]
async fn only_parameters_that_all_types_have_are_taken() {
    let server = Server::start();
    let (status, bundle) = server
        .json("?_type=Patient,Condition&gender=female", "all-a")
        .await;
    assert_eq!((status, ids(&bundle).len()), (200, 2));
    assert!(!link(&bundle, "self").unwrap().contains("gender"));
    let strict = server
        .get("?_type=Patient,Condition&gender=female", "all-a")
        .header("Prefer", "handling=strict");
    assert_eq!(answer(strict).await.0, 400);
    for path in [
        "?_type=Patient,Foo",
        "?_type=Patient&birthdate=x",
        "?_sort=birthdate",
        "?_lastUpdated=gtx",
    ] {
        assert_eq!(server.json(path, "all-a").await.0, 400, "{path}");
    }
    let (status, bundle) = server.json("?_type=Patient&gender=female", "all-a").await;
    assert_eq!((status, ids(&bundle).len()), (200, 1));
}

#[actix_web::test]
async fn a_compartment_holds_what_belongs_to_its_resource() {
    let server = Server::start();
    for (path, want) in [
        (
            "Patient/a/Observation?category=vital-signs",
            "Observation/a-o2",
        ),
        ("Patient/a/Condition", "Condition/a-c"),
        ("Patient/a/Patient", "Patient/a"),
        (
            "Patient/a/*?_type=Condition,DocumentReference",
            "Condition/a-c DocumentReference/a-d",
        ),
        ("Patient/b/Observation", ""),
        ("Patient/b/*", ""),
        ("Patient/nobody/*", ""),
        ("Practitioner/p/Observation", ""),
        ("Practitioner/p/Practitioner", "Practitioner/p"),
        ("Practitioner/p/Provenance", "Provenance/a-prov"),
        ("Encounter/e/Observation", ""),
    ] {
        let want: Vec<_> = want.split_whitespace().collect();
        assert_eq!(found(&server, path, "all-a").await, want, "{path}");
    }
    let all = found(&server, "Patient/a/*", "all-a").await;
    for part in [
        "Patient/a",
        "Condition/a-c",
        "Observation/a-o0",
        "MedicationRequest/a-m",
    ] {
        assert!(all.contains(&part.to_owned()), "{all:?}");
    }
    assert!(!all.contains(&"Organization/o".to_owned()));
    for (path, status) in [
        ("Patient/a/Organization", 400),
        ("Patient/a/Foo", 404),
        ("Organization/o/Patient", 404),
        ("Patient/a/*?_type=Organization", 400),
    ] {
        assert_eq!(server.json(path, "all-a").await.0, status, "{path}");
    }
}

#[actix_web::test]
async fn searches_of_several_types_are_made_by_post_too() {
    let server = Server::start();
    for (path, form, want) in [
        ("_search", ("_type", "Patient"), "Patient/a"),
        ("Patient/a/_search", ("_type", "Condition"), "Condition/a-c"),
        (
            "Patient/a/Observation/_search",
            ("_id", "a-o3"),
            "Observation/a-o3",
        ),
    ] {
        let url = format!("{}/{path}", server.base);
        let post = server
            .request("POST", &url)
            .bearer_auth("all-a")
            .form(&[form]);
        let (status, bundle) = answer(post).await;
        assert_eq!(
            (status, addresses(&bundle)),
            (200, vec![want.to_owned()]),
            "{path}"
        );
    }
}

#[actix_web::test]
async fn pages_over_several_types_lead_forth_and_back() {
    let server = Server::start();
    for query in [
        "",
        "?_sort=-_lastUpdated",
        "?_sort=_id",
        "?_type=Observation,Condition&_sort=-_id",
        "?_type=Observation&_sort=category,-date",
        "?_type=Observation&_sort=performer,-date",
    ] {
        for path in ["", "Patient/a/*"] {
            let mark = if query.is_empty() { '?' } else { '&' };
            let whole = found(&server, &format!("{path}{query}{mark}_count=100"), "all-a").await;
            for count in [1, 2, 3] {
                let paged = format!("{path}{query}{mark}_count={count}");
                let (forward, back) = walk(&server, &paged, "all-a").await;
                assert_eq!(forward, whole, "{paged}");
                assert_eq!(back, whole, "{paged} back");
            }
        }
    }
}

#[actix_web::test]
async fn links_keep_every_parameter_and_lead_to_either_end() {
    let server = Server::start();
    let path = "Observation?status=final&_count=3&_sort=date&_sort=-_id&_count=2";
    let (_, bundle) = server.json(path, "all-a").await;
    let own = format!(
        "{}/Observation?status=final&_sort=date&_sort=-_id&_count=2",
        server.base
    );
    assert_eq!(link(&bundle, "self").unwrap(), own);
    assert_eq!(ids(&bundle), ["a-o0", "a-o1"]);
    assert_eq!(link(&bundle, "previous"), None);
    for relation in ["first", "next", "last"] {
        let url = link(&bundle, relation).unwrap();
        assert!(url.starts_with(&format!("{own}&_cursor=")), "{url}");
        let (_, page) = answer(server.request("GET", &url).bearer_auth("all-a")).await;
        let want = if relation == "first" {
            ["a-o0", "a-o1"]
        } else {
            ["a-o2", "a-o3"]
        };
        assert_eq!(ids(&page), want, "{relation}");
        assert_eq!(link(&page, "self").unwrap(), own);
        assert_eq!(link(&page, "previous").is_some(), relation != "first");
        assert_eq!(
            answer(server.request("GET", &url).bearer_auth("all-b"))
                .await
                .0,
            404
        );
    }
    let (_, whole) = server.json("Observation", "all-a").await;
    assert_eq!(whole["link"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_page_link_may_be_followed_in_another_format() {
    let server = Server::start();
    for path in [
        "Observation?_count=1",
        "Observation?_count=1&_format=json",
        "Observation/_history?_count=1",
    ] {
        let (_, page) = server.json(path, "all-a").await;
        let next = link(&page, "next").unwrap();
        let (status, plain) = answer(server.request("GET", &next).bearer_auth("all-a")).await;
        assert_eq!(status, 200, "{next}");
        let more = format!("{next}&_format=application/fhir%2Bjson&_pretty=true");
        let (status, same) = answer(server.request("GET", &more).bearer_auth("all-a")).await;
        assert_eq!((status, ids(&same)), (200, ids(&plain)), "{more}");
        let other = format!("{next}&status=final");
        let (status, _) = answer(server.request("GET", &other).bearer_auth("all-a")).await;
        assert!(status == 400 || path.contains("_history"), "{other}");
    }
}

#[actix_web::test]
async fn a_page_link_does_not_age_and_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let start = || Server::start_at(server::store::Location::File(folder.path().join("fhir.db")));
    let server = start();
    let (_, page) = server.json("Observation?_count=1", "all-a").await;
    let next = link(&page, "next").unwrap();
    let next = next
        .strip_prefix(&format!("{}/", server.base))
        .unwrap()
        .to_owned();
    let before = server.ids(&next, "all-a").await;
    server.clock.advance(chrono::TimeDelta::days(2));
    assert_eq!(server.ids(&next, "all-a").await, before);
    server.stopped().await;
    let server = start();
    assert_eq!(server.ids(&next, "all-a").await, before);
    assert_eq!(server.json(&next, "all-b").await.0, 404);
}
