//! `s4s seed --validate`: every resource goes through the validation of a write, and nothing is written.

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use seed_data::Population;
use seed_data::cli::Arguments;

use crate::announce::say;
use crate::bar::bar;
use crate::seeds::resources;

/// Generates and validates, on as many threads as there are processors, and says how fast that
/// went. The first resource that is not valid ends it.
pub fn run(arguments: &Arguments) -> Result<(), String> {
    let population = Population::new(arguments.config());
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let (next, sound) = (AtomicU64::new(0), AtomicU64::new(0));
    let bar = bar("validating records", population.len_hint());
    let begun = Instant::now();
    let work = || -> Result<(), String> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= population.len_hint() {
                return Ok(());
            }
            for source in resources(population.record(number)) {
                let versions = source.validate().map_err(|error| {
                    next.store(u64::MAX / 2, Ordering::Relaxed);
                    error.to_string()
                })?;
                sound.fetch_add(versions, Ordering::Relaxed);
            }
            bar.inc(1);
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err("a thread failed".into()))
        })
    })?;
    bar.finish_and_clear();
    let count = sound.into_inner();
    let took = begun.elapsed();
    let rate = u128::from(count) * 1_000_000 / took.as_micros().max(1);
    say(&format!(
        "{count} versions of resources are valid; {:.2} s on {threads} threads, {rate} a second\n",
        took.as_secs_f64()
    ));
    Ok(())
}
