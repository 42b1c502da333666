//! The four forms of `for`.
//!
//! A loop tests at its end, so that an iteration costs one jump: it is entered by a jump to the test, or by a test of its
//! own where that is cheap. The most frequent loop of all gets an instruction that steps, tests and jumps at once:
//!
//! ```text
//!   for i := a; i < n; i++ { … }        JumpNotLt i, n -> end
//!                                 body: …
//!                                       ForLt i, #1, n -> body
//!                                 end:
//! ```
//!
//! That is exact whatever the types, provided that only `post` assigns `i` and that `n` can be read again from a register
//! for every test: it is a local, or never changes. A step down (`i--`, `i -= 2`) has a negative sign in the instruction,
//! and means subtraction of its magnitude; the op never stands for adding a negative number.
//!
//! Variables of a three-clause loop that live in cells get new ones before `post`; all others have no identity that anyone
//! could see, so that they need no copying.

use bytecode::ops::{Inst, Op};
use syntax::ast::{
    BinaryOp, CompoundOp, Expr, ExprKind, For, ForHeader, Ident, Pos, Stmt, StmtKind, TargetKind,
};
use syntax::diagnostic::Code;

use crate::expr::Operand;
use crate::fold::{self, Constant};
use crate::function::{Enclosing, Label, Reg};
use crate::generate::{Generator, Place};
use crate::resolve::{Use, VarId};

/// Most variables of a range loop: their number is an 8-bit field.
const RANGE_VARS_MAX: usize = 250;

/// A loop that one instruction steps, tests and closes.
struct Counted<'a> {
    counter: Reg,
    /// What the counter starts with, if that is known.
    start: Option<Constant<'a>>,
    /// The comparison, with the counter on the left.
    op: BinaryOp,
    limit: Operand<'a>,
    /// The position of the comparison.
    pos: Pos,
    step: i8,
}

impl<'a> Generator<'a> {
    /// Compiles a loop.
    pub fn for_stmt(&mut self, node: &'a For) {
        let scope = self.f.open_scope();
        match &node.header {
            ForHeader::Forever => self.while_loop(node, None, &[], None),
            ForHeader::While(cond) => self.while_loop(node, Some(cond), &[], None),
            ForHeader::Clauses { init, cond, post } => {
                let mut vars: &[Ident] = &[];
                if let Some(init) = init {
                    self.stmt(init);
                    if let StmtKind::Define { names, .. } = &init.kind {
                        vars = names;
                    }
                }
                let counted = match (init, cond, post) {
                    (Some(init), Some(cond), Some(post)) => self.counted(init, cond, post),
                    _ => None,
                };
                match counted {
                    Some(counted) => self.counted_loop(node, counted),
                    None => self.while_loop(node, cond.as_ref(), vars, post.as_deref()),
                }
            }
            ForHeader::Range { vars, values } => self.range_loop(node, vars, values),
        }
        self.f.close_scope(scope);
    }

    fn body(&mut self, node: &'a For, on_break: Label, on_continue: Label) {
        let label = node.label.map(|l| l.name);
        self.f.enclosing.push(Enclosing { label, on_break, on_continue: Some(on_continue) });
        self.block(&node.body);
        self.f.enclosing.pop();
    }

    /// A loop with a condition, variables that are new in every iteration, and a statement after each.
    fn while_loop(
        &mut self,
        node: &'a For,
        cond: Option<&'a Expr>,
        vars: &'a [Ident],
        post: Option<&'a Stmt>,
    ) {
        let known = cond.map_or(Some(true), |cond| self.fold(cond).map(|value| value.is_true()));
        if known == Some(false) {
            return;
        }
        let cond = cond.filter(|_| known.is_none());
        let (test, end, next) = (self.f.label(), self.f.label(), self.f.label());
        if cond.is_some() {
            self.goto(test, node.pos);
        }
        let body = self.f.label_here();
        self.body(node, end, next);
        self.f.bind(next);
        if !self.f.is_dead() {
            for var in vars {
                if let Use::Declare(id) = self.names.name_at(var.span.start)
                    && let Place::Cell(reg) = self.place_of(id)
                {
                    self.emit(Inst::abc(Op::CopyCell, reg, 0, 0), node.pos);
                }
            }
            if let Some(post) = post {
                self.stmt(post);
            }
        }
        self.f.bind(test);
        match cond {
            Some(cond) => self.cond_jump(cond, true, body),
            None => self.goto(body, node.pos),
        }
        self.f.bind(end);
    }

    // Counted loops.

    fn counted_loop(&mut self, node: &'a For, counted: Counted<'a>) {
        let Counted { counter, start, op, limit, pos, step } = counted;
        let end = self.f.label();
        let first = match (&start, &limit) {
            (Some(start), Operand::Const(limit)) => {
                fold::binary(op, start, limit).map(|value| value.is_true())
            }
            _ => None,
        };
        match first {
            Some(true) => {}
            Some(false) => return,
            None => self.compare_jump(op, Operand::Reg(counter), limit.clone(), false, end, pos),
        }
        // A constant limit stays in a register of its own for the whole loop.
        let limit = self.operand_reg(limit, pos);
        let next = self.f.label();
        let body = self.f.label_here();
        self.body(node, end, next);
        self.f.bind(next);
        if !self.f.is_dead() {
            let code = match op {
                BinaryOp::Lt => Op::ForLt,
                BinaryOp::Le => Op::ForLe,
                BinaryOp::Gt => Op::ForGt,
                _ => Op::ForGe,
            };
            let pc = self.jump(Inst::abc(code, counter, limit, 0).with_x(step as u8), body, pos);
            let text = node_text(self, node);
            self.f.name_operand(pc, 0, text);
        }
        self.f.bind(end);
    }

