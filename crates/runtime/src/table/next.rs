//! Traversal.
//!
//! Order: the array part from 0 on, string keys in insertion order (slots, or the string entries of the hash part), then the
//! other entries of the hash part. A cursor says how far a traversal has come:
//!
//! ```text
//!   bits 62..64 phase: array, slots, string entries, other entries | bits 0..62 place
//!   place of an array cursor: the next index
//!   place of any other cursor: bits 31..62 the array index at which the array phase ended | bits 0..31 next slot or entry
//! ```
//!
//! The table may change meanwhile. Entries that exist all the time are visited exactly once: an integer key that has gone to
//! the array part is found by its dead entry if the array phase had not come to it, and one that has gone to the hash part
//! is passed over if the array phase had. When entries were renumbered, the last key visited tells where to go on.

use super::get::float_to_int;
use super::{Table, hash::HashRef};
use crate::mutator::Mutator;
use crate::shape::ROOT_IDS_END;
use crate::string::Str;
use crate::value::Value;

/// The key given to `next` is not in the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidKey;

impl std::fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("invalid key to 'next'")
    }
}

impl std::error::Error for InvalidKey {}

/// What [`Table::next_quick`] has found.
#[derive(Clone, Copy, Debug)]
pub enum QuickStep {
    /// New cursor, key and value.
    Next(u64, Value, Value),
    /// Nothing is left.
    End,
    /// That takes a longer look.
    Unknown,
}

const ARRAY: u64 = 0;
const SLOTS: u64 = 1;
pub(crate) const STRINGS: u64 = 2;
pub(crate) const OTHERS: u64 = 3;
pub(crate) const PHASE_SHIFT: u32 = 62;
pub(crate) const ENTRY_BITS: u32 = 31;
pub(crate) const ENTRY_MASK: u64 = (1 << ENTRY_BITS) - 1;
/// A larger array index is taken for this one. The top bits of a cursor are then never those of a tagged value, so that a
/// register can hold a cursor: it looks like a float, or like an integer while it is in the array part.
pub(crate) const END_MAX: u64 = (1 << (ENTRY_BITS - 1)) - 1;

/// The array phase ended at index `end`; the next slot or entry is `place`.
fn cursor(phase: u64, end: u64, place: u64) -> u64 {
    phase << PHASE_SHIFT | end.min(END_MAX) << ENTRY_BITS | place
}

impl Table {
    /// The entry after the one with key `key`, the first one for nil; `None` at the end.
    pub fn next(self, m: &mut Mutator, key: Value) -> Result<Option<(Value, Value)>, InvalidKey> {
        let (at, last_key) = self.cursor_after(m, key)?;
        let step = self.step(m, at, last_key);
        if step.is_some_and(|(at, ..)| at >> PHASE_SHIFT != ARRAY) {
            self.note_traversal_by_key();
        }
        Ok(step.map(|(_, k, v)| (k, v)))
    }

    /// The cursor behind a key, and the key in its canonical form.
    fn cursor_after(self, m: &mut Mutator, key: Value) -> Result<(u64, Value), InvalidKey> {
        if key.is_nil() {
            return Ok((0, key));
        }
        let int = key.as_int().or_else(|| key.as_float().and_then(float_to_int));
        let end = self.len() as u64 + 1;
        if let Some(i) = int {
            let array = self.array();
            // An element that was removed from the end is still a place to go on from. A table without an array part of
            // its own has never had element 0.
            if i as u64 <= array.visitable_len() as u64 && !(i == 0 && array.is_shared_empty()) {
                return Ok((i as u64 + 1, key));
            }
            let key = Value::small_int(i).unwrap_or(key);
            let next = self.entry_after(key).ok_or(InvalidKey)?;
            return Ok((cursor(OTHERS, end, next as u64), key));
        }
        if let Some(s) = Str::from_value(key) {
            let s = s.find_interned(m).ok_or(InvalidKey)?;
            if let Some(slot) = self.find_slot(m.heap(), s) {
                return Ok((cursor(SLOTS, end, slot as u64 + 1), s.to_value()));
            }
            let next = self.entry_after(s.to_value()).ok_or(InvalidKey)?;
            return Ok((cursor(STRINGS, end, next as u64), s.to_value()));
        }
        let next = self.entry_after(key).ok_or(InvalidKey)?;
        Ok((cursor(OTHERS, end, next as u64), key))
    }

