//! Chains of comparisons of one integer with constants become trees of decisions.
//!
//! ```text
//!   before                          after
//!   b0:                             b0:
//!     v3 = icmp v0, 1, eq             v9 = icmp v0, 3, lt
//!     branch v3, b10, b1              branch v9, b5, b6
//!   b1:                             b5:
//!     v4 = icmp v0, 2, eq             v10 = icmp v0, 2, lt
//!     branch v4, b11, b2              branch v10, b7, b11
//!   b2: ... 3, 4 ...                b6, b7: ...
//! ```
//!
//! A `switch`, a row of `elseif` and a call site of several classes ask one question after the other. Each question sends a set
//! of integers away and passes the others on, so the chain as a whole cuts the integers into intervals with an edge each; these
//! are found again by binary search, where an interval weighs what its edge is likely to get: all edges are alike but those
//! to cold blocks. Short chains stay, and those whose tree is not clearly shorter: the first questions may be the usual ones.
//!
//! Runs late, as conditions that name one value tell other passes more than halves of ranges. Links of a chain hold nothing but
//! their comparison and constants. Needs dominators (for predecessors) and changes the CFG. (Aho, Lam, Sethi, Ullman, Compilers,
//! 6.8.1; LLVM lowers `switch` in this way.)

use super::has_unreachable;
use crate::ir::builder::Builder;
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::imm::Cc;
use crate::ir::ops::{Class, Op};

/// Chains of fewer questions stay: a tree asks two or three.
const LINKS_MIN: usize = 4;
/// What an edge to a usual and to a cold block weighs. The ratio is arbitrary.
const WEIGHT: u64 = 64;
const WEIGHT_COLD: u64 = 1;

/// Makes trees of chains.
pub fn build_decisions(func: &mut Func, dom: &DomTree) -> u32 {
    if has_unreachable(func, dom) {
        return 0;
    }
    let mut is_link = vec![false; func.block_count()];
    let mut changes = 0;
    for &b in dom.rpo() {
        if is_link[b.index()] {
            continue;
        }
        let Some(chain) = Chain::at(func, dom, b) else { continue };
        for link in &chain.links {
            is_link[link.index()] = true;
        }
        if let Some(tree) = chain.tree() {
            chain.replace(func, b, &tree);
            changes += 1;
        }
    }
    changes
}

/// A question: which integers it sends along which edge, and which edge the others take.
struct Question {
    value: InstId,
    /// The bounds of the integers for which the comparison holds, both included.
    low: i64,
    high: i64,
    /// Whether it is asked for the opposite.
    is_negated: bool,
    branch: InstId,
}

impl Question {
    fn at(func: &Func, b: BlockId) -> Option<Question> {
        let branch = func.terminator(b).filter(|&t| func.op(t) == Op::Branch)?;
        let compare = func.arg(branch, 0);
        if func.op(compare) != Op::Icmp {
            return None;
        }
        let (a, b, cc) = (func.arg(compare, 0), func.arg(compare, 1), func.cc(compare)?);
        let (value, constant, cc) = match (func.as_i64(a), func.as_i64(b)) {
            (None, Some(constant)) => (a, constant, cc),
            (Some(constant), None) => (b, constant, cc.swapped()),
            _ => return None,
        };
        let (low, high, is_negated) = match cc {
            Cc::Eq => (constant, constant, false),
            Cc::Ne => (constant, constant, true),
            Cc::Le => (i64::MIN, constant, false),
            Cc::Gt => (i64::MIN, constant, true),
            Cc::Ge => (constant, i64::MAX, false),
            Cc::Lt => (constant, i64::MAX, true),
            _ => return None,
        };
        Some(Question { value, low, high, is_negated, branch })
    }
}

/// Integers from `low` to before the next interval's, and the edge that they take.
#[derive(Clone, Copy)]
struct Interval {
    low: i64,
    edge: Option<usize>,
}

struct Chain {
    value: InstId,
    /// The blocks behind the first that only ask.
    links: Vec<BlockId>,
    /// Edges by terminator and number, each with its weight; the last is the one that the chain ends with.
    edges: Vec<(InstId, usize, u64)>,
    intervals: Vec<Interval>,
}

/// What is asked of an interval's integers.
enum Tree {
    Leaf(usize),
    /// Below `at` the first, else the second.
    Split {
        at: i64,
        below: Box<Tree>,
        above: Box<Tree>,
    },
}

