//! `_contained`: searches that look into resources for those they contain.

use serde_json::{Value, json};

use crate::helpers::{Server, answer, ids, sources, world};
use crate::shelf::Shelf;

fn drug(id: &str, code: &str) -> Value {
    json!({ "resourceType": "Medication", "id": id,
        "code": { "coding": [{ "system": "http://drugs", "code": code }], "text": "Name of a drug" },
        "ingredient": [{ "itemReference": { "reference": "Substance/s" } }] })
}

fn order(id: &str, patient: &str, codes: &[&str]) -> Value {
    let inside = codes.iter().zip(0..);
    let inside: Vec<_> = inside
        .map(|(code, at)| drug(&format!("m{at}"), code))
        .collect();
    json!({ "resourceType": "MedicationRequest", "id": id, "status": "active", "intent": "order",
        "subject": { "reference": format!("Patient/{patient}") }, "authoredOn": "2024-01-01",
        "medicationReference": { "reference": "#m0" }, "contained": inside })
}

fn orders() -> Vec<Value> {
    let mut list = json!({ "resourceType": "List", "id": "l", "status": "current", "mode": "working",
        "subject": { "reference": "Patient/a" }, "entry": [{ "item": { "reference": "#d" } }] });
    list["contained"] = json!([drug("d", "x"),
        { "resourceType": "Practitioner", "id": "w", "name": [{ "family": "Who" }] }]);
    vec![
        json!({ "resourceType": "Substance", "id": "s", "code": { "text": "Salt" } }),
        drug("itself", "x"),
        order("a1", "a", &["x", "y"]),
        order("a2", "a", &["z"]),
        order("b1", "b", &["x"]),
        list,
    ]
}

fn start() -> Server {
    let mut world = world();
    world.extend(sources(orders()));
    let server = Server::start_in(world);
    server.tokens.issue_to_service("every", "system/*.cruds");
    server
}

#[test]
fn containers_are_found_by_what_they_contain() {
    Shelf::of(&orders()).check(&[
        ("Medication?code=x", "itself"),
        ("Medication?_contained=false&code=x", "itself"),
        ("Medication?_contained=true&code=x", "a1 b1 l"),
        (
            "Medication?_contained=both&code=http://drugs|x",
            "a1 b1 itself l",
        ),
        ("Medication?_contained=true&code=x&code=y", ""),
        ("Medication?_contained=true&code=x,y", "a1 b1 l"),
        ("Medication?_contained=true&code:not=x", "a1 a2"),
        ("Medication?_contained=true&code:text=drug", "a1 a2 b1 l"),
        ("Medication?_contained=true&code:missing=true", ""),
        ("Medication?_contained=true&_id=m1", "a1"),
        (
            "Medication?_contained=true&ingredient=Substance/s&_containedType=container",
            "a1 a2 b1 l",
        ),
        (
            "Medication?_contained=true&ingredient:Substance.code:text=salt&code=z",
            "a2",
        ),
        (
            "Medication?_contained=true&_filter=code eq y or code eq z",
            "a1 a2",
        ),
        ("Practitioner?_contained=true&family=who", "l"),
        ("Practitioner?_contained=true", "l"),
        ("Practitioner?family=who", ""),
    ]);
}

#[test]
fn rebuilding_the_index_finds_the_contained_again() {
    let store = Shelf::of(&orders()).store;
    let before = store.index_digest().unwrap();
    store.reindex(|_| ()).unwrap();
    assert_eq!(store.index_digest().unwrap(), before);
    assert!(
        before
            .last()
            .is_some_and(|contained| contained.lines().count() == 6)
    );
}

#[test]
fn what_a_contained_resource_has_not_cannot_be_asked() {
    Shelf::of(&orders()).refuse(&[
        "Medication?_contained=yes",
        "Medication?_contained=true&_containedType=contained",
        "Medication?_contained=true&_sort=code",
        "Medication?_contained=true&_include=Medication:manufacturer",
        "Medication?_contained=true&_lastUpdated=gt2020",
        "Medication?_contained=true&_content=x",
        "Medication?_contained=true&_filter=_lastUpdated gt 2020",
        "Medication?_contained=true&_has:List:item:_id=l",
    ]);
}

#[actix_web::test]
async fn only_containers_in_reach_are_found() {
    let server = start();
    server
        .tokens
        .issue("orders", "patient/MedicationRequest.rs", Some("a"));
    server
        .tokens
        .issue("drugs", "patient/Medication.rs", Some("a"));
    server.tokens.issue(
        "both",
        "patient/Medication.rs patient/MedicationRequest.rs",
        Some("a"),
    );
    let search = "Medication?_contained=true&code=x";
    for (token, found) in [
        ("every", "a1 b1 l"),
        ("all-a", "a1 l"),
        ("all-b", "b1"),
        ("both", "a1"),
    ] {
        let mut seen = server.ids(search, token).await;
        seen.sort();
        assert_eq!(seen.join(" "), found, "{token}");
        let counted = server
            .json(&format!("{search}&_summary=count"), token)
            .await
            .1;
        assert_eq!(counted["total"], seen.len(), "{token}");
    }
    for token in ["orders", "drugs"] {
        let (status, _) = server.json(search, token).await;
        // The drugs themselves contain nothing, so a search of them alone finds nothing.
        assert_eq!(status, if token == "drugs" { 200 } else { 403 }, "{token}");
    }
    assert!(server.ids(search, "drugs").await.is_empty());
}

#[actix_web::test]
async fn pages_and_links_say_what_was_asked() {
    let server = start();
    let (_, page) = server
        .json("Medication?_contained=both&code=x&_count=2", "every")
        .await;
    let link = |page: &Value, relation: &str| {
        let links = page["link"].as_array().unwrap();
        let found = links.iter().find(|link| link["relation"] == relation);
        found.map(|link| link["url"].as_str().unwrap().to_owned())
    };
    let own = link(&page, "self").unwrap();
    assert!(
        own.contains("/Medication?") && own.contains("_contained=both"),
        "{own}"
    );
    let next = link(&page, "next").unwrap();
    let (_, rest) = answer(server.request("GET", &next).bearer_auth("every")).await;
    let mut all = [ids(&page), ids(&rest)].concat();
    all.sort();
    assert_eq!(all.join(" "), "a1 b1 itself l");
    assert_eq!(link(&rest, "next"), None);
}

#[actix_web::test]
async fn what_is_no_longer_contained_is_no_longer_found() {
    let server = start();
    let found = async |search: &str| server.ids(search, "every").await.join(" ");
    let mut changed = order("b1", "b", &["new"]);
    let url = format!("{}/MedicationRequest/b1", server.base);
    let write = |method: &str, body: &Value| {
        server
            .request(method, &url)
            .bearer_auth("every")
            .header("Content-Type", "application/fhir+json")
            .body(body.to_string())
    };
    assert_eq!(answer(write("PUT", &changed)).await.0, 200);
    assert_eq!(found("Medication?_contained=true&code=x").await, "a1 l");
    assert_eq!(found("Medication?_contained=true&code=new").await, "b1");
    changed["contained"] = json!([drug("m0", "newer")]);
    assert_eq!(answer(write("PUT", &changed)).await.0, 200);
    assert_eq!(found("Medication?_contained=true&code=new").await, "");
    assert_eq!(answer(write("DELETE", &Value::Null)).await.0, 204);
    assert_eq!(found("Medication?_contained=true&code=newer").await, "");
}
