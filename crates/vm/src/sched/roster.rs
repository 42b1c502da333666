//! All goroutines of a run: those that collections trace, deadlocks tell of, and the end of the run ends.
//!
//! Each worker has a list. Who starts a goroutine enters it in the list of the worker it runs on, so that goroutines that start and
//! end on several workers at once rarely wait for one another.

use super::Goroutine;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::*};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Goroutines that were started on one worker. The counters change with the list locked, and are read without.
#[repr(align(128))]
struct List {
    goroutines: Mutex<Vec<Arc<Goroutine>>>,
    count: AtomicUsize,
    /// How many have ended.
    ended: AtomicU64,
}

impl List {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Goroutine>>> {
        self.goroutines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a goroutine is: the number of the list, and its place there. Read and written with that list locked, but for the number,
/// which stays.
pub(super) struct Place {
    list: AtomicUsize,
    at: AtomicUsize,
}

impl Place {
    /// Nowhere yet.
    pub(super) fn new() -> Place {
        Place { list: AtomicUsize::new(0), at: AtomicUsize::new(0) }
    }
}

pub(super) struct Roster {
    lists: Box<[List]>,
}

impl Roster {
    /// Lists for so many workers.
    pub(super) fn new(workers: usize) -> Roster {
        let list = || List {
            goroutines: Mutex::new(Vec::new()),
            count: AtomicUsize::new(0),
            ended: AtomicU64::new(0),
        };
        Roster { lists: (0..workers).map(|_| list()).collect() }
    }

    /// Enters a goroutine that is started on this worker.
    pub(super) fn enter(&self, worker: usize, g: &Arc<Goroutine>) {
        let list = &self.lists[worker];
        let mut goroutines = list.lock();
        g.place.list.store(worker, Relaxed);
        g.place.at.store(goroutines.len(), Relaxed);
        goroutines.push(g.clone());
        list.count.store(goroutines.len(), Relaxed);
    }

    /// Removes a goroutine that has ended, if the run is not over: what that leaves behind belongs to its end. Whether it did.
    pub(super) fn remove(&self, g: &Goroutine, is_over: impl FnOnce() -> bool) -> bool {
        let list = &self.lists[g.place.list.load(Relaxed)];
        let mut goroutines = list.lock();
        if is_over() {
            return false;
        }
        let at = g.place.at.load(Relaxed);
        let removed = goroutines.swap_remove(at);
        debug_assert!(std::ptr::eq(&*removed, g));
        if let Some(moved) = goroutines.get(at) {
            moved.place.at.store(at, Relaxed);
        }
        list.count.store(goroutines.len(), Relaxed);
        list.ended.fetch_add(1, Relaxed);
        drop(goroutines);
        true
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.lists.iter().map(|list| list.count.load(Relaxed)).sum()
    }

    /// How many have ended.
    pub(super) fn ended(&self) -> u64 {
        self.lists.iter().map(|list| list.ended.load(Relaxed)).sum()
    }

    /// Visits all. The locks are free where the world is stopped: nobody allocates in the heap under them.
    pub(super) fn for_each(&self, mut visit: impl FnMut(&Goroutine)) {
        for list in &self.lists {
            list.lock().iter().for_each(|g| visit(g));
        }
    }

    /// Takes all that the run leaves behind.
    pub(super) fn take_all(&self) -> Vec<Arc<Goroutine>> {
        let mut all = Vec::new();
        for list in &self.lists {
            all.append(&mut list.lock());
            list.count.store(0, Relaxed);
        }
        all
    }
}
