//! Named slots: the inline ones, and the storage of the further ones.
//!
//! Slot s lies in the table itself if s is below the inline capacity, which the shape fixes; else in the slots storage, of
//! immutable capacity. A reader who raced with growth finds a storage that is too small and takes the value for nil.

use super::hash::{HashObject, HashRef, empty_hash};
use super::{TABLE_HEAD_BYTES, Table, constant_address};
use crate::heap::OutOfMemory;
use crate::heap::mark::Marker;
use crate::mutator::Mutator;
use crate::object::{COLOR_YOUNG, Header, Kind, Word};
#[cfg(debug_assertions)]
use crate::shape::ShapeTable;
use crate::shape::{Shape, SlotKind};
use crate::storage_copy::{copy_words, fill_words};
use crate::string::Str;
use crate::value::{Value, address_to_pointer, pointer_to_address};
use std::ptr::NonNull;
use std::sync::atomic::{
    AtomicU8, AtomicU32, AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};

/// The fixed part of a slots storage; `header.word` is its capacity.
#[repr(C)]
pub(crate) struct SlotsObject {
    pub(crate) header: Header,
    pub(crate) hash: AtomicU64,
}

/// Offset of the slots in a slots storage.
pub(crate) const SLOTS_HEAD_BYTES: usize = size_of::<SlotsObject>();

/// The slots storage of all tables that have neither further slots nor a hash part. It is never written: its `hash` is
/// replaced along with the storage. Zero stands for the shared empty hash part, whose address is no constant.
#[repr(C, align(16))]
struct EmptySlots(SlotsObject);

static EMPTY_SLOTS: EmptySlots = EmptySlots(SlotsObject {
    header: Header {
        kind: Kind::Slots,
        color: AtomicU8::new(COLOR_YOUNG),
        flags: AtomicU8::new(0),
        aux: AtomicU8::new(0),
        word: AtomicU32::new(0),
    },
    hash: AtomicU64::new(0),
});

/// The address of the shared empty storage.
#[inline(always)]
pub(crate) fn empty_slots() -> u64 {
    constant_address(&EMPTY_SLOTS)
}

/// A slots storage.
#[derive(Clone, Copy)]
pub(crate) struct SlotsRef(NonNull<SlotsObject>);

impl SlotsRef {
    #[inline(always)]
    pub(super) fn header(self) -> NonNull<Header> {
        self.0.cast()
    }

    #[inline(always)]
    fn object<'a>(self) -> &'a SlotsObject {
        // SAFETY: a loaded storage pointer refers to a storage that lives as long as it is on a native stack.
        unsafe { self.0.as_ref() }
    }

    #[inline(always)]
    pub(super) fn is_shared_empty(self) -> bool {
        std::ptr::eq(self.0.as_ptr(), &EMPTY_SLOTS.0)
    }

    /// Number of slots.
    #[inline(always)]
    pub(super) fn capacity(self) -> usize {
        self.object().header.word.load(Relaxed) as usize
    }

    #[inline(always)]
    fn words(self) -> *const Word {
        self.0.as_ptr().cast::<u8>().wrapping_add(SLOTS_HEAD_BYTES).cast()
    }

    /// The word of a slot, counted from the first of this storage.
    #[inline(always)]
    pub(super) fn word<'a>(self, i: usize) -> Option<&'a Word> {
        // SAFETY: the storage has `capacity` initialised words behind its head.
        if i < self.capacity() { Some(unsafe { &*self.words().add(i) }) } else { None }
    }

    #[inline(always)]
    fn hash(self) -> HashRef {
        match self.object().hash.load(Acquire) {
            0 => HashRef::empty(),
            // SAFETY: a hash pointer that is not zero refers to a hash part.
            address => HashRef(unsafe { NonNull::new_unchecked(address_to_pointer::<HashObject>(address)) }),
        }
    }

    pub(super) fn size_bytes(self) -> usize {
        if self.is_shared_empty() { 0 } else { SLOTS_HEAD_BYTES + self.capacity() * 8 }
    }
}

impl Table {
    #[inline(always)]
    pub(super) fn slots_ref(self) -> SlotsRef {
        let address = self.object().ext.load(Acquire);
        // SAFETY: the pointer is never null.
        SlotsRef(unsafe { NonNull::new_unchecked(address_to_pointer(address)) })
    }

    #[inline(always)]
    pub(super) fn hash_ref(self) -> HashRef {
        self.slots_ref().hash()
    }

