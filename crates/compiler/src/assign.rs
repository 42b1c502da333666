//! Declarations and assignments.
//!
//! The order is: operands of the targets from left to right, values from left to right, stores from left to right. What is
//! read late, in place, must therefore not be stored to before: in a statement with several targets, a local that the
//! statement itself assigns is copied when its turn to be evaluated comes. A single assignment has no such problem.

use std::borrow::Cow;

use bytecode::ops::{Inst, Op};
use syntax::ast::{
    BinaryOp, CompoundOp, Expr, ExprKind, FuncDecl, Ident, Pos, Span, SuffixKind, Target, TargetKind,
    is_receive_pair,
};

use crate::call::Key;
use crate::expr::{Dst, Operand};
use crate::fold::Constant;
use crate::function::{OperandText, Reg};
use crate::generate::{Generator, Place};
use crate::resolve::{Use, VarId};

/// A target whose operands have been evaluated.
enum Prepared<'a> {
    Place(Place),
    Slot { object: Reg, key: Key<'a>, pos: Pos, text: Option<OperandText<'a>> },
}

/// A value of an assignment: evaluated, or to be loaded when it is stored.
enum Value<'a> {
    Reg(Reg),
    Const(Constant<'a>),
}

impl<'a> Generator<'a> {
    // Declarations.

    /// `var a, b = …`, and `:=` where all names are new locals.
    pub fn declare_locals(&mut self, names: &'a [Ident], values: &'a [Expr], span: Span) {
        let first = self.evaluate(names.len(), values, span.start);
        for (i, name) in names.iter().enumerate() {
            self.declare_at(name.span.start, first.saturating_add(i as u16), span.start);
        }
    }

    /// `const a, b = …`. A constant with a value known now needs no register: its uses are the value.
    pub fn declare_consts(&mut self, names: &'a [Ident], values: &'a [Expr], span: Span) {
        if names.len() == values.len() {
            let folded: Option<Vec<Constant>> = values.iter().map(|v| self.fold(v)).collect();
            if let Some(folded) = folded {
                for (name, value) in names.iter().zip(folded) {
                    if let Use::Declare(var) = self.names.name_at(name.span.start) {
                        self.constants.set(var, value);
                    }
                }
                return;
            }
        }
        self.declare_locals(names, values, span);
    }

    /// `a, b := …`: globals at the top level, unless a local of the chunk has the name.
    pub fn define(&mut self, names: &'a [Ident], values: &'a [Expr], span: Span, pos: Pos) {
        let is_local = |name: &Ident| matches!(self.names.name_at(name.span.start), Use::Declare(_));
        if names.iter().all(is_local) {
            return self.declare_locals(names, values, span);
        }
        let has_local = names.iter().any(is_local);
        let mark = self.f.free();
        if let ([name], [value]) = (names, values) {
            let reg = self.expr_any(value, None);
            let global = self.global(name.name);
            self.write_place(Place::Global(global), reg, pos);
            self.f.release(mark);
            return;
        }
        let first = self.evaluate(names.len(), values, span.start);
        for (i, name) in names.iter().enumerate() {
            let reg = first.saturating_add(i as u16);
            match self.names.name_at(name.span.start) {
                Use::Declare(var) => self.declare(var, reg, span.start),
                _ => {
                    let global = self.global(name.name);
                    self.write_place(Place::Global(global), reg, pos);
                }
            }
        }
        // With a local among them, the registers of the others stay in use with it.
        if !has_local {
            self.f.release(mark);
        }
    }

    /// Evaluates the right side of a declaration of `n` names to new registers.
    fn evaluate(&mut self, n: usize, values: &'a [Expr], pos: Pos) -> Reg {
        if is_receive_pair(n, values)
            && let ExprKind::Receive(node) = &values[0].kind
        {
            let first = self.f.alloc_many(2);
            let mark = self.f.free();
            let channel = self.expr_any(&node.channel, Some(Dst::early(first)));
            self.emit(Inst::abc(Op::RecvOk, first, channel, 0), node.pos);
            self.f.release(mark);
            return first;
        }
        self.list_fixed(values, n, pos)
    }

