//! Conditions: what is compared with what, to be jumped on or to be made 0 or 1.

use super::{Select, small};
use crate::asm::Label;
use crate::asm::x64::inst::{AluOp, CmpOp, Inst, Reg, RegImm, RegMem, ShiftOp, Size};
use crate::asm::x64::{Cc, FloatCc};
use crate::ir::func::InstId;
use crate::ir::imm::{self, Fcc, Tag};
use crate::ir::ops::Op;
use crate::regs::VReg;
use runtime::value::{TAG_FUNCTION, TAG_INT, TAG_OBJECT, TAG_SPECIAL, TAG_STRING, TAG_TABLE, Value};

/// A condition, ready to be tested.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cond {
    Int { op: CmpOp, size: Size, cc: Cc, a: RegMem, b: RegImm },
    Float { cc: FloatCc, a: Reg, b: RegMem },
}

impl Cond {
    pub fn negate(self) -> Cond {
        match self {
            Cond::Int { op, size, cc, a, b } => Cond::Int { op, size, cc: cc.negate(), a, b },
            Cond::Float { cc, a, b } => Cond::Float { cc: cc.negate(), a, b },
        }
    }

    /// The jump that is taken if it holds.
    pub fn jump(self, target: Label) -> Inst {
        match self {
            Cond::Int { op, size, cc, a, b } => Inst::CmpJump { op, size, cc, a, b, target },
            Cond::Float { cc, a, b } => Inst::FcmpJump { cc, a, b, target },
        }
    }
}

/// Whether an integer needs more than 64 bits without so many, of which there are at most 30.
pub(super) fn unfit(a: VReg, unused: u8) -> Cond {
    Cond::Int { op: CmpOp::Mul, size: Size::B64, cc: Cc::O, a: a.into(), b: (1 << unused).into() }
}

/// The processor's condition.
pub(super) fn cc_of(cc: imm::Cc) -> Cc {
    match cc {
        imm::Cc::Eq => Cc::E,
        imm::Cc::Ne => Cc::Ne,
        imm::Cc::Lt => Cc::L,
        imm::Cc::Le => Cc::Le,
        imm::Cc::Gt => Cc::G,
        imm::Cc::Ge => Cc::Ge,
        imm::Cc::Below => Cc::B,
        imm::Cc::BelowEq => Cc::Be,
        imm::Cc::Above => Cc::A,
        imm::Cc::AboveEq => Cc::Ae,
    }
}

/// The condition on doubles.
pub(super) fn float_cc_of(cc: Fcc) -> FloatCc {
    match cc {
        Fcc::Eq => FloatCc::Eq,
        Fcc::Ne => FloatCc::Ne,
        Fcc::Lt => FloatCc::Lt,
        Fcc::Le => FloatCc::Le,
        Fcc::Gt => FloatCc::Gt,
        Fcc::Ge => FloatCc::Ge,
        Fcc::Nlt => FloatCc::NotLt,
        Fcc::Nle => FloatCc::NotLe,
        Fcc::Ngt => FloatCc::NotGt,
        Fcc::Nge => FloatCc::NotGe,
    }
}

/// The bits of a tag that is not that of floats.
pub(super) fn tag_bits(tag: Tag) -> Option<u64> {
    match tag {
        Tag::Float => None,
        Tag::Int => Some(TAG_INT),
        Tag::Special => Some(TAG_SPECIAL),
        Tag::Str => Some(TAG_STRING),
        Tag::Table => Some(TAG_TABLE),
        Tag::Callable => Some(TAG_FUNCTION),
        Tag::Object => Some(TAG_OBJECT),
    }
}

