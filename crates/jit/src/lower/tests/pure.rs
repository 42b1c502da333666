//! Each op without memory, over edge values; constants as operands too.

use super::{Ended, Machine, expected, feature_sets, func, seen_value, single};
use crate::ir::func::{Func, InstId, NewInst};
use crate::ir::imm::{Cc, Fcc, ImmKind, Tag};
use crate::ir::model::Model;
use crate::ir::ops::{Class, Op};
use crate::ir::types::{Gives, Type, Want};
use runtime::value::{TAG_TABLE, Value};

const INTS: &[i64] = &[
    0,
    1,
    -1,
    2,
    3,
    -3,
    7,
    48,
    63,
    64,
    1000,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) + 5,
    (1 << 47) - 1,
    1 << 47,
    -(1 << 47),
    -(1 << 47) - 1,
    1 << 53,
    (1 << 53) + 1,
    i64::MAX,
    i64::MIN,
    i64::MIN + 1,
];
const FLOATS: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -2.5,
    3.0,
    1e15,
    9_007_199_254_740_993.0,
    9_223_372_036_854_775_808.0,
    -9_223_372_036_854_775_808.0,
    1e300,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    f64::MIN_POSITIVE,
];

fn words(ty: Type) -> Vec<u64> {
    match ty {
        Type::I64 => INTS.iter().map(|&i| i as u64).collect(),
        Type::F64 => FLOATS.iter().map(|x| x.to_bits()).collect(),
        Type::Bool => vec![0, 1],
        Type::Table => vec![0x1000, 0x7fff_0000_0010],
        Type::Num => vec![Value::int32(5).bits(), Value::int32(-5).bits(), Value::float(2.5).bits()],
        _ => vec![
            Value::NIL.bits(),
            Value::FALSE.bits(),
            Value::TRUE.bits(),
            Value::MARK.bits(),
            Value::int32(0).bits(),
            Value::int32(-9).bits(),
            Value::small_int((1 << 47) - 1).unwrap().bits(),
            Value::float(0.0).bits(),
            Value::float(-1.5).bits(),
            Value::float(f64::NAN).bits(),
            Value::float(f64::NEG_INFINITY).bits(),
            TAG_TABLE | 0x4560,
            0xFFFB << 48 | 0x123_4560,
            0xFFFD << 48 | 0x123_4560,
        ],
    }
}

/// The types of operands to try; `None` for ops that look into objects.
fn operand_types(op: Op) -> Vec<Vec<Type>> {
    let of = |same: Type| -> Vec<Type> {
        op.operands()
            .iter()
            .map(|&(_, want)| match want {
                Want::Type(t) => t,
                Want::Ref => Type::Table,
                Want::Any => Type::Value,
                Want::Same => same,
            })
            .collect()
    };
    if op.operands().iter().any(|o| o.1 == Want::Same) {
        let all = [Type::I64, Type::F64, Type::Value, Type::Bool];
        all.iter().map(|&t| of(t)).collect()
    } else {
        vec![of(Type::Value)]
    }
}

fn imms(op: Op) -> Vec<u64> {
    match op.imms().first().map(|i| i.1) {
        None => vec![0],
        Some(ImmKind::Cc) => (0..Cc::ALL.len() as u64).collect(),
        Some(ImmKind::Fcc) => (0..Fcc::ALL.len() as u64).collect(),
        Some(ImmKind::Tag) => (0..Tag::ALL.len() as u64).collect(),
        Some(ImmKind::Value) => vec![Value::TRUE.bits(), Value::int32(-9).bits()],
        Some(ImmKind::Address) => vec![0x1000],
        Some(ImmKind::Count) if op == Op::GuardFits => vec![1, 32, 48, 53, 63],
        Some(ImmKind::Count) => vec![0, 1],
        Some(_) => vec![0, 3],
    }
}

/// Ops whose operands must be values of a kind that the words here are not always.
fn takes(op: Op, args: &[u64]) -> bool {
    let v = Value::from_bits(args.first().copied().unwrap_or(0));
    match op {
        Op::BoxInt => Value::small_int(args[0] as i64).is_some(),
        Op::UnboxInt | Op::UnboxI64 => v.is_small_int(),
        Op::UnboxF64 => v.is_float(),
        Op::UnboxBool => v.is_bool(),
        Op::UnboxRef => v.is_table(),
        Op::AsRef => true,
        _ => true,
    }
}

fn result_type(op: Op, types: &[Type]) -> Type {
    match op.gives() {
        Gives::Type(t) => t,
        Gives::Ref => Type::Table,
        Gives::Same => *types.last().expect("an operand"),
        Gives::Given => Type::Value,
    }
}

