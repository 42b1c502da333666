//! The scheduler: goroutines, their waiting and waking, timers, preemption, deadlock, the run of a program.
//!
//! Every goroutine is a fiber (or, while it runs coroutines, a chain of fibers that have resumed each other; `current` is
//! the one on top). Workers run them: the thread that called [`run_main`], and threads that are started when there is
//! something to do for them, up to one for each core. A goroutine that stops switches to its worker's own stack; there the
//! worker fires what is due, takes the next one from its queue, or from another worker's, and goes to it (`queue.rs`).
//!
//! **Waiting.** A goroutine takes a new *ticket*, leaves [`Waiter`]s (goroutine and ticket) wherever something may wake it,
//! and stops in [`wait`]. Whoever claims the ticket first, by compare-and-swap, wakes it; all other waiters with that ticket
//! are stale and are passed over. Wakers may be other threads. Channels, `sync`, timers and blocking calls all wait so. A
//! goroutine may be woken, and taken by another worker, before it has left its own: `is_on_worker` tells, and who takes it
//! waits for that moment. Nothing that may stop the world happens between taking a ticket and leaving the worker.
//!
//! **Deadlock.** With no worker awake, no timer and no operation outside, only the main goroutine can be told: its waiting
//! ends with an error that it may catch.
//!
//! **Time.** A ticker thread exists once there is more than one goroutine or a deadline. It asks for preemption when one
//! goroutine has run for a slice while others could, and sooner where one that was woken waits for a worker. A program
//! without `go` has no second thread.
//!
//! **Starting.** A goroutine that starts others faster than they begin has to let them: with `UNSTARTED_MAX` of them in
//! the queue it gives way at its next safepoint. Where the heap has no room for one more it waits as long as others end.
//!
//! Queues have locks of their own, all other state is behind one. None is held across a switch, an allocation in the heap
//! or a stop of the world.
//!
//! `run.rs` is what workers do, `ops.rs` what running goroutines ask for.

mod delays;
mod ops;
mod queue;
#[cfg(test)]
mod queue_tests;
mod roster;
mod run;
mod ticket;

pub use crate::ticker::WORKERS_MAX;
pub use ops::{
    External, Timer, call_at, go, go_args, has_others, prepare_wait, same_waiter, seconds, sleep, wait,
    wait_forever, wake_at, workers, yield_now,
};
pub(crate) use ops::{give_way, goroutine, goroutine_id, shared_goroutine};
pub use run::run_main;

use crate::engine::Engine;
use crate::fiber::Fiber;
use crate::race::Actor;
use crate::random::Random;
use crate::switching::{self, OwnedFiber, Status};
use crate::sync;
use crate::ticker::Ticker;
use crate::timers::Timers;
use delays::Delays;
use queue::Queues;
use roster::{Place, Roster};
use runtime::heap::mark::Marker;
use runtime::stack::FiberStack;
use runtime::value::Value;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU64, AtomicUsize, Ordering::*};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use ticket::Waits;

/// An error that nothing caught.
#[derive(Debug)]
pub struct UncaughtError {
    /// The error value. Nothing roots it but the stack it lies on.
    pub value: Value,
    /// How it reads.
    pub message: String,
    /// The calls that led to it, innermost first, one a line.
    pub traceback: String,
}

/// Why a waiting goroutine goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wake {
    /// What the waker says: which case of a select, or whatever the two agreed on.
    pub index: u32,
    /// Whether the operation was done; false: it was ended, for example by the closing of the channel.
    pub ok: bool,
    /// The value that the waker handed over.
    pub value: Value,
}

/// `Wake::index` of a goroutine that waits for ever in a deadlock.
const WAKE_DEADLOCK: u32 = u32::MAX;
/// `Wake::index` of a goroutine that is to be interrupted.
const WAKE_INTERRUPT: u32 = u32::MAX - 1;

/// Why a run is being ended, whatever its goroutines do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Ending {
    Interrupt = 1,
    Deadline = 2,
    /// By the program itself.
    Exit = 3,
}

impl Ending {
    fn from_byte(byte: u8) -> Option<Ending> {
        [Ending::Interrupt, Ending::Deadline, Ending::Exit].into_iter().find(|ending| *ending as u8 == byte)
    }

    /// The error that the run ends with, unless that is nobody's business.
    pub(crate) fn text(self) -> Option<&'static str> {
        match self {
            Ending::Interrupt => Some("interrupted"),
            Ending::Deadline => Some("deadline exceeded"),
            Ending::Exit => None,
        }
    }
}

/// The call that a goroutine begins with.
struct Start {
    callee: Value,
    args: Vec<Value>,
}

/// A goroutine.
pub(crate) struct Goroutine {
    shared: Arc<Shared>,
    id: u64,
    is_main: bool,
    waits: Waits,
    /// The fiber on top of its chain; null until it starts.
    pub(crate) current: AtomicPtr<Fiber>,
    /// A worker runs it, or has not left it yet.
    is_on_worker: AtomicBool,
    /// The worker that ran it last.
    worker: AtomicUsize,
    /// What its main fiber is doing, a [`Status`].
    status: AtomicU8,
    /// Its pseudo-random numbers.
    pub(crate) random: Random,
    /// Its place among all goroutines.
    place: Place,
    /// Its part in a search for races.
    actor: Option<Actor>,
    /// What only the worker that runs it touches.
    own: UnsafeCell<Own>,
}

