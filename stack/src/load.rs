//! The first load, in a process of its own: the memory it needs goes back to the system when it
//! ends, and the servers idle on little.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;
use seed_data::UsCore;
use server::cli::{DATABASE, location};
use server::store::Location;
use smart::clock::{Clock as _, SystemClock};

use crate::announce::complain;
use crate::seeds::{population, sources};

/// Threads that validate and index while one writes.
const INDEXERS: usize = 2;

/// What to load, and where.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of the databases
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Statistical patients besides the named people
    #[arg(long, value_name = "N")]
    patients: u64,
    /// Release of US Core that the seeds are made for
    #[arg(long, value_enum)]
    us_core: UsCore,
}

/// Makes the database in a process of its own, unless it is there, and waits for its end.
pub fn load_apart(data: &Path, patients: u64, us_core: UsCore) -> Result<(), String> {
    match location(data, false, DATABASE)? {
        Location::File(path) if !path.exists() => {}
        _ => return Ok(()),
    }
    let failed = |reason: &dyn std::fmt::Display| format!("the first load failed: {reason}");
    let program = std::env::current_exe().map_err(|error| failed(&error))?;
    let status = Command::new(program)
        .arg("load")
        .arg("--data")
        .arg(data)
        .arg("--patients")
        .arg(patients.to_string())
        .arg("--us-core")
        .arg(us_core.version())
        .status()
        .map_err(|error| failed(&error))?;
    if status.success() {
        Ok(())
    } else {
        Err(failed(&status))
    }
}

/// The process of its own.
pub fn run(arguments: &Arguments) -> ExitCode {
    match load(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            complain(&sentence);
            ExitCode::FAILURE
        }
    }
}

fn load(arguments: &Arguments) -> Result<(), String> {
    let Location::File(path) = location(&arguments.data, false, DATABASE)? else {
        return Ok(());
    };
    let population = population(arguments.patients, arguments.us_core);
    server::load::fill(&path, sources(&population), INDEXERS, SystemClock.now())
        .map(|_| ())
        .map_err(|error| error.to_string())
}
