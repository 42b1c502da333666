//! Tables: named slots described by a shape, an array part, and an ordered hash part.
//!
//! ```text
//!   Table  | header: flags, aux = inline capacity, word = shape id | array | ext | inline slots ...
//!   Array  | header: aux = element kind, word = capacity | length | elements from 0 ...       (array.rs)
//!   Slots  | header: word = capacity | hash | further slots ...                               (slots.rs)
//!   Hash   | header: flags, aux = log2 of index size, word = capacity | used | entries | index | graves (hash.rs)
//! ```
//!
//! `array`, `ext` and `hash` are never null: tables without such a part share a constant empty one outside the heap. What
//! describes a storage (kind, capacity) is in the storage and immutable, so a reader that loaded a pointer to it has a
//! consistent view whatever others do. Growing and every change of layout publishes a new storage or shape.
//!
//! Where a key lives: integers `0 ..= length` in the array part; interned strings in the slots, or in the hash part if the
//! shape says dictionary; everything else in the hash part. The hash part never has a value for key `length + 1`, so the
//! length is always a border.
//!
//! All access here is raw; metamethods are the virtual machine's.

pub(crate) mod array;
mod class;
mod elements;
mod get;
mod graves;
pub(crate) mod hash;
pub(crate) mod next;
mod set;
pub(crate) mod slots;
#[cfg(test)]
mod tests;

pub use crate::shape::{ShapeMeta, SlotState};
pub(crate) use array::ArrayObject;
pub use array::{ArrayRef, ElementKind, Floats};
pub(crate) use hash::HashObject;
pub use next::{InvalidKey, QuickStep};
pub(crate) use slots::SlotsObject;

use crate::heap::OutOfMemory;
use crate::heap::mark::Marker;
use crate::mutator::Mutator;
use crate::object::{Header, Kind, Word};
use crate::shape::{INLINE_CAPACITY_MAX, PinnedShape, Shape};
use crate::string::Str;
use crate::value::{TAG_TABLE, Value, pointer_to_address};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};

/// Header flag: a structural change is under way.
pub(crate) const LOCK: u8 = 1;
/// Header flag: others use the table as metatable or `__index`.
const CLASS: u8 = 2;
/// Header flag: the hash part may have integer keys, so appending must look there.
pub(crate) const HASH_INTS: u8 = 4;
/// Header flags: number of traversals that have left the array part and not come to the end, or were given up.
const TRAVERSALS: u8 = TRAVERSALS_ONE * 3;
const TRAVERSALS_ONE: u8 = 8;
/// That many or more, for good.
const TRAVERSALS_MAX: u8 = TRAVERSALS;

/// The fixed part of a table.
#[repr(C)]
pub(crate) struct TableObject {
    pub(crate) header: Header,
    pub(crate) array: AtomicU64,
    pub(crate) ext: AtomicU64,
}

/// Offset of the inline slots in a table.
pub(crate) const TABLE_HEAD_BYTES: usize = size_of::<TableObject>();

/// Inline slots of a table that is made as a dictionary: a metatable may need one.
pub const DICTIONARY_CAPACITY: usize = 1;
/// Inline slots of a table about whose keys nothing is known: 48 bytes in all.
const INLINE_CAPACITY_DEFAULT: usize = 3;

/// A reference to a table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct Table(pub(crate) NonNull<TableObject>);

/// Why a value cannot be stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TableError {
    /// `table index is nil`.
    NilKey,
    /// `table index is NaN`.
    NanKey,
    /// `not enough memory`.
    OutOfMemory,
}

impl From<OutOfMemory> for TableError {
    fn from(_: OutOfMemory) -> TableError {
        TableError::OutOfMemory
    }
}

impl std::fmt::Display for TableError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            TableError::NilKey => "table index is nil",
            TableError::NanKey => "table index is NaN",
            TableError::OutOfMemory => "not enough memory",
        })
    }
}

impl std::error::Error for TableError {}

