//! What a mutator remembers of recent lookups and transitions.

use super::{COMPUTED_SLOTS_MAX, NO_SLOT, ShapeTable, SlotKind};
use crate::mutator::Mutator;
use crate::string::Str;
use crate::table::{Table, TableObject};
use crate::value::Value;
use std::sync::atomic::Ordering::Relaxed;

/// Entries of a [`LookupCache`]; a power of two.
const CACHE_ENTRIES: usize = 256;

/// Entries of the cache for places of many shapes, in pairs; a power of two. With 50 classes of a few fields each, which is many
/// for one place, most keys find room.
pub const FOUND_ENTRIES: usize = 1024;
const _: () = assert!(FOUND_ENTRIES.is_power_of_two());

/// How far a key's word is shifted to be mixed with the shape id: strings lie at least so far apart.
pub const FOUND_KEY_SHIFT: u8 = 5;

/// What tables of a shape give for a key. Machine code reads it.
///
/// An own slot gives its contents; where it is empty, or where there is no own slot, `other` holds as long as the class epoch
/// is the one noted.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct FoundEntry {
    /// The key, boxed; 0 in an entry without contents.
    pub(crate) key: u64,
    pub(crate) shape: u32,
    pub(crate) epoch: u32,
    /// [`Value::MARK`]: unknown.
    pub(crate) other: Value,
    /// Positive: where in the table the slot lies, in bytes. Negative: the complement of the slot's number in the slots storage,
    /// or of [`IN_HOLDER`] and the slot of the table `other`, which machine code takes for a slot that is not there. 0: there is
    /// no slot.
    pub(crate) place: i64,
}

/// Added to the number of a slot that another table has.
const IN_HOLDER: i64 = 1 << 32;

/// What a place of many shapes learns of one of them.
#[derive(Clone, Copy, Debug)]
pub enum Finding {
    /// The table's own slot, and what there is if it is empty, as long as the class epoch lasts; `None` if that is not known.
    Own(u32, Option<Value>),
    /// No slot of the table; this value, as long as the class epoch lasts.
    Constant(Value),
    /// No slot of the table; this slot of another one, as long as the class epoch lasts.
    Holder(Table, u32),
}

const NOTHING_FOUND: FoundEntry = FoundEntry { key: 0, shape: 0, epoch: 0, other: Value::MARK, place: 0 };

/// Above the number of a noted slot: the number of a kind that it has had. What that takes the slot takes for good.
const KIND_SHIFT: u32 = 29;
const SLOT_MASK: u32 = (1 << KIND_SHIFT) - 1;

/// Recent lookups of one mutator, for places that meet too many shapes for an inline cache: (shape, key) to slot, or to what
/// an inline cache would say; and recent transitions: (shape, key or metatable) to shape.
pub(crate) struct LookupCache {
    entries: Box<[(u32, u32, u64); CACHE_ENTRIES]>,
    transitions: Box<[(u32, u32, u64); CACHE_ENTRIES]>,
    /// By shape and key, for places of many shapes. A pair has the newer one first.
    pub(crate) found: Box<[FoundEntry; FOUND_ENTRIES]>,
    has_found: bool,
    /// Anything was noted in the others.
    has_entries: bool,
}

impl LookupCache {
    pub(crate) fn new() -> LookupCache {
        let empty = [(0, NO_SLOT, 0); CACHE_ENTRIES];
        LookupCache {
            entries: Box::new(empty),
            transitions: Box::new(empty),
            found: Box::new([NOTHING_FOUND; FOUND_ENTRIES]),
            has_found: false,
            has_entries: false,
        }
    }

    /// Forgets everything: ids and addresses may be used again after a collection.
    pub(crate) fn clear(&mut self) {
        if self.has_entries {
            self.entries.fill((0, NO_SLOT, 0));
            self.transitions.fill((0, NO_SLOT, 0));
            self.has_entries = false;
        }
        if self.has_found {
            self.found.fill(NOTHING_FOUND);
            self.has_found = false;
        }
    }

