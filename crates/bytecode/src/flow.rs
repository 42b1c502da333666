//! Checks what the code of a verified module keeps in its registers.
//!
//! Some ops expect more in a register than a value that a script could hold: a cell, a table that is still being filled,
//! the state of a traversal, the list of defers, the mark of a select case. This is a forward data-flow analysis that
//! follows, for each register, which of these it holds on every path. It proves that
//!
//! - no register is read before it is written, a call's window and everything above it counting as unwritten afterwards,
//!   for there the callee's frame was;
//! - cells are used as cells only, captured ones included, and never seen as values; the same holds for marks, traversal
//!   states and the list of defers;
//! - `InitSlot`, `SetList` and `SetListMulti` fill a table that `NewTable` made and that nothing else has seen, and
//!   `InitSlot` a slot of its template, before any key was set that is not in the template.
//!
//! The compiler guarantees all this by construction, so modules are not checked when they are loaded: this is for tests,
//! fuzzing and debug builds. Time and space are instructions plus jump targets times registers.

use std::collections::HashMap;

use crate::module::{Module, Proto, UpvalueSource};
use crate::ops::{Inst, Op, OperandKind};
use crate::text::jump_target;
use crate::verify::{VerifyError, verify};

/// What a register or an upvalue holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Nothing that may be read.
    Unset,
    /// Any value of the language.
    Value,
    /// A cell.
    Cell,
    /// A table that is being filled, made by the template of this number.
    Filling(u32),
    /// The same after a key was set that may not be in the template.
    FillingMore,
    /// One of the three registers of a traversal.
    Range,
    /// The mark that makes a select case a receive.
    Mark,
    /// The list of defers.
    Defers,
}

impl Kind {
    fn is_value(self) -> bool {
        matches!(self, Kind::Value | Kind::Filling(_) | Kind::FillingMore)
    }

    /// What is known where two paths meet.
    fn meet(self, other: Kind) -> Kind {
        match (self, other) {
            _ if self == other => self,
            _ if self.is_value() && other.is_value() => Kind::Value,
            _ => Kind::Unset,
        }
    }
}

/// Verifies a module, and what its registers hold.
pub fn verify_flow(module: &Module) -> Result<(), VerifyError> {
    verify(module)?;
    // What the upvalues of each function hold; nothing for functions that no reachable code makes. The main chunk is made
    // by loading; the others come after the functions that make them.
    let mut made: Vec<Option<Vec<Kind>>> = vec![None; module.protos.len()];
    made[0] = Some(Vec::new());
    for (index, proto) in module.protos.iter().enumerate() {
        if let Some(upvalues) = made[index].clone() {
            let mut analysis = Analysis { module, proto, upvalues, made: &mut made };
            analysis.run().map_err(|(pc, message)| VerifyError { proto: index, pc: Some(pc), message })?;
        }
    }
    Ok(())
}

struct Analysis<'m> {
    module: &'m Module,
    proto: &'m Proto,
    upvalues: Vec<Kind>,
    made: &'m mut Vec<Option<Vec<Kind>>>,
}

type State = Vec<Kind>;

