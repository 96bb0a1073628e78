//! The index follows the table of parameters and the rules of extraction.

use fhir::resource_type::ResourceType;
use serde_json::json;
use server::access::restriction::Restriction;
use server::load::load;
use server::problem::Problem;
use server::search::page::Position;
use server::search::plan::{Plan, SearchView, unchained};
use server::search::query::{Handling, Query};
use server::store::{Limits, Location, Store, Window};

use crate::helpers::world;
use crate::shelf::{CONTEXT, Shelf, source};

fn open(path: &std::path::Path) -> Store {
    Store::open(&Location::File(path.to_owned()), "", Limits::default()).unwrap()
}

/// What another version of the program would have left: fewer rows, another mark.
fn age(path: &std::path::Path) {
    let database = rusqlite::Connection::open(path).unwrap();
    database
        .execute_batch(
            "DELETE FROM token; UPDATE property SET value = 'another' WHERE name = 'search-parameters'",
        )
        .unwrap();
}

#[test]
fn an_index_of_another_version_is_noticed_and_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fhir.db");
    let store = open(&path);
    assert!(store.index_is_current().unwrap());
    load(&store, world().into_iter(), 1).unwrap();
    let whole = store.index_digest().unwrap();
    drop(store);
    age(&path);
    let store = open(&path);
    assert!(!store.index_is_current().unwrap());
    assert_ne!(store.index_digest().unwrap(), whole);
    let mut told = Vec::new();
    store.reindex(|done| told.push(done)).unwrap();
    assert_eq!(told, [world().len() as u64]);
    assert!(store.index_is_current().unwrap());
    assert_eq!(store.index_digest().unwrap(), whole);
}

#[test]
fn a_load_that_another_version_began_does_not_pass_for_current() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fhir.db");
    let store = open(&path);
    load(&store, world().into_iter().take(5), 1).unwrap();
    drop(store);
    age(&path);
    let store = open(&path);
    load(&store, world().into_iter(), 1).unwrap();
    assert!(!store.index_is_current().unwrap());
}

#[test]
fn a_walk_is_narrow_or_wide_and_finds_the_same() {
    // More of one kind than a narrow walk takes, and one that is rare.
    let mut resources: Vec<_> = (0..2_500)
        .map(|at| {
            let word = if at == 777 { "rare" } else { "frequent" };
            json!({ "resourceType": "Basic", "id": format!("b{at}"), "code": { "coding": [{ "code": word }, { "system": "http://s", "code": "kind" }] },
                "subject": { "reference": if at == 777 { "Patient/one" } else { "Patient/many" } } })
        })
        .collect();
    for (id, family) in [("one", "Rarely"), ("many", "Often")] {
        resources
            .push(json!({ "resourceType": "Patient", "id": id, "name": [{ "family": family }] }));
    }
    let shelf = Shelf::of(&resources);
    shelf.check(&[
        ("Basic?code=rare", "b777"),
        ("Basic?code=rare&code=frequent", ""),
        ("Basic?subject:Patient.name=rarely", "b777"),
        ("Basic?code=frequent&subject:Patient.name=rarely", ""),
        ("Patient?_has:Basic:subject:code=rare", "one"),
        ("Patient?_has:Basic:subject:code=frequent", "many"),
        ("Basic?code=rare,nothing", "b777"),
        // One value of many resources, and one of few that the other walk leads to.
        (
            "Basic?code=http://s|kind&subject:Patient.name=rarely",
            "b777",
        ),
        ("Basic?code=http://s|kind&code=rare", "b777"),
    ]);
    let found = shelf.find("Basic?code=frequent").unwrap();
    assert_eq!(found.split(' ').count(), 2_499);
}

#[test]
fn a_search_that_takes_too_long_is_given_up() {
    let limits = Limits {
        search: std::time::Duration::ZERO,
        ..Limits::default()
    };
    let store = Store::open(&Location::Memory, "impatient", limits).unwrap();
    let sources: Vec<_> = (0..2_500)
        .map(|at| source(&json!({ "resourceType": "Basic", "id": format!("b{at}"), "code": { "text": "x" } })))
        .collect();
    load(&store, sources.into_iter(), 1).unwrap();
    let basic = ResourceType::parse("Basic").unwrap();
    let pairs = [("code:text".to_owned(), "nothing".to_owned())];
    let query = Query::parse(basic, &pairs, Handling::Strict, &CONTEXT).unwrap();
    let view = SearchView {
        searched: &Restriction::none(),
        chained: &unchained,
    };
    let plan = Plan::search(&query, &view);
    let window = Window {
        from: Position::start(i64::MAX),
        limit: 10,
    };
    let problem: Problem = store.search(&plan, &window).unwrap_err().into();
    assert_eq!(
        (problem.kind.status(), problem.kind.code()),
        (503, "timeout")
    );
}
