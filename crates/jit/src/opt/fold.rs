//! Constant folding and algebraic simplification.
//!
//! ```text
//!   before                          after
//!   v1 = const_i64 3                v1 = const_i64 3
//!   v2 = add_i64 v1, v1             v2 = const_i64 6
//!   v3 = sub_i64 v0, v1             v6 = const_i64 -3
//!   v4 = icmp v3, v1, lt            v3 = add_i64 v0, v6
//!   v5 = not_bool v4                v5 = icmp v3, v1, ge
//! ```
//!
//! An op whose operands are all constant is evaluated by the functions that also define it for the interpreter, so folding
//! gives the bits that execution would give. The identities for floats are those that hold for every double, signed zeros
//! and infinities included: `x + 0.0` and `0 - x` are never folded, since `-0.0 + 0.0` is `0.0`. Constants go to the right,
//! and subtraction of one becomes addition, so that equal sums look equal.
//!
//! This file names ops, as an algebraic identity is about an op. Needs dominators for the order of its walk; takes edges of
//! decided branches away. Boxing is left to `types`.

use super::{Replacements, keep_edge, plain, set_bool, set_const, set_i64};
use crate::ir::builder::Builder;
use crate::ir::dom::DomTree;
use crate::ir::eval::{Guarded, eval, eval_guard};
use crate::ir::func::{Func, InstId, NewInst};
use crate::ir::ops::{Class, Op};
use crate::ir::types::Type;
use runtime::value::{TAG_FUNCTION, TAG_MASK, TAG_STRING, TAG_TABLE};

/// Folds constants and simplifies.
pub fn fold(func: &mut Func, dom: &DomTree) -> u32 {
    let mut to = Replacements::new(func);
    let mut changes = 0;
    for &b in dom.rpo() {
        let mut at = func.first(b);
        while let Some(inst) = at {
            at = func.next(inst);
            to.rewrite(func, inst);
            changes += fold_inst(func, &mut to, inst);
        }
    }
    to.apply_after_walk(func, dom);
    changes
}

/// What became of an instruction.
enum Step {
    /// No rule fits.
    Done,
    /// It is another one now, for which rules may fit.
    Again,
    /// This one stands for it.
    Same(InstId),
}

/// Simplifies one instruction as far as rules fit; the number of rules used.
fn fold_inst(func: &mut Func, to: &mut Replacements, inst: InstId) -> u32 {
    // Every rule makes an instruction simpler; the bound is there in case two rules should disagree about that.
    for steps in 0..8 {
        match step(func, inst) {
            Step::Done => return steps,
            Step::Again => {}
            Step::Same(other) => {
                to.set(inst, other);
                func.remove(inst);
                return steps + 1;
            }
        }
        if func.block_of(inst).is_none() {
            return steps + 1;
        }
    }
    8
}

fn step(func: &mut Func, inst: InstId) -> Step {
    let op = func.op(inst);
    match op.class() {
        Class::Pure if !op.is_const() => {
            if evaluate(func, inst) {
                return Step::Again;
            }
            match func.ty(inst) {
                Type::I64 => int_step(func, inst),
                Type::F64 => float_step(func, inst),
                _ => bool_step(func, inst),
            }
        }
        Class::Guard => guard_step(func, inst),
        Class::Term if op == Op::Branch => branch_step(func, inst),
        _ => Step::Done,
    }
}

/// Makes a constant of an instruction with constant operands.
fn evaluate(func: &mut Func, inst: InstId) -> bool {
    let mut words = [0; 3];
    let args = func.args(inst);
    if args.len() > words.len() || !args.iter().all(|&arg| func.op(arg).is_const()) {
        return false;
    }
    for (word, &arg) in words.iter_mut().zip(args) {
        *word = func.imm(arg);
    }
    let count = args.len();
    match eval(func, inst, &words[..count]) {
        Some(bits) => become_const(func, inst, words[0], bits),
        None => false,
    }
}

