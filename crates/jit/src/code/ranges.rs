//! Which parts of the cache are free.
//!
//! First fit by best size: free ranges are indexed by offset, to merge neighbours, and by length, to find the smallest
//! that is large enough. Lengths are multiples of the alignment, so every range begins aligned and no padding is kept.
//! Hundreds of blocks at most are free at a time; two ordered trees are simple and quick enough for that.

use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Ranges {
    align: usize,
    /// Length of the free range that begins there.
    by_offset: BTreeMap<usize, usize>,
    /// Length and offset of each free range.
    by_len: BTreeSet<(usize, usize)>,
    used: usize,
}

impl Ranges {
    /// One free range of `len` bytes, a multiple of `align`.
    pub(super) fn new(len: usize, align: usize) -> Ranges {
        let mut ranges = Ranges { align, by_offset: BTreeMap::new(), by_len: BTreeSet::new(), used: 0 };
        ranges.insert(0, len);
        ranges
    }

    /// The offset of `len` bytes, now taken. Even nothing takes one unit, so that addresses of blocks differ.
    pub(super) fn allocate(&mut self, len: usize) -> Option<usize> {
        let len = self.rounded(len)?;
        let &(found, offset) = self.by_len.range((len, 0)..).next()?;
        self.remove(offset, found);
        if found > len {
            self.insert(offset + len, found - len);
        }
        self.used += len;
        Some(offset)
    }

    /// Frees what `allocate(len)` gave.
    pub(super) fn release(&mut self, offset: usize, len: usize) {
        let len = self.rounded(len).expect("it was allocated");
        self.used -= len;
        let (mut start, mut end) = (offset, offset + len);
        let before = self.by_offset.range(..offset).next_back().map(|(&at, &len)| (at, len));
        if let Some((at, before_len)) = before {
            assert!(at + before_len <= offset, "a block is freed twice");
            if at + before_len == offset {
                self.remove(at, before_len);
                start = at;
            }
        }
        let after = self.by_offset.range(offset..).next().map(|(&at, &len)| (at, len));
        if let Some((at, after_len)) = after {
            assert!(at >= end, "a block is freed twice");
            if at == end {
                self.remove(at, after_len);
                end += after_len;
            }
        }
        self.insert(start, end - start);
    }

    pub(super) fn used_bytes(&self) -> usize {
        self.used
    }

    fn rounded(&self, len: usize) -> Option<usize> {
        len.max(1).checked_next_multiple_of(self.align)
    }

    fn insert(&mut self, offset: usize, len: usize) {
        self.by_offset.insert(offset, len);
        self.by_len.insert((len, offset));
    }

    fn remove(&mut self, offset: usize, len: usize) {
        self.by_offset.remove(&offset);
        self.by_len.remove(&(len, offset));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_merge() {
        let mut ranges = Ranges::new(1024, 32);
        let blocks = [1, 32, 33, 0].map(|len| (ranges.allocate(len).unwrap(), len));
        assert_eq!(blocks.map(|(offset, _)| offset), [0, 32, 64, 128]);
        assert_eq!(ranges.used_bytes(), 160);
        for n in [2, 0, 3, 1] {
            ranges.release(blocks[n].0, blocks[n].1);
        }
        assert_eq!(ranges.used_bytes(), 0);
        assert_eq!(ranges.allocate(1024), Some(0));
        assert_eq!(ranges.allocate(1), None);
    }

    #[test]
    fn smallest_sufficient_range_is_taken() {
        let mut ranges = Ranges::new(1024, 32);
        let large = ranges.allocate(256).unwrap();
        let kept = ranges.allocate(32).unwrap();
        let small = ranges.allocate(64).unwrap();
        let _end = ranges.allocate(32).unwrap();
        ranges.release(large, 256);
        ranges.release(small, 64);
        assert_eq!(ranges.allocate(60), Some(small));
        assert_eq!(ranges.allocate(200), Some(large));
        assert_ne!(ranges.allocate(32), Some(kept));
        assert_eq!(ranges.allocate(usize::MAX), None);
    }

    #[test]
    #[should_panic(expected = "a block is freed twice")]
    fn double_free_is_found() {
        let mut ranges = Ranges::new(1024, 32);
        let first = ranges.allocate(64).unwrap();
        let _second = ranges.allocate(64).unwrap();
        ranges.release(first, 64);
        ranges.used += 64;
        ranges.release(first, 64);
    }
}
