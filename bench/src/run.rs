//! From the settings to the measurements.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use chrono::{SecondsFormat, Utc};

use crate::cell::{CELLS, Cell, Needs};
use crate::cli::Arguments;
use crate::connection::Place;
use crate::dataset::PER_PATIENT;
use crate::drive::{Load, drive};
use crate::load;
use crate::measurement::{Measurement, Repetition, State, median};
use crate::own::{Apps, Own};
use crate::process;
use crate::report::Report;
use crate::token::Key;
use crate::world::World;

/// Starts of the program that B1 is the median of.
const STARTS: usize = 5;
/// How long memory settles before it is read.
const SETTLING: Duration = Duration::from_secs(5);
/// What starting may take, and what it should: milliseconds, empty and with data.
const START_GOALS: [(f64, f64); 2] = [(150.0, 50.0), (250.0, 60.0)];
/// Idle memory that is allowed, and that is aimed at: MiB.
const IDLE_GOAL: (f64, f64) = (64.0, 24.0);
/// The same, for the most that a run takes.
const PEAK_GOAL: (f64, f64) = (256.0, 96.0);

/// Measures at every size.
pub(crate) async fn run(arguments: &Arguments) -> Result<Report, String> {
    let mut report = Report::new();
    for resources in &arguments.resources {
        let patients = resources.div_ceil(PER_PATIENT);
        match &arguments.base {
            Some(base) => foreign(arguments, base, patients, &mut report).await?,
            None => own(arguments, patients, &mut report).await?,
        }
    }
    Ok(report)
}

async fn foreign(
    arguments: &Arguments,
    base: &str,
    patients: u64,
    report: &mut Report,
) -> Result<(), String> {
    let world = World {
        fhir: Place::parse(base)?,
        authz: None,
        base: base.to_owned(),
        patients,
        token: arguments.token.clone(),
        loaded: now(),
        apps: None,
        tokens: 0,
        pid: arguments.pid,
    };
    measure(arguments, world, None, report).await.map(|_| ())
}

async fn own(arguments: &Arguments, patients: u64, report: &mut Report) -> Result<(), String> {
    let folder = tempfile::tempdir_in(&arguments.work).map_err(|error| error.to_string())?;
    let key = Key::generate()?;
    if arguments.wants("B1") {
        report.add(starts(&arguments.work)?);
    }
    let own = Own::start(&program()?, folder.path(), &key)?;
    let world = World {
        fhir: Place::parse(&own.fhir)?,
        authz: Some(Place::parse(&own.authz)?),
        base: own.fhir.clone(),
        patients,
        token: None,
        loaded: now(),
        apps: Some(Apps::new(key, &own.authz)),
        tokens: 0,
        pid: Some(own.pid()),
    };
    let loaded = measure(arguments, world, Some(&own), report).await?;
    drop(own);
    if let Some(bytes) = report.largest(patients * PER_PATIENT) {
        report.add(Measurement::of_figure(
            "B2",
            "peak memory of the run (RssAnon)",
            "MiB",
            patients * PER_PATIENT,
            mebibytes(bytes),
            PEAK_GOAL,
        ));
    }
    if loaded && (arguments.wants("B1") || arguments.wants("B2")) {
        restarts(folder.path(), patients * PER_PATIENT, report)?;
    }
    Ok(())
}

/// Loads and runs every cell; whether the load came to its end.
async fn measure(
    arguments: &Arguments,
    mut world: World,
    own: Option<&Own>,
    report: &mut Report,
) -> Result<bool, String> {
    renew(&mut world, 0).await?;
    let mut world = Rc::new(world);
    if !arguments.loaded {
        let ingest = ingest(&world, own).await;
        let is_loaded = ingest.state == State::Ok;
        report.add(ingest);
        if !is_loaded {
            return Ok(false);
        }
    }
    if let Some(world) = Rc::get_mut(&mut world) {
        // Wall clocks may differ between machines and roundings within a second.
        tokio::time::sleep(Duration::from_secs(1)).await;
        world.loaded = now();
    }
    for (number, cell) in (1..)
        .zip(CELLS)
        .filter(|(_, cell)| arguments.wants(cell.id))
    {
        if let Some(world) = Rc::get_mut(&mut world) {
            renew(world, number).await?;
        }
        if cell.needs != Needs::Tokens {
            report.add(cell_of(cell, &world, arguments).await?);
            continue;
        }
        for tokens in &arguments.tokens {
            if let Some(world) = Rc::get_mut(&mut world) {
                world.tokens = *tokens;
            }
            report.add(cell_of(cell, &world, arguments).await?);
        }
    }
    if let Some(overhead) = report.overhead("A6o", "A6a") {
        report.add(overhead);
    }
    if arguments.wants("A7") && world.apps.is_some() {
        if let Some(world) = Rc::get_mut(&mut world) {
            renew(world, u128::from(u64::MAX)).await?;
        }
        let lasting = Duration::from_secs_f64(arguments.seconds);
        report.add(crate::cells::storm::measure(&world, lasting).await?);
    }
    Ok(true)
}

/// Tokens that last through the next cell.
async fn renew(world: &mut World, number: u128) -> Result<(), String> {
    let (Some(apps), Some(authz)) = (&world.apps, &world.authz) else {
        return Ok(());
    };
    let show = |failure: crate::connection::Failure| failure.to_string();
    apps.sign_in(authz, &world.base).await.map_err(show)?;
    let id = u128::from(std::process::id()) << 64 | number;
    world.token = Some(apps.backend_token(authz, id).await.map_err(show)?);
    Ok(())
}

