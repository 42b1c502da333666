//! Blocks, cells and mark bits: how an address leads to an object.
//!
//! ```text
//!   object region   | block 0: 32 KB | block 1 | ...          cells of one size each, or (part of) one large object
//!   block table     | BlockInfo      | BlockInfo | ...        32 bytes a block
//!   mark bitmap     | 256 bytes      | 256 bytes | ...        one bit per 16 bytes of the object region, flat
//! ```
//!
//! Everything about a block lies beside the region, not in it: the cells of all blocks would otherwise begin behind
//! headers that compete for the same cache sets, and the mark bit of an address needs no look at its block at all.
//!
//! A cell is *live* if its mark bit is set or if it was allocated since the last collection. The latter is one number
//! per block, `fresh_end`: allocation goes through the free runs of a block in address order, so below its cursor every
//! cell is either marked or new.

use crate::object::Header;
use crate::value::{address_to_pointer, pointer_to_address};
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// log2 of the size of a block.
pub(crate) const BLOCK_SHIFT: u32 = 15;
/// Size of a block. Arbitrary between 16 KB (more slow paths) and 64 KB (more memory in half-used blocks).
pub(crate) const BLOCK_BYTES: usize = 1 << BLOCK_SHIFT;
/// Cells begin at multiples of this.
pub(crate) const GRANULE_BYTES: usize = 16;
/// Mark words of a block.
pub(crate) const MARK_WORDS: usize = BLOCK_BYTES / GRANULE_BYTES / 64;
/// Largest object that shares a block with others.
pub const SMALL_BYTES_MAX: usize = 16_384;
/// Number of size classes.
pub(crate) const CLASS_COUNT: usize = 45;

/// Cell sizes: all multiples of 16 up to 256, then the largest ones that fit 113, 102, .. 2 times into a block, so that
/// a cell wastes at most a sixth, and above 4 KB at most a third.
pub(crate) const CLASS_BYTES: [u16; CLASS_COUNT] = [
    16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 368, 416, 464, 512,
    576, 640, 720, 816, 896, 1024, 1152, 1296, 1488, 1632, 1808, 2048, 2336, 2720, 3264, 3632, 4096, 4672,
    5456, 6544, 8192, 10912, 16384,
];

/// From size in granules, rounded up, to size class.
static CLASS_OF: [u8; SMALL_BYTES_MAX / GRANULE_BYTES + 1] = {
    let mut table = [0; SMALL_BYTES_MAX / GRANULE_BYTES + 1];
    let mut class = 0;
    let mut granules = 0;
    while granules < table.len() {
        if granules * GRANULE_BYTES > CLASS_BYTES[class] as usize {
            class += 1;
        }
        table[granules] = class as u8;
        granules += 1;
    }
    table
};

/// The size class of a small object, and its cell size.
#[inline(always)]
pub(crate) fn class_of(size_bytes: usize) -> (usize, usize) {
    debug_assert!(size_bytes <= SMALL_BYTES_MAX);
    let granules = (size_bytes + GRANULE_BYTES - 1) >> GRANULE_BYTES.trailing_zeros();
    // SAFETY: the size is small, so the first table has an entry for it; its entries are classes.
    // PERF: two bounds checks fewer on the path of every allocation whose size is not a constant.
    unsafe {
        let class = *CLASS_OF.get_unchecked(granules.min(CLASS_OF.len() - 1)) as usize;
        (class, *CLASS_BYTES.get_unchecked(class) as usize)
    }
}

/// How many bytes an object that asks for `size_bytes` really gets. Storages with spare capacity use all of it.
pub fn cell_bytes(size_bytes: usize) -> usize {
    if size_bytes <= SMALL_BYTES_MAX {
        class_of(size_bytes).1
    } else {
        size_bytes.saturating_add(BLOCK_BYTES - 1) & !(BLOCK_BYTES - 1)
    }
}

/// What a block is used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum BlockKind {
    /// Nothing. The value of untouched memory.
    Free = 0,
    /// Cells of one size.
    Small,
    /// The first block of a large object.
    LargeHead,
    /// A further block of a large object.
    LargeTail,
}

