//! Strip mining: a counted loop polls once in some hundred turns.
//!
//! ```text
//!   before                              after
//!     jump b1(v1)                         jump b3(v1)
//!                                       b3(v6: i64):
//!                                         v7 = add_i64 v6, 512
//!                                         v8 = min_i64 v2, v7
//!                                         jump b1(v6)
//!   b1(v3: i64):                        b1(v3: i64):
//!     poll [s0]
//!     v4 = add_i64 v3, 1                  v4 = add_i64 v3, 1
//!     v5 = icmp v4, v2, lt                v9 = icmp v4, v8, lt
//!     branch v5, b1(v4), b2               branch v9, b1(v4), b4
//!                                       b4:
//!                                         v5 = icmp v4, v2, lt
//!                                         branch v5, b5, b2
//!                                       b5:
//!                                         poll [s1]
//!                                         jump b3(v4)
//! ```
//!
//! A poll is a load, a comparison with memory and a jump, which short loops of numbers feel. The inner loop goes up to the
//! limit or to the end of its strip, whatever comes first; behind it the loop's own test decides whether to poll and go on.
//! So leaving too early is never wrong, and only that the inner loop ends soon is to be proved: the limit is small, and so no
//! sum behind a test that held wraps. A step that is no constant may be 0 or negative: a strip ends before the variable then.
//! Loops with constant ends that fit into one strip poll no more. Where the loop began is not polled: loops around this one
//! do that for themselves.
//!
//! A strip is some thousand instructions long, microseconds. Loops that call anything are left alone, and long ones, to
//! which a poll is nothing. Runs before `polls`, which sees what is left, and after all that reads the test of a loop. Needs
//! dominators and loops; changes the CFG.

use super::predicate::{SUMS_MAX, is_small_sum, small_params, sum, tester};
use super::{map_snapshot, plain};
use crate::ir::builder::Builder;
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId, NewInst};
use crate::ir::imm::Cc;
use crate::ir::loops::{LoopForest, LoopId};
use crate::ir::ops::{Class, Op};
use crate::ir::snapshot::SnapId;
use crate::ir::types::Type;

/// Most instructions of a loop whose poll matters; arbitrary.
const INSTS_MAX: usize = 128;

/// About as many instructions a strip has; a thousand turns of the shortest loops. If each of them missed all caches, it
/// would be a millisecond.
const STRIP: usize = 8192;

/// Most turns of a strip; arbitrary.
const TURNS_MAX: usize = 1024;

/// Takes polls out of counted loops.
pub fn strip_loops(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    let mut is_innermost = vec![true; loops.loops().len()];
    for parent in loops.loops().iter().filter_map(|l| l.parent) {
        is_innermost[parent.0 as usize] = false;
    }
    let small = small_params(func, dom, loops);
    let ids = loops.ids().filter(|id| is_innermost[id.0 as usize]);
    let found: Vec<Found> = ids.filter_map(|id| find(func, dom, loops, (id, &small))).collect();
    let mut changes = 0;
    for found in &found {
        changes += u32::from(strip(func, dom, loops, found));
    }
    changes
}

/// A counted loop with polls.
struct Found {
    id: LoopId,
    polls: Vec<InstId>,
    turns: i64,
    /// The test that ends it, and the edge by which it goes on.
    term: InstId,
    stays: usize,
    /// What is tested, and whether the limit is the second operand.
    tested: InstId,
    limit: InstId,
    is_limit_last: bool,
    /// The condition under which the loop goes on, as one of what is tested and the limit.
    cc: Cc,
    /// The number of the variable that is counted, and what is added to it.
    position: usize,
    step: Step,
    /// What goes back.
    next: Vec<InstId>,
}

#[derive(Clone, Copy)]
enum Step {
    Const(i64),
    Inst(InstId),
}

