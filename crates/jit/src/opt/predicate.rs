//! Loop predication: one check before a counted loop in place of one in each iteration.
//!
//! ```text
//!   before                                  after
//!     jump b1(v1)                             v7 = add_i64 v2, -1
//!   b1(v3: i64):                              v8 = icmp v7, v9, le
//!     v4 = guard_bounds v3, v9 [s0]           guard_true v8 [s1]
//!     v5 = load_elem v0, v4                   jump b1(v1)
//!     v6 = add_i64 v3, 1                    b1(v3: i64):
//!     v10 = icmp v6, v2, lt                   v5 = load_elem v0, v3
//!     branch v10, b1(v6), b2                  v6 = add_i64 v3, 1
//!                                             v10 = icmp v6, v2, lt
//!                                             branch v10, b1(v6), b2
//! ```
//!
//! The variable of a loop that adds 1 or -1 in each iteration and goes on while it is on one side of a limit takes all values
//! from its first one to the limit. A guard that such a value plus a constant and a number of outside (the start of a row in a
//! flat matrix) is in bounds that do not change, in a block that every iteration executes, then holds in all iterations if it
//! holds at both ends. It is checked at both, by the state at the loop's head. If a check fails there, the guard inside would
//! have failed in some iteration: the test must be the only way out of the loop but for guards and errors. Sums cannot wrap:
//! first value, limit and what is added are integers of 48 bits or sizes, which the last is asked for if it is not known, or
//! variables of loops around this one that such numbers bound.
//!
//! Runs after `licm`, which takes limits out of the loop, and before `range`, which knows most first values to be in bounds.
//! Needs dominators and loops; keeps the CFG. Loops that add more than 1 are left alone.

use super::licm::head_snapshot;
use super::{Replacements, plain};
use crate::ir::builder::Builder;
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId, NewInst};
use crate::ir::imm::{Cc, Reason};
use crate::ir::loops::{LoopForest, LoopId};
use crate::ir::ops::Op;
use crate::ir::snapshot::SnapId;
use crate::ir::types::Type;

/// Checks bounds before loops.
pub fn predicate_loops(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    let mut to = Replacements::new(func);
    let mut changes = 0;
    let small = small_params(func, dom, loops);
    for id in loops.ids().rev() {
        changes += predicate(func, dom, loops, (id, &small), &mut to);
    }
    to.apply(func);
    changes
}

/// A variable that takes all values between its first one and a last one.
#[derive(Clone, Copy)]
pub(super) struct Counter {
    pub(super) param: InstId,
    pub(super) first: InstId,
    /// The last value is at most (at least, going down) the limit plus this.
    limit: InstId,
    offset: i64,
    pub(super) is_up: bool,
}

/// What a guard wants of an integer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Bounds {
    /// `0 ..= len`
    Upto(InstId),
    /// `0 .. limit`
    Below(InstId),
    Fits(u64),
}

/// Constants in sums are at most this, so that sums with integers of 48 bits do not wrap; arbitrary.
const CONST_MAX: u64 = 1 << 32;

/// A loop whose only way out is a test of a variable at its end.
pub(super) struct Counted {
    pub(super) counter: Counter,
    /// The preheader's terminator.
    pub(super) end: InstId,
    /// The block with the test: what dominates it, every iteration executes.
    pub(super) tester: BlockId,
    pub(super) latch: BlockId,
}

/// Variables of loops that are as small as their first value and their limit: the loop goes on only while they are on the
/// right side of it. Inner loops begin with them, and end there.
pub(super) fn small_params(func: &Func, dom: &DomTree, loops: &LoopForest) -> Vec<InstId> {
    let mut small = Vec::new();
    // A loop is after those around it.
    for id in loops.ids() {
        let counter = || {
            let end = loops.preheader(func, dom, id).and_then(|b| func.terminator(b))?;
            let &[latch] = loops.get(id).latches.as_slice() else { return None };
            let tester = tester(func, dom, loops, id, latch)?;
            find_counter(func, loops, (id, &small), end, (tester, latch))
        };
        if let Some(counter) = counter() {
            small.push(counter.param);
        }
    }
    small
}

