//! Elements that the iteration before has had at hand already are carried in a parameter of the loop (predictive commoning).
//!
//! ```text
//!   before                                  after
//!     jump b1(v1)                             v9 = guard_bounds v1 - 1, v8 [s1]
//!   b1(v2: i64):                              v10 = load_elem_float v0, v9
//!     v3 = add_i64 v2, -1                     jump b1(v1, v10)
//!     v4 = load_elem_float v0, v3           b1(v2: i64, v11: f64):
//!     v5 = add_f64 v4, v7                     v5 = add_f64 v11, v7
//!     store_elem_float v0, v2, v5             store_elem_float v0, v2, v5
//!     v6 = add_i64 v2, 1                      v6 = add_i64 v2, 1
//!     branch v12, b1(v6), b2                  branch v12, b1(v6, v5), b2
//! ```
//!
//! In a counted loop (as in `predicate`) one access goes to the element at the counter plus a constant, and a load to the one
//! that it was at an iteration ago. What the first gives or stores is what the second loads, if nothing between the two may
//! write the place: a store of the same storage is told apart by its constant, one of another storage by a check before the
//! loop that there are two. The first value is loaded before the loop, by the state at its head: the load is one that every
//! iteration executes. Chains of such loops wait for an addition then, and not for memory as well.
//!
//! What was checked to be there is so in the next iteration. Runs after `predicate`, which leaves indices without guards, and
//! before `range`, which knows most first indices to be in bounds. Needs dominators and loops; keeps the CFG.

use super::forward::{may_overlap, place_of};
use super::licm::head_snapshot;
use super::predicate::{Counted, counted, is_small, plus, small_params, sum};
use super::{Replacements, plain};
use crate::ir::builder::Builder;
use crate::ir::dom::DomTree;
use crate::ir::effects::{Access, Classes, Index};
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::imm::{Cc, INT_HOLE, Reason};
use crate::ir::loops::{LoopForest, LoopId};
use crate::ir::ops::{Class, Op};
use crate::ir::snapshot::SnapId;
use crate::ir::types::Type;

/// Carries elements from one iteration to the next.
pub fn carry_elements(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    let mut to = Replacements::new(func);
    let small = small_params(func, dom, loops);
    let changes = loops.ids().rev().map(|id| carry(func, dom, loops, (id, &small), &mut to)).sum();
    to.apply(func);
    changes
}

const CARRIED: Classes = Classes::ELEM_FLOAT.or(Classes::ELEM_INT).or(Classes::ELEM_ANY);

/// Elements that a loop carries; each takes a register. Arbitrary.
const CARRIED_MAX: usize = 4;

/// Storages that a load's is checked to be another one than.
const APART_MAX: usize = 2;

/// An access to the element at the counter plus `offset`.
struct Elem {
    inst: InstId,
    place: Access,
    offset: i64,
}

impl Elem {
    /// What the element is behind the access.
    fn value(&self) -> InstId {
        self.place.stored.unwrap_or(self.inst)
    }

    fn is_of(&self, other: &Access) -> bool {
        (self.place.class, self.place.base) == (other.class, other.base)
    }
}

/// A load, and the access of the iteration before that has its element.
struct Pair {
    load: usize,
    from: usize,
    /// Storages that must be others than the load's.
    apart: Vec<InstId>,
}

/// What a loop does to memory.
struct Accesses {
    /// Those that every iteration executes, in their order.
    elems: Vec<Elem>,
    /// Other stores.
    others: Vec<Access>,
    /// What else is written.
    writes: Classes,
}

fn carry(
    func: &mut Func,
    dom: &DomTree,
    loops: &LoopForest,
    (id, small): (LoopId, &[InstId]),
    to: &mut Replacements,
) -> u32 {
    let Some(found) = counted(func, dom, loops, (id, small)) else { return 0 };
    let path = path_to(dom, loops, id, found.tester);
    let accesses = find_accesses(func, loops, id, &found, &path, to);
    let step = if found.counter.is_up { 1 } else { -1 };
    let mut pairs: Vec<Pair> = Vec::new();
    for load in 0..accesses.elems.len() {
        if pairs.len() < CARRIED_MAX
            && let Some(pair) = find_pair(func, loops, id, &accesses, load, step)
        {
            pairs.push(pair);
        }
    }
    if pairs.is_empty() {
        return 0;
    }
    let Some(snap) = head_snapshot(func, loops, id, found.end) else { return 0 };
    let change = Change { found, header: loops.get(id).header, snap, checks: find_checks(func, &path) };
    let mut checked: Vec<(InstId, InstId)> = Vec::new();
    for pair in &pairs {
        let load = &accesses.elems[pair.load];
        for other in pair.apart.iter().filter_map(|&other| Some((load.place.base?, other))) {
            if !checked.contains(&other) {
                change.check_apart(func, load.inst, other);
                checked.push(other);
            }
        }
        change.carry(func, load, accesses.elems[pair.from].value(), to);
    }
    pairs.len() as u32
}