impl Analysis<'_> {
    fn run(&mut self) -> Result<(), (u32, String)> {
        let proto = self.proto;
        let mut joins: HashMap<u32, Option<State>> = HashMap::new();
        for (pc, &inst) in proto.code.iter().enumerate() {
            if let Some(target) = jump_target(pc as u32, inst) {
                joins.insert(target as u32, None);
            }
            if inst.op() == Op::RangeNext {
                joins.insert(pc as u32 + 2, None);
            }
        }
        let mut entry = vec![Kind::Unset; proto.frame_size as usize];
        entry[..proto.params as usize].fill(Kind::Value);
        let mut work: Vec<(u32, State)> = vec![(0, entry)];
        while let Some((pc, state)) = work.pop() {
            self.run_from(pc, state, &mut joins, &mut work)?;
        }
        Ok(())
    }

    /// Follows one path until it ends or comes to a join that already knows what it brings.
    fn run_from(
        &mut self,
        mut pc: u32,
        mut state: State,
        joins: &mut HashMap<u32, Option<State>>,
        work: &mut Vec<(u32, State)>,
    ) -> Result<(), (u32, String)> {
        loop {
            if let Some(known) = joins.get_mut(&pc) {
                match known {
                    None => *known = Some(state.clone()),
                    Some(known) => {
                        let mut changed = false;
                        for (k, s) in known.iter_mut().zip(&state) {
                            let met = k.meet(*s);
                            changed |= met != *k;
                            *k = met;
                        }
                        if !changed {
                            return Ok(());
                        }
                        state.clone_from(known);
                    }
                }
            }
            let inst = self.proto.code[pc as usize];
            let op = inst.op();
            if op == Op::RangeNext {
                // The end of the traversal: no variables.
                self.require_range(&state, inst).map_err(|m| (pc, m))?;
                let mut ended = state.clone();
                ended[inst.a() as usize + 3..].fill(Kind::Unset);
                work.push((pc + 2, ended));
            }
            self.step(&mut state, inst).map_err(|m| (pc, m))?;
            if let Some(target) = jump_target(pc, inst) {
                if matches!(op, Op::Jump | Op::RangePrep) {
                    pc = target as u32;
                    continue;
                }
                work.push((target as u32, state.clone()));
            }
            if matches!(op, Op::Return0 | Op::Return1 | Op::Return | Op::ReturnMulti) {
                return Ok(());
            }
            pc += 1;
        }
    }

    fn require_range(&self, state: &State, inst: Inst) -> Result<(), String> {
        let a = inst.a() as usize;
        if state[a..a + 3].iter().all(|&k| k == Kind::Range) {
            Ok(())
        } else {
            Err(format!("{}: no traversal state in r{a}", inst.op().name()))
        }
    }

    /// The effect of one instruction.
    fn step(&mut self, state: &mut State, inst: Inst) -> Result<(), String> {
        let op = inst.op();
        let (a, b, c, x) = (inst.a() as usize, inst.b() as usize, inst.c() as usize, inst.x() as usize);
        match op {
            Op::LoadNil => {
                state[a..a + b].fill(Kind::Value);
                if let Some(reg) = self.proto.defer_reg
                    && (a..a + b).contains(&(reg as usize))
                {
                    state[reg as usize] = Kind::Defers;
                }
            }
            Op::LoadMark => state[a] = Kind::Mark,
            Op::NewCell => {
                read(state, b, op)?;
                state[a] = Kind::Cell;
            }
            Op::GetUpval | Op::GetUpcell | Op::SetUpcell => {
                let want = if op == Op::GetUpval { Kind::Value } else { Kind::Cell };
                if self.upvalues[b] != want {
                    return Err(format!("{}: u{b} is a {:?}", op.name(), self.upvalues[b]));
                }
                if op == Op::SetUpcell {
                    read(state, a, op)?;
                } else {
                    state[a] = Kind::Value;
                }
            }
            Op::Closure => return self.closure(state, a, inst.bc() as usize),
            Op::NewTable => state[a] = Kind::Filling(inst.bc() as u32),
            Op::InitSlot => {
                read(state, c, op)?;
                let slots = match state[a] {
                    Kind::Filling(t) => self.proto.templates[t as usize].keys.len(),
                    _ => 0,
                };
                if b >= slots {
                    return Err(format!("InitSlot: r{a} holds no new table with a slot {b}"));
                }
            }
            Op::SetList | Op::SetListMulti => {
                read_range(state, a + 1, x, op)?;
                if !matches!(state[a], Kind::Filling(_) | Kind::FillingMore) {
                    return Err(format!("{}: r{a} holds no new table", op.name()));
                }
            }
            Op::SetField | Op::SetIndex | Op::SetIndexInt => {
                let filling = matches!(state[a], Kind::Filling(_) | Kind::FillingMore);
                // An integer key leaves the named slots alone.
                let after = if op == Op::SetIndexInt { state[a] } else { Kind::FillingMore };
                read(state, a, op)?;
                if op == Op::SetIndex {
                    read(state, b, op)?;
                }
                read(state, c, op)?;
                if filling && state[a] == Kind::Value && c != a && !(op == Op::SetIndex && b == a) {
                    state[a] = after;
                }
            }
            Op::MakeChan => {
                // Without a capacity, field b says nothing.
                if x != 0 {
                    read(state, b, op)?;
                }
                state[a] = Kind::Value;
            }
            Op::GetMethod => {
                read(state, b, op)?;
                state[a] = Kind::Value;
                state[a + 3] = Kind::Value;
            }
            Op::Call | Op::CallMulti => {
                window(state, a, b, op)?;
                state[a..a + c].fill(Kind::Value);
            }
            Op::CallRetMulti | Op::CallMultiRetMulti | Op::Go | Op::GoMulti => window(state, a, b, op)?,
            Op::Defer | Op::DeferMulti | Op::RunDefers | Op::RunDefersMulti => {
                if state[c] != Kind::Defers {
                    return Err(format!("{}: no list of defers in r{c}", op.name()));
                }
                match op {
                    Op::Defer | Op::DeferMulti => window(state, a, b, op)?,
                    _ => read_range(state, a, b, op)?,
                }
            }
            Op::VarargMulti => state[a..].fill(Kind::Unset),
            Op::RangePrep => {
                read_range(state, a, 3, op)?;
                state[a..a + 3].fill(Kind::Range);
                state[a + 3..].fill(Kind::Unset);
            }
            Op::RangeNext => {
                // That the state is there was checked for both ways on.
                state[a + 3..].fill(Kind::Unset);
                state[a + 3..a + 3 + x].fill(Kind::Value);
            }
            Op::RangeTest => {
                self.require_range(state, inst)?;
                read(state, a + 3, op)?;
            }
            Op::Select => {
                for case in 0..b {
                    read(state, a + 2 * case, op)?;
                    if state[a + 2 * case + 1] != Kind::Mark {
                        read(state, a + 2 * case + 1, op)?;
                    }
                }
                state[a..a + (2 * b).max(3)].fill(Kind::Unset);
                state[a..a + 3].fill(Kind::Value);
            }
            _ => return generic(state, inst),
        }
        Ok(())
    }

    fn closure(&mut self, state: &mut State, a: usize, child: usize) -> Result<(), String> {
        state[a] = Kind::Value;
        let mut kinds = Vec::new();
        for source in &self.module.protos[child].upvalues {
            let kind = match *source {
                UpvalueSource::Register(reg) => {
                    let reg = reg as usize;
                    if state[reg] != Kind::Cell {
                        read(state, reg, Op::Closure)?;
                    }
                    state[reg]
                }
                UpvalueSource::Upvalue(up) => self.upvalues[up as usize],
            };
            kinds.push(kind);
        }
        match &self.made[child] {
            Some(before) if *before != kinds => {
                Err(format!("Closure: function {child} is made with different upvalues elsewhere"))
            }
            _ => {
                self.made[child] = Some(kinds);
                Ok(())
            }
        }
    }
}

