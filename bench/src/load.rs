//! The load: every patient as one transaction, which is the ingest cell at the same time.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use hyper::Method;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::LocalSet;

use crate::connection::{Ask, Connection, Failure};
use crate::dataset::{PER_PATIENT, Patient};
use crate::world::World;

/// Connections that write side by side.
pub(crate) const CONNECTIONS: u64 = 4;

/// Patients after which the writer at work takes another token; in the life of a token this falls to
/// each writer many times.
const RENEWAL: u64 = 101;

/// Writes all patients; says how long it took.
pub(crate) async fn load(world: &Rc<World>) -> Result<Duration, Failure> {
    let start = Instant::now();
    let next = Rc::new(Cell::new(0));
    let bar = bar(world.patients);
    let writers = LocalSet::new();
    let writing: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (world, next, bar) = (Rc::clone(world), Rc::clone(&next), bar.clone());
            writers.spawn_local(async move { write(&world, &next, &bar).await })
        })
        .collect();
    writers.await;
    for writer in writing {
        let outcome = writer.await;
        outcome.map_err(|error| Failure::Transport(error.to_string()))??;
    }
    bar.finish_and_clear();
    Ok(start.elapsed())
}

async fn write(world: &World, next: &Cell<u64>, bar: &ProgressBar) -> Result<(), Failure> {
    let mut connection = Connection::new(world.fhir.clone(), world.token.clone());
    loop {
        let patient = Patient(next.get());
        if patient.0 >= world.patients {
            return Ok(());
        }
        next.set(patient.0 + 1);
        if patient.0 % RENEWAL == RENEWAL - 1 {
            renew(world, &mut connection, patient).await?;
        }
        put(&mut connection, patient.transaction().to_string()).await?;
        bar.inc(1);
    }
}

/// Another token: the first does not last through a long load.
async fn renew(world: &World, connection: &mut Connection, at: Patient) -> Result<(), Failure> {
    if let (Some(apps), Some(authz)) = (&world.apps, &world.authz) {
        // No other assertion of this run has such an id.
        let id = u128::from(std::process::id()) << 64 | 1 << 62 | u128::from(at.0);
        connection.authenticate(apps.backend_token(authz, id).await?);
    }
    Ok(())
}

/// One transaction; each of its entries must have been written.
pub(crate) async fn put(connection: &mut Connection, transaction: String) -> Result<u64, Failure> {
    let ask = Ask::resource(Method::POST, "", transaction).with("prefer", "return=minimal");
    let answer = connection.send(ask).await?.expect(200)?.json()?;
    let written = answer["entry"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| {
            let status = entry["response"]["status"].as_str().unwrap_or_default();
            status.starts_with("20")
        });
    super::cells::search::expect(written.count() as u64, PER_PATIENT)
}

fn bar(patients: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("writing patients {wide_bar} {pos}/{len}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(patients).with_style(style)
}
