//! The synthetic population: as files, sent to a server, and as the first content of our own FHIR server.

use std::process::ExitCode;

use clap::Args;
use seed_data::{Config, Population, Record, UsCore};
use server::load::Source;

use crate::announce::{complain, say};
use crate::bar::bar;
use crate::deliver::{self, causes};
use crate::soundness;

/// What to make, and where it goes.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    seeds: seed_data::cli::Arguments,
    #[command(flatten)]
    delivery: deliver::Arguments,
    /// Validate every resource as a server does when it is written, instead of writing files
    #[arg(long, conflicts_with_all = ["to", "out", "format", "show", "advance"])]
    validate: bool,
}

/// Every resource of the population, in order, with a bar on a terminal.
pub fn sources(population: &Population) -> impl Iterator<Item = Source> + Send + '_ {
    let bar = bar("seeding patients", population.len_hint());
    population
        .records()
        .inspect(move |_| bar.inc(1))
        .flat_map(resources)
}

/// The population with so many statistical patients besides the named people, made for a release
/// of US Core. Its endpoints name an example base; the server takes their place at each start.
pub fn population(patients: u64, us_core: UsCore) -> Population {
    Population::new(Config {
        patients,
        us_core,
        ..Config::default()
    })
}

/// `s4s seed`: writes the population to files, or sends it to a server. Exit code 1 when that fails.
pub fn run(arguments: &Arguments) -> ExitCode {
    let outcome = match &arguments.delivery.to {
        Some(base) => actix_web::rt::System::new().block_on(deliver::run(
            &arguments.delivery,
            base,
            &arguments.seeds,
        )),
        None if arguments.validate => soundness::run(&arguments.seeds),
        None => write(&arguments.seeds),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            complain(&sentence);
            ExitCode::FAILURE
        }
    }
}

fn write(seeds: &seed_data::cli::Arguments) -> Result<(), String> {
    let summary = seed_data::cli::run(seeds).map_err(|error| causes(&error))?;
    // A story is printed, not written.
    if seeds.show.is_none() {
        say(&format!(
            "{} resources in {} records written to {}\n",
            summary.total(),
            summary.records,
            seeds.out.display()
        ));
    }
    Ok(())
}

/// The resources of a record as a load takes them.
pub fn resources(record: Record) -> impl Iterator<Item = Source> {
    record.seeds.into_iter().map(|seed| Source {
        resource_type: seed.resource_type.to_owned(),
        id: seed.id,
        updated: seed.last_updated,
        json: seed.json,
        earlier: seed
            .earlier
            .into_iter()
            .map(|earlier| (earlier.last_updated, earlier.json))
            .collect(),
    })
}
