//! What a heap has done so far, in numbers. Reading them is cheap; nothing is decided from here (see `policy.rs`).

use std::time::Duration;

/// A snapshot of a heap's counters, from `Heap::stats`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Bytes of objects that were alive after the last collection, plus whatever has been handed out since.
    pub live_bytes: usize,
    /// Bytes handed out for objects since the heap was made.
    pub allocated_bytes: u64,
    /// Bytes of all blocks in use: what the heap limit is compared with, together with `external_bytes`.
    pub footprint_bytes: usize,
    /// Largest footprint so far.
    pub footprint_bytes_max: usize,
    /// Bytes outside the heap that objects have on its account (`Mutator::external`), now.
    pub external_bytes: usize,
    /// Collections of the young objects.
    pub minor_count: u64,
    /// Collections of all objects.
    pub full_count: u64,
    /// Longest pause of a minor collection.
    pub minor_pause_max: Duration,
    /// Sum of the pauses of minor collections.
    pub minor_pause_total: Duration,
    /// Longest pause of a full collection.
    pub full_pause_max: Duration,
    /// Sum of the pauses of full collections.
    pub full_pause_total: Duration,
    /// Pause of the last collection.
    pub last_pause: Duration,
}
