//! The intern table: at most one interned string per content.
//!
//! Sharded by hash; a shard is an open-addressed table of words, each an address (in units of 16 bytes, to which all
//! objects are aligned) with 20 bits of the hash below it. In tables of up to 2^20 places a shard these bits say where an
//! entry belongs, so that searching and growing rarely read the strings themselves.
//!
//! The table does not keep its strings alive: the collector calls `Interner::purge` in the pause. After a minor
//! collection only the entries made since the last one can be dead, so only those are looked at.
//!
//! No lock is held across an allocation: a miss allocates unlocked and then looks again.

use crate::heap::mark::Marker;
use crate::mutator::Mutator;
use crate::object::Header;
use crate::storage_copy::copy_bytes;
use crate::string::{BODY_CANONICAL, STR_FIELD_NAME, STR_INTERNED, Str, alloc_inline, replace_body};
use crate::value::{address_to_pointer, pointer_to_address};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Number of shards; a power of two.
const SHARDS: usize = 8;
/// Places of a new shard; a power of two.
const SHARD_PLACES_MIN: usize = 64;

/// The interned strings of a heap, and what is attached to strings.
pub struct Interner {
    seed: u64,
    shards: [Mutex<Shard>; SHARDS],
    /// The 256 strings of one byte, then the empty string. Set once, before any script runs.
    preallocated: Box<[AtomicU64; 257]>,
    attachments: Mutex<HashMap<(u64, TypeId), Arc<dyn Any + Send + Sync>>>,
}

#[derive(Default)]
struct Shard {
    /// 0 in empty places.
    places: Vec<u64>,
    count: usize,
    /// Addresses of the entries made since the last collection.
    recent: Vec<u64>,
}

/// Places of a [`RecentStrings`]; a power of two.
const RECENT: usize = 2048;
/// The longest bytes that are looked for before a string is made of them: hashing as many costs less than an object.
pub(crate) const KNOWN_BYTES_MAX: usize = 32;
/// How much a found string adds to the score of a [`RecentStrings`]: one in five that is found pays for the others.
const SCORE_FOUND: u32 = 4;
/// The highest score: looking stops after so many that were not found.
const SCORE_MAX: u32 = 256;

/// Places for strings that are known by their bytes; a power of two.
const SHORT: usize = 1024;
/// The longest of them.
const SHORT_BYTES_MAX: usize = 15;

/// The bytes of a short string and their number, and its address.
#[derive(Clone, Copy)]
struct ShortString {
    words: (u64, u64),
    address: u64,
}

/// Interned strings that one mutator looked for recently, by hash: found again without the lock of a shard.
///
/// New short strings are looked for here before they are made, as long as that finds some: in programs that make up keys and
/// words again and again most of them are never allocated, and what is found needs no search when it is used as a key.
/// The shortest that were found are known by their bytes from then on, without a hash and without a look at the string.
pub(crate) struct RecentStrings {
    addresses: Box<[u64; RECENT]>,
    short: Box<[ShortString; SHORT]>,
    /// There is anything to be forgotten.
    has_any: bool,
    /// Whether new strings are looked for: 0 if not.
    score: u32,
}

impl RecentStrings {
    pub(crate) fn new() -> RecentStrings {
        let none = ShortString { words: (0, 0), address: 0 };
        RecentStrings {
            addresses: Box::new([0; RECENT]),
            short: Box::new([none; SHORT]),
            has_any: false,
            score: 0,
        }
    }

    /// Forgets everything: in every collection, before memory is used again.
    pub(crate) fn clear(&mut self) {
        if self.has_any {
            self.addresses.fill(0);
            self.short.fill(ShortString { words: (0, 0), address: 0 });
            self.has_any = false;
        }
    }

    /// Whether strings of that many bytes are to be looked for before they are made.
    #[inline(always)]
    pub(crate) fn is_worth_looking(&self, len: usize) -> bool {
        self.score > 0 && len <= KNOWN_BYTES_MAX
    }

    #[inline(always)]
    fn find(&self, hash: u32, bytes: &[u8]) -> Option<Str> {
        let address = self.addresses[hash as usize % RECENT];
        if address == 0 {
            return None;
        }
        let s = string_at(address);
        if s.hash_known() == hash && is_bytes(s, bytes) { Some(s) } else { None }
    }

    #[inline(always)]
    fn note(&mut self, hash: u32, s: Str) {
        self.has_any = true;
        self.addresses[hash as usize % RECENT] = pointer_to_address(s.0.as_ptr());
    }

