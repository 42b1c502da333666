//! The scheduler: goroutines, their waiting and waking, timers, preemption, deadlock, the run of a program.
//!
//! Every goroutine is a fiber (or, while it runs coroutines, a chain of fibers that have resumed each other; `current` is
//! the one on top). One worker runs them all: the thread that called [`run_main`], whose own stack is the scheduler's. A
//! goroutine that stops switches there; the scheduler fires what is due, takes the next one from the queue, and goes to it.
//!
//! **Waiting.** A goroutine takes a new *ticket*, leaves [`Waiter`]s (goroutine and ticket) wherever something may wake it,
//! and stops in [`wait`]. Whoever claims the ticket first, by compare-and-swap, wakes it; all other waiters with that ticket
//! are stale and are passed over. Wakers may be other threads. Channels, `sync`, timers and blocking calls all wait so.
//!
//! **Deadlock.** With nothing to run, no timer and no operation outside, only the main goroutine can be told: its waiting
//! ends with an error that it may catch.
//!
//! **Time.** A ticker thread exists once there is more than one goroutine or a deadline. It asks for preemption when one
//! goroutine has run for a tick while others could. A program without `go` has no second thread.
//!
//! **Starting.** A goroutine that starts others faster than they begin has to let them: with `UNSTARTED_MAX` of them in
//! the queue it gives way at its next safepoint. Where the heap has no room for one more it waits as long as others end.
//!
//! All state is behind one lock, which is never held across a switch or an allocation in the heap: what is missing for
//! several workers is a queue each and the hand-over of a goroutine that is still on its stack.

use crate::coroutine::FIBER_BYTES;
use crate::engine::Engine;
use crate::error::Thrown;
use crate::fiber::Fiber;
use crate::native::Args;
use crate::random::Random;
use crate::switching::{self, OwnedFiber, Status};
use crate::ticker::Ticker;
use crate::timers::{Action, TimerId, Timers};
use runtime::heap::mark::Marker;
use runtime::mutator::{Mutator, poll};
use runtime::stack::FiberStack;
use runtime::value::Value;
use std::cell::UnsafeCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering::*};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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

/// Low bit of a goroutine's state: it waits with the ticket in the other bits.
const WAITING: u64 = 1;
/// State of a goroutine that has ended: no ticket is ever like it.
const ENDED: u64 = u64::MAX - 1;
/// `Wake::index` of a goroutine that waits for ever in a deadlock.
const WAKE_DEADLOCK: u32 = u32::MAX;
/// `Wake::index` of a goroutine that is to be interrupted.
const WAKE_INTERRUPT: u32 = u32::MAX - 1;

/// Goroutines that may be in the queue without ever having run before whoever starts more has to give way. Arbitrary; it
/// bounds what they take, and a tick each is not too long to wait for them.
const UNSTARTED_MAX: usize = 1024;

/// Turns that all others get at the heap's limit, without one of them ending, before there is not enough memory for one
/// more. Arbitrary.
const TURNS_MAX: u32 = 64;

/// A turn in which all others wait for something.
const PATIENCE: Duration = Duration::from_millis(5);

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
    /// Ticket and [`WAITING`].
    state: AtomicU64,
    /// The wake that the claimer left.
    wake_index: AtomicU32,
    wake_ok: AtomicBool,
    wake_value: AtomicU64,
    /// The fiber on top of its chain; null until it starts.
    pub(crate) current: AtomicPtr<Fiber>,
    /// Its pseudo-random numbers.
    pub(crate) random: Random,
    /// Its place in the list of all goroutines.
    place: AtomicUsize,
    /// What only the worker that runs it touches.
    own: UnsafeCell<Own>,
}

struct Own {
    /// Its main fiber; `None` until it starts and after its end.
    fiber: Option<OwnedFiber>,
    start: Option<Start>,
    /// The object by which `coroutine.running` shows its main fiber; nil until asked for.
    main_object: Value,
    has_ended: bool,
}

