//! Resources searched without a server: by the database and by memory, which must agree.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use fhir::resource_type::ResourceType;
use serde_json::Value;
use server::access::restriction::Restriction;
use server::load::{Source, as_is, load_as_is};
use server::problem::Problem;
use server::search::contained;
use server::search::index::Key;
use server::search::matches::{Candidate, Surroundings};
use server::search::page::Position;
use server::search::plan::{Condition, Driver, Plan, SearchView};
use server::search::query::{Context, Handling, Query};
use server::search::reference::Target;
use server::search::terminology::Published;
use server::store::{Incoming, Limits, Location, Store, Window};

pub const CONTEXT: Context<'static> = Context {
    base: "http://x",
    now: chrono::DateTime::UNIX_EPOCH,
    terminology: &Published,
};

static EMPTY: LazyLock<Store> =
    LazyLock::new(|| Store::open(&Location::Memory, "shelf-plans", Limits::default()).unwrap());

/// A database and the same resources in memory.
pub struct Shelf {
    pub store: Store,
    resources: Vec<Incoming>,
}

/// Other resources, as conditions of one ask about them.
struct Others<'a>(&'a [Incoming]);

impl Surroundings for Others<'_> {
    fn is_seen(&self, target: &Target, contexts: &[(ResourceType, Condition)]) -> bool {
        let Target::Local(ty, id) = target else {
            return false;
        };
        self.0
            .iter()
            .filter(|other| other.resource_type == *ty && other.id == *id)
            .any(|other| {
                contexts
                    .iter()
                    .any(|(seen, inside)| seen == ty && inside.admits(candidate(other), self))
            })
    }

    fn is_referred_to(&self, id: &str, source: ResourceType, key: Key, inside: &Condition) -> bool {
        self.0
            .iter()
            .filter(|other| other.resource_type == source)
            .filter(|other| {
                other.rows.iter().any(|row| {
                    row.key == key
                        && matches!(&row.value,
                            server::search::index::Value::Reference(Target::Local(_, to)) if to == id)
                })
            })
            .any(|other| inside.admits(candidate(other), self))
    }
}

/// What a search shows of a resource that it finds: it, or those of its parts that are the matches.
fn shown(resource: &Incoming, plan: &Plan, others: &Others<'_>) -> Vec<String> {
    let Driver::Inside(ty, inside) = &plan.driver else {
        return vec![resource.id.clone()];
    };
    let parts = resource.rows.iter().filter_map(|row| match &row.value {
        server::search::index::Value::Contained(part) if part.resource_type == *ty => Some(part),
        _ => None,
    });
    let matches = parts.filter(|part| {
        let candidate = Candidate {
            id: &part.id,
            rows: &part.rows,
            ..candidate(resource)
        };
        inside.admits(candidate, others)
    });
    matches
        .map(|part| format!("{}#{}", resource.id, part.id))
        .collect()
}

fn candidate(incoming: &Incoming) -> Candidate<'_> {
    Candidate {
        id: &incoming.id,
        updated: incoming.updated,
        rows: &incoming.rows,
    }
}

pub fn source(resource: &Value) -> Source {
    Source {
        resource_type: resource["resourceType"].as_str().unwrap().into(),
        id: resource["id"].as_str().unwrap().into(),
        updated: chrono::DateTime::UNIX_EPOCH,
        json: resource.to_string(),
        earlier: Vec::new(),
    }
}

/// The step that looks at a whole table. What a subquery gathered by walks is none.
pub fn scan(steps: &[String]) -> Option<&String> {
    let gathered = |name: &str| {
        let is_step = |word| steps.contains(&format!("{word} {name}"));
        is_step("CO-ROUTINE") || is_step("MATERIALIZE")
    };
    steps.iter().find(|step| {
        step.strip_prefix("SCAN ").is_some_and(|what| {
            what != "CONSTANT ROW" && !what.contains("VIRTUAL TABLE") && !gathered(what)
        })
    })
}

impl Shelf {
    pub fn of(resources: &[Value]) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("shelf-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let store = Store::open(&Location::Memory, &name, Limits::default()).unwrap();
        let sources: Vec<_> = resources.iter().map(source).collect();
        load_as_is(&store, sources.clone().into_iter()).unwrap();
        Self {
            store,
            resources: sources
                .into_iter()
                .map(|source| as_is(source).unwrap())
                .collect(),
        }
    }

    /// Ids of what `Type?name=value…` finds, sorted and with blanks between.
    pub fn find(&self, search: &str) -> Result<String, Problem> {
        let (ty, rest) = search.split_once('?').unwrap();
        let ty = ResourceType::parse(ty).unwrap();
        // As written: these texts are not percent-encoded.
        let pairs: Vec<_> = rest
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let found = match contained::parse(ty, &pairs, Handling::Strict, &CONTEXT)? {
            Some(containers) => {
                let each = containers.queries.iter();
                let mut found: Vec<_> = each.flat_map(|query| self.look(query, search)).collect();
                found.sort();
                found
            }
            None => self.look(
                &Query::parse(ty, &pairs, Handling::Strict, &CONTEXT)?,
                search,
            ),
        };
        Ok(found.join(" "))
    }

    /// What a query finds, by the database and by memory.
    fn look(&self, query: &Query, search: &str) -> Vec<String> {
        let everything = Restriction::none();
        let all = |_| Some(&everything);
        let view = SearchView {
            searched: &everything,
            chained: &all,
        };
        let plan = Plan::search(query, &view);
        let from = Position::start(i64::MAX);
        let window = Window {
            from,
            limit: 10_000,
        };
        let mut by_database: Vec<_> = self
            .store
            .search(&plan, &window)
            .unwrap()
            .into_iter()
            .map(|found| found.stored.id)
            .collect();
        by_database.sort();
        let whole = Condition::All(Plan::search_conditions(query, &view));
        let others = Others(&self.resources);
        let mut in_memory: Vec<_> = self
            .resources
            .iter()
            .filter(|resource| resource.resource_type == query.resource_type)
            .filter(|resource| whole.admits(candidate(resource), &others))
            .flat_map(|resource| shown(resource, &plan, &others))
            .collect();
        in_memory.sort();
        assert_eq!(by_database, in_memory, "{search}: database and memory");
        // Not of this database: a walk of two rows is no worse than an index.
        let steps = EMPTY.explain(&plan).unwrap();
        assert_eq!(scan(&steps), None, "{search}");
        by_database
    }

    /// Checks a list of searches with what they find.
    pub fn check(&self, cases: &[(&str, &str)]) {
        for (search, found) in cases {
            assert_eq!(self.find(search).as_deref(), Ok(*found), "{search}");
        }
    }

    /// Checks that each of these is refused with 400.
    pub fn refuse(&self, searches: &[&str]) {
        for search in searches {
            let problem = self.find(search).unwrap_err();
            assert_eq!(problem.kind.status(), 400, "{search}: {problem}");
        }
    }
}
