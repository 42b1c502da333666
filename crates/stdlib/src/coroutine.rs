//! The library `coroutine`: names for what the virtual machine does.

use bytecode::intrinsic::Intrinsic;
use runtime::mutator::Mutator;
use vm::coroutine;
use vm::engine::Engine;
use vm::native::NativeDef;

/// The functions.
pub static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("coroutine.create", coroutine::create),
    NativeDef::intrinsic("coroutine.resume", coroutine::resume, Intrinsic::Resume),
    NativeDef::intrinsic("coroutine.yield", coroutine::yield_values, Intrinsic::Yield),
    NativeDef::new("coroutine.status", coroutine::status),
    NativeDef::new("coroutine.wrap", coroutine::wrap),
    NativeDef::new("coroutine.isyieldable", coroutine::is_yieldable),
    NativeDef::new("coroutine.running", coroutine::running),
    NativeDef::new("coroutine.close", coroutine::close),
];

/// Defines the library.
pub fn open(engine: &Engine, m: &mut Mutator) {
    engine.define_library(m, "coroutine", FUNCTIONS);
}
