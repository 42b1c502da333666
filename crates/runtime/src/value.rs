//! One 64-bit word for every value.
//!
//! ```text
//!   float     any double, the processor's own NaNs included: top 16 bits 0x0000 ..= 0xFFF8
//!   int       0xFFF9 | 48-bit two's complement
//!   special   0xFFFA | nil, false, true, internal marks
//!   string    0xFFFB | address
//!   table     0xFFFC | address
//!   function  0xFFFD | address of a closure or native function
//!   object    0xFFFE | address of anything else; the header says which
//! ```
//!
//! Preferred to a 16-byte pair because tables, frames and caches are memory-bound; the price is that an integer outside
//! ±2^47 is a heap *big integer*. A value in range is always immediate, so equal integers in range have equal bits.
//! The two conversions between addresses and words live here and nowhere else.

use crate::object::Header;
use std::ptr::NonNull;

/// A value: any variable's contents. Copying it is copying a word; it keeps nothing alive by itself (see the heap's
/// roots: native stacks, register stacks, heap objects, `RootedVec`).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value(u64);

/// Tag of immediate integers, in the top 16 bits.
pub const TAG_INT: u64 = 0xFFF9 << 48;
/// Tag of nil, booleans and marks.
pub const TAG_SPECIAL: u64 = 0xFFFA << 48;
/// Tag of strings.
pub const TAG_STRING: u64 = 0xFFFB << 48;
/// Tag of tables.
pub const TAG_TABLE: u64 = 0xFFFC << 48;
/// Tag of functions.
pub const TAG_FUNCTION: u64 = 0xFFFD << 48;
/// Tag of all other objects.
pub const TAG_OBJECT: u64 = 0xFFFE << 48;
/// The bits of a word that are tag.
pub const TAG_MASK: u64 = 0xFFFF << 48;
/// The bits of a word that are payload.
pub const PAYLOAD_MASK: u64 = (1 << 48) - 1;
/// Largest immediate integer, 2^47 - 1.
pub const INT_MAX: i64 = (1 << 47) - 1;
/// Smallest immediate integer, -2^47.
pub const INT_MIN: i64 = -(1 << 47);

impl Value {
    /// The value `nil`.
    pub const NIL: Value = Value(TAG_SPECIAL);
    /// The value `false`.
    pub const FALSE: Value = Value(TAG_SPECIAL | 1);
    /// The value `true`.
    pub const TRUE: Value = Value(TAG_SPECIAL | 2);
    /// Internal: marks a receive case of a select, and "no entry" where nil is a possible value. No script sees it.
    pub const MARK: Value = Value(TAG_SPECIAL | 3);
    /// Internal: a second mark, for states of range loops.
    pub const MARK2: Value = Value(TAG_SPECIAL | 4);

    /// The word itself.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The value with this word, which must have come from [`Value::bits`] or be the bits of a canonical float.
    #[inline(always)]
    pub const fn from_bits(bits: u64) -> Value {
        Value(bits)
    }

