//! The slow parts of single ops, as functions that machine code calls.
//!
//! Helpers (`ir/helpers.rs`) are whole operations of the language and belong to the virtual machine; what is here completes
//! one op of the IR and needs no more than a mutator: memory, strings, hash parts, floats that the processor lacks an
//! instruction for. Words are raw: addresses of objects without tag, values boxed.
//!
//! None of them throws. Those that take a mutator may collect: the caller has published its frame.

use crate::ir::imm::Fcc;
use bytecode::arith;
use runtime::layout;
use runtime::mutator::Mutator;
use runtime::object::{Header, Kind};
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::{TAG_STRING, TAG_TABLE, Value, address_to_pointer};
use std::ptr::NonNull;

/// The string at an address.
///
/// # Safety
/// It is the address of a live string.
unsafe fn str_at(address: u64) -> Str {
    // SAFETY: the value is a string, as the caller says.
    unsafe { Str::from_value_unchecked(Value::from_bits(TAG_STRING | address)) }
}

/// Remembers an old object into which a reference was stored.
///
/// # Safety
/// `m` is the running thread's mutator, `object` the address of a live object.
pub unsafe extern "C" fn remember(m: *mut Mutator, object: u64) {
    // SAFETY: as the caller says.
    unsafe {
        if let Some(object) = NonNull::new(address_to_pointer::<Header>(object)) {
            (*m).write_barrier(object);
        }
    }
}

/// The integer as a value.
///
/// # Safety
/// `m` is the running thread's mutator.
pub unsafe extern "C" fn big_int(m: *mut Mutator, i: i64) -> u64 {
    // SAFETY: as the caller says.
    unsafe { (*m).int(i) }.bits()
}

/// Memory for an object of that many bytes, as the address of a record without values; the caller writes header and
/// contents before anything is allocated.
///
/// # Safety
/// `m` is the running thread's mutator.
pub unsafe extern "C" fn alloc(m: *mut Mutator, size_bytes: usize) -> u64 {
    // SAFETY: as the caller says.
    unsafe { (*m).alloc(Kind::Record, 0, 0, 0, size_bytes) }.as_ptr().expose_provenance() as u64
}

/// A new array storage of absent elements; its element kind is `elem`.
///
/// # Safety
/// `m` is the running thread's mutator.
pub unsafe extern "C" fn new_array(m: *mut Mutator, capacity: u64, elem: u64) -> u64 {
    let is_bool = elem == crate::ir::imm::Elem::Bool as u64;
    let element_bytes = if is_bool { 1 } else { 8 };
    let capacity = capacity.clamp(1, u64::from(u32::MAX) / 2) as usize;
    let size_bytes = (layout::ARRAY_ELEMENTS + capacity * element_bytes).next_multiple_of(16);
    let capacity = (size_bytes - layout::ARRAY_ELEMENTS) / element_bytes;
    // SAFETY: the object has that many bytes; all of them behind the header are written here.
    unsafe {
        let object = (*m).alloc(Kind::Array, 0, elem as u8, capacity as u32, size_bytes);
        let start = object.as_ptr().cast::<u8>();
        start.add(layout::ARRAY_LEN).cast::<u64>().write(0);
        let elements = start.add(layout::ARRAY_ELEMENTS);
        if is_bool {
            elements.write_bytes(2, capacity);
        } else {
            let is_int = elem == crate::ir::imm::Elem::Int as u64;
            let absent = if is_int { i64::MIN as u64 } else { Value::NIL.bits() };
            for i in 0..capacity {
                elements.cast::<u64>().add(i).write(absent);
            }
        }
        start.expose_provenance() as u64
    }
}

/// Added to the number of a slot that is counted in the slots storage.
pub const EXT_SLOT: u32 = 1 << 31;

