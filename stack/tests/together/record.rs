//! The FHIR server beside the authorization server of a test, with the records of three patients.

use std::path::Path;
use std::sync::Arc;

use reqwest::{Method, RequestBuilder};
use seed_data::{Config, Population};
use serde_json::Value;
use server::configuration::{Configuration, Profile, UsCore};
use server::load::Source;
use server::remote::{Credentials, Remote};
use server::store::Location;
use smart::introspection::SharedAuthorizationServer;
use tokio::sync::oneshot;

use crate::helpers::*;

pub const JOSEPH: &str = "smart-1081332";
/// The patients whose records are there.
pub const PATIENTS: [&str; 3] = [DANIEL, AMY, JOSEPH];

/// A running FHIR server.
pub struct Record {
    base: String,
    http: reqwest::Client,
    _stop: oneshot::Sender<()>,
}

impl Record {
    /// One that asks the authorization server of the test, in this process.
    pub fn open(server: &TestServer, folder: &Path) -> Self {
        Self::asking(server.in_process.clone(), server, folder)
    }

    /// One that asks it over HTTP, with credentials of its own.
    pub fn open_apart(server: &TestServer, folder: &Path) -> Self {
        let credentials = Credentials {
            issuer: server.base.clone(),
            id: "rs".into(),
            secret: "rs-secret".into(),
        };
        let remote = Remote::new(credentials, Arc::new(server.clock.clone())).unwrap();
        Self::asking(Arc::new(remote), server, folder)
    }

    fn asking(
        authorization: SharedAuthorizationServer,
        server: &TestServer,
        folder: &Path,
    ) -> Self {
        let listener = server::app::listen("127.0.0.1", 0).unwrap();
        let base = format!("http://{}/api/fhir", listener.local_addr().unwrap());
        let configuration = Configuration {
            retrieval_delay: 0,
            base: Some(FHIR_BASE.into()),
            location: Location::File(folder.join("fhir.sqlite")),
            profile: Profile::Demo,
            us_core: UsCore::default(),
            workers: 1,
        };
        let application = server::Application::build(
            listener,
            &configuration,
            Arc::new(server.clock.clone()),
            authorization,
            [7; 32],
        )
        .unwrap();
        let population = Population::new(Config {
            patients: 0,
            ..Config::default()
        });
        application.seed(|| sources(&population)).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        actix_web::rt::spawn(application.run_until_stopped(async move {
            let _ = stopped.await;
        }));
        Self {
            base,
            http: reqwest::Client::new(),
            _stop: stop,
        }
    }

    /// A request below the base.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// Status and body of what a token reads.
    pub async fn read(&self, token: &str, path: &str) -> (u16, Value) {
        told(self.request(Method::GET, path).bearer_auth(token)).await
    }
}

/// Status and body of an answer.
pub async fn told(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// The world and the three records.
fn sources(population: &Population) -> impl Iterator<Item = Source> + Send {
    let wanted = |patient: &Option<String>| {
        patient
            .as_ref()
            .is_none_or(|patient| PATIENTS.contains(&patient.as_str()))
    };
    population
        .records()
        .filter(move |record| wanted(&record.patient))
        .flat_map(|record| record.seeds)
        .map(|seed| Source {
            resource_type: seed.resource_type.to_owned(),
            id: seed.id,
            updated: seed.last_updated,
            json: seed.json,
            earlier: Vec::new(),
        })
}
