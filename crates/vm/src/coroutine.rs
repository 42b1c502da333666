//! Coroutines: the objects, and the functions of the `coroutine` library.
//!
//! A coroutine is an object that owns a fiber from its first resume to its end. Resuming and yielding are one switch each;
//! the values are copied from register stack to register stack (see `switching.rs`). Because everything runs on the fiber's
//! own native stack, a yield crosses whatever native functions lie between it and the body.
//!
//! ```text
//!   new ── resume ──> live (suspended, running, normal) ── body ends ──> dead
//!    └───────────────────────── close ────────────────────────────────────┘
//! ```
//!
//! One goroutine at a time has a coroutine: who resumes or closes it moves its status from *new* or *suspended* by
//! compare-and-swap, and has it to itself until it has come back. Only then, on the resumer's side, is it suspended or dead
//! again: before that its worker still uses its stack. Others that want it meanwhile get an error.
//!
//! A coroutine that becomes unreachable is dropped where it is: its stack goes back to the pool, its deferred calls never
//! run. To close one, its fiber is entered once more and unwinds its script frames itself.

mod claim;

use crate::error::Thrown;
use crate::fiber::Fiber;
use crate::native::{Args, NativeDef, NativeResult, WINDOW_HEADER};
use crate::sched::{self, Goroutine};
use crate::switching::{self, Outcome, OwnedFiber, Status};
use crate::sync;
use bytecode::intrinsic::Intrinsic;
use claim::Claim;
use runtime::heap::ExternalBytes;
use runtime::heap::foreign::Foreign;
use runtime::heap::mark::Marker;
use runtime::stack::FiberStack;
use runtime::value::Value;
use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering::*};
use std::sync::{Arc, Weak};

/// What a fiber counts for in the heap's account: two touched pages of stack and what is around them.
pub(crate) const FIBER_BYTES: usize = 12 << 10;
/// Most coroutines that may have resumed each other. Each holds a stack, so the bound is on memory.
const NESTING_MAX: u32 = 20_000;

/// `aux` of coroutines' objects.
pub(crate) const AUX: u8 = 1;
/// Offset of the fiber's address in a coroutine's object.
pub(crate) const FIBER_IN_OBJECT: usize =
    runtime::heap::foreign::payload_offset::<Coroutine>() + std::mem::offset_of!(Coroutine, fiber);

/// Offset of the status in a coroutine's object.
pub(crate) const STATUS_IN_OBJECT: usize =
    runtime::heap::foreign::payload_offset::<Coroutine>() + std::mem::offset_of!(Coroutine, status);

/// A coroutine's object. What is not atomic in it belongs to whoever has claimed it (see the head of this file).
pub(crate) struct Coroutine {
    /// The fiber while it is live; owned by `parts`. Null: new or dead, or another goroutine's main fiber.
    fiber: AtomicPtr<Fiber>,
    /// A [`Status`]. *Dead* where the object stands for a goroutine's main fiber: nobody ever has that.
    status: Claim,
    /// The function that it begins with; nil once it has begun or ended.
    body: AtomicU64,
    /// What it died of and nobody has seen yet; `MARK` if nothing.
    error: AtomicU64,
    parts: UnsafeCell<Parts>,
    /// The goroutine whose main fiber this object stands for.
    main_of: Option<Weak<Goroutine>>,
}

/// What goes back when the coroutine ends or is dropped.
type Parts = Option<(OwnedFiber, ExternalBytes)>;

// SAFETY: `parts` is touched only by whoever has claimed the coroutine; everything else is atomic.
unsafe impl Send for Coroutine {}

impl Foreign for Coroutine {
    fn trace(&self, marker: &mut Marker) {
        marker.visit(self.body());
        marker.visit(Value::from_bits(self.error.load(Relaxed)));
        if self.own_status() == Status::Suspended {
            // SAFETY: a suspended coroutine's fiber is alive. Those that run are traced with their goroutine.
            unsafe { switching::trace_suspended(self.fiber.load(Relaxed), marker) };
        }
    }

