//! Writes, which are durable when they are answered.

use hyper::Method;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::connection::{Ask, Failure};
use crate::dataset::{LOINC, MRN};
use crate::world::{Session, World};

/// `POST Observation`
pub(crate) async fn create(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let resource = new_result(world, random);
    created(session, &resource).await
}

/// `POST Observation` with twelve components
pub(crate) async fn create_large(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let mut resource = new_result(world, random);
    let value = resource["valueQuantity"].take();
    resource["valueQuantity"] = value.clone();
    let component = json!({
        "code": { "coding": [{ "system": LOINC, "code": "2339-0", "display": "Glucose [Mass/volume] in Blood" }],
                  "text": "One of the values that one specimen was measured for" },
        "valueQuantity": value,
        "referenceRange": [{ "text": "as the laboratory states it" }]
    });
    resource["component"] = vec![component; COMPONENTS].into();
    created(session, &resource).await
}

/// Components that make a resource of 4.4 KB.
const COMPONENTS: usize = 12;

fn new_result(world: &World, random: &mut ChaCha8Rng) -> Value {
    let mut resource = some_result(world, random);
    if let Some(resource) = resource.as_object_mut() {
        resource.remove("id");
    }
    // A code of its own: what is created here is not counted by the other cells.
    resource["code"] = json!({ "text": "created while measuring" });
    resource
}

async fn created(session: &mut Session, resource: &Value) -> Result<u64, Failure> {
    let ask = Ask::resource(Method::POST, "/Observation", resource.to_string());
    let answer = session.fhir.send(ask).await?.expect(201)?;
    answer
        .header("location")
        .map(|_| 1)
        .ok_or_else(|| Failure::Wrong("a create was answered without Location".to_owned()))
}

/// `PUT Observation/{id}` with `If-Match`, after a read: 412 when another one was faster
pub(crate) async fn guarded_update(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let mut resource = some_result(world, random);
    let id = resource["id"].as_str().unwrap_or_default();
    let path = format!("/Observation/{id}");
    let read = session.fhir.send(Ask::read(&path)).await?.expect(200)?;
    let version = read
        .header("etag")
        .ok_or_else(|| Failure::Wrong("a read was answered without ETag".to_owned()))?
        .to_owned();
    resource["note"] = json!([{ "text": format!("update {}", random.random::<u32>()) }]);
    let ask = Ask::resource(Method::PUT, path, resource.to_string()).with("if-match", version);
    let answer = session.fhir.send(ask).await?;
    if answer.status == 412 {
        return Ok(1);
    }
    answer.expect(200).map(|_| 1)
}

/// `POST Observation` on a connection of its own, of a category that no other cell counts
pub(crate) async fn aside(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let mut resource = new_result(world, random);
    resource["category"] = json!([{ "text": "measuring" }]);
    let ask = Ask::resource(Method::POST, "/Observation", resource.to_string());
    let mut fhir = world.session(session.number).fhir;
    fhir.send(ask).await?.expect(201).map(|_| 1)
}

/// `PUT Observation/{id}`
pub(crate) async fn update(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let mut resource = some_result(world, random);
    resource["note"] = json!([{ "text": format!("update {}", random.random::<u32>()) }]);
    let path = format!(
        "/Observation/{}",
        resource["id"].as_str().unwrap_or_default()
    );
    let ask = Ask::resource(Method::PUT, path, resource.to_string());
    session.fhir.send(ask).await?.expect(200)?;
    Ok(1)
}

/// `POST Patient` with `If-None-Exist`
pub(crate) async fn conditional_create(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let patient = world.patient(random);
    let mut resource = patient.resources().swap_remove(0);
    if let Some(resource) = resource.as_object_mut() {
        resource.remove("id");
    }
    let ask = Ask::resource(Method::POST, "/Patient", resource.to_string());
    let ask = ask.with(
        "if-none-exist",
        format!("identifier={MRN}|{}", patient.mrn()),
    );
    session.fhir.send(ask).await?.expect(200)?;
    Ok(1)
}

/// The transaction that loaded a patient
pub(crate) async fn again(
    session: &mut Session,
    world: &World,
    random: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let transaction = world.patient(random).transaction();
    crate::load::put(&mut session.fhir, transaction.to_string()).await
}

fn some_result(world: &World, random: &mut ChaCha8Rng) -> Value {
    let mut resources = world.patient(random).resources();
    // The laboratory results follow patient, encounters, conditions and vital signs.
    resources.swap_remove(38 + random.random_range(0..36))
}
