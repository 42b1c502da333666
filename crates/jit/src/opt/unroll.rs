//! Loops of a few turns become these turns, one after the other.
//!
//! ```text
//!   before                            after
//!     v0 = const_i64 1                  v0 = const_i64 1
//!     jump b1(v0, v9)                   jump b3(v0, v9)
//!                                     b3(v6: i64, v7: i64):
//!                                       v8 = mul_i64 v7, v6
//!                                       v10 = add_i64 v6, v0
//!                                       jump b1(v10, v8)
//!   b1(v1: i64, v2: i64):             b1(v1: i64, v2: i64):
//!     v3 = mul_i64 v2, v1               v3 = mul_i64 v2, v1
//!     v4 = add_i64 v1, v0               v4 = add_i64 v1, v0
//!     v5 = icmp v4, v11, le             jump b2
//!     branch v5, b1(v4, v3), b2       b2:
//!   b2:                                 return_values v3
//!     return_values v3
//! ```
//!
//! Small filters, matrices of three rows, the neighbours of a cell: loops over a few constants are short, and what a turn does
//! beside its work (counting, polling, leaving, loading again what the last turn had) is most of it. One turn after the other
//! has constants for the variable, so indices, bounds and tests are known, and what turns have in common is computed once.
//!
//! The number of turns is found by counting: a variable that begins as a constant is followed through the loop until the test of
//! it, which every turn executes, says that it leaves. Other ways out stay. All turns but the last are copies; the loop itself
//! is the last one. Innermost loops only, that call nothing and are not long; then those around them, if they are short still.
//! No cycle is left, so polls are not needed. Needs dominators and loops; changes the CFG. Left to `params` and `fold`: the
//! constants.

use super::copy::{Copy, Side};
use super::{incoming_edges, keep_edge};
use crate::ir::dom::DomTree;
use crate::ir::eval::eval_op;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::loops::{LoopForest, LoopId};
use crate::ir::ops::Op;
use crate::ir::types::Type;
use runtime::value::Value;

/// Most turns of a loop that is unrolled; arbitrary.
const TURNS_MAX: usize = 8;

/// Most instructions of all copies of a loop; arbitrary. Three by three turns of a filter's sum are 300.
const INSTS_MAX: usize = 400;

/// Makes loops of a few turns straight.
pub fn unroll_loops(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    // Snapshots of copies name copies, and virtual objects are shared.
    if loops.loops().is_empty() || !func.snaps.virtuals().is_empty() {
        return 0;
    }
    let mut changes = unroll_innermost(func, dom, loops);
    let mut last = changes;
    // A loop around others is an innermost one then.
    while last > 0 {
        let dom = DomTree::new(func);
        last = unroll_innermost(func, &dom, &LoopForest::new(func, &dom));
        changes += last;
    }
    changes
}

/// A loop whose number of turns is known.
struct Short {
    id: LoopId,
    /// The test that ends it, and the edge by which it goes on.
    test: InstId,
    stays: usize,
    turns: usize,
}

fn unroll_innermost(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    let mut is_innermost = vec![true; loops.loops().len()];
    for parent in loops.loops().iter().filter_map(|l| l.parent) {
        is_innermost[parent.0 as usize] = false;
    }
    let ids = loops.ids().filter(|id| is_innermost[id.0 as usize]);
    let short: Vec<Short> = ids.filter_map(|id| find_short(func, dom, loops, id)).collect();
    if short.is_empty() {
        return 0;
    }
    retain_reached(func, dom);
    for found in &short {
        unroll(func, &loops.get(found.id).blocks, found);
    }
    // The way back, where it begins behind the test.
    let dom = DomTree::new(func);
    retain_reached(func, &dom);
    short.len() as u32
}

fn retain_reached(func: &mut Func, dom: &DomTree) {
    let reached: Vec<BlockId> = func.blocks().iter().copied().filter(|&b| dom.is_reachable(b)).collect();
    if reached.len() < func.blocks().len() {
        func.set_order(reached);
    }
}

