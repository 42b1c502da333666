//! Removes a guard that a dominating guard or branch already proved.
//!
//! ```text
//!   before                          after
//!   v1 = guard_int v0               v1 = guard_int v0
//!   v2 = guard_int v0               v4 = add_i64 v1, v1
//!   v3 = unbox_int v0
//!   v4 = add_i64 v2, v3
//! ```
//!
//! Sound because a guard proves a fact about a result, and a result never changes: where the first guard dominates, the fact
//! holds. Branches prove their condition in the blocks that only they lead to, and decide later branches on it. An unboxing
//! that a guard dominates is that guard's result. A guard against nil before one of a tag is part of it. Needs dominators;
//! takes edges away, so the tree stays true.
//!
//! Left to `forward`: guards that read memory, whose facts a store can end. Left to `types`: guards whose fact follows from
//! the kind of the value.

use super::{Key, Replacements, Scoped, ScopedInsts, entry_condition, keep_edge, same_word};
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::ops::{Class, Op};

/// Removes guards that are proved already.
pub fn eliminate_guards(func: &mut Func, dom: &DomTree) -> u32 {
    let mut pass = Pass {
        to: Replacements::new(func),
        proved: Scoped::of_insts(func),
        conditions: Conditions::new(func),
        changes: 0,
    };
    for &(b, depth) in dom.walk() {
        pass.proved.enter(depth);
        pass.conditions.enter(depth);
        if let Some((condition, holds)) = entry_condition(func, dom, b) {
            pass.conditions.learn(func, condition, holds);
        }
        pass.block(func, b);
    }
    let mut changes = pass.changes;
    pass.to.apply_after_walk(func, dom);
    changes += join_nil_guards(func);
    changes
}

/// A guard against nil whose result a guard of a tag needs in the same block is part of that one, which then leaves where the
/// first would have.
pub(super) fn join_nil_guards(func: &mut Func) -> u32 {
    let is_tag = |op| {
        matches!(
            op,
            Op::GuardTable
                | Op::GuardStr
                | Op::GuardInt
                | Op::GuardF64
                | Op::GuardNum
                | Op::GuardSmallNum
                | Op::GuardNumF64
                | Op::GuardBool
                | Op::GuardCallable
        )
    };
    let mut pairs: Vec<(InstId, InstId)> = Vec::new();
    for &b in func.blocks() {
        let first = pairs.len();
        for inst in func.insts(b).filter(|&inst| is_tag(func.op(inst))) {
            let arg = func.arg(inst, 0);
            if func.op(arg) == Op::GuardNotNil
                && func.block_of(arg) == Some(b)
                && pairs[first..].iter().all(|&(nil, _)| nil != arg)
            {
                pairs.push((arg, inst));
            }
        }
    }
    let mut to = Replacements::new(func);
    for &(nil, tag) in &pairs {
        let snap = func.snapshot(nil);
        func.move_before(tag, nil);
        // To blame is who wants the tag: that a value is no number says nothing about where it was read.
        func.copy_origin(tag, tag);
        func.set_snapshot(tag, snap);
        to.set(nil, func.arg(nil, 0));
        func.remove(nil);
    }
    to.apply(func);
    pairs.len() as u32
}

/// Conditions that are known to hold or fail.
pub(super) struct Conditions {
    known: ScopedInsts<bool>,
}

impl Conditions {
    pub(super) fn new(func: &Func) -> Conditions {
        Conditions { known: ScopedInsts::new(func) }
    }

    pub(super) fn enter(&mut self, depth: usize) {
        self.known.enter(depth);
    }

    /// Removes a guard or a branch that asks for what is known, and learns from one that does not; whether it was removed.
    pub(super) fn visit(&mut self, func: &mut Func, inst: InstId) -> bool {
        match func.op(inst) {
            Op::GuardTrue | Op::GuardFalse => {
                let (condition, wanted) = (func.arg(inst, 0), func.op(inst) == Op::GuardTrue);
                if self.known.get(condition) == Some(wanted) {
                    func.remove(inst);
                    return true;
                }
                self.learn(func, condition, wanted);
            }
            Op::Branch => {
                if let Some(holds) = self.known.get(func.arg(inst, 0)) {
                    keep_edge(func, inst, usize::from(!holds));
                    return true;
                }
            }
            _ => {}
        }
        false
    }

