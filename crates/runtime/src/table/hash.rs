//! The hash part: an ordered list of entries with an open-addressed index over it.
//!
//! ```text
//!   | header: flags, aux = log2 of index size, word = capacity | used, number of graves
//!   | entries: key, value ... | index ... | graves ... (graves.rs)
//! ```
//!
//! Entries are in insertion order. A key is written once and never changes; removing is storing nil, and the same key set
//! again takes its old place. A full list is replaced by a new one without the removed entries. Index words have 1, 2 or 4
//! bytes by size: the low bits are the entry's number plus one, and the bits above it a part of the hash, so that most
//! foreign entries are passed without reading them. The index is at most three quarters full.
//!
//! Keys are compared by their words: strings here are interned, floats with integer values have become integers, and only
//! big integers need a comparison by value.

use super::graves::Grave;
use super::{HASH_INTS, Table, constant_address};
use crate::heap::OutOfMemory;
use crate::heap::mark::Marker;
use crate::mutator::Mutator;
use crate::object::{COLOR_YOUNG, Header, Kind, Word};
use crate::storage_copy::{copy_words, fill_words};
use crate::string::Str;
use crate::value::Value;
use std::ptr::NonNull;
use std::sync::atomic::{
    AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};

/// Header flag: some key is a string.
const HAS_STR: u8 = 1;
/// Header flag: some key is none.
const HAS_OTHER: u8 = 2;

/// Log2 of the smallest index.
const INDEX_LOG_MIN: u8 = 3;
/// Log2 of the largest index; capacities stay below 2^31.
const INDEX_LOG_MAX: u8 = 31;
/// Log2 of the largest index with one-byte words: two bits are left for the hash.
pub(crate) const BYTE_INDEX_LOG_MAX: u8 = 6;
/// Log2 of the smallest index with two-byte words ...
const SHORT_INDEX_LOG_MIN: u8 = BYTE_INDEX_LOG_MAX + 1;
/// ... and of the largest one.
pub(crate) const SHORT_INDEX_LOG_MAX: u8 = 13;

/// The fixed part of a hash part.
#[repr(C)]
pub(crate) struct HashObject {
    pub(crate) header: Header,
    /// Number of entries in use, removed ones included.
    pub(crate) used: AtomicU32,
    /// Number of graves.
    graves: AtomicU32,
}

/// A word of the index.
trait IndexWord {
    fn get(&self) -> u32;
    /// Sets the word to what of that has room in it.
    fn set(&self, word: u32);
}

macro_rules! index_words {
    ($($atomic:ty, $word:ty;)*) => {$(
        impl IndexWord for $atomic {
            #[inline(always)]
            fn get(&self) -> u32 {
                u32::from(self.load(Acquire))
            }
            #[inline(always)]
            fn set(&self, word: u32) {
                self.store(word as $word, Release);
            }
        }
    )*};
}

index_words! {
    AtomicU8, u8;
    AtomicU16, u16;
    AtomicU32, u32;
}

/// An entry.
#[repr(C)]
struct Entry {
    key: Word,
    value: Word,
}

/// Offset of the entries in a hash part.
pub(crate) const HASH_HEAD_BYTES: usize = size_of::<HashObject>();

/// The hash part of all tables without one: no entries, and an index in which every search ends at once.
#[repr(C, align(16))]
struct EmptyHash {
    object: HashObject,
    index: AtomicU64,
}

static EMPTY_HASH: EmptyHash = EmptyHash {
    object: HashObject {
        header: Header {
            kind: Kind::Hash,
            color: AtomicU8::new(COLOR_YOUNG),
            flags: AtomicU8::new(0),
            aux: AtomicU8::new(INDEX_LOG_MIN),
            word: AtomicU32::new(0),
        },
        used: AtomicU32::new(0),
        graves: AtomicU32::new(0),
    },
    index: AtomicU64::new(0),
};

/// The address of the shared empty hash part.
#[inline(always)]
pub(crate) fn empty_hash() -> u64 {
    constant_address(&EMPTY_HASH)
}

/// A hash part as it was loaded from a table.
#[derive(Clone, Copy)]
pub(crate) struct HashRef(pub(super) NonNull<HashObject>);

