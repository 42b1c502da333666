//! The meaning of the pure ops and of guards, on words.
//!
//! Constant folding and the reference interpreter both call these functions, and these call the one definition of each
//! numeric operation, so folding cannot disagree with execution. A word holds a result of any type: the bits of a double, 0
//! or 1 for a truth value, the address of an object. What needs an object's contents is answered `None`.

use super::func::{Func, InstId};
use super::imm::{Cc, Fcc, Tag};
use super::ops::Op;
use super::types::Type;
use crate::routines;
use bytecode::arith;
use runtime::value::{PAYLOAD_MASK, Value};

/// The result of a pure instruction whose operands are these words; `None` if it cannot be told from them, or if the
/// instruction is of another class.
pub fn eval(func: &Func, inst: InstId, words: &[u64]) -> Option<u64> {
    let types: Vec<Type> = func.args(inst).iter().map(|&arg| func.ty(arg)).collect();
    eval_op(func.op(inst), &types, words, func.imm(inst))
}

/// The same for an instruction that is not made: op, types and words of the operands, and the first immediate.
pub fn eval_op(op: Op, types: &[Type], words: &[u64], imm: u64) -> Option<u64> {
    let word = |i: usize| words.get(i).copied();
    let int = |i: usize| Some(word(i)? as i64);
    let float = |i: usize| Some(f64::from_bits(word(i)?));
    let value = |i: usize| Some(Value::from_bits(word(i)?));
    let of_int = |i: i64| Some(i as u64);
    let of_float = |x: f64| Some(x.to_bits());
    let of_bool = |b: bool| Some(u64::from(b));
    match op {
        Op::ConstI64 | Op::ConstF64 | Op::ConstBool | Op::ConstValue | Op::ConstNum | Op::ConstObject => {
            Some(imm)
        }

        Op::BoxInt => Some(Value::small_int((int(0)? << 16) >> 16)?.bits()),
        Op::BoxI64 => Some(Value::small_int(int(0)?)?.bits()),
        Op::BoxF64 => word(0),
        Op::BoxRawF64 => Some(Value::float(float(0)?).bits()),
        Op::BoxBool => Some(Value::bool(word(0)? != 0).bits()),
        Op::BoxRef => Some(types.first()?.tag()? | word(0)?),
        Op::UnboxInt => of_int(value(0)?.small_int_payload()),
        Op::UnboxI64 => of_int(value(0)?.as_small_int()?),
        Op::UnboxF64 | Op::AsNum | Op::AsRef => word(0),
        Op::UnboxBool => of_bool(value(0)? == Value::TRUE),
        Op::UnboxRef => Some(word(0)? & PAYLOAD_MASK),
        Op::AddNum | Op::SubNum | Op::MulNum | Op::ModNum => {
            let (a, b) = (value(0)?, value(1)?);
            let (of_ints, of_floats) = parts_of_num(op)?;
            match (a.as_small_int(), b.as_small_int()) {
                (Some(i), Some(j)) => {
                    let r = eval_op(of_ints, &[], &[i as u64, j as u64], 0)?;
                    Some(Value::small_int(r as i64)?.bits())
                }
                _ => {
                    let (x, y) = (immediate_number(a)?, immediate_number(b)?);
                    let r = eval_op(of_floats, &[], &[x.to_bits(), y.to_bits()], 0)?;
                    Some(Value::float(f64::from_bits(r)).bits())
                }
            }
        }
        Op::NumToF64 => of_float(immediate_number(value(0)?)?),

        Op::HasTag => of_bool(Tag::of(value(0)?) == Tag::from_bits(imm)?),
        Op::IsInteger => {
            let v = value(0)?;
            if v.is_object() { None } else { of_bool(v.is_small_int()) }
        }
        Op::IsNum => {
            let v = value(0)?;
            if v.is_object() { None } else { of_bool(v.is_small_int() || v.is_float()) }
        }
        Op::IsNil => of_bool(value(0)?.is_nil()),
        Op::IsBool => of_bool(value(0)?.is_bool()),
        Op::Truthy => of_bool(!value(0)?.is_falsy()),
        Op::SameValue | Op::SameRef => of_bool(word(0)? == word(1)?),

        Op::AddI64 => of_int(int(0)?.wrapping_add(int(1)?)),
        Op::SubI64 => of_int(int(0)?.wrapping_sub(int(1)?)),
        Op::MulI64 => of_int(int(0)?.wrapping_mul(int(1)?)),
        Op::DivI64 => of_int(floor_div(int(0)?, int(1)?)),
        Op::ModI64 => of_int(arith::int_mod(int(0)?, int(1)?).unwrap_or(0)),
        Op::NegI64 => of_int(int(0)?.wrapping_neg()),
        Op::AbsI64 => of_int(int(0)?.wrapping_abs()),
        Op::MinI64 => of_int(int(0)?.min(int(1)?)),
        Op::MaxI64 => of_int(int(0)?.max(int(1)?)),
        Op::AndI64 => of_int(int(0)? & int(1)?),
        Op::OrI64 => of_int(int(0)? | int(1)?),
        Op::XorI64 => of_int(int(0)? ^ int(1)?),
        Op::AndNotI64 => of_int(arith::bit_clear(int(0)?, int(1)?)),
        Op::NotI64 => of_int(!int(0)?),
        Op::ShlI64 => of_int(int(0)?.wrapping_shl(word(1)? as u32)),
        Op::ShrI64 => Some(word(0)?.wrapping_shr(word(1)? as u32)),
        Op::SarI64 => of_int(int(0)?.wrapping_shr(word(1)? as u32)),
        Op::LowU32 => Some(u64::from(word(0)? as u32)),
        Op::LowI32 => of_int(i64::from(word(0)? as i32)),
        Op::Rotl32 => Some(u64::from((word(0)? as u32).rotate_left(word(1)? as u32 & 31))),
        Op::Icmp => of_bool(Cc::from_bits(imm)?.eval(int(0)?, int(1)?)),

        Op::AddF64 => of_float(float(0)? + float(1)?),
        Op::SubF64 => of_float(float(0)? - float(1)?),
        Op::MulF64 => of_float(float(0)? * float(1)?),
        Op::DivF64 => of_float(float(0)? / float(1)?),
        Op::ModF64 => of_float(routines::mod_f64(float(0)?, float(1)?)),
        Op::PowF64 => of_float(arith::pow(float(0)?, float(1)?)),
        Op::NegF64 => of_float(-float(0)?),
        Op::AbsF64 => of_float(float(0)?.abs()),
        Op::SqrtF64 => of_float(float(0)?.sqrt()),
        Op::FloorF64 => of_float(float(0)?.floor()),
        Op::CeilF64 => of_float(float(0)?.ceil()),
        Op::TruncF64 => of_float(float(0)?.trunc()),
        Op::MinF64 => {
            let (a, b) = (float(0)?, float(1)?);
            of_float(if b < a { b } else { a })
        }
        Op::MaxF64 => {
            let (a, b) = (float(0)?, float(1)?);
            of_float(if b > a { b } else { a })
        }
        Op::Fcmp => of_bool(Fcc::from_bits(imm)?.eval(float(0)?, float(1)?)),

        Op::I64ToF64 => of_float(int(0)? as f64),
        Op::F64ToI64 => of_int(float(0)? as i64),
        Op::F64IsInt => of_bool(arith::float_to_int(float(0)?).is_some()),
        Op::F64Bits | Op::BitsF64 | Op::BoolToI64 => word(0),
        Op::CmpMixed => of_bool(Fcc::from_bits(imm)?.eval_mixed(int(0)?, float(1)?)),

        Op::NotBool => of_bool(word(0)? == 0),
        Op::AndBool => Some(word(0)? & word(1)?),
        Op::OrBool => Some(word(0)? | word(1)?),
        Op::Select => word(if word(0)? != 0 { 1 } else { 2 }),
        // Whatever reads or writes memory, leaves, calls or branches is not a function of words.
        _ => None,
    }
}

