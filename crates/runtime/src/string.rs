//! Strings: immutable bytes behind one word.
//!
//! ```text
//!   | header, word = hash | length | body | bytes (if inline) ...
//!   body, low bits 00: address of the bytes: behind this object, or in a `Bytes` buffer shared with other strings
//!                  01: a rope node; the first reader of the bytes flattens it (`rope.rs`)
//!                  10: the interned string with the same bytes
//! ```
//!
//! A reader loads `body` once and has all there is to know: what it leads to never changes, so that a reader that races
//! with flattening or interning reads the same bytes by the old way. A hash of 0 means "not computed yet".
//!
//! Interned strings (`intern.rs`) are equal only if they are the same object. A string made at run time is interned when it
//! is first used to *store* under it; looking up never interns.

use crate::heap::{Heap, OutOfMemory};
use crate::intern::{hash_bytes, short_key};
use crate::mutator::{Mutator, keep_alive};
use crate::object::{Header, Kind};
use crate::rope::{BYTES_HEAD_BYTES, flatten_slow};
use crate::storage_copy::copy_bytes;
use crate::value::{TAG_STRING, Value, address_to_pointer, pointer_to_address};
use std::any::Any;
use std::cmp::Ordering;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};

/// Header flag: the only string of its heap with these bytes among the interned ones.
pub(crate) const STR_INTERNED: u8 = 1;
/// Header flag: some instruction names this string as a key.
pub(crate) const STR_FIELD_NAME: u8 = 2;
/// Header flag: something is attached to the string.
pub(crate) const STR_ATTACHED: u8 = 4;

/// Tag of `body`: a rope node.
pub(crate) const BODY_ROPE: u64 = 1;
/// Tag of `body`: the interned string with the same bytes.
pub(crate) const BODY_CANONICAL: u64 = 2;
/// The tag bits of `body`.
pub(crate) const BODY_TAG: u64 = 3;

/// The fixed part of a string.
#[repr(C)]
pub(crate) struct StrObject {
    pub(crate) header: Header,
    pub(crate) len: u64,
    pub(crate) body: AtomicU64,
}

/// Offset of inline bytes in a string.
pub(crate) const STR_HEAD_BYTES: usize = size_of::<StrObject>();

/// The longest string: far below what addresses could hold, so that sums of lengths cannot overflow.
pub const STR_LEN_MAX: usize = 1 << 40;

/// A reference to a string. Two of them may refer to different strings with the same bytes: there is no `==`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Str(pub(crate) NonNull<StrObject>);

/// What `body` leads to.
pub(crate) enum Body {
    /// These bytes.
    Flat(*const u8),
    /// A rope node.
    Rope(NonNull<Header>),
}

impl Str {
    /// The string as a value.
    #[inline(always)]
    pub fn to_value(self) -> Value {
        Value::from_pointer(TAG_STRING, self.0)
    }

    /// The string in a value, if it is one.
    #[inline(always)]
    pub fn from_value(v: Value) -> Option<Str> {
        // SAFETY: the tag was tested.
        if v.is_string() { Some(unsafe { Str::from_value_unchecked(v) }) } else { None }
    }

    /// The string in a value.
    ///
    /// # Safety
    /// `v.is_string()` holds.
    #[inline(always)]
    pub unsafe fn from_value_unchecked(v: Value) -> Str {
        // SAFETY: references are never null.
        Str(unsafe { NonNull::new_unchecked(v.pointer_payload()) })
    }

    /// The string's header.
    #[inline(always)]
    pub fn header(self) -> NonNull<Header> {
        self.0.cast()
    }

    #[inline(always)]
    pub(crate) fn object<'a>(self) -> &'a StrObject {
        // SAFETY: a `Str` refers to a live string object, whose fields are immutable or atomic.
        unsafe { self.0.as_ref() }
    }

    /// Whether both are the same object; for interned strings this is equality.
    #[inline(always)]
    pub fn is_same(self, other: Str) -> bool {
        self.0 == other.0
    }

