//! The generator: the state shared by all parts of code generation, functions, and access to variables.
//!
//! `expr`, `operator`, `call`, `table` and `cond` compile expressions, `stmt`, `assign`, `loops` and `switch` statements;
//! each adds methods to [`Generator`]. The function being compiled is `f`; those around it wait in `outer`.

use std::borrow::Cow;

use bytecode::module::{Module, NameKind, Proto, UpvalueSource};
use bytecode::ops::{Inst, Op};
use bytecode::verify::PARAMS_MAX;
use syntax::ast::{Chunk, Expr, ExprKind, Func, Name, Pos, Span, SuffixKind, Variadic};
use syntax::diagnostic::{Code, Diagnostic};
use syntax::interner::Interner;
use syntax::span::Source;

use crate::fold::{Constant, Constants};
use crate::function::{Function, Label, OperandText, Reg};
use crate::resolve::{FuncId, Resolution, Use, VarId};

/// Generates the module of a chunk.
pub fn generate(
    chunk: &Chunk,
    interner: &Interner,
    source: &Source,
    names: &Resolution,
) -> Result<Module, Vec<Diagnostic>> {
    let mut generator = Generator {
        names,
        interner,
        source,
        constants: Constants::new(names.vars.len()),
        registers: vec![0; names.vars.len()],
        f: Function::new(FuncId(0)),
        outer: Vec::new(),
        protos: vec![Proto::default()],
        globals: Vec::new(),
        global_index: vec![None; interner.len()],
        line: LineCache::default(),
        errors: Vec::new(),
    };
    generator.main(chunk);
    if !generator.errors.is_empty() {
        return Err(generator.errors);
    }
    Ok(Module { name: source.name().to_string(), protos: generator.protos, globals: generator.globals })
}

/// Where a variable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a register of this function.
    Local(Reg),
    /// In the cell in a register of this function.
    Cell(Reg),
    /// Copied into the closure.
    Upvalue(u16),
    /// In the cell in an upvalue.
    Upcell(u16),
    /// A global, by its constant.
    Global(u32),
}

/// The state of code generation.
pub struct Generator<'a> {
    /// What all names mean.
    pub names: &'a Resolution,
    interner: &'a Interner,
    source: &'a Source,
    /// Named constants.
    pub constants: Constants<'a>,
    /// The register of each variable in the function that declares it.
    registers: Vec<Reg>,
    /// The function being compiled.
    pub f: Function<'a>,
    outer: Vec<Function<'a>>,
    protos: Vec<Proto>,
    globals: Vec<Box<[u8]>>,
    /// The index of each name in `globals`.
    global_index: Vec<Option<u32>>,
    line: LineCache,
    errors: Vec<Diagnostic>,
}

/// The line found last, for most positions lie in it or in the next one.
#[derive(Default)]
struct LineCache {
    start: Pos,
    end: Pos,
    line: u32,
}

impl<'a> Generator<'a> {
    // Functions.

    fn main(&mut self, chunk: &'a Chunk) {
        self.f.proto.is_variadic = true;
        self.f.proto.line = 1;
        self.prologue_defers(chunk.span.start);
        let mark = self.f.open_scope();
        self.stmts(&chunk.body);
        self.finish_code(chunk.span.end);
        self.f.close_scope(mark);
        self.report_overflow(chunk.span);
        let main = std::mem::replace(&mut self.f, Function::new(FuncId(0)));
        self.protos[0] = main.finish();
    }

    /// Compiles a function; gives its number in the module.
    pub fn function(&mut self, func: &'a Func) -> i32 {
        let index = self.protos.len();
        self.protos.push(Proto::default());
        let id = self.names.func_id(func);
        let outer = std::mem::replace(&mut self.f, Function::new(id));
        self.outer.push(outer);
        let start = func.span.start;
        let line = self.line(start);
        let params = func.params.len() + usize::from(func.has_self);
        let proto = &mut self.f.proto;
        proto.name = func.name.as_deref().map(str::to_string);
        proto.line = line;
        proto.params = params.min(PARAMS_MAX as usize + 1) as u16;
        proto.is_variadic = func.variadic != Variadic::No;
        if params > PARAMS_MAX as usize {
            let message = format!("function has more than {PARAMS_MAX} parameters");
            self.errors.push(Diagnostic::error(Code::TooManyValues, func.span, message));
        }

        let mark = self.f.open_scope();
        let first = self.f.alloc_many(params);
        self.prologue_defers(start);
        let self_var = self.names.func_info(id).self_var;
        if let Some(var) = self_var {
            self.declare(var, first, start);
        }
        for (i, param) in func.params.iter().enumerate() {
            let reg = first.saturating_add((i + usize::from(func.has_self)) as u16);
            self.declare_at(param.span.start, reg, start);
        }
        if let Variadic::Named(ident) = func.variadic {
            let reg = self.f.alloc();
            self.emit(Inst::abc(Op::VarargTable, reg, 0, 0), start);
            self.declare_at(ident.span.start, reg, start);
        }
        // A frame has a register even if nothing needs one.
        self.f.reserve(1);
        self.stmts(&func.body.stmts);
        self.finish_code(func.body.span.end.saturating_sub(1));
        self.f.close_scope(mark);
        self.report_overflow(func.span);

        let outer = self.outer.pop().expect("the enclosing function was pushed above");
        let done = std::mem::replace(&mut self.f, outer);
        self.protos[index] = done.finish();
        index as i32
    }