/// Entries for an index of this size.
const fn capacity_for(index_log: u8) -> usize {
    let words = 1 << index_log;
    if index_log <= SHORT_INDEX_LOG_MAX { words / 8 * 3 } else { words / 4 * 3 }
}

fn index_bytes(index_log: u8) -> usize {
    match index_log {
        ..=BYTE_INDEX_LOG_MAX => 1 << index_log,
        SHORT_INDEX_LOG_MIN..=SHORT_INDEX_LOG_MAX => 2 << index_log,
        _ => 4 << index_log,
    }
}

/// Size of a hash part.
fn hash_bytes(capacity: usize, index_log: u8, graves: usize) -> usize {
    HASH_HEAD_BYTES + (capacity + graves) * size_of::<Entry>() + index_bytes(index_log).next_multiple_of(8)
}

/// An odd number near 2^64 divided by the golden ratio.
pub(crate) const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
/// The part of a hash that index words hold begins at this bit.
pub(crate) const TAG_SHIFT: u8 = 12;

/// Mixes a word. The high bits choose the place, the middle ones tell entries apart.
#[inline(always)]
fn mix(word: u64) -> u64 {
    (word ^ word >> 32).wrapping_mul(FACTOR)
}

#[inline]
fn hash_of(key: Value) -> u64 {
    match key.as_big_int() {
        Some(i) => mix(i as u64),
        None => mix(key.bits()),
    }
}

impl HashRef {
    /// The shared empty hash part.
    #[inline(always)]
    pub(super) fn empty() -> HashRef {
        HashRef(NonNull::from(&EMPTY_HASH.object))
    }

    #[inline(always)]
    pub(super) fn header(self) -> NonNull<Header> {
        self.0.cast()
    }

    #[inline(always)]
    fn object<'a>(self) -> &'a HashObject {
        // SAFETY: a loaded storage pointer refers to a storage that lives as long as it is on a native stack.
        unsafe { self.0.as_ref() }
    }

    #[inline(always)]
    pub(super) fn capacity(self) -> usize {
        self.object().header.word.load(Relaxed) as usize
    }

    #[inline(always)]
    fn index_log(self) -> u8 {
        self.object().header.aux.load(Relaxed)
    }

    /// Number of entries, removed ones included.
    #[inline(always)]
    pub(super) fn used(self) -> usize {
        self.object().used.load(Acquire) as usize
    }

    /// Whether there may be string keys.
    #[inline(always)]
    pub(super) fn has_strings(self) -> bool {
        self.object().header.flags.load(Relaxed) & HAS_STR != 0
    }

    /// Whether there may be keys that are no strings.
    #[inline(always)]
    pub(super) fn has_others(self) -> bool {
        self.object().header.flags.load(Relaxed) & HAS_OTHER != 0
    }

    pub(super) fn size_bytes(self) -> usize {
        match self.capacity() {
            0 => 0,
            n => hash_bytes(n, self.index_log(), self.object().graves.load(Relaxed) as usize),
        }
    }

    #[inline(always)]
    fn base(self) -> *mut u8 {
        self.0.as_ptr().cast::<u8>().wrapping_add(HASH_HEAD_BYTES)
    }

    #[inline(always)]
    fn entry<'a>(self, i: usize) -> &'a Entry {
        debug_assert!(i < self.capacity());
        // SAFETY: entries are initialised to the capacity, and all numbers come from the index or from loops below `used`.
        unsafe { &*self.base().cast::<Entry>().add(i) }
    }

    #[inline(always)]
    fn index(self) -> *mut u8 {
        self.base().wrapping_add(self.capacity() * size_of::<Entry>())
    }

    /// The index, whose words are of type `W`.
    #[inline(always)]
    fn index_words<'a, W: IndexWord>(self, log: u8) -> &'a [W] {
        debug_assert!(log == self.index_log() && size_of::<W>() << log == index_bytes(log));
        // SAFETY: the index has `1 << log` initialised words of the type that belongs to `log`.
        unsafe { std::slice::from_raw_parts(self.index().cast::<W>(), 1 << log) }
    }