/// Every combination of one word for each operand.
fn combinations(types: &[Type]) -> Vec<Vec<u64>> {
    types.iter().fold(vec![Vec::new()], |lists, &ty| {
        let words = words(ty);
        // Three operands would be too many combinations.
        let step = if types.len() > 2 { 3 } else { 1 };
        lists
            .iter()
            .flat_map(|list| {
                words
                    .iter()
                    .step_by(step)
                    .map(|&w| list.iter().copied().chain([w]).collect())
                    .collect::<Vec<_>>()
            })
            .collect()
    })
}

fn is_tested(op: Op) -> bool {
    let is_word_guard = matches!(
        op,
        Op::GuardInt
            | Op::GuardI64
            | Op::GuardF64
            | Op::GuardNum
            | Op::GuardSmallNum
            | Op::GuardNumF64
            | Op::GuardBool
            | Op::GuardTable
            | Op::GuardStr
            | Op::GuardCallable
            | Op::GuardValue
            | Op::GuardNil
            | Op::GuardNotNil
            | Op::GuardTrue
            | Op::GuardFalse
            | Op::GuardBounds
            | Op::GuardBelow
            | Op::GuardNotHole
            | Op::GuardNonZero
            | Op::GuardFits
            | Op::GuardF64Int
    );
    let is_field = matches!(
        op,
        Op::UnboxI64
            | Op::NumToF64
            | Op::IsInteger
            | Op::IsNum
            | Op::AddNum
            | Op::SubNum
            | Op::MulNum
            | Op::ModNum
    );
    is_word_guard || is_field || op.class() == Class::Pure && !op.is_const()
}

#[test]
fn ops_on_words() {
    for features in feature_sets() {
        let mut machine = Machine::new(features);
        for &op in Op::ALL.iter().filter(|&&op| is_tested(op)) {
            for types in operand_types(op) {
                for imm in imms(op) {
                    let func = single(op, &types, result_type(op, &types), [imm, 0]);
                    check(&mut machine, &func, op, &combinations(&types));
                }
            }
        }
    }
}

fn check(machine: &mut Machine, func: &Func, op: Op, sets: &[Vec<u64>]) {
    let lowered = machine.lower(func);
    for args in sets.iter().filter(|args| takes(op, args)) {
        let want = expected(func, args, &mut Model::new()).expect("it ends");
        let found = machine.run(&lowered, args);
        assert_eq!(found, want, "{op:?} of {args:x?}\n{func:?}");
    }
}

#[test]
fn binary_ops_with_a_constant() {
    for features in feature_sets() {
        let mut machine = Machine::new(features);
        for &op in Op::ALL.iter().filter(|&&op| is_tested(op) && op.operands().len() == 2) {
            for types in operand_types(op) {
                for imm in imms(op) {
                    for constant_first in [false, true] {
                        let constant_at = usize::from(!constant_first);
                        let ty = types[constant_at];
                        let const_op = match ty {
                            Type::I64 => Op::ConstI64,
                            Type::F64 => Op::ConstF64,
                            Type::Bool => Op::ConstBool,
                            Type::Table => Op::ConstObject,
                            _ => Op::ConstValue,
                        };
                        for word in words(ty) {
                            let func = with_constant(op, &types, constant_at, const_op, word, imm);
                            let other = words(types[1 - constant_at]);
                            let sets: Vec<Vec<u64>> = other.iter().step_by(2).map(|&w| vec![w]).collect();
                            check(&mut machine, &func, Op::Nop, &sets);
                        }
                    }
                }
            }
        }
    }
}

/// A function of one parameter: an op with a constant in place of the other operand.
fn with_constant(op: Op, types: &[Type], at: usize, const_op: Op, word: u64, imm: u64) -> Func {
    let mut func = single(op, types, result_type(op, types), [imm, 0]);
    let b = func.entry();
    let first = func.first(b).expect("the op");
    let param = func.params(b)[at];
    let new = NewInst { op: const_op, ty: types[at], args: &[], imm: word, imm2: 0, snap: None };
    let constant = func.insert_before(first, new);
    func.replace_uses(param, constant);
    let kept: Vec<InstId> = func.params(b).to_vec();
    func.retain_params(b, |i| kept[i] != param);
    func
}