    fn type_name(&self) -> &'static str {
        "coroutine"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Coroutine {
    fn new(body: Value, main_of: Option<Weak<Goroutine>>) -> Coroutine {
        let status = if main_of.is_some() { Status::Dead } else { Status::New };
        Coroutine {
            fiber: AtomicPtr::new(std::ptr::null_mut()),
            status: Claim::new(status),
            body: AtomicU64::new(body.bits()),
            error: AtomicU64::new(Value::MARK.bits()),
            parts: UnsafeCell::new(None),
            main_of,
        }
    }

    /// Puts a coroutine into the heap.
    fn allocate(self, fiber: &mut Fiber) -> Value {
        fiber.mutator().new_foreign(self, 0, AUX)
    }

    /// The coroutine in a value.
    #[inline(always)]
    fn of(v: &Value) -> Option<&Coroutine> {
        // SAFETY: `allocate` alone uses this `aux`.
        unsafe { v.as_foreign_marked::<Coroutine>(AUX) }
    }

    fn body(&self) -> Value {
        Value::from_bits(self.body.load(Relaxed))
    }

    #[inline(always)]
    fn own_status(&self) -> Status {
        self.status.status()
    }

    /// What it is doing.
    fn status(&self) -> Status {
        match &self.main_of {
            Some(g) => g.upgrade().map_or(Status::Dead, |g| g.main_status()),
            None => self.own_status(),
        }
    }

    /// Takes the coroutine from this status. False: it has another one. `is_parallel` says whether there may be others.
    #[inline(always)]
    fn claim(&self, from: Status, to: Status, is_parallel: bool) -> bool {
        self.status.claim(from, to, is_parallel)
    }

    /// Lets go of a coroutine that was claimed.
    #[inline(always)]
    fn let_go(&self, status: Status) {
        self.status.let_go(status);
    }

    /// Gives the stack back.
    ///
    /// # Safety
    /// The caller has claimed the coroutine, and its fiber has come back for good.
    unsafe fn release(&self) {
        self.fiber.store(std::ptr::null_mut(), Relaxed);
        // SAFETY: promised by the caller.
        unsafe { *self.parts.get() = None };
        self.let_go(Status::Dead);
    }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::New | Status::Suspended => "suspended",
        Status::Running => "running",
        Status::Normal => "normal",
        Status::Dead => "dead",
    }
}

fn argument(fiber: &mut Fiber, args: Args, v: &Value) -> Result<*const Coroutine, Thrown> {
    match Coroutine::of(v) {
        Some(co) => Ok(co),
        None => Err(args.type_error(fiber, 0, "coroutine")),
    }
}

/// How a resume failed.
enum Failure {
    /// There was nothing to resume: the text.
    Refused(String),
    /// The body raised this.
    Raised(Value),
}

/// Resumes a coroutine with the arguments from `first` on. On success the values are this native call's results.
#[inline(always)]
fn resume_with(
    fiber: &mut Fiber,
    args: Args,
    value: Value,
    co: &Coroutine,
    first: u32,
    wants_true: bool,
) -> Result<(), Failure> {
    if !co.claim(Status::Suspended, Status::Running, fiber.heap().is_parallel()) {
        return begin_slow(fiber, args, value, co, first, wants_true);
    }
    let target = co.fiber.load(Relaxed);
    // SAFETY: a suspended coroutine's fiber is alive and waits in a yield, and it has been claimed.
    unsafe {
        let count = args.count() - first.min(args.count());
        if let Err(text) = switching::deliver(target, args.base().add(first as usize), count) {
            co.let_go(Status::Suspended);
            return Err(Failure::Refused(text.to_string()));
        }
        run(fiber, args, co, target, wants_true)
    }
}

