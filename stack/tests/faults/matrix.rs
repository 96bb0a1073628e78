//! The matrix: which fault is found by which check.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::thread::JoinHandle;

use conformance::catalogue::catalogue;
use conformance::report::CheckResult;
use conformance::{Level, Outcome, Runner};

use super::Stack;
use super::fault::{FAULTS, Fault, NONE};
use super::secure;

/// Groups of the template that every category goes through.
const CATEGORIES: &[&str] = &[
    "PAT", "SMK", "PRB", "MRQ", "MST", "MDS", "MAD", "ALG", "LAB", "VIT", "PRC", "IMM", "DOC",
    "DXR", "ENC", "CPL", "CTM", "GOL", "DEV", "PRV",
];

/// A variable that chooses rows: the name of one fault.
const ONE: &str = "FAULT";
/// A variable: when it is set, every row is tried with every check, which takes half an hour and
/// tells what else a fault spoils.
const WHOLE: &str = "FAULTS_WHOLE";

/// Every fault, with its number and whether it is one of the stack at https.
fn faults() -> impl Iterator<Item = (usize, bool, &'static Fault)> {
    let one = std::env::var(ONE).ok();
    let plain = FAULTS.iter().copied().flatten().map(|fault| (false, fault));
    let all = plain.chain(secure::FAULTS.iter().map(|fault| (true, fault)));
    let numbered = all.enumerate();
    numbered
        .map(|(place, (is_secure, fault))| (place + 1, is_secure, fault))
        .filter(move |(_, _, fault)| one.as_deref().is_none_or(|one| one == fault.name))
}

/// The checks of a row, each by its id.
fn named(fault: &Fault) -> Vec<String> {
    let all = catalogue();
    let ids = || all.iter().map(|check| check.id.to_string());
    let of = |name: &str| -> Vec<String> {
        if let Some(number) = name.strip_prefix("USC-each-") {
            let ending = format!("-{number}");
            return ids()
                .filter(|id| id.starts_with("USC-") && id.len() > 6 && id.ends_with(&ending))
                .collect();
        }
        if let Some(number) = name.strip_prefix("each-") {
            let wanted: Vec<_> = CATEGORIES
                .iter()
                .map(|code| format!("{code}-{number}"))
                .collect();
            return ids().filter(|id| wanted.contains(id)).collect();
        }
        vec![name.to_owned()]
    };
    let is_taken_out = |id: &String| fault.checks.contains(&format!("!{id}").as_str());
    let named = fault.checks.iter().filter(|name| !name.starts_with('!'));
    named
        .flat_map(|name| of(name))
        .filter(|id| !is_taken_out(id))
        .collect()
}

async fn run(stack: &Stack, fault: &'static Fault, number: usize, only: Vec<String>) -> Row {
    stack.relay.switch(fault, number);
    let mut configuration = stack.configuration();
    (fault.setting)(&mut configuration);
    configuration.only = only;
    let report = Runner::new(configuration).unwrap().run(&()).await;
    Row {
        fault,
        results: report.results,
    }
}

/// How checks ended with a fault.
struct Row {
    fault: &'static Fault,
    results: Vec<CheckResult>,
}

impl Row {
    fn with(&self, word: &str) -> BTreeSet<String> {
        let found = self.results.iter();
        found
            .filter(|result| result.outcome.word() == word)
            .map(|result| result.id.clone())
            .collect()
    }
}

/// Whether a result says that the claim does not hold.
fn is_found(level: Level, outcome: &Outcome) -> bool {
    match level {
        Level::Required => matches!(outcome, Outcome::Fail { .. }),
        _ => matches!(outcome, Outcome::Warn { .. }),
    }
}

/// What was found in all rows.
#[derive(Default)]
struct Matrix {
    /// Checks by fault.
    found: BTreeMap<&'static str, BTreeSet<String>>,
    /// Checks that did not find the fault that is theirs.
    missed: Vec<String>,
    /// What cannot be decided about the demo's records and accounts, with or without a fault.
    undecided: BTreeSet<String>,
    /// What warns without a fault as well.
    usual: BTreeSet<String>,
}

impl Matrix {
    fn add(&mut self, row: &Row) {
        let (fault, own) = (row.fault, named(row.fault));
        let is_template = fault.checks.iter().any(|name| name.contains("each"));
        for result in &row.results {
            let id = &result.id;
            if is_found(result.level, &result.outcome) {
                if self.usual.contains(id) && !own.contains(id) {
                    continue;
                }
                self.found.entry(fault.name).or_default().insert(id.clone());
            } else if own.contains(id) && !(is_template && self.undecided.contains(id)) {
                let line = format!("{}: {id} {:?}", fault.name, result.outcome);
                self.missed.push(line);
            }
        }
    }

