//! Partial scalar replacement: an object that nobody else sees is not made; its parts are results.
//!
//! ```text
//!   before                            after
//!     v1 = new_table t0                 v8 = mul_f64 v6, v6
//!     store_slot v1, v5, 0              v9 = box_f64 v8
//!     poll [s0]     ; names v1          poll [s0]     ; names an object to be made with v5 in slot 0
//!     v7 = load_slot v1, 0              branch v4, b1, b2
//!     v6 = guard_f64 v7               b1 cold:
//!     v8 = mul_f64 v6, v6               v10 = new_table t0
//!     v9 = box_f64 v8                   store_slot v10, v5, 0
//!     branch v4, b1, b2                 v11 = call_value v3(v10)
//!   b1 cold:
//!     v11 = call_value v3(v1)
//! ```
//!
//! A new object is *virtual* as long as it is only loaded from, stored into, asked for what is known of it (its shape, its
//! function, whether it is another one) and named by snapshots, which describe how to make it. Where a block is reached with
//! several contents of a part, that part is a parameter. An instruction of any other kind that uses it is an *escape*: the
//! object is made right before it, with what it holds there, and is real from then on. Where a virtual object meets the real
//! one, it is made at the end of the block from which it comes; that makes the blocks where it is real the least solution of
//! a flow problem: a block is if a predecessor's end is, and a predecessor's end is if any of its successors is.
//!
//! It is done only if that pays: on some path that is not cold the object dies without having been made. Objects are treated
//! one by one; one that another holds has escaped into it, but once that one is gone, its part is a result like others, so
//! whatever was not replaced is looked at again. A variable around a loop that holds a new object in each iteration is an
//! escape here, and taken apart by `split`. Needs dominators; keeps the CFG.

use super::objects::{Grown, Object, ObjectUses, Use, Uses, find_objects, live_blocks};
use super::{FastMap, FastSet, Incoming, Replacements, has_unreachable, incoming_edges, plain};
use crate::ir::builder::Builder;
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId, NewInst};
use crate::ir::ops::Op;
use crate::ir::snapshot::{Part, SnapId, Source, Virtual, VirtualId};
use crate::ir::types::Type;
use runtime::value::Value;

/// Replaces objects by their parts.
pub fn replace_objects(func: &mut Func, dom: &DomTree) -> u32 {
    let mut objects = find_objects(func, dom);
    if objects.is_empty() || has_unreachable(func, dom) {
        return 0;
    }
    let edges = incoming_edges(func);
    let mut changes = 0;
    for _ in 0..ROUNDS_MAX {
        let before = changes;
        let mut uses = Uses::find(func, dom, &objects);
        let mut i = 0;
        while i < objects.len() {
            let plan = Plan::make(func, dom, &edges, objects[i], &uses.of[i]);
            match plan.filter(|plan| plan.pays(func, &uses.of[i])) {
                Some(plan) => {
                    let is_alone = uses.is_alone(func, i);
                    Replacement::new(func, dom, &edges, objects[i], plan).run(func);
                    changes += 1;
                    objects.remove(i);
                    uses.of.remove(i);
                    if i < objects.len() && !is_alone {
                        uses = Uses::find(func, dom, &objects);
                    }
                }
                None => i += 1,
            }
        }
        if changes == before || objects.is_empty() {
            break;
        }
    }
    changes
}

const ROUNDS_MAX: usize = 3;

/// Where an object is real.
struct Plan {
    /// The blocks where the object is of use, in reverse post-order; its own is the first.
    blocks: Vec<BlockId>,
    /// Whether it is real at the beginning of each.
    real_in: Vec<bool>,
    real_out: Vec<bool>,
    /// Whether it is made at the end of each, if it is not real there.
    must_end: Vec<bool>,
    /// Parts that are set, and in which blocks.
    stores: Vec<(BlockId, usize)>,
    /// The uses in each block.
    uses: Vec<Vec<InstId>>,
    names: FastSet<InstId>,
    has_escapes: bool,
    /// Whether each block is the last one of some path where the object is of use.
    is_last: Vec<bool>,
}

