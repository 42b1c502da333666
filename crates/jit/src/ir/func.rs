//! A function in SSA form: instructions in flat arrays, blocks as doubly linked lists of them.
//!
//! ```text
//!   insts   [ op │ type │ operands │ immediates │ snapshot ]   by InstId
//!   links   [ previous │ next │ block ]                        by InstId
//!   blocks  [ first │ last │ parameters │ cold ]               by BlockId, and the order of blocks
//!   edges   [ block │ arguments ]                              one for a jump, two for a branch
//!   pool    operand lists that are longer than three
//! ```
//!
//! A block has *parameters* instead of phi instructions, and each edge to it passes arguments. Parameters are instructions
//! without a place in the list. An instruction and its result are one thing, an [`InstId`]. Ids are never reused; a removed
//! instruction is a `nop` that no list has. The parameters of the first block are those of the function.
//!
//! Building is in `builder.rs`; which functions are well formed, in `verify.rs`.

use super::effects;
use super::imm::ImmKind;
use super::ops::Op;
use super::snapshot::{FrameId, SnapId, Snapshots};
use super::types::Type;
use crate::hash::FastMap;
use runtime::value::Value;
use std::fmt;

/// An instruction, and its result.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct InstId(pub u32);

/// A block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct BlockId(pub u32);

/// No instruction or block, inside the arrays.
const NONE: u32 = u32::MAX;

impl InstId {
    /// As an index of an array.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl BlockId {
    /// As an index of an array.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for InstId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl fmt::Debug for InstId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b{}", self.0)
    }
}

impl fmt::Debug for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A list of instructions in the pool.
#[derive(Clone, Copy, Default, Debug)]
struct List {
    start: u32,
    len: u32,
}

/// Operands that lie in the instruction itself.
const INLINE_ARGS: usize = 3;

/// An instruction without its place. If it has more than [`INLINE_ARGS`] operands, `args[0]` is their start in the pool.
#[derive(Clone, Copy, Debug)]
struct InstData {
    op: Op,
    ty: Type,
    arg_count: u16,
    imm2: u32,
    imm: u64,
    args: [InstId; INLINE_ARGS],
    snap: u32,
}

const _: () = assert!(size_of::<InstData>() == 32);

/// The place of an instruction.
#[derive(Clone, Copy, Debug)]
struct Link {
    prev: u32,
    next: u32,
    block: u32,
}

const NO_LINK: Link = Link { prev: NONE, next: NONE, block: NONE };

/// A block without its place.
#[derive(Clone, Copy, Debug)]
struct BlockData {
    first: u32,
    last: u32,
    params: List,
    is_cold: bool,
}

#[derive(Clone, Copy, Debug)]
struct Edge {
    to: BlockId,
    args: List,
}

/// What [`Func::insert_before`] makes an instruction of.
#[derive(Clone, Copy, Debug)]
pub struct NewInst<'a> {
    /// The op; for `jump` and `branch` see [`Func::set_edges`].
    pub op: Op,
    /// The type of the result.
    pub ty: Type,
    /// The operands.
    pub args: &'a [InstId],
    /// The bits of the first immediate.
    pub imm: u64,
    /// The bits of the second immediate.
    pub imm2: u32,
    /// The snapshot.
    pub snap: Option<SnapId>,
}

/// A function.
#[derive(Clone)]
pub struct Func {
    /// A name for dumps.
    pub name: String,
    /// The type of the first result of `return_values`.
    pub returns: Type,
    /// Whether raw integers that it takes fit an immediate: it is a typed entry, and its callers promise that.
    pub takes_immediates: bool,
    /// Snapshots, frames, virtual objects and templates.
    pub snaps: Snapshots,
    insts: Vec<InstData>,
    links: Vec<Link>,
    blocks: Vec<BlockData>,
    order: Vec<BlockId>,
    edges: Vec<Edge>,
    pool: Vec<InstId>,
    /// See [`Func::origin`]; what has no entry is where its snapshot says.
    origins: FastMap<InstId, (FrameId, u32)>,
}

