//! The run of a program: workers, and what each of them does until the run is over.
//!
//! The thread that called [`run_main`] is worker 0. The others are threads of their own: they are started when there is
//! something to do for them, wait between runs, and end with the engine.

use super::queue::{Class, OnWorker};
use super::{Ending, Goroutine, Scheduler, Shared, UncaughtError};
use super::{WAKE_DEADLOCK, WAKE_INTERRUPT, Waiter};
use crate::engine::Engine;
use crate::error::describe_frame;
use crate::fiber::Fiber;
use crate::race;
use crate::random::Random;
use crate::switching::{self, OwnedFiber, Status};
use runtime::closure::Closure;
use runtime::mutator::Mutator;
use runtime::stack::FiberStack;
use runtime::value::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::*;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// After so long a worker that still runs a goroutine of a run that is over is asked once more to stop.
const REQUEST_AGAIN: Duration = Duration::from_millis(1);

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
    let (saved_base, saved_sp) = (m.native_stack_base, m.worker_sp);
    m.native_stack_base = 0;
    let actor = engine.detector.as_ref().map(|detector| detector.start_main());
    let main =
        Goroutine::new(&shared, Random::unseeded(), true, callee, args.to_vec(), (Value::NIL, 0), actor);
    {
        let mut state = shared.lock();
        shared.is_over.store(false, SeqCst);
        state.engine = Arc::downgrade(engine);
        state.main = Some(main.clone());
        state.awake = 1;
    }
    shared.roster.enter(0, &main);
    shared.unstarted.store(1, Relaxed);
    shared.push(0, main, Class::Started);
    shared.ticker.begin_run(m);
    work(engine, &shared, m);
    wait_for_helpers(&shared, m);
    let outcome = {
        let mut state = shared.lock();
        match state.fatal.take() {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut state.results)),
        }
    };
    end_run(&shared);
    engine.loading().clear();
    (m.native_stack_base, m.worker_sp) = (saved_base, saved_sp);
    shared.is_active.store(false, Release);
    outcome
}

fn failure(text: &str) -> UncaughtError {
    UncaughtError { value: Value::NIL, message: text.to_string(), traceback: String::new() }
}

/// What a worker does until the run is over.
fn work(engine: &Arc<Engine>, shared: &Arc<Shared>, m: &mut Mutator) {
    let _on_worker = OnWorker::begin(shared, m.worker);
    while let Some(g) = next_goroutine(shared, m) {
        // Somebody outside may have woken it in an earlier run, and been slow.
        if g.waits.have_ended() {
            continue;
        }
        // Who made it ready may have been faster than the goroutine itself, which is on its way off another worker.
        while g.is_on_worker.load(Acquire) {
            m.rest_if_asked();
            std::thread::yield_now();
        }
        if let Some(delays) = &shared.delays
            && !delays.may_run(shared, m, &g)
        {
            continue;
        }
        let mut top = g.current.load(Relaxed);
        if top.is_null() {
            shared.unstarted.fetch_sub(1, Relaxed);
            match start(engine, &g) {
                Some(fiber) => top = fiber,
                None => {
                    shared.finish(|state| state.set_fatal(failure("not enough memory")));
                    return;
                }
            }
        }
        g.is_on_worker.store(true, Relaxed);
        g.worker.store(m.worker, Relaxed);
        shared.ticker.begin_slice(m.worker);
        let save = &raw mut m.worker_sp;
        if let Some(actor) = &g.actor {
            race::enter(actor);
        }
        // SAFETY: the goroutine is off the queue and does not run; its top fiber is alive.
        unsafe { switching::leave_scheduler(save, m, top) };
        if g.actor.is_some() {
            race::leave();
        }
        // SAFETY: the worker runs; the goroutine has stopped, and nobody runs it before it is let go below.
        let own = unsafe { g.own() };
        if own.has_ended {
            let fiber = own.fiber.take();
            if shared.roster.remove(&g, || shared.is_over.load(SeqCst)) {
                drop(fiber);
            } else {
                own.fiber = fiber;
            }
        }
        g.is_on_worker.store(false, Release);
    }
}

/// Gives a goroutine its fiber.
fn start(engine: &Arc<Engine>, g: &Arc<Goroutine>) -> Option<*mut Fiber> {
    let stack = if g.is_main {
        let spare = g.shared.lock().spare_stack.take();
        spare.or_else(FiberStack::allocate_main)
    } else {
        FiberStack::allocate()
    };
    let fiber = OwnedFiber::new(engine, stack, goroutine_entry)?;
    let at = fiber.as_ptr();
    // SAFETY: the fiber is new and belongs to this goroutine, which lives as long as it.
    unsafe {
        (*at).switch.goroutine = Arc::as_ptr(g);
        (*at).switch.status = &raw const g.status;
        g.own().fiber = Some(fiber);
    }
    g.current.store(at, Relaxed);
    Some(at)
}

