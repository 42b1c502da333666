//! GScript's compilers: bytecode with feedback to SSA IR, optimisation, register allocation, machine code.
//!
//! ```text
//!   build/   bytecode -> IR        ir/  opt/   the IR and its passes
//!   lower/   IR -> machine insts   regalloc/   linear scan      asm/   encoding      code/   the code cache
//! ```
//!
//! Nothing after `build` knows bytecode, nothing outside `lower` and `asm` knows the target.

mod alike;
pub mod asm;
mod assumed;
mod bind;
pub mod build;
pub mod code;
pub mod compiler;
mod exit;
mod failures;
mod hash;
mod installed;
pub mod ir;
mod listing;
pub mod lower;
pub mod opt;
pub mod policy;
mod queue;
pub mod regalloc;
pub mod regs;
pub mod routines;
pub mod stats;
pub mod stubs;
mod work;
