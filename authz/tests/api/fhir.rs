//! A FHIR server of a few resources. It asks the authorization server under test about every token
//! and notes who asked for what.

use std::sync::{Arc, Mutex, OnceLock};

use actix_web::http::header::AUTHORIZATION;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::{Value, json};
use smart::introspection::{Introspection, SharedAuthorizationServer};

use crate::helpers::*;

/// What the FHIR server knows and what it was asked.
#[derive(Default)]
pub struct Ehr {
    authorization: OnceLock<SharedAuthorizationServer>,
    resources: Mutex<Vec<Value>>,
    asked: Mutex<Vec<(String, Introspection)>>,
}

impl Ehr {
    /// Every request with what its token was good for.
    pub fn asked(&self) -> Vec<(String, Introspection)> {
        self.asked.lock().unwrap().clone()
    }

    pub fn hold(&self, resource: Value) {
        self.resources.lock().unwrap().push(resource);
    }
}

/// An authorization server and the FHIR server that its portal reads from.
pub async fn spawn_with_ehr() -> (TestServer, Arc<Ehr>) {
    let ehr = Arc::new(Ehr::default());
    let shared = web::Data::from(ehr.clone());
    let http = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .default_service(web::to(answer))
    })
    .workers(1)
    .disable_signals()
    .bind(("127.0.0.1", 0))
    .unwrap();
    let address = http.addrs()[0];
    tokio::spawn(http.run());
    let server = spawn_with(authz::Configuration {
        fhir_address: Some(format!("http://{address}/fhir")),
        ..configuration()
    })
    .await;
    assert!(ehr.authorization.set(server.in_process.clone()).is_ok());
    (server, ehr)
}

async fn answer(request: HttpRequest, ehr: web::Data<Ehr>) -> HttpResponse {
    let token = request.headers().get(AUTHORIZATION).unwrap();
    let token = token.to_str().unwrap().strip_prefix("Bearer ").unwrap();
    let authorization = ehr.authorization.get().unwrap();
    let introspection = authorization.introspect(token).await.unwrap();
    if !introspection.active {
        return HttpResponse::Unauthorized().finish();
    }
    let path = request.path().strip_prefix("/fhir/").unwrap().to_owned();
    let asked = format!("{path}?{}", request.query_string());
    let patient = introspection.patient.clone().unwrap();
    ehr.asked.lock().unwrap().push((asked, introspection));
    let all = ehr.resources.lock().unwrap();
    let mine = all
        .iter()
        .filter(|resource| resource["of"] == patient.as_str());
    let mut mine = mine.map(|resource| resource["resource"].clone());
    if let Some((name, id)) = path.split_once('/') {
        return mine
            .find(|resource| resource["resourceType"] == name && resource["id"] == id)
            .map_or_else(
                || HttpResponse::NotFound().finish(),
                |found| HttpResponse::Ok().json(found),
            );
    }
    let entries: Vec<Value> = mine
        .filter(|resource| resource["resourceType"] == path)
        .map(|resource| json!({"resource": resource, "search": {"mode": "match"}}))
        .collect();
    HttpResponse::Ok().json(json!({
        "resourceType": "Bundle", "type": "searchset", "total": entries.len(), "entry": entries,
    }))
}

/// A few resources of Daniel's, one of Amy's.
pub fn fill(ehr: &Ehr) {
    let daniel = |resource: Value| ehr.hold(json!({"of": DANIEL, "resource": resource}));
    daniel(
        json!({"resourceType": "Patient", "id": DANIEL, "birthDate": "1943-12-23", "gender": "male"}),
    );
    for (id, day, value) in [("g1", "2020-01-02", 91), ("g2", "2021-03-04", 143)] {
        daniel(json!({
            "resourceType": "Observation", "id": id, "status": "final", "code": {"text": "Glucose"},
            "effectiveDateTime": day, "valueQuantity": {"value": value, "unit": "mg/dL"},
            "referenceRange": [{"low": {"value": 70, "unit": "mg/dL"}, "high": {"value": 99, "unit": "mg/dL"}}],
        }));
    }
    daniel(
        json!({"resourceType": "Condition", "id": "c", "code": {"text": "<script>alert(1)</script>"}}),
    );
    daniel(json!({
        "resourceType": "DocumentReference", "id": "d", "type": {"text": "Visit note"}, "date": "2022-02-02",
        "content": [
            {"attachment": {"contentType": "text/plain", "url": "Binary/note"}},
            {"attachment": {"contentType": "text/html", "data": "PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="}},
            {"attachment": {"contentType": "text/plain", "url": "https://evil.example/Binary/note"}},
        ],
    }));
    daniel(
        json!({"resourceType": "Binary", "id": "note", "contentType": "text/plain", "data": "RG9pbmcgPHdlbGw+Lg=="}),
    );
    ehr.hold(json!({"of": AMY, "resource": {"resourceType": "Patient", "id": AMY}}));
}
