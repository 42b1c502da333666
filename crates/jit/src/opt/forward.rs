//! What is known already: equal computations, guards that were proved, and what places in memory hold; and dead stores.
//!
//! ```text
//!   before                          after
//!   v3 = guard_shape v0, #7         v3 = guard_shape v0, #7
//!   store_slot v3, v1, 0            store_slot v3, v2, 0
//!   v4 = load_slot v0, 0            v7 = call_value v1, to 1
//!   store_slot v3, v2, 0
//!   v7 = call_value v4, to 1
//! ```
//!
//! A walk over the dominator tree carries *facts*: what a place is known to hold, or that a guard that reads memory held. A
//! store ends the facts about places that may be the same one, any other instruction those about the classes that it writes.
//! At a block with several predecessors the facts of its immediate dominator go on, but for the classes that some block
//! between the two writes; loops need nothing more, as a header's dominator is outside and its body lies between.
//!
//! Two accesses of a class are apart if their constant indices differ, if their indices differ by a constant, or if their
//! objects are two allocations (or an allocation and a parameter of the function), or tables of different shapes. A branch on
//! a table's shape proves it where the shape is the one. Upvalues are written only while their
//! closure is made, so no call ends facts about them. Requests to the worker come at any time, so a poll proves nothing.
//!
//! What is loaded from is often itself loaded, behind a guard: `t[i][j]` twice is one chain of loads, guards and lengths. So
//! this pass is `gvn` and `guards` as well, in one walk, else each link of such a chain would need a run of all three; their
//! files tell their parts. They run by themselves where loads can have nothing new.
//!
//! Stores: one that writes what the place is known to hold is dropped, and so is one that is overwritten in the same block
//! before anybody can look: a load that may be of it, a call, or an exit. Needs dominators; takes edges away.

use super::guards::{Conditions, join_nil_guards, same_result};
use super::gvn::ordered_key;
use super::{Key, Replacements, Scoped, entry_condition, same_ref, same_word, set_i64};
use crate::ir::dom::DomTree;
use crate::ir::effects::{Access, Classes, Index, access};
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::imm::Cc;
use crate::ir::ops::{Class, Op};

/// Forwards loads and stores.
pub fn forward_memory(func: &mut Func, dom: &DomTree) -> u32 {
    let mut pass = Pass {
        to: Replacements::new(func),
        facts: Facts::default(),
        known: Scoped::of_insts(func),
        conditions: Conditions::new(func),
        changes: 0,
    };
    let writes = block_writes(func, dom);
    let mut at_end: Vec<Option<Facts>> = vec![None; func.block_count()];
    let mut marks = vec![0; func.block_count()];
    let mut below = vec![0u32; func.block_count()];
    for idom in dom.rpo().iter().filter_map(|&b| dom.idom(b)) {
        below[idom.index()] += 1;
    }
    for (n, &(b, depth)) in dom.walk().iter().enumerate() {
        pass.known.enter(depth);
        pass.conditions.enter(depth);
        pass.facts = match dom.idom(b) {
            Some(idom) => {
                // The last block below takes the facts, the others copy them.
                let left = &mut below[idom.index()];
                *left -= 1;
                let facts = &mut at_end[idom.index()];
                let mut facts = if *left == 0 { facts.take() } else { facts.clone() }.unwrap_or_default();
                facts.end(written_between(dom, &writes, idom, b, &mut marks, n as u32 + 1));
                facts
            }
            None => Facts::default(),
        };
        if let Some((condition, holds)) = entry_condition(func, dom, b) {
            pass.conditions.learn(func, condition, holds);
            if holds {
                pass.learn(func, condition);
            }
        }
        pass.block(func, b);
        let facts = std::mem::take(&mut pass.facts);
        at_end[b.index()] = (below[b.index()] > 0).then_some(facts);
    }
    pass.to.apply_after_walk(func, dom);
    let mut changes = pass.changes + join_nil_guards(func);
    for &b in dom.rpo() {
        changes += remove_overwritten(func, b);
    }
    changes
}

/// Places that lie in tables themselves.
const OF_TABLES: Classes = Classes::SLOTS.or(Classes::EXT).or(Classes::ARRAY);

/// Facts are searched one by one; this bounds the work of a block. Arbitrary.
const FACTS_MAX: usize = 96;

/// What a place holds.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Content {
    Inst(InstId),
    /// The place holds a table's shape, which is this one.
    Shape(u32),
}