/// What is to be known of a counted loop, if this is one. `small`: [`small_params`].
pub(super) fn counted(
    func: &Func,
    dom: &DomTree,
    loops: &LoopForest,
    (id, small): (LoopId, &[InstId]),
) -> Option<Counted> {
    let end = loops.preheader(func, dom, id).and_then(|b| func.terminator(b))?;
    let l = loops.get(id);
    let &[latch] = l.latches.as_slice() else { return None };
    let tester = tester(func, dom, loops, id, latch)?;
    let is_only_way_out =
        l.blocks.iter().all(|&b| b == tester || func.successors(b).all(|s| loops.contains(id, s)));
    if !is_only_way_out || func.is_cold(l.header) {
        return None;
    }
    let counter = find_counter(func, loops, (id, small), end, (tester, latch))?;
    Some(Counted { counter, end, tester, latch })
}

fn predicate(
    func: &mut Func,
    dom: &DomTree,
    loops: &LoopForest,
    (id, small): (LoopId, &[InstId]),
    to: &mut Replacements,
) -> u32 {
    let Some(Counted { counter, end, tester, .. }) = counted(func, dom, loops, (id, small)) else { return 0 };
    let l = loops.get(id);
    let is_outside = |func: &Func, inst: InstId| func.block_of(inst).is_some_and(|b| !loops.contains(id, b));
    let mut found: Vec<Found> = Vec::new();
    for &b in &l.blocks {
        // Blocks of inner loops may be executed often, or not at all: their guards have moved already if they can.
        if !dom.dominates(b, tester) || loops.innermost(b) != Some(id) {
            continue;
        }
        let mut at = func.first(b);
        while let Some(guard) = at {
            at = func.next(guard);
            // Guards that went away may be operands.
            to.rewrite(func, guard);
            if let Some(bounds) = bounds_of(func, loops, id, guard)
                && let Some((added, offset)) =
                    distance(func, &is_outside, func.arg(guard, 0), counter.param, SUMS_MAX)
            {
                found.push(Found { guard, bounds, added, offset });
            }
        }
    }
    if found.is_empty() {
        return 0;
    }
    let Some(snap) = head_snapshot(func, loops, id, end) else { return 0 };
    let mut checked: Vec<(Bounds, Option<InstId>)> = Vec::new();
    let mut ends: Vec<(InstId, Counter)> = Vec::new();
    for first in &found {
        if checked.contains(&(first.bounds, first.added)) {
            continue;
        }
        checked.push((first.bounds, first.added));
        let counter = match first.added {
            None => counter,
            Some(added) => match ends.iter().find(|e| e.0 == added) {
                Some(&(_, moved)) => moved,
                None => {
                    let moved = move_ends(func, end, (&counter, small), first, added, snap);
                    ends.push((added, moved));
                    moved
                }
            },
        };
        // The least and the greatest value that the bounds are for say all.
        let alike = || found.iter().filter(|f| f.bounds == first.bounds && f.added == first.added);
        let (Some(low), Some(high)) = (alike().min_by_key(|f| f.offset), alike().max_by_key(|f| f.offset))
        else {
            continue;
        };
        // The far end comes first: where it is missing, a store there is what makes the storage grow.
        let (near, far) = if counter.is_up { (low, high) } else { (high, low) };
        check_last(func, end, &counter, far, snap);
        check_first(func, end, &counter, far, snap);
        if near.offset != far.offset {
            check_first(func, end, &counter, near, snap);
        }
    }
    for found in &found {
        to.set(found.guard, func.arg(found.guard, 0));
        func.remove(found.guard);
    }
    found.len() as u32
}

/// A guard that the variable plus a number of outside and a constant is in bounds.
#[derive(Clone, Copy)]
struct Found {
    guard: InstId,
    bounds: Bounds,
    added: Option<InstId>,
    offset: i64,
}

/// What is added to a variable to give an index: a number of outside, if there is one, and a constant.
fn distance(
    func: &Func,
    is_outside: &impl Fn(&Func, InstId) -> bool,
    index: InstId,
    param: InstId,
    depth: u32,
) -> Option<(Option<InstId>, i64)> {
    let plain = same_int(func, index);
    if plain == param {
        return Some((None, 0));
    }
    if func.op(plain) != Op::AddI64 || depth == 0 {
        return None;
    }
    let [a, b] = [func.arg(plain, 0), func.arg(plain, 1)];
    if let Some(k) = func.as_i64(b) {
        let (added, offset) = distance(func, is_outside, a, param, depth - 1)?;
        let offset = offset.checked_add(k).filter(|sum| sum.unsigned_abs() <= CONST_MAX)?;
        return Some((added, offset));
    }
    [(a, b), (b, a)].into_iter().filter(|&(_, other)| is_outside(func, other)).find_map(|(inner, other)| {
        match distance(func, is_outside, inner, param, depth - 1) {
            Some((None, offset)) => Some((Some(other), offset)),
            _ => None,
        }
    })
}

