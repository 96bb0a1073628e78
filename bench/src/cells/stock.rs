//! What the authorization cells use up: made before the time runs, so that what is measured is the
//! one call each cell is about.

use std::rc::Rc;
use std::time::{Duration, Instant};

use rand::RngExt as _;
use tokio::task::LocalSet;

use super::oauth::{apps, renew};
use crate::browser::Tokens;
use crate::connection::{Connection, Failure};
use crate::own::{Apps, PEOPLE};
use crate::world::World;

/// Codes for one repetition. They live for a minute.
const CODES: usize = 6000;
/// How long codes are collected at most.
const COLLECTING: Duration = Duration::from_secs(25);
/// Assertions for one repetition.
const ASSERTIONS: usize = 8000;
/// Grants that are refreshed side by side to make many tokens.
const FAMILIES: u64 = 64;

/// Codes of people who are signed in and agree.
pub(crate) async fn codes(world: Rc<World>) -> Result<(), Failure> {
    apps(&world)?.stock.take();
    let end = Instant::now() + COLLECTING;
    side_by_side(PEOPLE, |person| collect(Rc::clone(&world), person, end)).await
}

async fn collect(world: Rc<World>, person: u64, end: Instant) -> Result<(), Failure> {
    let apps = apps(&world)?;
    let mut connection = authz(&world)?;
    let mut browser = apps.browser(person);
    while apps.stock.borrow().len() < CODES && Instant::now() < end {
        let code = browser.code(&mut connection).await?;
        apps.stock.borrow_mut().push(code);
    }
    Ok(())
}

/// Assertions signed with ES384.
pub(crate) async fn es384(world: Rc<World>) -> Result<(), Failure> {
    sign(&world, Apps::assertion)
}

/// Assertions signed with RS384.
pub(crate) async fn rs384(world: Rc<World>) -> Result<(), Failure> {
    sign(&world, Apps::rsa_assertion)
}

fn sign(
    world: &World,
    one: impl Fn(&Apps, u128) -> Result<String, Failure>,
) -> Result<(), Failure> {
    let apps = apps(world)?;
    // An assertion is good once for each client, also over repetitions.
    let mut random = rand::rng();
    let signed = (0..ASSERTIONS).map(|_| one(apps, random.random()));
    apps.stock.replace(signed.collect::<Result<_, _>>()?);
    Ok(())
}

/// As many live access tokens as the world is to have, by refreshing again and again.
pub(crate) async fn tokens(world: Rc<World>) -> Result<(), Failure> {
    if apps(&world)?.count() >= world.tokens {
        return Ok(());
    }
    side_by_side(FAMILIES, |number| multiply(Rc::clone(&world), number)).await
}

async fn multiply(world: Rc<World>, number: u64) -> Result<(), Failure> {
    let apps = apps(&world)?;
    let mut connection = authz(&world)?;
    let mut held = apps.browser(number).grant(&mut connection).await?;
    apps.pool.borrow_mut().push(held.access.clone());
    while apps.count() < world.tokens {
        held = Tokens::parse(&renew(&mut connection, &held.refresh).await?)?;
        apps.pool.borrow_mut().push(held.access.clone());
    }
    Ok(())
}

async fn side_by_side<F>(count: u64, work: impl Fn(u64) -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>> + 'static,
{
    let workers = LocalSet::new();
    let working: Vec<_> = (0..count)
        .map(|number| workers.spawn_local(work(number)))
        .collect();
    workers.await;
    for worker in working {
        let outcome = worker.await;
        outcome.map_err(|error| Failure::Transport(error.to_string()))??;
    }
    Ok(())
}

fn authz(world: &World) -> Result<Connection, Failure> {
    let missing = || Failure::Transport("there is no authorization server".to_owned());
    let place = world.authz.clone().ok_or_else(missing)?;
    Ok(Connection::new(place, None))
}
