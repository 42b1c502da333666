//! Two versions of a loop: one for variables that are floats, and one for what they are before.
//!
//! ```text
//!   before                                after
//!     v0 = const_num int 0                  v0 = const_num int 0
//!     jump b1(v0)                           jump b3(v0)
//!                                         b3(v5: value):
//!                                           v6 = as_num v5
//!                                           v7 = mul_num v6, v6
//!                                           v8 = num_to_f64 v7
//!                                           v9 = box_f64 v8
//!                                           branch v20, b1(v9), b2
//!   b1(v1: value):                        b1(v1: value):
//!     v2 = as_num v1                        v2 = as_num v1
//!     …                                     …
//!     branch v20, b1(v4), b2                branch v20, b1(v4), b2
//! ```
//!
//! `x := 0` before a loop in which `x` becomes a float makes `x` a number of either sort in all of it, and what is computed
//! from it is asked for its sort again and again. But once such variables are floats they mostly stay floats. So the loop is
//! copied: an edge that passes floats for all of these variables leads to the loop, in which they are nothing else then; any
//! other leads to the copy, the *general version*, and one of which that is not known asks first. Where the first iteration
//! makes them all floats, the general version is no loop any more, but the first iteration peeled off. (Basic block versioning:
//! Chevalier-Boisvert and Feeley, 2015, here for heads of loops and with one question.)
//!
//! That floats stay floats is found by assuming it, as in `loop_types`; variables of which it is not true are left alone. What
//! the loop computes and others use is passed by parameters to the blocks where the versions meet. Only innermost loops that
//! are not long are copied. Needs dominators; changes the CFG. Left to `types` and `unbox`: to use what is known in
//! each of the versions.

use super::types::{Kind, Kinds};
use super::{FastMap, Incoming, has_unreachable, incoming_edges, map_snapshot, plain};
use crate::ir::builder::Builder;
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId, NewInst};
use crate::ir::imm::Tag;
use crate::ir::loops::{LoopForest, LoopId};
use crate::ir::ops::Op;
use crate::ir::snapshot::SnapId;
use crate::ir::types::Type;

/// Most instructions of a loop that is copied; arbitrary.
const INSTS_MAX: usize = 200;

/// Makes versions of loops.
pub fn version_loops(func: &mut Func, dom: &DomTree) -> u32 {
    // Snapshots of copies name copies, and virtual objects are shared.
    if dom.is_acyclic() || !func.snaps.virtuals().is_empty() {
        return 0;
    }
    let known = Kinds::new(func, dom);
    // Few functions have such variables, so loops are looked for only then.
    let is_header = |b: BlockId| dom.preds(b).iter().any(|&p| dom.dominates(b, p));
    let has_either = |b: BlockId| func.params(b).iter().any(|&p| is_either(func, &known, p));
    if !dom.rpo().iter().any(|&b| has_either(b) && is_header(b)) {
        return 0;
    }
    let loops = &LoopForest::new(func, dom);
    let mut is_innermost = vec![true; loops.loops().len()];
    for parent in loops.loops().iter().filter_map(|l| l.parent) {
        is_innermost[parent.0 as usize] = false;
    }
    let chosen = |id: &LoopId| is_innermost[id.0 as usize] && is_short(func, loops, *id);
    let ids = loops.ids().filter(chosen);
    let mut versions: Vec<Version> = ids.map(|id| Version::of(func, loops, id, &known)).collect();
    settle(func, dom, loops, &mut versions);
    if !versions.is_empty() && has_unreachable(func, dom) {
        let reached = func.blocks().iter().copied().filter(|&b| dom.is_reachable(b)).collect();
        func.set_order(reached);
    }
    for version in &versions {
        version.make(func, loops, &known);
    }
    versions.len() as u32
}

/// Whether a variable is a number that is a float sometimes.
fn is_either(func: &Func, known: &Kinds, param: InstId) -> bool {
    let kind = known.get(func, param);
    func.ty(param).is_boxed()
        && kind.is_in(Kind::NUM)
        && !kind.is_in(Kind::FLOAT)
        && !kind.is_apart(Kind::FLOAT)
}

/// Whether a loop may be copied.
fn is_short(func: &Func, loops: &LoopForest, id: LoopId) -> bool {
    let l = loops.get(id);
    !func.is_cold(l.header) && l.blocks.iter().flat_map(|&b| func.insts(b)).nth(INSTS_MAX).is_none()
}

