//! A fiber: one resumable stack of script frames, with the native stack that everything it runs uses.
//!
//! Script frames lie on a *register stack*, in chunks. A frame begins at its base; the words below hold its links:
//!
//! ```text
//!   plain frame, in the caller's call window W (base = W + 3):
//!       | callee | return ip | caller base, flags | registers ...
//!                                                 ^ base
//!   special frame (variadic, or first of a chunk); W is remembered because results go there:
//!       | extra arguments ... | their number | W | callee | return ip | caller base, flags | registers ...
//!                                                                                          ^ base
//! ```
//!
//! The flags are the top 16 bits of the third word; a plain frame has none, so a return tests one word. Frames that machine
//! code calls have another form of links until somebody asks for them (`machine/sites.rs`). `base`, `ip` and
//! `top` here are what the outside sees: the interpreter publishes them before it calls anything that may raise, collect
//! or run user code. `top` is the first word that is free while a native function runs, null while a script does.

use crate::engine::Engine;
use crate::error::Thrown;
use crate::machine::sites;
use crate::native::{Args, NativeDef, NativeFn, Results, WINDOW_HEADER};
use bytecode::module::Proto;
use bytecode::ops::Inst;
use runtime::closure::{Closure, Native};
use runtime::mutator::Mutator;
use runtime::object::Word;
use runtime::stack::RegisterChunk;
use runtime::value::{Value, address_to_pointer, pointer_to_address};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// Flag of a frame: a native function called it; returning from it leaves the interpreter loop.
pub(crate) const FRAME_ENTRY: u64 = 1 << 48;
/// Flag of a frame: it has the special layout.
pub(crate) const FRAME_SPECIAL: u64 = 1 << 49;
/// Flag of a frame: it is the first in its chunk of the register stack.
pub(crate) const FRAME_CHUNK: u64 = 1 << 50;
/// Flag of a frame that compiled code runs: it was moved to a chunk of its own meanwhile.
pub(crate) const FRAME_MOVED: u64 = 1 << 51;
/// Flag of a moved frame: it was a plain one before.
pub(crate) const FRAME_PLAIN: u64 = 1 << 52;
/// All flags.
pub(crate) const FRAME_FLAGS: u64 = 0xFFFF << 48;
/// Words below the base of a special frame.
pub(crate) const SPECIAL_HEADER: usize = 5;
/// Words of the smallest chunk of the register stack beside the primary one.
const CHUNK_WORDS_MIN: usize = 1 << 14;
/// Words that are always free above the frames of a chunk: windows of native calls and metamethods.
pub(crate) const STACK_SLACK: usize = 64;
/// Script calls that may be active at once in a fiber. Machine code counts them only where its stack has grown large.
pub const DEPTH_MAX: u32 = 200_000;
/// Calls from native functions that may be active at once in a fiber. A callback that a library function makes may take
/// two: `pcall` of `table.sort`, which calls a script.
pub const NATIVE_DEPTH_MAX: u32 = 450;

/// A resumable execution stack. Its address never changes while it lives. What machine code uses comes first.
#[repr(C)]
pub struct Fiber {
    /// Base of the running script frame; null where there is none.
    pub(crate) base: *mut Word,
    /// Next instruction of the running script frame, as last published.
    pub(crate) ip: *const Inst,
    /// First free word while a native function runs; null while a script does.
    pub(crate) top: *mut Word,
    /// End of the current chunk of the register stack.
    pub(crate) limit: *mut Word,
    /// The worker's mutator; fetched anew after every call that may switch fibers.
    pub(crate) mutator: *mut Mutator,
    /// Length of the last list whose length is known only at run time.
    pub(crate) multi: u32,
    /// Active script calls but for those that machine code has made: they are bounded by the stacks.
    pub(crate) depth: u32,
    /// Most active script calls; raised a little while an error handler runs.
    pub(crate) depth_max: u32,
    /// Backward jumps that are left until one of them is counted.
    pub(crate) jumps_left: u32,
    /// The mutator's poll word.
    pub(crate) poll: *const AtomicU32,
    /// Where the results of a call that compiled code made lie, if not in its window; else null.
    pub(crate) landing: *mut Word,
    /// Active calls from native functions into scripts.
    pub(crate) native_depth: u32,
    /// Active handlers of errors: pcall, xpcall.
    pub(crate) handlers: u32,
    /// The frame that entered the interpreter is gone already, with the error on its way: machine code popped it.
    pub(crate) is_unwound: bool,
    /// Whether the interpreter counts and learns for a compiler.
    pub(crate) is_observed: bool,
    /// Whether the interpreter shows what it does to what looks for races.
    pub(crate) is_watched: bool,
    /// The error value on its way to a handler.
    pub(crate) error: Value,
    /// The active `xpcall`s among the handlers, innermost last.
    pub(crate) handler_stack: Vec<Handler>,
    /// Traceback of the error on its way, made where it was raised if nothing will catch it.
    pub(crate) traceback: Option<String>,
    /// Results of a native function that did not fit in its window.
    pub(crate) result_area: Vec<Value>,
    /// Register stack, current chunk last. The first belongs to the fiber's primary stack.
    pub(crate) chunks: Vec<RegisterChunk>,
    /// What all fibers share.
    pub(crate) engine: Arc<Engine>,
    /// What coroutines and the scheduler keep for the fiber.
    pub(crate) switch: crate::switching::SwitchState,
}

