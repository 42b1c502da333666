//! What the tests of the object files share: a heap with a mutator, and random numbers that are the same in every run.

use crate::heap::{Heap, HeapOptions, Stress};
use crate::mutator::Mutator;

/// A mutator of a new heap.
pub(crate) fn mutator() -> Mutator {
    Mutator::new(Heap::new(HeapOptions::default()).expect("there is address space for a test"))
}

/// A mutator of a new heap that collects at every n-th allocation.
pub(crate) fn stressed_mutator(every: u32) -> Mutator {
    let options = HeapOptions { stress: Stress::Allocations(every), verify: true, ..HeapOptions::default() };
    Mutator::new(Heap::new(options).expect("there is address space for a test"))
}

/// A small generator (xorshift64*).
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Rng {
        Rng(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound
    }
}