// SAFETY: `own` is touched only by the worker that runs the goroutine or by the collector while all workers are stopped;
// there is one worker. Everything else is atomic.
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
    ) -> Arc<Goroutine> {
        Arc::new(Goroutine {
            shared: shared.clone(),
            id: shared.last_id.fetch_add(1, Relaxed) + 1,
            is_main,
            state: AtomicU64::new(0),
            wake_index: AtomicU32::new(0),
            wake_ok: AtomicBool::new(false),
            wake_value: AtomicU64::new(Value::NIL.bits()),
            current: AtomicPtr::new(std::ptr::null_mut()),
            random,
            place: AtomicUsize::new(0),
            own: UnsafeCell::new(Own {
                fiber: None,
                start: Some(Start { callee, args }),
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

    /// What its main fiber is doing; `None` after its end.
    pub(crate) fn main_status(&self) -> Option<Status> {
        // SAFETY: as above; an owned fiber is alive.
        unsafe {
            let own = self.own();
            match &own.fiber {
                Some(fiber) if !own.has_ended => Some((*fiber.as_ptr()).switch.status),
                _ => None,
            }
        }
    }

    /// Takes a new ticket: from now on a waiter with it may wake the goroutine.
    fn take_ticket(&self) -> u64 {
        let ticket = (self.state.load(Relaxed) & !WAITING).wrapping_add(2);
        self.state.store(ticket | WAITING, Release);
        ticket
    }

    fn trace(&self, marker: &mut Marker) {
        // SAFETY: no mutator runs.
        let own = unsafe { self.own() };
        marker.visit(own.main_object);
        if let Some(start) = &own.start {
            marker.visit(start.callee);
            start.args.iter().for_each(|v| marker.visit(*v));
        }
        marker.visit(Value::from_bits(self.wake_value.load(Relaxed)));
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
        if g.state.compare_exchange(self.ticket | WAITING, self.ticket, AcqRel, Relaxed).is_err() {
            return false;
        }
        g.wake_index.store(index, Relaxed);
        g.wake_ok.store(ok, Relaxed);
        g.wake_value.store(value.bits(), Relaxed);
        g.shared.push(g.clone());
        true
    }

    /// Whether the goroutine still waits with this ticket.
    pub fn is_waiting(&self) -> bool {
        self.goroutine.state.load(Relaxed) == self.ticket | WAITING
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
    goroutines: Vec<Arc<Goroutine>>,
    queue: VecDeque<Arc<Goroutine>>,
    /// Goroutines in the queue that have never run.
    unstarted: usize,
    /// Counts goroutines that have ended.
    ended: u64,
    timers: Timers,
    main: Option<Arc<Goroutine>>,
    /// The goroutine that runs; the worker's stack runs if there is none.
    running: Option<Arc<Goroutine>>,
    /// What the main goroutine's call gave.
    results: Vec<Value>,
    /// The error that ends the program.
    fatal: Option<UncaughtError>,
    is_over: bool,
    /// The main fiber's stack of the last run, for the next.
    spare_stack: Option<FiberStack>,
}

// SAFETY: its values and fibers belong to the engine's one worker; other threads only move waiters and queue entries.
unsafe impl Send for State {}

/// What goroutines, wakers and the host's handles share.
pub(crate) struct Shared {
    state: Mutex<State>,
    pub(crate) ticker: Ticker,
    /// Operations outside the machine that will wake a goroutine.
    external: AtomicUsize,
    /// Counts runs: operations outside that belong to an earlier one do not count any more.
    run: AtomicU64,
    is_active: AtomicBool,
    /// The run is being ended by an interrupt or a deadline: errors are not caught any more.
    is_terminating: AtomicBool,
    last_id: AtomicU64,
    /// The worker's own stack pointer while a goroutine runs.
    worker_sp: AtomicUsize,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a goroutine at the end of the queue, from any thread.
    fn push(&self, g: Arc<Goroutine>) {
        let mut state = self.lock();
        if !state.is_over {
            state.queue.push_back(g);
            self.ticker.set_runnable(state.queue.len());
        }
        drop(state);
        self.ticker.wake_worker();
    }
}

/// The scheduler of an engine.
pub struct Scheduler {
    shared: Arc<Shared>,
    /// Method tables of userdata: they are roots, as goroutines are.
    pub(crate) classes: crate::userdata::Classes,
}

impl Scheduler {
    /// A scheduler without goroutines.
    pub(crate) fn new() -> Scheduler {
        Scheduler {
            classes: crate::userdata::Classes::default(),
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    goroutines: Vec::new(),
                    queue: VecDeque::new(),
                    unstarted: 0,
                    ended: 0,
                    timers: Timers::new(),
                    main: None,
                    running: None,
                    results: Vec::new(),
                    fatal: None,
                    is_over: true,
                    spare_stack: None,
                }),
                ticker: Ticker::new(),
                external: AtomicUsize::new(0),
                run: AtomicU64::new(0),
                is_active: AtomicBool::new(false),
                is_terminating: AtomicBool::new(false),
                last_id: AtomicU64::new(0),
                worker_sp: AtomicUsize::new(0),
            }),
        }
    }

    /// What the host interrupts a run with.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Whether the run is being ended by an interrupt or a deadline.
    pub(crate) fn is_terminating(&self) -> bool {
        self.shared.is_terminating.load(Relaxed)
    }

    /// From now on errors are not caught, until the run has ended.
    pub(crate) fn terminate(&self) {
        self.shared.is_terminating.store(true, Relaxed);
    }

    /// Visits all goroutines. The lock is free: nobody allocates in the heap under it.
    pub(crate) fn trace_roots(&self, marker: &mut Marker) {
        self.classes.trace(marker);
        let state = self.shared.lock();
        for g in &state.goroutines {
            g.trace(marker);
            let is_running = state.running.as_ref().is_some_and(|r| Arc::ptr_eq(r, g));
            let mut at = g.current.load(Relaxed);
            // SAFETY: the fibers of a goroutine that has not ended are alive; all but the one that runs are suspended.
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
        }
        state.timers.trace(marker);
        state.results.iter().for_each(|v| marker.visit(*v));
        if let Some(fatal) = &state.fatal {
            marker.visit(fatal.value);
        }
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.shared.ticker.stop();
        self.shared.lock().spare_stack = None;
    }
}

// ---- the run of a program -----------------------------------------------------------------------------------------

/// Calls `callee` as the main goroutine and runs it and all goroutines that it starts until it returns or an error goes
/// uncaught. Then the other goroutines end where they are.
///
/// The results are roots only while they lie on the caller's stack or in the heap: nothing may be allocated before they are
/// rooted.
///
/// # Errors
/// An error that nothing caught, in any goroutine.
pub fn run_main(
    engine: &Arc<Engine>,
    m: &mut Mutator,
    callee: Value,
    args: &[Value],
) -> Result<Vec<Value>, UncaughtError> {
    let shared = engine.scheduler.shared.clone();
    if shared.is_active.swap(true, AcqRel) {
        return Err(failure("a program is running already"));
    }
    let saved_base = m.native_stack_base;
    let main = Goroutine::new(&shared, Random::unseeded(), true, callee, args.to_vec());
    {
        let mut state = shared.lock();
        state.is_over = false;
        state.main = Some(main.clone());
        state.goroutines.push(main.clone());
        state.queue.push_back(main);
        state.unstarted = 1;
    }
    shared.ticker.begin_run(m);
    let outcome = run_goroutines(engine, &shared, m);
    end_run(&shared, m);
    m.native_stack_base = saved_base;
    shared.is_active.store(false, Release);
    outcome
}

fn failure(text: &str) -> UncaughtError {
    UncaughtError { value: Value::NIL, message: text.to_string(), traceback: String::new() }
}

/// The worker's loop.
fn run_goroutines(
    engine: &Arc<Engine>,
    shared: &Arc<Shared>,
    m: &mut Mutator,
) -> Result<Vec<Value>, UncaughtError> {
    loop {
        let g = next_goroutine(shared, m);
        let mut top = g.current.load(Relaxed);
        if top.is_null() {
            shared.lock().unstarted -= 1;
            match start(engine, shared, &g) {
                Some(fiber) => top = fiber,
                None => return Err(failure("not enough memory")),
            }
        }
        shared.lock().running = Some(g.clone());
        shared.ticker.begin_slice();
        // SAFETY: the goroutine is off the queue and does not run; its top fiber is alive.
        unsafe { switching::leave_scheduler(shared.worker_sp.as_ptr(), m, top) };
        let mut state = shared.lock();
        state.running = None;
        if state.is_over {
            return match state.fatal.take() {
                Some(error) => Err(error),
                None => Ok(std::mem::take(&mut state.results)),
            };
        }
        // SAFETY: the worker runs; the goroutine has stopped.
        let own = unsafe { g.own() };
        if own.has_ended {
            let fiber = own.fiber.take();
            remove(&mut state, &g);
            state.ended += 1;
            drop(state);
            drop(fiber);
        }
    }
}

fn remove(state: &mut State, g: &Arc<Goroutine>) {
    let place = g.place.load(Relaxed);
    state.goroutines.swap_remove(place);
    if let Some(moved) = state.goroutines.get(place) {
        moved.place.store(place, Relaxed);
    }
}

/// Gives a goroutine its fiber.
fn start(engine: &Arc<Engine>, shared: &Arc<Shared>, g: &Arc<Goroutine>) -> Option<*mut Fiber> {
    let stack = if g.is_main {
        let spare = shared.lock().spare_stack.take();
        spare.or_else(FiberStack::allocate_main)
    } else {
        FiberStack::allocate()
    };
    let fiber = OwnedFiber::new(engine, stack, goroutine_entry)?;
    let at = fiber.as_ptr();
    // SAFETY: the fiber is new and belongs to this goroutine, which lives as long as it.
    unsafe {
        (*at).switch.goroutine = Arc::as_ptr(g);
        (*at).switch.status = Status::Running;
        g.own().fiber = Some(fiber);
    }
    g.current.store(at, Relaxed);
    Some(at)
}

/// The goroutine to run next. Waits for one if there is none.
fn next_goroutine(shared: &Arc<Shared>, m: &mut Mutator) -> Arc<Goroutine> {
    loop {
        let mut state = shared.lock();
        if !state.timers.is_empty() {
            while let Some(action) = state.timers.take_due(Instant::now()) {
                drop(state);
                action.fire(m);
                state = shared.lock();
            }
            shared.ticker.set_next_timer(state.timers.next());
        }
        if let Some(g) = state.queue.pop_front() {
            shared.ticker.set_runnable(state.queue.len());
            return g;
        }
        let main = state.main.clone().expect("the main goroutine lives as long as the run");
        let until = state.timers.next();
        shared.ticker.prepare_sleep();
        drop(state);
        // The main goroutine waits, as does every other.
        let waiter = Waiter { ticket: main.state.load(Relaxed) & !WAITING, goroutine: main };
        if shared.ticker.has_request() {
            waiter.wake(WAKE_INTERRUPT, false, Value::NIL);
        } else if until.is_some() || shared.external.load(Acquire) > 0 {
            shared.ticker.sleep(until);
        } else if shared.lock().queue.is_empty() {
            waiter.wake(WAKE_DEADLOCK, false, Value::NIL);
        }
        shared.ticker.end_sleep();
    }
}

/// Leaves nothing of a run behind.
fn end_run(shared: &Arc<Shared>, m: &mut Mutator) {
    let (goroutines, main) = {
        let mut state = shared.lock();
        state.is_over = true;
        state.queue.clear();
        state.unstarted = 0;
        state.timers.clear();
        state.running = None;
        state.results = Vec::new();
        state.fatal = None;
        (std::mem::take(&mut state.goroutines), state.main.take())
    };
    shared.run.fetch_add(1, AcqRel);
    shared.external.store(0, Release);
    shared.is_terminating.store(false, Relaxed);
    shared.ticker.end_run(m);
    for g in &goroutines {
        g.state.store(ENDED, Release);
        g.current.store(std::ptr::null_mut(), Relaxed);
        // SAFETY: the worker runs, and no goroutine ever will again.
        let own = unsafe { g.own() };
        own.has_ended = true;
        own.start = None;
        own.main_object = Value::NIL;
        match own.fiber.take() {
            Some(fiber) if g.is_main => shared.lock().spare_stack = fiber.into_stack(),
            other => drop(other),
        }
    }
    drop(main);
}

/// What a goroutine's fiber runs first.
extern "C" fn goroutine_entry(context: usize) -> ! {
    let fiber = context as *mut Fiber;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: `start` set the fiber and its goroutine up; it runs now.
        unsafe { goroutine_body(&mut *fiber) }
    }));
    // SAFETY: the fiber and its goroutine are alive while they run.
    unsafe {
        let g = &*(*fiber).switch.goroutine;
        if let Err(panic) = outcome {
            let mut state = g.shared.lock();
            state.fatal = Some(failure(&switching::panic_text(&*panic)));
            state.is_over = true;
            drop(state);
            // Nobody drops what lies on this stack any more.
            drop(panic);
        }
        g.state.store(ENDED, Release);
        g.own().has_ended = true;
        g.current.store(fiber, Relaxed);
        let to = g.shared.worker_sp.load(Relaxed);
        switching::enter_scheduler(&mut *fiber, to);
    }
    std::process::abort();
}

