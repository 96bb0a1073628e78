//! Records made on several threads and handed on in order.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::population::Population;
use crate::record::Record;

/// Finished records that may wait on each thread: memory does not grow with the population.
const WAITING: usize = 16;

/// Hands every record of the population to `take`, in the order of [`Population::records`], until `take` fails.
pub(super) fn in_order<E>(
    population: &Population,
    threads: usize,
    mut take: impl FnMut(Record) -> Result<(), E>,
) -> Result<(), E> {
    if threads <= 1 {
        return population.records().try_for_each(take);
    }
    thread::scope(|scope| {
        let lines: Vec<Receiver<Record>> = (0..threads)
            .map(|first| {
                let (sender, receiver) = sync_channel(WAITING);
                scope.spawn(move || make(population, (first, threads), &sender));
                receiver
            })
            .collect();
        // Thread k makes the records k, k + threads, …; a thread that has no more hangs up.
        lines
            .iter()
            .cycle()
            .map_while(|line| line.recv().ok())
            .try_for_each(&mut take)
    })
}

/// Makes every `step`th record from `first` on; stops when nobody listens any more.
fn make(population: &Population, (first, step): (usize, usize), sender: &SyncSender<Record>) {
    let first = u64::try_from(first).unwrap_or(u64::MAX);
    for number in (first..population.len_hint()).step_by(step) {
        if sender.send(population.record(number)).is_err() {
            return;
        }
    }
}
