//! Offsets and constants that machine code uses, from the definitions, so that they cannot disagree. Those of heap objects
//! are in `runtime::layout`.

use crate::fiber::{self, Fiber};
use std::mem::offset_of;

/// The base of the running script frame, as last published.
pub const FIBER_BASE: usize = offset_of!(Fiber, base);
/// The address of the bytecode after the running one, as last published.
pub const FIBER_IP: usize = offset_of!(Fiber, ip);
/// First free word of the register stack while a native function runs.
pub const FIBER_TOP: usize = offset_of!(Fiber, top);
/// End of the current chunk of the register stack.
pub const FIBER_LIMIT: usize = offset_of!(Fiber, limit);
/// The worker's mutator.
pub const FIBER_MUTATOR: usize = offset_of!(Fiber, mutator);
/// Length of the last list of unknown length (32 bits).
pub const FIBER_MULTI: usize = offset_of!(Fiber, multi);
/// Active script calls that are counted (32 bits).
pub const FIBER_DEPTH: usize = offset_of!(Fiber, depth);
/// The address of the poll word (32 bits).
pub const FIBER_POLL: usize = offset_of!(Fiber, poll);
/// Where the results of a call with results of any number lie, if not in its window; else null.
pub const FIBER_LANDING: usize = offset_of!(Fiber, landing);
/// The error value on its way to a handler.
pub const FIBER_ERROR: usize = offset_of!(Fiber, error);
/// Active handlers of errors (32 bits).
pub const FIBER_HANDLERS: usize = offset_of!(Fiber, handlers);
/// Active calls from native functions (32 bits), of which a `pcall` by machine code is one.
pub const FIBER_NATIVE_DEPTH: usize = offset_of!(Fiber, native_depth);
/// Lowest stack pointer that machine code may have, its own frame included; room for what it calls is below.
pub const FIBER_NATIVE_LIMIT: usize = offset_of!(Fiber, switch.code_limit);

/// Most frames that compiled code may inline into each other.
pub const INLINED_MAX: u32 = 16;

/// Words behind the outermost frame that the frames which compiled code inlines into it may take.
pub const INLINED_WORDS_MAX: usize = 256;

/// Words of the register stack that are free above a frame.
pub const STACK_SLACK: usize = fiber::STACK_SLACK;
/// Words below the base of a special frame, extra arguments apart.
pub const SPECIAL_HEADER: u32 = fiber::SPECIAL_HEADER as u32;
/// Flag in the third of these words: whoever called the frame waits in Rust code.
pub const FRAME_ENTRY: u64 = fiber::FRAME_ENTRY;
/// Flag: the frame has more words below its base.
pub const FRAME_SPECIAL: u64 = fiber::FRAME_SPECIAL;
/// Flag: the frame is the first of its chunk.
pub const FRAME_CHUNK: u64 = fiber::FRAME_CHUNK;
/// Flag: the frame was moved while compiled code ran it. Such code returns through `entries::finish_moved`.
pub const FRAME_MOVED: u64 = fiber::FRAME_MOVED;
/// The flags.
pub const FRAME_FLAGS: u64 = fiber::FRAME_FLAGS;

const _: () = {
    // Small displacements for what is used most.
    assert!(FIBER_LANDING < 128 && FIBER_POLL < 128);
};
