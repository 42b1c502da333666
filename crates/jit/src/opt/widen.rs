//! Integers that need not fit an immediate.
//!
//! ```text
//!   before                          after
//!   b1(v3: i64):                    b1(v3: i64):
//!     v4 = add_i64 v3, v1             v4 = add_i64 v3, v1
//!     v5 = guard_fits v4, 48 [s0]     v6 = icmp v4, v2, lt
//!     v6 = icmp v5, v2, lt            branch v6, b1(v4), b2
//!     branch v6, b1(v5), b2
//! ```
//!
//! Raw integers have all their 64 bits and wrap as the language's do, so a sum needs no check where it is only computed with,
//! compared or kept for exits. The check matters where somebody relies on the size: boxing without a look, operands of
//! memory and calls, what is stored into slots of tables, and the bounds of inner loops, which `predicate` has checked once because
//! their limits are small. Boxing outside of the check's loop looks for itself instead.
//!
//! For every integer it is found whether a use of it, of a variable that it is passed to, or of what is computed from it,
//! wants it small (by the ops; a fixpoint over the function in reverse). Results that are small whatever they are computed
//! from stop the search. Uses of the unchecked integer count as well, since what a check dominates may rely on it without naming
//! its result. Runs between `predicate` and `range`, so that ranges never rest on a check that is gone. Needs
//! dominators and loops; keeps the CFG. This file names ops, since what a rule of arithmetic keeps is no effect.

use super::{Incoming, Replacements, incoming_edges, plain};
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::loops::LoopForest;
use crate::ir::ops::Op;
use crate::ir::types::Type;

/// The width of an immediate integer.
const IMMEDIATE_BITS: u64 = 48;

/// Removes checks that integers fit an immediate where nobody wants it.
pub fn widen_integers(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    let guards: Vec<InstId> = (dom.rpo().iter().flat_map(|&b| func.insts(b)))
        .filter(|&i| func.op(i) == Op::GuardFits && func.imm(i) == IMMEDIATE_BITS)
        .collect();
    if guards.is_empty() {
        return 0;
    }
    let mut pass = Pass {
        dom,
        loops,
        edges: incoming_edges(func),
        wants: vec![Wants::NOTHING; func.inst_count()],
        stored: stored_boxes(func, dom),
    };
    while pass.turn(func) {}
    let mut to = Replacements::new(func);
    let mut widened = vec![false; func.inst_count()];
    let mut changes = 0;
    for guard in guards {
        // Who uses the integer itself may do so because the check is before.
        let raw = func.arg(guard, 0);
        let wants = pass.wants[guard.index()].or(pass.wants[raw.index()]);
        if wants.0 & !Wants::BOXED.0 == 0 {
            widened[raw.index()] = true;
            to.set(guard, raw);
            func.remove(guard);
            changes += 1;
        }
    }
    to.apply(func);
    if changes > 0 {
        pass.look_when_boxing(func, &mut widened);
    }
    changes
}

/// The values that are stored into slots of tables.
fn stored_boxes(func: &Func, dom: &DomTree) -> Vec<bool> {
    let mut stored = vec![false; func.inst_count()];
    for inst in dom.rpo().iter().flat_map(|&b| func.insts(b)) {
        if matches!(func.op(inst), Op::StoreSlot | Op::StoreExtSlot | Op::Transition | Op::TransitionExt)
            && let Some(v) = func.args(inst).last()
        {
            stored[v.index()] = true;
        }
    }
    stored
}

/// What the uses of an integer want of it, a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Wants(u8);

impl Wants {
    const NOTHING: Wants = Wants(0);
    /// That it is small.
    const SMALL: Wants = Wants(1);
    /// That it is small, in loops that it is constant in.
    const INVARIANT: Wants = Wants(2);
    /// That it is small when boxed, outside of the loops it is made in.
    const BOXED: Wants = Wants(4);

    const fn or(self, other: Wants) -> Wants {
        Wants(self.0 | other.0)
    }
}

struct Pass<'a> {
    dom: &'a DomTree,
    loops: &'a LoopForest,
    edges: Incoming,
    wants: Vec<Wants>,
    /// Values that are stored into slots, which may have to be immediate (`runtime/shape/kinds.rs`).
    stored: Vec<bool>,
}

