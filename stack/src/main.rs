//! `s4s`: the reference EHR in one program.
//!
//! `s4s up` (or just `s4s`) runs both servers in one process; the other commands run one of them,
//! write the synthetic population, or check any FHIR and SMART server.

mod announce;
mod command;
mod deliver;
mod environment;
mod health;
mod late;
mod load;
mod reference;
mod seeds;
mod system;
mod up;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use command::{Command, Program};

/// Password hashing takes and frees blocks of 19 MiB on several threads. The system's allocator
/// keeps them all (299 MB after a run of `s4s check`), this one gives most of them back (104 MB).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    system::prepare();
    let mut program = Program::command();
    program.build();
    if let Err(sentence) = environment::refuse_unknown(&program, std::env::vars_os()) {
        announce::complain(&sentence);
        return ExitCode::FAILURE;
    }
    let program = match Program::from_arg_matches(&program.get_matches()) {
        Ok(program) => program,
        Err(error) => error.exit(),
    };
    log_to_standard_error();
    run(program)
}

fn run(program: Program) -> ExitCode {
    match program.command {
        None => actix_web::rt::System::new().block_on(up::run(program.up)),
        Some(Command::Up(arguments)) => actix_web::rt::System::new().block_on(up::run(arguments)),
        Some(Command::Fhir(arguments)) => {
            actix_web::rt::System::new().block_on(up::run_fhir(arguments))
        }
        Some(Command::Authz(arguments)) => {
            actix_web::rt::System::new().block_on(authz::cli::run(arguments))
        }
        Some(Command::Seed(arguments)) => seeds::run(&arguments),
        Some(Command::Check(arguments)) => {
            actix_web::rt::System::new().block_on(conformance::cli::run_beside(arguments, || {
                Box::pin(reference::reference())
            }))
        }
        Some(Command::Bench(arguments)) => {
            actix_web::rt::System::new().block_on(bench::cli::run(arguments))
        }
        Some(Command::Healthcheck(arguments)) => health::run(&arguments),
        Some(Command::Load(arguments)) => load::run(&arguments),
    }
}

/// `RUST_LOG` decides what is logged; warnings and errors by default. A client that breaks HTTP
/// is answered with 400 and is no error of this program.
fn log_to_standard_error() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,actix_http::h1::dispatcher=off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
