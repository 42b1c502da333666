//! GScript's standard library: one file or folder per library, each a table of native functions.
//!
//! A library has `FUNCTIONS`, its table, and `open`, which defines it in an engine. What several libraries need is in
//! `access`. Nothing here is unsafe: values go through the safe interfaces of the runtime and the virtual machine.

#![forbid(unsafe_code)]

mod access;
pub mod core;

use runtime::mutator::Mutator;
use vm::engine::Engine;

/// Defines every library in an engine.
pub fn open_all(engine: &Engine, m: &mut Mutator) {
    core::open(engine, m);
}