impl Chain {
    fn at(func: &Func, dom: &DomTree, head: BlockId) -> Option<Chain> {
        let first = Question::at(func, head)?;
        let mut chain = Chain {
            value: first.value,
            links: Vec::new(),
            edges: Vec::new(),
            intervals: vec![Interval { low: i64::MIN, edge: None }],
        };
        let mut question = first;
        loop {
            // The chain goes on where the next question is asked; at the end of one with two ways out, for what does not hold.
            let next =
                [1, 0].into_iter().find_map(|e| Some((e, chain.link(func, dom, head, question.branch, e)?)));
            let on = next.as_ref().map_or(usize::from(!question.is_negated), |(e, _)| *e);
            chain.edge(func, question.branch, 1 - on);
            let sends_holding = (on == 1) != question.is_negated;
            if sends_holding {
                chain.send(question.low, question.high);
            } else {
                if question.low > i64::MIN {
                    chain.send(i64::MIN, question.low - 1);
                }
                if question.high < i64::MAX {
                    chain.send(question.high + 1, i64::MAX);
                }
            }
            let Some((_, (b, asked))) = next else {
                chain.edge(func, question.branch, on);
                chain.send(i64::MIN, i64::MAX);
                return Some(chain);
            };
            chain.links.push(b);
            question = asked;
        }
    }

    /// The block that only this edge leads to and that only asks, and its question.
    fn link(
        &self,
        func: &Func,
        dom: &DomTree,
        head: BlockId,
        branch: InstId,
        e: usize,
    ) -> Option<(BlockId, Question)> {
        let b = func.edge(branch, e).0;
        let is_alone = dom.preds(b).len() == 1 && b != head && b != func.entry() && func.params(b).is_empty();
        if !is_alone || func.edge(branch, 1 - e).0 == b {
            return None;
        }
        let question = Question::at(func, b).filter(|q| q.value == self.value)?;
        let compare = func.arg(question.branch, 0);
        let only_asks = func.insts(b).all(|inst| {
            let is_constant = func.op(inst).class() == Class::Pure && func.args(inst).is_empty();
            inst == compare || inst == question.branch || is_constant
        });
        only_asks.then_some((b, question))
    }

    fn edge(&mut self, func: &Func, branch: InstId, e: usize) {
        let weight = if func.is_cold(func.edge(branch, e).0) { WEIGHT_COLD } else { WEIGHT };
        self.edges.push((branch, e, weight));
    }

    /// Sends integers that are still in the chain along the last edge.
    fn send(&mut self, low: i64, high: i64) {
        self.cut(low);
        if high < i64::MAX {
            self.cut(high + 1);
        }
        let edge = self.edges.len() - 1;
        for i in self.intervals.iter_mut().filter(|i| i.low >= low && i.low <= high) {
            i.edge = i.edge.or(Some(edge));
        }
    }

    /// Makes an interval begin there.
    fn cut(&mut self, low: i64) {
        let at = self.intervals.partition_point(|i| i.low < low);
        if self.intervals.get(at).is_none_or(|i| i.low != low) {
            let edge = self.intervals[at - 1].edge;
            self.intervals.insert(at, Interval { low, edge });
        }
    }

    /// The tree, if it is shorter than the chain.
    fn tree(&self) -> Option<Tree> {
        if self.links.len() + 1 < LINKS_MIN {
            return None;
        }
        let mut intervals: Vec<(i64, usize)> = Vec::with_capacity(self.intervals.len());
        for i in &self.intervals {
            let edge = i.edge?;
            if intervals.last().is_none_or(|last| last.1 != edge) {
                intervals.push((i.low, edge));
            }
        }
        let mut counts = vec![0; self.edges.len()];
        for &(_, edge) in &intervals {
            counts[edge] += 1;
        }
        let weighed: Vec<(i64, usize, u64)> = intervals
            .iter()
            .map(|&(low, edge)| (low, edge, (self.edges[edge].2 * 16 / counts[edge]).max(1)))
            .collect();
        let mut asked = 0;
        let tree = split(&weighed, 0, &mut asked);
        // The chain's last two edges are behind the same question.
        let questions = self.links.len() as u64 + 1;
        let live = (0..).zip(&self.edges).filter(|&(edge, _)| counts[edge] > 0);
        let chained: u64 = live.map(|(i, e)| e.2 * 16 * questions.min(i as u64 + 1)).sum();
        // Jumps that are not taken are a little cheaper than those of a tree.
        (asked * 10 < chained * 9).then_some(tree)
    }

