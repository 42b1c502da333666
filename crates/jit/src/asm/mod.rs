//! Machine instructions to bytes.
//!
//! The one idea: the lowered function is a list of `Inst`s whose operands are virtual registers first and physical ones
//! after allocation. A target's folder owns the instruction enum, tells the register allocator its operands, and emits
//! bytes; here is only what all targets share: labels, names of pool entries, and the finished [`Code`].
//!
//! ```text
//!   bytes:   hot blocks | cold blocks | exit stubs | exit thunk | constant pool (16-byte entries, 8-byte entries, words)
//! ```
//!
//! Finished code holds no address of itself, so it is copied anywhere without relocation. It knows nothing of functions,
//! snapshots or bytecode: metadata tables carry ids that whoever lowered the function chose.
//!
//! Encoders are safe code that builds a `Vec<u8>`; running it is `code`'s affair. A second target adds a folder beside
//! `x64`; both compile on every host, so that their tests against a disassembler run anywhere.

pub mod x64;

use std::fmt;

/// A place in the code of one function, bound once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(transparent)]
pub struct Label(pub(crate) u32);

impl Label {
    /// Its number; labels of one assembler are dense from 0.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "L{}", self.0)
    }
}

/// An entry of the constant pool of one function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct PoolEntry(pub(crate) u32);

/// The number of an exit, chosen by whoever lowers; the exit routine finds it on the stack.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(transparent)]
pub struct ExitId(pub u32);

/// Bytes of one exit stub. Stub `n` of a function begins at `exit_base + n * EXIT_STUB_BYTES`.
pub const EXIT_STUB_BYTES: u32 = 10;

/// Bytes that a patch of an invalidation point overwrites.
pub const PATCH_BYTES: u32 = 5;

/// A place after a call: where the callee returns to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReturnPoint {
    /// Offset of the return address.
    pub offset: u32,
    /// What the call site said of itself.
    pub info: u32,
}

/// A place that is overwritten with a jump when an assumption of the code breaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidationPoint {
    /// Where the jump goes. The [`PATCH_BYTES`] from here are one straight line: nothing jumps or returns into them.
    pub offset: u32,
    /// Offset of what it jumps to.
    pub target: u32,
}

/// A place with a mark of the lowerer, such as a bytecode position; holds until the next mark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// Offset of the first byte it speaks of.
    pub offset: u32,
    /// The lowerer's number.
    pub id: u32,
}

/// A finished function: position-independent bytes and tables of offsets into them, each in ascending order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Code {
    /// Instructions, then the constant pool. To be placed at an address that is a multiple of [`Code::ALIGN`].
    pub bytes: Vec<u8>,
    /// Where cold code begins (exit stubs if there is none).
    pub cold_offset: u32,
    /// Where the pool begins: the length of the instructions with padding.
    pub pool_offset: u32,
    /// Return addresses of all calls.
    pub returns: Vec<ReturnPoint>,
    /// Places to patch when the code is invalidated.
    pub invalidation_points: Vec<InvalidationPoint>,
    /// Marks, for line tables and annotated listings.
    pub marks: Vec<Mark>,
    /// The instructions in words, if they were kept: each with its offset.
    pub text: Vec<(u32, String)>,
    /// Offset of the first exit stub.
    pub exit_base: u32,
    /// The exit that each stub stands for.
    pub exits: Vec<ExitId>,
    /// Offsets of the patchable data words, in order of their making; multiples of 8.
    pub words: Vec<u32>,
    /// Offsets of exported labels, in order of their export.
    pub exports: Vec<u32>,
}

impl Code {
    /// What the address of the bytes must be a multiple of; loop heads are aligned to it.
    pub const ALIGN: usize = 32;

    /// The information of the call that returns to `offset`.
    pub fn return_info(&self, offset: u32) -> Option<u32> {
        let at = self.returns.binary_search_by_key(&offset, |point| point.offset).ok()?;
        Some(self.returns[at].info)
    }

    /// The offset of stub number `index`.
    pub fn exit_offset(&self, index: usize) -> u32 {
        self.exit_base + index as u32 * EXIT_STUB_BYTES
    }

    /// The mark that holds at `offset`.
    pub fn mark_at(&self, offset: u32) -> Option<u32> {
        let after = self.marks.partition_point(|mark| mark.offset <= offset);
        Some(self.marks[after.checked_sub(1)?].id)
    }
}
