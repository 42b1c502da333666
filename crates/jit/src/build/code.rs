//! A function's bytecode as a graph of blocks, with the registers that live at each instruction.
//!
//! Blocks come in an order that has dominators first and loop bodies together: reverse postorder, where the nearer
//! successor is walked last. A register is *live* where its value may be read before it is written again; a call's window
//! and everything above it counts as written, for there the callee's frame was.

use bytecode::module::{Proto, UpvalueSource};
use bytecode::ops::{Inst, Op, OperandKind as K};
use bytecode::text::jump_target;
use runtime::closure::Function;

/// A set of registers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct RegSet(Vec<u64>);

impl RegSet {
    fn new(len: usize) -> RegSet {
        RegSet(vec![0; len.div_ceil(64)])
    }

    pub(super) fn contains(&self, reg: u16) -> bool {
        self.0.get(reg as usize / 64).is_some_and(|word| word >> (reg % 64) & 1 != 0)
    }

    fn insert(&mut self, reg: u16) {
        self.0[reg as usize / 64] |= 1 << (reg % 64);
    }

    fn remove(&mut self, reg: u16) {
        self.0[reg as usize / 64] &= !(1 << (reg % 64));
    }

    /// Adds another set; whether that changed anything.
    fn add(&mut self, other: &RegSet) -> bool {
        let mut changed = false;
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            changed |= *b & !*a != 0;
            *a |= b;
        }
        changed
    }

    /// The registers in it, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.iter().enumerate().flat_map(|(i, &word)| {
            std::iter::successors(Some(word), |w| Some(w & w.wrapping_sub(1)))
                .take_while(|w| *w != 0)
                .map(move |w| (i * 64) as u16 + w.trailing_zeros() as u16)
        })
    }
}

/// A block of bytecode.
pub(super) struct Block {
    pub(super) start: u32,
    /// The first instruction that is not in it.
    pub(super) end: u32,
    /// Where control may go on: first pcs of blocks, without duplicates.
    pub(super) succs: Vec<u32>,
    /// Number of edges that lead here, from blocks that can be reached.
    pub(super) edges_in: u32,
    /// The registers that live at its start.
    pub(super) live: RegSet,
}

/// The graph.
pub(super) struct Code {
    pub(super) proto: &'static Proto,
    /// All functions of the module.
    children: &'static [Proto],
    /// Blocks in the order in which they are built; those that cannot be reached are not there.
    pub(super) blocks: Vec<Block>,
    /// For each pc the number of the block that begins there, or `u32::MAX`.
    block_at: Vec<u32>,
    /// The live registers of the first block that are the state of a traversal which began before.
    pub(super) range_state: RegSet,
}

/// No block.
const NONE: u32 = u32::MAX;

impl Code {
    /// The graph of what can be reached from `start`.
    pub(super) fn new(function: Function, start: u32) -> Code {
        let proto = function.proto_ref();
        let children = &function.module().protos;
        let n = proto.code.len();
        let mut is_leader = vec![false; n + 3];
        is_leader[start as usize] = true;
        for (pc, &inst) in proto.code.iter().enumerate() {
            let target = jump_target(pc as u32, inst);
            if let Some(target) = target {
                is_leader[target as usize] = true;
                is_leader[pc + 1] = true;
            }
            if bytecode::verify::ends_control(inst.op()) {
                is_leader[pc + 1] = true;
            }
            if inst.op() == Op::RangeNext {
                is_leader[pc + 2] = true;
            }
        }
        let range_state = RegSet::new(proto.frame_size as usize);
        let mut code = Code { proto, children, blocks: Vec::new(), block_at: vec![NONE; n], range_state };
        code.find_blocks(start, &is_leader);
        if start != 0 {
            code.find_live(true);
            code.range_state = code.blocks[0].live.clone();
        }
        code.find_live(false);
        code
    }

    fn inst(&self, pc: u32) -> Inst {
        self.proto.code[pc as usize]
    }