    /// `func f(…) { … }`, `func a.b:m(…) { … }`.
    pub fn func_decl(&mut self, decl: &'a FuncDecl) {
        let (base, pos) = (decl.base, decl.func.span.start);
        let mark = self.f.free();
        let mut steps: Vec<(Pos, Ident)> = decl.path.iter().copied().chain(decl.method).collect();
        if let Some((last_pos, last)) = steps.pop() {
            let mut text = Some(self.name_text(base.name, base.span.start));
            let mut object = self.read_name(base);
            for (pos, step) in steps {
                let reg = if u32::from(object) >= mark { object } else { self.f.alloc() };
                let key = Key::Str(Cow::Borrowed(self.text(step.name).as_bytes()));
                self.get_key(reg, object, key, pos, text);
                text = Some(self.field_text(step.name));
                object = reg;
            }
            let value = self.f.alloc();
            self.closure_to(&decl.func, value);
            let key = Key::Str(Cow::Borrowed(self.text(last.name).as_bytes()));
            self.set_key(object, key, value, last_pos, text);
            self.f.release(mark);
            return;
        }
        match self.names.name_at(base.span.start) {
            Use::Declare(var) => {
                let reg = self.f.alloc();
                if self.names.var(var).is_cell() {
                    // The cell must exist before the closure that captures it.
                    self.load(&Constant::Nil, reg, pos);
                    self.declare(var, reg, pos);
                    let value = self.f.alloc();
                    self.closure_to(&decl.func, value);
                    self.write_place(Place::Cell(reg), value, pos);
                    self.f.release(u32::from(value));
                } else {
                    // If the function uses its own name, it captures itself: `Closure` writes the register first.
                    self.declare(var, reg, pos);
                    self.closure_to(&decl.func, reg);
                }
            }
            Use::Var(_) | Use::Global => {
                let place = self.place(base.name, base.span.start);
                let value = match place {
                    Place::Local(reg) => reg,
                    _ => self.f.alloc(),
                };
                self.closure_to(&decl.func, value);
                self.write_place(place, value, pos);
                self.f.release(mark);
            }
        }
    }

    /// The register of a local, or a new one with the value of another variable.
    fn read_name(&mut self, name: Ident) -> Reg {
        let at = name.span.start;
        if let Some(value) = self.variable(at).and_then(|var| self.constants.get(var)).cloned() {
            return self.operand_reg(Operand::Const(value), at);
        }
        match self.place(name.name, at) {
            Place::Local(reg) => reg,
            place => {
                let reg = self.f.alloc();
                self.read_place(place, reg, at);
                reg
            }
        }
    }

    // Assignments.

    /// `a, t.x, t[i] = …`.
    pub fn assign(&mut self, targets: &'a [Target], values: &'a [Expr], pos: Pos) {
        let mark = self.f.free();
        match (targets, values) {
            ([target], [value]) => self.assign_one(target, value, pos),
            _ => self.assign_many(targets, values, pos),
        }
        self.f.release(mark);
    }

    fn assign_one(&mut self, target: &'a Target, value: &'a Expr, pos: Pos) {
        match self.prepare(target, &[]) {
            Prepared::Place(Place::Local(reg)) => {
                let var = self.variable(target.span.start);
                let early = var.is_some_and(|var| !self.mentions(value, var));
                self.expr_to(value, Dst { reg, early });
            }
            Prepared::Place(place) => {
                let reg = self.expr_any(value, None);
                self.write_place(place, reg, pos);
            }
            Prepared::Slot { object, key, pos, text } => {
                let reg = self.expr_any(value, None);
                self.set_key(object, key, reg, pos, text);
            }
        }
    }

    fn assign_many(&mut self, targets: &'a [Target], values: &'a [Expr], pos: Pos) {
        let assigned: Vec<VarId> = targets
            .iter()
            .filter(|t| matches!(t.kind, TargetKind::Name(_)))
            .filter_map(|t| self.variable(t.span.start))
            .collect();
        let prepared: Vec<Prepared> = targets.iter().map(|t| self.prepare(t, &assigned)).collect();
        let n = targets.len();
        let is_pair = is_receive_pair(n, values);
        let is_open = values.last().is_some_and(Expr::is_multi);
        let values: Vec<Value> = if is_pair || is_open || values.len() != n {
            let first = self.evaluate(n, values, pos);
            (0..n).map(|i| Value::Reg(first.saturating_add(i as u16))).collect()
        } else {
            let (last, rest) = values.split_last().expect("there are as many values as targets");
            let mut evaluated: Vec<Value> = rest.iter().map(|v| self.value(v, &assigned)).collect();
            // The last value can go to its variable at once, if that is not assigned twice: no other value or operand
            // is read from that variable any more.
            let last_var =
                assigned.last().copied().filter(|_| matches!(targets[n - 1].kind, TargetKind::Name(_)));
            evaluated.push(match (&prepared[n - 1], last_var) {
                (&Prepared::Place(Place::Local(reg)), Some(var))
                    if assigned.iter().filter(|&&v| v == var).count() == 1 =>
                {
                    let early = !self.mentions(last, var);
                    self.expr_to(last, Dst { reg, early });
                    Value::Reg(reg)
                }
                _ => self.value(last, &assigned),
            });
            evaluated
        };
        for (target, value) in prepared.into_iter().zip(values) {
            self.store(target, value, pos);
        }
    }

