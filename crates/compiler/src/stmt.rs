//! Statements other than loops, `switch` and `select`, which have files of their own.
//!
//! Statements that can never be reached (behind `return`, `break` or `continue` in the same block) make no code.

use syntax::ast::{Block, Expr, Ident, If, Pos, Stmt, StmtKind};

use bytecode::ops::{Inst, Op};

use crate::assign::Step;
use crate::function::{Label, Reg};
use crate::generate::Generator;

impl<'a> Generator<'a> {
    /// Compiles a block, a scope of its own.
    pub fn block(&mut self, block: &'a Block) {
        let scope = self.f.open_scope();
        self.stmts(&block.stmts);
        self.f.close_scope(scope);
    }

    /// Compiles statements in the current scope.
    pub fn stmts(&mut self, stmts: &'a [Stmt]) {
        for stmt in stmts {
            if self.f.is_dead() {
                return;
            }
            self.stmt(stmt);
            self.report_overflow(stmt.span);
        }
    }

    /// Compiles a statement.
    pub fn stmt(&mut self, stmt: &'a Stmt) {
        let start = stmt.span.start;
        match &stmt.kind {
            StmtKind::Block(block) => self.block(block),
            StmtKind::Var { names, values } => self.declare_locals(names, values, stmt.span),
            StmtKind::Const { names, values } => self.declare_consts(names, values, stmt.span),
            StmtKind::Define { names, values, pos } => self.define(names, values, stmt.span, *pos),
            StmtKind::Assign { targets, values, pos } => self.assign(targets, values, *pos),
            StmtKind::Compound { target, op, pos, value } => {
                self.compound(target, *op, Step::Value(value), *pos)
            }
            StmtKind::Step { target, decrement, pos } => {
                self.compound(target, Step::op(*decrement), Step::One, *pos);
            }
            StmtKind::Send { channel, value, pos } => {
                let mark = self.f.free();
                let channel = self.expr_any(channel, None);
                let value = self.expr_any(value, None);
                self.emit(Inst::abc(Op::Send, channel, value, 0), *pos);
                self.f.release(mark);
            }
            StmtKind::Expr(expr) => self.expr_drop(expr),
            StmtKind::Func(decl) => self.func_decl(decl),
            StmtKind::If(node) => self.if_stmt(node, start),
            StmtKind::For(node) => self.for_stmt(node),
            StmtKind::Switch(node) => self.switch_stmt(node),
            StmtKind::Select(node) => self.select_stmt(node),
            StmtKind::Return(values) => self.return_stmt(values, start),
            StmtKind::Break(label) => self.leave(*label, false, start),
            StmtKind::Continue(label) => self.leave(*label, true, start),
            StmtKind::Go(call) => self.go_or_defer(call, None),
            StmtKind::Defer(call) => {
                let list = self.f.proto.defer_reg;
                self.go_or_defer(call, list);
            }
        }
    }

    fn return_stmt(&mut self, values: &'a [Expr], pos: Pos) {
        let mark = self.f.free();
        if let [value] = values
            && !value.is_multi()
        {
            let reg = self.expr_any(value, None);
            self.return_values(reg, 1, false, pos);
        } else if let Some(first) = self.neighbours(values) {
            self.return_values(first, values.len() as u16, false, pos);
        } else {
            let first = self.f.free() as Reg;
            let (count, is_multi) = self.list_open(values);
            self.return_values(first, count, is_multi, pos);
        }
        self.f.release(mark);
    }

    /// The first register of values that are locals side by side already.
    fn neighbours(&self, values: &'a [Expr]) -> Option<Reg> {
        let first = self.in_register(values.first()?)?;
        let in_order = |(i, value): (usize, &'a Expr)| self.in_register(value) == Some(first + i as u16);
        values.iter().enumerate().all(in_order).then_some(first)
    }

    fn if_stmt(&mut self, node: &'a If, pos: Pos) {
        let scope = self.f.open_scope();
        let end = self.f.label();
        let mut is_decided = false;
        for (i, arm) in node.arms.iter().enumerate() {
            if let Some(init) = &arm.init {
                self.stmt(init);
            }
            match self.fold(&arm.cond) {
                Some(value) if value.is_true() => {
                    self.block(&arm.body);
                    is_decided = true;
                    break;
                }
                Some(_) => continue,
                None => {}
            }
            if let Some(target) = self.lone_jump(&arm.body) {
                self.cond_jump(&arm.cond, true, target);
                continue;
            }
            let next = self.f.label();
            self.cond_jump(&arm.cond, false, next);
            self.block(&arm.body);
            if i + 1 < node.arms.len() || node.else_body.is_some() {
                self.goto(end, pos);
            }
            self.f.bind(next);
        }
        if let Some(block) = &node.else_body
            && !is_decided
        {
            self.block(block);
        }
        self.f.bind(end);
        self.f.close_scope(scope);
    }

    /// Where a block goes that consists of a `break` or `continue` only: the condition before it can go there itself.
    fn lone_jump(&self, block: &Block) -> Option<Label> {
        match block.stmts.as_slice() {
            [Stmt { kind: StmtKind::Break(label), .. }] => self.jump_target(*label, false),
            [Stmt { kind: StmtKind::Continue(label), .. }] => self.jump_target(*label, true),
            _ => None,
        }
    }

    /// `break` and `continue`.
    fn leave(&mut self, label: Option<Ident>, is_continue: bool, pos: Pos) {
        // The parser has checked that there is something to leave.
        if let Some(target) = self.jump_target(label, is_continue) {
            self.goto(target, pos);
        }
    }

    fn jump_target(&self, label: Option<Ident>, is_continue: bool) -> Option<Label> {
        let wanted = label.map(|l| l.name);
        self.f.enclosing.iter().rev().find_map(|around| {
            let is_meant = wanted.is_none() || wanted == around.label;
            let target = if is_continue { around.on_continue } else { Some(around.on_break) };
            target.filter(|_| is_meant)
        })
    }
}