/// How a loop is changed.
struct Change {
    found: Counted,
    header: BlockId,
    /// The state before the loop.
    snap: SnapId,
    checks: Vec<Check>,
}

impl Change {
    /// What comes before the loop and may leave.
    fn before<'f>(&self, func: &'f mut Func) -> Builder<'f> {
        let mut b = Builder::before(func, self.found.end);
        b.set_snapshot(Some(self.snap));
        b
    }

    /// Checks before the loop that two storages are two, for a load.
    fn check_apart(&self, func: &mut Func, load: InstId, (a, other): (InstId, InstId)) {
        let mut b = self.before(func);
        let same = b.same_ref(a, other);
        let made = b.guard_false(same, Reason::Bounds);
        func.copy_origin(made, load);
    }

    /// Lets a parameter stand for a load, which is `next` in the iteration after.
    fn carry(&self, func: &mut Func, load: &Elem, mut next: InstId, to: &mut Replacements) {
        let at = plus(func, self.found.end, self.found.counter.first, load.offset);
        let array = func.arg(load.inst, 0);
        let (op, ty) = (func.op(load.inst), func.ty(load.inst));
        let mut b = self.before(func);
        let len = b.array_len(array);
        let index = b.guard_bounds(at, len);
        func.copy_origin(index, load.inst);
        let mut first = func.insert_before(self.found.end, plain(op, ty, &[array, index]));

        let next_check = self.checks.iter().find(|check| check.of == next).map(|check| check.guard);
        let is_checked = self.checks.iter().any(|check| check.of == load.inst);
        let is_there = is_checked && (next_check.is_some() || is_never_absent(func, next));
        if is_there {
            let mut b = self.before(func);
            let made = if ty == Type::F64 {
                b.guard_not_hole(first)
            } else {
                let hole = b.const_i64(INT_HOLE);
                let there = b.icmp(first, hole, Cc::Ne);
                b.guard_true(there, Reason::Hole)
            };
            func.copy_origin(made, load.inst);
            if ty == Type::F64 {
                (first, next) = (made, next_check.unwrap_or(next));
            }
        }
        let param = self.add_param(func, ty, (first, next));
        if is_there {
            for check in self.checks.iter().filter(|check| check.of == load.inst) {
                if ty == Type::F64 {
                    to.set(check.guard, param);
                }
                func.remove(check.guard);
            }
        }
        to.set(load.inst, param);
        func.remove(load.inst);
    }

    fn add_param(&self, func: &mut Func, ty: Type, (first, next): (InstId, InstId)) -> InstId {
        let param = func.add_param(self.header, ty);
        for (from, value) in [(Some(self.found.end), first), (func.terminator(self.found.latch), next)] {
            let Some(term) = from else { continue };
            for e in 0..func.edge_count(term) {
                let (target, args) = func.edge(term, e);
                if target == self.header {
                    let args: Vec<InstId> = args.iter().copied().chain([value]).collect();
                    func.set_edge(term, e, target, &args);
                }
            }
        }
        param
    }
}

/// The blocks that dominate the last test and are in no inner loop, in their order.
fn path_to(dom: &DomTree, loops: &LoopForest, id: LoopId, tester: BlockId) -> Vec<BlockId> {
    let mut path = Vec::new();
    let mut at = Some(tester);
    while let Some(b) = at.filter(|&b| loops.contains(id, b)) {
        if loops.innermost(b) == Some(id) {
            path.push(b);
        }
        at = dom.idom(b);
    }
    path.reverse();
    path
}