/// The counter whose ends are moved by a number of outside, which is asked to be small where that is not known: an index
/// that it is part of would not be in bounds otherwise.
fn move_ends(
    func: &mut Func,
    end: InstId,
    (counter, small): (&Counter, &[InstId]),
    found: &Found,
    added: InstId,
    snap: SnapId,
) -> Counter {
    let mut added = added;
    if !is_small_sum(func, small, added, SUMS_MAX) {
        let guard = plain(Op::GuardFits, Type::I64, std::slice::from_ref(&added));
        added = func.insert_before(end, NewInst { imm: 48, snap: Some(snap), ..guard });
        func.copy_origin(added, found.guard);
    }
    let [first, limit] = [counter.first, counter.limit].map(|of| match func.as_i64(of) {
        Some(k) => plus(func, end, added, k),
        None => Builder::before(func, end).add_i64(added, of),
    });
    Counter { first, limit, ..*counter }
}

/// An integer as another one plus a constant, without the guards around it. They give what they are given.
pub(super) fn sum(func: &Func, inst: InstId) -> Option<(InstId, i64)> {
    let plain = same_int(func, inst);
    if func.op(plain) == Op::AddI64
        && let Some(k) = func.as_i64(func.arg(plain, 1))
    {
        return (k.unsigned_abs() <= CONST_MAX).then(|| (same_int(func, func.arg(plain, 0)), k));
    }
    Some((plain, 0))
}

fn same_int(func: &Func, mut inst: InstId) -> InstId {
    while matches!(func.op(inst), Op::GuardFits | Op::GuardBounds | Op::GuardBelow | Op::GuardNonZero) {
        inst = func.arg(inst, 0);
    }
    inst
}

/// Whether an integer is surely so small that adding constants to it does not wrap.
pub(super) fn is_small(func: &Func, inst: InstId) -> bool {
    is_small_sum(func, &[], inst, SUMS_MAX)
}

fn is_small_leaf(func: &Func, inst: InstId) -> bool {
    match func.op(inst) {
        Op::Param => func.takes_immediates && func.block_of(inst) == Some(func.entry()),
        Op::ConstI64 => func.as_i64(inst).is_some_and(|k| k.unsigned_abs() <= 1 << 48),
        Op::GuardInt
        | Op::UnboxInt
        | Op::ArrayLen
        | Op::ArrayCapacity
        | Op::StrLen
        | Op::DenseWord
        | Op::VarargCount => true,
        Op::GuardFits => func.imm(inst) <= 48,
        // Between 0 and a size.
        Op::GuardBounds | Op::GuardBelow => is_size(func, func.arg(inst, 1)),
        _ => false,
    }
}

/// Sums of sums of small integers, and so on, are small as well, if they are not too many.
pub(super) const SUMS_MAX: u32 = 3;

pub(super) fn is_small_sum(func: &Func, small: &[InstId], inst: InstId, depth: u32) -> bool {
    match func.op(inst) {
        Op::AddI64 | Op::SubI64 => {
            depth > 0 && func.args(inst).iter().all(|&arg| is_small_sum(func, small, arg, depth - 1))
        }
        _ => is_small_leaf(func, inst) || small.contains(&inst),
    }
}

/// Whether an integer is surely small and not negative: a negative limit is no limit to these guards.
fn is_size(func: &Func, inst: InstId) -> bool {
    match func.op(inst) {
        Op::ConstI64 => func.as_i64(inst).is_some_and(|k| (0..1 << 48).contains(&k)),
        Op::ArrayLen | Op::ArrayCapacity | Op::StrLen | Op::DenseWord | Op::VarargCount => true,
        _ => false,
    }
}

/// The block with the test at the end of a loop: the one that goes back, or the only one that leads there.
pub(super) fn tester(
    func: &Func,
    dom: &DomTree,
    loops: &LoopForest,
    id: LoopId,
    latch: BlockId,
) -> Option<BlockId> {
    if func.op(func.terminator(latch)?) == Op::Branch {
        return Some(latch);
    }
    let &[before] = dom.preds(latch) else { return None };
    let is_test = latch != loops.get(id).header
        && loops.innermost(latch) == Some(id)
        && loops.innermost(before) == Some(id)
        && func.op(func.terminator(before)?) == Op::Branch;
    is_test.then_some(before)
}