    /// The first and the last instruction of the loop whose body begins at `head`, if it is inside another one, or before one
    /// of which nothing is known yet: `has_run` tells by its last instruction whether a loop has run.
    pub(super) fn lone_loop(&self, head: u32, has_run: impl Fn(u32) -> bool) -> Option<(u32, u32)> {
        let back = |pc: u32| jump_target(pc, self.inst(pc)).map(|t| t as u32).filter(|&t| t <= pc);
        let all = || (0..self.proto.code.len() as u32).filter_map(|pc| Some((back(pc)?, pc)));
        let last = all().filter(|&(to, _)| to == head).map(|(_, pc)| pc).max()?;
        let is_lone = |(to, pc): (u32, u32)| pc > last && (to < head || to > last && !has_run(pc));
        all().any(is_lone).then_some((head, last))
    }

    /// The number of the block that begins at `pc`.
    pub(super) fn block_at(&self, pc: u32) -> Option<usize> {
        let b = self.block_at[pc as usize];
        (b != NONE).then_some(b as usize)
    }

    fn succs_of(&self, pc: u32) -> Vec<u32> {
        let inst = self.inst(pc);
        let mut succs = Vec::new();
        match inst.op() {
            Op::Return0 | Op::Return1 | Op::Return | Op::ReturnMulti => return succs,
            Op::Jump | Op::RangePrep => {}
            Op::RangeNext => succs.extend([pc + 1, pc + 2]),
            _ => succs.push(pc + 1),
        }
        if let Some(target) = jump_target(pc, inst)
            && !succs.contains(&(target as u32))
        {
            succs.push(target as u32);
        }
        succs
    }

    fn find_blocks(&mut self, start: u32, is_leader: &[bool]) {
        let end_of = |pc: u32| {
            let mut end = pc + 1;
            while !is_leader[end as usize] {
                end += 1;
            }
            end
        };
        // Depth first, with an explicit stack: each entry is a block and its successors still to be walked.
        let mut seen = vec![false; self.proto.code.len()];
        let mut postorder = Vec::new();
        let mut stack: Vec<(Block, Vec<u32>)> = Vec::new();
        let mut enter = |pc: u32, stack: &mut Vec<(Block, Vec<u32>)>| {
            if std::mem::replace(&mut seen[pc as usize], true) {
                return;
            }
            let end = end_of(pc);
            let succs = self.succs_of(end - 1);
            let mut walk = succs.clone();
            // The one that is walked last comes first in the order: the nearest.
            walk.sort_unstable();
            let block = Block { start: pc, end, succs, edges_in: 0, live: RegSet::default() };
            stack.push((block, walk));
        };
        enter(start, &mut stack);
        while let Some((_, walk)) = stack.last_mut() {
            match walk.pop() {
                Some(next) => enter(next, &mut stack),
                None => postorder.extend(stack.pop().map(|(block, _)| block)),
            }
        }
        postorder.reverse();
        self.blocks = postorder;
        for (i, block) in self.blocks.iter().enumerate() {
            self.block_at[block.start as usize] = i as u32;
        }
        self.blocks[0].edges_in = 1;
        for i in 0..self.blocks.len() {
            for pc in self.blocks[i].succs.clone() {
                let to = self.block_at[pc as usize] as usize;
                self.blocks[to].edges_in += 1;
            }
        }
    }

    /// Finds the live registers, or only those that are the state of a traversal.
    fn find_live(&mut self, only_ranges: bool) {
        let len = self.proto.frame_size as usize;
        for block in &mut self.blocks {
            block.live = RegSet::new(len);
        }
        let mut changed = true;
        while changed {
            changed = false;
            for i in (0..self.blocks.len()).rev() {
                let block = &self.blocks[i];
                let mut live = self.live_at_end(block);
                for pc in (block.start..block.end).rev() {
                    self.visit_writes(pc, |reg| live.remove(reg));
                    if only_ranges {
                        self.visit_state(pc, |reg| live.insert(reg));
                    } else {
                        self.visit_reads(pc, |reg| live.insert(reg));
                    }
                }
                changed |= self.blocks[i].live.add(&live);
            }
        }
    }

