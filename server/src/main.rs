//! The FHIR server on its own, without seeds; `s4s fhir` is the same with them.

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

/// FHIR R4 resource server; needs an authorization server beside it.
#[derive(Debug, Parser)]
#[command(name = "server", version, about)]
struct Command {
    #[command(flatten)]
    arguments: server::cli::Arguments,
}

#[actix_web::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env()
                // A client that breaks HTTP is answered with 400 and is no error of this program.
                .unwrap_or_else(|_| EnvFilter::new("warn,actix_http::h1::dispatcher=off")),
        )
        .with_writer(std::io::stderr)
        .init();
    let command = Command::parse();
    let nothing = (std::iter::empty, "");
    server::cli::run(command.arguments, nothing, server::cli::stopped()).await
}
