//! Register allocation: linear scan over SSA intervals, with splitting.
//!
//! The idea is Wimmer and Franz, "Linear Scan Register Allocation on SSA Form" (CGO 2010), with the interval splitting
//! and spill placement of Wimmer and Mössenböck, "Optimized Interval Splitting in a Linear Scan Register Allocator"
//! (VEE 2005). Operand constraints and the shape of the result follow what `regalloc2` shows to work.
//!
//! ```text
//!   layout     positions, loops, frequencies      build   liveness -> pieces, uses, reserved registers
//!   liveness   what is live into each block       scan    one pass in order of positions: a place for each piece
//!   slots      colours spill slots                resolve one pass over the code: operands' places, moves
//!   parallel   orders simultaneous moves          check   a symbolic proof that a result is right
//! ```
//!
//! **Positions.** Every block label and every instruction takes one *step* of two positions: *early* (even), where
//! inputs are read, and *late* (odd), where results are written. The moves of the allocator stand in the *gap* before an
//! instruction and take effect at its early position.
//!
//! **Pieces.** The unit of allocation is a piece: a contiguous stretch of one virtual register's lifetime, in one place
//! all along. There are no lifetime holes: a register's lifetime is cut wherever the linear order steps from one block to
//! another that does not follow it in the control flow. There every live value starts a new piece, which prefers the
//! place where the value was at the end of the block that *does* come before it. So no two pieces can clash except
//! through the 32 registers in use at one moment, which makes the scan linear, and a block that is off the path (a cold
//! call) hands nothing on to code that does not follow it: cold blocks come last in the order, and what a call there
//! spills is stored and reloaded there.
//!
//! **Fixed registers and same-as-input operands** are copies made in the gap: the value itself is not bound, the register
//! is reserved for the one step, and hints make most copies vanish.
//!
//! **Spilling.** A value has one slot. It is stored once after its definition or at each place where it leaves its
//! register, whichever costs less by estimated frequency. Constants have no slot: they are made again.
//!
//! Demands on the function: SSA; no critical edges out of or into blocks (a block with two successors leads only to
//! blocks with one predecessor); a block with one successor ends in an instruction without operands; no definitions on
//! terminators; the entry has no predecessors. For good code: reverse postorder, loops contiguous, cold blocks last.
//! `verify_input` checks the demands.
//!
//! Not done here: coalescing of moves that the function itself contains beyond giving hints, and anything about targets.

mod build;
pub mod check;
mod layout;
mod liveness;
mod parallel;
mod resolve;
mod scan;
mod slots;
pub mod text;

#[cfg(test)]
mod execute;
#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

use crate::regs::{Operand, OperandPos, PReg, PRegSet, RegClass, SpillSlot, VReg};

/// What the allocator asks of a function. Instructions, blocks and virtual registers are numbered from 0; the
/// instructions of block `b + 1` follow those of block `b`, and that order is the one of the scan.
pub trait Function {
    /// The number of blocks; block 0 is the entry.
    fn block_count(&self) -> usize;
    /// The number of instructions in all.
    fn inst_count(&self) -> usize;
    /// A bound on `VReg::index`.
    fn vreg_count(&self) -> usize;
    /// The instructions of a block; never empty, the last one is the terminator.
    fn block_insts(&self, block: usize) -> Range<usize>;
    /// The blocks that may follow.
    fn block_succs(&self, block: usize) -> &[u32];
    /// The blocks that may come before, each as often as it has edges to here.
    fn block_preds(&self, block: usize) -> &[u32];
    /// What the block defines on entry, from the arguments of the edge taken.
    fn block_params(&self, block: usize) -> &[VReg];
    /// Arguments for the parameters of successor number `succ`.
    fn edge_args(&self, block: usize, succ: usize) -> &[VReg];
    /// Whether the block runs rarely. Cold blocks are to come after all others.
    fn is_cold(&self, block: usize) -> bool;
    /// The operands of an instruction, without those of its snapshot.
    fn inst_operands(&self, inst: usize) -> &[Operand];
    /// Registers that the instruction overwrites besides its definitions, at its late position.
    fn inst_clobbers(&self, inst: usize) -> PRegSet;
    /// The values of a snapshot: wanted at its exit, in whatever place they are.
    fn inst_snapshot(&self, inst: usize) -> &[VReg];
    /// Whether the snapshot is read before the instruction's results and clobbers (a guard) or after them (a call).
    fn snapshot_pos(&self, _inst: usize) -> OperandPos {
        OperandPos::Late
    }
    /// Whether the instruction copies its first use to its first definition: a hint.
    fn is_move(&self, _inst: usize) -> bool {
        false
    }
    /// Whether the register holds a constant that can be made anywhere. Its definition has no operands but itself, and
    /// is to emit nothing when its place is not a register.
    fn is_constant(&self, _vreg: VReg) -> bool {
        false
    }
}

