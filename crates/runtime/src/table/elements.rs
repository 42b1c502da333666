//! Integer keys: reading, writing, growing and shifting the array part, and moving keys between it and the hash part.
//!
//! An empty table's first element chooses the element kind; one that does not fit makes a storage of kind `Any`. Growth is to
//! 64 bytes first, then by doubling. When a full array is mostly nil it goes to the hash part; when integer keys in a full
//! hash part would fill more than half of an array, they go there.

use super::array::{
    ArrayRef, BOOL_HOLE, ElementKind, FIRST_CAPACITY, INT_HOLE, alloc_array, alloc_array_uncleared,
};
use super::{HASH_INTS, Table};
use crate::heap::OutOfMemory;
use crate::mutator::Mutator;
use crate::storage_copy::{copy_elements, elements_mut, move_elements};
use crate::value::{INT_MAX, INT_MIN, Value};
use std::sync::atomic::{Ordering::Acquire, Ordering::Relaxed, Ordering::Release};

/// Storages of so many bytes are copied in pieces, between which others may stop the world to collect. Copying one piece, with
/// the first use of its memory, takes some 100 microseconds. Arbitrary.
const LONG_BYTES: usize = 1 << 20;
const PIECE_BYTES: usize = 1 << 17;

/// Below this length an array is never taken for sparse.
const SPARSE_LEN_MIN: usize = 64;
/// A copy of a long storage, of another capacity. What others store into the old one meanwhile may be lost.
#[cold]
#[inline(never)]
fn copied_long(
    m: &mut Mutator,
    old: ArrayRef,
    capacity: usize,
    kind: ElementKind,
) -> Result<ArrayRef, OutOfMemory> {
    let is_traced = kind == ElementKind::Any;
    // Collections look into it when all its elements are something, and then know what is there so far.
    let new = alloc_array_uncleared(m, capacity, if is_traced { ElementKind::Float } else { kind })?;
    let count = old.len().min(new.capacity() - 1) + 1;
    let pieces = |from: usize, to: usize| {
        let step = PIECE_BYTES / kind.element_bytes();
        (from..to).step_by(step).map(move |at| (at, to.min(at + step)))
    };
    for (from, to) in pieces(if is_traced { 0 } else { count }, new.capacity()) {
        // SAFETY: there is room for elements below the capacity.
        unsafe { new.clear(from, to) };
        m.rest_to_collect_if_asked();
    }
    new.set_kind(kind);
    for (from, to) in pieces(0, count) {
        let (offset, size) = (from * kind.element_bytes(), kind.element_bytes());
        // SAFETY: both have room for `count` elements, which are of one size; the new one is not known yet.
        unsafe { copy_elements(old.base().add(offset), new.base().add(offset), to - from, size, true) };
        // A collection may have made it old.
        m.write_barrier(new.header());
        m.rest_to_collect_if_asked();
    }
    new.set_len(count - 1);
    Ok(new)
}

impl Table {
    #[inline(always)]
    pub(super) fn array_ref(self) -> ArrayRef {
        ArrayRef::at(self.object().array.load(Acquire))
    }

    /// Puts a complete storage in the place of `old`, whose contents it has. False if another thread was here first.
    /// Whoever may be one of several holds the lock; the caller runs the barrier.
    fn swap_array(self, old: ArrayRef, new: ArrayRef) -> bool {
        let array = &self.object().array;
        let is_there = array.load(Relaxed) == old.address();
        if is_there {
            array.store(new.address(), Release);
        }
        is_there
    }

    /// A border of the table (without metamethods).
    #[inline(always)]
    pub fn len(self) -> usize {
        self.array_ref().len()
    }

    /// Whether the border is 0.
    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value of an integer key.
    #[inline(always)]
    pub fn get_int(self, m: &mut Mutator, i: i64) -> Value {
        let array = self.array_ref();
        if i as u64 <= array.len() as u64 {
            let kind = array.kind_byte();
            if kind <= ElementKind::Float as u8 {
                // SAFETY: elements up to the length exist; the kind is Any or Float.
                return unsafe { array.word(i as usize) }.load();
            }
            if kind == ElementKind::Int as u8 {
                // SAFETY: elements up to the length exist; the kind is Int.
                let n = unsafe { array.int(i as usize) }.load(Relaxed);
                // An absent element is out of range too.
                if (INT_MIN..=INT_MAX).contains(&n) {
                    return Value::int_unchecked(n);
                }
            }
            // SAFETY: elements up to the length exist.
            return unsafe { load_slow(m, array, i as usize) };
        }
        self.get_int_slow(i)
    }

