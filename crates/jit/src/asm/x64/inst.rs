//! The machine instructions, with virtual or physical registers.
//!
//! One enum for before and after allocation; allocation replaces each virtual [`Reg`] in place, and one that may also
//! live in memory ([`RegMem`], [`RegMemImm`]) by its spill slot. An `Inst` is 32 bytes, so a function is one flat vector
//! and copying an instruction is two moves.
//!
//! *Flags.* An instruction that reads flags stands directly behind the one that sets them. The allocator may put moves,
//! spills and rematerialised constants between the two, none of which changes flags ([`Inst::move_loc`], `Mov`, `Imm`,
//! `FConst`). Fused forms (`CmpJump`, `CmpSet`, `FcmpJump`, `FcmpSet`) need no such care and cost the allocator one
//! instruction less.
//!
//! *Physical registers* written by the lowerer are those that the allocator never hands out (`rsp`, the context
//! register); it is not told of them. A value that must be in an allocatable register is a virtual one with a fixed
//! constraint, as in `Call`, `ShiftCl` and `DivRem`.

use super::{Cc, FloatCc};
use crate::asm::{Label, PoolEntry};
use crate::regs::{Loc, PReg, PRegSet, RegClass, SpillSlot, VReg};

/// A virtual or a physical register.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Reg(u32);

const PHYSICAL: u32 = 1 << 31;

impl Reg {
    /// The virtual register, unless it is physical.
    #[inline]
    pub const fn vreg(self) -> Option<VReg> {
        if self.0 & PHYSICAL == 0 { Some(VReg::from_bits(self.0)) } else { None }
    }

    /// The physical register, unless it is virtual.
    #[inline]
    pub const fn preg(self) -> Option<PReg> {
        if self.0 & PHYSICAL != 0 { Some(PReg::new((self.0 & 31) as u8)) } else { None }
    }

    /// Its class.
    #[inline]
    pub const fn class(self) -> RegClass {
        match self.preg() {
            Some(preg) => preg.class(),
            None => VReg::from_bits(self.0).class(),
        }
    }

    /// The processor's number, 0..16.
    ///
    /// # Panics
    /// If it is virtual: only allocated instructions are emitted.
    #[inline]
    pub(super) fn hw(self) -> u8 {
        assert!(self.0 & PHYSICAL != 0, "a virtual register reached the emitter");
        (self.0 & 15) as u8
    }
}

impl From<PReg> for Reg {
    #[inline]
    fn from(preg: PReg) -> Reg {
        Reg(PHYSICAL | preg.index() as u32)
    }
}

impl From<VReg> for Reg {
    #[inline]
    fn from(vreg: VReg) -> Reg {
        Reg(vreg.bits())
    }
}

/// Width of an operation. A 32-bit operation clears the upper half of its result register.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Size {
    B8,
    B16,
    B32,
    B64,
}

impl Size {
    /// Bytes.
    #[inline]
    pub const fn bytes(self) -> u32 {
        1 << self as u32
    }
}

/// The factor of an index.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Scale {
    X1,
    X2,
    X4,
    X8,
}

/// Where a memory operand is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Amode {
    /// `[base + disp]`
    Base {
        /// An integer register.
        base: Reg,
        /// Bytes.
        disp: i32,
    },
    /// `[base + index * scale + disp]`
    Indexed {
        /// An integer register.
        base: Reg,
        /// An integer register other than `rsp`.
        index: Reg,
        /// Its factor.
        scale: Scale,
        /// Bytes.
        disp: i32,
    },
    /// `[index * scale + disp]`
    Scaled {
        /// An integer register other than `rsp`.
        index: Reg,
        /// Its factor.
        scale: Scale,
        /// Bytes.
        disp: i32,
    },
    /// A spill slot of the frame.
    Spill(SpillSlot),
    /// An entry of the constant pool.
    Pool(PoolEntry),
}

impl Amode {
    /// `[base + disp]`
    #[inline]
    pub fn base(base: impl Into<Reg>, disp: i32) -> Amode {
        Amode::Base { base: base.into(), disp }
    }

    /// `[base + index * scale + disp]`
    #[inline]
    pub fn indexed(base: impl Into<Reg>, index: impl Into<Reg>, scale: Scale, disp: i32) -> Amode {
        Amode::Indexed { base: base.into(), index: index.into(), scale, disp }
    }
}

/// A register or memory. A virtual register here may be allocated a spill slot, which becomes a memory operand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RegMem {
    /// A register, or its spill slot.
    Reg(Reg),
    /// Memory.
    Mem(Amode),
}

