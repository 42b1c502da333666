//! Class tables, and the ways into and out of dictionary mode.
//!
//! A table that others use as metatable or `__index` gets a shape of its own. From then on callers may rely on the value of
//! one of its slots, or on the absence of keys and on its metatable; whatever breaks that changes `Heap::class_epoch` and
//! is told to whoever listens (`assumption.rs`). So
//! the result of a lookup along a chain of class tables, cached with the receiver's shape and the epoch, needs no walk.
//! A class that breaks its promises again and again is not relied on any more.

use super::{CLASS, Table};
use crate::assumption::Assumption;
use crate::heap::{Heap, OutOfMemory};
use crate::mutator::Mutator;
use crate::shape::{SLOTS_MAX, Shape, ShapeMeta, SlotState};
use crate::string::Str;
use crate::value::Value;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::fence;

impl Table {
    /// Whether the table is a class table.
    #[inline(always)]
    pub fn is_class(self) -> bool {
        self.flags() & CLASS != 0
    }

    /// Makes it a class table. One with very many string keys stays in dictionary mode and is never relied on.
    #[inline]
    pub fn mark_class(self, m: &mut Mutator) {
        if !self.is_class() {
            self.mark_class_slow(m);
        }
    }

    #[cold]
    #[inline(never)]
    fn mark_class_slow(self, m: &mut Mutator) {
        // Nobody is between looking whether it is one and storing into a slot then: who relied on the slot meanwhile would
        // not be told.
        m.stop_to_break(|| self.set_flags(CLASS));
        loop {
            let old = self.shape_id();
            // What may stop the world, or collect, lets other threads change the table.
            m.give_up_kinds(old);
            if self.shape_id() != old {
                continue;
            }
            let shapes = m.heap().shapes();
            if shapes.get(old).is_dictionary() {
                return self.leave_dictionary(m);
            }
            match shapes.class_of(old) {
                Some(class) if !self.change_shape(m, old, class) => {}
                _ => return,
            }
        }
    }

    /// Moves string keys from the hash part to slots of a class shape, if they are not too many.
    fn leave_dictionary(self, m: &mut Mutator) {
        loop {
            // Removed entries come along if a traversal may stand at one of them.
            let is_traversed = self.is_traversed();
            let is_named = |&(key, v): &(Value, Value)| key.is_string() && (!v.is_nil() || is_traversed);
            let count = self.hash_ref().entries().filter(is_named).count();
            if count >= SLOTS_MAX as usize || self.ensure_slots(m, count + 1).is_err() {
                return;
            }
            let old = self.shape_id();
            if !m.heap().shapes().get(old).is_dictionary() {
                // Another thread was here first.
                return;
            }
            let slots = self.ext_header();
            let is_done = self.locked(m, || {
                let hash = self.hash_ref();
                let named = hash.entries().filter(is_named);
                // ROOTED: nothing allocates in the heap, and the hash part holds them.
                let (keys, values): (Vec<Str>, Vec<Value>) =
                    named.filter_map(|(k, v)| Some((Str::from_value(k)?, v))).unzip();
                if self.shape_id() != old || slots != self.ext_header() || keys.len() > count {
                    return false;
                }
                let Some(class) = m.heap().shapes().class_root(old, &keys) else { return true };
                let first = m.heap().shapes().get(class).slot_count() - keys.len() as u32;
                for (slot, v) in (first..).zip(values) {
                    if let Some(word) = self.slot_word(slot) {
                        word.store(v);
                    }
                }
                self.set_shape(class);
                for i in 0..hash.used() {
                    if hash.at(i).0.is_string() {
                        hash.clear_value(i);
                    }
                }
                true
            });
            m.write_barrier(self.header());
            m.write_barrier(slots);
            if is_done {
                return;
            }
        }
    }

