//! Writing side by side, and remembering what was acknowledged.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

const CONNECTIONS: usize = 8;

/// A write that was acknowledged: where the resource is and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    pub location: String,
    pub mark: String,
}

/// Creates until `enough` are acknowledged, then calls `end`, which ends the server under the
/// hands of those that still write. Some of the writes are transactions of two.
pub async fn write(
    base: &str,
    token: &str,
    round: usize,
    enough: usize,
    end: impl FnOnce(),
) -> Vec<Acknowledged> {
    let written = Arc::new(Mutex::new(Vec::new()));
    let number = Arc::new(AtomicUsize::new(0));
    let (done, told) = tokio::sync::oneshot::channel();
    let done = Arc::new(Mutex::new(Some(done)));
    let writers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (base, token) = (base.to_owned(), token.to_owned());
            let (written, number, done) =
                (Arc::clone(&written), Arc::clone(&number), Arc::clone(&done));
            tokio::spawn(async move {
                let client = reqwest::Client::new();
                loop {
                    let mark = format!("{round}-{}", number.fetch_add(1, Ordering::Relaxed));
                    let Some(location) = create(&client, &base, &token, &mark).await else {
                        return;
                    };
                    let mut written = written.lock().unwrap();
                    written.push(Acknowledged { location, mark });
                    if written.len() == enough
                        && let Some(done) = done.lock().unwrap().take()
                    {
                        let _ = done.send(());
                    }
                }
            })
        })
        .collect();
    // When every writer has failed nobody tells.
    drop(done);
    told.await.unwrap();
    end();
    for writer in writers {
        writer.await.unwrap();
    }
    std::mem::take(&mut *written.lock().unwrap())
}

/// Where the resource is; `None` when no acknowledgement came.
async fn create(client: &reqwest::Client, base: &str, token: &str, mark: &str) -> Option<String> {
    let resource = json!({
        "resourceType": "Observation", "status": "final",
        "code": { "text": "power" },
        "identifier": [{ "system": "http://example.org/mark", "value": mark }],
    });
    let response = client
        .post(format!("{base}/Observation"))
        .bearer_auth(token)
        .header("content-type", "application/fhir+json")
        .body(resource.to_string())
        .send()
        .await
        .ok()?;
    assert_eq!(response.status(), 201, "{:?}", response.text().await);
    let location = response.headers()["location"].to_str().unwrap();
    let (instance, _) = location.rsplit_once("/_history/").unwrap();
    let (_, relative) = instance.split_once("/api/fhir/").unwrap();
    Some(relative.to_owned())
}

/// Those that are not there, or not found by their mark.
pub async fn missing(base: &str, token: &str, written: &[Acknowledged]) -> Vec<Acknowledged> {
    let client = reqwest::Client::new();
    let mut missing = Vec::new();
    for acknowledged in written {
        let Acknowledged { location, mark } = acknowledged;
        let resource = read(&client, token, &format!("{base}/{location}")).await;
        let search = format!("{base}/Observation?identifier=http://example.org/mark%7C{mark}");
        let found = read(&client, token, &search).await;
        let is_there = resource["identifier"][0]["value"] == *mark;
        if !is_there || found["entry"].as_array().map(Vec::len) != Some(1) {
            missing.push(acknowledged.clone());
        }
    }
    missing
}

async fn read(client: &reqwest::Client, token: &str, url: &str) -> Value {
    let response = client.get(url).bearer_auth(token).send().await.unwrap();
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}
