//! Physical registers, as the register allocator and the encoders number them.
//!
//! One flat numbering for both classes, so that a set of registers is one 32-bit word:
//!
//! ```text
//!   0..16    integer registers: rax rcx rdx rbx rsp rbp rsi rdi r8..r15 (the processor's own numbers)
//!   16..32   vector registers:  xmm0..xmm15
//! ```
//!
//! The allocator knows nothing else of a target: which registers it may use, and which calls keep, are sets given
//! by the target (`asm::x64::abi`). Another target reuses the numbering with its own meaning of each number.

use std::fmt;

/// What a register can hold. A virtual register has one class for ever.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum RegClass {
    /// Integers, addresses, boxed values: 64 bits.
    Int = 0,
    /// Doubles.
    Float = 1,
}

impl RegClass {
    /// Both classes, in the order of their numbers.
    pub const ALL: [RegClass; 2] = [RegClass::Int, RegClass::Float];

    /// The number of the class, for tables.
    #[inline]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// All registers of the class.
    #[inline]
    pub const fn all_regs(self) -> PRegSet {
        match self {
            RegClass::Int => PRegSet::from_bits(0x0000_ffff),
            RegClass::Float => PRegSet::from_bits(0xffff_0000),
        }
    }
}

/// A physical register.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct PReg(u8);

impl PReg {
    /// How many there are; every `index()` is below.
    pub const COUNT: usize = 32;
    /// How many there are of one class.
    pub const PER_CLASS: usize = 16;

    /// The register with that number.
    ///
    /// # Panics
    /// If `index` is not below [`PReg::COUNT`].
    #[inline]
    pub const fn new(index: u8) -> PReg {
        assert!((index as usize) < PReg::COUNT, "register number out of range");
        PReg(index)
    }

    /// Integer register `n` of 0..16.
    #[inline]
    pub const fn int(n: u8) -> PReg {
        assert!((n as usize) < PReg::PER_CLASS, "register number out of range");
        PReg(n)
    }

    /// Vector register `n` of 0..16.
    #[inline]
    pub const fn float(n: u8) -> PReg {
        assert!((n as usize) < PReg::PER_CLASS, "register number out of range");
        PReg(16 + n)
    }

    /// The flat number, 0..32.
    #[inline]
    pub const fn index(self) -> usize {
        // Tables of all registers need no check then.
        self.0 as usize % PReg::COUNT
    }

    /// The number within the class, 0..16: what the processor's encodings use.
    #[inline]
    pub const fn hw(self) -> u8 {
        self.0 & 15
    }

    /// The class that the number implies.
    #[inline]
    pub const fn class(self) -> RegClass {
        if self.0 < 16 { RegClass::Int } else { RegClass::Float }
    }

    /// The set of this register alone.
    #[inline]
    pub const fn set(self) -> PRegSet {
        PRegSet(1 << self.0)
    }
}

impl fmt::Display for PReg {
    /// `p3` and `x5`: target-independent names, which the text forms of the allocator use.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.class() {
            RegClass::Int => write!(f, "p{}", self.hw()),
            RegClass::Float => write!(f, "x{}", self.hw()),
        }
    }
}

impl fmt::Debug for PReg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A set of physical registers, one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(transparent)]
pub struct PRegSet(u32);

impl PRegSet {
    /// No register.
    pub const EMPTY: PRegSet = PRegSet(0);

    /// The set whose members are the bits that are set.
    #[inline]
    pub const fn from_bits(bits: u32) -> PRegSet {
        PRegSet(bits)
    }

    /// One bit for each register.
    #[inline]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The set of the given registers.
    pub const fn of(regs: &[PReg]) -> PRegSet {
        let mut bits = 0;
        let mut i = 0;
        while i < regs.len() {
            bits |= 1 << regs[i].0;
            i += 1;
        }
        PRegSet(bits)
    }

    /// Whether it has no member.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The number of members.
    #[inline]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether `reg` is a member.
    #[inline]
    pub const fn contains(self, reg: PReg) -> bool {
        self.0 & (1 << reg.0) != 0
    }

    /// Makes `reg` a member.
    #[inline]
    pub const fn insert(&mut self, reg: PReg) {
        self.0 |= 1 << reg.0;
    }

    /// Makes `reg` no member.
    #[inline]
    pub const fn remove(&mut self, reg: PReg) {
        self.0 &= !(1 << reg.0);
    }

    /// The set with `reg` too.
    #[inline]
    pub const fn with(self, reg: PReg) -> PRegSet {
        PRegSet(self.0 | 1 << reg.0)
    }

    /// The members of either.
    #[inline]
    pub const fn union(self, other: PRegSet) -> PRegSet {
        PRegSet(self.0 | other.0)
    }

    /// The members of both.
    #[inline]
    pub const fn intersect(self, other: PRegSet) -> PRegSet {
        PRegSet(self.0 & other.0)
    }