fn find_accesses(
    func: &mut Func,
    loops: &LoopForest,
    id: LoopId,
    found: &Counted,
    path: &[BlockId],
    to: &Replacements,
) -> Accesses {
    let mut all = Accesses { elems: Vec::new(), others: Vec::new(), writes: Classes::NONE };
    let rest = loops.get(id).blocks.iter().filter(|b| !path.contains(b));
    for (b, is_sure) in path.iter().map(|&b| (b, true)).chain(rest.map(|&b| (b, false))) {
        let mut at = func.first(b);
        while let Some(inst) = at {
            at = func.next(inst);
            to.rewrite(func, inst);
            let place = place_of(func, inst);
            let offset = place.as_ref().filter(|p| is_sure && p.class.meets(CARRIED)).and_then(|place| {
                let Index::Inst(index) = place.index else { return None };
                let (base, offset) = sum(func, index)?;
                (base == found.counter.param).then_some(offset)
            });
            match (offset, place, func.op(inst).class()) {
                (Some(offset), Some(place), _) => all.elems.push(Elem { inst, place, offset }),
                (None, Some(place), Class::Store) => all.others.push(place),
                _ => all.writes = all.writes.or(func.effects(inst).writes),
            }
        }
    }
    all
}

/// The access of the iteration before that has the element of this load.
fn find_pair(
    func: &Func,
    loops: &LoopForest,
    id: LoopId,
    all: &Accesses,
    load: usize,
    step: i64,
) -> Option<Pair> {
    let Elem { inst, ref place, offset } = all.elems[load];
    let is_outside = |inst: InstId| func.block_of(inst).is_some_and(|b| !loops.contains(id, b));
    let array = *func.args(inst).first()?;
    if place.stored.is_some() || !is_outside(array) || place.class.meets(all.writes) {
        return None;
    }
    let comes = |elem: &Elem| elem.is_of(place) && elem.offset == offset + step;
    let from = all.elems.iter().rposition(comes)?;
    if !func.ty(all.elems[from].value()).fits(func.ty(inst)) {
        return None;
    }
    let mut apart: Vec<InstId> = Vec::new();
    let stores = all.elems.iter().enumerate().filter(|(_, elem)| elem.place.stored.is_some());
    let others = all.others.iter().map(|other| (other, None));
    for (store, at) in stores.map(|(at, elem)| (&elem.place, Some((at, elem.offset)))).chain(others) {
        if !store.class.meets(place.class) {
            continue;
        }
        if store.base == place.base {
            match at {
                // The store of the access itself, or of one before it.
                Some((at, to)) if to == offset + step && at <= from => {}
                // In the load's own iteration, behind it.
                Some((at, to)) if to == offset && at > load => {}
                Some((_, to)) if to != offset && to != offset + step => {}
                _ => return None,
            }
        } else if may_overlap(func, &Access { index: store.index, ..*place }, store) {
            let other = store.base.filter(|&other| is_outside(other) && func.ty(other) == Type::Array)?;
            if !apart.contains(&other) {
                apart.push(other);
            }
        }
    }
    (apart.len() <= APART_MAX).then_some(Pair { load, from, apart })
}

/// A guard that an element is there.
struct Check {
    of: InstId,
    guard: InstId,
}

fn find_checks(func: &Func, path: &[BlockId]) -> Vec<Check> {
    let of_guard = |guard: InstId| match func.op(guard) {
        Op::GuardNotHole => Some(Check { of: func.arg(guard, 0), guard }),
        Op::GuardTrue => {
            let test = func.arg(guard, 0);
            let is_it = func.op(test) == Op::Icmp
                && func.cc(test) == Some(Cc::Ne)
                && func.as_i64(func.arg(test, 1)) == Some(INT_HOLE);
            is_it.then(|| Check { of: func.arg(test, 0), guard })
        }
        _ => None,
    };
    path.iter().flat_map(|&b| func.insts(b)).filter_map(of_guard).collect()
}

