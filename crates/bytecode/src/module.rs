//! What the compiler produces and the virtual machine runs: a module of functions with their constants and debug tables.
//!
//! A `Module` is plain immutable data without heap pointers; the vm links it (makes strings, cells and functions) when it
//! is loaded. Debug tables are sorted by pc so that errors find their line and operand names by binary search.

use crate::ops::Inst;

/// One compiled source text.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// Chunk name as it was given: what `FILE` is in messages.
    pub name: String,
    /// All functions; number 0 is the main chunk. A function's children follow it.
    pub protos: Vec<Proto>,
    /// Names of the module's globals, in the order of first mention. `Const::Global` indexes it.
    pub globals: Vec<Box<[u8]>>,
}

/// One compiled function.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Proto {
    /// Name for tracebacks: as declared (`f`, `M.f`, `M:f`); `None` for anonymous functions and main chunks.
    pub name: Option<String>,
    /// Instructions; the last is a return or a jump.
    pub code: Vec<Inst>,
    /// Constants.
    pub constants: Vec<Const>,
    /// Layouts of table literals.
    pub templates: Vec<TableTemplate>,
    /// Captured variables, in the order of their index.
    pub upvalues: Vec<UpvalueSource>,
    /// Number of named parameters (0 ..= 250), which arrive in registers 0 ...
    pub params: u16,
    /// Whether extra arguments are kept.
    pub is_variadic: bool,
    /// Registers needed, window of every call included (at least `params` + 1).
    pub frame_size: u16,
    /// The register that holds the defer list, nil at first, if the function has `defer`.
    pub defer_reg: Option<u16>,
    /// Line where the function begins.
    pub line: u32,
    /// `(first pc, line)`, ascending.
    pub lines: Vec<(u32, u32)>,
    /// Names of operands for error messages, sorted by `(pc, reg)`.
    pub names: Vec<OperandName>,
    /// Lines of the operators of a `Concat` that are not on the line of the instruction, sorted by `(pc, operand)`.
    pub concat_lines: Vec<ConcatLine>,
    /// Named local variables, for tools: register and range of pcs.
    pub locals: Vec<LocalVar>,
}

/// A constant of a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    /// `nil`.
    Nil,
    /// A boolean.
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// A float. Two are the same constant if their bits are.
    Float(f64),
    /// A string; linked to an interned string marked as a field name if some instruction uses it as a key.
    Str(Box<[u8]>),
    /// A global of the module, by its index in `Module::globals`; linked to the global's cell.
    Global(u32),
}

/// Layout of a table that a literal makes.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TableTemplate {
    /// Constant string keys in order of first appearance, without duplicates: slot i belongs to key i.
    pub keys: Vec<Box<[u8]>>,
    /// Positional values known to come (array capacity to reserve).
    pub array_len: u32,
}

/// Where a new closure finds a captured variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpvalueSource {
    /// Copied from this register of the enclosing function (its value, or the cell it holds). If it is the register that
    /// `Closure` writes, the closure captures itself.
    Register(u16),
    /// The enclosing function's upvalue of this index.
    Upvalue(u16),
}

/// How an operand was written, for messages such as `(local 'x')`.
#[derive(Clone, Debug, PartialEq)]
pub struct OperandName {
    /// The instruction that may raise.
    pub pc: u32,
    /// Which of its fields the name belongs to: 0 = `a`, 1 = `b`, 2 = `c`; for `Concat` the index of the operand in the chain.
    pub operand: u16,
    /// What kind of name it is.
    pub kind: NameKind,
    /// The name.
    pub name: Box<str>,
}

/// Kinds of names in messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// `(local 'x')`.
    Local,
    /// `(upvalue 'x')`.
    Upvalue,
    /// `(global 'x')`.
    Global,
    /// `(field 'x')`.
    Field,
    /// `(method 'x')`.
    Method,
}

impl NameKind {
    /// The word in the message.
    pub fn word(self) -> &'static str {
        match self {
            NameKind::Local => "local",
            NameKind::Upvalue => "upvalue",
            NameKind::Global => "global",
            NameKind::Field => "field",
            NameKind::Method => "method",
        }
    }
}

/// The line of one `..` in a chain that is one `Concat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConcatLine {
    /// The instruction.
    pub pc: u32,
    /// The operator follows the operand of this index.
    pub operand: u16,
    /// Its line.
    pub line: u32,
}

/// A named local variable.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalVar {
    /// Its name.
    pub name: Box<str>,
    /// Its register.
    pub reg: u16,
    /// First pc at which it is visible.
    pub start: u32,
    /// First pc at which it is not.
    pub end: u32,
}

impl Proto {
    /// The source line of an instruction.
    pub fn line_at(&self, pc: u32) -> u32 {
        match self.lines.partition_point(|&(first, _)| first <= pc) {
            0 => self.line,
            n => self.lines[n - 1].1,
        }
    }

    /// The source line of the operator behind operand `operand` of the `Concat` at `pc`.
    pub fn concat_line_at(&self, pc: u32, operand: u16) -> u32 {
        match self.concat_lines.binary_search_by_key(&(pc, operand), |l| (l.pc, l.operand)) {
            Ok(i) => self.concat_lines[i].line,
            Err(_) => self.line_at(pc),
        }
    }

    /// How operand `operand` of the instruction at `pc` was written, if it has a name.
    pub fn operand_name(&self, pc: u32, operand: u16) -> Option<&OperandName> {
        let i = self.names.partition_point(|n| (n.pc, n.operand) < (pc, operand));
        self.names.get(i).filter(|n| n.pc == pc && n.operand == operand)
    }
}