/// A register or an immediate that is sign-extended to the width of the operation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RegImm {
    /// A register.
    Reg(Reg),
    /// A constant.
    Imm(i32),
}

/// A register, memory, or a sign-extended immediate.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RegMemImm {
    /// A register, or its spill slot.
    Reg(Reg),
    /// Memory.
    Mem(Amode),
    /// A constant.
    Imm(i32),
}

macro_rules! from_operands {
    ($($from:ty => $to:ty = $variant:ident,)*) => { $(
        impl From<$from> for $to {
            #[inline]
            fn from(operand: $from) -> $to { <$to>::$variant(operand.into()) }
        }
    )* };
}
from_operands! {
    Reg => RegMem = Reg, VReg => RegMem = Reg, PReg => RegMem = Reg, Amode => RegMem = Mem,
    Reg => RegImm = Reg, VReg => RegImm = Reg, PReg => RegImm = Reg, i32 => RegImm = Imm,
    Reg => RegMemImm = Reg, VReg => RegMemImm = Reg, PReg => RegMemImm = Reg,
    Amode => RegMemImm = Mem, i32 => RegMemImm = Imm,
}

impl From<RegMem> for RegMemImm {
    #[inline]
    fn from(operand: RegMem) -> RegMemImm {
        match operand {
            RegMem::Reg(reg) => RegMemImm::Reg(reg),
            RegMem::Mem(mem) => RegMemImm::Mem(mem),
        }
    }
}

/// How many bytes a load reads and how it fills the register.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Extend {
    U8,
    U16,
    U32,
    I8,
    I16,
    I32,
    /// All 64 bits.
    Full,
}

/// Two-operand integer operations; the numbers are those of the processor's `/n` forms.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the names say it")]
#[repr(u8)]
pub enum AluOp {
    Add = 0,
    Or = 1,
    /// With carry in; its flags must come from the instruction directly before.
    Adc = 2,
    /// With borrow in; its flags must come from the instruction directly before.
    Sbb = 3,
    And = 4,
    Sub = 5,
    Xor = 6,
}

/// One-operand integer operations.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum UnaryOp {
    Not,
    Neg,
    /// Reverses the bytes; 32 and 64 bits only.
    Bswap,
}

/// Shifts and rotations; the numbers are those of the processor's `/n` forms. The amount counts modulo the width.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the names say it")]
#[repr(u8)]
pub enum ShiftOp {
    Rol = 0,
    Ror = 1,
    Shl = 4,
    Shr = 5,
    Sar = 7,
}

/// Bit counts. Of 0, `Lzcnt` and `Tzcnt` give the width.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum BitsOp {
    Popcnt,
    Lzcnt,
    Tzcnt,
}

/// What sets the flags.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CmpOp {
    /// `a - b`: all conditions.
    Cmp,
    /// `a & b`: `E`, `Ne`, `S`, `Ns`.
    Test,
    /// Bit number `b` of `a`: `B` when set, `Ae` when clear. With `b` in a register, `a` must not be memory.
    Bt,
    /// `a * b`, with `b` an immediate: `O` when the product does not fit the size, else `No`. The product goes to the scratch
    /// register. By a power of two this tells in one instruction whether `a` fits so many bits less.
    Mul,
}

/// Double arithmetic.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FloatOp {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`
    Div,
    /// `a < b ? a : b`: `b` when either is NaN or both are zeros.
    Min,
    /// `a > b ? a : b`: `b` when either is NaN or both are zeros.
    Max,
    /// Bits of both. Memory operands of the four bitwise ones are 16 bytes wide.
    And,
    /// Bits of `b` that `a` lacks.
    Andn,
    /// Bits of either.
    Or,
    /// Bits of one.
    Xor,
}

impl FloatOp {
    /// Whether it works on all 128 bits, so that memory operands are 16 bytes.
    #[inline]
    pub const fn is_bitwise(self) -> bool {
        matches!(self, FloatOp::And | FloatOp::Andn | FloatOp::Or | FloatOp::Xor)
    }
}

/// Fused multiply-add. The name says which operands are multiplied: `acc` is the one that the result overwrites.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FmaOp {
    /// `a * b + acc`
    Add231,
    /// `a * b - acc`
    Sub231,
    /// `-(a * b) + acc`
    Nadd231,
    /// `a * acc + b`
    Add213,
    /// `a * acc - b`
    Sub213,
    /// `-(a * acc) + b`
    Nadd213,
}

/// How a double becomes a whole number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum RoundMode {
    /// To the nearest, ties to even.
    Nearest = 0,
    /// Down.
    Floor = 1,
    /// Up.
    Ceil = 2,
    /// Towards 0.
    Trunc = 3,
}