fn find(func: &Func, dom: &DomTree, loops: &LoopForest, (id, small): (LoopId, &[InstId])) -> Option<Found> {
    let l = loops.get(id);
    let &[latch] = l.latches.as_slice() else { return None };
    if func.is_cold(l.header) {
        return None;
    }
    let (mut polls, mut count) = (Vec::new(), 0);
    for inst in l.blocks.iter().flat_map(|&b| func.insts(b)) {
        let effects = func.effects(inst);
        count += 1;
        if func.op(inst) == Op::Poll {
            polls.push(inst);
        } else if effects.may_throw()
            || effects.may_run_user_code()
            || matches!(func.op(inst).class(), Class::Call | Class::Alloc)
        {
            return None;
        }
    }
    if polls.is_empty() || count > INSTS_MAX {
        return None;
    }
    let tester = tester(func, dom, loops, id, latch)?;
    let term = func.terminator(tester)?;
    let stays = (0..func.edge_count(term))
        .find(|&e| func.edge(term, e).0 == if tester == latch { l.header } else { latch })?;
    if func.edge_count(term) != 2 || loops.contains(id, func.edge(term, 1 - stays).0) {
        return None;
    }
    let next = way_back(func, l.header, (tester, latch), (term, stays))?;
    let test = func.arg(term, 0);
    let mut cc = func.cc(test).filter(|_| func.op(test) == Op::Icmp)?;
    if stays == 1 {
        cc = cc.negated();
    }
    let is_outside = |inst: InstId| func.block_of(inst).is_some_and(|b| !loops.contains(id, b));
    let (mut tested, mut limit) = (func.arg(test, 0), func.arg(test, 1));
    let is_limit_last = !is_outside(tested);
    if !is_limit_last {
        (tested, limit, cc) = (limit, tested, cc.swapped());
    }
    if is_outside(tested) || !is_outside(limit) || !is_small_sum(func, small, limit, SUMS_MAX) {
        return None;
    }
    let params = func.params(l.header);
    let counts = |position: usize| -> Option<Step> {
        let (from, step) = sum(func, next[position])?;
        if from == params[position] {
            let (param, ahead) = sum(func, tested)?;
            let is_near = param == from && ahead.abs() <= step.abs();
            return is_near.then_some(Step::Const(step));
        }
        let is_sum = func.op(from) == Op::AddI64 && step == 0 && sum(func, tested)? == (from, 0);
        let (a, b) = is_sum.then(|| (func.arg(from, 0), func.arg(from, 1)))?;
        let step = if a == params[position] {
            b
        } else if b == params[position] {
            a
        } else {
            return None;
        };
        let is_known = is_outside(step) && is_small_sum(func, small, step, SUMS_MAX);
        is_known.then_some(Step::Inst(step))
    };
    let (position, step) = (0..params.len()).find_map(|i| Some((i, counts(i)?)))?;
    let is_up = matches!(cc, Cc::Lt | Cc::Le);
    match step {
        Step::Const(k) if (k > 0) == is_up && k != 0 && k.unsigned_abs() <= 1 << 32 => {}
        Step::Inst(_) if is_up => {}
        _ => return None,
    }
    if !is_up && !matches!(cc, Cc::Gt | Cc::Ge) {
        return None;
    }
    let turns = (STRIP / count).min(TURNS_MAX) as i64;
    Some(Found { id, polls, turns, term, stays, tested, limit, is_limit_last, cc, position, step, next })
}

/// What the loop passes to its header, as behind the test. A block between them may only poll.
fn way_back(
    func: &Func,
    header: BlockId,
    (tester, latch): (BlockId, BlockId),
    (term, stays): (InstId, usize),
) -> Option<Vec<InstId>> {
    let (_, passed) = func.edge(term, stays);
    if tester == latch {
        return Some(passed.to_vec());
    }
    let jump = func.terminator(latch).filter(|&t| func.op(t) == Op::Jump)?;
    let (to, args) = func.edge(jump, 0);
    let is_empty = to == header && func.insts(latch).all(|i| i == jump || func.op(i) == Op::Poll);
    let params = func.params(latch);
    let value = |arg: &InstId| params.iter().position(|p| p == arg).map_or(*arg, |i| passed[i]);
    is_empty.then(|| args.iter().map(value).collect())
}

