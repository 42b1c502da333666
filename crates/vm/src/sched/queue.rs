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
//! other (`Ticker::wake_worker` tells the rest). How long a queue is can be read without its lock too, as a hint. Between
//! two queues a goroutine is seen by nobody, but then its worker is awake.

use super::{Goroutine, Shared};
use crate::ticker::Ticker;
use std::cell::Cell;
use std::collections::VecDeque;
use std::ptr;
use std::sync::atomic::Ordering::*;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many of a class may be taken in a row while some of a later one wait. Arbitrary; as Go has it.
const IN_A_ROW_MAX: u32 = 61;

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

    fn lock_gave_way(&self) -> MutexGuard<'_, VecDeque<Arc<Goroutine>>> {
        self.gave_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next goroutine for a worker.
    #[inline]
    fn take(&self, ticker: &Ticker, worker: usize) -> Option<Arc<Goroutine>> {
        let has_others = ticker.gave_way() > 0;
        if ticker.queued(worker) > 0 {
            let mut queue = self.workers[worker].lock();
            if let Some(g) = queue.take(has_others) {
                queue.tell(ticker, worker);
                return Some(g);
            }
            drop(queue);
            if let Some(g) = self.take_late(ticker) {
                return Some(g);
            }
        }
        self.steal(ticker, worker).or_else(|| if has_others { self.take_late(ticker) } else { None })
    }

    /// Takes one that gave way.
    fn take_late(&self, ticker: &Ticker) -> Option<Arc<Goroutine>> {
        let mut gave_way = self.lock_gave_way();
        let g = gave_way.pop_front();
        ticker.set_gave_way(gave_way.len());
        g
    }

    /// Takes one from another worker's queue, and half of the rest into this worker's own. No two locks are held at once.
    fn steal(&self, ticker: &Ticker, worker: usize) -> Option<Arc<Goroutine>> {
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
            let g = queue.take(false);
            queue.tell(ticker, worker);
            return g;
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
    pub(super) fn take(&self, worker: usize) -> Option<Arc<Goroutine>> {
        self.queues.take(&self.ticker, worker)
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

#[cfg(test)]
mod tests {
    use super::super::Scheduler;
    use super::*;
    use crate::random::Random;
    use runtime::value::Value;

    fn shared(workers: usize) -> Arc<Shared> {
        let scheduler = Scheduler::new(workers, false);
        scheduler.shared().is_over.store(false, SeqCst);
        scheduler.shared().clone()
    }

    fn goroutine(shared: &Arc<Shared>) -> Arc<Goroutine> {
        Goroutine::new(shared, Random::unseeded(), false, Value::NIL, Vec::new(), (Value::NIL, 0), None)
    }

    /// Puts goroutines into worker 0's queue and the one for all, and tells in which order worker `worker` takes them.
    fn order(worker: usize, woken: usize, started: usize, gave_way: usize) -> String {
        let shared = shared(3);
        let mut names = Vec::new();
        let mut named = |name| {
            let g = goroutine(&shared);
            names.push((Arc::as_ptr(&g), name));
            g
        };
        (0..gave_way).for_each(|_| shared.queues.lock_gave_way().push_back(named('g')));
        shared.ticker.set_gave_way(gave_way);
        for _ in 0..started {
            shared.push(0, named('s'), Class::Started);
        }
        for _ in 0..woken {
            shared.push(0, named('w'), Class::Woken);
        }
        let mut taken = String::new();
        while let Some(g) = shared.take(worker) {
            let name = names.iter().find(|(at, _)| *at == Arc::as_ptr(&g)).expect("it was put there");
            taken.push(name.1);
        }
        assert!(shared.queues.are_empty() && !shared.ticker.has_runnable());
        taken
    }

    #[test]
    #[cfg_attr(miri, ignore)]
    fn woken_ones_go_first_and_those_that_gave_way_last() {
        assert_eq!(order(0, 2, 3, 2), "wwsssgg");
        assert_eq!(order(0, 0, 0, 1), "g");
        assert_eq!(order(0, 0, 0, 0), "");
    }

    #[test]
    #[cfg_attr(miri, ignore)]
    fn another_worker_takes_half_at_a_time() {
        assert_eq!(order(1, 1, 2, 1), "wssg");
        assert_eq!(order(2, 4, 0, 0), "wwww");
        let shared = shared(2);
        (0..8).for_each(|_| {
            shared.push(0, goroutine(&shared), Class::Started);
        });
        assert!(shared.take(1).is_some());
        assert_eq!((shared.ticker.queued(0), shared.ticker.queued(1)), (4, 3));
    }

    #[test]
    #[cfg_attr(miri, ignore)]
    fn of_many_in_a_row_one_is_of_a_later_class() {
        let taken = order(0, 200, 3, 3);
        let (first, rest) = taken.split_at(IN_A_ROW_MAX as usize);
        assert!(first.chars().all(|c| c == 'w') && rest.starts_with("sw"), "{taken}");
        let taken = order(0, 0, 200, 3);
        let (first, rest) = taken.split_at(IN_A_ROW_MAX as usize);
        assert!(first.chars().all(|c| c == 's') && rest.starts_with("gs"), "{taken}");
    }

    #[test]
    #[cfg_attr(miri, ignore)]
    fn nothing_is_added_when_the_run_is_over() {
        let shared = shared(1);
        shared.is_over.store(true, SeqCst);
        shared.push(0, goroutine(&shared), Class::Woken);
        shared.push_late(goroutine(&shared));
        assert!(shared.queues.are_empty());
    }

    /// Threads hand goroutines on as workers do, and sleep when there are none: the test ends only if each is seen.
    #[test]
    #[cfg_attr(miri, ignore)]
    fn no_goroutine_is_forgotten_by_workers_that_sleep() {
        const WORKERS: usize = 4;
        const TURNS: usize = 20_000;
        let shared = shared(WORKERS);
        shared.has_reserve.store(false, SeqCst);
        shared.ticker.use_seats(WORKERS);
        let turns = std::sync::atomic::AtomicUsize::new(0);
        (0..3).for_each(|_| {
            shared.push(0, goroutine(&shared), Class::Started);
        });
        let run = |worker: usize| {
            let ticker = &shared.ticker;
            let mut is_searching = false;
            while turns.load(SeqCst) < TURNS {
                if let Some(g) = shared.take(worker) {
                    if std::mem::take(&mut is_searching) {
                        ticker.end_search();
                        if !shared.queues.are_empty() {
                            shared.call_somebody();
                        }
                    }
                    turns.fetch_add(1, SeqCst);
                    shared.push(worker, g, Class::Woken);
                    shared.call_somebody();
                    std::thread::yield_now();
                    continue;
                }
                ticker.prepare_sleep(worker, None);
                if std::mem::take(&mut is_searching) {
                    ticker.end_search();
                }
                if shared.queues.are_empty() && turns.load(SeqCst) < TURNS {
                    ticker.sleep(worker, None);
                }
                is_searching = ticker.end_sleep(worker);
            }
            // The others see that it is over.
            ticker.wake_all();
        };
        std::thread::scope(|scope| (0..WORKERS).for_each(|worker| drop(scope.spawn(move || run(worker)))));
        assert!(turns.load(SeqCst) >= TURNS);
    }
}