/// `a / b` rounded down; 0 if `b` is 0.
fn floor_div(a: i64, b: i64) -> i64 {
    match arith::int_mod(a, b) {
        None => 0,
        // The floored remainder makes the division exact, but for the subtraction's wrap, which only a / -1 could have.
        Some(_) if b == -1 => a.wrapping_neg(),
        Some(rem) => {
            let quotient = a / b;
            if rem != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
        }
    }
}

/// The ops of raw integers and of floats that an op of numbers of any sort consists of.
pub fn parts_of_num(op: Op) -> Option<(Op, Op)> {
    Some(match op {
        Op::AddNum => (Op::AddI64, Op::AddF64),
        Op::SubNum => (Op::SubI64, Op::SubF64),
        Op::MulNum => (Op::MulI64, Op::MulF64),
        Op::ModNum => (Op::ModI64, Op::ModF64),
        _ => return None,
    })
}

/// A number that is no big integer as a float.
fn immediate_number(v: Value) -> Option<f64> {
    v.as_float().or_else(|| v.as_small_int().map(|i| i as f64))
}

/// What a guard does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guarded {
    /// The fact holds; the guard's result.
    Holds(u64),
    /// It does not.
    Fails,
}

/// What a guard does with operands that are these words; `None` if it needs an object's contents, or if the instruction is no
/// guard.
pub fn eval_guard(op: Op, words: &[u64], imm: u64) -> Option<Guarded> {
    let word = |i: usize| words.get(i).copied();
    let value = || Some(Value::from_bits(word(0)?));
    let check = |holds: bool, result: u64| Some(if holds { Guarded::Holds(result) } else { Guarded::Fails });
    match op {
        Op::GuardInt => {
            let v = value()?;
            check(v.is_small_int(), v.small_int_payload() as u64)
        }
        Op::GuardI64 => match value()? {
            v if v.is_object() => None,
            v => check(v.is_small_int(), v.small_int_payload() as u64),
        },
        Op::GuardF64 => check(value()?.is_float(), word(0)?),
        Op::GuardNum => match value()? {
            v if v.is_object() => None,
            v => check(immediate_number(v).is_some(), v.bits()),
        },
        Op::GuardSmallNum => check(immediate_number(value()?).is_some(), word(0)?),
        Op::GuardNumF64 => match value()? {
            v if v.is_object() => None,
            v => check(immediate_number(v).is_some(), immediate_number(v).unwrap_or(0.0).to_bits()),
        },
        Op::GuardBool => check(value()?.is_bool(), u64::from(value()? == Value::TRUE)),
        Op::GuardTable => check(value()?.is_table(), word(0)? & PAYLOAD_MASK),
        Op::GuardStr => check(value()?.is_string(), word(0)? & PAYLOAD_MASK),
        Op::GuardCallable => check(value()?.is_function(), word(0)? & PAYLOAD_MASK),
        Op::GuardObject | Op::GuardUserdata if !value()?.is_object() => Some(Guarded::Fails),
        Op::GuardValue => check(word(0)? == imm, word(0)?),
        Op::GuardNil => check(value()?.is_nil(), word(0)?),
        Op::GuardNotNil => check(!value()?.is_nil(), word(0)?),
        Op::GuardTrue => check(word(0)? != 0, 0),
        Op::GuardFalse => check(word(0)? == 0, 0),
        Op::GuardBounds => check(word(0)? <= word(1)?, word(0)?),
        Op::GuardBelow => check(word(0)? < word(1)?, word(0)?),
        Op::GuardNotHole => check(word(0)? != Value::NIL.bits(), word(0)?),
        Op::GuardNonZero => check(word(0)? != 0, word(0)?),
        Op::GuardFits => {
            let (i, unused) = (word(0)? as i64, 64 - (imm as u32).clamp(1, 64));
            check((i << unused) >> unused == i, word(0)?)
        }
        Op::GuardF64Int => {
            let int = arith::float_to_int(f64::from_bits(word(0)?));
            check(int.is_some(), int.unwrap_or(0) as u64)
        }
        // The others look into objects or at the machine.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int2(op: Op, a: i64, b: i64) -> i64 {
        eval_op(op, &[Type::I64, Type::I64], &[a as u64, b as u64], 0).unwrap() as i64
    }

    #[test]
    fn division_and_modulo_are_floored_and_total() {
        for (a, b, quotient) in [(7, 2, 3), (-7, 2, -4), (7, -2, -4), (-7, -2, 3), (6, -2, -3), (5, 0, 0)] {
            assert_eq!(int2(Op::DivI64, a, b), quotient, "{a} / {b}");
            if b != 0 {
                assert_eq!(int2(Op::ModI64, a, b), a - b * quotient, "{a} % {b}");
            }
        }
        assert_eq!(int2(Op::DivI64, i64::MIN, -1), i64::MIN);
        assert_eq!(int2(Op::ModI64, i64::MIN, -1), 0);
        assert_eq!(int2(Op::ModI64, 3, 0), 0);
    }

    #[test]
    fn shifts_take_six_bits() {
        assert_eq!(int2(Op::ShlI64, 1, 64), 1);
        assert_eq!(int2(Op::SarI64, -8, 1), -4);
        assert_eq!(int2(Op::ShrI64, -1, 63), 1);
        assert_eq!(int2(Op::Rotl32, 0x8000_0001, 1), 3);
    }

    #[test]
    fn guards_decide_what_words_tell() {
        assert_eq!(
            eval_guard(Op::GuardInt, &[Value::int32(-3).bits()], 0),
            Some(Guarded::Holds(-3i64 as u64))
        );
        assert_eq!(eval_guard(Op::GuardInt, &[Value::NIL.bits()], 0), Some(Guarded::Fails));
        assert_eq!(eval_guard(Op::GuardBounds, &[-1i64 as u64, 5], 0), Some(Guarded::Fails));
        assert_eq!(eval_guard(Op::GuardBounds, &[5, 5], 0), Some(Guarded::Holds(5)));
        assert_eq!(eval_guard(Op::GuardFits, &[1 << 47], 48), Some(Guarded::Fails));
        assert_eq!(eval_guard(Op::GuardFits, &[(1 << 47) - 1], 48), Some(Guarded::Holds((1 << 47) - 1)));
        assert_eq!(eval_guard(Op::GuardF64Int, &[(-0.0f64).to_bits()], 0), Some(Guarded::Holds(0)));
        assert_eq!(eval_guard(Op::GuardShape, &[16], 0), None);
    }

    #[test]
    fn every_pure_op_has_a_meaning() {
        for &op in Op::ALL.iter().filter(|op| op.is_speculable()) {
            let types = vec![Type::I64; op.operands().len()];
            let types = if op == Op::BoxRef { vec![Type::Table] } else { types };
            let words = vec![0; types.len()];
            assert!(eval_op(op, &types, &words, 0).is_some(), "{op:?}");
        }
    }
}
