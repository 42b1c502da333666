//! Who owns which block: free ones, blocks of cells with room, large objects.
//!
//! A block of cells is either held by a mutator, or *available* (it has enough unmarked cells), or neither: too full to be
//! worth a visit. Nothing is swept: which cells are free is read off the mark bits at the moment a mutator allocates
//! through the block. What a collection does here is to count marks, block by block (`after_mark`), and only in blocks
//! that were allocated into since the last one if it is minor.
//!
//! Every block that a mutator receives enters the list of young blocks, as does every new large object.

use crate::heap::block::{BLOCK_BYTES, BLOCK_SHIFT, BlockKind, CLASS_COUNT, MARK_WORDS, Map};
use crate::heap::free_runs::FreeRuns;
use crate::heap::region::{self, Region};
use crate::heap::{OutOfMemory, policy};
use crate::value::address_to_pointer;
use std::sync::atomic::Ordering::Relaxed;

/// The block-level state of a heap.
pub(crate) struct Space {
    map: Map,
    objects: Region,
    _blocks: Region,
    _marks: Region,
    /// Blocks from here on have never been used.
    top: usize,
    /// Blocks below this one have been offered large pages.
    large_pages_end: usize,
    /// Blocks below this one had memory put behind them before they were used.
    populated_end: usize,
    free: FreeRuns,
    /// Free blocks with memory behind them.
    free_dirty: usize,
    available: [Vec<u32>; CLASS_COUNT],
    young_blocks: Vec<u32>,
    young_large: Vec<u32>,
    /// Runs of blocks that the collection has found empty, until they are entered in `free`.
    freed: Vec<(u32, u32)>,
    used: usize,
    /// Bytes of marked objects, after the last collection.
    live_bytes: usize,
    /// Whether free cells are overwritten, to make use of dead objects visible.
    poison: bool,
}

/// Byte that free cells are filled with when the heap is under stress.
const POISON: u8 = 0xDD;

impl Space {
    /// An empty space with `size_bytes` of addresses, or as many as can be had.
    pub(crate) fn new(size_bytes: usize, poison: bool) -> Result<Space, OutOfMemory> {
        let mut size_bytes = size_bytes.max(policy::REGION_BYTES_MIN).next_multiple_of(BLOCK_BYTES);
        loop {
            if let Some(space) = Self::reserve(size_bytes, poison) {
                return Ok(space);
            }
            size_bytes /= 2;
            if size_bytes < policy::REGION_BYTES_MIN {
                return Err(OutOfMemory);
            }
        }
    }

    fn reserve(size_bytes: usize, poison: bool) -> Option<Space> {
        let count = size_bytes >> BLOCK_SHIFT;
        let objects = Region::reserve(size_bytes, policy::LARGE_PAGE_BYTES)?;
        let blocks = Region::reserve(count * size_of::<crate::heap::block::BlockInfo>(), 64)?;
        let marks = Region::reserve(count * MARK_WORDS * 8, 64)?;
        // SAFETY: the tables have the sizes that the map asks for; `Heap` keeps `Space`, and so the regions, as long as
        // any copy of the map is used.
        let map = unsafe { Map::new(objects.base(), size_bytes, blocks.base().cast(), marks.base().cast()) };
        Some(Space {
            map,
            objects,
            _blocks: blocks,
            _marks: marks,
            top: 0,
            large_pages_end: 0,
            populated_end: 0,
            free: FreeRuns::default(),
            free_dirty: 0,
            available: [const { Vec::new() }; CLASS_COUNT],
            young_blocks: Vec::new(),
            young_large: Vec::new(),
            freed: Vec::new(),
            used: 0,
            live_bytes: 0,
            poison,
        })
    }

    /// The map of this space.
    pub(crate) fn map(&self) -> Map {
        self.map
    }

    /// Size of the region.
    pub(crate) fn region_bytes(&self) -> usize {
        self.objects.size_bytes()
    }

    /// Blocks below this one may be in use.
    pub(crate) fn top(&self) -> usize {
        self.top
    }

    /// Bytes of blocks in use.
    pub(crate) fn footprint_bytes(&self) -> usize {
        self.used << BLOCK_SHIFT
    }

    /// Bytes of marked objects, after the last collection.
    pub(crate) fn live_bytes(&self) -> usize {
        self.live_bytes
    }

    /// A block of the class that has room for at least one more cell, without enlarging the footprint.
    pub(crate) fn take_available(&mut self, class: usize) -> Option<u32> {
        let block = self.available[class].pop()?;
        self.young_blocks.push(block);
        Some(block)
    }