/// A table literal's layout, ready to make tables from.
#[derive(Clone, Debug)]
pub struct LinkedTemplate {
    /// The shape that has all constant keys of the literal: slot i belongs to key i. For a literal with too many keys or
    /// too many slots for one object it is a shape without keys, and `is_shaped` is false.
    pub shape: PinnedShape,
    /// Whether slot i belongs to key i, so that the values can be stored by slot.
    pub is_shaped: bool,
    /// Number of inline slots.
    pub inline_capacity: u8,
    /// Positional values to reserve room for.
    pub array_len: u32,
    /// Number of constant keys.
    pub key_count: u32,
}

impl Table {
    /// The table as a value.
    #[inline(always)]
    pub fn to_value(self) -> Value {
        Value::from_pointer(TAG_TABLE, self.0)
    }

    /// The table in a value, if it is one.
    #[inline(always)]
    pub fn from_value(v: Value) -> Option<Table> {
        // SAFETY: the tag was tested.
        if v.is_table() { Some(unsafe { Table::from_value_unchecked(v) }) } else { None }
    }

    /// The table in a value.
    ///
    /// # Safety
    /// `v.is_table()` holds.
    #[inline(always)]
    pub unsafe fn from_value_unchecked(v: Value) -> Table {
        // SAFETY: references are never null.
        Table(unsafe { NonNull::new_unchecked(v.pointer_payload()) })
    }

    /// The table's header.
    #[inline(always)]
    pub fn header(self) -> NonNull<Header> {
        self.0.cast()
    }

    #[inline(always)]
    pub(crate) fn object<'a>(self) -> &'a TableObject {
        // SAFETY: a `Table` refers to a live table object, whose fields are atomic.
        unsafe { self.0.as_ref() }
    }

    #[inline(always)]
    fn flags(self) -> u8 {
        self.object().header.flags.load(Relaxed)
    }

    fn set_flags(self, flags: u8) {
        if self.flags() & flags != flags {
            self.object().header.flags.fetch_or(flags, Relaxed);
        }
    }

    fn clear_flags(self, flags: u8) {
        if self.flags() & flags != 0 {
            self.object().header.flags.fetch_and(!flags, Relaxed);
        }
    }

    /// The id of the table's shape.
    #[inline(always)]
    pub fn shape_id(self) -> u32 {
        self.object().header.word.load(Acquire)
    }

    /// Publishes a new shape; the slots are in order already.
    fn set_shape(self, id: u32) {
        self.object().header.word.store(id, Release);
    }

    /// The table's shape. It stays while the table has it; callers do not keep it across an allocation.
    #[inline]
    fn shape(self, m: &Mutator) -> &Shape {
        m.heap().shapes().get(self.shape_id())
    }

    /// Number of slots in the table itself; a constant of the shape too.
    #[inline(always)]
    pub fn inline_capacity(self) -> usize {
        self.object().header.aux.load(Relaxed) as usize
    }

    /// The storages of the table, for inspection.
    #[inline]
    pub fn array(self) -> ArrayRef {
        self.array_ref()
    }

    /// Runs a structural change: alone, if other threads may be at the table. `change` does not allocate in the heap.
    // PERF: `change` stands here once, so that what it calls is inlined into it: 6% of a program that fills hash parts.
    #[inline(always)]
    fn locked<R>(self, m: &Mutator, change: impl FnOnce() -> R) -> R {
        let is_parallel = m.heap().shared.is_parallel();
        if is_parallel {
            self.lock();
        }
        let result = change();
        if is_parallel {
            self.unlock();
        }
        result
    }

    #[cold]
    #[inline(never)]
    fn lock(self) {
        while self.object().header.flags.fetch_or(LOCK, Acquire) & LOCK != 0 {
            std::thread::yield_now();
        }
    }

    #[cold]
    #[inline(never)]
    fn unlock(self) {
        self.object().header.flags.fetch_and(!LOCK, Release);
    }

