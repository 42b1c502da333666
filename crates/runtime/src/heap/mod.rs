//! The heap: non-moving, generational by sticky mark bits, precise inside, conservative on native stacks.
//!
//! ```text
//!   mutator.rs    allocation in a cursor and a limit per size class; slow paths
//!   block.rs      addresses -> blocks, cells, mark bits        region.rs   reserved address space
//!   space.rs      who owns which block                         free_runs.rs  free blocks, best fit
//!   mark.rs       from roots to everything they reach          roots.rs, conservative.rs   the roots
//!   collect.rs    a collection from stop to start              verify.rs   looks for forgotten barriers
//!   policy.rs     when, how much, what to keep                 foreign.rs  objects with a Rust payload
//!   world.rs, rest.rs   stopping all mutators but one         share.rs   marking by several threads
//!   model.rs      checks the stops under all kinds of interleavings
//! ```
//!
//! A [`Heap`] is shared; each worker has a [`Mutator`](crate::mutator::Mutator) and allocates through it. What mutators
//! share lies behind locks that are taken once per block, or in atomics. Collections run on the mutator that asks for one,
//! while all others are stopped.

pub mod block;
mod collect;
mod conservative;
pub mod foreign;
mod free_runs;
mod gather;
pub mod mark;
#[cfg(all(test, not(miri)))]
mod model;
mod policy;
mod region;
mod rest;
pub mod roots;
mod share;
mod space;
pub mod stats;
mod sync;
#[cfg(test)]
mod tests;
mod verify;
pub(crate) mod world;

use crate::object::Header;
use crate::shared::Shared;
use crate::value::pointer_to_address;
use block::Map;
use roots::{RootProvider, Roots};
use space::Space;
use stats::Stats;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use world::World;

pub(crate) use collect::{Collector, collect};
pub use policy::thread_time;
pub(crate) use policy::{Collection, Pace, STRESS_FULL_EVERY, is_full_worthwhile};

/// No memory: the heap limit is reached, or the size is beyond what the address region can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl std::fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not enough memory")
    }
}

impl std::error::Error for OutOfMemory {}

/// When to collect more often than needed, to find missing roots and barriers. Under any stress free memory is also
/// overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Stress {
    /// Only when needed.
    #[default]
    Off,
    /// At every safepoint poll.
    Safepoints,
    /// Whenever an allocation leaves the fast path.
    SlowPaths,
    /// At every n-th allocation; 0 counts as 1.
    Allocations(u32),
}

/// How a heap behaves.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct HeapOptions {
    /// Largest footprint in bytes; 0: three quarters of the machine's memory.
    pub limit_bytes: usize,
    /// Bytes allocated between two collections; 0: as `policy.rs` says.
    pub young_bytes: usize,
    /// Extra collections.
    pub stress: Stress,
    /// Check before each minor collection that no write barrier was forgotten. Slow.
    pub verify: bool,
}

/// A heap.
pub struct Heap {
    map: Map,
    options: HeapOptions,
    limit_bytes: usize,
    footprint_bytes: AtomicUsize,
    footprint_bytes_max: AtomicUsize,
    external_bytes: Arc<AtomicUsize>,
    allocated_bytes: AtomicU64,
    /// The same at the last full collection.
    allocated_bytes_at_full: AtomicU64,
    collection_number: AtomicU64,
    is_started: AtomicBool,
    pub(crate) collector: Mutex<Collector>,
    pub(crate) counters: Mutex<Stats>,
    roots: Roots,
    pub(crate) world: World,
    pub(crate) shared: Shared,
    /// Declared late, and so dropped late: it owns the memory that everything else refers to.
    pub(crate) space: Mutex<Space>,
}

impl Heap {
    /// An empty heap. Fails if not even a small address region can be had.
    pub fn new(options: HeapOptions) -> Result<Arc<Heap>, OutOfMemory> {
        let space = Space::new(policy::REGION_BYTES, options.stress != Stress::Off)?;
        let limit_bytes = match options.limit_bytes {
            0 => policy::default_limit_bytes(),
            bytes => bytes,
        };
        let limit_bytes = limit_bytes.min(space.region_bytes() / 8 * 7);
        Ok(Arc::new(Heap {
            map: space.map(),
            limit_bytes,
            footprint_bytes: AtomicUsize::new(0),
            footprint_bytes_max: AtomicUsize::new(0),
            external_bytes: Arc::new(AtomicUsize::new(0)),
            allocated_bytes: AtomicU64::new(0),
            allocated_bytes_at_full: AtomicU64::new(0),
            collection_number: AtomicU64::new(0),
            is_started: AtomicBool::new(false),
            collector: Mutex::new(Collector::new(Pace::new(options.young_bytes))),
            counters: Mutex::new(Stats::default()),
            options,
            roots: Roots::new(),
            world: World::default(),
            shared: Shared::new(),
            space: Mutex::new(space),
        }))
    }

    /// Registers a provider of roots, weakly: it leaves when its last strong reference goes.
    pub fn add_root_provider(&self, provider: Weak<dyn RootProvider>) {
        self.roots.add_provider(provider);
    }