    /// Evaluates a value that is stored later.
    fn value(&mut self, expr: &'a Expr, assigned: &[VarId]) -> Value<'a> {
        if let Some(value) = self.fold(expr) {
            return Value::Const(value);
        }
        let is_stable = |var: VarId| !assigned.contains(&var);
        match self.in_register(expr) {
            Some(reg) if self.variable(expr.unparenthesised().span.start).is_some_and(is_stable) => {
                Value::Reg(reg)
            }
            _ => Value::Reg(self.expr_next(expr)),
        }
    }

    fn store(&mut self, target: Prepared<'a>, value: Value<'a>, pos: Pos) {
        let mark = self.f.free();
        match (target, value) {
            (Prepared::Place(Place::Local(reg)), Value::Const(value)) => self.load(&value, reg, pos),
            (target, Value::Const(value)) => {
                let reg = self.f.alloc();
                self.load(&value, reg, pos);
                self.store(target, Value::Reg(reg), pos);
            }
            (Prepared::Place(place), Value::Reg(reg)) => self.write_place(place, reg, pos),
            (Prepared::Slot { object, key, pos, text }, Value::Reg(reg)) => {
                self.set_key(object, key, reg, pos, text);
            }
        }
        self.f.release(mark);
    }

    /// Evaluates the operands of a target. Locals in `assigned` are copied, all others are read in place.
    fn prepare(&mut self, target: &'a Target, assigned: &[VarId]) -> Prepared<'a> {
        match &target.kind {
            TargetKind::Name(name) => Prepared::Place(self.place(*name, target.span.start)),
            TargetKind::Field { object, name, pos } => {
                let text = self.operand_text(object);
                let object = self.stable(object, assigned);
                let key = Key::Str(Cow::Borrowed(self.text(name.name).as_bytes()));
                Prepared::Slot { object, key, pos: *pos, text }
            }
            TargetKind::Index { object, key, pos } => {
                let text = self.operand_text(object);
                let object = self.stable(object, assigned);
                let key = match self.fold(key) {
                    Some(_) => self.key(key),
                    None => Key::Reg(self.stable(key, assigned)),
                };
                Prepared::Slot { object, key, pos: *pos, text }
            }
        }
    }

    /// An operand that keeps its value while the locals in `assigned` change.
    fn stable(&mut self, expr: &'a Expr, assigned: &[VarId]) -> Reg {
        let var = self.variable(expr.unparenthesised().span.start);
        match self.in_register(expr) {
            Some(reg) if var.is_some_and(|var| !assigned.contains(&var)) => reg,
            _ => self.expr_next(expr),
        }
    }

    /// Assigns to targets the values that are in registers from `first` on, as a clause of `select` does.
    pub fn assign_registers(&mut self, targets: &'a [Target], first: Reg, pos: Pos) {
        let mark = self.f.free();
        let assigned: Vec<VarId> = targets.iter().filter_map(|t| self.variable(t.span.start)).collect();
        let prepared: Vec<Prepared> = targets.iter().map(|t| self.prepare(t, &assigned)).collect();
        for (i, target) in prepared.into_iter().enumerate() {
            self.store(target, Value::Reg(first + i as u16), pos);
        }
        self.f.release(mark);
    }

    /// `target op= value`; `target++` and `target--` have no value but a constant.
    pub fn compound(&mut self, target: &'a Target, op: CompoundOp, value: Step<'a>, pos: Pos) {
        let mark = self.f.free();
        match self.prepare(target, &[]) {
            Prepared::Place(place) => {
                let TargetKind::Name(name) = target.kind else { return };
                let text = self.name_text(name, target.span.start);
                if let Place::Local(reg) = place {
                    self.update(op, reg, text, value, reg, pos);
                } else {
                    let reg = self.f.alloc();
                    self.read_place(place, reg, target.span.start);
                    self.update(op, reg, text, value, reg, pos);
                    self.write_place(place, reg, pos);
                }
            }
            Prepared::Slot { object, key, pos: at, text } => {
                let reg = self.f.alloc();
                self.get_key(reg, object, key.clone(), at, text.clone());
                let written = match (&target.kind, &key) {
                    (TargetKind::Field { name, .. }, _) => Some(self.field_text(name.name)),
                    (TargetKind::Index { key, .. }, Key::Str(_)) => match &key.kind {
                        ExprKind::Str(s) => {
                            Some((bytecode::module::NameKind::Field, String::from_utf8_lossy(s)))
                        }
                        _ => None,
                    },
                    _ => None,
                };
                self.update_named(op, reg, written, value, reg, pos);
                self.set_key(object, key, reg, at, text);
            }
        }
        self.f.release(mark);
    }

    fn update(
        &mut self,
        op: CompoundOp,
        old: Reg,
        text: OperandText<'a>,
        value: Step<'a>,
        dst: Reg,
        pos: Pos,
    ) {
        self.update_named(op, old, Some(text), value, dst, pos);
    }

    /// `r[dst] = r[old] op value`.
    fn update_named(
        &mut self,
        op: CompoundOp,
        old: Reg,
        text: Option<OperandText<'a>>,
        value: Step<'a>,
        dst: Reg,
        pos: Pos,
    ) {
        let mark = self.f.free();
        match (op, value) {
            (CompoundOp::Binary(op), Step::Value(value)) => {
                let right = self.operand(value, None);
                let texts = (text, self.operand_text(value));
                self.binary(op, Operand::Reg(old), right, texts, dst, pos);
            }
            (CompoundOp::Binary(op), Step::One) => {
                let one = Operand::Const(Constant::Int(1));
                self.binary(op, Operand::Reg(old), one, (text, None), dst, pos);
            }
            (CompoundOp::Concat, Step::Value(value)) => {
                // `s ..= a .. b` is the chain `s .. a .. b`.
                let (operands, positions) = match &value.kind {
                    ExprKind::Concat(node) => (node.operands.as_slice(), node.positions.as_slice()),
                    _ => (std::slice::from_ref(value), [].as_slice()),
                };
                // At the top of the stack, the old value is where the first operand must be.
                let first = if self.f.is_top(old) {
                    old
                } else {
                    let first = self.f.alloc();
                    self.move_to(first, old, pos);
                    first
                };
                let dst = Dst { reg: dst, early: false };
                self.concat_to(Some((first, text)), operands, positions, pos, dst);
            }
            (CompoundOp::Concat, Step::One) => {}
        }
        self.f.release(mark);
    }

    // What an expression reads.

    /// Whether an expression reads the local `var` in this function.
    pub fn mentions(&self, expr: &'a Expr, var: VarId) -> bool {
        let any = |exprs: &'a [Expr]| exprs.iter().any(|e| self.mentions(e, var));
        match &expr.kind {
            ExprKind::Name(_) => self.variable(expr.span.start) == Some(var),
            ExprKind::VarargIndex(node) => self.mentions(&node.index, var),
            ExprKind::Paren(inner) => self.mentions(inner, var),
            ExprKind::Unary(node) => self.mentions(&node.operand, var),
            ExprKind::Receive(node) => self.mentions(&node.channel, var),
            ExprKind::Binary(chain) => {
                self.mentions(&chain.first, var) || chain.rest.iter().any(|l| self.mentions(&l.operand, var))
            }
            ExprKind::Concat(node) => any(&node.operands),
            ExprKind::And(operands) | ExprKind::Or(operands) => any(operands),
            ExprKind::Suffixed(node) => {
                self.mentions(&node.base, var)
                    || node.suffixes.iter().any(|suffix| match &suffix.kind {
                        SuffixKind::Field(_) => false,
                        SuffixKind::Index(key) => self.mentions(key, var),
                        SuffixKind::Call(args) => any(args),
                        SuffixKind::Method(method) => any(&method.args),
                    })
            }
            ExprKind::Table(fields) => fields.iter().any(|field| {
                let in_key = match &field.key {
                    syntax::ast::FieldKey::Expr(key, _) => self.mentions(key, var),
                    _ => false,
                };
                in_key || self.mentions(&field.value, var)
            }),
            ExprKind::MakeChan(node) => node.capacity.as_ref().is_some_and(|e| self.mentions(e, var)),
            // Another function reads the variable only if it captures it, and then it has a cell.
            ExprKind::Func(_)
            | ExprKind::Nil
            | ExprKind::True
            | ExprKind::False
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Vararg
            | ExprKind::VarargLen => false,
        }
    }
}

/// The right operand of a compound assignment.
#[derive(Clone, Copy)]
pub enum Step<'a> {
    /// An expression.
    Value(&'a Expr),
    /// The 1 of `++` and `--`.
    One,
}

impl Step<'_> {
    /// The operator of `++` or `--`.
    pub fn op(decrement: bool) -> CompoundOp {
        CompoundOp::Binary(if decrement { BinaryOp::Sub } else { BinaryOp::Add })
    }
}
