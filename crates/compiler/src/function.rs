//! One function under construction: its instructions, constants, registers and debug tables.
//!
//! Jumps name labels. When the function is complete, [`Function::finish`] looks up where the labels lie, follows jumps to
//! jumps, and encodes the distances. The 16-bit distance of a comparing jump may not suffice; such a jump then becomes an
//! inverted one over a plain `Jump` of 32 bits, and everything behind it moves:
//!
//! ```text
//!   JumpLt a, b -> far     JumpNotLt a, b -> over       ForLt a, b -> take
//!                          Jump -> far                  Jump -> over
//!                    over:                        take: Jump -> far
//!                                                 over:
//! ```
//!
//! (the third form where no op has the inverted condition). All of it is linear in the length of the function.
//!
//! Registers are a stack: parameters and locals for the length of their scopes, temporaries above. A function that needs
//! more than there are goes on with wrong registers and a note in [`Function::overflow`]; its code is never used.

use std::borrow::Cow;

use bytecode::module::{ConcatLine, Const, LocalVar, OperandName, Proto, TableTemplate, UpvalueSource};
use bytecode::ops::{Inst, Op, OperandKind};
use bytecode::verify::ends_control;
use syntax::ast::Name;
use syntax::diagnostic::Code;

use crate::fold::Constant;
use crate::resolve::{FastMap, FuncId, VarId};

/// A register.
pub type Reg = u16;

/// Most registers of a function. Below 2^16 by more than any fixed offset that windows add.
const REGISTERS_MAX: u32 = 65_000;

/// Most captured variables of a function: what the operand can name.
const UPVALUES_MAX: usize = 65_535;

/// Most instructions of a function: far below what a 32-bit jump can cross, so that expanding jumps cannot exceed it.
const CODE_MAX: usize = 1 << 28;

/// A place in the code that jumps go to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(u32);

struct LabelState {
    pc: u32,
    is_used: bool,
}

/// A key of the table of constants.
#[derive(PartialEq, Eq, Hash)]
enum ConstKey<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    /// By its bits, for 0.0 and -0.0 are different constants, and a NaN must be found again.
    Float(u64),
    Str(Cow<'a, [u8]>),
    Global(u32),
}

/// What `break` and `continue` refer to.
pub struct Enclosing {
    /// Its label in the source.
    pub label: Option<Name>,
    /// Where `break` goes.
    pub on_break: Label,
    /// Where `continue` goes, if it is a loop.
    pub on_continue: Option<Label>,
}

/// The state of registers and locals at the beginning of a scope.
#[derive(Clone, Copy)]
pub struct ScopeMark {
    free: u32,
    active: usize,
}

/// A function under construction.
pub struct Function<'a> {
    /// Its number among the functions of the chunk.
    pub id: FuncId,
    /// What will be its result; `code`, debug tables and frame size are completed in the end.
    pub proto: Proto,
    labels: Vec<LabelState>,
    /// Jumps, in the order of their pcs.
    jumps: Vec<(u32, Label)>,
    /// The pc at which a label was bound last that some jump may go to.
    last_target: Option<u32>,
    constant_index: FastMap<ConstKey<'a>, u32>,
    upvalue_index: FastMap<VarId, u16>,
    /// Indices in `proto.locals` of the visible locals.
    active: Vec<usize>,
    /// The statements that `break` and `continue` could leave, innermost last.
    pub enclosing: Vec<Enclosing>,
    free: u32,
    /// Which limit was exceeded, until it is reported.
    pub overflow: Option<Code>,
}

