//! Turns a function into what the scan works on, in one pass backwards over the code.
//!
//! ```text
//!   pieces   contiguous stretches of lifetimes, by descending start
//!   uses     per virtual register, by ascending position: where it is read, and whether a register is demanded
//!   fixed    (position, registers) reserved by constraints and clobbers, ascending
//!   hints    per virtual register: registers it should have, values whose register it should share
//! ```
//!
//! A use with a fixed register, and a use that a result overwrites, are read by a copy in the gap: there the value's
//! lifetime may end before the step begins, so that register or result can be the value's own. The result that
//! overwrites its input begins its life at the early position for the same reason. A definition in a fixed register
//! begins its life one step later, when the gap has copied it.

use super::Function;
use super::layout::{Layout, NONE};
use super::liveness::Liveness;
use crate::regs::{Constraint, Operand, OperandKind, OperandPos, VReg};

/// A place of a piece: registers are their numbers.
pub(super) type PlaceCode = u8;
/// In the slot of the value, or nowhere if it is a constant.
pub(super) const MEMORY: PlaceCode = 254;
/// Not settled.
pub(super) const UNSET: PlaceCode = 255;

/// A stretch of a lifetime, in one place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub vreg: VReg,
    pub start: u32,
    pub end: u32,
    /// Index into `Liveness::live_in` of this value for the block at whose label the piece begins, or `NONE`.
    pub live_in: u32,
    pub place: PlaceCode,
    /// The value is written here by its definition: no move leads to this piece.
    pub is_def: bool,
    /// Begins at a late position, where no move can stand: can only be in memory.
    pub forced: bool,
    /// Made to bring the value back into a register.
    pub reload: bool,
}

/// A read of a value: twice the position, plus one if it must be in a register.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Use(u32);

impl Use {
    fn new(pos: u32, must: bool) -> Use {
        Use(pos << 1 | must as u32)
    }
    #[inline]
    pub fn pos(self) -> u32 {
        self.0 >> 1
    }
    #[inline]
    pub fn must(self) -> bool {
        self.0 & 1 != 0
    }
}

/// Where a value would best be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hint {
    /// The register that its last use wants.
    pub wanted: PlaceCode,
    /// The register of its definition.
    pub defined: PlaceCode,
    /// The index of the value that takes over from it: a block parameter, a result in its register.
    pub to: u32,
    /// The index of the value it takes over from.
    pub from: u32,
}

/// See the file head.
#[derive(Default)]
pub(super) struct Build {
    pub pieces: Vec<Piece>,
    pub uses: Vec<Use>,
    /// For each virtual register where its uses begin; one more entry at the end.
    pub use_starts: Vec<u32>,
    /// Position and bits of registers.
    pub fixed: Vec<(u32, u32)>,
    pub hints: Vec<Hint>,
    /// The position of the definition.
    pub def_pos: Vec<u32>,
    pub is_const: Vec<bool>,
    open: Vec<u32>,
    use_next: Vec<u32>,
}

impl Build {
    /// Fills everything in.
    pub fn compute<F: Function>(&mut self, func: &F, layout: &Layout, live: &Liveness) {
        self.reset(func);
        self.count_uses(func);
        for block in (0..func.block_count()).rev() {
            self.block(func, layout, live, block);
        }
        self.fixed.reverse();
    }

    fn reset<F: Function>(&mut self, func: &F) {
        let count = func.vreg_count();
        let hint = Hint { wanted: UNSET, defined: UNSET, to: NONE, from: NONE };
        self.pieces.clear();
        self.fixed.clear();
        self.hints.clear();
        self.hints.resize(count, hint);
        self.def_pos.clear();
        self.def_pos.resize(count, 0);
        self.open.clear();
        self.open.resize(count, 0);
        self.is_const.clear();
        self.is_const.resize(count, false);
    }

