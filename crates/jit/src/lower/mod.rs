//! Lowering: IR to machine code of one function.
//!
//! ```text
//!   order    blocks in the order of the code           mach     the list of machine instructions with virtual registers
//!   select/  one op to a few machine instructions      emit     prologue, allocated instructions, throw path -> bytes
//!   kept     wide constants that loops keep in registers             exits  where values are when code is left
//!   carried  divisions that no iteration waits for
//! ```
//!
//! The one idea: selection is a single forward walk. A first look at each block decides which instructions are not made
//! themselves but become part of their only user (a comparison of a branch, a load of an addition); each other instruction
//! then becomes its machine instructions in order. Slow parts are blocks in the cold stream that come back.
//!
//! How compiled code is entered and left, and what machine registers mean, is said in `stubs.rs`. Everything that depends on
//! the processor is here, in `stubs.rs` and in `asm/`.

mod carried;
mod emit;
mod exits;
mod kept;
mod mach;
mod order;
mod select;
#[cfg(all(test, target_arch = "x86_64", unix, not(miri)))]
mod tests;

pub use exits::{Exit, ExitFrame, ExitObject, ExitSource, ExitTable, ExitValue, Location};

use crate::asm::Code;
use crate::asm::x64::{Features, reg};
use crate::ir::func::Func;
use crate::ir::signature::Signature;
use crate::ir::snapshot::Via;
use crate::ir::types::Type;
use crate::regalloc::{self, Allocator, Env, Output};
use crate::regs::{PReg, PRegSet};
use crate::stubs::{FiberLayout, Stubs};
use std::fmt;
use std::sync::atomic::AtomicU32;
use vm::machine::sites::SiteHandle;

/// What is compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A function from its beginning.
    Function {
        /// Parameters.
        params: u32,
        /// Registers of the window, those of inlined frames and call windows included.
        frame_words: u32,
        /// Whether it takes any number of arguments: then it has no `entry`, as Rust begins its frames.
        is_variadic: bool,
        /// What its typed entry takes and gives, if it has one. Its first block has the parameters then.
        signature: Option<Signature>,
    },
    /// A function from the head of a loop, in a frame that the interpreter has begun.
    Osr,
}

/// What lowering must know of the world.
pub struct Context<'a> {
    /// The processor.
    pub features: Features,
    /// What is compiled.
    pub kind: Kind,
    /// The address of the bytecode of a function, by the number that frames name it with.
    pub code_address: &'a dyn Fn(u32) -> u64,
    /// The typed entries of functions that are called by them, by the function's address.
    pub typed_entry: &'a dyn Fn(u64) -> TypedCallee,
    /// The addresses of helpers, by their numbers.
    pub helpers: &'a [usize],
    /// The shared stubs.
    pub stubs: &'a Stubs,
    /// Offsets in the fiber.
    pub layout: &'a FiberLayout,
    /// The address of the byte that says whether several threads may touch tables; 0 if they never do.
    pub parallel_flag: u64,
    /// The address of the table of one-byte strings.
    pub byte_strs: u64,
    /// The number of the first exit. Exits of one function are numbered from there on.
    pub first_exit: u32,
    /// Whether each exit is taken the first time that it is reached, to test exits.
    pub every_guard_fails: bool,
}

/// A compiled function that is not installed yet.
pub struct Lowered {
    /// The code.
    pub code: Code,
    /// Offset of the entry for calls; functions that have one.
    pub entry: Option<u32>,
    /// Offset of the entry for frames that are begun already.
    pub entry_begun: u32,
    /// The typed entry, if there is one.
    pub typed: Option<TypedEntry>,
    /// Exits; the number on the stack is the index plus `Context::first_exit`.
    pub exits: ExitTable,
    /// Bytes of the frame, without the return address: what an exit routine takes off the stack.
    pub frame_bytes: u32,
    /// The sites that calls name: the code must not outlive them.
    pub sites: Vec<SiteHandle>,
    /// Heap objects that the code refers to: raw addresses or boxed words.
    pub embedded: Vec<u64>,
    /// What the marks of `code` stand for: function number and bytecode position.
    pub positions: Vec<(u32, u32)>,
    /// For each exit the times that it is still passed before it is taken, if that is wanted; the code refers to it.
    pub exit_counters: Box<[AtomicU32]>,
}

/// The offsets of a typed entry: of the code itself, and of code that takes and gives the same by way of the interpreter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypedEntry {
    /// The code.
    pub entry: u32,
    /// Calls whatever is the function's code by then.
    pub adapter: u32,
}

/// A function that is called by its typed entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypedCallee {
    /// The address of the word that has the address of the entry.
    pub word: u64,
    /// Whether the callee must be written down.
    pub reads_callee: bool,
}

