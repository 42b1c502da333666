//! Expressions: every one is compiled to a register that its user names, or to any register.
//!
//! The contract of a destination ([`Dst`]): an instruction that writes it before the expression has read all its operands
//! is allowed only if it is `early`. A temporary, or the register of a variable that is being declared, always is; the
//! register of an existing variable is only if the expression does not mention the variable (`x = y && x`).
//!
//! Reading a local in place is sound although later operands may contain calls: nothing in an expression assigns a
//! variable except the body of some function, and a variable that another function assigns lives in a cell, which is read
//! when its turn comes.

use bytecode::ops::{Inst, Op};
use syntax::ast::{BinaryOp, Expr, ExprKind, Func, Name, Pos, UnaryOp};

use crate::call::Want;
use crate::fold::Constant;
use crate::function::Reg;
use crate::generate::{Generator, Place};

/// Where the value of an expression goes.
#[derive(Clone, Copy, Debug)]
pub struct Dst {
    /// The register.
    pub reg: Reg,
    /// Whether it may be written while the expression still reads.
    pub early: bool,
}

impl Dst {
    /// A register that nothing reads any more.
    pub fn early(reg: Reg) -> Dst {
        Dst { reg, early: true }
    }
}

/// An operand: a constant, or a register with a value.
#[derive(Clone, Debug)]
pub enum Operand<'a> {
    /// A constant, not yet in any register.
    Const(Constant<'a>),
    /// A register: a local in place or a temporary.
    Reg(Reg),
}

impl<'a> Generator<'a> {
    /// Compiles an expression to a register.
    pub fn expr_to(&mut self, expr: &'a Expr, dst: Dst) {
        let pos = expr.span.start;
        if let Some(value) = self.fold(expr) {
            self.load(&value, dst.reg, pos);
            return;
        }
        match &expr.kind {
            // Constants were folded above.
            ExprKind::Nil => self.load(&Constant::Nil, dst.reg, pos),
            ExprKind::True => self.load(&Constant::Bool(true), dst.reg, pos),
            ExprKind::False => self.load(&Constant::Bool(false), dst.reg, pos),
            ExprKind::Int(i) => self.load(&Constant::Int(*i), dst.reg, pos),
            ExprKind::Float(f) => self.load(&Constant::Float(*f), dst.reg, pos),
            ExprKind::Str(s) => self.load(&Constant::Str(s.as_ref().into()), dst.reg, pos),
            ExprKind::Name(name) => self.name_to(*name, dst.reg, pos),
            ExprKind::Vararg => {
                self.emit(Inst::abc(Op::Vararg, dst.reg, 1, 0), pos);
            }
            ExprKind::VarargLen => {
                self.emit(Inst::abc(Op::VarargLen, dst.reg, 0, 0), pos);
            }
            ExprKind::VarargIndex(node) => {
                let mark = self.f.free();
                let index = self.expr_any(&node.index, Some(dst));
                self.emit(Inst::abc(Op::VarargIndex, dst.reg, index, 0), node.pos);
                self.f.release(mark);
            }
            ExprKind::Paren(inner) => self.expr_to(inner, dst),
            ExprKind::Unary(node) => self.unary_to(node.op, node.pos, &node.operand, dst),
            ExprKind::Receive(node) => {
                let mark = self.f.free();
                let channel = self.expr_any(&node.channel, Some(dst));
                self.emit(Inst::abc(Op::Recv, dst.reg, channel, 0), node.pos);
                self.f.release(mark);
            }
            ExprKind::Binary(chain) => self.chain_to(chain, dst),
            ExprKind::Concat(node) => {
                self.concat_to(None, &node.operands, &node.positions, node.positions[0], dst)
            }
            ExprKind::And(operands) => self.logic_to(operands, false, dst),
            ExprKind::Or(operands) => self.logic_to(operands, true, dst),
            ExprKind::Suffixed(node) => self.suffixed(node, Want::One(dst)),
            ExprKind::Func(func) => self.closure_to(func, dst.reg),
            ExprKind::Table(fields) => self.table_to(fields, pos, dst),
            ExprKind::MakeChan(node) => {
                let mark = self.f.free();
                let inst = match &node.capacity {
                    Some(capacity) => {
                        let capacity = self.expr_any(capacity, Some(dst));
                        Inst::abc(Op::MakeChan, dst.reg, capacity, 0).with_x(1)
                    }
                    None => Inst::abc(Op::MakeChan, dst.reg, dst.reg, 0),
                };
                self.emit(inst, node.pos);
                self.f.release(mark);
            }
        }
    }

