//! The array part: dense storage of the integer keys from 0 on.
//!
//! ```text
//!   | header: aux = element kind, word = capacity | length | element 0 | element 1 | ...
//!   Any    values, nil = absent            Float  doubles, the word of nil = absent (a pattern no float value has)
//!   Int    64-bit integers, i64::MIN = absent      Bool   bytes 0, 1, 2 = absent
//! ```
//!
//! The capacity counts element 0, and the length does not: elements `0 ..= length` exist, and element `length`, if not 0, is
//! not nil. Kind and capacity never change: a value that does not fit is stored into a new storage of a wider kind. Nil in
//! between is an absent element. `Any` and `Float` elements are words that are values as they are.

use super::constant_address;
use crate::heap::OutOfMemory;
use crate::heap::mark::Marker;
use crate::mutator::Mutator;
use crate::object::{COLOR_YOUNG, Header, Kind, Word};
use crate::storage_copy::fill_words;
use crate::value::{Value, address_to_pointer, pointer_to_address};
use std::ptr::NonNull;
use std::sync::atomic::{
    AtomicI64, AtomicU8, AtomicU32, AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};

/// What the elements of an array part are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ElementKind {
    /// Any values.
    Any,
    /// Raw doubles.
    Float,
    /// Raw 64-bit integers.
    Int,
    /// Booleans, a byte each.
    Bool,
}

/// An absent element of an `Int` storage; the integer itself is stored as `Any`.
pub(super) const INT_HOLE: i64 = i64::MIN;
/// An absent element of a `Bool` storage.
pub(super) const BOOL_HOLE: u8 = 2;

/// Header flag: elements were removed from the end.
pub(crate) const HAS_SHRUNK: u8 = 1;

/// Elements of the first storage that a growing table gets (element 0 included): 64 bytes in all.
pub(super) const FIRST_CAPACITY: usize = 6;
/// The largest capacity; what the header's word can say.
const CAPACITY_MAX: usize = u32::MAX as usize;

/// The fixed part of an array storage.
#[repr(C)]
pub(crate) struct ArrayObject {
    pub(crate) header: Header,
    pub(crate) len: AtomicU64,
}

/// Offset of element 0 in an array storage.
pub(crate) const ARRAY_HEAD_BYTES: usize = size_of::<ArrayObject>();

/// The array part of all tables without one. Its length and capacity are 0, but it has an element 0, so that reading need
/// not tell it from others.
#[repr(C, align(16))]
struct EmptyArray {
    object: ArrayObject,
    element: AtomicU64,
}

static EMPTY_ARRAY: EmptyArray = EmptyArray {
    object: ArrayObject {
        header: Header {
            kind: Kind::Array,
            color: AtomicU8::new(COLOR_YOUNG),
            flags: AtomicU8::new(0),
            aux: AtomicU8::new(ElementKind::Any as u8),
            word: AtomicU32::new(0),
        },
        len: AtomicU64::new(0),
    },
    element: AtomicU64::new(Value::NIL.bits()),
};

/// The address of the shared empty storage.
#[inline(always)]
pub(crate) fn empty_array() -> u64 {
    constant_address(&EMPTY_ARRAY)
}

impl ElementKind {
    /// The kind whose number is in a storage's header.
    #[inline(always)]
    fn from_aux(aux: u8) -> ElementKind {
        match aux {
            0 => ElementKind::Any,
            1 => ElementKind::Float,
            2 => ElementKind::Int,
            _ => ElementKind::Bool,
        }
    }

    /// Bytes of an element.
    #[inline(always)]
    pub fn element_bytes(self) -> usize {
        if self == ElementKind::Bool { 1 } else { 8 }
    }

    /// The narrowest kind for a value; `Any` for nil.
    #[inline]
    pub fn of(v: Value) -> ElementKind {
        if v.is_float() {
            ElementKind::Float
        } else if v.is_bool() {
            ElementKind::Bool
        } else {
            match v.as_int() {
                Some(i) if i != INT_HOLE => ElementKind::Int,
                _ => ElementKind::Any,
            }
        }
    }

    /// Whether a value (or absence) can be an element.
    #[inline]
    pub fn fits(self, v: Value) -> bool {
        self == ElementKind::Any || v.is_nil() || self == ElementKind::of(v)
    }
}

