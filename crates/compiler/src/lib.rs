//! GScript's compiler: syntax trees to bytecode.
//!
//! Two walks over the tree. `resolve` finds the variable behind every name and which variables need cells;
//! then code is generated in one pass, function by function, straight into registers:
//!
//! - locals live in registers for the whole of their scope, and operands read them there; temporaries are a stack above them;
//! - every expression is compiled *to* a register that its user chooses, so results are rarely moved;
//! - conditions are compiled to jumps, never to booleans that are then tested;
//! - jumps name labels; distances are known and encoded when the function is complete (`function`).
//!
//! A source text that the parser accepts compiles unless it assigns a constant or exceeds a limit of the bytecode.
//! Everything that is generated passes [`bytecode::verify`] and [`bytecode::flow`]. There is no optimisation here beyond
//! constant folding and the choice of instructions.
#![forbid(unsafe_code)]

mod assign;
mod call;
mod cond;
mod expr;
mod fold;
mod function;
mod generate;
mod loops;
mod operator;
mod resolve;
mod stmt;
mod switch;
mod table;

#[cfg(test)]
mod tests;

use bytecode::module::Module;
use syntax::Mode;
use syntax::ast::Chunk;
use syntax::diagnostic::{Diagnostic, Severity};
use syntax::interner::Interner;
use syntax::span::Source;

/// Compiles a tree that was parsed without errors from `source` with the names in `interner`.
///
/// # Errors
/// An assignment to a constant, or a function that exceeds a limit of the bytecode.
pub fn compile(chunk: &Chunk, interner: &Interner, source: &Source) -> Result<Module, Vec<Diagnostic>> {
    let resolution = resolve::resolve(chunk, interner)?;
    generate::generate(chunk, interner, source, &resolution)
}

/// Parses and compiles a source text. Warnings are dropped.
///
/// # Errors
/// The errors of the parser if there are any, else those of [`compile`].
pub fn compile_source(source: &Source, mode: Mode) -> Result<Module, Vec<Diagnostic>> {
    let mut parsed = syntax::parse_mode(source, mode);
    if parsed.has_errors() {
        parsed.diagnostics.retain(|d| d.severity == Severity::Error);
        return Err(parsed.diagnostics);
    }
    compile(&parsed.chunk, &parsed.interner, source)
}
