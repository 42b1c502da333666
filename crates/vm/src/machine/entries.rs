//! What stubs of machine code call: calls of what is not compiled, exits, errors.
//!
//! The entry protocol: the caller has written callee, return address, its own base and the arguments into the call window;
//! `base` is the address of the first argument. Nothing is published: it is read from the window. The results come back as
//! machine code gives them: the first in a register, the others in the window. Where a call wants all results and there is
//! no room for them there, `Fiber::landing` says where they lie instead, and machine code calls [`adopt_results`], which
//! moves its frame to where there is room.

use crate::error::Thrown;
use crate::fiber::{FRAME_ENTRY, FRAME_MOVED, FRAME_PLAIN, FRAME_SPECIAL, Fiber, native_def};
use crate::interp::frames::{self, Links, MULTI, OPERAND};
use crate::machine::{DELIVERED, Outcome, sites};
use crate::native::{Args, NativeResult, Prepared, WINDOW_HEADER};
use crate::switching::{has_native_room, with_native_room};
use bytecode::ops::Inst;
use runtime::closure::{Closure, Native};
use runtime::object::Word;
use runtime::value::{Value, address_to_pointer, pointer_to_address};
use std::sync::atomic::Ordering::Relaxed;

/// Calls the closure in a window for the published frame, in whatever tier; gives the number of its results.
///
/// # Safety
/// The window holds a closure and `nargs` arguments.
unsafe fn call_closure(fiber: &mut Fiber, window: *mut Word, nargs: u32) -> Result<u32, Thrown> {
    // SAFETY: promised by the caller.
    with_native_room(fiber, |fiber| unsafe { frames::enter_closure(fiber, window, nargs) })
}

/// Calls what a window holds for the published frame; gives the number of its results, which are where
/// [`Fiber::results_at`] says.
///
/// # Safety
/// The window lies in the frame, with callee and `nargs` arguments written.
pub(super) unsafe fn call_in_frame(fiber: &mut Fiber, window: *mut Word, nargs: u32) -> Result<u32, Thrown> {
    // SAFETY: promised by the caller.
    unsafe {
        let mut nargs = nargs;
        loop {
            let callee = (*window).load();
            if Closure::from_value(callee).is_some() {
                return call_closure(fiber, window, nargs);
            }
            if let Some(native) = Native::from_value(callee) {
                if let Some(quick) = native_def(native).quick {
                    let v = quick(Args::new(window.add(WINDOW_HEADER), nargs));
                    if v != Value::MARK {
                        (*window).store(v);
                        return Ok(1);
                    }
                }
                let result = fiber.call_native(native, window, nargs);
                fiber.top = std::ptr::null_mut();
                return result;
            }
            nargs = frames::resolve_callee(fiber, window, nargs, 0)?;
        }
    }
}

/// Publishes the caller of a window by the entry protocol.
unsafe fn publish_caller(fiber: &mut Fiber, window: *mut Word) {
    // SAFETY: the caller has written the window.
    unsafe {
        sites::settle_links(window.add(WINDOW_HEADER));
        fiber.ip = address_to_pointer::<Inst>((*window.add(1)).load().bits());
        fiber.base = address_to_pointer::<Word>((*window.add(2)).load().bits());
        fiber.top = std::ptr::null_mut();
    }
}

/// The outcome of a call by the entry protocol, whose results are where [`Fiber::results_at`] says.
#[inline(always)]
unsafe fn results(fiber: &mut Fiber, window: *mut Word, result: Result<u32, Thrown>) -> Outcome {
    let Ok(n) = result else { return Outcome::ERROR };
    // SAFETY: the results are initialised; the caller is published, and wants as many as the instruction before `ip` says.
    unsafe {
        let from = fiber.results_at(window, n);
        if from != window {
            sites::settle_position(fiber);
            leave(fiber, window, from, n, frames::wanted(fiber.ip));
        }
        Outcome::results(if n > 0 { (*from).load() } else { Value::NIL }, n)
    }
}

/// Leaves results that have no room in a window: there as many as are wanted; if all are, where they lie.
unsafe fn leave(fiber: &mut Fiber, window: *mut Word, from: *mut Word, n: u32, want: u32) {
    if want == MULTI {
        fiber.landing = from;
        return;
    }
    let want = if want == OPERAND { 1 } else { want };
    for i in 0..want.min(n) as usize {
        // SAFETY: a window has room for the results that its call wants.
        unsafe { (*window.add(i)).store((*from.add(i)).load()) };
    }
}