    /// Lays out `uses`: every register gets room for exactly its records.
    fn count_uses<F: Function>(&mut self, func: &F) {
        self.use_next.clear();
        self.use_next.resize(func.vreg_count(), 0);
        for inst in 0..func.inst_count() {
            for operand in func.inst_operands(inst) {
                let index = operand.vreg.index();
                self.use_next[index] += match (operand.kind, operand.constraint) {
                    (OperandKind::Def, Constraint::Reg) if func.is_constant(operand.vreg) => {
                        self.is_const[index] = true;
                        0
                    }
                    (OperandKind::Def, Constraint::Reg) if operand.pos == OperandPos::Late => 1,
                    (OperandKind::Def, Constraint::Reg | Constraint::Reuse(_)) => 2,
                    (OperandKind::Use, Constraint::Reg | Constraint::Any | Constraint::Reuse(_)) => 1,
                    (OperandKind::Def, Constraint::Any) => {
                        self.is_const[index] = func.is_constant(operand.vreg);
                        0
                    }
                    (_, Constraint::Fixed(_)) => 0,
                };
            }
        }
        for block in 0..func.block_count() {
            for succ in 0..func.block_succs(block).len() {
                func.edge_args(block, succ).iter().for_each(|arg| self.use_next[arg.index()] += 1);
            }
        }
        self.use_starts.clear();
        let mut total = 0;
        for next in &mut self.use_next {
            self.use_starts.push(total);
            total += *next;
            *next = total;
        }
        self.use_starts.push(total);
        self.uses.clear();
        self.uses.resize(total as usize, Use(0));
    }

    fn block<F: Function>(&mut self, func: &F, layout: &Layout, live: &Liveness, block: usize) {
        let (start, end) = (layout.block_start(block), layout.block_end(block));
        for (number, &succ) in func.block_succs(block).iter().enumerate() {
            for vreg in live.of(succ as usize) {
                let open = &mut self.open[vreg.index()];
                *open = (*open).max(end);
            }
            for (&arg, &param) in func.edge_args(block, number).iter().zip(func.block_params(succ as usize)) {
                let dies = self.open[arg.index()] < end;
                self.open[arg.index()] = self.open[arg.index()].max(end);
                self.add_use(arg, end - 1, false);
                if dies && self.hints[arg.index()].to == NONE {
                    self.hints[arg.index()].to = param.index() as u32;
                }
                // Forward edges are met last, so the value that enters a loop wins over the one that goes around.
                self.hints[param.index()].from = arg.index() as u32;
            }
        }
        let insts = func.block_insts(block);
        let mut early = end;
        for inst in insts.rev() {
            early -= 2;
            self.inst(func, inst, early);
        }
        for &param in func.block_params(block) {
            self.define(param, start, 0);
        }
        if layout.is_break[block] {
            for (index, &vreg) in live.of(block).iter().enumerate() {
                let open = std::mem::take(&mut self.open[vreg.index()]);
                let live_in = live.starts[block] + index as u32;
                self.push_piece(vreg, start, open, live_in, false);
            }
        }
    }

    fn inst<F: Function>(&mut self, func: &F, inst: usize, early: u32) {
        let late = early + 1;
        let operands = func.inst_operands(inst);
        let (mut early_regs, mut late_regs) = (0u32, func.inst_clobbers(inst).bits());
        let mut reused = 0u64;
        // Before the definitions: a late snapshot may contain what the instruction itself defines.
        let snapshot_end = if func.snapshot_pos(inst) == OperandPos::Late { late + 1 } else { late };
        for &vreg in func.inst_snapshot(inst) {
            self.extend(vreg, snapshot_end);
        }
        // Pieces are to come by descending starts.
        let defs = operands.iter().filter(|operand| operand.kind == OperandKind::Def);
        for begin in [late + 1, late, early] {
            for operand in defs.clone() {
                if self.birth(operand, early) == begin {
                    self.definition(operands, operand, early);
                }
            }
        }
        for operand in defs {
            match operand.constraint {
                Constraint::Fixed(reg) => {
                    late_regs |= reg.set().bits();
                    if operand.pos == OperandPos::Early {
                        early_regs |= reg.set().bits();
                    }
                }
                Constraint::Reuse(input) => reused |= 1 << input,
                Constraint::Any | Constraint::Reg => {}
            }
        }
        if func.is_move(inst) {
            self.move_hints(operands);
        }
        for (number, operand) in
            operands.iter().enumerate().filter(|(_, operand)| operand.kind == OperandKind::Use)
        {
            let vreg = operand.vreg;
            if number < 64 && reused & 1 << number != 0 {
                self.add_use(vreg, early - 1, false);
                self.extend(vreg, early);
                continue;
            }
            let is_late = operand.pos == OperandPos::Late;
            match operand.constraint {
                Constraint::Fixed(reg) => {
                    early_regs |= reg.set().bits();
                    if is_late {
                        late_regs |= reg.set().bits();
                    }
                    if self.open[vreg.index()] == 0 {
                        self.hints[vreg.index()].wanted = reg.index() as u8;
                    }
                    self.extend(vreg, early);
                }
                constraint @ (Constraint::Reg | Constraint::Any | Constraint::Reuse(_)) => {
                    let must = constraint != Constraint::Any || self.is_const[vreg.index()];
                    self.add_use(vreg, if is_late { late } else { early }, must);
                    self.extend(vreg, if is_late { late + 1 } else { late });
                }
            }
        }
        if late_regs != 0 {
            self.fixed.push((late, late_regs));
        }
        if early_regs != 0 {
            self.fixed.push((early, early_regs));
        }
    }