impl Pass<'_> {
    /// One walk from the last use to the first; whether it has found anything new.
    fn turn(&mut self, func: &Func) -> bool {
        let mut is_new = false;
        for &b in self.dom.rpo().iter().rev() {
            let mut at = func.last(b);
            while let Some(inst) = at {
                at = func.prev(inst);
                for (i, &arg) in func.args(inst).iter().enumerate() {
                    if func.ty(arg) == Type::I64 {
                        let wants = self.of_use(func, inst, i, arg);
                        is_new |= self.add(arg, wants);
                    }
                }
            }
            for (i, &param) in func.params(b).iter().enumerate() {
                if func.ty(param) != Type::I64 {
                    continue;
                }
                for k in 0..self.edges[b.index()].len() {
                    let (term, e) = self.edges[b.index()][k];
                    let arg = func.edge(term, e).1[i];
                    let wants = self.wants[param.index()].or(self.place(func, arg, b));
                    is_new |= self.add(arg, wants);
                }
            }
        }
        is_new
    }

    fn add(&mut self, inst: InstId, wants: Wants) -> bool {
        let old = self.wants[inst.index()];
        self.wants[inst.index()] = old.or(wants);
        self.wants[inst.index()] != old
    }

    /// What follows from where an integer is used: an inner loop's bounds may have been found by its size.
    fn place(&self, func: &Func, arg: InstId, at: BlockId) -> Wants {
        let is_inside = match (self.loops.innermost(at), func.block_of(arg)) {
            (Some(id), Some(made)) => !self.loops.contains(id, made),
            _ => false,
        };
        if is_inside { Wants::INVARIANT } else { Wants::NOTHING }
    }

    fn of_use(&self, func: &Func, inst: InstId, i: usize, arg: InstId) -> Wants {
        // Whatever a check is for, it sees to by itself.
        if func.op(inst) == Op::GuardFits {
            return Wants::NOTHING;
        }
        let Some(b) = func.block_of(inst) else { return Wants::NOTHING };
        let place = self.place(func, arg, b);
        let wants = match func.op(inst) {
            // A check before the store may be there because the slot takes immediate integers only.
            Op::BoxInt | Op::BoxI64 if self.stored[inst.index()] => Wants::SMALL,
            Op::Icmp | Op::BoxI64 => Wants::NOTHING,
            Op::LowU32 | Op::LowI32 | Op::Rotl32 | Op::GuardNonZero => Wants::NOTHING,
            Op::GuardBounds | Op::GuardBelow | Op::ModI64 if i == 0 => Wants::NOTHING,
            Op::AndI64 if func.as_i64(func.arg(inst, 1 - i)).is_some_and(|mask| mask >= 0) => Wants::NOTHING,
            Op::BoxInt if self.is_outside(func, arg, b) => Wants::BOXED,
            Op::AddI64
            | Op::SubI64
            | Op::MulI64
            | Op::DivI64
            | Op::ModI64
            | Op::NegI64
            | Op::AbsI64
            | Op::MinI64
            | Op::MaxI64
            | Op::AndI64
            | Op::OrI64
            | Op::XorI64
            | Op::AndNotI64
            | Op::NotI64
            | Op::ShlI64
            | Op::ShrI64
            | Op::SarI64 => match self.wants[inst.index()] {
                Wants::NOTHING => Wants::NOTHING,
                // Somebody boxes it because what it is computed from is small.
                wants => wants.or(Wants::SMALL),
            },
            _ => Wants::SMALL,
        };
        // What a guard passes on is the integer itself.
        let passed = match func.op(inst) {
            Op::GuardNonZero => self.wants[inst.index()],
            _ => Wants::NOTHING,
        };
        wants.or(passed).or(place)
    }

    /// Whether a block is outside of the innermost loop in which an integer is made.
    fn is_outside(&self, func: &Func, made: InstId, b: BlockId) -> bool {
        let id = func.block_of(made).and_then(|at| self.loops.innermost(at));
        id.is_some_and(|id| !self.loops.contains(id, b))
    }

    /// Boxing of integers that may be wide now looks at them.
    fn look_when_boxing(&self, func: &mut Func, widened: &mut [bool]) {
        let mut is_new = true;
        while std::mem::take(&mut is_new) {
            for &b in self.dom.rpo() {
                for (i, &param) in func.params(b).iter().enumerate() {
                    let is_wide = |&(term, e): &(InstId, usize)| widened[func.edge(term, e).1[i].index()];
                    if !widened[param.index()] && self.edges[b.index()].iter().any(is_wide) {
                        widened[param.index()] = true;
                        is_new = true;
                    }
                }
                for inst in func.insts(b).filter(|&i| func.op(i) == Op::GuardNonZero) {
                    if !widened[inst.index()] && widened[func.arg(inst, 0).index()] {
                        widened[inst.index()] = true;
                        is_new = true;
                    }
                }
            }
        }
        for &b in self.dom.rpo() {
            let mut at = func.first(b);
            while let Some(inst) = at {
                at = func.next(inst);
                if func.op(inst) == Op::BoxInt && widened[func.arg(inst, 0).index()] {
                    let raw = func.arg(inst, 0);
                    func.replace(inst, plain(Op::BoxI64, Type::Num, &[raw]));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::check;
    use expect_test::expect;

    #[test]
    fn sums_that_are_computed_with_are_wide() {
        check(
            &["widen"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v4 }
            b0(v0: value, v1: i64):
              v2 = guard_int v0 [s1]
              jump b1(v2)
            b1(v3: i64):
              v4 = add_i64 v3, v1
              v5 = guard_fits v4, 48 [s0]
              v6 = icmp v5, v2, lt
              branch v6, b1(v5), b2
            b2:
              v7 = box_int v5
              return_values v7
            snap s1 f0 pc 0 { r1 = v0 }
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v4 }
                snap s1 f0 pc 0 { r1 = v0 }
                b0(v0: value, v1: i64):
                  v2 = guard_int v0 [s1]
                  jump b1(v2)
                b1(v3: i64):
                  v4 = add_i64 v3, v1
                  v6 = icmp v4, v2, lt
                  branch v6, b1(v4), b2
                b2:
                  v7 = box_i64 v4
                  return_values v7
            "#]],
        );
    }

    #[test]
    fn what_is_boxed_in_the_loop_or_limits_an_inner_loop_is_checked() {
        check(
            &["widen"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v3, r2 = v10 }
            b0(v0: value, v1: i64, v20: table):
              v2 = guard_int v0 [s1]
              jump b1(v2, v2)
            b1(v3: i64, v10: i64):
              v4 = add_i64 v3, v1
              v5 = guard_fits v4, 48 [s0]
              v11 = add_i64 v10, v1
              v12 = guard_fits v11, 48 [s0]
              v7 = box_int v5
              store_slot v20, v7, 0
              jump b2(v2)
            b2(v13: i64):
              v14 = add_i64 v13, v1
              v15 = icmp v14, v12, lt
              branch v15, b2(v14), b3
            b3:
              v6 = icmp v5, v2, lt
              branch v6, b1(v5, v12), b4
            b4:
              return_values v7
            snap s1 f0 pc 0 { r1 = v0 }
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v3, r2 = v10 }
                snap s1 f0 pc 0 { r1 = v0 }
                b0(v0: value, v1: i64, v20: table):
                  v2 = guard_int v0 [s1]
                  jump b1(v2, v2)
                b1(v3: i64, v10: i64):
                  v4 = add_i64 v3, v1
                  v5 = guard_fits v4, 48 [s0]
                  v11 = add_i64 v10, v1
                  v12 = guard_fits v11, 48 [s0]
                  v7 = box_int v5
                  store_slot v20, v7, 0
                  jump b2(v2)
                b2(v13: i64):
                  v14 = add_i64 v13, v1
                  v15 = icmp v14, v12, lt
                  branch v15, b2(v14), b3
                b3:
                  v6 = icmp v5, v2, lt
                  branch v6, b1(v5, v12), b4
                b4:
                  return_values v7
            "#]],
        );
    }

    #[test]
    fn who_relies_on_a_check_without_naming_it_keeps_it() {
        check(
            &["widen"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v1 }
            b0(v0: value, v1: i64, v2: i64):
              v3 = guard_fits v1, 48 [s0]
              v4 = icmp v3, v2, lt
              branch v4, b1, b2
            b1:
              v5 = box_int v1
              return_values v5
            b2:
              return_values v0
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v1 }
                b0(v0: value, v1: i64, v2: i64):
                  v3 = guard_fits v1, 48 [s0]
                  v4 = icmp v3, v2, lt
                  branch v4, b1, b2
                b1:
                  v5 = box_int v1
                  return_values v5
                b2:
                  return_values v0
            "#]],
        );
    }

    #[test]
    fn what_is_stored_into_a_slot_stays_checked() {
        check(
            &["widen"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v3 }
            b0(v0: table, v1: i64, v2: i64):
              v3 = add_i64 v1, v2
              v4 = guard_fits v3, 48 [s0]
              v5 = box_i64 v3
              store_slot v0, v5, 0
              return_values v5
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v3 }
                b0(v0: table, v1: i64, v2: i64):
                  v3 = add_i64 v1, v2
                  v4 = guard_fits v3, 48 [s0]
                  v5 = box_i64 v3
                  store_slot v0, v5, 0
                  return_values v5
            "#]],
        );
    }
}
