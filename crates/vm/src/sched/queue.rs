//! Queues of goroutines that can run.
//!
//! Each worker has one. What it wakes or starts goes there, so the two stay on one core; a worker without anything in its
//! own takes half of another's. Who gives way has had a turn, and goes to the end of one queue for all, from which workers
//! take when there is nothing else: so goroutines that compute share all workers evenly.
//!
//! ```text
//!   worker 0:  woken | started  ─┐
//!   worker 1:  woken | started  ─┼─ half, when one's own are empty     gave way  ─ when all others are empty,
//!   ...                         ─┘                                                 or after many turns of theirs
//! ```
//!
//! Goroutines that were woken go before those that have never run, which may be many and compute for long, and both before
//! those that gave way; but of so many in a row one is of a later class.
//!
//! **Nobody is forgotten.** Who adds a goroutine does so first and then looks for a worker that sleeps; who goes to sleep says
//! so first and then looks into all queues once more, with their locks: whichever of the two has a lock first is seen by the
//! other (`ticker/sleep.rs` tells the rest). How long a queue is can be read without its lock too, as a hint. Between
//! two queues a goroutine is seen by nobody: the worker that carries it there looks for a sleeper then.

use super::sync::{Mutex, MutexGuard};
use super::{Goroutine, Shared, Ticker};
use std::cell::Cell;
use std::collections::VecDeque;
use std::ptr;
use std::sync::atomic::Ordering::*;
use std::sync::{Arc, PoisonError};

/// How many of a class may be taken in a row while some of a later one wait. Arbitrary; as Go has it.
pub(super) const IN_A_ROW_MAX: u32 = 61;

/// Why a goroutine in a worker's queue can run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// It has been woken: what it waited for should not wait for it.
    Woken,
    /// It has never run.
    Started,
}

const CLASSES: usize = 2;

/// A worker's queue.
#[derive(Default)]
struct Queue {
    waiting: [VecDeque<Arc<Goroutine>>; CLASSES],
    /// How many of each class have been taken since the last one of a later class.
    in_a_row: [u32; CLASSES],
}

impl Queue {
    #[inline]
    fn add(&mut self, g: Arc<Goroutine>, class: Class) {
        self.waiting[class as usize].push_back(g);
    }

    /// The next one, most often the first that was woken. `has_others`: there are some that gave way; `None` may mean that it is
    /// their turn.
    fn take(&mut self, has_others: bool) -> Option<Arc<Goroutine>> {
        for class in 0..CLASSES {
            let is_others_turn = self.in_a_row[class] >= IN_A_ROW_MAX
                && (has_others || self.waiting[class + 1..].iter().any(|later| !later.is_empty()));
            if is_others_turn {
                self.in_a_row[class] = 0;
            } else if let Some(g) = self.waiting[class].pop_front() {
                self.in_a_row[class] = self.in_a_row[class].saturating_add(1);
                return Some(g);
            }
        }
        None
    }

    /// Half of each class, those that have waited longest.
    fn split(&mut self) -> [VecDeque<Arc<Goroutine>>; CLASSES] {
        std::array::from_fn(|class| {
            let waiting = &mut self.waiting[class];
            waiting.drain(..waiting.len().div_ceil(2)).collect()
        })
    }

    #[inline]
    fn len(&self) -> usize {
        self.waiting[0].len() + self.waiting[1].len()
    }

    /// Lets all know without the lock how long this worker's queue is.
    #[inline]
    fn tell(&self, ticker: &Ticker, worker: usize) {
        ticker.set_queued(worker, self.len(), self.waiting[Class::Woken as usize].len());
    }
}

/// A queue with its lock, on cache lines of its own.
#[derive(Default)]
#[repr(align(128))]
struct Locked(Mutex<Queue>);

impl Locked {
    #[inline]
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All queues of a scheduler.
pub(super) struct Queues {
    workers: Box<[Locked]>,
    gave_way: Mutex<VecDeque<Arc<Goroutine>>>,
}

impl Queues {
    pub(super) fn new(workers: usize) -> Queues {
        Queues {
            workers: (0..workers).map(|_| Locked::default()).collect(),
            gave_way: Mutex::new(VecDeque::new()),
        }
    }

    pub(super) fn lock_gave_way(&self) -> MutexGuard<'_, VecDeque<Arc<Goroutine>>> {
        self.gave_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next goroutine for a worker; and whether others came into its queue with that.
    #[inline]
    fn take(&self, ticker: &Ticker, worker: usize) -> Option<(Arc<Goroutine>, bool)> {
        let has_others = ticker.gave_way() > 0;
        if ticker.queued(worker) > 0 {
            let mut queue = self.workers[worker].lock();
            if let Some(g) = queue.take(has_others) {
                queue.tell(ticker, worker);
                return Some((g, false));
            }
            drop(queue);
            if let Some(g) = self.take_late(ticker) {
                return Some((g, false));
            }
        }
        self.steal(ticker, worker).or_else(|| {
            let g = if has_others { self.take_late(ticker) } else { None };
            g.map(|g| (g, false))
        })
    }