struct Own {
    /// Its main fiber; `None` until it starts and after its end.
    fiber: Option<OwnedFiber>,
    start: Option<Start>,
    /// The script function that started it, and where: a closure and a pc. Nil if no script did.
    started_by: (Value, u32),
    /// The object by which `coroutine.running` shows its main fiber; nil until asked for.
    main_object: Value,
    has_ended: bool,
}

// SAFETY: `own` is touched only by the worker that runs the goroutine or by the collector while all workers are stopped.
// Everything else is atomic.
unsafe impl Send for Goroutine {}
// SAFETY: as above.
unsafe impl Sync for Goroutine {}

impl Goroutine {
    fn new(
        shared: &Arc<Shared>,
        random: Random,
        is_main: bool,
        callee: Value,
        args: Vec<Value>,
        started_by: (Value, u32),
        actor: Option<Actor>,
    ) -> Arc<Goroutine> {
        Arc::new(Goroutine {
            shared: shared.clone(),
            id: shared.last_id.fetch_add(1, Relaxed) + 1,
            is_main,
            waits: Waits::new(),
            current: AtomicPtr::new(std::ptr::null_mut()),
            is_on_worker: AtomicBool::new(false),
            worker: AtomicUsize::new(0),
            status: AtomicU8::new(Status::Running as u8),
            random,
            place: Place::new(),
            actor,
            own: UnsafeCell::new(Own {
                fiber: None,
                start: Some(Start { callee, args }),
                started_by,
                main_object: Value::NIL,
                has_ended: false,
            }),
        })
    }

    /// The parts that the running worker owns.
    ///
    /// # Safety
    /// Called on the worker, and no other such reference is in use.
    #[expect(clippy::mut_from_ref, reason = "the worker that runs the goroutine has them to itself")]
    unsafe fn own(&self) -> &mut Own {
        // SAFETY: as the caller says.
        unsafe { &mut *self.own.get() }
    }

    /// The object that stands for its main fiber; nil if there is none yet.
    pub(crate) fn main_object(&self) -> Value {
        // SAFETY: called by the running fiber, on the worker.
        unsafe { self.own() }.main_object
    }

    /// Sets the object that stands for its main fiber.
    pub(crate) fn set_main_object(&self, v: Value) {
        // SAFETY: as above.
        unsafe { self.own() }.main_object = v;
    }

    /// What its main fiber is doing.
    pub(crate) fn main_status(&self) -> Status {
        Status::from_byte(self.status.load(Acquire))
    }

    fn trace(&self, marker: &mut Marker) {
        // SAFETY: no mutator runs.
        let own = unsafe { self.own() };
        marker.visit(own.main_object);
        marker.visit(own.started_by.0);
        if let Some(start) = &own.start {
            marker.visit(start.callee);
            start.args.iter().for_each(|v| marker.visit(*v));
        }
        marker.visit(self.waits.value());
    }
}

/// The number of one wait of a goroutine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ticket(u64);

/// The right to wake a goroutine once.
#[derive(Clone)]
pub struct Waiter {
    goroutine: Arc<Goroutine>,
    ticket: u64,
}

impl Waiter {
    /// Wakes the goroutine, from any thread. False: it has been woken already, or has ended.
    pub fn wake(&self, index: u32, ok: bool, value: Value) -> bool {
        let g = &self.goroutine;
        let is_claimed = g.waits.claim(self.ticket, index, ok, value);
        if is_claimed {
            g.shared.push_woken(g.clone());
        }
        is_claimed
    }

    /// Whether the goroutine still waits with this ticket.
    pub fn is_waiting(&self) -> bool {
        self.goroutine.waits.is_waiting(self.ticket)
    }

    /// The goroutine's part in a search for races.
    pub(crate) fn actor(&self) -> Option<&Actor> {
        self.goroutine.actor.as_ref()
    }

    /// The wait it is for.
    pub fn ticket(&self) -> Ticket {
        Ticket(self.ticket)
    }

    /// Whether both are for the same wait.
    pub fn is_same(&self, other: &Waiter) -> bool {
        self.ticket == other.ticket && Arc::ptr_eq(&self.goroutine, &other.goroutine)
    }
}

/// What the scheduler keeps.
struct State {
    timers: Timers,
    main: Option<Arc<Goroutine>>,
    engine: Weak<Engine>,
    /// Workers that take part in the run and do not sleep, those included that have been called and are on their way.
    awake: usize,
    /// Workers other than the first that take part in the run.
    helpers: usize,
    /// Threads of workers that wait for the next run, and have not been called.
    idle_helpers: usize,
    /// Of those that wait so many are to take part.
    called_helpers: usize,
    threads: Vec<JoinHandle<()>>,
    /// The engine goes.
    is_stopped: bool,
    /// What the main goroutine's call gave.
    results: Vec<Value>,
    /// The error that ends the program.
    fatal: Option<UncaughtError>,
    /// The main fiber's stack of the last run, for the next.
    spare_stack: Option<FiberStack>,
}

