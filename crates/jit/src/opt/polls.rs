//! One poll per iteration of the innermost loop.
//!
//! ```text
//!   before                          after
//!   b1:                             b1:
//!     poll [s0]                       poll [s0]
//!     branch v1, b2, b3               branch v1, b2, b3
//!   b2:                             b2:
//!     poll [s1]                       jump b1
//!     jump b1
//! ```
//!
//! A request to the worker must be seen after a bounded time: every cycle needs a poll, and more are of no use. Where one poll
//! dominates another of the same innermost loop, each cycle through the second passes the first. A poll of a loop is needless
//! too if each of its iterations runs into an inner loop whose header polls. Polls outside loops stay: front ends put them
//! where calls make the cycle. Runs last, since the snapshot of a loop's first poll is what others move guards with. Needs
//! dominators and loops; keeps the CFG.

use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::loops::{LoopForest, LoopId};
use crate::ir::ops::Op;

/// Removes polls that others make needless.
pub fn remove_polls(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    // The first poll of each block that is left.
    let mut kept: Vec<(LoopId, BlockId)> = Vec::new();
    let mut needless: Vec<InstId> = Vec::new();
    for &b in dom.rpo() {
        let Some(id) = loops.innermost(b) else { continue };
        for inst in func.insts(b).filter(|&i| func.op(i) == Op::Poll) {
            if kept.iter().any(|&(other, at)| other == id && dom.dominates(at, b)) {
                needless.push(inst);
            } else {
                kept.push((id, b));
            }
        }
    }
    for id in loops.ids() {
        let covers = |inner: LoopId| {
            let l = loops.get(inner);
            l.parent == Some(id)
                && kept.contains(&(inner, l.header))
                && loops.get(id).latches.iter().all(|&latch| dom.dominates(l.header, latch))
        };
        if loops.ids().any(covers) {
            let polls = loops.get(id).blocks.iter().filter(|&&b| loops.innermost(b) == Some(id));
            let polls = polls.flat_map(|&b| func.insts(b)).filter(|&i| func.op(i) == Op::Poll);
            needless.extend(polls.filter(|i| !needless.contains(i)).collect::<Vec<_>>());
        }
    }
    for &inst in &needless {
        func.remove(inst);
    }
    needless.len() as u32
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn one_poll_of_a_nest_is_left() {
        check(
            &["polls"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v0 }
            b0(v0: value, v1: bool):
              poll [s0]
              jump b1
            b1:
              poll [s0]
              jump b2
            b2:
              poll [s0]
              branch v1, b3, b4
            b3:
              poll [s0]
              jump b2
            b4:
              branch v1, b1, b5
            b5:
              return_values v0
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v0 }
                b0(v0: value, v1: bool):
                  poll [s0]
                  jump b1
                b1:
                  jump b2
                b2:
                  poll [s0]
                  branch v1, b3, b4
                b3:
                  jump b2
                b4:
                  branch v1, b1, b5
                b5:
                  return_values v0
            "#]],
        );
    }

    #[test]
    fn a_loop_whose_inner_loop_may_not_run_keeps_its_poll() {
        check_stays(
            &["polls"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v0 }
            b0(v0: value, v1: bool):
              jump b1
            b1:
              poll [s0]
              branch v1, b2, b4
            b2:
              poll [s0]
              branch v1, b2, b4
            b4:
              branch v1, b1, b5
            b5:
              return_values v0
            ",
        );
    }
}