/// Makes an instruction the constant with these bits of its own type.
fn become_const(func: &mut Func, inst: InstId, operand: u64, bits: u64) -> bool {
    let ty = func.ty(inst);
    let op = match ty {
        Type::I64 => Op::ConstI64,
        Type::F64 => Op::ConstF64,
        Type::Bool => Op::ConstBool,
        Type::Value => Op::ConstValue,
        Type::Num => {
            let v = runtime::value::Value::from_bits(bits);
            if !v.is_float() && !v.is_small_int() {
                return false;
            }
            Op::ConstNum
        }
        // An object in the code is kept alive by it, so it must be one: a speculated unboxing may be of anything.
        Type::Str | Type::Table | Type::Callable => {
            let tag = operand & TAG_MASK;
            let is_object = func.op(inst) == Op::UnboxRef
                && ty.tag() == Some(tag)
                && [TAG_STRING, TAG_TABLE, TAG_FUNCTION].contains(&tag);
            if !is_object {
                return false;
            }
            Op::ConstObject
        }
        _ => return false,
    };
    set_const(func, inst, op, ty, bits);
    true
}

/// Makes another op of an instruction, of the same type.
fn become_op(func: &mut Func, inst: InstId, op: Op, args: &[InstId]) -> Step {
    let ty = func.ty(inst);
    func.replace(inst, plain(op, ty, args));
    Step::Again
}

/// Makes another op with an immediate of an instruction, of the same type.
fn become_imm(func: &mut Func, inst: InstId, op: Op, args: &[InstId], imm: u64) -> Step {
    let ty = func.ty(inst);
    func.replace(inst, NewInst { imm, ..plain(op, ty, args) });
    Step::Again
}

fn become_int(func: &mut Func, inst: InstId, value: i64) -> Step {
    set_i64(func, inst, value);
    Step::Again
}

fn int_before(func: &mut Func, inst: InstId, value: i64) -> InstId {
    Builder::before(func, inst).const_i64(value)
}

/// The operand of an instruction of that op with one operand.
fn operand_of(func: &Func, inst: InstId, op: Op) -> Option<InstId> {
    (func.op(inst) == op).then(|| func.arg(inst, 0))
}

fn is_commutative_int(op: Op) -> bool {
    matches!(op, Op::AddI64 | Op::MulI64 | Op::AndI64 | Op::OrI64 | Op::XorI64 | Op::MinI64 | Op::MaxI64)
}

fn int_step(func: &mut Func, inst: InstId) -> Step {
    let op = func.op(inst);
    if op == Op::Select {
        return select_step(func, inst);
    }
    let args = func.args(inst);
    match *args {
        [a] => match op {
            Op::NegI64 | Op::NotI64 => operand_of(func, a, op).map_or(Step::Done, Step::Same),
            Op::AbsI64 if func.op(a) == Op::AbsI64 => Step::Same(a),
            Op::AbsI64 => operand_of(func, a, Op::NegI64)
                .map_or(Step::Done, |x| become_op(func, inst, Op::AbsI64, &[x])),
            Op::LowU32 | Op::LowI32 if func.op(a) == op => Step::Same(a),
            Op::LowU32 | Op::LowI32 => match low_operand(func, a) {
                Some(x) => become_op(func, inst, op, &[x]),
                None => Step::Done,
            },
            Op::F64Bits => operand_of(func, a, Op::BitsF64).map_or(Step::Done, Step::Same),
            _ => Step::Done,
        },
        [a, b] if a == b => match op {
            Op::SubI64 | Op::XorI64 | Op::AndNotI64 | Op::ModI64 => become_int(func, inst, 0),
            Op::AndI64 | Op::OrI64 | Op::MinI64 | Op::MaxI64 => Step::Same(a),
            _ => Step::Done,
        },
        [a, b] => match (func.as_i64(a), func.as_i64(b)) {
            (_, Some(k)) => int_const_step(func, inst, a, k),
            (Some(_), None) if is_commutative_int(op) => become_op(func, inst, op, &[b, a]),
            (Some(0), None) if op == Op::SubI64 => become_op(func, inst, Op::NegI64, &[b]),
            _ => Step::Done,
        },
        _ => Step::Done,
    }
}

