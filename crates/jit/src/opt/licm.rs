//! Loop-invariant code motion: what gives the same in every iteration is done once, before the loop.
//!
//! ```text
//!   before                                   after
//!     jump b1(v1)                              v4 = guard_shape v0, #7 [s1]
//!   b1(v2: i64):                               v5 = load_slot v4, 0
//!     poll [s0]                                jump b1(v1)
//!     v4 = guard_shape v0, #7 [s2]           b1(v2: i64):
//!     v5 = load_slot v4, 0                     poll [s0]
//!     branch v6, b1(v3), b2                    branch v6, b1(v3), b2
//! ```
//!
//! Three rules, by what can go wrong:
//!
//! - *Pure* instructions are total: they move from anywhere in the loop, if their operands are outside.
//! - *Guards* move from the *sure path*, the blocks that every iteration begins with. A guard that moved leaves by the state at
//!   the loop's head, with what the first iteration is given for the parameters: nothing of the loop has been done, so the
//!   interpreter can begin it. That state is the first snapshot of the header that no write precedes; or, if that tells results
//!   of the loop, the last one before the loop behind which nothing was written.
//! - Whatever *reads* memory or an object moves from the sure path as long as nothing before it can leave or throw, since that
//!   may be what makes the reading safe; and only if no instruction of the loop writes what it reads: a load's place, or the
//!   classes of any other reading. What it stores into objects that it makes itself changes none that it is given. A guard that
//!   a value is a number makes nothing safe to read but numbers. Where the operands themselves are what guards gave, the
//!   reading is safe wherever they are.
//!
//! Inner loops come first, so code moves out of a nest step by step. Needs dominators and loops; keeps the CFG. Loops without
//! a preheader are left alone; `rotate` makes preheaders, and makes the body of a `while` loop part of the sure path.

use super::forward::{may_overlap, place_of};
use super::types::is_boxing;
use super::{map_snapshot, plain, same_ref};
use crate::ir::dom::DomTree;
use crate::ir::effects::{Access, Classes, Effects};
use crate::ir::func::{BlockId, Func, InstId, NewInst};
use crate::ir::imm::DENSE_ROWS;
use crate::ir::loops::{LoopForest, LoopId};
use crate::ir::ops::{Class, Op};
use crate::ir::snapshot::SnapId;
use crate::ir::types::Type;

/// Moves invariant instructions out of loops.
pub fn hoist_invariants(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    let mut changes = 0;
    for id in loops.ids().rev() {
        if let Some(preheader) = loops.preheader(func, dom, id)
            && let Some(end) = func.terminator(preheader)
        {
            let writes = Written::new(func, loops, id);
            let mut hoist = Hoist { loops, id, end, writes, head: None, changes: 0 };
            hoist.run(func);
            changes += hoist.changes;
        }
    }
    changes
}

/// What a loop writes. Upvalues are written only while their closure is made.
struct Written {
    /// Whole classes, by other instructions than stores.
    classes: Classes,
    stores: Vec<Access>,
    /// Classes that it writes in objects that it has made itself: none that was there before is changed by that.
    made: Classes,
}

/// Stores of a loop that loads are compared with; of any more all that counts is the class. Arbitrary.
const STORES_MAX: usize = 24;

impl Written {
    fn new(func: &Func, loops: &LoopForest, id: LoopId) -> Written {
        let mut written = Written { classes: Classes::NONE, stores: Vec::new(), made: Classes::NONE };
        let is_made = |object: InstId| {
            let object = same_ref(func, object);
            let is_inside = |b| loops.contains(id, b);
            func.op(object).class() == Class::Alloc && func.block_of(object).is_some_and(is_inside)
        };
        for inst in loops.get(id).blocks.iter().flat_map(|&b| func.insts(b)) {
            let object = match func.op(inst) {
                Op::Transition => Some(func.arg(inst, 0)),
                _ => place_of(func, inst).filter(|place| place.stored.is_some()).and_then(|place| place.base),
            };
            if object.is_some_and(is_made) {
                written.made = written.made.or(func.effects(inst).writes);
                continue;
            }
            match place_of(func, inst).filter(|place| place.stored.is_some()) {
                Some(store) if written.stores.len() < STORES_MAX => written.stores.push(store),
                _ => written.classes = written.classes.or(func.effects(inst).writes),
            }
        }
        written
    }

