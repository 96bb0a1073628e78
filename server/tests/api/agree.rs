//! The two evaluators of a plan, the database and memory, admit the same resources.

use std::sync::LazyLock;

use fhir::resource_type::ResourceType;
use proptest::prelude::*;
use serde_json::json;
use server::access::restriction::{Alternative, Restriction, View};
use server::load::{incoming, load};
use server::search::index::Key;
use server::search::matches::{Candidate, Surroundings};
use server::search::page::Position;
use server::search::plan::{Condition, Plan, SearchView, unchained};
use server::search::query::{Clause, Context, Handling, Query};
use server::search::reference::Target;
use server::search::terminology::Published;
use server::store::{Incoming, Limits, Location, Store, StoreError, Transaction, Window};

use crate::helpers::{SYSTEM, world};
use crate::shelf::Shelf;

const CONTEXT: Context<'static> = Context {
    base: "http://x",
    now: chrono::DateTime::UNIX_EPOCH,
    terminology: &Published,
};

static WORLD: LazyLock<(Store, Vec<Incoming>)> = LazyLock::new(|| {
    let store = Store::open(&Location::Memory, "agree", Limits::default()).unwrap();
    load(&store, world().into_iter(), 1).unwrap();
    let resources = world().into_iter().map(|source| incoming(source).unwrap());
    (store, resources.collect())
});

/// The conditions tried here ask about no other resource.
struct Alone;

impl Surroundings for Alone {
    fn is_referred_to(&self, _: &str, _: ResourceType, _: Key, _: &Condition) -> bool {
        unreachable!("no condition about other resources")
    }

    fn is_seen(&self, _: &Target, _: &[(ResourceType, Condition)]) -> bool {
        unreachable!("no condition about contexts")
    }
}

const PARAMETERS: &[(&str, &[&str])] = &[
    (
        "category",
        &[
            "laboratory",
            "vital-signs",
            "http://nobody|",
            "|laboratory",
            "LABORATORY",
        ],
    ),
    ("category:not", &["laboratory", "nothing"]),
    (
        "_sort",
        &["date", "-date", "-_id", "_lastUpdated", "code,-date"],
    ),
    ("code:text", &["glucose", "x"]),
    (
        "category:in",
        &["http://hl7.org/fhir/ValueSet/administrative-gender"],
    ),
    (
        "code-value-quantity",
        &[
            "1000-0$1",
            "1001-0$gt1||mg",
            "1001-0$le0.002|http://unitsofmeasure.org|g",
        ],
    ),
    (
        "code",
        &[
            "1000-0",
            "http://loinc.org|",
            "http://loinc.org|1001-0",
            "1000-0,http://loinc.org|1001-0",
            "http://loinc.org|1000-0,http://loinc.org|1001-0",
        ],
    ),
    (
        "date",
        &[
            "2024",
            "gt2024-02-15",
            "ne2024-03-15",
            "le2024-02",
            "sa2024-01-15",
            "eb2024-12",
            "ap2024-02-15",
            "2024-01-15,2024-02-15",
        ],
    ),
    (
        "value-quantity",
        &[
            "2",
            "gt2",
            "le3||mg",
            "ap2.1",
            "ne1",
            "2|http://unitsofmeasure.org|mg",
            "2||g",
            "0.002|http://unitsofmeasure.org|g",
            "gt2000|http://unitsofmeasure.org|ug",
        ],
    ),
    ("patient", &["a", "Patient/b", "http://elsewhere/Patient/1"]),
    ("subject", &["a", "Patient/a"]),
    ("performer:missing", &["true", "false"]),
    ("status", &["final", "amended"]),
    ("_id", &["a-o0,b-o1", "A-O0"]),
    (
        "_lastUpdated",
        &["gt2025-01-01", "lt2025-09-23T00:00:10Z", "2025-09"],
    ),
];

fn clause() -> impl Strategy<Value = (String, String)> {
    (0..PARAMETERS.len(), any::<prop::sample::Index>()).prop_map(|(at, index)| {
        let (name, values) = PARAMETERS[at];
        (
            name.to_owned(),
            values[index.index(values.len())].to_owned(),
        )
    })
}

fn restriction() -> impl Strategy<Value = Restriction> {
    let observation = ResourceType::parse("Observation").unwrap();
    let labs = Clause::parse(
        observation,
        "category",
        &format!("{SYSTEM}|laboratory"),
        &CONTEXT,
    )
    .unwrap();
    let alternative = (
        prop_oneof![Just(None), Just(Some("a")), Just(Some("b"))],
        any::<bool>(),
    )
        .prop_map(move |(patient, constrained)| Alternative {
            view: patient.map_or(View::Everything, |id: &str| View::Patient(id.into())),
            criteria: if constrained {
                vec![labs.clone()]
            } else {
                Vec::new()
            },
        });
    prop::collection::vec(alternative, 0..3).prop_map(|alternatives| Restriction { alternatives })
}