/// The results of a moved frame that has ended are where [`Fiber::results_at`] says: gives that address, and tells whoever
/// would not find them.
pub(super) unsafe fn land(fiber: &mut Fiber, links: &Links, n: u32) -> *mut Word {
    let at = fiber.results_at(links.window, n);
    if links.is_special() {
        // Rust code waits for the frame, and must know that it has ended.
        fiber.landing = at;
    } else if at != links.window {
        // SAFETY: as for `leave`.
        unsafe { leave(fiber, links.window, at, n, links.wanted()) };
    }
    at
}

/// Runs `relocate`, and marks the frame as one that moved while compiled code ran it.
pub(super) unsafe fn mark_moved(
    fiber: &mut Fiber,
    relocate: impl FnOnce(&mut Fiber) -> Result<(), Thrown>,
) -> Result<(), Thrown> {
    // SAFETY: the published base is a frame's, before and after.
    unsafe {
        sites::settle_links(fiber.base);
        let before = (*fiber.base.sub(1)).load().bits();
        relocate(fiber)?;
        let info = fiber.base.sub(1);
        let plain = if before & FRAME_SPECIAL == 0 { FRAME_PLAIN } else { 0 };
        (*info).store(Value::from_bits((*info).load().bits() | FRAME_MOVED | plain));
    }
    Ok(())
}

/// Calls a closure that is not compiled: where `entry` of its function leads.
///
/// # Safety
/// The entry protocol; the callee is a closure.
pub unsafe extern "C" fn interpret(fiber: *mut Fiber, base: *mut Word, nargs: u32) -> Outcome {
    // SAFETY: promised by the caller.
    unsafe {
        let fiber = &mut *fiber;
        let window = base.sub(WINDOW_HEADER);
        publish_caller(fiber, window);
        if (*fiber.poll).load(Relaxed) != 0
            && let Err(thrown) = crate::safepoint::poll_slow(fiber)
        {
            return results(fiber, window, Err(thrown));
        }
        let result = call_closure(fiber, window, nargs);
        results(fiber, window, result)
    }
}

/// Calls a compiled closure whose frame cannot begin where it would: there is no room on one of the stacks, or its function
/// takes extra arguments.
///
/// # Safety
/// As [`interpret`].
pub unsafe extern "C" fn enter_slow(fiber: *mut Fiber, base: *mut Word, nargs: u32) -> Outcome {
    // SAFETY: promised by the caller.
    unsafe {
        if is_too_deep(&mut *fiber, base) {
            let _ = (*fiber).error("stack overflow");
            return Outcome::ERROR;
        }
        interpret(fiber, base, nargs)
    }
}

/// Whether a call that needs a further piece of native stack is one of too many. Machine code does not count its calls, so
/// they are counted where there are many pieces already; each is as large as those before it together, or of the largest
/// size. Publishes the caller.
unsafe fn is_too_deep(fiber: &mut Fiber, base: *mut Word) -> bool {
    if has_native_room(fiber) || fiber.switch.piece_count() < COUNTED_PIECES {
        return false;
    }
    // SAFETY: the entry protocol.
    unsafe { publish_caller(fiber, base.sub(WINDOW_HEADER)) };
    let mut count = 0;
    fiber.walk_frames(|_, _| {
        count += 1;
        count < fiber.depth_max
    });
    count >= fiber.depth_max
}

/// Further pieces of native stack from which on calls are counted.
const COUNTED_PIECES: usize = 1;

/// Makes a call again that machine code has begun and cannot go on with: the arguments are in the window.
///
/// # Safety
/// The entry protocol, but for the callee: the site may know it.
pub unsafe fn call_again(fiber: *mut Fiber, base: *mut Word, nargs: u32) -> Outcome {
    // SAFETY: promised by the caller.
    unsafe {
        sites::settle_links(base);
        enter_slow(fiber, base, nargs)
    }
}

/// What a variadic function has given whose frame has ended elsewhere than in its code, or in a chunk of its own. `base` is the
/// address behind the header of the call's window, `status` that of the code.
///
/// # Safety
/// The window's links are as its caller wrote them; the results are where [`Fiber::results_at`] says.
pub(super) unsafe fn variadic_results(fiber: &mut Fiber, base: *mut Word, status: i64) -> Outcome {
    // SAFETY: promised by the caller.
    unsafe {
        let window = base.sub(WINDOW_HEADER);
        fiber.landing = std::ptr::null_mut();
        // Results in the window lie over its links, and then nobody asks for them.
        if fiber.results_at(window, status as u32) != window {
            publish_caller(fiber, window);
        }
        results(fiber, window, Ok(status as u32))
    }
}