impl Func {
    /// A function without blocks.
    pub fn new(name: &str) -> Func {
        Func {
            name: name.to_owned(),
            returns: Type::Value,
            takes_immediates: false,
            snaps: Snapshots::default(),
            insts: Vec::new(),
            links: Vec::new(),
            blocks: Vec::new(),
            order: Vec::new(),
            edges: Vec::new(),
            pool: Vec::new(),
            origins: FastMap::default(),
        }
    }

    // Blocks.

    /// A new empty block, at the end of the order.
    pub fn add_block(&mut self) -> BlockId {
        let id = BlockId(self.blocks.len() as u32);
        self.blocks.push(BlockData { first: NONE, last: NONE, params: List::default(), is_cold: false });
        self.order.push(id);
        id
    }

    /// The block where the function begins: the first in the order.
    ///
    /// # Panics
    /// If there is no block.
    pub fn entry(&self) -> BlockId {
        self.order[0]
    }

    /// All blocks in their order, which is the order of dumps and a wish for the order of code.
    pub fn blocks(&self) -> &[BlockId] {
        &self.order
    }

    /// Puts the blocks in another order. Blocks that are left out are removed; no edge may lead to them.
    pub fn set_order(&mut self, order: Vec<BlockId>) {
        let mut is_kept = vec![false; self.blocks.len()];
        for b in &order {
            is_kept[b.index()] = true;
        }
        for b in std::mem::replace(&mut self.order, order) {
            if !is_kept[b.index()] {
                self.empty_block(b);
            }
        }
    }

    fn empty_block(&mut self, b: BlockId) {
        while let Some(inst) = self.first(b) {
            self.remove(inst);
        }
        for param in self.params(b).to_vec() {
            self.insts[param.index()].op = Op::Nop;
            self.links[param.index()].block = NONE;
        }
        self.blocks[b.index()].params = List::default();
    }

    /// Block ids are below this.
    pub fn block_count(&self) -> usize {
        self.blocks.len()
    }

    /// Whether the block is rarely executed: its code goes behind all other, and it may not cost the others registers.
    pub fn is_cold(&self, b: BlockId) -> bool {
        self.blocks[b.index()].is_cold
    }

    /// Says whether the block is rarely executed.
    pub fn set_cold(&mut self, b: BlockId, is_cold: bool) {
        self.blocks[b.index()].is_cold = is_cold;
    }

    /// The parameters of a block.
    #[inline]
    pub fn params(&self, b: BlockId) -> &[InstId] {
        self.list(self.blocks[b.index()].params)
    }

    /// Adds a parameter. Edges to the block must pass one argument more then.
    pub fn add_param(&mut self, b: BlockId, ty: Type) -> InstId {
        let id = self.new_inst(NewInst { op: Op::Param, ty, args: &[], imm: 0, imm2: 0, snap: None });
        self.links[id.index()].block = b.0;
        let mut params = self.params(b).to_vec();
        params.push(id);
        self.blocks[b.index()].params = self.new_list(&params);
        id
    }

    /// Keeps only those parameters for which `keep(position)` holds, and drops the arguments of the others from all edges. For
    /// many blocks, [`Func::retain_all_params`] is one sweep.
    pub fn retain_params(&mut self, b: BlockId, mut keep: impl FnMut(usize) -> bool) {
        let params = self.params(b).to_vec();
        let kept: Vec<bool> = (0..params.len()).map(&mut keep).collect();
        self.retain_all_params(&[b], |param| {
            params.iter().position(|&p| p == param).is_none_or(|position| kept[position])
        });
    }

