//! Random delays, to test: what a program does must not hang on who is faster.
//!
//! A worker that is about to run a goroutine sleeps for some milliseconds now and then, as if the system had taken its core
//! away just there, or has the goroutine wait behind all others. Often at first and ever more rarely, so that short programs
//! see many delays and long ones still end.

use super::{Goroutine, Shared};
use runtime::mutator::Mutator;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Turns of goroutines in a run after which delays are a tenth as frequent, and a thousandth.
const OFTEN: u64 = 40;
const SOMETIMES: u64 = 400;
/// Longest sleep in milliseconds, a power of two less one.
const SLEEP_MAX: u64 = 15;

/// Decides who is delayed.
pub(super) struct Delays {
    seed: u64,
    turns: AtomicU64,
}

impl Delays {
    pub(super) fn new() -> Delays {
        Delays { seed: RandomState::new().hash_one(0), turns: AtomicU64::new(0) }
    }

    /// Holds up the worker, if need be, that is to run `g`. False if the goroutine waits in a queue again.
    #[cold]
    #[inline(never)]
    pub(super) fn may_run(&self, shared: &Arc<Shared>, m: &mut Mutator, g: &Arc<Goroutine>) -> bool {
        let turn = self.turns.fetch_add(1, Relaxed);
        let rarity = match turn {
            0..OFTEN => 1,
            OFTEN..SOMETIMES => 10,
            _ => 1000,
        };
        let drawn = mix(self.seed.wrapping_add(turn));
        if drawn.is_multiple_of(4 * rarity) {
            shared.push_late(g.clone());
            return false;
        }
        if (drawn >> 16).is_multiple_of(3 * rarity) {
            m.idle(|| std::thread::sleep(Duration::from_millis(drawn >> 32 & SLEEP_MAX)));
        }
        true
    }
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ x >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ x >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ x >> 31
}
