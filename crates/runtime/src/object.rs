//! What every heap object begins with, and the list of its kinds.
//!
//! ```text
//!   byte 0      1       2       3      4 .. 8
//!      | kind | color | flags | aux  | word          |   8-byte header
//! ```
//!
//! `kind` never changes. `color` belongs to the collector: the write barrier tests it. `flags` are a kind's own bits and,
//! for tables, the lock. `aux` and `word` are a kind's own: a table's `word` is its shape id, a string's its hash,
//! a storage's its capacity. Every field is read and written as one relaxed atomic access of its own size.

use crate::value::{TAG_OBJECT, Value};
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};

/// The kinds of heap objects. The collector's tracer matches on all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// An integer outside the immediate range: header, i64.
    BigInt = 1,
    /// A string: see `string.rs`.
    Str,
    /// Bytes of a string that are not inline: header (word unused), used length (atomic), capacity, bytes.
    Bytes,
    /// A concatenation that has not been flattened: header, left string, right string.
    Rope,
    /// A table: see `table/`.
    Table,
    /// The array part of a table.
    Array,
    /// Further named slots of a table and the pointer to its hash part.
    Slots,
    /// The hash part of a table.
    Hash,
    /// A script closure: header (word = number of upvalues), function, upvalues.
    Closure,
    /// A native function with upvalues: header (word = number of upvalues), entry, descriptor, upvalues.
    Native,
    /// A linked function (proto with constants and feedback): see `closure.rs`.
    Function,
    /// A captured variable: header, value.
    Cell,
    /// A run of values known only to the machine (defer records, inline-cache records): header (word = length), values.
    Record,
    /// An object with a Rust payload behind `Foreign`: header, fat pointer. Channels, coroutines, userdata.
    Foreign,
}

/// `color`: allocated since the last collection and not yet marked.
pub const COLOR_YOUNG: u8 = 0;
/// `color`: survived a collection; a store of a reference into it must be remembered.
pub const COLOR_OLD: u8 = 1;
/// `color`: old and already in the remembered set.
pub const COLOR_REMEMBERED: u8 = 2;

/// The first word of every heap object.
#[repr(C, align(8))]
pub struct Header {
    /// The object's [`Kind`].
    pub kind: Kind,
    /// Collector state: `COLOR_YOUNG`, `COLOR_OLD` or `COLOR_REMEMBERED`.
    pub color: AtomicU8,
    /// The kind's own flags.
    pub flags: AtomicU8,
    /// The kind's own byte.
    pub aux: AtomicU8,
    /// The kind's own word.
    pub word: AtomicU32,
}

impl Header {
    /// A header of a new object.
    #[inline(always)]
    pub fn new(kind: Kind, flags: u8, aux: u8, word: u32) -> Header {
        Header {
            kind,
            color: AtomicU8::new(COLOR_YOUNG),
            flags: AtomicU8::new(flags),
            aux: AtomicU8::new(aux),
            word: AtomicU32::new(word),
        }
    }
}

/// A heap word that a script can reach: read and written as one relaxed atomic access.
#[repr(transparent)]
pub struct Word(AtomicU64);

impl Word {
    /// A word with this value.
    #[inline(always)]
    pub fn new(v: Value) -> Word {
        Word(AtomicU64::new(v.bits()))
    }

    /// The value in the word.
    #[inline(always)]
    pub fn load(&self) -> Value {
        Value::from_bits(self.0.load(Relaxed))
    }

    /// Replaces the value. The caller runs the write barrier of the object that the word lies in.
    #[inline(always)]
    pub fn store(&self, v: Value) {
        self.0.store(v.bits(), Relaxed);
    }

    /// Replaces the value, and gives what was there just before. Otherwise as [`Word::store`].
    #[inline(always)]
    pub fn swap(&self, v: Value) -> Value {
        Value::from_bits(self.0.swap(v.bits(), Relaxed))
    }
}

/// An integer outside the immediate range.
#[repr(C)]
pub struct BigInt {
    /// The header, of kind `BigInt`.
    pub header: Header,
    /// The integer; never in the immediate range.
    pub value: i64,
}

impl Value {
    /// The kind of the object that a reference refers to.
    #[inline]
    pub fn kind(self) -> Option<Kind> {
        // SAFETY: a reference value refers to a live object, whose first word is its header.
        self.reference().map(|p| unsafe { p.as_ref().kind })
    }

    /// The integer, if it is one, immediate or big.
    #[inline(always)]
    pub fn as_int(self) -> Option<i64> {
        if self.is_small_int() { Some(self.small_int_payload()) } else { self.as_big_int() }
    }

    /// The integer, if it is a big one.
    #[inline]
    pub fn as_big_int(self) -> Option<i64> {
        if self.bits() & crate::value::TAG_MASK == TAG_OBJECT && self.kind() == Some(Kind::BigInt) {
            // SAFETY: the header says that the object is a `BigInt`.
            Some(unsafe { (*self.pointer_payload::<BigInt>()).value })
        } else {
            None
        }
    }

    /// Whether it is a number: float, immediate or big integer.
    #[inline]
    pub fn is_number(self) -> bool {
        self.is_float() || self.is_small_int() || self.as_big_int().is_some()
    }
}
