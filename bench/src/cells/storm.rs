//! A7: what a storm of sign-ins does to everybody else.

use std::cell::Cell as Flag;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::LocalSet;

use super::oauth::apps;
use crate::browser::Arrival;
use crate::cell::{CELLS, Cell};
use crate::connection::{Connection, Failure};
use crate::drive::{Load, Tally, drive};
use crate::measurement::Measurement;
use crate::own::PEOPLE;
use crate::world::World;

/// Browsers that sign in again and again, more than may wait for their password's turn.
const BROWSERS: u32 = 96;
/// Reads a second, which a quiet machine answers with little load.
const RATE: f64 = 400.0;
/// 99th percentile during the storm over the one without it: the gate, and what is aimed at.
const GOAL: (f64, f64) = (5.0, 1.5);
/// How long a browser waits that was told to come back.
const PATIENCE: Duration = Duration::from_secs(1);

/// Measures reads with a patient's token, in peace and in the storm.
pub(crate) async fn measure(world: &Rc<World>, lasting: Duration) -> Result<Measurement, String> {
    let read = CELLS.iter().find(|cell| cell.id == "A6a");
    let read = read.ok_or("there is no cell of authorized reads")?;
    drive(read, world, Load::Open(RATE), lasting / 4, 99).await;
    let peace = drive(read, world, Load::Open(RATE), lasting, 1).await;
    let (storm, arrived) = in_the_storm(read, world, lasting).await?;
    Ok(Measurement::of_storm(&peace, &storm, arrived, GOAL))
}

/// The reads, and how many sign-ins came to their end meanwhile.
async fn in_the_storm(
    read: &'static Cell,
    world: &Rc<World>,
    lasting: Duration,
) -> Result<(Tally, u64), String> {
    let over = Rc::new(Flag::new(false));
    let arrived = Rc::new(Flag::new(0));
    let browsers = LocalSet::new();
    let storm: Vec<_> = (0..BROWSERS)
        .map(|number| {
            let browser = sign_in(
                Rc::clone(world),
                number,
                Rc::clone(&over),
                Rc::clone(&arrived),
            );
            browsers.spawn_local(browser)
        })
        .collect();
    let tally = browsers
        .run_until(async {
            // The storm has begun when the first of it wait.
            tokio::time::sleep(PATIENCE).await;
            arrived.set(0);
            let tally = drive(read, world, Load::Open(RATE), lasting, 2).await;
            over.set(true);
            tally
        })
        .await;
    let count = arrived.get();
    browsers.await;
    for browser in storm {
        let outcome = browser.await.map_err(|error| error.to_string())?;
        outcome.map_err(|failure| failure.to_string())?;
    }
    Ok((tally, count))
}

async fn sign_in(
    world: Rc<World>,
    number: u32,
    over: Rc<Flag<bool>>,
    arrived: Rc<Flag<u64>>,
) -> Result<(), Failure> {
    let missing = || Failure::Transport("there is no authorization server".to_owned());
    let mut connection = Connection::new(world.authz.clone().ok_or_else(missing)?, None);
    // People do not come in step: a crowd at the same moment would measure this program's own thread.
    tokio::time::sleep(PATIENCE.mul_f64(f64::from(number) / f64::from(BROWSERS))).await;
    while !over.get() {
        let mut browser = apps(&world)?.stranger(u64::from(number) % PEOPLE);
        match browser.sign_in(&mut connection).await? {
            Arrival::SignedIn => arrived.set(arrived.get() + 1),
            Arrival::ToldToWait => tokio::time::sleep(PATIENCE).await,
        }
    }
    Ok(())
}