impl<'a> Function<'a> {
    /// An empty function.
    pub fn new(id: FuncId) -> Function<'a> {
        Function {
            id,
            proto: Proto { frame_size: 1, ..Proto::default() },
            labels: Vec::new(),
            jumps: Vec::new(),
            last_target: None,
            constant_index: FastMap::default(),
            upvalue_index: FastMap::default(),
            active: Vec::new(),
            enclosing: Vec::new(),
            free: 0,
            overflow: None,
        }
    }

    // Registers.

    /// Takes `n` registers from the top of the stack; gives the first.
    pub fn alloc_many(&mut self, n: usize) -> Reg {
        let first = self.free;
        self.reserve(n);
        if self.overflow.is_some() {
            return 0;
        }
        self.free += n as u32;
        first as Reg
    }

    /// Takes a register from the top of the stack.
    pub fn alloc(&mut self) -> Reg {
        self.alloc_many(1)
    }

    /// Makes the frame large enough for `n` registers above the stack.
    pub fn reserve(&mut self, n: usize) {
        let end = self.free as usize + n;
        if end >= REGISTERS_MAX as usize {
            let code = if self.active.len() >= REGISTERS_MAX as usize - 1000 {
                Code::TooManyLocals
            } else {
                Code::TooManyValues
            };
            self.overflow.get_or_insert(code);
        } else {
            self.proto.frame_size = self.proto.frame_size.max(end as u16);
        }
    }

    /// The first free register.
    pub fn free(&self) -> u32 {
        self.free
    }

    /// Gives back all registers from `free` on.
    pub fn release(&mut self, free: u32) {
        self.free = free;
    }

    /// Whether `reg` is the topmost register in use.
    pub fn is_top(&self, reg: Reg) -> bool {
        u32::from(reg) + 1 == self.free
    }

    // Scopes.

    /// Begins a scope.
    pub fn open_scope(&self) -> ScopeMark {
        ScopeMark { free: self.free, active: self.active.len() }
    }

    /// Ends a scope: its locals are invisible from here on and their registers free.
    pub fn close_scope(&mut self, mark: ScopeMark) {
        let end = self.pc();
        for index in self.active.drain(mark.active..) {
            self.proto.locals[index].end = end;
        }
        self.free = mark.free;
    }

    /// Makes a local visible from here on.
    pub fn open_local(&mut self, name: &str, reg: Reg) {
        let start = self.pc();
        self.active.push(self.proto.locals.len());
        self.proto.locals.push(LocalVar { name: name.into(), reg, start, end: start });
    }

    // Code.

    /// The pc of the next instruction.
    pub fn pc(&self) -> u32 {
        self.proto.code.len() as u32
    }

    /// Appends an instruction that belongs to `line`.
    pub fn emit(&mut self, inst: Inst, line: u32) -> u32 {
        let pc = self.pc();
        if self.proto.code.len() >= CODE_MAX {
            self.overflow.get_or_insert(Code::FunctionTooLarge);
            return pc;
        }
        if self.proto.lines.last().is_none_or(|&(_, last)| last != line) {
            self.proto.lines.push((pc, line));
        }
        self.proto.code.push(inst);
        pc
    }

    /// Appends a jump to `label`.
    pub fn jump(&mut self, inst: Inst, label: Label, line: u32) -> u32 {
        self.labels[label.0 as usize].is_used = true;
        let pc = self.emit(inst, line);
        self.jumps.push((pc, label));
        pc
    }

    /// Records how an operand of the instruction at `pc`, the last one so far, was written.
    pub fn name_operand(&mut self, pc: u32, operand: u16, name: Option<OperandText>) {
        if let Some((kind, text)) = name {
            let name = text.into_owned().into_boxed_str();
            self.proto.names.push(OperandName { pc, operand, kind, name });
        }
    }

    /// Says on which line the operator behind an operand of a `Concat` is, if it is not on that of the instruction.
    pub fn concat_line(&mut self, pc: u32, operand: u16, line: u32) {
        if self.proto.line_at(pc) != line {
            self.proto.concat_lines.push(ConcatLine { pc, operand, line });
        }
    }

    /// A new label, not yet anywhere.
    pub fn label(&mut self) -> Label {
        self.labels.push(LabelState { pc: u32::MAX, is_used: false });
        Label(self.labels.len() as u32 - 1)
    }

    /// Puts a label here to which only jumps before this place go.
    pub fn bind(&mut self, label: Label) {
        self.drop_jump_to_next(label);
        let pc = self.pc();
        let state = &mut self.labels[label.0 as usize];
        state.pc = pc;
        if state.is_used {
            self.last_target = Some(pc);
        }
    }

    /// Takes back a jump to `label` that is the last instruction, since it would go to the next one. Nothing else may
    /// refer to this place yet.
    fn drop_jump_to_next(&mut self, label: Label) {
        let pc = self.pc();
        let Some(&(jump, to)) = self.jumps.last() else { return };
        if to != label || jump + 1 != pc || self.last_target == Some(pc) {
            return;
        }
        if self.proto.code[jump as usize].op() == Op::Jump {
            self.jumps.pop();
            self.proto.code.pop();
            if self.proto.lines.last().is_some_and(|&(first, _)| first == jump) {
                self.proto.lines.pop();
            }
            // Locals that begin here begin one instruction earlier.
            for &index in self.active.iter().rev() {
                let start = &mut self.proto.locals[index].start;
                if *start != pc {
                    break;
                }
                *start = jump;
            }
        }
    }

    /// Puts a new label here to which later jumps will go.
    pub fn label_here(&mut self) -> Label {
        let label = self.label();
        self.bind_back(label);
        label
    }

    /// Puts a label here to which later jumps will go.
    pub fn bind_back(&mut self, label: Label) {
        self.labels[label.0 as usize].is_used = true;
        self.bind(label);
    }

    /// Whether nothing can come to this place.
    pub fn is_dead(&self) -> bool {
        let ended = self.proto.code.last().is_some_and(|inst| ends_control(inst.op()));
        ended && self.last_target != Some(self.pc())
    }

    // Tables.

    fn constant(&mut self, key: ConstKey<'a>, value: impl FnOnce() -> Const) -> u32 {
        let constants = &mut self.proto.constants;
        *self.constant_index.entry(key).or_insert_with(|| {
            constants.push(value());
            constants.len() as u32 - 1
        })
    }

    /// The index of a constant.
    pub fn const_value(&mut self, value: &Constant<'a>) -> u32 {
        match value {
            Constant::Nil => self.constant(ConstKey::Nil, || Const::Nil),
            Constant::Bool(b) => self.constant(ConstKey::Bool(*b), || Const::Bool(*b)),
            Constant::Int(i) => self.constant(ConstKey::Int(*i), || Const::Int(*i)),
            Constant::Float(f) => self.constant(ConstKey::Float(f.to_bits()), || Const::Float(*f)),
            Constant::Str(s) => self.const_str(s.clone()),
        }
    }

    /// The index of a string constant.
    pub fn const_str(&mut self, text: Cow<'a, [u8]>) -> u32 {
        self.constant(ConstKey::Str(text.clone()), || Const::Str(text.into_owned().into_boxed_slice()))
    }

    /// The index of a global of the module as a constant.
    pub fn const_global(&mut self, index: u32) -> u32 {
        self.constant(ConstKey::Global(index), || Const::Global(index))
    }

    /// Adds a table template; gives its index.
    pub fn add_template(&mut self, template: TableTemplate) -> i32 {
        self.proto.templates.push(template);
        self.proto.templates.len() as i32 - 1
    }

    /// The upvalue that is this variable, if it was captured already.
    pub fn upvalue(&self, var: VarId) -> Option<u16> {
        self.upvalue_index.get(&var).copied()
    }

    /// Captures a variable from where the enclosing function has it.
    pub fn add_upvalue(&mut self, var: VarId, source: UpvalueSource) -> u16 {
        let index = self.proto.upvalues.len();
        if index >= UPVALUES_MAX {
            self.overflow.get_or_insert(Code::TooManyUpvalues);
            return 0;
        }
        self.proto.upvalues.push(source);
        self.upvalue_index.insert(var, index as u16);
        index as u16
    }

    /// Completes the function.
    pub fn finish(mut self) -> Proto {
        let targets: Vec<u32> = self.jumps.iter().map(|&(_, label)| self.final_target(label)).collect();
        let expanded = Expansion::of(&self.proto, &self.jumps, &targets);
        expanded.apply(&mut self.proto, &self.jumps, &targets);
        self.proto
    }

    /// Where a jump to `label` ends if jumps that it meets are followed.
    fn final_target(&self, label: Label) -> u32 {
        // Longer chains than this are rare, and empty endless loops make circles.
        const HOPS_MAX: usize = 8;
        let mut target = self.labels[label.0 as usize].pc;
        for _ in 0..HOPS_MAX {
            match self.proto.code.get(target as usize) {
                Some(inst) if inst.op() == Op::Jump => {}
                _ => break,
            }
            match self.jumps.binary_search_by_key(&target, |&(pc, _)| pc) {
                Ok(found) => target = self.labels[self.jumps[found].1.0 as usize].pc,
                Err(_) => break,
            }
        }
        target
    }
}

