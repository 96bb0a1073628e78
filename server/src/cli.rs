//! The command line of the server on its own (`server`, `s4s fhir`).

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use rand::TryRng as _;
use rand::rngs::SysRng;
use smart::clock::SystemClock;

use crate::app::{Application, StartError, listen};
use crate::configuration::{Configuration, DEFAULT_PORT, Profile, UsCore};
use crate::load::Source;
use crate::remote::{Credentials, Remote};
use crate::store::Location;

/// Name of the database file in the data folder.
pub const DATABASE: &str = "fhir.sqlite";

/// Settings of a FHIR server that runs on its own.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Address to listen on
    #[arg(long, env = "S4S_HOST", default_value = "127.0.0.1")]
    pub host: String,
    /// Port to listen on; 0 takes a free one
    #[arg(long, env = "S4S_FHIR_PORT", default_value_t = DEFAULT_PORT)]
    pub port: u16,
    /// Public base URL, when it is not <http://localhost:PORT/api/fhir>
    #[arg(long, env = "S4S_FHIR_BASE", value_name = "URL")]
    pub fhir_base: Option<String>,
    /// Issuer URL of the authorization server
    #[arg(
        long,
        env = "S4S_ISSUER",
        value_name = "URL",
        default_value = "http://localhost:8081"
    )]
    pub issuer: String,
    /// Client id this server introspects tokens with
    #[arg(
        long,
        env = "S4S_RESOURCE_SERVER_ID",
        default_value = "resource-server"
    )]
    pub resource_server_id: String,
    /// Secret of that client
    #[arg(long, env = "S4S_RESOURCE_SERVER_SECRET", hide_env_values = true, value_parser = secret)]
    pub resource_server_secret: String,
    /// Folder of the database
    #[arg(
        long,
        env = "S4S_DATA",
        value_name = "DIR",
        default_value = "./s4s-data"
    )]
    pub data: PathBuf,
    /// Keep everything in memory
    #[arg(long, env = "S4S_EPHEMERAL")]
    pub ephemeral: bool,
    /// What is open
    #[arg(long, env = "S4S_PROFILE", value_enum, default_value_t = ProfileName::Demo)]
    pub profile: ProfileName,
    /// Release of US Core that is supported: 3.1.1, 4.0.0, 5.0.1, 6.1.0, 7.0.0 or 8.0.0
    #[arg(long, env = "S4S_US_CORE", value_name = "VERSION", default_value_t = UsCore::default())]
    pub us_core: UsCore,
    /// Seconds that the first retrieval of an imaging study is pretended to take (demo profile)
    #[arg(
        long,
        env = "S4S_RETRIEVAL_DELAY",
        value_name = "SECONDS",
        default_value_t = 0
    )]
    pub retrieval_delay: u16,
    /// Threads that serve requests
    #[arg(long, env = "S4S_WORKERS", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=512))]
    pub workers: u16,
}

/// Profiles as written on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProfileName {
    /// Synthetic data, open mirror
    Demo,
    /// Nothing without a token
    Production,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Demo => Self::Demo,
            ProfileName::Production => Self::Production,
        }
    }
}

/// A secret worth the name; an unset variable of a deployment must not become an empty one.
fn secret(text: &str) -> Result<String, String> {
    if text.len() < 16 {
        return Err("a secret has at least 16 characters".into());
    }
    Ok(text.to_owned())
}

/// The database of a data folder, which is created when it is not there.
pub fn location(data: &std::path::Path, ephemeral: bool, file: &str) -> Result<Location, String> {
    if ephemeral {
        return Ok(Location::Memory);
    }
    std::fs::create_dir_all(data)
        .map_err(|error| format!("cannot create the folder {}: {error}", data.display()))?;
    Ok(Location::File(data.join(file)))
}

/// 256 random bits of the operating system.
pub fn entropy() -> Result<[u8; 32], String> {
    let mut bits = [0; 32];
    SysRng
        .try_fill_bytes(&mut bits)
        .map_err(|error| format!("the operating system gives no random numbers: {error}"))?;
    Ok(bits)
}

/// Builds the server that the arguments describe.
pub fn build(arguments: &Arguments) -> Result<Application, String> {
    let clock = Arc::new(SystemClock);
    let remote = Remote::new(
        Credentials {
            issuer: arguments.issuer.trim_end_matches('/').to_owned(),
            id: arguments.resource_server_id.clone(),
            secret: arguments.resource_server_secret.clone(),
        },
        clock.clone(),
    )
    .map_err(|error| error.to_string())?;
    let listener = listen(&arguments.host, arguments.port).map_err(|error| error.to_string())?;
    let configuration = Configuration {
        base: arguments.fhir_base.clone(),
        location: location(&arguments.data, arguments.ephemeral, DATABASE)?,
        profile: arguments.profile.into(),
        us_core: arguments.us_core,
        retrieval_delay: arguments.retrieval_delay,
        workers: arguments.workers.into(),
    };
    Application::build(
        listener,
        &configuration,
        clock,
        Arc::new(remote),
        entropy()?,
    )
    .map_err(|error| error.to_string())
}

/// Runs a server on its own until it is told to stop. `sources` is the first content of an empty
/// database, which was made for a server at `formerly`. Exit code 1 and one sentence on standard error when it cannot start.
pub async fn run<I: Iterator<Item = Source> + Send>(
    arguments: Arguments,
    (sources, formerly): (impl FnOnce() -> I, &str),
    stop: impl Future<Output = ()> + Send + 'static,
) -> ExitCode {
    match serve(&arguments, (sources, formerly), stop).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            complain(&sentence);
            ExitCode::FAILURE
        }
    }
}

async fn serve<I: Iterator<Item = Source> + Send>(
    arguments: &Arguments,
    (sources, formerly): (impl FnOnce() -> I, &str),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), String> {
    let application = build(arguments)?;
    let show = |error: StartError| error.to_string();
    application.seed(sources).map_err(show)?;
    application.refresh_index(|_| ()).map_err(show)?;
    application.publish_definitions().map_err(show)?;
    application.take_address(formerly).map_err(show)?;
    announce(&format!("ready {}", application.base()));
    application
        .run_until_stopped(stop)
        .await
        .map_err(|error| error.to_string())
}

#[expect(clippy::print_stdout, reason = "the program's own output")]
fn announce(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "the program's own output")]
fn complain(sentence: &str) {
    eprintln!("s4s: {sentence}");
}

/// Completes at Ctrl-C or SIGTERM. Listens from the moment of the call, so that a signal which
/// comes before the future is awaited is not lost.
pub fn stopped() -> impl Future<Output = ()> + Send + 'static {
    use tokio::signal::unix::{SignalKind, signal};
    let listeners: Vec<_> = [SignalKind::interrupt(), SignalKind::terminate()]
        .into_iter()
        .filter_map(|kind| signal(kind).ok())
        .collect();
    async move {
        let mut listeners = listeners;
        let waits = listeners
            .iter_mut()
            .map(|listener| Box::pin(listener.recv()));
        futures_util::future::select_all(waits).await;
    }
}