/// The effect of an op whose operand kinds say everything: reads, then writes of plain values.
fn generic(state: &mut State, inst: Inst) -> Result<(), String> {
    let op = inst.op();
    let operands = op.operands();
    let count_after = |i: usize| {
        let count = operands[i + 1..].iter().find(|o| o.kind == OperandKind::Count);
        count.map_or(0, |&o| inst.field(o) as usize)
    };
    for (i, &operand) in operands.iter().enumerate() {
        let reg = inst.field(operand) as usize;
        match operand.kind {
            OperandKind::Src | OperandKind::SrcDst => read(state, reg, op)?,
            OperandKind::SrcRange => read_range(state, reg, count_after(i), op)?,
            OperandKind::SrcCell if state[reg] != Kind::Cell => {
                return Err(format!("{}: r{reg} holds no cell", op.name()));
            }
            _ => {}
        }
    }
    for (i, &operand) in operands.iter().enumerate() {
        let reg = inst.field(operand) as usize;
        match operand.kind {
            OperandKind::Dst | OperandKind::SrcDst => state[reg] = Kind::Value,
            OperandKind::DstRange => state[reg..reg + count_after(i)].fill(Kind::Value),
            OperandKind::DstRange2 => state[reg..reg + 2].fill(Kind::Value),
            _ => {}
        }
    }
    Ok(())
}

/// Reads a value; a table that was being filled is out of the literal's hands from then on.
fn read(state: &mut State, reg: usize, op: Op) -> Result<(), String> {
    if !state[reg].is_value() {
        return Err(format!("{}: r{reg} is read as a value but is {:?}", op.name(), state[reg]));
    }
    state[reg] = Kind::Value;
    Ok(())
}

fn read_range(state: &mut State, first: usize, count: usize, op: Op) -> Result<(), String> {
    (first..first + count).try_for_each(|reg| read(state, reg, op))
}

