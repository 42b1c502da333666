//! The machine function: a list of `Inst`s with virtual registers, in blocks, as the register allocator wants it.
//!
//! Instructions are written into two streams, one for code that is expected to run and one for cold code, so that a detour
//! (a slow path that comes back) is written where it is met and still ends up behind everything else. [`Mach::seal`] joins
//! the streams and lists operands, predecessors and edges.
//!
//! Labels of jumps are numbers of blocks, or name an exit or the function's throw path; the emitter replaces them.

use crate::asm::Label;
use crate::asm::x64::Features;
use crate::asm::x64::inst::{CallSites, Inst};
use crate::asm::x64::operands::{clobbers, collect, share_hint};
use crate::ir::signature::Signature;
use crate::ir::types::Type;
use crate::lower::result_reg;
use crate::regalloc::Function;
use crate::regs::{Constraint, Operand, OperandKind, OperandPos, PRegSet, RegClass, VReg};
use std::ops::Range;

/// In labels: the rest is the number of an exit.
const EXIT: u32 = 1 << 30;
/// The label of the path that an error takes out of the function.
pub(super) const THROW: Label = Label(1 << 31);

/// The label of a block.
pub(super) fn block_label(block: BlockNo) -> Label {
    Label(block.0)
}

/// The label of an exit.
pub(super) fn exit_label(exit: u32) -> Label {
    Label(EXIT | exit)
}

/// What a label leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Target {
    Block(BlockNo),
    Exit(u32),
    Throw,
}

/// See [`Target`].
pub(super) fn target_of(label: Label) -> Target {
    match label {
        THROW => Target::Throw,
        Label(n) if n & EXIT != 0 => Target::Exit(n & !EXIT),
        Label(n) => Target::Block(BlockNo(n)),
    }
}

/// A machine block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct BlockNo(pub u32);

/// A part of the pool of registers.
#[derive(Clone, Copy, Default, Debug)]
struct List {
    start: u32,
    len: u32,
}

/// An edge to another block, with arguments for its parameters.
#[derive(Clone, Copy, Debug)]
struct Edge {
    to: BlockNo,
    args: List,
}

#[derive(Clone, Debug, Default)]
struct Block {
    is_begun: bool,
    is_cold: bool,
    is_loop_head: bool,
    start: u32,
    end: u32,
    params: List,
    edges: [Option<Edge>; 2],
}

/// What a return gives as status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Returns {
    /// So many results, the first in this register.
    Count(u32, VReg),
    /// Status 0 with these results, each in the register that a typed entry has for it.
    Promised([Option<VReg>; Signature::RESULTS_MAX]),
    /// As many as the fiber's count says, all in memory.
    Multi,
}

/// A place in the code that is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Spot {
    is_cold: bool,
    at: u32,
}

#[derive(Default)]
struct Stream {
    insts: Vec<Inst>,
    /// Begun blocks in order.
    blocks: Vec<u32>,
    returns: Vec<(u32, Returns)>,
    marks: Vec<(u32, u32)>,
}

/// The function while it is written.
pub(super) struct Mach {
    pub features: Features,
    pub calls: CallSites,
    streams: [Stream; 2],
    blocks: Vec<Block>,
    /// For each virtual register the bits of the constant that it is.
    constants: Vec<Option<u64>>,
    pool: Vec<VReg>,
    /// For each exit, the registers that its snapshot names.
    snapshots: Vec<List>,
    current: usize,
    is_cold: bool,
    /// What is put between instructions that are written already.
    inserted: Vec<(Spot, Inst)>,
}

impl Mach {
    pub fn new(features: Features) -> Mach {
        Mach {
            features,
            calls: CallSites::new(),
            streams: [Stream::default(), Stream::default()],
            blocks: Vec::new(),
            constants: Vec::new(),
            pool: Vec::new(),
            snapshots: Vec::new(),
            current: 0,
            is_cold: false,
            inserted: Vec::new(),
        }
    }

    /// A new register.
    pub fn vreg(&mut self, class: RegClass) -> VReg {
        self.constants.push(None);
        VReg::new(self.constants.len() - 1, class)
    }

    /// A new register that is a constant; the caller writes the instruction that defines it.
    pub fn constant(&mut self, class: RegClass, bits: u64) -> VReg {
        self.constants.push(Some(bits));
        VReg::new(self.constants.len() - 1, class)
    }

