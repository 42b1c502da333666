//! Order and dominators of blocks.
//!
//! The order is reverse post-order; blocks that the entry does not reach are not in it. Dominators are found by the iteration
//! of Cooper, Harvey and Kennedy, which for the graphs of real programs ends after two rounds. Numbering the dominator tree
//! makes `dominates` two comparisons.

use super::func::{BlockId, Func};
use std::cell::OnceCell;

/// Predecessors, order and dominator tree of a function's blocks.
#[derive(Clone, Debug)]
pub struct DomTree {
    rpo: Vec<BlockId>,
    /// Position in `rpo` by block; `NONE` if unreachable.
    position: Vec<u32>,
    /// Immediate dominator by block, as a position in `rpo`.
    idom: Vec<u32>,
    /// Interval of the dominator tree's depth-first walk by position.
    enter: Vec<u32>,
    leave: Vec<u32>,
    preds: Vec<BlockId>,
    pred_starts: Vec<u32>,
    is_acyclic: bool,
    walk: OnceCell<Vec<(BlockId, usize)>>,
}

const NONE: u32 = u32::MAX;

impl DomTree {
    /// The tree of a function with complete blocks.
    pub fn new(func: &Func) -> DomTree {
        let rpo = reverse_post_order(func);
        let mut position = vec![NONE; func.block_count()];
        for (i, b) in rpo.iter().enumerate() {
            position[b.index()] = i as u32;
        }
        let (pred_starts, preds) = predecessors(func, &rpo);
        let mut tree = DomTree {
            idom: vec![NONE; rpo.len()],
            enter: vec![0; rpo.len()],
            leave: vec![0; rpo.len()],
            rpo,
            position,
            preds,
            pred_starts,
            is_acyclic: true,
            walk: OnceCell::new(),
        };
        // In this order, only an edge of a cycle leads back.
        let leads_back = |b: &BlockId| tree.preds(*b).iter().any(|p| tree.position(*p) >= tree.position(*b));
        tree.is_acyclic = !tree.rpo.iter().any(leads_back);
        tree.find_idoms();
        tree.number();
        tree
    }

    fn find_idoms(&mut self) {
        if self.rpo.is_empty() {
            return;
        }
        self.idom[0] = 0;
        let mut is_changed = true;
        while is_changed {
            is_changed = false;
            for i in 1..self.rpo.len() {
                let mut new = NONE;
                for p in self.preds(self.rpo[i]) {
                    let p = self.position[p.index()];
                    if self.idom[p as usize] != NONE {
                        new = if new == NONE { p } else { self.common(p, new) };
                    }
                }
                if self.idom[i] != new {
                    self.idom[i] = new;
                    is_changed = true;
                }
            }
        }
    }

    /// The nearest block that dominates both, by positions.
    fn common(&self, mut a: u32, mut b: u32) -> u32 {
        while a != b {
            while a > b {
                a = self.idom[a as usize];
            }
            while b > a {
                b = self.idom[b as usize];
            }
        }
        a
    }

    /// Numbers the tree: children come after their parent in `rpo`, so sizes add up backwards and places are given forwards.
    fn number(&mut self) {
        let n = self.rpo.len();
        let mut size = vec![1u32; n];
        for i in (1..n).rev() {
            size[self.idom[i] as usize] += size[i];
        }
        let mut free = vec![0u32; n];
        for i in 0..n {
            let start = if i == 0 { 0 } else { free[self.idom[i] as usize] };
            if i > 0 {
                free[self.idom[i] as usize] += size[i];
            }
            self.enter[i] = start;
            self.leave[i] = start + size[i];
            free[i] = start + 1;
        }
    }

    /// Whether no path comes to a block twice.
    pub fn is_acyclic(&self) -> bool {
        self.is_acyclic
    }

    /// The reachable blocks, each after its dominators and, but for back edges, after its predecessors.
    pub fn rpo(&self) -> &[BlockId] {
        &self.rpo
    }

    /// The reachable blocks, each right after the part of the dominator tree that precedes it, with their depths in the tree.
    pub fn walk(&self) -> &[(BlockId, usize)] {
        self.walk.get_or_init(|| {
            let mut walk = vec![(BlockId(NONE), 0); self.rpo.len()];
            for (i, &b) in self.rpo.iter().enumerate() {
                let depth = if i == 0 { 0 } else { walk[self.enter[self.idom[i] as usize] as usize].1 + 1 };
                walk[self.enter[i] as usize] = (b, depth);
            }
            walk
        })
    }

    /// The position of a block in [`DomTree::rpo`]; `None` if it is not reachable.
    pub fn position(&self, b: BlockId) -> Option<usize> {
        let i = self.position[b.index()];
        if i == NONE { None } else { Some(i as usize) }
    }

    /// Whether a path leads to the block.
    pub fn is_reachable(&self, b: BlockId) -> bool {
        self.position[b.index()] != NONE
    }

    /// The reachable blocks with an edge to this one, one for each edge.
    pub fn preds(&self, b: BlockId) -> &[BlockId] {
        &self.preds[self.pred_starts[b.index()] as usize..self.pred_starts[b.index() + 1] as usize]
    }

