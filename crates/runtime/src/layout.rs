//! Offsets of the fields of heap objects, for code that is generated: from the definitions, so that they cannot disagree.
//!
//! Sizes and offsets that other parts of the design count on are asserted here.

use crate::cell::CellObject;
use crate::closure::{ClosureObject, FunctionObject, NativeObject};
use crate::heap::Heap;
use crate::heap::block::{SMALL_BYTES_MAX, class_of};
use crate::mutator::Mutator;
use crate::object::Header;
use crate::rope::{BytesObject, RopeObject};
use crate::shape::{FOUND_ENTRIES, FoundEntry};
use crate::string::StrObject;
use crate::table::{ArrayObject, HashObject, SlotsObject, TableObject};
use std::mem::offset_of;

/// The kind byte of any object.
pub const HEADER_KIND: usize = offset_of!(Header, kind);
/// The colour byte, which the write barrier tests.
pub const HEADER_COLOR: usize = offset_of!(Header, color);
/// The flags byte.
pub const HEADER_FLAGS: usize = offset_of!(Header, flags);
/// The kind's own byte: inline capacity of a table, element kind of an array storage.
pub const HEADER_AUX: usize = offset_of!(Header, aux);
/// The kind's own word: shape id of a table, capacity of a storage, hash of a string.
pub const HEADER_WORD: usize = offset_of!(Header, word);

/// The length of a string.
pub const STR_LEN: usize = offset_of!(StrObject, len);
/// The body of a string.
pub const STR_BODY: usize = offset_of!(StrObject, body);
/// Inline bytes of a string.
pub const STR_BYTES: usize = size_of::<StrObject>();

/// The array storage of a table.
pub const TABLE_ARRAY: usize = offset_of!(TableObject, array);
/// The slots storage of a table.
pub const TABLE_EXT: usize = offset_of!(TableObject, ext);
/// Inline slot 0 of a table.
pub const TABLE_SLOTS: usize = size_of::<TableObject>();

/// The length of an array storage.
pub const ARRAY_LEN: usize = offset_of!(ArrayObject, len);
/// Element 0 of an array storage.
pub const ARRAY_ELEMENTS: usize = size_of::<ArrayObject>();

/// The hash part, in a slots storage; 0 if there is none.
pub const SLOTS_HASH: usize = offset_of!(SlotsObject, hash);
/// The first slot of a slots storage.
pub const SLOTS_WORDS: usize = size_of::<SlotsObject>();
/// The number of entries of a hash part (32 bits).
pub const HASH_USED: usize = offset_of!(HashObject, used);

/// The function of a closure.
pub const CLOSURE_FUNCTION: usize = offset_of!(ClosureObject, function);
/// Upvalue 0 of a closure.
pub const CLOSURE_UPVALUES: usize = size_of::<ClosureObject>();
/// The descriptor of a native function.
pub const NATIVE_DESCRIPTOR: usize = offset_of!(NativeObject, descriptor);
/// Upvalue 0 of a native function.
pub const NATIVE_UPVALUES: usize = size_of::<NativeObject>();
/// What machine code calls to call a function.
pub const FUNCTION_ENTRY: usize = offset_of!(FunctionObject, entry);
/// Compiled code for a frame of a function that has begun; 0 if there is none.
pub const FUNCTION_BEGUN: usize = offset_of!(FunctionObject, begun);
/// Number of parameters of a function (16 bits).
pub const FUNCTION_PARAMS: usize = offset_of!(FunctionObject, params);
/// Registers of a frame of a function (16 bits).
pub const FUNCTION_FRAME_SIZE: usize = offset_of!(FunctionObject, frame_size);
/// The value of a cell.
pub const CELL_VALUE: usize = offset_of!(CellObject, value);