    /// A new block, to be begun later.
    pub fn block(&mut self) -> BlockNo {
        self.blocks.push(Block::default());
        BlockNo(self.blocks.len() as u32 - 1)
    }

    /// Whether cold code is being written.
    pub fn is_cold(&self) -> bool {
        self.is_cold
    }

    /// What follows is the code of `block`.
    pub fn begin(&mut self, block: BlockNo, is_cold: bool, params: &[VReg]) {
        let params = self.list(params);
        self.is_cold = is_cold;
        self.current = block.0 as usize;
        let stream = &mut self.streams[usize::from(is_cold)];
        stream.blocks.push(block.0);
        let b = &mut self.blocks[self.current];
        assert!(!b.is_begun, "a block is written once");
        *b = Block {
            is_begun: true,
            is_cold,
            start: stream.insts.len() as u32,
            params,
            edges: b.edges,
            is_loop_head: b.is_loop_head,
            end: 0,
        };
    }

    /// Says that the block is the head of a loop.
    pub fn set_loop_head(&mut self, block: BlockNo) {
        self.blocks[block.0 as usize].is_loop_head = true;
    }

    /// Appends an instruction to the current block.
    pub fn push(&mut self, inst: Inst) {
        self.stream().insts.push(inst);
    }

    /// The place of the next instruction.
    pub fn spot(&mut self) -> Spot {
        Spot { is_cold: self.is_cold, at: self.stream().insts.len() as u32 }
    }

    /// Inserts an instruction before the one that has been written at a place meanwhile.
    pub fn insert(&mut self, spot: Spot, inst: Inst) {
        self.inserted.push((spot, inst));
    }

    /// Notes what follows for listings.
    pub fn mark(&mut self, id: u32) {
        let stream = self.stream();
        let at = stream.insts.len() as u32;
        match stream.marks.last_mut() {
            Some(last) if last.0 == at => last.1 = id,
            Some(last) if last.1 == id => {}
            _ => stream.marks.push((at, id)),
        }
    }

    /// Ends the current block with a jump.
    pub fn jump(&mut self, to: BlockNo, args: &[VReg]) {
        self.push(Inst::Jump { target: block_label(to) });
        self.end([Some((to, args)), None]);
    }

    /// Ends the current block with a conditional jump to `then`, without arguments on either edge.
    pub fn branch(&mut self, jump: Inst, then: BlockNo, other: BlockNo) {
        self.push(jump);
        self.end([Some((then, &[])), Some((other, &[]))]);
    }

    /// Ends the current block with an instruction behind which nothing of this function comes.
    pub fn leave(&mut self, inst: Inst) {
        self.push(inst);
        self.end([None, None]);
    }

    /// Ends the current block with a return.
    pub fn ret(&mut self, returns: Returns) {
        let stream = self.stream();
        stream.returns.push((stream.insts.len() as u32, returns));
        self.leave(Inst::Ret);
    }

    /// The registers of the snapshot of the next exit; its number.
    pub fn snapshot(&mut self, vregs: &[VReg]) -> u32 {
        let list = self.list(vregs);
        self.snapshots.push(list);
        self.snapshots.len() as u32 - 1
    }

    fn end(&mut self, edges: [Option<(BlockNo, &[VReg])>; 2]) {
        let edges = edges.map(|edge| edge.map(|(to, args)| Edge { to, args: self.list(args) }));
        let end = self.stream().insts.len() as u32;
        let block = &mut self.blocks[self.current];
        block.end = end;
        block.edges = edges;
    }

    fn stream(&mut self) -> &mut Stream {
        &mut self.streams[usize::from(self.is_cold)]
    }

    fn list(&mut self, vregs: &[VReg]) -> List {
        let start = self.pool.len() as u32;
        self.pool.extend_from_slice(vregs);
        List { start, len: vregs.len() as u32 }
    }