    /// Number of bytes.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.object().len as usize
    }

    /// Whether it has no bytes.
    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    pub(crate) fn flags(self) -> u8 {
        self.object().header.flags.load(Relaxed)
    }

    pub(crate) fn add_flags(self, flags: u8) {
        self.object().header.flags.fetch_or(flags, Relaxed);
    }

    /// Whether it is the one interned string with its bytes.
    #[inline(always)]
    pub fn is_interned(self) -> bool {
        self.flags() & STR_INTERNED != 0
    }

    /// Whether some instruction names it as a key.
    #[inline(always)]
    pub fn is_field_name(self) -> bool {
        self.flags() & STR_FIELD_NAME != 0
    }

    #[inline(always)]
    pub(crate) fn body(self) -> Body {
        let body = self.object().body.load(Acquire);
        match body & BODY_TAG {
            0 => Body::Flat(address_to_pointer(body)),
            BODY_ROPE => Body::Rope(body_pointer(body)),
            _ => {
                // An interned string is flat and stays so.
                let canonical = Str(body_pointer(body));
                Body::Flat(address_to_pointer(canonical.object().body.load(Acquire)))
            }
        }
    }

    /// The bytes. A rope is flattened first, which allocates.
    ///
    /// The slice is good as long as the string is reachable or the slice itself lies on a native stack. It must not be kept
    /// anywhere else.
    #[inline]
    pub fn bytes<'a>(self, m: &mut Mutator) -> &'a [u8] {
        match self.bytes_flat() {
            Some(bytes) => bytes,
            None => flatten_slow(m, self),
        }
    }

    /// The bytes, unless the string is a rope that nobody has read yet. The rule of [`Str::bytes`] holds.
    #[inline]
    pub fn bytes_flat<'a>(self) -> Option<&'a [u8]> {
        match self.body() {
            // SAFETY: a flat body leads to `len` bytes that never change and live as long as the string; the collector
            // keeps them alive for a slice on a native stack too, as that is an interior pointer.
            Body::Flat(p) => Some(unsafe { std::slice::from_raw_parts(p, self.len()) }),
            Body::Rope(_) => None,
        }
    }

    /// The seeded hash of the bytes; never 0.
    #[inline]
    pub fn hash(self, m: &mut Mutator) -> u32 {
        match self.hash_known() {
            0 => self.hash_slow(m),
            hash => hash,
        }
    }

    #[inline(always)]
    pub(crate) fn hash_known(self) -> u32 {
        self.object().header.word.load(Relaxed)
    }

    fn hash_slow(self, m: &mut Mutator) -> u32 {
        let bytes = self.bytes(m);
        let seed = m.heap().strings().seed();
        let hash = m.aside_at_allocation(bytes.len(), || hash_bytes(seed, bytes));
        self.object().header.word.store(hash, Relaxed);
        hash
    }

    /// Whether both have the same bytes.
    #[inline]
    pub fn eq(self, other: Str, m: &mut Mutator) -> bool {
        if self.is_same(other) {
            return true;
        }
        if self.flags() & other.flags() & STR_INTERNED != 0 || self.len() != other.len() {
            return false;
        }
        self.eq_slow(other, m)
    }

    #[inline(never)]
    fn eq_slow(self, other: Str, m: &mut Mutator) -> bool {
        if let (Some(a), Some(b)) = (self.interned_hint(), other.interned_hint()) {
            return a.is_same(b);
        }
        let (a, b) = (self.hash_known(), other.hash_known());
        if a != 0 && b != 0 && a != b {
            return false;
        }
        let a = self.bytes(m);
        let b = other.bytes(m);
        let is_equal = m.aside_at_allocation(a.len(), || crate::intern::same_bytes(a, b));
        keep_alive(self.to_value());
        keep_alive(other.to_value());
        is_equal
    }

    /// Whether the bytes are these.
    pub fn eq_bytes(self, bytes: &[u8], m: &mut Mutator) -> bool {
        self.len() == bytes.len() && crate::intern::same_bytes(self.bytes(m), bytes)
    }

    /// The order of the bytes.
    pub fn cmp(self, other: Str, m: &mut Mutator) -> Ordering {
        if self.is_same(other) {
            return Ordering::Equal;
        }
        let a = self.bytes(m);
        let b = other.bytes(m);
        let order = m.aside_at_allocation(a.len().min(b.len()), || a.cmp(b));
        keep_alive(self.to_value());
        keep_alive(other.to_value());
        order
    }

    /// The interned string with the same bytes, if that is known without a search.
    #[inline(always)]
    pub fn interned_hint(self) -> Option<Str> {
        if self.is_interned() {
            return Some(self);
        }
        let body = self.object().body.load(Relaxed);
        if body & BODY_TAG == BODY_CANONICAL { Some(Str(body_pointer(body))) } else { None }
    }

    /// The interned string with the same bytes. If there is none yet this string becomes it.
    #[inline]
    pub fn intern(self, m: &mut Mutator) -> Str {
        match self.interned_hint() {
            Some(s) => s,
            None => crate::intern::intern_slow(m, self),
        }
    }

    /// The interned string with the same bytes, if there is one.
    #[inline]
    pub fn find_interned(self, m: &mut Mutator) -> Option<Str> {
        match self.interned_hint() {
            Some(s) => Some(s),
            None => crate::intern::find_slow(m, self),
        }
    }

    /// What was attached to this very string object under the type `T` (a compiled pattern or format).
    pub fn attachment<T: Any + Send + Sync>(self, heap: &Heap) -> Option<Arc<T>> {
        if self.flags() & STR_ATTACHED == 0 {
            return None;
        }
        heap.strings().attachment(self)
    }

    /// Attaches something to this string object, in place of an earlier attachment of the same type. It is dropped with the
    /// string.
    pub fn attach<T: Any + Send + Sync>(self, heap: &Heap, attachment: Arc<T>) {
        heap.strings().attach(self, attachment);
        self.add_flags(STR_ATTACHED);
    }
}