fn find_short(func: &Func, dom: &DomTree, loops: &LoopForest, id: LoopId) -> Option<Short> {
    let l = loops.get(id);
    let &[latch] = l.latches.as_slice() else { return None };
    let mut insts = l.blocks.iter().flat_map(|&b| func.insts(b));
    let count = insts.by_ref().take(INSTS_MAX).count();
    if func.is_cold(l.header) || count == INSTS_MAX {
        return None;
    }
    let (mut back, mut firsts) = (None, Vec::new());
    for &p in dom.preds(l.header) {
        let term = func.terminator(p)?;
        for (to, args) in (0..func.edge_count(term)).map(|e| func.edge(term, e)) {
            match to == l.header {
                true if loops.contains(id, p) && back.is_some() => return None,
                true if loops.contains(id, p) => back = Some(args),
                true => firsts.push(args),
                false => {}
            }
        }
    }
    let (back, first) = (back?, *firsts.first()?);
    let tests: Vec<(InstId, usize)> =
        l.blocks.iter().filter_map(|&b| exit_of(func, dom, loops, (id, b), latch)).collect();
    for (i, &param) in func.params(l.header).iter().enumerate() {
        let Some(begin) = int_of(func, first[i], None, DEPTH_MAX) else { continue };
        if firsts.iter().any(|args| int_of(func, args[i], None, DEPTH_MAX) != Some(begin)) {
            continue;
        }
        for &(test, stays) in &tests {
            let Some(turns) = count_turns(func, (test, stays), (param, begin), back[i]) else { continue };
            let calls = |inst: InstId| func.effects(inst).may_run_user_code();
            let is_short =
                (turns - 1) * count <= INSTS_MAX && !l.blocks.iter().flat_map(|&b| func.insts(b)).any(calls);
            return is_short.then_some(Short { id, test, stays, turns });
        }
    }
    None
}

/// The test at the end of a block, if every turn executes it and it may leave the loop, and the edge by which it stays.
fn exit_of(
    func: &Func,
    dom: &DomTree,
    loops: &LoopForest,
    (id, b): (LoopId, BlockId),
    latch: BlockId,
) -> Option<(InstId, usize)> {
    let test = func.terminator(b).filter(|&t| func.op(t) == Op::Branch)?;
    let is_inside = [0, 1].map(|e| loops.contains(id, func.edge(test, e).0));
    (is_inside[0] != is_inside[1] && dom.dominates(b, latch)).then(|| (test, usize::from(is_inside[1])))
}

/// How often a test of a variable is executed that begins as a constant and is `next` behind each turn.
fn count_turns(
    func: &Func,
    (test, stays): (InstId, usize),
    (param, begin): (InstId, i64),
    next: InstId,
) -> Option<usize> {
    let mut value = begin;
    for turns in 1..=TURNS_MAX {
        if is_true(func, func.arg(test, 0), (param, value))? != (stays == 0) {
            return Some(turns);
        }
        value = int_of(func, next, Some((param, value)), DEPTH_MAX)?;
    }
    None
}

/// Whether a condition holds while a variable has a value.
fn is_true(func: &Func, condition: InstId, variable: (InstId, i64)) -> Option<bool> {
    match func.op(condition) {
        Op::Icmp => {
            let [a, b] = [0, 1].map(|i| int_of(func, func.arg(condition, i), Some(variable), DEPTH_MAX));
            let words = [a? as u64, b? as u64];
            Some(eval_op(Op::Icmp, &[Type::I64, Type::I64], &words, func.imm(condition))? != 0)
        }
        Op::NotBool => Some(!is_true(func, func.arg(condition, 0), variable)?),
        _ => None,
    }
}

/// Integers are not followed further than this; it fits an immediate, so boxing gives it back.
const INT_MAX: u64 = 1 << 40;

/// Longest chain of sums, boxes and guards that is followed; arbitrary.
const DEPTH_MAX: u32 = 8;