impl Plan {
    fn make(func: &Func, dom: &DomTree, edges: &Incoming, inst: InstId, uses: &ObjectUses) -> Option<Plan> {
        let home = func.block_of(inst)?;
        let object = Object { inst, names: &uses.names };
        let blocks = live_blocks(func, dom, home, &uses.insts);
        let position: FastMap<BlockId, usize> = blocks.iter().enumerate().map(|(i, &b)| (b, i)).collect();
        let count = blocks.len();
        let mut plan = Plan {
            real_in: vec![false; count],
            real_out: vec![false; count],
            must_end: vec![false; count],
            stores: Vec::new(),
            uses: vec![Vec::new(); count],
            names: uses.names.clone(),
            has_escapes: false,
            is_last: vec![true; count],
            blocks,
        };
        for &user in &uses.insts {
            plan.uses[*position.get(&func.block_of(user)?)?].push(user);
        }
        let preds = |b: BlockId| edges[b.index()].iter().filter_map(|&(term, _)| func.block_of(term));
        // How the object has grown; on all paths to a block it must be the same.
        let mut grown_out: Vec<Option<Grown>> = vec![None; count];
        let mut grown_in: Vec<Grown> = vec![Grown::new(); count];
        for i in 0..count {
            let mut grown = Grown::new();
            if i > 0 {
                let mut known = preds(plan.blocks[i]).filter_map(|p| grown_out[*position.get(&p)?].as_ref());
                grown = known.next()?.clone();
                if known.any(|other| *other != grown) {
                    return None;
                }
            }
            grown_in[i].clone_from(&grown);
            for &user in &plan.uses[i] {
                match object.usage(func, user, &grown) {
                    Use::Escape => plan.real_out[i] = true,
                    Use::Store(part) => plan.stores.push((plan.blocks[i], part)),
                    Use::Grow(part) => {
                        plan.stores.push((plan.blocks[i], part));
                        grown.push((func.shape(user)?, part as u32));
                    }
                    _ => {}
                }
                if plan.real_out[i] {
                    break;
                }
            }
            plan.has_escapes |= plan.real_out[i];
            grown_out[i] = Some(grown);
        }
        for (&b, grown) in plan.blocks.iter().zip(&grown_in).skip(1) {
            for p in preds(b) {
                let p = *position.get(&p)?;
                plan.is_last[p] = false;
                if grown_out[p].as_ref() != Some(grown) && !plan.real_out[p] {
                    return None;
                }
            }
        }
        let mut is_changed = plan.has_escapes;
        while is_changed {
            is_changed = false;
            for i in 1..count {
                let from: Vec<usize> = preds(plan.blocks[i]).map(|p| position[&p]).collect();
                if !from.iter().any(|&p| plan.real_out[p]) {
                    continue;
                }
                is_changed |= !plan.real_in[i];
                (plan.real_in[i], plan.real_out[i]) = (true, true);
                for p in from.into_iter().filter(|&p| !plan.real_out[p]).collect::<Vec<_>>() {
                    (plan.real_out[p], plan.must_end[p]) = (true, true);
                    is_changed = true;
                }
            }
        }
        Some(plan)
    }

    /// Whether on some path that is not cold the object is never made.
    fn pays(&self, func: &Func, uses: &ObjectUses) -> bool {
        if !self.has_escapes {
            return true;
        }
        let ends = |b: BlockId| {
            func.terminator(b).is_some_and(|t| !matches!(func.op(t), Op::Exit | Op::Throw | Op::Unreachable))
        };
        // Blocks that the object leaves without being of use any more.
        let dies = |i: usize| {
            let b = self.blocks[i];
            self.is_last[i] || func.successors(b).any(|s| !self.blocks.contains(&s) && !func.is_cold(s))
        };
        !uses.insts.is_empty()
            && (0..self.blocks.len()).any(|i| {
                !self.real_out[i] && !func.is_cold(self.blocks[i]) && ends(self.blocks[i]) && dies(i)
            })
    }
}

/// What is known of the object at some place.
#[derive(Clone, Debug)]
enum State {
    Virtual { parts: Vec<InstId>, grown: Grown, id: Option<VirtualId> },
    Real { object: InstId, boxed: InstId },
}

/// A parameter of a block that the object's state needs.
#[derive(Clone, Copy)]
enum Passed {
    Part(usize),
    Object,
}

struct Replacement<'a> {
    dom: &'a DomTree,
    edges: &'a Incoming,
    inst: InstId,
    plan: Plan,
    at_end: FastMap<BlockId, State>,
    passed: Vec<(BlockId, Vec<Passed>)>,
    /// The object and its names from places where it is virtual, which are no instructions any more.
    gone: FastSet<InstId>,
    snaps: FastMap<(SnapId, u32), SnapId>,
    to: Replacements,
    first_parts: Vec<InstId>,
}