    /// Keeps only those parameters of these blocks for which `keep` holds, and drops the arguments of the others from all edges.
    pub fn retain_all_params(&mut self, blocks: &[BlockId], keep: impl Fn(InstId) -> bool) {
        // The old parameters of blocks that change.
        let mut old = vec![List::default(); self.blocks.len()];
        let mut is_changed = false;
        for &b in blocks {
            let list = self.blocks[b.index()].params;
            if self.list(list).iter().all(|&param| keep(param)) {
                continue;
            }
            is_changed = true;
            old[b.index()] = list;
            self.blocks[b.index()].params = self.filter_list(list, list, &keep);
        }
        if !is_changed {
            return;
        }
        for i in 0..self.edges.len() {
            let Edge { to, args } = self.edges[i];
            let params = old[to.index()];
            if params.len > 0 && args.len == params.len {
                self.edges[i].args = self.filter_list(args, params, &keep);
            }
        }
        for &b in blocks {
            for i in 0..old[b.index()].len {
                let param = self.pool[(old[b.index()].start + i) as usize];
                if !keep(param) {
                    self.insts[param.index()].op = Op::Nop;
                    self.links[param.index()].block = NONE;
                }
            }
        }
    }

    /// The members of a list where `keep` holds for the parameter at the same position.
    fn filter_list(&mut self, list: List, params: List, keep: &impl Fn(InstId) -> bool) -> List {
        let start = self.pool.len() as u32;
        for i in 0..list.len {
            if keep(self.pool[(params.start + i) as usize]) {
                self.pool.push(self.pool[(list.start + i) as usize]);
            }
        }
        List { start, len: self.pool.len() as u32 - start }
    }

    /// The first instruction of a block.
    #[inline]
    pub fn first(&self, b: BlockId) -> Option<InstId> {
        some(self.blocks[b.index()].first)
    }

    /// The last instruction of a block: its terminator, when the block is complete.
    #[inline]
    pub fn last(&self, b: BlockId) -> Option<InstId> {
        some(self.blocks[b.index()].last)
    }

    /// The terminator of a block, if it is complete.
    pub fn terminator(&self, b: BlockId) -> Option<InstId> {
        self.last(b).filter(|&inst| self.op(inst).is_terminator())
    }

    /// The instruction after this one in its block.
    #[inline]
    pub fn next(&self, inst: InstId) -> Option<InstId> {
        some(self.links[inst.index()].next)
    }

    /// The instruction before this one in its block.
    #[inline]
    pub fn prev(&self, inst: InstId) -> Option<InstId> {
        some(self.links[inst.index()].prev)
    }

