//! The library `sync`: mutexes, wait groups, once, atomic integers, contexts.
//!
//! All waiting is the scheduler's: a queue of waiters, first come, first served, and a resource is handed straight to the
//! first one that still waits. The Rust locks inside protect the queues only; they are never held across a wait, a call of
//! a script or an allocation of a value.

use runtime::heap::mark::Marker;
use runtime::mutator::Mutator;
use runtime::value::Value;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use vm::channel;
use vm::engine::Engine;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeDef, NativeResult};
use vm::race::SyncClock;
use vm::sched::{self, Timer, Waiter};
use vm::userdata::{self, Payload, UserdataClass};

/// The functions.
pub static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("sync.mutex", new_mutex),
    NativeDef::new("sync.waitgroup", new_waitgroup),
    NativeDef::new("sync.once", new_once),
    NativeDef::new("sync.atomic", new_atomic),
    NativeDef::new("sync.context", new_context),
    NativeDef::new("sync.workers", workers),
];

/// Defines the library.
pub fn open(engine: &Engine, m: &mut Mutator) {
    engine.define_library(m, "sync", FUNCTIONS);
}

/// How many goroutines run at once: into so many parts work is divided.
fn workers(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = sched::workers(fiber);
    args.ret1(Value::int_unchecked(n as i64))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Goroutines that wait for the same thing, in order.
#[derive(Default)]
struct Queue {
    waiters: VecDeque<Waiter>,
}

impl Queue {
    /// Wakes the first that still waits.
    fn wake_one(&mut self) -> bool {
        while let Some(waiter) = self.waiters.pop_front() {
            if waiter.wake(0, true, Value::NIL) {
                return true;
            }
        }
        false
    }

    fn wake_all(&mut self) {
        while self.wake_one() {}
    }

    fn remove(&mut self, waiter: &Waiter) {
        self.waiters.retain(|w| !w.is_same(waiter));
    }
}

/// Waits in the queue that `queue` finds in `state`, if `must_wait` says so.
fn wait_while<S>(
    fiber: &mut Fiber,
    state: &Mutex<S>,
    must_wait: impl FnOnce(&mut S) -> bool,
    queue: fn(&mut S) -> &mut Queue,
) -> Result<(), Thrown> {
    let ticket = {
        let mut state = lock(state);
        if !must_wait(&mut state) {
            return Ok(());
        }
        let waiter = sched::prepare_wait(fiber);
        let ticket = waiter.ticket();
        queue(&mut state).waiters.push_back(waiter);
        ticket
    };
    let result = sched::wait(fiber);
    if result.is_err() {
        queue(&mut lock(state)).remove(&sched::same_waiter(fiber, ticket));
    }
    result.map(|_| ())
}

/// Gives the results of a call on.
fn results(fiber: &mut Fiber, args: Args, returned: vm::fiber::Returned) -> NativeResult {
    // ROOTED: they go to the window, which may overlap the place they are in, before anything allocates.
    let values: Vec<Value> = returned.iter().collect();
    args.ret(fiber, &values)
}

// ---- mutex --------------------------------------------------------------------------------------------------------

#[derive(Default)]
struct MutexState {
    is_locked: bool,
    queue: Queue,
}

struct MutexObject {
    state: Mutex<MutexState>,
    clock: SyncClock,
}

impl Payload for MutexObject {}

static MUTEX: UserdataClass = UserdataClass::new(
    "mutex",
    &[
        NativeDef::new("mutex:lock", mutex_lock),
        NativeDef::new("mutex:unlock", mutex_unlock),
        NativeDef::new("mutex:tryLock", mutex_try_lock),
        NativeDef::new("mutex:with", mutex_with),
    ],
);

fn new_mutex(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object =
        fiber.new_userdata(&MUTEX, MutexObject { state: Mutex::default(), clock: SyncClock::default() });
    args.ret1(object)
}

impl MutexObject {
    fn acquire(&self, fiber: &mut Fiber) -> Result<(), Thrown> {
        wait_while(
            fiber,
            &self.state,
            // If it is locked, whoever unlocks it leaves it locked for the first in the queue.
            |s| std::mem::replace(&mut s.is_locked, true),
            |s| &mut s.queue,
        )?;
        self.clock.acquire();
        Ok(())
    }

    /// False: it was not locked.
    fn release(&self) -> bool {
        let mut state = lock(&self.state);
        if !state.is_locked {
            return false;
        }
        self.clock.release();
        state.is_locked = state.queue.wake_one();
        true
    }
}

fn mutex_lock(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    args.receiver::<MutexObject>(fiber, &object)?.acquire(fiber)?;
    args.ret0()
}

fn mutex_unlock(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    if args.receiver::<MutexObject>(fiber, &object)?.release() {
        args.ret0()
    } else {
        Err(fiber.error("unlock of unlocked mutex"))
    }
}

fn mutex_try_lock(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let mutex = args.receiver::<MutexObject>(fiber, &object)?;
    let was_locked = std::mem::replace(&mut lock(&mutex.state).is_locked, true);
    if !was_locked {
        mutex.clock.acquire();
    }
    args.ret1(Value::bool(!was_locked))
}

fn mutex_with(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let mutex = args.receiver::<MutexObject>(fiber, &object)?;
    let f = args.callable(fiber, 1)?;
    mutex.acquire(fiber)?;
    let result = fiber.call_args(f, args, 2);
    // The function may have unlocked it itself; then there is nothing left to do.
    mutex.release();
    let returned = result?;
    results(fiber, args, returned)
}

// ---- waitgroup ----------------------------------------------------------------------------------------------------

#[derive(Default)]
struct WaitGroupState {
    count: i64,
    queue: Queue,
}

struct WaitGroup {
    state: Mutex<WaitGroupState>,
    clock: SyncClock,
}

impl Payload for WaitGroup {}

static WAITGROUP: UserdataClass = UserdataClass::new(
    "waitgroup",
    &[
        NativeDef::new("waitgroup:add", waitgroup_add),
        NativeDef::new("waitgroup:done", waitgroup_done),
        NativeDef::new("waitgroup:wait", waitgroup_wait),
        NativeDef::new("waitgroup:run", waitgroup_run),
    ],
);

fn new_waitgroup(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object =
        fiber.new_userdata(&WAITGROUP, WaitGroup { state: Mutex::default(), clock: SyncClock::default() });
    args.ret1(object)
}

impl WaitGroup {
    fn add(&self, fiber: &mut Fiber, n: i64) -> Result<(), Thrown> {
        if n < 0 {
            self.clock.release();
        }
        let is_fine = {
            let mut state = lock(&self.state);
            match state.count.checked_add(n) {
                Some(count) if count >= 0 => {
                    state.count = count;
                    if count == 0 {
                        state.queue.wake_all();
                    }
                    true
                }
                _ => false,
            }
        };
        if is_fine { Ok(()) } else { Err(fiber.error("negative waitgroup counter")) }
    }

    /// Counts down if there is anything to count.
    fn count_down(&self) {
        self.clock.release();
        let mut state = lock(&self.state);
        if state.count > 0 {
            state.count -= 1;
            if state.count == 0 {
                state.queue.wake_all();
            }
        }
    }
}

fn waitgroup_add(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let group = args.receiver::<WaitGroup>(fiber, &object)?;
    let n = args.opt_int(fiber, 1, 1)?;
    group.add(fiber, n)?;
    args.ret0()
}

fn waitgroup_done(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    args.receiver::<WaitGroup>(fiber, &object)?.add(fiber, -1)?;
    args.ret0()
}

fn waitgroup_wait(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let group = args.receiver::<WaitGroup>(fiber, &object)?;
    wait_while(fiber, &group.state, |s| s.count > 0, |s| &mut s.queue)?;
    group.clock.acquire();
    args.ret0()
}

fn waitgroup_run(fiber: &mut Fiber, args: Args) -> NativeResult {
    static BODY: NativeDef = NativeDef::new("waitgroup.run", waitgroup_body);
    let object = args.get(0);
    let group = args.receiver::<WaitGroup>(fiber, &object)?;
    let f = args.callable(fiber, 1)?;
    group.add(fiber, 1)?;
    let (engine, m) = fiber.parts();
    let body = engine.new_native_with(m, &BODY, &[object, f]);
    if let Err(thrown) = sched::go_args(fiber, body, args, 2) {
        group.count_down();
        return Err(thrown);
    }
    args.ret0()
}

/// The goroutine of `wg:run`: calls the function and counts down.
fn waitgroup_body(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (object, f) = (args.upvalue(0), args.upvalue(1));
    let result = fiber.call_args(f, args, 0);
    let down = match userdata::get::<WaitGroup>(&object) {
        Some(group) if result.is_ok() => group.add(fiber, -1),
        Some(group) => {
            // The error is on its way: the counter must not raise another.
            group.count_down();
            Ok(())
        }
        None => Ok(()),
    };
    result?;
    down?;
    args.ret0()
}

// ---- once ---------------------------------------------------------------------------------------------------------

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Progress {
    #[default]
    New,
    Running,
    Done,
}

#[derive(Default)]
struct OnceState {
    progress: Progress,
    /// ROOTED: traced with the object.
    results: Vec<Value>,
    queue: Queue,
}

struct Once {
    state: Mutex<OnceState>,
    clock: SyncClock,
}

impl Payload for Once {
    fn trace(&self, marker: &mut Marker) {
        lock(&self.state).results.iter().for_each(|v| marker.visit(*v));
    }
}

static ONCE: UserdataClass = UserdataClass::new("once", &[NativeDef::new("once:do", once_do)]);

fn new_once(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = fiber.new_userdata(&ONCE, Once { state: Mutex::default(), clock: SyncClock::default() });
    args.ret1(object)
}

fn once_do(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let once = args.receiver::<Once>(fiber, &object)?;
    let f = args.callable(fiber, 1)?;
    let is_first = {
        let mut state = lock(&once.state);
        let is_first = state.progress == Progress::New;
        if is_first {
            state.progress = Progress::Running;
        }
        is_first
    };
    if !is_first {
        wait_while(fiber, &once.state, |s| s.progress == Progress::Running, |s| &mut s.queue)?;
        once.clock.acquire();
        let values = lock(&once.state).results.clone();
        return args.ret(fiber, &values);
    }
    let result = fiber.call_args(f, args, 2);
    once.clock.release();
    {
        let mut state = lock(&once.state);
        state.progress = Progress::Done;
        if let Ok(returned) = &result {
            state.results = returned.iter().collect();
        }
        state.queue.wake_all();
    }
    let returned = result?;
    results(fiber, args, returned)
}

// ---- atomic -------------------------------------------------------------------------------------------------------

struct Atomic {
    value: AtomicI64,
    clock: SyncClock,
}

impl Atomic {
    /// An operation that reads and writes.
    fn change<T>(&self, operation: impl FnOnce(&AtomicI64) -> T) -> T {
        self.clock.acquire();
        self.clock.release();
        operation(&self.value)
    }
}

impl Payload for Atomic {}

static ATOMIC: UserdataClass = UserdataClass::new(
    "atomic",
    &[
        NativeDef::new("atomic:load", atomic_load),
        NativeDef::new("atomic:store", atomic_store),
        NativeDef::new("atomic:add", atomic_add),
        NativeDef::new("atomic:swap", atomic_swap),
        NativeDef::new("atomic:compareAndSwap", atomic_compare_and_swap),
    ],
);

fn new_atomic(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = args.opt_int(fiber, 0, 0)?;
    let object =
        fiber.new_userdata(&ATOMIC, Atomic { value: AtomicI64::new(n), clock: SyncClock::default() });
    args.ret1(object)
}

fn ret_int(fiber: &mut Fiber, args: Args, n: i64) -> NativeResult {
    let v = fiber.mutator().int(n);
    args.ret1(v)
}

fn atomic_load(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let atomic = args.receiver::<Atomic>(fiber, &object)?;
    let n = atomic.value.load(SeqCst);
    atomic.clock.acquire();
    ret_int(fiber, args, n)
}

fn atomic_store(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let n = args.int(fiber, 1)?;
    let atomic = args.receiver::<Atomic>(fiber, &object)?;
    atomic.clock.release();
    atomic.value.store(n, SeqCst);
    args.ret0()
}

fn atomic_add(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let n = args.int(fiber, 1)?;
    let old = args.receiver::<Atomic>(fiber, &object)?.change(|value| value.fetch_add(n, SeqCst));
    ret_int(fiber, args, old.wrapping_add(n))
}

fn atomic_swap(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let n = args.int(fiber, 1)?;
    let old = args.receiver::<Atomic>(fiber, &object)?.change(|value| value.swap(n, SeqCst));
    ret_int(fiber, args, old)
}

fn atomic_compare_and_swap(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let (old, new) = (args.int(fiber, 1)?, args.int(fiber, 2)?);
    let atomic = args.receiver::<Atomic>(fiber, &object)?;
    let is_changed = atomic.change(|value| value.compare_exchange(old, new, SeqCst, SeqCst).is_ok());
    args.ret1(Value::bool(is_changed))
}

// ---- context ------------------------------------------------------------------------------------------------------

#[derive(Default)]
struct ContextState {
    /// Why it is cancelled; `None` while it is not.
    reason: Option<Vec<u8>>,
    /// Contexts that are cancelled with this one.
    /// ROOTED: traced with the object.
    children: Vec<Value>,
    timer: Option<Timer>,
}

struct Context {
    done: Value,
    /// The parent, nil if there is none.
    parent: Value,
    state: Mutex<ContextState>,
    clock: SyncClock,
}

impl Payload for Context {
    fn trace(&self, marker: &mut Marker) {
        marker.visit(self.done);
        marker.visit(self.parent);
        lock(&self.state).children.iter().for_each(|v| marker.visit(*v));
    }
}

static CONTEXT: UserdataClass = UserdataClass::new(
    "context",
    &[
        NativeDef::new("context:done", context_done),
        NativeDef::new("context:cancel", context_cancel),
        NativeDef::new("context:err", context_err),
    ],
);

fn new_context(fiber: &mut Fiber, args: Args) -> NativeResult {
    let parent = args.get(0);
    if !parent.is_nil() && userdata::get::<Context>(&parent).is_none() {
        return Err(args.type_error(fiber, 0, "context"));
    }
    let time = if args.is_nil(1) { None } else { Some(sched::seconds(args.float(fiber, 1)?)) };
    let done = channel::new(fiber.mutator(), 0);
    let object = fiber.new_userdata(
        &CONTEXT,
        Context { done, parent, state: Mutex::default(), clock: SyncClock::default() },
    );
    let inherited = userdata::get::<Context>(&parent).and_then(|p| {
        let mut state = lock(&p.state);
        if state.reason.is_none() {
            state.children.push(object);
        }
        state.reason.clone()
    });
    if let Some(reason) = inherited {
        cancel(object, &reason);
    } else if let Some(time) = time {
        if time.is_zero() {
            expire(fiber.mutator(), object);
        } else if let Some(at) = Instant::now().checked_add(time)
            && let Some(context) = userdata::get::<Context>(&object)
        {
            let timer = sched::call_at(fiber, at, expire, object);
            lock(&context.state).timer = Some(timer);
        }
    }
    args.ret1(object)
}

fn expire(_: &mut Mutator, object: Value) {
    cancel(object, b"deadline exceeded");
}

/// Cancels a context and all below it, unless they are cancelled already.
fn cancel(object: Value, reason: &[u8]) {
    let mut pending = vec![object];
    while let Some(object) = pending.pop() {
        let Some(context) = userdata::get::<Context>(&object) else { continue };
        let timer = {
            let mut state = lock(&context.state);
            if state.reason.is_some() {
                continue;
            }
            state.reason = Some(reason.to_vec());
            context.clock.release();
            pending.append(&mut state.children);
            state.timer.take()
        };
        if let Some(timer) = timer {
            timer.cancel();
        }
        channel::close_quietly(context.done);
        // The parent need not know it any more.
        if let Some(parent) = userdata::get::<Context>(&context.parent) {
            lock(&parent.state).children.retain(|c| *c != object);
        }
    }
}

fn context_done(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let done = args.receiver::<Context>(fiber, &object)?.done;
    args.ret1(done)
}

fn context_cancel(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    args.receiver::<Context>(fiber, &object)?;
    match args.opt_str(fiber, 1)? {
        Some(reason) => {
            let reason = reason.bytes(fiber.mutator()).to_vec();
            cancel(object, &reason);
        }
        None => cancel(object, b"canceled"),
    }
    args.ret0()
}

fn context_err(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let context = args.receiver::<Context>(fiber, &object)?;
    let reason = lock(&context.state).reason.clone();
    context.clock.acquire();
    match reason {
        Some(reason) => {
            let text = fiber.new_str(&reason)?;
            args.ret1(text.to_value())
        }
        None => args.ret1(Value::NIL),
    }
}