/// The block table's entry. Written by the owner of the block or under the lock of `Space`, and in pauses.
#[repr(C)]
pub(crate) struct BlockInfo {
    pub(crate) kind: Cell<BlockKind>,
    /// Small: the size class.
    pub(crate) class: Cell<u8>,
    /// Free: whether memory lies behind it that could be given back.
    pub(crate) dirty: Cell<bool>,
    /// Small: cell size.
    pub(crate) cell_bytes: Cell<u16>,
    /// Small: marked cells after the last collection.
    pub(crate) live_count: Cell<u16>,
    /// Small: 2^32 / cell size, rounded up.
    pub(crate) reciprocal: Cell<u32>,
    /// Small: cells that begin below this offset are live, marked or not. Large: not 0 if new.
    pub(crate) fresh_end: Cell<u32>,
    /// Large head: number of blocks. Large tail: distance to the head.
    pub(crate) span: Cell<u32>,
    /// Large head: size of the object.
    pub(crate) size_bytes: Cell<u64>,
}

const _: () = assert!(size_of::<BlockInfo>() == 32);

impl BlockInfo {
    /// Number of cells.
    pub(crate) fn cell_count(&self) -> usize {
        BLOCK_BYTES / self.cell_bytes.get() as usize
    }

    /// Makes it a block of cells, none of them in use.
    pub(crate) fn become_small(&self, class: usize) {
        let bytes = CLASS_BYTES[class];
        self.kind.set(BlockKind::Small);
        self.class.set(class as u8);
        self.dirty.set(true);
        self.cell_bytes.set(bytes);
        self.live_count.set(0);
        self.reciprocal.set(((1u64 << 32) / bytes as u64 + 1) as u32);
        self.fresh_end.set(0);
    }
}

/// The way from addresses to blocks and mark bits. A copy of a few pointers; the heap owns what they point to.
#[derive(Clone, Copy)]
pub(crate) struct Map {
    base: usize,
    size_bytes: usize,
    blocks: NonNull<BlockInfo>,
    marks: NonNull<AtomicU64>,
}

// SAFETY: the tables may be reached from any thread; who may write what is said at `BlockInfo`.
unsafe impl Send for Map {}
// SAFETY: as above.
unsafe impl Sync for Map {}

impl Map {
    /// A map of the `size_bytes` at `base`.
    ///
    /// # Safety
    /// The tables have an entry for each block, and [`MARK_WORDS`] words for each block; they and the region outlive the
    /// map and its copies.
    pub(crate) unsafe fn new(
        base: NonNull<u8>,
        size_bytes: usize,
        blocks: NonNull<BlockInfo>,
        marks: NonNull<AtomicU64>,
    ) -> Map {
        Map { base: pointer_to_address(base.as_ptr()) as usize, size_bytes, blocks, marks }
    }

    /// Number of blocks in the region.
    pub(crate) fn block_count(&self) -> usize {
        self.size_bytes >> BLOCK_SHIFT
    }

    /// Offset of an address in the region, or something beyond its size.
    #[inline(always)]
    pub(crate) fn offset(&self, address: usize) -> usize {
        address.wrapping_sub(self.base)
    }

    /// Whether an offset lies in the region.
    #[inline(always)]
    pub(crate) fn is_inside(&self, offset: usize) -> bool {
        offset < self.size_bytes
    }

    /// The address of a block.
    pub(crate) fn block_address(&self, block: usize) -> usize {
        self.base + (block << BLOCK_SHIFT)
    }

    /// A block's entry.
    #[inline(always)]
    pub(crate) fn block(&self, block: usize) -> &BlockInfo {
        debug_assert!(block < self.block_count());
        // SAFETY: the table has an entry for each block, zero at first, which is a valid entry.
        unsafe { self.blocks.add(block).as_ref() }
    }

    /// The mark word that has the bits of the granules from `word * 64` on.
    #[inline(always)]
    pub(crate) fn mark_word(&self, word: usize) -> &AtomicU64 {
        debug_assert!(word < self.block_count() * MARK_WORDS);
        // SAFETY: the bitmap covers the region.
        unsafe { self.marks.add(word).as_ref() }
    }

    /// The mark words of `count` blocks from `block` on.
    pub(crate) fn mark_words(&self, block: usize, count: usize) -> &[AtomicU64] {
        debug_assert!(block + count <= self.block_count());
        // SAFETY: the bitmap covers the region.
        unsafe { std::slice::from_raw_parts(self.marks.add(block * MARK_WORDS).as_ptr(), count * MARK_WORDS) }
    }