impl<'a> Replacement<'a> {
    fn new(
        func: &mut Func,
        dom: &'a DomTree,
        edges: &'a Incoming,
        inst: InstId,
        plan: Plan,
    ) -> Replacement<'a> {
        let first_parts = match func.template(inst) {
            Some(t) => {
                let count = func.snaps.template(t).inline_capacity as usize;
                let nil = Builder::before(func, inst).nil();
                vec![nil; count]
            }
            None => func.args(inst).to_vec(),
        };
        Replacement {
            dom,
            edges,
            inst,
            plan,
            at_end: FastMap::default(),
            passed: Vec::new(),
            gone: FastSet::from_iter([inst]),
            snaps: FastMap::default(),
            to: Replacements::new(func),
            first_parts,
        }
    }

    fn run(mut self, func: &mut Func) {
        for i in 0..self.plan.blocks.len() {
            let b = self.plan.blocks[i];
            let mut state = if i == 0 {
                State::Virtual { parts: self.first_parts.clone(), grown: Grown::new(), id: None }
            } else {
                self.at_start(func, i)
            };
            for user in std::mem::take(&mut self.plan.uses[i]) {
                self.use_of(func, user, &mut state);
            }
            if self.plan.must_end[i]
                && let Some(term) = func.terminator(b)
            {
                self.make_real(func, term, &mut state);
            }
            self.at_end.insert(b, state);
        }
        for (b, list) in std::mem::take(&mut self.passed) {
            for &(term, e) in &self.edges[b.index()] {
                let state = func.block_of(term).and_then(|p| self.at_end.get(&p));
                let more: Vec<InstId> = list
                    .iter()
                    .filter_map(|passed| match (passed, state?) {
                        (Passed::Part(part), State::Virtual { parts, .. }) => Some(parts[*part]),
                        (Passed::Object, State::Real { object, .. }) => Some(*object),
                        _ => None,
                    })
                    .collect();
                let (target, args) = func.edge(term, e);
                let args: Vec<InstId> = args.iter().copied().chain(more).collect();
                func.set_edge(term, e, target, &args);
            }
        }
        for &inst in &self.gone {
            func.remove(inst);
        }
        self.to.apply(func);
    }

    /// The state at the beginning of a block, from the ends of those that lead to it.
    fn at_start(&mut self, func: &mut Func, i: usize) -> State {
        let b = self.plan.blocks[i];
        let mut known: Vec<State> = Vec::new();
        let mut is_header = false;
        for &(term, _) in &self.edges[b.index()] {
            match func.block_of(term).and_then(|p| self.at_end.get(&p)) {
                Some(state) => known.push(state.clone()),
                None => is_header = true,
            }
        }
        let mut states = known.into_iter();
        let mut state = states.next().expect("a block comes after one that leads to it");
        let mut list = Vec::new();
        match &mut state {
            State::Virtual { parts, id, .. } => {
                let mut differ: Vec<usize> = Vec::new();
                if is_header {
                    let stores = self.plan.stores.iter();
                    let inside = stores.filter(|&&(at, _)| self.dom.dominates(b, at)).map(|s| s.1);
                    differ.extend(inside);
                }
                for other in states {
                    if let State::Virtual { parts: others, id: other_id, .. } = other {
                        differ.extend((0..parts.len()).filter(|&p| parts[p] != others[p]));
                        if other_id != *id {
                            *id = None;
                        }
                    }
                }
                differ.sort_unstable();
                differ.dedup();
                for part in differ {
                    parts[part] = func.add_param(b, Type::Value);
                    list.push(Passed::Part(part));
                    *id = None;
                }
            }
            State::Real { object, boxed } => {
                let is_same = |other: State| matches!(other, State::Real { object: o, .. } if o == *object);
                if !states.all(is_same)
                    && let Some(first) = func.first(b)
                {
                    *object = func.add_param(b, func.ty(self.inst));
                    *boxed = func.insert_before(first, plain(Op::BoxRef, Type::Value, &[*object]));
                    list.push(Passed::Object);
                }
            }
        }
        if !list.is_empty() {
            self.passed.push((b, list));
        }
        state
    }

    fn use_of(&mut self, func: &mut Func, user: InstId, state: &mut State) {
        if let State::Virtual { grown, .. } = &*state {
            let object = Object { inst: self.inst, names: &self.plan.names };
            let usage = object.usage(func, user, grown);
            if usage != Use::Escape {
                self.virtual_use(func, user, usage, state);
                return;
            }
            self.make_real(func, user, state);
        }
        let State::Real { object, boxed } = *state else { return };
        let gone = &self.gone;
        let is_boxed = |func: &Func, inst: InstId| func.ty(inst).is_boxed();
        let mut list: Vec<(InstId, InstId)> = Vec::new();
        func.visit_uses(user, |arg| {
            if gone.contains(&arg) {
                list.push((arg, if is_boxed(func, arg) { boxed } else { object }));
            }
        });
        if !list.is_empty() {
            func.rewrite_uses(user, |arg| list.iter().find(|l| l.0 == arg).map_or(arg, |l| l.1));
        }
        if let Some(snap) = func.snapshot(user) {
            let new = self.snapshot(func, snap, Source::Inst(boxed), u32::MAX - boxed.0);
            func.set_snapshot(user, Some(new));
        }
    }

    fn virtual_use(&mut self, func: &mut Func, user: InstId, usage: Use, state: &mut State) {
        let State::Virtual { parts, grown, id } = state else { return };
        match usage {
            Use::Name => {
                self.gone.insert(user);
            }
            Use::Load(part) => {
                let held = self.to.get(parts[part]);
                let value = as_type(func, user, held, func.ty(user));
                self.to.set(user, value);
                func.remove(user);
            }
            Use::Store(part) => {
                parts[part] = self.to.get(func.arg(user, 1));
                *id = None;
                func.remove(user);
            }
            Use::Grow(part) => {
                parts[part] = self.to.get(func.arg(user, 1));
                grown.extend(func.shape(user).map(|shape| (shape, part as u32)));
                *id = None;
                func.remove(user);
            }
            Use::Nothing => func.remove(user),
            Use::Known(k) if func.ty(user) == Type::Bool => super::set_bool(func, user, k != 0),
            Use::Known(k) => super::set_i64(func, user, k),
            Use::Named => {
                let known = match id {
                    Some(known) => *known,
                    None => {
                        let object = self.description(func, parts, grown);
                        let new = func.snaps.add_virtual(object);
                        *id = Some(new);
                        new
                    }
                };
                if let Some(snap) = func.snapshot(user) {
                    let new = self.snapshot(func, snap, Source::Virtual(known), known.0);
                    func.set_snapshot(user, Some(new));
                }
            }
            Use::Escape => {}
        }
    }

    /// How to make the object when frames are rebuilt.
    fn description(&self, func: &Func, parts: &[InstId], grown: &Grown) -> Virtual {
        let is_table = func.op(self.inst) == Op::NewTable;
        // How many values a record has is told by its parts.
        let is_named = |v: InstId| !is_table || func.as_value(v) != Some(Value::NIL);
        let named = parts.iter().enumerate().filter(|(_, v)| is_named(**v));
        let part = |i: usize| if is_table { Part::Slot(i as u32) } else { Part::Value(i as u32) };
        Virtual {
            op: func.op(self.inst),
            imm: func.imm(self.inst),
            shape: grown.last().map(|g| g.0),
            parts: named.map(|(i, &v)| (part(i), Source::Inst(v))).collect(),
        }
    }

    /// The snapshot with another source for what is gone. `key` tells sources apart.
    fn snapshot(&mut self, func: &mut Func, snap: SnapId, source: Source, key: u32) -> SnapId {
        if let Some(&known) = self.snaps.get(&(snap, key)) {
            return known;
        }
        let old = *func.snaps.get(snap);
        let parent = old.parent.map(|parent| self.snapshot(func, parent, source, key));
        let mut entries = func.snaps.entries(snap).to_vec();
        let mut is_changed = parent != old.parent;
        let mut copies: FastMap<VirtualId, VirtualId> = FastMap::default();
        for entry in &mut entries {
            let new = self.source(func, entry.source, source, &mut copies);
            is_changed |= new != entry.source;
            entry.source = new;
        }
        let new = if is_changed { func.snaps.add(old.frame, old.pc, parent, &entries) } else { snap };
        self.snaps.insert((snap, key), new);
        new
    }

    fn source(
        &self,
        func: &mut Func,
        old: Source,
        new: Source,
        copies: &mut FastMap<VirtualId, VirtualId>,
    ) -> Source {
        match old {
            Source::Inst(inst) if self.gone.contains(&inst) => new,
            Source::Inst(_) => old,
            Source::Virtual(id) if Source::Virtual(id) == new => old,
            Source::Virtual(id) => {
                if let Some(&copy) = copies.get(&id) {
                    return Source::Virtual(copy);
                }
                // Only what reaches the object is copied; it is copied first, as objects may refer to each other.
                if !self.reaches(func, id, &mut Vec::new()) {
                    copies.insert(id, id);
                    return old;
                }
                let object = func.snaps.object(id).clone();
                let copy = func.snaps.add_virtual(object.clone());
                copies.insert(id, copy);
                let parts: Vec<(Part, Source)> =
                    object.parts.iter().map(|&(part, s)| (part, self.source(func, s, new, copies))).collect();
                func.snaps.object_mut(copy).parts = parts;
                Source::Virtual(copy)
            }
        }
    }

    fn reaches(&self, func: &Func, id: VirtualId, seen: &mut Vec<VirtualId>) -> bool {
        if seen.contains(&id) {
            return false;
        }
        seen.push(id);
        func.snaps.object(id).parts.iter().any(|(_, source)| match source {
            Source::Inst(inst) => self.gone.contains(inst),
            Source::Virtual(inner) => self.reaches(func, *inner, seen),
        })
    }

    /// Makes the object before an instruction.
    fn make_real(&mut self, func: &mut Func, at: InstId, state: &mut State) {
        let State::Virtual { parts, grown, .. } = &*state else { return };
        let parts: Vec<InstId> = parts.iter().map(|&p| self.to.get(p)).collect();
        let (op, ty, imm, imm2) =
            (func.op(self.inst), func.ty(self.inst), func.imm(self.inst), func.imm2(self.inst));
        let is_table = op == Op::NewTable;
        let args: &[InstId] = if is_table { &[] } else { &parts };
        let object = func.insert_before(at, NewInst { op, ty, args, imm, imm2, snap: None });
        if is_table {
            let is_grown = |slot: usize| grown.iter().any(|g| g.1 as usize == slot);
            for (slot, &part) in parts.iter().enumerate() {
                if !is_grown(slot) && func.as_value(part) != Some(Value::NIL) {
                    let args = [object, part];
                    let new = NewInst { imm: slot as u64, ..plain(Op::StoreSlot, Type::None, &args) };
                    func.insert_before(at, new);
                }
            }
            for &(shape, slot) in grown {
                let args = [object, parts[slot as usize]];
                let new =
                    NewInst { imm: u64::from(shape), imm2: slot, ..plain(Op::Transition, Type::None, &args) };
                func.insert_before(at, new);
            }
        }
        let boxed = func.insert_before(at, plain(Op::BoxRef, Type::Value, &[object]));
        *state = State::Real { object, boxed };
    }
}