    /// The string with the bytes that these words are, if it was found lately.
    #[inline(always)]
    pub(crate) fn find_short(&mut self, words: (u64, u64)) -> Option<Str> {
        let known = &self.short[short_place(words)];
        if known.words != words {
            return None;
        }
        let s = string_at(known.address);
        self.note_worth();
        Some(s)
    }

    /// Notes a string that was found.
    #[inline(always)]
    pub(crate) fn note_short(&mut self, words: (u64, u64), s: Str) {
        self.has_any = true;
        self.short[short_place(words)] = ShortString { words, address: pointer_to_address(s.0.as_ptr()) };
    }

    /// As `find`, for a string that is to be made; keeps the score.
    #[inline(always)]
    pub(crate) fn find_new(&mut self, hash: u32, bytes: &[u8]) -> Option<Str> {
        let found = self.find(hash, bytes);
        match found {
            Some(_) => self.note_worth(),
            None => self.score = self.score.saturating_sub(1),
        }
        found
    }

    /// A string was made that need not have been.
    #[inline(always)]
    fn note_worth(&mut self) {
        self.score = (self.score + SCORE_FOUND).min(SCORE_MAX);
    }
}

/// Two to [`SHORT_BYTES_MAX`] bytes and their number as two words.
#[inline(always)]
pub(crate) fn short_key(bytes: &[u8]) -> Option<(u64, u64)> {
    let len = bytes.len();
    let at = bytes.as_ptr();
    // SAFETY: each word lies in the bytes: there are as many as its test says. PERF: slices cost a test for each word.
    let words = unsafe {
        let word = |i: usize| u64::from_le(at.add(i).cast::<u64>().read_unaligned());
        let half = |i: usize| u64::from(u32::from_le(at.add(i).cast::<u32>().read_unaligned()));
        match len {
            8 => (word(0), 0),
            9..=SHORT_BYTES_MAX => (word(0), word(len - 8) >> (8 * (16 - len))),
            4 => (half(0), 0),
            5..=7 => (half(0) | half(len - 4) >> (8 * (8 - len)) << 32, 0),
            2 => (u64::from(*at) | u64::from(*at.add(1)) << 8, 0),
            3 => (u64::from(*at) | u64::from(*at.add(1)) << 8 | u64::from(*at.add(2)) << 16, 0),
            _ => return None,
        }
    };
    Some((words.0, words.1 | (len as u64) << 56))
}

#[inline(always)]
fn short_place(words: (u64, u64)) -> usize {
    let mixed = (words.0 ^ words.1.rotate_left(17)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> (64 - SHORT.trailing_zeros())) as usize
}

/// Whether an interned string has these bytes.
#[inline(always)]
fn is_bytes(s: Str, bytes: &[u8]) -> bool {
    s.bytes_flat().is_some_and(|other| same_bytes(other, bytes))
}

/// Whether both are the same; short ones without a call.
#[inline(always)]
pub(crate) fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match (a.first_chunk::<8>(), b.first_chunk::<8>(), a.last_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(a0), Some(b0), Some(a1), Some(b1)) if a.len() <= 16 => a0 == b0 && a1 == b1,
        (Some(_), ..) => a == b,
        _ => short_words(a) == short_words(b),
    }
}

/// Up to seven bytes as a number: of a given length each has its own.
#[inline(always)]
fn short_words(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
        }
        _ => match bytes {
            [] => 0,
            [a] => u64::from(*a),
            [a, b, rest @ ..] => {
                u64::from(*a) | u64::from(*b) << 8 | u64::from(*rest.last().unwrap_or(b)) << 16
            }
        },
    }
}

