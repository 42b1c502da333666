//! The loops of a function: natural loops, nested.
//!
//! A back edge leads to a block that dominates its source; that block is the loop's *header*, and the loop is what reaches
//! the back edge without passing the header. Loops with one header are one loop. A cycle that can be entered at two places
//! has no header and is no loop here; the front ends never make one, and [`LoopForest::is_reducible`] tells.

use super::dom::DomTree;
use super::func::{BlockId, Func};

/// A loop of a forest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LoopId(pub u32);

/// A natural loop.
#[derive(Clone, Debug)]
pub struct Loop {
    /// The block through which it is entered.
    pub header: BlockId,
    /// The loop around it.
    pub parent: Option<LoopId>,
    /// 1 for an outermost loop.
    pub depth: u32,
    /// Its blocks in reverse post-order, inner loops' included; the header is the first.
    pub blocks: Vec<BlockId>,
    /// The sources of its back edges.
    pub latches: Vec<BlockId>,
}

/// All loops of a function.
#[derive(Clone, Debug)]
pub struct LoopForest {
    loops: Vec<Loop>,
    /// The innermost loop of each block.
    innermost: Vec<Option<LoopId>>,
    is_reducible: bool,
}

impl LoopForest {
    /// The loops of a function.
    pub fn new(func: &Func, dom: &DomTree) -> LoopForest {
        let mut forest =
            LoopForest { loops: Vec::new(), innermost: vec![None; func.block_count()], is_reducible: true };
        let order = dom.rpo();
        for (i, &b) in order.iter().enumerate() {
            let mut latches = Vec::new();
            for &p in dom.preds(b) {
                if dom.dominates(b, p) {
                    if !latches.contains(&p) {
                        latches.push(p);
                    }
                } else if dom.position(p).is_some_and(|p| p >= i) {
                    forest.is_reducible = false;
                }
            }
            if !latches.is_empty() {
                forest.add(dom, b, latches);
            }
        }
        forest
    }

    /// Adds the loop of a header. Outer headers come first, so the innermost loop of a header so far is its parent.
    fn add(&mut self, dom: &DomTree, header: BlockId, latches: Vec<BlockId>) {
        let id = LoopId(self.loops.len() as u32);
        let parent = self.innermost[header.index()];
        let depth = parent.map_or(0, |p| self.get(p).depth) + 1;
        let mut blocks = vec![header];
        self.innermost[header.index()] = Some(id);
        let mut stack = latches.clone();
        while let Some(b) = stack.pop() {
            if self.innermost[b.index()] != Some(id) {
                self.innermost[b.index()] = Some(id);
                blocks.push(b);
                stack.extend_from_slice(dom.preds(b));
            }
        }
        blocks.sort_by_key(|&b| dom.position(b));
        self.loops.push(Loop { header, parent, depth, blocks, latches });
    }

    /// All loops, each after the one around it.
    pub fn loops(&self) -> &[Loop] {
        &self.loops
    }

    /// The numbers of all loops, each after the one around it; reversed, inner ones come first.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = LoopId> + use<> {
        (0..self.loops.len() as u32).map(LoopId)
    }

    /// A loop.
    pub fn get(&self, id: LoopId) -> &Loop {
        &self.loops[id.0 as usize]
    }

    /// The innermost loop that a block is in.
    pub fn innermost(&self, b: BlockId) -> Option<LoopId> {
        self.innermost[b.index()]
    }

    /// How many loops a block is in.
    pub fn depth(&self, b: BlockId) -> u32 {
        self.innermost(b).map_or(0, |id| self.get(id).depth)
    }

    /// Whether a block is in a loop or in one inside it.
    pub fn contains(&self, id: LoopId, b: BlockId) -> bool {
        std::iter::successors(self.innermost(b), |&l| self.get(l).parent).any(|l| l == id)
    }

    /// Whether every cycle is a loop.
    pub fn is_reducible(&self) -> bool {
        self.is_reducible
    }

    /// The one block outside that leads to the header and nowhere else, where what is moved out of the loop goes.
    pub fn preheader(&self, func: &Func, dom: &DomTree, id: LoopId) -> Option<BlockId> {
        let header = self.get(id).header;
        let mut outside = dom.preds(header).iter().copied().filter(|&p| !self.contains(id, p));
        let b = outside.next()?;
        (outside.next().is_none() && func.successors(b).count() == 1).then_some(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::parse::parse;

    fn forest(text: &str) -> (Func, DomTree, LoopForest) {
        let func = parse(&format!("func \"f\" returns value\n{text}")).unwrap();
        let dom = DomTree::new(&func);
        let loops = LoopForest::new(&func, &dom);
        (func, dom, loops)
    }

    #[test]
    fn nested_loops() {
        let (func, dom, loops) = forest(
            "b0(v0: bool):\n jump b1\n b1:\n branch v0, b2, b5\n b2:\n branch v0, b3, b4\n b3:\n jump b2\n\
             b4:\n branch v0, b1, b6\n b5:\n unreachable\n b6:\n jump b1\n",
        );
        let outer = loops.innermost(BlockId(1)).unwrap();
        let inner = loops.innermost(BlockId(3)).unwrap();
        assert!(loops.is_reducible());
        assert_eq!(loops.get(inner).parent, Some(outer));
        assert_eq!(loops.get(inner).blocks, [BlockId(2), BlockId(3)]);
        assert_eq!(loops.get(outer).latches, [BlockId(4), BlockId(6)]);
        assert_eq!(loops.get(outer).blocks.len(), 5);
        assert_eq!((loops.depth(BlockId(3)), loops.depth(BlockId(5))), (2, 0));
        assert!(loops.contains(outer, BlockId(3)) && !loops.contains(inner, BlockId(4)));
        assert_eq!(loops.preheader(&func, &dom, outer), Some(BlockId(0)));
        assert_eq!(loops.preheader(&func, &dom, inner), None, "b1 also leads elsewhere");
    }

    #[test]
    fn a_cycle_with_two_entries_is_no_loop() {
        let (_, _, loops) = forest(
            "b0(v0: bool):\n branch v0, b1, b2\n b1:\n jump b2\n b2:\n branch v0, b1, b3\n b3:\n unreachable\n",
        );
        assert!(!loops.is_reducible());
        assert!(loops.loops().is_empty());
    }
}
