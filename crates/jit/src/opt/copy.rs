//! Copies of loops, for passes that make versions of them or take iterations out.
//!
//! ```text
//!   before                                after
//!     jump b1(v0)                           jump b1(v0)
//!                                         b3(v4: i64):
//!                                           v5 = add_i64 v4, v9
//!                                           branch v8, b3(v5), b2(v5)
//!   b1(v1: i64):                          b1(v1: i64):
//!     v2 = add_i64 v1, v9                   v2 = add_i64 v1, v9
//!     branch v8, b1(v2), b2                 branch v8, b1(v2), b2(v2)
//!   b2:                                   b2(v6: i64):
//!     return_values v2                      return_values v6
//! ```
//!
//! The copy's edges lead to the copy, or out as the loop's own. Who makes it leads edges to its header, and lets it join the
//! loop: what both compute and blocks outside use becomes a parameter of the blocks where they meet.

use super::{FastMap, Incoming, incoming_edges, map_snapshot};
use crate::ir::func::{BlockId, Func, InstId, NewInst};
use crate::ir::snapshot::SnapId;

/// Which blocks one is among.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Outside,
    Loop,
    Copy,
}

/// What was copied, and what is the copy of what.
pub(super) struct Copy {
    sides: Vec<Side>,
    /// Blocks of the loop and their copies.
    blocks: Vec<(BlockId, BlockId)>,
    /// The copies of the loop's results.
    copies: Vec<Option<InstId>>,
    /// The first copied result, and what it and those behind it are copies of.
    first: usize,
    originals: Vec<InstId>,
}

impl Copy {
    /// Copies blocks, and puts the copies before them; edges between them lead from copy to copy.
    pub(super) fn of(func: &mut Func, blocks: &[BlockId]) -> Copy {
        let mut sides = vec![Side::Outside; func.block_count() + blocks.len()];
        for b in blocks {
            sides[b.index()] = Side::Loop;
        }
        let order: Vec<BlockId> = func.blocks().to_vec();
        let copied: Vec<BlockId> = order.iter().copied().filter(|b| sides[b.index()] == Side::Loop).collect();
        let count = func.inst_count();
        let mut copy = Copy {
            sides,
            blocks: Vec::new(),
            copies: vec![None; count],
            first: count,
            originals: Vec::new(),
        };
        for &b in &copied {
            let new = func.add_block();
            func.set_cold(new, func.is_cold(b));
            copy.sides[new.index()] = Side::Copy;
            copy.blocks.push((b, new));
            for param in func.params(b).to_vec() {
                let new = func.add_param(new, func.ty(param));
                copy.note(param, new);
            }
        }
        let mut with_copies = Vec::with_capacity(order.len() + copied.len());
        for &b in &order {
            if Some(&b) == copied.first() {
                with_copies.extend(copy.blocks.iter().map(|&(_, new)| new));
            }
            with_copies.push(b);
        }
        func.set_order(with_copies);
        for &b in &copied {
            for inst in func.insts(b).collect::<Vec<_>>() {
                copy.copy_inst(func, inst, copy.block(b));
            }
        }
        // Now, since an edge and the snapshot of a call may name what comes later.
        let mut snaps: FastMap<SnapId, Option<SnapId>> = FastMap::default();
        for i in copy.first..copy.first + copy.originals.len() {
            let new = InstId(i as u32);
            func.rewrite_uses(new, |arg| copy.copy_of(arg).unwrap_or(arg));
            if let Some(snap) = func.snapshot(new) {
                let map = &mut |_: &Func, i: InstId| Some(copy.copy_of(i).unwrap_or(i));
                let mapped = *snaps.entry(snap).or_insert_with(|| map_snapshot(func, snap, map));
                func.set_snapshot(new, mapped);
            }
        }
        copy
    }

    fn copy_inst(&mut self, func: &mut Func, inst: InstId, to: BlockId) {
        let (op, ty, imm, imm2) = (func.op(inst), func.ty(inst), func.imm(inst), func.imm2(inst));
        let (args, snap) = (func.args(inst).to_vec(), func.snapshot(inst));
        let new = func.append(to, NewInst { op, ty, args: &args, imm, imm2, snap });
        func.copy_origin(new, inst);
        let edges: Vec<(BlockId, Vec<InstId>)> = (0..func.edge_count(inst))
            .map(|e| func.edge(inst, e))
            .map(|(to, args)| (self.block(to), args.to_vec()))
            .collect();
        if !edges.is_empty() {
            let edges: Vec<_> = edges.iter().map(|(to, args)| (*to, &args[..])).collect();
            func.set_edges(new, &edges);
        }
        self.note(inst, new);
    }