#[derive(Clone, Copy, Debug)]
enum Fact {
    Place {
        access: Access,
        content: Content,
    },
    /// An instruction that reads these classes; another one like it would do the same.
    Read {
        reads: Classes,
        key: Key,
        result: InstId,
    },
}

#[derive(Clone, Default, Debug)]
struct Facts(Vec<Fact>);

impl Facts {
    fn add(&mut self, fact: Fact) {
        if self.0.len() >= FACTS_MAX {
            self.0.remove(0);
        }
        self.0.push(fact);
    }

    /// Ends all facts about classes.
    fn end(&mut self, writes: Classes) {
        if !writes.is_empty() {
            self.0.retain(|fact| match fact {
                Fact::Place { access, .. } => !access.class.meets(writes) || access.class == Classes::UPVALUE,
                Fact::Read { reads, .. } => !reads.meets(writes),
            });
        }
    }

    /// Ends the facts that a store may make wrong.
    fn end_place(&mut self, func: &Func, store: &Access) {
        // Two tables that have different shapes at the moment are different.
        let shapes = if store.class.meets(OF_TABLES) { self.shapes() } else { Vec::new() };
        let shape_of = |base: Option<InstId>| shapes.iter().find(|(t, _)| Some(*t) == base).map(|&(_, s)| s);
        let stored = shape_of(store.base);
        self.0.retain(|fact| match fact {
            Fact::Place { access, .. } => {
                !may_overlap(func, access, store)
                    || stored.is_some() && shape_of(access.base).is_some_and(|s| Some(s) != stored)
            }
            Fact::Read { reads, .. } => !reads.meets(store.class),
        });
    }

    /// Ends the facts that a table's transition to another shape may make wrong: those about the new slot and about shapes.
    fn end_transition(&mut self, func: &Func, table: InstId, slot: &Access, writes: Classes) {
        self.end_place(func, slot);
        let before = self.shapes().iter().find(|(t, _)| *t == table).map(|&(_, shape)| shape);
        self.0.retain(|fact| match fact {
            Fact::Place { access, content } if access.class == Classes::SHAPE => match (content, access.base)
            {
                (Content::Shape(shape), Some(t)) if t != table => {
                    before.is_some_and(|before| *shape != before) || are_different_objects(func, t, table)
                }
                _ => false,
            },
            Fact::Place { .. } => true,
            Fact::Read { reads, .. } => !reads.meets(writes),
        });
    }

    /// The tables whose shapes are known.
    fn shapes(&self) -> Vec<(InstId, u32)> {
        let shape = |fact: &Fact| match fact {
            Fact::Place { access: Access { base: Some(t), .. }, content: Content::Shape(shape) } => {
                Some((*t, *shape))
            }
            _ => None,
        };
        self.0.iter().rev().filter_map(shape).collect()
    }

    fn content(&self, place: &Access) -> Option<Content> {
        self.0.iter().rev().find_map(|fact| match fact {
            Fact::Place { access, content } if access.is_same_place(place) => Some(*content),
            _ => None,
        })
    }
}

struct Pass {
    to: Replacements,
    facts: Facts,
    /// Guards that read nothing, and what depends on operands alone.
    known: Scoped<Key, InstId>,
    conditions: Conditions,
    changes: u32,
}

impl Pass {
    fn block(&mut self, func: &mut Func, b: BlockId) {
        let mut at = func.first(b);
        while let Some(inst) = at {
            at = func.next(inst);
            self.to.rewrite(func, inst);
            if self.conditions.visit(func, inst) {
                self.changes += 1;
                continue;
            }
            match (func.op(inst).class(), place_of(func, inst)) {
                (Class::Load, Some(place)) => self.load(func, inst, place),
                (Class::Store, Some(place)) => self.store(func, inst, place),
                (Class::Pure | Class::Field, _) => self.merge(func, inst),
                (Class::Guard, _) if func.effects(inst).reads.is_empty() => self.merge(func, inst),
                (Class::Guard | Class::Probe, _) => self.read(func, inst),
                _ => {
                    let writes = func.effects(inst).writes;
                    match transition_of(func, inst) {
                        Some((table, slot)) => self.facts.end_transition(func, table, &slot, writes),
                        None => self.facts.end(writes),
                    }
                    self.made(func, inst);
                }
            }
        }
    }

