//! Conditions: expressions of which only the truth matters become jumps.
//!
//! `&&`, `||` and `!` are nothing but places to jump to, and a comparison is one instruction that jumps itself. Its negation
//! uses the `Not` form of the op, never the opposite comparison: with NaN, neither `a < b` nor `a >= b` holds.

use bytecode::ops::{Inst, Op};
use syntax::ast::{BinaryOp, Expr, ExprKind, Pos, UnaryOp};

use crate::expr::{Operand, is_comparison};
use crate::fold::{self, Constant};
use crate::function::{Label, Reg};
use crate::generate::Generator;

impl<'a> Generator<'a> {
    /// Jumps to `label` if the truth of `expr` is `when`, else goes on.
    pub fn cond_jump(&mut self, expr: &'a Expr, when: bool, label: Label) {
        let pos = expr.span.start;
        if let Some(value) = self.fold(expr) {
            if value.is_true() == when {
                self.goto(label, pos);
            }
            return;
        }
        match &expr.kind {
            ExprKind::Paren(inner) => self.cond_jump(inner, when, label),
            ExprKind::Unary(node) if node.op == UnaryOp::Not => self.cond_jump(&node.operand, !when, label),
            ExprKind::And(operands) => self.cond_list(operands, false, when, label),
            ExprKind::Or(operands) => self.cond_list(operands, true, when, label),
            ExprKind::Binary(chain) if is_comparison(chain.rest[chain.rest.len() - 1].op) => {
                let mark = self.f.free();
                let last = chain.rest.len() - 1;
                let (left, _) = self.chain_prefix(chain, last, None);
                let link = &chain.rest[last];
                let right = self.operand(&link.operand, None);
                self.compare_jump(link.op, left, right, when, label, link.pos);
                self.f.release(mark);
            }
            _ => {
                let mark = self.f.free();
                let reg = self.expr_any(expr, None);
                let op = if when { Op::JumpIf } else { Op::JumpIfNot };
                self.jump(Inst::abx(op, reg, 0), label, pos);
                self.f.release(mark);
            }
        }
    }

    /// `&&` (`stop` false) or `||` (`stop` true): the first operand whose truth is `stop` decides.
    fn cond_list(&mut self, operands: &'a [Expr], stop: bool, when: bool, label: Label) {
        if stop == when {
            for operand in operands {
                self.cond_jump(operand, when, label);
            }
            return;
        }
        let decided = self.f.label();
        let (last, rest) = operands.split_last().expect("the parser makes lists of two operands at least");
        for operand in rest {
            self.cond_jump(operand, stop, decided);
            if self.f.is_dead() {
                break;
            }
        }
        if !self.f.is_dead() {
            self.cond_jump(last, when, label);
        }
        self.f.bind(decided);
    }

    /// Jumps to `label` if the truth of `left op right` is `when`.
    pub fn compare_jump(
        &mut self,
        op: BinaryOp,
        left: Operand<'a>,
        right: Operand<'a>,
        when: bool,
        label: Label,
        pos: Pos,
    ) {
        let mark = self.f.free();
        if let (Operand::Const(a), Operand::Const(b)) = (&left, &right)
            && let Some(value) = fold::binary(op, a, b)
        {
            if value.is_true() == when {
                self.goto(label, pos);
            }
            return;
        }
        let inst = match op {
            BinaryOp::Eq => self.equality(left, right, when, pos),
            BinaryOp::Ne => self.equality(left, right, !when, pos),
            _ => self.order(op, left, right, when, pos),
        };
        self.jump(inst, label, pos);
        self.f.release(mark);
    }

