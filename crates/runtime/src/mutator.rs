//! A thread's permission to allocate: buffers, remembered set, safepoint state.
//!
//! Per size class a mutator holds one free run of one block: `cursor .. limit`. Allocating is moving the cursor and writing
//! the header, inline. At the end of a run the next one of the block is taken, then the next block; that slow path is also
//! where a collection runs if one is due. So every allocation may collect, and none needs the caller's references to be
//! declared: stacks are scanned.

use crate::heap::block::{BLOCK_BYTES, BLOCK_SHIFT, CLASS_BYTES, CLASS_COUNT, SMALL_BYTES_MAX, class_of};
use crate::heap::foreign::{Foreign, ForeignObject};
use crate::heap::stats::Stats;
use crate::heap::world::{MemberId, Place};
use crate::heap::{Collection, ExternalBytes, Heap, OutOfMemory, STRESS_FULL_EVERY, Stress};
use crate::heap::{Collector, Pace, collect, is_full_worthwhile, lock};
use crate::object::{BigInt, COLOR_OLD, COLOR_REMEMBERED, COLOR_YOUNG, Header, Kind};
use crate::shared::{Caches, Shared};
use crate::value::{TAG_OBJECT, Value, address_to_pointer, pointer_to_address};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Bits of the poll word: why a mutator should leave its fast path at the next safepoint.
pub mod poll {
    /// A collection is wanted.
    pub const COLLECT: u32 = 1;
    /// The host wants the script to stop.
    pub const INTERRUPT: u32 = 1 << 1;
    /// The script's time is over.
    pub const DEADLINE: u32 = 1 << 2;
    /// The heap limit is exceeded: raise `not enough memory`.
    pub const OUT_OF_MEMORY: u32 = 1 << 3;
    /// Let another goroutine run.
    pub const PREEMPT: u32 = 1 << 4;
    /// Somebody wants to stop the world.
    pub const STOP: u32 = 1 << 5;
}

/// Sets poll bits of a mutator from any thread.
#[derive(Clone)]
pub struct PollHandle {
    word: Arc<AtomicU32>,
}

impl PollHandle {
    /// Sets bits of the poll word.
    pub fn request(&self, bits: u32) {
        self.word.fetch_or(bits, Relaxed);
    }

    /// Clears bits of the poll word.
    pub fn withdraw(&self, bits: u32) {
        self.word.fetch_and(!bits, Relaxed);
    }
}

/// The free run that a size class allocates from.
#[repr(C)]
struct Buffer {
    cursor: *mut u8,
    limit: *mut u8,
}

const NO_BUFFER: Buffer = Buffer { cursor: std::ptr::null_mut(), limit: std::ptr::null_mut() };
/// In `Mutator::blocks`: no block.
const NO_BLOCK: u32 = u32::MAX;

/// A large object that makes a collection due comes after it if this part of the young budget has been used.
const LARGE_ALONE_SHARE: usize = 4;

/// A thread's permission to allocate.
#[repr(C)]
pub struct Mutator {
    buffers: [Buffer; CLASS_COUNT],
    /// The block that each buffer lies in.
    blocks: [u32; CLASS_COUNT],
    heap: Arc<Heap>,
    poll: Arc<AtomicU32>,
    /// Its number among the mutators of the heap.
    pub(crate) member: MemberId,
    /// End (highest address) of the native stack of the running fiber; 0: the thread's own stack. The fiber switch sets it.
    pub native_stack_base: usize,
    /// The scheduler's number of the thread.
    pub worker: usize,
    /// Stack pointer of the thread's own stack while a fiber runs.
    pub worker_sp: usize,
    pub(crate) caches: Caches,
    remembered: Vec<NonNull<Header>>,
    owners: Vec<NonNull<Header>>,
    /// Bytes taken since the last collection, the rests of the buffers included.
    taken_bytes: usize,
    young_bytes: usize,
    external_bytes_before: usize,
    next: Collection,
    stress_countdown: u32,
}

// SAFETY: the raw pointers lead into the heap that the mutator keeps; whoever has it may move it to another thread.
unsafe impl Send for Mutator {}