/// An array storage as it was loaded from a table.
#[derive(Clone, Copy)]
pub struct ArrayRef(NonNull<ArrayObject>);

impl ArrayRef {
    /// The storage at an address that a table holds.
    #[inline(always)]
    pub(super) fn at(address: u64) -> ArrayRef {
        // SAFETY: the pointer is never null.
        ArrayRef(unsafe { NonNull::new_unchecked(address_to_pointer(address)) })
    }

    /// The address, as a table holds it.
    #[inline(always)]
    pub(super) fn address(self) -> u64 {
        pointer_to_address(self.0.as_ptr())
    }

    #[inline(always)]
    pub(crate) fn header(self) -> NonNull<Header> {
        self.0.cast()
    }

    #[inline(always)]
    fn object<'a>(self) -> &'a ArrayObject {
        // SAFETY: a loaded storage pointer refers to a storage that lives as long as it is on a native stack.
        unsafe { self.0.as_ref() }
    }

    #[inline(always)]
    pub(super) fn is_shared_empty(self) -> bool {
        std::ptr::eq(self.0.as_ptr(), &EMPTY_ARRAY.object)
    }

    #[inline(always)]
    pub(super) fn kind_byte(self) -> u8 {
        self.object().header.aux.load(Relaxed)
    }

    /// The kind of the elements.
    #[inline(always)]
    pub fn kind(self) -> ElementKind {
        ElementKind::from_aux(self.kind_byte())
    }

    /// Says what the elements are, which are complete. Nobody else knows the storage yet.
    pub(super) fn set_kind(self, kind: ElementKind) {
        self.object().header.aux.store(kind as u8, Relaxed);
    }