    fn live_at_end(&self, block: &Block) -> RegSet {
        let mut live = RegSet::new(self.proto.frame_size as usize);
        for &pc in &block.succs {
            live.add(&self.blocks[self.block_at[pc as usize] as usize].live);
        }
        live
    }

    /// The registers that live before each instruction of a block, and at its end.
    pub(super) fn live_in_block(&self, block: usize) -> Vec<RegSet> {
        let block = &self.blocks[block];
        let mut live = self.live_at_end(block);
        let mut sets = vec![live.clone()];
        for pc in (block.start..block.end).rev() {
            self.visit_writes(pc, |reg| live.remove(reg));
            self.visit_reads(pc, |reg| live.insert(reg));
            sets.push(live.clone());
        }
        sets.reverse();
        sets
    }

    /// Calls `visit` with every register that the instruction reads as a value.
    fn visit_reads(&self, pc: u32, mut visit: impl FnMut(u16)) {
        let inst = self.inst(pc);
        let (a, b, c) = (inst.a(), inst.b(), inst.c());
        let mut range = |from: u16, count: u16| (from..from + count).for_each(&mut visit);
        match inst.op() {
            Op::Closure => {
                let child = self.child_upvalues(inst);
                for source in child {
                    if let UpvalueSource::Register(r) = *source
                        && r != a
                    {
                        visit(r);
                    }
                }
                return;
            }
            Op::SetList | Op::SetListMulti => return range(a, inst.x() as u16 + 1),
            Op::Select => return range(a, 2 * b),
            Op::GetMethod => return visit(b),
            Op::RangePrep | Op::RangeNext => return range(a, 3),
            Op::RangeTest => return range(a, 4),
            Op::MakeChan if inst.x() == 0 => return,
            _ => {}
        }
        for &operand in inst.op().operands() {
            let reg = inst.field(operand) as u16;
            match operand.kind {
                K::Src | K::SrcDst | K::SrcCell => visit(reg),
                // The count is in the next field.
                K::SrcRange => {
                    let count = if inst.op() == Op::Concat { c } else { b };
                    (reg..reg + count).for_each(&mut visit);
                }
                K::Window => {
                    visit(reg);
                    (reg + 3..reg + 3 + b).for_each(&mut visit);
                }
                _ => {}
            }
        }
    }

    /// Calls `visit` with every register that the instruction reads as the state of a traversal.
    fn visit_state(&self, pc: u32, visit: impl FnMut(u16)) {
        let inst = self.inst(pc);
        if matches!(inst.op(), Op::RangeNext | Op::RangeTest) {
            (inst.a()..inst.a() + 3).for_each(visit);
        }
    }

    fn child_upvalues(&self, inst: Inst) -> &[UpvalueSource] {
        self.children.get(inst.bc() as usize).map_or(&[], |p| &p.upvalues)
    }

    /// Calls `visit` with every register that the instruction writes.
    fn visit_writes(&self, pc: u32, mut visit: impl FnMut(u16)) {
        let inst = self.inst(pc);
        let (a, b) = (inst.a(), inst.b());
        let size = self.proto.frame_size;
        let mut range = |from: u16, to: u16| (from..to.min(size)).for_each(&mut visit);
        match inst.op() {
            Op::Call
            | Op::CallMulti
            | Op::CallRetMulti
            | Op::CallMultiRetMulti
            | Op::Go
            | Op::GoMulti
            | Op::Defer
            | Op::DeferMulti => return range(a, size),
            Op::GetMethod => {
                visit(a);
                return visit(a + 3);
            }
            Op::CopyCell => return visit(a),
            Op::LoadNil | Op::Vararg => return range(a, a + b),
            Op::RangePrep => return range(a, a + 3),
            Op::RangeNext => return range(a + 3, size),
            Op::RecvOk => return range(a, a + 2),
            Op::Select => return range(a, size.min(a + 3)),
            _ => {}
        }
        for &operand in inst.op().operands() {
            if matches!(operand.kind, K::Dst | K::SrcDst) {
                visit(inst.field(operand) as u16);
            }
        }
    }
}
