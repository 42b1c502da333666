//! GScript's virtual machine: whatever may run user code.
//!
//! Interpreter, calls, metamethods, errors, coroutines, scheduler, channels and the interface of native functions. It
//! knows the compilers only through a trait and a hook.

pub mod blocking;
pub mod channel;
pub mod convert;
pub mod coroutine;
pub mod engine;
pub mod error;
pub mod fiber;
#[cfg(all(test, not(miri)))]
mod fibers_tests;
pub mod held;
mod interp;
pub mod link;
pub mod machine;
mod meta;
#[cfg(all(test, not(miri)))]
mod model;
pub mod native;
pub mod output;
pub mod race;
pub mod random;
mod range;
pub mod safepoint;
pub mod sched;
pub mod select;
pub mod switching;
mod sync;
mod ticker;
mod timers;
pub mod userdata;
