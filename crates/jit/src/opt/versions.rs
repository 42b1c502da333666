//! Two versions of a loop: one for variables that are floats, and one for what they are before.
//!
//! ```text
//!   before                                after
//!     v0 = const_num int 0                  v0 = const_num int 0
//!     jump b1(v0)                           jump b3(v0)
//!                                         b3(v5: value):
//!                                           v6 = as_num v5
//!                                           v7 = mul_num v6, v6
//!                                           v8 = num_to_f64 v7
//!                                           v9 = box_f64 v8
//!                                           branch v20, b1(v9), b2
//!   b1(v1: value):                        b1(v1: value):
//!     v2 = as_num v1                        v2 = as_num v1
//!     …                                     …
//!     branch v20, b1(v4), b2                branch v20, b1(v4), b2
//! ```
//!
//! `x := 0` before a loop in which `x` becomes a float makes `x` a number of either sort in all of it, and what is computed
//! from it is asked for its sort again and again. But once such variables are floats they mostly stay floats. So the loop is
//! copied: an edge that passes floats for all of these variables leads to the loop, in which they are nothing else then; any
//! other leads to the copy, the *general version*, and one of which that is not known asks first. Where the first iteration
//! makes them all floats, the general version is no loop any more, but the first iteration peeled off. (Basic block versioning:
//! Chevalier-Boisvert and Feeley, 2015, here for heads of loops and with one question.)
//!
//! That floats stay floats is found by assuming it, as in `loop_types`; variables of which it is not true are left alone. What
//! the loop computes and others use is passed by parameters to the blocks where the versions meet. Only innermost loops that
//! are not long are copied. Needs dominators; changes the CFG. Left to `types` and `unbox`: to use what is known in
//! each of the versions.

use super::copy::{Copy, Side};
use super::types::{Kind, Kinds};
use super::{has_unreachable, incoming_edges, plain};
use crate::ir::builder::Builder;
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::imm::Tag;
use crate::ir::loops::{LoopForest, LoopId};
use crate::ir::ops::Op;
use crate::ir::types::Type;

/// Most instructions of a loop that is copied; arbitrary.
const INSTS_MAX: usize = 200;

/// Makes versions of loops.
pub fn version_loops(func: &mut Func, dom: &DomTree) -> u32 {
    // Snapshots of copies name copies, and virtual objects are shared.
    if dom.is_acyclic() || !func.snaps.virtuals().is_empty() {
        return 0;
    }
    let known = Kinds::new(func, dom);
    // Few functions have such variables, so loops are looked for only then.
    let is_header = |b: BlockId| dom.preds(b).iter().any(|&p| dom.dominates(b, p));
    let has_either = |b: BlockId| func.params(b).iter().any(|&p| is_either(func, &known, p));
    if !dom.rpo().iter().any(|&b| has_either(b) && is_header(b)) {
        return 0;
    }
    let loops = &LoopForest::new(func, dom);
    let mut is_innermost = vec![true; loops.loops().len()];
    for parent in loops.loops().iter().filter_map(|l| l.parent) {
        is_innermost[parent.0 as usize] = false;
    }
    let chosen = |id: &LoopId| is_innermost[id.0 as usize] && is_short(func, loops, *id);
    let ids = loops.ids().filter(chosen);
    let mut versions: Vec<Version> = ids.map(|id| Version::of(func, loops, id, &known)).collect();
    settle(func, dom, loops, &mut versions);
    if !versions.is_empty() && has_unreachable(func, dom) {
        let reached = func.blocks().iter().copied().filter(|&b| dom.is_reachable(b)).collect();
        func.set_order(reached);
    }
    for version in &versions {
        version.make(func, loops, &known);
    }
    versions.len() as u32
}

/// Whether a variable is a number that is a float sometimes.
fn is_either(func: &Func, known: &Kinds, param: InstId) -> bool {
    let kind = known.get(func, param);
    func.ty(param).is_boxed()
        && kind.is_in(Kind::NUM)
        && !kind.is_in(Kind::FLOAT)
        && !kind.is_apart(Kind::FLOAT)
}

