//! The byte forms of x86-64: prefixes, ModRM and SIB, VEX.
//!
//! ```text
//!   legacy   [66|F2|F3] [REX 0100WRXB] opcode(s) ModRM [SIB] [disp] [imm]
//!   VEX      C5 RvvvvLpp                  opcode ModRM ...      when no X, B, W and map 0F
//!            C4 RXBmmmmm WvvvvLpp         opcode ModRM ...      (R, X, B, v inverted)
//!   ModRM    mod reg rm;  rm = 4 means SIB follows (so rsp and r12 as base need one),
//!            mod 0 rm = 5 means rip + disp32 (so rbp and r13 as base need a displacement)
//! ```
//!
//! Knows encodings, not instructions: which opcode does what stands in `emit`.

use super::buffer::CodeBuffer;
use super::inst::Scale;
use crate::asm::{Label, PoolEntry};

/// A resolved memory operand: numbers of physical registers.
#[derive(Clone, Copy)]
pub(super) enum Mem {
    Base { base: u8, disp: i32 },
    Indexed { base: u8, index: u8, scale: Scale, disp: i32 },
    Scaled { index: u8, scale: Scale, disp: i32 },
    Pool(PoolEntry),
    Label(Label),
}

/// A resolved register-or-memory operand.
#[derive(Clone, Copy)]
pub(super) enum Rm {
    Reg(u8),
    Mem(Mem),
}

impl Rm {
    /// The third bits of index and base (or register).
    fn high_bits(self) -> (bool, bool) {
        match self {
            Rm::Reg(reg) => (false, reg >= 8),
            Rm::Mem(Mem::Base { base, .. }) => (false, base >= 8),
            Rm::Mem(Mem::Indexed { base, index, .. }) => (index >= 8, base >= 8),
            Rm::Mem(Mem::Scaled { index, .. }) => (index >= 8, false),
            Rm::Mem(Mem::Pool(_) | Mem::Label(_)) => (false, false),
        }
    }

    /// Whether the register takes part in it.
    pub(super) fn mentions(self, reg: u8) -> bool {
        match self {
            Rm::Reg(own) => own == reg,
            Rm::Mem(Mem::Base { base, .. }) => base == reg,
            Rm::Mem(Mem::Indexed { base, index, .. }) => base == reg || index == reg,
            Rm::Mem(Mem::Scaled { index, .. }) => index == reg,
            Rm::Mem(Mem::Pool(_) | Mem::Label(_)) => false,
        }
    }
}

/// Opcode maps, numbered as VEX does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Map {
    One = 0,
    M0F = 1,
    M0F38 = 2,
    M0F3A = 3,
}

/// Mandatory prefixes, numbered as VEX does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pp {
    None = 0,
    P66 = 1,
    F3 = 2,
    F2 = 3,
}

impl Pp {
    fn byte(self) -> Option<u8> {
        match self {
            Pp::None => None,
            Pp::P66 => Some(0x66),
            Pp::F3 => Some(0xf3),
            Pp::F2 => Some(0xf2),
        }
    }
}

/// An opcode with all that goes before it except register bits.
#[derive(Clone, Copy)]
pub(super) struct Op {
    pub pp: Pp,
    pub map: Map,
    pub code: u8,
    pub w: bool,
}

impl Op {
    pub(super) const fn new(pp: Pp, map: Map, code: u8) -> Op {
        Op { pp, map, code, w: false }
    }

    /// With the 64-bit bit.
    pub(super) const fn wide(self, w: bool) -> Op {
        Op { w, ..self }
    }
}

impl CodeBuffer {
    /// A legacy form. `reg` is a register or `/n`; `byte_regs` says that registers 4..8 mean spl..dil, which a REX prefix
    /// must say; `tail` immediate bytes will follow.
    pub(super) fn legacy(&mut self, op: Op, reg: u8, rm: Rm, byte_regs: bool, tail: u8) {
        if let Some(prefix) = op.pp.byte() {
            self.put(prefix);
        }
        let (x, b) = rm.high_bits();
        let rex = (op.w as u8) << 3 | ((reg >= 8) as u8) << 2 | (x as u8) << 1 | b as u8;
        if rex != 0 || byte_regs {
            self.put(0x40 | rex);
        }
        match op.map {
            Map::One => {}
            Map::M0F => self.put(0x0f),
            Map::M0F38 => self.put_slice(&[0x0f, 0x38]),
            Map::M0F3A => self.put_slice(&[0x0f, 0x3a]),
        }
        self.put(op.code);
        self.modrm(reg, rm, tail);
    }

    /// A form of one register that is part of the opcode.
    pub(super) fn opcode_reg(&mut self, code: u8, reg: u8, w: bool) {
        let rex = (w as u8) << 3 | (reg >= 8) as u8;
        if rex != 0 {
            self.put(0x40 | rex);
        }
        self.put(code | reg & 7);
    }

    /// A VEX form of 128 bits or a scalar; `v` is the extra register, 0 where there is none.
    pub(super) fn vex(&mut self, op: Op, reg: u8, v: u8, rm: Rm, tail: u8) {
        let (x, b) = rm.high_bits();
        let r_inverted = if reg >= 8 { 0 } else { 0x80 };
        let last = (!v & 15) << 3 | op.pp as u8;
        if !x && !b && !op.w && op.map == Map::M0F {
            self.put_slice(&[0xc5, r_inverted | last]);
        } else {
            let second = r_inverted | if x { 0 } else { 0x40 } | if b { 0 } else { 0x20 } | op.map as u8;
            self.put_slice(&[0xc4, second, (op.w as u8) << 7 | last]);
        }
        self.put(op.code);
        self.modrm(reg, rm, tail);
    }

    fn modrm(&mut self, reg: u8, rm: Rm, tail: u8) {
        let reg = (reg & 7) << 3;
        match rm {
            Rm::Reg(rm) => self.put(0xc0 | reg | rm & 7),
            Rm::Mem(Mem::Base { base, disp }) => {
                let (mode, width) = displacement(base, disp);
                self.put(mode | reg | base & 7);
                if base & 7 == 4 {
                    self.put(0x24);
                }
                self.displace(width, disp);
            }
            Rm::Mem(Mem::Indexed { base, index, scale, disp }) => {
                let (mode, width) = displacement(base, disp);
                self.put(mode | reg | 4);
                self.put(sib(scale, index, base));
                self.displace(width, disp);
            }
            Rm::Mem(Mem::Scaled { index, scale, disp }) => {
                self.put(reg | 4);
                self.put(sib(scale, index, 5));
                self.displace(4, disp);
            }
            Rm::Mem(Mem::Pool(entry)) => {
                self.put(reg | 5);
                self.put_pool_disp(entry, tail);
            }
            Rm::Mem(Mem::Label(label)) => {
                self.put(reg | 5);
                self.put_label_disp(label, tail);
            }
        }
    }

    fn displace(&mut self, width: u8, disp: i32) {
        match width {
            0 => {}
            1 => self.put(disp as u8),
            _ => self.put_slice(&disp.to_le_bytes()),
        }
    }
}

/// The mod bits and the number of displacement bytes.
fn displacement(base: u8, disp: i32) -> (u8, u8) {
    if disp == 0 && base & 7 != 5 {
        (0, 0)
    } else if i8::try_from(disp).is_ok() {
        (0x40, 1)
    } else {
        (0x80, 4)
    }
}

fn sib(scale: Scale, index: u8, base: u8) -> u8 {
    assert!(index != 4, "rsp cannot be an index");
    (scale as u8) << 6 | (index & 7) << 3 | base & 7
}
