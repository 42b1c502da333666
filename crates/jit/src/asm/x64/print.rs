//! Instructions as text, in the notation of Intel's manuals, as a disassembler writes them.
//!
//! Serves listings and the tests, which compare it with an independent disassembler. Virtual registers print as `v3`
//! and `f3`, labels as `L3`, spill slots as `spill3`. An instruction of several steps prints what it does, joined by `;`.

use super::inst::{
    Amode, BitsOp, CmpOp, Extend, FloatOp, FmaOp, Inst, Reg, RegImm, RegMem, RegMemImm, RoundMode, Scale,
    ShiftOp, Size, UnaryOp,
};
use super::{Cc, FloatCc};
use crate::asm::Label;
use crate::regs::RegClass;
use std::fmt;

const NAMES64: [&str; 16] = [
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
    "r15",
];
const NAMES32: [&str; 16] = [
    "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d", "r13d",
    "r14d", "r15d",
];
const NAMES16: [&str; 16] = [
    "ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "r8w", "r9w", "r10w", "r11w", "r12w", "r13w", "r14w",
    "r15w",
];
const NAMES8: [&str; 16] = [
    "al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b",
    "r15b",
];

/// A register under the name of one width.
struct Name(Reg, Size);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(vreg) = self.0.vreg() {
            return write!(f, "{vreg}");
        }
        let hw = self.0.hw();
        if self.0.class() == RegClass::Float {
            return write!(f, "xmm{hw}");
        }
        let names = match self.1 {
            Size::B8 => &NAMES8,
            Size::B16 => &NAMES16,
            Size::B32 => &NAMES32,
            Size::B64 => &NAMES64,
        };
        f.write_str(names[usize::from(hw)])
    }
}

impl fmt::Display for Reg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Name(*self, Size::B64).fmt(f)
    }
}

impl fmt::Debug for Reg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A signed number in hexadecimal above nine, as the disassembler is told to write it.
struct Hex(i64);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        match self.0.unsigned_abs() {
            small @ 0..=9 => write!(f, "{sign}{small}"),
            large => write!(f, "{sign}{large:#x}"),
        }
    }
}

impl fmt::Display for Amode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scaled = |f: &mut fmt::Formatter<'_>, index: Reg, scale: Scale| match scale {
            Scale::X1 => write!(f, "{index}"),
            Scale::X2 | Scale::X4 | Scale::X8 => write!(f, "{index}*{}", 1 << scale as u8),
        };
        let disp = match *self {
            Amode::Base { base, disp } => {
                write!(f, "[{base}")?;
                disp
            }
            Amode::Indexed { base, index, scale, disp } => {
                write!(f, "[{base}+")?;
                scaled(f, index, scale)?;
                disp
            }
            Amode::Scaled { index, scale, disp } => {
                f.write_str("[")?;
                // Without a base a factor of 1 is written out: the encoding is another.
                match scale {
                    Scale::X1 => write!(f, "{index}*1")?,
                    Scale::X2 | Scale::X4 | Scale::X8 => scaled(f, index, scale)?,
                }
                disp
            }
            Amode::Spill(slot) => return write!(f, "[spill{}]", slot.0),
            Amode::Pool(entry) => return write!(f, "[const{}]", entry.0),
        };
        if disp != 0 {
            let sign = if disp < 0 { "-" } else { "+" };
            write!(f, "{sign}{}", Hex(i64::from(disp).abs()))?;
        }
        f.write_str("]")
    }
}

/// Memory with its width, as `qword ptr [rax]`.
struct Sized(Amode, Size);

impl fmt::Display for Sized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = match self.1 {
            Size::B8 => "byte",
            Size::B16 => "word",
            Size::B32 => "dword",
            Size::B64 => "qword",
        };
        write!(f, "{width} ptr {}", self.0)
    }
}

struct Rm(RegMem, Size);

impl fmt::Display for Rm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            RegMem::Reg(reg) => Name(reg, self.1).fmt(f),
            RegMem::Mem(mem) => Sized(mem, self.1).fmt(f),
        }
    }
}

struct Rmi(RegMemImm, Size);

impl fmt::Display for Rmi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            RegMemImm::Reg(reg) => Name(reg, self.1).fmt(f),
            RegMemImm::Mem(mem) => Sized(mem, self.1).fmt(f),
            RegMemImm::Imm(imm) => Hex(imm.into()).fmt(f),
        }
    }
}