/// Whether a loop may be copied.
fn is_short(func: &Func, loops: &LoopForest, id: LoopId) -> bool {
    let l = loops.get(id);
    !func.is_cold(l.header) && l.blocks.iter().flat_map(|&b| func.insts(b)).nth(INSTS_MAX).is_none()
}

/// A loop and those of its variables, by number, that are floats in one of its versions.
struct Version {
    id: LoopId,
    floats: Vec<usize>,
}

impl Version {
    /// All variables that may be floats or integers and are used for more than to be passed on.
    fn of(func: &Func, loops: &LoopForest, id: LoopId, known: &Kinds) -> Version {
        let l = loops.get(id);
        if !func.params(l.header).iter().any(|&p| is_either(func, known, p)) {
            return Version { id, floats: Vec::new() };
        }
        let mut used = Vec::new();
        for inst in l.blocks.iter().flat_map(|&b| func.insts(b)) {
            used.extend_from_slice(func.args(inst));
        }
        let params = func.params(l.header);
        let floats =
            (0..params.len()).filter(|&i| is_either(func, known, params[i]) && used.contains(&params[i]));
        Version { id, floats: floats.collect() }
    }

    /// Copies the loop and leads each edge to the version that it is for.
    fn make(&self, func: &mut Func, loops: &LoopForest, known: &Kinds) {
        let l = loops.get(self.id);
        let copy = Copy::of(func, &l.blocks);
        let general = copy.block(l.header);
        let edges = incoming_edges(func);
        for &(term, e) in edges[l.header.index()].iter().chain(&edges[general.index()]) {
            if func.block_of(term).is_none_or(|b| copy.side(b) == Side::Loop) {
                continue;
            }
            // What is known of the loop's results is known of their copies.
            let args = func.edge(term, e).1.to_vec();
            let kind = |&i: &usize| known.get(func, copy.original(args[i]));
            if self.floats.iter().all(|i| kind(i).is_in(Kind::FLOAT)) {
                func.set_edge(term, e, l.header, &args);
            } else if self.floats.iter().any(|i| kind(i).is_apart(Kind::FLOAT)) {
                func.set_edge(term, e, general, &args);
            } else {
                self.ask(func, (term, e), &args, [l.header, general]);
            }
        }
        copy.join(func);
    }

    /// Puts the question on an edge for which version it is.
    fn ask(&self, func: &mut Func, (term, e): (InstId, usize), args: &[InstId], to: [BlockId; 2]) {
        let question = func.split_edge(term, e);
        if let Some(jump) = func.terminator(question) {
            func.remove(jump);
        }
        let known = func.add_block();
        let mut order: Vec<BlockId> = func.blocks().to_vec();
        order.pop();
        let at = order.iter().position(|&b| b == question).map_or(order.len(), |at| at + 1);
        order.insert(at, known);
        func.set_order(order);
        func.set_cold(known, func.is_cold(question));
        let mut at = Builder::at_end(func, question);
        let mut all = None;
        for &i in &self.floats {
            let is_float = at.has_tag(args[i], Tag::Float);
            all = Some(all.map_or(is_float, |all| at.and_bool(all, is_float)));
        }
        let Some(all) = all else { return };
        at.branch(all, (known, &[]), (to[1], args));
        // The kinds of results are known from ops alone, so what was found is said by an op.
        let mut passed = args.to_vec();
        for &i in &self.floats {
            let raw = func.append(known, plain(Op::UnboxF64, Type::F64, &[args[i]]));
            passed[i] = func.append(known, plain(Op::BoxF64, Type::Num, &[raw]));
        }
        Builder::at_end(func, known).jump(to[0], &passed);
    }
}