    fn equality(&mut self, left: Operand<'a>, right: Operand<'a>, when: bool, pos: Pos) -> Inst {
        // Equality with a constant calls no metamethod, so the sides may change places.
        let (reg, other) = match (left, right) {
            (Operand::Const(value), Operand::Reg(reg)) => (reg, Operand::Const(value)),
            (left, right) => (self.operand_reg(left, pos), right),
        };
        match other {
            Operand::Const(Constant::Nil) => {
                Inst::abx(if when { Op::JumpIfNil } else { Op::JumpIfNotNil }, reg, 0)
            }
            Operand::Const(value) => match self.short_const(&value) {
                Some(index) => {
                    let op = if when { Op::JumpEqConst } else { Op::JumpNeConst };
                    Inst::abc(op, reg, index, 0)
                }
                None => {
                    let value = self.operand_reg(Operand::Const(value), pos);
                    Inst::abc(if when { Op::JumpEq } else { Op::JumpNe }, reg, value, 0)
                }
            },
            Operand::Reg(right) => Inst::abc(if when { Op::JumpEq } else { Op::JumpNe }, reg, right, 0),
        }
    }

    fn order(&mut self, op: BinaryOp, left: Operand<'a>, right: Operand<'a>, when: bool, pos: Pos) -> Inst {
        // A small integer on either side is part of the instruction; `5 < x` is `x > 5`.
        let immediate = match (&left, &right) {
            (Operand::Reg(reg), Operand::Const(value)) => value.imm16().map(|imm| (*reg, op, imm)),
            (Operand::Const(value), Operand::Reg(reg)) => value.imm16().map(|imm| (*reg, mirrored(op), imm)),
            _ => None,
        };
        if let Some((reg, op, imm)) = immediate {
            let code = match (op, when) {
                (BinaryOp::Lt, true) => Op::JumpLtImm,
                (BinaryOp::Lt, false) => Op::JumpNotLtImm,
                (BinaryOp::Le, true) => Op::JumpLeImm,
                (BinaryOp::Le, false) => Op::JumpNotLeImm,
                (BinaryOp::Gt, true) => Op::JumpGtImm,
                (BinaryOp::Gt, false) => Op::JumpNotGtImm,
                (_, true) => Op::JumpGeImm,
                (_, false) => Op::JumpNotGeImm,
            };
            return Inst::abc(code, reg, imm as u16, 0);
        }
        let left = self.operand_reg(left, pos);
        let right = self.operand_reg(right, pos);
        let (op, left, right) = match op {
            BinaryOp::Gt => (BinaryOp::Lt, right, left),
            BinaryOp::Ge => (BinaryOp::Le, right, left),
            _ => (op, left, right),
        };
        let code = match (op, when) {
            (BinaryOp::Lt, true) => Op::JumpLt,
            (BinaryOp::Lt, false) => Op::JumpNotLt,
            (_, true) => Op::JumpLe,
            (_, false) => Op::JumpNotLe,
        };
        Inst::abc(code, left, right, 0)
    }

    /// `r[dst]` = the truth of an expression, negated if asked.
    pub fn condition_to(&mut self, expr: &'a Expr, negate: bool, dst: Reg, pos: Pos) {
        let expr = expr.unparenthesised();
        if let ExprKind::Binary(chain) = &expr.kind {
            let mark = self.f.free();
            let last = chain.rest.len() - 1;
            let (left, _) = self.chain_prefix(chain, last, None);
            let link = &chain.rest[last];
            let right = self.operand(&link.operand, None);
            let op = match link.op {
                BinaryOp::Eq if negate => BinaryOp::Ne,
                BinaryOp::Ne if negate => BinaryOp::Eq,
                op => op,
            };
            self.binary(op, left, right, (None, None), dst, link.pos);
            if negate && op == link.op {
                self.emit(Inst::abc(Op::Not, dst, dst, 0), pos);
            }
            self.f.release(mark);
            return;
        }
        let (is_false, end) = (self.f.label(), self.f.label());
        self.cond_jump(expr, negate, is_false);
        self.load(&Constant::Bool(true), dst, pos);
        self.goto(end, pos);
        self.f.bind(is_false);
        self.load(&Constant::Bool(false), dst, pos);
        self.f.bind(end);
    }
}

/// The comparison that holds for `b, a` exactly if `op` holds for `a, b`.
fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Lt => BinaryOp::Gt,
        BinaryOp::Le => BinaryOp::Ge,
        BinaryOp::Gt => BinaryOp::Lt,
        BinaryOp::Ge => BinaryOp::Le,
        other => other,
    }
}
