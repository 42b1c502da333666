//! Checks the stops of the world under interleavings that a scheduler of its own chooses.
//!
//! `world.rs` is compiled here once more, over the model's locks and clock. Threads are coroutines that may be switched at each
//! lock, atomic access and look at the clock; where none can go on, the test fails as a deadlock. A failure prints the schedule,
//! which `shuttle::replay` repeats.

/// The model's side of `sync.rs`.
mod sync {
    pub(crate) use shuttle::sync::atomic::{AtomicU32, AtomicU64};
    pub(crate) use shuttle::sync::{Arc, Condvar, Mutex, MutexGuard};
    pub(crate) use shuttle::thread::yield_now;

    use shuttle::rand::Rng;
    use std::cell::Cell;
    use std::sync::PoisonError;
    use std::time::Duration;

    /// Once, so that both ways of waiting are met.
    pub(crate) const LOOKS_MAX: u32 = 1;

    /// A time that is a little later each time somebody looks, or much later.
    #[derive(Clone, Copy)]
    pub(crate) struct Instant(Duration);

    thread_local! {
        // A model's threads are coroutines of one thread.
        static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    }

    impl Instant {
        pub(crate) fn now() -> Instant {
            let step = if shuttle::rand::thread_rng().gen_range(0..3) == 0 { 11_000 } else { 1 };
            NOW.set(NOW.get() + Duration::from_micros(step));
            Instant(NOW.get())
        }

        pub(crate) fn saturating_duration_since(&self, before: Instant) -> Duration {
            self.0.saturating_sub(before.0)
        }

        pub(crate) fn elapsed(&self) -> Duration {
            Instant::now().saturating_duration_since(*self)
        }
    }

    /// Time passes for whoever waits, whatever the others do.
    pub(crate) fn wait_timeout<'a, T>(
        lock: &'a Mutex<T>,
        _changed: &Condvar,
        guard: MutexGuard<'a, T>,
        _time: Duration,
    ) -> MutexGuard<'a, T> {
        drop(guard);
        yield_now();
        lock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[path = "world.rs"]
#[expect(dead_code, reason = "collections look at what parked mutators publish, and the model has none")]
#[expect(clippy::duplicate_mod, reason = "what is checked is the text that runs, over other locks")]
mod world;

use crate::model::{check, check_slow};
use shuttle::rand::Rng;
use shuttle::thread;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use world::{MemberId, Parked, Place, Purpose, World};

const STOP: u32 = crate::mutator::poll::STOP;

/// What is checked. None of this is known to the scheduler, so nothing here makes an interleaving possible or impossible.
#[derive(Default)]
struct Watch {
    is_stopped: AtomicBool,
    /// By member: it uses the heap.
    uses_heap: [AtomicBool; 4],
    /// By member: it is at an allocation, where no assumption may break.
    at_allocation: [AtomicBool; 4],
    helping: AtomicU32,
    /// Mutators that have nothing more to do, but run on until all have.
    done: AtomicU32,
}

impl Watch {
    /// A member is out of the heap while it does this.
    fn outside<R>(&self, member: usize, place: Place, work: impl FnOnce() -> R) -> R {
        self.at_allocation[member].store(place == Place::AtAllocation, Relaxed);
        self.uses_heap[member].store(false, Relaxed);
        let result = work();
        assert!(!self.is_stopped.load(Relaxed), "a mutator runs in a stopped world");
        self.uses_heap[member].store(true, Relaxed);
        self.at_allocation[member].store(false, Relaxed);
        result
    }

    /// Uses the heap for a while.
    fn use_heap(&self) {
        for _ in 0..2 {
            assert!(!self.is_stopped.load(Relaxed), "the world is stopped while a mutator runs");
            thread::yield_now();
        }
    }

    /// What is done with the world stopped.
    fn change(&self, world: &World, purpose: Purpose) {
        assert!(!self.is_stopped.swap(true, Relaxed), "the world is stopped twice");
        let check = || {
            assert!(self.uses_heap.iter().all(|uses| !uses.load(Relaxed)), "a mutator runs");
            let is_collection = purpose == Purpose::Collect;
            assert!(is_collection || self.at_allocation.iter().all(|at| !at.load(Relaxed)), "one is no poll");
        };
        check();
        thread::yield_now();
        if purpose == Purpose::Collect && chance(2) {
            let help = || {
                self.helping.fetch_add(1, Relaxed);
                assert!(
                    self.is_stopped.load(Relaxed),
                    "help goes on in a world that is not stopped any more"
                );
                thread::yield_now();
                self.helping.fetch_sub(1, Relaxed);
            };
            world.with_help(&help, thread::yield_now);
            assert_eq!(self.helping.load(Relaxed), 0, "somebody still helps");
        }
        check();
        self.is_stopped.store(false, Relaxed);
    }
}

fn chance(of: u32) -> bool {
    shuttle::rand::thread_rng().gen_range(0..of) == 0
}

fn parked() -> Parked {
    Parked { mutator: std::ptr::null_mut(), stack: 0..0, is_idle: false }
}

fn stop(world: &World, watch: &Watch, (number, id): (usize, MemberId), purpose: Purpose) {
    let place = if purpose == Purpose::Collect { Place::AtAllocation } else { Place::AtPoll };
    watch.outside(number, place, || world.stop(id, purpose, parked(), |_| watch.change(world, purpose)));
}

/// What a mutator does: all that mutators do, in any order. None leaves before all are done, so one that nobody asks to stop is
/// noticed.
fn mutate(world: &World, watch: &Watch, number: usize, (threads, steps): (u32, u32)) {
    let poll = sync::Arc::new(sync::AtomicU32::new(0));
    let id = world.join(poll.clone());
    let me = (number, id);
    watch.uses_heap[number].store(true, Relaxed);
    let mut step = 0;
    while watch.done.load(Relaxed) < threads {
        watch.use_heap();
        step += 1;
        match if step <= steps { shuttle::rand::thread_rng().gen_range(0..5) } else { 5 } {
            0 => stop(world, watch, me, Purpose::Collect),
            1 => stop(world, watch, me, Purpose::Break),
            2 => {
                let place = if chance(3) { Place::AtAllocation } else { Place::AtPoll };
                let wait = || world.rest_during(id, place, parked(), thread::yield_now);
                watch.outside(number, place, wait);
            }
            _ => {}
        }
        if step == steps {
            watch.done.fetch_add(1, Relaxed);
        }
        for place in [Place::AtAllocation, Place::AtPoll] {
            if poll.load(Relaxed) & STOP != 0 && (place == Place::AtPoll || chance(2)) {
                watch.outside(number, place, || world.rest(id, place, parked()));
            }
        }
    }
    watch.uses_heap[number].store(false, Relaxed);
    world.leave(id);
}

fn model(threads: u32, steps: u32) -> impl Fn() + Send + Sync + 'static {
    move || {
        let (world, watch) = (Arc::new(World::default()), Arc::new(Watch::default()));
        let start = |number| {
            let (world, watch) = (world.clone(), watch.clone());
            thread::spawn(move || mutate(&world, &watch, number as usize, (threads, steps)))
        };
        let threads: Vec<_> = (0..threads).map(start).collect();
        for thread in threads {
            thread.join().expect("a failed thread ends the model");
        }
    }
}

/// Any thread goes on at any time.
#[test]
fn stops_under_random_interleavings() {
    check(model(3, 4), 1, 1500);
    check(model(4, 3), 2, 500);
}

/// One thread goes on as long as it can but for a few switches: what needs a thread to be very slow.
#[test]
fn stops_where_threads_are_slow() {
    check_slow(model(3, 4), 3, 1500);
}