    /// Makes the register of the defer list, in a function that has `defer`; the first instruction of the function.
    fn prologue_defers(&mut self, pos: Pos) {
        if self.names.func_info(self.f.id).has_defer {
            let reg = self.f.alloc();
            self.f.proto.defer_reg = Some(reg);
            self.emit(Inst::abc(Op::LoadNil, reg, 1, 0), pos);
        }
    }

    /// The return at the end of a function, if its end can be reached.
    fn finish_code(&mut self, end: Pos) {
        if !self.f.is_dead() {
            self.return_values(0, 0, false, end);
        }
    }

    /// Returns `count` values from `first` on, and those of a list directly behind them if `is_multi`.
    pub fn return_values(&mut self, first: Reg, count: u16, is_multi: bool, pos: Pos) {
        if let Some(defers) = self.f.proto.defer_reg {
            let op = if is_multi { Op::RunDefersMulti } else { Op::RunDefers };
            self.emit(Inst::abc(op, first, count, defers), pos);
        }
        let inst = match (count, is_multi) {
            (_, true) => Inst::abc(Op::ReturnMulti, first, count, 0),
            (0, false) => Inst::abc(Op::Return0, 0, 0, 0),
            (1, false) => Inst::abc(Op::Return1, first, 0, 0),
            (_, false) => Inst::abc(Op::Return, first, count, 0),
        };
        self.emit(inst, pos);
    }

    /// Reports a limit that the current function exceeded, as the fault of `span`.
    pub fn report_overflow(&mut self, span: Span) {
        if let Some(code) = self.f.overflow.take() {
            let message = match code {
                Code::TooManyLocals => "too many local variables in one function",
                Code::TooManyUpvalues => "too many captured variables in one function",
                Code::FunctionTooLarge => "function is too large",
                _ => "too many values at once in one function",
            };
            // One report is enough: what follows in the same function would only repeat it.
            if self.errors.last().is_none_or(|last| last.code != code) {
                self.errors.push(Diagnostic::error(code, span, message));
            }
        }
    }

