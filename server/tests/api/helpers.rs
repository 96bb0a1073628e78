//! A running server and the small world it serves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use server::Application;
use server::app::listen;
use server::configuration::{Configuration, Profile, UsCore};
use server::load::{Source, load_as_is};
use server::store::Location;
use smart::clock::ManualClock;
use smart::configuration::SmartConfiguration;
use smart::introspection::{Answer, AuthorizationServer, Disclosure, Introspection, Unavailable};

/// An authorization server that knows the tokens a test gives it.
#[derive(Default)]
pub struct Tokens {
    known: Mutex<HashMap<String, Introspection>>,
    down: Mutex<bool>,
    told: Mutex<Vec<Told>>,
    keeps_nothing: Mutex<bool>,
}

/// Token, purpose and patients of a disclosure.
pub type Told = (String, String, Vec<String>);

impl Tokens {
    pub fn issue(&self, token: &str, scope: &str, patient: Option<&str>) {
        self.insert(
            token,
            Introspection {
                active: true,
                scope: Some(scope.into()),
                patient: patient.map(str::to_owned),
                client_id: Some("app".into()),
                sub: Some(format!("user-of-{}", patient.unwrap_or("none"))),
                ..Introspection::default()
            },
        );
    }

    /// Of a backend service: nobody stands behind it.
    pub fn issue_to_service(&self, token: &str, scope: &str) {
        self.insert(
            token,
            Introspection {
                active: true,
                scope: Some(scope.into()),
                client_id: Some("service".into()),
                sub: Some("service".into()),
                ..Introspection::default()
            },
        );
    }

    pub fn insert(&self, token: &str, answer: Introspection) {
        self.known.lock().unwrap().insert(token.into(), answer);
    }

    /// Gives a token that is known a second name.
    pub fn alias(&self, token: &str, known: &str) {
        let answer = self.known.lock().unwrap()[known].clone();
        self.insert(token, answer);
    }

    /// What it was told since it was asked last.
    pub fn told(&self) -> Vec<Told> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    /// From now on nothing that is told can be kept.
    pub fn keep_nothing(&self) {
        *self.keeps_nothing.lock().unwrap() = true;
    }

    pub fn go_down(&self) {
        *self.down.lock().unwrap() = true;
    }
}

impl AuthorizationServer for Tokens {
    fn introspect_for<'a>(&'a self, token: &'a str, _: &'a str) -> Answer<'a, Introspection> {
        let answer = if *self.down.lock().unwrap() {
            Err(Unavailable::because("down"))
        } else {
            let known = self.known.lock().unwrap();
            Ok(known.get(token).cloned().unwrap_or_default())
        };
        Box::pin(async { answer })
    }

    fn disclosed<'a>(&'a self, disclosure: Disclosure<'a>) -> Answer<'a, ()> {
        let Disclosure {
            token,
            purpose,
            patients,
        } = disclosure;
        let told = (token.to_owned(), purpose.to_owned(), patients.to_vec());
        self.told.lock().unwrap().push(told);
        let answer = if *self.keeps_nothing.lock().unwrap() {
            Err(Unavailable::because("full"))
        } else {
            Ok(())
        };
        Box::pin(async { answer })
    }

    fn configuration(&self) -> Answer<'_, SmartConfiguration> {
        Box::pin(async { Err(Unavailable::because("none")) })
    }
}

pub struct Server {
    pub base: String,
    pub origin: String,
    pub tokens: Arc<Tokens>,
    pub clock: ManualClock,
    client: reqwest::Client,
    stop: tokio::sync::oneshot::Sender<()>,
    running: actix_web::rt::task::JoinHandle<std::io::Result<()>>,
}

/// The base that endpoints of a test's world name.
pub const MADE_FOR: &str = "https://made.for.example.org/fhir";

pub const SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

