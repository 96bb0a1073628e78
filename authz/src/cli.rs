//! The command line of the authorization server, shared by its own binary and by `s4s authz`.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use smart::clock::SystemClock;

use crate::application::{Application, StartError};
use crate::configuration::{
    Configuration, DEFAULT_FHIR_BASE, DEFAULT_PORT, Database, Profile, ResourceServerCredentials,
};
use crate::random::Random;
use crate::secret::Secret;

/// Settings of the authorization server.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Port to listen on; 0 lets the system choose.
    #[arg(long, env = "S4S_AUTHZ_PORT", default_value_t = DEFAULT_PORT)]
    pub port: u16,
    /// Host name or address to listen on.
    #[arg(long, env = "S4S_HOST", default_value = "127.0.0.1")]
    pub host: String,
    /// Public base URL, without trailing slash [default: `http://localhost:{port}`].
    #[arg(long, env = "S4S_ISSUER")]
    pub issuer: Option<String>,
    /// FHIR base URL that tokens are good for.
    #[arg(long, env = "S4S_FHIR_BASE", default_value = DEFAULT_FHIR_BASE)]
    pub fhir_base: String,
    /// Where the portal reaches the FHIR server, when that is not its base URL.
    #[arg(long, env = "S4S_FHIR_ADDRESS", value_name = "URL")]
    pub fhir_address: Option<String>,
    /// Folder of the database `authz.sqlite`; created when absent.
    #[arg(long, env = "S4S_DATA", default_value = "s4s-data")]
    pub data: PathBuf,
    /// Keep everything in memory and forget it at exit.
    #[arg(long, env = "S4S_EPHEMERAL")]
    pub ephemeral: bool,
    /// `demo` has published users and clients; `production` has only what is configured.
    #[arg(long, env = "S4S_PROFILE", value_enum, default_value_t = Profile::Demo)]
    pub profile: Profile,
    /// Users file (JSON).
    #[arg(long, env = "S4S_USERS")]
    pub users: Option<PathBuf>,
    /// Clients file (JSON).
    #[arg(long, env = "S4S_CLIENTS")]
    pub clients: Option<PathBuf>,
    /// Doors that are shut unless they are given a secret.
    #[command(flatten)]
    pub doors: Doors,
    /// Worker threads for HTTP.
    #[arg(long, env = "S4S_AUTHZ_WORKERS", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=512))]
    pub workers: u16,
}

/// What only a secret opens, and what is told about this place.
#[derive(Debug, Clone, Default, Args)]
pub struct Doors {
    /// Client id with which a resource server introspects tokens over HTTP.
    #[arg(
        long,
        env = "S4S_RESOURCE_SERVER_ID",
        default_value = "resource-server"
    )]
    pub resource_server_id: String,
    /// Secret with which a resource server introspects tokens over HTTP.
    #[arg(long, env = "S4S_RESOURCE_SERVER_SECRET", hide_env_values = true, value_parser = long_secret)]
    pub resource_server_secret: Option<Secret>,
    /// Token that opens dynamic registration outside the demo profile.
    #[arg(long, env = "S4S_INITIAL_ACCESS_TOKEN", hide_env_values = true, value_parser = long_secret)]
    pub initial_access_token: Option<Secret>,
    /// Token that opens the debug endpoints of the demo profile.
    #[arg(long, env = "S4S_DEBUG_TOKEN", hide_env_values = true, value_parser = long_secret)]
    pub debug_token: Option<Secret>,
    /// What launched apps are told as `tenant`.
    #[arg(long, env = "S4S_TENANT")]
    pub tenant: Option<String>,
}

impl Doors {
    /// The configuration with these doors.
    pub fn of(self, configuration: Configuration) -> Configuration {
        let id = self.resource_server_id;
        let secret = self.resource_server_secret;
        Configuration {
            resource_server: secret.map(|secret| ResourceServerCredentials { id, secret }),
            initial_access_token: self.initial_access_token,
            debug_token: self.debug_token,
            tenant: self.tenant,
            ..configuration
        }
    }
}

/// A secret worth the name; an unset variable of a deployment must not become an empty one.
fn long_secret(text: &str) -> Result<Secret, String> {
    if text.len() < 16 {
        return Err("a secret has at least 16 characters".to_owned());
    }
    Ok(Secret::new(text))
}

impl Arguments {
    /// The configuration these arguments mean.
    pub fn configuration(self) -> Result<Configuration, StartError> {
        Ok(self.doors.of(Configuration {
            listen: resolve(&self.host, self.port)?,
            issuer: self.issuer,
            fhir_base: self.fhir_base,
            fhir_address: self.fhir_address,
            database: if self.ephemeral {
                Database::Memory
            } else {
                Database::File(self.data.join("authz.sqlite"))
            },
            profile: self.profile,
            users: self.users,
            clients: self.clients,
            workers: self.workers.into(),
            ..Configuration::default()
        }))
    }
}

/// The addresses of a host name.
pub fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, StartError> {
    (host, port)
        .to_socket_addrs()
        .map(Iterator::collect)
        .map_err(|_| StartError::Host(host.to_owned()))
}

/// Builds the server, says where it listens and runs it until it is told to stop.
pub async fn run(arguments: Arguments) -> ExitCode {
    match start(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

async fn start(arguments: Arguments) -> Result<(), StartError> {
    let random = Random::from_entropy().map_err(|_| StartError::Entropy)?;
    let configuration = arguments.configuration()?;
    let application = Application::build(configuration, Arc::new(SystemClock), random).await?;
    say(&format!("ready {}", application.issuer()));
    application
        .run_until_stopped(stop_signal())
        .await
        .map_err(StartError::Serve)
}

#[expect(clippy::print_stdout, reason = "the program's voice on a terminal")]
fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "the program's voice on a terminal")]
fn complain(error: &StartError) {
    eprintln!("authz: {error}");
}

/// Resolves at Ctrl-C or SIGTERM.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
