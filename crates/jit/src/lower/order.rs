//! The order in which blocks are lowered: reverse post-order with loops in one piece. Definitions come before uses by it;
//! cold blocks are taken in turn too, and end up behind all others because they are written to a stream of their own.
//!
//! The search leaves a loop before it goes on inside it: what is finished first comes last, so that the blocks of a loop
//! stand together and what follows the loop stands behind it.

use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func};
use crate::ir::loops::LoopForest;

/// All blocks that can be reached.
pub(super) fn block_order(func: &Func, loops: &LoopForest) -> Vec<BlockId> {
    let mut post = Vec::with_capacity(func.block_count());
    let mut seen = vec![false; func.block_count()];
    // A block, and its successors that are still to be visited, last first.
    let mut stack: Vec<(BlockId, Vec<BlockId>)> = Vec::new();
    let successors = |b: BlockId| {
        let mut list: Vec<BlockId> = func.successors(b).collect();
        // Visited first: the shallowest. At equal depth the later edge, so that the first one's block follows at once.
        // Cold ones before all, since they are taken out anyway.
        list.sort_by_key(|&s| (func.is_cold(s), std::cmp::Reverse(loops.depth(s))));
        list
    };
    seen[func.entry().index()] = true;
    stack.push((func.entry(), successors(func.entry())));
    while let Some((b, left)) = stack.last_mut() {
        match left.pop() {
            Some(next) if !seen[next.index()] => {
                seen[next.index()] = true;
                stack.push((next, successors(next)));
            }
            Some(_) => {}
            None => {
                post.push(*b);
                stack.pop();
            }
        }
    }
    post.reverse();
    post
}

/// The facts about the control flow that lowering needs.
pub(super) struct Flow {
    /// See [`block_order`].
    pub order: Vec<BlockId>,
    /// For each block, whether it is rarely executed: it says so, or only such blocks lead to it.
    pub is_cold: Vec<bool>,
    /// For each block, whether it is the head of a loop.
    pub is_loop_head: Vec<bool>,
    /// For each block, how many edges lead to it.
    pub pred_counts: Vec<u32>,
}

impl Flow {
    pub fn new(func: &Func, dom: &DomTree, loops: &LoopForest) -> Flow {
        let order = block_order(func, loops);
        let mut is_loop_head = vec![false; func.block_count()];
        for l in loops.loops() {
            is_loop_head[l.header.index()] = true;
        }
        let mut pred_counts = vec![0; func.block_count()];
        // The machine's entry block leads to the function's.
        pred_counts[func.entry().index()] = 1;
        for &b in &order {
            for s in func.successors(b) {
                pred_counts[s.index()] += 1;
            }
        }
        let mut is_cold = vec![false; func.block_count()];
        let mut is_known = vec![false; func.block_count()];
        for &b in &order {
            let mut before = dom.preds(b).iter().filter(|p| is_known[p.index()]).peekable();
            let is_behind_cold = before.peek().is_some() && before.all(|p| is_cold[p.index()]);
            is_cold[b.index()] = b != func.entry() && (func.is_cold(b) || is_behind_cold);
            is_known[b.index()] = true;
        }
        Flow { order, is_cold, is_loop_head, pred_counts }
    }
}