/// Whether what a block does from an instruction on, up to another one, may be done again.
fn is_idle(func: &Func, mut from: Option<InstId>, until: Option<InstId>) -> bool {
    while let Some(inst) = from.filter(|_| from != until) {
        if func.op(inst) != Op::Poll && !func.effects(inst).writes.is_empty() {
            return false;
        }
        from = func.next(inst);
    }
    true
}

/// The state of a poll behind the loop's test, by one of the polls inside.
fn state(func: &mut Func, dom: &DomTree, loops: &LoopForest, found: &Found) -> Option<(InstId, SnapId)> {
    let header = loops.get(found.id).header;
    let tester = func.block_of(found.term)?;
    for &poll in &found.polls {
        let (Some(b), Some(snap)) = (func.block_of(poll), func.snapshot(poll)) else { continue };
        let is_first = is_idle(func, func.first(b), Some(poll));
        let mapped = if b == header && is_first {
            let params = func.params(header).to_vec();
            let map = &mut |func: &Func, inst: InstId| match params.iter().position(|&p| p == inst) {
                Some(i) => Some(found.next[i]),
                None => func.block_of(inst).is_some_and(|b| !loops.contains(found.id, b)).then_some(inst),
            };
            map_snapshot(func, snap, map)
        } else if b == tester && is_idle(func, Some(poll), None) {
            Some(snap)
        } else if b != tester && dom.dominates(tester, b) {
            // The block that goes back.
            let params = func.params(b).to_vec();
            let passed = func.edge(found.term, found.stays).1.to_vec();
            let map = &mut |_: &Func, inst: InstId| {
                Some(params.iter().position(|&p| p == inst).map_or(inst, |i| passed[i]))
            };
            map_snapshot(func, snap, map)
        } else {
            None
        };
        if let Some(mapped) = mapped {
            return Some((poll, mapped));
        }
    }
    None
}

fn strip(func: &mut Func, dom: &DomTree, loops: &LoopForest, found: &Found) -> bool {
    let header = loops.get(found.id).header;
    let Some(tester) = func.block_of(found.term) else { return false };
    let outside: Vec<BlockId> =
        dom.preds(header).iter().copied().filter(|&p| !loops.contains(found.id, p)).collect();
    if is_short(func, found, header, &outside) {
        found.polls.iter().for_each(|&poll| func.remove(poll));
        return true;
    }
    let Some((poll, snap)) = state(func, dom, loops, found) else { return false };
    let [before, after, again] = std::array::from_fn(|_| func.add_block());
    place(func, header, tester, [before, after, again]);

    // The end of the strip.
    let types: Vec<Type> = func.params(header).iter().map(|&p| func.ty(p)).collect();
    let params: Vec<InstId> = types.into_iter().map(|ty| func.add_param(before, ty)).collect();
    for p in outside {
        let Some(term) = func.terminator(p) else { continue };
        for e in 0..func.edge_count(term) {
            let (to, args) = func.edge(term, e);
            if to == header {
                let args = args.to_vec();
                func.set_edge(term, e, before, &args);
            }
        }
    }
    let is_up = matches!(found.cc, Cc::Lt | Cc::Le);
    // A strip of no turns ends before the variable.
    let less = match found.cc {
        Cc::Le => -1,
        Cc::Ge => 1,
        _ => 0,
    };
    let first = params[found.position];
    let mut b = Builder::at_end(func, before);
    let far = match found.step {
        Step::Const(k) => {
            let length = b.const_i64(k * found.turns + less);
            b.add_i64(first, length)
        }
        Step::Inst(step) => {
            let turns = b.const_i64(found.turns);
            let length = b.mul_i64(step, turns);
            let far = b.add_i64(first, length);
            let less = b.const_i64(less);
            b.add_i64(far, less)
        }
    };
    let end = if is_up { b.min_i64(found.limit, far) } else { b.max_i64(found.limit, far) };
    b.jump(header, &params);

    // The test of the loop decides behind the strip.
    let test = func.arg(found.term, 0);
    let test_cc = if found.stays == 0 { found.cc } else { found.cc.negated() };
    let (out, out_args) = func.edge(found.term, 1 - found.stays);
    let out_args = out_args.to_vec();
    let compare = |b: &mut Builder<'_>, limit: InstId| match found.is_limit_last {
        true => b.icmp(found.tested, limit, test_cc),
        false => b.icmp(limit, found.tested, test_cc.swapped()),
    };
    let inner = compare(&mut Builder::before(func, found.term), end);
    func.set_arg(found.term, 0, inner);
    func.set_edge(found.term, 1 - found.stays, after, &[]);
    let mut b = Builder::at_end(func, after);
    let outer = compare(&mut b, found.limit);
    match found.stays {
        0 => b.branch(outer, (again, &[]), (out, &out_args)),
        _ => b.branch(outer, (out, &out_args), (again, &[])),
    };
    let asked = plain(Op::Poll, Type::None, &[]);
    let asked = func.append(again, NewInst { snap: Some(snap), ..asked });
    func.copy_origin(asked, poll);
    Builder::at_end(func, again).jump(before, &found.next);

    found.polls.iter().for_each(|&poll| func.remove(poll));
    remove_unused(func, test);
    true
}