    /// The bits of the hash that an index word holds.
    #[inline(always)]
    fn tag(log: u8, hash: u64) -> u32 {
        let width = match log {
            ..=BYTE_INDEX_LOG_MAX => 0xFF,
            SHORT_INDEX_LOG_MIN..=SHORT_INDEX_LOG_MAX => 0xFFFF,
            _ => u32::MAX,
        };
        (hash >> TAG_SHIFT) as u32 & width & !((1 << log) - 1)
    }

    #[inline(always)]
    fn search(self, hash: u64, is_key: impl Fn(Value) -> bool) -> Option<usize> {
        match self.index_log() {
            log @ ..=BYTE_INDEX_LOG_MAX => self.search_words::<AtomicU8>(log, hash, is_key),
            log @ SHORT_INDEX_LOG_MIN..=SHORT_INDEX_LOG_MAX => {
                self.search_words::<AtomicU16>(log, hash, is_key)
            }
            log => self.search_words::<AtomicU32>(log, hash, is_key),
        }
    }

    #[inline(always)]
    fn search_words<W: IndexWord>(self, log: u8, hash: u64, is_key: impl Fn(Value) -> bool) -> Option<usize> {
        let index = self.index_words::<W>(log);
        let mask = (1usize << log) - 1;
        let tag = Self::tag(log, hash);
        let mut place = (hash >> (64 - log)) as usize;
        loop {
            // SAFETY: the index has `mask + 1` words.
            let word = unsafe { index.get_unchecked(place & mask) }.get();
            if word == 0 {
                return None;
            }
            if word & !(mask as u32) == tag {
                let i = (word & mask as u32) as usize - 1;
                if is_key(self.entry(i).key.load()) {
                    return Some(i);
                }
            }
            place += 1;
        }
    }

    /// The entry of a key, alive or removed. The key is in its canonical form.
    #[inline]
    pub(crate) fn find(self, key: Value) -> Option<usize> {
        match key.as_big_int() {
            Some(i) => self.find_int(i),
            None => self.search(mix(key.bits()), |k| k == key),
        }
    }

    /// The entry of a key that is an interned string, alive or removed.
    #[inline(always)]
    pub(super) fn find_str(self, key: Value) -> Option<usize> {
        self.search(mix(key.bits()), |k| k == key)
    }

    /// The entry of an integer key, alive or removed.
    #[inline]
    pub(super) fn find_int(self, i: i64) -> Option<usize> {
        match Value::small_int(i) {
            Some(key) => self.search(mix(key.bits()), |k| k == key),
            None => self.search(mix(i as u64), |k| k.as_big_int() == Some(i)),
        }
    }

    /// Key and value of an entry.
    #[inline]
    pub(super) fn at(self, i: usize) -> (Value, Value) {
        let entry = self.entry(i);
        (entry.key.load(), entry.value.load())
    }

    #[inline]
    pub(super) fn clear_value(self, i: usize) {
        self.entry(i).value.store(Value::NIL);
    }

    /// Keys and values in order, removed entries (value nil) included.
    pub(super) fn entries(self) -> impl Iterator<Item = (Value, Value)> {
        (0..self.used()).map(move |i| self.at(i))
    }

    /// Whether some positive integer has a value.
    pub(super) fn has_positive_ints(self) -> bool {
        self.entries().any(|(k, v)| !v.is_nil() && k.as_int().is_some_and(|i| i > 0))
    }

    /// The graves, the latest last.
    pub(super) fn graves(self) -> impl Iterator<Item = Grave> {
        let count = self.object().graves.load(Relaxed) as usize;
        // SAFETY: so many graves lie behind the index.
        (0..count).map(move |i| unsafe {
            let grave = &*self.grave_base().add(i);
            let word = grave.value.load().small_int_payload();
            Grave { key: grave.key.load(), next: (word >> 1) as u32, is_again: word & 1 != 0 }
        })
    }

    #[inline(always)]
    fn grave_base(self) -> *mut Entry {
        self.index().wrapping_add(index_bytes(self.index_log()).next_multiple_of(8)).cast()
    }