    /// Recognises a counted loop after its `init` has been compiled.
    fn counted(&mut self, init: &'a Stmt, cond: &'a Expr, post: &'a Stmt) -> Option<Counted<'a>> {
        let StmtKind::Define { names, values, .. } = &init.kind else { return None };
        let (target, step) = match &post.kind {
            StmtKind::Step { target, decrement, .. } => (target, if *decrement { -1 } else { 1 }),
            StmtKind::Compound { target, op: CompoundOp::Binary(op), value, .. } => {
                let amount = match self.fold(value)? {
                    Constant::Int(i @ 1..=128) => i,
                    _ => return None,
                };
                match op {
                    BinaryOp::Add => (target, i8::try_from(amount).ok()?),
                    BinaryOp::Sub => (target, i8::try_from(-amount).ok()?),
                    _ => return None,
                }
            }
            _ => return None,
        };
        if !matches!(target.kind, TargetKind::Name(_)) {
            return None;
        }
        let counter = self.variable(target.span.start)?;
        let place = names.iter().position(|n| self.names.name_at(n.span.start) == Use::Declare(counter))?;
        let info = self.names.var(counter);
        if info.is_captured || info.assignments != 1 {
            return None;
        }
        let ExprKind::Binary(chain) = &cond.unparenthesised().kind else { return None };
        let [link] = chain.rest.as_slice() else { return None };
        let (op, limit) = if self.is_variable(&chain.first, counter) {
            (link.op, &link.operand)
        } else if self.is_variable(&link.operand, counter) {
            let op = match link.op {
                BinaryOp::Lt => BinaryOp::Gt,
                BinaryOp::Le => BinaryOp::Ge,
                BinaryOp::Gt => BinaryOp::Lt,
                BinaryOp::Ge => BinaryOp::Le,
                _ => return None,
            };
            (op, &chain.first)
        } else {
            return None;
        };
        if !matches!(op, BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge) {
            return None;
        }
        let start = if names.len() == values.len() { self.fold(&values[place]) } else { None };
        let limit = self.limit(limit)?;
        let Place::Local(counter) = self.place_of(counter) else { return None };
        Some(Counted { counter, start, op, limit, pos: link.pos, step })
    }

    fn is_variable(&self, expr: &'a Expr, var: VarId) -> bool {
        let expr = expr.unparenthesised();
        matches!(expr.kind, ExprKind::Name(_)) && self.variable(expr.span.start) == Some(var)
    }

    /// The limit of a counted loop, if it is a number or a variable that a register can stand for.
    fn limit(&mut self, limit: &'a Expr) -> Option<Operand<'a>> {
        if let Some(value) = self.fold(limit) {
            return value.num().map(|_| Operand::Const(value));
        }
        if let Some(reg) = self.in_register(limit) {
            return Some(Operand::Reg(reg));
        }
        let limit = limit.unparenthesised();
        let ExprKind::Name(name) = limit.kind else { return None };
        self.variable(limit.span.start)?;
        // A captured variable without a cell never changes: it is copied from the closure once.
        match self.place(name, limit.span.start) {
            place @ Place::Upvalue(_) => {
                let reg = self.f.alloc();
                self.read_place(place, reg, limit.span.start);
                Some(Operand::Reg(reg))
            }
            _ => None,
        }
    }

    // Range loops.

    fn range_loop(&mut self, node: &'a For, vars: &'a [Ident], values: &'a [Expr]) {
        if vars.len() > RANGE_VARS_MAX {
            let span = vars[RANGE_VARS_MAX].span;
            self.error(Code::TooManyValues, span, format!("more than {RANGE_VARS_MAX} range variables"));
            return;
        }
        let text = self.operand_text(&values[0]);
        let state = self.list_fixed(values, 3, node.pos);
        let (next, end) = (self.f.label(), self.f.label());
        let pc = self.jump(Inst::abx(Op::RangePrep, state, 0), next, node.pos);
        self.f.name_operand(pc, 0, text);
        let body = self.f.label_here();

        let scope = self.f.open_scope();
        self.f.reserve(bytecode::verify::RANGE_CALL_WINDOW as usize);
        let count = vars.len().max(1);
        let first = self.f.alloc_many(count);
        for (i, var) in vars.iter().enumerate() {
            self.declare_at(var.span.start, first.saturating_add(i as u16), node.pos);
        }
        self.body(node, end, next);
        self.f.close_scope(scope);

        self.f.bind(next);
        self.jump(Inst::abx(Op::RangeNext, state, 0).with_x(count as u8), body, node.pos);
        self.jump(Inst::abx(Op::RangeTest, state, 0), body, node.pos);
        self.f.bind(end);
    }
}

/// How the counter of a counted loop is written, for a step that fails.
fn node_text<'a>(generator: &Generator<'a>, node: &'a For) -> Option<crate::function::OperandText<'a>> {
    let ForHeader::Clauses { post: Some(post), .. } = &node.header else { return None };
    let (StmtKind::Step { target, .. } | StmtKind::Compound { target, .. }) = &post.kind else { return None };
    match target.kind {
        TargetKind::Name(name) => Some(generator.name_text(name, target.span.start)),
        TargetKind::Field { .. } | TargetKind::Index { .. } => None,
    }
}