/// Results of a call made from native code. They lie above the caller's window until its next call.
#[derive(Clone, Copy)]
pub struct Returned {
    first: *mut Word,
    count: u32,
}

impl Returned {
    pub(crate) fn new(first: *mut Word, count: u32) -> Returned {
        Returned { first, count }
    }

    /// The first result.
    pub(crate) fn as_ptr(self) -> *const Word {
        self.first
    }

    /// Number of results.
    pub fn count(self) -> u32 {
        self.count
    }

    /// Result `i`, nil if there is none.
    #[inline]
    pub fn get(self, i: u32) -> Value {
        if i < self.count {
            // SAFETY: `Fiber::call` left `count` initialised words there, and they stay until the next call.
            unsafe { (*self.first.add(i as usize)).load() }
        } else {
            Value::NIL
        }
    }

    /// All results.
    pub fn iter(self) -> impl Iterator<Item = Value> {
        (0..self.count).map(move |i| self.get(i))
    }
}

/// An active `xpcall`.
pub(crate) struct Handler {
    /// Its function, which the fiber's roots are traced with; `MARK` while it runs.
    pub(crate) function: Value,
    /// The handlers that are active while it is the innermost.
    pub(crate) level: u32,
}

/// What a handler of errors needs to go on after one: the state of the fiber at the point of the handler.
pub(crate) struct Checkpoint {
    base: *mut Word,
    ip: *const Inst,
    top: *mut Word,
    depth: u32,
    native_depth: u32,
    handlers: u32,
    handler_stack: usize,
    chunks: usize,
}

impl Fiber {
    /// A fiber without frames on this register stack.
    pub(crate) fn new(
        engine: Arc<Engine>,
        registers: RegisterChunk,
        switch: crate::switching::SwitchState,
    ) -> Box<Fiber> {
        Box::new(Fiber {
            base: std::ptr::null_mut(),
            ip: std::ptr::null(),
            top: registers.low(),
            limit: registers.high(),
            mutator: std::ptr::null_mut(),
            multi: 0,
            depth: 0,
            depth_max: engine.options.depth_max,
            jumps_left: engine.machine.jumps_at_once(),
            poll: std::ptr::null(),
            landing: std::ptr::null_mut(),
            native_depth: 0,
            handlers: 0,
            is_unwound: false,
            is_observed: engine.machine.is_observed(),
            is_watched: engine.detector.is_some(),
            error: Value::NIL,
            handler_stack: Vec::new(),
            traceback: None,
            result_area: Vec::new(),
            chunks: vec![registers],
            engine,
            switch,
        })
    }

    /// The worker's mutator. Never kept across a call that may run user code.
    #[inline(always)]
    pub fn mutator(&mut self) -> &mut Mutator {
        // SAFETY: a running fiber's mutator is set by the switch that made it run and outlives the run.
        unsafe { &mut *self.mutator }
    }

    /// Gives the fiber the worker that it is about to run on.
    #[inline(always)]
    pub(crate) fn attach(&mut self, mutator: *mut Mutator) {
        self.mutator = mutator;
        // SAFETY: the worker's mutator is alive, and so is its poll word.
        self.poll = unsafe { (*mutator).poll_word() };
    }

