//! Fibers change: what a fiber keeps while it does not run, and how control and values go from one to another.
//!
//! A switch is one call of `runtime::switch`. Values are not handed through it: whoever switches copies them straight into
//! the register stack of the other fiber, where the native function that waits there wants its results (`waiting`).
//!
//! The worker's mutator goes along: the fiber that is left hands its own to the fiber that is entered. So nothing that
//! belongs to a worker is kept across a call that may switch.
//!
//! ```text
//!   native stack of a fiber:   primary piece | chained piece | ... | present piece
//!   on entering a new piece, the pointer of the one before is published in `pieces`
//! ```
//!
//! The collector scans each piece of a fiber that does not run from its published pointer to its base; of a running fiber
//! the heap itself scans the present piece. A fiber that is dropped while suspended is not unwound: its stack goes back to
//! the pool as it is. So no Rust frame below a call that may switch owns what must be dropped (see `held.rs`).

use crate::engine::Engine;
use crate::error::Thrown;
use crate::fiber::Fiber;
use crate::held::HeldList;
use crate::native::{Args, Results};
use crate::sched::Goroutine;
use runtime::heap::Heap;
use runtime::heap::mark::Marker;
use runtime::object::Word;
use runtime::stack::{FiberStack, NATIVE_CHUNK_BYTES, NativeChunk};
use runtime::switch;
use runtime::value::Value;
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64};

/// Native stack that must be free when an interpreter or a recursive library function is entered: what the deepest chain
/// of native functions between two checks may use.
pub const NATIVE_ROOM_BYTES: usize = 48 << 10;
/// Most pieces of one fiber's native stack.
const PIECES_MAX: usize = 24;

/// What a coroutine is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Status {
    /// It waits to be resumed for the first time: it has no fiber yet.
    New,
    /// It waits to be resumed.
    Suspended,
    /// It runs, or its goroutine waits in it. Somebody may be about to resume it, or just have left it.
    Running,
    /// It has resumed another coroutine.
    Normal,
    /// It has ended.
    Dead,
}

impl Status {
    const ALL: [Status; 5] = [Status::New, Status::Suspended, Status::Running, Status::Normal, Status::Dead];

    /// The status that was stored as this byte.
    #[inline(always)]
    pub(crate) fn from_byte(byte: u8) -> Status {
        Status::ALL[byte as usize]
    }
}

/// How the coroutine that a fiber resumed came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Outcome {
    /// It yielded: the values are in the resumer's window.
    Yielded,
    /// Its body returned: likewise.
    Returned,
    /// Its body raised an error, which lies in its fiber.
    Failed,
}

/// An earlier piece of a native stack.
struct Piece {
    /// Its stack pointer, as far as it is used.
    sp: usize,
    base: usize,
    limit: usize,
}

/// What coroutines and the scheduler keep for a fiber.
pub struct SwitchState {
    /// The stack pointer while the fiber does not run.
    pub(crate) sp: usize,
    /// End of the present piece of the native stack.
    pub(crate) base: usize,
    /// Lowest address of the present piece that may be used.
    limit: usize,
    /// Lowest stack pointer that machine code may have: leaves room for what it calls.
    pub(crate) code_limit: usize,
    /// Earlier pieces, the primary one first.
    pieces: Vec<Piece>,
    /// The chained pieces' memory.
    chunks: Vec<NativeChunk>,
    /// Who resumed it; null if it is a goroutine's main fiber or does not run.
    pub(crate) resumer: *mut Fiber,
    /// The goroutine in which it runs.
    pub(crate) goroutine: *const Goroutine,
    /// The native call that waits for values: a yield, or a resume.
    pub(crate) waiting: Args,
    /// Values that the other side left for `waiting`.
    pub(crate) count: u32,
    /// Whether `waiting` is a resume that wants `true` in front of the values.
    pub(crate) wants_true: bool,
    /// How the coroutine that it resumed came back.
    pub(crate) outcome: Outcome,
    /// Where it is written down what it is doing, a [`Status`]: in its coroutine or its goroutine.
    pub(crate) status: *const AtomicU8,
    /// Whether there may be other workers.
    pub(crate) parallel: *const AtomicBool,
    /// It was entered to be closed.
    pub(crate) closing: bool,
    /// Coroutines that have resumed each other below this one when it was started.
    pub(crate) nesting: u32,
    /// Its coroutine object; nil if it has none (yet).
    pub(crate) owner: Value,
    /// What native functions own across calls that may switch.
    pub(crate) held: HeldList,
    /// Number of the last collection when it stopped running.
    pub(crate) noted: u64,
    /// Where the heap keeps the number of the last collection.
    pub(crate) collections: *const AtomicU64,
    /// Number of the last collection that traced it.
    scanned: Cell<u64>,
    /// Its primary stack; last, so that it goes back after everything that lies on it.
    stack: FiberStack,
}

