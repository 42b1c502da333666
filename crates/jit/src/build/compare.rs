//! Truth, comparison and equality.
//!
//! As in `operators.rs` raw operands decide by themselves, and for boxed ones feedback says what to guard.

use super::feedback::Operands;
use super::operators::Static;
use super::state::Method;
use crate::ir::func::InstId;
use crate::ir::helpers::Helper;
use crate::ir::imm::{Cc, Fcc, Tag};
use crate::ir::ops::Op as Ir;
use crate::ir::types::Type;
use bytecode::ops::{Inst, Op};
use runtime::string::Str;
use runtime::value::Value;

/// An order or equality.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    Eq,
    Lt,
    Le,
}

impl Order {
    /// What an operation compares by, whether with its operands exchanged, and whether it wants that to hold.
    pub(super) fn of(op: Op) -> Option<(Order, bool, bool)> {
        Some(match op {
            Op::Eq | Op::JumpEq | Op::JumpEqConst => (Order::Eq, false, true),
            Op::Ne | Op::JumpNe | Op::JumpNeConst => (Order::Eq, false, false),
            Op::Lt | Op::JumpLt | Op::JumpLtImm => (Order::Lt, false, true),
            Op::JumpNotLt | Op::JumpNotLtImm => (Order::Lt, false, false),
            Op::Le | Op::JumpLe | Op::JumpLeImm => (Order::Le, false, true),
            Op::JumpNotLe | Op::JumpNotLeImm => (Order::Le, false, false),
            Op::JumpGtImm => (Order::Lt, true, true),
            Op::JumpNotGtImm => (Order::Lt, true, false),
            Op::JumpGeImm => (Order::Le, true, true),
            Op::JumpNotGeImm => (Order::Le, true, false),
            _ => return None,
        })
    }

    fn helper(self) -> Helper {
        match self {
            Order::Eq => Helper::Eq,
            Order::Lt => Helper::Lt,
            Order::Le => Helper::Le,
        }
    }

    fn cc(self) -> Cc {
        match self {
            Order::Eq => Cc::Eq,
            Order::Lt => Cc::Lt,
            Order::Le => Cc::Le,
        }
    }

    fn fcc(self) -> Fcc {
        match self {
            Order::Eq => Fcc::Eq,
            Order::Lt => Fcc::Lt,
            Order::Le => Fcc::Le,
        }
    }
}