    /// The number of the entry after the one of a key in its canonical form, which may have been removed.
    fn entry_after(self, key: Value) -> Option<usize> {
        let hash = self.hash_ref();
        hash.find(key).map(|i| i + 1).or_else(|| hash.grave_of(key).map(|grave| grave.next as usize))
    }

    /// The next entry of a traversal: new cursor, key and value. A traversal begins with cursor 0 and key nil, and goes on
    /// with the cursor and the key that it was given last; any other combination gives some entry or none.
    #[inline]
    pub fn next_at(self, m: &mut Mutator, at: u64, last_key: Value) -> Option<(u64, Value, Value)> {
        let step = self.step(m, at, last_key);
        let is_in_array = |at: u64| at >> PHASE_SHIFT == ARRAY;
        match step {
            Some((next, ..)) if is_in_array(at) && !is_in_array(next) => self.begin_traversal(),
            None if !is_in_array(at) => self.end_traversal(),
            _ => {}
        }
        step
    }

    /// As [`Table::next_at`], without counting traversals.
    #[inline]
    pub fn step(self, m: &mut Mutator, at: u64, last_key: Value) -> Option<(u64, Value, Value)> {
        if at >> PHASE_SHIFT == ARRAY {
            let array = self.array_ref();
            let mut i = at;
            while i <= array.len() as u64 {
                let v = self.get_int(m, i as i64);
                if !v.is_nil() {
                    return Some((i + 1, Value::int_unchecked(i as i64), v));
                }
                i += 1;
            }
            return self.next_slot(m, i, 0, Value::NIL);
        }
        self.next_named(m, at, last_key)
    }

    /// Whether all entries are in the array part.
    pub fn is_list(self) -> bool {
        self.shape_id() < ROOT_IDS_END && self.hash_ref().used() == 0
    }

    /// As [`Table::next_at`] for a traversal that has left the array part, where nothing is in the way: no entry was
    /// renumbered. `None`: that takes a longer look.
    #[inline(always)]
    pub fn next_named_quick(self, m: &Mutator, at: u64, last_key: Value) -> Option<(u64, Value, Value)> {
        let (phase, place) = (at >> PHASE_SHIFT, (at & ENTRY_MASK) as usize);
        if place == 0 {
            return None;
        }
        if phase == SLOTS {
            let shape = self.shape(m);
            let is_there = shape.key_at(place as u32 - 1).is_some_and(|k| k.to_value() == last_key);
            let key = shape.key_at(place as u32).filter(|_| is_there)?;
            let v = self.slot_value(place as u32);
            return if v.is_nil() { None } else { Some((at + 1, key.to_value(), v)) };
        }
        let hash = self.hash_ref();
        let used = hash.used();
        if phase == ARRAY || place >= used || hash.at(place - 1).0 != last_key {
            return None;
        }
        for i in place..used {
            // Strings with values are in the hash part only as long as the table has no slots.
            let (key, v) = hash.at(i);
            let is_next = match key.as_small_int() {
                _ if v.is_nil() && key.is_string() => continue,
                _ if v.is_nil() => false,
                Some(k) => phase == OTHERS && (k <= 0 || k as u64 >= (at >> ENTRY_BITS & ENTRY_MASK)),
                None => key.is_string() == (phase == STRINGS),
            };
            if !is_next {
                return None;
            }
            return Some((at + (i - place) as u64 + 1, key, v));
        }
        None
    }

    /// As [`Table::next_at`] behind the array part, with the way out of it and the end: what can be done without an allocation
    /// and without looking far.
    #[inline(always)]
    pub fn next_quick(self, m: &mut Mutator, at: u64, last_key: Value) -> QuickStep {
        if let Some((at, key, v)) = self.next_named_quick(m, at, last_key) {
            return QuickStep::Next(at, key, v);
        }
        let hash = self.hash_ref();
        let (phase, place) = (at >> PHASE_SHIFT, (at & ENTRY_MASK) as usize);
        if hash.has_others() {
            return QuickStep::Unknown;
        }
        if phase == ARRAY {
            if at <= self.array_ref().len() as u64 {
                return QuickStep::Unknown;
            }
            return match self.next_slot(m, at, 0, Value::NIL) {
                Some((at, key, v)) => {
                    self.begin_traversal();
                    QuickStep::Next(at, key, v)
                }
                None => QuickStep::End,
            };
        }
        let shape = self.shape(m);
        let is_end = match phase {
            SLOTS => {
                let key = shape.key_at((place as u32).wrapping_sub(1));
                place == shape.slot_count() as usize
                    && hash.used() == 0
                    && key.is_some_and(|k| k.to_value() == last_key)
            }
            STRINGS => {
                let is_last = place > 0 && place == hash.used() && hash.at(place - 1).0 == last_key;
                is_last && shape.is_dictionary()
            }
            _ => false,
        };
        if !is_end {
            return QuickStep::Unknown;
        }
        self.end_traversal();
        QuickStep::End
    }

