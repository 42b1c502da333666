//! The SSA form that both front ends make, every pass changes, and lowering reads.
//!
//! ```text
//!   types imm ops helpers   what there is: one table of ops, one of helpers
//!   func snapshot builder   a function, and how it is made
//!   print parse             the text form: parse(print(f)) == f
//!   effects                 what an instruction may do, all that passes ask
//!   dom loops live          analyses
//!   verify                  what is well formed
//!   eval interp model       the meaning of the ops: constant folding and the oracle of the tests
//! ```

pub mod builder;
pub mod dom;
pub mod effects;
pub mod eval;
pub mod func;
pub mod helpers;
pub mod imm;
pub mod interp;
pub mod live;
pub mod loops;
pub mod model;
pub mod ops;
pub mod parse;
pub mod print;
pub mod signature;
pub mod snapshot;
#[cfg(test)]
mod tests;
pub mod types;
pub mod verify;