/// Gives a table a shape that has one slot more, with the slot's value, while other threads may look at it.
///
/// # Safety
/// `m` is the running thread's mutator, `table` the address of a live table, `shape` the id of a shape that is kept.
pub unsafe extern "C" fn locked_transition(m: *mut Mutator, table: u64, value: u64, shape: u32, slot: u32) {
    // SAFETY: as the caller says.
    unsafe {
        let table = Table::from_value_unchecked(Value::from_bits(TAG_TABLE | table));
        let slot = match slot & EXT_SLOT {
            0 => slot,
            _ => (slot & !EXT_SLOT) + table.inline_capacity() as u32,
        };
        table.transition(&mut *m, shape, slot, Value::from_bits(value));
    }
}

/// Adds a value behind the last element of a table.  False if there is no memory.
///
/// # Safety
/// `m` is the running thread's mutator, `table` the address of a live table.
pub unsafe extern "C" fn append(m: *mut Mutator, table: u64, value: u64) -> u64 {
    // SAFETY: as the caller says.
    unsafe {
        let table = Table::from_value_unchecked(Value::from_bits(TAG_TABLE | table));
        u64::from(table.append(&mut *m, Value::from_bits(value)).is_ok())
    }
}

/// The address of the bytes of a string.
///
/// # Safety
/// `m` is the running thread's mutator, `s` the address of a live string.
pub unsafe extern "C" fn str_bytes(m: *mut Mutator, s: u64) -> u64 {
    // SAFETY: as the caller says.
    unsafe { str_at(s).bytes(&mut *m) }.as_ptr().expose_provenance() as u64
}

/// Whether two strings have the same bytes.
///
/// # Safety
/// `m` is the running thread's mutator, `a` and `b` are addresses of live strings.
pub unsafe extern "C" fn str_eq(m: *mut Mutator, a: u64, b: u64) -> u64 {
    // SAFETY: as the caller says.
    unsafe { u64::from(str_at(a).eq(str_at(b), &mut *m)) }
}

/// The order of two strings.
///
/// # Safety
/// As for [`str_eq`].
pub unsafe extern "C" fn str_cmp(m: *mut Mutator, a: u64, b: u64) -> i64 {
    // SAFETY: as the caller says.
    unsafe { str_at(a).cmp(str_at(b), &mut *m) as i64 }
}

/// The interned string with the same bytes as a value, or nil.
///
/// # Safety
/// `m` is the running thread's mutator, `s` the address of a live string.
pub unsafe extern "C" fn str_key(m: *mut Mutator, s: u64) -> u64 {
    // SAFETY: as the caller says.
    unsafe { str_at(s).find_interned(&mut *m) }.map_or(Value::NIL, Str::to_value).bits()
}

/// `a % b` of integers, floored; 0 if `b` is 0.
pub extern "C" fn mod_i64(a: i64, b: i64) -> i64 {
    arith::int_mod(a, b).unwrap_or(0)
}

/// `a % b` of floats, floored. No NaN but the processor's own: the quick way to a remainder asks for none then.
pub extern "C" fn mod_f64(a: f64, b: f64) -> f64 {
    f64::from_bits(Value::float(arith::float_mod(a, b)).bits())
}

/// `a ** b`.
pub extern "C" fn pow_f64(a: f64, b: f64) -> f64 {
    arith::pow(a, b)
}

/// Rounded down.
pub extern "C" fn floor_f64(a: f64) -> f64 {
    a.floor()
}

/// Rounded up.
pub extern "C" fn ceil_f64(a: f64) -> f64 {
    a.ceil()
}

/// Rounded towards 0.
pub extern "C" fn trunc_f64(a: f64) -> f64 {
    a.trunc()
}

/// The float as an integer, kept in range.
pub extern "C" fn f64_to_i64(a: f64) -> i64 {
    a as i64
}

/// A comparison of an integer and a float by mathematical value.
pub extern "C" fn cmp_mixed(a: i64, cc: u64, b: f64) -> u64 {
    u64::from(Fcc::from_bits(cc).is_some_and(|cc| cc.eval_mixed(a, b)))
}
