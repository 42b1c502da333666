//! Sinks what only some paths need to where it is needed: out of loops, and into cold blocks.
//!
//! ```text
//!   before                          after
//!   b1(v1: f64):                    b1(v1: f64):
//!     v2 = add_f64 v1, v9             v2 = add_f64 v1, v9
//!     v3 = box_f64 v2                 v4 = fcmp v2, v8, lt
//!     v4 = fcmp v2, v8, lt            branch v4, b1(v2), b3
//!     branch v4, b1(v2), b2(v3)     b3:
//!                                     v5 = box_f64 v2
//!                                     jump b2(v5)
//! ```
//!
//! A variable of a loop is raw inside and boxed after it, so its box is made in each iteration and used once. Whatever is pure
//! and used only by arguments of edges out of its loop is made on those edges instead, each of which gets a block. Then every
//! pure instruction whose uses all stand in other blocks moves down to the block that dominates them, if that is in fewer
//! loops, or cold and its own is not; backwards, so that what it uses may follow. What exits need counts as a use: snapshots
//! name raw results already. Nothing moves into a loop. Needs dominators and loops; changes the CFG.

use super::{FastMap, has_unreachable};
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId, NewInst};
use crate::ir::loops::LoopForest;
use crate::ir::ops::{Class, Op};

/// Sinks pure instructions.
pub fn sink_pure(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    if has_unreachable(func, dom) {
        return 0;
    }
    let changes = if loops.loops().is_empty() { 0 } else { leave_loops(func, dom, loops) };
    if changes == 0 {
        return move_down(func, dom, loops);
    }
    let dom = DomTree::new(func);
    let loops = LoopForest::new(func, &dom);
    changes + move_down(func, &dom, &loops)
}

fn can_sink(func: &Func, inst: InstId) -> bool {
    let op = func.op(inst);
    matches!(op.class(), Class::Pure | Class::Field) && !op.is_const()
}

/// An edge that leaves a loop: its terminator and number.
type Edge = (InstId, usize);

/// Makes on edges out of loops what nothing else needs.
fn leave_loops(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    // For each result that an edge out of its loop passes, these edges; `None` if it has another use.
    let mut wanted: FastMap<InstId, Option<Vec<Edge>>> = FastMap::default();
    let exits = |func: &Func, b: BlockId, arg: InstId, to: BlockId| {
        let home = func.block_of(arg).and_then(|home| loops.innermost(home));
        can_sink(func, arg) && home.is_some_and(|id| loops.contains(id, b) && !loops.contains(id, to))
    };
    for &b in dom.rpo() {
        if let Some(term) = func.terminator(b) {
            for e in 0..func.edge_count(term) {
                let (to, args) = func.edge(term, e);
                for &arg in args.iter().filter(|&&arg| exits(func, b, arg, to)) {
                    let edges = wanted.entry(arg).or_insert_with(|| Some(Vec::new()));
                    if let Some(edges) = edges.as_mut().filter(|edges| edges.last() != Some(&(term, e))) {
                        edges.push((term, e));
                    }
                }
            }
        }
    }
    if wanted.is_empty() {
        return 0;
    }
    let mut forbid = |inst: InstId| {
        if let Some(edges) = wanted.get_mut(&inst) {
            *edges = None;
        }
    };
    for &b in dom.rpo() {
        for inst in func.insts(b) {
            func.args(inst).iter().for_each(|&arg| forbid(arg));
            for e in 0..func.edge_count(inst) {
                let (to, args) = func.edge(inst, e);
                args.iter().filter(|&&arg| !exits(func, b, arg, to)).for_each(|&arg| forbid(arg));
            }
            if let Some(snap) = func.snapshot(inst) {
                func.snaps.visit_insts(snap, &mut forbid);
            }
        }
    }
    let mut sunk: Vec<(InstId, Vec<Edge>)> =
        wanted.into_iter().filter_map(|(inst, edges)| Some((inst, edges?))).collect();
    sunk.sort_unstable_by_key(|s| s.0);
    let mut blocks: FastMap<Edge, BlockId> = FastMap::default();
    let changes = sunk.len() as u32;
    for (inst, edges) in sunk {
        for edge in edges {
            let b = *blocks.entry(edge).or_insert_with(|| func.split_edge(edge.0, edge.1));
            let Some(jump) = func.terminator(b) else { continue };
            let new = func.to_new(inst);
            let (op, ty, imm, imm2, args) = (new.op, new.ty, new.imm, new.imm2, new.args.to_vec());
            let copy = func.insert_before(jump, NewInst { op, ty, args: &args, imm, imm2, snap: None });
            func.rewrite_uses(jump, |arg| if arg == inst { copy } else { arg });
        }
        func.remove(inst);
    }
    changes
}