    /// Adds an entry for a key that there is none for; there is room. The caller runs the barrier.
    #[inline]
    fn push(self, key: Value, v: Value) {
        let i = self.used();
        let entry = self.entry(i);
        entry.key.store(key);
        entry.value.store(v);
        self.object().used.store(i as u32 + 1, Release);
        let kind = if key.is_string() { HAS_STR } else { HAS_OTHER };
        if self.object().header.flags.load(Relaxed) & kind == 0 {
            self.object().header.flags.fetch_or(kind, Relaxed);
        }
        let hash = hash_of(key);
        match self.index_log() {
            log @ ..=BYTE_INDEX_LOG_MAX => self.enter::<AtomicU8>(log, hash, i),
            log @ SHORT_INDEX_LOG_MIN..=SHORT_INDEX_LOG_MAX => self.enter::<AtomicU16>(log, hash, i),
            log => self.enter::<AtomicU32>(log, hash, i),
        }
    }

    /// Enters an entry in the index.
    #[inline(always)]
    fn enter<W: IndexWord>(self, log: u8, hash: u64, i: usize) {
        let index = self.index_words::<W>(log);
        let mask = (1usize << log) - 1;
        let mut place = (hash >> (64 - log)) as usize;
        while index[place & mask].get() != 0 {
            place += 1;
        }
        index[place & mask].set(Self::tag(log, hash) | (i as u32 + 1));
    }

    /// Enters all entries in the index, which is empty.
    fn enter_all(self) {
        fn enter_each<W: IndexWord>(hash: HashRef, log: u8) {
            for i in 0..hash.used() {
                hash.enter::<W>(log, hash_of(hash.entry(i).key.load()), i);
            }
        }
        match self.index_log() {
            log @ ..=BYTE_INDEX_LOG_MAX => enter_each::<AtomicU8>(self, log),
            log @ SHORT_INDEX_LOG_MIN..=SHORT_INDEX_LOG_MAX => enter_each::<AtomicU16>(self, log),
            log => enter_each::<AtomicU32>(self, log),
        }
    }
}

/// A hash part with room for at least `capacity` entries and for so many graves, all of it uninitialised: the caller fills it
/// or makes it blank before it allocates again.
fn alloc_hash(m: &mut Mutator, capacity: usize, graves: usize) -> Result<HashRef, OutOfMemory> {
    let mut log = INDEX_LOG_MIN;
    while capacity_for(log) < capacity {
        log += 1;
        if log > INDEX_LOG_MAX {
            return Err(OutOfMemory);
        }
    }
    let capacity = capacity_for(log);
    let size_bytes = hash_bytes(capacity, log, graves);
    Ok(HashRef(m.alloc_large(Kind::Hash, 0, log, capacity as u32, size_bytes)?.cast()))
}

impl HashRef {
    /// Fills a new hash part with those entries of `old` that `is_kept` tells by number, key and value, in their order, as far
    /// as there is room, and with these graves. `kept` is how many of the `used` entries those were when they were counted.
    ///
    /// # Safety
    /// The hash part is new, was made for so many graves, and has room for `kept` entries.
    unsafe fn fill(
        self,
        old: HashRef,
        (kept, used): (usize, usize),
        is_kept: impl Fn(usize, Value, Value) -> bool,
        graves: &[Grave],
        is_shared: bool,
    ) {
        let object = self.0.as_ptr();
        let capacity = self.capacity();
        // SAFETY: the object has room for all that, and only its header is written. Nobody else knows it, and it is young:
        // there is no barrier.
        unsafe {
            let entries = self.base().cast::<u64>();
            let mut count = 0;
            if kept == used {
                copy_words(old.base().cast(), entries, used * 2, is_shared);
                count = used;
            } else {
                for (i, (key, v)) in (0..used).map(|i| (i, old.at(i))) {
                    // Other threads may have set entries meanwhile that were removed.
                    if is_kept(i, key, v) && count < capacity {
                        entries.add(count * 2).write(key.bits());
                        entries.add(count * 2 + 1).write(v.bits());
                        count += 1;
                    }
                }
                debug_assert!(count == kept || is_shared);
            }
            let flags = old.object().header.flags.load(Relaxed) & (HAS_STR | HAS_OTHER);
            self.object().header.flags.store(flags, Relaxed);
            (&raw mut (*object).used).write(AtomicU32::new(count as u32));
            (&raw mut (*object).graves).write(AtomicU32::new(graves.len() as u32));
            fill_words(entries.add(count * 2), (capacity - count) * 2, Value::NIL.bits());
            self.index().write_bytes(0, index_bytes(self.index_log()));
            for (i, &Grave { key, next, is_again }) in graves.iter().enumerate() {
                let word = i64::from(next) << 1 | i64::from(is_again);
                let (key, value) = (Word::new(key), Word::new(Value::int_unchecked(word)));
                self.grave_base().add(i).write(Entry { key, value });
            }
        }
        self.enter_all();
    }

