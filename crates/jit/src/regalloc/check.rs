//! Proves that an allocation computes what the function says, without knowing how it was made.
//!
//! The idea is that of `regalloc2`'s checker: execute the allocated code symbolically. The state says for each register
//! and slot which virtual registers' values it certainly holds. Edits copy sets; a definition puts its register alone
//! into its place and takes it out of all others (they hold the value of an earlier iteration); a clobber empties; an
//! edge renames arguments to parameters; where paths meet, sets intersect. Every constant counts as a place too, which
//! its definition fills: an edit may make the constant behind the edge that named it as an argument. The states at block starts are iterated to a
//! fixed point, then every operand must find its value in its place, and every constraint must hold.
//!
//! Blocks that cannot be reached are not checked.

use super::{Edit, Env, Function, Output, Place};
use crate::regs::{Constraint, Operand, OperandKind, OperandPos, PReg, PRegSet, SpillSlot, VReg};

/// For each register, slot and constant, in this order, the indices of the virtual registers whose value is there.
type State = Vec<Vec<u32>>;

struct Checker<'a, F> {
    func: &'a F,
    env: &'a Env,
    out: &'a Output,
    /// For each virtual register that is a constant, its number among them.
    constants: Vec<usize>,
}

/// Checks `out` as an allocation of `func`; the error says what is wrong where.
pub fn check<F: Function>(func: &F, env: &Env, out: &Output) -> Result<(), String> {
    check_edits(func, env, out)?;
    let (mut constants, mut count) = (vec![usize::MAX; func.vreg_count()], 0);
    for operand in (0..func.inst_count()).flat_map(|inst| func.inst_operands(inst)) {
        if operand.kind == OperandKind::Def && func.is_constant(operand.vreg) {
            constants[operand.vreg.index()] = count;
            count += 1;
        }
    }
    let places = PReg::COUNT + out.slot_count as usize + count;
    let checker = Checker { func, env, out, constants };
    let mut starts: Vec<Option<State>> = vec![None; func.block_count()];
    starts[0] = Some(vec![Vec::new(); places]);
    let mut queue = vec![0usize];
    while let Some(block) = queue.pop() {
        let Some(mut state) = starts[block].clone() else { continue };
        for inst in func.block_insts(block) {
            // Errors may be due to a state that is not final yet or no more; the last round reports them.
            let _ = checker.step(inst, &mut state);
        }
        for (number, &succ) in func.block_succs(block).iter().enumerate() {
            let succ = succ as usize;
            let arriving = rename(&state, func.edge_args(block, number), func.block_params(succ));
            let changed = match &mut starts[succ] {
                Some(start) => intersect(start, &arriving),
                none => {
                    *none = Some(arriving);
                    true
                }
            };
            if changed && !queue.contains(&succ) {
                queue.push(succ);
            }
        }
    }
    for (block, start) in starts.into_iter().enumerate() {
        let Some(mut state) = start else { continue };
        for inst in func.block_insts(block) {
            checker.step(inst, &mut state).map_err(|error| format!("b{block}, inst {inst}: {error}"))?;
        }
    }
    Ok(())
}

/// Checks what the allocator demands of a function: see the head of the module above.
pub fn verify_input<F: Function>(func: &F) -> Result<(), String> {
    let mut defined = vec![false; func.vreg_count()];
    let mut define = |vreg: VReg| match std::mem::replace(&mut defined[vreg.index()], true) {
        true => Err(format!("{vreg} is defined twice")),
        false => Ok(()),
    };
    if !func.block_preds(0).is_empty() || !func.block_params(0).is_empty() {
        return Err("the entry has predecessors or parameters".to_owned());
    }
    let mut next = 0;
    for block in 0..func.block_count() {
        let insts = func.block_insts(block);
        if insts.start != next || insts.is_empty() {
            return Err(format!("b{block} is empty or its insts do not follow those of the block before"));
        }
        next = insts.end;
        func.block_params(block).iter().try_for_each(|&param| define(param))?;
        let last = func.inst_operands(insts.end - 1);
        if last.iter().any(|operand| operand.kind == OperandKind::Def) {
            return Err(format!("the terminator of b{block} has results"));
        }
        let succs = func.block_succs(block);
        if succs.len() == 1 && !last.is_empty() {
            return Err(format!("the jump that ends b{block} has operands"));
        }
        for (number, &succ) in succs.iter().enumerate() {
            let preds = func.block_preds(succ as usize);
            if succs.len() > 1 && preds.len() > 1 {
                return Err(format!("critical edge from b{block} to b{succ}"));
            }
            if func.edge_args(block, number).len() != func.block_params(succ as usize).len() {
                return Err(format!("b{block} passes a wrong number of arguments to b{succ}"));
            }
        }
        for inst in insts {
            let operands = func.inst_operands(inst);
            operands
                .iter()
                .filter(|operand| operand.kind == OperandKind::Def)
                .try_for_each(|def| define(def.vreg))?;
            verify_operands(operands).map_err(|error| format!("inst {inst}: {error}"))?;
        }
    }
    Ok(())
}

