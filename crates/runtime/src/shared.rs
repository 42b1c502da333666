//! What the object files keep beside the heap: one [`Shared`] per heap, one [`Caches`] per mutator.
//!
//! The collector knows these two types and their hooks, and nothing of what is inside: the intern table, the shapes, the
//! preallocated strings, the class epoch, the lookup caches.

use crate::assumption::Assumptions;
use crate::heap::Heap;
use crate::heap::mark::Marker;
use crate::intern::{Interner, RecentStrings};
use crate::mutator::Mutator;
use crate::object::Header;
use crate::shape::{LookupCache, ShapeTable};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

/// State of the object files that all mutators of a heap share.
pub(crate) struct Shared {
    /// Interned strings.
    pub(crate) strings: Interner,
    /// All shapes.
    pub(crate) shapes: ShapeTable,
    /// Whether more than one thread may touch the tables of this heap, so that the lock bit of tables is needed.
    parallel: AtomicBool,
}

impl Shared {
    /// The state of an empty heap. Nothing can be allocated yet.
    pub(crate) fn new() -> Shared {
        Shared { strings: Interner::new(), shapes: ShapeTable::new(), parallel: AtomicBool::new(false) }
    }

    /// The flag behind [`Shared::is_parallel`].
    pub(crate) fn parallel_flag(&self) -> &AtomicBool {
        &self.parallel
    }

    /// Called once per heap, when its first mutator exists: allocates what must always be there.
    pub(crate) fn start(m: &mut Mutator) {
        crate::intern::start(m);
    }

    /// Whether structural changes of tables need the lock bit.
    #[inline(always)]
    pub(crate) fn is_parallel(&self) -> bool {
        self.parallel.load(Relaxed)
    }

    /// Visits the objects that this state keeps alive. In a minor collection objects that survived an earlier one may be
    /// left out.
    pub(crate) fn trace_roots(&self, marker: &mut Marker, minor: bool) {
        self.strings.trace_roots(marker);
        self.shapes.trace_roots(marker, minor);
    }

    /// Drops weak references to dead objects. Runs in the pause, after marking and before any memory is reused.
    /// In a minor collection `is_live` is true for every old object.
    pub(crate) fn purge(&self, _heap: &Heap, is_live: &dyn Fn(NonNull<Header>) -> bool, minor: bool) {
        self.strings.purge(is_live, minor);
        self.shapes.purge(minor);
    }
}

impl Heap {
    /// The interned strings of this heap.
    #[inline(always)]
    pub fn strings(&self) -> &Interner {
        &self.shared.strings
    }

    /// The shapes of this heap.
    #[inline(always)]
    pub fn shapes(&self) -> &ShapeTable {
        &self.shared.shapes
    }

    /// Changes whenever something that was relied on in a class table has changed: a cached result of a lookup through
    /// class tables holds as long as this number stays the same.
    #[inline(always)]
    pub fn class_epoch(&self) -> &AtomicU32 {
        &self.shared.shapes.class_epoch
    }

    /// Who is told of broken assumptions.
    #[inline]
    pub fn assumptions(&self) -> &Assumptions {
        &self.shared.shapes.assumptions
    }

    /// Whether several threads may touch this heap's tables.
    #[inline(always)]
    pub fn is_parallel(&self) -> bool {
        self.shared.is_parallel()
    }

    /// Where [`Heap::is_parallel`] is written down.
    pub fn parallel_flag(&self) -> &AtomicBool {
        self.shared.parallel_flag()
    }

    /// To be called, for good, before a second thread touches this heap's tables.
    pub fn set_parallel(&self) {
        self.shared.parallel.store(true, Relaxed);
    }
}

/// State of the object files that belongs to one mutator. Its references are weak.
pub(crate) struct Caches {
    /// Results of lookups of keys in shapes.
    pub(crate) lookups: LookupCache,
    /// Interned strings that were looked for recently.
    pub(crate) strings: RecentStrings,
}

impl Caches {
    /// Empty caches.
    pub(crate) fn new() -> Caches {
        Caches { lookups: LookupCache::new(), strings: RecentStrings::new() }
    }

    /// Called in every collection: forgets whatever may have died.
    pub(crate) fn clear(&mut self, _minor: bool) {
        self.lookups.clear();
        self.strings.clear();
    }
}
