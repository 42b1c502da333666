//! Marks of one marker among several, gathered before they are entered in the bitmap.
//!
//! Setting a bit that others may set at the same time takes a locked instruction, which waits for all stores before it and
//! holds up all loads behind it: for small objects a third of the marking. So a marker keeps the last words of the bitmap that
//! it works on to itself, and enters a word when it needs the place for another, or has nothing to do: one locked instruction
//! for some 15 objects that were allocated one after the other.
//!
//! Meanwhile another marker may find the same objects unmarked, and then both trace them. That is rare, and does no harm: tracing
//! reads the object and visits what it refers to. Objects that have a word of the bitmap to themselves are never gathered, so
//! long runs of words are traced once. Foreign objects, whose payloads may count on being traced by one thread, are claimed
//! besides (`ForeignObject::claim`).

use crate::heap::block::{BLOCK_SHIFT, BlockKind, GRANULE_BYTES, Map};
use std::sync::atomic::Ordering::Relaxed;

/// Words that are gathered at a time: the marks of 256 KB. A power of two; the table takes 4 KB of the first-level cache.
const PLACES: usize = 256;

/// A word of the bitmap with bits that are not entered yet.
#[derive(Clone, Copy)]
struct Place {
    word: usize,
    bits: u64,
}

/// Cells of this size and more have a word of the bitmap to themselves.
const ALONE_BYTES: usize = 64 * GRANULE_BYTES;

/// In `Place::word`: none.
const NO_WORD: usize = usize::MAX;

/// The marks that one marker has not entered yet.
pub(crate) struct Gathered {
    places: Box<[Place; PLACES]>,
}

impl Gathered {
    /// No marks.
    pub(crate) fn new() -> Gathered {
        Gathered { places: Box::new([Place { word: NO_WORD, bits: 0 }; PLACES]) }
    }

    /// Marks the object at an offset; false if this marker knows it to be marked already.
    #[inline(always)]
    pub(crate) fn mark(&mut self, map: &Map, offset: usize) -> bool {
        let (word, bit) = (offset >> 10, 1 << (offset >> 4 & 63));
        let place = &mut self.places[word % PLACES];
        if place.word != word {
            return mark_slow(place, map, word, bit);
        }
        let is_new = place.bits & bit == 0;
        place.bits |= bit;
        is_new
    }

    /// Enters all marks.
    pub(crate) fn enter(&mut self, map: &Map) {
        for place in self.places.iter_mut().filter(|place| place.word != NO_WORD) {
            map.mark_word(place.word).fetch_or(place.bits, Relaxed);
            place.word = NO_WORD;
        }
    }
}

/// As [`Gathered::mark`] for a word that is not in its place.
#[inline(never)]
fn mark_slow(place: &mut Place, map: &Map, word: usize, bit: u64) -> bool {
    let marks = map.mark_word(word);
    let old = marks.load(Relaxed);
    if old & bit != 0 {
        return false;
    }
    let block = map.block((word * ALONE_BYTES) >> BLOCK_SHIFT);
    if block.kind.get() != BlockKind::Small || block.cell_bytes.get() as usize >= ALONE_BYTES {
        return marks.fetch_or(bit, Relaxed) & bit == 0;
    }
    if place.word != NO_WORD {
        map.mark_word(place.word).fetch_or(place.bits, Relaxed);
    }
    *place = Place { word, bits: old | bit };
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::block::{BLOCK_BYTES, class_of};
    use crate::heap::space::Space;

    #[test]
    fn no_mark_is_lost_where_two_markers_share_words_and_places() {
        let mut space = Space::new(16 << 20, false).unwrap();
        let map = space.map();
        let end = 4 * PLACES * ALONE_BYTES;
        for block in 0..end / BLOCK_BYTES {
            assert_eq!(space.take_empty(class_of(GRANULE_BYTES).0), Some(block as u32));
        }
        let offsets = || (0..end).step_by(GRANULE_BYTES);
        let mut markers = [Gathered::new(), Gathered::new()];
        for (i, offset) in offsets().enumerate() {
            let marker = &mut markers[i % 2];
            assert!(marker.mark(&map, offset));
            assert!(!marker.mark(&map, offset));
        }
        assert!(!offsets().all(|offset| map.is_marked(offset)));
        for marker in &mut markers {
            marker.enter(&map);
        }
        assert!(offsets().all(|offset| map.is_marked(offset)));
        assert!(offsets().all(|offset| markers.iter_mut().all(|marker| !marker.mark(&map, offset))));
    }

    #[test]
    fn of_two_markers_one_marks_a_larger_object() {
        let mut space = Space::new(16 << 20, false).unwrap();
        let map = space.map();
        let small = space.take_empty(class_of(ALONE_BYTES).0).unwrap() as usize;
        let large = space.take_large(2 * BLOCK_BYTES).unwrap() as usize;
        let mut markers = [Gathered::new(), Gathered::new()];
        for offset in [small * BLOCK_BYTES, small * BLOCK_BYTES + ALONE_BYTES, large * BLOCK_BYTES] {
            assert!(markers[0].mark(&map, offset));
            assert!(!markers[1].mark(&map, offset));
        }
    }
}