    /// Makes a new hash part that is not needed one without entries.
    ///
    /// # Safety
    /// Nobody else knows it.
    unsafe fn make_blank(self) {
        let object = self.0.as_ptr();
        // SAFETY: the object has room for that.
        unsafe {
            (&raw mut (*object).used).write(AtomicU32::new(0));
            (&raw mut (*object).graves).write(AtomicU32::new(0));
            fill_words(self.base().cast(), self.capacity() * 2, Value::NIL.bits());
        }
    }

    /// Whether both are the same storage.
    #[inline(always)]
    fn is_same(self, other: HashRef) -> bool {
        self.0 == other.0
    }

    /// Asserts that all entries are found.
    #[cfg(test)]
    pub(super) fn check(self) {
        assert!(self.used() <= self.capacity());
        for i in 0..self.used() {
            assert_eq!(self.find(self.at(i).0), Some(i), "an entry is lost, or there twice");
        }
    }

    /// Sets the value of a key, which gets an entry if it has none. False if there is no room for it. Other threads do not
    /// add entries meanwhile; the caller runs the barrier.
    pub(super) fn put(self, key: Value, v: Value) -> bool {
        match self.find(key) {
            Some(i) => self.entry(i).value.store(v),
            None if self.used() < self.capacity() => self.push(key, v),
            None => return false,
        }
        true
    }
}

impl Table {
    /// The value of a key in the hash part. The key is in its canonical form.
    #[inline]
    pub(super) fn hash_get(self, key: Value) -> Value {
        let hash = self.hash_ref();
        hash.find(key).map_or(Value::NIL, |i| hash.entry(i).value.load())
    }

    /// The value of an interned string in the hash part.
    #[inline(always)]
    pub(super) fn hash_get_str(self, key: Value) -> Value {
        let hash = self.hash_ref();
        hash.find_str(key).map_or(Value::NIL, |i| hash.entry(i).value.load())
    }

    /// The value of an integer key in the hash part.
    #[inline]
    pub(super) fn hash_get_int(self, i: i64) -> Value {
        let hash = self.hash_ref();
        hash.find_int(i).map_or(Value::NIL, |i| hash.entry(i).value.load())
    }

    /// Removes an integer key from the hash part.
    pub(super) fn hash_clear_int(self, i: i64) {
        let hash = self.hash_ref();
        if let Some(i) = hash.find_int(i) {
            hash.clear_value(i);
        }
    }

    /// Sets the value of an integer key that does not belong to the array part.
    pub(super) fn hash_set_int(self, m: &mut Mutator, i: i64, v: Value) -> Result<(), OutOfMemory> {
        let hash = self.hash_ref();
        if let Some(place) = hash.find_int(i) {
            return self.hash_store(m, hash, place, v);
        }
        if v.is_nil() {
            return Ok(());
        }
        let key = m.int(i);
        self.hash_insert(m, key, v)
    }

    /// Sets the value of a key in the hash part. The key is in its canonical form and no positive integer.
    pub(super) fn hash_set(self, m: &mut Mutator, key: Value, v: Value) -> Result<(), OutOfMemory> {
        let hash = self.hash_ref();
        if let Some(place) = hash.find(key) {
            return self.hash_store(m, hash, place, v);
        }
        if v.is_nil() { Ok(()) } else { self.hash_insert(m, key, v) }
    }

