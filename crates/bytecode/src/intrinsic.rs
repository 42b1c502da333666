//! Native functions that the machine or the compilers know by number, never by name.

/// A native function with a meaning of its own to the interpreter or a compiler.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Intrinsic {
    /// `next`, whose loops traverse directly.
    Next = 1,
    /// The iterator that `ipairs` gives.
    IpairsNext,
    /// `pairs`, whose first upvalue is `next`.
    Pairs,
    /// `ipairs`, whose first upvalue is its iterator.
    Ipairs,
    /// `pcall`.
    Pcall,
    /// `math.floor`.
    MathFloor,
    /// `math.sqrt`.
    MathSqrt,
    /// `math.abs`.
    MathAbs,
    /// `math.max`.
    MathMax,
    /// `math.min`.
    MathMin,
    /// `math.random`.
    MathRandom,
    /// `bit32.band`.
    BitAnd,
    /// `bit32.bor`.
    BitOr,
    /// `bit32.bxor`.
    BitXor,
    /// `bit32.bnot`.
    BitNot,
    /// `bit32.lshift`.
    ShiftLeft,
    /// `bit32.rshift`.
    ShiftRight,
    /// `bit32.lrotate`.
    RotateLeft,
    /// `bit32.rrotate`.
    RotateRight,
    /// `string.byte`.
    StringByte,
    /// `string.sub`.
    StringSub,
    /// `string.char`.
    StringChar,
    /// `string.len`.
    StringLen,
    /// `table.insert`.
    TableInsert,
    /// `table.remove`.
    TableRemove,
    /// `unpack` and `table.unpack`.
    Unpack,
    /// `select`.
    Select,
    /// `type`.
    Type,
    /// `rawget`.
    RawGet,
    /// `rawequal`.
    RawEqual,
    /// `rawlen`.
    RawLen,
    /// `setmetatable`.
    SetMetatable,
    /// `coroutine.yield`.
    Yield,
    /// `coroutine.resume`.
    Resume,
    /// The function that `coroutine.wrap` gives.
    WrapResume,
    /// `matrix.getf`.
    MatrixGet,
    /// `matrix.setf`.
    MatrixSet,
}