impl SwitchState {
    /// The state of a fiber of this heap that has not run, on this stack.
    pub(crate) fn new(stack: FiberStack, heap: &Heap) -> SwitchState {
        let collections = heap.collection_counter();
        SwitchState {
            sp: 0,
            base: stack.base(),
            limit: stack.limit(),
            code_limit: stack.limit() + NATIVE_ROOM_BYTES,
            pieces: Vec::new(),
            chunks: Vec::new(),
            resumer: std::ptr::null_mut(),
            goroutine: std::ptr::null(),
            // SAFETY: no arguments; the window is set before anybody delivers.
            waiting: unsafe { Args::new(std::ptr::null_mut(), 0) },
            count: 0,
            wants_true: false,
            outcome: Outcome::Yielded,
            status: std::ptr::null(),
            parallel: heap.parallel_flag(),
            closing: false,
            nesting: 0,
            owner: Value::NIL,
            held: HeldList::default(),
            noted: u64::MAX,
            collections,
            scanned: Cell::new(0),
            stack,
        }
    }

    /// Says what the fiber, which has begun, is doing.
    #[inline(always)]
    pub(crate) fn set_status(&self, status: Status) {
        // SAFETY: whoever gives a fiber to a coroutine or a goroutine sets the address in it, and it lives as long.
        unsafe { (*self.status).store(status as u8, std::sync::atomic::Ordering::Relaxed) };
    }

    /// Further pieces of native stack.
    pub(crate) fn piece_count(&self) -> usize {
        self.pieces.len()
    }

    fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        self.code_limit = limit + NATIVE_ROOM_BYTES;
    }
}

/// A fiber with its stack. Dropping it gives the stack back without unwinding it.
pub(crate) struct OwnedFiber(NonNull<Fiber>);

impl OwnedFiber {
    /// A fiber that begins in `entry` with its own address when it is first switched to. `None`: no memory.
    ///
    /// The fiber does not count as a holder of the engine: engine and heap own all fibers, and none runs after them.
    pub(crate) fn new(
        engine: &Arc<Engine>,
        stack: Option<FiberStack>,
        entry: switch::Entry,
    ) -> Option<OwnedFiber> {
        let stack = stack?;
        // SAFETY: the chunk is asked for once, and a fiber's chunks are dropped before its `SwitchState`.
        let registers = unsafe { stack.registers() }?;
        let base = stack.base();
        // SAFETY: the pointer comes from an `Arc`; the count is not touched, because `drop` forgets the handle.
        let engine = unsafe { Arc::from_raw(Arc::as_ptr(engine)) };
        let heap: *const Heap = Arc::as_ptr(&engine.heap);
        // SAFETY: the engine keeps its heap, and outlives the fiber.
        let heap = unsafe { &*heap };
        let fiber = NonNull::from(Box::leak(Fiber::new(engine, registers, SwitchState::new(stack, heap))));
        // SAFETY: the stack is new, and its pages are writable.
        unsafe { (*fiber.as_ptr()).switch.sp = switch::prepare(base, entry, fiber.as_ptr() as usize) };
        Some(OwnedFiber(fiber))
    }

