//! A door of TLS in front of a server of plain HTTP: right, or wrong in one point.

use std::io::Write as _;
use std::net::{Shutdown, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What a door gets wrong.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Door {
    #[default]
    Right,
    /// It refuses every hello.
    Deaf,
    SpeaksTls10,
    AcceptsNull,
    /// What comes without TLS is let through as well.
    PlainToo,
    /// Its certificate is another host's.
    Misnamed,
    /// Its certificate is over.
    Expired,
}

/// Which way a door is wrong, to be changed while it stands.
pub type Switch = Arc<Mutex<Door>>;

/// Who vouches for certificates of this run.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(parameters, key),
            certificate,
        }
    }

    /// Its own certificate (PEM), for those who should trust it.
    pub fn pem(&self) -> Vec<u8> {
        self.certificate.clone().into_bytes()
    }

    fn acceptor(&self, host: &str, is_over: bool) -> TlsAcceptor {
        let mut parameters = CertificateParams::new(vec![host.to_owned()]).unwrap();
        if is_over {
            parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
            parameters.not_after = rcgen::date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// The identities a door can show.
#[derive(Clone)]
struct Identities {
    right: TlsAcceptor,
    misnamed: TlsAcceptor,
    expired: TlsAcceptor,
}

impl Identities {
    fn shown(&self, door: Door) -> &TlsAcceptor {
        match door {
            Door::Misnamed => &self.misnamed,
            Door::Expired => &self.expired,
            _ => &self.right,
        }
    }
}

/// Takes connections with TLS and passes what is in them to the port behind.
pub fn open(listener: TcpListener, authority: &Authority, switch: &Switch, inner: u16) {
    let identities = Identities {
        right: authority.acceptor("localhost", false),
        misnamed: authority.acceptor("elsewhere.example", false),
        expired: authority.acceptor("localhost", true),
    };
    let switch = switch.clone();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            listener.set_nonblocking(true).unwrap();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let door = *switch.lock().unwrap();
                let identities = identities.clone();
                tokio::spawn(async move { pass(stream, &identities, door, inner).await });
            }
        });
    });
}

/// A `ServerHello` of this version and suite.
fn hello(minor: u8, suite: u16) -> Vec<u8> {
    let [high, low] = suite.to_be_bytes();
    let mut hello = vec![22, 3, minor, 0, 42, 2, 0, 0, 38, 3, minor];
    hello.extend([9; 32]);
    hello.extend([0, high, low, 0]);
    hello
}

/// What a wrong door says at once to these first bytes.
fn answer(door: Door, first: &[u8; 48], count: usize) -> Option<Vec<u8>> {
    let says_tls_10 = count > 10 && first[..2] == [22, 3] && first[9..11] == [3, 1];
    let offers_null = count > 47 && first[46..48] == [0, 1];
    match door {
        // The alert "protocol version".
        Door::Deaf => Some(vec![21, 3, 3, 0, 2, 2, 70]),
        Door::SpeaksTls10 if says_tls_10 => Some(hello(1, 0xc013)),
        Door::AcceptsNull if offers_null => Some(hello(3, 1)),
        _ => None,
    }
}

async fn pass(mut stream: TcpStream, identities: &Identities, door: Door, inner: u16) {
    let mut first = [0_u8; 48];
    let count = stream.peek(&mut first).await.unwrap_or(0);
    if let Some(answer) = answer(door, &first, count) {
        let mut plain = stream.into_std().unwrap();
        plain.set_nonblocking(false).unwrap();
        let _ = plain.write_all(&answer);
        let _ = plain.shutdown(Shutdown::Both);
        return;
    }
    let Ok(mut behind) = TcpStream::connect(("127.0.0.1", inner)).await else {
        return;
    };
    if first[0] == b'G' && door == Door::PlainToo {
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
    } else if let Ok(mut inside) = identities.shown(door).accept(stream).await {
        let _ = tokio::io::copy_bidirectional(&mut inside, &mut behind).await;
    }
}