    #[inline(never)]
    fn get_int_slow(self, i: i64) -> Value {
        self.hash_get_int(i)
    }

    /// Sets the value of an integer key.
    #[inline(always)]
    pub fn set_int(self, m: &mut Mutator, i: i64, v: Value) -> Result<(), OutOfMemory> {
        if self.quick_set(m, i, v) { Ok(()) } else { self.set_int_slow(m, i, v) }
    }

    /// What [`Table::quick_set`] does not do.
    #[inline(never)]
    fn set_int_slow(self, m: &mut Mutator, i: i64, v: Value) -> Result<(), OutOfMemory> {
        let array = self.array_ref();
        let len = array.len();
        if i as u64 <= len as u64 {
            if array.is_shared_empty() || !array.kind().fits(v) {
                return self.set_unfitting(m, array, i as usize, v);
            }
            // SAFETY: elements up to the length exist, element 0 in every storage of a table's own; the kind fits.
            unsafe { array.store(i as usize, v) };
            if v.is_reference() {
                m.write_barrier(array.header());
            }
            if v.is_nil() && i as usize == array.len() {
                array.pop_nils();
            }
            return Ok(());
        }
        if i == len as i64 + 1 {
            return if v.is_nil() { Ok(()) } else { self.append_slow(m, v) };
        }
        self.hash_set_int(m, i, v)
    }

    /// Stores an element that exists in `array`, which is of another kind or is the shared empty one.
    #[inline(never)]
    fn set_unfitting(self, m: &mut Mutator, array: ArrayRef, i: usize, v: Value) -> Result<(), OutOfMemory> {
        if v.is_nil() {
            return Ok(());
        }
        let new = if array.is_shared_empty() {
            self.replace_array(m, array, FIRST_CAPACITY, ElementKind::of(v))?
        } else {
            self.replace_array(m, array, array.capacity(), ElementKind::Any)?
        };
        match new {
            Some(array) if i <= array.len() => {
                // SAFETY: elements up to the length exist, and the kind was made to fit.
                unsafe { array.store(i, v) };
                if v.is_reference() {
                    m.write_barrier(array.header());
                }
                Ok(())
            }
            // Another thread was here first, or has taken elements away, so this looks again.
            _ => self.set_int_slow(m, i as i64, v),
        }
    }

    /// Adds a value, which is not nil, behind the last one.
    #[inline]
    pub fn append(self, m: &mut Mutator, v: Value) -> Result<(), OutOfMemory> {
        self.set_int(m, self.len() as i64 + 1, v)
    }

    #[cold]
    #[inline(never)]
    fn append_slow(self, m: &mut Mutator, v: Value) -> Result<(), OutOfMemory> {
        let array = self.array_ref();
        let i = array.len() + 1;
        if i >= array.capacity() && i > SPARSE_LEN_MIN && array.has_fewer_live(i / 4) {
            // Mostly nil: a queue that moves on, say. The few values are better off in the hash part.
            self.array_to_hash(m)?;
            return self.set_int_slow(m, i as i64, v);
        }
        let array = self.ensure_element(m, i, v)?;
        // SAFETY: room and kind were made to fit.
        unsafe { array.store(i, v) };
        if v.is_reference() {
            m.write_barrier(array.header());
        }
        array.set_len(i);
        if self.flags() & HASH_INTS != 0
            && let Err(e) = self.migrate_from_hash(m)
        {
            // Without room for the keys that follow, the length would be no border.
            let array = self.array_ref();
            if i < array.capacity() {
                // SAFETY: element `i` is within the storage, and every kind has an absent element.
                unsafe { array.store(i, Value::NIL) };
                array.pop_nils();
            }
            return Err(e);
        }
        Ok(())
    }

    /// A storage that has room for element `i`, grown by doubling if need be, and whose kind fits `v`.
    fn ensure_element(self, m: &mut Mutator, i: usize, v: Value) -> Result<ArrayRef, OutOfMemory> {
        loop {
            let array = self.array_ref();
            let kind = if self.is_blank(array) {
                // Nothing in it yet: the first value decides, except that a reserved storage is already there.
                if array.capacity() > i && array.kind().fits(v) { array.kind() } else { ElementKind::of(v) }
            } else if array.kind().fits(v) {
                array.kind()
            } else {
                ElementKind::Any
            };
            if i < array.capacity() && kind == array.kind() {
                return Ok(array);
            }
            let capacity = if i < array.capacity() {
                array.capacity()
            } else {
                (array.capacity() * 2).max(FIRST_CAPACITY).max(i + 1)
            };
            if let Some(array) = self.replace_array(m, array, capacity, kind)? {
                return Ok(array);
            }
        }
    }

