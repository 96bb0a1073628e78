//! The budget, the total time and `Retry-After`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use conformance::report::Format;
use conformance::{Configuration, Outcome, Runner};

use crate::mock::Mock;

static BUSY: AtomicUsize = AtomicUsize::new(0);

/// Busy once, then asked too often once.
async fn busy_twice() -> HttpResponse {
    match BUSY.fetch_add(1, Ordering::SeqCst) {
        0 => HttpResponse::ServiceUnavailable()
            .insert_header(("retry-after", "0"))
            .finish(),
        1 => HttpResponse::TooManyRequests()
            .insert_header(("retry-after", "0"))
            .finish(),
        _ => HttpResponse::Ok().json(serde_json::json!({"resourceType": "CapabilityStatement",
            "fhirVersion": "4.0.1", "kind": "instance", "format": ["json"]})),
    }
}

#[actix_web::test]
async fn a_busy_server_is_asked_again() {
    let server = HttpServer::new(|| App::new().default_service(web::to(busy_twice)))
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
    let base = format!("http://{}/fhir", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    let mut configuration = Configuration::new(&base).unwrap();
    configuration.only = vec!["DSC-06".into()];
    let report = Runner::new(configuration).unwrap().run(&()).await;
    assert_eq!(report.results[0].outcome, Outcome::Pass);
    assert_eq!(report.exchanges.len(), 3);
}

async fn busy_for_an_hour() -> HttpResponse {
    HttpResponse::ServiceUnavailable()
        .insert_header(("retry-after", "3600"))
        .finish()
}

#[actix_web::test]
async fn a_server_busy_for_too_long_is_not_waited_for() {
    let server = HttpServer::new(|| App::new().default_service(web::to(busy_for_an_hour)))
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
    let base = format!("http://{}/fhir", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    let mut configuration = Configuration::new(&base).unwrap();
    configuration.only = vec!["DSC-06".into()];
    let report = Runner::new(configuration).unwrap().run(&()).await;
    assert!(report.results[0].outcome.reason().unwrap().contains("503"));
    assert_eq!(report.exchanges.len(), 1);
}

#[actix_web::test]
async fn a_spent_budget_skips_the_rest() {
    let mock = Mock::start("none");
    let mut configuration = mock.configuration();
    configuration.limits.requests = 20;
    let report = Runner::new(configuration).unwrap().run(&()).await;
    assert_eq!(report.exchanges.len(), 20);
    assert_eq!((report.totals().fail, report.totals().error), (0, 0));
    let reason = report.result("IMG-02").unwrap().outcome.reason().unwrap();
    assert!(reason.contains("budget of 20"), "{reason}");
    let told = "cut short: the budget of 20 requests is spent";
    for format in [Format::Console, Format::Html, Format::Json] {
        let text = report.render(format, false);
        let is_told = text.contains(told) || text.contains("\"cut_short\": \"the budget of 20");
        assert!(is_told, "{format:?}");
    }
}

#[actix_web::test]
async fn a_run_ends_at_its_time_limit() {
    let mock = Mock::start("none");
    let mut configuration = mock.configuration();
    configuration.limits.rate = 5.0;
    configuration.limits.total_time = Duration::from_millis(500);
    let report = Runner::new(configuration).unwrap().run(&()).await;
    assert!(report.exchanges.len() <= 3);
    assert!(report.milliseconds < 5_000);
    assert_eq!(report.totals().error, 0);
}
