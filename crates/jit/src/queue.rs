//! The jobs that wait for the compile thread.
//!
//! Small jobs go first, as whoever waits for a large one waits long anyway; but what has waited counts as smaller. The
//! program takes a job back that still waits when it has become hot again: then the thread has too much to do, or does not
//! get a processor.

use crate::work::Job;
use runtime::closure::Function;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// About how long an instruction takes to compile.
const INST_TIME: Duration = Duration::from_micros(4);

/// Jobs that wait.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// Each with the time of its arrival.
    jobs: Vec<(Job, Instant)>,
    is_closed: bool,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job.
    pub(crate) fn put(&self, job: Job) {
        self.waiting().jobs.push((job, Instant::now()));
        self.changed.notify_one();
    }

    /// No more jobs are wanted: who waits for one goes.
    pub(crate) fn close(&self) {
        self.waiting().is_closed = true;
        self.changed.notify_all();
    }

    /// The job that is next, once there is one; `None` if the queue is closed.
    pub(crate) fn next(&self) -> Option<Job> {
        let mut waiting = self.waiting();
        loop {
            if waiting.is_closed {
                return None;
            }
            let now = Instant::now();
            let work = |(job, since): &(Job, Instant)| rank(job.insts, now.saturating_duration_since(*since));
            let next = (0..waiting.jobs.len()).min_by_key(|&i| work(&waiting.jobs[i]));
            match next {
                Some(i) => return Some(waiting.jobs.remove(i).0),
                None => waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Takes a job back that has waited for so long.
    pub(crate) fn take_back(
        &self,
        function: Function,
        loop_pc: Option<u32>,
        waited_min: Duration,
    ) -> Option<Job> {
        let mut waiting = self.waiting();
        let at = waiting.jobs.iter().position(|(job, since)| {
            job.function.address() == function.address()
                && job.loop_pc == loop_pc
                && since.elapsed() >= waited_min
        })?;
        Some(waiting.jobs.remove(at).0)
    }
}

/// The job with the least rank is next.
fn rank(insts: u64, waited: Duration) -> i64 {
    let work = INST_TIME.as_nanos() as i64 * insts as i64;
    work - waited.as_nanos() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_jobs_go_first_but_large_ones_do_not_wait_for_ever() {
        assert!(rank(10, Duration::ZERO) < rank(100, Duration::ZERO));
        assert!(rank(100, Duration::from_millis(1)) < rank(10, Duration::ZERO));
    }
}
