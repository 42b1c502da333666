//! The instruction set: one table from which everything else about an op is derived.
//!
//! An instruction is one 64-bit word with fixed fields, so decoding is shifts only:
//!
//! ```text
//!   bit 0        8        16               32               48               64
//!       |  op  |   x    |       a        |       b        |       c        |
//!                                        |              bc                 |
//! ```
//!
//! `a`, `b`, `c` are 16 bits, `x` is 8 bits and `bc` is `b` and `c` read as one 32-bit field. What a field means in an
//! op is its *operand kind* (`Dst`, `Src`, `Const`, …); the verifier, the text form and the documentation read it from
//! the table. Jumps are relative to the instruction after the jump.
//!
//! Calls use a *window* of registers: `r[a]` the callee, `r[a+1]` and `r[a+2]` the frame's link words (left alone by the
//! compiler), the arguments from `r[a+3]`; the callee's frame starts at its arguments and its results are written from
//! `r[a]` on. An op with "multi" in its name takes or gives a list whose length is known only at run time: the
//! fiber's `multi` count; the list starts where the op's fixed part ends.

/// Applies the macro `$with` to the table of all ops: `Name { field: Kind, … } "doc";`.
///
/// Field names are `x`, `a`, `b`, `c`, `bc`; kinds are the variants of [`OperandKind`](crate::ops::OperandKind).
#[macro_export]
macro_rules! for_each_op {
    ($with:ident) => { $with! {
        // Loads and moves.
        Move        { a: Dst, b: Src } "r[a] = r[b]";
        LoadNil     { a: DstRange, b: Count } "r[a .. a+b] = nil";
        LoadBool    { a: Dst, b: Count } "r[a] = (b != 0)";
        LoadInt     { a: Dst, bc: Imm32 } "r[a] = integer bc";
        LoadConst   { a: Dst, bc: Const32 } "r[a] = k[bc]";
        LoadMark    { a: Dst } "r[a] = the internal mark that makes a select case a receive";

        // Captured variables and globals.
        GetUpval    { a: Dst, b: Upval } "r[a] = upvalue b, which was copied at capture";
        GetUpcell   { a: Dst, b: Upval } "r[a] = contents of the cell in upvalue b";
        SetUpcell   { a: Src, b: Upval } "contents of the cell in upvalue b = r[a]";
        NewCell     { a: Dst, b: Src } "r[a] = new cell holding r[b]";
        GetCell     { a: Dst, b: SrcCell } "r[a] = contents of the cell in r[b]";
        SetCell     { a: SrcCell, b: Src } "contents of the cell in r[a] = r[b]";
        CopyCell    { a: SrcCell } "r[a] = new cell with the contents of the cell in r[a]: the next iteration's variable";
        GetGlobal   { a: Dst, bc: Global } "r[a] = module global k[bc]";
        SetGlobal   { a: Src, bc: Global } "module global k[bc] = r[a]";
        Closure     { a: Dst, bc: Proto } "r[a] = new closure of the module's function bc; r[a] is written before the upvalues are copied, so that a function can capture itself";

        // Tables.
        NewTable    { a: Dst, bc: Template } "r[a] = new table laid out by template bc; its slots are nil";
        InitSlot    { a: Src, b: Count, c: Src } "slot b of the new table r[a] = r[c]";
        SetList     { a: Src, x: Count, bc: Imm32 } "r[a][bc+i] = r[a+1+i] for i in 0..x, in a new table";
        SetListMulti { a: Src, x: Count, bc: Imm32 } "r[a][bc+i] = r[a+1+i] for i in 0..x+multi, in a new table";
        GetField    { a: Dst, b: Src, c: ConstStr } "r[a] = r[b].k[c]";
        SetField    { a: Src, b: ConstStr, c: Src } "r[a].k[b] = r[c]";
        GetIndex    { a: Dst, b: Src, c: Src } "r[a] = r[b][r[c]]";
        SetIndex    { a: Src, b: Src, c: Src } "r[a][r[b]] = r[c]";
        GetIndexInt { a: Dst, b: Src, c: Imm16 } "r[a] = r[b][integer c]";
        SetIndexInt { a: Src, b: Imm16, c: Src } "r[a][integer b] = r[c]";
        GetMethod   { a: DstWindow, b: Src, c: ConstStr } "r[a] = r[b].k[c]; r[a+3] = r[b]";

        // Calls and results.
        Call        { a: Window, b: Count, c: Count } "r[a .. a+c] = r[a](r[a+3 .. a+3+b])";
        CallMulti   { a: Window, b: Count, c: Count } "as Call with b+multi arguments";
        CallRetMulti { a: Window, b: Count } "r[a .. a+multi] = r[a](r[a+3 .. a+3+b]); sets multi";
        CallMultiRetMulti { a: Window, b: Count } "as CallRetMulti with b+multi arguments";
        Return0     { } "returns no values";
        Return1     { a: Src } "returns r[a]";
        Return      { a: SrcRange, b: Count } "returns r[a .. a+b]";
        ReturnMulti { a: SrcRange, b: Count } "returns r[a .. a+b+multi]";
        Vararg      { a: DstRange, b: Count } "r[a .. a+b] = the first b extra arguments, nil where missing";
        VarargMulti { a: DstMulti } "r[a ..] = all extra arguments; sets multi";
        VarargLen   { a: Dst } "r[a] = number of extra arguments";
        VarargIndex { a: Dst, b: Src } "r[a] = extra argument number r[b], nil out of range";
        VarargTable { a: Dst } "r[a] = new table of the extra arguments with their count in field n";
        Go          { a: Window, b: Count } "starts goroutine r[a](r[a+3 .. a+3+b])";
        GoMulti     { a: Window, b: Count } "as Go with b+multi arguments";
        Defer       { a: Window, b: Count, c: SrcDst } "puts the call r[a](r[a+3 .. a+3+b]) on the defer list in r[c]";
        DeferMulti  { a: Window, b: Count, c: SrcDst } "as Defer with b+multi arguments";
        RunDefers   { a: SrcRange, b: Count, c: SrcDst } "runs the defer list in r[c], keeping r[a .. a+b]";
        RunDefersMulti { a: SrcRange, b: Count, c: SrcDst } "runs the defer list in r[c], keeping r[a .. a+b+multi] and multi";

        // Arithmetic. Slow paths convert numeric strings and call metamethods.
        Add         { a: Dst, b: Src, c: Src } "r[a] = r[b] + r[c]";
        Sub         { a: Dst, b: Src, c: Src } "r[a] = r[b] - r[c]";
        Mul         { a: Dst, b: Src, c: Src } "r[a] = r[b] * r[c]";
        Div         { a: Dst, b: Src, c: Src } "r[a] = r[b] / r[c]";
        Mod         { a: Dst, b: Src, c: Src } "r[a] = r[b] % r[c]";
        Pow         { a: Dst, b: Src, c: Src } "r[a] = r[b] ** r[c]";
        BitAnd      { a: Dst, b: Src, c: Src } "r[a] = r[b] & r[c]";
        BitOr       { a: Dst, b: Src, c: Src } "r[a] = r[b] | r[c]";
        BitXor      { a: Dst, b: Src, c: Src } "r[a] = r[b] ^ r[c]";
        BitClear    { a: Dst, b: Src, c: Src } "r[a] = r[b] &^ r[c]";
        Shl         { a: Dst, b: Src, c: Src } "r[a] = r[b] << r[c]";
        Shr         { a: Dst, b: Src, c: Src } "r[a] = r[b] >> r[c]";
        AddImm      { a: Dst, b: Src, c: Imm16 } "r[a] = r[b] + integer c";
        SubImm      { a: Dst, b: Src, c: Imm16 } "r[a] = r[b] - integer c";
        AddConst    { a: Dst, b: Src, c: ConstNum } "r[a] = r[b] + k[c]";
        SubConst    { a: Dst, b: Src, c: ConstNum } "r[a] = r[b] - k[c]";
        MulConst    { a: Dst, b: Src, c: ConstNum } "r[a] = r[b] * k[c]";
        DivConst    { a: Dst, b: Src, c: ConstNum } "r[a] = r[b] / k[c]";
        ModConst    { a: Dst, b: Src, c: ConstNum } "r[a] = r[b] % k[c]";
        PowConst    { a: Dst, b: Src, c: ConstNum } "r[a] = r[b] ** k[c]";
        BitAndConst { a: Dst, b: Src, c: ConstNum } "r[a] = r[b] & k[c]";
        BitOrConst  { a: Dst, b: Src, c: ConstNum } "r[a] = r[b] | k[c]";
        BitXorConst { a: Dst, b: Src, c: ConstNum } "r[a] = r[b] ^ k[c]";
        ShlImm      { a: Dst, b: Src, c: Imm16 } "r[a] = r[b] << integer c";
        ShrImm      { a: Dst, b: Src, c: Imm16 } "r[a] = r[b] >> integer c";
        Neg         { a: Dst, b: Src } "r[a] = -r[b]";
        BitNot      { a: Dst, b: Src } "r[a] = ^r[b]";
        Not         { a: Dst, b: Src } "r[a] = !r[b]";
        Len         { a: Dst, b: Src } "r[a] = #r[b]";
        Concat      { a: Dst, b: SrcRange, c: Count } "r[a] = r[b] .. r[b+1] .. … .. r[b+c-1]";
        Eq          { a: Dst, b: Src, c: Src } "r[a] = r[b] == r[c]";
        Ne          { a: Dst, b: Src, c: Src } "r[a] = r[b] != r[c]";
        Lt          { a: Dst, b: Src, c: Src } "r[a] = r[b] < r[c]";
        Le          { a: Dst, b: Src, c: Src } "r[a] = r[b] <= r[c]";

        // Jumps. A jump that is taken backwards is a safepoint.
        Jump        { bc: Jump32 } "goes on at bc";
        JumpIf      { a: Src, bc: Jump32 } "goes on at bc if r[a] is true";
        JumpIfNot   { a: Src, bc: Jump32 } "goes on at bc if r[a] is nil or false";
        JumpIfNil   { a: Src, bc: Jump32 } "goes on at bc if r[a] is nil";
        JumpIfNotNil { a: Src, bc: Jump32 } "goes on at bc if r[a] is not nil";
        JumpEq      { a: Src, b: Src, c: Jump16 } "goes on at c if r[a] == r[b]";
        JumpNe      { a: Src, b: Src, c: Jump16 } "goes on at c if r[a] != r[b]";
        JumpLt      { a: Src, b: Src, c: Jump16 } "goes on at c if r[a] < r[b]";
        JumpNotLt   { a: Src, b: Src, c: Jump16 } "goes on at c unless r[a] < r[b]";
        JumpLe      { a: Src, b: Src, c: Jump16 } "goes on at c if r[a] <= r[b]";
        JumpNotLe   { a: Src, b: Src, c: Jump16 } "goes on at c unless r[a] <= r[b]";
        JumpEqConst { a: Src, b: Const, c: Jump16 } "goes on at c if r[a] == k[b], a number, string or boolean";
        JumpNeConst { a: Src, b: Const, c: Jump16 } "goes on at c if r[a] != k[b], a number, string or boolean";
        JumpLtImm   { a: Src, b: Imm16, c: Jump16 } "goes on at c if r[a] < integer b";
        JumpNotLtImm { a: Src, b: Imm16, c: Jump16 } "goes on at c unless r[a] < integer b";
        JumpLeImm   { a: Src, b: Imm16, c: Jump16 } "goes on at c if r[a] <= integer b";
        JumpNotLeImm { a: Src, b: Imm16, c: Jump16 } "goes on at c unless r[a] <= integer b";
        JumpGtImm   { a: Src, b: Imm16, c: Jump16 } "goes on at c if r[a] > integer b";
        JumpNotGtImm { a: Src, b: Imm16, c: Jump16 } "goes on at c unless r[a] > integer b";
        JumpGeImm   { a: Src, b: Imm16, c: Jump16 } "goes on at c if r[a] >= integer b";
        JumpNotGeImm { a: Src, b: Imm16, c: Jump16 } "goes on at c unless r[a] >= integer b";

        // Loops. A counted loop's body never assigns its counter. A negative x subtracts its magnitude (`i -= 2`), which
        // only metamethods can tell from adding it.
        ForLt       { a: SrcDst, x: ImmStep, b: Src, c: Jump16 } "r[a] += x; goes on at c if r[a] < r[b]";
        ForLe       { a: SrcDst, x: ImmStep, b: Src, c: Jump16 } "r[a] += x; goes on at c if r[a] <= r[b]";
        ForGt       { a: SrcDst, x: ImmStep, b: Src, c: Jump16 } "r[a] += x; goes on at c if r[a] > r[b]";
        ForGe       { a: SrcDst, x: ImmStep, b: Src, c: Jump16 } "r[a] += x; goes on at c if r[a] >= r[b]";
        RangePrep   { a: RangeState, bc: Jump32 } "makes traversal state r[a .. a+3] of the values r[a .. a+3]; goes on at bc, a RangeNext";
        RangeNext   { a: RangeState, x: Count, bc: Jump32 } "next x values to r[a+3 ..] and goes on at bc; at the end skips one op; an iterator function is called and the RangeTest that follows decides";
        RangeTest   { a: RangeState, bc: Jump32 } "if r[a+3] is not nil, the control value r[a+2] = r[a+3] and goes on at bc";

        // Channels.
        MakeChan    { a: Dst, b: Src, x: Count } "r[a] = new channel of capacity r[b], unbuffered if x = 0";
        Send        { a: Src, b: Src } "r[a] <- r[b]";
        Recv        { a: Dst, b: Src } "r[a] = <-r[b]";
        RecvOk      { a: DstRange2, b: Src } "r[a], r[a+1] = <-r[b]";
        Select      { a: SelectRange, b: Count, c: Count } "waits for one of b cases, each a channel and a value or mark in r[a+2i], r[a+2i+1]; r[a] = its number, or b for the default (if c = 1); r[a+1], r[a+2] = received value, ok; the window has at least 3 registers";
    } };
}