/// Calls any value.
///
/// # Safety
/// The entry protocol.
pub unsafe extern "C" fn call_slow(fiber: *mut Fiber, base: *mut Word, nargs: u32) -> Outcome {
    // SAFETY: promised by the caller.
    unsafe {
        let fiber = &mut *fiber;
        let window = base.sub(WINDOW_HEADER);
        publish_caller(fiber, window);
        let result = call_in_frame(fiber, window, nargs);
        results(fiber, window, result)
    }
}

/// Calls the native function in a window, for the frame that is published.
///
/// # Safety
/// `base` is the window's first argument; callee and arguments are written.
pub unsafe extern "C" fn call_native(fiber: *mut Fiber, base: *mut Word, nargs: u32) -> Outcome {
    // SAFETY: promised by the caller.
    unsafe {
        let fiber = &mut *fiber;
        let window = base.sub(WINDOW_HEADER);
        let native = Native::from_value_unchecked((*window).load());
        let result = fiber.call_native(native, window, nargs);
        fiber.top = std::ptr::null_mut();
        results(fiber, window, result)
    }
}

/// Calls what the native function in a window has prepared, for the frame that is published.
///
/// # Safety
/// As [`call_native`]; `prepared` lives as long as the code that calls this.
pub unsafe extern "C" fn call_prepared(
    fiber: *mut Fiber,
    base: *mut Word,
    nargs: u32,
    prepared: *const Box<dyn Prepared>,
) -> Outcome {
    // SAFETY: promised by the caller.
    unsafe {
        let fiber = &mut *fiber;
        fiber.top = base.add(nargs as usize);
        let args = Args::new(base, nargs);
        let result = (*prepared).call(fiber, args);
        fiber.top = std::ptr::null_mut();
        native_results(fiber, args, result)
    }
}

/// The outcome of a native function that machine code called, for the frame that is published.
///
/// # Safety
/// The results are where the function was to leave them.
pub(super) unsafe fn native_results(fiber: &mut Fiber, args: Args, result: NativeResult) -> Outcome {
    // SAFETY: promised by the caller.
    unsafe { results(fiber, args.window(), result.map(|r| r.0)) }
}

/// Gives the published frame room for the `multi` results of a call with its window at register `window`, which lie where
/// `landing` says, and moves them there. The value is the frame's new base.
///
/// # Safety
/// The fiber's `landing` is not null.
pub unsafe extern "C" fn adopt_results(fiber: *mut Fiber, window: u32) -> Outcome {
    // SAFETY: promised by the caller.
    unsafe {
        let fiber = &mut *fiber;
        fiber.top = std::ptr::null_mut();
        sites::settle_position(fiber);
        let from = std::mem::replace(&mut fiber.landing, std::ptr::null_mut());
        let n = fiber.multi as usize;
        let words = window as usize + n;
        if mark_moved(fiber, |fiber| frames::relocate(fiber, words)).is_err() {
            return Outcome::ERROR;
        }
        let to = fiber.base.add(window as usize);
        frames::deliver(fiber, from, n, to, MULTI);
        Outcome { value: pointer_to_address(fiber.base), status: 0 }
    }
}

/// Ends a frame with the flag `FRAME_MOVED`, for compiled code that returns `n` results, at most 4, which it holds: gives
/// the base with which it goes on, as if it had had it all the time.
///
/// # Safety
/// `base` is the running frame's.
pub unsafe extern "C" fn finish_moved(fiber: *mut Fiber, base: *mut Word, n: u32) -> *mut Word {
    // SAFETY: promised by the caller.
    unsafe {
        let fiber = &mut *fiber;
        let links = Links::of(base);
        fiber.pop_chunks_above(links.window);
        if !fiber.has_room(links.window, n as usize) {
            fiber.result_area.clear();
            fiber.result_area.resize(n as usize, Value::NIL);
        }
        // A window has room for so few results even where there is none for the slack behind them.
        let at = if links.is_special() || links.is_entry() { land(fiber, &links, n) } else { links.window };
        at.wrapping_add(WINDOW_HEADER)
    }
}

