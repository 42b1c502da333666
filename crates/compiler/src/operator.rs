//! Operators: chains of binary ones, the choice of their instructions, and `..`.

use std::borrow::Cow;

use bytecode::ops::{Inst, Op};
use syntax::ast::{BinaryOp, Chain, Expr, Pos};

use crate::expr::{Dst, Operand};
use crate::fold::{self, Constant};
use crate::function::{OperandText, Reg};
use crate::generate::Generator;

impl<'a> Generator<'a> {
    /// Compiles `a op b op c …`.
    pub fn chain_to(&mut self, chain: &'a Chain, dst: Dst) {
        let mark = self.f.free();
        let last = chain.rest.len() - 1;
        let (left, text) = self.chain_prefix(chain, last, Some(dst));
        let link = &chain.rest[last];
        let right = self.operand(&link.operand, None);
        let texts = (text, self.operand_text(&link.operand));
        self.binary(link.op, left, right, texts, dst.reg, link.pos);
        self.f.release(mark);
    }

    /// Compiles the first operand of a chain and its first `n` links; gives the result and, if that is the operand itself,
    /// how it is written. Only the result's register remains in use.
    pub fn chain_prefix(
        &mut self,
        chain: &'a Chain,
        n: usize,
        hint: Option<Dst>,
    ) -> (Operand<'a>, Option<OperandText<'a>>) {
        let mark = self.f.free();
        let mut left = self.operand(&chain.first, hint);
        let mut text = self.operand_text(&chain.first);
        for link in &chain.rest[..n] {
            let right = self.operand(&link.operand, None);
            if let (Operand::Const(a), Operand::Const(b)) = (&left, &right)
                && let Some(value) = fold::binary(link.op, a, b)
            {
                left = Operand::Const(value);
                text = None;
                continue;
            }
            let texts = (text.take(), self.operand_text(&link.operand));
            // The operands' temporaries are free once they are read: the result may take the place of the first.
            let operands_end = self.f.free();
            let result = match hint {
                Some(dst) if dst.early => dst.reg,
                _ => {
                    self.f.release(mark);
                    let reg = self.f.alloc();
                    self.f.release(operands_end.max(self.f.free()));
                    reg
                }
            };
            self.binary(link.op, left, right, texts, result, link.pos);
            let end = if u32::from(result) == mark { mark + 1 } else { mark };
            self.f.release(end);
            left = Operand::Reg(result);
        }
        (left, text)
    }

    /// `r[dst] = left op right`.
    pub fn binary(
        &mut self,
        op: BinaryOp,
        left: Operand<'a>,
        right: Operand<'a>,
        texts: (Option<OperandText<'a>>, Option<OperandText<'a>>),
        dst: Reg,
        pos: Pos,
    ) {
        let mark = self.f.free();
        let left = self.operand_reg(left, pos);
        let pc = match self.with_constant(op, left, &right, dst) {
            Some(inst) => self.emit(inst, pos),
            None => {
                let right = self.operand_reg(right, pos);
                self.emit(with_registers(op, left, right, dst), pos)
            }
        };
        if !crate::expr::is_comparison(op) {
            self.f.name_operand(pc, 1, texts.0);
            self.f.name_operand(pc, 2, texts.1);
        }
        self.f.release(mark);
    }

    /// The instruction that has the right operand in itself or takes it from the constants, if there is one.
    fn with_constant(&mut self, op: BinaryOp, left: Reg, right: &Operand<'a>, dst: Reg) -> Option<Inst> {
        let Operand::Const(value) = right else { return None };
        value.num()?;
        let immediate = match op {
            BinaryOp::Add => Some(Op::AddImm),
            BinaryOp::Sub => Some(Op::SubImm),
            BinaryOp::Shl => Some(Op::ShlImm),
            BinaryOp::Shr => Some(Op::ShrImm),
            _ => None,
        };
        if let (Some(code), Some(imm)) = (immediate, value.imm16()) {
            return Some(Inst::abc(code, dst, left, imm as u16));
        }
        let code = match op {
            BinaryOp::Add => Op::AddConst,
            BinaryOp::Sub => Op::SubConst,
            BinaryOp::Mul => Op::MulConst,
            BinaryOp::Div => Op::DivConst,
            BinaryOp::Mod => Op::ModConst,
            BinaryOp::Pow => Op::PowConst,
            BinaryOp::BitAnd => Op::BitAndConst,
            BinaryOp::BitOr => Op::BitOrConst,
            BinaryOp::BitXor => Op::BitXorConst,
            BinaryOp::BitClear
            | BinaryOp::Shl
            | BinaryOp::Shr
            | BinaryOp::Eq
            | BinaryOp::Ne
            | BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge => return None,
        };
        let index = self.short_const(value)?;
        Some(Inst::abc(code, dst, left, index))
    }