    /// The heap.
    #[inline(always)]
    pub fn heap(&self) -> &runtime::heap::Heap {
        // SAFETY: as in `mutator`.
        unsafe { (*self.mutator).heap() }
    }

    /// A vector whose values are roots, for native code that keeps values in a container.
    pub fn rooted_vec(&self) -> runtime::heap::roots::RootedVec {
        runtime::heap::roots::RootedVec::new(&self.engine.heap)
    }

    /// What all fibers share.
    #[inline(always)]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The engine beside a mutator, for functions that need both.
    #[inline(always)]
    pub fn parts(&mut self) -> (&Engine, &mut Mutator) {
        // SAFETY: as in `mutator`; engine and mutator are distinct objects.
        unsafe { (&*Arc::as_ptr(&self.engine), &mut *self.mutator) }
    }

    // ---- frames ---------------------------------------------------------------------------------------------------

    /// The closure of the frame with this base.
    #[inline(always)]
    pub(crate) unsafe fn closure_at(base: *mut Word) -> Closure {
        // SAFETY: the caller names an active frame's base.
        unsafe {
            sites::settle_links(base);
            Fiber::closure_linked(base)
        }
    }

    /// The closure of the frame with this base, whose links are written out: one that machine code does not run.
    #[inline(always)]
    pub(crate) unsafe fn closure_linked(base: *mut Word) -> Closure {
        // SAFETY: the caller names a frame's base; the word three below holds its closure.
        unsafe { Closure::from_value_unchecked((*base.sub(3)).load()) }
    }

    /// Where free words begin while a script frame or a native function runs.
    pub(crate) fn free_top(&self) -> *mut Word {
        if !self.top.is_null() {
            return self.top;
        }
        let (base, _) = sites::position(self);
        // SAFETY: `top` is null only while a script frame runs, and frames are allocated at their full size.
        unsafe { base.add((*Fiber::closure_at(base).function().proto()).frame_size as usize) }
    }

    /// The proto and pc of the running script frame, if there is one.
    pub(crate) fn current_position(&self) -> Option<(&Proto, u32)> {
        let (base, ip) = sites::position(self);
        if base.is_null() {
            return None;
        }
        // SAFETY: `base` is a frame's base, and `ip` points behind an instruction of its code.
        unsafe {
            let function = Fiber::closure_at(base).function();
            let pc = (ip.offset_from(function.code()) - 1).max(0);
            Some((&*function.proto(), pc as u32))
        }
    }

    /// Visits the active script frames, innermost first, with closure and pc.
    pub(crate) fn walk_frames(&self, mut visit: impl FnMut(Closure, u32) -> bool) {
        let (mut base, mut ip) = sites::position(self);
        while !base.is_null() {
            // SAFETY: the chain of caller bases leads from frame to frame and ends in null.
            unsafe {
                let closure = Fiber::closure_at(base);
                let pc = (ip.offset_from(closure.function().code()) - 1).max(0) as u32;
                if !visit(closure, pc) {
                    return;
                }
                ip = address_to_pointer::<Inst>((*base.sub(2)).load().bits());
                base = address_to_pointer::<Word>((*base.sub(1)).load().bits() & !FRAME_FLAGS);
            }
        }
    }