    /// Sets the value of a string key if it has one, or if there is room for it and `may_add`; false if nothing was done.
    #[inline]
    pub(super) fn hash_set_quick(self, m: &mut Mutator, key: Value, v: Value, may_add: bool) -> bool {
        let hash = self.hash_ref();
        let Some(place) = hash.find_str(key) else {
            let may_add = may_add && !v.is_nil() && hash.used() < hash.capacity() && m.is_noted(key);
            return may_add && self.hash_push(m, hash, key, v);
        };
        let entry = hash.entry(place);
        if !may_add && entry.value.load().is_nil() {
            return false;
        }
        entry.value.store(v);
        if v.is_reference() {
            m.write_barrier(hash.header());
        }
        true
    }

    #[inline]
    fn hash_store(self, m: &mut Mutator, hash: HashRef, place: usize, v: Value) -> Result<(), OutOfMemory> {
        hash.entry(place).value.store(v);
        if v.is_reference() {
            m.write_barrier(hash.header());
        }
        if !v.is_nil() && hash.entry(place).key.load().is_small_int() {
            self.set_flags(HASH_INTS);
        }
        Ok(())
    }

    #[inline]
    fn hash_insert(self, m: &mut Mutator, key: Value, v: Value) -> Result<(), OutOfMemory> {
        if let Some(name) = Str::from_value(key) {
            m.note_key(name);
        }
        loop {
            let hash = self.hash_ref();
            if hash.used() < hash.capacity() {
                if self.hash_push(m, hash, key, v) {
                    return Ok(());
                }
            } else if self.rehash(m, 1, Some((key, v)))? {
                return Ok(());
            }
        }
    }

    /// Adds an entry for a key that `hash` has none for; there is room. If other threads may have been here first, that is
    /// looked at once more: false if `hash` is not the table's any more or is full.
    #[inline]
    fn hash_push(self, m: &mut Mutator, hash: HashRef, key: Value, v: Value) -> bool {
        let is_done = if m.heap().is_parallel() {
            self.push_shared(m, hash, key, v)
        } else {
            hash.push(key, v);
            true
        };
        m.write_barrier(hash.header());
        if self.flags() & HASH_INTS == 0 && key.as_int().is_some_and(|i| i > 0) {
            self.set_flags(HASH_INTS);
        }
        is_done
    }

    /// Adds an entry as [`Table::hash_push`] does, while other threads may be at the table.
    #[cold]
    #[inline(never)]
    fn push_shared(self, m: &Mutator, hash: HashRef, key: Value, v: Value) -> bool {
        self.locked(m, || hash.is_same(self.hash_ref()) && hash.put(key, v))
    }

    /// Sets the value of a key in the hash part, whatever the array part has.
    pub(super) fn hash_put(self, m: &mut Mutator, key: Value, v: Value) -> Result<(), OutOfMemory> {
        loop {
            let hash = self.hash_ref();
            if let Some(place) = hash.find(key) {
                return self.hash_store(m, hash, place, v);
            }
            if hash.used() < hash.capacity() {
                if self.hash_push(m, hash, key, v) {
                    return Ok(());
                }
            } else {
                self.rehash(m, 1, None)?;
            }
        }
    }

    /// Whether there is anything in the hash part, removed entries included.
    pub fn has_entries(self) -> bool {
        self.hash_ref().used() > 0
    }

    /// Sets the value of a string key of a dictionary that has no entry for it yet.
    ///
    /// # Errors
    /// There is no memory.
    pub fn insert_str(self, m: &mut Mutator, key: Str, v: Value) -> Result<(), OutOfMemory> {
        if v.is_nil() {
            return Ok(());
        }
        let key = key.intern(m).to_value();
        // Another thread may have been here first; then its entry gets the value.
        debug_assert!(m.heap().is_parallel() || self.hash_ref().find_str(key).is_none());
        self.hash_insert(m, key, v)
    }

    /// Makes room for `count` more entries, unless another thread takes it.
    pub(super) fn reserve_hash(self, m: &mut Mutator, count: usize) -> Result<(), OutOfMemory> {
        let hash = self.hash_ref();
        if hash.capacity() - hash.used() < count {
            self.rehash(m, count, None)?;
        }
        Ok(())
    }

