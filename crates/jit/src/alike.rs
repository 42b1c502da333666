//! Which accesses of elements in a function are of the same table, as far as its bytecode tells.
//!
//! Where the kind of a table's storage was not what code expected at two places, it will not be at the others that access
//! the same variable, and each would cost a version of the code to find that out. The answer is a guess: variables are told
//! apart by their registers, captured variables and globals by what loads them just before.

use bytecode::ops::{Inst, Op, OperandKind};

/// Where a table comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A register that is written once at most.
    Variable(u16),
    /// A captured variable or a global: the op that loads it and the op's operand.
    Outside(Op, i64),
}

/// The other accesses of elements of the table that the access at `pc` is to.
pub(crate) fn accesses_of_same_table(code: &[Inst], pc: u32) -> Vec<u32> {
    let Some(source) = source(code, pc as usize) else { return Vec::new() };
    (0..code.len())
        .filter(|&at| at != pc as usize && self::source(code, at) == Some(source))
        .map(|at| at as u32)
        .collect()
}

/// Where the table of an access of an element comes from.
fn source(code: &[Inst], pc: usize) -> Option<Source> {
    let inst = code.get(pc)?;
    let reg = match inst.op() {
        Op::GetIndex | Op::GetIndexInt => inst.b(),
        Op::SetIndex | Op::SetIndexInt => inst.a(),
        _ => return None,
    };
    let last = code[..pc].iter().rev().find(|&&inst| writes(inst, reg));
    if let Some(last) = last
        && matches!(last.op(), Op::GetUpval | Op::GetUpcell | Op::GetGlobal)
    {
        let operand = last.op().operands()[1];
        return Some(Source::Outside(last.op(), last.field(operand)));
    }
    let is_variable = code.iter().filter(|&&inst| writes(inst, reg)).nth(1).is_none();
    is_variable.then_some(Source::Variable(reg))
}

/// Whether an instruction may write a register. Windows and lists have no end, as variables lie below them.
fn writes(inst: Inst, reg: u16) -> bool {
    use OperandKind as K;
    inst.op().operands().iter().any(|&operand| {
        let first = inst.field(operand);
        match operand.kind {
            K::Dst | K::SrcDst => first == i64::from(reg),
            K::DstRange
            | K::DstRange2
            | K::DstMulti
            | K::Window
            | K::DstWindow
            | K::RangeState
            | K::SelectRange => first <= i64::from(reg),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accesses_are_told_apart_by_variables() {
        let code = [
            Inst::abc(Op::GetIndex, 4, 0, 1),    // 0: a[i]
            Inst::abc(Op::GetIndex, 5, 2, 1),    // 1: b[i]
            Inst::abc(Op::SetIndex, 0, 1, 5),    // 2: a[i] = …
            Inst::abc(Op::GetUpval, 6, 3, 0),    // 3
            Inst::abc(Op::GetIndex, 6, 6, 1),    // 4: up[i]
            Inst::abc(Op::GetUpval, 7, 3, 0),    // 5
            Inst::abc(Op::SetIndexInt, 7, 1, 6), // 6: up[1] = …
            Inst::abc(Op::GetUpval, 7, 4, 0),    // 7
            Inst::abc(Op::SetIndexInt, 7, 1, 6), // 8: other[1] = …
            Inst::abc(Op::GetIndex, 8, 5, 1),    // 9: b[i][j]
            Inst::abc(Op::Move, 5, 0, 0),        // 10
            Inst::abc(Op::GetIndex, 8, 5, 1),    // 11: a register with several uses
        ];
        assert_eq!(accesses_of_same_table(&code, 0), [2]);
        assert_eq!(accesses_of_same_table(&code, 1), []);
        assert_eq!(accesses_of_same_table(&code, 4), [6]);
        assert_eq!(accesses_of_same_table(&code, 8), []);
        assert_eq!(accesses_of_same_table(&code, 11), []);
        assert_eq!(accesses_of_same_table(&code, 3), []);
    }
}
