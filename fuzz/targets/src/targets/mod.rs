//! The targets, by what they look at.

pub mod bytecode;
pub mod front_end;
pub mod json;
pub mod parallel;
pub mod program;
pub mod text;
pub mod tiers;