/// What a truncation of `a` can be taken of instead: the low half of some results depends on low halves only.
fn low_operand(func: &Func, a: InstId) -> Option<InstId> {
    operand_of(func, a, Op::LowU32).or_else(|| operand_of(func, a, Op::LowI32))
}

/// An integer op with a constant on the right.
fn int_const_step(func: &mut Func, inst: InstId, a: InstId, k: i64) -> Step {
    let op = func.op(inst);
    let is_shift = matches!(op, Op::ShlI64 | Op::ShrI64 | Op::SarI64);
    match (op, k) {
        (Op::AddI64 | Op::SubI64 | Op::OrI64 | Op::XorI64 | Op::AndNotI64, 0)
        | (Op::MulI64 | Op::DivI64, 1)
        | (Op::AndI64, -1)
        | (Op::MinI64, i64::MAX)
        | (Op::MaxI64, i64::MIN) => Step::Same(a),
        _ if is_shift && k & 63 == 0 => Step::Same(a),
        (Op::MulI64 | Op::AndI64 | Op::DivI64 | Op::ModI64, 0)
        | (Op::ModI64, 1 | -1)
        | (Op::AndNotI64, -1) => become_int(func, inst, 0),
        (Op::OrI64, -1) => become_int(func, inst, -1),
        (Op::MinI64, i64::MIN) | (Op::MaxI64, i64::MAX) => become_int(func, inst, k),
        (Op::MulI64 | Op::DivI64, -1) => become_op(func, inst, Op::NegI64, &[a]),
        (Op::XorI64, -1) => become_op(func, inst, Op::NotI64, &[a]),
        // Both round down, and the bits below are those of the floored remainder.
        (Op::DivI64, 2..) if k.count_ones() == 1 => {
            let n = int_before(func, inst, i64::from(k.trailing_zeros()));
            become_op(func, inst, Op::SarI64, &[a, n])
        }
        (Op::ModI64, 2..) if k.count_ones() == 1 => {
            let mask = int_before(func, inst, k - 1);
            become_op(func, inst, Op::AndI64, &[a, mask])
        }
        (Op::SubI64, _) => {
            let negative = int_before(func, inst, k.wrapping_neg());
            become_op(func, inst, Op::AddI64, &[a, negative])
        }
        (Op::AddI64 | Op::MulI64 | Op::AndI64 | Op::OrI64 | Op::XorI64, _) => reassociate(func, inst, a, k),
        _ => Step::Done,
    }
}

/// `(x op c) op k` is `x op (c op k)`; wrapping arithmetic is associative.
fn reassociate(func: &mut Func, inst: InstId, a: InstId, k: i64) -> Step {
    let op = func.op(inst);
    if func.op(a) != op {
        return Step::Done;
    }
    let (x, Some(c)) = (func.arg(a, 0), func.as_i64(func.arg(a, 1))) else { return Step::Done };
    let both = match op {
        Op::AddI64 => c.wrapping_add(k),
        Op::MulI64 => c.wrapping_mul(k),
        Op::AndI64 => c & k,
        Op::OrI64 => c | k,
        Op::XorI64 => c ^ k,
        _ => return Step::Done,
    };
    let both = int_before(func, inst, both);
    become_op(func, inst, op, &[x, both])
}

