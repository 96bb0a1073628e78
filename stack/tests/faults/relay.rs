//! The relay in front of both servers. It is where their public addresses lead, so that every
//! request passes it, and it is as faulty as it is told to be.

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data, PayloadConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};

use super::door::{self, Authority, Door, Switch};
use super::fault::{Fault, NONE};
use super::memory::Memory;
use super::message::{API, Ask, MIRROR, Reply, Side};

/// Longer than any limit of a run that waits for an answer.
const NEVER: Duration = Duration::from_secs(8);

struct Gate {
    side: Side,
    shared: Arc<Shared>,
}

struct Shared {
    fhir: String,
    authz: String,
    state: Mutex<State>,
}

struct State {
    fault: &'static Fault,
    memory: Memory,
    client: reqwest::Client,
}

/// A running relay; it stops when dropped.
pub struct Relay {
    pub base: String,
    issuer: String,
    shared: Arc<Shared>,
    doors: [Switch; 2],
    handles: Vec<ServerHandle>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        for handle in &self.handles {
            drop(handle.stop(false));
        }
    }
}

/// The two public addresses, before anything stands behind them.
pub struct Entrance {
    fhir: TcpListener,
    authz: TcpListener,
    pub base: String,
    pub issuer: String,
    /// What the doors of TLS get wrong: that of the FHIR server, that of the other.
    doors: [Switch; 2],
}

fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

impl Entrance {
    /// At plain http.
    pub fn open() -> Self {
        let ((fhir, fhir_port), (authz, authz_port)) = (listen(), listen());
        Self {
            base: format!("http://localhost:{fhir_port}{API}"),
            issuer: format!("http://localhost:{authz_port}"),
            fhir,
            authz,
            doors: Default::default(),
        }
    }

    /// At https, with certificates of this authority.
    pub fn secure(authority: &Authority) -> Self {
        let ((fhir, fhir_port), (authz, authz_port)) = (listen(), listen());
        let ((outer_fhir, base_port), (outer_authz, issuer_port)) = (listen(), listen());
        let doors: [Switch; 2] = Default::default();
        door::open(outer_fhir, authority, &doors[0], fhir_port);
        door::open(outer_authz, authority, &doors[1], authz_port);
        Self {
            base: format!("https://localhost:{base_port}{API}"),
            issuer: format!("https://localhost:{issuer_port}"),
            fhir,
            authz,
            doors,
        }
    }

    /// Lets requests through to the servers on these ports.
    pub fn relay(self, fhir_port: u16, authz_port: u16) -> Relay {
        let shared = Arc::new(Shared {
            fhir: format!("http://127.0.0.1:{fhir_port}"),
            authz: format!("http://127.0.0.1:{authz_port}"),
            state: Mutex::new(State {
                fault: &NONE,
                memory: Memory::default(),
                client: client(0),
            }),
        });
        let handles = vec![
            serve(self.fhir, Side::Fhir, &shared),
            serve(self.authz, Side::Authz, &shared),
        ];
        Relay {
            base: self.base,
            issuer: self.issuer,
            shared,
            doors: self.doors,
            handles,
        }
    }
}

/// Every fault has an address of its own, and so a budget of its own where servers count what
/// comes from one address.
fn client(number: usize) -> reqwest::Client {
    let number = u16::try_from(number).unwrap();
    let [high, low] = number.to_be_bytes();
    let address = IpAddr::V4(Ipv4Addr::new(127, 1, high, low.max(1)));
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .local_address(address)
        .no_proxy()
        .build()
        .unwrap()
}

fn serve(listener: TcpListener, side: Side, shared: &Arc<Shared>) -> ServerHandle {
    let gate = Data::new(Gate {
        side,
        shared: shared.clone(),
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(gate.clone())
            .app_data(PayloadConfig::new(64 << 20))
            .default_service(web::to(answer))
    })
    .workers(1)
    .disable_signals()
    .listen(listener)
    .unwrap()
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    handle
}

impl Relay {
    /// Forgets everything and behaves like this from now on.
    pub fn switch(&self, fault: &'static Fault, number: usize) {
        let of_fhir = match fault.door {
            Door::PlainToo => Door::PlainToo,
            _ => Door::Right,
        };
        for (door, wrong) in self.doors.iter().zip([of_fhir, fault.door]) {
            *door.lock().unwrap() = wrong;
        }
        let mut state = self.shared.state.lock().unwrap();
        *state = State {
            fault,
            memory: Memory {
                base: self.base.clone(),
                issuer: self.issuer.clone(),
                ..Memory::default()
            },
            client: client(number),
        };
    }
}

async fn answer(request: HttpRequest, body: Bytes, gate: Data<Gate>) -> HttpResponse {
    let reply = relayed(taken(&request, &body, gate.side), &gate.shared).await;
    if reply.status == 0 {
        tokio::time::sleep(NEVER).await;
    }
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = HttpResponse::build(status);
    for (name, value) in reply.headers {
        response.append_header((name, value));
    }
    response.body(reply.body)
}

/// Headers that belong to one connection, and the wish for compression: the relay reads bodies.
const HOP: &[&str] = &[
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "accept-encoding",
];

fn taken(request: &HttpRequest, body: &Bytes, side: Side) -> Ask {
    let headers = request.headers().iter();
    Ask {
        side,
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.query_string().to_owned(),
        headers: headers
            .filter(|(name, _)| !HOP.contains(&name.as_str()))
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect(),
        body: body.to_vec(),
    }
}

async fn relayed(mut ask: Ask, shared: &Shared) -> Reply {
    let (fault, client) = {
        let mut state = shared.state.lock().unwrap();
        state.memory.hear(&ask);
        let fault = state.fault;
        if let Some(reply) = (fault.ask)(&mut ask, &mut state.memory) {
            return reply;
        }
        (fault, state.client.clone())
    };
    let mut reply = forward(&ask, shared, &client).await;
    let again = {
        let mut state = shared.state.lock().unwrap();
        (fault.again)(&ask, &reply, &mut state.memory)
    };
    if let Some(second) = again {
        reply = forward(&second, shared, &client).await;
        ask = second;
    }
    let mut state = shared.state.lock().unwrap();
    state.memory.see(&ask, &reply);
    (fault.reply)(&ask, &mut reply, &mut state.memory);
    reply
}

async fn forward(ask: &Ask, shared: &Shared, client: &reqwest::Client) -> Reply {
    let origin = match ask.side {
        Side::Fhir => &shared.fhir,
        Side::Authz => &shared.authz,
    };
    let mut url = format!("{origin}{}", ask.path);
    if !ask.query.is_empty() {
        url = format!("{url}?{}", ask.query);
    }
    let mut request = client.request(ask.method.parse().unwrap(), &url);
    for (name, value) in &ask.headers {
        request = request.header(name, value);
    }
    let response = match request.body(ask.body.clone()).send().await {
        Ok(response) => response,
        Err(error) => return Reply::new(502, "text/plain", &error.to_string()),
    };
    let mut reply = Reply {
        status: response.status().as_u16(),
        headers: response
            .headers()
            .iter()
            .filter(|(name, _)| !HOP.contains(&name.as_str()))
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect(),
        body: response.bytes().await.unwrap_or_default().to_vec(),
    };
    if ask.path.starts_with(MIRROR) {
        reply.replace(MIRROR, API);
    }
    reply
}