    /// Required checks that found nothing.
    fn lonely(&self) -> Vec<String> {
        let seen: BTreeSet<_> = self.found.values().flatten().collect();
        let required = catalogue().into_iter();
        required
            .filter(|check| check.level == Level::Required)
            .map(|check| check.id.to_string())
            .filter(|id| !seen.contains(id))
            .collect()
    }
}

/// Rows on stacks of their own, on a thread of their own.
fn rows(work: impl AsyncFnOnce() -> Vec<Row> + Send + 'static) -> JoinHandle<Vec<Row>> {
    std::thread::spawn(move || actix_web::rt::System::new().block_on(work()))
}

fn is_whole() -> bool {
    std::env::var_os(WHOLE).is_some()
}

/// The rows of these faults, after one without a fault and with these checks.
async fn tried(stack: Stack, sound: &[&str], faults: Vec<(usize, &'static Fault)>) -> Vec<Row> {
    let sound = sound.iter().map(|id| (*id).to_owned()).collect();
    let mut rows = vec![run(&stack, &NONE, 0, sound).await];
    for (number, fault) in faults {
        let only = if is_whole() { Vec::new() } else { named(fault) };
        rows.push(run(&stack, fault, number, only).await);
    }
    rows
}

#[test]
fn every_required_check_finds_its_fault_and_fails_without_none() {
    let (secure, plain): (Vec<_>, Vec<_>) = faults().partition(|(_, is_secure, _)| *is_secure);
    let bare = |all: &[(usize, bool, &'static Fault)]| -> Vec<_> {
        all.iter()
            .map(|(number, _, fault)| (*number, *fault))
            .collect()
    };
    let (first, second) = plain.split_at(plain.len() / 2);
    let (first, second, secure) = (bare(first), bare(second), bare(&secure));
    let first = rows(async || Box::pin(tried(Stack::start(), &[], first)).await);
    let second = rows(async || {
        let mut rows = Box::pin(tried(Stack::start_secure(), &["TLS"], secure)).await;
        rows.extend(Box::pin(tried(Stack::start(), &["PRE"], second)).await);
        rows
    });
    let all = [first, second].map(|thread| thread.join().unwrap());
    let all: Vec<Row> = all.into_iter().flatten().collect();
    let sound = || all.iter().filter(|row| row.fault.name == NONE.name);
    for row in sound() {
        let failed = &row.with("fail") | &row.with("error");
        assert!(failed.is_empty(), "without a fault: {failed:?}");
    }
    let at_https = sound().nth(1).map(|row| row.with("skip"));
    assert_eq!(at_https, Some(BTreeSet::new()), "not decided at https");
    let mut matrix = Matrix::default();
    if let Some(whole) = sound().next() {
        matrix.undecided = whole.with("skip");
        matrix.usual = whole.with("warn");
    }
    for row in all.iter().filter(|row| row.fault.name != NONE.name) {
        matrix.add(row);
    }
    publish(
        &matrix,
        if is_whole() {
            "self-test-whole"
        } else {
            "self-test"
        },
    );
    let missed = &matrix.missed;
    assert!(missed.is_empty(), "not found:\n{}", missed.join("\n"));
    let lonely = matrix.lonely();
    assert!(
        std::env::var_os(ONE).is_some() || lonely.is_empty(),
        "required checks without a fault: {lonely:?}"
    );
}

/// Writes the matrix to a file that is not kept: a row for each fault, a column for each check.
fn publish(matrix: &Matrix, name: &str) {
    let (found, undecided) = (&matrix.found, &matrix.undecided);
    let columns: BTreeSet<_> = found.values().flatten().collect();
    let mut text = String::from("fault");
    for id in &columns {
        let _ = write!(text, "\t{id}");
    }
    text.push('\n');
    for (name, ids) in found {
        text.push_str(name);
        for id in &columns {
            text.push_str(if ids.contains(*id) { "\tx" } else { "\t" });
        }
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "undecided with the demo's records\t{}",
        undecided.iter().cloned().collect::<Vec<_>>().join(" ")
    );
    let folder = env!("CARGO_TARGET_TMPDIR");
    std::fs::write(format!("{folder}/{name}.tsv"), text).unwrap();
}