    /// The shape that a transition leads to, if it was noted.
    #[inline]
    fn transition(&self, shape: u32, key: u64) -> Option<u32> {
        let entry = self.transitions[cache_place(shape, key)];
        if entry.0 == shape && entry.2 == key { Some(entry.1) } else { None }
    }

    fn note_transition(&mut self, shape: u32, key: u64, to: u32) {
        self.transitions[cache_place(shape, key)] = (shape, to, key);
        self.has_entries = true;
    }

    /// The slot of an interned key in a shape.
    #[inline]
    pub(crate) fn lookup(&mut self, shapes: &ShapeTable, shape: u32, key: Str) -> Option<u32> {
        let bits = key.to_value().bits();
        let entry = &mut self.entries[cache_place(shape, bits)];
        if entry.0 != shape || entry.2 != bits {
            *entry = (shape, shapes.lookup(shape, key).unwrap_or(NO_SLOT), bits);
            self.has_entries = true;
        }
        if entry.1 == NO_SLOT { None } else { Some(entry.1 & SLOT_MASK) }
    }
}

#[inline(always)]
fn cache_place(shape: u32, key: u64) -> usize {
    // Shapes that follow each other get keys that lie beside each other: a factor keeps such pairs apart.
    (shape as usize * 37 + (key >> 5) as usize) % CACHE_ENTRIES
}

/// The first of the two entries that a key of a shape may have.
#[inline(always)]
fn found_place(shape: u32, key: u64) -> usize {
    (shape as usize ^ (key >> FOUND_KEY_SHIFT) as usize) % (FOUND_ENTRIES / 2) * 2
}

impl Mutator {
    /// The own slot of an interned key, if it was noted of the table's shape.
    #[inline]
    pub fn found_slot(&self, t: Table, key: Str) -> Option<u32> {
        let e = self.found_entry(t.shape_id(), key)?;
        match e.place {
            0 => None,
            place if place > 0 => Some(((place as usize - size_of::<TableObject>()) / 8) as u32),
            place if !place < IN_HOLDER => Some(!place as u32 + t.inline_capacity() as u32),
            _ => None,
        }
    }

    #[inline(always)]
    fn found_entry(&self, shape: u32, key: Str) -> Option<&FoundEntry> {
        let bits = key.to_value().bits();
        let at = found_place(shape, bits);
        let pair = &self.caches.lookups.found[at..at + 2];
        pair.iter().find(|e| e.key == bits && e.shape == shape)
    }

    /// What a table has for an interned key, if that was noted of its shape and still holds; nil if it is known to be absent.
    /// Machine code does the same (`jit/stubs.rs`).
    #[inline]
    pub fn found(&self, t: Table, key: Str) -> Option<Value> {
        let e = self.found_entry(t.shape_id(), key)?;
        let holds = e.epoch == self.heap().class_epoch().load(Relaxed);
        let own = match self.found_slot(t, key) {
            Some(slot) => t.slot_value(slot),
            None if e.place == 0 => Value::NIL,
            None => {
                let v = Table::from_value(e.other).filter(|_| holds)?.slot_value(!e.place as u32);
                return if v.is_nil() { None } else { Some(v) };
            }
        };
        if !own.is_nil() {
            return Some(own);
        }
        (holds && e.other != Value::MARK).then_some(e.other)
    }

    /// Notes what tables of `shape`, one of which is `t`, give for an interned key, as was found while the class epoch was
    /// `epoch`. It is forgotten at the next collection.
    pub fn note_found(&mut self, t: Table, shape: u32, epoch: u32, key: Str, finding: Finding) {
        let key = key.to_value().bits();
        let inline = t.inline_capacity();
        let (place, other) = match finding {
            Finding::Own(slot, other) => {
                let other = other.unwrap_or(Value::MARK);
                match (slot as usize).checked_sub(inline) {
                    None => ((size_of::<TableObject>() + slot as usize * 8) as i64, other),
                    Some(further) => (!(further as i64), other),
                }
            }
            Finding::Constant(v) => (0, v),
            Finding::Holder(holder, slot) => (!(IN_HOLDER | i64::from(slot)), holder.to_value()),
        };
        let at = found_place(shape, key);
        let cache = &mut self.caches.lookups;
        cache.has_found = true;
        let first = cache.found[at];
        if first.key != key || first.shape != shape {
            cache.found[at + 1] = first;
        }
        cache.found[at] = FoundEntry { key, shape, epoch, other, place };
    }

