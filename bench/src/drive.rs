//! Load: closed (each connection sends when it has its answer) and open (requests have times).

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use tokio::task::LocalSet;

use crate::cell::Cell;
use crate::connection::Failure;
use crate::world::World;

/// How long a flow may take.
const LONGEST: Duration = Duration::from_mins(5);

/// When flows begin.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Load {
    /// As soon as the connection is free.
    Closed,
    /// So many a second over all connections, whether or not the server keeps up; latency counts
    /// from the time a flow should have begun.
    Open(f64),
}

/// What happened.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Latency of each flow, in microseconds.
    pub(crate) latencies: Histogram<u64>,
    /// Flows that came to their end.
    pub(crate) flows: u64,
    /// Units of work they did.
    pub(crate) units: u64,
    /// Requests they took.
    pub(crate) requests: u64,
    /// Bytes received.
    pub(crate) bytes: u64,
    /// Flows that failed.
    pub(crate) failed: u64,
    /// The first failure.
    pub(crate) failure: Option<Failure>,
    /// From the first request to the last answer.
    pub(crate) elapsed: Duration,
}

impl Tally {
    fn new() -> Self {
        // Three digits up to five minutes; a constant that the histogram accepts.
        let bounds = u64::try_from(LONGEST.as_micros()).unwrap_or(u64::MAX);
        let latencies = Histogram::new_with_max(bounds, 3);
        Self {
            latencies: latencies.unwrap_or_else(|_| unreachable!("the bounds are constants")),
            flows: 0,
            units: 0,
            requests: 0,
            bytes: 0,
            failed: 0,
            failure: None,
            elapsed: Duration::ZERO,
        }
    }

    fn count(&mut self, outcome: Result<u64, Failure>, latency: Duration) {
        match outcome {
            Ok(units) => {
                self.flows += 1;
                self.units += units;
                let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
                self.latencies.saturating_record(micros);
            }
            Err(failure) => {
                self.failed += 1;
                self.failure.get_or_insert(failure);
            }
        }
    }
}

/// Drives a cell for a while. `seed` decides which patients it asks for.
pub(crate) async fn drive(
    cell: &'static Cell,
    world: &Rc<World>,
    load: Load,
    lasting: Duration,
    seed: u64,
) -> Tally {
    let tally = Rc::new(RefCell::new(Tally::new()));
    let clients = LocalSet::new();
    let start = Instant::now();
    for number in 0..cell.connections {
        let client = Client {
            cell,
            world: Rc::clone(world),
            tally: Rc::clone(&tally),
            number,
            start,
            end: start + lasting,
        };
        clients.spawn_local(client.run(load, seed));
    }
    clients.await;
    let mut tally = Rc::into_inner(tally).map_or_else(Tally::new, RefCell::into_inner);
    tally.elapsed = start.elapsed();
    tally
}

struct Client {
    cell: &'static Cell,
    world: Rc<World>,
    tally: Rc<RefCell<Tally>>,
    number: u64,
    start: Instant,
    end: Instant,
}

impl Client {
    async fn run(self, load: Load, seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(1_000_003) + self.number);
        let mut session = self.world.session(self.number);
        while let Some(begin) = self.next(load, session.turn).await {
            let outcome = (self.cell.flow)(&mut session, &self.world, &mut random).await;
            session.turn += 1;
            if matches!(outcome, Err(Failure::UsedUp)) {
                break;
            }
            let stop = outcome.is_err();
            self.tally.borrow_mut().count(outcome, begin.elapsed());
            if stop && self.tally.borrow().failed > 100 {
                break;
            }
        }
        let mut tally = self.tally.borrow_mut();
        tally.requests += session.requests();
        tally.bytes += session.bytes();
    }

    /// When the next flow begins, waited for; `None` after the end. Even a short run makes one.
    /// A client that is late begins in the past: its latency counts the wait. One that is early
    /// begins when it wakes: the lateness of the timer is not the server's.
    async fn next(&self, load: Load, turn: u64) -> Option<Instant> {
        let now = Instant::now();
        let due = match load {
            Load::Closed => now,
            Load::Open(rate) => self.start + self.nth(turn, rate),
        };
        if due >= self.end && turn > 0 {
            return None;
        }
        if due <= now {
            return Some(due);
        }
        tokio::time::sleep_until(due.into()).await;
        Some(Instant::now())
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a number of requests within minutes"
    )]
    fn nth(&self, turn: u64, rate: f64) -> Duration {
        let arrival = turn * self.cell.connections + self.number;
        Duration::from_secs_f64(arrival as f64 / rate.max(0.001))
    }
}