    /// Whether there is no element in a storage.
    fn is_blank(self, array: ArrayRef) -> bool {
        array.is_shared_empty() || (array.is_empty() && self.element_0_is_absent(array))
    }

    fn element_0_is_absent(self, array: ArrayRef) -> bool {
        // SAFETY: every storage has an element 0.
        unsafe { array.is_hole(0) }
    }

    /// Moves the keys that follow the last element from the hash part to the array part.
    pub(super) fn migrate_from_hash(self, m: &mut Mutator) -> Result<(), OutOfMemory> {
        loop {
            let i = self.array_ref().len() + 1;
            let v = self.hash_get_int(i as i64);
            if v.is_nil() {
                return Ok(());
            }
            let array = self.ensure_element(m, i, v)?;
            // SAFETY: room and kind were made to fit.
            unsafe { array.store(i, v) };
            if v.is_reference() {
                m.write_barrier(array.header());
            }
            array.set_len(i);
            self.hash_clear_int(i as i64);
        }
    }

    /// Moves all elements but element 0 to the hash part.
    fn array_to_hash(self, m: &mut Mutator) -> Result<(), OutOfMemory> {
        let array = self.array_ref();
        let len = array.len();
        let live = array.live_count();
        self.reserve_hash(m, live)?;
        for i in 1..=len {
            // SAFETY: elements up to the length exist.
            if unsafe { array.is_hole(i) } {
                continue;
            }
            // SAFETY: as above.
            let v = match unsafe { array.load(i) } {
                Ok(v) => v,
                Err(n) => m.int(n),
            };
            self.hash_put(m, Value::int_unchecked(i as i64), v)?;
        }
        self.set_flags(HASH_INTS);
        let zero = self.get_int(m, 0);
        let kind = if zero.is_nil() { ElementKind::Any } else { ElementKind::of(zero) };
        let new = alloc_array(m, FIRST_CAPACITY, kind)?;
        // SAFETY: a new storage has an element 0, and the kind fits.
        unsafe { new.store(0, zero) };
        // If another thread has made the array larger meanwhile, the keys stay there too, and those of the hash part are
        // not looked at.
        self.locked(m, || self.swap_array(array, new));
        m.write_barrier(self.header());
        Ok(())
    }

    /// Puts integer keys of the hash part up to `limit`, and `key` with its value if it is among them, into the array part.
    /// The caller has found that more than half of the elements will be in use.
    pub(super) fn hash_to_array(
        self,
        m: &mut Mutator,
        limit: usize,
        pending: Option<(i64, Value)>,
    ) -> Result<(), OutOfMemory> {
        let array = self.array_ref();
        let old_len = array.len();
        let in_range = |k: i64| k > old_len as i64 && k <= limit as i64;
        let mut kind = None;
        let mut last = 0;
        let mut add = |k: i64, v: Value| {
            let of = ElementKind::of(v);
            kind = Some(if kind.is_none_or(|kind| kind == of) { of } else { ElementKind::Any });
            last = last.max(k as usize);
        };
        let hash = self.hash_ref();
        for (k, v) in hash.entries().filter(|(_, v)| !v.is_nil()) {
            match k.as_small_int() {
                Some(k) if in_range(k) => add(k, v),
                _ => {}
            }
        }
        if let Some((k, v)) = pending
            && in_range(k)
        {
            add(k, v);
        }
        let Some(kind) = kind else { return Ok(()) };
        let kind = if self.is_blank(array) || array.kind() == kind { kind } else { ElementKind::Any };
        let capacity = if last < array.capacity() && array.kind() == kind {
            array.capacity()
        } else {
            (limit + 1).next_multiple_of(2)
        };
        let Some(array) = self.replace_array(m, array, capacity.max(last + 1), kind)? else { return Ok(()) };
        // Allocating never changes a table, but other threads may: what does not fit any more stays where it is.
        let fits = |k: i64, v: Value| in_range(k) && (k as usize) < array.capacity() && kind.fits(v);
        for (place, (k, v)) in hash.entries().enumerate() {
            match k.as_small_int() {
                Some(k) if !v.is_nil() && fits(k, v) => {
                    // SAFETY: there is room for the element, and the kind fits.
                    unsafe { array.store(k as usize, v) };
                    hash.clear_value(place);
                }
                _ => {}
            }
        }
        if let Some((k, v)) = pending
            && fits(k, v)
        {
            // SAFETY: as above.
            unsafe { array.store(k as usize, v) };
        }
        m.write_barrier(array.header());
        array.set_len(last);
        self.migrate_from_hash(m)?;
        // Appending need not look for followers in the hash part from now on. Other threads may be adding some this moment.
        if !m.heap().is_parallel() && !self.hash_ref().has_positive_ints() {
            self.clear_flags(HASH_INTS);
        }
        Ok(())
    }

