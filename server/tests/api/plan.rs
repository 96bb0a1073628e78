//! Every parameter of the table is answered by a walk along an index.

use fhir::compartment::{Membership, patient_membership};
use fhir::resource_type::ResourceType;
use fhir::search_parameter::{self, Kind, SearchParameter};
use server::access::restriction::{Alternative, Restriction, View};
use server::search::plan::{Plan, SearchView, unchained};
use server::search::query::{Context, Handling, Query, is_offered};
use server::search::terminology::Published;
use server::store::{Limits, Location, Store};

use crate::shelf::scan;

fn value_of(parameter: &SearchParameter) -> String {
    let parts = parameter.components.iter();
    match parameter.kind {
        Kind::Composite => parts
            .map(|part| value_of_kind(part.parameter().unwrap().kind))
            .collect::<Vec<_>>()
            .join("$"),
        kind => value_of_kind(kind).to_owned(),
    }
}

fn value_of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Date => "ge2020-01-01",
        Kind::Number => "5",
        Kind::Quantity => "5||mg",
        Kind::Token => "http://s|c",
        Kind::Special => "42|-71|5|km",
        _ => "a",
    }
}

#[test]
fn no_parameter_scans_a_table() {
    let store = Store::open(&Location::Memory, "plans", Limits::default()).unwrap();
    let context = Context {
        base: "http://x",
        now: chrono::DateTime::UNIX_EPOCH,
        terminology: &Published,
    };
    let mine = Restriction {
        alternatives: vec![Alternative {
            view: View::Patient("a".into()),
            criteria: Vec::new(),
        }],
    };
    for ty in ResourceType::all() {
        for parameter in search_parameter::of(ty).filter(|parameter| is_offered(parameter)) {
            let pairs = [(parameter.code.to_owned(), value_of(parameter))];
            let query = Query::parse(ty, &pairs, Handling::Strict, &context).unwrap();
            let closed = matches!(
                patient_membership(ty),
                Membership::Never | Membership::Context(_) | Membership::EveryTarget(_)
            );
            let everything = Restriction::none();
            let restrictions = [Some(&everything), (!closed).then_some(&mine)];
            for restriction in restrictions.into_iter().flatten() {
                let steps = store
                    .explain(&Plan::search(
                        &query,
                        &SearchView {
                            searched: restriction,
                            chained: &unchained,
                        },
                    ))
                    .unwrap();
                assert_eq!(scan(&steps), None, "{ty}?{}: {steps:?}", parameter.code);
            }
        }
    }
}

#[test]
fn the_walk_does_not_depend_on_the_order_of_the_criteria() {
    let context = Context {
        base: "http://x",
        now: chrono::DateTime::UNIX_EPOCH,
        terminology: &Published,
    };
    let ty = ResourceType::parse("Observation").unwrap();
    let driver = |pairs: [(&str, &str); 2]| {
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let query = Query::parse(ty, &pairs, Handling::Strict, &context).unwrap();
        let view = SearchView {
            searched: &Restriction::none(),
            chained: &unchained,
        };
        Plan::search(&query, &view).driver
    };
    let (patient, code) = (("patient", "a"), ("code", "http://s|c"));
    assert_eq!(driver([patient, code]), driver([code, patient]));
}

#[test]
fn a_code_of_a_patient_is_found_along_the_chart() {
    let context = Context {
        base: "http://x",
        now: chrono::DateTime::UNIX_EPOCH,
        terminology: &Published,
    };
    let store = Store::open(&Location::Memory, "chart", Limits::default()).unwrap();
    let ty = ResourceType::parse("Observation").unwrap();
    let steps = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let query = Query::parse(ty, &pairs, Handling::Strict, &context).unwrap();
        let view = SearchView {
            searched: &Restriction::none(),
            chained: &unchained,
        };
        store.explain(&Plan::search(&query, &view)).unwrap()
    };
    let patient = ("patient", "a");
    // One walk in the order of the keys, which holds the dates too.
    let asked: [&[(&str, &str)]; 4] = [
        &[patient],
        &[patient, ("code", "http://s|c")],
        &[patient, ("category", "http://s|c"), ("date", "ge2020")],
        &[patient, ("_lastUpdated", "gt2020")],
    ];
    for pairs in asked {
        let steps = steps(pairs);
        let walk = "SEARCH d USING PRIMARY KEY (patient=? AND parameter=? AND code=? AND system=?)";
        assert_eq!(steps[0], walk, "{pairs:?}: {steps:?}");
        assert!(
            !steps.iter().any(|step| step.contains("TEMP B-TREE")),
            "{steps:?}"
        );
    }
    // Several codes, or one of any system, are gathered: each resource once.
    for codes in ["c", "http://s|c,http://s|d", "c,d"] {
        let steps = steps(&[patient, ("code", codes)]);
        let walks = steps.iter().filter(|step| {
            step.contains("SEARCH d USING PRIMARY KEY (patient=? AND parameter=? AND code=?")
        });
        assert_eq!(walks.count(), codes.split(',').count(), "{steps:?}");
    }
}
