//! Promotion: a place that a loop loads and stores is carried in a block parameter, and its loads vanish.
//!
//! ```text
//!   before                          after
//!     jump b1                         v6 = load_global v0, 1
//!   b1:                               jump b1(v6)
//!     v2 = load_global v0, 1        b1(v7: value):
//!     v3 = guard_f64 v2 [s0]          v3 = guard_f64 v7 [s0]
//!     v4 = add_f64 v3, v9             v4 = add_f64 v3, v9
//!     v5 = box_f64 v4                 v5 = box_f64 v4
//!     store_global v0, v5, 1          store_global v0, v5, 1
//!     branch v8, b1, b2               branch v8, b1(v5), b2
//! ```
//!
//! So a global, a captured variable, a field or an element becomes a variable of the loop, and then whatever is true of loop
//! variables is true of it: its guard moves before the loop and its arithmetic is raw. Stores stay, so whoever looks at memory
//! finds it right: exits, other accesses, other goroutines.
//!
//! Object and index must be the same in every iteration, and nothing else in the loop may write the place: no call, no store
//! into what may be the same place. The load before the loop must be safe there: the loop reads or writes the place on its sure
//! path before anything leaves that could be what makes it safe (as in `licm`), or it was accessed before the loop. Outer loops
//! come first, as what they promote needs no promotion inside. At a join the parameter is left out if all edges pass the same;
//! loops inside get one in any case, which `params` removes again. Needs dominators and loops; keeps the CFG.

use super::forward::{may_overlap, place_of};
use super::licm::{is_number_guard, is_poll, sure_path};
use super::{FastMap, Incoming, Replacements, has_unreachable, incoming_edges};
use crate::ir::dom::DomTree;
use crate::ir::effects::{Access, Classes, Index};
use crate::ir::func::{BlockId, Func, InstId, NewInst};
use crate::ir::loops::{LoopForest, LoopId};
use crate::ir::ops::{Class, Op};
use crate::ir::types::Type;

/// Carries places in parameters of the loops that write them.
pub fn promote_places(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    if loops.loops().is_empty() || has_unreachable(func, dom) {
        return 0;
    }
    let accessed = accessed_places(func, dom);
    let edges = incoming_edges(func);
    let mut to = Replacements::new(func);
    let mut changes = 0;
    for id in loops.ids() {
        let Some(end) = loops.preheader(func, dom, id).and_then(|b| func.terminator(b)) else { continue };
        let mut pass = Promotion { dom, loops, id, end, accessed: &accessed, places: Vec::new() };
        if pass.find(func, &to) {
            changes += pass.rename(func, &edges, &mut to);
        }
    }
    to.apply(func);
    changes
}

/// Where places are accessed.
fn accessed_places(func: &Func, dom: &DomTree) -> FastMap<Access, Vec<BlockId>> {
    let mut accessed: FastMap<Access, Vec<BlockId>> = FastMap::default();
    for &b in dom.rpo() {
        for inst in func.insts(b) {
            if let Some(place) = place_of(func, inst).filter(|p| p.class.meets(PROMOTED)) {
                let blocks = accessed.entry(Access { stored: None, ..place }).or_default();
                if blocks.last() != Some(&b) {
                    blocks.push(b);
                }
            }
        }
    }
    accessed
}

/// Places of other classes say something about the rest of their object: a length, a shape, a storage.
const PROMOTED: Classes = Classes::SLOTS
    .or(Classes::EXT_SLOTS)
    .or(Classes::CELL)
    .or(Classes::GLOBAL)
    .or(Classes::RECORD)
    .or(Classes::ELEM_ANY)
    .or(Classes::ELEM_FLOAT)
    .or(Classes::ELEM_INT)
    .or(Classes::ELEM_BOOL);

/// Places of a loop that are looked at; and stores of other places, which are compared with each. Arbitrary.
const PLACES_MAX: usize = 24;

struct Place {
    access: Access,
    /// A load of the place, to be copied.
    load: Option<InstId>,
    is_stored: bool,
    is_safe: bool,
    /// The parameter's type is the load's.
    ty: Type,
}

struct Promotion<'a> {
    dom: &'a DomTree,
    loops: &'a LoopForest,
    id: LoopId,
    /// The preheader's terminator.
    end: InstId,
    accessed: &'a FastMap<Access, Vec<BlockId>>,
    places: Vec<Place>,
}

