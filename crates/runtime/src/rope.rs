//! Concatenation: short results are copied, long ones are built without copying what is already there.
//!
//! ```text
//!   Bytes:  | header | used (atomic) | capacity | bytes ...          a buffer that strings share as prefixes
//!   Rope:   | header, word = nodes | left string | right string |    a concatenation nobody has read yet
//! ```
//!
//! A result below `ROPE_BYTES_MIN` is copied into one new string. For a longer one the left operand decides:
//! - It ends where its buffer's used part ends: the right operand is appended in place (the room is claimed by a compare
//!   and swap on `used`) and the result shares the buffer. A full buffer is replaced by one of double size. So appending in
//!   a loop copies every byte a constant number of times.
//! - Otherwise a rope node is made. A node knows how many nodes lie below it, shared ones counted as often as they are met;
//!   when that number times `NODE_WEIGHT` reaches the length, the node is flattened at once. So every concatenation pays
//!   for at most `NODE_WEIGHT` bytes of copying, and ropes never need more memory than some times their bytes, whatever the
//!   pattern: prepending in a loop is linear too.
//!
//! Flattening gives the result a buffer with room to spare, so a loop that appends and reads by turns appends in place.
//! All walks over ropes are iterative.

use crate::digits::{INT_DIGITS_MAX, int_digits};
use crate::heap::OutOfMemory;
use crate::heap::mark::Marker;
use crate::heap::roots::RootedVec;
use crate::intern::KNOWN_BYTES_MAX;
use crate::mutator::{Mutator, keep_alive};
use crate::object::{Header, Kind, Word};
use crate::storage_copy::copy_bytes;
use crate::string::{BODY_ROPE, BODY_TAG, Body, STR_LEN_MAX, Str, alloc_inline, alloc_outline, replace_body};
use crate::value::{Value, address_to_pointer, pointer_to_address};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The fixed part of a buffer.
#[repr(C)]
pub(crate) struct BytesObject {
    pub(crate) header: Header,
    pub(crate) used: AtomicU64,
    pub(crate) capacity: u64,
}

/// Offset of the bytes in a buffer.
pub(crate) const BYTES_HEAD_BYTES: usize = size_of::<BytesObject>();

/// A rope node; `header.word` is the number of nodes in it, itself included, saturating.
#[repr(C)]
pub(crate) struct RopeObject {
    pub(crate) header: Header,
    pub(crate) left: Word,
    pub(crate) right: Word,
}

/// Results shorter than this are copied. Copying so few bytes costs little more than allocating a node.
const ROPE_BYTES_MIN: usize = 1024;

/// A rope is flattened when it has this many bytes a node, or fewer. Half of what a node and its string take, so that ropes
/// need three times their bytes at most. 64 costs a third more time in a loop that prepends single bytes.
const NODE_WEIGHT: usize = 32;

/// The longest result that is put together on the native stack, arbitrary: keys and lines are mostly shorter.
const JOINED_MAX: usize = 96;

/// Copies bytes between slices of one length; few without a call.
#[inline(always)]
fn copy_short(from: &[u8], to: &mut [u8]) {
    fn copy_ends<const N: usize>(from: &[u8], to: &mut [u8]) {
        if let (Some(from), Some(to)) = (from.first_chunk::<N>(), to.first_chunk_mut::<N>()) {
            *to = *from;
        }
        if let (Some(from), Some(to)) = (from.last_chunk::<N>(), to.last_chunk_mut::<N>()) {
            *to = *from;
        }
    }
    match from.len() {
        0 => {}
        1..4 => {
            // The first, the middle and the last one.
            let last = from.len() - 1;
            to[0] = from[0];
            to[last / 2 + last % 2] = from[last / 2 + last % 2];
            to[last] = from[last];
        }
        4..8 => copy_ends::<4>(from, to),
        8..=16 => copy_ends::<8>(from, to),
        _ => to.copy_from_slice(from),
    }
}

/// A part of a concatenation.
#[derive(Clone, Copy)]
pub enum Piece<'a> {
    /// A string.
    Str(Str),
    /// Bytes that are no string, such as a formatted number.
    Bytes(&'a [u8]),
}

