//! Long computations aside from the work that others wait for.
//!
//! Linux lets a thread use its slice up although another one wakes that has hardly run: without a
//! class of their own, checks of passwords would hold up every other answer by a tick of the clock.
//! Threads of the idle class give way at once (sched(7), `SCHED_IDLE`). What they get is what is
//! left, which may be nothing; then the next ones run like everybody else.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

/// A computation that gave way for this long got hardly anything.
const STARVED: Duration = Duration::from_millis(250);
/// How many do not give way after one that starved.
const RELIEF: u32 = 64;

/// Where long computations run.
#[derive(Debug, Default)]
pub(super) struct Aside {
    /// How many more do not give way.
    relief: AtomicU32,
}

impl Aside {
    /// Does `work` on a thread of its own; `None` when there can be no thread, or when it panics.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let relief = self.relief.load(Ordering::Relaxed);
        let began = Instant::now();
        let (done, outcome) = oneshot::channel();
        let work = move || {
            if relief == 0 {
                give_way();
            }
            let _ = done.send(work());
        };
        let thread = thread::Builder::new().name("authz-password".into());
        thread.spawn(work).ok()?;
        let outcome = outcome.await.ok();
        let relief = relief_after(relief, began.elapsed());
        self.relief.store(relief, Ordering::Relaxed);
        outcome
    }
}

fn relief_after(relief: u32, taken: Duration) -> u32 {
    match relief {
        0 if taken > STARVED => RELIEF,
        0 => 0,
        _ => relief - 1,
    }
}

#[cfg(target_os = "linux")]
fn give_way() {
    use thread_priority::{
        NormalThreadSchedulePolicy::Idle, ThreadPriority, ThreadSchedulePolicy,
        set_thread_priority_and_policy, thread_native_id,
    };
    let idle = ThreadSchedulePolicy::Normal(Idle);
    // Where the system refuses, the thread runs like any other.
    let _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle);
}

#[cfg(not(target_os = "linux"))]
fn give_way() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn work_gives_way_unless_it_starved_before() {
        use thread_priority::NormalThreadSchedulePolicy::{Idle, Other};
        use thread_priority::ThreadSchedulePolicy::Normal;
        let aside = Aside::default();
        let policy = || thread_priority::thread_schedule_policy().unwrap();
        assert_eq!(aside.run(policy).await, Some(Normal(Idle)));
        aside.relief.store(1, Ordering::Relaxed);
        assert_eq!(aside.run(policy).await, Some(Normal(Other)));
        assert_eq!(aside.run(policy).await, Some(Normal(Idle)));
    }

    #[tokio::test]
    async fn work_that_panics_has_no_outcome() {
        let broken = || -> () { panic!("a defect") };
        assert_eq!(Aside::default().run(broken).await, None);
    }

    #[test]
    fn starving_is_followed_by_relief_which_comes_to_its_end() {
        assert_eq!(relief_after(0, STARVED), 0);
        let mut relief = relief_after(0, 2 * STARVED);
        for left in (0..RELIEF).rev() {
            relief = relief_after(relief, 2 * STARVED);
            assert_eq!(relief, left);
        }
    }
}
