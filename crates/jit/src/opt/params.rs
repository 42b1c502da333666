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
//! Of two parameters to which each edge passes the same, one stays. If every edge passes the same result or the parameter itself, then that result reaches the block on every path, so it
//! dominates the block. Front ends give a loop a parameter for every register of the frame, before they know which the loop
//! changes. Needs dominators (for their order); keeps the CFG. Groups of parameters that only pass each other around are
//! not found.

use super::{Incoming, Replacements, incoming_edges};
use crate::ir::dom::DomTree;
use crate::ir::func::{Func, InstId};

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
    for &b in dom.rpo().iter().skip(1) {
        let params = func.params(b).to_vec();
        func.retain_params(b, |i| to.get(params[i]) == params[i]);
    }
    to.apply(func);
    changes
}

/// Most parameters of a block that are compared with each other.
const TWINS_MAX: usize = 48;

/// Finds parameters of a block that every edge gives the same result.
fn unite_twins(func: &Func, dom: &DomTree, edges: &Incoming, to: &mut Replacements) -> u32 {
    let mut changes = 0;
    for &b in dom.rpo().iter().skip(1) {
        let params = func.params(b);
        for (i, &param) in params.iter().enumerate().take(TWINS_MAX) {
            let twin = (0..i).find(|&j| {
                to.get(params[j]) == params[j]
                    && func.ty(params[j]) == func.ty(param)
                    && edges[b.index()].iter().all(|&(term, e)| {
                        let args = func.edge(term, e).1;
                        to.get(args[i]) == to.get(args[j])
                    })
            });
            if let Some(j) = twin
                && to.get(param) == param
            {
                to.set(param, params[j]);
                changes += 1;
            }
        }
    }
    changes
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