impl Mutator {
    /// A mutator of this heap.
    pub fn new(heap: Arc<Heap>) -> Mutator {
        let pace = lock(&heap.collector).pace;
        let stress = heap.options().stress;
        let poll = Arc::new(AtomicU32::new(if stress == Stress::Safepoints { poll::COLLECT } else { 0 }));
        let mut m = Mutator {
            member: heap.world.join(poll.clone()),
            buffers: [NO_BUFFER; CLASS_COUNT],
            blocks: [NO_BLOCK; CLASS_COUNT],
            poll,
            native_stack_base: 0,
            worker: 0,
            worker_sp: 0,
            caches: Caches::new(),
            remembered: Vec::new(),
            owners: Vec::new(),
            taken_bytes: 0,
            young_bytes: pace.young_bytes,
            external_bytes_before: heap.external_bytes(),
            next: pace.next,
            stress_countdown: 0,
            heap,
        };
        if m.heap.claim_start() {
            Shared::start(&mut m);
        }
        m
    }

    /// Offset of the buffer of a size class: the cursor, then the limit.
    pub(crate) fn buffer_offset(class: usize) -> usize {
        std::mem::offset_of!(Mutator, buffers) + class * size_of::<Buffer>()
    }

    /// Offset of the address of what was found lately, by shape and key.
    pub(crate) fn found_offset() -> usize {
        std::mem::offset_of!(Mutator, caches.lookups.found)
    }

    /// The heap.
    #[inline(always)]
    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// The heap, to be kept.
    #[inline]
    pub fn shared_heap(&self) -> &Arc<Heap> {
        &self.heap
    }

    /// Allocates an object and writes its header; the body is uninitialised, and the caller initialises it before it
    /// allocates again. May collect. Above the heap limit it gives memory all the same and requests `OUT_OF_MEMORY` in the
    /// poll word. Where the size depends on data, use [`Mutator::alloc_large`].
    #[inline(always)]
    pub fn alloc(&mut self, kind: Kind, flags: u8, aux: u8, word: u32, size_bytes: usize) -> NonNull<Header> {
        debug_assert!(size_bytes >= size_of::<Header>());
        let cell = if size_bytes <= SMALL_BYTES_MAX {
            let (class, bytes) = class_of(size_bytes);
            // SAFETY: classes are below `CLASS_COUNT`.
            let buffer = unsafe { self.buffers.get_unchecked_mut(class) };
            let cell = buffer.cursor;
            if buffer.limit.addr() - cell.addr() >= bytes {
                buffer.cursor = cell.wrapping_add(bytes);
                cell
            } else {
                self.alloc_slow(class)
            }
        } else {
            self.alloc_huge_slow(size_bytes)
        };
        // SAFETY: the cell belongs to nobody else and has room for a header, which is one word; see `Header`.
        unsafe {
            cell.cast::<u64>().write(header_bits(kind, flags, aux, word));
            NonNull::new_unchecked(cell.cast())
        }
    }

    /// Allocates an object of any size, as [`Mutator::alloc`] does, but fails above the heap limit if it is large.
    #[inline]
    pub fn alloc_large(
        &mut self,
        kind: Kind,
        flags: u8,
        aux: u8,
        word: u32,
        size_bytes: usize,
    ) -> Result<NonNull<Header>, OutOfMemory> {
        if size_bytes <= SMALL_BYTES_MAX {
            return Ok(self.alloc(kind, flags, aux, word, size_bytes));
        }
        let cell = self.alloc_blocks_slow(size_bytes)?;
        // SAFETY: as in `alloc`.
        unsafe {
            cell.cast::<u64>().write(header_bits(kind, flags, aux, word));
            Ok(NonNull::new_unchecked(cell.cast()))
        }
    }

    /// The integer as a value: an immediate, or a big integer.
    #[inline(always)]
    pub fn int(&mut self, i: i64) -> Value {
        match Value::small_int(i) {
            Some(v) => v,
            None => self.big_int_slow(i),
        }
    }

    #[inline]
    fn big_int_slow(&mut self, i: i64) -> Value {
        let object = self.alloc(Kind::BigInt, 0, 0, 0, size_of::<BigInt>());
        // SAFETY: the object has the size of a `BigInt`.
        unsafe { (&raw mut (*object.cast::<BigInt>().as_ptr()).value).write(i) };
        Value::from_pointer(TAG_OBJECT, object)
    }