    /// Reports an error.
    pub fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.errors.push(Diagnostic::error(code, span, message));
    }

    // Instructions.

    /// The line of a position.
    pub fn line(&mut self, pos: Pos) -> u32 {
        let cache = &mut self.line;
        if pos < cache.start || pos >= cache.end {
            let lines = self.source.lines();
            let line = lines.line(pos);
            let start = lines.line_start(line);
            let end = if line < lines.line_count() { lines.line_start(line + 1) } else { Pos::MAX };
            *cache = LineCache { start, end, line };
        }
        cache.line
    }

    /// Appends an instruction that belongs to the line of `pos`.
    pub fn emit(&mut self, inst: Inst, pos: Pos) -> u32 {
        let line = self.line(pos);
        self.f.emit(inst, line)
    }

    /// Appends a jump.
    pub fn jump(&mut self, inst: Inst, label: Label, pos: Pos) -> u32 {
        let line = self.line(pos);
        self.f.jump(inst, label, line)
    }

    /// Appends an unconditional jump, unless this place is never reached.
    pub fn goto(&mut self, label: Label, pos: Pos) {
        if !self.f.is_dead() {
            self.jump(Inst::abx(Op::Jump, 0, 0), label, pos);
        }
    }

    /// `r[dst] = r[src]`.
    pub fn move_to(&mut self, dst: Reg, src: Reg, pos: Pos) {
        if dst != src {
            self.emit(Inst::abc(Op::Move, dst, src, 0), pos);
        }
    }

    /// `r[dst] = value`.
    pub fn load(&mut self, value: &Constant<'a>, dst: Reg, pos: Pos) {
        let inst = match *value {
            Constant::Nil => Inst::abc(Op::LoadNil, dst, 1, 0),
            Constant::Bool(b) => Inst::abc(Op::LoadBool, dst, u16::from(b), 0),
            Constant::Int(i) if i32::try_from(i).is_ok() => Inst::abx(Op::LoadInt, dst, i as i32),
            _ => Inst::abx(Op::LoadConst, dst, self.f.const_value(value) as i32),
        };
        self.emit(inst, pos);
    }

    // Variables.

    /// The value of an expression, if it is constant.
    pub fn fold(&self, expr: &'a Expr) -> Option<Constant<'a>> {
        self.constants.fold(self.names, expr)
    }

    /// Makes a variable visible whose value is in `reg`, which becomes its register.
    pub fn declare(&mut self, var: VarId, reg: Reg, pos: Pos) {
        self.registers[var.0 as usize] = reg;
        let info = *self.names.var(var);
        if info.is_cell() {
            self.emit(Inst::abc(Op::NewCell, reg, reg, 0), pos);
        }
        self.f.open_local(self.interner.text(info.name), reg);
    }

    /// Makes the variable visible that is declared at `at`.
    pub fn declare_at(&mut self, at: Pos, reg: Reg, pos: Pos) {
        if let Use::Declare(var) = self.names.name_at(at) {
            self.declare(var, reg, pos);
        }
    }

    /// The variable that a name reads or assigns, if it is no global.
    pub fn variable(&self, at: Pos) -> Option<VarId> {
        match self.names.name_at(at) {
            Use::Global => None,
            Use::Var(var) | Use::Declare(var) => Some(var),
        }
    }

    /// Where the variable is that the name at `at` refers to.
    pub fn place(&mut self, name: Name, at: Pos) -> Place {
        let Some(var) = self.variable(at) else {
            return Place::Global(self.global(name));
        };
        self.place_of(var)
    }

    /// Where a variable is.
    pub fn place_of(&mut self, var: VarId) -> Place {
        let info = self.names.var(var);
        let (is_local, is_cell) = (info.func == self.f.id, info.is_cell());
        match (is_local, is_cell) {
            (true, false) => Place::Local(self.registers[var.0 as usize]),
            (true, true) => Place::Cell(self.registers[var.0 as usize]),
            (false, false) => Place::Upvalue(self.capture(self.outer.len(), var)),
            (false, true) => Place::Upcell(self.capture(self.outer.len(), var)),
        }
    }

    /// The register of a local that an expression names, if its value is there.
    pub fn in_register(&self, expr: &'a Expr) -> Option<Reg> {
        let expr = expr.unparenthesised();
        if !matches!(expr.kind, ExprKind::Name(_)) {
            return None;
        }
        let var = self.variable(expr.span.start)?;
        let info = self.names.var(var);
        let is_here = info.func == self.f.id && !info.is_cell() && self.constants.get(var).is_none();
        is_here.then(|| self.registers[var.0 as usize])
    }

    /// The constant of a global.
    pub fn global(&mut self, name: Name) -> u32 {
        let index = match self.global_index[name.index()] {
            Some(index) => index,
            None => {
                let index = self.globals.len() as u32;
                self.globals.push(self.interner.text(name).as_bytes().into());
                self.global_index[name.index()] = Some(index);
                index
            }
        };
        self.f.const_global(index)
    }

    /// The upvalue of the function at `level` (the number of functions around it) that is `var`.
    fn capture(&mut self, level: usize, var: VarId) -> u16 {
        let known = self.function_at(level).upvalue(var);
        if let Some(index) = known {
            return index;
        }
        let declarer = self.names.var(var).func;
        let source = if self.function_at(level - 1).id == declarer {
            UpvalueSource::Register(self.registers[var.0 as usize])
        } else {
            UpvalueSource::Upvalue(self.capture(level - 1, var))
        };
        self.function_at(level).add_upvalue(var, source)
    }

    fn function_at(&mut self, level: usize) -> &mut Function<'a> {
        if level == self.outer.len() { &mut self.f } else { &mut self.outer[level] }
    }

    // Names for messages.

    /// How an expression is written, if it is a name, a field or a key that is a constant string.
    pub fn operand_text(&self, expr: &'a Expr) -> Option<OperandText<'a>> {
        match &expr.kind {
            ExprKind::Name(name) => Some(self.name_text(*name, expr.span.start)),
            ExprKind::Paren(inner) => self.operand_text(inner),
            ExprKind::Suffixed(node) => match &node.suffixes.last()?.kind {
                SuffixKind::Field(name) => Some(self.field_text(name.name)),
                SuffixKind::Index(key) => match &key.kind {
                    ExprKind::Str(text) => Some((NameKind::Field, String::from_utf8_lossy(text))),
                    _ => None,
                },
                SuffixKind::Call(_) | SuffixKind::Method(_) => None,
            },
            _ => None,
        }
    }

    /// A variable as an operand's name.
    pub fn name_text(&self, name: Name, at: Pos) -> OperandText<'a> {
        let kind = match self.variable(at) {
            None => NameKind::Global,
            Some(var) if self.names.var(var).func == self.f.id => NameKind::Local,
            Some(_) => NameKind::Upvalue,
        };
        (kind, Cow::Borrowed(self.text(name)))
    }

    /// A field as an operand's name.
    pub fn field_text(&self, name: Name) -> OperandText<'a> {
        (NameKind::Field, Cow::Borrowed(self.text(name)))
    }

    /// The text of a name.
    pub fn text(&self, name: Name) -> &'a str {
        self.interner.text(name)
    }
}