proptest! {
    #[test]
    fn the_database_and_memory_admit_the_same(
        pairs in prop::collection::vec(clause(), 0..4),
        restriction in restriction(),
    ) {
        let observation = ResourceType::parse("Observation").unwrap();
        let query = Query::parse(observation, &pairs, Handling::Strict, &CONTEXT).unwrap();
        let view = SearchView { searched: &restriction, chained: &unchained };
        let plan = Plan::search(&query, &view);
        let (store, resources) = &*WORLD;
        let from = Position::start(i64::MAX);
        let found = store.search(&plan, &Window { from, limit: 1000 }).unwrap();
        let mut by_database: Vec<_> = found.into_iter().map(|found| found.stored.id).collect();
        by_database.sort();
        prop_assert_eq!(by_database.len() as u64, store.count(&plan).unwrap());
        // The driver is a condition too.
        let whole = Condition::All(Plan::search_conditions(&query, &view));
        let mut in_memory: Vec<_> = resources
            .iter()
            .filter(|resource| resource.resource_type == observation)
            .filter(|resource| {
                let candidate = Candidate { id: &resource.id, updated: resource.updated, rows: &resource.rows };
                whole.admits(candidate, &Alone)
            })
            .map(|resource| resource.id.clone())
            .collect();
        in_memory.sort();
        prop_assert_eq!(by_database, in_memory, "{:?}", pairs);
    }
}

#[test]
fn rebuilding_the_index_changes_nothing() {
    let store = Store::open(&Location::Memory, "rebuild", Limits::default()).unwrap();
    load(&store, world().into_iter(), 2).unwrap();
    let before = store.index_digest().unwrap();
    store.reindex(|_| ()).unwrap();
    assert_eq!(store.index_digest().unwrap(), before);
}

/// One resource of each sort that the searches below can tell apart.
static SHELF: LazyLock<Shelf> = LazyLock::new(|| {
    let mut resources = Vec::new();
    for at in 0..24_u32 {
        let status = ["final", "amended", "preliminary"][at as usize % 3];
        let said = ["Glucose in blood", "Pulse"][at as usize % 2];
        let unit = ["mg", "g", "ug", "{score}"][at as usize % 4];
        let mut observation = json!({ "resourceType": "Observation", "id": format!("o{at}"),
            "status": status,
            "code": { "text": said,
                "coding": [{ "system": "http://loinc.org", "code": format!("{}-1", at % 5) }] },
            "subject": { "reference": format!("Patient/p{}", at % 3), "display": "Ann of Oz" },
            "text": { "status": "generated", "div": format!("<div>word{} common</div>", at % 4) } });
        if at % 2 == 0 {
            observation["valueQuantity"] = json!({ "value": at, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit });
        }
        if at % 3 == 0 {
            observation["effectiveDateTime"] = json!(format!("2024-0{}-10", 1 + at % 9));
            observation["component"] = json!([
                { "code": { "coding": [{ "code": "x" }] }, "valueQuantity": { "value": at } },
                { "code": { "coding": [{ "code": "y" }] }, "valueQuantity": { "value": 100 - at } }]);
        }
        if at % 4 == 0 {
            observation["performer"] = json!([{ "identifier": { "system": "http://s", "value": format!("d{}", at % 8) } }]);
        }
        resources.push(observation);
    }
    for (at, family) in ["Smith", "Smythe", "Jones"].into_iter().enumerate() {
        resources.push(
            json!({ "resourceType": "Patient", "id": format!("p{at}"), "active": at > 0,
            "name": [{ "family": family }], "birthDate": format!("19{at}0") }),
        );
    }
    Shelf::of(&resources)
});

const CRITERIA: &[&str] = &[
    "status=final",
    "status:not=final,amended",
    "status:in=http://hl7.org/fhir/ValueSet/observation-status",
    "code=1-1,2-1",
    "code=http://loinc.org|3-1",
    "code:text=glu blo",
    "code:missing=false",
    "value-quantity=gt5",
    "value-quantity=8||ug",
    "value-quantity=le0.012|http://unitsofmeasure.org|g",
    "value-quantity=ne4|http://unitsofmeasure.org|mg",
    "date=2024-04,2024-07",
    "date=ge2024-05",
    "date:missing=true",
    "component-code-value-quantity=x$gt10",
    "component-code-value-quantity=y$lt90,x$3",
    "subject=p1",
    "subject:Patient=Patient/p2",
    "subject:text=oz",
    "subject:Patient.name=sm",
    "subject.active=true",
    "performer:identifier=http://s|d4",
    "performer:missing=false",
    "_text=word1 or word2",
    "_content=common and glucose",
    "_id=o1,o2,o3,o4,o5,o6",
    "_id:not=o1",
];

