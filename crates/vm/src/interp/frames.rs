//! Frames of the interpreter: how they begin, end, move to another chunk of the register stack, and are unwound.
//!
//! The layouts are drawn in `fiber.rs`. The interpreter handles plain frames itself; everything special comes here.

use crate::engine::Meta;
use crate::error::{NO_OPERAND, Thrown};
use crate::fiber::{
    FRAME_CHUNK, FRAME_ENTRY, FRAME_FLAGS, FRAME_SPECIAL, Fiber, NATIVE_DEPTH_MAX, Returned, SPECIAL_HEADER,
    STACK_SLACK,
};
use crate::native::WINDOW_HEADER;
use bytecode::ops::{Inst, Op};
use runtime::closure::{Closure, Native};
use runtime::object::Word;
use runtime::record::Record;
use runtime::value::{Value, address_to_pointer, pointer_to_address};

/// "As many as there are", where a number of wanted results is given.
pub(super) const MULTI: u32 = u32::MAX;

/// A raw word that is no value: a return address or a base.
#[inline(always)]
pub(super) fn raw<T>(p: *const T) -> Value {
    Value::from_bits(pointer_to_address(p))
}

/// Runs the callee in a window from native code, until it returns.
///
/// # Safety
/// As [`Fiber::call_window`]; the callee is not a native function.
pub(crate) unsafe fn enter(fiber: &mut Fiber, window: *mut Word, nargs: u32) -> Result<Returned, Thrown> {
    // SAFETY: as promised by the caller.
    nested(fiber, |fiber| unsafe { enter_here(fiber, window, nargs) })
}

/// Calls a native function from native code. Such calls count like those into scripts: `tostring` as a `__tostring`, or
/// `pcall` of `pcall` of `pcall`, recurse without a script frame between them.
///
/// # Safety
/// As [`Fiber::call_window`]; the callee is this function.
pub(crate) unsafe fn enter_native(
    fiber: &mut Fiber,
    native: Native,
    window: *mut Word,
    nargs: u32,
) -> Result<Returned, Thrown> {
    nested(fiber, |fiber| {
        // SAFETY: as promised by the caller.
        let count = unsafe { fiber.call_native(native, window, nargs) }?;
        Ok(fiber.returned(window, count))
    })
}

/// Runs a call from native code one level deeper, with room on the native stack.
#[inline(always)]
fn nested<R>(fiber: &mut Fiber, call: impl FnOnce(&mut Fiber) -> Result<R, Thrown>) -> Result<R, Thrown> {
    if fiber.native_depth >= NATIVE_DEPTH_MAX {
        return Err(stack_overflow(fiber));
    }
    fiber.native_depth += 1;
    let result = crate::switching::with_native_room(fiber, call);
    fiber.native_depth -= 1;
    result
}

unsafe fn enter_here(fiber: &mut Fiber, window: *mut Word, nargs: u32) -> Result<Returned, Thrown> {
    // SAFETY: the caller wrote the window; frames begun here follow the layouts of `fiber.rs`.
    unsafe {
        let mut nargs = nargs;
        if !(*window).load().is_function() {
            nargs = resolve_callee(fiber, window, nargs, NO_OPERAND)?;
            if Native::from_value((*window).load()).is_some() {
                return fiber.call_window(window, nargs);
            }
        }
        let (base, ip, depth) = (fiber.base, fiber.ip, fiber.depth);
        let new_base = begin(fiber, window, nargs, ip, base, FRAME_ENTRY)?;
        fiber.base = new_base;
        fiber.ip = Fiber::closure_at(new_base).function().code();
        fiber.top = std::ptr::null_mut();
        match super::run(fiber) {
            Ok(count) => Ok(fiber.returned(window, count)),
            Err(thrown) => {
                let thrown = unwind(fiber, thrown);
                fiber.base = base;
                fiber.ip = ip;
                fiber.depth = depth;
                Err(thrown)
            }
        }
    }
}