async fn cell_of(
    cell: &'static Cell,
    world: &Rc<World>,
    arguments: &Arguments,
) -> Result<Measurement, String> {
    let resources = match cell.needs {
        Needs::Tokens => world.tokens,
        _ => world.patients * PER_PATIENT,
    };
    if matches!(cell.needs, Needs::Own | Needs::Tokens) && world.apps.is_none() {
        let reason = "needs the authorization server of this program";
        return Ok(Measurement::skipped(cell, resources, reason));
    }
    if cell.needs == Needs::Write && arguments.read_only {
        return Ok(Measurement::skipped(
            cell,
            resources,
            "nothing may be written",
        ));
    }
    let lasting = Duration::from_secs_f64(arguments.seconds);
    let prepare = || async {
        match cell.prepare {
            Some(prepare) => prepare(Rc::clone(world))
                .await
                .map_err(|failure| failure.to_string()),
            None => Ok(()),
        }
    };
    prepare().await?;
    // What is measured is a warm server.
    drive(cell, world, Load::Closed, lasting / 4, 99).await;
    let mut repetitions = Vec::new();
    for seed in 0..arguments.repetitions {
        prepare().await?;
        repetitions.push(repetition(cell, world, Load::Closed, lasting, seed).await);
    }
    let mut measured = Measurement::of(cell, resources, &repetitions);
    if arguments.open && measured.state == State::Ok && cell.prepare.is_none() {
        let rates = repetitions.iter().map(|r| {
            let flows = u32::try_from(r.tally.flows).unwrap_or(u32::MAX);
            f64::from(flows) / r.tally.elapsed.as_secs_f64()
        });
        let rate = median(rates.collect()) / 2.0;
        let open = repetition(cell, world, Load::Open(rate), lasting, 7).await;
        measured.p99_at_half = Some(Measurement::of(cell, resources, &[open]).p99);
    }
    Ok(measured)
}

async fn repetition(
    cell: &'static Cell,
    world: &Rc<World>,
    load: Load,
    lasting: Duration,
    seed: u64,
) -> Repetition {
    let server = || world.pid.and_then(process::tree);
    let before = (server(), own_cpu(world));
    let tally = drive(cell, world, load, lasting, seed).await;
    let after = (server(), own_cpu(world));
    Repetition {
        tally,
        server: after.0.zip(before.0).map(|(after, before)| after - before),
        client: after.1.zip(before.1).map(|(after, before)| after - before),
    }
}

/// The server is a child of this process: what it used is not ours.
fn own_cpu(world: &World) -> Option<process::Usage> {
    let all = process::tree(std::process::id())?;
    match world
        .pid
        .filter(|_| world.apps.is_some())
        .and_then(process::tree)
    {
        Some(server) => Some(all - server),
        None => Some(all),
    }
}

/// I1: the load itself.
async fn ingest(world: &Rc<World>, own: Option<&Own>) -> Measurement {
    let before = world.pid.and_then(process::tree);
    let empty = own.map(Own::stored);
    let outcome = load::load(world).await;
    let used = world.pid.and_then(process::tree).zip(before);
    let used = used.map(|(after, before)| after - before);
    // What the server keeps for itself is not the dataset's.
    let stored = own.map(Own::stored).zip(empty);
    // A small load is smaller than the log that the empty database had, and says nothing.
    let stored = stored.and_then(|(full, empty)| full.checked_sub(empty).filter(|more| *more > 0));
    Measurement::of_load(world.patients * PER_PATIENT, outcome, used, stored)
}

/// B1: from the start of the program to its first answer, on data that are thrown away.
fn starts(work: &Path) -> Result<Measurement, String> {
    let mut figures = Vec::new();
    for _ in 0..STARTS {
        let folder = tempfile::tempdir_in(work).map_err(|error| error.to_string())?;
        let own = Own::start_with(&program()?, folder.path(), &[])?;
        figures.push(own.took.as_secs_f64() * 1000.0);
    }
    Ok(Measurement::of_figure(
        "B1",
        "start with an empty database",
        "ms",
        0,
        median(figures),
        START_GOALS[0],
    ))
}

/// B1 with the data of the run, and B2.
fn restarts(folder: &Path, resources: u64, report: &mut Report) -> Result<(), String> {
    let key = Key::generate()?;
    let mut figures = Vec::new();
    for _ in 1..STARTS {
        figures.push(Own::start(&program()?, folder, &key)?.took.as_secs_f64() * 1000.0);
    }
    let last = Own::start(&program()?, folder, &key)?;
    figures.push(last.took.as_secs_f64() * 1000.0);
    report.add(Measurement::of_figure(
        "B1",
        "start with the data",
        "ms",
        resources,
        median(figures),
        START_GOALS[1],
    ));
    std::thread::sleep(SETTLING);
    if let Some(usage) = process::tree(last.pid()) {
        report.add(Measurement::of_figure(
            "B2",
            "idle memory (RssAnon)",
            "MiB",
            resources,
            mebibytes(usage.anonymous),
            IDLE_GOAL,
        ));
    }
    Ok(())
}

fn mebibytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1024 / 1024).unwrap_or(u32::MAX))
}

/// This program.
fn program() -> Result<PathBuf, String> {
    std::env::current_exe().map_err(|error| error.to_string())
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is measured is a server in real time"
)]
fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
}