    /// The instructions of a block, without its parameters. To change the block meanwhile, walk with [`Func::first`] and
    /// [`Func::next`].
    pub fn insts(&self, b: BlockId) -> impl Iterator<Item = InstId> + '_ {
        std::iter::successors(self.first(b), |&inst| self.next(inst))
    }

    /// The blocks that may follow, in the order of the terminator's edges.
    pub fn successors(&self, b: BlockId) -> impl Iterator<Item = BlockId> + '_ {
        self.edges_of(b).iter().map(|edge| edge.to)
    }

    fn edges_of(&self, b: BlockId) -> &[Edge] {
        let Some(last) = self.last(b) else { return &[] };
        let data = &self.insts[last.index()];
        match data.op.edge_count() {
            0 => &[],
            count => &self.edges[data.imm as usize..][..count],
        }
    }

    /// One of the blocks that may follow, counted from the last.
    pub fn successor_from_end(&self, b: BlockId, i: usize) -> Option<BlockId> {
        let edges = self.edges_of(b);
        Some(edges[edges.len().checked_sub(i + 1)?].to)
    }

    // Instructions.

    /// Instruction ids are below this.
    #[inline]
    pub fn inst_count(&self) -> usize {
        self.insts.len()
    }

    /// The block that an instruction or parameter is in; `None` if it was removed.
    #[inline]
    pub fn block_of(&self, inst: InstId) -> Option<BlockId> {
        let b = self.links[inst.index()].block;
        if b == NONE { None } else { Some(BlockId(b)) }
    }

    /// Its op.
    #[inline]
    pub fn op(&self, inst: InstId) -> Op {
        self.insts[inst.index()].op
    }

    /// The type of its result.
    #[inline]
    pub fn ty(&self, inst: InstId) -> Type {
        self.insts[inst.index()].ty
    }

    /// Its operands, without the arguments of edges.
    #[inline]
    pub fn args(&self, inst: InstId) -> &[InstId] {
        let data = &self.insts[inst.index()];
        let count = data.arg_count as usize;
        if count <= INLINE_ARGS {
            &data.args[..count]
        } else {
            &self.pool[data.args[0].index()..data.args[0].index() + count]
        }
    }

    /// One operand.
    ///
    /// # Panics
    /// If it has no such operand.
    #[inline]
    pub fn arg(&self, inst: InstId, i: usize) -> InstId {
        self.args(inst)[i]
    }

    fn args_mut(&mut self, inst: InstId) -> &mut [InstId] {
        let data = &mut self.insts[inst.index()];
        let count = data.arg_count as usize;
        if count <= INLINE_ARGS {
            &mut data.args[..count]
        } else {
            let start = data.args[0].index();
            &mut self.pool[start..start + count]
        }
    }

    /// Replaces one operand.
    pub fn set_arg(&mut self, inst: InstId, i: usize, arg: InstId) {
        self.args_mut(inst)[i] = arg;
    }

    /// The bits of its first immediate.
    #[inline]
    pub fn imm(&self, inst: InstId) -> u64 {
        self.insts[inst.index()].imm
    }

    /// The bits of its second immediate.
    #[inline]
    pub fn imm2(&self, inst: InstId) -> u32 {
        self.insts[inst.index()].imm2
    }

    /// Its snapshot.
    #[inline]
    pub fn snapshot(&self, inst: InstId) -> Option<SnapId> {
        let s = self.insts[inst.index()].snap;
        if s == NONE { None } else { Some(SnapId(s)) }
    }

    /// Gives it a snapshot, or none.
    pub fn set_snapshot(&mut self, inst: InstId, snap: Option<SnapId>) {
        self.insts[inst.index()].snap = snap.map_or(NONE, |s| s.0);
    }

    /// The bytecode for which an instruction with a snapshot was made, as frame and position: what is to blame if it leaves.
    /// Guards that passes have moved or made have the snapshots of other places.
    pub fn origin(&self, inst: InstId) -> Option<(FrameId, u32)> {
        self.origins.get(&inst).copied().or_else(|| {
            let snap = self.snaps.get(self.snapshot(inst)?);
            Some((snap.frame, snap.pc))
        })
    }

    /// Gives an instruction the origin of another one, which may be itself before its snapshot changes.
    pub fn copy_origin(&mut self, to: InstId, from: InstId) {
        if let Some(origin) = self.origin(from) {
            self.origins.insert(to, origin);
        }
    }

    /// Says for which bytecode an instruction was made.
    pub fn set_origin(&mut self, inst: InstId, frame: FrameId, pc: u32) {
        self.origins.insert(inst, (frame, pc));
    }

    /// Says that its result has a narrower type.
    pub fn set_type(&mut self, inst: InstId, ty: Type) {
        self.insts[inst.index()].ty = ty;
    }

    /// What the instruction may do.
    #[inline]
    pub fn effects(&self, inst: InstId) -> effects::Effects {
        effects::effects(self, inst)
    }

    /// Whether it must have a snapshot: it may leave, or throw and so needs to know where it stands.
    pub fn needs_snapshot(&self, inst: InstId) -> bool {
        let effects = self.effects(inst);
        (effects.may_exit() || effects.may_throw()) && self.op(inst) != Op::Throw
    }

    fn new_inst(&mut self, new: NewInst<'_>) -> InstId {
        let id = InstId(self.insts.len() as u32);
        let mut data = InstData {
            op: new.op,
            ty: new.ty,
            arg_count: 0,
            imm2: new.imm2,
            imm: new.imm,
            args: [InstId(NONE); INLINE_ARGS],
            snap: new.snap.map_or(NONE, |s| s.0),
        };
        self.put_args(&mut data, new.args);
        self.insts.push(data);
        self.links.push(NO_LINK);
        id
    }

    fn put_args(&mut self, data: &mut InstData, args: &[InstId]) {
        data.arg_count = u16::try_from(args.len()).expect("an instruction has fewer than 65536 operands");
        if args.len() <= INLINE_ARGS {
            data.args[..args.len()].copy_from_slice(args);
        } else {
            data.args[0] = InstId(self.new_list(args).start);
        }
    }

    /// Makes an instruction at the end of a block.
    pub fn append(&mut self, b: BlockId, new: NewInst<'_>) -> InstId {
        let id = self.new_inst(new);
        self.link_between(b, self.blocks[b.index()].last, NONE, id);
        id
    }

    /// Makes an instruction before another one.
    ///
    /// # Panics
    /// If that one was removed.
    pub fn insert_before(&mut self, at: InstId, new: NewInst<'_>) -> InstId {
        let b = self.block_of(at).expect("the instruction has a place");
        let id = self.new_inst(new);
        self.link_between(b, self.links[at.index()].prev, at.0, id);
        id
    }

    fn link_between(&mut self, b: BlockId, prev: u32, next: u32, id: InstId) {
        self.links[id.index()] = Link { prev, next, block: b.0 };
        match some(prev) {
            Some(prev) => self.links[prev.index()].next = id.0,
            None => self.blocks[b.index()].first = id.0,
        }
        match some(next) {
            Some(next) => self.links[next.index()].prev = id.0,
            None => self.blocks[b.index()].last = id.0,
        }
    }

    fn unlink(&mut self, inst: InstId) {
        let Link { prev, next, block } = std::mem::replace(&mut self.links[inst.index()], NO_LINK);
        let Some(b) = self.blocks.get_mut(block as usize) else { return };
        match some(prev) {
            Some(prev) => self.links[prev.index()].next = next,
            None => b.first = next,
        }
        match some(next) {
            Some(next) => self.links[next.index()].prev = prev,
            None => self.blocks[block as usize].last = prev,
        }
    }

    /// Removes an instruction, whose result nothing may use any more. Parameters: see [`Func::retain_params`].
    pub fn remove(&mut self, inst: InstId) {
        self.unlink(inst);
        let data = &mut self.insts[inst.index()];
        (data.op, data.ty, data.arg_count, data.snap) = (Op::Nop, Type::None, 0, NONE);
    }

    /// Moves an instruction before another one, perhaps of another block.
    pub fn move_before(&mut self, inst: InstId, at: InstId) {
        self.unlink(inst);
        let b = self.block_of(at).expect("the instruction has a place");
        self.link_between(b, self.links[at.index()].prev, at.0, inst);
    }

    /// Moves an instruction to the end of a block.
    pub fn move_to_end(&mut self, inst: InstId, b: BlockId) {
        self.unlink(inst);
        self.link_between(b, self.blocks[b.index()].last, NONE, inst);
    }

    /// Moves an instruction and all after it to the end of another block; to split a block and to join two.
    pub fn move_tail(&mut self, from: InstId, to: BlockId) {
        let mut at = Some(from);
        while let Some(inst) = at {
            at = self.next(inst);
            self.move_to_end(inst, to);
        }
    }

    /// Makes another instruction of this one: same id, place and users, other op, operands and immediates. A terminator
    /// becomes another by [`Func::remove`] and the builder.
    pub fn replace(&mut self, inst: InstId, new: NewInst<'_>) {
        let mut data = self.insts[inst.index()];
        (data.op, data.ty, data.imm, data.imm2) = (new.op, new.ty, new.imm, new.imm2);
        data.snap = new.snap.map_or(NONE, |s| s.0);
        self.put_args(&mut data, new.args);
        self.insts[inst.index()] = data;
    }

    /// The instruction as what [`Func::insert_before`] would make a copy of it from, but for edges.
    pub fn to_new(&self, inst: InstId) -> NewInst<'_> {
        NewInst {
            op: self.op(inst),
            ty: self.ty(inst),
            args: self.args(inst),
            imm: self.imm(inst),
            imm2: self.imm2(inst),
            snap: self.snapshot(inst),
        }
    }

    // Edges.

    /// The number of edges of a terminator.
    #[inline]
    pub fn edge_count(&self, inst: InstId) -> usize {
        self.op(inst).edge_count()
    }

    /// An edge of a terminator: where it leads and what it passes.
    #[inline]
    pub fn edge(&self, inst: InstId, i: usize) -> (BlockId, &[InstId]) {
        let edge = &self.edges[self.insts[inst.index()].imm as usize + i];
        (edge.to, self.list(edge.args))
    }

    /// Makes an edge lead elsewhere.
    pub fn set_edge(&mut self, inst: InstId, i: usize, to: BlockId, args: &[InstId]) {
        let args = self.new_list(args);
        let at = self.insts[inst.index()].imm as usize + i;
        self.edges[at] = Edge { to, args };
    }

    /// Puts a new block on an edge, right before the block that the edge leads to; it passes on what the edge passed.
    pub fn split_edge(&mut self, inst: InstId, i: usize) -> BlockId {
        let (to, args) = self.edge(inst, i);
        let args = args.to_vec();
        let b = self.add_block();
        self.order.pop();
        let at = self.order.iter().position(|&o| o == to).unwrap_or(self.order.len());
        self.order.insert(at, b);
        self.blocks[b.index()].is_cold = self.is_cold(to);
        let new = NewInst { op: Op::Jump, ty: Type::None, args: &[], imm: 0, imm2: 0, snap: None };
        let jump = self.append(b, new);
        self.set_edges(jump, &[(to, &args)]);
        self.set_edge(inst, i, b, &[]);
        b
    }

    /// Gives a new `jump` or `branch` its edges.
    pub fn set_edges(&mut self, inst: InstId, edges: &[(BlockId, &[InstId])]) {
        self.insts[inst.index()].imm = self.edges.len() as u64;
        for (to, args) in edges {
            let args = self.new_list(args);
            self.edges.push(Edge { to: *to, args });
        }
    }

    // Uses.

    /// Calls `visit` with every operand and edge argument, without what its snapshot names.
    pub fn visit_uses(&self, inst: InstId, mut visit: impl FnMut(InstId)) {
        for &arg in self.args(inst) {
            visit(arg);
        }
        for i in 0..self.edge_count(inst) {
            for &arg in self.edge(inst, i).1 {
                visit(arg);
            }
        }
    }

    /// Replaces every operand and edge argument of one instruction.
    pub fn rewrite_uses(&mut self, inst: InstId, mut change: impl FnMut(InstId) -> InstId) {
        for arg in self.args_mut(inst) {
            *arg = change(*arg);
        }
        for i in 0..self.edge_count(inst) {
            let list = self.edges[self.insts[inst.index()].imm as usize + i].args;
            for arg in &mut self.pool[list.start as usize..(list.start + list.len) as usize] {
                *arg = change(*arg);
            }
        }
    }

    /// Replaces every use in the function, those in snapshots included: one sweep for all changes of a pass.
    pub fn rewrite_all(&mut self, mut change: impl FnMut(InstId) -> InstId) {
        for b in self.order.clone() {
            let mut at = self.first(b);
            while let Some(inst) = at {
                self.rewrite_uses(inst, &mut change);
                at = self.next(inst);
            }
        }
        self.snaps.rewrite(change);
    }

    /// Replaces every use of one instruction by another. For many, [`Func::rewrite_all`] is one sweep.
    pub fn replace_uses(&mut self, old: InstId, new: InstId) {
        self.rewrite_all(|inst| if inst == old { new } else { inst });
    }

    /// The addresses of all heap objects in immediates, which the code keeps alive: raw for `Address`, boxed for `Value`.
    pub fn embedded(&self) -> Vec<u64> {
        let mut found = Vec::new();
        for &b in &self.order {
            for inst in self.insts(b) {
                for (i, (_, kind)) in self.op(inst).imms().iter().enumerate() {
                    match kind {
                        ImmKind::Address if i == 0 => found.push(self.imm(inst)),
                        ImmKind::Value if Value::from_bits(self.imm(inst)).is_reference() => {
                            found.push(self.imm(inst));
                        }
                        _ => {}
                    }
                }
            }
        }
        found
    }

    // Lists.

    #[inline]
    fn list(&self, list: List) -> &[InstId] {
        &self.pool[list.start as usize..(list.start + list.len) as usize]
    }

    fn new_list(&mut self, insts: &[InstId]) -> List {
        let start = self.pool.len() as u32;
        self.pool.extend_from_slice(insts);
        List { start, len: insts.len() as u32 }
    }

    /// For the parser: makes room for ids below `count`, as removed instructions.
    pub(super) fn reserve_ids(&mut self, insts: usize, blocks: usize) {
        while self.insts.len() < insts {
            self.new_inst(NewInst { op: Op::Nop, ty: Type::None, args: &[], imm: 0, imm2: 0, snap: None });
        }
        while self.blocks.len() < blocks {
            self.add_block();
        }
    }

    /// For the parser: makes a removed instruction a parameter or an instruction at the end of a block.
    pub(super) fn place(&mut self, id: InstId, b: BlockId, new: NewInst<'_>) {
        self.replace(id, new);
        if new.op == Op::Param {
            self.links[id.index()].block = b.0;
            let mut params = self.params(b).to_vec();
            params.push(id);
            self.blocks[b.index()].params = self.new_list(&params);
        } else {
            self.move_to_end(id, b);
        }
    }
}