/// What an instruction's field means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperandKind {
    /// A register that is written.
    Dst,
    /// A register that is read.
    Src,
    /// A register that is read and written.
    SrcDst,
    /// A register that holds a cell.
    SrcCell,
    /// First of a range of registers that is written; the next `Count` field is its length.
    DstRange,
    /// First of two registers that are written.
    DstRange2,
    /// First register of a list of unknown length that is written.
    DstMulti,
    /// First of a range of registers that is read; the next `Count` field is its length.
    SrcRange,
    /// First register of a call window: callee, two link words, arguments.
    Window,
    /// First register of a call window whose callee and first argument are written.
    DstWindow,
    /// First of the three state registers of a range loop, which its variables follow.
    RangeState,
    /// First register of the cases of a select: two a case, three at least.
    SelectRange,
    /// A count or a flag.
    Count,
    /// A signed 16-bit integer.
    Imm16,
    /// A signed 32-bit integer.
    Imm32,
    /// A signed 8-bit step, never 0.
    ImmStep,
    /// Index of a constant: number, string or boolean (16 bits).
    Const,
    /// Index of a constant of any kind except a global (32 bits).
    Const32,
    /// Index of a numeric constant (16 bits).
    ConstNum,
    /// Index of a string constant (16 bits).
    ConstStr,
    /// Index of a global constant (32 bits).
    Global,
    /// Index of an upvalue of this function.
    Upval,
    /// Index of a function of the module.
    Proto,
    /// Index of a table template of this function.
    Template,
    /// Signed 16-bit distance from the next instruction.
    Jump16,
    /// Signed 32-bit distance from the next instruction.
    Jump32,
}