/// Moves instructions down the dominator tree.
fn move_down(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    let users = Users::find(func, dom);
    let mut changes = 0;
    for &b in dom.rpo().iter().rev() {
        let mut at = func.last(b);
        while let Some(inst) = at {
            at = func.prev(inst);
            if !can_sink(func, inst) {
                continue;
            }
            let Some(target) = place(func, dom, loops, b, users.of(inst)) else { continue };
            let user = func.insts(target).find(|&i| users.of(inst).any(|user| user == i));
            if let Some(before) = user.or(func.terminator(target)) {
                func.move_before(inst, before);
                changes += 1;
            }
        }
    }
    changes
}

/// The users of what can sink, as lists in one vector: most instructions have one or two.
struct Users {
    /// One more than the place of the first of each list; 0 for none.
    first: Vec<u32>,
    /// Users, each with one more than the place of the next.
    links: Vec<(InstId, u32)>,
}

impl Users {
    fn find(func: &Func, dom: &DomTree) -> Users {
        let count = func.inst_count();
        let mut users = Users { first: vec![0; count], links: Vec::with_capacity(2 * count) };
        for &b in dom.rpo() {
            for inst in func.insts(b) {
                let mut see = |used: InstId| {
                    if can_sink(func, used) {
                        users.add(used, inst);
                    }
                };
                func.visit_uses(inst, &mut see);
                if let Some(snap) = func.snapshot(inst) {
                    func.snaps.visit_insts(snap, see);
                }
            }
        }
        users
    }

    fn add(&mut self, used: InstId, user: InstId) {
        let first = &mut self.first[used.index()];
        if self.links.get((*first as usize).wrapping_sub(1)).is_none_or(|&(last, _)| last != user) {
            self.links.push((user, *first));
            *first = self.links.len() as u32;
        }
    }

    fn of(&self, inst: InstId) -> impl Iterator<Item = InstId> + '_ {
        let link = |at: u32| self.links.get((at as usize).wrapping_sub(1));
        std::iter::successors(link(self.first[inst.index()]), move |&&(_, next)| link(next))
            .map(|&(user, _)| user)
    }
}

/// The block where an instruction of `b` with these users belongs, if it is a better one.
fn place(
    func: &Func,
    dom: &DomTree,
    loops: &LoopForest,
    b: BlockId,
    users: impl Iterator<Item = InstId>,
) -> Option<BlockId> {
    let mut target: Option<BlockId> = None;
    for user in users {
        let at = func.block_of(user)?;
        target = Some(target.map_or(Some(at), |t| dom.common_dominator(t, at))?);
        if target == Some(b) {
            return None;
        }
    }
    let target = target?;
    // The results of a call stand right after it.
    let is_free = func.first(target).is_some_and(|i| func.op(i).class() != Class::Project);
    let (from, to) = (loops.depth(b), loops.depth(target));
    let is_better = to < from || to == from && func.is_cold(target) && !func.is_cold(b);
    let is_same_nest = loops.innermost(target).is_none_or(|id| loops.contains(id, b));
    (is_free && is_better && is_same_nest && func.op(func.terminator(target)?) != Op::Unreachable)
        .then_some(target)
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn boxes_for_after_a_loop_are_made_after_it() {
        check(
            &["sink"],
            "
            b0(v0: f64, v8: f64, v9: f64):
              jump b1(v0)
            b1(v1: f64):
              v2 = add_f64 v1, v9
              v3 = box_f64 v2
              v4 = fcmp v2, v8, lt
              branch v4, b1(v2), b2(v3)
            b2(v5: num):
              return_values v5
            ",
            &expect![[r#"
                b0(v0: f64, v8: f64, v9: f64):
                  jump b1(v0)
                b1(v1: f64):
                  v2 = add_f64 v1, v9
                  v4 = fcmp v2, v8, lt
                  branch v4, b1(v2), b3
                b3:
                  v14 = box_f64 v2
                  jump b2(v14)
                b2(v5: num):
                  return_values v5
            "#]],
        );
    }

    #[test]
    fn what_cold_code_needs_is_computed_there() {
        check(
            &["sink"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 3 { r0 = v3 }
            b0(v0: i64, v1: value, v2: bool):
              v3 = add_i64 v0, v0
              v4 = box_i64 v3
              branch v2, b1, b2
            b1 cold:
              v5: value = call_value v1, v4, to 1 [s0]
              return_values v5
            b2:
              return_values v1
            ",
            &expect![[r#"
                snap s0 f0 pc 3 { r0 = v3 }
                b0(v0: i64, v1: value, v2: bool):
                  branch v2, b1, b2
                b1 cold:
                  v3 = add_i64 v0, v0
                  v4 = box_i64 v3
                  v5: value = call_value v1, v4, to 1 [s0]
                  return_values v5
                b2:
                  return_values v1
            "#]],
        );
    }

    #[test]
    fn what_an_exit_needs_stays() {
        check_stays(
            &["sink"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 3 { r0 = v3 }
            b0(v0: i64, v1: value, v2: bool):
              v3 = add_i64 v0, v0
              poll [s0]
              branch v2, b1, b2
            b1 cold:
              v4 = box_i64 v3
              return_values v4
            b2:
              return_values v1
            ",
        );
    }
}
