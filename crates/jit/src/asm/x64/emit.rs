//! One allocated `Inst` to one or a few forms of the processor.
//!
//! Chooses the shortest form that does what the instruction says: 32-bit operations where the upper half is known,
//! `test r, r` for a comparison with 0, nothing at all where the flags are those of that result already, sign-extended bytes,
//! two-byte VEX. Where several steps are needed, an output is
//! written only after the last input was read, or where the allocator was told otherwise (`operands`).

use super::buffer::CodeBuffer;
use super::encode::{Map, Mem, Op, Pp, Rm};
use super::inst::{
    AluOp, Amode, BitsOp, CallSites, CallTarget, CmpOp, Extend, FloatOp, FmaOp, Inst, Reg, RegImm, RegMem,
    RegMemImm, Scale, ShiftOp, Size, UnaryOp,
};
use super::{Cc, Features, FloatCc};
use crate::asm::Code;

const RSP: u8 = 4;
const RDX: u8 = 2;

/// What the emitter must know of the frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Frame {
    /// Offset of spill slot 0 from `rsp`, as it stands wherever slots are used.
    pub spill_base: i32,
}

/// Emits one function.
pub struct Assembler {
    /// Labels, pool and tables; the lowerer calls it directly for those.
    pub buffer: CodeBuffer,
    features: Features,
    frame: Frame,
    /// The register with the result that the flags tell to be 0 or not, and its width, for whatever comes at this place.
    tested: Option<(u8, Size, u32)>,
}

/// How unordered operands take part in a condition.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parity {
    /// The condition alone is right.
    Ignored,
    /// Ordered, and the condition.
    And,
    /// Unordered, or the condition.
    Or,
}

impl Assembler {
    /// An empty function of about `insts` instructions.
    pub fn new(features: Features, frame: Frame, insts: usize) -> Assembler {
        Assembler { buffer: CodeBuffer::with_capacity(insts * 8 + 64), features, frame, tested: None }
    }

    /// The finished code; exit stubs jump to `exit_routine`.
    pub fn finish(self, exit_routine: u64) -> Code {
        self.buffer.finish(exit_routine)
    }

    /// Appends `inst`, all of whose registers are physical.
    ///
    /// # Panics
    /// If a register is virtual, a tied output is elsewhere than its input, or a width is not one the instruction has.
    pub fn emit(&mut self, inst: &Inst, calls: &CallSites) {
        self.buffer.say(inst);
        self.encode(inst, calls);
        self.tested = match *inst {
            Inst::Alu { op, size, dst, .. } if !matches!(op, AluOp::Adc | AluOp::Sbb) => Some((dst, size)),
            Inst::ShiftImm {
                op: ShiftOp::Shl | ShiftOp::Shr | ShiftOp::Sar, size, dst, amount: 1.., ..
            } => Some((dst, size)),
            _ => None,
        }
        .map(|(dst, size)| (dst.hw(), size, self.buffer.len()));
    }

    /// Whether the instruction before has set the flags as a comparison of this register with 0 would, as far as equality
    /// goes, and nothing leads between the two.
    fn is_tested(&self, size: Size, a: Rm) -> bool {
        let is_it = |(reg, of, at): (u8, Size, u32)| {
            let is_wide = of == size || (of, size) == (Size::B32, Size::B64);
            matches!(a, Rm::Reg(a) if a == reg) && is_wide && self.buffer.runs_on(at)
        };
        self.tested.is_some_and(is_it)
    }

