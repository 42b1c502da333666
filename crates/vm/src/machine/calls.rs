//! Calls from Rust code, the interpreter above all, into machine code.
//!
//! Whoever runs machine code begins the frame first, in whatever layout, reads its links, and enters by the stub that the
//! tier has made. Machine code returns as if the frame were plain: first result in a register, the others from three words
//! below its base on, over the links. Where the frame was special, they are moved from there to where they belong. Two
//! things may have ended the frame before: the interpreter after an exit (`DELIVERED`), and code that runs a frame that was
//! moved (`Fiber::landing` is not null). Then the results are where [`Fiber::results_at`] says.
//!
//! On an error the frame is popped already, and so it must not be unwound again: `Fiber::is_unwound` says so where an entry
//! frame is concerned.

use crate::engine::Engine;
use crate::error::Thrown;
use crate::fiber::{FRAME_ENTRY, Fiber, NATIVE_DEPTH_MAX};
use crate::interp::frames::{self, After, Links};
use crate::machine::layout::INLINED_WORDS_MAX;
use crate::machine::{DELIVERED, LEFT, Outcome, feedback, sites};
use crate::native::WINDOW_HEADER;
use crate::switching::{self, NATIVE_ROOM_BYTES};
use runtime::closure::{Closure, Function};
use runtime::mutator::poll;
use runtime::object::Word;
use runtime::value::{TAG_INT, Value, pointer_to_address};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Looks at the function of a frame that has begun and is published, because its counter says so: counts, asks the tier,
/// and runs machine code if there is any. If there is none, the interpreter is to go on with the frame, which is published.
///
/// # Errors
/// What the function raises; its frame is gone then.
///
/// # Safety
/// The fiber's base is a frame of `function`, whose code begins at the fiber's `ip`.
#[inline(never)]
pub(crate) unsafe fn look_at(fiber: &mut Fiber, function: Function, nargs: u32) -> Result<After, Thrown> {
    if function.begun() == 0 {
        count_call(fiber, function);
    }
    // Where there is no room for the frames that are inlined, the interpreter runs all of them.
    let words = function.frame_size() as usize + INLINED_WORDS_MAX;
    let begun = if fiber.has_room(fiber.base, words) { function.begun() } else { 0 };
    // The safepoint that the interpreter has on entry. Code that finds a request on its own entry leaves to the interpreter,
    // and what that calls comes here: so requests to stop and to give way are served before code too. Collections are left
    // to allocations.
    // SAFETY: a running fiber has a poll word.
    let requests = unsafe { (*fiber.poll).load(Relaxed) };
    if requests != 0 && (begun == 0 || requests != poll::COLLECT) {
        crate::safepoint::poll_slow(fiber)?;
    }
    match begun {
        0 => Ok(After::Resume),
        // SAFETY: promised by the caller; `begun` is code for such a frame.
        code => unsafe { run_code(fiber, fiber.base, code, nargs) },
    }
}

/// Runs the entry frame that has begun and is published, in whatever tier; gives the number of its results.
///
/// # Safety
/// As [`look_at`]; the frame is an entry frame.
pub(crate) unsafe fn start(fiber: &mut Fiber, function: Function, nargs: u32) -> Result<u32, Thrown> {
    // SAFETY: promised by the caller.
    unsafe {
        match look_at(fiber, function, nargs)? {
            After::Resume => crate::interp::run(fiber),
            After::Leave(count) => Ok(count),
        }
    }
}

#[cold]
#[inline(never)]
fn count_call(fiber: &mut Fiber, function: Function) {
    let engine: *const Engine = Arc::as_ptr(&fiber.engine);
    // SAFETY: the fiber runs, so its engine lives.
    let machine = unsafe { &(*engine).machine };
    let calls = machine.calls();
    if calls == u32::MAX {
        function.set_counter(calls);
        return;
    }
    if function.counter() == 0 && calls > 1 {
        // This is the first call.
        function.set_counter(calls - 1);
        return;
    }
    let Some(tier) = machine.tier() else { return };
    function.set_counter(1);
    tier.hot_function(fiber, function);
    if function.begun() == 0 && function.counter() == 1 {
        function.set_counter(calls.max(1));
    }
}

/// Counts a backward jump of the running frame, which is published at the jump's target: one that stands for many. Gives
/// machine code that is to go on, if there is any.
///
/// # Safety
/// The fiber's base is a frame that is published.
#[cold]
#[inline(never)]
pub(crate) unsafe fn back_edge(fiber: &mut Fiber, feedback: &AtomicU64) -> Option<usize> {
    let engine: *const Engine = Arc::as_ptr(&fiber.engine);
    // SAFETY: the fiber runs, so its engine lives.
    let machine = unsafe { &(*engine).machine };
    let at_once = machine.jumps_at_once();
    fiber.jumps_left = at_once;
    let tier = machine.tier()?;
    let word = feedback.load(Relaxed);
    if at_once == u32::MAX || word >= TAG_INT {
        return None;
    }
    let rounds = feedback::rounds(word).saturating_add(at_once);
    let kinds = word & 0xFFFF_FFFF;
    if rounds < machine.loops() {
        feedback.store(kinds | u64::from(rounds) << 32, Relaxed);
        return None;
    }
    feedback.store(kinds, Relaxed);
    // SAFETY: promised by the caller: `ip` lies in the function's code.
    unsafe {
        let function = Fiber::closure_at(fiber.base).function();
        if !fiber.has_room(fiber.base, function.frame_size() as usize + INLINED_WORDS_MAX) {
            return None;
        }
        let pc = fiber.ip.offset_from(function.code()) as u32;
        let code = tier.hot_loop(fiber, function, pc);
        if code.is_some() {
            // The next time that the loop runs its code is entered at once.
            let kinds = feedback.load(Relaxed) & 0xFFFF_FFFF;
            feedback.store(kinds | u64::from(machine.loops()) << 32, Relaxed);
        }
        code
    }
}

