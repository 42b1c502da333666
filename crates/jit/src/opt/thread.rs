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
//! Blocks that only test a parameter are what `&&`, `||` and inlined functions with several returns leave. An edge to one
//! knows the answer if it passes a constant, or the condition that it was taken for. The parameters of such a block must not
//! be used but by its own terminator, so that its blocks below need not be reached through it. Tests of loops' heads stay,
//! and no way into a loop's head is added. Needs dominators; changes the CFG. (Aho, Lam, Sethi, Ullman, Compilers, 9.1.5 and
//! exercises; LLVM's pass of the same name does more.)

use super::{has_unreachable, incoming_edges};
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::ops::Op;

/// Threads jumps.
pub fn thread_jumps(func: &mut Func, dom: &DomTree) -> u32 {
    if has_unreachable(func, dom) {
        return 0;
    }
    let tests: Vec<BlockId> = dom.rpo().iter().copied().filter(|&b| is_test(func, dom, b)).collect();
    if tests.is_empty() {
        return 0;
    }
    let own = own_params(func, &tests);
    let edges = incoming_edges(func);
    let mut changes = 0;
    for b in tests {
        let Some(branch) = func.terminator(b) else { continue };
        if !func.params(b).iter().all(|p| own[p.index()]) {
            continue;
        }
        let tested = func.arg(branch, 0);
        let Some(position) = func.params(b).iter().position(|&p| p == tested) else { continue };
        for &(term, e) in &edges[b.index()] {
            let passed = func.edge(term, e).1.to_vec();
            let Some(answer) = answer(func, term, e, passed[position]) else { continue };
            let (target, args) = func.edge(branch, usize::from(!answer));
            if is_header(dom, target) {
                continue;
            }
            let params = func.params(b);
            let passed_on = |arg: &InstId| params.iter().position(|p| p == arg).map_or(*arg, |i| passed[i]);
            let args: Vec<InstId> = args.iter().map(passed_on).collect();
            func.set_edge(term, e, target, &args);
            changes += 1;
        }
    }
    changes
}

/// Whether a block, no loop's head, does nothing but branch on one of its parameters.
fn is_test(func: &Func, dom: &DomTree, b: BlockId) -> bool {
    let Some(branch) = func.first(b).filter(|&i| func.op(i) == Op::Branch) else { return false };
    b != func.entry() && !is_header(dom, b) && func.params(b).contains(&func.arg(branch, 0))
}

fn is_header(dom: &DomTree, b: BlockId) -> bool {
    dom.preds(b).iter().any(|&pred| dom.dominates(b, pred))
}

/// What an edge knows of a value that it passes: the answer of a test of it.
fn answer(func: &Func, term: InstId, e: usize, passed: InstId) -> Option<bool> {
    if func.op(term) == Op::Branch && func.arg(term, 0) == passed {
        // Both edges may lead to the same block.
        return Some(e == 0);
    }
    func.as_bool(passed)
}

/// Which parameters of these blocks are used by nothing but the terminators of their own blocks.
fn own_params(func: &Func, tests: &[BlockId]) -> Vec<bool> {
    let mut own = vec![false; func.inst_count()];
    for &b in tests {
        for &param in func.params(b) {
            own[param.index()] = true;
        }
    }
    for &b in func.blocks() {
        for inst in func.insts(b) {
            let ends_own_block = func.first(b) == Some(inst) && tests.contains(&b);
            func.visit_uses(inst, |used| {
                if func.op(used) == Op::Param && !(ends_own_block && func.block_of(used) == Some(b)) {
                    own[used.index()] = false;
                }
            });
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::check;
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
    fn a_parameter_that_others_read_stays() {
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
            "#]],
        );
    }
}