/// Replaces a callee that is not a function by the function that handles its call, with the called values in front of the
/// arguments. Gives the new number of arguments.
///
/// # Safety
/// The window's callee and arguments are written, and `STACK_SLACK` words are free behind them.
pub(super) unsafe fn resolve_callee(
    fiber: &mut Fiber,
    window: *mut Word,
    nargs: u32,
    operand: u16,
) -> Result<u32, Thrown> {
    // SAFETY: promised by the caller; the chain is bounded below the slack.
    unsafe {
        let callee = (*window).load();
        let Some((function, front)) = fiber.resolve_call(callee) else {
            return Err(fiber.operand_error("call", callee, operand));
        };
        if front.len() > STACK_SLACK / 2 {
            return Err(fiber.error("'__call' chain too long"));
        }
        let args = window.add(WINDOW_HEADER);
        let shift = front.len();
        for i in (0..nargs as usize).rev() {
            (*args.add(i + shift)).store((*args.add(i)).load());
        }
        for (i, v) in front.iter().rev().enumerate() {
            (*args.add(i)).store(*v);
        }
        (*window).store(function);
        Ok(nargs + shift as u32)
    }
}

/// Begins a frame of the script closure in the window, of either layout. Gives its base.
///
/// # Safety
/// The window holds a closure and `nargs` arguments.
pub(super) unsafe fn begin(
    fiber: &mut Fiber,
    window: *mut Word,
    nargs: u32,
    return_ip: *const Inst,
    caller_base: *mut Word,
    flags: u64,
) -> Result<*mut Word, Thrown> {
    // SAFETY: room is checked before each write; the frame's words are initialised as the layouts say.
    unsafe {
        let closure = Closure::from_value_unchecked((*window).load());
        let function = closure.function();
        let (params, frame_size) = (function.params() as usize, function.frame_size() as usize);
        if fiber.depth >= fiber.depth_max {
            return Err(stack_overflow(fiber));
        }
        let n = nargs as usize;
        if !function.is_variadic() && fiber.has_room(window, WINDOW_HEADER + n.max(params) + frame_size) {
            let base = window.add(WINDOW_HEADER);
            (*window.add(1)).store(raw(return_ip));
            (*window.add(2)).store(Value::from_bits(pointer_to_address(caller_base) | flags));
            for i in n..params {
                (*base.add(i)).store(Value::NIL);
            }
            fiber.depth += 1;
            return Ok(base);
        }
        let extra = if function.is_variadic() { n.saturating_sub(params) } else { 0 };
        let header_at = WINDOW_HEADER + n;
        let in_place = fiber.has_room(window, header_at + SPECIAL_HEADER + frame_size);
        let (base, flags) = if in_place {
            (window.add(header_at + SPECIAL_HEADER), flags | FRAME_SPECIAL)
        } else {
            let low = fiber.push_chunk(extra + SPECIAL_HEADER + frame_size)?;
            for i in 0..extra {
                (*low.add(i)).store((*window.add(WINDOW_HEADER + params + i)).load());
            }
            (low.add(extra + SPECIAL_HEADER), flags | FRAME_SPECIAL | FRAME_CHUNK)
        };
        (*base.sub(5)).store(Value::int_unchecked(extra as i64));
        (*base.sub(4)).store(raw(window));
        (*base.sub(3)).store(closure.to_value());
        (*base.sub(2)).store(raw(return_ip));
        (*base.sub(1)).store(Value::from_bits(pointer_to_address(caller_base) | flags));
        for i in 0..params {
            let v = if i < n { (*window.add(WINDOW_HEADER + i)).load() } else { Value::NIL };
            (*base.add(i)).store(v);
        }
        fiber.depth += 1;
        Ok(base)
    }
}