    /// The boolean as a value.
    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        Value(TAG_SPECIAL | (1 + b as u64))
    }

    /// The float as a value; a NaN whose bits would look like a tag becomes the canonical NaN.
    #[inline(always)]
    pub fn float(x: f64) -> Value {
        let bits = x.to_bits();
        if bits >= TAG_INT { Value(0x7FF8 << 48) } else { Value(bits) }
    }

    /// The float as a value where its NaNs are known to be the processor's own (results of arithmetic on canonical floats).
    #[inline(always)]
    pub fn float_canonical(x: f64) -> Value {
        debug_assert!(x.to_bits() < TAG_INT);
        Value(x.to_bits())
    }

    /// The integer as an immediate, if it fits in 48 bits. Otherwise the caller needs a big integer (`Mutator::int`).
    #[inline(always)]
    pub const fn small_int(i: i64) -> Option<Value> {
        if (i << 16) >> 16 == i { Some(Value::int_unchecked(i)) } else { None }
    }

    /// The integer as an immediate, where it is known to be in `INT_MIN ..= INT_MAX`.
    #[inline(always)]
    pub const fn int_unchecked(i: i64) -> Value {
        debug_assert!((i << 16) >> 16 == i);
        Value(TAG_INT | (i as u64 & PAYLOAD_MASK))
    }

    /// Any 32-bit integer.
    #[inline(always)]
    pub const fn int32(i: i32) -> Value {
        Value::int_unchecked(i as i64)
    }

    /// Whether it is an immediate integer.
    #[inline(always)]
    pub const fn is_small_int(self) -> bool {
        self.0 & TAG_MASK == TAG_INT
    }

    /// Whether it is a float.
    #[inline(always)]
    pub const fn is_float(self) -> bool {
        self.0 < TAG_INT
    }

    /// The integer in an immediate; meaningless for other values.
    #[inline(always)]
    pub const fn small_int_payload(self) -> i64 {
        ((self.0 << 16) as i64) >> 16
    }

    /// The float in a float; meaningless for other values.
    #[inline(always)]
    pub const fn float_payload(self) -> f64 {
        f64::from_bits(self.0)
    }

    /// The float, if it is one.
    #[inline(always)]
    pub fn as_float(self) -> Option<f64> {
        if self.is_float() { Some(self.float_payload()) } else { None }
    }

    /// The integer, if it is an immediate one (big integers: `as_int` in `object.rs`).
    #[inline(always)]
    pub fn as_small_int(self) -> Option<i64> {
        if self.is_small_int() { Some(self.small_int_payload()) } else { None }
    }

    /// Whether it is `nil`.
    #[inline(always)]
    pub const fn is_nil(self) -> bool {
        self.0 == TAG_SPECIAL
    }

    /// Whether it counts as false: `nil` or `false`.
    #[inline(always)]
    pub const fn is_falsy(self) -> bool {
        self.0 & !1 == TAG_SPECIAL
    }

    /// Whether it is `true` or `false`.
    #[inline(always)]
    pub const fn is_bool(self) -> bool {
        self.0 == Value::FALSE.0 || self.0 == Value::TRUE.0
    }

    /// Whether it is a string.
    #[inline(always)]
    pub const fn is_string(self) -> bool {
        self.0 & TAG_MASK == TAG_STRING
    }

    /// Whether it is a table.
    #[inline(always)]
    pub const fn is_table(self) -> bool {
        self.0 & TAG_MASK == TAG_TABLE
    }

    /// Whether it is a function.
    #[inline(always)]
    pub const fn is_function(self) -> bool {
        self.0 & TAG_MASK == TAG_FUNCTION
    }

    /// Whether it is an object that is not a string, table or function.
    #[inline(always)]
    pub const fn is_object(self) -> bool {
        self.0 & TAG_MASK == TAG_OBJECT
    }

    /// Whether it refers to a heap object.
    #[inline(always)]
    pub const fn is_reference(self) -> bool {
        self.0 >= TAG_STRING
    }

    /// The object that a reference refers to; `None` for immediates.
    #[inline(always)]
    pub fn reference(self) -> Option<NonNull<Header>> {
        if self.is_reference() { NonNull::new(address_to_pointer(self.0 & PAYLOAD_MASK)) } else { None }
    }

    /// The payload as a pointer; the caller knows from the tag that it is an address.
    #[inline(always)]
    pub fn pointer_payload<T>(self) -> *mut T {
        address_to_pointer(self.0 & PAYLOAD_MASK)
    }

    /// A reference with the given tag.
    #[inline(always)]
    pub fn from_pointer<T>(tag: u64, pointer: NonNull<T>) -> Value {
        Value(tag | pointer_to_address(pointer.as_ptr()))
    }
}

/// The address of an object as a word. All user-space addresses of the supported targets fit 48 bits.
#[inline(always)]
pub fn pointer_to_address<T>(pointer: *const T) -> u64 {
    pointer.expose_provenance() as u64
}

/// The pointer for an address that [`pointer_to_address`] gave.
#[inline(always)]
pub fn address_to_pointer<T>(address: u64) -> *mut T {
    std::ptr::with_exposed_provenance_mut(address as usize)
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Value::NIL => write!(f, "nil"),
            Value::FALSE => write!(f, "false"),
            Value::TRUE => write!(f, "true"),
            v if v.is_float() => write!(f, "{:?}", v.float_payload()),
            v if v.is_small_int() => write!(f, "{}", v.small_int_payload()),
            v => write!(f, "value {:#x}", v.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_distinct_and_round_trip() {
        for i in [0, 1, -1, INT_MAX, INT_MIN] {
            let v = Value::small_int(i).unwrap();
            assert!(v.is_small_int() && !v.is_float() && !v.is_reference());
            assert_eq!(v.small_int_payload(), i);
        }
        assert_eq!(Value::small_int(INT_MAX + 1), None);
        assert_eq!(Value::small_int(INT_MIN - 1), None);
        for x in [0.0, -0.0, 1.5, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -f64::NAN] {
            let v = Value::float(x);
            assert!(v.is_float() && !v.is_small_int() && !v.is_falsy());
            assert_eq!(v.float_payload().to_bits(), x.to_bits());
        }
        assert!(Value::float(f64::from_bits(u64::MAX)).float_payload().is_nan());
        assert!(Value::NIL.is_falsy() && Value::FALSE.is_falsy() && !Value::TRUE.is_falsy());
    }
}