/// Index of a [`CallSite`] in its [`CallSites`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct CallId(u32);

impl CallId {
    /// Its number.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a call calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallTarget {
    /// An address known now. The call goes through a pool entry: shorter than an immediate, and no register is lost.
    Address(u64),
    /// An address in a register.
    Reg(Reg),
    /// An address in memory.
    Mem(Amode),
    /// A place of the same function.
    Label(Label),
    /// An address to which the code jumps with the address behind the jump in r11, where it is to be gone on.
    Switch(u64),
    /// Nothing: no instruction at all. The results are where others have put them.
    Nothing,
}

/// A call: its target, its fixed registers, what it destroys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CallSite {
    /// What is called.
    pub target: CallTarget,
    /// Goes to the table of return addresses.
    pub info: u32,
    /// Registers that do not survive, results aside.
    pub clobbers: PRegSet,
    pub(super) uses: (u32, u32),
    pub(super) defs: (u32, u32),
}

/// The calls of one function, kept apart because they have any number of operands.
#[derive(Clone, Debug, Default)]
pub struct CallSites {
    pub(super) sites: Vec<CallSite>,
    pub(super) pairs: Vec<(Reg, PReg)>,
}

impl CallSites {
    /// Those of a function that calls nothing.
    pub const NONE: CallSites = CallSites { sites: Vec::new(), pairs: Vec::new() };

    /// No calls yet.
    pub const fn new() -> CallSites {
        CallSites::NONE
    }

    /// Adds a call: `uses` are arguments with their registers, `defs` results with theirs. Stack arguments are stores
    /// that the lowerer puts before it.
    pub fn add(
        &mut self,
        target: CallTarget,
        info: u32,
        uses: &[(VReg, PReg)],
        defs: &[(VReg, PReg)],
        clobbers: PRegSet,
    ) -> CallId {
        let mut push = |pairs: &[(VReg, PReg)]| {
            let start = self.pairs.len() as u32;
            self.pairs.extend(pairs.iter().map(|&(vreg, preg)| (Reg::from(vreg), preg)));
            (start, self.pairs.len() as u32)
        };
        let (uses, defs_range) = (push(uses), push(defs));
        let mut clobbers = clobbers;
        for &(_, preg) in defs {
            clobbers.remove(preg);
        }
        self.sites.push(CallSite { target, info, clobbers, uses, defs: defs_range });
        CallId(self.sites.len() as u32 - 1)
    }

    /// The call with that id.
    #[inline]
    pub fn get(&self, id: CallId) -> &CallSite {
        &self.sites[id.0 as usize]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, id: CallId) -> (&mut CallSite, &mut [(Reg, PReg)]) {
        (&mut self.sites[id.0 as usize], &mut self.pairs)
    }

    /// The arguments with their registers.
    pub fn uses(&self, id: CallId) -> &[(Reg, PReg)] {
        let (start, end) = self.get(id).uses;
        &self.pairs[start as usize..end as usize]
    }

    /// The results with their registers.
    pub fn defs(&self, id: CallId) -> &[(Reg, PReg)] {
        let (start, end) = self.get(id).defs;
        &self.pairs[start as usize..end as usize]
    }
}

/// A machine instruction. `dst` is written, everything else is read; where the processor overwrites an operand, the
/// first input (`a`, `acc`) is tied to `dst`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the field names are those explained above")]
pub enum Inst {
    // Moves. None of them changes flags, `Zero` excepted.
    /// Integer register to register; 32 or 64 bits.
    Mov { size: Size, dst: Reg, src: Reg },
    /// `dst = value`, in the shortest form.
    Imm { dst: Reg, value: i64 },
    /// `dst = 0`, shorter and quicker than `Imm`, but changes flags.
    Zero { dst: Reg },
    /// Reads memory.
    Load { ext: Extend, dst: Reg, mem: Amode },
    /// Extends a part of a register.
    Extend { ext: Extend, dst: Reg, src: Reg },
    /// Writes memory.
    Store { size: Size, mem: Amode, src: RegImm },
    /// `dst = address of mem`; 32 or 64 bits. Arithmetic that leaves flags alone.
    Lea { size: Size, dst: Reg, mem: Amode },
    /// `dst = address of label`.
    LeaLabel { dst: Reg, label: Label },
    /// Exchanges two integer registers: a move cycle needs no temporary.
    Xchg { a: Reg, b: Reg },
    /// Copies a spill slot to another through the stack, without a register.
    CopySlot { to: SpillSlot, from: SpillSlot },

