//! Bulk export from kick-off to the last byte.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;

use crate::connection::{Answer, Ask, Failure, local};
use crate::dataset::PER_PATIENT;
use crate::world::{Session, World};

const POLL: Duration = Duration::from_millis(50);

/// `GET $export`, its status until it is done, and every file.
pub(crate) async fn export(
    session: &mut Session,
    world: &World,
    _: &mut ChaCha8Rng,
) -> Result<u64, Failure> {
    let kick_off = Ask::read("/$export")
        .with("accept", "application/fhir+json")
        .with("prefer", "respond-async");
    let accepted = session.fhir.send(kick_off).await?.expect(202)?;
    let status = accepted.header("content-location").unwrap_or_default();
    let status = local(status)?;
    let manifest = finished(session, &status).await?.json()?;
    let mut resources = 0;
    for file in manifest["output"].as_array().into_iter().flatten() {
        let path = local(file["url"].as_str().unwrap_or_default())?;
        let answer = session
            .fhir
            .send_absolute(Ask::read(path))
            .await?
            .expect(200)?;
        resources += answer.body.split(|byte| *byte == b'\n').count() as u64 - 1;
    }
    let delete = Ask {
        method: hyper::Method::DELETE,
        ..Ask::read(status)
    };
    session.fhir.send_absolute(delete).await?;
    let least = world.patients * PER_PATIENT;
    if resources < least {
        return Err(Failure::Wrong(format!(
            "{resources} lines, at least {least} expected"
        )));
    }
    Ok(resources)
}

async fn finished(session: &mut Session, status: &str) -> Result<Answer, Failure> {
    loop {
        let answer = session.fhir.send_absolute(Ask::read(status)).await?;
        if answer.status != 202 {
            return answer.expect(200);
        }
        tokio::time::sleep(POLL).await;
    }
}
