//! Hashes of addresses and keys. Nobody who writes a script gains by collisions in a search for races.

use std::hash::{BuildHasherDefault, Hasher};

/// A map by addresses or the like.
pub(super) type FastMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<FastHasher>>;

/// Multiplies and rotates, a word at a time.
#[derive(Default)]
pub(super) struct FastHasher(u64);

/// An odd number without a pattern: 2^64 over the golden ratio.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, n: u8) {
        self.write_u64(n.into());
    }

    fn write_u32(&mut self, n: u32) {
        self.write_u64(n.into());
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(29) ^ n).wrapping_mul(FACTOR);
    }

    fn write_i64(&mut self, n: i64) {
        self.write_u64(n as u64);
    }

    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }

    fn write_isize(&mut self, n: isize) {
        self.write_u64(n as u64);
    }

    fn finish(&self) -> u64 {
        // Tables look at both ends of the word.
        (self.0 ^ self.0 >> 32).wrapping_mul(FACTOR)
    }
}

/// A hash of some bytes by which they are known.
pub(super) fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hasher = FastHasher(bytes.len() as u64);
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_texts_have_different_hashes() {
        let mut all: Vec<u64> = (0..100_000).map(|i| hash_bytes(format!("key{i}").as_bytes())).collect();
        all.extend([&b""[..], b"\0", b"\0\0", b"a", b"a\0"].map(hash_bytes));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
