//! Frames of the interpreter: how they begin, end, move to another chunk of the register stack, and are unwound.
//!
//! The layouts are drawn in `fiber.rs`. The interpreter handles plain frames itself; everything special comes here.

use crate::engine::Meta;
use crate::error::{NO_OPERAND, Thrown};
use crate::fiber::{
    FRAME_CHUNK, FRAME_ENTRY, FRAME_FLAGS, FRAME_PLAIN, FRAME_SPECIAL, Fiber, NATIVE_DEPTH_MAX, Returned,
    SPECIAL_HEADER, STACK_SLACK,
};
use crate::machine::{calls, sites};
use crate::native::WINDOW_HEADER;
use bytecode::ops::{Inst, Op};
use runtime::closure::{Closure, Native};
use runtime::object::Word;
use runtime::record::Record;
use runtime::value::{Value, address_to_pointer, pointer_to_address};

/// "As many as there are", where a number of wanted results is given.
pub(crate) const MULTI: u32 = u32::MAX;
/// One result, which is that of the operator whose metamethod was called.
pub(crate) const OPERAND: u32 = u32::MAX - 1;

/// A raw word that is no value: a return address or a base.
#[inline(always)]
pub(crate) fn raw<T>(p: *const T) -> Value {
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
        let count = enter_closure(fiber, window, nargs)?;
        Ok(fiber.returned(window, count))
    }
}

/// Runs the closure in a window, in whatever tier, until it returns; gives the number of its results, which are where
/// `Fiber::results_at` says.
///
/// # Safety
/// The window holds a closure and `nargs` arguments; the caller's frame, if there is one, is published.
pub(crate) unsafe fn enter_closure(fiber: &mut Fiber, window: *mut Word, nargs: u32) -> Result<u32, Thrown> {
    // SAFETY: promised by the caller.
    unsafe {
        // The links of the new frame are those of its caller's frame, whatever called.
        sites::settle_position(fiber);
        let (base, ip, depth) = (fiber.base, fiber.ip, fiber.depth);
        let new_base = begin(fiber, window, nargs, ip, base, FRAME_ENTRY)?;
        let function = Fiber::closure_at(new_base).function();
        fiber.base = new_base;
        fiber.ip = function.code();
        fiber.top = std::ptr::null_mut();
        // Calls by native functions are safepoints too: recursion may go through them alone.
        let result = if let Err(thrown) = fiber.poll() {
            Err(thrown)
        } else if !fiber.is_observed {
            super::run(fiber)
        } else if function.counter() <= 1 {
            calls::start(fiber, function, nargs)
        } else {
            function.set_counter(function.counter() - 1);
            super::run(fiber)
        };
        result.map_err(|thrown| {
            let thrown = unwind(fiber, thrown);
            fiber.base = base;
            fiber.ip = ip;
            fiber.depth = depth;
            thrown
        })
    }
}

/// Replaces a callee that is not a function by the function that handles its call, with the called values in front of the
/// arguments. Gives the new number of arguments.
///
/// # Safety
/// The window's callee and arguments are written, and `STACK_SLACK` words are free behind them.
pub(crate) unsafe fn resolve_callee(
    fiber: &mut Fiber,
    window: *mut Word,
    nargs: u32,
    operand: u16,
) -> Result<u32, Thrown> {
    // SAFETY: promised by the caller; the chain is bounded below the slack.
    unsafe {
        let callee = (*window).load();
        let args = window.add(WINDOW_HEADER);
        let (mut v, mut count) = (callee, nargs);
        while !v.is_function() {
            let handler = if v.is_string() { None } else { fiber.metamethod(v, Meta::Call) };
            let Some(handler) = handler else {
                return Err(fiber.operand_error("call", callee, operand));
            };
            if (count - nargs) as usize >= STACK_SLACK / 2 {
                return Err(fiber.error("'__call' chain too long"));
            }
            for i in (0..count as usize).rev() {
                (*args.add(i + 1)).store((*args.add(i)).load());
            }
            (*args).store(v);
            count += 1;
            v = handler;
        }
        (*window).store(v);
        Ok(count)
    }
}