    /// An empty block for cells of the class.
    pub(crate) fn take_empty(&mut self, class: usize) -> Option<u32> {
        let block = self.take_blocks(1)?;
        self.map.block(block as usize).become_small(class);
        self.young_blocks.push(block);
        Some(block)
    }

    /// Blocks for a large object: the first one's number.
    pub(crate) fn take_large(&mut self, size_bytes: usize) -> Option<u32> {
        let count = u32::try_from(size_bytes.div_ceil(BLOCK_BYTES)).ok()?;
        let head = self.take_blocks(count)?;
        for distance in 1..count {
            let tail = self.map.block((head + distance) as usize);
            tail.kind.set(BlockKind::LargeTail);
            tail.span.set(distance);
            tail.dirty.set(true);
        }
        let info = self.map.block(head as usize);
        info.kind.set(BlockKind::LargeHead);
        info.span.set(count);
        info.size_bytes.set(size_bytes as u64);
        info.fresh_end.set(1);
        info.dirty.set(true);
        self.young_large.push(head);
        Some(head)
    }

    fn take_blocks(&mut self, count: u32) -> Option<u32> {
        let block = match self.free.take(count) {
            Some(block) => block,
            None => {
                // A free run below the top is extended upwards rather than left behind.
                let start = self.free.take_ending_at(self.top as u32).unwrap_or(self.top as u32);
                let end = start as usize + count as usize;
                if end > self.map.block_count() {
                    if (start as usize) < self.top {
                        self.free.add(start, self.top as u32 - start);
                    }
                    return None;
                }
                self.top = end;
                self.offer_large_pages();
                self.populate();
                start
            }
        };
        for i in block..block + count {
            self.free_dirty -= self.map.block(i as usize).dirty.get() as usize;
        }
        self.used += count as usize;
        Some(block)
    }

    /// Large pages make collections of large heaps faster, and would make small ones larger.
    fn offer_large_pages(&mut self) {
        let wanted = (self.top << BLOCK_SHIFT).next_multiple_of(policy::LARGE_PAGE_STEP_BYTES) >> BLOCK_SHIFT;
        let end = wanted.min(self.map.block_count());
        if self.top << BLOCK_SHIFT < policy::LARGE_PAGE_HEAP_BYTES || self.large_pages_end >= end {
            return;
        }
        let from = self.large_pages_end.max(policy::LARGE_PAGE_HEAP_BYTES >> BLOCK_SHIFT);
        if from < end {
            self.objects.prefer_large_pages(from << BLOCK_SHIFT, (end - from) << BLOCK_SHIFT);
        }
        self.large_pages_end = end;
    }

    /// Has memory put behind the new blocks and some that will follow them, at once rather than page by page.
    fn populate(&mut self) {
        let blocks = |bytes: usize| bytes >> BLOCK_SHIFT;
        let ahead = (self.top / policy::POPULATE_SHARE)
            .clamp(blocks(policy::POPULATE_BYTES_MIN), blocks(policy::POPULATE_BYTES_MAX));
        let large = blocks(policy::LARGE_PAGE_HEAP_BYTES);
        if self.top <= self.populated_end
            || self.top < blocks(policy::POPULATE_HEAP_BYTES)
            || self.top > large
        {
            return;
        }
        let end = (self.top + ahead).min(self.map.block_count()).min(large);
        let from = self.populated_end.max(blocks(policy::POPULATE_HEAP_BYTES));
        self.objects.populate(from << BLOCK_SHIFT, (end - from) << BLOCK_SHIFT);
        self.populated_end = end;
    }

    fn give_blocks(&mut self, block: u32, count: u32) {
        for i in block..block + count {
            let info = self.map.block(i as usize);
            info.kind.set(BlockKind::Free);
            info.fresh_end.set(0);
            self.free_dirty += info.dirty.get() as usize;
        }
        self.used -= count as usize;
        self.freed.push((block, count));
    }

    /// Enters the freed blocks as free, neighbours at once: most of what was young lay side by side, and the list of free runs
    /// costs several times what counting the marks of a block does.
    fn enter_freed(&mut self) {
        let mut freed = std::mem::take(&mut self.freed);
        freed.sort_unstable();
        for run in freed.chunk_by(|before, after| before.0 + before.1 == after.0) {
            self.free.add(run[0].0, run.iter().map(|&(_, count)| count).sum());
        }
        freed.clear();
        self.freed = freed;
    }

    /// Clears all marks and returns what they were: who was alive before this collection.
    pub(crate) fn clear_marks(&mut self) -> Vec<u64> {
        let words = self.map.mark_words(0, self.top);
        words
            .iter()
            .map(|word| {
                let old = word.load(Relaxed);
                if old != 0 {
                    word.store(0, Relaxed);
                }
                old
            })
            .collect()
    }

