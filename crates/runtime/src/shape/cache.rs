//! What a mutator remembers of recent lookups and transitions.

use super::{NO_SLOT, ShapeTable};
use crate::mutator::Mutator;
use crate::string::Str;
use crate::table::Table;
use crate::value::Value;

/// Entries of a [`LookupCache`]; a power of two.
const CACHE_ENTRIES: usize = 256;

/// What an entry of an inline cache says, in the form that its owner gives it. The first value ends with the shape id.
pub type CacheEntry = [Value; 3];

/// Recent lookups of one mutator, for places that meet too many shapes for an inline cache: (shape, key) to slot, or to what
/// an inline cache would say; and recent transitions: (shape, key or metatable) to shape.
pub(crate) struct LookupCache {
    entries: Box<[(u32, u32, u64); CACHE_ENTRIES]>,
    transitions: Box<[(u32, u32, u64); CACHE_ENTRIES]>,
    /// By key; made when a place first asks for it.
    found: Option<Box<[(u64, CacheEntry); CACHE_ENTRIES]>>,
}

impl LookupCache {
    pub(crate) fn new() -> LookupCache {
        let empty = [(0, NO_SLOT, 0); CACHE_ENTRIES];
        LookupCache { entries: Box::new(empty), transitions: Box::new(empty), found: None }
    }

    /// Forgets everything: ids and addresses may be used again after a collection.
    pub(crate) fn clear(&mut self) {
        self.entries.fill((0, NO_SLOT, 0));
        self.transitions.fill((0, NO_SLOT, 0));
        self.found = None;
    }

    /// The shape that a transition leads to, if it was noted.
    #[inline]
    fn transition(&self, shape: u32, key: u64) -> Option<u32> {
        let entry = self.transitions[cache_place(shape, key)];
        if entry.0 == shape && entry.2 == key { Some(entry.1) } else { None }
    }

    fn note_transition(&mut self, shape: u32, key: u64, to: u32) {
        self.transitions[cache_place(shape, key)] = (shape, to, key);
    }

    /// The slot of an interned key in a shape.
    #[inline]
    pub(crate) fn lookup(&mut self, shapes: &ShapeTable, shape: u32, key: Str) -> Option<u32> {
        let bits = key.to_value().bits();
        let entry = &mut self.entries[cache_place(shape, bits)];
        if entry.0 != shape || entry.2 != bits {
            *entry = (shape, shapes.lookup(shape, key).unwrap_or(NO_SLOT), bits);
        }
        if entry.1 == NO_SLOT { None } else { Some(entry.1) }
    }
}

#[inline(always)]
fn cache_place(shape: u32, key: u64) -> usize {
    (shape as usize ^ (key >> 5) as usize) % CACHE_ENTRIES
}

impl Mutator {
    /// What was noted last of a key that tables of a shape were asked for.
    #[inline]
    pub fn found(&self, shape: u32, key: Str) -> Option<CacheEntry> {
        let bits = key.to_value().bits();
        let (noted, entry) = self.caches.lookups.found.as_ref()?[cache_place(shape, bits)];
        (noted == bits && entry[0].small_int_payload() as u32 == shape).then_some(entry)
    }

    /// Notes what tables of a shape give for an interned key. It is forgotten at the next collection.
    pub fn note_found(&mut self, shape: u32, key: Str, entry: CacheEntry) {
        let bits = key.to_value().bits();
        let empty = || Box::new([(0, [Value::NIL; 3]); CACHE_ENTRIES]);
        self.caches.lookups.found.get_or_insert_with(empty)[cache_place(shape, bits)] = (bits, entry);
    }

    /// As [`ShapeTable::add_key`], by way of the cache of recent transitions. Those from class shapes, which happen once,
    /// and those that depend on whether the key is named, are not noted.
    #[inline]
    pub(crate) fn cached_add_key(&mut self, shape: u32, key: Str, named: bool) -> Option<u32> {
        let bits = key.to_value().bits();
        let is_named = named || key.is_field_name();
        if is_named && let Some(to) = self.caches.lookups.transition(shape, bits) {
            return Some(to);
        }
        let to = self.heap().shapes().add_key(shape, key, named)?;
        if is_named && !self.heap().shapes().get(shape).is_class() {
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
        if entry.0 == shape && entry.2 == bits && entry.1 != NO_SLOT { Some(entry.1) } else { None }
    }

    /// The slot of an interned key in a shape, by way of the cache of recent lookups.
    #[inline]
    pub(crate) fn cached_lookup(&mut self, shape: u32, key: Str) -> Option<u32> {
        let shapes: *const ShapeTable = self.heap().shapes();
        // SAFETY: the mutator keeps the heap; the caches lie elsewhere.
        self.caches.lookups.lookup(unsafe { &*shapes }, shape, key)
    }
}
