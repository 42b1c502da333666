//! New objects of a function, what uses them, and what each use means for an object that is to have no memory.
//!
//! An object goes by several *names*: guards and boxes give their operand again. Uses are found through all of them, and
//! through snapshots. What is done with the answers is the matter of `scalar` (objects that nobody sees) and `split` (objects
//! that blocks pass on).

use super::{FastMap, FastSet};
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::ops::Op;
use crate::ir::snapshot::{Entry, Place, SnapId, Source};

/// Objects of one function that are looked at, and how often those that remain are; arbitrary.
const OBJECTS_MAX: usize = 48;
/// Parts that an object may have; arbitrary.
const PARTS_MAX: usize = 32;

pub(super) fn find_objects(func: &Func, dom: &DomTree) -> Vec<InstId> {
    let mut objects = Vec::new();
    for &b in dom.rpo() {
        for inst in func.insts(b) {
            let parts = match func.op(inst) {
                Op::NewTable => match func.template(inst).map(|t| func.snaps.template(t)) {
                    Some(t) if t.array_capacity == 0 => t.inline_capacity as usize,
                    _ => continue,
                },
                Op::NewClosure | Op::NewCell => func.args(inst).len(),
                _ => continue,
            };
            if parts <= PARTS_MAX && objects.len() < OBJECTS_MAX {
                objects.push(inst);
            }
        }
    }
    objects
}

/// The instructions that use each object, under whatever name, by operands or by snapshots; in the order of blocks.
pub(super) struct Uses {
    pub(super) of: Vec<ObjectUses>,
}

#[derive(Default)]
pub(super) struct ObjectUses {
    pub(super) insts: Vec<InstId>,
    /// Other results that are the object: guarded or boxed references.
    pub(super) names: FastSet<InstId>,
}

impl Uses {
    pub(super) fn find(func: &Func, dom: &DomTree, objects: &[InstId]) -> Uses {
        let mut uses = Uses { of: objects.iter().map(|_| ObjectUses::default()).collect() };
        let mut object_of = vec![u32::MAX; func.inst_count()];
        for (i, &object) in objects.iter().enumerate() {
            object_of[object.index()] = i as u32;
            uses.of[i].names.insert(object);
        }
        let mut named: FastMap<SnapId, Vec<u32>> = FastMap::default();
        for &b in dom.rpo() {
            for inst in func.insts(b) {
                let mut see = |object: u32| {
                    if object != u32::MAX && uses.of[object as usize].insts.last() != Some(&inst) {
                        uses.of[object as usize].insts.push(inst);
                    }
                };
                func.visit_uses(inst, |arg| see(object_of[arg.index()]));
                if let Some(snap) = func.snapshot(inst) {
                    let named = named.entry(snap).or_insert_with(|| {
                        let mut list = Vec::new();
                        func.snaps.visit_insts(snap, |used| {
                            let object = object_of[used.index()];
                            if object != u32::MAX && !list.contains(&object) {
                                list.push(object);
                            }
                        });
                        list
                    });
                    named.iter().for_each(|&object| see(object));
                }
                if is_name(func, inst) {
                    let object = object_of[func.arg(inst, 0).index()];
                    if object != u32::MAX {
                        object_of[inst.index()] = object;
                        uses.of[object as usize].names.insert(inst);
                    }
                }
            }
        }
        uses
    }

    /// Whether no instruction uses an object together with another one, so that the uses of others stay what they are when it
    /// goes.
    pub(super) fn is_alone(&self, func: &Func, i: usize) -> bool {
        let is_other =
            |arg: &InstId| self.of.iter().enumerate().any(|(k, other)| k != i && other.names.contains(arg));
        let made_of = self.of[i].insts.iter().chain(self.of[i].names.iter());
        !made_of.into_iter().any(|&user| func.args(user).iter().any(is_other))
    }
}

/// Whether the result, if there is one, is the operand under another name.
pub(super) fn is_name(func: &Func, inst: InstId) -> bool {
    matches!(
        func.op(inst),
        Op::BoxRef
            | Op::UnboxRef
            | Op::AsRef
            | Op::GuardTable
            | Op::GuardCallable
            | Op::GuardClosure
            | Op::GuardFunction
            | Op::GuardShape
            | Op::GuardNotNil
    )
}

/// What a use means for a virtual object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Use {
    /// Its result is the object.
    Name,
    /// It gives a part.
    Load(usize),
    /// It sets a part.
    Store(usize),
    /// It sets a part and gives another shape.
    Grow(usize),
    /// It does nothing.
    Nothing,
    /// Its result is known.
    Known(i64),
    /// Only its snapshot names the object.
    Named,
    /// The object must be there.
    Escape,
}