/// Leaves the variables that stay floats if all of them are.
fn settle(func: &Func, dom: &DomTree, loops: &LoopForest, versions: &mut Vec<Version>) {
    let edges = incoming_edges(func);
    loop {
        versions.retain(|v| !v.floats.is_empty());
        if versions.is_empty() {
            return;
        }
        let param = |v: &Version, i: usize| func.params(loops.get(v.id).header)[i];
        let assumed: Vec<(InstId, Kind)> =
            versions.iter().flat_map(|v| v.floats.iter().map(|&i| (param(v, i), Kind::FLOAT))).collect();
        let kinds = Kinds::assuming(func, dom, &assumed);
        let mut is_settled = true;
        for v in versions.iter_mut() {
            let l = loops.get(v.id);
            let count = v.floats.len();
            v.floats.retain(|&i| {
                edges[l.header.index()].iter().all(|&(term, e)| {
                    let is_back = func.block_of(term).is_some_and(|b| l.blocks.contains(&b));
                    !is_back || kinds.get(func, func.edge(term, e).1[i]).is_in(Kind::FLOAT)
                })
            });
            is_settled &= v.floats.len() == count;
        }
        if is_settled {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn an_iteration_that_makes_a_float_is_peeled_off() {
        check(
            &["versions"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v1 }
            b0(v9: i64):
              v0 = const_num int 0
              jump b1(v0)
            b1(v1: value):
              poll [s0]
              v2 = as_num v1
              v3 = num_to_f64 v2
              v4 = box_f64 v3
              v5 = is_integer v1
              branch v5, b1(v4), b2
            b2:
              return_values v1
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v1 }
                snap s1 f0 pc 0 { r0 = v14 }
                b0(v9: i64):
                  v0 = const_num int 0
                  jump b3(v0)
                b3(v14: value):
                  poll [s1]
                  v16 = as_num v14
                  v17 = num_to_f64 v16
                  v18 = box_f64 v17
                  v19 = is_integer v14
                  branch v19, b1(v18), b2(v14)
                b1(v1: value):
                  poll [s0]
                  v2 = as_num v1
                  v3 = num_to_f64 v2
                  v4 = box_f64 v3
                  v5 = is_integer v1
                  branch v5, b1(v4), b2(v1)
                b2(v21: value):
                  return_values v21
            "#]],
        );
    }

    #[test]
    fn an_edge_that_may_pass_either_asks() {
        check(
            &["versions"],
            "
            b0(v9: bool, v8: f64):
              v0 = const_num int 0
              jump b1(v0)
            b1(v1: value):
              v2 = as_num v1
              v3 = num_to_f64 v2
              branch v9, b2, b3(v1)
            b2:
              v4 = box_f64 v3
              jump b3(v4)
            b3(v5: value):
              branch v9, b1(v5), b4
            b4:
              return_values v5
            ",
            &expect![[r#"
                b0(v9: bool, v8: f64):
                  v0 = const_num int 0
                  jump b5(v0)
                b8:
                  v24 = has_tag v16, float
                  branch v24, b9, b5(v16)
                b9:
                  v26 = unbox_f64 v16
                  v27 = box_f64 v26
                  jump b1(v27)
                b5(v15: value):
                  v17 = as_num v15
                  v18 = num_to_f64 v17
                  branch v9, b6, b7(v15)
                b6:
                  v20 = box_f64 v18
                  jump b7(v20)
                b7(v16: value):
                  branch v9, b8, b4(v16)
                b1(v1: value):
                  v2 = as_num v1
                  v3 = num_to_f64 v2
                  branch v9, b2, b3(v1)
                b2:
                  v4 = box_f64 v3
                  jump b3(v4)
                b3(v5: value):
                  branch v9, b1(v5), b4(v5)
                b4(v29: value):
                  return_values v29
            "#]],
        );
    }

    #[test]
    fn a_variable_that_may_be_an_integer_again_stays() {
        check_stays(
            &["versions"],
            "
            b0(v9: bool, v8: f64):
              v0 = const_num int 0
              jump b1(v0)
            b1(v1: value):
              v2 = as_num v1
              v3 = num_to_f64 v2
              v4 = box_f64 v3
              branch v9, b1(v4), b2
            b2:
              branch v9, b1(v0), b3
            b3:
              return_values v1
            ",
        );
    }
}