fn goroutine_body(fiber: &mut Fiber) {
    // SAFETY: the goroutine outlives its fiber.
    let g = unsafe { &*fiber.switch.goroutine };
    // SAFETY: the worker runs this goroutine.
    let Some(start) = unsafe { g.own() }.start.take() else { return };
    match fiber.call(start.callee, &start.args) {
        Ok(returned) => {
            if g.is_main {
                let mut state = g.shared.lock();
                state.results = returned.iter().collect();
                state.is_over = true;
            }
        }
        Err(_) => {
            let value = fiber.take_error();
            let traceback = fiber.traceback.take().unwrap_or_default();
            let message = uncaught_message(fiber, value);
            let mut state = g.shared.lock();
            state.fatal = Some(UncaughtError { value, message, traceback });
            state.is_over = true;
        }
    }
}

/// How an error value that nothing caught reads.
fn uncaught_message(fiber: &mut Fiber, value: Value) -> String {
    let has_text = value.is_string()
        || value.is_number()
        || fiber.metamethod(value, crate::engine::Meta::ToString).is_some()
        || (value.is_object() && crate::userdata::tostring(value).is_some());
    if has_text {
        // The handlers of the failed call are gone; what its `__tostring` raises is caught here.
        fiber.handlers += 1;
        let text = fiber.tostring(value);
        fiber.handlers -= 1;
        match text {
            Ok(s) => return String::from_utf8_lossy(s.bytes(fiber.mutator())).into_owned(),
            Err(_) => {
                fiber.take_error();
            }
        }
    }
    format!("(error object is a {} value)", crate::convert::type_name(value))
}