/// Passes on an error: pops the frames from the published one down to and with the one at `root_base`, running their
/// deferred calls.
///
/// # Safety
/// The frames are linked; an error is on its way.
pub unsafe extern "C" fn throw_frames(fiber: *mut Fiber, root_base: *mut Word) -> Outcome {
    // SAFETY: promised by the caller.
    unsafe {
        let fiber = &mut *fiber;
        sites::settle_position(fiber);
        let mut thrown = Thrown::passed_on();
        loop {
            let base = fiber.base;
            thrown = frames::run_defers_of_frame(fiber, thrown);
            frames::pop_frame(fiber);
            if base == root_base {
                break;
            }
            assert!(!fiber.base.is_null(), "the root frame is below the others");
        }
        Outcome::ERROR
    }
}

/// Catches the error that a call by machine code has given, for a `pcall`: the calling frame is the innermost one and
/// published. The value is the error's; the status is negative if nothing catches it.
///
/// # Safety
/// As said; `depth` was the number of active calls before.
pub unsafe extern "C" fn catch_error(fiber: *mut Fiber, depth: u32) -> Outcome {
    // SAFETY: promised by the caller.
    let fiber = unsafe { &mut *fiber };
    fiber.top = std::ptr::null_mut();
    fiber.depth = depth;
    fiber.pop_chunks_above(fiber.base);
    let error = fiber.take_error();
    match fiber.pass_on_termination(error) {
        Some(_) => Outcome::ERROR,
        None => Outcome { value: error.bits(), status: 0 },
    }
}

/// The error of a `pcall` by machine code, for the published frame, where too many calls from native functions are active.
///
/// # Safety
/// The fiber runs in the code that calls this.
pub unsafe extern "C" fn refuse_call(fiber: *mut Fiber) -> Outcome {
    // SAFETY: promised by the caller.
    let fiber = unsafe { &mut *fiber };
    fiber.top = std::ptr::null_mut();
    sites::settle_position(fiber);
    // The handler is that of the `pcall`.
    fiber.handlers += 1;
    let _ = fiber.error("stack overflow");
    fiber.handlers -= 1;
    Outcome { value: fiber.take_error().bits(), status: 0 }
}

/// Where code was left behind a call because of the number of its results, and there was no room for them: moves them and
/// the published frame to where there is, as the call in the interpreter would have.
unsafe fn take_landed(fiber: &mut Fiber) -> Result<(), Thrown> {
    if fiber.landing.is_null() {
        return Ok(());
    }
    let from = std::mem::replace(&mut fiber.landing, std::ptr::null_mut());
    let n = fiber.multi as usize;
    // SAFETY: the frame goes on behind the call, whose window is in it.
    unsafe {
        let window = (*fiber.ip.sub(1)).a() as usize;
        frames::relocate(fiber, window + n)?;
        let to = fiber.base.add(window);
        frames::deliver(fiber, from, n, to, MULTI);
    }
    Ok(())
}

/// Goes on in the interpreter after an exit, until the frame at `root_base` returns: frames are written, the innermost one
/// is published at the instruction to go on with.
///
/// # Safety
/// As said.
pub unsafe extern "C" fn resume_after_exit(fiber: *mut Fiber, root_base: *mut Word) -> Outcome {
    // SAFETY: promised by the caller.
    unsafe {
        let fiber = &mut *fiber;
        fiber.top = std::ptr::null_mut();
        let links = Links::of(root_base);
        let info = root_base.sub(1);
        (*info).store(Value::from_bits((*info).load().bits() | FRAME_ENTRY));
        // The frames did not count while machine code ran them; the inlined ones do already.
        let mut inlined = 0;
        let mut base = fiber.base;
        while base != root_base {
            base = Links::of(base).caller_base;
            inlined += 1;
        }
        let depth = fiber.depth.saturating_sub(inlined);
        fiber.depth += 1;
        let result = with_native_room(fiber, |fiber| {
            match take_landed(fiber).and_then(|()| crate::interp::run(fiber)) {
                Ok(n) => Ok(n),
                Err(thrown) => {
                    let _ = frames::unwind(fiber, thrown);
                    Ok(u32::MAX)
                }
            }
        });
        fiber.depth = depth;
        let n = match result {
            Ok(u32::MAX) => return Outcome::ERROR,
            Ok(n) => n,
            // There was no room to run: the frames are still there.
            Err(thrown) => {
                let _ = frames::unwind(fiber, thrown);
                fiber.depth = depth;
                return Outcome::ERROR;
            }
        };
        let from = fiber.results_at(links.window, n);
        let first = if n > 0 { (*from).load() } else { Value::NIL };
        let mut outcome = Outcome::results(first, n);
        if links.is_special() {
            outcome.status |= DELIVERED;
        } else if from != links.window {
            leave(fiber, links.window, from, n, links.wanted());
        }
        outcome
    }
}
