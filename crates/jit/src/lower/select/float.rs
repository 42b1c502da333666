//! Arithmetic of doubles and conversions.

use super::Select;
use crate::asm::x64::inst::{FloatOp, Inst, RoundMode, Size};
use crate::asm::x64::{ARG_INT, Cc, FloatCc, reg};
use crate::ir::func::InstId;
use crate::ir::imm::Fcc;
use crate::ir::ops::Op;
use crate::regs::{PReg, VReg};
use crate::routines;

impl Select<'_> {
    pub(super) fn binary_float(&mut self, inst: InstId) {
        let (op, a, b) = (self.func.op(inst), self.func.arg(inst, 0), self.func.arg(inst, 1));
        let is_memory = |s: &Self, i: InstId| s.is_fused(i) || s.constant(i).is_some();
        let is_commutative = matches!(op, Op::AddF64 | Op::MulF64);
        let (a, b) =
            if is_commutative && is_memory(self, a) && !is_memory(self, b) { (b, a) } else { (a, b) };
        let op = match op {
            Op::AddF64 => FloatOp::Add,
            Op::SubF64 => FloatOp::Sub,
            Op::MulF64 => FloatOp::Mul,
            Op::DivF64 => FloatOp::Div,
            Op::MinF64 | Op::MaxF64 => {
                // The second operand is what the processor gives unless the comparison holds.
                let (a, b) = (self.reg(a), self.reg(b));
                let dst = self.def(inst).into();
                let op = if op == Op::MinF64 { FloatOp::Min } else { FloatOp::Max };
                return self.put(Inst::FAlu { op, dst, a: b, b: a.into() });
            }
            op => unreachable!("{op:?}"),
        };
        let a = self.reg(a);
        let b = self.reg_mem(b);
        let dst = self.def(inst).into();
        self.put(Inst::FAlu { op, dst, a, b });
    }

    pub(super) fn unary_float(&mut self, inst: InstId) {
        let (op, arg) = (self.func.op(inst), self.func.arg(inst, 0));
        let has_rounding = self.cx.features.sse41;
        match op {
            Op::SqrtF64 => {
                let a = self.reg_mem(arg);
                let dst = self.def(inst).into();
                self.put(Inst::FSqrt { dst, a });
            }
            Op::NegF64 | Op::AbsF64 => {
                let a = self.reg(arg);
                let dst = self.def(inst).into();
                self.put(if op == Op::NegF64 { Inst::FNeg { dst, a } } else { Inst::FAbs { dst, a } });
            }
            _ => {
                let (mode, routine) = match op {
                    Op::FloorF64 => (RoundMode::Floor, routines::floor_f64 as *const () as usize),
                    Op::CeilF64 => (RoundMode::Ceil, routines::ceil_f64 as *const () as usize),
                    _ => (RoundMode::Trunc, routines::trunc_f64 as *const () as usize),
                };
                if !has_rounding {
                    return self.call_floats(inst, routine);
                }
                let a = self.reg_mem(arg);
                let dst = self.def(inst).into();
                self.put(Inst::FRound { mode, dst, a });
            }
        }
    }

    /// Calls a routine with the operands, which are floats as the result is.
    pub(super) fn call_floats(&mut self, inst: InstId, routine: usize) {
        let mut args: Vec<(VReg, PReg)> = Vec::with_capacity(3);
        for (i, &arg) in self.func.args(inst).iter().enumerate() {
            args.push((self.vreg(arg), PReg::float(i as u8)));
        }
        let dst = self.def(inst);
        self.call_routine(routine, &args, (dst, PReg::float(0)));
    }

    /// `a % b`. Where the divisor is a whole number that is known, and the float a positive whole number, the remainder of
    /// the integers is exact.
    pub(super) fn mod_float(&mut self, inst: InstId) {
        let routine = routines::mod_f64 as *const () as usize;
        let (a, b) = (self.func.arg(inst, 0), self.func.arg(inst, 1));
        let divisor = self.constant(b).map(f64::from_bits);
        let Some(divisor) = divisor.filter(|d| (2.0..=4_294_967_296.0).contains(d) && d.trunc() == *d) else {
            return self.call_floats(inst, routine);
        };
        let x = self.vreg(a);
        let is_cold = self.m.is_cold();
        let (slow, join) = (self.m.block(), self.m.block());
        let n = self.truncated(x);
        // Whatever is out of range became the smallest integer.
        self.leave_to(slow, Size::B64, Cc::Le, n, 0);
        let back = self.as_float(n);
        let (between, next) = (self.m.block(), self.m.block());
        let target = super::mach::block_label(between);
        let jump = Inst::FcmpJump { cc: FloatCc::Ne, a: back.into(), b: x.into(), target };
        self.m.branch(jump, between, next);
        self.begin(between, true, &[]);
        self.m.jump(slow, &[]);
        self.begin(next, is_cold, &[]);
        let rest = self.rest_of_positive(n, divisor as i64);
        let quick = self.as_float(rest);
        self.m.jump(join, &[quick]);
        self.begin(slow, true, &[]);
        let y = self.vreg(b);
        let exact = self.float();
        self.call_routine(routine, &[(x, PReg::float(0)), (y, PReg::float(1))], (exact, PReg::float(0)));
        self.m.jump(join, &[exact]);
        let dst = self.def(inst);
        self.begin(join, is_cold, &[dst]);
    }

    pub(super) fn truncated(&mut self, x: VReg) -> VReg {
        let dst = self.int();
        self.put(Inst::FloatToInt { size: Size::B64, round: false, dst: dst.into(), a: x.into() });
        dst
    }

    pub(super) fn as_float(&mut self, i: VReg) -> VReg {
        let dst = self.float();
        self.put(Inst::IntToFloat { size: Size::B64, dst: dst.into(), a: i.into() });
        dst
    }

    pub(super) fn convert(&mut self, inst: InstId) {
        let arg = self.func.arg(inst, 0);
        let a = self.vreg(arg);
        match self.func.op(inst) {
            Op::I64ToF64 => {
                let x = self.as_float(a);
                self.bind(inst, x);
            }
            Op::F64Bits => {
                let bits = self.float_bits(a);
                self.bind(inst, bits);
            }
            Op::BitsF64 => {
                let dst = self.def(inst).into();
                self.put(Inst::FFromBits { dst, src: a.into() });
            }
            Op::F64ToI64 => {
                // The smallest integer stands for whatever is out of range; less one it overflows.
                let (i, dst, exact) = (self.truncated(a), self.def(inst), self.int());
                self.detour(
                    |s, target| s.cmp(Size::B64, Cc::O, i, 1, target),
                    &[i],
                    &[dst],
                    |s| {
                        let args = [(a, PReg::float(0))];
                        s.call_routine(routines::f64_to_i64 as *const () as usize, &args, (exact, reg::RAX));
                        vec![exact]
                    },
                );
            }
            Op::F64IsInt => {
                let i = self.truncated(a);
                let x = self.as_float(i);
                let dst = self.def(inst).into();
                self.put(Inst::FcmpSet { cc: FloatCc::Eq, dst, a: a.into(), b: x.into() });
            }
            // `guard_f64_int`
            _ => {
                let i = self.truncated(a);
                let x = self.as_float(i);
                let target = self.exit();
                self.put(Inst::FcmpJump { cc: FloatCc::Ne, a: x.into(), b: a.into(), target });
                self.bind(inst, i);
            }
        }
    }

    /// A comparison of an integer and a float: of floats, where the integer is one exactly.
    pub(super) fn compare_mixed(&mut self, inst: InstId) {
        let (a, b) = (self.vreg(self.func.arg(inst, 0)), self.vreg(self.func.arg(inst, 1)));
        let cc = self.func.fcc(inst).unwrap_or(Fcc::Eq);
        let x = self.as_float(a);
        let back = self.truncated(x);
        let (quick, slow, dst) = (self.int(), self.int(), self.def(inst));
        let cond = super::cond::Cond::Float { cc: super::cond::float_cc_of(cc), a: x.into(), b: b.into() };
        self.set(cond, quick);
        self.detour(
            |s, target| s.cmp(Size::B64, Cc::Ne, back, a, target),
            &[quick],
            &[dst],
            |s| {
                let number = s.imm(cc as u64);
                let args = [(a, ARG_INT[0]), (number, ARG_INT[1]), (b, PReg::float(0))];
                s.call_routine(routines::cmp_mixed as *const () as usize, &args, (slow, reg::RAX));
                vec![slow]
            },
        );
    }
}
