//! The authorization server as a program of its own; `authz --help` lists its settings.

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// SMART on FHIR authorization server with patient portal and consent.
#[derive(Parser)]
#[command(name = "authz", version, about)]
struct Program {
    #[command(flatten)]
    arguments: authz::cli::Arguments,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("S4S_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .with_writer(std::io::stderr)
        .init();
    let arguments = Program::parse().arguments;
    match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(authz::cli::run(arguments)),
        Err(_) => ExitCode::FAILURE,
    }
}