    /// Takes one that gave way.
    fn take_late(&self, ticker: &Ticker) -> Option<Arc<Goroutine>> {
        let mut gave_way = self.lock_gave_way();
        let g = gave_way.pop_front();
        ticker.set_gave_way(gave_way.len());
        g
    }

    /// Takes one from another worker's queue, and half of the rest into this worker's own; and whether there were any of these.
    /// No two locks are held at once.
    fn steal(&self, ticker: &Ticker, worker: usize) -> Option<(Arc<Goroutine>, bool)> {
        let count = self.workers.len();
        for victim in (1..count).map(|distance| (worker + distance) % count) {
            if ticker.queued(victim) == 0 {
                continue;
            }
            let mut queue = self.workers[victim].lock();
            let taken = queue.split();
            queue.tell(ticker, victim);
            drop(queue);
            if taken.iter().all(VecDeque::is_empty) {
                continue;
            }
            let mut queue = self.workers[worker].lock();
            for (own, taken) in queue.waiting.iter_mut().zip(taken) {
                own.extend(taken);
            }
            let g = queue.take(false)?;
            queue.tell(ticker, worker);
            return Some((g, queue.len() > 0));
        }
        None
    }

    /// Whether any goroutine waits for a worker; no hint.
    pub(super) fn are_empty(&self) -> bool {
        self.workers.iter().all(|queue| queue.lock().len() == 0) && self.lock_gave_way().is_empty()
    }

    /// Forgets all. Called when the run is over, so nobody adds any more.
    pub(super) fn clear(&self, ticker: &Ticker) {
        for (worker, queue) in self.workers.iter().enumerate() {
            let mut queue = queue.lock();
            *queue = Queue::default();
            ticker.set_queued(worker, 0, 0);
        }
        let mut gave_way = self.lock_gave_way();
        gave_way.clear();
        ticker.set_gave_way(0);
    }
}

impl Shared {
    /// Adds a goroutine that was woken, from any thread, and sees to it that somebody looks soon.
    pub(super) fn push_woken(self: &Arc<Shared>, g: Arc<Goroutine>) {
        // A thread that is no worker leaves it with the one that knows it.
        let worker = current_worker(self).unwrap_or_else(|| g.worker.load(Relaxed));
        self.push(worker, g, Class::Woken);
        self.call_somebody();
    }

    /// Adds a goroutine to a worker's queue.
    #[inline]
    pub(super) fn push(&self, worker: usize, g: Arc<Goroutine>, class: Class) {
        let mut queue = self.queues.workers[worker].lock();
        // With the lock, so that nobody comes after the end of the run has looked.
        if !self.is_over.load(SeqCst) {
            queue.add(g, class);
            queue.tell(&self.ticker, worker);
        }
    }

    /// Adds a goroutine that gives way, and sees to it that somebody looks soon: this worker is going to run another.
    pub(super) fn push_late(self: &Arc<Shared>, g: Arc<Goroutine>) {
        {
            let mut gave_way = self.queues.lock_gave_way();
            if !self.is_over.load(SeqCst) {
                gave_way.push_back(g);
                self.ticker.set_gave_way(gave_way.len());
            }
        }
        self.call_somebody();
    }

    /// Sees to it that somebody looks at the queues soon, if there is anybody.
    #[inline]
    pub(super) fn call_somebody(self: &Arc<Shared>) {
        if !self.ticker.wake_worker() && self.has_reserve.load(Relaxed) {
            self.call_reserve();
        }
    }

    /// Takes the next goroutine for a worker.
    pub(super) fn take(self: &Arc<Shared>, worker: usize) -> Option<Arc<Goroutine>> {
        let (g, has_moved) = self.queues.take(&self.ticker, worker)?;
        // While they were between two queues, a worker may have gone to sleep that did not see them.
        if has_moved {
            self.call_somebody();
        }
        Some(g)
    }
}

thread_local! {
    /// Whose worker this thread is, and which one.
    static CURRENT: Cell<(*const Shared, usize)> = const { Cell::new((ptr::null(), 0)) };
}

/// The worker of this scheduler that this thread is. Not inlined: goroutines go from one thread to another, and where a
/// thread keeps its variables may not be remembered across that.
#[inline(never)]
fn current_worker(shared: &Shared) -> Option<usize> {
    let (at, worker) = CURRENT.get();
    ptr::eq(at, shared).then_some(worker)
}

/// This thread is a worker as long as this lives.
pub(super) struct OnWorker {
    before: (*const Shared, usize),
}

impl OnWorker {
    pub(super) fn begin(shared: &Shared, worker: usize) -> OnWorker {
        OnWorker { before: CURRENT.replace((shared, worker)) }
    }
}

impl Drop for OnWorker {
    fn drop(&mut self) {
        CURRENT.set(self.before);
    }
}