    fn replace(&self, func: &mut Func, head: BlockId, tree: &Tree) {
        let Some(first) = func.terminator(head) else { return };
        // Edges may pass what links hold, and more than what is replaced may use their comparisons.
        for &link in &self.links {
            while let Some(inst) = func.first(link).filter(|&i| !func.op(i).is_terminator()) {
                func.move_before(inst, first);
            }
        }
        let edges: Vec<(BlockId, Vec<InstId>)> = self
            .edges
            .iter()
            .map(|&(branch, e, _)| {
                let (to, args) = func.edge(branch, e);
                (to, args.to_vec())
            })
            .collect();
        let is_cold = func.is_cold(head);
        func.remove(first);
        let mut b = Builder::at_end(func, head);
        let mut open: Vec<(BlockId, &Tree)> = vec![(head, tree)];
        while let Some((block, tree)) = open.pop() {
            b.go_to_end(block);
            let mut lead = |b: &mut Builder<'_>, tree| match tree {
                &Tree::Leaf(edge) => edges[edge].clone(),
                split => {
                    let new = b.new_block();
                    b.func.set_cold(new, is_cold);
                    open.push((new, split));
                    (new, Vec::new())
                }
            };
            match tree {
                Tree::Leaf(edge) => {
                    b.jump(edges[*edge].0, &edges[*edge].1);
                }
                Tree::Split { at, below, above } => {
                    let (below, above) = (lead(&mut b, below), lead(&mut b, above));
                    let at = b.const_i64(*at);
                    let is_below = b.icmp(self.value, at, Cc::Lt);
                    b.branch(is_below, (below.0, &below.1), (above.0, &above.1));
                }
            }
        }
    }
}