    /// The counters. What lies unused in the buffers of mutators counts as allocated; `Mutator::stats` is exact.
    pub fn stats(&self) -> Stats {
        let mut stats = *lock(&self.counters);
        let allocated_bytes = self.allocated_bytes();
        stats.live_bytes += (allocated_bytes - stats.allocated_bytes) as usize;
        stats.allocated_bytes = allocated_bytes;
        stats.footprint_bytes = self.footprint_bytes.load(Relaxed);
        stats.footprint_bytes_max = self.footprint_bytes_max.load(Relaxed);
        stats.external_bytes = self.external_bytes();
        stats
    }

    /// The options that the heap was made with.
    pub fn options(&self) -> &HeapOptions {
        &self.options
    }

    /// Largest footprint, external bytes included.
    pub fn limit_bytes(&self) -> usize {
        self.limit_bytes
    }

    /// The number of the last collection, 0 before the first. See `Marker::collection_number`.
    #[inline]
    pub fn collection_number(&self) -> u64 {
        self.collection_number.load(Relaxed)
    }

    /// Where that number is.
    pub fn collection_counter(&self) -> &AtomicU64 {
        &self.collection_number
    }

    /// Whether an object is old: it survived a collection, and a minor one takes it for alive. Objects outside the
    /// region are.
    pub fn is_old(&self, object: NonNull<Header>) -> bool {
        let offset = self.map.offset(pointer_to_address(object.as_ptr()) as usize);
        !self.map.is_inside(offset) || self.map.is_marked(offset)
    }

    /// Bytes outside the heap that objects own.
    pub(crate) fn external_bytes(&self) -> usize {
        self.external_bytes.load(Relaxed)
    }

    /// The account of external bytes.
    pub(crate) fn external_account(&self) -> &Arc<AtomicUsize> {
        &self.external_bytes
    }

    pub(crate) fn map(&self) -> &Map {
        &self.map
    }

    pub(crate) fn roots(&self) -> &Roots {
        &self.roots
    }

    pub(crate) fn set_collection_number(&self, number: u64) {
        self.collection_number.store(number, Relaxed);
    }

    /// Notes the bytes of blocks in use.
    pub(crate) fn set_footprint(&self, bytes: usize) {
        self.footprint_bytes.store(bytes, Relaxed);
        self.footprint_bytes_max.fetch_max(bytes, Relaxed);
    }

    /// Whether `more_bytes` of new blocks would exceed the limit.
    pub(crate) fn is_over_limit(&self, more_bytes: usize) -> bool {
        self.used_bytes().saturating_add(more_bytes) > self.limit_bytes
    }

    /// What is compared with the limit.
    pub(crate) fn used_bytes(&self) -> usize {
        self.footprint_bytes.load(Relaxed).saturating_add(self.external_bytes())
    }

    /// Bytes handed out to mutators so far.
    pub(crate) fn allocated_bytes(&self) -> u64 {
        self.allocated_bytes.load(Relaxed)
    }

    /// Bytes handed out since the last full collection.
    pub(crate) fn since_full_bytes(&self) -> usize {
        self.allocated_bytes().saturating_sub(self.allocated_bytes_at_full.load(Relaxed)) as usize
    }

    /// A full collection has ended.
    pub(crate) fn note_full(&self) {
        self.allocated_bytes_at_full.store(self.allocated_bytes(), Relaxed);
    }

    /// Counts bytes handed out to a mutator.
    pub(crate) fn add_allocated(&self, bytes: usize) {
        self.allocated_bytes.fetch_add(bytes as u64, Relaxed);
    }

    /// Takes back bytes that a mutator did not use.
    pub(crate) fn remove_allocated(&self, bytes: usize) {
        self.allocated_bytes.fetch_sub(bytes as u64, Relaxed);
    }

    /// True for the first caller only.
    pub(crate) fn claim_start(&self) -> bool {
        !self.is_started.swap(true, Relaxed)
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        lock(&self.collector).drop_all();
    }
}

/// Locks; a panic of an earlier holder does not matter, for no holder runs foreign code in the middle of a change.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes outside the heap that live as long as some object, on the heap's account: they count for the pace of
/// collections and for the limit. Made by `Mutator::external`; dropping it closes the account.
pub struct ExternalBytes {
    account: Arc<AtomicUsize>,
    bytes: usize,
}

impl ExternalBytes {
    pub(crate) fn new(heap: &Heap, bytes: usize) -> ExternalBytes {
        heap.external_bytes.fetch_add(bytes, Relaxed);
        ExternalBytes { account: heap.external_account().clone(), bytes }
    }

    /// Changes the number.
    pub fn set(&mut self, bytes: usize) {
        self.account.fetch_add(bytes, Relaxed);
        self.account.fetch_sub(self.bytes, Relaxed);
        self.bytes = bytes;
    }
}

impl Drop for ExternalBytes {
    fn drop(&mut self) {
        self.account.fetch_sub(self.bytes, Relaxed);
    }
}