    /// Makes room for elements up to `len`.
    pub fn reserve_array(self, m: &mut Mutator, len: usize, kind: ElementKind) -> Result<(), OutOfMemory> {
        let array = self.array_ref();
        if len < array.capacity() {
            return Ok(());
        }
        let kind = if array.is_shared_empty() { kind } else { array.kind() };
        self.replace_array(m, array, (len + 1).next_multiple_of(2), kind).map(|_| ())
    }

    /// Gives the table an array storage of another capacity (not less than it needs) or a wider kind in place of `old`. `None`
    /// if another thread was here first. What others store meanwhile may be lost.
    fn replace_array(
        self,
        m: &mut Mutator,
        old: ArrayRef,
        capacity: usize,
        kind: ElementKind,
    ) -> Result<Option<ArrayRef>, OutOfMemory> {
        // Its length may change at any time, but not beyond the capacity.
        let kept_len = |new: ArrayRef| old.len().min(new.capacity() - 1);
        let (new, is_published);
        let is_copy = !old.is_shared_empty() && old.kind() == kind;
        if is_copy && m.heap().is_parallel() && capacity * kind.element_bytes() >= LONG_BYTES {
            new = copied_long(m, old, capacity, kind)?;
            is_published = self.locked(m, || self.swap_array(old, new));
        } else if is_copy {
            let is_shared = m.heap().is_parallel();
            new = alloc_array_uncleared(m, capacity, kind)?;
            is_published = self.locked(m, || {
                let len = kept_len(new);
                // SAFETY: both have room for elements 0 ..= len, which are of one size; the new one is not known yet.
                unsafe {
                    copy_elements(old.base(), new.base(), len + 1, kind.element_bytes(), is_shared);
                    new.clear(len + 1, new.capacity());
                }
                new.set_len(len);
                self.swap_array(old, new)
            });
        } else {
            new = alloc_array(m, capacity, kind)?;
            if !old.is_shared_empty() {
                let len = kept_len(new);
                // Boxing integers may collect. The scan of the native stack finds the new storage; but it may be old
                // after that, so every box is stored with the barrier.
                for i in 0..=len {
                    // SAFETY: elements up to the length exist in both, and the kind was tested: `Any` takes all values, and
                    // a storage that was blank may have got others meanwhile.
                    unsafe {
                        match old.load(i) {
                            Ok(v) if kind.fits(v) => new.store(i, v),
                            Ok(_) => {}
                            Err(n) => {
                                let v = m.int(n);
                                if kind.fits(v) {
                                    new.store(i, v);
                                    m.write_barrier(new.header());
                                }
                            }
                        }
                    }
                }
                new.set_len(len);
            }
            is_published = self.locked(m, || self.swap_array(old, new));
        }
        m.write_barrier(self.header());
        Ok(is_published.then_some(new))
    }

    /// Inserts a value before the element at `pos`, which moves up like all behind it: `1 <= pos <= len + 1`.
    pub fn insert_at(self, m: &mut Mutator, pos: usize, v: Value) -> Result<(), OutOfMemory> {
        let len = self.len();
        debug_assert!(1 <= pos);
        if pos > len {
            return self.append(m, v);
        }
        // The last element is what the table grows by, so that keys of the hash part that follow are met there.
        let last = self.get_int(m, len as i64);
        self.append(m, last)?;
        let array = loop {
            let array = self.array_ref();
            if array.kind().fits(v) {
                break array;
            }
            if let Some(array) = self.replace_array(m, array, array.capacity(), ElementKind::Any)? {
                break array;
            }
        };
        let new_len = array.len();
        if pos > new_len {
            // Another thread has taken elements away.
            return self.append(m, v);
        }
        let bytes = array.kind().element_bytes();
        let is_shared = m.heap().is_parallel();
        // SAFETY: elements up to the length exist.
        unsafe {
            let from = array.base().add(pos * bytes);
            move_elements(from, from.add(bytes), len.min(new_len) - pos, bytes, is_shared);
            array.store(pos, v);
        }
        if v.is_reference() {
            m.write_barrier(array.header());
        }
        Ok(())
    }