impl Select<'_> {
    /// The condition that an operand stands for: itself if it is fused, else its truth value.
    pub(super) fn cond_use(&mut self, inst: InstId) -> Cond {
        if self.is_fused(inst) {
            return self.cond(inst);
        }
        let reg = self.reg(inst);
        Cond::Int { op: CmpOp::Test, size: Size::B32, cc: Cc::Ne, a: reg.into(), b: reg.into() }
    }

    /// The condition that an instruction computes.
    pub(super) fn cond(&mut self, inst: InstId) -> Cond {
        let func = self.func;
        let arg = |i: usize| func.arg(inst, i);
        match func.op(inst) {
            Op::Icmp => self.int_cond(cc_of(func.cc(inst).expect("a comparison")), arg(0), arg(1)),
            Op::SameValue | Op::SameRef => self.int_cond(Cc::E, arg(0), arg(1)),
            Op::Fcmp => self.float_cond(float_cc_of(func.fcc(inst).expect("a comparison")), arg(0), arg(1)),
            Op::HasTag => {
                let v = self.vreg(arg(0));
                self.tag_cond(v, func.tag(inst).expect("a tag"))
            }
            Op::IsNil => {
                let v = self.vreg(arg(0));
                self.word_cond(v, TAG_SPECIAL)
            }
            Op::IsBool => {
                let v = self.vreg(arg(0));
                self.bool_cond(v)
            }
            Op::Truthy => {
                let v = self.vreg(arg(0));
                let nil = self.wide(Value::NIL.bits());
                let rest = self.alu(AluOp::Sub, v, nil);
                Cond::Int { op: CmpOp::Cmp, size: Size::B64, cc: Cc::A, a: rest.into(), b: 1.into() }
            }
            Op::NotBool => self.cond_use(arg(0)).negate(),
            op => unreachable!("{op:?} is no condition"),
        }
    }

    fn int_cond(&mut self, cc: Cc, a: InstId, b: InstId) -> Cond {
        // The second operand is a register or an immediate, the first may be memory.
        let (cc, a, b) = if self.is_fused(b) || self.constant(a).is_some() && self.constant(b).is_none() {
            (cc.swap_operands(), b, a)
        } else {
            (cc, a, b)
        };
        let (op, size) = (CmpOp::Cmp, Size::B64);
        let b_bits = self.constant(b);
        if let Some(bits) = b_bits.filter(|&bits| small(bits).is_none() && self.constant(a).is_none())
            && !self.is_fused(a)
        {
            // Memory is the first operand: the constant from the pool against the register.
            let reg = self.reg(a);
            let pool = self.wide(bits);
            return Cond::Int { op, size, cc: cc.swap_operands(), a: pool, b: reg.into() };
        }
        let a = if self.is_fused(a) { self.reg_mem(a) } else { self.reg(a).into() };
        Cond::Int { op, size, cc, a, b: self.reg_imm(b) }
    }

    fn float_cond(&mut self, cc: FloatCc, a: InstId, b: InstId) -> Cond {
        let is_memory = |s: &Self, i: InstId| s.is_fused(i) || s.constant(i).is_some();
        let (cc, a, b) =
            if is_memory(self, a) && !is_memory(self, b) { (cc.swap_operands(), b, a) } else { (cc, a, b) };
        let a = self.reg(a);
        // Zero is made quicker than it is read.
        let b = if self.constant(b) == Some(0) { self.reg(b).into() } else { self.reg_mem(b) };
        Cond::Float { cc, a, b }
    }

    /// Whether a word is that constant.
    pub(super) fn word_cond(&mut self, v: VReg, bits: u64) -> Cond {
        let pool = self.wide(bits);
        Cond::Int { op: CmpOp::Cmp, size: Size::B64, cc: Cc::E, a: pool, b: v.into() }
    }

    /// Whether a value has a tag.
    pub(super) fn tag_cond(&mut self, v: VReg, tag: Tag) -> Cond {
        match tag_bits(tag) {
            None => {
                let first = self.wide(TAG_INT);
                Cond::Int { op: CmpOp::Cmp, size: Size::B64, cc: Cc::A, a: first, b: v.into() }
            }
            Some(bits) => {
                // A rotation would not ask for a copy, but its comparison of 16 bits and the jump are two operations.
                let top = self.shift(ShiftOp::Shr, v, 48);
                let tag = (bits >> 48) as i32;
                Cond::Int { op: CmpOp::Cmp, size: Size::B32, cc: Cc::E, a: top.into(), b: tag.into() }
            }
        }
    }

    /// Whether a value is `false` or `true`.
    pub(super) fn bool_cond(&mut self, v: VReg) -> Cond {
        let first = self.wide(Value::FALSE.bits());
        let rest = self.alu(AluOp::Sub, v, first);
        Cond::Int { op: CmpOp::Cmp, size: Size::B64, cc: Cc::Be, a: rest.into(), b: 1.into() }
    }

    /// Makes 0 or 1 of a condition.
    pub(super) fn set(&mut self, cond: Cond, dst: VReg) {
        let dst = dst.into();
        self.put(match cond {
            Cond::Int { op, size, cc, a, b } => Inst::CmpSet { op, size, cc, dst, a, b },
            Cond::Float { cc, a, b } => Inst::FcmpSet { cc, dst, a, b },
        });
    }

    /// Leaves by the current snapshot if the condition holds.
    pub(super) fn exit_on(&mut self, cond: Cond) {
        let target = self.exit();
        self.put(cond.jump(target));
    }

    /// `select`: chooses between two words.
    pub(super) fn choose(&mut self, inst: InstId) {
        let func = self.func;
        let (a, b) = (func.arg(inst, 1), func.arg(inst, 2));
        let is_float = func.ty(inst).is_float();
        // Both words first: nothing may come between comparison and choice.
        let (a, b) = (self.vreg(a), self.vreg(b));
        let (a, b) = if is_float { (self.float_bits(a), self.float_bits(b)) } else { (a, b) };
        let dst = if is_float { self.int() } else { self.def(inst) };
        let cond = self.cond_use(func.arg(inst, 0));
        let (cc, op, size, x, y) = match cond {
            Cond::Int { op, size, cc, a, b } => (cc, op, size, a, b),
            Cond::Float { .. } => {
                let is_true = self.int();
                self.set(cond, is_true);
                (Cc::Ne, CmpOp::Test, Size::B32, is_true.into(), is_true.into())
            }
        };
        self.put(Inst::Cmp { op, size, a: x, b: y });
        self.put(Inst::Cmov { cc, size: Size::B64, dst: dst.into(), a: b.into(), b: a.into() });
        if is_float {
            let result = self.def(inst);
            self.put(Inst::FFromBits { dst: result.into(), src: dst.into() });
        }
    }
}