    /// Compiles an expression to a new register at the top of the stack.
    pub fn expr_next(&mut self, expr: &'a Expr) -> Reg {
        let reg = self.f.alloc();
        self.expr_to(expr, Dst::early(reg));
        reg
    }

    /// Compiles an expression to whatever register is best: its own if it names a local; else `hint`, if that may be
    /// written early; else a new one.
    pub fn expr_any(&mut self, expr: &'a Expr, hint: Option<Dst>) -> Reg {
        if let Some(reg) = self.in_register(expr) {
            return reg;
        }
        match hint {
            Some(dst) if dst.early => {
                self.expr_to(expr, dst);
                dst.reg
            }
            _ => self.expr_next(expr),
        }
    }

    /// Compiles an expression to a register, or leaves it as a constant.
    pub fn operand(&mut self, expr: &'a Expr, hint: Option<Dst>) -> Operand<'a> {
        match self.fold(expr) {
            Some(value) => Operand::Const(value),
            None => Operand::Reg(self.expr_any(expr, hint)),
        }
    }

    /// The register of an operand; a constant is loaded to a new one.
    pub fn operand_reg(&mut self, operand: Operand<'a>, pos: Pos) -> Reg {
        match operand {
            Operand::Reg(reg) => reg,
            Operand::Const(value) => {
                let reg = self.f.alloc();
                self.load(&value, reg, pos);
                reg
            }
        }
    }

    /// Compiles an expression for its effects.
    pub fn expr_drop(&mut self, expr: &'a Expr) {
        let mark = self.f.free();
        let expr = expr.unparenthesised();
        match &expr.kind {
            ExprKind::Suffixed(node) if expr.is_call() => self.suffixed(node, Want::Nothing),
            ExprKind::Name(_) | ExprKind::Vararg | ExprKind::VarargLen => {}
            _ if self.fold(expr).is_some() => {}
            _ => {
                self.expr_next(expr);
            }
        }
        self.f.release(mark);
    }

    /// Compiles an expression that gives any number of values; the list starts at the first free register, and the next
    /// instruction must take it.
    pub fn expr_multi(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Suffixed(node) => self.suffixed(node, Want::List),
            _ => {
                self.f.reserve(1);
                let first = self.f.free() as Reg;
                self.emit(Inst::abc(Op::VarargMulti, first, 0, 0), expr.span.start);
            }
        }
    }

    /// Compiles an expression list to exactly `n` new registers; gives the first.
    pub fn list_fixed(&mut self, values: &'a [Expr], n: usize, pos: Pos) -> Reg {
        let first = self.f.free() as Reg;
        for (i, value) in values.iter().enumerate() {
            let wanted = n.saturating_sub(i);
            if i + 1 == values.len() && value.is_multi() && wanted != 1 && wanted != 0 {
                if let ExprKind::Suffixed(node) = &value.kind {
                    self.suffixed(node, Want::Fixed(wanted as u16));
                    self.f.alloc_many(wanted);
                } else {
                    let reg = self.f.alloc_many(wanted);
                    self.emit(Inst::abc(Op::Vararg, reg, wanted as u16, 0), value.span.start);
                }
                return first;
            }
            if wanted == 0 {
                self.expr_drop(value);
            } else {
                self.expr_next(value);
            }
        }
        let missing = n.saturating_sub(values.len());
        if missing > 0 {
            let reg = self.f.alloc_many(missing);
            self.emit(Inst::abc(Op::LoadNil, reg, missing as u16, 0), pos);
        }
        first
    }

    /// Compiles an expression list to new registers. Gives how many, and whether a list of unknown length follows them,
    /// which the next instruction must take.
    pub fn list_open(&mut self, values: &'a [Expr]) -> (u16, bool) {
        let is_multi = values.last().is_some_and(Expr::is_multi);
        let fixed = values.len() - usize::from(is_multi);
        for value in &values[..fixed] {
            self.expr_next(value);
        }
        if is_multi {
            self.expr_multi(&values[fixed]);
        }
        (fixed as u16, is_multi)
    }

    fn name_to(&mut self, name: Name, dst: Reg, pos: Pos) {
        let place = self.place(name, pos);
        self.read_place(place, dst, pos);
    }

