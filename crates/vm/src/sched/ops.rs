//! What running goroutines ask the scheduler for.

use super::queue::Class;
use super::{Ending, Goroutine, Shared, Ticket, WAKE_DEADLOCK, WAKE_INTERRUPT, Waiter, Wake};
use crate::coroutine::FIBER_BYTES;
use crate::error::{Thrown, describe_frame};
use crate::fiber::Fiber;
use crate::native::Args;
use crate::switching;
use crate::timers::{Action, TimerId};
use runtime::closure::Closure;
use runtime::mutator::{Mutator, poll};
use runtime::value::Value;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering::*;
use std::time::{Duration, Instant};

/// Goroutines that may be in queues without ever having run before whoever starts more has to give way. Arbitrary; it
/// bounds what they take, and a tick each is not too long to wait for them.
const UNSTARTED_MAX: usize = 1024;

/// Turns that all others get at the heap's limit, without one of them ending, before there is not enough memory for one
/// more. Arbitrary.
const TURNS_MAX: u32 = 64;

/// A turn in which all others wait for something.
const PATIENCE: Duration = Duration::from_millis(5);

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
    let shared = goroutine(fiber).shared.clone();
    if shared.workers_max.load(Relaxed) > 1 && !fiber.heap().is_parallel() {
        fiber.heap().set_parallel();
    }
    let random = goroutine(fiber).random.split();
    let started_by = running_frame(fiber);
    let actor = fiber.engine.detector.as_ref().map(|detector| detector.start(describe_starter(started_by)));
    let g = Goroutine::new(&shared, random, false, callee, args.to_vec(), started_by, actor);
    shared.roster.enter(fiber.mutator().worker, &g);
    let unstarted = shared.unstarted.fetch_add(1, Relaxed);
    shared.push(fiber.mutator().worker, g, Class::Started);
    shared.call_somebody();
    shared.ticker.start();
    if unstarted >= UNSTARTED_MAX {
        fiber.mutator().poll_word().fetch_or(poll::PREEMPT, Relaxed);
    }
    Ok(())
}

/// The place where a goroutine is started, as tracebacks show it.
fn describe_starter((closure, pc): (Value, u32)) -> String {
    match Closure::from_value(closure) {
        Some(closure) => describe_frame(closure, pc),
        None => "the host".to_string(),
    }
}

/// The innermost script function that runs, as a closure and a pc.
fn running_frame(fiber: &Fiber) -> (Value, u32) {
    let mut frame = (Value::NIL, 0);
    fiber.walk_frames(|closure, pc| {
        frame = (closure.to_value(), pc);
        false
    });
    frame
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
        let roster = &goroutine(fiber).shared.roster;
        let (count, ended_now) = (roster.count(), roster.ended());
        // The heap is looked at, which may take a full collection, only where something has changed.
        if turns == 0 || ended_now != ended {
            if fiber.mutator().has_room(count.saturating_mul(FIBER_BYTES)) {
                return Ok(());
            }
            (ended, turns) = (ended_now, 0);
        }
        let shared = &goroutine(fiber).shared;
        let (is_queued, is_pending) = {
            let state = shared.lock();
            let has_outside = !state.timers.is_empty() || shared.external.load(Acquire) > 0;
            // What another worker has at hand is in no queue.
            (shared.ticker.has_runnable(), has_outside || state.awake > 1)
        };
        if shared.roster.ended() != ended {
            continue;
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
    goroutine(fiber).shared.roster.count() > 1
}

/// How many goroutines may run at once.
pub fn workers(fiber: &Fiber) -> usize {
    goroutine(fiber).shared.workers_max.load(Relaxed)
}

/// Begins a wait: a waiter for this goroutine, to be left wherever something may wake it before [`wait`] is called.
pub fn prepare_wait(fiber: &Fiber) -> Waiter {
    let goroutine = shared_goroutine(fiber);
    let ticket = goroutine.waits.take_ticket();
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
    let wake = goroutine(fiber).waits.take_wake();
    match wake.index {
        WAKE_DEADLOCK => {
            let thrown = fiber.error("all goroutines are asleep - deadlock!");
            if fiber.traceback.is_some() {
                let waiting = describe_waiting(fiber);
                fiber.traceback.get_or_insert_default().push_str(&waiting);
            }
            Err(thrown)
        }
        WAKE_INTERRUPT => {
            crate::safepoint::poll_slow(fiber)?;
            // The request has not reached the poll word yet.
            let ending = goroutine(fiber).shared.ticker.requested_ending().unwrap_or(Ending::Interrupt);
            Err(crate::safepoint::end(fiber, ending))
        }
        _ => Ok(wake),
    }
}

/// Where all other goroutines wait, a line for each place. The caller has found that all wait.
fn describe_waiting(fiber: &Fiber) -> String {
    const SHOWN_MAX: usize = 20;
    let own = goroutine(fiber);
    let mut places: Vec<(String, usize)> = Vec::new();
    own.shared.roster.for_each(|g| {
        if std::ptr::eq(g, own) {
            return;
        }
        let top = g.current.load(Relaxed);
        // SAFETY: the goroutine is in the list, so its fibers are alive; it waits, and only this one could wake it.
        let (closure, pc) = if top.is_null() { (Value::NIL, 0) } else { running_frame(unsafe { &*top }) };
        let place = Closure::from_value(closure).map(|closure| describe_frame(closure, pc));
        let place = place.unwrap_or_else(|| "a function of the library".to_string());
        if let Some((_, count)) = places.iter_mut().find(|(known, _)| *known == place) {
            *count += 1;
        } else if places.len() < SHOWN_MAX {
            places.push((place, 1));
        }
    });
    let mut text = String::new();
    for (place, count) in places {
        let times = if count == 1 { String::new() } else { format!(" ({count} goroutines)") };
        let _ = writeln!(text, "    waiting: {place}{times}");
    }
    text
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
    // SAFETY: the fiber runs on a worker, whose own stack waits at the published pointer.
    unsafe { switching::enter_scheduler(fiber) };
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
        let shared = &goroutine(fiber).shared;
        if !shared.is_over.load(SeqCst) {
            if !shared.ticker.has_runnable() && !shared.ticker.is_timer_due() {
                return;
            }
            shared.push_late(shared_goroutine(fiber));
        }
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
            let removed = goroutine(fiber).shared.cancel_timer(id);
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
    if is_call {
        shared.ticker.watch_timers();
    }
    // A goroutine that is alone waits itself for its timer.
    if is_call || shared.roster.count() > 1 {
        shared.ticker.start();
    }
    Timer { shared: shared.clone(), id }
}

impl Shared {
    /// Takes a timer back; the clock does not look out for it any more.
    fn cancel_timer(&self, id: TimerId) -> Option<Action> {
        let mut state = self.lock();
        let removed = state.timers.cancel(id);
        self.ticker.set_next_timer(state.timers.next());
        removed
    }
}

/// Something that happens at a time. Dropping this does not take it back.
pub struct Timer {
    shared: Arc<Shared>,
    id: TimerId,
}

impl Timer {
    /// Takes the timer back; nothing happens if it has fired.
    pub fn cancel(&self) {
        let removed = self.shared.cancel_timer(self.id);
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
        // Those of earlier runs were forgotten when their run ended, under the lock.
        let _state = self.shared.lock();
        if self.shared.run.load(Acquire) == self.run {
            self.shared.external.fetch_sub(1, AcqRel);
            self.shared.ticker.wake_worker();
        }
    }
}