    /// Notes that a condition holds or fails, with the conditions that it consists of.
    pub(super) fn learn(&mut self, func: &Func, condition: InstId, holds: bool) {
        self.known.insert(condition, holds);
        // What a connective says about its parts is a fact about the op.
        match (func.op(condition), holds) {
            (Op::NotBool, _) => self.learn(func, func.arg(condition, 0), !holds),
            (Op::AndBool, true) | (Op::OrBool, false) => {
                self.learn(func, func.arg(condition, 0), holds);
                self.learn(func, func.arg(condition, 1), holds);
            }
            _ => {}
        }
    }
}

struct Pass {
    to: Replacements,
    /// Guards that dominate, by what they prove, with their results.
    proved: Scoped<Key, InstId>,
    conditions: Conditions,
    changes: u32,
}

impl Pass {
    fn block(&mut self, func: &mut Func, b: BlockId) {
        let mut at = func.first(b);
        while let Some(inst) = at {
            at = func.next(inst);
            self.to.rewrite(func, inst);
            if self.conditions.visit(func, inst) {
                self.changes += 1;
            } else if !matches!(func.op(inst), Op::GuardTrue | Op::GuardFalse | Op::Branch) {
                self.merge(func, inst);
            }
        }
    }

    /// Replaces an instruction by a dominating guard, or notes what it proves.
    fn merge(&mut self, func: &mut Func, inst: InstId) {
        let op = func.op(inst);
        let is_guard = op.class() == Class::Guard && func.effects(inst).reads.is_empty();
        if !is_guard && !is_result_of_guard(op) {
            return;
        }
        let Some(mut key) = Key::of(func, inst) else { return };
        if op == Op::NumToF64 {
            // The guard had the word itself for an operand.
            key.args[0] = same_word(func, func.arg(inst, 0)).0;
        }
        if let Some(result) = self.proved.get(&key) {
            self.to.set(inst, result);
            func.remove(inst);
            self.changes += 1;
        } else if is_guard {
            self.proved.insert(key, inst);
            for &weaker in same_result(op) {
                self.proved.insert(Key { op: weaker, imm: 0, ..key }, inst);
            }
        }
    }
}

/// Ops that give, of the same operand, the same result as the guard where it held. That an op assumes what a guard proves is
/// told by no effect, so here is the list.
pub(super) const fn same_result(guard: Op) -> &'static [Op] {
    match guard {
        Op::GuardInt => &[Op::UnboxInt, Op::UnboxI64, Op::GuardI64],
        Op::GuardI64 => &[Op::UnboxI64],
        Op::GuardF64 => &[Op::UnboxF64, Op::GuardNumF64],
        Op::GuardBool => &[Op::UnboxBool],
        Op::GuardNumF64 => &[Op::NumToF64],
        Op::GuardNum => &[Op::AsNum],
        Op::GuardSmallNum => &[Op::AsNum, Op::GuardNum],
        Op::GuardTable | Op::GuardStr | Op::GuardCallable | Op::GuardObject => &[Op::UnboxRef],
        Op::GuardClosure | Op::GuardNative => &[Op::AsRef],
        _ => &[],
    }
}

