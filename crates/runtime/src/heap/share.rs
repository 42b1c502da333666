//! Marking by several threads: the work that they hand each other.
//!
//! Each marker works off a stack of its own. One that has much while others have nothing puts a part into the pool; one that
//! has nothing takes from there. Marking has ended when nobody has anything and the pool is empty. (Work sharing as in
//! Boehm, Demers and Shenker's parallel collector; what is shared is objects, and pieces of long runs of words.)

use crate::object::{Header, Word};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How often a marker without work looks for some before it sleeps: some ten microseconds.
const LOOKS_MAX: u32 = 1000;

/// What one marker hands to another.
#[derive(Default)]
pub(crate) struct Work {
    /// Visited objects.
    pub(crate) objects: Vec<NonNull<Header>>,
    /// Runs of words.
    pub(crate) ranges: Vec<(*const Word, usize)>,
}

// SAFETY: the objects and words stay where they are during the collection, and all threads that mark belong to it.
unsafe impl Send for Work {}

#[derive(Default)]
struct State {
    work: Vec<Work>,
    /// Markers that have something to do.
    busy: usize,
    /// Markers that wait.
    waiting: usize,
}

/// Where markers hand each other work.
pub(crate) struct Pool {
    state: Mutex<State>,
    changed: Condvar,
    is_hungry: AtomicBool,
    /// Counts changes that others may wait for.
    changes: AtomicU64,
}

impl Pool {
    /// A pool for one marker that has something to do, and others that may come.
    pub(crate) fn new() -> Pool {
        let state = State { busy: 1, ..State::default() };
        Pool {
            state: Mutex::new(state),
            changed: Condvar::new(),
            is_hungry: AtomicBool::new(false),
            changes: AtomicU64::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether some marker has nothing to do.
    #[inline(always)]
    pub(crate) fn is_hungry(&self) -> bool {
        self.is_hungry.load(Relaxed)
    }

    /// Gives work away.
    pub(crate) fn put(&self, work: Work) {
        let mut state = self.lock();
        state.work.push(work);
        self.is_hungry.store(state.waiting > state.work.len(), Relaxed);
        self.changes.fetch_add(1, Relaxed);
        drop(state);
        self.changed.notify_one();
    }

    /// Work for a marker that has none; `None` when all has been marked. `was_busy`: it had something to do before.
    pub(crate) fn take(&self, was_busy: bool) -> Option<Work> {
        let mut state = self.lock();
        if was_busy {
            state.busy -= 1;
        }
        state.waiting += 1;
        let work = loop {
            if let Some(work) = state.work.pop() {
                state.busy += 1;
                break Some(work);
            }
            if state.busy == 0 {
                self.changes.fetch_add(1, Relaxed);
                self.changed.notify_all();
                break None;
            }
            self.is_hungry.store(true, Relaxed);
            let seen = self.changes.load(Relaxed);
            drop(state);
            let has_changed = (0..LOOKS_MAX).any(|_| {
                std::hint::spin_loop();
                self.changes.load(Relaxed) != seen
            });
            state = self.lock();
            if !has_changed && self.changes.load(Relaxed) == seen {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        };
        state.waiting -= 1;
        self.is_hungry.store(state.waiting > state.work.len(), Relaxed);
        work
    }
}
