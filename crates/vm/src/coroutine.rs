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
//! A coroutine that becomes unreachable is dropped where it is: its stack goes back to the pool, its deferred calls never
//! run. To close one, its fiber is entered once more and unwinds its script frames itself.

use crate::error::Thrown;
use crate::fiber::Fiber;
use crate::native::{Args, NativeDef, NativeResult, WINDOW_HEADER};
use crate::sched::{self, Goroutine};
use crate::switching::{self, Outcome, OwnedFiber, Status};
use bytecode::intrinsic::Intrinsic;
use runtime::heap::ExternalBytes;
use runtime::heap::foreign::Foreign;
use runtime::heap::mark::Marker;
use runtime::stack::FiberStack;
use runtime::value::Value;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
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

/// A coroutine's object.
pub(crate) struct Coroutine {
    /// The fiber while it is live; owned by `parts`. Null: new or dead, or another goroutine's main fiber.
    fiber: Cell<*mut Fiber>,
    /// The function that it begins with; nil once it has begun or ended.
    body: Cell<Value>,
    /// What it died of and nobody has seen yet; `MARK` if nothing.
    error: Cell<Value>,
    parts: RefCell<Parts>,
    /// The goroutine whose main fiber this object stands for.
    main_of: Option<Weak<Goroutine>>,
}

/// What goes back when the coroutine ends or is dropped.
type Parts = Option<(OwnedFiber, ExternalBytes)>;

// SAFETY: an object is used by one goroutine at a time on the engine's one worker, or by the collector in a pause.
unsafe impl Send for Coroutine {}

impl Foreign for Coroutine {
    fn trace(&self, marker: &mut Marker) {
        marker.visit(self.body.get());
        marker.visit(self.error.get());
        let fiber = self.fiber.get();
        // SAFETY: a live coroutine's fiber is alive. Those that are not suspended are traced with their goroutine.
        unsafe {
            if !fiber.is_null() && (*fiber).switch.status == Status::Suspended {
                switching::trace_suspended(fiber, marker);
            }
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
        Coroutine {
            fiber: Cell::new(std::ptr::null_mut()),
            body: Cell::new(body),
            error: Cell::new(Value::MARK),
            parts: RefCell::new(None),
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

    /// What it is doing; `None`: dead.
    fn status(&self) -> Option<Status> {
        if let Some(g) = &self.main_of {
            return g.upgrade().and_then(|g| g.main_status());
        }
        let fiber = self.fiber.get();
        if !fiber.is_null() {
            // SAFETY: a live coroutine's fiber is alive.
            return Some(unsafe { (*fiber).switch.status });
        }
        if self.body.get().is_nil() { None } else { Some(Status::Suspended) }
    }

    /// Gives the stack back.
    fn release(&self) {
        self.fiber.set(std::ptr::null_mut());
        self.parts.take();
    }
}

fn status_name(status: Option<Status>) -> &'static str {
    match status {
        Some(Status::Suspended) => "suspended",
        Some(Status::Running) => "running",
        Some(Status::Normal) => "normal",
        None => "dead",
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
    let target = co.fiber.get();
    // SAFETY: a live coroutine's fiber is alive, and a suspended one waits in a yield.
    unsafe {
        if target.is_null() || (*target).switch.status != Status::Suspended {
            return begin_slow(fiber, args, value, co, first, wants_true);
        }
        let count = args.count() - first.min(args.count());
        if let Err(text) = switching::deliver(target, args.base().add(first as usize), count) {
            return Err(Failure::Refused(text.to_string()));
        }
        run(fiber, args, co, target, wants_true)
    }
}

/// Enters the coroutine's fiber and waits until it comes back.
///
/// # Safety
/// `target` is the fiber of `co`, suspended and ready.
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
        state.status = Status::Normal;
        let goroutine = state.goroutine;
        (*target).switch.goroutine = goroutine;
        (*target).switch.status = Status::Running;
        (*target).switch.resumer = fiber;
        (*goroutine).current.store(target, std::sync::atomic::Ordering::Relaxed);
        switching::enter(fiber, target);
        if fiber.switch.outcome == Outcome::Yielded { Ok(()) } else { end_slow(fiber, co, target) }
    }
}

/// The body has ended: takes its error, if it failed, and gives the stack back.
#[cold]
#[inline(never)]
unsafe fn end_slow(fiber: &mut Fiber, co: &Coroutine, target: *mut Fiber) -> Result<(), Failure> {
    let result = if fiber.switch.outcome == Outcome::Failed {
        // SAFETY: the fiber is alive until it is released.
        let (error, traceback) = unsafe { ((*target).take_error(), (*target).traceback.take()) };
        co.error.set(error);
        if fiber.handlers == 0 {
            fiber.traceback = traceback;
        }
        Err(Failure::Raised(error))
    } else {
        Ok(())
    };
    co.release();
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
    let status = co.status();
    if status != Some(Status::Suspended) {
        return Err(Failure::Refused(format!("cannot resume {} coroutine", status_name(status))));
    }
    if fiber.switch.nesting >= NESTING_MAX {
        return Err(Failure::Refused("stack overflow".to_string()));
    }
    let external = fiber.mutator().external(FIBER_BYTES);
    let Some(owned) = OwnedFiber::new(fiber.engine(), FiberStack::allocate(), body_entry) else {
        return Err(Failure::Refused("not enough memory".to_string()));
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
                Err(_) => return Err(Failure::Refused("stack overflow".to_string())),
            };
        }
        (*window).store(co.body.get());
        for i in 0..count {
            (*window.add(WINDOW_HEADER + i as usize)).store(args.get(first + i));
        }
        (*target).top = window.add(words);
        (*target).switch.waiting = Args::new(window.add(WINDOW_HEADER), count);
        co.body.set(Value::NIL);
        co.fiber.set(target);
        co.parts.replace(Some((owned, external)));
        run(fiber, args, co, target, wants_true)
    }
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

/// Goes back to the resumer.
///
/// # Safety
/// `fiber` runs, and `resumer` is its resumer, whose results are delivered.
#[inline(always)]
unsafe fn back(fiber: &mut Fiber, resumer: *mut Fiber, outcome: Outcome) {
    // SAFETY: promised by the caller.
    unsafe {
        (*resumer).switch.outcome = outcome;
        (*resumer).switch.status = Status::Running;
        fiber.switch.status = Status::Suspended;
        fiber.switch.resumer = std::ptr::null_mut();
        (*fiber.switch.goroutine).current.store(resumer, std::sync::atomic::Ordering::Relaxed);
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

/// Goes on behind a resume by machine code that was left for the coroutine whose object is at this address.
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
        end_slow(fiber, co, co.fiber.get())
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
    let status = co.status();
    if let Some(Status::Running | Status::Normal) = status {
        return Err(fiber.error(&format!("cannot close a {} coroutine", status_name(status))));
    }
    let target = co.fiber.get();
    if !target.is_null() {
        // SAFETY: a suspended coroutine's fiber is alive and waits in a yield.
        let result = unsafe {
            (*target).switch.closing = true;
            run(fiber, args, co, target, false)
        };
        if let Err(Failure::Raised(error)) = result
            && fiber.is_terminating()
        {
            return Err(fiber.rethrow(error));
        }
    }
    co.body.set(Value::NIL);
    let error = co.error.replace(Value::MARK);
    std::hint::black_box(value);
    if error == Value::MARK { args.ret1(Value::TRUE) } else { args.ret2(Value::FALSE, error) }
}
