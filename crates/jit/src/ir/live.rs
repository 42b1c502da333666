//! Which results are live where blocks begin and end.
//!
//! Backward data flow on bit sets, one bit per instruction, over the blocks in post-order until nothing changes. What only
//! snapshots name is counted apart on request, because such uses need no register. An edge's arguments are used at the end
//! of its source; parameters are defined at the beginning of their block.

use super::dom::DomTree;
use super::func::{BlockId, Func, InstId};

/// A set of instructions of one function.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct InstSet {
    words: Vec<u64>,
}

impl InstSet {
    /// The empty set for a function of that many instructions.
    pub fn new(inst_count: usize) -> InstSet {
        InstSet { words: vec![0; inst_count.div_ceil(64)] }
    }

    /// Adds an instruction; whether it was new.
    pub fn insert(&mut self, inst: InstId) -> bool {
        let (word, bit) = (inst.index() / 64, 1 << (inst.index() % 64));
        let is_new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        is_new
    }

    /// Removes an instruction.
    pub fn remove(&mut self, inst: InstId) {
        self.words[inst.index() / 64] &= !(1 << (inst.index() % 64));
    }

    /// Whether it has the instruction.
    pub fn contains(&self, inst: InstId) -> bool {
        self.words.get(inst.index() / 64).is_some_and(|w| w >> (inst.index() % 64) & 1 != 0)
    }

    /// Adds all of another set; whether one was new.
    pub fn union(&mut self, other: &InstSet) -> bool {
        let mut is_changed = false;
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            is_changed |= *more & !*word != 0;
            *word |= more;
        }
        is_changed
    }

    /// Its instructions in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = InstId> + '_ {
        self.words.iter().enumerate().flat_map(|(i, &word)| {
            std::iter::successors(Some(word), |w| Some(w & w.wrapping_sub(1)))
                .take_while(|w| *w != 0)
                .map(move |w| InstId(i as u32 * 64 + w.trailing_zeros()))
        })
    }
}

impl std::fmt::Debug for InstSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// What counts as a use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Uses {
    /// Operands and arguments of edges.
    Direct,
    /// Also what snapshots name.
    WithSnapshots,
}

/// The live results of every block.
#[derive(Clone, Debug)]
pub struct Liveness {
    live_in: Vec<InstSet>,
    live_out: Vec<InstSet>,
}

impl Liveness {
    /// Computes it for the reachable blocks; the sets of others are empty.
    pub fn new(func: &Func, dom: &DomTree, uses: Uses) -> Liveness {
        let empty = InstSet::new(func.inst_count());
        let mut live = Liveness {
            live_in: vec![empty.clone(); func.block_count()],
            live_out: vec![empty; func.block_count()],
        };
        let mut is_changed = true;
        while is_changed {
            is_changed = false;
            for &b in dom.rpo().iter().rev() {
                let mut set = std::mem::take(&mut live.live_out[b.index()]);
                for to in func.successors(b) {
                    set.union(&live.live_in[to.index()]);
                }
                live.live_out[b.index()] = set.clone();
                walk_back(func, b, uses, &mut set);
                is_changed |= live.live_in[b.index()] != set;
                live.live_in[b.index()] = set;
            }
        }
        live
    }

    /// Live before the block's first instruction, without its parameters.
    pub fn live_in(&self, b: BlockId) -> &InstSet {
        &self.live_in[b.index()]
    }

    /// Live after the block's terminator; arguments of its edges are not, unless something else uses them.
    pub fn live_out(&self, b: BlockId) -> &InstSet {
        &self.live_out[b.index()]
    }
}

/// How often each instruction is used, by its number. A snapshot counts once for each instruction that names it.
pub fn use_counts(func: &Func, uses: Uses) -> Vec<u32> {
    let mut counts = vec![0; func.inst_count()];
    for &b in func.blocks() {
        for inst in func.insts(b) {
            func.visit_uses(inst, |used| counts[used.index()] += 1);
            if let Some(snap) = func.snapshot(inst).filter(|_| uses == Uses::WithSnapshots) {
                func.snaps.visit_insts(snap, |used| counts[used.index()] += 1);
            }
        }
    }
    counts
}

fn walk_back(func: &Func, b: BlockId, uses: Uses, set: &mut InstSet) {
    let mut at = func.last(b);
    while let Some(inst) = at {
        if uses == Uses::WithSnapshots
            && let Some(snap) = func.snapshot(inst)
        {
            func.snaps.visit_insts(snap, |used| {
                set.insert(used);
            });
        }
        // A call's snapshot may name the call and its further results, which follow it.
        set.remove(inst);
        func.visit_uses(inst, |used| {
            set.insert(used);
        });
        if uses == Uses::WithSnapshots && func.op(inst).is_call() {
            let mut after = func.next(inst);
            while let Some(result) = after.filter(|&r| func.op(r).class() == super::ops::Class::Project) {
                set.remove(result);
                after = func.next(result);
            }
        }
        at = func.prev(inst);
    }
    for &param in func.params(b) {
        set.remove(param);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::parse::parse;

    #[test]
    fn loops_keep_what_they_use_and_snapshots_count_on_request() {
        let func = parse(
            r#"func "f" returns i64
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v1, r1 = v3 }
            b0(v0: i64, v1: value, v5: i64):
              jump b1(v5)
            b1(v3: i64):
              poll [s0]
              v4 = add_i64 v3, v0
              v6 = icmp v4, v0, lt
              branch v6, b1(v4), b2
            b2:
              return_values v4
            "#,
        )
        .unwrap();
        let dom = DomTree::new(&func);
        let sets = |uses| {
            let live = Liveness::new(&func, &dom, uses);
            (0..3)
                .map(|b| format!("{:?} {:?}", live.live_in(BlockId(b)), live.live_out(BlockId(b))))
                .collect::<Vec<_>>()
        };
        assert_eq!(sets(Uses::Direct), ["{} {v0}", "{v0} {v0, v4}", "{v4} {}"]);
        assert_eq!(use_counts(&func, Uses::Direct)[..7], [2, 0, 0, 1, 3, 1, 1]);
        assert_eq!(use_counts(&func, Uses::WithSnapshots)[..4], [2, 1, 0, 2]);
        assert_eq!(sets(Uses::WithSnapshots), ["{} {v0, v1}", "{v0, v1} {v0, v1, v4}", "{v4} {}"]);
    }
}
