//! The two evaluators of a plan, the database and memory, admit the same resources.

use std::sync::LazyLock;

use fhir::resource_type::ResourceType;
use proptest::prelude::*;
use server::access::restriction::{Alternative, Restriction, View};
use server::load::{incoming, load};
use server::search::index::Key;
use server::search::matches::{Candidate, Surroundings};
use server::search::page::Position;
use server::search::plan::{Condition, Plan, SearchView, unchained};
use server::search::query::{Clause, Context, Handling, Query};
use server::search::reference::Target;
use server::search::terminology::Published;
use server::store::{Incoming, Limits, Location, Store, Window};

use crate::helpers::{SYSTEM, world};

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
        &["1000-0", "http://loinc.org|", "http://loinc.org|1001-0"],
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