/// What [`Fiber::call1`] does where a closure is called that has code, and nothing is unusual: all in one, as native
/// functions like `table.sort` make such calls by the million. `None`: something is, and nothing was done.
pub(crate) fn call_code(fiber: &mut Fiber, callee: Value, args: &[Value]) -> Option<Result<Value, Thrown>> {
    let function = Closure::from_value(callee)?.function();
    let code = function.begun();
    if code == 0 || function.is_variadic() {
        return None;
    }
    let enter = fiber.engine.machine.enter()?;
    sites::settle_position(fiber);
    let window = fiber.free_top();
    let count = args.len().max(function.params() as usize);
    let words = WINDOW_HEADER + count + function.frame_size() as usize + INLINED_WORDS_MAX;
    // SAFETY: a running fiber has a poll word.
    let requests = unsafe { (*fiber.poll).load(Relaxed) };
    if requests != 0
        || !fiber.has_room(window, words)
        || fiber.depth >= fiber.depth_max
        || fiber.native_depth >= NATIVE_DEPTH_MAX
        || !switching::has_native_room(fiber)
    {
        return None;
    }
    let before = (fiber.base, fiber.ip, fiber.top, fiber.depth);
    // SAFETY: there is room for the frame; its links are those of an entry frame.
    let outcome = unsafe {
        let base = window.add(WINDOW_HEADER);
        (*window).store(callee);
        (*window.add(1)).store(Value::from_bits(pointer_to_address(fiber.ip)));
        (*window.add(2)).store(Value::from_bits(pointer_to_address(fiber.base) | FRAME_ENTRY));
        for i in 0..count {
            (*base.add(i)).store(args.get(i).copied().unwrap_or(Value::NIL));
        }
        fiber.depth += 1;
        fiber.native_depth += 1;
        fiber.base = base;
        fiber.ip = function.code();
        fiber.top = std::ptr::null_mut();
        enter(fiber, base, code, args.len() as u32)
    };
    fiber.native_depth -= 1;
    fiber.landing = std::ptr::null_mut();
    (fiber.base, fiber.ip, fiber.top, fiber.depth) = before;
    Some(match outcome.status {
        ..0 => Err(Thrown::passed_on()),
        status if status as u32 == 0 => Ok(Value::NIL),
        _ => Ok(Value::from_bits(outcome.value)),
    })
}

/// Runs machine code in the frame at `base`, and goes back to the frame's caller.
///
/// # Errors
/// What the code raises; the frame is gone then, with the fiber's `is_unwound` set if it was an entry frame.
///
/// # Safety
/// The frame is the innermost one and published; `code` is machine code for it.
#[inline(never)]
pub(crate) unsafe fn run_code(
    fiber: &mut Fiber,
    base: *mut Word,
    code: usize,
    nargs: u32,
) -> Result<After, Thrown> {
    // SAFETY: promised by the caller.
    unsafe {
        let links = Links::of(base);
        let depth = fiber.depth;
        let outcome = match fiber.engine.machine.enter() {
            Some(enter) => switching::with_native_bytes(fiber, NATIVE_ROOM_BYTES, |fiber| {
                enter(fiber, base, code, nargs)
            }),
            None => None,
        };
        let Some(outcome) = outcome else {
            frames::pop_frame(fiber);
            let thrown = fiber.error("stack overflow");
            fiber.is_unwound = links.is_entry();
            return Err(thrown);
        };
        if outcome.status == LEFT {
            // The jump that comes next stands for many, as the loop was one: the loop around it is as hot.
            fiber.jumps_left = 1;
            return Ok(After::Resume);
        }
        fiber.depth = depth - 1;
        returned(fiber, base, &links, outcome)
    }
}

/// Goes back to the caller of a frame that machine code has ended.
unsafe fn returned(
    fiber: &mut Fiber,
    base: *mut Word,
    links: &Links,
    outcome: Outcome,
) -> Result<After, Thrown> {
    if outcome.status < 0 {
        fiber.is_unwound = links.is_entry();
        return Err(Thrown::passed_on());
    }
    let n = outcome.status as u32;
    let landing = std::mem::replace(&mut fiber.landing, std::ptr::null_mut());
    // SAFETY: the results are where the module's head says.
    unsafe {
        if !links.is_special() {
            if n > 0 {
                (*fiber.results_at(links.window, n)).store(Value::from_bits(outcome.value));
            }
            return frames::settle(fiber, links, n as usize);
        }
        if outcome.status & DELIVERED != 0 || !landing.is_null() {
            return frames::settle(fiber, links, n as usize);
        }
        let from = base.sub(crate::native::WINDOW_HEADER);
        if n > 0 {
            (*from).store(Value::from_bits(outcome.value));
        }
        frames::finish_linked(fiber, links, from, n as usize)
    }
}
