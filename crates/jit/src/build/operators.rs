//! Arithmetic.
//!
//! Raw operands decide by themselves; for boxed ones feedback says what to guard. A number of unknown kind beside a float
//! needs no exit, since the result is a float. Where neither operand's kind is known and floats were seen, one is guarded to
//! be a float: the one that is no block parameter, for those begin as integers often (`s := 0`).

use super::elements::Asking;
use super::feedback::Operands;
use super::state::Method;
use crate::ir::func::{BlockId, InstId};
use crate::ir::helpers::Helper;
use crate::ir::imm::{Cc, Results, Tag};
use crate::ir::ops::Op as Ir;
use crate::ir::types::Type;
use bytecode::ops::{Inst, Op};
use runtime::value::Value;
use vm::engine::Meta;

/// An operator of two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    And,
    Or,
    Xor,
    Clear,
    Shl,
    Shr,
}

/// What is known about an operand without feedback.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Static {
    Int,
    Float,
    /// A boxed number or value: feedback decides.
    Boxed,
    /// No number.
    Other,
}

impl Binary {
    fn helper(self) -> Helper {
        match self {
            Binary::Add => Helper::Add,
            Binary::Sub => Helper::Sub,
            Binary::Mul => Helper::Mul,
            Binary::Div => Helper::Div,
            Binary::Mod => Helper::Mod,
            Binary::Pow => Helper::Pow,
            Binary::And => Helper::BitAnd,
            Binary::Or => Helper::BitOr,
            Binary::Xor => Helper::BitXor,
            Binary::Clear => Helper::BitClear,
            Binary::Shl => Helper::Shl,
            Binary::Shr => Helper::Shr,
        }
    }

    fn of(op: Op) -> Binary {
        match op {
            Op::Add | Op::AddImm | Op::AddConst => Binary::Add,
            Op::Sub | Op::SubImm | Op::SubConst => Binary::Sub,
            Op::Mul | Op::MulConst => Binary::Mul,
            Op::Div | Op::DivConst => Binary::Div,
            Op::Mod | Op::ModConst => Binary::Mod,
            Op::Pow | Op::PowConst => Binary::Pow,
            Op::BitAnd | Op::BitAndConst => Binary::And,
            Op::BitOr | Op::BitOrConst => Binary::Or,
            Op::BitXor | Op::BitXorConst => Binary::Xor,
            Op::BitClear => Binary::Clear,
            Op::Shl | Op::ShlImm => Binary::Shl,
            _ => Binary::Shr,
        }
    }

    /// Whether both operands are made floats.
    fn is_float_only(self) -> bool {
        matches!(self, Binary::Div | Binary::Pow)
    }

    /// Whether both operands must be integers.
    fn is_int_only(self) -> bool {
        !matches!(self, Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::Mod | Binary::Pow)
    }
}

