//! GScript's standard library: one file or folder per library, each a table of native functions.
//!
//! A library has `FUNCTIONS`, its table, and `open`, which defines it in an engine. What several libraries need is in
//! `access`. Nothing here is unsafe: values go through the safe interfaces of the runtime and the virtual machine.

#![forbid(unsafe_code)]

mod access;
pub mod bit32;
mod buffer;
pub mod core;
pub mod coroutine;
pub mod csv;
pub mod io;
pub mod json;
pub mod math;
pub mod matrix;
pub mod os;
pub mod string;
pub mod sync;
mod system;
pub mod table;
pub mod time;
pub mod utf8;

use runtime::mutator::Mutator;
use vm::engine::Engine;

/// Defines every library in an engine.
pub fn open_all(engine: &Engine, m: &mut Mutator) {
    core::open(engine, m);
    string::open(engine, m);
    utf8::open(engine, m);
    json::open(engine, m);
    bit32::open(engine, m);
    csv::open(engine, m);
    io::open(engine, m);
    math::open(engine, m);
    matrix::open(engine, m);
    os::open(engine, m);
    table::open(engine, m);
    time::open(engine, m);
    // `table.unpack` is the same function value as `unpack`, not only the same code.
    core::alias(engine, m, "unpack", "table", "unpack");
    coroutine::open(engine, m);
    sync::open(engine, m);
}