/// A loop and those of its variables, by number, that are floats in one of its versions.
struct Version {
    id: LoopId,
    floats: Vec<usize>,
}

impl Version {
    /// All variables that may be floats or integers and are used for more than to be passed on.
    fn of(func: &Func, loops: &LoopForest, id: LoopId, known: &Kinds) -> Version {
        let l = loops.get(id);
        if !func.params(l.header).iter().any(|&p| is_either(func, known, p)) {
            return Version { id, floats: Vec::new() };
        }
        let mut used = Vec::new();
        for inst in l.blocks.iter().flat_map(|&b| func.insts(b)) {
            used.extend_from_slice(func.args(inst));
        }
        let params = func.params(l.header);
        let floats =
            (0..params.len()).filter(|&i| is_either(func, known, params[i]) && used.contains(&params[i]));
        Version { id, floats: floats.collect() }
    }

    /// Copies the loop and leads each edge to the version that it is for.
    fn make(&self, func: &mut Func, loops: &LoopForest, known: &Kinds) {
        let l = loops.get(self.id);
        let copy = Copy::of(func, &l.blocks);
        let general = copy.block(l.header);
        let edges = incoming_edges(func);
        for &(term, e) in edges[l.header.index()].iter().chain(&edges[general.index()]) {
            if func.block_of(term).is_none_or(|b| copy.side(b) == Side::Loop) {
                continue;
            }
            // What is known of the loop's results is known of their copies.
            let args = func.edge(term, e).1.to_vec();
            let kind = |&i: &usize| known.get(func, copy.original(args[i]));
            if self.floats.iter().all(|i| kind(i).is_in(Kind::FLOAT)) {
                func.set_edge(term, e, l.header, &args);
            } else if self.floats.iter().any(|i| kind(i).is_apart(Kind::FLOAT)) {
                func.set_edge(term, e, general, &args);
            } else {
                self.ask(func, (term, e), &args, [l.header, general]);
            }
        }
        copy.join(func);
    }

    /// Puts the question on an edge for which version it is.
    fn ask(&self, func: &mut Func, (term, e): (InstId, usize), args: &[InstId], to: [BlockId; 2]) {
        let question = func.split_edge(term, e);
        if let Some(jump) = func.terminator(question) {
            func.remove(jump);
        }
        let known = func.add_block();
        let mut order: Vec<BlockId> = func.blocks().to_vec();
        order.pop();
        let at = order.iter().position(|&b| b == question).map_or(order.len(), |at| at + 1);
        order.insert(at, known);
        func.set_order(order);
        func.set_cold(known, func.is_cold(question));
        let mut at = Builder::at_end(func, question);
        let mut all = None;
        for &i in &self.floats {
            let is_float = at.has_tag(args[i], Tag::Float);
            all = Some(all.map_or(is_float, |all| at.and_bool(all, is_float)));
        }
        let Some(all) = all else { return };
        at.branch(all, (known, &[]), (to[1], args));
        // The kinds of results are known from ops alone, so what was found is said by an op.
        let mut passed = args.to_vec();
        for &i in &self.floats {
            let raw = func.append(known, plain(Op::UnboxF64, Type::F64, &[args[i]]));
            passed[i] = func.append(known, plain(Op::BoxF64, Type::Num, &[raw]));
        }
        Builder::at_end(func, known).jump(to[0], &passed);
    }
}

/// Leaves the variables that stay floats if all of them are.
fn settle(func: &Func, dom: &DomTree, loops: &LoopForest, versions: &mut Vec<Version>) {
    let edges = incoming_edges(func);
    loop {
        versions.retain(|v| !v.floats.is_empty());
        if versions.is_empty() {
            return;
        }
        let param = |v: &Version, i: usize| func.params(loops.get(v.id).header)[i];
        let assumed: Vec<(InstId, Kind)> =
            versions.iter().flat_map(|v| v.floats.iter().map(|&i| (param(v, i), Kind::FLOAT))).collect();
        let kinds = Kinds::assuming(func, dom, &assumed);
        let mut is_settled = true;
        for v in versions.iter_mut() {
            let l = loops.get(v.id);
            let count = v.floats.len();
            v.floats.retain(|&i| {
                edges[l.header.index()].iter().all(|&(term, e)| {
                    let is_back = func.block_of(term).is_some_and(|b| l.blocks.contains(&b));
                    !is_back || kinds.get(func, func.edge(term, e).1[i]).is_in(Kind::FLOAT)
                })
            });
            is_settled &= v.floats.len() == count;
        }
        if is_settled {
            return;
        }
    }
}

