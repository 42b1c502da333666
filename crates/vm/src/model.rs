//! Checks the protocols between workers under interleavings that a scheduler of its own chooses.
//!
//! Tickets, channels, run queues and the sleep of workers are compiled here once more, over the model's locks and atomics.
//! Around them stand the few lines of the product that bring them together, as [`worker`] mirrors `sched/run.rs` and
//! [`Goroutine::begin_select`] mirrors `select.rs`: with goroutines that are lists of steps instead of fibers. Threads are
//! coroutines that may be switched at each lock and each atomic access; where none can go on, the test fails as a deadlock, and
//! so a lost wake-up is found. A failure prints the schedule, which `shuttle::replay` repeats. Seeds are fixed.
//!
//! What this cannot find: threads see each other's stores in one order that all agree on, so a memory order that is too weak
//! goes unnoticed; the protocols use `SeqCst` or a lock wherever two threads each store and then look.
//!
//! What it does find is shown by [`Fault`]s, each of which makes the model fail. So did each of these, made in the product's
//! text: a ticket that is used again; a wake written before its claim; a waiter taken for woken whose claim failed; a worker
//! that is called and does not count as searching; goroutines carried to another queue, or lost there, without a call.

mod coroutines;

#[path = "channel/queues.rs"]
#[expect(dead_code, reason = "the model has no collector")]
#[expect(clippy::duplicate_mod, reason = "what is checked is the text that runs, over other locks")]
mod channel;
#[path = "sched/queue.rs"]
#[expect(dead_code, reason = "the model's workers have numbers")]
#[expect(clippy::duplicate_mod, reason = "what is checked is the text that runs, over other locks")]
mod queue;
#[path = "ticker/sleep.rs"]
#[expect(dead_code, reason = "the model has no clock")]
#[expect(clippy::duplicate_mod, reason = "what is checked is the text that runs, over other locks")]
mod sleep;
#[path = "sched/ticket.rs"]
#[expect(dead_code, reason = "the model has no collector")]
#[expect(clippy::duplicate_mod, reason = "what is checked is the text that runs, over other locks")]
mod ticket;

use crate::race::{Actor, Messages};
use crate::sched::Wake;
use channel::Attempt;
use queue::{Class, Queues};
use runtime::value::Value;
use shuttle::rand::Rng;
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner, thread};
use sleep::{Census, Sleep};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::*;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use ticket::Waits;

/// The model's side of `sync.rs`.
mod sync {
    use super::{Fault, fault};
    pub(super) use shuttle::sync::atomic::{AtomicBool, AtomicIsize, AtomicU32, AtomicUsize};
    use shuttle::sync::atomic::{AtomicU8 as Byte, AtomicU64 as Word};
    pub(super) use shuttle::sync::{Condvar, Mutex, MutexGuard};
    use std::sync::atomic::Ordering;

    macro_rules! with_faults { ($($name:ident, $inner:ident, $type:ty;)*) => { $(
        /// As shuttle's, unless it is made to fail.
        pub(super) struct $name($inner);

        impl $name {
            pub(super) const fn new(v: $type) -> $name {
                $name($inner::new(v))
            }

            pub(super) fn load(&self, order: Ordering) -> $type {
                self.0.load(order)
            }

            pub(super) fn store(&self, v: $type, order: Ordering) {
                self.0.store(v, order);
            }

            #[allow(dead_code, reason = "not all are swapped")]
            pub(super) fn swap(&self, v: $type, order: Ordering) -> $type {
                self.0.swap(v, order)
            }

            pub(super) fn compare_exchange(
                &self,
                from: $type,
                to: $type,
                done: Ordering,
                failed: Ordering,
            ) -> Result<$type, $type> {
                if fault() == Fault::TwoMayClaim {
                    let now = self.0.load(failed);
                    if now == from {
                        self.0.store(to, done);
                    }
                    return if now == from { Ok(now) } else { Err(now) };
                }
                self.0.compare_exchange(from, to, done, failed)
            }
        }
    )* } }

