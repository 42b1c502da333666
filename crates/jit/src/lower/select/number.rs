//! Arithmetic of numbers of any sort, boxed: two floats at once, whatever else in cold code.
//!
//! ```text
//!   both are floats ── no ──► one is a float ── no ──► integers, whose result may be a big one
//!         │                        │                                  │
//!     the floats            both as floats                            │
//!         └────────────────────────┴───────────── join ───────────────┘
//! ```
//!
//! An operand that is an integer by its making is converted before the tests, so that a float beside it needs only its own.

use super::{Select, mach};
use crate::asm::x64::inst::{AluOp, FloatOp, Inst, Size};
use crate::asm::x64::{ARG_INT, reg};
use crate::ir::func::InstId;
use crate::ir::imm::Tag;
use crate::ir::ops::Op;
use crate::lower::mach::BlockNo;
use crate::regs::{PReg, VReg};
use crate::routines;
use runtime::value::Value;

/// What is known of an operand.
#[derive(Clone, Copy)]
enum Operand {
    /// A boxed number of any sort.
    Word(VReg),
    /// An integer.
    Int(VReg),
    /// A constant integer.
    ConstInt(i64),
    /// A float.
    Float(VReg),
}

impl Select<'_> {
    /// `add_num` and its like.
    pub(super) fn num_op(&mut self, inst: InstId) {
        let op = self.func.op(inst);
        let [a, b] = [0, 1].map(|i| self.operand(self.func.arg(inst, i)));
        let has = |is_it: fn(&Operand) -> bool| is_it(&a) || is_it(&b);
        if has(|o| matches!(o, Operand::Float(_))) || !has(|o| matches!(o, Operand::Word(_))) {
            let result = if has(|o| matches!(o, Operand::Float(_))) {
                let (x, y) = (self.as_any_float(a), self.as_any_float(b));
                self.float_result(op, x, y)
            } else {
                let whole = self.int_result(op, a, b);
                self.box_i64(whole)
            };
            return self.bind(inst, result);
        }
        let is_cold = self.m.is_cold();
        let (slow, join) = (self.m.block(), self.m.block());
        let x = self.float_or(a, slow);
        let y = self.float_or(b, slow);
        let quick = self.float_result(op, x, y);
        self.m.jump(join, &[quick]);

        self.begin(slow, true, &[]);
        let (floats, ints) = (self.m.block(), self.m.block());
        self.part_floats(a, floats);
        self.part_floats(b, floats);
        self.m.jump(ints, &[]);
        self.begin(floats, true, &[]);
        let (x, y) = (self.as_any_float(a), self.as_any_float(b));
        let mixed = self.float_result(op, x, y);
        self.m.jump(join, &[mixed]);
        self.begin(ints, true, &[]);
        let whole = self.int_result(op, a, b);
        let whole = self.box_i64(whole);
        self.m.jump(join, &[whole]);
        let dst = self.def(inst);
        self.begin(join, is_cold, &[dst]);
    }

    fn operand(&mut self, inst: InstId) -> Operand {
        if let Some(bits) = self.boxed_constant(inst) {
            let v = Value::from_bits(bits);
            return match (v.as_small_int(), v.as_float()) {
                (Some(i), _) => Operand::ConstInt(i),
                (None, Some(_)) => {
                    let word = self.pool(bits);
                    let x = self.float();
                    self.put(Inst::FLoad { dst: x.into(), mem: word });
                    Operand::Float(x)
                }
                (None, None) => Operand::Word(self.vreg(inst)),
            };
        }
        let root = self.root(inst);
        match self.func.op(root) {
            Op::BoxInt | Op::BoxI64 => Operand::Int(self.vreg(self.func.arg(root, 0))),
            Op::BoxF64 => Operand::Float(self.vreg(self.func.arg(root, 0))),
            _ => Operand::Word(self.vreg(inst)),
        }
    }

    /// The operand as a float if it is one, or was an integer all along; else on at `slow`.
    fn float_or(&mut self, operand: Operand, slow: BlockNo) -> VReg {
        match operand {
            Operand::Word(v) => {
                let cond = self.tag_cond(v, Tag::Float).negate();
                self.part(cond, slow);
                let x = self.float();
                self.put(Inst::FFromBits { dst: x.into(), src: v.into() });
                x
            }
            other => self.as_any_float(other),
        }
    }

    /// Goes on at `target` if the condition holds.
    fn part(&mut self, cond: super::cond::Cond, target: BlockNo) {
        let is_cold = self.m.is_cold();
        let (between, next) = (self.m.block(), self.m.block());
        let jump = cond.jump(mach::block_label(between));
        self.m.branch(jump, between, next);
        self.begin(between, true, &[]);
        self.m.jump(target, &[]);
        self.begin(next, is_cold, &[]);
    }

    /// Goes on at `floats` if the operand is a float.
    fn part_floats(&mut self, operand: Operand, floats: BlockNo) {
        if let Operand::Word(v) = operand {
            let cond = self.tag_cond(v, Tag::Float);
            self.part(cond, floats);
        }
    }

    fn as_any_float(&mut self, operand: Operand) -> VReg {
        match operand {
            Operand::Word(v) => self.any_number(v),
            Operand::Int(i) => self.as_float(i),
            Operand::ConstInt(i) => {
                let mem = self.pool((i as f64).to_bits());
                let x = self.float();
                self.put(Inst::FLoad { dst: x.into(), mem });
                x
            }
            Operand::Float(x) => x,
        }
    }

    fn float_result(&mut self, op: Op, x: VReg, y: VReg) -> VReg {
        let result = self.float();
        let op = match op {
            Op::AddNum => FloatOp::Add,
            Op::SubNum => FloatOp::Sub,
            Op::MulNum => FloatOp::Mul,
            _ => {
                let routine = routines::mod_f64 as *const () as usize;
                let args = [(x, PReg::float(0)), (y, PReg::float(1))];
                self.call_routine(routine, &args, (result, PReg::float(0)));
                return self.float_bits(result);
            }
        };
        self.put(Inst::FAlu { op, dst: result.into(), a: x.into(), b: y.into() });
        self.float_bits(result)
    }

    fn int_result(&mut self, op: Op, a: Operand, b: Operand) -> VReg {
        let [x, y] = [a, b].map(|operand| match operand {
            Operand::Word(v) => self.any_integer(v),
            Operand::Int(i) => i,
            Operand::ConstInt(i) => self.imm(i as u64),
            Operand::Float(_) => unreachable!("a float beside an integer makes a float"),
        });
        match op {
            Op::AddNum => self.alu(AluOp::Add, x, y),
            Op::SubNum => self.alu(AluOp::Sub, x, y),
            Op::MulNum => {
                let dst = self.int();
                self.put(Inst::Imul { size: Size::B64, dst: dst.into(), a: x.into(), b: y.into() });
                dst
            }
            _ => {
                let dst = self.int();
                let routine = routines::mod_i64 as *const () as usize;
                self.call_routine(routine, &[(x, ARG_INT[0]), (y, ARG_INT[1])], (dst, reg::RAX));
                dst
            }
        }
    }
}