/// Shapes that a table was given after its template's, with the slots that came with them.
pub(super) type Grown = Vec<(u32, u32)>;

/// An object and its names.
pub(super) struct Object<'a> {
    pub(super) inst: InstId,
    pub(super) names: &'a FastSet<InstId>,
}

impl Object<'_> {
    fn is_it(&self, inst: InstId) -> bool {
        self.names.contains(&inst)
    }

    pub(super) fn parts(&self, func: &Func) -> usize {
        match func.template(self.inst) {
            Some(t) => func.snaps.template(t).inline_capacity as usize,
            None => func.args(self.inst).len(),
        }
    }

    fn shape(&self, func: &Func, grown: &Grown) -> Option<u32> {
        let template = func.template(self.inst)?;
        Some(grown.last().map_or(func.snaps.template(template).shape, |g| g.0))
    }

    /// Whether the object is what runs in an inlined frame around an instruction that writes the links of such frames.
    fn is_callee_around(&self, func: &Func, inst: InstId) -> bool {
        let effects = func.effects(inst);
        let links = effects.may_throw() || effects.may_run_user_code();
        let Some(snap) = func.snapshot(inst).filter(|_| links) else { return false };
        let is_it = |entry: &Entry| match entry.source {
            Source::Inst(callee) => entry.place == Place::Callee && self.is_it(callee),
            Source::Virtual(_) => false,
        };
        func.snaps.chain(snap).any(|s| func.snaps.entries(s).iter().any(is_it))
    }

    pub(super) fn usage(&self, func: &Func, inst: InstId, grown: &Grown) -> Use {
        let args = func.args(inst);
        let mut count = 0;
        func.visit_uses(inst, |arg| count += usize::from(self.is_it(arg)));
        if count == 0 {
            return if self.is_callee_around(func, inst) { Use::Escape } else { Use::Named };
        }
        let op = func.op(inst);
        if matches!(op, Op::SameRef | Op::SameValue) {
            return Use::Known(i64::from(count == 2));
        }
        // A part of itself, or an argument of an edge.
        if count > 1 || !args.first().is_some_and(|&arg| self.is_it(arg)) {
            return Use::Escape;
        }
        let part = |offset: u32| match func.place_index(inst).map(|i| (i + offset) as usize) {
            Some(part) if part < self.parts(func) => Some(part),
            _ => None,
        };
        let made_by = func.op(self.inst);
        let found = match (made_by, op) {
            (_, Op::BoxRef | Op::UnboxRef | Op::AsRef | Op::GuardNotNil)
            | (Op::NewTable, Op::GuardTable)
            | (Op::NewClosure, Op::GuardCallable | Op::GuardClosure) => Some(Use::Name),
            (_, Op::WriteBarrier) => Some(Use::Nothing),
            (_, Op::IsNil) => Some(Use::Known(0)),
            (_, Op::Truthy) => Some(Use::Known(1)),
            (Op::NewTable, Op::GuardShape) => {
                (func.shape(inst) == self.shape(func, grown)).then_some(Use::Name)
            }
            (Op::NewTable, Op::LoadShape) => self.shape(func, grown).map(|s| Use::Known(i64::from(s))),
            (Op::NewTable, Op::LoadSlot) => part(0).map(Use::Load),
            (Op::NewTable, Op::StoreSlot) => part(0).map(Use::Store),
            (Op::NewTable, Op::Transition) => part(0).map(Use::Grow),
            (Op::NewCell, Op::LoadCell) => Some(Use::Load(0)),
            (Op::NewCell, Op::StoreCell) => Some(Use::Store(0)),
            (Op::NewClosure, Op::LoadUpvalue) => part(1).map(Use::Load),
            (Op::NewClosure, Op::ClosureFunction) => Some(Use::Load(0)),
            (Op::NewClosure, Op::GuardFunction) => {
                let function = func.arg(self.inst, 0);
                let is_that = func.op(function) == Op::ConstObject && func.imm(function) == func.imm(inst);
                is_that.then_some(Use::Name)
            }
            _ => None,
        };
        found.unwrap_or(Use::Escape)
    }
}

/// The blocks between an object and its uses.
pub(super) fn live_blocks(func: &Func, dom: &DomTree, home: BlockId, uses: &[InstId]) -> Vec<BlockId> {
    let mut blocks = vec![home];
    let mut is_live: FastSet<BlockId> = FastSet::from_iter([home]);
    let mut stack: Vec<BlockId> = uses.iter().filter_map(|&u| func.block_of(u)).collect();
    while let Some(b) = stack.pop() {
        if is_live.insert(b) {
            blocks.push(b);
            stack.extend_from_slice(dom.preds(b));
        }
    }
    blocks.sort_by_key(|&b| dom.position(b));
    blocks
}