fn float_step(func: &mut Func, inst: InstId) -> Step {
    let op = func.op(inst);
    if op == Op::Select {
        return select_step(func, inst);
    }
    match *func.args(inst) {
        [a] => match op {
            Op::NegF64 => operand_of(func, a, op).map_or(Step::Done, Step::Same),
            Op::AbsF64 | Op::FloorF64 | Op::CeilF64 | Op::TruncF64 if func.op(a) == op => Step::Same(a),
            Op::AbsF64 => {
                operand_of(func, a, Op::NegF64).map_or(Step::Done, |x| become_op(func, inst, op, &[x]))
            }
            // An integer is its own floor, and a rounded one too: doubles above 2^53 are integers.
            Op::FloorF64 | Op::CeilF64 | Op::TruncF64 if is_whole(func, a) => Step::Same(a),
            Op::BitsF64 => operand_of(func, a, Op::F64Bits).map_or(Step::Done, Step::Same),
            _ => Step::Done,
        },
        [a, b] => match (op, func.as_f64(a), func.as_f64(b)) {
            (Op::MulF64, _, Some(1.0)) | (Op::DivF64, _, Some(1.0)) => Step::Same(a),
            (Op::MulF64, Some(1.0), _) => Step::Same(b),
            (Op::MulF64, _, Some(2.0)) => become_op(func, inst, Op::AddF64, &[a, a]),
            (Op::MulF64, Some(2.0), _) => become_op(func, inst, Op::AddF64, &[b, b]),
            // x - 0.0 is x also for -0.0, unlike x + 0.0.
            (Op::SubF64, _, Some(k)) if k.to_bits() == 0.0f64.to_bits() => Step::Same(a),
            (Op::DivF64, _, Some(k)) if has_exact_inverse(k) => {
                let inverse = Builder::before(func, inst).const_f64(1.0 / k);
                become_op(func, inst, Op::MulF64, &[a, inverse])
            }
            // The definition of the power says so.
            (Op::PowF64, _, Some(2.0)) => become_op(func, inst, Op::MulF64, &[a, a]),
            _ => Step::Done,
        },
        _ => Step::Done,
    }
}

/// Whether the result is surely an integer, an infinity or NaN.
fn is_whole(func: &Func, a: InstId) -> bool {
    matches!(func.op(a), Op::I64ToF64 | Op::FloorF64 | Op::CeilF64 | Op::TruncF64)
}

/// Powers of two whose inverse is a normal double: multiplying by it rounds the same real number as dividing.
fn has_exact_inverse(k: f64) -> bool {
    k.is_normal() && k.to_bits() & ((1 << 52) - 1) == 0 && (1.0 / k).is_normal()
}

fn select_step(func: &mut Func, inst: InstId) -> Step {
    let (c, a, b) = (func.arg(inst, 0), func.arg(inst, 1), func.arg(inst, 2));
    if a == b {
        return Step::Same(a);
    }
    if let Some(c) = func.as_bool(c) {
        return Step::Same(if c { a } else { b });
    }
    match operand_of(func, c, Op::NotBool) {
        Some(c) => become_op(func, inst, Op::Select, &[c, b, a]),
        None => Step::Done,
    }
}

/// Ops that give a truth value, and the selections of other types.
fn bool_step(func: &mut Func, inst: InstId) -> Step {
    let op = func.op(inst);
    match *func.args(inst) {
        _ if op == Op::Select => select_step(func, inst),
        [c] if op == Op::NotBool => not_step(func, inst, c),
        [a, b] => match op {
            Op::Icmp => icmp_step(func, inst, a, b),
            Op::SameValue | Op::SameRef if a == b => {
                set_bool(func, inst, true);
                Step::Again
            }
            Op::AndBool | Op::OrBool => {
                let absorbing = op == Op::OrBool;
                match (func.as_bool(a), func.as_bool(b)) {
                    _ if a == b => Step::Same(a),
                    (Some(k), _) => Step::Same(if k == absorbing { a } else { b }),
                    (_, Some(k)) => Step::Same(if k == absorbing { b } else { a }),
                    _ => Step::Done,
                }
            }
            _ => Step::Done,
        },
        _ => Step::Done,
    }
}

fn not_step(func: &mut Func, inst: InstId, c: InstId) -> Step {
    let args = func.args(c).to_vec();
    match func.op(c) {
        Op::NotBool => Step::Same(args[0]),
        Op::Icmp => match func.cc(c) {
            Some(cc) => become_imm(func, inst, Op::Icmp, &args, cc.negated() as u64),
            None => Step::Done,
        },
        op @ (Op::Fcmp | Op::CmpMixed) => match func.fcc(c) {
            Some(cc) => become_imm(func, inst, op, &args, cc.negated() as u64),
            None => Step::Done,
        },
        _ => Step::Done,
    }
}