    fn encode(&mut self, inst: &Inst, calls: &CallSites) {
        match *inst {
            Inst::Mov { size, dst, src } => self.int_rm(0x8b, size, dst.hw(), Rm::Reg(src.hw()), 0),
            Inst::Imm { dst, value } => self.load_imm(dst.hw(), value),
            Inst::Zero { dst } => self.zero(dst.hw()),
            Inst::Load { ext, dst, mem } => self.load(ext, dst.hw(), Rm::Mem(self.mem(mem))),
            Inst::Extend { ext, dst, src } => self.load(ext, dst.hw(), Rm::Reg(src.hw())),
            Inst::Store { size, mem, src } => self.store(size, self.mem(mem), src),
            Inst::Lea { size, dst, mem } => self.int_rm(0x8d, size, dst.hw(), Rm::Mem(self.mem(mem)), 0),
            Inst::LeaLabel { dst, label } => {
                self.int_rm(0x8d, Size::B64, dst.hw(), Rm::Mem(Mem::Label(label)), 0);
            }
            Inst::Xchg { a, b } => self.int_rm(0x87, Size::B64, a.hw(), Rm::Reg(b.hw()), 0),
            Inst::CopySlot { to, from } => {
                // The address of the pop is taken after rsp is back, so both offsets are those of the frame.
                self.int_rm(0xff, Size::B32, 6, Rm::Mem(self.mem(Amode::Spill(from))), 0);
                self.int_rm(0x8f, Size::B32, 0, Rm::Mem(self.mem(Amode::Spill(to))), 0);
            }
            Inst::Alu { op, size, dst, a, b } => {
                tied(dst, a);
                self.alu(op, size, dst.hw(), b);
            }
            Inst::AluMem { op, size, mem, b } => {
                let mem = Rm::Mem(self.mem(mem));
                match b {
                    RegImm::Reg(reg) => self.int_rm((op as u8) << 3 | 1, size, reg.hw(), mem, 0),
                    RegImm::Imm(imm) => self.alu_imm(op as u8, size, mem, imm),
                }
            }
            Inst::Add { size, dst, a, b } => self.add(size, dst.hw(), a.hw(), b),
            Inst::Unary { op, size, dst, a } => {
                tied(dst, a);
                self.unary(op, size, dst.hw());
            }
            Inst::Imul { size, dst, a, b } => {
                tied(dst, a);
                assert!(size != Size::B8, "imul has no such form on bytes");
                let b = self.rm(b);
                self.int_map(Map::M0F, 0xaf, size, dst.hw(), b, 0);
            }
            Inst::ImulImm { size, dst, a, imm } => {
                assert!(size != Size::B8, "imul has no such form on bytes");
                let a = self.rm(a);
                let imm = normalize(size, imm);
                if let Ok(byte) = i8::try_from(imm) {
                    self.int_rm(0x6b, size, dst.hw(), a, 1);
                    self.buffer.put(byte as u8);
                } else {
                    self.int_rm(0x69, size, dst.hw(), a, imm_bytes(size));
                    self.imm(size, imm);
                }
            }
            Inst::MulWide { signed, lo, hi, a, b } => {
                fixed(a, 0);
                fixed(lo, 0);
                fixed(hi, RDX);
                let b = self.rm(b);
                self.int_rm(0xf7, Size::B64, if signed { 5 } else { 4 }, b, 0);
            }
            Inst::DivRem { signed, size, quot, rem, a, b } => {
                fixed(a, 0);
                fixed(quot, 0);
                fixed(rem, RDX);
                let b = self.rm(b);
                assert!(!b.mentions(RDX), "the divisor is overwritten by the upper half of the dividend");
                if !signed {
                    self.zero(RDX);
                } else {
                    if size == Size::B64 {
                        self.buffer.put(0x48);
                    }
                    self.buffer.put(0x99);
                }
                self.int_rm(0xf7, size, if signed { 7 } else { 6 }, b, 0);
            }
            Inst::ShiftImm { op, size, dst, a, amount } => {
                tied(dst, a);
                let (code, tail) = if amount == 1 { (0xd1, 0) } else { (0xc1, 1) };
                self.int_rm(code, size, op as u8, Rm::Reg(dst.hw()), tail);
                if tail == 1 {
                    self.buffer.put(amount);
                }
            }
            Inst::ShiftCl { op, size, dst, a, amount } => {
                tied(dst, a);
                fixed(amount, 1);
                self.int_rm(0xd3, size, op as u8, Rm::Reg(dst.hw()), 0);
            }
            Inst::ShiftX { op, size, dst, a, amount } => {
                let pp = match op {
                    ShiftOp::Shl => Pp::P66,
                    ShiftOp::Shr => Pp::F2,
                    ShiftOp::Sar => Pp::F3,
                    ShiftOp::Rol | ShiftOp::Ror => panic!("no three-operand rotation by a register"),
                };
                let a = self.rm(a);
                self.buffer.vex(Op::new(pp, Map::M0F38, 0xf7).wide(wide(size)), dst.hw(), amount.hw(), a, 0);
            }
            Inst::Rorx { size, dst, a, amount } => {
                let a = self.rm(a);
                self.buffer.vex(Op::new(Pp::F2, Map::M0F3A, 0xf0).wide(wide(size)), dst.hw(), 0, a, 1);
                self.buffer.put(amount);
            }
            Inst::Bzhi { size, dst, a, index } => {
                let a = self.rm(a);
                let op = Op::new(Pp::None, Map::M0F38, 0xf5).wide(wide(size));
                self.buffer.vex(op, dst.hw(), index.hw(), a, 0);
            }
            Inst::Andn { size, dst, a, b } => {
                let b = self.rm(b);
                let op = Op::new(Pp::None, Map::M0F38, 0xf2).wide(wide(size));
                self.buffer.vex(op, dst.hw(), a.hw(), b, 0);
            }
            Inst::Bits { op, size, dst, a } => {
                let code = match op {
                    BitsOp::Popcnt => 0xb8,
                    BitsOp::Lzcnt => 0xbd,
                    BitsOp::Tzcnt => 0xbc,
                };
                let a = self.rm(a);
                self.buffer.legacy(Op::new(Pp::F3, Map::M0F, code).wide(wide(size)), dst.hw(), a, false, 0);
            }
            Inst::Cmp { op, size, a, b } => {
                let a = self.rm(a);
                self.compare(op, size, a, b);
            }
            Inst::CmpJump { op, size, cc, a, b, target } => {
                let a = self.rm(a);
                let is_with_0 = match (op, b) {
                    (CmpOp::Cmp, RegImm::Imm(imm)) => normalize(size, imm) == 0,
                    (CmpOp::Test, RegImm::Reg(b)) => matches!(a, Rm::Reg(a) if a == b.hw()),
                    _ => false,
                };
                if !(is_with_0 && matches!(cc, Cc::E | Cc::Ne) && self.is_tested(size, a)) {
                    self.compare(op, size, a, b);
                }
                self.buffer.jump(Some(cc as u8), target);
            }
            Inst::CmpSet { op, size, cc, dst, a, b } => {
                let (a, dst) = (self.rm(a), dst.hw());
                let is_input = a.mentions(dst) || matches!(b, RegImm::Reg(b) if b.hw() == dst);
                if !is_input {
                    self.zero(dst);
                }
                self.compare(op, size, a, b);
                self.set(cc, dst);
                if is_input {
                    self.load(Extend::U8, dst, Rm::Reg(dst));
                }
            }
            Inst::Jcc { cc, target } => self.buffer.jump(Some(cc as u8), target),
            Inst::Setcc { cc, dst } => {
                self.set(cc, dst.hw());
                self.load(Extend::U8, dst.hw(), Rm::Reg(dst.hw()));
            }
            Inst::Cmov { cc, size, dst, a, b } => {
                tied(dst, a);
                let b = self.rm(b);
                self.buffer.legacy(
                    Op::new(Pp::None, Map::M0F, 0x40 | cc as u8).wide(wide(size)),
                    dst.hw(),
                    b,
                    false,
                    0,
                );
            }
            Inst::FMov { .. }
            | Inst::FConst { .. }
            | Inst::FLoad { .. }
            | Inst::FStore { .. }
            | Inst::FXchg { .. }
            | Inst::FFromBits { .. }
            | Inst::FToBits { .. }
            | Inst::FAlu { .. }
            | Inst::FNeg { .. }
            | Inst::FAbs { .. }
            | Inst::FSqrt { .. }
            | Inst::FRound { .. }
            | Inst::Fma { .. }
            | Inst::IntToFloat { .. }
            | Inst::FloatToInt { .. }
            | Inst::Fcmp { .. }
            | Inst::FcmpJump { .. }
            | Inst::FcmpSet { .. }
            | Inst::FcmpMask { .. }
            | Inst::FBlend { .. } => self.emit_float(inst),
            Inst::Jump { target } => self.buffer.jump(None, target),
            Inst::JumpIndirect { target } => {
                let target = self.rm(target);
                self.int_rm(0xff, Size::B32, 4, target, 0);
            }
            Inst::Call { id } => {
                let site = calls.get(id);
                if site.target == CallTarget::Nothing {
                    return;
                }
                self.buffer.before_call();
                let target = match site.target {
                    CallTarget::Address(address) => Some(Rm::Mem(Mem::Pool(self.buffer.pool_u64(address)))),
                    CallTarget::Reg(reg) => Some(Rm::Reg(reg.hw())),
                    CallTarget::Mem(mem) => Some(Rm::Mem(self.mem(mem))),
                    CallTarget::Nothing => None,
                    CallTarget::Label(label) => {
                        self.buffer.put(0xe8);
                        self.buffer.put_label_disp(label, 0);
                        None
                    }
                    CallTarget::Switch(address) => {
                        let behind = self.buffer.new_label();
                        self.int_rm(0x8d, Size::B64, super::reg::R11.hw(), Rm::Mem(Mem::Label(behind)), 0);
                        let target = Rm::Mem(Mem::Pool(self.buffer.pool_u64(address)));
                        self.int_rm(0xff, Size::B32, 4, target, 0);
                        self.buffer.bind(behind);
                        None
                    }
                };
                if let Some(target) = target {
                    self.int_rm(0xff, Size::B32, 2, target, 0);
                }
                self.buffer.after_call(site.info);
            }
            Inst::Ret => self.buffer.put(0xc3),
            Inst::Push { src } => self.buffer.opcode_reg(0x50, src.hw(), false),
            Inst::Pop { dst } => self.buffer.opcode_reg(0x58, dst.hw(), false),
            Inst::Trap => self.buffer.put_slice(&[0x0f, 0x0b]),
            Inst::InvalidationPoint { target } => self.buffer.invalidation_point(target),
            Inst::Align { log2 } => self.buffer.align(1 << log2),
            Inst::Mark { id } => self.buffer.mark(id),
        }
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "`emit` sends exactly the listed ones")]
    fn emit_float(&mut self, inst: &Inst) {
        const fn f2(code: u8) -> Op {
            Op::new(Pp::F2, Map::M0F, code)
        }
        match *inst {
            Inst::FMov { dst, src } => {
                let (dst, src) = (dst.hw(), src.hw());
                // Either operand may stand in the field that the two-byte prefix extends.
                if self.features.avx && src >= 8 && dst < 8 {
                    self.sse(Op::new(Pp::None, Map::M0F, 0x29), src, 0, Rm::Reg(dst), 0);
                } else {
                    self.sse(Op::new(Pp::None, Map::M0F, 0x28), dst, 0, Rm::Reg(src), 0);
                }
            }
            Inst::FConst { dst, bits: 0 } => self.fzero(dst.hw()),
            Inst::FConst { dst, bits } => {
                let entry = self.buffer.pool_u64(bits);
                self.sse(f2(0x10), dst.hw(), 0, Rm::Mem(Mem::Pool(entry)), 0);
            }
            Inst::FLoad { dst, mem } => self.sse(f2(0x10), dst.hw(), 0, Rm::Mem(self.mem(mem)), 0),
            Inst::FStore { mem, src } => self.sse(f2(0x11), src.hw(), 0, Rm::Mem(self.mem(mem)), 0),
            Inst::FXchg { a, b } => {
                let (a, b) = (a.hw(), b.hw());
                if a != b {
                    for (x, y) in [(a, b), (b, a), (a, b)] {
                        self.sse(float_op(FloatOp::Xor), x, x, Rm::Reg(y), 0);
                    }
                }
            }
            Inst::FFromBits { dst, src } => {
                self.sse(Op::new(Pp::P66, Map::M0F, 0x6e).wide(true), dst.hw(), 0, Rm::Reg(src.hw()), 0);
            }
            Inst::FToBits { dst, src } => {
                self.sse(Op::new(Pp::P66, Map::M0F, 0x7e).wide(true), src.hw(), 0, Rm::Reg(dst.hw()), 0);
            }
            Inst::FAlu { op, dst, a, b } => {
                let b = self.rm(b);
                self.sse_binary(float_op(op), dst, a, b);
            }
            Inst::FNeg { dst, a } => {
                let mask = self.buffer.pool_u128(0x8000_0000_0000_0000);
                self.sse_binary(float_op(FloatOp::Xor), dst, a, Rm::Mem(Mem::Pool(mask)));
            }
            Inst::FAbs { dst, a } => {
                let mask = self.buffer.pool_u128(0x7fff_ffff_ffff_ffff);
                self.sse_binary(float_op(FloatOp::And), dst, a, Rm::Mem(Mem::Pool(mask)));
            }
            Inst::FSqrt { dst, a } => {
                let (v, a) = self.unary_source(dst, a);
                self.sse(f2(0x51), dst.hw(), v, a, 0);
            }
            Inst::FRound { mode, dst, a } => {
                let (v, a) = self.unary_source(dst, a);
                self.sse(Op::new(Pp::P66, Map::M0F3A, 0x0b), dst.hw(), v, a, 1);
                // Bit 3: an inexact result is not noted.
                self.buffer.put(8 | mode as u8);
            }
            Inst::Fma { op, dst, acc, a, b } => {
                tied(dst, acc);
                let code = match op {
                    FmaOp::Add213 => 0xa9,
                    FmaOp::Sub213 => 0xab,
                    FmaOp::Nadd213 => 0xad,
                    FmaOp::Add231 => 0xb9,
                    FmaOp::Sub231 => 0xbb,
                    FmaOp::Nadd231 => 0xbd,
                };
                let b = self.rm(b);
                self.buffer.vex(Op::new(Pp::P66, Map::M0F38, code).wide(true), dst.hw(), a.hw(), b, 0);
            }
            Inst::IntToFloat { size, dst, a } => {
                // The conversion keeps the upper half of its output: clearing it first cuts the dependency on old contents.
                self.fzero(dst.hw());
                let a = self.rm(a);
                self.sse(f2(0x2a).wide(wide(size)), dst.hw(), dst.hw(), a, 0);
            }
            Inst::FloatToInt { size, round, dst, a } => {
                let a = self.rm(a);
                self.sse(f2(if round { 0x2d } else { 0x2c }).wide(wide(size)), dst.hw(), 0, a, 0);
            }
            Inst::Fcmp { a, b } => {
                let b = self.rm(b);
                self.ucomisd(a.hw(), b);
            }
            Inst::FcmpJump { cc, a, b, target } => {
                let b = self.rm(b);
                let (cc, parity) = self.float_compare(cc, a.hw(), b);
                match parity {
                    Parity::Ignored => self.buffer.jump(Some(cc as u8), target),
                    Parity::Or => {
                        self.buffer.jump(Some(Cc::P as u8), target);
                        self.buffer.jump(Some(cc as u8), target);
                    }
                    Parity::And => {
                        let skip = self.buffer.new_label();
                        self.buffer.jump(Some(Cc::P as u8), skip);
                        self.buffer.jump(Some(cc as u8), target);
                        self.buffer.bind(skip);
                    }
                }
            }
            Inst::FcmpSet { cc, dst, a, b } => {
                let (b, dst) = (self.rm(b), dst.hw());
                let is_input = matches!(b, Rm::Mem(_)) && b.mentions(dst);
                if !is_input {
                    self.zero(dst);
                }
                let (cc, parity) = self.float_compare(cc, a.hw(), b);
                if parity == Parity::Ignored {
                    self.set(cc, dst);
                    if is_input {
                        self.load(Extend::U8, dst, Rm::Reg(dst));
                    }
                    return;
                }
                // What unordered operands give stands in the output while the jump skips the rest. No flags change.
                let skip = self.buffer.new_label();
                if is_input || parity == Parity::Or {
                    self.load_imm(dst, (parity == Parity::Or).into());
                }
                self.buffer.jump(Some(Cc::P as u8), skip);
                self.set(cc, dst);
                self.buffer.bind(skip);
            }
            Inst::FcmpMask { cc, dst, a, b } => {
                let b = self.rm(b);
                self.buffer.vex(f2(0xc2), dst.hw(), a.hw(), b, 1);
                self.buffer.put(match cc {
                    FloatCc::Eq => 0,
                    FloatCc::Lt => 1,
                    FloatCc::Le => 2,
                    FloatCc::Unordered => 3,
                    FloatCc::Ne => 4,
                    FloatCc::NotLt => 5,
                    FloatCc::NotLe => 6,
                    FloatCc::Ordered => 7,
                    FloatCc::NotGe => 9,
                    FloatCc::NotGt => 10,
                    FloatCc::Ge => 13,
                    FloatCc::Gt => 14,
                });
            }
            Inst::FBlend { dst, mask, a, b } => {
                self.buffer.vex(Op::new(Pp::P66, Map::M0F3A, 0x4b), dst.hw(), a.hw(), Rm::Reg(b.hw()), 1);
                self.buffer.put(mask.hw() << 4);
            }
            _ => unreachable!("not on doubles"),
        }
    }

    // Operands.

    fn mem(&self, mem: Amode) -> Mem {
        match mem {
            Amode::Base { base, disp } => Mem::Base { base: base.hw(), disp },
            Amode::Indexed { base, index, scale, disp } => {
                Mem::Indexed { base: base.hw(), index: index.hw(), scale, disp }
            }
            Amode::Scaled { index, scale, disp } => Mem::Scaled { index: index.hw(), scale, disp },
            Amode::Spill(slot) => Mem::Base { base: RSP, disp: self.frame.spill_base + slot.0 as i32 * 8 },
            Amode::Pool(entry) => Mem::Pool(entry),
        }
    }

    fn rm(&self, operand: RegMem) -> Rm {
        match operand {
            RegMem::Reg(reg) => Rm::Reg(reg.hw()),
            RegMem::Mem(mem) => Rm::Mem(self.mem(mem)),
        }
    }

    // Integers.

    /// A one-byte opcode of 16, 32 or 64 bits; the one below it is the form on bytes.
    fn int_rm(&mut self, code: u8, size: Size, reg: u8, rm: Rm, tail: u8) {
        self.int_map(Map::One, code, size, reg, rm, tail);
    }

    fn int_map(&mut self, map: Map, code: u8, size: Size, reg: u8, rm: Rm, tail: u8) {
        let pp = if size == Size::B16 { Pp::P66 } else { Pp::None };
        let is_byte = size == Size::B8;
        let op = Op::new(pp, map, if is_byte { code - 1 } else { code }).wide(size == Size::B64);
        let byte_regs = is_byte && (reg >= 4 || matches!(rm, Rm::Reg(4..)));
        self.buffer.legacy(op, reg, rm, byte_regs, tail);
    }

    /// An immediate of the operation's width, four bytes at most.
    fn imm(&mut self, size: Size, imm: i32) {
        self.buffer.put_slice(&imm.to_le_bytes()[..imm_bytes(size) as usize]);
    }

    fn zero(&mut self, dst: u8) {
        self.int_rm(0x33, Size::B32, dst, Rm::Reg(dst), 0);
    }

    fn load_imm(&mut self, dst: u8, value: i64) {
        if let Ok(low) = u32::try_from(value) {
            self.buffer.opcode_reg(0xb8, dst, false);
            self.buffer.put_slice(&low.to_le_bytes());
        } else if let Ok(low) = i32::try_from(value) {
            self.int_rm(0xc7, Size::B64, 0, Rm::Reg(dst), 4);
            self.buffer.put_slice(&low.to_le_bytes());
        } else {
            self.buffer.opcode_reg(0xb8, dst, true);
            self.buffer.put_slice(&value.to_le_bytes());
        }
    }

    fn load(&mut self, ext: Extend, dst: u8, src: Rm) {
        let (map, code, w) = match ext {
            Extend::U8 => (Map::M0F, 0xb6, false),
            Extend::U16 => (Map::M0F, 0xb7, false),
            Extend::I8 => (Map::M0F, 0xbe, true),
            Extend::I16 => (Map::M0F, 0xbf, true),
            Extend::I32 => (Map::One, 0x63, true),
            Extend::U32 => (Map::One, 0x8b, false),
            Extend::Full => (Map::One, 0x8b, true),
        };
        let byte_regs = matches!(ext, Extend::U8 | Extend::I8) && matches!(src, Rm::Reg(4..));
        self.buffer.legacy(Op::new(Pp::None, map, code).wide(w), dst, src, byte_regs, 0);
    }

    fn store(&mut self, size: Size, mem: Mem, src: RegImm) {
        match src {
            RegImm::Reg(reg) => self.int_rm(0x89, size, reg.hw(), Rm::Mem(mem), 0),
            RegImm::Imm(imm) => {
                self.int_rm(0xc7, size, 0, Rm::Mem(mem), imm_bytes(size));
                self.imm(size, imm);
            }
        }
    }

    fn alu(&mut self, op: AluOp, size: Size, dst: u8, b: RegMemImm) {
        let code = (op as u8) << 3 | 3;
        match b {
            RegMemImm::Reg(reg) => self.int_rm(code, size, dst, Rm::Reg(reg.hw()), 0),
            RegMemImm::Mem(mem) => self.int_rm(code, size, dst, Rm::Mem(self.mem(mem)), 0),
            // A mask below 2^31 clears the upper half either way, and gives the same flags.
            RegMemImm::Imm(imm) if op == AluOp::And && size == Size::B64 && imm >= 0 => {
                self.alu_imm(op as u8, Size::B32, Rm::Reg(dst), imm);
            }
            RegMemImm::Imm(imm) => self.alu_imm(op as u8, size, Rm::Reg(dst), imm),
        }
    }

    fn alu_imm(&mut self, digit: u8, size: Size, rm: Rm, imm: i32) {
        let imm = normalize(size, imm);
        if size != Size::B8
            && let Ok(byte) = i8::try_from(imm)
        {
            self.int_rm(0x83, size, digit, rm, 1);
            self.buffer.put(byte as u8);
        } else {
            self.int_rm(0x81, size, digit, rm, imm_bytes(size));
            self.imm(size, imm);
        }
    }

    fn add(&mut self, size: Size, dst: u8, a: u8, b: RegImm) {
        match b {
            RegImm::Reg(b) => {
                let b = b.hw();
                if dst == a || dst == b {
                    let other = if dst == a { b } else { a };
                    self.int_rm(0x03, size, dst, Rm::Reg(other), 0);
                } else {
                    // rsp cannot be the index; rbp and r13 as base cost a byte of displacement.
                    let swap = b == RSP || (a & 7 == 5 && b & 7 != 5);
                    let (base, index) = if swap { (b, a) } else { (a, b) };
                    let mem = Mem::Indexed { base, index, scale: Scale::X1, disp: 0 };
                    self.int_rm(0x8d, size, dst, Rm::Mem(mem), 0);
                }
            }
            RegImm::Imm(imm) if dst == a => {
                // 128 does not fit a signed byte, -128 does.
                let (digit, imm) =
                    if imm == 128 { (AluOp::Sub as u8, -128) } else { (AluOp::Add as u8, imm) };
                self.alu_imm(digit, size, Rm::Reg(dst), imm);
            }
            RegImm::Imm(0) => self.int_rm(0x8b, size, dst, Rm::Reg(a), 0),
            RegImm::Imm(imm) => {
                self.int_rm(0x8d, size, dst, Rm::Mem(Mem::Base { base: a, disp: imm }), 0);
            }
        }
    }

    fn unary(&mut self, op: UnaryOp, size: Size, dst: u8) {
        match op {
            UnaryOp::Not => self.int_rm(0xf7, size, 2, Rm::Reg(dst), 0),
            UnaryOp::Neg => self.int_rm(0xf7, size, 3, Rm::Reg(dst), 0),
            UnaryOp::Bswap => {
                let rex = 0x40 | (wide(size) as u8) << 3 | (dst >= 8) as u8;
                if rex != 0x40 {
                    self.buffer.put(rex);
                }
                self.buffer.put_slice(&[0x0f, 0xc8 | dst & 7]);
            }
        }
    }

    fn compare(&mut self, op: CmpOp, size: Size, a: Rm, b: RegImm) {
        match (op, b) {
            (CmpOp::Cmp, RegImm::Reg(b)) => self.int_rm(0x39, size, b.hw(), a, 0),
            (CmpOp::Cmp, RegImm::Imm(imm)) => match a {
                // The same flags in every condition, and a byte less.
                Rm::Reg(reg) if normalize(size, imm) == 0 => self.int_rm(0x85, size, reg, a, 0),
                Rm::Reg(_) | Rm::Mem(_) => self.alu_imm(7, size, a, imm),
            },
            (CmpOp::Test, RegImm::Reg(b)) => self.int_rm(0x85, size, b.hw(), a, 0),
            (CmpOp::Test, RegImm::Imm(imm)) => {
                let imm = normalize(size, imm);
                // Bits above the mask do not matter, and the sign of the result is 0 in any width that holds it.
                let size = match a {
                    Rm::Reg(_) if (0..=0x7f).contains(&imm) => Size::B8,
                    Rm::Reg(_) if size == Size::B64 && imm >= 0 => Size::B32,
                    Rm::Reg(_) | Rm::Mem(_) => size,
                };
                self.int_rm(0xf7, size, 0, a, imm_bytes(size));
                self.imm(size, imm);
            }
            (CmpOp::Bt, RegImm::Reg(b)) => {
                assert!(matches!(a, Rm::Reg(_)), "a bit number in a register would address a bit string");
                assert!(size != Size::B8, "bit tests have no form on bytes");
                self.int_map(Map::M0F, 0xa3, size, b.hw(), a, 0);
            }
            (CmpOp::Bt, RegImm::Imm(imm)) => {
                assert!(size != Size::B8, "bit tests have no form on bytes");
                self.int_map(Map::M0F, 0xba, size, 4, a, 1);
                self.buffer.put(imm as u8);
            }
            (CmpOp::Mul, RegImm::Imm(imm)) => {
                assert!(size != Size::B8, "imul has no such form on bytes");
                let imm = normalize(size, imm);
                self.int_rm(0x69, size, super::reg::R11.hw(), a, imm_bytes(size));
                self.imm(size, imm);
            }
            (CmpOp::Mul, RegImm::Reg(_)) => unreachable!("a factor is an immediate"),
        }
    }

    fn set(&mut self, cc: Cc, dst: u8) {
        self.buffer.legacy(Op::new(Pp::None, Map::M0F, 0x90 | cc as u8), 0, Rm::Reg(dst), dst >= 4, 0);
    }

    // Doubles.

    /// With AVX the three-operand form, else the old one.
    fn sse(&mut self, op: Op, dst: u8, v: u8, rm: Rm, tail: u8) {
        if self.features.avx {
            self.buffer.vex(op, dst, v, rm, tail);
        } else {
            self.buffer.legacy(op, dst, rm, false, tail);
        }
    }

    fn sse_binary(&mut self, op: Op, dst: Reg, a: Reg, b: Rm) {
        if !self.features.avx {
            tied(dst, a);
        }
        self.sse(op, dst.hw(), a.hw(), b, 0);
    }

    /// The operands of a unary operation whose AVX form keeps the upper half of a further register. Memory is loaded
    /// first, so that the output depends on nothing else.
    fn unary_source(&mut self, dst: Reg, a: RegMem) -> (u8, Rm) {
        match self.rm(a) {
            Rm::Reg(reg) => (reg, Rm::Reg(reg)),
            Rm::Mem(mem) => {
                self.sse(Op::new(Pp::F2, Map::M0F, 0x10), dst.hw(), 0, Rm::Mem(mem), 0);
                (dst.hw(), Rm::Reg(dst.hw()))
            }
        }
    }

    fn fzero(&mut self, dst: u8) {
        self.sse(float_op(FloatOp::Xor), dst, dst, Rm::Reg(dst), 0);
    }

    fn ucomisd(&mut self, a: u8, b: Rm) {
        self.sse(Op::new(Pp::P66, Map::M0F, 0x2e), a, 0, b, 0);
    }

    /// Compares, and says which condition on the flags it is. "Less" needs no look at parity with its operands swapped.
    fn float_compare(&mut self, cc: FloatCc, a: u8, b: Rm) -> (Cc, Parity) {
        let is_less = matches!(cc, FloatCc::Lt | FloatCc::Le | FloatCc::NotLt | FloatCc::NotLe);
        let cc = match b {
            Rm::Reg(b) if is_less => {
                self.ucomisd(b, Rm::Reg(a));
                cc.swap_operands()
            }
            Rm::Reg(_) | Rm::Mem(_) => {
                self.ucomisd(a, b);
                cc
            }
        };
        match cc {
            FloatCc::Gt => (Cc::A, Parity::Ignored),
            FloatCc::Ge => (Cc::Ae, Parity::Ignored),
            FloatCc::NotGt => (Cc::Be, Parity::Ignored),
            FloatCc::NotGe => (Cc::B, Parity::Ignored),
            FloatCc::Ordered => (Cc::Np, Parity::Ignored),
            FloatCc::Unordered => (Cc::P, Parity::Ignored),
            FloatCc::Eq => (Cc::E, Parity::And),
            FloatCc::Lt => (Cc::B, Parity::And),
            FloatCc::Le => (Cc::Be, Parity::And),
            FloatCc::Ne => (Cc::Ne, Parity::Or),
            FloatCc::NotLt => (Cc::Ae, Parity::Or),
            FloatCc::NotLe => (Cc::A, Parity::Or),
        }
    }
}