/// The goroutine that a worker is to run next. Waits for one if there is none; `None` when the run is over.
fn next_goroutine(shared: &Arc<Shared>, m: &mut Mutator) -> Option<Arc<Goroutine>> {
    let worker = m.worker;
    let ticker = &shared.ticker;
    // It has been called to look for work: nobody else is called as long as it looks.
    let mut is_searching = false;
    // Nor was anybody called for what came meanwhile: once it has found one, it sees to the others.
    let mut has_searched = false;
    loop {
        m.rest_if_asked();
        if ticker.is_timer_due() {
            fire_timer(shared, m);
            continue;
        }
        let found = if shared.is_over.load(SeqCst) { None } else { shared.take(worker) };
        if let Some(g) = found {
            if is_searching {
                ticker.end_search();
            }
            if has_searched && !shared.queues.are_empty() {
                shared.call_somebody();
            }
            return Some(g);
        }
        let mut state = shared.lock();
        let until = state.timers.next();
        let is_over = shared.is_over.load(Relaxed);
        if !is_over {
            ticker.prepare_sleep(worker, until);
        }
        if std::mem::take(&mut is_searching) {
            ticker.end_search();
        }
        if is_over {
            return None;
        }
        // From the last two steps on, who adds one calls this worker.
        if !shared.queues.are_empty() {
            drop(state);
            is_searching = ticker.end_sleep(worker);
            has_searched |= is_searching;
            continue;
        }
        if state.awake == 1
            && let Some(reason) = reason_to_wake_main(shared, until)
        {
            let main = state.main.clone().expect("the main goroutine lives as long as the run");
            drop(state);
            is_searching = ticker.end_sleep(worker);
            // The main goroutine waits, as does every other.
            let waiter = Waiter { ticket: main.waits.last_ticket(), goroutine: main };
            waiter.wake(reason, false, Value::NIL);
            continue;
        }
        state.awake -= 1;
        drop(state);
        m.idle(|| ticker.sleep(worker, until));
        is_searching = ticker.end_sleep(worker);
        has_searched = is_searching;
        shared.lock().awake += 1;
    }
}

/// Fires the timer that is due, if it still is.
#[cold]
#[inline(never)]
fn fire_timer(shared: &Arc<Shared>, m: &mut Mutator) {
    let mut state = shared.lock();
    if shared.is_over.load(Relaxed) {
        shared.ticker.set_next_timer(None);
        return;
    }
    let due = state.timers.take_due(Instant::now());
    shared.ticker.set_next_timer(state.timers.next());
    drop(state);
    if let Some(action) = due {
        action.fire(m);
    }
}

/// Why the main goroutine has to be woken where nothing can run and the next timer is due at `until`.
fn reason_to_wake_main(shared: &Shared, until: Option<Instant>) -> Option<u32> {
    if shared.ticker.has_request() {
        Some(WAKE_INTERRUPT)
    } else if until.is_none() && shared.external.load(SeqCst) == 0 {
        Some(WAKE_DEADLOCK)
    } else {
        None
    }
}

/// Returns when no other worker runs anything of a run that is over.
fn wait_for_helpers(shared: &Arc<Shared>, m: &mut Mutator) {
    while shared.lock().helpers > 0 {
        shared.ticker.preempt_all();
        shared.ticker.wake_all();
        m.idle(|| {
            let state = shared.lock();
            if state.helpers > 0 {
                let ended = shared.helpers_changed.wait_timeout(state, REQUEST_AGAIN);
                drop(ended.unwrap_or_else(PoisonError::into_inner));
            }
        });
    }
}