/// The payload of a foreign object that is aligned to 8 bytes.
pub const FOREIGN_PAYLOAD: usize = crate::heap::foreign::FOREIGN_HEAD_BYTES;
/// Entry 0 of a hash part: key, then value.
pub const HASH_ENTRIES: usize = crate::table::hash::HASH_HEAD_BYTES;
/// Log2 of the size of a hash part's index is in the header's own byte: up to this the index words have one byte ...
pub const HASH_BYTE_INDEX_LOG_MAX: u8 = crate::table::hash::BYTE_INDEX_LOG_MAX;
/// ... and up to this two bytes, else four.
pub const HASH_SHORT_INDEX_LOG_MAX: u8 = crate::table::hash::SHORT_INDEX_LOG_MAX;
/// The phase of a traversal's cursor begins at this bit.
pub const CURSOR_PHASE_SHIFT: u32 = crate::table::next::PHASE_SHIFT;
/// The phase of keys in the hash part that are no strings, which follows the one of strings there.
pub const CURSOR_OTHERS: u64 = crate::table::next::OTHERS;
const _: () = assert!(crate::table::next::OTHERS == crate::table::next::STRINGS + 1);
/// The number of the next entry in a cursor.
pub const CURSOR_ENTRY_MASK: u64 = crate::table::next::ENTRY_MASK;
/// The index at which the array phase ended begins at this bit of a cursor.
pub const CURSOR_END_SHIFT: u32 = crate::table::next::ENTRY_BITS;
/// It is not larger than this.
pub const CURSOR_END_MAX: u64 = crate::table::next::END_MAX;
/// What keys are multiplied with, after the upper half was mixed into the lower one.
pub const HASH_FACTOR: u64 = crate::table::hash::FACTOR;
/// How far the hash is shifted for its part in index words.
pub const HASH_TAG_SHIFT: u8 = crate::table::hash::TAG_SHIFT;
/// Bytes of an entry of a hash part.
pub const HASH_ENTRY_BYTES: usize = 16;
/// Header flag of an interned string.
pub const STR_INTERNED: u8 = crate::string::STR_INTERNED;
/// The bits of a string's body that are 0 if it is the address of the bytes.
pub const STR_BODY_TAG: u64 = crate::string::BODY_TAG;
/// What these bits are if it is the address of the interned string with the same bytes.
pub const STR_BODY_CANONICAL: u64 = crate::string::BODY_CANONICAL;
/// The header flag of a table whose hash part may have integer keys.
pub const TABLE_HASH_INTS: u8 = crate::table::HASH_INTS;
/// The colour of an object whose stores are to be remembered.
pub const COLOR_OLD: u8 = crate::object::COLOR_OLD;

/// Where, in a mutator, objects of a size are allocated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AllocClass {
    /// Offset of the address of the next free cell.
    pub cursor: usize,
    /// Offset of the end of the free cells.
    pub limit: usize,
    /// Bytes of a cell.
    pub bytes: usize,
}

/// The size class of an object; `None` if it is not allocated from a buffer.
pub fn alloc_class(size_bytes: usize) -> Option<AllocClass> {
    if size_bytes > SMALL_BYTES_MAX {
        return None;
    }
    let (class, bytes) = class_of(size_bytes);
    let cursor = Mutator::buffer_offset(class);
    Some(AllocClass { cursor, limit: cursor + 8, bytes })
}

/// Where, in a mutator, the address of its cache of fields by shape and key is.
pub fn found_cache() -> usize {
    Mutator::found_offset()
}

/// Pairs of entries of that cache; a power of two.
pub const FOUND_PAIRS: usize = FOUND_ENTRIES / 2;
/// Its pair is the shape id xor the key, shifted so far to the right, modulo their number.
pub const FOUND_KEY_SHIFT: u8 = crate::shape::FOUND_KEY_SHIFT;
/// Bytes of an entry.
pub const FOUND_BYTES: usize = size_of::<FoundEntry>();
/// The key of an entry, boxed.
pub const FOUND_KEY: usize = offset_of!(FoundEntry, key);
/// The shape id of an entry (32 bits).
pub const FOUND_SHAPE: usize = offset_of!(FoundEntry, shape);
/// The class epoch as long as which `FOUND_OTHER` holds (32 bits).
pub const FOUND_EPOCH: usize = offset_of!(FoundEntry, epoch);
/// What there is if not in an own slot; the mark if it is not known.
pub const FOUND_OTHER: usize = offset_of!(FoundEntry, other);
/// Positive: where in the table the own slot lies. Negative: the complement of its number in the slots storage. 0: there is none.
pub const FOUND_PLACE: usize = offset_of!(FoundEntry, place);

/// The array storage of tables without one.
pub fn empty_array() -> u64 {
    crate::table::array::empty_array()
}

/// The slots storage of tables without one.
pub fn empty_slots() -> u64 {
    crate::table::slots::empty_slots()
}

/// The hash part of tables without one; a slots storage says 0 for it.
pub fn empty_hash() -> u64 {
    crate::table::hash::empty_hash()
}

/// The address of the class epoch of a heap (32 bits).
pub fn class_epoch(heap: &Heap) -> usize {
    std::ptr::from_ref(heap.class_epoch()).addr()
}

/// The address of the byte that says whether several threads may touch the tables of a heap.
pub fn parallel_flag(heap: &Heap) -> usize {
    std::ptr::from_ref(heap.shared.parallel_flag()).addr()
}

/// The address of a table with the address of the string of each byte.
pub fn byte_strings(heap: &Heap) -> usize {
    heap.strings().byte_strs_address()
}

const _: () = {
    assert!(size_of::<Header>() == 8);
    assert!(STR_BYTES == 24 && size_of::<BytesObject>() == 24 && size_of::<RopeObject>() == 24);
    assert!(TABLE_SLOTS == 24 && ARRAY_ELEMENTS == 16 && SLOTS_WORDS == 16);
    assert!(size_of::<HashObject>() == 16);
    assert!(CLOSURE_UPVALUES == 16 && size_of::<CellObject>() == 16);
};