const TESTS: &[&str] = &[
    "status eq final",
    "status ne final",
    "code eq 1-1",
    "code ne http://loinc.org|1-1",
    "value-quantity gt 10",
    "value-quantity eq 8|http://unitsofmeasure.org|ug",
    "value-quantity ne 8",
    "date pr true",
    "date po 2024-04",
    "date ne 2024-04",
    "subject re Patient/p1",
    "subject ne Patient/p1",
    "subject:Patient.name co yth",
    "subject:Patient.name ew s",
    "subject:Patient.birthdate lt 1910",
    "_id ne o3",
    "component-code-value-quantity eq x$3",
];

fn filter() -> impl Strategy<Value = String> {
    let test = (0..TESTS.len()).prop_map(|at| TESTS[at].to_owned());
    test.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| format!("not ({inner})")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.join(" and ")),
            prop::collection::vec(inner, 2..4)
                .prop_map(|parts| format!("({})", parts.join(" or "))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_kind_of_criterion_means_the_same_to_both(
        criteria in prop::collection::vec((0..CRITERIA.len()).prop_map(|at| CRITERIA[at]), 0..4),
        filters in prop::collection::vec(filter(), 0..2),
    ) {
        let mut parts: Vec<String> = criteria.iter().map(|part| (*part).to_owned()).collect();
        parts.extend(filters.iter().map(|filter| format!("_filter={filter}")));
        // Finding compares the two.
        let search = format!("Observation?{}", parts.join("&"));
        let found = SHELF.find(&search);
        prop_assert!(found.is_ok(), "{}: {:?}", search, found);
    }
}

#[test]
fn dates_mean_the_same_along_a_chart() {
    let timed = |id: &str, events: &[&str]| {
        json!({ "resourceType": "Observation", "id": id, "status": "final", "code": { "text": "x" },
            "subject": { "reference": "Patient/a" }, "effectiveTiming": { "event": events } })
    };
    let none = json!({ "resourceType": "Observation", "id": "none", "status": "final",
        "code": { "text": "x" }, "subject": { "reference": "Patient/a" } });
    Shelf::of(&[
        timed("one", &["2024-02-10"]),
        timed("two", &["2024-01-10", "2024-03-10"]),
        none,
        json!({ "resourceType": "Patient", "id": "a" }),
    ])
    .check(&[
        ("Observation?patient=a", "none one two"),
        ("Observation?patient=a&date=2024-02", "one"),
        ("Observation?patient=a&date=2024", "one two"),
        ("Observation?patient=a&date=ne2024-02", "two"),
        ("Observation?patient=a&date=lt2024-02", "two"),
        ("Observation?patient=a&date=gt2024-02", "two"),
        ("Observation?patient=a&date:missing=true", "none"),
        (
            "Observation?patient=a&_filter=not (date eq 2024-02)",
            "none two",
        ),
    ]);
}

#[test]
fn a_chart_follows_what_is_written() {
    let store = Store::open(&Location::Memory, "follows", Limits::default()).unwrap();
    let result = |patient: &str, code: &str| {
        let json = json!({ "resourceType": "Observation", "id": "o", "status": "final",
            "code": { "coding": [{ "system": "http://loinc.org", "code": code }] },
            "subject": { "reference": format!("Patient/{patient}") } });
        incoming(crate::shelf::source(&json)).unwrap()
    };
    let put = |resource: Incoming, version| {
        let change = move |transaction: &Transaction<'_>| transaction.put(resource, version);
        store.change::<_, StoreError>(change).unwrap();
    };
    let same_as_rebuilt = || {
        let before = store.index_digest().unwrap();
        store.reindex(|_| ()).unwrap();
        assert_eq!(store.index_digest().unwrap(), before);
    };
    put(result("a", "1"), 1);
    put(result("b", "2"), 2);
    same_as_rebuilt();
    let ty = ResourceType::parse("Observation").unwrap();
    let delete = move |transaction: &Transaction<'_>| transaction.delete(ty, "o", 3, 0);
    store.change::<_, StoreError>(delete).unwrap();
    same_as_rebuilt();
}
