//! Boxes: values from words and words from values, with the guards of tags.
//!
//! Floats and immediate integers are the smallest words, in this order, so one unsigned comparison tells either from the
//! rest. Big integers are rare: whatever has to do with them is cold.

use super::cond::unfit;
use super::{Select, small};
use crate::asm::x64::Cc;
use crate::asm::x64::inst::{AluOp, Amode, CallTarget, CmpOp, Extend, Inst, ShiftOp, Size};
use crate::asm::x64::reg;
use crate::ir::func::InstId;
use crate::ir::imm::Tag;
use crate::ir::ops::Op;
use crate::ir::types::Type;
use crate::regs::{PRegSet, VReg};
use runtime::layout::{HEADER_AUX, HEADER_KIND};
use runtime::object::{BigInt, Kind};
use runtime::value::{PAYLOAD_MASK, TAG_INT, TAG_OBJECT, TAG_SPECIAL, Value};
use std::mem::offset_of;
use vm::userdata::layout as userdata;

/// What becomes of a value that is no big integer either.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Otherwise {
    /// There are no others.
    Impossible,
    /// The current snapshot is where to leave.
    Exit,
}

impl Select<'_> {
    // Words of values.

    /// The bits of a double.
    pub(super) fn float_bits(&mut self, x: VReg) -> VReg {
        let dst = self.int();
        self.put(Inst::FToBits { dst: dst.into(), src: x.into() });
        dst
    }

    /// An integer that fits 48 bits, boxed.
    fn box_small(&mut self, a: VReg) -> VReg {
        let mask = self.wide(PAYLOAD_MASK);
        let payload = self.alu(AluOp::And, a, mask);
        let tag = self.wide(TAG_INT);
        self.alu(AluOp::Or, payload, tag)
    }

    /// Any integer, boxed.
    pub(super) fn box_i64(&mut self, a: VReg) -> VReg {
        let (dst, big) = (self.int(), self.int());
        let small = self.box_small(a);
        self.detour(
            |_, target| unfit(a, 16).jump(target),
            &[small],
            &[dst],
            |s| {
                s.call_quiet(s.cx.stubs.big_int, a, Some(big));
                vec![big]
            },
        );
        dst
    }

    /// Calls a stub that keeps all registers but rax.
    pub(super) fn call_quiet(&mut self, stub: usize, arg: VReg, result: Option<VReg>) {
        let defs: Vec<_> = result.into_iter().map(|r| (r, reg::RAX)).collect();
        let clobbers = reg::RAX.set();
        let target = CallTarget::Address(stub as u64);
        let id = self.m.calls.add(target, 0, &[(arg, reg::RAX)], &defs, clobbers);
        debug_assert!(
            self.m.calls.get(id).clobbers == if result.is_some() { PRegSet::EMPTY } else { clobbers }
        );
        self.put(Inst::Call { id });
    }

    /// A result boxed, in a register.
    pub(super) fn boxed(&mut self, inst: InstId) -> VReg {
        let ty = self.func.ty(inst);
        if let Some(bits) = self.boxed_constant(inst) {
            return self.imm(bits);
        }
        if let Some(word) = self.boxed_source(inst, ty) {
            return word;
        }
        let vreg = self.vreg(inst);
        self.boxed_word(vreg, ty, self.func.op(self.root(inst)) == Op::BitsF64)
    }

    /// The word that a number was unboxed from, which boxing it gives again.
    fn number_source(&self, boxing: Op, arg: InstId) -> Option<InstId> {
        let root = self.root(arg);
        let is_pair = match boxing {
            Op::BoxInt | Op::BoxI64 => matches!(self.func.op(root), Op::GuardInt | Op::UnboxInt),
            Op::BoxF64 => matches!(self.func.op(root), Op::GuardF64 | Op::UnboxF64),
            _ => false,
        };
        let source = is_pair.then(|| self.func.arg(root, 0))?;
        (self.vregs[self.root(source).index()].is_some() && !self.is_fused(source)).then_some(source)
    }

    /// The boxed word that a reference came from, with the same tag.
    fn boxed_source(&mut self, inst: InstId, ty: Type) -> Option<VReg> {
        let root = self.root(inst);
        let same_tag = ty.tag().is_some() && ty.tag() == self.func.ty(root).tag();
        match self.func.op(root) {
            Op::Callee if same_tag => Some(self.load(Extend::Full, Amode::base(crate::lower::BASE, -24))),
            op if op.is_ref_of_value() && same_tag => {
                let source = self.func.arg(root, 0);
                self.constant(source).is_none().then(|| self.vreg(source))
            }
            _ => None,
        }
    }

    /// A word of a type as a value. `is_raw`: a double may have any NaN.
    fn boxed_word(&mut self, vreg: VReg, ty: Type, is_raw: bool) -> VReg {
        match ty {
            Type::I64 => self.box_i64(vreg),
            Type::F64 => {
                let bits = self.float_bits(vreg);
                if is_raw { self.canonical(bits) } else { bits }
            }
            Type::Bool => {
                let first = self.wide(Value::FALSE.bits());
                self.alu(AluOp::Add, vreg, first)
            }
            _ => match ty.tag() {
                None => vreg,
                Some(tag) => {
                    let tag = self.wide(tag);
                    self.alu(AluOp::Or, vreg, tag)
                }
            },
        }
    }

    /// The boxed bits of a constant; `None` if it is none, or if boxing it needs memory.
    pub(super) fn boxed_constant(&self, inst: InstId) -> Option<u64> {
        let bits = self.constant(inst)?;
        match self.func.ty(inst) {
            Type::I64 => Some(Value::small_int(bits as i64)?.bits()),
            Type::F64 => Some(Value::float(f64::from_bits(bits)).bits()),
            Type::Bool => Some(Value::bool(bits != 0).bits()),
            ty => Some(bits | ty.tag().unwrap_or(0)),
        }
    }

    /// The bits of a double, with the canonical NaN for those that look like a tag.
    pub(super) fn canonical(&mut self, bits: VReg) -> VReg {
        let (dst, first) = (self.int(), self.wide(TAG_INT));
        let nan = self.wide(0x7FF8 << 48);
        self.put(Inst::Cmp { op: CmpOp::Cmp, size: Size::B64, a: first, b: bits.into() });
        self.put(Inst::Cmov { cc: Cc::Be, size: Size::B64, dst: dst.into(), a: bits.into(), b: nan });
        dst
    }

    /// The payload of an immediate integer, with its sign.
    fn payload_int(&mut self, v: VReg, dst: VReg) {
        let up = self.shift(ShiftOp::Shl, v, 16);
        let (op, size, dst, a) = (ShiftOp::Sar, Size::B64, dst.into(), up.into());
        self.put(Inst::ShiftImm { op, size, dst, a, amount: 16 });
    }

    /// The address in a reference with that tag.
    pub(super) fn address(&mut self, v: VReg, tag: u64) -> VReg {
        let tag = self.wide(tag);
        self.alu(AluOp::Xor, v, tag)
    }

    pub(super) fn boxing(&mut self, inst: InstId) {
        let arg = self.func.arg(inst, 0);
        let op = self.func.op(inst);
        if op == Op::UnboxF64 && self.is_fused(arg) {
            let mem = self.fused_amode(arg);
            let dst = self.def(inst).into();
            self.put(Inst::FLoad { dst, mem });
            return;
        }
        if op == Op::BoxRef {
            let boxed = self.boxed(arg);
            return self.bind(inst, boxed);
        }
        if let Some(source) = self.number_source(op, arg) {
            return self.alias(inst, source);
        }
        let v = self.vreg(arg);
        let result = match op {
            Op::BoxInt => self.box_small(v),
            Op::BoxI64 => self.box_i64(v),
            Op::BoxF64 => self.float_bits(v),
            Op::BoxRawF64 => {
                let bits = self.float_bits(v);
                self.canonical(bits)
            }
            Op::BoxBool => self.boxed_word(v, Type::Bool, false),
            Op::UnboxInt => {
                let dst = self.int();
                self.payload_int(v, dst);
                dst
            }
            Op::UnboxF64 => {
                let dst = self.float();
                self.put(Inst::FFromBits { dst: dst.into(), src: v.into() });
                dst
            }
            Op::UnboxBool => {
                let first = self.wide(Value::FALSE.bits());
                self.alu(AluOp::Sub, v, first)
            }
            Op::UnboxI64 => self.integer(v, Otherwise::Impossible),
            Op::GuardI64 => self.integer(v, Otherwise::Exit),
            Op::NumToF64 => self.number(v, Otherwise::Impossible),
            Op::GuardNumF64 => self.number(v, Otherwise::Exit),
            // `unbox_ref`
            _ => match self.func.ty(inst).tag() {
                Some(tag) => self.address(v, tag),
                None => {
                    let mask = self.wide(PAYLOAD_MASK);
                    self.alu(AluOp::And, v, mask)
                }
            },
        };
        self.bind(inst, result);
    }

    /// In cold code: the value is a big integer, or `otherwise`. Its integer.
    fn big(&mut self, v: VReg, otherwise: Otherwise) -> VReg {
        if otherwise == Otherwise::Exit {
            let is_object = self.tag_cond(v, Tag::Object);
            self.exit_on(is_object.negate());
        }
        let object = self.address(v, TAG_OBJECT);
        if otherwise == Otherwise::Exit {
            let kind = Amode::base(object, HEADER_KIND as i32);
            self.exit_if(Size::B8, Cc::Ne, kind, Kind::BigInt as i32);
        }
        self.load(Extend::Full, Amode::base(object, offset_of!(BigInt, value) as i32))
    }

    /// The integer of an immediate or big one.
    fn integer(&mut self, v: VReg, otherwise: Otherwise) -> VReg {
        let (small, dst) = (self.int(), self.int());
        let is_int = self.tag_cond(v, Tag::Int);
        self.payload_int(v, small);
        self.detour(
            |_, target| is_int.negate().jump(target),
            &[small],
            &[dst],
            |s| vec![s.big(v, otherwise)],
        );
        dst
    }

    /// The integer of a value that is one.
    pub(super) fn any_integer(&mut self, v: VReg) -> VReg {
        self.integer(v, Otherwise::Impossible)
    }

    /// The float that a value stands for that is a number.
    pub(super) fn any_number(&mut self, v: VReg) -> VReg {
        self.number(v, Otherwise::Impossible)
    }

    /// A number as a float: floats at once, the rest in cold code.
    fn number(&mut self, v: VReg, otherwise: Otherwise) -> VReg {
        let (x, dst) = (self.float(), self.float());
        let is_float = self.tag_cond(v, Tag::Float);
        self.put(Inst::FFromBits { dst: x.into(), src: v.into() });
        self.detour(
            |_, target| is_float.negate().jump(target),
            &[x],
            &[dst],
            |s| {
                let i = s.integer(v, otherwise);
                let x = s.float();
                s.put(Inst::IntToFloat { size: Size::B64, dst: x.into(), a: i.into() });
                vec![x]
            },
        );
        dst
    }

    /// `is_integer` and `is_num`.
    pub(super) fn is_number(&mut self, inst: InstId) {
        let v = self.vreg(self.func.arg(inst, 0));
        let yes = self.imm(1);
        let dst = self.def(inst);
        let cond = if self.func.op(inst) == Op::IsInteger {
            self.tag_cond(v, Tag::Int)
        } else {
            self.below_special(v)
        };
        self.detour(|_, target| cond.negate().jump(target), &[yes], &[dst], |s| vec![s.is_big(v)]);
    }

    fn below_special(&mut self, v: VReg) -> super::cond::Cond {
        let limit = self.wide(TAG_SPECIAL);
        super::cond::Cond::Int { op: CmpOp::Cmp, size: Size::B64, cc: Cc::A, a: limit, b: v.into() }
    }

    /// In cold code: whether a value is a big integer.
    fn is_big(&mut self, v: VReg) -> VReg {
        let is_object = self.tag_cond(v, Tag::Object);
        let (no, dst) = (self.imm(0), self.int());
        self.detour(
            |_, target| is_object.jump(target),
            &[no],
            &[dst],
            |s| {
                let object = s.address(v, TAG_OBJECT);
                let kind = Amode::base(object, HEADER_KIND as i32);
                let is_big = s.int();
                s.put(Inst::CmpSet {
                    op: CmpOp::Cmp,
                    size: Size::B8,
                    cc: Cc::E,
                    dst: is_big.into(),
                    a: kind.into(),
                    b: (Kind::BigInt as i32).into(),
                });
                vec![is_big]
            },
        );
        dst
    }

    /// Guards of what the word of a value tells.
    pub(super) fn guard_tag(&mut self, inst: InstId) {
        let arg = self.func.arg(inst, 0);
        let v = self.vreg(arg);
        let op = self.func.op(inst);
        let tag = match op {
            Op::GuardInt => Tag::Int,
            Op::GuardF64 => Tag::Float,
            Op::GuardTable => Tag::Table,
            Op::GuardStr => Tag::Str,
            Op::GuardCallable => Tag::Callable,
            Op::GuardObject | Op::GuardUserdata => Tag::Object,
            Op::GuardBool => {
                let first = self.wide(Value::FALSE.bits());
                let rest = self.alu(AluOp::Sub, v, first);
                self.exit_if(Size::B64, Cc::A, rest, 1);
                return self.bind(inst, rest);
            }
            Op::GuardSmallNum => {
                let cond = self.below_special(v);
                self.exit_on(cond.negate());
                return self.alias(inst, arg);
            }
            _ => {
                // `guard_num`
                let cond = self.below_special(v);
                self.detour(
                    |_, target| cond.negate().jump(target),
                    &[],
                    &[],
                    |s| {
                        s.big(v, Otherwise::Exit);
                        Vec::new()
                    },
                );
                return self.alias(inst, arg);
            }
        };
        let cond = self.tag_cond(v, tag);
        self.exit_on(cond.negate());
        match op {
            Op::GuardInt => {
                let dst = self.def(inst);
                self.payload_int(v, dst);
            }
            Op::GuardF64 => {
                let dst = self.def(inst).into();
                self.put(Inst::FFromBits { dst, src: v.into() });
            }
            _ => {
                let bits = super::cond::tag_bits(tag).expect("references have a tag");
                let object = self.address(v, bits);
                if op == Op::GuardUserdata {
                    let kind = Amode::base(object, HEADER_KIND as i32);
                    self.exit_if(Size::B8, Cc::Ne, kind, Kind::Foreign as i32);
                    let aux = Amode::base(object, HEADER_AUX as i32);
                    self.exit_if(Size::B8, Cc::Ne, aux, i32::from(userdata::USERDATA_AUX));
                }
                if op == Op::GuardObject {
                    let kind = Amode::base(object, HEADER_KIND as i32);
                    self.exit_if(Size::B8, Cc::Ne, kind, self.func.imm(inst) as i32);
                }
                self.bind(inst, object);
            }
        }
    }

    /// Guards whose result is their operand's word.
    pub(super) fn guard_same(&mut self, inst: InstId) {
        let arg = self.func.arg(inst, 0);
        let (op, imm) = (self.func.op(inst), self.func.imm(inst));
        let is_float = self.func.ty(self.root(arg)).is_float();
        let word = |s: &mut Self| {
            match s.float_word.take() {
                Some((load, word)) if load == arg => return word,
                _ => {}
            }
            let v = s.vreg(arg);
            if is_float { s.float_bits(v) } else { v }
        };
        match op {
            Op::GuardValue => {
                let v = self.vreg(arg);
                let cond = self.word_cond(v, imm);
                self.exit_on(cond.negate());
            }
            Op::GuardNil | Op::GuardNotNil | Op::GuardNotHole => {
                let v = word(self);
                let cond = self.word_cond(v, TAG_SPECIAL);
                self.exit_on(if op == Op::GuardNil { cond.negate() } else { cond });
            }
            Op::GuardNonZero => {
                let a = self.vreg(arg);
                self.exit_if(Size::B64, Cc::E, a, 0);
            }
            Op::GuardBounds | Op::GuardBelow => {
                let limit = self.func.arg(inst, 1);
                // The limit is the first operand, as it may be memory.
                let cc = if op == Op::GuardBounds { Cc::B } else { Cc::Be };
                match self.constant(limit).and_then(small).filter(|_| !self.is_fused(limit)) {
                    Some(imm) => {
                        let index = self.vreg(arg);
                        self.exit_if(Size::B64, cc.swap_operands(), index, imm);
                    }
                    None => {
                        let index = self.reg_imm(arg);
                        let limit =
                            if self.is_fused(limit) { self.reg_mem(limit) } else { self.reg(limit).into() };
                        self.exit_if(Size::B64, cc, limit, index);
                    }
                }
            }
            _ => {
                // `guard_fits`
                let unused = 64 - (imm as u32).clamp(1, 64);
                if unused > 0 {
                    let a = self.vreg(arg);
                    if unused <= 30 {
                        self.exit_on(unfit(a, unused as u8));
                    } else {
                        let fitted = if unused == 32 {
                            let dst = self.int();
                            self.put(Inst::Extend { ext: Extend::I32, dst: dst.into(), src: a.into() });
                            dst
                        } else {
                            let up = self.shift(ShiftOp::Shl, a, unused as u8);
                            self.shift(ShiftOp::Sar, up, unused as u8)
                        };
                        self.exit_if(Size::B64, Cc::Ne, fitted, a);
                    }
                }
            }
        }
        self.alias(inst, arg);
    }
}