    /// Puts what was inserted into the streams. What an instruction is inserted before moves on, and all behind it; blocks
    /// and marks that begin there do not.
    fn insert_all(&mut self) {
        let mut inserted = std::mem::take(&mut self.inserted);
        inserted.sort_by_key(|&(spot, _)| spot);
        for is_cold in [false, true] {
            let of_stream = |spot: Spot| spot.is_cold == is_cold;
            let places: Vec<u32> =
                inserted.iter().filter(|(spot, _)| of_stream(*spot)).map(|(spot, _)| spot.at).collect();
            if places.is_empty() {
                continue;
            }
            let stream = &mut self.streams[usize::from(is_cold)];
            let mut all = Vec::with_capacity(stream.insts.len() + places.len());
            let mut done = 0;
            for &(spot, inst) in inserted.iter().filter(|(spot, _)| of_stream(*spot)) {
                all.extend_from_slice(&stream.insts[done..spot.at as usize]);
                all.push(inst);
                done = spot.at as usize;
            }
            all.extend_from_slice(&stream.insts[done..]);
            stream.insts = all;
            let moved = |at: u32| at + places.partition_point(|&place| place < at) as u32;
            stream.returns.iter_mut().for_each(|(at, _)| *at = moved(*at));
            stream.marks.iter_mut().for_each(|(at, _)| *at = moved(*at));
            for &b in &stream.blocks {
                let block = &mut self.blocks[b as usize];
                (block.start, block.end) = (moved(block.start), moved(block.end));
            }
        }
    }

    /// Joins the streams and numbers the blocks in the order of their code.
    pub fn seal(mut self) -> Sealed {
        self.insert_all();
        let [hot, cold] = self.streams;
        let hot_len = hot.insts.len() as u32;
        let order: Vec<u32> = hot.blocks.iter().chain(&cold.blocks).copied().collect();
        assert!(order.len() == self.blocks.len(), "every block is written");
        let mut number = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            number[old as usize] = new as u32;
        }
        let shift = |is_cold: bool, at: u32| if is_cold { hot_len + at } else { at };
        let mut insts = hot.insts;
        insts.extend_from_slice(&cold.insts);
        let returns: Vec<_> = (hot.returns.iter().copied())
            .chain(cold.returns.iter().map(|&(at, r)| (hot_len + at, r)))
            .collect();
        let marks: Vec<_> =
            hot.marks.iter().copied().chain(cold.marks.iter().map(|&(at, id)| (hot_len + at, id))).collect();
        let mut blocks = Vec::with_capacity(order.len());
        let mut pred_counts = vec![0u32; order.len()];
        for &old in &order {
            let b = &self.blocks[old as usize];
            let (mut succs, mut args, mut count) = ([0; 2], [List::default(); 2], 0);
            for edge in b.edges.iter().flatten() {
                succs[count] = number[edge.to.0 as usize];
                args[count] = edge.args;
                pred_counts[succs[count] as usize] += 1;
                count += 1;
            }
            blocks.push(SealedBlock {
                insts: shift(b.is_cold, b.start)..shift(b.is_cold, b.end),
                succs,
                args,
                succ_count: count as u8,
                preds: List::default(),
                params: b.params,
                is_cold: b.is_cold,
                is_loop_head: b.is_loop_head,
            });
        }
        let mut start = 0;
        for (block, &count) in blocks.iter_mut().zip(&pred_counts) {
            block.preds = List { start, len: 0 };
            start += count;
        }
        let mut preds = vec![0; start as usize];
        for b in 0..blocks.len() {
            for s in 0..blocks[b].succ_count as usize {
                let to = blocks[b].succs[s] as usize;
                let list = &mut blocks[to].preds;
                preds[(list.start + list.len) as usize] = b as u32;
                list.len += 1;
            }
        }
        let mut sealed = Sealed {
            insts,
            blocks,
            number,
            preds,
            returns,
            marks,
            features: self.features,
            calls: self.calls,
            constants: self.constants,
            pool: self.pool,
            snapshots: self.snapshots,
            operands: Vec::new(),
            operand_starts: Vec::new(),
        };
        sealed.list_operands();
        sealed
    }
}

/// A block of the finished function.
#[derive(Debug)]
pub(super) struct SealedBlock {
    insts: Range<u32>,
    succs: [u32; 2],
    args: [List; 2],
    succ_count: u8,
    preds: List,
    params: List,
    is_cold: bool,
    pub is_loop_head: bool,
}

/// The finished function, as the allocator sees it.
pub(super) struct Sealed {
    pub insts: Vec<Inst>,
    pub blocks: Vec<SealedBlock>,
    /// From the numbers in labels to the final ones.
    pub number: Vec<u32>,
    preds: Vec<u32>,
    /// Returns by their place, ascending.
    pub returns: Vec<(u32, Returns)>,
    /// Marks by their place, ascending.
    pub marks: Vec<(u32, u32)>,
    pub features: Features,
    pub calls: CallSites,
    constants: Vec<Option<u64>>,
    pool: Vec<VReg>,
    snapshots: Vec<List>,
    operands: Vec<Operand>,
    operand_starts: Vec<u32>,
}