fn verify_operands(operands: &[Operand]) -> Result<(), String> {
    for operand in operands {
        match operand.constraint {
            Constraint::Fixed(reg) if reg.class() != operand.vreg.class() => {
                return Err(format!("{} cannot be in {reg}", operand.vreg));
            }
            Constraint::Reuse(input) => {
                let input = operands.get(input as usize).filter(|input| input.kind == OperandKind::Use);
                let is_right = input.is_some_and(|input| {
                    input.constraint == Constraint::Reg
                        && input.pos == OperandPos::Early
                        && input.vreg.class() == operand.vreg.class()
                });
                if operand.kind != OperandKind::Def || operand.pos != OperandPos::Late || !is_right {
                    return Err(format!(
                        "{} reuses what is no early register use of its class",
                        operand.vreg
                    ));
                }
            }
            Constraint::Fixed(_) | Constraint::Any | Constraint::Reg => {}
        }
    }
    Ok(())
}

fn check_edits<F: Function>(func: &F, env: &Env, out: &Output) -> Result<(), String> {
    if !out.edits.is_sorted_by_key(|edit| edit.before) {
        return Err("edits are not in order".to_owned());
    }
    let allowed = env.allocatable().union(PRegSet::of(&env.scratch));
    for &Edit { before, from, to } in &out.edits {
        let is_right = match (from, to) {
            (Place::Reg(_) | Place::Slot(_), Place::Reg(_)) | (Place::Reg(_), Place::Slot(_)) => true,
            (Place::Const(vreg), Place::Reg(_)) => func.is_constant(vreg),
            (Place::None | Place::Const(_) | Place::Slot(_) | Place::Reg(_), _) => false,
        };
        let is_fixed = |reg: PReg| {
            let operands = func.inst_operands(before as usize).iter();
            operands.into_iter().any(|operand| operand.constraint == Constraint::Fixed(reg))
        };
        if !is_right || !to.reg().is_none_or(|reg| allowed.contains(reg) || is_fixed(reg)) {
            return Err(format!("bad edit {to} <- {from} before inst {before}"));
        }
        if to.reg().is_some_and(|reg| !out.written.contains(reg)) {
            return Err(format!("{to} is missing among the written registers"));
        }
    }
    Ok(())
}

impl<F: Function> Checker<'_, F> {
    fn index(&self, place: Place) -> Result<usize, String> {
        let slots = self.out.slot_count;
        match place {
            Place::Reg(reg) => Ok(reg.index()),
            Place::Slot(SpillSlot(slot)) if slot < slots => Ok(PReg::COUNT + slot as usize),
            Place::Const(vreg) if self.constants[vreg.index()] != usize::MAX => {
                Ok(PReg::COUNT + slots as usize + self.constants[vreg.index()])
            }
            Place::Slot(_) | Place::Const(_) | Place::None => Err(format!("there is no place {place}")),
        }
    }

    /// Executes an instruction and the edits before it; goes on after errors and reports the first.
    fn step(&self, inst: usize, state: &mut State) -> Result<(), String> {
        let Checker { func, env, out, .. } = *self;
        let first = out.edits.partition_point(|edit| (edit.before as usize) < inst);
        for edit in out.edits[first..].iter().take_while(|edit| edit.before as usize == inst) {
            let value = state[self.index(edit.from)?].clone();
            state[self.index(edit.to)?] = value;
        }
        let mut error = Ok(());
        let mut note = |result: Result<(), String>| {
            if error.is_ok() {
                error = result;
            }
        };
        let operands = func.inst_operands(inst);
        let places = out.operands(inst);
        for (operand, &place) in operands.iter().zip(places) {
            note(check_place(func, env, operand, place, places));
            if operand.kind == OperandKind::Use {
                note(self.holds(state, operand.vreg, place));
            }
        }
        note(check_overlap(func, inst, operands, places));
        let snapshot = func.inst_snapshot(inst).iter().zip(out.snapshot(inst));
        let is_early = func.snapshot_pos(inst) == OperandPos::Early;
        if is_early {
            snapshot.clone().for_each(|(&vreg, &place)| note(self.holds(state, vreg, place)));
        }
        for reg in func.inst_clobbers(inst) {
            state[reg.index()].clear();
        }
        for (operand, &place) in
            operands.iter().zip(places).filter(|(operand, _)| operand.kind == OperandKind::Def)
        {
            let vreg = operand.vreg.index() as u32;
            state.iter_mut().for_each(|values| values.retain(|&value| value != vreg));
            if func.is_constant(operand.vreg) {
                state[self.index(Place::Const(operand.vreg))?].push(vreg);
            }
            match place {
                Place::Reg(_) | Place::Slot(_) => state[self.index(place)?] = vec![vreg],
                Place::None | Place::Const(_) => {}
            }
        }
        if !is_early {
            snapshot.for_each(|(&vreg, &place)| note(self.holds(state, vreg, place)));
        }
        error
    }

    fn holds(&self, state: &State, vreg: VReg, place: Place) -> Result<(), String> {
        let values = &state[self.index(place)?];
        match values.contains(&(vreg.index() as u32)) {
            true => Ok(()),
            false => Err(format!("{place} holds {values:?} instead of {vreg}")),
        }
    }
}