    /// Whether the loop may change what an instruction reads whose operands are outside.
    fn changes(&self, func: &Func, inst: InstId) -> bool {
        let reads = func.effects(inst).reads;
        if reads == Classes::UPVALUE {
            return false;
        }
        let place = place_of(func, inst);
        let reads_operand = place.is_some() || func.op(inst) == Op::GuardShape;
        if !reads_operand && reads.meets(self.made) {
            return true;
        }
        let is_hit = |store: &Access| match &place {
            Some(place) => may_overlap(func, place, store),
            None => reads.meets(store.class),
        };
        reads.meets(self.classes) || self.stores.iter().any(is_hit)
    }
}

/// Whether all that an instruction touches is the word of requests to the worker.
pub(super) fn is_poll(effects: Effects) -> bool {
    effects.reads.or(effects.writes) == Classes::POLL
}

/// What may still be read: nothing before it has left, which may be what makes the reading safe.
struct Safety {
    /// Numbers, big ones included.
    numbers: bool,
    /// Objects that are no numbers: guards of numbers do not make them safe.
    objects: bool,
}

impl Safety {
    /// Whether contents that never change may be read.
    fn allow(&self, func: &Func, inst: InstId) -> bool {
        if func.op(inst) == Op::DenseRow {
            return self.objects || is_proved(func, func.arg(inst, 0)) && is_row(func, inst);
        }
        func.args(inst).iter().all(|&arg| match func.ty(arg) {
            // Big integers are objects that guards of numbers prove.
            Type::Value | Type::Num => self.numbers,
            // What a guard or a load gave is such an object wherever there is that result.
            _ => self.objects || is_proved(func, arg),
        })
    }

    fn pass(&mut self, op: Op, effects: Effects) {
        let leaves = effects.may_exit() || effects.may_throw() || effects.may_run_user_code();
        // A poll leaves for reasons of its own: what comes after it is no less safe before it.
        if leaves && !is_poll(effects) {
            self.numbers = false;
            self.objects &= is_number_guard(op);
        }
    }
}

struct Hoist<'a> {
    loops: &'a LoopForest,
    id: LoopId,
    /// The preheader's terminator.
    end: InstId,
    writes: Written,
    /// The snapshot of the loop's head; `Some(None)` if it was tried and there is none.
    head: Option<Option<SnapId>>,
    changes: u32,
}