    // Integer arithmetic.
    /// `dst = a op b`; sets flags.
    Alu { op: AluOp, size: Size, dst: Reg, a: Reg, b: RegMemImm },
    /// `[mem] = [mem] op b`, not atomic; sets flags.
    AluMem { op: AluOp, size: Size, mem: Amode, b: RegImm },
    /// `dst = a + b` with all three free: `add` or `lea`; flags are unspecified. 32 or 64 bits.
    Add { size: Size, dst: Reg, a: Reg, b: RegImm },
    /// `dst = op a`.
    Unary { op: UnaryOp, size: Size, dst: Reg, a: Reg },
    /// `dst = a * b`, low half; overflow flag set when it does not fit. 16 bits or more.
    Imul { size: Size, dst: Reg, a: Reg, b: RegMem },
    /// `dst = a * imm`, low half. 16 bits or more.
    ImulImm { size: Size, dst: Reg, a: RegMem, imm: i32 },
    /// `hi:lo = a * b`, 128 bits; `lo`, `a` in rax, `hi` in rdx.
    MulWide { signed: bool, lo: Reg, hi: Reg, a: Reg, b: RegMem },
    /// `quot = a / b`, `rem = a % b`, truncated; `a`, `quot` in rax, `rem` in rdx. 32 or 64 bits. Traps when `b` is 0 and
    /// when the quotient overflows (smallest / -1): the lowerer excludes both.
    DivRem { signed: bool, size: Size, quot: Reg, rem: Reg, a: Reg, b: RegMem },
    /// `dst = a shifted by a constant`.
    ShiftImm { op: ShiftOp, size: Size, dst: Reg, a: Reg, amount: u8 },
    /// `dst = a shifted by amount`, which is in rcx.
    ShiftCl { op: ShiftOp, size: Size, dst: Reg, a: Reg, amount: Reg },
    /// The same with free registers and flags left alone; `Shl`, `Shr`, `Sar`; 32 or 64 bits; needs bmi2.
    ShiftX { op: ShiftOp, size: Size, dst: Reg, a: RegMem, amount: Reg },
    /// `dst = a rotated right`, flags left alone; 32 or 64 bits; needs bmi2.
    Rorx { size: Size, dst: Reg, a: RegMem, amount: u8 },
    /// `dst = low bits of a`, `index` of them (low byte of the register); 32 or 64 bits; needs bmi2.
    Bzhi { size: Size, dst: Reg, a: RegMem, index: Reg },
    /// `dst = !a & b`; 32 or 64 bits; needs bmi1.
    Andn { size: Size, dst: Reg, a: Reg, b: RegMem },
    /// Counts bits; 32 or 64 bits; needs popcnt, lzcnt or bmi1.
    Bits { op: BitsOp, size: Size, dst: Reg, a: RegMem },

    // Comparisons and conditions.
    /// Sets flags.
    Cmp { op: CmpOp, size: Size, a: RegMem, b: RegImm },
    /// Compares and jumps: falls through when the condition does not hold.
    CmpJump { op: CmpOp, size: Size, cc: Cc, a: RegMem, b: RegImm, target: Label },
    /// Compares; `dst` = 1 or 0, 64 bits.
    CmpSet { op: CmpOp, size: Size, cc: Cc, dst: Reg, a: RegMem, b: RegImm },
    /// Jumps on flags.
    Jcc { cc: Cc, target: Label },
    /// `dst` = 1 or 0, 64 bits, on flags, which it leaves alone.
    Setcc { cc: Cc, dst: Reg },
    /// `dst = cc ? b : a`, on flags, which it leaves alone; 32 or 64 bits. Memory is read in either case.
    Cmov { cc: Cc, size: Size, dst: Reg, a: Reg, b: RegMem },