/// A part as a load gives it: boxed, unless it is a reference that is wanted.
fn as_type(func: &mut Func, at: InstId, part: InstId, wanted: Type) -> InstId {
    let ty = func.ty(part);
    if ty.fits(wanted) {
        return part;
    }
    let (op, boxed) = match ty {
        Type::I64 => (Op::BoxI64, Type::Num),
        Type::F64 => (Op::BoxF64, Type::Num),
        Type::Bool => (Op::BoxBool, Type::Value),
        _ if wanted.is_ref() => (Op::AsRef, wanted),
        _ => (Op::BoxRef, Type::Value),
    };
    func.insert_before(at, plain(op, boxed, &[part]))
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn a_table_that_only_exits_see_is_not_made() {
        check(
            &["scalar", "dce"],
            "
            template t0 shape #5 slots 2 array 0 any
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 3 { r0 = v9, r1 = v1 }
            b0(v0: value, v1: value):
              v2 = new_table t0
              v9 = box_ref v2
              transition v2, v0, #6, 0
              write_barrier v2, v0
              v3 = guard_shape v2, #6 [s0]
              poll [s0]
              transition v3, v1, #7, 1
              v4 = guard_int v1 [s0]
              v5 = load_slot v2, 0
              return_values v5
            ",
            &expect![[r#"
                template t0 shape #5 slots 2 array 0 any
                virtual o0 new_table t0 shape #6 { slot 0 = v0 }
                virtual o1 new_table t0 shape #7 { slot 0 = v0, slot 1 = v1 }
                snap s0 f0 pc 3 { r0 = v9, r1 = v1 }
                snap s1 f0 pc 3 { r0 = o0, r1 = v1 }
                snap s2 f0 pc 3 { r0 = o1, r1 = v1 }
                b0(v0: value, v1: value):
                  poll [s1]
                  v4 = guard_int v1 [s2]
                  return_values v0
            "#]],
        );
    }

    #[test]
    fn parts_that_differ_are_parameters() {
        check(
            &["scalar", "params", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 3 { r0 = v2 }
            b0(v0: value, v1: bool):
              v2 = new_cell v0
              jump b1
            b1:
              poll [s0]
              v3 = load_cell v2
              v4 = guard_int v3 [s0]
              v5 = add_i64 v4, v4
              v6 = box_i64 v5
              branch v1, b2, b3
            b2:
              store_cell v2, v6
              jump b3
            b3:
              v7 = load_cell v2
              v8 = truthy v7
              branch v8, b1, b4
            b4:
              v9 = load_cell v2
              return_values v9
            ",
            &expect![[r#"
                virtual o0 new_cell { value 0 = v17 }
                snap s0 f0 pc 3 { r0 = v2 }
                snap s1 f0 pc 3 { r0 = o0 }
                b0(v0: value, v1: bool):
                  jump b1(v0)
                b1(v17: value):
                  poll [s1]
                  v4 = guard_int v17 [s1]
                  v5 = add_i64 v4, v4
                  v6 = box_i64 v5
                  branch v1, b2, b3(v17)
                b2:
                  jump b3(v6)
                b3(v18: value):
                  v8 = truthy v18
                  branch v8, b1(v18), b4
                b4:
                  return_values v18
            "#]],
        );
    }

    #[test]
    fn an_object_that_escapes_where_it_is_cold_is_made_there() {
        check(
            &["scalar", "dce"],
            "
            template t0 shape #5 slots 2 array 0 any
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 3 { r0 = v9, r1 = v1 }
            b0(v0: value, v1: value, v10: bool):
              v2 = new_table t0
              v9 = box_ref v2
              store_slot v2, v0, 1
              branch v10, b1, b2
            b1 cold:
              v3: value = call_value v1, v9, to 1 [s0]
              return_values v3
            b2:
              v5 = load_slot v2, 1
              return_values v5
            ",
            &expect![[r#"
                template t0 shape #5 slots 2 array 0 any
                snap s0 f0 pc 3 { r0 = v9, r1 = v1 }
                snap s1 f0 pc 3 { r0 = v18, r1 = v1 }
                b0(v0: value, v1: value, v10: bool):
                  branch v10, b1, b2
                b1 cold:
                  v16 = new_table t0
                  store_slot v16, v0, 1
                  v18 = box_ref v16
                  v3: value = call_value v1, v18, to 1 [s1]
                  return_values v3
                b2:
                  return_values v0
            "#]],
        );
    }

    #[test]
    fn an_object_inside_another_goes_with_it() {
        check(
            &["scalar", "dce"],
            "
            template t0 shape #5 slots 1 array 0 any
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 3 { r0 = v6 }
            b0(v0: value):
              v1 = new_cell v0
              v2 = box_ref v1
              v3 = new_table t0
              store_slot v3, v2, 0
              v6 = box_ref v3
              poll [s0]
              v4 = load_slot v3, 0
              v5: cell = unbox_ref v4
              v7 = load_cell v5
              return_values v7
            ",
            &expect![[r#"
                template t0 shape #5 slots 1 array 0 any
                virtual o0 new_table t0 { slot 0 = v2 }
                virtual o1 new_cell { value 0 = v0 }
                virtual o2 new_table t0 { slot 0 = o1 }
                snap s0 f0 pc 3 { r0 = v6 }
                snap s1 f0 pc 3 { r0 = o0 }
                snap s2 f0 pc 3 { r0 = o2 }
                b0(v0: value):
                  poll [s2]
                  return_values v0
            "#]],
        );
    }

    #[test]
    fn an_object_that_is_returned_stays() {
        check_stays(
            &["scalar"],
            "
            b0(v0: value):
              v1 = new_cell v0
              v2 = box_ref v1
              return_values v2
            ",
        );
    }
}
