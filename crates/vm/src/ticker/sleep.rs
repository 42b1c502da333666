//! How workers go to sleep and are called.
//!
//! ```text
//!   AWAKE ── prepare ──> ASLEEP ── end ──> AWAKE
//!                          └── call ──> CALLED ── end ──> AWAKE, and it searches
//! ```
//!
//! **No wake-up is lost.** A worker says that it sleeps and looks at the queues once more before it does; who adds a goroutine
//! does so first and looks for a sleeper behind it. Queues have locks: whichever of the two has that of the goroutine's queue
//! first is seen by the other.
//!
//! **A burst of wake-ups does not wake all.** A worker that was called counts as searching until it has found something or
//! sleeps again, and nobody else is called as long as one searches: that one looks once more before it sleeps, and calls
//! another if it finds more than one goroutine.

use super::Bell;
use super::sync::{AtomicIsize, AtomicU8, AtomicUsize};
use std::sync::OnceLock;
use std::sync::atomic::Ordering::*;
use std::time::Duration;

/// It does not sleep.
const AWAKE: u8 = 0;
/// It sleeps, or is about to.
const ASLEEP: u8 = 1;
/// It has been called, and counts among those who search.
const CALLED: u8 = 2;

/// All workers that sleep or search.
pub(super) struct Census {
    /// Workers that sleep, or are about to.
    sleepers: AtomicUsize,
    /// Workers that have been called and have not found anything yet. Who stops searching may be counted off before it has
    /// been counted, so it may be negative for a moment.
    searching: AtomicIsize,
}

impl Census {
    pub(super) fn new() -> Census {
        Census { sleepers: AtomicUsize::new(0), searching: AtomicIsize::new(0) }
    }

    /// A worker has found something, or has said that it sleeps. It looks at the queues once more behind this.
    pub(super) fn end_search(&self) {
        self.searching.fetch_sub(1, SeqCst);
    }

    /// Calls one of the workers that sleep, unless one searches. False if all are busy.
    #[inline]
    pub(super) fn call_one<'a>(&self, mut all: impl Iterator<Item = &'a Sleep>) -> bool {
        self.searching.load(SeqCst) > 0
            || (self.sleepers.load(SeqCst) > 0 && all.any(|sleep| sleep.call(self)))
    }
}

/// Whether one worker sleeps.
pub(super) struct Sleep {
    /// `AWAKE`, `ASLEEP` or `CALLED`.
    rest: AtomicU8,
    bell: OnceLock<Bell>,
}

impl Sleep {
    pub(super) const fn new() -> Sleep {
        Sleep { rest: AtomicU8::new(AWAKE), bell: OnceLock::new() }
    }

    pub(super) fn bell(&self) -> &Bell {
        self.bell.get_or_init(Bell::new)
    }

    pub(super) fn is_asleep(&self) -> bool {
        self.rest.load(SeqCst) == ASLEEP
    }

    pub(super) fn is_awake(&self) -> bool {
        self.rest.load(Relaxed) == AWAKE
    }

    /// Wakes the worker if it sleeps; whether it did. It then counts among those who search.
    #[inline]
    pub(super) fn call(&self, census: &Census) -> bool {
        if !self.is_asleep() || self.rest.compare_exchange(ASLEEP, CALLED, SeqCst, Relaxed).is_err() {
            return false;
        }
        census.searching.fetch_add(1, SeqCst);
        census.sleepers.fetch_sub(1, SeqCst);
        if let Some(bell) = self.bell.get() {
            bell.ring();
        }
        true
    }

    /// The worker is about to sleep: whoever gives it work from now on calls it.
    pub(super) fn prepare(&self, census: &Census) {
        // In this order, so that the number is never too small.
        census.sleepers.fetch_add(1, SeqCst);
        self.rest.store(ASLEEP, SeqCst);
    }

    /// Sleeps until somebody calls or the time is over. It may wake up for nothing.
    pub(super) fn wait(&self, time: Option<Duration>) {
        self.bell().wait(time);
    }

    /// The worker does not sleep any more; whether it was called, so that it counts among those who search.
    pub(super) fn end(&self, census: &Census) -> bool {
        let before = self.rest.swap(AWAKE, SeqCst);
        if before == ASLEEP {
            census.sleepers.fetch_sub(1, SeqCst);
        }
        before == CALLED
    }
}