fn ri(operand: RegImm, size: Size) -> Rmi {
    match operand {
        RegImm::Reg(reg) => Rmi(RegMemImm::Reg(reg), size),
        RegImm::Imm(imm) => Rmi(RegMemImm::Imm(imm), size),
    }
}

impl fmt::Display for Cc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 16] =
            ["o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"];
        f.write_str(NAMES[*self as usize])
    }
}

impl fmt::Display for FloatCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 12] =
            ["eq", "neq", "lt", "nlt", "le", "nle", "gt", "ngt", "ge", "nge", "ord", "unord"];
        f.write_str(NAMES[*self as usize])
    }
}

fn alu_name(op: super::inst::AluOp) -> &'static str {
    ["add", "or", "adc", "sbb", "and", "sub", "xor"][op as usize]
}

fn shift_name(op: ShiftOp) -> &'static str {
    match op {
        ShiftOp::Rol => "rol",
        ShiftOp::Ror => "ror",
        ShiftOp::Shl => "shl",
        ShiftOp::Shr => "shr",
        ShiftOp::Sar => "sar",
    }
}

fn cmp_name(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Cmp => "cmp",
        CmpOp::Test => "test",
        CmpOp::Bt => "bt",
        CmpOp::Mul => "imul r11,",
    }
}

fn float_name(op: FloatOp) -> &'static str {
    match op {
        FloatOp::Add => "vaddsd",
        FloatOp::Sub => "vsubsd",
        FloatOp::Mul => "vmulsd",
        FloatOp::Div => "vdivsd",
        FloatOp::Min => "vminsd",
        FloatOp::Max => "vmaxsd",
        FloatOp::And => "vandps",
        FloatOp::Andn => "vandnps",
        FloatOp::Or => "vorps",
        FloatOp::Xor => "vxorps",
    }
}

fn fma_name(op: FmaOp) -> &'static str {
    match op {
        FmaOp::Add231 => "vfmadd231sd",
        FmaOp::Sub231 => "vfmsub231sd",
        FmaOp::Nadd231 => "vfnmadd231sd",
        FmaOp::Add213 => "vfmadd213sd",
        FmaOp::Sub213 => "vfmsub213sd",
        FmaOp::Nadd213 => "vfnmadd213sd",
    }
}

/// A load's mnemonic, the width it reads and the width of the register name it writes.
fn extend_parts(ext: Extend) -> (&'static str, Size, Size) {
    match ext {
        Extend::U8 => ("movzx", Size::B8, Size::B32),
        Extend::U16 => ("movzx", Size::B16, Size::B32),
        Extend::U32 => ("mov", Size::B32, Size::B32),
        Extend::I8 => ("movsx", Size::B8, Size::B64),
        Extend::I16 => ("movsx", Size::B16, Size::B64),
        Extend::I32 => ("movsxd", Size::B32, Size::B64),
        Extend::Full => ("mov", Size::B64, Size::B64),
    }
}

fn jump(f: &mut fmt::Formatter<'_>, cc: impl fmt::Display, target: Label) -> fmt::Result {
    write!(f, "; j{cc} {target}")
}