/// The tree of some intervals, cut where the weights of both sides are most alike; `asked` grows by what its questions weigh.
fn split(intervals: &[(i64, usize, u64)], depth: u64, asked: &mut u64) -> Tree {
    if let [(_, edge, weight)] = *intervals {
        *asked += weight * depth;
        return Tree::Leaf(edge);
    }
    let total: u64 = intervals.iter().map(|i| i.2).sum();
    let (mut at, mut best, mut below) = (1, u64::MAX, 0);
    for (i, interval) in intervals.iter().enumerate().skip(1) {
        below += intervals[i - 1].2;
        let difference = below.abs_diff(total - below);
        if difference < best {
            (at, best) = (i, difference);
        }
        debug_assert!(interval.0 > intervals[i - 1].0);
    }
    let (low, high) = intervals.split_at(at);
    Tree::Split {
        at: high[0].0,
        below: Box::new(split(low, depth + 1, asked)),
        above: Box::new(split(high, depth + 1, asked)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::interp::{Outcome, run};
    use crate::ir::model::Model;
    use crate::ir::parse::parse;
    use crate::ir::verify::verify;
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn a_switch_becomes_a_tree() {
        check(
            &["decide", "dce"],
            "
            b0(v0: i64, v1: value):
              v2 = const_i64 1
              v3 = icmp v0, v2, eq
              branch v3, b5(v2), b1
            b1:
              v4 = const_i64 2
              v5 = icmp v0, v4, ne
              branch v5, b2, b5(v4)
            b2:
              v6 = const_i64 3
              v7 = icmp v6, v0, eq
              branch v7, b6, b3
            b3:
              v8 = const_i64 4
              v9 = icmp v0, v8, eq
              branch v9, b5(v8), b7
            b7:
              v14 = const_i64 5
              v15 = icmp v0, v14, eq
              branch v15, b5(v14), b8
            b8:
              v16 = const_i64 6
              v17 = icmp v0, v16, eq
              branch v17, b6, b4
            b4 cold:
              v10 = const_value nil
              return_values v10
            b5(v11: i64):
              v12 = box_i64 v11
              return_values v12
            b6:
              v13 = box_bool v5
              return_values v13
            ",
            &expect![[r#"
                b0(v0: i64, v1: value):
                  v2 = const_i64 1
                  v4 = const_i64 2
                  v5 = icmp v0, v4, ne
                  v8 = const_i64 4
                  v14 = const_i64 5
                  v27 = const_i64 4
                  v28 = icmp v0, v27, lt
                  branch v28, b9, b10
                b4 cold:
                  v10 = const_value nil
                  return_values v10
                b5(v11: i64):
                  v12 = box_i64 v11
                  return_values v12
                b6:
                  v13 = box_bool v5
                  return_values v13
                b9:
                  v39 = const_i64 2
                  v40 = icmp v0, v39, lt
                  branch v40, b13, b14
                b10:
                  v30 = const_i64 6
                  v31 = icmp v0, v30, lt
                  branch v31, b11, b12
                b11:
                  v36 = const_i64 5
                  v37 = icmp v0, v36, lt
                  branch v37, b5(v8), b5(v14)
                b12:
                  v33 = const_i64 7
                  v34 = icmp v0, v33, lt
                  branch v34, b6, b4
                b13:
                  v45 = const_i64 1
                  v46 = icmp v0, v45, lt
                  branch v46, b4, b5(v2)
                b14:
                  v42 = const_i64 3
                  v43 = icmp v0, v42, lt
                  branch v43, b5(v4), b6
            "#]],
        );
    }

    #[test]
    fn short_chains_and_chains_that_do_more_stay() {
        check_stays(
            &["decide"],
            "
            b0(v0: i64, v1: i64):
              v2 = const_i64 1
              v3 = icmp v0, v2, eq
              branch v3, b4, b1
            b1:
              v4 = const_i64 2
              v5 = icmp v0, v4, eq
              branch v5, b4, b2
            b2:
              v6 = add_i64 v0, v1
              v7 = const_i64 3
              v8 = icmp v0, v7, eq
              branch v8, b5, b3
            b3:
              v9 = icmp v1, v7, eq
              branch v9, b4, b5
            b4:
              v10 = box_i64 v2
              return_values v10
            b5:
              v11 = box_i64 v6
              return_values v11
            ",
        );
    }

    /// A chain of these questions; each way out gives its number.
    fn chain(questions: &[(i64, &str, bool)]) -> Func {
        let mut text = "func \"f\" returns value\nb0(v0: i64):\n".to_owned();
        let count = questions.len();
        for (i, &(constant, cc, goes_on_holding)) in questions.iter().enumerate() {
            if i > 0 {
                text += &format!("b{i}:\n");
            }
            let (next, out) = (if i + 1 == count { 2 * count } else { i + 1 }, count + i);
            let (then, other) = if goes_on_holding { (next, out) } else { (out, next) };
            let (v, c) = (2 * i + 2, 2 * i + 1);
            text += &format!(
                "  v{c} = const_i64 {constant}\n  v{v} = icmp v0, v{c}, {cc}\n  branch v{v}, b{then}, b{other}\n"
            );
        }
        for i in 0..=count {
            let v = 2 * count + 1 + i;
            text += &format!("b{}:\n  v{v} = const_value int {i}\n  return_values v{v}\n", count + i);
        }
        parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"))
    }

    #[test]
    fn every_integer_takes_its_way() {
        let mut random = 12345u64;
        let mut next = |limit: u64| {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (random >> 33) % limit
        };
        let mut changes = 0;
        for round in 0..300 {
            let count = 2 + next(12) as usize;
            let far = [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX];
            let questions: Vec<(i64, &str, bool)> = (0..count)
                .map(|_| {
                    let constant = if next(8) == 0 { far[next(4) as usize] } else { next(20) as i64 - 5 };
                    let other = ["lt", "le", "gt", "ge", "ne"][next(5) as usize];
                    match next(4) {
                        0 if round % 2 == 0 => (constant, other, next(2) == 0),
                        1 => (constant, "ne", true),
                        _ => (constant, "eq", false),
                    }
                })
                .collect();
            let before = chain(&questions);
            let mut after = before.clone();
            changes += build_decisions(&mut after, &DomTree::new(&before));
            verify(&after).unwrap_or_else(|e| panic!("{e}\n{before:?}\n{after:?}"));
            for value in (-8..20).chain(far) {
                let result = |func: &Func| match run(func, &[value as u64], &mut Model::new(), 1000) {
                    Outcome::Returned(words) => words,
                    other => panic!("{other:?}"),
                };
                assert_eq!(result(&before), result(&after), "{value}\n{before:?}\n{after:?}");
            }
        }
        assert!(changes > 100, "{changes}");
    }
}