    /// Replaces the hash part by one with room for `extra` more entries, and moves integer keys to the array part if they
    /// fill more than half of it. Returns whether the `pending` entry has found its place there. Nothing is done if another
    /// thread was here first.
    #[inline(never)]
    fn rehash(
        self,
        m: &mut Mutator,
        extra: usize,
        pending: Option<(Value, Value)>,
    ) -> Result<bool, OutOfMemory> {
        self.ensure_own_slots(m)?;
        let pending_int = pending.and_then(|(k, v)| Some((k.as_small_int().filter(|&k| k > 0)?, v)));
        if let Some((_, v)) = pending
            && (self.flags() & HASH_INTS != 0 || pending_int.is_some())
            && let Some(limit) = self.array_limit(pending_int.map(|(k, _)| k))
        {
            self.hash_to_array(m, limit, pending_int)?;
            if let Some((k, _)) = pending_int
                && k as usize <= self.len()
            {
                return Ok(true);
            }
            // Moving may have left the key right behind the last element.
            if let Some((k, _)) = pending_int
                && k as usize == self.len() + 1
            {
                self.append(m, v)?;
                return Ok(true);
            }
        }
        let old = self.hash_ref();
        // A traversal that has left the array part needs the entries of keys that have gone there.
        let is_traversed = self.is_traversed();
        let len = self.len() as i64;
        let has_moved = |key: Value| is_traversed && key.as_small_int().is_some_and(|k| k > 0 && k <= len);
        let is_kept = |_: usize, key: Value, v: Value| !v.is_nil() || has_moved(key);
        let used = old.used();
        let live = (0..used).filter(|&i| is_kept(i, old.at(i).0, old.at(i).1)).count();
        let is_worth_it = live < used || old.graves().next().is_some();
        let graves = if is_traversed && is_worth_it { old.graves_after(used, is_kept) } else { Vec::new() };
        // Half as many again as there are, so that a list full of live entries doubles, and one full of removed ones keeps
        // its size but gets a quarter of it free at least.
        let new = alloc_hash(m, live + extra + live / 2, graves.len())?;
        let is_shared = m.heap().is_parallel();
        let slots = self.locked(m, || {
            if !old.is_same(self.hash_ref()) || old.used() != used {
                // SAFETY: the hash part is new.
                unsafe { new.make_blank() };
                return None;
            }
            // SAFETY: as above; it was made for these entries and graves.
            unsafe { new.fill(old, (live, used), is_kept, &graves, is_shared) };
            if self.flags() & HASH_INTS != 0 && !new.has_positive_ints() {
                self.clear_flags(HASH_INTS);
            }
            Some(self.publish_hash(new))
        });
        if let Some(slots) = slots {
            m.write_barrier(slots);
        }
        Ok(false)
    }

    /// The largest power of two such that more than half of the keys up to it are in use, if the array part should grow to
    /// it. The array part counts as full.
    fn array_limit(self, pending: Option<i64>) -> Option<usize> {
        const BINS: usize = 33;
        let len = self.len();
        // Bin b counts the keys above 2^(b-1), up to 2^b.
        let mut bins = [0usize; BINS];
        let mut count = |k: i64| {
            if k > len as i64 && k <= 1 << (BINS - 1) {
                bins[(k as u64).next_power_of_two().trailing_zeros() as usize] += 1;
            }
        };
        for (k, v) in self.hash_ref().entries() {
            if let Some(k) = k.as_small_int()
                && !v.is_nil()
            {
                count(k);
            }
        }
        if let Some(k) = pending {
            count(k);
        }
        let (mut found, mut in_hash) = (None, 0);
        for (b, n) in bins.into_iter().enumerate() {
            in_hash += n;
            let size = 1usize << b;
            if in_hash > 0 && size > len && in_hash + len > size / 2 {
                found = Some(size);
            }
        }
        found
    }
}

/// Visits what a hash part refers to.
///
/// # Safety
/// `object` is a live hash part.
#[inline]
pub(crate) unsafe fn trace(object: NonNull<Header>, marker: &mut Marker) {
    let hash = HashRef(object.cast());
    // SAFETY: all entries are initialised, to nil at first, and all graves, whose numbers are integers.
    unsafe {
        marker.visit_words(hash.base().cast(), hash.capacity() * 2);
        marker.visit_words(hash.grave_base().cast(), hash.object().graves.load(Relaxed) as usize * 2);
    }
}