// ---- what running goroutines ask for ------------------------------------------------------------------------------

/// The goroutine that a fiber runs in.
#[inline(always)]
pub(crate) fn goroutine(fiber: &Fiber) -> &Goroutine {
    // SAFETY: whoever enters a fiber sets its goroutine, which lives as long as it runs.
    unsafe { &*fiber.switch.goroutine }
}

pub(crate) fn shared_goroutine(fiber: &Fiber) -> Arc<Goroutine> {
    let at = fiber.switch.goroutine;
    // SAFETY: goroutines live in `Arc`s, and a running one has an owner: the scheduler's list.
    unsafe {
        Arc::increment_strong_count(at);
        Arc::from_raw(at)
    }
}

/// Starts a goroutine that calls `callee`. It may have to wait until there is room for one more; callee and arguments stay
/// reachable all the while.
///
/// # Errors
/// `attempt to call a T value`, `not enough memory`, `interrupted`, `deadline exceeded`.
pub fn go(fiber: &mut Fiber, callee: Value, args: &[Value]) -> Result<(), Thrown> {
    if !callee.is_function() && fiber.metamethod(callee, crate::engine::Meta::Call).is_none() {
        return Err(fiber.operand_error("call", callee, crate::error::NO_OPERAND));
    }
    wait_for_room(fiber)?;
    let shared = &goroutine(fiber).shared;
    let random = goroutine(fiber).random.split();
    let g = Goroutine::new(shared, random, false, callee, args.to_vec());
    let is_crowded = {
        let mut state = shared.lock();
        g.place.store(state.goroutines.len(), Relaxed);
        state.goroutines.push(g.clone());
        state.queue.push_back(g);
        state.unstarted += 1;
        shared.ticker.set_runnable(state.queue.len());
        state.unstarted >= UNSTARTED_MAX
    };
    shared.ticker.start();
    if is_crowded {
        fiber.mutator().poll_word().fetch_or(poll::PREEMPT, Relaxed);
    }
    Ok(())
}