impl Hoist<'_> {
    fn run(&mut self, func: &mut Func) {
        let sure = sure_path(func, self.loops, self.id);
        let mut safety = Safety { numbers: true, objects: true };
        for &b in &sure {
            self.sure_block(func, b, &mut safety);
        }
        for &b in &self.loops.get(self.id).blocks {
            if !sure.contains(&b) {
                self.other_block(func, b);
            }
        }
    }

    fn sure_block(&mut self, func: &mut Func, b: BlockId, safety: &mut Safety) {
        let mut at = func.first(b);
        while let Some(inst) = at {
            at = func.next(inst);
            let effects = func.effects(inst);
            let reads_in_peace =
                (safety.objects || is_safe_by_operands(func, inst)) && !self.writes.changes(func, inst);
            let is_poll = is_poll(effects);
            let may_move = match func.op(inst).class() {
                Class::Pure => !effects.may_allocate() || safety.objects,
                Class::Field => safety.allow(func, inst),
                Class::Load | Class::Probe => reads_in_peace,
                Class::Guard => !is_poll && (effects.reads.is_empty() || reads_in_peace),
                _ => false,
            };
            if may_move && self.is_invariant(func, inst) && self.take_out(func, inst) {
                continue;
            }
            safety.pass(func.op(inst), effects);
        }
    }

    fn other_block(&mut self, func: &mut Func, b: BlockId) {
        let mut at = func.first(b);
        while let Some(inst) = at {
            at = func.next(inst);
            let may_move = func.op(inst).is_speculable() && !func.effects(inst).may_allocate();
            if may_move && self.is_invariant(func, inst) {
                self.take_out(func, inst);
            }
        }
    }

    fn is_invariant(&self, func: &Func, inst: InstId) -> bool {
        func.args(inst).iter().all(|&arg| self.is_outside(func, arg))
    }

    fn is_outside(&self, func: &Func, inst: InstId) -> bool {
        func.block_of(inst).is_some_and(|b| !self.loops.contains(self.id, b))
    }

    fn take_out(&mut self, func: &mut Func, inst: InstId) -> bool {
        if func.needs_snapshot(inst) {
            let Some(snap) = self.head_snapshot(func) else { return false };
            func.copy_origin(inst, inst);
            func.set_snapshot(inst, Some(snap));
        }
        func.move_before(inst, self.end);
        self.changes += 1;
        true
    }

    /// The state before the loop's first iteration.
    fn head_snapshot(&mut self, func: &mut Func) -> Option<SnapId> {
        if let Some(known) = self.head {
            return known;
        }
        let snap = start_state(func, self.loops, self.id, self.end);
        self.head = Some(snap);
        snap
    }
}

/// Whether a result by itself proves what it is.
fn is_proved(func: &Func, inst: InstId) -> bool {
    func.ty(inst).is_ref()
        && (func.op(inst) == Op::DenseRow || matches!(func.op(inst).class(), Class::Guard | Class::Load))
}

/// Whether the number of a row was guarded to be one of its object's.
fn is_row(func: &Func, dense_row: InstId) -> bool {
    let [object, i] = [func.arg(dense_row, 0), func.arg(dense_row, 1)];
    func.op(i) == Op::GuardBelow && {
        let limit = func.arg(i, 1);
        func.op(limit) == Op::DenseWord
            && func.place_index(limit) == Some(DENSE_ROWS)
            && same_ref(func, func.arg(limit, 0)) == same_ref(func, object)
    }
}

/// Whether reading is safe wherever the operands are: they are what guards gave, so the data tell what else order would.
/// An unboxing proves nothing, as it may have moved before what proves it.
fn is_safe_by_operands(func: &Func, inst: InstId) -> bool {
    let arg = |i: usize| func.arg(inst, i);
    match func.op(inst) {
        Op::LoadArray | Op::LoadShape | Op::GuardShape => {
            matches!(func.op(arg(0)), Op::GuardTable | Op::GuardShape | Op::NewTable)
        }
        // Which upvalues there are is the function's business; objects in the code are what the code takes them for.
        Op::LoadUpvalue => matches!(func.op(arg(0)), Op::GuardFunction | Op::Callee | Op::ConstObject),
        Op::LoadCell | Op::LoadGlobal => func.op(arg(0)) == Op::ConstObject,
        // An access to a slot is where the shape has it.
        Op::LoadSlot => func.op(arg(0)) == Op::GuardShape,
        Op::ArrayLen => matches!(func.op(arg(0)), Op::LoadArray | Op::GuardElem | Op::NewArray),
        Op::LoadElem | Op::LoadElemFloat | Op::LoadElemInt | Op::LoadElemBool => {
            let is_in_bounds = func.op(arg(1)) == Op::GuardBounds && {
                let limit = func.arg(arg(1), 1);
                func.op(limit) == Op::ArrayLen && same_ref(func, func.arg(limit, 0)) == same_ref(func, arg(0))
            };
            func.op(arg(0)) == Op::GuardElem && is_in_bounds
        }
        _ => false,
    }
}

