//! Removes block parameters that are always the same result.
//!
//! ```text
//!   before                          after
//!     jump b1(v0)                     jump b1
//!   b1(v1: i64):                    b1:
//!     v2 = add_i64 v1, v1             v2 = add_i64 v0, v0
//!     branch v9, b1(v1), b2           branch v9, b1, b2
//! ```
//!
//! If every edge passes the same result or the parameter itself, then that result reaches the block on every path, so it
//! dominates the block. Of two parameters to which each edge passes the same, one stays: the one that is passed what guards
//! gave, where the other is passed what they were given. Front ends give a loop a parameter for every register of the frame,
//! before they know which the loop changes. Needs dominators (for their order); keeps the CFG. Groups of parameters that only
//! pass each other around are not found.

use super::{Incoming, Replacements, incoming_edges};
use crate::ir::dom::DomTree;
use crate::ir::func::{Func, InstId};
use crate::ir::ops::Class;

/// Removes parameters that are always the same.
pub fn eliminate_constant_params(func: &mut Func, dom: &DomTree) -> u32 {
    let edges = incoming_edges(func);
    let mut to = Replacements::new(func);
    let mut changes = 0;
    loop {
        let before = changes;
        for &b in dom.rpo().iter().skip(1) {
            for (i, &param) in func.params(b).iter().enumerate() {
                if to.get(param) != param {
                    continue;
                }
                let args = edges[b.index()].iter().map(|&(term, e)| to.get(func.edge(term, e).1[i]));
                if let Some(same) = only_one(args.filter(|&arg| arg != param)) {
                    to.set(param, same);
                    changes += 1;
                }
            }
        }
        if changes == before {
            break;
        }
    }
    changes += unite_twins(func, dom, &edges, &mut to);
    func.retain_all_params(dom.rpo().get(1..).unwrap_or_default(), |param| to.get(param) == param);
    to.apply(func);
    changes
}

/// Most parameters of a block that are compared with each other.
const TWINS_MAX: usize = 48;

/// Finds parameters of a block that every edge gives the same result, or one of them what guards made of it.
fn unite_twins(func: &Func, dom: &DomTree, edges: &Incoming, to: &mut Replacements) -> u32 {
    let mut changes = 0;
    for &b in dom.rpo().iter().skip(1) {
        let params = func.params(b);
        let edges = &edges[b.index()];
        for i in 1..params.len().min(TWINS_MAX) {
            for j in 0..i {
                let [a, b] = [params[i], params[j]];
                if to.get(a) != a || to.get(b) != b || func.ty(a) != func.ty(b) {
                    continue;
                }
                let says_more = |more: usize, less: usize, to: &Replacements| {
                    edges.iter().all(|&(term, e)| {
                        let args = func.edge(term, e).1;
                        is_behind_guards(func, to.get(args[more]), to.get(args[less]))
                    })
                };
                if says_more(j, i, to) {
                    to.set(a, b);
                    changes += 1;
                } else if says_more(i, j, to) {
                    to.set(b, a);
                    changes += 1;
                }
            }
        }
    }
    changes
}

/// Whether a result is another one, or what guards gave that were given it.
fn is_behind_guards(func: &Func, mut inst: InstId, given: InstId) -> bool {
    while inst != given {
        let Some(&arg) = func.args(inst).first() else { return false };
        if func.op(inst).class() != Class::Guard || func.ty(arg) != func.ty(inst) {
            return false;
        }
        inst = arg;
    }
    true
}

fn only_one(mut insts: impl Iterator<Item = InstId>) -> Option<InstId> {
    let first = insts.next()?;
    insts.all(|inst| inst == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::check;
    use expect_test::expect;

    #[test]
    fn twins_become_one() {
        check(
            &["params"],
            "
            b0(v0: i64, v1: bool):
              jump b1(v0, v0)
            b1(v2: i64, v3: i64):
              v4 = add_i64 v2, v3
              branch v1, b1(v4, v4), b2
            b2:
              v5 = box_i64 v4
              return_values v5
            ",
            &expect![[r#"
                b0(v0: i64, v1: bool):
                  jump b1(v0)
                b1(v2: i64):
                  v4 = add_i64 v2, v2
                  branch v1, b1(v4), b2
                b2:
                  v5 = box_i64 v4
                  return_values v5
            "#]],
        );
    }

    #[test]
    fn the_twin_behind_guards_stays() {
        check(
            &["params"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v2 }
            b0(v0: i64, v1: bool):
              jump b1(v0, v0)
            b1(v2: i64, v3: i64):
              v4 = add_i64 v2, v3
              v6 = guard_fits v4, 48 [s0]
              branch v1, b1(v4, v6), b2
            b2:
              v5 = box_i64 v4
              return_values v5
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v3 }
                b0(v0: i64, v1: bool):
                  jump b1(v0)
                b1(v3: i64):
                  v4 = add_i64 v3, v3
                  v6 = guard_fits v4, 48 [s0]
                  branch v1, b1(v6), b2
                b2:
                  v5 = box_i64 v4
                  return_values v5
            "#]],
        );
    }

    #[test]
    fn a_parameter_that_only_passes_itself_goes() {
        check(
            &["params"],
            "
            b0(v0: i64, v1: bool):
              jump b1(v0, v0)
            b1(v2: i64, v3: i64):
              v4 = add_i64 v2, v3
              branch v1, b1(v2, v4), b2
            b2:
              v5 = box_i64 v4
              return_values v5
            ",
            &expect![[r#"
                b0(v0: i64, v1: bool):
                  jump b1(v0)
                b1(v3: i64):
                  v4 = add_i64 v0, v3
                  branch v1, b1(v4), b2
                b2:
                  v5 = box_i64 v4
                  return_values v5
            "#]],
        );
    }
}