/// Number of extra arguments of the frame and where they lie.
#[inline]
pub(super) unsafe fn extra_arguments(base: *mut Word) -> (*mut Word, usize) {
    // SAFETY: only variadic functions ask, and their frames have the special layout.
    unsafe {
        let n = (*base.sub(5)).load().small_int_payload() as usize;
        (base.sub(SPECIAL_HEADER + n), n)
    }
}

/// The number of results that the call instruction before `return_ip` wants, and where they go, counted from its window.
#[inline(always)]
pub(super) unsafe fn wanted(return_ip: *const Inst) -> u32 {
    // SAFETY: a return address follows the call instruction.
    let call = unsafe { *return_ip.sub(1) };
    if call.code() == Op::Call as u8 || call.code() == Op::CallMulti as u8 {
        call.c() as u32
    } else if call.code() == Op::RangeNext as u8 {
        call.x() as u32
    } else {
        MULTI
    }
}

/// Moves `n` results from `from` to the window at `to` and fills up with nil to `want`; sets `multi` if all are wanted.
#[inline(always)]
pub(super) unsafe fn deliver(fiber: &mut Fiber, from: *mut Word, n: usize, to: *mut Word, want: u32) {
    // SAFETY: the caller made sure of room at `to`; results move down or to another chunk, so copying upwards is safe.
    unsafe {
        if want == MULTI {
            for i in 0..n {
                (*to.add(i)).store((*from.add(i)).load());
            }
            fiber.multi = n as u32;
        } else {
            let want = want as usize;
            for i in 0..want.min(n) {
                (*to.add(i)).store((*from.add(i)).load());
            }
            for i in n..want {
                (*to.add(i)).store(Value::NIL);
            }
        }
    }
}

/// What the interpreter goes on with after a return.
pub(super) enum After {
    /// The caller's frame, which is now the fiber's `base` and `ip`.
    Resume,
    /// The interpreter was entered for this call: it gave this many results.
    Leave(u32),
}

/// Ends the running frame, of any layout, with `n` results at `from`.
///
/// # Errors
/// `stack overflow`, raised in the caller, if the caller's frame cannot be given room for the results.
///
/// # Safety
/// `base` is the running frame's.
pub(super) unsafe fn finish(
    fiber: &mut Fiber,
    base: *mut Word,
    from: *mut Word,
    n: usize,
) -> Result<After, Thrown> {
    // SAFETY: the words below the base are the frame's links.
    unsafe {
        let info = (*base.sub(1)).load().bits();
        let return_ip = address_to_pointer::<Inst>((*base.sub(2)).load().bits());
        let caller_base = address_to_pointer::<Word>(info & !FRAME_FLAGS);
        let window = if info & FRAME_SPECIAL != 0 {
            address_to_pointer::<Word>((*base.sub(4)).load().bits())
        } else {
            base.sub(WINDOW_HEADER)
        };
        fiber.depth -= 1;
        let want = if info & FRAME_ENTRY != 0 { MULTI } else { wanted(return_ip) };
        if info & FRAME_CHUNK != 0 {
            // The chunk ends with the frame: results are kept aside until the caller has room for them.
            fiber.result_area.clear();
            for i in 0..n {
                let v = (*from.add(i)).load();
                fiber.result_area.push(v);
            }
            fiber.pop_chunks_above(window);
            fiber.base = caller_base;
            fiber.ip = return_ip;
            if info & FRAME_ENTRY != 0 {
                return Ok(After::Leave(fiber.leave_results(window, n)));
            }
            let mut to = window;
            if want == MULTI && !fiber.has_room(window, n) {
                let offset = window.offset_from(caller_base) as usize;
                fiber.top = std::ptr::null_mut();
                relocate(fiber, offset + n)?;
                to = fiber.base.add(offset);
            }
            let from = fiber.result_area.as_mut_ptr().cast::<Word>();
            deliver(fiber, from, n, to, want);
            return Ok(After::Resume);
        }
        fiber.base = caller_base;
        fiber.ip = return_ip;
        deliver(fiber, from, n, window, want);
        Ok(if info & FRAME_ENTRY != 0 { After::Leave(n as u32) } else { After::Resume })
    }
}