    /// A table whose shape was compared in a branch has that shape, if it still has the one that was loaded.
    fn learn(&mut self, func: &Func, condition: InstId) {
        if func.op(condition) != Op::Icmp || func.cc(condition) != Some(Cc::Eq) {
            return;
        }
        let (id, shape) = (func.arg(condition, 0), func.as_i64(func.arg(condition, 1)));
        if func.op(id) == Op::LoadShape
            && let Some(shape) = shape.and_then(|shape| u32::try_from(shape).ok())
            && let place = shape_place(func, func.arg(id, 0))
            && self.facts.content(&place) == Some(Content::Inst(id))
        {
            self.facts.add(Fact::Place { access: place, content: Content::Shape(shape) });
        }
    }

    /// What is equal because its operands have become so.
    fn merge(&mut self, func: &mut Func, inst: InstId) {
        let Some(key) = ordered_key(func, inst) else { return };
        match self.known.get(&key) {
            Some(known) => {
                if func.ty(inst) != crate::ir::types::Type::None {
                    self.to.set(inst, known);
                }
                func.remove(inst);
                self.changes += 1;
            }
            None => {
                self.known.insert(key, inst);
                for &weaker in same_result(key.op) {
                    self.known.insert(Key { op: weaker, imm: 0, ..key }, inst);
                }
            }
        }
    }

    fn load(&mut self, func: &mut Func, inst: InstId, place: Access) {
        match self.facts.content(&place) {
            Some(Content::Inst(known)) if func.ty(known).fits(func.ty(inst)) => {
                self.to.set(inst, known);
                func.remove(inst);
                self.changes += 1;
            }
            Some(Content::Shape(shape)) => {
                set_i64(func, inst, i64::from(shape));
                self.changes += 1;
            }
            _ => self.facts.add(Fact::Place { access: place, content: Content::Inst(inst) }),
        }
    }

    fn store(&mut self, func: &mut Func, inst: InstId, place: Access) {
        let Some(stored) = place.stored else { return };
        let place = Access { stored: None, ..place };
        if let Some(Content::Inst(known)) = self.facts.content(&place)
            && is_droppable(place.class)
            && same_content(func, known, stored)
        {
            func.remove(inst);
            self.changes += 1;
            return;
        }
        self.facts.end_place(func, &place);
        self.facts.add(Fact::Place { access: place, content: Content::Inst(stored) });
    }

    /// A guard or another instruction that reads memory: the same again, as long as nothing was written.
    fn read(&mut self, func: &mut Func, inst: InstId) {
        let reads = func.effects(inst).reads;
        if reads.is_empty() || reads.meets(Classes::POLL) {
            return;
        }
        let is_guard = func.op(inst).class() == Class::Guard;
        let table = (func.op(inst) == Op::GuardShape).then(|| shape_place(func, func.arg(inst, 0)));
        if let (Some(place), Some(shape)) = (table, func.shape(inst)) {
            if self.facts.content(&place) == Some(Content::Shape(shape)) {
                let arg = func.arg(inst, 0);
                self.to.set(inst, arg);
                func.remove(inst);
                self.changes += 1;
            } else {
                self.facts.add(Fact::Place { access: place, content: Content::Shape(shape) });
            }
            return;
        }
        let Some(key) = Key::of(func, inst) else { return };
        let known = self.facts.0.iter().find_map(|fact| match fact {
            Fact::Read { key: other, result, .. } if *other == key => Some(*result),
            _ => None,
        });
        match known {
            Some(result) => {
                if !is_guard || func.ty(inst) != crate::ir::types::Type::None {
                    self.to.set(inst, result);
                }
                func.remove(inst);
                self.changes += 1;
            }
            None => self.facts.add(Fact::Read { reads, key, result: inst }),
        }
    }

    /// What an instruction leaves in memory that is neither load nor store. Which contents a new object has, no effect tells.
    fn made(&mut self, func: &Func, inst: InstId) {
        let place = |class, base, index| Access { class, base: Some(base), index, stored: None };
        match func.op(inst) {
            Op::NewCell => {
                let access = place(Classes::CELL, inst, Index::Whole);
                self.facts.add(Fact::Place { access, content: Content::Inst(func.arg(inst, 0)) });
            }
            Op::NewTable => {
                if let Some(template) = func.template(inst) {
                    let shape = func.snaps.template(template).shape;
                    let access = shape_place(func, inst);
                    self.facts.add(Fact::Place { access, content: Content::Shape(shape) });
                }
            }
            Op::Transition | Op::TransitionExt => {
                let Some((table, slot)) = transition_of(func, inst) else { return };
                if let Some(stored) = slot.stored {
                    let access = Access { stored: None, ..slot };
                    self.facts.add(Fact::Place { access, content: Content::Inst(stored) });
                }
                // Another thread may have been first with a table that it knows: see `Table::transition`.
                let is_new = func.op(table).class() == Class::Alloc;
                if let Some(shape) = func.shape(inst).filter(|_| is_new) {
                    let access = shape_place(func, table);
                    self.facts.add(Fact::Place { access, content: Content::Shape(shape) });
                }
            }
            _ => {}
        }
    }
}

