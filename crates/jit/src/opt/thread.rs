//! Jump threading: a way on which a test's answer is known goes where the test leads.
//!
//! ```text
//!   before                          after
//!   b1:                             b1:
//!     v1 = const_bool 0               v1 = const_bool 0
//!     jump b3(v1)                     jump b5
//!   b2:                             b2:
//!     v2 = icmp v0, v9, lt            v2 = icmp v0, v9, lt
//!     jump b3(v2)                     jump b3(v2)
//!   b3(v3: bool):                   b3(v3: bool):
//!     branch v3, b4, b5               branch v3, b4, b5
//! ```
//!
//! Blocks that only test a parameter, or whether it counts as true or is nil, are what `&&`, `||` and inlined functions with
//! several returns leave. An edge to one knows the answer if it passes a constant, a box, or what it was taken for. What
//! blocks below use of the parameters must be on one side of the test: that side is passed it in a parameter of its own, so
//! that it can be reached past the test. Tests of loops' heads stay, and no way into a loop's head is added. Needs dominators;
//! changes the CFG. (Aho, Lam, Sethi, Ullman, Compilers, 9.1.5 and exercises; LLVM's pass of the same name does more.)

use super::{has_unreachable, incoming_edges};
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::ops::Op;
use crate::ir::types::Type;

/// Threads jumps.
pub fn thread_jumps(func: &mut Func, dom: &DomTree) -> u32 {
    if has_unreachable(func, dom) {
        return 0;
    }
    let tests: Vec<Test> = dom.rpo().iter().filter_map(|&b| Test::at(func, dom, b)).collect();
    if tests.is_empty() {
        return 0;
    }
    let uses = Uses::of(func, dom, &tests);
    let edges = incoming_edges(func);
    let mut changes = 0;
    for test in &tests {
        let params = func.params(test.block);
        // One that has got a parameter from a test above is left as it is.
        if params.len() != test.param_count
            || !params.iter().chain(&test.question).all(|&p| uses.are_known(p))
        {
            continue;
        }
        let answers: Vec<(InstId, usize, bool)> = edges[test.block.index()]
            .iter()
            .filter_map(|&(term, e)| Some((term, e, test.answer(func, term, e)?)))
            .filter(|&(.., answer)| !is_header(dom, func.edge(test.branch, usize::from(!answer)).0))
            .collect();
        if answers.is_empty() {
            continue;
        }
        test.pass_below(func, dom, &uses);
        for (term, e, answer) in answers {
            let passed = func.edge(term, e).1.to_vec();
            let (target, args) = func.edge(test.branch, usize::from(!answer));
            let params = func.params(test.block);
            let passed_on = |arg: &InstId| params.iter().position(|p| p == arg).map_or(*arg, |i| passed[i]);
            let args: Vec<InstId> = args.iter().map(passed_on).collect();
            func.set_edge(term, e, target, &args);
            changes += 1;
        }
    }
    changes
}

/// A block, no loop's head, that does nothing but branch on what is known of one of its parameters.
struct Test {
    block: BlockId,
    branch: InstId,
    /// What asks about the parameter, if that is not the condition itself.
    question: Option<InstId>,
    /// Which parameter.
    position: usize,
    param_count: usize,
}

impl Test {
    fn at(func: &Func, dom: &DomTree, block: BlockId) -> Option<Test> {
        let first = func.first(block)?;
        let (question, branch) = match func.op(first) {
            Op::Branch => (None, first),
            Op::Truthy | Op::IsNil => (Some(first), func.next(first)?),
            _ => return None,
        };
        if func.op(branch) != Op::Branch || block == func.entry() || is_header(dom, block) {
            return None;
        }
        let condition = func.arg(branch, 0);
        if question.is_some_and(|q| q != condition) {
            return None;
        }
        let tested = question.map_or(condition, |q| func.arg(q, 0));
        let position = func.params(block).iter().position(|&p| p == tested)?;
        Some(Test { block, branch, question, position, param_count: func.params(block).len() })
    }