    /// The length.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.object().len.load(Acquire) as usize
    }

    /// Whether the length is 0.
    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The largest index that may have been visited by a traversal: elements may have been removed from the end since.
    pub(super) fn visitable_len(self) -> usize {
        match self.object().header.flags.load(Relaxed) & HAS_SHRUNK {
            0 => self.len(),
            _ => self.capacity() - 1,
        }
    }

    #[inline(always)]
    pub(super) fn set_len(self, len: usize) {
        self.object().len.store(len as u64, Release);
    }

    /// Number of elements there is room for, element 0 included.
    #[inline(always)]
    pub fn capacity(self) -> usize {
        self.object().header.word.load(Relaxed) as usize
    }

    pub(super) fn size_bytes(self) -> usize {
        if self.is_shared_empty() {
            0
        } else {
            ARRAY_HEAD_BYTES + self.capacity() * self.kind().element_bytes()
        }
    }

    #[inline(always)]
    pub(super) fn base(self) -> *mut u8 {
        self.0.as_ptr().cast::<u8>().wrapping_add(ARRAY_HEAD_BYTES)
    }

    /// # Safety
    /// The elements are words, and element `i` exists.
    #[inline(always)]
    pub(super) unsafe fn word<'a>(self, i: usize) -> &'a Word {
        // SAFETY: as the caller says; elements are initialised when the storage is made.
        unsafe { &*self.base().cast::<Word>().add(i) }
    }

    /// # Safety
    /// The elements are of kind `Int`, and element `i` exists.
    #[inline(always)]
    pub(super) unsafe fn int<'a>(self, i: usize) -> &'a AtomicI64 {
        // SAFETY: as the caller says; elements are initialised when the storage is made.
        unsafe { &*self.base().cast::<AtomicI64>().add(i) }
    }

    /// # Safety
    /// The elements are of kind `Bool`, and element `i` exists.
    #[inline(always)]
    pub(super) unsafe fn byte<'a>(self, i: usize) -> &'a AtomicU8 {
        // SAFETY: as the caller says; elements are initialised when the storage is made.
        unsafe { &*self.base().cast::<AtomicU8>().add(i) }
    }

    /// Element `i` if that can be said without allocating: an integer that needs a heap object is `Err`.
    ///
    /// # Safety
    /// Element `i` exists.
    #[inline]
    pub(super) unsafe fn load(self, i: usize) -> Result<Value, i64> {
        // SAFETY: the kind was tested; the rest is as the caller says.
        unsafe {
            match self.kind() {
                ElementKind::Any | ElementKind::Float => Ok(self.word(i).load()),
                ElementKind::Int => match self.int(i).load(Relaxed) {
                    INT_HOLE => Ok(Value::NIL),
                    n => Value::small_int(n).ok_or(n),
                },
                ElementKind::Bool => match self.byte(i).load(Relaxed) {
                    BOOL_HOLE => Ok(Value::NIL),
                    b => Ok(Value::bool(b != 0)),
                },
            }
        }
    }

    /// # Safety
    /// Element `i` exists.
    #[inline]
    pub(super) unsafe fn is_hole(self, i: usize) -> bool {
        // SAFETY: the kind was tested; the rest is as the caller says.
        unsafe {
            match self.kind() {
                ElementKind::Any | ElementKind::Float => self.word(i).load().is_nil(),
                ElementKind::Int => self.int(i).load(Relaxed) == INT_HOLE,
                ElementKind::Bool => self.byte(i).load(Relaxed) == BOOL_HOLE,
            }
        }
    }

    /// Stores a value that fits; the caller runs the barrier.
    ///
    /// # Safety
    /// Element `i` has room in the storage, and the kind fits the value.
    #[inline]
    pub(super) unsafe fn store(self, i: usize, v: Value) {
        debug_assert!(i < self.capacity() && self.kind().fits(v));
        // SAFETY: the kind was tested; the rest is as the caller says.
        unsafe {
            match self.kind() {
                ElementKind::Any | ElementKind::Float => self.word(i).store(v),
                ElementKind::Int => {
                    self.int(i).store(if v.is_nil() { INT_HOLE } else { v.as_int().unwrap_or(0) }, Relaxed)
                }
                ElementKind::Bool => {
                    self.byte(i).store(if v.is_nil() { BOOL_HOLE } else { (v == Value::TRUE) as u8 }, Relaxed)
                }
            }
        }
    }

    /// Makes elements `from .. to` absent.
    ///
    /// # Safety
    /// The storage has room for them.
    pub(super) unsafe fn clear(self, from: usize, to: usize) {
        // SAFETY: as the caller says.
        unsafe {
            match self.kind() {
                ElementKind::Bool => self.base().add(from).write_bytes(BOOL_HOLE, to - from),
                ElementKind::Int => {
                    fill_words(self.base().cast::<u64>().add(from), to - from, INT_HOLE as u64)
                }
                _ => fill_words(self.base().cast::<u64>().add(from), to - from, Value::NIL.bits()),
            }
        }
    }

    /// Shortens the array until its last element is not nil.
    pub(super) fn pop_nils(self) {
        let mut len = self.len();
        self.object().header.flags.store(HAS_SHRUNK, Relaxed);
        // SAFETY: elements up to the length exist.
        while len > 0 && unsafe { self.is_hole(len) } {
            len -= 1;
        }
        self.set_len(len);
    }

    /// Number of elements from 1 on that are not nil.
    pub(super) fn live_count(self) -> usize {
        // SAFETY: elements up to the length exist.
        (1..=self.len()).filter(|&i| unsafe { !self.is_hole(i) }).count()
    }

    /// Whether fewer than `count` elements from 1 on are not nil. Looks from the end on, where those of a queue are, and no
    /// further than it must.
    pub(super) fn has_fewer_live(self, count: usize) -> bool {
        fn fewer(len: usize, count: usize, is_live: impl Fn(usize) -> bool) -> bool {
            count > 0 && (1..=len).rev().filter(|&i| is_live(i)).nth(count - 1).is_none()
        }
        let len = self.len();
        // SAFETY: elements up to the length exist, and the kind was tested.
        unsafe {
            match self.kind() {
                ElementKind::Any | ElementKind::Float => fewer(len, count, |i| !self.word(i).load().is_nil()),
                ElementKind::Int => fewer(len, count, |i| self.int(i).load(Relaxed) != INT_HOLE),
                ElementKind::Bool => fewer(len, count, |i| self.byte(i).load(Relaxed) != BOOL_HOLE),
            }
        }
    }
}

