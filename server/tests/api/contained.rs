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
fn what_is_contained_is_found_by_the_database_and_in_memory() {
    let shelf = Shelf::of(&orders());
    let check = |criteria: &str, found: &str| {
        let search = format!("{criteria}&_contained=true&_containedType=contained");
        shelf.check(&[(search.as_str(), found)]);
    };
    for (criteria, found) in [
        ("Medication?code=x", "a1#m0 b1#m0 l#d"),
        ("Medication?code=x,y", "a1#m0 a1#m1 b1#m0 l#d"),
        ("Medication?code=x&code=y", ""),
        ("Medication?code:not=x", "a1#m1 a2#m0"),
        ("Medication?_id=m1", "a1#m1"),
        (
            "Medication?ingredient:Substance.code:text=salt&code=z",
            "a2#m0",
        ),
        ("Medication?_filter=code eq y or code eq z", "a1#m1 a2#m0"),
        ("Medication?code:missing=true", ""),
        ("Practitioner?family=who", "l#w"),
    ] {
        check(criteria, found);
    }
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
        "Medication?_contained=true&_containedType=both",
        "Medication?_contained=both&_containedType=contained",
        "Medication?_contained=true&_sort=code",
        "Medication?_contained=true&_include=Medication:manufacturer",
        "Medication?_contained=true&_lastUpdated=gt2020",
        "Medication?_contained=true&_content=x",
        "Medication?_contained=true&_filter=_lastUpdated gt 2020",
        "Medication?_contained=true&_has:List:item:_id=l",
    ]);
}

async fn entries(server: &Server, path: &str, token: &str) -> (Value, Vec<(String, String)>) {
    let (status, bundle) = server.json(path, token).await;
    assert_eq!(status, 200, "{path}: {bundle}");
    let entries = bundle["entry"].as_array().into_iter().flatten();
    let entries = entries.map(|entry| {
        let url = entry["fullUrl"].as_str().unwrap();
        let address = url.rsplit_once("/api/fhir/").unwrap().1.to_owned();
        let code = &entry["resource"]["code"]["coding"][0]["code"];
        (address, code.as_str().unwrap_or_default().to_owned())
    });
    let entries = entries.collect();
    (bundle, entries)
}

#[actix_web::test]
async fn what_is_contained_is_shown_under_the_address_of_its_container() {
    let server = start();
    let path = "Medication?_contained=true&_containedType=contained&code=x,y&_total=accurate";
    let pair = |address: &str, code: &str| (address.to_owned(), code.to_owned());
    let all = [
        pair("MedicationRequest/a1#m0", "x"),
        pair("MedicationRequest/a1#m1", "y"),
        pair("MedicationRequest/b1#m0", "x"),
        pair("List/l#d", "x"),
    ];
    let (bundle, found) = entries(&server, path, "every").await;
    assert_eq!(found, all);
    assert_eq!(bundle["total"], 4);
    assert_eq!(bundle["entry"][1]["resource"]["resourceType"], "Medication");
    assert_eq!(bundle["entry"][1]["resource"]["id"], "m1");
    assert_eq!(bundle["entry"][1]["search"]["mode"], "match");

    // A page holds as many as were asked for, wherever they are contained.
    let (mut page, mut found) = entries(&server, &format!("{path}&_count=1"), "every").await;
    assert_eq!(page["total"], 4);
    while let Some(next) = link(&page, "next") {
        assert!(next.contains("_containedType=contained"), "{next}");
        let more;
        (page, more) = entries(&server, &next, "every").await;
        assert_eq!(more.len(), 1);
        found.extend(more);
    }
    assert_eq!(found, all);
    // From the last page back to the first, two at a time: a container may end on another page.
    let (page, _) = entries(&server, &format!("{path}&_count=2"), "every").await;
    let last = link(&page, "last").unwrap();
    let (page, found) = entries(&server, &last, "every").await;
    assert_eq!(found, all[2..]);
    assert_eq!(link(&page, "next"), None);
    let (page, found) = entries(&server, &link(&page, "previous").unwrap(), "every").await;
    assert_eq!(found, all[..2]);
    assert_eq!(link(&page, "previous"), None);
    let (_, found) = entries(&server, &link(&page, "first").unwrap(), "every").await;
    assert_eq!(found, all[..2]);

    let (bundle, _) = entries(&server, &format!("{path}&_summary=count"), "every").await;
    assert_eq!(
        (&bundle["total"], &bundle["entry"]),
        (&json!(4), &Value::Null)
    );
    for elements in ["code", "Medication.code"] {
        let path = format!("{path}&_elements={elements}");
        let (bundle, _) = entries(&server, &path, "every").await;
        let resource = &bundle["entry"][0]["resource"];
        assert_eq!(resource.get("ingredient"), None, "{elements}");
    }
}

fn link(bundle: &Value, relation: &str) -> Option<String> {
    let links = bundle["link"].as_array().into_iter().flatten();
    let mut links = links.filter(|link| link["relation"] == relation);
    let url = links.next()?["url"].as_str()?;
    Some(url.rsplit_once("/api/fhir/").unwrap().1.to_owned())
}

#[actix_web::test]
async fn what_is_contained_is_shown_to_those_who_may_see_its_container() {
    let server = start();
    let path = "Medication?_contained=true&_containedType=contained&code=x";
    for (token, scope, wanted) in [
        (
            "both",
            "patient/Medication.rs patient/MedicationRequest.rs",
            &["MedicationRequest/a1#m0"][..],
        ),
        (
            "list",
            "patient/Medication.rs patient/List.rs",
            &["List/l#d"],
        ),
        ("neither", "patient/Medication.rs patient/Condition.rs", &[]),
    ] {
        server.tokens.issue(token, scope, Some("a"));
        let (bundle, found) = entries(&server, path, token).await;
        let found: Vec<_> = found.into_iter().map(|(address, _)| address).collect();
        assert_eq!(found, wanted, "{token}");
        assert_eq!(bundle["total"], wanted.len(), "{token}");
    }
    for scope in ["patient/MedicationRequest.rs", "patient/List.rs"] {
        server.tokens.issue("only", scope, Some("a"));
        assert_eq!(server.json(path, "only").await.0, 403, "{scope}");
    }
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