/// Whether a number that is stored is surely none that stands for an absent element: arithmetic gives the processor's own
/// NaN, as boxes of its results rely on.
fn is_never_absent(func: &Func, inst: InstId) -> bool {
    match func.op(inst) {
        Op::AddF64 | Op::SubF64 | Op::MulF64 | Op::DivF64 | Op::SqrtF64 | Op::I64ToF64 => true,
        Op::GuardNotHole | Op::GuardF64 => true,
        _ => is_small(func, inst),
    }
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn what_is_stored_is_loaded_in_the_next_iteration() {
        check(
            &["carry", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v6 }
            b0(v0: array, v1: value, v2: f64):
              v3 = guard_int v1 [s1]
              v5 = const_i64 1
              v4 = const_i64 -1
              jump b1(v5)
            b1(v6: i64):
              poll [s0]
              v7 = add_i64 v6, v4
              v8 = load_elem_float v0, v7
              v9 = guard_not_hole v8 [s0]
              v10 = add_f64 v9, v2
              store_elem_float v0, v6, v10
              v11 = add_i64 v6, v5
              v12 = icmp v11, v3, le
              branch v12, b1(v11), b2
            b2:
              v13 = const_value nil
              return_values v13
            snap s1 f0 pc 0 { r1 = v1 }
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v6 }
                snap s1 f0 pc 0 { r1 = v1 }
                snap s2 f0 pc 1 { r1 = v5 }
                b0(v0: array, v1: value, v2: f64):
                  v3 = guard_int v1 [s1]
                  v5 = const_i64 1
                  v19 = const_i64 0
                  v20 = array_len v0
                  v21 = guard_bounds v19, v20 [s2]
                  v22 = load_elem_float v0, v21
                  v23 = guard_not_hole v22 [s2]
                  jump b1(v5, v23)
                b1(v6: i64, v24: f64):
                  poll [s0]
                  v10 = add_f64 v24, v2
                  store_elem_float v0, v6, v10
                  v11 = add_i64 v6, v5
                  v12 = icmp v11, v3, le
                  branch v12, b1(v11, v10), b2
                b2:
                  v13 = const_value nil
                  return_values v13
            "#]],
        );
    }

    #[test]
    fn another_storage_is_checked_to_be_another() {
        check(
            &["carry", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v6 }
            b0(v0: array, v1: array, v3: i64):
              v14 = guard_fits v3, 48 [s1]
              v5 = const_i64 1
              v4 = const_i64 -1
              jump b1(v5)
            b1(v6: i64):
              poll [s0]
              v7 = add_i64 v6, v4
              v8 = load_elem_int v0, v7
              v9 = load_elem_int v0, v6
              v10 = add_i64 v9, v8
              store_elem_int v1, v6, v10
              v11 = add_i64 v6, v5
              v12 = icmp v11, v14, le
              branch v12, b1(v11), b2
            b2:
              v13 = const_value nil
              return_values v13
            snap s1 f0 pc 0 { r1 = v3 }
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v6 }
                snap s1 f0 pc 0 { r1 = v3 }
                snap s2 f0 pc 1 { r1 = v5 }
                b0(v0: array, v1: array, v3: i64):
                  v14 = guard_fits v3, 48 [s1]
                  v5 = const_i64 1
                  v20 = same_ref v0, v1
                  guard_false v20, bounds [s2]
                  v22 = const_i64 0
                  v23 = array_len v0
                  v24 = guard_bounds v22, v23 [s2]
                  v25 = load_elem_int v0, v24
                  jump b1(v5, v25)
                b1(v6: i64, v26: i64):
                  poll [s0]
                  v9 = load_elem_int v0, v6
                  v10 = add_i64 v9, v26
                  store_elem_int v1, v6, v10
                  v11 = add_i64 v6, v5
                  v12 = icmp v11, v14, le
                  branch v12, b1(v11, v9), b2
                b2:
                  v13 = const_value nil
                  return_values v13
            "#]],
        );
    }

    #[test]
    fn a_store_that_only_some_iterations_execute_stays_between() {
        check_stays(
            &["carry"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v6 }
            b0(v0: array, v3: i64, v2: bool):
              v14 = guard_fits v3, 48 [s1]
              v5 = const_i64 1
              v4 = const_i64 -1
              jump b1(v5)
            b1(v6: i64):
              poll [s0]
              v7 = add_i64 v6, v4
              v8 = load_elem_int v0, v7
              branch v2, b3, b4
            b3:
              store_elem_int v0, v6, v5
              jump b4
            b4:
              v9 = load_elem_int v0, v6
              v10 = add_i64 v9, v8
              store_elem_int v0, v8, v10
              v11 = add_i64 v6, v5
              v12 = icmp v11, v14, le
              branch v12, b1(v11), b2
            b2:
              v13 = const_value nil
              return_values v13
            snap s1 f0 pc 0 { r1 = v3 }
            ",
        );
    }
}
