//! Tests of the layers through the public functions: one `check` function per layer, snapshots inline.

mod ast;
mod diagnostics;
mod robustness;
mod tokens;
