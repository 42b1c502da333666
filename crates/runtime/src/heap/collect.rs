//! A collection, from the stop to the next allocation.
//!
//! ```text
//!   0  all other mutators are stopped
//!   1  buffers of all mutators are closed: every block knows which of its cells are new
//!   2  full: mark bits are moved aside            minor: remembered objects are traced
//!   3  roots: shared state, providers, rooted vectors, native stacks; minor: old foreign objects too
//!   4  marking until nothing is left
//!   5  weak references are purged, payloads of dead objects dropped
//!   6  blocks are counted; the pace of the next collection is set
//! ```
//!
//! Young survivors become old at once: an object that is alive in the middle of its life is kept one minor collection too
//! long in exchange for no second copy of the remembered set. Nothing is swept here, see `space.rs`.

use crate::closure;
use crate::heap::Heap;
use crate::heap::conservative;
use crate::heap::foreign::ForeignObject;
use crate::heap::mark::Marker;
use crate::heap::policy::{self, Collection, Cost, Pace};
use crate::heap::share::Pool;
use crate::heap::world::{Parked, Purpose};
use crate::heap::{lock, verify};
use crate::mutator::Mutator;
use crate::object::{COLOR_OLD, Header, Kind};
use std::ptr::NonNull;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

/// Objects that are traced before others are asked for help. Arbitrary; some hundred microseconds.
const ALONE_MAX: u32 = 1024;

/// What the collector keeps from one collection to the next.
pub(crate) struct Collector {
    foreigns: Owners,
    others: Owners,
    /// Remembered sets of mutators that are gone.
    left_remembered: Vec<NonNull<Header>>,
    mark_stack: Vec<NonNull<Header>>,
    pub(crate) pace: Pace,
}

// SAFETY: the object addresses are only followed in collections.
unsafe impl Send for Collector {}

/// Objects that own something outside the heap. Those before `old_count` have survived a collection.
#[derive(Default)]
struct Owners {
    objects: Vec<NonNull<Header>>,
    old_count: usize,
}

impl Owners {
    /// Moves the dead ones to `dead`. In a minor collection only young ones can have died.
    fn remove_dead(&mut self, marker: &Marker, dead: &mut Vec<NonNull<Header>>) {
        let first = if marker.is_minor() { self.old_count } else { 0 };
        let mut kept = first;
        for i in first..self.objects.len() {
            let object = self.objects[i];
            if marker.is_marked(object) {
                // SAFETY: the object lives, and nothing has been freed yet.
                unsafe {
                    if !marker.is_minor() && object.as_ref().kind == Kind::Function {
                        closure::forget_dead_targets(object, marker);
                    }
                }
                self.objects[kept] = object;
                kept += 1;
            } else {
                dead.push(object);
            }
        }
        self.objects.truncate(kept);
        self.old_count = kept;
    }
}

impl Collector {
    /// The collector of an empty heap.
    pub(crate) fn new(pace: Pace) -> Collector {
        Collector {
            foreigns: Owners::default(),
            others: Owners::default(),
            left_remembered: Vec::new(),
            mark_stack: Vec::new(),
            pace,
        }
    }

    /// Takes over new objects that own something.
    pub(crate) fn add_owners(&mut self, objects: &mut Vec<NonNull<Header>>) {
        for object in objects.drain(..) {
            // SAFETY: objects come here before the first collection that could find them dead.
            let owners = match unsafe { object.as_ref() }.kind {
                Kind::Foreign => &mut self.foreigns,
                _ => &mut self.others,
            };
            owners.objects.push(object);
        }
    }

    /// Takes over the remembered set of a mutator that goes.
    pub(crate) fn adopt_remembered(&mut self, mut remembered: Vec<NonNull<Header>>) {
        self.left_remembered.append(&mut remembered);
    }

    /// Drops what all objects own; the heap is about to go.
    pub(crate) fn drop_all(&mut self) {
        let foreigns = std::mem::take(&mut self.foreigns.objects);
        let others = std::mem::take(&mut self.others.objects);
        drop_owned(&foreigns);
        drop_owned(&others);
    }
}

/// Drops what dead objects own.
fn drop_owned(dead: &[NonNull<Header>]) {
    for &object in dead {
        // SAFETY: the objects are dead, their memory has not been reused, and each was in the lists once.
        unsafe {
            match object.as_ref().kind {
                Kind::Foreign => ForeignObject::drop_payload(object),
                Kind::Function => closure::finalize(object),
                kind => unreachable!("objects of kind {kind:?} own nothing"),
            }
        }
    }
}