    /// The metatable.
    #[inline]
    pub fn metatable(self, heap: &crate::heap::Heap) -> Option<Table> {
        match heap.shapes().get(self.shape_id()).meta() {
            ShapeMeta::None => None,
            ShapeMeta::Known(t) => Some(t),
            ShapeMeta::Slot(slot) => Table::from_value(self.slot_value(slot)),
        }
    }

    /// Sets or removes the metatable. A metatable that shapes will know becomes a class table.
    pub fn set_metatable(self, m: &mut Mutator, metatable: Option<Table>) -> Result<(), OutOfMemory> {
        loop {
            let old = self.shape_id();
            if let Some(metatable) = metatable
                && let Some(shape) = m.cached_metatable(old, metatable)
            {
                if self.change_shape(m, old, shape) {
                    return Ok(());
                }
                continue;
            }
            if m.heap().shapes().needs_hidden_slot(old, metatable) {
                let slot_count = self.shape(m).slot_count();
                self.ensure_slots(m, slot_count as usize + 1)?;
                if self.shape_id() != old {
                    continue;
                }
            }
            let change = m.heap().shapes().with_metatable(old, metatable).ok_or(OutOfMemory)?;
            let (shape, hidden_slot) = change;
            let breaks = self.is_class() && self.metatable(m.heap()) != metatable;
            let is_done = match hidden_slot {
                Some(slot) => {
                    let value = metatable.map_or(Value::NIL, Table::to_value);
                    self.locked_store(m, old, shape, slot, value)
                }
                None => self.change_shape(m, old, shape),
            };
            if !is_done {
                // Another thread was here first.
                continue;
            }
            if let (None, Some(metatable)) = (hidden_slot, metatable) {
                if !self.is_class() {
                    m.note_metatable(old, metatable, shape);
                }
                metatable.mark_class(m);
            }
            if breaks {
                self.break_assumption(m, Shape::break_absence);
            }
            return Ok(());
        }
    }

    /// Gives the table another shape with the same slots. False if another thread was here first.
    fn change_shape(self, m: &Mutator, old: u32, new: u32) -> bool {
        self.locked(m, || {
            let is_there = self.shape_id() == old;
            if is_there {
                self.set_shape(new);
            }
            is_there
        })
    }

    /// Asserts that the storages are in order.
    #[cfg(test)]
    pub(crate) fn check_storages(self) {
        let array = self.array_ref();
        assert!(array.is_shared_empty() || array.len() < array.capacity());
        self.hash_ref().check();
    }

    /// Number of bytes that the table and its storages take.
    pub fn size_bytes(self) -> usize {
        let array = self.array_ref();
        TABLE_HEAD_BYTES
            + self.inline_capacity() * 8
            + array.size_bytes()
            + self.slots_ref().size_bytes()
            + self.hash_ref().size_bytes()
    }
}

/// A new table of a shape, with empty storages and nil slots.
#[inline]
fn alloc_table(m: &mut Mutator, shape: u32, inline_capacity: usize) -> Table {
    let size_bytes = TABLE_HEAD_BYTES + inline_capacity * 8;
    let object = m.alloc(Kind::Table, 0, inline_capacity as u8, shape, size_bytes).cast::<TableObject>();
    // SAFETY: the object has `size_bytes` bytes, of which the header is written.
    unsafe {
        (&raw mut (*object.as_ptr()).array).write(AtomicU64::new(array::empty_array()));
        (&raw mut (*object.as_ptr()).ext).write(AtomicU64::new(slots::empty_slots()));
        let slots = object.as_ptr().cast::<u8>().add(TABLE_HEAD_BYTES).cast::<Word>();
        for i in 0..inline_capacity {
            slots.add(i).write(Word::new(Value::NIL));
        }
    }
    Table(object)
}

/// The inline capacity for about `slots` named slots: odd, since a table's size is rounded to 16 bytes.
fn inline_capacity_for(slots: usize) -> usize {
    (slots | 1).min(INLINE_CAPACITY_MAX)
}