fn icmp_step(func: &mut Func, inst: InstId, a: InstId, b: InstId) -> Step {
    let Some(cc) = func.cc(inst) else { return Step::Done };
    if a == b {
        set_bool(func, inst, cc.eval(0, 0));
        return Step::Again;
    }
    match (func.as_i64(a), func.as_i64(b)) {
        (Some(_), None) => become_imm(func, inst, Op::Icmp, &[b, a], cc.swapped() as u64),
        // Equality survives adding a constant on both sides, as it wraps; order does not.
        (None, Some(k)) if matches!(cc, crate::ir::imm::Cc::Eq | crate::ir::imm::Cc::Ne) => {
            let (Op::AddI64, Some(&[x, c])) = (func.op(a), func.args(a).first_chunk::<2>()) else {
                return Step::Done;
            };
            let Some(c) = func.as_i64(c) else { return Step::Done };
            let k = int_before(func, inst, k.wrapping_sub(c));
            become_imm(func, inst, Op::Icmp, &[x, k], cc as u64)
        }
        _ if is_size_and_more(func, a, b) => {
            set_bool(func, inst, cc.eval(1, 0));
            Step::Again
        }
        _ if is_size_and_more(func, b, a) => {
            set_bool(func, inst, cc.eval(0, 1));
            Step::Again
        }
        _ => Step::Done,
    }
}

/// Whether an integer is a size plus something, which is more than the size by itself and not negative either.
fn is_size_and_more(func: &Func, sum: InstId, size: InstId) -> bool {
    matches!(func.op(size), Op::ArrayLen | Op::ArrayCapacity | Op::StrLen)
        && func.op(sum) == Op::AddI64
        && func.arg(sum, 0) == size
        && func.as_i64(func.arg(sum, 1)).is_some_and(|k| (1..1 << 32).contains(&k))
}

/// Removes guards of constants that hold. Those that fail stay: what follows them is dead, but never executed either.
fn guard_step(func: &mut Func, inst: InstId) -> Step {
    let op = func.op(inst);
    let args = func.args(inst);
    if let (Op::GuardTrue | Op::GuardFalse, &[c]) = (op, args)
        && let Some(c) = operand_of(func, c, Op::NotBool)
    {
        let opposite = if op == Op::GuardTrue { Op::GuardFalse } else { Op::GuardTrue };
        let new = NewInst { op: opposite, ..func.to_new(inst) };
        let (imm, snap) = (new.imm, new.snap);
        func.replace(inst, NewInst { imm, snap, ..plain(opposite, Type::None, &[c]) });
        return Step::Again;
    }
    let mut words = [0; 2];
    if args.is_empty() || args.len() > words.len() || !args.iter().all(|&arg| func.op(arg).is_const()) {
        return Step::Done;
    }
    for (word, &arg) in words.iter_mut().zip(args) {
        *word = func.imm(arg);
    }
    let (count, first) = (args.len(), args[0]);
    match eval_guard(op, &words[..count], func.imm(inst)) {
        Some(Guarded::Holds(_)) if func.ty(inst) == Type::None => {
            func.remove(inst);
            Step::Again
        }
        Some(Guarded::Holds(bits)) if bits == words[0] && func.ty(first).fits(func.ty(inst)) => {
            Step::Same(first)
        }
        Some(Guarded::Holds(bits)) if !func.ty(inst).is_ref() => {
            if become_const(func, inst, words[0], bits) {
                Step::Again
            } else {
                Step::Done
            }
        }
        _ => Step::Done,
    }
}