/// Whether the op may give the same result as some guard.
fn is_result_of_guard(op: Op) -> bool {
    const TABLE: [bool; Op::ALL.len()] = {
        let mut table = [false; Op::ALL.len()];
        let mut guard = 0;
        while guard < Op::ALL.len() {
            let list = same_result(Op::ALL[guard]);
            let mut i = 0;
            while i < list.len() {
                table[list[i] as usize] = true;
                i += 1;
            }
            guard += 1;
        }
        table
    };
    TABLE[op as usize]
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn a_dominating_guard_is_enough() {
        check(
            &["guards"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: value, v1: bool):
              v2 = guard_int v0 [s0]
              branch v1, b1, b2
            b1:
              v3 = guard_int v0 [s0]
              v4 = box_i64 v3
              return_values v4
            b2:
              v5 = unbox_int v0
              v6 = box_i64 v5
              return_values v6
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0 }
                b0(v0: value, v1: bool):
                  v2 = guard_int v0 [s0]
                  branch v1, b1, b2
                b1:
                  v4 = box_i64 v2
                  return_values v4
                b2:
                  v6 = box_i64 v2
                  return_values v6
            "#]],
        );
    }

    #[test]
    fn who_wants_a_tag_is_to_blame_for_it() {
        let text = "func \"f\" returns value
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 4 { r0 = v0 }
            snap s1 f0 pc 7 { r0 = v1 }
            b0(v0: value):
              v1: value = guard_not_nil v0 [s0]
              v2 = guard_f64 v1 [s1]
              v3 = box_f64 v2
              return_values v3
            ";
        let mut func = crate::ir::parse::parse(text).expect("a function");
        assert_eq!(super::join_nil_guards(&mut func), 1);
        let guard = func.insts(func.blocks()[0]).next().expect("an instruction");
        let leaves_at = func.snapshot(guard).map(|snap| func.snaps.get(snap).pc);
        assert_eq!((leaves_at, func.origin(guard).map(|(_, pc)| pc)), (Some(4), Some(7)));
    }

    #[test]
    fn a_guard_of_a_tag_is_one_against_nil() {
        check(
            &["guards"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            snap s1 f0 pc 1 { r0 = v1 }
            b0(v0: value, v2: value):
              v1: value = guard_not_nil v0 [s0]
              v3 = guard_int v1 [s1]
              v4: value = guard_not_nil v2 [s1]
              v5 = guard_int v4 [s1]
              v6 = box_i64 v5
              v7 = box_i64 v3
              return_values v7, v6, v4
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0 }
                snap s1 f0 pc 1 { r0 = v0 }
                b0(v0: value, v2: value):
                  v3 = guard_int v0 [s0]
                  v5 = guard_int v2 [s1]
                  v6 = box_i64 v5
                  v7 = box_i64 v3
                  return_values v7, v6, v2
            "#]],
        );
    }

    #[test]
    fn guards_beside_each_other_stay() {
        check_stays(
            &["guards"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: value, v1: bool):
              branch v1, b1, b2
            b1:
              v2 = guard_int v0 [s0]
              jump b2
            b2:
              v3 = guard_int v0 [s0]
              v4 = box_i64 v3
              return_values v4
            ",
        );
    }

    #[test]
    fn a_branch_decides_the_same_condition() {
        check(
            &["guards"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: value, v1: bool):
              branch v1, b1, b2
            b1:
              guard_true v1, branch [s0]
              branch v1, b3, b2
            b2:
              guard_true v1, branch [s0]
              return_values v0
            b3:
              return_values v0
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0 }
                b0(v0: value, v1: bool):
                  branch v1, b1, b2
                b1:
                  jump b3
                b2:
                  guard_true v1, branch [s0]
                  return_values v0
                b3:
                  return_values v0
            "#]],
        );
    }

    #[test]
    fn a_number_that_was_guarded_as_a_float_is_that_float() {
        check(
            &["guards"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: value):
              v1 = guard_num_f64 v0 [s0]
              v2 = as_num v0
              v3 = num_to_f64 v2
              v4 = add_f64 v1, v3
              v5 = box_f64 v4
              return_values v5
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0 }
                b0(v0: value):
                  v1 = guard_num_f64 v0 [s0]
                  v2 = as_num v0
                  v4 = add_f64 v1, v1
                  v5 = box_f64 v4
                  return_values v5
            "#]],
        );
    }
}