    /// The fiber.
    #[inline(always)]
    pub(crate) fn as_ptr(&self) -> *mut Fiber {
        self.0.as_ptr()
    }
}

impl OwnedFiber {
    /// Drops the fiber but keeps its stack.
    pub(crate) fn into_stack(self) -> Option<FiberStack> {
        let fiber = self.0.as_ptr();
        std::mem::forget(self);
        // SAFETY: as in `drop`.
        let Fiber { engine, switch, .. } = unsafe { *Box::from_raw(fiber) };
        std::mem::forget(engine);
        Some(switch.stack)
    }
}

impl Drop for OwnedFiber {
    fn drop(&mut self) {
        // SAFETY: the fiber was leaked from a box in `new`, and its owner drops it once, when it does not run.
        let fiber = unsafe { *Box::from_raw(self.0.as_ptr()) };
        let Fiber { engine, .. } = fiber;
        // The handle was not counted.
        std::mem::forget(engine);
    }
}

// ---- switching ----------------------------------------------------------------------------------------------------

/// Leaves `from`, which runs, for `to`, which waits; returns when something switches back to `from`.
///
/// # Safety
/// `to` is a fiber that does not run and that nobody else enters.
#[inline(always)]
pub(crate) unsafe fn enter(from: &mut Fiber, to: *mut Fiber) {
    let mutator = from.mutator;
    // SAFETY: `from` runs, so its mutator is valid; `to` is a live fiber, says the caller. Its stack pointer was published
    // by its own switch or by `prepare`.
    unsafe {
        from.switch.noted = (*mutator).heap().collection_number();
        (*to).attach(mutator);
        (*mutator).native_stack_base = (*to).switch.base;
        let sp = (*to).switch.sp;
        switch::switch(&raw mut from.switch.sp, sp);
    }
}

/// Leaves `from`, which runs, for its worker's own stack, where the scheduler waits.
///
/// # Safety
/// The scheduler entered the goroutine on this worker.
pub(crate) unsafe fn enter_scheduler(from: &mut Fiber) {
    // SAFETY: as in `enter`.
    unsafe {
        let mutator = from.mutator;
        from.switch.noted = (*mutator).heap().collection_number();
        (*mutator).native_stack_base = 0;
        let to = (*mutator).worker_sp;
        switch::switch(&raw mut from.switch.sp, to);
    }
}

/// Goes from the worker's own stack to a fiber; returns when a fiber enters the scheduler. The worker's stack pointer is
/// published in `save`.
///
/// # Safety
/// `to` is a live fiber that does not run; `mutator` is the calling worker's.
pub(crate) unsafe fn leave_scheduler(
    save: *mut usize,
    mutator: &mut runtime::mutator::Mutator,
    to: *mut Fiber,
) {
    // SAFETY: as in `enter`.
    unsafe {
        (*to).attach(mutator);
        mutator.native_stack_base = (*to).switch.base;
        let sp = (*to).switch.sp;
        switch::switch(save, sp);
    }
}

/// Copies `count` values from `from` into the window of the native call that waits in `to`, as its results, behind `true`
/// if it wants that.
///
/// # Errors
/// The values do not fit: the text of the error.
///
/// # Safety
/// `to` is a fiber that waits in a resume or a yield; the values are initialised and lie outside its window.
#[inline(always)]
pub(crate) unsafe fn deliver(to: *mut Fiber, from: *const Word, count: u32) -> Result<(), &'static str> {
    // SAFETY: promised by the caller; `place_results` gives room for all words.
    unsafe {
        let shift = u32::from((*to).switch.wants_true);
        let total = count as usize + shift as usize;
        let window = (*to).switch.waiting.window();
        let out = if (*to).has_room(window, total) { window } else { place_results_slow(to, total)? };
        if shift != 0 {
            (*out).store(Value::TRUE);
        }
        let out = out.add(shift as usize);
        if count == 1 {
            (*out).store((*from).load());
        } else {
            copy_values(out, from, count);
        }
        (*to).switch.count = count + shift;
        Ok(())
    }
}