impl Piece<'_> {
    #[inline]
    fn len(&self) -> usize {
        match self {
            Piece::Str(s) => s.len(),
            Piece::Bytes(b) => b.len(),
        }
    }

    /// # Safety
    /// `to` has room for the piece.
    #[inline]
    unsafe fn write(&self, to: *mut u8) {
        match self {
            // SAFETY: as the caller says.
            Piece::Str(s) => unsafe { write_string(*s, to) },
            // SAFETY: as the caller says.
            Piece::Bytes(b) => unsafe { copy_bytes(b.as_ptr(), to, b.len()) },
        }
    }

    fn to_str(self, m: &mut Mutator) -> Result<Str, OutOfMemory> {
        match self {
            Piece::Str(s) => Ok(s),
            Piece::Bytes(b) => m.new_str(b),
        }
    }
}

impl Mutator {
    /// Joins strings.
    ///
    /// # Panics
    /// If a value is not a string.
    pub fn concat(&mut self, values: &[Value]) -> Result<Str, OutOfMemory> {
        let string = |v: &Value| Str::from_value(*v).expect("only strings are concatenated");
        if let [a, b] = values {
            return self.concat2(string(a), string(b));
        }
        // Chains in the source are rarely longer than this; the array saves an allocation.
        const FEW: usize = 8;
        if values.len() <= FEW {
            let mut pieces = [Piece::Bytes(&[]); FEW];
            for (piece, v) in pieces.iter_mut().zip(values) {
                *piece = Piece::Str(string(v));
            }
            self.concat_pieces(&pieces[..values.len()])
        } else {
            // The strings stay reachable through `values`.
            let pieces: Vec<Piece<'_>> = values.iter().map(|v| Piece::Str(string(v))).collect();
            self.concat_pieces(&pieces)
        }
    }

    /// Joins strings and immediate integers to a short string, in one pass and without objects on the way. `None` if the result
    /// is not short, or something else is among the values.
    pub fn join_short(&mut self, values: &[Value]) -> Option<Result<Str, OutOfMemory>> {
        let mut bytes = [0; JOINED_MAX];
        let mut len = 0;
        for &v in values {
            let mut digits = [0; INT_DIGITS_MAX];
            let part = match Str::from_value(v) {
                Some(s) => s.bytes_flat()?,
                None => int_digits(v.as_small_int()?, &mut digits),
            };
            copy_short(part, bytes.get_mut(len..len + part.len())?);
            len += part.len();
        }
        Some(self.new_str(&bytes[..len]))
    }

    /// Joins two strings.
    #[inline]
    pub fn concat2(&mut self, left: Str, right: Str) -> Result<Str, OutOfMemory> {
        let len = left.len() + right.len();
        if right.is_empty() {
            return Ok(left);
        }
        if left.is_empty() {
            return Ok(right);
        }
        if len >= ROPE_BYTES_MIN {
            return join_long(self, left, Piece::Str(right));
        }
        if self.caches.strings.is_worth_looking(len) {
            return self.concat_pieces(&[Piece::Str(left), Piece::Str(right)]);
        }
        let (s, to) = alloc_inline(self, len, 0)?;
        // SAFETY: the new string has room for both.
        unsafe {
            write_string(left, to);
            write_string(right, to.add(left.len()));
        }
        Ok(s)
    }

    /// Joins strings and bytes. The strings must be reachable from elsewhere meanwhile.
    pub fn concat_pieces(&mut self, pieces: &[Piece<'_>]) -> Result<Str, OutOfMemory> {
        let len: usize = pieces.iter().map(Piece::len).sum();
        match len {
            0 => return Ok(self.empty_str()),
            ROPE_BYTES_MIN.. => return concat_long(self, pieces),
            _ => {}
        }
        if let Some(Piece::Str(only)) = single(pieces, len) {
            return Ok(only);
        }
        if len == 1 {
            let mut byte = 0;
            for piece in pieces {
                // SAFETY: all pieces together have one byte.
                unsafe { piece.write(&mut byte) };
            }
            return Ok(self.byte_str(byte));
        }
        if self.caches.strings.is_worth_looking(len) {
            let mut bytes = [0; KNOWN_BYTES_MAX];
            let mut at = 0;
            for piece in pieces {
                // SAFETY: all pieces together fit.
                unsafe { piece.write(bytes.as_mut_ptr().add(at)) };
                at += piece.len();
            }
            return self.new_str(&bytes[..len]);
        }
        let (s, mut to) = alloc_inline(self, len, 0)?;
        for piece in pieces {
            // SAFETY: the new string has room for all pieces one after the other.
            unsafe {
                piece.write(to);
                to = to.add(piece.len());
            }
        }
        Ok(s)
    }
}

/// The piece that alone makes up the whole, if there is one.
fn single<'a>(pieces: &[Piece<'a>], len: usize) -> Option<Piece<'a>> {
    pieces.iter().find(|p| p.len() == len).copied()
}

