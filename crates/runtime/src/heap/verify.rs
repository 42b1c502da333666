//! Looks for forgotten write barriers: what makes a missing one a failed test and not a crash weeks later.
//!
//! Right before a minor collection every old object that is not remembered must refer to old objects only. An old object
//! that refers to a young one got the reference without a barrier, and the collection would free the young one.

use crate::heap::block::{BLOCK_SHIFT, BlockKind, GRANULE_BYTES};
use crate::heap::mark::Marker;
use crate::object::{COLOR_OLD, Header, Kind};
use std::ptr::NonNull;
use std::sync::atomic::Ordering::Relaxed;

/// Panics if an old object refers to a young one and is not remembered. `marker` is a minor one without work; `top` is the
/// number of blocks to look at.
pub(crate) fn check_barriers(marker: &mut Marker, top: usize) {
    let map = *marker.map();
    for block in 0..top {
        if !matches!(map.block(block).kind.get(), BlockKind::Small | BlockKind::LargeHead) {
            continue;
        }
        for (i, word) in map.mark_words(block, 1).iter().enumerate() {
            let mut bits = word.load(Relaxed);
            while bits != 0 {
                let granule = i * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                check_object(marker, map.object((block << BLOCK_SHIFT) + granule * GRANULE_BYTES));
            }
        }
    }
}

fn check_object(marker: &mut Marker, object: NonNull<Header>) {
    // SAFETY: marked objects are live.
    let header = unsafe { object.as_ref() };
    // Foreign objects are traced in every collection and need no barrier.
    if header.color.load(Relaxed) != COLOR_OLD || header.kind == Kind::Foreign {
        return;
    }
    // SAFETY: as above.
    unsafe { marker.trace_references(object) };
    if let Some(young) = marker.take_visited() {
        // SAFETY: a reference in a live object refers to a live object.
        let kind = unsafe { young.as_ref() }.kind;
        panic!(
            "no write barrier: an old {:?} at {object:p} refers to a young {kind:?} at {young:p}",
            header.kind
        );
    }
}