/// Removes the old test, if the branch was all that it was for.
fn remove_unused(func: &mut Func, test: InstId) {
    let mut is_used = false;
    for &b in func.blocks() {
        for inst in func.insts(b) {
            func.visit_uses(inst, |arg| is_used |= arg == test);
            if let Some(snap) = func.snapshot(inst) {
                func.snaps.visit_insts(snap, |named| is_used |= named == test);
            }
        }
    }
    if !is_used {
        func.remove(test);
    }
}

/// Whether the ends are constants, and one strip is all there is.
fn is_short(func: &Func, found: &Found, header: BlockId, outside: &[BlockId]) -> bool {
    let (Step::Const(step), Some(limit)) = (found.step, func.as_i64(found.limit)) else { return false };
    let begins_near = |&p: &BlockId| {
        func.terminator(p).is_some_and(|term| {
            (0..func.edge_count(term)).map(|e| func.edge(term, e)).filter(|edge| edge.0 == header).all(
                |(_, args)| {
                    let way = func.as_i64(args[found.position]).and_then(|first| limit.checked_sub(first));
                    way.is_some_and(|way| way.checked_div(step).is_some_and(|n| n < found.turns))
                },
            )
        })
    };
    outside.iter().all(begins_near)
}

/// Puts the new blocks where they run.
fn place(func: &mut Func, header: BlockId, tester: BlockId, [before, after, again]: [BlockId; 3]) {
    let mut order: Vec<BlockId> = Vec::with_capacity(func.blocks().len());
    for &b in func.blocks() {
        if [before, after, again].contains(&b) {
            continue;
        }
        if b == header {
            order.push(before);
        }
        order.push(b);
        if b == tester {
            order.extend([after, again]);
        }
    }
    func.set_order(order);
    func.set_cold(again, true);
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn a_counted_loop_polls_between_strips() {
        check(
            &["strips"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v3, r2 = v2 }
            b0(v0: value):
              v1 = const_i64 0
              v2 = guard_int v0 [s1]
              v6 = const_i64 1
              jump b1(v1)
            snap s1 f0 pc 0 { r0 = v0 }
            b1(v3: i64):
              poll [s0]
              v4 = add_i64 v3, v6
              v5 = icmp v4, v2, lt
              branch v5, b1(v4), b2
            b2:
              return_values v0
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v3, r2 = v2 }
                snap s1 f0 pc 0 { r0 = v0 }
                snap s2 f0 pc 1 { r1 = v4, r2 = v2 }
                b0(v0: value):
                  v1 = const_i64 0
                  v2 = guard_int v0 [s1]
                  v6 = const_i64 1
                  jump b3(v1)
                b3(v11: i64):
                  v12 = const_i64 1024
                  v13 = add_i64 v11, v12
                  v14 = min_i64 v2, v13
                  jump b1(v11)
                b1(v3: i64):
                  v4 = add_i64 v3, v6
                  v16 = icmp v4, v14, lt
                  branch v16, b1(v4), b4
                b4:
                  v17 = icmp v4, v2, lt
                  branch v17, b5, b2
                b5 cold:
                  poll [s2]
                  jump b3(v4)
                b2:
                  return_values v0
            "#]],
        );
    }

    #[test]
    fn constant_ends_that_are_near_need_no_poll() {
        check(
            &["strips"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v3 }
            b0(v0: value):
              v1 = const_i64 100
              v2 = const_i64 0
              v6 = const_i64 -1
              jump b1(v1)
            b1(v3: i64):
              poll [s0]
              v4 = add_i64 v3, v6
              v5 = icmp v4, v2, ge
              branch v5, b1(v4), b2
            b2:
              return_values v0
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v3 }
                b0(v0: value):
                  v1 = const_i64 100
                  v2 = const_i64 0
                  v6 = const_i64 -1
                  jump b1(v1)
                b1(v3: i64):
                  v4 = add_i64 v3, v6
                  v5 = icmp v4, v2, ge
                  branch v5, b1(v4), b2
                b2:
                  return_values v0
            "#]],
        );
    }

    #[test]
    fn a_strip_of_steps_that_may_be_zero_ends_before_the_variable() {
        check(
            &["strips"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v3 }
            snap s1 f0 pc 0 { r0 = v0 }
            b0(v0: value, v1: value):
              v2 = guard_int v0 [s1]
              v6 = guard_int v1 [s1]
              jump b1(v6)
            b1(v3: i64):
              v4 = add_i64 v3, v6
              v5 = icmp v2, v4, ge
              branch v5, b3, b2
            b3:
              poll [s0]
              jump b1(v4)
            b2:
              return_values v0
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v3 }
                snap s1 f0 pc 0 { r0 = v0 }
                b0(v0: value, v1: value):
                  v2 = guard_int v0 [s1]
                  v6 = guard_int v1 [s1]
                  jump b4(v6)
                b4(v12: i64):
                  v13 = const_i64 1024
                  v14 = mul_i64 v6, v13
                  v15 = add_i64 v12, v14
                  v16 = const_i64 -1
                  v17 = add_i64 v15, v16
                  v18 = min_i64 v2, v17
                  jump b1(v12)
                b1(v3: i64):
                  v4 = add_i64 v3, v6
                  v20 = icmp v18, v4, ge
                  branch v20, b3, b5
                b5:
                  v21 = icmp v2, v4, ge
                  branch v21, b6, b2
                b6 cold:
                  poll [s0]
                  jump b4(v4)
                b3:
                  jump b1(v4)
                b2:
                  return_values v0
            "#]],
        );
    }

    #[test]
    fn limits_that_may_be_great_and_loops_that_call_keep_their_polls() {
        check_stays(
            &["strips"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v3 }
            b0(v0: i64, v1: i64, v7: value):
              v6 = const_i64 1
              jump b1(v1)
            b1(v3: i64):
              poll [s0]
              v4 = add_i64 v3, v6
              v5 = icmp v4, v0, le
              branch v5, b1(v4), b2
            b2:
              v8 = const_i64 9
              jump b3(v1)
            b3(v9: i64):
              poll [s0]
              v10: value = call_value v7, to 1 [s0]
              v11 = add_i64 v9, v6
              v12 = icmp v11, v8, lt
              branch v12, b3(v11), b4
            b4:
              return_values v7
            ",
        );
    }
}
