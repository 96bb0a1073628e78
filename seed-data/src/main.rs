//! `seed-data generate`: writes the synthetic population to files.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use seed_data::cli::{self, Arguments};

/// Deterministic synthetic FHIR R4 patients.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Generate a population and write it to a folder.
    Generate(Arguments),
}

#[expect(clippy::print_stderr, reason = "the program's own messages")]
fn main() -> ExitCode {
    let Command::Generate(arguments) = Program::parse().command;
    match cli::run(&arguments) {
        Ok(_) if arguments.show.is_some() => ExitCode::SUCCESS,
        Ok(summary) => {
            let (total, records) = (summary.total(), summary.records);
            eprintln!(
                "{total} resources in {records} records written to {}",
                arguments.out.display()
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            let cause = std::error::Error::source(&error)
                .map(|cause| format!(": {cause}"))
                .unwrap_or_default();
            eprintln!("seed-data: {error}{cause}");
            ExitCode::FAILURE
        }
    }
}