/// How an operand was written: kind and text of its name.
pub type OperandText<'a> = (bytecode::module::NameKind, Cow<'a, str>);

/// Rounds in which only jumps grow that must.
const ROUNDS_MAX: u32 = 8;

/// Which jumps grow, and where every instruction comes to lie.
struct Expansion {
    /// For each jump, how many instructions are added to it.
    extra: Vec<u32>,
    /// The new pc of each old one, the end of the code included.
    place: Vec<u32>,
}

impl Expansion {
    /// Decides which jumps must grow. Growing one can push another out of reach, so this repeats until nothing changes;
    /// it rarely takes more than two rounds, and none does anything in a function of normal size. Where each round pushes
    /// out a few more, as in a switch of many thousand cases, all that could be pushed out grow at once: code becomes three
    /// times as long at most.
    fn of(proto: &Proto, jumps: &[(u32, Label)], targets: &[u32]) -> Expansion {
        let len = proto.code.len() as u32;
        let mut this = Expansion { extra: vec![0; jumps.len()], place: (0..=len).collect() };
        if len <= i16::MAX as u32 {
            return this;
        }
        for round in 0.. {
            let reach = i64::from(if round < ROUNDS_MAX { i16::MAX } else { i16::MAX / 3 });
            let mut changed = false;
            for (i, &(pc, _)) in jumps.iter().enumerate() {
                let op = proto.code[pc as usize].op();
                if this.extra[i] == 0 && is_short(op) {
                    let distance =
                        i64::from(this.place[targets[i] as usize]) - i64::from(this.place[pc as usize]) - 1;
                    if !(-reach..=reach).contains(&distance) {
                        this.extra[i] = if inverted(op).is_some() { 1 } else { 2 };
                        changed = true;
                    }
                }
            }
            if !changed {
                break;
            }
            let mut next = jumps.iter().zip(&this.extra).peekable();
            let mut added = 0;
            for (pc, place) in this.place.iter_mut().enumerate() {
                *place = pc as u32 + added;
                if let Some((_, extra)) = next.next_if(|((jump, _), _)| *jump as usize == pc) {
                    added += extra;
                }
            }
        }
        this
    }