/// Joins pieces to a long string, from left to right; runs of short pieces are copied together first.
#[inline(never)]
fn concat_long(m: &mut Mutator, pieces: &[Piece<'_>]) -> Result<Str, OutOfMemory> {
    let len: usize = pieces.iter().map(Piece::len).sum();
    if len > STR_LEN_MAX {
        return Err(OutOfMemory);
    }
    // Everything new and nothing long among it: one allocation, one pass.
    if pieces.iter().all(|p| p.len() < ROPE_BYTES_MIN) {
        let (s, mut to) = alloc_inline(m, len, 0)?;
        for piece in pieces {
            // SAFETY: the new string has room for all pieces one after the other.
            unsafe {
                piece.write(to);
                to = to.add(piece.len());
            }
        }
        return Ok(s);
    }
    let mut result: Option<Str> = None;
    let mut i = 0;
    while i < pieces.len() {
        let mut end = i + 1;
        let mut run_len = pieces[i].len();
        while end < pieces.len() && run_len + pieces[end].len() < ROPE_BYTES_MIN {
            run_len += pieces[end].len();
            end += 1;
        }
        let piece = if end > i + 1 { Piece::Str(m.concat_pieces(&pieces[i..end])?) } else { pieces[i] };
        i = end;
        if piece.len() == 0 {
            continue;
        }
        result = Some(match result {
            None => piece.to_str(m)?,
            Some(left) if left.len() + piece.len() < ROPE_BYTES_MIN => {
                m.concat_pieces(&[Piece::Str(left), piece])?
            }
            Some(left) => join_long(m, left, piece)?,
        });
    }
    Ok(result.unwrap_or_else(|| m.empty_str()))
}

/// Joins two parts, neither of them empty, to a string that is not short.
fn join_long(m: &mut Mutator, left: Str, right: Piece<'_>) -> Result<Str, OutOfMemory> {
    let len = left.len() + right.len();
    if len > STR_LEN_MAX || len > m.heap().limit_bytes() {
        return Err(OutOfMemory);
    }
    if right.len() <= left.len()
        && let Some(buffer) = buffer_of(left)
        && let Some(s) = append_in_place(m, left, buffer, &right, len)?
    {
        return Ok(s);
    }
    let right = right.to_str(m)?;
    let nodes = (node_count(left) as usize + node_count(right) as usize + 1).min(u32::MAX as usize);
    if nodes * NODE_WEIGHT >= len {
        let buffer = new_buffer(m, len, len * 2)?;
        // SAFETY: the buffer has room for both.
        unsafe {
            write_string(left, bytes_of(buffer));
            write_string(right, bytes_of(buffer).add(left.len()));
        }
        return Ok(alloc_outline(m, len, pointer_to_address(bytes_of(buffer))));
    }
    let node = m.alloc(Kind::Rope, 0, 0, nodes as u32, size_of::<RopeObject>()).cast::<RopeObject>();
    // SAFETY: the node has the size of a `RopeObject`, whose header is written.
    unsafe {
        (&raw mut (*node.as_ptr()).left).write(Word::new(left.to_value()));
        (&raw mut (*node.as_ptr()).right).write(Word::new(right.to_value()));
    }
    Ok(alloc_outline(m, len, pointer_to_address(node.as_ptr()) | BODY_ROPE))
}

/// Appends to the buffer whose used part ends with `left`, or to a larger copy of it if it is full. `None` if another
/// string already continues behind `left`.
fn append_in_place(
    m: &mut Mutator,
    left: Str,
    buffer: NonNull<BytesObject>,
    right: &Piece<'_>,
    len: usize,
) -> Result<Option<Str>, OutOfMemory> {
    // SAFETY: `left` keeps its buffer alive.
    let (used, capacity) = unsafe { (&buffer.as_ref().used, buffer.as_ref().capacity) };
    if used.load(Relaxed) != left.len() as u64 {
        return Ok(None);
    }
    let buffer = if len as u64 > capacity {
        let larger = new_buffer(m, len, len * 2)?;
        // SAFETY: the new buffer has room for all.
        unsafe { write_string(left, bytes_of(larger)) };
        larger
    } else if used.compare_exchange(left.len() as u64, len as u64, Relaxed, Relaxed).is_ok() {
        buffer
    } else {
        return Ok(None);
    };
    // SAFETY: the bytes from `left.len()` to `len` are this call's own: claimed, or in a new buffer.
    unsafe { right.write(bytes_of(buffer).add(left.len())) };
    Ok(Some(alloc_outline(m, len, pointer_to_address(bytes_of(buffer)))))
}

/// The buffer that holds the bytes of a string, if they are in one.
fn buffer_of(s: Str) -> Option<NonNull<BytesObject>> {
    let body = s.object().body.load(Relaxed);
    let inline = pointer_to_address(s.0.as_ptr()) + crate::string::STR_HEAD_BYTES as u64;
    if body & BODY_TAG != 0 || body == inline {
        return None;
    }
    NonNull::new(address_to_pointer(body - BYTES_HEAD_BYTES as u64))
}

/// Nodes of the rope that a string is; 0 if it is flat.
fn node_count(s: Str) -> u32 {
    match s.body() {
        Body::Flat(_) => 0,
        // SAFETY: the string keeps its node alive.
        Body::Rope(node) => unsafe { node.as_ref().word.load(Relaxed) },
    }
}

/// A buffer whose first `used` bytes the caller fills before it allocates again.
fn new_buffer(m: &mut Mutator, used: usize, capacity: usize) -> Result<NonNull<BytesObject>, OutOfMemory> {
    let size_bytes = (BYTES_HEAD_BYTES + capacity).next_multiple_of(16);
    // Near the heap limit the room to spare is what can be done without.
    let (object, size_bytes) = match m.alloc_large(Kind::Bytes, 0, 0, 0, size_bytes) {
        Ok(object) => (object, size_bytes),
        Err(_) => {
            let least = (BYTES_HEAD_BYTES + used).next_multiple_of(16);
            (m.alloc_large(Kind::Bytes, 0, 0, 0, least)?, least)
        }
    };
    // SAFETY: the object is new and has that size.
    Ok(unsafe { init_buffer(object, used, size_bytes) })
}

/// # Safety
/// The object is new and has `size_bytes` bytes, of which the header is written.
unsafe fn init_buffer(object: NonNull<Header>, used: usize, size_bytes: usize) -> NonNull<BytesObject> {
    let object = object.cast::<BytesObject>();
    // SAFETY: as the caller says.
    unsafe {
        (&raw mut (*object.as_ptr()).used).write(AtomicU64::new(used as u64));
        (&raw mut (*object.as_ptr()).capacity).write((size_bytes - BYTES_HEAD_BYTES) as u64);
    }
    object
}

#[inline]
fn bytes_of(buffer: NonNull<BytesObject>) -> *mut u8 {
    buffer.as_ptr().cast::<u8>().wrapping_add(BYTES_HEAD_BYTES)
}

/// Copies the bytes of a string, rope or not.
///
/// # Safety
/// `to` has room for `s.len()` bytes.
#[inline]
unsafe fn write_string(s: Str, to: *mut u8) {
    match s.body() {
        // SAFETY: a flat body has `len` bytes; the rest is as the caller says.
        Body::Flat(from) => unsafe { copy_bytes(from, to, s.len()) },
        // SAFETY: as the caller says.
        Body::Rope(_) => unsafe { write_rope(s, to) },
    }
}

/// # Safety
/// As for [`write_string`].
#[inline(never)]
unsafe fn write_rope(s: Str, mut to: *mut u8) {
    // No allocation in the heap happens during the walk, so the strings on this list cannot die.
    let mut pending = vec![s];
    while let Some(s) = pending.pop() {
        match s.body() {
            Body::Flat(from) => {
                // SAFETY: the lengths of the leaves add up to that of the rope.
                unsafe {
                    copy_bytes(from, to, s.len());
                    to = to.add(s.len());
                }
            }
            Body::Rope(node) => {
                // SAFETY: the string keeps its node alive, and a node's children are strings.
                unsafe {
                    let node = node.cast::<RopeObject>().as_ref();
                    pending.push(Str::from_value_unchecked(node.right.load()));
                    pending.push(Str::from_value_unchecked(node.left.load()));
                }
            }
        }
    }
}

/// Bytes, or parts of ropes, between two looks whether others want to stop the world.
const STEP_BYTES: usize = 1 << 18;
const STEP_PARTS: usize = 1 << 12;

/// As [`write_rope`] for a long string: others may collect meanwhile. Another worker may flatten parts of the rope, so what is
/// still to be copied is kept alive here.
///
/// # Safety
/// As for [`write_string`]; the caller keeps the memory at `to` alive.
#[cold]
#[inline(never)]
unsafe fn write_in_steps(m: &mut Mutator, s: Str, mut to: *mut u8) {
    let mut pending = RootedVec::new(&m.shared_heap().clone());
    pending.push(s.to_value());
    let (mut copied, mut parts) = (0, 0);
    while let Some(v) = pending.pop() {
        // SAFETY: only strings are put on the list.
        let s = unsafe { Str::from_value_unchecked(v) };
        match s.body() {
            Body::Flat(from) => {
                let len = s.len();
                // SAFETY: the lengths of the leaves add up to that of the rope.
                m.aside_at_allocation(len, || unsafe { copy_bytes(from, to, len) });
                to = to.wrapping_add(len);
                copied += len;
            }
            Body::Rope(node) => {
                // SAFETY: nothing is allocated between reading the body and its node.
                unsafe {
                    let node = node.cast::<RopeObject>().as_ref();
                    pending.push(node.right.load());
                    pending.push(node.left.load());
                }
            }
        }
        parts += 1;
        if copied >= STEP_BYTES || parts == STEP_PARTS {
            (copied, parts) = (0, 0);
            m.rest_to_collect_if_asked();
        }
        keep_alive(v);
        std::hint::black_box(to);
    }
}

/// Gives a rope a buffer of its own and returns the bytes.
#[cold]
#[inline(never)]
pub(crate) fn flatten_slow<'a>(m: &mut Mutator, s: Str) -> &'a [u8] {
    let len = s.len();
    // Whoever reads a string cannot be refused: `alloc` gives memory above the limit too, and has the error raised later.
    let buffer = new_buffer(m, len, len + len / 4).unwrap_or_else(|OutOfMemory| {
        let size_bytes = (BYTES_HEAD_BYTES + len).next_multiple_of(16);
        let object = m.alloc(Kind::Bytes, 0, 0, 0, size_bytes);
        // SAFETY: the object is new and has that size.
        unsafe { init_buffer(object, len, size_bytes) }
    });
    let bytes = bytes_of(buffer);
    // SAFETY: the buffer has room for the whole string.
    unsafe {
        if len >= STEP_BYTES && m.heap().shared.is_parallel() {
            write_in_steps(m, s, bytes);
        } else {
            write_string(s, bytes);
        }
    }
    replace_body(m, s, pointer_to_address(bytes));
    // SAFETY: just written; from here on the string keeps the buffer alive.
    unsafe { std::slice::from_raw_parts(bytes, len) }
}

/// Visits what a rope node refers to.
///
/// # Safety
/// `object` is a live rope node.
#[inline]
pub(crate) unsafe fn trace(object: NonNull<Header>, marker: &mut Marker) {
    // SAFETY: as the caller says.
    let node = unsafe { object.cast::<RopeObject>().as_ref() };
    marker.visit(node.left.load());
    marker.visit(node.right.load());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::roots::RootedVec;
    use crate::testing::{Rng, mutator};

    #[test]
    fn short_results_are_flat() {
        let m = &mut mutator();
        let (a, b) = (m.new_str(b"left ").unwrap(), m.new_str(b"right").unwrap());
        let s = m.concat2(a, b).unwrap();
        assert_eq!(s.bytes_flat(), Some(&b"left right"[..]));
        let e = m.empty_str();
        assert!(m.concat2(a, e).unwrap().is_same(a));
        assert!(m.concat2(e, a).unwrap().is_same(a));
        let n = m.concat_pieces(&[Piece::Str(a), Piece::Bytes(b"42"), Piece::Str(b)]).unwrap();
        assert_eq!(n.bytes(m), b"left 42right");
        let all = [a.to_value(); 20];
        let s = m.concat(&all).unwrap();
        assert_eq!(s.bytes(m), b"left ".repeat(20));
    }

    #[test]
    fn appending_in_a_loop_shares_one_buffer() {
        let m = &mut mutator();
        let x = m.new_str(b"x").unwrap();
        let mut s = m.empty_str();
        let mut kept = RootedVec::new(&m.shared_heap().clone());
        for i in 0..20_000 {
            s = m.concat2(s, x).unwrap();
            if i % 1000 == 0 {
                kept.push(s.to_value());
            }
        }
        assert_eq!(s.len(), 20_000);
        assert!(buffer_of(s).is_some());
        for (i, &v) in kept.iter().enumerate() {
            assert!(Str::from_value(v).unwrap().bytes(m) == b"x".repeat(i * 1000 + 1));
        }
    }

    #[test]
    fn two_continuations_of_one_string_do_not_disturb_each_other() {
        let m = &mut mutator();
        let base = b"b".repeat(5000);
        let x = m.new_str(&base).unwrap();
        let one = m.new_str(b"1").unwrap();
        let mut s = m.concat2(x, one).unwrap();
        s.bytes(m);
        s = m.concat2(s, one).unwrap();
        let (y, z) = (m.new_str(b"yy").unwrap(), m.new_str(b"zz").unwrap());
        let (a, b) = (m.concat2(s, y).unwrap(), m.concat2(s, z).unwrap());
        let text = |tail: &str| [&base[..], tail.as_bytes()].concat();
        assert_eq!(a.bytes(m), text("11yy"));
        assert_eq!(b.bytes(m), text("11zz"));
        assert_eq!(s.bytes(m), text("11"));
    }

    #[test]
    fn prepending_and_wrapping_in_a_loop() {
        let m = &mut mutator();
        let (a, b) = (m.new_str(b"(").unwrap(), m.new_str(b")").unwrap());
        let mut s = m.new_str(b"x").unwrap();
        for _ in 0..30_000 {
            let parts = [a.to_value(), s.to_value(), b.to_value()];
            s = m.concat(&parts).unwrap();
        }
        let expected = [b"(".repeat(30_000), b"x".to_vec(), b")".repeat(30_000)].concat();
        assert!(s.bytes(m) == expected);
    }

    #[test]
    fn doubling_makes_huge_strings_without_bytes() {
        let m = &mut mutator();
        let mut s = m.new_str(&b"0123456789abcdef".repeat(64)).unwrap();
        for _ in 0..12 {
            s = m.concat2(s, s).unwrap();
        }
        assert_eq!(s.len(), 1024 << 12);
        assert_eq!(s.bytes(m).len(), 1024 << 12);
    }

    #[test]
    fn random_concatenations_agree_with_vectors() {
        let m = &mut mutator();
        let mut rng = Rng::new(7);
        let rounds = if cfg!(miri) { 60 } else { 1500 };
        let mut strings = RootedVec::new(&m.shared_heap().clone());
        let mut model: Vec<Vec<u8>> = vec![];
        for i in 0..8 {
            let bytes = vec![b'a' + i; 1 << (i * 2 % 11)];
            strings.push(m.new_str(&bytes).unwrap().to_value());
            model.push(bytes);
        }
        let string = |strings: &[Value], i: usize| Str::from_value(strings[i]).unwrap();
        for _ in 0..rounds {
            let (i, j, k) = (rng.below(8), rng.below(8), rng.below(8));
            let (left, right) = (string(&strings, i), string(&strings, j));
            let (s, bytes) = if rng.below(3) == 0 {
                let pieces = [Piece::Str(left), Piece::Bytes(b"12.5"), Piece::Str(right)];
                (m.concat_pieces(&pieces).unwrap(), [&model[i][..], b"12.5", &model[j]].concat())
            } else {
                (m.concat2(left, right).unwrap(), [&model[i][..], &model[j]].concat())
            };
            if rng.below(4) == 0 {
                assert!(s.bytes(m) == bytes);
            }
            assert_eq!(s.len(), bytes.len());
            if bytes.len() < 200_000 {
                strings[k] = s.to_value();
                model[k] = bytes;
            }
        }
        for (i, bytes) in model.iter().enumerate() {
            assert!(string(&strings, i).bytes(m) == bytes);
        }
    }
}