/// The hash of bytes under a seed; never 0. Sixteen bytes a step, mixed in by a full multiplication; the last words may have
/// bytes that the ones before them have too.
#[inline(always)]
pub(crate) fn hash_bytes(seed: u64, bytes: &[u8]) -> u32 {
    const K: u64 = 0x9E37_79B9_7F4A_7C15;
    #[inline(always)]
    fn mix(a: u64, b: u64) -> u64 {
        let product = a as u128 * b as u128;
        product as u64 ^ (product >> 64) as u64
    }
    let mut h = seed ^ (bytes.len() as u64).wrapping_mul(K);
    // Nobody who does not know the seed can choose words that make a factor 0.
    let other = seed.rotate_left(29) ^ K;
    let (a, b) = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => {
            if bytes.len() > 16 {
                let (pairs, _) = bytes[..bytes.len() - 1].as_chunks::<16>();
                for pair in pairs {
                    let (first, second) = pair.split_at(8);
                    let word = |b: &[u8]| b.first_chunk().map_or(0, |b| u64::from_le_bytes(*b));
                    h = mix(h ^ word(first), word(second) ^ other);
                }
            }
            let first = if bytes.len() > 16 {
                // The word before the last one.
                bytes[..bytes.len() - 8].last_chunk().map_or(0, |b| u64::from_le_bytes(*b))
            } else {
                u64::from_le_bytes(*first)
            };
            (first, u64::from_le_bytes(*last))
        }
        _ => (short_words(bytes), 0),
    };
    h = mix(h ^ a, b ^ other);
    h = mix(h, seed | 1);
    let hash = (h ^ (h >> 32)) as u32;
    if hash == 0 { 1 } else { hash }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code panics between two steps that must go together, so a poisoned table is still good.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bits of the hash in an entry.
const ENTRY_HASH_BITS: u32 = 20;
const ENTRY_HASH_MASK: u64 = (1 << ENTRY_HASH_BITS) - 1;

/// The bits of a hash that choose the place in a shard, from the lowest on.
fn place_bits(hash: u32) -> u64 {
    hash as u64 / SHARDS as u64
}

/// The word of an entry.
fn entry_word(address: u64, hash: u32) -> u64 {
    address >> 4 << ENTRY_HASH_BITS | place_bits(hash) & ENTRY_HASH_MASK
}

fn entry_address(word: u64) -> u64 {
    word >> ENTRY_HASH_BITS << 4
}

impl Shard {
    fn start(&self, hash: u32) -> usize {
        place_bits(hash) as usize & (self.places.len() - 1)
    }

    /// The start of the search for an entry.
    fn entry_start(&self, word: u64) -> usize {
        let mask = self.places.len() - 1;
        if mask as u64 <= ENTRY_HASH_MASK {
            (word & ENTRY_HASH_MASK) as usize & mask
        } else {
            self.start(string_at(entry_address(word)).hash_known())
        }
    }

    fn find(&self, hash: u32, bytes: &[u8]) -> Option<Str> {
        if self.places.is_empty() {
            return None;
        }
        let mut place = self.start(hash);
        loop {
            let word = self.places[place];
            if word == 0 {
                return None;
            }
            if (word ^ place_bits(hash)) & ENTRY_HASH_MASK == 0 {
                let s = string_at(entry_address(word));
                if s.hash_known() == hash && is_bytes(s, bytes) {
                    return Some(s);
                }
            }
            place = (place + 1) & (self.places.len() - 1);
        }
    }

    /// Enters a string whose hash is known and which is not in the table.
    fn insert(&mut self, s: Str) {
        // Three quarters full at most.
        if (self.count + 1) * 4 > self.places.len() * 3 {
            let size = (self.places.len() * 2).max(SHARD_PLACES_MIN);
            self.rebuild(size, |_| true);
        }
        let address = pointer_to_address(s.0.as_ptr());
        self.place(entry_word(address, s.hash_known()));
        self.count += 1;
        self.recent.push(address);
    }

    fn place(&mut self, word: u64) {
        let mut place = self.entry_start(word);
        while self.places[place] != 0 {
            place = (place + 1) & (self.places.len() - 1);
        }
        self.places[place] = word;
    }

    /// Makes a table of `size` places from the entries to keep.
    fn rebuild(&mut self, size: usize, keep: impl Fn(u64) -> bool) {
        let old = std::mem::replace(&mut self.places, vec![0; size]);
        self.count = 0;
        for word in old.into_iter().filter(|&word| word != 0) {
            if keep(entry_address(word)) {
                self.place(word);
                self.count += 1;
            }
        }
    }

    /// Forgets the dead among all entries: one by one if they are few, else by making a new table.
    fn purge_all(&mut self, is_live: impl Fn(u64) -> bool) {
        let entries = self.places.iter().filter(|&&word| word != 0).map(|&word| entry_address(word));
        let dead: Vec<u64> = entries.filter(|&address| !is_live(address)).collect();
        if dead.len() * 8 < self.count {
            for address in dead {
                self.remove(address);
            }
        } else if !dead.is_empty() {
            // A table that has become much too large shrinks; it stays at most three eighths full.
            let needed = (self.count - dead.len()) * 8 / 3;
            let size = self.places.len().min(needed.next_power_of_two()).max(SHARD_PLACES_MIN);
            self.rebuild(size, is_live);
        }
    }