impl std::fmt::Debug for Str {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.bytes_flat() {
            Some(bytes) => write!(f, "\"{}\"", bytes.escape_ascii()),
            None => write!(f, "rope of {} bytes", self.len()),
        }
    }
}

#[inline(always)]
fn body_pointer<T>(body: u64) -> NonNull<T> {
    // SAFETY: a tagged body holds the address of an object, which is not null.
    unsafe { NonNull::new_unchecked(address_to_pointer(body & !BODY_TAG)) }
}

/// A new string whose bytes lie behind it; the caller fills them before it allocates again.
pub(crate) fn alloc_inline(m: &mut Mutator, len: usize, flags: u8) -> Result<(Str, *mut u8), OutOfMemory> {
    if len > STR_LEN_MAX {
        return Err(OutOfMemory);
    }
    let object = m.alloc_large(Kind::Str, flags, 0, 0, STR_HEAD_BYTES + len)?;
    // SAFETY: the object is new and has that size.
    Ok(unsafe { init_inline(object, len) })
}

/// As [`alloc_inline`], even above the heap limit.
pub(crate) fn alloc_inline_forced(m: &mut Mutator, len: usize, flags: u8) -> (Str, *mut u8) {
    let object = m.alloc(Kind::Str, flags, 0, 0, STR_HEAD_BYTES + len);
    // SAFETY: the object is new and has that size.
    unsafe { init_inline(object, len) }
}

/// # Safety
/// The object is new and has `STR_HEAD_BYTES + len` bytes, of which the header is written.
#[inline(always)]
unsafe fn init_inline(object: NonNull<Header>, len: usize) -> (Str, *mut u8) {
    let object = object.cast::<StrObject>();
    // SAFETY: as the caller says.
    unsafe {
        let bytes = object.cast::<u8>().add(STR_HEAD_BYTES);
        (&raw mut (*object.as_ptr()).len).write(len as u64);
        (&raw mut (*object.as_ptr()).body).write(AtomicU64::new(pointer_to_address(bytes.as_ptr())));
        (Str(object), bytes.as_ptr())
    }
}

/// A new string with the given body, which leads to `len` bytes.
pub(crate) fn alloc_outline(m: &mut Mutator, len: usize, body: u64) -> Str {
    let object = m.alloc(Kind::Str, 0, 0, 0, STR_HEAD_BYTES).cast::<StrObject>();
    // SAFETY: the object has the size of a `StrObject`, whose header is written.
    unsafe {
        (&raw mut (*object.as_ptr()).len).write(len as u64);
        (&raw mut (*object.as_ptr()).body).write(AtomicU64::new(body));
    }
    Str(object)
}

/// Replaces the body by one that leads to the same bytes.
pub(crate) fn replace_body(m: &mut Mutator, s: Str, body: u64) {
    s.object().body.store(body, Release);
    m.write_barrier(s.header());
}

/// Visits what a string refers to.
///
/// # Safety
/// `object` is a live string.
#[inline]
pub(crate) unsafe fn trace(object: NonNull<Header>, marker: &mut crate::heap::mark::Marker) {
    let s = Str(object.cast());
    let body = s.object().body.load(Relaxed);
    if body & BODY_TAG != 0 {
        marker.visit_object(body_pointer(body));
    } else {
        let inline = pointer_to_address(s.0.as_ptr()) + STR_HEAD_BYTES as u64;
        if body != inline {
            // Outline bytes begin at the start of their buffer: strings share prefixes only.
            marker.visit_object(body_pointer(body - BYTES_HEAD_BYTES as u64));
        }
    }
}

impl Mutator {
    /// A string of these bytes.
    #[inline]
    pub fn new_str(&mut self, bytes: &[u8]) -> Result<Str, OutOfMemory> {
        match bytes {
            [] => Ok(self.empty_str()),
            [b] => Ok(self.byte_str(*b)),
            _ if self.caches.strings.is_worth_looking(bytes.len()) => self.known_or_new_str(bytes),
            _ => self.new_str_of(bytes, 0),
        }
    }

    /// A string of these bytes: an interned one that was looked for recently, or a new one.
    #[inline(never)]
    fn known_or_new_str(&mut self, bytes: &[u8]) -> Result<Str, OutOfMemory> {
        let words = short_key(bytes);
        if let Some(words) = words
            && let Some(s) = self.caches.strings.find_short(words)
        {
            return Ok(s);
        }
        let hash = hash_bytes(self.heap().strings().seed(), bytes);
        match self.caches.strings.find_new(hash, bytes) {
            Some(s) => {
                if let Some(words) = words {
                    self.caches.strings.note_short(words, s);
                }
                Ok(s)
            }
            None => self.new_str_of(bytes, hash),
        }
    }