    /// Whether the object at an offset is marked.
    #[inline(always)]
    pub(crate) fn is_marked(&self, offset: usize) -> bool {
        self.mark_word(offset >> 10).load(Relaxed) >> (offset >> 4 & 63) & 1 != 0
    }

    /// The object at an offset.
    #[inline(always)]
    pub(crate) fn object(&self, offset: usize) -> NonNull<Header> {
        let pointer = address_to_pointer(self.base as u64 + offset as u64);
        // SAFETY: the region does not begin at address 0.
        unsafe { NonNull::new_unchecked(pointer) }
    }

    /// The start of the cell or large object that an offset falls into, dead or alive; `None` in free blocks and in the
    /// rest behind the last cell.
    pub(crate) fn cell_start(&self, offset: usize) -> Option<usize> {
        let number = offset >> BLOCK_SHIFT;
        let block = self.block(number);
        match block.kind.get() {
            BlockKind::Free => None,
            BlockKind::Small => {
                let inside = offset & (BLOCK_BYTES - 1);
                let cell = ((inside as u64 * block.reciprocal.get() as u64) >> 32) as usize;
                let bytes = block.cell_bytes.get() as usize;
                (cell < BLOCK_BYTES / bytes).then(|| (number << BLOCK_SHIFT) + cell * bytes)
            }
            BlockKind::LargeHead => Some(number << BLOCK_SHIFT),
            BlockKind::LargeTail => Some((number - block.span.get() as usize) << BLOCK_SHIFT),
        }
    }

    /// Whether the cell at an offset was allocated since the last collection (or lies before such cells of its block).
    #[inline]
    pub(crate) fn is_fresh(&self, offset: usize) -> bool {
        (offset & (BLOCK_BYTES - 1)) < self.block(offset >> BLOCK_SHIFT).fresh_end.get() as usize
    }

    /// The first run of unmarked cells of a small block at or after `from`, a cell's offset in the block: start and end.
    pub(crate) fn next_free_run(&self, block: usize, from: usize) -> Option<(usize, usize)> {
        let info = self.block(block);
        let bytes = info.cell_bytes.get() as usize;
        let end = info.cell_count() * bytes;
        let base = block << BLOCK_SHIFT;
        let mut start = from;
        loop {
            if start >= end {
                return None;
            }
            if !self.is_marked(base + start) {
                break;
            }
            start += bytes;
        }
        // Mark bits stand at starts of cells only, so the next set bit, whole words at a time, ends the run.
        let first = start / GRANULE_BYTES / 64;
        let words = &self.mark_words(block, 1)[first..];
        let mut bits = words[0].load(Relaxed) & (u64::MAX << ((start / GRANULE_BYTES) & 63));
        let mut at = 0;
        while bits == 0 {
            at += 1;
            match words.get(at) {
                Some(word) => bits = word.load(Relaxed),
                None => return Some((start, end)),
            }
        }
        let granule = (first + at) * 64 + bits.trailing_zeros() as usize;
        Some((start, granule * GRANULE_BYTES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_ascend_fit_and_waste_little() {
        for pair in CLASS_BYTES.windows(2) {
            assert!(pair[0] < pair[1]);
        }
        for bytes in CLASS_BYTES {
            assert_eq!(bytes % 16, 0);
            let rest = BLOCK_BYTES % bytes as usize;
            assert!(rest * 24 < BLOCK_BYTES, "{bytes} leaves {rest}");
        }
        assert_eq!(CLASS_BYTES[CLASS_COUNT - 1] as usize, SMALL_BYTES_MAX);
        for size in 1..=SMALL_BYTES_MAX {
            let bytes = cell_bytes(size);
            assert!(bytes >= size && (bytes - size) * 2 <= size + 64, "{size} gets {bytes}");
        }
        assert_eq!(cell_bytes(SMALL_BYTES_MAX + 1), BLOCK_BYTES);
        assert_eq!(cell_bytes(BLOCK_BYTES + 1), 2 * BLOCK_BYTES);
    }

    #[test]
    fn reciprocal_divides_exactly() {
        for bytes in CLASS_BYTES {
            let reciprocal = (1u64 << 32) / bytes as u64 + 1;
            for offset in 0..BLOCK_BYTES as u64 {
                assert_eq!((offset * reciprocal) >> 32, offset / bytes as u64);
            }
        }
    }
}