/// Leaves nothing of a run behind. No other worker takes part in it any more.
fn end_run(shared: &Arc<Shared>) {
    let main = {
        let mut state = shared.lock();
        shared.is_over.store(true, SeqCst);
        state.timers.clear();
        state.results = Vec::new();
        state.fatal = None;
        // A job that ends just now must not be taken back from the next run.
        shared.run.fetch_add(1, AcqRel);
        shared.external.store(0, Release);
        state.main.take()
    };
    let goroutines = shared.roster.take_all();
    shared.queues.clear(&shared.ticker);
    shared.ending.store(0, Relaxed);
    shared.ticker.end_run();
    for g in &goroutines {
        g.waits.end();
        g.current.store(std::ptr::null_mut(), Relaxed);
        // SAFETY: the worker runs, and no goroutine ever will again.
        let own = unsafe { g.own() };
        g.status.store(Status::Dead as u8, Relaxed);
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

// ---- further workers ------------------------------------------------------------------------------------------------

impl Shared {
    /// Has one more worker take part in the run. A thread is started under the lock: who waits for the end of the engine
    /// must find it among the threads.
    #[cold]
    #[inline(never)]
    pub(super) fn call_reserve(self: &Arc<Shared>) {
        let mut state = self.lock();
        if self.is_over.load(Relaxed) {
            return;
        }
        if state.idle_helpers > 0 {
            state.idle_helpers -= 1;
            state.called_helpers += 1;
            self.helpers_changed.notify_all();
        } else {
            let worker = state.threads.len() + 1;
            if worker >= self.workers_max.load(Relaxed) {
                return;
            }
            let shared = self.clone();
            let made = std::thread::Builder::new().name(format!("gscript-worker-{worker}"));
            match made.spawn(move || help(&shared, worker)) {
                Ok(thread) => state.threads.push(thread),
                Err(_) => {
                    // There are as many workers as the system gives.
                    self.workers_max.store(worker, Relaxed);
                    self.has_reserve.store(false, Relaxed);
                    return;
                }
            }
        }
        state.helpers += 1;
        state.awake += 1;
        let has_more = state.idle_helpers > 0 || state.threads.len() + 1 < self.workers_max.load(Relaxed);
        self.has_reserve.store(has_more, Relaxed);
    }
}

/// A worker's thread. It has been counted among the helpers of a run.
fn help(shared: &Arc<Shared>, worker: usize) {
    let engine = || shared.lock().engine.upgrade();
    let Some(heap) = engine().map(|engine| engine.heap().clone()) else { return };
    let mut m = Mutator::new(heap);
    m.worker = worker;
    loop {
        shared.ticker.begin_run(&mut m);
        if let Some(engine) = engine() {
            work(&engine, shared, &mut m);
        }
        let is_called = m.idle(|| {
            shared.ticker.leave_run(worker);
            let mut state = shared.lock();
            state.awake -= 1;
            state.helpers -= 1;
            state.idle_helpers += 1;
            shared.has_reserve.store(true, Relaxed);
            shared.helpers_changed.notify_all();
            while state.called_helpers == 0 && !state.is_stopped {
                state = shared.helpers_changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let is_called = !state.is_stopped;
            state.called_helpers -= usize::from(is_called);
            is_called
        });
        if !is_called {
            return;
        }
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.shared.ticker.stop();
        let threads = {
            let mut state = self.shared.lock();
            state.spare_stack = None;
            state.is_stopped = true;
            std::mem::take(&mut state.threads)
        };
        self.shared.helpers_changed.notify_all();
        for thread in threads {
            // What a worker panics with was the error of its run.
            let _ = thread.join();
        }
    }
}

// ---- a goroutine's life -----------------------------------------------------------------------------------------------

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
            g.shared.finish(|state| state.set_fatal(failure(&switching::panic_text(&*panic))));
            // Nobody drops what lies on this stack any more.
            drop(panic);
        }
        g.waits.end();
        g.status.store(Status::Dead as u8, Relaxed);
        g.own().has_ended = true;
        g.current.store(fiber, Relaxed);
        switching::enter_scheduler(&mut *fiber);
    }
    std::process::abort();
}

fn goroutine_body(fiber: &mut Fiber) {
    // SAFETY: the goroutine outlives its fiber.
    let g = unsafe { &*fiber.switch.goroutine };
    // SAFETY: the worker runs this goroutine.
    let Some(start) = unsafe { g.own() }.start.take() else { return };
    // The goroutine may be dropped in the middle of the call.
    let args = fiber.hold(start.args);
    match fiber.call(start.callee, &args) {
        Ok(returned) => {
            if g.is_main {
                g.shared.finish(|state| state.results = returned.iter().collect());
            }
        }
        Err(_) => {
            let value = fiber.take_error();
            let mut traceback = fiber.traceback.take().unwrap_or_default();
            // SAFETY: the worker runs this goroutine.
            let (starter, pc) = unsafe { g.own() }.started_by;
            if let Some(starter) = Closure::from_value(starter) {
                traceback.push_str(&format!("    started by {}\n", describe_frame(starter, pc)));
            }
            let message = uncaught_message(fiber, value);
            let error = UncaughtError { value, message, traceback };
            let error = error_of_ending(fiber, g, error);
            g.shared.finish(|state| state.set_fatal(error));
        }
    }
}

/// The error that the run ends with: while it is being ended nothing is caught, and what a goroutine might have caught is
/// not what ends it.
fn error_of_ending(fiber: &mut Fiber, g: &Goroutine, error: UncaughtError) -> UncaughtError {
    match Ending::from_byte(g.shared.ending.load(Relaxed)).and_then(Ending::text) {
        Some(text) if !error.message.ends_with(text) => {
            let _ = fiber.error(text);
            let value = fiber.take_error();
            fiber.traceback = None;
            UncaughtError { value, ..failure(text) }
        }
        _ => error,
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