    /// A new string of these bytes, with their hash, or 0.
    #[inline(always)]
    fn new_str_of(&mut self, bytes: &[u8], hash: u32) -> Result<Str, OutOfMemory> {
        let (s, to) = alloc_inline(self, bytes.len(), 0)?;
        // SAFETY: the new string has room for the bytes, which lie elsewhere.
        self.aside_at_allocation(bytes.len(), || unsafe { copy_bytes(bytes.as_ptr(), to, bytes.len()) });
        std::hint::black_box(bytes.as_ptr());
        s.object().header.word.store(hash, Relaxed);
        Ok(s)
    }

    /// A string of `len` bytes, zero at first, that `fill` sets without touching anything else in the heap but bytes that the
    /// caller keeps alive. Counts as a call for machine code.
    #[inline]
    pub fn new_str_with(&mut self, len: usize, fill: impl FnOnce(&mut [u8])) -> Result<Str, OutOfMemory> {
        let (s, bytes) = alloc_inline(self, len, 0)?;
        // SAFETY: the bytes belong to the new string, which nobody else knows; zeroing makes them initialised.
        self.aside(len, || unsafe {
            bytes.write_bytes(0, len);
            fill(std::slice::from_raw_parts_mut(bytes, len));
        });
        Ok(s)
    }

    /// As [`Mutator::new_str_with`], but `fill` may read the heap, and look whether others want to stop the world.
    pub fn new_str_in_steps(
        &mut self,
        len: usize,
        fill: impl FnOnce(&mut Mutator, &mut [u8]),
    ) -> Result<Str, OutOfMemory> {
        let (s, bytes) = alloc_inline(self, len, 0)?;
        // SAFETY: as above.
        let slice = unsafe {
            bytes.write_bytes(0, len);
            std::slice::from_raw_parts_mut(bytes, len)
        };
        fill(self, slice);
        Ok(s)
    }

    /// The string without bytes.
    #[inline]
    pub fn empty_str(&mut self) -> Str {
        self.heap().strings().empty_str()
    }

    /// The string of this one byte.
    #[inline]
    pub fn byte_str(&mut self, byte: u8) -> Str {
        self.heap().strings().byte_str(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::mutator;

    #[test]
    fn bytes_round_trip_at_all_sizes() {
        let m = &mut mutator();
        for len in [0, 1, 2, 7, 8, 40, 1000, 9000, 100_000] {
            let bytes: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let s = m.new_str(&bytes).unwrap();
            assert_eq!(s.len(), len);
            assert_eq!(s.bytes(m), bytes);
            assert_eq!(s.bytes_flat(), Some(&bytes[..]));
        }
        assert!(m.new_str(b"").unwrap().is_empty());
    }

    #[test]
    fn equality_and_order_are_those_of_the_bytes() {
        let m = &mut mutator();
        let words: [&[u8]; 6] = [b"", b"a", b"ab", b"b", b"abc", b"\xff\x00"];
        for a in words {
            for b in words {
                let (s, t) = (m.new_str(a).unwrap(), m.new_str(b).unwrap());
                assert_eq!(s.eq(t, m), a == b);
                assert_eq!(s.cmp(t, m), a.cmp(b));
                let (s, t) = (m.intern(a), m.new_str(b).unwrap());
                assert_eq!(s.eq(t, m), a == b);
                assert_eq!(t.eq_bytes(a, m), a == b);
            }
        }
    }

    #[test]
    fn equal_strings_have_equal_hashes() {
        let m = &mut mutator();
        let (a, b) = (m.new_str(b"hash me").unwrap(), m.new_str(b"hash me").unwrap());
        assert_eq!(a.hash(m), b.hash(m));
        assert_ne!(a.hash(m), 0);
    }

    #[test]
    fn too_long_strings_are_refused() {
        let m = &mut mutator();
        assert!(m.new_str_with(STR_LEN_MAX + 1, |_| ()).is_err());
    }

    #[test]
    fn attachments_are_found_by_type() {
        let m = &mut mutator();
        let s = m.new_str(b"%d+").unwrap();
        assert!(s.attachment::<u32>(m.heap()).is_none());
        s.attach(m.heap(), Arc::new(7u32));
        assert_eq!(s.attachment::<u32>(m.heap()).as_deref(), Some(&7));
        assert!(s.attachment::<u64>(m.heap()).is_none());
        s.attach(m.heap(), Arc::new(8u32));
        assert_eq!(s.attachment::<u32>(m.heap()).as_deref(), Some(&8));
    }
}