/// The variable that a loop's only test is about.
fn find_counter(
    func: &Func,
    loops: &LoopForest,
    (id, small): (LoopId, &[InstId]),
    end: InstId,
    (tester, latch): (BlockId, BlockId),
) -> Option<Counter> {
    let header = loops.get(id).header;
    let term = func.terminator(tester).filter(|&t| func.op(t) == Op::Branch)?;
    let target = if tester == latch { header } else { latch };
    let (back, out) = (func.edge(term, 0).0, func.edge(term, 1).0);
    let goes_on = match (back == target, out == target) {
        (true, false) if !loops.contains(id, out) => 0,
        (false, true) if !loops.contains(id, back) => 1,
        _ => return None,
    };
    let test = func.arg(term, 0);
    let mut cc = func.cc(test)?;
    if goes_on == 1 {
        cc = cc.negated();
    }
    let is_outside = |inst: InstId| func.block_of(inst).is_some_and(|b| !loops.contains(id, b));
    let (mut tested, mut limit) = (func.arg(test, 0), func.arg(test, 1));
    if is_outside(tested) {
        (tested, limit, cc) = (limit, tested, cc.swapped());
    }
    let (param, ahead) = sum(func, tested)?;
    let position = func.params(header).iter().position(|&p| p == param)?;
    let next = if tester == latch {
        func.edge(term, goes_on).1[position]
    } else {
        let next = func.edge(func.terminator(latch)?, 0).1[position];
        // What the test passes to the block that goes back.
        match func.params(latch).iter().position(|&p| p == next) {
            Some(i) => func.edge(term, goes_on).1[i],
            None => next,
        }
    };
    let (from, step) = sum(func, next)?;
    let first = func.edge(end, 0).1[position];
    let is_small = |inst: InstId| is_small_sum(func, small, inst, SUMS_MAX);
    if from != param || !is_outside(limit) || !is_small(limit) || !is_small(first) {
        return None;
    }
    // The test is of the old value plus `ahead`; the new one is the old one plus `step`.
    let (is_up, strict) = match (step, cc) {
        (1, Cc::Lt) => (true, -1),
        (1, Cc::Le) => (true, 0),
        (-1, Cc::Gt) => (false, 1),
        (-1, Cc::Ge) => (false, 0),
        _ => return None,
    };
    Some(Counter { param, first, limit, offset: strict + step - ahead, is_up })
}

/// The bounds that a guard checks, if they are the same in every iteration.
fn bounds_of(func: &Func, loops: &LoopForest, id: LoopId, inst: InstId) -> Option<Bounds> {
    let limit = |inst: InstId| {
        let limit = func.arg(inst, 1);
        let is_outside = func.block_of(limit).is_some_and(|b| !loops.contains(id, b));
        (is_outside && is_size(func, limit)).then_some(limit)
    };
    match func.op(inst) {
        Op::GuardBounds => limit(inst).map(Bounds::Upto),
        Op::GuardBelow => limit(inst).map(Bounds::Below),
        Op::GuardFits => Some(Bounds::Fits(func.imm(inst))),
        _ => None,
    }
}

/// Checks the first value plus an offset before the loop, by a snapshot, for a guard in the loop.
fn check_first(func: &mut Func, end: InstId, counter: &Counter, found: &Found, snap: SnapId) {
    let first = plus(func, end, counter.first, found.offset);
    let (op, limit, imm) = match found.bounds {
        Bounds::Upto(limit) => (Op::GuardBounds, Some(limit), 0),
        Bounds::Below(limit) => (Op::GuardBelow, Some(limit), 0),
        Bounds::Fits(bits) => (Op::GuardFits, None, bits),
    };
    let args: Vec<InstId> = [first].into_iter().chain(limit).collect();
    let made = func.insert_before(end, NewInst { imm, snap: Some(snap), ..plain(op, Type::I64, &args) });
    func.copy_origin(made, found.guard);
}