impl Method<'_> {
    /// What is known about a result.
    pub(super) fn kind_of(&self, inst: InstId) -> Static {
        match self.b.func.ty(inst) {
            Type::I64 => Static::Int,
            Type::F64 => Static::Float,
            Type::Num => Static::Boxed,
            Type::Value => match self.b.func.as_value(inst) {
                Some(v) if !v.is_float() && v.as_int().is_none() => Static::Other,
                _ => Static::Boxed,
            },
            _ => Static::Other,
        }
    }

    /// The second operand of an op: a register, an immediate or a constant.
    fn second_operand(&mut self, inst: Inst) -> InstId {
        match inst.op() {
            Op::AddImm | Op::SubImm | Op::ShlImm | Op::ShrImm => {
                self.constant_of(Value::int32((inst.c() as i16).into()))
            }
            Op::AddConst
            | Op::SubConst
            | Op::MulConst
            | Op::DivConst
            | Op::ModConst
            | Op::PowConst
            | Op::BitAndConst
            | Op::BitOrConst
            | Op::BitXorConst => self.constant(inst.c() as usize),
            _ => self.reg(inst.c()),
        }
    }

    /// An operator of two operands.
    pub(super) fn binary(&mut self, inst: Inst) {
        let kind = Binary::of(inst.op());
        let (a, b) = (self.reg(inst.b()), self.second_operand(inst));
        let seen = Operands::new(self.feedback());
        let speculate = self.may_speculate();
        let result = if speculate { self.raw_binary(kind, a, b, seen) } else { None };
        match result {
            Some(v) => self.set(inst.a(), v),
            None if speculate && seen.others() && self.operator_call(kind.event(), inst.a(), a, b) => {}
            None if self.options.speculate && !seen.others() => self.mixed_binary(kind, inst.a(), a, b),
            None => self.slow_binary(kind, inst.a(), a, b),
        }
    }

    fn slow_binary(&mut self, kind: Binary, to: u16, a: InstId, b: InstId) {
        let (a, b) = (self.boxed(a), self.boxed(b));
        self.helper_to(to, kind.helper(), &[a, b]);
    }

    /// Calls a helper beside the hot way, whose result will be in register `to`.
    pub(super) fn slow_to(&mut self, to: u16, helper: Helper, args: &[InstId]) -> InstId {
        let ty = helper.gives();
        let call = self.b.call_helper(ty, args, helper, Results::new(u8::from(ty != Type::None)));
        let old = self.f.regs[to as usize].replace(call);
        self.after(call);
        self.f.regs[to as usize] = old;
        call
    }

    /// Whether a boxed operand is likely to be an integer at one time and a float at another: an element of a storage of
    /// values of any kind, or what was made of such numbers. So is a slot that is not known to hold numbers of one kind, in a
    /// function where a float was expected in vain: fields are mostly used together (`x`, `y`, `z`).
    pub(super) fn is_mixed(&self, v: InstId) -> bool {
        let func = &*self.b.func;
        let source = if func.op(v) == Ir::GuardNotNil { func.arg(v, 0) } else { v };
        match func.op(source) {
            _ if func.ty(v) == Type::Num => true,
            Ir::LoadElem => true,
            Ir::LoadSlot | Ir::LoadExtSlot => self.options.mixed.contains(&self.f.function.to_value().bits()),
            _ => false,
        }
    }

    /// A number of whatever sort, for arithmetic that takes all sorts. Who is no number leaves; so do big integers where
    /// none were seen, because without them sums of few numbers are exact as floats.
    fn number_of(&mut self, v: InstId, seen: Operands) -> InstId {
        match self.b.func.ty(v) {
            Type::Value => {}
            Type::Num => return v,
            // The passes see what it is made of.
            _ => return self.fresh_box(v),
        }
        if let Some(constant) = self.b.func.as_value(v).filter(|v| v.is_float() || v.is_small_int()) {
            return self.b.const_num(constant);
        }
        // What a loop passes on may have become big in it.
        let num = if seen.big_ints() || self.b.func.op(v) == Ir::Param {
            self.g().guard_num(v)
        } else {
            self.g().guard_small_num(v)
        };
        self.refine(v, num);
        num
    }

    /// Arithmetic of numbers of any sort.
    fn num_op(&mut self, kind: Binary, a: InstId, b: InstId, seen: Operands) -> Option<InstId> {
        let kinds = [self.kind_of(a), self.kind_of(b)];
        let is_right = match kind {
            Binary::Add | Binary::Sub | Binary::Mul => true,
            // An integer 0 would be an error; and by a whole number that is known the raw form of a float is quicker.
            Binary::Mod => kinds[1] == Static::Float,
            _ => false,
        };
        if !is_right || kinds.contains(&Static::Other) || seen.others() {
            return None;
        }
        let x = self.number_of(a, seen);
        let y = if a == b { x } else { self.number_of(b, seen) };
        Some(match kind {
            Binary::Add => self.b.add_num(x, y),
            Binary::Sub => self.b.sub_num(x, y),
            Binary::Mul => self.b.mul_num(x, y),
            _ => self.b.mod_num(x, y),
        })
    }

    /// Floats and immediate integers inline, all else by the helper.
    fn mixed_binary(&mut self, kind: Binary, to: u16, a: InstId, b: InstId) {
        let kinds = [self.kind_of(a), self.kind_of(b)];
        if kind.is_int_only() || kinds.contains(&Static::Other) || kinds == [Static::Int; 2] {
            return self.slow_binary(kind, to, a, b);
        }
        let seen = Operands::new(self.feedback());
        if let Some(v) = self.num_op(kind, a, b, seen) {
            return self.set(to, v);
        }
        let (va, vb) = (self.boxed(a), self.boxed(b));
        let v = self.by_subtypes(
            Type::Value,
            (a, b),
            |m, x, y| {
                let r = m.float_op(kind, x, y);
                m.fresh_box(r)
            },
            |m, at, x, y| {
                let r = match kind {
                    Binary::Add => m.b.add_i64(x, y),
                    Binary::Sub => m.b.sub_i64(x, y),
                    Binary::Mul => m.b.mul_i64(x, y),
                    Binary::Mod => {
                        if m.b.func.as_i64(y).is_none_or(|y| y == 0) {
                            let zero = m.int(0);
                            let is_right = m.b.icmp(y, zero, Cc::Ne);
                            m.ask(at, is_right);
                        }
                        m.b.mod_i64(x, y)
                    }
                    _ => {
                        let (x, y) = (m.b.i64_to_f64(x), m.b.i64_to_f64(y));
                        m.float_op(kind, x, y)
                    }
                };
                m.fresh_box(r)
            },
            |m| m.slow_to(to, kind.helper(), &[va, vb]),
        );
        self.set(to, v);
    }

    /// Different ways for two operands that are floats or immediate integers, of which a pair of one of each counts as
    /// floats, and for all others. Raw integers must be small where floats stand for them.
    pub(super) fn by_subtypes(
        &mut self,
        ty: Type,
        (a, b): (InstId, InstId),
        floats: impl FnOnce(&mut Self, InstId, InstId) -> InstId,
        ints: impl FnOnce(&mut Self, &Asking, InstId, InstId) -> InstId,
        slow: impl FnOnce(&mut Self) -> InstId,
    ) -> InstId {
        let at = self.begin_asking(ty);
        let both_float = self.b.new_block_with(&[Type::F64, Type::F64]);
        let [first_float, first_int] = [self.b.new_block(), self.b.new_block()];
        self.branch_on_float(a, first_float, first_int);
        // A float and either.
        let mark = self.mark();
        self.begin_block(first_float);
        let x = self.unboxed_float(a);
        let [second_float, second_int] = [self.b.new_block(), self.b.new_block()];
        self.branch_on_float(b, second_float, second_int);
        let inner = self.mark();
        self.begin_block(second_float);
        let y = self.unboxed_float(b);
        self.b.jump(both_float, &[x, y]);
        self.back_to(inner);
        self.begin_block(second_int);
        let n = self.asked_int(&at, b);
        let y = self.b.i64_to_f64(n);
        self.b.jump(both_float, &[x, y]);
        self.back_to(mark);
        // An integer and either.
        self.begin_block(first_int);
        let n = self.asked_int(&at, a);
        let [second_float, second_int] = [self.b.new_block(), self.b.new_block()];
        self.branch_on_float(b, second_float, second_int);
        let inner = self.mark();
        self.begin_block(second_float);
        let x = self.b.i64_to_f64(n);
        let y = self.unboxed_float(b);
        self.b.jump(both_float, &[x, y]);
        self.back_to(inner);
        self.begin_block(second_int);
        let m = self.asked_int(&at, b);
        let r = ints(self, &at, n, m);
        self.b.jump(at.join, &[r]);
        self.back_to(mark);

        self.begin_block(both_float);
        let (x, y) = (self.b.func.params(both_float)[0], self.b.func.params(both_float)[1]);
        let r = floats(self, x, y);
        self.b.jump(at.join, &[r]);
        self.back_to(mark);

        self.begin_block(at.slow);
        let r = slow(self);
        self.b.jump(at.join, &[r]);
        self.back_to(at.mark);
        self.begin_block(at.join);
        self.b.func.params(at.join)[0]
    }

    /// Whether an operand is an integer that a float may not stand for.
    pub(super) fn is_wide(&self, v: InstId) -> bool {
        self.b.func.ty(v) == Type::I64
            && !matches!(self.b.func.op(v), Ir::GuardInt | Ir::UnboxInt)
            && self.b.func.as_i64(v).is_none_or(|i| Value::small_int(i).is_none())
    }

    /// Goes on at one of two blocks.
    fn branch_on_float(&mut self, v: InstId, float: BlockId, other: BlockId) {
        let is_float = match self.kind_of(v) {
            Static::Float => self.b.const_bool(1),
            Static::Int => self.b.const_bool(0),
            _ => self.b.has_tag(v, Tag::Float),
        };
        self.b.branch(is_float, (float, &[]), (other, &[]));
    }

    fn unboxed_float(&mut self, v: InstId) -> InstId {
        match self.b.func.ty(v) {
            Type::F64 => v,
            // The block is not reached.
            Type::I64 => self.b.const_f64(0.0),
            _ => self.b.unbox_f64(v),
        }
    }

    /// An operand as an immediate integer; whatever else goes the slow way.
    fn asked_int(&mut self, at: &Asking, v: InstId) -> InstId {
        match self.b.func.ty(v) {
            Type::I64 => v,
            Type::F64 => self.int(0),
            _ => {
                let is_int = self.b.has_tag(v, Tag::Int);
                self.ask(at, is_int);
                self.b.unbox_int(v)
            }
        }
    }

    /// The raw form, if types and feedback give one. Guards are made here.
    fn raw_binary(&mut self, kind: Binary, a: InstId, b: InstId, seen: Operands) -> Option<InstId> {
        use Static::{Boxed, Float, Int, Other};
        let kinds = (self.kind_of(a), self.kind_of(b));
        if kinds.0 == Other || kinds.1 == Other {
            return None;
        }
        let has_boxed = kinds.0 == Boxed || kinds.1 == Boxed;
        if has_boxed && seen.others() {
            return None;
        }
        if kind.is_float_only() {
            let (x, y) = (self.float_of(a), self.float_of(b));
            return Some(self.float_op(kind, x, y));
        }
        if kind.is_int_only() {
            if kinds.0 == Float || kinds.1 == Float || (has_boxed && seen.floats()) {
                return None;
            }
            return self.int_op(kind, a, b, seen);
        }
        match kinds {
            (Float, _) | (_, Float) => {
                let (x, y) = (self.float_of(a), self.float_of(b));
                return Some(self.float_op(kind, x, y));
            }
            (Int, Int) => return self.int_op(kind, a, b, seen),
            _ => {}
        }
        if !seen.floats() {
            return self.int_op(kind, a, b, seen);
        }
        if self.is_mixed(a) || self.is_mixed(b) {
            return self.num_op(kind, a, b, seen);
        }
        let (x, y) = self.guard_one_float(a, b);
        let (x, y) = (self.float_of(x), self.float_of(y));
        Some(self.float_op(kind, x, y))
    }

    /// Guards that one of two operands, not both raw and neither known to be a float, is a float.
    pub(super) fn guard_one_float(&mut self, a: InstId, b: InstId) -> (InstId, InstId) {
        let is_param =
            |m: &Self, v: InstId| m.b.func.op(v) == Ir::Param && !m.sample(v).is_some_and(Value::is_float);
        let first = self.kind_of(a) == Static::Boxed
            && (self.kind_of(b) != Static::Boxed || !is_param(self, a) || is_param(self, b));
        if first {
            let x = self.guard_f64(a);
            (x, if b == a { x } else { b })
        } else {
            let y = self.guard_f64(b);
            (if a == b { y } else { a }, y)
        }
    }

    /// The float that a boxed operand must be.
    pub(super) fn guard_f64(&mut self, v: InstId) -> InstId {
        let raw = self.g().guard_f64(v);
        self.refine(v, raw);
        raw
    }

    /// The immediate integer that an operand must be; a raw integer as it is.
    pub(super) fn guard_int(&mut self, v: InstId) -> InstId {
        if self.b.func.ty(v) == Type::I64 {
            return v;
        }
        let raw = self.g().guard_int(v);
        self.refine(v, raw);
        raw
    }

    /// A number as a float, rounded; whatever else leaves.
    pub(super) fn float_of(&mut self, v: InstId) -> InstId {
        match self.b.func.ty(v) {
            Type::F64 => v,
            Type::I64 => self.b.i64_to_f64(v),
            Type::Num => self.b.num_to_f64(v),
            _ => self.g().guard_num_f64(v),
        }
    }

    /// An operand of integer arithmetic.
    pub(super) fn integer_of(&mut self, v: InstId, seen: Operands) -> InstId {
        if self.b.func.ty(v) == Type::I64 {
            return v;
        }
        if !seen.big_ints() {
            return self.guard_int(v);
        }
        let raw = self.g().guard_i64(v);
        self.refine(v, raw);
        raw
    }

    fn int_op(&mut self, kind: Binary, a: InstId, b: InstId, seen: Operands) -> Option<InstId> {
        let shift = self.b.func.as_i64(b);
        if matches!(kind, Binary::Shl | Binary::Shr) && shift.is_some_and(|n| !(0..64).contains(&n)) {
            return None;
        }
        if kind == Binary::Mod && shift == Some(0) {
            return None;
        }
        let x = self.integer_of(a, seen);
        let y = if a == b { x } else { self.integer_of(b, seen) };
        Some(match kind {
            Binary::Add => self.b.add_i64(x, y),
            Binary::Sub => self.b.sub_i64(x, y),
            Binary::Mul => self.b.mul_i64(x, y),
            Binary::And => self.b.and_i64(x, y),
            Binary::Or => self.b.or_i64(x, y),
            Binary::Xor => self.b.xor_i64(x, y),
            Binary::Clear => self.b.and_not_i64(x, y),
            Binary::Mod => {
                let y = if shift.is_some() { y } else { self.g().guard_non_zero(y) };
                self.b.mod_i64(x, y)
            }
            Binary::Shl | Binary::Shr => {
                let n = if shift.is_some() {
                    y
                } else {
                    let limit = self.int(64);
                    self.g().guard_below(y, limit)
                };
                if kind == Binary::Shl { self.b.shl_i64(x, n) } else { self.b.sar_i64(x, n) }
            }
            Binary::Div | Binary::Pow => return None,
        })
    }

    fn float_op(&mut self, kind: Binary, x: InstId, y: InstId) -> InstId {
        match kind {
            Binary::Add => self.b.add_f64(x, y),
            Binary::Sub => self.b.sub_f64(x, y),
            Binary::Mul => self.b.mul_f64(x, y),
            Binary::Div => self.b.div_f64(x, y),
            Binary::Mod => self.b.mod_f64(x, y),
            _ => self.b.pow_f64(x, y),
        }
    }

    /// `-x` and `^x`.
    pub(super) fn unary(&mut self, inst: Inst) {
        let is_neg = inst.op() == Op::Neg;
        let v = self.reg(inst.b());
        let seen = Operands::new(self.feedback());
        let kind = self.kind_of(v);
        let may_speculate = self.may_speculate();
        let may = may_speculate && (kind != Static::Boxed || !seen.others());
        let raw = match kind {
            _ if !may => None,
            Static::Int => Some(v),
            Static::Float => is_neg.then_some(v),
            Static::Boxed if !seen.floats() => Some(self.integer_of(v, seen)),
            Static::Boxed if is_neg && !self.is_mixed(v) => Some(self.guard_f64(v)),
            _ => None,
        };
        let Some(raw) = raw else {
            if is_neg && self.options.speculate && seen.floats() && kind == Static::Boxed {
                let minus = self.int(-1);
                if let Some(v) = self.num_op(Binary::Mul, v, minus, seen) {
                    return self.set(inst.a(), v);
                }
            }
            if may_speculate && is_neg && seen.others() && self.operator_call(Some(Meta::Unm), inst.a(), v, v)
            {
                return;
            }
            let v = self.boxed(v);
            let helper = if is_neg { Helper::Neg } else { Helper::BitNot };
            self.helper_to(inst.a(), helper, &[v]);
            return;
        };
        let r = match (is_neg, self.b.func.ty(raw)) {
            (false, _) => self.b.not_i64(raw),
            (true, Type::F64) => self.b.neg_f64(raw),
            _ => self.b.neg_i64(raw),
        };
        self.set(inst.a(), r);
    }
}
