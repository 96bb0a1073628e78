//! What the validator finds in a population: base R4 and the profiles that resources claim.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use fhir::validate::{Code, Issue, Options, parse_and_validate};
use seed_data::{Population, Record, UsCore};

/// What was looked at, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Findings {
    /// Faults with the first resource that has each and how many have it.
    pub faults: BTreeMap<String, (String, usize)>,
    /// Resources, their earlier versions included.
    pub resources: usize,
    /// Profiles that resources claim.
    pub claims: usize,
}

impl Findings {
    /// Looks at a record; claims are checked against the release of US Core of the population.
    pub fn look_at(&mut self, record: &Record, options: &Options<'_>) {
        for seed in &record.seeds {
            for version in seed.earlier.iter().chain([seed]) {
                let link = format!("{}/{}", version.resource_type, version.id);
                self.judge(&link, &version.json, options);
            }
        }
    }

    fn judge(&mut self, link: &str, json: &str, options: &Options<'_>) {
        let outcome = parse_and_validate(json.as_bytes(), None, options);
        self.resources += 1;
        let profiles = outcome
            .resource
            .as_ref()
            .and_then(|resource| resource["meta"]["profile"].as_array());
        self.claims += profiles.map_or(0, Vec::len);
        for issue in outcome.issues.iter().filter(|issue| is_fault(issue)) {
            let fault = self
                .faults
                .entry(issue.to_string())
                .or_insert((link.to_owned(), 0));
            fault.1 += 1;
        }
    }

    fn join(&mut self, other: Self) {
        self.resources += other.resources;
        self.claims += other.claims;
        for (fault, (link, count)) in other.faults {
            self.faults.entry(fault).or_insert((link, 0)).1 += count;
        }
    }
}

/// An error, or a claim that could not be checked.
fn is_fault(issue: &Issue) -> bool {
    issue.is_error() || issue.code == Code::NotFound
}

/// Claims of a release of US Core are checked, besides base R4.
pub fn options(us_core: UsCore) -> Options<'static> {
    Options {
        claims: true,
        us_core: us_core.version().parse().unwrap(),
        ..Options::default()
    }
}

/// Looks at every record of a population, on as many threads as there are processors.
pub fn findings(population: &Population) -> Findings {
    let options = options(population.config().us_core);
    let threads = thread::available_parallelism().map_or(2, usize::from);
    let next = AtomicU64::new(0);
    let work = || {
        let mut found = Findings::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= population.len_hint() {
                return found;
            }
            found.look_at(&population.record(number), &options);
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut all = Findings::default();
        for worker in workers {
            all.join(worker.join().unwrap());
        }
        all
    })
}

/// Every resource is valid and conforms to the profiles that it claims.
pub fn assert_sound(population: &Population) -> Findings {
    let found = findings(population);
    assert!(found.faults.is_empty(), "{:#?}", found.faults);
    found
}