/// Which blocks one is among.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Outside,
    Loop,
    Copy,
}

/// What was copied, and what is the copy of what.
struct Copy {
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
    fn of(func: &mut Func, blocks: &[BlockId]) -> Copy {
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
    fn block(&self, b: BlockId) -> BlockId {
        self.blocks.iter().find(|known| known.0 == b).map_or(b, |known| known.1)
    }

    fn side(&self, b: BlockId) -> Side {
        self.sides.get(b.index()).copied().unwrap_or(Side::Outside)
    }

    /// The copy of a result of the loop.
    fn copy_of(&self, inst: InstId) -> Option<InstId> {
        self.copies.get(inst.index()).copied().flatten()
    }

    /// What an instruction is the copy of; itself, if it is none.
    fn original(&self, inst: InstId) -> InstId {
        let at = inst.index().checked_sub(self.first);
        at.and_then(|at| self.originals.get(at)).copied().unwrap_or(inst)
    }

    /// Passes what the copied blocks compute to the blocks outside that use it: as parameters, where both lead to.
    fn join(&self, func: &mut Func) {
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

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn an_iteration_that_makes_a_float_is_peeled_off() {
        check(
            &["versions"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v1 }
            b0(v9: i64):
              v0 = const_num int 0
              jump b1(v0)
            b1(v1: value):
              poll [s0]
              v2 = as_num v1
              v3 = num_to_f64 v2
              v4 = box_f64 v3
              v5 = is_integer v1
              branch v5, b1(v4), b2
            b2:
              return_values v1
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v1 }
                snap s1 f0 pc 0 { r0 = v14 }
                b0(v9: i64):
                  v0 = const_num int 0
                  jump b3(v0)
                b3(v14: value):
                  poll [s1]
                  v16 = as_num v14
                  v17 = num_to_f64 v16
                  v18 = box_f64 v17
                  v19 = is_integer v14
                  branch v19, b1(v18), b2(v14)
                b1(v1: value):
                  poll [s0]
                  v2 = as_num v1
                  v3 = num_to_f64 v2
                  v4 = box_f64 v3
                  v5 = is_integer v1
                  branch v5, b1(v4), b2(v1)
                b2(v21: value):
                  return_values v21
            "#]],
        );
    }

    #[test]
    fn an_edge_that_may_pass_either_asks() {
        check(
            &["versions"],
            "
            b0(v9: bool, v8: f64):
              v0 = const_num int 0
              jump b1(v0)
            b1(v1: value):
              v2 = as_num v1
              v3 = num_to_f64 v2
              branch v9, b2, b3(v1)
            b2:
              v4 = box_f64 v3
              jump b3(v4)
            b3(v5: value):
              branch v9, b1(v5), b4
            b4:
              return_values v5
            ",
            &expect![[r#"
                b0(v9: bool, v8: f64):
                  v0 = const_num int 0
                  jump b5(v0)
                b8:
                  v24 = has_tag v16, float
                  branch v24, b9, b5(v16)
                b9:
                  v26 = unbox_f64 v16
                  v27 = box_f64 v26
                  jump b1(v27)
                b5(v15: value):
                  v17 = as_num v15
                  v18 = num_to_f64 v17
                  branch v9, b6, b7(v15)
                b6:
                  v20 = box_f64 v18
                  jump b7(v20)
                b7(v16: value):
                  branch v9, b8, b4(v16)
                b1(v1: value):
                  v2 = as_num v1
                  v3 = num_to_f64 v2
                  branch v9, b2, b3(v1)
                b2:
                  v4 = box_f64 v3
                  jump b3(v4)
                b3(v5: value):
                  branch v9, b1(v5), b4(v5)
                b4(v29: value):
                  return_values v29
            "#]],
        );
    }

    #[test]
    fn a_variable_that_may_be_an_integer_again_stays() {
        check_stays(
            &["versions"],
            "
            b0(v9: bool, v8: f64):
              v0 = const_num int 0
              jump b1(v0)
            b1(v1: value):
              v2 = as_num v1
              v3 = num_to_f64 v2
              v4 = box_f64 v3
              branch v9, b1(v4), b2
            b2:
              branch v9, b1(v0), b3
            b3:
              return_values v1
            ",
        );
    }
}