/// Moves the running script frame to a new chunk with room for `words` registers. Its base changes: the fiber's `base`.
///
/// # Safety
/// `fiber.base` is the running frame's base and nothing above the frame is in use but the `words` registers.
pub(super) unsafe fn relocate(fiber: &mut Fiber, words: usize) -> Result<(), Thrown> {
    // SAFETY: the new chunk has room for what is copied; the old words stay readable until the frame ends.
    unsafe {
        let base = fiber.base;
        let info = (*base.sub(1)).load().bits();
        let closure = Fiber::closure_at(base);
        let frame_size = closure.function().frame_size() as usize;
        let (window, extra) = if info & FRAME_SPECIAL != 0 {
            let window = address_to_pointer::<Word>((*base.sub(4)).load().bits());
            (window, (*base.sub(5)).load().small_int_payload() as usize)
        } else {
            (base.sub(WINDOW_HEADER), 0)
        };
        let used = fiber.used_words(base).min(words.max(frame_size));
        let low = fiber.push_chunk(extra + SPECIAL_HEADER + words.max(frame_size))?;
        let new_base = low.add(extra + SPECIAL_HEADER);
        for i in 0..extra {
            (*low.add(i)).store((*base.sub(SPECIAL_HEADER + extra - i)).load());
        }
        (*new_base.sub(5)).store(Value::int_unchecked(extra as i64));
        (*new_base.sub(4)).store(raw(window));
        (*new_base.sub(3)).store(closure.to_value());
        (*new_base.sub(2)).store((*base.sub(2)).load());
        (*new_base.sub(1)).store(Value::from_bits(info | FRAME_SPECIAL | FRAME_CHUNK));
        for i in 0..used {
            (*new_base.add(i)).store((*base.add(i)).load());
        }
        fiber.base = new_base;
        Ok(())
    }
}

/// Pops the frames down to and with the one that entered the interpreter, running their deferred calls.
fn unwind(fiber: &mut Fiber, thrown: Thrown) -> Thrown {
    let mut thrown = thrown;
    loop {
        // SAFETY: frames above the entry frame are the interpreter's, linked as the layouts say.
        let entry = unsafe {
            thrown = run_defers_of_frame(fiber, thrown);
            pop_frame(fiber)
        };
        if entry {
            return thrown;
        }
    }
}

unsafe fn run_defers_of_frame(fiber: &mut Fiber, thrown: Thrown) -> Thrown {
    // SAFETY: the base is a frame's, whose registers include the defer register.
    unsafe {
        fiber.top = std::ptr::null_mut();
        let function = Fiber::closure_at(fiber.base).function();
        let Some(reg) = function.proto_ref().defer_reg else { return thrown };
        if fiber.ip == function.code() {
            // Raised at the safepoint on entry: the first instruction would have cleared the register.
            return thrown;
        }
        let list = fiber.base.add(reg as usize);
        if (*list).load().is_nil() || fiber.is_terminating() {
            return thrown;
        }
        match run_defers(fiber, list) {
            Ok(()) => thrown,
            Err(newer) => newer,
        }
    }
}

/// Pops the fiber's innermost frame; gives whether it entered the interpreter.
unsafe fn pop_frame(fiber: &mut Fiber) -> bool {
    // SAFETY: the words below the base are the frame's links.
    unsafe {
        let base = fiber.base;
        let info = (*base.sub(1)).load().bits();
        fiber.ip = address_to_pointer::<Inst>((*base.sub(2)).load().bits());
        fiber.base = address_to_pointer::<Word>(info & !FRAME_FLAGS);
        fiber.depth -= 1;
        if info & FRAME_CHUNK != 0 {
            let window = address_to_pointer::<Word>((*base.sub(4)).load().bits());
            fiber.pop_chunks_above(window);
        }
        info & FRAME_ENTRY != 0
    }
}