impl Method<'_> {
    // Truth.

    /// Whether a register counts as true.
    pub(super) fn is_true(&mut self, reg: u16) -> InstId {
        let v = self.reg(reg);
        match self.b.func.ty(v) {
            Type::Bool => v,
            Type::Value => match self.b.func.as_value(v) {
                Some(v) => self.b.const_bool(u32::from(!v.is_falsy())),
                None => self.b.truthy(v),
            },
            _ => self.b.const_bool(1),
        }
    }

    /// Whether a register is nil.
    pub(super) fn is_nil(&mut self, reg: u16) -> InstId {
        let v = self.reg(reg);
        match self.b.func.ty(v) {
            Type::Value => match self.b.func.as_value(v) {
                Some(v) => self.b.const_bool(u32::from(v.is_nil())),
                None => self.b.is_nil(v),
            },
            _ => self.b.const_bool(0),
        }
    }

    /// The other truth value.
    pub(super) fn not(&mut self, c: InstId) -> InstId {
        match self.b.func.as_bool(c) {
            Some(known) => self.b.const_bool(u32::from(!known)),
            None => self.b.not_bool(c),
        }
    }

    // Comparison.

    /// A comparison whose result is a value.
    pub(super) fn comparison(&mut self, inst: Inst) {
        let Some((order, _, wanted)) = Order::of(inst.op()) else { unreachable!("a comparison") };
        let (a, b) = (self.reg(inst.b()), self.reg(inst.c()));
        let c = self.compare(order, a, b);
        let c = if wanted { c } else { self.not(c) };
        self.set(inst.a(), c);
    }

    /// A jump on a comparison.
    pub(super) fn jump_comparison(&mut self, inst: Inst) {
        let op = inst.op();
        let Some((order, is_swapped, wanted)) = Order::of(op) else { unreachable!("a comparison") };
        let a = self.reg(inst.a());
        let b = match op {
            Op::JumpEqConst | Op::JumpNeConst => self.constant(inst.b() as usize),
            Op::JumpEq | Op::JumpNe | Op::JumpLt | Op::JumpNotLt | Op::JumpLe | Op::JumpNotLe => {
                self.reg(inst.b())
            }
            _ => self.constant_of(Value::int32((inst.b() as i16).into())),
        };
        let (x, y) = if is_swapped { (b, a) } else { (a, b) };
        let c = self.compare(order, x, y);
        self.jump_on(c, wanted, inst);
    }

    /// Compares for the current instruction.
    pub(super) fn compare(&mut self, order: Order, a: InstId, b: InstId) -> InstId {
        let seen = Operands::new(self.feedback());
        if self.may_speculate()
            && let Some(c) = (self.raw_compare(order, a, b, seen))
                .or_else(|| self.compare_strs(order, a, b, seen))
                .or_else(|| self.compare_call(order, a, b))
        {
            return c;
        }
        let kinds = [a, b].map(|v| self.kind_of(v));
        if kinds == [Static::Int; 2] {
            return self.b.icmp(a, b, order.cc());
        }
        if kinds.iter().all(|kind| matches!(kind, Static::Int | Static::Float)) {
            return self.compare_floats(order, a, b);
        }
        let are_numbers = !kinds.contains(&Static::Other);
        let seen = Operands::new(self.feedback());
        if self.options.speculate && are_numbers && seen.floats() && !seen.others() {
            return match [a, b].map(|v| self.is_wide(v)) {
                [true, _] => self.wide_compare(order, (a, b), false),
                [_, true] => self.wide_compare(order, (b, a), true),
                _ => self.mixed_compare(order, a, b),
            };
        }
        if order == Order::Eq && self.options.speculate {
            return self.equal(a, b);
        }
        let (a, b) = (self.boxed(a), self.boxed(b));
        self.helper(order.helper(), &[a, b])
    }

    /// The order of two strings, which their first bytes often tell.
    fn compare_strs(&mut self, order: Order, a: InstId, b: InstId, seen: Operands) -> Option<InstId> {
        let is_str =
            |v: InstId| self.b.func.ty(v) == Type::Str || self.sample(v).is_some_and(Value::is_string);
        let are_strs = (is_str(a) || is_str(b)) && self.may_be_str(a) && self.may_be_str(b);
        if order == Order::Eq || !are_strs || !seen.others() {
            return None;
        }
        let (x, y) = (self.str_operand(a), self.str_operand(b));
        let zero = self.int(0);
        let [x_some, y_some] = [x, y].map(|s| {
            let len = self.b.str_len(s);
            self.b.icmp(len, zero, Cc::Ne)
        });
        let both = self.b.and_bool(x_some, y_some);
        let whole = move |m: &mut Self| {
            let (cmp, zero) = (m.b.str_cmp(x, y), m.int(0));
            m.b.icmp(cmp, zero, order.cc())
        };
        Some(self.either(
            both,
            Type::Bool,
            false,
            |m| {
                let zero = m.int(0);
                let [p, q] = [x, y].map(|s| {
                    let bytes = m.b.str_bytes(s);
                    m.b.load_byte(bytes, zero)
                });
                let differ = m.b.icmp(p, q, Cc::Ne);
                m.either(differ, Type::Bool, false, |m| m.b.icmp(p, q, order.cc()), whole)
            },
            whole,
        ))
    }

    fn raw_compare(&mut self, order: Order, a: InstId, b: InstId, seen: Operands) -> Option<InstId> {
        use Static::{Float, Int, Other};
        let kinds = (self.kind_of(a), self.kind_of(b));
        match kinds {
            (Other, _) | (_, Other) => return None,
            (Int, Int) => return Some(self.b.icmp(a, b, order.cc())),
            (Int | Float, Int | Float) => return Some(self.compare_floats(order, a, b)),
            _ if seen.others() => return None,
            _ => {}
        }
        if kinds.0 == Float || kinds.1 == Float {
            let (x, y) = (self.exact_f64(a), self.exact_f64(b));
            return Some(self.compare_floats(order, x, y));
        }
        if !seen.floats() {
            let x = self.integer_of(a, seen);
            let y = if a == b { x } else { self.integer_of(b, seen) };
            return Some(self.b.icmp(x, y, order.cc()));
        }
        let (x, y) = if self.is_mixed(a) || self.is_mixed(b) { (a, b) } else { self.guard_one_float(a, b) };
        let (x, y) = (self.exact_f64(x), self.exact_f64(y));
        Some(self.compare_floats(order, x, y))
    }

    /// A float or immediate integer as the float that it equals; a raw operand as it is. Whatever else leaves.
    pub(super) fn exact_f64(&mut self, v: InstId) -> InstId {
        if self.kind_of(v) != Static::Boxed {
            return v;
        }
        if self.b.func.as_value(v).is_none() && !Operands::new(self.feedback()).big_ints() {
            let num = if self.b.func.op(v) == Ir::GuardSmallNum {
                v
            } else {
                let num = self.g().guard_small_num(v);
                self.refine(v, num);
                num
            };
            return self.b.num_to_f64(num);
        }
        // The snapshot is made before the ways part.
        self.g();
        let is_int = self.b.has_tag(v, Tag::Int);
        self.either(
            is_int,
            Type::F64,
            true,
            |m| {
                let i = m.b.unbox_int(v);
                m.b.i64_to_f64(i)
            },
            |m| m.g().guard_f64(v),
        )
    }

    /// Compares raw numbers.
    pub(super) fn compare_raw(&mut self, order: Order, a: InstId, b: InstId) -> InstId {
        if self.b.func.ty(a) == Type::I64 && self.b.func.ty(b) == Type::I64 {
            return self.b.icmp(a, b, order.cc());
        }
        self.compare_floats(order, a, b)
    }

    /// Compares raw numbers, not both integers.
    fn compare_floats(&mut self, order: Order, a: InstId, b: InstId) -> InstId {
        let exact = |m: &Self, v: InstId| match m.b.func.op(v) {
            Ir::GuardInt | Ir::UnboxInt => true,
            Ir::ConstI64 => m.b.func.as_i64(v).is_some_and(|i| i.unsigned_abs() < 1 << 53),
            _ => false,
        };
        let [a, b] = [a, b]
            .map(|v| if self.b.func.ty(v) == Type::I64 && exact(self, v) { self.b.i64_to_f64(v) } else { v });
        match (self.b.func.ty(a), self.b.func.ty(b)) {
            (Type::I64, _) => self.b.cmp_mixed(a, b, order.fcc()),
            (_, Type::I64) => self.b.cmp_mixed(b, a, order.fcc().swapped()),
            _ => self.b.fcmp(a, b, order.fcc()),
        }
    }

    /// Equality of whatever operands, without exits.
    fn equal(&mut self, a: InstId, b: InstId) -> InstId {
        let constant = [a, b].into_iter().find_map(|v| Some((v, self.b.func.as_value(v)?)));
        let (va, vb) = (self.boxed(a), self.boxed(b));
        if let Some((at, k)) = constant {
            let other = if at == a { vb } else { va };
            if k.is_nil() || k.is_bool() {
                return self.b.same_value(va, vb);
            }
            if k.is_string() {
                return self.equal_str(other, at);
            }
        }
        let has_equality = self.heap.shapes().has_equality();
        if !has_equality && [a, b].into_iter().any(|v| self.b.func.ty(v) == Type::Table) {
            self.rely_on_identity();
            return self.b.same_value(va, vb);
        }
        if [a, b].into_iter().any(|v| matches!(self.kind_of(v), Static::Int | Static::Float)) {
            // Numbers have no `__eq`, nor has anything beside one.
            return self.helper(Helper::RawEq, &[va, vb]);
        }
        if !has_equality {
            self.rely_on_identity();
        }
        // The same word, and no NaN.
        let same = self.b.same_value(va, vb);
        let is_float = self.b.has_tag(va, Tag::Float);
        let no_float = self.b.not_bool(is_float);
        let quick = self.b.and_bool(same, no_float);
        self.either(
            quick,
            Type::Bool,
            false,
            |m| m.b.const_bool(1),
            |m| {
                let (x, y) = (m.b.has_tag(va, Tag::Special), m.b.has_tag(vb, Tag::Special));
                let different = m.b.or_bool(x, y);
                let different = if has_equality {
                    different
                } else {
                    let (x, y) = (m.b.has_tag(va, Tag::Table), m.b.has_tag(vb, Tag::Table));
                    let is_table = m.b.or_bool(x, y);
                    m.b.or_bool(different, is_table)
                };
                let helper = if has_equality { Helper::Eq } else { Helper::RawEq };
                m.either(
                    different,
                    Type::Bool,
                    false,
                    |m| m.b.const_bool(0),
                    |m| m.equal_objects(va, vb, helper),
                )
            },
        )
    }

    fn equal_objects(&mut self, a: InstId, b: InstId, helper: Helper) -> InstId {
        let (x, y) = (self.b.has_tag(a, Tag::Str), self.b.has_tag(b, Tag::Str));
        let both = self.b.and_bool(x, y);
        self.either(
            both,
            Type::Bool,
            false,
            |m| {
                let (x, y) = (m.b.unbox_ref(Type::Str, a), m.b.unbox_ref(Type::Str, b));
                m.b.str_eq(x, y)
            },
            |m| m.helper(helper, &[a, b]),
        )
    }

    /// Whether a value is a string equal to a constant one, which is interned as all of them are: its own interned string is
    /// that very object then, and is found once however often the value is compared.
    fn equal_str(&mut self, v: InstId, constant: InstId) -> InstId {
        if let Some(is_it) = self.is_of_type(v, constant) {
            return is_it;
        }
        let v = self.b.canon_str(v);
        self.b.same_value(v, constant)
    }

    /// Whether a value is of the type that a constant names, where `v` is the name of the value's type.
    fn is_of_type(&mut self, v: InstId, constant: InstId) -> Option<InstId> {
        let func = &*self.b.func;
        if func.op(v) != Ir::CallHelper || func.helper(v) != Some(Helper::TypeName) {
            return None;
        }
        let name = Str::from_value(func.as_value(constant)?)?;
        let v = func.arg(v, 0);
        Some(match name.bytes_flat()? {
            b"nil" => self.b.is_nil(v),
            b"boolean" => self.b.is_bool(v),
            b"number" => self.b.is_num(v),
            b"string" => self.b.has_tag(v, Tag::Str),
            b"table" => self.b.has_tag(v, Tag::Table),
            b"function" => self.b.has_tag(v, Tag::Callable),
            _ => return None,
        })
    }

    /// A comparison without exits of a raw integer that may be large with a boxed operand, which is the first one if
    /// `is_swapped`.
    fn wide_compare(&mut self, order: Order, (i, v): (InstId, InstId), is_swapped: bool) -> InstId {
        // The snapshot is made before the ways part.
        self.g();
        let is_int = self.b.has_tag(v, Tag::Int);
        let fcc = if is_swapped { order.fcc().swapped() } else { order.fcc() };
        let ints = move |m: &mut Self| {
            let n = m.b.unbox_int(v);
            if is_swapped { m.b.icmp(n, i, order.cc()) } else { m.b.icmp(i, n, order.cc()) }
        };
        let floats = move |m: &mut Self| {
            let x = m.b.unbox_f64(v);
            m.b.cmp_mixed(i, x, fcc)
        };
        let others = move |m: &mut Self| {
            let boxed = m.boxed(i);
            let args = if is_swapped { [v, boxed] } else { [boxed, v] };
            m.helper(order.helper(), &args)
        };
        self.either(is_int, Type::Bool, false, ints, |m| {
            let is_float = m.b.has_tag(v, Tag::Float);
            m.either(is_float, Type::Bool, true, floats, others)
        })
    }

    /// The same where integers are small.
    fn mixed_compare(&mut self, order: Order, a: InstId, b: InstId) -> InstId {
        let (va, vb) = (self.boxed(a), self.boxed(b));
        self.by_subtypes(
            Type::Bool,
            (a, b),
            |m, x, y| m.b.fcmp(x, y, order.fcc()),
            |m, _, x, y| m.b.icmp(x, y, order.cc()),
            |m| m.helper(order.helper(), &[va, vb]),
        )
    }
}
