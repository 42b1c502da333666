//! Walks over the code once more, in order, and writes down the places of all operands and the moves between pieces.
//!
//! `now[v]` is the place of `v` at the position of the walk. In the gap before an instruction these copies happen at
//! once: values that go on in another piece, stores after definitions, results of the instruction before that were
//! written to fixed registers, and operands that must be in a fixed register or in that of a result. On an edge every
//! live-in value and every parameter is copied from its place at the end of the one block to its place at the start of
//! the other. The copies of an edge stand before the jump that leaves a block with one successor, else at the head of
//! the block they lead to, which then has one predecessor.
//!
//! A value that is stored after its definition is in its slot for ever after, so going to memory copies nothing.

use super::build::{Build, MEMORY, Piece, PlaceCode, UNSET};
use super::layout::{Layout, NONE};
use super::liveness::Liveness;
use super::parallel::Parallel;
use super::scan::Scan;
use super::slots::Slots;
use super::{Edit, Env, Error, Function, Output, Place};
use crate::regs::{Constraint, OperandKind, OperandPos, PReg, SpillSlot, VReg};

/// Working memory.
#[derive(Default)]
pub(super) struct Resolve {
    /// Indices of the pieces in order of their starts.
    order: Vec<u32>,
    step_counts: Vec<u32>,
    now: Vec<PlaceCode>,
    /// For each entry of `Liveness::live_in` its place at the start of the block.
    entry: Vec<PlaceCode>,
    /// For each virtual register the place in which its life begins.
    birth: Vec<PlaceCode>,
    /// Edge copies that stand at the head of a block: a range of `held` for each block.
    heads: Vec<(u32, u32)>,
    held: Vec<Edit>,
    /// Those of blocks that come before their only predecessor.
    missed: Vec<Edit>,
    /// Values just defined that are to be stored in the next gap.
    stores: Vec<VReg>,
    parallel: Parallel,
}

struct Walk<'a, F> {
    func: &'a F,
    env: &'a Env,
    layout: &'a Layout,
    live: &'a Liveness,
    build: &'a Build,
    scan: &'a Scan,
    slots: &'a Slots,
    work: &'a mut Resolve,
    out: &'a mut Output,
    /// How far in `order` the walk is.
    next: usize,
}

impl Resolve {
    /// Fills the output in.
    #[expect(clippy::too_many_arguments, reason = "the results of all phases before")]
    pub fn run<F: Function>(
        &mut self,
        func: &F,
        env: &Env,
        layout: &Layout,
        live: &Liveness,
        build: &Build,
        scan: &Scan,
        slots: &Slots,
        out: &mut Output,
    ) -> Result<(), Error> {
        self.sort(layout, build);
        self.find_entries(layout, live, build, func.block_count());
        self.now.fill(UNSET);
        self.heads.clear();
        self.heads.resize(func.block_count(), (0, 0));
        self.held.clear();
        self.missed.clear();
        self.stores.clear();
        self.parallel.reset(slots.count);
        out.places.clear();
        out.place_starts.clear();
        out.snapshots.clear();
        out.snapshot_starts.clear();
        out.edits.clear();
        out.slot_count = slots.count;
        out.written = crate::regs::PRegSet::EMPTY;
        let mut walk = Walk { func, env, layout, live, build, scan, slots, work: self, out, next: 0 };
        for block in 0..func.block_count() {
            walk.block(block)?;
        }
        out.place_starts.push(out.places.len() as u32);
        out.snapshot_starts.push(out.snapshots.len() as u32);
        if !self.missed.is_empty() {
            // Copies at the head of a block come before those in its first gap; the sort is stable.
            self.missed.append(&mut out.edits);
            out.edits.append(&mut self.missed);
            out.edits.sort_by_key(|edit| edit.before);
        }
        let edited = out.edits.iter().filter_map(|edit| edit.to.reg());
        edited.for_each(|reg| out.written.insert(reg));
        Ok(())
    }

    /// Counting sort by start.
    fn sort(&mut self, layout: &Layout, build: &Build) {
        self.step_counts.clear();
        self.step_counts.resize(layout.end() as usize + 1, 0);
        for piece in &build.pieces {
            self.step_counts[piece.start as usize + 1] += 1;
        }
        let mut total = 0;
        for count in &mut self.step_counts {
            total += *count;
            *count = total;
        }
        self.order.clear();
        self.order.resize(build.pieces.len(), 0);
        for (index, piece) in build.pieces.iter().enumerate() {
            let at = &mut self.step_counts[piece.start as usize];
            self.order[*at as usize] = index as u32;
            *at += 1;
        }
    }

