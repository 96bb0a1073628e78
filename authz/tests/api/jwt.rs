//! Apps with key pairs: signing assertions, and publishing keys at an address.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA384,
    RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::helpers::*;

pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

enum Pair {
    Ec(Box<EcdsaKeyPair>),
    Rsa(Box<RsaKeyPair>),
}

/// A key pair of an app.
pub struct Signer {
    pub kid: &'static str,
    pair: Pair,
}

pub static EC: LazyLock<Signer> = LazyLock::new(|| Signer::ec("ec"));
pub static RSA: LazyLock<Signer> = LazyLock::new(|| Signer {
    kid: "rsa",
    pair: Pair::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())),
});

pub fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

impl Signer {
    pub fn ec(kid: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
        Self::of(kid, pair)
    }

    pub fn of(kid: &'static str, pair: EcdsaKeyPair) -> Self {
        Self {
            kid,
            pair: Pair::Ec(Box::new(pair)),
        }
    }

    pub fn alg(&self) -> &'static str {
        match self.pair {
            Pair::Ec(_) => "ES384",
            Pair::Rsa(_) => "RS384",
        }
    }

    pub fn jwk(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.pair {
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-384", "kid": self.kid, "use": "sig", "alg": "ES384",
                    "x": text(&point[1..49]), "y": text(&point[49..])})
            }
            Pair::Rsa(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({"kty": "RSA", "kid": self.kid, "use": "sig", "alg": "RS384",
                    "n": text(&public.n), "e": text(&public.e)})
            }
        }
    }

    pub fn signature(&self, input: &str) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => pair
                .sign(&random, input.as_bytes())
                .unwrap()
                .as_ref()
                .to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA384, &random, input.as_bytes(), &mut signature)
                    .unwrap();
                signature
            }
        }
    }

    pub fn header(&self) -> Value {
        json!({"alg": self.alg(), "kid": self.kid, "typ": "JWT"})
    }

    /// A compact JWS.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let input = format!("{}.{}", part(header), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.signature(&input));
        format!("{input}.{signature}")
    }

    /// A valid assertion.
    pub fn assertion(&self, server: &TestServer, client: &str) -> String {
        self.sign(&self.header(), &claims(server, client))
    }
}

/// The claims of a valid assertion; `jti` differs each time.
pub fn claims(server: &TestServer, client: &str) -> Value {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let jti = format!("jti-{}", COUNT.fetch_add(1, Ordering::SeqCst));
    json!({"iss": client, "sub": client, "aud": format!("{}/oauth/token", server.issuer()),
        "exp": smart::clock::Clock::now(&server.clock).timestamp() + 300, "jti": jti})
}

/// The form that presents an assertion.
pub fn with_assertion<'a>(
    pairs: &[(&'a str, &'a str)],
    assertion: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let mut form = pairs.to_vec();
    form.push(("client_assertion_type", ASSERTION_TYPE));
    form.push(("client_assertion", assertion));
    form
}

/// A server with the clients of a clients file.
pub async fn spawn_with_clients(clients: Value) -> (TestServer, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clients.json");
    std::fs::write(&path, json!({ "clients": clients }).to_string()).unwrap();
    let configuration = authz::Configuration {
        clients: Some(path),
        ..configuration()
    };
    (spawn_with(configuration).await, folder)
}

/// An app's web server that answers every request with what it was last told, and counts.
pub struct KeyHost {
    pub url: String,
    answer: Arc<Mutex<Option<String>>>,
    count: Arc<AtomicUsize>,
}

impl KeyHost {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let answer = Arc::new(Mutex::new(None::<String>));
        let count = Arc::new(AtomicUsize::new(0));
        let (told, counter) = (answer.clone(), count.clone());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                let answer = told.lock().unwrap().clone();
                tokio::spawn(async move {
                    let mut head = [0; 4096];
                    let _ = stream.read(&mut head).await;
                    match answer {
                        Some(answer) => {
                            let _ = stream.write_all(answer.as_bytes()).await;
                        }
                        // Says nothing until the other side gives up.
                        None => while stream.read(&mut head).await.is_ok_and(|read| read > 0) {},
                    }
                });
            }
        });
        Self { url, answer, count }
    }

    pub fn fetches(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    pub fn stay_silent(&self) {
        *self.answer.lock().unwrap() = None;
    }

    pub fn answer(&self, status: &str, headers: &str, body: &str) {
        let text = format!(
            "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
            body.len()
        );
        *self.answer.lock().unwrap() = Some(text);
    }

    pub fn publish(&self, keys: &[&Signer], headers: &str) {
        let keys: Vec<Value> = keys.iter().map(|signer| signer.jwk()).collect();
        self.answer("200 OK", headers, &json!({ "keys": keys }).to_string());
    }
}