/// Begins a frame of the script closure in the window, of either layout. Gives its base.
///
/// # Safety
/// The window holds a closure and `nargs` arguments.
pub(crate) unsafe fn begin(
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
pub(crate) unsafe fn extra_arguments(base: *mut Word) -> (*mut Word, usize) {
    // SAFETY: only variadic functions ask, and their frames have the special layout.
    unsafe {
        let n = (*base.sub(5)).load().small_int_payload() as usize;
        (base.sub(SPECIAL_HEADER + n), n)
    }
}

/// The number of results that the call instruction before `return_ip` wants, and where they go, counted from its window.
#[inline(always)]
pub(crate) unsafe fn wanted(return_ip: *const Inst) -> u32 {
    // SAFETY: a return address follows the call instruction.
    let call = unsafe { *return_ip.sub(1) };
    if call.code() == Op::Call as u8 || call.code() == Op::CallMulti as u8 {
        call.c() as u32
    } else if call.code() == Op::RangeNext as u8 {
        call.x() as u32
    } else if call.op().is_arithmetic() || call.op().is_access_read() {
        // Its metamethod has a frame without native code between.
        OPERAND
    } else if call.op().is_access_write() {
        0
    } else {
        MULTI
    }
}

/// Moves `n` results from `from` to the window at `to` and fills up with nil to `want`; sets `multi` if all are wanted. The
/// caller is published where an operator may be it.
#[inline(always)]
pub(crate) unsafe fn deliver(fiber: &mut Fiber, from: *mut Word, n: usize, to: *mut Word, want: u32) {
    // SAFETY: the caller made sure of room at `to`; results move down or to another chunk, so copying upwards is safe.
    unsafe {
        if want == MULTI {
            for i in 0..n {
                (*to.add(i)).store((*from.add(i)).load());
            }
            fiber.multi = n as u32;
        } else if want == OPERAND {
            let v = if n > 0 { (*from).load() } else { Value::NIL };
            let operator = *fiber.ip.sub(1);
            (*fiber.base.add(operator.a() as usize)).store(v);
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
pub(crate) enum After {
    /// The caller's frame, which is now the fiber's `base` and `ip`.
    Resume,
    /// The interpreter was entered for this call: it gave this many results.
    Leave(u32),
}

/// The links of a frame, read before anything writes over them.
pub(crate) struct Links {
    info: u64,
    return_ip: *const Inst,
    pub(crate) caller_base: *mut Word,
    /// Where the results go.
    pub(crate) window: *mut Word,
}

impl Links {
    /// The links of the frame with this base.
    ///
    /// # Safety
    /// The words below the base are a frame's links.
    #[inline(always)]
    pub(crate) unsafe fn of(base: *mut Word) -> Links {
        // SAFETY: promised by the caller; special frames have further words.
        unsafe {
            sites::settle_links(base);
            let info = (*base.sub(1)).load().bits();
            let window = if info & FRAME_SPECIAL != 0 {
                address_to_pointer::<Word>((*base.sub(4)).load().bits())
            } else {
                base.sub(WINDOW_HEADER)
            };
            Links {
                info,
                return_ip: address_to_pointer::<Inst>((*base.sub(2)).load().bits()),
                caller_base: address_to_pointer::<Word>(info & !FRAME_FLAGS),
                window,
            }
        }
    }

    /// Whether a native function, or whoever stands for one, called the frame.
    #[inline(always)]
    pub(crate) fn is_entry(&self) -> bool {
        self.info & FRAME_ENTRY != 0
    }

    /// Whether machine code finds the results of the frame elsewhere than below its base: not where the frame was plain
    /// when it began.
    #[inline(always)]
    pub(crate) fn is_special(&self) -> bool {
        self.info & FRAME_SPECIAL != 0 && self.info & FRAME_PLAIN == 0
    }

    /// The number of results that the caller wants.
    #[inline(always)]
    pub(crate) fn wanted(&self) -> u32 {
        // SAFETY: a frame that is no entry frame was called by the instruction before its return address.
        if self.is_entry() { MULTI } else { unsafe { wanted(self.return_ip) } }
    }
}

/// Ends the running frame, of any layout, with `n` results at `from`.
///
/// # Errors
/// `stack overflow`, raised in the caller, if the caller's frame cannot be given room for the results.
///
/// # Safety
/// `base` is the running frame's.
pub(crate) unsafe fn finish(
    fiber: &mut Fiber,
    base: *mut Word,
    from: *mut Word,
    n: usize,
) -> Result<After, Thrown> {
    // SAFETY: the words below the base are the frame's links.
    unsafe {
        let links = Links::of(base);
        fiber.depth -= 1;
        finish_linked(fiber, &links, from, n)
    }
}

/// As [`finish`], of a frame whose links were read before and which counts no more.
///
/// # Safety
/// As [`finish`].
pub(crate) unsafe fn finish_linked(
    fiber: &mut Fiber,
    links: &Links,
    from: *mut Word,
    n: usize,
) -> Result<After, Thrown> {
    // SAFETY: the results are initialised, and there is room for them in the window if they lie in its chunk.
    unsafe {
        if links.info & FRAME_CHUNK != 0 {
            end_chunk(fiber, links, from, n);
            return settle(fiber, links, n);
        }
        fiber.base = links.caller_base;
        fiber.ip = links.return_ip;
        deliver(fiber, from, n, links.window, links.wanted());
        Ok(if links.is_entry() { After::Leave(n as u32) } else { After::Resume })
    }
}

/// Ends a frame in a chunk of its own: the chunk goes, and the results lie in the window, or in the result area if there is
/// no room for them.
///
/// # Safety
/// As [`finish_linked`].
pub(crate) unsafe fn end_chunk(fiber: &mut Fiber, links: &Links, from: *mut Word, n: usize) {
    // SAFETY: promised by the caller.
    unsafe {
        fiber.result_area.clear();
        for i in 0..n {
            let v = (*from.add(i)).load();
            fiber.result_area.push(v);
        }
        fiber.pop_chunks_above(links.window);
        fiber.leave_results(links.window, n);
    }
}

/// Goes back to the caller of a frame that has ended, with `n` results where [`Fiber::results_at`] says.
///
/// # Errors
/// As [`finish`].
///
/// # Safety
/// As [`finish_linked`].
pub(crate) unsafe fn settle(fiber: &mut Fiber, links: &Links, n: usize) -> Result<After, Thrown> {
    // SAFETY: promised by the caller; a call window lies in its frame.
    unsafe {
        fiber.base = links.caller_base;
        fiber.ip = links.return_ip;
        if links.is_entry() {
            return Ok(After::Leave(n as u32));
        }
        let mut to = links.window;
        let from = fiber.results_at(to, n as u32);
        let want = links.wanted();
        if want == MULTI && from != to {
            let offset = to.offset_from(links.caller_base) as usize;
            fiber.top = std::ptr::null_mut();
            relocate(fiber, offset + n)?;
            to = fiber.base.add(offset);
        }
        deliver(fiber, from, n, to, want);
        Ok(After::Resume)
    }
}

/// Moves the running script frame to a new chunk with room for `words` registers. Its base changes: the fiber's `base`.
///
/// # Safety
/// `fiber.base` is the running frame's base and nothing above the frame is in use but the `words` registers.
pub(crate) unsafe fn relocate(fiber: &mut Fiber, words: usize) -> Result<(), Thrown> {
    // SAFETY: the new chunk has room for what is copied; the old words stay readable until the frame ends.
    unsafe {
        let base = fiber.base;
        let closure = Fiber::closure_at(base);
        let info = (*base.sub(1)).load().bits();
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
pub(crate) fn unwind(fiber: &mut Fiber, thrown: Thrown) -> Thrown {
    if std::mem::take(&mut fiber.is_unwound) {
        return thrown;
    }
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

/// Runs the deferred calls of the innermost frame with an error on its way.
///
/// # Safety
/// The fiber's base is a frame's.
pub(crate) unsafe fn run_defers_of_frame(fiber: &mut Fiber, thrown: Thrown) -> Thrown {
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
///
/// # Safety
/// The fiber's base is a frame's.
pub(crate) unsafe fn pop_frame(fiber: &mut Fiber) -> bool {
    // SAFETY: the words below the base are the frame's links.
    unsafe {
        let base = fiber.base;
        sites::settle_links(base);
        let info = (*base.sub(1)).load().bits();
        fiber.ip = address_to_pointer::<Inst>((*base.sub(2)).load().bits());
        fiber.base = address_to_pointer::<Word>(info & !FRAME_FLAGS);
        // Not exact while frames of machine code are popped, which do not count: whoever catches the error knows the number.
        fiber.depth = fiber.depth.saturating_sub(1);
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
pub(crate) unsafe fn run_defers(fiber: &mut Fiber, list: *mut Word) -> Result<(), Thrown> {
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
pub(crate) fn is_callable(fiber: &Fiber, v: Value) -> bool {
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
    unsafe fn leave_results(&mut self, window: *mut Word, n: usize) {
        if self.has_room(window, n) {
            for i in 0..n {
                // SAFETY: there is room for `n` words.
                unsafe { (*window.add(i)).store(self.result_area[i]) };
            }
        }
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