    /// Puts a Rust value into the heap. References that it holds are its own business until the object exists: `value`
    /// lies on the stack meanwhile, which keeps them alive, but what it keeps in memory of Rust's does not.
    pub fn new_foreign<T: Foreign>(&mut self, value: T, flags: u8, aux: u8) -> Value {
        let (_, size_bytes) = ForeignObject::layout::<T>();
        let object = self.alloc(Kind::Foreign, flags, aux, 0, size_bytes);
        // SAFETY: kind and size are right.
        unsafe { ForeignObject::fill(object, value) };
        self.add_finalizable(object);
        Value::from_pointer(TAG_OBJECT, object)
    }

    /// Enters an initialised object in the list of those that own something outside the heap (kinds `Foreign` and
    /// `Function`).
    pub(crate) fn add_finalizable(&mut self, object: NonNull<Header>) {
        self.owners.push(object);
    }

    /// Whether so many more bytes, in the heap or on its account, stay below the limit, after a full collection if need be.
    /// For memory outside the heap whose size is known before it is asked for.
    pub fn has_room(&mut self, bytes: usize) -> bool {
        if self.heap.is_over_limit(bytes) {
            self.collect_full();
        }
        !self.heap.is_over_limit(bytes)
    }

    /// Puts memory outside the heap on its account, for as long as the result lives.
    pub fn external(&mut self, bytes: usize) -> ExternalBytes {
        let external = ExternalBytes::new(&self.heap, bytes);
        if self.is_collection_due() || self.heap.is_over_limit(0) {
            self.request(poll::COLLECT);
        }
        external
    }

    /// To be called when a reference is stored into `object`, before or after the store, with no allocation in between.
    #[inline(always)]
    pub fn write_barrier(&mut self, object: NonNull<Header>) {
        // SAFETY: the caller has a live object.
        if unsafe { object.as_ref() }.color.load(Relaxed) == COLOR_OLD {
            self.remember_slow(object);
        }
    }

    #[cold]
    #[inline(never)]
    fn remember_slow(&mut self, object: NonNull<Header>) {
        // SAFETY: as in `write_barrier`.
        unsafe { object.as_ref() }.color.store(COLOR_REMEMBERED, Relaxed);
        self.remembered.push(object);
    }

    /// Collects the young objects.
    pub fn collect_minor(&mut self) {
        collect(self, Collection::Minor);
    }

    /// Collects all objects.
    pub fn collect_full(&mut self) {
        collect(self, Collection::Full);
    }

    /// The heap's counters, exact.
    pub fn stats(&self) -> Stats {
        let mut stats = self.heap.stats();
        let unused = self.unused_bytes();
        stats.live_bytes -= unused;
        stats.allocated_bytes -= unused as u64;
        stats
    }

    /// The poll word: nonzero if something is requested. See [`poll`].
    #[inline(always)]
    pub fn poll_word(&self) -> &AtomicU32 {
        &self.poll
    }

    /// A handle by which other threads set poll bits.
    pub fn poll_handle(&self) -> PollHandle {
        PollHandle { word: self.poll.clone() }
    }

    /// To be called at a safepoint whose poll word is nonzero: does what the heap wants and returns the bits that remain
    /// for the caller, which clears those that it serves with [`Mutator::clear_poll`].
    #[cold]
    #[inline(never)]
    pub fn safepoint_slow(&mut self) -> u32 {
        if self.poll.load(Relaxed) & poll::STOP != 0 {
            self.rest(Place::AtPoll);
        }
        if self.poll.load(Relaxed) & poll::COLLECT != 0 {
            self.clear_poll(poll::COLLECT);
            if self.heap.options().stress == Stress::Safepoints {
                self.collect_for_stress();
                self.request(poll::COLLECT);
            } else if self.heap.is_over_limit(0) {
                self.collect_at_limit();
            } else {
                collect(self, self.next);
            }
        }
        self.poll.load(Relaxed) & !(poll::COLLECT | poll::STOP)
    }

    /// Clears bits of the poll word.
    pub fn clear_poll(&mut self, bits: u32) {
        self.poll.fetch_and(!bits, Relaxed);
    }

    fn request(&mut self, bits: u32) {
        self.poll.fetch_or(bits, Relaxed);
    }

    /// A cell of the class when its buffer is used up.
    #[cold]
    #[inline(never)]
    fn alloc_slow(&mut self, class: usize) -> *mut u8 {
        self.collect_if_due();
        let bytes = CLASS_BYTES[class] as usize;
        loop {
            if self.next_run(class) || self.next_block(class) {
                let buffer = &mut self.buffers[class];
                let cell = buffer.cursor;
                buffer.cursor = cell.wrapping_add(bytes);
                return cell;
            }
        }
    }