/// Why there is no code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Error {
    /// The register allocator gave up.
    Allocation(regalloc::Error),
    /// Something that this compiler does not translate.
    Unsupported(&'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Allocation(error) => error.fmt(f),
            Error::Unsupported(what) => write!(f, "not translated: {what}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<regalloc::Error> for Error {
    fn from(error: regalloc::Error) -> Error {
        Error::Allocation(error)
    }
}

/// The register that holds the fiber.
pub(crate) const FIBER: PReg = reg::R15;
/// The register that holds the base of the window of registers.
pub(crate) const BASE: PReg = reg::R14;
/// Offset from the stack pointer where the base is kept over calls.
pub(crate) const SLOT_BASE: i32 = 0;
/// Offset of spill slot 0 from the stack pointer.
pub(crate) const SPILL_BASE: i32 = 8;

/// Registers that a call of compiled code may change: all but the two that have a meaning.
pub(crate) const COMPILED_CLOBBERS: PRegSet =
    PRegSet::from_bits(!0).minus(reg::RSP.set()).minus(FIBER.set()).minus(BASE.set());

/// The registers in which the typed entry of a signature takes its arguments: integers and boxed values, and floats.
pub(crate) fn argument_regs(params: &[Type]) -> Vec<PReg> {
    const INTS: [PReg; Signature::PARAMS_MAX] = [reg::RDI, reg::RSI, reg::RDX, reg::RCX, reg::R8, reg::R9];
    let (mut ints, mut floats) = (INTS.into_iter(), (0..).map(PReg::float));
    params.iter().filter_map(|ty| if ty.is_float() { floats.next() } else { ints.next() }).collect()
}

/// The register in which a typed entry gives a result with that number, which is of that type. The status has `rdx`.
pub(crate) fn result_reg(number: usize, ty: Type) -> PReg {
    const INTS: [PReg; Signature::RESULTS_MAX] = [reg::RAX, reg::RCX, reg::RSI, reg::RDI];
    if ty.is_float() { PReg::float(number as u8) } else { INTS[number] }
}

/// Offset from a frame's base of a result behind the first, where results lie in memory.
pub(crate) fn further_result(number: usize) -> i32 {
    (number as i32 - 3) * 8
}

impl Context<'_> {
    /// The signature of the function that is compiled.
    pub(crate) fn signature(&self) -> Option<Signature> {
        match self.kind {
            Kind::Function { signature, .. } => signature,
            Kind::Osr => None,
        }
    }
}

/// The registers that are handed out.
pub fn register_env() -> Env {
    Env {
        order: [
            vec![
                reg::RAX,
                reg::RCX,
                reg::RDX,
                reg::RSI,
                reg::RDI,
                reg::R8,
                reg::R9,
                reg::R10,
                reg::RBX,
                reg::R12,
                reg::R13,
                reg::RBP,
            ],
            (0..15).map(PReg::float).collect(),
        ],
        scratch: [reg::R11, PReg::float(15)],
    }
}

/// Working memory of lowering, kept from one function to the next.
#[derive(Default)]
pub struct Lowerer {
    allocator: Allocator,
    output: Output,
    /// Whether code keeps its text, for listings.
    pub keeps_text: bool,
}

impl Lowerer {
    /// A lowerer with empty working memory.
    pub fn new() -> Lowerer {
        Lowerer::default()
    }

    /// Translates a verified function.
    pub fn lower(&mut self, func: &Func, cx: &Context<'_>) -> Result<Lowered, Error> {
        let is_known = |via| matches!(via, Via::Root | Via::Call | Via::Meta);
        if !func.snaps.frames().iter().all(|frame| is_known(frame.via)) {
            return Err(Error::Unsupported("inlined frame that no call op entered"));
        }
        let mut selected = select::select(func, cx)?;
        if self.keeps_text {
            selected.asm.buffer.keep_text();
        }
        let sealed = selected.mach.seal();
        let env = register_env();
        #[cfg(test)]
        regalloc::check::verify_input(&sealed).unwrap_or_else(|error| panic!("{error}\n{func:?}"));
        self.allocator.run(&sealed, &env, &mut self.output)?;
        #[cfg(test)]
        regalloc::check::check(&sealed, &env, &self.output)
            .unwrap_or_else(|error| panic!("{error}\n{func:?}"));
        let mut emitted =
            emit::emit(selected.asm, sealed, &self.output, selected.exits, selected.may_move, cx);
        emitted.sites = selected.sites;
        emitted.embedded = func.embedded();
        emitted.positions = selected.positions;
        Ok(emitted)
    }
}

/// Translates a verified function.
pub fn lower(func: &Func, cx: &Context<'_>) -> Result<Lowered, Error> {
    Lowerer::new().lower(func, cx)
}
