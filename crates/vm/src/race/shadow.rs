//! What is remembered of accesses: for each place in memory the last write, and the reads since then.
//!
//! ```text
//!   variable    the cell's address                          a captured variable, a global
//!   table       the table's address
//!     keys        a field, an element, an entry             each for itself
//!     whole       what library functions do to all keys     conflicts with every key
//!     added       keys that came or went      \  each conflicts with the other, but not with itself: goroutines may
//!     measured    lengths and traversals      /  add keys of their own at the same time
//! ```
//!
//! Accesses of which one happens before the next need not all be kept (as in FastTrack, Flanagan and Freund 2009): a write
//! that was ordered after all others stands for them, and so does a read for the earlier reads that it is ordered after.

use super::clock::Clock;
use super::hash::FastMap;

/// One access.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Access {
    /// Slot and step of the goroutine.
    pub(crate) slot: u32,
    pub(crate) step: u32,
    /// The goroutine's number.
    pub(crate) goroutine: u32,
    /// The number of the place in the program.
    pub(crate) place: u32,
}

impl Access {
    fn is_before(&self, clock: &Clock) -> bool {
        clock.get(self.slot) >= self.step
    }
}

/// What an access does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Read,
    Write,
}

/// An earlier access that a later one conflicts with.
pub(crate) type Conflict = (Kind, Access);

/// The last access of each slot, by slot, ascending. Those that are known to happen before others are dropped whenever their
/// number has doubled.
#[derive(Default, Debug)]
struct Accesses {
    list: Vec<Access>,
    /// Number at which they are looked through.
    full: usize,
}

/// Accesses that are not worth looking through. Arbitrary.
const FEW: usize = 4;

impl Accesses {
    fn add(&mut self, access: Access, clock: &Clock) {
        let place = |list: &[Access]| list.binary_search_by_key(&access.slot, |old| old.slot);
        match place(&self.list) {
            Ok(at) => self.list[at] = access,
            Err(mut at) => {
                if self.list.len() >= self.full.max(FEW) {
                    self.list.retain(|old| !old.is_before(clock));
                    self.full = 2 * self.list.len();
                    at = place(&self.list).unwrap_or_else(|at| at);
                }
                self.list.insert(at, access);
            }
        }
    }

    fn clear(&mut self) {
        self.list.clear();
    }

    fn find_unordered(&self, clock: &Clock) -> Option<Access> {
        self.list.iter().find(|old| !old.is_before(clock)).copied()
    }
}

/// The accesses to one place.
#[derive(Default, Debug)]
pub(crate) struct Place {
    write: Option<Access>,
    reads: Accesses,
}

impl Place {
    fn conflict(&self, kind: Kind, clock: &Clock) -> Option<Conflict> {
        if let Some(write) = self.write
            && !write.is_before(clock)
        {
            return Some((Kind::Write, write));
        }
        match kind {
            Kind::Read => None,
            Kind::Write => self.reads.find_unordered(clock).map(|read| (Kind::Read, read)),
        }
    }

    fn note(&mut self, kind: Kind, access: Access, clock: &Clock) {
        match kind {
            Kind::Read => self.reads.add(access, clock),
            Kind::Write => {
                self.write = Some(access);
                self.reads.clear();
            }
        }
    }

    /// Notes an access; gives an earlier one that it conflicts with.
    pub(crate) fn access(&mut self, kind: Kind, access: Access, clock: &Clock) -> Option<Conflict> {
        let conflict = self.conflict(kind, clock);
        self.note(kind, access, clock);
        conflict
    }
}

/// A key of a table, as far as races are concerned.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Key {
    /// An element of the list, or an entry with an integer for its key.
    Int(i64),
    /// A string, by a hash of its bytes.
    Str(u64),
    /// Any other key, by its word.
    Other(u64),
    /// The metatable.
    Metatable,
}

/// The accesses to one table.
#[derive(Default, Debug)]
pub(crate) struct TableShadow {
    keys: FastMap<Key, Place>,
    whole: Place,
    added: Accesses,
    measured: Accesses,
}

impl TableShadow {
    /// An access to a key.
    pub(crate) fn key(&mut self, key: Key, kind: Kind, access: Access, clock: &Clock) -> Option<Conflict> {
        let conflict = self.keys.entry(key).or_default().access(kind, access, clock);
        conflict.or_else(|| self.whole.conflict(kind, clock))
    }

    /// An access to all keys.
    pub(crate) fn whole(&mut self, kind: Kind, access: Access, clock: &Clock) -> Option<Conflict> {
        let conflict = self.whole.access(kind, access, clock);
        conflict.or_else(|| self.keys.values().find_map(|place| place.conflict(kind, clock)))
    }

    /// A key comes or goes.
    pub(crate) fn add(&mut self, access: Access, clock: &Clock) -> Option<Conflict> {
        self.added.add(access, clock);
        self.measured.find_unordered(clock).map(|old| (Kind::Read, old))
    }

    /// The length or the order of the keys is asked for.
    pub(crate) fn measure(&mut self, access: Access, clock: &Clock) -> Option<Conflict> {
        self.measured.add(access, clock);
        self.added.find_unordered(clock).map(|old| (Kind::Write, old))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(slot: u32, step: u32) -> Access {
        Access { slot, step, goroutine: slot, place: slot }
    }

    fn knows(known: &[(u32, u32)]) -> Clock {
        let mut clock = Clock::default();
        known.iter().for_each(|&(slot, step)| clock.set(slot, step));
        clock
    }

    #[test]
    fn what_is_not_ordered_conflicts_if_one_writes() {
        let mut place = Place::default();
        assert_eq!(place.access(Kind::Write, at(1, 1), &knows(&[(1, 1)])), None);
        assert_eq!(place.access(Kind::Read, at(2, 1), &knows(&[(1, 1), (2, 1)])), None);
        assert_eq!(place.access(Kind::Read, at(3, 1), &knows(&[(1, 1), (3, 1)])), None);
        let conflict = place.access(Kind::Write, at(3, 1), &knows(&[(1, 1), (3, 1)]));
        assert_eq!(conflict, Some((Kind::Read, at(2, 1))));
        let conflict = place.access(Kind::Read, at(2, 2), &knows(&[(2, 2), (3, 0)]));
        assert_eq!(conflict, Some((Kind::Write, at(3, 1))));
    }

    #[test]
    fn keys_are_apart_and_all_of_them_belong_to_the_whole() {
        let (one, two) = (knows(&[(1, 1)]), knows(&[(2, 1)]));
        let mut table = TableShadow::default();
        assert_eq!(table.key(Key::Int(1), Kind::Write, at(1, 1), &one), None);
        assert_eq!(table.key(Key::Int(2), Kind::Write, at(2, 1), &two), None);
        assert_eq!(table.whole(Kind::Read, at(2, 1), &two), Some((Kind::Write, at(1, 1))));
        assert_eq!(table.key(Key::Int(3), Kind::Read, at(1, 1), &one), None);
        assert_eq!(table.key(Key::Int(3), Kind::Write, at(1, 1), &one), Some((Kind::Read, at(2, 1))));
    }

    #[test]
    fn keys_may_come_from_all_sides_while_nobody_counts_them() {
        let (one, two) = (knows(&[(1, 1)]), knows(&[(2, 1)]));
        let mut table = TableShadow::default();
        assert_eq!(table.add(at(1, 1), &one), None);
        assert_eq!(table.add(at(2, 1), &two), None);
        assert_eq!(table.measure(at(2, 1), &two), Some((Kind::Write, at(1, 1))));
    }
}