    /// Moves the buffer to the next free run of its block.
    fn next_run(&mut self, class: usize) -> bool {
        let block = self.blocks[class];
        if block == NO_BLOCK {
            return false;
        }
        let map = *self.heap.map();
        let base = map.block_address(block as usize);
        let from = pointer_to_address(self.buffers[class].limit) as usize - base;
        self.open_run(class, from)
    }

    /// Moves the buffer to the first free run of its block from an offset on; without one the block is done.
    fn open_run(&mut self, class: usize, from: usize) -> bool {
        let block = self.blocks[class] as usize;
        let map = *self.heap.map();
        let Some((start, mut end)) = map.next_free_run(block, from) else {
            map.block(block).fresh_end.set(BLOCK_BYTES as u32);
            self.blocks[class] = NO_BLOCK;
            self.buffers[class] = NO_BUFFER;
            return false;
        };
        if let Stress::Allocations(_) = self.heap.options().stress {
            end = start + CLASS_BYTES[class] as usize;
        }
        let base = map.block_address(block);
        self.buffers[class] = Buffer {
            cursor: address_to_pointer((base + start) as u64),
            limit: address_to_pointer((base + end) as u64),
        };
        self.charge(end - start);
        true
    }

    /// Moves the buffer to another block. False if a collection ran, or if the block had no room after all.
    fn next_block(&mut self, class: usize) -> bool {
        let heap = self.heap.clone();
        let available = lock(&heap.space).take_available(class);
        let block = match available {
            Some(block) => block,
            None => {
                if heap.is_over_limit(BLOCK_BYTES) && self.collect_at_limit() {
                    return false;
                }
                let mut space = lock(&heap.space);
                match space.take_empty(class) {
                    Some(block) => {
                        heap.set_footprint(space.footprint_bytes());
                        block
                    }
                    None => {
                        drop(space);
                        self.region_is_full();
                        return false;
                    }
                }
            }
        };
        self.blocks[class] = block;
        self.open_run(class, 0)
    }

    /// Above the heap limit: collects everything if that is worthwhile, and says whether it did. If it did not help,
    /// `OUT_OF_MEMORY` is requested.
    fn collect_at_limit(&mut self) -> bool {
        let (limit_bytes, used_bytes) = (self.heap.limit_bytes(), self.heap.used_bytes());
        if !is_full_worthwhile(limit_bytes, used_bytes, self.heap.since_full_bytes()) {
            return false;
        }
        self.collect_full();
        if self.heap.is_over_limit(BLOCK_BYTES) {
            self.request(poll::OUT_OF_MEMORY);
        } else {
            self.clear_poll(poll::OUT_OF_MEMORY);
        }
        true
    }

    /// No addresses are left, although the limit leaves an eighth of the region: a script has gone on for that long
    /// after it was told.
    fn region_is_full(&mut self) {
        if self.heap.since_full_bytes() == 0 {
            eprintln!("gscript: not enough memory");
            std::process::abort();
        }
        self.collect_full();
    }