impl Mutator {
    /// An empty table. The hints say how many positional values and how many other keys are to come; large ones are taken
    /// as far as there is memory.
    pub fn new_table(&mut self, array_hint: usize, hash_hint: usize) -> Table {
        // More named slots than this are worth storage of their own, which grows as needed.
        const INLINE_HINT_MAX: usize = 15;
        let inline = match hash_hint {
            0 => INLINE_CAPACITY_DEFAULT,
            n => inline_capacity_for(n.min(INLINE_HINT_MAX)),
        };
        let table = self.new_table_inline(inline);
        if array_hint > 0 {
            // A table that could not be given its room ahead gets it, or the error, when it grows.
            let _ = table.reserve_array(self, array_hint, ElementKind::Any);
        }
        table
    }

    /// An empty table with about this many inline slots.
    #[inline]
    pub fn new_table_inline(&mut self, inline_slots: usize) -> Table {
        let inline_capacity = inline_capacity_for(inline_slots);
        let shape = self.heap().shapes().root(inline_capacity);
        alloc_table(self, shape, inline_capacity)
    }

    /// A table that keeps string keys in its hash part from the start.
    pub fn new_dictionary(&mut self) -> Table {
        match self.heap().shapes().dictionary_root(DICTIONARY_CAPACITY) {
            Some(shape) => alloc_table(self, shape, DICTIONARY_CAPACITY),
            None => self.new_table_inline(0),
        }
    }

    /// A table of a shape that has this inline capacity; its slots are nil.
    pub fn new_table_of_shape(&mut self, shape: u32, inline_capacity: usize) -> Table {
        alloc_table(self, shape, inline_capacity)
    }

    /// A table as a literal makes it: its slots are nil.
    #[inline]
    pub fn new_table_from_template(&mut self, template: &LinkedTemplate) -> Table {
        alloc_table(self, template.shape.id(), template.inline_capacity as usize)
    }

    /// Prepares a literal's layout. Its strings become field names.
    pub fn link_template(&mut self, template: &bytecode::module::TableTemplate) -> LinkedTemplate {
        let key_count = template.keys.len();
        let is_shaped = key_count < INLINE_CAPACITY_MAX;
        let inline_capacity = match key_count {
            // A literal without keys is most often an array, or an object that gets its fields later.
            0 => INLINE_CAPACITY_DEFAULT,
            n if is_shaped => inline_capacity_for(n),
            _ => INLINE_CAPACITY_DEFAULT,
        };
        let mut shape = self.heap().shapes().root(inline_capacity);
        let mut is_complete = is_shaped;
        if is_shaped {
            for key in &template.keys {
                // Interning may collect, so each step ends with a shape that is kept.
                let _pin = self.heap().shapes().pin(shape);
                let key: Str = self.field_name(key);
                self.note_key(key);
                match self.heap().shapes().add_key(shape, key, true) {
                    Some(next) => shape = next,
                    None => is_complete = false,
                }
            }
        }
        LinkedTemplate {
            shape: self.heap().shapes().pin(shape),
            is_shaped: is_complete,
            inline_capacity: inline_capacity as u8,
            array_len: template.array_len,
            key_count: key_count as u32,
        }
    }
}

/// Visits what a table refers to.
///
/// # Safety
/// `object` is a live table.
#[inline]
pub(crate) unsafe fn trace(object: NonNull<Header>, marker: &mut Marker) {
    let table = Table(object.cast());
    if !marker.is_minor() {
        marker.heap().shapes().mark(table.shape_id(), marker);
    }
    let array = table.array_ref();
    if !array.is_shared_empty() {
        marker.visit_object(array.header());
    }
    let slots = table.slots_ref();
    if !slots.is_shared_empty() {
        marker.visit_object(slots.header());
    }
    #[cfg(debug_assertions)]
    if !marker.is_minor() {
        table.check_kinds(marker.heap().shapes());
    }
    // SAFETY: a table has `inline_capacity` slots behind its head, all initialised.
    unsafe { marker.visit_words(table.inline_words(), table.inline_capacity()) };
}

/// The address of a constant object outside the heap.
#[inline(always)]
fn constant_address<T>(object: &'static T) -> u64 {
    pointer_to_address(object)
}