/// The place of a load or store, with the object itself for its base.
pub(super) fn place_of(func: &Func, inst: InstId) -> Option<Access> {
    let place = access(func, inst)?;
    Some(Access { base: place.base.map(|base| same_ref(func, base)), ..place })
}

/// The table of a transition, and the slot that it fills.
fn transition_of(func: &Func, inst: InstId) -> Option<(InstId, Access)> {
    let (class, object) = match func.op(inst) {
        Op::Transition => (Classes::SLOTS, 0),
        Op::TransitionExt => (Classes::EXT_SLOTS, 1),
        _ => return None,
    };
    let base = Some(same_ref(func, func.arg(inst, object)));
    let index = Index::Fixed(func.place_index(inst)?);
    let stored = func.args(inst).last().copied();
    Some((same_ref(func, func.arg(inst, 0)), Access { class, base, index, stored }))
}

fn shape_place(func: &Func, table: InstId) -> Access {
    Access { class: Classes::SHAPE, base: Some(same_ref(func, table)), index: Index::Whole, stored: None }
}

/// Whether a store may change what the other place holds.
pub(super) fn may_overlap(func: &Func, place: &Access, store: &Access) -> bool {
    if !place.may_alias(store) {
        return false;
    }
    if let (Index::Inst(a), Index::Inst(b)) = (place.index, store.index) {
        let ((a, m), (b, n)) = (sum_with_const(func, a), sum_with_const(func, b));
        if a == b && m != n {
            return false;
        }
    }
    match (place.base, store.base) {
        (Some(a), Some(b)) => !are_different_objects(func, a, b),
        _ => true,
    }
}

/// An integer as another one plus a constant; constants are nothing plus themselves.
fn sum_with_const(func: &Func, inst: InstId) -> (Option<InstId>, i64) {
    if let Some(k) = func.as_i64(inst) {
        return (None, k);
    }
    if func.op(inst) == Op::AddI64
        && let Some(k) = func.as_i64(func.arg(inst, 1))
    {
        return (Some(func.arg(inst, 0)), k);
    }
    (Some(inst), 0)
}

fn are_different_objects(func: &Func, a: InstId, b: InstId) -> bool {
    let is_new = |inst: InstId| func.op(inst).class() == Class::Alloc;
    // What existed before the function ran.
    let is_old = |inst: InstId| {
        func.op(inst) == Op::ConstObject
            || func.op(inst) == Op::Param && func.block_of(inst) == Some(func.entry())
    };
    a != b && (is_new(a) && is_new(b) || is_new(a) && is_old(b) || is_old(a) && is_new(b))
}

fn same_content(func: &Func, a: InstId, b: InstId) -> bool {
    a == b || func.ty(a).is_boxed() && func.ty(b).is_boxed() && same_word(func, a) == same_word(func, b)
}

/// Whether a store into the class does no more than to change the place: one of a length also tells that elements came or
/// went, one of a storage publishes what was stored before it.
fn is_droppable(class: Classes) -> bool {
    !class.meets(Classes::LEN | Classes::ARRAY | Classes::SHAPE)
}

/// The classes that each block writes.
fn block_writes(func: &Func, dom: &DomTree) -> Vec<Classes> {
    let mut writes = vec![Classes::NONE; func.block_count()];
    for &b in dom.rpo() {
        for inst in func.insts(b) {
            writes[b.index()] = writes[b.index()].or(func.effects(inst).writes);
        }
    }
    writes
}