    fn next_named(self, m: &mut Mutator, at: u64, last_key: Value) -> Option<(u64, Value, Value)> {
        let (phase, end, place) = (at >> PHASE_SHIFT, at >> ENTRY_BITS & ENTRY_MASK, at & ENTRY_MASK);
        if phase == SLOTS {
            let slot = self.slot_after(m, place, last_key);
            return self.next_slot(m, end, slot, last_key);
        }
        self.next_entry(m, phase, end, place, last_key)
    }

    /// The slot to go on with: `place`, unless the table has gone to dictionary mode and come back meanwhile.
    #[inline]
    fn slot_after(self, m: &Mutator, place: u64, last_key: Value) -> u64 {
        let shape = self.shape(m);
        let Some(key) = Str::from_value(last_key) else { return place };
        if shape.key_at((place as u32).wrapping_sub(1)).is_some_and(|k| k.is_same(key)) {
            return place;
        }
        shape.lookup(key).map_or(place, |slot| slot as u64 + 1)
    }

    fn next_slot(
        self,
        m: &mut Mutator,
        end: u64,
        place: u64,
        last_key: Value,
    ) -> Option<(u64, Value, Value)> {
        let shape = self.shape(m);
        if shape.is_dictionary() {
            // If the table was turned into a dictionary meanwhile, its strings came to the hash part in their order.
            return self.next_entry(m, STRINGS, end, place, last_key);
        }
        for slot in place as u32..shape.slot_count() {
            let v = self.slot_value(slot);
            if let Some(key) = shape.key_at(slot)
                && !v.is_nil()
            {
                return Some((cursor(SLOTS, end, slot as u64 + 1), key.to_value(), v));
            }
        }
        self.next_entry(m, OTHERS, end, 0, Value::NIL)
    }

    /// The slot of the first string from entry `i` on that is a slot now.
    fn slot_from(self, m: &Mutator, hash: HashRef, i: usize) -> Option<u64> {
        let names = (i..hash.used()).filter_map(|i| Str::from_value(hash.at(i).0));
        names.filter_map(|s| self.find_slot(m.heap(), s)).next().map(u64::from)
    }

    fn next_entry(
        self,
        m: &mut Mutator,
        phase: u64,
        end: u64,
        place: u64,
        last_key: Value,
    ) -> Option<(u64, Value, Value)> {
        let hash = self.hash_ref();
        let mut phase = phase;
        let mut i = place_after(hash, place as usize, last_key);
        if phase == STRINGS {
            if !self.shape(m).is_dictionary()
                && let Some(slot) = self.slot_from(m, hash, i)
            {
                // The table has become a class table meanwhile, its strings slots.
                return self.next_slot(m, end, slot, last_key);
            }
            if hash.has_strings() {
                while i < hash.used() {
                    let (key, v) = hash.at(i);
                    i += 1;
                    if key.is_string() && !v.is_nil() {
                        return Some((cursor(STRINGS, end, i as u64), key, v));
                    }
                }
            }
            phase = OTHERS;
            i = if hash.has_others() { 0 } else { hash.used() };
        }
        while i < hash.used() {
            let (key, mut v) = hash.at(i);
            i += 1;
            if key.is_string() {
                continue;
            }
            if let Some(k) = key.as_small_int()
                && k > 0
            {
                if (k as u64) < end {
                    continue;
                }
                if v.is_nil() && k as u64 <= self.len() as u64 {
                    v = self.get_int(m, k);
                }
            }
            if !v.is_nil() {
                return Some((cursor(phase, end, i as u64), key, v));
            }
        }
        None
    }
}

/// The number of the entry to go on with: `place`, if the entry before it is the one visited last.
fn place_after(hash: HashRef, place: usize, last_key: Value) -> usize {
    if place == 0 {
        // Either the phase begins, or a table that was turned into a dictionary before any string was visited.
        return 0;
    }
    if place <= hash.used() && hash.at(place - 1).0 == last_key {
        return place;
    }
    hash.place_behind(last_key, place)
}