/// As [`go`], with the arguments of a native call from number `first` on.
///
/// # Errors
/// As [`go`].
pub fn go_args(fiber: &mut Fiber, callee: Value, args: Args, first: u32) -> Result<(), Thrown> {
    let first = first.min(args.count());
    // SAFETY: the arguments lie in the window of a native call that runs, and nobody else writes them meanwhile.
    let values = unsafe {
        let at = args.base().add(first as usize).cast::<Value>();
        std::slice::from_raw_parts(at, (args.count() - first) as usize)
    };
    go(fiber, callee, values)
}

/// Returns when the heap's limit leaves room for one more goroutine. Fibers of goroutines are not on the heap's account,
/// as no collection frees them: they are freed when goroutines end, for which others get the worker.
fn wait_for_room(fiber: &mut Fiber) -> Result<(), Thrown> {
    let (mut ended, mut turns) = (0, 0);
    loop {
        let (count, ended_now, is_queued, is_pending) = {
            let shared = &goroutine(fiber).shared;
            let state = shared.lock();
            let is_pending = !state.timers.is_empty() || shared.external.load(Acquire) > 0;
            (state.goroutines.len(), state.ended, !state.queue.is_empty(), is_pending)
        };
        // The heap is looked at, which may take a full collection, only where something has changed.
        if turns == 0 || ended_now != ended {
            if fiber.mutator().has_room(count.saturating_mul(FIBER_BYTES)) {
                return Ok(());
            }
            (ended, turns) = (ended_now, 0);
        }
        if turns == TURNS_MAX || !(is_queued || is_pending) {
            return Err(fiber.out_of_memory());
        }
        turns += 1;
        sleep(fiber, if is_queued { Duration::ZERO } else { PATIENCE })?;
    }
}

