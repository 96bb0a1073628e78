//! Servers at https: the checks of TLS pass where it is right and fail where it is not.

use std::io::Write as _;
use std::net::{Shutdown, TcpListener};
use std::sync::Arc;
use std::thread;

use conformance::{Level, Outcome, Runner};
use tokio::net::TcpStream as AsyncStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::mock::Mock;

const AUTHORITY: &[u8] = include_bytes!("tls/authority.pem");
/// Certificates and keys that tests made for tests.
const LOCALHOST: (&[u8], &[u8]) = (
    include_bytes!("tls/localhost.pem"),
    include_bytes!("tls/localhost.test-only.key"),
);
const ELSEWHERE: (&[u8], &[u8]) = (
    include_bytes!("tls/elsewhere.pem"),
    include_bytes!("tls/elsewhere.test-only.key"),
);

/// What a door gets wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Door {
    Right,
    SpeaksTls10,
    AcceptsNull,
    PlainToo,
}

fn acceptor((certificate, key): (&[u8], &[u8])) -> TlsAcceptor {
    let chain = vec![CertificateDer::from_pem_slice(certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// A `ServerHello` of this version and suite.
fn hello(minor: u8, suite: u16) -> Vec<u8> {
    let [high, low] = suite.to_be_bytes();
    let mut hello = vec![22, 3, minor, 0, 42, 2, 0, 0, 38, 3, minor];
    hello.extend([9; 32]);
    hello.extend([0, high, low, 0]);
    hello
}

/// Takes connections with TLS and passes what is in them to the mock behind.
fn open(listener: TcpListener, identity: (&'static [u8], &'static [u8]), door: Door, inner: u16) {
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            listener.set_nonblocking(true).unwrap();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let acceptor = acceptor(identity);
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move { pass(stream, acceptor, door, inner).await });
            }
        });
    });
}

async fn pass(mut stream: AsyncStream, acceptor: TlsAcceptor, door: Door, inner: u16) {
    let mut first = [0_u8; 48];
    let count = stream.peek(&mut first).await.unwrap_or(0);
    let says_tls_10 = count > 10 && first[..2] == [22, 3] && first[9..11] == [3, 1];
    let offers_null = count > 47 && first[44 + 2..48] == [0, 1];
    let answer = match door {
        Door::SpeaksTls10 if says_tls_10 => Some(hello(1, 0xc013)),
        Door::AcceptsNull if offers_null => Some(hello(3, 1)),
        _ => None,
    };
    if let Some(answer) = answer {
        let mut plain = stream.into_std().unwrap();
        plain.set_nonblocking(false).unwrap();
        plain.write_all(&answer).unwrap();
        let _ = plain.shutdown(Shutdown::Both);
        return;
    }
    let Ok(mut behind) = AsyncStream::connect(("127.0.0.1", inner)).await else {
        return;
    };
    if first[0] == b'G' && door == Door::PlainToo {
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
    } else if let Ok(mut inside) = acceptor.accept(stream).await {
        let _ = tokio::io::copy_bidirectional(&mut inside, &mut behind).await;
    }
}

fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

async fn outcomes(fault: &'static str, door: Door) -> Vec<(String, Level, Outcome)> {
    let (listener, port) = listen();
    let (other, elsewhere) = listen();
    let mock = Mock::behind(fault, &format!("https://localhost:{port}"), elsewhere);
    open(listener, LOCALHOST, door, mock.port());
    open(other, ELSEWHERE, Door::Right, mock.port());
    let mut configuration = mock.configuration();
    configuration.authority = Some(AUTHORITY.to_vec());
    configuration.only = vec!["TLS".into()];
    let report = Runner::new(configuration).unwrap().run(&()).await;
    let results = report.results.into_iter();
    results
        .map(|result| (result.id, result.level, result.outcome))
        .collect()
}

#[actix_web::test]
async fn a_server_at_https_passes_every_check_of_tls() {
    for (id, _, outcome) in outcomes("none", Door::Right).await {
        assert_eq!(outcome, Outcome::Pass, "{id}");
    }
}

#[actix_web::test]
async fn every_check_of_tls_finds_its_fault() {
    for (fault, door, id) in [
        ("plain-endpoint", Door::Right, "TLS-01"),
        ("dead-endpoint", Door::Right, "TLS-02"),
        ("none", Door::SpeaksTls10, "TLS-03"),
        ("none", Door::AcceptsNull, "TLS-04"),
        ("misnamed-endpoint", Door::Right, "TLS-05"),
        ("no-hsts", Door::Right, "TLS-06"),
        ("none", Door::PlainToo, "TLS-07"),
    ] {
        let all = outcomes(fault, door).await;
        let (_, level, outcome) = all.iter().find(|(found, ..)| found == id).unwrap();
        let is_found = match level {
            Level::Required => matches!(outcome, Outcome::Fail { .. }),
            _ => matches!(outcome, Outcome::Warn { .. }),
        };
        assert!(is_found, "{id} with {fault} and {door:?}: {outcome:?}");
    }
}
