//! x86-64: registers, conditions, processor features, calling convention.
//!
//! ```text
//!   inst      the instruction enum and its operands      operands   what the register allocator is told
//!   encode    prefixes, ModRM, VEX: bytes of one form    emit       one `Inst` to one or a few of those forms
//!   buffer    labels, short and near jumps, the pool     print      text, as a disassembler would write it
//! ```
//!
//! The encoder is our own rather than `dynasm`'s macros: there every addressing mode, immediate width and scale must be
//! chosen by a `match` around a macro call per form, which for operands known only at run time is longer than the few
//! rules of ModRM and VEX written once. An independent disassembler checks every form in the tests.

pub mod buffer;
pub mod emit;
mod encode;
pub mod inst;
pub mod operands;
mod print;
#[cfg(test)]
mod tests;

use crate::regs::{PReg, PRegSet};

/// The registers by name.
#[allow(missing_docs, reason = "the names are the processor's")]
pub mod reg {
    use crate::regs::PReg;

    pub const RAX: PReg = PReg::int(0);
    pub const RCX: PReg = PReg::int(1);
    pub const RDX: PReg = PReg::int(2);
    pub const RBX: PReg = PReg::int(3);
    pub const RSP: PReg = PReg::int(4);
    pub const RBP: PReg = PReg::int(5);
    pub const RSI: PReg = PReg::int(6);
    pub const RDI: PReg = PReg::int(7);
    pub const R8: PReg = PReg::int(8);
    pub const R9: PReg = PReg::int(9);
    pub const R10: PReg = PReg::int(10);
    pub const R11: PReg = PReg::int(11);
    pub const R12: PReg = PReg::int(12);
    pub const R13: PReg = PReg::int(13);
    pub const R14: PReg = PReg::int(14);
    pub const R15: PReg = PReg::int(15);
}

/// Integer argument registers of the System V convention, in order.
pub const ARG_INT: [PReg; 6] = [reg::RDI, reg::RSI, reg::RDX, reg::RCX, reg::R8, reg::R9];

/// Registers that a System V callee keeps; `rsp` is not counted.
pub const CALLEE_SAVED: PRegSet = PRegSet::of(&[reg::RBX, reg::RBP, reg::R12, reg::R13, reg::R14, reg::R15]);

/// Registers that a call by the System V convention may change: no vector register is kept.
pub const CALLER_SAVED: PRegSet = PRegSet::from_bits(!0).minus(CALLEE_SAVED).minus(reg::RSP.set());

/// A condition on the flags, numbered as the processor does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
#[allow(missing_docs, reason = "the plain ones are the processor's own names")]
pub enum Cc {
    /// Overflow.
    O = 0,
    No = 1,
    /// Below, unsigned; also carry.
    B = 2,
    /// Above or equal, unsigned; also no carry.
    Ae = 3,
    /// Equal; also zero.
    E = 4,
    Ne = 5,
    /// Below or equal, unsigned.
    Be = 6,
    /// Above, unsigned.
    A = 7,
    /// Negative.
    S = 8,
    Ns = 9,
    /// Parity; after a comparison of doubles: unordered.
    P = 10,
    Np = 11,
    /// Less, signed.
    L = 12,
    Ge = 13,
    Le = 14,
    G = 15,
}

impl Cc {
    /// All conditions, in order of their numbers.
    pub const ALL: [Cc; 16] = [
        Cc::O,
        Cc::No,
        Cc::B,
        Cc::Ae,
        Cc::E,
        Cc::Ne,
        Cc::Be,
        Cc::A,
        Cc::S,
        Cc::Ns,
        Cc::P,
        Cc::Np,
        Cc::L,
        Cc::Ge,
        Cc::Le,
        Cc::G,
    ];

    /// The opposite.
    #[inline]
    pub const fn negate(self) -> Cc {
        Cc::ALL[(self as usize) ^ 1]
    }

    /// The condition that holds of `b ? a` when this one holds of `a ? b`. Conditions of single flags are left alone.
    #[inline]
    pub const fn swap_operands(self) -> Cc {
        match self {
            Cc::B => Cc::A,
            Cc::A => Cc::B,
            Cc::Ae => Cc::Be,
            Cc::Be => Cc::Ae,
            Cc::L => Cc::G,
            Cc::G => Cc::L,
            Cc::Ge => Cc::Le,
            Cc::Le => Cc::Ge,
            Cc::O | Cc::No | Cc::E | Cc::Ne | Cc::S | Cc::Ns | Cc::P | Cc::Np => self,
        }
    }
}