/// Whether there is any other goroutine than the running one.
pub fn has_others(fiber: &Fiber) -> bool {
    goroutine(fiber).shared.lock().goroutines.len() > 1
}

/// Begins a wait: a waiter for this goroutine, to be left wherever something may wake it before [`wait`] is called.
pub fn prepare_wait(fiber: &Fiber) -> Waiter {
    let goroutine = shared_goroutine(fiber);
    let ticket = goroutine.take_ticket();
    Waiter { goroutine, ticket }
}

/// A waiter for this goroutine once more, to remove it where it was left. Who waits keeps no waiter on its stack: the
/// goroutine may be dropped there.
pub fn same_waiter(fiber: &Fiber, ticket: Ticket) -> Waiter {
    Waiter { goroutine: shared_goroutine(fiber), ticket: ticket.0 }
}

/// Stops the goroutine until one of its waiters is used. In a coroutine too it is the whole goroutine that waits.
///
/// # Errors
/// `all goroutines are asleep - deadlock!`, `interrupted`, `deadline exceeded`. Whatever waiters were left are stale then.
pub fn wait(fiber: &mut Fiber) -> Result<Wake, Thrown> {
    stop(fiber);
    let g = goroutine(fiber);
    let wake = Wake {
        index: g.wake_index.load(Relaxed),
        ok: g.wake_ok.load(Relaxed),
        value: Value::from_bits(g.wake_value.load(Relaxed)),
    };
    g.wake_value.store(Value::NIL.bits(), Relaxed);
    match wake.index {
        WAKE_DEADLOCK => Err(fiber.error("all goroutines are asleep - deadlock!")),
        WAKE_INTERRUPT => {
            crate::safepoint::poll_slow(fiber)?;
            Err(fiber.error("interrupted"))
        }
        _ => Ok(wake),
    }
}

/// Stops the goroutine for ever: `select {}`.
///
/// # Errors
/// As [`wait`].
pub fn wait_forever(fiber: &mut Fiber) -> Thrown {
    drop(prepare_wait(fiber));
    loop {
        if let Err(thrown) = wait(fiber) {
            return thrown;
        }
    }
}

/// Switches to the scheduler; returns when the goroutine is taken from the queue.
fn stop(fiber: &mut Fiber) {
    let g = goroutine(fiber);
    g.current.store(fiber as *const Fiber as *mut Fiber, Relaxed);
    let to = g.shared.worker_sp.load(Relaxed);
    // SAFETY: the fiber runs on the worker, whose own stack waits at the published pointer.
    unsafe { switching::enter_scheduler(fiber, to) };
}

