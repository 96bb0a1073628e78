//! Reads by address.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::connection::{Answer, Ask, Connection, Failure};
use crate::world::{Session, World};

/// `GET metadata`
pub(crate) async fn metadata(
    session: &mut Session,
    _: &World,
    _: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let answer = session
        .fhir
        .send(Ask::read("/metadata"))
        .await?
        .expect(200)?;
    holds(&answer, "\"CapabilityStatement\"")
}

/// `GET Observation/{id}`
pub(crate) async fn read(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let id = some_lab(world, random);
    read_of(&mut session.fhir, &id, "").await
}

/// `GET Observation/{id}/_history/1`
pub(crate) async fn version(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let id = some_lab(world, random);
    read_of(&mut session.fhir, &id, "/_history/1").await
}

/// `GET Observation/{id}` with `If-None-Match`
pub(crate) async fn unmodified(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let ask = Ask::read(format!("/Observation/{}", some_lab(world, random)));
    let ask = ask.with("if-none-match", "W/\"1\"");
    session.fhir.send(ask).await?.expect(304)?;
    Ok(1)
}

/// `GET Observation/{unknown}`
pub(crate) async fn miss(
    session: &mut Session,
    _: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let id = format!("unknown-{}", random.random::<u32>());
    let ask = Ask::read(format!("/Observation/{id}"));
    session.fhir.send(ask).await?.expect(404)?;
    Ok(1)
}

/// Reads an Observation, which must have its id.
pub(crate) async fn read_of(
    connection: &mut Connection,
    id: &str,
    version: &str,
) -> Result<u64, Failure> {
    let ask = Ask::read(format!("/Observation/{id}{version}"));
    let answer = connection.send(ask).await?.expect(200)?;
    holds(&answer, &format!("\"{id}\""))
}

/// Some laboratory result's id.
fn some_lab(world: &World, random: &mut ChaCha8Rng) -> String {
    let patient = world.patient(random);
    patient.lab(random.random_range(0..36))
}

/// One unit, if the body holds this text.
pub(crate) fn holds(answer: &Answer, text: &str) -> Result<u64, Failure> {
    let found = answer
        .body
        .windows(text.len())
        .any(|window| window == text.as_bytes());
    if found {
        Ok(1)
    } else {
        Err(Failure::Wrong(format!("{text} is not in the body")))
    }
}