pub fn start_of_time() -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// Two patients, `a` and `b`, with the same kinds of records.
pub fn world() -> Vec<Source> {
    let mut resources = shared_records();
    resources.extend([
        json!({ "resourceType": "Group", "id": "g", "type": "person", "actual": true,
            "member": [{ "entity": { "reference": "Patient/a" } }, { "entity": { "reference": "Patient/b" } }] }),
    ]);
    for patient in ["a", "b"] {
        resources.extend(records(patient));
    }
    resources.push(json!({
        "resourceType": "Provenance", "id": "prov-both", "recorded": "2024-01-01T00:00:00Z",
        "target": [{ "reference": "Condition/a-c" }, { "reference": "Condition/b-c" }],
        "agent": [{ "who": { "reference": "Practitioner/p" } }]
    }));
    sources(resources)
}

/// What belongs to nobody.
pub fn shared_records() -> Vec<Value> {
    vec![
        json!({ "resourceType": "Organization", "id": "o", "name": "Clinic" }),
        json!({ "resourceType": "Practitioner", "id": "p", "name": [{ "family": "Doe" }] }),
    ]
}

/// Resources as a generator would give them, one second after the other.
pub fn sources(resources: Vec<Value>) -> Vec<Source> {
    resources
        .into_iter()
        .enumerate()
        .map(|(at, resource)| source(at, resource))
        .collect()
}

fn source(at: usize, mut resource: Value) -> Source {
    let updated = start_of_time() - TimeDelta::days(100)
        + TimeDelta::milliseconds(1000 * i64::try_from(at).unwrap() + 7);
    resource["meta"] = json!({
        "versionId": "1",
        "lastUpdated": updated.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
    });
    Source {
        resource_type: resource["resourceType"].as_str().unwrap().into(),
        id: resource["id"].as_str().unwrap().into(),
        updated,
        json: resource.to_string(),
        earlier: Vec::new(),
    }
}

pub fn records(patient: &str) -> Vec<Value> {
    let subject = json!({ "reference": format!("Patient/{patient}") });
    let id = |part: &str| format!("{patient}-{part}");
    let mut records = vec![
        json!({ "resourceType": "Patient", "id": patient, "gender": "female", "birthDate": "1980-05-06",
            "name": [{ "family": "Núñez-Smith", "given": ["Ana"] }] }),
        json!({ "resourceType": "Condition", "id": id("c"), "subject": subject,
            "code": { "coding": [{ "system": "http://snomed.info/sct", "code": "59621000" }] },
            "onsetDateTime": "2015" }),
        json!({ "resourceType": "MedicationRequest", "id": id("m"), "status": "active", "intent": "order",
            "subject": subject, "authoredOn": "2020-02-03T10:00:00-05:00",
            "medicationCodeableConcept": { "text": "x" } }),
        json!({ "resourceType": "DocumentReference", "id": id("d"), "status": "current", "subject": subject,
            "content": [{ "attachment": { "contentType": "text/plain", "url": format!("Binary/{patient}-bin") } }] }),
        json!({ "resourceType": "Binary", "id": id("bin"), "contentType": "text/plain", "data": "aGk=",
            "securityContext": { "reference": format!("DocumentReference/{patient}-d") } }),
        json!({ "resourceType": "Provenance", "id": id("prov"), "recorded": "2024-01-01T00:00:00Z",
            "target": [{ "reference": format!("Condition/{patient}-c") }],
            "agent": [{ "who": { "reference": "Practitioner/p" } }] }),
    ];
    for (at, category) in ["laboratory", "laboratory", "vital-signs", "social-history"]
        .iter()
        .enumerate()
    {
        records.push(json!({
            "resourceType": "Observation", "id": format!("{patient}-o{at}"), "status": "final",
            "category": [{ "coding": [{ "system": SYSTEM, "code": category }] }],
            "code": { "coding": [{ "system": "http://loinc.org", "code": format!("100{at}-0") }] },
            "subject": subject,
            "effectiveDateTime": format!("2024-0{}-15", at + 1),
            "valueQuantity": { "value": at + 1, "unit": "milligram", "system": "http://unitsofmeasure.org", "code": "mg" }
        }));
    }
    records
}

impl Server {
    pub fn start() -> Self {
        Self::start_as(Profile::Demo)
    }

    pub fn start_as(profile: Profile) -> Self {
        Self::start_with(profile, world())
    }

    /// A server whose first content is this.
    pub fn start_in(world: Vec<Source>) -> Self {
        Self::start_with(Profile::Demo, world)
    }

