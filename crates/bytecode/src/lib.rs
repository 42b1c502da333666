//! GScript's bytecode: the instruction set, modules, their text form and their verifier.
//!
//! The op table in [`ops`] is the one home of what an instruction is; encoder, text form, verifier, interpreter and
//! documentation are derived from it. Nothing here knows the heap or runs anything.
#![forbid(unsafe_code)]

pub mod arith;
pub mod flow;
pub mod intrinsic;
pub mod module;
pub mod ops;
pub mod text;
pub mod verify;