    /// `r[dst]` = the variable at `place`.
    pub fn read_place(&mut self, place: Place, dst: Reg, pos: Pos) {
        let inst = match place {
            Place::Local(reg) => return self.move_to(dst, reg, pos),
            Place::Cell(reg) => Inst::abc(Op::GetCell, dst, reg, 0),
            Place::Upvalue(index) => Inst::abc(Op::GetUpval, dst, index, 0),
            Place::Upcell(index) => Inst::abc(Op::GetUpcell, dst, index, 0),
            Place::Global(index) => Inst::abx(Op::GetGlobal, dst, index as i32),
        };
        self.emit(inst, pos);
    }

    /// The variable at `place` = `r[src]`.
    pub fn write_place(&mut self, place: Place, src: Reg, pos: Pos) {
        let inst = match place {
            Place::Local(reg) => return self.move_to(reg, src, pos),
            Place::Cell(reg) => Inst::abc(Op::SetCell, reg, src, 0),
            Place::Upcell(index) => Inst::abc(Op::SetUpcell, src, index, 0),
            Place::Global(index) => Inst::abx(Op::SetGlobal, src, index as i32),
            // A variable that is assigned and captured has a cell.
            Place::Upvalue(_) => unreachable!("a captured variable that is assigned lives in a cell"),
        };
        self.emit(inst, pos);
    }

    /// Compiles a function and makes a closure of it.
    pub fn closure_to(&mut self, func: &'a Func, dst: Reg) {
        let index = self.function(func);
        self.emit(Inst::abx(Op::Closure, dst, index), func.span.start);
    }

    fn unary_to(&mut self, op: UnaryOp, pos: Pos, operand: &'a Expr, dst: Dst) {
        let mark = self.f.free();
        if op == UnaryOp::Not && is_boolean(operand) {
            self.condition_to(operand, true, dst.reg, pos);
            return;
        }
        let reg = self.expr_any(operand, Some(dst));
        let code = match op {
            UnaryOp::Neg => Op::Neg,
            UnaryOp::Not => Op::Not,
            UnaryOp::Len => Op::Len,
            UnaryOp::BitNot => Op::BitNot,
        };
        let pc = self.emit(Inst::abc(code, dst.reg, reg, 0), pos);
        if op != UnaryOp::Not {
            self.f.name_operand(pc, 1, self.operand_text(operand));
        }
        self.f.release(mark);
    }

    /// `&&` (`stop` false) and `||` (`stop` true): the first operand whose truth is `stop`, else the last one.
    fn logic_to(&mut self, operands: &'a [Expr], stop: bool, dst: Dst) {
        let mark = self.f.free();
        let pos = operands[0].span.start;
        if !dst.early {
            let temp = self.f.alloc();
            self.logic_to(operands, stop, Dst::early(temp));
            self.move_to(dst.reg, temp, pos);
            self.f.release(mark);
            return;
        }
        let end = self.f.label();
        // Comparisons jump here, where their value is loaded.
        let stopped = self.f.label();
        let mut has_stopped = false;
        let (last, rest) = operands.split_last().expect("the parser makes lists of two operands at least");
        let mut last = last;
        for operand in rest {
            match self.fold(operand) {
                Some(value) if value.is_true() == stop => {
                    last = operand;
                    break;
                }
                Some(_) => {}
                None if is_boolean(operand) => {
                    self.cond_jump(operand, stop, stopped);
                    has_stopped = true;
                }
                None => {
                    self.expr_to(operand, dst);
                    let op = if stop { Op::JumpIf } else { Op::JumpIfNot };
                    self.jump(Inst::abx(op, dst.reg, 0), end, operand.span.start);
                }
            }
        }
        if !has_stopped {
            self.expr_to(last, dst);
        } else {
            if is_boolean(last) && self.fold(last).is_none() {
                self.cond_jump(last, stop, stopped);
                self.load(&Constant::Bool(!stop), dst.reg, pos);
            } else {
                self.expr_to(last, dst);
            }
            self.goto(end, pos);
            self.f.bind(stopped);
            self.load(&Constant::Bool(stop), dst.reg, pos);
        }
        self.f.bind(end);
    }
}

/// Whether an expression gives `true` or `false` and nothing else.
pub fn is_boolean(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::True | ExprKind::False => true,
        ExprKind::Paren(inner) => is_boolean(inner),
        ExprKind::Unary(node) => node.op == UnaryOp::Not,
        ExprKind::Binary(chain) => chain.rest.last().is_some_and(|link| is_comparison(link.op)),
        ExprKind::And(operands) | ExprKind::Or(operands) => operands.iter().all(is_boolean),
        _ => false,
    }
}

/// Whether an operator compares.
pub fn is_comparison(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge)
}
