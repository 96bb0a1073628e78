//! Servers at https: the checks of TLS pass where it is right and fail where it is not.

use std::net::TcpListener;

use conformance::{Level, Outcome, Runner};

use crate::door::{Authority, Door, Switch, open};
use crate::mock::Mock;

fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

async fn outcomes(
    fault: &'static str,
    door: Door,
    other_door: Door,
) -> Vec<(String, Level, Outcome)> {
    let (listener, port) = listen();
    let (other, elsewhere) = listen();
    let mock = Mock::behind(fault, &format!("https://localhost:{port}"), elsewhere);
    let authority = Authority::new();
    let switch = |door: Door| Switch::new(door.into());
    open(listener, &authority, &switch(door), mock.port());
    open(other, &authority, &switch(other_door), mock.port());
    let mut configuration = mock.configuration();
    configuration.authority = Some(authority.pem());
    configuration.only = vec!["TLS".into()];
    let report = Runner::new(configuration).unwrap().run(&()).await;
    let results = report.results.into_iter();
    results
        .map(|result| (result.id, result.level, result.outcome))
        .collect()
}

#[actix_web::test]
async fn a_server_at_https_passes_every_check_of_tls() {
    for (id, _, outcome) in outcomes("none", Door::Right, Door::Right).await {
        assert_eq!(outcome, Outcome::Pass, "{id}");
    }
}

#[actix_web::test]
async fn every_check_of_tls_finds_its_fault() {
    const RIGHT: Door = Door::Right;
    for (fault, door, other_door, id) in [
        ("plain-endpoint", RIGHT, RIGHT, "TLS-01"),
        ("endpoint-elsewhere", RIGHT, Door::Deaf, "TLS-02"),
        ("none", Door::SpeaksTls10, RIGHT, "TLS-03"),
        ("none", Door::AcceptsNull, RIGHT, "TLS-04"),
        ("endpoint-elsewhere", RIGHT, Door::Misnamed, "TLS-05"),
        ("endpoint-elsewhere", RIGHT, Door::Expired, "TLS-05"),
        ("no-hsts", RIGHT, RIGHT, "TLS-06"),
        ("none", Door::PlainToo, RIGHT, "TLS-07"),
    ] {
        let all = outcomes(fault, door, other_door).await;
        let (_, level, outcome) = all.iter().find(|(found, ..)| found == id).unwrap();
        let is_found = match level {
            Level::Required => matches!(outcome, Outcome::Fail { .. }),
            _ => matches!(outcome, Outcome::Warn { .. }),
        };
        assert!(
            is_found,
            "{id} with {fault}, {door:?} and {other_door:?}: {outcome:?}"
        );
    }
}
