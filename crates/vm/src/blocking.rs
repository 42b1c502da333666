//! Calls of the operating system that may take long, without stopping other goroutines.
//!
//! Such a call is a *job*: a closure that owns plain data and touches no values. It runs on a thread of a pool while its
//! goroutine waits; threads start on demand and leave when they have been idle for a while. A goroutine that is alone runs
//! its jobs in place, because nobody is kept waiting.

use crate::error::Thrown;
use crate::fiber::Fiber;
use crate::sched::{self, External, Waiter};
use crate::switching::panic_text;
use runtime::value::Value;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Most threads of the pool; further jobs wait.
const THREADS_MAX: usize = 64;
/// After so long without a job a thread leaves.
const IDLE_MAX: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

struct Pool {
    state: Mutex<PoolState>,
    changed: Condvar,
}

struct PoolState {
    jobs: VecDeque<Job>,
    idle: usize,
    threads: usize,
}

static POOL: Pool = Pool {
    state: Mutex::new(PoolState { jobs: VecDeque::new(), idle: 0, threads: 0 }),
    changed: Condvar::new(),
};

impl Pool {
    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(&'static self, job: Job) {
        let mut state = self.lock();
        state.jobs.push_back(job);
        if state.idle >= state.jobs.len() {
            self.changed.notify_one();
        } else if state.threads < THREADS_MAX {
            let made = std::thread::Builder::new().name("gscript-blocking".to_string()).spawn(|| self.work());
            if made.is_ok() {
                state.threads += 1;
            } else if state.threads == 0 {
                // No thread at all can be had: the job is done here.
                let job = state.jobs.pop_back();
                drop(state);
                if let Some(job) = job {
                    job();
                }
            }
        }
    }

    fn work(&self) {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job();
                state = self.lock();
                continue;
            }
            state.idle += 1;
            let (guard, timeout) =
                self.changed.wait_timeout(state, IDLE_MAX).unwrap_or_else(PoisonError::into_inner);
            state = guard;
            state.idle -= 1;
            if timeout.timed_out() && state.jobs.is_empty() {
                state.threads -= 1;
                return;
            }
        }
    }
}

/// Runs a job; the goroutine waits for it, others go on.
///
/// # Errors
/// Those of [`sched::wait`]; the job then ends unseen. That the job panicked.
pub fn run<T: Send + 'static>(
    fiber: &mut Fiber,
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Thrown> {
    if sched::has_others(fiber) { run_interruptibly(fiber, |_| job()) } else { Ok(job()) }
}

/// As [`run`], but on the pool in any case, so that an interrupt ends the waiting: for calls that may never return. The job
/// gets the waiter, by which it can ask whether anybody still waits for it.
///
/// # Errors
/// As [`run`].
pub fn run_interruptibly<T: Send + 'static>(
    fiber: &mut Fiber,
    job: impl FnOnce(&Waiter) -> T + Send + 'static,
) -> Result<T, Thrown> {
    let place: Arc<Mutex<Option<Result<T, String>>>> = Arc::new(Mutex::new(None));
    // The goroutine may be dropped while it waits.
    let place = fiber.hold(place);
    let external = External::begin(fiber);
    let waiter = sched::prepare_wait(fiber);
    let result = Arc::clone(&place);
    POOL.submit(Box::new(move || {
        let outcome = catch_unwind(AssertUnwindSafe(|| job(&waiter))).map_err(|panic| panic_text(&*panic));
        *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        waiter.wake(0, true, Value::NIL);
        drop(external);
    }));
    sched::wait(fiber)?;
    let outcome = place.lock().unwrap_or_else(PoisonError::into_inner).take();
    match outcome {
        Some(Ok(value)) => Ok(value),
        Some(Err(text)) => Err(fiber.error(&text)),
        None => Err(fiber.error("internal error: a job was lost")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    #[cfg_attr(miri, ignore)]
    fn jobs_run_side_by_side() {
        let (a, b) = (mpsc::channel(), mpsc::channel());
        let (to_first, from_second) = (a.0, b.1);
        let first = a.1;
        let to_test = b.0;
        // The first job ends only if the second runs meanwhile.
        POOL.submit(Box::new(move || to_test.send(first.recv().unwrap_or(0)).unwrap_or(())));
        POOL.submit(Box::new(move || to_first.send(7).unwrap_or(())));
        assert_eq!(from_second.recv(), Ok(7));
    }
}