fn float_op(op: FloatOp) -> Op {
    let (pp, code) = match op {
        FloatOp::Add => (Pp::F2, 0x58),
        FloatOp::Mul => (Pp::F2, 0x59),
        FloatOp::Sub => (Pp::F2, 0x5c),
        FloatOp::Min => (Pp::F2, 0x5d),
        FloatOp::Div => (Pp::F2, 0x5e),
        FloatOp::Max => (Pp::F2, 0x5f),
        FloatOp::And => (Pp::None, 0x54),
        FloatOp::Andn => (Pp::None, 0x55),
        FloatOp::Or => (Pp::None, 0x56),
        FloatOp::Xor => (Pp::None, 0x57),
    };
    Op::new(pp, Map::M0F, code)
}

fn tied(dst: Reg, input: Reg) {
    assert!(dst == input, "the output is not where its tied input is");
}

fn fixed(reg: Reg, hw: u8) {
    assert!(reg.hw() == hw, "an operand is not in the register that the instruction needs");
}

/// Whether a width of 32 or 64 bits is the latter.
fn wide(size: Size) -> bool {
    assert!(matches!(size, Size::B32 | Size::B64), "no form of that width");
    size == Size::B64
}

/// Sign-extends from the operation's width, so that one number has one immediate.
fn normalize(size: Size, imm: i32) -> i32 {
    match size {
        Size::B8 => i32::from(imm as i8),
        Size::B16 => i32::from(imm as i16),
        Size::B32 | Size::B64 => imm,
    }
}

fn imm_bytes(size: Size) -> u8 {
    size.bytes().min(4) as u8
}