    #[inline(always)]
    pub(super) fn inline_words(self) -> *const Word {
        self.0.as_ptr().cast::<u8>().wrapping_add(TABLE_HEAD_BYTES).cast()
    }

    /// The word of an inline slot. A caller that stores a reference runs the write barrier of the table.
    ///
    /// # Safety
    /// `slot` is below the inline capacity (of the table, or of a shape that the table was seen to have).
    #[inline(always)]
    pub unsafe fn inline_slot<'a>(self, slot: usize) -> &'a Word {
        debug_assert!(slot < self.inline_capacity());
        // SAFETY: as the caller says; the slots are initialised.
        unsafe { &*self.inline_words().add(slot) }
    }

    /// The word of a slot outside the table, counted from the first one there; `None` if the storage is too small. A caller
    /// that stores a reference runs the write barrier of the storage (see [`Table::ext_header`]).
    #[inline(always)]
    pub fn ext_slot<'a>(self, slot: usize) -> Option<&'a Word> {
        self.slots_ref().word(slot)
    }

    /// The header of the slots storage, for the write barrier.
    #[inline(always)]
    pub fn ext_header(self) -> NonNull<Header> {
        self.slots_ref().header()
    }

    /// The slot of an interned key, if the table's shape has one. Its value may be nil.
    #[inline]
    pub fn find_slot(self, heap: &crate::heap::Heap, key: Str) -> Option<u32> {
        heap.shapes().lookup(self.shape_id(), key)
    }

    /// The value of a slot of the table's shape; nil for a number beyond the capacity.
    #[inline(always)]
    pub fn slot_value(self, slot: u32) -> Value {
        let (slot, inline) = (slot as usize, self.inline_capacity());
        if slot < inline {
            // SAFETY: just tested.
            unsafe { self.inline_slot(slot) }.load()
        } else {
            self.ext_slot(slot - inline).map_or(Value::NIL, Word::load)
        }
    }

    /// Sets the value of a slot that the table's shape has, with all that belongs to it: barrier, class assumptions and the
    /// slot's kind.
    #[inline]
    pub fn set_slot(self, m: &mut Mutator, slot: u32, v: Value) {
        // It becomes a class table only in a stop of the world, so not between this and the store.
        if self.is_class() || (m.admit(self.shape_id(), slot, v) && self.is_class()) {
            self.set_class_slot(m, slot, v);
        } else {
            self.store_slot(m, slot, v);
        }
    }

    /// The same for a table that is no class table, where `noted` is a kind that the slot once had, which spares looking.
    #[inline(always)]
    pub fn set_noted(self, m: &mut Mutator, slot: u32, v: Value, noted: SlotKind) {
        if noted.takes(v) {
            self.store_slot(m, slot, v);
        } else {
            self.set_slot(m, slot, v);
        }
    }

    /// Asserts that the slots hold what their kinds say. A literal that is being made has empty ones.
    #[cfg(debug_assertions)]
    pub(super) fn check_kinds(self, shapes: &ShapeTable) {
        let shape = shapes.get(self.shape_id());
        if shape.is_class() || shape.is_dictionary() {
            return;
        }
        for slot in 0..shape.slot_count() {
            let (kind, v) = (shapes.slot_kind(shape, slot), self.slot_value(slot));
            let is_hidden = shape.key_at(slot).is_none();
            assert!(
                is_hidden || v.is_nil() || kind.takes(v),
                "slot {slot} of {shape:?} is {kind:?}, not {v:?}"
            );
        }
    }

    /// What a slot of the table's shape may hold.
    #[inline]
    pub fn slot_kind(self, heap: &crate::heap::Heap, slot: u32) -> SlotKind {
        heap.shapes().slot_kind(heap.shapes().get(self.shape_id()), slot)
    }

    #[cold]
    #[inline(never)]
    fn set_class_slot(self, m: &mut Mutator, slot: u32, v: Value) {
        // Another thread may be about to make it a class table.
        m.admit(self.shape_id(), slot, v);
        let old = self.swap_slot(m, slot, v);
        if old != v && slot < self.shape(m).slot_count() {
            self.break_assumption(m, |shape| shape.break_slot(slot, old.is_nil() != v.is_nil()));
        }
    }