/// Out of line: the loop is unrolled, which costs more than it gives for the usual single value.
#[inline(never)]
unsafe fn copy_values(out: *mut Word, from: *const Word, count: u32) {
    for i in 0..count as usize {
        // SAFETY: as the caller of `deliver` says.
        unsafe { (*out.add(i)).store((*from.add(i)).load()) };
    }
}

#[cold]
#[inline(never)]
unsafe fn place_results_slow(to: *mut Fiber, total: usize) -> Result<*mut Word, &'static str> {
    if total > crate::fiber::RESULTS_MAX {
        return Err("too many results to unpack");
    }
    // SAFETY: the caller of `deliver` names a fiber that waits.
    let to = unsafe { &mut *to };
    to.reserve_results(to.switch.waiting, total).map_err(|_| "stack overflow")
}

impl Fiber {
    /// The results that the other side left, as those of the native call that waited for them.
    #[inline(always)]
    pub(crate) fn received(&self) -> Results {
        Results(self.switch.count)
    }

    /// Takes the error that a native call or a body left.
    pub(crate) fn take_error(&mut self) -> Value {
        std::mem::replace(&mut self.error, Value::NIL)
    }
}

// ---- native stack -------------------------------------------------------------------------------------------------

/// Runs `f` where at least [`NATIVE_ROOM_BYTES`] of native stack are free: here, or on a further piece.
///
/// # Errors
/// What `f` gives; `stack overflow` if there can be no further piece.
#[inline(always)]
pub fn with_native_room<R>(
    fiber: &mut Fiber,
    f: impl FnOnce(&mut Fiber) -> Result<R, Thrown>,
) -> Result<R, Thrown> {
    if switch::stack_pointer().wrapping_sub(fiber.switch.limit) >= NATIVE_ROOM_BYTES {
        f(fiber)
    } else {
        with_native_room_slow(fiber, f)
    }
}

/// Whether [`NATIVE_ROOM_BYTES`] of native stack are free here.
pub(crate) fn has_native_room(fiber: &Fiber) -> bool {
    switch::stack_pointer().wrapping_sub(fiber.switch.limit) >= NATIVE_ROOM_BYTES
}

/// Runs `f` where at least `bytes` of native stack are free, for work that recurses deeper than native functions do.
/// `None`: there can be no further piece, and `f` has not run.
pub fn with_native_bytes<R>(fiber: &mut Fiber, bytes: usize, f: impl FnOnce(&mut Fiber) -> R) -> Option<R> {
    if switch::stack_pointer().wrapping_sub(fiber.switch.limit) >= bytes {
        Some(f(fiber))
    } else {
        on_new_piece(fiber, bytes, f)
    }
}

#[cold]
#[inline(never)]
fn with_native_room_slow<R, F: FnOnce(&mut Fiber) -> Result<R, Thrown>>(
    fiber: &mut Fiber,
    f: F,
) -> Result<R, Thrown> {
    match on_new_piece(fiber, NATIVE_ROOM_BYTES, f) {
        Some(result) => result,
        None => Err(fiber.error("stack overflow")),
    }
}

/// What travels to the new piece and back.
struct Crossing<F, R> {
    fiber: *mut Fiber,
    function: Option<F>,
    result: Option<Result<R, Box<dyn Any + Send>>>,
}