    /// The members that `other` lacks.
    #[inline]
    pub const fn minus(self, other: PRegSet) -> PRegSet {
        PRegSet(self.0 & !other.0)
    }

    /// The lowest-numbered member.
    #[inline]
    pub const fn first(self) -> Option<PReg> {
        if self.0 == 0 { None } else { Some(PReg(self.0.trailing_zeros() as u8)) }
    }

    /// The members in order of their numbers.
    #[inline]
    pub fn iter(self) -> PRegSetIter {
        PRegSetIter(self.0)
    }
}

impl IntoIterator for PRegSet {
    type Item = PReg;
    type IntoIter = PRegSetIter;
    fn into_iter(self) -> PRegSetIter {
        self.iter()
    }
}

impl fmt::Debug for PRegSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// See [`PRegSet::iter`].
#[derive(Clone)]
pub struct PRegSetIter(u32);

impl Iterator for PRegSetIter {
    type Item = PReg;
    #[inline]
    fn next(&mut self) -> Option<PReg> {
        let reg = PRegSet(self.0).first()?;
        self.0 &= self.0 - 1;
        Some(reg)
    }
}

/// A virtual register: an SSA value of the lowered function, with its class.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct VReg(u32);

impl VReg {
    /// The largest index: two bits of the word are spared for the class and for whoever packs the word into another.
    pub const INDEX_MAX: usize = (1 << 30) - 1;

    /// Virtual register number `index` of class `class`. Both classes share one numbering.
    ///
    /// # Panics
    /// If `index` is above [`VReg::INDEX_MAX`].
    #[inline]
    pub const fn new(index: usize, class: RegClass) -> VReg {
        assert!(index <= VReg::INDEX_MAX, "too many virtual registers");
        VReg((index as u32) << 1 | class as u32)
    }

    /// Its number.
    #[inline]
    pub const fn index(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// Its class.
    #[inline]
    pub const fn class(self) -> RegClass {
        if self.0 & 1 == 0 { RegClass::Int } else { RegClass::Float }
    }

    /// Index and class in one word below 2^31.
    #[inline]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The inverse of [`VReg::bits`].
    #[inline]
    pub const fn from_bits(bits: u32) -> VReg {
        VReg(bits & 0x7fff_ffff)
    }
}

impl fmt::Display for VReg {
    /// `v3` or `f3` after the class.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.class() {
            RegClass::Int => write!(f, "v{}", self.index()),
            RegClass::Float => write!(f, "f{}", self.index()),
        }
    }
}

impl fmt::Debug for VReg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether an instruction reads or writes an operand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OperandKind {
    /// Reads it.
    Use,
    /// Writes it. Every virtual register has one definition.
    Def,
}

/// When, within its instruction, an operand occupies its register.
///
/// A use at `Early` and a definition at `Late` may share a register. A use at `Late` shares with no definition, a
/// definition at `Early` shares with no use: the means to ask for temporaries and for order inside an instruction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OperandPos {
    /// Where inputs are read.
    Early,
    /// Where outputs are written.
    Late,
}

/// Where an operand may be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Constraint {
    /// In a register of its class or in its spill slot.
    Any,
    /// In some register of its class.
    Reg,
    /// In exactly this register.
    Fixed(PReg),
    /// A definition in the same register as the use that is operand number `.0` of the same instruction.
    Reuse(u8),
}

/// One operand as the allocator sees it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Operand {
    /// The virtual register.
    pub vreg: VReg,
    /// Read or written.
    pub kind: OperandKind,
    /// When.
    pub pos: OperandPos,
    /// Where.
    pub constraint: Constraint,
}

/// A spill slot of 8 bytes, numbered from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(transparent)]
pub struct SpillSlot(pub u32);

/// What the allocator gives an operand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Loc {
    /// This register.
    Reg(PReg),
    /// This spill slot; only for [`Constraint::Any`].
    Spill(SpillSlot),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbering_is_flat_and_classes_follow_from_it() {
        assert_eq!(PReg::int(15).index(), 15);
        assert_eq!(PReg::float(0).index(), 16);
        assert_eq!(PReg::float(9).hw(), 9);
        for class in RegClass::ALL {
            assert_eq!(class.all_regs().len(), PReg::PER_CLASS);
            assert!(class.all_regs().iter().all(|reg| reg.class() == class));
        }
    }

    #[test]
    fn sets_are_sets() {
        let mut set = PRegSet::of(&[PReg::int(3), PReg::float(15)]);
        assert_eq!(set.iter().map(PReg::index).collect::<Vec<_>>(), [3, 31]);
        set.insert(PReg::int(0));
        set.remove(PReg::int(3));
        assert_eq!(set.first(), Some(PReg::int(0)));
        assert_eq!(set.minus(RegClass::Int.all_regs()), PReg::float(15).set());
        assert_eq!(set.union(PReg::int(1).set()).len(), 3);
        assert!(set.intersect(PReg::int(1).set()).is_empty());
        assert_eq!(PRegSet::EMPTY.first(), None);
    }
}
