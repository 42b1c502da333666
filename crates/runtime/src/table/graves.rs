//! Graves: where keys lay that were removed, and whose entries are gone.
//!
//! Removing a key stores nil and leaves the entry, so a traversal that stands there finds its way on. A full list of entries
//! is replaced by a new one without the removed ones. Then each key that is left out gets a *grave* in the new hash part:
//!
//! ```text
//!   | head | entries ... | index ... | grave: key, number of the entry that comes after it | ...
//! ```
//!
//! Nobody knows at which keys traversals stand: there may be several, nested or given up, some of them nothing but keys that
//! a script will hand to `next`. So a table has graves as long as a traversal may be under way (the count in its header),
//! for as many of the latest keys as the list had entries: whatever was left out is known until the list is replaced
//! once more, however it was traversed, and a list that is used as a queue does not grow without bound.

use super::hash::HashRef;
use super::{TRAVERSALS, TRAVERSALS_MAX, TRAVERSALS_ONE, Table};
use crate::value::Value;

/// A small table has at least as many graves as this, where there are so many keys to bury.
const GRAVES_MIN: usize = 32;

/// A removed key, and the number of the first entry that was behind it.
pub(super) type Grave = (Value, u32);

impl HashRef {
    /// The number of the entry that comes after a key whose own entry is gone.
    #[cold]
    #[inline(never)]
    pub(super) fn grave_of(self, key: Value) -> Option<usize> {
        let is_key = |k: Value| k == key || (key.as_big_int().is_some() && k.as_int() == key.as_int());
        self.graves().filter(|&(k, _)| is_key(k)).last().map(|(_, next)| next as usize)
    }

    /// The graves of the hash part that replaces this one and keeps what `is_kept` tells. The latest come last.
    pub(super) fn graves_after(self, is_kept: impl Fn(usize, Value, Value) -> bool) -> Vec<Grave> {
        // ROOTED: the keys are in this hash part, which the caller holds.
        let mut numbers = Vec::with_capacity(self.used() + 1);
        let mut buried = Vec::new();
        let mut kept = 0;
        for (i, (key, v)) in self.entries().enumerate() {
            numbers.push(kept);
            if is_kept(i, key, v) {
                kept += 1;
            } else {
                buried.push((key, kept));
            }
        }
        numbers.push(kept);
        let count_max = self.used().max(GRAVES_MIN);
        let moved = |next: u32| numbers.get(next as usize).copied().unwrap_or(kept);
        let old_count = self.graves().count().min(count_max.saturating_sub(buried.len()));
        let old = self.graves().skip(self.graves().count() - old_count);
        // A key that has an entry again finds its way by that one from now on.
        let old = old.filter(|&(key, _)| self.find(key).is_none());
        old.map(|(key, next)| (key, moved(next))).chain(buried).collect()
    }
}

impl Table {
    /// Whether a traversal that has left the array part may be under way.
    #[inline]
    pub(super) fn is_traversed(self) -> bool {
        self.flags() & TRAVERSALS != 0
    }

    /// Counts a traversal that leaves the array part.
    #[inline]
    pub(super) fn begin_traversal(self) {
        if self.flags() & TRAVERSALS != TRAVERSALS_MAX {
            self.add_flags(TRAVERSALS_ONE);
        }
    }

    /// Counts a traversal that has come to the end. Those that were given up never come here; the count of a table that has
    /// seen more than it can tell of them stays.
    #[inline]
    pub(super) fn end_traversal(self) {
        if self.is_traversed() && self.flags() & TRAVERSALS != TRAVERSALS_MAX {
            self.add_flags(TRAVERSALS_ONE.wrapping_neg());
        }
    }
}