    /// Counts the survivors, frees what is empty and makes blocks with room available. After a minor collection only
    /// what was young has to be looked at.
    pub(crate) fn after_mark(&mut self, minor: bool) {
        let young_blocks = std::mem::take(&mut self.young_blocks);
        let young_large = std::mem::take(&mut self.young_large);
        if minor {
            for &block in &young_blocks {
                self.recount_small(block as usize);
            }
            for &head in &young_large {
                self.recount_large(head as usize);
            }
        } else {
            self.live_bytes = 0;
            self.available.iter_mut().for_each(Vec::clear);
            let mut block = 0;
            while block < self.top {
                match self.map.block(block).kind.get() {
                    BlockKind::Small => {
                        self.map.block(block).live_count.set(0);
                        self.recount_small(block);
                        block += 1;
                    }
                    BlockKind::LargeHead => {
                        let span = self.map.block(block).span.get() as usize;
                        self.recount_large(block);
                        block += span;
                    }
                    BlockKind::Free | BlockKind::LargeTail => block += 1,
                }
            }
        }
        self.enter_freed();
        self.young_blocks = young_blocks;
        self.young_blocks.clear();
        self.young_large = young_large;
        self.young_large.clear();
    }

    fn recount_small(&mut self, block: usize) {
        let map = self.map;
        let info = map.block(block);
        // PERF: most words of most young blocks are 0, and where the processor is not known to count bits it takes a dozen
        // instructions.
        let marks = map.mark_words(block, 1).iter().map(|word| word.load(Relaxed));
        let live: u32 = marks.filter(|&word| word != 0).map(u64::count_ones).sum();
        let bytes = info.cell_bytes.get() as usize;
        self.live_bytes += live as usize * bytes;
        self.live_bytes -= info.live_count.get() as usize * bytes;
        info.live_count.set(live as u16);
        info.fresh_end.set(0);
        if self.poison {
            self.poison_free_cells(block);
        }
        if live == 0 {
            self.give_blocks(block as u32, 1);
        } else if (info.cell_count() - live as usize) * bytes >= policy::AVAILABLE_BYTES_MIN.max(bytes) {
            self.available[info.class.get() as usize].push(block as u32);
        }
    }

    fn recount_large(&mut self, head: usize) {
        let info = self.map.block(head);
        let count = info.span.get();
        if !self.map.is_marked(head << BLOCK_SHIFT) {
            self.give_blocks(head as u32, count);
            return;
        }
        info.fresh_end.set(0);
        self.live_bytes += (count as usize) << BLOCK_SHIFT;
    }

    fn poison_free_cells(&self, block: usize) {
        let mut from = 0;
        while let Some((start, end)) = self.map.next_free_run(block, from) {
            let address = self.map.block_address(block) + start;
            // SAFETY: unmarked cells after a collection belong to nobody.
            unsafe { address_to_pointer::<u8>(address as u64).write_bytes(POISON, end - start) };
            from = end;
        }
    }

    /// How much memory is behind free blocks.
    pub(crate) fn free_bytes(&self) -> usize {
        self.free_dirty << BLOCK_SHIFT
    }

    /// Gives memory of free blocks back until at most `keep_bytes` of it are left, longest runs first.
    pub(crate) fn release_free(&mut self, keep_bytes: usize) {
        let keep = keep_bytes >> BLOCK_SHIFT;
        if self.free_dirty <= keep {
            return;
        }
        for (start, length) in self.free.longest_first() {
            let (mut block, end) = (start as usize, (start + length) as usize);
            while block < end {
                let excess = self.free_dirty - keep;
                let first = block;
                while block < end && block - first < excess && self.map.block(block).dirty.replace(false) {
                    block += 1;
                }
                if block > first {
                    // SAFETY: free blocks hold nothing.
                    unsafe {
                        region::release_pages(self.map.block_address(first), (block - first) << BLOCK_SHIFT)
                    };
                    self.free_dirty -= block - first;
                    if self.free_dirty <= keep {
                        return;
                    }
                } else {
                    block += 1;
                }
            }
        }
    }
}

/// Whether an object at `offset` was alive when `marks` was taken, or is new since.
#[inline]
pub(crate) fn was_live(map: &Map, marks: Option<&[u64]>, offset: usize) -> bool {
    let marked = match marks {
        Some(marks) => marks.get(offset >> 10).is_some_and(|word| word >> (offset >> 4 & 63) & 1 != 0),
        None => map.is_marked(offset),
    };
    marked || map.is_fresh(offset)
}
