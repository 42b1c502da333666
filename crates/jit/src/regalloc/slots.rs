//! Gives every value that is ever in memory a spill slot, sharing slots between values that never need them at once.
//!
//! A value that is stored at its definition needs its slot for its whole life; one that is stored where it leaves its
//! register only while it is away. Both are taken as one stretch of the linear order, first to last position, and
//! coloured greedily by start. A block parameter prefers the slot of its argument and the reverse: memory-to-memory moves
//! vanish then.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::build::{Build, MEMORY};
use super::layout::NONE;
use super::scan::Scan;

/// See the file head.
#[derive(Default)]
pub(super) struct Slots {
    /// For each virtual register its slot, or `NONE`.
    pub of: Vec<u32>,
    /// How many there are.
    pub count: u32,
    stretches: Vec<(u32, u32, u32)>,
    stretch_of: Vec<u32>,
    ends: Vec<u32>,
    busy: BinaryHeap<Reverse<(u32, u32)>>,
    free: Vec<u32>,
}

impl Slots {
    /// Assigns slots for the pieces that the scan put into memory.
    pub fn assign(&mut self, build: &Build, scan: &mut Scan) {
        self.of.clear();
        self.of.resize(build.def_pos.len(), NONE);
        self.ends.clear();
        self.busy.clear();
        self.free.clear();
        self.collect(build, scan);
        let mut stretches = std::mem::take(&mut self.stretches);
        stretches.sort_unstable();
        for &(start, end, vreg) in &stretches {
            while let Some(&Reverse((done, slot))) = self.busy.peek() {
                if done > start {
                    break;
                }
                self.busy.pop();
                self.free.push(slot);
            }
            let hint = build.hints[vreg as usize];
            let wanted = [hint.to, hint.from].into_iter().filter(|&other| other != NONE);
            let shared = wanted.map(|other| self.of[other as usize]);
            let slot = shared.filter(|&slot| slot != NONE).find(|&slot| self.ends[slot as usize] <= start);
            let slot = slot.unwrap_or_else(|| self.any_free(start));
            self.ends[slot as usize] = end;
            self.of[vreg as usize] = slot;
            self.busy.push(Reverse((end, slot)));
        }
        self.stretches = stretches;
        self.count = self.ends.len() as u32;
    }

    /// The stretch for which each value needs a slot. Values stored where they leave their register count from there.
    fn collect(&mut self, build: &Build, scan: &mut Scan) {
        self.stretches.clear();
        self.stretch_of.clear();
        self.stretch_of.resize(build.def_pos.len(), NONE);
        for piece in &build.pieces {
            let vreg = piece.vreg.index();
            if !scan.spilled[vreg] || build.is_const[vreg] || piece.start == piece.end {
                continue;
            }
            if !scan.store_at_def[vreg] && piece.place != MEMORY {
                continue;
            }
            if self.stretch_of[vreg] == NONE {
                self.stretch_of[vreg] = self.stretches.len() as u32;
                self.stretches.push((piece.start, piece.end, vreg as u32));
            }
            let stretch = &mut self.stretches[self.stretch_of[vreg] as usize];
            stretch.0 = stretch.0.min(piece.start);
            stretch.1 = stretch.1.max(piece.end);
        }
        // The store stands in the gap after the definition, or, for a piece that begins at a late position, in the
        // gap before it.
        for stretch in &mut self.stretches {
            stretch.0 &= !1;
        }
    }

    /// A free slot, or a new one. The free list may name slots that a hint has taken meanwhile.
    fn any_free(&mut self, start: u32) -> u32 {
        while let Some(slot) = self.free.pop() {
            if self.ends[slot as usize] <= start {
                return slot;
            }
        }
        self.ends.push(0);
        self.ends.len() as u32 - 1
    }
}