/// Runs a collection. A minor one is left out if another mutator has collected while this one waited for it.
#[cold]
#[inline(never)]
pub(crate) fn collect(m: &mut Mutator, kind: Collection) {
    let heap = m.shared_heap().clone();
    let number = heap.collection_number();
    conservative::with_registers_on_stack(&mut |stack_top| {
        let own = m.parked(stack_top);
        heap.world.stop(m.member, Purpose::Collect, own.clone(), |others| {
            if kind == Collection::Full || heap.collection_number() == number {
                let mut all = vec![own.clone()];
                all.extend_from_slice(others);
                run(&heap, &all, kind);
            }
        });
    });
}

/// Runs a collection with the world stopped: `all` are the heap's mutators.
fn run(heap: &Heap, all: &[Parked], kind: Collection) {
    let start = Instant::now();
    let time_before = policy::thread_time();
    let minor = kind == Collection::Minor;
    let mut collector = lock(&heap.collector);
    let mut remembered = std::mem::take(&mut collector.left_remembered);
    for parked in all {
        // SAFETY: the mutator is the caller's or is parked, so nobody else uses it.
        remembered.append(&mut unsafe { &mut *parked.mutator }.close(&mut collector));
    }
    let mut space = lock(&heap.space);
    let number = heap.collection_number() + 1;

    if minor && heap.options().verify {
        let mut marker = Marker::new(heap, number, None, Vec::new());
        verify::check_barriers(&mut marker, space.top());
    }

    let marks_before = if minor { None } else { Some(space.clear_marks()) };
    let mut marker = Marker::new(heap, number, marks_before, std::mem::take(&mut collector.mark_stack));
    for &object in &remembered {
        // SAFETY: remembered objects were live at the store; no collection has run since. In a full collection one may
        // be found dead, but its memory is still intact.
        unsafe {
            object.as_ref().color.store(COLOR_OLD, Relaxed);
            if minor {
                marker.trace_references(object);
            }
        }
    }
    let rescanned_bytes = marker.waiting_range_bytes();
    if minor {
        for &object in &collector.foreigns.objects[..collector.foreigns.old_count] {
            // SAFETY: old objects are taken for live in a minor collection.
            unsafe { marker.trace_references(object) };
        }
    }
    trace_roots(heap, all, &mut marker);
    mark(heap, &mut marker, all.len() > 1);

    let mut dead = Vec::new();
    collector.foreigns.remove_dead(&marker, &mut dead);
    collector.others.remove_dead(&marker, &mut dead);
    heap.shared.purge(heap, &|object| marker.is_marked(object), minor);
    heap.roots().purge(&|object| marker.is_marked(object), minor);
    drop_owned(&dead);
    collector.mark_stack = marker.into_stack();

    space.after_mark(minor);
    let active = all.iter().filter(|parked| !parked.is_idle).count().min(policy::MUTATORS_MAX);
    let live_bytes = space.live_bytes();
    let cost = Cost { time: policy::thread_time() - time_before, rescanned_bytes };
    collector.pace.set_mutators(active);
    collector.pace.after(kind, live_bytes + heap.external_bytes(), cost);
    let spare_bytes = policy::spare_bytes(live_bytes, space.free_bytes(), active);
    space.release_free(spare_bytes);
    heap.set_footprint(space.footprint_bytes());
    heap.set_collection_number(number);
    if kind == Collection::Full {
        heap.note_full();
    }
    remembered.clear();
    for parked in all {
        // SAFETY: as above.
        let m = unsafe { &mut *parked.mutator };
        m.caches.clear(minor);
        m.reopen(std::mem::take(&mut remembered), &collector.pace);
    }

    let pause = start.elapsed();
    let stats = &mut *lock(&heap.counters);
    stats.last_pause = pause;
    stats.live_bytes = live_bytes;
    stats.allocated_bytes = heap.allocated_bytes();
    if minor {
        stats.minor_count += 1;
        policy::note_pause(pause, &mut stats.minor_pause_max, &mut stats.minor_pause_total);
    } else {
        stats.full_count += 1;
        policy::note_pause(pause, &mut stats.full_pause_max, &mut stats.full_pause_total);
    }
}

/// Marks all that the roots reach, with the help of threads that are parked, if there are any and it is worth their while.
fn mark(heap: &Heap, marker: &mut Marker, has_others: bool) {
    if !has_others {
        return marker.drain();
    }
    if marker.drain_some(ALONE_MAX, None) {
        return;
    }
    let (pool, model) = (Pool::new(), marker.sibling());
    heap.world.with_help(&|| model.sibling().drain_shared(&pool, false), || marker.drain_shared(&pool, true));
}

fn trace_roots(heap: &Heap, all: &[Parked], marker: &mut Marker) {
    heap.shared.trace_roots(marker, marker.is_minor());
    heap.roots().trace(marker, marker.is_minor());
    for parked in all {
        // SAFETY: the range is the used part of a stack that nobody runs on, or that this code runs on.
        unsafe { marker.scan_conservative(parked.stack.start, parked.stack.end) };
    }
}