/// Reads a call window and gives up its registers and those above.
fn window(state: &mut State, a: usize, args: usize, op: Op) -> Result<(), String> {
    read(state, a, op)?;
    read_range(state, a + 3, args, op)?;
    state[a..].fill(Kind::Unset);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::{Const, TableTemplate};

    fn check(code: Vec<Inst>, child_upvalues: Vec<UpvalueSource>) -> Result<(), String> {
        let proto = Proto {
            code,
            constants: vec![Const::Str(b"s".as_slice().into())],
            templates: vec![TableTemplate { keys: vec![b"x".as_slice().into()], array_len: 0 }],
            frame_size: 12,
            is_variadic: true,
            ..Proto::default()
        };
        let child = Proto {
            code: vec![Inst::abc(Op::GetUpcell, 0, 0, 0), Inst::abc(Op::Return0, 0, 0, 0)],
            upvalues: child_upvalues,
            frame_size: 1,
            ..Proto::default()
        };
        let module = Module { name: "t".into(), protos: vec![proto, child], globals: vec![] };
        verify_flow(&module).map_err(|e| e.to_string())
    }

    #[track_caller]
    fn rejects(code: &[Inst], want: &str) {
        let mut code = code.to_vec();
        code.push(Inst::abc(Op::Return0, 0, 0, 0));
        let error = check(code, vec![UpvalueSource::Register(0)]).expect_err("accepted");
        assert!(error.contains(want), "{error}");
    }

    #[track_caller]
    fn accepts(code: &[Inst]) {
        let mut code = code.to_vec();
        code.push(Inst::abc(Op::Return0, 0, 0, 0));
        assert_eq!(check(code, vec![UpvalueSource::Register(0)]), Ok(()));
    }

    fn int(reg: u16) -> Inst {
        Inst::abx(Op::LoadInt, reg, 1)
    }

    #[test]
    fn registers_are_written_before_they_are_read() {
        rejects(&[Inst::abc(Op::Move, 0, 1, 0)], "Unset");
        let after_call = [int(0), int(4), Inst::abc(Op::Call, 0, 0, 1), Inst::abc(Op::Move, 1, 4, 0)];
        rejects(&after_call, "Unset");
        let one_way = [int(0), Inst::abx(Op::JumpIf, 0, 1), int(1), Inst::abc(Op::Move, 2, 1, 0)];
        rejects(&one_way, "Unset");
        accepts(&[int(0), Inst::abc(Op::Call, 0, 0, 2), Inst::abc(Op::Move, 3, 1, 0)]);
    }

    #[test]
    fn cells_are_no_values() {
        rejects(&[int(1), Inst::abc(Op::GetCell, 0, 1, 0)], "no cell");
        let cell = Inst::abc(Op::NewCell, 0, 1, 0);
        rejects(&[int(1), cell, Inst::abc(Op::Move, 2, 0, 0)], "Cell");
        accepts(&[int(1), cell, Inst::abc(Op::GetCell, 2, 0, 0), Inst::abc(Op::CopyCell, 0, 0, 0)]);
        accepts(&[int(1), cell, Inst::abx(Op::Closure, 2, 1)]);
        rejects(&[int(1), int(0), Inst::abx(Op::Closure, 2, 1)], "u0 is a Value");
        // One path leaves a cell, the other a value.
        rejects(&[int(0), Inst::abx(Op::JumpIf, 0, 1), cell, Inst::abc(Op::GetCell, 1, 0, 0)], "Unset");
    }

    #[test]
    fn only_new_tables_are_filled() {
        let new = Inst::abx(Op::NewTable, 0, 0);
        let init = Inst::abc(Op::InitSlot, 0, 0, 1);
        accepts(&[new, int(1), init, Inst::abx(Op::SetList, 0, 1).with_x(1)]);
        rejects(&[int(0), int(1), init], "no new table");
        rejects(&[new, int(1), Inst::abc(Op::InitSlot, 0, 1, 1)], "no new table");
        rejects(&[new, int(1), Inst::abc(Op::SetIndex, 0, 1, 1), init], "no new table");
        accepts(&[new, int(1), Inst::abc(Op::SetIndex, 0, 1, 1), Inst::abx(Op::SetList, 0, 1).with_x(1)]);
        rejects(&[new, int(1), Inst::abc(Op::Move, 2, 0, 0), init], "no new table");
    }

    #[test]
    fn traversals_need_their_state() {
        let range = |prep: Inst| {
            let next = Inst::abx(Op::RangeNext, 0, -2).with_x(1);
            [
                int(0),
                int(1),
                int(2),
                prep,
                Inst::abc(Op::Move, 5, 3, 0),
                next,
                Inst::abx(Op::RangeTest, 0, -3),
            ]
        };
        accepts(&range(Inst::abx(Op::RangePrep, 0, 1)));
        rejects(&range(Inst::abx(Op::Jump, 0, 1)), "no traversal state");
    }

    #[test]
    fn marks_stay_in_selects() {
        let mark = Inst::abc(Op::LoadMark, 1, 0, 0);
        accepts(&[int(0), mark, Inst::abc(Op::Select, 0, 1, 0), Inst::abc(Op::Move, 3, 2, 0)]);
        rejects(&[mark, Inst::abc(Op::Move, 0, 1, 0)], "Mark");
        rejects(&[int(1), mark, Inst::abc(Op::Select, 0, 1, 0)], "Unset");
    }
}