/// The classes written on paths from the end of a block's immediate dominator to its beginning.
fn written_between(
    dom: &DomTree,
    writes: &[Classes],
    idom: BlockId,
    b: BlockId,
    marks: &mut [u32],
    mark: u32,
) -> Classes {
    let mut all = Classes::NONE;
    let mut stack: Vec<BlockId> = dom.preds(b).to_vec();
    while let Some(p) = stack.pop() {
        if p != idom && std::mem::replace(&mut marks[p.index()], mark) != mark {
            all = all.or(writes[p.index()]);
            stack.extend_from_slice(dom.preds(p));
        }
    }
    all
}

/// Removes stores that a later one of the same block overwrites before anybody can look.
fn remove_overwritten(func: &mut Func, b: BlockId) -> u32 {
    // Places that are overwritten below without having been looked at.
    let mut doomed: Vec<Access> = Vec::new();
    let mut changes = 0;
    let mut at = func.last(b);
    while let Some(inst) = at {
        at = func.prev(inst);
        let effects = func.effects(inst);
        match (func.op(inst).class(), place_of(func, inst)) {
            (Class::Store, Some(place)) if is_droppable(place.class) => {
                let place = Access { stored: None, ..place };
                if doomed.iter().any(|d| d.is_same_place(&place)) {
                    func.remove(inst);
                    changes += 1;
                } else if doomed.len() < FACTS_MAX {
                    doomed.push(place);
                }
            }
            (Class::Load, Some(place)) => doomed.retain(|d| !may_overlap(func, d, &place)),
            _ if func.op(inst).is_terminator() => {}
            _ if effects.may_exit() || effects.may_throw() || effects.may_run_user_code() => doomed.clear(),
            _ => doomed.retain(|d| !effects.reads.meets(d.class)),
        }
        // A base or index that is defined here names another place above.
        doomed.retain(|d| d.base != Some(inst) && d.index != Index::Inst(inst));
    }
    changes
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn loads_see_stores_of_the_same_place() {
        check(
            &["forward"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: table, v1: value, v2: table):
              v3 = guard_shape v0, #7 [s0]
              store_slot v3, v1, 0
              v4 = load_slot v0, 0
              store_slot v2, v4, 1
              v5 = load_slot v0, 0
              v6 = guard_shape v0, #7 [s0]
              v7 = load_slot v6, 1
              return_values v5, v7
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0 }
                b0(v0: table, v1: value, v2: table):
                  v3 = guard_shape v0, #7 [s0]
                  store_slot v3, v1, 0
                  store_slot v2, v1, 1
                  v7 = load_slot v0, 1
                  return_values v1, v7
            "#]],
        );
    }

    #[test]
    fn tables_of_different_shapes_are_apart() {
        check(
            &["forward"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: table, v1: value, v2: table, v3: table):
              v4 = guard_shape v0, #7 [s0]
              v5 = load_slot v4, 1
              v6 = guard_shape v2, #8 [s0]
              v7 = load_slot v6, 0
              store_slot v6, v1, 1
              v8 = load_slot v4, 1
              transition v6, v1, #9, 2
              v9 = guard_shape v0, #7 [s0]
              v10 = load_slot v2, 0
              store_slot v3, v1, 1
              v11 = load_slot v0, 1
              transition v3, v1, #9, 2
              v12 = guard_shape v0, #7 [s0]
              return_values v8, v10, v11
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0 }
                b0(v0: table, v1: value, v2: table, v3: table):
                  v4 = guard_shape v0, #7 [s0]
                  v5 = load_slot v4, 1
                  v6 = guard_shape v2, #8 [s0]
                  v7 = load_slot v6, 0
                  store_slot v6, v1, 1
                  transition v6, v1, #9, 2
                  store_slot v3, v1, 1
                  v11 = load_slot v0, 1
                  transition v3, v1, #9, 2
                  v12 = guard_shape v0, #7 [s0]
                  return_values v5, v7, v11
            "#]],
        );
    }

    #[test]
    fn a_branch_on_a_shape_proves_it() {
        check(
            &["forward"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: table):
              v1 = load_shape v0
              v2 = const_i64 7
              v3 = icmp v1, v2, eq
              branch v3, b1, b2
            b1:
              v4 = guard_shape v0, #7 [s0]
              v5 = load_slot v4, 0
              return_values v5
            b2:
              v6 = guard_shape v0, #7 [s0]
              v7 = load_slot v6, 0
              return_values v7
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0 }
                b0(v0: table):
                  v1 = load_shape v0
                  v2 = const_i64 7
                  v3 = icmp v1, v2, eq
                  branch v3, b1, b2
                b1:
                  v5 = load_slot v0, 0
                  return_values v5
                b2:
                  v6 = guard_shape v0, #7 [s0]
                  v7 = load_slot v6, 0
                  return_values v7
            "#]],
        );
    }

    #[test]
    fn calls_end_facts() {
        check_stays(
            &["forward"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v1 }
            b0(v0: table, v1: value):
              v2 = guard_shape v0, #7 [s0]
              v3 = load_slot v2, 0
              v4: value = call_value v1, to 1 [s0]
              v5 = guard_shape v0, #7 [s0]
              v6 = load_slot v5, 0
              return_values v3, v4, v6
            ",
        );
    }

    #[test]
    fn a_store_that_is_overwritten_goes_unless_an_exit_sees_it() {
        check(
            &["forward"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v1 }
            b0(v0: table, v1: value, v2: value):
              store_slot v0, v1, 0
              store_slot v0, v2, 0
              v3 = guard_int v1 [s0]
              store_slot v0, v1, 0
              return_values v2
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v1 }
                b0(v0: table, v1: value, v2: value):
                  store_slot v0, v2, 0
                  v3 = guard_int v1 [s0]
                  store_slot v0, v1, 0
                  return_values v2
            "#]],
        );
    }

    #[test]
    fn a_loop_ends_facts_about_what_it_writes() {
        check(
            &["forward"],
            "
            b0(v0: table, v1: value, v2: bool):
              v3 = load_slot v0, 0
              v4 = load_shape v0
              jump b1
            b1:
              v5 = load_slot v0, 0
              v6 = load_shape v0
              store_slot v0, v1, 0
              branch v2, b1, b2
            b2:
              v7 = box_i64 v6
              return_values v3, v5, v7
            ",
            &expect![[r#"
                b0(v0: table, v1: value, v2: bool):
                  v3 = load_slot v0, 0
                  v4 = load_shape v0
                  jump b1
                b1:
                  v5 = load_slot v0, 0
                  store_slot v0, v1, 0
                  branch v2, b1, b2
                b2:
                  v7 = box_i64 v4
                  return_values v3, v5, v7
            "#]],
        );
    }

    #[test]
    fn elements_with_different_indices_are_apart() {
        check(
            &["forward"],
            "
            b0(v0: array, v1: array, v2: i64, v3: value):
              v4 = const_i64 1
              v5 = add_i64 v2, v4
              v6 = load_elem v0, v2
              store_elem v1, v5, v3
              v7 = load_elem v0, v2
              v8 = load_elem v0, v5
              return_values v6, v7, v8
            ",
            &expect![[r#"
                b0(v0: array, v1: array, v2: i64, v3: value):
                  v4 = const_i64 1
                  v5 = add_i64 v2, v4
                  v6 = load_elem v0, v2
                  store_elem v1, v5, v3
                  v8 = load_elem v0, v5
                  return_values v6, v6, v8
            "#]],
        );
    }

    #[test]
    fn others_may_be_first_to_change_a_table_that_they_know() {
        check(
            &["forward"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: table, v1: value):
              v2 = guard_shape v0, #5 [s0]
              transition v2, v1, #6, 0
              v3 = guard_shape v0, #6 [s0]
              v4 = load_slot v3, 0
              return_values v4
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0 }
                b0(v0: table, v1: value):
                  v2 = guard_shape v0, #5 [s0]
                  transition v2, v1, #6, 0
                  v3 = guard_shape v0, #6 [s0]
                  return_values v1
            "#]],
        );
    }

    #[test]
    fn a_new_table_has_the_shape_of_its_template() {
        check(
            &["forward"],
            "
            template t0 shape #5 slots 2 array 0 any
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: value):
              v1 = new_table t0
              v2 = guard_shape v1, #5 [s0]
              transition v2, v0, #6, 0
              v3 = guard_shape v1, #6 [s0]
              v4 = load_slot v3, 0
              v5 = box_ref v3
              return_values v5, v4
            ",
            &expect![[r#"
                template t0 shape #5 slots 2 array 0 any
                snap s0 f0 pc 0 { r0 = v0 }
                b0(v0: value):
                  v1 = new_table t0
                  transition v1, v0, #6, 0
                  v5 = box_ref v1
                  return_values v5, v0
            "#]],
        );
    }

    #[test]
    fn polls_stay() {
        check_stays(
            &["forward"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: value):
              poll [s0]
              poll [s0]
              return_values v0
            ",
        );
    }
}
