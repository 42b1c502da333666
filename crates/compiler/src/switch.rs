//! `switch` and `select`: first everything that decides, then the clauses, each of which ends with a jump behind the last.

use bytecode::ops::{Inst, Op};
use syntax::ast::{BinaryOp, Comm, CommBind, Select, SelectClause, Stmt, Switch};

use crate::expr::Operand;
use crate::fold::Constant;
use crate::function::{Enclosing, Label, Reg};
use crate::generate::Generator;

impl<'a> Generator<'a> {
    /// Compiles a `switch`.
    pub fn switch_stmt(&mut self, node: &'a Switch) {
        let scope = self.f.open_scope();
        if let Some(init) = &node.init {
            self.stmt(init);
        }
        let mark = self.f.free();
        let tag = node.tag.as_ref().map(|tag| self.expr_any(tag, None));
        let end = self.f.label();
        let labels: Vec<Label> = node.clauses.iter().map(|_| self.f.label()).collect();
        let mut otherwise = end;
        for (clause, &label) in node.clauses.iter().zip(&labels) {
            let Some(values) = &clause.values else {
                otherwise = label;
                continue;
            };
            for value in values {
                if self.f.is_dead() {
                    break;
                }
                let mark = self.f.free();
                match tag {
                    Some(tag) => {
                        let value_operand = self.operand(value, None);
                        let pos = value.span.start;
                        self.compare_jump(BinaryOp::Eq, Operand::Reg(tag), value_operand, true, label, pos);
                    }
                    None => self.cond_jump(value, true, label),
                }
                self.f.release(mark);
            }
        }
        self.goto(otherwise, node.pos);
        self.f.release(mark);
        let label = node.label.map(|l| l.name);
        self.f.enclosing.push(Enclosing { label, on_break: end, on_continue: None });
        for (i, (clause, &label)) in node.clauses.iter().zip(&labels).enumerate() {
            self.f.bind(label);
            self.clause(&clause.body, end, i + 1 == labels.len(), clause.span.end);
        }
        self.f.enclosing.pop();
        self.f.bind(end);
        self.f.close_scope(scope);
    }

    /// The statements of a clause, in a scope that is open already or not needed; then a jump to the end.
    fn clause(&mut self, body: &'a [Stmt], end: Label, is_last: bool, pos: u32) {
        let scope = self.f.open_scope();
        self.stmts(body);
        self.f.close_scope(scope);
        if !is_last {
            self.goto(end, pos);
        }
    }

    /// Compiles a `select`.
    pub fn select_stmt(&mut self, node: &'a Select) {
        let scope = self.f.open_scope();
        let is_default = |clause: &&SelectClause| matches!(clause.comm, Comm::Default);
        let has_default = node.clauses.iter().any(|c| is_default(&c));
        let cases = node.clauses.len() - usize::from(has_default);
        let end = self.f.label();
        let labels: Vec<Label> = node.clauses.iter().map(|_| self.f.label()).collect();
        // The number of the chosen case, the received value, and whether it was sent.
        let mut window: Reg = 0;
        if cases > 0 || !has_default {
            window = self.select_op(node, cases, has_default);
            self.dispatch(node, &labels, window, cases);
        }
        let label = node.label.map(|l| l.name);
        self.f.enclosing.push(Enclosing { label, on_break: end, on_continue: None });
        for (i, (clause, &label)) in node.clauses.iter().zip(&labels).enumerate() {
            self.f.bind(label);
            let scope = self.f.open_scope();
            if let Comm::Receive { bind, pos, .. } = &clause.comm {
                match bind {
                    CommBind::Nothing => {}
                    CommBind::Define(names) => {
                        for (j, name) in names.iter().enumerate() {
                            self.declare_at(name.span.start, window + 1 + j as u16, *pos);
                        }
                    }
                    CommBind::Assign(targets) => self.assign_registers(targets, window + 1, *pos),
                }
            }
            self.clause(&clause.body, end, i + 1 == labels.len(), clause.span.end);
            self.f.close_scope(scope);
        }
        self.f.enclosing.pop();
        self.f.bind(end);
        self.f.close_scope(scope);
    }

    /// Evaluates the operands of all cases and waits for one; gives the first of the three result registers, which stay
    /// in use.
    fn select_op(&mut self, node: &'a Select, cases: usize, has_default: bool) -> Reg {
        let window = self.f.free() as Reg;
        for clause in &node.clauses {
            match &clause.comm {
                Comm::Receive { channel, pos, .. } => {
                    self.expr_next(channel);
                    let mark = self.f.alloc();
                    self.emit(Inst::abc(Op::LoadMark, mark, 0, 0), *pos);
                }
                Comm::Send { channel, value, .. } => {
                    self.expr_next(channel);
                    self.expr_next(value);
                }
                Comm::Default => {}
            }
        }
        self.f.release(u32::from(window));
        self.f.reserve((2 * cases).max(3));
        self.f.alloc_many(3);
        self.emit(Inst::abc(Op::Select, window, cases as u16, u16::from(has_default)), node.pos);
        window
    }

    /// Goes to the clause whose number is in `r[window]`. The last one needs no test.
    fn dispatch(&mut self, node: &'a Select, labels: &[Label], window: Reg, cases: usize) {
        let is_default = |clause: &SelectClause| matches!(clause.comm, Comm::Default);
        let default = node.clauses.iter().position(is_default);
        let numbered = node.clauses.iter().zip(labels).filter(|(c, _)| !is_default(c)).map(|(_, &l)| l);
        for (number, label) in numbered.enumerate() {
            if number + 1 == cases && default.is_none() {
                self.goto(label, node.pos);
            } else {
                let number = Operand::Const(Constant::Int(number as i64));
                self.compare_jump(BinaryOp::Eq, Operand::Reg(window), number, true, label, node.pos);
            }
        }
        if let Some(default) = default {
            self.goto(labels[default], node.pos);
        }
    }
}