#[test]
fn conditions_are_fused_into_branches_guards_and_choices() {
    let text = "i64
b0(v0: i64, v1: i64, v2: f64, v3: f64, v4: value):
  v5 = icmp v0, v1, lt
  branch v5, b1, b2
b1:
  v6 = fcmp v2, v3, le
  v7: i64 = select v6, v0, v1
  v8 = not_bool v6
  v9: f64 = select v8, v2, v3
  v30 = box_f64 v9
  return_values v7, v30
b2:
  v10 = truthy v4
  v11 = not_bool v10
  branch v11, b3, b4
b3:
  v12 = const_i64 111
  v20 = const_f64 1.5
  v31 = box_f64 v20
  return_values v12, v31
b4:
  v13 = fcmp v2, v3, eq
  branch v13, b5, b6
b5:
  v14 = const_i64 5
  v32 = box_f64 v2
  return_values v14, v32
b6:
  v15 = has_tag v4, int
  v16: i64 = select v15, v0, v1
  v33 = box_f64 v3
  return_values v16, v33
";
    let func = func(text);
    for features in feature_sets() {
        let mut machine = Machine::new(features);
        let lowered = machine.lower(&func);
        for &a in &[0i64, -4, 9] {
            for &b in &[0i64, 7] {
                for &x in &[1.0, -2.0, f64::NAN] {
                    for &y in &[1.0, f64::NAN] {
                        for v in [Value::NIL, Value::TRUE, Value::FALSE, Value::int32(3)] {
                            let args = [a as u64, b as u64, f64::to_bits(x), f64::to_bits(y), v.bits()];
                            let want = expected(&func, &args, &mut Model::new()).unwrap();
                            assert_eq!(machine.run(&lowered, &args), want, "{args:x?}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_loop_counts() {
    let func = func(
        "i64
b0(v0: i64):
  v1 = const_i64 0
  jump b1(v1, v1)
b1(v2: i64, v3: i64):
  v4 = icmp v2, v0, lt
  branch v4, b2, b3
b2:
  v5 = const_i64 3
  v6 = mod_i64 v2, v5
  v7 = add_i64 v3, v6
  v8 = const_i64 1
  v9 = add_i64 v2, v8
  jump b1(v9, v7)
b3:
  return_values v3
",
    );
    let mut machine = Machine::new(feature_sets()[0]);
    let lowered = machine.lower(&func);
    let Ended::Returned(values) = machine.run(&lowered, &[1000]) else { panic!("it returns") };
    assert_eq!(values, [super::Seen::Bits(Value::int32(999).bits())]);
}

/// Two turns of a loop that divides, and waits for what it divided or does not.
#[test]
fn divisions_of_a_loop() {
    let mut machine = Machine::new(feature_sets()[0]);
    for (op, text) in [(Op::ModI64, "mod_i64"), (Op::DivI64, "div_i64")] {
        for next in ["v0", "v5"] {
            let func = func(&format!(
                "i64
b0(v0: i64, v1: i64):
  v2 = const_i64 0
  v3 = const_i64 1
  jump b1(v0, v2)
b1(v10: i64, v4: i64):
  v5 = {text} v10, v1
  v6 = add_i64 v4, v3
  v7 = icmp v6, v3, le
  branch v7, b1({next}, v6), b2
b2:
  return_values v5
"
            ));
            check(&mut machine, &func, op, &combinations(&[Type::I64, Type::I64]));
            let near = [u32::MAX, u32::MAX - 1, 1 << 31, 65537, 65536, 65535, 641, 3, 2, 1].map(u64::from);
            let pairs = near.iter().flat_map(|&a| near.iter().map(move |&b| vec![a, b]));
            check(&mut machine, &func, op, &pairs.collect::<Vec<_>>());
        }
    }
}

#[test]
fn every_guard_can_be_made_to_leave_once() {
    let func = func(
        "value
        frame f0 proto 0 base 0 root
        snap s0 f0 pc 3 { r0 = v0, r1 = v1 }
        snap s1 f0 pc 4 { r0 = v2 }
        b0(v0: value, v1: value):
          v2 = guard_int v0 [s0]
          v3 = guard_int v1 [s1]
          v4 = add_i64 v2, v3
          v5 = guard_fits v4, 48 [s0]
          v6 = box_int v5
          return_values v6
        ",
    );
    let word = |i| Value::int32(i).bits();
    for features in feature_sets() {
        let mut machine = Machine::new(features);
        machine.every_guard_fails = true;
        let lowered = machine.lower(&func);
        let mut pcs = Vec::new();
        for _ in 0..5 {
            match machine.run(&lowered, &[word(20), word(22)]) {
                Ended::Left(left) => pcs.push(left.frames[0].0),
                Ended::Returned(values) => assert_eq!(values, [seen_value(word(42))]),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(pcs, [3, 4, 3], "each guard once, in the order of the code");
        // And a guard that fails leaves as ever.
        assert!(matches!(machine.run(&lowered, &[Value::NIL.bits(), word(1)]), Ended::Left(_)));
    }
}