    /// Replaces the value of a slot, with the barrier, and gives what it was: exactly that, so that of several threads each knows
    /// what it has changed.
    fn swap_slot(self, m: &mut Mutator, slot: u32, v: Value) -> Value {
        let (header, word) = if (slot as usize) < self.inline_capacity() {
            (self.header(), self.slot_word(slot))
        } else {
            let slots = self.slots_ref();
            (slots.header(), slots.word(slot as usize - self.inline_capacity()))
        };
        let Some(word) = word else { return v };
        // PERF: a locked exchange costs more than all the rest.
        let old = if m.heap().is_parallel() {
            word.swap(v)
        } else {
            let old = word.load();
            word.store(v);
            old
        };
        if v.is_reference() {
            m.write_barrier(header);
        }
        old
    }

    /// Stores into a slot, with the barrier.
    #[inline]
    pub(super) fn store_slot(self, m: &mut Mutator, slot: u32, v: Value) {
        let (slot, inline) = (slot as usize, self.inline_capacity());
        if slot < inline {
            // SAFETY: just tested.
            unsafe { self.inline_slot(slot) }.store(v);
            if v.is_reference() {
                m.write_barrier(self.header());
            }
        } else {
            let slots = self.slots_ref();
            if let Some(word) = slots.word(slot - inline) {
                word.store(v);
                if v.is_reference() {
                    m.write_barrier(slots.header());
                }
            }
        }
    }

    /// Adds a property as a cached transition says: if the table still has `old_shape` and room for the slot, and if
    /// `new_shape` has not been freed since, it gets that shape and the value. False means that nothing was done, and the
    /// caller takes the general way. `noted` is a kind that the slot once had, which spares looking.
    ///
    /// The two shapes come from [`crate::shape::ShapeTable::transition_for`], so they are not class shapes; `v` is not nil.
    #[inline]
    pub fn add_with_transition(
        self,
        m: &mut Mutator,
        old_shape: u32,
        new_shape: u32,
        slot: u32,
        v: Value,
        noted: SlotKind,
    ) -> bool {
        if !noted.takes(v) && m.heap().shapes().is_alive(new_shape) {
            m.admit(new_shape, slot, v);
        }
        let room = self.inline_capacity() + self.slots_ref().capacity();
        // Whoever remembers the transition does not keep the shape that it leads to alive.
        if self.shape_id() != old_shape || slot as usize >= room || !m.heap().shapes().is_alive(new_shape) {
            return false;
        }
        self.locked_store(m, old_shape, new_shape, slot, v)
    }

    /// Gives the table a shape that has one slot more, or another metatable, with the slot's value, while other threads may be
    /// at it. Nothing is done if one of them has been here first, so that the shape is not the next one any more.
    ///
    /// Who asks for it keeps `new` alive and has seen that the slot's kind takes the value. The change is lost then, and he
    /// looks at the shape again before he stores into the slot once more.
    pub fn transition(self, m: &mut Mutator, new: u32, slot: u32, v: Value) {
        let old = self.shape_id();
        if m.heap().shapes().is_step(old, new) {
            self.locked_store(m, old, new, slot, v);
        }
    }

    /// Stores the value of a new slot, whose kind takes it, then publishes the shape that has it.
    #[inline]
    pub(super) fn locked_store(
        self,
        m: &mut Mutator,
        old_shape: u32,
        new_shape: u32,
        slot: u32,
        v: Value,
    ) -> bool {
        if m.heap().shared.is_parallel() {
            let changed = self.locked(m, || {
                if self.shape_id() != old_shape {
                    return None;
                }
                // The storage that the value is in, if it is not the table itself: others may replace it afterwards.
                let slots = self.ext_header();
                self.slot_word(slot)?.store(v);
                self.set_shape(new_shape);
                Some(slots)
            });
            if let Some(slots) = changed {
                m.write_barrier(self.header());
                m.write_barrier(slots);
            }
            return changed.is_some();
        }
        self.store_slot(m, slot, v);
        self.set_shape(new_shape);
        true
    }

    pub(super) fn slot_word<'a>(self, slot: u32) -> Option<&'a Word> {
        let (slot, inline) = (slot as usize, self.inline_capacity());
        if slot < inline {
            // SAFETY: just tested.
            Some(unsafe { self.inline_slot(slot) })
        } else {
            self.ext_slot(slot - inline)
        }
    }