    // Doubles.
    /// Vector register to register.
    FMov { dst: Reg, src: Reg },
    /// `dst` = the double with those bits, from the pool; +0.0 without memory.
    FConst { dst: Reg, bits: u64 },
    /// Reads a double.
    FLoad { dst: Reg, mem: Amode },
    /// Writes a double.
    FStore { mem: Amode, src: Reg },
    /// Exchanges two vector registers.
    FXchg { a: Reg, b: Reg },
    /// Bits of an integer register to a vector register.
    FFromBits { dst: Reg, src: Reg },
    /// Bits of a vector register to an integer register.
    FToBits { dst: Reg, src: Reg },
    /// `dst = a op b`.
    FAlu { op: FloatOp, dst: Reg, a: Reg, b: RegMem },
    /// `dst = -a`, through a mask of the pool.
    FNeg { dst: Reg, a: Reg },
    /// `dst = |a|`, through a mask of the pool.
    FAbs { dst: Reg, a: Reg },
    /// `dst = square root of a`.
    FSqrt { dst: Reg, a: RegMem },
    /// `dst = a rounded to a whole double`; needs sse41.
    FRound { mode: RoundMode, dst: Reg, a: RegMem },
    /// See [`FmaOp`]; needs fma.
    Fma { op: FmaOp, dst: Reg, acc: Reg, a: Reg, b: RegMem },
    /// Signed integer of 32 or 64 bits to double.
    IntToFloat { size: Size, dst: Reg, a: RegMem },
    /// Double to signed integer of 32 or 64 bits, truncated or (`round`) to nearest; the smallest integer if out of range.
    FloatToInt { size: Size, round: bool, dst: Reg, a: RegMem },
    /// Sets flags: unordered: P, E and B; greater: none; less: B; equal: E.
    Fcmp { a: Reg, b: RegMem },
    /// Compares and jumps. Shortest without memory, or with `Gt`, `Ge` and their opposites.
    FcmpJump { cc: FloatCc, a: Reg, b: RegMem, target: Label },
    /// Compares; `dst` = 1 or 0, 64 bits.
    FcmpSet { cc: FloatCc, dst: Reg, a: Reg, b: RegMem },
    /// `dst` = all ones or all zeros, in a vector register; needs avx.
    FcmpMask { cc: FloatCc, dst: Reg, a: Reg, b: RegMem },
    /// `dst = sign bit of mask ? b : a`; needs avx.
    FBlend { dst: Reg, mask: Reg, a: Reg, b: Reg },

    // Control.
    /// Goes on at a label.
    Jump { target: Label },
    /// Goes on at an address.
    JumpIndirect { target: RegMem },
    /// Calls; see [`CallSite`].
    Call { id: CallId },
    /// Returns.
    Ret,
    /// Pushes an integer register.
    Push { src: Reg },
    /// Pops an integer register.
    Pop { dst: Reg },
    /// Stops the program: what cannot be reached.
    Trap,
    /// A place that may be patched to jump to `target` when the code is invalidated. No bytes of its own, but the five
    /// that follow belong to no other label, point or call.
    InvalidationPoint { target: Label },
    /// Pads with no-operations to a multiple of `1 << log2` bytes, at most 32.
    Align { log2: u8 },
    /// Notes the lowerer's number for the code from here on.
    Mark { id: u32 },
}

const _: () = assert!(size_of::<Inst>() == 32, "the fields were laid out to fit");

impl Inst {
    /// A move of a whole register: what the allocator may coalesce. Destination, then source.
    #[inline]
    pub fn as_move(&self) -> Option<(Reg, Reg)> {
        match *self {
            Inst::Mov { size: Size::B64, dst, src } | Inst::FMov { dst, src } => Some((dst, src)),
            _ => None,
        }
    }

    /// A move between two places, as the allocator inserts them. Needs no temporary and changes no flags.
    pub fn move_loc(class: RegClass, to: Loc, from: Loc) -> Inst {
        match (to, from) {
            (Loc::Spill(to), Loc::Spill(from)) => Inst::CopySlot { to, from },
            (Loc::Reg(to), from) => {
                let dst = Reg::from(to);
                match (class, from) {
                    (RegClass::Int, Loc::Reg(src)) => Inst::Mov { size: Size::B64, dst, src: src.into() },
                    (RegClass::Float, Loc::Reg(src)) => Inst::FMov { dst, src: src.into() },
                    (RegClass::Int, Loc::Spill(slot)) => {
                        Inst::Load { ext: Extend::Full, dst, mem: Amode::Spill(slot) }
                    }
                    (RegClass::Float, Loc::Spill(slot)) => Inst::FLoad { dst, mem: Amode::Spill(slot) },
                }
            }
            (Loc::Spill(slot), Loc::Reg(from)) => {
                let (mem, src) = (Amode::Spill(slot), Reg::from(from));
                match class {
                    RegClass::Int => Inst::Store { size: Size::B64, mem, src: src.into() },
                    RegClass::Float => Inst::FStore { mem, src },
                }
            }
        }
    }

    /// An exchange of two registers of one class.
    pub fn exchange(a: PReg, b: PReg) -> Inst {
        match a.class() {
            RegClass::Int => Inst::Xchg { a: a.into(), b: b.into() },
            RegClass::Float => Inst::FXchg { a: a.into(), b: b.into() },
        }
    }

    /// Whether control never goes on behind it.
    #[inline]
    pub fn is_terminator(&self) -> bool {
        matches!(self, Inst::Jump { .. } | Inst::JumpIndirect { .. } | Inst::Ret | Inst::Trap)
    }
}