    /// The index of a constant if it fits in 16 bits.
    pub fn short_const(&mut self, value: &Constant<'a>) -> Option<u16> {
        u16::try_from(self.f.const_value(value)).ok()
    }

    /// The index of a key if it fits in 16 bits.
    pub fn short_key(&mut self, key: Cow<'a, [u8]>) -> Option<u16> {
        u16::try_from(self.f.const_str(key)).ok()
    }

    /// Compiles `a .. b .. c`; `first` is an operand in front of the others that is already compiled, with its text, in the
    /// topmost register. `pos` is where the first operator is, `positions` say it of those between the operands.
    pub fn concat_to(
        &mut self,
        first: Option<(Reg, Option<OperandText<'a>>)>,
        operands: &'a [Expr],
        positions: &[Pos],
        pos: Pos,
        dst: Dst,
    ) {
        let mark = self.f.free();
        if first.is_none() && dst.early && self.f.is_top(dst.reg) {
            // The result may lie where the first operand was.
            self.f.release(u32::from(dst.reg));
        }
        // Operands join from right to left, so only constants at the end can be joined now: an operand before them
        // might be a table that wants to see them apart.
        let mut end = operands.len();
        let mut tail: Option<Constant<'a>> = None;
        while let Some(value) = end.checked_sub(1).and_then(|last| self.fold(&operands[last])) {
            match &tail {
                None => tail = Some(value),
                Some(behind) => match fold::concat(&value, behind) {
                    Some(joined) => tail = Some(joined),
                    None => break,
                },
            }
            end -= 1;
        }
        let before = usize::from(first.is_some());
        let count = before + end + usize::from(tail.is_some());
        let mut base = first.as_ref().map(|(reg, _)| *reg);
        let mut texts: Vec<_> = first.into_iter().map(|(_, text)| text).collect();
        for operand in &operands[..end] {
            let reg = self.expr_next(operand);
            base.get_or_insert(reg);
            texts.push(self.operand_text(operand));
        }
        if let Some(value) = tail {
            let reg = self.f.alloc();
            self.load(&value, reg, pos);
        }
        let base = base.expect("an expression of constants only was folded");
        let pc = self.emit(Inst::abc(Op::Concat, dst.reg, base, count as u16), pos);
        for (i, text) in texts.into_iter().enumerate() {
            self.f.name_operand(pc, i as u16, text);
        }
        for (i, &operator) in positions.iter().enumerate().take((count - before).saturating_sub(1)) {
            let line = self.line(operator);
            self.f.concat_line(pc, (before + i) as u16, line);
        }
        self.f.release(mark);
    }
}

/// `r[dst] = r[left] op r[right]`.
fn with_registers(op: BinaryOp, left: Reg, right: Reg, dst: Reg) -> Inst {
    let code = match op {
        BinaryOp::Add => Op::Add,
        BinaryOp::Sub => Op::Sub,
        BinaryOp::Mul => Op::Mul,
        BinaryOp::Div => Op::Div,
        BinaryOp::Mod => Op::Mod,
        BinaryOp::Pow => Op::Pow,
        BinaryOp::BitAnd => Op::BitAnd,
        BinaryOp::BitOr => Op::BitOr,
        BinaryOp::BitXor => Op::BitXor,
        BinaryOp::BitClear => Op::BitClear,
        BinaryOp::Shl => Op::Shl,
        BinaryOp::Shr => Op::Shr,
        BinaryOp::Eq => Op::Eq,
        BinaryOp::Ne => Op::Ne,
        BinaryOp::Lt => Op::Lt,
        BinaryOp::Le => Op::Le,
        // `a > b` is `b < a`; both are in registers by now, so the order of evaluation is settled.
        BinaryOp::Gt => return Inst::abc(Op::Lt, dst, right, left),
        BinaryOp::Ge => return Inst::abc(Op::Le, dst, right, left),
    };
    Inst::abc(code, dst, left, right)
}