/// Lets other goroutines run.
///
/// # Errors
/// `interrupted`, `deadline exceeded`.
pub fn yield_now(fiber: &mut Fiber) -> Result<(), Thrown> {
    give_way(fiber);
    fiber.poll()
}

/// Goes to the end of the queue, if anybody else is in it.
pub(crate) fn give_way(fiber: &mut Fiber) {
    {
        let g = goroutine(fiber);
        let mut state = g.shared.lock();
        if state.queue.is_empty() && (state.timers.is_empty() || !state.timers.is_due(Instant::now())) {
            return;
        }
        state.queue.push_back(shared_goroutine(fiber));
    }
    stop(fiber);
}

/// A number that no other goroutine of the engine has ever had.
pub(crate) fn goroutine_id(fiber: &Fiber) -> u64 {
    goroutine(fiber).id
}

/// Stops the goroutine for a time; 0 lets other goroutines run.
///
/// # Errors
/// `interrupted`, `deadline exceeded`.
pub fn sleep(fiber: &mut Fiber, time: Duration) -> Result<(), Thrown> {
    let until = if time.is_zero() { None } else { Instant::now().checked_add(time) };
    match until {
        None if time.is_zero() => yield_now(fiber)?,
        None => return Err(wait_forever(fiber)),
        Some(until) => {
            let waiter = prepare_wait(fiber);
            let id = wake_at(fiber, until, waiter).id;
            let result = wait(fiber);
            let removed = goroutine(fiber).shared.lock().timers.cancel(id);
            drop(removed);
            result?;
        }
    }
    Ok(())
}

/// Uses a waiter at a time (with index 0, not ok, nil), unless it is stale by then.
pub fn wake_at(fiber: &Fiber, at: Instant, waiter: Waiter) -> Timer {
    add_timer(fiber, at, Action::Wake(waiter))
}

/// Calls a function with a value at a time, on the worker's own stack: it may allocate, but not run scripts.
pub fn call_at(fiber: &Fiber, at: Instant, function: fn(&mut Mutator, Value), value: Value) -> Timer {
    add_timer(fiber, at, Action::Call(function, value))
}

fn add_timer(fiber: &Fiber, at: Instant, action: Action) -> Timer {
    let shared = &goroutine(fiber).shared;
    let is_call = matches!(action, Action::Call(..));
    let mut state = shared.lock();
    let id = state.timers.add(at, action);
    shared.ticker.set_next_timer(state.timers.next());
    // A goroutine that is alone waits itself for its timer.
    if is_call || state.goroutines.len() > 1 {
        shared.ticker.start();
    }
    Timer { shared: shared.clone(), id }
}

/// Something that happens at a time. Dropping this does not take it back.
pub struct Timer {
    shared: Arc<Shared>,
    id: TimerId,
}

impl Timer {
    /// Takes the timer back; nothing happens if it has fired.
    pub fn cancel(&self) {
        let removed = self.shared.lock().timers.cancel(self.id);
        drop(removed);
    }
}

/// So many seconds; none if negative or not a number, very long if infinite.
pub fn seconds(n: f64) -> Duration {
    if n > 0.0 { Duration::try_from_secs_f64(n).unwrap_or(Duration::MAX) } else { Duration::ZERO }
}

/// An operation outside the machine that will wake a goroutine: while one is pending, there is no deadlock.
pub struct External {
    shared: Arc<Shared>,
    run: u64,
}

impl External {
    /// Counts an operation from now until the result is dropped.
    pub fn begin(fiber: &Fiber) -> External {
        let shared = goroutine(fiber).shared.clone();
        shared.external.fetch_add(1, AcqRel);
        let run = shared.run.load(Acquire);
        External { shared, run }
    }
}

impl Drop for External {
    fn drop(&mut self) {
        // Those of earlier runs were forgotten when their run ended.
        if self.shared.run.load(Acquire) == self.run {
            self.shared.external.fetch_sub(1, AcqRel);
            self.shared.ticker.wake_worker();
        }
    }
}