/// The same for the last value. If there is but one iteration, the limit may lie before the first value: only the end that
/// it is for is checked here.
fn check_last(func: &mut Func, end: InstId, counter: &Counter, found: &Found, snap: SnapId) {
    let last = plus(func, end, counter.limit, counter.offset + found.offset);
    let mut b = Builder::before(func, end);
    b.set_snapshot(Some(snap));
    let (bound, cc) = match (found.bounds, counter.is_up) {
        (Bounds::Upto(limit), true) => (limit, Cc::Le),
        (Bounds::Below(limit), true) => (limit, Cc::Lt),
        (Bounds::Upto(_) | Bounds::Below(_), false) => (b.const_i64(0), Cc::Ge),
        (Bounds::Fits(bits), true) => (b.const_i64((1 << (bits.clamp(1, 63) - 1)) - 1), Cc::Le),
        (Bounds::Fits(bits), false) => (b.const_i64(-(1 << (bits.clamp(1, 63) - 1))), Cc::Ge),
    };
    let holds = b.icmp(last, bound, cc);
    let made = b.guard_true(holds, Reason::Bounds);
    func.copy_origin(made, found.guard);
}

pub(super) fn plus(func: &mut Func, at: InstId, base: InstId, k: i64) -> InstId {
    if let Some(base) = func.as_i64(base) {
        return Builder::before(func, at).const_i64(base + k);
    }
    if k == 0 {
        return base;
    }
    let mut b = Builder::before(func, at);
    let k = b.const_i64(k);
    b.add_i64(base, k)
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn both_ends_are_checked_before_the_loop() {
        check(
            &["predicate", "range", "fold", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v6 }
            b0(v0: array, v1: value, v2: f64):
              v3 = guard_int v1 [s1]
              v4 = array_len v0
              v5 = const_i64 1
              jump b1(v5)
            b1(v6: i64):
              v7 = guard_bounds v6, v4 [s0]
              store_elem_float v0, v7, v2
              v8 = add_i64 v6, v5
              v9 = guard_fits v8, 48 [s0]
              v10 = icmp v9, v3, le
              branch v10, b1(v9), b2
            b2:
              v11 = const_value nil
              return_values v11
            snap s1 f0 pc 0 { r1 = v1 }
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v6 }
                snap s1 f0 pc 0 { r1 = v1 }
                snap s2 f0 pc 1 { r1 = v5 }
                b0(v0: array, v1: value, v2: f64):
                  v3 = guard_int v1 [s1]
                  v4 = array_len v0
                  v5 = const_i64 1
                  v16 = icmp v3, v4, le
                  guard_true v16, bounds [s2]
                  v18 = const_i64 1
                  v19 = guard_bounds v18, v4 [s2]
                  v20 = const_i64 1
                  v21 = add_i64 v3, v20
                  v22 = const_i64 140737488355327
                  v23 = icmp v21, v22, le
                  guard_true v23, bounds [s2]
                  jump b1(v5)
                b1(v6: i64):
                  store_elem_float v0, v6, v2
                  v8 = add_i64 v6, v5
                  v10 = icmp v8, v3, le
                  branch v10, b1(v8), b2
                b2:
                  v11 = const_value nil
                  return_values v11
            "#]],
        );
    }

    #[test]
    fn going_down_from_the_length() {
        check(
            &["predicate", "range", "fold", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v6 }
            b0(v0: array, v2: f64):
              v4 = array_len v0
              v5 = const_i64 -1
              v3 = const_i64 1
              jump b1(v4)
            b1(v6: i64):
              v7 = add_i64 v6, v5
              v12 = guard_below v7, v4 [s0]
              store_elem_float v0, v12, v2
              v10 = icmp v6, v3, gt
              branch v10, b1(v7), b2
            b2:
              v11 = const_value nil
              return_values v11
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v6 }
                snap s1 f0 pc 1 { r1 = v4 }
                b0(v0: array, v2: f64):
                  v4 = array_len v0
                  v5 = const_i64 -1
                  v3 = const_i64 1
                  v21 = const_i64 -1
                  v22 = add_i64 v4, v21
                  v23 = guard_below v22, v4 [s1]
                  jump b1(v4)
                b1(v6: i64):
                  v7 = add_i64 v6, v5
                  store_elem_float v0, v7, v2
                  v10 = icmp v6, v3, gt
                  branch v10, b1(v7), b2
                b2:
                  v11 = const_value nil
                  return_values v11
            "#]],
        );
    }

    #[test]
    fn an_inner_loop_may_begin_with_a_variable_of_the_outer_one() {
        check(
            &["predicate", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v6, r2 = v7 }
            snap s1 f0 pc 0 { r1 = v1 }
            b0(v0: array, v1: value, v2: f64):
              v3 = guard_int v1 [s1]
              v4 = array_len v0
              v5 = const_i64 1
              jump b1(v5)
            b1(v6: i64):
              v20 = add_i64 v6, v5
              jump b2(v20)
            b2(v7: i64):
              v8 = guard_bounds v7, v4 [s0]
              store_elem_float v0, v8, v2
              v9 = add_i64 v7, v5
              v10 = icmp v9, v3, le
              branch v10, b2(v9), b3
            b3:
              v11 = add_i64 v6, v5
              v12 = icmp v11, v3, le
              branch v12, b1(v11), b4
            b4:
              v13 = const_value nil
              return_values v13
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v6, r2 = v7 }
                snap s1 f0 pc 0 { r1 = v1 }
                snap s2 f0 pc 1 { r1 = v6, r2 = v20 }
                b0(v0: array, v1: value, v2: f64):
                  v3 = guard_int v1 [s1]
                  v4 = array_len v0
                  v5 = const_i64 1
                  jump b1(v5)
                b1(v6: i64):
                  v20 = add_i64 v6, v5
                  v27 = icmp v3, v4, le
                  guard_true v27, bounds [s2]
                  v29 = guard_bounds v20, v4 [s2]
                  jump b2(v20)
                b2(v7: i64):
                  store_elem_float v0, v7, v2
                  v9 = add_i64 v7, v5
                  v10 = icmp v9, v3, le
                  branch v10, b2(v9), b3
                b3:
                  v11 = add_i64 v6, v5
                  v12 = icmp v11, v3, le
                  branch v12, b1(v11), b4
                b4:
                  v13 = const_value nil
                  return_values v13
            "#]],
        );
    }

    #[test]
    fn a_row_of_a_flat_matrix_is_checked_at_its_ends() {
        check(
            &["predicate", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v6 }
            snap s1 f0 pc 0 { r1 = v1 }
            b0(v0: array, v1: value, v2: f64, v14: i64):
              v3 = guard_int v1 [s1]
              v4 = array_len v0
              v5 = const_i64 1
              jump b1(v5)
            b1(v6: i64):
              v7 = add_i64 v14, v6
              v8 = guard_bounds v7, v4 [s0]
              store_elem_float v0, v8, v2
              v9 = add_i64 v8, v5
              v10 = guard_bounds v9, v4 [s0]
              store_elem_float v0, v10, v2
              v11 = add_i64 v6, v5
              v12 = icmp v11, v3, le
              branch v12, b1(v11), b2
            b2:
              v13 = const_value nil
              return_values v13
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v6 }
                snap s1 f0 pc 0 { r1 = v1 }
                snap s2 f0 pc 1 { r1 = v5 }
                b0(v0: array, v1: value, v2: f64, v14: i64):
                  v3 = guard_int v1 [s1]
                  v4 = array_len v0
                  v5 = const_i64 1
                  v20 = guard_fits v14, 48 [s2]
                  v21 = const_i64 1
                  v22 = add_i64 v20, v21
                  v23 = add_i64 v20, v3
                  v24 = const_i64 1
                  v25 = add_i64 v23, v24
                  v26 = icmp v25, v4, le
                  guard_true v26, bounds [s2]
                  v28 = const_i64 1
                  v29 = add_i64 v22, v28
                  v30 = guard_bounds v29, v4 [s2]
                  v31 = guard_bounds v22, v4 [s2]
                  jump b1(v5)
                b1(v6: i64):
                  v7 = add_i64 v14, v6
                  store_elem_float v0, v7, v2
                  v9 = add_i64 v7, v5
                  store_elem_float v0, v9, v2
                  v11 = add_i64 v6, v5
                  v12 = icmp v11, v3, le
                  branch v12, b1(v11), b2
                b2:
                  v13 = const_value nil
                  return_values v13
            "#]],
        );
    }

    #[test]
    fn a_loop_that_may_end_before_keeps_its_guards() {
        check_stays(
            &["predicate"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v6 }
            b0(v0: array, v1: i64, v2: bool):
              v4 = array_len v0
              v5 = const_i64 1
              v3 = guard_fits v1, 48 [s1]
              jump b1(v5)
            b1(v6: i64):
              v7 = guard_bounds v6, v4 [s0]
              branch v2, b3, b2
            b3:
              v8 = add_i64 v6, v5
              v10 = icmp v8, v3, le
              branch v10, b1(v8), b2
            b2:
              v11 = const_value nil
              return_values v11
            snap s1 f0 pc 0 { r1 = v1 }
            ",
        );
    }
}