/// The integer that a result is while a variable has a value. Guards give what they are given, or the turn ends there.
fn int_of(func: &Func, inst: InstId, variable: Option<(InstId, i64)>, depth: u32) -> Option<i64> {
    if let Some((param, value)) = variable
        && inst == param
    {
        return Some(value);
    }
    let depth = depth.checked_sub(1)?;
    let operand = |i: usize| int_of(func, func.arg(inst, i), variable, depth);
    let int = match func.op(inst) {
        Op::ConstI64 => func.as_i64(inst)?,
        Op::ConstNum | Op::ConstValue => Value::from_bits(func.imm(inst)).as_small_int()?,
        Op::BoxInt
        | Op::BoxI64
        | Op::UnboxInt
        | Op::UnboxI64
        | Op::AsNum
        | Op::GuardInt
        | Op::GuardI64
        | Op::GuardFits => operand(0)?,
        Op::AddI64 => operand(0)? + operand(1)?,
        Op::SubI64 => operand(0)? - operand(1)?,
        _ => return None,
    };
    (int.unsigned_abs() <= INT_MAX).then_some(int)
}

fn unroll(func: &mut Func, blocks: &[BlockId], short: &Short) {
    let header = blocks[0];
    let polls = blocks.iter().flat_map(|&b| func.insts(b)).filter(|&i| func.op(i) == Op::Poll);
    for poll in polls.collect::<Vec<_>>() {
        func.remove(poll);
    }
    for _ in 1..short.turns {
        let copy = Copy::of(func, blocks);
        let turn = copy.block(header);
        // The loop is entered by the copy, which leads to the loop.
        let edges = incoming_edges(func);
        for &(term, e) in edges[header.index()].iter().chain(&edges[turn.index()]) {
            let to = match func.block_of(term).map(|b| copy.side(b)) {
                Some(Side::Outside) => turn,
                Some(Side::Copy) => header,
                Some(Side::Loop) | None => continue,
            };
            let args = func.edge(term, e).1.to_vec();
            func.set_edge(term, e, to, &args);
        }
        if let Some(test) = copy.copy_of(short.test) {
            keep_edge(func, test, short.stays);
        }
        copy.join(func);
    }
    keep_edge(func, short.test, 1 - short.stays);
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn three_turns_of_a_loop_that_tests_at_its_end() {
        check(
            &["unroll"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v1, r1 = v2 }
            b0(v9: num):
              v0 = const_num int 1
              v11 = const_i64 3
              jump b1(v0, v9)
            b1(v1: num, v2: num):
              poll [s0]
              v3 = guard_int v1 [s0]
              v12 = add_num v2, v1
              v10 = const_i64 1
              v4 = add_i64 v3, v10
              v5 = icmp v4, v11, le
              v6 = box_i64 v4
              branch v5, b1(v6, v12), b2
            b2:
              return_values v12, v6
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v1, r1 = v2 }
                snap s1 f0 pc 0 { r0 = v17, r1 = v18 }
                snap s2 f0 pc 0 { r0 = v27, r1 = v28 }
                b0(v9: num):
                  v0 = const_num int 1
                  v11 = const_i64 3
                  jump b3(v0, v9)
                b3(v17: num, v18: num):
                  v19 = guard_int v17 [s1]
                  v20 = add_num v18, v17
                  v21 = const_i64 1
                  v22 = add_i64 v19, v21
                  v23 = icmp v22, v11, le
                  v24 = box_i64 v22
                  jump b4(v24, v20)
                b4(v27: num, v28: num):
                  v29 = guard_int v27 [s2]
                  v30 = add_num v28, v27
                  v31 = const_i64 1
                  v32 = add_i64 v29, v31
                  v33 = icmp v32, v11, le
                  v34 = box_i64 v32
                  jump b1(v34, v30)
                b1(v1: num, v2: num):
                  v3 = guard_int v1 [s0]
                  v12 = add_num v2, v1
                  v10 = const_i64 1
                  v4 = add_i64 v3, v10
                  v5 = icmp v4, v11, le
                  v6 = box_i64 v4
                  jump b2
                b2:
                  return_values v12, v6
            "#]],
        );
    }

    #[test]
    fn a_loop_that_tests_at_its_head_may_end_before() {
        check(
            &["unroll"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v1 }
            b0(v9: i64, v8: bool):
              v0 = const_i64 2
              v7 = const_i64 0
              jump b1(v0)
            b1(v1: i64):
              poll [s0]
              v5 = icmp v1, v7, le
              branch v5, b4(v9), b2
            b2:
              v3 = mul_i64 v9, v1
              branch v8, b4(v3), b3
            b3:
              v6 = const_i64 1
              v4 = sub_i64 v1, v6
              jump b1(v4)
            b4(v2: i64):
              v20 = box_i64 v2
              return_values v20
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v1 }
                b0(v9: i64, v8: bool):
                  v0 = const_i64 2
                  v7 = const_i64 0
                  jump b5(v0)
                b5(v27: i64):
                  v28 = icmp v27, v7, le
                  jump b6
                b6:
                  v30 = mul_i64 v9, v27
                  branch v8, b4(v30), b7
                b7:
                  v32 = const_i64 1
                  v33 = sub_i64 v27, v32
                  jump b8(v33)
                b8(v36: i64):
                  v37 = icmp v36, v7, le
                  jump b9
                b9:
                  v39 = mul_i64 v9, v36
                  branch v8, b4(v39), b10
                b10:
                  v41 = const_i64 1
                  v42 = sub_i64 v36, v41
                  jump b1(v42)
                b1(v1: i64):
                  v5 = icmp v1, v7, le
                  jump b4(v9)
                b4(v2: i64):
                  v20 = box_i64 v2
                  return_values v20
            "#]],
        );
    }

    #[test]
    fn a_nest_of_short_loops() {
        check(
            &["unroll", "params", "fold", "dce", "blocks"],
            "
            b0(v9: i64):
              v0 = const_i64 1
              v1 = const_i64 2
              jump b1(v0, v9)
            b1(v2: i64, v3: i64):
              jump b2(v0, v3)
            b2(v4: i64, v5: i64):
              v6 = mul_i64 v5, v4
              v7 = add_i64 v4, v0
              v8 = icmp v7, v1, le
              branch v8, b2(v7, v6), b3
            b3:
              v10 = add_i64 v6, v2
              v11 = add_i64 v2, v0
              v12 = icmp v11, v1, le
              branch v12, b1(v11, v10), b4
            b4:
              v20 = box_i64 v10
              return_values v20
            ",
            &expect![[r#"
                b0(v9: i64):
                  v0 = const_i64 1
                  v42 = const_i64 2
                  v45 = mul_i64 v9, v42
                  v49 = add_i64 v45, v0
                  v50 = const_i64 2
                  v29 = const_i64 2
                  v6 = mul_i64 v49, v29
                  v10 = add_i64 v6, v50
                  v20 = box_i64 v10
                  return_values v20
            "#]],
        );
    }

    #[test]
    fn turns_that_are_many_or_depend_on_more_stay_a_loop() {
        for (limit, step) in [("v9", "v0"), ("v1", "v9"), ("v1", "v0")] {
            check_stays(
                &["unroll"],
                &format!(
                    "
                    b0(v9: i64):
                      v0 = const_i64 1
                      v1 = const_i64 9
                      jump b1(v0, v9)
                    b1(v2: i64, v3: i64):
                      v4 = mul_i64 v3, v2
                      v5 = add_i64 v2, {step}
                      v6 = icmp v5, {limit}, le
                      branch v6, b1(v5, v4), b2
                    b2:
                      v20 = box_i64 v4
                      return_values v20
                    "
                ),
            );
        }
    }

    #[test]
    fn a_test_that_some_turns_pass_by_does_not_count() {
        check_stays(
            &["unroll"],
            "
            b0(v9: bool):
              v0 = const_i64 1
              v1 = const_i64 3
              jump b1(v0)
            b1(v2: i64):
              v3 = add_i64 v2, v0
              branch v9, b2, b3
            b2:
              v4 = icmp v3, v1, le
              branch v4, b3, b4
            b3:
              jump b1(v3)
            b4:
              v20 = box_i64 v3
              return_values v20
            ",
        );
    }
}