    /// Removes an entry, closing the gap so that every other entry is still found from its start.
    fn remove(&mut self, address: u64) {
        let hash = string_at(address).hash_known();
        let mask = self.places.len() - 1;
        let mut gap = self.start(hash);
        loop {
            match self.places[gap] {
                0 => return,
                word if entry_address(word) == address => break,
                _ => gap = (gap + 1) & mask,
            }
        }
        self.count -= 1;
        let mut place = gap;
        loop {
            place = (place + 1) & mask;
            let word = self.places[place];
            if word == 0 {
                break;
            }
            let start = self.entry_start(word);
            // The entry may move into the gap if its start is not behind the gap on the way to its place.
            if (place.wrapping_sub(start) & mask) >= (place.wrapping_sub(gap) & mask) {
                self.places[gap] = word;
                gap = place;
            }
        }
        self.places[gap] = 0;
    }
}

#[inline(always)]
fn string_at(address: u64) -> Str {
    // SAFETY: entries are addresses of strings, which are not null. Dead ones are removed before their memory is reused.
    Str(unsafe { NonNull::new_unchecked(address_to_pointer(address)) })
}

impl Interner {
    /// An empty table with a seed of its own.
    pub(crate) fn new() -> Interner {
        Interner {
            seed: RandomState::new().hash_one(0u8),
            shards: Default::default(),
            preallocated: Box::new([const { AtomicU64::new(0) }; 257]),
            attachments: Mutex::default(),
        }
    }

    #[inline(always)]
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// Number of interned strings.
    pub fn count(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).count).sum()
    }

    fn shard(&self, hash: u32) -> MutexGuard<'_, Shard> {
        lock(&self.shards[hash as usize % SHARDS])
    }

    /// The interned string with these bytes, if there is one.
    pub fn find(&self, bytes: &[u8]) -> Option<Str> {
        let hash = hash_bytes(self.seed, bytes);
        self.shard(hash).find(hash, bytes)
    }

    /// The address of the table of one-byte strings, a word each.
    pub(crate) fn byte_strs_address(&self) -> usize {
        self.preallocated.as_ptr().addr()
    }

    #[inline(always)]
    pub(crate) fn byte_str(&self, byte: u8) -> Str {
        string_at(self.preallocated[byte as usize].load(Relaxed))
    }

    #[inline(always)]
    pub(crate) fn empty_str(&self) -> Str {
        string_at(self.preallocated[256].load(Relaxed))
    }

    pub(crate) fn trace_roots(&self, marker: &mut Marker) {
        for word in self.preallocated.iter() {
            let address = word.load(Relaxed);
            if address != 0 {
                marker.visit_object(string_at(address).header());
            }
        }
    }

    /// Forgets the strings that are dead. In a minor collection all old objects are alive.
    pub(crate) fn purge(&self, is_live: &dyn Fn(NonNull<Header>) -> bool, minor: bool) {
        for shard in &self.shards {
            let mut shard = lock(shard);
            let recent = std::mem::take(&mut shard.recent);
            if minor {
                for address in recent {
                    if !is_live(string_at(address).header()) {
                        shard.remove(address);
                    }
                }
            } else {
                shard.purge_all(|address| is_live(string_at(address).header()));
            }
        }
        lock(&self.attachments).retain(|(address, _), _| is_live(string_at(*address).header()));
    }

    pub(crate) fn attachment<T: Any + Send + Sync>(&self, s: Str) -> Option<Arc<T>> {
        let key = (pointer_to_address(s.0.as_ptr()), TypeId::of::<T>());
        lock(&self.attachments).get(&key).cloned()?.downcast().ok()
    }

    pub(crate) fn attach<T: Any + Send + Sync>(&self, s: Str, attachment: Arc<T>) {
        let key = (pointer_to_address(s.0.as_ptr()), TypeId::of::<T>());
        let old = lock(&self.attachments).insert(key, attachment);
        // Dropped outside the lock: it may be anything.
        drop(old);
    }
}

/// Makes the strings of one byte and the empty string.
pub(crate) fn start(m: &mut Mutator) {
    for byte in 0..=255u8 {
        let s = intern_new(m, &[byte], 0);
        m.heap().strings().preallocated[byte as usize].store(pointer_to_address(s.0.as_ptr()), Relaxed);
    }
    let s = intern_new(m, b"", 0);
    m.heap().strings().preallocated[256].store(pointer_to_address(s.0.as_ptr()), Relaxed);
}