    /// What an edge to the block knows of the answer.
    fn answer(&self, func: &Func, term: InstId, e: usize) -> Option<bool> {
        let passed = func.edge(term, e).1[self.position];
        let taken_for = (func.op(term) == Op::Branch).then(|| func.arg(term, 0));
        let Some(question) = self.question else {
            // Both edges may lead to the same block.
            return if taken_for == Some(passed) { Some(e == 0) } else { func.as_bool(passed) };
        };
        let op = func.op(question);
        if taken_for.is_some_and(|c| func.op(c) == op && func.arg(c, 0) == passed) {
            return Some(e == 0);
        }
        let is_box = matches!(func.op(passed), Op::BoxBool | Op::BoxRef) || func.ty(passed) == Type::Num;
        match (op, func.as_value(passed)) {
            (Op::Truthy, Some(v)) => Some(!v.is_falsy()),
            (Op::Truthy, None) if func.op(passed) == Op::BoxBool => {
                let of = func.arg(passed, 0);
                if taken_for == Some(of) { Some(e == 0) } else { func.as_bool(of) }
            }
            (Op::Truthy, None) => is_box.then_some(true),
            (_, Some(v)) => Some(v.is_nil()),
            (_, None) => is_box.then_some(false),
        }
    }

    /// The block of a side, if only the test leads to it.
    fn side(&self, func: &Func, dom: &DomTree, side: usize) -> Option<BlockId> {
        let (to, other) = (func.edge(self.branch, side).0, func.edge(self.branch, 1 - side).0);
        (to != other && dom.preds(to) == [self.block]).then_some(to)
    }

    /// Gives the sides parameters for those of the block that are used below them.
    fn pass_below(&self, func: &mut Func, dom: &DomTree, uses: &Uses) {
        for param in func.params(self.block).to_vec() {
            for side in 0..2 {
                if !uses.are_below(param, side) {
                    continue;
                }
                let Some(to) = self.side(func, dom, side) else { continue };
                let mut args = func.edge(self.branch, side).1.to_vec();
                args.push(param);
                let ty = func.ty(param);
                let new = func.add_param(to, ty);
                func.set_edge(self.branch, side, to, &args);
                for b in func.blocks().to_vec() {
                    let mut at = if dom.dominates(to, b) { func.first(b) } else { None };
                    while let Some(inst) = at {
                        func.rewrite_uses(inst, |used| if used == param { new } else { used });
                        at = func.next(inst);
                    }
                }
            }
        }
    }
}

fn is_header(dom: &DomTree, b: BlockId) -> bool {
    dom.preds(b).iter().any(|&pred| dom.dominates(b, pred))
}

/// Where the parameters and questions of tests are used: by their own blocks, below one side, or anywhere.
struct Uses {
    of: Vec<u8>,
}

impl Uses {
    const ANYWHERE: u8 = 4;

    fn of(func: &Func, dom: &DomTree, tests: &[Test]) -> Uses {
        let mut test_of: Vec<Option<u32>> = vec![None; func.inst_count()];
        for (i, test) in tests.iter().enumerate() {
            for inst in func.params(test.block).iter().chain(&test.question) {
                test_of[inst.index()] = Some(i as u32);
            }
        }
        let mut of = vec![0u8; func.inst_count()];
        for &b in func.blocks() {
            for inst in func.insts(b) {
                func.visit_uses(inst, |used| {
                    let Some(test) = test_of[used.index()].map(|i| &tests[i as usize]) else { return };
                    of[used.index()] |= if test.question == Some(used) {
                        // As a condition it is used once.
                        let is_passed =
                            (0..func.edge_count(inst)).any(|e| func.edge(inst, e).1.contains(&used));
                        if inst == test.branch && !is_passed { 0 } else { Uses::ANYWHERE }
                    } else if b == test.block {
                        0
                    } else {
                        let is_below =
                            |&side: &usize| test.side(func, dom, side).is_some_and(|s| dom.dominates(s, b));
                        (0..2).find(is_below).map_or(Uses::ANYWHERE, |side| 1 << side)
                    };
                });
                if let Some(snap) = func.snapshot(inst) {
                    func.snaps.visit_insts(snap, |used| of[used.index()] |= Uses::ANYWHERE);
                }
            }
        }
        Uses { of }
    }

    fn are_known(&self, inst: InstId) -> bool {
        self.of[inst.index()] & Uses::ANYWHERE == 0
    }

