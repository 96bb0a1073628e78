//! `s4s up`: both servers in one process, each with its own port and its own database.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use authz::application::DemoAccounts;
use authz::configuration::Database;
use authz::random::Random;
use clap::Args;
use server::app::listen;
use server::cli::{DATABASE, ProfileName, entropy, location, stopped};
use server::configuration::API;
use smart::clock::SystemClock;
use smart::introspection::SharedAuthorizationServer;
use tokio::sync::{oneshot, watch};

use crate::announce::{Announcement, complain, say, text};
use crate::late::Late;
use crate::load::load_apart;
use crate::seeds::{population, sources};
use seed_data::EXAMPLE_BASE;

/// Settings of the whole stack.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Port of the FHIR server; 0 takes a free one
    #[arg(long, env = "S4S_FHIR_PORT", default_value_t = server::configuration::DEFAULT_PORT)]
    pub fhir_port: u16,
    /// Port of the authorization server and portal; 0 takes a free one
    #[arg(long, env = "S4S_AUTHZ_PORT", default_value_t = authz::configuration::DEFAULT_PORT)]
    pub authz_port: u16,
    /// Address to listen on
    #[arg(long, env = "S4S_HOST", default_value = "127.0.0.1")]
    pub host: String,
    /// Public base URL of the FHIR server, when it is not <http://localhost:PORT/api/fhir>
    #[arg(long, env = "S4S_FHIR_BASE", value_name = "URL")]
    pub fhir_base: Option<String>,
    /// Public base URL of the authorization server, when it is not <http://localhost:PORT>
    #[arg(long, env = "S4S_ISSUER", value_name = "URL")]
    pub issuer: Option<String>,
    /// Folder of the databases
    #[arg(
        long,
        env = "S4S_DATA",
        value_name = "DIR",
        default_value = "./s4s-data"
    )]
    pub data: PathBuf,
    /// Keep everything in memory; nothing is written to disk
    #[arg(long, env = "S4S_EPHEMERAL")]
    pub ephemeral: bool,
    /// Statistical patients at the first start, besides the named people
    #[arg(long, env = "S4S_PATIENTS", value_name = "N", default_value_t = 100)]
    pub patients: u64,
    /// Begin without any patient, not even the named people
    #[arg(long, env = "S4S_EMPTY", conflicts_with = "patients")]
    pub empty: bool,
    /// What is open
    #[arg(long, env = "S4S_PROFILE", value_enum, default_value_t = ProfileName::Demo)]
    pub profile: ProfileName,
    /// Release of US Core that the server names and the seeds are made for
    #[arg(long, env = "S4S_US_CORE", value_enum, default_value_t = seed_data::UsCore::V8_0_0)]
    pub us_core: seed_data::UsCore,
    /// Users file of the authorization server (JSON)
    #[arg(long, env = "S4S_USERS", value_name = "FILE")]
    pub users: Option<PathBuf>,
    /// Clients file of the authorization server (JSON)
    #[arg(long, env = "S4S_CLIENTS", value_name = "FILE")]
    pub clients: Option<PathBuf>,
    /// Seconds that the first retrieval of an imaging study is pretended to take (demo profile)
    #[arg(
        long,
        env = "S4S_RETRIEVAL_DELAY",
        value_name = "SECONDS",
        default_value_t = 0
    )]
    pub retrieval_delay: u16,
    #[command(flatten)]
    pub doors: authz::cli::Doors,
    /// Threads of each server
    #[arg(long, env = "S4S_WORKERS", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=512))]
    pub workers: u16,
}

/// Settings of the FHIR server alone, with seeds.
#[derive(Debug, Args)]
pub struct FhirArguments {
    #[command(flatten)]
    server: server::cli::Arguments,
    /// Statistical patients at the first start, besides the named people
    #[arg(long, env = "S4S_PATIENTS", value_name = "N", default_value_t = 100)]
    patients: u64,
}

/// Runs the FHIR server alone until it is told to stop.
pub async fn run_fhir(arguments: FhirArguments) -> ExitCode {
    let population = population(arguments.patients, release(arguments.server.us_core));
    let content = (|| sources(&population), EXAMPLE_BASE);
    server::cli::run(arguments.server, content, stopped()).await
}

/// The release of US Core as the seeds name it.
fn release(us_core: server::configuration::UsCore) -> seed_data::UsCore {
    let mut all = seed_data::UsCore::ALL.into_iter();
    all.find(|release| release.version() == us_core.as_str())
        .unwrap_or_default()
}

/// Runs both servers until they are told to stop. Exit code 1 and one sentence when they cannot
/// start.
pub async fn run(arguments: Arguments) -> ExitCode {
    match serve(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            complain(&sentence);
            ExitCode::FAILURE
        }
    }
}

struct Stack {
    fhir: server::Application,
    authz: authz::Application,
}

async fn serve(arguments: Arguments) -> Result<(), String> {
    let start = Instant::now();
    let stack = build(&arguments).await?;
    let stop = stopped();
    say(&text(&Announcement {
        fhir: stack.fhir.base(),
        authz: stack.authz.issuer(),
        data: &where_data_are(&arguments),
        demo: arguments.profile == ProfileName::Demo,
        accounts: stack.authz.demo_accounts(),
        took: start.elapsed(),
    }));
    run_until_stopped(stack, stop)
        .await
        .map_err(|error| error.to_string())
}

