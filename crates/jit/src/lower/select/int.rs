//! Integer arithmetic.
//!
//! Division by a constant is a multiplication by its reciprocal (Granlund and Montgomery, "Division by Invariant Integers
//! using Multiplication", PLDI 1994; the signed form as in Warren, "Hacker's Delight"), with a correction because here
//! quotients are rounded down. Division by a variable is the processor's, of integers or of floats: see `carried`.

use super::Select;
use crate::asm::x64::Cc;
use crate::asm::x64::inst::{AluOp, CmpOp, Extend, FloatOp, Inst, Reg, RegMem, ShiftOp, Size, UnaryOp};
use crate::ir::func::InstId;
use crate::ir::ops::Op;
use crate::regs::VReg;

impl Select<'_> {
    pub(super) fn binary_int(&mut self, inst: InstId) {
        let (op, a, b) = (self.func.op(inst), self.func.arg(inst, 0), self.func.arg(inst, 1));
        let is_commutative = op != Op::SubI64;
        let swap =
            is_commutative && (self.is_fused(a) || self.constant(a).is_some() && self.constant(b).is_none());
        let (a, b) = if swap { (b, a) } else { (a, b) };
        let size = Size::B64;
        match op {
            Op::AddI64 | Op::SubI64 if !self.is_fused(b) => {
                let src = self.reg(a);
                let b = self.reg_imm(b);
                let dst = self.def(inst).into();
                use crate::asm::x64::inst::RegImm;
                match b {
                    RegImm::Imm(imm) if op == Op::SubI64 && imm != i32::MIN => {
                        self.put(Inst::Add { size, dst, a: src, b: (-imm).into() });
                    }
                    b if op == Op::AddI64 => self.put(Inst::Add { size, dst, a: src, b }),
                    RegImm::Imm(imm) => {
                        self.put(Inst::Alu { op: AluOp::Sub, size, dst, a: src, b: imm.into() });
                    }
                    RegImm::Reg(reg) => {
                        self.put(Inst::Alu { op: AluOp::Sub, size, dst, a: src, b: reg.into() });
                    }
                }
            }
            Op::MulI64 => self.multiply(inst, a, b),
            _ => {
                let op = match op {
                    Op::AddI64 => AluOp::Add,
                    Op::SubI64 => AluOp::Sub,
                    Op::AndI64 => AluOp::And,
                    Op::OrI64 => AluOp::Or,
                    _ => AluOp::Xor,
                };
                let a = self.reg(a);
                let b = self.reg_mem_imm(b);
                let dst = self.def(inst).into();
                self.put(Inst::Alu { op, size, dst, a, b });
            }
        }
    }

    fn multiply(&mut self, inst: InstId, a: InstId, b: InstId) {
        let size = Size::B64;
        let src = self.reg(a);
        match self.constant(b).map(|bits| bits as i64) {
            Some(c) if c > 1 && c.count_ones() == 1 => {
                let amount = c.trailing_zeros() as u8;
                let dst = self.def(inst).into();
                self.put(Inst::ShiftImm { op: ShiftOp::Shl, size, dst, a: src, amount });
            }
            Some(c) if i32::try_from(c).is_ok() => {
                let dst = self.def(inst).into();
                self.put(Inst::ImulImm { size, dst, a: src.into(), imm: c as i32 });
            }
            _ => {
                let b = self.reg_mem(b);
                let dst = self.def(inst).into();
                self.put(Inst::Imul { size, dst, a: src, b });
            }
        }
    }

    pub(super) fn and_not(&mut self, inst: InstId) {
        let (a, b) = (self.func.arg(inst, 0), self.func.arg(inst, 1));
        let size = Size::B64;
        let kept = self.reg(a);
        if let Some(mask) = self.constant(b).and_then(|bits| super::small(!bits)) {
            let dst = self.def(inst).into();
            self.put(Inst::Alu { op: AluOp::And, size, dst, a: kept, b: mask.into() });
        } else if self.cx.features.bmi1 {
            let b = self.reg(b);
            let dst = self.def(inst).into();
            self.put(Inst::Andn { size, dst, a: b, b: kept.into() });
        } else {
            let not = self.int();
            let b = self.reg(b);
            self.put(Inst::Unary { op: UnaryOp::Not, size, dst: not.into(), a: b });
            let dst = self.def(inst).into();
            self.put(Inst::Alu { op: AluOp::And, size, dst, a: kept, b: not.into() });
        }
    }

    pub(super) fn unary_int(&mut self, inst: InstId) {
        let size = Size::B64;
        let a = self.reg(self.func.arg(inst, 0));
        match self.func.op(inst) {
            Op::NegI64 | Op::NotI64 => {
                let op = if self.func.op(inst) == Op::NegI64 { UnaryOp::Neg } else { UnaryOp::Not };
                let dst = self.def(inst).into();
                self.put(Inst::Unary { op, size, dst, a });
            }
            Op::AbsI64 => {
                let neg = self.int().into();
                let dst = self.def(inst).into();
                self.put(Inst::Unary { op: UnaryOp::Neg, size, dst: neg, a });
                self.put(Inst::Cmov { cc: Cc::S, size, dst, a: neg, b: a.into() });
            }
            Op::LowU32 => {
                let dst = self.def(inst).into();
                self.put(Inst::Mov { size: Size::B32, dst, src: a });
            }
            _ => {
                let dst = self.def(inst).into();
                self.put(Inst::Extend { ext: Extend::I32, dst, src: a });
            }
        }
    }

    pub(super) fn min_max(&mut self, inst: InstId) {
        let (a, b) = (self.reg(self.func.arg(inst, 0)), self.reg(self.func.arg(inst, 1)));
        let cc = if self.func.op(inst) == Op::MinI64 { Cc::L } else { Cc::G };
        let dst = self.def(inst).into();
        self.put(Inst::Cmp { op: CmpOp::Cmp, size: Size::B64, a: b.into(), b: a.into() });
        self.put(Inst::Cmov { cc, size: Size::B64, dst, a, b: b.into() });
    }

    pub(super) fn shift_int(&mut self, inst: InstId) {
        let (a, n) = (self.func.arg(inst, 0), self.func.arg(inst, 1));
        let (op, size) = match self.func.op(inst) {
            Op::ShlI64 => (ShiftOp::Shl, Size::B64),
            Op::ShrI64 => (ShiftOp::Shr, Size::B64),
            Op::SarI64 => (ShiftOp::Sar, Size::B64),
            _ => (ShiftOp::Rol, Size::B32),
        };
        let a = self.reg(a);
        if let Some(amount) = self.constant(n) {
            let amount = amount as u8 & if size == Size::B32 { 31 } else { 63 };
            let dst = self.def(inst).into();
            self.put(match (op, amount) {
                (_, 0) => Inst::Mov { size, dst, src: a },
                (ShiftOp::Rol, _) if self.cx.features.bmi2 => {
                    Inst::Rorx { size, dst, a: a.into(), amount: 32 - amount }
                }
                _ => Inst::ShiftImm { op, size, dst, a, amount },
            });
            return;
        }
        let amount = self.reg(n);
        let dst = self.def(inst).into();
        self.put(if self.cx.features.bmi2 && op != ShiftOp::Rol {
            Inst::ShiftX { op, size, dst, a: a.into(), amount }
        } else {
            Inst::ShiftCl { op, size, dst, a, amount }
        });
    }

    /// `div_i64` and `mod_i64`.
    pub(super) fn divide(&mut self, inst: InstId) {
        let wants_quotient = self.func.op(inst) == Op::DivI64;
        let (a, b) = (self.func.arg(inst, 0), self.func.arg(inst, 1));
        let divisor = self.constant(b).map(|bits| bits as i64);
        if divisor == Some(0) {
            // A guard before has left. The dividend is not asked for: a constant that nothing uses has no register.
            let dst = self.def(inst).into();
            return self.put(Inst::Imm { dst, value: 0 });
        }
        let n = self.vreg(a);
        match divisor {
            Some(c) if c > 0 && c.count_ones() == 1 => {
                let amount = c.trailing_zeros() as u8;
                let size = Size::B64;
                if !wants_quotient {
                    let mask = self.imm_operand((c - 1) as u64);
                    let dst = self.def(inst).into();
                    self.put(Inst::Alu { op: AluOp::And, size, dst, a: n.into(), b: mask });
                } else {
                    let dst = self.def(inst).into();
                    self.put(match amount {
                        0 => Inst::Mov { size, dst, src: n.into() },
                        _ => Inst::ShiftImm { op: ShiftOp::Sar, size, dst, a: n.into(), amount },
                    });
                }
            }
            Some(c) if c > 1 => {
                let quotient = self.quotient(n, c);
                let result = if wants_quotient { quotient } else { self.rest(n, quotient, c) };
                self.bind(inst, result);
            }
            _ => self.divide_general(inst, n, wants_quotient),
        }
    }

    fn imm_operand(&mut self, bits: u64) -> crate::asm::x64::inst::RegMemImm {
        match super::small(bits) {
            Some(imm) => imm.into(),
            None => self.wide(bits).into(),
        }
    }

    /// The remainder of a division of an integer that is not negative by a constant greater than 1.
    pub(super) fn rest_of_positive(&mut self, n: VReg, c: i64) -> VReg {
        if c.count_ones() == 1 {
            let mask = self.imm_operand((c - 1) as u64);
            let rest = self.int();
            self.put(Inst::Alu { op: AluOp::And, size: Size::B64, dst: rest.into(), a: n.into(), b: mask });
            return rest;
        }
        let q = self.quotient_of_positive(n, c);
        self.rest(n, q, c)
    }

    /// The quotient of a division of an integer that is not negative by a constant greater than 1.
    fn quotient_of_positive(&mut self, n: VReg, c: i64) -> VReg {
        let (magic, amount) = magic(c);
        let factor = self.imm(magic as u64);
        let (lo, hi) = (self.int(), self.int());
        self.put(Inst::MulWide { signed: true, lo: lo.into(), hi: hi.into(), a: n.into(), b: factor.into() });
        let q = if magic < 0 { self.alu(AluOp::Add, hi, n) } else { hi };
        if amount > 0 { self.shift(ShiftOp::Sar, q, amount) } else { q }
    }

    /// What is left of `n` by that quotient.
    fn rest(&mut self, n: VReg, q: VReg, c: i64) -> VReg {
        let (size, product) = (Size::B64, self.int());
        match i32::try_from(c) {
            Ok(imm) => self.put(Inst::ImulImm { size, dst: product.into(), a: q.into(), imm }),
            Err(_) => {
                let divisor = self.wide(c as u64);
                self.put(Inst::Imul { size, dst: product.into(), a: q.into(), b: divisor });
            }
        }
        self.alu(AluOp::Sub, n, product)
    }

    /// The quotient, rounded down, of a division by a constant greater than 1: of a negative integer it is the complement of
    /// the complement's quotient.
    fn quotient(&mut self, n: VReg, c: i64) -> VReg {
        let sign = self.shift(ShiftOp::Sar, n, 63);
        let positive = self.alu(AluOp::Xor, n, sign);
        let q = self.quotient_of_positive(positive, c);
        self.alu(AluOp::Xor, q, sign)
    }

    /// Any divisor: where both operands are small and not negative the short division does, and 0 and -1 are apart.
    fn divide_general(&mut self, inst: InstId, n: VReg, wants_quotient: bool) {
        let divisor = self.func.arg(inst, 1);
        let may_be_zero = self.func.op(divisor) != Op::GuardNonZero && self.constant(divisor).is_none();
        let d = self.vreg(divisor);
        let size = Size::B64;
        let is_cold = self.m.is_cold();
        let [short, other, special, long, join] = std::array::from_fn(|_| self.m.block());
        let result = self.def(inst);
        let both = self.alu(AluOp::Or, n, d);
        let most = self.wide(u64::from(u32::MAX));
        let jump = Inst::CmpJump {
            op: CmpOp::Cmp,
            size,
            cc: Cc::B,
            a: most,
            b: both.into(),
            target: super::mach::block_label(other),
        };
        if !may_be_zero {
            self.m.branch(jump, other, short);
        } else {
            let [small, zero] = std::array::from_fn(|_| self.m.block());
            self.m.branch(jump, other, small);
            self.begin(small, is_cold, &[]);
            let jump = self.cmp(size, Cc::E, d, 0, super::mach::block_label(zero));
            self.m.branch(jump, zero, short);
            self.begin(zero, true, &[]);
            let nothing = self.imm(0);
            self.m.jump(join, &[nothing]);
        }

        self.begin(short, is_cold, &[]);
        // The long way asks for registers of its own, which would cost moves where the short one does not.
        let is_free = self.free_divisions.contains(&inst);
        let value = if is_free {
            self.divide_as_floats(n, d, wants_quotient)
        } else {
            let (quot, rem) = (self.int(), self.int());
            self.div_rem(false, Size::B32, quot, rem, n, d);
            if wants_quotient { quot } else { rem }
        };
        self.m.jump(join, &[value]);

        self.begin(other, is_cold || is_free, &[]);
        // d + 1 is 0 or 1 for the special divisors.
        let next = self.int();
        self.put(Inst::Add { size, dst: next.into(), a: d.into(), b: 1.into() });
        let jump = self.cmp(size, Cc::Be, next, 1, super::mach::block_label(special));
        self.m.branch(jump, special, long);

        self.begin(long, is_cold || is_free, &[]);
        let (quot, rem) = (self.int(), self.int());
        self.div_rem(true, size, quot, rem, n, d);
        // Corrected if the remainder is not 0 and has the other sign than the divisor.
        let (plain, corrected) = if wants_quotient {
            let less = self.int();
            self.put(Inst::Add { size, dst: less.into(), a: quot.into(), b: (-1).into() });
            (quot, less)
        } else {
            let sum = self.int();
            self.put(Inst::Add { size, dst: sum.into(), a: rem.into(), b: d.into() });
            (rem, sum)
        };
        let (signs, chosen, last) = (self.int(), self.int(), self.int());
        let (op, dst) = (AluOp::Xor, signs.into());
        self.put(Inst::Alu { op, size, dst, a: rem.into(), b: d.into() });
        self.put(Inst::Cmp { op: CmpOp::Test, size, a: signs.into(), b: signs.into() });
        self.cmov(Cc::S, chosen, plain, corrected);
        self.put(Inst::Cmp { op: CmpOp::Test, size, a: rem.into(), b: rem.into() });
        self.cmov(Cc::E, last, chosen, plain);
        self.m.jump(join, &[last]);

        self.begin(special, true, &[]);
        // By 0: 0. By -1: the negation, which is the product, and no remainder.
        let value = if wants_quotient {
            let product = self.int();
            self.put(Inst::Imul { size, dst: product.into(), a: n.into(), b: d.into() });
            product
        } else {
            self.imm(0)
        };
        self.m.jump(join, &[value]);
        self.begin(join, is_cold, &[result]);
    }

    /// The quotient or remainder of integers of 32 bits without sign. The quotient of two of them is at least the reciprocal of the
    /// divisor away from the next integer above, if it is none itself, and floats are rounded by less, so it never gets there.
    fn divide_as_floats(&mut self, n: VReg, d: VReg, wants_quotient: bool) -> VReg {
        let (a, b) = (self.as_float(n), self.as_float(d));
        let quotient = self.float();
        self.put(Inst::FAlu { op: FloatOp::Div, dst: quotient.into(), a: a.into(), b: b.into() });
        let q = self.truncated(quotient);
        if wants_quotient {
            return q;
        }
        let product = self.int();
        self.put(Inst::Imul { size: Size::B64, dst: product.into(), a: q.into(), b: d.into() });
        self.alu(AluOp::Sub, n, product)
    }

    fn cmov(&mut self, cc: Cc, dst: VReg, a: VReg, b: VReg) {
        self.put(Inst::Cmov { cc, size: Size::B64, dst: dst.into(), a: a.into(), b: b.into() });
    }

    fn div_rem(&mut self, signed: bool, size: Size, quot: VReg, rem: VReg, a: VReg, b: VReg) {
        let [quot, rem, a]: [Reg; 3] = [quot.into(), rem.into(), a.into()];
        let b: RegMem = b.into();
        self.put(Inst::DivRem { signed, size, quot, rem, a, b });
    }
}

/// Factor and shift for a truncated division by `d`, which is not -1, 0, 1.
fn magic(d: i64) -> (i64, u8) {
    const HALF: u64 = 1 << 63;
    let ad = d.unsigned_abs();
    let t = HALF + (d as u64 >> 63);
    let anc = t - 1 - t % ad;
    let mut p = 63;
    let (mut q1, mut r1) = (HALF / anc, HALF % anc);
    let (mut q2, mut r2) = (HALF / ad, HALF % ad);
    loop {
        p += 1;
        (q1, r1) = (q1.wrapping_mul(2), r1.wrapping_mul(2));
        if r1 >= anc {
            (q1, r1) = (q1.wrapping_add(1), r1 - anc);
        }
        (q2, r2) = (q2.wrapping_mul(2), r2.wrapping_mul(2));
        if r2 >= ad {
            (q2, r2) = (q2.wrapping_add(1), r2 - ad);
        }
        let delta = ad - r2;
        if !(q1 < delta || q1 == delta && r1 == 0) {
            break;
        }
    }
    let factor = (q2.wrapping_add(1)) as i64;
    (if d < 0 { factor.wrapping_neg() } else { factor }, (p - 64) as u8)
}