    fn are_below(&self, inst: InstId, side: usize) -> bool {
        self.of[inst.index()] >> side & 1 != 0
    }
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn constants_and_conditions_go_where_the_test_leads() {
        check(
            &["thread", "dce", "blocks"],
            "
            b0(v0: i64, v1: bool):
              v2 = const_i64 2
              v3 = const_bool 0
              v4 = icmp v0, v2, lt
              branch v4, b1, b2
            b1:
              jump b4(v3, v0)
            b2:
              branch v1, b4(v1, v2), b3
            b3:
              v5 = icmp v0, v2, eq
              jump b4(v5, v2)
            b4(v6: bool, v7: i64):
              branch v6, b5, b6(v7)
            b5:
              v8 = const_value true
              return_values v8
            b6(v9: i64):
              v10 = box_i64 v9
              return_values v10
            ",
            &expect![[r#"
                b0(v0: i64, v1: bool):
                  v2 = const_i64 2
                  v4 = icmp v0, v2, lt
                  branch v4, b1, b2
                b1:
                  jump b6(v0)
                b2:
                  branch v1, b5, b3
                b3:
                  v5 = icmp v0, v2, eq
                  branch v5, b5, b6(v2)
                b5:
                  v8 = const_value true
                  return_values v8
                b6(v9: i64):
                  v10 = box_i64 v9
                  return_values v10
            "#]],
        );
    }

    #[test]
    fn a_parameter_that_one_side_reads_is_passed_to_it() {
        check(
            &["thread", "dce"],
            "
            b0(v0: i64, v1: bool):
              v2 = const_bool 1
              branch v1, b1(v2), b2
            b2:
              jump b1(v1)
            b1(v3: bool):
              branch v3, b3, b4
            b3:
              v4 = box_bool v3
              return_values v4
            b4:
              v5 = const_value nil
              return_values v5
            ",
            &expect![[r#"
                b0(v0: i64, v1: bool):
                  v2 = const_bool 1
                  branch v1, b3(v2), b2
                b2:
                  jump b1(v1)
                b1(v3: bool):
                  branch v3, b3(v3), b4
                b3(v11: bool):
                  v4 = box_bool v11
                  return_values v4
                b4:
                  v5 = const_value nil
                  return_values v5
            "#]],
        );
    }

    #[test]
    fn a_choice_by_and_and_or_goes_straight() {
        // `v0 < v1 && v0 || v2` of integers.
        check(
            &["thread", "dce", "blocks", "params", "types", "unbox", "dce"],
            "
            b0(v0: i64, v1: i64, v2: i64):
              v3 = const_value false
              v4 = icmp v0, v1, lt
              branch v4, b1, b2
            b1:
              v5 = box_i64 v0
              jump b3(v5)
            b2:
              jump b3(v3)
            b3(v6: value):
              v7 = truthy v6
              branch v7, b4, b5
            b4:
              jump b6(v6)
            b5:
              v8 = box_i64 v2
              jump b6(v8)
            b6(v9: value):
              return_values v9
            ",
            &expect![[r#"
                b0(v0: i64, v1: i64, v2: i64):
                  v4 = icmp v0, v1, lt
                  branch v4, b1, b2
                b1:
                  jump b6(v0)
                b2:
                  jump b6(v2)
                b6(v18: i64):
                  v19 = box_i64 v18
                  return_values v19
            "#]],
        );
    }

    #[test]
    fn a_value_that_its_own_test_has_let_pass_is_not_asked_again() {
        check(
            &["thread", "dce"],
            "
            b0(v0: value, v1: value):
              v2 = truthy v0
              branch v2, b1(v0), b2
            b2:
              v3 = is_nil v1
              branch v3, b1(v1), b1(v1)
            b1(v4: value):
              v5 = truthy v4
              branch v5, b3, b4
            b3:
              jump b5
            b5:
              return_values v4
            b4:
              v6 = const_value nil
              return_values v6
            ",
            &expect![[r#"
                b0(v0: value, v1: value):
                  v2 = truthy v0
                  branch v2, b3(v0), b2
                b2:
                  v3 = is_nil v1
                  branch v3, b1(v1), b1(v1)
                b1(v4: value):
                  v5 = truthy v4
                  branch v5, b3(v4), b4
                b3(v13: value):
                  jump b5
                b5:
                  return_values v13
                b4:
                  v6 = const_value nil
                  return_values v6
            "#]],
        );
    }

    #[test]
    fn a_parameter_that_both_sides_meet_with_stays() {
        check_stays(
            &["thread"],
            "
            b0(v0: value, v1: bool):
              v2 = const_value nil
              branch v1, b1(v0), b1(v2)
            b1(v3: value):
              v4 = truthy v3
              branch v4, b2, b3
            b2:
              jump b4
            b3:
              jump b4
            b4:
              return_values v3
            ",
        );
    }
}