fn branch_step(func: &mut Func, inst: InstId) -> Step {
    let c = func.arg(inst, 0);
    if let Some(holds) = func.as_bool(c) {
        keep_edge(func, inst, usize::from(!holds));
        return Step::Again;
    }
    let (then, other) = (func.edge(inst, 0), func.edge(inst, 1));
    if then == other {
        keep_edge(func, inst, 0);
        return Step::Again;
    }
    match operand_of(func, c, Op::NotBool) {
        Some(c) => {
            let (then, other) = ((then.0, then.1.to_vec()), (other.0, other.1.to_vec()));
            func.set_arg(inst, 0, c);
            func.set_edge(inst, 0, other.0, &other.1);
            func.set_edge(inst, 1, then.0, &then.1);
            Step::Again
        }
        None => Step::Done,
    }
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::check;
    use expect_test::expect;

    #[test]
    fn a_size_is_below_itself_and_more() {
        check(
            &["fold", "dce"],
            "
            b0(v0: array, v1: i64):
              v2 = array_len v0
              v3 = const_i64 1
              v4 = add_i64 v2, v3
              v5 = add_i64 v1, v3
              v6 = icmp v4, v2, below_eq
              v7 = icmp v2, v4, lt
              v8 = icmp v5, v1, gt
              v9 = and_bool v7, v8
              v10 = or_bool v6, v9
              v11 = box_bool v10
              return_values v11
            ",
            &expect![[r#"
                b0(v0: array, v1: i64):
                  v3 = const_i64 1
                  v5 = add_i64 v1, v3
                  v8 = icmp v5, v1, gt
                  v11 = box_bool v8
                  return_values v11
            "#]],
        );
    }

    #[test]
    fn constants_are_evaluated() {
        check(
            &["fold", "dce"],
            "
            b0(v0: i64):
              v1 = const_i64 -7
              v2 = const_i64 3
              v3 = mod_i64 v1, v2
              v4 = i64_to_f64 v3
              v5 = const_f64 0.5
              v6 = pow_f64 v4, v5
              v7 = box_f64 v6
              return_values v7
            ",
            &expect![[r#"
                b0(v0: i64):
                  v7 = const_num float 1.4142135623730951
                  return_values v7
            "#]],
        );
    }

    #[test]
    fn signed_zeros_are_kept() {
        check(
            &["fold", "dce"],
            "
            b0(v0: f64):
              v1 = const_f64 0.0
              v2 = add_f64 v0, v1
              v3 = sub_f64 v1, v2
              v4 = sub_f64 v3, v1
              v5 = const_f64 4.0
              v6 = div_f64 v4, v5
              v7 = box_f64 v6
              return_values v7
            ",
            &expect![[r#"
                b0(v0: f64):
                  v1 = const_f64 0.0
                  v2 = add_f64 v0, v1
                  v3 = sub_f64 v1, v2
                  v9 = const_f64 0.25
                  v6 = mul_f64 v3, v9
                  v7 = box_f64 v6
                  return_values v7
            "#]],
        );
    }

    #[test]
    fn sums_with_constants_become_one() {
        check(
            &["fold", "dce"],
            "
            b0(v0: i64):
              v1 = const_i64 3
              v2 = sub_i64 v0, v1
              v3 = const_i64 10
              v4 = add_i64 v3, v2
              v5 = icmp v3, v4, le
              v6 = not_bool v5
              branch v6, b1, b2
            b1:
              v7 = box_i64 v4
              return_values v7
            b2:
              v8 = const_value nil
              return_values v8
            ",
            &expect![[r#"
                b0(v0: i64):
                  v3 = const_i64 10
                  v13 = const_i64 7
                  v4 = add_i64 v0, v13
                  v6 = icmp v4, v3, lt
                  branch v6, b1, b2
                b1:
                  v7 = box_i64 v4
                  return_values v7
                b2:
                  v8 = const_value nil
                  return_values v8
            "#]],
        );
    }

    #[test]
    fn a_decided_branch_becomes_a_jump() {
        check(
            &["fold", "dce"],
            "
            b0(v0: i64):
              v1 = icmp v0, v0, lt
              branch v1, b1, b2
            b1:
              v7 = box_i64 v0
              return_values v7
            b2:
              v8 = const_value nil
              return_values v8
            ",
            &expect![[r#"
                b0(v0: i64):
                  jump b2
                b2:
                  v8 = const_value nil
                  return_values v8
            "#]],
        );
    }
}