    /// Rewrites code and debug tables with all distances encoded.
    fn apply(&self, proto: &mut Proto, jumps: &[(u32, Label)], targets: &[u32]) {
        let old = std::mem::take(&mut proto.code);
        let mut code = Vec::with_capacity(self.place[old.len()] as usize);
        let mut next = 0;
        for (pc, inst) in old.into_iter().enumerate() {
            if jumps.get(next).is_none_or(|&(jump, _)| jump as usize != pc) {
                code.push(inst);
                continue;
            }
            let target = i64::from(self.place[targets[next] as usize]);
            // The plain jump, where there is one, is the last instruction that this one becomes.
            let distance = target - (code.len() as i64 + i64::from(self.extra[next]) + 1);
            let far = Inst::abx(Op::Jump, 0, distance as i32);
            match (self.extra[next], inverted(inst.op())) {
                (0, _) if is_short(inst.op()) => code.push(inst.with_c(distance as i16)),
                (0, _) => code.push(inst.with_bc(distance as i32)),
                (_, Some(op)) => {
                    code.push(Inst(inst.0 & !0xFF | op as u64).with_c(1));
                    code.push(far);
                }
                (_, None) => {
                    code.push(inst.with_c(1));
                    code.push(Inst::abx(Op::Jump, 0, 1));
                    code.push(far);
                }
            }
            next += 1;
        }
        proto.code = code;
        let moved = |pc: &mut u32| *pc = self.place[*pc as usize];
        proto.lines.iter_mut().for_each(|(pc, _)| moved(pc));
        proto.names.iter_mut().for_each(|name| moved(&mut name.pc));
        proto.concat_lines.iter_mut().for_each(|line| moved(&mut line.pc));
        for local in &mut proto.locals {
            moved(&mut local.start);
            moved(&mut local.end);
        }
    }
}

/// Whether the op is a jump with a distance of 16 bits.
fn is_short(op: Op) -> bool {
    op.operands().iter().any(|o| o.kind == OperandKind::Jump16)
}

/// The jump on the opposite condition, for the short jumps that have one.
fn inverted(op: Op) -> Option<Op> {
    const PAIRS: [(Op, Op); 8] = [
        (Op::JumpEq, Op::JumpNe),
        (Op::JumpLt, Op::JumpNotLt),
        (Op::JumpLe, Op::JumpNotLe),
        (Op::JumpEqConst, Op::JumpNeConst),
        (Op::JumpLtImm, Op::JumpNotLtImm),
        (Op::JumpLeImm, Op::JumpNotLeImm),
        (Op::JumpGtImm, Op::JumpNotGtImm),
        (Op::JumpGeImm, Op::JumpNotGeImm),
    ];
    PAIRS.iter().find_map(|&(a, b)| if a == op { Some(b) } else { (b == op).then_some(a) })
}