/// Enters the coroutine's fiber and waits until it comes back.
///
/// # Safety
/// `target` is the fiber of `co`, which has been claimed, and is ready.
#[inline(always)]
unsafe fn run(
    fiber: &mut Fiber,
    args: Args,
    co: &Coroutine,
    target: *mut Fiber,
    wants_true: bool,
) -> Result<(), Failure> {
    // SAFETY: promised by the caller; `fiber` runs, so its goroutine is alive.
    unsafe {
        let state = &mut fiber.switch;
        state.waiting = args;
        state.wants_true = wants_true;
        state.set_status(Status::Normal);
        let goroutine = state.goroutine;
        (*target).switch.goroutine = goroutine;
        (*target).switch.resumer = fiber;
        (*goroutine).current.store(target, Relaxed);
        switching::enter(fiber, target);
        fiber.switch.set_status(Status::Running);
        if fiber.switch.outcome != Outcome::Yielded {
            return end_slow(fiber, co, target);
        }
        co.let_go(Status::Suspended);
        Ok(())
    }
}

/// The body has ended: takes its error, if it failed, and gives the stack back.
#[cold]
#[inline(never)]
unsafe fn end_slow(fiber: &mut Fiber, co: &Coroutine, target: *mut Fiber) -> Result<(), Failure> {
    let result = if fiber.switch.outcome == Outcome::Failed {
        // SAFETY: the fiber is alive until it is released.
        let (error, traceback) = unsafe { ((*target).take_error(), (*target).traceback.take()) };
        co.error.store(error.bits(), Relaxed);
        if fiber.handlers == 0 {
            fiber.traceback = traceback;
        }
        Err(Failure::Raised(error))
    } else {
        Ok(())
    };
    // SAFETY: the resumer has claimed the coroutine.
    unsafe { co.release() };
    result
}

/// Resumes a coroutine that has no fiber, or cannot be resumed.
#[cold]
#[inline(never)]
fn begin_slow(
    fiber: &mut Fiber,
    args: Args,
    value: Value,
    co: &Coroutine,
    first: u32,
    wants_true: bool,
) -> Result<(), Failure> {
    if !co.claim(Status::New, Status::Running, true) {
        // It may have come back meanwhile: then it was another goroutine's when it was asked for.
        let status = match co.status() {
            Status::New | Status::Suspended => Status::Running,
            other => other,
        };
        return Err(Failure::Refused(format!("cannot resume {} coroutine", status_name(status))));
    }
    // SAFETY: it has been claimed.
    match unsafe { prepare(fiber, args, value, co, first, wants_true) } {
        // SAFETY: as above; the fiber is ready.
        Ok(target) => unsafe { run(fiber, args, co, target, wants_true) },
        Err(text) => {
            co.let_go(Status::New);
            Err(Failure::Refused(text.to_string()))
        }
    }
}

/// Gives a coroutine its fiber.
///
/// # Safety
/// The coroutine is new, and the caller has claimed it.
unsafe fn prepare(
    fiber: &mut Fiber,
    args: Args,
    value: Value,
    co: &Coroutine,
    first: u32,
    wants_true: bool,
) -> Result<*mut Fiber, &'static str> {
    if fiber.switch.nesting >= NESTING_MAX {
        return Err("stack overflow");
    }
    let external = fiber.mutator().external(FIBER_BYTES);
    let Some(owned) = OwnedFiber::new(fiber.engine(), FiberStack::allocate(), body_entry) else {
        return Err("not enough memory");
    };
    let target = owned.as_ptr();
    let count = args.count() - first.min(args.count());
    // SAFETY: the fiber is new; its window lies at the bottom of its register stack.
    unsafe {
        (*target).attach(fiber.mutator);
        (*target).switch.owner = value;
        (*target).switch.nesting = fiber.switch.nesting + 1;
        // Errors of a resumed body are results; those of a wrapped one go on to the resumer's handlers.
        (*target).handlers = if wants_true { 1 } else { fiber.handlers.min(1) };
        let words = WINDOW_HEADER + count as usize;
        let mut window = (*target).free_top();
        if !(*target).has_room(window, words) {
            window = match (*target).push_chunk(words) {
                Ok(window) => window,
                Err(_) => return Err("stack overflow"),
            };
        }
        (*window).store(co.body());
        for i in 0..count {
            (*window.add(WINDOW_HEADER + i as usize)).store(args.get(first + i));
        }
        (*target).top = window.add(words);
        (*target).switch.waiting = Args::new(window.add(WINDOW_HEADER), count);
        (*target).switch.status = co.status.byte();
        co.body.store(Value::NIL.bits(), Relaxed);
        co.fiber.store(target, Relaxed);
        *co.parts.get() = Some((owned, external));
    }
    Ok(target)
}

