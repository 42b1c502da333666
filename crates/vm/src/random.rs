//! The pseudo-random numbers of a goroutine: xoshiro256**, as Lua 5.4 seeds and uses it.
//!
//! Each goroutine has a generator of its own, so that what one draws does not depend on when others run. A new goroutine's
//! seed is drawn from its creator's generator: a program that seeds its main goroutine repeats as a whole. A generator that
//! nobody has seeded is seeded from the system when it is first used, and hands no seed on before that.

use crate::fiber::Fiber;
use crate::sched;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Random floats are multiples of this.
pub const FLOAT_UNIT: f64 = 1.0 / (1u64 << 53) as f64;

/// A generator. Only the goroutine that it belongs to uses it; the words are atomic so that it may lie in shared memory.
pub struct Random {
    state: [AtomicU64; 4],
}

impl Random {
    /// A generator without a seed. (All words zero: no sequence ever gets there.)
    pub(crate) const fn unseeded() -> Random {
        Random { state: [const { AtomicU64::new(0) }; 4] }
    }

    #[inline(always)]
    fn load(&self) -> [u64; 4] {
        let [a, b, c, d] = &self.state;
        [a.load(Relaxed), b.load(Relaxed), c.load(Relaxed), d.load(Relaxed)]
    }

    #[inline(always)]
    fn store(&self, state: [u64; 4]) {
        let [a, b, c, d] = &self.state;
        a.store(state[0], Relaxed);
        b.store(state[1], Relaxed);
        c.store(state[2], Relaxed);
        d.store(state[3], Relaxed);
    }

    /// Begins the sequence of a seed.
    pub fn seed(&self, high: u64, low: u64) {
        self.store([high, 0xff, low, 0]);
        // The first numbers still show the seed.
        for _ in 0..16 {
            self.next_u64();
        }
    }

    /// Begins a sequence that nobody can foretell.
    #[cold]
    #[inline(never)]
    pub fn seed_from_system(&self) -> (u64, u64) {
        let word = || RandomState::new().build_hasher().finish();
        let (high, low) = (word(), word());
        self.seed(high, low);
        (high, low)
    }

    /// The next 64 bits.
    #[inline(always)]
    pub fn next_u64(&self) -> u64 {
        let [s0, s1, s2, s3] = self.load();
        if s0 | s1 | s2 | s3 == 0 {
            return self.first_u64();
        }
        let result = s1.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let (s2, s3) = (s2 ^ s0, s3 ^ s1);
        self.store([s0 ^ s3, s1 ^ s2, s2 ^ (s1 << 17), s3.rotate_left(45)]);
        result
    }

    #[cold]
    #[inline(never)]
    fn first_u64(&self) -> u64 {
        self.seed_from_system();
        self.next_u64()
    }

    /// The next float, at least 0 and less than 1.
    #[inline]
    pub fn next_float(&self) -> f64 {
        self.next_bits() as f64 * FLOAT_UNIT
    }

    /// The next float in units of [`FLOAT_UNIT`].
    #[inline]
    pub(crate) fn next_bits(&self) -> u64 {
        self.next_u64() >> 11
    }

    /// The next integer of `low ..= high`, all equally likely. `low <= high` holds.
    #[inline]
    pub fn next_in(&self, low: i64, high: i64) -> i64 {
        let span = (high as u64).wrapping_sub(low as u64);
        let word = self.next_u64();
        let offset = if span & span.wrapping_add(1) == 0 {
            word & span
        } else {
            // The smallest mask that covers the span; what lies beyond the span is drawn again.
            let mask = u64::MAX >> span.leading_zeros();
            let mut offset = word & mask;
            while offset > span {
                offset = self.next_u64() & mask;
            }
            offset
        };
        low.wrapping_add(offset as i64)
    }

    /// The generator of a goroutine that this one's goroutine starts.
    pub(crate) fn split(&self) -> Random {
        let child = Random::unseeded();
        if self.load() != [0; 4] {
            child.seed(self.next_u64(), self.next_u64());
        }
        child
    }
}

impl Fiber {
    /// The running goroutine's generator.
    #[inline]
    pub fn random(&self) -> &Random {
        &sched::goroutine(self).random
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_sequence_of_lua() {
        // math.randomseed(42); math.random(0), four times, in Lua 5.4.
        let r = Random::unseeded();
        r.seed(42, 0);
        let first: Vec<i64> = (0..4).map(|_| r.next_u64() as i64).collect();
        let lua = [-1276290044721465627, 8333941968102511665, -8358531260401861301, -3807604385970496171];
        assert_eq!(first, lua);
        r.seed(42, 0);
        assert_eq!((r.next_in(1, 100), r.next_in(1, 100)), (50, 76));
    }

    #[test]
    fn ranges_are_kept_and_filled() {
        let r = Random::unseeded();
        r.seed(1, 2);
        let mut seen = [0; 6];
        for _ in 0..6000 {
            seen[(r.next_in(-2, 3) + 2) as usize] += 1;
        }
        assert!(seen.iter().all(|n| (800..1200).contains(n)), "{seen:?}");
        for _ in 0..1000 {
            assert!((0.0..1.0).contains(&r.next_float()));
        }
        assert_eq!(r.next_in(7, 7), 7);
        r.next_in(i64::MIN, i64::MAX);
    }

    #[test]
    fn children_follow_their_parent() {
        let (a, b) = (Random::unseeded(), Random::unseeded());
        a.seed(5, 5);
        b.seed(5, 5);
        let (first, second) = (a.split(), a.split());
        assert_eq!(first.next_u64(), b.split().next_u64());
        assert_ne!(first.next_u64(), second.next_u64());
        assert_eq!(Random::unseeded().split().load(), [0; 4]);
    }
}