    with_faults! {
        AtomicU8, Byte, u8;
        AtomicU64, Word, u64;
    }
}

/// What is done wrongly, to see whether the model finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    None,
    /// Compare-and-swap is a load, and then a store.
    TwoMayClaim,
    /// A worker looks at the queues, then says that it sleeps.
    SleepsUnseen,
    /// A worker that was called and has found a goroutine calls nobody for the next one.
    SearchEndsQuietly,
    /// One that has said that it sleeps, and looked once more, does not know any more that it was called.
    SearchIsForgotten,
    /// The end of the run is told without the lock under which workers look whether it is over.
    EndsUnseen,
    /// A worker calls others, then adds the goroutine.
    CallsBefore,
    /// A worker does not wait until a goroutine has left the other worker.
    TakesTooEarly,
    /// A select does not try its cases once more when it has locked all channels.
    TriesOnce,
    /// A select leaves waiters, then takes the ticket.
    TicketBehindWaiters,
    /// A coroutine is let go of before its stack is out of use.
    LetsGoTooEarly,
    /// A coroutine that is being closed is not claimed.
    ClosesUnclaimed,
}

thread_local! {
    // A model's threads are coroutines of one thread.
    static FAULT: Cell<Fault> = const { Cell::new(Fault::None) };
}

fn fault() -> Fault {
    FAULT.get()
}

fn random(below: usize) -> usize {
    shuttle::rand::thread_rng().gen_range(0..below)
}

fn config() -> Config {
    let mut config = Config::new();
    // What goes on for so long never ends: a goroutine is lost for which another one waits and computes.
    config.max_steps = MaxSteps::FailAfter(30_000);
    config.failure_persistence = FailurePersistence::Print;
    config
}

/// Runs a model as often, with threads that are switched at any time.
fn check(model: impl Fn() + Send + Sync + 'static, seed: u64, times: usize) {
    Runner::new(RandomScheduler::new_from_seed(seed, times), config()).run(model);
}

/// Runs a model as often, with threads of which some are very slow.
fn check_slow(model: impl Fn() + Send + Sync + 'static, seed: u64, times: usize) {
    Runner::new(PctScheduler::new_from_seed(seed, 3, times), config()).run(model);
}

/// Asserts that one of so many runs fails if this is done wrongly.
fn assert_found(what: Fault, model: impl Fn() + Send + Sync + Copy + 'static, times: usize) {
    FAULT.set(what);
    let found = |run: &dyn Fn()| catch_unwind(AssertUnwindSafe(run)).is_err();
    let is_found = found(&|| check(model, 1, times)) || found(&|| check_slow(model, 1, times));
    FAULT.set(Fault::None);
    assert!(is_found, "{what:?} goes unnoticed");
}

// ---- what stands around the product's text ----------------------------------------------------------------------------

/// Stands for `ticker::Bell`.
struct Bell {
    has_rung: sync::Mutex<bool>,
    changed: sync::Condvar,
}

impl Bell {
    fn new() -> Bell {
        Bell { has_rung: sync::Mutex::new(false), changed: sync::Condvar::new() }
    }