/// What a coroutine's fiber runs first.
extern "C" fn body_entry(context: usize) -> ! {
    let fiber = context as *mut Fiber;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: `begin_slow` wrote the window, and the fiber runs now.
        unsafe {
            let fiber = &mut *fiber;
            let args = fiber.switch.waiting;
            match fiber.call_window(args.window(), args.count()) {
                Ok(returned) => {
                    let resumer = fiber.switch.resumer;
                    if let Err(text) = switching::deliver(resumer, returned.as_ptr(), returned.count()) {
                        let _ = fiber.error(text);
                        return Outcome::Failed;
                    }
                    Outcome::Returned
                }
                Err(_) => Outcome::Failed,
            }
        }
    }));
    // SAFETY: the fiber is alive until its resumer releases it.
    unsafe { leave_for_good(fiber, outcome) }
}

/// Switches to the resumer for the last time.
///
/// # Safety
/// The fiber runs, and a resumer waits for it.
unsafe fn leave_for_good(fiber: *mut Fiber, outcome: Result<Outcome, Box<dyn Any + Send>>) -> ! {
    // SAFETY: promised by the caller.
    unsafe {
        let fiber = &mut *fiber;
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(panic) => {
                let text = switching::panic_text(&*panic);
                drop(panic);
                let text = fiber.new_str(text.as_bytes());
                fiber.error = text.map_or(Value::NIL, |s| s.to_value());
                Outcome::Failed
            }
        };
        let resumer = fiber.switch.resumer;
        back(fiber, resumer, outcome);
    }
    std::process::abort();
}

/// Goes back to the resumer, who lets others have the coroutine when it is there.
///
/// # Safety
/// `fiber` runs, and `resumer` is its resumer, whose results are delivered.
#[inline(always)]
unsafe fn back(fiber: &mut Fiber, resumer: *mut Fiber, outcome: Outcome) {
    // SAFETY: promised by the caller.
    unsafe {
        (*resumer).switch.outcome = outcome;
        fiber.switch.resumer = std::ptr::null_mut();
        (*fiber.switch.goroutine).current.store(resumer, Relaxed);
        switching::enter(fiber, resumer);
    }
}

// ---- the library --------------------------------------------------------------------------------------------------

/// `coroutine.create(f)`.
///
/// # Errors
/// A bad argument.
pub fn create(fiber: &mut Fiber, args: Args) -> NativeResult {
    let body = args.callable(fiber, 0)?;
    let co = Coroutine::new(body, None).allocate(fiber);
    args.ret1(co)
}

/// `coroutine.resume(co, …)`.
///
/// # Errors
/// A bad argument.
pub fn resume(fiber: &mut Fiber, args: Args) -> NativeResult {
    let value = args.get(0);
    let co = argument(fiber, args, &value)?;
    // SAFETY: `value` keeps the object alive until the end of this function: it is compared with below.
    let co = unsafe { &*co };
    let result = match resume_with(fiber, args, value, co, 1, true) {
        Ok(()) => Ok(fiber.received()),
        Err(failure) => resume_failed_slow(fiber, args, failure),
    };
    std::hint::black_box(value);
    result
}

