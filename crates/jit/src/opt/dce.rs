//! Removes what nobody needs: unreachable blocks, unused results and unused block parameters.
//!
//! ```text
//!   before                         after
//!   b0(v0: i64):                   b0(v0: i64):
//!     v1 = add_i64 v0, v0            jump b1
//!     jump b1(v1, v0)              b1:
//!   b1(v2: i64, v3: i64):            return_values v0
//!     return_values v0
//! ```
//!
//! What must stay is marked, beginning with what can be seen to happen; operands, snapshots and the arguments of marked
//! parameters follow. So parameters that only feed themselves around a loop go too. Uses by snapshots keep an instruction
//! alive, for as long as an instruction that is alive has the snapshot. Needs nothing; changes the CFG only by removing
//! unreachable blocks.
//!
//! Left to `snapshots`: to need less in snapshots. Left to `forward`: stores that are overwritten.

use super::incoming_edges;
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::live::InstSet;
use crate::ir::ops::Op;

/// Removes dead instructions, parameters and blocks.
pub fn eliminate_dead_code(func: &mut Func, dom: &DomTree) -> u32 {
    let mut changes = remove_unreachable(func, dom);
    let live = mark(func);
    for b in func.blocks().to_vec() {
        let mut at = func.first(b);
        while let Some(inst) = at {
            at = func.next(inst);
            if !live.contains(inst) {
                func.remove(inst);
                changes += 1;
            }
        }
    }
    let blocks: Vec<BlockId> = func.blocks().iter().copied().skip(1).collect();
    let params = blocks.iter().flat_map(|&b| func.params(b));
    changes += params.filter(|&&param| !live.contains(param)).count() as u32;
    func.retain_all_params(&blocks, |param| live.contains(param));
    changes
}

fn remove_unreachable(func: &mut Func, dom: &DomTree) -> u32 {
    let kept: Vec<BlockId> = func.blocks().iter().copied().filter(|&b| dom.is_reachable(b)).collect();
    let removed = func.blocks().len() - kept.len();
    if removed > 0 {
        func.set_order(kept);
    }
    removed as u32
}

fn mark(func: &Func) -> InstSet {
    let edges = incoming_edges(func);
    let mut position = vec![0u32; func.inst_count()];
    let mut live = InstSet::new(func.inst_count());
    // Many instructions share a snapshot.
    let mut is_seen = vec![false; func.snaps.all().len()];
    let mut work: Vec<InstId> = Vec::new();
    for &b in func.blocks() {
        for (i, p) in func.params(b).iter().enumerate() {
            position[p.index()] = i as u32;
        }
        for inst in func.insts(b) {
            if (func.op(inst).is_terminator() || !func.effects(inst).is_removable()) && live.insert(inst) {
                work.push(inst);
            }
        }
    }
    while let Some(inst) = work.pop() {
        let mut need = |used: InstId| {
            if live.insert(used) {
                work.push(used);
            }
        };
        for &arg in func.args(inst) {
            need(arg);
        }
        if let Some(snap) = func.snapshot(inst)
            && !std::mem::replace(&mut is_seen[snap.index()], true)
        {
            func.snaps.visit_insts(snap, &mut need);
        }
        if func.op(inst) == Op::Param
            && let Some(b) = func.block_of(inst)
        {
            for &(term, i) in &edges[b.index()] {
                need(func.edge(term, i).1[position[inst.index()] as usize]);
            }
        }
    }
    live
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::check;
    use expect_test::expect;

    #[test]
    fn parameters_that_feed_themselves_go() {
        check(
            &["dce"],
            "
            b0(v0: i64, v1: bool):
              v2 = const_i64 1
              jump b1(v0)
            b1(v3: i64):
              v4 = add_i64 v3, v2
              branch v1, b1(v4), b2
            b2:
              v5 = const_value nil
              return_values v5
            b3:
              unreachable
            ",
            &expect![[r#"
                b0(v0: i64, v1: bool):
                  jump b1
                b1:
                  branch v1, b1, b2
                b2:
                  v5 = const_value nil
                  return_values v5
            "#]],
        );
    }

    #[test]
    fn snapshots_keep_what_they_name() {
        check(
            &["dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v1 }
            snap s1 f0 pc 0 { r0 = v2 }
            b0(v0: i64):
              v1 = neg_i64 v0
              v2 = not_i64 v0
              poll [s0]
              v3 = const_value nil
              return_values v3
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v1 }
                snap s1 f0 pc 0 { r0 = v2 }
                b0(v0: i64):
                  v1 = neg_i64 v0
                  poll [s0]
                  v3 = const_value nil
                  return_values v3
            "#]],
        );
    }
}