/// A field of the instruction word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// 8 bits.
    X,
    /// 16 bits.
    A,
    /// 16 bits.
    B,
    /// 16 bits.
    C,
    /// 32 bits, the places of `b` and `c`.
    Bc,
}

/// One operand of an op: the field it lies in and its meaning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Operand {
    /// Where it is.
    pub field: Field,
    /// What it means.
    pub kind: OperandKind,
}

macro_rules! field {
    (x) => {
        Field::X
    };
    (a) => {
        Field::A
    };
    (b) => {
        Field::B
    };
    (c) => {
        Field::C
    };
    (bc) => {
        Field::Bc
    };
}

macro_rules! define_ops {
    ($($name:ident { $($field:ident : $kind:ident),* } $doc:literal;)*) => {
        /// An operation of the bytecode.
        // The one-line docs write registers as `r[a]`, which are no links.
        #[allow(rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Op {
            $(#[doc = $doc] $name,)*
        }

        impl Op {
            /// Every op, in the order of its code.
            pub const ALL: &[Op] = &[$(Op::$name,)*];

            /// The op's name, as the text form writes it.
            pub fn name(self) -> &'static str {
                match self { $(Op::$name => stringify!($name),)* }
            }

            /// The op's effect in one line, as the documentation writes it.
            pub fn doc(self) -> &'static str {
                match self { $(Op::$name => $doc,)* }
            }

            /// The op's operands, in the order in which the text form writes them.
            pub fn operands(self) -> &'static [Operand] {
                match self {
                    $(Op::$name => &[$(Operand { field: field!($field), kind: OperandKind::$kind }),*],)*
                }
            }
        }
    };
}
for_each_op!(define_ops);