/// The interned string with these bytes; a new one gets `flags`.
fn intern_new(m: &mut Mutator, bytes: &[u8], flags: u8) -> Str {
    let hash = hash_bytes(m.heap().strings().seed(), bytes);
    let found = m.heap().strings().shard(hash).find(hash, bytes);
    let s = found.unwrap_or_else(|| {
        let (s, to) = match alloc_inline(m, bytes.len(), flags | STR_INTERNED) {
            Ok(new) => new,
            Err(_) => crate::string::alloc_inline_forced(m, bytes.len(), flags | STR_INTERNED),
        };
        // SAFETY: the new string has room for the bytes.
        unsafe { copy_bytes(bytes.as_ptr(), to, bytes.len()) };
        s.object().header.word.store(hash, Relaxed);
        let mut shard = m.heap().strings().shard(hash);
        match shard.find(hash, bytes) {
            Some(other) => other,
            None => {
                shard.insert(s);
                s
            }
        }
    });
    if s.flags() & flags != flags {
        s.add_flags(flags);
    }
    s
}

/// Interns a string of which no interned twin is known.
#[cold]
#[inline(never)]
pub(crate) fn intern_slow(m: &mut Mutator, s: Str) -> Str {
    let bytes = s.bytes(m);
    let hash = s.hash(m);
    let canonical = {
        let mut shard = m.heap().strings().shard(hash);
        match shard.find(hash, bytes) {
            Some(other) => other,
            None => {
                shard.insert(s);
                s.add_flags(STR_INTERNED);
                s
            }
        }
    };
    if !canonical.is_same(s) {
        remember_canonical(m, s, canonical);
    }
    m.caches.strings.note(hash, canonical);
    canonical
}

/// Looks for the interned twin of a string of which none is known.
#[inline(never)]
pub(crate) fn find_slow(m: &mut Mutator, s: Str) -> Option<Str> {
    let bytes = s.bytes(m);
    let hash = s.hash(m);
    let canonical = match m.caches.strings.find(hash, bytes) {
        Some(s) => s,
        None => {
            let s = m.heap().strings().shard(hash).find(hash, bytes)?;
            m.caches.strings.note(hash, s);
            s
        }
    };
    if !canonical.is_same(s) {
        m.caches.strings.note_worth();
        remember_canonical(m, s, canonical);
    }
    Some(canonical)
}

fn remember_canonical(m: &mut Mutator, s: Str, canonical: Str) {
    replace_body(m, s, pointer_to_address(canonical.0.as_ptr()) | BODY_CANONICAL);
}

impl Mutator {
    /// The interned string with these bytes.
    pub fn intern(&mut self, bytes: &[u8]) -> Str {
        intern_new(self, bytes, 0)
    }