impl Sealed {
    fn list_operands(&mut self) {
        self.operands.reserve(self.insts.len() * 2);
        self.operand_starts.reserve(self.insts.len() + 1);
        let mut returns = self.returns.iter();
        for inst in &self.insts {
            self.operand_starts.push(self.operands.len() as u32);
            if matches!(inst, Inst::Ret) {
                let (_, returned) = returns.next().expect("each return was noted");
                let values = match *returned {
                    Returns::Count(_, first) => [Some(first), None, None, None],
                    Returns::Promised(values) => values,
                    Returns::Multi => [None; Signature::RESULTS_MAX],
                };
                for (number, vreg) in (0..).zip(values).filter_map(|(n, vreg)| Some((n, vreg?))) {
                    let ty = if vreg.class() == RegClass::Float { Type::F64 } else { Type::Value };
                    self.operands.push(Operand {
                        vreg,
                        kind: OperandKind::Use,
                        pos: OperandPos::Early,
                        constraint: Constraint::Fixed(result_reg(number, ty)),
                    });
                }
            } else {
                collect(inst, self.features, &self.calls, &mut self.operands);
            }
        }
        self.operand_starts.push(self.operands.len() as u32);
    }

    fn slice(&self, list: List) -> &[VReg] {
        &self.pool[list.start as usize..(list.start + list.len) as usize]
    }

    /// The bits of a constant register.
    pub fn constant(&self, vreg: VReg) -> u64 {
        self.constants[vreg.index()].expect("the allocator makes only constants again")
    }

    /// The exit that an instruction jumps to.
    pub fn exit_of(&self, inst: usize) -> Option<u32> {
        let label = match self.insts[inst] {
            Inst::CmpJump { target, .. }
            | Inst::FcmpJump { target, .. }
            | Inst::Jcc { target, .. }
            | Inst::Jump { target }
            | Inst::InvalidationPoint { target } => target,
            _ => return None,
        };
        match target_of(label) {
            Target::Exit(exit) => Some(exit),
            Target::Block(_) | Target::Throw => None,
        }
    }
}

impl Function for Sealed {
    fn block_count(&self) -> usize {
        self.blocks.len()
    }
    fn inst_count(&self) -> usize {
        self.insts.len()
    }
    fn vreg_count(&self) -> usize {
        self.constants.len()
    }
    fn block_insts(&self, block: usize) -> Range<usize> {
        let range = &self.blocks[block].insts;
        range.start as usize..range.end as usize
    }
    fn block_succs(&self, block: usize) -> &[u32] {
        let b = &self.blocks[block];
        &b.succs[..b.succ_count as usize]
    }
    fn block_preds(&self, block: usize) -> &[u32] {
        let list = self.blocks[block].preds;
        &self.preds[list.start as usize..(list.start + list.len) as usize]
    }
    fn block_params(&self, block: usize) -> &[VReg] {
        self.slice(self.blocks[block].params)
    }
    fn edge_args(&self, block: usize, succ: usize) -> &[VReg] {
        self.slice(self.blocks[block].args[succ])
    }
    fn is_cold(&self, block: usize) -> bool {
        self.blocks[block].is_cold
    }
    fn inst_operands(&self, inst: usize) -> &[Operand] {
        &self.operands[self.operand_starts[inst] as usize..self.operand_starts[inst + 1] as usize]
    }
    fn inst_clobbers(&self, inst: usize) -> PRegSet {
        clobbers(&self.insts[inst], &self.calls)
    }
    fn inst_snapshot(&self, inst: usize) -> &[VReg] {
        self.exit_of(inst).map_or(&[], |exit| self.slice(self.snapshots[exit as usize]))
    }
    fn snapshot_pos(&self, _inst: usize) -> OperandPos {
        OperandPos::Early
    }
    fn is_move(&self, inst: usize) -> bool {
        share_hint(&self.insts[inst]).is_some_and(|(a, b)| a.vreg().is_some() && b.vreg().is_some())
    }
    fn is_constant(&self, vreg: VReg) -> bool {
        self.constants[vreg.index()].is_some()
    }
}
