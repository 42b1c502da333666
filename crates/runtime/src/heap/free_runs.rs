//! Free runs of blocks: best fit, neighbours merged at once.
//!
//! Best fit with lowest address among equals keeps large runs whole: single blocks for small cells fill the holes that
//! large objects left. A tree operation costs about 100 ns, which a block's 32 KB of allocation hide.

use std::collections::{BTreeMap, BTreeSet};

/// A set of free runs of blocks, no two adjacent.
#[derive(Default)]
pub(crate) struct FreeRuns {
    length_of: BTreeMap<u32, u32>,
    by_length: BTreeSet<(u32, u32)>,
    total: usize,
}

impl FreeRuns {
    /// Number of blocks in all runs.
    #[cfg(test)]
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// Takes `count` blocks from the shortest run that has them.
    pub(crate) fn take(&mut self, count: u32) -> Option<u32> {
        let &(length, start) = self.by_length.range((count, 0)..).next()?;
        self.remove(start, length);
        if length > count {
            self.insert(start + count, length - count);
        }
        Some(start)
    }

    /// Takes the run that ends at `end`, if there is one: its start.
    pub(crate) fn take_ending_at(&mut self, end: u32) -> Option<u32> {
        let (&start, &length) = self.length_of.range(..end).next_back()?;
        if start + length != end {
            return None;
        }
        self.remove(start, length);
        Some(start)
    }

    /// Adds a run and merges it with its neighbours.
    pub(crate) fn add(&mut self, start: u32, length: u32) {
        let (mut start, mut length) = (start, length);
        if let Some(before) = self.take_ending_at(start) {
            length += start - before;
            start = before;
        }
        if let Some(&after) = self.length_of.get(&(start + length)) {
            self.remove(start + length, after);
            length += after;
        }
        self.insert(start, length);
    }

    /// The runs, longest first.
    pub(crate) fn longest_first(&self) -> impl Iterator<Item = (u32, u32)> {
        self.by_length.iter().rev().map(|&(length, start)| (start, length))
    }

    fn insert(&mut self, start: u32, length: u32) {
        self.length_of.insert(start, length);
        self.by_length.insert((length, start));
        self.total += length as usize;
    }

    fn remove(&mut self, start: u32, length: u32) {
        self.length_of.remove(&start);
        self.by_length.remove(&(length, start));
        self.total -= length as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_shortest_run_that_fits() {
        let mut runs = FreeRuns::default();
        runs.add(0, 10);
        runs.add(20, 3);
        runs.add(30, 5);
        assert_eq!(runs.take(4), Some(30));
        assert_eq!(runs.take(1), Some(34));
        assert_eq!(runs.take(3), Some(20));
        assert_eq!(runs.take(11), None);
        assert_eq!(runs.take(10), Some(0));
        assert_eq!(runs.total(), 0);
    }

    #[test]
    fn merges_with_both_neighbours() {
        let mut runs = FreeRuns::default();
        runs.add(0, 2);
        runs.add(4, 2);
        runs.add(2, 2);
        assert_eq!(runs.longest_first().collect::<Vec<_>>(), [(0, 6)]);
        assert_eq!(runs.take_ending_at(5), None);
        assert_eq!(runs.take_ending_at(6), Some(0));
        assert_eq!(runs.total(), 0);
    }
}