    /// With what the `CapabilityStatement` names.
    pub fn start_with_definitions() -> Self {
        Self::started(Profile::Demo, Location::Memory, world(), true)
    }

    /// On a database that outlives it.
    pub fn start_at(location: Location) -> Self {
        Self::started(Profile::Demo, location, world(), false)
    }

    fn start_with(profile: Profile, world: Vec<Source>) -> Self {
        Self::started(profile, Location::Memory, world, false)
    }

    /// Whose first retrieval of a study takes so many seconds.
    pub fn start_slow(world: Vec<Source>, retrieval_delay: u16) -> Self {
        Self::begun(Location::Memory, world, false, |configuration| {
            configuration.retrieval_delay = retrieval_delay;
        })
    }

    fn started(
        profile: Profile,
        location: Location,
        world: Vec<Source>,
        with_definitions: bool,
    ) -> Self {
        Self::begun(location, world, with_definitions, |configuration| {
            configuration.profile = profile;
        })
    }

    fn begun(
        location: Location,
        world: Vec<Source>,
        with_definitions: bool,
        adjust: impl FnOnce(&mut Configuration),
    ) -> Self {
        let tokens = Arc::new(Tokens::default());
        tokens.issue("all-a", "patient/*.rs", Some("a"));
        tokens.issue("all-b", "patient/*.rs", Some("b"));
        let mut configuration = Configuration {
            base: None,
            location,
            profile: Profile::Demo,
            us_core: UsCore::default(),
            retrieval_delay: 0,
            workers: 1,
        };
        adjust(&mut configuration);
        let clock = ManualClock::new(start_of_time());
        let entropy = fresh_entropy();
        let application = Application::build(
            listen("127.0.0.1", 0).unwrap(),
            &configuration,
            Arc::new(clock.clone()),
            tokens.clone(),
            entropy,
        )
        .unwrap();
        load_as_is(application.store(), world.into_iter()).unwrap();
        application.take_address(MADE_FOR).unwrap();
        if with_definitions {
            application.publish_definitions().unwrap();
            assert_eq!(application.publish_definitions().unwrap(), 0);
        }
        let base = application.base().to_owned();
        let origin = format!("http://localhost:{}", application.port());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let run = application.run_until_stopped(async {
            let _ = stopped.await;
        });
        let running = actix_web::rt::spawn(run);
        Self {
            base,
            origin,
            tokens,
            clock,
            // On a busy machine the server may close a connection that idled while it is used again.
            client: reqwest::Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .build()
                .unwrap(),
            stop,
            running,
        }
    }

    /// Lets go of it, and waits until it has let go of its database.
    pub async fn stopped(self) {
        drop((self.client, self.stop));
        self.running.await.unwrap().unwrap();
    }

    pub fn get(&self, path: &str, token: &str) -> reqwest::RequestBuilder {
        self.client
            .get(format!("{}/{path}", self.base))
            .bearer_auth(token)
    }

    /// Sends a resource by POST.
    pub fn post(&self, path: &str, token: &str, body: &Value) -> reqwest::RequestBuilder {
        self.client
            .post(format!("{}/{path}", self.base))
            .bearer_auth(token)
            .header("Content-Type", "application/fhir+json")
            .body(body.to_string())
    }

    pub fn request(&self, method: &str, url: &str) -> reqwest::RequestBuilder {
        self.client.request(method.parse().unwrap(), url.to_owned())
    }

    /// Status and JSON body.
    pub async fn json(&self, path: &str, token: &str) -> (u16, Value) {
        answer(self.get(path, token)).await
    }

    /// Ids of all matches of a search that must succeed, in order.
    pub async fn ids(&self, path: &str, token: &str) -> Vec<String> {
        let (status, bundle) = self.json(path, token).await;
        assert_eq!(status, 200, "{path}: {bundle}");
        assert_eq!(bundle["type"], "searchset", "{path}");
        ids(&bundle)
    }
}

pub fn ids(bundle: &Value) -> Vec<String> {
    bundle["entry"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| entry["search"]["mode"] == "match")
        .map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned())
        .collect()
}

pub async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or(Value::Null))
}

/// Different in every test, so that in-memory databases are not shared.
fn fresh_entropy() -> [u8; 32] {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}