/// A storage of absent elements with length 0.
pub(super) fn alloc_array(
    m: &mut Mutator,
    capacity: usize,
    kind: ElementKind,
) -> Result<ArrayRef, OutOfMemory> {
    let array = alloc_array_uncleared(m, capacity, kind)?;
    // SAFETY: the storage has that capacity.
    unsafe { array.clear(0, array.capacity()) };
    Ok(array)
}

/// The same, but what the elements are is not defined: all have to be written before anything else is allocated.
pub(super) fn alloc_array_uncleared(
    m: &mut Mutator,
    capacity: usize,
    kind: ElementKind,
) -> Result<ArrayRef, OutOfMemory> {
    let size_bytes = (ARRAY_HEAD_BYTES + capacity * kind.element_bytes()).next_multiple_of(16);
    let capacity = (size_bytes - ARRAY_HEAD_BYTES) / kind.element_bytes();
    if capacity > CAPACITY_MAX {
        return Err(OutOfMemory);
    }
    let object =
        m.alloc_large(Kind::Array, 0, kind as u8, capacity as u32, size_bytes)?.cast::<ArrayObject>();
    // SAFETY: the object has `size_bytes` bytes, of which the header is written.
    unsafe {
        (&raw mut (*object.as_ptr()).len).write(AtomicU64::new(0));
    }
    Ok(ArrayRef(object))
}

/// A storage of floats that belongs to no table, all of whose elements exist: what objects of libraries keep numbers in.
#[derive(Clone, Copy)]
pub struct Floats(ArrayRef);

// SAFETY: a heap reference, which any worker may hold.
unsafe impl Send for Floats {}

impl Floats {
    /// A storage of so many zeros, at least one.
    ///
    /// # Errors
    /// If it does not fit below the heap limit.
    pub fn new(m: &mut Mutator, count: usize) -> Result<Floats, OutOfMemory> {
        let capacity = count.max(1);
        if capacity > CAPACITY_MAX {
            return Err(OutOfMemory);
        }
        let size_bytes = (ARRAY_HEAD_BYTES + capacity * 8).next_multiple_of(16);
        let words = (size_bytes - ARRAY_HEAD_BYTES) / 8;
        let aux = ElementKind::Float as u8;
        let object = m.alloc_large(Kind::Array, 0, aux, capacity as u32, size_bytes)?.cast::<ArrayObject>();
        // SAFETY: the object has `size_bytes` bytes, of which the header is written.
        unsafe {
            (&raw mut (*object.as_ptr()).len).write(AtomicU64::new(capacity as u64 - 1));
            let array = ArrayRef(object);
            fill_words(array.base().cast::<u64>(), words, Value::float(0.0).bits());
            Ok(Floats(array))
        }
    }

    /// The address of the storage, for machine code.
    pub fn address(self) -> u64 {
        self.0.address()
    }

    /// The number of elements.
    #[allow(clippy::len_without_is_empty, reason = "there is at least one")]
    pub fn len(self) -> usize {
        self.0.len() + 1
    }

    /// Element `i`, a float.
    #[inline(always)]
    pub fn get(self, i: usize) -> Option<Value> {
        // SAFETY: element `i` is within the storage, whose elements are words.
        if i <= self.0.len() { Some(unsafe { self.0.word(i) }.load()) } else { None }
    }

    /// Stores element `i`; whether there is one.
    #[inline(always)]
    pub fn set(self, i: usize, x: f64) -> bool {
        if i > self.0.len() {
            return false;
        }
        // SAFETY: as above.
        unsafe { self.0.word(i) }.store(Value::float(x));
        true
    }

    /// Keeps the storage alive.
    pub fn trace(self, marker: &mut Marker) {
        marker.visit_object(self.0.header());
    }
}

/// Visits what an array storage refers to.
///
/// # Safety
/// `object` is a live array storage.
#[inline]
pub(crate) unsafe fn trace(object: NonNull<Header>, marker: &mut Marker) {
    let array = ArrayRef(object.cast());
    if array.kind() == ElementKind::Any {
        // SAFETY: all elements are initialised, those beyond the length to nil.
        unsafe { marker.visit_words(array.base().cast(), array.capacity()) };
    }
}