    /// Removes the element at `pos` and moves those behind it down: `1 <= pos <= len`.
    pub fn remove_at(self, m: &mut Mutator, pos: usize) -> Value {
        let v = self.get_int(m, pos as i64);
        let array = self.array_ref();
        let len = array.len();
        if pos == 0 || pos > len {
            // Another thread has taken elements away.
            return Value::NIL;
        }
        let bytes = array.kind().element_bytes();
        let is_shared = m.heap().is_parallel();
        // SAFETY: elements pos ..= len exist.
        unsafe {
            let to = array.base().add(pos * bytes);
            move_elements(to.add(bytes), to, len - pos, bytes, is_shared);
            array.store(len, Value::NIL);
        }
        array.pop_nils();
        v
    }

    /// Stores positional values from key `first` on, as a literal does: the last one that is not nil is the new length if it
    /// lies behind the old one. `reserve` is how many elements there will be in all.
    pub fn set_list(
        self,
        m: &mut Mutator,
        first: i64,
        values: &[Value],
        reserve: usize,
    ) -> Result<(), OutOfMemory> {
        let kept = values.iter().rposition(|v| !v.is_nil()).map_or(0, |i| i + 1);
        let values = &values[..kept];
        let array = self.array_ref();
        let is_plain = first == array.len() as i64 + 1 && self.flags() & HASH_INTS == 0;
        if values.is_empty() || !is_plain {
            for (i, &v) in values.iter().enumerate() {
                self.set_int(m, first + i as i64, v)?;
            }
            return Ok(());
        }
        let mut kind = None;
        for &v in values.iter().filter(|v| !v.is_nil()) {
            let of = ElementKind::of(v);
            kind = Some(if kind.is_none_or(|kind| kind == of) { of } else { ElementKind::Any });
        }
        let kind = kind.unwrap_or(ElementKind::Any);
        let kind = if self.is_blank(array) || array.kind() == kind { kind } else { ElementKind::Any };
        let last = first as usize + kept - 1;
        let array = if last < array.capacity() && array.kind() == kind {
            array
        } else {
            let room = (reserve.max(last) + 1).next_multiple_of(2);
            let room = if array.is_empty() { room } else { room.max(array.capacity() * 2) };
            match self.replace_array(m, array, room, kind)? {
                Some(array) => array,
                // Another thread was here first.
                None => return self.set_list(m, first, values, reserve),
            }
        };
        for (i, &v) in values.iter().enumerate() {
            // SAFETY: there is room for the last element, and the kind fits all.
            unsafe { array.store(first as usize + i, v) };
        }
        if kind == ElementKind::Any {
            m.write_barrier(array.header());
        }
        array.set_len(last);
        Ok(())
    }

    /// Copies `count` elements from `from` on in this table to `to` on in `target` (which may be the same), if both ranges
    /// exist and their kinds agree; false if that is not so, and the caller goes one by one.
    pub fn copy_elements(self, m: &mut Mutator, from: usize, count: usize, target: Table, to: usize) -> bool {
        if count == 0 {
            return true;
        }
        let (source, dest) = (self.array_ref(), target.array_ref());
        let exists = |array: ArrayRef, first: usize| {
            first >= 1 && first.checked_add(count).is_some_and(|end| end <= array.len() + 1)
        };
        if source.kind() != dest.kind() || !exists(source, from) || !exists(dest, to) {
            return false;
        }
        let bytes = source.kind().element_bytes();
        let is_shared = m.heap().is_parallel();
        // SAFETY: both ranges exist.
        unsafe {
            let (from, to) = (source.base().add(from * bytes), dest.base().add(to * bytes));
            move_elements(from, to, count, bytes, is_shared);
        }
        if dest.kind() == ElementKind::Any {
            m.write_barrier(dest.header());
        }
        dest.pop_nils();
        true
    }