    /// Adds an interned string key that the table does not have, as a slot or to the hash part. The value is not nil.
    pub(super) fn add_named(
        self,
        m: &mut Mutator,
        key: Str,
        v: Value,
        named: bool,
    ) -> Result<(), OutOfMemory> {
        let is_added = self.add_named_quietly(m, key, v, named);
        if self.is_class() {
            self.break_assumption(m, Shape::break_absence);
        }
        is_added
    }

    fn add_named_quietly(self, m: &mut Mutator, key: Str, v: Value, named: bool) -> Result<(), OutOfMemory> {
        m.note_key(key);
        let slot = self.shape(m).slot_count();
        if !self.shape(m).is_dictionary() {
            // Room first: nothing may allocate between finding the shape and giving it to the table.
            self.ensure_slots(m, slot as usize + 1)?;
            let old = self.shape_id();
            let shape = m.heap().shapes().get(old);
            if shape.slot_count() != slot || (m.heap().is_parallel() && shape.lookup(key).is_some()) {
                // Another thread was here first.
                return self.set_str(m, key, v, named);
            }
            if let Some(new) = m.cached_add_key(old, key, named) {
                if !m.admit(new, slot, v) && self.locked_store(m, old, new, slot, v) {
                    return Ok(());
                }
                // Another thread was here first, or may have been.
                return self.set_str(m, key, v, named);
            }
            self.become_dictionary(m)?;
        }
        self.hash_set(m, key.to_value(), v)
    }

    /// Makes room for at least `count` slots in all.
    pub(super) fn ensure_slots(self, m: &mut Mutator, count: usize) -> Result<(), OutOfMemory> {
        let inline = self.inline_capacity();
        let old_capacity = self.slots_ref().capacity();
        if count <= inline + old_capacity {
            return Ok(());
        }
        // The first growth is to 4 slots (48 bytes), then doubling keeps adding a key O(1).
        let capacity = (old_capacity * 2).max(4).max((count - inline).next_multiple_of(2));
        self.replace_slots(m, capacity)
    }

    /// Gives the table a slots storage of a larger capacity, with the same hash part.
    fn replace_slots(self, m: &mut Mutator, capacity: usize) -> Result<(), OutOfMemory> {
        let size_bytes = SLOTS_HEAD_BYTES + capacity * 8;
        let object = m.alloc_large(Kind::Slots, 0, 0, capacity as u32, size_bytes)?.cast::<SlotsObject>();
        let is_shared = m.heap().is_parallel();
        self.locked(m, || {
            let old = self.slots_ref();
            let kept = old.capacity().min(capacity);
            // SAFETY: the new object has `size_bytes` bytes, of which the header is written; nobody knows it yet.
            unsafe {
                (&raw mut (*object.as_ptr()).hash).write(AtomicU64::new(old.object().hash.load(Relaxed)));
                let words = object.as_ptr().cast::<u8>().add(SLOTS_HEAD_BYTES).cast::<u64>();
                copy_words(old.words().cast(), words, kept, is_shared);
                fill_words(words.add(kept), capacity - kept, Value::NIL.bits());
            }
            // Another thread may have made a larger one.
            if old.is_shared_empty() || old.capacity() < capacity {
                self.object().ext.store(pointer_to_address(object.as_ptr()), Release);
            }
        });
        m.write_barrier(self.header());
        Ok(())
    }

    /// Makes sure that the table has a slots storage of its own, in which a hash part can be published.
    pub(super) fn ensure_own_slots(self, m: &mut Mutator) -> Result<(), OutOfMemory> {
        if self.slots_ref().is_shared_empty() { self.replace_slots(m, 0) } else { Ok(()) }
    }

    /// Publishes a new hash part. The table has a slots storage of its own, which is the result: the caller runs its barrier.
    /// Whoever may be one of several holds the lock.
    pub(super) fn publish_hash(self, hash: HashRef) -> NonNull<Header> {
        let slots = self.slots_ref();
        slots.object().hash.store(pointer_to_address(hash.0.as_ptr()), Release);
        slots.header()
    }
}

/// Visits what a slots storage refers to.
///
/// # Safety
/// `object` is a live slots storage.
#[inline]
pub(crate) unsafe fn trace(object: NonNull<Header>, marker: &mut Marker) {
    let slots = SlotsRef(object.cast());
    let hash = slots.object().hash.load(Relaxed);
    if hash != 0 && hash != empty_hash() {
        marker.visit_object(slots.hash().header());
    }
    // SAFETY: the storage has `capacity` initialised words.
    unsafe { marker.visit_words(slots.words(), slots.capacity()) };
}
