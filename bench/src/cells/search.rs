//! Searches, with the numbers of matches that follow from the dataset.

use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

use crate::connection::{Ask, Connection, Failure, local};
use crate::dataset::{LOINC, MRN, PER_LAB};
use crate::world::{Session, World};

/// The code that is counted and walked.
const GLUCOSE: &str = "2339-0";
/// The code that is looked for.
const A1C: &str = "4548-4";

/// What of a Bundle is looked at.
#[derive(Debug, Deserialize)]
pub(crate) struct Bundle {
    total: Option<u64>,
    #[serde(default)]
    link: Vec<Link>,
    #[serde(default)]
    entry: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Link {
    relation: String,
    url: String,
}

#[derive(Debug, Deserialize)]
struct Entry {
    search: Option<Search>,
}

#[derive(Debug, Deserialize)]
struct Search {
    mode: Option<String>,
}

impl Bundle {
    /// Entries of a mode; one without a mode is a match.
    pub(crate) fn count(&self, mode: &str) -> u64 {
        let of = |entry: &&Entry| {
            let said = entry
                .search
                .as_ref()
                .and_then(|search| search.mode.as_deref());
            said.unwrap_or("match") == mode
        };
        self.entry.iter().filter(of).count() as u64
    }

    /// Where the next page is.
    pub(crate) fn next(&self) -> Option<&str> {
        let link = self.link.iter().find(|link| link.relation == "next")?;
        Some(&link.url)
    }
}

/// `Observation?patient&category&date&_sort&_count`
pub(crate) async fn page(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let path = page_of(&world.patient(random).id());
    expect_matches(&mut session.fhir, &path, 36).await
}

/// The laboratory page of a patient.
pub(crate) fn page_of(patient: &str) -> String {
    format!("/Observation?patient={patient}&category=laboratory&date=ge2015&_sort=-date&_count=50")
}

/// `Observation?patient&code`
pub(crate) async fn code(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let patient = world.patient(random).id();
    let path = format!("/Observation?patient={patient}&code={LOINC}%7C{A1C}");
    expect_matches(&mut session.fhir, &path, PER_LAB).await
}

/// `Observation?code&_summary=count`
pub(crate) async fn count(
    session: &mut Session,
    world: &World,
    _: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let path = format!("/Observation?code={LOINC}%7C{GLUCOSE}&_summary=count");
    let bundle = bundle(&mut session.fhir, Ask::read(path)).await?;
    let expected = world.patients * PER_LAB;
    if bundle.total == Some(expected) {
        return Ok(1);
    }
    let total = bundle.total;
    Err(Failure::Wrong(format!(
        "total {total:?} instead of {expected}"
    )))
}

/// `Observation?code&_count=500`, all pages
pub(crate) async fn walk(
    session: &mut Session,
    world: &World,
    _: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let path = format!("/Observation?code={LOINC}%7C{GLUCOSE}&_count=500");
    let found = matches_of_all_pages(&mut session.fhir, &path).await?;
    expect(found, world.patients * PER_LAB)
}

/// `Observation?patient&_lastUpdated=gt{after the load}`
pub(crate) async fn nothing_new(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let patient = world.patient(random).id();
    let path = format!(
        "/Observation?patient={patient}&_lastUpdated=gt{}",
        world.loaded
    );
    expect_matches(&mut session.fhir, &path, 0).await
}

/// `Patient?identifier`
pub(crate) async fn identifier(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let mrn = world.patient(random).mrn();
    expect_matches(
        &mut session.fhir,
        &format!("/Patient?identifier={MRN}%7C{mrn}"),
        1,
    )
    .await
}

/// `Patient?family&birthdate`
pub(crate) async fn name(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let patient = world.patient(random);
    let (family, born) = (patient.family(), patient.birth_date());
    let path = format!("/Patient?family={family}&birthdate={born}");
    let answer = session.fhir.send(Ask::read(path)).await?.expect(200)?;
    super::read::holds(&answer, &format!("\"{}\"", patient.id()))
}

/// `MedicationRequest?patient&_include`
pub(crate) async fn include(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let patient = world.patient(random).id();
    let path = format!("/MedicationRequest?patient={patient}&_include=MedicationRequest:encounter");
    expect_both(&mut session.fhir, &path, 6, 5).await
}

/// `Patient?_id&_revinclude`
pub(crate) async fn revinclude(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let patient = world.patient(random).id();
    let path = format!(
        "/Patient?_id={patient}&_revinclude=Condition:patient&_revinclude=AllergyIntolerance:patient"
    );
    expect_both(&mut session.fhir, &path, 1, 10).await
}

/// `Observation?patient.identifier&code`
pub(crate) async fn chain(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let mrn = world.patient(random).mrn();
    let path = format!("/Observation?patient.identifier={MRN}%7C{mrn}&code={LOINC}%7C{A1C}");
    expect_matches(&mut session.fhir, &path, PER_LAB).await
}

/// `Patient?_has:Observation:patient:code`
pub(crate) async fn has(
    session: &mut Session,
    world: &World,
    _: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let path = format!("/Patient?_has:Observation:patient:code={LOINC}%7C{A1C}&_count=10");
    expect_matches(&mut session.fhir, &path, world.patients.min(10)).await
}

/// One unit, if a search has so many matches on its first page.
pub(crate) async fn expect_matches(
    connection: &mut Connection,
    path: &str,
    expected: u64,
) -> Result<u64, Failure> {
    let bundle = bundle(connection, Ask::read(path)).await?;
    expect(bundle.count("match"), expected).map(|_| 1)
}

async fn expect_both(
    connection: &mut Connection,
    path: &str,
    matches: u64,
    included: u64,
) -> Result<u64, Failure> {
    let bundle = bundle(connection, Ask::read(path)).await?;
    expect(bundle.count("match"), matches)?;
    expect(bundle.count("include"), included).map(|_| 1)
}

/// Matches of a search, following `next` to the end.
pub(crate) async fn matches_of_all_pages(
    connection: &mut Connection,
    path: &str,
) -> Result<u64, Failure> {
    let mut bundle = bundle(connection, Ask::read(path)).await?;
    let mut found = bundle.count("match");
    while let Some(next) = bundle.next() {
        let ask = Ask::read(local(next)?);
        let answer = connection.send_absolute(ask).await?.expect(200)?;
        bundle = parse(&answer.body)?;
        found += bundle.count("match");
    }
    Ok(found)
}

async fn bundle(connection: &mut Connection, ask: Ask) -> Result<Bundle, Failure> {
    parse(&connection.send(ask).await?.expect(200)?.body)
}

fn parse(body: &[u8]) -> Result<Bundle, Failure> {
    serde_json::from_slice(body)
        .map_err(|error| Failure::Wrong(format!("the body is no Bundle: {error}")))
}

/// The number found, if it is the right one.
pub(crate) fn expect(found: u64, expected: u64) -> Result<u64, Failure> {
    if found == expected {
        return Ok(found);
    }
    Err(Failure::Wrong(format!(
        "{found} matches instead of {expected}"
    )))
}
