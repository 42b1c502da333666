//! The keys of shapes: lists shared along a chain of shapes, with an index when there are many.

use std::sync::atomic::{
    AtomicU16, AtomicU32, AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};

/// Lists of at most this many keys are searched one by one.
const LINEAR_KEYS_MAX: usize = 8;

/// Keys of a chain of shapes, each by its slot.
pub(super) struct KeyList {
    /// Number of keys in use.
    pub(super) len: AtomicU32,
    pub(super) keys: Box<[AtomicU64]>,
    /// Open-addressed index of slots + 1, if there are many keys; 0 in empty places.
    index: Box<[AtomicU16]>,
}

impl KeyList {
    pub(super) fn new(capacity: usize) -> KeyList {
        let index = if capacity > LINEAR_KEYS_MAX { capacity.next_power_of_two() * 2 } else { 0 };
        KeyList {
            len: AtomicU32::new(0),
            keys: (0..capacity).map(|_| AtomicU64::new(0)).collect(),
            index: (0..index).map(|_| AtomicU16::new(0)).collect(),
        }
    }

    /// Whether the keys are so few that they have no index.
    #[inline(always)]
    pub(super) fn is_short(&self) -> bool {
        self.index.is_empty()
    }

    /// The slot of a key among the first `count`.
    #[inline]
    pub(super) fn find(&self, key: u64, count: usize) -> Option<u32> {
        if self.is_short() {
            return self.keys[..count].iter().position(|k| k.load(Relaxed) == key).map(|i| i as u32);
        }
        let mask = self.index.len() - 1;
        let mut place = index_start(key, mask);
        loop {
            let slot = match self.index[place].load(Acquire) {
                0 => return None,
                n => n as usize - 1,
            };
            // There may be keys of longer shapes behind, and dead ones whose addresses mean nothing.
            if slot < count && self.keys[slot].load(Relaxed) == key {
                return Some(slot as u32);
            }
            place = (place + 1) & mask;
        }
    }

    /// A list of the first `count` keys with room for more.
    pub(super) fn fork(&self, count: usize) -> KeyList {
        let capacity = if count < 4 { 4 } else { count * 2 };
        let list = KeyList::new(capacity);
        for i in 0..count {
            list.put(i, self.keys[i].load(Relaxed));
        }
        list.len.store(count as u32, Relaxed);
        list
    }

    pub(super) fn put(&self, slot: usize, key: u64) {
        self.keys[slot].store(key, Release);
        if self.index.is_empty() {
            return;
        }
        let mask = self.index.len() - 1;
        let mut place = index_start(key, mask);
        while self.index[place].compare_exchange(0, slot as u16 + 1, Release, Relaxed).is_err() {
            place = (place + 1) & mask;
        }
    }

    /// Adds a key behind the first `count`, unless that place is taken.
    pub(super) fn extend(&self, count: usize, key: u64) -> bool {
        if count == self.keys.len()
            || self.len.compare_exchange(count as u32, count as u32 + 1, Acquire, Relaxed).is_err()
        {
            return false;
        }
        self.put(count, key);
        true
    }
}

/// Where the search for a key begins: the high bits of the product, since addresses differ in their middle bits.
#[inline(always)]
fn index_start(key: u64, mask: usize) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as usize & mask
}
