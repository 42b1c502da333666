//! The front ends: bytecode with feedback becomes IR.
//!
//! `method.rs` compiles a whole function, or a loop of it and what follows. Each op of the bytecode has a *generic form*,
//! boxed and with a helper for what is long; together they are the quick tier. With speculation, feedback chooses a form that
//! works on raw values and leaves by a guard where the feedback turns out to be wrong. Whatever feedback does not decide, or
//! decided wrongly before, takes the generic form, so everything compiles and nothing is compiled again for ever.
//!
//! ```text
//!   code.rs      blocks of bytecode, live registers
//!   state.rs     what each register holds, snapshots, edges
//!   method.rs    the walk over the blocks, one call per op
//!   plain.rs     moves, variables, closures, lists, channels: the same in all tiers
//!   operators.rs arithmetic                    compare.rs               truth, comparison, equality
//!   fields.rs    named fields                  metamethods.rs           operators on tables
//!   elements.rs  elements, lengths             stores.rs                stores into elements
//!   keyed.rs     dictionaries                  dense.rs                 matrices
//!   calls.rs     calls and returns             intrinsics.rs            native functions that are known
//!   dispatch.rs  calls with several targets    inline.rs                functions inside functions
//!   loops.rs     counted loops, traversals     lists.rs                 lists of known length
//!   assumptions.rs   what is relied on without asking; globals
//! ```
//!
//! Three rules: guards of one bytecode come before its first effect; a snapshot is the state before the bytecode, but a
//! call's is the state after it; a register keeps the raw form of its value until somebody needs the boxed one.

mod assumptions;
mod calls;
mod code;
mod compare;
mod dense;
mod dispatch;
mod elements;
mod entries;
mod feedback;
mod fields;
mod inline;
mod intrinsics;
mod keyed;
mod kinds;
mod lists;
mod loops;
mod metamethods;
pub mod method;
mod operators;
mod plain;
mod returns;
mod shapes;
mod state;
mod stores;
#[cfg(test)]
mod tests;

use crate::ir::func::Func;
use crate::ir::imm::Reason;
use crate::ir::signature::Signature;
use runtime::assumption::Assumption;
use runtime::closure::{Closure, Function};
use runtime::heap::Heap;
use runtime::shape::PinnedShape;
use runtime::table::Table;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use vm::native::Prepared;

/// What to compile.
pub struct Input<'a> {
    /// The function.
    pub function: Function,
    /// Where the code is entered.
    pub start: Start,
    /// The heap of its engine, for the shapes that feedback names.
    pub heap: &'a Heap,
    /// The metatable of all strings.
    pub string_metatable: Table,
    /// The words of the frame's registers at this moment: at a loop head all, at the entry the arguments. Kinds of values
    /// are guessed from them. May be shorter, or empty.
    pub samples: &'a [u64],
    /// The closure that runs at this moment, for guesses about its upvalues.
    pub closure: Option<Closure>,
    /// Choices.
    pub options: &'a Options,
    /// The typed entries of functions that have code.
    pub entries: &'a dyn Fn(Function) -> Option<Signature>,
}

/// Where code is entered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// At the beginning, by a call.
    Entry,
    /// At a loop head, by a frame of the interpreter.
    Loop {
        /// The first instruction of the loop: the target of its backward jump.
        pc: u32,
    },
}

impl Start {
    /// The loop head where it is, if it is one.
    pub fn loop_pc(self) -> Option<u32> {
        match self {
            Start::Entry => None,
            Start::Loop { pc } => Some(pc),
        }
    }
}

/// Choices for one compilation.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether feedback is believed. Without it every op has its generic form.
    pub speculate: bool,
    /// Whether script functions are inlined.
    pub inline: bool,
    /// Whether every site counts as one where speculation failed before: the forms without guards, but optimised.
    pub is_careful: bool,
    /// Where speculation failed before and must not be repeated, and why it failed.
    pub excluded: HashMap<Site, Reasons>,
    /// The values of functions where a number was no float though it was expected to be one.
    pub mixed: HashSet<u64>,
}