/// A condition on two doubles. The plain ones are false of NaN, the negated ones true, so that each has an opposite.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum FloatCc {
    Eq,
    Ne,
    Lt,
    NotLt,
    Le,
    NotLe,
    Gt,
    NotGt,
    Ge,
    NotGe,
    Ordered,
    Unordered,
}

impl FloatCc {
    /// All conditions; each stands beside its opposite.
    pub const ALL: [FloatCc; 12] = [
        FloatCc::Eq,
        FloatCc::Ne,
        FloatCc::Lt,
        FloatCc::NotLt,
        FloatCc::Le,
        FloatCc::NotLe,
        FloatCc::Gt,
        FloatCc::NotGt,
        FloatCc::Ge,
        FloatCc::NotGe,
        FloatCc::Ordered,
        FloatCc::Unordered,
    ];

    /// The opposite, of NaN too.
    #[inline]
    pub const fn negate(self) -> FloatCc {
        FloatCc::ALL[(self as usize) ^ 1]
    }

    /// The condition that holds of `b ? a` when this one holds of `a ? b`.
    #[inline]
    pub const fn swap_operands(self) -> FloatCc {
        match self {
            FloatCc::Lt => FloatCc::Gt,
            FloatCc::Gt => FloatCc::Lt,
            FloatCc::Le => FloatCc::Ge,
            FloatCc::Ge => FloatCc::Le,
            FloatCc::NotLt => FloatCc::NotGt,
            FloatCc::NotGt => FloatCc::NotLt,
            FloatCc::NotLe => FloatCc::NotGe,
            FloatCc::NotGe => FloatCc::NotLe,
            FloatCc::Eq | FloatCc::Ne | FloatCc::Ordered | FloatCc::Unordered => self,
        }
    }

    /// Whether it holds; the definition that machine code is tested against.
    pub fn holds(self, a: f64, b: f64) -> bool {
        match self {
            FloatCc::Eq => a == b,
            FloatCc::Lt => a < b,
            FloatCc::Le => a <= b,
            FloatCc::Gt => a > b,
            FloatCc::Ge => a >= b,
            FloatCc::Ordered => !a.is_nan() && !b.is_nan(),
            FloatCc::Ne
            | FloatCc::NotLt
            | FloatCc::NotLe
            | FloatCc::NotGt
            | FloatCc::NotGe
            | FloatCc::Unordered => !self.negate().holds(a, b),
        }
    }
}

/// What the processor can do beyond the base of x86-64. The lowerer asks before it makes an instruction that needs one;
/// the emitter asks only for `avx`, to choose between three-operand and two-operand forms of double arithmetic.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Features {
    /// Rounding of doubles: `FRound`.
    pub sse41: bool,
    /// `Bits` with `Popcnt`.
    pub popcnt: bool,
    /// Three-operand forms; `FBlend` and `FcmpMask`.
    pub avx: bool,
    /// `Fma`.
    pub fma: bool,
    /// `Andn` and `Bits` with `Tzcnt`.
    pub bmi1: bool,
    /// `ShiftX`, `Rorx`, `Bzhi`.
    pub bmi2: bool,
    /// `Bits` with `Lzcnt`.
    pub lzcnt: bool,
}

impl Features {
    /// Nothing beyond SSE2.
    pub const BASE: Features = Features {
        sse41: false,
        popcnt: false,
        avx: false,
        fma: false,
        bmi1: false,
        bmi2: false,
        lzcnt: false,
    };

    /// All of them.
    pub const ALL: Features =
        Features { sse41: true, popcnt: true, avx: true, fma: true, bmi1: true, bmi2: true, lzcnt: true };

    /// What the processor that runs this has (and its system saves: `avx` is only reported with its state enabled).
    #[cfg(target_arch = "x86_64")]
    pub fn detect() -> Features {
        use std::arch::is_x86_feature_detected;
        Features {
            sse41: is_x86_feature_detected!("sse4.1"),
            popcnt: is_x86_feature_detected!("popcnt"),
            avx: is_x86_feature_detected!("avx"),
            fma: is_x86_feature_detected!("fma") && is_x86_feature_detected!("avx"),
            bmi1: is_x86_feature_detected!("bmi1"),
            bmi2: is_x86_feature_detected!("bmi2"),
            lzcnt: is_x86_feature_detected!("lzcnt"),
        }
    }

    /// What the processor that runs this has: nothing, as it is another one.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn detect() -> Features {
        Features::BASE
    }
}
