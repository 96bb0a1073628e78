//! A bulk export whose server is killed: it is whole after the restart, or it failed and says so.

use std::path::{Path, PathBuf};

use bench::{Key, Own};
use serde_json::{Value, json};

const ROUNDS: u128 = 4;
const RESOURCES: u64 = 2_000;
const IN_ONE_TRANSACTION: u64 = 500;

struct Stack {
    own: Own,
    token: String,
    client: reqwest::Client,
}

impl Stack {
    async fn start(folder: &Path, key: &Key, id: u128) -> Self {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_s4s"));
        let own = Own::start(&program, folder, key).unwrap();
        let token = own.backend_token(key, id).await.unwrap();
        Self {
            own,
            token,
            client: reqwest::Client::new(),
        }
    }

    async fn ask(&self, method: &str, path: &str) -> reqwest::Response {
        let url = format!("{}/{path}", self.own.fhir);
        self.client
            .request(method.parse().unwrap(), url)
            .bearer_auth(&self.token)
            .header("accept", "application/json")
            .header("prefer", "respond-async")
            .send()
            .await
            .unwrap()
    }

    async fn load(&self) {
        for first in (0..RESOURCES).step_by(usize::try_from(IN_ONE_TRANSACTION).unwrap()) {
            let entries: Vec<Value> = (first..first + IN_ONE_TRANSACTION)
                .map(|number| {
                    json!({ "request": { "method": "PUT", "url": format!("Basic/{number}") },
                        "resource": { "resourceType": "Basic", "id": number.to_string(),
                            "code": { "text": "x" } } })
                })
                .collect();
            let bundle =
                json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries });
            let response = self
                .client
                .post(&self.own.fhir)
                .bearer_auth(&self.token)
                .header("content-type", "application/fhir+json")
                .body(bundle.to_string())
                .send()
                .await
                .unwrap();
            assert_eq!(response.status(), 200);
        }
    }

    /// The job of an export that has begun.
    async fn begin(&self) -> String {
        let response = self.ask("GET", "$export?_type=Basic").await;
        assert_eq!(response.status(), 202);
        let location = response.headers()["content-location"].to_str().unwrap();
        let (_, job) = location.rsplit_once('/').unwrap();
        format!("$export/{job}")
    }

    /// Status and body of a job that has ended.
    async fn end(&self, job: &str) -> (u16, Value) {
        loop {
            let response = self.ask("GET", job).await;
            if response.status() == 202 {
                tokio::task::yield_now().await;
                continue;
            }
            return (response.status().as_u16(), response.json().await.unwrap());
        }
    }

    async fn assert_whole(&self, manifest: &Value) {
        let mut found = 0;
        for file in manifest["output"].as_array().unwrap() {
            let url = file["url"].as_str().unwrap();
            let (_, file_path) = url.split_once("/api/fhir/").unwrap();
            let text = self.ask("GET", file_path).await.text().await.unwrap();
            for line in text.lines() {
                serde_json::from_str::<Value>(line).unwrap();
                found += 1;
            }
        }
        assert_eq!(found, RESOURCES);
    }
}

#[tokio::test]
async fn an_export_whose_server_was_killed_is_whole_or_has_failed() {
    let folder = tempfile::tempdir().unwrap();
    let key = Key::generate().unwrap();
    let mut stack = Stack::start(folder.path(), &key, 0).await;
    stack.load().await;
    let mut interrupted = 0;
    for round in 1..=ROUNDS {
        let job = stack.begin().await;
        stack.own.kill();
        stack = Stack::start(folder.path(), &key, round).await;
        match stack.end(&job).await {
            (200, manifest) => stack.assert_whole(&manifest).await,
            (status, outcome) => {
                assert_eq!(status, 500);
                assert_eq!(outcome["resourceType"], "OperationOutcome");
                interrupted += 1;
            }
        }
        assert_eq!(stack.ask("DELETE", &job).await.status(), 202);
        assert_eq!(stack.ask("GET", &job).await.status(), 404);
    }
    assert!(interrupted > 0, "no export was interrupted");
    let job = stack.begin().await;
    let (status, manifest) = stack.end(&job).await;
    assert_eq!(status, 200);
    stack.assert_whole(&manifest).await;
    let folders = std::fs::read_dir(folder.path().join("fhir.exports")).unwrap();
    assert_eq!(
        folders.count(),
        1,
        "nothing is left of what was interrupted"
    );
}