/// A set of reasons to leave.
///
/// What an operand was seen to be is no reason the first time if feedback has changed since: it is believed once more.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Reasons {
    bits: u32,
    /// Those that were noted once only, though they count the second time.
    warned: u32,
}

impl Reasons {
    /// The set of these.
    pub fn of(reasons: &[Reason]) -> Reasons {
        let mut set = Reasons::default();
        reasons.iter().for_each(|&reason| set.add(reason));
        set
    }

    /// Adds one.
    pub fn add(&mut self, reason: Reason) {
        self.bits |= 1 << reason as u32;
    }

    /// Adds one because code was left for it often; `has_learnt`: the site's feedback says something else by now.
    pub fn note(&mut self, reason: Reason, has_learnt: bool) {
        let bit = 1 << reason as u32;
        let is_forgiven = has_learnt && matches!(reason, Reason::Shape | Reason::Type | Reason::Target);
        if is_forgiven && self.warned & bit == 0 {
            self.warned |= bit;
        } else {
            self.add(reason);
        }
    }

    /// Whether anything was noted.
    pub fn has_any(self) -> bool {
        self.bits | self.warned != 0
    }

    /// Whether it has one that the other set has not.
    pub fn exceeds(self, other: Reasons) -> bool {
        self.bits & !other.bits != 0
    }

    /// Whether it has one that the other set has too.
    pub fn meets(self, other: Reasons) -> bool {
        self.bits & other.bits != 0
    }
}

/// An instruction of a function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Site {
    /// The word of the function's value.
    pub function: u64,
    /// The instruction.
    pub pc: u32,
}

/// What was built.
pub struct Built {
    /// The code.
    pub func: Func,
    /// The functions of its frames, by the frames' proto numbers; number 0 is the function itself.
    pub functions: Vec<Function>,
    /// Words of values that must be kept alive as long as the code is, besides those that [`Func::embedded`] tells.
    pub kept: Vec<u64>,
    /// What the code relies on without asking. The objects are in `kept`.
    pub assumptions: Vec<Assumption>,
    /// Shapes whose ids the code names.
    pub shapes: Vec<PinnedShape>,
    /// What native functions have prepared that the code calls by address.
    pub prepared: Vec<Arc<Box<dyn Prepared>>>,
    /// Registers that the frame needs, those of inlined frames included.
    pub frame_words: u32,
    /// The feedback that was believed.
    pub believed: HashMap<Site, u64>,
    /// What its typed entry takes and gives, if it has one: the parameters of the first block are those of the signature.
    pub signature: Option<Signature>,
    /// Whether it calls itself by its typed entry.
    pub is_recursive: bool,
    /// The other functions that it calls by their typed entries.
    pub typed_callees: Vec<(Function, Signature)>,
    /// The functions that it would have called so if they had had one.
    pub awaited: Vec<Function>,
    /// Counts.
    pub stats: Stats,
}

/// Counts of one build.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Stats {
    /// Instructions of bytecode that were translated, inlined ones included.
    pub bytecodes: u32,
    /// Of those, the inlined ones.
    pub inlined_bytecodes: u32,
    /// Of those that feedback could have specialised, how many were.
    pub speculated: u32,
    /// And how many were not, because they were excluded.
    pub excluded: u32,
    /// Functions that were inlined.
    pub inlined: u32,
    /// Calls by typed entries.
    pub typed_calls: u32,
    /// Results of theirs behind the first.
    pub further_results: u32,
    /// Sites that find fields in the cache of shapes and keys.
    pub cached_fields: u32,
    /// Calls of what native functions have prepared for constants.
    pub prepared_calls: u32,
}

/// Why a function cannot be compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Abort {
    /// It is too large.
    Size,
    /// It begins at an instruction that is no loop head.
    Start,
}

impl Abort {
    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Abort::Size => "the function is too large",
            Abort::Start => "the code does not begin at a loop head",
        }
    }
}
