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
use std::sync::atomic::Ordering::Relaxed;

/// A small table has at least as many graves as this, where there are so many keys to bury.
const GRAVES_MIN: usize = 32;

/// Where a key lay that was removed.
#[derive(Clone, Copy)]
pub(super) struct Grave {
    pub(super) key: Value,
    /// The number of the first entry that was behind it.
    pub(super) next: u32,
    /// Whether the key had an entry again when the list was replaced once more. Traversals that have come to that entry do
    /// not know its number any more.
    pub(super) is_again: bool,
}

impl HashRef {
    /// The latest grave of a key.
    #[cold]
    #[inline(never)]
    pub(super) fn grave_of(self, key: Value) -> Option<Grave> {
        let is_key = |k: Value| k == key || (key.as_big_int().is_some() && k.as_int() == key.as_int());
        self.graves().filter(|grave| is_key(grave.key)).last()
    }

    /// The number of the entry to go on with, for a traversal that was told the entry number `place` after it had been to
    /// `key`.
    #[cold]
    #[inline(never)]
    pub(super) fn place_behind(self, key: Value, place: usize) -> usize {
        match (self.grave_of(key), self.find(key)) {
            // Numbers only become smaller when lists are replaced: who was told a number before that of the entry has not
            // been there. Nor has anyone else who does not know it, as long as it is in the list where it was added.
            (Some(grave), Some(i)) if place <= i || !grave.is_again => grave.next as usize,
            (_, Some(i)) => i + 1,
            (Some(grave), None) => grave.next as usize,
            // Very many others were removed and added since this one was, which at least is not before the place any more.
            (None, None) => place.saturating_sub(1).min(self.used()),
        }
    }

    /// The graves of the hash part that replaces this one, with so many entries, and keeps what `is_kept` tells. The latest
    /// come last.
    pub(super) fn graves_after(
        self,
        used: usize,
        is_kept: impl Fn(usize, Value, Value) -> bool,
    ) -> Vec<Grave> {
        // ROOTED: the keys are in this hash part, which the caller holds.
        let mut numbers = Vec::with_capacity(used + 1);
        let mut buried = Vec::new();
        let mut kept = 0;
        for (i, (key, v)) in self.entries().enumerate().take(used) {
            numbers.push(kept);
            if is_kept(i, key, v) {
                kept += 1;
            } else {
                buried.push(Grave { key, next: kept, is_again: false });
            }
        }
        numbers.push(kept);
        let count_max = used.max(GRAVES_MIN);
        let moved = |next: u32| numbers.get(next as usize).copied().unwrap_or(kept);
        let old_count = self.graves().count().min(count_max.saturating_sub(buried.len()));
        let old = self.graves().skip(self.graves().count() - old_count);
        let is_again = |grave: Grave| grave.is_again || self.find(grave.key).is_some();
        let old = old.map(|grave| Grave { next: moved(grave.next), is_again: is_again(grave), ..grave });
        old.chain(buried).collect()
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
        self.count_traversals(|count| (count != TRAVERSALS_MAX).then(|| count + TRAVERSALS_ONE));
    }

    /// Notes a traversal by key, of which nobody knows where it began and whether it will come to the end.
    #[inline]
    pub(super) fn note_traversal_by_key(self) {
        self.set_flags(TRAVERSALS_MAX);
    }

    /// Counts a traversal that has come to the end. Those that were given up never come here; the count of a table that has
    /// seen more than it can tell of them stays.
    #[inline]
    pub(super) fn end_traversal(self) {
        self.count_traversals(|count| {
            (count != 0 && count != TRAVERSALS_MAX).then(|| count - TRAVERSALS_ONE)
        });
    }

    #[inline]
    fn count_traversals(self, change: impl Fn(u8) -> Option<u8>) {
        let change = |flags: u8| Some(flags & !TRAVERSALS | change(flags & TRAVERSALS)?);
        // Refused: the count stays as it is.
        let _ = self.object().header.flags.fetch_update(Relaxed, Relaxed, change);
    }
}