impl Promotion<'_> {
    fn is_outside(&self, func: &Func, inst: InstId) -> bool {
        func.block_of(inst).is_some_and(|b| !self.loops.contains(self.id, b))
    }

    fn is_invariant(&self, func: &Func, place: &Access) -> bool {
        let index = match place.index {
            Index::Inst(index) => Some(index),
            _ => None,
        };
        place.class.meets(PROMOTED)
            && place.base.into_iter().chain(index).all(|inst| self.is_outside(func, inst))
    }

    /// Finds the places to promote; whether there are any.
    fn find(&mut self, func: &mut Func, to: &Replacements) -> bool {
        let mut writes = Classes::NONE;
        let mut others: Vec<Access> = Vec::new();
        for &b in &self.loops.get(self.id).blocks {
            let is_cold = func.is_cold(b);
            let mut at = func.first(b);
            while let Some(inst) = at {
                at = func.next(inst);
                to.rewrite(func, inst);
                let class = func.op(inst).class();
                let place = place_of(func, inst);
                match (class, place) {
                    (Class::Load | Class::Store, Some(place)) if self.is_invariant(func, &place) => {
                        self.note(func, inst, &place, is_cold, &mut writes);
                    }
                    (Class::Store, Some(place)) if others.len() < PLACES_MAX => others.push(place),
                    _ => writes = writes.or(func.effects(inst).writes),
                }
            }
            if writes.contains(PROMOTED) {
                return false;
            }
        }
        for i in 0..self.places.len() {
            let place = &self.places[i];
            let is_written = place.access.class.meets(writes)
                || others.iter().any(|store| may_overlap(func, &place.access, store))
                || self.places.iter().enumerate().any(|(k, other)| {
                    k != i && other.is_stored && may_overlap(func, &place.access, &other.access)
                });
            if is_written || !place.is_stored {
                self.places[i].load = None;
            }
        }
        self.places.retain(|p| p.load.is_some());
        if self.places.is_empty() {
            return false;
        }
        self.find_safe(func);
        self.places.retain(|p| p.is_safe);
        !self.places.is_empty()
    }

    fn note(&mut self, func: &Func, inst: InstId, place: &Access, is_cold: bool, writes: &mut Classes) {
        let access = Access { stored: None, ..*place };
        let i = match self.places.iter().position(|p| p.access == access) {
            Some(i) => i,
            None if self.places.len() < PLACES_MAX => {
                let new = Place { access, load: None, is_stored: false, is_safe: false, ty: Type::Value };
                self.places.push(new);
                self.places.len() - 1
            }
            None => {
                *writes = writes.or(func.effects(inst).writes);
                return;
            }
        };
        let entry = &mut self.places[i];
        if place.stored.is_some() {
            entry.is_stored = true;
        } else if entry.load.is_none() && !is_cold {
            // The copy has the object itself for its base, which may be of a wider type.
            let fits = place.base.is_none_or(|base| func.ty(base).fits(func.ty(func.arg(inst, 0))));
            if fits {
                (entry.load, entry.ty) = (Some(inst), func.ty(inst));
            }
        }
    }

    /// Marks the places that can be loaded before the loop.
    fn find_safe(&mut self, func: &Func) {
        let preheader = func.block_of(self.end);
        for place in &mut self.places {
            let is_global = place.access.class == Classes::GLOBAL
                && place.access.base.is_some_and(|base| func.op(base) == Op::ConstObject);
            let before = self.accessed.get(&place.access).into_iter().flatten();
            place.is_safe =
                is_global || before.into_iter().any(|&b| preheader.is_some_and(|p| self.dom.dominates(b, p)));
        }
        for b in sure_path(func, self.loops, self.id) {
            for inst in func.insts(b) {
                if let Some(place) = place_of(func, inst) {
                    let access = Access { stored: None, ..place };
                    if let Some(place) = self.places.iter_mut().find(|p| p.access == access) {
                        place.is_safe = true;
                    }
                }
                let effects = func.effects(inst);
                let leaves = effects.may_exit() || effects.may_throw() || effects.may_run_user_code();
                if leaves && !is_poll(effects) && !is_number_guard(func.op(inst)) {
                    return;
                }
            }
        }
    }

    /// Carries the places through the blocks of the loop.
    fn rename(&self, func: &mut Func, edges: &Incoming, to: &mut Replacements) -> u32 {
        let first: Vec<InstId> = self.places.iter().filter_map(|p| self.load_before(func, p)).collect();
        let blocks = &self.loops.get(self.id).blocks;
        // What the places hold at the end of each block, and the blocks with new parameters: which places they are of.
        let mut at_end: FastMap<BlockId, Vec<InstId>> = FastMap::default();
        let mut joined: Vec<(BlockId, Vec<usize>)> = Vec::new();
        let mut changes = 0;
        for (n, &b) in blocks.iter().enumerate() {
            let mut held: Option<Vec<InstId>> = None;
            let mut differ: Vec<usize> = Vec::new();
            for &(term, _) in &edges[b.index()] {
                let known = func.block_of(term).and_then(|p| at_end.get(&p));
                match (known, &held) {
                    _ if n == 0 => differ = (0..first.len()).collect(),
                    // An edge back to a loop inside.
                    (None, _) => differ = (0..first.len()).collect(),
                    (Some(known), None) => held = Some(known.clone()),
                    (Some(known), Some(held)) => {
                        for i in (0..first.len()).filter(|&i| to.get(known[i]) != to.get(held[i])) {
                            if !differ.contains(&i) {
                                differ.push(i);
                            }
                        }
                    }
                }
            }
            let mut held = held.unwrap_or_else(|| first.clone());
            for &i in &differ {
                held[i] = func.add_param(b, self.places[i].ty);
            }
            if !differ.is_empty() {
                joined.push((b, differ));
            }
            changes += self.rename_block(func, b, &mut held, to);
            at_end.insert(b, held);
        }
        for (b, which) in joined {
            for &(term, e) in &edges[b.index()] {
                let held = func.block_of(term).and_then(|p| at_end.get(&p)).unwrap_or(&first);
                let (target, args) = func.edge(term, e);
                let args: Vec<InstId> = args.iter().copied().chain(which.iter().map(|&i| held[i])).collect();
                func.set_edge(term, e, target, &args);
            }
        }
        changes
    }

    fn load_before(&self, func: &mut Func, place: &Place) -> Option<InstId> {
        let load = func.to_new(place.load?);
        let (op, ty, imm, imm2) = (load.op, load.ty, load.imm, load.imm2);
        let mut args = load.args.to_vec();
        if let (Some(arg), Some(base)) = (args.first_mut(), place.access.base) {
            *arg = base;
        }
        Some(func.insert_before(self.end, NewInst { op, ty, args: &args, imm, imm2, snap: None }))
    }

    fn rename_block(&self, func: &mut Func, b: BlockId, held: &mut [InstId], to: &mut Replacements) -> u32 {
        let mut changes = 0;
        let mut at = func.first(b);
        while let Some(inst) = at {
            at = func.next(inst);
            to.rewrite(func, inst);
            let Some(place) = place_of(func, inst) else { continue };
            let access = Access { stored: None, ..place };
            let Some(i) = self.places.iter().position(|p| p.access == access) else { continue };
            match place.stored {
                Some(stored) => held[i] = stored,
                None => {
                    to.set(inst, held[i]);
                    func.remove(inst);
                    changes += 1;
                }
            }
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn a_global_that_a_loop_updates_is_a_variable_of_the_loop() {
        check(
            &["promote", "loop_types", "types", "snapshots", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v3 }
            b0(v0: cell, v1: i64, v2: i64):
              jump b1(v2)
            b1(v3: i64):
              poll [s0]
              v4 = load_global v0, 3
              v5 = guard_f64 v4 [s0]
              v6 = i64_to_f64 v3
              v7 = add_f64 v5, v6
              v8 = box_f64 v7
              store_global v0, v8, 3
              write_barrier v0, v8
              v9 = add_i64 v3, v1
              v10 = icmp v9, v1, lt
              branch v10, b1(v9), b2
            b2:
              v11 = const_value nil
              return_values v11
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v3 }
                snap s1 f0 pc 1 { r1 = v2 }
                b0(v0: cell, v1: i64, v2: i64):
                  v18 = load_global v0, 3
                  v21 = guard_f64 v18 [s1]
                  jump b1(v2, v21)
                b1(v3: i64, v20: f64):
                  poll [s0]
                  v6 = i64_to_f64 v3
                  v7 = add_f64 v20, v6
                  v8 = box_f64 v7
                  store_global v0, v8, 3
                  v9 = add_i64 v3, v1
                  v10 = icmp v9, v1, lt
                  branch v10, b1(v9, v7), b2
                b2:
                  v11 = const_value nil
                  return_values v11
            "#]],
        );
    }

    #[test]
    fn joins_pass_on_what_either_side_stored() {
        check(
            &["promote", "params"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v1 }
            b0(v0: table, v1: value, v2: bool):
              v3 = load_slot v0, 1
              jump b1
            b1:
              poll [s0]
              branch v2, b2, b3
            b2:
              v4 = load_slot v0, 1
              store_slot v0, v1, 1
              store_slot v0, v4, 2
              jump b3
            b3:
              v5 = load_slot v0, 1
              v6 = is_nil v5
              branch v6, b1, b4
            b4:
              return_values v3
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v1 }
                b0(v0: table, v1: value, v2: bool):
                  v3 = load_slot v0, 1
                  v15 = load_slot v0, 1
                  jump b1(v15)
                b1(v16: value):
                  poll [s0]
                  branch v2, b2, b3(v16)
                b2:
                  store_slot v0, v1, 1
                  store_slot v0, v16, 2
                  jump b3(v1)
                b3(v17: value):
                  v6 = is_nil v17
                  branch v6, b1(v17), b4
                b4:
                  return_values v3
            "#]],
        );
    }

    #[test]
    fn what_may_be_stored_by_others_is_loaded_again() {
        check_stays(
            &["promote"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v1 }
            b0(v0: table, v1: value, v2: table):
              jump b1
            b1:
              v3 = load_slot v0, 1
              store_slot v0, v1, 1
              v4 = load_slot v0, 2
              store_slot v2, v4, 1
              v6 = is_nil v3
              branch v6, b1, b4
            b4:
              return_values v3
            ",
        );
    }

    #[test]
    fn a_load_stays_where_only_a_guard_makes_it_safe() {
        check_stays(
            &["promote"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v1 }
            b0(v0: value, v1: value):
              v2: table = unbox_ref v0
              jump b1
            b1:
              v3 = guard_table v0 [s0]
              v4 = load_slot v2, 1
              store_slot v2, v1, 1
              v6 = is_nil v4
              branch v6, b1, b4
            b4:
              return_values v1
            ",
        );
    }
}