    /// The interned string with these bytes, marked as a key that code names.
    pub fn field_name(&mut self, bytes: &[u8]) -> Str {
        intern_new(self, bytes, STR_FIELD_NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::mutator;
    use std::collections::HashSet;

    #[test]
    fn equal_bytes_intern_to_one_object() {
        let m = &mut mutator();
        let a = m.intern(b"name");
        let b = m.new_str(b"name").unwrap();
        assert!(!b.is_same(a) && !b.is_interned());
        assert!(b.find_interned(m).unwrap().is_same(a));
        assert!(b.interned_hint().unwrap().is_same(a));
        assert!(b.intern(m).is_same(a));
        assert_eq!(b.bytes(m), b"name");
        assert!(m.intern(b"name").is_same(a));
    }

    #[test]
    fn a_string_becomes_its_own_interned_twin() {
        let m = &mut mutator();
        let s = m.new_str(b"made at run time").unwrap();
        assert!(s.find_interned(m).is_none());
        assert!(s.intern(m).is_same(s));
        assert!(s.is_interned() && !s.is_field_name());
        assert!(m.field_name(b"made at run time").is_same(s));
        assert!(s.is_field_name());
    }

    #[test]
    fn new_strings_are_known_ones_while_that_is_worth_a_look() {
        let m = &mut mutator();
        let key = m.intern(b"word");
        assert!(!m.new_str(b"word").unwrap().is_same(key));
        // A string that was made and then found among the interned ones: the next one is not made.
        assert!(m.new_str(b"word").unwrap().find_interned(m).is_some());
        assert!(m.new_str(b"word").unwrap().is_same(key));
        let (left, right) = (m.new_str(b"wo").unwrap(), m.new_str(b"rd").unwrap());
        assert!(m.concat2(left, right).unwrap().is_same(key));
        // What is not found is made, with its hash, and after long in vain nothing is looked for.
        for i in 0..SCORE_MAX + 1 {
            let text = format!("new {i}");
            let s = m.new_str(text.as_bytes()).unwrap();
            assert_eq!(s.bytes(m), text.as_bytes());
            let known = s.hash_known();
            assert!(known == 0 || known == hash_bytes(m.heap().strings().seed(), text.as_bytes()));
        }
        assert!(!m.caches.strings.is_worth_looking(4));
        assert!(!m.new_str(b"word").unwrap().is_same(key));
    }

    #[test]
    fn short_bytes_are_words_of_their_own() {
        let mut seen = HashSet::new();
        for len in 0..SHORT_BYTES_MAX + 3 {
            for (zero, at) in (0..2).flat_map(|zero| (0..len.max(1)).map(move |at| (zero, at))) {
                let mut bytes = vec![zero * 0xFF; len];
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 0x5A;
                }
                let words = short_key(&bytes);
                assert_eq!(words.is_some(), (2..=SHORT_BYTES_MAX).contains(&len));
                assert!(words.is_none_or(|words| seen.insert(words)), "{bytes:?}");
            }
        }
    }

    #[test]
    fn bytes_of_all_lengths_are_told_apart() {
        for len in 0..70 {
            let bytes: Vec<u8> = (0..len).map(|i| i as u8 ^ 0x5A).collect();
            assert!(same_bytes(&bytes, &bytes.clone()));
            let hash = hash_bytes(5, &bytes);
            assert_ne!(hash, 0);
            assert_eq!(hash, hash_bytes(5, &bytes.clone()));
            for i in 0..len {
                let mut other = bytes.clone();
                other[i] ^= 1;
                assert!(!same_bytes(&bytes, &other), "{len} bytes, {i}");
                assert_ne!(hash, hash_bytes(5, &other), "{len} bytes, {i}");
                assert!(!same_bytes(&bytes, &bytes[..i]));
            }
            let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
            assert_ne!(hash, hash_bytes(5, &longer));
        }
    }

    #[test]
    fn hashes_of_similar_keys_are_spread() {
        let numbers: HashSet<u32> =
            (0..20_000).map(|i| hash_bytes(9, format!("{i}").as_bytes()) & 0xFFFF).collect();
        let pairs: HashSet<u32> = (0..20_000)
            .map(|i| hash_bytes(9, format!("{},{}", i % 141, i / 141).as_bytes()) & 0xFFFF)
            .collect();
        // Of 65536 places 20000 random numbers take some 17230.
        assert!(numbers.len() > 16_800 && pairs.len() > 16_800, "{} {}", numbers.len(), pairs.len());
    }

    #[test]
    fn one_byte_strings_exist_from_the_start() {
        let m = &mut mutator();
        let a = m.byte_str(b'a');
        assert!(a.is_interned());
        assert!(m.intern(b"a").is_same(a));
        assert!(m.new_str(b"a").unwrap().is_same(a));
        assert!(m.intern(b"").is_same(m.empty_str()));
    }

    #[test]
    fn purging_keeps_exactly_the_live() {
        let m = &mut mutator();
        let base = m.heap().strings().count();
        let strings: Vec<Str> = (0..1000).map(|i| m.intern(format!("key {i}").as_bytes())).collect();
        let interner = m.heap().strings();
        assert_eq!(interner.count(), base + 1000);
        for (minor, step) in [(true, 2), (false, 3)] {
            let dead: HashSet<_> = strings.iter().step_by(step).map(|s| s.header()).collect();
            interner.purge(&|p| !dead.contains(&p), minor);
            for s in &strings {
                let alive = strings.iter().position(|t| t.is_same(*s)).unwrap();
                let expected = if minor { alive % 2 != 0 } else { alive % 2 != 0 && alive % 3 != 0 };
                assert_eq!(interner.find(s.bytes_flat().unwrap()).is_some(), expected);
            }
        }
        // Entries that a minor collection has seen are not looked at again.
        interner.purge(&|_| false, true);
        assert!(interner.find(b"key 1").is_some());
    }

    #[test]
    fn attachments_die_with_their_string() {
        let m = &mut mutator();
        let s = m.new_str(b"pattern").unwrap();
        let data = Arc::new(5u8);
        s.attach(m.heap(), data.clone());
        assert_eq!(Arc::strong_count(&data), 2);
        m.heap().strings().purge(&|p| p != s.header(), true);
        assert_eq!(Arc::strong_count(&data), 1);
    }
}