/// Goes on behind a resume by machine code that was left for the coroutine whose object is at this address, and that has
/// let go of it if it is suspended.
///
/// # Safety
/// The fiber runs, and the call with these arguments is its resume that waited.
pub(crate) unsafe fn resumed(fiber: &mut Fiber, args: Args, object: usize) -> NativeResult {
    if fiber.switch.outcome == Outcome::Yielded {
        return Ok(fiber.received());
    }
    let wants_true = fiber.switch.wants_true;
    // SAFETY: machine code kept the object on its stack while the coroutine ran.
    let ended = unsafe {
        let co = &*((object + runtime::heap::foreign::payload_offset::<Coroutine>()) as *const Coroutine);
        end_slow(fiber, co, co.fiber.load(Relaxed))
    };
    let result = match ended {
        Ok(()) => Ok(fiber.received()),
        Err(failure) if wants_true => resume_failed_slow(fiber, args, failure),
        Err(failure) => Err(wrapped_failed_slow(fiber, failure)),
    };
    std::hint::black_box(object);
    result
}

#[cold]
#[inline(never)]
fn resume_failed_slow(fiber: &mut Fiber, args: Args, failure: Failure) -> NativeResult {
    match failure {
        Failure::Raised(error) => {
            if fiber.is_terminating() {
                return Err(fiber.rethrow(error));
            }
            args.ret2(Value::FALSE, error)
        }
        Failure::Refused(text) => {
            let text = fiber.new_str(text.as_bytes())?;
            args.ret2(Value::FALSE, text.to_value())
        }
    }
}

/// `coroutine.yield(…)`.
///
/// # Errors
/// `cannot yield from outside a coroutine`.
pub fn yield_values(fiber: &mut Fiber, args: Args) -> NativeResult {
    let resumer = fiber.switch.resumer;
    if resumer.is_null() || fiber.switch.closing {
        return Err(yield_error_slow(fiber));
    }
    // SAFETY: a fiber with a resumer runs, and the resumer waits in a resume.
    unsafe {
        if let Err(text) = switching::deliver(resumer, args.base(), args.count()) {
            return Err(fiber.error(text));
        }
        let state = &mut fiber.switch;
        state.waiting = args;
        state.wants_true = false;
        back(fiber, resumer, Outcome::Yielded);
    }
    yielded(fiber)
}

/// Goes on behind a yield.
#[inline(always)]
pub(crate) fn yielded(fiber: &mut Fiber) -> NativeResult {
    if fiber.switch.closing {
        close_here(fiber);
    }
    Ok(fiber.received())
}

#[cold]
#[inline(never)]
fn yield_error_slow(fiber: &mut Fiber) -> Thrown {
    let text = if fiber.switch.closing {
        "cannot yield from a coroutine that is being closed"
    } else {
        "cannot yield from outside a coroutine"
    };
    fiber.error(text)
}

/// Unwinds the script frames of a coroutine that was entered to be closed, on its own stack, and leaves it for good.
#[cold]
#[inline(never)]
fn close_here(fiber: &mut Fiber) -> ! {
    let at: *mut Fiber = fiber;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the fiber runs here.
        let fiber = unsafe { &mut *at };
        // Whatever would have handled errors in the body is gone.
        fiber.handler_stack.clear();
        fiber.handlers = 1;
        fiber.native_depth = 0;
        match switching::with_native_room(fiber, crate::interp::close_frames) {
            Ok(()) => Outcome::Returned,
            Err(_) => Outcome::Failed,
        }
    }));
    // SAFETY: whoever closes it waits as its resumer.
    unsafe { leave_for_good(at, outcome) }
}

/// `coroutine.status(co)`.
///
/// # Errors
/// A bad argument.
pub fn status(fiber: &mut Fiber, args: Args) -> NativeResult {
    let value = args.get(0);
    // SAFETY: the argument register keeps the object alive.
    let status = unsafe { (*argument(fiber, args, &value)?).status() };
    let text = fiber.mutator().intern(status_name(status).as_bytes());
    args.ret1(text.to_value())
}

static WRAPPED: NativeDef = NativeDef::intrinsic("coroutine.wrap", call_wrapped, Intrinsic::WrapResume);