    /// As [`ShapeTable::add_key`], by way of the cache of recent transitions. Those from class shapes, which happen once,
    /// and those of shapes with so many keys that it depends on whether the key is named, are not noted. The caller has noted
    /// the key.
    #[inline]
    pub(crate) fn cached_add_key(&mut self, shape: u32, key: Str, named: bool) -> Option<u32> {
        let bits = key.to_value().bits();
        let is_settled =
            named || key.is_field_name() || self.heap().shapes().get(shape).slot_count() < COMPUTED_SLOTS_MAX;
        if is_settled && let Some(to) = self.caches.lookups.transition(shape, bits) {
            return Some(to);
        }
        let to = self.heap().shapes().add_key(shape, key, named)?;
        if is_settled && !self.heap().shapes().get(shape).is_class() {
            self.caches.lookups.note_transition(shape, bits, to);
        }
        Some(to)
    }

    /// The shape that a table of `shape` gets with a metatable, if that was noted by [`Mutator::note_metatable`].
    #[inline]
    pub(crate) fn cached_metatable(&self, shape: u32, metatable: Table) -> Option<u32> {
        self.caches.lookups.transition(shape, metatable.to_value().bits())
    }

    /// Notes that all that is to be done to give a table of `shape` this metatable is to give it the shape `to`.
    pub(crate) fn note_metatable(&mut self, shape: u32, metatable: Table, to: u32) {
        self.caches.lookups.note_transition(shape, metatable.to_value().bits(), to);
    }

    /// The slot of an interned key in a shape, if a recent lookup has found one: the shape itself is not looked at.
    #[inline(always)]
    pub(crate) fn noted_slot(&self, shape: u32, key: Str) -> Option<u32> {
        let bits = key.to_value().bits();
        let entry = self.caches.lookups.entries[cache_place(shape, bits)];
        if entry.0 == shape && entry.2 == bits && entry.1 != NO_SLOT {
            Some(entry.1 & SLOT_MASK)
        } else {
            None
        }
    }

    /// Whether a slot that tables of a shape have for a key takes a value as it is. The cache of recent lookups notes its kind.
    #[inline(always)]
    pub(crate) fn slot_takes(&mut self, shape: u32, key: Str, slot: u32, v: Value) -> bool {
        let bits = key.to_value().bits();
        let entry = self.caches.lookups.entries[cache_place(shape, bits)];
        let is_noted = entry.0 == shape && entry.2 == bits && entry.1 & SLOT_MASK == slot;
        is_noted && SlotKind::from_number(u64::from(entry.1 >> KIND_SHIFT)).takes(v)
            || self.slot_takes_slow(shape, key, slot, v)
    }

    #[inline(never)]
    fn slot_takes_slow(&mut self, shape: u32, key: Str, slot: u32, v: Value) -> bool {
        let shapes = self.heap().shapes();
        let kind = shapes.slot_kind(shapes.get(shape), slot);
        let bits = key.to_value().bits();
        let entry = &mut self.caches.lookups.entries[cache_place(shape, bits)];
        if entry.0 == shape && entry.2 == bits && entry.1 & SLOT_MASK == slot {
            entry.1 = (kind as u32) << KIND_SHIFT | slot;
        }
        kind.takes(v)
    }

    /// The slot of an interned key in a shape, by way of the cache of recent lookups.
    #[inline]
    pub(crate) fn cached_lookup(&mut self, shape: u32, key: Str) -> Option<u32> {
        let shapes: *const ShapeTable = self.heap().shapes();
        // SAFETY: the mutator keeps the heap; the caches lie elsewhere.
        self.caches.lookups.lookup(unsafe { &*shapes }, shape, key)
    }
}