    /// Whether it is a dictionary without metatable that nobody has used yet.
    pub(super) fn is_fresh_dictionary(self, m: &Mutator) -> bool {
        let shape = self.shape(m);
        shape.is_dictionary()
            && self.hash_ref().used() == 0
            && shape.slot_count() == 0
            && shape.meta() == ShapeMeta::None
            && !self.is_class()
    }

    /// Moves all named slots to the hash part.
    pub(super) fn become_dictionary(self, m: &mut Mutator) -> Result<(), OutOfMemory> {
        loop {
            let old = self.shape_id();
            // What may stop the world, or collect, lets other threads change the table.
            m.give_up_kinds(old);
            let shape = self.shape(m);
            if shape.is_dictionary() {
                return Ok(());
            }
            let count = shape.slot_count();
            self.reserve_hash(m, count as usize + 1)?;
            if self.shape_id() != old {
                continue;
            }
            let shapes = m.heap().shapes();
            let shape = shapes.get(old);
            // Whoever holds one of the slots, relied on or not, must notice that they are gone.
            let loses_slots = self.is_class() && shape.is_class();
            let dictionary = shapes.dictionary_of(old).ok_or(OutOfMemory)?;
            let storages = self.locked(m, || {
                let hash = self.hash_ref();
                if self.shape_id() != old || hash.capacity() - hash.used() < count as usize {
                    return None;
                }
                // A table may come to a hidden slot on its way: there is room for one in every table.
                let metatable = self.metatable(m.heap());
                for slot in 0..count {
                    // Removed keys come along, so that a traversal that has just removed one finds its way on.
                    if let Some(key) = shape.key_at(slot) {
                        hash.put(key.to_value(), self.slot_value(slot));
                    }
                }
                self.set_shape(dictionary);
                for word in (0..count).filter_map(|slot| self.slot_word(slot)) {
                    word.store(Value::NIL);
                }
                if let (ShapeMeta::Slot(slot), Some(t)) = (shapes.get(dictionary).meta(), metatable)
                    && let Some(word) = self.slot_word(slot)
                {
                    word.store(t.to_value());
                }
                Some([hash.header(), self.header(), self.ext_header()])
            });
            let Some(storages) = storages else { continue };
            for storage in storages {
                m.write_barrier(storage);
            }
            if loses_slots {
                self.break_assumption(m, |_| true);
            }
            return Ok(());
        }
    }

    /// Relies on a slot of a class table having this value as long as the class epoch stays what it is. False if that cannot
    /// be, because the table is no class table, the slot has been seen to change, or it has another value now.
    pub fn rely_on(self, heap: &Heap, slot: u32, value: Value) -> bool {
        // Whatever shape of its own the table gets, the state of the slot is the same.
        heap.shapes().get(self.shape_id()).rely_on(slot) && self.slot_value(slot) == value
    }

    /// Relies on no key being added to or removed from a class table, and on its metatable, as long as the class epoch stays
    /// what it is. False if that cannot be. What is relied on is to be looked at once more after this.
    pub fn rely_on_absence(self, heap: &Heap) -> bool {
        heap.shapes().get(self.shape_id()).rely_on_absence()
    }

    /// What may be assumed of a slot. `Mutable` is final, so a caller may then store into the slot directly, with the
    /// barrier, as long as the value's being nil does not change.
    pub fn slot_state(self, heap: &Heap, slot: u32) -> SlotState {
        heap.shapes().get(self.shape_id()).slot_state(slot)
    }

    /// To be called when the table has changed in a way that `change` tests for: whoever relied on what was before is told,
    /// with the world stopped. Who relied on it before the change could be seen is found by `change`, and who does it
    /// afterwards sees the change: so each first writes and then reads what the other has written.
    pub(super) fn break_assumption(self, m: &mut Mutator, change: impl FnOnce(&Shape) -> bool) {
        fence(SeqCst);
        if change(self.shape(m)) {
            let heap = m.shared_heap().clone();
            m.stop_to_break(|| {
                heap.class_epoch().fetch_add(1, Relaxed);
                heap.assumptions().broken(Assumption::of(self.to_value()));
            });
        }
    }
}
