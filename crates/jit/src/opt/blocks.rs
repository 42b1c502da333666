//! Joins a block to the one that alone leads to it.
//!
//! ```text
//!   before                         after
//!     jump b1(v0)                    v2 = neg_i64 v0
//!   b1(v1: i64):                     return_values v2
//!     v2 = neg_i64 v1
//!     return_values v2
//! ```
//!
//! Makes longer blocks for passes that look at one block. A block that is rarely executed is not joined to one that is not.
//! Needs dominators (for predecessors) and changes the CFG.

use super::{Replacements, has_unreachable};
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func};
use crate::ir::ops::Op;

/// Joins chains of blocks.
pub fn join_blocks(func: &mut Func, dom: &DomTree) -> u32 {
    if has_unreachable(func, dom) {
        return 0;
    }
    let mut to = Replacements::new(func);
    let mut is_joined = vec![false; func.block_count()];
    let mut changes = 0;
    for &b in dom.rpo() {
        if is_joined[b.index()] {
            continue;
        }
        while let Some(next) = joinable(func, dom, b) {
            let Some(jump) = func.terminator(b) else { break };
            let args = func.edge(jump, 0).1.to_vec();
            for (&param, &arg) in func.params(next).iter().zip(&args) {
                to.set(param, arg);
            }
            func.remove(jump);
            if let Some(first) = func.first(next) {
                func.move_tail(first, b);
            }
            is_joined[next.index()] = true;
            changes += 1;
        }
    }
    if changes > 0 {
        to.apply(func);
        let kept: Vec<BlockId> = func.blocks().iter().copied().filter(|b| !is_joined[b.index()]).collect();
        func.set_order(kept);
    }
    changes
}

/// The block that only a jump at the end of `b` leads to.
fn joinable(func: &Func, dom: &DomTree, b: BlockId) -> Option<BlockId> {
    let term = func.terminator(b).filter(|&t| func.op(t) == Op::Jump)?;
    let next = func.edge(term, 0).0;
    let is_alone = dom.preds(next).len() == 1 && next != func.entry() && next != b;
    (is_alone && func.is_cold(next) == func.is_cold(b)).then_some(next)
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::check;
    use expect_test::expect;

    #[test]
    fn chains_become_one_block() {
        check(
            &["blocks"],
            "
            b0(v0: i64):
              jump b1(v0)
            b1(v1: i64):
              v2 = neg_i64 v1
              jump b2
            b2:
              v3 = box_i64 v2
              return_values v3
            ",
            &expect![[r#"
                b0(v0: i64):
                  v2 = neg_i64 v0
                  v3 = box_i64 v2
                  return_values v3
            "#]],
        );
    }
}
