//! Offsets of the fields of heap objects, for code that is generated: from the definitions, so that they cannot disagree.
//!
//! Sizes and offsets that other parts of the design count on are asserted here.

use crate::cell::CellObject;
use crate::closure::{ClosureObject, FunctionObject, NativeObject};
use crate::object::Header;
use crate::rope::{BytesObject, RopeObject};
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
/// The entry address of a native function.
pub const NATIVE_ENTRY: usize = offset_of!(NativeObject, entry);
/// The descriptor of a native function.
pub const NATIVE_DESCRIPTOR: usize = offset_of!(NativeObject, descriptor);
/// Upvalue 0 of a native function.
pub const NATIVE_UPVALUES: usize = size_of::<NativeObject>();
/// The code pointer of a function.
pub const FUNCTION_CODE: usize = offset_of!(FunctionObject, code);
/// The pointer to the constants of a function.
pub const FUNCTION_CONSTANTS: usize = offset_of!(FunctionObject, constants);
/// The pointer to the feedback of a function.
pub const FUNCTION_FEEDBACK: usize = offset_of!(FunctionObject, feedback);
/// The pointer to the proto of a function.
pub const FUNCTION_PROTO: usize = offset_of!(FunctionObject, proto);
/// The list of all functions of the module.
pub const FUNCTION_SIBLINGS: usize = offset_of!(FunctionObject, siblings);
/// The value of a cell.
pub const CELL_VALUE: usize = offset_of!(CellObject, value);
/// Value 0 of a record.
pub const RECORD_VALUES: usize = size_of::<Header>();

const _: () = {
    assert!(size_of::<Header>() == 8);
    assert!(STR_BYTES == 24 && size_of::<BytesObject>() == 24 && size_of::<RopeObject>() == 24);
    assert!(TABLE_SLOTS == 24 && ARRAY_ELEMENTS == 16 && SLOTS_WORDS == 16);
    assert!(size_of::<HashObject>() == 16);
    assert!(CLOSURE_UPVALUES == 16 && size_of::<CellObject>() == 16 && RECORD_VALUES == 8);
};
