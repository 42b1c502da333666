//! GScript's runtime: whatever never runs user code.
//!
//! Values, heap and collector, strings, shapes and tables, closures, fiber stacks. The first parameter of a function
//! tells the worst it may do: none = pure, `&Heap` = reads, `&mut Mutator` = may allocate and so collect.

pub mod assumption;
pub mod cell;
pub mod closure;
pub mod digits;
pub mod heap;
pub mod intern;
pub mod layout;
#[cfg(all(test, not(miri)))]
mod model;
pub mod mutator;
pub mod object;
#[cfg(test)]
mod races;
pub mod record;
pub mod rope;
pub mod shape;
mod shared;
pub mod stack;
mod storage_copy;
pub mod string;
pub mod switch;
pub mod table;
#[cfg(test)]
pub(crate) mod testing;
pub mod value;