    /// The state to go back to when an error is caught here.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            base: self.base,
            ip: self.ip,
            top: self.top,
            depth: self.depth,
            native_depth: self.native_depth,
            handlers: self.handlers,
            handler_stack: self.handler_stack.len(),
            chunks: self.chunks.len(),
        }
    }

    /// Goes back to a checkpoint. The frames above it are gone already: the interpreter unwinds its own.
    pub(crate) fn restore(&mut self, c: &Checkpoint) {
        self.base = c.base;
        self.ip = c.ip;
        self.top = c.top;
        self.depth = c.depth;
        self.native_depth = c.native_depth;
        self.handlers = c.handlers;
        self.handler_stack.truncate(c.handler_stack);
        while self.chunks.len() > c.chunks {
            self.pop_chunk();
        }
    }

    // ---- register stack -------------------------------------------------------------------------------------------

    /// Begins a new chunk with room for `words` words.
    pub(crate) fn push_chunk(&mut self, words: usize) -> Result<*mut Word, Thrown> {
        let want = words + STACK_SLACK;
        let last = self.chunks.last().map_or(0, |c| c.words());
        let grown = want.max(last.saturating_mul(4)).max(CHUNK_WORDS_MIN);
        let budget = &self.engine.register_budget;
        // When no such chunk can be had any more, one that is just large enough may still be.
        match RegisterChunk::allocate(grown, budget).or_else(|| RegisterChunk::allocate(want, budget)) {
            Some(chunk) => {
                let low = chunk.low();
                self.limit = chunk.high();
                self.chunks.push(chunk);
                Ok(low)
            }
            None => Err(self.error("stack overflow")),
        }
    }

    /// Ends the current chunk: no frame lies in it any more.
    pub(crate) fn pop_chunk(&mut self) {
        self.chunks.pop();
        self.limit = self.chunks.last().map_or(std::ptr::null_mut(), |c| c.high());
    }

    /// Whether `words` words from `at` on, which lies in the current chunk, are in it, slack included.
    #[inline(always)]
    pub(crate) fn has_room(&self, at: *mut Word, words: usize) -> bool {
        // Addresses are below 2^47 and counts below 2^40: nothing overflows.
        at as usize + (words + STACK_SLACK) * 8 <= self.limit as usize
    }

    /// Room for the results of a native function: its window, or the result area if they do not fit there.
    pub(crate) fn reserve_results(&mut self, args: Args, count: usize) -> Result<*mut Word, Thrown> {
        if self.has_room(args.window(), count) {
            // SAFETY: just tested. Results may be many more than the arguments whose place they take, and the function may
            // allocate while it writes them.
            let end = unsafe { args.window().add(count) };
            self.top = self.top.max(end);
            return Ok(args.window());
        }
        if count > RESULTS_MAX {
            return Err(self.error("too many results to unpack"));
        }
        self.result_area.clear();
        self.result_area.resize(count, Value::NIL);
        // SAFETY of later use: a `Word` has the layout of a `Value`, and the vector is not touched until the results are read.
        Ok(self.result_area.as_mut_ptr().cast::<Word>())
    }

    /// Where the `count` results of the native call with this window lie.
    #[inline(always)]
    pub(crate) fn results_at(&mut self, window: *mut Word, count: u32) -> *mut Word {
        if self.has_room(window, count as usize) { window } else { self.result_area.as_mut_ptr().cast() }
    }

    // ---- calls from native code -----------------------------------------------------------------------------------

    /// Calls any callable value.
    ///
    /// # Errors
    /// Whatever the call raises; `attempt to call a T value`; `stack overflow`.
    pub fn call(&mut self, callee: Value, args: &[Value]) -> Result<Returned, Thrown> {
        let window = self.free_top();
        let window = if self.has_room(window, WINDOW_HEADER + args.len()) {
            window
        } else {
            let saved = self.chunks.len();
            let window = self.push_chunk(WINDOW_HEADER + args.len())?;
            let result = self.call_in(window, callee, args);
            // Results are moved out of the chunk, which ends with the call.
            let moved = result.map(|r| {
                let values: Vec<Value> = r.iter().collect();
                self.result_area = values;
            });
            while self.chunks.len() > saved {
                self.pop_chunk();
            }
            return moved.map(|()| Returned {
                first: self.result_area.as_mut_ptr().cast(),
                count: self.result_area.len() as u32,
            });
        };
        self.call_in(window, callee, args)
    }

    fn call_in(&mut self, window: *mut Word, callee: Value, args: &[Value]) -> Result<Returned, Thrown> {
        // SAFETY: the caller made sure of room for header, arguments and slack at `window`.
        unsafe {
            (*window).store(callee);
            for (i, a) in args.iter().enumerate() {
                (*window.add(WINDOW_HEADER + i)).store(*a);
            }
            self.call_window(window, args.len() as u32)
        }
    }

    /// Calls the callee in a window with the arguments that follow it.
    ///
    /// # Safety
    /// `window` lies in the current chunk at or above `free_top`, with callee and `nargs` arguments written and
    /// `STACK_SLACK` words free behind them.
    pub(crate) unsafe fn call_window(&mut self, window: *mut Word, nargs: u32) -> Result<Returned, Thrown> {
        let saved_top = self.top;
        // SAFETY: the caller wrote the callee.
        let callee = unsafe { (*window).load() };
        let result = if let Some(native) = Native::from_value(callee) {
            // SAFETY: the window holds `nargs` arguments behind its header.
            unsafe { crate::interp::enter_native(self, native, window, nargs) }
        } else {
            // SAFETY: as promised by the caller.
            unsafe { crate::interp::enter(self, window, nargs) }
        };
        self.top = saved_top;
        result
    }

    /// Calls a native function whose window is ready; gives the number of its results.
    #[inline(always)]
    pub(crate) unsafe fn call_native(
        &mut self,
        native: Native,
        window: *mut Word,
        nargs: u32,
    ) -> Result<u32, Thrown> {
        // SAFETY: the window has a header and `nargs` arguments.
        unsafe {
            self.top = window.add(WINDOW_HEADER + nargs as usize);
            let args = Args::new(window.add(WINDOW_HEADER), nargs);
            // SAFETY: `Engine::new_native` stored a `NativeFn` in the entry.
            let function: NativeFn = std::mem::transmute::<usize, NativeFn>(native.entry());
            let Results(count) = function(self, args)?;
            Ok(count)
        }
    }

    /// Calls any callable value; gives the first result, nil if there is none.
    ///
    /// # Errors
    /// As [`Fiber::call`].
    pub fn call1(&mut self, callee: Value, args: &[Value]) -> Result<Value, Thrown> {
        match crate::machine::calls::call_code(self, callee, args) {
            Some(result) => result,
            None => Ok(self.call(callee, args)?.get(0)),
        }
    }

    /// Calls a function and gives its results, or the error value, without unwinding the caller.
    ///
    /// # Errors
    /// The error value.
    pub fn protected_call(&mut self, callee: Value, args: &[Value]) -> Result<Returned, Value> {
        self.protect(Value::MARK, |fiber| fiber.call(callee, args))
    }

    /// Runs `body` and catches what it raises: what `pcall` is made of. `handler` is called with an error value where it
    /// is raised; `Value::MARK` if there is none.
    ///
    /// # Errors
    /// The error value.
    pub fn protect<R>(
        &mut self,
        handler: Value,
        body: impl FnOnce(&mut Fiber) -> Result<R, Thrown>,
    ) -> Result<R, Value> {
        let checkpoint = self.checkpoint();
        self.handlers += 1;
        if handler != Value::MARK {
            self.handler_stack.push(Handler { function: handler, level: self.handlers });
        }
        match body(self) {
            Ok(r) => {
                self.handlers -= 1;
                self.handler_stack.truncate(checkpoint.handler_stack);
                Ok(r)
            }
            Err(Thrown { .. }) => {
                self.restore(&checkpoint);
                Err(std::mem::replace(&mut self.error, Value::NIL))
            }
        }
    }

    /// A safepoint for native loops: collections, interrupts, deadlines and preemption happen here.
    ///
    /// # Errors
    /// `interrupted`, `deadline exceeded`, `not enough memory`.
    #[inline]
    pub fn poll(&mut self) -> Result<(), Thrown> {
        if self.mutator().poll_word().load(std::sync::atomic::Ordering::Relaxed) == 0 {
            Ok(())
        } else {
            crate::safepoint::poll_slow(self)
        }
    }

    /// The values that the fiber itself holds outside its stacks.
    pub(crate) fn trace_own(&self, marker: &mut runtime::heap::mark::Marker) {
        marker.visit(self.error);
        for handler in &self.handler_stack {
            marker.visit(handler.function);
        }
        for v in &self.result_area {
            marker.visit(*v);
        }
        for chunk in &self.chunks {
            let high = if std::ptr::eq(chunk.high(), self.limit) { self.scan_top() } else { chunk.high() };
            // SAFETY: a chunk is readable memory between its ends.
            unsafe { marker.scan_conservative(chunk.low() as usize, high as usize) };
        }
    }

    /// End of the live words in the current chunk.
    fn scan_top(&self) -> *mut Word {
        let top = if self.base.is_null() && self.top.is_null() { return self.limit } else { self.free_top() };
        let slack = (top as usize + STACK_SLACK * 8 + self.multi as usize * 8).min(self.limit as usize);
        address_to_pointer(pointer_to_address(slack as *const u8))
    }
}

/// Most results that one call may give.
pub const RESULTS_MAX: usize = 1 << 24;

/// The descriptor of a native function value.
pub(crate) fn native_def(native: Native) -> &'static NativeDef {
    // SAFETY: `Engine::new_native_with` stored a `&'static NativeDef`.
    unsafe { &*native.descriptor().cast::<NativeDef>() }
}