/// Runs `f` on a further piece with at least `bytes` free. `None`: there can be none.
fn on_new_piece<R, F: FnOnce(&mut Fiber) -> R>(fiber: &mut Fiber, bytes: usize, f: F) -> Option<R> {
    let depth = fiber.switch.pieces.len();
    if depth >= PIECES_MAX {
        return None;
    }
    // The guard and the frame of `cross` come off the piece's size.
    let bytes = (NATIVE_CHUNK_BYTES << depth.min(4)).max(bytes + NATIVE_ROOM_BYTES);
    let chunk = NativeChunk::allocate(bytes)?;
    let base = chunk.base();
    let state = &mut fiber.switch;
    state.pieces.push(Piece { sp: switch::stack_pointer(), base: state.base, limit: state.limit });
    state.base = base;
    state.set_limit(chunk.limit());
    state.chunks.push(chunk);
    fiber.mutator().native_stack_base = base;

    // SAFETY: the piece was pushed above.
    let save = unsafe { &raw mut (*fiber.switch.pieces.as_mut_ptr().add(depth)).sp };
    let at: *mut Fiber = fiber;
    let mut crossing = Crossing { fiber: at, function: Some(f), result: None };
    // SAFETY: the chunk is new; `cross` catches panics; the vector does not change while the pointer is written, which is
    // before `cross` runs.
    unsafe { switch::call_on(save, base, cross::<R, F>, (&raw mut crossing).cast()) };

    let state = &mut fiber.switch;
    if let Some(piece) = state.pieces.pop() {
        state.base = piece.base;
        state.set_limit(piece.limit);
    }
    state.chunks.pop();
    let base = state.base;
    // The fiber may have changed its worker meanwhile.
    fiber.mutator().native_stack_base = base;
    match crossing.result {
        Some(Ok(result)) => Some(result),
        Some(Err(panic)) => resume_unwind(panic),
        None => unreachable!("the call on the new piece has returned"),
    }
}

unsafe extern "C" fn cross<R, F: FnOnce(&mut Fiber) -> R>(data: *mut ()) {
    // SAFETY: `on_new_piece` passes its crossing and waits for this to return.
    let crossing = unsafe { &mut *data.cast::<Crossing<F, R>>() };
    if let Some(f) = crossing.function.take() {
        let fiber = crossing.fiber;
        // SAFETY: the fiber runs here while the frame that holds the reference waits.
        crossing.result = Some(catch_unwind(AssertUnwindSafe(|| f(unsafe { &mut *fiber }))));
    }
}

/// The error value's text for a panic that was caught at the bottom of a fiber.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let what = panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown panic".to_string());
    format!("internal error: {what}")
}

// ---- tracing ------------------------------------------------------------------------------------------------------

/// Traces a fiber that does not run. Skipped in a minor collection if it was traced since it stopped.
///
/// # Safety
/// The fiber is alive and does not run, and no mutator runs.
pub(crate) unsafe fn trace_suspended(fiber: *const Fiber, marker: &mut Marker) {
    // SAFETY: promised by the caller.
    let fiber = unsafe { &*fiber };
    let (state, number) = (&fiber.switch, marker.collection_number());
    let scanned = state.scanned.get();
    // What was traced after the fiber stopped refers to survivors only.
    if scanned == number || (marker.is_minor() && state.noted != u64::MAX && scanned > state.noted) {
        return;
    }
    state.scanned.set(number);
    trace_outer(fiber, marker);
    // SAFETY: the present piece is used from the published pointer to its base.
    unsafe { marker.scan_conservative(state.sp, state.base) };
}

/// Traces the fiber that runs, but for the present piece of its native stack, which the heap scans.
///
/// # Safety
/// The fiber is alive, and no mutator runs.
pub(crate) unsafe fn trace_running(fiber: *const Fiber, marker: &mut Marker) {
    // SAFETY: promised by the caller.
    trace_outer(unsafe { &*fiber }, marker);
}

fn trace_outer(fiber: &Fiber, marker: &mut Marker) {
    fiber.trace_own(marker);
    marker.visit(fiber.switch.owner);
    fiber.switch.held.trace(marker);
    for piece in &fiber.switch.pieces {
        // SAFETY: the piece is used from the pointer published when the next one was entered.
        unsafe { marker.scan_conservative(piece.sp, piece.base) };
    }
}