    /// The nearest block that dominates this one; `None` for the entry and unreachable blocks.
    pub fn idom(&self, b: BlockId) -> Option<BlockId> {
        let i = self.position(b)?;
        if i == 0 { None } else { Some(self.rpo[self.idom[i] as usize]) }
    }

    /// Whether every path to `b` goes through `a`; each block dominates itself. Unreachable blocks are dominated by all.
    pub fn dominates(&self, a: BlockId, b: BlockId) -> bool {
        match (self.position(a), self.position(b)) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(a), Some(b)) => self.enter[a] <= self.enter[b] && self.leave[b] <= self.leave[a],
        }
    }

    /// The nearest block that dominates both reachable blocks.
    pub fn common_dominator(&self, a: BlockId, b: BlockId) -> Option<BlockId> {
        let (a, b) = (self.position(a)?, self.position(b)?);
        Some(self.rpo[self.common(a as u32, b as u32) as usize])
    }
}

fn reverse_post_order(func: &Func) -> Vec<BlockId> {
    let mut order = Vec::with_capacity(func.blocks().len());
    if func.blocks().is_empty() {
        return order;
    }
    let mut is_seen = vec![false; func.block_count()];
    is_seen[func.entry().index()] = true;
    // The second number counts the edges that are done. Edges are walked from the last to the first, so that the first
    // successor comes right after its block.
    let mut stack = vec![(func.entry(), 0)];
    while let Some(top) = stack.last_mut() {
        let (b, done) = *top;
        top.1 += 1;
        match func.successor_from_end(b, done) {
            Some(to) if !is_seen[to.index()] => {
                is_seen[to.index()] = true;
                stack.push((to, 0));
            }
            Some(_) => {}
            None => {
                order.push(b);
                stack.pop();
            }
        }
    }
    order.reverse();
    order
}

/// Predecessors of all blocks in one array, with where those of each block start.
fn predecessors(func: &Func, rpo: &[BlockId]) -> (Vec<u32>, Vec<BlockId>) {
    let mut starts = vec![0u32; func.block_count() + 1];
    for &b in rpo {
        for to in func.successors(b) {
            starts[to.index() + 1] += 1;
        }
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut preds = vec![BlockId(NONE); starts[starts.len() - 1] as usize];
    let mut at = starts.clone();
    for &b in rpo {
        for to in func.successors(b) {
            preds[at[to.index()] as usize] = b;
            at[to.index()] += 1;
        }
    }
    (starts, preds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::parse::parse;

    fn graph(edges: &[&[u32]]) -> Func {
        let mut text = String::from("func \"g\" returns value\nb0(v0: bool):\n");
        for (i, to) in edges.iter().enumerate() {
            if i > 0 {
                text.push_str(&format!("b{i}:\n"));
            }
            text.push_str(&match to {
                [] => "  unreachable\n".to_owned(),
                [a] => format!("  jump b{a}\n"),
                [a, b, ..] => format!("  branch v0, b{a}, b{b}\n"),
            });
        }
        parse(&text).unwrap()
    }

    #[test]
    fn diamond_with_a_loop() {
        let func = graph(&[&[1, 2], &[3], &[3], &[1, 4], &[], &[4]]);
        let tree = DomTree::new(&func);
        let idoms: Vec<_> = (0..6).map(|b| tree.idom(BlockId(b)).map(|d| d.0)).collect();
        assert_eq!(idoms, [None, Some(0), Some(0), Some(0), Some(3), None]);
        assert!(!tree.is_reachable(BlockId(5)));
        assert_eq!(tree.preds(BlockId(3)), [BlockId(2), BlockId(1)], "in the order of the tree");
        assert_eq!(tree.preds(BlockId(4)), [BlockId(3)]);
        assert_eq!(tree.common_dominator(BlockId(4), BlockId(1)), Some(BlockId(0)));
    }

    #[test]
    fn dominates_agrees_with_its_definition_on_random_graphs() {
        let mut seed = 1u32;
        let mut random = |n: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % n
        };
        for _ in 0..200 {
            let n = 2 + random(9);
            // No edge leads back to the entry.
            let edges: Vec<Vec<u32>> =
                (0..n).map(|_| (0..random(3)).map(|_| 1 + random(n - 1)).collect()).collect();
            let edges: Vec<&[u32]> = edges.iter().map(Vec::as_slice).collect();
            let func = graph(&edges);
            let tree = DomTree::new(&func);
            let reach = |without: Option<u32>| {
                let mut seen = vec![false; n as usize];
                let mut stack = vec![0];
                while let Some(b) = stack.pop() {
                    if Some(b) != without && !std::mem::replace(&mut seen[b as usize], true) {
                        stack.extend(edges[b as usize].iter().take(2));
                    }
                }
                seen
            };
            let reachable = reach(None);
            for a in 0..n {
                assert_eq!(tree.is_reachable(BlockId(a)), reachable[a as usize]);
                let seen = reach(Some(a));
                for b in (0..n).filter(|&b| reachable[a as usize] && reachable[b as usize]) {
                    assert_eq!(tree.dominates(BlockId(a), BlockId(b)), !seen[b as usize], "{func:?} {a} {b}");
                }
            }
        }
    }
}