    #[cold]
    #[inline(never)]
    fn alloc_huge_slow(&mut self, size_bytes: usize) -> *mut u8 {
        loop {
            match self.take_large(size_bytes, false) {
                Some(cell) => return cell,
                None => self.region_is_full(),
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn alloc_blocks_slow(&mut self, size_bytes: usize) -> Result<*mut u8, OutOfMemory> {
        if size_bytes >= self.heap.limit_bytes() {
            return Err(OutOfMemory);
        }
        if let Some(cell) = self.take_large(size_bytes, true) {
            return Ok(cell);
        }
        self.collect_full();
        self.take_large(size_bytes, true).ok_or(OutOfMemory)
    }

    /// Blocks for a large object; `None` if they are not there or, with `limited`, would exceed the limit.
    fn take_large(&mut self, size_bytes: usize, limited: bool) -> Option<*mut u8> {
        let bytes = size_bytes.next_multiple_of(BLOCK_BYTES);
        if self.is_collection_due_with(bytes) && self.taken_bytes >= self.young_bytes / LARGE_ALONE_SHARE {
            // The next collection, which is near, will look through all of the object, most often the larger storage of a
            // table; what else is young gets a collection of its own, so that neither is long.
            collect(self, self.next);
        } else {
            self.collect_if_due();
        }
        let heap = self.heap.clone();
        if heap.is_over_limit(bytes) {
            if limited {
                return None;
            }
            self.collect_at_limit();
        }
        let mut space = lock(&heap.space);
        let head = space.take_large(size_bytes)?;
        heap.set_footprint(space.footprint_bytes());
        self.charge(bytes);
        Some(address_to_pointer(heap.map().block_address(head as usize) as u64))
    }

    fn charge(&mut self, bytes: usize) {
        self.taken_bytes += bytes;
        self.heap.add_allocated(bytes);
    }

    fn is_collection_due(&self) -> bool {
        self.is_collection_due_with(0)
    }

    /// Whether a collection will be due after an allocation of so many bytes.
    fn is_collection_due_with(&self, more_bytes: usize) -> bool {
        let external_growth = self.heap.external_bytes().saturating_sub(self.external_bytes_before);
        self.taken_bytes.saturating_add(external_growth).saturating_add(more_bytes) >= self.young_bytes
    }

    fn collect_if_due(&mut self) {
        if self.poll.load(Relaxed) & poll::STOP != 0 {
            self.rest(Place::AtAllocation);
        }
        if self.is_collection_due() {
            collect(self, self.next);
            return;
        }
        match self.heap.options().stress {
            Stress::Off | Stress::Safepoints => {}
            Stress::SlowPaths => self.collect_for_stress(),
            Stress::Allocations(n) => {
                self.stress_countdown += 1;
                if self.stress_countdown >= n {
                    self.stress_countdown = 0;
                    self.collect_for_stress();
                }
            }
        }
    }

    fn collect_for_stress(&mut self) {
        let full = self.heap.collection_number().is_multiple_of(STRESS_FULL_EVERY);
        collect(self, if full { Collection::Full } else { Collection::Minor });
    }

    /// Bytes in the buffers that are charged and not yet used.
    fn unused_bytes(&self) -> usize {
        self.buffers.iter().map(|buffer| buffer.limit.addr() - buffer.cursor.addr()).sum()
    }

    /// Gives the blocks back, with the boundary of their new cells, and everything that the collector must know. The
    /// remembered objects are the result.
    pub(crate) fn close(&mut self, collector: &mut Collector) -> Vec<NonNull<Header>> {
        let unused = self.unused_bytes();
        self.heap.remove_allocated(unused);
        self.taken_bytes -= unused.min(self.taken_bytes);
        let map = *self.heap.map();
        for (buffer, block) in self.buffers.iter_mut().zip(&mut self.blocks) {
            if *block != NO_BLOCK {
                let cursor = map.offset(pointer_to_address(buffer.cursor) as usize);
                map.block(*block as usize)
                    .fresh_end
                    .set((cursor - ((*block as usize) << BLOCK_SHIFT)) as u32);
                *block = NO_BLOCK;
                *buffer = NO_BUFFER;
            }
        }
        collector.add_owners(&mut self.owners);
        std::mem::take(&mut self.remembered)
    }

    /// Goes on after a collection. `remembered` is empty memory of the last remembered set.
    pub(crate) fn reopen(&mut self, remembered: Vec<NonNull<Header>>, pace: &Pace) {
        debug_assert!(remembered.is_empty());
        self.remembered = remembered;
        self.taken_bytes = 0;
        self.young_bytes = pace.young_bytes;
        self.next = pace.next;
        self.external_bytes_before = self.heap.external_bytes();
    }
}

impl Drop for Mutator {
    fn drop(&mut self) {
        let heap = self.heap.clone();
        let mut collector = lock(&heap.collector);
        let remembered = self.close(&mut collector);
        collector.adopt_remembered(remembered);
        drop(collector);
        heap.world.leave(self.member);
    }
}

/// The header of a new object as one word.
#[inline(always)]
fn header_bits(kind: Kind, flags: u8, aux: u8, word: u32) -> u64 {
    const { assert!(cfg!(target_endian = "little"), "the order of bytes in a header is that of its word") };
    kind as u64 | (COLOR_YOUNG as u64) << 8 | (flags as u64) << 16 | (aux as u64) << 24 | (word as u64) << 32
}

/// Keeps the object that a value refers to alive up to here, where only a pointer into memory that it owns is left.
#[inline(always)]
pub fn keep_alive(v: Value) {
    std::hint::black_box(v);
}
