//! Where the collector starts: registered providers and rooted vectors.
//!
//! A provider visits its own roots precisely (`Marker::visit`) and reports the stacks it owns for a conservative scan. The
//! native stack of the fiber that runs the collector needs no provider (see `conservative.rs`).

use crate::heap::Heap;
use crate::heap::mark::Marker;
use crate::object::Header;
use crate::value::Value;
use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Something outside the heap that refers to objects.
///
/// `trace_roots` runs while all mutators are stopped, possibly below an allocation that the provider's owner made; it must
/// not wait for a lock that may be held across an allocation.
pub trait RootProvider: Send + Sync {
    /// Visits all roots. In a minor collection (`minor`) those may be left out that are known to refer to old objects only:
    /// those that have not changed since the last collection.
    fn trace_roots(&self, marker: &mut Marker, minor: bool);

    /// Forgets what it keeps about dead objects without holding them; in a minor collection objects that have seen an earlier
    /// one are alive. Runs after marking, before any memory is reused.
    fn purge(&self, _is_live: &dyn Fn(NonNull<Header>) -> bool, _minor: bool) {}
}

/// The registered roots of a heap.
pub(crate) struct Roots {
    providers: Mutex<Vec<Weak<dyn RootProvider>>>,
    vectors: Mutex<VectorTable>,
}

/// The rooted vectors: `None` in unused places, whose numbers are in `unused`.
#[derive(Default)]
struct VectorTable {
    places: Vec<Option<VectorPointer>>,
    unused: Vec<usize>,
}

/// The contents of a [`RootedVec`]: a box's, so that their address stays, but held as a pointer on both sides, because a
/// `Box` may not be looked into past its owner.
#[derive(Clone, Copy)]
struct VectorPointer(NonNull<UnsafeCell<Vec<Value>>>);

// SAFETY: the pointer is followed only while all mutators are stopped, and its owner removes it before it dies.
unsafe impl Send for VectorPointer {}

impl Roots {
    /// No roots.
    pub(crate) fn new() -> Roots {
        Roots { providers: Mutex::new(Vec::new()), vectors: Mutex::new(VectorTable::default()) }
    }

    /// Adds a provider; it leaves when its last strong reference goes.
    pub(crate) fn add_provider(&self, provider: Weak<dyn RootProvider>) {
        self.providers.lock().unwrap_or_else(PoisonError::into_inner).push(provider);
    }

    /// Visits every root.
    pub(crate) fn trace(&self, marker: &mut Marker, minor: bool) {
        for provider in self.providers() {
            provider.trace_roots(marker, minor);
        }
        let vectors = self.vectors.lock().unwrap_or_else(PoisonError::into_inner);
        for vector in vectors.places.iter().flatten() {
            // SAFETY: the owner of the vector is stopped at an allocation or a safepoint, so nobody is changing it.
            for &v in unsafe { &*vector.0.as_ref().get() } {
                marker.visit(v);
            }
        }
    }

    /// Lets the providers forget what they know of dead objects.
    pub(crate) fn purge(&self, is_live: &dyn Fn(NonNull<Header>) -> bool, minor: bool) {
        for provider in self.providers() {
            provider.purge(is_live, minor);
        }
    }

    fn providers(&self) -> Vec<Arc<dyn RootProvider>> {
        let mut list = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|p| p.strong_count() > 0);
        list.iter().filter_map(Weak::upgrade).collect()
    }

    fn add_vector(&self, vector: VectorPointer) -> usize {
        let mut table = self.vectors.lock().unwrap_or_else(PoisonError::into_inner);
        match table.unused.pop() {
            Some(place) => {
                table.places[place] = Some(vector);
                place
            }
            None => {
                table.places.push(Some(vector));
                table.places.len() - 1
            }
        }
    }

    fn remove_vector(&self, place: usize) {
        let mut table = self.vectors.lock().unwrap_or_else(PoisonError::into_inner);
        table.places[place] = None;
        table.unused.push(place);
    }
}

/// A vector of values whose elements are roots: for Rust code that must hold references outside stacks and heap objects.
/// It behaves as a `Vec<Value>`.
pub struct RootedVec {
    values: VectorPointer,
    place: usize,
    heap: Arc<Heap>,
}

// SAFETY: the vector is owned; the collector reads it only while all mutators are stopped.
unsafe impl Send for RootedVec {}
// SAFETY: `&RootedVec` gives only `&Vec<Value>`.
unsafe impl Sync for RootedVec {}

impl RootedVec {
    /// An empty vector.
    pub fn new(heap: &Arc<Heap>) -> RootedVec {
        let values = VectorPointer(NonNull::from(Box::leak(Box::new(UnsafeCell::new(Vec::new())))));
        let place = heap.roots().add_vector(values);
        RootedVec { values, place, heap: heap.clone() }
    }
}

impl Deref for RootedVec {
    type Target = Vec<Value>;

    fn deref(&self) -> &Vec<Value> {
        // SAFETY: the box lives as long as `self`, and only `&mut self` gives a mutable reference.
        unsafe { &*self.values.0.as_ref().get() }
    }
}

impl DerefMut for RootedVec {
    fn deref_mut(&mut self) -> &mut Vec<Value> {
        // SAFETY: the box lives as long as `self`, which is borrowed alone; the collector reads only while nobody writes.
        unsafe { &mut *self.values.0.as_ref().get() }
    }
}

impl Drop for RootedVec {
    fn drop(&mut self) {
        self.heap.roots().remove_vector(self.place);
        // SAFETY: the box was leaked in `new`, and the collector has just forgotten it.
        drop(unsafe { Box::from_raw(self.values.0.as_ptr()) });
    }
}