    fn ring(&self) {
        *self.has_rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    fn wait(&self, _time: Option<Duration>) {
        let mut has_rung = self.has_rung.lock().unwrap_or_else(PoisonError::into_inner);
        while !std::mem::take(&mut *has_rung) {
            has_rung = self.changed.wait(has_rung).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Stands for `ticker::Ticker`, as far as it is about queues and sleep.
struct Ticker {
    queued: Vec<sync::AtomicUsize>,
    gave_way: sync::AtomicUsize,
    sleeps: Vec<Sleep>,
    census: Census,
}

impl Ticker {
    fn set_queued(&self, worker: usize, count: usize, _woken: usize) {
        self.queued[worker].store(count, Relaxed);
    }

    fn queued(&self, worker: usize) -> usize {
        self.queued[worker].load(Relaxed)
    }

    fn set_gave_way(&self, count: usize) {
        self.gave_way.store(count, Relaxed);
    }

    fn gave_way(&self) -> usize {
        self.gave_way.load(Relaxed)
    }

    fn wake_worker(&self) -> bool {
        self.census.call_one(self.sleeps.iter())
    }
}

/// Stands for `sched::Shared`.
struct Shared {
    queues: Queues,
    ticker: Ticker,
    is_over: sync::AtomicBool,
    has_reserve: sync::AtomicBool,
    /// Workers that do not sleep: `State::awake`.
    awake: sync::Mutex<usize>,
    channels: Vec<Channel>,
    /// Operations outside that will wake a goroutine, or nobody.
    external: sync::AtomicUsize,
    /// Waiters left with them, which nobody takes back.
    timers: sync::Mutex<Vec<(Waiter, usize)>>,
    /// The rest is what is checked, and unknown to the scheduler.
    unfinished: std::sync::atomic::AtomicUsize,
    received: std::sync::Mutex<Vec<usize>>,
}

/// Stands for `channel::Channel`.
struct Channel {
    capacity: usize,
    queues: sync::Mutex<channel::Queues>,
}

/// Stands for `sched::Waiter`.
#[derive(Clone)]
struct Waiter {
    goroutine: Arc<Goroutine>,
    ticket: u64,
}

impl Waiter {
    fn wake(&self, index: u32, ok: bool, value: Value) -> bool {
        let g = &self.goroutine;
        let is_claimed = g.waits.claim(self.ticket, index, ok, value);
        if is_claimed {
            if fault() == Fault::CallsBefore {
                g.shared.call_somebody();
                g.shared.push(g.worker.load(Relaxed), g.clone(), Class::Woken);
            } else {
                g.shared.push_woken(g.clone());
            }
        }
        is_claimed
    }

    fn is_same(&self, other: &Waiter) -> bool {
        self.ticket == other.ticket && Arc::ptr_eq(&self.goroutine, &other.goroutine)
    }

    fn actor(&self) -> Option<&Actor> {
        None
    }
}

/// `Wake::index` of a select whose time is over.
const TIME_IS_OVER: u32 = 100;

/// One operation of a channel: its number, and what is sent.
type Case = (usize, Option<usize>);

/// What a goroutine does next.
#[derive(Clone)]
enum Step {
    /// One of these, whichever can proceed.
    Select(Vec<Case>),
    /// Receives until the channel is closed.
    Drain(usize),
    Close(usize),
    GiveWay,
    /// Computes, and keeps its worker, until no more than so many are unfinished.
    Compute(usize),
}

/// Stands for `sched::Goroutine`.
struct Goroutine {
    shared: Arc<Shared>,
    waits: Waits,
    worker: sync::AtomicUsize,
    is_on_worker: sync::AtomicBool,
    /// Selects with a time that had to wait.
    waits_begun: std::sync::atomic::AtomicUsize,
    /// Stands for its stack: only one worker at a time is there.
    stack: std::sync::Mutex<Stack>,
}

struct Stack {
    /// In reverse.
    steps: Vec<Step>,
    /// What it waits for.
    waits_for: Vec<Case>,
    has_ended: bool,
}

impl Goroutine {
    fn start(shared: &Arc<Shared>, worker: usize, mut steps: Vec<Step>) {
        steps.reverse();
        shared.unfinished.fetch_add(1, Relaxed);
        let g = Goroutine {
            shared: shared.clone(),
            waits: Waits::new(),
            worker: sync::AtomicUsize::new(worker),
            is_on_worker: sync::AtomicBool::new(false),
            waits_begun: std::sync::atomic::AtomicUsize::new(0),
            stack: std::sync::Mutex::new(Stack { steps, waits_for: Vec::new(), has_ended: false }),
        };
        // As `sched::go`.
        shared.push(worker, Arc::new(g), Class::Started);
        shared.call_somebody();
    }

    /// Tries an operation; whether it is done.
    fn attempt(&self, q: &mut channel::Queues, (ch, sends): Case, took: &mut dyn FnMut(usize, bool)) -> bool {
        match sends {
            Some(v) => match q.try_send(self.shared.channels[ch].capacity, int(v)) {
                Attempt::Done(()) => true,
                Attempt::Blocked => false,
                Attempt::Closed => panic!("nobody sends to a channel that is closed"),
            },
            None => match q.try_recv() {
                Attempt::Done((v, ok)) => {
                    took(number(v), ok);
                    true
                }
                _ => false,
            },
        }
    }

    /// As `select` and `select::enqueue`: does one of the operations, or leaves a waiter at every channel. True: it waits.
    fn begin_select(self: &Arc<Goroutine>, cases: &[Case], took: &mut dyn FnMut(usize, bool)) -> bool {
        let start = random(cases.len());
        let order = || (0..cases.len()).map(|i| cases[(start + i) % cases.len()]);
        if order().any(|case| self.attempt(&mut self.shared.lock_channel(case.0), case, took)) {
            return false;
        }
        let mut channels: Vec<usize> = cases.iter().map(|(ch, _)| *ch).collect();
        channels.sort_unstable();
        channels.dedup();
        let mut locked: Vec<_> = channels.iter().map(|ch| self.shared.lock_channel(*ch)).collect();
        let at = |ch| channels.binary_search(&ch).expect("it is locked");
        if fault() != Fault::TriesOnce
            && order().any(|case| self.attempt(&mut locked[at(case.0)], case, took))
        {
            return false;
        }
        let is_late = fault() == Fault::TicketBehindWaiters;
        let ticket =
            if is_late { self.waits.last_ticket().wrapping_add(2) } else { self.waits.take_ticket() };
        for (i, (ch, sends)) in cases.iter().enumerate() {
            let waiter = Waiter { goroutine: self.clone(), ticket };
            locked[at(*ch)].enqueue(waiter, i as u32, sends.map(int));
        }
        if cases.len() > 1 {
            // A select with a time.
            let waiter = Waiter { goroutine: self.clone(), ticket };
            let wait = self.waits_begun.fetch_add(1, Relaxed) + 1;
            self.shared.timers.lock().unwrap_or_else(PoisonError::into_inner).push((waiter, wait));
        }
        drop(locked);
        if is_late {
            self.waits.take_ticket();
        }
        true
    }

    /// As `select::wait`, once a worker goes on with the goroutine. False: the time was over.
    fn end_select(self: &Arc<Goroutine>, cases: &[Case], took: &mut dyn FnMut(usize, bool)) -> bool {
        let Wake { index, ok, value } = self.waits.take_wake();
        let waiter = Waiter { goroutine: self.clone(), ticket: self.waits.last_ticket() };
        if cases.len() > 1 {
            for (ch, sends) in cases {
                self.shared.lock_channel(*ch).remove(&waiter, sends.is_some());
            }
        }
        match cases.get(index as usize) {
            Some((_, Some(_))) => assert!(ok, "nobody sends to a channel that is closed"),
            Some((_, None)) => took(number(value), ok),
            None => {
                assert_eq!(number(value), self.waits_begun.load(Relaxed), "it is woken from a later wait");
                return false;
            }
        }
        true
    }

    /// Runs until it stops.
    fn run(self: &Arc<Goroutine>) {
        let mut stack = self.stack.try_lock().expect("a goroutine is on two workers");
        let mut is_open = true;
        let mut took = |v, ok| {
            is_open = ok;
            if ok {
                self.shared.received.lock().unwrap()[v] += 1;
            }
        };
        let cases = std::mem::take(&mut stack.waits_for);
        if !cases.is_empty() {
            if !self.end_select(&cases, &mut took) {
                stack.steps.push(Step::Select(cases));
            } else if let [(ch, None)] = cases[..]
                && is_open
                && matches!(stack.steps.last(), Some(Step::Drain(_)))
            {
                stack.steps.push(Step::Drain(ch));
            }
            is_open = true;
        }
        while let Some(step) = stack.steps.pop() {
            let mut took = |v, ok| {
                is_open = ok;
                if ok {
                    self.shared.received.lock().unwrap()[v] += 1;
                }
            };
            match step {
                Step::Select(cases) => {
                    if self.begin_select(&cases, &mut took) {
                        stack.waits_for = cases;
                        break;
                    }
                }
                Step::Drain(ch) => {
                    let waits = self.begin_select(&[(ch, None)], &mut took);
                    if waits || is_open {
                        stack.steps.push(Step::Drain(ch));
                    }
                    if waits {
                        stack.waits_for = vec![(ch, None)];
                        break;
                    }
                }
                Step::Close(ch) => assert!(self.shared.lock_channel(ch).shut()),
                Step::GiveWay => {
                    self.shared.push_late(self.clone());
                    break;
                }
                Step::Compute(unfinished) => {
                    while self.shared.unfinished.load(Relaxed) > unfinished {
                        thread::yield_now();
                    }
                }
            }
        }
        // It is still on its way off the worker.
        thread::yield_now();
        stack.has_ended = stack.steps.is_empty() && stack.waits_for.is_empty();
    }
}

fn int(v: usize) -> Value {
    Value::int32(v as i32)
}

fn number(v: Value) -> usize {
    v.as_small_int().map_or(usize::MAX, |v| v as usize)
}

impl Shared {
    fn new(workers: usize, capacities: &[usize]) -> Arc<Shared> {
        let channel = |capacity: &usize| Channel {
            capacity: *capacity,
            queues: sync::Mutex::new(channel::Queues::new()),
        };
        Arc::new(Shared {
            queues: Queues::new(workers),
            ticker: Ticker {
                queued: (0..workers).map(|_| sync::AtomicUsize::new(0)).collect(),
                gave_way: sync::AtomicUsize::new(0),
                sleeps: (0..workers).map(|_| Sleep::new()).collect(),
                census: Census::new(),
            },
            is_over: sync::AtomicBool::new(false),
            has_reserve: sync::AtomicBool::new(false),
            // The thread that starts the goroutines counts until it has.
            awake: sync::Mutex::new(workers + 1),
            channels: capacities.iter().map(channel).collect(),
            external: sync::AtomicUsize::new(0),
            timers: sync::Mutex::new(Vec::new()),
            unfinished: std::sync::atomic::AtomicUsize::new(0),
            received: std::sync::Mutex::new(Vec::new()),
        })
    }

    fn lock_channel(&self, ch: usize) -> sync::MutexGuard<'_, channel::Queues> {
        self.channels[ch].queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The model has all workers from the start.
    fn call_reserve(&self) {}

    /// As `finish`.
    fn finish(&self) {
        let awake = self.awake.lock().unwrap_or_else(PoisonError::into_inner);
        if fault() == Fault::EndsUnseen {
            drop(awake);
            self.is_over.store(true, SeqCst);
        } else {
            self.is_over.store(true, SeqCst);
            drop(awake);
        }
        for sleep in &self.ticker.sleeps {
            sleep.call(&self.ticker.census);
        }
    }
}

/// As `next_goroutine`, without timers and interrupts.
fn next_goroutine(shared: &Arc<Shared>, worker: usize) -> Option<Arc<Goroutine>> {
    let (ticker, sleep) = (&shared.ticker, &shared.ticker.sleeps[worker]);
    let (mut is_searching, mut has_searched) = (false, false);
    loop {
        let found = if shared.is_over.load(SeqCst) { None } else { shared.take(worker) };
        if let Some(g) = found {
            if is_searching {
                ticker.census.end_search();
            }
            let calls = match fault() {
                Fault::SearchEndsQuietly => false,
                Fault::SearchIsForgotten => is_searching,
                _ => has_searched,
            };
            if calls && !shared.queues.are_empty() {
                shared.call_somebody();
            }
            return Some(g);
        }
        let mut awake = shared.awake.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = shared.is_over.load(SeqCst);
        let are_empty_too_early = fault() == Fault::SleepsUnseen && shared.queues.are_empty();
        if !is_over {
            sleep.prepare(&ticker.census);
        }
        if std::mem::take(&mut is_searching) {
            ticker.census.end_search();
        }
        if is_over {
            return None;
        }
        if !are_empty_too_early && !shared.queues.are_empty() {
            drop(awake);
            is_searching = sleep.end(&ticker.census);
            has_searched |= is_searching;
            continue;
        }
        // As `reason_to_wake_main`, with a program that has no deadlock.
        let is_deadlock = *awake == 1 && shared.external.load(SeqCst) == 0;
        assert!(!is_deadlock || shared.is_over.load(SeqCst), "all goroutines are asleep - deadlock!");
        *awake -= 1;
        drop(awake);
        sleep.wait(None);
        is_searching = sleep.end(&ticker.census);
        has_searched = is_searching;
        *shared.awake.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }
}

/// As `run::work`.
fn worker(shared: &Arc<Shared>, worker: usize) {
    // As `Ticker::begin_run`.
    shared.ticker.sleeps[worker].bell();
    while let Some(g) = next_goroutine(shared, worker) {
        while g.is_on_worker.load(Acquire) && fault() != Fault::TakesTooEarly {
            thread::yield_now();
        }
        g.is_on_worker.store(true, Relaxed);
        g.worker.store(worker, Relaxed);
        g.run();
        if g.stack.lock().unwrap().has_ended {
            g.waits.end();
            if g.shared.unfinished.fetch_sub(1, Relaxed) == 1 {
                shared.finish();
            }
        }
        g.is_on_worker.store(false, Release);
    }
}

/// Fires some timers, at any time and in any order.
fn timer(shared: &Arc<Shared>) {
    let mut left = 4;
    while left > 0 && !shared.is_over.load(SeqCst) {
        let waiter = {
            let mut timers = shared.timers.lock().unwrap_or_else(PoisonError::into_inner);
            let count = timers.len();
            (count > 0).then(|| timers.swap_remove(random(count)))
        };
        if let Some((waiter, wait)) = waiter {
            waiter.wake(TIME_IS_OVER, false, int(wait));
            left -= 1;
        }
        thread::yield_now();
    }
    shared.external.fetch_sub(1, SeqCst);
}

/// Goroutines and the capacities of their channels.
type Program = fn() -> (Vec<usize>, Vec<Vec<Step>>);

/// Selects on both sides of two channels; and one that gives way.
fn selects() -> (Vec<usize>, Vec<Vec<Step>>) {
    let send = |v| Step::Select(vec![(0, Some(v)), (1, Some(v))]);
    let receive = || Step::Select(vec![(0, None), (1, None)]);
    let goroutines = vec![
        vec![send(0), send(1)],
        vec![send(2), Step::GiveWay, send(3)],
        vec![receive(), receive()],
        vec![receive(), receive()],
    ];
    (vec![0, random(2)], goroutines)
}

/// A goroutine that receives or sends, whichever can proceed, among plain ones; and a channel that is closed.
fn closes() -> (Vec<usize>, Vec<Vec<Step>>) {
    let goroutines = vec![
        vec![Step::Select(vec![(0, Some(0))]), Step::Select(vec![(0, Some(1))]), Step::Close(0)],
        vec![Step::Drain(0), Step::Select(vec![(1, Some(2)), (2, None)])],
        vec![Step::Drain(0), Step::Select(vec![(1, None), (2, Some(2))])],
    ];
    (vec![random(3), 0, 0], goroutines)
}

/// Some compute until the others have ended, for which one worker is left.
fn computes() -> (Vec<usize>, Vec<Vec<Step>>) {
    let goroutines = vec![
        vec![Step::Compute(2)],
        vec![Step::GiveWay, Step::Select(vec![(0, Some(0))]), Step::Compute(2)],
        vec![Step::Select(vec![(0, None)]), Step::Select(vec![(1, None)])],
        vec![Step::GiveWay, Step::Select(vec![(1, Some(1))])],
    ];
    (vec![0, 1], goroutines)
}

/// The same with goroutines of which most can run from the start.
fn starts() -> (Vec<usize>, Vec<Vec<Step>>) {
    let goroutines = vec![
        vec![Step::Compute(2)],
        vec![Step::Select(vec![(0, Some(0))]), Step::GiveWay],
        vec![Step::GiveWay, Step::Select(vec![(0, None)])],
        vec![Step::Compute(2)],
    ];
    (vec![0], goroutines)
}

/// One that was woken and one that was started, which another worker takes at once, while a third one looks.
fn carries() -> (Vec<usize>, Vec<Vec<Step>>) {
    let goroutines = vec![
        vec![Step::Select(vec![(0, None)]), Step::Compute(2)],
        vec![Step::Select(vec![(0, Some(0))]), Step::Compute(2)],
        vec![],
    ];
    (vec![0], goroutines)
}

fn model(workers: usize, program: Program) -> impl Fn() + Send + Sync + Copy + 'static {
    move || {
        let (capacities, goroutines) = program();
        let shared = Shared::new(workers, &capacities);
        let steps = || goroutines.iter().flatten();
        let sent = steps().filter_map(|step| match step {
            Step::Select(cases) => cases.iter().find_map(|(_, sends)| *sends),
            _ => None,
        });
        let mut expected = vec![0; 8];
        sent.for_each(|v| expected[v] = 1);
        shared.received.lock().unwrap().resize(8, 0);
        // None ends before all are there.
        shared.unfinished.fetch_add(1, Relaxed);
        let start = |number| {
            let shared = shared.clone();
            thread::spawn(move || if number == workers { timer(&shared) } else { worker(&shared, number) })
        };
        let has_timers = steps().any(|step| matches!(step, Step::Select(cases) if cases.len() > 1));
        shared.external.store(usize::from(has_timers), Relaxed);
        let threads: Vec<_> = (0..workers + usize::from(has_timers)).map(start).collect();
        let is_spread = random(2) == 0;
        for goroutine in goroutines {
            Goroutine::start(&shared, if is_spread { random(workers) } else { 0 }, goroutine);
        }
        *shared.awake.lock().unwrap() -= 1;
        if shared.unfinished.fetch_sub(1, Relaxed) == 1 {
            shared.finish();
        }
        for thread in threads {
            thread.join().expect("a failed thread ends the model");
        }
        // They know the goroutines, which know all else.
        shared.timers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        assert_eq!(*shared.received.lock().unwrap(), expected, "each value is received once");
    }
}

#[test]
fn selects_are_woken_once() {
    check(model(2, selects), 1, 300);
    check_slow(model(3, selects), 2, 300);
}

#[test]
fn all_who_wait_see_that_a_channel_is_closed() {
    check(model(2, closes), 3, 300);
    check_slow(model(2, closes), 4, 300);
}

#[test]
fn no_goroutine_waits_for_a_worker_while_another_one_sleeps() {
    check(model(3, computes), 5, 1000);
    check_slow(model(3, computes), 6, 300);
    check(model(3, carries), 9, 2000);
    check_slow(model(3, carries), 10, 2000);
    check(model(3, starts), 7, 3000);
    check_slow(model(3, starts), 8, 300);
}

#[test]
fn faults_are_found() {
    for fault in [Fault::TwoMayClaim, Fault::TakesTooEarly, Fault::TriesOnce, Fault::TicketBehindWaiters] {
        assert_found(fault, model(2, selects), 1000);
    }
    assert_found(Fault::SearchIsForgotten, model(3, starts), 6000);
    for fault in [Fault::SleepsUnseen, Fault::EndsUnseen, Fault::CallsBefore, Fault::SearchEndsQuietly] {
        assert_found(fault, model(3, computes), 1000);
    }
}