/// The blocks that every iteration of a loop begins with: the header, and what follows it by jumps alone.
pub(super) fn sure_path(func: &Func, loops: &LoopForest, id: LoopId) -> Vec<BlockId> {
    let mut b = loops.get(id).header;
    let mut path = vec![b];
    while let Some(term) = func.terminator(b)
        && func.op(term) == Op::Jump
    {
        b = func.edge(term, 0).0;
        // Inner loops' blocks are executed each time too, but what is in them has moved before them already.
        if !loops.contains(id, b) || loops.innermost(b) != Some(id) || path.contains(&b) {
            break;
        }
        path.push(b);
    }
    path
}

/// The state before the first iteration of a loop, for what its sure path would find out in any case and goes before `end`, its
/// preheader's terminator. Where the loop's head tells none it is that of what has left last before it.
pub(super) fn start_state(func: &mut Func, loops: &LoopForest, id: LoopId, end: InstId) -> Option<SnapId> {
    head_snapshot(func, loops, id, end).or_else(|| state_before(func, end))
}

/// The state that is in force before a terminator: what runs from it on to there changes nothing, so it may run again.
fn state_before(func: &Func, end: InstId) -> Option<SnapId> {
    let mut at = func.prev(end);
    while let Some(inst) = at {
        let effects = func.effects(inst);
        if func.op(inst).class() == Class::Guard || is_poll(effects) && effects.may_exit() {
            return func.snapshot(inst);
        }
        if effects.may_throw() || effects.may_run_user_code() || !effects.writes.is_empty() {
            return None;
        }
        at = func.prev(inst);
    }
    None
}

/// A snapshot of the state before the first iteration of a loop, for what goes before `end`, its preheader's terminator.
pub(super) fn head_snapshot(func: &mut Func, loops: &LoopForest, id: LoopId, end: InstId) -> Option<SnapId> {
    let header = loops.get(id).header;
    let mut first = None;
    for inst in func.insts(header) {
        let effects = func.effects(inst);
        if effects.may_throw() || !effects.writes.is_empty() && !is_poll(effects) {
            break;
        }
        if effects.may_exit() {
            first = func.snapshot(inst);
            break;
        }
    }
    let given = func.edge(end, 0).1.to_vec();
    let params = func.params(header).to_vec();
    let map = |func: &Func, inst: InstId| match params.iter().position(|&p| p == inst) {
        Some(i) => Some(given[i]),
        None => func.block_of(inst).filter(|&b| !loops.contains(id, b)).map(|_| inst),
    };
    // Boxes of parameters are made of what is given for these.
    let mut boxes: Vec<InstId> = Vec::new();
    func.snaps.visit_insts(first?, |inst| {
        if func.block_of(inst) == Some(header) && is_boxing(func.op(inst)) && !boxes.contains(&inst) {
            boxes.push(inst);
        }
    });
    let mut made: Vec<(InstId, InstId)> = Vec::new();
    for inst in boxes {
        if let Some(arg) = map(func, func.arg(inst, 0)) {
            let copy = NewInst { args: &[arg], ..plain(func.op(inst), func.ty(inst), &[]) };
            made.push((inst, func.insert_before(end, copy)));
        }
    }
    let mut map = |func: &Func, inst: InstId| {
        map(func, inst).or_else(|| made.iter().find(|(of, _)| *of == inst).map(|&(_, copy)| copy))
    };
    map_snapshot(func, first?, &mut map)
}

/// Whether an instruction that may leave does so because a value is no number of some kind, which is not what makes reading
/// an object safe.
pub(super) fn is_number_guard(op: Op) -> bool {
    matches!(
        op,
        Op::GuardInt
            | Op::GuardI64
            | Op::GuardF64
            | Op::GuardNum
            | Op::GuardSmallNum
            | Op::GuardNumF64
            | Op::GuardNotHole
            | Op::GuardNonZero
            | Op::GuardFits
            | Op::GuardF64Int
    )
}

#[cfg(test)]
mod tests;
