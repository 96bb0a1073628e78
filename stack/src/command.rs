//! The command line.

use clap::{Parser, Subcommand};

/// The reference EHR: FHIR R4 server, SMART on FHIR authorization server, patient portal,
/// synthetic patients and a conformance runner in one program.
///
/// Without a command it does what `up` does.
#[derive(Debug, Parser)]
#[command(name = "s4s", version, args_conflicts_with_subcommands = true)]
pub struct Program {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Settings of `up`.
    #[command(flatten)]
    pub up: crate::up::Arguments,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "made once, at the start")]
pub enum Command {
    /// Run both servers in one process, seeded at the first start
    Up(crate::up::Arguments),
    /// Run the FHIR server alone, beside an authorization server in another process
    Fhir(crate::up::FhirArguments),
    /// Run the authorization server and portal alone
    Authz(authz::cli::Arguments),
    /// Write the synthetic population to files, or send it to a server
    Seed(crate::seeds::Arguments),
    /// Check a FHIR and SMART server, this one or any other
    #[command(after_help = conformance::cli::AFTER_HELP)]
    Check(conformance::cli::Arguments),
    /// Measure a FHIR server, this one or any other, and check every answer
    Bench(bench::cli::Arguments),
    /// Ask both servers whether they are ready; exit code 0 when they are
    Healthcheck(crate::health::Arguments),
    /// Fill an empty database; `up` calls this at the first start
    #[command(hide = true)]
    Load(crate::load::Arguments),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Program::command().debug_assert();
    }
}