    /// Sorts elements `1 ..= len` in ascending order if they all are raw integers, or raw floats without NaN; false if not.
    pub fn sort_numbers(self, m: &mut Mutator) -> bool {
        if m.heap().shared.is_parallel() {
            return false;
        }
        let array = self.array_ref();
        let len = array.len();
        // SAFETY: elements up to the length exist, and nobody else is at work on the table.
        unsafe {
            match array.kind() {
                ElementKind::Int => {
                    let elements: &mut [i64] = elements_mut(array.base().add(8), len);
                    if elements.contains(&INT_HOLE) {
                        return false;
                    }
                    elements.sort_unstable();
                }
                ElementKind::Float => {
                    let elements: &mut [f64] = elements_mut(array.base().add(8), len);
                    // The pattern of an absent element is a NaN.
                    if elements.iter().any(|x| x.is_nan()) {
                        return false;
                    }
                    elements.sort_unstable_by(f64::total_cmp);
                }
                ElementKind::Any | ElementKind::Bool => return false,
            }
        }
        true
    }
}

/// What the interpreter inlines: access to elements that exist, and appending where there is room; no allocation.
impl Table {
    /// Element `i` of the array part; `None` if it is absent or would need a heap object.
    #[inline(always)]
    pub fn quick_get(self, i: i64) -> Option<Value> {
        let array = self.array_ref();
        if i as u64 > array.len() as u64 {
            return None;
        }
        let kind = array.kind_byte();
        if kind <= ElementKind::Float as u8 {
            // SAFETY: elements up to the length exist; the kind is Any or Float.
            let v = unsafe { array.word(i as usize) }.load();
            return if v.is_nil() { None } else { Some(v) };
        }
        if kind == ElementKind::Int as u8 {
            // SAFETY: elements up to the length exist; the kind is Int. An absent element is out of range too.
            return Value::small_int(unsafe { array.int(i as usize) }.load(Relaxed));
        }
        // SAFETY: elements up to the length exist; the kind is Bool.
        match unsafe { array.byte(i as usize) }.load(Relaxed) {
            BOOL_HOLE => None,
            b => Some(Value::bool(b != 0)),
        }
    }

    /// Replaces element `i` of the array part, or appends it, if that takes neither another kind of storage nor more room
    /// and no metamethod may be asked; false if it was not done.
    #[inline(always)]
    pub fn quick_set(self, m: &mut Mutator, i: i64, v: Value) -> bool {
        let array = self.array_ref();
        let len = array.len() as u64;
        // The shared empty storage has length 0, and its element 0 belongs to nobody.
        if i as u64 <= len && len != 0 {
            let kind = array.kind_byte();
            if kind == ElementKind::Any as u8 {
                if v.is_nil() {
                    return false;
                }
                // SAFETY: elements up to the length exist; the kind is Any.
                unsafe { array.word(i as usize) }.store(v);
                if v.is_reference() {
                    m.write_barrier(array.header());
                }
                return true;
            }
            if kind == ElementKind::Int as u8 {
                if v.is_small_int() {
                    // SAFETY: elements up to the length exist; the kind is Int.
                    unsafe { array.int(i as usize) }.store(v.small_int_payload(), Relaxed);
                    return true;
                }
                return false;
            }
            if kind == ElementKind::Float as u8 {
                if v.is_float() {
                    // SAFETY: elements up to the length exist; the kind is Float.
                    unsafe { array.word(i as usize) }.store(v);
                    return true;
                }
                return false;
            }
            if v.is_bool() {
                // SAFETY: elements up to the length exist; the kind is Bool.
                unsafe { array.byte(i as usize) }.store((v == Value::TRUE) as u8, Relaxed);
                return true;
            }
            return false;
        }
        if i as u64 == len + 1 { self.quick_append(m, array, i as usize, v) } else { false }
    }

    #[inline]
    fn quick_append(self, m: &mut Mutator, array: ArrayRef, i: usize, v: Value) -> bool {
        if i >= array.capacity() || v.is_nil() || self.flags() & HASH_INTS != 0 || !array.kind().fits(v) {
            return false;
        }
        // SAFETY: there is room, and the kind fits.
        unsafe { array.store(i, v) };
        if v.is_reference() {
            m.write_barrier(array.header());
        }
        array.set_len(i);
        true
    }
}

/// # Safety
/// Element `i` exists.
#[cold]
#[inline(never)]
unsafe fn load_slow(m: &mut Mutator, array: ArrayRef, i: usize) -> Value {
    // SAFETY: as the caller says.
    match unsafe { array.load(i) } {
        Ok(v) => v,
        Err(n) => m.int(n),
    }
}