// SAFETY: its values and fibers belong to the engine's workers; other threads only move waiters and queue entries.
unsafe impl Send for State {}

/// What goroutines, wakers and the host's handles share.
pub(crate) struct Shared {
    state: Mutex<State>,
    roster: Roster,
    queues: Queues,
    pub(crate) ticker: Ticker,
    /// The run has ended, or none has begun. Changed with the state locked.
    is_over: AtomicBool,
    /// A worker that does not take part in the run could be had. Changed with the state locked.
    has_reserve: AtomicBool,
    /// Operations outside the machine that will wake a goroutine.
    external: AtomicUsize,
    /// Counts runs: operations outside that belong to an earlier one do not count any more.
    run: AtomicU64,
    is_active: AtomicBool,
    /// Why the run is being ended, an [`Ending`]: then errors are not caught any more. 0: it is not.
    ending: AtomicU8,
    last_id: AtomicU64,
    /// Goroutines in queues that have never run.
    unstarted: AtomicUsize,
    /// Most workers.
    workers_max: AtomicUsize,
    helpers_changed: Condvar,
    /// To test: goroutines wait at random before they go on.
    delays: Option<Delays>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the run with `outcome`, if it is not over yet.
    fn finish(&self, outcome: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        if !self.is_over.load(Relaxed) {
            outcome(&mut state);
            self.is_over.store(true, SeqCst);
        }
        drop(state);
        self.ticker.preempt_all();
        self.ticker.wake_all();
    }
}

impl State {
    fn set_fatal(&mut self, error: UncaughtError) {
        self.fatal = Some(error);
    }
}

/// The scheduler of an engine.
pub struct Scheduler {
    shared: Arc<Shared>,
    /// Method tables of userdata: they are roots, as goroutines are.
    pub(crate) classes: crate::userdata::Classes,
}

impl Scheduler {
    /// A scheduler without goroutines. `workers` is how many of them may run at once; 0: one on each core. With `has_delays`
    /// they wait at random before they go on, to test.
    pub(crate) fn new(workers: usize, has_delays: bool) -> Scheduler {
        let workers = match workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        };
        let workers = workers.min(WORKERS_MAX);
        Scheduler {
            classes: crate::userdata::Classes::default(),
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    timers: Timers::new(),
                    main: None,
                    engine: Weak::new(),
                    awake: 0,
                    helpers: 0,
                    idle_helpers: 0,
                    called_helpers: 0,
                    threads: Vec::new(),
                    is_stopped: false,
                    results: Vec::new(),
                    fatal: None,
                    spare_stack: None,
                }),
                roster: Roster::new(workers),
                queues: Queues::new(workers),
                is_over: AtomicBool::new(true),
                has_reserve: AtomicBool::new(workers > 1),
                ticker: Ticker::new(),
                external: AtomicUsize::new(0),
                run: AtomicU64::new(0),
                is_active: AtomicBool::new(false),
                ending: AtomicU8::new(0),
                last_id: AtomicU64::new(0),
                unstarted: AtomicUsize::new(0),
                workers_max: AtomicUsize::new(workers),
                helpers_changed: Condvar::new(),
                delays: has_delays.then(Delays::new),
            }),
        }
    }

    /// What the host interrupts a run with.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Whether the run is being ended.
    pub(crate) fn is_terminating(&self) -> bool {
        self.shared.ending.load(Relaxed) != 0
    }

    /// From now on errors are not caught, until the run has ended. The first reason counts.
    pub(crate) fn terminate(&self, ending: Ending) -> Ending {
        match self.shared.ending.compare_exchange(0, ending as u8, Relaxed, Relaxed) {
            Ok(_) => ending,
            Err(earlier) => Ending::from_byte(earlier).unwrap_or(ending),
        }
    }

    /// Visits all goroutines. The lock is free: nobody allocates in the heap under it.
    pub(crate) fn trace_roots(&self, marker: &mut Marker) {
        self.classes.trace(marker);
        self.shared.roster.for_each(|g| {
            g.trace(marker);
            let is_running = g.is_on_worker.load(Relaxed);
            let mut at = g.current.load(Relaxed);
            // SAFETY: the fibers of a goroutine that has not ended are alive; all but those that run are suspended.
            unsafe {
                if is_running && !at.is_null() {
                    switching::trace_running(at, marker);
                    at = (*at).switch.resumer;
                }
                while !at.is_null() {
                    switching::trace_suspended(at, marker);
                    at = (*at).switch.resumer;
                }
            }
        });
        let state = self.shared.lock();
        state.timers.trace(marker);
        state.results.iter().for_each(|v| marker.visit(*v));
        if let Some(fatal) = &state.fatal {
            marker.visit(fatal.value);
        }
    }
}