/// Which registers may be used.
#[derive(Clone, Debug)]
pub struct Env {
    /// For each class, in order of preference.
    pub order: [Vec<PReg>; 2],
    /// A register of each class, in neither list, that moves may overwrite anywhere.
    pub scratch: [PReg; 2],
}

impl Env {
    /// All registers of both lists.
    pub fn allocatable(&self) -> PRegSet {
        self.order.iter().fold(PRegSet::EMPTY, |set, list| set.union(PRegSet::of(list)))
    }
}

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Nowhere: the result of a definition that nothing reads and that needs no register.
    None,
    /// In a register.
    Reg(PReg),
    /// In a spill slot of 8 bytes.
    Slot(SpillSlot),
    /// In no place, as it is this constant. Only in snapshots, as source of an edit, and as place of the constant's own
    /// definition, which then emits nothing.
    Const(VReg),
}

impl Place {
    /// The register, if it is one.
    pub fn reg(self) -> Option<PReg> {
        match self {
            Place::Reg(reg) => Some(reg),
            Place::None | Place::Slot(_) | Place::Const(_) => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::None => f.write_str("none"),
            Place::Reg(reg) => write!(f, "{reg}"),
            Place::Slot(slot) => write!(f, "s{}", slot.0),
            Place::Const(vreg) => write!(f, "const {vreg}"),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A copy of 64 bits to be made before an instruction. At most one side is a slot; registers of different classes occur
/// when a scratch register carries a value of the other class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The instruction before which it stands. Edits before one instruction are made in the order of the list.
    pub before: u32,
    /// The source: register, slot or constant.
    pub from: Place,
    /// The destination: register or slot; a register if the source is a constant.
    pub to: Place,
}

/// The result. Reused from one call to the next to save allocations.
#[derive(Clone, Default, Debug)]
pub struct Output {
    places: Vec<Place>,
    place_starts: Vec<u32>,
    snapshots: Vec<Place>,
    snapshot_starts: Vec<u32>,
    /// The copies to insert, in order of `before`.
    pub edits: Vec<Edit>,
    /// How many spill slots there are.
    pub slot_count: u32,
    /// Every register that the function writes, by operands, clobbers or edits: of these the callee-saved ones are to be saved.
    pub written: PRegSet,
}

impl Output {
    /// The places of an instruction's operands, in their order.
    pub fn operands(&self, inst: usize) -> &[Place] {
        &self.places[self.place_starts[inst] as usize..self.place_starts[inst + 1] as usize]
    }

    /// The places of the values of an instruction's snapshot, in their order.
    pub fn snapshot(&self, inst: usize) -> &[Place] {
        &self.snapshots[self.snapshot_starts[inst] as usize..self.snapshot_starts[inst + 1] as usize]
    }

    /// The places of the operands, to be changed by tests of the checker.
    #[cfg(test)]
    fn places_mut(&mut self) -> &mut Vec<Place> {
        &mut self.places
    }
}

/// Why there is no allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The operands of one instruction demand more registers than there are.
    TooManyOperands {
        /// The instruction, or the one after the label in question.
        inst: u32,
    },
    /// Moves belong on an edge that leads from several successors to several predecessors.
    CriticalEdge {
        /// Where it leaves.
        from: u32,
        /// Where it leads.
        to: u32,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::TooManyOperands { inst } => write!(f, "operands of inst {inst} need too many registers"),
            Error::CriticalEdge { from, to } => write!(f, "critical edge from b{from} to b{to}"),
        }
    }
}

impl std::error::Error for Error {}

/// The allocator: working memory that is kept between functions.
#[derive(Default)]
pub struct Allocator {
    layout: layout::Layout,
    live: liveness::Liveness,
    build: build::Build,
    scan: scan::Scan,
    slots: slots::Slots,
    resolve: resolve::Resolve,
}

impl Allocator {
    /// An allocator with empty working memory.
    pub fn new() -> Allocator {
        Allocator::default()
    }

    /// Gives every operand of `func` a place and says which moves are needed.
    pub fn run<F: Function>(&mut self, func: &F, env: &Env, out: &mut Output) -> Result<(), Error> {
        self.layout.compute(func);
        self.live.compute(func);
        self.build.compute(func, &self.layout, &self.live);
        self.scan.run(func, env, &self.layout, &self.live, &mut self.build)?;
        self.slots.assign(&self.build, &mut self.scan);
        self.resolve.run(func, env, &self.layout, &self.live, &self.build, &self.scan, &self.slots, out)
    }
}

/// A constraint of a class on its own register file: the scratch register for values of that class.
fn scratch(env: &Env, class: RegClass) -> PReg {
    env.scratch[class.index()]
}
