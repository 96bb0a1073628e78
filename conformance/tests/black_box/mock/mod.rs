//! A small FHIR and SMART server that does everything right, except for at most one fault.

mod discovery;
mod grant;
mod mutation;
mod oauth;
mod portal;
mod record;
mod registration;
mod search;

use std::net::TcpListener;
use std::sync::{Mutex, MutexGuard};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use conformance::Configuration;
use conformance::configuration::{Credentials, Person, Secret};
use grant::State;
use serde_json::{Value, json};

pub const PASSWORD: &str = "open-sesame-please";
pub const ADA: &str = "ada-1";
pub const BOB: &str = "bob-2";
pub const CY: &str = "cy-3";

/// What the mock is and what it gets wrong.
pub struct World {
    pub origin: String,
    pub fault: &'static str,
    pub records: Vec<Value>,
    /// Whether codes are over as soon as they are issued, except that of the first login.
    pub brief: bool,
    /// Whether answers are spoilt, and in which way.
    pub spoilt: Option<u64>,
    /// The port of another door.
    pub elsewhere: u16,
    state: Mutex<State>,
}

impl World {
    pub fn base(&self) -> String {
        format!("{}/fhir", self.origin)
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn has(&self, fault: &str) -> bool {
        self.fault == fault
    }
}

/// A running mock; it stops when dropped.
pub struct Mock {
    pub origin: String,
    port: u16,
    handle: ServerHandle,
}

impl Drop for Mock {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

impl Mock {
    pub fn start(fault: &'static str) -> Self {
        Self::with(fault, false, None, None)
    }

    /// With codes that are over as soon as they are issued, except that of the first login.
    pub fn brief(fault: &'static str) -> Self {
        Self::with(fault, true, None, None)
    }

    /// With answers that are spoilt.
    pub fn spoilt(seed: u64) -> Self {
        Self::with("none", false, Some(seed), None)
    }

    /// Behind a door at another address.
    pub fn behind(fault: &'static str, origin: &str, elsewhere: u16) -> Self {
        Self::with(fault, false, None, Some((origin, elsewhere)))
    }

    fn with(
        fault: &'static str,
        brief: bool,
        spoilt: Option<u64>,
        public: Option<(&str, u16)>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let own = format!("http://{address}");
        let (origin, elsewhere) = public.unwrap_or((&own, 0));
        let origin = origin.to_owned();
        let world = Data::new(World {
            records: record::all(fault, &origin),
            origin: origin.clone(),
            fault,
            brief,
            spoilt,
            elsewhere,
            state: Mutex::new(State::new()),
        });
        let server = HttpServer::new(move || {
            App::new()
                .app_data(world.clone())
                .default_service(web::to(answer))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            origin,
            port: address.port(),
            handle,
        }
    }

    pub fn base(&self) -> String {
        format!("{}/fhir", self.origin)
    }

    /// Where it listens itself.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Signing in through the forms, as fast as it goes.
    pub fn configuration(&self) -> Configuration {
        let mut configuration = Configuration::new(&self.base()).unwrap();
        configuration.credentials = Credentials::Form {
            username: "ada".into(),
            password: Secret::from(PASSWORD.to_owned()),
        };
        configuration.second = Some(Person {
            username: "cy".into(),
            password: Secret::from(PASSWORD.to_owned()),
        });
        configuration.bursts = true;
        configuration.expired_token = Some(Secret::from("expired-token".to_owned()));
        configuration.limits.rate = 10_000.0;
        configuration
    }
}

async fn answer(request: HttpRequest, body: Bytes, world: Data<World>) -> HttpResponse {
    let mut response = route(&request, &body, &world);
    let headers = response.headers_mut();
    if !world.has("no-cors") {
        headers.insert(
            "access-control-allow-origin".parse().unwrap(),
            "*".parse().unwrap(),
        );
    }
    if !world.has("sniffable") {
        headers.insert(
            "x-content-type-options".parse().unwrap(),
            "nosniff".parse().unwrap(),
        );
    }
    if world.origin.starts_with("https") && !world.has("no-hsts") {
        let name = "strict-transport-security".parse().unwrap();
        headers.insert(name, "max-age=31536000".parse().unwrap());
    }
    if world.has("banner") {
        headers.insert("server".parse().unwrap(), "Apache/2.4.1".parse().unwrap());
    }
    if !world.has("no-cors") {
        headers.insert(
            "access-control-allow-headers".parse().unwrap(),
            "authorization".parse().unwrap(),
        );
    }
    if world.has("old-date") {
        let date = "Mon, 01 Jan 2001 00:00:00 GMT";
        headers.insert("date".parse().unwrap(), date.parse().unwrap());
    }
    match world.spoilt {
        Some(seed) => mutation::spoil(response, seed, &request.uri().to_string()).await,
        None => response,
    }
}

fn route(request: &HttpRequest, body: &Bytes, world: &World) -> HttpResponse {
    if request.method() == "TRACE" && !world.has("traces") {
        return HttpResponse::MethodNotAllowed().finish();
    }
    if world.has("breaks-on-long") && request.uri().to_string().len() > 5000 {
        return HttpResponse::InternalServerError().finish();
    }
    let path = request.path();
    if world.has("no-double-slash") && path.contains("//") {
        return HttpResponse::NotFound().finish();
    }
    let fhir = path.strip_prefix("/fhir/");
    let fhir = fhir.map(|rest| rest.trim_start_matches('/'));
    match fhir {
        Some(_) if path.contains("//") && world.has("other-at-double-slash") => {
            discovery::brands(world)
        }
        Some("metadata") => discovery::metadata(request, world),
        Some(".well-known/smart-configuration") => discovery::smart_configuration(world),
        Some("brands") => discovery::brands(world),
        Some(rest) => search::answer(request, body, world, rest),
        None => portal::answer(request, body, world),
    }
}

/// The value of a form field or query parameter.
pub fn parameter(text: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(text.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

pub fn header<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

pub fn fhir(status: u16, value: &Value) -> HttpResponse {
    HttpResponse::build(StatusCode::from_u16(status).unwrap())
        .content_type("application/fhir+json")
        .body(value.to_string())
}

pub fn outcome(status: u16) -> HttpResponse {
    fhir(
        status,
        &json!({"resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "processing", "diagnostics": "refused"}]}),
    )
}
