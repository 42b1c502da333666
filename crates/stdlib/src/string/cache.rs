//! What was compiled lately from strings: patterns and formats, per thread.
//!
//! An entry is found by the hash of its text, which strings remember, and checked by its bytes; so it makes no difference
//! which string object a text comes in. A user *takes* the compiled form out and puts it back afterwards, which counts no
//! references and holds no lock; while it is out, another user compiles the text again.

use std::sync::Arc;

/// Entries with the same low bits of their hash.
const WAYS: usize = 4;
/// Number of such groups; a power of two.
const GROUPS: usize = 32;
/// Longer texts are not kept.
const SOURCE_BYTES_MAX: usize = 1024;

struct Entry<T> {
    hash: u32,
    source: Box<[u8]>,
    compiled: Option<Arc<T>>,
}

/// A bounded cache of compiled texts.
pub(super) struct Cache<T> {
    /// Empty until first used.
    groups: Vec<[Option<Entry<T>>; WAYS]>,
    /// The way that is replaced next.
    victim: usize,
}

impl<T> Cache<T> {
    /// An empty cache.
    pub(super) const fn new() -> Cache<T> {
        Cache { groups: Vec::new(), victim: 0 }
    }

    /// Takes out the compiled form of a text.
    #[inline]
    pub(super) fn take(&mut self, hash: u32, source: &[u8]) -> Option<Arc<T>> {
        let group = self.groups.get_mut(hash as usize % GROUPS)?;
        for entry in group.iter_mut().flatten() {
            if entry.hash == hash && *entry.source == *source {
                return entry.compiled.take();
            }
        }
        None
    }

    /// Puts a compiled form in.
    #[inline]
    pub(super) fn put(&mut self, hash: u32, source: &[u8], compiled: Arc<T>) {
        if let Some(group) = self.groups.get_mut(hash as usize % GROUPS) {
            for entry in group.iter_mut().flatten() {
                if entry.hash == hash && *entry.source == *source {
                    entry.compiled = Some(compiled);
                    return;
                }
            }
        }
        self.insert(hash, source, compiled);
    }

    #[cold]
    #[inline(never)]
    fn insert(&mut self, hash: u32, source: &[u8], compiled: Arc<T>) {
        if source.len() > SOURCE_BYTES_MAX {
            return;
        }
        if self.groups.is_empty() {
            self.groups.resize_with(GROUPS, || [const { None }; WAYS]);
        }
        let group = &mut self.groups[hash as usize % GROUPS];
        let way = match group.iter().position(Option::is_none) {
            Some(way) => way,
            None => {
                self.victim = (self.victim + 1) % WAYS;
                self.victim
            }
        };
        group[way] = Some(Entry { hash, source: source.into(), compiled: Some(compiled) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_content() {
        let mut cache = Cache::new();
        assert!(cache.take(7, b"a").is_none());
        cache.put(7, b"a", Arc::new(1));
        cache.put(7, b"b", Arc::new(2));
        assert_eq!(cache.take(7, b"b").as_deref(), Some(&2));
        assert!(cache.take(7, b"b").is_none());
        cache.put(7, b"b", Arc::new(2));
        assert_eq!(cache.take(7, b"b").as_deref(), Some(&2));
        assert_eq!(cache.take(7, b"a").as_deref(), Some(&1));
    }

    #[test]
    fn the_cache_is_bounded() {
        let mut cache = Cache::new();
        for i in 0..10_000u32 {
            cache.put(i, &i.to_le_bytes(), Arc::new(i));
        }
        let kept = (0..10_000u32).filter(|i| cache.take(*i, &i.to_le_bytes()).is_some()).count();
        assert_eq!(kept, WAYS * GROUPS);
        cache.put(1, &[0; SOURCE_BYTES_MAX + 1], Arc::new(1));
        assert!(cache.take(1, &[0; SOURCE_BYTES_MAX + 1]).is_none());
    }
}
