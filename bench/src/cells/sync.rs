//! What an app does with a patient: everything at first, what is new later.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::read::holds;
use super::search::{expect, matches_of_all_pages};
use super::{oauth, write};
use crate::connection::{Ask, Connection, Failure};
use crate::dataset::{PER_PATIENT, Patient};
use crate::world::{Session, World};

/// The searches of a first connection with the matches they have.
const SEARCHES: [(&str, u64); 12] = [
    ("Observation?category=social-history", 1),
    ("Condition?", 8),
    ("MedicationRequest?", 6),
    ("MedicationStatement?", 0),
    ("MedicationDispense?", 0),
    ("MedicationAdministration?", 0),
    ("AllergyIntolerance?", 2),
    ("Observation?category=laboratory", 36),
    ("Observation?category=vital-signs", 24),
    ("Procedure?", 6),
    ("Immunization?", 8),
    ("DocumentReference?", 3),
];

/// The patient and the twelve searches, all pages.
pub(crate) async fn first(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    first_of(&mut session.fhir, &world.patient(random).id()).await
}

async fn first_of(fhir: &mut Connection, patient: &str) -> Result<u64, Failure> {
    let ask = Ask::read(format!("/Patient/{patient}"));
    holds(&fhir.send(ask).await?.expect(200)?, patient)?;
    for (search, matches) in SEARCHES {
        let path = format!("/{search}&patient={patient}").replace("?&", "?");
        expect(matches_of_all_pages(fhir, &path).await?, matches)?;
    }
    Ok(1)
}

/// The twelve searches for what is newer than the load.
pub(crate) async fn periodic(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let patient = world.patient(random).id();
    periodic_of(&mut session.fhir, &patient, &world.loaded).await
}

async fn periodic_of(fhir: &mut Connection, patient: &str, since: &str) -> Result<u64, Failure> {
    for (search, _) in SEARCHES {
        let path = format!("/{search}&patient={patient}&_lastUpdated=gt{since}").replace("?&", "?");
        expect(matches_of_all_pages(fhir, &path).await?, 0)?;
    }
    Ok(1)
}

/// One of many apps, with a token of its own: four first connections to one periodic sync, and
/// one flow in a hundred is somebody's write.
pub(crate) async fn many(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    if session.turn == 0 {
        let token = oauth::own_token(session, world).await?;
        session.fhir.authenticate(token);
    }
    let patient = Patient(oauth::person(session.number)).id();
    match random.random_range(0..100) {
        0 => write::aside(session, world, random).await,
        1..80 => first_of(&mut session.fhir, &patient).await,
        _ => periodic_of(&mut session.fhir, &patient, &world.loaded).await,
    }
}

/// `Patient/{id}/$everything`, all pages
pub(crate) async fn everything(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let path = format!("/Patient/{}/$everything", world.patient(random).id());
    let found = matches_of_all_pages(&mut session.fhir, &path).await?;
    expect(found, PER_PATIENT).map(|_| 1)
}