impl fmt::Display for Inst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const Q: Size = Size::B64;
        match *self {
            Inst::Mov { size, dst, src } => write!(f, "mov {}, {}", Name(dst, size), Name(src, size)),
            Inst::Imm { dst, value } => write!(f, "mov {dst}, {}", Hex(value)),
            Inst::Zero { dst } => write!(f, "xor {0}, {0}", Name(dst, Size::B32)),
            Inst::Load { ext, dst, mem } => {
                let (name, from, to) = extend_parts(ext);
                write!(f, "{name} {}, {}", Name(dst, to), Sized(mem, from))
            }
            Inst::Extend { ext, dst, src } => {
                let (name, from, to) = extend_parts(ext);
                write!(f, "{name} {}, {}", Name(dst, to), Name(src, from))
            }
            Inst::Store { size, mem, src } => write!(f, "mov {}, {}", Sized(mem, size), ri(src, size)),
            Inst::Lea { size, dst, mem } => write!(f, "lea {}, {mem}", Name(dst, size)),
            Inst::LeaLabel { dst, label } => write!(f, "lea {dst}, [{label}]"),
            Inst::Xchg { a, b } => write!(f, "xchg {b}, {a}"),
            Inst::CopySlot { to, from } => write!(f, "push [spill{}]; pop [spill{}]", from.0, to.0),
            Inst::Alu { op, size, dst, a, b } => {
                write!(f, "{} {}, ", alu_name(op), Name(dst, size))?;
                if dst != a {
                    write!(f, "{}, ", Name(a, size))?;
                }
                Rmi(b, size).fmt(f)
            }
            Inst::AluMem { op, size, mem, b } => {
                write!(f, "{} {}, {}", alu_name(op), Sized(mem, size), ri(b, size))
            }
            Inst::Add { size, dst, a, b } => {
                write!(f, "add {}, {}, {}", Name(dst, size), Name(a, size), ri(b, size))
            }
            Inst::Unary { op, size, dst, a } => {
                let name = match op {
                    UnaryOp::Not => "not",
                    UnaryOp::Neg => "neg",
                    UnaryOp::Bswap => "bswap",
                };
                write!(f, "{name} {}", Name(dst, size))?;
                if dst != a { write!(f, ", {}", Name(a, size)) } else { Ok(()) }
            }
            Inst::Imul { size, dst, a, b } => {
                write!(f, "imul {}, ", Name(dst, size))?;
                if dst != a {
                    write!(f, "{}, ", Name(a, size))?;
                }
                Rm(b, size).fmt(f)
            }
            Inst::ImulImm { size, dst, a, imm } => {
                write!(f, "imul {}, ", Name(dst, size))?;
                if a != RegMem::Reg(dst) {
                    write!(f, "{}, ", Rm(a, size))?;
                }
                Hex(imm.into()).fmt(f)
            }
            Inst::MulWide { signed, lo, hi, a, b } => {
                let name = if signed { "imul" } else { "mul" };
                match (lo.preg(), hi.preg()) {
                    (Some(_), Some(_)) => write!(f, "{name} {}", Rm(b, Q)),
                    _ => write!(f, "{name} {hi}:{lo}, {a}, {}", Rm(b, Q)),
                }
            }
            Inst::DivRem { signed, size, quot, rem, a, b } => {
                let name = if signed { "idiv" } else { "div" };
                match (signed, quot.preg(), rem.preg()) {
                    (true, Some(_), Some(_)) if size == Q => write!(f, "cqo; {name} {}", Rm(b, size)),
                    (true, Some(_), Some(_)) => write!(f, "cdq; {name} {}", Rm(b, size)),
                    (false, Some(_), Some(_)) => write!(f, "xor edx, edx; {name} {}", Rm(b, size)),
                    _ => write!(f, "{name} {quot}:{rem}, {a}, {}", Rm(b, size)),
                }
            }
            Inst::ShiftImm { op, size, dst, a, amount } => {
                write!(f, "{} {}, ", shift_name(op), Name(dst, size))?;
                if dst != a {
                    write!(f, "{}, ", Name(a, size))?;
                }
                Hex(amount.into()).fmt(f)
            }
            Inst::ShiftCl { op, size, dst, a, amount } => {
                write!(f, "{} {}, ", shift_name(op), Name(dst, size))?;
                if dst != a {
                    write!(f, "{}, ", Name(a, size))?;
                }
                Name(amount, Size::B8).fmt(f)
            }
            Inst::ShiftX { op, size, dst, a, amount } => {
                let (dst, amount) = (Name(dst, size), Name(amount, size));
                write!(f, "{}x {dst}, {}, {amount}", shift_name(op), Rm(a, size))
            }
            Inst::Rorx { size, dst, a, amount } => {
                write!(f, "rorx {}, {}, {}", Name(dst, size), Rm(a, size), Hex(amount.into()))
            }
            Inst::Bzhi { size, dst, a, index } => {
                write!(f, "bzhi {}, {}, {}", Name(dst, size), Rm(a, size), Name(index, size))
            }
            Inst::Andn { size, dst, a, b } => {
                write!(f, "andn {}, {}, {}", Name(dst, size), Name(a, size), Rm(b, size))
            }
            Inst::Bits { op, size, dst, a } => {
                let name = match op {
                    BitsOp::Popcnt => "popcnt",
                    BitsOp::Lzcnt => "lzcnt",
                    BitsOp::Tzcnt => "tzcnt",
                };
                write!(f, "{name} {}, {}", Name(dst, size), Rm(a, size))
            }
            Inst::Cmp { op, size, a, b } => {
                write!(f, "{} {}, {}", cmp_name(op), Rm(a, size), ri(b, size))
            }
            Inst::CmpJump { op, size, cc, a, b, target } => {
                write!(f, "{} {}, {}", cmp_name(op), Rm(a, size), ri(b, size))?;
                jump(f, cc, target)
            }
            Inst::CmpSet { op, size, cc, dst, a, b } => {
                write!(f, "{} {}, {}; set{cc} {dst}", cmp_name(op), Rm(a, size), ri(b, size))
            }
            Inst::Jcc { cc, target } => write!(f, "j{cc} {target}"),
            Inst::Setcc { cc, dst } => write!(f, "set{cc} {dst}"),
            Inst::Cmov { cc, size, dst, a, b } => {
                write!(f, "cmov{cc} {}, ", Name(dst, size))?;
                if dst != a {
                    write!(f, "{}, ", Name(a, size))?;
                }
                Rm(b, size).fmt(f)
            }
            Inst::FMov { dst, src } => write!(f, "vmovaps {dst}, {src}"),
            Inst::FConst { dst, bits } => write!(f, "vmovsd {dst}, {:?}", f64::from_bits(bits)),
            Inst::FLoad { dst, mem } => write!(f, "vmovsd {dst}, {}", Sized(mem, Q)),
            Inst::FStore { mem, src } => write!(f, "vmovsd {}, {src}", Sized(mem, Q)),
            Inst::FXchg { a, b } => write!(f, "xchg {a}, {b}"),
            Inst::FFromBits { dst, src } | Inst::FToBits { dst, src } => write!(f, "vmovq {dst}, {src}"),
            Inst::FAlu { op, dst, a, b } => match b {
                RegMem::Mem(mem) if op.is_bitwise() => {
                    write!(f, "{} {dst}, {a}, xmmword ptr {mem}", float_name(op))
                }
                RegMem::Reg(_) | RegMem::Mem(_) => {
                    write!(f, "{} {dst}, {a}, {}", float_name(op), Rm(b, Q))
                }
            },
            Inst::FNeg { dst, a } => write!(f, "vxorps {dst}, {a}, -0.0"),
            Inst::FAbs { dst, a } => write!(f, "vandps {dst}, {a}, !-0.0"),
            Inst::FSqrt { dst, a } => write!(f, "vsqrtsd {dst}, {0}, {0}", Rm(a, Q)),
            Inst::FRound { mode, dst, a } => {
                let imm = match mode {
                    RoundMode::Nearest => "8",
                    RoundMode::Floor => "9",
                    RoundMode::Ceil => "0xa",
                    RoundMode::Trunc => "0xb",
                };
                write!(f, "vroundsd {dst}, {0}, {0}, {imm}", Rm(a, Q))
            }
            Inst::Fma { op, dst, acc, a, b } => {
                write!(f, "{} {dst}, ", fma_name(op))?;
                if dst != acc {
                    write!(f, "{acc}, ")?;
                }
                write!(f, "{a}, {}", Rm(b, Q))
            }
            Inst::IntToFloat { size, dst, a } => write!(f, "vcvtsi2sd {dst}, {dst}, {}", Rm(a, size)),
            Inst::FloatToInt { size, round, dst, a } => {
                let name = if round { "vcvtsd2si" } else { "vcvttsd2si" };
                write!(f, "{name} {}, {}", Name(dst, size), Rm(a, Q))
            }
            Inst::Fcmp { a, b } => write!(f, "vucomisd {a}, {}", Rm(b, Q)),
            Inst::FcmpJump { cc, a, b, target } => {
                write!(f, "vucomisd {a}, {}", Rm(b, Q))?;
                jump(f, cc, target)
            }
            Inst::FcmpSet { cc, dst, a, b } => write!(f, "vucomisd {a}, {}; set{cc} {dst}", Rm(b, Q)),
            Inst::FcmpMask { cc, dst, a, b } => write!(f, "vcmp{cc}sd {dst}, {a}, {}", Rm(b, Q)),
            Inst::FBlend { dst, mask, a, b } => write!(f, "vblendvpd {dst}, {a}, {b}, {mask}"),
            Inst::Jump { target } => write!(f, "jmp {target}"),
            Inst::JumpIndirect { target } => write!(f, "jmp {}", Rm(target, Q)),
            Inst::Call { id } => write!(f, "call #{}", id.index()),
            Inst::Ret => f.write_str("ret"),
            Inst::Push { src } => write!(f, "push {src}"),
            Inst::Pop { dst } => write!(f, "pop {dst}"),
            Inst::Trap => f.write_str("ud2"),
            Inst::InvalidationPoint { target } => write!(f, ".invalidation {target}"),
            Inst::Align { log2 } => write!(f, ".align {}", 1u32 << log2),
            Inst::Mark { id } => write!(f, ".mark {id}"),
        }
    }
}