    /// Finds out where values are at the starts of blocks and of their lives.
    fn find_entries(&mut self, layout: &Layout, live: &Liveness, build: &Build, blocks: usize) {
        self.now.clear();
        self.now.resize(build.def_pos.len(), UNSET);
        self.birth.clear();
        self.birth.resize(build.def_pos.len(), UNSET);
        self.entry.clear();
        let mut next = 0;
        for block in 0..blocks {
            let start = layout.block_start(block);
            while next < self.order.len() {
                let piece = &build.pieces[self.order[next] as usize];
                if piece.start > start {
                    break;
                }
                self.now[piece.vreg.index()] = piece.place;
                if piece.is_def {
                    self.birth[piece.vreg.index()] = piece.place;
                }
                next += 1;
            }
            self.entry.extend(live.of(block).iter().map(|vreg| self.now[vreg.index()]));
        }
        for &index in &self.order[next..] {
            let piece = &build.pieces[index as usize];
            if piece.is_def {
                self.birth[piece.vreg.index()] = piece.place;
            }
        }
    }
}

impl<F: Function> Walk<'_, F> {
    fn block(&mut self, block: usize) -> Result<(), Error> {
        let start = self.layout.block_start(block);
        while let Some(piece) = self.piece_at(start) {
            self.work.now[piece.vreg.index()] = piece.place;
            self.next += 1;
        }
        let insts = self.func.block_insts(block);
        let (from, to) = self.work.heads[block];
        self.out.edits.extend_from_slice(&self.work.held[from as usize..to as usize]);
        for &param in self.func.block_params(block) {
            self.note_store(param);
        }
        for (inst, step) in insts.clone().zip(start / 2 + 1..) {
            self.inst(inst, 2 * step);
        }
        let succs = self.func.block_succs(block);
        for (number, &succ) in succs.iter().enumerate() {
            self.edge(block, number, succ as usize, insts.end - 1)?;
        }
        Ok(())
    }

    /// The next piece if it begins at `pos` or before.
    #[inline]
    fn piece_at(&self, pos: u32) -> Option<Piece> {
        let &index = self.work.order.get(self.next)?;
        let piece = self.build.pieces[index as usize];
        (piece.start <= pos).then_some(piece)
    }

    fn inst(&mut self, inst: usize, early: u32) {
        let operands = self.func.inst_operands(inst);
        let snapshot = self.func.inst_snapshot(inst);
        self.gap(inst, early);
        let first = self.out.places.len();
        self.out.place_starts.push(first as u32);
        self.out.snapshot_starts.push(self.out.snapshots.len() as u32);
        for operand in operands {
            let place = match (operand.kind, operand.constraint) {
                (_, Constraint::Fixed(reg)) => Place::Reg(reg),
                (OperandKind::Use, _) => self.place(operand.vreg),
                (OperandKind::Def, _) => Place::None,
            };
            self.out.places.push(place);
        }
        let is_early = self.func.snapshot_pos(inst) == OperandPos::Early;
        if is_early {
            self.snapshot(snapshot);
        }
        let late = early + 1;
        while let Some(piece) = self.piece_at(late) {
            self.work.now[piece.vreg.index()] = piece.place;
            self.next += 1;
        }
        for (index, operand) in operands.iter().enumerate() {
            let place = match (operand.kind, operand.constraint) {
                (OperandKind::Def, Constraint::Fixed(reg)) => {
                    self.work.now[operand.vreg.index()] = reg.index() as u8;
                    Place::Reg(reg)
                }
                (OperandKind::Def, Constraint::Reuse(input)) => {
                    let place = self.place(operand.vreg);
                    self.out.places[first + input as usize] = place;
                    place
                }
                (OperandKind::Def, _) => self.place(operand.vreg),
                // A value that leaves its register in mid-step is in its slot from the gap on.
                (OperandKind::Use, Constraint::Any) if operand.pos == OperandPos::Late => {
                    self.out.places[first + index] = self.place(operand.vreg);
                    continue;
                }
                (OperandKind::Use, _) => continue,
            };
            self.out.places[first + index] = place;
            if let Place::Reg(reg) = place {
                self.out.written.insert(reg);
            }
            self.note_store(operand.vreg);
        }
        if !is_early {
            self.snapshot(snapshot);
        }
        self.out.written = self.out.written.union(self.func.inst_clobbers(inst));
    }

    fn snapshot(&mut self, vregs: &[VReg]) {
        for &vreg in vregs {
            let place = self.place(vreg);
            self.out.snapshots.push(place);
        }
    }

    /// The copies before an instruction.
    fn gap(&mut self, inst: usize, early: u32) {
        let operands = self.func.inst_operands(inst);
        for operand in operands {
            match (operand.kind, operand.constraint) {
                (OperandKind::Use, Constraint::Fixed(reg)) => {
                    let from = self.place(operand.vreg);
                    self.work.parallel.add(from, Place::Reg(reg));
                }
                (OperandKind::Def, Constraint::Reuse(input)) => {
                    let to = self.work.birth[operand.vreg.index()];
                    let from = self.place(operands[input as usize].vreg);
                    let to = place_of(self.build, self.slots, operand.vreg, to);
                    self.work.parallel.add(from, to);
                }
                (OperandKind::Use | OperandKind::Def, _) => {}
            }
        }
        let mut stores = std::mem::take(&mut self.work.stores);
        for vreg in stores.drain(..) {
            let from = self.place(vreg);
            self.work.parallel.add(from, self.slot(vreg));
        }
        self.work.stores = stores;
        if self.piece_at(early + 1).is_some() {
            self.late_stores(early);
            self.continuations(early);
        }
        self.work.parallel.flush(self.env, inst as u32, &mut self.out.edits);
    }

    /// Stores of values that leave their register in the middle of the instruction.
    fn late_stores(&mut self, early: u32) {
        for &index in &self.work.order[self.next..] {
            let piece = &self.build.pieces[index as usize];
            if piece.start > early + 1 {
                break;
            }
            let vreg = piece.vreg;
            let is_store = piece.start > early && !piece.is_def && piece.place == MEMORY;
            if is_store && !self.scan.store_at_def[vreg.index()] && !self.build.is_const[vreg.index()] {
                let from = self.place(vreg);
                self.work.parallel.add(from, self.slot(vreg));
            }
        }
    }

    /// Pieces that go on from others.
    fn continuations(&mut self, early: u32) {
        while let Some(piece) = self.piece_at(early) {
            self.next += 1;
            if !piece.is_def {
                let vreg = piece.vreg;
                let from = self.place(vreg);
                let to = place_of(self.build, self.slots, vreg, piece.place);
                if piece.place != MEMORY || self.is_stored(vreg) {
                    self.work.parallel.add(from, to);
                }
            }
            self.work.now[piece.vreg.index()] = piece.place;
        }
    }

    /// Whether a value is stored where it leaves its register.
    fn is_stored(&self, vreg: VReg) -> bool {
        !self.build.is_const[vreg.index()] && !self.scan.store_at_def[vreg.index()]
    }

    /// Copies of the edge from `block` to its successor number `number`.
    fn edge(&mut self, block: usize, number: usize, succ: usize, last: usize) -> Result<(), Error> {
        let range = self.live.range(succ);
        for (&vreg, &to) in self.live.live_in[range.clone()].iter().zip(&self.work.entry[range]) {
            let from = self.work.now[vreg.index()];
            if from != to && (to != MEMORY || self.is_stored(vreg)) {
                let from = place_of(self.build, self.slots, vreg, from);
                self.work.parallel.add(from, place_of(self.build, self.slots, vreg, to));
            }
        }
        for (&arg, &param) in self.func.edge_args(block, number).iter().zip(self.func.block_params(succ)) {
            let to = self.work.birth[param.index()];
            if to != UNSET {
                let from = self.place(arg);
                self.work.parallel.add(from, place_of(self.build, self.slots, param, to));
            }
        }
        if self.func.block_succs(block).len() == 1 {
            self.work.parallel.flush(self.env, last as u32, &mut self.out.edits);
            return Ok(());
        }
        let begin = self.work.held.len();
        let head = self.func.block_insts(succ).start as u32;
        self.work.parallel.flush(self.env, head, &mut self.work.held);
        let end = self.work.held.len();
        if begin == end {
            return Ok(());
        }
        if self.func.block_preds(succ).len() != 1 {
            return Err(Error::CriticalEdge { from: block as u32, to: succ as u32 });
        }
        self.work.heads[succ] = (begin as u32, end as u32);
        if succ <= block {
            self.work.missed.extend_from_slice(&self.work.held[begin..end]);
        }
        Ok(())
    }

    fn note_store(&mut self, vreg: VReg) {
        let index = vreg.index();
        if self.scan.store_at_def[index] && self.work.now[index] < MEMORY {
            self.work.stores.push(vreg);
        }
    }

    #[inline]
    fn place(&self, vreg: VReg) -> Place {
        place_of(self.build, self.slots, vreg, self.work.now[vreg.index()])
    }

    fn slot(&self, vreg: VReg) -> Place {
        Place::Slot(SpillSlot(self.slots.of[vreg.index()]))
    }
}

#[inline]
fn place_of(build: &Build, slots: &Slots, vreg: VReg, code: PlaceCode) -> Place {
    match code {
        UNSET => Place::None,
        MEMORY if build.is_const[vreg.index()] => Place::Const(vreg),
        MEMORY => {
            debug_assert_ne!(slots.of[vreg.index()], NONE);
            Place::Slot(SpillSlot(slots.of[vreg.index()]))
        }
        reg => Place::Reg(PReg::new(reg)),
    }
}