/// Ends all frames of a suspended coroutine that is being closed, running their deferred calls on its own stack.
///
/// # Errors
/// The last error that a deferred call raised.
pub(crate) fn close_frames(fiber: &mut Fiber) -> Result<(), Thrown> {
    let mut outcome = Ok(());
    while !fiber.base.is_null() {
        // A native function that called something in a chunk of its own is not there any more to end it.
        fiber.pop_chunks_above(fiber.base);
        // SAFETY: the frames are linked as the layouts say, down to a null base.
        unsafe {
            fiber.top = std::ptr::null_mut();
            if let Some(reg) = Fiber::closure_at(fiber.base).function().proto_ref().defer_reg {
                let list = fiber.base.add(reg as usize);
                if let Err(e) = run_defers(fiber, list) {
                    outcome = Err(e);
                }
            }
            pop_frame(fiber);
        }
    }
    outcome
}

/// Runs the deferred calls in a defer register, last first; all run, and the last error counts. An error that is on its way
/// stays in the fiber unless one of them replaces it.
///
/// # Safety
/// `list` is the defer register of the running frame.
pub(super) unsafe fn run_defers(fiber: &mut Fiber, list: *mut Word) -> Result<(), Thrown> {
    let mut outcome = Ok(());
    // A deferred call may catch errors of its own, which pass through the same places.
    let mut error = fiber.error;
    let mut traceback = fiber.traceback.take();
    // SAFETY: the register stays where it is while deferred calls run above the frame.
    while let Some(record) = Record::from_value(unsafe { (*list).load() }) {
        // SAFETY: as above.
        unsafe { (*list).store(record.get(1)) };
        // ROOTED: the values also lie in the record, which this frame's native stack keeps alive.
        let args: Vec<Value> = (2..record.len()).map(|i| record.get(i)).collect();
        if let Err(e) = fiber.call(record.get(0), &args) {
            outcome = Err(e);
            error = fiber.take_error();
            traceback = fiber.traceback.take();
            if fiber.is_terminating() {
                break;
            }
        }
        std::hint::black_box(record);
    }
    fiber.error = error;
    fiber.traceback = traceback;
    outcome
}

/// Whether `go` and `defer` may take it.
pub(super) fn is_callable(fiber: &Fiber, v: Value) -> bool {
    v.is_function() || (v.is_table() && fiber.metamethod(v, Meta::Call).is_some())
}

/// Raises `stack overflow`.
#[cold]
#[inline(never)]
fn stack_overflow(fiber: &mut Fiber) -> Thrown {
    fiber.error("stack overflow")
}

impl Fiber {
    /// Results at a window, or in the result area if they were put there because they did not fit.
    pub(crate) fn returned(&mut self, window: *mut Word, count: u32) -> Returned {
        Returned::new(self.results_at(window, count), count)
    }

    /// Puts results from the result area into the window if they fit, else leaves them where they are.
    unsafe fn leave_results(&mut self, window: *mut Word, n: usize) -> u32 {
        if self.has_room(window, n) {
            for i in 0..n {
                // SAFETY: there is room for `n` words.
                unsafe { (*window.add(i)).store(self.result_area[i]) };
            }
        }
        n as u32
    }

    /// Ends chunks until the current one holds this word.
    pub(crate) fn pop_chunks_above(&mut self, word: *mut Word) {
        while self.chunks.len() > 1 && !self.chunks.last().is_some_and(|c| c.low() <= word && word < c.high())
        {
            self.pop_chunk();
        }
    }

    /// Words from `base` to the end of its chunk.
    fn used_words(&self, base: *mut Word) -> usize {
        self.chunks
            .iter()
            .rev()
            .find(|c| c.low() <= base && base <= c.high())
            .map_or(0, |c| (c.high() as usize - base as usize) / 8)
    }
}