impl Op {
    /// The op with this code, if there is one.
    pub fn from_code(code: u8) -> Option<Op> {
        Op::ALL.get(code as usize).copied()
    }

    /// Whether the op reads what a table has under a key, and puts it into `r[a]`.
    #[inline]
    pub fn is_access_read(self) -> bool {
        matches!(self, Op::GetField | Op::GetMethod | Op::GetIndex | Op::GetIndexInt)
    }

    /// Whether the op stores what a table has under a key.
    #[inline]
    pub fn is_access_write(self) -> bool {
        matches!(self, Op::SetField | Op::SetIndex | Op::SetIndexInt)
    }

    /// Whether the op computes with numbers and puts the result into `r[a]`. Operations on bits are none of these.
    #[inline]
    pub fn is_arithmetic(self) -> bool {
        matches!(
            self,
            Op::Add
                | Op::AddImm
                | Op::AddConst
                | Op::Sub
                | Op::SubImm
                | Op::SubConst
                | Op::Mul
                | Op::MulConst
                | Op::Div
                | Op::DivConst
                | Op::Mod
                | Op::ModConst
                | Op::Pow
                | Op::PowConst
                | Op::Neg
        )
    }
}

/// One encoded instruction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct Inst(pub u64);

impl Inst {
    /// An instruction with 16-bit fields.
    #[inline]
    pub fn abc(op: Op, a: u16, b: u16, c: u16) -> Inst {
        Inst(op as u64 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }

    /// An instruction with the 32-bit field `bc`.
    #[inline]
    pub fn abx(op: Op, a: u16, bc: i32) -> Inst {
        Inst(op as u64 | (a as u64) << 16 | (bc as u32 as u64) << 32)
    }

    /// The same instruction with another `x`.
    #[inline]
    pub fn with_x(self, x: u8) -> Inst {
        Inst(self.0 & !0xFF00 | (x as u64) << 8)
    }

    /// The same instruction with another `c`.
    #[inline]
    pub fn with_c(self, c: i16) -> Inst {
        Inst(self.0 & !(0xFFFF << 48) | (c as u16 as u64) << 48)
    }

    /// The same instruction with another `bc`.
    #[inline]
    pub fn with_bc(self, bc: i32) -> Inst {
        Inst(self.0 & 0xFFFF_FFFF | (bc as u32 as u64) << 32)
    }

    /// The op code; a number that is no op's only in unverified code.
    #[inline]
    pub fn code(self) -> u8 {
        self.0 as u8
    }

    /// The op.
    ///
    /// # Panics
    /// If the code is no op's, which verified code never has.
    pub fn op(self) -> Op {
        Op::from_code(self.code()).expect("verified code has only known ops")
    }

    /// The field `x`.
    #[inline]
    pub fn x(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// The field `a`.
    #[inline]
    pub fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// The field `b`.
    #[inline]
    pub fn b(self) -> u16 {
        (self.0 >> 32) as u16
    }

    /// The field `c`.
    #[inline]
    pub fn c(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// The field `bc` as a signed number.
    #[inline]
    pub fn bc(self) -> i32 {
        (self.0 >> 32) as i32
    }

    /// The contents of a field, sign-extended where its kind is signed.
    pub fn field(self, operand: Operand) -> i64 {
        let signed16 = matches!(operand.kind, OperandKind::Imm16 | OperandKind::Jump16);
        match operand.field {
            Field::X if operand.kind == OperandKind::ImmStep => self.x() as i8 as i64,
            Field::X => self.x() as i64,
            Field::A => self.a() as i64,
            Field::B if signed16 => self.b() as i16 as i64,
            Field::B => self.b() as i64,
            Field::C if signed16 => self.c() as i16 as i64,
            Field::C => self.c() as i64,
            Field::Bc => self.bc() as i64,
        }
    }
}
