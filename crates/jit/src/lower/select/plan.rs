//! Which instructions become part of their only user.
//!
//! A comparison becomes part of the branch, guard or choice that asks for it; a load becomes a memory operand; an addition
//! of a constant to an index becomes part of the address. A load moves to its user by that, so nothing between the two may
//! write what it reads: a list of what is deferred is kept along the block, and a write takes from it what it touches.

use super::Select;
use crate::ir::effects::Classes;
use crate::ir::func::{BlockId, InstId};
use crate::ir::ops::{Class, Op};

/// Whether an op gives a truth value that a jump can test directly.
pub(super) fn is_condition(op: Op) -> bool {
    matches!(
        op,
        Op::Icmp
            | Op::Fcmp
            | Op::HasTag
            | Op::IsNil
            | Op::IsBool
            | Op::Truthy
            | Op::SameValue
            | Op::SameRef
            | Op::NotBool
    )
}

/// Whether an op makes a value that an append takes raw.
fn is_box(op: Op) -> bool {
    matches!(op, Op::BoxInt | Op::BoxI64 | Op::BoxF64 | Op::BoxRawF64 | Op::BoxBool)
}

/// Whether an op reads 64 bits of memory that an instruction may name directly: an integer or boxed word.
fn is_word_load(op: Op) -> bool {
    matches!(
        op,
        Op::LoadSlot
            | Op::LoadExtSlot
            | Op::LoadElem
            | Op::LoadElemInt
            | Op::LoadCell
            | Op::LoadUpvalue
            | Op::LoadGlobal
            | Op::LoadReg
            | Op::ArrayLen
    )
}

impl Select<'_> {
    /// Marks what is fused in a block.
    pub(super) fn plan(&mut self, b: BlockId) {
        let func = self.func;
        // What may still be fused, with what it reads.
        let mut deferred: Vec<(InstId, Classes)> = Vec::new();
        for inst in func.insts(b) {
            let op = func.op(inst);
            let mut reads = Classes::NONE;
            for i in 0..func.args(inst).len().min(3) {
                let arg = func.arg(inst, i);
                if !self.accepts(inst, i, arg) {
                    continue;
                }
                if let Some(at) = deferred.iter().position(|&(d, _)| d == arg) {
                    reads = reads.or(deferred.swap_remove(at).1);
                    self.fused[arg.index()] = true;
                }
            }
            let effects = func.effects(inst);
            if !effects.writes.is_empty() {
                deferred.retain(|(_, reads)| !reads.meets(effects.writes));
            }
            if self.uses[inst.index()] != 1 {
                continue;
            }
            let is_load = is_word_load(op) || op == Op::LoadElemFloat;
            if is_load
                || is_condition(op)
                || is_box(op)
                || matches!(op, Op::UnboxF64 | Op::AddI64 | Op::SubI64)
            {
                let own = if op.class() == Class::Load { effects.reads } else { Classes::NONE };
                deferred.push((inst, reads.or(own)));
            }
        }
    }

    /// Whether instruction `inst` can take its operand number `i` into itself.
    fn accepts(&self, inst: InstId, i: usize, arg: InstId) -> bool {
        let func = self.func;
        let (op, what) = (func.op(inst), func.op(arg));
        // Operands are looked at in order; of two that could be memory the first that was taken stays the only one.
        let other_is_taken = || func.args(inst).iter().any(|&a| a != arg && self.fused[a.index()]);
        let is_float_mem =
            || what == Op::LoadElemFloat || what == Op::UnboxF64 && self.is_fused(func.arg(arg, 0));
        match op {
            Op::Branch | Op::GuardTrue | Op::GuardFalse | Op::NotBool => i == 0 && is_condition(what),
            Op::Select => i == 0 && is_condition(what),
            Op::SameValue | Op::Icmp => is_word_load(what) && !other_is_taken(),
            Op::AddI64 | Op::MulI64 | Op::AndI64 | Op::OrI64 | Op::XorI64 => {
                is_word_load(what) && !other_is_taken() && self.constant(func.arg(inst, 1 - i)).is_none()
            }
            Op::SubI64 => i == 1 && is_word_load(what),
            Op::GuardBounds | Op::GuardBelow => i == 1 && is_word_load(what),
            Op::UnboxF64 => is_word_load(what),
            Op::AddF64 | Op::MulF64 | Op::Fcmp => is_float_mem() && !other_is_taken(),
            Op::SubF64 | Op::DivF64 => i == 1 && is_float_mem(),
            Op::SqrtF64 => is_float_mem(),
            Op::LoadElem | Op::LoadElemFloat | Op::LoadElemInt | Op::LoadElemBool => {
                i == 1 && self.is_offset(arg)
            }
            Op::StoreElem | Op::StoreElemFloat | Op::StoreElemInt | Op::StoreElemBool => {
                i == 1 && self.is_offset(arg)
            }
            Op::AddNum | Op::SubNum | Op::MulNum | Op::ModNum => {
                matches!(what, Op::BoxInt | Op::BoxI64 | Op::BoxF64)
            }
            Op::Append => i == 1 && is_box(what),
            _ => false,
        }
    }

    /// Whether an index is another one plus or minus a small constant. Its own operand must not have been fused.
    fn is_offset(&self, index: InstId) -> bool {
        let func = self.func;
        let is_sum = matches!(func.op(index), Op::AddI64 | Op::SubI64);
        let limit = 1 << 24;
        is_sum
            && !func.args(index).iter().any(|a| self.fused[a.index()])
            && self.constant(func.arg(index, 0)).is_none()
            && self.constant(func.arg(index, 1)).is_some_and(|c| (-limit..limit).contains(&(c as i64)))
    }
}