    /// Notes a copy; they are numbered one after the other.
    fn note(&mut self, inst: InstId, copy: InstId) {
        debug_assert_eq!(copy.index(), self.first + self.originals.len(), "nothing else is made meanwhile");
        self.copies[inst.index()] = Some(copy);
        self.originals.push(inst);
    }

    /// The copy of a block of the loop; itself, if it is none.
    pub(super) fn block(&self, b: BlockId) -> BlockId {
        self.blocks.iter().find(|known| known.0 == b).map_or(b, |known| known.1)
    }

    pub(super) fn side(&self, b: BlockId) -> Side {
        self.sides.get(b.index()).copied().unwrap_or(Side::Outside)
    }

    /// The copy of a result of the loop.
    pub(super) fn copy_of(&self, inst: InstId) -> Option<InstId> {
        self.copies.get(inst.index()).copied().flatten()
    }

    /// What an instruction is the copy of; itself, if it is none.
    pub(super) fn original(&self, inst: InstId) -> InstId {
        let at = inst.index().checked_sub(self.first);
        at.and_then(|at| self.originals.get(at)).copied().unwrap_or(inst)
    }

    /// Passes what the copied blocks compute to the blocks outside that use it: as parameters, where both lead to.
    pub(super) fn join(&self, func: &mut Func) {
        let mut join = Join { copy: self, incoming: incoming_edges(func), at: FastMap::default() };
        // Many instructions share a snapshot: whether it names results of the loop is found once.
        let mut is_named: Vec<Option<bool>> = vec![None; func.snaps.all().len()];
        let mut mapped: FastMap<(SnapId, BlockId), Option<SnapId>> = FastMap::default();
        let mut used: Vec<InstId> = Vec::new();
        for b in func.blocks().to_vec() {
            if self.side(b) != Side::Outside {
                continue;
            }
            for inst in func.insts(b).collect::<Vec<_>>() {
                used.clear();
                func.visit_uses(inst, |arg| used.extend(self.copy_of(arg).map(|_| arg)));
                if !used.is_empty() {
                    let to: Vec<InstId> = used.iter().map(|&arg| join.value(func, arg, b)).collect();
                    let get = |arg| used.iter().position(|&u| u == arg).map_or(arg, |i| to[i]);
                    func.rewrite_uses(inst, get);
                }
                let Some(snap) = func.snapshot(inst) else { continue };
                let is_named = is_named.get_mut(snap.index()).map(|known| {
                    *known.get_or_insert_with(|| {
                        let mut is_named = false;
                        func.snaps.visit_insts(snap, |arg| is_named |= self.copy_of(arg).is_some());
                        is_named
                    })
                });
                if is_named != Some(true) {
                    continue;
                }
                let new = match mapped.get(&(snap, b)) {
                    Some(&known) => known,
                    None => {
                        used.clear();
                        func.snaps.visit_insts(snap, |arg| used.extend(self.copy_of(arg).map(|_| arg)));
                        let to: Vec<InstId> = used.iter().map(|&arg| join.value(func, arg, b)).collect();
                        let get = |arg| used.iter().position(|&u| u == arg).map_or(arg, |i| to[i]);
                        let new = map_snapshot(func, snap, &mut |_, arg| Some(get(arg)));
                        mapped.insert((snap, b), new);
                        new
                    }
                };
                func.set_snapshot(inst, new);
            }
        }
    }
}

/// Which of a result and its copy is the value of a variable, where both are possible.
struct Join<'c> {
    copy: &'c Copy,
    incoming: Incoming,
    at: FastMap<(InstId, BlockId), InstId>,
}

impl Join<'_> {
    /// What a result of the loop is at the head of a block outside. All ways to there come from the result or its copy, as the
    /// result dominated the block.
    fn value(&mut self, func: &mut Func, inst: InstId, b: BlockId) -> InstId {
        if let Some(&known) = self.at.get(&(inst, b)) {
            return known;
        }
        if let [(term, _)] = self.incoming[b.index()] {
            let value = self.value_behind(func, inst, term);
            self.at.insert((inst, b), value);
            return value;
        }
        let param = func.add_param(b, func.ty(inst));
        self.at.insert((inst, b), param);
        let edges: Vec<(InstId, usize)> = self.incoming[b.index()].to_vec();
        for (term, e) in edges {
            let value = self.value_behind(func, inst, term);
            let mut args = func.edge(term, e).1.to_vec();
            args.push(value);
            func.set_edge(term, e, b, &args);
        }
        param
    }

    /// The same at the end of a block.
    fn value_behind(&mut self, func: &mut Func, inst: InstId, term: InstId) -> InstId {
        match func.block_of(term).map(|b| (b, self.copy.side(b))) {
            Some((b, Side::Outside)) => self.value(func, inst, b),
            Some((_, Side::Copy)) => self.copy.copy_of(inst).unwrap_or(inst),
            Some((_, Side::Loop)) | None => inst,
        }
    }
}