/// Loads the population into memory, or into a database that an older version left unfinished, and
/// renews an index that another version made.
fn fill(fhir: &server::Application, arguments: &Arguments) -> Result<(), String> {
    let show = |error: server::StartError| error.to_string();
    if arguments.empty {
        fhir.seed(std::iter::empty).map_err(show)?;
    } else {
        let population = population(arguments.patients, arguments.us_core);
        fhir.seed(|| sources(&population)).map_err(show)?;
    }
    fhir.refresh_index(|_| ()).map_err(show)?;
    fhir.publish_definitions().map_err(show)?;
    fhir.take_address(EXAMPLE_BASE).map_err(show)?;
    Ok(())
}

fn where_data_are(arguments: &Arguments) -> String {
    if arguments.ephemeral {
        "in memory, gone at the end".into()
    } else {
        arguments.data.display().to_string()
    }
}

async fn build(arguments: &Arguments) -> Result<Stack, String> {
    let listener =
        listen(&arguments.host, arguments.fhir_port).map_err(|error| error.to_string())?;
    let port = listener
        .local_addr()
        .map_err(|error| error.to_string())?
        .port();
    let fhir_base = arguments
        .fhir_base
        .clone()
        .unwrap_or_else(|| format!("http://localhost:{port}{API}"));
    // Each has much to compute before its first answer and needs nothing of the other for it.
    let late = Arc::new(Late::default());
    let (address, base) = (loopback(&listener), fhir_base.clone());
    let fhir = {
        let (arguments, late) = (arguments.clone(), late.clone());
        apart(move || build_fhir(&arguments, listener, base, late))
    };
    let authz = build_authz(arguments, fhir_base, address).await?;
    late.is(authz.authorization_server());
    let fhir = fhir.await.map_err(|error| error.to_string())??;
    Ok(Stack { fhir, authz })
}

/// Runs `work` on a thread of its own. Nobody waits for it when the other server cannot start.
fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> oneshot::Receiver<T> {
    let (done, result) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = done.send(work());
    });
    result
}

/// The FHIR server with its content.
fn build_fhir(
    arguments: &Arguments,
    listener: TcpListener,
    base: String,
    authorization: SharedAuthorizationServer,
) -> Result<server::Application, String> {
    if !arguments.empty && !arguments.ephemeral {
        load_apart(&arguments.data, arguments.patients, arguments.us_core)?;
    }
    let fhir = server::Application::build(
        listener,
        &server::Configuration {
            base: Some(base),
            location: location(&arguments.data, arguments.ephemeral, DATABASE)?,
            profile: arguments.profile.into(),
            us_core: arguments.us_core.version().parse().unwrap_or_default(),
            retrieval_delay: arguments.retrieval_delay,
            workers: arguments.workers.into(),
        },
        Arc::new(SystemClock),
        authorization,
        entropy()?,
    )
    .map_err(|error| error.to_string())?;
    fill(&fhir, arguments)?;
    Ok(fhir)
}

/// Where the portal finds the FHIR server of this process, whatever its public name.
fn loopback(listener: &TcpListener) -> Option<String> {
    let address = listener.local_addr().ok()?;
    let host = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let address = SocketAddr::new(host, address.port());
    Some(format!("http://{address}{API}"))
}

async fn build_authz(
    arguments: &Arguments,
    fhir_base: String,
    fhir_address: Option<String>,
) -> Result<authz::Application, String> {
    let database = if arguments.ephemeral {
        Database::Memory
    } else {
        Database::File(arguments.data.join("authz.sqlite"))
    };
    let listen = authz::cli::resolve(&arguments.host, arguments.authz_port)
        .map_err(|error| error.to_string())?;
    let configuration = arguments.doors.clone().of(authz::Configuration {
        listen,
        issuer: arguments.issuer.clone(),
        fhir_base,
        fhir_address,
        database,
        profile: match arguments.profile {
            ProfileName::Demo => authz::Profile::Demo,
            ProfileName::Production => authz::Profile::Production,
        },
        users: arguments.users.clone(),
        clients: arguments.clients.clone(),
        workers: arguments.workers.into(),
        ..authz::Configuration::default()
    });
    let random = Random::from_entropy()
        .map_err(|_| "the operating system gives no random numbers".to_owned())?;
    authz::Application::build(configuration, Arc::new(SystemClock), random)
        .await
        .map_err(|error| error.to_string())
}

/// Runs both servers on the side until the program ends; says their base and the demo's accounts.
pub async fn start(arguments: Arguments) -> Result<(String, DemoAccounts), String> {
    let stack = build(&arguments).await?;
    fill(&stack.fhir, &arguments)?;
    let (base, accounts) = (
        stack.fhir.base().to_owned(),
        stack.authz.demo_accounts().clone(),
    );
    actix_web::rt::spawn(run_until_stopped(stack, std::future::pending()));
    Ok((base, accounts))
}

/// One signal stops both; when one server fails, the other stops too.
async fn run_until_stopped(stack: Stack, signal: impl Future<Output = ()>) -> std::io::Result<()> {
    let (stop, told) = watch::channel(false);
    let wait = |mut told: watch::Receiver<bool>| async move {
        let _ = told.wait_for(|stop| *stop).await;
    };
    let fhir = stack.fhir.run_until_stopped(wait(told.clone()));
    let authz = stack.authz.run_until_stopped(wait(told));
    let signal = async {
        signal.await;
        let _ = stop.send(true);
        std::future::pending::<std::io::Result<()>>().await
    };
    tokio::select! {
        outcome = async { tokio::try_join!(fhir, authz) } => outcome.map(|_| ()),
        outcome = signal => outcome,
    }
}