fn check_place<F: Function>(
    func: &F,
    env: &Env,
    operand: &Operand,
    place: Place,
    places: &[Place],
) -> Result<(), String> {
    let is_const_def = operand.kind == OperandKind::Def && func.is_constant(operand.vreg);
    let is_free = |reg: PReg| reg.class() == operand.vreg.class() && env.allocatable().contains(reg);
    let is_right = match (operand.constraint, place) {
        (_, Place::Const(vreg)) => is_const_def && vreg == operand.vreg,
        (Constraint::Any, Place::None) => operand.kind == OperandKind::Def,
        (_, Place::None) => is_const_def,
        (Constraint::Fixed(wanted), Place::Reg(reg)) => reg == wanted,
        (Constraint::Any, Place::Slot(_)) => true,
        (Constraint::Any | Constraint::Reg, Place::Reg(reg)) => is_free(reg),
        (Constraint::Reuse(input), Place::Reg(reg)) => is_free(reg) && places[input as usize] == place,
        (Constraint::Fixed(_) | Constraint::Reg | Constraint::Reuse(_), Place::Slot(_)) => false,
    };
    if is_right {
        Ok(())
    } else {
        Err(format!("{} in {place}: constraint {:?}", operand.vreg, operand.constraint))
    }
}

/// Operands that are in their places at the same time must not share one, unless they are uses of the same value.
fn check_overlap<F: Function>(
    func: &F,
    inst: usize,
    operands: &[Operand],
    places: &[Place],
) -> Result<(), String> {
    let clobbers = func.inst_clobbers(inst);
    let span = |at: usize| {
        let operand = &operands[at];
        let is_reuse = matches!(operand.constraint, Constraint::Reuse(_));
        let early = operand.kind == OperandKind::Use || operand.pos == OperandPos::Early || is_reuse;
        let late = operand.kind == OperandKind::Def || operand.pos == OperandPos::Late;
        (early, late)
    };
    let reused =
        |use_at: usize, def_at: usize| operands[def_at].constraint == Constraint::Reuse(use_at as u8);
    for at in 0..operands.len() {
        let (early, late) = span(at);
        let is_fixed_def =
            operands[at].kind == OperandKind::Def && matches!(operands[at].constraint, Constraint::Fixed(_));
        if late && !is_fixed_def && places[at].reg().is_some_and(|reg| clobbers.contains(reg)) {
            return Err(format!("{} is in the clobbered {}", operands[at].vreg, places[at]));
        }
        for other in 0..at {
            let (other_early, other_late) = span(other);
            let overlap = (early && other_early) || (late && other_late);
            let both_uses = operands[at].kind == OperandKind::Use && operands[other].kind == OperandKind::Use;
            let same = both_uses && operands[at].vreg == operands[other].vreg;
            let is_place = matches!(places[at], Place::Reg(_) | Place::Slot(_));
            let pair = reused(at, other) || reused(other, at);
            // Two uses of equal values in one place are harmless unless one is overwritten: the state tells.
            if overlap && is_place && places[at] == places[other] && !same && !pair && !both_uses {
                return Err(format!(
                    "{} and {} share {}",
                    operands[other].vreg, operands[at].vreg, places[at]
                ));
            }
        }
    }
    Ok(())
}

/// The state behind an edge: whoever holds an argument holds the parameter, which has a new value.
fn rename(state: &State, args: &[VReg], params: &[VReg]) -> State {
    if params.is_empty() {
        return state.clone();
    }
    let rename_set = |values: &Vec<u32>| {
        let is_param = |value: u32| params.iter().any(|param| param.index() as u32 == value);
        let mut new: Vec<u32> = values.iter().copied().filter(|&value| !is_param(value)).collect();
        let pairs = args.iter().zip(params).filter(|(arg, _)| values.contains(&(arg.index() as u32)));
        new.extend(pairs.map(|(_, param)| param.index() as u32));
        new.sort_unstable();
        new.dedup();
        new
    };
    state.iter().map(rename_set).collect()
}

/// Takes out what `other` lacks; whether that changed anything.
fn intersect(state: &mut State, other: &State) -> bool {
    let mut changed = false;
    for (values, other) in state.iter_mut().zip(other) {
        let before = values.len();
        values.retain(|value| other.contains(value));
        changed |= values.len() != before;
    }
    changed
}