/// `coroutine.wrap(f)`.
///
/// # Errors
/// A bad argument.
pub fn wrap(fiber: &mut Fiber, args: Args) -> NativeResult {
    let body = args.callable(fiber, 0)?;
    let co = Coroutine::new(body, None).allocate(fiber);
    let (engine, m) = fiber.parts();
    let function = engine.new_native_with(m, &WRAPPED, &[co]);
    args.ret1(function)
}

/// What `coroutine.wrap` gives.
fn call_wrapped(fiber: &mut Fiber, args: Args) -> NativeResult {
    let value = args.upvalue(0);
    let Some(co) = Coroutine::of(&value) else {
        return Err(args.type_error(fiber, 0, "coroutine"));
    };
    let result = match resume_with(fiber, args, value, co, 0, false) {
        Ok(()) => Ok(fiber.received()),
        Err(failure) => Err(wrapped_failed_slow(fiber, failure)),
    };
    std::hint::black_box(value);
    result
}

#[cold]
#[inline(never)]
fn wrapped_failed_slow(fiber: &mut Fiber, failure: Failure) -> Thrown {
    match failure {
        Failure::Refused(text) => fiber.error(&text),
        Failure::Raised(error) => {
            // The body's calls come first in a traceback, then those of the caller.
            let inner = fiber.traceback.take();
            let thrown = fiber.rethrow(error);
            if let (Some(mut inner), Some(outer)) = (inner, fiber.traceback.as_mut()) {
                inner.push_str(outer);
                *outer = inner;
            }
            thrown
        }
    }
}

/// `coroutine.isyieldable()`.
///
/// # Errors
/// None.
pub fn is_yieldable(fiber: &mut Fiber, args: Args) -> NativeResult {
    args.ret1(Value::bool(!fiber.switch.resumer.is_null() && !fiber.switch.closing))
}

/// `coroutine.running()`.
///
/// # Errors
/// None.
pub fn running(fiber: &mut Fiber, args: Args) -> NativeResult {
    let owner = fiber.switch.owner;
    if !owner.is_nil() {
        return args.ret2(owner, Value::FALSE);
    }
    let g = sched::shared_goroutine(fiber);
    let mut object = g.main_object();
    if object.is_nil() {
        object = Coroutine::new(Value::NIL, Some(Arc::downgrade(&g))).allocate(fiber);
        g.set_main_object(object);
    }
    args.ret2(object, Value::TRUE)
}

/// `coroutine.close(co)`.
///
/// # Errors
/// A bad argument; `cannot close a running coroutine` (or `normal`).
pub fn close(fiber: &mut Fiber, args: Args) -> NativeResult {
    let value = args.get(0);
    let co = argument(fiber, args, &value)?;
    // SAFETY: `value` lives until the end of this function.
    let co = unsafe { &*co };
    let mut result = Ok(());
    loop {
        match co.status() {
            Status::Dead => break,
            status @ (Status::Running | Status::Normal) => {
                return Err(fiber.error(&format!("cannot close a {} coroutine", status_name(status))));
            }
            Status::New => {
                if co.claim(Status::New, Status::Running, true) {
                    co.body.store(Value::NIL.bits(), Relaxed);
                    co.let_go(Status::Dead);
                }
            }
            Status::Suspended => {
                if co.claim(Status::Suspended, Status::Running, true) {
                    let target = co.fiber.load(Relaxed);
                    // SAFETY: a suspended coroutine's fiber is alive and waits in a yield; it has been claimed.
                    result = unsafe {
                        (*target).switch.closing = true;
                        run(fiber, args, co, target, false)
                    };
                    break;
                }
            }
        }
    }
    if let Err(Failure::Raised(error)) = result
        && fiber.is_terminating()
    {
        return Err(fiber.rethrow(error));
    }
    let error = Value::from_bits(co.error.swap(Value::MARK.bits(), AcqRel));
    std::hint::black_box(value);
    if error == Value::MARK { args.ret1(Value::TRUE) } else { args.ret2(Value::FALSE, error) }
}