    /// Where the life of a result begins.
    fn birth(&self, operand: &Operand, early: u32) -> u32 {
        match (operand.constraint, operand.pos) {
            (Constraint::Fixed(_), _) => early + 2,
            (Constraint::Reuse(_), _) => early,
            (Constraint::Any | Constraint::Reg, _) if self.is_const[operand.vreg.index()] => early + 1,
            (Constraint::Any | Constraint::Reg, OperandPos::Early) => early,
            (Constraint::Any | Constraint::Reg, OperandPos::Late) => early + 1,
        }
    }

    fn definition(&mut self, operands: &[Operand], operand: &Operand, early: u32) {
        let (vreg, late) = (operand.vreg, early + 1);
        let birth = self.birth(operand, early);
        match operand.constraint {
            Constraint::Any => self.define(vreg, birth, 0),
            Constraint::Reg if self.is_const[vreg.index()] => self.define(vreg, birth, 0),
            Constraint::Reg => {
                self.add_use(vreg, late, true);
                if birth == early {
                    self.add_use(vreg, early, true);
                }
                self.define(vreg, birth, late + 1);
            }
            Constraint::Fixed(reg) => {
                self.hints[vreg.index()].defined = reg.index() as u8;
                self.def_pos[vreg.index()] = late;
                let open = std::mem::take(&mut self.open[vreg.index()]);
                if open > birth {
                    self.push_piece(vreg, birth, open, NONE, false);
                }
            }
            Constraint::Reuse(input) => {
                let from = operands[input as usize].vreg;
                self.hints[vreg.index()].from = from.index() as u32;
                if self.open[from.index()] == 0 && self.hints[from.index()].to == NONE {
                    let to = self.hints[vreg.index()].to;
                    self.hints[from.index()].to = if to == NONE { vreg.index() as u32 } else { to };
                }
                self.add_use(vreg, late, true);
                self.add_use(vreg, early, true);
                self.define(vreg, early, late + 1);
            }
        }
    }

    fn move_hints(&mut self, operands: &[Operand]) {
        let of_kind =
            |kind| operands.iter().find(|operand| operand.kind == kind).map(|operand| operand.vreg.index());
        if let (Some(to), Some(from)) = (of_kind(OperandKind::Def), of_kind(OperandKind::Use)) {
            self.hints[to].from = from as u32;
            if self.open[from] == 0 && self.hints[from].to == NONE {
                self.hints[from].to = to as u32;
            }
        }
    }

    /// Ends a lifetime, seen backwards; if nothing reads the value, it lasts until `dead_end`, 0 for not at all.
    fn define(&mut self, vreg: VReg, start: u32, dead_end: u32) {
        self.def_pos[vreg.index()] = start;
        let open = std::mem::take(&mut self.open[vreg.index()]);
        let end = if open == 0 { dead_end } else { open };
        if end != 0 {
            self.push_piece(vreg, start, end, NONE, true);
        }
    }

    fn push_piece(&mut self, vreg: VReg, start: u32, end: u32, live_in: u32, is_def: bool) {
        debug_assert!(start < end, "{vreg} has an empty piece at {start}: used before its definition");
        let piece = Piece { vreg, start, end, live_in, place: UNSET, is_def, forced: false, reload: false };
        self.pieces.push(piece);
    }

    #[inline]
    fn extend(&mut self, vreg: VReg, end: u32) {
        let open = &mut self.open[vreg.index()];
        *open = (*open).max(end);
    }

    /// Records a read. Reads of one step may come in any order.
    fn add_use(&mut self, vreg: VReg, pos: u32, must: bool) {
        let next = &mut self.use_next[vreg.index()];
        *next -= 1;
        let mut at = *next as usize;
        self.uses[at] = Use::new(pos, must);
        let end = self.use_starts[vreg.index() + 1] as usize;
        while at + 1 < end && self.uses[at + 1].pos() < pos {
            self.uses.swap(at, at + 1);
            at += 1;
        }
    }
}
