//! The `conformance` program: the runner without the servers around it.

use std::process::ExitCode;

use clap::Parser;
use conformance::cli;

/// Check any FHIR R4 and SMART on FHIR server from the outside.
#[derive(Debug, Parser)]
#[command(name = "conformance", version, after_help = cli::AFTER_HELP)]
struct Command {
    #[command(flatten)]
    arguments: cli::Arguments,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    cli::run(Command::parse().arguments).await
}