/// Two functions are equal if they have the same text: removed instructions and the ids of those without a result do not
/// count.
impl PartialEq for Func {
    fn eq(&self, other: &Func) -> bool {
        let is_same_inst = |a: InstId, b: InstId| {
            let edges = self.edge_count(a);
            self.op(a) == other.op(b)
                && self.ty(a) == other.ty(b)
                && (a == b || self.ty(a) == Type::None)
                && self.args(a) == other.args(b)
                && self.snapshot(a) == other.snapshot(b)
                && self.imm2(a) == other.imm2(b)
                && if edges == 0 {
                    self.imm(a) == other.imm(b)
                } else {
                    (0..edges).all(|i| self.edge(a, i) == other.edge(b, i))
                }
        };
        let is_same_block = |b: BlockId| {
            self.params(b).len() == other.params(b).len()
                && self.params(b).iter().zip(other.params(b)).all(|(x, y)| is_same_inst(*x, *y))
                && self.is_cold(b) == other.is_cold(b)
                && self.insts(b).count() == other.insts(b).count()
                && self.insts(b).zip(other.insts(b)).all(|(x, y)| is_same_inst(x, y))
        };
        self.name == other.name
            && self.returns == other.returns
            && self.takes_immediates == other.takes_immediates
            && self.order == other.order
            && self.order.iter().all(|&b| is_same_block(b))
            && self.snaps.is_same(&other.snaps)
    }
}

impl fmt::Debug for Func {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::print::print(self))
    }
}

#[inline]
fn some(inst: u32) -> Option<InstId> {
    if inst == NONE { None } else { Some(InstId(inst)) }
}
